"""Contracts that take figures from several effects of one trial: settled, shown, and followed a second time."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import effekt
from effekt import workflow
from effekt.certificates import DEMO_KEY

TABLES = Path(__file__).parents[1] / "goldens" / "several"
ONE = 'outcome: {column: days, unit: "days", better: lower}'
BOTH = """outcome:
      - {column: days, unit: "days", better: lower}
      - {column: visits, unit: "VISITS", better: lower}"""
DESIGNS = {
    "arms": (f"{ONE}\n    arms: {{first: 1, second: 2}}\n    control: 0", "arm", "member: second", "reproduced"),
    "subgroups": (f"{ONE}\n    subgroup: sex", "d", "member: women", "reproduced"),
    "outcomes": (BOTH, "d", "member: visits", "reproduced"),
    "pooled": (f"{ONE}\n    subgroup: sex", "d", 'combine: {men: "0.25", women: "0.75"}', "cannot_tell"),
}


def settled(design, folder):
    written, treatment, taken, _ = DESIGNS[design]
    shutil.copytree(workflow.case("nsw"), folder)
    shutil.copy(TABLES / "units.csv", folder / "nsw.csv")
    text = (folder / "contract.yaml").read_text(encoding="utf-8")
    text = text.replace('outcome: {column: re78, unit: "USD a year", better: higher}', written)
    text = text.replace("method: randomized_trial", "method: randomized_trials")
    text = text.replace("treatment: treat", f"treatment: {treatment}\n    covariates: [x]")
    text = text.replace("adjustment: none", "adjustment: lin")
    text = text.replace("estimate: earnings", f"estimate: earnings\n    {taken}")
    (folder / "contract.yaml").write_text(text, encoding="utf-8")
    contract = workflow.read_contract(folder / "contract.yaml")
    return contract, workflow.settle(contract, date="1979-06-01").sign(DEMO_KEY)


@pytest.mark.parametrize("design", DESIGNS)
def test_a_contract_is_settled_and_followed(design: str, tmp_path: Path) -> None:
    contract, certificate = settled(design, tmp_path / "trial")
    workflow.write_certificate(certificate, tmp_path / "certificate.json")
    found = workflow.verify(tmp_path / "certificate.json", contract=contract)
    verdicts = {finding.name: finding.verdict for finding in found.findings}
    assert found.ok
    assert verdicts["recomputed:effect"] == verdicts["result:earnings"] == "reproduced"
    assert verdicts["independent:effect"] == "reproduced"
    assert verdicts["independent:confidence"] == DESIGNS[design][3]  # a combination's error is not recomputed


def test_the_figure_is_that_of_the_member(tmp_path: Path) -> None:
    _, certificate = settled("arms", tmp_path / "trial")
    data = effekt.read_table(TABLES / "units.csv")
    effects = effekt.randomized_trials(
        data, outcome="days", treatment="arm", arms={"first": 1, "second": 2}, control=0, covariates="x"
    )
    values = {figure.id: figure.value for figure in certificate.figures}
    assert values["effect"] == f"{-effects['second'].estimate:.2f}"
    assert values["confidence"] == f"{effects['second'].p_value(alternative='greater'):.4f}"


def test_the_page_shows_every_member_with_its_unit(tmp_path: Path) -> None:
    _, certificate = settled("outcomes", tmp_path / "trial")
    effekt.report(certificate, tmp_path / "page.html", lang="sv")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "visits (VISITS)" in page
    assert "Effekterna gäller flera utfall för samma enheter och är därför korrelerade." in page
