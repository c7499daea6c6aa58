"""A contract that pays on the effect on compliers: settled, verified by the second route, referred where it must be."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from deciding import read_decided

from effekt import workflow
from effekt.certificates import DEMO_KEY

GOLDENS = Path(__file__).parents[1] / "goldens" / "compliers"
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
  trial: {path: "trial.csv"}
analysis:
  months:
    method: complier_effect
    data: trial
    outcome: {column: "y", unit: "months", better: higher}
    treatment: z
    received: d
    covariates: COVARIATES
    block: none
    cluster: none
    adjustment: ADJUSTMENT
    variance: HC2
    missing: raise
figures:
  effect: {estimate: months, member: CACE, view: improvement, statistic: estimate, digits: 6, unit: months}
  relative: {estimate: months, member: CACE, view: relative, statistic: estimate, digits: 6, unit: fraction}
  assigned: {estimate: months, member: ITT, view: improvement, statistic: estimate, digits: 6, unit: months}
  share: {estimate: months, member: first stage, view: difference, statistic: estimate, digits: 6, unit: fraction}
  low:
    estimate: months
    member: CACE
    view: improvement
    statistic: confidence_low
    level: "0.90"
    alternative: two-sided
    digits: 4
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
      pays: {unit_price: {price: "1000", figure: PAYING, below_zero: zero}}
      cap: "150000"
"""


def contract_in(folder: Path, table: str, paying: str, covariates: str = "[x]", adjustment: str = "additive") -> Path:
    shutil.copy(GOLDENS / f"{table}.csv", folder / "trial.csv")
    text = CONTRACT.replace("PAYING", paying).replace("COVARIATES", covariates).replace("ADJUSTMENT", adjustment)
    (folder / "contract.yaml").write_text(text, encoding="utf-8")
    return folder / "contract.yaml"


@pytest.mark.parametrize(("covariates", "adjustment"), [("[]", "none"), ("[x]", "additive"), ("[x]", "lin")])
def test_means_are_reproduced_by_the_second_route(tmp_path, covariates, adjustment):
    contract = read_decided(contract_in(tmp_path, "individual", "effect", covariates, adjustment))
    certificate = workflow.settle(contract, date="2019-06-30").sign(DEMO_KEY)
    assert certificate.settlement.state == "payable"
    found = workflow.verify(certificate, contract=contract)
    verdicts = {finding.name: finding.verdict for finding in found.findings}
    assert found.ok
    for figure in ("effect", "relative", "assigned", "share", "low"):
        assert verdicts[f"independent:{figure}"] == "reproduced"
    for lang in ("en", "sv"):
        workflow.report(certificate, tmp_path / f"{lang}.html", lang=lang)
    page = (tmp_path / "en.html").read_text(encoding="utf-8")
    assert "How far the lot was followed" in page
    assert "first stage (share)" in page


DESIGNS = {
    "pairs": ("pairs", "    variance: between_pair\n    pairs: pair"),
    "horvitz-thompson": ("weighted", "    variance: young\n    probability: p"),
    "probability": ("weighted", "    variance: HC2\n    probability: p\n    estimand: ATT"),
    "weights": ("weighted", '    variance: HC2\n    weights: {column: "w", kind: sampling}'),
}


@pytest.mark.parametrize("design", DESIGNS)
def test_every_design_is_settled_and_reproduced(tmp_path, design):
    table, written = DESIGNS[design]
    path = contract_in(tmp_path, table, "effect", "[]", "lin" if design == "probability" else "none")
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("    variance: HC2", written), encoding="utf-8")
    contract = read_decided(path)
    certificate = workflow.settle(contract, date="2019-06-30").sign(DEMO_KEY)
    assert certificate.settlement.state == "payable"
    found = workflow.verify(certificate, contract=contract)
    verdicts = {finding.name: finding.verdict for finding in found.findings}
    assert found.ok
    for figure in ("effect", "relative", "assigned", "share", "low"):
        assert verdicts[f"independent:{figure}"] == "reproduced"


