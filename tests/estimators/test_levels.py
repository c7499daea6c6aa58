"""A covariate's level and scale move no estimate and no standard error, and an outcome's level no more than it must."""

import numpy as np
import pytest

import effekt
from effekt.estimators._level import FAR, less_level, without_level
from effekt.estimators._propensity import fit_propensity
from effekt.result import EffectSet

N = 40
CHANCE = {"inference": "randomization", "draws": 19, "rng": 1}


def cohort():
    """Two arms, blocks, pairs and clusters of one treatment, and a covariate of two decimals."""
    rng = np.random.default_rng(7)
    x, d = np.round(rng.normal(size=N), 2), np.tile([1, 0, 0, 1], N // 4)
    return {
        "u": [f"u{i}" for i in range(N)],
        "x": x,
        "z": np.round(rng.normal(size=N), 2),
        "d": d,
        "y": 2 * x + d + rng.normal(size=N),
        "b": np.repeat(["a", "b"], N // 2),
        "p": np.repeat([f"p{i}" for i in range(N // 2)], 2),
        "g": np.repeat([f"g{i}" for i in range(N // 4)], 4),
        "dg": np.repeat(np.arange(N // 4) % 2, 4),
        "r": d * (rng.random(N) < 0.8),
        "w": rng.integers(1, 4, N),
    }


def roll_out():
    """Units adopting in 2003 or never, seen by three people in each of four years."""
    rng = np.random.default_rng(3)
    unit, time = np.repeat(np.arange(12), 12), np.tile(np.repeat([2001, 2002, 2003, 2004], 3), 12)
    d = ((unit % 2 == 0) & (time >= 2003)).astype(int)
    x = np.round(rng.normal(size=len(unit)), 2)
    start = [2003 if one % 2 == 0 else None for one in unit.tolist()]
    return {"u": unit.astype(str), "t": time, "d": d, "s": start, "x": x, "y": x + d + rng.normal(size=len(unit))}


def panel():
    """The first person of each unit and year of the roll-out, whose covariate is that of the unit."""
    rows = slice(None, None, 3)
    found = {name: column[rows] for name, column in roll_out().items()}
    return found | {"x": np.repeat(np.round(np.random.default_rng(5).normal(size=12), 2), 4)}


def trial(**options):
    named = {"outcome": "y", "treatment": "d", "covariates": ["x", "z"]} | options
    return lambda data: effekt.randomized_trial(data, **named)


def weighted(data):
    match = effekt.match_controls(data, unit="u", treatment="d", covariates=["x", "z"], method="entropy_balancing")
    return effekt.matched_comparison(data, match=match, outcome="y")


PEOPLE = {"outcome": "y", "unit": "u", "time": "t", "covariates": "x", "sampling": "repeated_cross_sections"}
DESIGNS = {
    "lin": (cohort, trial()),
    "additive": (cohort, trial(adjustment="additive")),
    "block": (cohort, trial(block="b")),
    "lin by block": (cohort, trial(block="b", adjustment="lin_by_block")),
    "pairs": (cohort, trial(pairs="p")),
    "clusters": (cohort, trial(treatment="dg", cluster="g", covariates="x", adjustment="additive")),
    "weights": (cohort, trial(weights={"column": "w", "kind": "sampling"})),
    "by lot": (cohort, trial(**CHANCE)),
    "by lot, additive": (cohort, trial(adjustment="additive", **CHANCE)),
    "compliers": (
        cohort,
        lambda data: effekt.complier_effect(data, outcome="y", treatment="d", received="r", covariates="x"),
    ),
    "doubly robust": (
        cohort,
        lambda data: effekt.doubly_robust(data, outcome="y", treatment="d", covariates=["x", "z"]),
    ),
    "weighting": (cohort, weighted),
    "people of two groups": (
        roll_out,
        lambda data: effekt.difference_in_differences(data, treatment="d", **PEOPLE),
    ),
    "staged adoption": (
        panel,
        lambda data: effekt.staggered_adoption(data, outcome="y", unit="u", time="t", start="s", covariates="x"),
    ),
}


def numbers(result):
    """Estimates, and standard errors or p-values."""
    found = [result[label] for label in result.labels] if isinstance(result, EffectSet) else [result]
    return [
        number
        for effect in found
        for number in (effect.estimate, effect.p_value() if effect.std_error is None else effect.std_error)
    ]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("design", DESIGNS)
def test_level_and_scale_move_nothing(design):
    """Equals to 1e-8 at x + 1e12, and at x times 1e-12 and 1e12; no value is lost to the level in these decimals."""
    make, call = DESIGNS[design]
    data = make()
    x = np.asarray(data["x"], float)
    plain = numbers(call(data))
    for moved in (x + 1e12, 1e12 * x, 1e-12 * x):
        assert numbers(call(data | {"x": moved})) == pytest.approx(plain, rel=1e-8)


def test_whole_numbers_near_1e15_vary():
    """They were said to hold one value; asked of the values themselves, they do not."""
    data = cohort()
    ranks = np.argsort(np.asarray(data["x"])).astype(float)
    assert numbers(trial()(data | {"x": 1e15 + ranks})) == pytest.approx(
        numbers(trial()(data | {"x": ranks})), rel=1e-8
    )


def test_a_level_is_taken_away_as_decimals():
    """A reader sees 0.1 above 1e12, where the float is 1.2e-5 off; nearer levels are left as they are."""
    column = np.array([1e12 + 0.1, 1e12 + 0.3, 1e12])
    assert less_level(column).tolist() == [0.1, 0.3, 0.0]
    near = np.array([FAR - 1, FAR])
    assert less_level(near) is near
    assert without_level(np.column_stack([column, near[[0, 1, 1]]]))[:, 0].tolist() == [0.1, 0.3, 0.0]


def test_the_intercept_of_a_propensity_is_that_of_the_column_as_given():
    """The slope is that of the column without its level, and the intercept takes the level in."""
    data = cohort()
    x, d = np.asarray(data["x"], float)[:, None], np.asarray(data["dg"]) == 1
    plain, far = (fit_propensity(d, column, ("x",)) for column in (x, x + 1e7))
    assert far.coefficients == pytest.approx(plain.coefficients, rel=1e-8)
    assert far.logit == pytest.approx(plain.logit, rel=1e-8)
    assert far.intercept == pytest.approx(plain.intercept - 1e7 * plain.coefficients[0], rel=1e-8)


def matched(method, **options):
    def of(data):
        match = effekt.match_controls(data, unit="u", treatment="d", covariates=["x", "z"], method=method)
        return effekt.matched_comparison(data, match=match, outcome="y", **options)

    return of


def places():
    """Twelve units in ten years."""
    rng = np.random.default_rng(9)
    y = rng.normal(size=(12, 1)) + rng.normal(size=(12, 10))
    return {"u": np.repeat(np.arange(12), 10), "t": np.tile(np.arange(2010, 2020), 12), "y": y.ravel()}


def staggered(**options):
    return lambda data: effekt.staggered_adoption(data, outcome="y", unit="u", time="t", start="s", **options)


def synthetic(method, **options):
    named = {"unit": "u", "time": "t", "period": "year", "treated": 0, "first_treated": 2017} | options
    return lambda data: method(data, outcome="y", **named)


FAR_OUTCOMES = {
    **{name: design for name, design in DESIGNS.items() if name != "compliers"},
    "difference in means": (cohort, trial(covariates=())),
    "clusters by Lin": (cohort, trial(treatment="dg", cluster="g", covariates="x")),
    "precision weights": (cohort, trial(weights={"column": "w", "kind": "precision"})),
    "matched": (cohort, matched("full")),
    "matched, adjusted": (cohort, matched("inverse_probability", adjustment="lin", covariates=["x"])),
    "staged, plain": (panel, staggered()),
    "staged, not yet treated": (panel, staggered(comparison="not_yet_treated")),
    "staged, regression": (panel, staggered(covariates="x", adjustment="regression")),
    "staged, imputed": (panel, staggered(estimator="imputation")),
    "staged people": (roll_out, staggered(sampling="repeated_cross_sections", covariates="x")),
    "synthetic control": (places, synthetic(effekt.synthetic_control)),
    "augmented": (places, synthetic(effekt.synthetic_control, ridge=1.0)),
    "penalised": (places, synthetic(effekt.synthetic_control, penalty=0.5)),
    "synthetic differences": (places, synthetic(effekt.synthetic_difference_in_differences)),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("design", FAR_OUTCOMES)
def test_a_far_level_of_the_outcome_costs_no_more_than_the_means_themselves_can_hold(design):
    """At y + 1e8 a mean is a float every 1.5e-8, so that a difference of two is no nearer; nothing else is lost.

    Outcomes are whole 64ths, which are exact at both levels. What is kept as fractions is the same to the last digit.
    """
    make, call = FAR_OUTCOMES[design]
    data, far = make(), 1e8
    data["y"] = np.round(64 * np.asarray(data["y"])) / 64
    before, after = (
        [result[label] for label in result.labels] if isinstance(result, EffectSet) else [result]
        for result in (call(data), call(data | {"y": data["y"] + far}))
    )
    for one, other in zip(before, after, strict=True):
        assert abs(other.estimate - one.estimate) <= 8 * np.spacing(far)
        if one.exact is not None and other.exact is not None:
            assert other.exact_estimate == one.exact_estimate
        if one.std_error is not None:
            assert other.std_error == pytest.approx(one.std_error, rel=1e-7)
