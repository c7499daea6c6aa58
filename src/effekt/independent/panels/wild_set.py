"""Second route for the confidence set of a wild cluster bootstrap: every null whose p is above α.

With θ̂ the estimate, σ about its standard error and x the null's distance from it in σ, the line c of the contrast, the
distance m = c'β̂ - τ₀ and what ``wild_bootstrap`` calls r, q and s are polynomials in x once they are multiplied by
c'Bc, and so are both sides of "as extreme as the sample"::

    f(x) = N² Σ_h (c'B X_h'V_h û_h)² - m² Σ_h (w_h s_h - q_h'BW)²,    W = Σ_g w_g r_g,  N = c'BW

A draw begins or ceases to be as extreme where f, N or m changes sign. Between two such places p is one number; the set
is put together of those where it is above α. An infinite ratio is no null. Draws may tie at a ratio of zero alone, and
but for rounding at ratios far out; where they keep such a ratio beside the rest, the set has several pieces.
"""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from math import sqrt
from typing import NamedTuple

from effekt.independent.limits import SEVERAL, NotRepeatedError, check_steps
from effekt.independent.linear_algebra import factored
from effekt.independent.panels.wild_bootstrap import Draws, Exact, Model, Wild, moved_by, without_ratio
from effekt.independent.polynomials import Polynomial, added, multiplied, roots, unmapped, value_at
from effekt.independent.regression import predict, turned

ALIKE = 1e-10  # of its terms, under which f is nothing: the draw ties with the sample under every null
GROWTH = 1e-6  # of its terms, under which it is not seen whether a draw's variance grows with the difference
SIDES = ("two-sided", "greater", "less")
FARTHEST = 1e8  # how far ratios are told apart, in σ
INFINITY = 2.0
NARROW = 1e-13
ONE_PLACE = 1e-11
_Mark = tuple[float, Sequence[float]]  # a place, and a draw that begins or ceases there
NOBODY: Sequence[float] = ()
Steps = list[tuple[float, int, Sequence[float]]]  # where a draw begins (1) or ceases (-1) to be as extreme, and which
FAR = NotRepeatedError(
    "rounding decides whether the confidence set ends at all; the second route does not judge that.",
    "avrundning avgör om konfidensmängden alls har en gräns; det avgör den inte.",
)
NEAR = NotRepeatedError(
    "two ends of the confidence set are so near that rounding tells them apart; the second route does not judge that.",
    "två gränser för konfidensmängden ligger så nära att avrundning skiljer dem åt; det avgör den inte.",
)


class _Nulls(NamedTuple):
    """All nulls of a contrast, over x: c, m, the sample's variance; r, s and q of each cluster; and θ̂ and σ."""

    line: list[Polynomial]
    distance: Polynomial
    sample: Polynomial
    pulls: list[list[Polynomial]]
    scores: list[Polynomial]
    leverages: list[list[Polynomial]]
    estimate: float
    scale: float


def wild_inference(
    model: Model, clusters: Sequence[str], draws: Draws, places: Mapping[str, int] | None = None
) -> dict[str, object]:
    """Return the test of a null, the ends of its confidence sets, and whether an event was seen among the treated."""
    wild = Wild(model, clusters, draws, places)
    if not wild.varies:
        return {"unavailable": "no within-arm variation"}
    known: dict[str, tuple[_Nulls, dict[str, Steps]]] = {}

    def ends(contrast: str, alpha: Fraction, side: str) -> tuple[float | None, float | None]:
        if contrast not in known:
            nulls = _nulls(wild, contrast)
            known[contrast] = nulls, _steps(wild, nulls)
        nulls, steps = known[contrast]
        return _ends(wild, nulls, steps[side], contrast, alpha, side)

    return {"test": wild.test, "ends": ends, "without_ratio": without_ratio(model, clusters)}


