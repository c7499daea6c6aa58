"""From figures to amounts: a pure function, exact to the last öre, with every step written out.

Order: clause amount, the clause's cap and floor, the line's condition, cap and floor, rounding once for each line,
the contract's cap, sharing out among payers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Literal, TypeAlias

from effekt._serialize import decode, encode
from effekt._text import Text
from effekt.contracts.figures import DerivedFigure, Figure, Range, derived_figure, in_order, undetermined
from effekt.contracts.gates import Basis, Wording
from effekt.contracts.model import Contract, ContractCap, ContractTerms, Line
from effekt.contracts.money import Step, allocate, decimal_text, format_percent, fraction, round_to
from effekt.contracts.schema import is_decimal
from effekt.exceptions import ArgumentError, ContractError

SETTLEMENT = "effekt/settlement/1"

_TIES = {
    "half_up": Text(sv="halvor bort från noll", en="halves away from zero"),
    "half_even": Text(sv="halvor till närmaste jämna", en="halves to even"),
}

State: TypeAlias = Literal["payable", "zero_by_terms", "not_yet_determinable", "referred", "void"]


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
        `payable` when the amount is not zero, `zero_by_terms` when it is, otherwise why there is none.
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
    """

    contract: str
    contract_sha256: str
    currency: str
    state: State
    total: str | None
    undisputed: str
    lines: tuple[SettledLine, ...]
    figures: tuple[Figure, ...]

    def to_plain(self) -> dict[str, Any]:
        """Give the settlement as plain values for JSON.

        Returns
        -------
        dict
            Under the schema tag ``effekt/settlement/1``: text, int, list, dict and None only.
        """
        return {"schema": SETTLEMENT, **encode(self)}

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
        for amount in settlement._amounts():
            if not is_decimal(amount):
                raise ContractError(f"Every amount of a settlement must be a plain decimal; got {amount!r}.")
        return settlement

    def _amounts(self) -> list[str]:
        lines = [line.amount for line in self.lines]
        shares = [share.amount for line in self.lines for share in line.shares]
        return [amount for amount in (self.total, self.undisputed, *lines, *shares) if amount is not None]


# ----------------------------------------------------------------------------------------------- settling


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    """A line on its way: rounded, before the contract's cap; None while figures are missing."""

    id: str
    line: Line
    value: Fraction | None
    missing: tuple[str, ...]
    steps: tuple[Step, ...]


def settle_figures(contract: Contract, figures: Mapping[str, Figure]) -> Settlement:
    """Compute what a contract pays.

    Parameters
    ----------
    contract : Contract
        The contract.
    figures : mapping of str to Figure
        Every figure of the contract that is not derived. Derived figures may be given too; they must then equal
        what their operands give.

    Returns
    -------
    Settlement
        Amounts, states and reasons; the same for the same contract and figures, always.

    Raises
    ------
    ArgumentError
        If a figure is missing, unknown, or not in the contract's unit, digits or source.

    Notes
    -----
    All arithmetic is on exact fractions. Each line is rounded once, to the contract's quantum. A line that the
    contract's cap might or might not reduce, depending on an undetermined line, is undetermined itself.
    """
    terms = contract.model
    complete = complete_figures(contract, figures)
    basis = _basis(terms, complete)
    drafts = [_draft(id, line, basis, terms) for id, line in terms.payment.lines.items()]
    lines = tuple(_settled(draft, basis, terms) for draft in _under_contract_cap(drafts, basis, terms))
    determined = [fraction(line.amount) for line in lines if line.amount is not None]
    digits = _money_digits(terms)
    total = decimal_text(sum(determined, Fraction(0)), digits)
    return Settlement(
        contract=terms.id,
        contract_sha256=contract.sha256,
        currency=terms.payment.currency,
        state=_state_of_all(lines, sum(determined)),
        total=total if len(determined) == len(lines) else None,
        undisputed=total,
        lines=lines,
        figures=tuple(complete[id] for id in terms.figures),
    )


