"""One tool on one problem in this process: seconds of the first and of later calls, memory, and the answer.

A workload file holds `problem(n, option)` and its tools, each a function of the problem that imports its package, takes
the data into the package's form and returns the call to be measured. `python lin.py diff_diff 1e5 HC2` prints one line
of JSON. Data, imports and the peak of both are outside the measurement; everything else, checks among them, is inside.
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

BUDGET, CALLS = 3.0, 5  # seconds after which, and calls after which, no further call is made


class MissingToolError(Exception):
    """A tool that cannot be measured here, and why."""


def memory(key: str) -> float:
    """Resident megabytes now (VmRSS) or at their highest (VmHWM); nan where the system does not tell."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return float("nan")
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(key))


def measured(call: Callable[[], dict[str, float]]) -> dict[str, Any]:
    """The answer of a call, made until the budget is spent."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")  # the highest memory is counted from here
    before, seconds, wall = memory("VmRSS"), [], []
    while len(seconds) < CALLS and sum(seconds) < BUDGET:
        start, clock = time.process_time(), time.perf_counter()
        answer = call()
        seconds.append(time.process_time() - start)
        wall.append(time.perf_counter() - clock)
    return {
        "first": seconds[0],
        "again": statistics.median(seconds[1:] or seconds),
        "wall_first": wall[0],
        "wall_again": statistics.median(wall[1:] or wall),
        "calls": len(seconds),
        "memory_mb": memory("VmHWM") - before,
        **answer,
    }


def in_r(packages: tuple[str, ...], columns: dict[str, Any], script: str) -> dict[str, Any]:
    """The same in R; the script defines `call()`, which gives a list of numbers, from matrices named as the columns."""
    import numpy as np

    if shutil.which("Rscript") is None:
        raise MissingToolError("not installed")
    with tempfile.TemporaryDirectory() as folder:
        needed = ", ".join(map(repr, (*packages, "jsonlite")))
        lines = [f"for (p in c({needed})) if (!requireNamespace(p, quietly=TRUE)) quit(status=9)"]
        lines += [f"suppressMessages(library({package}))" for package in packages]
        for name, column in columns.items():
            matrix = np.atleast_2d(np.asarray(column, float).T)
            matrix.tofile(f"{folder}/{name}.bin")
            rows, size = matrix.shape[1], matrix.size
            lines.append(f"{name} <- matrix(readBin('{folder}/{name}.bin', 'double', {size}), nrow={rows})")
        lines += [script, R_MEASURE.replace("BUDGET", str(BUDGET)).replace("CALLS", str(CALLS))]
        lines.append(f"out$version <- as.character(packageVersion('{packages[0]}'))")
        lines.append("cat('R', jsonlite::toJSON(out, auto_unbox=TRUE, digits=I(17)), '\\n')")
        Path(folder, "script.R").write_text("\n".join(lines), encoding="utf-8")
        run = subprocess.run(["Rscript", f"{folder}/script.R"], capture_output=True, text=True, check=False)
    if run.returncode == 9:
        raise MissingToolError("not installed")
    found = [line[2:] for line in run.stdout.splitlines() if line.startswith("R ")]
    if not found:
        raise MissingToolError("failed: " + run.stderr.strip().splitlines()[-1][:120])
    return dict(json.loads(found[0]))


R_MEASURE = """
status <- function(key) { l <- readLines('/proc/self/status'); as.numeric(gsub('[^0-9]', '', l[grepl(key, l)])) / 1024 }
invisible(gc()); try(cat('5', file='/proc/self/clear_refs'), silent=TRUE); before <- status('^VmRSS')
seconds <- c(); wall <- c()
while (length(seconds) < CALLS && sum(seconds) < BUDGET) {
  start <- proc.time(); answer <- call(); used <- proc.time() - start
  seconds <- c(seconds, sum(used[1:2])); wall <- c(wall, used[[3]])
}
later <- function(x) median(if (length(x) > 1) x[-1] else x)
out <- c(list(first=unname(seconds[1]), again=later(seconds), wall_first=wall[1], wall_again=later(wall),
              calls=length(seconds), memory_mb=status('^VmHWM') - before), answer)
"""


def main(problem: Callable[[int, str], Any], tools: dict[str, tuple[str, Callable[..., Any]]]) -> None:
    """Read the tool, the size and the option from the command line; a tool's package names its version."""
    tool, n, option = sys.argv[1], int(float(sys.argv[2])), sys.argv[3]
    package, prepare = tools[tool]
    try:
        call = prepare(problem(n, option), option)
        found = call if isinstance(call, dict) else measured(call)
    except (MissingToolError, ModuleNotFoundError) as missing:
        reason = "not installed" if isinstance(missing, ModuleNotFoundError) else str(missing)
        found = {"missing": reason}
    if package and "missing" not in found:
        try:
            found["version"] = version(package)
        except PackageNotFoundError:
            found["version"] = "this repository"
    print("JSON " + json.dumps(found))
