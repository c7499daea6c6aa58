"""Which inference is judged by CR2, and in which words a t reference without variation is refused."""

from __future__ import annotations

from effekt._text import Text

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
