"""Totals of the data against an independent source: within the agreed difference, or referred."""

from __future__ import annotations

from fractions import Fraction

import pytest
from deciding import read_decided

from effekt import workflow
from effekt.certificates import generate_key, public_text
from effekt.certificates.signing import public_key
from effekt.contracts import parse_contract
from effekt.contracts.reconciled import reconcile
from effekt.exceptions import ContractError
from effekt.reports.checklist import checklist

KEY = generate_key()
CONTRACT = f"""\
schema: effekt/contract/1
id: rate
title: {{sv: "Pris per utfall", en: "Rate card"}}
parties:
  town: {{role: payer, name: "Kommunen"}}
  provider: {{role: provider, name: "Utföraren"}}
  verifier: {{role: verifier, name: "Granskaren", keys: ["{public_text(public_key(KEY))}"]}}
signing: {{threshold: 1, roles: [verifier]}}
dates: {{signed: "2020-01-01", outcome_data_from: "2020-01-02"}}
attribution: none
data: {{people: {{path: people.csv}}}}
analysis:
  months:
    method: outcome_count
    data: people
    unit: person
    outcome: months
    statistic: sum
    at_least: "1"
    missing: raise
figures:
  worked: {{measure: months, digits: 0, unit: month, label: {{sv: "arbetade månader", en: "months worked"}}}}
  paid_for: {{measure: months, digits: 0, unit: month}}
  tax_office:
    attested: verifier
    digits: 0
    unit: month
    label: {{sv: "skattekontorets månader", en: "the tax office's months"}}
    question: {{sv: "Hur många månader?", en: "How many months?"}}
payment:
  currency: SEK
  quantum: "1"
  rounding: half_up
  lines:
    fee:
      payers: {{town: "1"}}
      payee: provider
      pays: {{unit_price: {{figure: paid_for, price: "1000", below_zero: zero}}}}
reconciliations:
  tax: {{total: worked, against: tax_office, within: "0.05", figures: [paid_for]}}
"""


def contract(tmp_path, text=CONTRACT):
    (tmp_path / "people.csv").write_text("person,months\na,60\nb,39\nc,6\n", encoding="utf-8")
    (tmp_path / "contract.yaml").write_text(text, encoding="utf-8")
    return read_decided(tmp_path / "contract.yaml")


def settled(tmp_path, official):
    found = contract(tmp_path)
    attestations = []
    if official is not None:
        path = tmp_path / "attested.yaml"
        path.write_text(
            "schema: effekt/attestation/1\ncontract: rate\nfigures:\n"
            f'  tax_office: {{value: "{official}", by: verifier, date: "2021-01-01", '
            'evidence: {description: "Utdrag"}}\n',
            encoding="utf-8",
        )
        attestations = [workflow.read_attestation(path, found)]
    return workflow.settle(found, date="2021-06-01", attestations=attestations)


@pytest.mark.parametrize(
    ("official", "state", "amount"),
    [
        ("105", "payable", "105000"),
        ("100", "payable", "105000"),  # 5 is exactly five per cent of 100
        ("99", "referred", None),  # 6 is more than 4.95
        ("111", "referred", None),  # 6 is more than 5.55
        ("110", "payable", "105000"),
        ("0", "referred", None),
        (None, "not_yet_determinable", None),
    ],
)
def test_the_agreed_difference_decides(tmp_path, official, state, amount):
    certificate = settled(tmp_path, official)
    assert (certificate.settlement.state, certificate.settlement.total) == (state, amount)
    figures = {figure.id: figure for figure in certificate.figures}
    assert figures["worked"].value == "105"
    (one,) = reconcile(certificate.contract.model, figures)
    assert one.holds == {"payable": True, "referred": False}.get(state)
    assert one.difference == (None if official is None else Fraction(105) - Fraction(official))


def test_the_reason_says_how_far_they_part(tmp_path):
    figures = {figure.id: figure for figure in settled(tmp_path, "99").figures}
    assert figures["paid_for"].reason.en == (
        "paid_for: the total worked differs by 6 from the independent tax_office; at most 5% of it is agreed."
    )
    assert figures["paid_for"].reason.sv == (
        "paid_for: summan worked skiljer sig med 6 från den oberoende tax_office; högst 5\u00a0% av den är avtalat."
    )


