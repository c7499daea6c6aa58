"""Power before the outcome is known: R, quadrature, whole covariance matrices, and simulated trials."""

from __future__ import annotations

import json
import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles import diagnostics as oracle
from scipy import stats
from statsmodels.stats.power import TTestIndPower

import effekt
from effekt._inference import Unavailable
from effekt.diagnostics import (
    BlockedDesign,
    ClusteredDesign,
    IndividualDesign,
    PairedDesign,
    PanelDesign,
    PlaceboDesign,
    minimum_detectable_effect,
)
from effekt.exceptions import ArgumentError

GOLDEN = json.loads((Path(__file__).parents[1] / "goldens" / "diagnostics" / "output.json").read_text("utf-8"))
ALPHA = Fraction(1, 20)


def smallest(design, **options):
    return minimum_detectable_effect(design, **options).values["minimum_detectable_effect"]


@pytest.mark.parametrize("row", GOLDEN["power"], ids=lambda row: str(row["n"]))
def test_two_arms_are_those_of_r(row):
    design = IndividualDesign(n_treated=row["n"], n_control=row["n"], sd=row["sd"])
    assert smallest(design, power=row["power"]) == pytest.approx(row["two_sided"], rel=1e-8)
    assert smallest(design, power=row["power"], alternative="greater") == pytest.approx(row["greater"], rel=1e-8)


def test_two_arms_are_those_of_statsmodels():
    design = IndividualDesign(n_treated=45, n_control=45, sd=2.0)
    other = TTestIndPower().solve_power(nobs1=45, ratio=1, alpha=0.05, power=0.8)
    assert smallest(design) == pytest.approx(2 * other, rel=1e-6)


def test_unequal_arms_have_welchs_degrees_of_freedom():
    """Satterthwaite (1946) of two equal variances, and the noncentral t of SciPy."""
    design = IndividualDesign(n_treated=5, n_control=95, sd=2.0)
    df = (1 / 5 + 1 / 95) ** 2 / (1 / 5**2 / 4 + 1 / 95**2 / 94)
    assert design.df == pytest.approx(df, rel=1e-14)
    line, shift = stats.t.ppf(0.975, df), 3.0 / design.std_error
    assert design.power(3.0, ALPHA, "two-sided") == pytest.approx(
        stats.nct.sf(line, df, shift) + stats.nct.cdf(-line, df, shift), rel=1e-9
    )


@given(st.floats(0, 6), st.integers(1, 80), st.booleans())
def test_noncentral_t_is_its_integral(shift, df, two_sided):
    design = PairedDesign(pairs=df + 1, sd=1.0, correlation=0.3)
    found = design.power(shift * design.std_error, ALPHA, "two-sided" if two_sided else "greater")
    assert found == pytest.approx(oracle.noncentral_t_power(shift, df, 0.05, two_sided), rel=1e-7, abs=1e-10)


@given(st.floats(0, 6), st.sampled_from([19, 20, 39, 59, 289]), st.booleans())
def test_placebo_power_is_its_integral(shift, placebos, two_sided):
    found = PlaceboDesign(placebos=placebos, sd=1.0).power(shift, ALPHA, "two-sided" if two_sided else "greater")
    assert found == pytest.approx(oracle.placebo_power(shift, placebos, 0.05, two_sided), rel=1e-7, abs=1e-9)


@pytest.mark.parametrize("alternative", ["two-sided", "greater"])
@pytest.mark.parametrize(
    "design",
    [
        IndividualDesign(n_treated=7, n_control=12, sd=1.3),
        ClusteredDesign(treated_sizes=(5,) * 4, control_sizes=(5,) * 6, sd=2.0, icc=0.1),
        PlaceboDesign(placebos=19, sd=0.3),
        PlaceboDesign(placebos=199, sd=0.3),
    ],
)
def test_without_an_effect_power_is_the_level(design, alternative):
    """Also of the rank test: J + 1 is a multiple of 20 here."""
    assert design.power(0.0, ALPHA, alternative) == pytest.approx(0.05, rel=1e-8)


def test_the_smallest_effect_has_the_power_asked_for():
    for design in (
        BlockedDesign(n_treated=(4, 6), n_control=(5, 9), sd=2.0),
        PanelDesign(n_treated=9, n_control=20, before=4, after=3, sd=1.5, correlation=0.6, decay="autoregressive"),
        PlaceboDesign(placebos=60, sd=0.08),
    ):
        for power in (0.5, 0.8, 0.95):
            assert design.power(smallest(design, power=power), ALPHA, "two-sided") == pytest.approx(power, rel=1e-9)


# --- standard errors ----------------------------------------------------------------------------------------------

sizes = st.lists(st.integers(1, 7), min_size=2, max_size=6).map(tuple)


