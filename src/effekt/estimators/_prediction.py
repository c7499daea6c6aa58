"""What the treated unit's outcome would have been without the intervention: a prediction interval.

By placebos the treated mean Ȳ is observed and fixed, and all error is the counterfactual's. So the effects that a level
does not reject are the counterfactuals that it does not: Ȳ − τ, or Ȳ/ρ for a ratio (the ranks of Abadie, Diamond &
Hainmueller 2010, doi:10.1198/jasa.2009.ap08746, inverted).
"""

from __future__ import annotations

import math
from fractions import Fraction

from effekt._inference import Inference, Means, Placebos, StudentT
from effekt._text import Text, format_percent, significant
from effekt._types import Contrast
from effekt.exceptions import InferenceUnavailableError
from effekt.result import Diagnostic

ALPHA = Fraction(1, 20)


def prediction_interval(inference: Inference, means: Means) -> tuple[Diagnostic, ...]:
    """The interval at 95 %, or the highest level that placebo ranks have; none where another inference is the figure's.

    Parameters
    ----------
    inference : Inference
        Of the figure.
    means : Means
    """
    if not _of_placebos(inference):
        return ()
    alpha = max(ALPHA, Fraction(1, len(inference.errors) + 1)) if isinstance(inference, Placebos) else ALPHA
    contrast: Contrast = "ratio" if getattr(inference, "scale", "linear") == "log" else "difference"
    try:
        (effects,) = inference.confidence_set(means, contrast, alpha, "two-sided").intervals
    except (InferenceUnavailableError, ValueError):  # no such level, or a set that is no interval
        return ()
    if not all(map(math.isfinite, effects)):
        return ()
    low, high = (means.treated / one if contrast == "ratio" else means.treated - one for one in reversed(effects))
    return (_told(means, low, high, alpha),)


def _of_placebos(inference: Inference) -> bool:
    """Ranks among placebos, or a t on their spread, which is all in the counterfactual."""
    if isinstance(inference, StudentT):
        return inference.covariance[:2] == (0.0, 0.0)
    return isinstance(inference, Placebos)


def _told(means: Means, low: float, high: float, alpha: Fraction) -> Diagnostic:
    place = "below" if means.treated < low else "above" if means.treated > high else "within"
    en, sv = (
        [significant(value, lang) for value in (low, high, means.counterfactual, means.treated)]
        for lang in ("en", "sv")
    )
    level = [format_percent(1 - alpha, lang, None if alpha == ALPHA else 1) for lang in ("en", "sv")]
    return Diagnostic(
        name="prediction_interval",
        status="information",
        statement=Text(
            en=f"Without the intervention the outcome is predicted to lie between {en[0]} and {en[1]} "
            f"(prediction interval at level {level[0]}; the counterfactual is {en[2]}). It was {en[3]}, which lies "
            f"{_PLACES[place].en}.",
            sv=f"Utan insatsen förutsägs utfallet ligga mellan {sv[0]} och {sv[1]} (prediktionsintervall på nivån "
            f"{level[1]}; det kontrafaktiska är {sv[2]}). Det blev {sv[3]}, vilket ligger {_PLACES[place].sv}.",
        ),
        values={
            "level": float(1 - alpha),
            "low": low,
            "high": high,
            "counterfactual": means.counterfactual,
            "treated": means.treated,
        },
    )


_PLACES = {
    "below": Text(en="below it", sv="under det"),
    "above": Text(en="above it", sv="över det"),
    "within": Text(en="within it", sv="inom det"),
}
