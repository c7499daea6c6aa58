"""Write docs/reference/coverage.md and a page for each family of studies; a test compares them with the studies."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).parent))

from confirm import REPLICATES
from grid import page as grid_page
from learned import learned

from effekt.simulation.performance import SHARES, wilson

HERE = Path(__file__).parent
REFERENCE = HERE.parent / "reference"


class Family(NamedTuple):
    """Studies that stand on one page."""

    title: str
    about: str


FAMILIES = {
    "trial": Family("Randomised trials", "People assigned one by one, 30 to 2 000, by every variance."),
    "clusters": Family("Clustered trials", "Six to twenty groups of about fifteen, assigned as a whole."),
    "pairs": Family(
        "Paired trials",
        "Fifteen, thirty and two hundred pairs, what a covariate adds, and what leaving the pairing out does; pairs of "
        "clusters.",
    ),
    "chances": Family("Unequal chances", "People, 30 to 2 000, or clusters treated with known chances of their own."),
    "rates": Family("Rates", "Events over months at risk, of people and of clusters."),
    "weights": Family("Sampling weights", "Rows that stand for different numbers of people."),
    "compliers": Family("Effects on compliers", "Trials where not all follow the lot."),
    "pooled": Family("Trials pooled", "Three to twelve trials, with one effect or with effects that differ."),
    "municipalities": Family("One municipality among others", "Trend adjustment, judged by placebos."),
    "luck": Family(
        "Paid for luck",
        "One of 11, 20, 60 or 290 municipalities whose years vary by 8 %, without any effect, and what contracts pay.",
    ),
    "groups": Family(
        "Several municipalities",
        "Two to five treated together among 8 to 20 others, against groups of as many, with or without the treated "
        "among these, or single units.",
    ),
    "spread": Family("The spread of placebos", "Intervals by the standard deviation of 10, 19 or 289 placebos."),
    "workplaces": Family(
        "Workplaces of a municipality",
        "Intervals between workplaces, where each drifts by itself and where its municipality moves as a whole.",
    ),
    "hac": Family("Periods of one series", "HAC intervals, with and without shocks that last, beside placebos."),
    "bootstrap": Family("Blocks of periods drawn anew", "Block bootstrap intervals beside HAC, with shocks that last."),
    "panel": Family("Difference-in-differences", "Two groups, before and after."),
    "few": Family(
        "Few clusters",
        "Difference-in-differences with 6 to 20 clusters, half, two or one treated; municipalities without an effect.",
    ),
    "people": Family("Other people, or some not affected", "Repeated cross-sections, and triple differences."),
    "staggered": Family("Adoption in stages", "Group-time effects, their average, and bands around the event study."),
    "imputation": Family("Imputation", "The average effect of adoption in stages, by imputation and by comparison."),
    "pretrend": Family(
        "Before adoption",
        "Event studies of 6 to 30 clusters: evidence against parallel trends (joint test), or for their being near "
        "enough (equivalence); bounds where they part by nothing, or along a straight line.",
    ),
    "synthetic": Family("Synthetic comparisons", "One or two units without an effect, of 11 to 40, by placebos."),
    "conformal": Family("Periods moved round", "Conformal sets of a synthetic control beside placebos."),
    "matching": Family("Matched comparisons", "Who takes part depends on what drives the outcome."),
    "weighting": Family(
        "Weighted comparisons", "Weights for the treated, the others, all, or those in between; in clusters too."
    ),
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
when the code has moved on. Where a change of code moves no number, `docs/studies/confirm.py` draws the first {first}
replicates of a study by the code that it was made or last confirmed with and by the code as it is; where every number
is the same to twelve digits the study's file says so, and it is not made again: {confirmed} of {all} are confirmed
so. A number in parentheses is its Monte-Carlo standard error; of a share of exactly 0 or 1, of which none can be
reckoned, it is how far from there Wilson's 95% interval reaches, as in 1.000 (≥ 0.998). *Rejected*
is the share of replicates in which "no effect" was rejected: the size of the test where the truth is
no effect, its power elsewhere. *No set* is the share
without a confidence set, and *no p* that without a p-value, where the result says why: coverage rests on the
replicates that have a set, *rejected* on those that have a p. *In pieces* is the share whose set is there, and counts,
but is no single interval (two rays, for instance), so that a result has no lower and upper bound.

A method falls short when a study finds its coverage below its level by more than one point and two Monte-Carlo errors
(what is noted keeps its note at one error). What falls short says so in the notes of its results; a test makes a result
of each such method and looks for the note:

| what | lowest coverage of 95 % intervals | note |
|---|---|---|
{noted}

Not noted are the several intervals of one set, read as if they held their level together: each of them holds it, and
`adjusted_p_values` and `uniform_bands` are for all at once ([several outcomes](coverage/several.md),
[adoption in stages](coverage/staggered.md)).

| studies | of what | how many | lowest coverage |
|---|---|---|---|
{rows}

*Lowest coverage* is that of the difference (where it was not studied, of the relative effect) by the worst method in
any study on the page, less its level, in percentage points; methods that a page shows as a warning count. Which
designs, sizes and outcomes have been studied, and why others have not, stands under
[What has been studied, and what not](coverage/grid.md).

```{{toctree}}
:hidden:

{pages}
```
"""
COLUMNS = ("bias", "rmse", "coverage", "rejection")
TARIFFS = ("gate", "gate_tested", "slope", "slope_tested")
MONEY = """What a contract of SEK 5 000 000 would have paid on average, with nothing to pay for: all of it at a fall of
12 % (*gate*), in proportion from 0 to 12 % (*slope*), and either only where "no effect" is rejected (*tested*).

| method | reaches −12 % | gate | gate, tested | slope | slope, tested |
|---|---|---|---|---|---|"""


