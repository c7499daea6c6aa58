"""Every choice that moves a number stands in a result's summary, also where it was left at its default."""

from __future__ import annotations

import inspect
import re
import typing
from collections.abc import Mapping

import numpy as np
import pytest

import effekt
from effekt.estimators import METHODS
from effekt.estimators.matching.controls import match_controls
from effekt.result.defaults import DEFAULTS, OF_A_MATCH

PLACE = {"unit": "place", "time": "year", "period": "year"}
TREND = {"treated": ["A"], "reference_window": (2016, 2017), "evaluation_window": (2018, 2019)}
CHECKED = (
    "matched_comparison",
    "doubly_robust",
    "trend_adjusted",
    "difference_in_differences",
    "event_study",
    "staggered_adoption",
)
NOT_USED = {
    **{(method, "checks"): "further checks, recorded where they are asked for" for method in CHECKED},
    ("doubly_robust", "threshold_view"): "of the threshold of further checks",
    ("matched_comparison", "threshold_view"): "of the threshold of further checks",
    ("trend_adjusted", "level_correction"): "nothing is corrected",
    ("trend_adjusted", "placebos"): "single units, which a note says where several are treated",
    ("event_study", "wild_weights"): "no sign is turned",
    ("trend_adjusted", "own_unit"): "not declared, which a note says",
    ("trend_adjusted", "standard"): "nothing is standardised",
    ("trend_adjusted", "blocks"): "nothing is drawn in blocks",
    ("trend_adjusted", "weights"): "written as `none`, which the contract's own summary test covers",
    ("difference_in_differences", "wild_weights"): "no sign is turned",
    ("randomized_trials", "statistic"): "nothing is counted over assignments",
    ("matched_comparison", "adjustment"): "nothing is regressed",
    ("matched_comparison", "population"): "of Abadie and Imbens and of a regression alone",
    ("published_comparison", "comparison"): "not declared; moves no number, but the evidence level",
    ("staggered_adoption", "aggregate"): "effects are given one by one",
    ("match_controls", "discard"): "nobody is left out",
    (
        "randomized_trial",
        "statistic",
    ): "of randomisation inference alone, whose note says that the estimator is drawn anew",
}
"""Choices whose default means that nothing of the kind is done, and why none need be printed."""


def people():
    rng = np.random.default_rng(5)
    return {
        "id": [f"u{i:02}" for i in range(48)],
        "school": [f"s{i % 16:02}" for i in range(48)],
        "d": [int(i % 16 < 8) for i in range(48)],
        "took": [int(i % 16 < 6) for i in range(48)],
        "age": rng.integers(20, 60, 48).astype(float),
        "y": rng.normal(5, 2, 48).round(2),
    }


def places():
    rows = [(place, year) for place in "ABCDEFGH" for year in range(2014, 2020)]
    return {
        "place": [place for place, _ in rows],
        "year": [year for _, year in rows],
        "y": [round(8 + 0.3 * ord(p) % 5 + 0.1 * (y - 2013) * (ord(p) % 3 + 1), 3) for p, y in rows],
        "d": [int(place in "ABC" and year > 2016) for place, year in rows],
        "start": [2017 if place in "ABC" else 0 for place, _ in rows],
    }


def matched(**options):
    data = people()
    roles = {"unit": "id", "treatment": "d", "covariates": "age"}
    return effekt.matched_comparison(data, match=match_controls(data, **roles, **options), outcome="y")


def in_schools(method, **further):
    return METHODS[method](people(), outcome="y", treatment="d", cluster="school", **further)


RESULTS = {
    "randomized_trial": lambda: in_schools("randomized_trial"),
    "randomized_trials": lambda: effekt.randomized_trials(
        people(), outcome=["y", "age"], treatment="d", cluster="school"
    ),
    "complier_effect": lambda: in_schools("complier_effect", received="took"),
    "difference_in_differences": lambda: effekt.difference_in_differences(
        places(), outcome="y", unit="place", time="year", treatment="d"
    ),
    "event_study": lambda: effekt.event_study(places(), outcome="y", unit="place", time="year", treatment="d"),
    "doubly_robust": lambda: effekt.doubly_robust(people(), outcome="y", treatment="d", covariates="age"),
    "matched_comparison": matched,
    "match_controls": matched,
    "staggered_adoption": lambda: effekt.staggered_adoption(
        places(), outcome="y", unit="place", time="year", start="start", never="0"
    ),
    "synthetic_control": lambda: effekt.synthetic_control(
        places(), outcome="y", treated=["A"], first_treated=2018, **PLACE
    ),
    "synthetic_difference_in_differences": lambda: effekt.synthetic_difference_in_differences(
        places(), outcome="y", treated=["A"], first_treated=2018, **PLACE
    ),
    "trend_adjusted": lambda: effekt.trend_adjusted(
        places(), outcome="y", comparator="others", weights=None, **PLACE, **TREND
    ),
}


