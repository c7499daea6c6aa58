"""Polynomials as lists of coefficients, the constant first, and where they change sign, in plain Python.

Roots in [0, 1] are told apart by the signs of Bernstein's coefficients: without a change of sign there is no root, with
one there is one root, and else the interval is halved (Farouki 2012, doi:10.1016/j.cagd.2012.03.001, section 5.6).
"""

from collections.abc import Sequence
from itertools import pairwise
from math import comb

HALVINGS = 48
Polynomial = list[float]


def added(*several: Sequence[float]) -> Polynomial:
    """Return their sum."""
    return [sum(one[i] for one in several if i < len(one)) for i in range(max(map(len, several)))]


def multiplied(a: Sequence[float], b: Sequence[float]) -> Polynomial:
    """Return their product."""
    found = [0.0] * (len(a) + len(b) - 1)
    for i, x in enumerate(a):
        if x:
            for j, y in enumerate(b):
                found[i + j] += x * y
    return found


def value_at(polynomial: Sequence[float], x: float) -> float:
    """Return its value."""
    found = 0.0
    for own in reversed(polynomial):
        found = found * x + own
    return found


def roots(polynomial: Sequence[float]) -> list[float]:
    """Return where it changes sign on the whole line, x mapped to [-2, 2]: x itself up to 1, beyond it 2 - 1/x."""
    found = []
    for sign in (1.0, -1.0):
        near = [own * sign**i for i, own in enumerate(polynomial)]
        found += [sign * x for x in _in_unit(near)]
        found += [sign * (2 - u) for u in _in_unit(near[::-1])]
    return sorted(found)


def unmapped(place: float) -> float:
    """Return the x of a place between -2 and 2."""
    if abs(place) <= 1:
        return place
    return 1 / (2 - place) if place > 0 else -1 / (2 + place)


def _in_unit(polynomial: Sequence[float]) -> list[float]:
    """Return the roots between 0 and 1 at which the sign changes."""
    first = next((i for i, own in enumerate(polynomial) if own), len(polynomial))
    own, n = polynomial[first:], len(polynomial) - first - 1
    if n < 1:
        return []
    line = [sum(comb(i, j) / comb(n, j) * own[j] for j in range(i + 1)) for i in range(n + 1)]
    found: list[float] = []
    parts = [(line, 0.0, 1.0)]
    while parts:
        line, low, high = parts.pop()
        changes = sum(a * b < 0 for a, b in _pairs(line))
        if changes == 1 or (changes > 1 and high - low <= 2.0**-HALVINGS):
            found.append(_halved(own, low, high, rising=next(one for one in line if one) < 0))
        elif changes:
            middle = (low + high) / 2
            left, right = _split(line)
            parts += [(left, low, middle), (right, middle, high)]
            if left[-1] == 0:
                found.append(middle)
    return found


def _pairs(line: Sequence[float]) -> list[tuple[float, float]]:
    """Return neighbours, zeros left out."""
    held = [own for own in line if own]
    return list(pairwise(held))


def _halved(polynomial: Sequence[float], low: float, high: float, *, rising: bool) -> float:
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        below = (value_at(polynomial, middle) < 0) == rising
        low, high = (middle, high) if below else (low, middle)
    return (low + high) / 2


def _split(line: Polynomial) -> tuple[Polynomial, Polynomial]:
    """Return Bernstein's coefficients on both halves, by de Casteljau."""
    left, right = [line[0]], [line[-1]]
    while len(line) > 1:
        line = [(a + b) / 2 for a, b in pairwise(line)]
        left.append(line[0])
        right.append(line[-1])
    return left, right[::-1]
