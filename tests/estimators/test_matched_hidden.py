"""How strong something unmeasured would have to be, beside the estimate of a match."""

import json

import numpy as np
import pytest
from oracles import hidden_sets
from oracles.hidden_pairs import (
    e_value,
    mcnemar_upper_p,
    partial_r2,
    robustness,
    smallest_ratio,
    weighted_regression,
)

import effekt
from effekt.exceptions import ArgumentError, DataError

MATCH = {"unit": "unit", "treatment": "treatment", "covariates": ["baseline", "age"]}
HIGHER = effekt.Outcome(column="outcome", unit="points", better="higher")
LOWER = effekt.Outcome(column="outcome", unit="points", better="lower")
ALL = ["rosenbaum_bounds", "robustness_value", "oster_delta", "e_value"]
DATA = effekt.datasets.observational(rng=3, n=240, share_treated=0.3, effect=4.0).table.to_pandas()
SHARES = DATA.assign(outcome=(DATA["outcome"] > DATA["outcome"].median()).astype(int))


def compared(checks, data=DATA, match=None, outcome=HIGHER, **arguments):
    return effekt.matched_comparison(data, match=MATCH | (match or {}), outcome=outcome, checks=checks, **arguments)


def beside(effect, name):
    (found,) = [one for one in effect.diagnostics if one.name == name]
    return found


def rows_of(match=None, data=DATA):
    """The units that a match compares: arm, weight, outcome and covariates."""
    found = effekt.match_controls(data, **MATCH | (match or {}))
    weights = found.weights
    rows = data[data["unit"].astype(str).isin(weights)]
    return rows, [weights[str(unit)] for unit in rows["unit"]]


def test_without_checks_the_result_is_as_it_was() -> None:
    plain = effekt.matched_comparison(DATA, match=MATCH, outcome=HIGHER)
    assert compared([]).to_json() == plain.to_json()
    assert "checks" not in plain.arguments
    assert "threshold" not in plain.arguments


def test_checks_move_no_figure_and_come_last_in_the_order_of_their_names() -> None:
    plain, effect = compared([]), compared([*reversed(ALL)], threshold="0.5")
    assert effect.means == plain.means
    assert effect.inference == plain.inference
    assert [one.name for one in effect.diagnostics] == [*(one.name for one in plain.diagnostics), *ALL]
    assert effect.arguments["checks"] == ALL
    assert effect.arguments["threshold"] == 0.5
    assert effekt.EffectEstimate.from_json(effect.to_json()).to_json() == effect.to_json()
    again = compared(ALL, DATA.sample(frac=1, random_state=5), threshold="0.5")
    assert again.to_json() == effect.to_json()


@pytest.mark.parametrize("method", ["nearest", "optimal"])
def test_bounds_are_those_of_the_pairs_of_the_match(method) -> None:
    match = effekt.match_controls(DATA, **MATCH, method=method)
    outcome = dict(zip(DATA["unit"].astype(str), DATA["outcome"], strict=True))
    differences = [outcome[one.treated] - outcome[one.control] for one in match.unit_table().pairs()]
    found = beside(compared(["rosenbaum_bounds"], match={"method": method}, threshold=1.5), "rosenbaum_bounds")
    alone = effekt.diagnostics.rosenbaum_bounds(differences, threshold=1.5, alternative="greater")
    assert found == alone
    assert found.values["gamma_limit"] > 1


@pytest.mark.parametrize(("outcome", "alternative"), [(HIGHER, "greater"), (LOWER, "less"), ("outcome", "greater")])
def test_bounds_are_against_what_is_better_or_what_was_found(outcome, alternative) -> None:
    assert (
        beside(compared(["rosenbaum_bounds"], outcome=outcome), "rosenbaum_bounds").values["alternative"] == alternative
    )
    turned = DATA.assign(outcome=-DATA["outcome"])
    if outcome == "outcome":
        found = beside(compared(["rosenbaum_bounds"], turned, outcome=outcome), "rosenbaum_bounds")
        assert found.values["alternative"] == "less"