def test_bounds_for_those_who_are_missing_stand_on_the_page(tmp_path):
    path = contract_in(tmp_path, "individual", "effect", "[]", "none")
    path.write_text(path.read_text(encoding="utf-8").replace("missing: raise", "missing: drop"), encoding="utf-8")
    rows = (tmp_path / "trial.csv").read_text(encoding="utf-8").splitlines()
    place = rows[0].split(",").index("y")
    for row in (4, 9, 30):
        rows[row] = ",".join("" if i == place else cell for i, cell in enumerate(rows[row].split(",")))
    (tmp_path / "trial.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    contract = read_decided(path)
    certificate = workflow.settle(contract, date="2019-06-30").sign(DEMO_KEY)
    assert workflow.verify(certificate, contract=contract).ok
    for lang, title, words in (
        ("en", "If those who are missing differ", "Among compliers who would be seen in either arm"),
        ("sv", "Om de som saknas skiljer sig", "Bland de följsamma som skulle ses oavsett grupp"),
    ):
        workflow.report(certificate, tmp_path / f"{lang}.html", lang=lang)
        page = (tmp_path / f"{lang}.html").read_text(encoding="utf-8")
        assert title in page
        assert words in page


def with_gaps(folder, more=""):
    """The trial with three outcomes and two receipts missing, the range of the outcome declared."""
    path = contract_in(folder, "individual", "effect", "[]", "none")
    text = path.read_text(encoding="utf-8").replace("missing: raise", 'missing: drop\n    outcome_range: ["-50", "50"]')
    path.write_text(text.replace("\nfigures:", f"\n{more}figures:", 1), encoding="utf-8")
    rows = (folder / "trial.csv").read_text(encoding="utf-8").splitlines()
    for column, lost in (("y", (4, 9, 30)), ("d", (12, 50))):
        place = rows[0].split(",").index(column)
        for row in lost:
            rows[row] = ",".join("" if i == place else cell for i, cell in enumerate(rows[row].split(",")))
    (folder / "trial.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return read_decided(path)


def test_missing_receipt_is_reproduced_by_the_second_route_and_told_on_the_page(tmp_path):
    contract = with_gaps(tmp_path)
    certificate = workflow.settle(contract, date="2019-06-30").sign(DEMO_KEY)
    found = workflow.verify(certificate, contract=contract)
    verdicts = {finding.name: finding.verdict for finding in found.findings}
    assert found.ok
    assert all(verdicts[f"independent:{figure}"] == "reproduced" for figure in ("effect", "assigned", "share"))
    effects = certificate.results["months"]
    assert (effects["ITT"].sample.n_obs, effects["CACE"].sample.n_obs) == (87, 85)
    assert "manski_lower" in effects["CACE"].diagnostics[-1].values
    for lang, words in (("en", "Whose receipt is not known"), ("sv", "Vilkas mottagna insats inte är känd")):
        workflow.report(certificate, tmp_path / f"{lang}.html", lang=lang)
        assert words in (tmp_path / f"{lang}.html").read_text(encoding="utf-8")


def test_how_many_lack_their_receipt_is_hidden_where_small_counts_are(tmp_path):
    contract = with_gaps(tmp_path, "disclosure: {minimum: 5}\n")
    effects = workflow.settle(contract, date="2019-06-30").results["months"]
    for label in ("CACE", "first stage"):
        (check,) = (one for one in effects[label].diagnostics if one.name == "missing_receipt")
        assert set(check.values.values()) == {None}
        assert check.statement.en == "The counts of this check are hidden, because some are small."
        (note,) = (one for one in effects[label].notes if one.code == "missing_receipt")
        assert "for 1 of" not in note.text.en
        assert "of 4" not in note.text.en


def test_a_bound_of_a_set_with_a_gap_is_referred(tmp_path):
    contract = read_decided(contract_in(tmp_path, "weak", "low", "[]", "none"))
    certificate = workflow.settle(contract, date="2019-06-30")
    (low,) = [figure for figure in certificate.figures if figure.id == "low"]
    assert (low.state, low.value) == ("referred", None)
    assert "disjoint" in low.reason.en
    assert certificate.settlement.state == "referred"


def test_a_bound_of_all_numbers_pays_nothing_and_is_verified_with_and_without_data(tmp_path):
    """By the lot of a trial in which receipt hardly follows assignment: no effect on compliers is rejected."""
    path = contract_in(tmp_path, "weak", "low", "[]", "none")
    y, d = (11, 9, 10, 12, 13, 8, 14, 10, 12, 9, 8, 7, 13, 7, 11, 10), "1010100101001010"
    rows = [f"{own},{int(i < 8)},{d[i]}" for i, own in enumerate(y)]
    (tmp_path / "trial.csv").write_text("\n".join(["y,z,d", *rows]) + "\n", encoding="utf-8")
    by_lot = "    variance: none\n    population: finite\n    inference: randomization\n    draws: 999\n    rng: 1"
    path.write_text(path.read_text(encoding="utf-8").replace("    variance: HC2", by_lot), encoding="utf-8")
    contract = read_decided(path)
    certificate = workflow.settle(contract, date="2019-06-30").sign(DEMO_KEY)
    assert certificate.results["months"]["CACE"].confidence_interval(0.9).kind == "unbounded"
    (low,) = [figure for figure in certificate.figures if figure.id == "low"]
    assert (low.state, low.value) == ("referred", None)
    assert "not finite" in low.reason.en
    assert certificate.settlement.state == "referred"
    assert certificate.settlement.total is None
    found = workflow.verify(certificate, contract=contract)
    assert found.ok
    assert {one.name: one.verdict for one in found.findings}["recomputed:low"] == "reproduced"
    (tmp_path / "trial.csv").unlink()
    assert workflow.verify(certificate, contract=contract).ok
