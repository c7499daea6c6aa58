"""`pretrend_test` and `honest_did`: published tables, brute force, invariances, refusals."""

from __future__ import annotations

import importlib
import json
import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, stats

import effekt
from effekt.diagnostics import event_arrays, honest_did, pretrend_test
from effekt.diagnostics._hybrid_test import hybrid_forms
from effekt.diagnostics.honest_did import folded_quantile
from effekt.exceptions import ArgumentError, InferenceUnavailableError

GOLDENS = Path(__file__).parents[1] / "goldens" / "event_study"
MEDICAID = json.loads((GOLDENS / "medicaid.json").read_text(encoding="utf-8"))
FLCI = json.loads((GOLDENS / "flci.json").read_text(encoding="utf-8"))


def given_event(source):
    return {
        "times": source["times"],
        "estimates": np.array(source["estimates"]),
        "covariance": np.array(source["covariance"]),
    }


def drawn(seed, before=3, after=2):
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(before + after, before + after))
    return {
        "times": [*range(-before - 1, -1), *range(after)],
        "estimates": rng.normal(size=before + after) * 0.3 + np.repeat([0.0, 1.0], [before, after]),
        "covariance": root @ root.T * 0.01 + np.eye(before + after) * 0.01,
    }


# --- before adoption ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("df", [12.5, math.inf])
def test_the_joint_test_by_its_formula(df):
    event = drawn(1)
    beta, spread = event["estimates"][:3], event["covariance"][:3, :3]
    wald = beta @ np.linalg.inv(spread) @ beta
    found = pretrend_test(**event, df=df).values
    if math.isinf(df):
        assert found["p_value"] == pytest.approx(stats.chi2.sf(wald, 3), rel=1e-10)
        assert found["df_denominator"] is None
    else:
        assert found["statistic"] == pytest.approx(wald * (df - 2) / (3 * df), rel=1e-10)
        assert found["p_value"] == pytest.approx(stats.f.sf(found["statistic"], 3, df - 2), rel=1e-10)


@pytest.mark.parametrize("df", [12.5, math.inf])
def test_equivalence_is_two_one_sided_tests_of_each_period(df):
    event = drawn(2)
    beta, errors = event["estimates"][:3], np.sqrt(np.diag(event["covariance"]))[:3]
    reference = stats.norm if math.isinf(df) else stats.t(df)
    for margin in (0.3, 0.8, 2.0):
        each = [
            max(reference.sf((b + margin) / s), reference.cdf((b - margin) / s))
            for b, s in zip(beta, errors, strict=True)
        ]
        assert pretrend_test(**event, df=df, margin=margin).values["equivalence_p_value"] == pytest.approx(max(each))
    smallest = pretrend_test(**event, df=df).values["smallest_margin"]
    assert pretrend_test(**event, df=df, margin=smallest).values["equivalence_p_value"] == pytest.approx(0.05, rel=1e-9)


@pytest.mark.parametrize("df", [6, 14])
def test_the_slope_is_found_as_often_as_it_says(df):
    """Covariances are drawn; the middle of the slopes is the drift that Hotelling's test finds in 80 % of draws."""
    rng, root = np.random.default_rng(1), np.linalg.cholesky(drawn(3)["covariance"][:3, :3])
    distance, count = np.array([-3.0, -2.0, -1.0]), 600
    samples = rng.normal(size=(count, df, 3)) @ root.T
    spreads = np.swapaxes(samples, 1, 2) @ samples / df
    noise = rng.normal(size=(count, 3)) @ root.T

    def test(estimates, spread):
        return pretrend_test(times=[-4, -3, -2], estimates=estimates, covariance=spread, df=df)

    slopes = [test(distance, spread).values["slope_80"] for spread in spreads]
    unit = distance @ np.linalg.solve(root @ root.T, distance)
    critical = stats.f.isf(0.05, 3, df - 2)
    true = optimize.brentq(lambda s: stats.ncf.sf(critical, 3, df - 2, s * s * unit) - 0.8, 1e-6, 99.0)
    below = np.mean(np.array(slopes) < true)
    assert below == pytest.approx(0.5, abs=0.07)  # 3.4 standard errors
    found = [test(true * distance + one, spread).status for one, spread in zip(noise, spreads, strict=True)]
    assert found.count("warning") / count == pytest.approx(0.8, abs=0.056)


