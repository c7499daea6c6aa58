"""What a reader learns from the studies on a page, in one sentence each, with the numbers of the studies."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent


class Cell(NamedTuple):
    """The lowest coverage (or another measure's highest) of some methods in the studies whose names match a pattern."""

    studies: str  # how their files begin, as a shell would match them
    methods: tuple[str, ...]  # how they end
    view: str = ""  # both unless one is named
    measure: str = "coverage"


CLUSTERED = ("CR2", "CR3")
SENTENCES: dict[str, tuple[tuple[str, dict[str, Cell]], ...]] = {
    "clusters": (
        (
            "With a covariate `CR2` and `CR3` cover {right} % or more and `CR0` as little as {none} % with six "
            "clusters, where `CR3` gives no interval in as many as {lost} % of trials.",
            {
                "right": Cell("clusters-adjusted", CLUSTERED),
                "none": Cell("clusters-adjusted", ("CR0",)),
                "lost": Cell("clusters-adjusted", ("CR3",), "difference", "unavailable"),
            },
        ),
        (
            "Clusters assigned in blocks of four: `CR2` covers {right} % or more, with or without a covariate, and "
            "`CR0` as little as {none} %, with 20 clusters no more than with eight, as each block has a mean of "
            "its own.",
            {"right": Cell("clusters-blocked", ("CR2",)), "none": Cell("clusters-blocked", ("CR0",))},
        ),
    ),
    "chances": (
        (
            "Horvitz–Thompson and Hájek hold their level from 30 people on (lowest {held} %; Hájek by `HC0` {zero} %), "
            "but the error of Horvitz–Thompson, which moves with the zero of the outcome, is nearly three times that "
            "of Hájek where outcomes lie far from zero, and a third larger for binary ones.",
            {"held": Cell("chances", ("young", "HC2", "HC3")), "zero": Cell("chances", ("HC0",))},
        ),
        (
            "Clusters by lots of their own: with ten, Hájek by `CR2` covers {right} % or more and by `CR0` as little "
            "as {none} %, Horvitz–Thompson {young} % or more. With six, {lost} % of trials have no "
            "interval by `CR2`, as the degrees of freedom are below 3 or an arm has a single cluster.",
            {
                "right": Cell("chances-clusters-*-10", ("CR2",)),
                "none": Cell("chances-clusters-*-10", ("CR0",)),
                "young": Cell("chances-clusters", ("young",)),
                "lost": Cell("chances-clusters-*-6", ("CR2",), "difference", "unavailable"),
            },
        ),
        (
            "The relative effect of 30 people lies too high on average (column *bias*), as one divides by a mean "
            "that varies; its interval knows it, and with 200 people little is left.",
            {},
        ),
    ),
    "pairs": (
        (
            "Pairs of clusters of unlike size: from four pairs on the variance between pairs covers {held} % or more.",
            {"held": Cell("pairs-clusters", ("between_pair",))},
        ),
    ),
    "compliers": (
        (
            "Six clusters where 55 % follow the lot: `CR2` covers {right} % or more, `CR1` "
            "as little as {one} % and `CR1S` as little as {larger} %. `CR3` covers {wide} % or more where it has a "
            "set, and in many trials it has none (column *no set*).",
            {
                "right": Cell("compliers-clusters-names-*-6", ("CR2",)),
                "one": Cell("compliers-clusters-names-*-6", ("CR1",)),
                "larger": Cell("compliers-clusters-names-*-6", ("CR1S",)),
                "wide": Cell("compliers-clusters-names-*-6", ("CR3",)),
            },
        ),
    ),
    "pooled": (
        (
            "Where true effects differ between sites, `fixed` covers the mean of such sites in as little as "
            "{fixed} %: its interval is for these very sites, as its note says; `random` covers {random} % or "
            "more, with three sites too. Effect and the SD of levels between sites are a tenth of the "
            "untreated mean; where both are large the relative effects of `random`, at the levels of the sites at "
            "hand, fall short, as a note of such a result says.",
            {"fixed": Cell("pooled", ("fixed",)), "random": Cell("pooled", ("reml", "dersimonian_laird"))},
        ),
    ),
    "weighting": (
        (
            "Each weighting holds its level for the people it stands for, whose effects are not the same: the "
            "treated (ATT), the others (ATC), everybody (ATE), or those who could have been either (ATO); lowest "
            "{held} %.",
            {"held": Cell("weighting", ("probability", "balancing", "CBPS", "overlap"))},
        ),
        (
            "People in 6 to 20 clusters whose shares of treated differ widely: with `cluster` the weights cover {held} "
            "% or more, for the treated, the controls and for all.",
            {"held": Cell("weighting-clusters", ("clusters",))},
        ),
    ),
    "matching": (
        (
            "With ten to 50 treated who share controls, intervals by Abadie and Imbens cover as little as {shared} "
            "%, which the note of such a result says; pairs and full matching of 60 people cover {pairs} % or "
            "more.",
            {
                "shared": Cell("matching-shared", ("controls", "adjusted")),
                "pairs": Cell("matching-[nb]*-60", ("pairs", "caliper 0.2", "full matching")),
            },
        ),
        (
            "Shared controls by `CR2`, between groups that share none, cover {held} % or more of 60 to 2 000 people, "
            "for the treated and for all.",
            {"held": Cell("matching-between", ("between sets",))},
        ),
        (
            "Mahalanobis distances of three covariates, plain or of ranks, leave a bias that no variance holds: "
            "pairs and full matching cover as little as {pairs} %, which the note of such a result says. Where a "
            "regression on the covariates takes out what is unlike they cover {lin} % or more.",
            {
                "pairs": Cell("matching-distances", ("nearest pairs", "optimal pairs", "full matching")),
                "lin": Cell("matching-distances", (", lin",)),
            },
        ),
        (
            "Coarsened exact matching leaves a bias in each interval that no variance holds. Of 2 000 people it covers "
            "as little as {quarters} % by quarters of each covariate and {halves} % by halves; by Sturges' rule, that "
            "of covariates without cutpoints, it has no interval within sets in any draw of 60 to 2 000 people, and "
            "covers {sturges} % or more between them. Exact matching on covariates of few values covers {exact} % "
            "or more.",
            {
                "quarters": Cell("matching-coarsened-normal-2000", ("quarters", "quarters, between sets")),
                "halves": Cell("matching-coarsened-normal-2000", ("halves", "halves, between sets")),
                "sturges": Cell("matching-sturges", ("between sets",)),
                "exact": Cell("matching-exact", ("exact", "between sets")),
            },
        ),
        (
            "Where effects differ by a covariate of the match alone and are on average a tenth of the untreated mean, "
            "the errors of SATT and of PATT both hold the effect on the treated at hand, with and without bias "
            "adjustment (lowest {held} %). Where effects differ between people with the same covariates neither need "
            "do so.",
            {"held": Cell("matching-satt", ("SATT", "PATT", "adjusted"))},
        ),
    ),
    "doubly": (
        (
            "Skewed and binary outcomes of 200 and 2 000 people: the sets hold their level (lowest {held} %), by a "
            "linear as by a logistic regression of a binary outcome.",
            {"held": Cell("doubly-at[te]-[sb]*-200", ("m_estimation",))},
        ),
        (
            "People in 6 to 20 clusters whose shares of treated differ widely: with `cluster` the intervals cover "
            "{held} % or more, of the treated, of the others and of all.",
            {"held": Cell("doubly-clusters", ("clusters",))},
        ),
    ),
    "panel": (
        (
            "Skewed and binary outcomes in clusters: `CR2` and `CR3` cover {right} % or more in both views, `CR0` "
            "as little as {none} %.",
            {"right": Cell("panel-[sb]", CLUSTERED), "none": Cell("panel-[sb]", ("CR0",))},
        ),
    ),
    "few": (
        (
            "Two treated clusters of ten, outcomes that are not normal: permutations cover {moved} % or more in "
            "both views, the wild bootstrap {wild} % or more, and `CR2` refuses.",
            {"moved": Cell("few-[sb]*-10-2", ("permutation",)), "wild": Cell("few-[sb]*-10-2", ("wild_bootstrap",))},
        ),
        (
            "Two municipalities of ten, and three of twenty, chosen together for being the highest and without an "
            "effect, have one found as often as in {moved} % of cases by permutation and {wild} % by the wild "
            "bootstrap, where 5 % was meant; five of twenty as often as in {t} % by `CR2`, which refuses fewer. Drawn "
            "at random none has more than {drawn} %.",
            {
                "moved": Cell("few-highest", ("the highest, permutation",), measure="rejection"),
                "wild": Cell("few-highest", ("the highest, wild_bootstrap",), measure="rejection"),
                "t": Cell("few-highest", ("the highest, CR2",), measure="rejection"),
                "drawn": Cell(
                    "few-highest",
                    tuple(f"random, {how}" for how in ("permutation", "wild_bootstrap", "CR2")),
                    measure="rejection",
                ),
            },
        ),
    ),
    "municipalities": (
        (
            "Municipalities that count alike: placebos hold their level by the ratio of means, the mean of ratios "
            "and the difference (11 municipalities, level 90 %: lowest {held} %).",
            {"held": Cell("municipalities-alike-11", ("means", "ratios", "months"))},
        ),
    ),
    "luck": (
        (
            "A unit chosen for being the highest of 20 to 290 has an effect found as often as in {wrong} % of cases "
            "where 5 % was meant; with `level_correction`, agreed beforehand, as often as in {right} %, and −12 % is "
            "reached by luck as often as in {less} % in place of {more} %. On a unit drawn at random the correction "
            "costs nothing that these studies see.",
            {
                "wrong": Cell("luck-[26]", ("the highest",), measure="rejection"),
                "right": Cell("luck-[26]", ("the highest, corrected",), measure="rejection"),
                "less": Cell("luck-[26]", ("the highest, corrected",), measure="reached"),
                "more": Cell("luck-[26]", ("the highest",), measure="reached"),
            },
        ),
    ),
    "workplaces": (
        (
            "Workplaces that drift each for itself: intervals between them hold their level (lowest {held} %).",
            {"held": Cell("workplaces-*-0", ("cluster",))},
        ),
        (
            "Where chance also moves whole municipalities (SD 5 %), which no comparison of workplaces can see, they "
            "cover as little as {few} % with 12 against 30 workplaces and {many} % with 30 against 60: the more "
            "workplaces, the surer and the more wrong.",
            {"few": Cell("workplaces-12-30-5", ("cluster",)), "many": Cell("workplaces-30-60-5", ("cluster",))},
        ),
    ),
    "spread": (
        (
            "Of a unit drawn at random a 95 % interval by the placebos' standard deviation holds its level with 11, 20 "
            "and 290 units, whatever the correlation between years (lowest {held} %), where ranks have no such "
            "interval of 11.",
            {"held": Cell("spread", ("placebo_variance",))},
        ),
    ),
    "rates": (
        (
            "Rates of clusters: with ten, `CR2` covers {right} % or more and `CR0` as little as {none} %.",
            {"right": Cell("rates-clusters-10", ("CR2",)), "none": Cell("rates-clusters-10", ("CR0",))},
        ),
    ),
}
"""By page: a sentence, and the numbers in it."""


def learned(page: str) -> list[str]:
    """A list of sentences and a blank line, or nothing."""
    told = [
        f"- {text.format(**{name: _worst(cell) for name, cell in cells.items()})}"
        for text, cells in SENTENCES.get(page, ())
    ]
    return [*told, ""] if told else []


def _worst(cell: Cell) -> str:
    """In per cent, with its Monte-Carlo standard error."""
    found = [
        (row["value"], row["mc_std_error"])
        for path in sorted(HERE.glob(f"{cell.studies}*.json"))
        for row in json.loads(path.read_text(encoding="utf-8"))["measures"]
        if row["measure"] == cell.measure
        and row["method"].endswith(cell.methods)
        and cell.view in ("", row["view"])
        and row["value"] is not None
    ]
    value, error = min(found) if cell.measure == "coverage" else max(found)
    return f"{100 * value:.1f} ({100 * error:.1f})"
