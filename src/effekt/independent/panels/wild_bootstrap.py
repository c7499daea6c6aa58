"""Second route for the wild cluster bootstrap, by all sign changes of its clusters or by those that follow from a seed.

The null c'β = τ₀ (a ratio: (l₁ - ρ l₀)'β = 0) is imposed: ũ are the residuals of least squares with the weights V under
it. With the weight w_g for each cluster the outcome is Xβ̃ + w_g ũ_g, and the statistic its contrast less the null, over
CR1's root::

    t*(w) = Σ_g w_g s_g / √(Σ_h (w_h s_h - q_h'B Σ_g w_g r_g)²)
    r_g = X_g'V_g ũ_g,  q_g = X_g'V_g X_g B c,  s_g = c'B r_g

with B = (X'VX)⁻¹; the factor of CR1 is one for all. p is the share of all combinations whose statistic is as extreme as
that of w = 1, or (1 + b)/(1 + R) of R drawn ones: Cameron, Gelbach & Miller (2008), doi:10.1162/rest.90.3.414; ties
count, within 1e-11 of the squares. Weights are signs, or Webb's ±√½, ±1, ±√(3/2) (2023, doi:10.1111/caje.12661).

Weights are drawn as docs/conventions.md has it, for clusters in the order of what their residuals add to the
difference. Where two add the same but are not alike in the statistic, trials have an order by content; elsewhere it is
chance, and the second route declines.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise, product
from math import hypot, inf, sqrt
from operator import mul
from typing import NamedTuple

from effekt.independent.limits import NotRepeatedError, check_steps
from effekt.independent.linear_algebra import factored
from effekt.independent.regression import Fit, predict, turned
from effekt.independent.seeded import Stream, checked_seed

MOST = 100_000  # combinations of weights that are all taken
TIE = 1e-11
NOTHING = 1e-12  # of the root of the sum of squares of its terms, a sum this small is 0
CANCELLED = Fraction(1, 10**13)  # of its terms, a variance this small is what is left of them by rounding
NEAR = Fraction(1, 10**9)  # of the largest, by which sums must differ to tell which is larger
VALUES = {
    "rademacher": (1.0, -1.0),
    "webb": (-sqrt(1.5), -1.0, -sqrt(0.5), sqrt(0.5), 1.0, sqrt(1.5)),
}
Exact = list[Fraction]
Contrasts = tuple[Exact, Exact]


class Model(NamedTuple):
    """A fit by least squares: regressor rows, weights, (X'VX)⁻¹, coefficients, residuals; and the two means' lines."""

    rows: list[Exact]
    weights: Exact
    inverse: list[Exact]
    coefficients: Exact
    residuals: Exact
    contrasts: Contrasts


def alike(fit: Fit, contrasts: Contrasts) -> Model:
    """Return the model of rows that count alike."""
    return Model(fit.rows, [Fraction(1)] * len(fit.rows), fit.inverse, fit.coefficients, fit.residuals, contrasts)


class Draws(NamedTuple):
    """Which weights there are, and how many are drawn from what seed where they are too many to take all."""

    kind: str = "rademacher"
    number: int = 9_999
    rng: object = None

    def are_listed(self, clusters: int) -> bool:
        """Return whether every combination is taken."""
        combinations: int = len(VALUES[self.kind]) ** clusters
        return combinations <= MOST

    def of(self, clusters: int) -> Iterator[Sequence[float]]:
        """Return the weights of every combination, or of the drawn ones."""
        if self.are_listed(clusters):
            return product(VALUES[self.kind], repeat=clusters)
        stream = Stream(Stream(checked_seed(self.rng)).word() >> 11)
        draw = _signs if self.kind == "rademacher" else _sixths
        return (draw(stream, clusters) for _ in range(self.number))


def _signs(stream: Stream, clusters: int) -> list[float]:
    """Return 1 for a bit that is 1 and -1 for one that is 0, the lowest bit first."""
    bits = stream.bits(clusters)
    return [1.0 if bits >> place & 1 else -1.0 for place in range(clusters)]


def _sixths(stream: Stream, clusters: int) -> list[float]:
    """Return Webb's weights, numbered from the lowest by the upper half of a word each."""
    return [VALUES["webb"][(stream.word() >> 32) * 6 >> 32] for _ in range(clusters)]


class _Cluster(NamedTuple):
    """What a cluster is under a null: s, r and q."""

    effect: Fraction
    pull: Exact
    leverage: Exact


class Wild:
    """A model with its clusters, in the order of what their residuals add to the difference, and their weights.

    ``places`` are those of clusters whose residuals add the same; where there are none, such an order is chance.
    ``varies`` says whether any adds something.
    """

    def __init__(
        self, model: Model, clusters: Sequence[str], draws: Draws, places: Mapping[str, int] | None = None
    ) -> None:
        names = list(dict.fromkeys(clusters))
        groups = [[i for i, own in enumerate(clusters) if own == name] for name in names]
        self.model, self.draws, self.listed = model, draws, draws.are_listed(len(groups))
        self.count = len(VALUES[draws.kind]) ** len(groups) if self.listed else draws.number
        check_steps(self.count * len(groups) * (len(model.inverse) + 8) // 4)
        pulls = [_sum_of(model, group, model.residuals) for group in groups]
        moved = moved_by(model, self.line(Fraction(1)))
        added = [predict(moved, pull) for pull in pulls]
        order = _ordered(added, None if places is None else [places[name] for name in names])
        self.groups, self.pulls = [groups[g] for g in order], [pulls[g] for g in order]
        self._scores = [added[g] for g in order]
        self.varies = any(added)
        self._chance = not self.listed and places is None
        self._known: dict[tuple[Fraction, ...], list[float]] = {}

    def line(self, weight: Fraction) -> Exact:
        """Return the treated mean's line less the counterfactual mean's times a weight."""
        first, second = self.model.contrasts
        return [a - weight * b for a, b in zip(first, second, strict=True)]

    def leverages(self, line: Exact) -> list[Exact]:
        """Return q of every cluster."""
        moved = moved_by(self.model, line)
        influence = [predict(row, moved) for row in self.model.rows]
        return [_sum_of(self.model, group, influence) for group in self.groups]

    def weights(self) -> Iterator[Sequence[float]]:
        """Return the weights of every combination, or of the drawn ones."""
        return self.draws.of(len(self.groups))

    def check_order(self, line: Exact, target: Fraction) -> None:
        """Refuse clusters whose order is chance and decides what is drawn, but moves the statistic under a null."""
        if self._chance:
            _check_order(self.model, self._scores, self._under(line, target))

    def test(self, contrast: str, null: float, side: str) -> Fraction:
        """Return the p of a null: of a contrast ("difference", "ratio"), its value and the alternative."""
        if contrast == "difference":
            return self.p_at(self.line(Fraction(1)), Fraction(null), side)
        return self.p_at(self.line(Fraction(null)), Fraction(0), side)

    def p_at(self, line: Exact, target: Fraction, side: str) -> Fraction:
        """Return the p of the null that a line of the coefficients has a value."""
        key = (*line, target)
        if key not in self._known:
            self.check_order(line, target)
            self._known.clear()
            self._known[key] = list(_squares(self.model, self._under(line, target), self.weights()))
        own, *others = self._known[key]
        return self.share(_extreme(own, others, side))

    def is_extreme(self, contrast: str, null: Fraction, weights: Exact, side: str) -> bool:
        """Return whether one draw is as extreme as the sample under a null, in exact fractions."""
        ratio = contrast == "ratio"
        line = self.line(null if ratio else Fraction(1))
        clusters, moved = self._under(line, Fraction(0) if ratio else null), moved_by(self.model, line)
        squares = []
        for own in ([Fraction(1)] * len(weights), weights):
            total = [
                sum((w * one.pull[j] for w, one in zip(own, clusters, strict=True)), Fraction(0))
                for j in range(len(line))
            ]
            shift, top = moved_by(self.model, total), predict(moved, total)
            below = sum(
                ((w * one.effect - predict(one.leverage, shift)) ** 2 for w, one in zip(own, clusters, strict=True)),
                Fraction(0),
            )
            squares.append((top * abs(top), below))
        (sample, spread), (top, below) = squares
        if side == "two-sided":
            return abs(top) * spread >= abs(sample) * below
        return top * spread >= sample * below if side == "greater" else top * spread <= sample * below

    def share(self, extreme: int) -> Fraction:
        """Return the p of so many draws as extreme as the sample."""
        return Fraction(extreme, self.count) if self.listed else Fraction(1 + extreme, 1 + self.count)

    def _under(self, line: Exact, target: Fraction) -> list[_Cluster]:
        """Return every cluster under a null, whose residuals are those of the fit and Xm times its distance."""
        moved = moved_by(self.model, line)
        distance = (predict(line, self.model.coefficients) - target) / predict(line, moved)
        found = []
        for pull, own in zip(self.pulls, self.leverages(line), strict=True):
            restricted = [a + distance * b for a, b in zip(pull, own, strict=True)]
            found.append(_Cluster(predict(moved, restricted), restricted, own))
        return found


def without_ratio(model: Model, clusters: Sequence[str]) -> bool:
    """Return whether no cluster's residuals move the ratio (but for rounding), or the treated mean, which is 0."""
    treated, counterfactual = (_moves(model, line, clusters) for line in model.contrasts)
    top, below = (predict(line, model.coefficients) for line in model.contrasts)
    if top == 0 and not any(treated):
        return True
    terms = (
        [
            (a * a, -2 * a * b * top / below, (b * top / below) ** 2)
            for a, b in zip(treated, counterfactual, strict=True)
        ]
        if below
        else []
    )
    sums = [sum(column) for column in zip(*terms, strict=True)]
    return bool(sums) and sum(sums) <= CANCELLED * sum(map(abs, sums))


def rests_on_one(model: Model, clusters: Sequence[str]) -> bool:
    """Return whether a mean rests on a coefficient that the rows of one cluster determine alone.

    The others' rows then do not give it: its line lies outside what they span, that is what Σ_h X_h'V_h X_h spans.
    """
    width = range(len(model.inverse))
    check_steps(len(model.rows) * len(width) ** 2 + len(set(clusters)) * len(width) ** 3)
    grams = {name: [[Fraction(0)] * len(width) for _ in width] for name in dict.fromkeys(clusters)}
    for row, weight, name in zip(model.rows, model.weights, clusters, strict=True):
        gram = grams[name]
        for i in (i for i in width if row[i]):
            gram[i] = [own + weight * row[i] * value for own, value in zip(gram[i], row, strict=True)]
    whole = [[sum((gram[i][j] for gram in grams.values()), Fraction(0)) for j in width] for i in width]
    others = ([[whole[i][j] - gram[i][j] for j in width] for i in width] for gram in grams.values())
    return any(not _spans(rest, line) for rest in others for line in model.contrasts)


def _spans(rows: Sequence[Exact], line: Exact) -> bool:
    """Return whether a line is a sum of multiples of rows."""
    left, rest = list(rows), line
    for j in range(len(line)):
        pivot = next((row for row in left if row[j]), None)
        if pivot is None:
            if rest[j]:
                return False
            continue
        left = [_without(row, pivot, j) for row in left if row is not pivot]
        rest = _without(rest, pivot, j)
    return True


def _without(row: Exact, pivot: Exact, j: int) -> Exact:
    """Return a row less so many pivots that its entry j is 0."""
    times = row[j] / pivot[j]
    return [own - times * value for own, value in zip(row, pivot, strict=True)] if times else row


def _moves(model: Model, line: Exact, clusters: Sequence[str]) -> Exact:
    """Return what each cluster's residuals add to a mean."""
    moved = moved_by(model, line)
    pulls: dict[str, Fraction] = {}
    for row, weight, error, name in zip(model.rows, model.weights, model.residuals, clusters, strict=True):
        pulls[name] = pulls.get(name, Fraction(0)) + predict(row, moved) * weight * error
    return list(pulls.values())


def moved_by(model: Model, line: Exact) -> Exact:
    """Return B c."""
    return [predict(row, line) for row in model.inverse]


def _sum_of(model: Model, group: Sequence[int], values: Sequence[Fraction]) -> Exact:
    """Return X_g'V_g times values of the cluster's rows."""
    weighed = [(model.rows[i], model.weights[i] * values[i]) for i in group]
    return [sum((row[j] * value for row, value in weighed if row[j]), Fraction(0)) for j in range(len(model.inverse))]


def _ordered(added: Sequence[Fraction], places: Sequence[int] | None) -> list[int]:
    """Return clusters by what their residuals add to the difference, those alike but for rounding by their places."""
    order = sorted(range(len(added)), key=added.__getitem__)
    if places is None:
        return order
    near, number = NEAR * max(map(abs, added)), {order[0]: 0}
    for before, after in pairwise(order):
        number[after] = number[before] + (added[after] - added[before] > near)
    return sorted(order, key=lambda g: (number[g], places[g]))


def _check_order(model: Model, scores: Sequence[Fraction], clusters: Sequence[_Cluster]) -> None:
    """Refuse clusters whose order is chance but moves the statistic."""
    near = NEAR * max(map(abs, scores))
    reach: list[Exact] = []
    for own in clusters:
        line = moved_by(model, own.leverage)
        if line not in reach:
            reach.append(line)
    for (a, one), (b, other) in pairwise(zip(scores, clusters, strict=True)):
        if b - a > near:
            continue
        alike = one.effect == other.effect and one.leverage == other.leverage
        if not alike or any(predict(line, one.pull) != predict(line, other.pull) for line in reach):
            raise NotRepeatedError(
                "clusters that move the difference alike are not alike in its test, so the second route cannot tell "
                "whose signs are whose.",
                "kluster som flyttar skillnaden lika mycket skiljer sig åt i dess test, så den kan inte avgöra vilka "
                "tecken som är vems.",
            )


def _squares(model: Model, clusters: Sequence[_Cluster], draws: Iterable[Sequence[float]]) -> Iterator[float]:
    """Yield t*·|t*| of the unchanged clusters, then of each draw."""
    lower, sizes = factored(model.inverse)
    effects = [float(own.effect) for own in clusters]
    reach = turned(lower, sizes, [own.leverage for own in clusters])
    columns = list(zip(*turned(lower, sizes, [own.pull for own in clusters]), strict=True))
    for weights in ([1.0] * len(clusters), *draws):
        terms = list(map(mul, weights, effects))
        shift = [sum(map(mul, weights, column)) for column in columns]
        below = sum((term - sum(map(mul, line, shift))) ** 2 for term, line in zip(terms, reach, strict=True))
        yield _signed_square(terms, below)


def _extreme(own: float, others: Sequence[float], side: str) -> int:
    """Return how many are as extreme as the first."""
    if side == "two-sided":
        own, others = abs(own), [abs(value) for value in others]
    elif side == "less":
        own, others = -own, [-value for value in others]
    bar = own - TIE * abs(own)
    return sum(value >= bar for value in others)


def _signed_square(terms: Sequence[float], below: float) -> float:
    """Return t·|t|, 0 where the terms add to nothing but rounding."""
    top = sum(terms)
    if abs(top) <= NOTHING * hypot(*terms):
        return 0.0
    return top * abs(top) / below if below > 0 else top * inf
