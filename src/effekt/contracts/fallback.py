"""A ladder of figures: which one counts is decided by the data of the design, never by a result."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING

from pydantic import model_validator

from effekt.contracts.schema import DecimalText, FigureId, Term, fault

if TYPE_CHECKING:
    from effekt.contracts.figures import FigureTerm
    from effekt.contracts.intended import Measure
    from effekt.contracts.model import Analysis

DESIGN_DATA = ("measure", "attested")  # kinds of figure that may decide: counts of the data, and facts
RESULTS = ("outcome", "impact")  # steps of the result ladder that may not
NO_FALLBACK = ("hac", "block_bootstrap", "cluster")  # inference whose bounds may be agreed on, but not fallen back on


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


def check_triggers(figures: Mapping[str, FigureTerm], measures: Mapping[str, Measure]) -> None:
    """Refuse a ladder that a result decides: whoever computes it could choose the figure by what it gives.

    Parameters
    ----------
    figures : mapping of figure to term
    measures : mapping of figure to Measure
        Where the file says on which step of results a figure stands.

    Raises
    ------
    PydanticCustomError
        At the trigger's own place.
    """
    for id, term in figures.items():
        for position, rung in enumerate(rungs_of(term)):
            if rung.when is None:
                continue
            kind, measure = figures[rung.when].source, measures.get(rung.when)
            what = {"estimate": "an estimate", "derived": "derived"}.get(kind)
            if kind in DESIGN_DATA and measure is not None and measure.step in RESULTS:
                what = f"an {measure.step} by measures.{rung.when}"
            if what is not None:
                raise fault(
                    f"must be measured or attested and no outcome, since no result may decide which figure counts; "
                    f"{rung.when} is {what}. Let `when` be a measured or attested figure whose measures.step is "
                    "parameter, such as the number of clusters.",
                    *("figures", id, "derived", "fallback", position, "when"),
                )


def check_fallbacks(figures: Mapping[str, FigureTerm], analyses: Mapping[str, Analysis]) -> None:
    """Refuse a ladder that falls back on bounds which leave out shocks to the municipality itself.

    Parameters
    ----------
    figures : mapping of figure to term
    analyses : mapping of analysis to Analysis

    Raises
    ------
    PydanticCustomError
        At the rung's own place.
    """
    for id, term in figures.items():
        for position, rung in enumerate(rungs_of(term)[1:], start=1):
            for read in _computed_from(rung.figure, figures):
                analysis = figures[read].uncertain
                inference = None if analysis is None else analyses[analysis].arguments.get("inference")
                if inference in NO_FALLBACK:
                    raise fault(
                        f"is what the ladder falls back on, and {read} is read from inference: {inference}, which "
                        f"leaves out shocks to the treated unit itself; put it first, where the parties agree on it, "
                        f"or fall back on an estimate.",
                        *("figures", id, "derived", "fallback", position, "figure"),
                    )


def _computed_from(id: str, figures: Mapping[str, FigureTerm]) -> tuple[str, ...]:
    """A figure, and all that it is computed from."""
    return (id, *(found for operand in figures[id].operands() for found in _computed_from(operand, figures)))


def rungs_of(term: FigureTerm) -> tuple[Rung, ...]:
    """The ladder of a figure; nothing for any other.

    Parameters
    ----------
    term : FigureTerm

    Returns
    -------
    tuple of Rung
    """
    derived = getattr(term, "derived", None)
    return getattr(derived, "fallback", None) or ()


def tried(rungs: tuple[Rung, ...], values: Mapping[str, str | None]) -> tuple[Rung, ...]:
    """The steps of a ladder that are looked at, from the first to the one that it stays at.

    Parameters
    ----------
    rungs : tuple of Rung
    values : mapping of figure to value
        None where it is not known.

    Returns
    -------
    tuple of Rung
        The last is the first whose trigger is at least what it must be, or whose trigger is not known.
    """
    for position, rung in enumerate(rungs, start=1):
        value = None if rung.when is None else values[rung.when]
        if value is None or Fraction(value) >= Fraction(rung.at_least or ""):
            return rungs[:position]
    raise AssertionError("the last rung counts whatever happens")


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
    rung = tried(rungs, values)[-1]
    return rung.when if rung.when is not None and values[rung.when] is None else rung.figure
