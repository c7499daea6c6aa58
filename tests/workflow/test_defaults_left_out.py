"""A contract that writes no more than it must: its honest certificate holds, with the data and without them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from deciding import read_decided
from workflow import test_forged_results as designs
from workflow.test_forged_results import CALLS, MATCH, OUTCOME, PANEL, TRIAL, settled

from effekt import workflow
from effekt.contracts import parse_contract
from effekt.exceptions import EffektError
from effekt.workflow.data.analysis import check_analyses
from effekt.workflow.data.arguments import FILLED

ROBUST = f"""doubly_robust, data: people, {OUTCOME}, treatment: d, covariates: [x], estimand: ATT, missing: drop,
    outcome_model: linear, variance: cross_fitted, rng: 1"""
MATCHED = f"matched_comparison, data: people, {OUTCOME}, missing: drop, match: {{{MATCH}"
FURTHER: Mapping[str, str] = {
    "learned": f"{ROBUST}, learner: gradient_boosting",
    "sandwich": f"""doubly_robust, data: people, {OUTCOME}, treatment: d, covariates: [x], estimand: ATE,
      learner: parametric, outcome_model: linear, variance: m_estimation, missing: drop, cluster: c""",
    "blocks": f"""randomized_trial, data: people, {TRIAL}, adjustment: additive, block: b, population: finite,
      variance: HC2""",
    "wild": f"""randomized_trial, data: people, {TRIAL}, adjustment: none, cluster: c, population: super,
      variance: none, inference: wild_bootstrap, draws: 99, rng: 1""",
    "neighbours": f"""{MATCHED}, method: nearest, distance: propensity, propensity: logit, ratio: 1, replace: true,
      salt: s, tie_orders: 100}},
      variance: abadie_imbens, population: PATT, neighbours: 1""",
    "classes": f"{MATCHED}, method: subclassification, subclasses: 3, propensity: logit}}, variance: HC2",
    "cells": f"{MATCHED}, method: coarsened_exact, cutpoints: {{x: sturges}}}}, variance: HC2",
    "balanced": f"{MATCHED}, method: entropy_balancing, moments: 1}}, variance: m_estimation",
    "full": f"""{MATCHED}, method: full, distance: mahalanobis, salt: s, tie_orders: 5}}, variance: CR2""",
    "adjusted_match": f"""{MATCHED}, method: optimal, distance: mahalanobis, ratio: 1, salt: s, tie_orders: 5}},
      variance: CR2, covariates: [x], adjustment: lin, population: PATT""",
    "dealt": f"""difference_in_differences, data: panel, {PANEL}, treatment: adopted, variance: none,
      inference: permutation, draws: 99""",
    "imputed": f"""staggered_adoption, data: panel, {PANEL}, start: s, never: none, covariates: [],
      estimator: imputation, anticipation: 0, variance: leverage, aggregate: simple""",
    "groups": f"""trend_adjusted, data: panel, {PANEL}, {designs.WINDOWS}, treated: [u00, u01], comparator: others,
      weights: none, adjustment: difference, mean: mean_of_periods, inference: placebo, placebos: groups""",
    "weighted_periods": f"""synthetic_difference_in_differences, data: panel, {PANEL}, period: year, treated: u00,
      first_treated: '2015', inference: placebo_variance""",
}
ROLES = (
    *("method", "data", "outcome", "treatment", "unit", "time", "covariates", "block", "cluster", "match", "rng"),
    *("checks", "caliper", "learner", "variance", "inference", "minimum_n", "most_missing", "treated", "comparator"),
    *(
        "aggregate",
        "placebos",
        "estimator",
        "adjustment",
        "start",
        "cutpoints",
        "folds",
        "repeats",
        "margin",
        "threshold",
    ),
)
"""Arguments that say what the design is: another one without them."""
DESIGNS: Mapping[str, str] = {**CALLS, **FURTHER}


def _call(design: str) -> dict[str, Any]:
    plain: dict[str, Any] = yaml.safe_load(f"{{method: {DESIGNS[design]}}}")
    return plain


def _text(call: Mapping[str, Any]) -> str:
    """As a contract of the tests has it."""
    rest = {name: value for name, value in call.items() if name != "method"}
    return f"{call['method']}, {json.dumps(rest)[1:-1]}"


def _shorter(call: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The call without one argument that is no role, or without one of its match."""
    for name, value in call.items():
        if name not in ROLES:
            yield {own: other for own, other in call.items() if own != name}
        elif name == "match":
            yield from ({**call, "match": one} for one in _shorter(value))


def _is_contract(folder: Path) -> bool:
    try:
        check_analyses(parse_contract((folder / "contract.yaml").read_bytes()))
    except EffektError:
        return False
    return True


def _least(folder: Path, design: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The call of a design with no argument that its contract can be without."""
    call = _call(design)
    monkeypatch.setitem(CALLS, design, _text(call))
    settled(folder, design)
    own, text = _text(call), (folder / "contract.yaml").read_text(encoding="utf-8")
    assert own in text
    left = [call]
    while left:
        call = left[0]
        left = []
        for one in _shorter(call):
            (folder / "contract.yaml").write_text(text.replace(own, _text(one)), encoding="utf-8")
            if _is_contract(folder):
                left.append(one)
                break
    (folder / "contract.yaml").write_text(text.replace(own, _text(call)), encoding="utf-8")
    return call


@pytest.mark.parametrize("design", DESIGNS)
def test_the_certificate_of_a_contract_that_leaves_defaults_out_holds(
    tmp_path: Path, design: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _least(tmp_path, design, monkeypatch)
    contract = read_decided(tmp_path / "contract.yaml")
    honest = workflow.settle(contract, date="2021-06-01").sign(designs.DEMO_KEY)
    file = tmp_path / "certificate.json"
    workflow.write_certificate(honest, file)
    (tmp_path / "alone").mkdir()
    shutil.copy(tmp_path / "contract.yaml", tmp_path / "alone")
    alone = workflow.read_contract(tmp_path / "alone" / "contract.yaml")
    for given, told in ((contract, f"result:{design}"), (alone, None)):
        found = workflow.verify(file, contract=given)
        assert [(one.name, one.text.en) for one in found.findings if one.verdict == "different"] == []
        assert told is None or told in {one.name for one in found.findings}
    assert design in honest.results


@pytest.mark.parametrize("method", FILLED)
def test_each_choice_that_is_filled_in_is_left_out_of_a_contract_here(method: str) -> None:
    choice, without, values = FILLED[method]
    calls = [call for call in map(_call, DESIGNS) if call["method"] == method and call.get(choice) != without]
    for name in values:
        assert any(name not in call for call in calls)
