"""What time does to an amount: escalation, discounting, indexation and interest.

Each multiplies the amount of another clause by an exact factor. Where a figure has a value for which the contract
has no rule (an index of zero, dates in reverse order) the amount is referred to the parties, never guessed.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Annotated, ClassVar, Literal, Protocol, TypeAlias

from pydantic import AfterValidator, Field, ValidationInfo, model_validator

from effekt._text import Text
from effekt.contracts.clauses.day_counts import DayCount, days_between, year_of
from effekt.contracts.figures import DATE, Range, Ranges, date_of
from effekt.contracts.gates import Amount, Basis, Wording
from effekt.contracts.money import format_percent
from effekt.contracts.schema import (
    DecimalText,
    FigureId,
    Known,
    Operand,
    Term,
    entries,
    fault,
    is_date,
    is_decimal,
    references,
)

MAX_PERIODS = 1200
MAX_FACTOR = Fraction(10**12)
_ONE = Fraction(1)
MAX_RATE = _ONE  # 100 per cent: who writes 8 means 8 per cent
_AT_MOST = "must be at most 1, which is 100 per cent; 8 per cent is 0.08"


class Paying(Protocol):
    """A clause inside another."""

    def amount(self, basis: Basis) -> Amount:
        """What it pays."""

    def terms(self, say: Wording, number: str = "") -> str:
        """Its terms."""

    def bounds(self, ranges: Ranges) -> Range:
        """The least and greatest it can pay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """What an amount is multiplied by; None when figures are missing, or when there is no rule for their values."""

    value: Fraction | None
    missing: tuple[str, ...] = ()
    referred: tuple[Text, ...] = ()


class OverTime(Term, ABC):
    """A clause that multiplies another one's amount by a factor that is never negative."""

    rule: ClassVar[str]

    @property
    @abstractmethod
    def inner(self) -> Paying:
        """The clause whose amount is multiplied."""

    @abstractmethod
    def operands(self) -> tuple[str, ...]:
        """The figures of the factor."""

    @abstractmethod
    def factor(self, basis: Basis) -> Factor:
        """What the amount is multiplied by."""

    @abstractmethod
    def factor_bounds(self, ranges: Ranges) -> Range:
        """The least and greatest factor, at least zero."""

    @abstractmethod
    def explain(self, amount: Fraction, result: Fraction, basis: Basis, say: Wording) -> str:
        """The sentence with the amount, the factor's figures and the result in it."""

    @abstractmethod
    def beside(self, say: Wording) -> str:
        """The terms of the factor: 'raised by 1 per cent a year for 3 years'."""

    def amount(self, basis: Basis) -> Amount:
        """The inner amount times the factor; undetermined while either is."""
        part, factor = self.inner.amount(basis), self.factor(basis)
        missing = tuple(dict.fromkeys((*part.missing, *factor.missing)))
        if part.value is None or factor.value is None:
            steps = (*part.steps, basis.step(self.rule, lambda say: self._waiting(missing, factor, say), None))
            return Amount(value=None, missing=missing, referred=(*part.referred, *factor.referred), steps=steps)
        before, after = part.value, part.value * factor.value
        step = basis.step(self.rule, lambda say: self.explain(before, after, basis, say), after)
        return Amount(value=after, steps=(*part.steps, step))

    def _waiting(self, missing: tuple[str, ...], factor: Factor, say: Wording) -> str:
        if factor.referred:
            return " ".join(reason.in_language(say.lang) for reason in factor.referred)
        if not missing:
            return say(sv="Beloppet hänskjuts.", en="The amount is referred.")
        names = say.join([say.name(name) for name in missing])
        return say(sv=f"Värde saknas för {names}.", en=f"There is no value for {names}.")

    def bounds(self, ranges: Ranges) -> Range:
        """The least and greatest product."""
        low, high = self.inner.bounds(ranges)
        least, most = self.factor_bounds(ranges)
        return _times(low, most, least), _times(high, least, most)

    def terms(self, say: Wording, number: str) -> str:
        """'SEK 9,100 times children, raised by 1 per cent a year for 3 years'."""
        part = self.inner.terms(say, number)
        part = f"[{part}]" if ", " in part or "; " in part else part
        return f"{part}, {self.beside(say)}"


