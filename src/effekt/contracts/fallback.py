"""A ladder of figures: which one counts is decided by the data of the design, never by a result."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING

from pydantic import model_validator

from effekt.contracts.schema import DecimalText, FigureId, Term, fault

if TYPE_CHECKING:
    from effekt.contracts.figures import FigureTerm

DESIGN_DATA = ("measure", "attested")  # kinds of figure that may decide: counts of the data, and facts


class Rung(Term):
    """A figure, and the figure that must be at least so much for it to count; the last counts whatever happens."""

    figure: FigureId
    when: FigureId | None = None
    at_least: DecimalText | None = None

    @model_validator(mode="after")
    def _check(self) -> Rung:
        if (self.when is None) != (self.at_least is None):
            raise fault("must have both when and at_least, or neither where it is the last.")
        return self


def check_rungs(rungs: tuple[Rung, ...]) -> None:
    """Refuse a ladder that may end with nothing, or with rungs that are never reached.

    Parameters
    ----------
    rungs : tuple of Rung

    Raises
    ------
    PydanticCustomError
        At the rung's own place.
    """
    for position, rung in enumerate(rungs):
        last = position == len(rungs) - 1
        if last and rung.when is not None:
            raise fault("is the last and must count whatever happens; remove when and at_least.", "fallback", position)
        if not last and rung.when is None:
            raise fault(
                "counts whatever happens, so that those after it never do; add when and at_least, or put it last.",
                *("fallback", position),
            )


def check_triggers(figures: Mapping[str, FigureTerm]) -> None:
    """Refuse a ladder that a result decides: whoever computes it could choose the figure by what it gives.

    Parameters
    ----------
    figures : mapping of figure to term

    Raises
    ------
    PydanticCustomError
        At the trigger's own place.
    """
    for id, term in figures.items():
        rungs: tuple[Rung, ...] = getattr(getattr(term, "derived", None), "fallback", None) or ()
        for position, rung in enumerate(rungs):
            if rung.when is not None and figures[rung.when].source not in DESIGN_DATA:
                raise fault(
                    f"must be measured or attested, since no result may decide which figure counts; {rung.when} is "
                    f"{'an estimate' if figures[rung.when].source == 'estimate' else 'derived'}.",
                    *("figures", id, "derived", "fallback", position, "when"),
                )


def decided(rungs: tuple[Rung, ...], values: Mapping[str, str | None]) -> str:
    """The figure that counts; or the trigger that must be known first.

    Parameters
    ----------
    rungs : tuple of Rung
    values : mapping of figure to value
        None where it is not known.

    Returns
    -------
    str
        The first figure whose trigger is at least what it must be.
    """
    for rung in rungs:
        if rung.when is None:
            return rung.figure
        value = values[rung.when]
        if value is None:
            return rung.when
        if Fraction(value) >= Fraction(rung.at_least or ""):
            return rung.figure
    raise AssertionError("the last rung counts whatever happens")
