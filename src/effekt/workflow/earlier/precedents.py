"""What a certificate follows: the lock of the plan, the days it rests on, and the certificate it supersedes."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace

from effekt._text import Text
from effekt._validation import join_words
from effekt.certificates.certificate import Certificate
from effekt.certificates.locked import locked
from effekt.certificates.predicate import Supersedes
from effekt.contracts import Contract, check_declarations
from effekt.contracts.lineage import back, follows, fork, number_of, says
from effekt.exceptions import EffektError
from effekt.workflow.amendment import check_chain
from effekt.workflow.earlier.agreed import between_not_agreed, not_agreed, with_new_key, without_certificate
from effekt.workflow.earlier.beside_earlier import beside_finding
from effekt.workflow.earlier.line_names import paid_unattested
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
from effekt.workflow.rules.happened import events_hold


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
        "The plan's lock, its date and whether it came before the data are as stated."
        if same
        else "The plan's lock is not one of this contract that those who must have signed, or its date and whether it "
        "came before the data are not as stated.",
        "Planens låsning, dess datum och om den skedde före data är som det anges."
        if same
        else "Planens låsning är ingen som hör till detta avtal och som de som måste har undertecknat, eller så är "
        "dess datum och om den skedde före data inte som det anges.",
    )
    yield from _diary(found)
    if accepted:
        return
    en = "The contract leaves open what money turns on, and the certificate does not list just that as accepted."
    sv = "Avtalet lämnar öppet sådant som pengarna hänger på, och intyget listar inte just det som godtaget."
    if made_by_earlier_version(found) and not plan.undecided_accepted:
        yield cannot_tell("undecided", en, sv)
    else:
        yield same_or_different("undecided", False, en, sv)


def _diary(found: Certificate) -> Iterator[Finding]:
    """The number that the lock says its contract file is registered under: no file shows what a register holds."""
    lock = locked(found)
    if lock is not None and lock.diary:
        yield cannot_tell(
            "lock_diary",
            f"The lock states diary number {lock.diary}, {lock.registry}: stated, not checked by effekt. Ask the "
            f"registry for what it entered, its day, and whether it has the digest {found.contract.sha256}.",
            f"Låsningen anger diarienummer {lock.diary}, {lock.registry}: uppgivet, inte prövat av effekt. Fråga "
            f"registratorn vad som fördes in, vilken dag, och om kontrollsumman {found.contract.sha256} står där.",
        )


def amendment_findings(
    found: Certificate,
    given: Sequence[Contract],
    certificates: Sequence[Certificate] = (),
    unsigned: Sequence[Certificate] = (),
) -> Iterator[Finding]:
    """The contract files before it follow each other to this one, and who held the keys before agreed to it.

    Of the files that were given those before this one are known by their digests; others are no part of the chain. The
    certificates that were given show who agreed to the amendments between, and those that are signed who did not.
    """
    own, signed = found.contract, [one for one in certificates if one not in unsigned]
    amendment, way = own.model.amendment, back(own, given)[::-1]
    aside, beside = _no_part(way, given), _may_be_before(own, given)
    if amendment is None:
        if given:
            yield same_or_different(
                "amendments", True, f"The contract amends no file.{aside.en}", f"Avtalet ändrar ingen fil.{aside.sv}"
            )
        return
    if len(way) == 1 and not beside:
        yield cannot_tell(
            "amendments",
            f"The contract is amendment {amendment.number}; the files before it were not given, so neither the chain "
            f"nor who agreed was checked.{aside.en}",
            f"Avtalet är ändring {amendment.number}; filerna före det angavs inte, så varken kedjan eller vilka som "
            f"har godkänt den har prövats.{aside.sv}",
        )
        return
    broken, missing = _broken(way, given), way[0].model.amendment
    if broken is None and missing is not None:
        yield cannot_tell(
            "amendments",
            f"The file before amendment {missing.number}, digest {missing.of[:16]}…, was not given: ask for it, and "
            f"give it with --amended.{aside.en}",
            f"Filen före ändring {missing.number}, kontrollsumma {missing.of[:16]}…, angavs inte: begär den, och ange "
            f"den med --amended.{aside.sv}",
        )
        if len(way) > 1:
            yield _agreed(found, way, certificates, signed)
        return
    stands = Text(en="is unbroken from the first file", sv="är obruten från den första filen")
    told = stands if broken is None else Text(en=f"is broken: {broken.en}", sv=f"är bruten: {broken.sv}")
    yield same_or_different(
        "amendments",
        broken is None,
        f"The chain of amendments {told.en}.{aside.en}",
        f"Kedjan av ändringar {told.sv}.{aside.sv}",
    )
    if len(way) > 1:
        yield _agreed(found, way, certificates, signed)


def _broken(way: Sequence[Contract], given: Sequence[Contract]) -> Text | None:
    """Why some files are no chain, or another first file than theirs was given; None where one is only lacking."""
    amendment, own = way[0].model.amendment, way[-1].model.id
    if amendment is not None and amendment.number == 1 and any(_is_first(one, own) for one in given):
        digest = f"{amendment.of[:16]}…"
        return Text(
            en=f"the file before amendment {amendment.number}, digest {digest}, was not given",
            sv=f"filen före ändring {amendment.number}, kontrollsumma {digest}, angavs inte",
        )
    try:
        for before, after in itertools.pairwise(way):
            check_chain(before, after)
    except EffektError as error:
        return Text(en=str(error).rstrip("."), sv=in_swedish(error).rstrip("."))
    return None


def _is_first(contract: Contract, id: str) -> bool:
    return contract.model.id == id and contract.model.amendment is None


def _may_be_before(own: Contract, given: Sequence[Contract]) -> bool:
    """Whether a file of the contract was given that neither follows this one nor another amendment."""
    of_contract = [one for one in given if one.model.id == own.model.id and says(one) != says(own)]
    return any(not follows(one, own, given) and fork(own, one, given) is None for one in of_contract)


def _no_part(way: Sequence[Contract], given: Sequence[Contract]) -> Text:
    """Which of the files that were given are not among those before a certificate's own."""
    known = {one.sha256 for one in way}
    others = {one.sha256: one.model.id == way[-1].model.id for one in given if one.sha256 not in known}
    digests = [[f"{digest[:16]}…" for digest in sorted(others) if others[digest] is same] for same in (True, False)]
    en = [f"{join_words(digests[0], 'and')} of this contract"] if digests[0] else []
    sv = [f"{join_words(digests[0], 'och')} av detta avtal"] if digests[0] else []
    en += [f"{join_words(digests[1], 'and')} of another contract"] if digests[1] else []
    sv += [f"{join_words(digests[1], 'och')} av ett annat avtal"] if digests[1] else []
    if not others:
        return Text(en="", sv="")
    return Text(
        en=f" Given with --amended and not among the files before it, by digest: {join_words(en, 'and')}.",
        sv=f" Angivna med --amended men inte bland filerna före det, efter kontrollsumma: {join_words(sv, 'och')}.",
    )


