"""Which unit is beyond doubt the sum or the mean of all others, and that units that are none are let through."""

from __future__ import annotations

import numpy as np
import pytest
from oracles import totals as oracle

import effekt
from effekt._validation import join_words
from effekt.estimators._called_totals import MOST_UNITS, called_so, called_totals
from effekt.estimators._totals import Cells, decimal_cells, total_among
from effekt.exceptions import ArgumentError, DataError

UNITS, PERIODS = 12, 10


def found(values, pool=None):
    cells = decimal_cells(np.asarray(values, float))
    return None if cells is None else total_among(cells, range(len(values)) if pool is None else pool)


def paths(seed=1, units=UNITS, periods=PERIODS, digits=1):
    draw = np.random.default_rng(seed)
    return np.round(20 + 3 * draw.normal(size=(units, 1)) + draw.normal(size=(units, periods)), digits)


def with_row(values, row):
    return np.vstack([values, row])


@pytest.mark.parametrize("seed", range(5))
def test_a_sum_and_a_mean_are_found_as_they_are_written(seed):
    plain = paths(seed)
    assert found(plain) is None
    cases = {
        ("sum", False): plain.sum(axis=0).round(1),
        ("sum", True): np.round(plain.sum(axis=0)),
        ("mean", True): np.round(plain.mean(axis=0), 1),
    }
    for (kind, rounded), row in cases.items():
        total = found(with_row(plain, row))
        assert (total.place, total.kind, total.rounded) == (UNITS, kind, rounded)
        assert found(with_row(plain, row), range(UNITS)) is None  # it is looked for in the pool alone
    draw = np.random.default_rng(seed)
    full = draw.normal(size=(UNITS, PERIODS))
    total = found(with_row(full, full.mean(axis=0)))
    assert (total.place, total.kind, total.rounded) == (UNITS, "mean", False)


def test_what_is_further_off_than_rounding_is_no_total():
    plain = paths()
    half = 0.05 * (UNITS + 1)
    for away in (half - 0.02, half + 0.06):
        row = plain.sum(axis=0).round(1)
        row[3] = round(row[3] + away, 1)
        assert (found(with_row(plain, row)) is None) == (away > half)
    row = np.round(plain.mean(axis=0), 1)
    row[3] += 0.2
    assert found(with_row(plain, row)) is None


@pytest.mark.parametrize(
    "values",
    [
        with_row(paths(units=2), paths(units=2).sum(axis=0)),  # of two alone
        with_row(paths(periods=3), paths(periods=3).sum(axis=0)),  # in three periods alone
        [[1, 0, 1, 0], [1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]],  # counts that may add up by chance
        with_row(np.round(paths()), np.round(paths().mean(axis=0))),  # so may means that are written so roughly
        np.tile(np.arange(1.0, 7.0)[:, None], 5),  # nothing moves
        with_row([[2.0, 3.0, 4.0, 5.0]] * 3, [6.0, 9.0, 12.0, 15.0]),  # nor does anything leave its line
    ],
)
def test_what_may_be_so_by_chance_is_a_unit_like_others(values):
    assert found(values) is None


def test_people_are_no_totals():
    assert decimal_cells(np.zeros((MOST_UNITS + 1, 5))) is None
    draw = np.random.default_rng(2)
    assert found(draw.integers(0, 2, (2_000, 6))) is None


def test_units_that_are_none_are_let_through():
    """Rare counts, one of them as large as all others together, and levels that walk: not one is taken for a total."""
    draw = np.random.default_rng(3)
    for _ in range(500):
        periods = int(draw.integers(4, 9))
        rates = draw.exponential(6, 3) + 0.3
        assert found(draw.poisson(np.append(rates, rates.sum())[:, None], (4, periods))) is None
        walk = 10 + draw.exponential(2) * draw.normal(size=(20, 1)) + draw.normal(size=(20, periods)).cumsum(axis=1)
        assert found(walk.round(int(draw.integers(0, 3)))) is None


def test_a_far_level_is_no_evidence():
    """Rounding of the sums themselves counts as rounding."""
    draw = np.random.default_rng(4)
    assert found(1e10 + np.round(draw.normal(size=(1_000, 5)), 2)) is None
    huge = np.full((5, 5), 1e150) * draw.normal(size=(5, 5))
    assert total_among(Cells(values=huge, weights=np.ones((5, 5))), range(5)) is None


