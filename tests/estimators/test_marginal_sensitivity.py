"""How far hidden odds of treatment may lie from the fitted ones, beside the estimate of a weighting."""

import json
import math

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as statsmodels
from oracles.hidden_sets import largest_mean

import effekt
from effekt.estimators.matching.marginal import Weighted
from effekt.estimators.weighting import fit_weights
from effekt.exceptions import ArgumentError

MATCH = {"unit": "unit", "treatment": "treatment", "covariates": ["baseline", "age"]}
HIGHER = effekt.Outcome(column="outcome", unit="points", better="higher")
DATA = effekt.datasets.observational(rng=3, n=240, share_treated=0.3, effect=4.0).table.to_pandas()
WEIGHTINGS = [
    ("inverse_probability", "ATT"),
    ("inverse_probability", "ATC"),
    ("inverse_probability", "ATE"),
    ("covariate_balancing_propensity", "ATE"),
    ("entropy_balancing", "ATT"),
]


def compared(data=DATA, outcome=HIGHER, method="inverse_probability", estimand="ATT", **arguments):
    match = MATCH | {"method": method, "estimand": estimand}
    match |= {name: arguments.pop(name) for name in ("propensity", "missing") if name in arguments}
    effect = effekt.matched_comparison(data, match=match, outcome=outcome, checks=["marginal_sensitivity"], **arguments)
    return effect, effect.diagnostics[-1]


@pytest.mark.parametrize(("method", "estimand"), [one for one in WEIGHTINGS if one[1] != "ATE"])
def test_ends_are_those_of_every_choice_of_odds(method, estimand) -> None:
    """Of twelve people: each hidden factor at 1/Λ or at Λ, 64 choices in each arm."""
    treated = DATA[DATA["treatment"] == 1].iloc[[0, 5, 9, 14, 20, 31]]
    few = pd.concat([treated, DATA[DATA["treatment"] == 0].iloc[[1, 8, 13, 22, 40, 77]]])
    effect, found = compared(few, method=method, estimand=estimand)
    match = effekt.match_controls(few, **MATCH, method=method, estimand=estimand)
    weights = match.weights
    rows = [
        (y, d, weights[str(unit)]) for y, d, unit in zip(few["outcome"], few["treatment"], few["unit"], strict=True)
    ]
    assert found.values["estimate"] == pytest.approx(effect.estimate)
    for odds, low, high in zip(
        found.table["lambda"], found.table["estimate_low"], found.table["estimate_high"], strict=True
    ):
        ends = {}
        for arm in (1, 0):
            own = [(y, w) for y, d, w in rows if d == arm]
            outcomes, values = zip(*own, strict=True)
            hidden = arm != (estimand == "ATT")
            fixed = [0.0] * len(own) if hidden else list(values)
            free = list(values) if hidden else [0.0] * len(own)
            ends[arm] = [largest_mean(outcomes, fixed, free, odds, up=up) for up in (False, True)]
        assert low == pytest.approx(ends[1][0] - ends[0][1], rel=1e-9)
        assert high == pytest.approx(ends[1][1] - ends[0][0], rel=1e-9)


def test_ends_of_everybodys_effect_move_the_odds_in_the_weights_alone() -> None:
    """One over the probability is 1 and the odds against: with a propensity fitted by hand to one 0/1 covariate."""
    rng = np.random.default_rng(4)
    x = np.repeat([0, 1], 12)
    d = np.array([1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0])
    y = np.round(rng.normal(10 + d + x, 2.0), 2)
    share = np.where(x == 1, 1 / 2, 1 / 3)
    table = {"unit": list(range(24)), "treatment": d.tolist(), "baseline": x.tolist(), "outcome": y.tolist()}
    match = {"unit": "unit", "treatment": "treatment", "covariates": ["baseline"], "method": "inverse_probability"}
    effect = effekt.matched_comparison(
        table, match=match | {"estimand": "ATE"}, outcome="outcome", checks=["marginal_sensitivity"]
    )
    found = effect.diagnostics[-1].table
    odds_against = np.where(d == 1, (1 - share) / share, share / (1 - share))
    for place, limit in enumerate(found["lambda"]):
        ends = {
            (arm, up): largest_mean(y[d == arm].tolist(), [1.0] * int(np.sum(d == arm)),
                                    odds_against[d == arm].tolist(), limit, up=up)
            for arm in (1, 0) for up in (False, True)
        }  # fmt: skip
        assert found["estimate_low"][place] == pytest.approx(ends[1, False] - ends[0, True], rel=1e-7)
        assert found["estimate_high"][place] == pytest.approx(ends[1, True] - ends[0, False], rel=1e-7)


