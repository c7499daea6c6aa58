"""Whether the rows that a count pays for lie in the days that it may count, and in the calendar at all."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from effekt._calendar import days_after, first_day, is_date, parse_period, period_numbers, strays
from effekt._text import Text, both
from effekt._types import Period
from effekt._validation import plural
from effekt.contracts import Contract
from effekt.contracts.figures import MeasureFigure
from effekt.contracts.model import Analysis
from effekt.contracts.outcome_days import CountedDays, counted_days
from effekt.exceptions import DataError
from effekt.reports.thin_data import ONE_PERIOD, SEVERAL_PERIODS
from effekt.roles import as_outcome
from effekt.tables import Table, as_label
from effekt.workflow.findings import row_in_swedish

COUNTED = ("outcome_count",)  # methods that pay for every row, whatever its period
_A: Mapping[Period, str] = {
    "month": "en månad",
    "quarter": "ett kvartal",
    "tertial": "ett tertial",
    "year": "ett år",
    "season": "en säsong",
}
_MONTHS = re.compile(r"(?:months?|månad(?:er)?)\b", re.IGNORECASE)
_YEAR = r"(?:19|20|21)\d\d"
_MONTH = (  # in Swedish and English, whole or shortened
    r"(?:jan(?:uari|uary)?|feb(?:ruari|ruary)?|mar(?:s|ch)?|apr(?:il)?|ma[jy]|jun[ie]?|jul[iy]?|aug(?:usti|ust)?"
    r"|sept?(?:ember)?|o[ck]t(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_CALENDAR = re.compile(  # a year first, or last after a word, or a day and a month; with what may follow them
    rf"\s*(?:{_YEAR}(?:[\s./-]?[^\W\d]{{0,2}}[\s./-]?\d{{1,2}}){{0,2}}(?:[T\s]\d.*)?"
    rf"|(?:[^\W\d]+\.?\s?)?\d{{0,2}}[\s./-]?{_YEAR}"
    r"|\d{1,2}[\s./-]+\d{1,2}[\s./-]+\d{2,4}(?:\s\d.*)?"
    rf"|(?:{_YEAR}|\d{{1,2}})[\s./-]*{_MONTH}(?:[\s./-]*\d{{1,4}})?"  # 2023-januari, 1 feb 23
    rf"|(?:{_MONTH}|[vh]t)[\s./-]*\d\d"  # jan-23, as Excel shows a month; HT23
    r"|(?:3[7-9]|[4-6]\d)\d{3})\s*",  # 44927, as Excel keeps a day, from 2001 to 2091
    re.IGNORECASE,
)


def counts_periods(analysis: Analysis) -> bool:
    """Whether an analysis pays for every row, and its rows have a period, a day or a milestone."""
    return analysis.method in COUNTED and "time" in analysis.given


def check_rows(contract: Contract, date: str, tables: Mapping[str, Table]) -> None:
    """Refuse rows that are paid for and lie before what a contract covers, or after it or the certificate's day.

    Parameters
    ----------
    contract : Contract
    date : str
        Of the certificate, YYYY-MM-DD.
    tables : mapping of data id to Table
        Without those that were not delivered.

    Raises
    ------
    DataError
        Naming the analysis, the column and the first such row.
    """
    for id, analysis in contract.model.analysis.items():
        if counts_periods(analysis) and analysis.data in tables:
            table = tables[analysis.data]
            _check_column(id, table, str(analysis.arguments["time"]), counted_days(contract.model, id), date)
            declared = _declared(id, contract)
            for period in declared:
                _check_lengths(id, table, str(analysis.arguments["time"]), period)
            for period in declared or _by_unit(id, contract):
                _check_once_in_each(id, analysis, table, period)


def _check_column(id: str, table: Table, time: str, days: CountedDays, date: str) -> None:
    labels = {row: as_label(cell) for row, cell in enumerate(table.raw(time), start=1) if cell is not None}
    spans = calendar_spans(list(dict.fromkeys(labels.values())))
    if spans is None:
        if any(map(_CALENDAR.fullmatch, set(labels.values()))):
            raise _unplaced(id, table, time, labels)
        return  # milestones, which have no place in the calendar
    early = [row for row, label in labels.items() if days.first is not None and spans[label][1] <= days.first]
    if early:
        raise _outside(
            f"analysis.{id}: Column {time!r} must hold nothing that was over before {days.begins.en}, {days.first}",
            f"analysis.{id}: Kolumnen {time!r} får inte innehålla något som var slut före {days.begins.sv}, "
            f"{days.first}",
            rows=early,
            table=table,
            remedy=Text(
                en="Leave it out, or say in outcomes_from of the figure from which day its outcomes count",
                sv="Ta bort det, eller ange i siffrans outcomes_from från vilken dag dess utfall räknas",
            ),
        )
    if days.last is not None and days.last < date:
        after = [row for row, label in labels.items() if spans[label][0] > days.last]
        if after:
            raise _outside(
                f"analysis.{id}: Column {time!r} must hold nothing after the last day whose outcomes "
                f"figures.{days.ends} counts, {days.last}",
                f"analysis.{id}: Kolumnen {time!r} får inte innehålla något efter den sista dag vars utfall "
                f"figures.{days.ends} räknar, {days.last}",
                rows=after,
                table=table,
                remedy=Text(en="Leave it out", sv="Ta bort det"),
            )
    late = [row for row, label in labels.items() if spans[label][0] > date]
    if late:
        raise _outside(
            f"analysis.{id}: Column {time!r} must hold nothing after the day of the certificate, {date}",
            f"analysis.{id}: Kolumnen {time!r} får inte innehålla något efter intygets dag, {date}",
            rows=late,
            table=table,
            remedy=Text(
                en="Correct the period, or settle when it has come",
                sv="Rätta perioden, eller avräkna när den har kommit",
            ),
        )


def _figures_of(id: str, contract: Contract) -> list[MeasureFigure]:
    terms = contract.model.figures.values()
    return [term for term in terms if isinstance(term, MeasureFigure) and term.measure == id]


def _declared(id: str, contract: Contract) -> list[Period]:
    """The periods that figures of an analysis say that it counts, each once."""
    return list(dict.fromkeys(one.period for one in _figures_of(id, contract) if one.period is not None))


def _by_unit(id: str, contract: Contract) -> list[Period]:
    """Months, where the unit of an analysis' outcome or of a figure says that it counts those."""
    given = contract.model.analysis[id].arguments
    units = [text for term in _figures_of(id, contract) for text in both(term.printed_unit)]
    units += [str(given["outcome"].get("unit", ""))] if isinstance(given["outcome"], Mapping) else []
    return ["month"] if given.get("statistic") == "count" and any(map(_MONTHS.match, units)) else []


