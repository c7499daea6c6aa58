"""The outcomes of matched units, and the two means of their comparison, exactly."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from effekt._decimals import decimal_mean, decimal_total
from effekt._types import BoolArray, FloatArray, IntArray, Missing
from effekt._validation import plural
from effekt.estimators.matching.design import (
    read_treatment,
    refuse_repeated_units,
    set_shares,
    set_sizes,
    sets_of_pairs,
    two_sided,
    weights_of_pairs,
    weights_of_sets,
)
from effekt.estimators.matching.match import Match
from effekt.estimators.matching.neighbours import Links
from effekt.estimators.matching.units import UnitTable
from effekt.exceptions import DataError
from effekt.result import ExactMeans, Observed
from effekt.roles import Outcome
from effekt.tables import Covariates, Labels, Selection, covariates_of, select_covariates
from effekt.tables.arrays import is_missing


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Groups:
    """Who is compared with whom among the units of a table, all of them with an outcome.

    Attributes
    ----------
    treated : (n,) bool array
    sets : (n,) integer array, optional
        −1 for units left out; None when pairs share units.
    links : Links
        The pairs that are left; none for methods without pairs.
    estimand : str
    """

    treated: BoolArray
    sets: IntArray | None
    links: Links
    estimand: str

    @property
    def used(self) -> BoolArray:
        """Which units are compared."""
        if self.sets is not None:
            return self.sets >= 0
        used = np.zeros(len(self.treated), bool)
        used[self.links.treated] = used[self.links.control] = True
        return used

    @property
    def focal(self) -> BoolArray:
        """Which units are compared of those whose effect is asked for."""
        if self.links.of_treated is not None:
            return np.bincount(self.links.turns(self.estimand)[0], minlength=len(self.treated)) > 0
        return self.used & {"ATT": self.treated, "ATC": ~self.treated}.get(self.estimand, True)

    @property
    def n_compared(self) -> int:
        """How many these are."""
        return int(np.count_nonzero(self.focal))

    @property
    def weights(self) -> FloatArray:
        """(n,) the weights of the match; 0 for units that are not compared."""
        if self.sets is None:
            return weights_of_pairs(self.links, len(self.treated), self.estimand)
        return weights_of_sets(self.sets, self.treated, self.estimand)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Regressors:
    """The covariates of the comparison.

    Attributes
    ----------
    rows : Selection
    row_of : (n,) integer array
        Where each unit stands among the rows, −1 where it does not.
    names : tuple of str
    """

    rows: Selection
    row_of: IntArray
    names: tuple[str, ...]

    def of(self, units: IntArray | BoolArray) -> Covariates:
        """Those of some units; categories that none of them has are none."""
        return covariates_of(self.rows, self.names, self.row_of[units])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Outcomes:
    """The outcomes of a table's units.

    Attributes
    ----------
    values : (n,) array
        NaN where there is none.
    observed : Observed
    n_dropped : int
    regressors : Regressors
        Of units with an outcome.
    clusters : (n,) integer array, optional
        The cluster of each unit with an outcome.
    """

    values: FloatArray
    observed: Observed
    n_dropped: int
    regressors: Regressors
    clusters: IntArray | None = None

    def groups(self, table: UnitTable, links: Links, estimand: str) -> Groups:
        """Who is left to compare when units without an outcome go, and then whoever has nobody left."""
        there = np.isfinite(self.values)
        whole = there[links.treated] & there[links.control]
        kept = links.of(whole)
        if table.sets is None:
            return Groups(treated=table.treated, sets=None, links=kept, estimand=estimand)
        if len(links.treated):
            sets = sets_of_pairs(kept, len(there))
        else:
            sets = two_sided(np.where(there, table.sets, -1), table.treated)
        return Groups(treated=table.treated, sets=sets, links=kept, estimand=estimand)

    def completed(self, values: FloatArray) -> Outcomes:
        """The same with other outcomes, none of them missing."""
        return replace(self, values=values)

    def means(self, groups: Groups) -> ExactMeans:
        """The mean of the treated and that of the controls, each weighted as the estimand asks."""
        if groups.sets is not None:
            return self._means_of_sets(groups, groups.sets)
        focal, other = groups.links.turns(groups.estimand)
        of_treated = groups.treated[focal]
        treated, served = self._sums_of_pairs(focal[of_treated], other[of_treated])
        control, serving = self._sums_of_pairs(focal[~of_treated], other[~of_treated])
        count = int(np.count_nonzero(np.bincount(focal)))
        return ExactMeans(treated=(treated + serving) / count, counterfactual=(served + control) / count)

    def _sums_of_pairs(self, focal: IntArray, other: IntArray) -> tuple[Fraction, Fraction]:
        """Σ y_i over the focal units of some pair, and Σ (mean of those paired with i)."""
        sizes = np.bincount(focal)
        of_pair = sizes[focal]
        sums = (decimal_total(self.values[other[of_pair == size]]) / size for size in np.unique(of_pair).tolist())
        return decimal_total(self.values[np.flatnonzero(sizes)]), _total(sums)

    def _means_of_sets(self, groups: Groups, sets: IntArray) -> ExactMeans:
        """Σ_s W_s ȳ_s / Σ_s W_s in each arm."""
        sizes = set_sizes(sets, groups.treated)
        shares = set_shares(*sizes, groups.estimand)
        means = []
        for arm, size in zip((groups.treated, ~groups.treated), sizes, strict=True):
            rows = np.flatnonzero((sets >= 0) & arm)
            _, first, kind = np.unique(size * len(sets) + shares, return_index=True, return_inverse=True)
            own = kind[sets[rows]]
            sums = (
                decimal_total(self.values[rows[own == k]]) * Fraction(int(shares[one]), int(size[one]))
                for k, one in enumerate(first.tolist())
            )
            means.append(_total(sums) / int(shares.sum()))
        return ExactMeans(treated=means[0], counterfactual=means[1])


def _total(fractions: Iterable[Fraction]) -> Fraction:
    return sum(fractions, Fraction(0))


def _refuse_no_outcome(table: Any, name: str, missing: Missing) -> None:
    """Stop where no row has an outcome: leaving out those that lack it would leave none."""
    empty = missing == "raise" and name in table.columns and all(map(is_missing, table.raw(name)))
    if empty and len(table):
        raise DataError(f"Column {name!r} must have a value in every row; it has none in any row. Complete the data.")


def read_outcomes(
    table: Any,
    match: Match,
    outcome: Outcome,
    missing: Missing,
    cluster: str | None = None,
    covariates: Sequence[str] = (),
) -> Outcomes:
    """The outcomes of a match's units from a table of data, their clusters, and covariates of the comparison."""
    unit, treatment = match.arguments["unit"], match.arguments["treatment"]
    units = match.unit_table()
    named = (unit,) if cluster is None else (unit, cluster)
    _refuse_no_outcome(table, outcome.name, missing)
    rows = select_covariates(
        table, covariates=covariates, numbers=(outcome.name, treatment), labels=named, missing=missing
    )
    refuse_repeated_units(rows, unit)
    arm, values = read_treatment(rows, treatment), rows.numbers[outcome.name]
    labels = rows.labels[unit]
    row_of = np.empty(labels.count, np.intp)
    row_of[labels.codes] = np.arange(len(rows))
    place = units.places_in(labels)
    found = np.where(place >= 0, row_of[place], -1)
    absent = int(np.sum(found < 0))
    if absent and missing == "raise":
        dropping = ", or pass missing='drop' to leave their pairs out and have them counted."
        remedy = dropping if absent < len(place) else "; with missing='drop' none would be left."
        raise DataError(
            f"Column {unit!r} must name every matched unit; {plural(absent, 'matched unit')} had no row. Give the rows "
            f"of all of them{remedy}"
        )
    there = found >= 0
    offending = np.zeros(len(rows), bool)
    offending[found[there]] = arm[found[there]] != units.treated[there]
    rows.refuse(
        offending,
        treatment,
        "must hold 1 for the treated and 0 for the controls of the match",
        "Use the table that the match was made on.",
    )
    own = np.where(there, values[found], math.nan)
    return Outcomes(
        values=own,
        observed=Observed(treated=_raw_mean(values[arm]), control=_raw_mean(values[~arm])),
        n_dropped=rows.n_dropped,
        clusters=None if cluster is None else np.where(there, rows.labels[cluster].codes[found], -1),
        regressors=Regressors(rows=rows, row_of=found, names=tuple(covariates)),
    )


