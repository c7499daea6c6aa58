"""Clauses: what a contract pays, one class for each way of paying.

Each class holds its terms, what it pays for a figure's value, and the words for both in Swedish and English. All
arithmetic is exact; the only rounding is that of a whole line, in `effekt.contracts.settlement`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from fractions import Fraction
from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import ConfigDict, Field, RootModel, model_validator

from effekt.contracts.figures import Range
from effekt.contracts.gates import Amount, Basis, Limited, Wording, within
from effekt.contracts.money import Step, format_percent
from effekt.contracts.schema import (
    DecimalText,
    FigureId,
    Items,
    Term,
    check_ascending,
    exactly_one,
    fault,
)

Ranges: TypeAlias = Mapping[str, Range]
"""The least and greatest value of each figure."""

BelowZero: TypeAlias = Literal["zero", "negative"]


# ------------------------------------------------------------------------------------------- fixed amount


class Fixed(RootModel[DecimalText]):
    """A fixed amount."""

    model_config = ConfigDict(strict=True, frozen=True)

    def amount(self, basis: Basis) -> Amount:
        """The amount itself."""
        value = Fraction(self.root)

        def sentence(say: Wording) -> str:
            return say(
                sv=f"Det fasta beloppet är {say.money(value)}.",
                en=f"The fixed amount is {say.money(value)}.",
            )

        return Amount(value=value, steps=(basis.step("fixed", sentence, value),))

    def terms(self, say: Wording, number: str) -> str:
        """'a fixed amount of SEK 3,000,000'."""
        amount = say.money(self.root)
        return say(sv=f"ett fast belopp om {amount}", en=f"a fixed amount of {amount}")

    def bounds(self, ranges: Ranges) -> Range:
        """The amount itself."""
        return Fraction(self.root), Fraction(self.root)


# ------------------------------------------------------------------------------------- paying on a figure


class _OnFigure(Term, ABC):
    """A clause that pays on the value of one figure."""

    rule: ClassVar[str]

    figure: FigureId

    @abstractmethod
    def pays(self, x: Fraction) -> Fraction:
        """What it pays when the figure is `x`."""

    @abstractmethod
    def explain(self, x: Fraction, value: str, say: Wording) -> str:
        """The sentence with the figure's value, written `value`, in it."""

    def amount(self, basis: Basis) -> Amount:
        """What it pays on the figure's value, or that the value is missing."""
        text = basis.figures[self.figure].value
        if text is None:
            return Amount(value=None, missing=(self.figure,), steps=(self._waiting(basis),))
        x = Fraction(text)
        step = basis.step(self.rule, lambda say: self.explain(x, say.value(self.figure, text), say), self.pays(x))
        return Amount(value=self.pays(x), steps=(step,))

    def _waiting(self, basis: Basis) -> Step:
        def sentence(say: Wording) -> str:
            name = say.name(self.figure)
            return say(sv=f"Värde saknas för {name}.", en=f"There is no value for {name}.")

        return basis.step(self.rule, sentence, None)


class _Proportional(_OnFigure):
    """An amount for each unit of a figure, which may turn negative."""

    below_zero: BelowZero

    @property
    @abstractmethod
    def factor(self) -> Fraction:
        """Amount for each unit."""

    def pays(self, x: Fraction) -> Fraction:
        """Factor times figure; a negative amount counts as zero if the contract says so."""
        amount = self.factor * x
        return max(amount, Fraction(0)) if self.below_zero == "zero" else amount

    @abstractmethod
    def product(self, say: Wording) -> str:
        """The factor and the figure in words: 'SEK 15.12 times days'."""

    def explain(self, x: Fraction, value: str, say: Wording) -> str:
        """'SEK 15.12 times days, which is 41,070, is SEK 620,978.40.'."""
        result = say.money(self.factor * x)
        if self.pays(x) != self.factor * x:
            zero = say.money(0)
            result += say(sv=f", vilket räknas som {zero}", en=f", which counts as {zero}")
        return say(
            sv=f"{self.product(say)}, som är {value}, är {result}.",
            en=f"{self.product(say)}, which is {value}, is {result}.",
        )

    def bounds(self, ranges: Ranges) -> Range:
        """Factor times the figure's least and greatest value."""
        ends = [None if end is None else self.factor * end for end in ranges[self.figure]]
        low, high = ends if self.factor > 0 else reversed(ends)
        return within((low, high), Fraction(0) if self.below_zero == "zero" else None, None)

    def _below_zero_terms(self, say: Wording) -> str:
        if self.below_zero == "zero":
            return say(
                sv=f"(ett negativt belopp räknas som {say.money(0)})",
                en=f"(a negative amount counts as {say.money(0)})",
            )
        return say(sv="(ett negativt belopp dras av)", en="(a negative amount is deducted)")


