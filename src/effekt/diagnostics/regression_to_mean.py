"""Whether a unit chosen for a high level would have fallen anyway: the effect against what its level foretells."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from effekt._inference.distributions import t_upper_tail
from effekt._text import Language, Text, format_number, format_percent, format_share, significant
from effekt._types import FloatArray, Number
from effekt._validation import check_number, check_option
from effekt.diagnostics._arrays import TIES, check_between, check_vector, correlation, dot, rank_p_value
from effekt.diagnostics._improvement import Better, way_of
from effekt.diagnostics._logs import LARGEST_LOG, LINEAR, check_log
from effekt.exceptions import ArgumentError
from effekt.result import Diagnostic

NOTABLE_CORRELATION = 0.3
LEAST = 5  # placebos; below, a line and the spread around it say nothing
LANGUAGES: tuple[Language, Language] = ("en", "sv")

Values = dict[str, float | int | str | None]


def regression_to_mean(
    *,
    errors: FloatArray,
    levels: FloatArray,
    effect: float,
    level: float,
    scale: Literal["log", "linear"],
    threshold: Number | None = None,
    better: Better = "lower",
) -> Diagnostic:
    """Hold an effect against the effects found, without an intervention, at the same reference level.

    Parameters
    ----------
    errors : (n,) array
        Effects found in units without the intervention, on `scale`; log(mean / counterfactual) under "log".
    levels : (n,) array
        Their means in the reference window, in the outcome's unit.
    effect, level : float
        The treated unit's effect, on the same scale, and its reference mean.
    scale : {"log", "linear"}
        What the effects are: logarithms of a ratio, or differences in the outcome's unit.
    threshold : float, str or Decimal, optional
        A reduction that pays, as a positive fraction such as 0.12, or where more is better an increase; with "log"
        only.
    better : {"lower", "higher"}
        Which way the outcome improves: what is feared is a unit chosen for a high level that would have fallen, or
        where more is better one chosen for a low level that would have risen.

    Returns
    -------
    Diagnostic
        "warning" when the level correlates above 0.3 with the reduction and the unit's level is above the mean (where
        more is better below it), else "information". Values: `n_placebos`, `correlation` (level against reduction,
        with "log" the relative one), `slope` (of the effect, by one unit of the level), `reference_level` (the unit's),
        `mean_reference_level`,
        `expected` (the effect the line gives at the unit's level without an intervention), `p_value` (by rank),
        `p_value_given_level`, `corrected` (`effect` − `expected`), with "log" `relative`, `relative_expected` and
        `relative_corrected`; with a threshold `false_payment` and `false_payment_given_level`. None where there is no
        line, or no spread around it. No line is drawn with fewer than five placebos, or with levels that are all the
        same.

    Raises
    ------
    ArgumentError
        For arrays of different length, values that are not finite, an unknown scale or `better`, or a threshold without
        "log".

    Notes
    -----
    The line e = a + b·level is fitted to the n placebos by least squares, s² with n − 2 degrees of freedom. At the
    unit's level x the effect without an intervention is, for normal errors of one variance, a + b·x with the standard
    error of prediction s·√(1 + 1/n + (x − x̄)²/Σ(x_j − x̄)²) and n − 2 degrees of freedom; `false_payment_given_level` is
    the probability of log(1 − threshold) or less (where more is better log(1 + threshold) or more), `false_payment` the
    same without the line (n − 1 degrees of freedom). These are what is paid for nothing when a unit was chosen for the
    level x, and when it was chosen whatever its level.

    `p_value` = (1 + #{|e_j| ≥ |effect|})/(n + 1). For `p_value_given_level` a line is fitted to all n + 1 units, the
    treated among them as the hypothesis of no effect has it, and the residuals r_i/√(1 − h_i), of equal variance (Cook
    & Weisberg 1982, section 2.2.1), are ranked. It is approximate: residuals are exchangeable only nearly.

    A correction is a figure of its own. It may pay only if it was declared before the data were seen.

    References
    ----------
    Barnett, A. G., van der Pols, J. C. & Dobson, A. J. (2005). Regression to the mean: what it is and how to deal with
    it. *International Journal of Epidemiology* 34(1), 215–220. doi:10.1093/ije/dyh299

    Cook, R. D. & Weisberg, S. (1982). *Residuals and Influence in Regression*. Chapman and Hall, section 2.2.1.

    Examples
    --------
    >>> found = regression_to_mean(
    ...     errors=[0.1, 0.05, 0.0, -0.05, -0.1], levels=[4, 5, 6, 7, 8], effect=-0.12, level=7.0, scale="log"
    ... )
    >>> round(found.values["correlation"], 3), round(found.values["expected"], 3), round(found.values["corrected"], 3)
    (1.0, -0.05, -0.07)
    """
    check_option("scale", scale, ("log", "linear"))
    way = way_of(better)
    errors = check_vector("errors", errors)
    levels = check_vector("levels", levels, length=len(errors))
    own, at = (check_number(name, one) for name, one in (("effect", effect), ("level", level)))
    if scale == "log":
        check_log("errors", errors, LINEAR)
        check_log("effect", own, LINEAR)
    if threshold is not None:
        threshold = check_between("threshold", threshold, 0, 1)
        if scale != "log":
            raise ArgumentError(
                "`threshold` must be None unless scale='log', as it is a relative change; leave it out."
            )
    values: Values = {
        "n_placebos": len(errors),
        "correlation": None,
        "slope": None,
        "reference_level": at,
        "mean_reference_level": float(levels.mean()),
        "expected": None,
        "p_value": rank_p_value(np.abs(errors), abs(own), 1.0 if scale == "log" else float(np.abs(levels).max())),
        "p_value_given_level": None,
        "corrected": None,
    }
    line = _line(levels, errors) if len(errors) >= LEAST else None
    if line is not None:
        expected = line[0] + line[1] * (at - _mean_level(values))
        if scale == "log" and max(expected, own - expected) > LARGEST_LOG:
            raise ArgumentError(
                f"`level` must lie near `levels`; the line through them has at {at:g} the logarithm {expected:g}. Give "
                "it in their unit."
            )
        values |= {
            "correlation": _correlation(levels, -np.expm1(errors) if scale == "log" else -errors),
            "slope": line[1],
            "expected": expected,
            "p_value_given_level": _rank_given_level(levels, errors, at, own),
            "corrected": own - expected,
        }
    if scale == "log":
        values |= _relative(values, own)
    if threshold is not None:
        values |= _false_payment(levels, errors, line, at, math.log1p(way * threshold), way)
    notable = isinstance(found := values["correlation"], float) and found > NOTABLE_CORRELATION
    return Diagnostic(
        name="regression_to_mean",
        status="warning" if notable and way * (at - _mean_level(values)) < 0 else "information",
        statement=_statement(values, threshold, way),
        values=values,
    )


def _mean_level(values: Values) -> float:
    """The mean level among them."""
    return float(values["mean_reference_level"] or 0.0)


def _line(levels: FloatArray, errors: FloatArray) -> tuple[float, float] | None:
    """Mean error and slope, by least squares; None when all levels are the same."""
    centred = levels - levels.mean()
    total = dot(centred, centred)
    if total <= (TIES * float(np.abs(levels).max())) ** 2 * len(levels):
        return None
    return float(errors.mean()), dot(centred, errors) / total


def _correlation(levels: FloatArray, reductions: FloatArray) -> float | None:
    """Of levels that differ with reductions; None when the latter are all the same."""
    if float(np.std(reductions)) <= TIES:
        return None
    return correlation(levels, reductions)


def _rank_given_level(levels: FloatArray, errors: FloatArray, level: float, effect: float) -> float | None:
    x, y = np.append(levels, level), np.append(errors, effect)
    line = _line(x, y)
    if line is None:
        return None
    centred = x - x.mean()
    left = 1 - 1 / len(x) - centred**2 / dot(centred, centred)
    if float(left.min()) <= TIES:  # one unit alone decides the slope
        return None
    residuals = np.abs(y - line[0] - line[1] * centred) / np.sqrt(left)
    return rank_p_value(residuals[:-1], float(residuals[-1]), float(np.abs(y).max()))


def _relative(values: Values, own: float) -> Values:
    named = {"relative": own, "relative_expected": values["expected"], "relative_corrected": values["corrected"]}
    return {name: math.expm1(value) if isinstance(value, float) else None for name, value in named.items()}


def _false_payment(
    levels: FloatArray, errors: FloatArray, line: tuple[float, float] | None, level: float, bar: float, way: int
) -> Values:
    """P(error ≤ bar) of a further unit, or ≥ where more is better, whatever its level, and at this level."""
    n, centred = len(errors), levels - levels.mean()
    found: Values = {"false_payment": None, "false_payment_given_level": None}
    if n < LEAST:
        return found
    around = float(np.std(errors, ddof=1)) * math.sqrt(1 + 1 / n)
    found["false_payment"] = _beyond(way * bar, way * float(errors.mean()), around, n - 1)
    if line is not None:
        residuals = errors - line[0] - line[1] * centred
        away = level - float(levels.mean())
        factor = math.sqrt(1 + 1 / n + away**2 / dot(centred, centred))
        spread = math.sqrt(dot(residuals, residuals) / (n - 2))
        found["false_payment_given_level"] = _beyond(
            way * bar, way * (line[0] + line[1] * away), spread * factor, n - 2
        )
    return found


def false_payment_at(level: float, levels: FloatArray, errors: FloatArray, threshold: float, way: int) -> float | None:
    """What is paid for nothing in a further unit of a level, by the line of log errors; None without a line."""
    line = _line(levels, errors) if len(errors) >= LEAST else None
    bar = math.log1p(way * threshold)
    found = _false_payment(levels, errors, line, level, bar, way)["false_payment_given_level"]
    return found if isinstance(found, float) else None


def _beyond(bar: float, mean: float, std_error: float, df: int) -> float | None:
    return float(t_upper_tail((bar - mean) / std_error, df)) if std_error > TIES else None


def _statement(values: Values, threshold: float | None, way: int) -> Text:
    correlation, expected, corrected = (values[name] for name in ("correlation", "expected", "corrected"))
    if not isinstance(expected, float) or not isinstance(corrected, float):
        return _NO_LINE
    sentences = [_level_sentence(values, correlation)]
    sentences += _rank_sentence(values)
    if threshold is not None:
        sentences += _payment_sentence(values, threshold, way)
    sentences.append(_DECLARED)
    return Text(en=" ".join(one.en for one in sentences), sv=" ".join(one.sv for one in sentences))


def _rank_sentence(values: Values) -> list[Text]:
    p, given = values["p_value"], values["p_value_given_level"]
    if not isinstance(p, float) or not isinstance(given, float):
        return []
    en, sv = ([significant(one, lang, 3) for one in (p, given)] for lang in LANGUAGES)
    return [
        Text(
            en=f"By rank p is {en[0]}, and among units of the same level {en[1]}.",
            sv=f"Efter rang är p {sv[0]}, och bland enheter på samma nivå {sv[1]}.",
        )
    ]


def _payment_sentence(values: Values, threshold: float, way: int) -> list[Text]:
    whatever, chosen = values["false_payment"], values["false_payment_given_level"]
    if not isinstance(whatever, float) or not isinstance(chosen, float):
        return []
    en, sv = (
        [format_percent(threshold, lang, None), *(format_share(one, lang) for one in (chosen, whatever))]
        for lang in LANGUAGES
    )
    a, en_move, sv_move = ("An", "increase", "ökning") if way == 1 else ("A", "reduction", "minskning")
    return [
        Text(
            en=f"{a} {en_move} of {en[0]} or more comes by itself with probability {en[1]} in a unit chosen for this "
            f"level, and {en[2]} in one chosen whatever its level.",
            sv=f"En {sv_move} på {sv[0]} eller mer kommer av sig själv med sannolikheten {sv[1]} i en enhet som valts "
            f"för denna nivå, och {sv[2]} i en som valts oavsett nivå.",
        )
    ]


def _level_sentence(values: Values, correlation: float | int | str | None) -> Text:
    told = {"en": "", "sv": ""}
    if isinstance(correlation, float):
        told["en"] = f"The reference level correlates {format_number(correlation, 'en', 2)} with the reduction found. "
        told["sv"] = f"Referensnivån korrelerar {format_number(correlation, 'sv', 2)} med den funna minskningen. "
    en, sv = (_changes(values, lang) for lang in LANGUAGES)
    return Text(
        en=f"{told['en']}At this unit's level a change of {en[0]} is expected without an intervention; beyond that, "
        f"the change is {en[1]}.",
        sv=f"{told['sv']}På enhetens nivå är en förändring på {sv[0]} att vänta utan insats; utöver den är "
        f"förändringen {sv[1]}.",
    )


def _changes(values: Values, lang: Language) -> tuple[str, str]:
    """What is expected and what is beyond it, in per cent or in the outcome's unit."""
    if "relative" in values:
        expected, corrected = (float(values[name] or 0) for name in ("relative_expected", "relative_corrected"))
        return format_percent(expected, lang), format_percent(corrected, lang)
    expected, corrected = (float(values[name] or 0) for name in ("expected", "corrected"))
    return significant(expected, lang), significant(corrected, lang)


_NO_LINE = Text(
    en="Too few units without the intervention, or units of too similar levels, to tell what the level foretells.",
    sv="För få enheter utan insatsen, eller enheter på alltför lika nivåer, för att visa vad nivån förutsäger.",
)
_DECLARED = Text(
    en="A correction for the level counts only where it was agreed before the data were seen.",
    sv="En korrigering för nivån gäller bara om den avtalats innan data setts.",
)
