"""Short-term sick leave from spells: by hand, against the day-by-day oracle, and under changes that must not matter."""

from __future__ import annotations

import datetime
import random
from fractions import Fraction

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import sick_leave as oracle

import effekt
from effekt.exceptions import ArgumentError, DataError
from effekt.registers.records import Columns, read_records

COLUMNS = {"person": "person", "first_day": "from", "last_day": "to", "unit": "kommun"}
START = datetime.date(2018, 11, 20)
FIRST, LAST, UNTIL = datetime.date(2019, 1, 1), datetime.date(2019, 3, 31), datetime.date(2019, 4, 10)
PARTS = [Fraction(1, 4), Fraction(1, 2), Fraction(3, 4), Fraction(1)]


def spell_table(spells):
    people, firsts, lasts, extents = zip(*spells, strict=True)
    return {"person": people, "from": firsts, "to": lasts, "extent": [float(one) for one in extents]}


def job_table(jobs):
    people, units, firsts, lasts, shares = zip(*jobs, strict=True)
    parts = [float(one) for one in shares]
    return {"person": people, "kommun": units, "from": firsts, "to": lasts, "share": parts}


def run(spells, jobs, **changed):
    options = {"window": ("2019-01", "2019-03"), "until": UNTIL, "extent": "extent", "share": "share"} | changed
    return effekt.sick_leave_days(spell_table(spells), job_table(jobs), **COLUMNS, **options)


def day(text):
    return datetime.date.fromisoformat(text)


def one_person(*spells, **changed):
    """The days of one full-time employee, whose spells are (first, last) or (first, last, extent)."""
    rows = [("a", day(first), last and day(last), *(rest or (1,))) for first, last, *rest in spells]
    return run(rows, [("a", "0127", day("2010-01-01"), None, 1)], **changed)


def column(found, name):
    return found.table.raw(name)


def ledger(found):
    return found.diagnostics[0].values


# --- by hand ------------------------------------------------------------------------------------------------------


def test_days_1_to_14_of_a_long_spell_across_months():
    found = one_person(("2019-01-25", "2019-02-20"))  # 7 days in January, 20 in February: 27 in all
    assert column(found, "period") == ["2019-01", "2019-02", "2019-03"]
    assert column(found, "days") == [7, 7, 0]
    assert column(found, "long_days") == [0, 13, 0]
    assert column(found, "all_days") == [7, 20, 0]
    assert column(found, "fte_months") == [1, 1, 1]
    assert column(found, "people") == [1, 1, 1]


def test_a_long_spell_is_14_days_by_one_definition_and_none_by_the_other():
    other = one_person(("2019-01-25", "2019-02-20"), definition="spells_ended_within_14_days")
    assert column(other, "days") == [0, 0, 0]
    assert column(other, "all_days") == [7, 20, 0]


@pytest.mark.parametrize(
    ("again", "long"), [("2019-01-25", 1), ("2019-01-20", 1), ("2019-01-26", 0)], ids=["day 5", "day 0", "day 6"]
)
def test_a_relapse_within_five_days_goes_on_numbering(again, long):
    first_ends = day(again) - datetime.timedelta(days={"2019-01-25": 5, "2019-01-20": 1, "2019-01-26": 6}[again])
    starts = first_ends - datetime.timedelta(days=13)
    found = one_person((starts.isoformat(), first_ends.isoformat()), (again, again))
    assert sum(column(found, "long_days")) == long
    assert sum(column(found, "all_days")) == 15
    assert ledger(found)["spells_merged"] == long
    assert ledger(found)["sick_periods_over_14_days"] == long


def test_a_spell_before_the_window_gives_the_days_their_numbers():
    found = one_person(("2018-12-25", "2019-01-10"))  # 7 days in December
    assert column(found, "days") == [7, 0, 0]
    assert column(found, "long_days") == [3, 0, 0]
    assert ledger(found)["spells_before_window"] == 1


def test_an_open_spell_is_cut_where_the_extract_ends():
    found = one_person(("2019-03-28", None), until="2019-03-31", definition="spells_ended_within_14_days")
    assert column(found, "all_days") == [0, 0, 4]
    assert column(found, "days") == [0, 0, 0]
    assert ledger(found)["sick_periods_open"] == 1
    assert ledger(found)["days_undetermined"] == 4
    planned = one_person(("2019-03-28", "2019-06-30"), until="2019-03-31", definition="spells_ended_within_14_days")
    assert planned.diagnostics[0].values == found.diagnostics[0].values


def test_an_ended_period_is_undetermined_while_a_relapse_could_still_come():
    spell = ("2019-03-20", "2019-03-28")
    options = {"definition": "spells_ended_within_14_days"}
    early = one_person(spell, until="2019-04-01", **options)
    settled = one_person(spell, until="2019-04-02", **options)
    assert ledger(early)["days_undetermined"] == 9
    assert ledger(settled)["days_undetermined"] == 0
    assert column(early, "days") == column(settled, "days") == [0, 0, 9]


def test_extents_weigh_and_overlapping_ones_add_to_full_time_at_most():
    found = one_person(("2019-01-07", "2019-01-10", 0.5), ("2019-01-09", "2019-01-12", 0.75))
    assert column(found, "days")[0] == 2 * 0.5 + 2 * 1 + 2 * 0.75
    assert ledger(found)["spells_overlapping"] == 1
    assert ledger(found)["days_capped"] == 2


