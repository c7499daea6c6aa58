"""Write docs/reference/speed.md from results/*.json."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "reference" / "speed.md"
AGREES = 1e-8

WORKLOADS = {
    "lin": "A randomised trial, Lin's regression on ten covariates (W1)",
    "matching": "Matching one control to each treated person, ten controls to choose from (W2, W3)",
    "synthetic": "A synthetic comparison among 290 units over 120 months, with every placebo (W7)",
    "panel": "Difference-in-differences over ten periods (W4, W5)",
    "resampling": "Permutations and wild bootstraps, 9,999 (W6)",
}
PARTS = ("effekt", "no balance", "pairs alone")  # all that effekt does; without checks of balance; what peers do
UNITS = {"lin": "rows", "matching": "treated", "panel": "units", "resampling": "rows", "synthetic": "units"}
OPTIONS = {
    "HC2": "HC2",
    "CR2": "CR2, clusters of 100",
    "propensity-once": "propensity, caliper, a control once",
    "propensity-again": "propensity, caliper, controls again",
    "mahalanobis-once": "Mahalanobis, a control once",
    "mahalanobis-again": "Mahalanobis, controls again",
    "mahalanobis-optimal": "Mahalanobis, a control once, least sum of distances",
    "propensity-optimal": "propensity, a control once, least sum of distances, strong selection",
    "permutations": "permutations",
    "two decimals": "two-way fixed effects, CR1S, outcomes with two decimals",
    "all digits": "two-way fixed effects, CR1S, outcomes with all digits of a float",
    "staggered": "staggered adoption, doubly robust, CR0",
    "staggered-bands": "staggered adoption, doubly robust, with bands over all periods",
    "control": "synthetic control, every outcome before",
    "differences": "synthetic difference-in-differences",
    "trend": "trend-adjusted comparison, outcomes with two decimals",
    "trend-weighted": "trend-adjusted comparison, days over people, weighted by people",
    "wild-50": "wild bootstrap, 50 clusters",
    "wild-1000": "wild bootstrap, 1,000 clusters",
}
GOALS = {
    ("HC2", 1_000_000, "diff-diff"): 10,
    ("HC2", 1_000_000, "pyfixest"): 25,
    ("CR2", 1_000_000, "diff-diff"): 40,
    ("CR2", 1_000_000, "estimatr"): 200,
    ("propensity-once", 10_000, "MatchIt"): 30,
    ("propensity-once", 10_000, "causalml"): 150,
    ("propensity-once", 100_000, "MatchIt"): 200,
    ("propensity-again", 10_000, "Matching"): 300,
    ("propensity-again", 100_000, "causalml"): 2,
    ("mahalanobis-again", 10_000, "SciPy cKDTree"): 1,
    ("mahalanobis-again", 10_000, "MatchIt"): 80,
    ("mahalanobis-again", 100_000, "SciPy cKDTree"): 1.5,
    ("mahalanobis-again", 100_000, "faiss"): 1.5,
    ("mahalanobis-once", 10_000, "MatchIt"): 50,
    ("mahalanobis-optimal", 10_000, "SciPy cKDTree"): 0.5,
    ("two decimals", 1_000_000, "diff-diff"): 20,
    ("two decimals", 1_000_000, "pyfixest"): 40,
    ("all digits", 1_000_000, "diff-diff"): 20,
    ("all digits", 1_000_000, "pyfixest"): 40,
    ("staggered", 1_000_000, "diff-diff"): 8,
    ("staggered-bands", 1_000_000, "diff-diff"): 20,
    ("staggered-bands", 100_000, "csdid"): 40,
    ("control", 290, "diff-diff"): 25,
    ("differences", 290, "diff-diff"): 10,
    ("permutations", 10_000, "pyfixest"): 80,
    ("permutations", 100_000, "coin"): 3,
    ("permutations", 100_000, "SciPy"): 10,
    ("wild-1000", 100_000, "wildboottest"): 50,
    ("wild-1000", 100_000, "diff-diff"): 50,
    ("wild-50", 1_000_000, "wildboottest"): 5,
}
WHY = {  # what stands beside a difference, told at length under the tables
    ("staggered", "diff-diff"): ": another divisor; csdid's goldens to 1e-08",
    ("staggered-bands", "diff-diff"): ": another divisor; csdid's goldens to 1e-08",
    ("differences", "diff-diff"): ": its search stops early",
    ("propensity-again", "scikit-learn"): ": its logistic regression stops early",
    ("propensity-again", "causalml"): ": scikit-learn's logistic regression stops early",
}
SECONDS = {("trend", 290): 0.2, ("trend-weighted", 290): 0.2}  # where there is no peer
MEMORY = {
    "HC2": 50,
    "CR2": 100,
    "propensity-once": 300,
    "propensity-again": 300,
    "mahalanobis-again": 500,
    "mahalanobis-once": 500,
    "mahalanobis-optimal": 500,
    "two decimals": 400,
    "all digits": 400,
    "staggered": 1000,
    "staggered-bands": 1000,
    "control": 10,
    "differences": 10,
    "permutations": 20,
    "wild-50": 100,
    "wild-1000": 100,
}

HEAD = """# How fast, beside its peers

