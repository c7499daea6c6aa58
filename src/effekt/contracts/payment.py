"""The payment section of a contract file: the lines, what holds between them, and who in the end gets the money."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, ValidationInfo, model_validator

from effekt.contracts.clauses import Clause
from effekt.contracts.figures import Range
from effekt.contracts.gates import Limited, check_quanta
from effekt.contracts.money import Rounding, exact_text, round_to
from effekt.contracts.schema import (
    Currency,
    DateText,
    DecimalText,
    Id,
    Items,
    Operand,
    PartyId,
    Term,
    entries,
    fault,
    is_decimal,
    references,
)

Shares: TypeAlias = Annotated[Mapping[PartyId, DecimalText], Field(min_length=1)]
_IN_PARTS = "pay what is new: paid_each: certificate in place of true_up, on a derived figure, due less paid before"
Reduces: TypeAlias = Literal["last_line_first", "pro_rata"]


def _check_shares(shares: Mapping[str, str], *at: str | int) -> None:
    """Shares are above zero and sum to one."""
    for party, share in shares.items():
        if Fraction(share) <= 0:
            raise fault(f"must be above 0; got {share}.", *at, party)
    total = sum(map(Fraction, shares.values()), Fraction(0))
    if total != 1:
        raise fault(f"must have shares that sum to exactly 1; they sum to {exact_text(total)}.", *at)


# --------------------------------------------------------------------------------------------------- lines


class TrueUp(Term):
    """The line's amount is all that is due since the contract began; what was paid before is deducted.

    When more was paid than is due, `floor` pays nothing and lets the excess go, `carry` pays nothing and lets it count
    as paid, and `clawback` has it paid back. The `cap` is the most that one settlement pays; the rest waits for the
    next one.
    """

    paid: Operand
    below_zero: Literal["floor", "carry", "clawback"]
    cap: DecimalText | None = None

    @model_validator(mode="after")
    def _check(self, info: ValidationInfo) -> TrueUp:
        if is_decimal(self.paid):
            check_quanta(self.paid, info, "paid")
        else:
            currency = references(info).currency
            unit = entries(references(info).figures[self.paid]).get("unit")
            unit = entries(unit).get("en", unit)
            if currency is not None and unit != currency:
                raise fault(f"must be a figure in {currency}; {self.paid} is in {unit}.", "paid")
        if self.cap is not None and Fraction(self.cap) < 0:
            raise fault(f"must be 0 or more; got {self.cap}.", "cap")
        check_quanta(self.cap, info, "cap")
        return self


class Line(Limited):
    """One payment: who pays which share, who is paid, and what; `due` is the day on which it falls due.

    With `paid_each` every final certificate pays it anew, for what is new since the announced day before.
    """

    payers: Shares
    payee: PartyId
    pays: Clause
    true_up: TrueUp | None = None
    due: DateText | None = None
    paid_each: Literal["certificate"] | None = None

    @model_validator(mode="after")
    def _check(self) -> Line:
        _check_shares(self.payers, "payers")
        if self.payee in self.payers:
            raise fault(f"must not be one of the line's payers; got {self.payee}.", "payee")
        return self

    def operands(self) -> tuple[str, ...]:
        """Every figure it reads, each once."""
        gate = () if self.when is None else self.when.operands()
        paid = () if self.true_up is None or is_decimal(self.true_up.paid) else (self.true_up.paid,)
        return tuple(dict.fromkeys((*gate, *self.pays.operands(), *paid)))

    @property
    def cumulative(self) -> bool:
        """Whether one settlement after another deducts what those before it paid."""
        return self.true_up is not None and not is_decimal(self.true_up.paid)

    @property
    def in_parts(self) -> bool:
        """Whether a settlement pays but a part of what is due, since something was or may have been paid before."""
        return self.cumulative or (self.true_up is not None and Fraction(self.true_up.paid) != 0)

    def least_paid(self, quantum: Fraction, rounding: Rounding) -> Fraction | None:
        """The least that can have been paid before; None where nothing bounds it.

        Below 0 only where what was paid too much is paid back and the line can be due the other way: then the least
        that it can be due, whatever its figures are.
        """
        if self.true_up is None or self.true_up.below_zero != "clawback":
            return Fraction(0)
        anything: dict[str, Range] = dict.fromkeys(self.pays.operands(), (None, None))
        low, _ = self.limit_bounds(self.pays.bounds(anything))
        return None if low is None else min(round_to(low, quantum, rounding), Fraction(0))


# ------------------------------------------------------------------------------------------ between lines


class ContractCap(Term):
    """The most all lines pay together, and which lines give way."""

    amount: DecimalText
    reduces: Reduces

    @model_validator(mode="after")
    def _check(self, info: ValidationInfo) -> ContractCap:
        if Fraction(self.amount) < 0:
            raise fault(f"must be 0 or more; got {self.amount}.", "amount")
        check_quanta(self.amount, info, "amount")
        return self


class LinesCap(ContractCap):
    """The most some lines pay together, such as those of one year or to one investor."""

    lines: Annotated[Items[Id], Field(min_length=2)]


class ContractFloor(Term):
    """The least all lines pay together, and which line is raised."""

    amount: DecimalText
    raises: Id

    @model_validator(mode="after")
    def _check(self, info: ValidationInfo) -> ContractFloor:
        check_quanta(self.amount, info, "amount")
        return self


class LinesFloor(ContractFloor):
    """The least some lines pay together, such as those of one year, and which of them is raised."""

    lines: Annotated[Items[Id], Field(min_length=2)]


class Netting(Term):
    """Negative lines are deducted from positive ones, between the same payers and payee.

    If more is negative than positive, the rest is left out (`zero`) or is to be paid back (`negative`).
    """

    lines: Annotated[Items[Id], Field(min_length=2)]
    reduces: Reduces
    below_zero: Literal["zero", "negative"]


# ------------------------------------------------------------------------------------------ who gets the money


class Tranche(Term):
    """A step of a waterfall: who shares in it, and up to what amount; the last step takes all that is left."""

    to: Shares
    up_to: Operand | None = None

    @model_validator(mode="after")
    def _check(self) -> Tranche:
        _check_shares(self.to, "to")
        if self.up_to is not None and is_decimal(self.up_to) and Fraction(self.up_to) < 0:
            raise fault(f"must be 0 or more; got {self.up_to}.", "up_to")
        return self


class Waterfall(Term):
    """In which order one party passes on what it is paid."""

    source: PartyId = Field(alias="from")
    steps: Annotated[Items[Tranche], Field(min_length=1)]

    @model_validator(mode="after")
    def _check(self) -> Waterfall:
        for position, step in enumerate(self.steps):
            last = position == len(self.steps) - 1
            if last and step.up_to is not None:
                raise fault(
                    "must be left out of the last step, which takes all that is left.", "steps", position, "up_to"
                )
            if not last and step.up_to is None:
                raise fault("lacks the key up_to; only the last step takes all that is left.", "steps", position)
        return self


class Guarantee(Term):
    """A guarantor bears a share of what a party lacks of a guaranteed amount."""

    guarantor: PartyId
    beneficiary: PartyId
    amount: Operand
    share: DecimalText
    cap: DecimalText | None = None

    @model_validator(mode="after")
    def _check(self, info: ValidationInfo) -> Guarantee:
        if is_decimal(self.amount) and Fraction(self.amount) <= 0:
            raise fault(f"must be above 0; got {self.amount}.", "amount")
        if not 0 < Fraction(self.share) <= 1:
            raise fault(f'must be above 0 and at most 1, such as "0.75"; got {self.share}.', "share")
        if self.cap is not None and Fraction(self.cap) < 0:
            raise fault(f"must be 0 or more; got {self.cap}.", "cap")
        check_quanta(self.cap, info, "cap")
        if self.guarantor == self.beneficiary:
            raise fault(f"must not be the guarantor; got {self.beneficiary}.", "beneficiary")
        return self


# ----------------------------------------------------------------------------------------------- all of it


class Payment(Term):
    """The lines, their currency and their rounding, what holds between lines, and who gets the money.

    A line that names no day of its own falls due `due_days` days after the certificate. `maximum` is the most that the
    parties declare can come to be paid in all: it moves no amount, and terms that can pay more are refused.
    """

    currency: Currency
    quantum: DecimalText
    rounding: Rounding
    lines: Annotated[Mapping[Id, Line], Field(min_length=1)]
    netting: Netting | None = None
    caps: Annotated[Mapping[Id, LinesCap], Field(min_length=1)] | None = None
    cap: ContractCap | None = None
    floors: Annotated[Mapping[Id, LinesFloor], Field(min_length=1)] | None = None
    floor: ContractFloor | None = None
    waterfall: Waterfall | None = None
    guarantees: Annotated[Mapping[Id, Guarantee], Field(min_length=1)] | None = None
    due_days: Annotated[int, Field(ge=0, le=3650)] | None = None
    maximum: DecimalText | None = None

    @model_validator(mode="after")
    def _check(self) -> Payment:
        if Fraction(self.quantum) <= 0:
            raise fault(f'must be above 0, such as "1" or "0.01"; got {self.quantum}.', "quantum")
        if self.due_days is not None and all(line.due is not None for line in self.lines.values()):
            raise fault("has no meaning, since every line has its own day, due; remove it.", "due_days")
        self._check_maximum()
        self._check_paid()
        self._check_netting()
        self._check_caps()
        self._check_floors()
        self._check_floor()
        self._check_receivers()
        return self

    def _check_maximum(self) -> None:
        """A declared maximum that amounts can have."""
        if self.maximum is None:
            return
        if Fraction(self.maximum) < 0:
            raise fault(f"must be 0 or more; got {self.maximum}.", "maximum")
        if (Fraction(self.maximum) / Fraction(self.quantum)).denominator != 1:
            problem = f"must be a whole multiple of payment.quantum, {self.quantum}; got {self.maximum}."
            raise fault(problem, "maximum")

    def _check_paid(self) -> None:
        """A decimal that can have been paid before."""
        for id, line in self.lines.items():
            least = line.least_paid(Fraction(self.quantum), self.rounding)
            if line.true_up is None or not is_decimal(line.true_up.paid) or least is None:
                continue
            if Fraction(line.true_up.paid) < least:
                problem = f"must be {exact_text(least)} or more; got {line.true_up.paid}."
                raise fault(problem, "lines", id, "true_up", "paid")

    def _check_lines(self, lines: tuple[str, ...], *at: str | int) -> None:
        """Names of lines, each once."""
        for position, name in enumerate(lines):
            if name not in self.lines:
                raise fault(f"must be a name under payment.lines; got {name}.", *at, position)
            if name in lines[:position]:
                raise fault(f"stands twice; got {name}.", *at, position)

    def _check_netting(self) -> None:
        if self.netting is None:
            return
        self._check_lines(self.netting.lines, "netting", "lines")
        first = self.lines[self.netting.lines[0]]
        for position, name in enumerate(self.netting.lines):
            line = self.lines[name]
            if (line.payee, dict(line.payers)) != (first.payee, dict(first.payers)):
                raise fault(
                    f"must have the payers, shares and payee of {self.netting.lines[0]}; {name} has others.",
                    *("netting", "lines", position),
                )
        self._check_netted_over_time(self.netting.lines)

    def _check_netted_over_time(self, names: tuple[str, ...]) -> None:
        """What is set off must be set off for good: the next settlement has only what was paid as paid before."""
        lines = [self.lines[name] for name in names]
        if not any(line.cumulative for line in lines):
            return
        for position, (name, line) in enumerate(zip(names, lines, strict=True)):
            if line.true_up is None or not line.cumulative or line.true_up.below_zero != "clawback":
                own = (
                    "has no true_up"
                    if line.true_up is None
                    else f"has {line.true_up.below_zero}"
                    if line.cumulative
                    else f"has {line.true_up.paid} as paid"
                )
                raise fault(
                    "must all have a true_up whose paid is a figure and whose below_zero is clawback, or none such a "
                    f"paid, since what is netted in one settlement would be netted again in the next; {name} {own}.",
                    *("netting", "lines", position),
                )

    def _check_caps(self) -> None:
        owner: dict[str, str] = {}
        for id, cap in (self.caps or {}).items():
            self._check_lines(cap.lines, "caps", id, "lines")
            for position, name in enumerate(cap.lines):
                if name in owner:
                    raise fault(f"is under the cap {owner[name]} already; got {name}.", "caps", id, "lines", position)
                owner[name] = id

    def _check_floors(self) -> None:
        """Each line is under one floor, and the line that is raised under no cap but one on the same lines."""
        owner: dict[str, str] = {}
        for id, floor in (self.floors or {}).items():
            self._check_lines(floor.lines, "floors", id, "lines")
            for position, name in enumerate(floor.lines):
                if name in owner:
                    raise fault(
                        f"is under the floor {owner[name]} already; got {name}.", "floors", id, "lines", position
                    )
                owner[name] = id
            if floor.raises not in floor.lines:
                raise fault(f"must be one of its lines; got {floor.raises}.", "floors", id, "raises")
            for other, cap in (self.caps or {}).items():
                if floor.raises in cap.lines and set(cap.lines) != set(floor.lines):
                    raise fault(
                        f"must not be under the cap {other}, which is on other lines; got {floor.raises}.",
                        *("floors", id, "raises"),
                    )
                if floor.raises in cap.lines and Fraction(floor.amount) > Fraction(cap.amount):
                    raise fault(
                        f"must be at most the cap {other}, {cap.amount}; got {floor.amount}.", "floors", id, "amount"
                    )

    def _check_floor(self) -> None:
        if self.floor is None:
            return
        if self.floor.raises not in self.lines:
            raise fault(f"must be a name under payment.lines; got {self.floor.raises}.", "floor", "raises")
        if self.cap is not None and Fraction(self.floor.amount) > Fraction(self.cap.amount):
            raise fault(f"must be at most the cap, {self.cap.amount}; got {self.floor.amount}.", "floor", "amount")
        for id, cap in (self.caps or {}).items():
            if self.floor.raises in cap.lines:
                raise fault(f"must not be under the cap {id}; got {self.floor.raises}.", "floor", "raises")

    def _check_receivers(self) -> None:
        paid = {line.payee for line in self.lines.values()}
        in_parts = {line.payee: id for id, line in self.lines.items() if line.in_parts}
        if self.waterfall is not None:
            if self.waterfall.source not in paid:
                raise fault(f"must be the payee of a line; got {self.waterfall.source}.", "waterfall", "from")
            if self.waterfall.source in in_parts and len(self.waterfall.steps) > 1:
                raise fault(
                    f"cannot hold beside the true_up of {in_parts[self.waterfall.source]}, of which each settlement "
                    f"passes on a part and would fill the first steps anew; keep one step, or {_IN_PARTS}, with an "
                    "up_to that is a figure of what is left of it.",
                    *("waterfall", "steps"),
                )
            if self.waterfall.source in in_parts:
                in_parts |= dict.fromkeys(self.waterfall.steps[0].to, in_parts[self.waterfall.source])
            paid |= {party for step in self.waterfall.steps for party in step.to}
        for id, guarantee in (self.guarantees or {}).items():
            if guarantee.beneficiary not in paid:
                raise fault(
                    f"must be the payee of a line or stand in the waterfall; got {guarantee.beneficiary}.",
                    *("guarantees", id, "beneficiary"),
                )
            if guarantee.beneficiary in in_parts:
                raise fault(
                    f"cannot be guaranteed an amount beside the true_up of {in_parts[guarantee.beneficiary]}, of which "
                    "each settlement pays a part and would lack the rest anew; leave the guarantee out, or "
                    f"{_IN_PARTS}, with an amount that is a figure: 0 until the last day, and then what is left of it; "
                    f"got {guarantee.beneficiary}.",
                    *("guarantees", id, "beneficiary"),
                )
