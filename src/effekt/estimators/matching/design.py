"""What a matching method is given and what it gives back, as arrays: one row per unit, sorted by unit."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from effekt._exact import rounded_total
from effekt._threads import each
from effekt._types import BoolArray, FloatArray, IntArray, Table
from effekt._validation import join_words
from effekt.estimators._propensity import Propensity
from effekt.estimators.matching.calipers import Caliper
from effekt.estimators.matching.distances import Metric
from effekt.estimators.matching.neighbours import TIE, Change, KeysOfRows, Links, unit_keys
from effekt.exceptions import DataError
from effekt.tables import Covariates, Labels, Selection, as_table, covariates_of, is_grouped, select_covariates

HUGE = 1e300  # above which the parts that a sum is made of may be infinite


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The checked choices of `match_controls`, under its own names."""

    method: str
    distance: str
    estimand: str
    propensity: Any
    caliper: float | None
    calipers: Mapping[str, float]
    ratio: int
    min_controls: int | None
    max_controls: int | None
    replace: bool
    reuse: int | None
    order: str | None
    discard: str | Sequence[float] | None
    cutpoints: Mapping[str, str | int | tuple[float, ...]]
    subclasses: int | None
    moments: int | None
    salt: str
    tie_orders: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Cohort:
    """Checked arrays, one row per unit, sorted by unit.

    Attributes
    ----------
    labels : Labels
        The n units in order.
    treated : (n,) bool array
    covariates : (n, p) array
    names : tuple of str, length p
    of : tuple of str, length p
        The column of each covariate; of categories several belong to one.
    strata : (n,) integer array
        Numbers the combinations of exact columns.
    n_dropped : int
        Rows left out because a used value is missing.
    dropped_treated, dropped_controls : int
        Those of them whose treatment is known.
    every : (n, q) array and q names, optional
        The covariates with an indicator of every category, where there are categories.
    """

    labels: Labels
    treated: BoolArray
    covariates: FloatArray
    names: tuple[str, ...]
    of: tuple[str, ...]
    strata: IntArray
    n_dropped: int
    dropped_treated: int = 0
    dropped_controls: int = 0
    every: tuple[FloatArray, tuple[str, ...]] | None = None

    @property
    def balanced(self) -> tuple[FloatArray, tuple[str, ...]]:
        """What a table of balance has: the covariates and their names, with every category."""
        return self.every or (self.covariates, self.names)

    def places(self, columns: Sequence[str]) -> list[int]:
        """Which covariates belong to some columns, column by column."""
        return [place for column in columns for place, own in enumerate(self.of) if own == column]

    def digest(self) -> tuple[int, ...]:
        """64 bits of each column that a propensity is fitted to, by Python's keyed hash: of this process alone."""
        return tuple(hash(column.tobytes()) for column in (self.treated, *self.covariates.T))

    @property
    def units(self) -> tuple[str, ...]:
        """The names of all units, which are written first where they are whole numbers."""
        return self.labels.names


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Scores:
    """What need not be worked out of a cohort again where the digest of what it was worked out of is the same.

    Attributes
    ----------
    digest : tuple of int
        Of treatment and covariates; empty where controls are used once, since no comparison then fits again.
    logit : (n,) array
        Log odds of treatment, tied values equal.
    order : (n,) integer array
        Rows by rising logit, tied ones in any order.
    width : float
        The caliper: the largest difference of the logits in a pair; infinite without.
    coefficients : tuple of float
        Where the logit is linear in the covariates, theirs; else empty.
    triangle, coordinates : (q, q) and (n, q) arrays, optional
        Of Mahalanobis' distance, as a `Metric` has them; None where there is another distance.
    """

    digest: tuple[int, ...]
    logit: FloatArray
    order: IntArray
    width: float
    coefficients: tuple[float, ...] = ()
    triangle: FloatArray | None = None
    coordinates: FloatArray | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Design:
    """A cohort and the choices, made ready for a method.

    Attributes
    ----------
    cohort : Cohort
    options : Options
    kept : (n,) bool array
        False where the common-support rule leaves a unit out.
    scores : Scores, optional
        None for methods without a propensity.
    coordinates : (n, q) array, optional
        The distance of two rows is the Euclidean one between theirs; None for methods without a distance.
    calipers : mapping of column number to Caliper
        Those of covariates.
    metric : Metric, optional
        Where the distance is Mahalanobis', what the coordinates were made of.
    """

    cohort: Cohort
    options: Options
    kept: BoolArray
    scores: Scores | None
    coordinates: FloatArray | None
    calipers: Mapping[int, Caliper]
    metric: Metric | None = None

    @property
    def logit(self) -> FloatArray | None:
        """(n,) log odds of treatment, tied values equal."""
        return None if self.scores is None else self.scores.logit

    @property
    def width(self) -> float:
        """The caliper of the logits; infinite without."""
        return math.inf if self.scores is None else self.scores.width

    @property
    def reach(self) -> float:
        """The same, with what lies beyond it but for rounding."""
        return self.width + TIE * max(1.0, self.width) if math.isfinite(self.width) else math.inf

    @property
    def focal(self) -> BoolArray:
        """The arm that is matched: the controls for the ATC, else the treated."""
        return ~self.cohort.treated if self.options.estimand == "ATC" else self.cohort.treated

    @property
    def score(self) -> FloatArray:
        """Log odds of belonging to the focal arm."""
        assert self.logit is not None
        return -self.logit if self.options.estimand == "ATC" else self.logit

    @property
    def order(self) -> IntArray:
        """Rows by rising score, tied ones in any order."""
        assert self.scores is not None
        return self.scores.order[::-1] if self.options.estimand == "ATC" else self.scores.order

    @property
    def strata(self) -> IntArray:
        """Strata of the exact columns, each unit that is left out alone in its own."""
        if self.kept.all():
            return self.cohort.strata
        alone = int(self.cohort.strata.max()) + 1 + np.arange(len(self.kept))
        return np.where(self.kept, self.cohort.strata, alone)

    def keys(self) -> KeysOfRows:
        """The keyed order of the units."""
        salt, labels = self.options.salt, self.cohort.labels
        return KeysOfRows(labels.count, lambda rows: unit_keys(salt, labels.named(rows)))

    def distances(self, row: int | IntArray, others: IntArray) -> FloatArray:
        """Distances of one row (or each of a column of rows) to others, infinite where the pair is not allowed."""
        assert self.coordinates is not None
        squares = np.zeros(others.shape)
        for column in self.coordinates.T:
            squares += (column[others] - column[row]) ** 2
        return np.where(self.allowed(row, others), np.sqrt(squares), math.inf)

    def allowed(self, row: int | IntArray, others: IntArray) -> BoolArray:
        """Whether exact columns, common support and calipers allow a row to be paired with others."""
        strata, kept = self.cohort.strata, self.kept
        fine = np.asarray((strata[others] == strata[row]) & kept[others] & kept[row])
        if math.isfinite(self.width):
            assert self.logit is not None
            fine &= np.abs(self.logit[others] - self.logit[row]) <= self.reach
        for caliper in self.calipers.values():
            fine &= caliper.holds(row, others)
        return fine


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Assigned:
    """What a method decides.

    Attributes
    ----------
    weights : (n,) array
        Weight of each row in the comparison; 0 leaves it out.
    sets : (n,) integer array, optional
        The set of each row, −1 for none; None where sets share rows (matching with replacement) or there are none
        (weighting).
    links : Links, optional
        The pairs, for methods that make pairs; `treated` and `control` are rows.
    changes : tuple of Change
        What other tie orders do to the pairs.
    by_order : int
        Pairs that the keyed order decided.
    model : Propensity, optional
        The log odds by which a weighting weighs, if it has one.
    """

    weights: FloatArray
    sets: IntArray | None
    links: Links | None = None
    changes: tuple[Change, ...] = ()
    by_order: int = 0
    model: Propensity | None = None


