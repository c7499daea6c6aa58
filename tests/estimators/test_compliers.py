"""The effect on compliers: numbers of R and of publications, regressions written out, laws, invariances, sentences."""

from __future__ import annotations

import csv
import json
import math
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from helpers import assert_valid_effect
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles.compliers import Lottery, complier_means, dummies, kept, p_value, two_stage

import effekt
from effekt._inference import AndersonRubin, FixedDf, Unavailable
from effekt.exceptions import ArgumentError, DataError, InferenceUnavailableError, ViewUnavailableError
from effekt.independent.trials.complier_effect import complier_effect as independent

GOLDENS = Path(__file__).parents[1] / "goldens" / "compliers"
R = json.loads((GOLDENS / "output.json").read_text(encoding="utf-8"))
LINEARMODELS = json.loads((GOLDENS / "linearmodels.json").read_text(encoding="utf-8"))
ESTIMATR = {"HC0": "HC0", "HC1": "HC1", "HC2": "HC2", "HC3": "HC3", "CR0": "CR0", "CR1S": "stata", "CR2": "CR2"}
DESIGNS = {"individual": {}, "weak": {}, "blocked": {"block": "block"}, "clustered": {"cluster": "cluster"}}
DAYS = effekt.Outcome(column="y", unit="days", better="lower")