def _times(end: Fraction | None, below: Fraction | None, above: Fraction | None) -> Fraction | None:
    """An end of an amount's range times the factor that moves it outwards: `below` for a negative end, else `above`."""
    factor = below if end is not None and end < 0 else above
    if end is None or (factor is None and end):
        return None
    return Fraction(0) if factor is None else end * factor


def check_whole(figure: str, info: ValidationInfo, *at: str | int) -> None:
    """What counts something must be a figure without decimals."""
    digits = entries(references(info).figures.get(figure)).get("digits")
    if isinstance(digits, int) and digits:
        raise fault(f"must be a figure without decimals; {figure} has {digits}.", *at)


def _figures(*operands: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(operand for operand in operands if not is_decimal(operand)))


def _countable(number: Fraction) -> bool:
    return number.denominator == 1 and 0 <= number <= MAX_PERIODS


def _is_within(factor: Fraction) -> bool:
    return 1 / MAX_FACTOR <= factor <= MAX_FACTOR


def _shown(operand: str, basis: Basis) -> str:
    """The decimal of an operand whose value is known."""
    return operand if is_decimal(operand) else basis.figures[operand].value or ""


def _referred(figure: str, sv: str, en: str) -> Factor:
    """No rule for the value of a figure."""
    reason = Text(sv=f"För {figure} {sv}; parterna avgör.", en=f"For {figure} {en}; the parties decide.")
    return Factor(value=None, referred=(reason,))


def _too_high(rate: str, *, margin: bool = False) -> Factor:
    """That a rate is above 100 per cent, as one in per cent is that should be a fraction."""
    sv, en = (" med påslag", " with its margin") if margin else ("", "")
    return _referred(
        rate,
        f"får satsen{sv} vara högst 1, det vill säga 100 procent",
        f"the rate{en} must be at most 1, which is 100 per cent",
    )


# --------------------------------------------------------------------------------- escalation and discounting

Every: TypeAlias = Literal["year", "half_year", "quarter", "month"]
_EVERY = {
    "year": Text(sv="år", en="year"),
    "half_year": Text(sv="halvår", en="half-year"),
    "quarter": Text(sv="kvartal", en="quarter"),
    "month": Text(sv="månad", en="month"),
}
_SEVERAL = {**{every: name.sv for every, name in _EVERY.items()}, "month": "månader"}