def panel(row=None):
    values = paths(7)
    if row is not None:
        values = with_row(values, row(values))
    names = [f"u{i:02d}" for i in range(len(values))]
    return {
        "unit": [name for name in names for _ in range(PERIODS)],
        "year": [*range(2010, 2010 + PERIODS)] * len(names),
        "y": values.ravel().tolist(),
        "d": [int(name == "u00" and year >= 2016) for name in names for year in range(2010, 2010 + PERIODS)],
    }


ROWS = {
    "is the sum": lambda values: values.sum(axis=0).round(1),
    "is, but for rounding, the sum": lambda values: np.round(values.sum(axis=0)),
    "is, but for rounding, the mean": lambda values: np.round(values.mean(axis=0), 1),
}


@pytest.mark.parametrize("words", ROWS)
@pytest.mark.parametrize("method", [effekt.synthetic_control, effekt.synthetic_difference_in_differences])
def test_no_donor_is_a_total(method, words):
    data = panel(ROWS[words])
    call = {"outcome": "y", "unit": "unit", "time": "year", "period": "year", "treated": "u00", "first_treated": 2016}
    for more in ({}, {"donors": [f"u{i:02d}" for i in range(5, 13)]}):
        with pytest.raises(ArgumentError) as refusal:
            method(data, **call, **more)
        assert str(refusal.value) == (
            "`donors` must not hold a total of the units, which counts those in it twice or may hold the treated ones; "
            f"the unit that begins at row 121 {words} of all others in every period. Leave its rows out, or name the "
            "donors without it."
        )
    donors = [f"u{i:02d}" for i in range(1, 12)]
    without = method(panel(), **call)
    assert method(data, **call, donors=donors).estimate == without.estimate


@pytest.mark.parametrize("words", ROWS)
def test_no_control_is_a_total(words):
    """Whether the rows stand as a grid or not."""
    data, call = panel(ROWS[words]), {"outcome": "y", "unit": "unit", "time": "year", "treatment": "d"}
    numbered = {**data, "unit": np.array([int(name[1:]) for name in data["unit"]])}
    as_grid = {name: np.asarray(cells) for name, cells in numbered.items()}
    for rows, column in ((data, "unit"), (as_grid, "unit")):
        for method in (effekt.difference_in_differences, effekt.event_study):
            with pytest.raises(DataError) as refusal:
                method(rows, **call)
            assert str(refusal.value) == (
                f"Column {column!r} must not name a total of the units among the untreated, as it counts those in "
                f"it twice or may hold the treated ones; the unit that begins at row 121 {words} of all others in "
                "every period. Leave its rows out."
            )
    assert effekt.difference_in_differences(panel(), **call).estimate