def test_identical_rows_count_once():
    found = one_person(*[("2019-01-07", "2019-01-10", 0.5)] * 2)
    assert column(found, "days")[0] == 2
    assert ledger(found)["spells_repeated"] == 1


AS_GIVEN = {
    "lists": lambda table, _: table,
    "pandas": lambda table, _: pd.DataFrame(table),
    "polars": lambda table, _: pl.DataFrame(table),
    "arrow": lambda table, _: pa.table(table),
    "csv": lambda table, folder: _written(table, folder, "csv"),
    "parquet": lambda table, folder: _written(table, folder, "parquet"),
    "excel": lambda table, folder: _written(table, folder, "xlsx"),
    "backwards": lambda table, _: {name: cells[::-1] for name, cells in table.items()},
}


def _written(table, folder, kind):
    frame, path = pd.DataFrame(table), folder / f"{len(list(folder.iterdir()))}.{kind}"
    write = {"csv": frame.to_csv, "parquet": frame.to_parquet, "xlsx": frame.to_excel}[kind]
    write(path, index=False)
    return path


TWO_SCHOOLS = {
    "person": ["a", "a", "a"],
    "school": ["Norra", "Södra", "Södra"],
    "employment": [1.0, 2.5, 2.5],
    "kommun": ["0127"] * 3,
    "from": ["2018-08-01"] * 3,
    "to": [None] * 3,
    "share": [0.5] * 3,
    "note": [None] * 3,
}
HALF_IN_EACH = {
    "person": ["a", "a", "a"],
    "{employment}": ["A-1", "A-2", "A-2"],
    "from": ["2019-01-07"] * 3,
    "to": ["2019-01-09"] * 3,
    "extent": [0.5] * 3,
}


@pytest.mark.parametrize("given_as", AS_GIVEN)
def test_rows_that_differ_in_any_column_are_counted_each(given_as, tmp_path):
    """Two half-time employments hired the same day, half a day off in each; one row of both tables stands twice."""
    spells, jobs = (AS_GIVEN[given_as](table, tmp_path) for table in (HALF_IN_EACH, TWO_SCHOOLS))
    options = {"window": ("2019-01", "2019-01"), "until": "2019-02-28", "extent": "extent", "share": "share"}
    found = effekt.sick_leave_days(spells, jobs, **COLUMNS, **options)
    assert (column(found, "days"), column(found, "fte_months"), column(found, "employee_months")) == ([3], [1], [1])
    told = {name: count for name, count in ledger(found).items() if "repeated" in name or "alike" in name}
    assert told == {"spells_repeated": 1, "spells_alike": 1, "employments_repeated": 1, "employments_alike": 1}
    statement = found.diagnostics[0].statement
    assert (
        "Spell rows that repeat another in every column: 1; each counts once. Spell rows that agree with another in "
        "every column but '{employment}': 1; each is counted. Where it is one row delivered twice, give the table "
        "without the column that sets the two apart. Employment rows that repeat another in every column: 1; each "
        "counts once. Employment rows that agree with another in every column but 'school' or 'employment': 1; each "
        "is counted. Where it is one row delivered twice, give the table without the column that sets the two apart. "
    ) in statement.en
    assert (
        "Anställningsrader som upprepar en annan i alla kolumner: 1; var och en räknas en gång. Anställningsrader som "
        "stämmer med en annan i alla kolumner utom 'school' eller 'employment': 1; var och en räknas. Där det är en "
        "rad som har levererats två gånger, ge tabellen utan den kolumn som skiljer de två åt."
    ) in statement.sv


def test_a_delivery_time_that_is_left_out_leaves_one_row():
    jobs = {name: cells[1:] for name, cells in TWO_SCHOOLS.items()} | {"delivered": ["2019-03-01", "2019-03-02"]}
    spells = {"person": ["a"], "from": ["2019-01-07"], "to": ["2019-01-09"]}
    options = {"window": ("2019-01", "2019-01"), "until": "2019-02-28", "share": "share"}
    twice = effekt.sick_leave_days(spells, jobs, **COLUMNS, **options)
    assert (column(twice, "fte_months"), ledger(twice)["employments_alike"]) == ([1], 1)
    assert twice.diagnostics[0].status == "warning"
    del jobs["delivered"]
    once = effekt.sick_leave_days(spells, jobs, **COLUMNS, **options)
    assert (column(once, "fte_months"), ledger(once)["employments_alike"]) == ([0.5], 0)


def test_two_employments_in_one_unit_and_one_in_another_divide_a_day_by_three():
    jobs = {name: cells * 3 for name, cells in {"person": ["a"], "from": ["2018-01-01"], "to": [None]}.items()}
    jobs |= {"kommun": ["A", "A", "B"], "share": [0.5] * 3, "id": [[1], [2], [3]]}
    spells = {"person": ["a"], "from": ["2019-01-07"], "to": ["2019-01-09"]}
    options = {"window": ("2019-01", "2019-01"), "until": "2019-02-28", "share": "share"}
    found = effekt.sick_leave_days(spells, jobs, **COLUMNS, **options)
    assert column(found, "days") == [2, 1]


@pytest.mark.parametrize("until", ["2019-01-31", "2019-02-01", "2019-02-02", "2019-02-03", "2019-02-28"])
def test_rows_that_end_after_the_extract_are_not_identical_for_that(until):
    """What is counted in January does not hang on the day of the extract."""
    found = one_person(
        ("2019-01-20", "2019-02-02", 0.5),
        ("2019-01-20", "2019-02-10", 0.5),
        window=("2019-01", "2019-01"),
        until=until,
    )
    assert column(found, "days") == [12]
    assert ledger(found)["spells_repeated"] == 0


