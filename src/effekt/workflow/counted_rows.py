"""Whether the rows that a count pays for lie in the days that it may count, and in the calendar at all."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from effekt._calendar import days_after, first_day, is_date, period_numbers, strays
from effekt._validation import plural
from effekt.contracts import Contract
from effekt.contracts.model import Analysis
from effekt.contracts.outcome_days import CountedDays, counted_days
from effekt.exceptions import DataError
from effekt.tables import Table, as_label

COUNTED = ("outcome_count",)  # methods that pay for every row, whatever its period
_CALENDAR = re.compile(  # a year first, or last after a word, or a day and a month; with what may follow them
    r"\s*(?:(?:19|20|21)\d\d(?:[\s./-]?[^\W\d]{0,2}[\s./-]?\d{1,2}){0,2}(?:[T\s]\d.*)?"
    r"|(?:[^\W\d]+\.?\s?)?\d{0,2}[\s./-]?(?:19|20|21)\d\d"
    r"|\d{1,2}[\s./-]+\d{1,2}[\s./-]+\d{2,4}(?:\s\d.*)?)\s*"
)


def counts_periods(analysis: Analysis) -> bool:
    """Whether an analysis pays for every row, and its rows have a period, a day or a milestone."""
    return analysis.method in COUNTED and analysis.arguments.get("time") is not None


def check_rows(contract: Contract, date: str, tables: Mapping[str, Table]) -> None:
    """Refuse rows that are paid for and lie before what a contract covers, or after it or the certificate's day.

    Parameters
    ----------
    contract : Contract
    date : str
        Of the certificate, YYYY-MM-DD.
    tables : mapping of data id to Table

    Raises
    ------
    DataError
        Naming the analysis, the column and the first such row.
    """
    for id, analysis in contract.model.analysis.items():
        if counts_periods(analysis):
            _check_column(
                id, tables[analysis.data], str(analysis.arguments["time"]), counted_days(contract.model, id), date
            )


def _check_column(id: str, table: Table, time: str, days: CountedDays, date: str) -> None:
    labels = {row: as_label(cell) for row, cell in enumerate(table.raw(time), start=1) if cell is not None}
    spans = calendar_spans(list(dict.fromkeys(labels.values())))
    if spans is None:
        if any(map(_CALENDAR.fullmatch, set(labels.values()))):
            raise _unplaced(id, table, time, labels)
        return  # milestones, which have no place in the calendar
    early = [row for row, label in labels.items() if spans[label][1] <= days.first]
    if early:
        raise DataError(
            f"analysis.{id}: Column {time!r} must hold nothing that was over before {days.begins.en}, {days.first}; "
            f"{_do(early)}, the first at {table.where(early[0])}. Leave it out, or say in outcomes_from of the figure "
            "from which day its outcomes count."
        )
    if days.last is not None and days.last < date:
        after = [row for row, label in labels.items() if spans[label][0] > days.last]
        if after:
            raise DataError(
                f"analysis.{id}: Column {time!r} must hold nothing after the last day whose outcomes "
                f"figures.{days.ends} counts, {days.last}; {_do(after)}, the first at {table.where(after[0])}. Leave "
                "it out."
            )
    late = [row for row, label in labels.items() if spans[label][0] > date]
    if late:
        raise DataError(
            f"analysis.{id}: Column {time!r} must hold nothing after the day of the certificate, {date}; {_do(late)}, "
            f"the first at {table.where(late[0])}. Correct the period, or settle when it has come."
        )


def _do(rows: Sequence[int]) -> str:
    """'1 row does', '2 rows do'."""
    return f"{plural(len(rows), 'row')} {'does' if len(rows) == 1 else 'do'}"


def calendar_spans(names: Sequence[str]) -> dict[str, tuple[str, str]] | None:
    """The first day of each date or period and the first day after it; None where some are neither, or there is none.

    Parameters
    ----------
    names : sequence of str

    Returns
    -------
    dict of str to (str, str), or None
        YYYY-MM-DD.
    """
    found = period_numbers(names)
    if found is not None:
        period, numbers = found
        return {
            name: (first_day(number, period), first_day(number + 1, period))
            for name, number in zip(names, numbers, strict=True)
        }
    if names and all(map(is_date, names)):
        return {name: (name[:10], days_after(name[:10], 1)) for name in names}
    return None


def _unplaced(id: str, table: Table, time: str, labels: Mapping[int, str]) -> DataError:
    """That what looks like periods or days has no place in the calendar, or not in one form; as when it was read."""
    odd = strays(list(labels.values()))
    alone = [row for row, label in labels.items() if period_numbers([label]) is None and not is_date(label)]
    first = next((row for row, label in labels.items() if odd and label in odd[1]), (alone or list(labels))[0])
    return DataError(
        f"analysis.{id}: Column {time!r} must hold periods or days that exist, all in one form such as '2014-03', or "
        f"names without dates; the first that is not is at {table.where(first)}. Correct it: what has no place in the "
        "calendar cannot be told from what has not happened yet."
    )
