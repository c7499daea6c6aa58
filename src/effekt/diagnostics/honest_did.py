"""What an event study still says when trends need not have been parallel.

Rambachan & Roth (2023, doi:10.1093/restud/rdad018): with β = τ + δ, τ = 0 before adoption and δ the difference in
trends, 0 in the reference period, the target is θ = l'τ over the periods after adoption. d is the distance to the
reference period: d < 0 before it, d = 1, …, P after adoption.

Relative magnitudes, |δ_d − δ_{d−1}| ≤ M̄·max_{s ≤ 0} |δ_s − δ_{s−1}| for d ≥ 1. Then |l'δ| ≤ M̄·L·|δ_s − δ_{s−1}| for
the s of the maximum, with L = Σ_j |Σ_{d ≥ j} l_d|. For each s and sign θ is tested by the conditional least-favourable
hybrid of Andrews, Roth & Pakes (`_hybrid_test`), which holds its level in large samples; the set returned is the hull
of what any of them leaves. At M̄ = 0 it is the plain interval.

Smoothness, |(δ_{d+1} − δ_d) − (δ_d − δ_{d−1})| ≤ M. An affine estimator l'β̂_post + v'β̂_pre has a bounded bias only
where it takes out every linear trend; with k_s = Σ_{d < s} (s − d)·v_d at the knots s ≤ 0, that is k₀ = Σ d·l_d, and
the worst bias is M·(Σ_{s ≤ 0} |k_s| + Σ_{s ≥ 1} |Σ_{d > s} (d − s)·l_d|). The k_s with s < 0 are free, and the shortest
interval of fixed length minimises σ·c(bias/σ), c(t) the 1 − α quantile of |N(t, 1)|. This is convex and rises in the
bias and in σ, so its minimum lies on the path of min ½σ² + λ·Σ|k_s| over λ, which is piecewise linear (Efron et al.
2004, doi:10.1214/009053604000000067) and is followed from corner to corner.

With ν finite degrees of freedom the weights are searched for with an estimated covariance, and the search is paid for
(Rao 1959, doi:10.1093/biomet/46.1-2.49). Of q free weights, those with the least σ̂ give νσ̂²/σ² on χ² with ν − q
degrees of freedom, and with x the q estimates that they weigh, V their covariance and T² = x'V⁻¹x, the variance of the
estimator given x is σ²(1 + T²/ν). The interval is bias + t_{ν−q}(1 − α/2)·√((ν + T²)/(ν − q))·σ̂: exact at M = 0 when
νV̂ is Wishart, and at M > 0, where the search is less free, at least as wide. Of two groups one of which varies far more
than the other, only about ν/2 degrees of freedom are true; with a search, ν/2 − q below 4 is refused.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Literal, TypeAlias

import numpy as np

from effekt._inference.distributions import t_quantile
from effekt._text import LANGUAGES, Text, format_percent, significant
from effekt._types import BoolArray, FloatArray, Number
from effekt._validation import check_decimal, check_level, check_numbers, check_option, shown
from effekt.diagnostics._arrays import check_vector, number_words
from effekt.diagnostics._hybrid_test import Forms, hull, hybrid_forms, reaches
from effekt.diagnostics._joint import SINGULAR, singular, trusted
from effekt.diagnostics.event_times import check_df, check_event, check_spacing, reach_of
from effekt.exceptions import ArgumentError, InferenceUnavailableError
from effekt.result import Diagnostic

Restriction: TypeAlias = Literal["relative_magnitudes", "smoothness"]
Direction: TypeAlias = Literal["greater", "less"]
Interval: TypeAlias = tuple[float, float]
UNEVEN = Text(
    en="Bounds on how trends may part are of steps from one period to the next, and the data's periods are not evenly "
    "spaced, as some are not in them; so there are none. Add the periods, or take wider ones that are all there.",
    sv="Gränser för hur trender får gå isär gäller steg från en period till nästa, och underlagets perioder ligger "
    "inte lika långt från varandra, eftersom några saknas; därför finns inga. Lägg till perioderna, eller ta längre "
    "perioder som alla finns.",
)
STEPS = 40  # of a search along a piece
PARTS = (16, *(4,) * 14)  # of a bracket, each time it is narrowed
GOLDEN = (math.sqrt(5) - 1) / 2
EPSILON = 2.0**-52
SQRT_TAU = math.sqrt(2 * math.pi)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Event:
    """An event study: distances before (−K, …, −1) and after (1, …, P), and what is asked of it."""

    before: FloatArray
    after: FloatArray
    covariance: FloatArray
    target: FloatArray
    df: float
    alpha: float

    @property
    def estimate(self) -> float:
        return float(self.target @ self.after)

    @property
    def quantile(self) -> float:
        return t_quantile(1 - self.alpha / 2, self.df)

    def error(self, weights: FloatArray) -> float:
        return math.sqrt(max(0.0, float(weights @ self.covariance @ weights)))


def honest_did(
    *,
    times: Sequence[int],
    estimates: FloatArray,
    covariance: FloatArray,
    df: float = math.inf,
    restriction: Restriction,
    sizes: Sequence[float],
    weights: Sequence[float] | None = None,
    level: float = 0.95,
    threshold: Number = 0.0,
    alternative: Direction | None = None,
    distances: Sequence[float] | None = None,
    gaps: bool = False,
) -> Diagnostic:
    """Bounds on an effect when the groups' trends may have differed by so much, and how much overturns it.

    Parameters
    ----------
    times : sequence of int, length n
        Distance to adoption, without a gap: 0 is the first treated period; −1, the reference, is not among them.
    estimates : (n,) array
        In the outcome's unit.
    covariance : (n, n) array
    df : float
        Degrees of freedom of the covariance; infinite is the normal.
    restriction : {"relative_magnitudes", "smoothness"}
        The trends differ from one period to the next after adoption by at most so many times the largest such change
        before it; or their difference bends by at most so much a period, in the outcome's unit.
    sizes : sequence of float
        M̄ or M, 0 or more.
    weights : sequence of float, optional
        What the target takes from each period after adoption; by default their mean.
    level : float
    threshold : float, str or Decimal
        The effect that is to be ruled out, in the outcome's unit; by default no effect.
    alternative : {"greater", "less"}, optional
        Whether the finding is that the effect is greater or less than the threshold; by default that it is another.
    distances : sequence of float, length n, optional
        How far each time lies from the reference period in the calendar; by default times are evenly spaced.
    gaps : bool
        Whether the data lack some periods of the calendar, as `event_arrays` says; `distances` must then be given.

    Returns
    -------
    Diagnostic
        Table: for each `size` the robust interval `low`, `high`, and `identified_low`, `identified_high`, what would be
        left if the estimates had no error; None where the estimates themselves break the restriction. Values:
        `estimate`, the interval `low`, `high` under parallel trends, and `breakdown`, the smallest size at which the
        robust interval holds the threshold, or with `alternative` no longer lies beyond it: 0 when that is so already
        without any; the threshold and the alternative where they were given.

    Raises
    ------
    ArgumentError
        For arrays that do not fit each other, no period before −1 or none after, a gap, or a size below zero; under
        "smoothness" for a covariance that is singular; gaps without distances.
    InferenceUnavailableError
        For distances that are not evenly spaced, as the bounds are of steps from one period to the next. Under
        "smoothness" with K > 1 periods before, when half the degrees of freedom less K − 1 are fewer than 4; under
        "relative_magnitudes" when a change before adoption and one after it have no variance.

    References
    ----------
    Rambachan, A. & Roth, J. (2023). A more credible approach to parallel trends. *Review of Economic Studies* 90(5),
    2555–2591. doi:10.1093/restud/rdad018

    Andrews, I., Roth, J. & Pakes, A. (2023). Inference for linear conditional moment inequalities. *Review of Economic
    Studies* 90(6), 2763–2791. doi:10.1093/restud/rdad004

    Rao, C. R. (1959). Some problems involving linear hypotheses in multivariate analysis. *Biometrika* 46(1–2), 49–58.
    doi:10.1093/biomet/46.1-2.49

    Examples
    --------
    >>> import numpy as np
    >>> found = honest_did(
    ...     times=[-3, -2, 0, 1], estimates=np.array([0.1, -0.1, 1.5, 1.8]), covariance=np.eye(4) * 0.02 + 0.02,
    ...     restriction="relative_magnitudes", sizes=[0, 1])
    >>> [round(low, 3) for low in found.table["low"]]
    [1.311, 0.772]
    >>> round(found.values["breakdown"], 2)
    2.01
    """
    alpha = check_level(level)
    check_option("restriction", restriction, ("relative_magnitudes", "smoothness"))
    if alternative is not None:
        check_option("alternative", alternative, ("greater", "less"))
    line = check_decimal("threshold", threshold)
    check_spacing(gaps, distances)
    if distances is not None and not _even(reach_of(times, distances)):
        raise InferenceUnavailableError(UNEVEN.en, UNEVEN.sv)
    event = _event(times, estimates, covariance, check_df(df), weights, alpha)
    chosen = check_numbers("sizes", sizes)
    below = next((number for number, size in enumerate(chosen, 1) if size < 0), None)
    if below or not chosen:
        odd = f"number {below} is {chosen[below - 1]:g}" if below else "there is none"
        raise ArgumentError(
            f"`sizes` must be 0 or more; {odd}. Give how much larger a change after adoption may be, as [0, 1]."
        )
    (_check_search if restriction == "smoothness" else _check_changes)(event)
    robust, identified = (
        (_relative, _relative_identified) if restriction == "relative_magnitudes" else (_smooth, _smooth_identified)
    )
    intervals = [robust(event, size) for size in chosen]
    known = [identified(event, size) for size in chosen]
    low, high = _plain(event)
    breakdown = (_relative_breakdown if robust is _relative else _smooth_breakdown)(event, line, alternative)
    return Diagnostic(
        name="honest_did",
        status="information",
        statement=_statement(restriction, breakdown, event, _beyond(line, alternative, event.alpha)),
        values={
            "restriction": restriction,
            "estimate": event.estimate,
            "low": low,
            "high": high,
            "level": float(1 - alpha),
            "breakdown": breakdown,
            **({"threshold": line} if line or alternative is not None else {}),
            **({} if alternative is None else {"alternative": alternative}),
        },
        table={
            "size": tuple(chosen),
            "low": tuple(low for low, _ in intervals),
            "high": tuple(high for _, high in intervals),
            "identified_low": tuple(None if ends is None else ends[0] for ends in known),
            "identified_high": tuple(None if ends is None else ends[1] for ends in known),
        },
    )


def _even(reach: FloatArray) -> bool:
    """Whether the periods, the reference among them, are equally far apart."""
    steps = np.diff(np.sort(np.append(reach, 0.0)))
    return bool(np.all(steps == steps[0]))


def _event(
    times: Sequence[int],
    estimates: FloatArray,
    covariance: FloatArray,
    df: float,
    weights: Sequence[float] | None,
    alpha: Fraction,
) -> _Event:
    spots, beta, spread = check_event(times, estimates, covariance)
    early, late = int(np.sum(spots < -1)), int(np.sum(spots >= 0))
    if not early or not late or list(spots) != [*range(-early - 1, -1), *range(late)]:
        raise ArgumentError(
            "`times` must run without a gap from a period before the reference period -1 to one after it, as -3, -2, "
            f"0, 1; got {[int(spot) for spot in spots]!r}."
        )
    target = np.full(late, 1 / late) if weights is None else check_vector("weights", weights)
    if len(target) != late or not target.any():
        raise ArgumentError(
            f"`weights` must be {late} numbers, one for each period after adoption, not all zero; got {shown(weights)}."
        )
    return _Event(before=beta[:early], after=beta[early:], covariance=spread, target=target, df=df, alpha=float(alpha))


# --- relative magnitudes ------------------------------------------------------------------------------------------


def _check_changes(event: _Event) -> None:
    """Refuse changes from one period to the next of which neither side of a form has a variance."""
    k = len(event.before)
    steps = np.diff(np.insert(np.eye(k + len(event.after)), k, 0.0, axis=0), axis=0)
    could = np.abs(steps) @ np.sqrt(np.diag(event.covariance))
    without = np.einsum("in,nm,im->i", steps, event.covariance, steps) <= SINGULAR * could**2
    if without[:k].any() and without[k:].any():
        raise InferenceUnavailableError(
            "A change before adoption and one after it have no variance, so there is no bound on how the groups' "
            "trends part; use more clusters or fewer periods.",
            "En förändring före införandet och en efter det saknar varians, så det finns ingen gräns för hur "
            "gruppernas trender glider isär; använd fler kluster eller färre perioder.",
        )


def _relative(event: _Event, size: float) -> Interval:
    """The hull of what the hybrid test leaves for any change before adoption that may be the largest, with its sign."""
    return hull(_forms(event, np.array([size]))) if size else _plain(event)


def _forms(event: _Event, sizes: FloatArray) -> Forms:
    estimates = np.concatenate([event.before, event.after])
    return hybrid_forms(estimates, event.covariance, len(event.before), event.target, sizes, event.df, event.alpha)


def _plain(event: _Event) -> Interval:
    """The interval under parallel trends."""
    half = event.quantile * event.error(np.concatenate([np.zeros(len(event.before)), event.target]))
    return event.estimate - half, event.estimate + half


def _relative_breakdown(event: _Event, line: float, alternative: Direction | None) -> float:
    """The smallest size that does not leave the line beyond; at the last the estimates themselves reach it."""
    if _holds(_plain(event), line, alternative):
        return 0.0
    largest = _reach(event) * _largest(event)
    low, high = 0.0, abs(line - event.estimate) / largest if largest else math.inf
    if math.isinf(high):
        high = 1.0
        while not _reached(event, np.array([high]), line, alternative).any():
            low, high = high, 2 * high
    for parts in PARTS:
        sizes = low + (high - low) * np.arange(1, parts) / parts
        found = np.append(_reached(event, sizes, line, alternative), True)
        first = int(np.argmax(found))
        sizes = np.concatenate([[low], sizes, [high]])
        low, high = float(sizes[first]), float(sizes[first + 1])
    return high


def _reached(event: _Event, sizes: FloatArray, line: float, alternative: Direction | None) -> BoolArray:
    low, high = reaches(_forms(event, sizes), line, len(sizes))
    return np.asarray((low | (alternative == "less")) & (high | (alternative == "greater")))


def _relative_identified(event: _Event, size: float) -> Interval:
    reach = size * _reach(event) * _largest(event)
    return event.estimate - reach, event.estimate + reach


def _largest(event: _Event) -> float:
    return float(np.max(np.abs(np.diff(np.append(event.before, 0.0)))))


def _reach(event: _Event) -> float:
    """L: how far changes of one a period move the target."""
    return float(np.sum(np.abs(np.cumsum(event.target[::-1]))))


# --- smoothness ---------------------------------------------------------------------------------------------------


def _smooth(event: _Event, size: float) -> Interval:
    """The shortest interval of fixed length, centred at an affine estimator."""
    fixed, free, constant = _affine(event)
    estimates = np.concatenate([event.before, event.after])
    gram = free.T @ event.covariance @ free
    cross = free.T @ event.covariance @ fixed
    quantile = _searched(event, gram, estimates @ free)

    def half(knots: FloatArray) -> float:
        bias = size * (constant + float(np.sum(np.abs(knots))))
        return _half_length(bias, event.error(fixed + free @ knots), event, quantile)

    knots = _shortest(half, _path(gram, cross))
    centre = float((fixed + free @ knots) @ estimates)
    length = half(knots)
    return centre - length, centre + length


def _searched(event: _Event, gram: FloatArray, seen: FloatArray) -> float:
    """t(1 − α/2)·√((ν + T²)/(ν − q)): by what an error is multiplied that was made as small as q free weights can."""
    if math.isinf(event.df):
        return event.quantile
    left = event.df - len(seen)
    distance = float(seen @ np.linalg.solve(gram, seen)) if len(seen) else 0.0
    return t_quantile(1 - event.alpha / 2, left) * math.sqrt((event.df + distance) / left)


def _check_search(event: _Event) -> None:
    """Refuse what has too few degrees of freedom, or no variance, for a search of weights."""
    count = len(event.before)
    if count > 1 and not trusted(count, event.df / 2):
        raise InferenceUnavailableError(
            f"The clusters are too few for a bound on how much the difference in trends bends, with {count} effects "
            f"before adoption and {significant(event.df, 'en', 3)} degrees of freedom, where {2 * (count + 3)} are "
            "needed; ask for relative_magnitudes.",
            f"Klustren är för få för en gräns för hur mycket skillnaden i trender kröker sig, med {count} effekter "
            f"före införandet och {significant(event.df, 'sv', 3)} frihetsgrader, där det behövs {2 * (count + 3)}; "
            "begär relative_magnitudes.",
        )
    if _flat(event):
        raise ArgumentError(
            "`covariance` must give every combination of the periods before adoption and the target a variance above "
            "zero under 'smoothness', whose weights are searched for; it is singular. Use more clusters, fewer "
            "periods, or 'relative_magnitudes'."
        )


def searchable(times: Sequence[int], estimates: FloatArray, covariance: FloatArray) -> bool:
    """Whether every combination that smoothness may weigh has a variance; the target is the mean.

    Parameters
    ----------
    times : sequence of int, length n
    estimates : (n,) array
    covariance : (n, n) array
    """
    return not _flat(_event(times, estimates, covariance, math.inf, None, Fraction(1, 20)))


def _flat(event: _Event) -> bool:
    fixed, free, _ = _affine(event)
    across = np.column_stack([free, fixed])
    spread = across.T @ event.covariance @ across
    sizes = np.abs(across).T @ np.sqrt(np.diag(event.covariance))  # what the errors could be
    return singular(spread / np.outer(sizes, sizes))


def _affine(event: _Event) -> tuple[FloatArray, FloatArray, float]:
    """Weights of all estimates as fixed + free @ (k_s with s < 0), and what the bias has without these, a unit of M.

    k_s = Σ_{d < s} (s − d) v_d, so that v_d is the second difference of k: v_{s−1} = k_s − 2 k_{s−1} + k_{s−2}.
    """
    n, p = len(event.before), len(event.target)
    bend = np.zeros((n, n))  # column j is the knot s = j − n + 1, row i the distance i − n
    for j in range(n):
        for shift, value in ((0, 1.0), (1, -2.0), (2, 1.0)):
            if j + shift < n:
                bend[j + shift, j] = value
    slope = float(np.arange(1, p + 1) @ event.target)
    fixed = np.concatenate([slope * bend[:, -1], event.target])
    free = np.vstack([bend[:, :-1], np.zeros((p, n - 1))])
    return fixed, free, abs(slope) + float(np.sum(np.abs(_bends(event)[1:])))


def _bends(event: _Event) -> FloatArray:
    """Σ_{d > s} (d − s)·l_d at the knots s = 0, …, P − 1."""
    return np.asarray(np.cumsum(np.cumsum(event.target[::-1]))[::-1])


def _smooth_identified(event: _Event, size: float) -> Interval | None:
    """The last slope before adoption goes on, and bends by at most M at every knot; None where it bent by more."""
    path = np.append(event.before, 0.0)
    if np.any(np.abs(np.diff(path, 2)) > size):
        return None
    bends = _bends(event)
    centre = event.estimate + float(bends[0]) * float(event.before[-1])
    reach = size * float(np.sum(np.abs(bends)))
    return centre - reach, centre + reach


def _half_length(bias: float, error: float, event: _Event, quantile: float) -> float:
    """σ·c(bias/σ), or bias + quantile·σ with finite degrees of freedom."""
    if not math.isinf(event.df) or error == 0:
        return bias + quantile * error
    return error * folded_quantile(bias / error, event.alpha)


def folded_quantile(centre: float, alpha: float) -> float:
    """The 1 − α quantile of |N(centre, 1)|, centre ≥ 0: Newton's steps, by halves where they leave the bracket."""
    low, high = centre, centre + t_quantile(1 - alpha / 2, math.inf)
    root = math.sqrt(0.5)
    value = high
    for _ in range(100):
        gap = (math.erfc((value - centre) * root) + math.erfc((value + centre) * root)) / 2 - alpha
        low, high = (value, high) if gap > 0 else (low, value)
        density = (math.exp(-((value - centre) ** 2) / 2) + math.exp(-((value + centre) ** 2) / 2)) / SQRT_TAU
        moved = value + gap / density
        moved = moved if low < moved < high else (low + high) / 2
        if abs(moved - value) <= 4 * EPSILON * value:
            return moved
        value = moved
    return value


