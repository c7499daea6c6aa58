"""Data of which a group's mean is exactly 0 in the decimals as written: settled, verified, and held against nobody."""

from __future__ import annotations

import json
import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from deciding import read_decided

from effekt import workflow
from effekt.certificates import DEMO_KEY, Envelope, canonical_json, public_key, public_text, sign
from effekt.certificates.certificate import Certificate
from effekt.result import EffectEstimate, EffectSet
from effekt.workflow.recomputed.second_figures import LAST_PLACES

CONTRACT = """\
schema: effekt/contract/1
id: zero
title: {sv: "Ett medelvärde som är noll", en: "A mean that is zero"}
parties:
  town: {role: payer, name: "Kommunen"}
  provider: {role: provider, name: "Utföraren"}
  verifier: {role: verifier, name: "Granskaren", keys: ["KEY"]}
signing: {threshold: 1, roles: [verifier]}
dates: {signed: "2010-01-01", outcome_data_from: "2010-01-02"}
attribution: ATTRIBUTION
data: {TABLE: {path: data.csv}}
analysis: {one: {method: CALL}}
figures:
  gain: {estimate: one, MEMBERview: difference, statistic: estimate, digits: 12, unit: days}
  treated: {estimate: one, MEMBERview: difference, statistic: treated_mean, digits: 12, unit: days}
  without: {estimate: one, MEMBERview: difference, statistic: counterfactual_mean, digits: 12, unit: days}
payment:
  currency: SEK
  quantum: "1"
  rounding: half_up
  lines:
    fee:
      payers: {town: "1"}
      payee: provider
      pays: {unit_price: {figure: gain, price: "1000", below_zero: zero}}
"""
OUTCOME = "outcome: {column: days, unit: days, better: higher}"
TRIAL = f"data: people, {OUTCOME}, treatment: d, missing: raise"
ATE = f"{TRIAL}, estimand: ATE, population: super"
LOT = "inference: randomization, draws: 99, rng: 1, variance: none"
SEVERAL = "treatment: d, estimand: ATE, population: super, missing: raise, adjustment: none, variance: HC2"
MATCH = "unit: unit, treatment: d, covariates: [x], estimand: ATT, missing: raise"
NEAREST = """method: nearest, distance: propensity, propensity: logit, order: largest, ratio: 1, replace: false,
      salt: s, tie_orders: 10"""
PANEL = f"data: panel, {OUTCOME}, unit: u, time: t, missing: raise"
ADOPTED = f"{PANEL}, treatment: a, sampling: panel"
WINDOWS = "period: year, reference_window: ['2012', '2014'], evaluation_window: ['2015', '2017']"
CALLS = {
    "trial": f"randomized_trial, {ATE}, adjustment: none, variance: HC2",
    "welch": f"randomized_trial, {ATE}, adjustment: none, variance: welch",
    "lin": f"randomized_trial, {ATE}, adjustment: lin, variance: HC2",
    "clusters": f"randomized_trial, {ATE}, adjustment: none, cluster: c, variance: CR2",
    "lot": f"randomized_trial, {TRIAL}, estimand: ATE, population: finite, adjustment: none, {LOT}",
    "covariate": f"randomized_trial, {ATE}, adjustment: lin, covariates: [x], variance: HC2",
    "additive": f"randomized_trial, {ATE}, adjustment: additive, covariates: [x], variance: HC2",
    "outcomes": f"""randomized_trials, data: people, {SEVERAL},
      outcome: [{{column: days, unit: days, better: higher}}, {{column: x, unit: days, better: higher}}]""",
    "compliers": f"complier_effect, {TRIAL}, received: r, adjustment: none, variance: HC2",
    "assigned": f"complier_effect, {TRIAL}, received: r, adjustment: none, variance: HC2",
    "matched": f"""matched_comparison, data: people, {OUTCOME}, variance: CR2, missing: raise,
      match: {{{MATCH}, {NEAREST}}}""",
    "weighted": f"""matched_comparison, data: people, {OUTCOME}, variance: m_estimation, missing: raise,
      match: {{{MATCH}, method: inverse_probability, propensity: logit, moments: 1}}""",
    "robust": f"""doubly_robust, {TRIAL}, covariates: [x], estimand: ATT, learner: parametric, outcome_model: linear,
      variance: m_estimation""",
    "did": f"difference_in_differences, {ADOPTED}, variance: CR2",
    "events": f"event_study, {ADOPTED}, inference: asymptotic, variance: CR2",
    "staggered": f"""staggered_adoption, {PANEL}, start: s, never: none, covariates: [], adjustment: doubly_robust,
      comparison: not_yet_treated, base_period: varying, anticipation: 0, variance: leverage, aggregate: dynamic""",
    "trend": f"""trend_adjusted, {PANEL}, {WINDOWS}, treated: u00, comparator: others, weights: none,
      adjustment: difference, mean: mean_of_periods, inference: placebo, trend: ratio_of_means""",
    "mixture": f"synthetic_control, {PANEL}, period: year, treated: u00, first_treated: '2015', inference: placebo",
    "lifted": f"""synthetic_difference_in_differences, {PANEL}, period: year, treated: u00, first_treated: '2015',
      inference: placebo""",
}
MEMBERS = {"outcomes": "days", "compliers": "CACE", "assigned": "ITT", "events": "0", "staggered": "overall"}
ATTRIBUTIONS = {
    "randomized_trial": "randomised",
    "randomized_trials": "randomised",
    "complier_effect": "randomised",
    "matched_comparison": "matched",
    "trend_adjusted": "comparison",
}
OF_PANELS = ("did", "events", "staggered", "trend", "mixture", "lifted")
EXACT = ("trial", "welch", "lin", "clusters", "lot", "outcomes")  # the means are those of the arms as they are
SEVERAL_PERIODS = ("events", "staggered")  # each with a mean of its own
CANCELLING = ["0.1", "0.2", "-0.3", "0.7", "-0.4", "-0.3", "1.1", "-0.6", "-0.5", "0.4", "-0.7", "0.3"]
OTHERS = ["1.5", "2", "3.1", "1", "2.5", "1.7", "0.4", "2.2", "1.9", "3", "0.8", "1.2"]


