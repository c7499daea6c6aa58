"""What the comparison finds where there was no intervention."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from effekt._inference.distributions import t_upper_tail
from effekt._text import Text, format_number, format_percent, format_share, significant
from effekt._types import FloatArray, Number
from effekt._validation import check_decimal
from effekt.diagnostics._arrays import correlation
from effekt.result import Diagnostic

NOTABLE_CORRELATION = 0.3


def placebo_distribution(
    *,
    treated: FloatArray,
    counterfactual: FloatArray,
    reference: FloatArray,
    labels: Sequence[str] = (),
    threshold: Number | None = None,
) -> Diagnostic:
    """How large an effect the comparison finds among units that had no intervention.

    Parameters
    ----------
    treated, counterfactual : (n,) arrays
        Evaluation mean of each pseudo-treated unit and its counterfactual, in the outcome's unit.
    reference : (n,) array
        Its mean in the reference window.
    labels : sequence of str, length n, optional
        Names for the table.
    threshold : float, str or Decimal, optional
        A reduction that pays, as a positive fraction such as 0.12.

    Returns
    -------
    Diagnostic
        Values: `n_placebos`, `sd_relative`, `sd_log`, `sd_difference`, `min_relative`, `max_relative`,
        `reference_correlation` (reference level against reduction); with a threshold `share_reaching`,
        `normal_probability`, and the same two among the half of the units with the highest reference level
        (`…_high_reference`), and the mean effect found there. Standard deviations have ddof 1. What is relative or in
        logs is left out unless every mean it divides by, or takes the logarithm of, is positive; the correlation is
        then with the reduction in the outcome's unit.

    Raises
    ------
    ArgumentError
        For a threshold that is no decimal.

    References
    ----------
    Abadie, A., Diamond, A. & Hainmueller, J. (2010). Synthetic control methods for comparative case studies: estimating
    the effect of California's tobacco control program. *Journal of the American Statistical Association* 105(490),
    493–505. doi:10.1198/jasa.2009.ap08746

    Examples
    --------
    >>> import numpy as np
    >>> treated, counterfactual = np.array([9.0, 11.0, 10.0, 8.0]), np.array([10.0, 10.0, 10.0, 10.0])
    >>> reference = np.array([9.0, 10.0, 11.0, 12.0])
    >>> found = placebo_distribution(
    ...     treated=treated, counterfactual=counterfactual, reference=reference, threshold=0.12
    ... )
    >>> round(found.values["sd_relative"], 4), found.values["share_reaching"]
    (0.1291, 0.25)
    """
    bar = None if threshold is None else check_decimal("threshold", threshold)
    difference = treated - counterfactual
    values: dict[str, float | int | str | None] = {"n_placebos": len(difference), "sd_difference": _sd(difference)}
    columns = {"reference": reference, "treated": treated, "counterfactual": counterfactual}
    if np.all(counterfactual > 0):
        relative = treated / counterfactual - 1
        values |= _relative_values(relative, reference, bar)
        columns["relative"] = relative
    else:
        values["reference_correlation"] = _correlation(reference, -difference)
    if np.all(counterfactual > 0) and np.all(treated > 0):
        values["sd_log"] = _sd(np.log(treated / counterfactual))
    return Diagnostic(
        name="placebo_distribution",
        status="information",
        statement=_statement(values, bar),
        values=values,
        table={
            **({"unit": tuple(labels)} if labels else {}),
            **{name: tuple(map(float, column)) for name, column in columns.items()},
        },
    )


def _relative_values(
    relative: FloatArray, reference: FloatArray, threshold: float | None
) -> dict[str, float | int | str | None]:
    values: dict[str, float | int | str | None] = {
        "sd_relative": _sd(relative),
        "min_relative": float(relative.min()),
        "max_relative": float(relative.max()),
        "reference_correlation": _correlation(reference, -relative),
    }
    if threshold is not None:
        high = reference >= np.median(reference)
        for suffix, chosen in (("", relative), ("_high_reference", relative[high])):
            values[f"share_reaching{suffix}"] = float(np.mean(chosen <= -threshold))
            values[f"normal_probability{suffix}"] = _normal_probability(chosen, threshold, centred=not suffix)
        values["mean_relative_high_reference"] = float(relative[high].mean())
    return values


def _sd(values: FloatArray) -> float | None:
    return float(np.std(values, ddof=1)) if len(values) > 1 else None


def _correlation(first: FloatArray, second: FloatArray) -> float | None:
    if len(first) < 3 or np.ptp(first) == 0 or np.ptp(second) == 0:
        return None
    return correlation(first, second)


def _normal_probability(relative: FloatArray, threshold: float, *, centred: bool) -> float | None:
    """P(relative ≤ −threshold) for a normal with the placebos' spread; centred at zero when no unit was picked."""
    spread = _sd(relative)
    if not spread:
        return None
    mean = 0.0 if centred else float(relative.mean())
    return float(t_upper_tail((threshold + mean) / spread, math.inf))


