"""Standardised means for ``trend_adjusted``: a panel for every stratum, and the stratum's share of the standard.

The mean of a group over a window is Σ_s w_s · (the group's own mean in stratum s), Σ_s w_s = 1. The shares are the
declared weights over their sum, or those of the treated units' denominators over the reference window.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import fsum, gcd, lcm, log10, tau
from typing import cast

from effekt.exceptions import ArgumentError, DataError
from effekt.independent.columns import Columns, label, labels, total
from effekt.independent.trends.trend_means import Outcome, Panel, Weighted, read_panel

Standard = str | Sequence[Mapping[str, object]] | None


def read_strata(
    columns: Columns,
    *,
    outcome: Outcome,
    unit: str,
    time: str,
    period: str,
    standardize: Sequence[str],
    standard: Standard,
    treated: Sequence[str],
    reference: Weighted,
) -> Panel:
    """Return the panel, whose ``strata`` are (share, panel) for each stratum of the standard population."""
    if not standardize:
        if standard is not None:
            raise ArgumentError("standard goes with standardize; name the columns of the strata.")
        return read_panel(columns, outcome, unit, time, period)
    if isinstance(outcome, str):
        raise ArgumentError("standardize needs a (numerator, denominator) outcome; give both columns.")
    parts = _parts(columns, outcome, unit, time, period, standardize)
    _refuse_totals(parts, standardize)
    weights = (
        _own_weights(parts, treated, reference) if standard == "treated_reference" else _declared(standard, standardize)
    )
    if set(weights) != set(parts) or min(weights.values()) < 0 or sum(weights.values()) <= 0:
        raise ArgumentError("standard must give every stratum of the data, and no other, a weight; correct the table.")
    whole = Panel()
    for part in parts.values():
        for at, (top, below) in part.items():
            so_far = whole.get(at, (Fraction(0), Fraction(0)))
            whole[at] = (so_far[0] + top, so_far[1] + below)
    whole.parts, whole.strata = parts, _shares(parts, weights)
    whole.population = treated if standard == "treated_reference" else ()
    return whole


def standing_on(panel: Panel, reference: Weighted) -> Panel:
    """Return the panel with the shares of another reference, where the standard is the treated units' own there."""
    if not panel.population:
        return panel
    weights = _own_weights(panel.parts, panel.population, reference)
    if sum(weights.values()) <= 0:
        raise DataError("the treated must have a denominator above zero in the reference window; correct the data.")
    moved = Panel()
    moved.update(panel)
    moved.parts, moved.population, moved.strata = panel.parts, panel.population, _shares(panel.parts, weights)
    return moved


def thin_units(panel: Panel) -> set[str]:
    """Return the units that in some period and stratum have no row, or nobody."""
    nobody = (Fraction(0), Fraction(0))
    return {name for name, p in panel for part in panel.parts.values() if part.get((name, p), nobody)[1] <= 0}


def _shares(
    parts: Mapping[tuple[str, ...], Panel], weights: Mapping[tuple[str, ...], Fraction]
) -> list[tuple[Fraction, Panel]]:
    """Return the strata of the standard population, each with its share of it."""
    everybody = sum(weights.values(), Fraction(0))
    return [(weights[key] / everybody, parts[key]) for key in sorted(parts) if weights[key]]


def _parts(
    columns: Columns, outcome: Outcome, unit: str, time: str, period: str, standardize: Sequence[str]
) -> dict[tuple[str, ...], Panel]:
    """Return the panel of each stratum's own rows."""
    rows: dict[tuple[str, ...], list[int]] = {}
    for row, key in enumerate(zip(*(labels(columns, name) for name in standardize), strict=True)):
        rows.setdefault(key, []).append(row)
    return {
        key: read_panel(
            {name: [cells[row] for row in kept] for name, cells in columns.items()}, outcome, unit, time, period
        )
        for key, kept in rows.items()
    }


