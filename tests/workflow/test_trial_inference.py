"""Contracts whose trial asks for inference by randomisation or by a test of two shares."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from deciding import read_decided

import effekt
from effekt import workflow
from effekt._inference import wild_bootstrap, wild_weights
from effekt.certificates import DEMO_KEY
from effekt.certificates.certificate import Certificate
from effekt.certificates.envelope import Envelope, sign
from effekt.estimators.randomized import lots
from effekt.exceptions import ContractError
from effekt.workflow.plan.short_bounds import never_found

DESIGNS = {
    "randomization": ("    inference: randomization\n    draws: 499\n    rng: 20260101\n", "pay", "finite"),
    "miettinen_nurminen": ("    inference: miettinen_nurminen\n", "work"),
    "newcombe": ("    inference: newcombe\n", "work"),
}
RATES = {
    "exact_poisson": "    variance: none\n    inference: exact_poisson\n    exposure: months\n",
    "quasi_poisson": "    variance: quasi_poisson\n    exposure: months\n",
}


def contract_of(
    folder: Path, written: str, outcome: str = "pay", population: str = "super", units: int = 42
) -> workflow.Contract:
    shutil.copytree(workflow.case("nsw"), folder)
    text = (folder / "contract.yaml").read_text(encoding="utf-8")
    assert "    variance: HC2\n" in text
    rows = [f"{int(i % 9 < 6 - 3 * (i % 2))},{13 + (7 * i) % 11 - 2 * (i % 2)},{(i + 1) % 2}" for i in range(units)]
    (folder / "nsw.csv").write_text("\n".join(["work,pay,treat", *rows]) + "\n", encoding="utf-8")
    text = text.replace("population: super", f"population: {population}")
    text = text.replace("    variance: HC2\n", f"    variance: none\n{written}").replace(
        "column: re78", f"column: {outcome}"
    )
    (folder / "contract.yaml").write_text(text, encoding="utf-8")
    return read_decided(folder / "contract.yaml")


@pytest.mark.parametrize("inference", DESIGNS)
def test_a_contract_is_settled_and_computed_again(inference: str, tmp_path: Path) -> None:
    folder = tmp_path / "trial"
    contract = contract_of(folder, *DESIGNS[inference])
    certificate = workflow.settle(contract, date="1979-06-01").sign(DEMO_KEY)
    workflow.write_certificate(certificate, folder / "certificate.json")
    assert '"statistics"' not in (folder / "certificate.json").read_text(encoding="utf-8")
    found = workflow.verify(folder / "certificate.json", contract=contract)
    verdicts = {finding.name: finding.verdict for finding in found.findings}
    assert verdicts["recomputed:effect"] == "reproduced"
    assert verdicts["recomputed:confidence"] == "reproduced"
    assert verdicts["result:earnings"] == "reproduced"
    assert verdicts["independent:effect"] == "reproduced"
    assert verdicts["independent:confidence"] == "reproduced"


def test_a_package_that_draws_other_assignments_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever patches the draws settles and computes again alike; the second route draws from the seed by itself."""
    folder = tmp_path / "trial"
    contract = contract_of(folder, *DESIGNS["randomization"])
    honest = lots.Streams
    monkeypatch.setattr(lots, "streams_of", lambda rng: honest(words=[1, 2, 3, 4]))
    certificate = workflow.settle(contract, date="1979-06-01").sign(DEMO_KEY)
    workflow.write_certificate(certificate, folder / "certificate.json")
    found = workflow.verify(folder / "certificate.json", contract=contract)
    verdicts = {finding.name: finding.verdict for finding in found.findings}
    assert verdicts["recomputed:confidence"] == "reproduced"
    assert verdicts["independent:confidence"] == "different"


