"""From figures to amounts: a pure function, exact to the last öre, with every step written out.

Order: clause amount, the clause's cap and floor, the line's condition, cap and floor, the part for the days that had
passed when the contract ended, rounding once for each line, its true-up, nothing more after an ending, netting, caps
and floors of some lines, the contract's cap and floor, what disputes keep back, sharing out among payers, the waterfall
and guarantees.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import NamedTuple

from effekt._text import Text
from effekt.contracts.between_lines import Draft, between_lines
from effekt.contracts.disputing import Admitted, as_admitted, check_admitted, keep_back
from effekt.contracts.endings import ended, floor_unstated, to_date
from effekt.contracts.figures import DerivedFigure, Figure, derived_figure, in_order, undetermined
from effekt.contracts.gates import Basis, Wording
from effekt.contracts.happened import Events, Fate, fates
from effekt.contracts.ladders import ladder_steps
from effekt.contracts.liability import line_bounds
from effekt.contracts.model import Contract, ContractTerms
from effekt.contracts.money import Step, allocate, decimal_text, fraction, money_digits, round_to
from effekt.contracts.payment import Line
from effekt.contracts.receivers import distribute
from effekt.contracts.rounding import rounding_step
from effekt.contracts.sentences import basis_of
from effekt.contracts.settled import SettledLine, Settlement, Share, State
from effekt.contracts.standings import standings
from effekt.contracts.taken import Reading, guaranteed_after
from effekt.contracts.true_up import balance, paid_before, paid_to_date_step
from effekt.exceptions import ArgumentError

WITHHELD = Text(
    en="All of it is disputed and withheld until the dispute is decided.",
    sv="Allt är tvistigt och hålls inne tills tvisten är avgjord.",
)


def settle_figures(
    contract: Contract, figures: Mapping[str, Figure], events: Events | None = None, *, in_words: bool = True
) -> Settlement:
    """Compute what a contract pays.

    Parameters
    ----------
    contract : Contract
        The contract.
    figures : mapping of str to Figure
        Every figure of the contract that is not derived. Derived figures may be given too; they must then equal
        what their operands give.
    events : Events, optional
        What parties have declared to have happened; what it leaves of a line is the contract's own rule.
    in_words : bool, default True
        Whether steps are put in words, which takes half the time and is for nothing where only amounts are asked for.
        Without, both sentences of a step are empty.

    Returns
    -------
    Settlement
        Amounts, states and reasons; the same for the same contract and figures, always.

    Raises
    ------
    ArgumentError
        If a figure is missing, unknown, or not in the contract's unit, digits or source.
    ContractError
        If a party that disputes admits values that cannot be.

    Notes
    -----
    All arithmetic is on exact fractions. Each line is rounded once, to the contract's quantum. A line that the
    contract's cap might or might not reduce, depending on an undetermined line, is undetermined itself.

    Payers' parts are whole quanta by largest remainder. Of a line with a `true_up` a payer pays its part of all that is
    then paid less its part of what was paid before, so that after any number of settlements each has paid the part that
    one settlement of the whole would have given it, but for what is let go. A payer whose share of what is paid now is
    less than a quantum can then be due one back, where three or more pay. While what was paid before has no value, as
    after an ending, what is paid now is shared by itself.
    """
    terms = contract.model
    complete = complete_figures(contract, figures)
    basis = replace(basis_of(terms, complete), in_words=in_words)
    fate = {} if events is None else fates(terms, events)
    floor = _floor(terms, events)
    between = functools.partial(_between, basis=basis, terms=terms, floor=floor)
    own = _own(basis, terms, fate)
    drafts, withheld, readings = between(own), {}, [_reading(basis, terms)]
    disputes = {} if events is None else events.open_disputes
    if disputes:
        admitted = [_admitted(contract, complete, fate, by, values) for by, values in disputes.items()]
        for one in admitted:
            check_admitted(own, one, terms)
            readings.append(_reading(basis_of(terms, one.figures), terms))
        kept = keep_back(own, drafts, admitted, between, terms, basis, floor=floor == "applies")
        drafts, withheld = kept.drafts, dict(kept.withheld)
    lines = tuple(_settled(draft, basis, terms, disputed=draft.id in withheld) for draft in drafts)
    determined = [fraction(line.amount) for line in lines if line.amount is not None]
    digits = money_digits(terms.payment.quantum)
    passed_on = tuple(_open(line) if line.id in withheld else line for line in lines)
    distribution = distribute(passed_on, basis, terms)
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
        distribution=distribution,
        guarantees=guaranteed_after(passed_on, distribution, basis, terms, events, readings),
        standings=()
        if events is None
        else standings(terms, events, complete, {line.id: line for line in lines}, fate, withheld),
    )


def _floor(terms: ContractTerms, events: Events | None) -> str | None:
    """Whether the contract's floor applies; after an ending as its clause says, and None where that says nothing."""
    if events is None or events.ended is None or terms.termination is None:
        return "applies"
    return terms.termination[events.ended.clause].floor