def test_statements():
    event = drawn(1)
    calm = pretrend_test(**{**event, "estimates": event["estimates"] * 0.1}, margin=0.01)
    assert calm.status == "ok"
    assert calm.statement.en.startswith("There is no evidence against parallel trends before adoption (p 0.")
    assert "that does not show that they were parallel" in calm.statement.en
    assert "det visar inte att de var parallella" in calm.statement.sv
    assert "The data do not show that every deviation before adoption was below 0.01" in calm.statement.en
    loud = pretrend_test(**{**event, "estimates": event["estimates"] * 9})
    assert loud.status == "warning"
    assert loud.statement.en.startswith("There is evidence against parallel trends before adoption (p below 0.001).")
    assert loud.statement.sv.startswith("Det finns belägg mot parallella trender före införandet (p under 0,001).")


@given(seed=st.integers(0, 200), factor=st.sampled_from([0.01, 7.0, -3.0]), order=st.permutations(range(5)))
def test_unit_and_order_are_nothing(seed, factor, order):
    event, order = drawn(seed), list(order)
    moved = {
        "times": [event["times"][i] for i in order],
        "estimates": factor * event["estimates"][order],
        "covariance": factor**2 * event["covariance"][np.ix_(order, order)],
    }
    one, other = pretrend_test(**event, df=20.0), pretrend_test(**moved, df=20.0)
    assert other.values["p_value"] == pytest.approx(one.values["p_value"], rel=1e-8)
    for name in ("smallest_margin", "slope_50", "slope_80"):
        assert other.values[name] == pytest.approx(abs(factor) * one.values[name], rel=1e-8)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"times": [-4, -3, -1, 0, 1]},
            "`times` must not name the reference period -1, to which all others are compared; leave it out, and "
            "compare all with one period (in `staggered_adoption`, base_period='universal').",
        ),
        (
            {"times": [-4, -3, -3, 0, 1]},
            "`times` must name each period once by a whole number; got [-4, -3, -3, 0, 1].",
        ),
        (
            {"times": [0, 1, 2, 3, 4]},
            "`times` must name at least one period before the reference period -1; with one period before adoption the "
            "data say nothing of how the groups moved before it.",
        ),
        (
            {"covariance": np.eye(4)},
            "`covariance` must be 5 by 5 numbers, one row for each estimate; its shape is (4, 4).",
        ),
        (
            {"covariance": np.diag([1, 1, np.nan, 1, 1])},
            "`covariance` must hold finite numbers; the first row that does not is row 3. Give the estimates' joint "
            "covariance.",
        ),
        (
            {"covariance": -np.eye(5)},
            "`covariance` must be symmetric with variances above zero; the first row that is not is row 1. "
            "Give the estimates' joint covariance.",
        ),
        (
            {"covariance": np.full((5, 5), -0.5) + 1.5 * np.eye(5)},
            "`covariance` must be positive semi-definite, its eigenvalues not below -1e-08 times the largest variance; "
            "the smallest is -1. Give the estimates' joint covariance.",
        ),
        ({"margin": 0}, "`margin` must be above zero; got 0."),
        ({"df": -1}, "`df` must be from 0.1 to 1e+09, or infinite; got -1."),
    ],
)
def test_arguments_that_are_refused(change, message):
    with pytest.raises(ArgumentError) as refusal:
        pretrend_test(**{**drawn(1), **change})
    assert str(refusal.value) == message


