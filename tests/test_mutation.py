"""The runs of `make mutation` that the documentation shows are those of the modules as they are."""

import hashlib
import json
import os
import subprocess
import sys
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


SMALL = """
def least(a, b):
    return a if a < b else b


def far(a):
    return a + 1
"""
NOTICED = """
from small import least


def test_least():
    assert (least(1, 2), least(2, 1)) == (1, 1)
"""
IN_FORKS = """
from pathlib import Path

import mutation

path = Path("small.py").resolve()
loop = mutation.Loop(path, path.read_text(encoding="utf-8"))
killed = mutation.in_forks(loop, ["test_small.py"])
print(*(where for number, (where, _) in enumerate(loop.made) if number in killed), sep="\\n")
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="mutants are tried in forks of a process")
def test_forks_try_each_change_of_a_function_and_kill_what_the_tests_notice(tmp_path):
    (tmp_path / "small.py").write_text(SMALL, encoding="utf-8")
    (tmp_path / "test_small.py").write_text(NOTICED, encoding="utf-8")
    path = os.pathsep.join(map(str, (ROOT / "tools", tmp_path)))
    ran = subprocess.run(
        [sys.executable, "-c", IN_FORKS],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    line = "return a if a < b else b"
    assert ran.stdout.splitlines() == [f"{line} [{what}]" for what in ("return None", "condition turned around")]
