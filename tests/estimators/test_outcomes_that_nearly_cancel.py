"""Outcomes that nearly cancel in blocks and pairs: means keep their digits, against fractions of the decimals."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

import effekt
from effekt._exact import exact
from effekt.estimators.randomized.decimal_means import FEW, cell_totals
from effekt.independent.trials.randomized_trial import randomized_trial

DESIGNS = {
    "blocks": {"block": "b"},
    "blocks_none": {"block": "b", "adjustment": "none"},
    "blocks_att": {"block": "b", "estimand": "ATT"},
    "blocks_additive": {"block": "b", "adjustment": "additive"},
    "blocks_additive_att": {"block": "b", "adjustment": "additive", "estimand": "ATT"},
    "clusters_in_blocks": {"block": "b", "cluster": "g"},
    "clusters_alike": {"cluster": "g", "cluster_weighted": True},
    "clusters_alike_in_blocks": {"block": "b", "cluster": "g", "cluster_weighted": True},
    "clusters_alike_additive": {"block": "b", "cluster": "g", "cluster_weighted": True, "adjustment": "additive"},
    "pairs_of_clusters": {"pairs": "p", "cluster": "g"},
    "pairs_of_clusters_att": {"pairs": "p", "cluster": "g", "estimand": "ATT"},
    "pairs_of_clusters_alike": {"pairs": "p", "cluster": "g", "cluster_weighted": True},
}


APART = [3, -1, 1, -3]  # of the clusters of an arm of a block, in millions


def cancelling(part: str) -> dict[str, list[object]]:
    """Outcomes up to 1e8 in twelve pairs of clusters and three blocks, whose means are `part` of 1e7 or twice that."""
    rng = np.random.default_rng(20)
    data: dict[str, list[object]] = {name: [] for name in ("y", "t", "b", "p", "g")}
    for pair in range(12):
        for arm in (0, 1):
            block, count = pair // 4, 3 + pair // 4 * (1 + arm)
            values = [Fraction(int(one), 100) for one in rng.integers(-3 * 10**9, 3 * 10**9, count)]
            mean = Fraction(part) * 10**7 * (1 + arm) + APART[(pair + arm) % 4] * 10**6
            values[-1] = mean * count - sum(values[:-1], Fraction(0))
            data["y"] += [float(one) for one in values]
            for name, cell in (("t", arm), ("b", f"b{block}"), ("p", f"p{pair}"), ("g", f"g{pair}{arm}")):
                data[name] += [cell] * count
    return data


def both(data, **given):
    given = {"outcome": "y", "treatment": "t"} | given
    return effekt.randomized_trial(data, **given), randomized_trial(data, **given)


@pytest.mark.parametrize("part", ["1e-6", "1e-7", "1e-9"])
@pytest.mark.parametrize("design", DESIGNS)
def test_means_and_the_error_of_their_ratio_keep_their_digits(design, part):
    effect, numbers = both(cancelling(part), **DESIGNS[design])
    treated, control = numbers["treated_mean"], numbers["counterfactual_mean"]
    assert effect.treated_mean == float(treated)
    assert effect.counterfactual_mean == float(control)
    assert effect.ratio().estimate == pytest.approx(float(treated / control), rel=1e-15)
    (first, cross), (_, second) = numbers["covariance"]
    ratio = float(treated / control)
    variance = first - 2 * ratio * cross + ratio**2 * second
    assert effect.ratio().std_error == pytest.approx(variance**0.5 / float(control), rel=1e-11)


def test_sums_of_cells_are_those_of_the_decimals():
    rng = np.random.default_rng(21)
    for count, scale in ((7, 1.0), (7, 1e-20), (7 * FEW + 1, 1e9)):
        full = scale * rng.normal(size=5000)
        for values in (full, np.round(full, 3), np.trunc(1e14 * full / np.max(np.abs(full)))):
            cells = rng.integers(0, count - 1, 5000)
            totals, below = cell_totals(values, cells, count)
            own = [Fraction(0)] * count
            for value, cell in zip(values.tolist(), cells.tolist(), strict=True):
                own[cell] += exact(value)
            assert [Fraction(total, below) for total in totals] == own