def read_cohort(data: Table, settings: Mapping[str, Any]) -> Cohort:
    """The columns that the arguments of a match name, checked: `matched_comparison` can read them again.

    Parameters
    ----------
    data : table
    settings : mapping
        `unit`, `treatment`, `covariates`, `exact` and `missing` as `match_controls` takes them.
    """
    unit, treatment, exact = settings["unit"], settings["treatment"], settings["exact"]
    rows = select_covariates(
        as_table(data),
        covariates=settings["covariates"],
        numbers=(treatment,),
        labels=(unit, *exact),
        missing=settings["missing"],
    )
    _refuse_distances(rows, settings)
    refuse_repeated_units(rows, unit)
    treated = read_treatment(rows, treatment)
    for arm, count in (("treated", int(treated.sum())), ("control", int((~treated).sum()))):
        if count < 2:
            found = "is no" if count == 0 else "is only one"
            raise DataError(
                f"Column {treatment!r} must hold 0 (control) and 1 (treated) in at least two rows each; there {found} "
                f"{arm} row. Give the rows of both arms."
            )
    strata = np.zeros(len(rows), np.intp)
    for name in exact:
        strata = combined(strata, rows.labels[name].codes)
    if exact and not np.intersect1d(strata[treated], strata[~treated]).size:
        alone = len(exact) == 1
        raise DataError(
            f"{'Column' if alone else 'Columns'} {join_words(map(repr, exact), 'and')} must have a "
            f"{'value' if alone else 'combination of values'} that both treated and controls have; there is none. "
            "Leave out of `exact`, or merge values."
        )
    every = treated
    if rows.n_dropped:
        every = read_treatment(as_table(data).select(numbers=(treatment,), missing="drop"), treatment)
    order = np.empty(len(rows), np.intp)
    order[rows.labels[unit].codes] = np.arange(len(rows))
    covariates = covariates_of(rows, settings["covariates"])
    return Cohort(
        labels=rows.labels[unit],
        treated=treated[order],
        covariates=_in_order(covariates, order),
        names=covariates.names,
        of=covariates.of,
        every=_every_category(rows, settings["covariates"], order),
        strata=strata[order] if exact else strata,  # zeros that nobody has touched take no memory
        n_dropped=rows.n_dropped,
        dropped_treated=int(every.sum() - treated.sum()),
        dropped_controls=int((~every).sum() - (~treated).sum()),
    )


