"""The columns of a randomised trial as checked arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from effekt._text import Text
from effekt._types import BoolArray, FloatArray, IntArray, Missing, Table
from effekt._validation import plural
from effekt.estimators._called_totals import called_in_panel
from effekt.estimators._level import each_without_level
from effekt.estimators._worst_case import refuse_outside
from effekt.estimators.randomized.arguments import COUNTS, TWO_SHARES, Options
from effekt.estimators.randomized.content import Content
from effekt.exceptions import DataError
from effekt.result import Note
from effekt.tables import Selection, as_table, covariates_of, select_covariates
from effekt.tables import Table as CheckedTable
from effekt.tables.table import CANONICAL_ROWS

ARMS = (Text(en="treated", sv="behandlingsgruppen"), Text(en="control", sv="kontrollgruppen"))
FAR = 100.0  # a level so many times the spread costs the digits by which assignments are told apart
MOST_ROWS = 10_000_000  # that frequency weights may stand for


@dataclass(frozen=True, slots=True, kw_only=True)
class Clusters:
    """How many clusters of the treated and of the controls were assigned, and how many have an outcome at all."""

    assigned: tuple[int, int]
    measured: tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Assigned:
    """Everyone who was assigned, as far as the treatment is known.

    Attributes
    ----------
    treated : (m,) bool array
    outcome : (m,) array
        NaN where it is missing.
    incomplete : (int, int)
        Rows of the treated and of the controls whose outcome is known and which lack another value.
    clusters : Clusters, optional
        Where whole clusters were assigned, and rows are left out.
    """

    treated: BoolArray
    outcome: FloatArray
    incomplete: tuple[int, int]
    clusters: Clusters | None = None

    @property
    def counts(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """(missing outcomes, assigned) of the treated and of the controls."""
        lost = np.isnan(self.outcome)
        treated, control = ((int((lost & arm).sum()), int(arm.sum())) for arm in (self.treated, ~self.treated))
        return treated, control


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trial:
    """The checked arrays of a trial, rows in canonical order; a row of frequency f stands there f times.

    Attributes
    ----------
    outcome : (n,) array
    treated : (n,) bool array
    columns : tuple of p (n,) arrays
        The covariates, named by `names`; of categories the indicators. A level far above the spread is taken away.
    block, cluster, pair : (n,) integer arrays, or None
    sampling, precision, probability, exposure : (n,) arrays, or None
    rows : (n,) int array
        Where each row stood in the data, from 1.
    content : Content, optional
        By which assignments are drawn in one order, whatever the names; None where rows have none, and stand in it.
    as_given : bool
        Whether the rows are too many to be sorted, and stand as in the data.
    n_dropped : int
        Rows left out, those of dropped blocks and pairs among them.
    dropped_blocks, dropped_pairs : int
    assigned : Assigned, optional
        Where rows may be missing.
    called : tuple of Note
        What is told of clusters that are called as a total is.
    """

    outcome: FloatArray
    treated: BoolArray
    columns: tuple[FloatArray, ...]
    names: tuple[str, ...]
    block: IntArray | None
    cluster: IntArray | None
    pair: IntArray | None
    sampling: FloatArray | None
    precision: FloatArray | None
    probability: FloatArray | None
    exposure: FloatArray | None
    rows: IntArray
    content: Content | None
    as_given: bool
    n_dropped: int
    dropped_blocks: int
    dropped_pairs: int
    assigned: Assigned | None
    called: tuple[Note, ...]

    @property
    def arms(self) -> tuple[BoolArray, BoolArray]:
        """Which rows are treated, and which are controls."""
        return self.treated, ~self.treated

    @property
    def response(self) -> FloatArray:
        """The outcome, per unit of exposure when there is exposure."""
        return self.outcome if self.exposure is None else self.outcome / self.exposure

    @property
    def drawn(self) -> IntArray:
        """One row of each unit that was assigned as a whole: every row, or the first of each cluster."""
        if self.cluster is None:
            return np.arange(len(self.outcome))
        return first_rows(self.cluster)

    @property
    def covariates(self) -> FloatArray:
        """(n, p): the covariates side by side."""
        return np.array(self.columns).reshape(-1, len(self.outcome)).T

    def regressors(self) -> tuple[FloatArray, ...]:
        """An indicator of each block after the first, then covariates."""
        later = [] if self.block is None else np.unique(self.block)[1:].tolist()
        return (*((self.block == block).astype(float) for block in later), *self.columns)


def first_rows(codes: IntArray) -> IntArray:
    """The first row of each code (0 or more) there is, in the order of the codes."""
    first = np.full(int(codes.max(initial=-1)) + 1, -1)
    first[codes[::-1]] = np.arange(len(codes))[::-1]  # of several rows with a code the last to be written stays
    return first[first >= 0]


def first_and_place(codes: IntArray) -> tuple[IntArray, IntArray]:
    """The same, and which of these codes a row has."""
    first = first_rows(codes)
    place = np.empty(int(codes.max(initial=-1)) + 1, np.intp)
    place[codes[first]] = np.arange(len(first))
    return first, place[codes]


def least(groups: IntArray, values: IntArray) -> IntArray:
    """The least value of each of the groups 0, 1, …"""
    found = np.full(int(groups.max()) + 1, np.iinfo(np.intp).max)
    np.minimum.at(found, groups, values)
    return found


def row_places(trial: Trial) -> IntArray:
    """(n,): the place of each row of a trial by what it holds, whatever its groups are called."""
    return np.arange(len(trial.outcome)) if trial.content is None else trial.content.places()


def places_among(trial: Trial, options: Options, selections: Sequence[Selection]) -> IntArray:
    """(n,): the place of each row of a trial by the content of a selection; of those alike, by that of the next."""
    first, *last = (_content(rows, _places_of(rows)[trial.rows], options) for rows in selections)
    return first.places(last)


def _places_of(rows: Selection) -> IntArray:
    """Where each row of the data, from 1, stands among the rows of a selection."""
    places = np.zeros(int(rows.rows.max()) + 1, np.intp)
    places[rows.rows] = np.arange(len(rows))
    return places


def _content(rows: Selection, kept: IntArray | slice, options: Options) -> Content:
    column = None if options.weights is None else options.weights.column
    return Content(rows=rows, kept=kept, frequency=column if options.weight_kind == "frequency" else None)


def read_trial(data: Table, options: Options) -> Trial:
    """The columns by role, checked; with missing="drop" without blocks and pairs that lack an arm."""
    weights = None if options.weights is None else options.weights.column
    rows = selected(as_table(data), (options.outcome.name,), options)
    if options.horvitz_thompson and rows.n_dropped:
        raise DataError(
            f"Every row must have its outcome and probability under adjustment='none' with `probability` (Horvitz and "
            f"Thompson), whose sums are divided by all who were assigned; {plural(rows.n_dropped, 'row')} lacked a "
            f"value. Use adjustment='lin', whose weights are normalised, or complete the data."
        )
    treated = _read_treatment(rows, options.treatment)
    _check_numbers(rows, options, weights)
    _check_clusters(rows, options, treated)
    blocks = _complete_blocks(rows, options.block, treated, options.missing)
    pairs = _complete_pairs(rows, options, treated)
    kept: IntArray | slice = slice(None) if blocks.all() and pairs.all() else np.flatnonzero(blocks & pairs)
    if options.weight_kind == "frequency" and weights is not None:
        kept = np.repeat(np.flatnonzero(blocks & pairs), rows.numbers[weights][kept].astype(np.intp))

    covariates = covariates_of(rows, options.covariates, kept)

    def number(name: str | None) -> FloatArray | None:
        return None if name is None else rows.numbers[name][kept]

    def label(name: str | None) -> IntArray | None:
        return None if name is None else rows.labels[name].codes[kept]

    return Trial(
        outcome=rows.numbers[options.outcome.name][kept],
        treated=treated[kept],
        columns=each_without_level(covariates.columns, FAR),
        names=covariates.names,
        block=label(options.block),
        cluster=label(options.cluster),
        pair=label(options.pairs),
        sampling=number(weights if options.weight_kind == "sampling" else None),
        precision=number(weights if options.weight_kind == "precision" else None),
        probability=number(options.probability),
        exposure=number(options.exposure),
        rows=rows.rows[kept],
        content=_content(rows, kept, options) if rows.labels else None,
        as_given=len(rows) > CANONICAL_ROWS,
        n_dropped=rows.n_dropped + int((~(blocks & pairs)).sum()),
        dropped_blocks=_groups(rows, options.block, ~blocks),
        dropped_pairs=_groups(rows, options.pairs, ~pairs),
        assigned=_read_assigned(rows, options) if options.missing == "drop" else None,
        called=_called_clusters(rows, options.cluster, treated),
    )


def _called_clusters(rows: Selection, cluster: str | None, treated: BoolArray) -> tuple[Note, ...]:
    """What is told of clusters that are called as a total is; one with rows in both arms is no control."""
    if cluster is None:
        return ()
    clusters = rows.labels[cluster]
    return called_in_panel(
        clusters, np.arange(clusters.count), np.bincount(clusters.codes[treated], minlength=clusters.count) == 0
    )


def selected(table: CheckedTable, outcomes: Sequence[str], options: Options, last: Sequence[str] = ()) -> Selection:
    """The rows that hold some outcomes and all else that is used, in canonical order; by the last columns last."""
    groups = [name for name in (options.block, options.cluster, options.pairs) if name is not None]
    weights = None if options.weights is None else options.weights.column
    further = [name for name in (options.exposure, options.probability, weights) if name is not None]
    numbers = (*outcomes, options.treatment, *options.covariates, *further, *last)
    return select_covariates(
        table, covariates=options.covariates, numbers=numbers, labels=groups, missing=options.missing
    )


def _groups(rows: Selection, name: str | None, chosen: BoolArray) -> int:
    """How many blocks or pairs the chosen rows belong to."""
    return 0 if name is None else len(np.unique(rows.labels[name].codes[chosen]))


def _read_treatment(rows: Selection, treatment: str) -> BoolArray:
    """Which rows are treated; both arms must be there."""
    assigned = rows.numbers[treatment]
    rows.refuse(
        (assigned != 0) & (assigned != 1),
        treatment,
        "must hold 0 (control) or 1 (treated)",
        "Recode it, and leave rows of other arms out.",
    )
    treated: BoolArray = assigned == 1
    for arm, present in (("treated", treated.any()), ("control", not treated.all())):
        if not present:
            raise DataError(
                f"Column {treatment!r} must hold both 0 (control) and 1 (treated); there is no {arm} row. "
                "Give the rows of both arms."
            )
    return treated


def _check_numbers(rows: Selection, options: Options, weights: str | None) -> None:
    """Weights and exposure are above 0, frequencies whole, probabilities between 0 and 1."""
    if weights is not None and options.weight_kind == "frequency":
        counts = rows.numbers[weights]
        bad = (counts < 1) | (counts != np.floor(counts))
        rows.refuse(bad, weights, "must hold whole numbers of at least 1", "Leave rows that stand for none out.")
        if counts.sum() > MOST_ROWS:
            raise DataError(
                f"Column {weights!r} must stand for at most {MOST_ROWS:,} rows in all; it stands for more. Give the "
                "trial in fewer rows of larger units, or a sample of it."
            )
    elif weights is not None:
        rows.refuse(rows.numbers[weights] <= 0, weights, "must hold weights above 0", "Leave rows without weight out.")
    if options.inference in TWO_SHARES:
        shares = rows.numbers[options.outcome.name]
        rule = f"must hold 0 or 1 for inference {options.inference!r}"
        rows.refuse(
            (shares != 0) & (shares != 1), options.outcome.name, rule, "Recode it, or choose another inference."
        )
    if options.of_counts:
        _check_counts(rows, options)
    refuse_outside(rows, options.outcome.name, options.outcome_range)
    if options.exposure is not None:
        bad = rows.numbers[options.exposure] <= 0
        rows.refuse(bad, options.exposure, "must hold exposure above 0", "Leave rows without exposure out.")
    if options.probability is not None:
        chance = rows.numbers[options.probability]
        rows.refuse(
            (chance <= 0) | (chance >= 1),
            options.probability,
            "must hold probabilities of treatment above 0 and below 1",
            "Leave out units that could not have been in both arms.",
        )


def _check_counts(rows: Selection, options: Options) -> None:
    """Whole numbers for a test that is exact; a quasi-likelihood asks for no more than that none is below 0."""
    counts = rows.numbers[options.outcome.name]
    bad, rule = counts < 0, "must hold counts of at least 0 for variance 'quasi_poisson'"
    remedy = "Correct it, or choose another variance."
    if options.inference in COUNTS:
        bad, rule = bad | (counts != np.floor(counts)), f"must hold whole counts for inference {options.inference!r}"
        remedy = "Count events, from 0, or choose another inference."
    rows.refuse(bad, options.outcome.name, rule, remedy)


def _check_clusters(rows: Selection, options: Options, treated: BoolArray) -> None:
    """Whatever is assigned as a whole has one treatment, block, pair and probability."""
    if options.cluster is None:
        return
    check_constant(rows, options.cluster, treated, f"Column {options.treatment!r} must hold one value")
    for name, kind in ((options.block, "block"), (options.pairs, "pair")):
        if name is not None:
            check_constant(rows, options.cluster, rows.labels[name].codes, f"Column {name!r} must name one {kind}")
    if options.probability is not None:
        chance = rows.numbers[options.probability]
        check_constant(rows, options.cluster, chance, f"Column {options.probability!r} must hold one value")


def check_constant(rows: Selection, cluster: str, values: BoolArray | IntArray | FloatArray, rule: str) -> None:
    """Raise when a cluster holds two values."""
    clusters = rows.labels[cluster].codes
    one = np.empty(int(clusters.max(initial=-1)) + 1, values.dtype)  # the value of some row of each cluster
    one[clusters] = values
    differs = values != one[clusters]
    mixed = len(np.unique(clusters[differs]))
    if mixed:
        raise DataError(
            f"{rule} within each cluster of column {cluster!r}; {plural(mixed, 'cluster')} did not, the first at "
            f"{rows.first(np.isin(clusters, clusters[differs]))}. Correct the data, or leave `cluster` out if clusters "
            "were not assigned as a whole."
        )


def _complete_blocks(rows: Selection, block: str | None, treated: BoolArray, missing: Missing) -> BoolArray:
    """Rows of blocks with both arms; other blocks raise, or are dropped."""
    if block is None:
        return np.ones(len(rows), bool)
    blocks = rows.labels[block].codes
    kept: BoolArray = np.isin(blocks, blocks[treated]) & np.isin(blocks, blocks[~treated])
    rule = f"Column {block!r} must name blocks that hold treated and control rows"
    if not kept.any():
        raise DataError(f"{rule}; none of its blocks has both. Name the blocks within which treatment was assigned.")
    if missing == "raise" and not kept.all():
        raise DataError(
            f"{rule}; {plural(len(np.unique(blocks[~kept])), 'block')} did not, the first at {rows.first(~kept)}. "
            "Correct the data, or pass missing='drop' to leave such blocks out and have them counted."
        )
    return kept


def _complete_pairs(rows: Selection, options: Options, treated: BoolArray) -> BoolArray:
    """Rows of pairs of one treated and one control; larger ones raise, halves raise or are dropped."""
    if options.pairs is None:
        return np.ones(len(rows), bool)
    pairs = rows.labels[options.pairs].codes
    unit = "row" if options.cluster is None else "cluster"
    units = np.arange(len(rows)) if options.cluster is None else rows.labels[options.cluster].codes
    first = np.unique(units, return_index=True)[1]
    held = np.array([np.bincount(pairs[first][arm[first]], minlength=pairs.max() + 1) for arm in (treated, ~treated)])
    rule = f"Column {options.pairs!r} must name pairs of one treated and one control {unit}"
    larger: BoolArray = np.max(held, axis=0)[pairs] > 1
    halves: BoolArray = np.min(held, axis=0)[pairs] < 1
    if larger.any():
        raise DataError(
            f"{rule}; {plural(len(np.unique(pairs[larger])), 'pair')} held more, the first at {rows.first(larger)}. "
            "Correct the data, or name larger groups in `block`."
        )
    if halves.any() and options.missing == "raise":
        raise DataError(
            f"{rule}; {plural(len(np.unique(pairs[halves])), 'pair')} lacked one, the first at {rows.first(halves)}. "
            "Correct the data, or pass missing='drop' to leave such pairs out and have them counted."
        )
    if halves.all():
        raise DataError(f"{rule}; none of its pairs has both. Name the pairs within which treatment was assigned.")
    return ~halves


def _read_assigned(rows: Selection, options: Options) -> Assigned:
    """Everyone with a known treatment, in an order that does not depend on that of the rows."""
    outcome, treatment = options.outcome.name, options.treatment
    everyone = rows.table.select(numbers=[treatment], missing="drop")
    measured = rows.table.select(numbers=[treatment, outcome], missing="drop")
    values = np.full(len(rows.table) + 1, np.nan)
    values[measured.rows] = measured.numbers[outcome]
    found, treated = values[everyone.rows], everyone.numbers[treatment]
    order = np.lexsort((found, treated))
    order = order[np.isin(treated[order], (0, 1))]
    arms = measured.numbers[treatment][~np.isin(measured.rows, rows.rows)]
    whole = options.cluster is None or not rows.n_dropped
    clusters = None if whole else _read_clusters(rows, str(options.cluster), outcome, treatment)
    return Assigned(
        treated=treated[order] == 1,
        outcome=found[order],
        incomplete=(int((arms == 1).sum()), int((arms == 0).sum())),
        clusters=clusters,
    )


def _read_clusters(rows: Selection, cluster: str, outcome: str, treatment: str) -> Clusters:
    def counted(*numbers: str) -> tuple[int, int]:
        found = rows.table.select(numbers=numbers, labels=[cluster], missing="drop")
        codes, arm = found.labels[cluster].codes, found.numbers[treatment]
        return len(np.unique(codes[arm == 1])), len(np.unique(codes[arm == 0]))

    return Clusters(assigned=counted(treatment), measured=counted(treatment, outcome))
