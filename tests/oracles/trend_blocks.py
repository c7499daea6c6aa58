"""Blocks of periods drawn one period at a time, the means of each draw in fractions; the variance the draws tend to."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np


def drawn_periods(size, blocks, length, draws, rng):
    """A list of periods for each draw."""
    if blocks == "moving":
        found = []
        for _ in range(draws):
            one = []
            for _ in range(math.ceil(size / length)):
                start = math.floor(size * rng.random())
                one += [(start + i) % size for i in range(length)]
            found.append(one[:size])
        return found
    begins = [[rng.random() for _ in range(size)] for _ in range(draws)]
    places = [[rng.random() for _ in range(size)] for _ in range(draws)]
    found = []
    for begin, place in zip(begins, places, strict=True):
        one = []
        for t in range(size):
            new = t == 0 or begin[t] < 1 / length
            one.append(math.floor(size * place[t]) if new else (one[-1] + 1) % size)
        found.append(one)
    return found


def draws_of_means(
    panel, treated, comparator, sizes, blocks, length, draws, seed, *, mean, weighted, adjustment, trend
):
    """(treated mean, counterfactual) of each draw; `panel[unit][window]` are cells (numerator, denominator)."""
    rng = np.random.default_rng(seed)
    windows = [drawn_periods(size, blocks, length, draws, rng) for size in sizes]

    def pooled(units, window, periods):
        cells = [[panel[unit][window][t] for unit in units] for t in periods]
        sums = [(sum(a for a, _ in row), sum(b for _, b in row)) for row in cells]
        if mean == "mean_of_periods":
            return sum((a / b for a, b in sums), Fraction(0)) / len(sums)
        return sum(a for a, _ in sums) / sum(b for _, b in sums)

    found = []
    for before, after in zip(*windows, strict=True):
        own = [pooled(treated, 0, before), pooled(treated, 1, after)]
        pools = [comparator] if weighted else [[unit] for unit in comparator]
        others = [(pooled(pool, 0, before), pooled(pool, 1, after)) for pool in pools]
        first, second = (sum(one[i] for one in others) / len(others) for i in (0, 1))
        if trend == "mean_of_ratios":
            counterfactual = own[0] * sum(b / a for a, b in others) / len(others)
        elif adjustment == "ratio":
            counterfactual = own[0] * second / first
        else:
            counterfactual = own[0] + second - first
        found.append((own[1], counterfactual))
    return found


def variance_of_a_mean(values, blocks, length):
    """What the variance of the mean of a redrawn series tends to, blocks laid in a circle.

    Moving blocks that divide the series: the variance of a block's mean over the number of blocks. Stationary ones:
    Politis & Romano (1994), lemma 1.
    """
    size, centre = len(values), sum(values) / len(values)
    if blocks == "moving":
        assert size % length == 0
        means = [sum(values[(start + i) % size] - centre for i in range(length)) / length for start in range(size)]
        return sum(one**2 for one in means) / size / (size // length)
    stay = 1 - 1 / length
    total = sum((v - centre) ** 2 for v in values) / size
    for lag in range(1, size):
        covariance = sum((values[t] - centre) * (values[t + lag] - centre) for t in range(size - lag)) / size
        total += 2 * covariance * ((1 - lag / size) * stay**lag + lag / size * stay ** (size - lag))
    return total / size
