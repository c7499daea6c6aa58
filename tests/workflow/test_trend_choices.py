"""Contracts on a trend-adjusted figure with younger choices: settled, and followed a second time."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from effekt import workflow
from effekt._inference import Draws
from effekt.certificates import DEMO_KEY
from effekt.exceptions import ContractError

CHECKS = 'checks: [regression_to_mean, baseline_choice, placebo_in_time]\n    threshold: "0.12"'
SERIES = "own_unit: removed\n    series_units: 11"
CHOICES = {
    "mean of ratios": ("comparator: others", "trend: mean_of_ratios"),
    "checks": ("comparator: others", CHECKS),
    "inference choice": ("comparator: others", "checks: [inference_choice]"),
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


BLOCKS = """inference: block_bootstrap
    blocks: moving
    block_length: 6
    draws: 199
    rng: 20260101"""


def monthly(folder: Path, inference: str, statistic: str = "confidence_at_least") -> workflow.Contract:
    """The case of 290 municipalities by month with another inference, whose placebo figure is left out."""
    shutil.copytree(workflow.case("sick-leave"), folder)
    text = (folder / "contract.yaml").read_text(encoding="utf-8")
    head, _, rest = text.partition("  placebo_sd:\n")
    text = head + rest[rest.index("  confidence_any:") :]
    text = text.replace("inference: placebo", inference).replace(
        "statistic: confidence_at_least", f"statistic: {statistic}"
    )
    (folder / "contract.yaml").write_text(text, encoding="utf-8")
    return workflow.read_contract(folder / "contract.yaml")


def test_blocks_are_drawn_again_to_the_same_figures_and_the_second_route_says_that_it_cannot_tell(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "blocks"
    contract = monthly(folder, BLOCKS)
    certificate = workflow.settle(contract, date="2026-11-26").sign(DEMO_KEY)
    workflow.write_certificate(certificate, folder / "certificate.json")
    (note,) = [one for one in certificate.results["absence"].notes if one.code == "block_bootstrap"]
    assert "Ensam är den ingen grund för betalning." in note.text.sv
    assert not isinstance(certificate.results["absence"].inference, Draws)  # no raw draws leave the house
    found = workflow.verify(folder / "certificate.json", contract=contract)
    findings = {finding.name: finding for finding in found.findings}
    for name in ("recomputed:reduction", "recomputed:confidence_any", "result:absence", "independent:reduction"):
        assert findings[name].verdict == "reproduced"
    assert findings["independent:confidence_any"].verdict == "cannot_tell"
    assert findings["independent:confidence_any"].text.en == (
        "Figure confidence_any: the independent implementation declined: inference must be placebo or none, not "
        "'block_bootstrap'; the second route has no other."
    )


@pytest.mark.parametrize("left_out", ["blocks: moving", "block_length: 6", "draws: 199", "rng: 20260101"])
def test_a_contract_leaves_nothing_of_the_blocks_to_a_default(left_out: str, tmp_path: Path) -> None:
    contract = monthly(tmp_path / "blocks", BLOCKS.replace(f"\n    {left_out}", ""))
    with pytest.raises(ContractError, match=f"lacks the argument '{left_out.partition(':')[0]}'"):
        workflow.check(contract)
