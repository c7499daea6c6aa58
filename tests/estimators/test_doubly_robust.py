"""Doubly robust comparison: stacked equations, other packages, known truth, invariances, laws and sentences."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import numpy as np
import pytest
import sklearn
from causaldata import nsw_mixtape
from helpers import assert_valid_effect
from hypothesis import assume, given
from hypothesis import strategies as st
from oracles import weighting as oracle
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

import effekt
from effekt._inference import StudentT, Unavailable
from effekt.estimators import _aipw
from effekt.estimators._aipw import Cohort, _equations, _medians
from effekt.estimators._cross_fitting import LEARNERS, Learners, _seeded, assign_folds, cross_fit, learners_of
from effekt.estimators._m_estimation import row_errors
from effekt.exceptions import ArgumentError, DataError, EffektError
from effekt.result import EffectSet
from effekt.workflow.data.arguments import arguments

GOLDEN = json.loads((Path(__file__).parents[1] / "goldens" / "weighting" / "output.json").read_text(encoding="utf-8"))
COVARIATES = ["age", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75"]
NSW = {"outcome": "re78", "treatment": "treat", "covariates": COVARIATES}
ROLES = {"outcome": "y", "treatment": "d", "covariates": ["x0", "x1", "x2"]}


def table(n=80, seed=3, *, binary=False, shift=0.5):
    """Outcome, treatment, three covariates, a subgroup and clusters that cross the arms."""
    rng = np.random.default_rng(seed)
    d = (rng.random(n) < 0.45).astype(float)
    x = np.column_stack([rng.normal(shift * d, 1), 40 + 10 * rng.normal(0, 1, n), rng.random(n) < 0.4 + 0.2 * d])
    y = 20 + 3 * x[:, 0] - 0.1 * x[:, 1] + 2 * d + rng.normal(0, 1 + d, n)
    return {
        "y": (y > np.median(y)).astype(float) if binary else y,
        "d": d,
        **{f"x{i}": x[:, i] for i in range(3)},
        "place": rng.choice(["norr", "söder"], n),
        "school": rng.integers(0, 9, n),
    }


def columns(data):
    return data["y"], data["d"], np.column_stack([data[f"x{i}"] for i in range(3)])


def codes(values):
    return np.unique(values, return_inverse=True)[1]


# --- the controls ---------------------------------------------------------------------------------------------------


FIXED = (  # what they say is the same whatever the folds, which are dealt arm by arm
    DummyClassifier(strategy="uniform"),
    DummyRegressor(strategy="constant", constant=2.0),
)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"outcome_model": "logistic"},
        {"cluster": "school"},
        {"variance": "sandwich"},
        {"learner": FIXED, "rng": 5},
    ],
    ids=str,
)
def test_the_effect_on_the_controls_is_that_on_the_treated_with_the_arms_turned(options):
    data = table(n=160, binary=options.get("outcome_model") == "logistic")
    turned = {**data, "d": 1 - data["d"]}
    one = effekt.doubly_robust(data, **ROLES, estimand="ATC", **options)
    two = effekt.doubly_robust(turned, **ROLES, estimand="ATT", **options)
    assert (one.treated_mean, one.counterfactual_mean) == pytest.approx(
        (two.counterfactual_mean, two.treated_mean), rel=1e-9
    )
    assert one.inference.covariance == pytest.approx(two.inference.covariance[::-1], rel=1e-8)
    assert one.df == pytest.approx(two.df, rel=1e-8)
    assert (one.estimand.name, one.estimand.population.en) == (
        "ATC",
        f"the population that the {int(sum(data['d'] == 0))} controls represent",
    )
    if "learner" not in options:  # whose settings, printed, hold the word None
        assert_valid_effect(one)


def test_the_subgroups_of_the_controls_are_turned_too():
    data = table(n=160)
    turned = {**data, "d": 1 - data["d"]}
    one = effekt.doubly_robust(data, **ROLES, estimand="ATC", subgroup="place")
    two = effekt.doubly_robust(turned, **ROLES, estimand="ATT", subgroup="place")
    for own, other in zip(one.effects, two.effects, strict=True):
        assert (own.estimate, own.std_error) == pytest.approx((-other.estimate, other.std_error), rel=1e-8)
    assert one.effects[0].estimand.population.sv.endswith("kontrollerna i delgruppen norr representerar")


# --- the slow way -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("clustered", [False, True])
@pytest.mark.parametrize("outcome_model", ["linear", "logistic"])
@pytest.mark.parametrize("estimand", ["ATE", "ATT"])
def test_parametric_is_the_stack_of_its_equations(estimand, outcome_model, clustered):
    data = table(n=160, binary=outcome_model == "logistic")
    psi, start = oracle.augmented(*columns(data), estimand, outcome_model)
    theta = oracle.solve(psi, start)
    effect = effekt.doubly_robust(
        data, **ROLES, estimand=estimand, outcome_model=outcome_model, cluster="school" if clustered else None
    )
    assert [effect.treated_mean, effect.counterfactual_mean] == pytest.approx(theta[-2:], rel=1e-10)
    errors = oracle.left_out(psi, theta, data["school"] if clustered else None)[:, -2:]
    wanted = errors.T @ errors
    assert isinstance(effect.inference, StudentT)
    assert effect.inference.covariance == pytest.approx((wanted[0, 0], wanted[0, 1], wanted[1, 1]), rel=1e-8)
    df = oracle.degrees_of_freedom(errors @ [1, -1], 1 if clustered else len(theta))
    assert effect.df == pytest.approx(df, rel=1e-8)


@pytest.mark.parametrize("estimand", ["ATE", "ATT"])
def test_subgroups_share_one_stack(estimand):
    data = table(n=160)
    y, d, x = columns(data)
    groups = codes(data["place"])
    psi, start = oracle.augmented(y, d, np.column_stack([x, groups]), estimand, groups=groups)
    theta = oracle.solve(psi, start)
    found = effekt.doubly_robust(data, **ROLES, estimand=estimand, subgroup="place")
    assert isinstance(found, EffectSet)
    assert found.labels == ("norr", "söder")
    means = [mean for effect in found.effects for mean in (effect.treated_mean, effect.counterfactual_mean)]
    assert means == pytest.approx(theta[-4:], rel=1e-10)
    errors = oracle.left_out(psi, theta)[:, -4:]
    assert np.array(found.covariance) == pytest.approx(errors.T @ errors, rel=1e-8)
    assert found.df == min(effect.df for effect in found.effects)
    assert [effect.sample.n_obs for effect in found.effects] == np.bincount(groups).tolist()
    assert "subgroup söder" in found["söder"].estimand.population.en
    assert "delgruppen söder" in found["söder"].estimand.population.sv
    for effect in found.effects:
        assert_valid_effect(effect)


def test_subgroups_add_up_to_everyone():
    data = table(n=160)
    found = effekt.doubly_robust(data, **ROLES, subgroup="place")
    sizes = np.bincount(codes(data["place"])) / 160
    both = found.combine({label: float(size) for label, size in zip(found.labels, sizes, strict=True)})
    data["place_code"] = codes(data["place"])
    whole = effekt.doubly_robust(data, **{**ROLES, "covariates": [*ROLES["covariates"], "place_code"]})
    assert both.estimate == pytest.approx(whole.estimate, rel=1e-10)
    assert both.variance == "joint/1"
    assert_valid_effect(both)


# --- other packages ---------------------------------------------------------------------------------------------------


def nsw_cohort():
    data = nsw_mixtape.load_pandas().data
    n = len(data)
    return Cohort(
        outcome=data.re78.to_numpy(float),
        treated=data.treat.to_numpy() == 1,
        covariates=data[COVARIATES].to_numpy(float),
        names=tuple(COVARIATES),
        balanced=(data[COVARIATES].to_numpy(float), tuple(COVARIATES)),
        cluster=None,
        group=np.zeros(n, int),
        groups=("all",),
        n_dropped=0,
    )


def test_parametric_is_that_of_delicatessen_and_statsmodels():
    golden = GOLDEN["stacks"]["aipw"]
    fitted = _aipw.fit_parametric(nsw_cohort(), "ATE", "linear")
    assert fitted.means == pytest.approx(golden["means"], rel=1e-8)
    other = GOLDEN["statsmodels"]["aipw_ate"]
    assert fitted.means[0] - fitted.means[1] == pytest.approx(other["estimate"], rel=1e-8)


def test_the_plain_sandwich_is_that_of_delicatessen_and_statsmodels():
    """The rows' errors without leaving them out; statsmodels differentiates numerically, so 1e-5."""
    covariance = _aipw.fit_parametric(nsw_cohort(), "ATE", "linear", left_out=False).covariance
    assert covariance.ravel() == pytest.approx(np.ravel(GOLDEN["stacks"]["aipw"]["covariance"]), rel=1e-7)
    std_error = math.sqrt(covariance[0, 0] - 2 * covariance[0, 1] + covariance[1, 1])
    assert std_error == pytest.approx(GOLDEN["statsmodels"]["aipw_ate"]["se"], rel=1e-5)