def test_bounds_of_shares_are_those_of_mcnemars_test() -> None:
    match = effekt.match_controls(SHARES, **MATCH)
    outcome = dict(zip(SHARES["unit"].astype(str), SHARES["outcome"], strict=True))
    pairs = [outcome[one.treated] - outcome[one.control] for one in match.unit_table().pairs()]
    wins, losses = pairs.count(1), pairs.count(-1)
    assert 2 < wins + losses <= 50
    found = beside(compared(["rosenbaum_bounds"], SHARES), "rosenbaum_bounds")
    for gamma, p in zip(found.table["gamma"], found.table["p_upper"], strict=True):
        assert p == pytest.approx(mcnemar_upper_p(wins, wins + losses, gamma), rel=1e-10)


@pytest.mark.parametrize(
    "match", [{"ratio": 2}, {"method": "full"}, {"method": "optimal", "ratio": 2, "min_controls": 1, "max_controls": 3}]
)
def test_bounds_of_sets_are_those_of_the_sets_of_the_match(match) -> None:
    match = match | {"tie_orders": 2}
    units = effekt.match_controls(DATA, **MATCH | match).unit_table()
    outcome = dict(zip(DATA["unit"].astype(str), DATA["outcome"], strict=True))
    sets = {}
    for unit, treated, number in zip(units.units, units.treated, units.sets, strict=True):
        if number >= 0:
            sets.setdefault(number, []).append((outcome[str(unit)] - 1.5 * treated, bool(treated)))
    assert len({len(members) for members in sets.values()}) > 1 or "method" not in match
    found = beside(compared(["rosenbaum_bounds"], match=match, threshold="1.5"), "rosenbaum_bounds")
    wanted = [hidden_sets.upper_p(list(sets.values()), gamma) for gamma in found.table["gamma"]]
    assert found.table["p_upper"] == pytest.approx(wanted, rel=1e-8)
    assert found.values["n_sets"] == len(sets)
    assert hidden_sets.upper_p(list(sets.values()), found.values["gamma_limit"]) == pytest.approx(0.05, rel=1e-6)
    assert "within a matched set" in found.statement.en


def test_few_sets_have_no_bounds() -> None:
    few = DATA.groupby("treatment").head(9)
    found = beside(compared(["rosenbaum_bounds"], few, {"ratio": 1, "method": "full"}), "rosenbaum_bounds")
    assert found.status == "information"
    assert found.values["gamma_limit"] is None
    assert "at least 10 sets are needed within which the outcomes differ" in found.statement.en
    assert "det krävs minst 10 grupper där utfallen skiljer sig åt" in found.statement.sv
    shares = beside(compared(["rosenbaum_bounds"], SHARES, {"method": "full"}, threshold=0.1), "rosenbaum_bounds")
    assert "only a threshold of 0 can be tested" in shares.statement.en


@pytest.mark.parametrize(
    "match",
    [
        {},
        {"ratio": 2},
        {"replace": True},
        {"replace": True, "estimand": "ATE"},
        {"method": "full"},
        {"method": "subclassification", "subclasses": 3},
        {"estimand": "ATC"},
    ],
)
def test_the_robustness_value_is_that_of_the_weighted_regression(match) -> None:
    data = DATA.assign(treatment=1 - DATA["treatment"]) if match.get("estimand") == "ATC" else DATA
    rows, weights = rows_of(match, data)
    y, names = rows["outcome"].tolist(), MATCH["covariates"]
    columns = [rows["treatment"].tolist(), [1] * len(rows), *(rows[name].tolist() for name in names)]
    coefficients, left = weighted_regression(y, columns, weights)
    df = len(rows) - len(columns)
    error = (left / df / weighted_regression(columns[0], columns[1:], weights)[1]) ** 0.5
    found = beside(compared(["robustness_value"], data, match, outcome="outcome"), "robustness_value")
    assert found.values["estimate"] == pytest.approx(coefficients[0], rel=1e-10)
    assert found.values["std_error"] == pytest.approx(error, rel=1e-10)
    assert found.values["df"] == df
    assert found.values["robustness_value"] == pytest.approx(robustness(coefficients[0], error, df, 0), rel=1e-10)
    everyone = [[1] * len(data), *(data[name].tolist() for name in names)]
    pairs = {
        name: (
            partial_r2(data["treatment"].tolist(), everyone, [1] * len(data), 1 + i),
            partial_r2(y, columns, weights, 2 + i),
        )
        for i, name in enumerate(names)
    }
    alone = effekt.diagnostics.robustness_value(coefficients[0], error, df, benchmarks=pairs)
    assert found.table["benchmark"] == alone.table["benchmark"]
    for name in ("r2_treatment", "r2_outcome", "estimate"):
        for one, other in zip(found.table[name], alone.table[name], strict=True):
            assert one == (None if other is None else pytest.approx(other, rel=1e-8))


