"""How sure a trend-adjusted mean is by the periods of its windows alone, the second time.

Each period moves the two means a little: where it counts 1 + h times, ΣA/ΣB changes by h(A_t - ΣA/ΣB · B_t)/ΣB and the
plain mean of T periods' A/B by h(A_t/B_t - mean)/T, standardised means by the shares' sum of the changes of their
strata. For a ratio they are changes of logarithms. In a window of T periods, B = 0.4·T^⅔ to the nearest whole number,

    Λ_j = √2 Σ_t ψ_t cos(πj(t - ½)/T),   V = (1/B) Σ_j Λ_j Λ_j'

(Lazarus, Lewis, Stock & Watson 2018, doi:10.1080/07350015.2018.1506926, equally weighted cosines), V = V_R + V_E, and a
contrast has (v_R + v_E)²/(v_R²/B_R + v_E²/B_E) degrees of freedom (Welch 1947, doi:10.1093/biomet/34.1-2.28).
"""

from collections.abc import Sequence
from fractions import Fraction
from math import cos, fsum, log, pi, sqrt

from effekt.independent.columns import mean
from effekt.independent.linear_algebra import student_tail
from effekt.independent.regression import Sandwich
from effekt.independent.trends.trend_means import Panel, Reading, Rule, Weighted, Windows, count_unlike, window_mean

Moves = list[Fraction]


def period_inference(
    panel: Panel, treated: list[str], others: list[str], windows: Windows, rule: Rule, paying: Reading
) -> dict[str, object]:
    """Return the covariance of the two means, or of their logarithms, or why there is none."""
    if count_unlike(windows):
        return {"unavailable": "periods that count more than once"}
    numbers = [round(0.4 * len(window) ** (2 / 3)) for window in windows]
    if min(numbers) < 2:
        return {"unavailable": "a window too short for two cosines"}
    own = [_moves(panel, treated, window, rule) for window in windows]
    other = [_comparator_moves(panel, others, windows, place, rule) for place in (0, 1)]
    largest = max(abs(paying.reference), abs(paying.treated))
    if rule.adjustment == "ratio":
        own = [
            [move / own_mean for move in line]
            for line, own_mean in zip(own, (paying.reference, paying.treated), strict=True)
        ]
        largest = Fraction(1)
    changes = [[a - b for a, b in zip(line, beside, strict=True)] for line, beside in zip(own, other, strict=True)]
    if max(abs(change) for line in changes for change in line) <= largest / 10**13:
        return {"unavailable": "no variation of the periods"}
    before = _long_run([Fraction(0)] * len(changes[0]), changes[0], numbers[0])
    after = _long_run(own[1], other[1], numbers[1])
    v11, v10, v00 = (a + b for a, b in zip(before, after, strict=True))
    quartic = [0.0] * 5
    for (a, b, c), number in ((before, numbers[0]), (after, numbers[1])):
        form = (a, 2 * b, c)
        for i in range(3):
            for j in range(3):
                quartic[i + j] += form[i] * form[j] / number
    spread = Sandwich([[v11, v10], [v10, v00]], [v11, 2 * v10, v00], quartic, None)
    on_log = rule.adjustment == "ratio"
    distance = log(paying.treated / paying.counterfactual) if on_log else float(paying.treated - paying.counterfactual)
    df = spread.df(1, -1)
    return {
        "covariance": spread.covariance,
        "covariance_scale": "log" if on_log else "linear",
        "df_quadratic": spread.quadratic,
        "df_quartic": quartic,
        "df": df,
        "p_value": 2 * student_tail(abs(distance) / sqrt(spread.variance(1, -1)), df),
        "unavailable": None,
    }


def _moves(panel: Panel, units: list[str], window: Weighted, rule: Rule) -> Moves:
    """Return what each period of a window moves the mean of some units by."""
    if panel.strata:
        parts = [[share * move for move in _moves(part, units, window, rule)] for share, part in panel.strata]
        return [sum(column, Fraction(0)) for column in zip(*parts, strict=True)]
    middle = window_mean(panel, units, window, rule)
    cells = [[sum((panel[own, p][side] for own in units), Fraction(0)) for side in (0, 1)] for p, _ in window]
    if rule.mean == "ratio_of_sums":
        below = sum((d for _, d in cells), Fraction(0))
        return [(n - middle * d) / below for n, d in cells]
    return [(n / d - middle) / len(cells) for n, d in cells]


def _comparator_moves(panel: Panel, others: list[str], windows: Windows, place: int, rule: Rule) -> Moves:
    """Return the same of the comparator: of its mean, or for a ratio of the mean's logarithm."""
    window = windows[place]
    if rule.trend == "mean_of_ratios":
        means = [[window_mean(panel, [own], one, rule) for one in windows] for own in others]
        ratios = [end / start for start, end in means]
        parts = [
            [ratio / sum(ratios) * move / own_means[place] for move in _moves(panel, [own], window, rule)]
            for own, own_means, ratio in zip(others, means, ratios, strict=True)
        ]
        return [sum(column, Fraction(0)) for column in zip(*parts, strict=True)]
    groups = [others] if rule.weights == "denominator" else [[own] for own in others]
    middle = mean([window_mean(panel, group, window, rule) for group in groups])
    whole = [
        mean(list(column)) for column in zip(*(_moves(panel, group, window, rule) for group in groups), strict=True)
    ]
    return [move / middle for move in whole] if rule.adjustment == "ratio" else whole


def _long_run(first: Sequence[Fraction], second: Sequence[Fraction], number: int) -> tuple[float, float, float]:
    """Return var, cov and var of two sums of moves."""
    periods = len(first)
    waves = []
    for j in range(1, number + 1):
        heights = [sqrt(2) * cos(pi * j * (t + 0.5) / periods) for t in range(periods)]
        waves.append([fsum(h * float(move) for h, move in zip(heights, line, strict=True)) for line in (first, second)])
    return (
        fsum(a * a for a, _ in waves) / number,
        fsum(a * b for a, b in waves) / number,
        fsum(b * b for _, b in waves) / number,
    )
