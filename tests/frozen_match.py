"""A match of the National Supported Work, frozen before the outcome, and a contract that is held to it."""

from __future__ import annotations

import shutil

from causaldata import nsw_mixtape

import effekt
from effekt import workflow

ROLES = {"unit": "unit", "treatment": "treat", "covariates": ["age", "educ", "re74", "re75"]}
ANALYSIS = """    method: matched_comparison
    data: nsw
    match:
      unit: unit
      treatment: treat
      covariates: [age, educ, re74, re75]
      exact: []
      method: nearest
      distance: propensity
      caliper: none
      ratio: 1
      replace: false
      estimand: ATT
      salt: lock
      tie_orders: 2
      units_digest: "{digest}"
      missing: raise
    outcome: {{column: re78, unit: "USD a year", better: higher}}
    variance: CR2
    missing: raise
"""


def table(**changes):
    data = nsw_mixtape.load_pandas().data
    return data.assign(unit=[f"u{i}" for i in range(len(data))], **changes)


def frozen():
    return effekt.match_controls(table(), **ROLES, salt="lock", tie_orders=2)


def contract(folder, digest):
    """The case of the National Supported Work, its analysis on the frozen match."""
    shutil.copytree(workflow.case("nsw"), folder)
    table().to_csv(folder / "nsw.csv", index=False)
    text = (folder / "contract.yaml").read_text(encoding="utf-8")
    before, rest = text.split("    method: randomized_trial\n")
    text = before + ANALYSIS.format(digest=digest) + rest[rest.index("figures:") :]
    text = text.replace("attribution: randomised", "attribution: matched")
    (folder / "contract.yaml").write_text(text, encoding="utf-8")
    return workflow.read_contract(folder / "contract.yaml")
