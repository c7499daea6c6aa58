"""What is stated of a table, its rows and columns, is held against the contract and the results, without data."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from workflow.test_ledgers import CONTRACT, KEY, contract

from effekt import workflow
from effekt.certificates import Envelope, canonical_json, sign
from effekt.certificates.certificate import Certificate
from effekt.contracts import parse_contract

TABLES = """\
  people: {path: people.csv}
  flow: {path: flow.csv}
  frame: {path: frame.csv, columns: {age: {kind: whole}, area: {kind: text}}}
"""
POPULATION = """\
population:
  unit: person
  who: {sv: "vuxna", en: "adults"}
  analysis_set: assigned
  eligibility:
    - {data: frame, column: age, ge: "16"}
    - {data: people, column: lot, among: ["2020-02-01"]}
"""
LEDGER = "ledgers:\n  trial:\n    data: "


def apart(folder: Path, *, hidden: bool = False) -> Certificate:
    """A certificate whose ledger is a table of its own, and whose eligibility a third shows."""
    text = CONTRACT.replace("  people: {path: people.csv}\n", TABLES).replace(f"{LEDGER}people", f"{LEDGER}flow")
    more = POPULATION + ("disclosure: {minimum: 5}\n" if hidden else "")
    text = text.replace("attribution:", f"{more}attribution:", 1)
    contract(folder)
    rows = (folder / "people.csv").read_text(encoding="utf-8").splitlines()
    (folder / "flow.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (folder / "frame.csv").write_text("age,area\n16,north\n44,south\n", encoding="utf-8")
    kept = [row for row in rows if "2020-02-01" in row]
    data = "\n".join([rows[0], *kept]) + "\n"
    return workflow.settle(contract(folder, text, data), date="2021-06-01").sign(KEY)


@pytest.fixture(scope="module")
def settled(tmp_path_factory: Any) -> Certificate:
    return apart(tmp_path_factory.mktemp("apart"))


@pytest.fixture(scope="module")
def hidden(tmp_path_factory: Any) -> Certificate:
    return apart(tmp_path_factory.mktemp("hidden"), hidden=True)


def told(certificate: Certificate, folder: Path, table: str = "", **stated: Callable[[Any], Any]) -> list[str]:
    """What verification without data says of the tables, of one of which something else is stated."""
    tree = copy.deepcopy(json.loads(certificate.envelope.payload))
    for key, change in stated.items():
        own = tree["predicate"]["data"][table]
        own[key] = change(own[key])
    made = Certificate(sign(Envelope(payload=canonical_json(tree)), KEY))
    found = workflow.verify(made, contract=parse_contract(certificate.contract.raw, folder / "alone"))
    assert all(one.name == f"table:{table}" for one in found.differences)
    return [one.text.en for one in found.differences]


def without(name: str) -> Callable[[list[str]], list[str]]:
    return lambda names: [one for one in names if one != name]


def more(name: str) -> Callable[[list[str]], list[str]]:
    return lambda names: [*names, name]


def said(table: str, difference: str) -> list[str]:
    start = f"What is stated of the table {table} is not what the contract and the results say (stated / must be): "
    return [f"{start}{difference}."]


def test_honest_tables_are_not_accused(settled: Certificate, hidden: Certificate, tmp_path: Path) -> None:
    assert told(settled, tmp_path) == told(hidden, tmp_path) == []


@pytest.mark.parametrize("column", ["fits", "lot", "seen", "why", "offered", "person"])
def test_a_ledger_has_every_column_that_the_contract_names_in_it(
    settled: Certificate, hidden: Certificate, tmp_path: Path, column: str
) -> None:
    for one in (settled, hidden):
        assert told(one, tmp_path, "flow", columns=without(column)) == said("flow", f"data.flow.columns – / {column}")


@pytest.mark.parametrize("rows", [0, 1, 41, 43])
def test_a_ledger_has_a_row_for_each_who_was_referred(settled: Certificate, tmp_path: Path, rows: int) -> None:
    assert told(settled, tmp_path, "flow", rows=lambda _: rows) == said("flow", f"data.flow.rows {rows} / 42")


def test_where_its_counts_are_hidden_a_ledger_has_a_row_at_least(hidden: Certificate, tmp_path: Path) -> None:
    assert hidden.results["trial"].sample.n_units is None
    assert told(hidden, tmp_path, "flow", rows=lambda _: 0) == said("flow", "data.flow.rows 0 / ≥ 1")
    assert told(hidden, tmp_path, "flow", rows=lambda _: 1) == []


TABLE: Mapping[str, tuple[str, Mapping[str, Callable[[Any], Any]], str]] = {
    "ledger twice": ("flow", {"columns": more("offered")}, "data.flow.columns.offered 2 / 1"),
    "fewer rows than were used": ("people", {"rows": lambda _: 33}, "data.people.rows 33 / ≥ 34"),
    "outcome": ("people", {"columns": without("months")}, "data.people.columns – / months"),
    "treatment": ("people", {"columns": without("offered")}, "data.people.columns – / offered"),
    "twice": ("people", {"columns": more("months")}, "data.people.columns.months 2 / 1"),
    "eligible": ("people", {"columns": without("lot")}, "data.people.columns – / lot"),
    "only who is eligible": ("frame", {"columns": without("age")}, "data.frame.columns – / age"),
    "agreed": ("frame", {"columns": without("area")}, "data.frame.columns – / area"),
    "not agreed": ("frame", {"columns": more("income")}, "data.frame.columns income / –"),
    "agreed twice": ("frame", {"columns": more("area")}, "data.frame.columns.area 2 / 1"),
}


@pytest.mark.parametrize("name", TABLE)
def test_a_table_that_cannot_give_the_results_does_not_hold(settled: Certificate, tmp_path: Path, name: str) -> None:
    table, changes, difference = TABLE[name]
    assert told(settled, tmp_path, table, **changes) == said(table, difference)


def test_more_rows_than_were_used_no_result_contradicts(settled: Certificate, tmp_path: Path) -> None:
    assert told(settled, tmp_path, "people", rows=lambda n: n + 1) == []


def test_of_one_table_the_ledger_counts_the_rows_of_the_analysis(tmp_path: Path) -> None:
    """Where the ledger is made of the table that was analysed, that one has no other rows than the ledger counts."""
    made = workflow.settle(contract(tmp_path), date="2021-06-01").sign(KEY)
    for rows in (41, 43):
        assert told(made, tmp_path, "people", rows=lambda _, n=rows: n) == said(
            "people", f"data.people.rows {rows} / 42"
        )
