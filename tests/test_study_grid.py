"""Every cell of the grid of designs, sizes and outcomes has its study, or a reason why it has none."""

from __future__ import annotations

import importlib
import inspect
import json
import sys
import typing
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import effekt
from effekt._inference import Unavailable
from effekt.estimators import METHODS
from effekt.estimators._coverage import WORST

STUDIES = Path(__file__).parent.parent / "docs" / "studies"


def _load(name: str) -> ModuleType:
    sys.path.insert(0, str(STUDIES))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(STUDIES))


grid, DESIGNS = _load("grid"), _load("designs").DESIGNS


@pytest.mark.parametrize("row", grid.ROWS, ids=lambda row: row.what)
def test_a_cell_has_a_study_or_one_reason(row: Any) -> None:
    for size, kind in grid.cells(row):
        studied = grid.study_of(row, size, kind) is not None
        assert len(grid.reasons(row, size, kind)) == (0 if studied else 1), (size, kind)


def test_a_reason_is_of_a_row_and_says_something() -> None:
    assert {hole.what for hole in grid.HOLES} <= {row.what for row in grid.ROWS}
    for hole in grid.HOLES:
        (row,) = [one for one in grid.ROWS if one.what == hole.what]
        assert any(hole.reason in grid.reasons(row, *cell) for cell in grid.cells(row)), hole
    assert all(len(reason.split()) > 2 for reason in (*(hole.reason for hole in grid.HOLES), *grid.UNSTUDIED.values()))


def test_a_study_is_in_the_grid_or_beside_it() -> None:
    inside = {grid.study_of(row, *cell) for row in grid.ROWS for cell in grid.cells(row)}
    beside = {name for name in DESIGNS if any(fnmatchcase(name, pattern) for pattern in grid.BESIDE)}
    assert set(DESIGNS) - inside - beside == set()
    assert [pattern for pattern in grid.BESIDE if not any(fnmatchcase(name, pattern) for name in beside - inside)] == []


UNCERTAIN = {  # arguments that say how an effect is estimated, or how uncertain it is
    "adjustment",
    "aggregate",
    "base_period",
    "blocks",
    "comparison",
    "discard",
    "distance",
    "estimand",
    "estimator",
    "inference",
    "learner",
    "level_correction",
    "method",
    "moments",
    "order",
    "outcome_model",
    "own_unit",
    "placebos",
    "population",
    "propensity",
    "sampling",
    "statistic",
    "trend",
    "variance",
    "wild_weights",
}
WITHOUT = ("outcome_count", "published_comparison")  # which have no inference


def _options() -> set[tuple[str, str]]:
    """Every value of such an argument of an estimator or of `match_controls` but the default."""
    found = set()
    for function in (*(one for name, one in METHODS.items() if name not in WITHOUT), effekt.match_controls):
        parameters = inspect.signature(function).parameters
        for name, hint in typing.get_type_hints(function).items():
            if name in UNCERTAIN:
                found |= {(name, str(value)) for value in _literals(hint) if value != parameters[name].default}
    return found


def _literals(hint: Any) -> Iterator[object]:
    if typing.get_origin(hint) is typing.Literal:
        yield from typing.get_args(hint)
    else:
        for part in typing.get_args(hint):
            yield from _literals(part)


def _named(value: Any, name: str | None = None) -> Iterator[tuple[str | None, str]]:
    """What a method of a study was given by name."""
    if isinstance(value, partial):
        for one in value.args:
            yield from _named(one)
        yield from _named(value.keywords)
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from _named(one, key)
    else:
        yield name, str(value)


def test_an_option_has_a_study_or_a_reason() -> None:
    told = "".join(path.read_text(encoding="utf-8") for path in sorted(STUDIES.glob("*.py")) if path.stem != "grid")
    given = {pair for design in DESIGNS.values() for one in design.study.methods.values() for pair in _named(one)}
    options = _options()
    studied = {pair for pair in options if pair in given or '{}="{}"'.format(*pair) in told} | grid.DEFAULTS
    assert options - studied - set(grid.UNSTUDIED) == set()
    assert set(grid.UNSTUDIED) <= options - studied  # else it has been studied since, or is no option


def _accepted() -> set[str]:
    """Every variance that any estimator accepts by name."""
    hints = [typing.get_type_hints(function).get("variance") for function in METHODS.values()]
    return {str(value) for hint in hints for value in _literals(hint)}


class _Call(typing.NamedTuple):
    """A method of a row but for its variance, and a cohort of a study of the row."""

    row: Any
    call: Any
    given: str
    table: Any

    def result(self, variance: str) -> Any:
        """What it finds by a variance that it accepts and has an interval by; `regressed` has that of its match."""
        if self.call.func.__name__ == "regressed":
            return None
        try:
            found = self.call(self.table, variance=variance)
        except effekt.EffektError:
            return None
        return None if isinstance(found.inference, Unavailable) else found


def _calls() -> tuple[list[_Call], set[tuple[str, str]]]:
    """Every method of every row, and by which variances it is studied in any."""
    calls, studied = [], set()
    for row in grid.ROWS:
        names = [name for name in (grid.study_of(row, *cell) for cell in grid.cells(row)) if name is not None]
        study = DESIGNS[names[len(names) // 2]].study
        table = study.dgp(np.random.default_rng(1)).table
        for method in row.methods:
            function = study.methods[method]
            given = dict(getattr(function, "keywords", {}))
            variance = given.pop("variance", None) or function(table).variance.partition("/")[0]
            call = partial(getattr(function, "func", function), **given)
            calls.append(
                _Call(row, call, f"{call.func.__name__} {sorted(item for item in given.items() if item[1])}", table)
            )
            studied.add((calls[-1].given, variance))
    return calls, studied


def test_a_variance_that_a_design_accepts_is_studied_or_has_one_reason() -> None:
    """Each with an interval; a note that the reason speaks of stands in the result, and no reason is left over."""
    calls, studied = _calls()
    used = set()
    for one in {(call.row.what, call.given): call for call in calls}.values():
        for variance in sorted(_accepted()):
            result = None if (one.given, variance) in studied else one.result(variance)
            if result is None:
                continue
            found = grid.excuses(one.row, variance)
            assert len(found) == 1, (one.row.what, one.given, variance)
            told = {code for code in ("short_coverage", "plain_sandwich") if code in found[0]}
            assert told <= {note.code for note in result.notes}, (one.row.what, one.given, variance)
            used.add((variance, *found))
    assert {(name, one.reason) for one in grid.EXCUSES for name in one.variances} == used


def test_what_is_said_of_the_variances_left_out_is_so() -> None:
    noted = {
        variance
        for one in grid.EXCUSES
        if "`short_coverage`) in any design" in one.reason
        for variance in one.variances
    }
    assert noted == set(WORST)
    for name in grid.HERE.glob("*.json"):
        rows = json.loads(name.read_text(encoding="utf-8"))["measures"]
        covered = {(row["method"], row["view"]): row["value"] for row in rows if row["measure"] == "coverage"}
        for (method, view), value in covered.items():
            other = covered.get((f"{method[:-1]}2", view))
            if method.endswith(("HC3", "CR3")) and None not in (value, other):
                assert value >= other, (name.stem, method, view)


def test_the_page_tells_what_is_studied_and_what_is_not() -> None:
    page = (STUDIES.parent / "reference" / "coverage" / "grid.md").read_text(encoding="utf-8")
    assert page == grid.page()
    assert "| Trial of people | people | binary | 30, 60, 200, 2 000 | – |" in page
