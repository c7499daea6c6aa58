"""Outcome counts: exact numbers, each outcome once, and nothing that could be read as an effect."""

from __future__ import annotations

import random
from fractions import Fraction as F

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import effekt
from effekt import independent
from effekt.exceptions import ArgumentError, DataError

MONTHS = {"person": ["a", "a", "b", "b", "c", "c"], "month": ["2024-01", "2024-02"] * 3, "in_work": [1, 1, 0, 1, 0, 0]}


def count(data, **options):
    return effekt.outcome_count(data, **({"unit": "person", "outcome": "in_work"} | options))


def second_route(data, **options):
    function = independent.METHODS["outcome_count"]
    return function(data, **({"unit": "person", "outcome": "in_work"} | options))["value"]


def test_people_in_work_by_month():
    measure = count(MONTHS, time="month")
    assert measure.exact == 3
    assert measure.value == 3.0
    assert (measure.sample.n_obs, measure.sample.n_units, measure.sample.n_dropped) == (6, 3, 0)
    assert measure.population.en == "3 units in the data"
    assert measure.population.sv == "3 enheter i underlaget"
    assert count({"person": ["a"], "in_work": [1]}).population.sv == "1 enhet i underlaget"


def test_an_outcome_is_not_an_effect():
    measure = count(MONTHS, time="month", outcome=effekt.Outcome(column="in_work", unit="months", better="higher"))
    assert (measure.label.en, measure.label.sv) == ("outcome, not effect", "utfall, inte effekt")
    assert measure.label.en in measure.summary("en")
    assert measure.label.sv in measure.summary("sv")
    assert measure.label.en in repr(measure)
    assert measure.tidy().loc[0, "label"] == "outcome, not effect"
    for view in ("relative", "difference", "improvement", "p_value", "confidence_interval", "std_error"):
        assert not hasattr(measure, view)
    assert effekt.OutcomeMeasure.from_json(measure.to_json()) == measure == measure.public()


@pytest.mark.parametrize(
    ("statistic", "expected"), [("count", 3), ("sum", F("4.3")), ("share", F(3, 5)), ("mean", F("0.86"))]
)
def test_every_statistic(statistic, expected):
    """0.1 + 0.2 is three tenths, not a float beside it."""
    data = {"person": list("abcde"), "in_work": [0.1, 0.2, 1.0, 1.5, 1.5]}
    assert count(data, statistic=statistic).exact == expected == second_route(data, statistic=statistic)
    assert count(data, statistic="count", at_least=0.2).exact == 4


def looks_coded(values):
    """Whether both routes take the values for 0 and 1, with codes below 0 for what is not known."""
    return min(values) < 0 <= max(values) and {value for value in values if value >= 0} <= {0, 1}


amounts = st.lists(st.integers(-9999, 9999).map(lambda cents: cents / 100), min_size=1, max_size=30)


@given(values=amounts, bar=st.integers(-9999, 9999), statistic=st.sampled_from(["count", "sum", "share", "mean"]))
def test_every_statistic_is_the_second_routes(values, bar, statistic):
    data = {"person": [f"p{i}" for i in range(len(values))], "in_work": values}
    assume(not looks_coded(values))
    options = {"statistic": statistic} | ({"at_least": bar / 100} if statistic in ("count", "share") else {})
    exact = count(data, **options).exact
    assert exact == second_route(data, **options)
    hundredths = [round(value * 100) for value in values]
    reached = sum(value >= bar for value in hundredths)
    total = F(reached) if statistic in ("count", "share") else F(sum(hundredths), 100)
    assert exact == total / (len(values) if statistic in ("share", "mean") else 1)


persons = st.lists(st.tuples(st.sampled_from("abcd"), st.integers(-300, 300)), min_size=1, max_size=12)
limits = st.one_of(st.none(), st.integers(-200, 600))