def outcome_of_all(data: Any, match: Match, name: str, units: Labels, read: Outcomes | None = None) -> FloatArray:
    """The outcome of each unit of a cohort, matched or not; NaN where there is none. `read` has those of the match."""
    unit = match.arguments["unit"]
    if read is None or read.n_dropped:
        rows = data.select(numbers=(name,), labels=(unit,), missing="drop")
    else:
        rows = read.regressors.rows  # all there are
    labels = rows.labels[unit]
    found = np.full(units.count, math.nan)
    row = units.places(labels.written)[labels.codes]
    found[row[row >= 0]] = rows.numbers[name][row >= 0]
    return found


def count_dropped(
    table: Any,
    match: Match,
    outcome: Outcome,
    outcomes: Outcomes,
    cluster: str | None = None,
    covariates: Sequence[str] = (),
) -> int:
    """Rows left out of the match or for their outcome; each once where the table has all columns."""
    taken = match.arguments
    numbers, labels = [taken["treatment"], outcome.name], [taken["unit"], *taken["exact"]]
    labels += [] if cluster is None else [cluster]
    every = list(dict.fromkeys((*taken["covariates"], *covariates)))
    if not match.counts.dropped or not {*numbers, *every, *labels} <= set(table.columns):
        return outcomes.n_dropped + match.counts.dropped
    rows = select_covariates(table, covariates=every, numbers=numbers, labels=labels, missing="drop")
    return rows.n_dropped


def _raw_mean(values: FloatArray) -> float:
    return float(decimal_mean(values)) if len(values) else math.nan
