"""Contracts on trials in pairs, with weights, probabilities and exposure: settled, and followed a second time."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from effekt import workflow
from effekt.certificates import DEMO_KEY

TABLES = Path(__file__).parents[1] / "goldens" / "randomized"
DESIGNS = {
    "sampling weights": (
        "weighted",
        'outcome: {column: "y", unit: days, better: higher}',
        "weights: {column: w, kind: sampling}",
        "HC2",
    ),
    "probability": ("weighted", 'outcome: {column: "y", unit: days, better: higher}', "probability: p", "HC2"),
    "rate": ("weighted", "outcome: {column: events, unit: events, better: lower}", "exposure: m", "HC2"),
    "equal clusters": (
        "weighted_clustered",
        'outcome: {column: "y", unit: days, better: higher}',
        "cluster: cluster\n    cluster_weighted: true",
        "CR2",
    ),
    "pairs": ("pairs", 'outcome: {column: "y", unit: days, better: higher}', "pairs: pair", "between_pair"),
}


@pytest.mark.parametrize("design", DESIGNS)
def test_a_contract_on_a_design_is_settled_and_followed(design: str, tmp_path: Path) -> None:
    table, outcome, option, variance = DESIGNS[design]
    folder = tmp_path / "trial"
    shutil.copytree(workflow.case("nsw"), folder)
    shutil.copy(TABLES / f"{table}.csv", folder / "nsw.csv")
    text = (folder / "contract.yaml").read_text(encoding="utf-8")
    text = text.replace('outcome: {column: re78, unit: "USD a year", better: higher}', f"{outcome}\n    {option}")
    text = text.replace("treatment: treat", "treatment: d").replace("variance: HC2", f"variance: {variance}")
    text = text.replace("adjustment: none", "adjustment: lin")
    (folder / "contract.yaml").write_text(text, encoding="utf-8")
    contract = workflow.read_contract(folder / "contract.yaml")
    certificate = workflow.settle(contract, date="1979-06-01").sign(DEMO_KEY)
    workflow.write_certificate(certificate, folder / "certificate.json")
    found = workflow.verify(folder / "certificate.json", contract=contract)
    verdicts = {finding.name: finding.verdict for finding in found.findings}
    assert verdicts["independent:effect"] == "reproduced"
    assert verdicts["independent:confidence"] == "reproduced"
    assert verdicts["recomputed:effect"] == "reproduced"
    assert verdicts["result:earnings"] == "reproduced"