def _refuse_totals(parts: Mapping[tuple[str, ...], Panel], standardize: Sequence[str]) -> None:
    """Refuse a stratum whose pairs are in every cell those of others of its column together.

    A cell shows it where its numerator is not 0 and two of these have a denominator. Of all k others 8 cells must show
    it, of some of them 20 + k. With more than 24 smaller others these are tried all together alone. The sum of all
    others may be off by rounding, where this is no chance.
    """
    for k, column in enumerate(standardize):
        rows: dict[str, dict[tuple[object, ...], tuple[Fraction, Fraction]]] = {}
        for key, part in parts.items():
            rows.setdefault(key[k], {}).update({(*key[:k], *key[k + 1 :], at): pair for at, pair in part.items()})
        people = {own: total(below for _, below in row.values()) for own, row in rows.items()}
        rows = {own: row for own, row in rows.items() if people[own]}
        sums = _summed(rows)
        if len(rows) > 2:
            most = max(rows, key=lambda own: (people[own], own))
            others = [row for own, row in rows.items() if own != most]
            if _shown(rows[most], others) >= 8 and _rounded(rows[most], others):
                raise ArgumentError(f"column {column!r} must hold no total of its strata; leave the total's rows out.")
        for own, row in rows.items():
            below = sorted(other for other in rows if people[other] < people[own])
            for mask in _adding_up(sums[own], [sums[other] for other in below]):
                chosen = [rows[other] for i, other in enumerate(below) if mask >> i & 1]
                needed = 8 if len(chosen) == len(rows) - 1 else 20 + len(rows) - 1
                if len(chosen) > 1 and _same(row, chosen) and _shown(row, chosen) >= needed:
                    raise ArgumentError(
                        f"column {column!r} must hold no total of its strata; leave the total's rows out."
                    )


_Row = Mapping[tuple[object, ...], tuple[Fraction, Fraction]]


def _summed(rows: Mapping[str, _Row]) -> dict[str, Fraction]:
    """Return each row's numbers summed with a factor for each; where these sums do not add up the rows do not."""
    cells = dict.fromkeys(at for row in rows.values() for at in row)
    factors = {at: (pow(5, 2 * i + 1, 2**89 - 1), pow(5, 2 * i + 2, 2**89 - 1)) for i, at in enumerate(cells)}
    found = {}
    for own, row in rows.items():
        tops: dict[int, int] = {}  # by denominator, as the most are whole numbers
        for at, pair in row.items():
            for factor, number in zip(factors[at], pair, strict=True):
                top, below = number.as_integer_ratio()
                tops[below] = tops.get(below, 0) + factor * top
        found[own] = sum((Fraction(top, below) for below, top in tops.items()), Fraction(0))
    return found


def _adding_up(goal: Fraction, sums: Sequence[Fraction]) -> list[int]:
    """Return the groups that add up to the goal, whose members are the bits of each: all of the sums, or some."""
    if total(sums) == goal:
        return [(1 << len(sums)) - 1]
    if len(sums) > 24:
        return []
    middle = len(sums) // 2
    places = {value: mask for mask, value in _by_mask(sums[:middle]).items()}
    return [
        places[goal - value] | mask << middle
        for mask, value in _by_mask(sums[middle:]).items()
        if goal - value in places
    ]


def _by_mask(values: Sequence[Fraction]) -> dict[int, Fraction]:
    """Return the sum of each subset, whose members are the bits of its key."""
    sums = {0: Fraction(0)}
    for i, value in enumerate(values):
        sums.update({mask | 1 << i: so_far + value for mask, so_far in list(sums.items())})
    return sums


def _same(row: _Row, group: Sequence[_Row]) -> bool:
    """Whether the group adds up to the row in every cell."""
    nobody = (Fraction(0), Fraction(0))
    cells = {at for one in (row, *group) for at in one}
    return all(row.get(at, nobody)[k] == sum(one.get(at, nobody)[k] for one in group) for at in cells for k in (0, 1))


def _shown(row: _Row, group: Sequence[_Row]) -> int:
    """Return the number of cells that show the row to be the sum."""
    return sum(top != 0 and sum(at in one and one[at][1] > 0 for one in group) > 1 for at, (top, _) in row.items())


