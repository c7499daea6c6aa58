"""Contracts that take figures from synthetic comparisons."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from deciding import read_decided

import effekt
from effekt import workflow
from effekt._inference import Placebos
from effekt.certificates import DEMO_KEY
from effekt.certificates.published import published
from effekt.estimators.synthetic import comparison, estimate
from effekt.estimators.synthetic.placebos import placebo_inference

PANEL = Path(__file__).parents[1] / "goldens" / "synthetic" / "panel.csv"
ROLES = """outcome: {column: "y", unit: "days", better: lower}
    unit: unit
    time: year
    period: year
    treated: "A"
    first_treated: "2016"
    inference: placebo
    missing: raise"""
PREDICTORS = """
    predictors:
      - {column: "y", first: "2012", last: "2015", weight: "0.75"}
      - {column: "x", first: "2010", last: "2015", weight: "0.25"}"""
CALLS = {
    "classic": ("synthetic_control", "", {}),
    "penalised": ("synthetic_control", '\n    penalty: "0.25"', {"penalty": 0.25}),
    "augmented": ("synthetic_control", '\n    ridge: "0.5"', {"ridge": 0.5}),
    "predictors": (
        "synthetic_control",
        PREDICTORS,
        {
            "predictors": [
                {"column": "y", "first": 2012, "last": 2015, "weight": 0.75},
                {"column": "x", "first": 2010, "last": 2015, "weight": 0.25},
            ]
        },
    ),
    "some donors": ("synthetic_control", '\n    donors: ["B", "D", "G", "I"]', {"donors": ["B", "D", "G", "I"]}),
    "conformal": ("synthetic_control", "", {"inference": "conformal"}),
    "differences": ("synthetic_difference_in_differences", "", {}),
}


def contract_for(name, folder, *, extra=""):
    method, lines, options = CALLS[name]
    shutil.copytree(workflow.case("nsw"), folder)
    shutil.copy(PANEL, folder / "nsw.csv")
    head, _, rest = (folder / "contract.yaml").read_text(encoding="utf-8").partition("    method: randomized_trial\n")
    text = f"{head}    method: {method}\n    data: nsw\n    {ROLES}{lines}{extra}\n{rest[rest.index('figures:') :]}"
    text = text.replace("randomised\n", "quasi_experiment\n")
    text = text.replace("inference: placebo", f"inference: {options.get('inference', 'placebo')}")
    (folder / "contract.yaml").write_text(text, encoding="utf-8")
    return read_decided(folder / "contract.yaml")


def effect_of(name):
    method, _, options = CALLS[name]
    outcome = effekt.Outcome(column="y", unit="days", better="lower")
    return getattr(effekt, method)(
        PANEL, outcome=outcome, unit="unit", time="year", period="year", treated="A", first_treated=2016, **options
    )


@pytest.mark.parametrize("name", CALLS)
def test_a_contract_is_settled_reported_and_computed_again(name, tmp_path):
    contract = contract_for(name, tmp_path / "case")
    certificate = workflow.settle(contract, date="2021-06-01").sign(DEMO_KEY)
    values = {figure.id: figure.value for figure in certificate.figures}
    want = effect_of(name).improvement()
    assert values["effect"] == f"{want.estimate:.2f}"
    assert values["confidence"] == f"{want.confidence_at_least(0):.4f}"
    workflow.write_certificate(certificate, tmp_path / "certificate.json")
    found = workflow.verify(tmp_path / "certificate.json", contract=contract)
    verdicts = {finding.name: finding.verdict for finding in found.findings}
    assert found.ok
    assert verdicts["recomputed:effect"] == verdicts["result:earnings"] == "reproduced"
    assert verdicts["independent:effect"] == "reproduced"
    assert verdicts["independent:confidence"] == "reproduced"
    for lang in ("sv", "en"):
        workflow.report(certificate, tmp_path / f"page.{lang}.html", lang=lang)
    page = (tmp_path / "page.sv.html").read_text(encoding="utf-8")
    assert "Vilka det kontrafaktiska består av" in page
    assert ("Syntetisk skillnad" if name == "differences" else "Syntetisk kontroll") in page


def even_weights(monkeypatch):
    """A solver that gives every donor the same weight."""
    whole = comparison.solved

    def even(problem):
        found = whole(problem)
        return replace(found, weights=problem.allowed / problem.allowed.sum())

    monkeypatch.setattr(comparison, "solved", even)


def larger_placebos(monkeypatch):
    """Placebos that err ten times as much."""
    monkeypatch.setattr(
        estimate,
        "placebo_inference",
        lambda found: Placebos(errors=tuple(10 * error for error in placebo_inference(found).errors), scale="linear"),
    )


@pytest.mark.parametrize("name", ["classic", "differences"])
@pytest.mark.parametrize(
    ("alter", "figure"), [(even_weights, "effect"), (larger_placebos, "confidence")], ids=["weights", "placebos"]
)
def test_an_altered_estimator_is_found_on_the_altered_machine_itself(name, alter, figure, tmp_path, monkeypatch):
    contract = contract_for(name, tmp_path / "case")
    alter(monkeypatch)
    certificate = workflow.settle(contract, date="2021-06-01").sign(DEMO_KEY)
    workflow.write_certificate(certificate, tmp_path / "certificate.json")
    found = workflow.verify(tmp_path / "certificate.json", contract=contract)
    verdicts = {finding.name: finding.verdict for finding in found.findings}
    assert verdicts[f"recomputed:{figure}"] == "reproduced"
    assert verdicts[f"independent:{figure}"] == "different"
    assert not found.ok


def test_an_evaluation_beyond_the_data_is_not_yet_determinable(tmp_path):
    contract = contract_for("classic", tmp_path / "case", extra='\n    last_evaluated: "2021"')
    certificate = workflow.settle(contract, date="2021-06-01")
    assert certificate.settlement.state == "not_yet_determinable"


def test_donors_are_not_named_where_small_counts_are_hidden():
    effect = effect_of("classic")
    named, hidden = published(effect, 0), published(effect, 5)
    assert set("BCDEFGHIJ") <= {name for check in named.diagnostics for name in check.table.get("unit", ())}
    assert {name for check in hidden.diagnostics for name in check.table.get("unit", ())} == {None}
    tables = [check["table"] for check in json.loads(hidden.to_json())["diagnostics"]]
    assert not any(name in column for table in tables for column in table.values() for name in "BCDEFGHIJ")