def _path(gram: FloatArray, cross: FloatArray) -> list[FloatArray]:
    """The corners of the path of min ½k'Gk + c'k + λ·Σ|k| from λ = ∞ to 0.

    Between corners the signs of the k that are not zero stay, and their common pull −(Gk + c)·sign is λ. A corner is
    where a k reaches zero and leaves, or the pull of another reaches λ and it joins.
    """
    size = len(cross)
    knots = np.zeros(size)
    corners = [knots]
    if not size or not cross.any():
        return corners
    pull = -cross
    rate = float(np.max(np.abs(pull)))
    active = [int(np.argmax(np.abs(pull)))]
    left = -1
    for _ in range(50 * size):
        signs = np.sign(pull[active])
        step = np.zeros(size)
        step[active] = np.linalg.solve(gram[np.ix_(active, active)], signs)
        length, event = _next_corner(knots, step, pull, gram @ step, rate, active, left)
        knots = knots + length * step
        pull, rate = -(gram @ knots + cross), rate - length
        left = -1
        if event is not None and event in active:
            active.remove(event)
            knots[event], left = 0.0, event
        elif event is not None:
            active.append(event)
        corners.append(knots.copy())
        if event is None:
            return corners
    raise ArithmeticError("the path does not end")


def _next_corner(
    knots: FloatArray,
    step: FloatArray,
    pull: FloatArray,
    slope: FloatArray,
    rate: float,
    active: list[int],
    left: int,
) -> tuple[float, int | None]:
    """How far λ falls to the next corner, and whose it is; None is λ = 0."""
    length, event = rate, None
    for j in range(len(knots)):
        if j in active:
            found = [-knots[j] / step[j]] if step[j] * knots[j] < 0 else []
        else:  # what has just left cannot come back with the sign it had
            found = [(rate - pull[j]) / (1 - slope[j])] if slope[j] < 1 and not (j == left and pull[j] > 0) else []
            found += [(rate + pull[j]) / (1 + slope[j])] if slope[j] > -1 and not (j == left and pull[j] < 0) else []
        for value in found:
            if 0 <= value < length:
                length, event = float(value), j
    return length, event