@given(sizes, sizes, st.floats(0, 1))
def test_clusters_are_a_whole_covariance_matrix(treated, control, icc):
    design = ClusteredDesign(treated_sizes=treated, control_sizes=control, sd=1.7, icc=icc)
    cluster = np.repeat(np.arange(len(treated) + len(control)), treated + control)
    weights = np.where(np.arange(len(cluster)) < sum(treated), 1 / sum(treated), -1 / sum(control))
    covariance = 1.7**2 * np.where(np.equal.outer(cluster, cluster), icc, 0.0)
    np.fill_diagonal(covariance, 1.7**2)
    assert design.std_error == pytest.approx(math.sqrt(weights @ covariance @ weights), rel=1e-12)
    assert design.df == pytest.approx(oracle.bell_mccaffrey_df([(treated, control)]), rel=1e-9)


def test_clusters_of_one_size_have_the_design_effect():
    design = ClusteredDesign(treated_sizes=(20,) * 5, control_sizes=(20,) * 5, sd=1.0, icc=0.05)
    alone = IndividualDesign(n_treated=100, n_control=100, sd=1.0)
    assert design.std_error == pytest.approx(alone.std_error * math.sqrt(1 + 19 * 0.05), rel=1e-14)


@given(st.integers(1, 4), st.integers(1, 4), st.floats(-0.1, 0.95), st.sampled_from(["autoregressive", "constant"]))
def test_panels_are_a_whole_covariance_matrix(before, after, correlation, decay):
    design = PanelDesign(
        n_treated=3, n_control=4, before=before, after=after, sd=2.0, correlation=correlation, decay=decay
    )
    unit, time = np.divmod(np.arange(7 * (before + after)), before + after)
    variance = 0.0
    for i in range(len(unit)):
        for j in range(len(unit)):
            if unit[i] == unit[j]:
                apart = abs(int(time[i]) - int(time[j]))
                rho = 1.0 if not apart else correlation ** (apart if decay == "autoregressive" else 1)
                part = [
                    (1 / 3 if unit[k] < 3 else -1 / 4) * (-1 / before, 1 / after)[int(time[k] >= before)]
                    for k in (i, j)
                ]
                variance += 4.0 * rho * part[0] * part[1]
    assert design.std_error == pytest.approx(math.sqrt(variance), rel=1e-9)


def test_a_constant_correlation_is_that_of_mckenzie():
    """McKenzie (2012, doi:10.1016/j.jdeveco.2012.01.002): 2σ²(1 − ρ)(1/m + 1/r)/n in each arm of n."""
    design = PanelDesign(n_treated=50, n_control=50, before=3, after=5, sd=2.0, correlation=0.4, decay="constant")
    assert design.std_error**2 == pytest.approx(2 * 4 * 0.6 * (1 / 3 + 1 / 5) / 50, rel=1e-12)


def test_blocks_count_by_size():
    design = BlockedDesign(n_treated=(5, 10), n_control=(5, 20), sd=3.0)
    variance = (10 / 40) ** 2 * 9 * (1 / 5 + 1 / 5) + (30 / 40) ** 2 * 9 * (1 / 10 + 1 / 20)
    assert design.std_error == pytest.approx(math.sqrt(variance), rel=1e-14)
    parts = [(10 / 40) ** 2 / 5, (10 / 40) ** 2 / 5, (30 / 40) ** 2 / 10, (30 / 40) ** 2 / 20]
    squares = sum(v**2 / f for v, f in zip(parts, (4, 4, 9, 19), strict=True))
    assert design.df == pytest.approx(sum(parts) ** 2 / squares, rel=1e-14)
    one = BlockedDesign(n_treated=(5,), n_control=(8,), sd=3.0)
    assert smallest(one) == pytest.approx(smallest(IndividualDesign(n_treated=5, n_control=8, sd=3.0)), rel=1e-12)


def test_covariates_explain_and_cost():
    plain, explained = (IndividualDesign(n_treated=20, n_control=20, sd=1.0, explained=r2) for r2 in (0.0, 0.75))
    assert explained.std_error == pytest.approx(plain.std_error / 2, rel=1e-15)
    assert IndividualDesign(n_treated=20, n_control=20, sd=1.0, covariates=3).df == pytest.approx(2 * 16, rel=1e-14)
    blocks = BlockedDesign(n_treated=(6, 6), n_control=(6, 6), sd=1.0, covariates=3)
    assert blocks.df == pytest.approx(2 * (2 * 5 - 3), rel=1e-14)


# --- against simulated plans --------------------------------------------------------------------------------------


def rejected(statistic, df):
    return np.mean(np.abs(statistic) >= stats.t.ppf(0.975, df))


def near(share, power, replicates=4000):
    return abs(share - power) <= 4 * math.sqrt(power * (1 - power) / replicates)