def pages() -> dict[Path, str]:
    """Every page by its file."""
    studies: dict[str, list[dict[str, Any]]] = {name: [] for name in FAMILIES}
    for path in sorted(HERE.glob("*.json"), key=_by_size):
        studies[path.stem.split("-")[0]].append(json.loads(path.read_text(encoding="utf-8")))
    told = {name: found for name, found in studies.items() if found}
    head = HEAD.format(
        first=REPLICATES,
        confirmed=sum("confirmed" in study for found in told.values() for study in found),
        all=sum(map(len, told.values())),
        noted="\n".join(_noted()),
        rows="\n".join(_line(name, found) for name, found in told.items()),
        pages="\n".join(f"coverage/{name}" for name in (*told, "grid")),
    )
    found = {REFERENCE / "coverage.md": head, REFERENCE / "coverage" / "grid.md": grid_page()}
    for name, several in told.items():
        family = FAMILIES[name]
        parts = [f"# {family.title}: coverage, size and power", "", family.about, "", LEGEND, "", *learned(name)]
        found[REFERENCE / "coverage" / f"{name}.md"] = "\n".join([*parts, *map(_section, several)])
    return found


SHORT_BY, ERRORS = 0.01, 2  # a method falls short below its level by more than this and so many Monte-Carlo errors


def falls_short(row: dict[str, Any], level: float) -> bool:
    """Whether a study's coverage lies significantly below its level."""
    if row["measure"] != "coverage" or row["value"] is None:
        return False
    return bool(row["value"] < level - SHORT_BY - ERRORS * row["mc_std_error"])


