"""Earlier certificates by another amendment than this one follows: whether both were agreed, and whether both pay."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from effekt._text import Text
from effekt._validation import join_words
from effekt.certificates.certificate import Certificate
from effekt.certificates.envelope import Envelope
from effekt.certificates.key_holders import of_file
from effekt.contracts import Contract
from effekt.contracts.lineage import Fork, back, fork, number_of, says
from effekt.exceptions import EffektError
from effekt.workflow.amendment import check_chain
from effekt.workflow.earlier.agreed import not_agreed, with_new_key
from effekt.workflow.earlier.paid_apart import chain, pays
from effekt.workflow.earlier.paid_before import paid_again
from effekt.workflow.findings import Finding, cannot_tell, in_swedish
from effekt.workflow.rules.signatures import enough_signed


def forked(
    found: Certificate,
    aside: Sequence[Certificate],
    contract: Contract | None,
    files: Sequence[Contract] = (),
    rotations: Sequence[Envelope | bytes] = (),
) -> tuple[Certificate, ...]:
    """Those of some earlier certificates that are by the other branch of a fork.

    Parameters
    ----------
    found : Certificate
    aside : sequence of Certificate
        As `signatures.unsigned` gives them.
    contract : Contract or None
        The verifier's own copy.
    files : sequence of Contract
        All that were given, and those that certificates carry.
    rotations : sequence of Envelope or bytes
        Changes of keys that the parties gave.

    Returns
    -------
    tuple of Certificate
        Without those that are not signed as their own file asks: they prove nothing of any amendment.
    """
    own = contract or found.contract
    known = (own, found.contract, *files)
    return tuple(
        one
        for one in aside
        if fork(own, one.contract, known) is not None
        and enough_signed(one, one.contract, of_file(one.contract, rotations, known))
    )


def fork_findings(
    found: Certificate,
    others: Sequence[Certificate],
    given: Sequence[Certificate],
    several: Sequence[Certificate],
    contract: Contract | None,
    amended: Sequence[Contract] = (),
) -> Iterator[Finding]:
    """Of each certificate by the other branch of a fork: whether both were agreed, and whether both pay.

    Parameters
    ----------
    found : Certificate
    others : sequence of Certificate
        As `forked` gives them.
    given : sequence of Certificate
        All, by whose locks it is told who agreed to the files that they carry.
    several : sequence of Certificate
        The earlier ones that bind.
    contract : Contract or None
        The verifier's own copy.
    amended : sequence of Contract
        Contract files before it, and others of the same contract.

    Yields
    ------
    Finding
        Also one of each file in `amended` that is on another branch and by which no signed certificate is.
    """
    replaced = chain(found, (*several, *others))
    replaced |= {one.supersedes.sha256 for one in (*several, *others) if one.supersedes is not None}
    own = contract or found.contract
    known = (own, found.contract, *amended, *(one.contract for one in given))
    told = []
    for one in others:
        at = fork(own, one.contract, known)
        assert at is not None
        told += [says(file) for file in back(one.contract, known)]
        missing = not_agreed(at.way, given) if at.way else ()
        twice = () if missing or one.sha256 in replaced else _both_pay(found, one)
        yield _broken(one, at) or _not_agreed(one, at, missing, given) or _not_known(one, at) or _agreed(one, at, twice)
    for file in sorted(amended, key=lambda one: one.sha256):
        at = fork(own, file, known)
        if at is not None and says(file) not in told:
            told.append(says(file))
            yield _by_nobody(file, at)


def _both_pay(found: Certificate, one: Certificate) -> tuple[str, ...]:
    """The lines that both pay without that one counts what the other paid, whichever is the later."""
    first, last = sorted((one, found), key=lambda each: each.date)
    again = {*paid_again(last, first), *(paid_again(first, last) if first.date == last.date else ())}
    return tuple(sorted(again & pays(found) & pays(one)))


def _which(one: Certificate) -> Text:
    digest = f"{one.sha256[:16]}…,"
    return Text(en=f"{one.date}, digest {digest}", sv=f"{one.date}, kontrollsumma {digest}")


def _told(one: Certificate, en: str, sv: str) -> Finding:
    return cannot_tell(f"fork:{one.date}", en, sv)


def _broken(one: Certificate, at: Fork) -> Finding | None:
    """Of one whose file is no amendment of what it says that it amends."""
    try:
        for before, after in itertools.pairwise(at.way):
            check_chain(before, after)
    except EffektError as error:
        which, number = _which(one), number_of(one.contract)
        return _told(
            one,
            f"The certificate of {which.en} is by another amendment {number} of this contract, which its chain does "
            f"not lead to ({str(error).rstrip('.')}): it is set aside.",
            f"Intyget från {which.sv} följer en annan ändring {number} av detta avtal, som dess kedja inte leder till "
            f"({in_swedish(error).rstrip('.')}): det lämnas åt sidan.",
        )
    return None


def _not_agreed(one: Certificate, at: Fork, missing: Sequence[str], given: Sequence[Certificate]) -> Finding | None:
    """Of one whose file not all who must agree are shown to have agreed to."""
    if not missing:
        return None
    vouched = _vouched_for(at, given)
    which, number, digest = _which(one), number_of(one.contract), f"{one.contract.sha256[:16]}…"
    by = Text(en="with a key of the file before", sv="med en nyckel från filen före")
    if len(at.way) > 2:
        by = Text(
            en="with a key that an amendment which was agreed itself is shown to give (--earlier shows it with a "
            "certificate by each amendment between)",
            sv="med en nyckel som en ändring som själv var godkänd visas ge (--earlier visar det med ett intyg enligt "
            "varje ändring emellan)",
        )
    return _told(
        one,
        f"The certificate of {which.en} is by another amendment {number} of this contract, digest {digest}, which "
        f"{join_words(missing, 'and')} did not sign {by.en}: it is set aside.{vouched.en}",
        f"Intyget från {which.sv} följer en annan ändring {number} av detta avtal, kontrollsumma {digest}, som "
        f"{join_words(missing, 'och')} inte har undertecknat {by.sv}: det lämnas åt sidan."
        f"{vouched.sv}",
    )


def _vouched_for(at: Fork, given: Sequence[Certificate]) -> Text:
    """That all others vouched for a new key that an amendment of the other branch gave a party: it may have agreed."""
    steps = ((with_new_key(before, file, given), number_of(file)) for before, file in itertools.pairwise(at.way))
    told = [
        Text(
            en=f" To amendment {number} of these {party} agreed with a key that the amendment itself gave it, and "
            f"everyone else who has a key vouched for that: ask {party} whose the new key is, and the parties which "
            "amendment they agreed last.",
            sv=f" Ändring {number} av dessa har {party} godkänt med en nyckel som ändringen själv gav, och alla andra "
            f"som har en nyckel har gått i god för den: fråga {party} vems den nya nyckeln är, och parterna vilken "
            "ändring de godkände sist.",
        )
        for party, number in steps
        if party is not None
    ]
    return Text(en="".join(one.en for one in told), sv="".join(one.sv for one in told))


def _two(at: Fork) -> Text:
    """'There are two amendments number 1 of this contract, digests 11… and 22…, of one file before'."""
    of = Text(en=", of one file before", sv=", av en och samma fil före") if at.of_one else Text(en="", sv="")
    digests = at.own[:16], at.other[:16]
    return Text(
        en=f"There are two amendments number {at.number} of this contract, digests {digests[0]}… and {digests[1]}…"
        f"{of.en}",
        sv=f"Det finns två ändringar nummer {at.number} av detta avtal, kontrollsummor {digests[0]}… och "
        f"{digests[1]}…{of.sv}",
    )


def _there(one: Certificate, at: Fork) -> Text:
    two, which, number = _two(at), _which(one), number_of(one.contract)
    if one.contract.sha256 == at.other:
        return Text(
            en=f"{two.en}, and the certificate of {which.en} is by the second",
            sv=f"{two.sv}, och intyget från {which.sv} följer den andra",
        )
    return Text(
        en=f"{two.en}, and the certificate of {which.en} is by amendment {number}, which follows the second",
        sv=f"{two.sv}, och intyget från {which.sv} är enligt ändring {number}, som följer den andra",
    )


def _not_known(one: Certificate, at: Fork) -> Finding | None:
    """Of one where files are lacking that show who agreed, or that both come from one file."""
    if at.way:
        return None
    there = _there(one, at)
    if at.of_one:
        return _told(
            one,
            f"{there.en}; give the file before with --amended, by whose keys it shows who agreed to it, and ask the "
            "parties which they agreed last.",
            f"{there.sv}; ange filen före med --amended, vars nycklar visar vilka som har godkänt den, och fråga "
            "parterna vilken de godkände sist.",
        )
    digests = [f"{digest[:16]}…" for digest in at.missing]
    return _told(
        one,
        f"{there.en}; whether both come from one file, and who agreed to them, the files before them show: give "
        f"{join_words(digests, 'and')} with --amended, and ask the parties which they agreed last.",
        f"{there.sv}; om båda utgår från en och samma fil, och vilka som har godkänt dem, visar filerna före dem: ange "
        f"{join_words(digests, 'och')} med --amended, och fråga parterna vilken de godkände sist.",
    )


def _agreed(one: Certificate, at: Fork, twice: Sequence[str]) -> Finding:
    """Of one whose file all agreed to, as to this one's."""
    there = _there(one, at)
    ask = Text(
        en="ask the parties which amendment they agreed last, and have the other withdrawn",
        sv="fråga parterna vilken ändring de godkände sist, och få den andra återkallad",
    )
    agreed = Text(
        en=f"{there.en}, to which all who must agree have agreed",
        sv=f"{there.sv}, som alla som ska godkänna har godkänt",
    )
    if not twice:
        return _told(
            one,
            f"{agreed.en}: no file shows which of them holds; {ask.en}.",
            f"{agreed.sv}: ingen fil visar vilken av dem som gäller; {ask.sv}.",
        )
    return Finding(
        name=f"fork:{one.date}",
        verdict="different",
        text=Text(
            en=f"{agreed.en}; it pays {join_words(twice, 'and')}, as this one does, and both are not to be paid: "
            f"{ask.en}, and what it paid settled again with --supersedes and --reason.",
            sv=f"{agreed.sv}; det betalar {join_words(twice, 'och')}, liksom detta, och båda ska inte betalas: "
            f"{ask.sv}, och det den betalade avräknat på nytt med --supersedes och --reason.",
        ),
    )


def _by_nobody(file: Contract, at: Fork) -> Finding:
    """Of a file that was given and is on another branch, by which there is no certificate."""
    two, digest = _two(at), file.sha256[:16]
    own = file.sha256 == at.other
    leads = (
        Text(en=" of which the second", sv=" av vilka den andra")
        if own
        else Text(
            en=f" and amendment {number_of(file)}, digest {digest}…, which follows the second,",
            sv=f" och ändring {number_of(file)}, kontrollsumma {digest}…, som följer den andra,",
        )
    )
    return cannot_tell(
        f"fork:{digest}",
        f"{two.en},{leads.en} was given with --amended: no signed certificate by it was given that shows whether "
        "anybody agreed to it; ask the parties which they agreed last.",
        f"{two.sv},{leads.sv} angavs med --amended: inget undertecknat intyg enligt den angavs som visar om någon har "
        "godkänt den; fråga parterna vilken de godkände sist.",
    )