def complete_figures(contract: Contract, figures: Mapping[str, Figure]) -> dict[str, Figure]:
    """Check a contract's figures and add the derived ones.

    Parameters
    ----------
    contract : Contract
        The contract.
    figures : mapping of str to Figure
        Every figure that is not derived, and any derived ones.

    Returns
    -------
    dict of str to Figure
        Every figure of the contract, operands first.

    Raises
    ------
    ArgumentError
        If a figure is missing, unknown, or not what the contract declares.
    """
    terms = contract.model.figures
    unknown = [id for id in figures if id not in terms]
    if unknown:
        raise ArgumentError(f"`figures` must be figures of the contract; got {unknown[0]!r}.")
    complete: dict[str, Figure] = {}
    for id in in_order(terms):
        term = terms[id]
        if isinstance(term, DerivedFigure):
            complete[id] = derived_figure(id, term, complete)
            if figures.get(id, complete[id]) != complete[id]:
                raise ArgumentError(f"`figures` gives {id!r} another value than its operands do; leave it out.")
            continue
        if id not in figures:
            raise ArgumentError(f"`figures` lacks {id!r}; give it with its value or the reason why it has none.")
        figure = figures[id]
        declared = (id, term.unit, term.digits, term.source)
        if (figure.id, figure.unit, figure.digits, figure.source) != declared:
            raise ArgumentError(
                f"`figures` must have {id!r} as the contract declares it: unit {term.unit}, {term.digits} digits, "
                f"source {term.source}."
            )
        complete[id] = figure
    return complete


def _basis(terms: ContractTerms, figures: Mapping[str, Figure]) -> Basis:
    currency = terms.payment.currency
    swedish = Wording(lang="sv", currency=currency, figures=terms.figures)
    return Basis(figures=figures, swedish=swedish, english=replace(swedish, lang="en"))


def _money_digits(terms: ContractTerms) -> int:
    """Decimals of an amount: those the quantum is written with."""
    return len(terms.payment.quantum.partition(".")[2])


def _draft(id: str, line: Line, basis: Basis, terms: ContractTerms) -> _Draft:
    """The line's amount, limited and rounded."""
    amount = line.limit(line.pays.amount, basis)
    if amount.value is None:
        return _Draft(id=id, line=line, value=None, missing=amount.missing, steps=amount.steps)
    payment = terms.payment
    value = round_to(amount.value, Fraction(payment.quantum), payment.rounding)

    def sentence(say: Wording) -> str:
        quantum, ties = say.money(payment.quantum), _TIES[payment.rounding].in_language(say.lang)
        return say(
            sv=f"Avrundat till närmaste {quantum} ({ties}) är beloppet {say.money(value)}.",
            en=f"Rounded to the nearest {quantum} ({ties}) the amount is {say.money(value)}.",
        )

    steps = (*amount.steps, basis.step("rounding", sentence, value))
    return _Draft(id=id, line=line, value=value, missing=(), steps=steps)


def _settled(draft: _Draft, basis: Basis, terms: ContractTerms) -> SettledLine:
    if draft.value is None:
        reasons = [basis.figures[id].reason for id in draft.missing]
        return SettledLine(
            id=draft.id,
            state=undetermined(basis.figures, draft.missing),
            amount=None,
            payee=draft.line.payee,
            shares=(),
            missing=draft.missing,
            reasons=tuple(dict.fromkeys(reason for reason in reasons if reason is not None)),
            steps=draft.steps,
        )
    digits = _money_digits(terms)
    weights = [Fraction(share) for share in draft.line.payers.values()]
    parts = allocate(draft.value, weights, Fraction(terms.payment.quantum))
    shares = tuple(
        Share(payer=payer, amount=decimal_text(part, digits))
        for payer, part in zip(draft.line.payers, parts, strict=True)
    )
    return SettledLine(
        id=draft.id,
        state="payable" if draft.value else "zero_by_terms",
        amount=decimal_text(draft.value, digits),
        payee=draft.line.payee,
        shares=shares,
        missing=(),
        reasons=(),
        steps=(*draft.steps, *_allocation_step(shares, basis, terms)),
    )


