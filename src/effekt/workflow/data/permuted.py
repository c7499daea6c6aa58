"""Treatment labels given to others by a declared seed, so that a whole analysis can be tried without its effect.

Whoever bears a label, a row, a cluster, a unit with its whole history, or a series under its name, gets that of
another, within its block or pair. How labels are dealt follows from the seed and the content of the table alone, by
SHA-256: the order of the rows, the machine and the version of a library change nothing. A deal that agrees with the
true labels, or with their mirror, more than by `AGREEMENT` is dealt again, since it would show the effect, or minus it.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from effekt.contracts.model import Analysis
from effekt.exceptions import ArgumentError
from effekt.tables import Table, as_label

AGREEMENT = 0.25  # Cohen's kappa between the labels that are dealt and the true ones, at most, in either direction
_DEALS = 200
ROWS = ("randomized_trial", "randomized_trials", "complier_effect", "doubly_robust", "matched_comparison")
HISTORIES = ("difference_in_differences", "event_study")
STARTS = ("staggered_adoption",)
SERIES = ("trend_adjusted", "synthetic_control", "synthetic_difference_in_differences")


def has_labels(analysis: Analysis) -> bool:
    """Whether a method has treatment labels that can be dealt to others."""
    if analysis.method in HISTORIES:
        return analysis.arguments.get("eligible") in (None, "none")
    return analysis.method in (*ROWS, *STARTS, *SERIES)


def permuted(id: str, analysis: Analysis, table: Table, seed: int) -> Table | None:
    """The table of an analysis with its treatment labels dealt to others.

    Parameters
    ----------
    id : str
        The analysis, for the error.
    analysis : Analysis
    table : Table
    seed : int

    Returns
    -------
    Table or None
        None for a method without treatment labels, which counts or quotes an outcome.

    Raises
    ------
    ArgumentError
        Where there are too few who bear labels for any deal to hide the effect.
    """
    written, method = analysis.arguments, analysis.method
    if not has_labels(analysis):
        return None
    if method in ROWS:
        return _rows(id, {**written, **written.get("match", {})}, table, seed)
    if method in STARTS:
        return _starts(id, written, table, seed)
    if method in HISTORIES:
        return _histories(id, written, table, seed)
    return _series(id, written, table, seed)


def _rows(id: str, written: Mapping[str, Any], table: Table, seed: int) -> Table:
    """Rows, or whole clusters, in their block or pair; with receipt, which goes with the assignment."""
    names = [written[name] for name in ("treatment", "received") if name in written]
    labels = list(zip(*(table.raw(name) for name in names), strict=True))
    bearers = _clusters(written, table, labels) or _contents(table)
    within = [name for name in ("block", "pairs") if written.get(name) not in (None, "none")]
    groups = [tuple(map(str, cells)) for cells in zip(*(table.raw(written[name]) for name in within), strict=True)]
    dealt = _dealt(id, dict(zip(bearers, labels, strict=True)), dict(zip(bearers, groups, strict=False)), seed)
    return _with(table, {name: [dealt[one][i] for one in bearers] for i, name in enumerate(names)})


def _starts(id: str, written: Mapping[str, Any], table: Table, seed: int) -> Table:
    """The period of adoption of each unit, or of each cluster that adopts as one."""
    starts = table.raw(written["start"])
    bearers = _clusters(written, table, starts) or _names(table, written["unit"])
    dealt = _dealt(id, dict(zip(bearers, starts, strict=True)), {}, seed)
    return _with(table, {written["start"]: [dealt[one] for one in bearers]})


def _histories(id: str, written: Mapping[str, Any], table: Table, seed: int) -> Table:
    """From when each unit, or each cluster that is treated as one, is treated."""
    column, unit, time = written["treatment"], written["unit"], written["time"]
    found = table.select(numbers=[column], labels=[unit], times=[time])
    place = {int(row) - 1: i for i, row in enumerate(found.rows)}
    periods = [int(found.labels[time].codes[place[row]]) for row in range(len(table))]
    treated = [bool(found.numbers[column][place[row]] == 1) for row in range(len(table))]
    names = _names(table, unit)
    starts: dict[str, int | None] = dict.fromkeys(names)
    for name, on, period in zip(names, treated, periods, strict=True):
        if on:
            first = starts[name]
            starts[name] = period if first is None else min(first, period)
    bearers = _clusters(written, table, [starts[name] for name in names]) or names
    dealt = _dealt(id, {one: starts[name] for one, name in zip(bearers, names, strict=True)}, {}, seed)
    new = [(start := dealt[one]) is not None and period >= start for one, period in zip(bearers, periods, strict=True)]
    return _with(table, {column: list(map(float, new))})


def _series(id: str, written: Mapping[str, Any], table: Table, seed: int) -> Table:
    """Every unit under the name of another, but for published series that others are compared with."""
    fixed: set[str] = set()
    for name in ("comparator", "series_units"):
        value = written.get(name)
        fixed.update(map(str, value if isinstance(value, list) else [value]))
    names = _names(table, written["unit"])
    treated = set(map(str, written["treated"] if isinstance(written["treated"], list) else [written["treated"]]))
    labels = {name: name in treated for name in names if name not in fixed}
    sources = _sources(id, labels, {}, seed)
    return _with(table, {written["unit"]: [sources.get(name, name) for name in names]})


# --- who bears labels ----------------------------------------------------------------------------------------


def _names(table: Table, column: str) -> list[str]:
    return [as_label(cell) if cell is not None else "" for cell in table.raw(column)]


def _clusters(written: Mapping[str, Any], table: Table, labels: Sequence[Hashable]) -> list[str] | None:
    """The cluster of each row, where all of a cluster bear one label."""
    column = written.get("cluster")
    if column in (None, "none"):
        return None
    clusters = _names(table, str(column))
    return clusters if len(set(zip(clusters, labels, strict=True))) == len(set(clusters)) else None


def _contents(table: Table) -> list[str]:
    """Each row by what stands in it, numbered among those that are the same."""
    seen: Counter[str] = Counter()
    found = []
    for cells in zip(*(map(str, table.values(name)) for name in sorted(table.columns)), strict=True):
        content = "\x1f".join(cells)
        seen[content] += 1
        found.append(f"{content}\x1f{seen[content]}")
    return found


def _with(table: Table, columns: Mapping[str, Any]) -> Table:
    """The table with lists in place of some columns."""
    return table.with_columns(columns)


# --- the deal ------------------------------------------------------------------------------------------------


def _dealt(id: str, labels: Mapping[str, Any], groups: Mapping[str, Hashable], seed: int) -> dict[str, Any]:
    return {one: labels[source] for one, source in _sources(id, labels, groups, seed).items()}


def _sources(id: str, labels: Mapping[str, Hashable], groups: Mapping[str, Hashable], seed: int) -> dict[str, str]:
    """Whose label each bearer gets."""
    members: dict[Hashable, list[str]] = {}
    for one in sorted(labels):
        members.setdefault(groups.get(one), []).append(one)
    for deal in range(_DEALS):
        sources: dict[str, str] = {}
        for names in members.values():
            drawn = sorted(names, key=lambda name: hashlib.sha256(f"{seed}\x1f{deal}\x1f{name}".encode()).digest())
            sources.update(zip(names, drawn, strict=True))
        if abs(agreement(labels, sources)) <= AGREEMENT:
            return sources
    raise ArgumentError(
        f"analysis.{id} has no dry run: too few bear its treatment labels ({len(labels)}) for any other deal of them "
        "to hide the effect. Try the contract on a synthetic table instead."
    )


def agreement(labels: Mapping[str, Hashable], sources: Mapping[str, str]) -> float:
    """How far dealt labels agree with the true ones: Cohen's kappa, 1 for the same, 0 for no more than by chance.

    Parameters
    ----------
    labels : mapping of bearer to label
    sources : mapping of bearer to the bearer whose label it gets

    Returns
    -------
    float
        1 where all bear one label. Of two arms of one size it is the share of the effect that a difference of
        their means still shows, and −1 for arms that are exchanged.

    References
    ----------
    Cohen, J. (1960). A coefficient of agreement for nominal scales. Educational and Psychological Measurement 20,
    37–46. https://doi.org/10.1177/001316446002000104
    """
    n = len(labels)
    same = sum(labels[one] == labels[source] for one, source in sources.items()) / n
    chance = sum((count / n) ** 2 for count in Counter(labels.values()).values())
    return 1.0 if chance == 1 else (same - chance) / (1 - chance)
