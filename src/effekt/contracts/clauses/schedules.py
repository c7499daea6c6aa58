"""Schedules: tiers, bands and lines that a figure's value is read off from."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, ClassVar, TypeAlias

from pydantic import Field, model_validator

from effekt.contracts.clauses.per_unit import OnFigure
from effekt.contracts.figures import Range, Ranges
from effekt.contracts.gates import Wording
from effekt.contracts.schema import DecimalText, Items, Term, check_ascending, fault

# -------------------------------------------------------------------------------------------------- tiers


class TierStep(Term):
    """From which value on, and what is paid from there."""

    start: DecimalText = Field(alias="from")
    pays: DecimalText


class Tiers(OnFigure):
    """Steps: the highest one that is reached pays; below the first nothing is paid."""

    rule: ClassVar[str] = "tiers"

    steps: Annotated[Items[TierStep], Field(min_length=1)]

    @model_validator(mode="after")
    def _check(self) -> Tiers:
        check_ascending([step.start for step in self.steps], "steps", "from")
        return self

    def _reached(self, x: Fraction) -> TierStep | None:
        """The highest step whose `from` is at most `x`."""
        reached = [step for step in self.steps if Fraction(step.start) <= x]
        return reached[-1] if reached else None

    def pays(self, x: Fraction) -> Fraction:
        """The reached step's amount, or zero."""
        step = self._reached(x)
        return Fraction(0) if step is None else Fraction(step.pays)

    def bounds(self, ranges: Ranges) -> Range:
        """The least and greatest of the steps and zero."""
        amounts = [Fraction(0), *(Fraction(step.pays) for step in self.steps)]
        return min(amounts), max(amounts)

    def explain(self, x: Fraction, value: str, say: Wording) -> str:
        """'With red at 8.5 the step from 8.5 is reached, which pays SEK 4,800,000.'."""
        step, name = self._reached(x), say.name(self.figure)
        if step is None:
            first = say.value(self.figure, self.steps[0].start)
            return say(
                sv=f"När {name} är {value}, under det första steget {first}, betalas {say.money(0)}.",
                en=f"With {name} at {value}, below the first step {first}, {say.money(0)} is paid.",
            )
        start, amount = say.value(self.figure, step.start), say.money(step.pays)
        return say(
            sv=f"När {name} är {value} nås steget från och med {start}, som ger {amount}.",
            en=f"With {name} at {value} the step from {start} is reached, which pays {amount}.",
        )

    def terms(self, say: Wording, number: str) -> str:
        """'an amount set by red: SEK 0 below 8.5; SEK 4,800,000 from 8.5'."""
        first = say.value(self.figure, self.steps[0].start)
        pieces = [say(sv=f"{say.money(0)} under {first}", en=f"{say.money(0)} below {first}")]
        for step in self.steps:
            start, amount = say.value(self.figure, step.start), say.money(step.pays)
            pieces.append(say(sv=f"{amount} från och med {start}", en=f"{amount} from {start}"))
        return _set_by(say, self.figure, pieces)


# -------------------------------------------------------------------------------------------------- bands


class Band(Term):
    """A stretch of values, the first inside and the last not, over which the amount is linear."""

    start: DecimalText = Field(alias="from")
    end: DecimalText = Field(alias="to")
    pays_from: DecimalText
    pays_to: DecimalText

    @model_validator(mode="after")
    def _check(self) -> Band:
        if Fraction(self.end) <= Fraction(self.start):
            raise fault(f"must be above from, which is {self.start}; got {self.end}.", "to")
        return self


class Bands(OnFigure):
    """Bands: a jump where a band starts, then linear inside it.

    Below the first band nothing is paid; between two bands, and above the last, the `pays_to` of the band before.
    """

    rule: ClassVar[str] = "bands"

    bands: Annotated[Items[Band], Field(min_length=1)]

    @model_validator(mode="after")
    def _check(self) -> Bands:
        for position in range(1, len(self.bands)):
            before, band = self.bands[position - 1], self.bands[position]
            if Fraction(band.start) < Fraction(before.end):
                problem = f"must be at least {before.end}, where the band before ends; got {band.start}."
                raise fault(problem, "bands", position, "from")
        return self

    def _reached(self, x: Fraction) -> Band | None:
        """The highest band whose `from` is at most `x`."""
        reached = [band for band in self.bands if Fraction(band.start) <= x]
        return reached[-1] if reached else None

    def pays(self, x: Fraction) -> Fraction:
        """Linear inside the reached band, its `pays_to` after it, zero before the first."""
        band = self._reached(x)
        if band is None:
            return Fraction(0)
        if x >= Fraction(band.end):
            return Fraction(band.pays_to)
        return _between(x, (band.start, band.pays_from), (band.end, band.pays_to))

    def bounds(self, ranges: Ranges) -> Range:
        """The least and greatest of the bands' ends and zero."""
        amounts = [Fraction(pays) for band in self.bands for pays in (band.pays_from, band.pays_to)]
        return min(Fraction(0), *amounts), max(Fraction(0), *amounts)

    def explain(self, x: Fraction, value: str, say: Wording) -> str:
        """'With ptb at 14, between 13.5 and 15, SEK 1,000 + (14 − 13.5) / … is paid, which is about …'."""
        band, name = self._reached(x), say.name(self.figure)
        if band is None:
            first = say.value(self.figure, self.bands[0].start)
            return say(
                sv=f"När {name} är {value}, under det första bandet från {first}, betalas {say.money(0)}.",
                en=f"With {name} at {value}, below the first band from {first}, {say.money(0)} is paid.",
            )
        if x >= Fraction(band.end):
            return _flat(say, self.figure, value, (band.end, band.pays_to))
        return _line(say, self.figure, value, (band.start, band.pays_from), (band.end, band.pays_to), self.pays(x))

    def terms(self, say: Wording, number: str) -> str:
        """'an amount set by ptb: SEK 0 below 13.5; from 13.5 up to 15 linearly from SEK 1,000 to SEK 2,000; …'."""
        first = say.value(self.figure, self.bands[0].start)
        pieces = [say(sv=f"{say.money(0)} under {first}", en=f"{say.money(0)} below {first}")]
        for band, after in zip(self.bands, (*self.bands[1:], None), strict=True):
            start, end = say.value(self.figure, band.start), say.value(self.figure, band.end)
            low, high = say.money(band.pays_from), say.money(band.pays_to)
            pieces.append(
                say(
                    sv=f"från och med {start} till {end} linjärt från {low} till {high}",
                    en=f"from {start} up to {end} linearly from {low} to {high}",
                )
            )
            if after is None or Fraction(after.start) > Fraction(band.end):
                pieces.append(say(sv=f"{high} från och med {end}", en=f"{high} from {end}"))
        return _set_by(say, self.figure, pieces)