def test_the_decimals_cancel_and_the_floats_do_not() -> None:
    assert sum(map(Fraction, CANCELLING)) == 0
    assert math.fsum(map(float, CANCELLING)) != 0


def people(zero: int) -> list[list[Any]]:
    """Twelve treated and twelve controls: the outcomes of the arm `zero` cancel."""
    rows: list[list[Any]] = [["unit", "d", "r", "days", "x", "c"]]
    for i in range(24):
        d, place = i % 2, i // 2
        y = (CANCELLING if d == zero else OTHERS)[place]
        rows.append([f"p{i:02}", d, int(d and place not in (3, 8)), y, round(2 + 0.37 * place + 0.2 * d, 2)])
        rows[-1].append(f"c{place // 2 + 6 * d}")
    return rows


def panel(zero: int, alone: bool) -> list[list[Any]]:
    """Twelve treated units, or one alone, and twelve others: after adoption the outcomes of the group `zero` cancel."""
    rows: list[list[Any]] = [["u", "t", "days", "a", "s"]]
    for i in range(13 if alone else 24):
        own, place = i < 1 if alone else i % 2 == 0, (i - 1 if alone else i // 2) % 12
        for t in range(2012, 2018):
            cell = (CANCELLING if own == zero and t >= 2015 else OTHERS)[(3 * place + 5 * t) % 12]
            if alone and own and t >= 2015:
                cell = (OTHERS, CANCELLING)[zero][t - 2015]  # 0.1, 0.2 and −0.3
            rows.append([f"u{i:02}", t, cell, int(own and t >= 2015), 2015 if own else ""])
    return rows


def settled(folder: Path, design: str, zero: int) -> Certificate:
    of_panel, single = design in OF_PANELS, design in ("trend", "mixture", "lifted")
    rows = panel(zero, single) if of_panel else people(zero)
    return settled_of(folder, design, rows, "panel" if of_panel else "people")


def settled_of(folder: Path, design: str, rows: list[list[Any]], table: str = "people") -> Certificate:
    method = CALLS[design].split(",")[0]
    (folder / "data.csv").write_text("\n".join(",".join(map(str, row)) for row in rows) + "\n", encoding="utf-8")
    text = CONTRACT.replace("KEY", public_text(public_key(DEMO_KEY))).replace("CALL", CALLS[design])
    text = text.replace("ATTRIBUTION", ATTRIBUTIONS.get(method, "quasi_experiment"))
    text = text.replace("TABLE", table)
    text = text.replace("MEMBER", f'member: "{MEMBERS[design]}", ' if design in MEMBERS else "")
    (folder / "contract.yaml").write_text(text, encoding="utf-8")
    return workflow.settle(read_decided(folder / "contract.yaml"), date="2021-06-01").sign(DEMO_KEY)


def effects(certificate: Certificate) -> tuple[EffectEstimate, ...]:
    """The effect, or those of a set that are of the outcome."""
    result = certificate.results["one"]
    if not isinstance(result, EffectSet):
        assert isinstance(result, EffectEstimate)
        return (result,)
    return tuple(one for one in result.effects if one.outcome.column == "days")


@pytest.mark.parametrize("zero", [0, 1])
@pytest.mark.parametrize("design", CALLS)
def test_a_group_whose_outcomes_cancel_is_settled_and_verified(tmp_path: Path, design: str, zero: int) -> None:
    certificate = settled(tmp_path, design, zero)
    found = workflow.verify(certificate, contract=read_decided(tmp_path / "contract.yaml"))
    assert [str(one) for one in found.differences] == []
    verdicts = {one.name: one.verdict for one in found.findings}
    names = [f"{route}:{id}" for route in ("recomputed", "independent") for id in ("gain", "treated", "without")]
    assert {name: verdicts[name] for name in names} == dict.fromkeys(names, "reproduced")


@pytest.mark.parametrize("zero", [0, 1])
@pytest.mark.parametrize("design", [name for name in CALLS if name not in SEVERAL_PERIODS])
def test_the_raw_mean_is_that_of_the_decimals(tmp_path: Path, design: str, zero: int) -> None:
    for one in effects(settled(tmp_path, design, zero)):
        assert (one.observed.control, one.observed.treated)[zero] == 0.0
        if design in EXACT:
            assert (one.counterfactual_mean, one.treated_mean)[zero] == 0.0


@pytest.mark.parametrize("zero", [0, 1])
@pytest.mark.parametrize("design", [*EXACT, "did"])
def test_a_raw_mean_that_is_moved_from_zero_is_told(tmp_path: Path, design: str, zero: int) -> None:
    certificate = settled(tmp_path, design, zero)
    tree = json.loads(certificate.envelope.payload)
    result = tree["predicate"]["results"]["one"]
    name = ("control", "treated")[zero] if design != "did" else "treated"
    for one in result.get("effects", [result]):
        one["observed"][name] += 1e-6
    forged = Certificate(sign(Envelope(payload=canonical_json(tree)), DEMO_KEY))
    told = workflow.verify(forged, contract=read_decided(tmp_path / "contract.yaml")).differences
    assert any(one.name == "analysis:one" and f"observed.{name}" in one.text.en for one in told)


def alike(level: int) -> list[list[Any]]:
    """Two arms with the same outcomes and the same covariate, at a level that is large beside what varies."""
    rows: list[list[Any]] = [["unit", "d", "days", "x"]]
    for i in range(24):
        place = (5 * (i // 2)) % 12 if i % 2 else i // 2
        cell = Fraction(OTHERS[place]) + level
        rows.append([f"p{i:02}", i % 2, f"{float(cell):.1f}", f"{(7 * place) % 12 + 0.37 * place:.2f}"])
    return rows


@pytest.mark.parametrize("moved", [None, "0.000000020000", "0.000001000000"])
@pytest.mark.parametrize("level", [10**5, 10**7, 123_456_789])
def test_an_effect_of_nothing_is_near_within_the_last_places_of_the_means(
    tmp_path: Path, level: int, moved: str | None
) -> None:
    certificate = settled_of(tmp_path, "additive", alike(level))
    (stated,) = (one.value for one in certificate.figures if one.id == "gain")
    assert stated is not None
    if moved is not None:
        tree = json.loads(certificate.envelope.payload)
        (figure,) = (one for one in tree["predicate"]["settlement"]["figures"] if one["id"] == "gain")
        figure["value"] = moved
        certificate = Certificate(sign(Envelope(payload=canonical_json(tree)), DEMO_KEY))
    found = workflow.verify(certificate, contract=read_decided(tmp_path / "contract.yaml"))
    verdict = {one.name: one.verdict for one in found.findings}["independent:gain"]
    if moved is None:
        assert verdict in ("reproduced", "within_tolerance")
        assert abs(float(stated)) <= LAST_PLACES * math.ulp(level)
    else:
        assert verdict == ("within_tolerance" if float(moved) <= LAST_PLACES * math.ulp(level) else "different")
