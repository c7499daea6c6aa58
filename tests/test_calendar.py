"""Periods and closed windows of whole periods."""

from __future__ import annotations

import calendar
import datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from effekt._calendar import (
    EXAMPLE,
    PARTS,
    Window,
    months_in_words,
    odd_ones,
    parse_period,
    parse_window,
    period_label,
    window_in_words,
)
from effekt._types import PERIODS, Period
from effekt.exceptions import ArgumentError
from effekt.independent.periods import window_periods
from effekt.independent.spoken_windows import two_labels
from effekt.tables.names import in_time

periods = st.sampled_from(PERIODS)


@pytest.mark.parametrize(
    ("value", "period", "label"),
    [
        ("2014-03", "month", "2014-03"),
        ("2014-3", "month", "2014-03"),
        (" 2014-03 ", "month", "2014-03"),
        ("2014-12", "month", "2014-12"),
        ("2014M03", "month", "2014-03"),
        ("2014K2", "quarter", "2014Q2"),
        ("2014-03-31", "month", "2014-03"),
        ("2014-03-31T00:00:00", "month", "2014-03"),
        ("2014-03-31 00:00", "month", "2014-03"),
        (datetime.date(2014, 3, 1), "month", "2014-03"),
        (pd.Timestamp("2014-08-31"), "tertial", "2014T2"),
        (pd.Period("2014Q3"), "quarter", "2014Q3"),
        (np.datetime64("2014-05"), "month", "2014-05"),
        ("2014Q1", "quarter", "2014Q1"),
        ("201403", "month", "2014-03"),
        (201403, "month", "2014-03"),
        (201403.0, "month", "2014-03"),
        (np.int64(201412), "month", "2014-12"),
        ("2014-Q4", "quarter", "2014Q4"),
        ("2014-12-31", "quarter", "2014Q4"),
        ("2014T1", "tertial", "2014T1"),
        ("2014-T3", "tertial", "2014T3"),
        (datetime.date(2014, 4, 30), "tertial", "2014T1"),
        (datetime.date(2014, 5, 1), "tertial", "2014T2"),
        (datetime.date(2014, 9, 1), "tertial", "2014T3"),
        ("2014", "year", "2014"),
        (2014, "year", "2014"),
        (2014.0, "year", "2014"),
        (np.int64(2014), "year", "2014"),
        ("2014-07-01", "year", "2014"),
    ],
)
def test_what_is_a_period(value: object, period: Period, label: str) -> None:
    number = parse_period(value, period)
    assert number is not None
    assert period_label(number, period) == label


@pytest.mark.parametrize(
    ("value", "period"),
    [
        ("2014-13", "month"),
        ("2014-00", "month"),
        ("2014-02-30", "month"),
        ("2014-02-99", "month"),
        ("2014-13-01", "month"),
        ("2014-03-01T12:00", "month"),
        ("201413", "month"),
        ("201400", "month"),
        ("20143", "month"),
        ("2014031", "month"),
        ("180003", "month"),
        (201403, "year"),
        ("201403\n1", "month"),
        ("2014", "month"),
        (datetime.datetime(2014, 3, 1, 12, 30), "month"),
        ("2014-03", "quarter"),
        ("2014Q5", "quarter"),
        ("2014Q0", "quarter"),
        ("2014q1", "quarter"),
        ("2014T4", "tertial"),
        ("14", "year"),
        ("2014.5", "year"),
        (2014.5, "year"),
        (float("nan"), "year"),
        (float("inf"), "year"),
        (True, "year"),
        (None, "year"),
        ("", "year"),
        ("2014-2015", "year"),
        (-2014, "year"),
        ("２０１４Q９", "quarter"),
    ],
)
def test_what_is_no_period(value: object, period: Period) -> None:
    assert parse_period(value, period) is None