effekt and its peers on the same data in one run, each in a process of its own, in turn, with one thread each.
**Ratio** is the peer's processor seconds over effekt's: above 1 effekt is faster. *First* is the first call of a
process (lazy imports, compilation, memory never touched before), *again* the median of later calls; the imports that a
script begins with and the data are outside both. **Memory** is the most that the calls added, for effekt and the peer.
**Agreement** is the largest relative difference of what both give (estimate, standard error, number of pairs); beside a
difference, two answers are compared that are not the same. Seconds are given only where there is no peer: they belong
to the machine.
*Wall* is the same ratio of seconds of the clock, first and again, with two threads for each; it stands where it was
measured, on a machine that did little else, and goals are then judged by it.

`make bench` builds the environment of `benchmarks/requirements.txt` and makes this page anew. No test is timed.
"""

NOTES = """
## What the rows say

- The goals were set in wall-clock seconds with two threads on a machine at rest. Where *wall* is missing the processors
  were shared with other work, and goals are judged by one thread's processor seconds instead; read a ratio near its
  goal as undecided. A peer that needs gigabytes pays for them here as well.
- In a panel effekt gives exact means, the path of both groups and, staggered, every group-time effect with their joint
  covariance. Outcomes with all digits of a float cost more, since each is read as the decimal that it stands for.
- The bands of effekt are drawn from the joint t of the effects, those of diff-diff by multipliers of the units'
  influence functions, 999 times each.
- diff-diff stops its search for the weights of synthetic difference-in-differences before the optimum, which effekt
  gives; it draws as many placebos as there are units, effekt takes each once.
- The bound on the memory of a synthetic comparison is that of weights and placebos from a bare array. effekt holds the
  most while the table is read and levels are taken out, where each cell is the decimal that it stands for, so that
  units' and periods' own levels move no digit.
- diff-diff's two-way fixed effects have another small-sample factor, so estimates alone are compared.
- Staggered adoption differs from diff-diff in the doubly robust step: diff-diff divides the weighted residuals of the
  controls by the number of treated, where Sant'Anna and Zhao (2020, doi:10.1016/j.jeconom.2020.06.003) divide by the
  sum of their weights, as csdid, differences and effekt do. The gap falls as one over the units (4e-06 at 5,000); by
  regression alone and by weighting alone there is none (1e-15), and diff-diff's trimming moves no digit here. Of 5,000
  such units effekt agrees with differences 0.3.0 to 1e-14, estimate and standard error. In the goldens effekt agrees
  with csdid 0.4.3 to 1e-8 in every group-time effect, aggregate and standard error, and with differences 0.3.0 as far
  (standard errors with a propensity to 1e-7).
- pyfixest multiplies HC2 by n/(n − k); its standard errors are divided by the root of that before they are compared.
- CR2 of 1,000,000 rows was measured later than the other rows of W1, by processor seconds, while other work kept twelve
  processors busy.
- In Mahalanobis distances Matching takes the covariance of everyone, the others that within the arms.
- MatchIt 4.5.1 with a propensity does not always return the nearest control, causalml draws the order of the treated by
  chance, and where a control is used once order and ties decide: there the pairs differ, not the arithmetic.
- Where controls are used again no order decides, and pairs differ where the scores do. scikit-learn's logistic
  regression, which causalml is given too, stops before the maximum, with tol=1e-10 as well: its log odds are off by
  6e-07 with 10,000 treated and 2e-07 with 100,000, and that moves some pairs. On the converged log odds its recipe
  gives effekt's pairs, and its estimate to 1e-15. Matching takes controls for tied whose distances differ: with 1,000
  treated one at 6.1e-06 beside the nearest at 1.8e-06, and that pair alone makes the difference.
