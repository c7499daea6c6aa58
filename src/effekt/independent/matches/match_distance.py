"""How far apart two units are, and whether they may be a pair, for the second route's matches.

Mahalanobis distance (Rubin 1980, doi:10.2307/2529981): the Euclidean one of coordinates L⁻¹x, LL' the covariance of the
covariates pooled within the arms, divisor n - 2. Its robust form (Rosenbaum 2010, doi:10.1007/978-1-4419-1213-8,
section 8.3): of ranks, ties averaged, their covariance over all units scaled so that each has the variance n(n + 1)/12.

As whole numbers, for sums that tie exactly: on a common scale of the decimals a difference is a whole number of times
one without a common divisor, whose length is rounded to 40 binary digits.
"""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from math import dist, frexp, gcd, hypot, lcm, log, log1p, sqrt
from typing import NamedTuple

from effekt.exceptions import ArgumentError, DataError
from effekt.independent.columns import Columns, covariate_lines, mean, number, numbers, total

Keys = Sequence[tuple[object, ...]]
Points = list[list[float]]
TIE = 1e-12
DEPENDENT = Fraction(1, 10**10)
BITS = 40


class Metric(NamedTuple):
    """The covariates or their ranks, each one's scale, and the factors U D U' of their covariance."""

    lines: list[list[Fraction]]
    scales: Sequence[float]
    unit: list[list[float]]
    roots: list[float]

    def coordinates(self, values: Sequence[Sequence[float]]) -> Points:
        """Return L⁻¹x of rows, each covariate a line, LL' the covariance with row and column j multiplied by scale j.

        With U with ones on its diagonal that is (U⁻¹y)_j/√D_jj, y_j = x_j over its scale.
        """
        rows: list[list[float]] = []
        for j, (line, scale) in enumerate(zip(values, self.scales, strict=True)):
            own = [value / scale for value in line]
            for k in range(j):
                own = [value - self.unit[j][k] * before for value, before in zip(own, rows[k], strict=True)]
            rows.append(own)
        return [[value / root for value, root in zip(row, self.roots, strict=True)] for row in zip(*rows, strict=True)]


def apart(points: Sequence[list[float]], i: int, j: int) -> float:
    """Return the distance of two rows."""
    return dist(points[i], points[j])


def size(points: Sequence[list[float]], i: int) -> float:
    """Return what a distance from a row has rounding errors of: its largest coordinate, at least 1."""
    return max(1.0, *(abs(value) for value in points[i]))


def points_of(
    columns: Columns, covariates: Sequence[str], d: Sequence[int], distance: str, logit: Sequence[float]
) -> Points:
    """Return the coordinates whose Euclidean distance is the one asked for."""
    if distance == "propensity":
        return [[value] for value in logit]
    found = _metric(columns, covariates, d, distance)
    middles = [mean(line) for line in found.lines]
    return found.coordinates(
        [[float(value - middle) for value in line] for line, middle in zip(found.lines, middles, strict=True)]
    )


