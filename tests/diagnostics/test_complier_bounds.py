"""What bounds on the effect of assignment imply for compliers: true effects of known people, edges, sentences."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import effekt
from effekt.diagnostics import complier_bounds, lee_bounds, manski_bounds
from effekt.exceptions import ArgumentError

NAN = math.nan
KINDS = ("always", "complier", "complier", "never")
PEOPLE = st.lists(
    st.tuples(
        st.integers(0, 10),  # outcome without the treatment
        st.integers(-4, 6),  # what the treatment adds
        st.sampled_from(KINDS),
        st.sampled_from(["both", "both", "both", "assigned", "neither"]),  # when the outcome is seen
    ),
    min_size=4,
    max_size=14,
)


def both_arms(people):
    """Everyone stands once in each arm, so that the arms are alike and nothing is left to chance."""
    rows = []
    for z in (1, 0):
        for base, added, kind, when in people:
            d = int(kind == "always" or (kind == "complier" and z == 1))
            seen = when == "both" or (when == "assigned" and z == 1)
            rows.append((base + added * d if seen else NAN, d, z))
    return tuple(map(list, zip(*rows, strict=True)))


@given(people=PEOPLE)
@settings(max_examples=150, deadline=None)
def test_the_ranges_hold_the_true_effects(people):
    """Among compliers seen in either arm, and among all: whoever is missing, and however few they are."""
    outcome, received, treatment = both_arms(people)
    assume(sum(when == "both" for *_, when in people) >= 2)
    found = complier_bounds(outcome, received, treatment, low=-10, high=20).values
    for prefix, whom in (("lee", "both"), ("manski", None)):
        chosen = [(added, kind) for _, added, kind, when in people if whom is None or when == whom]
        effects = [added for added, kind in chosen if kind == "complier"]
        share = len(effects) / len(chosen)
        assert found[f"{prefix}_share_lower"] - 1e-12 <= share <= found[f"{prefix}_share_upper"] + 1e-12
        if found[f"{prefix}_lower"] is not None:
            assert found[f"{prefix}_lower"] - 1e-9 <= sum(effects) / len(effects) <= found[f"{prefix}_upper"] + 1e-9


@given(people=PEOPLE, hidden=st.lists(st.booleans(), min_size=28, max_size=28))
@settings(max_examples=100, deadline=None)
def test_receipt_that_is_not_known_is_counted_as_either(people, hidden):
    outcome, received, treatment = both_arms(people)
    lost = [NAN if gone and math.isnan(y) else d for y, d, gone in zip(outcome, received, hidden, strict=False)]
    assume(sum(when == "both" for *_, when in people) >= 2)
    found = complier_bounds(outcome, lost, treatment, low=-10, high=20).values
    known = complier_bounds(outcome, received, treatment, low=-10, high=20).values
    share = sum(kind == "complier" for *_, kind, _ in people) / len(people)
    assert found["manski_share_lower"] - 1e-12 <= share <= found["manski_share_upper"] + 1e-12
    assert known["manski_share_lower"] == pytest.approx(share, abs=1e-12)
    assert (found["lee_lower"], found["lee_share_lower"]) == (known["lee_lower"], known["lee_share_lower"])
    if found["manski_lower"] is not None:
        assert found["manski_lower"] <= known["manski_lower"] + 1e-12
        assert found["manski_upper"] >= known["manski_upper"] - 1e-12


OUTCOME = [5, 6, 7, 2, 4, 3, 2, 4, 1, NAN]
RECEIVED = [1, 1, 1, 0, 1, 0, 0, 0, 0, 0]
TREATMENT = [1] * 5 + [0] * 5


def test_by_hand():
    """Four of five treated are kept: (2 4 5 6) or (4 5 6 7) of their outcomes, (0 1 1 1) or (1 1 1 1) of receipt."""
    found = complier_bounds(OUTCOME, RECEIVED, TREATMENT).values
    assert (found["lee_share_lower"], found["lee_share_upper"]) == (0.75, 1.0)
    assert (found["lee_lower"], found["lee_upper"]) == (17 / 4 - 2.5, (22 / 4 - 2.5) / 0.75)
    assert [found[name] for name in found if name.startswith("manski")] == [None] * 4
    worst = complier_bounds(OUTCOME, [*RECEIVED[:-1], NAN], TREATMENT, low=0, high=10)
    assert (worst.values["manski_share_lower"], worst.values["manski_share_upper"]) == (0.8 - 0.2, 0.8)
    itt = manski_bounds(OUTCOME, TREATMENT, low=0, high=10).values
    assert worst.values["manski_lower"] == pytest.approx(itt["lower"] / 0.8)
    assert worst.values["manski_upper"] == pytest.approx(itt["upper"] / 0.6)
    assert worst.table["kind"] == ("lee", "lee", "manski", "manski")
    assert worst.table["assigned"][:2] == tuple(lee_bounds(OUTCOME, TREATMENT).values[k] for k in ("lower", "upper"))


def test_where_all_comply_and_none_is_missing_they_are_those_of_assignment():
    found = complier_bounds([1, 2, 3, 0, 1, 5], [1, 1, 1, 0, 0, 0], [1, 1, 1, 0, 0, 0], low=0, high=5).values
    assert found["lee_lower"] == found["lee_upper"] == found["manski_lower"] == found["manski_upper"] == 0.0


def test_effects_turned_round_turn_the_ends_round():
    one = complier_bounds(OUTCOME, RECEIVED, TREATMENT, low=-10, high=10).values
    other = complier_bounds([-y for y in OUTCOME], RECEIVED, TREATMENT, low=-10, high=10).values
    for kind in ("lee", "manski"):
        assert other[f"{kind}_lower"] == pytest.approx(-one[f"{kind}_upper"], rel=1e-12)
        assert other[f"{kind}_upper"] == pytest.approx(-one[f"{kind}_lower"], rel=1e-12)


@pytest.mark.parametrize(("threshold", "status", "words"), [("-0.26", "warning", "within"), ("-0.27", "ok", "outside")])
def test_a_threshold_that_is_an_end_but_for_rounding_lies_within(threshold, status, words):
    """The lower end is −0.26 in exact arithmetic and −0.2599999999999998 in floats."""
    outcome = [2.2, 2.8, 0.2, 2.1, 0.8, NAN, 2.7, 0.8, 2.1, 0.4, 0.9, 2.9]
    found = complier_bounds(outcome, [1] * 5 + [0] * 7, [1] * 6 + [0] * 6, threshold=threshold)
    assert found.values["lee_lower"] == pytest.approx(-0.26, rel=1e-14)
    assert found.values["lee_lower"] > -0.26
    assert found.status == status
    assert f"{threshold.replace('-', '−')} lies {words}" in found.statement.en


def test_what_is_said():
    found = complier_bounds(OUTCOME, RECEIVED, TREATMENT)
    assert found.status == "ok"
    assert found.statement.en == (
        "Among compliers who would be seen in either arm the bounds on the effect of assignment imply an effect "
        "between 1.750 and 4.000; 0 lies outside. These ends are estimates, without an allowance for chance."
    )
    assert found.statement.sv == (
        "Bland de följsamma som skulle ses oavsett grupp innebär gränserna för effekten av lottningen en effekt mellan "
        "1,750 och 4,000; 0 ligger utanför. Gränserna är skattningar och tar inte hänsyn till slumpen."
    )
    near = complier_bounds(OUTCOME, RECEIVED, TREATMENT, threshold="2.5")
    assert near.status == "warning"
    assert "2.5 lies within, so the data leave its side open." in near.statement.en
    none = complier_bounds([1, 2, 3, 4, 3, 1, 2, NAN], [1, 0, 0, 0, 0, 0, 0, 0], [1] * 4 + [0] * 4)
    assert (none.status, none.values["lee_lower"], none.values["lee_upper"]) == ("warning", None, None)
    assert none.statement.en.startswith(
        "Among compliers who would be seen in either arm the bounds on the effect of assignment imply none, since the "
        "share of compliers can be zero."
    )
    assert "eftersom andelen följsamma kan vara noll." in none.statement.sv


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (
            lambda: complier_bounds(OUTCOME, RECEIVED, TREATMENT, low=0),
            "`low` and `high` must be given together: the range of the outcome, or neither.",
        ),
        (
            lambda: complier_bounds(OUTCOME, [0.5, *RECEIVED[1:]], TREATMENT),
            "`received` must be 0 (did not receive the treatment), 1 (received it) or NaN (not known); the first row "
            "that is not is row 1. Code receipt so.",
        ),
        (
            lambda: complier_bounds(OUTCOME, RECEIVED[1:], TREATMENT),
            "`received` must have one value for each of the 10 rows; it has 9.",
        ),
        (
            lambda: complier_bounds(OUTCOME, [NAN] * 5 + RECEIVED[5:], TREATMENT),
            "`outcome` must be seen for at least two units of each arm; treated have 0.",
        ),
        (
            lambda: complier_bounds(OUTCOME, RECEIVED, TREATMENT, low=0, high=5),
            "`outcome` must lie from `low` to `high`, 0 to 5; the first row that does not is row 2. Declare the range "
            "of the measure, not of these data.",
        ),
    ],
)
def test_arrays_that_cannot_be(call, sentence):
    with pytest.raises(ArgumentError) as refusal:
        call()
    assert str(refusal.value) == sentence


# --- beside the effect ---------------------------------------------------------------------------------------------


def trial(shares=False):
    rng = np.random.default_rng(11)
    n = 60
    z = np.arange(n) % 2
    d = np.where(rng.random(n) < 0.8, z, 0)
    y = (rng.random(n) < 0.3 + 0.4 * d).astype(float) if shares else np.round(3 + 2 * d + rng.normal(size=n), 2)
    lost = rng.random(n) < np.where(z == 1, 0.05, 0.2)
    return {
        "y": [None if gone else own for own, gone in zip(y.tolist(), lost, strict=True)],
        "z": z.tolist(),
        "d": d.tolist(),
        "b": [i // 30 for i in range(n)],
    }


def compliers(data, **options):
    given = {"outcome": "y", "treatment": "z", "received": "d", "missing": "drop"}
    return effekt.complier_effect(data, **(given | options))


@pytest.mark.parametrize("shares", [False, True])
def test_they_stand_beside_the_effect_where_the_itt_has_bounds(shares):
    data = trial(shares)
    effects = compliers(data)
    itt = {check.name: check for check in effects["ITT"].diagnostics}
    first, found = effects["CACE"].diagnostics
    assert (first.name, found.name) == ("first_stage", "complier_bounds")
    outcome = [NAN if own is None else own for own in data["y"]]
    assert found == complier_bounds(outcome, data["d"], data["z"], **({"low": 0, "high": 1} if shares else {}))
    for kind in ("lee", "manski") if shares else ("lee",):
        ends = [end for own, end in zip(found.table["kind"], found.table["assigned"], strict=True) if own == kind]
        assert ends == [itt[f"{kind}_bounds"].values[name] for name in ("lower", "upper")]
    assert ("manski_bounds" in itt) == shares
    order = np.random.default_rng(3).permutation(60)
    turned = {name: [column[i] for i in order] for name, column in data.items()}
    assert compliers(turned).to_json() == effects.to_json()


def test_receipt_that_is_missing_too_widens_the_worst_case():
    data = trial(shares=True)
    lost = [i for i, own in enumerate(data["y"]) if own is None]
    holed = data | {"d": [None if i in lost[:3] else own for i, own in enumerate(data["d"])]}
    wide, narrow = (compliers(own)["CACE"].diagnostics[1].values for own in (holed, data))
    assert wide["manski_share_lower"] < narrow["manski_share_lower"] == narrow["manski_share_upper"]
    assert wide["lee_lower"] == narrow["lee_lower"]


@pytest.mark.parametrize("shares", [False, True])
def test_a_declared_range_bounds_the_itt_and_the_compliers(shares):
    data, ends = trial(shares), (-4.0, 12.0)
    effects = compliers(data, outcome_range=ends)
    worst = {check.name: check for check in effects["ITT"].diagnostics}["manski_bounds"]
    found = effects["CACE"].diagnostics[1]
    outcome = [NAN if own is None else own for own in data["y"]]
    assert found == complier_bounds(outcome, data["d"], data["z"], low=ends[0], high=ends[1])
    told = [end for kind, end in zip(found.table["kind"], found.table["assigned"], strict=True) if kind == "manski"]
    assert told == [worst.values["lower"], worst.values["upper"]]


def test_receipt_alone_that_is_missing_has_bounds_that_hold_whatever_it_was():
    """Each of the unknown is written in as either; the effect of assignment is known without doubt."""
    whole = trial(shares=True)
    data = {name: [own for own, y in zip(column, whole["y"], strict=True) if y is not None]
            for name, column in whole.items()}  # fmt: skip
    gone = [2, 5, 30, 41]
    holed = data | {"d": [None if i in gone else own for i, own in enumerate(data["d"])]}
    effects = compliers(holed)
    assert effects["ITT"].diagnostics == ()
    assert [check.name for check in effects["CACE"].diagnostics] == [
        "first_stage",
        "missing_receipt",
        "complier_bounds",
    ]
    found = effects["CACE"].diagnostics[-1]
    ratios = []
    for ends in itertools.product((0, 1), repeat=len(gone)):
        written = list(data["d"])
        for i, end in zip(gone, ends, strict=True):
            written[i] = end
        ratios.append(compliers(data | {"d": written})["CACE"].estimate)
    assert found.values["manski_lower"] == pytest.approx(min(ratios), rel=1e-12)
    assert found.values["manski_upper"] == pytest.approx(max(ratios), rel=1e-12)
    over = holed | {"months": [1 + i % 3 for i in range(len(holed["y"]))]}
    note = compliers(over, exposure="months")["CACE"].notes[-1]
    assert note.code == "no_complier_bounds"
    assert note.text.en.startswith("Receipt is missing, and how far the effect on compliers could lie")


def test_a_known_outcome_is_no_missing_one_where_receipt_is_not_known():
    data = trial(shares=True)
    some = [i for i, own in enumerate(data["y"]) if own is not None][:4]
    holed = data | {"d": [None if i in some else own for i, own in enumerate(data["d"])]}
    wide, narrow = (compliers(own) for own in (holed, data))
    assert wide["ITT"].to_json() == narrow["ITT"].to_json()
    ends = [[own for kind, own in zip(one["CACE"].diagnostics[-1].table["kind"],
                                      one["CACE"].diagnostics[-1].table["assigned"], strict=True) if kind == "manski"]
            for one in (wide, narrow)]  # fmt: skip
    assert ends[0] == ends[1]


DESIGNS = [
    {"block": "b"},
    {"block": "b", "adjustment": "additive"},
    {"weights": {"column": "w", "kind": "sampling"}},
    {"block": "b", "estimand": "ATT"},
    {"probability": "chance"},
]


def with_design(data):
    """Columns of blocks, weights and chances."""
    n = len(data["y"])
    return data | {"w": [1.0 + i % 4 for i in range(n)], "chance": [(0.4, 0.5, 0.6)[i % 3] for i in range(n)]}


@pytest.mark.parametrize("design", DESIGNS)
def test_receipt_or_outcomes_that_are_missing_have_bounds_by_the_estimator_of_the_design(design):
    """Each of the unknown is written in as either: the smallest and the largest effect are the ends."""
    whole = trial(shares=True)
    data = {name: [own for own, y in zip(column, whole["y"], strict=True) if y is not None]
            for name, column in whole.items()}  # fmt: skip
    data = with_design(data)
    gone = [2, 5, 30, 41]
    for column in ("d", "y"):
        holed = data | {column: [None if i in gone else own for i, own in enumerate(data[column])]}
        (found,) = [one for one in compliers(holed, **design)["CACE"].diagnostics if one.name == "complier_bounds"]
        ratios = []
        for ends in itertools.product((0, 1), repeat=len(gone)):
            written = list(data[column])
            for i, end in zip(gone, ends, strict=True):
                written[i] = end
            ratios.append(compliers(data | {column: written}, **design)["CACE"].estimate)
        assert found.values["manski_lower"] == pytest.approx(min(ratios), rel=1e-9)
        assert found.values["manski_upper"] == pytest.approx(max(ratios), rel=1e-9)
        assert found.values["lee_lower"] is None or found.values["lee_lower"] <= found.values["lee_upper"]


def test_equal_weights_have_the_bounds_of_none():
    data = trial(shares=True) | {"one": [2.0] * len(trial()["y"])}
    weighted = compliers(data, weights={"column": "one", "kind": "sampling"})["CACE"].diagnostics[-1]
    plain = compliers(data)["CACE"].diagnostics[-1]
    assert weighted.name == plain.name == "complier_bounds"
    for name, value in plain.values.items():
        assert weighted.values[name] == (None if value is None else pytest.approx(value, rel=1e-9)), name


def test_without_bounds_of_the_itt_it_is_said_that_there_are_none():
    data = trial() | {"months": [1 + i % 3 for i in range(len(trial()["y"]))]}
    cace = compliers(data, exposure="months")["CACE"]
    assert [check.name for check in cace.diagnostics] == ["first_stage"]
    note = cace.notes[-1]
    assert note.code == "no_complier_bounds"
    assert note.text.en == (
        "Outcomes are missing, and how far the effect on compliers could lie from what was seen is not bounded: that "
        "takes two rows of each arm with outcome and receipt, rows that lack one of these but nothing else that the "
        "design rests on and are in no block or pair of one arm, and an outcome that is not counted over an exposure, "
        "since receipt then counts by it."
    )
    whole = {name: [own for own, y in zip(column, trial()["y"], strict=True) if y is not None]
             for name, column in trial().items()}  # fmt: skip
    complete = compliers(whole)["CACE"]
    assert [check.name for check in complete.diagnostics] == ["first_stage"]
    assert "no_complier_bounds" not in [one.code for one in complete.notes]