@pytest.mark.parametrize("df", [1.5, 2.3, 5.9])
def test_too_few_degrees_of_freedom(df):
    """No joint test and no drift with fewer than 4 in the denominator; each period by itself has its own."""
    found = pretrend_test(**drawn(1), df=df, margin=0.5)
    assert found.status == "information"
    assert set(found.values) == {"n_periods", "level", "smallest_margin", "margin", "equivalence_p_value"}
    assert found.statement.en.startswith(
        f"The clusters are too few to test 3 periods before adoption together ({df:.2f} degrees of freedom): hardly "
        "any difference in trends would be found. With 95% confidence no period before adoption deviates by more than "
    )
    assert found.statement.sv.startswith("Klustren är för få för att pröva 3 perioder före införandet gemensamt (")
    assert "four times in five" not in found.statement.en
    whole = pretrend_test(**drawn(1), df=6.0, margin=0.5)
    assert whole.status != "information"
    assert whole.values["df_denominator"] == 4


def test_no_joint_test_without_variance():
    singular = {**drawn(1), "covariance": np.ones((5, 5))}
    with pytest.raises(InferenceUnavailableError, match="too few clusters for so many periods"):
        pretrend_test(**singular)


# --- Rambachan and Roth ---------------------------------------------------------------------------------------------


def test_smoothness_as_published():
    """The README of HonestDiD, to its three figures."""
    table = MEDICAID["readme"]["smoothness"]
    found = honest_did(
        **given_event(MEDICAID), restriction="smoothness", sizes=[row[0] for row in table], weights=[1, 0]
    )
    for (_, low, high), mine, theirs in zip(table, found.table["low"], found.table["high"], strict=True):
        assert (mine, theirs) == (pytest.approx(low, abs=1.1e-4), pytest.approx(high, abs=5e-4))
    assert 0.02 < found.values["breakdown"] < 0.03


def test_relative_magnitudes_as_published():
    """The README of HonestDiD, whose ends are those of a grid of 40 standard errors / 999, to its three figures."""
    table = MEDICAID["readme"]["relative_magnitudes"]
    found = honest_did(
        **given_event(MEDICAID), restriction="relative_magnitudes", sizes=[row[0] for row in table], weights=[1, 0]
    )
    step = 40 * math.sqrt(MEDICAID["covariance"][5][5]) / 999
    for (_, low, high), mine, theirs in zip(table, found.table["low"], found.table["high"], strict=True):
        assert -5e-5 <= low - mine <= step + 5e-5
        assert -5e-5 <= theirs - high <= step + 5e-5
    (*_, one, _), (*_, other, _) = table[2:]
    assert found.values["breakdown"] == pytest.approx(1.5 + 0.5 * one / (one - other), abs=0.01)  # between the two
    assert found.statement.en.endswith(
        " (by the hybrid test of Andrews, Roth and Pakes, whose level holds in large samples)."
    )
    few = honest_did(**given_event(MEDICAID), df=9.0, restriction="relative_magnitudes", sizes=[1], weights=[1, 0])
    assert few.values["breakdown"] < found.values["breakdown"]
    assert few.statement.en.endswith(", whose level holds in large samples; here with t for the normal).")
    assert few.statement.sv.endswith(
        " (enligt hybridtestet av Andrews, Roth och Pakes, vars nivå gäller i stora stickprov; här med t i stället för "
        "normalfördelningen)."
    )


@pytest.mark.parametrize("case", range(len(FLCI)))
def test_the_shortest_interval_against_diff_diff(case):
    """The same length, or shorter, to 1e-8; a search by grid is never shorter."""
    golden = FLCI[case]
    found = honest_did(**given_event(golden), restriction="smoothness", sizes=[golden["size"]])
    mine = found.table["high"][0] - found.table["low"][0]
    length = golden["high"] - golden["low"]
    assert mine <= length * (1 + 1e-12)
    assert mine == pytest.approx(length, rel=1e-8)
    assert found.table["low"][0] == pytest.approx(golden["low"], abs=1e-4 * length)