def read(name):
    with (GOLDENS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {key: [row[key] if key in ("block", "cluster") else float(row[key]) for row in rows] for key in rows[0]}


def compliers(data, **options):
    return effekt.complier_effect(data, **({"outcome": DAYS, "treatment": "z", "received": "d"} | options))


def fitted(table, model, **options):
    covariates = () if model == "none" else "x"
    return compliers(read(table), covariates=covariates, adjustment=model, **DESIGNS[table], **options)


def arrays(data, *names):
    return [np.array(data[name]) for name in names]


def lottery_of(data, table, model, variance=None):
    default = "CR2" if table == "clustered" else "HC2"
    return Lottery(
        data["z"],
        x=None if model == "none" else data["x"],
        blocks=data.get("block"),
        clusters=data.get("cluster"),
        adjustment=model,
        variance=variance or default,
    )


# --- R and Python packages ----------------------------------------------------------------------------------------

CASES = [
    (table, model, variance)
    for table, models in R.items()
    for model, found in models.items()
    for variance, theirs in ESTIMATR.items()
    if theirs in found
]


@pytest.mark.parametrize(("table", "model", "variance"), CASES)
def test_estimate_and_standard_error_are_those_of_iv_robust(table, model, variance):
    golden = R[table][model][ESTIMATR[variance]]
    effects = fitted(table, model, variance=variance)
    cace = effects["CACE"]
    assert cace.estimate == pytest.approx(golden["estimate"], rel=1e-8)
    assert cace.std_error == pytest.approx(golden["std_error"], rel=1e-8)
    assert cace.diagnostics[0].values["effective_f"] == pytest.approx(golden["effective_f"], rel=1e-8)
    assert cace.variance == f"{variance}/1"
    if variance != "HC2":  # for which estimatr takes n − k
        assert cace.df == pytest.approx(golden["df"], rel=1e-8)


@pytest.mark.parametrize("table", ["individual", "weak", "clustered"])
@pytest.mark.parametrize("model", ["none", "additive"])
def test_estimate_and_standard_error_are_those_of_linearmodels(table, model):
    for variance, golden in LINEARMODELS[table][model].items():
        cace = fitted(table, model, variance=variance)["CACE"]
        assert cace.estimate == pytest.approx(golden["estimate"], rel=1e-8)
        assert cace.std_error == pytest.approx(golden["std_error"], rel=1e-8)


AR_CASES = [(table, model) for table, models in R.items() for model in models if "anderson_rubin" in models[model]]


@pytest.mark.parametrize(("table", "model"), AR_CASES)
def test_p_values_and_sets_are_those_of_club_sandwich(table, model):
    golden, effect = R[table][model]["anderson_rubin"], fitted(table, model)["CACE"]
    for view, key in ((effect.difference(), "difference"), (effect.ratio(), "ratio")):
        found = [view.p_value(null) for null in golden["nulls"][key]]
        assert found == pytest.approx(golden[f"p_{key}"], rel=1e-8)
    for level in (0.9, 0.95):
        expected, found = golden[f"set{level * 100:.0f}"], effect.confidence_interval(level)
        finite = [end for interval in found.intervals for end in interval if math.isfinite(end)]
        assert finite == pytest.approx(expected["ends"], rel=1e-8)
        assert [null in found for null in (-1e6, 1e6)] == expected["far"]


def vitamin_a():
    """Sommer & Zeger (1991, doi:10.1002/sim.4780100110), as in Imbens & Rubin (1997): children by village's lot."""
    cells = {(0, 0, 1): 74, (0, 0, 0): 11514, (1, 0, 1): 34, (1, 0, 0): 2385, (1, 1, 1): 12, (1, 1, 0): 9663}
    rows = [cell for cell, count in cells.items() for _ in range(count)]
    z, d, y = zip(*rows, strict=True)
    return {"z": list(z), "d": list(d), "y": list(y)}


def test_vitamin_a():
    """Deaths: 12 of 9675 who took it; 4.47 in 1000 compliers without it, so that the risk is 0.28 of what it was."""
    effects = compliers(vitamin_a())
    cace = effects["CACE"]
    share = Fraction(9675, 12094)
    assert effects["first stage"].exact_estimate == share
    assert cace.exact.treated == Fraction(12, 9675)
    assert cace.exact.counterfactual == (Fraction(74, 11588) - Fraction(34, 12094)) / share
    assert (round(cace.treated_mean, 5), round(cace.counterfactual_mean, 5)) == (0.00124, 0.00447)
    assert round(cace.ratio().estimate, 2) == 0.28
    assert effects["ITT"].exact_estimate == Fraction(46, 12094) - Fraction(74, 11588)
    assert (round(effects["ITT"].estimate, 4), round(effects["ITT"].std_error, 4)) == (-0.0026, 0.0009)
    assert (round(cace.estimate, 4), round(cace.std_error, 4)) == (-0.0032, 0.0012)
    assert [note.code for note in cace.notes][:3] == ["compliers", "complier_assumptions", "one_sided"]


# --- the formulas written out -------------------------------------------------------------------------------------

FORMULAS = [
    (table, model, variance)
    for table in DESIGNS
    for model in ("none", "lin", "additive")
    for variance in (("CR0", "CR1", "CR2", "CR3") if table == "clustered" else ("HC0", "HC1", "HC2", "HC3"))
]


@pytest.mark.parametrize(("table", "model", "variance"), FORMULAS)
def test_everything_by_ordinary_regressions(table, model, variance):
    data = read(table)
    y, d = arrays(data, "y", "d")
    lottery, effect = lottery_of(data, table, model, variance), fitted(table, model, variance=variance)["CACE"]
    assert (effect.treated_mean, effect.counterfactual_mean) == pytest.approx(complier_means(lottery, y, d), rel=1e-10)
    itt, share = lottery.effect(y), lottery.effect(d)
    assert effect.estimate == pytest.approx(itt[0] / share[0], rel=1e-10)
    at_estimate = lottery.effect(y - itt[0] / share[0] * d)
    assert at_estimate[0] == pytest.approx(0, abs=1e-10)
    assert effect.std_error == pytest.approx(math.sqrt(at_estimate[1]) / share[0], rel=1e-9)
    assert effect.df == pytest.approx(itt[2], rel=1e-10)
    for alternative in ("two-sided", "greater", "less"):
        for null in (-3.0, -0.5, 0.0, 0.7, 4.0):
            expected = p_value(lottery, y, d, null, alternative=alternative)
            assert effect.p_value(null, alternative) == pytest.approx(expected, rel=1e-9)
        for null in (0.5, 0.8, 1.0, 1.2, 3.0):
            expected = p_value(lottery, y, d, null, contrast="ratio", alternative=alternative)
            assert effect.ratio().p_value(null, alternative) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(("table", "model"), [("weak", "none"), ("clustered", "lin")])
@pytest.mark.parametrize("alternative", ["two-sided", "greater", "less"])
@pytest.mark.parametrize("level", [0.4, 0.9])
def test_a_set_is_what_the_test_keeps_of_a_grid(table, model, alternative, level):
    data = read(table)
    y, d = arrays(data, "y", "d")
    lottery, effect = lottery_of(data, table, model), fitted(table, model)["CACE"]
    for contrast, view, grid in (
        ("difference", effect.difference(), np.r_[-1e6, np.linspace(-30, 30, 61), 1e6]),
        ("ratio", effect.ratio(), np.r_[-1e6, np.linspace(-5, 8, 40), 1e6]),
    ):
        found = view.confidence_interval(level, alternative)
        expected = kept(lottery, y, d, grid, level, contrast=contrast, alternative=alternative)
        assert [null in found for null in grid] == expected.tolist()


@pytest.mark.parametrize(("table", "model"), [("individual", "lin"), ("blocked", "lin"), ("clustered", "additive")])
def test_the_covariance_is_that_of_any_combination(table, model):
    data = read(table)
    y, d = arrays(data, "y", "d")
    lottery, inference = lottery_of(data, table, model), fitted(table, model)["CACE"].inference
    yy, yu, yd, uu, ud, dd = inference.covariance
    full = np.array([[yy, yu, yd], [yu, uu, ud], [yd, ud, dd]])
    for w in ((1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 2, -3), (-2, 0.5, 1), (0, 1, -4), (1, 0, 5)):
        effect, spread, _ = lottery.effect(w[0] * y + w[1] * y * d + w[2] * d)
        assert np.dot(w, inference.effects) == pytest.approx(effect, rel=1e-10)
        assert np.dot(w, full @ w) == pytest.approx(spread, rel=1e-10)


@pytest.mark.parametrize("variance", ["HC0", "HC2", "HC3", "CR0", "CR2", "CR3"])
@pytest.mark.parametrize("table", ["individual", "blocked", "clustered"])
def test_two_stage_least_squares_written_out(table, variance):
    data = read(table)
    if (table == "clustered") != variance.startswith("CR"):
        data = {**data, "cluster": [f"c{i % 15}" for i in range(len(data["y"]))]}
        if not variance.startswith("CR"):
            del data["cluster"]
        else:
            first = {f"c{k}": float(k % 2) for k in range(15)}
            data["z"] = [first[name] for name in data["cluster"]]
            data["d"] = [float(z or i % 7 == 0) * (i % 5 > 0) for i, z in enumerate(data["z"])]
    blocks = data.get("block") if variance.startswith("HC") else None
    exogenous = np.column_stack([dummies(blocks or ["one"] * len(data["y"])), data["x"]])
    expected = two_stage(
        *arrays(data, "y", "d", "z"), exogenous=exogenous, clusters=data.get("cluster"), variance=variance
    )
    columns = {"block": "block"} if blocks else {"cluster": "cluster"} if "cluster" in data else {}
    found = compliers(data, covariates="x", adjustment="additive", variance=variance, **columns)["CACE"]
    assert (found.estimate, found.std_error) == pytest.approx(expected, rel=1e-10)


# --- laws ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", DESIGNS)
@pytest.mark.parametrize("model", ["none", "lin", "additive"])
def test_every_member_is_valid(table, model):
    effects = fitted(table, model)
    assert effects.labels == ("ITT", "CACE", "first stage")
    for label in effects:
        assert_valid_effect(effects[label])
    assert isinstance(effects["CACE"].inference, AndersonRubin)
    assert [effects[label].estimand.name for label in effects] == ["ITT", "CACE", "first_stage"]
    assert effekt.EffectSet.from_json(effects.to_json()) == effects
    assert effects.public() == effects


@pytest.mark.parametrize("table", DESIGNS)
@pytest.mark.parametrize("model", ["none", "lin", "additive"])
def test_the_first_member_is_the_randomized_trial(table, model):
    covariates = () if model == "none" else "x"
    options = {"treatment": "z", "covariates": covariates, "adjustment": model, **DESIGNS[table]}
    effects = fitted(table, model)
    for label, outcome in (("ITT", DAYS), ("first stage", "d")):
        trial = effekt.randomized_trial(read(table), outcome=outcome, **options)
        member = effects[label]
        assert (member.means, member.inference, member.exact) == (trial.means, trial.inference, trial.exact)
        assert (member.sample, member.observed, member.notes) == (trial.sample, trial.observed, trial.notes)
    for alternative in ("two-sided", "greater", "less"):  # to the last bit
        assert effects["CACE"].p_value(alternative=alternative) == effects["ITT"].p_value(alternative=alternative)
    assert effects["CACE"].statistic == effects["ITT"].statistic
    wald = effects["ITT"].estimate / effects["first stage"].estimate
    assert effects["CACE"].estimate == pytest.approx(wald, rel=1e-12)


def test_the_arguments_are_those_of_the_call():
    effects = fitted("individual", "lin")
    expected = {
        "outcome": {"column": "y", "unit": "days", "better": "lower"},
        "treatment": "z",
        "received": "d",
        "covariates": ["x"],
        "block": None,
        "cluster": None,
        "adjustment": "lin",
        "variance": "HC2",
        "missing": "raise",
    }
    assert all(effects[label].arguments == expected for label in effects)
    again = effekt.complier_effect(read("individual"), **expected)
    assert again == effects


def test_a_far_first_stage_gives_the_interval_of_two_stage_least_squares():
    """With n large, Anderson–Rubin and ±z standard errors agree (Andrews, Stock & Sun 2019, section 5)."""
    rng = np.random.default_rng(5)
    n = 40_000
    z = rng.integers(0, 2, n)
    d = np.where(rng.random(n) < 0.8, z, 0)
    y = 3 + 2.0 * d + rng.normal(size=n)
    cace = compliers({"y": y, "z": z, "d": d})["CACE"]
    found = cace.confidence_interval(0.95)
    width = 1.959964 * cace.std_error
    assert (found.low, found.high) == pytest.approx((cace.estimate - width, cace.estimate + width), abs=0.01 * width)


def test_the_set_of_a_weak_first_stage_is_unbounded_and_warned_of():
    cace = fitted("weak", "none")["CACE"]
    (check,) = cace.diagnostics
    assert check.status == "warning"
    assert check.statement.en == (
        "Assignment raised the share that received the treatment by 20.0 percentage points; the effective F is 1.6, "
        "below the rule of thumb of 10 (Staiger and Stock 1997): the estimate for compliers and its standard error may "
        "mislead. The Anderson–Rubin interval holds its level all the same, and may be unbounded."
    )
    assert check.statement.sv.startswith("Lottningen höjde andelen som fick insatsen med 20,0 procentenheter; ")
    assert cace.confidence_interval(0.95).kind == "unbounded"


@pytest.mark.parametrize(("treated", "std_error"), [(0.02, 0.05), (0.02, None), (0.62, 0.05)])
def test_a_first_stage_without_compliers_is_warned_of_however_sure(treated, std_error):
    """Shares the wrong way round have as large an F as those the right way round."""
    check = effekt.diagnostics.first_stage(treated=treated, control=0.62, std_error=std_error)
    assert check.status == "warning"
    assert check.statement.en == (
        "No larger share of those assigned to the treatment than of the others received it, so that there are no "
        "compliers; check which column is assignment and which is receipt."
    )
    assert check.statement.sv.startswith("Ingen större andel av dem som lottades till insatsen")


# --- who complies -------------------------------------------------------------------------------------------------


def simple(received, outcome=None):
    """Eight units, the first four assigned."""
    outcome = [2.0, 4.0, 9.0, 5.0, 8.0, 9.5, 7.0, 10.0] if outcome is None else outcome
    return {"y": outcome, "z": [1, 1, 1, 1, 0, 0, 0, 0], "d": received}


def test_everybody_complies():
    effects = compliers(simple([1, 1, 1, 1, 0, 0, 0, 0]))
    itt, cace, first = (effects[label] for label in effects)
    assert (cace.means, cace.exact, cace.std_error) == (itt.means, itt.exact, pytest.approx(itt.std_error, rel=1e-12))
    for level in (0.5, 0.95):
        own, other = (effect.confidence_interval(level) for effect in (cace, itt))
        assert (own.low, own.high) == pytest.approx((other.low, other.high), rel=1e-12)
        # a ratio has the same statistic as in the trial, and for every null the df of the effect of assignment
        fixed = replace(itt, inference=replace(itt.inference, df=FixedDf(df=itt.df)))
        own, other = (effect.ratio().confidence_interval(level) for effect in (cace, fixed))
        assert (own.low, own.high) == pytest.approx((other.low, other.high), rel=1e-12)
    assert first.exact_estimate == 1
    assert isinstance(first.inference, Unavailable)
    with pytest.raises(InferenceUnavailableError, match=r"^Everyone received what they were assigned, so the share of"):
        first.p_value()
    assert cace.diagnostics[0].values["effective_f"] is None
    assert cace.diagnostics[0].status == "ok"
    for effect in (itt, cace, first):
        assert_valid_effect(effect)


def test_one_sided_treated_mean_is_that_of_those_who_received_it():
    effects = compliers(simple([1, 1, 0, 1, 0, 0, 0, 0]))
    cace = effects["CACE"]
    assert cace.exact.treated == Fraction(2 + 4 + 5, 3)
    assert cace.exact.counterfactual == (Fraction("34.5") / 4 - Fraction(9, 4)) / Fraction(3, 4)
    assert cace.observed.treated == 5.0
    assert "one_sided" in [note.code for note in cace.notes]
    assert cace.notes[0].text.en == (
        "Compliers are 75.0%; 0.0% receive the treatment and 25.0% do not, whatever they are assigned."
    )


def test_two_sided_takers_are_told():
    notes = {note.code for note in compliers(simple([1, 1, 0, 1, 1, 0, 0, 0]))["CACE"].notes}
    assert "one_sided" not in notes
    assert {"compliers", "complier_assumptions", "anderson_rubin", "intention_to_treat"} <= notes


@pytest.mark.parametrize(
    ("received", "shares"),
    [
        ([0] * 8, "0 and 0"),
        ([1] * 8, "1 and 1"),
        ([1, 0, 1, 0, 0, 1, 1, 0], "0.5 and 0.5"),
        ([0, 0, 0, 1, 1, 1, 0, 1], "0.25 and 0.75"),
        ([0, 0, 0, 0, 1, 1, 1, 1], "0 and 1"),
    ],
)
def test_no_compliers(received, shares):
    with pytest.raises(DataError) as refusal:
        compliers(simple(received))
    assert str(refusal.value) == (
        "Column 'd' must be 1 for a larger share of those assigned to treatment than of the controls, or there are no "
        f"compliers; the shares are {shares}. Check which column is assignment and which is receipt, or use "
        "randomized_trial."
    )


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        ([3.0] * 8, "There is no within-arm variation, so there is no standard error."),
        (
            [5.0, 5.0, 3.0, 5.0, 3.0, 3.0, 5.0, 3.0],  # 3 + 2·received
            "Within the arms the outcome follows from what was received without any variation, so there is no standard "
            "error.",
        ),
    ],
)
def test_an_outcome_without_variation_of_its_own(outcome, reason):
    cace = compliers(simple([1, 1, 0, 1, 0, 0, 1, 0], outcome))["CACE"]
    with pytest.raises(InferenceUnavailableError) as refusal:
        cace.p_value()
    assert str(refusal.value) == reason
    assert cace.std_error is None
    assert_valid_effect(cace)