@given(period=periods, year=st.integers(1, 9999), data=st.data())
def test_labels_and_numbers_are_one_to_one(period: Period, year: int, data: st.DataObject) -> None:
    part = data.draw(st.integers(0, PARTS[period] - 1))
    number = year * PARTS[period] + part
    assert parse_period(period_label(number, period), period) == number


@given(date=st.dates(), period=periods)
def test_a_date_lies_in_the_period_of_its_month(date: datetime.date, period: Period) -> None:
    """Month m of 12 lies in part ⌈m / (12 / parts)⌉; in a season that begins with July, the spring is last year's."""
    number = parse_period(date, period)
    months = 12 // PARTS[period]
    if period == "season":
        assert number == (date.year if date.month >= 7 else date.year - 1)
    else:
        assert number == date.year * PARTS[period] + -(-date.month // months) - 1
    assert parse_period(date.isoformat(), period) == number


@given(period=periods, one=st.dates(), other=st.dates())
def test_periods_are_ordered_as_dates_are(period: Period, one: datetime.date, other: datetime.date) -> None:
    first, second = (parse_period(date, period) for date in sorted((one, other)))
    assert first is not None
    assert second is not None
    assert first <= second


@pytest.mark.parametrize(
    ("value", "period", "text", "length"),
    [
        (("2014-01", "2015-12"), "month", "2014-01 to 2015-12", 24),
        ((2014, 2015), "month", "2014-01 to 2015-12", 24),
        (["2014", "2014"], "quarter", "2014Q1 to 2014Q4", 4),
        (("2014T2", 2015), "tertial", "2014T2 to 2015T3", 5),
        ((2014, 2014), "year", "2014 to 2014", 1),
        ((2014.0, "2016"), "year", "2014 to 2016", 3),
        (("2014-03", "2014-03"), "month", "2014-03 to 2014-03", 1),
    ],
)
def test_windows(value: object, period: Period, text: str, length: int) -> None:
    window = parse_window("reference_window", value, period)
    assert str(window) == text
    assert len(window.numbers()) == length
    assert window.missing(window.numbers()) == ()


# fmt: off
SPOKEN: dict[str, tuple[str, str] | None] = {
    "calendar years 2016 to 2018": ("2016", "2018"),
    "Calendar year 2016": ("2016", "2016"),
    "kalenderåren 2016–2018": ("2016", "2018"),
    "kalenderåret 2016": ("2016", "2016"),
    "helåret 2018": ("2018", "2018"),
    "helåren 2016–2018": ("2016", "2018"),
    "första halvåret 2018": ("2018Q1", "2018Q2"),
    "Andra  halvåret 2018": ("2018Q3", "2018Q4"),
    "first half of 2018": ("2018Q1", "2018Q2"),
    "second half 2018": ("2018Q3", "2018Q4"),
    "tredje halvåret 2018": None,
    "första halvåret": None,
    "första halvåret 2018 till andra halvåret 2018": None,
    **dict.fromkeys(
        SCHOOL := ("läsåret 2015/16", "Läsår 2015/16", "läsåren 2015/16 till 2016/17", "school year 2015/16"), None
    ),
    "åren 2015 och 2016": ("2015", "2016"),
    "years 2015 and 2016": ("2015", "2016"),
    "Kalenderåren 2015 & 2016": ("2015", "2016"),
    "kvartal 1 och 2 2017": ("2017Q1", "2017Q2"),
    "tertial 3 2016 och tertial 1 2017": ("2016T3", "2017T1"),
    "säsongerna 2015/16 och 2016/17": ("2015/16", "2016/17"),
    "december 2015 and January 2016": ("2015-12", "2016-01"),
    "2015/16 och 2016/17 och 2017/18": None,
    "åren 2015, 2016 och 2017": None,
    "mellan 2015 och 2016": None,
    "2015 och": None,
    "och 2015": None,
    "från och med 2015": None,
    **dict.fromkeys(APART := ("åren 2015 och 2018", "years 2016 and 2015", "juli och december 2016"), None),
    "2019-01-01–2019-12-31": ("2019", "2019"),
    "2015-07-01/2016-06-30": ("2015/16", "2015/16"),
    "2015-07-01 / 2017-06-30": ("2015/16", "2016/17"),
    "2015-04-01 to 2016-03-31": ("2015Q2", "2016Q1"),
    "2015-05-01 till 2015-12-31": ("2015T2", "2015T3"),
    "2015-08-01 till och med 2016-06-30": ("2015-08", "2016-06"),
    "2016-02-01 - 2016-02-29": ("2016-02", "2016-02"),
    "9999-01-01/9999-12-31": ("9999", "9999"),
    **dict.fromkeys(
        PART_MONTHS := (
            "2016-01-01/2016-12-30", "2016-01-02/2016-12-31", "2015-02-01/2015-02-29", "2015-13-01/2016-01-31",
            "2016-02-01/2016-02-28",
        ),
        None,
    ),
    "åren 2016-2018": ("2016", "2018"),
    "years 2016–2018": ("2016", "2018"),
    "2016 through 2018": ("2016", "2018"),
    "från och med 2016 till och med 2018": ("2016", "2018"),
    "tertial 2 2017 – tertial 1 2018": ("2017T2", "2018T1"),
    "tertial 2–3 2017": ("2017T2", "2017T3"),
    "tredje tertialet 2016 till första tertialet 2017": ("2016T3", "2017T1"),
    "kvartal 3 2016 till kvartal 2 2017": ("2016Q3", "2017Q2"),
    "Q3 2016 to Q2 2017": ("2016Q3", "2017Q2"),
    "second quarter of 2017 to third quarter of 2018": ("2017Q2", "2018Q3"),
    "juli 2016 – juni 2017": ("2016-07", "2017-06"),
    "juli–december 2016": ("2016-07", "2016-12"),
    "May 2016 - Oct. 2016": ("2016-05", "2016-10"),
    "maj 2016 t.o.m. oktober 2017": ("2016-05", "2017-10"),
    "2016-07 to 2017-06": ("2016-07", "2017-06"),
    "säsongen 2016/17": ("2016/17", "2016/17"),
    "seasons 2016/17 to 2018/19": ("2016/17", "2018/19"),
    "månaderna juli 2016 till juni 2017": ("2016-07", "2017-06"),
    "andra kvartalet år 2017": ("2017Q2", "2017Q2"),
    "månad 2016-07": ("2016-07", "2016-07"),
    "tertial 2017T2": ("2017T2", "2017T2"),
    "calendar year 2016 to 2018": ("2016", "2018"),
    "jan-mar 2016": ("2016-01", "2016-03"),
    "juli 2016-juni 2017": ("2016-07", "2017-06"),
    "Q1-Q3 2016": ("2016Q1", "2016Q3"),
    "Q3 2016-Q2 2017": ("2016Q3", "2017Q2"),
    "tertial 2-3 2017": ("2017T2", "2017T3"),
    "2016/17-2018/19": ("2016/17", "2018/19"),
    "2016-07–2017-06": ("2016-07", "2017-06"),
    "2016-Q3 to 2017-Q2": ("2016-Q3", "2017-Q2"),
    **dict.fromkeys(NO_FIT := (
        "säsong 2016", "säsongerna 2016–2018", "season 2016 to 2017", "kalenderåren 2016/17", "år 2016/17–2017/18",
        "calendar year 2016/17 to 2017", "tertial 2017", "quarter 2017", "kvartal juni 2016", "år juli 2016",
        "kalenderår 2016-07", "månad 2016", "months 2016 to 2017", "tertial 2017Q2",
        "säsong 2016/17–2018",
    )),
    **dict.fromkeys(MIXED := (
        "juli 2016 – 2017", "2016/17–2018", "2016 till juli 2017", "Q1 2016 – tertial 2 2016", "2016-07 to 2017",
        "2016-07 to 2017Q2", "2016-Q1 2017", "year 2016 to season 2017/18",
    )),
    **dict.fromkeys(NO_SUCH := ("tertial 4 2017", "fjärde tertialet 2017", "2016/18", "säsong 2016/07")),
    "år Q3 2016": None,
    "kasdf 3 2016": None,
    "2016-17": None,
    "2016-07-01": None,
    "from 2016": None,
    "2014..2015": None,
    "2016 to 2017 to 2018": None,
    "juli 2016 – juni": None,
    "the first years": None,
    "fifth quarter 2016": None,
    "": None,
}


# fmt: on
@pytest.mark.parametrize("text", SPOKEN)
def test_windows_in_words_have_one_meaning_on_both_routes(text: str) -> None:
    """What a contract may call its window; two readers, of patterns and of words, find the same labels."""
    assert window_in_words(text) == SPOKEN[text]
    there = SPOKEN[text]
    assert two_labels(text) == (there and tuple(label.replace("-Q", "Q") for label in there))


@pytest.mark.parametrize("text", [*NO_FIT, *MIXED, *NO_SUCH])
@pytest.mark.parametrize("period", ["month", "quarter", "tertial", "year", "season"])
def test_words_that_contradict_each_other_are_refused_on_both_routes(text: str, period: Period) -> None:
    """No window comes of a noun that is not its label's, or of ends of two kinds: it would move months of money."""
    rule = "does not fit" if text in NO_FIT else "must be of one kind" if text in MIXED else "is wrong: a"
    with pytest.raises(ArgumentError, match=rule) as refusal:
        parse_window("evaluation_window", text, period)
    with pytest.raises(ArgumentError, match="words for two of one kind, each as its noun says") as other:
        window_periods(text, period, "evaluation_window")
    for error in (refusal, other):
        assert "evaluation_window" in str(error.value)
        assert repr(text) in str(error.value)


@pytest.mark.parametrize(
    ("text", "period", "fault"),
    [
        ("tertial 4 2017", "tertial", "'tertial 4' is wrong: a year has three tertials."),
        (
            "2016/18",
            "season",
            "'2016/18' is wrong: a season is two years in a row, such as 2016/17, and a month 2016-07.",
        ),
        (
            "2016/07",
            "month",
            "'2016/07' is wrong: a season is two years in a row, such as 2016/17, and a month 2016-07.",
        ),
        ("säsong 2016", "season", "'säsong' does not fit '2016', a year: write it as in 'years 2014 to 2015'."),
        ("juli 2016 – 2017", "month", "Both ends must be of one kind, not a month and a year."),
        *(
            (
                text,
                "month",
                f"'{text.lower().rpartition(' 2015/16')[0].partition(' till')[0]}' does not say which months it holds: "
                "write 'säsongen 2015/16' for July 2015 to June 2016, or the months themselves, such as 'augusti 2015 "
                "till juni 2016'.",
            )
            for text in SCHOOL
        ),
        *(
            (
                text,
                "month",
                f"'{'and' if 'and' in text else 'och'}' joins two periods that follow each other; write 'to' or 'till' "
                "for longer windows.",
            )
            for text in APART
        ),
        *(
            (text, "year", "Days must be the first of a month and the last of one, as in '2015-07-01/2016-06-30'.")
            for text in PART_MONTHS
        ),
    ],
)
def test_the_refusal_of_words_says_what_is_wrong(text: str, period: Period, fault: str) -> None:
    with pytest.raises(ArgumentError) as refusal:
        parse_window("reference_window", text, period)
    assert str(refusal.value).endswith(f"got {text!r}. {fault}")


def test_half_a_year_is_six_months_and_no_whole_tertials() -> None:
    assert months_in_words("andra halvåret 2018") == ("2018-07", "2018-12")
    assert parse_window("w", "first half of 2018", "month") == parse_window("w", ("2018-01", "2018-06"), "month")
    assert window_periods("first half of 2018", "month", "w") == window_periods(("2018-01", "2018-06"), "month", "w")
    for period in ("tertial", "year"):
        with pytest.raises(ArgumentError, match=f"must be given in whole {period}s"):
            parse_window("w", "första halvåret 2018", period)


def test_words_of_another_kind_than_the_rows_are_those_of_their_label() -> None:
    with pytest.raises(ArgumentError, match="must be given in whole seasons"):
        parse_window("reference_window", "åren 2016–2018", "season")
    assert months_in_words("säsongerna 2016/17 till 2017/18") == ("2016-07", "2018-06")
    assert months_in_words("säsong 2016") is None
    assert months_in_words("2018 to 2016") is None


@given(
    kind=st.sampled_from(["year", "month", "quarter", "tertial", "season"]),
    first=st.integers(2000, 2020),
    length=st.integers(0, 3),
    lang=st.sampled_from(["en", "sv"]),
    parts=st.tuples(st.integers(1, 3), st.integers(1, 3)),
)
def test_any_window_said_in_words_is_the_one_of_its_labels(
    kind: Period, first: int, length: int, lang: str, parts: tuple[int, int]
) -> None:
    nouns = {"quarter": ("quarter", "kvartal"), "tertial": ("tertial", "tertial")}
    months = (("January", "May", "October"), ("januari", "maj", "oktober"))[lang == "sv"]
    ends = []
    for year, part in zip((first, first + 1 + length), parts, strict=True):
        if kind in nouns:
            ends.append((f"{nouns[kind][lang == 'sv']} {part} {year}", f"{year}{kind[0].upper()}{part}"))
        elif kind == "month":
            ends.append((f"{months[part - 1]} {year}", f"{year}-{(1, 5, 10)[part - 1]:02d}"))
        else:
            label = str(year) if kind == "year" else f"{year}/{(year + 1) % 100:02d}"
            ends.append((label, label))
    spoken = f" {'till' if lang == 'sv' else 'to'} ".join(words for words, _ in ends)
    labels = tuple(label for _, label in ends)
    assert parse_window("w", spoken, kind) == parse_window("w", labels, kind)
    assert window_periods(spoken, kind, "w") == window_periods(labels, kind, "w")


def test_missing_periods_are_named_in_calendar_order() -> None:
    window = parse_window("reference_window", (2014, 2014), "quarter")
    there = [window.first + 1]
    assert window.missing(there) == ("2014Q1", "2014Q3", "2014Q4")
    assert window.missing([]) == ("2014Q1", "2014Q2", "2014Q3", "2014Q4")
    assert Window(first=5, last=4, period="year").missing([]) == ()


@pytest.mark.parametrize(
    ("value", "period", "sentence"),
    [
        (
            "2014 and on",
            "month",
            "`reference_window` must be a pair (first, last) of months such as ('2014-03', '2015-03'), or words such "
            "as 'July 2014 to June 2015'; got '2014 and on'.",
        ),
        (
            (2014,),
            "quarter",
            "`reference_window` must be a pair (first, last) of quarters such as ('2014Q1', '2015Q1'); got (2014,).",
        ),
        (("2015", "2014"), "year", "`reference_window` must end after it starts; got '2015' to '2014'."),
        (
            ("2014-13", "2015"),
            "month",
            "`reference_window` must be given in whole months such as '2014-03', or in quarters, tertials, years or "
            "seasons; got '2014-13'.",
        ),
        (
            ("2014Q1", "2014Q2"),
            "tertial",
            "`reference_window` must be given in whole tertials such as '2014T1', or in years; got '2014Q1'.",
        ),
        (
            ("2014-01", "2014-12"),
            "year",
            "`reference_window` must be given in whole years such as '2014'; got '2014-01'.",
        ),
        (
            ("2014T1", "2015"),
            "quarter",
            "`reference_window` must be given in whole quarters such as '2014Q1', or in years or seasons; "
            "got '2014T1'.",
        ),
        (
            ("2014", "2015"),
            "season",
            "`reference_window` must be given in whole seasons such as '2014/15'; got '2014'.",
        ),
        ((None, 2014), "year", None),
        ((True, False), "year", None),
        ((2014, 2015), "week", "`period` must be 'month', 'quarter', 'tertial', 'year' or 'season'; got 'week'."),
    ],
)
def test_windows_that_cannot_be(value: object, period: Period, sentence: str | None) -> None:
    with pytest.raises(ArgumentError) as refusal:
        parse_window("reference_window", value, period)
    if sentence is not None:
        assert str(refusal.value) == sentence


@pytest.mark.parametrize(
    ("names", "odd"),
    [
        (["2014", "2015", "2016-01"], {"2016-01"}),
        (["2014", "2015-01"], {"2015-01"}),
        (["2015-01", "before", "after"], {"before", "after"}),
        (["1", "2.5", "nan"], {"nan"}),
        (["1", "-inf"], {"-inf"}),
        (["2014-01-31", "2014Q1", "2014Q2"], {"2014-01-31"}),
    ],
)
def test_the_odd_ones_are_those_that_are_no_period_or_of_another_kind_than_most(
    names: list[str], odd: set[str]
) -> None:
    assert in_time(sorted(names)) is None
    assert odd_ones(names) == odd


FORMS = ["2014", "2015", "2014-01", "201402", "2014Q1", "2014T1", "2014/15", "2014-01-03", "1", "2.5", "x", "nan"]


@given(names=st.sets(st.sampled_from(FORMS), min_size=1))
def test_names_without_an_order_have_an_odd_one(names: set[str]) -> None:
    listed = sorted(names)
    assert in_time(listed) is not None or odd_ones(listed)


@given(first=st.dates(datetime.date(2000, 1, 1)), last=st.dates(datetime.date(2000, 1, 1)), whole=st.booleans())
def test_a_window_in_days_is_the_one_of_its_months(first: datetime.date, last: datetime.date, whole: bool) -> None:
    """On both routes and in periods of every length, or it is in none."""
    first, last = sorted((first, last))
    if whole:
        days = calendar.monthrange(last.year, last.month)[1]
        first, last = first.replace(day=1), last.replace(day=days)
    text = f"{first}/{last}"
    labels = window_in_words(text)
    assert two_labels(text) == labels
    full = first.day == 1 and last.day == calendar.monthrange(last.year, last.month)[1]
    assert (labels is not None) == full
    if labels is None:
        return
    months = (f"{first:%Y-%m}", f"{last:%Y-%m}")
    assert parse_window("w", text, "month") == parse_window("w", months, "month")
    for period in PERIODS:
        try:
            theirs = window_periods(months, period, "w")
        except ArgumentError:
            with pytest.raises(ArgumentError, match=f"must be given in whole {period}s"):
                parse_window("w", text, period)
            with pytest.raises(ArgumentError):
                window_periods(text, period, "w")
        else:
            assert window_periods(text, period, "w") == theirs
            assert parse_window("w", text, period).numbers()[0] == parse_period(first, period)
            assert len(parse_window("w", text, period).numbers()) == len(theirs)


COARSER = {
    "month": {"quarter", "tertial", "year", "season"},
    "quarter": {"year", "season"},
    "tertial": {"year"},
    "year": set(),
    "season": set(),
}


@pytest.mark.parametrize("period", COARSER)
def test_a_refusal_names_every_kind_of_period_that_a_window_of_such_rows_may_be_written_in(period: Period) -> None:
    """Quarters take seasons too; years were told that they might be given in years."""

    def taken(kind: str) -> bool:
        try:
            parse_window("w", (EXAMPLE[kind], EXAMPLE[kind]), period)
        except ArgumentError:
            return False
        return True

    assert {kind for kind in EXAMPLE if kind != period and taken(kind)} == COARSER[period]
    with pytest.raises(ArgumentError) as refusal:
        parse_window("w", ("often", "often"), period)
    named = str(refusal.value).split("; got")[0]
    assert {kind for kind in EXAMPLE if kind != period and f"{kind}s" in named} == COARSER[period]
