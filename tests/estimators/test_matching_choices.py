"""No choice is ignored: each that a method reads changes something, each that it does not read is refused."""

from __future__ import annotations

import functools

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import effekt
from effekt.estimators.matching.methods import METHODS, NEUTRAL
from effekt.estimators.matching.tie_orders import _lies
from effekt.exceptions import ArgumentError

ROLES = {"unit": "unit", "treatment": "d", "covariates": ["x", "z"]}
OTHER = {
    "exact": ["e"],
    "tie_orders": 2,
    "distance": "mahalanobis",
    "propensity": "probit",
    "caliper": 0.05,
    "calipers": {"x": 0.5},
    "ratio": 2,
    "min_controls": 1,
    "max_controls": 2,
    "replace": True,
    "reuse": 2,
    "order": "smallest",
    "discard": "both",
    "cutpoints": {"x": 2},
    "subclasses": 2,
    "moments": 2,
}
BESIDE = {
    "reuse": {"replace": True},
    "min_controls": {"ratio": 2, "min_controls": 2, "max_controls": 3},
    "max_controls": {"ratio": 2, "min_controls": 1, "max_controls": 3},
}
"""What a choice needs beside it, and what it then differs from."""
PAIRS = [(method, choice) for method in METHODS for choice in NEUTRAL]


def people(n=60):
    """Values that several share, so that ties are broken; the treated lie higher, some beyond all controls."""
    rng = np.random.default_rng(8)
    d = (rng.random(n) < 0.35).astype(int)
    return {
        "unit": [f"u{i:02d}" for i in range(n)],
        "d": d.tolist(),
        "x": np.round(2 * rng.normal(size=n) + 2 * d).tolist(),
        "z": rng.integers(0, 3, n).tolist(),
        "e": rng.integers(0, 2, n).tolist(),
    }


def found(method, **options):
    """All that a match says but its arguments."""
    base = {"subclasses": 3} if method == "subclassification" else {}
    estimand = METHODS[method].estimands[0]
    match = effekt.match_controls(people(), **ROLES, method=method, **{**base, "estimand": estimand, **options})
    said = (match.counts, match.coefficients, match.caliper_width, match.balance, match.overlap, match.cutpoints)
    return match.units_to_json(), *map(repr, said)


@functools.cache
def without(method, choice):
    """The same of a call that leaves the choice as it is."""
    return found(method, **BESIDE.get(choice, {}))


def test_every_choice_is_tried():
    assert OTHER.keys() == NEUTRAL.keys()


@pytest.mark.parametrize(("method", "choice"), PAIRS)
def test_a_choice_is_read_or_refused(method, choice):
    beside = BESIDE.get(choice, {})
    if choice in METHODS[method].reads:
        assert found(method, **{**beside, choice: OTHER[choice]}) != without(method, choice if beside else None)
    else:
        with pytest.raises(ArgumentError, match="which does not use it"):
            found(method, **{**beside, choice: OTHER[choice]})


@pytest.mark.parametrize("method", [name for name, known in METHODS.items() if "discard" in known.reads])
def test_declared_limits_are_read(method):
    assert found(method, discard=(0.3, 0.6)) != found(method)
    assert found(method, discard=["0.3", "0.6"]) == found(method, discard=(0.3, 0.6))


@pytest.mark.parametrize("choice", ["order", "tie_orders"])
def test_nothing_waits_and_no_tie_is_broken_where_controls_are_shared_without_limit(choice):
    with pytest.raises(ArgumentError, match=f"`{choice}` must be .* with replace=True"):
        found("nearest", replace=True, **{choice: OTHER[choice]})
    assert found("nearest", replace=True, reuse=2, **{choice: OTHER[choice]}) != found("nearest", replace=True, reuse=2)


def test_where_the_interval_alone_moves_that_is_said():
    """Every control is taken in every order, so that who is paired with whom moves the spread between pairs alone."""
    data = {
        "unit": [f"p{i:02d}" for i in range(16)],
        "d": [1, 0] * 8,
        "x": [i // 8 for i in range(16)],
        "y": [float((7 * i) % 16) for i in range(16)],
    }
    roles = {"unit": "unit", "treatment": "d", "covariates": "x", "distance": "mahalanobis", "tie_orders": 5}
    effect = effekt.matched_comparison(data, match=effekt.match_controls(data, **roles), outcome="y", variance="CR2")
    (ties,) = (one for one in effect.diagnostics if one.name == "tie_orders")
    assert ties.status == "warning"
    assert ties.statement.en == (
        "Ties were broken by the keyed order of units; over 6 such orders the effect (treated − counterfactual, "
        "in the outcome's unit) is −1.000. The lower end of its 95% interval lies between −8.370 "
        "and −7.062, the upper end lies between 5.062 and 6.370."
    )
    assert ties.statement.sv == (
        "Lika nära kontroller valdes efter en nyckelordning av enheterna; över 6 sådana ordningar gäller att effekten "
        "(behandlade − kontrafaktiskt, i utfallets enhet) är −1,000. Den nedre gränsen för dess "
        "95 %-intervall ligger mellan −8,370 och −7,062, den övre ligger mellan 5,062 och 6,370."
    )


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (-13.83, -13.83, "is −13.83"),
        (-13.83, -13.83 + 1e-12, "is −13.83"),
        (-13.8312, -13.8304, "lies between −13.831 and −13.830"),
        (1.0, 2.0, "lies between 1.000 and 2.000"),
    ],
)
def test_a_range_is_told_with_digits_enough_to_tell_its_ends_apart(low, high, said):
    assert _lies(low, high, "en") == said


