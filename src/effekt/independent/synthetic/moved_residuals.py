"""Second route for conformal inference on a synthetic control: the residuals of all periods moved round in time.

Under the null τ the treated path without the intervention is Y - τ in the periods after. The weights are fitted to it
over all T periods; with W_k the sum that stands in the periods after when the residuals are moved by k places, p is the
share of k = 0, …, T - 1 for which W_k is as extreme as W_0: Chernozhukov, Wüthrich & Zhu (2021),
doi:10.1080/01621459.2021.1920957, algorithm 1 with moving blocks. All of it is fractions; sums that differ by less than
1e-11 of the largest deviation from the donors' mean, in each period after, are equally extreme. An end of a set is
where p of exact sums falls to α, by bisection from within.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from operator import mul

from effekt.independent.limits import SEVERAL, check_steps
from effekt.independent.statistics import end_of_set
from effekt.independent.synthetic.synthetic_paths import Paths

TIE = Fraction(1, 10**11)
LOOKED = 12  # effects on either side of an end at which p is looked at
FARTHEST = 1e9
LEVELS = tuple(Fraction(percent, 100) for percent in (50, 60, 70, 80, 90, 95, 99))  # of the sets that there are
WITHIN = 100  # effects whose p is asked for to find the ends of a set
Ends = tuple[float | None, float | None]
Row = Sequence[int | Fraction]
Weights = Callable[[Sequence[Row], Row], tuple[list[int], int]]  # of donors for an aim, over a denominator


def moved_residuals(paths: Paths, weights_for: Weights, estimate: Fraction) -> dict[str, object]:
    """Return the test of a null, a ratio by the effect that makes it the treated's, and the ends of its sets.

    Declared are the p of no effect and the sets of seven levels; a figure has no other.

    ``weights_for`` gives the donors' weights for a path over all periods.
    """
    own, donors = paths.outcome[0], paths.outcome[1:]
    size, n_after = len(paths.span), len(paths.span) - paths.before
    check_steps(size**2 * (len(donors) + size))
    middle = [Fraction(sum(values), len(donors)) for values in zip(*donors, strict=True)]
    apart = [abs(value - m) for path in paths.outcome for value, m in zip(path, middle, strict=True)]
    rounding = TIE * n_after * max(apart)
    treated = Fraction(sum(own[paths.before :]), n_after * paths.scale)

    def moved(effect: Fraction) -> list[Fraction]:
        aim = [value - (paths.scale * effect if t >= paths.before else 0) for t, value in enumerate(own)]
        weights, whole = weights_for(donors, aim)
        mixed = [Fraction(sum(map(mul, weights, values)), whole) for values in zip(*donors, strict=True)]
        residuals = [a - b for a, b in zip(aim, mixed, strict=True)]
        turned = [residuals[size - k :] + residuals[: size - k] for k in range(size)]
        return [sum(path[paths.before :], Fraction(0)) for path in turned]

    known: dict[Fraction, list[Fraction]] = {}

    def share(effect: Fraction, side: str, rounding: Fraction) -> Fraction:
        if effect not in known:
            known[effect] = moved(effect)
        sums = known[effect]
        if side == "two-sided":
            sums = [abs(one) for one in sums]
        sign = -1 if side == "less" else 1
        return Fraction(sum(sign * (one - sums[0]) >= -rounding for one in sums), size)

    def test(contrast: str, null: float, side: str) -> Fraction:
        value = Fraction(repr(float(null)))
        return share(value if contrast == "difference" else treated * (value - 1) / value, side, rounding)

    def ends(contrast: str, alpha: Fraction, side: str) -> Ends:
        check_steps(WITHIN * size**2 * (len(donors) + size))
        low, high = _interval(lambda effect: share(Fraction(effect), side, Fraction(0)), float(estimate), alpha, side)
        if contrast == "difference":
            return low, high
        return _ratio(float(treated), low), _ratio(float(treated), high)

    declared = dict.fromkeys(("two-sided", "greater", "less"), LEVELS)
    return {
        "test": test,
        "ends": ends,
        "declared_levels": declared,
        "without_ratio": treated <= 0,
        "unavailable": None,
    }


def _ratio(treated: float, effect: float | None) -> float | None:
    """Return the ratio of an effect; None for one that is infinite."""
    return None if effect is None or effect >= treated else treated / (treated - effect)


def _interval(p_of: Callable[[float], Fraction], centre: float, alpha: Fraction, side: str) -> Ends:
    """Return the ends of {effect: p > α} about the estimate; declined where that is seen to be several intervals.

    A set of one side may begin beyond the estimate.
    """
    step, towards = abs(centre) / 8 or 1.0, {"greater": 1, "less": -1}.get(side, 0)
    while p_of(centre) <= alpha:
        if not towards or step > FARTHEST * max(1.0, abs(centre)):
            raise SEVERAL
        centre, step = centre + towards * step, 2 * step
    ends = [end_of_set(lambda effect: float(p_of(effect)), centre, float(alpha), sign) for sign in (-1, 1)]
    for end in ends:
        if end is None:
            continue
        inside = (centre + (end - centre) * k / LOOKED for k in range(1, LOOKED))
        outside = (centre + (end - centre) * (1 + 2.0 ** (k - LOOKED // 2)) for k in range(LOOKED))
        if any(p_of(effect) <= alpha for effect in inside) or any(p_of(effect) > alpha for effect in outside):
            raise SEVERAL
    return ends[0], ends[1]
