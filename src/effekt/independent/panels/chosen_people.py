"""Second route for the permutation of clusters of other people: the effect with treatment of other clusters.

With Z_g an indicator of the rows of cluster g after adoption, residual from everything in the regression but treatment,
a = Z'y and K = Z'Z, the coefficient of the clusters chosen, s of 0 and 1, is s'a/s'Ks (Frisch-Waugh-Lovell), and that
of the true treatment s₀ is s'Ks₀/s'Ks. p is that of ``chosen_clusters``, ties within 1e-12. Drawn choices take the
treated first, then by a; where two clusters have as good as the same a and are not alike, their order is chance and the
second route declines.
"""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from math import comb, lcm

from effekt.independent.limits import NotRepeatedError
from effekt.independent.linear_algebra import solve
from effekt.independent.panels.chosen_clusters import MOST, choices
from effekt.independent.panels.wild_bootstrap import Draws
from effekt.independent.trials.lot_ranks import Pair, Target, Tests, ranked

NEAR = Fraction(1, 10**9)  # of the largest, by which numbers must differ to tell which is larger
Rows = Sequence[Sequence[Fraction]]


def people_tests(
    rows: Rows, y: Sequence[Fraction], treated: Sequence[bool], effect: tuple[Fraction, Fraction], draws: Draws
) -> Tests:
    """Return the tests of a null: of a contrast ("difference", "ratio"), its value and the alternative.

    ``rows`` hold the indicator of each cluster after adoption, in the order of ``treated``, and then what the
    regression has beside treatment; ``effect`` is the effect and the treated mean.
    """
    numerators, forms = _residual(rows, y, len(treated))
    order = sorted(range(len(treated)), key=lambda g: (not treated[g], numerators[g]))
    count = sum(treated)
    listed = comb(len(treated), count) <= MOST
    top = [numerators[g] for g in order]
    form = [[forms[g][h] for h in order] for g in order]
    if not listed:
        _check_order([treated[g] for g in order], top, form)
    chosen = choices(len(treated), count, listed, draws.number, draws.rng)
    pairs = (_pair(top, form, own, count) for own in chosen)
    return ranked(pairs, Target(effect[0], effect[1], Fraction(1)), listed=listed, ties=True)


def _residual(rows: Rows, y: Sequence[Fraction], count: int) -> tuple[list[int], list[list[int]]]:
    """Return Z'y and Z'Z of the residual columns, times one whole number."""
    columns = [*zip(*rows, strict=True), y]
    first, rest = [*range(count), len(columns) - 1], range(count, len(columns) - 1)

    def product(i: int, j: int) -> Fraction:
        return sum((a * b for a, b in zip(columns[i], columns[j], strict=True) if a and b), Fraction(0))

    across = [[product(i, j) for j in first] for i in rest]
    slopes = solve([[product(i, j) for j in rest] for i in rest], across)
    exact = [
        [
            product(i, j) - sum((line[a] * slope[b] for line, slope in zip(across, slopes, strict=True)), Fraction(0))
            for b, j in enumerate(first)
        ]
        for a, i in enumerate(first[:-1])
    ]
    scale = lcm(*(value.denominator for line in exact for value in line))
    whole = [[int(value * scale) for value in line] for line in exact]
    return [line[-1] for line in whole], [line[:-1] for line in whole]


def _pair(numerators: Sequence[int], forms: Sequence[Sequence[int]], chosen: Sequence[int], count: int) -> Pair:
    """Return the effect and the exposure of a choice; the treated are the first ones."""
    whole = sum(forms[g][h] for g in chosen for h in chosen)
    exposure = sum(forms[g][h] for g in chosen for h in range(count))
    return Fraction(sum(numerators[g] for g in chosen), whole), Fraction(exposure, whole)


def _check_order(treated: Sequence[bool], numerators: Sequence[int], forms: Sequence[Sequence[int]]) -> None:
    """Refuse clusters whose order is chance, unless they are alike in every choice."""
    near = NEAR * max(map(abs, numerators))
    for g, h in pairwise(range(len(numerators))):
        if treated[g] != treated[h] or numerators[h] - numerators[g] > near:
            continue
        others = (forms[g][k] == forms[h][k] for k in range(len(numerators)) if k not in (g, h))
        if numerators[g] != numerators[h] or forms[g][g] != forms[h][h] or not all(others):
            raise NotRepeatedError(
                "two clusters of one arm add the same to the effect, so the second route cannot tell which is drawn "
                "first.",
                "två kluster i samma grupp bidrar lika mycket till effekten, så den kan inte avgöra vilket som dras "
                "först.",
            )
