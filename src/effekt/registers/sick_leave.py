"""Short-term sick leave per full-time month or employee-month, from records of spells and of employment."""

from __future__ import annotations

import datetime
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, TypeAlias

import numpy as np

from effekt._calendar import PARTS, SEASON_STARTS, Window, first_day, parse_window, period_label
from effekt._types import Period
from effekt._types import Table as AnyTable
from effekt._validation import check_integer, check_option, members_of, shown
from effekt.diagnostics import heaping
from effekt.exceptions import ArgumentError, DataError
from effekt.registers.extract import Extract
from effekt.registers.persons import check_persons
from effekt.registers.records import Columns, Record, check_day, day_of, read_records
from effekt.registers.sick_periods import SHORT, Piece, SickPeriod, layers, sick_periods, split
from effekt.registers.whole import check_no_whole
from effekt.registers.words import Ledger, ledger
from effekt.tables import Table

Definition: TypeAlias = Literal["days_1_to_14", "spells_ended_within_14_days"]
DayWeight: TypeAlias = Literal["extent", "extent_and_share"]
DEFINITIONS: tuple[Definition, ...] = ("days_1_to_14", "spells_ended_within_14_days")
DAY_WEIGHTS: tuple[DayWeight, ...] = ("extent", "extent_and_share")
Cell: TypeAlias = tuple[str, int]  # unit and period
Weighted: TypeAlias = "Counter[tuple[str, int, int, int]]"  # days by unit, period, and weight as a / b