class UnitPrice(_Proportional):
    """A price for each unit."""

    rule: ClassVar[str] = "unit_price"

    price: DecimalText

    @model_validator(mode="after")
    def _check(self) -> UnitPrice:
        if self.factor == 0:
            raise fault("must not be zero.", "price")
        return self

    @property
    def factor(self) -> Fraction:
        """The price."""
        return Fraction(self.price)

    def product(self, say: Wording) -> str:
        """'SEK 15.12 times days'."""
        return f"{say.money(self.price)} {say(sv='gånger', en='times')} {say.name(self.figure)}"

    def terms(self, say: Wording, number: str) -> str:
        """'SEK 15.12 times days (a negative amount counts as SEK 0)'."""
        return f"{self.product(say)} {self._below_zero_terms(say)}"


class ShareOfSavings(_Proportional):
    """A share of a saving or of another amount."""

    rule: ClassVar[str] = "share_of_savings"

    share: DecimalText

    @model_validator(mode="after")
    def _check(self) -> ShareOfSavings:
        if not 0 < self.factor <= 1:
            raise fault(f'must be above 0 and at most 1, such as "0.40"; got {self.share}.', "share")
        return self

    @property
    def factor(self) -> Fraction:
        """The share."""
        return Fraction(self.share)

    def product(self, say: Wording) -> str:
        """'The share 0.40 of savings'."""
        share, name = say.number(self.share), say.name(self.figure)
        return say(sv=f"Andelen {share} av {name}", en=f"The share {share} of {name}")

    def terms(self, say: Wording, number: str) -> str:
        """'40 per cent of savings (a negative amount counts as SEK 0)'."""
        share, name = format_percent(self.share, say.lang), say.name(self.figure)
        return f"{share} {say(sv='av', en='of')} {name} {self._below_zero_terms(say)}"


# -------------------------------------------------------------------------------------------------- tiers


class TierStep(Term):
    """From which value on, and what is paid from there."""

    start: DecimalText = Field(alias="from")
    pays: DecimalText


class Tiers(_OnFigure):
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


class Bands(_OnFigure):
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


class Piecewise(_OnFigure):
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


# ------------------------------------------------------------------------------------- several clauses


class _Several(RootModel[Annotated[Items["Clause"], Field(min_length=2)]], ABC):
    """A clause made of several."""

    model_config = ConfigDict(strict=True, frozen=True)

    rule: ClassVar[str]

    @abstractmethod
    def combine(self, amounts: list[Fraction]) -> Fraction:
        """The amount from the parts' amounts."""

    @abstractmethod
    def of_what(self, say: Wording) -> str:
        """'the greatest of'."""

    def amount(self, basis: Basis) -> Amount:
        """The parts' amounts combined; undetermined while any of them is."""
        parts = [clause.amount(basis) for clause in self.root]
        steps = tuple(step for part in parts for step in part.steps)
        missing = tuple(dict.fromkeys(figure for part in parts for figure in part.missing))
        known = [part.value for part in parts if part.value is not None]
        if len(known) < len(parts):
            return Amount(value=None, missing=missing, steps=steps)
        value = self.combine(known)

        def sentence(say: Wording) -> str:
            of_what = self.of_what(say)
            amounts = say.join([say.money(amount) for amount in known])
            return f"{of_what[0].upper()}{of_what[1:]} {amounts} {say(sv='är', en='is')} {say.money(value)}."

        return Amount(value=value, steps=(*steps, basis.step(self.rule, sentence, value)))

    def terms(self, say: Wording, number: str) -> str:
        """'the greatest of (1) …; (2) …'."""
        pieces = []
        for position, clause in enumerate(self.root, start=1):
            own = f"{number}{position}"
            pieces.append(f"({own}) {clause.terms(say, f'{own}.')}")
        return f"{self.of_what(say)} {'; '.join(pieces)}"


