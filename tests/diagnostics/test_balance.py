"""Balance by its definitions, one number at a time."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from oracles import diagnostics as slow
from oracles import matching as oracle

from effekt._text import Text
from effekt.diagnostics import covariate_balance
from effekt.diagnostics.balance import _apart, _merged, _quantiles, _ranked
from effekt.exceptions import ArgumentError, ViewUnavailableError
from effekt.result import Diagnostic


@st.composite
def samples(draw):
    n = draw(st.integers(6, 25))
    x = draw(st.lists(st.integers(-3, 5), min_size=n, max_size=n))
    treated = draw(st.lists(st.booleans(), min_size=n, max_size=n))
    weights = draw(st.lists(st.sampled_from([0.0, 1.0, 1.0, 0.5, 2.5]), min_size=n, max_size=n))
    for arm in (True, False):
        in_arm = [(a, w) for a, t, w in zip(x, treated, weights, strict=True) if t == arm]
        assume(len({a for a, _ in in_arm}) > 1)
        assume(len({a for a, w in in_arm if w > 0}) > 1)
    return [float(value) for value in x], treated, weights


@given(samples())
def test_every_column_is_its_definition(sample):
    x, treated, weights = sample
    table = balance(x, treated, weights).table
    arms = [[i for i, own in enumerate(treated) if own == arm] for arm in (True, False)]
    sd = math.sqrt(oracle.weighted_variance([x[i] for i in arms[0]], [1.0] * len(arms[0])))
    binary = set(x) <= {0.0, 1.0}
    if binary:
        share = sum(x[i] for i in arms[0]) / len(arms[0])
        sd = math.sqrt(share * (1 - share))
    assert table["treated_sd"][0] == pytest.approx(sd, rel=1e-12)
    for when, w in (("before", [1.0] * len(x)), ("after", weights)):
        parts = [([x[i] for i in rows], [w[i] for i in rows]) for rows in arms]
        means = [oracle.weighted_mean(*part) for part in parts]
        assert table[f"treated_mean_{when}"][0] == pytest.approx(means[0], rel=1e-12, abs=1e-12)
        assert table[f"control_mean_{when}"][0] == pytest.approx(means[1], rel=1e-12, abs=1e-12)
        assert table[f"smd_{when}"][0] == pytest.approx((means[0] - means[1]) / sd, rel=1e-10, abs=1e-12)
        distances = oracle.ecdf_distances(x, treated, w)
        assert table[f"ecdf_max_{when}"][0] == pytest.approx(max(distances), abs=1e-12)
        assert table[f"ecdf_mean_{when}"][0] == pytest.approx(sum(distances) / len(distances), abs=1e-12)
        if binary:
            assert table[f"variance_ratio_{when}"][0] is None
        elif all(sum(value > 0 for value in part[1]) > 1 for part in parts):
            ratio = oracle.weighted_variance(*parts[0]) / oracle.weighted_variance(*parts[1])
            assert table[f"variance_ratio_{when}"][0] == pytest.approx(ratio, rel=1e-10)


def balance(x, treated, weights, name="x"):
    columns = np.array(x, float)
    columns = columns[:, None] if columns.ndim == 1 else columns
    names = [name] if columns.shape[1] == 1 else list("xyz"[: columns.shape[1]])
    return covariate_balance(
        covariates=columns, names=names, treated=np.array(treated), weights=np.array(weights, float)
    )


def test_effective_sizes():
    found = balance([1, 2, 3, 4, 5], [True, True, False, False, False], [1, 1, 2, 1, 0])
    assert found.values["effective_treated_after"] == 2
    assert found.values["effective_controls_before"] == 3
    assert found.values["effective_controls_after"] == pytest.approx(9 / 5, rel=1e-15)


def test_a_binary_covariate_is_over_the_root_of_p_times_one_minus_p():
    found = balance([1, 0, 0, 1, 0, 0, 0], [True] * 3 + [False] * 4, [1] * 7)
    assert found.table["smd_before"][0] == pytest.approx((1 / 3 - 1 / 4) / math.sqrt(2 / 9), rel=1e-14)


@pytest.mark.parametrize(("shift", "status"), [(0.1, "ok"), (0.100001, "warning"), (-0.2, "warning")])
def test_a_tenth_of_a_standard_deviation_is_notable(shift, status):
    x = np.array([-1.0, 1.0, -1.0, 1.0])
    sd = np.std(x[:2], ddof=1)
    x[2:] -= shift * sd * (1 - 1e-12)
    found = balance(x, [True, True, False, False], [1] * 4)
    assert found.status == status
    assert found.values["n_imbalanced"] == (status == "warning")


def test_sentences():
    treated = [True, True, False, False]
    found = balance([[1, 0], [3, 1], [1, 0], [3, 0]], treated, [1] * 4)
    assert found.statement.en == (
        "1 of 2 covariates differ by more than 0.1 standard deviations after matching: y; the largest standardised "
        "mean difference is 1.000."
    )
    assert found.statement.sv == (
        "1 av 2 kovariater skiljer sig åt med mer än 0,1 standardavvikelser efter matchning: y; den största "
        "standardiserade medelvärdesskillnaden är 1,000."
    )


def test_no_spread_among_the_treated_is_no_difference_of_zero():
    treated = [True, True, False, False]
    apart = balance([1, 1, 0, 1], treated, [1, 1, 1, 1])
    assert apart.table["smd_after"] == (None,)
    assert apart.status == "warning"
    assert apart.values["largest_smd_after"] is None
    alike = balance([1, 1, 0, 1], treated, [1, 1, 0, 1])
    assert (alike.status, alike.table["smd_after"]) == ("ok", (None,))


@pytest.mark.parametrize(("estimand", "reason"), [("ATT", "without spread"), ("ATC", ""), ("ATE", "")])
def test_a_single_treated_has_no_spread_and_is_no_sign_of_balance(estimand, reason):
    found = covariate_balance(
        covariates=np.array([[3.0], [1.0], [2.0], [4.0]]),
        names=["age"],
        treated=[1, 0, 0, 0],
        weights=np.ones(4),
        estimand=estimand,
    )
    own = float(np.std([1.0, 2.0, 4.0], ddof=1))
    expected = {"ATT": None, "ATC": (3 - 7 / 3) / own, "ATE": (3 - 7 / 3) / (own / math.sqrt(2))}[estimand]
    assert found.table["smd_after"][0] == (None if expected is None else pytest.approx(expected, rel=1e-14))
    assert found.table["treated_sd"] == (0.0,)
    assert found.status == "warning"
    assert reason in found.statement.en


def test_rounding_is_no_spread():
    x = [0.1 + 0.2, 0.3, 0.3, 5.0]
    found = balance(x, [True, True, False, False], [1, 1, 1, 0])
    assert found.table["treated_sd"] == (0.0,)
    assert found.status == "ok"


@pytest.mark.parametrize("level", [1e8, -1e9, 1e11])
def test_a_level_far_above_the_spread_costs_no_digits(level):
    """Multiples of 1/64, which these levels leave as they are."""
    rng = np.random.default_rng(1)
    x, treated = rng.integers(-200, 200, 300) / 64, np.arange(300) % 3 == 0
    weights = np.where(treated, 1.0, rng.integers(0, 3, 300))
    plain, moved = (balance(x + far, treated, weights).table for far in (0.0, level))
    for name in plain.keys() - {"covariate", "denominator"}:
        far = level if name.partition("_mean_")[0] in ("treated", "control") else 0.0
        assert moved[name][0] == pytest.approx(plain[name][0] + far, rel=1e-12, abs=0)


def test_table_has_a_row_for_each_covariate():
    found = balance([[1, 0, 2], [3, 1, 3], [1, 0, 7], [3, 1, 5]], [True, True, False, False], [1] * 4)
    assert found.table["covariate"] == ("x", "y", "z")
    assert {len(column) for column in found.table.values()} == {3}
    assert len(found.tidy()) == 3


@given(samples())
def test_overlap_is_its_definition(sample):
    x, treated, weights = sample
    table = balance(x, treated, weights).table
    for when, w in (("before", [1.0] * len(x)), ("after", weights)):
        assert table[f"overlap_{when}"][0] == pytest.approx(slow.overlap(x, treated, w), abs=1e-12)


def test_overlap_of_a_continuous_covariate_is_over_ten_bins():
    rng = np.random.default_rng(8)
    x, treated, weights = rng.standard_normal(80), rng.random(80) < 0.4, rng.random(80)
    found = balance(x, treated, weights).table
    assert found["overlap_after"][0] == pytest.approx(slow.overlap(list(x), treated, weights), rel=1e-12)
    assert balance(np.exp(x), treated, weights).table["overlap_after"] == found["overlap_after"]  # order alone counts
    assert balance(np.r_[x, x], [True] * 80 + [False] * 80, [1] * 160).table["overlap_before"][0] == pytest.approx(1)
    assert balance(np.r_[x, x + 9], [True] * 80 + [False] * 80, [1] * 160).table["overlap_before"][0] < 0.02


@pytest.mark.parametrize(("estimand", "denominator"), [("ATT", "treated"), ("ATE", "pooled"), ("ATC", "control")])
def test_the_denominator_is_that_of_the_estimand(estimand, denominator):
    x, treated = np.array([[1.0, 0], [3, 1], [5, 1], [2, 0], [2, 0], [8, 1]]), np.array([True] * 3 + [False] * 3)
    found = covariate_balance(
        covariates=x, names=["x", "b"], treated=treated, weights=np.ones(6), estimand=estimand
    ).table
    own, other = np.var(x[:3, 0], ddof=1), np.var(x[3:, 0], ddof=1)
    wanted = {"treated": own, "control": other, "pooled": (own + other) / 2}[denominator]
    share = {"treated": 2 / 9, "control": 2 / 9, "pooled": 2 / 9}[denominator]
    assert found["denominator"] == (denominator,) * 2
    assert found["denominator_sd"] == pytest.approx((math.sqrt(wanted), math.sqrt(share)), rel=1e-14)
    assert found["smd_before"][0] == pytest.approx((3 - 4) / math.sqrt(wanted), rel=1e-14)
    assert found["treated_sd"][0] == pytest.approx(math.sqrt(own), rel=1e-14)


def test_another_estimand_is_refused():
    with pytest.raises(ArgumentError) as error:
        covariate_balance(
            covariates=np.eye(4), names="abcd", treated=np.array([1, 1, 0, 0]) > 0, weights=np.ones(4), estimand="ITT"
        )
    assert str(error.value) == "`estimand` must be 'ATT', 'ATE', 'ATC' or 'ATO'; got 'ITT'."


def test_squares_and_products_are_further_covariates():
    rng = np.random.default_rng(6)
    x, b, treated, weights = rng.standard_normal(30), rng.integers(0, 2, 30), np.arange(30) < 12, rng.random(30)
    columns = np.column_stack([x, b])
    found = covariate_balance(
        covariates=columns, names=["x", "b"], treated=treated, weights=weights, squares=True, interactions=True
    )
    by_hand = covariate_balance(
        covariates=np.column_stack([x, b, x**2, x * b]), names=list("wxyz"), treated=treated, weights=weights
    )
    assert found.table["covariate"] == ("x", "b", "x²", "x × b")
    assert {k: v for k, v in found.table.items() if k != "covariate"} == {
        k: v for k, v in by_hand.table.items() if k != "covariate"
    }


def test_variance_ratios_outside_the_limits_are_told():
    found = balance([0.5, 1.5, -1.0, 3.0], [True, True, False, False], [1] * 4)
    assert found.table["variance_ratio_after"][0] == pytest.approx(0.5 / 8)
    assert found.values["n_unequal_variance"] == 1
    assert found.status == "ok"
    assert found.statement.sv == (
        "0 av 1 kovariater skiljer sig åt med mer än 0,1 standardavvikelser efter matchning; den största "
        "standardiserade medelvärdesskillnaden är 0,000; varianskvoten ligger utanför 0,5 till 2 för x."
    )


def test_a_love_plot_shows_every_covariate_before_and_after():
    rng = np.random.default_rng(12)
    treated, weights = np.arange(20) < 8, rng.random(20) + 0.1
    found = balance(rng.standard_normal((20, 3)), treated, weights)
    (axes,) = found.plot().axes
    drawn = {line.get_label(): line for line in axes.lines}
    assert tuple(drawn["Before"].get_xdata()) == found.table["smd_before"]
    assert tuple(drawn["After"].get_xdata()) == found.table["smd_after"]
    assert [label.get_text() for label in axes.get_yticklabels()] == list("xyz")
    assert axes.get_xlabel() == "Treated − control, in standard deviations (treated); shaded: up to 0.1 in size"
    assert found.plot()._repr_png_().startswith(b"\x89PNG")


def test_a_love_plot_leaves_out_what_is_undefined():
    found = balance([[1, 0.5], [1, 1], [0, 2], [1, 4]], [True, True, False, False], [1, 1, 1, 1])
    assert math.isnan(found.plot().axes[0].lines[-1].get_xdata()[0])


def test_other_checks_have_no_picture():
    with pytest.raises(ViewUnavailableError) as error:
        Diagnostic(name="overlap", status="ok", statement=Text(en="a", sv="b")).plot()
    assert str(error.value) == "The check 'overlap' has no picture; `tidy()` gives its table."
    assert error.value.sv == "Kontrollen 'overlap' har ingen bild; `tidy()` ger dess tabell."


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=60))
def test_bins_have_the_edges_of_numpy(values):
    shares = np.arange(1, 10) / 10
    assert _quantiles(np.sort(values).__getitem__, len(values), shares).tolist() == np.quantile(values, shares).tolist()


def test_a_covariate_without_spread_among_the_treated_is_said_to_have_none():
    """It differs, and has no standardised difference; the largest is that of the others."""
    treated = np.array([True] * 4 + [False] * 6)
    covariates = np.column_stack([np.r_[np.ones(4), 1, 0, 0, 0, 0, 1], np.r_[1:5, 1:5, 2, 3].astype(float)])
    found = covariate_balance(covariates=covariates, names=["c", "age"], treated=treated, weights=np.ones(10))
    assert found.table["smd_after"][0] is None
    assert found.statement.en == (
        "1 of 2 covariates differ by more than 0.1 standard deviations after matching: c (without spread where it is "
        "measured by, so that any difference counts); the largest standardised mean difference is 0.000."
    )
    assert "c (utan spridning där den mäts, så att varje skillnad räknas)" in found.statement.sv


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("at_once", [1, 2, 5, 100])
def test_distances_of_distributions_do_not_depend_on_how_many_rows_are_counted_together(
    at_once, weighted, monkeypatch
) -> None:
    monkeypatch.setattr("effekt.diagnostics.balance.AT_ONCE", at_once)
    rng = np.random.default_rng(at_once)
    for values in (1, 3, 12, 1_000):
        arms = [rng.integers(0, values, size).astype(float) for size in (7, 30)]
        weights = [rng.random(len(arm)) if weighted else np.ones(len(arm)) for arm in arms]
        together = sorted(set(np.concatenate(arms).tolist()))
        shares = [[one[arm <= x].sum() / one.sum() for x in together] for arm, one in zip(arms, weights, strict=True)]
        by_hand = np.abs(np.subtract(*shares))
        steps = [None if weighted else np.arange(len(arm) + 1) / len(arm) for arm in arms]
        first, second = map(_ranked, arms, weights, steps)
        found = _apart(first, second, np.searchsorted(second.values, first.values, side="right"))
        assert (found.mean, found.largest) == pytest.approx((by_hand.mean(), by_hand.max()), abs=1e-15)
        assert found.count == len(together)


def test_places_in_both_arms_in_one_order_are_those_of_all_values_sorted() -> None:
    rng = np.random.default_rng(5)
    for values in (1, 3, 1_000):
        arms = tuple(np.sort(rng.integers(0, values, size).astype(float)) for size in (7, 30))
        above = np.searchsorted(arms[1], arms[0], side="right")
        assert _merged(arms, above, np.arange(37)).tolist() == np.sort(np.concatenate(arms)).tolist()
