"""Second route for conformal inference on a synthetic control: the residuals of all periods moved round in time.

Under the null τ the treated path without the intervention is Y - τ in the periods after. The weights are fitted to it
over all T periods; with W_k the sum that stands in the periods after when the residuals are moved by k places, p is the
share of k = 0, …, T - 1 for which W_k is as extreme as W_0: Chernozhukov, Wüthrich & Zhu (2021),
doi:10.1080/01621459.2021.1920957, algorithm 1 with moving blocks. All of it is fractions; sums that differ by less than
1e-11 of the largest deviation from the donors' mean, in each period after, are equally extreme.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from operator import mul

from effekt.independent.limits import check_steps
from effekt.independent.synthetic_paths import Paths

TIE = Fraction(1, 10**11)
Row = Sequence[int | Fraction]
Weights = Callable[[Sequence[Row], Row], tuple[list[int], int]]  # of donors for an aim, over a denominator


def moved_residuals(paths: Paths, weights_for: Weights) -> dict[str, object]:
    """Return the test of a null, a ratio by the effect that makes it the treated's.

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

    def test(contrast: str, null: float, side: str) -> Fraction:
        value = Fraction(repr(float(null)))
        effect = value if contrast == "difference" else treated * (value - 1) / value
        if effect not in known:
            known[effect] = moved(effect)
        sums = known[effect]
        if side == "two-sided":
            sums = [abs(one) for one in sums]
        sign = -1 if side == "less" else 1
        return Fraction(sum(sign * (one - sums[0]) >= -rounding for one in sums), size)

    return {"test": test, "without_bounds": True, "unavailable": None}
