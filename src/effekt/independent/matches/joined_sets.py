"""Second route for CR2 of matched sets that are compared with each other, or of what sets and clusters join.

The regression on two arms, weighted by the match, has in each group g of sets that no cluster connects one share w_g of
the weights of either arm. With (a_g, b_g) what the group's weighted deviations from the two means add up to, over all
weights, the covariance is Σ (a_g, b_g)(a_g, b_g)'/(1 - w_g), and with q_g = w_g²/(1 - w_g) there are
1/(Σ w² + (Σ q)² - Σ q²) degrees of freedom (Abadie & Spiess 2022, doi:10.1080/01621459.2020.1840383).
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from effekt.independent.regression import Sandwich

Sets = Sequence[tuple[list[int], list[int]]]  # rows of the treated and of the controls
FEWEST = 6


def joined(sets: Sets, clusters: Sequence[str] | None) -> dict[int, int]:
    """Return the group of each compared row: its set, or what clusters join to it."""
    group = list(range(len(sets)))
    if clusters is not None:
        first: dict[str, int] = {}
        for place, arms in enumerate(sets):
            for name in {clusters[i] for rows in arms for i in rows}:
                one, other = group[first.setdefault(name, place)], group[place]
                group = [one if own == other else own for own in group]
    return {i: group[place] for place, arms in enumerate(sets) for rows in arms for i in rows}


def between(
    y: Sequence[Fraction],
    sets: Sets,
    weights: Mapping[int, Fraction],
    means: Sequence[Fraction],
    groups: Mapping[int, int],
) -> tuple[Sandwich, str | None]:
    """Return the covariance of the two means between groups, and why there is no inference."""
    names = sorted(set(groups.values()))
    nothing = Sandwich([[0.0] * 2] * 2, [0.0] * 3, [0.0] * 5, 0.0)
    if len(names) < FEWEST:
        return nothing, "fewer than six groups of sets"
    moved = {name: [Fraction(0), Fraction(0)] for name in names}
    shares = dict.fromkeys(names, Fraction(0))
    whole = sum((weights[i] for arms in sets for i in arms[0]), Fraction(0))
    for arms in sets:
        for side, rows in enumerate(arms):
            for i in rows:
                moved[groups[i]][side] += weights[i] * (y[i] - means[side]) / whole
                shares[groups[i]] += weights[i] / whole if side == 0 else 0
    pairs = [(moved[name], shares[name]) for name in names]
    covariance = [
        [float(sum((own[a] * own[b] / (1 - w) for own, w in pairs), Fraction(0))) for b in (0, 1)] for a in (0, 1)
    ]
    q = [w**2 / (1 - w) for _, w in pairs]
    df = 1 / (sum(w**2 for _, w in pairs) + sum(q) ** 2 - sum(own**2 for own in q))
    reason = "Satterthwaite degrees of freedom below 3" if df < 3 else None
    return Sandwich(covariance, [0.0] * 3, [0.0] * 5, float(df)), reason