def _own(basis: Basis, terms: ContractTerms, fate: Mapping[str, Fate]) -> list[Draft]:
    """Every line after what holds of it alone."""
    return [
        ended(_draft(id, line, basis, terms, fate.get(id)), fate.get(id), basis)
        for id, line in terms.payment.lines.items()
    ]


def _admitted(
    contract: Contract, complete: Mapping[str, Figure], fate: Mapping[str, Fate], by: str, values: Mapping[str, str]
) -> Admitted:
    """Every line after what holds of it alone, on the values that a party admits."""
    terms = contract.model
    figures = complete_figures(contract, as_admitted(terms, complete, values))
    return Admitted(by=by, values=values, figures=figures, own=_own(basis_of(terms, figures), terms, fate))


def _between(drafts: list[Draft], basis: Basis, terms: ContractTerms, floor: str | None) -> list[Draft]:
    """Every line after what holds between lines."""
    raised = between_lines(drafts, basis, terms)
    if floor == "applies" or not (terms.payment.floor or terms.payment.floors):
        return raised
    without = between_lines(drafts, basis, terms, floor=False)
    return without if floor == "lapses" else floor_unstated(without, raised, basis)


def _reading(basis: Basis, terms: ContractTerms) -> Reading:
    """Every line on some figures, by what is left of each and whether floors apply."""
    wordless = replace(basis, in_words=False)

    def lines(fate: Mapping[str, Fate], floor: str | None) -> tuple[list[Draft], list[Draft]]:
        own = _own(wordless, terms, fate)
        return own, _between(own, wordless, terms, floor)

    return lines


def _open(line: SettledLine) -> SettledLine:
    """A line of which a part is withheld, as those see it who get or guarantee what is left of it."""
    why = Text(en=f"A part of {line.id} is disputed.", sv=f"En del av {line.id} är tvistig.")
    return replace(line, state="referred", amount=None, shares=(), reasons=(why,))


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
        raise ArgumentError(
            f"`figures` must be figures of the contract; got {unknown[0]!r}.",
            sv=f"`figures` måste vara siffror i avtalet; angavs {unknown[0]!r}.",
        )
    complete: dict[str, Figure] = {}
    for id in in_order(terms):
        term = terms[id]
        if isinstance(term, DerivedFigure):
            complete[id] = derived_figure(id, term, complete)
            if figures.get(id, complete[id]) != complete[id]:
                raise ArgumentError(
                    f"`figures` gives {id!r} another value than its operands do; leave it out.",
                    sv=f"`figures` ger {id!r} ett annat värde än det som räknas ur dess delar; utelämna den.",
                )
            continue
        if id not in figures:
            raise ArgumentError(
                f"`figures` lacks {id!r}; give it with its value or the reason why it has none.",
                sv=f"`figures` saknar {id!r}; ange den med sitt värde eller med skälet till att det saknas.",
            )
        figure = figures[id]
        declared = (id, term.unit, term.digits, term.source)
        if (figure.id, figure.unit, figure.digits, figure.source) != declared:
            raise ArgumentError(
                f"`figures` must have {id!r} as the contract declares it: unit {term.unit}, {term.digits} digits, "
                f"source {term.source}.",
                sv=f"`figures` måste ha {id!r} som avtalet anger den: enhet {term.unit}, {term.digits} decimaler, "
                f"källa {term.source}.",
            )
        complete[id] = figure
    return complete