NAMED = {
    ("Lund", "Riket", "Samtliga kommuner (ovägt medel)"): ["Riket", "Samtliga kommuner (ovägt medel)"],
    ("SVERIGE", "0000", "0180"): ["SVERIGE", "0000"],
    ("Allas skola", "Totalförsvaret", "Lund", "Sverigedals skola", "Regionen"): [],
    ("Sverige totalt", "Sverige utom Stockholm", "00 Riket", "Lund, totalt"): [
        *("Sverige totalt", "Sverige utom Stockholm", "00 Riket", "Lund, totalt"),
    ],
    ("Skåne län", "Lund", "Malmö", "Eslöv", "Region Skåne", "Hörby"): ["Skåne län", "Region Skåne"],
    ("Skåne län", "Hallands län", "Region Gotland", "Lund"): [],  # counties are the units
    ("12", "1281", "1280"): ["12"],
    ("0012", "0000", "1281", "1280"): ["0012", "0000"],
    ("12 Skåne", "1281 Lund", "1480 Göteborg"): ["12 Skåne"],
    ("Ovägt medel, kommuner", "Lund"): ["Ovägt medel, kommuner"],
    ("12", "1281", "26"): [],  # there is no such county
    ("12", "1281", "9980"): [],
    ("12", "1281", "Lund"): [],  # not all are codes
    ("12", "14", "25"): [],
    ("12", "1281", "1280", "1401", "9999"): ["12"],
    ("0012", "1281", "1280", "1401", "Okänd kommun"): ["0012"],
    ("12", "1281", "1280", "9999", "Övriga"): [],  # others are as many as municipalities
    ("05", "1281", "1280"): ["05"],  # its municipalities are not there
    ("5", "1281", "1280"): [],
    tuple(str(number) for number in range(1, 21)): [],
    tuple(f"{number:02}" for number in range(1, 26)): [],
    tuple(str(number) for number in range(1, 301)): [],
    tuple(f"{number:04}" for number in range(1, 3001, 7)): [],
    ("Totalsumma", "Delsumma", "Lund", "Malmö"): ["Totalsumma", "Delsumma"],
    ("SE", "SE110", "Lund", "Malmö", "Eslöv"): ["SE", "SE110"],
    ("SE", "NO", "DK", "FI"): [],  # countries are the units
    ("Sverige", "Norge", "Danmark", "Polen"): [],
    ("Sweden", "Norway (NO)", "Finland", "Poland"): [],
    ("Sverige", "Norge", "Lund", "Malmö"): ["Sverige"],
    ("Hela Sverige", "Norge", "Danmark", "Lund"): ["Hela Sverige"],
    ("SE110", "SE121", "SE122", "Lund"): [],
    ("Kommunerna", "Lund"): ["Kommunerna"],
    ("Län: Skåne", "Lund", "Malmö"): ["Län: Skåne"],
    ("Summaberg", "Selånger", "Seved"): [],
    ("National average", "Whole country", "The nation", "Lund"): ["National average", "Whole country", "The nation"],
    ("Riksmedel", "Länssnittet", "Länet", "Kommunsnitt", "Lund"): ["Riksmedel", "Länssnittet", "Länet", "Kommunsnitt"],
    ("Hela kommunen", "Alla skolor", "S:a", "Norra skolan"): ["Hela kommunen", "Alla skolor", "S:a"],
    ("Tot.", "Totalresultat", "Sum:", "Medeltal", "Kommungenomsnitt", "Länsgenomsnittet", "Subtotal", "Riks", "Lund"): [
        *("Tot.", "Totalresultat", "Sum:", "Medeltal", "Kommungenomsnitt", "Länsgenomsnittet", "Subtotal", "Riks"),
    ],
    ("Nationellt", "Sammanlagt", "∑", "Σ", "Lund"): ["Nationellt", "Sammanlagt", "∑", "Σ"],
    ("Övriga länet", "Övriga", "Lund"): ["Övriga länet"],
    ("Resultat", "Antal:", "Resultatenheten", "Antalya", "Lund"): ["Resultat", "Antal:"],
    ("Nationellt centrum", "Totebo", "Riksby", "Summeringe", "Lund"): [],
    ("Skåne", "Västra Götaland", "Norrland", "Lund"): [],  # which are regions that may be units
}


@pytest.mark.parametrize("names", NAMED)
def test_a_unit_that_is_called_a_total_has_a_note(names):
    notes = called_totals(called_so(names))
    if not NAMED[names]:
        assert notes == ()
        return
    (note,) = notes
    assert note.code == "called_a_total"
    told = called_so(names)
    assert sorted(told) == sorted(NAMED[names])
    assert f"among others: {join_words(told, 'and')}, as" in note.text.en
    assert f"bland andra med {join_words(told, 'och')}, som" in note.text.sv
    assert "count twice, and the treated may be among them" in note.text.en
    assert "räknas enheterna i den dubbelt, och de behandlade kan vara bland dem" in note.text.sv


@pytest.mark.parametrize("method", [effekt.synthetic_control, effekt.synthetic_difference_in_differences])
def test_donors_and_comparators_called_so_are_told(method):
    data = panel()
    data["unit"] = ["Riket" if name == "u05" else name for name in data["unit"]]
    call = {"outcome": "y", "unit": "unit", "time": "year", "period": "year", "treated": "u00"}
    assert "called_a_total" in [note.code for note in method(data, **call, first_treated=2016).notes]
    assert "called_a_total" not in [note.code for note in method(panel(), **call, first_treated=2016).notes]
    windows = {"reference_window": (2010, 2015), "evaluation_window": (2016, 2019), "weights": None}
    for comparator, told in (("others", True), ("Riket", False)):
        found = effekt.trend_adjusted(data, **call, **windows, comparator=comparator)
        assert ("called_a_total" in [note.code for note in found.notes]) == told