def test_few_clusters_leave_no_inference():
    data = read("clustered")
    few = {name: [v for v, c in zip(data[name], data["cluster"], strict=True) if c in CHOSEN] for name in data}
    effects = compliers(few, cluster="cluster")
    for label in effects:
        with pytest.raises(InferenceUnavailableError, match="at least six clusters; there are 4"):
            effects[label].p_value()
        assert_valid_effect(effects[label])


def _two_of_each_arm():
    arm = dict(zip(read("clustered")["cluster"], read("clustered")["z"], strict=True))
    return {name for value in (0.0, 1.0) for name in sorted(c for c, own in arm.items() if own == value)[:2]}


CHOSEN = _two_of_each_arm()


def test_a_counterfactual_below_zero_has_no_ratio():
    """Sampling error can put a complier mean outside the outcome's range; a difference is still had."""
    cace = compliers(simple([1, 1, 0, 1, 0, 0, 0, 0], [2.0, 4.0, 90.0, 5.0, 8.0, 9.5, 7.0, 10.0]))["CACE"]
    assert cace.counterfactual_mean < 0
    with pytest.raises(ViewUnavailableError):
        cace.relative()
    assert_valid_effect(cace)


def test_who_lacks_receipt_alone_counts_in_the_effect_of_assignment_and_in_nothing_else():
    data = read("individual")
    holed = {**data, "d": [None, *data["d"][1:]], "y": [data["y"][0], None, *data["y"][2:]]}
    whole = {name: column[2:] for name, column in data.items()}
    dropped, complete = compliers(holed, covariates="x", missing="drop"), compliers(whole, covariates="x")
    for label in ("CACE", "first stage"):
        assert dropped[label].means == complete[label].means
        assert dropped[label].inference == complete[label].inference
        assert dropped[label].sample.n_dropped == 2
        worst = ["no_worst_case"] if label == "CACE" else []
        codes = [note.code for note in dropped[label].notes]
        assert codes[-2 - len(worst) :] == ["missing_outcomes", *worst, "missing_receipt"]
    trial = effekt.randomized_trial(holed, outcome="y", treatment="z", covariates="x", missing="drop")
    itt = dropped["ITT"]
    assert (itt.means, itt.inference, itt.sample) == (trial.means, trial.inference, trial.sample)
    assert (itt.notes, itt.diagnostics, itt.sample.n_dropped) == (trial.notes, trial.diagnostics, 1)
    own = independent(holed, outcome="y", treatment="z", received="d", covariates=["x"], missing="drop")["members"]
    for label in dropped:
        assert dropped[label].estimate == pytest.approx(float(own[label]["estimate"]), rel=1e-9)
    holed["block"] = ["one"] * 40 + ["two"] * 49 + ["lonely"]
    assert compliers(holed, block="block", missing="drop")["CACE"].sample.n_dropped == 3


