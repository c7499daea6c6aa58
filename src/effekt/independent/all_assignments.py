"""Second route for randomisation inference without covariates, over every assignment that could have been drawn.

Under the null that the effect is τ₀ for every unit the difference in means (by block: Σ w_b of them) under another
assignment d* is a - τ₀ b, a = T(d*, y), b = T(d*, d); p is the share of assignments for which it is as far from τ₀ as
the trial's own: Fisher (1935); Rosenbaum (2002), section 2.4. A ratio ρ is tested by the τ₀ that makes ρ the ratio of
the target's means with and without treatment. As |b| ≤ 1, p only falls away from the estimate. All of it is fractions,
a null the decimal a reader sees, and ties count.
"""

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import combinations
from math import comb, prod

from effekt.independent.columns import mean
from effekt.independent.limits import NotRepeatedError

MOST = 100_000  # assignments that are all listed
Row = tuple[Fraction, int]  # outcome and arm
Block = list[list[Row]]  # units or clusters, as their rows


def blocks_of(y: Sequence[Fraction], d: Sequence[int], blocks: Sequence[str], units: Sequence[str]) -> list[Block]:
    """Return the rows of each unit or cluster of each block."""
    found: dict[str, dict[str, list[Row]]] = {}
    for value, arm, block, unit in zip(y, d, blocks, units, strict=True):
        found.setdefault(block, {}).setdefault(unit, []).append((value, arm))
    return [list(found[name].values()) for name in sorted(found)]


def randomization_test(blocks: list[Block], estimand: str) -> Callable[[str, float | Fraction, str], Fraction]:
    """Return the test of a null: of a contrast ("difference", "ratio"), its value and the alternative."""
    treated = [sum(rows[0][1] for rows in block) for block in blocks]
    if prod(comb(len(block), own) for block, own in zip(blocks, treated, strict=True)) > MOST:
        raise NotRepeatedError(
            f"the second route draws no assignments; it lists at most {MOST}.",
            f"den drar inga fördelningar; den räknar upp högst {MOST}.",
        )
    sizes = [sum(len(rows) for rows in block if estimand == "ATE" or rows[0][1] == 1) for block in blocks]
    statistics = [(Fraction(0), Fraction(0))]
    for block, own, size in zip(blocks, treated, sizes, strict=True):
        here = list(_differences(block, own, Fraction(size, sum(sizes))))
        statistics = [(a + c, b + d) for a, b in statistics for c, d in here]
    target = [row for block in blocks for rows in block for row in rows if estimand == "ATE" or row[1] == 1]
    level, share = mean([y for y, _ in target]), Fraction(sum(arm for _, arm in target), len(target))

    def test(contrast: str, null: float | Fraction, side: str) -> Fraction:
        value = null if isinstance(null, Fraction) else Fraction(repr(float(null)))
        effect = value if contrast == "difference" else level * (value - 1) / (1 - share + value * share)
        values = [a - effect * b for a, b in statistics]
        own = statistics[0][0] - effect
        if side == "two-sided":
            extreme = sum(abs(one) >= abs(own) for one in values)
        else:
            extreme = sum(one >= own if side == "greater" else one <= own for one in values)
        return Fraction(extreme, len(values))

    return test


def _differences(block: Block, treated: int, weight: Fraction) -> Iterator[tuple[Fraction, Fraction]]:
    """Return a and b of one block under each of its assignments, the trial's own first."""
    own = tuple(i for i, rows in enumerate(block) if rows[0][1] == 1)
    sums = [(sum((y for y, _ in rows), Fraction(0)), sum(arm for _, arm in rows), len(rows)) for rows in block]
    whole = [sum((Fraction(line[k]) for line in sums), Fraction(0)) for k in range(3)]
    yield _difference([sums[i] for i in own], whole, weight)
    for chosen in combinations(range(len(block)), treated):
        if chosen != own:
            yield _difference([sums[i] for i in chosen], whole, weight)


def _difference(
    chosen: list[tuple[Fraction, int, int]], whole: list[Fraction], weight: Fraction
) -> tuple[Fraction, Fraction]:
    y, d, n = (sum((Fraction(line[k]) for line in chosen), Fraction(0)) for k in range(3))
    others = whole[2] - n
    return weight * (y / n - (whole[0] - y) / others), weight * (d / n - (whole[1] - d) / others)