@pytest.mark.parametrize("match", [{}, {"method": "entropy_balancing"}, {"method": "full"}])
def test_the_e_value_is_that_of_the_ratio_of_the_means(match) -> None:
    effect = compared(["e_value"], match=match, threshold="1")
    found = beside(effect, "e_value").values
    ratio = effect.means.treated / effect.means.counterfactual
    moved = effect.means.counterfactual + 1
    assert found["e_value"] == pytest.approx(e_value(ratio * effect.means.counterfactual / moved), rel=1e-10)
    low = smallest_ratio(effect, moved)
    assert found["e_value_interval"] == pytest.approx(e_value(low) if low > 1 else 1.0, rel=1e-7)
    assert beside(effect, "e_value").statement.sv.startswith("En störfaktor kan flytta effekten till 1 bara med")


def test_without_an_interval_the_e_value_has_no_limit() -> None:
    found = beside(compared(["e_value"], match={"replace": True}), "e_value")
    assert found.values["e_value_interval"] is None
    assert "limit" not in found.statement.en


def test_an_interval_that_holds_the_threshold_says_so_in_both_checks() -> None:
    effect = compared(["robustness_value", "e_value"], threshold=2.5)
    assert effect.estimate > 2.5
    for name in ("robustness_value", "e_value"):
        found = beside(effect, name)
        assert found.status == "warning"
        own = {
            "robustness_value": "that regression's own 95% interval by its classical standard error",
            "e_value": "the confidence interval",
        }
        assert f"{own[name]} already holds it, so for the interval no confounding is needed" in found.statement.en
        assert "når redan dit, så för intervallet krävs ingen störfaktor" in found.statement.sv
    assert beside(effect, "e_value").values["e_value_interval"] == 1.0


def test_a_set_without_ends_holds_no_effect_all_the_same() -> None:
    rng = np.random.default_rng(8)
    data = DATA.assign(outcome=rng.exponential(size=len(DATA)) ** 6)
    effect = compared(["e_value"], data, {"method": "full"}, outcome="outcome")
    assert len(effect.ratio().confidence_interval(0.95).intervals) == 2
    found = beside(effect, "e_value")
    assert (found.values["conf_low"], found.values["e_value_interval"], found.status) == (None, 1.0, "warning")
    assert "interval already holds it" in found.statement.en


def test_an_estimate_that_falls_short_of_the_threshold_needs_nothing_hidden() -> None:
    effect = compared(ALL, threshold=30)
    for name in ALL:
        found = beside(effect, name)
        assert found.status == "warning"
        assert "Even with nothing hidden" in found.statement.en
        assert "ven utan något dolt" in found.statement.sv
    assert beside(effect, "e_value").values["e_value"] == 1.0
    assert beside(effect, "robustness_value").values["robustness_value"] == 0.0
    assert beside(effect, "oster_delta").values["delta"] == 0.0


