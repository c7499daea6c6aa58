"""Weightings as matches: frozen without the outcome, joined to it later, refused when anything is not as it was."""

from __future__ import annotations

import json
import math
import shutil

import numpy as np
import pandas as pd
import pytest
from causaldata import nsw_mixtape
from helpers import assert_valid_effect
from hypothesis import given, settings
from hypothesis import strategies as st

import effekt
from effekt import workflow
from effekt._inference import StudentT, Unavailable
from effekt.certificates import DEMO_KEY
from effekt.certificates.evidence import WEIGHTINGS, evidence_of
from effekt.diagnostics.balance import effective_size
from effekt.diagnostics.overlap import propensity_overlap
from effekt.estimators._m_estimation import standardised
from effekt.estimators._propensity import fit_propensity
from effekt.estimators.matching import laws
from effekt.estimators.matching.arguments import as_options
from effekt.estimators.matching.controls import _design as design_of
from effekt.estimators.matching.controls import _propensity as propensity_of
from effekt.estimators.matching.controls import read_cohort
from effekt.estimators.matching.design import Assigned
from effekt.estimators.weighting import TARGETS, fit_weights, weighted_means
from effekt.exceptions import ArgumentError, DataError

EVERY = [(method, estimand) for method, estimands in TARGETS.items() for estimand in estimands]
NAMES = ["age", "past", "kids"]
ROLES = {"unit": "unit", "treatment": "d", "covariates": NAMES}
DAYS = effekt.Outcome(column="days", unit="days", better="lower")


def cohort(n=60, seed=3):
    """Covariates of many values, of many values and of two; units in no order."""
    rng = np.random.default_rng(seed)
    d = (rng.random(n) < 0.45).astype(int)
    columns = {
        "unit": [f"u{i:03d}" for i in rng.permutation(n)],
        "d": d,
        "age": np.round(40 + 4 * d + 10 * rng.normal(0, 1, n), 1),
        "past": np.round(rng.gamma(2, 4 + d), 2),
        "kids": (rng.random(n) < 0.4).astype(int),
    }
    columns["days"] = np.round(20 + 0.1 * columns["age"] + columns["past"] - 2 * d + rng.normal(0, 3, n), 2)
    return pd.DataFrame(columns)


def arrays(data, columns=NAMES):
    rows = data.sort_values("unit")
    return rows["days"].to_numpy(float), rows["d"].to_numpy() == 1, rows[columns].to_numpy(float)


def matched(data, method="entropy_balancing", estimand="ATT", **options):
    return effekt.match_controls(data, **ROLES, method=method, estimand=estimand, **options)


def compared(data, match, **options):
    return effekt.matched_comparison(data, match=match, outcome=DAYS, **options)


def codes(effect):
    return {note.code: note.text for note in effect.notes}


# --- the same numbers -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("moments", [None, 1, 2])
@pytest.mark.parametrize(("method", "estimand"), EVERY)
def test_a_comparison_is_weighted_means_of_arrays(method, estimand, moments):
    data = cohort()
    y, treated, x = arrays(data)
    if moments == 2:
        x = np.column_stack([x, standardised(x)[:, 1:3] ** 2])
    weighting = fit_weights(treated, x, [*"abcde"][: x.shape[1]], method=method, estimand=estimand)
    means, inference = weighted_means(y, weighting)
    match = matched(data, method, estimand, moments=moments)
    effect = compared(data, match)
    assert effect.means == means
    assert isinstance(inference, StudentT)
    assert effect.inference == inference
    assert (effect.exact, effect.variance, effect.estimand.name) == (None, "m_estimation/1", estimand)
    assert [effect.sample.n_treated, effect.sample.n_control] == [int(treated.sum()), int((~treated).sum())]
    weights = np.array([match.weights[unit] for unit in sorted(data["unit"])])
    for arm in (treated, ~treated):
        assert weights[arm] / weights[arm].sum() == pytest.approx(weighting.shares[arm], rel=1e-12)
        size = {"ATT": treated.sum(), "ATC": (~treated).sum()}.get(estimand, 60)
        assert math.fsum(weights[arm]) == pytest.approx(size, rel=1e-12)
    assert_valid_effect(effect)
    assert effekt.matched_comparison(data, **effect.arguments) == effect