def choices_of(function):
    """Keywords that take one of some fixed words, or true and false."""
    hints = typing.get_type_hints(function)
    return [name for name in inspect.signature(function).parameters if _fixed(hints[name])]


def _fixed(hint):
    found = typing.get_origin(hint) is typing.Literal or hint is bool
    return found or any(_fixed(part) for part in typing.get_args(hint) if not isinstance(part, (str, int)))


def line_of_choices(result):
    """What the summary prints under Choices, the lines put together."""
    lines = result.summary().splitlines()
    first = next(i for i, line in enumerate(lines) if line.startswith("Choices"))
    wide = len(lines[first]) - len(lines[first].removeprefix("Choices").lstrip())
    rest = lines[first + 1 :]
    last = next((i for i, line in enumerate(rest) if line[:wide].strip()), len(rest))
    return " ".join(line[wide:] for line in [lines[first], *rest[:last]])


@pytest.mark.parametrize("method", RESULTS)
def test_every_choice_is_printed_at_its_default(method):
    names = choices_of(match_controls if method == "match_controls" else METHODS[method])
    printed = line_of_choices(RESULTS[method]())
    lacking = [name for name in names if (method, name) not in NOT_USED and not re.search(rf"\b{name}: \w", printed)]
    if method == "match_controls":
        lacking = [name for name in lacking if name != "moments"]
        assert "moments: 1" in line_of_choices(matched(method="entropy_balancing"))
    assert lacking == [], printed


def test_methods_without_a_table_here_record_theirs():
    assert set(METHODS) - set(RESULTS) == {"outcome_count", "published_comparison"}
    counted = effekt.outcome_count(people(), unit="id", outcome="d")
    assert {"statistic", "at_least", "missing"} <= set(counted.arguments)
    assert "count" in counted.summary()


@pytest.mark.parametrize(("method", "name"), [(method, name) for method in DEFAULTS for name in DEFAULTS[method]])
def test_an_unwritten_default_is_that_of_the_function(method, name):
    default = inspect.signature(METHODS[method]).parameters[name].default
    assert DEFAULTS[method][name].value == default or (name, default) == ("population", None)


def test_defaults_that_mean_nothing_are_not_printed():
    alone = effekt.randomized_trial(people(), outcome="y", treatment="d")
    assert "cluster_weighted" not in line_of_choices(alone)
    assert ", order" not in line_of_choices(matched(replace=True))
    assert "propensity: logit" not in line_of_choices(matched(method="entropy_balancing"))
    change = effekt.trend_adjusted(
        places(), outcome="y", comparator=None, weights=None, adjustment="none", **PLACE, **TREND
    )
    assert "trend: ratio_of_means" not in line_of_choices(change)
    drawn = effekt.randomized_trial(people(), outcome="y", treatment="d", inference="randomization", draws=99, rng=1)
    assert "inference: randomization" in line_of_choices(drawn)
    assert "asymptotic" not in line_of_choices(drawn)


def test_a_written_default_and_an_unwritten_one_read_alike():
    """Said or left out, the same line; nothing is added to what is recorded."""
    plain, said = in_schools("randomized_trial"), in_schools("randomized_trial", inference="asymptotic")
    assert plain.summary() == said.summary()
    assert "inference" not in plain.arguments
    assert isinstance(plain.arguments, Mapping)
    assert set(OF_A_MATCH) == {"propensity", "order", "moments"}
    later = matched(propensity="logit", order="largest")
    assert sorted(line_of_choices(later).replace("}", ",").split(", ")) == sorted(
        line_of_choices(matched()).replace("}", ",").split(", ")
    )
