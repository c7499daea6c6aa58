"""What was shown or locked cannot be changed in place: mappings of results, and the arrays of a match."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pandas as pd
import pytest

import effekt

DATA = pd.DataFrame(
    {"unit": range(40), "served": [1, 0, 0, 1] * 10, "age": range(20, 60), "days": [k % 7 for k in range(40)]}
)
CALL = {"unit": "unit", "treatment": "served", "covariates": ["age"], "salt": "s"}


def changes(mapping):
    """Every way to change a mapping in place."""
    key = next(iter(mapping), "a")
    yield lambda: mapping.__setitem__(key, 1)
    yield lambda: mapping.__delitem__(key)
    yield lambda: mapping.__ior__({key: 1})
    yield lambda: mapping.update({key: 1})
    yield lambda: mapping.setdefault("another", 1)
    yield lambda: mapping.pop(key)
    yield mapping.popitem
    yield mapping.clear


def test_no_mapping_of_a_result_can_be_changed():
    match = effekt.match_controls(DATA, **CALL)
    effect = effekt.matched_comparison(DATA, match=match, outcome="days")
    count = effekt.outcome_count(DATA, outcome="days", unit="unit", statistic="sum")
    before = [one.to_json() for one in (match, effect, count)]
    mappings = [match.arguments, match.coefficients, match.cutpoints, match.balance.values, match.balance.table]
    mappings += [effect.arguments, effect.arguments["match"], effect.diagnostics[0].values, count.arguments]
    for mapping in mappings:
        for change in changes(mapping):
            with pytest.raises(TypeError, match="A result cannot be changed; make a new one"):
                change()
    assert [one.to_json() for one in (match, effect, count)] == before
    assert type(match.arguments | {"salt": "t"}) is dict


def test_no_array_of_a_match_can_be_changed():
    table = effekt.match_controls(DATA, **CALL).unit_table()
    arrays = [one for name in table.__slots__ if isinstance(one := getattr(table, name), np.ndarray)]
    assert len(arrays) >= 6
    for one in arrays:
        with pytest.raises(ValueError, match="read-only"):
            one[:1] = one[1:2]


@pytest.mark.parametrize(
    ("method", "chosen", "more"),
    [
        ("randomized_trial", {"draws": 99}, {"treatment": "served", "inference": "randomization", "rng": 1}),
        ("synthetic_control", {"penalty": 0.5}, {"treated": 0, "first_treated": 2013, "period": "year"}),
        ("staggered_adoption", {"anticipation": 1}, {"start": "start"}),
    ],
)
def test_a_number_of_numpy_is_recorded_as_the_same_number_of_python(method, chosen, more):
    panel = {
        "unit": [i for i in range(12) for _ in range(5)],
        "year": [2010 + k % 5 for k in range(60)],
        "start": [start for i in range(12) for start in [2013 if i % 2 else None] * 5],
        "served": [1, 0] * 30,
        "days": [float((7 * k) % 11) for k in range(60)],
    }
    rows = {} if method == "randomized_trial" else {"unit": "unit", "time": "year"}
    estimate = getattr(effekt, method)
    plain = estimate(panel, outcome="days", **rows, **more, **chosen)
    numpy = estimate(panel, outcome="days", **rows, **more, **{name: np.array(one)[()] for name, one in chosen.items()})
    assert (numpy.to_json(), numpy.summary()) == (plain.to_json(), plain.summary())


def test_a_result_can_be_copied_and_sent_to_another_process():
    match = effekt.match_controls(DATA, **CALL)
    assert copy.deepcopy(match) == match == pickle.loads(pickle.dumps(match))
    assert effekt.Match.from_json(match.to_json()) == match
