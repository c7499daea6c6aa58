"""Contracts on other people in each period and on a third difference: settled, and followed a second time."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from effekt import workflow
from effekt.certificates import DEMO_KEY

ANALYSES = {
    "other people": "sampling: repeated_cross_sections\n    covariates: [x]",
    "third": "sampling: repeated_cross_sections\n    eligible: e",
    "third in a panel": "eligible: e",
    "third in a panel, permuted": "eligible: e\n    inference: permutation\n    draws: 999",
    "third in a panel, turned by signs": "eligible: e\n    inference: wild_bootstrap\n    draws: 999\n"
    "    wild_weights: rademacher",
}


def write_people(path: Path, most: int) -> None:
    rng = random.Random(7)
    rows = ["unit,year,d,e,x,y"]
    for unit in range(8):
        for year in (2018, 2019, 2020):
            d = int(unit < 4 and year > 2018)
            for e in (0, 1):
                for _ in range(rng.randint(1, most)):
                    y = 20 + unit + 2 * d * e + rng.gauss(0, 1)
                    rows.append(f"u{unit},{year},{d},{e},{rng.gauss(0, 1):.1f},{y:.2f}")
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")


def verdicts_of(folder: Path, design: str, *, gap: bool = False) -> dict[str, str]:
    """What is verified of a contract on a design, with a gap in one unit that the contract leaves out."""
    shutil.copytree(workflow.case("nsw"), folder)
    write_people(folder / "nsw.csv", 1 if design.startswith("third in a panel") else 3)
    text = (folder / "contract.yaml").read_text(encoding="utf-8")
    text = text.replace("method: randomized_trial", "method: difference_in_differences")
    text = text.replace(
        'outcome: {column: re78, unit: "USD a year", better: higher}',
        'outcome: {column: "y", unit: points, better: higher}',
    )
    text = text.replace("treatment: treat", f"unit: unit\n    time: year\n    treatment: d\n    {ANALYSES[design]}")
    text = text.replace("variance: HC2", f"variance: {'none' if 'inference' in ANALYSES[design] else 'CR2'}")
    for line in ("adjustment: none", "estimand: ATE", "population: super"):
        text = text.replace(f"    {line}\n", "")
    text = text.replace("attribution: randomised", "attribution: quasi_experiment")
    if gap:
        text = text.replace("    missing: raise\n", "    missing: drop\n")
        lines = (folder / "nsw.csv").read_text(encoding="utf-8").splitlines()
        lines = [line for line in lines if not line.startswith("u7,2019")]
        (folder / "nsw.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "contract.yaml").write_text(text, encoding="utf-8")
    contract = workflow.read_contract(folder / "contract.yaml")
    certificate = workflow.settle(contract, date="2021-06-01").sign(DEMO_KEY)
    workflow.write_certificate(certificate, folder / "certificate.json")
    found = workflow.verify(folder / "certificate.json", contract=contract)
    return {finding.name: finding.verdict for finding in found.findings}


@pytest.mark.parametrize("design", ANALYSES)
@pytest.mark.parametrize("gap", [False, True], ids=["whole", "a unit left out"])
def test_a_contract_is_settled_and_followed(design: str, gap: bool, tmp_path: Path) -> None:
    verdicts = verdicts_of(tmp_path / "trial", design, gap=gap)
    for name in ("independent:effect", "independent:confidence", "recomputed:effect", "result:earnings"):
        assert verdicts[name] == "reproduced", (name, verdicts)
