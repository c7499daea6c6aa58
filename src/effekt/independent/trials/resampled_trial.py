"""Second route for trials whose p is counted: of assignments, or of sign changes of the clusters."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import partial
from itertools import islice
from math import comb, prod
from typing import NamedTuple

from effekt.exceptions import ArgumentError
from effekt.independent.columns import Columns, are_categories, covariate_lines, covariate_rows, labels, numbers
from effekt.independent.limits import check_steps
from effekt.independent.panels.wild_bootstrap import Draws, Model, rests_on_one
from effekt.independent.panels.wild_set import wild_inference
from effekt.independent.trials.content_order import content_order
from effekt.independent.trials.counted_trial import chances, counted_means, counting, repeated
from effekt.independent.trials.lot_ranks import Target, ranked
from effekt.independent.trials.lots import are_listed, assignments
from effekt.independent.trials.redrawn import (
    Lots,
    Pair,
    Rows,
    Statistic,
    additive,
    by_arm,
    by_pair,
    horvitz_thompson,
    lots_of,
)
from effekt.independent.trials.studentized import LEVELS, SINGLE, holds_a_single_unit, moments_of, ranked_by_error
from effekt.independent.trials.trial_rows import (
    check_arms,
    is_adjusted,
    model_row,
    row_names,
    trial_regressors,
    two_means,
)

RARELY = "the estimator does not exist under most assignments"
MEANS = ("treated_mean", "counterfactual_mean", "estimate", "observed_treated_mean", "observed_control_mean")


class Lottery(NamedTuple):
    """The columns of a trial by their role, how it is adjusted, and what its assignments are drawn from."""

    outcome: str
    treatment: str
    covariates: Sequence[str]
    block: str | None
    cluster: str | None
    pairs: str | None
    weights: tuple[str, str] | None
    probability: str | None
    exposure: str | None
    cluster_weighted: bool
    adjustment: str
    estimand: str
    draws: int
    rng: object
    statistic: str = "estimate"

    @property
    def is_adjusted(self) -> bool:
        """Return whether the means are other than the ratios of the arms' sums."""
        return is_adjusted(self.adjustment, self.covariates, self.block, self.probability, self.cluster_weighted)

    def in_order(self, columns: Columns, last: Sequence[str] = ()) -> Columns:
        """Return the rows in the order of all that is used, and of ``last``: numbers, then what their groups hold."""
        order = content_order(*self._groups_and_numbers(columns), [_floats(columns, name) for name in last])
        return {name: [cells[i] for i in order] for name, cells in columns.items()}

    def cluster_places(self, columns: Columns) -> dict[str, int]:
        """Return the place of each cluster: that of its first row in the same order."""
        assert self.cluster is not None
        names, order = labels(columns, self.cluster), content_order(*self._groups_and_numbers(columns), ())
        return {name: place for place, name in enumerate(dict.fromkeys(names[i] for i in order))}

    def _groups_and_numbers(self, columns: Columns) -> tuple[list[list[str]], list[list[float]]]:
        """Return the columns of names that are used, and those of numbers; rows of a frequency are repeated already."""
        named = [name for name in (self.block, self.cluster, self.pairs) if name is not None]
        named += [name for name in self.covariates if are_categories(columns, name)]
        further = [name for name in (self.exposure, self.probability) if name is not None]
        further += [] if self.weights is None else [self.weights[0]]
        counted = dict.fromkeys([self.outcome, self.treatment, *self.covariates, *further])
        groups = [list(labels(columns, name)) for name in named]
        return groups, [_floats(columns, name) for name in counted if name not in named]


def _floats(columns: Columns, name: str) -> list[float]:
    return [float(value) for value in numbers(columns, name)]


