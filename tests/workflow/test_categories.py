"""A contract whose covariates are text: settled, and reproduced by both routes."""

from __future__ import annotations

import csv
from pathlib import Path

from deciding import read_decided

from effekt import workflow
from effekt.certificates import DEMO_KEY

GOLDENS = Path(__file__).parents[1] / "goldens" / "compliers"
AREAS, CODES = ("north", "söder", "west"), ("01", "2")
CONTRACT = """\
schema: effekt/contract/1
id: lottery
title: {sv: "Lottad insats", en: "A programme by lot"}
parties:
  state: {role: payer, name: "The state (illustration)"}
  fund: {role: investor, name: "The fund (illustration)"}
  verifier:
    role: verifier
    name: "Independent verifier"
    keys: ["5llo4wqsNkDPW2/3lpXD9GZYilDE+Emw9m0kPhVSY/Q="]
signing: {threshold: 1, roles: [verifier]}
dates: {signed: "2017-03-01", outcome_data_from: "2018-12-31"}
attribution: randomised
data:
  trial: {path: "trial.csv", text: [code]}
analysis:
  months:
    method: randomized_trial
    data: trial
    outcome: {column: "y", unit: "months", better: higher}
    treatment: z
    covariates: [x, area, code]
    block: none
    cluster: none
    adjustment: lin
    estimand: ATE
    population: super
    variance: HC2
    missing: raise
figures:
  effect: {estimate: months, view: improvement, statistic: estimate, digits: 6, unit: months}
  error:
    estimate: months
    view: improvement
    statistic: std_error
    digits: 6
    unit: months
    on_unavailable: refer
payment:
  currency: SEK
  quantum: "1"
  rounding: half_up
  lines:
    success:
      payers: {state: "1"}
      payee: fund
      pays: {unit_price: {price: "1000", figure: effect, below_zero: zero}}
      cap: "150000"
"""


def test_both_routes_reproduce_it(tmp_path):
    """One column of words, and one of codes that the contract declares as text."""
    with (GOLDENS / "individual.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))[:90]
    for i, row in enumerate(rows):
        row |= {"area": AREAS[i * i % 7 % 3], "code": CODES[i % 5 // 2 % 2]}
    with (tmp_path / "trial.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    (tmp_path / "contract.yaml").write_text(CONTRACT, encoding="utf-8")
    contract = read_decided(tmp_path / "contract.yaml")
    certificate = workflow.settle(contract, date="2019-06-30").sign(DEMO_KEY)
    assert certificate.settlement.state == "payable"
    found = workflow.verify(certificate, contract=contract)
    assert found.ok
    verdicts = {finding.name: finding.verdict for finding in found.findings}
    assert {verdicts[f"independent:{figure}"] for figure in ("effect", "error")} == {"reproduced"}