def sick_leave_days(
    spells: AnyTable,
    employments: AnyTable,
    *,
    person: str,
    first_day: str,
    last_day: str,
    unit: str,
    window: tuple[object, object],
    until: str | datetime.date,
    extent: str | None = None,
    share: str | None = None,
    period: Period = "month",
    definition: Definition = "days_1_to_14",
    day_weight: DayWeight = "extent",
    relapse_days: int = 5,
    working_days: Iterable[str | datetime.date] | None = None,
    ended: Iterable[int] = (),
) -> Extract:
    """Short-term sick days, full-time months and employee-months of units and periods, from records of persons.

    Parameters
    ----------
    spells : table
        One row for each spell of sickness: `person`, `first_day`, `last_day` (empty while it goes on), `extent`. Give
        spells from before the window too, so that days are numbered from the first: all that end in the
        14 · `relapse_days` days before it (70 when that is 5) or later.
    employments : table
        One row for each employment: `person`, `unit`, `first_day`, `last_day` (empty while it goes on), `share`. People
        who were never sick belong here.
    person, first_day, last_day : str
        Columns of both tables; the days are dates, both inclusive.
    unit : str
        Column of `employments`: municipality, workplace.
    window : (first, last)
        First and last period of the table, inclusive.
    until : date
        Last day that the extract covers; not before the window ends. Spells that go on after it are cut there.
    extent : str, optional
        Column of `spells`: the share of working time that is lost, 0.25 to 1; without it 1.
    share : str, optional
        Column of `employments`: the share of full time, above 0 and at most 1; without it every employment counts 1.
    period : {"month", "quarter", "tertial", "year", "season"}
        A season goes from July to June.
    definition : {"days_1_to_14", "spells_ended_within_14_days"}
        What `days` are: the first 14 days of every sick period, or all days of sick periods that ended within 14.
    day_weight : {"extent", "extent_and_share"}
        What a day of sickness counts: its extent, divided over the person's units in proportion to the shares; or its
        extent times the share of each employment, full-time days as in the statutory account.
    relapse_days : int
        A spell that starts at most so many calendar days after the last sick day continues the sick period: with 5,
        four days of health lie between at most; with 1, none.
    ended : iterable of int
        Lengths of sick periods, such as range(12, 17), that are counted where they ended: a column ``ended_12``
        of each, by the period of the last sick day and every unit in which the person is employed then.
        `trend_adjusted` takes them for the check "heaping".
    working_days : iterable of dates, optional
        The days that are counted; without it, all calendar days. The numbers of days and the full-time months are by
        the calendar in either case.

    Returns
    -------
    Extract
        Table: `unit`, `period`, `days` (the numerator), and two denominators: `fte_months` and `employee_months`, a
        person with several employments in the unit counted once; `long_days` (from day 15), `all_days`, `people` (with
        an employment in the period), one row for each unit and period of the window in which someone is employed.
        Diagnostics: `sick_leave_ledger`, and `heaping` of the lengths of ended sick periods.

    Raises
    ------
    DataError
        For cells that are no dates, shares or extents, naming the row, never the cell; for tables without a person in
        common; for persons written in two forms, as with and without a hyphen, or the century of a personal identity
        number; for a unit that holds the people of all others, as the nation's.
    ArgumentError
        For an option outside its range, and an `until` before the end of the window.

    See Also
    --------
    trend_adjusted : takes the table, with ``outcome=("days", "fte_months")`` or ``("days", "employee_months")``.

    Notes
    -----
    A sick period is a chain of spells; days of sickness in it are numbered 1, 2, …, and days between its spells have no
    number and do not count. Spells of one person that overlap add their extents, at most to 1. Rows that
    are identical in every column count once; rows that differ in any, named or not, count each, and the ledger says so.
    With s_e the share of employment e on a day and x the extent, the unit u gets x · Σ_{e in u} s_e / Σ_e s_e
    ("extent") or x · Σ_{e in u} s_e ("extent_and_share"). A sick day without employment is counted in the ledger alone,
    but keeps its number. Full-time months are Σ over days of s_e / days of that month, employee-months Σ of 1 / days of
    that month over persons and days with an employment in the unit. All sums are exact fractions, rounded once to the
    nearest double, so the order of rows moves nothing.

    Under "spells_ended_within_14_days" days 1 to 14 of longer periods are in `all_days` alone. A period of at most 14
    days that may still grow after `until` is counted as it stands: as not ended when it goes on, as ended when it has.
    The ledger counts its days as undetermined.

    How far the extract must reach follows from the longest that k days of sickness in one period may last, which is
    1 + (k - 1) · `relapse_days` calendar days. Under both definitions `days` and `long_days` need every spell that ends
    14 · `relapse_days` days before the window's first day or later: a 15th day on that first day may have its first so
    long before. An extract that begins later may number days too low, which the ledger cannot see. Under
    "days_1_to_14" nothing after the window moves them. Under "spells_ended_within_14_days" an `until` of
    14 · `relapse_days` days past the window leaves nothing undetermined, and an earlier one may. A column ``ended_n``
    needs n · `relapse_days` days before the window, and `relapse_days` after it.

    Few people in a unit and period can be recognised; the ledger has the smallest number.

    References
    ----------
    Lag (1991:1047) om sjuklön, 7 §; prop. 1992/93:31, s. 77–78 (the five days are counted from the first day of
    health).

    Examples
    --------
    >>> import effekt
    >>> spells = {"who": ["a", "a"], "from": ["2019-01-07", "2019-01-14"], "to": ["2019-01-09", "2019-01-30"]}
    >>> staff = {"who": ["a", "b"], "from": ["2015-01-01"] * 2, "to": [None, "2019-01-31"], "kommun": ["0127"] * 2}
    >>> found = effekt.sick_leave_days(
    ...     spells, staff, person="who", first_day="from", last_day="to", unit="kommun",
    ...     window=("2019-01", "2019-02"), until="2019-03-31",
    ... )
    >>> found.table.to_pandas()[["period", "days", "fte_months", "long_days"]].values.tolist()
    [['2019-01', 14.0, 2.0, 6.0], ['2019-02', 0.0, 1.0, 0.0]]
    """
    _check_columns(
        person=person,
        first_day=first_day,
        last_day=last_day,
        unit=unit,
        extent="-" if extent is None else extent,
        share="-" if share is None else share,
    )
    check_option("definition", definition, DEFINITIONS)
    check_option("day_weight", day_weight, DAY_WEIGHTS)
    span = parse_window("window", window, period)
    end = check_day("until", until)
    _check_covered(span, end)
    calendar = _Calendar(span, _working(working_days, span))
    relapse = check_integer("relapse_days", relapse_days, 1)
    days_ended = members_of(ended)
    if days_ended is None:
        raise ArgumentError(f"`ended` must be a list of whole days, as [14]; got {shown(ended)}.")
    counted = dict.fromkeys(check_integer("ended", days, 1) for days in days_ended)
    sick = read_records("spells", spells, Columns(person, first_day, last_day, extent), end)
    staff = read_records("employments", employments, Columns(person, first_day, last_day, share, unit), end)
    sums = _Sums(ended={days: Counter() for days in counted})
    account = Ledger(sick=sick, staff=staff, window=str(span), definition=definition)
    check_persons(person, sick, staff)
    spells_of, jobs_of = sick.by_person(), staff.by_person()
    if spells_of and spells_of.keys().isdisjoint(jobs_of):
        raise DataError(
            f"Column {person!r} must name persons alike in `spells` and `employments`; no person of `spells`, from row "
            "1 on, is in `employments`. Write the pseudonyms of both in one form."
        )
    account.unemployed = len(spells_of.keys() - jobs_of.keys())
    jobs_layers = {name: layers(jobs) for name, jobs in jobs_of.items()}
    check_no_whole(unit, staff, jobs_layers)
    for name, jobs in jobs_of.items():
        _add_time(sums, jobs, calendar)
        _add_employed(sums, jobs_layers[name], calendar)
        account.employ(jobs_layers[name])
    for name, own in spells_of.items():
        periods, overlap = sick_periods(own, relapse, end)
        held = jobs_layers.get(name, [])
        account.take(own, periods, overlap, calendar.first)
        for one in periods:
            _add_period(sums, account, one, held, calendar, definition, day_weight)
    table = sums.table(span)
    account.fewest = min(table.raw("people"), default=0)  # type: ignore[type-var, assignment]
    lengths = np.asarray(account.lengths, int)
    return Extract(table=table, diagnostics=(ledger(account), heaping(lengths, at=SHORT)))


