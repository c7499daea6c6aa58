"""Figures: the only bridge from estimates to money.

A figure is quantised once, half-even, to the digits the contract declares, and is a decimal string from then on.
Gates compare that string and clauses pay on it; nothing finer and nothing coarser is ever used. A figure without a
value says why in both languages, and is never taken for zero.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import lru_cache
from graphlib import CycleError, TopologicalSorter
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import ConfigDict, Discriminator, Field, Strict, Tag, ValidationInfo, model_validator

from effekt._json import shown
from effekt._text import Text
from effekt._types import Alternative, Period
from effekt._validation import join_words
from effekt.contracts.fallback import Rung, check_rungs, decided
from effekt.contracts.money import decimal_text, fraction, round_to
from effekt.contracts.schema import (
    AnalysisId,
    Bilingual,
    DateText,
    DecimalText,
    FigureId,
    Id,
    Items,
    OneLine,
    Operand,
    PartyId,
    Term,
    Words,
    exactly_one,
    fault,
    is_decimal,
    references,
)
from effekt.contracts.thin_data import PaymentQuantity
from effekt.exceptions import ArgumentError

UndeterminedState: TypeAlias = Literal["not_yet_determinable", "referred"]
FigureState: TypeAlias = Literal["determined", "not_yet_determinable", "referred"]
Source: TypeAlias = Literal["estimate", "measure", "attested", "derived"]
View: TypeAlias = Literal["difference", "relative", "ratio", "improvement", "relative_improvement", "total"]
Statistic: TypeAlias = Literal[
    "estimate",
    "treated_mean",
    "counterfactual_mean",
    "std_error",
    "placebo_sd",
    "p_value",
    "confidence_low",
    "confidence_high",
    "confidence_at_least",
]
Digits: TypeAlias = Annotated[int, Field(ge=0, le=18)]
Range: TypeAlias = "tuple[Fraction | None, Fraction | None]"
"""The least and greatest value something can have; None where there is no bound."""
Ranges: TypeAlias = Mapping[str, Range]
"""The least and greatest value of each figure."""

YES_NO = "yes/no"
DATE = "yyyymmdd"
"""The unit of a figure that is a date, such as 20220630."""
_UNBOUNDED: Range = (None, None)
_SHARE: Range = (Fraction(0), Fraction(1))
_ALWAYS_AVAILABLE = ("estimate", "treated_mean", "counterfactual_mean")
_SCALED = ("estimate", "confidence_low", "confidence_high")  # a part of them is that of a part of the people
_INTERVAL_ENDS = {"confidence_low": ("two-sided", "greater"), "confidence_high": ("two-sided", "less")}
"""The alternatives under which each end of an interval is finite."""


# -------------------------------------------------------------------------------------------------- values


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure of a contract with its value, or the reason why it has none.

    Attributes
    ----------
    id : str
        Its name in the contract.
    state : {"determined", "not_yet_determinable", "referred"}
        Whether it has a value; without one, whether to wait or to refer the question to the parties.
    value : str or None
        Decimal with exactly `digits` decimals when determined, else None.
    unit : str
        The contract's unit; of one in both languages the English.
    digits : int
        The contract's number of decimals.
    source : {"estimate", "measure", "attested", "derived"}
        Where the value comes from.
    reason : Text or None
        One sentence in each language when undetermined, else None.

    Examples
    --------
    >>> Figure(id="red", state="determined", value="0.12", unit="fraction", digits=2, source="estimate").value
    '0.12'
    """

    id: str
    state: FigureState
    value: str | None
    unit: str
    digits: int
    source: Source
    reason: Text | None = None

    def __post_init__(self) -> None:
        determined = self.state == "determined"
        if determined != (self.value is not None) or determined != (self.reason is None):
            raise ArgumentError(
                f"Figure {self.id!r} must have a value when it is determined, otherwise a reason; it is {self.state}."
            )
        if self.value is not None and not _has_digits(self.value, self.digits):
            raise ArgumentError(
                f"The value of figure {self.id!r} must be a decimal with {self.digits} decimals; got "
                f"{shown(self.value)}."
            )