def _allocation_step(shares: Sequence[Share], basis: Basis, terms: ContractTerms) -> tuple[Step, ...]:
    if len(shares) == 1:
        return ()

    def sentence(say: Wording) -> str:
        pays = say(sv="betalar", en="pays")
        return f"{say.join([f'{terms.parties[s.payer].name} {pays} {say.money(s.amount)}' for s in shares])}."

    return (basis.step("allocation", sentence, None),)


def _state_of_all(lines: Sequence[SettledLine], total: Fraction | int) -> State:
    states = {line.state for line in lines}
    if "referred" in states:
        return "referred"
    if "not_yet_determinable" in states:
        return "not_yet_determinable"
    return "payable" if total else "zero_by_terms"


# ------------------------------------------------------------------------------------------- contract cap


def _under_contract_cap(drafts: list[_Draft], basis: Basis, terms: ContractTerms) -> list[_Draft]:
    """The lines under the contract's cap.

    While a line is undetermined the cap is applied twice, with that line at the least and at the most it can pay.
    A line with the same amount both times is settled; one that differs waits for the same figures.
    """
    cap = terms.payment.cap
    if cap is None:
        return drafts
    quantum = Fraction(terms.payment.quantum)
    bounds = [
        _line_bounds(draft.line, terms) if draft.value is None else (draft.value, draft.value) for draft in drafts
    ]
    finite = [abs(end) for ends in bounds for end in ends if end is not None]
    far = Fraction(cap.amount) + sum(finite) + quantum
    least = _reduce([-far if low is None else low for low, _ in bounds], cap)
    most = _reduce([far if high is None else high for _, high in bounds], cap)
    missing = tuple(dict.fromkeys(figure for draft in drafts for figure in draft.missing))
    settled = zip(drafts, least, most, _whole(least, quantum), strict=True)
    return [_capped(draft, whole if low == high else None, missing, cap, basis) for draft, low, high, whole in settled]


def _line_bounds(line: Line, terms: ContractTerms) -> Range:
    """The least and greatest a line pays, rounded, before the contract's cap."""
    ranges = {id: term.bounds() for id, term in terms.figures.items()}
    quantum, rounding = Fraction(terms.payment.quantum), terms.payment.rounding
    low, high = line.limit_bounds(line.pays.bounds(ranges))
    return (
        None if low is None else round_to(low, quantum, rounding),
        None if high is None else round_to(high, quantum, rounding),
    )


def _reduce(values: list[Fraction], cap: ContractCap) -> list[Fraction]:
    """Amounts that sum to at most the cap; only positive ones give way, and none below zero."""
    excess = sum(values, Fraction(0)) - Fraction(cap.amount)
    if excess <= 0:
        return values
    if cap.reduces == "pro_rata":
        kept = 1 - excess / sum(value for value in values if value > 0)
        return [value * kept if value > 0 else value for value in values]
    reduced = []
    for value in reversed(values):
        cut = min(excess, max(value, Fraction(0)))
        reduced.append(value - cut)
        excess -= cut
    return reduced[::-1]


def _whole(values: list[Fraction], quantum: Fraction) -> list[Fraction]:
    """The same sum in whole quanta, the positive amounts by largest remainder."""
    positive = [max(value, Fraction(0)) for value in values]
    total = sum(positive, Fraction(0))
    if total == 0:
        return values
    parts = allocate(total, positive, quantum)
    return [part if value > 0 else value for part, value in zip(parts, values, strict=True)]


def _capped(draft: _Draft, value: Fraction | None, missing: tuple[str, ...], cap: ContractCap, basis: Basis) -> _Draft:
    """The line with its amount under the contract's cap; None when that depends on other lines' missing figures."""
    if draft.value is None or draft.value == value:
        return draft

    def sentence(say: Wording) -> str:
        before, limit = say.money(draft.value or 0), say.money(cap.amount)
        if value is None:
            return say(
                sv=f"Avtalets tak {limit} kan komma att sänka beloppet {before} när övriga rader är fastställda.",
                en=f"The contract's cap of {limit} may lower the amount {before} once the other lines are determined.",
            )
        return say(
            sv=f"Avtalets tak {limit} sänker beloppet {before} till {say.money(value)}.",
            en=f"The contract's cap of {limit} lowers the amount {before} to {say.money(value)}.",
        )

    steps = (*draft.steps, basis.step("contract_cap", sentence, value))
    return replace(draft, value=value, missing=() if value is not None else missing, steps=steps)


