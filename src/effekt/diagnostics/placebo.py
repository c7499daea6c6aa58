"""What the comparison finds where there was no intervention."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from effekt._inference.distributions import t_upper_tail
from effekt._text import Text, format_number, format_p, format_percent, format_share, significant
from effekt._types import BoolArray, FloatArray, Number
from effekt._validation import check_decimal, check_flag
from effekt.diagnostics._arrays import SMALLEST, check_each, check_labels, check_vector, correlation
from effekt.diagnostics._improvement import MOVES, Better, count_reaching, way_of
from effekt.diagnostics.regression_to_mean import NOTABLE_CORRELATION, false_payment_at
from effekt.exceptions import ArgumentError
from effekt.result import Diagnostic

Values = dict[str, float | int | str | None]
HALVES = {"lower": "high_reference", "higher": "low_reference"}


def placebo_distribution(
    *,
    treated: FloatArray,
    counterfactual: FloatArray,
    reference: FloatArray,
    labels: Sequence[str] = (),
    threshold: Number | None = None,
    better: Better = "lower",
    ranked: bool = True,
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
        A reduction that pays, as a positive fraction such as 0.12; where more is better an increase.
    better : {"lower", "higher"}
        Which way the outcome improves: what is feared is a unit chosen for a high level that then falls by itself, or
        where more is better one chosen for a low level that then rises.
    ranked : bool
        Whether units are ranked among these; where their spread is used instead, no smallest p is told.

    Returns
    -------
    Diagnostic
        Values: `n_placebos`, where `ranked` `smallest_p` (of the rank of a single unit, 1/(n + 1)), `sd_relative`,
        `sd_log`, `sd_difference`, `min_relative`, `max_relative`, `reference_correlation` (level against reduction);
        with a threshold `share_reaching` (exact ties reach it), `normal_probability`, and of the half of the units with
        the highest reference level `share_reaching_high_reference`, `mean_relative_high_reference` and
        `false_payment_high_reference`; where more is better of the half with the lowest (`…_low_reference`). Standard
        deviations have ddof 1. What is relative or in logs is left out unless every mean it divides by, or takes the
        logarithm of, is positive; the correlation is then with the reduction in the outcome's unit.

    Raises
    ------
    ArgumentError
        For arrays that are empty, of different length or not finite, labels that do not name each unit once, a
        threshold that is no decimal, or another `better`.

    Notes
    -----
    `normal_probability` is that of the threshold or beyond under a normal curve about zero with `sd_relative`, whatever
    the unit's level. `false_payment_high_reference` is that of a further unit whose level is the mean of the half's, by
    the line of the log errors on the levels: `false_payment_given_level` of `regression_to_mean` at that level. The
    spread within the half is not used: units of much the same level are alike in what their level foretells.

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
    way_of(better)
    bar = None if threshold is None else check_decimal("threshold", threshold)
    if bar is not None and better == "lower" and bar >= 1:
        raise ArgumentError(
            f"`threshold` must be a reduction below 1, which is all of the outcome; got {threshold!r}. Write 3% as "
            "0.03."
        )
    check_flag("ranked", ranked)
    treated = check_vector("treated", treated)
    count = len(treated)
    counterfactual = check_vector("counterfactual", counterfactual, length=count)
    reference = check_vector("reference", reference, length=count)
    near = (counterfactual == 0) | (np.abs(counterfactual) >= SMALLEST)
    check_each("counterfactual", near, f"be 0 or at least {SMALLEST:g} in size", "Take a smaller unit.")
    names = check_labels(labels, count)
    difference = treated - counterfactual
    values: Values = {
        "n_placebos": count,
        **({"smallest_p": 1 / (count + 1)} if ranked else {}),
        "sd_difference": _sd(difference),
    }
    columns = {"reference": reference, "treated": treated, "counterfactual": counterfactual}
    if np.all(counterfactual > 0):
        relative = treated / counterfactual - 1
        values |= _relative_values(relative, reference, bar, better)
        columns["relative"] = relative
    else:
        values["reference_correlation"] = _correlation(reference, -difference)
    if np.all(counterfactual > 0) and np.all(treated > 0):
        errors = np.log(treated / counterfactual)
        values["sd_log"] = _sd(errors)
        if bar is not None:
            level = float(reference[_feared(reference, better)].mean())
            values[f"false_payment_{HALVES[better]}"] = false_payment_at(level, reference, errors, bar, way_of(better))
    return Diagnostic(
        name="placebo_distribution",
        status="information",
        statement=_statement(values, bar, better),
        values=values,
        table={
            **({"unit": names} if labels else {}),
            **{name: tuple(map(float, column)) for name, column in columns.items()},
        },
    )


def _relative_values(relative: FloatArray, reference: FloatArray, threshold: float | None, better: Better) -> Values:
    values: Values = {
        "sd_relative": _sd(relative),
        "min_relative": float(relative.min()),
        "max_relative": float(relative.max()),
        "reference_correlation": _correlation(reference, -relative),
    }
    if threshold is not None:
        improvements, half = way_of(better) * relative, _feared(reference, better)
        values["share_reaching"] = count_reaching(improvements, threshold) / len(relative)
        values["normal_probability"] = _normal_probability(relative, threshold)
        values[f"share_reaching_{HALVES[better]}"] = count_reaching(improvements[half], threshold) / int(half.sum())
        values[f"mean_relative_{HALVES[better]}"] = float(relative[half].mean())
    return values


def _feared(reference: FloatArray, better: Better) -> BoolArray:
    """The half of the units whose reference level lies where an improvement is to be expected by itself."""
    middle = np.median(reference)
    return reference >= middle if better == "lower" else reference <= middle


def _sd(values: FloatArray) -> float | None:
    return float(np.std(values, ddof=1)) if len(values) > 1 else None


def _correlation(first: FloatArray, second: FloatArray) -> float | None:
    if len(first) < 3 or np.ptp(first) == 0 or np.ptp(second) == 0:
        return None
    return correlation(first, second)


def _normal_probability(relative: FloatArray, threshold: float) -> float | None:
    """P(the threshold or beyond) for a normal about zero with the placebos' spread."""
    spread = _sd(relative)
    return float(t_upper_tail(threshold / spread, math.inf)) if spread else None