@pytest.mark.parametrize("estimand", ["ATE", "ATT"])
def test_cross_fitting_is_that_of_doubleml_and_econml(estimand):
    """The same folds and learners: DoubleML for both estimands with their standard errors, econml for the ATE."""
    golden, cohort = GOLDEN["cross_fitted"], nsw_cohort()
    fold = np.array(list(golden["fold"]), int)
    found = cross_fit(
        learners_of("gradient_boosting"),
        cohort.outcome,
        cohort.treated,
        cohort.covariates,
        fold,
        binary=False,
        seed=golden["seed"],
    )
    p = np.clip(found.propensity, 0.01, 0.99)
    made = _equations(cohort, estimand, np.log(p / (1 - p)), (found.treated, found.control))
    other = golden["ate" if estimand == "ATE" else "att"]
    assert made[0].mean - made[1].mean == pytest.approx(other["estimate"], rel=1e-8)
    if estimand == "ATE":
        assert made[0].mean - made[1].mean == pytest.approx(golden["econml_ate"], rel=1e-8)
    errors = row_errors(cohort.covariates, (), made, left_out=False)
    assert math.sqrt(np.sum((errors[:, 0] - errors[:, 1]) ** 2)) == pytest.approx(other["se"], rel=1e-8)


def test_a_pair_of_ones_own_is_cross_fitted_as_econml_does():
    golden, cohort = GOLDEN["cross_fitted"], nsw_cohort()
    pair = Learners(
        classifier=make_pipeline(StandardScaler(), LogisticRegression(solver="newton-cholesky", tol=1e-12)),
        regressor=make_pipeline(StandardScaler(), Ridge()),
    )
    fold = np.array(list(golden["fold"]), int)
    found = cross_fit(pair, cohort.outcome, cohort.treated, cohort.covariates, fold, binary=False, seed=0)
    p = np.clip(found.propensity, 0.01, 0.99)
    made = _equations(cohort, "ATE", np.log(p / (1 - p)), (found.treated, found.control))
    assert made[0].mean - made[1].mean == pytest.approx(golden["econml_ate_smooth"], rel=1e-8)