# ------------------------------------------------------------------------------- what a contract says and costs


def maximum(contract: Contract) -> dict[str, str | None]:
    """Bound what each line of a contract can pay, whatever its figures turn out to be.

    Parameters
    ----------
    contract : Contract
        The contract.

    Returns
    -------
    dict of str to str or None
        For each line the least upper bound that its own terms give, a decimal; None when nothing bounds it.

    Notes
    -----
    Figures are taken to vary freely and independently, a yes or no between 0 and 1. Where two clauses of one line
    cannot reach their greatest amounts together the bound is on the safe side.
    """
    payment = contract.model.payment
    bounds = {id: _line_bounds(line, contract.model) for id, line in payment.lines.items()}
    cap = None
    if payment.cap is not None and all(low is not None and low >= 0 for low, _ in bounds.values()):
        cap = Fraction(payment.cap.amount)
    highs = {id: _least(high, cap) for id, (_, high) in bounds.items()}
    return {id: _written(high, contract.model) for id, high in highs.items()}


def maximum_total(contract: Contract) -> str | None:
    """Bound what a contract can pay in all: the amount a payer must be ready for.

    Parameters
    ----------
    contract : Contract
        The contract.

    Returns
    -------
    str or None
        The contract's cap or the sum of its lines' bounds, whichever is less; None when nothing bounds it.
    """
    payment = contract.model.payment
    highs = [_line_bounds(line, contract.model)[1] for line in payment.lines.values()]
    total = None if None in highs else sum((high for high in highs if high is not None), Fraction(0))
    cap = None if payment.cap is None else Fraction(payment.cap.amount)
    return _written(_least(total, cap), contract.model)


def minimum_total(contract: Contract) -> str | None:
    """Bound from below what a contract can pay in all; below zero when the payers may be owed.

    Parameters
    ----------
    contract : Contract
        The contract.

    Returns
    -------
    str or None
        The sum of the least each line can pay, or the contract's cap if that is less; None when nothing bounds it.
    """
    payment = contract.model.payment
    lows = [_line_bounds(line, contract.model)[0] for line in payment.lines.values()]
    if None in lows:
        return None
    cap = None if payment.cap is None else Fraction(payment.cap.amount)
    return _written(_least(sum((low for low in lows if low is not None), Fraction(0)), cap), contract.model)


def _least(*values: Fraction | None) -> Fraction | None:
    return min((value for value in values if value is not None), default=None)


def _written(value: Fraction | None, terms: ContractTerms) -> str | None:
    return None if value is None else decimal_text(value, _money_digits(terms))


def line_terms(contract: Contract) -> dict[str, Text]:
    """Put each line of a contract in words.

    Parameters
    ----------
    contract : Contract
        The contract.

    Returns
    -------
    dict of str to Text
        For each line one sentence in Swedish and English, without the figures' values.
    """
    basis = _basis(contract.model, {})
    return {
        id: Text(
            sv=_line_sentence(line, contract.model, basis.swedish),
            en=_line_sentence(line, contract.model, basis.english),
        )
        for id, line in contract.model.payment.lines.items()
    }


def _line_sentence(line: Line, terms: ContractTerms, say: Wording) -> str:
    names = [terms.parties[payer].name for payer in line.payers]
    if len(names) > 1:
        shares = line.payers.values()
        names = [f"{name} ({format_percent(share, say.lang)})" for name, share in zip(names, shares, strict=True)]
    pays = say(sv="betalar", en="pays" if len(names) == 1 else "pay")
    amount = line.qualify(line.pays.terms(say), say)
    return f"{say.join(names)} {pays} {terms.parties[line.payee].name} {amount}."