@pytest.mark.parametrize("variance", ["m_estimation", "sandwich"])
@pytest.mark.parametrize(("method", "estimand"), WEIGHTINGS)
def test_without_anything_hidden_the_interval_is_that_of_the_effect(method, estimand, variance) -> None:
    effect, found = compared(method=method, estimand=estimand, variance=variance)
    low, high = effect.confidence_interval(0.95).intervals[0]
    assert found.table["lambda"][0] == 1
    assert found.table["estimate_low"][0] == found.table["estimate_high"][0] == effect.estimate
    assert found.table["conf_low"][0] == pytest.approx(low, rel=1e-12)
    assert found.table["conf_high"][0] == pytest.approx(high, rel=1e-12)
    assert list(found.table["conf_low"]) == sorted(found.table["conf_low"], reverse=True)
    assert 1 < found.values["lambda_limit_interval"] < found.values["lambda_limit"]


def test_the_standard_error_of_an_end_is_that_of_people_drawn_anew() -> None:
    """150 bootstrap samples with the propensity fitted again, as Zhao et al. (2019) do; to three Monte-Carlo errors."""
    table = effekt.datasets.observational(rng=8, n=400, share_treated=0.4, effect=4.0, confounding=0.4).table
    columns = {name: np.array(table.values(name), float) for name in ("treatment", "baseline", "age", "outcome")}
    treated, covariates = columns["treatment"] == 1, np.column_stack([columns["baseline"], columns["age"]])

    def end(rows, *, of_interval=False):
        weighting = fit_weights(
            treated[rows], covariates[rows], ["b", "a"], method="inverse_probability", estimand="ATT"
        )
        found = Weighted(effect=None, weighting=weighting, outcome=columns["outcome"][rows], clusters=None)
        return found.end(1.5, up=False, of_interval=of_interval)

    everyone, rng = np.arange(400), np.random.default_rng(1)
    error = np.std([end(rng.integers(0, 400, 400)) for _ in range(150)], ddof=1)
    assert abs((end(everyone) - end(everyone, of_interval=True)) / 1.966 / error - 1) < 3 / math.sqrt(2 * 150)


def test_by_the_plain_sandwich_an_end_is_that_of_the_stack_with_the_odds_held() -> None:
    """Propensity and the two means in one vector of equations, differentiated by steps; the reference is normal."""
    effect, found = compared(variance="sandwich")
    x = statsmodels.add_constant(DATA[MATCH["covariates"]].to_numpy(dtype=float))
    d, y = DATA["treatment"].to_numpy(dtype=float), DATA["outcome"].to_numpy(dtype=float)
    beta = statsmodels.Logit(d, x).fit(disp=0, tol=1e-12).params
    for place, odds in enumerate(found.table["lambda"]):
        low = effect.means.treated - found.table["estimate_low"][place]
        tilted = np.where(y > low, odds, 1 / odds)

        def equations(theta, tilted=tilted):
            index = x @ theta[:3]
            left = d - 1 / (1 + np.exp(-index))
            return np.column_stack(
                [x * left[:, None], d * (y - theta[3]), (1 - d) * tilted * np.exp(index) * (y - theta[4])]
            )

        theta = np.array([*beta, effect.means.treated, low])
        steps = np.diag(1e-6 * np.maximum(1, np.abs(theta)))
        slopes = [
            (equations(theta + step).sum(axis=0) - equations(theta - step).sum(axis=0)) / (2 * step.sum())
            for step in steps
        ]
        inverse = np.linalg.inv(np.array(slopes).T)
        psi = equations(theta)
        error = math.sqrt(np.array([0, 0, 0, 1, -1]) @ inverse @ psi.T @ psi @ inverse.T @ [0, 0, 0, 1, -1])
        wanted = found.table["estimate_low"][place] - 1.959963984540054 * error
        assert found.table["conf_low"][place] == pytest.approx(wanted, rel=1e-6)


def test_the_limit_is_where_the_end_reaches_the_threshold_and_the_order_of_rows_moves_nothing() -> None:
    effect, found = compared(threshold="1")
    assert effekt.EffectEstimate.from_json(effect.to_json()).to_json() == effect.to_json()
    again, _ = compared(DATA.sample(frac=1, random_state=2), threshold="1")
    assert again.to_json() == effect.to_json()
    controls = DATA[DATA["treatment"] == 0]
    match = effekt.match_controls(DATA, **MATCH, method="inverse_probability")
    values = sorted((y, match.weights[str(u)]) for y, u in zip(controls["outcome"], controls["unit"], strict=True))
    limit = found.values["lambda_limit"]
    largest = max(
        sum(w * y * (limit if i >= cut else 1 / limit) for i, (y, w) in enumerate(values))
        / sum(w * (limit if i >= cut else 1 / limit) for i, (_, w) in enumerate(values))
        for cut in range(len(values))
    )
    treated = DATA[DATA["treatment"] == 1]["outcome"].mean()
    assert treated - largest == pytest.approx(1.0, abs=1e-9)
    turned = DATA.assign(outcome=100 - DATA["outcome"])
    _, mirrored = compared(
        turned, outcome=effekt.Outcome(column="outcome", unit="points", better="lower"), threshold="-1"
    )
    for name in ("lambda_limit", "lambda_limit_interval"):
        assert mirrored.values[name] == pytest.approx(found.values[name], rel=1e-9)


