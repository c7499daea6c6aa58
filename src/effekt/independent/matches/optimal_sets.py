"""Second route for optimal and full matching: the sets whose distances have the least sum.

Distances are differences of Σβx in whole numbers: the decimals x on one scale, each β rounded to 2⁻³² over the power of
two next above the range of its x; of a probit, differences of its log odds in whole numbers of 2⁻⁴⁰; Mahalanobis
distances are those of ``match_distance``. Among equal sums
the least sum of their squares decides, then that of keyed numbers of the pairs: the upper 24 bits of SplitMix64
(Steele, Lea & Flood 2014, doi:10.1145/2660193.2660195) of one unit's key and the other's with its halves exchanged
(docs/conventions.md). The three stand in one whole number, so that one assignment gives all of it
(``least_assignment``).

Optimal: as many focal units as can be get a unit of the other arm, then as few as can be are lacking of each unit's
``min_controls``, then as many pairs as can be are made up to ``ratio`` for each in all (Rosenbaum 1989,
doi:10.1080/01621459.1989.10478868; Ming & Rosenbaum 2001, doi:10.1198/106186001317114938). Full: the least edge cover
of all units that can be paired (Rosenbaum 1991, doi:10.1111/j.2517-6161.1991.tb01848.x; Schrijver 2003, Combinatorial
Optimization, chapters 19 and 27).
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from math import frexp, gcd, lcm
from typing import Any, NamedTuple

from effekt.exceptions import ArgumentError
from effekt.independent.columns import Columns, labels
from effekt.independent.limits import check_steps
from effekt.independent.matches.least_assignment import LEFT_OUT, least_assignment

BITS = 32
WORD = 2**64 - 1
Pairs = list[tuple[int, int]]


class Field(NamedTuple):
    """The focal rows and the others in the order of their names, who may be paired and how far apart, and their keys.

    ``near`` holds the distances of a focal row to those that it may be paired with.
    """

    focal: list[int]
    others: list[int]
    near: dict[int, dict[int, int]]
    keys: list[int]

    def apart(self, i: int, j: int) -> int:
        """Return the distance of a focal row and another."""
        return self.near[i][j]

    def number(self, i: int, j: int) -> int:
        """Return the keyed number of two rows."""
        other = self.keys[j]
        z = (self.keys[i] ^ (other << 32 & WORD | other >> 32)) + 0x9E3779B97F4A7C15 & WORD
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & WORD
        z = (z ^ z >> 27) * 0x94D049BB133111EB & WORD
        return (z ^ z >> 31) >> 40


def optimal_sets(
    columns: Columns,
    match: Mapping[str, Any],
    d: Sequence[int],
    distance: Callable[[int, int], int],
    may_pair: Callable[[int, int], bool],
) -> list[int]:
    """Return the set of each row, -1 for rows in none."""
    arm = 0 if match.get("estimand", "ATT") == "ATC" else 1
    names = labels(columns, match["unit"])
    order = sorted(range(len(d)), key=lambda i: names[i])
    focal, others = ([i for i in order if (d[i] == arm) == side] for side in (True, False))
    check_steps(len(focal) * len(others) * 20)
    near = {i: {j: distance(i, j) for j in others if may_pair(i, j)} for i in focal}
    salt = match.get("salt", "")
    keys = [int.from_bytes(hashlib.sha256((salt + name).encode()).digest()[:8], "big") for name in names]
    field = Field(focal, others, near, keys)
    return _sets(len(d), _full(field) if match["method"] == "full" else _optimal(field, match))


def whole_places(lines: Sequence[Sequence[Fraction]], coefficients: Sequence[float]) -> list[int]:
    """Return Σβx of each row in whole numbers."""
    exponents = [frexp(float(max(line) - min(line)))[1] for line in lines]
    whole = [round(Fraction(b) * Fraction(2) ** (BITS + e)) for b, e in zip(coefficients, exponents, strict=True)]
    most = max(exponents)
    weights = [own * 2 ** (most - e) for own, e in zip(whole, exponents, strict=True)]
    exact = [sum((w * x for w, x in zip(weights, row, strict=True)), Fraction(0)) for row in zip(*lines, strict=True)]
    scale = lcm(*(value.denominator for value in exact))
    found = [int((value - min(exact)) * scale) for value in exact]
    divisor = gcd(*found) or 1
    return [value // divisor for value in found]


def rounded_places(logit: Sequence[float]) -> list[int]:
    """Return logits in whole numbers of 2⁻⁴⁰."""
    return [round(Fraction(value) * 2**40) for value in logit]


def on_a_line(places: Sequence[int]) -> Callable[[int, int], int]:
    """Return the distance of two rows by their places."""
    return lambda i, j: abs(places[i] - places[j])


def _optimal(field: Field, match: Mapping[str, Any]) -> Pairs:
    """Return each focal row with the rows that it gets."""
    ratio = match.get("ratio", 1)
    least, most = match.get("min_controls") or ratio, match.get("max_controls") or ratio
    if not 1 <= least <= ratio <= most:
        raise ArgumentError("min_controls, ratio and max_controls must rise from 1; correct them.")
    slots = [(wanted, i) for wanted in range(most) for i in field.focal]
    must = [dict.fromkeys(field.near[i], 0) for wanted, i in slots if wanted < least < most]
    lacked = least_assignment(must, [1] * len(must)).count(LEFT_OUT)  # so many more may go to others
    spare = [LEFT_OUT - 1 - place for place in range((most - ratio) * len(field.focal) - lacked)]
    pairs = [(i, j) for i in field.focal for j in field.near[i]]
    largest = max((field.apart(i, j) for i, j in pairs), default=0)
    second, third = len(slots) * largest**2 + 1, len(slots) * (2**24 + 1)
    lacking = (len(slots) * largest + 1) * second * third
    costs, leaving = [], []
    for wanted, i in slots:
        own = {j: _cost(gap, gap**2, 1 + field.number(i, j), second, third) for j, gap in field.near[i].items()}
        costs.append(own | (dict.fromkeys(spare, 0) if wanted >= least else {}))
        before = (wanted == 0) + (wanted < least)  # all that is lacking later weighs less
        leaving.append(lacking * (len(slots) + 1) ** before + (field.number(i, i) if least == most else 0))
    given = least_assignment(costs, leaving)
    return [(i, j) for (_, i), j in zip(slots, given, strict=True) if j >= 0]


def _cost(first: int, squared: int, number: int, second: int, third: int) -> int:
    """Return one number by which sums of the first decide, then of the squares, then of keyed numbers."""
    return (first * second + squared) * third + number


def _full(field: Field) -> Pairs:
    """Return the pairs of the least edge cover, in stars: those that gain by being one, and all others' nearest."""
    pairs = [(i, j) for i in field.focal for j in field.near[i]]
    least = _least(field, pairs)
    largest = max((field.apart(*pair) for pair in pairs), default=0)
    second, third = 4 * len(pairs) * largest**2 + 1, len(field.focal) * 2**24 + 1
    much = 2 * (largest + 1) * second * third  # so that no cost is below zero
    costs = []
    for i in field.focal:
        own = {}
        for j, apart in field.near[i].items():
            a, b = least[0][i], least[1][j]
            if apart < a + b:
                squared = apart**2 - a**2 - b**2
                own[j] = much + _cost(apart - a - b, squared, field.number(i, j), second, third)
        costs.append(own)
    given = least_assignment(costs, [much + field.number(i, i) for i in field.focal])
    joined = [(i, j) for i, j in zip(field.focal, given, strict=True) if j != LEFT_OUT]
    found = set(joined)
    for side in (0, 1):
        taken = {pair[side] for pair in joined}
        alone = [pair for pair in pairs if pair[side] not in taken]
        nearest = [pair for pair in alone if field.apart(*pair) == least[side][pair[side]]]
        last_first = sorted(nearest, key=lambda pair: field.number(*pair), reverse=True)
        found |= set({pair[side]: pair for pair in last_first}.values())
    return _stars(found, field)


