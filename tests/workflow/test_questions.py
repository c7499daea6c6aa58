"""What figures ask of a result is in the certificate: other nulls, thresholds and levels than the usual."""

from __future__ import annotations

import json
import shutil
from functools import cache
from pathlib import Path

import pytest
from deciding import read_decided

from effekt import workflow
from effekt.certificates import DEMO_KEY, Envelope, canonical_json, read_envelope, sign
from effekt.certificates.certificate import Certificate
from effekt.estimators.randomized import proportions

KINDS = {
    "randomization": ("pay", "finite", "    inference: randomization\n    draws: 99\n    rng: 20260101\n"),
    "wild_bootstrap": (
        "pay",
        "super",
        "    cluster: shop\n    inference: wild_bootstrap\n    draws: 99\n    rng: 20260101\n",
    ),
    "newcombe": ("work", "super", "    inference: newcombe\n"),
    "miettinen_nurminen": ("work", "super", "    inference: miettinen_nurminen\n"),
    "barnard": ("work", "super", "    inference: barnard\n"),
    "exact_poisson": ("work", "super", "    inference: exact_poisson\n"),
}
BARNARD = cache(proportions.barnard)
USUAL = 'view: improvement\n    statistic: confidence_at_least\n    threshold: "0"'
ASKED = {
    "a threshold": 'view: improvement\n    statistic: confidence_at_least\n    threshold: "0.25"',
    "a relative threshold": 'view: relative_improvement\n    statistic: confidence_at_least\n    threshold: "0.05"',
    "a null": 'view: difference\n    statistic: p_value\n    "null": "0.1"\n    alternative: less',
    "a level": 'view: improvement\n    statistic: confidence_low\n    level: "0.85"\n    alternative: two-sided',
    "a side": 'view: relative\n    statistic: confidence_high\n    level: "0.7"\n    alternative: less',
    "a level that does not exist": (
        'view: improvement\n    statistic: confidence_low\n    level: "0.9999999"\n    alternative: two-sided'
    ),
    "no interval of a ratio": (
        'view: ratio\n    statistic: confidence_low\n    level: "0.9999999"\n    alternative: greater'
    ),
}


def settled(folder: Path, kind: str, asked: str) -> tuple[workflow.Contract, Certificate]:
    outcome, population, inference = KINDS[kind]
    shutil.copytree(workflow.case("nsw"), folder)
    rows = [f"{int(i % 9 < 6 - 3 * (i % 2))},{13 + (7 * i) % 11 - 2 * (i % 2)},{i % 2},{i % 8}" for i in range(48)]
    (folder / "nsw.csv").write_text("\n".join(["work,pay,treat,shop", *rows]) + "\n", encoding="utf-8")
    text = (folder / "contract.yaml").read_text(encoding="utf-8")
    text = text.replace("population: super", f"population: {population}").replace("column: re78", f"column: {outcome}")
    text = text.replace("    variance: HC2\n", f"    variance: none\n{inference}")
    text = text.replace('    view: improvement\n    statistic: confidence_at_least\n    threshold: "0"', f"    {asked}")
    assert asked in text
    (folder / "contract.yaml").write_text(text, encoding="utf-8")
    contract = read_decided(folder / "contract.yaml")
    certificate = workflow.settle(contract, date="1979-06-01").sign(DEMO_KEY)
    workflow.write_certificate(certificate, folder / "certificate.json")
    return contract, certificate


@pytest.fixture
def barnard_once(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Barnard's sets of the one table are computed anew in settling and in verifying for the first question only."""
    if request.getfixturevalue("asked") != next(iter(ASKED)):
        monkeypatch.setattr(proportions, "barnard", BARNARD)


@pytest.mark.usefixtures("barnard_once")
@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("kind", KINDS)
def test_a_figure_is_taken_from_the_signed_result_again(kind: str, asked: str, tmp_path: Path) -> None:
    contract, certificate = settled(tmp_path / "trial", kind, ASKED[asked])
    figure = next(figure for figure in certificate.figures if figure.id == "confidence")
    found = workflow.verify(tmp_path / "trial" / "certificate.json", contract=contract)
    verdicts = {finding.name: finding.verdict for finding in found.findings}
    assert [finding for finding in found.findings if finding.verdict == "different"] == []
    assert verdicts["recomputed:confidence"] == verdicts["result:earnings"] == "reproduced"
    if figure.value is None:
        assert verdicts["figure:confidence"] in ("reproduced", "cannot_tell")
    else:
        assert verdicts["figure:confidence"] == "reproduced"


def test_what_is_not_asked_is_not_told(tmp_path: Path) -> None:
    _, certificate = settled(tmp_path / "trial", "randomization", ASKED["a threshold"])
    inference = certificate.predicate["results"]["earnings"]["inference"]
    asked = [one for one in inference["p_values"] if one["null"] == 0.25]
    assert [(one["contrast"], one["alternative"]) for one in asked] == [("difference", "greater")]


@pytest.mark.parametrize(
    ("changed", "verdict"),
    [
        ({"state": "determined", "value": "0.9000", "reason": None}, "different"),
        ({"unit": "USD"}, "different"),
        ({"reason": {"en": "It was paid already.", "sv": "Den är redan betald."}}, "cannot_tell"),
    ],
)
def test_a_referred_figure_is_no_pass(changed: dict[str, object], verdict: str, tmp_path: Path) -> None:
    """Without data the reason cannot be told; with data it is compared like all else."""
    contract, _ = settled(tmp_path / "trial", "randomization", ASKED["a level that does not exist"])
    statement = json.loads(read_envelope((tmp_path / "trial" / "certificate.json").read_bytes()).payload)
    figure = next(one for one in statement["predicate"]["settlement"]["figures"] if one["id"] == "confidence")
    assert figure["state"] == "referred"
    figure.update(changed)
    forged = Certificate(sign(Envelope(payload=canonical_json(statement)), DEMO_KEY))
    verdicts = {one.name: one.verdict for one in workflow.verify(forged, contract=contract).findings}
    assert verdicts["figure:confidence"] == verdict
    assert verdicts["recomputed:confidence"] == "different"
