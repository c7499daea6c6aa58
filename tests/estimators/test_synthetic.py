"""Synthetic control and its difference-in-differences: published figures, an oracle in fractions, laws, refusals."""

from __future__ import annotations

import os
import random
from fractions import Fraction as F
from pathlib import Path

import numpy as np
import pytest
from helpers import assert_valid_effect
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import synthetic as oracle

import effekt
from effekt._inference import Unavailable
from effekt.estimators.synthetic.simplex import programme, solve
from effekt.exceptions import ArgumentError, DataError, IncompleteWindowError

BOTH = pytest.mark.parametrize("method", [effekt.synthetic_control, effekt.synthetic_difference_in_differences])
PLAIN = {"outcome": "y", "unit": "unit", "time": "year", "period": "year"}
FIRST = 2001


def table(paths, order=None):
    """Columns of paths by name, rows in the order asked for."""
    rows = [(name, FIRST + t, float(y)) for name, path in paths.items() for t, y in enumerate(path)]
    rows = rows if order is None else [rows[i] for i in order]
    return dict(zip(("unit", "year", "y"), map(list, zip(*rows, strict=True)), strict=True))


def run(method, paths, before, *, order=None, treated="T", **options):
    return method(table(paths, order), treated=treated, first_treated=FIRST + before, **PLAIN, **options)


def check(effect, name):
    return next(one for one in effect.diagnostics if one.name == name)


def weights(effect):
    shown = check(effect, "donor_weights").table
    return dict(zip(shown["unit"], shown["weight"], strict=True))


def drawn(seed, donors=6, periods=9, treated=("T",)):
    rng = random.Random(seed)
    names = (*treated, *(f"D{j}" for j in range(donors)))
    return {name: [round(rng.uniform(2, 9), 1) for _ in range(periods)] for name in names}


@st.composite
def small(draw):
    """Two to five donors, two to four periods before, one or two after, in tenths: ties and perfect fits are common."""
    donors, before, after = draw(st.integers(2, 5)), draw(st.integers(2, 4)), draw(st.integers(1, 2))
    cell = st.integers(0, 40).map(lambda tenths: tenths / 10)
    path = st.lists(cell, min_size=before + after, max_size=before + after)
    return {name: draw(path) for name in ("T", "A", "B", "C", "D", "E")[: donors + 1]}, before


def exactly(paths):
    return [[F(str(y)) for y in path] for path in paths.values()]


# --- published figures --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def prop99():
    folder = os.environ.get("EFFEKT_TEST_DATA")
    if folder is None:
        pytest.skip("EFFEKT_TEST_DATA is not set: the table of Proposition 99 may not be committed")
    return effekt.read_table(Path(folder) / "prop99.csv")


def california(method, data):
    return method(
        data, outcome="cigsale", unit="state", time="year", period="year", treated="California", first_treated=1989
    )


def test_proposition_99_synthetic_control(prop99):
    effect = california(effekt.synthetic_control, prop99)
    assert effect.estimate == pytest.approx(-19.5136, abs=5e-5)
    assert sum(weight > 0 for weight in weights(effect).values()) == 6
    assert (effect.sample.n_control, effect.rank_p_value()) == (38, F(3, 39))
    assert_valid_effect(effect)


def test_proposition_99_synthetic_differences(prop99):
    effect = california(effekt.synthetic_difference_in_differences, prop99)
    assert effect.estimate == pytest.approx(-15.6054, abs=5e-5)
    days = check(effect, "time_weights").table
    positive = {when: w for when, w in zip(days["period"], days["weight"], strict=True) if w > 0}
    assert {when: round(w, 3) for when, w in positive.items()} == {"1986": 0.366, "1987": 0.206, "1988": 0.427}
    assert_valid_effect(effect)


# --- the oracle ---------------------------------------------------------------------------------------------------


@settings(max_examples=60)
@given(small())
def test_synthetic_control_is_the_oracle(case):
    paths, before = case
    treated, *donors = exactly(paths)
    want, best = oracle.synthetic_control(treated, donors, before)
    effect = run(effekt.synthetic_control, paths, before)
    assert effect.estimate == pytest.approx(float(want), rel=1e-10, abs=1e-10)
    assert list(weights(effect).values()) == pytest.approx([float(w) for w in best], abs=1e-10)
    others = [(own, [path for path in donors if path is not own]) for own in donors]
    errors = sorted(float(oracle.synthetic_control(own, rest, before)[0]) for own, rest in others)
    assert effect.inference.errors == pytest.approx(errors, rel=1e-10, abs=1e-10)