def _noted() -> list[str]:
    """What results carry a note of, with what the studies found."""
    from effekt.estimators import _coverage as found

    rows = [(f"`{name}`", (value,), "short_coverage") for name, value in found.WORST.items()]
    rows += [
        ("Exact test of two rates, overdispersed counts", (found.CLUMPS,), "short_coverage"),
        ("HAC: one series; with shocks that last", found.HAC, "short_coverage"),
        ("Blocks of periods drawn anew: one series; with shocks that last", found.BLOCKS, "short_coverage"),
        ("Between workplaces: each by itself; municipalities move too", found.CLUSTER, "short_coverage"),
        ("Classes of the propensity: the difference; the relative effect", found.CLASSES, "short_coverage"),
        ("Coarsened exact matching: by quarters; by halves", found.COARSENED, "short_coverage"),
        ("Coarsened exact matching by Sturges' rule, between sets", (found.STURGES,), "short_coverage"),
        ("Nearest pairs by distances of three covariates", found.DISTANCES[:1], "short_coverage"),
        ("Shared controls of 8 to 50 treated, by Abadie and Imbens", (found.SHARED,), "short_coverage"),
        ("The same of 60 and 200 people, the propensity counted as estimated", (found.SCORES,), "short_coverage"),
        (
            "Matches within `exact` groups, or by classes, without `cluster`, where groups differ",
            found.SCHOOLS,
            "ignored_clusters",
        ),
    ]
    lines = [
        f"| {what} | {'; '.join(f'{100 * one:.1f}' for one in shares)} | `{code}` |" for what, shares, code in rows
    ]
    pooled = 100 * min(
        row["value"]
        for path in HERE.glob("pooled-*.json")
        for row in json.loads(path.read_text(encoding="utf-8"))["measures"]
        if row["measure"] == "coverage" and row["method"] == "fixed"
    )
    told = "; ".join(f"{100 * got:.1f} of {100 * level:.0f}" for _, level, got in found.CONLEY_TABER)
    return [
        *lines,
        f"| Conley and Taber: 5; 9 untreated clusters | {told} | `short_coverage` |",
        "| Permutations of clusters of unlike size, the smallest treated | 87.4 | `unequal_clusters` |",
        f"| Placebos of the unit that was highest or lowest before | {100 * (1 - found.HIGHEST):.1f} | "
        "`extreme_reference` |",
        "| Difference-in-differences of one such municipality; of two to five together | "
        f"{100 * (1 - found.ALONE):.1f}; {100 * (1 - found.TOGETHER):.1f} | `extreme_reference` |",
        f"| Synthetic control of such a unit | {100 * (1 - found.OUTSIDE):.1f} | `outside_donors` |",
        "| Synthetic difference-in-differences of such a unit | "
        f"{100 * (1 - found.DIFFERENCED):.1f} | `extreme_reference` |",
        f"| Trials pooled as `fixed`, read as of other sites | {pooled:.1f} | `pooled_fixed` |",
        f"| Joint test before adoption, `CR0` | {100 * (1 - found.DOUBTED):.1f} | `joint_test_size` |",
    ]


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
    rows: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}
    for row in study["measures"]:
        cells.setdefault((row["method"], row["view"]), {})[row["measure"]] = _cell(row)
        rows.setdefault((row["method"], row["view"]), {})[row["measure"]] = row
    lines = [
        f"## {study['title']}",
        "",
        f"{study['replications']} replicates, level {study['level']}.",
        "",
        "| method | view | bias | RMSE | coverage | rejected | no set | no p | in pieces |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for (method, view), values in cells.items():
        told = [*(values[name] for name in COLUMNS), *_without(rows[method, view], study["replications"])]
        lines.append(f"| {method} | {view} | {' | '.join(told)} |")
    paid = {method: values for (method, _), values in cells.items() if "reached" in values}
    if paid:
        lines += ["", MONEY]
        lines += [
            f"| {method} | {' | '.join(values[name] for name in ('reached', *TARIFFS))} |"
            for method, values in paid.items()
        ]
    return "\n".join([*lines, ""])


def _without(rows: dict[str, dict[str, Any]], replications: int) -> list[str]:
    """The shares of replicates without a set, without a p-value, and with a set that is no single interval.

    What a study calls unavailable lacks an estimate, a p-value or a single interval.
    """
    no_set, no_p = (1 - rows[name]["n"] / replications for name in ("coverage", "rejection"))
    pieces = rows["unavailable"]["value"] - max(no_set, no_p)
    return [f"{max(share, 0.0):.3f}" for share in (no_set, no_p, pieces)]


def _cell(row: dict[str, Any]) -> str:
    if row["value"] is None:
        return "–"
    if row["measure"] in TARIFFS:
        return f"{_thousands(row['value'])} ({_thousands(row['mc_std_error'])})"
    if row["mc_std_error"] == 0 and row["measure"] in SHARES:
        low, high = wilson(row["value"], row["n"])
        return f"{row['value']:.3f} ({f'≥ {low:.3f}' if row['value'] else f'≤ {high:.3f}'})"
    error = "" if row["mc_std_error"] is None else f" ({row['mc_std_error']:.3f})"
    return f"{row['value']:.3f}{error}"


def _thousands(kronor: float) -> str:
    """Kronor to the nearest thousand."""
    return f"{round(kronor / 1000) * 1000:,}".replace(",", " ")


if __name__ == "__main__":
    for path, text in pages().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