def wild(columns: Columns, rows: tuple[list[Fraction], list[int]], lottery: Lottery) -> dict[str, object]:
    """Return the means of a trial of clusters, in blocks or not, and the test by the wild cluster bootstrap."""
    y, d = rows
    if lottery.cluster is None or lottery.pairs is not None:
        raise ArgumentError(
            "inference='wild_bootstrap' needs a cluster and takes no pairs; name a cluster, and pairs in `block` with "
            "adjustment='additive'."
        )
    clusters, adjustment = labels(columns, lottery.cluster), lottery.adjustment
    equal = clusters if lottery.cluster_weighted else None
    weighing = (lottery.weights, lottery.exposure, lottery.probability, equal, lottery.estimand)
    weights = counting(columns, d, *weighing)
    exposure = None if lottery.exposure is None else numbers(columns, lottery.exposure)
    rate = y if exposure is None else [a / b for a, b in zip(y, exposure, strict=True)]
    targets = [i for i in range(len(y)) if lottery.estimand == "ATE" or d[i] == 1]
    blocks = labels(columns, lottery.block) if lottery.block is not None else ["" for _ in y]
    check_arms(d, blocks)
    z = trial_regressors(adjustment, covariate_rows(columns, lottery.covariates), blocks)
    means, fit, coefficients = counted_means(partial(model_row, adjustment), z, rate, d, targets, weights)
    model = Model(fit.rows, fit.weights, fit.inverse, coefficients, fit.residuals, fit.contrasts)
    found = two_means(means, y, d, exposure, adjusted=lottery.is_adjusted)
    common = adjustment == "additive"  # so that an arm of a block has no mean of its own
    if _stands_alone(clusters, d, ["" for _ in y] if common else blocks) or rests_on_one(model, clusters):
        return found | {"unavailable": "a cluster stands alone in an arm, or for a coefficient"}
    return found | {
        "unavailable": None,
        **wild_inference(
            model, clusters, Draws("rademacher", lottery.draws, lottery.rng), lottery.cluster_places(columns)
        ),
    }


def _stands_alone(clusters: Sequence[str], d: Sequence[int], blocks: Sequence[str]) -> bool:
    """Return whether an arm of a block holds a single cluster."""
    held: dict[tuple[int, str], set[str]] = {}
    for name, arm, block in zip(clusters, d, blocks, strict=True):
        held.setdefault((arm, block), set()).add(name)
    return min(map(len, held.values())) < 2


def by_lot(columns: Columns, means: Mapping[str, object], lottery: Lottery) -> dict[str, object]:
    """Return the means of a trial, and the test of a null by other assignments."""
    columns = lottery.in_order(columns)
    rows = _rows(columns, lottery)
    lots = lots_of(rows)
    found: dict[str, object] = {name: means[name] for name in MEANS} | {"variance": "randomization"}
    if lottery.statistic == "studentized":
        return found | _by_error(rows, lots, lottery)
    kept = redrawn(lots, statistic_of(rows, lots, lottery), lottery)
    if kept is None:
        return found | {"unavailable": RARELY}
    plain = not (lottery.covariates or lottery.weights or lottery.exposure or lottery.probability)
    plain = plain and not lottery.cluster_weighted and not (lottery.adjustment == "additive" and lottery.block)
    target = _target(rows, means["estimate"], lottery.estimand)
    if lottery.probability is not None and lottery.adjustment == "none":
        target = target._replace(exposure=_exposure(rows))
    tests = ranked(kept, target, listed=are_listed(lots.design), ties=not plain)
    centre = target.estimate / target.exposure
    without = target.level - centre * target.share
    ratio = 1 + centre / without if without > 0 else None
    return found | {"unavailable": None, **tests, "difference_at_centre": centre, "ratio_at_centre": ratio}


def _by_error(rows: Rows, lots: Lots, lottery: Lottery) -> dict[str, object]:
    """Return the test by the difference over its standard error."""
    if holds_a_single_unit(lots):
        return {"unavailable": SINGLE}
    moments, listed = moments_of(rows, lots, of_treated=lottery.estimand == "ATT"), are_listed(lots.design)
    actual = moments(lots.actual)
    if actual[2] <= (max(map(abs, rows.y)) / 10**13) ** 2:
        return {"unavailable": "no within-arm variation"}
    count = prod(map(comb, lots.design.sizes, lots.design.treated)) if listed else lottery.draws
    check_steps(count * (len(lots.units) + 50 * len(lots.blocks)))
    drawn = islice(assignments(lots.design, lottery.rng, lottery.draws), count)
    test = ranked_by_error(map(moments, drawn), actual, listed=listed)
    return {"unavailable": None, "test": test, "declared_levels": LEVELS, "without_ratio": True}