def test_missing_receipt_and_missing_outcomes_are_counted_apart():
    """Of 90 rows the first lacks receipt alone, the second its outcome, the third both, the fourth its covariate."""
    data = {name: list(column) for name, column in read("individual").items()}
    for name, row in (("d", 0), ("y", 1), ("y", 2), ("d", 2), ("x", 3)):
        data[name][row] = None
    effects = compliers(data, covariates="x", missing="drop")
    arms = [int(z) for z in data["z"]]
    seen = [sum(z == arm for i, z in enumerate(arms) if i not in (1, 2, 3)) for arm in (1, 0)]
    first = [int(arms[0] == arm) for arm in (1, 0)]
    lost = [sum(arms[i] == arm for i in (1, 2)) for arm in (1, 0)]
    for label in ("CACE", "first stage"):
        told = {note.code: note.text.en for note in effects[label].notes}
        assert told["missing_receipt"].startswith(
            f"Receipt is missing for {first[0]} of {seen[0]} treated and {first[1]} of {seen[1]} control rows whose "
            "outcome is known; they count in the effect of assignment, but not in the share"
        )
        assert told["missing_outcomes"].startswith(
            f"The outcome is missing for {lost[0]} of {sum(arms)} treated and {lost[1]} of {90 - sum(arms)} control"
        )
    assert "missing_receipt" not in {note.code for note in effects["ITT"].notes}
    check, receipt = effects["first stage"].diagnostics
    assert check == effects["ITT"].diagnostics[0]
    assert check.values["n_missing"] == 2
    assert receipt == next(one for one in effects["CACE"].diagnostics if one.name == "missing_receipt")
    assert list(receipt.values.values()) == [first[0], seen[0], first[1], seen[1], 1.0]