def _check_lengths(id: str, table: Table, time: str, period: Period) -> None:
    """Refuse rows that lie in no one period: longer ones, and names without a place in the calendar."""
    labels = {row: as_label(cell) for row, cell in enumerate(table.raw(time), start=1) if cell is not None}
    spans = calendar_spans(list(dict.fromkeys(labels.values()))) or {}
    long = [row for row, label in labels.items() if label not in spans or not _within_one(spans[label], period)]
    if long:
        one, several = ONE_PERIOD[period], SEVERAL_PERIODS[period]
        raise _outside(
            f"analysis.{id}: Column {time!r} must hold days or periods within one {one.en} each, since {several.en} "
            "are counted",
            f"analysis.{id}: Kolumnen {time!r} måste innehålla dagar eller perioder inom {_A[period]} vardera, "
            f"eftersom {several.sv} räknas",
            rows=long,
            table=table,
            holds=False,
            remedy=Text(en=f"Give a row for each {one.en}", sv=f"Ange en rad för varje {one.sv}"),
        )


def _within_one(span: tuple[str, str], period: Period) -> bool:
    first, after = span
    return parse_period(first, period) == parse_period(days_after(after, -1), period)


def _check_once_in_each(id: str, analysis: Analysis, table: Table, period: Period) -> None:
    """Refuse a period that a unit reaches in two rows, of days or weeks in it: each would be paid as a whole one."""
    given = analysis.arguments
    unit, time = str(given["unit"]), str(given["time"])
    column = as_outcome(given["outcome"]).columns[0]
    rows = table.select(labels=(unit,), times=(time,), numbers=(column,), missing=given["missing"])
    units, times = rows.labels[unit], rows.labels[time]
    spans = calendar_spans(times.names)
    one, several = ONE_PERIOD[period], SEVERAL_PERIODS[period]
    seen: dict[tuple[int, int | None], int] = {}
    for place in (rows.numbers[column] >= float(given["at_least"])).nonzero()[0] if spans else ():
        lies_in = parse_period(spans[times.names[times.codes[place]]][0], period) if spans else None
        row = int(rows.rows[place])
        first = seen.setdefault((int(units.codes[place]), lies_in), row)
        if first != row:
            raise DataError(
                f"analysis.{id}: Column {time!r} must hold each {one.en} of a unit in one row, since {several.en} are "
                f"counted; {table.where(row)} and {table.where(first)} are one unit in one {one.en}. Give a row for "
                f"each {one.en}, or pay for another unit than {several.en}.",
                sv=f"analysis.{id}: Kolumnen {time!r} måste ha varje {one.sv} för en enhet på en rad, eftersom "
                f"{several.sv} räknas; {row_in_swedish(table.where(row))} och {row_in_swedish(table.where(first))} är "
                f"en enhet i {_A[period]}. Ange en rad för varje {one.sv}, eller betala för en annan enhet än "
                f"{several.sv}.",
            )


def _outside(en: str, sv: str, *, rows: Sequence[int], table: Table, remedy: Text, holds: bool = True) -> DataError:
    """That rows hold what they must not, or not what they must: how many, the first of them, and what to do."""
    count, first = len(rows), table.where(rows[0])
    does = f"{'does' if count == 1 else 'do'}{'' if holds else ' not'}"
    return DataError(
        f"{en}; {plural(count, 'row')} {does}, the first at {first}. {remedy.en}.",
        sv=f"{sv}; {count} {'rad' if count == 1 else 'rader'} gör det{'' if holds else ' inte'}, den första är "
        f"{row_in_swedish(first)}. {remedy.sv}.",
    )


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
    where = table.where(first)
    return DataError(
        f"analysis.{id}: Column {time!r} must hold periods or days that exist, all in one form such as '2014-03', or "
        f"names without dates; the first that is not is at {where}. Correct it: what has no place in the "
        "calendar cannot be told from what has not happened yet.",
        sv=f"analysis.{id}: Kolumnen {time!r} måste innehålla perioder eller dagar som finns, alla i en form såsom "
        f"'2014-03', eller namn utan datum; den första som inte är det är {row_in_swedish(where)}. Rätta den: det som "
        "inte har någon plats i kalendern kan inte skiljas från det som ännu inte har hänt.",
    )
