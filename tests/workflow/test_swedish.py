"""What `verify` says in Swedish is Swedish also where it repeats what was refused."""

from __future__ import annotations

import ast
import inspect
import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from effekt import workflow
from effekt.certificates import canonical_json, read_envelope
from effekt.certificates.certificate import Certificate
from effekt.certificates.envelope import Envelope
from effekt.contracts import complete_figures, disputing
from effekt.contracts import happened as contract_events
from effekt.exceptions import ArgumentError, ContractError, DataError
from effekt.workflow import amendment
from effekt.workflow.data import counted_rows, delivered, not_delivered
from effekt.workflow.earlier import announced, revised
from effekt.workflow.earlier.precedents import date_findings
from effekt.workflow.findings import in_swedish
from effekt.workflow.rules import concluded, dates, happened, kinds

REPEATED: tuple[Callable[..., Any], ...] = (
    *(amendment.check_chain, announced.settled_day, announced.check_attested_anew),
    *(concluded.check_conclusions, concluded._check_one, dates.check_dates, dates._check_looks, dates._check_windows),
    *(dates._before, dates.check_declared_days, happened.check_disputes, kinds.check_nil_day, kinds.check_nil_amounts),
    *(revised.check_revisions, revised._must_stand, not_delivered.absent),
    *(counted_rows._outside, counted_rows._unplaced, announced._check_column, delivered.check_delivered),
    *(complete_figures, disputing.check_admitted, contract_events._check_ended, contract_events._check_declared_by),
    *(contract_events._check_disputes, contract_events._decided),
)


@pytest.mark.parametrize("function", REPEATED, ids=lambda function: function.__name__)
def test_every_error_that_verify_repeats_has_its_swedish(function: Callable[..., Any]) -> None:
    made = [
        node
        for node in ast.walk(ast.parse(inspect.getsource(function)))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id.endswith("Error")
    ]
    own = [node for node in ast.walk(ast.parse(inspect.getsource(function))) if isinstance(node, ast.Raise)]
    assert made or own
    assert all("sv" in {keyword.arg for keyword in node.keywords} for node in made)


def test_the_finding_on_a_date_is_swedish_throughout(rate_card: Path) -> None:
    statement = json.loads(read_envelope((rate_card / "certificate.json").read_bytes()).payload)
    statement["predicate"]["date"] = "2020-01-01"
    (found, *_) = date_findings(Certificate(Envelope(payload=canonical_json(statement))))
    assert found.text.sv == (
        "Datumet kan inte stämma: `date` får inte vara före att avtalet undertecknades, 2022-11-15; angavs 2020-01-01."
    )
    assert found.text.en.endswith("`date` must not be before the contract was signed, 2022-11-15; got 2020-01-01.")


@pytest.mark.parametrize(
    ("month", "date", "told"),
    [
        (
            "2022-10",
            "2023-09-01",
            "får inte innehålla något som var slut före dagen då avtalet undertecknades, 2022-11-15; 1 rad gör det, "
            "den första är rad {row}, filrad {line}. Ta bort det, eller ange i siffrans outcomes_from från vilken dag "
            "dess utfall räknas.",
        ),
        (
            "2023-10",
            "2023-09-01",
            "får inte innehålla något efter intygets dag, 2023-09-01; 1 rad gör det, den första är rad {row}, filrad "
            "{line}. Rätta perioden, eller avräkna när den har kommit.",
        ),
    ],
)
def test_a_row_that_is_not_paid_for_is_told_in_swedish(rate_card: Path, month: str, date: str, told: str) -> None:
    path = rate_card / "months.csv"
    row = path.read_bytes().count(b"\n")
    path.write_bytes(path.read_bytes() + f"0001;{month};1;1\r\n".encode())
    with pytest.raises(DataError) as raised:
        workflow.settle(workflow.read_contract(rate_card / "contract.yaml"), date=date)
    place = told.format(row=row, line=row + 1)
    assert in_swedish(raised.value) == f"analysis.work: Kolumnen 'manad' {place}"


def test_what_an_estimator_refuses_is_told_in_english_and_said_to_be(rate_card: Path) -> None:
    path = rate_card / "months.csv"
    row = path.read_bytes().count(b"\n")
    path.write_bytes(path.read_bytes() + b"0001;2023-13;1;1\r\n")
    with pytest.raises(DataError) as raised:
        workflow.settle(workflow.read_contract(rate_card / "contract.yaml"), date="2023-09-01")
    assert in_swedish(raised.value) == (
        "på engelska: ”analysis.work: Column 'manad' must write periods, days or milestones in one form; the first in "
        f"another form than before is at row {row}, line {row + 1}. Write all in one form, so that none can count "
        "twice.”"
    )


def test_a_nil_certificate_that_was_not_announced_is_refused_in_both(rate_card: Path) -> None:
    with pytest.raises(ArgumentError) as raised:
        kinds.check_nil_day(workflow.read_contract(rate_card / "contract.yaml"), date="2023-09-01", kind="nil")
    assert in_swedish(raised.value) == (
        "`date` för ett nollintyg måste vara en dag som avtalet anger på förhand: ingen dag alls, då avtalet saknar "
        "dates.certificates; angavs 2023-09-01."
    )


def test_an_error_without_swedish_says_that_it_is_in_english() -> None:
    assert in_swedish(ContractError("The file is empty.")) == "på engelska: ”The file is empty.”"
    again = pickle.loads(pickle.dumps(ContractError("It is.", sv="Den är.")))
    assert (str(again), in_swedish(again)) == ("It is.", "Den är.")