def _agreed(
    found: Certificate, way: Sequence[Contract], certificates: Sequence[Certificate], signed: Sequence[Certificate]
) -> Finding:
    """Whether all who must agree to a certificate's amendment have, with keys that an agreed file gave them."""
    missing, new_key = not_agreed(way[-2:], [found]), _new_key(way[-2], way[-1], [found])
    if missing and new_key is None:
        return same_or_different(
            "agreed",
            False,
            f"{join_words(missing, 'and')} did not sign with a key of the file before.",
            f"{join_words(missing, 'och')} har inte undertecknat med en nyckel från filen före.",
        )
    unsure = not_agreed(way, [*certificates, found])
    between = [(step, _new_key(*step, signed)) for step in between_not_agreed(way, signed, unsure)]
    for step, new in between:
        if new is None:
            return _not_agreed_between(*step, signed, unsure)
    new_keys = [new for new in (new_key, *(new for _, new in between)) if new is not None]
    return new_keys[0] if new_keys else _signed_by_keys_before(unsure, without_certificate(way, signed))


def _signed_by_keys_before(unsure: Sequence[str], lacking: Sequence[Contract]) -> Finding:
    """All signed with keys of the file before; those of some may come from an amendment that nobody knows of."""
    en = "All who must agree signed the amendment with keys of the file before"
    sv = "Alla som ska godkänna har undertecknat ändringen med nycklar från filen före"
    if not unsure:
        return same_or_different("agreed", True, f"{en}.", f"{sv}.")
    numbers = [str(number_of(one)) for one in lacking]
    ask = Text(en=": give another by each amendment before", sv=": ange ett annat enligt varje ändring före")
    if numbers:
        ask = Text(
            en=f": give one by amendment {join_words(numbers, 'and')}",
            sv=f": ange ett enligt ändring {join_words(numbers, 'och')}",
        )
    return cannot_tell(
        "agreed",
        f"{en}; no signed certificate that was given shows that the amendment which gave {join_words(unsure, 'and')} "
        f"that key was agreed itself{ask.en} (--earlier).",
        f"{sv}; inget undertecknat intyg som angavs visar att den ändring som gav {join_words(unsure, 'och')} den "
        f"nyckeln själv var godkänd{ask.sv} (--earlier).",
    )


