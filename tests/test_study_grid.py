"""Every cell of the grid of designs, sizes and outcomes has its study, or a reason why it has none."""

from __future__ import annotations

import importlib
import inspect
import sys
import typing
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import effekt
from effekt.estimators import METHODS

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


def test_the_page_tells_what_is_studied_and_what_is_not() -> None:
    page = (STUDIES.parent / "reference" / "coverage" / "grid.md").read_text(encoding="utf-8")
    assert page == grid.page()
    assert "| Trial of people | people | binary | 30, 60, 200, 2 000 | – |" in page