@pytest.mark.parametrize("lasts", [("2019-12-31", None), ("2019-03-15", "2019-12-31"), ("2019-12-31", "9999-12-31")])
def test_employments_that_end_after_the_extract_are_two(lasts):
    jobs = [("a", "0127", START, last and day(last), Fraction(1, 2)) for last in lasts]
    found = run(
        [("a", day("2019-01-07"), day("2019-01-09"), 1)], jobs, window=("2019-01", "2019-01"), until="2019-02-28"
    )
    assert column(found, "fte_months") == [1]
    assert ledger(found)["employments_repeated"] == 0


def test_a_person_in_two_units():
    jobs = [("a", "0127", START, None, Fraction(1, 2)), ("a", "0128", START, None, Fraction(1, 4))]
    spells = [("a", day("2019-01-07"), day("2019-01-09"), 1)]
    assert column(run(spells, jobs), "days") == [2, 0, 0, 1, 0, 0]
    full_time = run(spells, jobs, day_weight="extent_and_share")
    assert column(full_time, "days") == [1.5, 0, 0, 0.75, 0, 0]
    assert column(full_time, "fte_months") == [0.5] * 3 + [0.25] * 3
    assert column(full_time, "unit") == ["0127"] * 3 + ["0128"] * 3


def test_full_time_months_of_part_of_a_month_and_of_a_quarter():
    jobs = [("a", "0127", day("2019-01-01"), day("2019-02-14"), Fraction(1, 2)), ("b", "0127", START, None, 1)]
    spells = [("a", day("2019-01-07"), day("2019-01-09"), 1)]
    assert column(run(spells, jobs), "fte_months") == [1.5, 1.25, 1]
    quarter = run(spells, jobs, period="quarter", window=("2019Q1", "2019Q1"))
    assert column(quarter, "fte_months") == [3.75]
    assert column(quarter, "people") == [2]


def test_an_employee_counts_once_in_a_unit_whatever_the_employments():
    """Two jobs at once in one municipality, one after another with a gap, and a third elsewhere."""
    jobs = [
        ("a", "0127", START, None, Fraction(1, 2)),
        ("a", "0127", day("2019-01-01"), day("2019-01-31"), Fraction(1, 4)),
        ("a", "0128", day("2019-02-01"), day("2019-02-28"), Fraction(1, 4)),
        ("b", "0127", day("2019-02-01"), day("2019-02-07"), 1),
        ("b", "0127", day("2019-02-15"), day("2019-02-21"), 1),
    ]
    found = run([("a", day("2019-01-07"), day("2019-01-09"), 1)], jobs)
    assert column(found, "unit") == ["0127"] * 3 + ["0128"]
    assert column(found, "employee_months") == [1, 1.5, 1, 1]
    assert column(found, "fte_months") == [0.75, 1, 0.5, 0.25]


def test_a_season_goes_from_july_to_june():
    spells = (("2016-01-11", "2016-01-13"), ("2016-07-01", "2016-07-02"), ("2017-06-30", "2017-07-03"))
    found = one_person(*spells, period="season", window=("2016/17", "2017/18"), until="2018-07-31")
    assert (column(found, "period"), column(found, "days")) == (["2016/17", "2017/18"], [3.0, 3.0])
    assert column(found, "fte_months") == [12.0, 12.0]


def test_days_without_employment_are_in_the_ledger_alone():
    jobs = [("a", "0127", day("2019-01-09"), None, 1)]
    found = run([("a", day("2019-01-07"), day("2019-01-10"), 1), ("b", day("2019-01-07"), day("2019-01-07"), 1)], jobs)
    assert column(found, "days")[0] == 2
    assert ledger(found)["days_outside_employment"] == 3


def test_people_without_an_employment_are_counted_and_told():
    jobs = [("a", "0127", day("2010-01-01"), None, 1)]
    spells = [(who, day("2019-01-07"), day("2019-01-10"), 1) for who in ("a", "b", "c")]
    found = run(spells, jobs)
    assert ledger(found)["people_without_employment"] == 2
    assert "People with spells but no employment: 2; none of their days" in found.diagnostics[0].statement.en
    assert "Personer med frånvaro men utan anställning: 2; inga" in found.diagnostics[0].statement.sv
    assert ledger(run(spells[:1], jobs))["people_without_employment"] == 0


@pytest.mark.parametrize(
    ("sick", "employed"),
    [
        ("19900102-1234", "199001021234"),
        ("900102-1234", "199001021234"),
        ("19900102-1234", "9001021234"),
        ("AB 12", "AB-12"),
        ("200003041234", "003041234"),
        ("20000304-1234", "3041234"),
    ],
)
def test_one_person_in_two_forms_is_refused(sick, employed):
    spells = [(who, day("2019-01-07"), day("2019-01-10"), 1) for who in ("a", sick)]
    jobs = [(who, "0127", day("2010-01-01"), None, 1) for who in ("a", employed)]
    wanted = "Column 'person' must write each person in one form; .* is in row 2 of `spells`. Write the pseudonyms"
    with pytest.raises(effekt.DataError, match=wanted):
        run(spells, jobs)
    with pytest.raises(effekt.DataError, match="is in row 2 of `employments`"):  # two employers' files of one person
        run(spells[:1], [*jobs, (sick, "0128", day("2010-01-01"), None, 1)])