def _not_agreed_between(
    before: Contract, file: Contract, signed: Sequence[Certificate], doubtful: Sequence[str]
) -> Finding:
    """The keys that it was agreed with come from an amendment to which those whose they are said to be did not.

    Others may not have agreed to that one either: where they agreed to this one with keys that they had, they are not
    named, since nothing is missing of them.
    """
    missing = [id for id in not_agreed([before, file], signed) if id in doubtful]
    number = number_of(file)
    return same_or_different(
        "agreed",
        False,
        f"It was signed with keys that amendment {number} gave, and to that one {join_words(missing, 'and')} did not "
        "agree with a key of the file before it, as the lock in a certificate by it shows (--earlier).",
        f"Den är undertecknad med nycklar som ändring {number} gav, och den har {join_words(missing, 'och')} inte "
        "godkänt med en nyckel från filen före, vilket låsningen i ett intyg enligt den visar (--earlier).",
    )


def _new_key(before: Contract, file: Contract, certificates: Sequence[Certificate]) -> Finding | None:
    """One party agreed with a new key, as whoever has lost one must; all others vouch for it, and no file can."""
    party, number = with_new_key(before, file, certificates), number_of(file)
    if party is None:
        return None
    digests = " ".join(file.model.parties[party].keys)
    return cannot_tell(
        "new_key",
        f"To amendment {number} {party} agreed with a key that the amendment itself gave it, and with none of the "
        "file before; everyone else who has a key signed with it. No file shows whose the new key is: hold it "
        f"against what {party} itself has given you in another way, such as on signed paper: {digests}.",
        f"Ändring {number} har {party} godkänt med en nyckel som ändringen själv gav, och inte med någon från filen "
        "före; alla andra som har en nyckel undertecknade med den. Ingen fil visar vems den nya nyckeln är: jämför den "
        f"med vad {party} själv har lämnat på annat sätt, som på undertecknat papper: {digests}.",
    )


def date_findings(found: Certificate) -> Iterator[Finding]:
    """The certificate is dated after what it rests on; a lock older than the contract is remarked on."""
    plan, signed = found.plan, found.contract.model.dates.signed
    if plan.date is not None and plan.date < signed:
        yield cannot_tell(
            "lock_date",
            f"The lock is dated {plan.date}, before the contract was signed, {signed}.",
            f"Låsningen är daterad {plan.date}, innan avtalet undertecknades, {signed}.",
        )
    yield from too_late_findings(found.kind, found.date, found.contract.model.dates.too_late(found.date))
    if not events_hold(found):
        yield cannot_tell(
            "date",
            "What its date must be after rests on the declared events, which do not hold; it was not checked.",
            "Vad dess datum måste vara efter beror på de anmälda händelserna, som inte håller; det har inte prövats.",
        )
        return
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


