"""Every number of a settlement under all values that its hidden counts may have."""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Literal, TypeAlias

from effekt.certificates.annual import years_due
from effekt.contracts import Contract, Events, Figure, Settlement, settle_figures
from effekt.contracts.figures import DerivedFigure, quantise
from effekt.contracts.money import decimal_text, fraction, money_digits
from effekt.contracts.paying import reading
from effekt.contracts.settled import STANDING_STATES, StandingState

MAX_SETTLEMENTS = 1024  # to find the ranges; with more what depends on the counts is hidden
MAX_TERMS = 250_000  # read in all of these together, about ten seconds
Kind: TypeAlias = Literal["exact", "range", "hidden", "none"]
OF_ALL = ("state", "total", "undisputed")  # what every line has a part in
BY_YEAR = "by_year/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A number as it is shown.

    Attributes
    ----------
    kind : {"exact", "range", "hidden", "none"}
        "none" where it has no value.
    low, high : str or None
        Decimals; equal where it is exact.
    """

    kind: Kind
    low: str | None = None
    high: str | None = None

    def __post_init__(self) -> None:
        for end in (self.low, self.high):
            if end is not None:
                fraction(end)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranges:
    """Every number of the settlement under all possible values of the hidden counts.

    `years` has the year in which each line falls due, where amounts are shown by year.
    """

    found: Mapping[str, tuple[str | None, ...]]
    counts: Mapping[str, int]
    settlements: int
    years: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def over(
        cls,
        contract: Contract,
        figures: Mapping[str, Figure],
        possible: Mapping[str, tuple[str, ...]],
        events: Events | None = None,
        *,
        date: str,
        most: int | None = None,
    ) -> Ranges | None:
        """Settle for each combination of possible values; None where that is more often than `most`.

        By `date`, the day of the certificate, a line without a day of its own falls due.

        Without it that is how often the contract is settled at most, see `most_settlements`.

        Where there are more combinations, and no number but those of the whole depends on counts of two groups, each
        group is settled for itself, the others at one of their values: the numbers of a group have then all the values
        that they have in any combination, and the ends of a total are those of its parts together.
        """
        groups = groups_settled(contract, possible, events, most=most)
        if groups is None:
            return None
        if len(groups) == 1:
            return cls.of_group(contract, figures, possible, groups[0], events, date=date)
        return _joined(
            [cls.of_group(contract, figures, possible, group, events, date=date) for group in groups], contract
        )

    @classmethod
    def of_group(
        cls,
        contract: Contract,
        figures: Mapping[str, Figure],
        possible: Mapping[str, tuple[str, ...]],
        group: tuple[str, ...],
        events: Events | None,
        *,
        date: str,
    ) -> Ranges:
        """Over each combination of the counts of one group, with the others at their first possible values."""
        terms = contract.model.figures
        given = {id: figure for id, figure in figures.items() if not isinstance(terms[id], DerivedFigure)}
        given |= {id: replace(given[id], value=values[0]) for id, values in possible.items()}
        collected: dict[str, dict[str | None, None]] = {}
        counts: dict[str, int] = {}
        settlements, years = 0, years_due(contract, date)
        for values in itertools.product(*(possible[id] for id in group)):
            chosen = given | {id: replace(given[id], value=value) for id, value in zip(group, values, strict=True)}
            chosen = _summed(contract, chosen, possible)
            settlement = settle_figures(contract, chosen, events, in_words=False)
            numbers = numbers_of(settlement, {figure.id: figure for figure in settlement.figures}, years)
            for key, number in (*numbers, *_words(settlement)):
                collected.setdefault(key, {})[number] = None
                counts[key] = counts.get(key, 0) + 1
            settlements += 1
        found = {key: tuple(numbers) for key, numbers in collected.items()}
        return cls(found=found, counts=counts, settlements=settlements, years=years)

    def partial(self, key: str) -> bool:
        """Whether a number exists for some of the possible values and not for others."""
        return None in self.found[key] and len(self.found[key]) > 1

    def word(self, key: str) -> str | None:
        """A word that is the same for all possible values; None where it is not, or is missing for some."""
        values = self.found[key]
        return values[0] if len(values) == 1 and self.counts[key] == self.settlements else None

    def one(self, key: str) -> Shown:
        """A number exactly, or its range; hidden where it may or may not exist."""
        values = self.found[key]
        known = [value for value in values if value is not None]
        if len(values) == 1:
            return Shown(kind="exact", low=known[0], high=known[0]) if known else Shown(kind="none")
        if self.partial(key):
            return Shown(kind="hidden")
        return Shown(kind="range", low=min(known, key=Fraction), high=max(known, key=Fraction))


def most_settlements(contract: Contract) -> int:
    """How often a contract is settled at most to find ranges: the longer it is, the fewer times.

    Parameters
    ----------
    contract : Contract

    Returns
    -------
    int
        At most 1,024, and so often that its terms of payment and computed figures are read 250,000 times together.
    """
    derived = [one for one in contract.model.figures.values() if isinstance(one, DerivedFigure)]
    terms = sum(_terms(one.model_dump(exclude_none=True)) for one in (contract.model.payment, *derived))
    return max(1, min(MAX_SETTLEMENTS, MAX_TERMS // terms))


def _terms(plain: object) -> int:
    """How many mappings a term is written with."""
    if isinstance(plain, Mapping):
        return 1 + sum(_terms(one) for one in plain.values())
    return sum(_terms(one) for one in plain) if isinstance(plain, list | tuple) else 0


def groups_settled(
    contract: Contract,
    possible: Mapping[str, tuple[str, ...]],
    events: Events | None = None,
    *,
    most: int | None = None,
) -> tuple[tuple[str, ...], ...] | None:
    """The groups of hidden counts whose combinations are settled, all in one where they can be; None where too many.

    Parameters
    ----------
    contract : Contract
    possible : mapping of figure to tuple of str
    events : Events, optional
    most : int, optional

    Returns
    -------
    tuple of tuple of figure, or None
    """
    limit = most_settlements(contract) if most is None else most
    if _combinations(possible, possible) <= limit:
        return (tuple(possible),)
    groups = apart(contract, possible) if events is None else ()
    few = len(groups) > 1 and sum(_combinations(possible, group) for group in groups) <= limit
    return groups if few else None


def _combinations(possible: Mapping[str, tuple[str, ...]], group: Iterable[str]) -> int:
    return math.prod(len(possible[id]) for id in group)


def apart(contract: Contract, possible: Collection[str]) -> tuple[tuple[str, ...], ...]:
    """Hidden counts in groups, so that what a line or figure reads is of one; all in one where a rule joins lines.

    Parameters
    ----------
    contract : Contract
    possible : collection of figure
        The hidden counts.

    Returns
    -------
    tuple of tuple of figure
        In the order of the counts.
    """
    payment, figures = contract.model.payment, contract.model.figures
    joining = (payment.netting, payment.caps, payment.cap, payment.floors, payment.floor)
    if any(rule is not None for rule in (*joining, payment.waterfall, payment.guarantees)):
        return (tuple(possible),)
    groups = [{id} for id in possible]
    for part in (*payment.lines.values(), *figures):
        read = _read(part, contract).intersection(possible)
        touched = [group for group in groups if group & read]
        groups = [group for group in groups if not group & read] + ([set().union(*touched)] if touched else [])
    order = list(possible)
    return tuple(sorted((tuple(sorted(group, key=order.index)) for group in groups), key=lambda g: order.index(g[0])))


def _read(part: object, contract: Contract) -> set[str]:
    """All figures that a line or figure reads, with what they are computed from or declared the sum of."""
    figures, sums = contract.model.figures, sums_of(contract)
    found: set[str] = set()
    more = set(reading(part, figures))
    while more - found:
        found |= more
        more = {id for total in found & sums.keys() for id in reading(sums[total], figures)}
    return found


def _joined(tables: Sequence[Ranges], contract: Contract) -> Ranges | None:
    """The ranges of groups as those of all their combinations; None where a line may or may not have an amount."""
    keys = dict.fromkeys(key for table in tables for key in table.found)
    found = {key: tuple(dict.fromkeys(one for table in tables for one in table.found.get(key, ()))) for key in keys}
    joined = Ranges(
        found=found,
        counts={key: sum(table.counts.get(key, 0) for table in tables) for key in keys},
        settlements=sum(table.settlements for table in tables),
        years=tables[0].years,
    )
    lines = contract.model.payment.lines
    alone = [key for key in keys if key not in OF_ALL and not key.startswith(BY_YEAR)]
    if any(sum(len(table.found.get(key, ())) > 1 for table in tables) > 1 for key in alone):
        return None
    if any(None in found[f"lines/{id}"] and joined.word(f"line_states/{id}") is None for id in lines):
        return None
    if any(joined.partial(f"lines/{id}") for id in lines):
        return None
    digits = money_digits(contract.model.payment.quantum)
    for key in (one for one in keys if one.startswith(BY_YEAR) and None not in found[one]):
        found[key] = _texts(_ends([table.found[key] for table in tables]), digits)
    low, high = _ends([table.found["undisputed"] for table in tables])
    ends = _texts((low, high), digits)
    if None in found["total"]:
        return replace(joined, found=found | {"undisputed": ends})
    states = (
        ("payable",) if low > 0 or high < 0 else ("zero_by_terms",) if low == high else ("payable", "zero_by_terms")
    )
    return replace(joined, found=found | {"undisputed": ends, "total": ends, "state": states})


def _texts(ends: Iterable[Fraction], digits: int) -> tuple[str, ...]:
    return tuple(dict.fromkeys(decimal_text(end, digits) for end in ends))


def _ends(tables: Sequence[tuple[str | None, ...]]) -> tuple[Fraction, Fraction]:
    """The least and the greatest sum of parts, of which each table moves one from the same first sum."""
    sums = [[Fraction(one) for one in table if one is not None] for table in tables]
    first = sums[0][0]
    return first + sum(min(one) - first for one in sums), first + sum(max(one) - first for one in sums)


def _summed(contract: Contract, chosen: dict[str, Figure], possible: Mapping[str, object]) -> dict[str, Figure]:
    """With each declared sum of hidden counts added up again."""
    for total, parts in sums_of(contract).items():
        values = [chosen[part].value for part in parts]
        if any(part in possible for part in parts) and None not in values and chosen[total].value is not None:
            added = sum(Fraction(value or "0") for value in values)
            chosen[total] = replace(chosen[total], value=quantise(Fraction(added), chosen[total].digits))
    return chosen


def numbers_of(
    settlement: Settlement, figures: Mapping[str, Figure], years: Mapping[str, str]
) -> Iterator[tuple[str, str | None]]:
    """Each number of a settlement with its place, such as "lines/bonus"; also by the year in which each line is due."""
    yield "state", settlement.state
    yield "total", settlement.total
    yield "undisputed", settlement.undisputed
    yield from ((f"figures/{id}", figure.value) for id, figure in figures.items())
    for line in settlement.lines:
        yield f"lines/{line.id}", line.amount
        by_payer = {share.payer: share.amount for share in line.shares}
        yield from ((f"shares/{line.id}/{payer}", amount) for payer, amount in by_payer.items())
    due: dict[str, list[str | None]] = {}
    for line in settlement.lines if years else ():
        due.setdefault(years[line.id], []).append(line.amount)
    yield from ((f"{BY_YEAR}{year}", total_of(amounts)) for year, amounts in sorted(due.items()))
    if settlement.distribution is not None:
        yield from ((f"receipts/{one.party}", one.amount) for one in settlement.distribution.receipts)
    yield from ((f"guarantees/{one.id}", one.amount) for one in settlement.guarantees)
    kept = {one.id: one.withheld for one in settlement.standings if one.of == "line" and one.withheld is not None}
    yield from ((f"withheld/{line.id}", kept.get(line.id, "0")) for line in settlement.lines if settlement.standings)


def total_of(amounts: Iterable[str | None]) -> str | None:
    """The sum of amounts with as many decimals as the first has; None where one has no value."""
    every = [*amounts]
    known = [one for one in every if one is not None]
    if len(known) < len(every):
        return None
    return decimal_text(sum(map(Fraction, known), Fraction(0)), len(known[0].partition(".")[2]))


def _words(settlement: Settlement) -> Iterator[tuple[str, str | None]]:
    """The state of each line, and how each figure and line stands after declared events, each way once and in order."""
    yield from ((f"line_states/{line.id}", line.state) for line in settlement.lines)
    stands: dict[str, set[StandingState]] = {}
    for one in settlement.standings:
        stands.setdefault(f"standings/{one.of}s/{one.id}", set()).add(one.state)
    yield from ((place, " ".join(in_order(states))) for place, states in stands.items())


def in_order(states: Iterable[StandingState]) -> tuple[StandingState, ...]:
    """Ways in which a figure or a line stands as a statement has them: each once, in one order.

    Parameters
    ----------
    states : iterable of str

    Returns
    -------
    tuple of str
    """
    return tuple(sorted({*states}, key=STANDING_STATES.index))


def sums_of(contract: Contract) -> Mapping[str, tuple[str, ...]]:
    """The sums that a contract declares under ``disclosure.sums``, each with its parts."""
    disclosure = contract.model.disclosure
    return (disclosure.sums if disclosure is not None else None) or {}
