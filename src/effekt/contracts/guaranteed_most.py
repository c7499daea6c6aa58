"""The most of lines and guarantees together: what the lines give a beneficiary is not lacking for it.

A guarantee is the greatest over some ways of the least of straight forms in the sum of the lines that reach its
beneficiary. For one way of each guarantee, any mixture of its forms is no less than their least, and with a mixture the
whole is a weighted sum of lines, whose greatest under the caps is found by filling lines in the order of their weights.
The least of that over the mixtures at which the order changes is exact for one guarantee, and on the safe side for
several.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from effekt.contracts.figures import Range, figure_bounds
from effekt.contracts.liability import ends_before_caps, ends_of_lines, least_of, maximum_total
from effekt.contracts.model import Contract, ContractTerms
from effekt.contracts.money import round_to
from effekt.contracts.payment import Guarantee
from effekt.contracts.receivers import guarantee_maximum
from effekt.contracts.schema import is_decimal

ZERO, ONE = Fraction(0), Fraction(1)
MIXTURES = 2000  # more than so many are not tried: then each guarantee counts whole, or as if no line left any of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """At most `most`, and at most `start` less `falls` times the sum of the guarantee's lines, where it falls."""

    most: Fraction
    start: Fraction = ZERO
    falls: Fraction = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class Backing:
    """What a guarantor pays: the greatest of its ways, by the sum of some lines."""

    lines: tuple[str, ...]
    ways: tuple[Way, ...]


def guarantee_most(term: Guarantee, contract: Contract) -> Fraction | None:
    """The most that a guarantor can pay, whatever the least is that its beneficiary gets.

    Parameters
    ----------
    term : Guarantee
    contract : Contract

    Returns
    -------
    Fraction or None
        None when nothing bounds it.
    """
    backing = _backing(term, contract)
    return None if backing is None else max(way.most for way in backing.ways)


def most_together(weights: Mapping[str, Fraction], every: Sequence[Guarantee], contract: Contract) -> Fraction | None:
    """The most that shares of lines and some guarantees come to in one settlement.

    Parameters
    ----------
    weights : mapping of line to Fraction
        The shares, above 0 and at most 1; other lines count nothing.
    every : sequence of Guarantee
    contract : Contract

    Returns
    -------
    Fraction or None
        In whole quanta; None where a line or a guarantee has no bound.
    """
    terms = contract.model
    backings = [_backing(term, contract) for term in every]
    known = [backing for backing in backings if backing is not None]
    room = _Room.of(contract)
    if room is None or len(known) < len(backings):
        return None
    ways = itertools.product(*(backing.ways for backing in known))
    most = max(_least_mixture(weights, [*zip(known, some, strict=True)], room) for some in ways)
    quantum, odd = Fraction(terms.payment.quantum), sum(odd_quanta(id, weight, terms) for id, weight in weights.items())
    if not odd:
        return most // quantum * quantum
    return up(most, quantum) + (odd - 1) * quantum


def odd_quanta(id: str, weight: Fraction, terms: ContractTerms) -> int:
    """Fewer quanta than so many can a payer's part of a line, in one settlement, be above its share.

    Parameters
    ----------
    id : str
        The line.
    weight : Fraction
        The payer's share.
    terms : ContractTerms

    Returns
    -------
    int
        0 of one who pays all, 1 of whole quanta, 2 where a part of what was paid before is deducted that can have been
        below its share: by largest remainder among three or more, or of something paid back.
    """
    line, payment = terms.payment.lines[id], terms.payment
    if weight == 1:
        return 0
    least = line.least_paid(Fraction(payment.quantum), payment.rounding)
    return 2 if line.in_parts and (len(line.payers) > 2 or least is None or least < 0) else 1


def _least_mixture(weights: Mapping[str, Fraction], some: Sequence[tuple[Backing, Way]], room: _Room) -> Fraction:
    """The least over mixtures of what is certainly no less than these ways of the guarantees."""
    grids = [_mixtures(weights, backing, way) for backing, way in some]
    if math.prod(map(len, grids)) > MIXTURES:
        grids = [(ZERO, ONE) if way.falls else (ZERO,) for _, way in some]
    return min(_mixed(weights, some, parts, room) for parts in itertools.product(*grids))


