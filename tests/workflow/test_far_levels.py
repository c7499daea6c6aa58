"""A contract whose figures are of a combination of outcomes at a far level: settled, read and made again alike."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from effekt import workflow
from effekt.contracts import Contract

CONTRACT = """
schema: effekt/contract/1
id: far
title: {sv: Långt, en: Far}
parties:
  a: {role: payer, name: A}
  b: {role: provider, name: B}
  c: {role: verifier, name: C, keys: ["5llo4wqsNkDPW2/3lpXD9GZYilDE+Emw9m0kPhVSY/Q="]}
signing: {threshold: 1, roles: [verifier]}
dates: {signed: "2000-01-01", outcome_data_from: "2000-01-02"}
attribution: randomised
data: {rows: {path: rows.csv, text: [p, k]}}
analysis:
  trial:
    method: randomized_trials
    data: rows
    outcome:
      - {column: wages, unit: SEK, better: higher}
      - {column: benefits, unit: SEK, better: higher}
    treatment: d
    cluster: k
    pairs: p
    adjustment: none
    estimand: ATE
    population: super
    variance: between_pair
    missing: raise
    minimum_n: none
figures:
  error: {FIGURE, statistic: std_error, digits: 4, on_unavailable: refer}
  p: {FIGURE, statistic: p_value, digits: 6, on_unavailable: refer}
  low: {FIGURE, statistic: confidence_low, level: "0.95", alternative: two-sided, digits: 2, on_unavailable: refer}
payment:
  currency: SEK
  quantum: "1"
  rounding: half_up
  lines: {l: {payers: {a: "1"}, payee: b, pays: {fixed: "1"}, cap: "1000000"}}
"""
FIGURE = 'estimate: trial, combine: {wages: "1", benefits: "-1"}, view: difference, unit: SEK'


def settled(
    level: int, folder: Path, text: str = CONTRACT, *, near: bool = False
) -> tuple[Contract, workflow.Certificate]:
    rng = np.random.default_rng(1)
    rows = [(j, arm) for j in range(10) for arm in (1, 0) for _ in range(int(rng.integers(1, 6)))]
    amounts = [[f"{level + rng.integers(-300, 300)}" for _ in range(2)] for _ in rows]
    if near:
        amounts = [[f"{own[0]}.{cents}" for cents in rng.integers(10, 99, 2)] for own in amounts]
    lines = [f"p{j},k{j}{arm},{arm},{','.join(own)}" for (j, arm), own in zip(rows, amounts, strict=True)]
    folder.mkdir()
    (folder / "rows.csv").write_text("\n".join(["p,k,d,wages,benefits", *lines]), encoding="utf-8")
    (folder / "contract.yaml").write_text(text.replace("FIGURE", FIGURE), encoding="utf-8")
    contract = workflow.read_contract(folder / "contract.yaml")
    return contract, workflow.settle(contract, date="2001-01-01")


@pytest.mark.parametrize("level", [10**6, 10**8, 10**10])
def test_a_combination_at_a_far_level_is_settled_as_at_none(level: int, tmp_path: Path) -> None:
    contract, certificate = settled(level, tmp_path / "far")
    _, near = settled(0, tmp_path / "near")
    values, told = ({one.id: one.value for one in own.figures} for own in (certificate, near))
    assert values == told
    workflow.write_certificate(certificate, tmp_path / "certificate.json")
    found = workflow.verify(tmp_path / "certificate.json", contract=contract)
    verdicts = {one.name: one.verdict for one in found.findings}
    assert {verdicts[f"recomputed:{name}"] for name in values} == {"reproduced"}
    assert verdicts["result:trial"] == "reproduced"


@pytest.mark.parametrize("level", [10**6, 10**7, 10**8])
def test_a_combination_of_means_that_cancel_is_right_to_the_last_places_of_each(level: int, tmp_path: Path) -> None:
    """Each effect is a difference of means as floats, whose last places the two routes do not share."""
    names = {"effect": "estimate", "with": "treated_mean", "without": "counterfactual_mean"}
    figures = "".join(f"  {name}: {{FIGURE, statistic: {kind}, digits: 12}}\n" for name, kind in names.items())
    figures = figures.replace("estimate, digits", "estimate, without_inference: pay, digits")
    contract, certificate = settled(
        level, tmp_path / "far", CONTRACT.replace("payment:", f"{figures}payment:", 1), near=True
    )
    workflow.write_certificate(certificate, tmp_path / "certificate.json")
    found = workflow.verify(tmp_path / "certificate.json", contract=contract)
    verdicts = {one.name: one.verdict for one in found.findings}
    assert {verdicts[f"independent:{name}"] for name in names} <= {"reproduced", "within_tolerance"}
