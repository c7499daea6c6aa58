"""Contracts that take figures from an event study, or have trends checked: settled, reported, computed again."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest
from deciding import read_decided

import effekt
from effekt import workflow
from effekt.certificates import DEMO_KEY

PANEL = Path(__file__).parents[1] / "goldens" / "panel" / "balanced.csv"
STAGGERED = Path(__file__).parents[1] / "goldens" / "staggered" / "panel.csv"
OUTCOME = 'outcome: {column: "y", unit: "days", better: lower}'
EVENTS = f"""{OUTCOME}
    unit: unit
    time: time
    treatment: d
    variance: CR2
    inference: asymptotic
    sampling: panel
    missing: raise
    checks: [pretrend, relative_magnitudes, smoothness]
    threshold: "-0.25"
    margin: "2\""""
DIFFERENCES = EVENTS.replace('    margin: "2"', "").rstrip()
COHORTS = f"""{OUTCOME}
    unit: unit
    time: year
    start: start
    never: "0"
    adjustment: doubly_robust
    comparison: not_yet_treated
    base_period: universal
    anticipation: 0
    variance: leverage
    missing: raise
    aggregate: simple
    checks: [relative_magnitudes, bacon_decomposition]
    threshold: "-0.25\""""
CASES = {
    "one period": ("event_study", EVENTS, 'member: "1"', PANEL),
    "permutation": (
        "event_study",
        EVENTS.partition("    checks")[0]
        .replace("variance: CR2", "variance: none")
        .replace("asymptotic", "permutation")
        + "    draws: 9999\n    rng: 1",
        'member: "0"',
        PANEL,
    ),
    "difference": ("difference_in_differences", DIFFERENCES, None, PANEL),
    "cohorts": ("staggered_adoption", COHORTS, None, STAGGERED),
}


def contract_for(case, folder):
    method, call, member, data = CASES[case]
    shutil.copytree(workflow.case("nsw"), folder)
    frame = pd.read_csv(data)
    if data is PANEL:
        frame = frame.assign(d=frame.groupby("unit")["d"].transform("max") * (frame["time"] >= 2017))
        frame = frame[frame["unit"].isin(frame["unit"].unique()[: 10 if case == "permutation" else 16])]
    frame.to_csv(folder / "nsw.csv", index=False)
    head, _, rest = (folder / "contract.yaml").read_text(encoding="utf-8").partition("    method: randomized_trial\n")
    rest = rest[rest.index("figures:") :]
    if member:
        rest = rest.replace("estimate: earnings", f"estimate: earnings\n    {member}")
    text = f"{head}    method: {method}\n    data: nsw\n    {call}\n{rest}".replace(
        "randomised\n", "quasi_experiment\n"
    )
    (folder / "contract.yaml").write_text(text, encoding="utf-8")
    return read_decided(folder / "contract.yaml"), frame


@pytest.mark.parametrize("case", CASES)
def test_a_contract_is_settled_reported_and_computed_again(case, tmp_path):
    contract, _ = contract_for(case, tmp_path / "case")
    certificate = workflow.settle(contract, date="1979-06-01").sign(DEMO_KEY)
    workflow.write_certificate(certificate, tmp_path / "certificate.json")
    found = workflow.verify(tmp_path / "certificate.json", contract=contract)
    verdicts = {finding.name: finding.verdict for finding in found.findings}
    assert found.ok
    assert verdicts["result:earnings"] == verdicts["recomputed:effect"] == "reproduced"
    assert verdicts["independent:effect"] == verdicts["independent:confidence"] == "reproduced"
    checks = {diagnostic.name for diagnostic in certificate.results["earnings"].diagnostics}
    pages = {}
    for lang in ("sv", "en"):
        workflow.report(certificate, tmp_path / f"page.{lang}.html", lang=lang)
        pages[lang] = (tmp_path / f"page.{lang}.html").read_text(encoding="utf-8")
    if case == "permutation":
        assert "pretrend" not in checks
        return
    assert "honest_did" in checks
    assert ("bacon_decomposition" in checks) == (case == "cohorts")
    assert "If trends were not parallel" in pages["en"]
    assert "Om trenderna inte var parallella" in pages["sv"]
    assert "−0.25" in pages["en"]
    assert "−0,25" in pages["sv"]
    assert "trends hold" not in pages["en"]


def test_the_figure_is_the_period_s(tmp_path):
    contract, frame = contract_for("one period", tmp_path / "case")
    certificate = workflow.settle(contract, date="1979-06-01")
    outcome = effekt.Outcome(column="y", unit="days", better="lower")
    effects = effekt.event_study(frame, outcome=outcome, unit="unit", time="time", treatment="d")
    values = {figure.id: figure.value for figure in certificate.figures}
    want = effects["1"].improvement()
    assert values["effect"] == f"{want.estimate:.2f}"
    assert values["confidence"] == f"{want.confidence_at_least(0):.4f}"


@pytest.mark.parametrize("left", ["sampling: panel", "variance: CR2", "inference: asymptotic"])
def test_a_contract_leaves_no_choice_open(left, tmp_path):
    contract_for("one period", tmp_path / "case")
    path = tmp_path / "case" / "contract.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace(f"    {left}\n", "", 1), encoding="utf-8")
    with pytest.raises(effekt.ContractError, match=f"lacks the argument '{left.split(':')[0]}'"):
        workflow.check(workflow.read_contract(path))


def test_a_check_that_the_call_cannot_make_is_refused_before_there_are_data(tmp_path):
    contract_for("cohorts", tmp_path / "case")
    path = tmp_path / "case" / "contract.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("universal", "varying"), encoding="utf-8")
    with pytest.raises(effekt.ContractError, match="must compare all periods with one, which base_period: varying"):
        workflow.check(workflow.read_contract(path))