@given(rows=persons, least=limits, most=limits, statistic=st.sampled_from(["count", "sum"]))
def test_what_one_person_counts_for_is_limited_by_both_routes(rows, least, most, statistic):
    """By hand: what each person's rows come to, in hundredths, no less than the one and no more than the other."""
    if statistic == "count":  # which takes no limit below 0
        least, most = (None if limit is None else abs(limit) for limit in (least, most))
    if least is not None and most is not None and least > most:
        least, most = most, least
    data = {"person": [who for who, _ in rows], "month": list(range(2001, 2001 + len(rows)))}
    data["in_work"] = [value / 100 for _, value in rows]
    chosen = {"min_per_unit": least, "max_per_unit": most}
    options = {name: limit / 100 for name, limit in chosen.items() if limit is not None}
    options |= {"time": "month", "statistic": statistic}
    assume(not looks_coded(data["in_work"]))
    total = 0
    for person in set(data["person"]):
        own = [value for who, value in rows if who == person]
        amount = sum(own) if statistic == "sum" else 100 * sum(value >= 100 for value in own)
        amount = amount if most is None else min(amount, most)
        total += amount if least is None else max(amount, least)
    assert count(data, **options).exact == F(total, 100) == second_route(data, **options)
    backwards = {name: column[::-1] for name, column in data.items()}
    assert count(backwards, **options).to_json() == count(data, **options).to_json()


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"max_per_unit": "12"}, "`max_per_unit` must be a finite number; got '12'."),
        (
            {"statistic": "mean", "max_per_unit": 12},
            "`max_per_unit` has no meaning with statistic='mean', which is over rows; leave it out.",
        ),
        (
            {"statistic": "share", "min_per_unit": 0},
            "`min_per_unit` has no meaning with statistic='share', which is over rows; leave it out.",
        ),
        ({"min_per_unit": -4}, "`min_per_unit` must be at least 0, since no count is below it; got -4."),
        ({"max_per_unit": -0.5}, "`max_per_unit` must be at least 0, since no count is below it; got -0.5."),
        (
            {"min_per_unit": 0.5, "max_per_unit": 0.25},
            "`min_per_unit` must be at most `max_per_unit`, 0.25; got 0.5.",
        ),
    ],
)
def test_limits_that_mean_nothing_are_refused(options, problem):
    with pytest.raises(ArgumentError) as refusal:
        count(MONTHS, time="month", **options)
    assert str(refusal.value) == problem


def test_the_limits_of_a_person_are_recorded_as_a_contract_writes_them():
    measure = count(MONTHS, time="month", min_per_unit=0.5, max_per_unit=1)
    assert measure.exact == F(5, 2)  # a has two months and counts for one, b has one, c none and counts for half
    assert (measure.arguments["min_per_unit"], measure.arguments["max_per_unit"]) == ("0.5", "1")
    assert count(MONTHS, time="month", max_per_unit=1, min_per_unit=1).exact == 3
    assert count(MONTHS, time="month").arguments["max_per_unit"] is None


def test_a_large_sum_is_exact_to_the_last_cent():
    values = [1e13 + 0.25, 0.01, -1e13, 0.02]
    assert count({"person": list("abcd"), "in_work": values}, statistic="sum").exact == F("0.28")


@pytest.mark.parametrize(("at_least", "written"), [(1, "1"), (0.5, "0.5"), (1e-7, "0.0000001"), (250_000, "250000")])
def test_the_threshold_is_recorded_as_a_contract_writes_it(at_least, written):
    """A quoted decimal, never 1/2 or 1e-07."""
    data = {"person": list("abc"), "in_work": [0.5, 1, 300_000]}
    measure = count(data, at_least=at_least)
    assert measure.arguments["at_least"] == written
    again = effekt.outcome_count(data, **{**measure.arguments, "at_least": float(written)})
    assert again == measure


@pytest.mark.parametrize("statistic", ["sum", "mean"])
def test_a_threshold_that_is_not_used_is_refused(statistic):
    with pytest.raises(ArgumentError) as refusal:
        count({"person": ["a"], "in_work": [1]}, statistic=statistic, at_least=2)
    assert str(refusal.value) == f"`at_least` has no meaning with statistic={statistic!r}; leave it at 1."


def test_an_outcome_is_paid_once():
    with pytest.raises(DataError, match="Column 'person' must name each row once; 3 rows repeated an earlier one"):
        count(MONTHS)
    with pytest.raises(DataError, match="Columns 'person' and 'month' must name each row once; 1 row"):
        count({**MONTHS, "month": ["2024-01", "2024-01", *MONTHS["month"][2:]]}, time="month")
    with pytest.raises(DataError):
        count({"person": [127, "127"], "in_work": [1, 1]})
    with pytest.raises(DataError, match="1 row repeated an earlier one"):
        count({"person": ["a", "a "], "in_work": [1, 1]})
    with pytest.raises(DataError, match="1 row repeated an earlier one"):
        count({"person": ["a", "a"], "month": ["2024-1", "2024-01"], "in_work": [1, 1]}, time="month")
    with pytest.raises(DataError, match="must spell each name in one way, since names that differ in zeros before"):
        count({"person": ["0127", "127"], "in_work": [1, 1]})


