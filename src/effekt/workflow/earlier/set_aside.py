"""Earlier certificates that are set aside: of another contract, or unsigned, though they would explain something."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from effekt._text import Text
from effekt._validation import join_words
from effekt.certificates.certificate import Certificate
from effekt.contracts import Contract
from effekt.workflow.findings import Finding, cannot_tell


def of_other_contracts(
    found: Certificate, given: Sequence[Certificate], contract: Contract | None
) -> tuple[Certificate, ...]:
    """Those of some earlier certificates that are of another contract, and say nothing for or against one of this.

    Parameters
    ----------
    found : Certificate
    given : sequence of Certificate
    contract : Contract or None
        The verifier's own copy.

    Returns
    -------
    tuple of Certificate
        But for the one whose place the certificate says that it takes, which it is held against.
    """
    own = {one.model.id for one in (contract or found.contract, found.contract)}
    named = None if found.supersedes is None else found.supersedes.sha256
    return tuple(one for one in given if one.contract.model.id not in own and one.sha256 != named)


def other_contract_findings(elsewhere: Sequence[Certificate]) -> Iterator[Finding]:
    """Of each that was given and is of another contract: that it was set aside.

    Parameters
    ----------
    elsewhere : sequence of Certificate
        As `of_other_contracts` gives them.

    Yields
    ------
    Finding
    """
    for one in {one.sha256: one for one in elsewhere}.values():
        id = one.contract.model.id
        yield cannot_tell(
            f"other_contract:{one.date}",
            f"The certificate of {one.date}, digest {one.sha256[:16]}…, is of another contract, {id}: it is set aside, "
            "and what it paid says nothing of this one.",
            f"Intyget från {one.date}, kontrollsumma {one.sha256[:16]}…, gäller ett annat avtal, {id}: det lämnas åt "
            "sidan, och vad det betalade säger inget om detta.",
        )


def told_of_aside(
    held_against: Callable[[Sequence[Certificate]], Sequence[Finding]],
    binding: Sequence[Certificate],
    aside: Sequence[Certificate],
) -> Iterator[Finding]:
    """The findings beside earlier certificates; each that differs also names the unsigned ones that would explain it.

    Parameters
    ----------
    held_against : callable
        From earlier certificates to the findings beside them.
    binding : sequence of Certificate
        Those that count.
    aside : sequence of Certificate
        Those that would count were they signed.

    Yields
    ------
    Finding
        With the verdict that it had: what is not signed proves nothing, for or against.
    """
    findings = held_against(binding)
    explain: tuple[Certificate, ...] = ()
    if _differ(findings):
        tried = [*((one,) for one in aside), tuple(aside)]
        explain = next((each for each in tried if not _differ(held_against((*binding, *each)))), ())
    for one in findings:
        yield _explained(one, explain) if explain and one.verdict == "different" else one


def _differ(findings: Sequence[Finding]) -> bool:
    return any(one.verdict == "different" for one in findings)


def _explained(one: Finding, explain: Sequence[Certificate]) -> Finding:
    """A difference with what it would take that it is none."""
    many = len(explain) > 1
    which = join_words([f"{each.date}, digest {each.sha256[:16]}…" for each in explain], "and")
    which_sv = join_words([f"{each.date}, kontrollsumma {each.sha256[:16]}…" for each in explain], "och")
    en, sv = ("certificates", "intygen") if many else ("certificate", "intyget")
    return replace(
        one,
        text=Text(
            en=f"{one.text.en} It would not differ with the {en} of {which}, signed as the contract asks: ask for what "
            "was signed, or for the change of key by which a party signed (--rotation).",
            sv=f"{one.text.sv} Det skulle stämma med {sv} från {which_sv}, med de underskrifter som avtalet kräver: be "
            "om det som undertecknades, eller om bytet av nyckel som en part undertecknade med (--rotation).",
        ),
    )
