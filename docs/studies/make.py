"""Run the studies and write their tables: ``python docs/studies/make.py [NAME …]``, all stale ones by default.

Each output holds the seed, a digest of the code the numbers depend on, the measures with their Monte-Carlo errors, and
the first rows, which the tests run again.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from designs import DESIGNS
from money import payments
from study_base import SEED, Design

import effekt
from effekt.simulation import StudyRows, measure_performance

HERE = Path(__file__).parent
SOURCE = Path(effekt.__file__).parent
HEAD = 3  # replicates that are published, and that the tests run again: all or the first
DECIMALS = 6


def digest(modules: tuple[str, ...]) -> str:
    """SHA-256 over the code of modules, without docstrings, comments and layout."""
    files = [file for name in modules for file in sorted((SOURCE / name).rglob("*.py")) or [SOURCE / name]]
    return hashlib.sha256(b"".join(_code(file) for file in files)).hexdigest()


@cache
def _code(file: Path) -> bytes:
    """The code of a file, without docstrings, comments and layout."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return ast.unparse(tree).encode()


def head(design: Design, count: int | None = None) -> list[dict[str, Any]]:
    """The first replicates' rows, which do not depend on how many follow."""
    return _plain(replace(design.study, replications=count or HEAD).run())


def _plain(rows: StudyRows) -> list[dict[str, Any]]:
    names = ("replicate", "method", "view", "truth", "estimate", "std_error", "conf_low", "conf_high", "p_value")
    return [{name: getattr(row, name) for name in names} for row in rows.rows]


def run(name: str, design: Design, executor: ProcessPoolExecutor) -> dict[str, Any]:
    """One study's table as plain JSON."""

    def tell(done: int, total: int) -> None:
        sys.stderr.write(f"\r{name}: {done} of {total} ")

    rows = design.study.run(executor, tell)
    sys.stderr.write("\n")
    performance = measure_performance(rows)
    return {
        "title": design.title,
        "seed": SEED,
        "replications": design.study.replications,
        "level": performance.level,
        "digest": digest(design.modules),
        "measures": [
            {
                "method": row.method,
                "view": row.view,
                "measure": row.measure,
                "value": None if row.value is None else round(row.value, DECIMALS),
                "mc_std_error": None if row.mc_std_error is None else round(row.mc_std_error, DECIMALS),
                "n": row.n,
            }
            for row in performance.rows
        ]
        + (payments(rows) if design.money else []),
        "head": head(design),
    }


def is_stale(name: str, design: Design) -> bool:
    """Whether the study's file is missing, or was neither made with this code nor confirmed to be the same by it."""
    path = HERE / f"{name}.json"
    if not path.exists():
        return True
    made = json.loads(path.read_text(encoding="utf-8"))
    return digest(design.modules) not in (made["digest"], made.get("confirmed", {}).get("digest"))


if __name__ == "__main__":
    chosen = sys.argv[1:] or [name for name, design in DESIGNS.items() if is_stale(name, design)]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for name in chosen:
            text = json.dumps(run(name, DESIGNS[name], pool), indent=1, ensure_ascii=False) + "\n"
            (HERE / f"{name}.json").write_text(text, encoding="utf-8")
