"""A county among municipalities, whether by a code that ends in 00, by its letters or by its name."""

from __future__ import annotations

import numpy as np
import pytest

import effekt
from effekt.estimators._called_totals import called_so
from effekt.estimators._swedish_counties import _COUNTIES, LETTERS, MUNICIPALITIES, number_of
from effekt.estimators._totals import decimal_cells, total_among, totals_among
from effekt.exceptions import ArgumentError, DataError

YEARS = range(2010, 2020)
NAMES = {code: name.title() for name, code in MUNICIPALITIES.items()}
CODES = sorted(NAMES)
COUNTIES = {12: "Skåne", 14: "Västra Götalands", 18: "Örebro"}
WRITTEN = {
    "code": lambda code: f"{code:04d}",
    "plain code": str,
    "code and name": lambda code: f"{code:04d} {NAMES[code]}",
    "name": NAMES.__getitem__,
    "name of the organisation": lambda code: f"{NAMES[code]}{'' if NAMES[code][-1] in 'sö' else 's'} kommun",
}
OF_COUNTY = {
    "ends in 00": lambda county: f"{county}00",
    "letters": lambda county: next(letters for letters, number in LETTERS.items() if number == county),
    "county": lambda county: f"{COUNTIES[county]} län",
    "region": lambda county: f"Region {COUNTIES[county]}",
    "code, name": lambda county: f"{county}00 {COUNTIES[county]} län",
    "bare": lambda county: {12: "Skåne", 14: "Västra Götaland", 18: "Örebro län"}[county],
}


def levels(seed, n):
    draw = np.random.default_rng(seed)
    return np.round(20 + 3 * draw.normal(size=(n, 1)) + draw.normal(size=(n, len(YEARS))), 1)