@pytest.mark.parametrize("design", [{"pairs": "pair"}, {"block": "pair"}, {"cluster": "pair"}])
def test_compliers_of_rows_with_both_are_as_if_the_others_were_not_there(design):
    """Covariances are of one set of rows, so that intervals are those of these rows alone."""
    z = [1, 0] * 16 if "cluster" not in design else [1, 1, 0, 0] * 8
    d = [own if i % 5 else 0 for i, own in enumerate(z)]
    y = [round(5 + 3 * own + (i * 7 % 11) / 4, 2) for i, own in enumerate(d)]
    rows = {"y": y, "z": z, "d": d, "pair": [f"{i // 2:02}" for i in range(32)]}
    holed = {**rows, "d": [None, None, *d[2:]]}
    found = compliers(holed, missing="drop", **design)
    alone = compliers({name: column[2:] for name, column in rows.items()}, **design)
    for label in ("CACE", "first stage"):
        assert (found[label].means, found[label].inference) == (alone[label].means, alone[label].inference)
    trial = effekt.randomized_trial(holed, outcome="y", treatment="z", missing="drop", **design)
    assert (found["ITT"].means, found["ITT"].inference) == (trial.means, trial.inference)
    assert found["ITT"].estimate != alone["ITT"].estimate


def test_sums_over_all_who_were_assigned_take_no_missing_receipt():
    data = {"y": [2.0, 4.0, 9.0, 8.0, 5.0, 7.0], "z": [1, 1, 1, 0, 0, 0], "d": [1, 1, None, 0, 0, 0], "p": [0.5] * 6}
    with pytest.raises(DataError) as raised:
        compliers(data, probability="p", adjustment="none", missing="drop")
    assert str(raised.value) == (
        "Column 'd' must be known of every row under adjustment='none' with `probability` (Horvitz and Thompson); 1 "
        "row lacked it. Use adjustment='lin', whose weights are normalised, or complete the data."
    )


