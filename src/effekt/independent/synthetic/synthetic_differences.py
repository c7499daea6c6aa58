"""Second route for synthetic difference-in-differences: exact weights, of which only the noise is rounded.

Arkhangelsky, Athey, Hirshberg, Imbens & Wager (2021, doi:10.1257/aer.20190159), with J donors, T₀ periods before and T₁
after, N₁ treated units (algorithm 1, equations 4 to 6)::

    ω   Σ_t (ω₀ + Σ_j ω_j Y_jt - Y_1t)² + ζ² T₀ Σ ω²,   ζ = (N₁ T₁)^¼ σ
    λ   Σ_j (λ₀ + Σ_t λ_t Y_jt - Ȳ_j,after)²,           of several the one of least Σ λ²
    τ   (Ȳ_1,after - Σ_t λ_t Y_1t) - Σ_j ω_j (Ȳ_j,after - Σ_t λ_t Y_jt)

σ is the standard deviation (ddof 1) of the donors' first differences before. An intercept takes the mean of the periods
before from each unit (ω), and that of the donors from each period (λ).
"""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from math import isqrt
from operator import mul

from effekt.exceptions import ArgumentError
from effekt.independent.columns import Cell, Columns
from effekt.independent.synthetic.nearest_mixture import nearest, programme
from effekt.independent.synthetic.synthetic_paths import Outcome, Path, Roles, read_paths, with_placebos

ROOT = 10**30  # a square root is taken to so many parts


def synthetic_difference_in_differences(
    columns: Columns,
    *,
    outcome: Outcome,
    unit: str,
    time: str,
    treated: Cell | Sequence[Cell],
    first_treated: Cell,
    period: str,
    last_evaluated: Cell | None = None,
    donors: Cell | Sequence[Cell] | None = None,
    inference: str = "placebo",
    missing: str = "raise",
) -> dict[str, object]:
    """Return the treated mean, its counterfactual and, with placebo inference, the placebos' errors or their spread."""
    if inference not in ("placebo", "placebo_variance", "none"):
        raise ArgumentError(f"inference must be placebo, placebo_variance or none, not {inference!r}; choose one.")
    roles = Roles(outcome, unit, time, period, treated, first_treated, last_evaluated, donors)
    paths = read_paths(columns, roles, missing)

    def effect(place: int, pool: list[int], units: int) -> Fraction:
        others = [paths.outcome[j] for j in pool]
        return difference(paths.outcome[place], others, paths.before, units) / paths.scale

    def of_group(group: tuple[int, ...], pool: list[int]) -> Fraction:
        others = [paths.outcome[j] for j in pool]
        return difference(paths.together(group), others, paths.before, len(group)) / paths.scale

    return with_placebos(paths, effect, of_group, inference=inference, steps=2)


def difference(own: Path, donors: Sequence[Path], before: int, units: int) -> Fraction:
    """Return τ of one path against others, in whole numbers until the last division."""
    steps = [later - now for path in donors for now, later in pairwise(path[:before])]
    count, after = len(steps), len(own) - before
    noise = Fraction(0)
    if count > 1:
        noise = Fraction(count * sum(step * step for step in steps) - sum(steps) ** 2, count * (count - 1))
    ridge = Fraction(isqrt(units * after * ROOT**2), ROOT) * noise * before  # ζ² T₀
    aim = _centred(own[:before])
    moved = [[z - y for z, y in zip(_centred(path[:before]), aim, strict=True)] for path in donors]
    omega, whole = nearest(programme(moved, ridge=ridge * before**2))  # the columns are `before` times as large
    days = [_centred([after * path[t] - sum(path[before:]) for path in donors]) for t in range(before)]
    lam, all_days = nearest(programme(days))
    moves = [all_days * sum(path[before:]) - after * _dot(lam, path[:before]) for path in (own, *donors)]
    return Fraction(whole * moves[0] - _dot(omega, moves[1:]), whole * all_days * after)


def _centred(values: Sequence[int]) -> list[int]:
    """Return the values less their mean, times how many they are."""
    total = sum(values)
    return [len(values) * value - total for value in values]


def _dot(a: Sequence[int], b: Sequence[int]) -> int:
    return sum(map(mul, a, b))
