"""Slow, obvious trend-adjusted comparison: a pandas frame of fractions, one line per formula.

Y the treated, N the comparator, R the reference and E the evaluation window (Abadie, Diamond & Hainmueller 2010,
doi:10.1198/jasa.2009.ap08746, section 2.3, for the placebos)::

    ratio        counterfactual = Y_R * N_E / N_R         error = ln(Y_E / counterfactual)
    difference   counterfactual = Y_R + (N_E - N_R)       error = Y_E - counterfactual
    none         counterfactual = Y_R
"""

from __future__ import annotations

import math
from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import combinations

import pandas as pd

PARTS = {"month": 12, "quarter": 4, "tertial": 3, "year": 1}


def labels(first, count, period):
    """`count` consecutive period labels from the label `first`, written as effekt writes them."""
    letter = {"month": "-", "quarter": "Q", "tertial": "T", "year": ""}[period]
    year, part = int(first[:4]), int(first[5:] or 1)
    found = []
    for _ in range(count):
        width = 2 if period == "month" else 1
        found.append(f"{year}{letter}{part:0{width}d}" if letter else f"{year}")
        year, part = (year, part + 1) if part < PARTS[period] else (year + 1, 1)
    return found


class Trend:
    """A panel of exact cells, the two windows as lists of labels, and the choices that move the number."""

    def __init__(
        self,
        data,
        *,
        numerator,
        denominator,
        unit,
        time,
        reference,
        evaluation,
        weights,
        mean,
        adjustment,
        same_months=False,
        trend="ratio_of_means",
    ):
        below = data[denominator] if denominator else [1] * len(data[numerator])
        self.cells = pd.DataFrame(
            {
                "unit": list(data[unit]),
                "time": [str(label) for label in data[time]],
                "above": [Fraction(str(value)) for value in data[numerator]],
                "below": [Fraction(str(value)) for value in below],
            }
        )
        keys = zip(self.cells["unit"], self.cells["time"], strict=True)
        self.pairs = dict(zip(keys, zip(self.cells["above"], self.cells["below"], strict=True), strict=True))
        self.units = sorted(set(data[unit]))
        self.reference, self.evaluation = reference, evaluation
        if same_months:  # each month of the reference as often as in the evaluation, over the months' common multiple
            self.reference = self.matched(reference, evaluation)
        self.weights, self.mean, self.adjustment = weights, mean, adjustment
        self.trend = trend

    def ratio(self, units, periods):
        """A period that stands twice among the periods counts twice."""
        used = [self.pairs[unit, period] for unit in units for period in periods]
        return sum(above for above, _ in used) / sum(below for _, below in used)

    @staticmethod
    def matched(reference, evaluation):
        """Every reference period of month m stands n_m / r_m times the common multiple of the r_m."""
        part = [label[4:] for label in reference]
        everything = math.lcm(*(part.count(name) for name in set(part)))
        return [
            label
            for label in reference
            for _ in range([other[4:] for other in evaluation].count(label[4:]) * everything // part.count(label[4:]))
        ]

    def window_mean(self, units, window):
        if self.mean == "ratio_of_sums":
            return self.ratio(units, window)
        return sum(self.ratio(units, [period]) for period in window) / len(window)

    def comparator_mean(self, units, window):
        if self.weights == "denominator":
            return self.window_mean(units, window)
        return sum(self.window_mean([unit], window) for unit in units) / len(units)

    def counterfactual(self, treated, comparator, adjustment=None):
        adjustment = adjustment or self.adjustment
        start = self.window_mean(treated, self.reference)
        if adjustment == "none":
            return start
        if adjustment == "ratio" and self.trend == "mean_of_ratios":
            own = [self.window_mean([j], self.evaluation) / self.window_mean([j], self.reference) for j in comparator]
            return start * sum(own) / len(own)
        before = self.comparator_mean(comparator, self.reference)
        after = self.comparator_mean(comparator, self.evaluation)
        if adjustment == "ratio" and self.trend == "mean_of_period_ratios":
            changes = [
                self.window_mean(treated, [t]) / (start * self.comparator_mean(comparator, [t]) / before)
                for t in self.evaluation
            ]
            return self.window_mean(treated, self.evaluation) / (sum(changes) / len(changes))
        return start * after / before if adjustment == "ratio" else start + (after - before)

    def treated_mean(self, treated):
        return self.window_mean(treated, self.evaluation)

    def relative(self, treated, comparator, adjustment=None):
        return self.treated_mean(treated) / self.counterfactual(treated, comparator, adjustment) - 1

    def placebos(self, treated, comparator):
        """(treated mean, counterfactual) of each comparator unit against the rest of them.

        With one series as comparator: of each other unit that has both windows, against the series.
        """
        if len(comparator) > 1:
            groups = {unit: [other for other in comparator if other != unit] for unit in comparator}
        else:
            outside = [unit for unit in self.units if unit not in (*treated, *comparator)]
            groups = {unit: comparator for unit in outside if self.complete(unit)}
        return {unit: (self.treated_mean([unit]), self.counterfactual([unit], rest)) for unit, rest in groups.items()}

    def group_errors(self, treated, comparator):
        """Of every group of as many units as are treated: against the other units, or against one series.

        Against a series an error's distance from the mean is divided by the root of (J - m) / (J - 1), what a mean of
        m of J units drawn without replacement varies less than one drawn with it (Cochran 1977, section 2.5).
        """
        outside = [unit for unit in self.units if unit not in (*treated, *comparator) and self.complete(unit)]
        pool = sorted(comparator) if len(comparator) > 1 else outside
        found = []
        for group in combinations(pool, len(treated)):
            rest = [unit for unit in comparator if unit not in group]
            found.append(float(self.error(self.treated_mean(group), self.counterfactual(group, rest))))
        if len(comparator) > 1:
            return found
        middle, less = sum(found) / len(found), math.sqrt((len(pool) - len(treated)) / (len(pool) - 1))
        return [middle + (error - middle) / less for error in found]

    def complete(self, unit):
        own = set(self.cells.loc[self.cells["unit"] == unit, "time"])
        return own >= {*self.reference, *self.evaluation}

    def error(self, treated, counterfactual):
        """On the logarithmic scale to 40 digits, or exactly."""
        if self.adjustment == "difference":
            return treated - counterfactual
        with localcontext(prec=40):
            ratio = treated / counterfactual
            return (Decimal(ratio.numerator) / Decimal(ratio.denominator)).ln()

    def size(self, treated, counterfactual):
        """What ranks |error|, exactly: |ln r| grows with max(r, 1/r)."""
        if self.adjustment == "difference":
            return abs(treated - counterfactual)
        return max(treated / counterfactual, counterfactual / treated)

    def p_value(self, treated, comparator):
        """(1 + #{placebos at least as extreme}) / (J + 1)."""
        found = self.placebos(treated, comparator)
        own = self.size(self.treated_mean(treated), self.counterfactual(treated, comparator))
        return Fraction(1 + sum(self.size(*pair) >= own for pair in found.values()), len(found) + 1)


class Standardized(Trend):
    """Every mean is sum_s w_s * (the mean in stratum s), with w the declared weights over their sum.

    Without declared weights they are the denominators of the treated units in the reference window (Keiding & Clayton
    2014, doi:10.1214/13-STS453).
    """

    def __init__(self, data, *, strata, standard=None, treated=None, **options):
        super().__init__(data, **options)
        self.cells["stratum"] = list(zip(*(data[name] for name in strata), strict=True))
        self.names = sorted(set(self.cells["stratum"]))
        keys = self.cells[["unit", "time", "stratum"]].itertuples(index=False, name=None)
        self.pairs = dict(zip(keys, zip(self.cells["above"], self.cells["below"], strict=True), strict=True))
        if standard is None:
            standard = {name: self.people(treated, self.reference, name) for name in self.names}
        self.share = {name: Fraction(standard[name]) / sum(map(Fraction, standard.values())) for name in self.names}

    def rows(self, units, periods, stratum):
        """(numerator, denominator) of every unit, and of every period as often as it stands among the periods."""
        keys = [(unit, period, stratum) for unit in units for period in periods]
        return [self.pairs[key] for key in keys if key in self.pairs]

    def people(self, units, periods, stratum):
        return sum(below for _, below in self.rows(units, periods, stratum))

    def rate(self, units, window, stratum):
        if self.mean == "ratio_of_sums":
            rows = self.rows(units, window, stratum)
            return sum(above for above, _ in rows) / sum(below for _, below in rows)
        return sum(
            sum(above for above, _ in self.rows(units, [t], stratum)) / self.people(units, [t], stratum) for t in window
        ) / len(window)

    def window_mean(self, units, window):
        return sum(self.share[name] * self.rate(units, window, name) for name in self.names if self.share[name])

    def complete(self, unit):
        return set(self.cells.loc[self.cells["unit"] == unit, "time"]) >= {*self.reference, *self.evaluation}

    def crude_mean(self, units, window):
        """Of the sums over all strata."""
        everybody = [row for name in self.names for row in self.rows(units, window, name)]
        return sum(above for above, _ in everybody) / sum(below for _, below in everybody)

    def kitagawa(self, units):
        """(rates, composition): the crude change in two parts (Kitagawa 1955, doi:10.1080/01621459.1955.10501299)."""
        rates = composition = 0
        for name in self.names:
            before, after = (
                self.people(units, window, name) / sum(self.people(units, window, other) for other in self.names)
                for window in (self.reference, self.evaluation)
            )
            old, new = (
                sum(above for above, _ in self.rows(units, window, name)) / self.people(units, window, name)
                for window in (self.reference, self.evaluation)
            )
            rates += (before + after) / 2 * (new - old)
            composition += (old + new) / 2 * (after - before)
        return rates, composition
