"""The data on a certificate's page: on which day each table was taken out, who says so, and whether too early."""

from __future__ import annotations

import pytest
from small_cases import small_sick_leave_contract

from effekt import workflow
from effekt.certificates.certificate import Certificate
from effekt.contracts import Contract, parse_declarations
from effekt.reports.data_block import data_section
from effekt.reports.document import Callout, Table

HEAD = (
    'schema: effekt/declarations/1\ncontract: sick-leave\nby: {by}\ndate: "2022-03-01"\nextracted: {{panel: "{day}"}}\n'
)


@pytest.fixture(scope="module")
def contract(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    return small_sick_leave_contract(tmp_path_factory.mktemp("sick-leave"))


def certificate(contract: Contract, **days: str) -> Certificate:
    said = [parse_declarations(HEAD.format(by=by, day=day).encode()) for by, day in days.items()]
    return workflow.settle(contract, date="2022-03-15", declarations=said)


def told(found: Certificate) -> tuple[str, list[str]]:
    section = data_section(found)
    assert section is not None
    (table,) = (block for block in section.blocks if isinstance(block, Table))
    place = [column.label.en for column in table.columns].index("Taken out")
    return table.rows[0][place].en, [block.text.en for block in section.blocks if isinstance(block, Callout)]


def test_nobody_has_declared(contract: Contract) -> None:
    assert told(certificate(contract)) == ("nobody has declared", [])


def test_each_declared_day_with_who_declares_it(contract: Contract) -> None:
    shown = "2022-02-01, as Oberoende granskare declares and 2022-02-02, as Hälsobolaget declares"
    assert told(certificate(contract, verifier="2022-02-01", provider="2022-02-02")) == (shown, [])


def test_a_table_taken_out_before_its_outcomes_were_recorded_is_told(contract: Contract) -> None:
    """The evaluation window ends with 2021-12."""
    assert told(certificate(contract, verifier="2022-01-01"))[1] == []
    assert told(certificate(contract, verifier="2021-12-31"))[1] == [
        "Data panel were taken out on 2021-12-31, before the outcomes of the analysis absence were all recorded, "
        "2022-01-01."
    ]


def test_a_table_taken_out_before_there_may_be_outcome_data_is_told(contract: Contract) -> None:
    """The contract has outcome data from 2019-02-01."""
    before = "by the contract there are no outcome data before 2019-02-01."
    assert [before in text for text in told(certificate(contract, verifier="2019-01-31"))[1]] == [True, False]
    assert [before in text for text in told(certificate(contract, verifier="2019-02-01"))[1]] == [False]