def _nulls(wild: Wild, contrast: str) -> _Nulls:
    model = wild.model
    second = model.contrasts[1]
    treated, counterfactual = (predict(line, model.coefficients) for line in model.contrasts)
    ratio = contrast == "ratio"
    estimate = treated / counterfactual if ratio else treated - counterfactual
    line = wild.line(estimate if ratio else Fraction(1))
    moved = moved_by(model, line)
    spread = sqrt(sum((predict(moved, pull) ** 2 for pull in wild.pulls), Fraction(0)))
    scale = Fraction(spread / abs(float(counterfactual)) if ratio else spread)
    for x in (-1, 0, 1, 2) if ratio else (0, 1):  # polynomials that are alike at so many places are so at all
        null = estimate + x * scale
        wild.check_order(wild.line(null if ratio else Fraction(1)), Fraction(0) if ratio else null)

    lower, sizes = factored(model.inverse)
    slope = [-scale * own if ratio else Fraction(0) for own in second]

    def over(value: Exact, along: Exact) -> list[Polynomial]:
        parts = zip(*turned(lower, sizes, [value, along]), strict=True)
        return [[a, b] if ratio else [a] for a, b in parts]

    c = over(line, slope)
    distance = [0.0, -float(scale * counterfactual if ratio else scale)]
    square = added(*(multiplied(own, own) for own in c))
    pulls, scores, leverages, sample = [], [], [], []
    for pull, at, along in zip(wild.pulls, wild.leverages(line), wild.leverages(slope), strict=True):
        p, q = turned(lower, sizes, [pull])[0], over(at, along)
        r = [added([a * own for a in square], multiplied(distance, one)) for own, one in zip(p, q, strict=True)]
        unmoved = added(*([a * own for a in one] for own, one in zip(p, c, strict=True)))
        sample.append(multiplied(unmoved, unmoved))
        scores.append(added(*(multiplied(a, b) for a, b in zip(c, r, strict=True))))
        pulls.append(r)
        leverages.append(q)
    return _Nulls(c, distance, added(*sample), pulls, scores, leverages, float(estimate), float(scale))


