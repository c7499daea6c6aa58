"""Calendar periods and closed windows of whole periods.

A period is an integer counted from year 0: ``year * parts + part`` with 12 months, 4 quarters, 3 tertials
(Swedish four-month periods), 1 year or 1 season, July to June, in a year. Its label is ``2014-03``, ``2014Q1``,
``2014T1``, ``2014`` or ``2014/15``; a month is also read as ``2014M03`` or, as registers write it, ``201403``.
"""

from __future__ import annotations

import calendar
import datetime
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from effekt._types import PERIODS, Period
from effekt._validation import check_option, join_words
from effekt.exceptions import ArgumentError

PARTS: dict[str, int] = {"month": 12, "quarter": 4, "tertial": 3, "year": 1, "season": 1}
EXAMPLE = {"month": "2014-03", "quarter": "2014Q1", "tertial": "2014T1", "year": "2014", "season": "2014/15"}
_FORM: dict[Period, re.Pattern[str]] = {
    "month": re.compile(r"(\d{4}(?=[-M])|(?:19|20)\d\d(?=\d\d$))[-M]?(\d{1,2})"),  # 2014-03, 2014M03, 201403
    "quarter": re.compile(r"(\d{4})-?[QK]([1-4])"),  # K: kvartal
    "tertial": re.compile(r"(\d{4})-?T([1-3])"),
    "year": re.compile(r"(\d{4})()"),
    "season": re.compile(r"(\d{4})/(\d{2})"),
}
SEASON_STARTS = 7  # July
_LOOSE_SEASON = re.compile(r"\d{4} ?[-\N{EN DASH}/] ?(\d{2}){1,2}")  # 2014-15, 2014/2015
_HALF_YEAR = re.compile(r"\d{4} ?[-:]? ?(?:h|hy|halvår|half)\.? ?[12]", re.IGNORECASE)  # 2018H1, 2018 halvår 1
_MONTH_FIRST = re.compile(r"(?:0?[1-9]|1[0-2])\.(?:19|20?)\d{0,2}")  # 01.2021, and 1.202 where that was a number
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ]00:00(?::00(?:\.0+)?)?)?")
_TIMED = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}[:.\d]*")
_ZONED = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}[:.\d]* ?(?:Z|[+-]\d{2}(?::?\d{2})*)")


def parse_period(value: object, period: Period) -> int | None:
    """The period's number, or None when `value` is no such period; a date belongs to the period it lies in.

    A moment is a date at midnight alone: 23:00 in UTC is the day after in Sweden.
    """
    if isinstance(value, datetime.datetime) and value.time() != datetime.time.min:
        return None
    if isinstance(value, datetime.date):
        return _of_date(value.year, value.month, period)
    if isinstance(value, bool):
        return None
    if isinstance(value, float):
        value = int(value) if value.is_integer() else ""
    text = str(value).strip()
    date = _DATE.fullmatch(text)
    if date:
        return _of_date(int(date[1]), int(date[2]), period) if _exists(date) else None
    match = _FORM[period].fullmatch(text)
    if not match:
        return None
    if period == "season":
        return int(match[1]) if (int(match[1]) + 1) % 100 == int(match[2]) else None
    part = int(match[2] or 1) - 1
    return int(match[1]) * PARTS[period] + part if 0 <= part < PARTS[period] else None


def period_numbers(names: Sequence[str]) -> tuple[Period, list[int]] | None:
    """The kind of period that every name is written as, and the numbers; None when there is no such kind."""
    for period, form in _FORM.items():
        if all(form.fullmatch(name) for name in names):
            numbers = [parse_period(name, period) for name in names]
            if None not in numbers:
                return period, [number for number in numbers if number is not None]
    return None


def strays(names: Sequence[str]) -> tuple[str, set[str]] | None:
    """'months such as '2014-03'', which most of the names are, and those that are not; None when most are no period."""
    kinds: list[tuple[str, list[str]]] = [
        (f"{period}s such as {EXAMPLE[period]!r}", [name for name in names if form.fullmatch(name)])
        for period, form in _FORM.items()
        if period != "season"  # a text such as 2014/03 may be anything
    ]
    kinds.append(("dates such as '2014-03-31'", [name for name in names if is_date(name)]))
    for kind, those in kinds:
        if len(names) / 2 < len(those) < len(names):
            return kind, set(names) - set(those)
    return None


def month_first(names: Sequence[str]) -> bool:
    """Whether all names are as 01.2021: read as numbers, every January would come before any February."""
    return any(name[-5:-4] == "." for name in names) and all(_MONTH_FIRST.fullmatch(name) for name in names)