def whole_distances(
    columns: Columns, covariates: Sequence[str], d: Sequence[int], distance: str
) -> Callable[[int, int], int]:
    """Return the distance of two rows as whole numbers of one unit."""
    found = _metric(columns, covariates, d, distance)
    scale = lcm(*(value.denominator for line in found.lines for value in line))
    whole = [[int(value * scale) for value in row] for row in zip(*found.lines, strict=True)]
    widest = max(root * own for root, own in zip(found.roots, found.scales, strict=True))
    shift = 2 + max(0, frexp(widest)[1])  # a direction is no shorter than 1/widest: no length loses a digit

    def between(i: int, j: int) -> int:
        gaps = [a - b for a, b in zip(whole[i], whole[j], strict=True)]
        times = gcd(*gaps)
        if not times:
            return 0
        length, exponent = frexp(hypot(*found.coordinates([[float(gap // times)] for gap in gaps])[0]))
        digits: int = round(length * 2**BITS) << (exponent + shift)
        return times * digits

    return between


def _metric(columns: Columns, covariates: Sequence[str], d: Sequence[int], distance: str) -> Metric:
    """Return what a Mahalanobis distance is taken of, and by what."""
    if distance not in ("mahalanobis", "robust_mahalanobis"):
        raise ArgumentError(f"distance must be propensity, mahalanobis or robust_mahalanobis, not {distance!r}.")
    lines = list(covariate_lines(columns, covariates).values())
    if distance == "robust_mahalanobis":
        lines = [_ranks(line) for line in lines]
        covariance, scales = _scaled(lines)
    else:
        within = [
            [value - centre[arm] for value, arm in zip(line, d, strict=True)]
            for line, centre in ((line, _means(line, d)) for line in lines)
        ]
        covariance, scales = _products(within, len(d) - 2), [1.0] * len(lines)
    unit, squares = _factors(covariance)
    return Metric(lines, scales, [[float(cell) for cell in row] for row in unit], [sqrt(one) for one in squares])


def _means(line: Sequence[Fraction], d: Sequence[int]) -> dict[int, Fraction]:
    """Return the mean of each arm."""
    return {arm: mean([value for value, own in zip(line, d, strict=True) if own == arm]) for arm in (0, 1)}


def _ranks(line: Sequence[Fraction]) -> list[Fraction]:
    """Return 1, 2, … by value, the mean of their ranks for equal values."""
    ranked = sorted(line)
    places: dict[Fraction, list[int]] = {}
    for place, value in enumerate(ranked, start=1):
        places.setdefault(value, []).append(place)
    middle = {value: Fraction(sum(own), len(own)) for value, own in places.items()}
    return [middle[value] for value in line]


def _products(lines: Sequence[Sequence[Fraction]], divisor: int) -> list[list[Fraction]]:
    """Return the sums of products of lines over a divisor."""
    return [[total(a * b for a, b in zip(one, two, strict=True)) / divisor for two in lines] for one in lines]


def _scaled(ranks: Sequence[Sequence[Fraction]]) -> tuple[list[list[Fraction]], list[float]]:
    """Return the covariance of ranks, and by what each must be multiplied to vary as untied ranks do."""
    n = len(ranks[0])
    covariance = _products([[value - Fraction(n + 1, 2) for value in line] for line in ranks], n - 1)
    if any(not covariance[j][j] for j in range(len(ranks))):
        raise DataError("every covariate must vary; leave out the one that does not.")
    return covariance, [sqrt(n * (n + 1) / 12 / covariance[j][j]) for j in range(len(ranks))]


def _factors(covariance: list[list[Fraction]]) -> tuple[list[list[Fraction]], list[Fraction]]:
    """Return U and D of U D U', U with ones on its diagonal."""
    unit: list[list[Fraction]] = []
    squares: list[Fraction] = []
    for j, line in enumerate(covariance):
        own: list[Fraction] = []
        for k in range(j):
            left = line[k] - sum((own[m] * squares[m] * unit[k][m] for m in range(k)), Fraction(0))
            own.append(left / squares[k])
        square = line[j] - sum((own[k] ** 2 * squares[k] for k in range(j)), Fraction(0))
        if square <= DEPENDENT * line[j]:
            raise DataError("no covariate may depend on the others within the arms; leave that one out.")
        unit.append(own)
        squares.append(square)
    return unit, squares


def within_calipers(columns: Columns, calipers: Mapping[str, object] | None) -> Callable[[int, int], bool]:
    """Return whether a pair differs by no more than the caliper of each covariate that has one.

    A pair at the limit itself is within, by the decimals.
    """
    held = [(numbers(columns, name), _width(width)) for name, width in (calipers or {}).items()]

    def within(i: int, j: int) -> bool:
        return all(abs(line[i] - line[j]) <= width for line, width in held)

    return within


def _width(written: object) -> Fraction:
    width = number(written)  # type: ignore[arg-type]
    if width <= 0:
        raise ArgumentError("a caliper must be above zero; correct it.")
    return width


def without_discarded(keys: Keys, logit: Sequence[float], d: Sequence[int], discard: object) -> Keys:
    """Return the keys of exact columns, those of a unit that the common support leaves out shared with nobody.

    A word leaves out the units of an arm beyond the range of the other arm's logits; two limits, all whose probability
    lies outside them (Crump et al. 2009, doi:10.1093/biomet/asn055).
    """
    if discard is None:
        return keys
    if isinstance(discard, str):
        if discard not in ("treated", "control", "both"):
            raise ArgumentError(f"discard must be treated, control, both or two limits, not {discard!r}.")
        arms = [arm for arm, name in ((1, "treated"), (0, "control")) if discard in (name, "both")]
        out = [arm in arms and not _in_range(i, logit, d) for i, arm in enumerate(d)]
    else:
        low, high = (float(number(limit)) for limit in discard)  # type: ignore[attr-defined]
        least, most = (log(p) - log1p(-p) for p in (low, high))
        slack = [TIE * max(1.0, abs(end)) for end in (least, most)]
        out = [not least - slack[0] <= value <= most + slack[1] for value in logit]
    return [("left out", str(i)) if gone else key for i, (key, gone) in enumerate(zip(keys, out, strict=True))]


def _in_range(i: int, logit: Sequence[float], d: Sequence[int]) -> bool:
    """Return whether a logit lies between the least and the largest of the other arm."""
    others = [value for value, arm in zip(logit, d, strict=True) if arm != d[i]]
    return min(others) <= logit[i] <= max(others)
