"""A signer who takes numbers out of a check, or puts others there: each is told without data where the rest tells."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import every_check
import pytest
from every_check import Result
from held_against import faults
from workflow.test_forged_results import settled

import effekt
from effekt.certificates import DEMO_KEY, Envelope, canonical_json, sign
from effekt.certificates.certificate import Certificate
from effekt.result import Diagnostic, EffectSet, result_from_plain
from effekt.workflow.data.known_checks import GIVEN
from effekt.workflow.rules.results import result_findings
from effekt.workflow.rules.stated_tables import table_findings

Change = Callable[[Any], object]


def told(certificate: Any, design: str, change: Change) -> str:
    """What verification without data says of a result that was changed."""
    plain = copy.deepcopy(certificate.predicate["results"][design])
    change(plain)
    found = copy.copy(certificate)
    found.results = {design: result_from_plain(plain)}
    return " ".join(one.text.en for one in result_findings(found))


def _of(name: str, part: str, change: Change) -> Change:
    def changed(result: Any) -> None:
        (check,) = (one for one in result["diagnostics"] if one["name"] == name)
        change(check[part])

    return changed


def _values(name: str, **values: Any) -> Change:
    return _of(name, "values", lambda own: own.update(values))


def _without(name: str, key: str, part: str = "values") -> Change:
    return _of(name, part, lambda own: own.pop(key))


def _unwritten(*keys: str) -> Change:
    return lambda result: [result["arguments"]["match"].pop(key) for key in keys]


BALANCE, OVERLAP, SPREAD = "covariate_balance", "propensity_overlap", "weight_spread"
CHANGES: Mapping[str, tuple[str, Change, str]] = {
    "count taken away": ("matched", _without(OVERLAP, "n_treated"), f"{OVERLAP}.values.n_treated – / ≠ –"),
    "count of nobody": ("matched", _values(OVERLAP, n_treated=400), f"{OVERLAP}.values.n_treated 400 / "),
    "count of weights": ("weighted", _values(SPREAD, n_controls=400), f"{SPREAD}.values.n_controls 400 / "),
    "count of robust": ("robust", _values(OVERLAP, n_treated=400), f"{OVERLAP}.values.n_treated 400 / "),
    "rows before": ("matched", _values(BALANCE, effective_controls_before=400.0), "effective_controls_before 400.0 / "),
    "rows of robust": ("robust", _values(BALANCE, effective_controls_before=400.0), "sample.n_control 28 / 400.0"),
    "share emptied": ("matched", _values(OVERLAP, share_near=None), f"{OVERLAP}.values.share_near – / ≠ –"),
    "largest taken away": ("matched", _without(BALANCE, "largest_smd_after"), "values.largest_smd_after – / "),
    "largest": ("matched", _values(BALANCE, largest_smd_after=0.01), "values.largest_smd_after 0.01 / "),
    "threshold": ("matched", _values(BALANCE, threshold=9.0), "values.threshold 9.0 / 0.1"),
    "table taken away": ("matched", _of(BALANCE, "table", lambda own: own.clear()), "table.covariate – / ≠ –"),
    "covariates taken away": ("matched", _without(BALANCE, "covariate", "table"), "table.covariate – / ≠ –"),
    "worth taken away": ("matched", _without(BALANCE, "effective_treated_after"), "effective_treated_after – / ≠ –"),
    "worth more than there are": (
        "robust",
        _values(BALANCE, effective_controls_after=400.0),
        "effective_controls_after 400.0 / 1–28",
    ),
    "worth less than one": ("robust", _values(BALANCE, effective_treated_after=0.5), "treated_after 0.5 / 1–28"),
    "worth otherwise": ("matched", _values(BALANCE, effective_controls_after=28.0), "effective_controls 30 / 28.0"),
    "worth more than matched": ("shared", _values(BALANCE, effective_treated_after=28.0), "treated_after 28.0 / ≤ "),
    "worth of weights": ("weighted", _values(SPREAD, effective_controls=20.0), f"{SPREAD}.values.effective_controls 2"),
    "worth for each": ("robust", _values(OVERLAP, effective_controls=20.0), f"{OVERLAP}.values.effective_controls 20"),
    "distance": ("matched", _unwritten("distance"), "arguments.match.distance – / propensity"),
    "how": ("matched", _unwritten("method", "ratio"), "arguments.match.ratio – / 1"),
    "once": ("matched", _unwritten("replace"), "arguments.match.replace – / False"),
    "missing": ("plain", lambda r: r["arguments"].pop("adjustment"), "arguments.adjustment – / none"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_number_or_an_argument_that_is_changed_or_not_there_is_told(tmp_path: Any, name: str) -> None:
    design, change, said = CHANGES[name]
    certificate = settled(tmp_path, design)
    assert told(certificate, design, lambda _: None) == ""
    assert said in told(certificate, design, change)


ROWS: Mapping[str, tuple[str, int, int]] = {
    "fewer": ("did", -1, 98),
    "more": ("did", 1, 98),
    "of a mixture": ("mixture", 14, 98),
}


@pytest.mark.parametrize("name", ROWS)
def test_a_balanced_panel_has_a_row_of_each_unit_in_each_period(tmp_path: Any, name: str) -> None:
    design, more, rows = ROWS[name]
    certificate = settled(tmp_path, design)
    assert certificate.predicate["results"][design]["sample"]["n_obs"] == rows
    said = told(certificate, design, lambda result: result["sample"].update(n_obs=rows + more))
    assert f"sample.n_obs {rows + more} / {rows}" in said


@pytest.mark.parametrize(("rows", "told_of"), [(3, True), (4, False)])
def test_each_cohort_that_is_published_has_two_rows_of_the_table(tmp_path: Any, rows: int, *, told_of: bool) -> None:
    tree = copy.deepcopy(json.loads(settled(tmp_path, "published").envelope.payload))
    tree["predicate"]["data"]["cohorts"]["rows"] = rows
    made = Certificate(sign(Envelope(payload=canonical_json(tree)), DEMO_KEY))
    said = " ".join(one.text.en for one in table_findings(made))
    assert ("data.cohorts.rows 3 / ≥ 4" in said) is told_of


def test_rates_that_are_published_leave_no_row_out(tmp_path: Any) -> None:
    """Their method has no argument for rows without a value, and refuses these."""
    certificate = settled(tmp_path, "published")
    assert told(certificate, "published", lambda _: None) == ""
    said = told(certificate, "published", lambda result: result["effects"][1]["sample"].update(n_dropped=1))
    assert "sample.n_dropped 1 / 0" in said


@pytest.mark.parametrize("stated", [{}, [], [None], "", False], ids=repr)
@pytest.mark.parametrize("name", ["time", "min_per_unit", "max_per_unit"])
def test_an_argument_that_is_none_is_recorded_as_nothing_else(tmp_path: Any, name: str, stated: Any) -> None:
    certificate = settled(tmp_path, "counted")
    assert certificate.predicate["results"]["counted"]["arguments"][name] is None
    said = told(certificate, "counted", lambda result: result["arguments"].update({name: stated}))
    assert f"arguments.{name} " in said


def _parts(result: Result) -> Iterator[Result]:
    yield result
    if isinstance(result, EffectSet):
        yield from result.effects
        yield from filter(None, [result.overall])


def _honest(method: str) -> Iterator[tuple[Result, Result, Diagnostic]]:
    """Every check that a method gives by itself, with the part of the result that has it."""
    for result in every_check.results(method):
        for part in _parts(result):
            yield from ((result, part, check) for check in part.diagnostics if check.name in GIVEN[method])


def _with(result: Result, part: Result, check: Diagnostic, other: Diagnostic) -> Result:
    changed: Any = replace(part, diagnostics=tuple(other if one is check else one for one in part.diagnostics))
    if part is result or not isinstance(result, EffectSet):
        only: Result = changed
        return only
    if part is result.overall:
        return replace(result, overall=changed)
    return replace(result, effects=tuple(changed if one is part else one for one in result.effects))


READINGS = {"relative_none", "relative_difference", "relative_ratio"}
"""Of a trend: whether another reading than the one that pays exists rests on the rows."""
RESTING: Mapping[str, set[str]] = {
    "adjustment_readings": READINGS,
    "missing_receipt": {"p_value"},
    "romano_wolf": {"n_draws", "reference"},
    "composition_change": {
        f"share_{who}_{when}" for who in ("treated", "comparator") for when in ("reference", "evaluation")
    },
    "placebo_distribution": {"unit"},
}
"""By check, what all of these runs have and others lack."""


@pytest.mark.parametrize("method", every_check.METHODS)
def test_each_value_and_column_that_all_checks_of_a_name_have_is_missed_where_it_is_taken_away(method: str) -> None:
    all_of: dict[str, set[str]] = {}
    for _, _, check in _honest(method):
        names = {*check.values, *check.table}
        all_of[check.name] = all_of.get(check.name, names) & names
    silent, tried = set(), set()
    for result, part, check in _honest(method):
        call = (result.effects[0] if isinstance(result, EffectSet) else result).arguments
        for name in all_of[check.name] - RESTING.get(check.name, set()):
            if (check.name, name) in tried:
                continue
            tried.add((check.name, name))
            values = {key: value for key, value in check.values.items() if key != name}
            table = {key: column for key, column in check.table.items() if key != name}
            less = _with(result, part, check, replace(check, values=values, table=table))
            if not faults(less, call):
                silent.add((check.name, name))
    assert silent == set()
    assert len(tried) >= len(all_of)


def test_bounds_that_a_ratio_of_sums_does_not_have_are_not_missed() -> None:
    data = every_check.people(gaps=True)
    call: dict[str, Any] = {"outcome": "y", "treatment": "d", "missing": "drop"}
    ratio = effekt.randomized_trial(data, **call, exposure="e")
    (bare,) = (check for check in ratio.diagnostics if check.name == "lee_bounds")
    assert not bare.values
    assert faults(ratio, ratio.arguments) == []
    trial = effekt.randomized_trial(data, **call)
    (bounds,) = (check for check in trial.diagnostics if check.name == "lee_bounds")
    assert faults(_with(trial, trial, bounds, bare), trial.arguments)


def _tested(n: int, treated: int, periods: int = 6, **how: Any) -> tuple[Any, Diagnostic]:
    """Single units, the first of them treated in the second half, and the test of trends before."""
    spots = [(unit, time) for unit in range(n) for time in range(periods)]
    data = {
        "unit": [unit for unit, _ in spots],
        "time": [2015 + time for _, time in spots],
        "treated": [int(unit < treated and time >= periods // 2) for unit, time in spots],
        "y": [float((7 * unit * unit + 3 * time * unit + time * time) % 11) for unit, time in spots],
    }
    call: dict[str, Any] = {"outcome": "y", "unit": "unit", "time": "time", "treatment": "treated"}
    effect = effekt.difference_in_differences(data, **call, checks=["pretrend"], **how)
    (check,) = (one for one in effect.diagnostics if one.name == "pretrend")
    return effect, check


BESIDE = ({}, {"variance": "CR1S"}, {"inference": "conley_taber"}, {"inference": "permutation", "rng": 1, "draws": 199})


@pytest.mark.parametrize("how", BESIDE, ids=str)
def test_no_test_that_cannot_be_made_takes_the_place_of_one_that_can(how: dict[str, Any]) -> None:
    """Of too few degrees of freedom, too few periods, and no standard error: each right where it was made."""
    effect, check = _tested(24, 12, **how)
    assert check.values["statistic"] is not None
    assert faults(effect, effect.arguments) == []
    for n, treated, periods in ((9, 3, 6), (24, 12, 2), (30, 2, 6)):
        other, bare = _tested(n, treated, periods, **how)
        assert bare.values.get("statistic") is None
        assert faults(other, other.arguments) == []
        told = [place for _, place, *_ in faults(_with(effect, effect, check, bare), effect.arguments)]
        assert any(place.startswith("diagnostics.pretrend.values") for place in told)
        told = [place for _, place, *_ in faults(_with(other, other, bare, check), other.arguments)]
        assert any(place.startswith("diagnostics.pretrend.values") for place in told)