@pytest.mark.parametrize("options", [{}, {"moments": 2}, {"discard": (0.35, 0.6)}])
@pytest.mark.parametrize(("method", "estimand"), EVERY)
def test_the_coefficients_are_those_of_the_weights(method, estimand, options):
    """The log odds that are written down weigh as the page's table has it; entropy balancing has two for the ATE."""
    data = cohort(n=120)
    match = matched(data, method, estimand, **options)
    if (method, estimand) == ("entropy_balancing", "ATE"):
        assert (match.intercept, match.coefficients) == (None, {})
        return
    weight = data["unit"].map(match.weights)
    kept = data[weight > 0].sort_values("unit")
    assert ("discard" in options) == (len(kept) < len(data))
    terms = kept[NAMES].to_numpy(float)
    if "moments" in options:
        terms = np.column_stack([terms, standardised(terms)[:, 1:3] ** 2])
    assert list(match.coefficients)[: len(NAMES)] == NAMES
    odds = np.exp(match.intercept + terms @ np.array(list(match.coefficients.values())))
    one = np.ones(len(kept))
    treated, controls = {
        "ATT": (one, odds),
        "ATC": (1 / odds, one),
        "ATE": (1 + 1 / odds, 1 + odds),
        "ATO": (1 / (1 + odds), 1 / (1 + 1 / odds)),
    }[estimand]
    found = weight[kept.index].to_numpy()
    for arm, wanted in ((kept["d"] == 1, treated), (kept["d"] == 0, controls)):
        assert found[arm] / found[arm].sum() == pytest.approx(wanted[arm] / wanted[arm].sum(), rel=1e-8)


@pytest.mark.parametrize(("method", "estimand"), EVERY)
def test_balance_overlap_and_spread_are_of_the_weights(method, estimand):
    data = cohort()
    _, treated, x = arrays(data)
    match = matched(data, method, estimand)
    weights = np.array([match.weights[unit] for unit in sorted(data["unit"])])
    assert match.spread.values["effective_controls"] == pytest.approx(effective_size(weights[~treated]), rel=1e-12)
    assert match.balance.values["effective_treated_after"] == match.spread.values["effective_treated"]
    wanted = {"ATT": "treated", "ATC": "control"}.get(estimand, "pooled")
    assert match.balance.table["denominator"] == (wanted,) * 3
    if method != "inverse_probability":
        assert match.balance.table["ecdf_max_after"][2] == 0  # of two values: alike when the means are
        assert match.balance.values["largest_smd_after"] == 0
    again = propensity_overlap(
        logit=fit_propensity(treated, x, NAMES).logit,
        treated=treated,
        strata=np.zeros(60, int),
        weights=weights,
        estimand=estimand,
        adjustment="weighting",
    )
    assert match.overlap.values.keys() == again.values.keys()
    for name, value in again.values.items():
        assert match.overlap.values[name] == (None if value is None else pytest.approx(value, rel=1e-9))
    for text in (match.balance.statement, match.overlap.statement):
        assert "match" not in text.en + text.sv


def test_overlap_of_the_overlap_weights_counts_by_weight():
    logit = np.array([0.0, 0.1, 3.0, 0.05, 0.0, -3.0])
    treated = np.array([True] * 3 + [False] * 3)
    found = propensity_overlap(
        logit=logit,
        treated=treated,
        strata=np.zeros(6, int),
        weights=np.array([4.0, 4.0, 2.0, 2.0, 2.0, 4.0]),
        estimand="ATO",
        adjustment="weighting",
    )
    assert found.values["share_outside"] == pytest.approx((0.6 + 0.5) / 2)  # 0.1 and 3 lie beyond 0.05, −3 below 0
    assert found.values["share_without_close"] == pytest.approx((0.2 + 0.5) / 2)
    assert found.values["effective_others"] == pytest.approx(64 / 24)
    assert found.values["effective_per_unit"] == pytest.approx((64 / 24) / (100 / 36))
    assert "35.0% of the units, by weight, have no unit of the other arm within" in found.statement.en
    assert "35,0\u00a0% av enheterna, räknat i vikt, saknar enhet i den andra gruppen inom" in found.statement.sv