@pytest.mark.parametrize(("estimand", "estimate", "std_error"), [("ATT", 1270.98, 648.80), ("ATE", -3935.92, 3702.55)])
def test_national_supported_work_against_the_survey(estimand, estimate, std_error):
    effect = effekt.doubly_robust(effekt.datasets.nsw_cps(), **NSW, estimand=estimand)
    assert effect.estimate == pytest.approx(estimate, abs=0.005)
    assert effect.std_error == pytest.approx(std_error, abs=0.005)
    assert effect.observed.treated - effect.observed.control == pytest.approx(-8497.52, abs=0.01)
    codes = {note.code for note in effect.notes}
    assert ("large_weights" in codes) == (estimand == "ATE")


# --- known truth ------------------------------------------------------------------------------------------------------


def test_either_model_is_enough():
    """Curved outcomes with a right propensity, and a propensity without its drivers with right regressions."""
    curved = effekt.datasets.observational(rng=4, n=20_000, curvature=0.6, confounding=0.8)
    both = {"outcome": "outcome", "treatment": "treatment", "estimand": "ATT"}
    effect = effekt.doubly_robust(curved.table, **both, covariates=["baseline", "age", "female"])
    assert abs(effect.estimate - curved.truth["difference"]) < 4 * effect.std_error
    y, d, b, a = (np.array(curved.table.values(name), float) for name in ("outcome", "treatment", "baseline", "age"))
    z = np.column_stack([np.ones(len(y)), b, a])
    slopes = np.linalg.lstsq(z[d == 0], y[d == 0], rcond=None)[0]
    regression = y[d == 1].mean() - (z[d == 1] @ slopes).mean()
    assert abs(regression - curved.truth["difference"]) > 4 * effect.std_error

    z = np.random.default_rng(5).normal(0, 1, 20_000)
    d = np.random.default_rng(6).random(20_000) < oracle.expit(z + 0.5 * z**2 - 1)  # not logistic in z
    y = 2 * z + 3 * d + np.random.default_rng(7).normal(0, 1, 20_000)
    effect = effekt.doubly_robust({"y": y, "d": d.astype(float), "z": z}, outcome="y", treatment="d", covariates="z")
    assert abs(effect.estimate - 3) < 4 * effect.std_error


def test_flexible_learners_find_what_no_line_does():
    """Treatment and outcome both follow z², which no linear or logistic model sees."""
    rng = np.random.default_rng(9)
    z = rng.normal(0, 1, 2_000)
    d = rng.random(2_000) < oracle.expit(z**2 - 1)
    y = 3 * z**2 + d + rng.normal(0, 1, 2_000)
    data = {"y": y, "d": d.astype(float), "z": z}
    roles = {"outcome": "y", "treatment": "d", "covariates": "z"}
    straight = effekt.doubly_robust(data, **roles)
    flexible = effekt.doubly_robust(data, **roles, learner="gradient_boosting", rng=1)
    assert abs(straight.estimate - 1) > 10 * straight.std_error
    assert abs(flexible.estimate - 1) < abs(straight.estimate - 1) / 10


# --- cross-fitting ----------------------------------------------------------------------------------------------------


@pytest.fixture
def few_trees(monkeypatch):
    """The learners with a few trees, where nothing depends on how well they learn."""
    for name, (kind, settings) in LEARNERS.items():
        monkeypatch.setitem(LEARNERS, name, (kind, {**settings, "n_estimators": 4}))


@pytest.mark.parametrize("learner", LEARNERS)
def test_the_same_call_gives_the_same_bytes_in_any_order(learner, few_trees):
    data = table(n=100)
    options = {**ROLES, "learner": learner, "rng": 5, "cluster": "school", "subgroup": "place"}
    first = effekt.doubly_robust(data, **options)
    order = np.random.default_rng(0).permutation(100)
    turned = {name: np.asarray(column)[order] for name, column in data.items()}
    assert effekt.doubly_robust(turned, **options).to_json() == first.to_json()
    for effect in first.effects:
        assert effect.variance == "cross_fitted/1"
        assert (effect.arguments["folds"], effect.arguments["repeats"], effect.arguments["rng"]) == (5, 5, 5)


PAIR = DecisionTreeClassifier(max_depth=2), DecisionTreeRegressor(max_depth=2)


@pytest.mark.parametrize("binary", [False, True])
def test_a_pair_is_what_the_name_of_the_same_settings_is(few_trees, binary):
    y, d, x = columns(table(binary=binary))
    fold = assign_folds(d == 1, None, 5, np.random.default_rng(1))
    settings = LEARNERS["gradient_boosting"][1]
    pair = GradientBoostingClassifier(**settings), GradientBoostingRegressor(**settings)
    named, own = (
        cross_fit(learners_of(one), y, d == 1, x, fold, binary=binary, seed=4) for one in ("gradient_boosting", pair)
    )
    for name in ("propensity", "treated", "control"):
        assert np.array_equal(getattr(named, name), getattr(own, name))
    assert not hasattr(pair[0], "estimators_")  # copied, never fitted
    assert pair[0].random_state is None