def test_a_zero_that_a_spreadsheet_program_took_makes_no_second_person():
    spell, job = (day("2019-01-07"), day("2019-01-10"), 1), ("0127", day("2010-01-01"), None, 1)
    with pytest.raises(effekt.DataError, match=r"zeros before a number .* is in row 2 of `spells`"):
        run([("a", *spell), ("017", *spell)], [("a", *job), ("17", *job)])
    with pytest.raises(effekt.DataError, match=r"^In `employments`: Column 'person' .* differ in zeros .* at row 2"):
        run([("17", *spell)], [("017", *job), ("17", *job)])


@pytest.mark.parametrize(
    ("sick", "employed"),
    [
        ("1-11", "11-1"),  # signs alike: employer and number
        ("19120304-1234", "20120304-1234"),  # two centuries, both written
        ("199013401234", "9013401234"),  # no date
        ("ab12", "AB12"),
    ],
)
def test_labels_that_may_be_two_persons_pass(sick, employed):
    spells = [(who, day("2019-01-07"), day("2019-01-10"), 1) for who in ("a", sick)]
    jobs = [(who, "0127", day("2010-01-01"), None, 1) for who in ("a", employed)]
    assert ledger(run(spells, jobs))["people_without_employment"] == 1


def test_only_working_days_count_while_numbers_go_by_the_calendar():
    weekdays = [START + datetime.timedelta(days=i) for i in range(200)]
    weekdays = [one for one in weekdays if one.weekday() < 5]
    found = one_person(("2019-01-07", "2019-01-25"), working_days=weekdays)  # Monday, 19 days
    assert column(found, "days")[0] == 10
    assert column(found, "long_days")[0] == 5
    assert column(found, "fte_months") == [1, 1, 1]


def test_the_table_goes_into_trend_adjusted():
    jobs = [(name, unit, START, None, 1) for name, unit in zip("abcd", ("1", "1", "2", "3"), strict=True)]
    spells = [
        (name, day(f"2019-{m:02d}-05"), day(f"2019-{m:02d}-{6 + i:02d}"), 1)
        for i, name in enumerate("abcd")
        for m in (1, 2, 3)
    ]
    table = run(spells, jobs).table
    effect = effekt.trend_adjusted(
        table,
        outcome=effekt.Outcome(column=("days", "fte_months"), unit="days a month", better="lower"),
        unit="unit",
        time="period",
        period="month",
        weights="denominator",
        treated="1",
        comparator="others",
        reference_window=("2019-01", "2019-02"),
        evaluation_window=("2019-03", "2019-03"),
    )
    assert effect.treated_mean == 2.5


def test_a_swedish_export(tmp_path):
    text = "person;från;till;omfattning\nå1;2019-01-07;2019-01-10;0,5\nå1;2019-03-28;;1\n"
    (tmp_path / "spells.csv").write_bytes(text.encode("windows-1252"))
    spells = effekt.read_table(tmp_path / "spells.csv", delimiter=";", decimal=",", encoding="windows-1252")
    jobs = {"person": ["å1"], "från": ["2015-01-01"], "till": [None], "kommun": ["0127"]}
    columns = {"person": "person", "first_day": "från", "last_day": "till", "unit": "kommun", "extent": "omfattning"}
    found = effekt.sick_leave_days(spells, jobs, **columns, window=("2019-01", "2019-03"), until="2019-04-30")
    assert column(found, "days") == [2, 0, 4]


# --- the oracle, and what must not matter -----------------------------------------------------------------------------


@st.composite
def days(draw, low=0, high=140):
    return START + datetime.timedelta(days=draw(st.integers(low, high)))


@st.composite
def spell(draw):
    first = draw(days())
    last = draw(st.none() | st.integers(0, 25).map(lambda n: first + datetime.timedelta(days=n)))
    return draw(st.sampled_from("abc")), first, last, draw(st.sampled_from(PARTS))


@st.composite
def job(draw):
    first = draw(days(-30, 60))
    last = draw(st.none() | st.integers(0, 150).map(lambda n: first + datetime.timedelta(days=n)))
    return (
        draw(st.sampled_from("abd")),
        draw(st.sampled_from(["0127", "0128"])),
        first,
        last,
        draw(st.sampled_from(PARTS)),
    )


BASE = ("d", "0128", START, None, Fraction(1))
CHOICES = {
    "definition": st.sampled_from(["days_1_to_14", "spells_ended_within_14_days"]),
    "day_weight": st.sampled_from(["extent", "extent_and_share"]),
}
ONE_DAY = ("d", START, START, Fraction(1))  # a person in both tables, without whom they are refused
SPELLS = st.lists(spell(), min_size=1, max_size=7).map(lambda spells: [*spells, ONE_DAY])
JOBS = st.lists(job(), max_size=4).map(lambda jobs: [BASE, *jobs])


WINDOWS = {  # and their first and last days
    "month": (("2019-01", "2019-03"), "2019-01-01", "2019-03-31"),
    "quarter": (("2019Q1", "2019Q1"), "2019-01-01", "2019-03-31"),
    "tertial": (("2019T1", "2019T1"), "2019-01-01", "2019-04-30"),
    "year": (("2019", "2019"), "2019-01-01", "2019-12-31"),
    "season": (("2018/19", "2018/19"), "2018-07-01", "2019-06-30"),
}


