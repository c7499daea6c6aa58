"""The last line of a case's README is what the case settles to."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from workflow.test_source_cases import ELSEWHERE

from effekt import datasets, workflow
from effekt.contracts.settlement import Settlement
from effekt.tables import Table
from effekt.workflow import case, case_contract

STATED = re.compile(r"Settled on (\d{4}-\d\d-\d\d) it is ([\w ]+): ([\d.]+ [A-Z]{3})\.")
WITH_DATA = ("helsingborg", "peterborough", "rate-card", "servicetrainee", "sick-leave")
OF_CAUSALDATA = [("nsw", "nsw", datasets.nsw), ("nsw-cps", "men", datasets.nsw_cps)]


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


@pytest.mark.parametrize(("name", "data", "table"), OF_CAUSALDATA)
def test_a_case_on_rows_of_causaldata_does_too(
    name: str, data: str, table: Callable[[], Table], tmp_path: Path
) -> None:
    path = tmp_path / "rows.csv"
    table().to_pandas().to_csv(path, index=False)
    date, *due = stated(name)
    assert told(workflow.settle(case_contract(name), date=date, data={data: path}).settlement) == tuple(due)


def test_the_rest_stand_in_the_tests_of_the_sources() -> None:
    assert {*WITH_DATA, *(name for name, _, _ in OF_CAUSALDATA), "norrkoping"} == ELSEWHERE
