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
from effekt.exceptions import ArgumentError, ContractError
from effekt.workflow import amendment, announced, concluded, dates, happened, kinds, revised
from effekt.workflow.findings import in_swedish
from effekt.workflow.precedents import date_findings

REPEATED: tuple[Callable[..., Any], ...] = (
    *(amendment.check_chain, announced.settled_day, announced.check_attested_anew),
    *(concluded.check_conclusions, concluded._check_one, dates.check_dates, dates._check_looks, dates._check_windows),
    *(dates._before, dates.check_declared_days, happened.check_disputes, kinds.check_nil_day, kinds.check_nil_amounts),
    *(revised.check_revisions, revised._must_stand),
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
