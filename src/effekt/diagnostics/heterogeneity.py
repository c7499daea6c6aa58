"""Whether the effects of several studies differ by more than chance."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from effekt._inference.distributions import f_upper_tail, t_quantile
from effekt._text import LANGUAGES, Text, format_percent, significant
from effekt._types import FloatArray
from effekt._validation import LARGEST, check_at_least, check_flag
from effekt.diagnostics._arrays import SMALLEST, check_each, check_labels, check_vector, number_words, p_words
from effekt.diagnostics._logs import check_log
from effekt.exceptions import ArgumentError
from effekt.result import Diagnostic

LEAST_DF = 2  # three studies; two say nothing of a third
DIFFERENT = 0.1  # with few studies the test finds little, so that p below this is worth a warning


def study_heterogeneity(
    *,
    estimates: FloatArray,
    variances: FloatArray,
    labels: Sequence[str] = (),
    tau2: float = 0.0,
    std_error: float | None = None,
    log: bool = False,
) -> Diagnostic:
    """Cochran's test of one common effect, and how much of the spread is more than chance.

    Parameters
    ----------
    estimates : (k,) array
        Effects of independent studies, treated − counterfactual in one unit.
    variances : (k,) array
        Their squared standard errors.
    labels : sequence of str, length k, optional
    tau2 : float
        The variance of true effects that a random-effects model found; it decides the weights in the table.
    std_error : float, optional
        That of the mean effect under random effects; with it what a further study's true effect may be is told.
    log : bool
        Whether the estimates are logarithms of ratios; the sentence then tells relative changes.

    Returns
    -------
    Diagnostic
        "warning" when p is below 0.1. Values: `studies`, `q` (Σw(d − d̄)², w = 1/variance), `p_value` (χ², k − 1),
        `i_squared` (max(0, 1 − (k − 1)/q)) and `tau`; one row per study, with its share of the weight
        1/(variance + τ²). With `std_error` and three studies or more `prediction_low` and `prediction_high`, the 95 %
        interval of a further study's true effect, on the scale of the estimates.

    Raises
    ------
    ArgumentError
        For fewer than two studies, a variance that is not above zero, or arrays and labels of different lengths.

    Notes
    -----
    The prediction interval is d̄ ± t·√(τ² + SE²), t the 0.975 quantile of Student's t with k − 1 degrees of freedom, as
    the mean's own interval has under Hartung–Knapp. Higgins, Thompson & Spiegelhalter (2009, equation 12) take k − 2,
    which is wider. Either takes τ² as known and true effects as normal, and is too short where studies are few.

    References
    ----------
    Cochran, W. (1954). The combination of estimates from different experiments. *Biometrics* 10, 101–129.
    doi:10.2307/3001666

    Higgins, J., Thompson, S. & Spiegelhalter, D. (2009). A re-evaluation of random-effects meta-analysis. *JRSS A*
    172, 137–159. doi:10.1111/j.1467-985X.2008.00552.x

    Higgins, J. & Thompson, S. (2002). Quantifying heterogeneity in a meta-analysis. *Statistics in Medicine* 21,
    1539–1558. doi:10.1002/sim.1186

    Examples
    --------
    >>> import numpy as np
    >>> found = study_heterogeneity(estimates=np.array([-2.0, 0.0]), variances=np.array([0.25, 0.25]))
    >>> found.status, found.values["q"], found.values["i_squared"]
    ('warning', 8.0, 0.875)
    """
    effects = check_vector("estimates", estimates)
    spread = check_vector("variances", variances, length=len(effects), largest=LARGEST**2)
    names = check_labels(labels, len(effects))
    if len(effects) < 2:
        raise ArgumentError("`estimates` must be at least two; it holds one. Tell a single study's effect by itself.")
    check_each("variances", spread > 0, "be above zero", "Give squared standard errors, or leave such studies out.")
    check_each("variances", spread >= SMALLEST**2, f"be at least {SMALLEST**2:g}", "Take a smaller unit.")
    between = check_at_least("tau2", tau2)
    pooled = None if std_error is None else check_at_least("std_error", std_error)
    check_flag("log", log)
    if log:
        check_log("estimates", effects, "Leave `log` out for differences.")
    precision = (1 / spread).tolist()
    centre = math.fsum(w * d for w, d in zip(precision, effects, strict=True)) / math.fsum(precision)
    q = math.fsum(w * (d - centre) ** 2 for w, d in zip(precision, effects.tolist(), strict=True))
    df = len(effects) - 1
    p_value = f_upper_tail(q / df, df, math.inf)
    excess = max(0.0, 1 - df / q) if q > 0 else 0.0
    weights = 1 / (spread + between)
    shares = weights / math.fsum(weights.tolist())
    further: dict[str, float] = {}
    statement = _statement(p_value, excess)
    if pooled is not None and df >= LEAST_DF:
        middle = math.fsum((shares * effects).tolist())
        half = t_quantile(0.975, df) * math.sqrt(between + pooled**2)
        further = {"prediction_low": middle - half, "prediction_high": middle + half}
        said = _further(middle - half, middle + half, log=log)
        statement = Text(en=f"{statement.en} {said.en}", sv=f"{statement.sv} {said.sv}")
    return Diagnostic(
        name="study_heterogeneity",
        status="warning" if p_value < DIFFERENT else "ok",
        statement=statement,
        values={
            "studies": len(effects),
            "q": q,
            "p_value": p_value,
            "i_squared": excess,
            "tau": math.sqrt(between),
            **further,
        },
        table={
            "study": names,
            "estimate": tuple(map(float, effects)),
            "std_error": tuple(map(float, np.sqrt(spread))),
            "weight": tuple(map(float, shares)),
        },
    )


def _further(low: float, high: float, *, log: bool) -> Text:
    """Between what the true effect of one more study lies."""
    en, sv = (
        [format_percent(math.expm1(end), lang) if log else significant(end, lang) for end in (low, high)]
        for lang in LANGUAGES
    )
    scale = (
        Text(en="as a relative change", sv="som relativ förändring")
        if log
        else Text(
            en="treated − counterfactual, in the outcome's unit", sv="behandlade − kontrafaktiskt, i utfallets enhet"
        )
    )
    return Text(
        en=f"The true effect of a further study of the same kind ({scale.en}) lies between {en[0]} and {en[1]} with a "
        "probability of 95%, if effects are normal and their spread is as estimated.",
        sv=f"Den sanna effekten i ytterligare en studie av samma slag ({scale.sv}) ligger mellan {sv[0]} och {sv[1]} "
        "med 95 procents sannolikhet, om effekterna är normalfördelade och deras spridning är som skattats.",
    )


def _statement(p_value: float, excess: float) -> Text:
    en = f"{p_words(p_value, 'en')}, limit {number_words(DIFFERENT, 'en')}"
    sv = f"{p_words(p_value, 'sv')}, gräns {number_words(DIFFERENT, 'sv')}"
    if p_value < DIFFERENT:
        return Text(
            en=f"So large a spread between the studies' effects is rare where all have one effect ({en}); "
            f"{format_percent(excess, 'en')} of it is more than their standard errors give.",
            sv=f"En så stor spridning mellan studiernas effekter är sällsynt när alla har en och samma effekt ({sv}); "
            f"{format_percent(excess, 'sv')} av den är mer än vad deras medelfel ger.",
        )
    return Text(
        en=f"No evidence that the studies' effects differ by more than chance ({en}); few studies show little.",
        sv=f"Inget tyder på att studiernas effekter skiljer sig mer än slumpen ger ({sv}); få studier visar lite.",
    )
