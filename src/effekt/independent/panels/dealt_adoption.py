"""Second route for the average of adoption in stages, under ways of giving clusters each other's starts.

The average is linear in the outcomes, Σ load(start of the cluster, t)·(sum of its outcomes in t), with loads that
depend on how many units each start has alone: w/n of the cohort in t and -w/n in its base, the contrary of its controls
(Callaway & Sant'Anna 2021, doi:10.1016/j.jeconom.2020.12.001), or what the normal equations of the rows without
treatment make of them (Borusyak, Jaravel & Spiess 2024, doi:10.1093/restud/rdae007, equation 5). Loads are exact. Under
the null τ₀ the average is a - τ₀b, b that of the treatment itself; p is the share of deals as far from τ₀ as the data's
own (Lehmann & Romano 2005, doi:10.1007/0-387-27605-X, theorem 15.2.1), of all deals up to 100,000, else of drawn ones
and that of the data (``dealt_order``). With covariates a unit's load as a control is
-w·x'(X'X)⁻¹x̄ of the controls' regression, at the cohort's mean x̄; deals in which it does not exist are left out.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import combinations
from math import factorial, fsum, prod
from operator import mul

from effekt.exceptions import ArgumentError
from effekt.independent.limits import check_steps
from effekt.independent.linear_algebra import inverse
from effekt.independent.panels.adoption_panel import NEVER, Adoption
from effekt.independent.panels.dealt_order import in_order
from effekt.independent.regression import predict
from effekt.independent.seeded import drawn_orders
from effekt.independent.trials.lot_ranks import Target, as_good_as, beyond

MOST = 100_000  # deals that are all listed
TIE = 1e-12
Loads = dict[int, list[Fraction]]  # of each start, by period
Cell = tuple[int, int]


class Design:
    """Which effects are averaged, of whom, and how: everything but who adopts when."""

    def __init__(self, cells: Sequence[Cell], periods: int, estimator: str, comparison: str, by: str) -> None:
        if by not in ("simple", "dynamic", "cohort", "calendar"):
            raise ArgumentError(f"aggregate must be simple, dynamic, cohort or calendar, not {by!r}; choose one.")
        self.cells = [(g, t) for g, t in cells if t >= g]
        self.periods, self.imputed, self.by = periods, estimator == "imputation", by
        self.only_never = comparison == "never_treated"

    def loads(self, units: dict[int, int]) -> Loads:
        """Return the loads where each start has so many units."""
        found = {start: [Fraction(0)] * self.periods for start in units}
        bread = self._bread(units) if self.imputed else []
        for (g, t), weight in self.weights(units).items():
            if self.imputed:
                self._impute(found, bread, units, g, t, weight)
                continue
            controls = [start for start in units if start != g and start >= (NEVER if self.only_never else t + 1)]
            others = sum(units[start] for start in controls)
            for start, share in [(g, weight / units[g]), *((start, -weight / others) for start in controls)]:
                found[start][t] += share
                found[start][g - 1] -= share
        return found

    def weights(self, units: Mapping[int, int]) -> dict[Cell, Fraction]:
        """Return what each effect weighs."""
        if self.by in ("simple", "cohort"):
            count = Counter(g for g, _ in self.cells)
            own = {(g, t): Fraction(units[g], count[g] if self.by == "cohort" else 1) for g, t in self.cells}
            return {cell: value / sum(own.values()) for cell, value in own.items()}
        part = {(g, t): t - g if self.by == "dynamic" else t for g, t in self.cells}
        whole = {key: sum(units[g] for (g, t) in self.cells if part[g, t] == key) for key in set(part.values())}
        return {(g, t): Fraction(units[g], whole[part[g, t]] * len(whole)) for g, t in self.cells}

    def _rows(self, start: int) -> int:
        return min(start, self.periods)

    def _bread(self, units: dict[int, int]) -> list[list[Fraction]]:
        """Return the inverse of the normal equations, the first period's effect being 0."""
        size = max(map(self._rows, units))
        gram = [[Fraction(0)] * size for _ in range(size)]
        for start, n in units.items():
            m = self._rows(start)
            for a in range(m):
                for b in range(m):
                    gram[a][b] += n * (Fraction(int(a == b)) - Fraction(1, m))
        inner = inverse([line[1:] for line in gram[1:]]) if size > 1 else []
        return [[Fraction(0)] * size, *([Fraction(0), *line] for line in inner)]

    def _impute(
        self, found: Loads, bread: list[list[Fraction]], units: dict[int, int], g: int, t: int, weight: Fraction
    ) -> None:
        m = self._rows(g)
        found[g][t] += weight / units[g]
        for s in range(m):
            found[g][s] -= weight / (m * units[g])
        away = [Fraction(1, m) if a < m else Fraction(-int(a == t)) for a in range(len(bread))]
        reach = [predict(line, away) for line in bread]
        for start in units:
            rows = self._rows(start)
            middle = sum(reach[:rows], Fraction(0)) / rows
            for s in range(rows):
                found[start][s] += weight * (reach[s] - middle)


