"""The last line of a case's README is what the case settles to."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from workflow.test_source_cases import ELSEWHERE

from effekt import datasets, workflow
from effekt.certificates import DEMO_KEY
from effekt.contracts.settlement import Settlement
from effekt.tables import Table
from effekt.workflow import case, case_contract, case_line

STATED = re.compile(r"Settled on (\d{4}-\d\d-\d\d) it is ([\w ]+): ([\d.]+ [A-Z]{3})\.")
WITH_DATA = ("helsingborg", "peterborough", "rate-card", "servicetrainee", "sick-leave")
OF_CAUSALDATA = [
    ("nsw", "nsw", datasets.nsw, "1794.34", "99586.00 USD"),
    ("nsw-cps", "men", datasets.nsw_cps, "1463.10", "81202.05 USD"),
]


def stated(name: str) -> tuple[str, str, str]:
    last = (case(name) / "README.md").read_text(encoding="utf-8").splitlines()[-1]
    found = STATED.fullmatch(last)
    assert found is not None, last
    return found[1], found[2], found[3]


def told(settlement: Settlement) -> tuple[str, str]:
    return settlement.state.replace("_", " "), f"{settlement.total} {settlement.currency}"


@pytest.mark.parametrize("name", WITH_DATA)
def test_a_case_settles_to_what_its_readme_says(name: str) -> None:
    date, *due = stated(name)
    assert told(workflow.settle(case_contract(name), date=date).settlement) == tuple(due)


@pytest.mark.parametrize(("name", "data", "table", "effect", "total"), OF_CAUSALDATA)
def test_a_case_on_rows_of_causaldata_does_too_and_its_certificate_verifies(
    name: str, data: str, table: Callable[[], Table], effect: str, total: str, tmp_path: Path
) -> None:
    path = tmp_path / "rows.csv"
    table().to_pandas().to_csv(path, index=False)
    date, *due = stated(name)
    contract = case_contract(name)
    certificate = workflow.settle(contract, date=date, data={data: path}).sign(DEMO_KEY)
    assert told(certificate.settlement) == tuple(due)
    assert (certificate.figures[0].value, due[-1]) == (effect, total)
    found = workflow.verify(certificate, contract=contract, data={data: path})
    assert found.ok, found.differences
    assert len(case_line(name)) < 160


def test_the_rest_stand_in_the_tests_of_the_sources() -> None:
    assert {*WITH_DATA, *(name for name, *_ in OF_CAUSALDATA), "norrkoping"} == ELSEWHERE