@settings(max_examples=60)
@given(small())
def test_synthetic_differences_are_the_oracle(case):
    paths, before = case
    treated, *donors = exactly(paths)
    want, units, times = oracle.synthetic_differences(treated, donors, before)
    effect = run(effekt.synthetic_difference_in_differences, paths, before)
    assert effect.estimate == pytest.approx(float(want), rel=1e-10, abs=1e-10)
    assert list(weights(effect).values()) == pytest.approx([float(w) for w in units], abs=1e-9)
    assert check(effect, "time_weights").table["weight"] == pytest.approx([float(w) for w in times], abs=1e-9)


@BOTH
def test_several_treated_units_are_their_mean(method):
    paths = drawn(3, treated=("T", "U"))
    pooled = {"T": [(a + b) / 2 for a, b in zip(paths["T"], paths["U"], strict=True)]}
    pooled |= {name: path for name, path in paths.items() if name not in "TU"}
    effect = run(method, paths, 6, treated=["T", "U"])
    assert_valid_effect(effect)
    assert "placebos_of_single_units" in [note.code for note in effect.notes]
    if method is effekt.synthetic_control:
        assert effect.estimate == pytest.approx(run(method, pooled, 6).estimate, rel=1e-10)
    else:  # the ridge counts two units
        treated, *donors = exactly(pooled)
        assert effect.estimate == pytest.approx(float(oracle.synthetic_differences(treated, donors, 6, 2)[0]), rel=1e-8)


@BOTH
def test_a_ratio_is_the_outcome_it_gives_and_treated_units_are_taken_together(method):
    random_below = random.Random(8)
    above = drawn(8)
    below = {name: [random_below.choice([50, 80, 125]) for _ in path] for name, path in above.items()}
    ratios = {name: [a / b for a, b in zip(path, below[name], strict=True)] for name, path in above.items()}
    columns = {**table(above), "n": [n for path in below.values() for n in path]}
    given = {**PLAIN, "outcome": ("y", "n"), "first_treated": FIRST + 6}
    one, plain = method(columns, treated="T", **given), run(method, ratios, 6)
    assert one.means.treated == pytest.approx(plain.means.treated, rel=1e-13)
    assert one.means.counterfactual == pytest.approx(plain.means.counterfactual, rel=1e-10)
    two = method(columns, treated=["T", "D0"], **given).means.treated
    sums = [(above["T"][t] + above["D0"][t]) / (below["T"][t] + below["D0"][t]) for t in range(6, 9)]
    assert two == pytest.approx(sum(sums) / 3, rel=1e-13)
    assert [note.text.en for note in one.notes if note.code == "periods_count_equally"] == [
        "The outcome of a period is its numerator over its denominator, of several treated units the ratio of their "
        "sums. Periods after the start count equally whatever their denominators, and the size of a unit does not "
        "count in the mixture: the figure is a mean of the periods' ratios, not the ratio of the sums over all periods."
    ]
    assert "periods_count_equally" not in [note.code for note in plain.notes]


@BOTH
def test_a_period_with_a_large_denominator_counts_as_much_as_any_other(method):
    """Two periods after with ratios 1 and 3, the second over a hundred times as much: a mean of 2, not near 3."""
    years = [FIRST + t for t in range(5)]
    above = {"T": [4, 5, 4, 1, 300], "A": [4, 5, 4, 5, 400], "B": [6, 5, 4, 5, 600], "C": [3, 5, 6, 5, 300]}
    below = {name: [1, 1, 1, 1, 100] for name in above}
    columns = {
        "unit": [name for name in above for _ in years],
        "year": years * len(above),
        "y": [y for path in above.values() for y in path],
        "n": [n for path in below.values() for n in path],
    }
    effect = method(columns, treated="T", **{**PLAIN, "outcome": ("y", "n"), "first_treated": FIRST + 3})
    assert effect.treated_mean == pytest.approx((1 + 3) / 2, rel=1e-13)
    assert effect.observed.treated == effect.treated_mean


