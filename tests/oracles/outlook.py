"""Expected payment by going through every value of the figure one by one, or by drawing estimates by lot."""

import math
import random


def cumulative(z):
    """P(Z < z) of the standard normal."""
    return math.erfc(-z / math.sqrt(2)) / 2


def expected_by_cell(function, digits, mean, std_error, reach=9):
    """Σ P(the estimate rounds to x)·function(x) over every x with `digits` decimals."""
    scale = 10**digits
    low, high = ((mean + sign * reach * std_error) * scale for sign in (-1, 1))
    parts = []
    for k in range(math.floor(low), math.ceil(high) + 1):
        a, b = (((k + half) / scale - mean) / std_error for half in (-0.5, 0.5))
        mass = cumulative(b) - cumulative(a) if b < 0 else cumulative(-a) - cumulative(-b)
        parts.append(mass * function(k / scale))
    return math.fsum(parts)


def expected_by_lot(function, digits, mean, std_error, draws, seed):
    """Mean and standard error of function(rounded estimate) over draws."""
    rng = random.Random(seed)
    values = [function(round(rng.gauss(mean, std_error), digits)) for _ in range(draws)]
    average = math.fsum(values) / draws
    spread = math.sqrt(math.fsum((value - average) ** 2 for value in values) / (draws - 1))
    return average, spread / math.sqrt(draws)


def closed_form(slope, start, cap, mean, std_error):
    """E of min(cap, slope·[x − start]₊): slope·(B(start) − B(start + cap/slope))."""

    def b(k):
        z = (mean - k) / std_error
        return (mean - k) * cumulative(z) + std_error * math.exp(-z * z / 2) / math.sqrt(2 * math.pi)

    return slope * (b(start) - b(start + cap / slope))