def _rounded(row: _Row, group: Sequence[_Row]) -> bool:
    """Whether the group adds up to the row as near as decimals allow, by numerator and denominator, and by no chance.

    Chance must be below one in a million by either. Where few cells are close it says nothing of the others.
    """
    nobody = (Fraction(0), Fraction(0))
    cells = list(dict.fromkeys(at for one in (row, *group) for at in one))
    chances = []
    for k in (0, 1):
        own, *parts = ([one.get(at, nobody)[k] for at in cells] for one in (row, *group))
        sums = [total(column) for column in zip(*parts, strict=True)]
        decimals = total(_decimal(numbers) for numbers in (own, *parts))
        widths = [decimals + 2 * len(parts) * abs(value) / 2**52 for value in sums]
        if any(2 * abs(mine - value) > width for mine, value, width in zip(own, sums, widths, strict=True)):
            return False
        series: dict[object, list[int]] = {}
        for i, at in enumerate(cells):
            unit, _ = cast(tuple[object, object], at[-1])
            series.setdefault((*at[:-1], unit), []).append(i)
        chances.append(
            fsum(
                _chance([sums[i] for i in run], [[part[i] for i in run] for part in parts], max(widths[i] for i in run))
                for run in series.values()
            )
        )
    return min(chances) < -6


def _decimal(numbers: Sequence[Fraction]) -> Fraction:
    """Return the place of the last digit other than 0 that any of the numbers has, as 1/10 for 2.5, 30 and 0."""
    below = lcm(*(one.denominator for one in numbers))
    above = gcd(*(one.numerator * (below // one.denominator) for one in numbers))
    finest = next((k for k in range(below.bit_length() + 1) if 10**k % below == 0), None)
    if finest is None or not above:  # no decimals, as thirds
        return Fraction(0)
    tens = len(written := str(above * 10**finest // below)) - len(written.rstrip("0"))
    return Fraction(10) ** (tens - finest)


def _chance(sums: Sequence[Fraction], parts: Sequence[Sequence[Fraction]], width: Fraction) -> float:
    """Return log10 of how likely another number lies as near to each sum but one, from how the parts' shares move."""
    free, every = len(sums) - 1, total(sums)
    if not free or not every:
        return 0.0
    off = total((value - total(part) / every * of) ** 2 for part in parts for value, of in zip(part, sums, strict=True))
    one = width**2 * free
    if not off or one / off >= Fraction(tau / 4):  # a chance of a half or more
        return 0.0
    return free * log10(one / off / Fraction(tau)) / 2


def _own_weights(
    parts: Mapping[tuple[str, ...], Panel], treated: Sequence[str], reference: Weighted
) -> dict[tuple[str, ...], Fraction]:
    """Return the treated units' denominators in the reference window, by stratum."""
    nobody = (Fraction(0), Fraction(0))
    return {
        key: sum((often * part.get((own, p), nobody)[1] for own in treated for p, often in reference), Fraction(0))
        for key, part in parts.items()
    }


def _declared(standard: Standard, standardize: Sequence[str]) -> dict[tuple[str, ...], Fraction]:
    """Return the weights as the table has them."""
    if standard is None or isinstance(standard, str):
        raise ArgumentError("standard must be treated_reference or a table of weights; declare one.")
    weights: dict[tuple[str, ...], Fraction] = {}
    for row in standard:
        if set(row) != {*standardize, "weight"}:
            raise ArgumentError("standard must have the columns of standardize and weight in every row; correct it.")
        key = tuple(label(row[name]) for name in standardize)  # type: ignore[arg-type]
        if key in weights:
            raise ArgumentError(f"standard names {', '.join(key)!r} twice; name it once.")
        weights[key] = _weight(row["weight"])
    return weights


def _weight(cell: object) -> Fraction:
    """Return the weight that is written: a whole number, a decimal or a ratio of whole numbers."""
    try:
        return Fraction(repr(cell) if isinstance(cell, float) else str(cell))
    except (ValueError, ZeroDivisionError) as error:
        raise ArgumentError("standard must hold numbers as weights; correct the table.") from error
