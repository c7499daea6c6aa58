"""Second route to the order of a trial's rows in which assignments are drawn; it depends on no name of a group.

Rows have the rank of their numbers. Each group (block, cluster, pair, category) has that of the sorted ranks of its
rows, and each row anew that of its own rank and its groups', until no more rows are told apart. Those that are alike
still stand by their names.
"""

from collections.abc import Hashable, Sequence
from typing import Any


def content_order(
    groups: Sequence[Sequence[str]], numbers: Sequence[Sequence[float]], last: Sequence[Sequence[float]]
) -> list[int]:
    """Return the rows in order, where columns name their groups; those alike in all, then by the ``last`` numbers."""
    rows = range(len(numbers[0]))
    ranks = _refined(_ranks([tuple(column[i] for column in numbers) for i in rows]), groups)
    if last:
        ranks = _refined(_ranks([(ranks[i], *(column[i] for column in last)) for i in rows]), groups)
    return sorted(rows, key=lambda i: (ranks[i], tuple(names[i] for names in groups)))


def _refined(ranks: list[int], groups: Sequence[Sequence[str]]) -> list[int]:
    while groups:
        held = [_of_groups(names, ranks) for names in groups]
        finer = _ranks([(rank, *(own[i] for own in held)) for i, rank in enumerate(ranks)])
        if max(finer) == max(ranks):
            break
        ranks = finer
    return ranks


def _of_groups(names: Sequence[str], ranks: Sequence[int]) -> list[int]:
    """Return the rank of each row's group, by the sorted ranks of its rows."""
    members: dict[str, list[int]] = {}
    for name, rank in zip(names, ranks, strict=True):
        members.setdefault(name, []).append(rank)
    ordered = {name: tuple(sorted(own)) for name, own in members.items()}
    of = dict(zip(ordered, _ranks(list(ordered.values())), strict=True))
    return [of[name] for name in names]


def _ranks(keys: Sequence[Any]) -> list[int]:
    """Return the rank of each key among the distinct ones."""
    place: dict[Hashable, int] = {key: rank for rank, key in enumerate(sorted(set(keys)))}
    return [place[key] for key in keys]