def test_units_that_move_alike_are_no_total_of_each_other_by_their_levels():
    """Without noise the unit in the middle is the mean of the others, as levels were set, and not by what it is."""
    outcome = np.arange(1, 6)[:, None] + np.random.default_rng(1).normal(10, 2, 8)
    assert total_among(decimal_cells(outcome), range(5)) is None


def staggered(data):
    """The same panel by when units adopt, of two cohorts."""
    starts = {"u00": 2016, "u01": 2017}
    return {**data, "start": [starts.get(str(name), 0) for name in data["unit"]]}


@pytest.mark.parametrize("words", ROWS)
@pytest.mark.parametrize("estimator", ["group_time", "imputation"])
def test_no_unit_that_never_adopts_is_a_total(words, estimator):
    """Whether the rows stand as a grid or not."""
    call = {"outcome": "y", "unit": "unit", "time": "year", "start": "start", "never": 0, "estimator": estimator}
    data = staggered(panel(ROWS[words]))
    turned = {name: [cells[i] for i in (*range(120, 130), *range(120))] for name, cells in data.items()}
    for rows, row in ((data, 121), ({name: np.asarray(cells) for name, cells in data.items()}, 121), (turned, 1)):
        with pytest.raises(DataError) as refusal:
            effekt.staggered_adoption(rows, **call)
        assert str(refusal.value) == (
            f"Column 'unit' must not name a total of the units among the untreated, as it counts those in it "
            f"twice or may hold the treated ones; the unit that begins at row {row} {words} of all others in every "
            "period. Leave its rows out."
        )
    assert effekt.staggered_adoption(staggered(panel()), **call).effects


def test_untreated_units_called_so_are_told():
    """Of a treated unit that is called so something else is told: it is not compared with."""

    def codes(name):
        data = panel()
        data["unit"] = ["Riket" if one == name else one for one in data["unit"]]
        call = {"outcome": "y", "unit": "unit", "time": "year"}
        started = {
            **data,
            "start": [2016 if one == ("Riket" if name == "u00" else "u00") else 0 for one in data["unit"]],
        }
        for order in (range(120), [*range(1, 120), 0]):
            rows = {column: [cells[i] for i in order] for column, cells in started.items()}
            yield from (
                [note.code for note in found.notes]
                for found in (
                    effekt.difference_in_differences(rows, **call, treatment="d"),
                    effekt.event_study(rows, **call, treatment="d"),
                    effekt.staggered_adoption(rows, **call, start="start", never=0),
                )
            )

    assert all("called_a_total" in found for found in codes("u05"))
    assert not any("called_a_total" in found for name in ("u00", None) for found in codes(name))
    assert all("treated_called_a_total" in found for found in codes("u00"))
    assert not any("treated_called_a_total" in found for name in ("u05", None) for found in codes(name))


CODES = ("1401", "1402", "1403", "1404", "1501", "1502", "1503", "1504")


