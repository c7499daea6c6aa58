"""What a settlement holds, and how it is written and read: plain values, amounts as decimals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

from effekt._json import shown
from effekt._serialize import decode, encode
from effekt._text import Text
from effekt.contracts.figures import Figure
from effekt.contracts.money import Step, fraction
from effekt.contracts.schema import MAX_DECIMAL_DIGITS, is_decimal
from effekt.exceptions import ArgumentError, ContractError

SETTLEMENT = "effekt/settlement/1"
_OPTIONAL = ("distribution", "guarantees", "standings")

State: TypeAlias = Literal["payable", "zero_by_terms", "not_yet_determinable", "referred", "void"]
StandingState: TypeAlias = Literal["final", "provisional", "disputed", "contaminated", "terminated"]
STANDING_STATES: tuple[StandingState, ...] = get_args(StandingState)


# ------------------------------------------------------------------------------------------------- values


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What one payer pays of a line.

    Attributes
    ----------
    payer : str
        The party.
    amount : str
        Decimal, a whole multiple of the contract's quantum.
    """

    payer: str
    amount: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledLine:
    """One line of a settlement.

    Attributes
    ----------
    id : str
        Its name in the contract.
    state : str
        `payable` when the amount is not zero, `zero_by_terms` when it is by the contract, otherwise why there is none;
        `referred` also where a dispute keeps back the whole amount, which is then zero.
    amount : str or None
        Decimal, a whole multiple of the contract's quantum; None when undetermined.
    payee : str
        The party that is paid.
    shares : tuple of Share
        What each payer pays, in the contract's order; they sum to `amount`. Empty when undetermined.
    missing : tuple of str
        The figures without a value that leave the amount undetermined.
    reasons : tuple of Text
        Why those figures have no value.
    steps : tuple of Step
        The arithmetic, in order.
    """

    id: str
    state: State
    amount: str | None
    payee: str
    shares: tuple[Share, ...]
    missing: tuple[str, ...]
    reasons: tuple[Text, ...]
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What one party gets of what is passed on.

    Attributes
    ----------
    party : str
        The party.
    amount : str
        Decimal, a whole multiple of the contract's quantum.
    """

    party: str
    amount: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """How one party passes on what it is paid, by the contract's waterfall.

    Attributes
    ----------
    party : str
        Who is paid and passes it on.
    state : str
        As of a line.
    amount : str or None
        What there is to pass on; None when undetermined.
    receipts : tuple of Receipt
        What each party gets in all, in the waterfall's order; they sum to `amount`. Empty when undetermined.
    missing, reasons, steps
        As of a line.
    """

    party: str
    state: State
    amount: str | None
    receipts: tuple[Receipt, ...]
    missing: tuple[str, ...]
    reasons: tuple[Text, ...]
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a figure or a line stands after the events that parties have declared.

    Attributes
    ----------
    of : {"figure", "line"}
    id : str
        Its name in the contract.
    state : {"final", "provisional", "disputed", "contaminated", "terminated"}
        `final` where no event touches it.
    text : Text
        Why, in one sentence.
    withheld : str or None
        Of a disputed line, what is kept back of its amount until the dispute is decided, as a decimal, below zero
        where a floor has more paid meanwhile; None where nothing is, or the amount is not known.
    """

    of: Literal["figure", "line"]
    id: str
    state: StandingState
    text: Text
    withheld: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What a contract pays on its figures.

    Attributes
    ----------
    contract : str
        The contract's id.
    contract_sha256 : str
        Digest of the contract file.
    currency : str
        Three letters.
    state : str
        `referred` if any line is, else `not_yet_determinable` if any is, else `payable` or `zero_by_terms`. `void`
        is for those who annul a settlement; settling never gives it.
    total : str or None
        Sum of all lines; None when any line is undetermined.
    undisputed : str
        Sum of the lines that are determined.
    lines : tuple of SettledLine
        In the contract's order.
    figures : tuple of Figure
        Every figure of the contract, derived ones included, in the contract's order.
    distribution : Distribution or None
        What the waterfall's party passes on; None when the contract has no waterfall.
    guarantees : tuple of SettledLine
        What guarantors pay beside the lines, in the contract's order; not in `total`.
    standings : tuple of Standing
        How each figure and each line stands after declared events; empty where none is declared.
    """

    contract: str
    contract_sha256: str
    currency: str
    state: State
    total: str | None
    undisputed: str
    lines: tuple[SettledLine, ...]
    figures: tuple[Figure, ...]
    distribution: Distribution | None = None
    guarantees: tuple[SettledLine, ...] = ()
    standings: tuple[Standing, ...] = ()

    @property
    def determined(self) -> bool:
        """Whether every line has an amount, every guarantee, and what is passed on; nothing of them being referred."""
        amounts = [line.amount for line in (*self.lines, *self.guarantees)]
        amounts += [] if self.distribution is None else [self.distribution.amount]
        return self.state in ("payable", "zero_by_terms") and None not in amounts

    def to_plain(self) -> dict[str, Any]:
        """Give the settlement as plain values for JSON.

        Returns
        -------
        dict
            Under the schema tag ``effekt/settlement/1``: text, int, list, dict and None only. A contract without
            waterfall and guarantees, and a settlement without declared events, have no keys for them.
        """
        plain = {"schema": SETTLEMENT, **encode(self)}
        return {key: value for key, value in plain.items() if key not in _OPTIONAL or value}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Settlement:
        """Read back what `to_plain` gave.

        Parameters
        ----------
        plain : mapping
            Under the schema tag ``effekt/settlement/1``.

        Returns
        -------
        Settlement
            Equal to the one that was written.

        Raises
        ------
        ContractError
            If the form is another one.
        """
        rest = dict(plain) if isinstance(plain, Mapping) else {}
        if rest.pop("schema", None) != SETTLEMENT:
            raise ContractError(f"schema must be {SETTLEMENT}; this is no settlement.")
        try:
            settlement: Settlement = decode(cls, rest)
        except ArgumentError as error:
            raise ContractError(f"The settlement cannot be read: {error}") from None
        for key, amount in settlement._amounts():
            if not is_decimal(amount):
                raise ContractError(f"{key} must be a plain decimal; got {shown(amount)}.")
        for key, value in settlement._step_values():
            try:
                fraction(value.removeprefix("about "))
            except ArgumentError:
                raise ContractError(
                    f"Every step of {key} must have a plain decimal or a fraction such as '1/3', of at most 1,000 "
                    f"digits in each part; got {shown(value)}."
                ) from None
        return settlement

    def _step_values(self) -> list[tuple[str, str]]:
        """The value of each step that has one, after the key of the contract that it is of."""
        steps = [(key, step) for key, one in self._keys() for step in one.steps]
        steps += [] if self.distribution is None else [("payment.waterfall", step) for step in self.distribution.steps]
        return [(key, step.value) for key, step in steps if step.value is not None]

    def _keys(self) -> list[tuple[str, SettledLine]]:
        lines = [(f"payment.lines.{one.id}", one) for one in self.lines]
        return [*lines, *((f"payment.guarantees.{one.id}", one) for one in self.guarantees)]

    def checked(self) -> Settlement:
        """Refuse amounts of more digits than a certificate holds.

        Returns
        -------
        Settlement
            This one.

        Raises
        ------
        ContractError
            For the first of them, by the line, guarantee or sum that it is of.
        """
        for key, amount in self._amounts():
            if not is_decimal(amount):
                raise ContractError(
                    f"{key} must be an amount of at most {MAX_DECIMAL_DIGITS} digits; it has "
                    f"{sum(map(str.isdigit, amount))}. Correct the figures that it is computed from; a `cap` in the "
                    "contract bounds what is paid."
                )
        return self

    def _amounts(self) -> list[tuple[str, str]]:
        """Every amount, after the key of the contract that it is of."""
        every = self._keys()
        found = [(key, one.amount) for key, one in every]
        found += [(key, share.amount) for key, one in every for share in one.shares]
        found += [("the total of payment.lines", amount) for amount in (self.total, self.undisputed)]
        if self.distribution is not None:
            found.append(("payment.waterfall", self.distribution.amount))
            found += [("payment.waterfall", receipt.amount) for receipt in self.distribution.receipts]
        found += [(f"what is withheld of payment.lines.{one.id}", one.withheld) for one in self.standings]
        return [(key, amount) for key, amount in found if amount is not None]