def too_late_findings(kind: str, date: str, last: str | None) -> Iterator[Finding]:
    """That a final certificate is dated after the last day to settle: what follows no file says.

    Parameters
    ----------
    kind : {"final", "interim", "nil"}
        Only a final one settles.
    date : str
        Its day.
    last : str or None
        The last day to settle; None where it is not passed, or none is agreed.

    Yields
    ------
    Finding
    """
    if kind == "final" and last is not None:
        yield cannot_tell(
            "longstop",
            f"The certificate is dated {date}, after the last day to settle, {last}. Whether it still counts the legal "
            "text says.",
            f"Intyget är daterat {date}, efter sista dag för avräkning, {last}. Om det ännu gäller säger avtalstexten.",
        )


def earlier_findings(
    found: Certificate,
    earlier: Certificate | None,
    several: Sequence[Certificate] = (),
    later: Sequence[Certificate] = (),
) -> Iterator[Finding]:
    """Which certificate it takes the place of, and whether that is the one given."""
    stated = found.supersedes
    if stated is None:
        if earlier is not None:
            yield beside_finding(found, earlier, several, later)
        return
    if [*stated.days, found.date] != sorted([*stated.days, found.date]):
        days = [*stated.days]
        yield same_or_different(
            "supersedes",
            False,
            f"The days that it says were superseded, {join_words(days, 'and')}, must stand in order and none after its "
            f"own, {found.date}.",
            f"De dagar som det säger har ersatts, {join_words(days, 'och')}, måste stå i ordning och ingen efter dess "
            f"egen, {found.date}.",
        )
        return
    if earlier is None:
        told = _told(stated)
        text = Text(en=f"It says it supersedes {told.en}.", sv=f"Det säger sig ersätta {told.sv}.")
        yield Finding(name="supersedes", verdict="cannot_tell", text=text)
        return
    if stated.sha256 != earlier.sha256 and _may_be_beside(found, stated, earlier):
        told, interim = _told(stated), earlier.kind == "interim"
        yield cannot_tell(
            "supersedes",
            f"It says it supersedes {told.en}; that one was not given, but {'an interim ' if interim else ''}one of "
            f"{earlier.date}.",
            f"Det säger sig ersätta {told.sv}; det angavs inte, utan ett {'delintyg ' if interim else ''}från "
            f"{earlier.date}.",
        )
        return
    same = (stated.sha256, stated.date) == (earlier.sha256, earlier.date) and stated.date <= found.date
    behind = (earlier.takes_place_of, earlier.interim_to_date, earlier.nil_to_date)
    whole = (stated.before, stated.interim, stated.nil) == behind
    counted = (stated.paid or {}) == paid_unattested(found, earlier)
    told, digest = _told(stated), earlier.sha256[:16]
    other = Text(
        en=f"the one given is another, of {earlier.date} with digest {digest}…",
        sv=f"det som angavs är ett annat, från {earlier.date} med kontrollsumma {digest}…",
    )
    given = Text(en="that is the one given", sv="det är det som angavs")
    if not whole:
        given = Text(
            en=f"{given.en}, and it does not say as that one does which were superseded before, or were interim or nil",
            sv=f"{given.sv}, och det anger inte som det vilka som ersattes dessförinnan, eller var delintyg eller "
            "nollintyg",
        )
    if not counted:
        given = Text(
            en=f"{given.en}, and what it says that was paid by it (supersedes.paid) is not what that one says",
            sv=f"{given.sv}, och vad det säger var betalt enligt det (supersedes.paid) är inte vad det anger",
        )
    yield same_or_different(
        "supersedes",
        same and whole and counted and earlier.contract.model.id == found.contract.model.id,
        f"It supersedes {told.en}: {given.en if same else other.en}.",
        f"Det ersätter {told.sv}: {given.sv if same else other.sv}.",
    )


def _may_be_beside(found: Certificate, stated: Supersedes, earlier: Certificate) -> bool:
    """Whether an earlier certificate may be another than the one whose place was taken: of one day both can be made."""
    if earlier.date in stated.before or earlier.date != stated.date:
        return True
    return earlier.kind == "interim" or earlier.settles != found.settles


def _told(stated: Supersedes) -> Text:
    """The earlier certificate in words."""
    return Text(
        en=f"the certificate of {stated.date} with digest {stated.sha256[:16]}… ({stated.reason})",
        sv=f"intyget från {stated.date} med kontrollsumma {stated.sha256[:16]}… ({stated.reason})",
    )