def test_an_outcome_range_is_of_the_outcome_and_of_no_null():
    data = read("individual")
    holed = {**data, "y": [None, *data["y"][1:]]}
    plain, told = (compliers(holed, missing="drop", **own) for own in ({}, {"outcome_range": (-50, 50)}))
    for label in plain:
        assert (told[label].means, told[label].inference) == (plain[label].means, plain[label].inference)
        assert told[label].arguments == plain[label].arguments | {"outcome_range": [-50.0, 50.0]}
    assert [check.name for check in told["ITT"].diagnostics][-1] == "manski_bounds"
    with pytest.raises(DataError, match="as `outcome_range` says"):
        compliers(holed, missing="drop", outcome_range=(0, 1))


# --- invariances --------------------------------------------------------------------------------------------------

units = st.lists(
    st.tuples(st.integers(0, 400), st.sampled_from(["always", "complier", "complier", "never"]), st.integers(-20, 20)),
    min_size=12,
    max_size=30,
)


def drawn(people):
    """Half assigned; who would do what is given, so that both arms hold compliers."""
    people = [*people, (100, "complier", 1), (120, "complier", -2), (90, "complier", 3), (50, "complier", 5)]
    z = [i % 2 for i in range(len(people))]
    d = [1 if who == "always" else 0 if who == "never" else own for (_, who, _), own in zip(people, z, strict=True)]
    return {"y": [y / 10 for y, _, _ in people], "z": z, "d": d, "x": [x / 4 for _, _, x in people]}


def ends(effect, level=0.8):
    return [end for interval in effect.confidence_interval(level).intervals for end in interval]


def outcome_varies(data):
    return isinstance(compliers(data)["CACE"].inference, AndersonRubin)


