"""Several studies put together: metafor, the formulas, invariances, and what may not be pooled."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from helpers import assert_valid_effect
from hypothesis import given
from hypothesis import strategies as st

import effekt
from effekt._inference import FixedDf, Means, Placebos, StudentT, Unavailable
from effekt._text import Text
from effekt.diagnostics import study_heterogeneity
from effekt.estimators.pooling import restricted_likelihood
from effekt.exceptions import ArgumentError
from effekt.result import EffectEstimate, EffectSet, Note, Observed, Sample
from effekt.roles import Estimand, Outcome

GOLDEN = json.loads((Path(__file__).parents[1] / "goldens" / "pooling" / "output.json").read_text(encoding="utf-8"))
SETS = sorted(name for name in GOLDEN if name != "versions")
METHODS = {"REML": "reml", "DL": "dersimonian_laird"}


def study(effect, variance, *, level=10.0, df=math.inf, **changed):
    """A study with this effect on a counterfactual of `level`; both means vary alike and independently."""
    made = EffectEstimate(
        means=Means(treated=level + effect, counterfactual=level),
        inference=StudentT(covariance=(variance / 2, 0.0, variance / 2), df=FixedDf(df=df)),
        estimand=Estimand(name="ATT", population=Text(en="people", sv="personer")),
        outcome=Outcome(column="days", unit="days", better="lower"),
        method="matched_comparison",
        variance="CR2/1",
        sample=Sample(n_obs=40, n_units=40, n_treated=20, n_control=20),
        observed=Observed(treated=level + effect, control=level - 0.5),
    )
    return replace(made, **changed)


def studies(name):
    pairs = zip(GOLDEN[name]["estimates"], GOLDEN[name]["variances"], strict=True)
    return {f"study {i}": study(d, v, level=10.0 + i) for i, (d, v) in enumerate(pairs)}


# --- metafor ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SETS)
def test_a_common_effect_by_metafor(name):
    golden, pooled = GOLDEN[name]["fixed"], effekt.pool(studies(name), model="fixed")
    assert pooled.estimate == pytest.approx(golden["estimate"], rel=1e-10)
    assert pooled.std_error == pytest.approx(golden["std_error"], rel=1e-10)
    assert pooled.df == math.inf
    values = pooled.diagnostics[0].values
    assert values["q"] == pytest.approx(golden["q"], rel=1e-9)
    assert values["p_value"] == pytest.approx(golden["q_p"], rel=1e-8)
    assert values["i_squared"] == pytest.approx(golden["i_squared"], abs=1e-10)


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("method", METHODS)
def test_a_population_of_effects_by_metafor(name, method):
    golden = GOLDEN[name][method]
    pooled = effekt.pool(studies(name), model="random", heterogeneity=METHODS[method])
    assert pooled.estimate == pytest.approx(golden["estimate"], rel=1e-8)
    assert pooled.std_error == pytest.approx(golden["std_error"], rel=1e-8)
    assert pooled.df == golden["df"]
    assert pooled.p_value() == pytest.approx(golden["p_value"], rel=1e-7)
    interval = pooled.confidence_interval(0.95)
    assert (interval.low, interval.high) == pytest.approx((golden["low"], golden["high"]), rel=1e-8)
    assert pooled.diagnostics[0].values["tau"] == pytest.approx(math.sqrt(golden["tau2"]), rel=1e-7, abs=1e-12)


def test_the_published_figures_of_the_bcg_trials():
    """Viechtbauer (2010), doi:10.18637/jss.v036.i03, section 3.1: τ² 0.3132, μ −0.7145, under REML."""
    pooled = effekt.pool(studies("bcg"), model="random")
    assert round(pooled.diagnostics[0].values["tau"] ** 2, 4) == 0.3132
    assert round(pooled.estimate, 4) == -0.7145


# --- the formulas -------------------------------------------------------------------------------------------------


@st.composite
def sets(draw):
    k = draw(st.integers(2, 6))
    effects = draw(st.lists(st.integers(-40, 40).map(lambda x: x / 8), min_size=k, max_size=k))
    variances = draw(st.lists(st.integers(1, 40).map(lambda x: x / 16), min_size=k, max_size=k))
    return [study(d, v, level=5.0 + i, df=4.0 + i) for i, (d, v) in enumerate(zip(effects, variances, strict=True))]


@given(sets())
def test_fixed_by_its_formula(members):
    pooled = effekt.pool(members, model="fixed")
    d = [one.estimate for one in members]
    w = [1 / one.std_error**2 for one in members]
    assert pooled.estimate == pytest.approx(
        sum(a * b for a, b in zip(w, d, strict=True)) / sum(w), rel=1e-10, abs=1e-12
    )
    assert pooled.std_error == pytest.approx(sum(w) ** -0.5, rel=1e-10)
    df = sum(w) ** 2 / sum(a**2 / one.df for a, one in zip(w, members, strict=True))
    assert pooled.df == pytest.approx(df, rel=1e-10)
    levels = sum(a * one.counterfactual_mean for a, one in zip(w, members, strict=True)) / sum(w)
    assert pooled.counterfactual_mean == pytest.approx(levels, rel=1e-12)
    assert pooled.treated_mean - pooled.counterfactual_mean == pytest.approx(pooled.estimate, rel=1e-9, abs=1e-12)


@given(sets())
def test_restricted_likelihood_is_greatest_where_it_says(members):
    """τ² by a fine grid of the restricted likelihood as it is defined, −½(ln|V| + ln|X'V⁻¹X| + r'V⁻¹r)."""
    d = np.array([one.estimate for one in members])
    v = np.array([one.std_error**2 for one in members])

    def likelihood(tau2):
        covariance = np.diag(v + tau2)
        inverse, x = np.linalg.inv(covariance), np.ones((len(d), 1))
        middle = float((x.T @ inverse @ x)[0, 0])
        r = d - (x.T @ inverse @ d)[0] / middle
        return -(np.log(v + tau2).sum() + math.log(middle) + r @ inverse @ r) / 2

    found = restricted_likelihood(d, v)
    top = likelihood(found)
    assert found >= 0
    for other in [0.0, *np.linspace(0, 2 * found + 10, 200), found * 0.999, found * 1.001]:
        assert likelihood(other) <= top + 1e-9


@given(sets())
def test_random_never_claims_more_than_the_studies_themselves(members):
    fixed, random_effects = effekt.pool(members, model="fixed"), effekt.pool(members, model="random")
    assert random_effects.std_error >= fixed.std_error * (1 - 1e-12)
    for ratio in (0.5, 0.9, 1.0, 1.1, 2.0):
        covariance = [one.inference.covariance for one in (fixed, random_effects)]
        assert all(len(one) == 3 for one in covariance)
        first, cross, second = random_effects.inference.covariance
        assert first - 2 * ratio * cross + ratio**2 * second > 0
    assert random_effects.df == len(members) - 1


# --- invariances --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["fixed", "random"])
def test_the_laws_of_every_effect(model):
    assert_valid_effect(effekt.pool(studies("apart"), model=model))
    assert_valid_effect(effekt.pool(studies("alike"), model=model))


@given(sets(), st.randoms(use_true_random=False))
def test_the_order_of_the_studies_does_not_matter(members, rng):
    turned = rng.sample(members, len(members))
    for model in ("fixed", "random"):
        one, other = effekt.pool(members, model=model), effekt.pool(turned, model=model)
        assert (one.means, one.inference) == (other.means, other.inference)


@given(sets(), st.sampled_from([0.001, 4.0, 1e4]))
def test_another_unit_scales_everything(members, factor):
    for model in ("fixed", "random"):
        one = effekt.pool(members, model=model).rescale(factor, "minutes")
        other = effekt.pool([member.rescale(factor, "minutes") for member in members], model=model)
        assert other.estimate == pytest.approx(one.estimate, rel=1e-8, abs=1e-10 * factor)
        assert other.std_error == pytest.approx(one.std_error, rel=1e-7)


def test_what_is_recorded():
    note = Note(code="parallel_trends", text=Text(en="Parallel.", sv="Parallella."))
    members = {"Lund": study(-1.0, 0.5, notes=(note,)), "Ystad": study(-2.0, 0.25, notes=(note,))}
    pooled = effekt.pool(members, model="random")
    assert pooled.arguments == {"model": "random", "heterogeneity": "reml", "effects": ["Lund", "Ystad"]}
    assert (pooled.method, pooled.variance) == ("pool", "hartung_knapp/1")
    assert pooled.sample == Sample(n_obs=80, n_units=80, n_treated=40, n_control=40)
    assert [one.code for one in pooled.notes] == ["pooled_random", "pooled_levels", "groups_alike", "parallel_trends"]
    assert pooled.estimand.population.sv == "2 studier sammanlagda: personer och personer"
    assert effekt.pool(members, model="fixed").variance == "inverse_variance/1"
    assert pooled.diagnostics[0].table["study"] == ("Lund", "Ystad")
    assert pooled.observed.control == pytest.approx(9.5)


def test_studies_that_differ_are_warned_of():
    differ = effekt.pool(studies("bcg"), model="fixed").diagnostics[0]
    assert differ.status == "warning"
    assert ", limit 0.1); 92.1% of it is more than their standard errors give." in differ.statement.en
    assert "är sällsynt när alla har en och samma effekt (p under 0,001, gräns 0,1)" in differ.statement.sv
    alike = effekt.pool(studies("alike"), model="fixed").diagnostics[0]
    assert alike.status == "ok"
    assert alike.statement.en == (
        "No evidence that the studies' effects differ by more than chance (p 1.0, limit 0.1); few studies show little."
    )
    with pytest.raises(ArgumentError, match=r"^`variances` must be above zero; the first row that is not is row 2\."):
        study_heterogeneity(estimates=np.array([1.0, 2.0]), variances=np.array([1.0, 0.0]))
    with pytest.raises(ArgumentError, match=r"^`estimates` must be at least two; it holds one\."):
        study_heterogeneity(estimates=[1.0], variances=[1.0])


def test_relative_effects_of_drawn_places_say_whose_levels_they_are_at():
    members = {"Lund": study(-1.0, 0.5), "Ystad": study(-2.0, 0.25)}
    said = {note.code: note.text for note in effekt.pool(members, model="random").notes}["pooled_levels"]
    assert said.en.startswith("Ratios and relative effects are at the levels of these very studies: ")
    assert "is in none of their intervals and p-values, which are too narrow for the population of places" in said.en
    assert said.en.endswith("for the relative effect in these studies choose model='fixed'.")
    assert said.sv.startswith("Kvoter och relativa effekter gäller just dessa studiers nivåer: ")
    assert said.sv.endswith("för den relativa effekten i dessa studier, välj model='fixed'.")
    on_logs = {"Lund": log_study(-0.1, 0.01), "Ystad": log_study(-0.2, 0.02)}
    for others, model in ((members, "fixed"), (on_logs, "random"), (on_logs, "fixed")):
        assert "pooled_levels" not in {note.code for note in effekt.pool(others, model=model).notes}


# --- logarithms ---------------------------------------------------------------------------------------------------


def log_study(log_ratio, variance, *, level=10.0, df=math.inf):
    """A study with its inference on the log scale, all of it in the counterfactual, as placebos have it."""
    kind = StudentT(covariance=(0.0, 0.0, variance), df=FixedDf(df=df), scale="log")
    return study(level * math.expm1(log_ratio), 1.0, level=level, inference=kind)


@pytest.mark.parametrize("name", SETS)
def test_logarithms_by_metafor(name):
    pairs = list(zip(GOLDEN[name]["estimates"], GOLDEN[name]["variances"], strict=True))
    made = [log_study(d / 10, v / 100, level=5.0 + i) for i, (d, v) in enumerate(pairs)]
    for model, golden in (("fixed", GOLDEN[name]["fixed"]), ("random", GOLDEN[name]["REML"])):
        pooled = effekt.pool(made, model=model)
        relative = pooled.relative()
        assert math.log1p(relative.estimate) == pytest.approx(golden["estimate"] / 10, rel=1e-8)
        first, cross, second = pooled.inference.covariance
        assert math.sqrt(first - 2 * cross + second) == pytest.approx(golden["std_error"] / 10, rel=1e-7)
        assert pooled.inference.scale == "log"
        assert any(note.code == "pooled_logs" for note in pooled.notes)
        assert_valid_effect(pooled)
    interval = relative.confidence_interval(0.95)
    ends = math.log1p(interval.low) * 10, math.log1p(interval.high) * 10
    assert ends == pytest.approx((golden["low"], golden["high"]), rel=1e-6)


def test_the_means_of_logarithms_are_geometric():
    pooled = effekt.pool([log_study(-0.1, 0.01, level=4.0), log_study(-0.3, 0.03, level=9.0)], model="fixed")
    assert pooled.counterfactual_mean == pytest.approx(4.0**0.75 * 9.0**0.25, rel=1e-12)
    assert pooled.relative().estimate == pytest.approx(math.expm1(-0.15), rel=1e-12)


def test_comparators_called_others_are_told_of():
    pooled = effekt.pool([trend("others"), trend("others", effect=-2.0)], model="fixed")
    assert any(note.code == "shared_comparators" for note in pooled.notes)
    mixed = effekt.pool([trend(["B"]), trend("others", effect=-2.0)], model="fixed")
    assert any(note.code == "shared_comparators" for note in mixed.notes)
    apart = effekt.pool([trend(["B"]), trend(["C"], effect=-2.0)], model="fixed")
    assert not any(note.code == "shared_comparators" for note in apart.notes)


# --- refusals -----------------------------------------------------------------------------------------------------

A = study(-1.0, 0.5)


def trend(comparator, effect=-1.0):
    return study(effect, 0.5, method="trend_adjusted", arguments={"comparator": comparator})


PLACEBO = replace(A, inference=Placebos(errors=(0.1, 0.2), scale="linear"))
REFUSALS = {
    "one study": ([A], {}, "`effects` must hold at least two studies; got 1."),
    "no list": (
        A,
        {},
        "`effects` must be a mapping of labels to effects, or a list of effects; got EffectEstimate. "
        "Members of one set share units; combine those with `.combine`.",
    ),
    "a set": (
        EffectSet(labels=("a", "b"), effects=(A, A)),
        {},
        "`effects` must be a mapping of labels to effects, or a "
        "list of effects; got EffectSet. Members of one set share units; combine those with `.combine`.",
    ),
    "no effect": ([A, 3], {}, "`effects` must hold effects; '2' is int."),
    "the same twice": (
        {"x": A, "y": A},
        {},
        "`effects` must be of different studies; 'y' is the same as 'x'.",
    ),
    "a pool in a pool": (
        {"p": study(-1.0, 0.5, method="pool"), "a": study(-2.0, 0.5)},
        {},
        "`effects` must be studies; 'p' is itself pooled, and a study in it could count twice. Pool the studies "
        "themselves.",
    ),
    "a relative effect": (
        [A, study(-2.0, 0.5).relative()],
        {},
        "`effects` must be differences; '2' is in the view 'relative'. Pool differences, and take the view of what is "
        "pooled.",
    ),
    "no standard error": (
        [A, PLACEBO],
        {},
        "`effects` must each have a standard error; '2' has placebo ranks, which give none. Estimate it with "
        "inference='placebo_variance' where there is such, or leave it out and say so.",
    ),
    "no inference": (
        [A, replace(A, inference=Unavailable(reason=Text(en="none", sv="ingen")))],
        {},
        "`effects` must each have a standard error; '2' has none: none. Mend that where it can be, or leave it out and "
        "say so.",
    ),
    "two scales": (
        [A, log_study(0.1, 0.01)],
        {},
        "`effects` must have their standard errors on one scale; '1' has that of a difference in units and '2' that of "
        "the logarithm of a ratio. Estimate both by one method with one variance, or keep them apart.",
    ),
    "one comparator": (
        [trend(["B", "C"]), trend(["D", "C"], effect=-2.0)],
        {},
        "`effects` must be independent; '1' and '2' are both compared with 'C', whose chance is in both. Estimate them "
        "together, as several treated units of one trend_adjusted, or name comparators apart.",
    ),
    "another unit": (
        [A, study(-2.0, 0.5, outcome=Outcome(column="days", unit="hours", better="lower"))],
        {},
        "`effects` must have one unit; '1' has 'days' and '2' has 'hours'. Estimate them alike, or keep them apart.",
    ),
    "another outcome": (
        [A, study(-2.0, 0.5, outcome=Outcome(column="spells", unit="days", better="lower"))],
        {},
        "`effects` must have one outcome; '1' has 'days' and '2' has 'spells'. Estimate them alike, or keep them "
        "apart.",
    ),
    "another estimand": (
        [A, study(-2.0, 0.5, estimand=Estimand(name="ATE", population=Text(en="people", sv="personer")))],
        {},
        "`effects` must have one estimand; '1' has 'ATT' and '2' has 'ATE'. Estimate them alike, or keep them apart.",
    ),
    "a label that is another's but for spaces": (
        {"a": A, "a ": study(-2.0, 0.5)},
        {},
        "`effects` must have a label of its own for each study, apart from the others in more than spaces; study 2 has "
        "'a'. Name each study once.",
    ),
    "no label": (
        {"": A, "b": study(-2.0, 0.5)},
        {},
        "`effects` must have a label of its own for each study, apart from the others in more than spaces; study 1 has "
        "''. Name each study once.",
    ),
    "another model": (
        [A, study(-2.0, 0.5)],
        {"model": "mixed"},
        "`model` must be 'fixed' or 'random'; got 'mixed'. Did you mean 'fixed'?",
    ),
    "heterogeneity that is not used": (
        [A, study(-2.0, 0.5)],
        {"model": "fixed", "heterogeneity": "reml"},
        "`heterogeneity` belongs to model='random'; leave it out with model='fixed'.",
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_what_is_refused(name):
    effects, options, sentence = REFUSALS[name]
    with pytest.raises(ArgumentError) as refused:
        effekt.pool(effects, **{"model": "random", **options})
    assert str(refused.value) == sentence


# --- a further study ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("method", METHODS)
def test_the_effect_of_a_further_study_by_the_mean_and_spread_of_metafor(name, method):
    """d̄ ± t √(τ² + SE²), of metafor's d̄, SE and τ², with SciPy's t on k − 1 degrees of freedom."""
    from scipy.stats import t

    golden = GOLDEN[name][method]
    (check,) = effekt.pool(studies(name), model="random", heterogeneity=METHODS[method]).diagnostics
    if name == "two":
        assert "prediction_low" not in check.values
        return
    half = t.ppf(0.975, golden["df"]) * math.sqrt(golden["tau2"] + golden["std_error"] ** 2)
    ends = golden["estimate"] - half, golden["estimate"] + half
    assert (check.values["prediction_low"], check.values["prediction_high"]) == pytest.approx(ends, rel=1e-7)
    en = "The true effect of a further study of the same kind (treated − counterfactual, in the outcome's unit) lies"
    sv = "Den sanna effekten i ytterligare en studie av samma slag (behandlade − kontrafaktiskt, i utfallets enhet)"
    assert en in check.statement.en
    assert f"{sv} ligger" in check.statement.sv


def test_of_logarithms_a_further_study_is_told_as_a_relative_change():
    made = [log_study(-0.1, 0.01), log_study(-0.2, 0.02), log_study(-0.3, 0.03)]
    (check,) = effekt.pool(made, model="random").diagnostics
    low, high = (math.expm1(check.values[end]) for end in ("prediction_low", "prediction_high"))
    told = f"(as a relative change) lies between {low:.1%} and {high:.1%} with".replace("-", "−")
    assert told in check.statement.en
    assert "(som relativ förändring) ligger mellan" in check.statement.sv


def test_under_fixed_effects_nothing_is_said_of_a_further_study():
    (check,) = effekt.pool(studies("bcg"), model="fixed").diagnostics
    assert "prediction_low" not in check.values
    assert "further study" not in check.statement.en


def test_the_prediction_interval_holds_a_further_true_effect():
    """Ten studies, true effects of SD 1, standard errors of 0.5 to 1."""
    rng = np.random.default_rng(5)
    held = 0
    for _ in range(200):
        effects, variances = rng.normal(-1, 1, 11), rng.uniform(0.5, 1, 10) ** 2
        found = rng.normal(effects[:10], np.sqrt(variances))
        pairs = enumerate(zip(found.tolist(), variances.tolist(), strict=True))
        pool = {f"study {i}": study(d, v, level=10.0 + i) for i, (d, v) in pairs}
        values = effekt.pool(pool, model="random").diagnostics[0].values
        held += values["prediction_low"] <= effects[10] <= values["prediction_high"]
    assert 0.90 <= held / 200 <= 0.985