def test_all_is_found_that_fractions_find():
    """Rows off by as much as rounding may come to, and a little more, among units that move much or hardly at all."""
    draw, seen = np.random.default_rng(6), []
    for number in range(500):
        units, periods, digits = int(draw.integers(3, 9)), int(draw.integers(3, 12)), int(draw.integers(0, 3))
        levels = draw.exponential(8, (units, 1))
        plain = np.round(levels + draw.choice([0, 0.2, 2, 6]) * draw.normal(size=(units, periods)), digits)
        parts, of = plain[: draw.choice([4, units])], draw.choice(["sum", "mean", "none"])
        row = parts.sum(axis=0) if of == "sum" else parts.mean(axis=0) if of == "mean" else levels.mean() + plain[0]
        row = np.round(row, digits - int(draw.integers(0, 2)))
        row[0] += draw.integers(-2, 3) * draw.choice([0, 1]) * 10.0**-digits
        more = [row, plain.sum(axis=0)] if number % 2 else [row]
        order = draw.permutation(units + len(more))
        values = np.round(np.vstack([plain, *more]), digits)[order]
        last = "14" if len(parts) == 4 else draw.choice(["00 Riket", "1505"])
        names = [[*CODES[:units], last, "0000"][place] for place in order]
        written = [[f"{cell:.{digits}f}" for cell in cells] for cells in values]
        total = total_among(decimal_cells(values), range(len(values)), names) if len(values) > 3 < periods else None
        called = [i for i, name in enumerate(names) if name in ("00 Riket", "0000")]
        within = [i for i, name in enumerate(names) if name[:2] == "14" != name]
        counties = {names.index("14"): within} if "14" in names else {}
        told = None if total is None else (total.place, total.kind, total.rounded)
        assert told == oracle.first_total(written, range(len(values)), called, counties)
        seen.append("none" if total is None else f"{total.kind} of {total.of}")
    for of in ("all others", "all others but one", NOT_CALLED, BY_CODE):
        assert seen.count(f"sum of {of}") > 5, seen
    assert sum(one.startswith("mean") for one in seen) > 10 < seen.count("none"), seen


NOT_CALLED, BY_CODE = "all others that are not called a total", "all units of its county"


@pytest.mark.parametrize("seed", range(5))
def test_two_totals_do_not_hide_each_other(seed):
    """The nation's row beside a county's, beside itself by another name, beside a mean and beside the rest of it."""
    plain = paths(seed)
    nation, mean = plain.sum(axis=0).round(1), np.round(plain.mean(axis=0), 1)
    less = (nation - plain[np.argmax(plain.sum(axis=1))]).round(1)
    for second, kind in ((nation, "sum"), (plain[:5].sum(axis=0).round(1), "sum"), (mean, "mean"), (less, "sum")):
        both = np.vstack([plain, nation, second])
        total = found(both)
        assert (total.kind, total.of) == (kind, "all others but one")
        assert total.place >= UNITS
        assert " of all others but one in every period" in total.words
        assert found(both, range(UNITS)) is None
    assert found(np.vstack([plain, less])).place == UNITS


def named(values, names):
    """The place, the kind and what is said to be in it, of the first that is found."""
    total = total_among(decimal_cells(np.asarray(values, float)), range(len(values)), names)
    return None if total is None else (total.place, total.kind, total.of)


@pytest.mark.parametrize("seed", range(5))
def test_many_totals_are_found_by_what_they_are_called(seed):
    """The nation's row, and the plain mean, beside three counties and one another."""
    plain, draw = paths(seed, units=20), np.random.default_rng(seed)
    counties = [plain[draw.random(20) < 0.4].sum(axis=0).round(1) for _ in range(3)]
    nation, mean = plain.sum(axis=0).round(1), np.round(plain.mean(axis=0), 1)
    names = [*(f"{1400 + i} U" for i in range(1, 21)), "20 Dalarnas", "21 G", "25 N"]
    values = np.vstack([plain, *counties, nation])
    assert named(values, [*names, "Delsumma"]) is None
    names[20:23] = ["Samtliga, delvis", "Riket utom X", "Summa (1)"]
    assert named(values, [*names, "00 Riket"]) == (23, "sum", NOT_CALLED)
    assert named(np.vstack([*values[:-1], mean]), [*names, "Alla kommuner (ovägt medel)"]) == (23, "mean", NOT_CALLED)
    assert named(np.vstack([*values[:-1], mean]), [*names, "Lund"]) == (23, "mean", NOT_CALLED)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("written", ["{:02d}", "{:04d}", "{}", "{:02d} Skåne län"])
