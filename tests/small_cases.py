"""A case with fewer rows, for tests of what does not depend on how many there are: a tenth of the time."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path

from effekt import workflow
from effekt.contracts import Contract

EVERY = 9  # of the 290 municipalities: 33 of them, with the treated one


def small_sick_leave(folder: Path) -> Path:
    """The sick-leave case in a folder, with every ninth municipality."""
    shutil.copytree(workflow.case("sick-leave"), folder, dirs_exist_ok=True)
    (folder / "panel.csv").write_bytes(_panel())
    return folder


def small_sick_leave_contract(folder: Path) -> Contract:
    """Its contract, read from there."""
    return workflow.read_contract(small_sick_leave(folder) / "contract.yaml")


@cache
def _panel() -> bytes:
    header, *rows = (workflow.case("sick-leave") / "panel.csv").read_bytes().splitlines(keepends=True)
    municipality = [row.split(b";")[0] for row in rows]
    kept = {b"0127", *list(dict.fromkeys(municipality))[::EVERY]}
    return header + b"".join(row for row, own in zip(rows, municipality, strict=True) if own in kept)