def test_a_mixture_of_donors_is_found_and_its_effect():
    paths = drawn(5, donors=4, periods=9)
    paths["T"] = [round(0.25 * a + 0.75 * b, 6) for a, b in zip(paths["D0"], paths["D2"], strict=True)]
    paths["T"][6:] = [y - 2 for y in paths["T"][6:]]
    effect = run(effekt.synthetic_control, paths, 6)
    assert effect.estimate == pytest.approx(-2, abs=1e-12)
    assert weights(effect) == pytest.approx({"D0": 0.25, "D1": 0, "D2": 0.75, "D3": 0}, abs=1e-12)
    assert check(effect, "synthetic_fit").values["rmspe_before"] == 0
    assert check(effect, "rmspe_ratio").values["ratio"] is None
    assert check(effect, "rmspe_ratio").values["exact_p_value"] == "1/5"


@BOTH
@pytest.mark.parametrize(("periods", "status"), [(2, "information"), (5, "information"), (6, "ok"), (9, "ok")])
def test_a_close_fit_says_nothing_where_donors_are_more_than_periods(method, periods, status):
    paths = drawn(3, donors=6, periods=periods + 2)
    paths["T"] = [round((2 * a + b) / 3, 6) for a, b in zip(paths["D1"], paths["D4"], strict=True)]
    fit = check(run(method, paths, periods), "synthetic_fit")
    assert fit.status == status
    told = f"more donors (6) than periods before ({periods})", f"(6) är fler än perioderna före ({periods})"
    assert (told[0] in fit.statement.en, told[1] in fit.statement.sv) == ((status == "information"),) * 2


def test_noise_is_followed_without_a_gap_by_many_donors():
    """Two periods and 38 donors: nothing that lasts, and nothing between the treated and its mixture."""
    fit = check(run(effekt.synthetic_control, drawn(1, donors=38, periods=4), 2), "synthetic_fit")
    assert fit.values["rmspe_before"] < 1e-12
    assert fit.status == "information"


def test_weights_that_are_not_unique_are_spread_and_told():
    paths = {
        "T": [5.0, 5.0, 6.0],
        "A": [4.0, 4.0, 4.0],
        "B": [6.0, 6.0, 6.0],
        "C": [5.0, 5.0, 5.0],
        "D": [5.0, 5.0, 5.0],
    }
    effect = run(effekt.synthetic_control, paths, 2)
    assert list(weights(effect).values()) == pytest.approx([0.25] * 4)
    assert [note.code for note in effect.notes] == ["weights_not_unique"]
    unique = run(effekt.synthetic_control, drawn(1, donors=3), 6)
    assert "weights_not_unique" not in [note.code for note in unique.notes]


@BOTH
def test_each_donor_left_out_is_a_call_without_it(method):
    paths = drawn(7)
    effect = run(method, paths, 6)
    shown = check(effect, "leave_one_out").table
    for name, found in zip(shown["unit"], shown["effect"], strict=True):
        rest = [donor for donor in paths if donor not in ("T", name)]
        assert found == pytest.approx(run(method, paths, 6, donors=rest).estimate, rel=1e-9)


@BOTH
def test_placebos_are_calls_without_the_treated(method):
    paths = drawn(8)
    effect = run(method, paths, 6)
    donors = [name for name in paths if name != "T"]
    single = [run(method, {n: paths[n] for n in donors}, 6, treated=one, inference="none").estimate for one in donors]
    assert effect.inference.errors == pytest.approx(sorted(single), rel=1e-9)
    extreme = sum(abs(one) >= abs(effect.estimate) for one in single)
    assert effect.rank_p_value() == F(1 + extreme, len(donors) + 1)
    assert_valid_effect(effect)


@BOTH
def test_path_and_means_agree(method):
    effect = run(method, drawn(9), 6)
    assert effect.counterfactual_mean == pytest.approx(np.mean(effect.path.counterfactual[6:]), rel=1e-12)
    assert effect.treated_mean == pytest.approx(np.mean(effect.path.treated[6:]), rel=1e-12)
    assert (effect.path.reference, effect.path.evaluation) == (("2001", "2006"), ("2007", "2009"))


@BOTH
def test_without_inference(method):
    effect = run(method, drawn(2), 6, inference="none")
    assert isinstance(effect.inference, Unavailable)
    assert effect.variance == "none/1"
    assert effect.estimate == run(method, drawn(2), 6).estimate


