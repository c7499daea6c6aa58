"""How sure a trend-adjusted mean is by drawing blocks of its periods anew, the second time.

Each draw is as many periods of a window as it has, in blocks laid in a circle: *moving* blocks all have the length ℓ,
the last cut off (Künsch 1989, doi:10.1214/aos/1176347265); of *stationary* ones the next begins with a chance of 1/ℓ at
every period (Politis & Romano 1994, doi:10.1080/01621459.1994.10476870). Shares of 53 bits come one after the other
from the seed, the reference window's before the evaluation window's: moving, ⌊T·share⌋ of each block; stationary, of
all draws and periods whether a block begins there, then of all where.
"""

from collections.abc import Iterator, Sequence

from effekt.independent.limits import check_steps
from effekt.independent.seeded import Stream, checked_seed
from effekt.independent.trends.trend_means import Panel, Reading, Rule, Windows, count_unlike

LEAST = 2  # cosines that a window must be long enough for, as by the periods' long-run variance
Cells = list[tuple[float, float]]


def block_inference(
    panel: Panel,
    treated: list[str],
    others: list[str],
    windows: Windows,
    rule: Rule,
    paying: Reading,
    how: tuple[str, int | None, int, object],
) -> dict[str, object]:
    """Return the draws of the two means, or why there are none; ``how``: the blocks, their length, draws and seed."""
    kind, length, draws, seed = how
    if count_unlike(windows):
        return {"unavailable": "periods that count more than once"}
    if min(round(0.4 * len(window) ** (2 / 3)) for window in windows) < LEAST or length is None:
        return {"unavailable": "a window too short for two cosines"}
    pools = [others] if rule.weights == "denominator" else [[own] for own in others]
    check_steps(draws * sum(map(len, windows)) * (2 + len(pools) + 32))
    stream, means = Stream(checked_seed(seed)), []
    for window in windows:
        size = len(window)
        cells = [[_cell(panel, units, period) for period, _ in window] for units in (treated, *pools)]
        drawn = _moving(stream, size, length, draws) if kind == "moving" else _stationary(stream, size, length, draws)
        means.append([[_mean(own, periods, rule) for own in cells] for periods in drawn])
    if rule.adjustment == "ratio" and any(min(line[1:]) <= 0 for line in means[0]):
        return {"unavailable": "a draw of the comparator's reference is not above zero"}
    pairs = [(after[0], _counterfactual(before, after, rule)) for before, after in zip(*means, strict=True)]
    gaps = [t - c for t, c in pairs]
    if max(gaps) - min(gaps) <= 1e-13 * float(max(abs(paying.treated), abs(paying.reference))):
        return {"unavailable": "no variation of the periods"}
    return {"draws": pairs, "unavailable": None}


def _cell(panel: Panel, units: list[str], period: int) -> tuple[float, float]:
    """Return numerator and denominator of some units in one period."""
    top, below = zip(*(panel[own, period] for own in units), strict=True)
    return float(sum(top)), float(sum(below))


def _mean(cells: Cells, periods: Sequence[int], rule: Rule) -> float:
    if rule.mean == "ratio_of_sums":
        return sum(cells[t][0] for t in periods) / sum(cells[t][1] for t in periods)
    return sum(cells[t][0] / cells[t][1] for t in periods) / len(periods)


def _counterfactual(before: list[float], after: list[float], rule: Rule) -> float:
    """Return it from the means of the treated and of what counts by itself in the comparator."""
    count = len(before) - 1
    if rule.trend == "mean_of_ratios":
        return before[0] * sum(b / a for a, b in zip(before[1:], after[1:], strict=True)) / count
    first, second = sum(before[1:]) / count, sum(after[1:]) / count
    return before[0] * second / first if rule.adjustment == "ratio" else before[0] + second - first


def _moving(stream: Stream, size: int, length: int, draws: int) -> Iterator[list[int]]:
    """Return the periods of each draw."""
    for _ in range(draws):
        starts = [int(size * stream.share()) for _ in range(-(-size // length))]
        yield [(start + i) % size for start in starts for i in range(length)][:size]


def _stationary(stream: Stream, size: int, length: int, draws: int) -> Iterator[list[int]]:
    begins, starts = ([[stream.share() for _ in range(size)] for _ in range(draws)] for _ in range(2))
    for begin, start in zip(begins, starts, strict=True):
        found = [int(size * start[0])]
        for share, place in zip(begin[1:], start[1:], strict=True):
            found.append(int(size * place) if share < 1 / length else (found[-1] + 1) % size)
        yield found
