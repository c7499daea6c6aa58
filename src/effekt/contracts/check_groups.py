"""In which results the checks of an effect stand: itself and its set, and of compliers all effects of the trial."""

from __future__ import annotations

from typing import Any

from effekt.contracts.figures import EstimateFigure, MeasureFigure
from effekt.contracts.required_checks import Group
from effekt.contracts.thin_data import members_of

ONE_TRIAL = "complier_effect"  # its effects are of one trial, whose checks stand each at one of them


def labels_of(term: EstimateFigure | MeasureFigure) -> tuple[str, ...]:
    """The members of a set that a figure is taken from; none of another result.

    Parameters
    ----------
    term : EstimateFigure or MeasureFigure

    Returns
    -------
    tuple of str
    """
    if isinstance(term, MeasureFigure):
        return ()
    return tuple(term.combine or ()) if term.member is None else (term.member,)


def groups_of(term: EstimateFigure | MeasureFigure, method: str, result: Any) -> tuple[Group, ...]:
    """Of each effect that a figure is taken from, the results in which a check of it may stand.

    Parameters
    ----------
    term : EstimateFigure or MeasureFigure
    method : str
        Of its analysis.
    result : EffectEstimate, EffectSet or OutcomeMeasure

    Returns
    -------
    tuple of tuple of result
    """
    if method == ONE_TRIAL:
        return (all_of(result),)
    return tuple((one,) if one is result else (one, result) for one in members_of(result, labels_of(term)))


def all_of(result: Any) -> Group:
    """A result and every effect of it.

    Parameters
    ----------
    result : EffectEstimate, EffectSet or OutcomeMeasure

    Returns
    -------
    tuple of result
    """
    overall = getattr(result, "overall", None)
    return (result, *getattr(result, "effects", ()), *(() if overall is None else (overall,)))