@pytest.mark.parametrize(
    ("time", "sentence"),
    [
        (
            None,
            "Column 'person' must name each row once; 1 row repeated an earlier one, the first at row 2. Remove the "
            "repeated rows, or name the period or milestone with `time`.",
        ),
        (
            "month",
            "Columns 'person' and 'month' must name each row once; 1 row repeated an earlier one, the first at row 2. "
            "Remove the repeated rows.",
        ),
    ],
)
def test_the_remedy_of_a_repeated_row_names_nothing_that_was_given(time, sentence):
    with pytest.raises(DataError) as refusal:
        count({"person": ["a", "a"], "month": ["2024-01", "2024-01"], "in_work": [1, 0]}, time=time)
    assert str(refusal.value) == sentence


def test_rows_without_an_outcome_are_counted_and_not_paid():
    data = {"person": list("abc"), "in_work": [1, None, 0]}
    measure = count(data, missing="drop")
    assert measure.exact == 1
    assert (measure.sample.n_obs, measure.sample.n_dropped) == (2, 1)
    assert count(data, missing="drop", statistic="share").exact == F(1, 2)


def test_the_order_of_the_rows_and_the_format_are_nothing(tmp_path):
    frame = pd.DataFrame(MONTHS)
    frame.to_csv(tmp_path / "months.csv", index=False)
    frame.to_parquet(tmp_path / "months.parquet")
    frame.to_excel(tmp_path / "months.xlsx", index=False)
    logical = frame.assign(in_work=frame["in_work"] == 1)
    paths = [tmp_path / f"months.{suffix}" for suffix in ("csv", "parquet", "xlsx")]
    tables = [MONTHS, frame, logical, pl.DataFrame(MONTHS), pa.table(MONTHS), *paths]
    rows, rng = list(zip(*MONTHS.values(), strict=True)), random.Random(2)
    for _ in range(20):
        rng.shuffle(rows)
        tables.append(dict(zip(MONTHS, map(list, zip(*rows, strict=True)), strict=True)))
    assert len({count(table, time="month").to_json() for table in tables}) == 1


def refused_by_both(data, column, **options):
    """The first route's sentence; the second must refuse the same column."""
    with pytest.raises(DataError, match=f"column {column!r} must"):
        second_route(data, **options)
    with pytest.raises(DataError) as refusal:
        count(data, **options)
    return str(refusal.value)


@pytest.mark.parametrize(
    ("months", "row"),
    [
        (["2024-01", "2024-02", "2024-01-01", "2024-02-01"], 3),
        (["2024-01-01", "2024-01-01T00:00:00"], 2),
        (["2024-01-01 08:00", "2024-01-01"], 2),
        (["2016/17", "2016-17"], 2),
        (["202401", "2024"], 2),
        (["2024", "2024-01", "2024Q1", "in work"], 2),
        (["in work", "own home", "In work"], 3),
        (["step-1", "step 1"], 2),
    ],
)
def test_periods_days_and_milestones_stand_in_one_form(months, row):
    """However many there are of each: 2024-01 and 2024-01-01 would pay for one month twice."""
    data = {"person": ["a"] * len(months), "month": months, "in_work": [1] * len(months)}
    assert refused_by_both(data, "month", time="month") == (
        "Column 'month' must write periods, days or milestones in one form; the first in another form than before is "
        f"at row {row}. Write all in one form, so that none can count twice."
    )


@pytest.mark.parametrize("spelling", [["1", "1.0"], ["01", "1"]])
def test_a_number_of_a_milestone_is_written_in_one_way(spelling):
    refused_by_both({"person": ["a", "a"], "month": spelling, "in_work": [1, 1]}, "month", time="month")


@pytest.mark.parametrize(
    "months",
    [
        ["998", "999", "1000", "1001"],
        ["2024-1", "2024-02", "202403", "2024M04"],
        ["2024-01-01T08:00:00", "2024-01-01T08:00:00.5", "2024-01-02T08:00:00"],
        ["step 1", "step 2"],
        ["-1", "1"],
    ],
)
def test_times_of_one_form_are_counted_by_both_routes(months):
    data = {"person": ["a"] * len(months), "month": months, "in_work": [1] * len(months)}
    assert count(data, time="month").exact == len(months) == second_route(data, time="month")


