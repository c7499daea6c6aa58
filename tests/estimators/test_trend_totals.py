"""Rows of the nation, or of all municipalities together, among the municipalities."""

import numpy as np
import pandas as pd
import pytest
from estimators.test_trend_adopters import CALL, NAMES, YEARS, rows

import effekt
from effekt.exceptions import ArgumentError


def with_total(names=NAMES, label="Riket", more=0):
    """The rows of some units and, after them, their sums by year."""
    data = rows(names)
    columns = ("days", "long", "people")
    for year in YEARS:
        of_year = [i for i, own in enumerate(data["year"]) if own == year]
        sums = {name: sum(data[name][i] for i in of_year[: len(names)]) for name in columns}
        for name, value in ({"unit": label, "year": year} | sums).items():
            data[name].append(value)
    data["days"][-1] += more
    return data


def test_a_total_is_no_unit_among_others():
    with pytest.raises(ArgumentError) as refusal:
        effekt.trend_adjusted(with_total(), **CALL)
    assert str(refusal.value) == (
        "`comparator` must not hold a total of the units, which counts those in it twice or may hold the treated "
        "ones; the unit that begins at row 81 is the sum of all others in every period. Leave its rows out, or "
        "compare with it alone."
    )
    listed = {"comparator": [*NAMES[1:], "Riket"]}
    with pytest.raises(ArgumentError, match="must not hold a total of the units"):
        effekt.trend_adjusted(with_total(), **{**CALL, **listed})


def test_each_remedy_helps():
    plain = effekt.trend_adjusted(rows(), **CALL)
    assert effekt.trend_adjusted(with_total(), **CALL, adopters="Riket").estimate == plain.estimate
    alone = effekt.trend_adjusted(with_total(), **{**CALL, "comparator": "Riket"})
    assert alone.estimate != plain.estimate


@pytest.mark.parametrize(
    ("data", "options"),
    [
        (with_total(more=50), {}),  # the last period is no sum
        (with_total("AB"), {}),  # of two units alone
        (with_total(), {"reference_window": (2014, 2014), "evaluation_window": (2015, 2016)}),  # in three periods alone
    ],
)
def test_what_may_add_up_by_chance_is_a_unit_like_others(data, options):
    assert effekt.trend_adjusted(data, **{**CALL, **options, "inference": "none"}).estimate


def test_a_total_is_told_with_adopters_and_but_for_their_rounding():
    """What one unit too few, or a total that parts from the sum by less than the rounding of all, would hide."""
    with pytest.raises(ArgumentError, match="begins at row 81 is the sum of all others in every period"):
        effekt.trend_adjusted(with_total(), **CALL, adopters=["B", "C"])
    with pytest.raises(ArgumentError, match="begins at row 81 is, but for rounding, the sum of all others"):
        effekt.trend_adjusted(with_total(more=3), **CALL)
    assert effekt.trend_adjusted(with_total(), **CALL, adopters=["Riket", "C"]).estimate
    unread = with_total()
    unread["days"][unread["unit"].index("B")] = "x"  # of rows that are left out nothing is asked
    assert effekt.trend_adjusted(unread, **CALL, adopters="B").estimate


def test_a_study_of_placebos_has_no_total_among_them():
    call = {name: CALL[name] for name in CALL if name not in ("treated", "comparator")} | {"adjustment": "ratio"}
    with pytest.raises(ArgumentError) as refusal:
        effekt.placebo_study(with_total(), **call)
    assert str(refusal.value) == (
        "Column 'unit' must not name a total of the units, which counts every one of them twice; the unit that begins "
        "at row 81 is the sum of all others in every period. Leave its rows out."
    )
    assert effekt.placebo_study(with_total(), **call, adopters="Riket") == effekt.placebo_study(rows(), **call)


def test_the_mean_of_a_ratio_is_that_of_the_sums():
    data = with_total()
    for name in ("days", "people"):
        data[name] = [
            cell if unit != "Riket" else cell / 10 for cell, unit in zip(data[name], data["unit"], strict=True)
        ]
    with pytest.raises(ArgumentError, match="begins at row 81 is the mean of all others in every period"):
        effekt.trend_adjusted(data, **CALL)


def test_a_total_with_adopters_is_told_of_rows_by_clusters_and_strata_too():
    data = with_total()
    split = {name: [cell for cell in cells for _ in "12"] for name, cells in data.items()}
    split["place"] = ["1", "2"] * len(data["unit"])
    for name in ("days", "people"):
        split[name] = [cell / 2 for cell in split[name]]
    for options in (
        {"cluster": "place", "inference": "cluster"},
        {"standardize": ["place"], "standard": "treated_reference"},
    ):
        with pytest.raises(ArgumentError, match="begins at row 161 is the sum of all others in every period"):
            effekt.trend_adjusted(split, **CALL, **options, adopters="B")


def with_counties(label):
    """Sixteen municipalities of four counties, the treated a small one, then the counties' rows and the nation's."""
    draw = np.random.default_rng(3)
    people = np.append(300, draw.integers(900, 9000, 15))[:, None] + draw.integers(-20, 20, (16, 12))
    days = np.rint(people * 0.7 * draw.lognormal(0, 0.1, (16, 1)) * draw.lognormal(0, 0.06, (16, 12)))
    codes = [f"{1 + i // 4:02}{10 + i}" for i in range(16)]
    members = [range(4 * k, 4 * k + 4) for k in range(4)]
    names = [*codes, *(label[k] for k in range(4)), "Riket"]
    days, people = (np.vstack([x, *(x[[*own]].sum(axis=0) for own in members), x.sum(axis=0)]) for x in (days, people))
    return pd.DataFrame(
        {
            "unit": np.repeat(names, 12),
            "year": [*range(2000, 2012)] * len(names),
            "days": days.ravel(),
            "people": people.ravel(),
        }
    )