def test_a_pair_is_recorded_and_gives_the_same_bytes_in_any_order():
    options, data = {**ROLES, "rng": 5, "learner": PAIR}, table()
    first = effekt.doubly_robust(data, **options)
    recorded = first.arguments["learner"]
    assert recorded["classifier"].startswith("sklearn.tree._classes.DecisionTreeClassifier(ccp_alpha=0.0, ")
    assert "max_depth=2" in recorded["regressor"]
    assert recorded["regressor"].endswith(f", sklearn {sklearn.__version__}")
    assert effekt.EffectEstimate.from_json(first.to_json()) == first
    order = np.random.default_rng(0).permutation(80)
    turned = {name: np.asarray(column)[order] for name, column in data.items()}
    assert effekt.doubly_robust(turned, **options).to_json() == first.to_json()


def test_a_random_state_that_is_set_stays():
    """Each repeat draws what is open alone, also inside another estimator."""
    forest = RandomForestRegressor(n_estimators=2, max_depth=1, random_state=3)
    x, y = np.arange(20.0)[:, None], np.arange(20.0) % 7
    assert _seeded(forest, 9).get_params() == forest.get_params()
    inside = make_pipeline(StandardScaler(), RandomForestRegressor(n_estimators=2, max_depth=1))
    assert _seeded(inside, 9).get_params()["randomforestregressor__random_state"] == 9
    first, second, other = (_seeded(inside, seed).fit(x, y).predict(x) for seed in (9, 9, 10))
    assert np.array_equal(first, second)
    assert not np.array_equal(first, other)


class Wrong:
    """A classifier and regressor of fixed answers, which are none."""

    def __init__(self, answer=np.nan):
        self.answer = answer

    def get_params(self, deep=True):
        return {"answer": self.answer}

    def set_params(self, **taken):
        return self

    def fit(self, x, y):
        return self

    def predict(self, x):
        return np.full(len(x), np.nan)

    def predict_proba(self, x):
        return np.full((len(x), 2), self.answer)


@pytest.mark.parametrize(
    ("pair", "sentence"),
    [
        (
            ["random_forest", "random_forest"],
            "`learner` must be 'parametric', 'random_forest', 'gradient_boosting', or a pair (classifier, regressor) "
            "of estimators as scikit-learn has them; got ['random_forest', 'random_forest'].",
        ),
        (
            (GradientBoostingClassifier, GradientBoostingRegressor()),
            "`learner` must be a pair (classifier, regressor) of estimators as scikit-learn has them; the classifier "
            "is a class, not an instance.",
        ),
        (
            (GradientBoostingRegressor(), GradientBoostingRegressor()),
            "`learner` must be a pair (classifier, regressor) of estimators as scikit-learn has them; the classifier "
            "has no predict_proba.",
        ),
        (
            (LogisticRegression(), GradientBoostingRegressor(random_state=np.random.RandomState(1))),
            "`learner` must have a regressor whose random_state is an integer, or None to be drawn from `rng`; got "
            "RandomState(MT19937).",
        ),
        (
            (RandomForestClassifier(n_jobs=-1), Ridge()),
            "`learner` must have a classifier that runs on one thread, as the order of threads moves last digits; its "
            "n_jobs is -1. Give it 1.",
        ),
        (
            (make_pipeline(FunctionTransformer(lambda x: x), LogisticRegression()), Ridge()),
            "`learner` must have a classifier whose settings can be written down; one of them is an object known by "
            "its place in memory. Give numbers, text or estimators.",
        ),
        (
            (Wrong(), Ridge()),
            "`learner` must have a classifier whose predict_proba gives probabilities of two classes.",
        ),
        (
            (LogisticRegression(), Wrong()),
            "`learner` must have a regressor whose predict gives one finite number for each row.",
        ),
    ],
)
def test_a_pair_that_is_refused(pair, sentence):
    with pytest.raises(ArgumentError) as refusal:
        effekt.doubly_robust(table(), **ROLES, learner=pair, rng=1)
    assert re.sub(" at 0x[0-9A-F]+", "", str(refusal.value)) == sentence


def test_a_generator_gives_what_its_seed_gives_and_another_seed_does_not(few_trees):
    options = {**ROLES, "learner": "gradient_boosting"}
    first, same, other = (effekt.doubly_robust(table(), **options, rng=rng) for rng in (5, np.random.default_rng(5), 6))
    assert same.means == first.means
    assert same.inference == first.inference
    assert other.means != first.means


def test_a_cross_fitted_effect_obeys_every_law(few_trees):
    data = table(n=120, binary=True)
    effect = effekt.doubly_robust(
        data,
        **{**ROLES, "outcome": effekt.Outcome(column="y", unit="i arbete", better="higher")},
        learner="gradient_boosting",
        outcome_model="logistic",
        estimand="ATT",
        rng=1,
    )
    assert_valid_effect(effect)
    notes = {note.code: note.text for note in effect.notes}
    assert "learnt 5 times on 5 folds" in notes["cross_fitted"].en
    assert 0 < effect.counterfactual_mean < 1