def odd_ones(names: Sequence[str]) -> set[str]:
    """The names that are no period, date or number; where all are, those of other kinds than most of them."""
    kinds = [_kind_of_name(name) for name in names]
    if None in kinds:
        return {name for name, kind in zip(names, kinds, strict=True) if kind is None}
    most = max(kinds, key=kinds.count)
    return {name for name, kind in zip(names, kinds, strict=True) if kind != most}


def _kind_of_name(name: str) -> str | None:
    written = next((period for period, form in _FORM.items() if form.fullmatch(name)), None)
    if written is not None or is_date(name):
        return written or "date"
    try:
        finite(name)
    except ValueError:
        return None
    return "number"


def finite(name: str) -> float:
    """The number that a name is; ValueError for none, as 'nan' and 'inf' are, which have no place in an order."""
    number = float(name)
    if not math.isfinite(number):
        raise ValueError(name)
    return number


def how_to_write(cells: Sequence[object], period: Period) -> str:
    """The remedy where cells are no such periods: days since 1900 are dates, a season has a slash, a half-year none."""
    if any(map(has_zone, cells)):
        return LOCAL_DATES
    if any(isinstance(cell, datetime.datetime) or _TIMED.fullmatch(str(cell).strip()) for cell in cells):
        return (
            "They have a time of day, and 23:00 is the day after where a zone was taken away: where they are local, "
            "write days alone, in pandas with pd.to_datetime(column).dt.normalize()."
        )
    if period == "season" and all(parse_period(cell, "month") is not None for cell in cells):
        return (
            "They are months: give period='month', whose windows may be seasons such as '2014/15', or write seasons as "
            "'2014/15'."
        )
    if period == "season" and any(_LOOSE_SEASON.fullmatch(str(cell).strip()) for cell in cells):
        return "Write a season with a slash and two figures, as '2014/15': '2014-15' has the form of a month."
    if any(_HALF_YEAR.fullmatch(str(cell).strip()) for cell in cells):
        return "Half-years are not read: give rows of quarters, or add the halves of a year up and give period='year'."
    if all(isinstance(cell, (int, float)) and 20_000 <= cell < 100_000 for cell in cells):  # 1954-10-03 and later
        return (
            "They may be dates as a spreadsheet program counts them, in days: give the column the format of a date "
            "there, and save it."
        )
    return f"Write them as dates or as {EXAMPLE[period]!r}."


LOCAL_DATES = (
    "They are moments of a time zone, in which a day begins at another moment than in others: make local dates of them "
    'first, in pandas with pd.to_datetime(column, utc=True).dt.tz_convert("Europe/Stockholm").dt.tz_localize(None).'
)


def has_zone(value: object) -> bool:
    """Whether the value is a moment of a time zone, or a text such as 2017-12-31T23:00:00Z."""
    return _ZONED.fullmatch(str(value).strip()) is not None


def is_date(value: object) -> bool:
    """Whether the value is a date, or a text such as 2014-03-31."""
    date = _DATE.fullmatch(str(value).strip())
    return isinstance(value, datetime.date) or (date is not None and _exists(date))


def _exists(date: re.Match[str]) -> bool:
    try:
        datetime.date(int(date[1]), int(date[2]), int(date[3]))
    except ValueError:
        return False
    return True


def _of_date(year: int, month: int, period: Period) -> int:
    if period == "season":
        return year if month >= SEASON_STARTS else year - 1
    return year * PARTS[period] + (month - 1) * PARTS[period] // 12


def period_label(number: int, period: Period) -> str:
    """'2014-03', '2014Q1', '2014T1', '2014' or '2014/15'."""
    year, part = divmod(number, PARTS[period])
    if period == "season":
        return f"{year:04d}/{(year + 1) % 100:02d}"
    if period == "month":
        return f"{year:04d}-{part + 1:02d}"
    letter = {"quarter": "Q", "tertial": "T", "year": ""}[period]
    return f"{year:04d}{letter}{part + 1}" if letter else f"{year:04d}"


def first_day(number: int, period: Period) -> str:
    """The first day of a period, as text that sorts by time: '2014-03-01'; the nearest that a calendar has."""
    year, part = divmod(number, PARTS[period])
    if not datetime.MINYEAR <= year <= datetime.MAXYEAR:
        return str(datetime.date.max if year > datetime.MAXYEAR else datetime.date.min)
    if period == "season":
        return f"{year:04d}-{SEASON_STARTS:02d}-01"
    return f"{year:04d}-{part * 12 // PARTS[period] + 1:02d}-01"