def test_thresholds_are_in_the_unit_of_the_outcome() -> None:
    one = compared(ALL, threshold=1)
    ten = compared(ALL, DATA.assign(outcome=10 * DATA["outcome"]), threshold=10)
    for name, value in (("rosenbaum_bounds", "gamma_limit"), ("robustness_value", "robustness_value")):
        assert beside(ten, name).values[value] == pytest.approx(beside(one, name).values[value], rel=1e-7)
    assert beside(ten, "e_value").values["e_value"] == pytest.approx(beside(one, "e_value").values["e_value"])


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (
            {"checks": "e_value"},
            ArgumentError,
            "`checks` must be a list such as ['e_value']; got 'e_value'.",
        ),
        (
            {"checks": ["evalue"]},
            ArgumentError,
            "`checks` must be 'rosenbaum_bounds', 'robustness_value', 'marginal_sensitivity', 'oster_delta' or "
            "'e_value'; got 'evalue'. Did you mean 'e_value'?",
        ),
        (
            {"checks": ["e_value", "rosenbaum_bounds", "e_value"]},
            ArgumentError,
            "`checks` must name each check once; 'e_value' stands there twice. Leave one out.",
        ),
        (
            {"checks": [], "threshold": 1},
            ArgumentError,
            "`threshold` must be None without `checks`, which are all that use it; name a check.",
        ),
        (
            {"checks": ["e_value"], "threshold": -1},
            ArgumentError,
            "`threshold` must be at least 0 where higher is better, since it is the effect, treated minus "
            "counterfactual, that the finding must surpass; got -1.",
        ),
        (
            {"checks": ["e_value"], "threshold": "1", "outcome": LOWER},
            ArgumentError,
            "`threshold` must be at most 0 where lower is better, since it is the effect, treated minus "
            "counterfactual, that the finding must surpass; got 1.",
        ),
        (
            {"checks": ["rosenbaum_bounds"], "match": {"replace": True}},
            ArgumentError,
            "`checks` can hold 'rosenbaum_bounds' only for sets with one treated or one control that share nobody: "
            "method 'nearest' with replace=False, 'optimal' or 'full'; got method 'nearest' with replace=True. Ask for "
            "'robustness_value', 'oster_delta' or 'e_value'.",
        ),
        (
            {"checks": ["marginal_sensitivity"]},
            ArgumentError,
            "`checks` can hold 'marginal_sensitivity' only where units are weighted; method 'nearest' matches them. "
            "Ask for 'robustness_value', 'oster_delta' or 'e_value'.",
        ),
        (
            {"checks": ["marginal_sensitivity"], "match": {"method": "overlap", "estimand": "ATO"}},
            ArgumentError,
            "`checks` can hold 'marginal_sensitivity' only of weights that are an odds of treatment, or one more; "
            "those of method 'overlap' for the ATO are not. Ask for 'oster_delta' or 'e_value'.",
        ),
        (
            {"checks": ["marginal_sensitivity"], "match": {"method": "entropy_balancing", "estimand": "ATE"}},
            ArgumentError,
            "`checks` can hold 'marginal_sensitivity' only of weights that are an odds of treatment, or one more; "
            "those of method 'entropy_balancing' for the ATE are not. Ask for 'oster_delta' or 'e_value'.",
        ),
        (
            {"checks": ["robustness_value"], "match": {"method": "entropy_balancing"}},
            ArgumentError,
            "`checks` can hold 'robustness_value' only where units are matched; method 'entropy_balancing' weights "
            "them. Ask for 'marginal_sensitivity', 'oster_delta' or 'e_value'.",
        ),
    ],
)
def test_what_is_refused(arguments, error, message) -> None:
    with pytest.raises(error) as raised:
        compared(**arguments)
    assert str(raised.value) == message


@pytest.mark.parametrize(
    ("match", "works"),
    [
        ({"method": "subclassification", "subclasses": 3}, ["robustness_value", "oster_delta", "e_value"]),
        ({"method": "inverse_probability"}, ["marginal_sensitivity", "oster_delta", "e_value"]),
        ({"method": "overlap", "estimand": "ATO"}, ["oster_delta", "e_value"]),
        ({"method": "entropy_balancing", "estimand": "ATE"}, ["oster_delta", "e_value"]),
    ],
)
def test_in_place_of_bounds_the_checks_that_work_are_named(match, works) -> None:
    with pytest.raises(ArgumentError) as raised:
        compared(["rosenbaum_bounds"], match=match)
    named = ", ".join(map(repr, works[:-1])) + f" or {works[-1]!r}"
    assert str(raised.value).endswith(f"; got method {match['method']!r}. Ask for {named}.")
    assert [one.name for one in compared(works, match=match).diagnostics[-len(works) :]] == works