- The peers of matching give pairs alone. effekt's time includes balance before and after, overlap, exact means,
  inference and, where a control is used once, the range over the orders of ties. The rows *pairs alone* compare the
  same work: reading and checking the table, the propensity or the distance, and the pairs; the rows *no balance* have
  all but the checks of balance and overlap, inference among it, which is what the goals were set for. Goals are told of
  each. Where a control is used once, *no balance* was not yet measured beside a peer. With a propensity and 10,000
  treated it takes 0.7 of the processor seconds of the whole call (medians of 14 calls of each in turn, in one process
  of one thread, while other work kept twelve processors busy).
- scikit-learn's logistic regression, causalml's too, is asked for tol=1e-10. The goals were set beside its default of
  1e-4, which takes 0.8 of the processor seconds with 100,000 treated and leaves log odds off by 3e-03.
- What is not met is not met in plain arrays. Of the pairs alone at 10,000 treated two fifths are the propensity, as
  many a walk along the line, one treated person after the other, and a tenth the reading; a first call has page faults
  beside. With controls again at 100,000 treated the propensity and the variance of Abadie and Imbens with its
  neighbours alone take about a third of causalml's call, and the rest is spread over twenty steps, such as reading,
  digests and pairs, none above a tenth. The rows of 1,000 treated were measured before much of this was made faster;
  the others again since, one round each.
- Since most rows were measured some steps were made faster, with the same bytes: many numbers are put in order by
  counting the parts of their range they lie in, and outcomes with all digits are added up by exact pieces of whole
  blocks. In processor seconds of one thread, the least of seven or five later calls, before and after in turn, three
  times: a propensity at 10,000 treated, a control once 0.17 to 0.19 before and 0.14 to 0.16 after, controls again
  without balance 0.098 to 0.100 and 0.088 to 0.093, at 100,000 treated 1.05 to 1.10 and 0.91 to 0.95; two-way fixed
  effects of 1,000,000 units, all digits, 0.34 to 0.35 and 0.29 to 0.30. The rows of a propensity at 10,000 treated,
  of controls again at 100,000 and of all digits were measured after that, beside all peers, with little else running
  (that of 100,000 twice; the second is shown), on another machine: MatchIt takes half the seconds there that it took
  before, effekt as many, so that ratios of before and after are of two machines. There two threads took 341 MB at
  100,000 (327 by the code before).
- Before that, of a whole call at 10,000 treated, a control once, about half were bare operations that arrays cannot do
  without: 96 of 183 ms of one processor, the least of 12 to 25 calls on a busy machine. These are ten passes of the
  logistic regression, four of them over all rows (35), both arms in order by ten covariates with moments and
  distributions, before and after (28), the text of pairs, weights and names that the digest is of (12), the walk from
  one treated person to the next (9), the order of the logit (5), means and deviations (4) and reading (4). The rest is
  spread: laws of the match, sets, counts, exact means, notes.
- Two threads share only parts whose single calls are long, such as sorting a column of a million or multiplying for
  thousands who ask. When shorter calls were shared too, matching at 10,000 treated was slower with two threads than
  with one (0.21 for 0.15 s by the clock, a control once): NumPy lets go of the interpreter in every call, and whoever
  waits for it is woken later than a call of some ten microseconds takes.
- In seven dimensions and more SciPy's tree looks at so many of its points that one product of matrices costs less. It
  is asked loosely, which bounds how far the nearest can lie; products in single precision propose whoever is within,
  and exact distances decide, so every number has the same bytes. For fewer than 10,000 points or 500 who ask the tree
  is asked.
- Of the wild bootstrap in 50 clusters of a million rows about half is the sums of the clusters, and the rest reading,
  means and draws. That no cluster determines a coefficient by itself is seen in its leverages, and by CR2 only where
  these add up to 1. That row and the permutations of 100,000 rows were measured again, one round each, by themselves.
- A compiled kernel would help clusters and the reading of decimals. It would be a C extension of Python's stable
  interface (abi3), one wheel for each system and processor instead of each Python, with the present code as its oracle
  and where no wheel fits. It is left out as long as seconds, not hours, are at stake, for a reason
  of trust: a certificate names the digest of the files of effekt that made it, the same on every machine, and whoever
  verifies can read each of them (`code`, see the page on verifying a certificate). A binary differs from system to
  system, cannot be read, and would leave `code` at `cannot tell` between an evaluator and a verifier with two systems;
  and two ways to a number must agree to the last digit, since digests and certificates rest on it.
- csdid's rows are asked for 999 draws of its multiplier bootstrap, for the dynamic and the simple aggregate and for the
  effects; its estimates are those of effekt. The rows of 100,000 units that it stands in were measured later, by
  processor seconds, while other work kept seven processors busy.