@settings(max_examples=60, deadline=None)
@given(
    spells=SPELLS,
    jobs=JOBS,
    relapse=st.integers(1, 6),
    period=st.sampled_from(list(WINDOWS)),
    weekdays=st.booleans(),
    **CHOICES,
)
def test_day_by_day(spells, jobs, relapse, period, weekdays, definition, day_weight):
    window, first, last = WINDOWS[period]
    first, last = day(first), day(last)
    until = max(last, UNTIL)
    dates = [first + datetime.timedelta(days=i) for i in range((last - first).days + 1)]
    working = {one for one in dates if one.weekday() < 5} if weekdays else None
    choices = {"definition": definition, "day_weight": day_weight, "period": period}
    found = run(spells, jobs, window=window, until=until, relapse_days=relapse, working_days=working, **choices)
    expected = oracle.table(
        spells, jobs, first=first, last=last, until=until, relapse=relapse, working=working, **choices
    )
    cells = list(zip(column(found, "unit"), column(found, "period"), strict=True))
    assert cells == sorted(expected)
    for i, name in enumerate(("days", "fte_months", "long_days", "all_days", "employee_months")):
        assert column(found, name) == [float(expected[cell][i]) for cell in cells], name


def rows(found):
    return [column(found, name) for name in found.table.columns]


@settings(max_examples=30)
@given(spells=SPELLS, jobs=JOBS, seed=st.randoms(use_true_random=False), **CHOICES)
def test_the_order_of_rows_moves_nothing(spells, jobs, seed, definition, day_weight):
    choices = {"definition": definition, "day_weight": day_weight}
    found = run(spells, jobs, **choices)
    again = run(seed.sample(spells, len(spells)), seed.sample(jobs, len(jobs)), **choices)
    assert rows(found) == rows(again)
    assert [one.to_json() for one in found.diagnostics] == [one.to_json() for one in again.diagnostics]


@settings(max_examples=30)
@given(spells=SPELLS, jobs=JOBS, at=st.integers(1, 25), **CHOICES)
def test_a_spell_in_two_parts_is_the_same_spell(spells, jobs, at, definition, day_weight):
    choices = {"definition": definition, "day_weight": day_weight}
    person, first, last, extent = spells[0]
    spells = [one for one in dict.fromkeys(spells) if one != spells[0]]
    middle = first + datetime.timedelta(days=at)
    if last is not None and middle > last:
        return
    parts = [(person, first, middle - oracle.DAY, extent), (person, middle, last, extent)]
    if set(parts) & set(spells):
        return
    assert rows(run([(person, first, last, extent), *spells], jobs, **choices)) == rows(
        run([*parts, *spells], jobs, **choices)
    )


@settings(max_examples=30)
@given(spells=SPELLS, jobs=JOBS, **CHOICES)
def test_whole_cycles_of_the_calendar_and_names_of_persons_move_nothing(spells, jobs, definition, day_weight):
    choices = {"definition": definition, "day_weight": day_weight}

    def later(one):
        return one and one.replace(year=one.year + 28)

    moved_spells = [("x" + p, later(first), later(last), extent) for p, first, last, extent in spells]
    moved_jobs = [("x" + p, unit, later(first), later(last), share) for p, unit, first, last, share in jobs]
    found = run(spells, jobs, **choices)
    moved = run(moved_spells, moved_jobs, window=("2047-01", "2047-03"), until=later(UNTIL), **choices)
    for name in ("days", "fte_months", "employee_months", "long_days", "all_days", "people"):
        assert column(found, name) == column(moved, name)


# --- no person in what comes out --------------------------------------------------------------------------------------


def test_no_person_comes_out():
    secret = "19800101-1234"
    spells = [(secret, day("2019-01-07"), day("2019-01-10"), 1)]
    found = run(spells, [(secret, "0127", START, None, 1)])
    assert secret not in repr(rows(found))
    assert not any(secret in str(one.to_json()) for one in found.diagnostics)
    bad = spell_table(spells) | {"to": ["1 januari 2019"]}
    with pytest.raises(effekt.DataError) as refused:
        effekt.sick_leave_days(
            bad, job_table([(secret, "0127", START, None, 1)]), **COLUMNS, window=("2019-01", "2019-03"), until=UNTIL
        )
    assert str(refused.value) == (
        "In `spells`: Column 'to' must hold dates such as 2019-01-31; 1 row did not, the first at row 1. Write "
        "them as 2019-01-31, or as dates."
    )


@pytest.mark.parametrize(
    ("cell", "remedy"),
    [
        (20190107, "Write days with hyphens, as 2019-01-31, not as 20190131."),
        ("20190107", "Write days with hyphens, as 2019-01-31, not as 20190131."),
        (20190107.0, "Write days with hyphens, as 2019-01-31, not as 20190131."),
        (43472, "They may be dates as a spreadsheet program counts them, in days: give the column the format of a "),
        ("43472", "They may be dates as a spreadsheet program counts them, in days: give the column the format of a "),
        ("2019-01-07 08:00", "Write days without a time, as 2019-01-31, not as 2019-01-31 08:00."),
        (datetime.datetime(2019, 1, 7, 8), "Write days without a time, as 2019-01-31, not as 2019-01-31 08:00."),
        ("7 januari", "Write them as 2019-01-31, or as dates."),
    ],
)
def test_what_is_no_day_is_told_how_to_be_written(cell, remedy):
    with pytest.raises(effekt.DataError) as refusal:
        run([("a", cell, None, 1)], [("a", "0127", START, None, 1)])
    told = str(refusal.value)
    assert "Column 'from' must hold dates such as 2019-01-31; 1 row did not, the first at row 1. " + remedy in told
    assert "43472" not in told
    assert "januari" not in told


