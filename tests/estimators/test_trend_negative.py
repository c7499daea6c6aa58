"""Numbers below 0: no count, no sum of days and no denominator is one."""

import pytest

import effekt
from effekt import independent
from effekt.exceptions import DataError

YEARS = range(2010, 2020)
CALL = {
    **{"outcome": ("days", "people"), "unit": "unit", "time": "year", "period": "year", "treated": "A"},
    **{"reference_window": (2010, 2015), "evaluation_window": (2016, 2019), "weights": "denominator"},
    "comparator": "others",
}
UNITS = ("treated", "comparator")
STRATA = {"standardize": ["age"], "standard": "treated_reference"}
CLUSTERS = {"cluster": "age", "inference": "none"}
RULE = "must hold at least 0 for adjustment='ratio'; 1 row did not, the first at row 13. "
REMEDY = (
    "Count a correction in the period that it corrects, or use adjustment='difference' for what may be negative, as "
    "money may."
)


def rows(column="days", value=-5, parts=1):
    """Six units, of one row or more by year; one cell is below 0."""
    keys = [(unit, year, age) for unit in "ABCDEF" for year in YEARS for age in range(parts)]
    data = {
        "unit": [unit for unit, _, _ in keys],
        "year": [year for _, year, _ in keys],
        "age": [str(age) for _, _, age in keys],
        "days": [700.0 + (37 * i) % 101 for i in range(len(keys))],
        "people": [100.0 + (13 * i) % 7 for i in range(len(keys))],
    }
    data[column][12] = value
    return data


def study(data, call, route=effekt.placebo_study):
    return route(data, **{"adjustment": "ratio"} | {name: call[name] for name in call if name not in UNITS})


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        ({}, 1),
        ({"weights": None, "outcome": "days"}, 1),
        ({"comparator": "C"}, 1),
        ({"comparator": ["C", "D"]}, 1),  # whatever unit it is of, as of denominators
        ({"missing": "drop"}, 1),
        (STRATA, 2),
    ],
)
def test_a_ratio_has_no_number_below_0(options, parts):
    data, call = rows(parts=parts), CALL | options
    with pytest.raises(DataError) as refusal:
        effekt.trend_adjusted(data, **call)
    assert str(refusal.value) == f"Column 'days' {RULE}{REMEDY}"
    with pytest.raises(DataError, match=r"needs numerators of at least 0; use adjustment='difference'"):
        independent.METHODS["trend_adjusted"](data, **call)
    for route in (effekt.trend_adjusted, independent.METHODS["trend_adjusted"]):
        assert route(rows(value=0, parts=parts), **call)
        assert route(data, **call, adjustment="difference")


def test_a_check_of_strata_has_none_either():
    with pytest.raises(DataError) as refusal:
        effekt.trend_adjusted(rows(parts=2), **CALL, checks=[{"check": "composition_change", **STRATA}])
    assert str(refusal.value) == f"Column 'days' {RULE}{REMEDY}"


def test_placebos_of_a_ratio_have_none_either():
    for route, message in (
        (effekt.placebo_study, "must hold at least 0"),
        (independent.METHODS["placebo_study"], "needs numerators of at least 0"),
    ):
        with pytest.raises(DataError, match=message):
            study(rows(), CALL, route)
        assert study(rows(), CALL | {"adjustment": "difference"}, route)


def test_a_correction_of_one_workplace_is_part_of_its_units_sum():
    """Rows of clusters are added up; what comes to less than 0 then is no sum of days."""
    for route in (effekt.trend_adjusted, independent.METHODS["trend_adjusted"]):
        assert route(rows(parts=2), **CALL, **CLUSTERS)
    data = rows(value=-9_000, parts=2)
    with pytest.raises(DataError) as refusal:
        effekt.trend_adjusted(data, **CALL, **CLUSTERS)
    assert str(refusal.value) == (
        "Column 'days' must add up by unit and period to at least 0 for adjustment='ratio'; 2 rows did not, the first "
        f"at row 13. {REMEDY}"
    )
    with pytest.raises(DataError, match="needs numerators of at least 0"):
        independent.METHODS["trend_adjusted"](data, **CALL, **CLUSTERS)


@pytest.mark.parametrize("adjustment", ["ratio", "difference"])
@pytest.mark.parametrize("options", [{}, STRATA])
def test_no_denominator_is_below_0(options, adjustment):
    data = rows("people", parts=1 + bool(options))
    with pytest.raises(
        DataError, match=r"Column 'people' must hold (positive denominators|denominators of at least 0)"
    ):
        effekt.trend_adjusted(data, **CALL, **options, adjustment=adjustment)
    with pytest.raises(DataError, match="no denominator may be below 0; correct the data"):
        independent.METHODS["trend_adjusted"](data, **CALL, **options, adjustment=adjustment)


NOTE = (
    "The numerator 'days' is below 0 in 1 of 60 cells of a unit and a period. Money may be, no count of events or days "
    "is: if it is one, count a correction in the period that it corrects.",
    "Täljaren 'days' är under 0 i 1 av 60 celler av en enhet och en period. Pengar kan vara det, men inget antal "
    "händelser eller dagar: är den ett sådant, räkna en rättelse i den period som den rättar.",
)
OF_NAMES = {name: CALL[name] for name in ("outcome", "unit", "time", "period", "treated")} | {"first_treated": 2016}


@pytest.mark.parametrize(
    "compare",
    [
        lambda data: effekt.trend_adjusted(data, **CALL, adjustment="difference"),
        lambda data: effekt.synthetic_control(data, **OF_NAMES),
        lambda data: effekt.synthetic_difference_in_differences(data, **OF_NAMES),
    ],
)
def test_where_it_may_be_money_a_numerator_below_0_is_told(compare):
    found = [(note.text.en, note.text.sv) for note in compare(rows()).notes if note.code == "negative_numerators"]
    assert found == [NOTE]
    assert "negative_numerators" not in [note.code for note in compare(rows(value=0)).notes]


def test_of_one_column_and_of_units_that_are_not_compared_nothing_is_told():
    alone = CALL | {"outcome": "days", "weights": None, "adjustment": "difference"}
    unlike = CALL | {"adjustment": "difference", "comparator": ["C", "D"]}
    for call in (alone, unlike):
        assert "negative_numerators" not in [note.code for note in effekt.trend_adjusted(rows(), **call).notes]