def _least(field: Field, pairs: Pairs) -> list[dict[int, int]]:
    """Return the distance of each focal row, and of each other row, to its nearest."""
    found: list[dict[int, int]] = [{}, {}]
    for pair in pairs:
        apart = field.apart(*pair)
        for side in (0, 1):
            found[side][pair[side]] = min(apart, found[side].get(pair[side], apart))
    return found


def _stars(pairs: Iterable[tuple[int, int]], field: Field) -> Pairs:
    """Return the pairs without those whose two ends are in others, which cost nothing in an optimum."""
    rank = {row: place for rows in (field.focal, field.others) for place, row in enumerate(rows)}
    left = sorted(pairs, key=lambda pair: (rank[pair[0]], rank[pair[1]]))
    count: dict[int, int] = {}
    for pair in left:
        for row in pair:
            count[row] = count.get(row, 0) + 1
    kept = []
    for i, j in left:
        if count[i] > 1 and count[j] > 1:
            count[i] -= 1
            count[j] -= 1
        else:
            kept.append((i, j))
    return kept


def _sets(n: int, pairs: Pairs) -> list[int]:
    """Return the number of the set of each row: pairs that share a row are one."""
    found = [-1] * n
    shared: dict[int, int] = {}
    for i, j in pairs:
        shared[i], shared[j] = shared.get(i, 0) + 1, shared.get(j, 0) + 1
    for i, j in pairs:
        found[i] = found[j] = i if shared[i] > 1 or shared[j] == 1 else j
    return found
