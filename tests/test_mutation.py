"""The runs of `make mutation` that the documentation shows are those of the modules as they are."""

import hashlib
import json
from pathlib import Path

import pytest

import effekt

ROOT = Path(__file__).parent.parent
RUNS = sorted((ROOT / "docs" / "reference" / "mutation").glob("*.json"))
PAGE = (ROOT / "docs" / "reference" / "mutation.md").read_text(encoding="utf-8")


def test_there_are_runs():
    assert RUNS


@pytest.mark.parametrize("file", RUNS, ids=[file.stem for file in RUNS])
def test_a_run_is_that_of_the_module_and_stands_on_the_page(file):
    run = json.loads(file.read_text(encoding="utf-8"))
    module = Path(effekt.__file__).parent / run["module"]
    assert run["sha256"] == hashlib.sha256(module.read_bytes()).hexdigest(), "run: make mutation"
    alive = len(run["time"]), len(run["survived"])
    assert run["killed"] + sum(alive) == run["mutants"]
    assert f"| `{run['module']}` | {run['mutants']} | {run['killed']} | {alive[0]} | {alive[1]} |" in PAGE
    assert PAGE.count(f"\n| {file.stem} | ") == alive[1]
