"""Contracts that take figures from staggered adoption: an average, an event study, one cohort's effect."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from deciding import read_decided

import effekt
from effekt import workflow
from effekt.certificates import DEMO_KEY
from effekt.estimators.staggered import adoption, covariance

PANEL = Path(__file__).parents[1] / "goldens" / "staggered" / "panel.csv"
CALL = """outcome: {column: "y", unit: "days", better: lower}
    unit: unit
    time: year
    start: start
    never: "0"
    covariates: [x, z]
    adjustment: doubly_robust
    comparison: not_yet_treated
    base_period: varying
    anticipation: 0
    variance: leverage
    missing: raise"""
TAKEN = {
    "simple": ("\n    aggregate: simple", ""),
    "event study": ("\n    aggregate: dynamic", "\n    member: overall"),
    "first period": ("\n    aggregate: dynamic", '\n    member: "0"'),
    "one cohort": ("", '\n    member: "(2014, 2016)"'),
    "combined": ("", '\n    combine: {"(2014, 2015)": "0.5", "(2014, 2016)": "0.5"}'),
}


def contract_for(taken, folder):
    aggregate, member = TAKEN[taken]
    shutil.copytree(workflow.case("nsw"), folder)
    shutil.copy(PANEL, folder / "nsw.csv")
    head, _, rest = (folder / "contract.yaml").read_text(encoding="utf-8").partition("    method: randomized_trial\n")
    rest = rest[rest.index("figures:") :].replace("estimate: earnings", f"estimate: earnings{member}")
    text = f"{head}    method: analysis\n    data: nsw\n    {CALL}{aggregate}\n{rest}"
    text = text.replace("method: analysis", "method: staggered_adoption").replace("randomised\n", "quasi_experiment\n")
    (folder / "contract.yaml").write_text(text, encoding="utf-8")
    return read_decided(folder / "contract.yaml")


def effect_of(taken):
    effects = effekt.staggered_adoption(
        PANEL,
        outcome=effekt.Outcome(column="y", unit="days", better="lower"),
        unit="unit",
        time="year",
        start="start",
        never=0,
        covariates=["x", "z"],
        comparison="not_yet_treated",
    )
    return {
        "simple": lambda: effects.aggregate("simple"),
        "event study": lambda: effects.aggregate("dynamic").overall,
        "first period": lambda: effects.aggregate("dynamic")["0"],
        "one cohort": lambda: effects[2014, 2016],
        "combined": lambda: effects.combine({"(2014, 2015)": "0.5", "(2014, 2016)": "0.5"}),
    }[taken]()


@pytest.mark.parametrize("taken", TAKEN)
def test_a_contract_is_settled_reported_and_computed_again(taken, tmp_path):
    contract = contract_for(taken, tmp_path / "case")
    certificate = workflow.settle(contract, date="1979-06-01").sign(DEMO_KEY)
    values = {figure.id: figure.value for figure in certificate.figures}
    want = effect_of(taken).improvement()
    assert values["effect"] == f"{want.estimate:.2f}"
    assert values["confidence"] == f"{want.confidence_at_least(0):.4f}"
    workflow.write_certificate(certificate, tmp_path / "certificate.json")
    found = workflow.verify(tmp_path / "certificate.json", contract=contract)
    verdicts = {finding.name: finding.verdict for finding in found.findings}
    assert found.ok
    assert verdicts["recomputed:effect"] == verdicts["result:earnings"] == "reproduced"
    assert verdicts["independent:effect"] == verdicts["independent:confidence"] == "reproduced"
    for lang in ("sv", "en"):
        workflow.report(certificate, tmp_path / f"page.{lang}.html", lang=lang)
    page = (tmp_path / "page.sv.html").read_text(encoding="utf-8")
    assert "Skillnad-i-skillnad, införande i omgångar" in page
    assert "parallella trender före behandlingen" in page


@pytest.mark.parametrize("aggregate", ["\n    aggregate: none", "\n    aggregate: simple"])
def test_units_without_a_period_before_are_left_out_of_what_holds_and_none_may_be_written(aggregate, tmp_path):
    of = "one cohort" if "none" in aggregate else "simple"
    contract_for(of, tmp_path / "case")
    path = tmp_path / "case" / "contract.yaml"
    text = path.read_text(encoding="utf-8").replace("anticipation: 0", "anticipation: 1")
    path.write_text(
        text.replace("    missing: raise", f"    missing: raise{aggregate}", of == "one cohort"), encoding="utf-8"
    )
    panel = pd.read_csv(PANEL, dtype=str)
    second = sorted(panel["year"].unique())[1]
    panel.loc[panel["unit"].isin(panel.loc[panel["start"] == "0", "unit"].unique()[:4]), "start"] = second
    panel.to_csv(tmp_path / "case" / "nsw.csv", index=False)
    certificate = workflow.settle(read_decided(path), date="1979-06-01")
    assert [note.code for note in certificate.results["earnings"].notes if note.code == "always_treated"]
    found = workflow.verify(certificate, contract=workflow.read_contract(path))
    assert [one.name for one in found.differences if one.name != "signatures"] == []


def test_a_contract_leaves_no_choice_open(tmp_path):
    contract_for("simple", tmp_path / "case")
    path = tmp_path / "case" / "contract.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("    base_period: varying\n", ""), encoding="utf-8")
    with pytest.raises(effekt.ContractError, match="lacks the argument 'base_period'"):
        workflow.settle(workflow.read_contract(path), date="1979-06-01")


IMPUTED = CALL.replace(
    "covariates: [x, z]\n    adjustment: doubly_robust\n    comparison: not_yet_treated\n    ", ""
).replace("base_period: varying", "estimator: imputation")


@pytest.mark.parametrize("taken", ["simple", "event study", "one cohort"])
def test_imputation_is_settled_and_computed_again(taken, tmp_path):
    contract_for(taken, tmp_path / "case")
    path = tmp_path / "case" / "contract.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace(CALL, IMPUTED), encoding="utf-8")
    contract = workflow.read_contract(path)
    certificate = workflow.settle(contract, date="1979-06-01").sign(DEMO_KEY)
    effects = effekt.staggered_adoption(
        PANEL,
        outcome=effekt.Outcome(column="y", unit="days", better="lower"),
        unit="unit",
        time="year",
        start="start",
        never=0,
        estimator="imputation",
    )
    want = {
        "simple": lambda: effects.aggregate("simple"),
        "event study": lambda: effects.aggregate("dynamic").overall,
        "one cohort": lambda: effects[2014, 2016],
    }[taken]().improvement()
    values = {figure.id: figure.value for figure in certificate.figures}
    assert values["effect"] == f"{want.estimate:.2f}"
    assert values["confidence"] == f"{want.confidence_at_least(0):.4f}"
    workflow.write_certificate(certificate, tmp_path / "certificate.json")
    found = workflow.verify(tmp_path / "certificate.json", contract=contract)
    verdicts = {finding.name: finding.verdict for finding in found.findings}
    assert found.ok
    assert verdicts["result:earnings"] == "reproduced"
    assert verdicts["recomputed:effect"] == "reproduced"
    assert verdicts["independent:effect"] == verdicts["independent:confidence"] == "reproduced"
    for lang in ("sv", "en"):
        workflow.report(certificate, tmp_path / f"page.{lang}.html", lang=lang)
    assert "imputation" in (tmp_path / "page.en.html").read_text(encoding="utf-8")


def moved_means(monkeypatch):
    """An estimator whose counterfactual is a tenth too low."""
    whole = adoption.fit

    def low(*given):
        found = whole(*given)
        return replace(found, counterfactual=found.counterfactual - 0.1)

    monkeypatch.setattr(adoption, "fit", low)


def small_errors(monkeypatch):
    """A correction for small groups that is left out, under a certificate that says that it was made."""
    monkeypatch.setattr(covariance, "_leverage", lambda *given: np.zeros(1))


@pytest.mark.parametrize(
    ("taken", "alter", "figure"),
    [("simple", moved_means, "effect"), ("one cohort", small_errors, "confidence")],
    ids=["means", "errors"],
)
def test_an_altered_estimator_is_found_on_the_altered_machine_itself(taken, alter, figure, tmp_path, monkeypatch):
    contract = contract_for(taken, tmp_path / "case")
    alter(monkeypatch)
    certificate = workflow.settle(contract, date="1979-06-01").sign(DEMO_KEY)
    workflow.write_certificate(certificate, tmp_path / "certificate.json")
    found = workflow.verify(tmp_path / "certificate.json", contract=contract)
    verdicts = {finding.name: finding.verdict for finding in found.findings}
    assert verdicts[f"recomputed:{figure}"] == "reproduced"
    assert verdicts[f"independent:{figure}"] == "different"
    assert not found.ok


@pytest.mark.parametrize("line", ["comparison: never_treated", "base_period: varying", "covariates: [x, z]"])
def test_a_contract_on_imputation_has_no_choice_without_meaning(line, tmp_path):
    contract_for("simple", tmp_path / "case")
    path = tmp_path / "case" / "contract.yaml"
    text = path.read_text(encoding="utf-8").replace(CALL, f"{IMPUTED}\n    {line}")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(
        effekt.ContractError, match=f"`{line.split(':')[0]}` must be left out with estimator: imputation"
    ):
        workflow.settle(workflow.read_contract(path), date="1979-06-01")


@pytest.mark.parametrize("taken", ["simple", "one cohort"])
def test_other_people_in_each_period_are_settled_and_computed_again(taken, tmp_path):
    contract_for(taken, tmp_path / "case")
    shutil.copy(PANEL.with_name("people.csv"), tmp_path / "case" / "nsw.csv")
    path = tmp_path / "case" / "contract.yaml"
    text = path.read_text(encoding="utf-8").replace(CALL, f"{CALL}\n    sampling: repeated_cross_sections")
    path.write_text(
        text.replace("unit: unit", "unit: school").replace("(2014, 2016)", "(2014, 2015)"), encoding="utf-8"
    )
    contract = workflow.read_contract(path)
    certificate = workflow.settle(contract, date="1979-06-01").sign(DEMO_KEY)
    effects = effekt.staggered_adoption(
        PANEL.with_name("people.csv"),
        outcome=effekt.Outcome(column="y", unit="days", better="lower"),
        unit="school",
        time="year",
        start="start",
        never=0,
        covariates=["x", "z"],
        comparison="not_yet_treated",
        sampling="repeated_cross_sections",
    )
    want = (effects.aggregate("simple") if taken == "simple" else effects[2014, 2015]).improvement()
    values = {figure.id: figure.value for figure in certificate.figures}
    assert values["effect"] == f"{want.estimate:.2f}"
    assert values["confidence"] == f"{want.confidence_at_least(0):.4f}"
    workflow.write_certificate(certificate, tmp_path / "certificate.json")
    found = workflow.verify(tmp_path / "certificate.json", contract=contract)
    verdicts = {finding.name: finding.verdict for finding in found.findings}
    assert found.ok
    assert verdicts["independent:effect"] == verdicts["independent:confidence"] == "reproduced"
    workflow.report(certificate, tmp_path / "page.sv.html", lang="sv")
    assert "dragna ur samma population" in (tmp_path / "page.sv.html").read_text(encoding="utf-8")


FEW = CALL.replace("covariates: [x, z]\n    ", "").replace(
    "variance: leverage", "variance: none\n    inference: permutation\n    draws: 9999"
)


@pytest.mark.parametrize("taken", ["simple", "event study"])
def test_a_permutation_of_few_is_settled_and_computed_again(taken, tmp_path):
    contract_for(taken, tmp_path / "case")
    path = tmp_path / "case" / "contract.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace(CALL, FEW), encoding="utf-8")
    frame = pd.read_csv(PANEL)
    kept = [name for start in (0, 2013, 2014) for name in frame.loc[frame["start"] == start, "unit"].unique()[:2]]
    frame[frame["unit"].isin(kept)].to_csv(tmp_path / "case" / "nsw.csv", index=False)
    contract = workflow.read_contract(path)
    certificate = workflow.settle(contract, date="1979-06-01").sign(DEMO_KEY)
    workflow.write_certificate(certificate, tmp_path / "certificate.json")
    found = workflow.verify(tmp_path / "certificate.json", contract=contract)
    verdicts = {finding.name: finding.verdict for finding in found.findings}
    assert found.ok
    assert verdicts["independent:effect"] == verdicts["independent:confidence"] == "reproduced"
    workflow.report(certificate, tmp_path / "page.sv.html", lang="sv")
    assert "alla 90 sätt att ge klustren varandras perioder" in (tmp_path / "page.sv.html").read_text(encoding="utf-8")


def test_a_contract_writes_how_many_draws_a_permutation_may_take(tmp_path):
    contract_for("simple", tmp_path / "case")
    path = tmp_path / "case" / "contract.yaml"
    text = path.read_text(encoding="utf-8").replace(CALL, FEW.replace("\n    draws: 9999", ""))
    path.write_text(text, encoding="utf-8")
    with pytest.raises(effekt.ContractError, match="lacks the argument 'draws'"):
        workflow.settle(workflow.read_contract(path), date="1979-06-01")


def test_a_written_none_is_no_choice_between_comparisons(tmp_path):
    contract_for("simple", tmp_path / "case")
    path = tmp_path / "case" / "contract.yaml"
    text = path.read_text(encoding="utf-8").replace("comparison: not_yet_treated", "comparison: none")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(effekt.ContractError, match="lacks the argument 'comparison'"):
        workflow.settle(workflow.read_contract(path), date="1979-06-01")