def _has_digits(value: str, digits: int) -> bool:
    decimals = value.partition(".")[2]
    signed = re.fullmatch(r"-?(0|[1-9][0-9]{0,999})(\.[0-9]{1,1000})?", value) is not None
    return signed and len(decimals) == digits and re.fullmatch(r"-[0.]+", value) is None


def quantise(value: Fraction, digits: int) -> str:
    """Round an exact value to a figure's decimals, ties to the even digit.

    Parameters
    ----------
    value : Fraction
        The exact value.
    digits : int
        Decimals to keep, 0 or more.

    Returns
    -------
    str
        A decimal with exactly `digits` decimals; zero has no sign.

    Examples
    --------
    >>> quantise(Fraction("0.125"), 2), quantise(Fraction("-0.001"), 2), quantise(Fraction(2, 3), 4)
    ('0.12', '0.00', '0.6667')
    """
    return decimal_text(round_to(value, Fraction(1, 10**digits), "half_even"), digits)


def date_of(value: str) -> date | None:
    """The date that a figure in yyyymmdd holds; None when it holds none.

    >>> date_of("20220630"), date_of("20220631")
    (datetime.date(2022, 6, 30), None)
    """
    try:
        return date.fromisoformat(f"{value[:4]}-{value[4:6]}-{value[6:]}") if re.fullmatch("[0-9]{8}", value) else None
    except ValueError:
        return None


def undetermined(figures: Mapping[str, Figure], ids: Sequence[str]) -> UndeterminedState:
    """The state that undetermined figures give together: referred if any is."""
    states = {figures[id].state for id in ids}
    return "referred" if "referred" in states else "not_yet_determinable"


# ---------------------------------------------------------------------------------------------- definitions


def _form_of(unit: object) -> str:
    return "<languages>" if isinstance(unit, Mapping) else "<text>"


Unit: TypeAlias = Annotated[
    Annotated[OneLine, Tag("<text>")] | Annotated[Bilingual, Tag("<languages>")], Discriminator(_form_of)
]


class _FigureTerm(Term):
    """What every figure declares; a `unit` in both languages is none of those that say how a value is written."""

    digits: Digits
    stated_unit: Unit = Field(alias="unit")
    label: Bilingual | None = None

    @model_validator(mode="after")
    def _check_unit(self, info: ValidationInfo) -> _FigureTerm:
        known = (YES_NO, DATE, references(info).currency)
        texts = (self.stated_unit.sv, self.stated_unit.en) if isinstance(self.stated_unit, Bilingual) else ()
        for text in texts:
            if text in known:
                raise fault(f"must be one text, {text}, for a figure in it, and not one in each language.", "unit")
        return self

    @property
    def unit(self) -> str:
        """Its one text; of one in both languages the English, which a signed figure states."""
        return self.stated_unit.en if isinstance(self.stated_unit, Bilingual) else self.stated_unit

    @property
    def printed_unit(self) -> str | Text:
        """The text, or the text in both languages."""
        return self.stated_unit.text if isinstance(self.stated_unit, Bilingual) else self.stated_unit

    def bounds(self) -> Range:
        """Values the figure can have: 0 to 1 for a yes or no, otherwise anything."""
        return _SHARE if self.unit == YES_NO else _UNBOUNDED

    def operands(self) -> tuple[str, ...]:
        """Ids of the figures this one is computed from."""
        return ()

    @property
    def uncertain(self) -> str | None:
        """The analysis whose uncertainty it states: its standard error, p or an end of its interval."""
        return None