def _mixtures(weights: Mapping[str, Fraction], backing: Backing, way: Way) -> tuple[Fraction, ...]:
    """The parts of the falling form at which a line's weight is that of another line, or nothing."""
    if not way.falls:
        return (ZERO,)
    own = {weights.get(id, ZERO) for id in backing.lines}
    parts = {(one - other) / way.falls for one in own for other in {ZERO, *weights.values()}}
    return tuple(sorted(part for part in parts | {ZERO, ONE} if 0 <= part <= 1))


def _mixed(
    weights: Mapping[str, Fraction], some: Sequence[tuple[Backing, Way]], parts: Sequence[Fraction], room: _Room
) -> Fraction:
    """The most where of each guarantee so large a part is taken from its falling form."""
    left, constant = dict(weights), ZERO
    for (backing, way), part in zip(some, parts, strict=True):
        constant += (1 - part) * way.most + part * way.start
        for id in backing.lines:
            left[id] = left.get(id, ZERO) - part * way.falls
    return constant + room.most(left)


# ------------------------------------------------------------------------------------------------ a guarantee


def _backing(term: Guarantee, contract: Contract) -> Backing | None:
    """What a guarantor pays by the lines that reach its beneficiary; None when nothing bounds it."""
    terms = contract.model
    whole = _whole(term, terms)
    if whole is None or not is_decimal(term.amount):
        return None if whole is None else Backing(lines=(), ways=(Way(most=whole),))
    passed = terms.payment.waterfall
    steps = () if passed is None else passed.steps
    through = [place for place, step in enumerate(steps) if term.beneficiary in step.to]
    source = None if passed is None else passed.source
    direct = tuple(
        id for id, line in terms.payment.lines.items() if line.payee == term.beneficiary and source != term.beneficiary
    )
    if not through:
        return _direct(term, direct, whole, contract)
    pieces = _piece(through, term.beneficiary, terms)
    if direct or pieces is None or source is None:  # several ways to the beneficiary: it may get as little as nothing
        return Backing(lines=(), ways=(Way(most=whole),))
    onward = tuple(id for id, line in terms.payment.lines.items() if line.payee == source)
    return _passed_on(term, onward, pieces, contract)


def _whole(term: Guarantee, terms: ContractTerms) -> Fraction | None:
    """The most a guarantor can pay whatever the lines give, of a figure by its greatest value."""
    known = guarantee_maximum(term, terms)
    most = None if is_decimal(term.amount) else figure_bounds(terms.figures)[term.amount][1]
    if most is None:
        return known
    share = Fraction(term.share) * max(most, ZERO)
    whole = round_to(share, Fraction(terms.payment.quantum), terms.payment.rounding)
    return whole if known is None else min(known, whole)


def _direct(term: Guarantee, lines: tuple[str, ...], whole: Fraction, contract: Contract) -> Backing:
    """The share of what is lacking beside the sum of the lines to the beneficiary."""
    amount, share = Fraction(term.amount), Fraction(term.share)
    if not lines:
        return Backing(lines=(), ways=(Way(most=whole),))
    least = max(least_of(lines, contract) or ZERO, ZERO)
    most, start = _paid(term, amount - least, contract), share * amount + _gain(share, share * amount, contract)
    return Backing(lines=lines, ways=(Way(most=ZERO), Way(most=most, start=start, falls=share)))


def _passed_on(
    term: Guarantee, lines: tuple[str, ...], piece: tuple[Fraction, Fraction, Fraction | None], contract: Contract
) -> Backing:
    """The same where the beneficiary has a part of one step: of what is over `before`, up to `size`."""
    before, part, size = piece
    amount, share, quantum = Fraction(term.amount), Fraction(term.share), Fraction(contract.model.payment.quantum)
    lost = ZERO if part == 1 else quantum  # of a part of whole quanta
    least = max((least_of(lines, contract) or ZERO) - before, ZERO)
    passed = part * (least if size is None else min(least, size))
    most = _paid(term, amount - max(passed - lost, ZERO), contract)
    start = share * (amount + part * before + lost) + _gain(share, share * amount, contract)
    ways = [Way(most=ZERO), Way(most=most, start=start, falls=share * part)]
    if size is not None:
        ways.append(Way(most=min(most, _paid(term, amount - part * size + lost, contract))))
    return Backing(lines=lines, ways=tuple(ways))