@pytest.mark.parametrize(("seed", "size"), [(0, 0.02), (1, 0.3)])
def test_the_shortest_interval_by_search_over_weights(seed, size):
    """No weights on the periods before do better; the worst bias is found by a linear programme."""
    event = drawn(seed, 3, 2)
    target = np.array([0.5, 0.5])
    distance = np.array([-3, -2, -1, 1, 2], float)

    def bias(weights):
        path = [-3, -2, -1, 0, 1, 2]
        bends = np.zeros((4, 6))
        for i in range(4):
            bends[i, i : i + 3] = 1, -2, 1
        whole = np.insert(weights, path.index(0), 0.0)
        solved = optimize.linprog(
            -whole, np.vstack([bends, -bends]), np.full(8, size), [[0, 0, 0, 1, 0, 0]], [0], (-1e3, 1e3)
        )
        return -solved.fun

    def length(free):
        weights = np.array([free[0], free[1], 0.0, *target])
        weights[2] = weights @ distance  # no linear trend is left
        error = math.sqrt(weights @ event["covariance"] @ weights)
        return error * folded_quantile(bias(weights) / error, 0.05)

    best = min(
        optimize.minimize(
            length, start, method="Nelder-Mead", options={"xatol": 1e-6, "fatol": 1e-9, "maxiter": 400}
        ).fun
        for start in ([0.0, 0.0], [0.3, -0.3])
    )
    found = honest_did(**event, restriction="smoothness", sizes=[size])
    half = (found.table["high"][0] - found.table["low"][0]) / 2
    assert half <= best * (1 + 1e-7)  # as exactly as the programme is solved
    assert half == pytest.approx(best, rel=1e-4)


@pytest.mark.parametrize("centre", [0.0, 0.01, 0.7, 3.0, 40.0])
@pytest.mark.parametrize("alpha", [0.01, 0.05, 0.5])
def test_the_folded_normal(centre, alpha):
    assert folded_quantile(centre, alpha) == pytest.approx(stats.foldnorm(centre).isf(alpha), rel=1e-9)


@pytest.mark.parametrize("restriction", ["relative_magnitudes", "smoothness"])
@pytest.mark.parametrize("weights", [[1.0, 0, 0], [0, 0, 1.0], [0.2, 0.3, 0.5]])
def test_identified_sets_by_linear_programme(restriction, weights):
    """Every path of the trends after adoption that the restriction allows, the ones before being the estimates."""
    event = drawn(7, 3, 3)
    before, after = event["estimates"][:3], event["estimates"][3:]
    path = np.append(before, 0.0)
    size = 1.5 if restriction == "relative_magnitudes" else 1.2 * np.abs(np.diff(path, 2)).max()
    most = size * np.abs(np.diff(path)).max() if restriction == "relative_magnitudes" else size
    order = 1 if restriction == "relative_magnitudes" else 2
    whole = np.eye(7)
    steps = np.diff(whole, order, axis=0)[3 - (order - 1) :]  # those that end after adoption
    fixed = [(value, value) for value in path]
    ends = [
        optimize.linprog(
            sign * np.append(np.zeros(4), weights),
            np.vstack([steps, -steps]),
            np.full(2 * len(steps), most),
            bounds=[*fixed, *[(None, None)] * 3],
        ).fun
        for sign in (1, -1)
    ]
    found = honest_did(**event, restriction=restriction, sizes=[size], weights=weights)
    theta = float(np.dot(weights, after))
    assert found.table["identified_low"][0] == pytest.approx(theta + ends[1], rel=1e-7)
    assert found.table["identified_high"][0] == pytest.approx(theta - ends[0], rel=1e-7)
    if restriction == "smoothness":
        tight = 0.9 * np.abs(np.diff(path, 2)).max()
        assert honest_did(**event, restriction=restriction, sizes=[tight]).table["identified_low"] == (None,)


@pytest.mark.parametrize("restriction", ["relative_magnitudes", "smoothness"])
@pytest.mark.parametrize("df", [18.0, math.inf])
def test_breakdown_is_where_zero_comes_in(restriction, df):
    event = drawn(5)
    found = honest_did(**event, df=df, restriction=restriction, sizes=[0])
    size = found.values["breakdown"]
    assert size > 0
    near = honest_did(**event, df=df, restriction=restriction, sizes=[size * (1 - 1e-6), size * (1 + 1e-6)])
    assert near.table["low"][0] > 0 >= near.table["low"][1]
    nothing = honest_did(**{**event, "estimates": event["estimates"] * 0.01}, df=df, restriction=restriction, sizes=[0])
    assert nothing.values["breakdown"] == 0
    assert nothing.statement.en.startswith("Already with")


