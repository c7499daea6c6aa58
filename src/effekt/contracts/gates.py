"""Gates, caps and floors: what stands beside an amount, and how it reads.

A comparison with a figure that has no value is undecided. `all` with one false arm is false and `any` with one true
arm is true, whatever the undecided arms would say (Kleene's strong logic).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, ValidationInfo, model_validator

from effekt._text import Language, Text
from effekt._validation import join_words
from effekt.contracts.figures import DATE, YES_NO, Figure, FigureTerm, Range, date_of
from effekt.contracts.money import Step, exact_text, format_money, format_number, format_percent, fraction
from effekt.contracts.schema import (
    DecimalText,
    FigureId,
    Items,
    Operand,
    Term,
    entries,
    exactly_one,
    fault,
    is_decimal,
    references,
)

_OPERATORS = ("ge", "gt", "le", "lt", "eq")
_KINDS = ("figure", "all", "any", "not")
_SWEDISH = {"ge": "är minst", "gt": "är större än", "le": "är högst", "lt": "är mindre än", "eq": "är"}
_ENGLISH = {"ge": "is at least", "gt": "is above", "le": "is at most", "lt": "is below", "eq": "is"}
_YES_NO = {"sv": {Fraction(1): "ja", Fraction(0): "nej"}, "en": {Fraction(1): "yes", Fraction(0): "no"}}


# ----------------------------------------------------------------------------------------------- wording


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """How a contract's terms are written in one language; calling it picks the sentence of that language."""

    lang: Language
    currency: str
    figures: Mapping[str, FigureTerm]

    def __call__(self, *, sv: str, en: str) -> str:
        """The one of the two."""
        return sv if self.lang == "sv" else en

    def money(self, value: Fraction | str | int) -> str:
        """An amount."""
        return format_money(value, self.currency, self.lang)

    def number(self, value: str) -> str:
        """A plain decimal with the digits it was written with."""
        return format_number(Decimal(value), self.lang)

    def percent(self, share: str) -> str:
        """A share in per cent."""
        return format_percent(share, self.lang)

    def name(self, figure: str) -> str:
        """A figure's label, or its id."""
        term = self.figures[figure]
        name = figure if term.label is None else term.label.text.in_language(self.lang)
        return self(sv=f"svaret på {name}", en=f"the answer to {name}") if term.unit == YES_NO else name

    def value(self, figure: str, value: str) -> str:
        """A value on the scale of a figure: an amount, yes or no, or a number."""
        unit = self.figures[figure].unit
        if unit == YES_NO and fraction(value) in _YES_NO[self.lang]:
            return _YES_NO[self.lang][fraction(value)]
        if unit == DATE and (day := date_of(value)) is not None:
            return day.isoformat()
        return self.money(value) if unit == self.currency else self.number(value)

    def operand(self, figure: str, operator: str, operand: str) -> str:
        """What a figure is compared with: another figure's name or a value on its scale."""
        if not is_decimal(operand):
            return self.name(operand)
        ordered = self.figures[figure].unit == YES_NO and operator != "eq"
        return self.number(operand) if ordered else self.value(figure, operand)

    def join(self, words: list[str]) -> str:
        """'a, b and c'."""
        return join_words(words, self(sv="och", en="and"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What an amount is computed from: the figures, and how to tell it in both languages, where it is told at all."""

    figures: Mapping[str, Figure]
    swedish: Wording
    english: Wording
    in_words: bool

    def step(self, rule: str, sentence: Callable[[Wording], str], value: Fraction | None) -> Step:
        """One printed line of the arithmetic."""
        return Step(
            rule=rule,
            sv=sentence(self.swedish) if self.in_words else "",
            en=sentence(self.english) if self.in_words else "",
            value=None if value is None else exact_text(value),
        )

    def number(self, operand: str) -> Fraction | None:
        """The value of a figure or decimal; None for a figure without one."""
        if is_decimal(operand):
            return fraction(operand)
        value = self.figures[operand].value
        return None if value is None else fraction(value)

    def missing(self, operands: tuple[str, ...]) -> tuple[str, ...]:
        """The figures among `operands` that have no value, each once."""
        return tuple(dict.fromkeys(operand for operand in operands if self.number(operand) is None))


# ------------------------------------------------------------------------------------------------- gates


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether a gate holds; None when undecided, and then the figures without a value that leave it so."""

    holds: bool | None
    missing: tuple[str, ...] = ()


_Arms = Annotated["Items[Gate]", Field(min_length=1)]


_ONE_OPERATOR = exactly_one(_OPERATORS)
_NO_OPERATOR: dict[str, Any] = {"not": {"anyOf": _ONE_OPERATOR["oneOf"]}}


class Gate(Term):
    """A comparison of a figure, or all, any or not of other gates."""

    model_config = ConfigDict(
        json_schema_extra={
            **exactly_one(_KINDS),
            "if": {"required": ["figure"]},
            "then": _ONE_OPERATOR,
            "else": _NO_OPERATOR,
        }
    )

    figure: FigureId | None = None
    ge: Operand | None = None
    gt: Operand | None = None
    le: Operand | None = None
    lt: Operand | None = None
    eq: Operand | None = None
    all: _Arms | None = None
    any: _Arms | None = None
    not_: Gate | None = Field(default=None, alias="not")

    @model_validator(mode="after")
    def _check(self, info: ValidationInfo) -> Gate:
        kind = self.one_of(("figure", "all", "any", "not_"))
        if kind == "figure":
            self.one_of(_OPERATORS)
            self._check_equality(info)
            return self
        for operator in _OPERATORS:
            if getattr(self, operator) is not None:
                raise fault("compares a figure; add the key figure or remove it.", operator)
        return self

    def _check_equality(self, info: ValidationInfo) -> None:
        """A figure of two decimals never equals 0.125."""
        digits = entries(references(info).figures[self.figure or ""]).get("digits")
        if self.eq is None or not is_decimal(self.eq) or not isinstance(digits, int):
            return
        if (fraction(self.eq) * 10**digits).denominator != 1:
            raise fault(f"can never be met: {self.figure} has {digits} decimals; got {self.eq}.", "eq")

    @property
    def _comparison(self) -> tuple[str, str, str]:
        """Figure, operator and what it is compared with."""
        operator = self.one_of(_OPERATORS)
        return self.figure or "", operator, getattr(self, operator)

    def operands(self) -> tuple[str, ...]:
        """The figures it reads, in reading order, each once."""
        if self.figure is not None:
            figure, _, other = self._comparison
            return tuple(dict.fromkeys(name for name in (figure, other) if not is_decimal(name)))
        arms = (self.not_,) if self.not_ is not None else self.all or self.any or ()
        return tuple(dict.fromkeys(name for arm in arms for name in arm.operands()))

    def verdict(self, basis: Basis) -> Verdict:
        """Whether it holds."""
        if self.figure is not None:
            return self._compare(basis)
        if self.not_ is not None:
            inner = self.not_.verdict(basis)
            return Verdict(holds=None if inner.holds is None else not inner.holds, missing=inner.missing)
        verdicts = [arm.verdict(basis) for arm in self.all or self.any or ()]
        decisive = self.any is not None
        if any(verdict.holds is decisive for verdict in verdicts):
            return Verdict(holds=decisive)
        missing = tuple(dict.fromkeys(name for verdict in verdicts for name in verdict.missing))
        return Verdict(holds=None, missing=missing) if missing else Verdict(holds=not decisive)

    def _compare(self, basis: Basis) -> Verdict:
        figure, operator, other = self._comparison
        left, right = basis.number(figure), basis.number(other)
        if left is None or right is None:
            return Verdict(holds=None, missing=basis.missing((figure, other)))
        match operator:
            case "ge":
                return Verdict(holds=left >= right)
            case "gt":
                return Verdict(holds=left > right)
            case "le":
                return Verdict(holds=left <= right)
            case "lt":
                return Verdict(holds=left < right)
        return Verdict(holds=left == right)

    def terms(self, say: Wording) -> str:
        """The condition as a contract reads: 'red is at least 0.12 and delivered is yes'."""
        if self.figure is not None:
            figure, operator, other = self._comparison
            verb = say(sv=_SWEDISH[operator], en=_ENGLISH[operator])
            return f"{say.name(figure)} {verb} {say.operand(figure, operator, other)}"
        if self.not_ is not None:
            inner = self.not_.terms(say) if self.not_.figure else f"({self.not_.terms(say)})"
            return say(sv=f"det inte gäller att {inner}", en=f"it is not the case that {inner}")
        word = say(sv="och", en="and") if self.all is not None else say(sv="eller", en="or")
        arms = self.all or self.any or ()
        return f" {word} ".join(arm.terms(say) if arm.figure else f"({arm.terms(say)})" for arm in arms)

    def step(self, basis: Basis, verdict: Verdict) -> Step:
        """The printed line that says whether it is met, and by which values."""

        def sentence(say: Wording) -> str:
            if verdict.holds is None:
                names = say.join([say.name(name) for name in verdict.missing])
                return say(
                    sv=f"Det går inte att avgöra om {self.terms(say)}, eftersom värde saknas för {names}.",
                    en=f"It cannot be decided whether {self.terms(say)}, because there is no value for {names}.",
                )
            facts = say.join([f"{say.name(name)} {say(sv='är', en='is')} {value}" for name, value in values(say)])
            if verdict.holds:
                return say(
                    sv=f"Villkoret att {self.terms(say)} är uppfyllt: {facts}.",
                    en=f"The condition that {self.terms(say)} is met: {facts}.",
                )
            return say(
                sv=f"Villkoret att {self.terms(say)} är inte uppfyllt: {facts}; därför blir beloppet {say.money(0)}.",
                en=f"The condition that {self.terms(say)} is not met: {facts}; the amount is therefore {say.money(0)}.",
            )

        def values(say: Wording) -> list[tuple[str, str]]:
            known = [(name, basis.figures[name].value) for name in self.operands()]
            return [(name, say.value(name, value)) for name, value in known if value is not None]

        return basis.step("when", sentence, Fraction(0) if verdict.holds is False else None)


# ---------------------------------------------------------------------------------------- gate, cap, floor


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """An exact amount with its arithmetic.

    It is None while the figures in `missing` have no value, and where the terms cannot be applied to the values that
    figures have: `referred` then says why.
    """

    value: Fraction | None
    missing: tuple[str, ...] = ()
    referred: tuple[Text, ...] = ()
    steps: tuple[Step, ...] = ()


_LIMIT_VERBS = {
    ("cap", True): ("ryms under taket", "is within the cap of"),
    ("cap", False): ("sänks till taket", "is lowered to the cap of"),
    ("floor", True): ("når golvet", "reaches the floor of"),
    ("floor", False): ("höjs till golvet", "is raised to the floor of"),
}


class Limited(Term):
    """What may stand beside any amount: a condition, a cap and a floor.

    When the condition fails, zero is paid whatever the amount, the cap and the floor.
    """

    when: Gate | None = None
    cap: DecimalText | None = None
    floor: DecimalText | None = None

    @model_validator(mode="after")
    def _check_limits(self, info: ValidationInfo) -> Limited:
        if self.cap is not None and Fraction(self.cap) < 0:
            raise fault(f"must be 0 or more; got {self.cap}.", "cap")
        if self.cap is not None and self.floor is not None and Fraction(self.cap) < Fraction(self.floor):
            raise fault(f"must be at least the floor, {self.floor}; got {self.cap}.", "cap")
        for key in ("cap", "floor"):
            check_quanta(getattr(self, key), info, key)
        return self

    def limit(self, amount: Callable[[Basis], Amount], basis: Basis) -> Amount:
        """The amount under the condition, then the cap, then the floor."""
        if self.when is None:
            return self._clamp(amount(basis), basis)
        verdict = self.when.verdict(basis)
        gate = self.when.step(basis, verdict)
        if verdict.holds is False:
            return Amount(value=Fraction(0), steps=(gate,))
        inner = self._clamp(amount(basis), basis)
        missing = tuple(dict.fromkeys((*verdict.missing, *inner.missing)))
        value, steps = None if missing else inner.value, (gate, *inner.steps)
        return Amount(value=value, missing=missing, referred=inner.referred, steps=steps)

    def _clamp(self, amount: Amount, basis: Basis) -> Amount:
        if amount.value is None:
            return amount
        value, steps = amount.value, list(amount.steps)
        if self.cap is not None:
            value = min(value, Fraction(self.cap))
            steps.append(_limit_step(basis, "cap", self.cap, amount.value, value))
        if self.floor is not None:
            before, value = value, max(value, Fraction(self.floor))
            steps.append(_limit_step(basis, "floor", self.floor, before, value))
        return Amount(value=value, steps=tuple(steps))

    def limit_bounds(self, bounds: Range) -> Range:
        """The bounds of an amount under the same rules."""
        low, high = within(
            bounds,
            None if self.floor is None else Fraction(self.floor),
            None if self.cap is None else Fraction(self.cap),
        )
        if self.when is None:
            return low, high
        return None if low is None else min(low, Fraction(0)), None if high is None else max(high, Fraction(0))

    def qualify(self, terms: str, say: Wording) -> str:
        """The terms of an amount with ', at most …', ', at least …' and ', if …', in brackets where needed."""
        limited = (self.cap, self.floor, self.when) != (None, None, None)
        if limited and (", " in terms or "; " in terms):
            terms = f"[{terms}]"
        if self.cap is not None:
            terms += say(sv=f", högst {say.money(self.cap)}", en=f", at most {say.money(self.cap)}")
        if self.floor is not None:
            terms += say(sv=f", lägst {say.money(self.floor)}", en=f", at least {say.money(self.floor)}")
        if self.when is not None:
            condition, zero = self.when.terms(say), say.money(0)
            terms += say(sv=f", om {condition}, annars {zero}", en=f", if {condition}, otherwise {zero}")
        return terms


def check_quanta(amount: str | None, info: ValidationInfo, *at: str) -> None:
    """A limit must be a whole multiple of the quantum, or rounding could step over it."""
    quantum = references(info).quantum
    if amount is None or quantum is None or Fraction(quantum) <= 0:
        return
    if (Fraction(amount) / Fraction(quantum)).denominator != 1:
        raise fault(f"must be a whole multiple of payment.quantum, {quantum}; got {amount}.", *at)


def within(bounds: Range, floor: Fraction | None, cap: Fraction | None) -> Range:
    """The bounds of an amount that is capped first and floored after."""
    low, high = bounds
    if cap is not None:
        low, high = None if low is None else min(low, cap), cap if high is None else min(high, cap)
    if floor is not None:
        low, high = floor if low is None else max(low, floor), None if high is None else max(high, floor)
    return low, high


def _limit_step(basis: Basis, rule: Literal["cap", "floor"], limit: str, before: Fraction, after: Fraction) -> Step:
    swedish, english = _LIMIT_VERBS[rule, before == after]

    def sentence(say: Wording) -> str:
        return say(
            sv=f"Beloppet {say.money(before)} {swedish} {say.money(limit)}.",
            en=f"The amount {say.money(before)} {english} {say.money(limit)}.",
        )

    return basis.step(rule, sentence, after)