- Beside the Mahalanobis pairs whose distances have the least sum stands the search for each one's nearest, which all
  of them begin with: 0.5 is twice its time.
- Those on the propensity stand beside SciPy's assignment on all differences, for which 10,000 treated need 2.4 GB.
  Both sizes were measured later, by processor seconds, while other work kept ten processors busy. Before pairs on a
  line were found by rising places the time depended on how the treated crowd: by another strong selection on three
  covariates 1,000 treated among 3,000 took 0.41 processor seconds, 2,000 among 6,000 6.5 and 4,000 among 12,000 30
  (exponent 3.1); now they take 0.05, 0.10 and 0.20. With a caliper and in several dimensions augmenting paths are still
  taken: with a caliper of 0.2 the 2,000 take 1.9.
- wildboottest gives a p alone: effekt's stands beside it. Two sets of 9,999 draws differ by up to 0.014 by chance
  (twice the Monte-Carlo error, at a p of 0.5); where all signs are listed both have the same number of extremes
  (`tests/goldens/wild_bootstrap`).
- Of the wild cluster bootstrap a p is asked for. wildboottest and diff-diff take a matrix as it is; effekt's time
  includes reading and checking the table, its order and its clusters. diff-diff inverts its interval as well.
"""


def number(value: float) -> str:
    """Three digits at most."""
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"


def agreement(own: dict[str, Any], peer: dict[str, Any]) -> float | None:
    """The largest relative difference of what both give."""
    keys = [key for key in ("estimate", "se", "pairs") if key in own and key in peer]
    return max((abs(own[key] - peer[key]) / max(abs(own[key]), 1e-300) for key in keys), default=None)


def clocked(own: dict[str, Any], peer: dict[str, Any]) -> tuple[float, float] | None:
    """The ratios of seconds of the clock, first and again, where both were measured."""
    pair = own.get("two_threads", {}), peer.get("two_threads", {})
    if any("wall_first" not in one for one in pair):
        return None
    return pair[1]["wall_first"] / pair[0]["wall_first"], pair[1]["wall_again"] / pair[0]["wall_again"]


def row(cell: dict[str, Any], peer: str, part: str = "effekt", *, wall: bool = False) -> str:
    own, other = cell["tools"][part], cell["tools"][peer]
    goal = GOALS.get((cell["option"], cell["n"], peer))
    what = OPTIONS[cell["option"]] + ("" if part == "effekt" else f"; {part}")
    start = f"| {what} | {cell['n']:,} | {peer} {other.get('version', '')} |"
    if "missing" in other or "missing" in own:
        why = f"effekt: {own['missing']}" if "missing" in own else other["missing"]
        empty = " |" * (4 if wall else 3)
        return f"{start} {why} |{empty} {f'≥ {goal}, not met' if goal and 'missing' in own else ''} |"
    first, again = other["first"] / own["first"], other["again"] / own["again"]
    apart = agreement(own, other)
    same = _drawn(own, other) if apart is None else f"{apart:.0e}"
    if apart is not None and apart > AGREES:
        same = f"**differs** {same}{WHY.get((cell['option'], peer), '')}"
    waited = clocked(own, other)
    met = "" if goal is None else f"≥ {goal}, {'met' if min(waited or (first, again)) >= goal else 'not met'}"
    memory = f"{own['memory_mb']:,.0f} / {other['memory_mb']:,.0f}"
    clock = f" {'—' if waited is None else ' / '.join(map(number, waited))} |" if wall else ""
    return f"{start} {number(first)} | {number(again)} |{clock} {memory} | {same} | {met} |"


def _drawn(own: dict[str, Any], peer: dict[str, Any]) -> str:
    """Both p-values, where a peer gives nothing else."""
    return f"p {own['p']:.3f} / {peer['p']:.3f}" if "p" in own and "p" in peer else "—"


def alone(cell: dict[str, Any]) -> str:
    """A row without a peer: seconds by the clock, which belong to the machine."""
    own = cell["tools"]["effekt"]
    goal = SECONDS[cell["option"], cell["n"]]
    taken = own.get("two_threads", own)
    first, again = taken["wall_first"], taken["wall_again"]
    return (
        f"\n{OPTIONS[cell['option']][:1].upper()}{OPTIONS[cell['option']][1:]}, {cell['n']} units, has no peer: "
        f"{first:.2f} s first and {again:.2f} s again by the clock of this machine; goal: {goal} s, "
        f"{'met' if max(first, again) <= goal else 'not met'}."
    )


def section(workload: str, found: dict[str, Any]) -> list[str]:
    about, every = found["machine"], [tool for cell in found["cells"] for tool in cell["tools"].values()]
    wall = any("two_threads" in tool for tool in every)
    lines = [f"\n## {WORKLOADS[workload]}\n"]
    lines.append(
        f"{about['processors']} {about['processor']} processors, {about['memory_gb']} GB, {about['system']}, Python "
        f"{about['python']};\nother work kept {about['load']} processors busy at the start{_waiting(every)}.\n"
    )
    clock = (" wall |", "---:|") if wall else ("", "")
    lines.append(f"| what | {UNITS[workload]} | peer | first | again |{clock[0]} memory, MB | agreement | goal |")
    lines.append(f"|---|---:|---|---:|---:|{clock[1]}---:|---|---|")
    for cell in found["cells"]:
        peers = [tool for tool in cell["tools"] if tool not in PARTS]
        lines += [row(cell, peer, part, wall=wall) for peer in peers for part in PARTS if part in cell["tools"]]
    lines += [alone(cell) for cell in found["cells"] if (cell["option"], cell["n"]) in SECONDS]
    over = [
        f"{OPTIONS[cell['option']]} at {cell['n']:,}: {most:,.0f} MB, bound {MEMORY[cell['option']]}"
        for cell in found["cells"]
        if cell["option"] in MEMORY and (most := _most_memory(cell["tools"]["effekt"])) > MEMORY[cell["option"]]
    ]
    lines.append(f"\nMemory above its bound: {'; '.join(over) if over else 'none'}.")
    return lines


def growth(found: dict[str, dict[str, Any]]) -> list[str]:
    """How effekt's own seconds grow between the smallest and the largest size of each option."""
    lines = ["\n## How effekt's time grows\n"]
    lines.append(
        "The exponent is log(ratio of seconds, again)/log(ratio of sizes): 1 is time in proportion to n, n log n about "
        "1.1; below 1 fixed\ncosts still count, and much above it the cost grows faster than n log n.\n"
    )
    lines += ["| what | from | to | exponent |", "|---|---:|---:|---:|"]
    sizes: dict[str, dict[int, float]] = {}
    for workload in found.values():
        for cell in workload["cells"]:
            seconds = cell["tools"].get("effekt", {}).get("again")
            if seconds:
                sizes.setdefault(cell["option"], {})[cell["n"]] = seconds
    for option, taken in sizes.items():
        low, high = min(taken), max(taken)
        if low < high:
            exponent = math.log(taken[high] / taken[low]) / math.log(high / low)
            lines.append(f"| {OPTIONS[option]} | {low:,} | {high:,} | {exponent:.2f} |")
    lines.append(
        "\nMahalanobis distances in ten covariates grow faster than n log n: a tree in ten dimensions visits more of "
        "its points the more there are."
    )
    return lines