class EstimateFigure(_FigureTerm):
    """A statistic of one view of an estimate.

    Only an interval's end has `level` and `alternative`, only `confidence_at_least` has `threshold`; a `p_value`
    may have `null` (else the view's own value of no effect) and `alternative` (else two-sided). A `total` has its
    number of `units`. What is paid when the statistic does not exist is a required choice for every statistic that
    may not exist. `member` picks one estimate of a set, `combine` weighs several together. `without_inference` says
    what an estimate pays of which no standard error or p-value can be given, `payment_quantity` for whom a matched
    comparison pays, and `outcomes_until` is the last day whose outcomes count.
    """

    source: ClassVar[Source] = "estimate"

    estimate: AnalysisId
    view: View
    statistic: Statistic
    level: DecimalText | None = None
    alternative: Alternative | None = None
    threshold: DecimalText | None = None
    null: DecimalText | None = None
    units: Operand | None = None
    on_unavailable: Literal["refer", "zero"] | None = None
    member: Words | None = None
    combine: Annotated[Mapping[Words, DecimalText], Field(min_length=1)] | None = None
    without_inference: Literal["pay", "refer", "zero"] | None = None
    payment_quantity: PaymentQuantity | None = None
    outcomes_until: DateText | None = None

    @model_validator(mode="after")
    def _check(self) -> EstimateFigure:
        interval = self.statistic in _INTERVAL_ENDS
        p_value = self.statistic == "p_value"
        self._needs("level", interval, f"statistic {self.statistic}")
        self._needs("alternative", None if p_value else interval, f"statistic {self.statistic}")
        self._needs("threshold", self.statistic == "confidence_at_least", f"statistic {self.statistic}")
        self._needs("null", None if p_value else False, f"statistic {self.statistic}")
        self._needs("units", self.view == "total", f"view {self.view}")
        self._needs(
            "on_unavailable", None if self.statistic in _ALWAYS_AVAILABLE else True, f"statistic {self.statistic}"
        )
        self._needs("without_inference", None if self.statistic == "estimate" else False, f"statistic {self.statistic}")
        self._check_quantity()
        if self.member is not None and self.combine is not None:
            raise fault("cannot stand beside member; keep one of them.", "combine")
        if interval and self.alternative not in _INTERVAL_ENDS[self.statistic]:
            usable = join_words(_INTERVAL_ENDS[self.statistic])
            raise fault(f"must be {usable} for {self.statistic} to be finite; got {self.alternative}.", "alternative")
        if self.level is not None and not 0 < Fraction(self.level) < 1:
            raise fault(f'must be between 0 and 1, such as "0.95"; got {self.level}.', "level")
        return self

    def _check_quantity(self) -> None:
        """Those without a match count as zero only where that can be computed, and nobody knows the matched before."""
        term = self.payment_quantity
        if term is None:
            return
        scaled = self.view in ("difference", "improvement", "total") and self.statistic in _SCALED
        if term.counts == "enrolled" and term.unmatched == "zero" and not scaled:
            raise fault(
                f"must be refer or estimate for {self.statistic} of the view {self.view}, which has no value with "
                "some counted as zero; got zero.",
                *("payment_quantity", "unmatched"),
            )
        if term.counts == "matched" and self.units is not None and is_decimal(self.units):
            raise fault(
                "must be enrolled where units is written in the file, since who is matched is known only after; got "
                "matched.",
                *("payment_quantity", "counts"),
            )

    def _needs(self, key: str, needed: bool | None, because: str) -> None:
        """Demand a key (True), forbid it (False) or leave it open (None)."""
        given = getattr(self, key) is not None
        if needed and not given:
            raise fault(f"lacks the key {key}, which {because} needs; add it.")
        if given and needed is False:
            raise fault(f"has no meaning with {because}; remove it.", key)

    @property
    def uncertain(self) -> str | None:
        """Its analysis, unless the statistic exists without inference."""
        return None if self.statistic in _ALWAYS_AVAILABLE else self.estimate

    def bounds(self) -> Range:
        """0 to 1 for a p-value or a confidence."""
        return _SHARE if self.statistic in ("p_value", "confidence_at_least") else super().bounds()

    def operands(self) -> tuple[str, ...]:
        """The figure that counts the units of a total."""
        return () if self.units is None or is_decimal(self.units) else (self.units,)


class MeasureFigure(_FigureTerm):
    """A count or sum: an outcome, not an effect; `outcomes_from` and `outcomes_until` are the days that count.

    Without `outcomes_from` those of a count with `time` begin when the contract was signed, or with its service. A
    `period` is what is counted of each unit: no unit counts twice in one.
    """

    source: ClassVar[Source] = "measure"

    measure: AnalysisId
    outcomes_from: DateText | None = None
    outcomes_until: DateText | None = None
    period: Period | None = None