def _steps(wild: Wild, nulls: _Nulls) -> dict[str, Steps]:
    """Return how many draws are as extreme at minus infinity, and where they become more or fewer, by alternative."""
    check_steps(wild.count * (len(nulls.scores) * len(nulls.line) * len(nulls.scores[0]) * 9 // 2 + 900))
    steps: dict[str, Steps] = {side: [] for side in SIDES}
    for weights in wild.weights():
        f, top = _compared(wild, nulls, weights)
        turns = sorted([0.0, *roots(f), *roots(top)])
        before = dict.fromkeys(SIDES, False)
        for low, high in zip([-INFINITY, *turns], [*turns, INFINITY], strict=True):
            if high - low < NARROW:
                continue
            x = unmapped((low + high) / 2)
            more, own, sample = (value_at(one, x) for one in (f, top, nulls.distance))
            for side in SIDES:
                extreme = _is_extreme(more, own, sample, side)
                if extreme != before[side]:
                    steps[side].append((low, 1 if extreme else -1, weights))
                    before[side] = extreme
    return {side: sorted(own, key=lambda step: step[0]) for side, own in steps.items()}


def _is_extreme(more: float, own: float, sample: float, side: str) -> bool:
    """Return whether a draw is as extreme, by the signs of f, N and m."""
    if side == "two-sided":
        return more >= 0
    if side == "less":
        own, sample = -own, -sample
    return own > 0 and more >= 0 if sample > 0 else own >= 0 or more <= 0


def _compared(wild: Wild, nulls: _Nulls, weights: Sequence[float]) -> tuple[Polynomial, Polynomial]:
    """Return f, which is nothing for a draw that ties with the sample under every null, and N."""
    total = [
        added(*([w * a for a in pull[j]] for w, pull in zip(weights, nulls.pulls, strict=True)))
        for j in range(len(nulls.line))
    ]
    top = added(*(multiplied(a, b) for a, b in zip(nulls.line, total, strict=True)))
    squares, grown, whole = [], 0.0, 0.0
    for w, score, leverage in zip(weights, nulls.scores, nulls.leverages, strict=True):
        own = added(
            [w * a for a in score], *([-a for a in multiplied(q, t)] for q, t in zip(leverage, total, strict=True))
        )
        squares.append(multiplied(own, own))
        grown, whole = grown + own[-1] ** 2, whole + (w * score[-1]) ** 2
    first = multiplied(multiplied(top, top), nulls.sample)
    second = multiplied(multiplied(nulls.distance, nulls.distance), added(*squares))
    f = added(first, [-a for a in second])
    if max(map(abs, f)) <= ALIKE * max(map(abs, second)):
        return [0.0], top
    while len(f) > 1 and abs(f[-1]) <= ALIKE * abs(second[len(f) - 1]):  # the draw ties with the sample at infinity
        f = f[:-1]
    if len(top) == len(nulls.distance) and grown <= GROWTH**2 * whole:
        if not _never_grows(wild, weights):
            raise FAR
        f = f[:3]
    return f, top


def _never_grows(wild: Wild, weights: Sequence[float]) -> bool:
    """Return whether a draw's variance is the same under every null of the difference, exactly."""
    line = wild.line(Fraction(1))
    moved = moved_by(wild.model, line)
    leverages = wild.leverages(line)
    exact = [Fraction(w) for w in weights]
    total = [sum((w * own[j] for w, own in zip(exact, leverages, strict=True)), Fraction(0)) for j in range(len(line))]
    shift = moved_by(wild.model, total)
    return all(w * predict(moved, own) == predict(shift, own) for w, own in zip(exact, leverages, strict=True))


def _ends(
    wild: Wild, nulls: _Nulls, steps: Steps, contrast: str, alpha: Fraction, side: str
) -> tuple[float | None, float | None]:
    """Return both ends of {null: p > α}, None for one that is infinite."""
    pieces: list[tuple[_Mark, _Mark]] = []
    count, begun = 0, (-INFINITY, NOBODY)
    for together in _together(steps):
        held, (place, _, turned_by) = wild.share(count) > alpha, together[0]
        count += sum(change for _, change, _ in together)
        if (wild.share(count) > alpha) == held:
            continue
        if held:
            pieces.append((begun, (place, turned_by)))
        begun = place, turned_by
    if wild.share(count) > alpha:
        pieces.append((begun, (INFINITY, NOBODY)))
    if len(pieces) != 1:
        raise SEVERAL
    whole = pieces[0][0][0] == -INFINITY and pieces[0][1][0] == INFINITY
    if contrast == "ratio" and not whole and _without_variation(wild):
        raise FAR
    if contrast == "ratio" and _ties_apart(wild, nulls, pieces, alpha, side):
        raise SEVERAL
    low, high = (
        None if abs(place) == INFINITY else _told(wild, nulls, contrast, side, place, weights)
        for place, weights in pieces[0]
    )
    return low, high


def _together(steps: Steps) -> Iterator[Steps]:
    """Yield the steps at each place; those as near as draws that tie at one null are by rounding are at one."""
    start = 0
    for i, (place, *_) in enumerate(steps, start=1):
        if i == len(steps) or steps[i][0] - place > ONE_PLACE:
            yield steps[start:i]
            start = i


def _without_variation(wild: Wild) -> bool:
    """Return whether no cluster moves one of the means, so that statistics near 0 or infinity are all rounding."""
    moved = [moved_by(wild.model, line) for line in wild.model.contrasts]
    return any(not any(predict(line, pull) for pull in wild.pulls) for line in moved)


def _ties_apart(wild: Wild, nulls: _Nulls, pieces: Sequence[tuple[_Mark, _Mark]], alpha: Fraction, side: str) -> bool:
    """Return whether draws that tie nowhere else keep a ratio outside the pieces: 0, or one that is nearly infinite."""
    for x in (-nulls.estimate / nulls.scale, -FARTHEST, FARTHEST):
        ratio = Fraction(nulls.estimate + x * nulls.scale) if abs(x) == FARTHEST else Fraction(0)
        within = any(low <= _place(x) <= high for (low, _), (high, _) in pieces)
        if not within and wild.p_at(wild.line(ratio), Fraction(0), side) > alpha:
            return True
    return False


def _told(wild: Wild, nulls: _Nulls, contrast: str, side: str, place: float, weights: Sequence[float]) -> float:
    """Return the null of a place at which a draw begins or ceases to be as extreme, by exact fractions about it."""
    draw = [Fraction(own) for own in weights]

    def null(x: float) -> float:
        return nulls.estimate + nulls.scale * x

    def extreme(x: float) -> bool:
        return wild.is_extreme(contrast, Fraction(null(x)), draw, side)

    for exponent in range(-12, -4):
        low, high = (unmapped(place + sign * 10.0**exponent) for sign in (-1, 1))
        if extreme(low) != extreme(high):
            below = extreme(low)
            for _ in range(50):
                middle = (low + high) / 2
                if null(middle) in (null(low), null(high)):
                    break
                low, high = (middle, high) if extreme(middle) == below else (low, middle)
            return null((low + high) / 2)
    raise NEAR


def _place(x: float) -> float:
    """Return the place of an x, as ``roots`` has it."""
    return x if abs(x) <= 1 else (2 - 1 / x if x > 0 else -2 - 1 / x)