def dealt_test(panel: Adoption, design: Design, treated: Fraction, draws: int, rng: object) -> dict[str, object]:
    """Return the test of a null, a ratio by the effect that makes it the treated's; or why there is none."""
    starts = {unit.cluster: unit.start for unit in panel.units}
    if any(starts[unit.cluster] != unit.start for unit in panel.units):
        return {"unavailable": "the clusters do not allow it"}
    ways = factorial(len(starts)) // prod(map(factorial, Counter(starts.values()).values()))
    listed = ways <= MOST
    names = sorted(starts) if listed else in_order(panel)
    own = tuple(starts[name] for name in names)
    ways = ways if listed else draws
    deals = _others(own) if listed else _drawn(own, draws, rng)
    if panel.units[0].x:
        k = 1 + len(panel.units[0].x)
        loads = {(g, NEVER if design.only_never else t + 1) for g, t in design.cells}
        check_steps(10 * ways * len(panel.units) * (len(design.cells) + 2 * len(loads) * k**2))
        adjusted = list(_adjusted(design, panel, names, (own, *deals)))
        if 2 * (len(adjusted) - (not listed)) < ways:
            return {"unavailable": "the average rarely exists"}
        return {"unavailable": None, **_tests_of(adjusted, treated)}
    check_steps(2 * ways * len(own) * len(panel.periods))
    sizes = Counter(unit.cluster for unit in panel.units)
    sums = [_sums([unit.y for unit in panel.units if unit.cluster == name]) for name in names]
    statistics = list(_statistics(design, (own, *deals), [sizes[name] for name in names], sums))
    return {"unavailable": None, **_tests_of(statistics, treated)}


def _tests_of(statistics: Sequence[tuple[float, float]], treated: Fraction) -> dict[str, object]:
    """Return the tests by the averages of outcomes and of treatment in every deal, the data's own first."""
    largest = max(abs(a) for a, _ in (*statistics, (float(treated), 0.0)))
    joined = [as_good_as(a, b, statistics[0][0], TIE * largest) for a, b in statistics]
    at_infinity = _far_below(joined)
    return {
        "test": _test_of(statistics, treated, largest, at_infinity),
        "test_of_ends": _test_of(joined, treated, None, at_infinity),
        "without_ratio": treated <= 0,
    }


def _far_below(joined: Sequence[tuple[float, float]]) -> Callable[[str], Fraction]:
    """Return the p of effects far below zero, beyond every ratio above 0."""
    pairs = [(Fraction(a), Fraction(b)) for a, b in joined]
    target = Target(pairs[0][0], Fraction(0), Fraction(1))
    return lambda side: Fraction(sum(beyond(a, b, target, side, ties=True) for a, b in pairs), len(pairs))


def _test_of(
    statistics: Sequence[tuple[float, float]],
    treated: Fraction,
    largest: float | None,
    at_infinity: Callable[[str], Fraction],
) -> Callable[[str, float, str], Fraction]:
    """Return the test in which what is within 1e-12 of the ``largest`` number, or of the null, is tied."""

    def test(contrast: str, null: float, side: str) -> Fraction:
        if contrast == "ratio" and null <= 0:
            return at_infinity(side)
        effect = null if contrast == "difference" else float(treated) * (null - 1) / null
        values, mine = [a - effect * b for a, b in statistics], statistics[0][0] - effect
        sign = -1 if side == "less" else 1
        if side == "two-sided":
            values, mine = [abs(value) for value in values], abs(mine)
        bar = sign * mine - (0.0 if largest is None else TIE * max(largest, abs(effect)))
        return Fraction(sum(sign * value >= bar for value in values), len(values))

    return test