def _check_columns(**names: object) -> None:
    for name, column in names.items():
        if not isinstance(column, str) or not column:
            raise ArgumentError(f"`{name}` must be the name of a column; got {shown(column)}.")


def _check_covered(span: Window, until: int) -> None:
    if not PARTS[span.period] <= span.first <= span.last < 9999 * PARTS[span.period]:
        raise ArgumentError(f"`window` must lie in the years 1 to 9998; got {span}.")
    last = _start(span.last + 1, span.period) - 1
    if until < last:
        raise ArgumentError(
            f"`until` must not lie before the window ends, {datetime.date.fromordinal(last)}; got "
            f"{datetime.date.fromordinal(until)}. End the window earlier, or give a later extract."
        )


def _start(number: int, period: Period) -> int:
    """The ordinal of a period's first day."""
    return datetime.date.fromisoformat(first_day(number, period)).toordinal()


def _working(days: Iterable[str | datetime.date] | None, span: Window) -> list[int] | None:
    """The ordinals of the days that count, sorted; None when all do."""
    if days is None:
        return None
    members = members_of(days)
    if members is None:
        raise ArgumentError(f"`working_days` must be a list of dates such as '2019-01-31'; got {type(days).__name__}.")
    found = [day_of(day) for day in members]
    if None in found:
        raise ArgumentError(
            f"`working_days` must hold dates such as '2019-01-31'; the first that is none is number "
            f"{found.index(None) + 1}."
        )
    listed = sorted({day for day in found if day is not None})
    for number in span.numbers():
        first, last = _start(number, span.period), _start(number + 1, span.period) - 1
        if bisect_left(listed, first) == bisect_right(listed, last):
            raise ArgumentError(
                f"`working_days` must have a day in every period of the window; {period_label(number, span.period)} "
                f"has none. Give the working days of all of it."
            )
    return listed