# --- refusals ---------------------------------------------------------------------------------------------------------

JOB = [("a", "0127", START, None, 1)]
GOOD = [("a", day("2019-01-07"), day("2019-01-10"), 1)]


@pytest.mark.parametrize(
    ("spells", "changed", "sentence"),
    [
        (
            [*GOOD, ("a", day("2019-01-10"), day("2019-01-09"), 1)],
            {},
            "In `spells`: Column 'to' must not lie before 'from'; the first row where it does is row 2. Correct the "
            "dates.",
        ),
        (
            [("a", None, day("2019-01-09"), 1)],
            {},
            "In `spells`: Column 'from' must have a value in every row; 1 row did not, the first at row 1. Complete "
            "the data.",
        ),
        (
            [("a", day("2019-01-07"), day("2019-01-10"), 50)],
            {},
            "In `spells`: Column 'extent' must hold shares above 0 and at most 1; 1 row did not, the first at row 1. "
            "Write 75 % as 0.75, and leave out rows without working time.",
        ),
        (
            GOOD,
            {"until": "2019-03-30"},
            "`until` must not lie before the window ends, 2019-03-31; got 2019-03-30. End the window earlier, or give "
            "a later extract.",
        ),
        (
            GOOD,
            {"window": ("9999-01", "9999-12")},
            "`window` must lie in the years 1 to 9998; got 9999-01 to 9999-12.",
        ),
        (
            [(None, day("2019-01-07"), day("2019-01-10"), 1)],
            {},
            "In `spells`: Column 'person' must have a value in every row; 1 row did not, the first at row 1. Complete "
            "the data.",
        ),
        (
            [("A", day("2019-01-07"), day("2019-01-10"), 1)],
            {},
            "Column 'person' must name persons alike in `spells` and `employments`; no person of `spells`, from row 1 "
            "on, is in `employments`. Write the pseudonyms of both in one form.",
        ),
        (GOOD, {"extent": 3}, "`extent` must be the name of a column; got 3."),
        (GOOD, {"until": "mars"}, "`until` must be a date such as '2019-01-31'; got 'mars'."),
        (GOOD, {"relapse_days": 0}, "`relapse_days` must be an integer of at least 1; got 0."),
        (
            GOOD,
            {"definition": "days_1_to_15"},
            "`definition` must be 'days_1_to_14' or 'spells_ended_within_14_days'; got 'days_1_to_15'. Did you mean "
            "'days_1_to_14'?",
        ),
        (
            GOOD,
            {"working_days": ["2019-01-07", "2019-02-07"]},
            "`working_days` must have a day in every period of the window; 2019-03 has none. Give the working days of "
            "all of it.",
        ),
        (
            GOOD,
            {"working_days": ["2019-01-07", "7/2"]},
            "`working_days` must hold dates such as '2019-01-31'; the first that is none is number 2.",
        ),
        (
            GOOD,
            {"window": ("2009-01", "2009-03")},
            "`window` must hold a period in which someone is employed; 2009-01 to 2009-03 has none. Give the window of "
            "the data.",
        ),
    ],
)
def test_what_is_refused(spells, changed, sentence):
    with pytest.raises(effekt.EffektError) as refused:
        run(spells, JOB, **changed)
    assert str(refused.value) == sentence


def test_the_ledger_speaks_both_languages():
    found = one_person(("2019-01-25", "2019-02-20"))
    assert found.diagnostics[0].status == "warning"
    assert found.diagnostics[0].statement.en == (
        "Spell rows: 1, of which 0 continued an earlier one. Sick periods: 1, of which 1 passed day 14 and 0 had not "
        "ended. No spell starts before the window: if the extract was cut there, days are numbered too low."
    )
    assert found.diagnostics[0].statement.sv == (
        "Frånvarorader: 1, varav 0 fortsatte en tidigare. Sjukperioder: 1, varav 1 varade längre än 14 dagar och 0 "
        "inte hade avslutats. Ingen frånvaro börjar före fönstret: om uttaget har kapats där får dagarna för låga "
        "nummer."
    )


def test_more_than_full_time_is_counted_and_told():
    jobs = [("a", "0127", START, None, 1), ("a", "0128", START, None, Fraction(1, 4)), ("b", "0127", START, None, 1)]
    found = run(GOOD, jobs)
    assert ledger(found)["people_above_full_time"] == 1
    assert "add to more than full time on some day: 1;" in found.diagnostics[0].statement.en
    assert sum(column(found, "fte_months")) == 6.75


def test_frames_and_dates_of_any_kind():
    first, last = ["2019-01-07", "2019-03-28"], ["2019-01-10", None]
    staff = pd.DataFrame({"person": [1, 2], "from": pd.to_datetime(["2010-01-01"] * 2), "to": pd.NaT, "kommun": "0127"})
    options = {"window": ("2019-01", "2019-03"), "until": "2019-03-31"}
    text = {"person": [1, 1], "from": first, "to": last}
    dates = pd.DataFrame({"person": [1.0, 1.0], "from": pd.to_datetime(first), "to": pd.to_datetime(last)})
    found = [effekt.sick_leave_days(spells, staff, **COLUMNS, **options) for spells in (text, dates)]
    assert rows(found[0]) == rows(found[1])
    assert column(found[0], "days") == [4, 0, 4]
    assert column(found[0], "fte_months") == [2, 2, 2]