def test_estimate_and_variance_are_the_medians_of_the_repeats():
    rng = np.random.default_rng(3)
    means = rng.normal(0, 1, (7, 4))
    errors = [rng.normal(0, 0.1, (50, 4)) for _ in range(7)]
    centre, chosen, apart = _medians(means, errors)
    covariance = chosen.T @ chosen + apart
    assert np.linalg.eigvalsh(covariance).min() > 0
    for at in (0, 2):
        effects = means[:, at] - means[:, at + 1]
        middle = np.median(effects)
        assert centre[at] - centre[at + 1] == middle
        variances = [
            np.sum((e[:, at] - e[:, at + 1]) ** 2) + (t - middle) ** 2 for e, t in zip(errors, effects, strict=True)
        ]
        found = covariance[at, at] - 2 * covariance[at, at + 1] + covariance[at + 1, at + 1]
        assert found == pytest.approx(np.median(variances), rel=1e-12)


def test_folds_hold_the_arms_in_proportion_and_clusters_whole():
    treated = np.arange(103) < 37
    fold = assign_folds(treated, None, 5, np.random.default_rng(1))
    for arm in (treated, ~treated):
        counts = np.bincount(fold[arm], minlength=5)
        assert counts.max() - counts.min() <= 1
    clusters = np.arange(103) % 11
    fold = assign_folds(treated, clusters, 5, np.random.default_rng(1))
    assert all(len(np.unique(fold[clusters == c])) == 1 for c in range(11))
    assert sorted(np.unique(fold)) == [0, 1, 2, 3, 4]


def test_no_row_is_predicted_by_a_model_that_saw_it(few_trees):
    """An outcome that only its own row shows is not in its prediction."""
    data = table(n=100)
    y, d, x = columns(data)
    fold = assign_folds(d == 1, None, 5, np.random.default_rng(1))
    first = cross_fit(learners_of("random_forest"), y, d == 1, x, fold, binary=False, seed=1)
    y[7] += 1e6
    second = cross_fit(learners_of("random_forest"), y, d == 1, x, fold, binary=False, seed=1)
    same = fold == fold[7]
    for name in ("propensity", "treated", "control"):
        assert np.array_equal(getattr(first, name)[same], getattr(second, name)[same])
    arm = "treated" if d[7] else "control"
    assert np.max(np.abs(getattr(first, arm)[~same] - getattr(second, arm)[~same])) > 1e3


def test_a_held_propensity_is_told(few_trees):
    rng = np.random.default_rng(8)
    z = rng.normal(0, 1, 300)
    d = (rng.random(300) < oracle.expit(5 * z)).astype(float)
    effect = effekt.doubly_robust(
        {"y": z + rng.normal(0, 1, 300), "d": d, "z": z},
        outcome="y",
        treatment="d",
        covariates="z",
        learner="random_forest",
        rng=1,
    )
    notes = {note.code: note.text for note in effect.notes}
    assert notes["bounded_propensity"].en.endswith(
        "of the units the probability of treatment was held at 0.01 or 0.99."
    )
    assert notes["bounded_propensity"].sv.endswith("hölls sannolikheten att behandlas vid 0,01 eller 0,99.")


# --- what must be so --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("estimand", ["ATE", "ATT"])
def test_every_law_of_an_effect(estimand):
    outcome = effekt.Outcome(column="y", unit="dagar", better="lower")
    assert_valid_effect(effekt.doubly_robust(table(), **{**ROLES, "outcome": outcome}, estimand=estimand))


@given(st.integers(0, 30), st.permutations(range(60)), st.sampled_from(["ATE", "ATT"]), st.booleans())
def test_row_order_changes_no_byte(seed, order, estimand, clustered):
    data = table(n=60, seed=seed, shift=0.2)
    options = {**ROLES, "estimand": estimand, "cluster": "school" if clustered else None}
    try:
        first = effekt.doubly_robust(data, **options).to_json()
    except DataError:
        assume(False)
    turned = {name: np.asarray(column)[list(order)] for name, column in data.items()}
    assert effekt.doubly_robust(turned, **options).to_json() == first


@given(
    st.integers(0, 30),
    st.sampled_from(["ATE", "ATT"]),
    st.sampled_from([(0.0, 1000.0), (50.0, 1.0), (-20.0, 0.25)]),
    st.sampled_from([(0.0, 100.0), (7.0, -0.5)]),
)
def test_outcomes_and_covariates_have_no_unit(seed, estimand, outcome, covariate):
    data = table(n=60, seed=seed, shift=0.2)
    moved = {**data, "y": outcome[0] + outcome[1] * data["y"], "x1": covariate[0] + covariate[1] * data["x1"]}
    try:
        first = effekt.doubly_robust(data, **ROLES, estimand=estimand)
    except DataError:
        assume(False)
    second = effekt.doubly_robust(moved, **ROLES, estimand=estimand)
    assert second.treated_mean == pytest.approx(outcome[0] + outcome[1] * first.treated_mean, rel=1e-9)
    assert (second.std_error is None) == (first.std_error is None)
    if first.std_error is not None:
        assert second.std_error == pytest.approx(abs(outcome[1]) * first.std_error, rel=1e-7)
        assert second.df == pytest.approx(first.df, rel=1e-7)