def days_after(day: str, days: int) -> str:
    """The day so many days later, or the last or the first that a calendar has."""
    first, last, start = datetime.date.min, datetime.date.max, datetime.date.fromisoformat(day)
    if days > (last - start).days or days < (first - start).days:
        return str(last if days > 0 else first)
    return str(start + datetime.timedelta(days=days))


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A closed calendar interval of whole periods; `first` and `last` are period numbers."""

    first: int
    last: int
    period: Period

    def __str__(self) -> str:
        return f"{period_label(self.first, self.period)} to {period_label(self.last, self.period)}"

    def numbers(self) -> range:
        """All periods in the window."""
        return range(self.first, self.last + 1)

    def missing(self, present: Iterable[int]) -> tuple[str, ...]:
        """Labels of the window's periods that are not in `present`."""
        there = set(present)
        return tuple(period_label(number, self.period) for number in self.numbers() if number not in there)


def parse_window(name: str, value: object, period: Period) -> Window:
    """A window from ``(first, last)`` or from words; a year stands for its first or last period."""
    check_option("period", period, PERIODS)
    ends = window_in_words(value) if isinstance(value, str) else value
    if not isinstance(ends, (tuple, list)) or len(ends) != 2:
        words = f", or words such as '{_IN_WORDS[period]}'" if isinstance(value, str) else ""
        later = EXAMPLE[period].replace("15", "16").replace("2014", "2015")
        raise ArgumentError(
            f"`{name}` must be a pair (first, last) of {period}s such as "
            f"('{EXAMPLE[period]}', '{later}'){words}; got {value!r}."
            f"{' Give the two ends by themselves, not a range with dots.' if '..' in str(value) else ''}"
            f"{_fault(value) if isinstance(value, str) else ''}"
        )
    first, last = (_window_end(name, end, period, at_end) for end, at_end in zip(ends, (False, True), strict=True))
    if first > last:
        raise ArgumentError(f"`{name}` must end after it starts; got {ends[0]!r} to {ends[1]!r}.")
    return Window(first=first, last=last, period=period)


def _window_end(name: str, value: object, period: Period, at_end: bool) -> int:
    number = parse_period(value, period)
    if number is not None:
        return number
    months = _months(value)
    if months is not None:
        length = 12 // PARTS[period]
        start = months[0] - (SEASON_STARTS - 1 if period == "season" else 0)
        end = start + months[1]
        if start % length == 0 and end % length == 0:
            return end // length - 1 if at_end else start // length
    raise ArgumentError(
        f"`{name}` must be given in whole {period}s such as '{EXAMPLE[period]}'"
        f"{', or in ' + join_words(_coarser(period)) if _coarser(period) else ''}; got {value!r}."
    )


def _coarser(period: Period) -> list[str]:
    """The other kinds of period, in the plural, that are whole ones of this kind."""
    length = 12 // PARTS[period]
    late = {kind: SEASON_STARTS - 1 if kind == "season" else 0 for kind in PERIODS}
    return [
        f"{kind}s"
        for kind in PERIODS
        if kind not in (period, "month") and 12 // PARTS[kind] % length == (late[kind] - late[period]) % length == 0
    ]


def _months(value: object) -> tuple[int, int] | None:
    """The first month's number and the number of months of a period that is written as one, longer than a month."""
    if isinstance(value, datetime.date) or is_date(str(value).strip()):
        return None
    kinds: tuple[Period, ...] = ("year", "quarter", "tertial", "season")
    for kind in kinds:
        number = parse_period(value, kind)
        if number is not None:
            length = 12 // PARTS[kind]
            return number * length + (SEASON_STARTS - 1 if kind == "season" else 0), length
    return None


# --- windows in words -------------------------------------------------------------------------------------------------

