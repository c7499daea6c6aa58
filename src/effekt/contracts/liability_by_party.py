"""The most that each party can come to pay, and all of them together with what guarantors pay beside the lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from effekt._calendar import days_after
from effekt.contracts.figures import Range
from effekt.contracts.liability import bound_text, ends_before_caps, ends_of_lines, maximum_over, maximum_total
from effekt.contracts.model import Contract, ContractTerms
from effekt.contracts.money import round_to
from effekt.contracts.payment import Guarantee, Payment
from effekt.contracts.receivers import guarantee_maximum
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
    which can add up to one quantum a line less one. A guarantee is counted whole, but for a guarantor that itself pays
    its beneficiary: what the lines give is not lacking. Each party's bound holds by itself: they can sum to more than
    what all pay together.
    """
    terms = contract.model
    found = {}
    for party in terms.parties:
        weights = {id: Fraction(line.payers[party]) for id, line in terms.payment.lines.items() if party in line.payers}
        backed = [term for term in _guarantees(terms) if term.guarantor == party]
        if weights or backed:
            lines = _of_lines(weights, contract, settlements) if weights else Fraction(0)
            parts = [lines, *(_in_all(guarantee_maximum(term, terms), settlements) for term in backed)]
            together = _together(weights, backed, terms) if settlements == 1 else None
            found[party] = bound_text(_least(_sum(parts), together), terms)
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
    parts = [_in_all(guarantee_maximum(term, terms), settlements) for term in every]
    apart = _sum([None if lines is None else Fraction(lines), *parts])
    whole = dict.fromkeys(terms.payment.lines, Fraction(1))
    return bound_text(_least(apart, _together(whole, every, terms) if once else None), terms)


def guaranteed_by_year(contract: Contract, years: Iterable[str], settled: Sequence[str] = ()) -> dict[str, str | None]:
    """Bound what guarantors can pay in each year, by the day of the certificate and ``payment.due_days``.

    Parameters
    ----------
    contract : Contract
        The contract.
    years : iterable of str
        Those in which lines fall due: where the file does not say when a guarantee does, it can be in any of them.
    settled : sequence of str, optional
        Days of several settlements, YYYY-MM-DD.

    Returns
    -------
    dict of str to str or None
        By year; None when nothing bounds it.
    """
    terms = contract.model
    most = _sum([guarantee_maximum(term, terms) for term in _guarantees(terms)])
    later, certified = terms.payment.due_days, terms.dates.certificate_due
    if not settled and (later is None or certified is None):
        return dict.fromkeys(years, bound_text(most, terms))
    days = [days_after(day, later or 0)[:4] for day in settled or (certified or "",)]
    times = {year: days.count(year) for year in sorted(set(days))}
    return {year: bound_text(None if most is None else most * count, terms) for year, count in times.items()}


def _guarantees(terms: ContractTerms) -> tuple[Guarantee, ...]:
    return tuple((terms.payment.guarantees or {}).values())


def _in_all(most: Fraction | None, settlements: int | None) -> Fraction | None:
    """So many times the most of one settlement."""
    if most is None or (settlements is None and most > 0):
        return None
    return most * (settlements or 0)


def _together(weights: Mapping[str, Fraction], every: Sequence[Guarantee], terms: ContractTerms) -> Fraction | None:
    """What shares of lines and guarantees come to where every line pays its most; None where that may not be most.

    It is most where each beneficiary has one guarantor here, who bears no larger a share of what is lacking than of the
    lines to that beneficiary.
    """
    ends, quantum = ends_of_lines(terms), Fraction(terms.payment.quantum)
    highs = {id: high for id, (_, high) in ends.items()}
    if None in highs.values() or len({term.beneficiary for term in every}) < len(every):
        return None
    lines = terms.payment.lines.items()
    concerned = [(term, id) for term in every for id, line in lines if line.payee == term.beneficiary]
    if any(weights.get(id, Fraction(0)) < Fraction(term.share) for term, id in concerned):
        return None
    paid = [_up(max(highs[id] or Fraction(0), Fraction(0)) * weight, quantum) for id, weight in weights.items()]
    return _sum([*paid, *(_borne(term, highs, terms) for term in every)])


def _borne(term: Guarantee, highs: Mapping[str, Fraction | None], terms: ContractTerms) -> Fraction | None:
    """What a guarantor pays where every line pays its most; its own most where that goes through a waterfall."""
    passed = terms.payment.waterfall
    through = passed is not None and (
        passed.source == term.beneficiary or any(term.beneficiary in step.to for step in passed.steps)
    )
    most = guarantee_maximum(term, terms)
    if through or not is_decimal(term.amount):
        return most
    lines = terms.payment.lines.items()
    paid = sum((highs[id] or Fraction(0) for id, line in lines if line.payee == term.beneficiary), Fraction(0))
    lacking = max(Fraction(term.amount) - max(paid, Fraction(0)), Fraction(0))
    return _least(
        most, round_to(Fraction(term.share) * lacking, Fraction(terms.payment.quantum), terms.payment.rounding)
    )