def test_a_table_without_the_covariates_has_no_benchmarks() -> None:
    match = effekt.match_controls(DATA, **MATCH)
    table = DATA[["unit", "treatment", "outcome"]]
    with pytest.raises(DataError) as raised:
        effekt.matched_comparison(table, match=match, outcome=HIGHER, checks=["robustness_value"])
    assert str(raised.value) == (
        "The table must have the covariates of the match for checks=['robustness_value']. Give the table that the "
        "match was made on, or leave the check out."
    )
    effect = effekt.matched_comparison(table, match=match, outcome=HIGHER, checks=["rosenbaum_bounds", "e_value"])
    assert beside(effect, "e_value") == beside(compared(["e_value"]), "e_value")


def test_arguments_are_plain() -> None:
    assert json.loads(compared(ALL, threshold="0.25").to_json())["arguments"]["checks"] == ALL
    assert np.isfinite(compared(ALL).estimate)


def test_a_matched_unit_without_its_covariates_has_no_robustness_value() -> None:
    match = effekt.match_controls(DATA, **MATCH, missing="drop")
    gone = next(iter(match.weights))
    table = DATA.assign(baseline=DATA["baseline"].where(DATA["unit"].astype(str) != gone))
    effect = effekt.matched_comparison(table, match=match, outcome=HIGHER, checks=["robustness_value"])
    found = beside(effect, "robustness_value")
    assert found.status == "information"
    assert "the covariates of some matched unit are missing in the table" in found.statement.en
    assert effect.estimate == effekt.matched_comparison(DATA, match=match, outcome=HIGHER).estimate


@pytest.mark.parametrize(
    ("check", "arguments", "en", "sv"),
    [
        (
            "oster_delta",
            {"data": DATA.assign(outcome=DATA["baseline"])},
            "This check cannot be made of these data: the outcome and the covariates must vary, and the covariates "
            "neither be collinear with each other or the treatment nor explain the outcome without remainder, among "
            "those with an outcome. The figure itself does not depend on it.",
            "Kontrollen kan inte göras med dessa data: utfallet och kovariaten måste variera, och kovariaten får "
            "varken vara linjärt beroende av varandra eller av behandlingen eller förklara utfallet helt, bland dem "
            "som har ett utfall. Siffran i sig beror inte av den.",
        ),
        (
            "rosenbaum_bounds",
            {"threshold": 0.1, "data": SHARES},
            "This check cannot be made of these data: all outcomes are 0 or 1, and no effect but none can then be the "
            "same for everybody, so that only a threshold of 0 can be tested. The figure itself does not depend on it.",
            "Kontrollen kan inte göras med dessa data: alla utfall är 0 eller 1, och då kan ingen annan effekt än "
            "ingen vara densamma för alla, så bara tröskeln 0 kan prövas. Siffran i sig beror inte av den.",
        ),
        (
            "rosenbaum_bounds",
            {"data": DATA.assign(outcome=DATA["baseline"] * 0 + 7)},
            "This check cannot be made of these data: from 2 to 5000 pairs are needed, some of which differ by another "
            "amount than the threshold. The figure itself does not depend on it.",
            "Kontrollen kan inte göras med dessa data: det krävs mellan 2 och 5000 par, av vilka några skiljer sig med "
            "något annat än tröskeln. Siffran i sig beror inte av den.",
        ),
        (
            "e_value",
            {"data": DATA.assign(outcome=-DATA["outcome"])},
            "This check cannot be made of these data: it compares ratios, and both means, and the counterfactual with "
            "the threshold added, would have to be above zero. The figure itself does not depend on it.",
            "Kontrollen kan inte göras med dessa data: den jämför kvoter, och båda medelvärdena, och det "
            "kontrafaktiska med tröskeln inräknad, skulle behöva vara större än noll. Siffran i sig beror inte av den.",
        ),
        (
            "e_value",
            {"data": DATA.assign(outcome=DATA["outcome"] * DATA["treatment"])},
            "This check cannot be made of these data: it compares ratios, and both means, and the counterfactual with "
            "the threshold added, would have to be above zero. The figure itself does not depend on it.",
            None,
        ),
        (
            "robustness_value",
            {"data": DATA.assign(outcome=DATA["baseline"])},
            "This check cannot be made of these data: its regression needs more units than terms, covariates that are "
            "not collinear among those compared, and an outcome that they do not explain without remainder. The figure "
            "itself does not depend on it.",
            "Kontrollen kan inte göras med dessa data: dess regression kräver fler enheter än termer, kovariat som "
            "inte är linjärt beroende bland de jämförda och ett utfall som de inte förklarar helt. Siffran i sig beror "
            "inte av den.",
        ),
    ],
)
def test_what_the_data_make_impossible_takes_no_figure_away(check, arguments, en, sv) -> None:
    effect = compared([check], **arguments)
    found = beside(effect, check)
    assert found.status == "information"
    assert found.statement.en == en
    assert sv is None or found.statement.sv == sv
    kept = {name: value for name, value in found.values.items() if value is not None}
    line = 1.0 if check == "e_value" else arguments.get("threshold", 0.0)  # of a ratio what it would be held against
    assert kept == {"threshold": line, **({"scale": "risk_ratio"} if len(kept) == 2 else {})}
    assert set(found.values) <= set(beside(compared([check]), check).values)
    plain = compared([], **{name: value for name, value in arguments.items() if name != "threshold"})
    assert effect.means == plain.means
    assert effect.inference == plain.inference