class _Compounded(OverTime):
    """(1 + rate) to the power of a number of periods."""

    power: ClassVar[int]

    rate: Operand
    every: Every
    periods: Operand

    @model_validator(mode="after")
    def _check(self, info: ValidationInfo) -> _Compounded:
        if is_decimal(self.rate) and Fraction(self.rate) <= -1:
            raise fault(f"must be above -1; got {self.rate}.", "rate")
        if is_decimal(self.rate) and Fraction(self.rate) > MAX_RATE:
            raise fault(f"{_AT_MOST}; got {self.rate}.", "rate")
        if not is_decimal(self.periods):
            check_whole(self.periods, info, "periods")
        elif not _countable(Fraction(self.periods)):
            raise fault(f"must be a whole number from 0 to {MAX_PERIODS}; got {self.periods}.", "periods")
        elif is_decimal(self.rate) and not _is_within((1 + Fraction(self.rate)) ** int(self.periods)):
            raise fault(
                f"must not raise or lower the amount more than 10¹² times; got {self.periods} at the rate {self.rate}.",
                "periods",
            )
        return self

    def operands(self) -> tuple[str, ...]:
        """The rate and the number of periods where they are figures."""
        return _figures(self.rate, self.periods)

    def factor(self, basis: Basis) -> Factor:
        """(1 + rate)ⁿ, or its inverse."""
        rate, periods = basis.number(self.rate), basis.number(self.periods)
        if rate is None or periods is None:
            return Factor(value=None, missing=basis.missing((self.rate, self.periods)))
        if rate <= -1:
            return _referred(self.rate, "måste satsen vara större än −1", "the rate must be above −1")
        if rate > MAX_RATE:
            return _too_high(self.rate)
        if not _countable(periods):
            return _referred(
                self.periods,
                f"måste antalet perioder vara ett heltal från 0 till {MAX_PERIODS}",
                f"the number of periods must be a whole number from 0 to {MAX_PERIODS}",
            )
        value = (1 + rate) ** (self.power * int(periods))
        if not _is_within(value):
            return _referred(
                self.rate if is_decimal(self.periods) else self.periods,
                "får beloppet inte höjas eller sänkas mer än 10¹² gånger",
                "the amount must not be raised or lowered more than 10¹² times",
            )
        return Factor(value=value)

    def factor_bounds(self, ranges: Ranges) -> Range:
        """One number where both are given; else at least or at most 1, by the sign of the rate."""
        if not is_decimal(self.rate):
            return Fraction(0), None
        base = (1 + Fraction(self.rate)) ** self.power
        if is_decimal(self.periods):
            return base ** int(self.periods), base ** int(self.periods)
        return (_ONE, None) if base > 1 else (Fraction(0), _ONE)

    def explain(self, amount: Fraction, result: Fraction, basis: Basis, say: Wording) -> str:
        """'SEK 9,100 × (1 + 0.01)^3, raised by 1 per cent a year for 3 years, is SEK 9,375.74.'."""
        rate, periods = _shown(self.rate, basis), _shown(self.periods, basis)
        sign = "×" if self.power > 0 else "/"
        inside = f"(1 + {say.number(rate)})" if Fraction(rate) >= 0 else f"(1 − {say.number(rate[1:])})"
        formula = f"{say.money(amount)} {sign} {inside}^{say.number(periods)}"
        beside = self._words(say, format_percent(rate, say.lang), self._count(periods, say))
        return f"{formula}, {beside}, {say(sv='är', en='is')} {say.money(result)}."

    def beside(self, say: Wording) -> str:
        """'raised by 1 per cent a year for 3 years'."""
        rate = format_percent(self.rate, say.lang) if is_decimal(self.rate) else say.name(self.rate)
        if is_decimal(self.periods):
            return self._words(say, rate, self._count(self.periods, say))
        name = say.name(self.periods)
        number = say(
            sv=f"det antal {_SEVERAL[self.every]} som är {name}",
            en=f"the number of {_EVERY[self.every].en}s that is {name}",
        )
        return self._words(say, rate, number)

    def _count(self, periods: str, say: Wording) -> str:
        one, number = Fraction(periods) == 1, say.number(periods)
        swedish = _EVERY[self.every].sv if one else _SEVERAL[self.every]
        return say(sv=f"{number} {swedish}", en=f"{number} {_EVERY[self.every].en}{'' if one else 's'}")

    def _words(self, say: Wording, rate: str, number: str) -> str:
        """How the amount moves, in words."""
        every = _EVERY[self.every]
        if self.power > 0:
            return say(
                sv=f"uppräknat med {rate} per {every.sv} under {number}",
                en=f"raised by {rate} a {every.en} for {number}",
            )
        return say(
            sv=f"diskonterat med {rate} per {every.sv} under {number}",
            en=f"discounted at {rate} a {every.en} for {number}",
        )


class Escalation(_Compounded):
    """An amount that is raised at the end of each period."""

    rule: ClassVar[str] = "escalated"
    power: ClassVar[int] = 1


class Discount(_Compounded):
    """The present value of an amount some periods ahead."""

    rule: ClassVar[str] = "discounted"
    power: ClassVar[int] = -1


# ------------------------------------------------------------------------------------------------- indexation


