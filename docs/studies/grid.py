"""What the studies cover: designs by size and kind of outcome, each hole with its reason, and options never studied."""

from __future__ import annotations

import json
from collections.abc import Iterator
from fnmatch import fnmatchcase
from itertools import product
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
KINDS = ("normal", "skewed", "binary")
BOTH = ("difference", "relative")
HC, CR = ("HC0", "HC1", "HC2", "HC3"), ("CR0", "CR1", "CR1S", "CR2", "CR3")


class Row(NamedTuple):
    """A design, whose cells are sizes by kinds of outcome; in each every method is studied in every view."""

    what: str
    study: str  # the name of a cell's study
    size: str  # what the sizes count
    sizes: tuple[int, ...]
    methods: tuple[str, ...]
    kinds: tuple[str, ...] = KINDS
    views: tuple[str, ...] = BOTH


class Hole(NamedTuple):
    """Cells of a row without a study, by patterns of a shell, and why."""

    what: str
    sizes: str
    kinds: str
    reason: str


class Excuse(NamedTuple):
    """Variances that designs accept and their studies leave out, by a pattern of rows, and why."""

    what: str
    variances: tuple[str, ...]
    reason: str


PEOPLE = (30, 60, 200, 2_000)
DISTANCES = ("Mahalanobis", "robust Mahalanobis")
WEIGHTINGS = ("inverse probability", "entropy balancing", "CBPS")
ROWS = (
    Row(
        "Trial of people",
        "trial-{kind}-{size}",
        "people",
        PEOPLE,
        (
            *(f"none {name}" for name in (*HC, "welch")),
            *(f"{how} {name}" for how in ("additive", "lin") for name in HC),
        ),
    ),
    Row(
        "Trial of people with chances of their own",
        "chances-{kind}-{size}",
        "people",
        PEOPLE,
        ("Horvitz–Thompson young", *(f"Hájek {name}" for name in ("HC0", "HC2", "HC3", "lin HC2"))),
    ),
    Row(
        "Clusters with chances of their own",
        "chances-clusters-{kind}-{size}",
        "clusters",
        (6, 10, 20),
        ("Horvitz–Thompson young", *(f"Hájek {name}" for name in CR)),
    ),
    Row("Pairs of clusters", "pairs-clusters-{kind}-{size}", "clusters", (6, 8, 10, 20), ("between_pair",)),
    Row("Pairs", "pairs-{kind}-{size}", "pairs", (15, 30, 200), ("between_pair",)),
    Row(
        "Pairs, with a covariate",
        "pairs-covariate-{kind}-{size}",
        "pairs",
        (15, 30, 200),
        ("pairs lin", "pairs additive"),
    ),
    Row(
        "Blocks of different slopes",
        "blocks-{kind}-{size}",
        "people",
        (60, 280),
        ("none HC2", "lin HC2", "lin_by_block HC2"),
    ),
    Row(
        "Blocks by every variance",
        "blocks-names-{kind}-{size}",
        "people",
        (32, 60),
        tuple(f"{how} {name}" for how in ("none", "additive") for name in HC),
    ),
    Row("Clusters", "clusters-{kind}-{size}-4", "clusters", (6, 10, 20), tuple(f"none {name}" for name in CR)),
    Row(
        "Clusters, with a covariate",
        "clusters-adjusted-{kind}-{size}-4",
        "clusters",
        (6, 10, 20),
        (*(f"{how} {name}" for how in ("additive", "lin") for name in CR), "clusters alike CR2"),
    ),
    Row(
        "Clusters, effect on the treated",
        "clusters-att-{kind}-{size}-4",
        "clusters",
        (6, 10, 20),
        ("ATT CR0", "ATT CR2", "ATT CR3", "ATT lin CR2"),
    ),
    Row(
        "Clusters in blocks of four",
        "clusters-blocked-{kind}-{size}",
        "clusters",
        (8, 20),
        ("blocks CR0", "blocks CR2"),
    ),
    Row(
        "Clusters in two blocks, additively",
        "clusters-blocked-{kind}-{size}",
        "clusters",
        (6, 10),
        tuple(f"additive blocks {name}" for name in CR),
    ),
    Row(
        "Clusters by the wild bootstrap",
        "redrawn-clusters-{kind}-{size}",
        "clusters",
        (6, 10, 12, 20),
        ("wild_bootstrap",),
    ),
    Row("Clusters by randomisation", "redrawn-lots-{kind}-{size}", "clusters", (6, 10, 20), ("randomization none",)),
    Row(
        "People by randomisation",
        "redrawn-{kind}-{size}",
        "people",
        (30, 60),
        ("randomization none", "randomization lin"),
    ),
    Row(
        "People with chances of their own, by randomisation",
        "redrawn-chances-{kind}-{size}",
        "people",
        (30, 60),
        ("Horvitz–Thompson by lot",),
    ),
    Row(
        "Scores of two shares",
        "redrawn-shares-{size}",
        "people",
        PEOPLE,
        ("newcombe", "miettinen_nurminen"),
        ("binary",),
    ),
    Row(
        "Rates",
        "rates-{kind}-{size}",
        "people",
        PEOPLE,
        ("exact_poisson", "quasi_poisson", "rate HC2"),
        ("poisson", "overdispersed"),
    ),
    Row(
        "Rates of clusters",
        "rates-clusters-{size}",
        "clusters",
        (6, 10, 20),
        tuple(f"rate {name}" for name in CR),
        ("counts",),
    ),
    Row(
        "Sampling weights, four to one",
        "weights-4-{kind}-{size}",
        "people",
        PEOPLE,
        (*(f"weighted {name}" for name in HC), "weighted lin HC2"),
    ),
    Row("Compliers", "compliers-{kind}-{size}-55", "people", PEOPLE, ("HC0", "HC2", "HC3", "lin HC2")),
    Row("Compliers in pairs", "compliers-pairs-{kind}-{size}-55", "pairs", (15, 30, 200), ("between_pair",)),
    Row("Compliers in clusters", "compliers-clusters-{kind}-{size}-55", "clusters", (6, 10, 20), ("CR0", "CR2")),
    Row(
        "Compliers in clusters, further variances",
        "compliers-clusters-names-{kind}-{size}-55",
        "clusters",
        (6, 10, 20),
        ("CR1", "CR1S", "CR2", "CR3"),
    ),
    Row(
        "Nearest, optimal and full matching",
        "matching-{kind}-{size}",
        "people",
        PEOPLE,
        ("nearest pairs", "nearest pairs, caliper 0.2", "optimal pairs", "full matching"),
    ),
    Row(
        "Shared controls, a fourth treated",
        "matching-shared-{kind}-{size}",
        "people",
        (40, 60, 120, 200, 400),
        ("shared controls", "shared controls, bias adjusted"),
    ),
    Row(
        "Shared controls by CR2",
        "matching-between-{kind}-{size}",
        "people",
        (60, 200, 2_000),
        ("shared controls, between sets",),
    ),
    Row(
        "Both arms matched",
        "matching-everybody-{kind}-{size}",
        "people",
        (60, 200, 2_000),
        ("both arms matched", "both arms matched, bias adjusted"),
    ),
    Row(
        "Both arms matched, by CR2",
        "matching-between-everybody-{kind}-{size}",
        "people",
        (60, 200, 2_000),
        ("both arms matched, between sets",),
    ),
    Row("Five classes of the propensity", "matching-sets-{kind}-{size}", "people", (60, 200, 2_000), ("five classes",)),
    Row("Exact matching", "matching-exact-{kind}-{size}", "people", (60, 200, 2_000), ("exact", "exact, between sets")),
    Row(
        "Coarsened exact matching",
        "matching-coarsened-{kind}-{size}",
        "people",
        (60, 200, 2_000),
        tuple(f"coarsened to {cut}{said}" for cut in ("quarters", "halves") for said in ("", ", between sets")),
    ),
    Row(
        "Coarsened exact matching, intervals by Sturges",
        "matching-sturges-{kind}-{size}",
        "people",
        (60, 200, 2_000),
        ("coarsened to intervals by Sturges", "coarsened to intervals by Sturges, between sets"),
    ),
    Row(
        "Nearest pairs by distances of covariates",
        "matching-distances-{kind}-{size}",
        "people",
        (60, 200, 2_000),
        tuple(f"{name}, nearest pairs{by}" for name in DISTANCES for by in ("", ", lin")),
    ),
    Row(
        "Shared controls by distances of covariates",
        "matching-distances-shared-{kind}-{size}",
        "people",
        (60, 200, 2_000),
        tuple(f"{name}, shared controls{by}" for name in DISTANCES for by in ("", ", bias adjusted")),
    ),
    Row(
        "Optimal pairs and full matching by distances of covariates",
        "matching-distances-sets-{kind}-{size}",
        "people",
        (60, 200),
        tuple(
            f"{name}, {how}{by}"
            for name in DISTANCES
            for how in ("optimal pairs", "full matching")
            for by in ("", ", lin")
        ),
    ),
    *(
        Row(f"Weights for the {name.upper()}", f"weighting-{name}-{{kind}}-{{size}}", "people", PEOPLE, methods)
        for name, methods in (("att", WEIGHTINGS), ("ate", WEIGHTINGS), ("atc", WEIGHTINGS), ("ato", ("overlap",)))
    ),
    *(
        Row(
            f"Weights for the {name} in clusters",
            f"weighting-clusters-{name.lower()}-{{kind}}-{{size}}",
            "clusters",
            (6, 10, 20),
            tuple(f"{how}, clusters" for how in WEIGHTINGS),
        )
        for name in ("ATT", "ATE", "ATC")
    ),
    *(
        Row(
            f"Doubly robust in clusters, {name}",
            f"doubly-clusters-{name.lower()}-{{kind}}-{{size}}",
            "clusters",
            (6, 10, 20),
            (f"{name}, clusters",),
        )
        for name in ("ATT", "ATE", "ATC")
    ),
    *(
        Row(
            f"Doubly robust, {name.upper()}",
            f"doubly-{name}-{{kind}}-{{size}}",
            "people",
            PEOPLE,
            (f"{name.upper()} m_estimation",),
        )
        for name in ("att", "ate", "atc")
    ),
    Row(
        "Doubly robust, cross-fitted, ATT",
        "learners-pair-{kind}-{size}",
        "people",
        (60, 200, 2_000),
        ("ATT cross-fitted",),
    ),
    Row("Difference-in-differences", "panel-{kind}-{size}", "clusters", (10, 12, 30, 60), CR),
    Row(
        "Difference-in-differences, two treated",
        "few-{kind}-{size}-2",
        "clusters",
        (10,),
        ("asymptotic, CR2", "permutation", "wild_bootstrap"),
        views=("difference",),
    ),
)
NAMED = {  # cells whose study has a name of its own
    "doubly-att-normal-200": "doubly-att-5-200",
    "doubly-att-normal-2000": "doubly-att-5-2000",
    "doubly-ate-normal-200": "doubly-ate-5-200",
    "doubly-ate-normal-2000": "doubly-ate-5-2000",
    "panel-normal-12": "panel-120-12",
    "panel-normal-30": "panel-30-30",
    "panel-normal-60": "panel-60-60",
}
BESIDE = (  # studies of what one person's outcome does not enter, or of a variation of a row
    "municipalities-*",
    "luck-*",
    "hac-*",
    "bootstrap-*",
    "spread-*",
    "groups-*",
    "workplaces-*",
    "synthetic-*",
    "conformal-*",
    "staggered-*",
    "imputation-*",
    "panel-luck-*",
    "pretrend-*",
    "people-*",
    "few-*",
    "pooled-*",
    "several-*",
    "learners-*",
    "trial-null-60",
    "trial-finite-*",
    "clusters-*-1",
    "clusters-12-4",
    "rates-*[0-9]",
    "redrawn-studentized-30",
    "weights-16-200",
    "compliers-*-60-25",
    "doubly-sandwich-*",
    "matching-200",
    "matching-2000",
    "matching-choices-*",
    "matching-estimated-*",
    "matching-regressed-*",
    "matching-satt-*",
    "matching-schools-*",
    "matching-weights-*",
    "weighting-sandwich-*",
    "weighting-squares-*",
    "doubly-*-10-*",
    "doubly-*-bent-*",
)
HOLES: tuple[Hole, ...] = (
    Hole("Pairs of clusters", "6", "*", "three pairs of clusters have no interval; four are the least"),
    Hole("Clusters by the wild bootstrap", "12", "[sb]*", "6, 10 and 20 clusters are studied"),
    Hole(
        "Clusters by randomisation", "6", "*", "of 20 assignments p is at least 0.05, so that 95 % sets are all numbers"
    ),
    Hole("Clusters by randomisation", "[12]0", "binary", "a constant effect on a share is none"),
    Hole(
        "People by randomisation", "*", "binary", "a constant effect on a share is none; two shares have their scores"
    ),
    Hole(
        "Nearest, optimal and full matching",
        "2000",
        "*",
        "studied with a fifth treated (`matching-2000`, `-sets-2000`)",
    ),
    Hole("Five classes of the propensity", "60", "*", "15 treated in five classes: one seldom has two of each arm"),
    *(
        Hole(f"{what} by distances of covariates", "2000", "[sb]*", "not drawn yet; 60 and 200 are studied")
        for what in ("Nearest pairs", "Shared controls")
    ),
    *(
        Hole("Doubly robust, cross-fitted, ATT", size, "[sb]*", "200 are studied; each call costs half a second")
        for size in ("60", "2000")
    ),
    Hole("Difference-in-differences", "10", "normal", "12, 30 and 60 are studied"),
    Hole("Difference-in-differences", "12", "[sb]*", "ten clusters are studied"),
    Hole("Difference-in-differences", "[36]0", "[sb]*", "ten clusters are the harder case, and are studied"),
)
EXCUSES: tuple[Excuse, ...] = (
    Excuse(
        "*",
        ("HC0", "HC1", "CR0", "CR1", "CR1S", "quasi_poisson"),
        "a result by it carries a note (`short_coverage`) in any design, with the lowest coverage of all studies",
    ),
    Excuse(
        "*",
        ("sandwich",),
        "a result by it carries a note (`plain_sandwich`) in any design; the propensity's weights and doubly robust "
        "comparisons are studied for the ATT and the ATE",
    ),
    Excuse("*", ("HC3",), "it covered no less than HC2, which is studied, in each study that has both"),
    Excuse("*", ("CR3",), "it covered no less than CR2, which is studied, in each study that has both"),
    Excuse(
        "*",
        ("abadie_imbens_estimated",),
        "a result by it carries a note (`short_coverage`) with fewer than 2 000 matched; normal outcomes of 60 and 200 "
        "people are studied, of the treated and of both arms",
    ),
    Excuse(
        "Shared controls by distances of covariates",
        ("CR2",),
        "a result by it carries the note of distances (`short_coverage`)",
    ),
)
DEFAULTS = {  # what a study has where it names none, and the signature says None
    ("population", "super"),
    ("propensity", "logit"),
    ("order", "largest"),
    ("moments", "1"),
    ("base_period", "varying"),
    ("variance", "between_pair"),  # of pairs
    ("variance", "young"),  # of Horvitz–Thompson
    ("variance", "m_estimation"),  # of weightings, and of doubly robust comparisons
    ("variance", "cross_fitted"),  # of learners
    ("variance", "CR2_within"),  # of classes with a cluster
}
UNSTUDIED = {  # options of estimators that no study has
    (
        "learner",
        "random_forest",
    ): "another learner in the same cross-fitting, where gradient boosting is studied; each fit costs seconds",
    (
        "inference",
        "barnard",
    ): "its p is the largest over all shares, so that the test holds its level by construction; a set takes seconds",
    ("inference", "none"): "gives no inference",
    ("base_period", "universal"): "moves the effects before adoption alone; those are not what is paid on",
    ("discard", "treated"): "each draw leaves out others, so that no truth is the same for all; `control` is studied",
    ("discard", "both"): "each draw leaves out others, so that no truth is the same for all; `control` is studied",
}