def test_two_moments_make_variances_alike():
    one, two = matched(cohort()), matched(cohort(), moments=2)
    assert two.balance.table["covariate"] == (*NAMES, "age²", "past²")
    assert one.balance.table["covariate"] == tuple(NAMES)
    assert two.balance.values["largest_smd_after"] == 0
    ratios = [match.balance.table["variance_ratio_after"][0] for match in (one, two)]
    assert abs(ratios[1] - 1) < 0.05 < abs(ratios[0] - 1)
    assert list(two.coefficients) == [*NAMES, "age²", "past²"]
    assert "and squares" in two.summary()
    assert "och kvadrater" in two.summary("sv")


def test_weights_are_of_the_units_within_the_common_support():
    data = cohort(n=80, seed=5)
    match = matched(data, "inverse_probability", "ATE", discard="both")
    assert match.counts.discarded == 80 - len(match.weights) > 0
    kept = data[data["unit"].isin(match.weights)]
    y, treated, x = arrays(kept)
    means, _ = weighted_means(y, fit_weights(treated, x, NAMES, method="inverse_probability", estimand="ATE"))
    effect = compared(data, match)
    assert effect.means == means
    assert {"unmatched", "discarded", "common_support", "unconfounded"} <= codes(effect).keys()
    n = len(kept)
    assert effect.estimand.population.en == f"the {n} compared of 80 units"
    assert effect.estimand.population.sv == f"de {n} jämförda av 80 enheter"
    assert codes(effect)["unmatched"].en == (
        f"{80 - n} of 80 units are left out, and the effect is that among those who remain."
    )
    assert_valid_effect(effect)