class Indexation(OverTime):
    """An amount that follows an index number."""

    rule: ClassVar[str] = "indexed"

    figure: FigureId
    base: Operand

    @model_validator(mode="after")
    def _check(self) -> Indexation:
        if is_decimal(self.base) and Fraction(self.base) <= 0:
            raise fault(f"must be above 0; got {self.base}.", "base")
        return self

    def operands(self) -> tuple[str, ...]:
        """The index number and its base where that is a figure."""
        return _figures(self.figure, self.base)

    def factor(self, basis: Basis) -> Factor:
        """Index number over base."""
        index, base = basis.number(self.figure), basis.number(self.base)
        if index is None or base is None:
            return Factor(value=None, missing=basis.missing((self.figure, self.base)))
        if index <= 0 or base <= 0:
            name = self.figure if index <= 0 else self.base
            return _referred(name, "måste indextalet vara större än noll", "the index number must be above zero")
        return Factor(value=index / base)

    def factor_bounds(self, ranges: Ranges) -> Range:
        """Anything above zero."""
        return Fraction(0), None

    def explain(self, amount: Fraction, result: Fraction, basis: Basis, say: Wording) -> str:
        """'SEK 1,000 × 110.5 / 100, following cpi, is SEK 1,105.'."""
        index, base = say.number(_shown(self.figure, basis)), say.number(_shown(self.base, basis))
        formula, name = f"{say.money(amount)} × {index} / {base}", say.name(self.figure)
        return say(
            sv=f"{formula}, uppräknat med {name}, är {say.money(result)}.",
            en=f"{formula}, following {name}, is {say.money(result)}.",
        )

    def beside(self, say: Wording) -> str:
        """'following cpi over its base 100'."""
        base = say.number(self.base) if is_decimal(self.base) else say.name(self.base)
        name = say.name(self.figure)
        return say(sv=f"uppräknat med {name} från basen {base}", en=f"following {name} from its base {base}")


# --------------------------------------------------------------------------------------------------- interest


def _date_or_figure(value: str, info: ValidationInfo) -> str:
    """A real date, or a figure that is one."""
    if is_date(value):
        return value
    figure = entries(references(info).figures[Known("figures").check(value, info)])
    if figure.get("unit") != DATE or "attested" not in figure:
        raise fault(f'must be a date such as "2022-06-30" or an attested figure in {DATE}; got {value}.')
    return value


Day: TypeAlias = Annotated[str, AfterValidator(_date_or_figure)]
_COUNTED = {
    "act_365": Text(sv="faktiska dagar/365", en="actual days/365"),
    "act_360": Text(sv="faktiska dagar/360", en="actual days/360"),
    "30_360": Text(sv="30/360 (obligationsbas)", en="30/360 (bond basis)"),
    "30e_360": Text(sv="30E/360 (euroobligationsbas)", en="30E/360 (Eurobond basis)"),
}