@pytest.mark.parametrize("bound", [False, True])
@pytest.mark.parametrize(("moved", "verdict"), [(0, "reproduced"), (1, "different")])
def test_signs_that_are_drawn_are_drawn_again(
    moved: int, verdict: str, bound: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second route has the signs of the seed by itself, and finds out a package that draws those of another."""
    folder = tmp_path / "trial"
    written = "    inference: wild_bootstrap\n    cluster: place\n    draws: 999\n    rng: 4\n"
    contract_of(folder, written)
    if bound:
        text = (folder / "contract.yaml").read_text(encoding="utf-8")
        asked = 'statistic: confidence_at_least\n    threshold: "0"'
        assert asked in text
        text = text.replace(asked, 'statistic: confidence_low\n    level: "0.9"\n    alternative: two-sided')
        (folder / "contract.yaml").write_text(text, encoding="utf-8")
    rows = [f"{13 + (7 * i) % 11 + i // 4 % 3 - (i * i) % 5},{i // 4 % 2},{i // 4}" for i in range(80)]
    (folder / "nsw.csv").write_text("\n".join(["pay,treat,place", *rows]) + "\n", encoding="utf-8")
    wild_bootstrap._solved.cache_clear()  # holds what the last test's package drew
    monkeypatch.setattr(wild_bootstrap, "drawn", lambda *given: wild_weights.drawn(*given[:-1], given[-1] + moved))
    contract = read_decided(folder / "contract.yaml")
    certificate = workflow.settle(contract, date="1979-06-01").sign(DEMO_KEY)
    workflow.write_certificate(certificate, folder / "certificate.json")
    found = workflow.verify(folder / "certificate.json", contract=contract)
    verdicts = {finding.name: finding.verdict for finding in found.findings}
    assert verdicts["recomputed:confidence"] == "reproduced"
    assert verdicts["independent:confidence"] == verdict


@pytest.mark.parametrize("name", RATES)
def test_a_rate_is_settled_and_followed_by_both_routes(name: str, tmp_path: Path) -> None:
    """Events over months at risk: how sure a relative effect is, on a page in both languages."""
    folder = tmp_path / "trial"
    shutil.copytree(workflow.case("nsw"), folder)
    rows = [f"{(5 * i) % 7 // 2 + i % 2},{3 + i % 10},{(i + 1) % 2}" for i in range(42)]
    (folder / "nsw.csv").write_text("\n".join(["events,months,treat", *rows]) + "\n", encoding="utf-8")
    text = (folder / "contract.yaml").read_text(encoding="utf-8")
    text = text.replace("column: re78", "column: events").replace("    variance: HC2\n", RATES[name])
    text = text.replace("better: higher", "better: lower")
    usual = '    view: improvement\n    statistic: confidence_at_least\n    threshold: "0"'
    assert usual in text
    text = text.replace(usual, usual.replace("improvement", "relative_improvement"))
    (folder / "contract.yaml").write_text(text, encoding="utf-8")
    contract = workflow.read_contract(folder / "contract.yaml")
    certificate = workflow.settle(contract, date="1979-06-01").sign(DEMO_KEY)
    workflow.write_certificate(certificate, folder / "certificate.json")
    found = workflow.verify(folder / "certificate.json", contract=contract)
    verdicts = {finding.name: finding.verdict for finding in found.findings}
    for finding in ("recomputed:effect", "recomputed:confidence", "result:earnings"):
        assert verdicts[finding] == "reproduced"
    assert verdicts["independent:effect"] == verdicts["independent:confidence"] == "reproduced"
    effekt.report(certificate, folder / "page.html", lang="sv")
    assert "gånger så mycket som Poissonfördelade antal" in (folder / "page.html").read_text(encoding="utf-8")


def test_assignments_that_can_all_be_listed_are_followed(tmp_path: Path) -> None:
    folder = tmp_path / "trial"
    contract = contract_of(folder, DESIGNS["randomization"][0], population="finite", units=14)
    certificate = workflow.settle(contract, date="1979-06-01").sign(DEMO_KEY)
    workflow.write_certificate(certificate, folder / "certificate.json")
    found = workflow.verify(folder / "certificate.json", contract=contract)
    verdicts = {finding.name: finding.verdict for finding in found.findings}
    assert verdicts["independent:effect"] == verdicts["independent:confidence"] == "reproduced"


def test_a_contract_says_how_many_assignments_are_drawn(tmp_path: Path) -> None:
    contract = contract_of(tmp_path / "trial", "    inference: randomization\n    rng: 1\n")
    with pytest.raises(ContractError) as refusal:
        workflow.settle(contract, date="1979-06-01")
    assert str(refusal.value).startswith(
        "line 19: analysis.earnings lacks the argument 'draws'; a contract leaves no choice"
    )


@pytest.mark.parametrize("name", RATES)
@pytest.mark.parametrize(
    ("asked", "never"),
    [
        ('improvement\n    statistic: confidence_at_least\n    threshold: "0"', False),
        ('improvement\n    statistic: confidence_at_least\n    threshold: "0.1"', True),
        ('improvement\n    statistic: confidence_low\n    level: "0.95"\n    alternative: greater', True),
        ('relative_improvement\n    statistic: confidence_low\n    level: "0.95"\n    alternative: greater', False),
        ("ratio\n    statistic: std_error", None),
    ],
)
def test_a_bound_that_will_never_be_found_is_told_before_signing(
    name: str, asked: str, never: bool | None, tmp_path: Path
) -> None:
    folder = tmp_path / "trial"
    shutil.copytree(workflow.case("nsw"), folder)
    text = (folder / "contract.yaml").read_text(encoding="utf-8")
    text = text.replace("    variance: HC2\n", RATES[name]).replace("better: higher", "better: lower")
    text = text.replace('improvement\n    statistic: confidence_at_least\n    threshold: "0"', asked)
    (folder / "contract.yaml").write_text(text, encoding="utf-8")
    told = [one.en for one in never_found(workflow.read_contract(folder / "contract.yaml"))]
    expected = name == "exact_poisson" if never is None else never
    why = "is of the ratio, and of a difference says only whether it is zero" if never else "has no standard error"
    sentence = f"will never have a value: analysis.earnings has {name}, which {why}."
    assert [sentence in one for one in told] == [True] * expected


@pytest.mark.parametrize("moved", [None, "-0.000000000400", "-0.000000001000", "0.000001000000", "0.050000000000"])
def test_an_end_of_exactly_zero_is_near_by_its_distance_from_the_estimate(moved: str | None, tmp_path: Path) -> None:
    """Ties within 1e-11 of the squares put an end of 0 at -5e-12, beside an estimate of 3/7; 1e-9 of that is near."""
    folder = tmp_path / "trial"
    contract_of(folder, "    inference: wild_bootstrap\n    cluster: place\n    draws: 999\n    rng: 4\n")
    text = (folder / "contract.yaml").read_text(encoding="utf-8")
    asked = 'statistic: confidence_at_least\n    threshold: "0"\n    digits: 4'
    assert asked in text
    bound = 'statistic: confidence_low\n    level: "0.9"\n    alternative: two-sided\n    digits: 12'
    (folder / "contract.yaml").write_text(text.replace(asked, bound), encoding="utf-8")
    clusters = {"t0": [1, 1, 1], "t1": [1], "t2": [1], "c0": [1], "c1": [1, 1, 1, 0], "c2": [0, 0]}
    rows = [f"{y},{int(name[0] == 't')},{name}" for name, own in clusters.items() for y in own]
    (folder / "nsw.csv").write_text("\n".join(["pay,treat,place", *rows]) + "\n", encoding="utf-8")
    contract = read_decided(folder / "contract.yaml")
    certificate = workflow.settle(contract, date="1979-06-01").sign(DEMO_KEY)
    (stated,) = (one.value for one in certificate.figures if one.id == "confidence")
    assert stated == "-0.000000000005"
    if moved is not None:
        plain = certificate.envelope.payload.decode().replace(f'"{stated}"', f'"{moved}"')
        certificate = Certificate(sign(Envelope(payload=plain.encode()), DEMO_KEY))
    found = workflow.verify(certificate, contract=contract)
    verdicts = {finding.name: finding.verdict for finding in found.findings}
    near = moved is None or abs(float(moved)) < 1e-9 * 3 / 7
    assert verdicts["independent:confidence"] == ("within_tolerance" if near else "different")
    assert verdicts["recomputed:confidence"] == ("reproduced" if moved is None else "different")
