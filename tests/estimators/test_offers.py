"""What a refusal offers can be taken: each option it names is one that the function has."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest

import effekt
from effekt.estimators.methods import METHODS
from effekt.exceptions import DataError

PUBLIC = {
    **METHODS,
    "match_controls": effekt.match_controls,
    "placebo_study": effekt.placebo_study,
    "pool": effekt.pool,
}
OFFERED = re.compile(r"\b([a-z_]+)='([A-Za-z_0-9]+)'")
YEARS = (2014, 2015, 2016, 2017)
PANEL: dict[str, list[Any]] = {
    "unit": [unit for unit in "ABCDEF" for _ in YEARS],
    "year": list(YEARS) * 6,
    "days": [731.25 + 17.5 * i - 3.25 * (i % 5) for i in range(24)],
    "treated": [int(unit in "AB" and year >= 2016) for unit in "ABCDEF" for year in YEARS],
    "start": [2016 if unit in "AB" else 0 for unit in "ABCDEF" for _ in YEARS],
}
PEOPLE: dict[str, list[Any]] = {
    "person": [f"p{i}" for i in range(24)],
    "days": [7.25 + (i * 7) % 11 for i in range(24)],
    "treated": [i % 2 for i in range(24)],
    "received": [i % 2 if i % 3 else 0 for i in range(24)],
    "age": [30 + (i * 5) % 13 for i in range(24)],
}
COHORTS: dict[str, list[Any]] = {
    "cohort": ["I", "I", "II", "II"],
    "treated": [1, 0, 1, 0],
    "events": [142, 155, 137, 147],
    "people": [100] * 4,
}
UNITS = {"outcome": "days", "unit": "unit", "time": "year"}
WINDOWS = {**UNITS, "period": "year", "reference_window": (2014, 2015), "evaluation_window": (2016, 2017)}
SYNTHETIC = {**UNITS, "period": "year", "treated": "A", "first_treated": 2016}
PERSONS = {"outcome": "days", "treatment": "treated"}
DESIGN = {"unit": "person", "treatment": "treated", "covariates": ["age"], "salt": "a", "caliper": None}
CALLS: dict[str, tuple[dict[str, list[Any]], dict[str, Any], tuple[str, ...]]] = {
    "complier_effect": (PEOPLE, {**PERSONS, "received": "received"}, ("days", "treated")),
    "difference_in_differences": (PANEL, {**UNITS, "treatment": "treated"}, ("unit", "year", "days", "treated")),
    "doubly_robust": (PEOPLE, {**PERSONS, "covariates": ["age"]}, ("days", "treated", "age")),
    "event_study": (PANEL, {**UNITS, "treatment": "treated"}, ("unit", "year", "days", "treated")),
    "matched_comparison": (PEOPLE, {"outcome": "days"}, ("days",)),
    "match_controls": (PEOPLE, DESIGN, ("person", "treated", "age")),
    "outcome_count": (PEOPLE, {"unit": "person", "outcome": "received"}, ("person", "received")),
    "placebo_study": (PANEL, {**WINDOWS, "weights": None}, ("unit", "year", "days")),
    "published_comparison": (
        COHORTS,
        {"outcome": ("events", "people"), "cohort": "cohort", "treatment": "treated"},
        ("cohort", "treated", "events", "people"),
    ),
    "randomized_trial": (PEOPLE, PERSONS, ("days", "treated")),
    "randomized_trials": (PEOPLE, {**PERSONS, "outcome": ["days", "received"]}, ("days", "treated")),
    "staggered_adoption": (PANEL, {**UNITS, "start": "start", "never": 0}, ("unit", "year", "days", "start")),
    "synthetic_control": (PANEL, SYNTHETIC, ("unit", "year", "days")),
    "synthetic_difference_in_differences": (PANEL, SYNTHETIC, ("unit", "year", "days")),
    "trend_adjusted": (
        PANEL,
        {**WINDOWS, "treated": "A", "comparator": "others", "weights": None},
        ("unit", "year", "days"),
    ),
}
EMPTIED = [(name, column) for name, (_, _, columns) in CALLS.items() for column in columns]


def _choices(hint: Any) -> Iterator[object]:
    """The words that a parameter takes."""
    if get_origin(hint) is Literal:
        yield from get_args(hint)
    for inner in get_args(hint):
        yield from _choices(inner)


def _words(name: str) -> dict[str, set[object]]:
    return {argument: {*_choices(hint)} for argument, hint in get_type_hints(PUBLIC[name]).items()}


def _refusal(name: str, column: str) -> str:
    data, given, _ = CALLS[name]
    if name == "matched_comparison":
        given = {**given, "match": effekt.match_controls(data, **DESIGN)}
    cells: list[Any] = [*data[column]]
    cells[2] = None
    with pytest.raises(DataError) as refused:
        PUBLIC[name]({**data, column: cells}, **given)
    return str(refused.value)


def test_every_estimator_that_reads_a_table_is_here() -> None:
    assert {*CALLS} == {*PUBLIC} - {"pool"}


@pytest.mark.parametrize(("name", "column"), EMPTIED)
def test_a_refusal_of_an_empty_cell_offers_what_the_function_has(name: str, column: str) -> None:
    words, sentence = _words(name), _refusal(name, column)
    assert "must" in sentence
    for argument, value in OFFERED.findall(sentence):
        assert value in words.get(argument, set()), sentence


def test_a_function_without_the_option_offers_none() -> None:
    assert _refusal("published_comparison", "events") == (
        "Column 'events' must have a value in every row; 1 row did not, the first at row 3. Complete the data."
    )


@pytest.mark.parametrize("name", ["trend_adjusted", "placebo_study", "synthetic_control"])
def test_windows_that_must_be_whole_offer_to_leave_out_what_lies_outside_them(name: str) -> None:
    assert _refusal(name, "days") == (
        "Column 'days' must have a value in every row; 1 row did not, the first at row 3. Complete the data, or pass "
        "missing='drop' if the comparison needs none of those rows."
    )


def test_every_option_that_a_sentence_names_is_one_of_a_public_function() -> None:
    known = {(argument, word) for name in PUBLIC for argument, words in _words(name).items() for word in words}
    known |= {("decimal", ",")}
    root = Path(effekt.__file__).parent / "estimators"
    said = {
        (path.name, *found)
        for path in sorted(root.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        for found in OFFERED.findall(node.value)
    }
    assert {one for one in said if one[1:] not in known} == set()