# --- what must be so --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("method", "estimand"), EVERY)
def test_row_order_does_not_move_a_bit(method, estimand):
    data = cohort(n=40, seed=11)
    match = matched(data, method, estimand)
    effect = compared(data, match)
    rng = np.random.default_rng(0)
    for _ in range(100 // len(EVERY) + 1):
        shuffled = data.iloc[rng.permutation(40)]
        again = matched(shuffled, method, estimand)
        assert (again.to_json(), again.units_to_json()) == (match.to_json(), match.units_to_json())
        assert compared(shuffled, again).to_json() == effect.to_json()
        assert compared(shuffled, match).to_json() == effect.to_json()


def test_a_frozen_weighting_comes_back_and_joins_a_later_table():
    data = cohort()
    match = matched(data, "overlap", "ATO", salt="2024")
    text, units = match.to_json(), match.units_to_json()
    assert not any(unit in text for unit in data["unit"])
    assert json.loads(text)["spread"]["name"] == "weight_spread"
    back = effekt.Match.from_json(text)
    assert back == match
    with pytest.raises(ArgumentError, match="holds no units"):
        compared(data, back)
    later = data.iloc[::-1].assign(extra=1.0)
    later = pd.concat([later, later.iloc[:3].assign(unit=["n1", "n2", "n3"])])  # people who came afterwards
    assert compared(later, back.with_units(units)).means == compared(data, match).means
    assert match.sets is None
    assert match.pairs == ()
    assert (match.counts.pairs, match.counts.sets, match.counts.set_sizes) == (0, 0, ())
    with pytest.raises(ArgumentError, match="must be the units of this match, unchanged"):
        back.with_units(units.replace('"u000"', '"u00x"'))


def test_matches_of_pairs_are_written_as_before():
    match = matched(cohort(), "nearest")
    assert "spread" not in json.loads(match.to_json())
    assert match.spread is None
    assert effekt.Match.from_json(match.to_json()) == match


def test_relabelling_units_moves_nothing_beyond_rounding():
    data = cohort()
    other = data.assign(unit=[f"z{i}" for i in range(60)])
    first, second = (compared(one, matched(one)) for one in (data, other))
    assert second.estimate == pytest.approx(first.estimate, rel=1e-10)
    assert second.std_error == pytest.approx(first.std_error, rel=1e-9)


@given(st.sampled_from(EVERY), st.floats(-1e3, 1e3), st.floats(0.01, 100), st.sampled_from([-1, 1]))
@settings(max_examples=40)
def test_the_effect_moves_with_the_outcome(which, shift, scale, sign):
    data = cohort()
    match = matched(data, *which)
    first = compared(data, match)
    second = compared(data.assign(days=shift + sign * scale * data["days"]), match)
    size = scale * abs(first.treated_mean) + abs(shift)
    assert second.estimate == pytest.approx(sign * scale * first.estimate, abs=1e-11 * size)
    assert second.std_error == pytest.approx(scale * first.std_error, rel=1e-9, abs=1e-11 * size)


def test_the_outcome_cannot_move_the_weights():
    data = cohort()
    assert matched(data) == matched(data.assign(days=0.0)) == matched(data.drop(columns="days"))


# --- missing values ---------------------------------------------------------------------------------------------------


def test_without_some_outcomes_weights_are_fitted_again_and_say_so():
    data = cohort()
    match = matched(data)
    lost = data["unit"].isin(["u001", "u002", "u003"])
    holes = data.assign(days=data["days"].where(~lost))
    with pytest.raises(DataError, match="Column 'days'"):
        compared(holes, match)
    effect = compared(holes, match, missing="drop")
    whole = compared(data[~lost], matched(data[~lost]))
    assert effect.means == whole.means
    assert effect.inference == whole.inference
    assert effect.diagnostics[:3] == whole.diagnostics[:3]
    gone = int(data.loc[lost, "d"].sum())
    assert codes(effect)["missing_outcomes"].en == (
        f"Left out for a missing outcome: 3 units, of which {gone} treated; the weights are not those of the match but "
        "were fitted again, in the same way, to the units that remain, and the effect is among them."
    )
    assert codes(effect)["missing_outcomes"].sv.startswith("Uteslutna på grund av utfall som saknas: 3 enheter, varav")
    assert effect.sample.n_dropped == 3
    treated = int(data["d"].sum())
    assert effect.estimand.population.en == f"the {treated - gone} compared of {treated} treated units"
    assert "missing_outcomes" not in codes(compared(data, match, missing="drop"))
    assert_valid_effect(effect)


def test_units_without_covariates_are_dropped_and_counted():
    data = cohort()
    data.loc[data["unit"] == "u005", "age"] = math.nan
    match = matched(data, missing="drop")
    assert (match.counts.dropped, len(match.weights)) == (1, 59)
    effect = compared(data, match)
    assert effect.sample.n_dropped == 1
    assert effect.means == compared(data[data["unit"] != "u005"], match).means


def test_too_few_equal_weights_have_no_inference():
    data = cohort(n=60, seed=3)
    few = pd.concat([data[data["d"] == 1].iloc[:5], data[data["d"] == 0]])
    effect = compared(few, matched(few, "inverse_probability"))
    assert isinstance(effect.inference, Unavailable)
    assert effect.variance == "none/1"
    assert codes(effect)["large_weights"].en.startswith("After weighting the treated count as 5.0 and")
    assert_valid_effect(effect)


# --- words ------------------------------------------------------------------------------------------------------------

HEAD = {
    "en": "26 of 26 treated units are compared with 34 of 34 controls: ",
    "sv": "26 av 26 behandlade enheter jämförs med 34 av 34 kontroller: ",
}
SAID = {
    ("entropy_balancing", "ATT"): (
        "weighted by entropy balancing to the means of age, past, kids among the treated.",
        "vägda med entropibalansering till medelvärdena av age, past, kids bland de behandlade.",
    ),
    ("covariate_balancing_propensity", "ATC"): (
        "weighted to stand for the controls, by a propensity that gives both arms the same means of age, past, kids.",
        "vägda så att de motsvarar kontrollerna, efter en sannolikhet att behandlas som ger båda grupperna samma "
        "medelvärden av age, past, kids.",
    ),
    ("inverse_probability", "ATE"): (
        "weighted to stand for all units, by the inverse of the probability of their arm given age, past, kids.",
        "vägda så att de motsvarar alla enheter, med den inverterade sannolikheten för den egna gruppen givet age, "
        "past, kids.",
    ),
    ("inverse_probability", "ATT"): (
        "weighted to stand for the treated, the controls by their odds of treatment given age, past, kids.",
        "vägda så att de motsvarar de behandlade, kontrollerna efter sitt odds för behandling givet age, past, kids.",
    ),
    ("inverse_probability", "ATC"): (
        "weighted to stand for the controls, the treated by their odds of no treatment given age, past, kids.",
        "vägda så att de motsvarar kontrollerna, de behandlade efter sitt odds för ingen behandling givet age, past, "
        "kids.",
    ),
    ("overlap", "ATO"): (
        "weighted by the probability of the other arm given age, past, kids.",
        "vägda efter sannolikheten för den andra gruppen givet age, past, kids.",
    ),
}


@pytest.mark.parametrize("which", SAID)
def test_summary_in_both_languages(which):
    data = cohort()
    n = int(data["d"].sum())
    match = matched(data, *which)
    for lang, said in zip(("en", "sv"), SAID[which], strict=True):
        head = HEAD[lang].replace("26", str(n)).replace("34", str(60 - n))
        lines = match.summary(lang).splitlines()
        assert lines[0] == head + said
        assert match.spread.statement.in_language(lang) in lines
    assert repr(match) == f"Match({n} of {n} treated, {60 - n} controls)"


def test_the_population_of_the_overlap_is_named():
    data = cohort()
    population = compared(data, matched(data, "overlap", "ATO")).estimand.population
    assert population.en == "the 60 units, weighted towards those who could have been in either arm"
    assert population.sv == "de 60 enheterna, med störst vikt för dem som kunde ha hamnat i endera gruppen"


def test_what_was_compared_is_told():
    effect = compared(cohort(), matched(cohort()))
    assert [check.name for check in effect.diagnostics] == [
        "covariate_balance",
        "propensity_overlap",
        "weight_spread",
        "matched_sample",
    ]
    assert effect.diagnostics[-1].statement.en.endswith("controls have weight.")
    assert "units_digest" not in effect.diagnostics[-1].values
    for lang in ("en", "sv"):
        assert "par" not in effect.summary(lang).split()
        assert "pair" not in effect.summary(lang)


# --- a contract -------------------------------------------------------------------------------------------------------

ANALYSIS = """    method: matched_comparison
    data: nsw
    match:
      unit: unit
      treatment: treat
      covariates: [age, educ, re74, re75]
      exact: []
      method: {method}
      distance: propensity
      caliper: none
      ratio: 1
      replace: false
      estimand: {estimand}
      salt: lock
      tie_orders: 100
      moments: 1
      missing: raise
    outcome: {{column: re78, unit: "USD a year", better: higher}}
    variance: m_estimation
    missing: raise
"""


@pytest.mark.parametrize(("method", "estimand"), [("entropy_balancing", "ATT"), ("overlap", "ATO")])
def test_a_contract_on_a_weighting_is_settled_and_verified(tmp_path, method, estimand):
    folder = tmp_path / "weighted"
    shutil.copytree(workflow.case("nsw"), folder)
    data = nsw_mixtape.load_pandas().data
    data.assign(unit=[f"u{i}" for i in range(len(data))]).to_csv(folder / "nsw.csv", index=False)
    text = (folder / "contract.yaml").read_text(encoding="utf-8")
    before, rest = text.split("    method: randomized_trial\n")
    figures = rest[rest.index("figures:") :]
    text = before + ANALYSIS.format(method=method, estimand=estimand) + figures
    text = text.replace("attribution: randomised", "attribution: matched")
    (folder / "contract.yaml").write_text(text, encoding="utf-8")
    contract = workflow.read_contract(folder / "contract.yaml")
    certificate = workflow.settle(contract, date="1979-06-01", undecided_accepted=True).sign(DEMO_KEY)
    assert certificate.evidence == (evidence_of("matched_comparison", weighted=True),)
    assert certificate.evidence[0].label.sv == "Viktad kontrollgrupp"
    workflow.write_certificate(certificate, folder / "certificate.json")
    workflow.report(certificate, folder / "page.html")
    assert "Viktad kontrollgrupp" in (folder / "page.html").read_text(encoding="utf-8")
    found = workflow.verify(folder / "certificate.json", contract=contract)
    verdicts = {finding.name: finding.verdict for finding in found.findings}
    assert verdicts["recomputed:effect"] == verdicts["result:earnings"] == "reproduced"
    assert verdicts["independent:effect"] == "reproduced"
    assert found.ok


def test_the_certificates_know_every_weighting():
    assert set(WEIGHTINGS) == set(TARGETS)


# --- refusals ---------------------------------------------------------------------------------------------------------

EVERY_METHOD = "'entropy_balancing', 'covariate_balancing_propensity', 'inverse_probability' or 'overlap'"
UNUSED = "with method 'entropy_balancing', which does not use it; got"
SETS = "'exact', 'coarsened_exact' or 'subclassification'"
# ruff: noqa: E501 - a sentence on each line
REFUSALS = [
    ({"estimand": "ATO"}, "`estimand` must be 'ATE', 'ATT' or 'ATC' with method 'entropy_balancing'; got 'ATO'."),
    ({"method": "overlap"}, "`estimand` must be 'ATO' with method 'overlap'; got 'ATT'."),
    (
        {"method": "nearest", "estimand": "ATO"},
        "`estimand` must be 'ATT', 'ATC' or 'ATE' with method 'nearest'; got 'ATO'.",
    ),
    ({"estimand": "ITT"}, "`estimand` must be 'ATT', 'ATC', 'ATE' or 'ATO'; got 'ITT'."),
    ({"exact": "e"}, f"`exact` must be [] {UNUSED} ['e']. It is for method 'nearest', 'optimal', 'full', {SETS}."),
    ({"tie_orders": 3}, f"`tie_orders` must be 100 {UNUSED} 3. It is for method 'nearest', 'optimal' or 'full'."),
    ({"caliper": 0.2}, f"`caliper` must be None {UNUSED} 0.2. It is for method 'nearest', 'optimal' or 'full'."),
    (
        {"calipers": {"age": 2}},
        f"`calipers` must be None {UNUSED} {{'age': 2}}. It is for method 'nearest', 'optimal' or 'full'.",
    ),
    ({"ratio": 2}, f"`ratio` must be 1 {UNUSED} 2. It is for method 'nearest' or 'optimal'."),
    ({"replace": True}, f"`replace` must be False {UNUSED} True. It is for method 'nearest'."),
    ({"order": "keyed"}, f"`order` must be None {UNUSED} 'keyed'. It is for method 'nearest'."),
    (
        {"distance": "mahalanobis"},
        f"`distance` must be 'propensity' {UNUSED} 'mahalanobis'. It is for method 'nearest', 'optimal' or 'full'.",
    ),
    (
        {"propensity": "probit"},
        f"`propensity` must be None {UNUSED} 'probit'. It is for method 'nearest', 'optimal', 'full', 'subclassification', 'inverse_probability' or 'overlap'.",
    ),
    ({"subclasses": 4}, f"`subclasses` must be None {UNUSED} 4. It is for method 'subclassification'."),
    ({"moments": 3}, "`moments` must be 1 (means) or 2 (means and squares); got 3."),
    ({"moments": 0}, "`moments` must be an integer of at least 1; got 0."),
    (
        {"method": "nearest", "moments": 1},
        f"`moments` must be None with method 'nearest', which does not use it; got 1. It is for method {EVERY_METHOD}.",
    ),
    (
        {"covariates": ["age", "one"], "moments": 2},
        "Column 'one' must vary; it holds one value. Leave it out of `covariates`.",
    ),
    (
        {"covariates": ["age", "far"], "method": "entropy_balancing", "estimand": "ATC"},
        "Column 'far' must vary within the treated; it holds one value there. Leave it out of `covariates`.",
    ),
]


@pytest.mark.parametrize(("options", "sentence"), REFUSALS)
def test_refusals_of_matching(options, sentence):
    data = cohort()
    data = data.assign(e="a", one=1.0, far=np.where(data["d"] == 1, 1, 2 * data["kids"]))
    with pytest.raises((ArgumentError, DataError)) as refusal:
        effekt.match_controls(data, **{**ROLES, "method": "entropy_balancing", **options})
    assert str(refusal.value) == sentence


BY_PROPENSITY = [(method, estimand) for method, estimand in EVERY if method in ("inverse_probability", "overlap")]


@pytest.mark.parametrize("moments", [None, 2])
@pytest.mark.parametrize(("method", "estimand"), BY_PROPENSITY)
def test_weights_by_the_probit(method, estimand, moments):
    data = cohort()
    y, treated, x = arrays(data)
    if moments == 2:
        x = np.column_stack([x, standardised(x)[:, 1:3] ** 2])
    names = [*"abcde"][: x.shape[1]]
    weighting = fit_weights(treated, x, names, method=method, estimand=estimand, propensity="probit")
    means, inference = weighted_means(y, weighting)
    match = matched(data, method, estimand, moments=moments, propensity="probit")
    effect = compared(data, match)
    assert (effect.means, effect.inference) == (means, inference)
    assert tuple(match.coefficients.values()) == fit_propensity(treated, x, names, "probit").coefficients
    assert_valid_effect(effect)
    assert effekt.matched_comparison(data, **effect.arguments) == effect
    lost = compared(data.assign(days=data["days"].where(data["unit"] != "u010")), match, missing="drop")
    rest = np.sort(data["unit"].to_numpy()) != "u010"
    assert (
        moments == 2
        or lost.means
        == weighted_means(
            y[rest],
            fit_weights(treated[rest], x[rest], names, method=method, estimand=estimand, propensity="probit"),
        )[0]
    )


class Halves:
    """The share of treated on either side of the median age."""

    def fit(self, x, d):
        self.middle = np.median(x[:, 0])
        self.shares = [d[x[:, 0] <= self.middle].mean(), d[x[:, 0] > self.middle].mean()]
        return self

    def predict_proba(self, x):
        p = np.where(x[:, 0] > self.middle, self.shares[1], self.shares[0])
        return np.column_stack([1 - p, p])


def test_weights_by_a_classifier_are_those_of_the_match_and_have_no_inference():
    data = cohort()
    y, treated, x = arrays(data)
    match = matched(data, "inverse_probability", "ATT", propensity=Halves())
    p = Halves().fit(x, treated.astype(int)).predict_proba(x)[:, 1]
    odds = p[~treated] / (1 - p[~treated])
    effect = compared(data, match)
    assert effect.means.treated == pytest.approx(y[treated].mean(), rel=1e-12)
    assert effect.means.counterfactual == pytest.approx(np.average(y[~treated], weights=odds), rel=1e-12)
    assert isinstance(effect.inference, Unavailable)
    assert effect.variance == "none/1"
    assert "classifier" in str(effect.inference.reason.en)
    assert codes(effect)["weights_as_frozen"].en.startswith("The weights come from a classifier and are those of")
    assert "Halves" in effect.arguments["match"]["propensity"]
    assert_valid_effect(effect)
    again = effekt.Match.from_json(match.to_json()).with_units(match.units_to_json())
    assert compared(data, again) == effect
    given = effekt.matched_comparison(data, match={**ROLES, **CLASSIFIED, "propensity": Halves()}, outcome=DAYS)
    assert given == effect


CLASSIFIED = {"method": "inverse_probability", "estimand": "ATT"}


def test_weights_by_a_classifier_need_every_outcome():
    data = cohort()
    match = matched(data, "inverse_probability", "ATT", propensity=Halves())
    with pytest.raises(DataError) as refusal:
        compared(data.assign(days=data["days"].where(data["unit"] != "u010")), match, missing="drop")
    assert str(refusal.value) == (
        "Column 'days' must have a value for every unit of a match whose weights come from a classifier, which is not "
        "fitted again to those who remain; 1 unit had none. Complete the data, or match with propensity='logit' or "
        "'probit'."
    )


def other_age(data):
    return data.assign(age=data["age"].where(data["unit"] != "u010", data["age"] + 0.1))


def turned(data):
    return data.assign(d=data["d"].where(data["unit"] != "u010", 1 - data["d"]))


def test_other_covariates_than_those_of_the_match_are_refused():
    data = cohort()
    match = matched(data)
    with pytest.raises(DataError) as refusal:
        compared(other_age(data), match)
    n = int((data["d"] == 0).sum())
    assert str(refusal.value) == (
        "The covariates 'age', 'past', 'kids' must be those that the match was made on; fitted again, the weights of "
        f"{n} units differ from the match's. Use the table that the match was made on, or match again."
    )
    with pytest.raises(DataError, match="must hold 1 for the treated and 0 for the controls of the match"):
        compared(turned(data), match)


def test_a_frozen_weight_that_was_moved_is_refused():
    from dataclasses import replace

    data = cohort()
    match = matched(data)
    for factor, refused in ((1 + 1e-10, False), (1 + 1e-7, True)):
        weight = match.table.weight.copy()
        weight[0] *= factor
        moved = replace(match, table=replace(match.table, weight=weight))
        if refused:
            with pytest.raises(DataError, match="the weights of 1 unit differ from the match's"):
                compared(data, moved)
        else:
            assert compared(data, moved) == compared(data, match)


COMPARING = [
    (lambda data: data, {"variance": "HC2"}, "`variance` must be 'm_estimation' or 'sandwich'; got 'HC2'."),
    (
        lambda data: data[data["unit"] != "u010"],
        {},
        "Column 'unit' must name every unit of the match with its covariates; 1 unit had none. Give the rows of all of "
        "them, because the weights rest on them.",
    ),
    (
        lambda data: data[data["unit"] != "u010"],
        {"missing": "drop"},
        "Column 'unit' must name every unit of the match with its covariates; 1 unit had none. Give the rows of all of "
        "them, because the weights rest on them.",
    ),
    (
        lambda data: data.assign(days=data["days"].where((data["d"] == 0) | (data["unit"] == "u001"))),
        {"missing": "drop"},
        None,
    ),
]


@pytest.mark.parametrize(("change", "options", "sentence"), COMPARING)
def test_refusals_of_comparing(change, options, sentence):
    data = cohort()
    match = matched(data)
    with pytest.raises((ArgumentError, DataError)) as refusal:
        compared(change(data), match, **options)
    if sentence is None:
        assert str(refusal.value).startswith("Weighting needs at least two rows in each arm; ")
        assert str(refusal.value).endswith(
            "treated is left. Complete the data, or conclude that the groups cannot be compared."
        )
    else:
        assert str(refusal.value) == sentence


def test_m_estimation_is_not_for_pairs():
    data = cohort()
    with pytest.raises(ArgumentError) as refusal:
        compared(data, matched(data, "nearest"), variance="m_estimation")
    assert str(refusal.value) == "`variance` must be 'CR2'; got 'm_estimation'."


def test_weights_that_break_a_law_are_never_returned():
    settings = {**matched(cohort()).arguments}
    found = read_cohort(cohort(), settings)
    options = as_options(settings)
    design = design_of(found, options, propensity_of(found, options))
    with pytest.raises(RuntimeError, match="both arms of a comparison weigh the same"):
        laws.check_laws(design, Assigned(weights=np.where(found.treated, 2.0, 1.0), sets=None))