def _shortest(half: Callable[[FloatArray], float], corners: list[FloatArray]) -> FloatArray:
    """The shortest along the path, on which the length falls and then rises: next to the best corner."""
    lengths = [half(corner) for corner in corners]
    place = int(np.argmin(lengths))
    found = [corners[place]]
    for first, last in pairwise(corners[max(0, place - 1) : place + 2]):

        def along(share: float, first: FloatArray = first, last: FloatArray = last) -> float:
            return half(first + share * (last - first))

        found.append(first + _lowest(along) * (last - first))
    return min(found, key=half)


def _lowest(function: Callable[[float], float]) -> float:
    """Where a function that falls and then rises on [0, 1] is lowest, by golden sections."""
    low, high = 0.0, 1.0
    one, two = 1 - GOLDEN, GOLDEN
    at_one, at_two = function(one), function(two)
    for _ in range(STEPS):
        if at_one <= at_two:
            high, two, at_two = two, one, at_one
            one = high - GOLDEN * (high - low)
            at_one = function(one)
        else:
            low, one, at_one = one, two, at_two
            two = low + GOLDEN * (high - low)
            at_two = function(two)
    return (low + high) / 2


# --- breakdown ----------------------------------------------------------------------------------------------------


def _holds(ends: Interval, line: float, alternative: Direction | None) -> bool:
    """Whether an interval is not beyond the line any more."""
    return (alternative == "less" or ends[0] <= line) and (alternative == "greater" or line <= ends[1])