TOTALS = (
    *("Summa", "Totalt", "Total", "Riket", "Total (all)", "Samtliga", "Alla kommuner", "Totalsumma", "Hela riket"),
    *(
        "Totalresultat",
        "Totalantal",
        "Tot",
        "Tot.",
        "TOT:",
        "Sum:",
        "Sammanlagt",
        "Sammantaget",
        "Summering",
        "Summarad",
    ),
    *("Subtotal", "Σ", "σ", "∑", "Nationellt", "Riks", "Hela gruppen", "Alla deltagare", "Övriga länet"),
    *("Resultat", "RESULTAT:", "Antal", "Antal (personer)"),
)


@pytest.mark.parametrize("name", TOTALS)
@pytest.mark.parametrize("statistic", ["count", "sum", "share", "mean"])
def test_a_row_of_totals_is_not_paid_for(name, statistic):
    data = {"person": ["a", name, "b", "c"], "in_work": [1, 2, 0, 1]}
    assert refused_by_both(data, "person", statistic=statistic) == (
        "Column 'person' must not name a total of the units, as each outcome would count twice; the unit that begins "
        "at row 2 is called as a total is, and is the sum of the others. Leave its rows out."
    )


def test_a_total_of_every_month_is_not_paid_for():
    data = {
        "person": [*MONTHS["person"], "Summa", "Summa", "Riket", "Riket"],
        "month": [*MONTHS["month"], "2024-01", "2024-02", "2024-02", "2024-01"],
        "in_work": [*MONTHS["in_work"], 1, 2, 2, 1],
    }
    sentence = refused_by_both(data, "person", time="month")
    assert "at row 9 is called as a total is, and is the sum of the others in every period. Leave" in sentence


@pytest.mark.parametrize("name", ["Summa", "Rikssnitt", "0000", "Riket (medel)"])
def test_a_row_that_is_only_called_a_total_has_a_note(name):
    data = {"person": ["a", "b", name, "c"], "in_work": [1, 0, 1, 0]}
    measure = count(data)
    assert measure.exact == 2 == second_route(data)
    (note,) = measure.notes
    assert note.code == "called_a_total"
    assert note.text.en == (
        f"Counted among others: {name}, as a total or a mean of units is called. If it is one, the units in it count "
        "twice; leave its rows out."
    )
    assert note.text.sv == (
        f"Bland det som räknas finns {name}, som en summa eller ett medel av enheter brukar heta. Är det en sådan "
        "räknas enheterna i den dubbelt; utelämna dess rader."
    )


def test_a_sum_of_one_alone_and_a_name_among_no_others_are_let():
    """Of two persons 00 and 01 who both are in work either is the sum of the other."""
    one = {"person": ["00", "01", "02"], "in_work": [1, 1, 0]}
    assert count(one).exact == 2 == second_route(one)
    assert not count({"person": ["Summa"], "in_work": [5]}).notes
    plain = {"person": ["a", "b", "c"], "in_work": [2, 1, 1]}
    assert not count(plain).notes
    assert count(plain, statistic="sum").exact == 4 == second_route(plain, statistic="sum")


@pytest.mark.parametrize("statistic", ["count", "sum", "share", "mean"])
def test_a_code_below_0_is_no_outcome(statistic):
    data = {"person": list("abc"), "in_work": [1, -9, 0]}
    assert refused_by_both(data, "in_work", statistic=statistic) == (
        "Column 'in_work' must hold 0 and 1, or amounts, and nothing below 0 beside 0 and 1 alone; 1 row did not, the "
        "first at row 2. Leave the cell empty where the outcome is not known; if it is an amount, ask for the sum with "
        "a `min_per_unit` that is not above it."
    )


def test_amounts_of_less_than_0_beside_0_and_1_alone_are_summed_where_the_least_is_said():
    """One below the least of a unit is none of them."""
    data = {"person": ["a", "a", "b", "c"], "month": ["2024-01", "2024-02"] * 2, "in_work": [1, -1, 0, 1]}
    call = {"statistic": "sum", "time": "month"}
    for least in (-1, -1.0, -250):
        assert count(data, **call, min_per_unit=least).exact == 1 == second_route(data, **call, min_per_unit=least)
    assert count({**data, "in_work": [-1, -1, 1, 1]}, **call, min_per_unit=-1).exact == 1
    for cells, least in ((data["in_work"], None), (data["in_work"], 0), ([1, -9, 0, 1], -1), ([1, -1, 0, 1], -0.5)):
        refused_by_both({**data, "in_work": cells}, "in_work", **call, min_per_unit=least)
    refused_by_both(data, "in_work", time="month", min_per_unit=0)


def test_amounts_below_0_are_summed():
    data = {"person": list("abc"), "in_work": [1200, -300, 0.5]}
    assert count(data, statistic="sum").exact == F("900.5") == second_route(data, statistic="sum")
