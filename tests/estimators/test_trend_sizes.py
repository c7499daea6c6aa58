"""Notes on whom the placebos stand for: several treated units, of another size, with gaps, one period before."""

from __future__ import annotations

import numpy as np
import pytest

import effekt

CALL = {
    "outcome": ("days", "people"),
    "unit": "unit",
    "time": "year",
    "period": "year",
    "reference_window": (2016, 2017),
    "evaluation_window": (2018, 2018),
    "comparator": "others",
    "weights": "denominator",
}


def panel(sizes):
    rng = np.random.default_rng(1)
    rows = [
        (unit, year, float(size * rng.uniform(7, 9)), size)
        for unit, size in sizes.items()
        for year in (2016, 2017, 2018)
    ]
    return dict(zip(("unit", "year", "days", "people"), map(list, zip(*rows, strict=True)), strict=True))


SIZES = {f"u{i}": 100 * 2**i for i in range(9)}


def notes(treated="u0", sizes=SIZES, without=(), **options):
    data = panel(sizes)
    kept = [i for i, row in enumerate(zip(data["unit"], data["year"], strict=True)) if row not in without]
    data = {name: [column[i] for i in kept] for name, column in data.items()}
    effect = effekt.trend_adjusted(data, **(CALL | {"treated": treated} | options))
    return {note.code: note.text for note in effect.notes}


@pytest.mark.parametrize(("treated", "count", "word"), [("u0", 0, "too often"), ("u8", 8, "too seldom")])
def test_a_unit_far_smaller_or_larger_than_the_placebos_is_told(treated, count, word):
    text = notes(treated)["unequal_units"]
    assert text.en.startswith(f"Of the 8 placebo units {count} are smaller than the treated unit")
    assert text.en.endswith(f"is found to differ {word}.")
    assert text.sv.startswith(f"Av de 8 placeboenheterna är {count} mindre")


def test_a_unit_among_the_placebos_in_size_is_not_told():
    assert "unequal_units" not in notes("u4")
    assert "unequal_units" not in notes(sizes=dict.fromkeys(SIZES, 100))
    assert "unequal_units" not in notes(inference="none")
    assert "unequal_units" not in notes(outcome="days", weights=None)  # no denominators


GAPS = [("u2", 2016), ("u2", 2017), ("u5", 2018)]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"inference": "placebo_variance"},
        {"inference": "hac", "checks": ["inference_choice"]},
        {"treated": ["u0", "u7"], "placebos": "groups"},
    ],
)
def test_units_with_a_gap_are_no_placebos_and_are_counted(options):
    sizes = SIZES | {"nation": 100_000}
    treated = options.get("treated", ["u0"])
    text = notes(sizes=sizes, without=GAPS, comparator="nation", **options)["placebos_left_out"]
    assert text.en == (
        f"Left out of the placebos, as they lack a period of a window: 2 of {9 - len(treated)} units besides the "
        "treated and the comparator."
    )
    assert text.sv == (
        "Utelämnas ur placebona, eftersom de saknar någon period i ett fönster: "
        f"2 av {9 - len(treated)} enheter utöver de behandlade och jämförelsen."
    )
    assert "placebos_left_out" not in notes(sizes=sizes, comparator="nation", **options)


def test_a_gap_that_leaves_out_no_placebo_is_not_told():
    sizes = SIZES | {"nation": 100_000}
    for inference in ("none", "hac"):
        assert "placebos_left_out" not in notes(sizes=sizes, without=GAPS, comparator="nation", inference=inference)
    outside = {"reference_window": (2017, 2017)}
    assert "placebos_left_out" not in notes(sizes=sizes, without=GAPS[:1], comparator="nation", **outside)
    assert "placebos_left_out" not in notes(without=GAPS, comparator=["u1", "u3", "u4", "u6"])


def test_with_a_series_the_sizes_are_those_of_the_other_units():
    sizes = SIZES | {"nation": 100_000}
    text = notes(sizes=sizes, comparator="nation")["unequal_units"]
    assert text.en.startswith("Of the 8 placebo units 0 are smaller")


def test_several_treated_units_are_told_to_be_ranked_among_single_ones():
    text = notes(["u3", "u4", "u5"])["placebos_of_single_units"]
    assert text.en.startswith("Each of the 6 placebos is one unit, the treated outcome that of 3 together;")
    assert text.sv.startswith("Vart och ett av de 6 placebona är en enhet, de behandlades utfall gäller 3 tillsammans;")
    assert "placebos_of_single_units" in notes(["u3", "u4"], inference="placebo_variance")
    assert "placebos_of_single_units" not in notes("u4")
    assert "placebos_of_single_units" not in notes(["u3", "u4"], inference="none")


def test_a_single_period_before_is_told():
    assert "one_period_before" in notes(reference_window=(2017, 2017))
    assert "one_period_before" not in notes()
    data = panel(SIZES)
    data["on"] = [
        int(unit in ("u0", "u1", "u2") and year > 2016) for unit, year in zip(data["unit"], data["year"], strict=True)
    ]
    call = {"outcome": "days", "unit": "unit", "time": "year"}
    for estimate in (effekt.difference_in_differences, effekt.event_study):
        assert "one_period_before" in [note.code for note in estimate(data, treatment="on", **call).notes]
    data["on"] = [
        int(unit in ("u0", "u1", "u2") and year > 2017) for unit, year in zip(data["unit"], data["year"], strict=True)
    ]
    for estimate in (effekt.difference_in_differences, effekt.event_study):
        assert "one_period_before" not in [note.code for note in estimate(data, treatment="on", **call).notes]


def test_small_units_are_found_to_differ_too_often_by_ranks():
    """What the methods page says: sizes 500 to 50 000, own shocks of 2 %, sampling noise of 1/√size in each window."""
    rng = np.random.default_rng(1)
    size = np.geomspace(500, 50_000, 20)
    errors = rng.normal(0, 1, (20_000, 20)) * np.sqrt(2 * 0.02**2 + 2 / size)
    errors -= (errors.sum(1, keepdims=True) - errors) / 19
    extreme = (np.abs(errors)[:, :, None] <= np.abs(errors)[:, None, :]).sum(2)
    share = (extreme / 20 <= 0.05).mean(0)
    assert share[0] == pytest.approx(0.21, abs=0.02)
    assert share[-1] == pytest.approx(0.01, abs=0.005)