def by_receipt(
    columns: Columns, lottery: Lottery, received: str, effects: tuple[Fraction, Fraction]
) -> dict[str, object]:
    """Return the test of an effect on compliers by the effects of assignment on outcome and on receipt, both given."""
    if lottery.weights is not None and lottery.weights[1] == "frequency":
        columns, lottery = repeated(columns, lottery.weights[0]), lottery._replace(weights=None)
    columns = lottery.in_order(columns, (received,))
    both = [_rows(columns, own) for own in (lottery, lottery._replace(outcome=received))]
    lots = lots_of(both[0])
    on_outcome, on_receipt = (statistic_of(rows, lots, lottery) for rows in both)
    stage = effects[1]

    def effect(chosen: bytes) -> Pair | None:
        a, b = on_outcome(chosen), on_receipt(chosen)
        return None if a is None or b is None else (a[0] / stage, b[0] / stage)

    kept = redrawn(lots, effect, lottery)
    if kept is None:
        return {"unavailable": RARELY}
    level = _target(both[0], Fraction(0), lottery.estimand).level / stage
    target = Target(effects[0] / stage, level, Fraction(1))
    tests = ranked(kept, target, listed=are_listed(lots.design), ties=True)
    return {"unavailable": None, **tests, "without_ratio": True}  # the test is of a difference


def redrawn(lots: Lots, statistic: Statistic, lottery: Lottery) -> list[Pair] | None:
    """Return the statistic under all assignments, or so many drawn ones, under which it exists; None if too few do."""
    p = len(lottery.covariates)
    listed = are_listed(lots.design)
    count = prod(map(comb, lots.design.sizes, lots.design.treated)) if listed else lottery.draws
    check_steps(count * (len(lots.units) * (3 + p * (2 + p)) // 4 + 30 * len(lots.blocks) * (1 + p) ** 2))
    found: list[Pair] = []
    for chosen in assignments(lots.design, lottery.rng, lottery.draws):
        own = statistic(chosen)
        if own is not None:
            found.append(own)
        if not listed and len(found) == lottery.draws:
            break
    return None if statistic(lots.actual) is None or (not listed and len(found) < lottery.draws) else found


def statistic_of(rows: Rows, lots: Lots, lottery: Lottery) -> Statistic:
    """Return the statistic of a trial's design and adjustment."""
    if lottery.probability is not None and lottery.adjustment == "none":
        return horvitz_thompson(rows, lots)
    if lottery.pairs is not None and lottery.covariates:
        return by_pair(rows, lots, with_means=lottery.adjustment == "lin")
    if lottery.adjustment == "additive":
        return additive(rows, lots)
    return by_arm(rows, lots, of_treated=lottery.estimand == "ATT", apart=lottery.adjustment == "lin_by_block")


def _rows(columns: Columns, lottery: Lottery) -> Rows:
    """Return the trial with its weights, as a treated and as a control row."""
    d = [int(value) for value in numbers(columns, lottery.treatment)]
    y, clusters = numbers(columns, lottery.outcome), None
    if lottery.cluster is not None:
        clusters = labels(columns, lottery.cluster)
    equal = clusters if lottery.cluster_weighted else None
    counted, own = counting(columns, d, lottery.weights, lottery.exposure, None, equal, lottery.estimand)
    weights, chance = (own, own), None
    if lottery.probability is not None:
        chance = chances(columns, lottery.probability)
        of_treated = lottery.estimand == "ATT"
        weights = (
            own if of_treated else [v / p for v, p in zip(own, chance, strict=True)],
            [v * (p if of_treated else 1) / (1 - p) for v, p in zip(own, chance, strict=True)],
        )
    if lottery.exposure is not None:
        y = [a / b for a, b in zip(y, numbers(columns, lottery.exposure), strict=True)]
    groups = lottery.block or lottery.pairs
    return Rows(
        y=y,
        d=d,
        x=list(covariate_lines(columns, lottery.covariates).values()),
        counted=counted,
        weights=weights,
        blocks=["" for _ in y] if groups is None else labels(columns, groups),
        units=clusters or row_names(y),
        chances=chance,
    )


def _exposure(rows: Rows) -> Fraction:
    """Return what Horvitz and Thompson's difference is of the treatment itself: Σ 1/p of the treated over all."""
    assert rows.chances is not None
    return sum((1 / p for p, arm in zip(rows.chances, rows.d, strict=True) if arm == 1), Fraction(0)) / len(rows.d)


def _target(rows: Rows, estimate: object, estimand: str) -> Target:
    """Return the estimate, and the mean outcome and the share of the treated in the target population."""
    kept = [i for i in range(len(rows.d)) if estimand == "ATE" or rows.d[i] == 1]
    whole = sum((rows.counted[i] for i in kept), Fraction(0))
    level = sum((rows.counted[i] * rows.y[i] for i in kept), Fraction(0)) / whole
    share = sum((rows.counted[i] for i in kept if rows.d[i] == 1), Fraction(0)) / whole
    assert isinstance(estimate, Fraction)
    return Target(estimate, level, share)
