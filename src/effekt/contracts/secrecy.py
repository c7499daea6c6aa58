"""What a contract says about small counts and dominated sums, in what is shown to others than the parties."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import Field, model_validator

from effekt.contracts.figures import DerivedFigure, FigureTerm
from effekt.contracts.schema import DecimalText, FigureId, Items, Term, fault

SMALLEST_WITH_ROUNDING = 3


class Dominance(Term):
    """A sum is hidden when its `largest` contributors make up at least `share` of it: the (n, k) rule."""

    largest: Annotated[int, Field(ge=1, le=10)]
    share: DecimalText

    @model_validator(mode="after")
    def _check(self) -> Dominance:
        if not 0 < Fraction(self.share) < 1:
            raise fault(f"must be above 0 and below 1; got {self.share}.", "share")
        return self


class Disclosure(Term):
    """Counts below the minimum are hidden in what a certificate shows of its results.

    In a public statement they are hidden with every figure and amount that would give them back: `sums` names counts
    that others add up to, `hidden` figures that are never shown, `dominance` when a sum of money is hidden. With
    `round_to` every other count is shown there to the nearest multiple of it, and what follows from it as a range. With
    `amounts` it shows no amount but those of each year and the total.
    """

    minimum: Annotated[int, Field(ge=0, le=1000)]
    sums: Mapping[FigureId, Annotated[Items[FigureId], Field(min_length=2)]] | None = None
    hidden: Items[FigureId] | None = None
    dominance: Dominance | None = None
    round_to: Annotated[int, Field(ge=3, le=100)] | None = None
    amounts: Literal["annual_total_only"] | None = None

    @model_validator(mode="after")
    def _check(self) -> Disclosure:
        if self.round_to is not None and self.minimum < SMALLEST_WITH_ROUNDING:
            raise fault(
                f"must be at least {SMALLEST_WITH_ROUNDING} with round_to, since a count rounded to 0 is one of few; "
                f"got {self.minimum}.",
                "minimum",
            )
        return self


def check_sums(sums: Mapping[str, tuple[str, ...]], figures: Mapping[str, FigureTerm]) -> None:
    """Refuse sums of figures that are no counts of one unit, or that would have to be worked out in an order.

    Parameters
    ----------
    sums : mapping of figure to tuple of figures
    figures : mapping of str to figure

    Raises
    ------
    PydanticCustomError
        At the sum's own place.
    """
    for total, parts in sums.items():
        here = ("disclosure", "sums", total)
        if isinstance(figures[total], DerivedFigure):
            raise fault("is derived, so the file says already what it is the sum of; remove it.", *here)
        for position, part in enumerate(parts):
            if part in parts[:position]:
                raise fault(f"stands twice; got {part}.", *here, position)
            if part in sums:
                raise fault(f"must be no sum itself; got {part}. Name its own parts in its place.", *here, position)
            if isinstance(figures[part], DerivedFigure):
                raise fault(f"must not be derived; got {part}. Name what it is derived from.", *here, position)
            if figures[part].printed_unit != figures[total].printed_unit:
                raise fault(
                    f"must have the unit of {total}, {figures[total].unit}; {part} has {figures[part].unit}.",
                    *here,
                    position,
                )