# ---------------------------------------------------------------------------------------------- piecewise


class Point(Term):
    """What is paid at one value."""

    at: DecimalText
    pays: DecimalText


class Piecewise(OnFigure):
    """Linear between points, and flat outside them."""

    rule: ClassVar[str] = "piecewise"

    points: Annotated[Items[Point], Field(min_length=2)]

    @model_validator(mode="after")
    def _check(self) -> Piecewise:
        check_ascending([point.at for point in self.points], "points", "at")
        return self

    def _around(self, x: Fraction) -> tuple[Point, Point]:
        """The points on both sides of `x`; outside the points, the nearest one twice."""
        below = [point for point in self.points if Fraction(point.at) <= x] or self.points[:1]
        above = [point for point in self.points if Fraction(point.at) > x] or self.points[-1:]
        return below[-1], above[0]

    def pays(self, x: Fraction) -> Fraction:
        """Linear between the points around `x`."""
        low, high = self._around(x)
        return Fraction(low.pays) if low is high else _between(x, (low.at, low.pays), (high.at, high.pays))

    def bounds(self, ranges: Ranges) -> Range:
        """The least and greatest of the points."""
        amounts = [Fraction(point.pays) for point in self.points]
        return min(amounts), max(amounts)

    def explain(self, x: Fraction, value: str, say: Wording) -> str:
        """The interpolation written out, or the nearest point's amount."""
        low, high = self._around(x)
        if low is high:
            return _flat(say, self.figure, value, (low.at, low.pays))
        return _line(say, self.figure, value, (low.at, low.pays), (high.at, high.pays), self.pays(x))

    def terms(self, say: Wording, number: str) -> str:
        """'an amount set by red: SEK 0 at 0 or below; SEK 5,000,000 at 0.12 or above; linear in between'."""
        points = [(say.value(self.figure, point.at), say.money(point.pays)) for point in self.points]
        pieces = [say(sv=f"{pays} vid {at}", en=f"{pays} at {at}") for at, pays in points]
        pieces[0] += say(sv=" och därunder", en=" and below")
        pieces[-1] += say(sv=" och däröver", en=" and above")
        pieces.append(say(sv="linjärt däremellan", en="linear in between"))
        return _set_by(say, self.figure, pieces)


_Corner: TypeAlias = tuple[str, str]
"""A value and what is paid there."""


def _between(x: Fraction, low: _Corner, high: _Corner) -> Fraction:
    """pays₀ + (x − x₀) / (x₁ − x₀) · (pays₁ − pays₀)."""
    (x0, pays0), (x1, pays1) = [(Fraction(at), Fraction(pays)) for at, pays in (low, high)]
    return pays0 + (x - x0) / (x1 - x0) * (pays1 - pays0)


def _line(say: Wording, figure: str, value: str, low: _Corner, high: _Corner, paid: Fraction) -> str:
    x0, x1 = say.value(figure, low[0]), say.value(figure, high[0])
    pays0, pays1, name = say.money(low[1]), say.money(high[1]), say.name(figure)
    from_x0, from_pays0 = _subtracted(x0), _subtracted(pays0)
    formula = f"{pays0} + ({value}{from_x0}) / ({x1}{from_x0}) × ({pays1}{from_pays0})"
    return say(
        sv=f"När {name} är {value}, mellan {x0} och {x1}, betalas {formula}, vilket är {say.money(paid)}.",
        en=f"With {name} at {value}, between {x0} and {x1}, {formula} is paid, which is {say.money(paid)}.",
    )


def _subtracted(number: str) -> str:
    """' − 3', and ' − (−3)' for a negative number."""
    return f" − ({number})" if "−" in number else f" − {number}"


def _flat(say: Wording, figure: str, value: str, corner: _Corner) -> str:
    name, at, amount = say.name(figure), say.value(figure, corner[0]), say.money(corner[1])
    return say(
        sv=f"När {name} är {value} gäller beloppet vid {at}, som är {amount}.",
        en=f"With {name} at {value} the amount at {at} applies, which is {amount}.",
    )


def _set_by(say: Wording, figure: str, pieces: list[str]) -> str:
    name = say.name(figure)
    return say(sv=f"ett belopp som bestäms av {name}: ", en=f"an amount set by {name}: ") + "; ".join(pieces)
