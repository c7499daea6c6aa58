"""The decomposition of two-way fixed effects is exact: against the regression on dummies of all units and periods."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from effekt.diagnostics import bacon_decomposition
from effekt.exceptions import ArgumentError

GOLDENS = Path(__file__).parents[1] / "goldens" / "staggered"


def two_way(y, start):
    """The coefficient of treatment beside a dummy for each unit and period."""
    rows, treated = [], []
    for i in range(len(y)):
        for t in range(len(y[0])):
            unit, period = np.eye(len(y))[i], np.eye(len(y[0]))[t]
            treated.append(float(t >= start[i]))
            rows.append([treated[-1], *unit, *period[1:]])
    return float(np.linalg.lstsq(np.array(rows), np.ravel(y), rcond=None)[0][0])


def draw(seed, starts, periods=6):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(len(starts), periods)) + rng.normal(size=(len(starts), 1)), starts


SHAPES = {
    "cohorts and never": [1, 1, 2, 4, 4, 4, 6, 6, 6],
    "no never treated": [1, 2, 2, 5, 5, 3],
    "one cohort": [3, 3, 6, 6, 6],
    "never by a later start": [3, 2, 2, 99, 6, 7],
    "always treated, one cohort": [0, 0, 3, 3, 3],
    "always treated and all else": [0, 2, 2, 4, 0, 6, 6, 0, 3],
}


@pytest.mark.parametrize("shape", SHAPES)
def test_the_mean_of_the_comparisons_is_two_way_fixed_effects(shape):
    y, start = draw(3, SHAPES[shape])
    found = bacon_decomposition(y, start)
    assert found.values["estimate"] == pytest.approx(two_way(y, start), abs=1e-10)
    assert sum(found.table["weight"]) == pytest.approx(1, abs=1e-12)
    assert min(found.table["weight"]) > 0
    kinds = {
        "one cohort": {"never"},
        "no never treated": {"later", "earlier"},
        "always treated, one cohort": {"always"},
        "always treated and all else": {"never", "later", "earlier", "always"},
    }.get(shape, {"never", "later", "earlier"})
    assert set(found.table["kind"]) == kinds
    assert ("weight_always" in found.values) == ("always" in kinds)
    for kind in kinds:
        weight = sum(w for w, own in zip(found.table["weight"], found.table["kind"], strict=True) if own == kind)
        assert found.values[f"weight_{kind}"] == pytest.approx(weight, abs=1e-12)
    assert found.status == ("information" if shape == "one cohort" else "warning")


def test_an_effect_that_grows_turns_the_comparisons_with_the_treated():
    start = [2] * 4 + [5] * 4
    y = [[float(t + 3 * max(0, t - s + 1)) for t in range(8)] for s in start]
    found = bacon_decomposition(y, start)
    by_kind = dict(zip(found.table["kind"], found.table["estimate"], strict=True))
    assert by_kind["later"] == pytest.approx(6)
    assert by_kind["earlier"] < 0
    assert found.values["estimate"] == pytest.approx(two_way(y, start))


@pytest.mark.parametrize("units", ["all", "without"])
def test_diff_diff_has_the_same_comparisons(units):
    """diff-diff counts those always treated with the never treated: its comparison is the mean of the two here."""
    golden = json.loads((GOLDENS / "bacon.json").read_text(encoding="utf-8"))
    cells = golden["panel"]
    years = sorted(set(cells["year"]))
    start = np.array(cells["start"][:: len(years)])
    y = np.array(cells["y"]).reshape(-1, len(years))
    position = np.where(start == 0, len(years), np.maximum(start - years[0], 0))
    kept = position > 0 if units == "without" else position >= 0
    found = bacon_decomposition(y[kept], position[kept])
    assert found.values["estimate"] == pytest.approx(golden[units]["estimate"], abs=1e-8)
    assert found.values["estimate"] == pytest.approx(two_way(y[kept], position[kept]), abs=1e-10)
    own = {}
    for kind, treated, control, estimate, weight in zip(
        *(found.table[name] for name in ("kind", "treated", "control", "estimate", "weight")), strict=True
    ):
        never = kind in ("never", "always")
        place = years[0] + treated, "never_treated" if never else str(years[0] + control)
        total, moved = own.get(place, (0.0, 0.0))
        own[place] = total + weight, moved + weight * estimate
    theirs = {(one["treated"], one["control"]): one for one in golden[units]["comparisons"]}
    assert own.keys() == theirs.keys()
    for place, (weight, moved) in own.items():
        assert weight == pytest.approx(theirs[place]["weight"], abs=1e-8)
        assert moved / weight == pytest.approx(theirs[place]["estimate"], abs=1e-8)


def test_the_sentence_names_those_always_treated():
    y = [[float(t + 3 * max(0, t - s + 1)) for t in range(6)] for s in (-1, -1, 3, 3, 9, 9)]
    found = bacon_decomposition(y, [0, 0, 3, 3, 6, 6])
    assert found.status == "warning"
    assert found.values["weight_always"] == pytest.approx(0.5)
    assert found.statement.en == (
        "50.0% of the weight of two-way fixed effects (1.500) lies on comparisons with units treated already "
        "(50.0% with units treated in every period), which are biased where effects change over time."
    )
    assert found.statement.sv == (
        "50,0\u00a0% av vikten i tvåvägs fixa effekter (1,500) ligger på jämförelser med enheter som redan behandlas "
        "(50,0\u00a0% med enheter som behandlas i varje period); de är skeva om effekten ändras över tid."
    )


@given(
    starts=st.lists(st.integers(0, 6), min_size=3, max_size=9).filter(
        lambda own: len(set(own)) > 1 and set(own) != {0, 6}
    )
)
def test_it_is_exact_whatever_the_groups(starts):
    y, start = draw(len(starts), starts)
    found = bacon_decomposition(y, start)
    assert found.values["estimate"] == pytest.approx(two_way(y, start), abs=1e-9)
    order = list(range(len(starts)))[::-1]
    again = bacon_decomposition(y[order], [start[i] for i in order])
    assert again.values["estimate"] == pytest.approx(found.values["estimate"], abs=1e-12)


@pytest.mark.parametrize(
    ("outcome", "start", "sentence"),
    [
        (
            [[1.0], [2.0]],
            [1, 2],
            "`outcome` must be a table of finite numbers with a row for each unit and at least two "
            "periods; its shape is "
            "(2, 1).",
        ),
        (
            [[1.0, 2.0], [2.0, 3.0]],
            [1, -1],
            "`start` must hold positions of periods from 0; the first row that does not is row 2. Give units treated "
            "before the first period 0, which is treated in all of them.",
        ),
        (
            [[1.0, 2.0], [2.0, 3.0]],
            [0, 2],
            "`start` must hold a group that adopts within the periods; all units are treated in every period or in "
            "none, so that nothing is compared. Add earlier periods, or units that adopt.",
        ),
        ([[1.0, 2.0], [2.0, 3.0]], [1, 1], "`start` must hold at least two groups to compare; it holds one."),
    ],
)
def test_bad_arrays_are_refused(outcome, start, sentence):
    with pytest.raises(ArgumentError) as refusal:
        bacon_decomposition(outcome, start)
    assert str(refusal.value) == sentence


def by_dummies(y, start, cluster):
    """The standard error of that coefficient, with CR1, from the sandwich of the regression on all dummies."""
    n, periods = len(y), len(y[0])
    x = np.array(
        [[float(t >= start[i]), *np.eye(n)[i], *np.eye(periods)[t][1:]] for i in range(n) for t in range(periods)]
    )
    outcome, bread = np.ravel(y), np.linalg.pinv(x.T @ x)
    residual = outcome - x @ bread @ x.T @ outcome
    meat, names = np.zeros((x.shape[1], x.shape[1])), sorted(set(cluster))
    for name in names:
        rows = np.repeat(np.array(cluster) == name, periods)
        score = x[rows].T @ residual[rows]
        meat += np.outer(score, score)
    return np.sqrt((bread @ meat @ bread)[0, 0] * len(names) / (len(names) - 1))


@pytest.mark.parametrize("shape", SHAPES)
def test_its_standard_error_is_that_of_the_regression_on_dummies(shape):
    y, start = draw(4, SHAPES[shape])
    own = list(range(len(y)))
    found = bacon_decomposition(y, start)
    assert found.values["std_error"] == pytest.approx(by_dummies(y, start, own), rel=1e-9)
    assert found.values["n_clusters"] == len(y)
    pairs = [i // 2 for i in own]
    together = bacon_decomposition(y, start, cluster=pairs)
    assert together.values["std_error"] == pytest.approx(by_dummies(y, start, pairs), rel=1e-9)
    assert together.values["n_clusters"] == len(set(pairs))
    assert together.values["estimate"] == found.values["estimate"]


def test_one_cluster_has_no_standard_error():
    y, start = draw(5, SHAPES["one cohort"])
    assert bacon_decomposition(y, start, cluster=[1] * len(y)).values["std_error"] is None
    with pytest.raises(ArgumentError, match="`cluster`"):
        bacon_decomposition(y, start, cluster=[1])
