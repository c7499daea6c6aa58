"""Rows of the nation, or of all municipalities together, among the municipalities."""

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
        "`comparator` must not hold a total of the units, which counts the treated ones and every other one twice; the "
        "unit that begins at row 81 is the sum of all others in every period. Leave its rows out, name it in "
        "`adopters`, or compare with it alone."
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
        (with_total(more=1), {}),  # the last period is no sum
        (with_total("AB"), {}),  # of two units alone
        (with_total(), {"reference_window": (2014, 2014), "evaluation_window": (2015, 2016)}),  # in three periods alone
    ],
)
def test_what_may_add_up_by_chance_is_a_unit_like_others(data, options):
    assert effekt.trend_adjusted(data, **{**CALL, **options, "inference": "none"}).estimate
