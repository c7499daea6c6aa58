"""Inference from the periods of the series alone, robust to heteroskedasticity and autocorrelation.

The two means are ratios of sums over periods, so each period t moves them by its influence ψ_t, with Σ_t ψ_t = 0 in a
window. For a pooled mean Ȳ = ΣA/ΣB it is (A_t − Ȳ·B_t)/ΣB, for a plain mean of T periods (A_t/B_t − Ȳ)/T. The
counterfactual C = Y_R·N_E/N_R moves by C·(ψ^Y_t/Y_R − ψ^N_t/N_R) in the reference window and by C·ψ^N_t/N_E in the
evaluation window; Y_R + N_E − N_R moves by ψ^Y_t − ψ^N_t and by ψ^N_t.

In each window the long-run covariance is estimated with B equally weighted cosines (Lazarus, Lewis, Stock & Watson
2018, doi:10.1080/07350015.2018.1506926)::

    Λ_j = √2 Σ_t ψ_t cos(π j (t − ½)/T),   V_w = (1/B) Σ_j Λ_j Λ_j',   B = 0.4·T^⅔ to the nearest whole number

whose statistic is a t with B degrees of freedom when B is held fixed as T grows, which is honest where periods are few.
The windows are taken as independent, V = V_R + V_E, and a contrast has (v_R + v_E)²/(v_R²/B_R + v_E²/B_E) degrees of
freedom (Welch 1947, doi:10.1093/biomet/34.1-2.28).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from effekt._inference import ContrastDf, StudentT, Unavailable
from effekt._text import Text
from effekt._types import FloatArray
from effekt._validation import plural
from effekt.estimators.trend.comparison import Comparison, Design
from effekt.estimators.trend.number import total
from effekt.estimators.trend.panel import Panel
from effekt.estimators.trend.standard import StandardPanel
from effekt.result import Note

LEAST = 2  # cosines in each window; with fewer there is no estimate worth the name
ROUNDING = 1e-13  # movement this small relative to the means is rounding


def cosines(periods: int) -> int:
    """How many cosines a window of so many periods is given."""
    return round(0.4 * math.pow(periods, 2 / 3))


def hac_inference(
    design: Design, treated: Sequence[str], comparator: Sequence[str], found: Comparison
) -> StudentT | Unavailable:
    """A t reference for the two means, for a ratio on the log scale, or why there is none."""
    spans = (design.reference, design.evaluation)
    if any(len(set(span.times)) < len(span.times) for span in spans):
        return Unavailable(reason=MATCHED_MONTHS)
    numbers = [cosines(len(span.times)) for span in spans]
    if min(numbers) < LEAST:
        return Unavailable(reason=_short(min(len(span.times) for span in spans), design.panel.period))
    moves = _moves(design, treated, comparator, found)
    largest = 1.0 if design.adjustment == "ratio" else max(abs(float(found.evaluation)), abs(float(found.reference)))
    if max(float(np.max(np.abs(move @ [1, -1]))) for move in moves) <= ROUNDING * largest:
        return Unavailable(reason=STILL)
    parts = [_long_run(move, number) for move, number in zip(moves, numbers, strict=True)]
    first, cross, second = (parts[0] + parts[1]).tolist()
    squares = [np.convolve(_form(part), _form(part)) / number for part, number in zip(parts, numbers, strict=True)]
    a, b, c, d, e = (squares[0] + squares[1]).tolist()
    return StudentT(
        covariance=(first, cross, second),
        df=ContrastDf(quadratic=(first, 2 * cross, second), quartic=(a, b, c, d, e)),
        scale="log" if design.adjustment == "ratio" else "linear",
    )


def _moves(
    design: Design, treated: Sequence[str], comparator: Sequence[str], found: Comparison
) -> tuple[FloatArray, FloatArray]:
    """(T, 2) for each window: how each period moves the treated mean and the counterfactual, for a ratio their logs."""
    panel, spans = design.panel, (design.reference, design.evaluation)
    own = [influence(panel, treated, span.times) for span in spans]
    if design.trend == "mean_of_ratios":
        return _columns(design, own, _mean_ratio_moves(design, comparator), found)
    if design.weighted:
        other = [influence(panel, comparator, span.times) for span in spans]
    else:
        other = [
            np.mean([influence(panel, (unit,), span.times) for unit in comparator], axis=0, dtype=float)
            for span in spans
        ]
    if design.adjustment == "ratio":
        means = (found.comparator_reference, found.comparator_evaluation)
        other = [move / float(mean) for move, mean in zip(other, means, strict=True)]
    return _columns(design, own, other, found)


def _columns(
    design: Design, own: list[FloatArray], other: list[FloatArray], found: Comparison
) -> tuple[FloatArray, FloatArray]:
    if design.adjustment == "ratio":
        own = [move / float(mean) for move, mean in zip(own, (found.reference, found.evaluation), strict=True)]
    before = np.column_stack([np.zeros(len(own[0])), own[0] - other[0]])
    return before, np.column_stack([own[1], other[1]])


def _mean_ratio_moves(design: Design, comparator: Sequence[str]) -> list[FloatArray]:
    """Of log r̄, r̄ the mean of the ratios r_j = N_jE/N_jR: Σ_j (r_j/Σr)·ψ_jt/N_j in each window."""
    ratios = design.ratios(comparator, design.evaluation.times)
    together = total(ratios)
    return [
        np.sum(
            [
                float(ratio / together / design.panel.pooled((unit,), span.times))
                * influence(design.panel, (unit,), span.times)
                for unit, ratio in zip(comparator, ratios, strict=True)
            ],
            axis=0,
        )
        for span in (design.reference, design.evaluation)
    ]


def influence(panel: Panel, units: Sequence[str], times: Sequence[int]) -> FloatArray:
    """(T,): how each period moves the mean of units taken together, at given weights of the strata if it has such."""
    if isinstance(panel, StandardPanel):
        moves = [float(one.weight) * influence(one.panel, units, times) for one in panel.counted]
        return np.asarray(np.sum(moves, axis=0, dtype=float))
    sums = [[sum(table[unit, t] for unit in units) for t in times] for table in (panel.numerators, panel.denominators)]
    scale, mean = panel.scale, panel.pooled(units, times).fraction()
    if panel.mean == "ratio_of_sums":
        everything = sum(sums[1])
        return np.array([float((scale * n - mean * d) / everything) for n, d in zip(*sums, strict=True)])
    return np.array([float((Fraction(n, d) * scale - mean) / len(times)) for n, d in zip(*sums, strict=True)])


def _long_run(moves: FloatArray, number: int) -> FloatArray:
    """var, cov, var of the two sums, by equally weighted cosines."""
    periods = len(moves)
    angles = math.pi * np.outer(np.arange(1, number + 1), np.arange(periods) + 0.5) / periods
    waves = math.sqrt(2) * np.cos(angles) @ moves
    return np.array([waves[:, 0] @ waves[:, 0], waves[:, 0] @ waves[:, 1], waves[:, 1] @ waves[:, 1]]) / number


def _form(part: FloatArray) -> FloatArray:
    """The coefficients of w₁², w₁w₂, w₂² in the variance of a contrast."""
    return np.asarray(part * [1, 2, 1])


def hac_note(design: Design) -> Note:
    """What this inference is, and what it leaves out."""
    before, after = (cosines(len(span.times)) for span in (design.reference, design.evaluation))
    return Note(
        code="hac",
        text=Text(
            en=f"The uncertainty is that of the periods within each window: a long-run variance by {before} and "
            f"{after} equally weighted cosines, with as many degrees of freedom in each. {LEAVES_OUT.en}",
            sv=f"Osäkerheten gäller perioderna inom varje fönster: en långsiktig varians med {before} och {after} "
            f"likvägda cosinustermer, med lika många frihetsgrader i varje. {LEAVES_OUT.sv}",
        ),
    )


LEAVES_OUT = Text(
    en="It leaves out shocks that last through a whole window, such as a reorganisation in the municipality, which "
    "only placebos in other municipalities show. By itself it is no ground for payment.",
    sv="Den omfattar inte störningar som varar ett helt fönster, till exempel en omorganisation i kommunen, som bara "
    "placebo i andra kommuner visar. Ensam är den ingen grund för betalning.",
)
MATCHED_MONTHS = Text(
    en="With calendar months matched some periods count more than once, which this variance does not allow for.",
    sv="När kalendermånader matchas räknas vissa perioder mer än en gång, vilket denna varians inte tar hänsyn till.",
)
STILL = Text(
    en="The treated units follow the comparator exactly within each window, so the periods show no variation.",
    sv="De behandlade enheterna följer jämförelsen exakt inom varje fönster, så perioderna visar ingen variation.",
)


def _short(periods: int, period: str) -> Text:
    return Text(
        en=f"A window of {plural(periods, period)} is too short for a long-run variance, which takes at least "
        f"{least_periods()}; use finer rows, or inference='placebo'.",
        sv=f"Ett fönster med {periods} perioder är för kort för en långsiktig varians, som kräver minst "
        f"{least_periods()}; använd finare rader, eller inference='placebo'.",
    )


def least_periods() -> int:
    """The shortest window with enough cosines."""
    return next(periods for periods in itertools.count(1) if cosines(periods) >= LEAST)