def test_a_randomised_trial_without_useful_covariates_is_the_difference_in_means():
    """With a covariate whose arms are exactly alike, propensity and slopes leave the raw difference."""
    x = np.tile(np.arange(10.0), 4)
    d = np.repeat([1.0, 0.0], 20)
    y = np.random.default_rng(1).normal(10, 1, 40)
    effect = effekt.doubly_robust({"y": y, "d": d, "x": x}, outcome="y", treatment="d", covariates="x")
    assert effect.estimate == pytest.approx(y[:20].mean() - y[20:].mean(), rel=1e-10)


def test_the_call_is_recorded_as_a_contract_writes_it():
    effect = effekt.doubly_robust(table(), **ROLES)
    assert effect.arguments == {
        "outcome": {"column": "y", "unit": "", "better": None},
        "treatment": "d",
        "covariates": ["x0", "x1", "x2"],
        "estimand": "ATE",
        "learner": "parametric",
        "outcome_model": "linear",
        "folds": None,
        "repeats": None,
        "variance": "m_estimation",
        "rng": None,
        "cluster": None,
        "subgroup": None,
        "missing": "raise",
    }
    written = {key: "none" if value is None else value for key, value in effect.arguments.items()}
    called = arguments("effect", effekt.doubly_robust, written)
    assert effekt.doubly_robust(table(), **{**called, "outcome": "y"}).to_json() == effect.to_json()


@pytest.mark.parametrize("estimand", ["ATE", "ATT"])
def test_diagnostics_speak_of_weights(estimand):
    effect = effekt.doubly_robust(table(), **ROLES, estimand=estimand)
    assert [found.name for found in effect.diagnostics] == ["covariate_balance", "weight_spread", "propensity_overlap"]
    for found in effect.diagnostics:
        assert "match" not in found.statement.en + found.statement.sv
        assert "weight" in found.statement.en or found.name == "propensity_overlap"
    balance, spread, _ = effect.diagnostics
    assert set(balance.table["denominator"]) == {"treated" if estimand == "ATT" else "pooled"}
    effective, n = (spread.values[name] for name in ("effective_treated", "n_treated"))
    assert effective == pytest.approx(n) if estimand == "ATT" else effective < n


# --- refusals ---------------------------------------------------------------------------------------------------------


def with_cells(**changes):
    data = table()
    for column, cells in changes.items():
        data[column] = np.array(data[column], object)
        for row, cell in cells.items():
            data[column][row] = cell
    return data


def few_treated():
    data = table()
    rows = np.r_[np.flatnonzero(data["d"] == 1)[:5], np.flatnonzero(data["d"] == 0)]
    return {name: np.asarray(column)[rows] for name, column in data.items()}


@pytest.mark.parametrize(
    ("data", "options", "sentence"),
    [
        (
            few_treated(),
            {"covariates": "x1", "estimand": "ATT"},
            "The treated count as 5.0 equally weighted units; below six their uncertainty cannot be estimated.",
        ),
        (
            {**table(), "y": 4.0 + 0 * table()["y"]},
            {},
            "There is no within-arm variation, so there is no standard error.",
        ),
        (
            {**table(), "school": table()["school"] % 4},
            {"cluster": "school"},
            "Cluster-robust inference needs at least six clusters; there are 4.",
        ),
    ],
)
def test_why_there_is_no_inference(data, options, sentence):
    effect = effekt.doubly_robust(data, **{**ROLES, **options})
    assert isinstance(effect.inference, Unavailable)
    assert effect.inference.reason.en == sentence
    assert effect.variance == "none/1"
    assert_valid_effect(effect)


def test_a_subgroup_without_inference_leaves_the_set_without_covariance():
    data = table(n=120)
    data["place"] = np.where(np.cumsum(data["d"] == 1) <= 5, "liten", "stor")
    found = effekt.doubly_robust(data, **ROLES, subgroup="place")
    assert found.covariance is None
    assert isinstance(found["liten"].inference, Unavailable)
    assert isinstance(found["stor"].inference, StudentT)


HALF = {**table(), "place": np.where(table()["d"] == 1, "a", "b")}
SEPARATED = {**table(), "x0": table()["d"] * 10 + np.arange(80) % 7}
DECIDED = {**table(binary=True), "x0": table(binary=True)["y"] * 10 + np.arange(80) % 7}
SMALL = {name: np.asarray(column)[np.r_[:4, -12:0]] for name, column in table().items()}