@settings(max_examples=25, deadline=None)
@given(people=units, order=st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_no_byte(people, order):
    data = drawn(people)
    rows = list(range(len(data["y"])))
    order.shuffle(rows)
    turned = {name: [column[i] for i in rows] for name, column in data.items()}
    assert compliers(data).to_json() == compliers(turned).to_json()


@settings(max_examples=25, deadline=None)
@given(people=units, shift=st.integers(-50, 50), factor=st.sampled_from([0.5, 4.0, 1024.0]))
def test_shift_and_scale(people, shift, factor):
    data = drawn(people)
    if not outcome_varies(data):
        return
    before = compliers(data)["CACE"]
    after = compliers({**data, "y": [factor * (y + shift) for y in data["y"]]})["CACE"]
    size = 1e-9 * factor * (max(map(abs, data["y"])) + abs(shift) + 1)
    assert after.treated_mean == pytest.approx(factor * (before.treated_mean + shift), abs=size)
    assert after.counterfactual_mean == pytest.approx(factor * (before.counterfactual_mean + shift), abs=size)
    assert after.std_error == pytest.approx(factor * before.std_error, rel=1e-7)
    assert after.p_value() == pytest.approx(before.p_value(), rel=1e-7)
    assert len(ends(after)) == len(ends(before))


@settings(max_examples=25, deadline=None)
@given(people=units)
def test_lot_and_receipt_turned_round_turn_the_effect_round(people):
    """With 0 and 1 exchanged in both columns compliers are the same people, and their two means change places."""
    data = drawn(people)
    if not outcome_varies(data):
        return
    turned = {**data, "z": [1 - z for z in data["z"]], "d": [1 - d for d in data["d"]]}
    one, other = compliers(data)["CACE"], compliers(turned)["CACE"]
    assert (other.exact.treated, other.exact.counterfactual) == (one.exact.counterfactual, one.exact.treated)
    assert other.std_error == pytest.approx(one.std_error, rel=1e-8)
    assert other.p_value(-1.5) == pytest.approx(one.p_value(1.5), rel=1e-8)
    assert other.p_value(alternative="less") == pytest.approx(one.p_value(alternative="greater"), rel=1e-8)


@settings(max_examples=6, deadline=None)
@given(people=units)
def test_any_trial_gives_valid_effects(people):
    effects = compliers(drawn(people), outcome=effekt.Outcome(column="y", unit="days"))
    for label in effects:
        assert_valid_effect(effects[label])


def test_a_large_level_costs_no_digits():
    """What is tested is the effect on the outcome itself, so a level far from zero does not drown it."""
    data = read("individual")
    raised = {**data, "y": [y + 1e9 for y in data["y"]]}
    before, after = compliers(data)["CACE"], compliers(raised)["CACE"]
    assert after.p_value() == pytest.approx(before.p_value(), rel=1e-5)
    assert after.std_error == pytest.approx(before.std_error, rel=1e-5)


# --- sentences ----------------------------------------------------------------------------------------------------

GOOD = simple([1, 1, 0, 1, 0, 0, 0, 0])
BAD = [
    (
        {"received": "took"},
        DataError,
        "The data has no column 'took' among its 3 columns. Check the name, and that the header is there.",
    ),
    ({"received": "z"}, ArgumentError, "Column 'z' must play one role; it is named as `treatment` and `received`."),
    ({"received": None}, ArgumentError, "`received` must be a column name; got None."),
    ({"treatment": 1}, ArgumentError, "`treatment` must be a column name; got 1."),
    ({"covariates": "d"}, ArgumentError, "Column 'd' must play one role; it is named as `received` and `covariates`."),
    (
        {"outcome": ("y", "z")},
        ArgumentError,
        "`outcome` must be one column in a randomised trial; got ('y', 'z'). Divide the columns first, and say in "
        "`unit` what the ratio is.",
    ),
    (
        {"variance": "welch"},
        ArgumentError,
        "`variance` must be 'HC0', 'HC1', 'HC2' or 'HC3'; got 'welch'.",
    ),
    (
        {"variance": "CR2"},
        ArgumentError,
        "`variance` must be 'HC0', 'HC1', 'HC2' or 'HC3'; got 'CR2'.",
    ),
    (
        {"adjustment": "additive"},
        ArgumentError,
        "`adjustment` 'additive' needs covariates or a block; give them, or choose 'none'.",
    ),
    ({"missing": "ignore"}, ArgumentError, "`missing` must be 'raise' or 'drop'; got 'ignore'."),
]


@pytest.mark.parametrize(("options", "kind", "sentence"), BAD)
def test_options_that_cannot_be(options, kind, sentence):
    with pytest.raises(kind) as refusal:
        compliers(GOOD, **options)
    assert str(refusal.value) == sentence


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (
            {**GOOD, "d": [1, 1, 0, 0.5, 0, 0, 2, 0]},
            "Column 'd' must hold 0 (did not receive the treatment) or 1 (received it); 2 rows did not, the first at "
            "row 4. Recode it, and say in the plan from which dose on the treatment counts as received.",
        ),
        (
            {**GOOD, "d": [1, 1, 0, 1, 0, None, 0, 0]},
            "Column 'd' must have a value in every row; 1 row did not, the first at row 6. Complete the data, or pass "
            "missing='drop' to leave such rows out and have them counted.",
        ),
        (
            {**GOOD, "z": [1, 1, 1, 1, 0, 0, 3, 0]},
            "Column 'z' must hold 0 (control) or 1 (treated); 1 row did not, the first at row 7. Recode it, and leave "
            "rows of other arms out.",
        ),
        (
            {**GOOD, "z": [1] * 8},
            "Column 'z' must hold both 0 (control) and 1 (treated); there is no control row. Give the rows of both "
            "arms.",
        ),
    ],
)
def test_data_that_cannot_be(data, sentence):
    with pytest.raises(DataError) as refusal:
        compliers(data)
    assert str(refusal.value) == sentence


def test_the_words_are_in_both_languages_and_never_praise_an_instrument():
    for table, model in (("individual", "lin"), ("weak", "none"), ("clustered", "additive")):
        effects = fitted(table, model)
        for text in (effects["CACE"].summary("sv"), effects["CACE"].diagnostics[0].statement.sv):
            assert "stark" not in text
        for text in (effects["CACE"].summary("en"), effects["CACE"].diagnostics[0].statement.en):
            assert "strong" not in text


