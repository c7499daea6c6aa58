"""Write docs/reference/coverage.md from the studies; a test compares it with them."""

from __future__ import annotations

import json
from pathlib import Path

HERE = Path(__file__).parent
PAGE = HERE.parent / "reference" / "coverage.md"
HEAD = """# Coverage, size and power

How often an interval held the truth, measured on synthetic cohorts of the sizes that contracts have. `make study` runs
the studies again; seed, number of replicates and a digest of the code stand in `docs/studies/*.json`, and a test fails
when the code has moved on. A number in parentheses is its Monte-Carlo standard error. *Rejected* is the share of
replicates in which "no effect" was rejected: the size of the test where the truth is no effect, its power elsewhere.
*None* is the share without inference, which says why.

A variance that falls short of its level says so in the notes of every result made with it: {short}.
"""


def page() -> str:
    """The whole page."""
    from effekt.estimators._coverage import WORST

    parts = [HEAD.format(short=", ".join(f"`{name}`" for name in WORST))]
    for path in sorted(HERE.glob("*.json")):
        parts.append(_section(json.loads(path.read_text(encoding="utf-8"))))
    return "\n".join(parts)


def _section(study: dict[str, object]) -> str:
    cells: dict[tuple[str, str], dict[str, str]] = {}
    for row in study["measures"]:  # type: ignore[attr-defined]
        cells.setdefault((row["method"], row["view"]), {})[row["measure"]] = _cell(row)
    lines = [
        f"## {study['title']}",
        "",
        f"{study['replications']} replicates, level {study['level']}.",
        "",
        "| method | view | bias | RMSE | coverage | rejected | none |",
        "|---|---|---|---|---|---|---|",
    ]
    for (method, view), values in cells.items():
        shown = [values[name] for name in ("bias", "rmse", "coverage", "rejection", "unavailable")]
        lines.append(f"| {method} | {view} | {' | '.join(shown)} |")
    return "\n".join([*lines, ""])


def _cell(row: dict[str, float | None]) -> str:
    if row["value"] is None:
        return "–"
    error = "" if row["mc_std_error"] is None else f" ({row['mc_std_error']:.3f})"
    return f"{row['value']:.3f}{error}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