def _draft(id: str, line: Line, basis: Basis, terms: ContractTerms, fate: Fate | None) -> Draft:
    """The line's amount, limited, rounded, and less what was paid before."""
    ladders, amount, reach = (
        ladder_steps(line, basis, terms),
        line.limit(line.pays.amount, basis),
        line_bounds(line, terms),
    )
    if fate is not None and fate.rule == "to_date":
        amount, reach = to_date(amount, reach, fate, basis)
    if amount.value is None:
        paid = () if line.true_up is None else basis.missing((line.true_up.paid,))
        return Draft(
            id=id,
            line=line,
            value=None,
            reach=reach,
            missing=tuple(dict.fromkeys((*amount.missing, *paid))),
            referred=amount.referred,
            steps=(*ladders, *amount.steps),
        )
    payment = terms.payment
    value = round_to(amount.value, Fraction(payment.quantum), payment.rounding)
    steps = (*ladders, *amount.steps, rounding_step(value, payment, basis))
    if line.true_up is None:
        return Draft(id=id, line=line, value=value, reach=(value, value), missing=(), referred=(), steps=steps)
    now = balance(line, line.true_up, value, payment, basis)
    return Draft(
        id=id,
        line=line,
        value=now.value,
        reach=reach if now.value is None else (now.value, now.value),
        missing=now.missing,
        referred=now.referred,
        steps=(*steps, *now.steps),
        waived=now.waived,
    )


def _settled(draft: Draft, basis: Basis, terms: ContractTerms, *, disputed: bool) -> SettledLine:
    if draft.value is None:
        reasons = [basis.figures[id].reason for id in draft.missing]
        return SettledLine(
            id=draft.id,
            state="referred" if draft.referred else undetermined(basis.figures, draft.missing),
            amount=None,
            payee=draft.line.payee,
            shares=(),
            missing=draft.missing,
            reasons=tuple(dict.fromkeys((*(reason for reason in reasons if reason is not None), *draft.referred))),
            steps=draft.steps,
        )
    digits = money_digits(terms.payment.quantum)
    before = paid_before(draft.line, terms.payment, basis) or Fraction(0)
    parts = _parts(draft.line, before, draft.value, terms)
    shares = tuple(Share(payer=part.payer, amount=decimal_text(part.in_all - part.before, digits)) for part in parts)
    return SettledLine(
        id=draft.id,
        state="payable" if draft.value else "referred" if disputed else "zero_by_terms",
        amount=decimal_text(draft.value, digits),
        payee=draft.line.payee,
        shares=shares,
        missing=(),
        reasons=(WITHHELD,) if disputed and not draft.value else (),
        steps=(
            *draft.steps,
            *_allocation_step(parts, before, draft.value, basis, terms),
            *_paid_to_date(draft, basis, terms),
        ),
    )


class _Part(NamedTuple):
    """A payer's part of all that is then paid of a line, and of what was paid before."""

    payer: str
    in_all: Fraction
    before: Fraction


def _parts(line: Line, before: Fraction, now: Fraction, terms: ContractTerms) -> list[_Part]:
    """Each payer bears its part of the sum of all settlements: parts shared one by one would drift from it."""
    weights, quantum = [Fraction(share) for share in line.payers.values()], Fraction(terms.payment.quantum)
    in_all, earlier = (allocate(amount, weights, quantum) for amount in (before + now, before))
    return list(map(_Part, line.payers, in_all, earlier))


def _allocation_step(
    parts: Sequence[_Part], before: Fraction, now: Fraction, basis: Basis, terms: ContractTerms
) -> tuple[Step, ...]:
    if len(parts) == 1:
        return ()

    def of(part: _Part, say: Wording) -> str:
        pays = say(sv="betalar", en="pays")
        text = f"{terms.parties[part.payer].name} {pays} {say.money(part.in_all - part.before)}"
        if not before:
            return text
        in_all, of_all, earlier, of_before = map(say.money, (part.in_all, before + now, part.before, before))
        return text + say(
            sv=f" ({in_all} av sammanlagt {of_all} minus {earlier} av tidigare betalda {of_before})",
            en=f" ({in_all} of {of_all} in all less {earlier} of {of_before} paid before)",
        )

    return (basis.step("allocation", lambda say: f"{say.join([of(part, say) for part in parts])}.", None),)


def _paid_to_date(draft: Draft, basis: Basis, terms: ContractTerms) -> tuple[Step, ...]:
    line, amount = draft.line, draft.value or Fraction(0)
    if line.true_up is None:
        return ()
    return paid_to_date_step(line, amount, draft.waived, terms.payment, basis)


def _state_of_all(lines: Sequence[SettledLine], total: Fraction | int) -> State:
    states = {line.state for line in lines if line.amount is None}
    if "referred" in states or (not total and any(line.state == "referred" for line in lines)):
        return "referred"
    if "not_yet_determinable" in states:
        return "not_yet_determinable"
    return "payable" if total else "zero_by_terms"