@pytest.mark.parametrize("matched", range(2, 7))
def test_checks_of_a_few_units_take_no_figure_away(matched) -> None:
    few = DATA[DATA["unit"].isin([*DATA["unit"][DATA["treatment"] == 1][:matched], *DATA["unit"][-60:]])]
    few = few.assign(outcome=(few["outcome"] > few["outcome"].median()).astype(float))
    effect = compared(ALL, few)
    assert {one.name for one in effect.diagnostics} >= set(ALL)


# --- Oster's δ --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "match", [{}, {"replace": True, "estimand": "ATE"}, {"method": "entropy_balancing"}, {"caliper": 0.05}]
)
def test_osters_delta_is_that_of_everybody_before_the_match(match) -> None:
    found = beside(compared(["oster_delta"], match=match, threshold="0.5"), "oster_delta")
    covariates = DATA[MATCH["covariates"]].to_numpy()
    arrays = DATA["outcome"].to_numpy(), DATA["treatment"].to_numpy(float)
    design = np.column_stack([np.ones(len(DATA)), arrays[1], covariates])
    beta, left = np.linalg.lstsq(design, arrays[0], rcond=None)[:2]
    r2 = 1 - left[0] / np.sum((arrays[0] - arrays[0].mean()) ** 2)
    assert 0.1 < 1.3 * r2 < 1
    alone = effekt.diagnostics.oster_delta(*arrays, covariates=covariates, r2_max=1.3 * r2, threshold=0.5)
    assert found.values["estimate"] == pytest.approx(beta[1], rel=1e-10)
    assert found.values["r2_max"] == pytest.approx(1.3 * r2, rel=1e-10)
    assert found.values["delta"] == pytest.approx(alone.values["delta"], rel=1e-7)
    assert found.values["short_estimate"] == pytest.approx(
        arrays[0][arrays[1] == 1].mean() - arrays[0][arrays[1] == 0].mean(), rel=1e-10
    )
    assert found.statement.en.startswith(
        "Of the regression on treatment and the covariates among the 240 before the match, whose effect is "
    )
    assert found.statement.sv.startswith("För regressionen på behandling och kovariat bland de 240 före matchningen,")


def test_osters_delta_leaves_out_those_without_an_outcome_and_nobody_else() -> None:
    gone = DATA["outcome"].where(np.arange(len(DATA)) % 9 > 0)
    found = beside(compared(["oster_delta"], DATA.assign(outcome=gone), missing="drop"), "oster_delta")
    assert f"among the {int(gone.notna().sum())} before the match" in found.statement.en
    shuffled = DATA.assign(outcome=gone).sample(frac=1, random_state=3)
    assert beside(compared(["oster_delta"], shuffled, missing="drop"), "oster_delta") == found