def _smooth_breakdown(event: _Event, line: float, alternative: Direction | None) -> float:
    """The smallest size at which the interval is not beyond the line any more, by doubling and bisection."""
    if _holds(_smooth(event, 0.0), line, alternative):
        return 0.0
    low, high = 0.0, 1e-3 * max(event.error(np.concatenate([np.zeros(len(event.before)), event.target])), 1e-300)
    while not _holds(_smooth(event, high), line, alternative):
        low, high = high, 1.5 * high
    for _ in range(45):
        middle = (low + high) / 2
        low, high = (low, middle) if _holds(_smooth(event, middle), line, alternative) else (middle, high)
    return high


# --- words --------------------------------------------------------------------------------------------------------


def _beyond(line: float, alternative: Direction | None, alpha: float) -> tuple[Text, Text]:
    """What the interval does while the finding stands, and what it does when it does not."""
    level = format_percent(1 - alpha, "sv", None)
    at = {lang: "zero" if lang == "en" else "noll" for lang in LANGUAGES}
    if line:
        at = {lang: number_words(line, lang) for lang in LANGUAGES}
    if alternative is None:
        return (
            Text(en=f"leaves {at['en']} out", sv=f"utesluter {at['sv']}"),
            Text(en=f"holds {at['en']}", sv=f"innehåller {level}-intervallet {at['sv']}"),
        )
    side = Text(en="above", sv="över") if alternative == "greater" else Text(en="below", sv="under")
    return (
        Text(en=f"lies wholly {side.en} {at['en']}", sv=f"ligger helt {side.sv} {at['sv']}"),
        Text(
            en=f"does not lie wholly {side.en} {at['en']}",
            sv=f"ligger {level}-intervallet inte helt {side.sv} {at['sv']}",
        ),
    )


