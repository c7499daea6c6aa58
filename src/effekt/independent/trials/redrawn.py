"""Second route to the estimator under another assignment, in whole numbers: what it makes of outcome and of treatment.

Sums are over the treated of d*, v the weights of the fit, c what a row counts for, x the covariates::

    by arm       μ = Σ_b ω_b (ȳ_b + (x̄_b - x̄_arm,b)'β), β the slopes of the arm within blocks; T = μ₁ - μ₀
    by block     the same, β of each block by itself
    additive     the coefficient of d* beside blocks and covariates, these taken out of it: Frisch & Waugh (1933),
                 doi:10.2307/1907330
    by pair      the constant of s_j D_j on s_j X_j and M_j, s_j = ±1: Fogarty (2018), doi:10.1093/biomet/asy034
    Horvitz      Σ y/p of the treated, less Σ y/(1 - p) of the others, over all

A = T(d*, y) and B = T(d*, d), so that T of y less a constant effect τ of d is A - τB. No statistic moves with the level
or the unit of a covariate, so each column is made whole by itself; a' G⁻¹ c is a determinant bordered by a and c over
that of G, both by Bareiss (1968), doi:10.1090/S0025-5718-1968-0226829-0.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import compress
from math import ceil, lcm, prod
from typing import NamedTuple

from effekt.independent.limits import NotRepeatedError
from effekt.independent.linear_algebra import inverse
from effekt.independent.trials.lots import Design

CLEAR = Fraction(1, 10**8)  # a share of the covariates' variation that is surely there
EXISTS = (Fraction(1, 10**11), Fraction(1, 10**9))  # between these a share may be held to be there or not
Pair = tuple[Fraction, Fraction]
Statistic = Callable[[bytes], Pair | None]
Whole = list[int]


class Rows(NamedTuple):
    """A trial by rows: covariates column by column; the weights of the fit as treated and as control."""

    y: list[Fraction]
    d: list[int]
    x: list[list[Fraction]]
    counted: list[Fraction]
    weights: tuple[list[Fraction], list[Fraction]]
    blocks: list[str]
    units: list[str]
    chances: list[Fraction] | None


class Lots(NamedTuple):
    """The units or clusters in the order in which they are assigned, stratum by stratum, as the numbers of their rows.

    ``blocks`` holds the places of the units of each block.
    """

    units: list[list[int]]
    blocks: list[list[int]]
    actual: bytes
    design: Design

    def summed(self, column: Sequence[int]) -> Whole:
        """Return a column of rows, summed over each unit."""
        return [sum(column[i] for i in own) for own in self.units]


def lots_of(rows: Rows) -> Lots:
    """Return what was assigned; each stratum, and in it each unit or cluster, stands where its first row does."""
    members: dict[tuple[str, str], list[int]] = {}
    for i, unit in enumerate(rows.units):
        stratum = rows.blocks[i] if rows.chances is None else ""
        members.setdefault((stratum, unit), []).append(i)
    strata = list(dict.fromkeys(stratum for stratum, _ in members))
    keys = sorted(members, key=lambda key: strata.index(key[0]))
    units = [members[key] for key in keys]
    arms = [rows.d[own[0]] for own in units]
    where = {name: [u for u, own in enumerate(units) if rows.blocks[own[0]] == name] for name in set(rows.blocks)}
    sizes = tuple(sum(key[0] == stratum for key in keys) for stratum in strata)
    treated = tuple(sum(arms[u] for u, key in enumerate(keys) if key[0] == stratum) for stratum in strata)
    chances = None if rows.chances is None else tuple(rows.chances[own[0]] for own in units)
    return Lots(units, [where[name] for name in sorted(where)], bytes(arms), Design(sizes, treated, chances))


def whole(column: Sequence[Fraction]) -> tuple[Whole, int]:
    """Return a column times the least number that makes it whole, and that number."""
    scale = lcm(*{value.denominator for value in column})
    return [value.numerator * (scale // value.denominator) for value in column], scale


def _without_level(column: Sequence[Fraction]) -> Whole:
    least = min(column)
    return whole([value - least for value in column])[0]


def horvitz_thompson(rows: Rows, lots: Lots) -> Statistic:
    """Return the statistic of outcomes over the probability of their arm."""
    assert rows.chances is not None
    sides = []
    for values in (rows.y, [Fraction(arm) for arm in rows.d]):
        control = [v / (1 - p) / len(rows.d) for v, p in zip(values, rows.chances, strict=True)]
        both, scale = whole([v / p / len(rows.d) + c for v, p, c in zip(values, rows.chances, control, strict=True)])
        sides.append((lots.summed(both), scale, sum(control, Fraction(0))))

    def statistic(chosen: bytes) -> Pair:
        a, b = (Fraction(sum(compress(column, chosen)), scale) - less for column, scale, less in sides)
        return a, b

    return statistic


def by_arm(rows: Rows, lots: Lots, *, of_treated: bool, apart: bool) -> Statistic:
    """Return the statistic of a regression in each arm, of blocks together or ``apart``."""
    y, scale = whole(rows.y)
    x = [_without_level(column) for column in rows.x]
    p, values = len(x), [y, rows.d, *x]
    weights = [whole(own) for own in rows.weights]
    arms = [[lots.summed(column) for column in _moments(v, values)] for v, _ in weights]
    counted = whole(rows.counted)[0]
    target = [lots.summed(column) for column in (counted, *(_times(counted, column) for column in x))]
    totals = [[[sum(column[u] for u in own) for column in columns] for own in lots.blocks] for columns in arms]
    over = [[sum(column[u] for u in own) for column in target] for own in lots.blocks]
    more = max(1, ceil(max(b / a for a, b in zip(*rows.weights, strict=True))))
    regular = Regular(*_centred(totals[0], p), weights[0][1], more)

    def statistic(chosen: bytes) -> Pair | None:
        own = [bytes(chosen[u] for u in places) if len(lots.blocks) > 1 else chosen for places in lots.blocks]
        treated = [_sums(arms[0], places, bits) for places, bits in zip(lots.blocks, own, strict=True)]
        less = [_sums(arms[1], places, bits) for places, bits in zip(lots.blocks, own, strict=True)]
        control = [[a - b for a, b in zip(all_, some, strict=True)] for all_, some in zip(totals[1], less, strict=True)]
        reached = over
        if of_treated:
            reached = [_sums(target, places, bits) for places, bits in zip(lots.blocks, own, strict=True)]
        count, means = sum(line[0] for line in reached), []
        for arm, (_, unit) in zip((treated, control), weights, strict=True):
            parts = [[k] for k in range(len(arm))] if apart else [list(range(len(arm)))]
            found = [_mean([arm[k] for k in part], [reached[k] for k in part], p, regular, unit) for part in parts]
            if any(one is None for one in found):
                return None
            means.append([sum((one[j] for one in found if one), Fraction(0)) for j in (0, 1)])
        a, b = ((means[0][j] - means[1][j]) / count for j in (0, 1))
        return a / scale, b

    return statistic


def _times(*columns: Sequence[int]) -> Whole:
    found = list(columns[0])
    for column in columns[1:]:
        found = [a * b for a, b in zip(found, column, strict=True)]
    return found


def _moments(v: Whole, values: Sequence[Whole]) -> list[Whole]:
    """Return v, v·(y, d, x) and, covariate by covariate, v·x_i·(y, d, x)."""
    return [v, *(_times(v, one) for one in values), *(_times(v, own, one) for own in values[2:] for one in values)]


def _sums(columns: Sequence[Whole], places: Sequence[int], bits: bytes) -> Whole:
    """Return the sums of columns over the treated of one block."""
    if len(places) == len(columns[0]):
        return [sum(compress(column, bits)) for column in columns]
    treated = list(compress(places, bits))
    return [sum(column[u] for u in treated) for column in columns]


def _centred(parts: Sequence[Whole], p: int) -> tuple[list[Whole], int]:
    """Return L times the (p, 2 + p) products of covariates with (y, d, x) within blocks, and L."""
    over = lcm(*(part[0] for part in parts))
    found = [[0] * (2 + p) for _ in range(p)]
    for part in parts:
        share = over // part[0]
        for i in range(p):
            for j in range(2 + p):
                found[i][j] += over * part[3 + p + i * (2 + p) + j] - share * part[3 + i] * part[1 + j]
    return found, over


def _mean(parts: Sequence[Whole], reached: Sequence[Whole], p: int, regular: "Regular", unit: int) -> Pair | None:
    """Return the predicted outcome and treatment of one arm, summed over the target; ``unit`` made weights whole."""
    held = [part[0] for part in parts]
    if not all(held):
        return None
    if min(held) * 10**9 < max(held):
        raise NEARLY
    products, over = _centred(parts, p)
    bases, away = [0, 0], [0] * p
    for part, line in zip(parts, reached, strict=True):
        share = over // part[0]
        for j in (0, 1):
            bases[j] += share * line[0] * part[1 + j]
        for i in range(p):
            away[i] += over * line[1 + i] - share * line[0] * part[3 + i]
    gram = [line[2:] + line[:2] for line in products]
    bordered = _bordered(gram, [*away, 0, 0], p)
    if bordered is None or not regular(products, over * unit, bordered[2]):
        return None
    a, b = (
        Fraction(base * bordered[2] - corner, over * bordered[2]) for base, corner in zip(bases, bordered, strict=False)
    )
    return a, b


def _bordered(gram: list[Whole], last: Whole, p: int) -> tuple[int, int, int] | None:
    """Return the determinants of (G, c; a', 0) for both c, and of G; None where G, never below 0, is singular."""
    rows, before = [list(line) for line in (*gram, last)], 1
    for k in range(p):
        pivot = rows[k][k]
        if not pivot:
            return None
        for row in rows[k + 1 :]:
            head = row[k]
            for j in range(k + 1, p + 2):
                row[j] = (row[j] * pivot - head * rows[k][j]) // before
        before = pivot
    return rows[p][p], rows[p][p + 1], before


NEARLY = NotRepeatedError(
    "some assignments leave covariates nearly collinear in an arm; the second route does not judge those.",
    "vissa fördelningar ger kovariat som nästan är linjärt beroende i en grupp; den avgör inte sådana fall.",
)


class Regular:
    """Whether covariates vary enough in an arm, beside how they vary in all: its least share of any combination.

    The share is at least det/det of all (over ``more``, what a row may weigh more there, but once), and between 1/t and
    p/t, t the trace of the one's inverse times the other. What is near the limit is declined.
    """

    def __init__(self, products: list[Whole], over: int, unit: int, more: int) -> None:
        self._p, self._over = len(products), over * unit
        self._whole = [line[2:] for line in products]
        found = _bordered([[*line, 0, 0] for line in self._whole], [0] * (self._p + 2), self._p)
        self._least = (found[2] if found else 0) * more ** max(0, self._p - 1)
        self._scale = self._over**self._p * CLEAR

    def __call__(self, products: list[Whole], over: int, det: int) -> bool:
        """Return it for an arm's products times ``over``, whose determinant is ``det``."""
        if not self._p or det * self._scale > self._least * over**self._p:
            return True
        own = inverse([[Fraction(value, over) for value in line[2:]] for line in products])
        trace = sum(
            (
                a * Fraction(b, self._over)
                for one, two in zip(own, self._whole, strict=True)
                for a, b in zip(one, two, strict=True)
            ),
            Fraction(0),
        )
        return is_there(1 / trace, self._p / trace)


def is_there(least: Fraction | float, most: Fraction | float) -> bool:
    """Return whether a share that lies between two numbers is there at all; declined near the limit."""
    if least > EXISTS[1]:
        return True
    if most < EXISTS[0]:
        return False
    raise NEARLY


def additive(rows: Rows, lots: Lots) -> Statistic:
    """Return the statistic of one regression on treatment, blocks and covariates."""
    y, scale = whole(rows.y)
    values = [y, rows.d, *(_without_level(column) for column in rows.x)]
    p, (v, _) = len(rows.x), whole(rows.weights[0])
    columns = [lots.summed(column) for column in _moments(v, values)]
    totals = [[sum(column[u] for u in own) for column in columns] for own in lots.blocks]
    products, over = _centred(totals, p)
    bread = inverse([[Fraction(value, over) for value in line[2:]] for line in products])
    slopes = [
        [sum((a * Fraction(c[j], over) for a, c in zip(line, products, strict=True)), Fraction(0)) for j in (0, 1)]
        for line in bread
    ]
    linear = columns[: 3 + p]

    def statistic(chosen: bytes) -> Pair | None:
        square, moved, treated = Fraction(0), [Fraction(0)] * (2 + p), 0
        for places, total in zip(lots.blocks, totals, strict=True):
            own = _sums(linear, places, chosen if len(lots.blocks) == 1 else bytes(chosen[u] for u in places))
            treated += own[0]
            square += Fraction(own[0] * (total[0] - own[0]), total[0])
            for j in range(2 + p):
                moved[j] += Fraction(own[1 + j] * total[0] - own[0] * total[1 + j], total[0])
        along = moved[2:]
        left = square - sum(
            (a * c * b for a, line in zip(along, bread, strict=True) for c, b in zip(line, along, strict=True)),
            Fraction(0),
        )
        if not left or not is_there(left / treated, left / treated):
            return None
        a, b = (moved[j] - sum((x * s[j] for x, s in zip(along, slopes, strict=True)), Fraction(0)) for j in (0, 1))
        return a / left / scale, b / left

    return statistic


def by_pair(rows: Rows, lots: Lots, *, with_means: bool) -> Statistic:
    """Return the statistic of the regression over pairs, with their mean covariates or without."""
    y, scale = whole(rows.y)
    each = lcm(*map(len, lots.units))
    columns = [y, rows.d, *(_without_level(column) for column in rows.x)]
    means = [
        [own * (each // len(unit)) for own, unit in zip(lots.summed(one), lots.units, strict=True)] for one in columns
    ]
    apart = [[a - b for a, b in zip(one[::2], one[1::2], strict=True)] for one in means]
    count, p = len(apart[0]), len(rows.x)
    fixed = []
    for one in means[2:] if with_means else []:
        both = [a + b for a, b in zip(one[::2], one[1::2], strict=True)]
        fixed.append([count * own - sum(both) for own in both])
    inner = [[sum(_times(a, b)) for b in apart] for a in apart]
    still = [[sum(_times(a, b)) for b in fixed] for a in fixed]
    turned = [*apart, *(_times(a, b) for a in apart for b in fixed)]
    q = len(fixed)

    def statistic(chosen: bytes) -> Pair | None:
        sums = [2 * sum(compress(one, chosen[::2])) - sum(one) for one in turned]
        level, mixed = sums[: 2 + p], [sums[2 + p + i * q : 2 + p + (i + 1) * q] for i in range(2 + p)]
        gram = [[count, *level[2:], *([0] * q), *level[:2]]]
        gram += [[level[2 + i], *inner[2 + i][2:], *mixed[2 + i], *inner[2 + i][:2]] for i in range(p)]
        gram += [[0, *(mixed[2 + i][k] for i in range(p)), *still[k], mixed[0][k], mixed[1][k]] for k in range(q)]
        size = 1 + p + q
        found = _bordered(gram, [1] + [0] * (size + 1), size)
        if found is None:
            return None
        alone = [Fraction(line[i] * count - line[0] ** 2, count) for i, line in enumerate(gram) if i]
        share = Fraction(found[2], count) / prod(alone)
        if share <= CLEAR:
            raise NEARLY
        a, b = (Fraction(-corner, found[2] * each) for corner in found[:2])
        return a / scale, b

    return statistic