_MONTHS = (
    ("january", "januari", "jan"), ("february", "februari", "feb"), ("march", "mars", "mar"), ("april", "apr"),
    ("may", "maj"), ("june", "juni", "jun"), ("july", "juli", "jul"), ("august", "augusti", "aug"),
    ("september", "sept", "sep"), ("october", "oktober", "oct", "okt"), ("november", "nov"),
    ("december", "dec"),
)  # fmt: skip
_MONTH_OF = {word: month for month, words in enumerate(_MONTHS, start=1) for word in words}
_ORDINALS = (("first", "första"), ("second", "andra"), ("third", "tredje"), ("fourth", "fjärde"))
_PART_OF = {word: part for part, words in enumerate(_ORDINALS, start=1) for word in words}
_IN_WORDS = {
    "month": "July 2014 to June 2015",
    "quarter": "quarter 3 2014 to quarter 2 2015",
    "tertial": "tertial 2 2014 to tertial 1 2015",
    "year": "years 2014 to 2015",
    "season": "seasons 2014/15 to 2015/16",
}
_BETWEEN = re.compile(r"\s*–\s*|\s+(?:to|through|till och med|till|t\.o\.m\.|t o m|tom)\s+")
_DASH = re.compile(r"\s-\s|[—−]|(?<!\d{4})-|-(?!\d\d\b|[qkt]\d\b(?! \d{4}))")  # no hyphen within 2016-07 or 2016-Q3
_NOUN = re.compile(
    r"(?:(?P<year>(?:calendar )?years?|(?:kalender|hel)?år(?:et|en)?)|(?P<quarter>quarters?|kvartal(?:et|en)?)|"
    r"(?P<tertial>tertial(?:s|et|en)?)|(?P<season>seasons?|säsong(?:en|erna)?)|(?P<month>months?|månad(?:en|erna)?)) "
)
_PART_AND_YEAR = re.compile(r"(quarters?|kvartal(?:et|en)?|tertial(?:s|et|en)?|[qkt]) ?([1-4]) (?:of )?(\d{4})")
_ORDINAL_AND_YEAR = re.compile(r"(\w+) (quarters?|kvartal(?:et|en)?|tertial(?:s|et|en)?) (?:of |år )?(\d{4})")
_MONTH_AND_YEAR = re.compile(r"([a-z]+)\.? (\d{4})")
_HALF = re.compile(r"(första|andra|first|second) (?:halvåret|half(?: of)?) (\d{4})")
_AND = re.compile(r"(?<!\bfrån)(?<!\btill) (?:och|and|&) ")
_DAY = r"(\d{4}-\d\d-\d\d)"
_DAYS = re.compile(rf"{_DAY}(?: ?[/–—−] ?| - | -- |--| (?:to|through|till och med|till|t\.o\.m\.|t o m|tom) ){_DAY}")
_SCHOOL_YEAR = re.compile(r"\b(?:läsår|skolår)(?:et|en)?\b|\b(?:school|academic) years?\b")
_FOURTH_TERTIAL = re.compile(r"\b(?:t|tertial\w*) ?4\b|\b(?:fourth|fjärde) tertial\w*|\b\d{4}-?t4\b")
_SLASH = re.compile(r"\b\d{4}/\d+")


def window_in_words(text: str) -> tuple[str, str] | None:
    """The labels of the first and the last period of a window as it is spoken of, in Swedish or in English.

    'Calendar years 2016 to 2018', 'tertial 2 2017 – tertial 1 2018', 'juli 2016 till juni 2017', 'kvartal 1–2 2017':
    a noun stands for both ends, and so does the year after the last. A noun is that of its label, and both ends are of
    one kind. None where it cannot be told what is meant. A half of a year, 'första halvåret 2018', is two quarters.
    'Åren 2015 och 2016' are two periods with none between them, and days, '2015-07-01/2016-06-30', are whole months,
    written as the longest periods that they are whole ones of.
    """
    plain = _plain(text)
    if days := _DAYS.fullmatch(plain):
        return _whole_periods(days[1], days[2])
    if _AND.search(plain):
        labels = window_in_words(_AND.sub(" – ", plain, count=1))
        return labels if labels is not None and _adjacent(*labels) else None
    if half := _HALF.fullmatch(plain):
        part = 2 * _PART_OF[half[1]]
        return f"{half[2]}Q{part - 1}", f"{half[2]}Q{part}"
    ends = _ends_of(text)
    found = [_read(end) for end in ends]
    first, last = found[0], found[-1]
    if len(ends) > 2 or first is None or last is None or first[0] != last[0]:
        return None
    return first[1], last[1]


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _adjacent(first: str, last: str) -> bool:
    """Whether two labels of one kind follow each other."""
    kind = _kind_of(first)
    if kind is None:
        return False
    number = parse_period(first, kind)
    return number is not None and parse_period(last, kind) == number + 1