def test_no_size_of_relative_magnitudes_is_the_plain_interval():
    event = drawn(6)
    for df, quantile in ((math.inf, stats.norm.isf(0.025)), (8.0, stats.t(8).isf(0.025))):
        found = honest_did(**event, df=df, restriction="relative_magnitudes", sizes=[0], weights=[1, 0])
        half = quantile * math.sqrt(event["covariance"][3, 3])
        assert found.table["low"][0] == pytest.approx(event["estimates"][3] - half, rel=1e-12)
        assert (found.values["low"], found.values["high"]) == (found.table["low"][0], found.table["high"][0])


@pytest.mark.parametrize("restriction", ["relative_magnitudes", "smoothness"])
def test_the_interval_covers_the_worst_trend_allowed(restriction):
    """True effect 1, trends at the edge of the restriction; 95 % of 600 intervals hold it, less 3 standard errors."""
    rng, event = np.random.default_rng(2), drawn(8)
    size = 0.5
    root = np.linalg.cholesky(event["covariance"])
    if restriction == "relative_magnitudes":
        path = np.array([0.9, 0.6, 0.2, 0.2, 0.4])  # changes 0.3, 0.4, 0.2 before; half of 0.4 after
    else:
        path = np.array([0.0, 0.0, 0.0, 0.5, 1.5])
    held = 0
    for _ in range(300):
        estimates = path + np.array([0, 0, 0, 1.0, 1.0]) + root @ rng.normal(size=5)
        if restriction == "relative_magnitudes":
            held += _left(event, estimates, size)
            continue
        found = _interval(event, estimates, size)
        held += found[0] <= 1 <= found[1]
    assert held / 300 >= 0.95 - 3 * math.sqrt(0.95 * 0.05 / 600)


@pytest.mark.parametrize("before", [1, 3, 5])
def test_the_search_for_weights_is_paid_for(before):
    """An affine estimator by least squares with the estimated covariance (Rao), its error and t from the formula."""
    event, df = drawn(4, before, 2), 16.5
    beta, spread = event["estimates"], event["covariance"]
    found = honest_did(**event, df=df, restriction="smoothness", sizes=[0])
    # β = slope·d + θ·1{d > 0} and one contrast of the effects after; θ by generalised least squares
    distance = np.array([*range(-before, 0), 1, 2], float)
    after = (distance > 0).astype(float)
    design = np.column_stack([after, distance, after * (distance - 1.5)])
    bread = np.linalg.inv(design.T @ np.linalg.solve(spread, design))
    fitted = bread @ design.T @ np.linalg.solve(spread, beta)
    left = beta - design @ fitted
    factor = (df + left @ np.linalg.solve(spread, left)) / (df - before + 1)
    half = stats.t(df - before + 1).isf(0.025) * math.sqrt(factor * bread[0, 0])
    assert found.table["low"][0] == pytest.approx(fitted[0] - half, rel=1e-8)
    assert found.table["high"][0] == pytest.approx(fitted[0] + half, rel=1e-8)


@pytest.mark.parametrize(("before", "df"), [(2, 5), (5, 8), (5, 18)])
def test_smoothness_covers_with_a_covariance_of_few_clusters(before, df):
    """A straight line is allowed at M = 0, also below the check's limit; 95 % hold, within 3.4 standard errors."""
    rng, event, count = np.random.default_rng(3), drawn(9, before, 2), 500
    root = np.linalg.cholesky(event["covariance"])
    line = 0.4 * np.array([*range(-before, 0), 1, 2]) + np.repeat([0.0, 1.0], [before, 2])
    held = 0
    for _ in range(count):
        sample = rng.normal(size=(df, len(line))) @ root.T
        spread = {**event, "covariance": sample.T @ sample / df}
        low, high = _interval(spread, line + root @ rng.normal(size=len(line)), 0.0, df)
        held += low <= 1 <= high
    assert held / count == pytest.approx(0.95, abs=3.4 * math.sqrt(0.95 * 0.05 / count))


