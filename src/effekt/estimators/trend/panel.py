"""Exact cells of a unit × period panel and their means over windows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Literal, TypeAlias

import numpy as np

from effekt._calendar import period_label
from effekt._exact import scaled_integers
from effekt._types import Missing, Period, Table
from effekt.roles import Outcome
from effekt.tables import Selection, as_table

WindowMean: TypeAlias = Literal["ratio_of_sums", "mean_of_periods"]


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

    def missing(self, units: Iterable[str], times: Sequence[int]) -> tuple[str, ...]:
        """Labels of the window's periods that some of the units lack."""
        absent = {t for _, t in set(product(units, times)).difference(self.numerators)}
        return tuple(period_label(t, self.period) for t in sorted(absent))

    def covers(self, units: Iterable[str], time: int) -> bool:
        """Whether each of the units has a value in a period."""
        return all((unit, time) in self.numerators for unit in units)

    def sums(self, units: Sequence[str], times: Sequence[int]) -> list[tuple[int, int]]:
        """(Σ numerator, Σ denominator) over the units: one pair for the window, or one a period under that mean."""
        whole = self.mean == "ratio_of_sums"
        parts: list[Sequence[int]] = [times] if whole else [(t,) for t in times]
        above, below = self.numerators.__getitem__, self.denominators.__getitem__
        cells = (list(product(units, part)) for part in parts)
        return [(sum(map(above, part)), sum(map(below, part))) for part in cells]

    def pair(self, units: Sequence[str], times: Sequence[int]) -> tuple[int, int]:
        """The window mean of units taken together as numerator and denominator, not in lowest terms, over `scale`."""
        numerator, denominator = total_pair(self.sums(units, times))
        return numerator, denominator * (1 if self.mean == "ratio_of_sums" else len(times))

    def mean_of(self, sums: Sequence[tuple[int, int]]) -> Fraction:
        """The mean of the ratios of such sums."""
        return self._over_scale(*total_pair(sums), len(sums))

    def pooled(self, units: Sequence[str], times: Sequence[int]) -> Fraction:
        """Window mean of units taken together."""
        return self.mean_of(self.sums(units, times))

    def mean_of_units(self, units: Sequence[str], times: Sequence[int]) -> Fraction:
        """Plain mean over units of their window means."""
        return self._over_scale(*total_pair([self.pair((unit,), times) for unit in units]), len(units))

    def _over_scale(self, numerator: int, denominator: int, count: int) -> Fraction:
        """A sum over its count, in the outcome's unit and in lowest terms."""
        return Fraction(numerator * self.scale.numerator, denominator * count * self.scale.denominator)

    def without_each(self, units: Sequence[str], times: Sequence[int], weighted: bool) -> list[Fraction]:
        """The units' comparator mean without each of them in turn: the total less the unit's own part."""
        if not weighted:
            own = [self.pooled((unit,), times) for unit in units]
            everyone = total(own)
            return [(everyone - value) / (len(units) - 1) for value in own]
        together = self.sums(units, times)
        return [
            self.mean_of([(n - own_n, d - own_d) for (n, d), (own_n, own_d) in zip(together, own, strict=True)])
            for own in (self.sums((unit,), times) for unit in units)
        ]


def total(values: Sequence[Fraction]) -> Fraction:
    """The sum, halves first and brought to lowest terms once at the end: denominators grow with every term."""
    return Fraction(*total_pair([(value.numerator, value.denominator) for value in values]))


def total_pair(pairs: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """The sum of numerators over denominators, halves first, not in lowest terms."""
    left = list(pairs) or [(0, 1)]
    while len(left) > 1:
        odd = left[len(left) & ~1 :]
        joined = zip(left[::2], left[1::2], strict=False)
        left = [(a * d + c * b, b * d) if b != d else (a + c, b) for (a, b), (c, d) in joined] + odd
    return left[0]


def read_panel(
    data: Table,
    outcome: Outcome,
    unit: str,
    time: str,
    period: Period,
    mean: WindowMean,
    missing: Missing,
    vintage: tuple[str, ...] = (),
) -> tuple[Panel, int]:
    """The panel in exact integers, and the number of rows dropped; `vintage` is (column, text) to be checked."""
    rows = read_rows(data, outcome, unit, time, period, missing, vintage)
    labels = rows.labels[unit]
    keys = [(labels.names[code], int(t)) for code, t in zip(labels.codes, rows.periods[time], strict=True)]
    numerators, numerator_scale = scaled_integers(rows.numbers[outcome.columns[0]])
    denominators, denominator_scale = [1] * len(keys), 1
    if len(outcome.columns) == 2:
        column = outcome.columns[1]
        rows.refuse(rows.numbers[column] <= 0, column, "must hold positive denominators", "Correct the data.")
        denominators, denominator_scale = scaled_integers(rows.numbers[column])
    panel = Panel(
        units=labels.names,
        numerators=dict(zip(keys, numerators, strict=True)),
        denominators=dict(zip(keys, denominators, strict=True)),
        scale=Fraction(denominator_scale, numerator_scale),
        mean=mean,
        period=period,
    )
    return panel, rows.n_dropped


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
        labels=(unit, *strata, *vintage[:1]), periods={time: period}, numbers=outcome.columns, missing=missing
    )
    finer = " Rows of months take period='month', whose windows may be seasons." if period == "season" else ""
    rows.refuse_repeats((unit, time, *strata), f"Remove the repeated rows, or add them up.{finer}")
    if vintage:
        told = rows.labels[vintage[0]]
        other = np.array([name != vintage[1] for name in told.names])[told.codes]
        rows.refuse(other, vintage[0], f"must hold the vintage {vintage[1]!r}", "Use the declared vintage of the data.")
    return rows
