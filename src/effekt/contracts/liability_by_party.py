"""The most that each party can come to pay, and all of them together with what guarantors pay beside the lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from effekt._calendar import days_after
from effekt.contracts.figures import figure_bounds
from effekt.contracts.guaranteed_most import guarantee_most, most_together, odd_quanta, up
from effekt.contracts.liability import (
    apart,
    bound_text,
    due_days,
    ends_of_lines,
    in_all,
    maximum_by_year,
    maximum_over,
    maximum_total,
    most_in,
    smallest,
    summed,
    times_paid,
)
from effekt.contracts.model import Contract, ContractTerms
from effekt.contracts.paid_once import paid_once
from effekt.contracts.payment import Guarantee
from effekt.contracts.schema import is_decimal


def maximum_by_party(contract: Contract, settlements: int | None = 1) -> dict[str, str | None]:
    """Bound what each party can come to pay: its shares of the lines, and what it bears as a guarantor.

    Parameters
    ----------
    contract : Contract
        The contract.
    settlements : int or None
        How many there are; None where nothing says how many there may be.

    Returns
    -------
    dict of str to str or None
        By party, in the contract's order, of those that pay a line or guarantee an amount; None when nothing bounds it.

    Notes
    -----
    The greatest amount of one party is that of the lines in which its share is largest, up to the caps; caps on some
    lines lie within that on all, so that filling the lines in order of the share gives the greatest sum. The rest of
    lines that are below zero can leave others more under a cap, and is counted so. Shares are paid in whole quanta,
    which can add up to one quantum a line less one, or two quanta where three or more share a line of which some was
    paid before, or of which something can be paid back in all. A guarantee is counted whole, but for a guarantor that
    itself pays its beneficiary: what the lines give is not lacking. In several settlements no party pays more than
    its share of each line's most in all, nor, where no line pays less than nothing in all, than its largest share of
    the most of all lines. Each party's bound holds by
    itself: they can sum to more than what all pay together.
    """
    terms = contract.model
    found = {}
    for party in terms.parties:
        weights = {id: Fraction(line.payers[party]) for id, line in terms.payment.lines.items() if party in line.payers}
        backed = [term for term in _guarantees(terms) if term.guarantor == party]
        if weights or backed:
            lines = _of_lines(weights, contract, settlements) if weights else Fraction(0)
            apart = summed([lines, *(in_all(guarantee_most(term, contract), settlements) for term in backed)])
            together = most_together(weights, backed, contract)
            found[party] = bound_text(smallest(apart, _repeated(together, settlements, terms)), terms)
    return found


def maximum_with_guarantees(contract: Contract, settlements: int | None = 1) -> str | None:
    """Bound what all parties can come to pay together, guarantors included.

    Parameters
    ----------
    contract : Contract
        The contract.
    settlements : int or None
        How many there are; None where nothing says how many there may be.

    Returns
    -------
    str or None
        The most of the lines and of every guarantee; less where a guarantee that is paid in full leaves the lines less
        than their most. None when nothing bounds it.

    Notes
    -----
    A guarantor bears a share, at most all, of what its beneficiary lacks. One krona more from the lines therefore never
    takes more than one from the guarantee: where each beneficiary has one guarantor, no settlement costs more than that
    in which every line pays its most.
    """
    terms = contract.model
    once, every = settlements == 1, _guarantees(terms)
    lines = maximum_total(contract) if once else maximum_over(contract, settlements)
    parts = [in_all(guarantee_most(term, contract), settlements) for term in every]
    apart = summed([None if lines is None else Fraction(lines), *parts])
    together = most_together(dict.fromkeys(terms.payment.lines, Fraction(1)), every, contract)
    return bound_text(smallest(apart, _repeated(together, settlements, terms)), terms)


def maximum_by_year_with_guarantees(contract: Contract, settled: Sequence[str] = ()) -> dict[str, str | None]:
    """Bound what falls due in each year from lines and guarantors together.

    Parameters
    ----------
    contract : Contract
        The contract.
    settled : sequence of str, optional
        Days of several settlements, YYYY-MM-DD, each of which pays.

    Returns
    -------
    dict of str to str or None
        By year, in order; None when nothing bounds it. Empty where `maximum_by_year` is.

    Notes
    -----
    A guarantee falls due with the certificate: `payment.due_days` after `dates.certificate_due` or each of the days
    given. Where the file does not say when, it counts in every year in which a line falls due.
    """
    terms = contract.model
    due, years = due_days(contract, settled), set()
    pairs = [*zip(due, guarantee_years(terms, settled), strict=True)] if due else []
    for days, year in pairs:
        years |= {day[:4] for day in days.values()} | ({year} if year and terms.payment.guarantees else set())
    lines = maximum_by_year(contract, settled)
    most = summed([guarantee_most(term, contract) for term in _guarantees(terms)])
    found: dict[str, str | None] = {}
    for year in sorted(years):
        every = [_in_year(year, days, contract, at, len(pairs) > 1) for days, at in pairs]
        own = lines.get(year, "0")
        times = sum(at in (None, year) for _, at in pairs)
        apart = None if own is None or most is None else Fraction(own) + times * most
        found[year] = bound_text(smallest(summed(every), apart), terms)
    return found


def guarantee_years(terms: ContractTerms, settled: Sequence[str]) -> list[str | None]:
    """The year in which guarantors pay, for each settlement.

    Parameters
    ----------
    terms : ContractTerms
    settled : sequence of str
        Days of several settlements; empty for one.

    Returns
    -------
    list of str or None
        None where the file does not say.
    """
    later, certified = terms.payment.due_days, terms.dates.certificate_due
    if settled:
        return [days_after(day, later or 0)[:4] for day in settled]
    return [None if later is None or certified is None else days_after(certified, later)[:4]]


def _in_year(
    year: str, days: dict[str, str], contract: Contract, guaranteed: str | None, several: bool
) -> Fraction | None:
    """The most of one settlement that falls due in a year."""
    terms = contract.model
    weights = {id: Fraction(1) for id, day in days.items() if day[:4] == year}
    every = _guarantees(terms) if guaranteed in (None, year) else ()
    apart = summed([most_in(year, days, terms), *(guarantee_most(term, contract) for term in every)])
    return smallest(apart, None if several and _taken_once(terms) else most_together(weights, every, contract))


def guarantee_maxima(contract: Contract) -> dict[str, str | None]:
    """Bound what each guarantor can pay: what is lacking where the lines to its beneficiary pay their least.

    Parameters
    ----------
    contract : Contract
        The contract.

    Returns
    -------
    dict of str to str or None
        For each guarantee a decimal; None when nothing bounds it.
    """
    terms = contract.model
    every = (terms.payment.guarantees or {}).items()
    return {id: bound_text(guarantee_most(term, contract), terms) for id, term in every}


def _repeated(once: Fraction | None, settlements: int | None, terms: ContractTerms) -> Fraction | None:
    """The most of so many settlements by that of one, which alone may be below zero.

    None where a line that is paid once always takes from the most of one: others come without it.
    """
    if settlements == 1:
        return once
    return None if _taken_once(terms) else in_all(once, settlements)


def _taken_once(terms: ContractTerms) -> bool:
    """Whether a line that is paid once is always below zero."""
    ends = ends_of_lines(terms).items()
    return any(high is not None and high < 0 and paid_once(id, terms) for id, (_, high) in ends)


def _guarantees(terms: ContractTerms) -> tuple[Guarantee, ...]:
    return tuple((terms.payment.guarantees or {}).values())


def _of_lines(weights: Mapping[str, Fraction], contract: Contract, settlements: int | None) -> Fraction | None:
    """The most that a party pays of the lines of which it bears these shares."""
    terms = contract.model
    once = _in_one(weights, contract)
    if settlements == 1:
        return once
    quantum = Fraction(terms.payment.quantum)
    times = times_paid(dict.fromkeys(weights, settlements), terms)
    odd = {id: odd_quanta(id, one, terms) for id, one in weights.items()}
    parts = [Fraction(0) if not odd[id] else None if n is None else n * odd[id] * quantum for id, n in times.items()]
    uneven = summed(parts)
    own = apart(times, terms, shares=weights)
    own = None if own is None or uneven is None else up(own, quantum) + uneven
    lines = summed([in_all(_of_line(id, one, terms), times[id]) for id, one in weights.items()])
    every = smallest(_repeated(once, settlements, terms), own, lines)
    total, share = maximum_over(contract, settlements), max(weights.values())
    same = share == min(weights.values()) and len(weights) == len(terms.payment.lines)
    if total is None or not (same or _nothing_back(terms)):
        return every
    if not any(odd.values()):
        return smallest(every, Fraction(total))
    return smallest(every, None if uneven is None else up(share * Fraction(total), quantum) + uneven)


def _nothing_back(terms: ContractTerms) -> bool:
    """Whether each line pays nothing or more in all: a cumulative one may get back what it paid, and no more."""
    payment, ranges = terms.payment, figure_bounds(terms.figures)
    lows = [line.limit_bounds(line.pays.bounds(ranges))[0] for line in payment.lines.values()]
    known = [line.true_up is not None and is_decimal(line.true_up.paid) for line in payment.lines.values()]
    between = (payment.netting, payment.floor, payment.floors or None)
    if terms.amendment is not None and any(  # what is paid back may have been paid by the files before
        line.true_up is not None and line.true_up.below_zero == "clawback" for line in payment.lines.values()
    ):
        return False
    return between == (None, None, None) and not any(known) and all(low is not None and low >= 0 for low in lows)


def _in_one(weights: Mapping[str, Fraction], contract: Contract) -> Fraction | None:
    """The same in one settlement."""
    terms = contract.model
    quantum = Fraction(terms.payment.quantum)
    odd = {id: odd_quanta(id, weight, terms) for id, weight in weights.items()}
    uneven = max(sum(odd.values()) - 1, 0) * quantum
    highs = [_of_line(id, weight, terms) for id, weight in weights.items()]
    return smallest(most_together(weights, (), contract), summed(highs), _of_total(weights, contract, uneven))


def _of_line(id: str, weight: Fraction, terms: ContractTerms) -> Fraction | None:
    """The most of a share of one line, or nothing, in one settlement."""
    (_, high), quantum, odd = ends_of_lines(terms)[id], Fraction(terms.payment.quantum), odd_quanta(id, weight, terms)
    return None if high is None else up(max(high, Fraction(0)) * weight, quantum) + max(odd - 1, 0) * quantum


def _of_total(weights: Mapping[str, Fraction], contract: Contract, uneven: Fraction) -> Fraction | None:
    """The share of what all lines pay, where the party has the same share of every line."""
    total, shares, payment = maximum_total(contract), set(weights.values()), contract.model.payment
    if total is None or len(weights) < len(payment.lines) or len(shares) > 1:
        return None
    return up(shares.pop() * Fraction(total), Fraction(payment.quantum)) + uneven
