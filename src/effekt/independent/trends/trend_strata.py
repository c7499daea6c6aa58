"""Standardised means for ``trend_adjusted``: a panel for every stratum, and the stratum's share of the standard.

The mean of a group over a window is Σ_s w_s · (the group's own mean in stratum s), Σ_s w_s = 1. The shares are the
declared weights over their sum, or those of the treated units' denominators over the reference window.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from effekt.exceptions import ArgumentError
from effekt.independent.columns import Columns, label, labels
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
    total = sum(weights.values(), Fraction(0))
    whole = Panel()
    for part in parts.values():
        for at, (top, below) in part.items():
            so_far = whole.get(at, (Fraction(0), Fraction(0)))
            whole[at] = (so_far[0] + top, so_far[1] + below)
    whole.strata = [(weights[key] / total, parts[key]) for key in sorted(parts) if weights[key]]
    return whole


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
    """Refuse a stratum whose rows are, in each of at least 8 cells that show it, those of a column's others together.

    By each column: with ``rest`` the sum of the others' pairs wherever anybody is, own = rest everywhere. A cell shows
    it where the numerator is not 0 and two of the others have a denominator.
    """
    nobody = (Fraction(0), Fraction(0))
    for k, column in enumerate(standardize):
        for own in {key[k] for key in parts}:
            shown, same = 0, True
            for beside in {(*key[:k], *key[k + 1 :]) for key in parts}:
                mine = parts.get((*beside[:k], own, *beside[k:]), Panel())
                rest = [part for key, part in parts.items() if key[k] != own and (*key[:k], *key[k + 1 :]) == beside]
                for at in {at for part in (mine, *rest) for at in part}:
                    pairs = [part.get(at, nobody) for part in rest]
                    same = same and mine.get(at, nobody) == (sum(a for a, _ in pairs), sum(b for _, b in pairs))
                    shown += mine.get(at, nobody)[0] != 0 and sum(b > 0 for _, b in pairs) > 1
            if same and shown > 7:
                raise ArgumentError(f"column {column!r} must hold no total of its strata; leave the total's rows out.")


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