def test_osters_delta_needs_the_covariates() -> None:
    match = effekt.match_controls(DATA, **MATCH)
    with pytest.raises(DataError) as raised:
        effekt.matched_comparison(
            DATA[["unit", "treatment", "outcome"]], match=match, outcome=HIGHER, checks=["oster_delta"]
        )
    assert str(raised.value) == (
        "The table must have the covariates of the match for checks=['oster_delta']. Give the table that the match was "
        "made on, or leave the check out."
    )


# --- a relative threshold -------------------------------------------------------------------------------------------

RELATIVE = {"threshold": "0.05", "threshold_view": "relative"}


def scaled(data, by=1.05):
    """The treated's outcomes as they would be without an effect of five per cent."""
    return data.assign(outcome=np.where(data["treatment"] == 1, data["outcome"] / by, data["outcome"]))


def test_a_relative_threshold_is_one_of_zero_where_the_treated_are_divided_by_it() -> None:
    effect = compared(ALL, **RELATIVE)
    assert effect.relative().estimate > 0.05
    outcome = dict(zip(scaled(DATA)["unit"].astype(str), scaled(DATA)["outcome"], strict=True))
    pairs = effekt.match_controls(DATA, **MATCH).unit_table().pairs()
    alone = effekt.diagnostics.rosenbaum_bounds([outcome[one.treated] - outcome[one.control] for one in pairs])
    bounds = beside(effect, "rosenbaum_bounds")
    for name in ("gamma_limit", "p_value", "statistic"):
        assert bounds.values[name] == pytest.approx(alone.values[name], rel=1e-9)
    assert bounds.table["beyond_low"] == pytest.approx(alone.table["estimate_low"])
    rows, weights = rows_of(data=scaled(DATA))
    columns = [rows["treatment"].tolist(), [1] * len(rows), *(rows[name].tolist() for name in MATCH["covariates"])]
    coefficients, left = weighted_regression(rows["outcome"].tolist(), columns, weights)
    df = len(rows) - len(columns)
    error = (left / df / weighted_regression(columns[0], columns[1:], weights)[1]) ** 0.5
    found = beside(effect, "robustness_value").values
    assert found["robustness_value"] == pytest.approx(robustness(coefficients[0], error, df, 0), rel=1e-9)
    assert (found["beyond"], found["std_error"]) == pytest.approx((coefficients[0], error), rel=1e-9)
    assert "estimate" not in found
    everyone = scaled(DATA)
    arrays = everyone["outcome"].to_numpy(), everyone["treatment"].to_numpy()
    covariates = everyone[MATCH["covariates"]].to_numpy(dtype=float)
    r2 = effekt.diagnostics.oster_delta(*arrays, covariates=covariates, r2_max=1.0).values["r2"]
    other = effekt.diagnostics.oster_delta(*arrays, covariates=covariates, r2_max=min(1.0, 1.3 * r2))
    assert beside(effect, "oster_delta").values["delta"] == pytest.approx(other.values["delta"], rel=1e-8)
    ratio = effect.means.treated / effect.means.counterfactual
    assert beside(effect, "e_value").values["e_value"] == pytest.approx(e_value(ratio / 1.05), rel=1e-10)
    for name in ALL[:-1]:
        values = beside(effect, name).values
        assert (values["threshold"], values["threshold_view"]) == (0.05, "relative")
        assert "a relative effect" in beside(effect, name).statement.en
        assert "relativ effekt" in beside(effect, name).statement.sv
        assert "5%" in beside(effect, name).statement.en
    assert effekt.EffectEstimate.from_json(effect.to_json()) == effect
    assert effekt.matched_comparison(DATA, match=MATCH, outcome=HIGHER, checks=ALL, **RELATIVE) == effect