@pytest.mark.parametrize(
    ("data", "options", "error", "sentence"),
    [
        (
            table(),
            {"outcome": ("y", "x0"), "covariates": "x1"},
            ArgumentError,
            "`outcome` must be one column in a doubly robust comparison; got ('y', 'x0'). Divide the columns first, "
            "and say in `unit` what the ratio is.",
        ),
        (table(), {"covariates": []}, ArgumentError, "`covariates` must name at least one column; got none."),
        (
            table(),
            {"cluster": "x0"},
            ArgumentError,
            "Column 'x0' must play one role; it is named as `covariates` and `cluster`.",
        ),
        (table(), {"subgroup": 3}, ArgumentError, "`subgroup` must be a column name; got 3."),
        (
            table(),
            {"estimand": "ATO"},
            ArgumentError,
            "`estimand` must be 'ATE', 'ATT' or 'ATC'; got 'ATO'.",
        ),
        (
            table(),
            {"learner": "forest"},
            ArgumentError,
            "`learner` must be 'parametric', 'random_forest' or 'gradient_boosting'; got 'forest'. Did you mean "
            "'random_forest'?",
        ),
        (
            table(),
            {"outcome_model": "probit"},
            ArgumentError,
            "`outcome_model` must be 'linear' or 'logistic'; got 'probit'.",
        ),
        (
            table(),
            {"variance": "cross_fitted"},
            ArgumentError,
            "`variance` must be 'm_estimation' or 'sandwich' with learner='parametric'; got 'cross_fitted'.",
        ),
        (
            table(),
            {"rng": 1},
            ArgumentError,
            "`rng` must be left out with learner='parametric', which has no chance in it.",
        ),
        (
            table(),
            {"folds": 5},
            ArgumentError,
            "`folds` must be left out with learner='parametric', which has no chance in it.",
        ),
        (
            table(),
            {"learner": "random_forest"},
            ArgumentError,
            "`rng` must be an integer seed from 0 or a numpy.random.Generator; got None.",
        ),
        (
            table(),
            {"learner": "random_forest", "rng": 1, "repeats": 6},
            ArgumentError,
            "`repeats` must be an odd number, so that one repeat is the median; got 6.",
        ),
        (
            table(),
            {"learner": "random_forest", "rng": 1, "folds": 2},
            ArgumentError,
            "`folds` must be an integer of at least 5; got 2.",
        ),
        (
            {**table(), "school": table()["school"] % 4},
            {"learner": "random_forest", "rng": 1, "cluster": "school"},
            DataError,
            "`folds` must leave no fold empty; the clusters fill 4, and not 5. Take learner='parametric'.",
        ),
        (
            table(),
            {"learner": "random_forest", "rng": 1, "folds": 10_000},
            DataError,
            "`folds` must leave no fold empty; the rows fill 45, and not 10000. Take fewer folds, or "
            "learner='parametric'.",
        ),
        (
            with_cells(d={3: 2, 9: 2}),
            {},
            DataError,
            "Column 'd' must hold 0 (control) or 1 (treated); 2 rows did not, the first at row 4. Recode it, and leave "
            "rows of other arms out.",
        ),
        (
            {**table(), "d": np.ones(80)},
            {},
            DataError,
            "Column 'd' must hold both 0 (control) and 1 (treated); there is no control row. Give the rows of both "
            "arms.",
        ),
        (
            with_cells(x1={6: None}),
            {},
            DataError,
            "Column 'x1' must have a value in every row; 1 row did not, the first at row 7. Complete the data, or pass "
            "missing='drop' to leave such rows out and have them counted.",
        ),
        (
            HALF,
            {"subgroup": "place"},
            DataError,
            "Column 'place' must name subgroups that hold treated and control rows; 2 subgroups did not, the first at "
            "row 1. Merge subgroups, or leave such rows out.",
        ),
        (
            table(),
            {"outcome_model": "logistic"},
            DataError,
            "Column 'y' must hold 0 and 1 with outcome_model='logistic'; 80 rows did not, the first at row 1. Choose "
            "outcome_model='linear'.",
        ),
        (
            SEPARATED,
            {"covariates": "x0"},
            DataError,
            "Column 'x0' must not separate treated from controls; each of its values among the "
            "treated is at least the largest among the controls. Leave it out of `covariates`.",
        ),
        (
            DECIDED,
            {"covariates": "x0", "outcome_model": "logistic"},
            DataError,
            "`covariates` must not decide the outcome within the treated arm; with outcome_model='logistic' a "
            "combination of 'x0' does. Leave out the one that does, or choose outcome_model='linear'.",
        ),
        (
            {**DECIDED, "y": np.where(table()["d"] == 1, np.arange(80) % 2, 1)},
            {"covariates": "x1", "outcome_model": "logistic"},
            DataError,
            "The outcome must be 0 for some and 1 for other rows of the control arm with outcome_model='logistic'; all "
            "are the same there. Choose outcome_model='linear'.",
        ),
        (
            {**table(), "x2": np.where(table()["d"] == 1, np.arange(80) % 2, 0)},
            {"covariates": ["x1", "x2"]},
            DataError,
            "Column 'x2' must have rows of both its values within the controls; it holds one of them "
            "there. Leave it out of `covariates`, or leave out the rows of the other value.",
        ),
        (
            {**table(), "x2": np.where(table()["d"] == 1, np.arange(80) % 5 - 2, 0)},
            {"covariates": ["x1", "x2"]},
            DataError,
            "Column 'x2' must vary within the control arm; it holds one value there. Leave it out.",
        ),
        (
            {**table(), "x2": np.where(table()["d"] == 1, np.arange(80) % 5 - 2, 0) + table()["x1"]},
            {"covariates": ["x1", "x2"]},
            DataError,
            "Column 'x2' must not be a linear combination of the other covariates within the control arm. Leave it "
            "out.",
        ),
    ],
)
def test_bad_input(data, options, error, sentence):
    with pytest.raises(EffektError) as refusal:
        effekt.doubly_robust(data, **{**ROLES, **options})
    assert str(refusal.value) == sentence
    assert type(refusal.value) is error