def _adjusted(
    design: Design, panel: Adoption, names: Sequence[str], deals: Sequence[tuple[int, ...]]
) -> Iterator[tuple[float, float]]:
    """Yield the same with covariates, unit by unit, where the regressions of a deal exist."""
    place = {name: i for i, name in enumerate(names)}
    middles = [
        sum(column, Fraction(0)) / len(panel.units) for column in zip(*(unit.x for unit in panel.units), strict=True)
    ]
    x = [[Fraction(1), *(v - m for v, m in zip(unit.x, middles, strict=True))] for unit in panel.units]
    on = [[Fraction(int(t >= unit.start)) for t in range(len(panel.periods))] for unit in panel.units]
    for deal in deals:
        its = [deal[place[unit.cluster]] for unit in panel.units]
        found, known = [Fraction(0), Fraction(0)], dict[tuple[int, int], list[Fraction]]()
        try:
            for (g, t), weight in design.weights(Counter(its)).items():
                key = g, NEVER if design.only_never else t + 1
                load = known[key] = known.get(key) or _unit_loads(x, its, *key)
                for kind, values in enumerate(([unit.y for unit in panel.units], on)):
                    moved = (c * (line[t] - line[g - 1]) for c, line in zip(load, values, strict=True) if c)
                    found[kind] += weight * sum(moved, Fraction(0))
        except ZeroDivisionError:
            continue
        yield float(found[0]), float(found[1])


def _unit_loads(x: Sequence[Sequence[Fraction]], its: Sequence[int], g: int, after: int) -> list[Fraction]:
    """Return 1/n for the cohort's units, -x'(X'X)⁻¹x̄ for its controls and 0 for others."""
    n, k = its.count(g), len(x[0])
    mean = [sum((row[j] for row, start in zip(x, its, strict=True) if start == g), Fraction(0)) / n for j in range(k)]
    controls = [i for i, start in enumerate(its) if start >= after and start != g]
    gram = [[sum((x[i][a] * x[i][b] for i in controls), Fraction(0)) for b in range(k)] for a in range(k)]
    reach = [predict(line, mean) for line in inverse(gram)]
    load = [Fraction(int(start == g), n) for start in its]
    for i in controls:
        load[i] = -predict(x[i], reach)
    return load


def _sums(outcomes: Sequence[Sequence[Fraction]]) -> list[float]:
    """Return the units' changes since the first period, added up in each."""
    return [float(sum((y[t] - y[0] for y in outcomes), Fraction(0))) for t in range(len(outcomes[0]))]


def _statistics(
    design: Design, deals: Sequence[tuple[int, ...]], sizes: Sequence[int], sums: Sequence[Sequence[float]]
) -> Iterator[tuple[float, float]]:
    """Yield the average of the outcomes and of the treatment under each deal, the data's own first."""
    known: dict[tuple[int, ...], dict[int, list[float]]] = {}
    own, periods = deals[0], len(sums[0])
    kinds = sorted(set(own))
    on = [[size * (t >= start) for t in range(periods)] for size, start in zip(sizes, own, strict=True)]
    for deal in deals:
        units = {start: sum(n for n, its in zip(sizes, deal, strict=True) if its == start) for start in kinds}
        key = tuple(units.values())
        if key not in known:
            known[key] = {start: [float(v) for v in line] for start, line in design.loads(units).items()}
        loads = [known[key][start] for start in deal]
        yield _product(loads, sums), _product(loads, on)


def _product(loads: Sequence[Sequence[float]], sums: Sequence[Sequence[float]]) -> float:
    return fsum(value for own, beside in zip(loads, sums, strict=True) for value in map(mul, own, beside))


def _others(own: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Yield every way of dealing but the data's own."""
    return (deal for deal in _deals(Counter(own), len(own)) if deal != own)


def _drawn(own: tuple[int, ...], draws: int, rng: object) -> Iterator[tuple[int, ...]]:
    """Yield drawn ways of dealing, places in order of one number drawn for each."""
    check_steps(20 * draws * len(own))
    return (tuple(own[place] for place in order) for order in drawn_orders(rng, len(own), draws))


def _deals(left: Counter[int], places: int) -> Iterator[tuple[int, ...]]:
    """Yield every way of giving places the starts that there are."""
    if not left:
        yield (0,) * places
        return
    start = min(left)
    rest = Counter({other: n for other, n in left.items() if other != start})
    for taken in combinations(range(places), left[start]):
        for deal in _deals(rest, places - len(taken)):
            others, inside = iter(deal), set(taken)
            yield tuple(start if place in inside else next(others) for place in range(places))
