"""Second route to the assignment of rows to columns at the least total cost, in whole numbers, by shortest paths.

Rows come in turn. Each takes the shortest way, under costs reduced by the prices u of rows and v of columns, to a free
column or to leaving some row out at that row's own cost (Jonker & Volgenant 1987, doi:10.1007/BF02278710); then prices
are such that no reduced cost is below zero and those of what is assigned are zero, which proves the optimum.
"""

from collections.abc import Mapping, Sequence
from heapq import heappop, heappush

from effekt.independent.limits import check_steps

LEFT_OUT = -1
Costs = Sequence[Mapping[int, int]]  # of each row, by column, none below zero


def least_assignment(costs: Costs, leaving: Sequence[int]) -> list[int]:
    """Return the column of each row, or ``LEFT_OUT``, at the least sum of costs and of what leaving rows out costs."""
    u, v = [0] * len(costs), dict.fromkeys({column for own in costs for column in own}, 0)
    owner: dict[int, int] = {}
    given = [LEFT_OUT] * len(costs)
    steps = 0
    for new in range(len(costs)):
        arrived, before, end, released, length = _way(costs, leaving, (u, v, owner), new)
        steps += sum(len(costs[row]) + 1 for row in arrived)
        check_steps(steps)
        for row, distance in arrived.items():
            u[row] += length - distance
            if row != new:
                v[given[row]] -= length - distance
        if end == LEFT_OUT and released != new:
            end, given[released] = given[released], LEFT_OUT
        while end != LEFT_OUT:
            row = before[end]
            owner[end], given[row], end = row, end, LEFT_OUT if row == new else given[row]
    return given


def _way(
    costs: Costs, leaving: Sequence[int], prices: tuple[list[int], dict[int, int], dict[int, int]], new: int
) -> tuple[dict[int, int], dict[int, int], int, int, int]:
    """Return how far each row on the way is, the row before each column, the end, the row left out, and the length."""
    u, v, owner = prices
    arrived, before, reach = {new: 0}, {}, dict[int, int]()
    waiting: list[tuple[int, int, int]] = []  # distance, column or none, row
    row = new
    while True:
        far = arrived[row] - u[row]
        heappush(waiting, (far + leaving[row], LEFT_OUT, row))
        for column, cost in costs[row].items():
            distance = far + cost - v[column]
            if column not in reach or distance < reach[column]:
                reach[column], before[column] = distance, row
                heappush(waiting, (distance, column, row))
        while True:
            distance, column, last = heappop(waiting)
            if column == LEFT_OUT or column not in owner:
                return arrived, before, column, last, distance
            if owner[column] not in arrived:
                break
        row = owner[column]
        arrived[row] = distance
