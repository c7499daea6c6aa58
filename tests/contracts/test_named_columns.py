"""Every column that a contract names stands among those that its table is agreed to have: no argument is forgotten."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import pytest
import yaml

import effekt
from effekt import workflow
from effekt.contracts import parse_contract
from effekt.contracts.named_columns import ARGUMENTS, CHECKED, columns_of
from effekt.contracts.schema import Form, Term, Words
from effekt.estimators import METHODS
from effekt.estimators.matching.controls import match_controls
from effekt.estimators.matching.match import Match
from effekt.estimators.synthetic.predictors import KEYS as PREDICTOR
from effekt.estimators.trend.case import KEYS as CHECKS
from effekt.exceptions import ContractError
from effekt.roles import Outcome, Weights

CALLS = {**METHODS, "match_controls": match_controls}
VALUES = {
    "adopters": "units",
    "arms": "values of the treatment",
    "comparator": "units",
    "control": "a value of the treatment",
    "donors": "units",
    "evaluation_window": "periods",
    "excluded": "periods",
    "first_treated": "a period",
    "last_evaluated": "a period",
    "learner": "models",
    "never": "a value of the start",
    "outcome_range": "limits, by outcome",
    "reference_window": "periods",
    "salt": "a text that breaks ties",
    "through": "a period",
    "treated": "units",
    "units_digest": "a digest",
    "vintage": "an edition",
}
"""Arguments that hold texts of another kind than the names of columns."""


def leaves(hint: Any) -> Iterator[Any]:
    """The types that a value may be made of; a choice among words is none."""
    if get_origin(hint) is Literal:
        return
    parts = get_args(hint)
    if not parts:
        yield hint
    for part in parts:
        yield from leaves(part)


def may_name(hint: Any) -> bool:
    """Whether a value of the type can be or hold a text that is neither a choice nor a number."""
    held = set(leaves(hint))
    return not held.isdisjoint({str, Any, Outcome, Weights, Match}) and Decimal not in held


def test_every_argument_of_every_method_is_declared_as_columns_or_as_something_else() -> None:
    assert ARGUMENTS.keys() == CALLS.keys()
    told: dict[str, set[str]] = {}
    for method, function in CALLS.items():
        hints = {name: hint for name, hint in get_type_hints(function).items() if name not in ("data", "return")}
        told[method] = {name for name, hint in hints.items() if may_name(hint) or name == "outcome_range"}
    assert {method: names - VALUES.keys() for method, names in told.items()} == {
        method: set(names) for method, names in ARGUMENTS.items()
    }
    assert set().union(*told.values()) >= VALUES.keys()
    for method, names in ARGUMENTS.items():
        assert len(names) == len({*names}), method


def test_what_a_check_and_a_predictor_are_given_is_declared_too() -> None:
    options = {name for needed, may in CHECKS.values() for name in (*needed, *may)}
    assert options == {*CHECKED, "includes", "at", "share", "adopters", "days"}
    assert set(PREDICTOR) == {"column", "first", "last", "weight"}


COLUMN_TERMS = {"Ledger.steps", "Ledger.reason", "Ledger.arm", "Ledger.unit", "Criterion.column", "DataSource.text"}
OTHER_TERMS = {
    *("DataSource.sheet", "DataSource.columns", "Column.ge", "Column.le", "Column.among", "Criterion.among"),
    *("Analysis.method", "EstimateFigure.member", "EstimateFigure.combine"),
}


def test_every_free_text_of_the_contract_is_declared_as_columns_or_as_something_else() -> None:
    (blank,) = (mark for mark in get_args(Words) if isinstance(mark, Form))

    def forms(hint: Any) -> Iterator[Any]:
        yield from getattr(hint, "__metadata__", ())
        for part in get_args(hint):
            yield from forms(part)

    def terms(of: type[Term]) -> Iterator[type[Term]]:
        yield of
        for own in of.__subclasses__():
            yield from terms(own)

    found = {
        f"{term.__name__}.{name}"
        for term in terms(Term)
        if term.__module__.startswith("effekt.contracts.") and "attestations" not in term.__module__
        for name, field in term.model_fields.items()
        if blank in (*field.metadata, *forms(Annotated[field.annotation, None]))
    }
    assert found == COLUMN_TERMS | OTHER_TERMS


# -------------------------------------------------------------------------------------------- what is refused

CONTRACT = {
    "schema": "effekt/contract/1",
    "id": "named",
    "title": {"sv": "a", "en": "b"},
    "parties": {
        "town": {"role": "payer", "name": "T"},
        "maker": {"role": "provider", "name": "M"},
        "judge": {"role": "verifier", "name": "J", "keys": ["5llo4wqsNkDPW2/3lpXD9GZYilDE+Emw9m0kPhVSY/Q="]},
    },
    "signing": {"threshold": 1, "roles": ["verifier"]},
    "dates": {"signed": "2020-01-01", "outcome_data_from": "2021-01-01"},
    "attribution": "randomised",
    "figures": {"gain": {"measure": "one", "digits": 0, "unit": "days"}},
    "payment": {
        "currency": "SEK",
        "quantum": "1",
        "rounding": "half_up",
        "lines": {
            "fee": {
                "payers": {"town": "1"},
                "payee": "maker",
                "pays": {"unit_price": {"price": "1", "figure": "gain", "below_zero": "zero"}},
                "cap": "10",
            }
        },
    },
}


def contract(analysis: dict[str, Any], columns: list[str], **more: Any) -> bytes:
    """One table with these columns, and one analysis of it."""
    table = {"path": "t.csv", "columns": {name: {"kind": "number"} for name in columns}}
    return json.dumps(
        {**CONTRACT, "data": {"table": table}, "analysis": {"one": {"data": "table", **analysis}}, **more}
    ).encode()


SHAPES: dict[str, list[tuple[Any, str]]] = {
    "outcome": [
        ("x", ""),
        (["x", "x"], "[1]"),
        (["other", "x"], "[2]"),
        ({"column": "x", "unit": "days"}, ".column"),
        ({"column": ["other", "x"], "unit": "days"}, ".column[2]"),
        (["other", {"column": "x", "unit": "days"}], "[2].column"),
    ],
    "weights": [({"column": "x", "kind": "sampling"}, ".column")],
    "predictors": [([{"column": "x", "first": 1, "last": 2, "weight": "1"}], "[1].column")],
    "calipers": [({"x": "0.2"}, ".x")],
    "cutpoints": [({"other": [1], "x": [2]}, ".x")],
    "standard": [([{"other": "F", "weight": "0.5"}, {"x": "F", "weight": "0.5"}], "[2].x")],
    "checks": [
        ([{"check": "substitution", "outcome": {"column": ["x", "other"]}}], "[1].outcome.column[1]"),
        (["placebo_in_time", {"check": "heaping", "counts": ["other", "x"]}], "[2].counts[2]"),
        ([{"check": "composition_change", "standardize": ["x"]}], "[1].standardize[1]"),
        ([{"check": "composition_change", "standard": [{"x": "F", "weight": "1"}]}], "[1].standard[1].x"),
    ],
}
PLAIN = [("x", ""), (["other", "x"], "[2]")]
NAMED = [
    (method, argument, value, place)
    for method, names in ARGUMENTS.items()
    for argument in names
    if argument != "match"
    for value, place in SHAPES.get(argument, PLAIN)
]


@pytest.mark.parametrize(("method", "argument", "value", "place"), NAMED)
def test_an_argument_that_names_a_column_is_held_when_the_file_is_read(
    method: str, argument: str, value: Any, place: str
) -> None:
    analysis: dict[str, Any] = {"method": method, argument: value}
    where = f"analysis.one.{argument}{place}"
    if method == "match_controls":
        analysis = {"method": "matched_comparison", "match": {argument: value}}
        where = f"analysis.one.match.{argument}{place}"
    with pytest.raises(ContractError) as error:
        parse_contract(contract(analysis, ["other"]))
    assert str(error.value) == f'line 1: {where} is "x", which is none of data.table.columns; add it there.'
    parse_contract(contract(analysis, ["other", "x"]))


WORDS = [
    ({"method": "trend_adjusted", "weights": "denominator", "comparator": "others", "vintage": "first"}, []),
    ({"method": "trend_adjusted", "standard": "treated_reference", "checks": ["placebo_in_time"]}, []),
    ({"method": "trend_adjusted", "checks": [{"check": "spill_over", "adopters": ["y"]}]}, []),
    ({"method": "randomized_trial", "covariates": "none", "block": "none", "weights": "none"}, []),
    ({"method": "matched_comparison", "match": {"salt": "s", "calipers": "none"}}, []),
    ({"method": "unheard_of", "unit": "y"}, []),
]


@pytest.mark.parametrize(("analysis", "found"), WORDS)
def test_a_word_is_no_column(analysis: dict[str, Any], found: list[Any]) -> None:
    assert list(columns_of(analysis["method"], analysis)) == found
    parse_contract(contract(analysis, ["other"]))


LEDGER = {"data": "table", "steps": {"analysed": "other"}, "reason": "other", "arm": "other", "unit": "other"}
PARTS = [
    ({"ledgers": {"one": {**LEDGER, "steps": {"assigned": "x", "analysed": "other"}}}}, "ledgers.one.steps.assigned"),
    ({"ledgers": {"one": {**LEDGER, "reason": "x"}}}, "ledgers.one.reason"),
    ({"ledgers": {"one": {**LEDGER, "arm": "x"}}}, "ledgers.one.arm"),
    ({"ledgers": {"one": {**LEDGER, "unit": "x"}}}, "ledgers.one.unit"),
    (
        {
            "population": {
                "unit": "person",
                "who": {"sv": "a", "en": "b"},
                "analysis_set": "assigned",
                "eligibility": [{"data": "table", "column": "x", "ge": "1"}],
            }
        },
        "population.eligibility[1].column",
    ),
    (
        {"data": {"table": {"path": "t.csv", "text": ["other", "x"], "columns": {"other": {"kind": "text"}}}}},
        "data.table.text[2]",
    ),
]


@pytest.mark.parametrize(("more", "place"), PARTS)
def test_the_other_parts_of_the_contract_are_held_too(more: dict[str, Any], place: str) -> None:
    analysis = {"method": "outcome_count", "unit": "other"}
    with pytest.raises(ContractError) as error:
        parse_contract(contract(analysis, ["other"], **more))
    assert str(error.value) == f'line 1: {place} is "x", which is none of data.table.columns; add it there.'
    agreed = json.loads(contract(analysis, ["other", "x"], **more))
    agreed["data"]["table"]["columns"] = {"other": {"kind": "text"}, "x": {"kind": "text"}}
    parse_contract(json.dumps(agreed).encode())


# -------------------------------------------------------------------------------------------------- the cases


def _tables(name: str) -> dict[str, Any]:
    return dict(workflow.case_contract(name).model.data)


@pytest.mark.parametrize("name", [name for name in workflow.case_names() if _tables(name)])
def test_a_case_can_agree_on_the_columns_that_it_names_and_on_no_fewer(name: str) -> None:
    """With exactly its named columns every case is read, and without any one of them it is refused."""
    terms = workflow.case_contract(name).model
    named: dict[str, dict[str, None]] = {id: {} for id in terms.data}
    for id, source in terms.data.items():
        named[id] |= dict.fromkeys(source.text)
    for one in terms.analysis.values():
        named[one.data] |= dict.fromkeys(column for _, column in columns_of(one.method, one.arguments))
    for criterion in terms.population.eligibility if terms.population else ():
        named[criterion.data][criterion.column] = None
    for ledger in (terms.ledgers or {}).values():
        named[ledger.data] |= dict.fromkeys([*ledger.steps.values(), ledger.reason])
        named[ledger.data] |= dict.fromkeys(filter(None, [ledger.arm, ledger.unit]))
    plain = yaml.safe_load((effekt.case(name) / "contract.yaml").read_text(encoding="utf-8"))

    def agreed(without: tuple[str, str] | None = None) -> bytes:
        for id, columns in named.items():
            kept = {column: {"kind": "number"} for column in columns if (id, column) != without}
            plain["data"][id]["columns"] = kept or {"another": {"kind": "number"}}
        return json.dumps(plain, ensure_ascii=False).encode()

    parse_contract(agreed())
    for id, columns in named.items():
        assert columns
        for column in columns:
            with pytest.raises(ContractError, match="which is none of data"):
                parse_contract(agreed((id, column)))