SERIES = {
    **{"outcome": ("days", "people"), "unit": "unit", "time": "year", "period": "year", "treated": "0110"},
    **{"reference_window": (2000, 2005), "evaluation_window": (2006, 2011), "weights": "denominator"},
    **{"comparator": "Riket", "own_unit": "removed"},
}
BY_CODE, BY_NAME = ("01", "02", "03", "04"), ("Blekinge län", "Hallands län", "Värmlands län", "Region Gotland")


@pytest.mark.parametrize("own_unit", ["removed", "kept", "absent", None])
def test_no_placebo_of_a_series_is_a_total(own_unit):
    """The series itself may be: it is no placebo."""
    data, call = with_counties(BY_CODE), {**SERIES, "own_unit": own_unit}
    with pytest.raises(ArgumentError) as refusal:
        effekt.trend_adjusted(data, **call)
    assert str(refusal.value) == (
        "Column 'unit' must not name a total of the units besides the treated and the comparator, which are its "
        "placebos and count once each; the unit that begins at row 193 is the sum of all units of its county in every "
        "period, and a total too is each that begins at row 205, row 217 and row 229. Of each: leave its rows out."
    )
    assert effekt.trend_adjusted(data, **call, inference="none").estimate
    chosen = effekt.trend_adjusted(data[~data["unit"].isin(BY_CODE)], **call)
    assert chosen.rank_p_value().denominator <= 16
    assert "unequal_units" in [note.code for note in chosen.notes]
    assert "called_a_total" not in [note.code for note in chosen.notes]


def test_a_placebo_of_a_series_that_is_called_a_total_has_a_note():
    """Where its municipalities are not there by code or name, else it is refused."""
    with pytest.raises(ArgumentError, match=r"row 193 is the sum of all units of its county in every period\. "):
        effekt.trend_adjusted(with_counties(("Stockholms län", *BY_NAME[1:])), **SERIES)
    found = effekt.trend_adjusted(with_counties(BY_NAME), **SERIES)
    (note,) = (note for note in found.notes if note.code == "called_a_total")
    assert note.text.en.startswith("Among the placebos: Blekinge län, Hallands län, Region Gotland and Värmlands län")
    assert note.text.sv.startswith("Bland placebona finns Blekinge län, Hallands län, Region Gotland och Värmlands")
    (size,) = (note for note in found.notes if note.code == "unequal_units")
    assert size.text.en.startswith("Of the 15 placebo units that are not called a total 0 are smaller")
    assert size.text.sv.startswith("Av de 15 placeboenheterna som inte heter som en summa är 0 mindre")
    found = effekt.trend_adjusted(with_counties(BY_NAME), **SERIES, inference="none")
    assert "called_a_total" not in [note.code for note in found.notes]


LISTED = {**SERIES, "own_unit": None}


def towns(*counties):
    return [f"{county}{10 + i}" for i in range(16) if (county := f"{1 + i // 4:02}") in counties]


def test_a_total_of_units_that_are_not_compared_counts_none_twice():
    data = with_counties(BY_CODE)
    counties = effekt.trend_adjusted(data, **{**LISTED, "comparator": ["02", "03", "04"]})
    assert counties.rank_p_value().denominator == 4
    assert effekt.trend_adjusted(data, **{**LISTED, "comparator": [*towns("02"), "03"]}).estimate
    assert effekt.trend_adjusted(data, **{**LISTED, "treated": "01", "comparator": ["02", "03", "04"]}).estimate
    assert effekt.trend_adjusted(data, **{**LISTED, "treated": "01", "comparator": towns("02", "03")}).estimate
    for comparator, row in ((["01", "02", "03"], 193), ([*towns("02"), "02"], 205), (["02", "Riket"], 241)):
        with pytest.raises(ArgumentError, match=f"`comparator` must not hold a total of the units.*at row {row} is"):
            effekt.trend_adjusted(data, **{**LISTED, "comparator": comparator})
    with pytest.raises(ArgumentError, match="at row 205 is the sum"):  # of adopters, who are in no comparison
        effekt.trend_adjusted(data, **{**LISTED, "comparator": ["02", "03"]}, adopters=towns("02"))


@pytest.mark.parametrize(("treated", "row", "kind"), [("01", 193, "sum"), ("Riket", 241, "mean")])
def test_no_treated_unit_is_a_total_of_units_compared_with(treated, row, kind):
    with pytest.raises(ArgumentError) as refusal:
        effekt.trend_adjusted(
            with_counties(BY_CODE), **{**LISTED, "treated": treated, "comparator": towns("01", "02", "03", "04")}
        )
    assert str(refusal.value).startswith(
        "`treated` must not be a total of units of the comparator, which then are treated too; the unit that begins at "
        f"row {row} is the {kind} of all "
    )
    assert str(refusal.value).endswith(
        " in every period. Leave the units that are in it out of the comparator, or treat one of them."
    )