def test_simulated_trials_reject_as_often():
    rng = np.random.default_rng(1)
    y1, y0 = rng.normal(1.0, 1.0, (4000, 12)), rng.normal(0.0, 1.0, (4000, 18))
    t = (y1.mean(axis=1) - y0.mean(axis=1)) / np.sqrt(y1.var(axis=1, ddof=1) / 12 + y0.var(axis=1, ddof=1) / 18)
    design = IndividualDesign(n_treated=12, n_control=18, sd=1.0)
    assert near(rejected(t, design.df), design.power(1.0, ALPHA, "two-sided"))


def test_simulated_clusters_reject_as_often():
    rng = np.random.default_rng(2)
    between, within = rng.normal(0, math.sqrt(0.2), (4000, 14, 1)), rng.normal(0, math.sqrt(0.8), (4000, 14, 6))
    means = (between + within).mean(axis=2)
    means[:, :7] += 0.9
    pooled = (means[:, :7].var(axis=1, ddof=1) + means[:, 7:].var(axis=1, ddof=1)) / 2
    t = (means[:, :7].mean(axis=1) - means[:, 7:].mean(axis=1)) / np.sqrt(pooled * 2 / 7)
    design = ClusteredDesign(treated_sizes=(6,) * 7, control_sizes=(6,) * 7, sd=1.0, icc=0.2)
    assert near(rejected(t, 12), design.power(0.9, ALPHA, "two-sided"))


def test_simulated_panels_reject_as_often():
    rng = np.random.default_rng(3)
    noise = rng.normal(size=(4000, 20, 6))
    path = np.empty_like(noise)
    path[..., 0] = noise[..., 0]
    for k in range(1, 6):
        path[..., k] = 0.7 * path[..., k - 1] + math.sqrt(1 - 0.49) * noise[..., k]
    change = path[..., 3:].mean(axis=2) - path[..., :3].mean(axis=2)
    change[:, :8] += 0.9
    variance = change[:, :8].var(axis=1, ddof=1) / 8 + change[:, 8:].var(axis=1, ddof=1) / 12  # CR2 by unit
    t = (change[:, :8].mean(axis=1) - change[:, 8:].mean(axis=1)) / np.sqrt(variance)
    design = PanelDesign(n_treated=8, n_control=12, before=3, after=3, sd=1.0, correlation=0.7, decay="autoregressive")
    assert near(rejected(t, design.df), design.power(0.9, ALPHA, "two-sided"))


def panel_data(n_treated, n_control, before, after):
    rng = np.random.default_rng(5)
    cells = [(unit, time) for unit in range(n_treated + n_control) for time in range(before + after)]
    return {
        "unit": [unit for unit, _ in cells],
        "time": [time for _, time in cells],
        "d": [int(unit < n_treated and time >= before) for unit, time in cells],
        "y": rng.normal(size=len(cells)).tolist(),
    }


@pytest.mark.parametrize("shape", [(9, 20, 4, 3), (5, 5, 2, 2), (10, 10, 1, 1), (6, 14, 1, 3)])
def test_a_panel_has_the_degrees_of_freedom_of_its_analysis(shape):
    roles = {"outcome": "y", "unit": "unit", "time": "time", "treatment": "d"}
    effect = effekt.difference_in_differences(panel_data(*shape), **roles)
    names = ("n_treated", "n_control", "before", "after")
    design = PanelDesign(**dict(zip(names, shape, strict=True)), sd=1.0, correlation=0.3, decay="constant")
    assert design.df == pytest.approx(effect.df, rel=1e-12)
    assert design.refused is None


@pytest.mark.parametrize("shape", [(3, 30, 3, 1), (2, 3, 2, 2)])
def test_a_panel_plan_is_refused_where_its_analysis_is(shape):
    roles = {"outcome": "y", "unit": "unit", "time": "time", "treatment": "d"}
    effect = effekt.difference_in_differences(panel_data(*shape), **roles)
    names = ("n_treated", "n_control", "before", "after")
    design = PanelDesign(**dict(zip(names, shape, strict=True)), sd=1.0, correlation=0.3, decay="constant")
    assert isinstance(effect.inference, Unavailable)
    assert effect.inference.reason.en.startswith(design.refused.en.split(";")[0])
    assert minimum_detectable_effect(design).status == "failed"


def test_a_single_unit_has_no_plan_with_a_standard_error():
    design = PanelDesign(n_treated=1, n_control=20, before=2, after=2, sd=1.0, correlation=0.3, decay="constant")
    found = minimum_detectable_effect(design)
    assert found.status == "failed"
    assert "the treated arm has one" in found.statement.en