def _statement(values: Values, threshold: float | None, better: Better) -> Text:
    sentences = [_spread_sentence(values), *_threshold_sentences(values, threshold, better)]
    correlation = values["reference_correlation"]
    if isinstance(correlation, float):
        sentences.append(
            Text(
                en=f"The reference level correlates {format_number(correlation, 'en', 2)} with the reduction found.",
                sv=f"Referensnivån korrelerar {format_number(correlation, 'sv', 2)} med den funna minskningen.",
            )
        )
        if correlation > NOTABLE_CORRELATION:
            sentences.append(_SELECTED[better])
    return Text(en=" ".join(one.en for one in sentences), sv=" ".join(one.sv for one in sentences))


def _spread_sentence(values: Values) -> Text:
    p = values.get("smallest_p")
    number, difference, relative = values["n_placebos"], values["sd_difference"], values.get("sd_relative")
    if isinstance(relative, float):
        en, sv = format_percent(relative, "en", 2), format_percent(relative, "sv", 2)
    elif isinstance(difference, float):
        en = f"{significant(difference, 'en')} in the outcome's unit"
        sv = f"{significant(difference, 'sv')} i utfallets enhet"
    else:
        return Text(en="One placebo has no spread.", sv="En enda placeboenhet har ingen spridning.")
    least = Text(en="", sv="")
    if isinstance(p, float):
        least = Text(
            en=f", and the smallest p that the rank of a single unit among them can give is {format_p(p, 'en')}",
            sv=f", och det minsta p som rangen för en enskild enhet bland dem kan ge är {format_p(p, 'sv')}",
        )
    return Text(
        en=f"Among {number} units without the intervention the comparison finds effects with a standard deviation of "
        f"{en}{least.en}.",
        sv=f"Bland {number} enheter utan insatsen ger jämförelsen effekter med standardavvikelsen {sv}{least.sv}.",
    )


def _threshold_sentences(values: Values, threshold: float | None, better: Better) -> list[Text]:
    if threshold is None:
        return []
    share, normal = values.get("share_reaching"), values.get("normal_probability")
    if not isinstance(share, float):
        return [_NOT_RELATIVE[better]]
    move, a = MOVES[better], "An" if better == "higher" else "A"
    sentences = [
        Text(
            en=f"{a} {move.en} of {format_percent(threshold, 'en', None)} or more was found in "
            f"{format_share(share, 'en')} of them.",
            sv=f"En {move.sv} på {format_percent(threshold, 'sv', None)} eller mer fanns hos "
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


_SELECTED = {
    "lower": Text(
        en="A unit chosen for a high level then shows a fall that is not caused.",
        sv="En enhet som valts för hög nivå visar då en minskning som inte är orsakad av insatsen.",
    ),
    "higher": Text(
        en="A unit chosen for a low level then shows a rise that is not caused.",
        sv="En enhet som valts för låg nivå visar då en ökning som inte är orsakad av insatsen.",
    ),
}
_NOT_RELATIVE = {
    better: Text(
        en=f"No relative {move.en} can be told, since some counterfactual mean is not above zero.",
        sv=f"Någon relativ {move.sv} kan inte anges, eftersom något kontrafaktiskt medelvärde inte är större än noll.",
    )
    for better, move in MOVES.items()
}
