"""Exact cells of a unit × period panel and their means over windows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import chain, product
from typing import Literal, TypeAlias

import numpy as np

from effekt._calendar import period_label
from effekt._decimals import decimal_integers
from effekt._types import Missing, Period, Table
from effekt.estimators.trend.number import ExactNumber, added, mean_of, mean_of_products, total
from effekt.roles import Outcome
from effekt.tables import Selection, as_table

KEPT = 16  # groups of units whose sums by period are kept
WindowMean: TypeAlias = Literal["ratio_of_sums", "mean_of_periods"]

NOT_NEGATIVE = "at least 0 for adjustment='ratio'"
OF_NEGATIVE = (
    "Count a correction in the period that it corrects, or use adjustment='difference' for what may be negative, as "
    "money may."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """Exact cells of a unit × period panel.

    Means are over `times`, the numbers of the periods; one that stands there twice counts twice.
    `numerators` and `denominators` map (unit, period) to integers; a value is numerator / denominator · `scale`.
    """

    units: tuple[str, ...]
    numerators: dict[tuple[str, int], int]
    denominators: dict[tuple[str, int], int]
    scale: Fraction
    mean: WindowMean
    period: Period
    kept: dict[tuple[str, ...], dict[int, tuple[int, int]]] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def missing(self, units: Iterable[str], times: Sequence[int]) -> tuple[str, ...]:
        """Labels of the window's periods that some of the units lack."""
        return self.absent(units, times)

    def absent(self, units: Iterable[str], times: Sequence[int]) -> tuple[str, ...]:
        """The same of those that some of the units lack as a whole, whatever strata a period has."""
        found = self._by_period(units, times)
        return tuple(period_label(t, self.period) for t in sorted(set(times)) if t not in found)

    def standing_on(self, reference: Sequence[int]) -> Panel:
        """The panel of a comparison with this reference, which a standard population may be that of."""
        return self

    def covers(self, units: Iterable[str], time: int) -> bool:
        """Whether each of the units has a value in a period."""
        return all(map(self.numerators.__contains__, product(units, (time,))))

    def covers_each(self, units: Iterable[str], time: int) -> bool:
        """Whether each of the units by itself has."""
        return self.covers(units, time)

    def empty(self, units: Sequence[str], times: Sequence[int]) -> tuple[object, ...]:
        """The strata in which the units together have no rate; without strata there is none."""
        return ()

    def sums(self, units: Sequence[str], times: Sequence[int]) -> list[tuple[int, int]]:
        """(Σ numerator, Σ denominator) over the units: one pair for the window, or one a period under that mean."""
        found = self._by_period(units, times)
        parts = [found[t] for t in times]
        return [(sum(n for n, _ in parts), sum(d for _, d in parts))] if self.mean == "ratio_of_sums" else parts

    def _by_period(self, units: Iterable[str], times: Sequence[int]) -> dict[int, tuple[int, int]]:
        """(Σ numerator, Σ denominator) over the units, by period, of all these periods in which each has a value.

        What is found is kept, as the same units are asked for in many windows.
        """
        units = tuple(units)
        if units not in self.kept and len(self.kept) == KEPT:
            self.kept.clear()
        found, above, below = self.kept.setdefault(units, {}), self.numerators, self.denominators
        for t in set(times).difference(found):
            cells = [(unit, t) for unit in units]
            if all(map(above.__contains__, cells)):
                found[t] = sum(map(above.__getitem__, cells)), sum(map(below.__getitem__, cells))
        return found

    def mean_of(self, sums: Sequence[tuple[int, int]]) -> ExactNumber:
        """The mean of the ratios of such sums, in the outcome's unit."""
        return mean_of(sums, self.scale)

    def each(self, units: Sequence[str], times: Sequence[int]) -> list[list[tuple[int, int]]]:
        """The sums of each unit by itself."""
        above, below = self.numerators, self.denominators
        if self.mean == "ratio_of_sums" and len(times) > 1:
            return [[(sum([above[unit, t] for t in times]), sum([below[unit, t] for t in times]))] for unit in units]
        if len(times) > 1:
            return [[(above[unit, t], below[unit, t]) for t in times] for unit in units]
        return [[(above[at], below[at])] for at in product(units, times)]

    def pooled(self, units: Sequence[str], times: Sequence[int]) -> ExactNumber:
        """Window mean of units taken together."""
        return self.mean_of(self.sums(units, times))

    def mean_of_units(
        self, units: Sequence[str], times: Sequence[int], factors: Sequence[ExactNumber] | None = None
    ) -> ExactNumber:
        """Plain mean over units of their window means, each times its factor; these are of equally many ratios each."""
        parts = self.each(units, times)
        if factors is None:
            return self.mean_of(list(chain.from_iterable(parts)))
        return mean_of_products([added(own) for own in parts], factors, self.scale / len(parts[0]))

    def pooled_each(self, units: Sequence[str], times: Sequence[int]) -> list[ExactNumber]:
        """Window mean of each unit by itself."""
        return [self.mean_of(own) for own in self.each(units, times)]

    def apart(
        self, units: Sequence[str], times: Sequence[int], weighted: bool
    ) -> tuple[list[ExactNumber], list[ExactNumber]]:
        """Window means of each unit by itself, and of the others without it: the total less the unit's own part."""
        parts = self.each(units, times)
        own = [self.mean_of(part) for part in parts]
        if not weighted:
            everyone, share = total(own), Fraction(1, len(units) - 1)
            return own, [(everyone - mean).times(share) for mean in own]
        together = [(sum(n for n, _ in at), sum(d for _, d in at)) for at in zip(*parts, strict=True)]
        return own, [
            self.mean_of([(n - own_n, d - own_d) for (n, d), (own_n, own_d) in zip(together, part, strict=True)])
            for part in parts
        ]