# --- ended sick periods by length -------------------------------------------------------------------------------------


def test_ended_sick_periods_are_counted_by_length_where_they_ended():
    """By the last sick day's period, in every unit of the person then; those that go on are not."""
    spells = [
        ("a", "2019-01-01", "2019-01-14", 1),
        ("a", "2019-02-20", "2019-03-04", 1),  # 13 days, ended in March
        ("b", "2019-01-20", "2019-02-02", 1),  # 14 days, ended in February, in both units
        ("c", "2019-02-01", "2019-02-05", 1),
        ("c", "2019-02-08", "2019-02-16", 1),  # a relapse: 14 days together
        ("d", "2019-03-15", None, 1),
    ]
    jobs = [("a", "1", START, None, 1), ("b", "1", START, None, 0.5), ("b", "2", START, None, 0.5)]
    jobs += [("c", "2", START, None, 1), ("d", "2", START, None, 1)]
    found = run(spells, jobs, ended=(13, 14)).table
    assert "ended_13" not in run(spells, jobs).table.columns
    cells = list(zip(found.raw("unit"), found.raw("period"), strict=True))
    counts = {name: dict(zip(cells, found.raw(name), strict=True)) for name in ("ended_13", "ended_14")}
    assert {cell for cell, n in counts["ended_13"].items() if n} == {("1", "2019-03")}
    assert {cell: n for cell, n in counts["ended_14"].items() if n} == {
        ("1", "2019-01"): 1,
        ("1", "2019-02"): 1,
        ("2", "2019-02"): 2,
    }
    with pytest.raises(ArgumentError, match="`ended` must be"):
        run(spells, jobs, ended=(0,))


def test_records_stand_in_one_order_also_where_some_are_cut():
    """Of one that ends on the day of the extract and one that is open then, the ended one comes first."""
    until = datetime.date(2019, 2, 28).toordinal()
    rows = [(f"p{i}", "2019-02-01", last) for i in range(20) for last in (None, "2019-02-28")]
    table = pd.DataFrame(rows, columns=["person", "first", "last"])
    columns = Columns(person="person", first_day="first", last_day="last", part=None)
    found = read_records("spells", table, columns, until)
    assert [one.open for one in found.records] == [False, True] * 20
    assert read_records("spells", table[::-1].reset_index(drop=True), columns, until).records == found.records


# --- how far an extract must reach ------------------------------------------------------------------------------------

OPENS, CLOSES = day("2019-03-01"), day("2019-03-31")  # the window
FAR = day("2021-12-31")
BOTH = ("days_1_to_14", "spells_ended_within_14_days")
COUNTED = (1, 3, 13, 14, 16)


def chain(relapse, n, *, first=None, last=None):
    """n days of sickness as far apart as one sick period lets them be."""
    starts = first or last - datetime.timedelta(days=relapse * (n - 1))
    return [starts + datetime.timedelta(days=relapse * i) for i in range(n)]


def reach(spells, relapse, definition, *, since=None, until=FAR):
    """The table of the window from spells (first, last) that end on `since` or later, and one other person."""
    kept = [("a", *one, 1) for one in spells if since is None or one[1] >= since]
    return run(
        [*kept, ("b", OPENS, OPENS, 1)],
        [(who, "0127", day("2010-01-01"), None, 1) for who in "ab"],
        window=("2019-03", "2019-03"),
        until=until,
        definition=definition,
        relapse_days=relapse,
        ended=COUNTED,
    )


def moved(days):
    """A number of days as a span of time."""
    return datetime.timedelta(days=days)


def near_worst(draws, relapse):
    """Spells around the window: most of one day, and most as far apart as one sick period may have them."""
    edge = draws.choice([OPENS - moved(draws.randint(12, 17) * relapse), CLOSES - moved(draws.randint(0, 3) * relapse)])
    at, spells = edge + moved(draws.randint(-1, 1)), []
    for _ in range(draws.randint(12, 20)):
        length = draws.choice([1] * 40 + [2, 3, 14])
        spells.append((at, at + moved(length - 1)))
        at += moved(length - 1 + max(relapse + draws.choice([0] * 40 + [-1, 1, 2]), 1))
    return spells


@pytest.mark.parametrize("relapse", [1, 2, 5, 8])
@pytest.mark.parametrize("definition", BOTH)
def test_an_extract_of_fourteen_relapses_before_and_after_the_window_is_enough(relapse, definition):
    draws = random.Random(relapse)
    for _ in range(60):
        check_reach(near_worst(draws, relapse), relapse, definition)


def check_reach(spells, relapse, definition):
    """The window's numbers from a cut extract are those of all that there is, and of the days as they were lived."""
    whole = reach(spells, relapse, definition)
    cut = reach(spells, relapse, definition, since=OPENS - moved(14 * relapse), until=CLOSES + moved(14 * relapse))
    assert column(cut, "days") == column(whole, "days")
    assert ledger(cut)["days_undetermined"] == 0
    lived = oracle.numbered("a", [("a", *one, Fraction(1)) for one in spells], FAR, relapse)
    inside = [(number, length) for date, number, _, length, _ in lived if OPENS <= date <= CLOSES]
    short = [number <= 14 if definition == "days_1_to_14" else length <= 14 for number, length in inside]
    assert column(whole, "days") == [sum(short) + 1]  # and the one day of the other person
    if definition == "days_1_to_14":  # nothing that comes later moves the number of a day
        at_once = reach(spells, relapse, definition, since=OPENS - moved(14 * relapse), until=CLOSES)
        assert column(at_once, "days") == column(whole, "days")
    longest = max(COUNTED)
    ended = reach(spells, relapse, definition, since=OPENS - moved(longest * relapse), until=CLOSES + moved(relapse))
    for n in COUNTED:
        assert column(ended, f"ended_{n}") == column(whole, f"ended_{n}")


