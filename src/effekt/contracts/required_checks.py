"""Checks of the design that a contract requires: where one fails the figures of its analysis are referred.

A check never moves a contract to another estimate: whoever computes it could choose the figure by what it gives.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from effekt._text import Text
from effekt.contracts.thin_data import Withheld
from effekt.result import Diagnostic

OnFail: TypeAlias = Literal["refer", "refer_on_warning", "note"]


def unmet(id: str, required: Mapping[str, OnFail] | None, members: tuple[Any, ...]) -> Withheld | None:
    """A figure of which a required check fails, or was not made, is referred.

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
    """
    for name, rule in (required or {}).items():
        if rule != "note" and not holds(name, rule, *members):
            return Withheld(
                state="referred",
                reason=Text(
                    en=f"{id}: the check {name}, which the contract requires, fails or was not made; the parties "
                    "decide.",
                    sv=f"{id}: kontrollen {name}, som avtalet kräver, är inte uppfylld eller har inte gjorts; parterna "
                    "avgör.",
                ),
            )
    return None


def holds(name: str, rule: OnFail, *results: Any) -> bool:
    """Whether a check was made of some result and fails in none, nor warns where the rule counts that.

    Parameters
    ----------
    name : str
    rule : {"refer", "refer_on_warning", "note"}
    *results : result
        An effect and, where it is one of several, the set.

    Returns
    -------
    bool
    """
    found: list[Diagnostic] = [check for one in results for check in one.diagnostics if check.name == name]
    bad = ("failed", "warning") if rule == "refer_on_warning" else ("failed",)
    return bool(found) and all(check.status not in bad for check in found)
