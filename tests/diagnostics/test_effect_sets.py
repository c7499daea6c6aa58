"""P-values of a set of effects and the test that they differ: R, slow versions, simulation, laws, sentences."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import diagnostics as slow
from oracles import several_trials as oracle
from scipy import stats

import effekt
from effekt._inference import FixedDf, Means, StudentT, Unavailable
from effekt._text import Text
from effekt.diagnostics import adjusted_p_values, interaction_test
from effekt.exceptions import ArgumentError, InferenceUnavailableError
from effekt.result import EffectEstimate, EffectSet, Observed, Sample
from effekt.roles import Estimand, Outcome

GOLDENS = Path(__file__).parents[1] / "goldens" / "several"
R = json.loads((GOLDENS / "output.json").read_text(encoding="utf-8"))
UNITS = effekt.read_table(GOLDENS / "units.csv")
REASON = Text(en="There is one pair.", sv="Det finns ett par.")


def effects_of(estimates, covariance, df=math.inf, labels=None, *, known=True, dfs=None):
    """A set whose counterfactual means are known to be 10, with the covariance of the effects."""
    covariance = np.asarray(covariance, float)
    labels = labels or [f"e{i}" for i in range(len(estimates))]
    members = tuple(
        EffectEstimate(
            means=Means(treated=10.0 + effect, counterfactual=10.0),
            inference=StudentT(covariance=(covariance[i, i], 0.0, 0.0), df=FixedDf(df=dfs[i] if dfs else df)),
            estimand=Estimand(name="ATE", population=Text(en="all", sv="alla")),
            outcome=Outcome(column="y", unit="days", better="lower"),
            method="randomized_trials",
            variance="HC2/1",
            sample=Sample(n_obs=9),
            observed=Observed(treated=10.0 + effect, control=10.0),
        )
        for i, effect in enumerate(estimates)
    )
    joint = np.kron(covariance, [[1.0, 0.0], [0.0, 0.0]])
    return EffectSet(
        labels=tuple(labels), effects=members, covariance=tuple(map(tuple, joint.tolist())) if known else None, df=df
    )


def unavailable(effects, label):
    """The set with one member that has no inference."""
    members = [
        replace(one, inference=Unavailable(reason=REASON)) if name == label else one
        for name, one in zip(effects.labels, effects.effects, strict=True)
    ]
    return replace(effects, effects=tuple(members))


@st.composite
def sets(draw):
    k = draw(st.integers(2, 4))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    root = rng.normal(size=(k, k + 2))
    return effects_of(rng.normal(size=k) * 2, root @ root.T / k, draw(st.sampled_from([5.5, 12.0, 40.0, math.inf])))


# --- Holm ---------------------------------------------------------------------------------------------------------


def test_holm_is_that_of_r():
    quantiles = [-float(stats.norm.ppf(p / 2)) for p in R["adjusted"]["p_values"]]
    found = adjusted_p_values(effects_of(quantiles, np.eye(4)))
    assert found.table["p_value"] == pytest.approx(R["adjusted"]["p_values"], rel=1e-10)
    assert found.table["p_adjusted"] == pytest.approx(R["adjusted"]["holm"], rel=1e-10)
    assert found.table["figure"] == ("e0", "e1", "e2", "e3")


@given(sets(), st.sampled_from(["two-sided", "greater", "less"]))
@settings(deadline=None)
def test_holm_takes_the_members_own_p_values(effects, alternative):
    found = adjusted_p_values(effects, alternative=alternative)
    own = [one.p_value(None, alternative) for one in effects.effects]
    assert found.table["p_value"] == tuple(own)
    assert found.table["p_adjusted"] == pytest.approx(slow.holm(own), rel=1e-12)


def test_holm_needs_no_covariance_and_counts_effects_without_p():
    effects = unavailable(effects_of([2.5, 2.2, 1.0], np.eye(3), known=False), "e2")
    found = adjusted_p_values(effects)
    own = [effects[label].p_value() for label in ("e0", "e1")]
    assert found.table["p_value"] == (*own, None)
    assert found.table["p_adjusted"][:2] == pytest.approx((3 * own[0], max(3 * own[0], 2 * own[1])), rel=1e-12)
    assert found.table["p_adjusted"][2] is None
    assert found.values["n_figures"] == 3
    assert found.statement.en.endswith("Without a p-value, but counted among the figures: e2.")
    assert found.statement.sv.endswith("Utan p-värde, men inräknade bland storheterna: e2.")
    assert found.tidy()["p_adjusted"].isna().tolist() == [False, False, True]
    assert effekt.Diagnostic.from_json(found.to_json()) == found


# --- Romano and Wolf ----------------------------------------------------------------------------------------------


def test_two_effects_have_the_probability_of_the_joint_normal():
    """The larger of two correlated normals, by numerical integration over the first of them."""
    correlation, size = 0.7, 2.1
    effects = effects_of([size, 0.3], [[1, correlation], [correlation, 1]])
    found = adjusted_p_values(effects, method="romano_wolf", draws=200_000, rng=1)
    grid = np.linspace(-size, size, 20_001)
    inner = [stats.norm.cdf((sign * size - correlation * grid) / math.sqrt(1 - correlation**2)) for sign in (1, -1)]
    inside = np.trapezoid(stats.norm.pdf(grid) * (inner[0] - inner[1]), grid)
    wanted = 1 - inside
    assert found.table["p_adjusted"][0] == pytest.approx(wanted, abs=4 * math.sqrt(wanted / 200_000))
    assert found.table["p_adjusted"][1] == pytest.approx(effects["e1"].p_value(), abs=4 * 0.5 / math.sqrt(200_000))
    assert found.values["reference"] == "joint_normal"


def test_independent_effects_with_t_have_their_joint_tail():
    """The common √(ν/χ²) makes even uncorrelated t statistics dependent."""
    df, size = 6.0, 2.6
    found = adjusted_p_values(effects_of([size, 0.1, -0.1], np.eye(3), df), method="romano_wolf", draws=100_000, rng=2)
    scale = np.sqrt(stats.chi2.ppf((np.arange(20_000) + 0.5) / 20_000, df) / df)
    wanted = 1 - np.mean((1 - 2 * stats.norm.sf(size * scale)) ** 3)
    assert found.table["p_adjusted"][0] == pytest.approx(wanted, abs=4 * math.sqrt(wanted / 100_000))
    assert found.values["reference"] == "joint_t"


def test_effects_that_are_one_cost_nothing():
    whole = effects_of([2.2, 2.2, 2.2], np.ones((3, 3)))
    found = adjusted_p_values(whole, method="romano_wolf", draws=50_000, rng=3)
    p = whole["e0"].p_value()
    assert found.table["p_adjusted"] == pytest.approx((p, p, p), abs=4 * math.sqrt(p / 50_000))
    assert adjusted_p_values(whole).table["p_adjusted"][0] == pytest.approx(3 * p, rel=1e-12)


@given(sets(), st.integers(0, 100), st.sampled_from(["two-sided", "greater", "less"]))
@settings(max_examples=30, deadline=None)
def test_stepdown_is_never_below_the_own_p_and_follows_the_statistics(effects, seed, alternative):
    found = adjusted_p_values(effects, method="romano_wolf", draws=199, rng=seed, alternative=alternative)
    own, adjusted, statistic = (found.table[name] for name in ("p_value", "p_adjusted", "statistic"))
    assert own == tuple(one.p_value(None, alternative) for one in effects.effects)
    assert statistic == tuple(one.statistic for one in effects.effects)
    assert all(a >= p for a, p in zip(adjusted, own, strict=True))
    against = {"two-sided": np.abs(statistic), "greater": statistic, "less": -np.array(statistic)}[alternative]
    assert (np.diff(np.array(adjusted)[np.argsort(-np.array(against))]) >= 0).all()
    assert found.values["n_rejected"] == sum(p <= 0.05 for p in adjusted)
    assert found == adjusted_p_values(effects, method="romano_wolf", draws=199, rng=seed, alternative=alternative)


@given(sets(), st.randoms())
@settings(max_examples=20, deadline=None)
def test_the_order_of_effects_does_not_matter(effects, random):
    order = random.sample(range(len(effects)), len(effects))
    covariance = np.array(effects.covariance)[::2, ::2]
    moved = effects_of(
        [effects.effects[i].estimate for i in order],
        covariance[np.ix_(order, order)],
        effects.df,
        [effects.labels[i] for i in order],
    )
    one = adjusted_p_values(effects, method="romano_wolf", draws=99, rng=5).table
    other = adjusted_p_values(moved, method="romano_wolf", draws=99, rng=5).table
    assert dict(zip(one["figure"], one["p_adjusted"], strict=True)) == pytest.approx(
        dict(zip(other["figure"], other["p_adjusted"], strict=True)), rel=1e-12
    )
    first, second = interaction_test(effects).values["p_value"], interaction_test(moved).values["p_value"]
    assert first == pytest.approx(second, rel=1e-9)


def test_a_view_turns_the_side():
    effects = effects_of([-2.0, -1.0, 0.5], [[1, 0.5, 0.1], [0.5, 1, 0.3], [0.1, 0.3, 1]], 9.0)
    turned = replace(effects, effects=tuple(one.improvement() for one in effects.effects))
    mixed = replace(effects, effects=(effects.effects[0].improvement(), *effects.effects[1:]))
    both = {"method": "romano_wolf", "rng": 4, "draws": 99_999}
    less = adjusted_p_values(effects, alternative="less", **both)
    greater = adjusted_p_values(turned, alternative="greater", **both)
    assert greater.table["p_adjusted"] == pytest.approx(less.table["p_adjusted"], abs=0.01)
    two = adjusted_p_values(effects, **both)
    assert adjusted_p_values(mixed, **both).table["p_adjusted"] == pytest.approx(two.table["p_adjusted"], abs=0.01)
    assert two.table["p_adjusted"][0] > 1.5 * less.table["p_adjusted"][0]


def test_own_degrees_of_freedom_are_kept_in_the_own_p():
    effects = effects_of([2.6, 2.5], np.eye(2), 4.0, dfs=[4.0, 400.0])
    found = adjusted_p_values(effects, method="romano_wolf", rng=1)
    assert found.table["p_value"] == (effects["e0"].p_value(), effects["e1"].p_value())
    assert found.table["p_value"][1] < found.table["p_value"][0] < found.table["p_adjusted"][0]
    assert found.table["p_adjusted"][1] >= 2 * float(stats.t.sf(2.5, 4.0)) - 4 * 0.25 / 100


@pytest.mark.parametrize("df", [8.0, math.inf])
def test_families_without_effects_have_a_finding_in_at_most_a_twentieth(df):
    rng = np.random.default_rng(21)
    covariance = np.full((3, 3), 0.5) + 0.5 * np.eye(3)
    root, wrong = np.linalg.cholesky(covariance), {"holm": 0, "romano_wolf": 0}
    for _ in range(300):
        scale = 1.0 if math.isinf(df) else math.sqrt(df / rng.chisquare(df))
        effects = effects_of(root @ rng.standard_normal(3) * scale, covariance, df)
        wrong["holm"] += adjusted_p_values(effects).values["n_rejected"] > 0
        found = adjusted_p_values(effects, method="romano_wolf", draws=499, rng=rng)
        wrong["romano_wolf"] += found.values["n_rejected"] > 0
    bound = 15 + 4 * math.sqrt(300 * 0.05 * 0.95)
    assert wrong["holm"] <= bound
    assert 1 <= wrong["romano_wolf"] <= bound


# --- the test that they differ ------------------------------------------------------------------------------------


def towns(**options):
    return effekt.randomized_trials(
        UNITS, outcome="days", treatment="d", covariates="x", population="finite", subgroup="town", **options
    )


def test_three_towns_are_those_of_clubsandwich():
    found = interaction_test(replace(towns(), df=math.inf))
    assert found.values["statistic"] * 2 == pytest.approx(R["equal"]["statistic"], rel=1e-8)
    assert found.values["p_value"] == pytest.approx(R["equal"]["p_value"], rel=1e-8)
    assert found.values["df_denominator"] is None


@given(sets())
@settings(deadline=None)
def test_the_statistic_is_hotellings(effects):
    if effects.df - len(effects) + 2 <= 0 or math.isinf(effects.df):
        return
    covariance = np.array(effects.covariance)[::2, ::2]
    estimates = np.array([one.estimate for one in effects.effects])
    statistic, first, second = oracle.hotelling(estimates, covariance, effects.df)
    found = interaction_test(effects).values
    assert found["statistic"] == pytest.approx(statistic, rel=1e-6)
    assert (found["df_numerator"], found["df_denominator"]) == (first, pytest.approx(second))
    assert found["p_value"] == pytest.approx(stats.f.sf(statistic, first, second), rel=1e-6)


@given(sets())
@settings(deadline=None)
def test_of_two_effects_it_is_the_t_test_of_their_difference(effects):
    pair = EffectSet(
        labels=effects.labels[:2],
        effects=effects.effects[:2],
        covariance=tuple(row[:4] for row in effects.covariance[:4]),
        df=effects.df,
    )
    difference = pair.combine({"e0": 1, "e1": -1})
    assert interaction_test(pair).values["p_value"] == pytest.approx(difference.p_value(), rel=1e-8)


def test_no_more_than_a_twentieth_of_equal_effects_differ():
    """Estimated covariances with 9 degrees of freedom, for which Hotelling's reference is exact."""
    rng = np.random.default_rng(6)
    wrong = 0
    for _ in range(1000):
        sample = rng.standard_normal((10, 3)) + rng.standard_normal((10, 1))
        effects = effects_of(sample.mean(axis=0), np.cov(sample.T) / 10, 9.0)
        wrong += interaction_test(effects).values["p_value"] <= 0.05
    assert abs(wrong - 50) <= 4 * math.sqrt(1000 * 0.05 * 0.95)


