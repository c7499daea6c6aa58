"""The published studies are those of the code as it is."""

from __future__ import annotations

import importlib.util
import json
import math
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from effekt.estimators._coverage import WORST, coverage_notes

STUDIES = Path(__file__).parent.parent / "docs" / "studies"


def _load(name: str) -> ModuleType:
    sys.path.insert(0, str(STUDIES))
    try:
        spec = importlib.util.spec_from_file_location(f"studies_{name}", STUDIES / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module
    finally:
        sys.path.remove(str(STUDIES))


MAKE = _load("make")


def _published(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((STUDIES / f"{name}.json").read_text(encoding="utf-8"))
    return found


def test_every_design_is_published_and_nothing_else() -> None:
    assert {path.stem for path in STUDIES.glob("*.json")} == set(MAKE.DESIGNS)


@pytest.mark.parametrize("name", MAKE.DESIGNS)
def test_a_study_was_made_with_the_code_as_it_is(name: str) -> None:
    assert _published(name)["digest"] == MAKE.digest(MAKE.DESIGNS[name].modules), "run: make study"


@pytest.mark.parametrize("name", MAKE.DESIGNS)
def test_the_first_replicates_come_out_as_published(name: str) -> None:
    published, again = _published(name)["head"], MAKE.head(MAKE.DESIGNS[name])
    assert len(published) == len(again) > 0
    for one, other in zip(published, again, strict=True):
        for key, value in one.items():
            same = math.isclose(value, other[key], rel_tol=1e-9) if isinstance(value, float) else value == other[key]
            assert same, (name, one["replicate"], one["method"], key)


def test_coverage_is_nominal_where_theory_covers_the_case() -> None:
    """Not below nominal by more than 1 point and 3 Monte-Carlo errors, for the default variances."""
    short = []
    for name in MAKE.DESIGNS:
        study = _published(name)
        for row in study["measures"]:
            if row["measure"] != "coverage" or row["value"] is None or not _covered_by_theory(name, row["method"]):
                continue
            if row["value"] < study["level"] - 0.01 - 3 * row["mc_std_error"]:
                short.append((name, row["method"], row["view"], row["value"]))
    assert short == []


def _covered_by_theory(name: str, method: str) -> bool:
    if name.startswith(("trial-normal", "trial-null")) or name.endswith("-2000"):
        return method.endswith(("HC2", "HC3", "welch"))
    if name.startswith(("clusters", "panel")):
        return method.endswith(("CR2", "CR3"))
    return name.startswith("municipalities")


def test_a_variance_that_falls_short_is_named_in_its_results_with_the_worst_that_was_measured() -> None:
    """A name is short when its coverage is below nominal by more than 1 point and 1 Monte-Carlo error somewhere."""
    worst: dict[str, float] = {}
    short = set()
    for name in MAKE.DESIGNS:
        study = _published(name)
        for row in study["measures"]:
            variance = row["method"].split()[-1]
            if row["measure"] == "coverage" and row["value"] is not None and study["level"] == 0.95:
                worst[variance] = min(worst.get(variance, 1.0), row["value"])
                if row["value"] < 0.94 - row["mc_std_error"]:
                    short.add(variance)
    assert {variance: round(worst[variance], 3) for variance in short} == WORST
    (note,) = coverage_notes("CR0")
    assert "91.0%" in note.text.en


def test_the_page_shows_the_studies() -> None:
    table = _load("table")
    assert table.PAGE.read_text(encoding="utf-8") == table.page(), "run: python docs/studies/table.py"
