"""What a reference level foretells, by the formulas: exact sums, Student's t by scipy, ranks by a loop."""

from __future__ import annotations

import math
from fractions import Fraction

from scipy import stats


def line(levels, errors):
    x, y = [Fraction(one) for one in levels], [Fraction(one) for one in errors]
    mx, my = sum(x) / len(x), sum(y) / len(y)
    sxx = sum((one - mx) ** 2 for one in x)
    slope = sum((a - mx) * (b - my) for a, b in zip(x, y, strict=True)) / sxx
    return my - slope * mx, slope, mx, sxx


def regression_to_mean(errors, levels, effect, level, threshold):
    n, x0, e0 = len(errors), Fraction(level), Fraction(effect)
    a, b, mx, sxx = line(levels, errors)
    left = [Fraction(e) - a - b * Fraction(x) for e, x in zip(errors, levels, strict=True)]
    s = math.sqrt(sum(r * r for r in left) / (n - 2))
    prediction = s * math.sqrt(1 + Fraction(1, n) + (x0 - mx) ** 2 / sxx)
    mean = sum(Fraction(e) for e in errors) / n
    sd = math.sqrt(sum((Fraction(e) - mean) ** 2 for e in errors) / (n - 1))
    bar = math.log(1 - threshold)

    xs, es = [*map(Fraction, levels), x0], [*map(Fraction, errors), e0]
    a1, b1, m1, s1 = line(xs, es)
    sizes = [
        (e - a1 - b1 * x) ** 2 / (1 - Fraction(1, n + 1) - (x - m1) ** 2 / s1) for e, x in zip(es, xs, strict=True)
    ]
    return {
        "slope": float(b),
        "expected": float(a + b * x0),
        "corrected": float(e0 - a - b * x0),
        "p_value": (1 + sum(abs(Fraction(e)) >= abs(e0) for e in errors)) / (n + 1),
        "p_value_given_level": sum(one >= sizes[-1] for one in sizes) / (n + 1),
        "false_payment": float(stats.t.cdf((bar - float(mean)) / (sd * math.sqrt(1 + 1 / n)), n - 1)),
        "false_payment_given_level": float(stats.t.cdf((bar - float(a + b * x0)) / prediction, n - 2)),
    }