def _statement(values: dict[str, float | int | str | None], threshold: float | None) -> Text:
    sentences = [_spread_sentence(values), *_threshold_sentences(values, threshold)]
    correlation = values["reference_correlation"]
    if isinstance(correlation, float):
        sentences.append(
            Text(
                en=f"The reference level correlates {format_number(correlation, 'en', 2)} with the reduction found.",
                sv=f"Referensnivån korrelerar {format_number(correlation, 'sv', 2)} med den funna minskningen.",
            )
        )
        if correlation > NOTABLE_CORRELATION:
            sentences.append(_SELECTED)
    return Text(en=" ".join(one.en for one in sentences), sv=" ".join(one.sv for one in sentences))


def _spread_sentence(values: dict[str, float | int | str | None]) -> Text:
    number, difference, relative = values["n_placebos"], values["sd_difference"], values.get("sd_relative")
    if isinstance(relative, float):
        en, sv = format_percent(relative, "en", 2), format_percent(relative, "sv", 2)
    elif isinstance(difference, float):
        en = f"{significant(difference, 'en')} in the outcome's unit"
        sv = f"{significant(difference, 'sv')} i utfallets enhet"
    else:
        return Text(en="One placebo has no spread.", sv="En enda placeboenhet har ingen spridning.")
    return Text(
        en=f"Among {number} units without the intervention the comparison finds effects with a standard deviation of "
        f"{en}.",
        sv=f"Bland {number} enheter utan insatsen ger jämförelsen effekter med standardavvikelsen {sv}.",
    )


def _threshold_sentences(values: dict[str, float | int | str | None], threshold: float | None) -> list[Text]:
    if threshold is None:
        return []
    share, normal = values.get("share_reaching"), values.get("normal_probability")
    if not isinstance(share, float):
        return [_NOT_RELATIVE]
    sentences = [
        Text(
            en=f"A reduction of {format_percent(threshold, 'en', None)} or more was found in "
            f"{format_share(share, 'en')} of them.",
            sv=f"En minskning på {format_percent(threshold, 'sv', None)} eller mer fanns hos "
            f"{format_share(share, 'sv')} av dem.",
        )
    ]
    if isinstance(normal, float):
        sentences.append(
            Text(
                en=f"By the normal curve the chance is {format_share(normal, 'en')}.",
                sv=f"Enligt normalkurvan är sannolikheten {format_share(normal, 'sv')}.",
            )
        )
    return sentences


_SELECTED = Text(
    en="A unit chosen for a high level then shows a fall that is not caused.",
    sv="En enhet som valts för hög nivå visar då en minskning som inte är orsakad av insatsen.",
)
_NOT_RELATIVE = Text(
    en="No relative reduction can be told, since some counterfactual mean is not above zero.",
    sv="Någon relativ minskning kan inte anges, eftersom något kontrafaktiskt medelvärde inte är större än noll.",
)