class PaidBefore(Term):
    """What the certificates of earlier announced days paid: on a line, on to a receiver, or on a guarantee."""

    line: Id | None = None
    passed_to: PartyId | None = None
    guarantee: Id | None = None

    @model_validator(mode="after")
    def _check(self) -> PaidBefore:
        self.one_of(("line", "passed_to", "guarantee"))
        return self


class AttestedFigure(_FigureTerm):
    """A fact that a party attests, such as *delivered as contracted*; a yes is 1 and a no is 0.

    `reference_period` says what it is compared with, `missing_data` how what is missing is dealt with, `paid_before`
    that it is the sum of what certificates of earlier days paid, against which it is held.
    """

    source: ClassVar[Source] = "attested"

    attested: PartyId
    question: Bilingual
    reference_period: Bilingual | None = None
    missing_data: Bilingual | None = None
    paid_before: PaidBefore | None = None

    @model_validator(mode="after")
    def _check(self) -> AttestedFigure:
        if self.unit == YES_NO and self.digits:
            raise fault(f"must be 0 for a figure in {YES_NO}; got {self.digits}.", "digits")
        if self.unit == DATE and self.digits:
            raise fault(f"must be 0 for a figure in {DATE}; got {self.digits}.", "digits")
        return self

    def problem(self, value: str) -> str:
        """Why the figure cannot have an attested value; empty when it can."""
        if self.unit == YES_NO and fraction(value) not in (0, 1):
            return f'must be "1" for yes or "0" for no; got "{value}".'
        if self.unit == DATE and date_of(value) is None:
            return f'must be a real date written yyyymmdd, such as "20220630"; got "{value}".'
        if fraction(quantise(fraction(value), self.digits)) != fraction(value):
            return f'must have at most {self.digits} decimals; got "{value}".'
        return ""


class Index(Term):
    """An index number over its base."""

    figure: FigureId
    base: Operand

    @model_validator(mode="after")
    def _check(self) -> Index:
        if is_decimal(self.base) and Fraction(self.base) <= 0:
            raise fault(f"must be above 0; got {self.base}.", "base")
        return self


_List: TypeAlias = Annotated[Items[Operand], Field(min_length=2)]
_Two: TypeAlias = Annotated[Items[Operand], Field(min_length=2, max_length=2)]
_Weighted: TypeAlias = Annotated[tuple[DecimalText, FigureId], Strict(False)]
_FORMULAS = ("sum", "product", "difference", "ratio", "mix", "greatest", "least", "index", "fallback")


