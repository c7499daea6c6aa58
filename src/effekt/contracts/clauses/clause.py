"""A clause: one way of paying with its own condition, cap and floor, and the ways that are made of other clauses.

Each way holds its terms, what it pays, and the words for both in Swedish and English. All arithmetic is exact; the
only rounding is that of a whole line, in `effekt.contracts.settlement`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from fractions import Fraction
from typing import Annotated, ClassVar, Protocol

from pydantic import ConfigDict, Field, RootModel, model_validator

from effekt.contracts.clauses.milestones import Milestones
from effekt.contracts.clauses.over_time import Discount, Escalation, Indexation, Interest, Paying
from effekt.contracts.clauses.per_unit import Fixed, ShareOfSavings, UnitPrice
from effekt.contracts.clauses.schedules import Bands, Piecewise, Tiers
from effekt.contracts.figures import Range, Ranges
from effekt.contracts.gates import Amount, Basis, Limited, Wording
from effekt.contracts.schema import Items, exactly_one

# ------------------------------------------------------------------------------------- several clauses


class Several(RootModel[Annotated[Items["Clause"], Field(min_length=2)]], ABC):
    """A clause made of several."""

    model_config = ConfigDict(strict=True, frozen=True)

    rule: ClassVar[str]

    @abstractmethod
    def combine(self, amounts: list[Fraction]) -> Fraction:
        """The amount from the parts' amounts."""

    @abstractmethod
    def of_what(self, say: Wording) -> str:
        """'the greatest of'."""

    def operands(self) -> tuple[str, ...]:
        """No figures beside those of its parts."""
        return ()

    def amount(self, basis: Basis) -> Amount:
        """The parts' amounts combined; undetermined while any of them is."""
        parts = [clause.amount(basis) for clause in self.root]
        steps = tuple(step for part in parts for step in part.steps)
        missing = tuple(dict.fromkeys(figure for part in parts for figure in part.missing))
        referred = tuple(reason for part in parts for reason in part.referred)
        known = [part.value for part in parts if part.value is not None]
        if len(known) < len(parts):
            return Amount(value=None, missing=missing, referred=referred, steps=steps)
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


class GreaterOf(Several):
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


class LesserOf(Several):
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


class Sum(Several):
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


# --------------------------------------------------------------------------------- another clause, over time


class Escalated(Escalation):
    """Another clause's amount, raised by a rate for each period."""

    pays: Clause

    @property
    def inner(self) -> Paying:
        """What is raised."""
        return self.pays


class Discounted(Discount):
    """Another clause's amount at its present value."""

    pays: Clause

    @property
    def inner(self) -> Paying:
        """What is discounted."""
        return self.pays


class Indexed(Indexation):
    """Another clause's amount, following an index number."""

    pays: Clause

    @property
    def inner(self) -> Paying:
        """What is indexed."""
        return self.pays


class WithInterest(Interest):
    """Simple interest on another clause's amount."""

    pays: Clause

    @property
    def inner(self) -> Paying:
        """What bears interest."""
        return self.pays


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
    "milestones",
    "escalated",
    "discounted",
    "indexed",
    "interest",
)


class Way(Protocol):
    """One way of paying."""

    def operands(self) -> tuple[str, ...]:
        """The figures it reads itself, those of clauses inside it apart."""

    def amount(self, basis: Basis) -> Amount:
        """What it pays."""

    def terms(self, say: Wording, number: str) -> str:
        """Its terms as a contract reads."""

    def bounds(self, ranges: Ranges) -> Range:
        """The least and greatest it can pay."""


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
    milestones: Milestones | None = None
    escalated: Escalated | None = None
    discounted: Discounted | None = None
    indexed: Indexed | None = None
    interest: WithInterest | None = None

    @model_validator(mode="after")
    def _check(self) -> Clause:
        self.one_of(KINDS)
        return self

    @property
    def way(self) -> Way:
        """The one way of paying that is given."""
        way: Way = getattr(self, self.one_of(KINDS))
        return way

    @property
    def parts(self) -> tuple[Clause, ...]:
        """The clauses that its way of paying is made of."""
        if isinstance(self.way, Several):
            return self.way.root
        return (self.way.pays,) if isinstance(self.way, Escalated | Discounted | Indexed | WithInterest) else ()

    def operands(self) -> tuple[str, ...]:
        """Every figure it reads, in reading order, each once."""
        gate = () if self.when is None else self.when.operands()
        parts = [name for part in self.parts for name in part.operands()]
        return tuple(dict.fromkeys((*gate, *self.way.operands(), *parts)))

    def amount(self, basis: Basis) -> Amount:
        """What it pays."""
        return self.limit(self.way.amount, basis)

    def bounds(self, ranges: Ranges) -> Range:
        """The least and greatest it can pay."""
        return self.limit_bounds(self.way.bounds(ranges))

    def terms(self, say: Wording, number: str = "") -> str:
        """Its terms as a contract reads, without the figures' values."""
        return self.qualify(self.way.terms(say, number), say)