# --- laws ---------------------------------------------------------------------------------------------------------


@BOTH
@settings(max_examples=15)
@given(seed=st.integers(0, 999), order=st.permutations(range(63)))
def test_the_order_of_rows_moves_no_byte(method, seed, order):
    assert run(method, drawn(seed), 6, order=order).to_json() == run(method, drawn(seed), 6).to_json()


@BOTH
@settings(max_examples=15)
@given(seed=st.integers(0, 999), names=st.permutations([f"N{j}" for j in range(6)]))
def test_other_names_of_donors_move_nothing(method, seed, names):
    paths = drawn(seed, periods=5)  # fewer periods than donors: ties must not be broken by name
    renamed = {"T": paths["T"]} | {name: paths[f"D{j}"] for j, name in enumerate(names)}
    first, second = run(method, paths, 3), run(method, renamed, 3)
    assert second.estimate == pytest.approx(first.estimate, rel=1e-9, abs=1e-9)
    assert second.inference.errors == pytest.approx(first.inference.errors, rel=1e-9, abs=1e-9)


@BOTH
@settings(max_examples=15)
@given(seed=st.integers(0, 999), shift=st.integers(-500, 500), scale=st.sampled_from([0.25, 2.0, 8.0]))
def test_a_constant_moves_no_weight_and_a_unit_scales(method, seed, shift, scale):
    paths = drawn(seed)
    moved = {name: [round(y + shift, 1) for y in path] for name, path in paths.items()}
    assert weights(run(method, moved, 6)) == weights(run(method, paths, 6))
    assert run(method, moved, 6).inference == run(method, paths, 6).inference
    scaled = {name: [y * scale for y in path] for name, path in paths.items()}
    assert run(method, scaled, 6).estimate == pytest.approx(scale * run(method, paths, 6).estimate, rel=1e-9)


@settings(max_examples=15)
@given(
    seed=st.integers(0, 999), levels=st.lists(st.integers(-50, 50), min_size=7, max_size=7), slope=st.integers(-3, 3)
)
def test_levels_of_units_and_a_common_line_move_no_difference(seed, levels, slope):
    paths = drawn(seed)
    moved = {
        name: [round(y + level + slope * t, 1) for t, y in enumerate(path)]
        for (name, path), level in zip(paths.items(), levels, strict=True)
    }
    first, second = (run(effekt.synthetic_difference_in_differences, one, 6) for one in (paths, moved))
    assert list(weights(second).values()) == pytest.approx(list(weights(first).values()), abs=1e-9)
    assert second.inference.errors == pytest.approx(first.inference.errors, rel=1e-9, abs=1e-9)
    assert second.estimate == pytest.approx(first.estimate, rel=1e-9, abs=1e-9)


@settings(max_examples=15)
@given(seed=st.integers(0, 999), common=st.lists(st.integers(-50, 50), min_size=9, max_size=9))
def test_period_effects_common_to_all_move_no_synthetic_control(seed, common):
    paths = drawn(seed)
    moved = {name: [round(y + c, 1) for y, c in zip(path, common, strict=True)] for name, path in paths.items()}
    first, second = (run(effekt.synthetic_control, one, 6) for one in (paths, moved))
    assert weights(second) == weights(first)
    assert second.inference == first.inference


@settings(max_examples=60)
@given(seed=st.integers(0, 9999), rows=st.integers(1, 6), columns=st.integers(1, 30), ridge=st.sampled_from([0.0, 0.3]))
def test_no_other_weights_are_nearer(seed, rows, columns, ridge):
    rng = np.random.default_rng(seed)
    donors, target = rng.normal(size=(rows, columns)), rng.normal(size=rows)
    found = solve(programme(donors, target, ridge=ridge)).weights

    def distance(w):
        return np.sum((donors @ w - target) ** 2) + ridge * np.sum(w**2)

    others = rng.dirichlet(np.full(columns, 0.3), size=50)
    nearby = 0.999 * found + 0.001 * others
    assert all(distance(found) <= distance(w) + 1e-9 for w in (*others, *nearby))


# --- refusals -----------------------------------------------------------------------------------------------------


def without(paths, name, t):
    data = table(paths)
    keep = [i for i, row in enumerate(zip(data["unit"], data["year"], strict=True)) if row != (name, FIRST + t)]
    return {column: [values[i] for i in keep] for column, values in data.items()}