class Interest(OverTime):
    """Simple interest between two dates on another clause's amount, alone or with that amount."""

    rule: ClassVar[str] = "interest"

    rate: Operand
    margin: DecimalText | None = None
    day_count: DayCount
    start: Day = Field(alias="from")
    end: Day = Field(alias="to")
    gives: Literal["interest", "amount_with_interest"]

    @model_validator(mode="after")
    def _check(self) -> Interest:
        if is_decimal(self.rate) and self._rate(Fraction(self.rate)) < 0:
            raise fault(f"must be 0 or more with its margin; got {self.rate}.", "rate")
        if is_decimal(self.rate) and self._rate(Fraction(self.rate)) > MAX_RATE:
            beside = "" if self.margin is None else f" with the margin {self.margin}"
            raise fault(f"{_AT_MOST}; got {self.rate}{beside}.", "rate")
        if self.margin is not None and Fraction(self.margin) > MAX_RATE:
            raise fault(f"{_AT_MOST}; got {self.margin}.", "margin")
        if is_date(self.start) and is_date(self.end) and self.end < self.start:
            raise fault(f"must not be before from, {self.start}; got {self.end}.", "to")
        return self

    def _rate(self, rate: Fraction) -> Fraction:
        return rate + Fraction(self.margin or 0)

    def operands(self) -> tuple[str, ...]:
        """The rate and the dates where they are figures."""
        days = [day for day in (self.start, self.end) if not is_date(day)]
        return tuple(dict.fromkeys((*_figures(self.rate), *days)))

    def factor(self, basis: Basis) -> Factor:
        """(rate + margin) × days / days of a year, and 1 with the amount itself."""
        missing = basis.missing(self.operands())
        if missing:
            return Factor(value=None, missing=missing)
        rate = self._rate(basis.number(self.rate) or Fraction(0))
        if rate < 0:
            return _referred(self.rate, "saknas regel för ränta under noll", "there is no rule for interest below zero")
        if rate > MAX_RATE:
            return _too_high(self.rate, margin=self.margin is not None)
        start, end = _day(self.start, basis), _day(self.end, basis)
        if start is None or end is None:
            name = self.start if start is None else self.end
            return _referred(name, "måste värdet vara ett datum", "the value must be a date")
        if end < start:
            return _referred(self.end, f"måste datumet vara tidigast {start}", f"the date must be {start} or later")
        years = Fraction(days_between(start, end, self.day_count), year_of(self.day_count))
        return Factor(value=self._itself + rate * years)

    @property
    def _itself(self) -> Fraction:
        """1 when the amount is paid with its interest, 0 when the interest is paid alone."""
        return Fraction(self.gives == "amount_with_interest")

    def factor_bounds(self, ranges: Ranges) -> Range:
        """One number where everything is given."""
        if is_decimal(self.rate) and is_date(self.start) and is_date(self.end):
            start, end = date.fromisoformat(self.start), date.fromisoformat(self.end)
            years = Fraction(days_between(start, end, self.day_count), year_of(self.day_count))
            exact = self._itself + self._rate(Fraction(self.rate)) * years
            return exact, exact
        return self._itself, None

    def explain(self, amount: Fraction, result: Fraction, basis: Basis, say: Wording) -> str:
        """'Interest on SEK 1,000 from 2022-01-01 to 2022-07-01: SEK 1,000 × 0.03 × 181 / 365 = …'."""
        start, end = _day(self.start, basis) or date.min, _day(self.end, basis) or date.max
        days, year = days_between(start, end, self.day_count), year_of(self.day_count)
        rate = say.number(_shown(self.rate, basis))
        if self.margin is not None:
            rate = f"({rate} + {say.number(self.margin)})".replace("+ −", "− ")
        formula = f"{say.money(amount)} × {rate} × {days} / {year}"
        if self._itself:
            formula = f"{say.money(amount)} + {formula}"
        return say(
            sv=f"Ränta från {start} till {end}, {_COUNTED[self.day_count].sv}: {formula} är {say.money(result)}.",
            en=f"Interest from {start} to {end}, {_COUNTED[self.day_count].en}: {formula} is {say.money(result)}.",
        )

    def beside(self, say: Wording) -> str:
        """'with simple interest of 3 per cent a year from 2022-01-01 to 2022-07-01, actual days/365'."""
        rate = format_percent(self.rate, say.lang) if is_decimal(self.rate) else say.name(self.rate)
        if self.margin is not None:
            rate += say(sv=" plus ", en=" plus ") + format_percent(self.margin, say.lang)
        start, end = (day if is_date(day) else say.name(day) for day in (self.start, self.end))
        counted = _COUNTED[self.day_count].in_language(say.lang)
        if self._itself:
            return say(
                sv=f"med enkel ränta {rate} per år från {start} till {end} ({counted})",
                en=f"with simple interest of {rate} a year from {start} to {end} ({counted})",
            )
        return say(
            sv=f"varav betalas enbart den enkla räntan {rate} per år från {start} till {end} ({counted})",
            en=f"of which only the simple interest of {rate} a year from {start} to {end} ({counted}) is paid",
        )


def _day(day: str, basis: Basis) -> date | None:
    """The date itself, or the one that a figure holds."""
    return date.fromisoformat(day) if is_date(day) else date_of(basis.figures[day].value or "")