def _in_order(covariates: Covariates, order: IntArray) -> FloatArray:
    """(n, p), column after column in memory."""
    found = np.empty((len(covariates.columns), len(order)))
    columns = list(zip(found, covariates.columns, strict=True))
    each(lambda one: np.take(one[1], order, out=one[0], mode="clip"), columns, len(order))  # others copy once more
    return found.T


def _every_category(
    rows: Selection, names: Sequence[str], order: IntArray
) -> tuple[FloatArray, tuple[str, ...]] | None:
    """The covariates with an indicator of every category, where there are categories."""
    if not any(is_grouped(rows, name) for name in names):
        return None
    found = covariates_of(rows, names, every=True)
    return _in_order(found, order), found.names


def _refuse_distances(rows: Selection, settings: Mapping[str, Any]) -> None:
    """Categories have neither intervals nor distances."""
    for name in ("cutpoints", "calipers"):
        for column in settings.get(name) or ():
            if is_grouped(rows, column):
                raise DataError(
                    f"`{name}` must name covariates of numbers; {column!r} holds categories, each a class of its own. "
                    f"Leave it out of `{name}`, or name it in `exact`."
                )


def refuse_repeated_units(rows: Selection, unit: str) -> None:
    """Stop when a unit has several rows, as it has where there are fewer names than rows; dropped ones are rows too."""
    if rows.n_dropped:
        rows = rows.table.select(labels=(unit,), missing="drop")
    if rows.labels[unit].count < len(rows):
        rows.refuse_repeats((unit,), "Give one row per unit.")


def read_treatment(rows: Selection, treatment: str) -> BoolArray:
    """Which rows are treated; anything but 0 and 1 raises."""
    assigned = rows.numbers[treatment]
    rows.refuse(
        (assigned != 0) & (assigned != 1),
        treatment,
        "must hold 0 (control) or 1 (treated)",
        "Recode it, and leave rows of other arms out.",
    )
    return np.asarray(assigned == 1)


def combined(strata: IntArray, codes: IntArray) -> IntArray:
    """Numbers of the combinations of a stratum and a code."""
    numbers = np.unique(codes, return_inverse=True)[1]
    found: IntArray = np.unique(strata * (int(numbers.max()) + 1) + numbers, return_inverse=True)[1]
    return found


