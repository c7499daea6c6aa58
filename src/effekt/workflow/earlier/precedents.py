"""What a certificate follows: the lock of the plan, the days it rests on, and the certificate it supersedes."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace

from effekt._text import Text
from effekt._validation import join_words
from effekt.certificates.certificate import Certificate
from effekt.certificates.envelope import check_signatures, read_envelope
from effekt.certificates.predicate import Supersedes
from effekt.certificates.signing import key_id, read_public_key
from effekt.contracts import Contract, check_declarations
from effekt.exceptions import EffektError
from effekt.workflow.amendment import check_chain
from effekt.workflow.earlier.beside_earlier import beside_finding
from effekt.workflow.earlier.forks import rival
from effekt.workflow.findings import (
    Finding,
    cannot_tell,
    in_swedish,
    made_by_earlier_version,
    refused,
    same_or_different,
)
from effekt.workflow.locking import plan_of
from effekt.workflow.rules.dates import check_dates, check_declared_days


def plan_findings(found: Certificate) -> Iterator[Finding]:
    """The lock of the plan, its date and whether it came before the data, made out again from the lock itself."""
    plan = found.plan
    try:
        given = None if plan.lock is None else plan.lock.encode()
        again = plan_of(found.contract, given, undecided_accepted=given is None)
        same = replace(again, undecided_accepted=plan.undecided_accepted) == plan
        accepted = again.undecided_accepted == plan.undecided_accepted
    except EffektError:
        same, accepted = False, True
    yield same_or_different(
        "plan",
        same,
        "The plan's lock, its date and whether it came before the data are as stated.",
        "Planens låsning, dess datum och om den skedde före data är som det anges.",
    )
    if accepted:
        return
    en = "The contract leaves open what money turns on, and the certificate does not list just that as accepted."
    sv = "Avtalet lämnar öppet sådant som pengarna hänger på, och intyget listar inte just det som godtaget."
    if made_by_earlier_version(found) and not plan.undecided_accepted:
        yield cannot_tell("undecided", en, sv)
    else:
        yield same_or_different("undecided", False, en, sv)


def amendment_findings(found: Certificate, earlier: Sequence[Contract]) -> Iterator[Finding]:
    """The contract files before it follow each other to this one, and who held the keys before agreed to it."""
    amendment = found.contract.model.amendment
    if amendment is None and not earlier:
        return
    if not earlier:
        yield cannot_tell(
            "amendments",
            f"The contract is amendment {amendment.number if amendment else 0}; the files before it were not given, "
            "so neither the chain nor who agreed was checked.",
            f"Avtalet är ändring {amendment.number if amendment else 0}; filerna före det angavs inte, så varken "
            "kedjan eller vilka som har godkänt den har prövats.",
        )
        return
    chain = sorted(earlier, key=lambda one: 0 if one.model.amendment is None else one.model.amendment.number)
    broken: Text | None = None
    try:
        other = rival(found.contract, chain) or next((one for one in chain if rival(one, chain) is not None), None)
        for before, after in itertools.pairwise([*chain, found.contract] if other is None else []):
            check_chain(before, after)
        if other is not None:
            broken = _two_amendments(other)
        elif chain[0].model.amendment is not None:
            broken = Text(en="the first contract file was not given", sv="den första avtalsfilen angavs inte")
    except EffektError as error:
        broken = Text(en=str(error).rstrip("."), sv=in_swedish(error).rstrip("."))
    stands = Text(en="is unbroken from the first file", sv="är obruten från den första filen")
    told = stands if broken is None else Text(en=f"is broken: {broken.en}", sv=f"är bruten: {broken.sv}")
    yield same_or_different(
        "amendments", broken is None, f"The chain of amendments {told.en}.", f"Kedjan av ändringar {told.sv}."
    )
    if amendment is not None:
        missing = not_agreed(found, next((one for one in chain if one.sha256 == amendment.of), chain[-1]))
        yield same_or_different(
            "agreed",
            not missing,
            f"{join_words(missing, 'and')} did not sign with a key of the file before."
            if missing
            else "All who must agree signed the amendment with keys of the file before.",
            f"{join_words(missing, 'och')} har inte undertecknat med en nyckel från filen före."
            if missing
            else "Alla som ska godkänna har undertecknat ändringen med nycklar från filen före.",
        )


def _two_amendments(one: Contract) -> Text:
    number = "" if one.model.amendment is None else one.model.amendment.number
    return Text(
        en=f"two amendments number {number} of one file were given, one of them with digest {one.sha256[:16]}…; give "
        "only the file that leads to this certificate's, and ask the parties which they agreed last",
        sv=f"två ändringar nummer {number} av en och samma fil angavs, den ena med kontrollsumma {one.sha256[:16]}…; "
        "ange bara den fil som leder till intygets, och fråga parterna vilken de godkände sist",
    )


def not_agreed(found: Certificate, before: Contract) -> list[str]:
    """Parties that did not sign by a key they held before, since whoever writes the new file chooses its keys."""
    amendment, lock = found.contract.model.amendment, found.plan.lock
    if amendment is None or lock is None:
        return []
    parties = before.model.parties
    keys = {
        id: [read_public_key(text) for text in parties[id].keys] if id in parties else [] for id in amendment.agreed_by
    }
    signers = check_signatures(read_envelope(lock.encode()), [key for own in keys.values() for key in own]).signers
    return [id for id, own in keys.items() if not any(key_id(key) in signers for key in own)]


def date_findings(found: Certificate) -> Iterator[Finding]:
    """The certificate is dated after what it rests on; a lock older than the contract is remarked on."""
    plan, signed = found.plan, found.contract.model.dates.signed
    try:
        check_dates(
            found.contract,
            date=found.date,
            kind=found.kind,
            plan=plan,
            attestations=found.attestations,
            events=found.events,
        )
        check_declarations(found.contract, *found.declarations)
        check_declared_days(found.date, found.declarations)
        yield same_or_different(
            "date",
            True,
            "The certificate is dated after all that it rests on.",
            "Intyget är daterat efter allt det vilar på.",
        )
    except EffektError as error:
        yield refused("date", error, "The certificate's date cannot be right", "Datumet kan inte stämma")
    if plan.date is not None and plan.date < signed:
        yield cannot_tell(
            "lock_date",
            f"The lock is dated {plan.date}, before the contract was signed, {signed}.",
            f"Låsningen är daterad {plan.date}, innan avtalet undertecknades, {signed}.",
        )


def earlier_findings(
    found: Certificate, earlier: Certificate | None, several: Sequence[Certificate] = ()
) -> Iterator[Finding]:
    """Which certificate it takes the place of, and whether that is the one given."""
    stated = found.supersedes
    if stated is None:
        if earlier is not None:
            yield beside_finding(found, earlier, several)
        return
    if earlier is None:
        told = _told(stated)
        text = Text(en=f"It says it supersedes {told.en}.", sv=f"Det säger sig ersätta {told.sv}.")
        yield Finding(name="supersedes", verdict="cannot_tell", text=text)
        return
    if stated.sha256 != earlier.sha256 and (
        earlier.date in stated.before or earlier.date not in (stated.date, found.date)
    ):
        told = _told(stated)
        yield cannot_tell(
            "supersedes",
            f"It says it supersedes {told.en}; that one was not given, but one of {earlier.date}.",
            f"Det säger sig ersätta {told.sv}; det angavs inte, utan ett från {earlier.date}.",
        )
        return
    same = (stated.sha256, stated.date) == (earlier.sha256, earlier.date) and stated.date <= found.date
    whole = stated.before == earlier.takes_place_of
    told, digest = _told(stated), earlier.sha256[:16]
    other = Text(
        en=f"the one given is another, of {earlier.date} with digest {digest}…",
        sv=f"det som angavs är ett annat, från {earlier.date} med kontrollsumma {digest}…",
    )
    given = Text(en="that is the one given", sv="det är det som angavs")
    if not whole:
        given = Text(
            en=f"{given.en}, and it does not say as that one does which were superseded before",
            sv=f"{given.sv}, och det anger inte som det vilka som ersattes dessförinnan",
        )
    yield same_or_different(
        "supersedes",
        same and whole and earlier.contract.model.id == found.contract.model.id,
        f"It supersedes {told.en}: {given.en if same else other.en}.",
        f"Det ersätter {told.sv}: {given.sv if same else other.sv}.",
    )


def _told(stated: Supersedes) -> Text:
    """The earlier certificate in words."""
    return Text(
        en=f"the certificate of {stated.date} with digest {stated.sha256[:16]}… ({stated.reason})",
        sv=f"intyget från {stated.date} med kontrollsumma {stated.sha256[:16]}… ({stated.reason})",
    )
