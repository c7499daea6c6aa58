"""Paying an amount outright, for each unit of a figure, or a share of one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from fractions import Fraction
from typing import ClassVar, Literal, TypeAlias

from pydantic import ConfigDict, RootModel, model_validator

from effekt.contracts.figures import Range, Ranges
from effekt.contracts.gates import Amount, Basis, Wording, within
from effekt.contracts.money import Step, format_percent
from effekt.contracts.schema import DecimalText, FigureId, Term, fault

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

    def operands(self) -> tuple[str, ...]:
        """No figures."""
        return ()

    def terms(self, say: Wording, number: str) -> str:
        """'a fixed amount of SEK 3,000,000'."""
        amount = say.money(self.root)
        return say(sv=f"ett fast belopp om {amount}", en=f"a fixed amount of {amount}")

    def bounds(self, ranges: Ranges) -> Range:
        """The amount itself."""
        return Fraction(self.root), Fraction(self.root)


# ------------------------------------------------------------------------------------- paying on a figure


class OnFigure(Term, ABC):
    """A clause that pays on the value of one figure."""

    rule: ClassVar[str]

    figure: FigureId

    @abstractmethod
    def pays(self, x: Fraction) -> Fraction:
        """What it pays when the figure is `x`."""

    @abstractmethod
    def explain(self, x: Fraction, value: str, say: Wording) -> str:
        """The sentence with the figure's value, written `value`, in it."""

    def operands(self) -> tuple[str, ...]:
        """The figure."""
        return (self.figure,)

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


class _Proportional(OnFigure):
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
        return say(sv="(ett negativt belopp räknas som negativt)", en="(a negative amount counts as negative)")


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
