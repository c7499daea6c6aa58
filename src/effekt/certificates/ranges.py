"""Every number of a settlement under all values that its hidden counts may have."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal, TypeAlias

from effekt.contracts import Contract, Events, Figure, Settlement, complete_figures, settle_figures
from effekt.contracts.figures import DerivedFigure, quantise

Kind: TypeAlias = Literal["exact", "range", "hidden", "none"]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranges:
    """Every number of the settlement under all possible values of the hidden counts."""

    found: Mapping[str, tuple[str | None, ...]]
    counts: Mapping[str, int]
    settlements: int

    @classmethod
    def over(
        cls,
        contract: Contract,
        figures: Mapping[str, Figure],
        possible: Mapping[str, tuple[str, ...]],
        events: Events | None = None,
    ) -> Ranges:
        """Settle once for each combination of possible values."""
        terms = contract.model.figures
        given = {id: figure for id, figure in figures.items() if not isinstance(terms[id], DerivedFigure)}
        collected: dict[str, dict[str | None, None]] = {}
        counts: dict[str, int] = {}
        settlements = 0
        for values in itertools.product(*possible.values()):
            chosen = given | {id: replace(given[id], value=value) for id, value in zip(possible, values, strict=True)}
            chosen = _summed(contract, chosen, possible)
            settlement = settle_figures(contract, chosen, events)
            numbers = numbers_of(settlement, complete_figures(contract, chosen))
            for key, number in (*numbers, *_words(settlement)):
                collected.setdefault(key, {})[number] = None
                counts[key] = counts.get(key, 0) + 1
            settlements += 1
        found = {key: tuple(numbers) for key, numbers in collected.items()}
        return cls(found=found, counts=counts, settlements=settlements)

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


def _summed(contract: Contract, chosen: dict[str, Figure], possible: Mapping[str, object]) -> dict[str, Figure]:
    """With each declared sum of hidden counts added up again."""
    for total, parts in sums_of(contract).items():
        values = [chosen[part].value for part in parts]
        if any(part in possible for part in parts) and None not in values and chosen[total].value is not None:
            added = sum(Fraction(value or "0") for value in values)
            chosen[total] = replace(chosen[total], value=quantise(Fraction(added), chosen[total].digits))
    return chosen


def numbers_of(settlement: Settlement, figures: Mapping[str, Figure]) -> Iterator[tuple[str, str | None]]:
    """Each number of a settlement with its place, such as "lines/bonus"."""
    yield "state", settlement.state
    yield "total", settlement.total
    yield "undisputed", settlement.undisputed
    yield from ((f"figures/{id}", figure.value) for id, figure in figures.items())
    for line in settlement.lines:
        yield f"lines/{line.id}", line.amount
        by_payer = {share.payer: share.amount for share in line.shares}
        yield from ((f"shares/{line.id}/{payer}", amount) for payer, amount in by_payer.items())
    if settlement.distribution is not None:
        yield from ((f"receipts/{one.party}", one.amount) for one in settlement.distribution.receipts)
    yield from ((f"guarantees/{one.id}", one.amount) for one in settlement.guarantees)
    kept = {one.id: one.withheld for one in settlement.standings if one.of == "line" and one.withheld is not None}
    yield from ((f"withheld/{line.id}", kept.get(line.id, "0")) for line in settlement.lines if settlement.standings)


def _words(settlement: Settlement) -> Iterator[tuple[str, str | None]]:
    """The state of each line, and how each figure and line stands after declared events."""
    yield from ((f"line_states/{line.id}", line.state) for line in settlement.lines)
    stands: dict[str, list[str]] = {}
    for one in settlement.standings:
        stands.setdefault(f"standings/{one.of}s/{one.id}", []).append(one.state)
    yield from ((place, " ".join(states)) for place, states in stands.items())


def sums_of(contract: Contract) -> Mapping[str, tuple[str, ...]]:
    """The sums that a contract declares under ``disclosure.sums``, each with its parts."""
    disclosure = contract.model.disclosure
    return (disclosure.sums if disclosure is not None else None) or {}