def test_a_county_is_found_by_its_code(seed, written):
    plain = paths(seed, units=30)
    numbers = [100 * county + i for county in (1, 12, 14) for i in range(1, 11)]
    towns = [f"{number:04d} Ort" if "län" in written else str(number) for number in numbers]
    names = [*towns, *(written.format(county) for county in (1, 12, 14))]
    for kind, pool in (("sum", np.sum), ("mean", np.mean)):
        counties = np.round([pool(plain[k : k + 10], axis=0) for k in (0, 10, 20)], 1)
        assert named(np.vstack([plain, counties]), names) == (30, kind, BY_CODE)
        assert named(np.vstack([plain, paths(seed + 9, units=1), *counties[1:]]), names) == (31, kind, BY_CODE)
        assert total_among(decimal_cells(np.vstack([plain, counties])), range(30), names) is None
    assert named(paths(seed, units=33), names) is None


@pytest.mark.parametrize("other", ["9999", "9990", "Okänd kommun", "Övriga", "(tom)", "X"])
@pytest.mark.parametrize("written", ["{:02d}", "{:04d}"])
def test_a_county_is_found_by_its_code_beside_a_unit_that_has_none(other, written):
    plain = paths(2, units=31)
    towns = [f"{100 * county + i:04d}" for county in (1, 12, 14) for i in range(1, 11)]
    counties = np.round([plain[k : k + 10].sum(axis=0) for k in (0, 10, 20)], 1)
    names = [*towns, other, *(written.format(county) for county in (1, 12, 14))]
    values = np.vstack([plain, counties])
    assert named(values, names) == (31, "sum", BY_CODE)
    nation = np.vstack([values, plain.sum(axis=0).round(1)])
    assert named(nation, [*names, "0000"]) == (34, "sum", NOT_CALLED)
    of_three = [i for i in range(34) if i not in range(20, 30)]  # the last without its municipalities
    assert total_among(decimal_cells(values[of_three]), [23], [names[i] for i in of_three]) is None


def test_units_seen_twice_are_no_totals():
    """Nor is one that is like the only other that moves."""
    draw = np.random.default_rng(5)
    for _ in range(300):
        few = draw.poisson(draw.choice([0.2, 1, 4]), (6, 8))
        assert found(few[draw.integers(0, 6, 6)]) is None
    moves = draw.poisson(20, 10)
    assert found([moves, moves, *np.zeros((4, 10))]) is None
    assert found([moves, moves, draw.poisson(50, 10), *np.zeros((3, 10))]) is None
    assert found([moves, moves[::-1], moves + moves[::-1], *np.zeros((3, 10))]).place == 2


def with_county():
    """Ten municipalities of one county and two others, and the county's row, of codes without zeros before them."""
    data = panel(lambda values: values[2:].sum(axis=0).round(1))
    codes = np.array([*(101, 102), *range(1401, 1411), 14])
    return {**data, "unit": np.repeat(codes, PERIODS)}


PANELS = {
    "did": lambda data: effekt.difference_in_differences(data, outcome="y", unit="unit", time="year", treatment="d"),
    "event study": lambda data: effekt.event_study(data, outcome="y", unit="unit", time="year", treatment="d"),
    "staggered": lambda data: effekt.staggered_adoption(
        {**data, "start": np.where(np.asarray(data["unit"]) == 101, 2016, 0)},
        outcome="y",
        unit="unit",
        time="year",
        start="start",
        never=0,
    ),
    "synthetic": lambda data: effekt.synthetic_control(
        data, outcome="y", unit="unit", time="year", period="year", treated="101", first_treated=2016
    ),
    "trend": lambda data: effekt.trend_adjusted(
        data,
        outcome="y",
        unit="unit",
        time="year",
        period="year",
        treated="101",
        comparator="others",
        reference_window=(2010, 2015),
        evaluation_window=(2016, 2019),
        weights=None,
    ),
}


@pytest.mark.parametrize("design", PANELS)
def test_no_design_compares_with_a_county_beside_its_municipalities(design):
    """Whether the rows stand as a grid or not; a county that is no total of theirs is told of."""
    data = with_county()
    as_grid = {name: np.asarray(cells) for name, cells in data.items()}
    listed = {name: np.asarray(cells).tolist() for name, cells in data.items()}
    for rows in (as_grid, listed, {name: cells[::-1] for name, cells in listed.items()}):
        with pytest.raises((ArgumentError, DataError)) as refusal:
            PANELS[design](rows)
        assert "is the sum of all units of its county in every period. Leave" in str(refusal.value)
        other = np.where(np.asarray(rows["unit"]) == 14, paths(3)[0, 0] + np.asarray(rows["y"]) ** 0.5, rows["y"])
        assert "called_a_total" in [note.code for note in PANELS[design]({**rows, "y": other}).notes]


