"""How few clusters, pairs or degrees of freedom are too few for a t reference, and in which words it is refused.

The plan of a trial is refused where its analysis would be, by the same rule and in the same words.
"""

from __future__ import annotations

from effekt._text import Text, format_number

MIN_CLUSTERS = 6
MIN_DF = 3.0
MIN_PAIRS, MIN_CLUSTER_PAIRS = 2, 4  # of clusters: eight clusters, and df of 3 as everywhere with clusters

SINGLE_UNIT_IN_BLOCK = Text(
    en="An arm of a block has a single unit, so its variation cannot be estimated.",
    sv="En grupp i ett block har en enda enhet, så dess variation kan inte skattas.",
)
SINGLE_CLUSTER_IN_BLOCK = Text(
    en="Cluster-robust inference needs at least two clusters in each arm of every block; an arm of a block has one.",
    sv="Klusterrobust inferens kräver minst två kluster i varje grupp i alla block; en grupp i ett block har ett.",
)


def few_pairs(found: int, needed: int, *, clustered: bool) -> Text:
    """Too few pairs for the variation between them."""
    of_clusters, av_kluster = (" of clusters", " av kluster") if clustered else ("", "")
    return Text(
        en=f"Between-pair inference needs at least {needed} pairs{of_clusters}; there {'is' if found == 1 else 'are'} "
        f"{found}.",
        sv=f"Inferens mellan par kräver minst {needed} par{av_kluster}; det finns {found}.",
    )


def single_in_arm(arm: Text, *, clustered: bool) -> Text:
    """An arm with nothing to estimate its variation from."""
    if clustered:
        return Text(
            en=f"Cluster-robust inference needs at least two clusters in each arm; the {arm.en} arm has one.",
            sv=f"Klusterrobust inferens kräver minst två kluster i varje grupp; {arm.sv} har ett.",
        )
    return Text(
        en=f"The {arm.en} arm has a single unit, so its variation cannot be estimated.",
        sv=f"{arm.sv.capitalize()} har en enda enhet, så dess variation kan inte skattas.",
    )


def few_clusters(found: int) -> Text | None:
    """Why so few clusters in all give no inference; None when there are enough."""
    if found >= MIN_CLUSTERS:
        return None
    return Text(
        en=f"Cluster-robust inference needs at least six clusters; there are {found}.",
        sv=f"Klusterrobust inferens kräver minst sex kluster; det finns {found}.",
    )


def low_df(df: float) -> Text | None:
    """Why so few degrees of freedom give no inference; None when there are enough."""
    if df >= MIN_DF:
        return None
    return Text(
        en=f"The Satterthwaite degrees of freedom are {format_number(df, 'en', 2)}; below 3 a t reference cannot be "
        "relied on.",
        sv=f"Antalet frihetsgrader enligt Satterthwaite är {format_number(df, 'sv', 2)}; under 3 går det inte att lita "
        "på t-fördelningen.",
    )
