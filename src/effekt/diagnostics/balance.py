"""How alike treated and controls are in the covariates, before and after matching or weighting."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from effekt._text import LANGUAGES, Text, format_number
from effekt._threads import each
from effekt._types import BoolArray, FloatArray, IntArray
from effekt._validation import check_flag, check_option
from effekt.diagnostics._arrays import check_arm_weights, check_arms, check_columns, number_words
from effekt.result import Diagnostic
from effekt.tables import column_of
from effekt.tables.arrays import order_of

BalanceEstimand: TypeAlias = Literal["ATT", "ATE", "ATC", "ATO"]
Adjustment: TypeAlias = Literal["matching", "weighting"]
Denominator: TypeAlias = Literal["treated", "pooled", "control"]
DENOMINATORS: dict[BalanceEstimand, Denominator] = {
    "ATT": "treated",
    "ATE": "pooled",
    "ATC": "control",
    "ATO": "pooled",
}
NOTABLE_SMD = 0.1  # Austin (2009), see below
NOTABLE_RATIO = (0.5, 2.0)  # Rubin (2001), see below
BINS = 10  # of equal count, for the overlap of a covariate with more distinct values
AT_ONCE = 2**14  # rows that are counted together
FAR = 1e6  # a level so many times the spread costs digits
ROUNDING = 1e-13  # a difference this small relative to the values is rounding
EXACT = 1e-10  # a standardised difference, or one of distributions, this small is rounding where balance is exact


def covariate_balance(
    *,
    covariates: FloatArray,
    names: Sequence[str],
    treated: BoolArray,
    weights: FloatArray,
    estimand: BalanceEstimand = "ATT",
    squares: bool = False,
    interactions: bool = False,
    adjustment: Adjustment = "matching",
) -> Diagnostic:
    """Balance of each covariate before and after weighting.

    Parameters
    ----------
    covariates : (n, p) array
    names : sequence of str, length p
    treated : (n,) array of bool, or of 0 and 1
    weights : (n,) array
        Weight of each row in the comparison, such as 1 for a matched treated row; 0 leaves it out. Some row of each
        arm has a weight.
    estimand : {"ATT", "ATE", "ATC", "ATO"}
        For whom the effect is sought, which decides the standard deviation that differences are measured in.
    squares, interactions : bool
        Whether to add rows for the square of each covariate that is not 0/1, and for the product of each two.
    adjustment : {"matching", "weighting"}
        What the sentence calls that which gave the weights.

    Returns
    -------
    Diagnostic
        "warning" when a standardised mean difference after weighting is larger than 0.1 in size, or is undefined
        although the means differ. Table, one row for each covariate, `_before` with equal weights and `_after` with
        `weights`: the mean in each arm; `treated_sd` (before); `denominator` ("treated", "pooled" or "control") and
        `denominator_sd`; `smd_before`, `smd_after` over `denominator_sd`; `variance_ratio` (treated over control; none
        for a 0/1 covariate, nor where an arm has no spread); `ecdf_mean` and `ecdf_max`, the mean and the largest of
        |F₁(x) − F₀(x)| over the distinct values x that have weight, of which the largest is the Kolmogorov–Smirnov
        distance; `overlap`, the overlap coefficient. Values: the largest |smd| after, how many variance ratios after
        lie outside 0.5 to 2, and the effective number of rows in each arm before and after.

    Raises
    ------
    ArgumentError
        For an estimand or an adjustment that is none of these; for arrays of different length, a covariate that is not
        finite, `treated` other than 0 and 1 or of one arm, and weights that are negative, not finite, or all 0 in an
        arm.

    Notes
    -----
    The standardised mean difference is (x̄₁ − x̄₀)/s, the same s before and after: for the ATT s₁, the standard
    deviation of all the treated (ddof 1), or √(p₁(1 − p₁)) for a covariate of 0 and 1; for the ATC s₀ likewise; for
    the ATE and the ATO √((s₁² + s₀²)/2). It is undefined where s is zero, as of a single row. A standardised
    difference, or one of distributions, of at most 1e-10 is rounding and given as 0. A weighted variance is
    Σw(x − x̄)² / (Σw − Σw²/Σw). The effective number is (Σw)²/Σw². The overlap coefficient is Σ min(share₁, share₀) over
    the distinct values, or over ten bins between the deciles of all rows before weighting where there are more than
    ten, a value on a decile in the bin below it: 1 when the arms are alike, 0 when they share no bin.

    A size of 0.1 is the convention of Austin (2009); variance ratios of 0.5 to 2 that of Rubin (2001), told in the
    sentence and not part of the status. Neither shows that the arms are alike in what was not measured.

    References
    ----------
    Austin, P. C. (2009). Balance diagnostics for comparing the distribution of baseline covariates between treatment
    groups in propensity-score matched samples. *Statistics in Medicine* 28(25), 3083–3107. doi:10.1002/sim.3697

    Rubin, D. B. (2001). Using propensity scores to help design observational studies: application to the tobacco
    litigation. *Health Services and Outcomes Research Methodology* 2, 169–188. doi:10.1023/A:1020363010465

    Stuart, E. A., Lee, B. K. & Leacy, F. P. (2013). Prognostic score–based balance measures can be a useful diagnostic
    for propensity score methods in comparative effectiveness research. *Journal of Clinical Epidemiology* 66, S84–S90.
    doi:10.1016/j.jclinepi.2013.01.013

    Examples
    --------
    >>> import numpy as np
    >>> age, treated = np.array([[30.0], [40.0], [35.0], [60.0]]), np.array([True, True, False, False])
    >>> found = covariate_balance(covariates=age, names=["age"], treated=treated, weights=np.array([1, 1, 2, 0]))
    >>> round(found.table["smd_before"][0], 3), found.table["smd_after"][0]
    (-1.768, 0.0)
    """
    check_option("estimand", estimand, tuple(DENOMINATORS))
    check_option("adjustment", adjustment, ("matching", "weighting"))
    check_flag("squares", squares)
    check_flag("interactions", interactions)
    treated = check_arms(treated, name="treated")
    weights = check_arm_weights(weights, treated)
    covariates, listed = check_columns(covariates, names, len(treated))
    arms = _arms(treated, weights)
    columns = _expanded(covariates, listed, squares=squares, interactions=interactions)
    names, denominator = list(columns), DENOMINATORS[estimand]
    rows = each(lambda column: _one(column, arms, denominator), list(columns.values()), len(treated))
    table: dict[str, tuple[float | int | str | None, ...]]
    table = {"covariate": tuple(names), "denominator": (denominator,) * len(rows)}
    table |= {key: tuple(row[key] for row in rows) for key in rows[0]}
    after = [abs(smd) for row in rows if (smd := row["smd_after"]) is not None]
    imbalanced = {
        name: row["smd_after"] is not None for name, row in zip(names, rows, strict=True) if _is_imbalanced(row)
    }
    largest = max(after, default=None)
    unequal = [name for name, row in zip(names, rows, strict=True) if _is_unequal(row["variance_ratio_after"])]
    return Diagnostic(
        name="covariate_balance",
        status="warning" if imbalanced else "ok",
        statement=_statement(imbalanced, len(rows), largest, unequal, adjustment),
        values={
            "threshold": NOTABLE_SMD,
            "largest_smd_before": max(
                (abs(smd) for row in rows if (smd := row["smd_before"]) is not None), default=None
            ),
            "largest_smd_after": largest,
            "n_imbalanced": len(imbalanced),
            "threshold_source": "Austin (2009), doi:10.1002/sim.3697",
            "variance_ratio_low": NOTABLE_RATIO[0],
            "variance_ratio_high": NOTABLE_RATIO[1],
            "variance_ratio_source": "Rubin (2001), doi:10.1023/A:1020363010465",
            "n_unequal_variance": len(unequal),
            "effective_treated_before": float(treated.sum()),
            "effective_treated_after": effective_size(weights[treated]),
            "effective_controls_before": float((~treated).sum()),
            "effective_controls_after": effective_size(weights[~treated]),
        },
        table=table,
    )


def effective_size(weights: FloatArray) -> float:
    """(Σw)²/Σw² (Kish 1965, Survey Sampling): how many equal weights would be as precise."""
    return float(np.sum(weights) ** 2 / np.sum(weights**2))


def _expanded(
    covariates: FloatArray, names: Sequence[str], *, squares: bool, interactions: bool
) -> dict[str, FloatArray]:
    """The covariates by name, then squares and products; two categories of one column have none, as nobody has both."""
    columns = {name: np.ascontiguousarray(column) for name, column in zip(names, covariates.T, strict=True)}
    found = dict(columns)
    if squares:
        found |= {f"{name}²": column**2 for name, column in columns.items() if not _is_binary(column)}
    if interactions:
        pairs = itertools.combinations(columns.items(), 2)
        found |= {
            f"{first} × {second}": a * b for (first, a), (second, b) in pairs if column_of(first) != column_of(second)
        }
    return found


def _is_binary(column: FloatArray) -> bool:
    few = column[:BINS]
    return bool(np.all((few == 0) | (few == 1)) and np.all((column == 0) | (column == 1)))


def _sd(values: FloatArray, *, binary: bool) -> float:
    """Standard deviation with ddof 1; √(p(1 − p)) for a covariate of 0 and 1; zero for a single row."""
    if len(values) == 1:
        return 0.0
    share = float(np.mean(values))
    return math.sqrt(share * (1 - share)) if binary else float(np.std(values, ddof=1))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Side:
    """The rows of an arm that count, the weight of each, and what that costs once for all covariates.

    Attributes
    ----------
    rows : (m,) integer array
    weights : (m,) array, optional
        None where all count alike.
    total : float
        Σw.
    left : float
        Σw − Σw²/Σw.
    steps : (m + 1,) array, optional
        Of `weights` that are alike, as `_even` has them.
    """

    rows: IntArray
    weights: FloatArray | None
    total: float
    left: float
    steps: FloatArray | None

    def sum_of(self, values: FloatArray) -> float:
        """Σwx of the (m,) values."""
        return float(np.sum(values if self.weights is None else self.weights * values))

    def sum_of_squares(self, values: FloatArray, centre: float) -> float:
        """Σw(x − c)² of the (m,) values."""
        terms = values - centre
        np.multiply(terms, terms, out=terms)
        return self.sum_of(terms)


def _side(rows: IntArray, weights: FloatArray | None) -> _Side:
    if weights is None:
        total = squares = np.float64(len(rows))
    else:
        total, squares = np.sum(weights), np.sum(weights**2)
    return _Side(
        rows=rows,
        weights=weights,
        total=float(total),
        left=float(total - squares / total),
        steps=None if weights is None or (weights != weights[0]).any() else _even(len(rows)),
    )


def _even(m: int) -> FloatArray:
    """The shares of all m rows that the first 0, 1, … have where all count alike."""
    return np.arange(m + 1, dtype=float) / m


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Arms:
    """The treated and the controls before and after; `steps` are those of before, where all count alike."""

    steps: tuple[FloatArray, FloatArray]
    before: tuple[_Side, _Side]
    after: tuple[_Side, _Side]


def _arms(treated: BoolArray, weights: FloatArray) -> _Arms:
    first, second = np.flatnonzero(treated), np.flatnonzero(~treated)
    some = first[weights[first] != 0], second[weights[second] != 0]
    return _Arms(
        steps=(_even(len(first)), _even(len(second))),
        before=(_side(first, None), _side(second, None)),
        after=(_side(some[0], weights[some[0]]), _side(some[1], weights[some[1]])),
    )


def _one(column: FloatArray, arms: _Arms, denominator: Denominator) -> dict[str, float | None]:
    """The row of one covariate."""
    binary = _is_binary(column)
    values, some = ((column[first.rows], column[second.rows]) for first, second in (arms.before, arms.after))
    largest = [float(max(side.max(), -side.min())) for side in values]
    level = _level(values, max(largest))
    if level:
        values, some = ((first - level, second - level) for first, second in (values, some))
    own = _sd(values[0], binary=binary)
    sd = own
    if denominator != "treated":
        other = _sd(values[1], binary=binary)
        sd = other if denominator == "control" else math.sqrt((own**2 + other**2) / 2)
    own, sd = (0.0 if one <= ROUNDING * max(largest) else one for one in (own, sd))
    row: dict[str, float | None] = {"treated_sd": own, "denominator_sd": sd}
    distributions = _distributions(values, some, arms)  # puts the values in order once it is asked
    for when, sides, numbers in (("before", arms.before, values), ("after", arms.after, some)):
        means = [_mean(*one) for one in zip(numbers, sides, strict=True)]
        variances = [None if binary else _variance(*one) for one in zip(numbers, sides, means, largest, strict=True)]
        row[f"treated_mean_{when}"], row[f"control_mean_{when}"] = (one + level if level else one for one in means)
        row[f"smd_{when}"] = _settled((means[0] - means[1]) / sd) if sd else None
        row[f"variance_ratio_{when}"] = variances[0] / variances[1] if variances[0] and variances[1] else None
        apart, overlap = next(distributions)
        row[f"ecdf_mean_{when}"], row[f"ecdf_max_{when}"] = _settled(apart.mean), _settled(apart.largest)
        row[f"overlap_{when}"] = overlap
    return row


def _level(values: Sequence[FloatArray], largest: float) -> float:
    """The least value where differences would lose digits to the level, which it is then exact to take away; else 0."""
    low, high = (extreme([extreme(side) for side in values]) for extreme in (np.min, np.max))
    return float(low) if largest > FAR * (high - low) > 0 else 0.0


@dataclass(frozen=True, slots=True)
class _Apart:
    """|F₁ − F₀| over distinct values that have weight: its sum, the largest, and how many values there are."""

    total: float
    largest: float
    count: int

    @property
    def mean(self) -> float:
        """Over the values."""
        return self.total / self.count

    @classmethod
    def of(cls, gaps: FloatArray) -> _Apart:
        """Those of some values."""
        return cls(float(np.sum(gaps)), float(np.max(gaps, initial=0.0)), len(gaps))

    def __add__(self, other: _Apart) -> _Apart:
        return _Apart(self.total + other.total, max(self.largest, other.largest), self.count + other.count)


def _distributions(
    values: tuple[FloatArray, FloatArray], some: tuple[FloatArray, FloatArray], arms: _Arms
) -> Iterator[tuple[_Apart, float]]:
    """How far apart the arms are, and their overlap, before and then after.

    Before, all `values` count alike, and they are put in order where they stand. After, `some` have the weights of
    the sides after.
    """
    for own in values:
        own[:] = own[order_of(own)]
    first, second = map(_Ranked, values, arms.steps)
    above = np.searchsorted(second.values, first.values, side="right")
    apart = _apart(first, second, above)
    greatest = max(first.values[-1], second.values[-1])
    if apart.count <= BINS:
        edges = np.union1d(*map(_distinct, values))[:-1]
    else:
        n = len(first.values) + len(second.values)
        edges = _quantiles(lambda places: _merged(values, above, places), n, np.arange(1, BINS) / BINS)
    last = int(np.searchsorted(edges, greatest, side="left"))
    up_to = np.append(edges[:last], greatest)  # the greatest value of each bin
    counts = [np.diff(np.searchsorted(side, up_to, side="right"), prepend=0) / len(side) for side in values]
    yield apart, float(np.sum(np.minimum(*counts)))
    masses = [
        np.bincount(_bins(own, edges), side.weights, last + 1) / side.total
        for own, side in zip(some, arms.after, strict=True)
    ]
    first, second = (_ranked(own, side.weights, side.steps) for own, side in zip(some, arms.after, strict=True))
    above = np.searchsorted(second.values, first.values, side="right")
    yield _apart(first, second, above), float(np.sum(np.minimum(*masses)))


@dataclass(frozen=True, slots=True, eq=False)
class _Ranked:
    """The (m,) values of an arm in order, and the (m + 1,) shares of the weight of all that the first so many have."""

    values: FloatArray
    steps: FloatArray


def _ranked(values: FloatArray, weights: FloatArray | None, steps: FloatArray | None = None) -> _Ranked:
    """The values in order; `steps` are those of values that count alike."""
    if steps is not None:
        return _Ranked(values[order_of(values)], steps)
    assert weights is not None
    order = order_of(values)
    if not np.all(np.diff(values[order]) > 0):
        order = np.argsort(values, kind="stable")  # so that sums of tied rows are the same on every machine
    before = np.append(0.0, np.cumsum(weights[order]))
    return _Ranked(values[order], before / before[-1])


def _distinct(ranked: FloatArray) -> FloatArray:
    """The distinct ones of values in order."""
    return np.asarray(ranked[np.append(ranked[1:] != ranked[:-1], True)])


def _apart(treated: _Ranked, control: _Ranked, above: IntArray) -> _Apart:
    """Some controls at a time: it holds little more than the arms. `above` is the first control above each treated."""
    first, second = treated.values, control.values
    met = (above > 0) & (second[np.maximum(above - 1, 0)] == first)  # a control has the same value
    reached = above - met  # the control from which on the treated one is at or below
    own = np.flatnonzero(np.append(first[1:] != first[:-1], True) & ~met)
    found = _Apart.of(np.abs(treated.steps[own + 1] - control.steps[above[own]]))
    starts = [*range(0, len(second), AT_ONCE), len(second)]
    places = np.searchsorted(reached, starts).tolist()
    for (start, stop), (low, high) in zip(itertools.pairwise(starts), itertools.pairwise(places), strict=True):
        edges = np.concatenate([[start], reached[low:high], [stop]])
        gaps = np.repeat(treated.steps[low : high + 1], edges[1:] - edges[:-1])
        gaps -= control.steps[start + 1 : stop + 1]
        ends = second[start + 1 : stop + 1] != second[start : min(stop, len(second) - 1)]
        if not ends.all():
            gaps = gaps[np.append(ends, np.ones(len(gaps) - len(ends), bool))]
        found += _Apart.of(np.abs(gaps, out=gaps))
    return found


def _settled(value: float) -> float:
    """Zero for what is rounding, so that exact balance is the same number on every machine."""
    return 0.0 if abs(value) <= EXACT else value


def _mean(values: FloatArray, side: _Side) -> float:
    return side.sum_of(values) / side.total


def _variance(values: FloatArray, side: _Side, mean: float, largest: float) -> float | None:
    """Σw(x − x̄)² / (Σw − Σw²/Σw); None where it is zero or cannot be estimated. `largest` is the greatest |x|."""
    if side.left <= ROUNDING * side.total:
        return None
    spread = side.sum_of_squares(values, mean) / side.left
    return None if spread <= (ROUNDING * largest) ** 2 else spread


def _bins(values: FloatArray, edges: FloatArray) -> IntArray:
    """How many of the few edges each value lies above."""
    found = np.zeros(len(values), np.uint8)
    for edge in edges.tolist():
        found += values > edge
    return found.astype(np.intp)


def _merged(ranked: tuple[FloatArray, FloatArray], above: IntArray, places: IntArray) -> FloatArray:
    """What stands at some places of both arms in one order; `above` is the first control above each treated."""
    first, second = ranked
    own = above + np.arange(len(first))  # the place of each treated
    before = np.searchsorted(own, places)
    is_own = own[np.minimum(before, len(own) - 1)] == places
    place = np.clip(places - before, 0, len(second) - 1)
    return np.where(is_own, first[np.minimum(before, len(own) - 1)], second[place])


def _quantiles(at: Callable[[IntArray], FloatArray], n: int, shares: FloatArray) -> FloatArray:
    """As np.quantile has them, of n values in order: linear between neighbours (Hyndman & Fan 1996, definition 7).

    `at` gives the values at some places.
    """
    place = (n - 1) * shares
    below = np.floor(place).astype(np.intp)
    low, high = at(below), at(np.minimum(below + 1, n - 1))
    part, step = place - below, high - low
    return np.where(part < 0.5, low + step * part, high - step * (1 - part))


def _is_unequal(ratio: float | None) -> bool:
    return ratio is not None and not NOTABLE_RATIO[0] <= ratio <= NOTABLE_RATIO[1]


def _is_imbalanced(row: dict[str, float | None]) -> bool:
    smd, treated, control = row["smd_after"], row["treated_mean_after"], row["control_mean_after"]
    if smd is not None:
        return abs(smd) > NOTABLE_SMD
    assert treated is not None
    assert control is not None
    return abs(treated - control) > ROUNDING * max(abs(treated), abs(control))


UNMEASURED = Text(
    en="without spread where it is measured by, so that any difference counts",
    sv="utan spridning där den mäts, så att varje skillnad räknas",
)


def _statement(
    imbalanced: dict[str, bool], count: int, largest: float | None, unequal: list[str], adjustment: Adjustment
) -> Text:
    en = f"{len(imbalanced)} of {count} covariates differ by more than {format_number(NOTABLE_SMD, 'en')} standard "
    en += f"deviations after {adjustment}"
    sv = f"{len(imbalanced)} av {count} kovariater skiljer sig åt med mer än {format_number(NOTABLE_SMD, 'sv')} "
    sv += f"standardavvikelser efter {'matchning' if adjustment == 'matching' else 'viktning'}"
    if imbalanced:
        en += ": " + ", ".join(name if seen else f"{name} ({UNMEASURED.en})" for name, seen in imbalanced.items())
        sv += ": " + ", ".join(name if seen else f"{name} ({UNMEASURED.sv})" for name, seen in imbalanced.items())
    if largest is not None:
        en += f"; the largest standardised mean difference is {format_number(largest, 'en', 3)}"
        sv += f"; den största standardiserade medelvärdesskillnaden är {format_number(largest, 'sv', 3)}"
    if unequal:
        first, second = ([number_words(limit, lang) for limit in NOTABLE_RATIO] for lang in LANGUAGES)
        listed = ", ".join(unequal)
        en += f"; the variance ratio lies outside {first[0]} to {first[1]} for {listed}"
        sv += f"; varianskvoten ligger utanför {second[0]} till {second[1]} för {listed}"
    return Text(en=f"{en}.", sv=f"{sv}.")
