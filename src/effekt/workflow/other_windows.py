"""Every other reference window beside the declared one: settled on, though no contract asks for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from effekt._text import Text
from effekt.contracts.model import ContractTerms
from effekt.exceptions import DataError
from effekt.reports.lacking import paid_points
from effekt.reports.other_means import WINDOWED, WINDOWS
from effekt.result import Diagnostic, EffectEstimate
from effekt.tables import Table
from effekt.workflow.known_checks import asked_for

_NOT_MADE = Diagnostic(
    name=WINDOWS,
    status="information",
    statement=Text(
        en="The counterfactual is not above zero, so there is no relative change to give under other reference "
        "windows.",
        sv="Det kontrafaktiska värdet är inte över noll, så det finns ingen relativ förändring att ange med andra "
        "referensfönster.",
    ),
)


def windowed(terms: ContractTerms) -> set[str]:
    """The analyses over a reference window that pay on a point estimate, and do not ask for other windows themselves.

    Parameters
    ----------
    terms : ContractTerms

    Returns
    -------
    set of str
    """
    used = {one.estimate: terms.analysis[one.estimate] for one in paid_points(terms).values()}
    return {id for id, one in used.items() if one.method == WINDOWED and WINDOWS not in asked_for(one)}


def with_other_windows(
    function: Callable[..., EffectEstimate], table: Table, *, checks: Sequence[object] = (), **arguments: Any
) -> EffectEstimate:
    """The effect with the check of every other reference window, or with why that cannot be made.

    Parameters
    ----------
    function : callable
        The estimator.
    table : Table
    checks : sequence
        Those that the contract asks for.
    **arguments
        The others of the call.

    Returns
    -------
    EffectEstimate
        The same but for the check, which stands among its arguments where it was made.

    Raises
    ------
    ArgumentError, DataError, IncompleteWindowError
        As the call without the check does.
    """
    try:
        return function(table, checks=(*checks, WINDOWS), **arguments)
    except DataError:
        effect = function(table, checks=checks, **arguments)
    return replace(effect, diagnostics=(*effect.diagnostics, _NOT_MADE))