def unmeasured(found: dict[str, dict[str, Any]]) -> list[str]:
    """Goals that no row above stands for."""
    there = {
        (cell["option"], cell["n"], tool)
        for workload in found.values()
        for cell in workload["cells"]
        for tool in cell["tools"]
    }
    missing = [
        f"{OPTIONS[option]}, {n:,}, beside {peer} (≥ {goal})"
        for (option, n, peer), goal in GOALS.items()
        if (option, n, peer) not in there
    ]
    return [f"\nGoals that no row was measured for: {'; '.join(missing)}."] if missing else []


def _most_memory(own: dict[str, Any]) -> float:
    """Megabytes, with one thread or two."""
    return float(max(run.get("memory_mb", 0.0) for run in (own, own.get("two_threads", {}))))


def _waiting(every: list[dict[str, Any]]) -> str:
    """How much longer one thread took by the clock than in processor seconds: 1 on a quiet machine."""
    ratios = sorted(tool["wall_again"] / tool["again"] for tool in every if "wall_again" in tool and tool["again"] > 0)
    if not ratios:
        return ""
    return f", and one thread's clock ran {ratios[len(ratios) // 2]:.2f} times its processor seconds (median)"


def main() -> None:
    lines = [HEAD.rstrip()]
    paths = {workload: HERE / "results" / f"{workload}.json" for workload in WORKLOADS}
    found = {name: json.loads(path.read_text(encoding="utf-8")) for name, path in paths.items() if path.exists()}
    for workload, cells in found.items():
        lines += section(workload, cells)
    lines += growth(found) + unmeasured(found)
    PAGE.write_text("\n".join(lines).rstrip() + "\n" + NOTES, encoding="utf-8")


if __name__ == "__main__":
    main()