# --- whose receipt is missing ---------------------------------------------------------------------------------------


def with_lost_receipt(treated, control=0):
    """The trial with so many of each arm without their receipt."""
    data = {name: list(column) for name, column in read("individual").items()}
    for arm, count in ((1, treated), (0, control)):
        for row in [i for i, z in enumerate(data["z"]) if z == arm][:count]:
            data["d"][row] = None
    return data


@pytest.mark.parametrize(("treated", "status"), [(2, "information"), (9, "warning")])
def test_missing_receipt_is_tested_between_the_arms(treated, status):
    effects = compliers(with_lost_receipt(treated), missing="drop")
    arms = [int(z) for z in read("individual")["z"]]
    n, m = sum(arms), len(arms) - sum(arms)
    p = sum(
        math.comb(n, k) * math.comb(m, treated - k) / math.comb(n + m, treated)
        for k in range(treated + 1)
        if math.comb(n, k) * math.comb(m, treated - k) <= math.comb(n, treated) * (1 + 1e-7)
    )
    for label in ("CACE", "first stage"):
        (check,) = [one for one in effects[label].diagnostics if one.name == "missing_receipt"]
        assert check.status == status
        assert check.values["p_value"] == pytest.approx(p, rel=1e-10)
        assert (p <= 0.05) == (status == "warning")
        said = "So large a difference between the arms is rare" if p <= 0.05 else "There is no evidence that the arms"
        assert said in check.statement.en
        assert check.statement in [note.text for note in effects[label].notes]


def test_missing_receipt_has_no_test_where_clusters_were_assigned():
    data = with_lost_receipt(1)
    data["school"] = [f"{z}{i % 9}" for i, z in enumerate(data["z"])]
    found = compliers(data, cluster="school", missing="drop")["CACE"]
    (check,) = [one for one in found.diagnostics if one.name == "missing_receipt"]
    assert (check.status, "p_value" in check.values) == ("information", False)


def test_receipt_unknown_of_a_whole_arm_is_refused_by_its_own_column():
    arms = [int(z) for z in read("individual")["z"]]
    for arm, count, lost in (("treated", sum(arms), (90, 0)), ("control", 90 - sum(arms), (0, 90))):
        with pytest.raises(DataError) as refusal:
            compliers(with_lost_receipt(*lost), missing="drop")
        assert str(refusal.value) == (
            f"Column 'd' must be known for some {arm} row; of the {count} {arm} rows whose outcome is known none has "
            "it. Complete it (0 where nobody of the arm could receive the treatment), or use randomized_trial for the "
            "effect of assignment alone."
        )


def test_an_effect_without_inference_has_no_interval_that_is_too_short():
    data = {"y": [1.0, 2.0, 0.0, 1.0], "z": [1, 1, 0, 0], "d": [1, 1, 0, 0]}
    effects = compliers(data, outcome="y", variance="HC0")
    for label in effects:
        effect = effects[label]
        assert ("short_coverage" in [note.code for note in effect.notes]) == (effect.std_error is not None), label


def test_rows_that_lack_a_covariate_are_told_of_with_the_first_stage_too():
    data = {
        "assigned": [i % 2 for i in range(16)],
        "received": [i % 2 * (i % 8 != 1) for i in range(16)],
        "outcome": [float(i % 5 + i % 3) for i in range(16)],
        "age": [None if i == 4 else float(20 + i * i % 7) for i in range(16)],
    }
    found = effekt.complier_effect(
        data, outcome="outcome", treatment="assigned", received="received", covariates="age", missing="drop"
    )
    told = {
        label: [note.text.en for note in found[label].notes if note.code == "incomplete_rows"] for label in found.labels
    }
    assert told["first stage"] == told["ITT"] == told["CACE"]
    assert len(told["ITT"]) == 1


@pytest.mark.parametrize("seed", [34, 212])
def test_names_do_not_decide_which_way_a_half_is_told(seed):
    """A share of 56.25 % or 81.25 %, by sums whose last digits the names of clusters and blocks move."""
    rng, cluster = np.random.default_rng(seed), np.arange(96) // 4
    assigned = np.tile([0, 1], 12)[cluster]
    received = np.where(assigned == 1, rng.random(96) < 0.8, rng.random(96) < 0.15).astype(int)
    told = set()
    for names in map(np.random.default_rng, range(6)):
        new, blocks = names.permutation(24), names.permutation(4)
        groups = {"c": [f"c{new[i]:02d}" for i in cluster], "b": [f"b{blocks[i]}" for i in cluster // 6]}
        data = {"y": np.arange(96) % 7, "z": assigned, "d": received, **groups}
        notes = compliers(data, block="b", cluster="c")["CACE"].notes
        told |= {note.text.en for note in notes if "Compliers are" in note.text.en}
    assert len(told) == 1