def _statement(restriction: str, breakdown: float, event: _Event, words: tuple[Text, Text]) -> Text:
    level = {lang: format_percent(1 - event.alpha, lang, None) for lang in ("en", "sv")}
    size = {lang: significant(breakdown, lang, 3) for lang in ("en", "sv")}
    stands, fails = words
    if breakdown == 0:
        without = (
            Text(en="without any difference in trends", sv="helt utan skillnad i trender")
            if restriction == "relative_magnitudes"
            else Text(
                en="with a difference in trends that is a straight line",
                sv="med en skillnad i trender som är en rät linje",
            )
        )
        return Text(
            en=f"Already {without.en} the {level['en']} interval {fails.en}.",
            sv=f"Redan {without.sv} {fails.sv}.",
        )
    if restriction == "relative_magnitudes":
        with_t = Text(en="", sv="")
        if not math.isinf(event.df):
            with_t = Text(en="; here with t for the normal", sv="; här med t i stället för normalfördelningen")
        return Text(
            en=f"The {level['en']} interval {stands.en} as long as the groups' trends part after adoption by less "
            f"than {size['en']} times their largest true change before it, from one period to the next, whose "
            f"uncertainty is counted (by the hybrid test of Andrews, Roth and Pakes, whose level holds in large "
            f"samples{with_t.en}).",
            sv=f"Intervallet på nivån {level['sv']} {stands.sv} så länge gruppernas trender efter införandet glider "
            f"isär mindre än {size['sv']} gånger den största verkliga förändringen före det, från en period till "
            f"nästa, vars osäkerhet är medräknad (enligt hybridtestet av Andrews, Roth och Pakes, vars nivå gäller i "
            f"stora stickprov{with_t.sv}).",
        )
    return Text(
        en=f"The {level['en']} interval {stands.en} as long as the difference in trends bends by less than "
        f"{size['en']} a period, in the outcome's unit.",
        sv=f"Intervallet på nivån {level['sv']} {stands.sv} så länge skillnaden i trender kröker sig mindre än "
        f"{size['sv']} per period, i utfallets enhet.",
    )