def with_counties(town, county, seed=1, of=np.sum):
    """The municipalities of three counties and of Blekinge, then the rows of the three."""
    codes = [code for code in CODES if code // 100 in (10, *COUNTIES)]
    plain = levels(seed, len(codes))
    rows = [of(plain[[code // 100 == one for code in codes]], axis=0) for one in COUNTIES]
    names = [*map(WRITTEN[town], codes), *map(OF_COUNTY[county], COUNTIES)]
    return np.round(np.vstack([plain, *rows]), 1), names


@pytest.mark.parametrize("town", WRITTEN)
@pytest.mark.parametrize("county", OF_COUNTY)
@pytest.mark.parametrize("of", [np.sum, np.mean])
def test_a_county_is_found_among_its_municipalities(town, county, of):
    values, names = with_counties(town, county, of=of)
    n = len(names) - 3
    for place in range(n, len(names)):
        total = total_among(decimal_cells(values), [place], names)
        assert (total.place, total.kind, total.of) == (place, of.__name__, "all units of its county")
        assert {names[part] for part in total.parts} == {
            WRITTEN[town](code) for code in CODES if code // 100 == [*COUNTIES][place - n]
        }
    assert total_among(decimal_cells(values), range(n), names) is None
    alone = [*range(n, len(names)), *(n - 1 - i for i in range(3))]
    assert total_among(decimal_cells(values[alone]), range(6), [names[i] for i in alone]) is None


@pytest.mark.parametrize("town", ["code", "plain code", "name"])
@pytest.mark.parametrize("written", ["{:02d}00", "{letters}", "Region {name}"])
def test_all_counties_of_the_nation_are_found_in_one_table(town, written):
    """Beside the nation's row; of a county of fewer than three municipalities, which is Gotland, nothing tells."""
    names_of = dict(zip(LETTERS.values(), _COUNTIES, strict=False))
    plain = levels(3, len(CODES))
    of_each = [plain[[code // 100 == one for code in CODES]].sum(axis=0) for one in LETTERS.values()]
    values = np.round(np.vstack([plain, *of_each, plain.sum(axis=0)]), 1)
    counties = [written.format(one, letters=sign, name=names_of[one].title()) for sign, one in LETTERS.items()]
    names = [*map(WRITTEN[town], CODES), *counties, "Riket"]
    found = totals_among(decimal_cells(values), range(len(names)), names)
    gotland = 290 + counties.index(written.format(9, letters="I", name="Gotland"))
    assert {total.place for total in found} == {*range(290, 312)} - {gotland}


def panel(values, names):
    return {
        "unit": [name for name in names for _ in YEARS],
        "year": [*YEARS] * len(names),
        "y": values.ravel().tolist(),
        "d": [int(name == names[0] and year >= 2016) for name in names for year in YEARS],
        "start": [2016 if name == names[0] else 0 for name in names for _ in YEARS],
    }


CALL = {"outcome": "y", "unit": "unit", "time": "year"}
WINDOWS = {"reference_window": (2010, 2015), "evaluation_window": (2016, 2019), "weights": None, "period": "year"}
DESIGNS = {
    "did": lambda data, _: effekt.difference_in_differences(data, **CALL, treatment="d"),
    "event study": lambda data, _: effekt.event_study(data, **CALL, treatment="d"),
    "staggered": lambda data, _: effekt.staggered_adoption(data, **CALL, start="start", never=0),
    "synthetic": lambda data, treated: effekt.synthetic_control(
        data, **CALL, period="year", treated=treated, first_treated=2016
    ),
    "trend": lambda data, treated: effekt.trend_adjusted(data, **CALL, **WINDOWS, treated=treated, comparator="others"),
    "placebos": lambda data, _: effekt.placebo_study(data, **CALL, **WINDOWS),
}


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("county", ["ends in 00", "letters", "region"])
def test_no_design_compares_with_a_county_beside_its_municipalities(design, county):
    """One that is no total of theirs is told of; without the rows of counties nothing is."""
    values, names = with_counties("name", county)
    with pytest.raises((ArgumentError, DataError)) as refusal:
        DESIGNS[design](panel(values, names), names[0])
    told = str(refusal.value)
    n, years = len(names) - 3, len(YEARS)
    assert "is the sum of all units of its county in every period" in told
    assert all(f"row {place * years + 1}" in told for place in range(n, n + 3))
    plain = DESIGNS[design](panel(values[:n], names[:n]), names[0])
    if design != "placebos":
        other = np.vstack([values[:n], levels(9, 3)])
        assert "called_a_total" in [note.code for note in DESIGNS[design](panel(other, names), names[0]).notes]
        assert "called_a_total" not in [note.code for note in plain.notes]


@pytest.mark.parametrize("design", ["synthetic", "trend"])
def test_counties_alone_may_be_compared(design):
    """Beside their municipalities, where none is, and without these."""
    values, names = with_counties("name", "county")
    rows = [*range(len(names) - 3, len(names)), 0]
    of_one = {"donors": names[-2:]} if design == "synthetic" else {"comparator": names[-2:]}
    method = effekt.synthetic_control if design == "synthetic" else effekt.trend_adjusted
    call = {**CALL, "treated": names[-3]}
    call |= {"period": "year", "first_treated": 2016} if design == "synthetic" else WINDOWS
    alone = panel(values[rows[:3]], [names[i] for i in rows[:3]])
    beside = method(panel(values, names), **call, **of_one)
    assert beside.estimate == method(alone, **call, **of_one).estimate
    assert "called_a_total" not in [note.code for note in beside.notes]


TOLD = {
    ("0100", "1200", "0114", "0115", "1280", "1281", "1282"): ["0100", "1200"],
    ("1200 Skåne län", "1280 Malmö", "1281 Lund"): ["1200 Skåne län"],
    ("1000", "1001", "1002", "1003"): [],  # which are no municipalities
    ("1200", "1201", "1202", "1280"): [],
    ("100", "1100", "114", "115", "117", "120", "1280"): ["100"],  # there is no county 11
    tuple(str(number) for number in range(1253, 1303)): [],  # of which most are municipalities by chance
    ("1280", "1281", "1200", "12", "Region Blekinge"): ["12", "Region Blekinge"],  # municipalities are not most
    tuple(f"{i} {name}" for i, name in enumerate(sorted(NAMES.values()), start=32)): [],  # numbers of rows
    ("0300 Uppsala", "0380 Uppsala", "0381 Enköping", "0305 Håbo"): ["0300 Uppsala"],
    ("100", "300", "1200", "1300", "1280"): [],  # counties are the units
    ("AB", "M", "Malmö", "Lund", "Eslöv", "Solna", "Nacka kommun"): ["AB", "M"],
    ("ab", "P", "Malmö", "Lund", "Eslöv"): [],
    ("AB", "C", "M", "Lund"): [],  # counties are the units
    tuple("ABCDEFGHIK"): [],
    ("M", "Klass 2", "Klass 3", "Lund"): [],
    ("Stockholm", "Uppsala", "Kalmar", "Örebro", "Jönköping", "Gotland", "Malmö"): [],  # municipalities
}


@pytest.mark.parametrize("names", TOLD)
def test_a_county_is_told_by_its_code_and_letters_where_most_are_municipalities(names):
    assert sorted(called_so(names)) == sorted(TOLD[names])


def test_no_municipality_is_called_a_county_or_a_total():
    """Of all 290, as many in each county as there are, however they are written."""
    counts = (26, 8, 9, 13, 13, 8, 12, 1, 5, 33, 6, 49, 16, 12, 10, 15, 10, 7, 8, 15, 14)
    of_each = [sum(code // 100 == county for code in CODES) for county in LETTERS.values()]
    assert (len(CODES), tuple(of_each)) == (290, counts)
    assert not [code for code in CODES if code % 100 == 0]
    for written in WRITTEN.values():
        names = [written(code) for code in CODES]
        assert called_so(names) == ()
        assert len({*names}) == 290
    assert all(number_of(NAMES[code].casefold()) == code for code in CODES)


@pytest.mark.parametrize("town", WRITTEN)
def test_honest_tables_of_municipalities_are_let_in(town):
    """With other units that are called as counties are, of which none is a total."""
    draw = np.random.default_rng(5)
    for _ in range(60):
        n, periods = int(draw.integers(4, 120)), int(draw.integers(4, 13))
        codes = draw.permutation(CODES)[:n].tolist()
        names = [*map(WRITTEN[town], codes), *(written(12) for written in OF_COUNTY.values())]
        n += len(OF_COUNTY)
        rates = np.round(draw.uniform(2, 12, (n, 1)) + draw.choice([0.1, 0.5]) * draw.normal(size=(n, periods)), 1)
        counts = draw.poisson(draw.exponential(draw.choice([1, 30]), (n, 1)) + 0.3, (n, periods))
        for values in (rates, counts):
            assert total_among(decimal_cells(values.astype(float)), range(n), names, [0]) is None
