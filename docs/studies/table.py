"""Write docs/reference/coverage.md and a page for each family of studies; a test compares them with the studies."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).parent
REFERENCE = HERE.parent / "reference"


class Family(NamedTuple):
    """Studies that stand on one page."""

    title: str
    about: str


FAMILIES = {
    "trial": Family("Randomised trials", "People assigned one by one, 30 to 2 000, by every variance."),
    "clusters": Family("Clustered trials", "Six to twenty groups of about fifteen, assigned as a whole."),
    "pairs": Family("Paired trials", "Fifteen and thirty pairs, and what leaving the pairing out does."),
    "rates": Family("Rates", "Events over months at risk."),
    "weights": Family("Sampling weights", "Rows that stand for different numbers of people."),
    "compliers": Family("Effects on compliers", "Trials where not all follow the lot."),
    "municipalities": Family("One municipality among others", "Trend adjustment, judged by placebos."),
    "luck": Family(
        "Paid for luck",
        "One of 11, 20 or 290 municipalities whose years vary by 8 %, without any effect, and what contracts pay.",
    ),
    "hac": Family("Periods of one series", "HAC intervals, with and without shocks that last, beside placebos."),
    "bootstrap": Family("Blocks of periods drawn anew", "Block bootstrap intervals beside HAC, with shocks that last."),
    "panel": Family("Difference-in-differences", "Two groups, before and after."),
    "few": Family("Few clusters", "Difference-in-differences with 6 to 20 clusters, half of them, two or one treated."),
    "people": Family("Other people, or some not affected", "Repeated cross-sections, and triple differences."),
    "staggered": Family("Adoption in stages", "Group-time effects, their average, and bands around the event study."),
    "imputation": Family("Imputation", "The average effect of adoption in stages, by imputation and by comparison."),
    "pretrend": Family(
        "Before adoption",
        "Event studies of 6 to 20 clusters: evidence against parallel trends (joint test), or for their being near "
        "enough (equivalence).",
    ),
    "synthetic": Family("Synthetic comparisons", "One unit without an effect, of 11, 20 or 40, judged by placebos."),
    "conformal": Family("Periods moved round", "Conformal sets of a synthetic control beside placebos."),
    "matching": Family("Matched comparisons", "Who takes part depends on what drives the outcome."),
    "redrawn": Family("Re-drawn and score inference", "Wild bootstrap, randomisation, and scores of two shares."),
    "blocks": Family("Blocked trials", "Blocks whose slopes differ: one Lin regression for all, or one in each."),
    "several": Family("Several outcomes", "Any true null rejected, of five outcomes that are correlated."),
    "learners": Family("Flexible learners", "Doubly robust comparisons whose regressions must be found."),
    "doubly": Family("Doubly robust comparisons", "The same, by regression and weighting together."),
}
"""By the first word of a study's name."""

HEAD = """# Coverage, size and power

How often an interval held the truth, measured on synthetic cohorts of the sizes that contracts have. `make study` runs
the studies again; seed, number of replicates and a digest of the code stand in `docs/studies/*.json`, and a test fails
when the code has moved on. A number in parentheses is its Monte-Carlo standard error. *Rejected* is the share of
replicates in which "no effect" was rejected: the size of the test where the truth is no effect, its power elsewhere.
*None* is the share without inference, which says why; coverage and rejection rest on the other replicates.

A variance that falls short of its level says so in the notes of every result made with it: {short}. So do
HAC intervals, those of blocks drawn anew, those of Conley and Taber, and results on a unit that was the highest or
lowest of all before.

| studies | of what | how many | lowest coverage |
|---|---|---|---|
{rows}

*Lowest coverage* is that of the difference (where it was not studied, of the relative effect) by the worst method in
any study on the page, less its level, in percentage points; methods that a page shows as a warning count.

```{{toctree}}
:hidden:

{pages}
```
"""
COLUMNS = ("bias", "rmse", "coverage", "rejection", "unavailable")
TARIFFS = ("gate", "gate_tested", "slope", "slope_tested")
MONEY = """What a contract of SEK 5 000 000 would have paid on average, with nothing to pay for: all of it at a fall of
12 % (*gate*), in proportion from 0 to 12 % (*slope*), and either only where "no effect" is rejected (*tested*).

| method | reaches −12 % | gate | gate, tested | slope | slope, tested |
|---|---|---|---|---|---|"""


def pages() -> dict[Path, str]:
    """Every page by its file."""
    from effekt.estimators._coverage import WORST

    studies: dict[str, list[dict[str, Any]]] = {name: [] for name in FAMILIES}
    for path in sorted(HERE.glob("*.json"), key=_by_size):
        studies[path.stem.split("-")[0]].append(json.loads(path.read_text(encoding="utf-8")))
    told = {name: found for name, found in studies.items() if found}
    head = HEAD.format(
        short=", ".join(f"`{name}`" for name in WORST),
        rows="\n".join(_line(name, found) for name, found in told.items()),
        pages="\n".join(f"coverage/{name}" for name in told),
    )
    found = {REFERENCE / "coverage.md": head}
    for name, several in told.items():
        family = FAMILIES[name]
        parts = [f"# {family.title}: coverage, size and power", "", family.about, "", LEGEND, ""]
        found[REFERENCE / "coverage" / f"{name}.md"] = "\n".join([*parts, *map(_section, several)])
    return found


LEGEND = "What the columns mean stands under [Coverage, size and power](../coverage.md)."


def _by_size(path: Path) -> list[tuple[bool, int, str]]:
    """Words by the alphabet and numbers by their size."""
    return [(word.isdigit(), int(word) if word.isdigit() else 0, word) for word in path.stem.split("-")]


def _line(name: str, studies: list[dict[str, Any]]) -> str:
    family = FAMILIES[name]
    shares = [(row, study["level"]) for study in studies for row in study["measures"] if row["measure"] == "coverage"]
    view = "difference" if any(row["view"] == "difference" for row, _ in shares) else "relative"
    gaps = [100 * (row["value"] - level) for row, level in shares if row["view"] == view and row["value"] is not None]
    gap = "–" if not gaps else f"{min(gaps):+.1f}".replace("-", "−")
    return f"| [{family.title}](coverage/{name}.md) | {family.about} | {len(studies)} | {gap} |"


def _section(study: dict[str, Any]) -> str:
    cells: dict[tuple[str, str], dict[str, str]] = {}
    for row in study["measures"]:
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
        lines.append(f"| {method} | {view} | {' | '.join(values[name] for name in COLUMNS)} |")
    paid = {method: values for (method, _), values in cells.items() if "reached" in values}
    if paid:
        lines += ["", MONEY]
        lines += [
            f"| {method} | {' | '.join(values[name] for name in ('reached', *TARIFFS))} |"
            for method, values in paid.items()
        ]
    return "\n".join([*lines, ""])


def _cell(row: dict[str, Any]) -> str:
    if row["value"] is None:
        return "–"
    if row["measure"] in TARIFFS:
        return f"{_thousands(row['value'])} ({_thousands(row['mc_std_error'])})"
    error = "" if row["mc_std_error"] is None else f" ({row['mc_std_error']:.3f})"
    return f"{row['value']:.3f}{error}"


def _thousands(kronor: float) -> str:
    """Kronor to the nearest thousand."""
    return f"{round(kronor / 1000) * 1000:,}".replace(",", " ")


if __name__ == "__main__":
    for path, text in pages().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