def with_counties(counties=3, towns=5):
    """The municipalities of some counties and two others, then the counties' rows, and after them the nation's."""
    plain = paths(11, units=2 + counties * towns)
    of_county = [plain[2 + k * towns : 2 + (k + 1) * towns].sum(axis=0).round(1) for k in range(counties)]
    values = np.vstack([plain, *of_county, plain.sum(axis=0).round(1)])
    codes = [2501, 2502, *(100 * (k + 1) + i for k in range(counties) for i in range(1, towns + 1))]
    names = [*(f"{code:04d}" for code in codes), *(f"{k + 1:02d}" for k in range(counties)), "0000 Riket"]
    return {
        "unit": [name for name in names for _ in range(PERIODS)],
        "year": [*range(2010, 2010 + PERIODS)] * len(names),
        "y": values.ravel().tolist(),
        "d": [int(name == names[0] and year >= 2016) for name in names for year in range(2010, 2010 + PERIODS)],
    }


def refused(design, data):
    """What the design says of a panel whose treated unit is 2501."""
    call = {"outcome": "y", "unit": "unit", "time": "year"}
    windows = {"reference_window": (2010, 2015), "evaluation_window": (2016, 2019), "period": "year", "weights": None}
    calls = {
        "did": lambda: effekt.difference_in_differences(data, **call, treatment="d"),
        "staggered": lambda: effekt.staggered_adoption(
            {**data, "start": [2016 if name == "2501" else 0 for name in data["unit"]]}, **call, start="start", never=0
        ),
        "synthetic": lambda: effekt.synthetic_control(data, **call, period="year", treated="2501", first_treated=2016),
        "trend": lambda: effekt.trend_adjusted(data, **call, **windows, treated="2501", comparator="others"),
    }
    with pytest.raises((ArgumentError, DataError)) as refusal:
        calls[design]()
    return str(refusal.value).partition("; ")[2]


@pytest.mark.parametrize("design", ["did", "staggered", "synthetic", "trend"])
def test_all_totals_are_named_at_once(design):
    remedies = {
        "synthetic": "leave its rows out, or name the donors without it.",
        "trend": "leave its rows out, or compare with it alone.",
    }
    assert refused(design, with_counties()) == (
        "the unit that begins at row 201 is the sum of all others that are not called a total in every period, and a "
        "total too is each that begins at row 171, row 181 and row 191. Of each: "
        f"{remedies.get(design, 'leave its rows out.')}"
    )


def test_of_many_totals_ten_are_named():
    told = refused("did", with_counties(counties=14, towns=4))
    assert told.count("row ") == 10
    assert told.endswith("and 5 more. Of each: leave its rows out.")


SYNTHETIC = [effekt.synthetic_control, effekt.synthetic_difference_in_differences]
OF_NAMES = {"outcome": "y", "unit": "unit", "time": "year", "period": "year"}


@pytest.mark.parametrize("method", SYNTHETIC)
def test_donors_may_be_totals_of_units_that_are_no_donors(method):
    """Counties alone, for a county as where municipalities are not there, and for a municipality of none of them."""
    data = with_counties()
    call = {**OF_NAMES, "first_treated": 2016}
    counties = method(data, **call, treated="01", donors=["02", "03"])
    kept = [i for i, name in enumerate(data["unit"]) if name in ("01", "02", "03")]
    alone = method({name: [cells[i] for i in kept] for name, cells in data.items()}, **call, treated="01")
    assert counties.estimate == alone.estimate
    assert method(data, **call, treated="2501", donors=["01", "02", "03"]).estimate
    assert method(data, **call, treated="0101", donors=["02", "03", "2501"]).estimate
    for treated, donors, row in (
        ("0101", ["01", "02", "03"], 171),  # the treated is in it
        ("2501", ["01", "02", "03", "0301"], 191),  # a donor is in it
        ("2501", ["01", "02", "03", "0000 Riket"], 201),
    ):
        with pytest.raises(
            ArgumentError, match=f"`donors` must not hold a total of the units.*at row {row} is the sum"
        ):
            method(data, **call, treated=treated, donors=donors)