class _Calendar:
    """The months of the window, and how many days of a stretch count."""

    def __init__(self, span: Window, working: list[int] | None) -> None:
        per = 12 // PARTS[span.period]
        late = SEASON_STARTS - 1 if span.period == "season" else 0  # months after January that a year of it begins
        months = range(span.first * per, (span.last + 1) * per)
        self.starts = [_start(month + late, "month") for month in (*months, months[-1] + 1)]
        self.periods = [month // per for month in months]
        self.working = working
        self.first, self.last = self.starts[0], self.starts[-1] - 1

    def months(self, first: int, last: int) -> Iterable[tuple[int, int, int, int]]:
        """A stretch cut by months of the window: period, length of the month, first and last day."""
        first, last = max(first, self.first), min(last, self.last)
        at = bisect_right(self.starts, first) - 1
        while first <= last:
            ends = min(last, self.starts[at + 1] - 1)
            yield self.periods[at], self.starts[at + 1] - self.starts[at], first, ends
            first, at = ends + 1, at + 1

    def counted(self, first: int, last: int) -> int:
        """How many of the days first to last count."""
        if self.working is None:
            return last - first + 1
        return bisect_right(self.working, last) - bisect_left(self.working, first)


@dataclass(slots=True)
class _Sums:
    """How many days of each weight there are in each unit and period: whole numbers, so quick to add and exact."""

    days: Weighted = field(default_factory=Counter)
    long_days: Weighted = field(default_factory=Counter)
    all_days: Weighted = field(default_factory=Counter)
    ended: dict[int, Counter[Cell]] = field(default_factory=dict)
    fte_months: Weighted = field(default_factory=Counter)
    employee_months: Weighted = field(default_factory=Counter)
    people: Counter[Cell] = field(default_factory=Counter)

    def table(self, span: Window) -> Table:
        """Rows by unit and period."""
        cells = sorted(self.people)
        columns = {}
        for name in ("days", "fte_months", "employee_months", "long_days", "all_days"):
            totals = _totals(getattr(self, name))
            columns[name] = np.array([float(totals.get(cell, 0)) for cell in cells])
        if not cells:
            raise ArgumentError(
                f"`window` must hold a period in which someone is employed; {span} has none. Give the window "
                "of the data."
            )
        labels = {"unit": [unit for unit, _ in cells], "period": [period_label(n, span.period) for _, n in cells]}
        people = [self.people[cell] for cell in cells]
        ended = {f"ended_{days}": [own[cell] for cell in cells] for days, own in self.ended.items()}
        return Table({**labels, **columns, "people": people, **ended}, name="the sick-leave table")


def _totals(weighted: Weighted) -> dict[Cell, Fraction]:
    """The sum of days times weight in each unit and period."""
    totals: dict[Cell, Fraction] = {}
    for (unit, number, above, below), days in weighted.items():
        totals[unit, number] = totals.get((unit, number), Fraction(0)) + Fraction(days * above, below)
    return totals


def _add_time(sums: _Sums, jobs: Sequence[Record], calendar: _Calendar) -> None:
    """Full-time months of one person, and the person in each unit and period."""
    seen: set[Cell] = set()
    for job in jobs:
        above, below = job.part.as_integer_ratio()
        for number, length, first, last in calendar.months(job.first, job.last):
            sums.fte_months[job.unit, number, above, below * length] += last - first + 1
            seen.add((job.unit, number))
    for cell in seen:
        sums.people[cell] += 1


def _add_employed(sums: _Sums, held: Sequence[tuple[int, int, tuple[Record, ...]]], calendar: _Calendar) -> None:
    """Employee-months of one person, who counts once in a unit however many employments there are."""
    for start, end, holding in held:
        for unit in {job.unit for job in holding}:
            for number, length, first, last in calendar.months(start, end):
                sums.employee_months[unit, number, 1, length] += last - first + 1


def _add_period(
    sums: _Sums,
    account: Ledger,
    period: SickPeriod,
    jobs: Sequence[tuple[int, int, tuple[Record, ...]]],
    calendar: _Calendar,
    definition: Definition,
    day_weight: DayWeight,
) -> None:
    """Days of one sick period, in the sums they belong to."""
    ended_short = period.ended and period.length <= SHORT
    if period.ended and period.length in sums.ended:
        last = period.pieces[-1].last
        cells = {
            (job.unit, number)
            for start, end, holding in jobs
            if start <= last <= end
            for job in holding
            for number, *_ in calendar.months(last, last)
        }
        sums.ended[period.length].update(cells)
    for piece in period.pieces:
        early, late = split(piece)
        for part, targets in ((early, [sums.all_days]), (late, [sums.all_days, sums.long_days])):
            if part is None:
                continue
            if part is early and (definition == "days_1_to_14" or ended_short):
                targets.append(sums.days)
            inside = _add_piece(targets, part, jobs, calendar, day_weight)
            account.outside += _in_window(part, calendar) - inside
            if definition != "days_1_to_14" and not period.settled:
                account.undetermined += inside


def _in_window(piece: Piece, calendar: _Calendar) -> int:
    first, last = max(piece.first, calendar.first), min(piece.last, calendar.last)
    return calendar.counted(first, last) if first <= last else 0


def _add_piece(
    targets: Sequence[Weighted],
    piece: Piece,
    jobs: Sequence[tuple[int, int, tuple[Record, ...]]],
    calendar: _Calendar,
    day_weight: DayWeight,
) -> int:
    """Add the days of a piece to the person's units; how many days there was an employment."""
    inside = 0
    for start, end, holding in jobs:
        if start > piece.last or end < piece.first:
            continue
        whole = sum((job.part for job in holding), Fraction(0)) if day_weight == "extent" else Fraction(1)
        weights = [(job.unit, *(piece.extent * job.part / whole).as_integer_ratio()) for job in holding]
        for number, _, first, last in calendar.months(max(start, piece.first), min(end, piece.last)):
            days = calendar.counted(first, last)
            inside += days
            for unit, above, below in weights:
                for sums in targets:
                    sums[unit, number, above, below] += days
    return inside