@pytest.mark.parametrize("relapse", [1, 2, 5, 8])
def test_an_extract_that_reaches_a_day_less_is_not(relapse):
    """Fifteen days of sickness in one period: the last opens the window, or the first closes it."""
    back = [(one, one) for one in chain(relapse, 15, last=OPENS)]
    for definition in BOTH:
        days = [
            column(reach(back, relapse, definition, since=OPENS - moved(14 * relapse - late)), "days")[0] - 1
            for late in (0, 1)
        ]
        assert days == [0, 1]
    onward = [(one, one) for one in chain(relapse, 15, first=CLOSES)]
    whole, early = (
        reach(onward, relapse, "spells_ended_within_14_days", until=CLOSES + moved(14 * relapse - short))
        for short in (0, 1)
    )
    assert (column(whole, "days"), ledger(whole)["days_undetermined"]) == ([1], 0)
    assert (column(early, "days"), ledger(early)["days_undetermined"]) == ([2], 1)
    for n in COUNTED:
        spells = [(one, one) for one in chain(relapse, n + 1, last=OPENS)]
        counts = [
            column(reach(spells, relapse, BOTH[0], since=OPENS - moved(n * relapse - late)), f"ended_{n}")[0]
            for late in (0, 1)
        ]
        assert counts == ([1, 2] if n == 1 else [0, 1])  # the other person's period has one day
    again = [(CLOSES, CLOSES), (CLOSES + moved(relapse),) * 2]
    counts = [
        column(reach(again, relapse, BOTH[0], until=CLOSES + moved(relapse - short)), "ended_1") for short in (0, 1)
    ]
    assert counts == [[1], [2]]


# --- a whole beside its parts -------------------------------------------------------------------------------------

MUNICIPALITIES = [(who, unit, day("2015-01-01"), None, 0.5) for who, unit in zip("abcd", "KLMN", strict=True)]


@pytest.mark.parametrize("name", ["Riket", "Summa", "X"])
@pytest.mark.parametrize("share", [0.5, 1])
def test_a_unit_that_holds_the_people_of_all_others_is_refused(name, share):
    """Each person's days were divided between the municipality and the nation: half of them were gone."""
    sick = [("a", day("2019-01-07"), day("2019-01-09"), 1)]
    whole = [(who, name, first, last, share) for who, _, first, last, _ in MUNICIPALITIES]
    with pytest.raises(DataError) as refusal:
        run(sick, [*MUNICIPALITIES, *whole])
    assert str(refusal.value) == (
        "In `employments`: Column 'kommun' must not name a whole beside its parts, as each person's days would be "
        "divided between them; the unit that begins at row 5 employs everybody on each day of any other employment, as "
        "the nation does beside its municipalities. Leave its rows out."
    )
    with pytest.raises(DataError, match="the unit that begins at row 1 employs everybody"):
        run(sick, [("e", name, day("2016-01-01"), None, 1), *MUNICIPALITIES, *whole])


def test_a_large_employer_of_whom_a_few_have_a_second_job_is_no_whole():
    """Three of twenty also work elsewhere: their days are divided, and nobody stands there twice."""
    sick = [("a", day("2019-01-07"), day("2019-01-09"), 1)]
    staff = [(who, "Hospital", day("2015-01-01"), None, 0.5) for who in "abcdefghijklmnopqrst"]
    second = [(who, unit, day("2015-01-01"), None, 0.5) for who, unit in zip("abc", "KLL", strict=True)]
    assert sum(column(run(sick, [*staff, *second]), "days")) == 3
    with pytest.raises(DataError, match="employs everybody"):
        run(sick, [*staff[:6], *second])


def test_a_unit_that_lacks_somebody_for_a_day_is_one_of_the_units():
    sick = [("a", day("2019-01-07"), day("2019-01-09"), 1)]
    pool = [(who, "Pool", first, last, 0.5) for who, _, first, last, _ in MUNICIPALITIES]
    assert sum(column(run(sick, [*MUNICIPALITIES, *pool[:-1]]), "days")) == 3
    later = [*pool[:-1], (pool[-1][0], "Pool", day("2015-01-02"), None, 0.5)]
    assert sum(column(run(sick, [*MUNICIPALITIES, *later]), "days")) == 3
    assert sum(column(run(sick, [*MUNICIPALITIES[:2], *pool[:2]]), "days")) == 3  # of two it may be chance
    assert sum(column(run(sick, [("a", unit, day("2015-01-01"), None, 0.25) for unit in "KLMN"]), "days")) == 3


def test_an_extract_in_place_of_its_table_is_refused_with_the_table_as_remedy():
    extract = run([("a", day("2019-01-07"), day("2019-01-09"), 1)], [("a", "0127", START, None, 1)])
    with pytest.raises(ArgumentError) as refusal:
        effekt.randomized_trial(extract, outcome="days", treatment="people")
    assert str(refusal.value).endswith("got Extract. Pass its `table`.")