@BOTH
@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"donors": ["D0", "T"]},
            "`donors` must not hold a treated unit; 'T' is treated. Take it out.",
        ),
        (
            {"donors": ["D0"]},
            "`donors` must hold at least two units that are not treated; got 1. Add units that had no intervention.",
        ),
        (
            {"first_treated": 2002},
            "`first_treated` (2002) must have at least two years of data before it; it has 1. Add earlier data.",
        ),
        (
            {"first_treated": 2001},
            "`first_treated` (2001) must have at least two years of data before it; it has 0. Add earlier data.",
        ),
        (
            {"first_treated": 2010},
            "`first_treated` (2010) must lie in the data, and they end before it. Correct it.",
        ),
        (
            {"first_treated": "spring"},
            "`first_treated` must be a year such as '2014'; got 'spring'. Write it so, or as a date in it.",
        ),
        (
            {"treated": "X"},
            "`treated` must name units that are in the data; 'X' is not there. Check the spelling.",
        ),
    ],
)
def test_what_is_refused(method, options, message):
    with pytest.raises(ArgumentError) as refusal:
        method(table(drawn(1)), **({"treated": "T", "first_treated": 2007} | PLAIN | options))
    assert str(refusal.value) == message


@BOTH
@pytest.mark.parametrize(("name", "role"), [("T", "the treated units"), ("D3", "the donors")])
def test_gaps_are_refused(method, name, role):
    with pytest.raises(IncompleteWindowError) as refusal:
        method(without(drawn(1), name, 4), treated="T", first_treated=2007, **PLAIN)
    assert str(refusal.value) == (
        f"Every year from 2001 to 2009 must be there for {role}; 1 year missing: 2005. The first that is not there is "
        f"{name!r} in 2005. Add the data, name the donors that are complete, or leave the period out for every unit at "
        "an end."
    )


@BOTH
def test_of_several_gaps_the_earliest_is_named_and_all_are_counted(method):
    data, gaps = table(drawn(1)), {("D1", FIRST + 6), ("D3", FIRST + 4), ("T", FIRST + 6)}
    keep = [i for i, row in enumerate(zip(data["unit"], data["year"], strict=True)) if row not in gaps]
    data = {column: [values[i] for i in keep] for column, values in data.items()}
    with pytest.raises(
        IncompleteWindowError, match=r"missing: 2005 and 2007\. The first that is not there is 'D3' in 2005 \(of 3 "
    ):
        method(data, treated="T", first_treated=2007, **PLAIN)


@BOTH
def test_a_donor_with_a_gap_may_be_left_out(method):
    data = without(drawn(1), "D3", 4)
    effect = method(data, treated="T", first_treated=2007, donors=["D0", "D1", "D2"], **PLAIN)
    assert effect.sample.n_control == 3


@BOTH
def test_repeated_rows_are_refused(method):
    data = {column: [*values, values[0]] for column, values in table(drawn(1)).items()}
    with pytest.raises(DataError, match="Remove the repeated rows, add them up if they are parts, or give each"):
        method(data, treated="T", first_treated=2007, **PLAIN)


@BOTH
def test_an_outcome_that_never_varies_has_no_effect(method):
    effect = run(method, {name: [3.0] * 5 for name in ("T", "A", "B", "C")}, 3)
    assert (effect.estimate, effect.rank_p_value()) == (0.0, 1)
    assert_valid_effect(effect)


def test_a_counterfactual_as_flat_as_the_treated_outcome_is_no_close_fit() -> None:
    """Nothing happened before in any unit, as of placements in small municipalities: every mixture follows."""
    units, years = ("A", "B", "C"), range(2014, 2020)
    data = {
        "kommun": [unit for unit in units for _ in years],
        "år": [year for _ in units for year in years],
        "placerade": [0 if year < 2018 else i for i, _ in enumerate(units, start=1) for year in years],
    }
    found = effekt.synthetic_control(
        data,
        outcome="placerade",
        unit="kommun",
        time="år",
        period="year",
        treated="A",
        first_treated="2018",
        inference="none",
    )
    (fit,) = [one for one in found.diagnostics if one.name == "synthetic_fit"]
    assert fit.status == "warning"
    assert "no closer than a flat line would" in fit.statement.en