def test_wording():
    none = interaction_test(effects_of([1.0, 1.5], np.eye(2), 20.0, ["men", "women"]))
    assert none.status == "information"
    assert none.statement.en == (
        "There is no evidence of a difference between the effects of men and women (p 0.727); that does not show that "
        "they are alike."
    )
    assert none.statement.sv == (
        "Det finns inga belägg för en skillnad mellan effekterna för men och women (p 0,727); det visar inte att de är "
        "lika."
    )
    some = interaction_test(effects_of([1.0, 6.0], np.eye(2), 20.0, ["men", "women"]))
    assert some.statement.en == "There is evidence that the effects differ between men and women (p 0.00208)."
    assert some.statement.sv == ("Det finns belägg för att effekterna skiljer sig mellan men och women (p 0,00208).")
    assert some.table["estimate"] == (1.0, 6.0)
    assert effekt.Diagnostic.from_json(some.to_json()) == some


# --- refusals -----------------------------------------------------------------------------------------------------

TWO = effects_of([1.0, 2.0], np.eye(2), 10.0)
OTHER_UNIT = replace(TWO, effects=(TWO.effects[0], TWO.effects[1].rescale(2.0, "hours")))
REFUSED = [
    (lambda: adjusted_p_values(TWO.effects[0]), "`effects` must be an EffectSet; got EffectEstimate."),
    (
        lambda: adjusted_p_values(TWO, method="bonferroni"),
        "`method` must be 'holm' or 'romano_wolf'; got 'bonferroni'.",
    ),
    (
        lambda: adjusted_p_values(TWO, rng=1),
        "`method` 'holm' takes no draws and no rng; leave them out, or choose 'romano_wolf'.",
    ),
    (
        lambda: adjusted_p_values(TWO, method="romano_wolf"),
        "`rng` must be an integer seed from 0 or a numpy.random.Generator; got None.",
    ),
    (
        lambda: adjusted_p_values(TWO, method="romano_wolf", rng=1, draws=0),
        "`draws` must be an integer of at least 1; got 0.",
    ),
    (
        lambda: adjusted_p_values(replace(TWO, covariance=None), method="romano_wolf", rng=1),
        "`romano_wolf` needs a set with a joint covariance; this one has none.",
    ),
    (
        lambda: interaction_test(replace(TWO, covariance=None)),
        "`interaction_test` needs a set with a joint covariance; this one has none.",
    ),
    (
        lambda: interaction_test(effects_of([1.0], [[1.0]])),
        "`effects` must hold at least two effects to compare; it holds 'e0' alone. Compare effects of several groups "
        "or outcomes.",
    ),
    (
        lambda: interaction_test(replace(TWO, effects=(TWO.effects[0], TWO.effects[1].relative()))),
        "`effects` must be differences to be compared; 'e1' is in the view 'relative'.",
    ),
    (
        lambda: interaction_test(OTHER_UNIT),
        "`effects` must be in one unit and direction to be compared; 'e0' is in 'days' with better='lower', and 'e1' "
        "in 'hours' with better='lower'. Rescale them first.",
    ),
]


