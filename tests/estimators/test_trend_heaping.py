"""Whether the spells of the treated units end on one day, beside a trend-adjusted figure."""

from __future__ import annotations

import pytest

import effekt
from effekt.exceptions import ArgumentError, DataError

LENGTHS = ("n12", "n13", "n14", "n15", "n16")
CALL = {
    "outcome": ("days", "fte"),
    "unit": "unit",
    "time": "year",
    "period": "year",
    "treated": "A",
    "reference_window": (2014, 2015),
    "evaluation_window": (2016, 2017),
    "comparator": "others",
    "weights": None,
}


def table(**changed):
    """Twelve units over four years; the treated end many spells on day 14 from 2016 on."""
    rows = []
    for unit in "ABCDEFGHIJKL":
        for year in range(2014, 2018):
            counts = dict.fromkeys(LENGTHS, 3 if unit == "A" else 50)
            if unit == "A" and year > 2015:
                counts["n14"] = 12
            rows.append({"unit": unit, "year": year, "days": 90 + ord(unit) % 7 + year % 3, "fte": 10} | counts)
    for (unit, year, name), value in changed.get("cells", {}).items():
        next(row for row in rows if (row["unit"], row["year"]) == (unit, year))[name] = value
    return {name: [row[name] for row in rows] for name in rows[0]}


def estimate(data=None, **options):
    check = {"check": "heaping", "counts": list(LENGTHS), **options}
    return effekt.trend_adjusted(data or table(), **CALL, checks=[check])


def test_treated_units_alone_are_counted_in_each_window():
    effect = estimate()
    check = effect.diagnostics[-1]
    by_hand = effekt.diagnostics.heaping([12] * 6 + [13] * 6 + [14] * 24 + [15] * 6 + [16] * 6)
    assert (check.name, check.status) == ("heaping", "warning")
    assert {name: check.values[name] for name in by_hand.values} == dict(by_hand.values)
    assert check.table["spells"] == (6, 6, 24, 6, 6)
    assert check.table["spells_reference"] == (6, 6, 6, 6, 6)
    assert check.values["reference_ratio"] == 1.0
    first, second = "Ended sick periods of 14 days: 24,", "In the reference window: Ended sick periods of 14 days: 6,"
    assert check.statement.en.startswith(f"The treated units in the evaluation window: {first} against a mean of 6.0")
    assert second in check.statement.en
    assert "I referensfönstret: Avslutade sjukperioder på 14 dagar: 6," in check.statement.sv
    assert effect.arguments["checks"] == [{"check": "heaping", "counts": list(LENGTHS)}]


def test_the_check_moves_no_figure():
    plain = effekt.trend_adjusted(table(), **CALL)
    assert (estimate().means, estimate().inference) == (plain.means, plain.inference)


def test_another_length_can_be_looked_at():
    check = estimate(days=30).diagnostics[-1]
    assert check.table["days"] == (28, 29, 30, 31, 32)
    assert check.values["at"] == 30


def test_what_is_refused():
    def said(error, data=None, **options):
        with pytest.raises(error) as refused:
            estimate(data, **options)
        return str(refused.value)

    for bad in (["n13", "n14"], ["n14"], "n14", ["n13", "n14", "n14"]):
        assert said(ArgumentError, counts=bad) == (
            "`counts` must list an odd number of columns, three or more, that count ended spells by length, the middle "
            f"one those of 14 days, such as ['ended_13', 'ended_14', 'ended_15']; got {bad!r}."
        )
    assert said(ArgumentError, days=1).startswith("`days` must be")
    assert "with" in said(ArgumentError, at=14)
    for value in (2.5, -1):
        assert said(DataError, table(cells={("B", 2016, "n13"): value})) == (
            "Column 'n13' must hold counts, whole numbers from 0; 1 row did not, the first at row 7. Correct "
            "the data, or name another column."
        )
    assert "row 3" in said(DataError, table(cells={("A", 2016, "n13"): None}))
    assert "n11" in said(DataError, counts=["n11", "n12", "n13"])
