"""Second route for the effect on everybody of nearest neighbours with replacement, in exact fractions.

Every unit i of either arm is matched: ŷ_i(w) is y_i in its own arm, and in the other the mean of its matches, moved by
the bias adjustment of that arm. The means are those of ŷ(1) and ŷ(0) over all n matched units; with K_j and S_j the
sums of the shares in which unit j serves and of their squares, and f_j = 1 when j is matched itself (Abadie & Imbens
2006, doi:10.1111/j.1468-0262.2006.00655.x, theorems 6 and 7)::

    population   n⁻² Σ_i (ŷ_i(1) - mean, ŷ_i(0) - mean)(…)' + n⁻² Σ_j ((f_j + K_j)² - f_j - S_j) σ_j², in j's own arm
    sample       n⁻² Σ_j (f_j + K_j)² σ_j², in j's own arm
"""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from math import inf

from effekt.independent.columns import mean
from effekt.independent.matches.shared_controls import FEW, Controls, Exact, bias_slopes, stand_ins
from effekt.independent.regression import Sandwich

Pairs = dict[int, tuple[Fraction, Fraction]]


def values_of_both(y: Exact, z: Sequence[Exact], treated: Controls, controls: Controls) -> tuple[Pairs, Exact]:
    """Return (ŷ(1), ŷ(0)) of every matched unit, and the differences of the single pairs, those of a unit sharing one.

    ``treated`` holds the matches of the treated rows, ``controls`` those of the control rows.
    """
    values: Pairs = {}
    squares: Exact = []
    found = [stand_ins(y, z, bias_slopes(y, z, arm), arm) for arm in (treated, controls)]
    for i, others in found[0].items():
        values[i] = (y[i], mean(others))
    for i, others in found[1].items():
        values[i] = (mean(others), y[i])
    effect = mean([first - second for first, second in values.values()])
    for sign, arm in zip((1, -1), found, strict=True):
        squares += [mean([(sign * (y[i] - own) - effect) ** 2 for own in others]) for i, others in arm.items()]
    return values, squares


def spread_of_both(
    values: Pairs, treated: Controls, controls: Controls, population: str, variance_of: Callable[[int], Fraction]
) -> tuple[Sandwich, str | None]:
    """Return the covariance of the two means, and why there is no inference."""
    use, squares = _use(treated, controls)
    n, zero = len(values), Fraction(0)
    cells = [[zero, zero], [zero, zero]]
    if population != "SATT":
        middle = [mean([pair[side] for pair in values.values()]) for side in (0, 1)]
        moved = [[pair[side] - middle[side] for side in (0, 1)] for pair in values.values()]
        cells = [[sum((move[a] * move[b] for move in moved), zero) for b in (0, 1)] for a in (0, 1)]
    arms = [{*treated, *(j for chosen in controls.values() for j in chosen)}]
    arms.append({*controls, *(j for chosen in treated.values() for j in chosen)})
    for side, units in enumerate(arms):
        for j in sorted(units):
            own = int(j in values)
            factor = (own + use.get(j, zero)) ** 2
            if population != "SATT":
                factor -= own + squares.get(j, zero)
            if factor:
                cells[side][side] += factor * variance_of(j)
    reason = FEW if min(map(len, arms)) < 6 else None
    return Sandwich([[float(cell / n**2) for cell in line] for line in cells], [0.0] * 3, [0.0] * 5, inf), reason


def _use(*arms: Controls) -> tuple[dict[int, Fraction], dict[int, Fraction]]:
    """Return K_j and S_j of every unit that serves."""
    use: dict[int, Fraction] = {}
    squares: dict[int, Fraction] = {}
    for arm in arms:
        for chosen in arm.values():
            share = Fraction(1, len(chosen))
            for j in chosen:
                use[j], squares[j] = use.get(j, Fraction(0)) + share, squares.get(j, Fraction(0)) + share**2
    return use, squares


def everyone(
    y: Exact,
    z: Sequence[Exact],
    arms: tuple[Controls, Controls],
    population: str,
    variance_of: Callable[[int], Fraction] | None,
) -> tuple[Mapping[int, tuple[Fraction, Fraction]], Callable[[], tuple[Sandwich, str | None]]]:
    """Return the two values of every matched unit, and what works out their spread; without σ² one stands for all."""
    values, squares = values_of_both(y, z, *arms)
    common = sum(squares, Fraction(0)) / (2 * len(values))
    return values, lambda: spread_of_both(values, *arms, population, variance_of or (lambda _: common))
