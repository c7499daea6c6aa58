"""Contracts on doubly robust, weighted and matched comparisons: settled, and followed by the second route."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import effekt
from effekt import workflow
from effekt.certificates import DEMO_KEY

OUTCOME = 'outcome: {column: outcome, unit: "points", better: higher}'
ROBUST = f"""    method: doubly_robust
    data: nsw
    {OUTCOME}
    treatment: treatment
    covariates: [baseline, age, female]
    estimand: ATT
    learner: parametric
    outcome_model: linear
    variance: m_estimation
    missing: raise
"""
MATCHED = f"""    method: matched_comparison
    data: nsw
    {OUTCOME}
    match:
      unit: unit
      treatment: treatment
      covariates: [baseline, age, female]
      method: METHOD
      distance: propensity
      ratio: 1
      replace: false
      estimand: ESTIMAND
      salt: "cohort"
      tie_orders: 100
      moments: 2
      missing: raise
    variance: m_estimation
    missing: raise
"""
ANALYSES = {"doubly robust": ROBUST} | {
    f"{method}, {estimand}": MATCHED.replace("METHOD", method).replace("ESTIMAND", estimand)
    for method, estimand in [
        ("inverse_probability", "ATE"),
        ("overlap", "ATO"),
        ("entropy_balancing", "ATT"),
        ("covariate_balancing_propensity", "ATC"),
    ]
}

NEAREST = MATCHED.replace("METHOD", "nearest").replace("ESTIMAND", "ATT").replace("      moments: 2\n", "")
ANALYSES["nearest, pairs"] = NEAREST.replace("variance: m_estimation", "variance: CR2")
ANALYSES["nearest, shared controls"] = NEAREST.replace("replace: false", "replace: true").replace(
    "variance: m_estimation",
    "bias_adjustment: [age]\n    population: PATT\n    neighbours: 1\n    variance: abadie_imbens",
)


def contract_of(folder: Path, analysis: str, rows: int = 200) -> workflow.Contract:
    """The NSW case with another analysis, of a synthetic cohort."""
    shutil.copytree(workflow.case("nsw"), folder)
    text = (folder / "contract.yaml").read_text(encoding="utf-8")
    start, end = text.index("    method: randomized_trial"), text.index("figures:\n")
    text = text[:start] + analysis + text[end:]
    kind = "matched" if "match:" in analysis else "quasi_experiment"
    text = text.replace("attribution: randomised", f"attribution: {kind}")
    (folder / "contract.yaml").write_text(text, encoding="utf-8")
    table = effekt.datasets.observational(rng=8, n=rows).table
    lines = [",".join(map(str, cells)) for cells in zip(*map(table.values, table.columns), strict=True)]
    (folder / "nsw.csv").write_text("\n".join([",".join(table.columns), *lines]) + "\n", encoding="utf-8")
    return workflow.read_contract(folder / "contract.yaml")


def verdicts_of(contract: workflow.Contract, folder: Path) -> dict[str, str]:
    certificate = workflow.settle(contract, date="1979-06-01").sign(DEMO_KEY)
    workflow.write_certificate(certificate, folder / "certificate.json")
    found = workflow.verify(folder / "certificate.json", contract=contract)
    return {finding.name: finding.verdict for finding in found.findings}


@pytest.mark.parametrize("analysis", ANALYSES)
def test_a_contract_is_settled_and_followed(analysis: str, tmp_path: Path) -> None:
    folder = tmp_path / "comparison"
    verdicts = verdicts_of(contract_of(folder, ANALYSES[analysis]), folder)
    for figure in ("effect", "confidence", "total"):
        assert verdicts[f"independent:{figure}"] == "reproduced"


def test_of_data_that_are_too_large_the_means_alone_are_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("effekt.independent.limits.LARGEST", 10_000)
    folder = tmp_path / "comparison"
    contract = contract_of(folder, ROBUST)
    verdicts = verdicts_of(contract, folder)
    assert (verdicts["independent:effect"], verdicts["independent:confidence"]) == ("reproduced", "cannot_tell")
    found = workflow.verify(folder / "certificate.json", contract=contract)
    said = next(finding.text for finding in found.findings if finding.name == "independent:confidence")
    assert said.en == (
        "Figure confidence: the data are too large for the independent implementation, which is in plain Python."
    )
    assert said.sv == (
        "Siffran confidence: data är för stora för den oberoende beräkningen, som är skriven i ren Python."
    )
