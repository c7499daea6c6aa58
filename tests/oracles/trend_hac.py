"""Long-run covariance of a trend-adjusted comparison: derivatives by exact difference quotients, cosines by loops."""

from __future__ import annotations

import math
from fractions import Fraction

STEP = Fraction(1, 10**15)


def window_mean(cells, weights, mean):
    """Mean of (numerator, denominator) cells by period, each period counted with its weight."""
    if mean == "mean_of_periods":
        return sum(w * n / d for w, (n, d) in zip(weights, cells, strict=True)) / sum(weights)
    return sum(w * n for w, (n, _) in zip(weights, cells, strict=True)) / sum(
        w * d for w, (_, d) in zip(weights, cells, strict=True)
    )


def means(panel, treated, comparator, weights, *, mean, weighted, adjustment):
    """The treated mean and its counterfactual; `panel[unit][window]` are cells, `weights[window]` one for each."""

    def pooled(units, window):
        cells = [
            (sum(panel[unit][window][t][0] for unit in units), sum(panel[unit][window][t][1] for unit in units))
            for t in range(len(weights[window]))
        ]
        return window_mean(cells, weights[window], mean)

    def other(window):
        if weighted:
            return pooled(comparator, window)
        return sum(pooled([unit], window) for unit in comparator) / len(comparator)

    before, after = pooled(treated, 0), pooled(treated, 1)
    if adjustment == "ratio":
        return after, before * other(1) / other(0)
    return after, before + other(1) - other(0)


def long_run(panel, treated, comparator, sizes, **choices):
    """Covariance (of logarithms for a ratio) and, for the contrast (1, −1), its degrees of freedom."""
    plain = [[Fraction(1)] * size for size in sizes]
    base = means(panel, treated, comparator, plain, **choices)
    total = [[0.0, 0.0], [0.0, 0.0]]
    parts = []
    for window, size in enumerate(sizes):
        moves = []
        for t in range(size):
            weights = [list(one) for one in plain]
            weights[window][t] += STEP
            moved = means(panel, treated, comparator, weights, **choices)
            change = [(new - old) / STEP for new, old in zip(moved, base, strict=True)]
            if choices["adjustment"] == "ratio":
                change = [one / old for one, old in zip(change, base, strict=True)]
            moves.append([float(one) for one in change])
        number = round(0.4 * size ** (2 / 3))
        part = [[0.0, 0.0], [0.0, 0.0]]
        for j in range(1, number + 1):
            wave = [
                math.sqrt(2) * sum(moves[t][i] * math.cos(math.pi * j * (t + 0.5) / size) for t in range(size))
                for i in range(2)
            ]
            for a in range(2):
                for b in range(2):
                    part[a][b] += wave[a] * wave[b] / number
                    total[a][b] += wave[a] * wave[b] / number
        parts.append((part[0][0] - 2 * part[0][1] + part[1][1], number))
    df = sum(v for v, _ in parts) ** 2 / sum(v**2 / number for v, number in parts)
    return total, df
