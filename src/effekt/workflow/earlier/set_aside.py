"""Differences that an earlier certificate would explain, had it been signed as the contract asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from effekt._text import Text
from effekt._validation import join_words
from effekt.certificates.certificate import Certificate
from effekt.workflow.findings import Finding


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