def _interval(event, estimates, size, df=math.inf):
    """That of smoothness alone, without the breakdown that is searched for."""
    module = importlib.import_module("effekt.diagnostics.honest_did")
    one = module._event(event["times"], estimates, event["covariance"], df, [0.5, 0.5], Fraction(1, 20))
    return module._smooth(one, size)


def _left(event, estimates, size):
    """Whether relative magnitudes leave 1, by any change before adoption."""
    forms = hybrid_forms(estimates, event["covariance"], 3, np.array([0.5, 0.5]), np.array([size]), math.inf, 0.05)
    return bool(forms.accepted(np.ones((6, 1))).any())


@pytest.mark.parametrize(("seed", "factor"), [(0, 0.01), (23, 5.0), (60, -2.0)])
def test_the_outcome_s_unit_scales_the_bounds(seed, factor):
    event = drawn(seed)
    moved = {**event, "estimates": factor * event["estimates"], "covariance": factor**2 * event["covariance"]}
    for restriction, size in (("relative_magnitudes", 0.8), ("smoothness", 0.1)):
        own = abs(factor) if restriction == "smoothness" else 1
        one = honest_did(**event, restriction=restriction, sizes=[size])
        other = honest_did(**moved, restriction=restriction, sizes=[size * own])
        ends = sorted(factor * end for end in (one.table["low"][0], one.table["high"][0]))
        assert [other.table["low"][0], other.table["high"][0]] == pytest.approx(ends, rel=1e-5, abs=1e-7)
        assert other.values["breakdown"] == pytest.approx(own * one.values["breakdown"], rel=1e-5)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"sizes": [-1]},
            "`sizes` must be 0 or more; number 1 is -1. "
            "Give how much larger a change after adoption may be, as [0, 1].",
        ),
        ({"restriction": "sd"}, "`restriction` must be 'relative_magnitudes' or 'smoothness'; got 'sd'."),
        ({"weights": [1]}, "`weights` must be 2 numbers, one for each period after adoption, not all zero; got [1]."),
        (
            {"times": [-5, -3, -2, 0, 1]},
            "`times` must run without a gap from a period before the reference period -1 to one after it, as -3, -2, "
            "0, 1; got [-5, -3, -2, 0, 1].",
        ),
    ],
)
def test_honest_arguments_that_are_refused(change, message):
    with pytest.raises(ArgumentError) as refusal:
        honest_did(**{**drawn(1), "restriction": "smoothness", "sizes": [1], **change})
    assert str(refusal.value) == message


def test_staggered_adoption_against_one_period():
    """Aggregated by the distance to adoption, group-time effects are taken too; against many periods they are not."""
    rng, units, years = np.random.default_rng(0), range(60), range(2010, 2017)
    data = {
        "unit": [unit for unit in units for _ in years],
        "year": [year for _ in units for year in years],
        "start": [(2013, 2014, 2015, None)[unit % 4] for unit in units for _ in years],
        "y": rng.normal(size=420).round(2).tolist(),
    }
    columns = {"outcome": "y", "unit": "unit", "time": "year", "start": "start"}
    effects = effekt.staggered_adoption(data, **columns, base_period="universal").aggregate("dynamic")
    event = event_arrays(effects)
    assert event["times"] == (-5, -4, -3, -2, 0, 1, 2, 3)
    for i, one in enumerate(effects.effects):
        assert math.sqrt(event["covariance"][i, i]) == pytest.approx(one.std_error, rel=1e-10)
    assert pretrend_test(**event).values["n_periods"] == 4
    assert honest_did(**event, restriction="smoothness", sizes=[0.1], weights=[1, 0, 0, 0]).table["size"] == (0.1,)
    varying = event_arrays(effekt.staggered_adoption(data, **columns).aggregate("dynamic"))
    with pytest.raises(ArgumentError, match="base_period='universal'"):
        pretrend_test(**varying)


def anticipated(anticipation, **options):
    """An aggregated event study whose effects before adoption are allowed for in so many periods."""
    rng, units, years = np.random.default_rng(0), range(60), range(2010, 2018)
    data = {
        "unit": [unit for unit in units for _ in years],
        "year": [year for _ in units for year in years],
        "start": [(2014, 2015, 2016, None)[unit % 4] for unit in units for _ in years],
        "y": rng.normal(size=480).round(2).tolist(),
    }
    effects = effekt.staggered_adoption(
        data, outcome="y", unit="unit", time="year", start="start", anticipation=anticipation, **options
    )
    return effects.aggregate("dynamic")


