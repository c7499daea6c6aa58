"""When a cluster-robust t reference is refused, and in which words."""

from __future__ import annotations

from effekt._text import Text, format_number

MIN_CLUSTERS = 6
MIN_DF = 3.0
JUDGED_BY_CR2 = ("CR0", "CR1S")  # their own df, G − 1, does not see how few clusters there really are

NO_VARIATION = Text(
    en="There is no within-arm variation, so there is no standard error.",
    sv="Det finns ingen variation inom grupperna och därför inget medelfel.",
)

NO_EVENT_IN_COMMON_MODEL = Text(
    en="No event was seen among the treated, and a model common to both arms (adjustment='additive') gives them a "
    "variance that is the controls'; there is no inference by it. Take adjustment='lin', or 'none' where there are no "
    "covariates.",
    sv="Ingen händelse sågs bland de behandlade, och en modell gemensam för båda grupperna (adjustment='additive') ger "
    "dem en varians som är jämförelsegruppens; med den går osäkerheten inte att beräkna. Ta adjustment='lin', eller "
    "'none' utan kovariat.",
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