def test_an_arm_must_outnumber_its_coefficients():
    rng = np.random.default_rng(3)
    data = {"d": np.r_[np.ones(4), np.zeros(20)], "y": rng.normal(0, 1, 24)}
    data |= {f"x{i}": rng.normal(0, 1, 24) for i in range(3)}
    data["x0"] = np.r_[data["x0"][:4], data["x0"][:4] + 1, data["x0"][:4] - 1, data["x0"][12:]]
    for i in (1, 2):
        data[f"x{i}"] = np.r_[data[f"x{i}"][:4], data[f"x{i}"][:4], data[f"x{i}"][:4], data[f"x{i}"][12:]]
    with pytest.raises(DataError) as refusal:
        effekt.doubly_robust(data, **ROLES)
    assert str(refusal.value) == (
        "`covariates` must be fewer than the rows of each arm less one; the treated arm has 4 rows for 3 covariates. "
        "Name fewer."
    )


def test_missing_rows_are_dropped_and_counted():
    data = with_cells(x1={6: None}, y={8: None})
    effect = effekt.doubly_robust(data, **ROLES, missing="drop")
    assert effect.sample.n_dropped == 2
    assert effect.sample.n_obs == 78


def test_without_scikit_learn_the_remedy_is_told(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "sklearn", None)
    with pytest.raises(ArgumentError) as refusal:
        effekt.doubly_robust(table(), **ROLES, learner="random_forest", rng=1)
    assert str(refusal.value) == (
        "`learner` 'random_forest' needs scikit-learn; install effekt[ml], or choose learner='parametric'."
    )


# --- missing outcomes -------------------------------------------------------------------------------------------------


def test_outcomes_that_are_missing_are_told_by_arm():
    """Rows that lack the outcome alone are tested between the arms; those that lack a covariate are not of them."""
    table = effekt.datasets.observational(rng=3, n=200).table.to_pandas()
    call = {"outcome": "outcome", "treatment": "treatment", "covariates": ["baseline", "age"], "missing": "drop"}
    whole = effekt.doubly_robust(table, **call)
    assert "differential_attrition" not in [one.name for one in whole.diagnostics]
    treated = table.index[table["treatment"] == 1]
    table.loc[treated[:9], "outcome"] = np.nan
    table.loc[treated[7:12], "age"] = np.nan
    found = effekt.doubly_robust(table, **call)
    check = next(one for one in found.diagnostics if one.name == "differential_attrition")
    gone = [1] * 7 + [0] * (len(treated) - 12) + [0] * (200 - len(treated))
    arm = [1] * (len(treated) - 5) + [0] * (200 - len(treated))
    assert check.values == effekt.diagnostics.differential_attrition(gone, arm).values
    note = next(one for one in found.notes if one.code == "missing_outcomes").text
    assert note.en.startswith(f"Outcomes are missing of 7 of {len(treated) - 5} treated and 0 of")
    assert found.sample.n_dropped == 12
    assert found.estimate == effekt.doubly_robust(table.dropna(), **call).estimate


def test_without_inference_nothing_is_said_of_it_despite_poor_overlap():
    rng = np.random.default_rng(2)
    x = rng.normal(size=120)
    table = {"y": x, "d": (x + rng.normal(size=120) * 0.2 > 0).astype(int), "x": x}
    found = effekt.doubly_robust(table, outcome="y", treatment="d", covariates=["x"], estimand="ATT")
    overlap = next(one for one in found.diagnostics if one.name == "propensity_overlap")
    assert overlap.status == "failed"
    assert found.std_error is None
    assert "inference_despite_poor_overlap" not in [one.code for one in found.notes]


@pytest.mark.parametrize("estimand", ["ATT", "ATE"])
@pytest.mark.parametrize("size", [1.0, 1e-6, 1e6])
def test_an_outcome_that_the_covariates_give_whole_has_no_inference(estimand, size):
    rng = np.random.default_rng(9)
    x = rng.normal(size=(120, 2)) * size
    table = {"y": x[:, 0], "d": (x[:, 0] / size + rng.normal(size=120) > 0).astype(int), "x": x[:, 0], "z": x[:, 1]}
    found = effekt.doubly_robust(table, outcome="y", treatment="d", covariates=["x", "z"], estimand=estimand)
    assert isinstance(found.inference, Unavailable)
    assert found.inference.reason.en == "There is no within-arm variation, so there is no standard error."


def test_outcomes_that_are_fitted_to_the_last_digit_determine_no_coefficients():
    """With a slope of 1000 every chance is 0 or 1 in floats, and the curvature is 0."""
    design = np.column_stack([np.ones(8), np.arange(8) - 3.5])
    assert _aipw._separated(design, np.array([0.0, 1000.0]))
    assert not _aipw._separated(design, np.array([0.0, 1.0]))


@pytest.mark.parametrize("estimand", ["ATT", "ATC"])
def test_an_arm_of_one_is_told_as_unbalanced_and_has_no_inference(estimand):
    rng = np.random.default_rng(5)
    alone = np.arange(30) == 4
    data = {
        "t": (alone if estimand == "ATT" else ~alone).astype(int),
        "x": rng.normal(size=30),
        "y": rng.normal(size=30),
    }
    effect = effekt.doubly_robust(data, outcome="y", treatment="t", covariates="x", estimand=estimand)
    balance = next(check for check in effect.diagnostics if check.name == "covariate_balance")
    assert balance.status == "warning"
    assert balance.table["smd_after"] == (None,)
    assert isinstance(effect.inference, Unavailable)