@pytest.mark.parametrize("match", [{}, {"method": "full"}])
def test_an_improvement_is_the_effect_with_its_sign(match) -> None:
    """Where lower is better an improvement of 2 per cent is a relative effect of −2 per cent."""
    data = DATA.assign(outcome=2 * DATA["outcome"].max() - DATA["outcome"])
    better = compared(ALL, data, match, outcome=LOWER, threshold="0.02", threshold_view="relative_improvement")
    plain = compared(ALL, data, match, outcome=LOWER, threshold="-0.02", threshold_view="relative")
    units = compared(ALL, data, match, outcome=LOWER, threshold="0.5", threshold_view="improvement")
    less = compared(ALL, data, match, outcome=LOWER, threshold="-0.5")
    limits = (("rosenbaum_bounds", "gamma_limit"), ("robustness_value", "robustness_value"), ("oster_delta", "delta"))
    for name, value in (*limits, ("e_value", "e_value")):
        assert beside(better, name).values[value] == beside(plain, name).values[value]
        assert beside(units, name).values[value] == beside(less, name).values[value]
        assert beside(better, name).values[value] is not None
    for name in ALL:
        assert "a relative improvement of " in beside(better, name).statement.en
        assert "en relativ förbättring på " in beside(better, name).statement.sv
        assert "2%" in beside(better, name).statement.en
        assert "an improvement of " in beside(units, name).statement.en
    by_hand = scaled(data, by=0.98)
    assert beside(better, "rosenbaum_bounds").values["p_value"] == pytest.approx(
        beside(compared(["rosenbaum_bounds"], by_hand, match, outcome=LOWER), "rosenbaum_bounds").values["p_value"]
    )


def test_a_relative_threshold_that_the_estimate_falls_short_of_needs_nothing_hidden() -> None:
    effect = compared(ALL, threshold="3", threshold_view="relative_improvement")
    for name in ALL:
        found = beside(effect, name)
        assert found.status == "warning"
        assert "Even with nothing hidden" in found.statement.en
        assert "300%" in found.statement.en
    assert beside(effect, "oster_delta").statement.sv.endswith(
        "Även utan något dolt når skattningen inte förbi en relativ förbättring på 300\N{NO-BREAK SPACE}%."
    )


def test_ranks_of_outcomes_below_zero_and_means_that_are_have_no_relative_threshold() -> None:
    below = DATA.assign(outcome=DATA["outcome"] - DATA["outcome"].quantile(0.1))
    effect = compared(ALL, below, **RELATIVE)
    assert "ranks of a relative threshold need outcomes" in beside(effect, "rosenbaum_bounds").statement.en
    assert beside(effect, "robustness_value").values["robustness_value"] > 0
    means = compared(ALL, DATA.assign(outcome=DATA["outcome"] - 60), **RELATIVE)
    for name in ALL:
        found = beside(means, name)
        assert found.status == "information"
        assert "This check cannot be made of these data" in found.statement.en
    assert "a relative threshold needs both means to be above zero" in beside(means, "oster_delta").statement.en
    shares = beside(compared(["rosenbaum_bounds"], SHARES, **RELATIVE), "rosenbaum_bounds")
    assert "only a threshold of 0 can be tested" in shares.statement.en


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"threshold": "0.1", "threshold_view": 1},
            "`threshold_view` must be 'difference', 'improvement', 'relative' or 'relative_improvement'; got 1.",
        ),
        (
            {"threshold_view": "relative"},
            "`threshold_view` must be None without `threshold`, which it is the view of; got 'relative'. Give the "
            "threshold too.",
        ),
        (
            {"threshold": "-0.1", "threshold_view": "relative_improvement"},
            "`threshold` must be at least 0 where `threshold_view` is 'relative_improvement', since it is what the "
            "finding must surpass; got -0.1.",
        ),
        (
            {"threshold": "12", "threshold_view": "relative_improvement", "outcome": LOWER},
            "`threshold` must leave the treated's mean above 0 where `threshold_view` is 'relative_improvement': it is "
            "a share of the counterfactual, such as 0.12 for 12 per cent; got 12.",
        ),
        (
            {"threshold": "0.1", "threshold_view": "improvement", "outcome": "outcome"},
            "`threshold_view` can be 'improvement' only where it is known what is better; give "
            "outcome=Outcome(column, better=...), or take another view.",
        ),
    ],
)
def test_views_of_thresholds_that_are_refused(arguments, message) -> None:
    with pytest.raises(ArgumentError) as found:
        compared(["e_value"], **arguments)
    assert str(found.value) == message
