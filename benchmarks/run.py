"""Run every cell: effekt and its peers in turn, each in a process of its own; writes results/<workload>.json.

Small problems are run twice. Every tool has one thread and its processor seconds are counted: what it costs, however
busy the machine is otherwise. With `--wall` it is run once more with two threads, and seconds of the clock are counted:
how long one waits for it, on a machine that does nothing else.

`python run.py` runs all; `python run.py --wall lin` one workload, both ways.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS", "RAYON_NUM_THREADS")
SECONDS = ("first", "again", "wall_first", "wall_again")
LIMIT, ROUNDS, LARGE = 75, 2, 100_000  # seconds that a process may take, its data and imports included
LIMITS = {  # where a slower peer is waited for
    ("CR2", 1e6): 400,
    ("propensity-once", 1e5): 900,
    ("propensity-again", 1e4): 400,
    ("mahalanobis-again", 1e5): 300,
    ("permutations", 1e4): 300,
    ("staggered-bands", 1e5): 300,
    ("staggered-bands", 1e6): 300,
}

LESS = ("no balance", "pairs alone")  # of effekt's own work
CELLS: dict[str, list[tuple[str, float, tuple[str, ...]]]] = {
    "lin": [
        ("HC2", 1e4, ("diff-diff", "pyfixest", "statsmodels", "estimatr")),
        ("HC2", 1e6, ("diff-diff", "pyfixest", "statsmodels")),
        ("CR2", 1e4, ("diff-diff", "estimatr")),
        ("CR2", 1e5, ("diff-diff", "estimatr")),
        ("CR2", 1e6, ("diff-diff", "estimatr")),
    ],
    "matching": [
        ("propensity-once", 1e3, (*LESS, "causalml", "MatchIt", "Matching")),
        ("propensity-once", 1e4, (*LESS, "causalml", "MatchIt")),
        ("propensity-again", 1e3, (*LESS, "scikit-learn", "causalml", "MatchIt", "Matching")),
        ("propensity-again", 1e4, (*LESS, "scikit-learn", "causalml", "MatchIt", "Matching")),
        ("mahalanobis-again", 1e3, (*LESS, "SciPy cKDTree", "scikit-learn", "MatchIt", "Matching")),
        ("mahalanobis-once", 1e3, (*LESS, "MatchIt", "Matching")),
        ("propensity-again", 1e5, (*LESS, "scikit-learn", "causalml")),
        ("mahalanobis-again", 1e4, (*LESS, "SciPy cKDTree", "scikit-learn", "MatchIt")),
        ("mahalanobis-again", 1e5, (*LESS, "SciPy cKDTree", "faiss")),
        ("mahalanobis-once", 1e4, (*LESS, "MatchIt")),
        ("mahalanobis-optimal", 1e4, (*LESS, "SciPy cKDTree")),
        ("propensity-optimal", 1e3, (*LESS, "SciPy assignment")),
        ("propensity-optimal", 1e4, LESS),
        ("propensity-once", 1e5, (*LESS, "MatchIt")),
    ],
    "panel": [
        ("two decimals", 1e5, ("diff-diff", "pyfixest")),
        ("two decimals", 1e6, ("diff-diff", "pyfixest")),
        ("all digits", 1e6, ("diff-diff", "pyfixest")),
        ("staggered", 1e5, ("diff-diff", "csdid")),
        ("staggered", 1e6, ("diff-diff",)),
        ("staggered-bands", 1e5, ("diff-diff", "csdid")),
        ("staggered-bands", 1e6, ("diff-diff",)),
    ],
    "resampling": [
        ("permutations", 1e4, ("SciPy", "coin", "pyfixest")),
        ("permutations", 1e5, ("SciPy", "coin")),
        ("wild-50", 1e4, ("wildboottest", "diff-diff")),
        ("wild-1000", 1e5, ("wildboottest", "diff-diff")),
        ("wild-50", 1e6, ("wildboottest", "diff-diff")),
    ],
    "synthetic": [
        ("control", 290, ("diff-diff",)),
        ("differences", 290, ("diff-diff",)),
        ("trend", 290, ()),
        ("trend-weighted", 290, ()),
    ],
}


def one(workload: str, tool: str, n: float, option: str, threads: int = 1) -> dict[str, Any]:
    """One process, or why it gave nothing."""
    command = [sys.executable, str(HERE / f"{workload}.py"), tool, str(n), option]
    limits = dict.fromkeys(THREADS, str(threads))
    limit = LIMITS.get((option, n), LIMIT)
    try:
        run = subprocess.run(
            command, env=os.environ | limits, capture_output=True, text=True, timeout=limit, check=False
        )
    except subprocess.TimeoutExpired:
        return {"missing": f"more than {limit} s"}
    lines = [line[5:] for line in run.stdout.splitlines() if line.startswith("JSON ")]
    if lines:
        return dict(json.loads(lines[0]))
    return {"missing": "failed: " + (run.stderr.strip().splitlines() or ["no output"])[-1][:120]}


def cell(workload: str, option: str, n: float, peers: tuple[str, ...], *, wall: bool = False) -> dict[str, Any]:
    """All tools in turn, so that a busy machine is busy for all of them."""
    found: dict[str, list[dict[str, Any]]] = {tool: [] for tool in ("effekt", *peers)}
    waited: dict[str, list[dict[str, Any]]] = {tool: [] for tool in found if wall}
    for _ in range(ROUNDS if n < LARGE else 1):
        for tool, runs in found.items():
            if not (runs and "missing" in runs[-1]):
                runs.append(one(workload, tool, n, option))
                if wall and "missing" not in runs[-1]:
                    waited[tool].append(one(workload, tool, n, option, threads=2))
    print(
        workload, option, int(n), {tool: runs[-1].get("again", runs[-1].get("missing")) for tool, runs in found.items()}
    )
    tools = {tool: _together(runs) for tool, runs in found.items()}
    for tool, runs in waited.items():
        if runs:
            tools[tool]["two_threads"] = _clocked(_together(runs))
    return {"option": option, "n": int(n), "tools": tools}


def _together(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """The runs' median times and largest memory."""
    done = [run for run in runs if "missing" not in run]
    if not done:
        return runs[-1]
    rounded = {key: round(statistics.median(run[key] for run in done), 5) for key in SECONDS}
    return {**done[-1], **rounded, "memory_mb": round(max(run["memory_mb"] for run in done), 1)}


def _clocked(run: dict[str, Any]) -> dict[str, Any]:
    """What is told of a run with two threads."""
    kept = ("missing",) if "missing" in run else ("wall_first", "wall_again", "memory_mb")
    return {key: run[key] for key in kept}


def machine() -> dict[str, Any]:
    """Processors, memory and what carries the arithmetic; no name of the machine."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {
        "system": platform.system(),
        "processor": platform.machine(),
        "processors": os.cpu_count(),
        "memory_gb": round(pages / 2**30),
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 1),
    }


def main() -> None:
    wall = "--wall" in sys.argv
    for workload in [name for name in sys.argv[1:] if name != "--wall"] or CELLS:
        path = HERE / "results" / f"{workload}.json"
        path.parent.mkdir(exist_ok=True)
        found: dict[str, Any] = {"machine": machine(), "cells": []}
        for parts in CELLS[workload]:
            found["cells"].append(cell(workload, *parts, wall=wall))
            path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
