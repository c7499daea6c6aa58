"""The unit ledger of a table with one row for each person, refused where the rows contradict themselves."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from effekt._calendar import is_date
from effekt._types import BoolArray, Table
from effekt._validation import check_option, join_words, shown
from effekt.diagnostics.ledger import BY_ARM, EVERYONE, STEPS, Count, Step, unit_ledger
from effekt.exceptions import ArgumentError, DataError
from effekt.result import Diagnostic
from effekt.tables import Selection, as_table

REACHED, NOT_REACHED = ("1", "True"), ("0", "False")
LONGEST, MOST_CODES = 60, 40  # characters of a reason code, and codes: more are notes about single persons
ARM_NAMES = {"1": "treated", "0": "control"}


def ledger_from_table(
    data: Table,
    *,
    steps: Mapping[Step, str],
    reason: str,
    arm: str | None = None,
    unit: str | None = None,
) -> Diagnostic:
    """Account for every row of a table: how far each person came, and why nobody is missing without a reason.

    Parameters
    ----------
    data : table
        One row for each person who was referred.
    steps : mapping of step to column
        For each of "referred", "eligible", "consented", "assigned", "followed" and "analysed" that is recorded, the
        column that says who reached it: 1 or 0, or the day (YYYY-MM-DD) or nothing. Without "referred" every row was.
    reason : str
        Column of the reason code of everyone who left before the last step, of at most 60 characters and 40 kinds since
        codes are shown; empty for everyone else.
    arm : str, optional
        Column of the group that each person was assigned to, empty for who was not; 1 and 0 are called treated and
        control.
    unit : str, optional
        Column that identifies the person, so that nobody stands in two rows.

    Returns
    -------
    Diagnostic
        As `unit_ledger`; reasons in alphabetical order, under the first step that was not reached.

    Raises
    ------
    DataError
        With the first row: for a cell that is neither, a step that is reached without the one before it or on an
        earlier day, a reason that is missing or that stands where nobody left, one that is no code, an arm that is
        missing or that stands where nobody was assigned, and a person in two rows.
    ArgumentError
        For a step that is unknown, no step, a column with two roles, and an arm without a step from "assigned" on.

    Examples
    --------
    >>> people = {
    ...     "assigned_on": ["2024-02-01", "2024-02-01", None, "2024-02-03"],
    ...     "measured": [1, 0, 0, 1],
    ...     "why": [None, "moved", "declined", None],
    ...     "group": ["new", "usual", None, "usual"],
    ... }
    >>> steps = {"assigned": "assigned_on", "analysed": "measured"}
    >>> print(ledger_from_table(people, steps=steps, reason="why", arm="group").statement)
    4 referred, 3 assigned (new 1, usual 2), 2 analysed (new 1, usual 1); every loss has a reason.
    """
    columns = _check_arguments(steps, reason, arm, unit)
    groups = [name for name in (reason, arm) if name is not None]
    table = as_table(data)
    if unit is not None:
        table.select(labels=[unit]).refuse_repeats([unit], "Give each person one row.")
    labels = [*columns.values(), *groups]
    rows = table.select(labels=labels, optional=labels)
    reached = {step: _reached(rows, column) for step, column in columns.items()}
    _check_order(rows, columns, reached)
    people = _People(
        rows=rows,
        reached={"referred": np.ones(len(rows), bool), **reached},
        reasons=_checked_reasons(rows, reached, reason),
        arms=_checked_arms(rows, reached, arm),
    )
    order = list(people.reached)
    counts = {step: people.count(step, people.reached[step]) for step in order}
    losses = {step: people.losses(before, step) for before, step in itertools.pairwise(order)}
    return unit_ledger(counts, losses={step: lost for step, lost in losses.items() if lost})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _People:
    """The rows: which steps each reached, the reason each left for ("" for none), and the arm of each."""

    rows: Selection
    reached: dict[Step, BoolArray]
    reasons: Any
    arms: Any

    def count(self, step: Step, who: BoolArray) -> Count:
        """How many of some; by arm from "assigned" on."""
        if step not in BY_ARM:
            return int(who.sum())
        names = sorted(set(self.arms.tolist()) - {""}, key=lambda name: (name != "treated", name))
        return {name: int((who & (self.arms == name)).sum()) for name in names or [EVERYONE]}

    def losses(self, before: Step, step: Step) -> dict[str, Count]:
        """How many left between two steps, by reason; by arm where those before had one."""
        left = self.reached[before] & ~self.reached[step]
        reasons = sorted(set(self.reasons[left].tolist()))
        found = {reason: self.count(before, left & (self.reasons == reason)) for reason in reasons}
        return {
            reason: count[EVERYONE] if isinstance(count, Mapping) and set(count) == {EVERYONE} else count
            for reason, count in found.items()
        }


def _check_arguments(steps: Mapping[Step, str], reason: str, arm: str | None, unit: str | None) -> dict[Step, str]:
    """The steps in their order with their columns, each of which plays one role."""
    if not isinstance(steps, Mapping) or not steps:
        raise ArgumentError(
            "`steps` must map a step to the column that says who reached it, such as {'analysed': 'measured'}; got "
            f"{steps!r}."
        )
    for step in steps:
        check_option("steps", step, STEPS)
    if list(steps) == ["referred"]:
        raise ArgumentError("`steps` must name a step after 'referred', such as 'analysed'; it names none.")
    roles: dict[str, str] = {}
    named = [*((f"steps[{step!r}]", column) for step, column in steps.items()), ("reason", reason)]
    named += [(role, column) for role, column in (("arm", arm), ("unit", unit)) if column is not None]
    for role, column in named:
        if not isinstance(column, str):
            raise ArgumentError(f"`{role}` must be a column name; got {shown(column)}.")
        if column in roles:
            raise ArgumentError(f"Column {column!r} must play one role; it is named as `{roles[column]}` and `{role}`.")
        roles[column] = role
    if arm is not None and not set(steps).intersection(BY_ARM):
        raise ArgumentError(
            f"`arm` needs one of the steps {join_words(BY_ARM)}; name the column of one, or leave `arm` out."
        )
    return {step: steps[step] for step in STEPS if step in steps}


def _texts(rows: Selection, column: str) -> Any:
    """(n,) text of each cell, "" where it is empty."""
    labels = rows.labels[column]
    return np.array([*labels.names, ""], dtype=object)[labels.codes]


def outside(rows: Selection, step: str, unit: str, known: Collection[str]) -> BoolArray:
    """Who reached a step, by its column, and is none of the known, by the column of units."""
    labels, names = rows.labels[unit], set(known)
    found: BoolArray = np.array([*(name not in names for name in labels.names), True])[labels.codes]
    return _reached(rows, step) & found


def _reached(rows: Selection, column: str) -> BoolArray:
    """Who reached a step."""
    labels = rows.labels[column]
    kinds = [name in REACHED or is_date(name) for name in labels.names]
    readable = [kind or name in NOT_REACHED for kind, name in zip(kinds, labels.names, strict=True)]
    rows.refuse(
        ~np.array([*readable, True])[labels.codes],
        column,
        "must hold 1 or 0, or the day of the step (YYYY-MM-DD) or nothing",
        "Recode it.",
    )
    return np.array([*kinds, False])[labels.codes]


def _check_order(rows: Selection, columns: Mapping[Step, str], reached: Mapping[Step, BoolArray]) -> None:
    """Nobody reaches a step without those before it, or before the day of one; everyone was referred."""
    if "referred" in reached:
        rows.refuse(
            ~reached["referred"], columns["referred"], "must say that everyone was referred", "Leave the others out."
        )
    for before, step in itertools.pairwise(reached):
        rows.refuse(
            reached[step] & ~reached[before],
            columns[step],
            f"must say {step!r} only of who was {before!r}, as column {columns[before]!r} has it",
            "Correct the step that is wrong.",
        )
    dated = {step: _texts(rows, column) for step, column in columns.items()}
    for before, step in itertools.combinations(reached, 2):
        days = zip(dated[before].tolist(), dated[step].tolist(), strict=True)
        both = [is_date(first) and is_date(last) and last < first for first, last in days]
        rows.refuse(
            both,
            columns[step],
            f"must hold no day before that of {before!r} in column {columns[before]!r}",
            "Correct the day that is wrong.",
        )


def _checked_reasons(rows: Selection, reached: Mapping[Step, BoolArray], column: str) -> Any:
    """The reason of each; whoever left has one and nobody else."""
    reasons = _texts(rows, column)
    last = list(reached)[-1]
    rows.refuse(
        ~reached[last] & (reasons == ""),
        column,
        f"must hold a reason for everyone who was not {last!r}",
        "Give the reason code, or correct the steps.",
    )
    rows.refuse(
        reached[last] & (reasons != ""),
        column,
        f"must be empty for everyone who was {last!r}",
        "Remove the reason, or correct the steps.",
    )
    long = np.array([len(reason) > LONGEST for reason in reasons.tolist()])
    rows.refuse(long, column, f"must hold codes of at most {LONGEST} characters", "Give each reason a short code.")
    kinds = len(rows.labels[column].names)
    if kinds > MOST_CODES:
        raise DataError(
            f"Column {column!r} must hold at most {MOST_CODES} reason codes, since they are shown; it has {kinds}. Put "
            "reasons together under codes."
        )
    return reasons


def _checked_arms(rows: Selection, reached: Mapping[Step, BoolArray], column: str | None) -> Any:
    """The arm of each; whoever was assigned has one and nobody else. One for all where no column is named."""
    first = next((step for step in reached if step in BY_ARM), None)
    if first is None:
        return np.full(len(rows), "", dtype=object)
    if column is None:
        return np.where(reached[first], EVERYONE, "").astype(object)
    arms = _texts(rows, column)
    rows.refuse(
        reached[first] & (arms == ""), column, f"must name an arm for everyone who was {first!r}", "Give the arm."
    )
    rows.refuse(
        ~reached[first] & (arms != ""),
        column,
        f"must be empty for everyone who was not {first!r}",
        "Remove the arm, or correct the step.",
    )
    if set(arms.tolist()) <= {*ARM_NAMES, ""}:
        return np.array([ARM_NAMES.get(name, "") for name in arms.tolist()], dtype=object)
    return arms