def test_periods_of_anticipation_count_as_after():
    """The reference is the last period without anticipation, and what is anticipated is no test of trends before."""
    effects = anticipated(1, base_period="universal")
    event = event_arrays(effects)

    assert [int(label) for label in effects] == [-6, -5, -4, -3, -1, 0, 1, 2, 3]
    assert event["times"] == (-5, -4, -3, -2, 0, 1, 2, 3, 4)
    tested = pretrend_test(**event)
    assert tested.values["n_periods"] == 4
    assert tested.table["estimate"] == tuple(effects[label].estimate for label in ("-6", "-5", "-4", "-3"))
    first = honest_did(**event, restriction="relative_magnitudes", sizes=[0], weights=[1, 0, 0, 0, 0])
    assert first.values["estimate"] == pytest.approx(effects["-1"].estimate, rel=1e-12)


def test_anticipation_against_many_periods_is_refused_as_without():
    with pytest.raises(ArgumentError, match="base_period='universal'"):
        honest_did(**event_arrays(anticipated(2)), restriction="smoothness", sizes=[0.1])


def test_a_covariance_that_is_none_is_refused_and_rounding_is_not():
    """Correlations of -0.5 between three or more are impossible; a singular covariance with rounding error is none."""
    given = {"times": [-3, -2, 0], "estimates": np.array([0.1, -0.1, 1.0]), "restriction": "smoothness", "sizes": [0.1]}
    impossible = np.array([[1.0, 0.9, -0.9], [0.9, 1.0, 0.9], [-0.9, 0.9, 1.0]])
    with pytest.raises(ArgumentError) as refusal:
        honest_did(**given, covariance=impossible)
    assert str(refusal.value) == (
        "`covariance` must be positive semi-definite, its eigenvalues not below -1e-08 times the largest variance; the "
        "smallest is -0.8. Give the estimates' joint covariance."
    )
    singular = np.outer([1.0, 2.0, 3.0], [1.0, 2.0, 3.0]) - 1e-9 * np.eye(3)
    assert np.linalg.eigvalsh(singular).min() < 0
    relative = {**given, "restriction": "relative_magnitudes"}
    assert honest_did(**relative, covariance=singular).table["size"] == (0.1,)
    with pytest.raises(ArgumentError) as refusal:
        honest_did(**given, covariance=singular)
    assert str(refusal.value) == (
        "`covariance` must give every combination of the periods before adoption and the target a variance above zero "
        "under 'smoothness', whose weights are searched for; it is singular. Use more clusters, fewer periods, or "
        "'relative_magnitudes'."
    )


def test_smoothness_of_few_clusters_is_refused():
    """Where the weights could be searched for until nothing of the error is left."""
    event = drawn(2, 4, 2)  # 2 · (4 + 3) degrees of freedom are needed
    with pytest.raises(InferenceUnavailableError) as refusal:
        honest_did(**event, df=13.9, restriction="smoothness", sizes=[0])
    assert str(refusal.value) == (
        "The clusters are too few for a bound on how much the difference in trends bends, with 4 effects before "
        "adoption and 13.9 degrees of freedom, where 14 are needed; ask for relative_magnitudes."
    )
    assert "begär relative_magnitudes" in refusal.value.sv
    assert honest_did(**drawn(2, 1, 2), df=3.0, restriction="smoothness", sizes=[0]).table["size"] == (0.0,)
    assert honest_did(**event, df=14.0, restriction="smoothness", sizes=[0]).table["size"] == (0.0,)
    assert honest_did(**event, df=2.0, restriction="relative_magnitudes", sizes=[0]).table["size"] == (0.0,)


def test_a_level_may_be_a_fraction():
    assert pretrend_test(**drawn(1), level=Fraction(9, 10)) == pretrend_test(**drawn(1), level=0.9)
