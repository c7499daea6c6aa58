"""The second route shares nothing with the rest of the package but its exceptions."""

import ast
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "src" / "effekt" / "independent"
FILES = sorted(FOLDER.rglob("*.py"))
LEARNT = {"cross_fitting.py": {"sklearn"}}  # what a contract's learners are is scikit-learn's


def imported(path):
    """Return the names a file imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            yield node.module


def test_there_are_files_to_read():
    assert {"trend_adjusted.py", "randomized_trial.py", "matching.py"} <= {path.name for path in FILES}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_imports_only_the_standard_library_and_itself_or_the_learner_s_own(path):
    for name in imported(path):
        own = name == "effekt.exceptions" or name.startswith("effekt.independent")
        allowed = sys.stdlib_module_names | LEARNT.get(path.name, set())
        assert own or name.split(".")[0] in allowed, name
