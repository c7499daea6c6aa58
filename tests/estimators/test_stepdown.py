"""Several outcomes by randomisation: brute force, what every member is, laws, refusals, sentences."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest
from helpers import assert_valid_effect
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import drawn_assignments
from oracles import stepdown_by_lot as oracle

import effekt
from effekt._inference import Randomization, Unavailable
from effekt.diagnostics import adjusted_p_values
from effekt.exceptions import ArgumentError
from effekt.result import EffectSet

N = 40
LARGE = {
    "a": [float((7 * i) % 23) + 3.1 * (i % 2) for i in range(N)],
    "b": [float((7 * i) % 23) + 0.5 * ((5 * i) % 7) + 2.0 * (i % 2) for i in range(N)],
    "c": [float((11 * i) % 29) * 1000.0 for i in range(N)],
    "d": [i % 2 for i in range(N)],
    "x": [float((5 * i) % 17) for i in range(N)],
    "s": [str(i % 4 // 2) for i in range(N)],
    "p": [str(i // 2) for i in range(N)],
    "u": [str(i // 2 * 2 + i % 2) for i in range(N)],
    "chance": [0.3 + 0.4 * (i % 4 > 1) for i in range(N)],
    "w": [1.0 + (3 * i) % 5 for i in range(N)],
}
OUTCOMES = ["a", "b", "c"]
DESIGNS = {
    "plain": {},
    "lin": {"covariates": "x"},
    "additive in blocks": {"covariates": "x", "block": "s", "adjustment": "additive"},
    "pairs": {"pairs": "p"},
    "clusters": {"cluster": "u", "covariates": "x"},
    "probability": {"probability": "chance", "block": "s"},
    "Horvitz-Thompson": {"probability": "chance", "adjustment": "none"},
    "frequencies": {"weights": {"column": "w", "kind": "frequency"}},
    "sampling": {"weights": {"column": "w", "kind": "sampling"}},
}


def several(data, **options):
    given = {"outcome": OUTCOMES, "treatment": "d", "inference": "randomization"}
    return effekt.randomized_trials(data, **(given | options))


def p_values(effects):
    return dict(zip(effects.labels, effects.diagnostics[0].table["p_adjusted"], strict=True))


@given(
    cells=st.lists(
        st.tuples(*[st.integers(-9, 9)] * 3),
        min_size=5,
        max_size=8,
        unique_by=tuple(lambda t, j=j: t[j] for j in range(3)),
    ),
    data=st.data(),
)
@settings(max_examples=25, deadline=None)
@pytest.mark.parametrize("statistic", ["estimate", "studentized"])
def test_all_assignments_give_what_is_counted_one_at_a_time(statistic, cells, data):
    treated = data.draw(st.permutations([1] * (len(cells) // 2) + [0] * (len(cells) - len(cells) // 2)))
    outcomes = [[Fraction(row[j], 10) for row in cells] for j in range(3)]
    others = [
        [int(i in chosen) for i in range(len(cells))]
        for chosen in itertools.combinations(range(len(cells)), sum(treated))
    ]
    table = {name: [float(y) for y in column] for name, column in zip(OUTCOMES, outcomes, strict=True)}
    found = several({**table, "d": list(treated)}, statistic=statistic)
    if any(isinstance(effect.inference, Unavailable) for effect in found.effects):
        assert statistic == "studentized"  # an outcome that is one value within both arms
        assert not found.diagnostics
        return
    squares = oracle.studentised_squares if statistic == "studentized" else oracle.squares
    expected = oracle.adjusted(outcomes, treated, others, squares)
    assert found.diagnostics[0].table["p_adjusted"] == pytest.approx([float(p) for p in expected], rel=1e-12)
    assert found.diagnostics[0].values["reference"] == "assignments"


def test_drawn_assignments_are_the_same_for_all_outcomes():
    """Those of the convention, on units in the order of a, then b, then c: a tells all units apart here."""
    table = {name: LARGE[name] for name in (*OUTCOMES, "d")}
    table["a"] = [value + 0.001 * i for i, value in enumerate(table["a"])]
    found = several(table, draws=99, rng=4)
    order = sorted(range(N), key=lambda i: table["a"][i])
    drawn = drawn_assignments.fixed_numbers(4, [(N, N // 2)])
    effects = np.empty((100, 3))
    for r in range(100):
        chosen = dict(zip(order, next(drawn), strict=True)) if r < 99 else dict(enumerate(table["d"]))
        for j, name in enumerate(OUTCOMES):
            effects[r, j] = float(oracle.difference([Fraction(y) for y in table[name]], [chosen[i] for i in range(N)]))
    scaled = np.abs(effects) / np.sqrt(np.mean(effects**2, axis=0))
    left = np.argsort(-scaled[99]).tolist()
    largest = 0.0
    own = {name: found[name].p_value() for name in OUTCOMES}
    while left:
        count = int(np.sum(np.max(scaled[:99, left], axis=1) >= scaled[99, left[0]] * (1 - 1e-12)))
        largest = max(largest, (count + 1) / 100, own[OUTCOMES[left[0]]])
        assert p_values(found)[OUTCOMES[left[0]]] == pytest.approx(largest, rel=1e-12)
        left = left[1:]


@pytest.mark.parametrize(
    "of", [{"outcome": OUTCOMES}, {"outcome": "a", "arms": [1], "control": 0}, {"outcome": "a", "subgroup": "s"}]
)
def test_a_studentised_member_is_the_studentised_trial_of_its_rows(of):
    call = {"treatment": "d", "inference": "randomization", "statistic": "studentized", "draws": 199, "rng": 5}
    found = effekt.randomized_trials(LARGE, **of, **call)
    for label, effect in zip(found.labels, found.effects, strict=True):
        rows = [i for i in range(N) if "subgroup" not in of or LARGE["s"][i] == label]
        data = {name: [LARGE[name][i] for i in rows] for name in ("a", "b", "c", "d")}
        alone = effekt.randomized_trial(data, outcome=label if label in OUTCOMES else "a", **call)
        assert effect.inference == alone.inference
        assert effect.arguments["statistic"] == "studentized"
    assert [one.name for one in found.diagnostics] == (
        ["romano_wolf"] if "outcome" in of and len(found.labels) == 3 else []
    )
    assert EffectSet.from_json(found.to_json()) == found


def test_drawn_studentised_statistics_are_of_the_same_assignments():
    """Two outcomes that are one, in other units and with its sign turned, share every |t|, and have t of two signs."""
    data = {**LARGE, "b": [-2 * value for value in LARGE["a"]]}
    both = several(data, outcome=["a", "b"], statistic="studentized", draws=199, rng=5).diagnostics[0].table
    assert both["p_adjusted"] == both["p_value"]
    assert both["statistic"][0] == pytest.approx(-both["statistic"][1], rel=1e-14)
    effects = several(data, outcome=["a", "b"], statistic="studentized", draws=199, rng=5).effects
    by_estimate = several(data, outcome=["a", "b"], draws=199, rng=5).diagnostics[0].table["statistic"]
    for table in (both["statistic"], by_estimate):
        assert [t > 0 for t in table] == [effect.estimate > 0 for effect in effects]
    order = np.random.default_rng(2).permutation(N)
    turned = {name: [column[i] for i in order] for name, column in LARGE.items()}
    call = {"statistic": "studentized", "draws": 199, "rng": 5}
    assert several(turned, **call).to_json() == several(LARGE, **call).to_json()


@pytest.mark.parametrize("design", DESIGNS)
def test_a_member_is_the_trial_of_its_outcome(design):
    found = several(LARGE, draws=199, rng=5, **DESIGNS[design])
    for name in OUTCOMES:
        alone = effekt.randomized_trial(
            LARGE, outcome=name, treatment="d", inference="randomization", draws=199, rng=5, **DESIGNS[design]
        )
        assert found[name].inference == alone.inference
        assert found[name].rank_p_value() == alone.rank_p_value()
        assert isinstance(found[name].inference, Randomization)
        assert_valid_effect(found[name])
    table = found.diagnostics[0].table
    assert all(p <= adjusted for p, adjusted in zip(table["p_value"], table["p_adjusted"], strict=True))
    assert table["p_value"] == tuple(found[name].p_value() for name in OUTCOMES)
    assert found.covariance is None
    assert EffectSet.from_json(found.to_json()) == found
    assert "199 drawn assignments, each of them one for all outcomes" in found.diagnostics[0].statement.en
    assert "199 dragna fördelningar, var och en densamma för alla utfall" in found.diagnostics[0].statement.sv


@pytest.mark.parametrize("design", DESIGNS)
def test_neither_rows_nor_listing_nor_units_of_measurement_matter(design):
    found = several(LARGE, draws=199, rng=5, **DESIGNS[design])
    order = np.random.default_rng(0).permutation(N)
    shuffled = {name: [column[i] for i in order] for name, column in LARGE.items()}
    assert several(shuffled, draws=199, rng=5, **DESIGNS[design]).to_json() == found.to_json()
    turned = several(LARGE, outcome=["c", "a", "b"], draws=199, rng=5, **DESIGNS[design])
    assert p_values(turned) == p_values(found)
    scaled = several(LARGE | {"c": [y / 64 for y in LARGE["c"]]}, draws=199, rng=5, **DESIGNS[design])
    assert p_values(scaled) == p_values(found)


def test_a_copy_of_an_outcome_costs_nothing_and_another_does():
    """Dependence is kept: twice the same outcome has the p of one."""
    table = LARGE | {"copy": LARGE["a"]}
    alone = several(table, outcome=["a"], draws=999, rng=2)
    twice = several(table, outcome=["a", "copy"], draws=999, rng=2)
    assert p_values(twice) == {"a": p_values(alone)["a"], "copy": p_values(alone)["a"]}
    assert p_values(alone)["a"] == alone["a"].p_value()
    others = several(table, draws=999, rng=2)
    assert p_values(others)["a"] > p_values(alone)["a"]


def test_a_generator_gives_every_member_the_same_draws_and_is_moved_on():
    rng = np.random.default_rng(5)
    found = several(LARGE, draws=199, rng=rng)
    assert p_values(found) == p_values(several(LARGE, draws=199, rng=5))
    assert found["b"].inference == several(LARGE, draws=199, rng=5)["b"].inference
    assert several(LARGE, draws=199, rng=rng)["b"].inference != found["b"].inference


def test_the_chance_of_any_false_finding_is_the_level():
    """Every one of the 70 assignments could have been the actual one: at most a twentieth find anything at 5 %."""
    rng = np.random.default_rng(8)
    common = rng.normal(size=8)
    table = {name: (common + rng.normal(size=8)).tolist() for name in OUTCOMES}
    smallest = []
    for chosen in itertools.combinations(range(8), 4):
        found = several(table | {"d": [int(i in chosen) for i in range(8)]})
        smallest.append(min(p_values(found).values()))
    for level in (Fraction(1, 20), Fraction(1, 10), Fraction(3, 10)):
        assert sum(p <= level for p in smallest) <= level * 70
    assert sum(p <= Fraction(3, 10) for p in smallest) > 15  # and nearly as many as are allowed


# --- where nothing holds for all together -------------------------------------------------------------------------


def reason(effects):
    assert not effects.diagnostics
    return next(note.text for note in effects.notes if note.code == "without_stepdown")


def test_outcomes_of_different_units_have_no_stepdown():
    table = LARGE | {"a": [None, *LARGE["a"][1:]]}
    found = several(table, draws=99, rng=1, missing="drop")
    assert reason(found).en == (
        "The outcomes are known for different units, so no assignment is one and the same for all of them; Holm's "
        "adjustment holds nevertheless."
    )
    assert adjusted_p_values(found).values["method"] == "holm"


def test_arms_and_subgroups_have_their_own_assignments():
    groups = several(LARGE, outcome="a", subgroup="s", draws=99, rng=1)
    assert "of each subgroup by itself" in reason(groups).en
    assert "varje delgrupps egna" in reason(groups).sv
    arms = several(LARGE | {"d": [i % 3 for i in range(N)]}, outcome="a", arms=[1, 2], control=0, draws=99, rng=1)
    assert "the null of one arm does not say" in reason(arms).en
    assert "nollhypotesen för en arm" in reason(arms).sv
    for found in (groups, arms):
        assert all(isinstance(one.inference, Randomization) for one in found.effects)


def test_an_outcome_that_does_not_vary_is_never_a_finding():
    found = several(LARGE | {"c": [2.0] * N}, draws=99, rng=1)
    assert p_values(found)["c"] == 1.0


def test_a_combination_has_no_inference_and_says_why():
    found = several(LARGE, draws=99, rng=1).combine({"a": 1, "b": -1})
    assert isinstance(found.inference, Unavailable)
    assert "says nothing of the uncertainty of a combination" in found.inference.reason.en
    assert_valid_effect(found)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"inference": "wild_bootstrap"},
         "`inference` must be 'asymptotic' or 'randomization'; got 'wild_bootstrap'."),
        ({"inference": "asymptotic", "rng": 1}, "`inference` 'asymptotic' draws nothing; leave `rng` out."),
        ({"draws": 0, "rng": 1}, "`draws` must be an integer of at least 1; got 0."),
        ({},
         "`rng` must be an integer seed or a numpy.random.Generator where assignments are drawn; got None. There are "
         "about 10^11 possible assignments, and at most 100,000 are listed."),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_for(options, sentence):
    with pytest.raises(ArgumentError) as refusal:
        several(LARGE, **options)
    assert str(refusal.value) == sentence


def test_the_joint_t_is_not_for_randomisation():
    with pytest.raises(ArgumentError) as refusal:
        adjusted_p_values(several(LARGE, draws=99, rng=1), method="romano_wolf", rng=1)
    assert str(refusal.value) == (
        "`romano_wolf` needs effects with linear t inference, and 'a' has randomisation inference; read the diagnostic "
        "'romano_wolf' of a set of outcomes, or choose method 'holm'."
    )