def read_panel(
    data: Table,
    outcome: Outcome,
    unit: str,
    time: str,
    period: Period,
    mean: WindowMean,
    missing: Missing,
    vintage: tuple[str, ...] = (),
    *,
    signed: bool = True,
) -> tuple[Panel, int]:
    """The panel in exact integers, and the number of rows dropped; `vintage` is (column, text) to be checked.

    `signed` says that an outcome may be below 0, as money may and days, counts and rates may not.
    """
    rows = read_rows(data, outcome, unit, time, period, missing, vintage)
    if not signed:
        refuse_negative(rows, outcome.columns[0])
    labels = rows.labels[unit]
    keys = [(labels.names[code], int(t)) for code, t in zip(labels.codes, rows.periods[time], strict=True)]
    numerators, numerator_scale = decimal_integers(rows.numbers[outcome.columns[0]])
    denominators, denominator_scale = [1] * len(keys), 1
    if len(outcome.columns) == 2:
        column = outcome.columns[1]
        rows.refuse(rows.numbers[column] <= 0, column, "must hold positive denominators", "Correct the data.")
        denominators, denominator_scale = decimal_integers(rows.numbers[column])
    panel = Panel(
        units=labels.names,
        numerators=dict(zip(keys, numerators, strict=True)),
        denominators=dict(zip(keys, denominators, strict=True)),
        scale=Fraction(denominator_scale, numerator_scale),
        mean=mean,
        period=period,
    )
    return panel, rows.n_dropped


def refuse_negative(rows: Selection, column: str) -> None:
    """Refuse a number below 0, of which a ratio says nothing."""
    rows.refuse(rows.numbers[column] < 0, column, f"must hold {NOT_NEGATIVE}", OF_NEGATIVE)


def read_counts(
    data: Table,
    column: str,
    unit: str,
    time: str,
    period: Period,
    missing: Missing,
    vintage: tuple[str, ...],
    finer: tuple[str, ...],
) -> dict[tuple[str, int], int]:
    """A column of counts, summed by unit and period; `finer` are columns that tell rows of one apart."""
    rows = read_rows(data, Outcome(column=column), unit, time, period, missing, vintage, finer)
    counts = rows.numbers[column]
    bad = (counts < 0) | (counts != np.floor(counts))
    rows.refuse(bad, column, "must hold counts, whole numbers from 0", "Correct the data, or name another column.")
    found: dict[tuple[str, int], int] = {}
    labels = rows.labels[unit]
    for code, t, count in zip(labels.codes, rows.periods[time], counts.tolist(), strict=True):
        key = (labels.names[code], int(t))
        found[key] = found.get(key, 0) + int(count)
    return found


def read_rows(
    data: Table,
    outcome: Outcome,
    unit: str,
    time: str,
    period: Period,
    missing: Missing,
    vintage: tuple[str, ...] = (),
    strata: tuple[str, ...] = (),
) -> Selection:
    """The used columns, one row per unit and period, and per stratum where there are such; of the declared vintage."""
    rows = as_table(data).select(
        labels=(unit, *strata, *vintage[:1]),
        periods={time: period},
        numbers=outcome.columns,
        missing=missing,
        whole=True,
    )
    finer = " Rows of months take period='month', whose windows may be seasons." if period == "season" else ""
    remedy = "Remove the repeated rows, add them up if they are parts, or give each measure a column of its own."
    rows.refuse_repeats((unit, time, *strata), remedy + finer)
    if vintage:
        told = rows.labels[vintage[0]]
        other = np.array([name != vintage[1] for name in told.names])[told.codes]
        rows.refuse(other, vintage[0], f"must hold the vintage {vintage[1]!r}", "Use the declared vintage of the data.")
    return rows