def test_simulated_placebos_reject_and_reach_as_often():
    rng = np.random.default_rng(4)
    errors, own = rng.normal(0, 0.08, (4000, 49)), rng.normal(0, 0.08, 4000) + 0.2
    p = (1 + (np.abs(errors) >= np.abs(own)[:, None]).sum(axis=1)) / 50
    design = PlaceboDesign(placebos=49, sd=0.08)
    found = minimum_detectable_effect(design, effects=[0.2], threshold=0.12)
    assert near(np.mean(p <= 0.05), found.table["power"][1])
    assert near(np.mean(own >= 0.12), found.table["reaches"][1])


# --- told ---------------------------------------------------------------------------------------------------------


def test_sentences():
    found = minimum_detectable_effect(
        PlaceboDesign(placebos=289, sd=0.0425), effects=[0.12], threshold=0.12, scale="relative"
    )
    assert found.statement.en == (
        "The smallest improvement found with power 0.8 is 12.0%; an estimate of 12.0% or more, the threshold, has "
        "probability 0.2% for a true one of 0.0%, 50.0% for a true one of 12.0%."
    )
    few = minimum_detectable_effect(PlaceboDesign(placebos=10, sd=0.08), scale="relative")
    assert few.status == "failed"
    assert few.statement.sv == "Ingen effekt, hur stor den än är, upptäcks med styrkan 0,8."
    above = minimum_detectable_effect(PlaceboDesign(placebos=289, sd=0.08), threshold=0.12, scale="relative")
    assert above.status == "warning"
    assert minimum_detectable_effect(IndividualDesign(n_treated=50, n_control=50, sd=1.0)).statement.sv == (
        "Den minsta förbättring som upptäcks med styrkan 0,8 är 0,5659."
    )


def plan(**changed):
    return PanelDesign(
        **{
            "n_treated": 3,
            "n_control": 3,
            "before": 2,
            "after": 2,
            "sd": 1.0,
            "correlation": 0.5,
            "decay": "constant",
            **changed,
        }
    )


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (
            lambda: IndividualDesign(n_treated=3, n_control=9, sd=1.0, covariates=2),
            "The design must leave at least 1 degree of freedom; it leaves 0. Plan for more units.",
        ),
        (
            lambda: IndividualDesign(n_treated=0, n_control=5, sd=1.0),
            "`n_treated` must be an integer of at least 1; got 0.",
        ),
        (lambda: IndividualDesign(n_treated=5, n_control=5, sd=0.0), "`sd` must be above zero; got 0.0."),
        (
            lambda: IndividualDesign(n_treated=5, n_control=5, sd=1.0, explained=1.0),
            "`explained` must be a number from 0, below 1; got 1.0.",
        ),
        (
            lambda: BlockedDesign(n_treated=(5, 5), n_control=(5,), sd=1.0),
            "`n_treated` and `n_control` must have one number for each block; they have 2 and 1.",
        ),
        (
            lambda: ClusteredDesign(treated_sizes=[5, 5], control_sizes=(5, 5), sd=1.0, icc=0.1),
            "`treated_sizes` must be a tuple of integers, one for each group; got [5, 5].",
        ),
        (
            lambda: ClusteredDesign(treated_sizes=(5, 5), control_sizes=(5, 5), sd=1.0, icc=1.1),
            "`icc` must be a number from 0 to 1; got 1.1.",
        ),
        (lambda: plan(correlation=1.0), "`correlation` must be a number between -1 and 1, ends apart; got 1.0."),
        (
            lambda: plan(correlation=-0.5),
            "`correlation` must be at least -0.333333 to be constant over 4 periods; got -0.5.",
        ),
        (lambda: plan(decay="ar1"), "`decay` must be 'autoregressive' or 'constant'; got 'ar1'."),
        (lambda: PlaceboDesign(placebos=0, sd=1.0), "`placebos` must be an integer of at least 1; got 0."),
        (
            lambda: minimum_detectable_effect("individual"),
            "`design` must be a design of effekt.diagnostics, such as IndividualDesign; got 'individual'.",
        ),
        (
            lambda: minimum_detectable_effect(plan(), power=0.05),
            "`power` must be a number between 0.05 and 1, ends apart; got 0.05.",
        ),
        (
            lambda: minimum_detectable_effect(plan(), alternative="less"),
            "`alternative` must be 'two-sided' or 'greater'; got 'less'.",
        ),
        (
            lambda: minimum_detectable_effect(plan(), effects=[-0.1]),
            "`effects` must be improvements of 0 or more; got -0.1.",
        ),
        (
            lambda: minimum_detectable_effect(plan(), effects=0.3),
            "`effects` must be a list of numbers, as [0.5, 1]; got 0.3.",
        ),
        (lambda: minimum_detectable_effect(plan(), threshold=0), "`threshold` must be above zero; got 0."),
    ],
)
def test_what_is_refused(call, sentence):
    with pytest.raises(ArgumentError) as error:
        call()
    assert str(error.value) == sentence