def test_words() -> None:
    _, found = compared()
    limits = [f"{math.floor(100 * found.values[name]) / 100:.2f}" for name in ("lambda_limit", "lambda_limit_interval")]
    assert found.status == "information"
    assert found.statement.en == (
        "A hidden confounder could move the estimate to 0 only if it made the odds of treatment of some differ by more "
        f"than {limits[0]} times from what the covariates give; the 95% interval reaches it from {limits[1]} times on."
    )
    assert found.statement.sv == (
        "En dold störfaktor kan flytta skattningen till 0 bara om den gör att oddsen för behandling för några skiljer "
        f"sig mer än {limits[0].replace('.', ',')} gånger från vad kovariaten ger; 95-procentsintervallet når den från "
        f"{limits[1].replace('.', ',')} gånger."
    )
    _, held = compared(threshold="3")
    assert (held.status, held.values["lambda_limit_interval"]) == ("warning", 1.0)
    assert held.statement.en.endswith(
        "; the 95% interval already holds it, so for the interval no confounding is needed."
    )
    _, short = compared(threshold="30")
    assert (short.status, short.values["lambda_limit"]) == ("warning", 1.0)
    assert short.statement.en.startswith("Even with nothing hidden the estimate")
    apart = DATA.assign(outcome=DATA["outcome"] + 1_000 * DATA["treatment"])
    _, beyond = compared(apart)
    assert (beyond.status, beyond.values["lambda_limit"]) == ("information", None)
    assert beyond.statement.en == (
        "No hidden confounder of the odds of treatment could move the estimate to 0, which no weights of these "
        "outcomes reach, nor does the 95% interval reach it."
    )


def test_clusters_widen_the_ends_of_the_interval_alone() -> None:
    data = DATA.assign(school=[i % 12 for i in range(240)])
    effect, found = compared(data, cluster="school")
    plain = compared()[1]
    assert found.table["estimate_low"] == plain.table["estimate_low"]
    low, _ = effect.confidence_interval(0.95).intervals[0]
    assert found.table["conf_low"][0] == pytest.approx(low, rel=1e-12)


def test_without_inference_there_is_no_limit_of_the_interval() -> None:
    few = DATA.groupby("treatment").head(5)
    effect, found = compared(few)
    assert effect.std_error is None
    assert found.values["lambda_limit_interval"] is None
    assert found.table["conf_low"] == (None,) * 5
    assert "interval" not in found.statement.en
    assert json.loads(effect.to_json())["diagnostics"][-1]["name"] == "marginal_sensitivity"


def test_a_classifier_has_none() -> None:
    from sklearn.linear_model import LogisticRegression

    with pytest.raises(ArgumentError) as raised:
        compared(propensity=LogisticRegression(random_state=1))
    assert str(raised.value) == (
        "`checks` can hold 'marginal_sensitivity' only of a propensity by 'logit' or 'probit', since the weights of a "
        "classifier have no standard error. Ask for 'oster_delta' or 'e_value'."
    )


@pytest.mark.parametrize("estimand", ["ATT", "ATE"])
def test_a_relative_threshold_is_reached_where_the_worst_means_have_its_ratio(estimand) -> None:
    """Both means move for everybody's effect, the counterfactual alone for that on the treated."""
    _, found = compared(estimand=estimand, threshold="0.02", threshold_view="relative_improvement")
    x = statsmodels.add_constant(DATA[MATCH["covariates"]].to_numpy(dtype=float))
    share = statsmodels.Logit(DATA["treatment"].to_numpy(), x).fit(disp=0, tol=1e-12).predict()
    against = np.where(DATA["treatment"] == 1, (1 - share) / share, share / (1 - share))  # odds of the other arm
    odds, worst = found.values["lambda_limit"], {}
    for arm in (1, 0):
        own = (DATA["treatment"] == arm).to_numpy()
        order = np.argsort(DATA["outcome"][own])  # an extreme mean has one factor below some outcome and one above
        y, free = DATA["outcome"][own].to_numpy()[order], against[own][order]
        fixed = np.ones(len(y)) if estimand == "ATE" else np.full(len(y), float(arm))
        free = free if estimand == "ATE" or arm == 0 else 0 * free
        ways = [(fixed + free * np.where(np.arange(len(y)) >= k, odds, 1 / odds)) for k in range(len(y) + 1)]
        turned = [(fixed + free * np.where(np.arange(len(y)) >= k, 1 / odds, odds)) for k in range(len(y) + 1)]
        means = [float(one @ y / one.sum()) for one in (*ways, *turned)]
        worst[arm] = min(means) if arm else max(means)
    assert odds > 1
    assert worst[1] / worst[0] - 1 == pytest.approx(0.02, rel=1e-9)
    assert "move the estimate to a relative improvement of 2% only" in found.statement.en
    assert found.values["threshold_view"] == "relative_improvement"