def test_the_estimate_lies_within_its_range_over_tie_orders_at_any_level() -> None:
    """Means of a level of a billion have seven decimals, and their difference as floats is off in the eighth."""
    outcomes = [1e9 + (37 * i % 100) / 10 for i in range(30)]
    data = {"u": list(range(30)), "d": [1, 0, 0] * 10, "x": [0] * 15 + [1] * 15, "y": outcomes}
    roles = {"unit": "u", "treatment": "d", "covariates": "x", "distance": "mahalanobis", "tie_orders": 5}
    effect = effekt.matched_comparison(data, match=roles, outcome="y")
    assert effect.means.value("difference") != effect.estimate
    (ties,) = (one for one in effect.diagnostics if one.name == "tie_orders")
    assert ties.values["min"] <= effect.estimate <= ties.values["max"]
    assert round(ties.values["min"], 9) == ties.values["min"]


FORMS = (dict, pd.DataFrame, pl.DataFrame, pa.table)


@pytest.mark.parametrize(
    ("options", "compared"),
    [
        ({"caliper": 0.5, "exact": ["e"], "ratio": 2, "tie_orders": 3}, {}),
        ({"replace": True}, {"variance": "abadie_imbens", "bias_adjustment": ["x"]}),
        ({"replace": True, "reuse": 2, "tie_orders": 2}, {}),
        ({"method": "optimal", "distance": "mahalanobis", "tie_orders": 2}, {}),
    ],
)
def test_a_hundred_orders_of_the_rows_in_any_form_of_table_give_the_same_bytes(options, compared):
    data, rng = people(), np.random.default_rng(12)
    data["y"] = [round(float(value), 2) for value in rng.normal(size=60)]
    assert len(set(zip(data["x"], data["z"], strict=True))) < 30  # so that scores are tied
    found = set()
    for number in range(100):
        order = rng.permutation(60)
        table = FORMS[number % 4]({name: [column[row] for row in order] for name, column in data.items()})
        match = effekt.match_controls(table, **ROLES, **options)
        effect = effekt.matched_comparison(table, match=match, outcome="y", **compared)
        found.add((match.to_json(), match.units_to_json(), effect.to_json()))
    assert len(found) == 1


@pytest.mark.parametrize(
    ("estimand", "whom", "left", "wen", "lämnade"),
    [
        ("ATT", "controls", "treated units", "kontroller", "behandlade enheter"),
        ("ATC", "treated units", "controls", "behandlade", "kontroller"),
        ("ATE", "units", "units", "enheter", "enheter"),
    ],
)
def test_who_is_tied_and_left_out_is_named_by_the_estimand(estimand, whom, left, wen, lämnade):
    x = [10 * place for place in range(12)]
    data = {"d": [1] * 12 + [0] * 24, "x": [*x, *(value + 1 for value in x), *(value - 2 for value in x)]}
    data |= {"u": [f"u{place:02}" for place in range(36)], "y": [place * 7 % 11 for place in range(36)]}
    match = {"unit": "u", "treatment": "d", "covariates": "x", "method": "full", "estimand": estimand}
    match |= {"calipers": {"x": 5}}
    effect = effekt.matched_comparison(data, match=match, outcome="y")
    (caliper,) = [note.text for note in effect.notes if note.code == "caliper"]
    assert caliper.en.endswith(f"within the caliper, or for the {left} that the caliper leaves out.")
    assert caliper.sv.endswith(f"inom kalipern eller de {lämnade} som kalipern utesluter.")
    (ties,) = [one.statement for one in effect.diagnostics if one.name == "tie_orders"]
    assert ties.en == f"No tie between {whom} was broken, so there is one way to match."
    assert ties.sv == f"Inga lika nära {wen} behövde väljas bort, så matchningen kan bara göras på ett sätt."
    tied = {**data, "x": [*data["x"][:12], 5, *data["x"][13:]]}
    effect = effekt.matched_comparison(tied, match=match, outcome="y")
    (ties,) = [one.statement for one in effect.diagnostics if one.name == "tie_orders"]
    assert ties.sv.startswith(f"Lika nära {wen} valdes efter en nyckelordning av enheterna; ")


def test_one_unit_outside_the_common_support_is_one():
    data = {"u": list("ABCDabcde"), "d": [1] * 4 + [0] * 5, "x": [1, 3, 6, 7, 2, 4, 5, 6, 9], "y": list(range(9))}
    match = effekt.match_controls(data, unit="u", treatment="d", covariates="x", discard="control")
    assert match.counts.discarded == 1
    (said,) = [note.text for note in match.notes if note.code == "discarded"]
    assert said.en == "1 unit lies outside the common support of the propensity and is left out."
    assert said.sv == "1 enhet ligger utanför det område där sannolikheten att behandlas överlappar, och är utesluten."