def _of_lines(weights: Mapping[str, Fraction], contract: Contract, settlements: int | None) -> Fraction | None:
    """The most that a party pays of the lines of which it bears these shares."""
    terms = contract.model
    once = _in_one(weights, contract)
    if settlements == 1:
        return once
    every = None if settlements is None or once is None else settlements * max(once, Fraction(0))
    total, share = maximum_over(contract, settlements), max(weights.values())
    if total is None or share != min(weights.values()) or len(weights) < len(terms.payment.lines):
        return every
    if share == 1:
        return _least(every, Fraction(total))
    quantum = Fraction(terms.payment.quantum)
    uneven = None if settlements is None else settlements * len(weights) * quantum
    return _least(every, None if uneven is None else _up(share * Fraction(total), quantum) + uneven)


def _in_one(weights: Mapping[str, Fraction], contract: Contract) -> Fraction | None:
    """The same in one settlement."""
    terms = contract.model
    quantum = Fraction(terms.payment.quantum)
    ends = ends_of_lines(terms)
    uneven = max(sum(weight < 1 for weight in weights.values()) - 1, 0) * quantum
    filled = _filled(weights, terms)
    under_caps = None if filled is None else _up(filled, quantum) + uneven
    highs = [
        None if high is None else _up(max(high, Fraction(0)) * weight, quantum)
        for (_, high), weight in ((ends[id], weight) for id, weight in weights.items())
    ]
    return _least(under_caps, _sum(highs), _of_total(weights, contract, uneven))


def _of_total(weights: Mapping[str, Fraction], contract: Contract, uneven: Fraction) -> Fraction | None:
    """The largest share of what all lines pay, where no line that the party has another share of can be below zero."""
    total, ends = maximum_total(contract), ends_before_caps(contract.model)
    same = len(weights) == len(ends) and len(set(weights.values())) == 1
    if total is None or not (same or all(low is not None and low >= 0 for low, _ in ends.values())):
        return None
    return _up(max(weights.values()) * Fraction(total), Fraction(contract.model.payment.quantum)) + uneven


def _filled(weights: Mapping[str, Fraction], terms: ContractTerms) -> Fraction | None:
    """The greatest weighted sum of all lines between their ends and under their caps, in exact numbers."""
    ends = _closed(ends_of_lines(terms), ends_before_caps(terms))
    if ends is None:
        return None
    room = {id: high - low for id, (low, high) in ends.items()}
    left = _rooms(ends, terms.payment)
    most = Fraction(0)
    for id, weight in sorted(weights.items(), key=lambda item: item[1], reverse=True):
        groups = [lines for lines in left if id in lines]
        taken = max(min([room[id], *(left[lines] for lines in groups)]), Fraction(0))
        for lines in groups:
            left[lines] -= taken
        most += weight * (ends[id][0] + taken)
    return most


def _rooms(ends: Mapping[str, tuple[Fraction, Fraction]], payment: Payment) -> dict[frozenset[str], Fraction]:
    """What each cap leaves above the least of the lines under it."""
    caps = {frozenset(cap.lines): Fraction(cap.amount) for cap in (payment.caps or {}).values()}
    if payment.cap is not None:
        every = frozenset(ends)
        caps[every] = min(Fraction(payment.cap.amount), caps.get(every, Fraction(payment.cap.amount)))
    return {lines: cap - sum((ends[id][0] for id in lines), Fraction(0)) for lines, cap in caps.items()}


def _closed(after: Mapping[str, Range], before: Mapping[str, Range]) -> dict[str, tuple[Fraction, Fraction]] | None:
    """Ends that are numbers: a line without a least one goes as low as any other can use; None without a greatest."""
    if any(high is None for _, high in after.values()):
        return None
    highs = {id: high for id, (_, high) in after.items() if high is not None}
    far = sum((max(high, Fraction(0)) for high in highs.values()), Fraction(0))
    return {
        id: (-far - 1 if before[id][0] is None else min(before[id][0] or Fraction(0), Fraction(0)), high)
        for id, high in highs.items()
    }


def _up(value: Fraction, quantum: Fraction) -> Fraction:
    """The least whole number of quanta that is no less."""
    return -(-value // quantum) * quantum


def _sum(values: list[Fraction | None]) -> Fraction | None:
    return None if None in values else sum((value for value in values if value is not None), Fraction(0))


def _least(*values: Fraction | None) -> Fraction | None:
    return min((value for value in values if value is not None), default=None)