@pytest.mark.parametrize(("call", "sentence"), REFUSED)
def test_what_is_refused(call, sentence):
    with pytest.raises(ArgumentError) as error:
        call()
    assert str(error.value) == sentence


UNAVAILABLE = [
    (
        lambda: adjusted_p_values(unavailable(unavailable(TWO, "e0"), "e1")),
        "No effect of the set has a p-value. e0: There is one pair.",
        "Ingen av effekterna har något p-värde. e0: Det finns ett par.",
    ),
    (
        lambda: adjusted_p_values(unavailable(TWO, "e1"), method="romano_wolf", rng=1),
        "`romano_wolf` needs inference for every effect, and 'e1' has none: There is one pair.",
        "Alla effekter måste ha osäkerhetsmått, men 'e1' saknar det: Det finns ett par.",
    ),
    (
        lambda: interaction_test(unavailable(TWO, "e1")),
        "`interaction_test` needs inference for every effect, and 'e1' has none: There is one pair.",
        "Alla effekter måste ha osäkerhetsmått, men 'e1' saknar det: Det finns ett par.",
    ),
    (
        lambda: interaction_test(effects_of([1.0, 2.0, 3.0, 4.0, 5.0], np.eye(5), 2.5)),
        "5 effects cannot be compared with 2.50 degrees of freedom; combine pairs of them.",
        "5 effekter kan inte jämföras med 2,50 frihetsgrader.",
    ),
    (
        lambda: interaction_test(effects_of([1.0, 2.0, 3.0], [[1, 1, 0], [1, 1, 0], [0, 0, 1]])),
        "A difference between the effects has no variance, so it cannot be tested.",
        "En skillnad mellan effekterna saknar varians och kan inte prövas.",
    ),
]


@pytest.mark.parametrize(("call", "en", "sv"), UNAVAILABLE)
def test_what_cannot_be_said(call, en, sv):
    with pytest.raises(InferenceUnavailableError) as error:
        call()
    assert (str(error.value), error.value.sv) == (en, sv)


def test_subgroups_of_a_trial_from_data_to_sentence():
    found = towns()
    test = interaction_test(found)
    assert test.values["df_denominator"] == pytest.approx(found.df - 1)
    adjusted = adjusted_p_values(found, method="romano_wolf", rng=7)
    assert adjusted.table["figure"] == ("east", "north", "west")
    single = [found[town].p_value() for town in found]
    assert adjusted.table["p_value"] == tuple(single)