def pair_weights(focal: IntArray) -> FloatArray:
    """One over the number of pairs of each pair's focal row (m,)."""
    return np.asarray(1 / np.bincount(focal)[focal])


def weights_of_pairs(links: Links, n: int, estimand: str) -> FloatArray:
    """1 for a focal row in some pair, the sum of its shares for a row that serves; their sum for one that is both."""
    focal, other = links.turns(estimand)
    weights = np.where(np.bincount(focal, minlength=n) > 0, 1.0, 0.0)
    np.add.at(weights, other, pair_weights(focal))
    return weights


def total(values: FloatArray) -> float:
    """The sum as `math.fsum` has it, rounded once."""
    ordinary = np.max(np.abs(values), initial=0.0) <= HUGE
    return rounded_total(values) if ordinary else math.fsum(values.tolist())


def set_sizes(sets: IntArray, treated: BoolArray) -> tuple[IntArray, IntArray]:
    """Treated and control rows of each set 0, 1, …; rows with set −1 are in none."""
    rows = np.flatnonzero(sets >= 0)
    own, arm = sets[rows], treated[rows]
    count = int(own.max(initial=-1)) + 1
    return np.bincount(own[arm], minlength=count), np.bincount(own[~arm], minlength=count)


def set_shares(first: IntArray, second: IntArray, estimand: str) -> IntArray:
    """The weight of each set: its treated (ATT), its controls (ATC) or both (ATE)."""
    shares: dict[str, IntArray] = {"ATT": first, "ATC": second, "ATE": first + second}
    return shares[estimand]


def weights_of_sets(sets: IntArray, treated: BoolArray, estimand: str) -> FloatArray:
    """Each set's weight spread over its treated, and over its controls (Imbens & Rubin 2015, chapter 17)."""
    first, second = set_sizes(sets, treated)
    share = set_shares(first, second, estimand)
    weights = np.zeros(len(sets))
    rows = np.flatnonzero(sets >= 0)
    own = sets[rows]
    weights[rows] = share[own] / np.where(treated[rows], first[own], second[own])
    return weights


def two_sided(codes: IntArray, treated: BoolArray) -> IntArray:
    """Sets numbered from 0 in the order of their codes, −1 where a code lacks either arm or is negative itself."""
    both = np.intersect1d(codes[treated], codes[~treated])
    both = both[both >= 0]
    place = np.searchsorted(both, codes)
    inside = (place < len(both)) & (both[np.minimum(place, len(both) - 1)] == codes if len(both) else False)
    return np.where(inside, place, -1)


def sets_of_pairs(links: Links, n: int) -> IntArray:
    """The sets that disjoint stars of pairs make, numbered by their first row; −1 for rows in no pair."""
    centre = np.arange(n)
    for tail, head in ((links.treated, links.control), (links.control, links.treated)):
        star = np.bincount(tail, minlength=n)[tail] > 1
        centre[head[star]] = tail[star]
    single = (np.bincount(links.treated, minlength=n)[links.treated] == 1) & (
        np.bincount(links.control, minlength=n)[links.control] == 1
    )
    centre[links.control[single]] = links.treated[single]
    used = np.flatnonzero(np.bincount(links.treated, minlength=n) + np.bincount(links.control, minlength=n))
    first = np.full(n, n)
    np.minimum.at(first, centre[used], used)
    sets = np.full(n, -1)
    sets[used] = np.unique(first[centre[used]], return_inverse=True)[1]
    return sets


def from_pairs(design: Design, links: Links, changes: Sequence[Change] = (), by_order: int = 0) -> Assigned:
    """Weights and sets of pairs; there are no sets where controls are shared."""
    n, options = len(design.kept), design.options
    return Assigned(
        weights=weights_of_pairs(links, n, options.estimand),
        sets=None if options.replace else sets_of_pairs(links, n),
        links=links,
        changes=tuple(changes),
        by_order=by_order,
    )


def from_sets(design: Design, codes: IntArray, links: Links | None = None) -> Assigned:
    """Weights of the sets that rows of equal code make, where both arms are there."""
    sets = two_sided(np.where(design.kept, codes, -1), design.cohort.treated)
    return Assigned(
        weights=weights_of_sets(sets, design.cohort.treated, design.options.estimand), sets=sets, links=links
    )