def _whole_periods(first: str, last: str) -> tuple[str, str] | None:
    """The labels of the periods from one day to another; None unless they are the first and the last of a month."""
    if not (is_date(first) and is_date(last)):
        return None
    begins, ends = datetime.date.fromisoformat(first), datetime.date.fromisoformat(last)
    if begins.day > 1 or ends.day < calendar.monthrange(ends.year, ends.month)[1]:
        return None
    kinds: tuple[Period, ...] = ("year", "season", "quarter", "tertial", "month")
    for kind in kinds:
        length, shift = 12 // PARTS[kind], SEASON_STARTS - 1 if kind == "season" else 0
        start, end = 12 * begins.year + begins.month - 1 - shift, 12 * ends.year + ends.month - shift
        if start % length == 0 and end % length == 0:
            return period_label(start // length, kind), period_label(end // length - 1, kind)
    return None


def months_in_words(text: str) -> tuple[str, str] | None:
    """The first and the last month of a window in words; None where it cannot be told what is meant."""
    try:
        window = parse_window("window", text, "month")
    except ArgumentError:  # what the analysis refuses
        return None
    return period_label(window.first, "month"), period_label(window.last, "month")


def _ends_of(text: str) -> list[str]:
    """The one or two ends, each with its noun and its year; none for what runs from some time on."""
    plain = _DASH.sub("–", " ".join(text.casefold().replace("\N{NO-BREAK SPACE}", " ").split()))
    bare = re.sub(r"^(from|från och med|från) ", "", plain)
    ends = _BETWEEN.split(bare)
    if bare != plain and len(ends) == 1:
        return [""]  # from some time on
    noun, year = _NOUN.match(ends[0]), re.search(r" \d{4}$", ends[-1])
    if len(ends) == 2:
        if noun and ends[1][:1].isdigit():
            ends[1] = noun[0] + ends[1]
        if year and not re.search(r"\d{4}", ends[0]):
            ends[0] += year[0]
    return ends


def _read(end: str) -> tuple[Period, str] | None:
    """The kind and the label of one period in words, where its noun is that of the label."""
    label, noun = _label_of(end), _NOUN.match(end)
    kind = _kind_of(label)
    if label is None or kind is None or (noun and noun.lastgroup != kind):
        return None
    return kind, label


def _kind_of(label: str | None) -> Period | None:
    return next((kind for kind in _FORM if label is not None and parse_period(label, kind) is not None), None)


def _label_of(end: str) -> str | None:
    """The label of one period in words, whatever its noun."""
    if found := _PART_AND_YEAR.fullmatch(end):
        return f"{found[3]}{'T' if found[1][0] == 't' else 'Q'}{found[2]}"
    if (found := _ORDINAL_AND_YEAR.fullmatch(end)) and found[1] in _PART_OF:
        return f"{found[3]}{'T' if found[2][0] == 't' else 'Q'}{_PART_OF[found[1]]}"
    noun = _NOUN.match(end)
    rest = end[noun.end() :] if noun else end
    if (found := _MONTH_AND_YEAR.fullmatch(rest)) and found[1] in _MONTH_OF:
        return f"{found[2]}-{_MONTH_OF[found[1]]:02d}"
    return rest.upper() if re.fullmatch(r"\d{4}(/\d{2}|-\d{2}|-?[qkt]\d)?", rest) else None


def _fault(text: str) -> str:
    """What is wrong with a window in words, as a sentence after a space; nothing where it cannot be told."""
    ends, plain = _ends_of(text), _plain(text)
    if school := _SCHOOL_YEAR.search(plain):
        return (
            f" '{school[0]}' does not say which months it holds: write 'säsongen 2015/16' for July 2015 to June 2016, "
            "or the months themselves, such as 'augusti 2015 till juni 2016'."
        )
    if _DAYS.fullmatch(plain):
        return " Days must be the first of a month and the last of one, as in '2015-07-01/2016-06-30'."
    if (joined := _AND.search(plain)) and window_in_words(_AND.sub(" – ", plain, count=1)) is not None:
        return (
            f" '{joined[0].strip()}' joins two periods that follow each other; write 'to' or 'till' for longer windows."
        )
    if fourth := _FOURTH_TERTIAL.search(text.casefold()):
        return f" '{fourth[0]}' is wrong: a year has three tertials."
    for season in _SLASH.findall(text):
        if parse_period(season, "season") is None:
            return f" '{season}' is wrong: a season is two years in a row, such as 2016/17, and a month 2016-07."
    for end in ends:
        noun = _NOUN.match(end)
        if noun and (kind := _kind_of(_label_of(end))) and kind != noun.lastgroup:
            label = end[noun.end() :]
            return f" '{noun[0].strip()}' does not fit '{label}', a {kind}: write it as in '{_IN_WORDS[kind]}'."
    kinds = [_kind_of(_label_of(end)) for end in ends]
    if len(ends) == 2 and None not in kinds and kinds[0] != kinds[1]:
        return f" Both ends must be of one kind, not a {kinds[0]} and a {kinds[1]}."
    return ""