class GreaterOf(_Several):
    """The greatest of several clauses."""

    rule: ClassVar[str] = "greater_of"

    def combine(self, amounts: list[Fraction]) -> Fraction:
        """The greatest."""
        return max(amounts)

    def of_what(self, say: Wording) -> str:
        """'the greatest of'."""
        return say(sv="det högsta av", en="the greatest of")

    def bounds(self, ranges: Ranges) -> Range:
        """The greatest of the least amounts, and of the greatest."""
        lows, highs = zip(*(clause.bounds(ranges) for clause in self.root), strict=True)
        low = max((end for end in lows if end is not None), default=None)
        return low, None if None in highs else max(highs)


class LesserOf(_Several):
    """The least of several clauses."""

    rule: ClassVar[str] = "lesser_of"

    def combine(self, amounts: list[Fraction]) -> Fraction:
        """The least."""
        return min(amounts)

    def of_what(self, say: Wording) -> str:
        """'the least of'."""
        return say(sv="det lägsta av", en="the least of")

    def bounds(self, ranges: Ranges) -> Range:
        """The least of the least amounts, and of the greatest."""
        lows, highs = zip(*(clause.bounds(ranges) for clause in self.root), strict=True)
        high = min((end for end in highs if end is not None), default=None)
        return None if None in lows else min(lows), high


class Sum(_Several):
    """Several clauses together."""

    rule: ClassVar[str] = "sum"

    def combine(self, amounts: list[Fraction]) -> Fraction:
        """The sum."""
        return sum(amounts, Fraction(0))

    def of_what(self, say: Wording) -> str:
        """'the sum of'."""
        return say(sv="summan av", en="the sum of")

    def bounds(self, ranges: Ranges) -> Range:
        """The sum of the least amounts, and of the greatest."""
        lows, highs = zip(*(clause.bounds(ranges) for clause in self.root), strict=True)
        return None if None in lows else sum(lows), None if None in highs else sum(highs)


# ------------------------------------------------------------------------------------------------- clause

KINDS = (
    "fixed",
    "unit_price",
    "share_of_savings",
    "tiers",
    "bands",
    "piecewise",
    "greater_of",
    "lesser_of",
    "sum",
)


class Clause(Limited):
    """One way of paying, with its own condition, cap and floor."""

    model_config = ConfigDict(json_schema_extra=exactly_one(KINDS))

    fixed: Fixed | None = None
    unit_price: UnitPrice | None = None
    share_of_savings: ShareOfSavings | None = None
    tiers: Tiers | None = None
    bands: Bands | None = None
    piecewise: Piecewise | None = None
    greater_of: GreaterOf | None = None
    lesser_of: LesserOf | None = None
    sum: Sum | None = None

    @model_validator(mode="after")
    def _check(self) -> Clause:
        self.one_of(KINDS)
        return self

    @property
    def _way(self) -> Fixed | UnitPrice | ShareOfSavings | Tiers | Bands | Piecewise | GreaterOf | LesserOf | Sum:
        way: Fixed = getattr(self, self.one_of(KINDS))
        return way

    def amount(self, basis: Basis) -> Amount:
        """What it pays."""
        return self.limit(self._way.amount, basis)

    def bounds(self, ranges: Ranges) -> Range:
        """The least and greatest it can pay."""
        return self.limit_bounds(self._way.bounds(ranges))

    def terms(self, say: Wording, number: str = "") -> str:
        """Its terms as a contract reads, without the figures' values."""
        return self.qualify(self._way.terms(say, number), say)