class Derived(Term):
    """The closed list of ways to compute a figure from others; exactly one is given.

    `sum`, `product`, `greatest` and `least` take two or more figures or decimals, `difference` (first minus second)
    and `ratio` (first over second) take two; `mix` weighs figures with weights that sum to 1; `index` is an index
    number over its base. A ratio over zero, and an index that is not above zero, do not exist: the figure is
    referred. `fallback` takes the first figure whose trigger is at least what it must be; the others need not exist.
    """

    model_config = ConfigDict(json_schema_extra=exactly_one(_FORMULAS))

    sum: _List | None = None
    product: _List | None = None
    difference: _Two | None = None
    ratio: _Two | None = None
    mix: Annotated[Items[_Weighted], Field(min_length=2)] | None = None
    greatest: _List | None = None
    least: _List | None = None
    index: Index | None = None
    fallback: Annotated[Items[Rung], Field(min_length=2)] | None = None

    @model_validator(mode="after")
    def _check(self) -> Derived:
        self.one_of(_FORMULAS)
        if self.ratio is not None and is_decimal(self.ratio[1]) and Fraction(self.ratio[1]) == 0:
            raise fault("must not be zero, since it divides.", "ratio", 1)
        if self.mix is not None:
            weights = [Fraction(weight) for weight, _ in self.mix]
            if min(weights) < 0 or sum(weights, Fraction(0)) != 1:
                raise fault("must have weights of at least 0 that sum to exactly 1.", "mix")
        check_rungs(self.fallback or ())
        return self

    def operands(self) -> tuple[str, ...]:
        """What it is computed from, figures' ids and decimals, in the order of the file."""
        if self.mix is not None:
            return tuple(figure for _, figure in self.mix)
        if self.index is not None:
            return (self.index.figure, self.index.base)
        if self.fallback is not None:
            named = [(rung.when, rung.figure) for rung in self.fallback]
            return tuple(dict.fromkeys(name for pair in named for name in pair if name is not None))
        listed: tuple[str, ...] = getattr(self, self.one_of(_FORMULAS))
        return listed

    def value(self, numbers: Sequence[Fraction]) -> Fraction | None:
        """The exact value from the operands' values in their order; None when it does not exist."""
        match self.one_of(_FORMULAS):
            case "sum":
                return sum(numbers, Fraction(0))
            case "product":
                return math.prod(numbers, start=Fraction(1))
            case "difference":
                return numbers[0] - numbers[1]
            case "ratio":
                return numbers[0] / numbers[1] if numbers[1] else None
            case "greatest":
                return max(numbers)
            case "least":
                return min(numbers)
            case "index":
                return numbers[0] / numbers[1] if min(numbers) > 0 else None
        weights = [Fraction(weight) for weight, _ in self.mix or ()]
        return sum((weight * number for weight, number in zip(weights, numbers, strict=True)), Fraction(0))


class DerivedFigure(_FigureTerm):
    """A figure computed from the quantised strings of others, and quantised once itself."""

    source: ClassVar[Source] = "derived"

    derived: Derived

    def operands(self) -> tuple[str, ...]:
        """Ids of the figures it is computed from."""
        return tuple(operand for operand in self.derived.operands() if not is_decimal(operand))


_KINDS = ("estimate", "measure", "attested", "derived")


def _kind(value: Any) -> str | None:
    """The mark of the one kind whose key is given."""
    given = [kind for kind in _KINDS if isinstance(value, dict) and kind in value]
    return f"<{given[0]}>" if len(given) == 1 else None


FigureTerm: TypeAlias = Annotated[
    Annotated[EstimateFigure, Tag("<estimate>")]
    | Annotated[MeasureFigure, Tag("<measure>")]
    | Annotated[AttestedFigure, Tag("<attested>")]
    | Annotated[DerivedFigure, Tag("<derived>")],
    Discriminator(
        _kind,
        custom_error_type="fault",
        custom_error_message="{problem}",
        custom_error_context={"problem": f"must have exactly one of the keys {join_words(_KINDS)}."},
    ),
]


# -------------------------------------------------------------------------------------- derived and attested


def in_order(terms: Mapping[str, FigureTerm]) -> tuple[str, ...]:
    """Figures' ids with operands before what is computed from them; a circle is a fault."""
    return _order(tuple((id, term.operands()) for id, term in terms.items()))


@lru_cache(maxsize=256)
def _order(operands: tuple[tuple[str, tuple[str, ...]], ...]) -> tuple[str, ...]:
    """The same of each figure's operands: a contract that is settled a thousand times is put in order once."""
    try:
        return tuple(TopologicalSorter(dict(operands)).static_order())
    except CycleError as error:
        circle = list(reversed(error.args[1]))
        raise fault(
            f"is computed from itself ({' from '.join(circle)}); break the circle.", "figures", circle[0]
        ) from None


def figure_bounds(terms: Mapping[str, FigureTerm]) -> dict[str, Range]:
    """The least and greatest value of each figure, by what it is and, of a least or greatest, by its operands.

    Parameters
    ----------
    terms : mapping of str to FigureTerm

    Returns
    -------
    dict of str to (Fraction or None, Fraction or None)
        The least of several is no more than any of them, and the greatest no less.
    """
    found: dict[str, Range] = {}
    for id in in_order(terms):
        term = terms[id]
        found[id] = term.bounds()
        if isinstance(term, DerivedFigure) and found[id] == _UNBOUNDED:
            low, high = _bounds_of_several(term.derived, found)
            found[id] = (
                None if low is None else Fraction(quantise(low, term.digits)),
                None if high is None else Fraction(quantise(high, term.digits)),
            )
    return found


