"""A contract that pays on a ratio of which the result has no set: referred or zero as written, and it says why."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from effekt import workflow
from effekt.certificates import DEMO_KEY

ROWS = ["re78,treat", *["0,1"] * 21, *[f"{int(i % 4 == 0 and i < 20)},0" for i in range(21)]]


def contract_of(folder: Path, on_unavailable: str) -> workflow.Contract:
    """What the case nsw pays, when the lower bound of the relative fall in events is above 0.2."""
    shutil.copytree(workflow.case("nsw"), folder)
    (folder / "nsw.csv").write_text("\n".join(ROWS) + "\n", encoding="utf-8")
    text = (folder / "contract.yaml").read_text(encoding="utf-8")
    old = '    view: improvement\n    statistic: confidence_at_least\n    threshold: "0"\n'
    new = '    view: relative_improvement\n    statistic: confidence_low\n    level: "0.95"\n    alternative: greater\n'
    for before, after in (
        (old, new),
        ("better: higher", "better: lower"),
        ("on_unavailable: refer", f"on_unavailable: {on_unavailable}"),
        ('ge: "0.95"', 'ge: "0.20"'),
    ):
        assert text.count(before) == 1
        text = text.replace(before, after)
    (folder / "contract.yaml").write_text(text, encoding="utf-8")
    return workflow.read_contract(folder / "contract.yaml")


@pytest.mark.parametrize("on_unavailable", ["refer", "zero"])
def test_no_money_moves_on_a_share_that_was_never_certain(on_unavailable: str, tmp_path: Path) -> None:
    folder = tmp_path / "case"
    contract = contract_of(folder, on_unavailable)
    certificate = workflow.settle(contract, date="1979-06-01").sign(DEMO_KEY)
    (figure,) = [figure for figure in certificate.figures if figure.id == "confidence"]
    if on_unavailable == "zero":
        assert (figure.state, figure.value) == ("determined", "0.0000")
    else:
        assert (figure.state, figure.value) == ("referred", None)
        assert figure.reason is not None
        assert figure.reason.en.startswith("confidence: No event was seen among the treated")
        assert figure.reason.sv.startswith("confidence: Ingen händelse sågs bland de behandlade")
    workflow.write_certificate(certificate, folder / "certificate.json")
    found = workflow.verify(folder / "certificate.json", contract=contract)
    verdicts = {finding.name: finding.verdict for finding in found.findings}
    assert "differs" not in verdicts.values(), verdicts
    assert verdicts["result:earnings"] == "reproduced"
    assert verdicts["independent:effect"] == "reproduced"
    for lang, words in (("en", "No event was seen among the treated"), ("sv", "Ingen händelse sågs")):
        workflow.report(certificate, folder / f"page.{lang}.html", lang=lang)
        page = (folder / f"page.{lang}.html").read_text(encoding="utf-8")
        assert words in page
        assert ("no variation that the standard error could count" in page) == (lang == "en")