@pytest.mark.parametrize("method", SYNTHETIC)
def test_no_treated_unit_is_a_total_of_donors(method):
    with pytest.raises(ArgumentError) as refusal:
        method(with_counties(), **OF_NAMES, first_treated=2016, treated="01", donors=["0101", "0201", "2501"])
    assert str(refusal.value) == (
        "`treated` must not be a total of donors, which then are treated too; the unit that begins at row 171 is the "
        "sum of all units of its county in every period. Name the donors without the units that are "
        "in it, or treat one of them."
    )


def test_the_nation_is_a_total_of_counties_that_are_compared_beside_municipalities_that_are_not():
    data = with_counties()
    kept = [i for i, name in enumerate(data["unit"]) if name not in ("2501", "2502", "0000 Riket")]
    counties = {name: [cells[i] for i in kept] for name, cells in data.items()}
    for year in range(2010, 2010 + PERIODS):
        own = [y for name, t, y in zip(*(counties[c] for c in ("unit", "year", "y")), strict=True) if t == year != name]
        names = [name for name, t in zip(counties["unit"], counties["year"], strict=True) if t == year]
        nation = sum(y for name, y in zip(names, own, strict=True) if len(name) == 2)
        for column, cell in {"unit": "Riket", "year": year, "y": round(nation, 1), "d": 0}.items():
            counties[column] = [*counties[column], cell]
    windows = {"reference_window": (2010, 2015), "evaluation_window": (2016, 2019), "weights": None}
    listed = ["02", "03", "Riket"]
    for name, call in (
        ("comparator", lambda: effekt.trend_adjusted(counties, **OF_NAMES, **windows, treated="01", comparator=listed)),
        (
            "donors",
            lambda: effekt.synthetic_control(counties, **OF_NAMES, first_treated=2016, treated="01", donors=listed),
        ),
    ):
        with pytest.raises(ArgumentError) as refusal:
            call()
        assert str(refusal.value).startswith(f"`{name}` must not hold a total of the units")
        assert "at row 181 is the sum of all others that are compared in every period" in str(refusal.value)


def treated_note(found):
    return [note.text for note in found.notes if note.code == "treated_called_a_total"]


def test_a_treated_unit_that_is_called_a_total_has_a_note():
    """It need be no total of the units compared with for some of these to be in it."""

    def named(name, others=()):
        new = {"u00": name, **dict(zip((f"u{i:02d}" for i in range(1, 12)), others, strict=False))}
        data = panel()
        return {**data, "unit": [new.get(one, one) for one in data["unit"]]}

    windows = {"reference_window": (2010, 2015), "evaluation_window": (2016, 2019), "weights": None}

    def compared(data, treated, comparator="others", **more):
        return effekt.trend_adjusted(data, **OF_NAMES, **windows, treated=treated, comparator=comparator, **more)

    for name in ("Riket", "Hela landet", "0000", "Skåne län", "Sverige"):
        data = named(name)
        for found in (
            compared(data, name),
            compared(data, [name, "u01"]),
            compared(data, name, "u01"),
            compared(data, name, ["u01", "u02"]),
            *(method(data, **OF_NAMES, treated=name, first_treated=2016) for method in SYNTHETIC),
        ):
            (text,) = treated_note(found)
            assert text.en == (
                f"Among the treated: {name}, as a total or a mean of units is called. If it is one, units that are "
                "compared with may be in it, and are then treated too; compare with units outside it."
            )
            assert text.sv.startswith(f"Bland de behandlade finns {name}, som en summa eller ett medel av enheter")
    for name, others in (
        ("Lund", ()),
        ("Skåne län", [f"{one} län" for one in "ABCDEFGHIJK"]),  # counties are the units
        ("Sverige", ("Norge", "Danmark")),
    ):
        assert not treated_note(compared(named(name, others), name))
    assert not treated_note(compared(named("Riket"), "Riket", None, adjustment="none"))  # compared with none
    assert not treated_note(compared(named("u00", ("Riket",)), "u00"))