def _bounds_of_several(derived: Derived, found: Ranges) -> Range:
    """Between which ends the least or the greatest of the operands is; other ways to compute are unbounded."""
    if derived.least is None and derived.greatest is None:
        return _UNBOUNDED
    ranges = [(Fraction(one), Fraction(one)) if is_decimal(one) else found[one] for one in derived.operands()]
    lows, highs = [low for low, _ in ranges if low is not None], [high for _, high in ranges if high is not None]
    if derived.least is not None:
        return min(lows) if len(lows) == len(ranges) else None, min(highs, default=None)
    return max(lows, default=None), max(highs) if len(highs) == len(ranges) else None


def derived_figure(id: str, term: DerivedFigure, figures: Mapping[str, Figure]) -> Figure:
    """Compute a derived figure.

    Parameters
    ----------
    id : str
        The figure.
    term : DerivedFigure
        Its definition.
    figures : mapping of str to Figure
        At least the figures it is computed from.

    Returns
    -------
    Figure
        Determined when all its operands are and it exists; otherwise with the reason of the operand that decides.
    """
    if term.derived.fallback is not None:
        return _fallen_back(id, term, figures)
    missing = [operand for operand in term.operands() if figures[operand].value is None]
    if missing:
        state = undetermined(figures, missing)
        reason = next(figures[operand].reason for operand in missing if figures[operand].state == state)
        return _without_value(id, term, state, reason)
    value = term.derived.value(
        [
            fraction(figures[operand].value or "") if operand in figures else fraction(operand)
            for operand in term.derived.operands()
        ]
    )
    if value is None:
        return _without_value(id, term, "referred", _no_quotient(id, term))
    return _with_value(id, term, quantise(value, term.digits))


def _fallen_back(id: str, term: DerivedFigure, figures: Mapping[str, Figure]) -> Figure:
    """The figure that the ladder comes to; without a value where that one, or what decides, has none."""
    values = {operand: figures[operand].value for operand in term.operands()}
    chosen = figures[decided(term.derived.fallback or (), values)]
    if chosen.value is None:
        return _without_value(id, term, chosen.state, chosen.reason)
    return _with_value(id, term, quantise(fraction(chosen.value), term.digits))


def _no_quotient(id: str, term: DerivedFigure) -> Text:
    if term.derived.index is not None:
        return Text(
            sv=f"Index {id} kan inte beräknas eftersom indextalet eller dess bas inte är större än noll.",
            en=f"The index {id} cannot be computed because the index number or its base is not above zero.",
        )
    return Text(
        sv=f"Kvoten {id} kan inte beräknas eftersom nämnaren är noll.",
        en=f"The ratio {id} cannot be computed because its denominator is zero.",
    )


def attested_figure(id: str, term: AttestedFigure, value: str | None) -> Figure:
    """Give an attested figure its value.

    Parameters
    ----------
    id : str
        The figure.
    term : AttestedFigure
        Its definition.
    value : str or None
        The attested decimal, one the figure can have, or None when nobody has attested it yet.

    Returns
    -------
    Figure
        Determined, or not yet determinable.
    """
    if value is None:
        reason = Text(
            sv=f"{term.attested} har ännu inte intygat {id}.", en=f"{term.attested} has not yet attested {id}."
        )
        return _without_value(id, term, "not_yet_determinable", reason)
    return _with_value(id, term, quantise(fraction(value), term.digits))


def _with_value(id: str, term: AttestedFigure | DerivedFigure, value: str) -> Figure:
    return Figure(
        id=id, state="determined", value=value, unit=term.unit, digits=term.digits, source=term.source, reason=None
    )


def _without_value(id: str, term: AttestedFigure | DerivedFigure, state: FigureState, reason: Text | None) -> Figure:
    return Figure(id=id, state=state, value=None, unit=term.unit, digits=term.digits, source=term.source, reason=reason)
