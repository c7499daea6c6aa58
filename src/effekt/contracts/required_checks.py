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

OnFail: TypeAlias = Literal["refer", "refer_on_warning", "zero", "note"]


def unmet(id: str, required: Mapping[str, OnFail] | None, members: tuple[Any, ...]) -> Withheld | None:
    """A figure of which a required check fails, or was not made, is referred, or counts as no effect.

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
        rule: name for name, rule in (required or {}).items() if rule != "note" and not holds(name, rule, *members)
    }
    if not failed:
        return None
    state: WithheldState = "referred" if failed.keys() - {"zero"} else "zero"  # what the parties decide comes first
    name = next(name for rule, name in failed.items() if (rule == "zero") == (state == "zero"))
    then = _THEN[state]
    return Withheld(
        state=state,
        reason=Text(
            en=f"{id}: the check {name}, which the contract requires, fails or was not made; {then.en}.",
            sv=f"{id}: kontrollen {name}, som avtalet kräver, är inte uppfylld eller har inte gjorts; {then.sv}.",
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


def holds(name: str, rule: OnFail, *results: Any) -> bool:
    """Whether a check was made of some result and fails in none, nor warns where the rule counts that.

    Parameters
    ----------
    name : str
    rule : {"refer", "refer_on_warning", "zero", "note"}
    *results : result
        An effect and, where it is one of several, the set.

    Returns
    -------
    bool
    """
    found: list[Diagnostic] = [check for one in results for check in one.diagnostics if check.name == name]
    bad = ("failed", "warning") if rule == "refer_on_warning" else ("failed",)
    return bool(found) and all(check.status not in bad for check in found)
