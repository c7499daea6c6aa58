"""How sure a trend-adjusted mean is by the workplaces it consists of, the second time: every form written out.

In a window the mean is Σ h_c y_c over clusters with means y_c and shares h_c of the denominators; cluster c's residual
y_c - Σ h_d y_d is a row of forms of the y, whose variance with errors alike is 1 - 2h_c + Σ h_d². CR2 divides by its
root (Pustejovsky & Tipton 2018, doi:10.1080/07350015.2016.1247004, section 2.1). Of w₁·treated + w₂·counterfactual a
cluster's score is the sum of ℓ·h_c/root·residual over its windows; with P its forms, df = tr(PP')²/tr(PP'PP').
"""

from collections.abc import Sequence
from fractions import Fraction
from math import log, sqrt

from effekt.independent.columns import Columns, column, labels, numbers
from effekt.independent.limits import check_steps
from effekt.independent.linear_algebra import student_tail
from effekt.independent.periods import period_start
from effekt.independent.regression import Sandwich
from effekt.independent.trends.trend_means import Reading, Windows

Cells = dict[tuple[str, str], list[tuple[Fraction, Fraction]]]  # of a cluster, its sums in both windows
Scores = list[list[float]]  # of a cluster, for the treated mean and for the counterfactual
Forms = list[list[list[float]]]  # the same, by the clusters' means in both windows
FEWEST, LOWEST = 6, 3.0


def read_cells(
    columns: Columns, outcome: Sequence[str], unit: str, time: str, period: str, cluster: str, windows: Windows
) -> Cells:
    """Return each cluster's sums over the windows, each period as often as it counts."""
    often = [dict(window) for window in windows]
    found: Cells = {}
    rows = zip(
        labels(columns, unit),
        labels(columns, cluster),
        column(columns, time),
        *(numbers(columns, name) for name in outcome),
        strict=True,
    )
    for row, (name, within, cell, top, below) in enumerate(rows):
        start = period_start(cell, period, f"column {time!r}, row {row + 1}")
        sums = found.setdefault((name, within), [(Fraction(0), Fraction(0))] * 2)
        for place in (0, 1):
            weight = often[place].get(start, Fraction(0))
            sums[place] = sums[place][0] + weight * top, sums[place][1] + weight * below
    return found


def cluster_inference(
    cells: Cells, treated: Sequence[str], others: Sequence[str], adjustment: str, paying: Reading
) -> dict[str, object]:
    """Return the covariance of the two means, or of their logarithms, or why there is none."""
    arms = [[cells[at] for at in sorted(cells) if at[0] in group] for group in (treated, others)]
    if len(arms[1]) == 1:
        arms.pop()
    check_steps(sum(len(arm) for arm in arms) ** 3)
    on_log = adjustment == "ratio"
    scores: Scores = []
    forms: list[Forms] = []
    for which, arm in enumerate(arms):
        windows = [[sums[place] for sums in arm] for place in (0, 1)]
        if any(sum(below > 0 for _, below in window) < FEWEST for window in windows):
            return {"unavailable": "fewer than six clusters in a window"}
        if any(below == sum(b for _, b in window) for window in windows for _, below in window):
            return {"unavailable": "one cluster is all of a window"}
        before, after = (_window(window, which, place, on_log=on_log) for place, window in enumerate(windows))
        scores += [[a + b for a, b in zip(*pair, strict=True)] for pair in zip(before[0], after[0], strict=True)]
        forms.append([[a + b for a, b in zip(*pair, strict=True)] for pair in zip(before[1], after[1], strict=True)])
    largest = 1.0 if on_log else float(max(abs(paying.treated), abs(paying.reference)))
    if max(abs(a - b) for a, b in scores) <= 1e-13 * largest:
        return {"unavailable": "no variation of the clusters"}
    spread = _sandwich(scores, forms)
    df = spread.df(1, -1)
    if df < LOWEST:
        return {"unavailable": "Satterthwaite degrees of freedom below 3"}
    distance = log(paying.treated / paying.counterfactual) if on_log else float(paying.treated - paying.counterfactual)
    return {
        "covariance": spread.covariance,
        "covariance_scale": "log" if on_log else "linear",
        "df_quadratic": spread.quadratic,
        "df_quartic": spread.quartic,
        "df": df,
        "p_value": 2 * student_tail(abs(distance) / sqrt(spread.variance(1, -1)), df),
        "unavailable": None,
    }


def _window(window: Sequence[tuple[Fraction, Fraction]], arm: int, place: int, *, on_log: bool) -> tuple[Scores, Forms]:
    """Return each cluster's corrected score and its forms of the clusters' means, for both means of the contrast."""
    top, below = (sum((pair[side] for pair in window), Fraction(0)) for side in (0, 1))
    scale = float(below / top) if on_log else 1.0
    line = [scale * (arm == 0 and place == 1), scale * (arm == 0 and place == 0) + scale * (arm == 1) * (2 * place - 1)]
    shares = [own / below for _, own in window]
    square = sum((h * h for h in shares), Fraction(0))
    scores, forms = [], []
    for c, (numerator, denominator) in enumerate(window):
        root = sqrt(1 - 2 * shares[c] + square)
        moved = float((numerator - top / below * denominator) / below) / root
        form = [float(shares[c] * ((c == d) - h)) / root for d, h in enumerate(shares)]
        scores.append([part * moved for part in line])
        forms.append([[part * one for one in form] for part in line])
    return scores, forms


def _sandwich(scores: Scores, arms: Sequence[Forms]) -> Sandwich:
    """Return the covariance of the scores' sums, and the degrees of freedom of every contrast."""
    covariance = [[sum(score[i] * score[j] for score in scores) for j in (0, 1)] for i in (0, 1)]
    quadratic, quartic = [0.0] * 3, [0.0] * 5
    for one, two, same in ((a, b, c == d) for arm in arms for c, a in enumerate(arm) for d, b in enumerate(arm)):
        product = [0.0] * 3
        for i in (0, 1):
            for j in (0, 1):
                product[i + j] += sum(a * b for a, b in zip(one[i], two[j], strict=True))
        for i in range(3):
            quadratic[i] += product[i] if same else 0.0
            for j in range(3):
                quartic[i + j] += product[i] * product[j]
    return Sandwich(covariance, quadratic, quartic, None)
