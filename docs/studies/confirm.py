"""Confirm studies after a change that moves no number: ``python docs/studies/confirm.py OLD [NAME …]``.

OLD is a checkout of the code that the studies were made with, or last confirmed with: the same replicates are drawn
each time, so that what comes out the same by each step comes out the same by all. The first replicates of each are
drawn by that code and by this one; where every number is the same to twelve digits (an end of a set may be the next
float), and so is whether the set holds the truth, the study's file says so beside its digest (`confirmed`), and it need
not be made again. All stale ones are chosen by default. A study that differs, or
that OLD neither made nor confirmed, is left as it is: make it.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

REPLICATES = 25  # that are drawn by both
DIGITS = 1e-12  # by how much numbers may differ, relative to the larger; what is published of them has six decimals
HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def first(names: list[str]) -> None:
    """Print the digest and the first replicates of each study, a line of JSON each."""
    import make

    make.HEAD = REPLICATES
    for name in names:
        design = make.DESIGNS[name]
        sys.stdout.write(json.dumps([name, make.digest(design.modules), json.dumps(make.head(design))]) + "\n")
        sys.stdout.flush()


def drawn(checkout: Path, names: list[str]) -> dict[str, list[Any]]:
    """By study, what the code of a checkout gives."""
    path = os.pathsep.join([str(checkout / "src"), str(checkout / "docs" / "studies")])
    code = f"import sys; sys.path.insert(0, {str(HERE)!r}); import confirm; confirm.first(sys.argv[1:])"
    environment = os.environ | {"PYTHONPATH": path, "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-c", f"import make; {code}", *names]
    told = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return {line[0]: line[1:] for line in map(json.loads, told.stdout.splitlines())}


def same(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> bool:
    """Whether the replicates of two codes are the same."""
    return len(before) == len(after) and all(map(_same_row, before, after))


def _same_row(one: dict[str, Any], other: dict[str, Any]) -> bool:
    if one.keys() != other.keys() or _holds_truth(one) != _holds_truth(other):
        return False
    return all(
        math.isclose(value, other[name], rel_tol=DIGITS, abs_tol=0.0)
        if isinstance(value, float) and isinstance(other[name], float)
        else value == other[name]
        for name, value in one.items()
    )


def _holds_truth(row: dict[str, Any]) -> tuple[bool, bool]:
    """Whether each end that there is leaves the truth inside."""
    low, truth, high = row["conf_low"], row["truth"], row["conf_high"]
    return low is None or truth is None or low <= truth, high is None or truth is None or truth <= high


def main(old: Path, names: list[str]) -> None:
    """Write `confirmed` into the files of the studies that come out the same."""
    import make

    chosen = names or [name for name, design in make.DESIGNS.items() if make.is_stale(name, design)]
    with ThreadPoolExecutor(2) as pool:
        before, after = pool.map(drawn, (old, ROOT), (chosen, chosen))
    for name in chosen:
        path = HERE / f"{name}.json"
        study = json.loads(path.read_text(encoding="utf-8"))
        (made, rows), (digest, again) = before[name], after[name]
        known = made == study["digest"] or study.get("confirmed") == {"digest": made, "replicates": REPLICATES}
        if not known or not same(json.loads(rows), json.loads(again)):
            sys.stdout.write(f"{name}: {'differs' if known else 'made by other code'}; make it\n")
            continue
        plain: dict[str, Any] = {}
        for key, value in study.items():
            if key != "confirmed":
                plain[key] = value
            if key == "digest":
                plain["confirmed"] = {"digest": digest, "replicates": REPLICATES}
        text = json.dumps(plain, indent=1, ensure_ascii=False) + "\n"
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), sys.argv[2:])
