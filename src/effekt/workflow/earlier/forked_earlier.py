"""Earlier certificates by another amendment of the same file: whether both were agreed, and whether both pay."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from effekt._text import Text
from effekt._validation import join_words
from effekt.certificates.certificate import Certificate
from effekt.certificates.envelope import Envelope
from effekt.certificates.key_holders import of_file
from effekt.contracts import Contract
from effekt.workflow.earlier.forks import rival
from effekt.workflow.earlier.paid_apart import chain, pays
from effekt.workflow.earlier.paid_before import paid_again
from effekt.workflow.earlier.precedents import not_agreed
from effekt.workflow.findings import Finding, cannot_tell
from effekt.workflow.rules.signatures import is_signed


def forked(
    found: Certificate,
    aside: Sequence[Certificate],
    contract: Contract | None,
    amended: Sequence[Contract] = (),
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
    amended : sequence of Contract
        The files before it, of an amended contract.
    rotations : sequence of Envelope or bytes
        Changes of keys that the parties gave.

    Returns
    -------
    tuple of Certificate
        Without those that are not signed as their own file asks: they prove nothing of any amendment.
    """
    files = (contract or found.contract, *amended)
    others = (*files, *(one.contract for one in aside))
    return tuple(
        one
        for one in aside
        if rival(one.contract, files) is not None
        and is_signed(one, one.contract, of_file(one.contract, rotations, others))
    )


def fork_findings(
    found: Certificate,
    others: Sequence[Certificate],
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
    several : sequence of Certificate
        The earlier ones that bind.
    contract : Contract or None
        The verifier's own copy.
    amended : sequence of Contract
        The files before it, of an amended contract.

    Yields
    ------
    Finding
    """
    replaced = chain(found, (*several, *others))
    replaced |= {one.supersedes.sha256 for one in (*several, *others) if one.supersedes is not None}
    files = (contract or found.contract, *amended)
    for one in others:
        own, amendment = rival(one.contract, files), one.contract.model.amendment
        assert own is not None
        assert amendment is not None
        before = next((file for file in amended if file.sha256 == amendment.of), None)
        missing = () if before is None else not_agreed(one, before)
        twice = () if missing or one.sha256 in replaced else _both_pay(found, one)
        yield _finding(one, own, known=before is not None, missing=missing, twice=twice)


def _both_pay(found: Certificate, one: Certificate) -> tuple[str, ...]:
    """The lines that both pay without that one counts what the other paid, whichever is the later."""
    first, last = sorted((one, found), key=lambda each: each.date)
    again = {*paid_again(last, first), *(paid_again(first, last) if first.date == last.date else ())}
    return tuple(sorted(again & pays(found) & pays(one)))


def _finding(one: Certificate, own: Contract, *, known: bool, missing: Sequence[str], twice: Sequence[str]) -> Finding:
    amendment = one.contract.model.amendment
    number, digests = "" if amendment is None else amendment.number, (own.sha256[:16], one.contract.sha256[:16])
    which = f"{one.date}, digest {one.sha256[:16]}…,"
    which_sv = f"{one.date}, kontrollsumma {one.sha256[:16]}…,"
    if missing:
        return cannot_tell(
            f"fork:{one.date}",
            f"The certificate of {which} is by another amendment {number} of this contract, digest {digests[1]}…, "
            f"which {join_words(missing, 'and')} did not sign with a key of the file before: it is set aside.",
            f"Intyget från {which_sv} följer en annan ändring {number} av detta avtal, kontrollsumma {digests[1]}…, "
            f"som {join_words(missing, 'och')} inte har undertecknat med en nyckel från filen före: det lämnas åt "
            "sidan.",
        )
    there = Text(
        en=f"There are two amendments number {number} of this contract, digests {digests[0]}… and {digests[1]}…, of "
        f"one file before, and the certificate of {which} is by the second",
        sv=f"Det finns två ändringar nummer {number} av detta avtal, kontrollsummor {digests[0]}… och {digests[1]}…, "
        f"av en och samma fil före, och intyget från {which_sv} följer den andra",
    )
    if not known:
        return cannot_tell(
            f"fork:{one.date}",
            f"{there.en}; give the file before with --amended, by whose keys it shows who agreed to it, and ask the "
            "parties which they agreed last.",
            f"{there.sv}; ange filen före med --amended, vars nycklar visar vilka som har godkänt den, och fråga "
            "parterna vilken de godkände sist.",
        )
    ask = Text(
        en="ask the parties which amendment they agreed last, and have the other withdrawn",
        sv="fråga parterna vilken ändring de godkände sist, och få den andra återkallad",
    )
    agreed = Text(
        en=f"{there.en}, to which all who must agree have agreed",
        sv=f"{there.sv}, som alla som ska godkänna har godkänt",
    )
    if not twice:
        return cannot_tell(
            f"fork:{one.date}",
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
