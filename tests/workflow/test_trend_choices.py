"""Contracts on a trend-adjusted figure with younger choices: settled, and followed a second time."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from effekt import workflow
from effekt.certificates import DEMO_KEY

CHECKS = 'checks: [regression_to_mean, baseline_choice, placebo_in_time]\n    threshold: "0.12"'
SERIES = "own_unit: removed\n    series_units: 11"
CHOICES = {
    "mean of ratios": ("comparator: others", "trend: mean_of_ratios"),
    "checks": ("comparator: others", CHECKS),
    "series": ("comparator: Regionen", SERIES),
    "series and checks": ("comparator: Regionen", f"{SERIES}\n    {CHECKS}"),
}


@pytest.mark.parametrize("choice", CHOICES)
def test_a_contract_on_a_choice_is_settled_and_followed(choice: str, tmp_path: Path) -> None:
    comparator, option = CHOICES[choice]
    folder = tmp_path / "trend"
    shutil.copytree(workflow.case("helsingborg"), folder)
    if "series" in choice:  # the plain mean of the eleven, to the digits a publisher would give
        table = folder / "helsingborg_sick_leave.csv"
        rows = [line.split(",") for line in table.read_text(encoding="utf-8").splitlines()[1:]]
        years = {year: [float(value) for _, other, value in rows if other == year] for _, year, _ in rows}
        lines = [f"Regionen,{year},{sum(values) / len(values):.4f}" for year, values in years.items()]
        table.write_text("\n".join([table.read_text(encoding="utf-8").rstrip(), *lines, ""]), encoding="utf-8")
    text = (folder / "contract.yaml").read_text(encoding="utf-8")
    text = text.replace("comparator: others", comparator).replace("missing: raise", f"missing: raise\n    {option}")
    (folder / "contract.yaml").write_text(text, encoding="utf-8")
    contract = workflow.read_contract(folder / "contract.yaml")
    certificate = workflow.settle(contract, date="2026-11-26").sign(DEMO_KEY)
    workflow.write_certificate(certificate, folder / "certificate.json")
    found = workflow.verify(folder / "certificate.json", contract=contract)
    verdicts = {finding.name: finding.verdict for finding in found.findings}
    assert verdicts["independent:reduction"] == "reproduced"
    assert verdicts["recomputed:reduction"] == "reproduced"
    assert verdicts["result:absence"] == "reproduced"
