"""Every case settles to its amount, and its certificate verifies."""

from __future__ import annotations

import pytest

from effekt import datasets, workflow
from effekt.certificates import DEMO_KEY
from effekt.workflow import case_attestations, case_contract, case_line, case_names
from effekt.workflow.data.analysis import load

NORRKOPING = {
    "attested-loss": "3000000",
    "attested-part": "6200000",
    "attested-premium": "11000000",
    "attested-ceiling": "12000000",
    "attested-no-school": "10000000",
}


@pytest.mark.parametrize("name", NORRKOPING)
def test_norrkoping_settles_as_the_source_says(name: str) -> None:
    contract = case_contract("norrkoping")
    certificate = workflow.settle(contract, date="2020-06-30", attestations=[case_attestations("norrkoping")[name]])
    assert certificate.settlement.total == NORRKOPING[name]


def test_without_attestation_nothing_is_determined() -> None:
    settlement = workflow.settle(case_contract("norrkoping"), date="2020-06-30").settlement
    assert (settlement.state, settlement.total) == ("not_yet_determinable", None)


def test_norrkoping_can_pay_at_most_twelve_million() -> None:
    assert workflow.check(case_contract("norrkoping")).maximum_total == "12000000"


def test_peterborough_pays_on_the_pooled_gate_only() -> None:
    certificate = workflow.settle(case_contract("peterborough"), date="2017-07-27")
    values = {figure.id: figure.value for figure in certificate.figures}
    assert values["reduction_1"] == "0.083871"  # 13/155; the gate of a single cohort is 0.10
    assert values["reduction_pooled"] == "0.088816"  # 27/304
    amounts = {line.id: line.amount for line in certificate.settlement.lines}
    assert amounts == {"cohort_1": "0.00", "cohort_2": "0.00", "pooled": "270000.00"}


def test_rate_card_counts_shares_and_caps() -> None:
    settlement = workflow.settle(case_contract("rate-card"), date="2023-09-01").settlement
    work, home = settlement.lines
    assert (work.amount, home.amount) == ("629037.40", "150000.00")  # 68 × 9 250.55; 50 × 4 100 capped
    assert [share.amount for share in work.shares] == ["314518.70", "314518.70"]


def test_helsingborg_would_have_paid_for_nothing() -> None:
    certificate = workflow.settle(case_contract("helsingborg"), date="2019-06-30")
    assert certificate.figures[0].value == "0.034586"
    assert certificate.settlement.total == "1441083"


@pytest.mark.parametrize("name", sorted(set(case_names()) - {"nsw", "nsw-cps"}))
def test_the_certificate_of_a_case_verifies_and_says_what_it_is(name: str) -> None:
    contract = case_contract(name)
    attestations = list(case_attestations(name).values())[:1]
    certificate = workflow.settle(contract, date="2024-03-01", attestations=attestations).sign(DEMO_KEY)
    found = workflow.verify(certificate, contract=contract)
    assert found.ok, found.differences
    second = {one.name: one.verdict for one in found.findings if one.name.startswith("independent_")}
    assert second["independent_payment"] == "reproduced"
    assert {*second.values()} == {"reproduced"}
    assert certificate.evidence[0].limits
    assert 20 < len(case_line(name)) < 160


def test_the_panel_of_the_sick_leave_case_is_what_its_readme_says() -> None:
    cohort = datasets.sick_leave_panel(rng=1, first="2016-01", last="2021-12", effect_start="2019-01").table
    contract = case_contract("sick-leave")
    written = load(contract, "panel").select(labels=("kommun",), periods={"månad": "month"}, numbers=("sjukdagar",))
    made = cohort.select(labels=("municipality",), periods={"month": "month"}, numbers=("sick_days",))
    assert written.labels["kommun"].names == made.labels["municipality"].names
    assert (written.numbers["sjukdagar"] == made.numbers["sick_days"]).all()


def test_sick_leave_pays_in_proportion_to_the_target() -> None:
    certificate = workflow.settle(case_contract("sick-leave"), date="2022-03-15")
    values = {figure.id: figure.value for figure in certificate.figures}
    assert values["reduction"] == "0.110617"
    assert certificate.settlement.total == "4609042"  # 5 000 000 × 0.110617 / 0.12, half up
