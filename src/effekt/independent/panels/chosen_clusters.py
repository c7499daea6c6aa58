"""Second route for the permutation of clusters: the difference of mean changes under other choices of the treated ones.

Under the null that every treated unit's change holds the effect τ₀, and were the clusters' changes exchangeable but for
it, the difference under another choice is a - τ₀ b, a of the changes and b of the treatment; p is the share of choices
as far from τ₀ as the data's own (Lehmann & Romano 2005, doi:10.1007/0-387-27605-X, theorem 15.2.1). All choices of as
many clusters are listed up to 100,000; else some are drawn, those with the lowest of one number drawn for each cluster:
first the treated, those of most units before others, then the others, by the sum of changes, then by size. All of it is
fractions, and ties count.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import combinations
from math import comb
from typing import NamedTuple

from effekt.independent.limits import check_steps
from effekt.independent.seeded import drawn_orders
from effekt.independent.trials.lot_ranks import Pair, Target, Tests, ranked

MOST = 100_000  # choices that are all listed


class Cluster(NamedTuple):
    """Whether it is treated, the sum of its units' changes, how many they are."""

    treated: bool
    change: Fraction
    size: int


def choice_tests(clusters: Sequence[Cluster], treated_mean: Fraction, draws: int, rng: object) -> Tests:
    """Return the tests of a null: of a contrast ("difference", "ratio"), its value and the alternative."""
    clusters = sorted(clusters, key=lambda own: (-own.size if own.treated else 0, own.change, own.size))
    count = sum(own.treated for own in clusters)
    listed = comb(len(clusters), count) <= MOST
    own = _difference(clusters, range(count))
    pairs = (_difference(clusters, chosen) for chosen in choices(len(clusters), count, listed, draws, rng))
    return ranked(pairs, Target(own[0], treated_mean, Fraction(1)), listed=listed, ties=False)


def choices(clusters: int, count: int, listed: bool, draws: int, rng: object) -> Iterator[Sequence[int]]:
    """Return the places of the treated in every choice, or in the drawn ones."""
    check_steps(10 * count * comb(clusters, count) if listed else draws * (10 * count + 20 * clusters))
    if listed:
        return combinations(range(clusters), count)
    return (order[:count] for order in drawn_orders(rng, clusters, draws))


def _difference(clusters: Sequence[Cluster], chosen: Sequence[int]) -> Pair:
    """Return the difference of mean changes between the chosen and the others, and that of their shares treated."""
    inside = [clusters[place] for place in chosen]
    n, whole = sum(own.size for own in inside), sum(own.size for own in clusters)
    sums = [(sum((own.change for own in some), Fraction(0)), _treated(some)) for some in (inside, clusters)]
    change, treated = (Fraction(a, n) - (b - a) / (whole - n) for a, b in zip(*sums, strict=True))
    return change, treated


def _treated(clusters: Sequence[Cluster]) -> Fraction:
    """Return how many units of the clusters are treated."""
    return Fraction(sum(own.size for own in clusters if own.treated))
