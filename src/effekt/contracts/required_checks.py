"""Checks of the design that a contract requires: where one fails the figures of its analysis are referred.

A check never moves a contract to another estimate: whoever computes it could choose the figure by what it gives.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from effekt._text import Text
from effekt.contracts.figures import EstimateFigure, FigureTerm
from effekt.contracts.schema import fault
from effekt.contracts.thin_data import Withheld, WithheldState
from effekt.result import Diagnostic

Verdict: TypeAlias = Literal["failed", "warning", "not_made"]
OnFail: TypeAlias = Literal["refer", "refer_on_warning", "zero", "note"]


def unmet(id: str, required: Mapping[str, OnFail] | None, members: tuple[Any, ...]) -> Withheld | None:
    """A figure of which a required check is not met is referred, or counts as no effect.

    Parameters
    ----------
    id : str
        The figure.
    required : mapping of check to rule, or None
    members : tuple of result
        What the figure is taken from, and the set that it stands in.

    Returns
    -------
    Withheld or None
        Where one check refers it and another counts it as no effect, the parties decide.
    """
    failed = {
        rule: (name, verdict)
        for name, rule in (required or {}).items()
        if rule != "note" and (verdict := verdict_of(name, rule, *members)) is not None
    }
    if not failed:
        return None
    state: WithheldState = "referred" if failed.keys() - {"zero"} else "zero"  # what the parties decide comes first
    name, verdict = next(one for rule, one in failed.items() if (rule == "zero") == (state == "zero"))
    said, then = NOT_MET[verdict], _THEN[state]
    return Withheld(
        state=state,
        reason=Text(
            en=f"{id}: the check {name}, which the contract requires, {said.en}; {then.en}.",
            sv=f"{id}: kontrollen {name}, som avtalet kräver, {said.sv}; {then.sv}.",
        ),
    )


def check_zeros(analyses: Mapping[str, Any], figures: Mapping[str, FigureTerm]) -> None:
    """Refuse the rule `zero` where 0 is not what a figure of the analysis has when nothing is achieved.

    Parameters
    ----------
    analyses, figures : mapping
        Of the contract.

    Raises
    ------
    PydanticCustomError
        At the check's own place.
    """
    for id, analysis in analyses.items():
        names = [name for name, rule in (analysis.required_checks or {}).items() if rule == "zero"]
        own = {name: term for name, term in figures.items() if isinstance(term, EstimateFigure) and term.estimate == id}
        for figure, term in own.items() if names else ():
            if term.statistic != "estimate" or term.view == "ratio":
                raise fault(
                    f"cannot be zero, since {figure}, {term.statistic} of the view {term.view}, is not 0 without an "
                    "effect; write refer.",
                    *("analysis", id, "required_checks", names[0]),
                )


_THEN: dict[WithheldState, Text] = {
    "referred": Text(en="the parties decide", sv="parterna avgör"),
    "zero": Text(en="by the contract it counts as no effect", sv="enligt avtalet räknas det som ingen effekt"),
}


NOT_MET: dict[Verdict, Text] = {
    "failed": Text(en="fails", sv="är inte uppfylld"),
    "warning": Text(en="warns", sv="ger en varning"),
    "not_made": Text(en="was not made", sv="har inte gjorts"),
}


def verdict_of(name: str, rule: OnFail, *results: Any) -> Verdict | None:
    """Why a required check is not met: it fails in some result, warns where the rule counts that, or was not made.

    Parameters
    ----------
    name : str
    rule : {"refer", "refer_on_warning", "zero", "note"}
    *results : result
        An effect and, where it is one of several, the set.

    Returns
    -------
    {"failed", "warning", "not_made"} or None
        None where it is met.
    """
    found: list[Diagnostic] = [check for one in results for check in one.diagnostics if check.name == name]
    if not found:
        return "not_made"
    statuses = {check.status for check in found}
    if "failed" in statuses:
        return "failed"
    return "warning" if rule == "refer_on_warning" and "warning" in statuses else None
