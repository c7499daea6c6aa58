"""Outcomes that nearly cancel in blocks or pairs of clusters: an honest certificate holds in both routes."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from deciding import read_decided

from effekt import workflow
from effekt.certificates import DEMO_KEY, public_key, public_text

CONTRACT = """\
schema: effekt/contract/1
id: cancelling
title: {sv: "Utfall som tar ut varandra", en: "Outcomes that cancel"}
parties:
  town: {role: payer, name: "Kommunen"}
  provider: {role: provider, name: "Utföraren"}
  verifier: {role: verifier, name: "Granskaren", keys: ["KEY"]}
signing: {threshold: 1, roles: [verifier]}
dates: {signed: "2010-01-01", outcome_data_from: "2010-01-02"}
attribution: randomised
data: {people: {path: data.csv}}
analysis:
  one: {method: randomized_trial, data: people, outcome: {column: cost, unit: SEK, better: higher}, treatment: d,
    missing: raise, estimand: ATE, population: super, DESIGN}
figures:
  gain: {estimate: one, view: difference, statistic: estimate, digits: 12, unit: SEK}
  ratio: {estimate: one, view: ratio, statistic: estimate, digits: 12, unit: times}
  error: {estimate: one, view: relative, statistic: std_error, digits: 4, unit: percent, on_unavailable: refer}
payment:
  currency: SEK
  quantum: "1"
  rounding: half_up
  lines:
    fee:
      payers: {town: "1"}
      payee: provider
      pays: {unit_price: {figure: gain, price: "1000", below_zero: zero}}
"""
DESIGNS = {
    "blocks": "adjustment: none, block: b, variance: HC2",
    "additive": "adjustment: additive, block: b, variance: HC2",
    "clusters": "adjustment: none, block: b, cluster: g, variance: CR2",
    "pairs": "adjustment: none, pairs: p, cluster: g, variance: between_pair",
}
APART = [3, -1, 1, -3]  # of the clusters of an arm of a block, in millions


def table(part: str) -> str:
    """Outcomes up to 1e8 in twelve pairs of clusters and three blocks, whose means are `part` of 1e7 or twice that."""
    rng, lines = np.random.default_rng(5), ["cost,d,b,p,g"]
    for pair in range(12):
        for arm in (0, 1):
            block, count = pair // 4, 3 + pair // 4 * (1 + arm)
            values = [Fraction(int(one), 100) for one in rng.integers(-3 * 10**9, 3 * 10**9, count)]
            mean = Fraction(part) * 10**7 * (1 + arm) + APART[(pair + arm) % 4] * 10**6
            values[-1] = mean * count - sum(values[:-1], Fraction(0))
            lines += [f"{float(one)!r},{arm},b{block},p{pair},g{pair}{arm}" for one in values]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("part", ["1e-6", "1e-7", "1e-8"])
@pytest.mark.parametrize("design", DESIGNS)
def test_a_mean_far_below_its_outcomes_is_settled_and_verified(tmp_path: Path, design: str, part: str) -> None:
    (tmp_path / "data.csv").write_text(table(part), encoding="utf-8")
    text = CONTRACT.replace("KEY", public_text(public_key(DEMO_KEY))).replace("DESIGN", DESIGNS[design])
    (tmp_path / "contract.yaml").write_text(text, encoding="utf-8")
    contract = read_decided(tmp_path / "contract.yaml")
    certificate = workflow.settle(contract, date="2021-06-01").sign(DEMO_KEY)
    values = {one.id: one.value for one in certificate.figures}
    assert values["ratio"] == "2.000000000000"
    assert values["error"] is not None
    found = workflow.verify(certificate, contract=contract)
    assert [str(one) for one in found.differences] == []
    verdicts = {one.name: one.verdict for one in found.findings}
    names = [f"{route}:{id}" for route in ("recomputed", "independent") for id in values]
    assert {name: verdicts[name] for name in names} == dict.fromkeys(names, "reproduced")