@pytest.mark.parametrize(("official", "verdict"), [("105", "pass"), ("99", "fail"), (None, "not_determinable")])
def test_the_checklist_and_the_page_say_so(tmp_path, official, verdict):
    certificate = settled(tmp_path, official).sign(KEY)
    answers = {answer.item: answer.verdict for answer in checklist(certificate)}
    assert answers["C5"] == verdict
    workflow.report(certificate, tmp_path / "page.html", lang="en")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "Reconciliation with independent sources" in page
    assert {"pass": "within", "fail": "outside: referred", "not_determinable": "not yet known"}[verdict] in page
    found = workflow.verify(certificate, contract=certificate_contract(tmp_path))
    assert not found.differences
    annex = workflow.annex(certificate.contract, lang="sv")
    assert "de får skilja sig med högst 5\u00a0% av den senare, annars hänskjuts: paid" in annex


def certificate_contract(tmp_path):
    return workflow.read_contract(tmp_path / "contract.yaml")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "total: worked",
            "total: tax_office",
            "reconciliations.tax.total must be a measure of the data; tax_office is",
        ),
        ("against: tax_office", "against: paid_for", "reconciliations.tax.against must be attested by a party"),
        *(
            (
                'within: "0.05"',
                f'within: "{share}"',
                'reconciliations.tax.within must be at least 0 and at most 1, such as "0.05" for 5 per cent; '
                f"got {share}.",
            )
            for share in ("-0.05", "5")
        ),
        ('within: "0.05", ', "", "reconciliations.tax lacks the key within; add it."),
        (
            "figures: [paid_for]",
            "figures: [worked]",
            "reconciliations.tax.figures[1] must be another figure than the total; worked is the total. Give what is "
            "paid on a figure of its own, by the same analysis.",
        ),
        (
            "figures: [paid_for]",
            "figures: [tax_office]",
            "reconciliations.tax.figures[1] must be an estimate or a measure that rests on the data; tax_office is",
        ),
        ("figures: [paid_for]", "figures: [paid]", "reconciliations.tax.figures[1] must be a name under figures"),
        ("figures: [paid_for]", "figures: []", "reconciliations.tax.figures"),
    ],
)
def test_what_cannot_be_reconciled_is_refused_with_its_line(old, new, message):
    assert old in CONTRACT
    with pytest.raises(ContractError) as error:
        parse_contract(CONTRACT.replace(old, new).encode())
    assert str(error.value).startswith("line ")
    assert message in str(error.value)


def compared(tmp_path, paid=False):
    """The Helsingborg comparison with the sum of its table held against an attested one."""
    for path in workflow.case("helsingborg").iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    path = tmp_path / "contract.yaml"
    plain = path.read_text(encoding="utf-8")
    count = """figures:
  total: {measure: all_of_them, digits: 1, unit: "% of working time"}
  published:
    attested: verifier
    digits: 1
    unit: "% of working time"
    question: {sv: "Hur mycket?", en: "How much?"}
"""
    analysis = """  all_of_them:
    method: outcome_count
    data: municipalities
    unit: municipality
    time: year
    outcome: sick_leave_percent
    statistic: sum
    at_least: "1"
    missing: raise
"""
    plain = plain.replace("figures:\n", f"{analysis}{count}", 1)
    if paid:
        plain = plain.replace("piecewise: {figure: reduction", "piecewise: {figure: total")
    end = 'reconciliations:\n  region: {total: total, against: published, within: "0.01", figures: [reduction]}\n'
    path.write_text(f"{plain}{end}", encoding="utf-8")
    return read_decided(path)


def test_a_comparison_is_reconciled_by_a_count_that_pays_nothing(tmp_path):
    found = compared(tmp_path)
    workflow.check(found)
    settled = workflow.settle(found, date="2026-11-26")
    plain = workflow.settle(workflow.read_contract(workflow.case("helsingborg") / "contract.yaml"), date="2026-11-26")
    assert settled.evidence == plain.evidence  # the count is no design behind the figure
    assert {one.id: one.state for one in settled.figures}["reduction"] == "not_yet_determinable"


def test_a_count_that_pays_is_judged_as_what_it_is(tmp_path):
    with pytest.raises(
        ContractError, match="attribution must be none or assumed_baseline for the method outcome_count"
    ):
        workflow.check(compared(tmp_path, paid=True))