def cells(row: Row) -> Iterator[tuple[int, str]]:
    """Sizes and kinds."""
    return iter(product(row.sizes, row.kinds))


def study_of(row: Row, size: int, kind: str) -> str | None:
    """The name of the study of a cell, which has every method and view of its row; None for a hole."""
    name = row.study.format(size=size, kind=kind)
    for one in (name, NAMED.get(name), name.replace("-normal-", "-")):
        if one is not None and (HERE / f"{one}.json").exists():
            measured = json.loads((HERE / f"{one}.json").read_text(encoding="utf-8"))["measures"]
            found = {(measure["method"], measure["view"]) for measure in measured}
            if set(product(row.methods, row.views)) <= found:
                return one
    return None


def reasons(row: Row, size: int, kind: str) -> list[str]:
    """The reasons that are written for a cell."""
    return [
        hole.reason
        for hole in HOLES
        if hole.what == row.what and fnmatchcase(f"{size}", hole.sizes) and fnmatchcase(kind, hole.kinds)
    ]


def excuses(row: Row, variance: str) -> list[str]:
    """The reasons that are written for a variance which a row's studies leave out."""
    return [one.reason for one in EXCUSES if fnmatchcase(row.what, one.what) and variance in one.variances]


def page() -> str:
    """Which cells are studied, and why the others are not."""
    lines = []
    for row in ROWS:
        for kind in row.kinds:
            there = [size for size in row.sizes if study_of(row, size, kind)]
            lines.append(f"| {row.what} | {row.size} | {kind} | {_listed(there)} | {_missing(row, kind)} |")
    options = [f"| `{name}={value!r}` | {reason} |" for (name, value), reason in UNSTUDIED.items()]
    names = [
        f"| {', '.join(f'`{name}`' for name in one.variances)} | {one.what.replace('*', 'any')} | {one.reason} |"
        for one in EXCUSES
    ]
    return HEAD.format(rows="\n".join(lines), names="\n".join(names), options="\n".join(options))


def _listed(sizes: list[int]) -> str:
    return ", ".join(f"{size:,}".replace(",", " ") for size in sizes) or "–"


def _missing(row: Row, kind: str) -> str:
    """Reasons, each with its sizes."""
    sizes: dict[str, list[int]] = {}
    for size in row.sizes:
        if study_of(row, size, kind) is None:
            for reason in reasons(row, size, kind):
                sizes.setdefault(reason, []).append(size)
    return "; ".join(f"{_listed(found)}: {reason}" for reason, found in sizes.items()) or "–"


HEAD = """# What has been studied, and what not

By design, size and kind of outcome. Where a size stands under *studied*, every method of the row stands in the study's
table, in difference and relative effect (with two treated clusters in the difference alone). Estimators of
municipalities and adoption in stages are not in this table: their outcomes are means of many people, and their pages
say what they vary.

| design | size in | outcome | studied | not studied |
|---|---|---|---|---|
{rows}

Variances that a design accepts and its studies leave out:

| variance | design | why |
|---|---|---|
{names}

Options that no study has:

| option | why |
|---|---|
{options}
"""