def _piece(
    through: Sequence[int], beneficiary: str, terms: ContractTerms
) -> tuple[Fraction, Fraction, Fraction | None] | None:
    """What goes before the beneficiary's only step, its part of that, and the step's size; None where a figure says."""
    passed = terms.payment.waterfall
    if passed is None or len(through) > 1:
        return None
    limits = [step.up_to for step in passed.steps[: through[0] + 1]]
    if any(limit is not None and not is_decimal(limit) for limit in limits):
        return None
    quantum, rounding = Fraction(terms.payment.quantum), terms.payment.rounding
    sizes = [None if limit is None else round_to(Fraction(limit), quantum, rounding) for limit in limits]
    before = sum((size for size in sizes[:-1] if size is not None), ZERO)
    return before, Fraction(passed.steps[through[0]].to[beneficiary]), sizes[-1]


def _paid(term: Guarantee, lacking: Fraction, contract: Contract) -> Fraction:
    """What is borne of what is lacking."""
    borne = Fraction(term.share) * max(lacking, ZERO)
    payment = contract.model.payment
    limited = borne if term.cap is None else min(borne, Fraction(term.cap))
    return round_to(limited, Fraction(payment.quantum), payment.rounding)


def _gain(falls: Fraction, start: Fraction, contract: Contract) -> Fraction:
    """The most that rounding to the nearest quantum can add to `start` less `falls` times an amount in whole quanta."""
    quantum = Fraction(contract.model.payment.quantum)
    parts = math.lcm((start / quantum).denominator, falls.denominator)
    return quantum * Fraction(parts // 2, parts)


# ---------------------------------------------------------------------------------------------- lines and caps


@dataclass(frozen=True, slots=True, kw_only=True)
class _Room:
    """Between which ends each line is, and what each cap leaves above the least of the lines under it."""

    ends: Mapping[str, tuple[Fraction, Fraction]]
    left: Mapping[frozenset[str], Fraction]

    @classmethod
    def of(cls, contract: Contract) -> _Room | None:
        """Caps on some lines lie within that on all, which is no more than what all lines can pay."""
        terms = contract.model
        ends = _closed(ends_of_lines(terms), ends_before_caps(terms))
        if ends is None:
            return None
        total = maximum_total(contract)
        caps = {frozenset(cap.lines): Fraction(cap.amount) for cap in (terms.payment.caps or {}).values()}
        if total is not None:  # no more than a cap on all lines, but where a floor raises it
            caps[frozenset(ends)] = Fraction(total)
        left = {lines: cap - sum((ends[id][0] for id in lines), ZERO) for lines, cap in caps.items()}
        return cls(ends=ends, left=left)

    def most(self, weights: Mapping[str, Fraction]) -> Fraction:
        """The greatest weighted sum: each line in the order of its weight as high as the caps let it."""
        left, found = dict(self.left), ZERO
        for id, weight in sorted(weights.items(), key=lambda item: item[1], reverse=True):
            low, high = self.ends[id]
            groups = [lines for lines in left if id in lines]
            taken = max(min([high - low, *(left[lines] for lines in groups)]), ZERO) if weight > 0 else ZERO
            for lines in groups:
                left[lines] -= taken
            found += weight * (low + taken)
        return found


def _closed(after: Mapping[str, Range], before: Mapping[str, Range]) -> dict[str, tuple[Fraction, Fraction]] | None:
    """Ends that are numbers: a line without a least one goes as low as any other can use; None without a greatest."""
    if any(high is None for _, high in after.values()):
        return None
    highs = {id: high for id, (_, high) in after.items() if high is not None}
    far = sum(map(abs, highs.values()), ZERO)
    lows = {id: -far if low is None else min(low, ZERO) for id, (low, _) in before.items()}
    return {id: (lows[id], high) for id, high in highs.items()}


def up(value: Fraction, quantum: Fraction) -> Fraction:
    """The least whole number of quanta that is no less.

    Parameters
    ----------
    value, quantum : Fraction

    Returns
    -------
    Fraction
    """
    return -(-value // quantum) * quantum
