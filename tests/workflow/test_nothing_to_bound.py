"""Outcomes that are missing where nothing can be bounded: no bounds are asked for, and elsewhere they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from deciding import read_decided
from every_check import Result
from held_against import faults
from workflow.test_otherwise import TRIAL

import effekt
from effekt import workflow
from effekt._serialize import encode
from effekt._text import Text
from effekt.certificates import DEMO_KEY
from effekt.result import Diagnostic, EffectSet

TEST, BOUNDS = "differential_attrition", ("lee_bounds", "manski_bounds")
RANGES = (None, (0, 20))
LOST = 3  # the row whose outcome is missing


def _people() -> dict[str, list[Any]]:
    """24 people, every other one treated; their pairs, blocks and clusters."""
    every = range(24)
    return {
        "y": [float((5 * i) % 11 + i % 2) for i in every],
        "d": [i % 2 for i in every],
        "r": [int(i % 2 and i % 8 != 1) for i in every],
        "w": [1.0, 2.0, 1.5] * 8,
        "e": [float(1 + i % 5) for i in every],
        "q": [0.5, 0.4] * 12,
        "b": [f"b{i % 4 // 2}" for i in every],
        "p": [f"p{i // 2}" for i in every],
        "c": [f"c{i % 2}{i % 12}" for i in every],
        "s": ["k" if i < 12 else "m" for i in every],
    }


ROLES: Mapping[str, Any] = {
    "w": {"weights": {"column": "w", "kind": "sampling"}},
    "e": {"exposure": "e", "adjustment": "none"},
    "q": {"probability": "q", "adjustment": "lin"},
    "b": {"block": "b"},
    "p": {"pairs": "p"},
    "c": {"cluster": "c"},
}
"""A column that the design rests on, with the arguments of such a design."""
WITHOUT_PLACE: Mapping[str, tuple[str, Mapping[int, Any]]] = {
    **{f"no {name}": (name, {LOST: None}) for name in ROLES},
    "a block of one arm": ("b", {LOST: "lone", 5: "lone"}),
    "a pair of one": ("p", {LOST: "alone", LOST - 1: "other"}),
    "a block of one arm whose other row is seen": ("b", {LOST: "lone", 7: "lone"}),
}


def _lost(column: str, changes: Mapping[int, Any]) -> dict[str, list[Any]]:
    """The people with other cells in a column, and one without an outcome."""
    data = _people()
    data["y"][LOST] = None
    for row, value in changes.items():
        data[column][row] = value
    return data


def _called(method: str, column: str | None, limits: tuple[int, int] | None) -> dict[str, Any]:
    call = {"outcome": {"column": "y", "unit": "days", "better": "lower"}, "treatment": "d", "missing": "drop"}
    own = {"complier_effect": {"received": "r"}, "randomized_trials": {"subgroup": "s"}}.get(method, {})
    return {**call, **own, **ROLES.get(column or "", {}), **({} if limits is None else {"outcome_range": limits})}


def _members(result: Result) -> tuple[Any, ...]:
    return result.effects if isinstance(result, EffectSet) else (result,)


def _names(result: Result) -> set[str]:
    return {check.name for one in _members(result) for check in one.diagnostics}


def _without(result: Result, *names: str) -> Result:
    """The result from which a signer took these checks."""
    if isinstance(result, EffectSet):
        return replace(result, effects=tuple(_without(one, *names) for one in result.effects))
    return replace(result, diagnostics=tuple(check for check in result.diagnostics if check.name not in names))


METHODS = ("randomized_trial", "randomized_trials", "complier_effect")
LACKING = "lack other values that the design rests on"
LACKING_SV = "också saknar andra värden som uppläggningen vilar på"
WHY: Mapping[str, tuple[str, str]] = {
    **{f"no {name}": (LACKING, LACKING_SV) for name in ROLES},
    "a block of one arm": ("are in blocks without rows in both arms", "finns i block utan rader i båda grupperna"),
    "a pair of one": ("are in pairs without rows in both arms", "finns i par utan rader i båda grupperna"),
}


def _said(result: Result) -> list[Text]:
    return [check.statement for one in _members(result) for check in one.diagnostics if check.name == TEST]


@pytest.mark.parametrize("case", WITHOUT_PLACE)
@pytest.mark.parametrize("method", METHODS)
def test_why_nobody_without_an_outcome_has_a_place_is_said(method: str, case: str) -> None:
    column, changes = WITHOUT_PLACE[case]
    honest = getattr(effekt, method)(_lost(column, changes), **_called(method, column, None))
    en, sv = WHY[case.removesuffix(" whose other row is seen")]
    told = _said(honest)
    assert told
    for one in told:
        assert one.en.endswith(f"; there is no test, since those without an outcome {en}.")
        assert one.sv.endswith(f"; det finns inget test, eftersom de som saknar utfall {sv}.")


@pytest.mark.parametrize(("column", "groups"), [("b", "blocks"), ("p", "pairs")])
def test_some_lack_a_value_and_some_are_in_a_group_of_one_arm(column: str, groups: str) -> None:
    data, call = _lost(column, {LOST: "lone", 0: None}), _called("randomized_trial", column, (0, 20))
    data["y"][0] = None
    honest = effekt.randomized_trial(data, **call)
    (told,) = _said(honest)
    assert told.en.endswith(f" {LACKING}, or are in {groups} without rows in both arms.")
    assert faults(honest, call, len(data["y"])) == []


@pytest.mark.parametrize("groups", ["blocks", "pairs"])
def test_bounds_are_asked_for_where_the_reason_is_of_groups_that_the_design_has_not(groups: str) -> None:
    data, call = _lost("w", {LOST: None}), _called("randomized_trial", "w", None)
    honest = effekt.randomized_trial(data, **call)
    (test,) = honest.diagnostics
    en, sv = WHY["a block of one arm" if groups == "blocks" else "a pair of one"]
    moved = Text(en=test.statement.en.replace(LACKING, en), sv=test.statement.sv.replace(LACKING_SV, sv))
    forged = replace(honest, diagnostics=(replace(test, statement=moved),))
    assert faults(honest, call) == []
    assert {(place, must) for _, place, _, must in faults(forged, call)} == {("diagnostics", "lee_bounds")}


@pytest.mark.parametrize("column", [None, *ROLES])
@pytest.mark.parametrize("method", METHODS)
def test_a_test_and_all_bounds_taken_away_are_told_by_the_note_that_stays(method: str, column: str | None) -> None:
    data, call = _lost("y", {}), _called(method, column, (0, 20))
    honest = getattr(effekt, method)(data, **call)
    told = faults(_without(honest, TEST, *BOUNDS, "missing_receipt", "complier_bounds"), call)
    assert ("diagnostics", TEST) in {(place, must) for _, place, _, must in told}


@pytest.mark.parametrize("method", METHODS[:2])
def test_a_test_of_missing_outcomes_without_the_note_of_them_is_told(method: str) -> None:
    data, call = _lost("y", {}), _called(method, None, None)
    honest = getattr(effekt, method)(data, **call)

    def bare(one: Any) -> Any:
        return replace(one, notes=tuple(note for note in one.notes if note.code != "missing_outcomes"))

    forged = bare(honest)
    if isinstance(honest, EffectSet):
        forged = replace(forged, effects=tuple(map(bare, honest.effects)))
    assert ("notes", "missing_outcomes") in {(place, must) for _, place, _, must in faults(forged, call)}


@pytest.mark.parametrize("limits", RANGES)
@pytest.mark.parametrize("case", WITHOUT_PLACE)
@pytest.mark.parametrize("method", METHODS)
def test_no_bounds_are_asked_for_where_nobody_without_an_outcome_has_a_place(
    method: str, case: str, limits: Any
) -> None:
    column, changes = WITHOUT_PLACE[case]
    data, call = _lost(column, changes), _called(method, column, limits)
    honest = getattr(effekt, method)(data, **call)
    assert TEST in _names(honest)
    assert not {*BOUNDS} & _names(honest)
    assert faults(honest, call, len(data["y"])) == []


@pytest.mark.parametrize("limits", RANGES)
@pytest.mark.parametrize("column", [None, *ROLES])
@pytest.mark.parametrize("method", METHODS)
def test_bounds_that_are_taken_away_are_told_where_somebody_without_an_outcome_has_a_place(
    method: str, column: str | None, limits: Any
) -> None:
    data, call = _lost("y", {}), _called(method, column, limits)
    honest = getattr(effekt, method)(data, **call)
    asked = [name for name in BOUNDS if name == "lee_bounds" or limits is not None]
    assert faults(honest, call, len(data["y"])) == []
    for name in asked:
        assert name in _names(honest)
        told = faults(_without(honest, name), call)
        assert {(place, must) for _, place, _, must in told} == {("diagnostics", name)}


@pytest.mark.parametrize("column", ["b", "c"])
def test_some_with_a_place_and_some_without_are_bounded(column: str) -> None:
    data, call = _lost(column, {LOST: None}), _called("randomized_trial", column, (0, 20))
    data["y"][8] = None
    honest = effekt.randomized_trial(data, **call)
    assert {*BOUNDS} <= _names(honest)
    assert faults(honest, call, len(data["y"])) == []
    assert faults(_without(honest, "lee_bounds"), call) != []


def _few_clusters() -> tuple[dict[str, list[Any]], dict[str, Any]]:
    """A trial of four clusters, whose test of missing outcomes has no standard error."""
    data, call = _lost("y", {}), _called("randomized_trial", "c", (0, 20))
    data["c"] = [f"c{i % 4}" for i in range(24)]
    return data, call


def test_bounds_without_a_test_for_another_reason_are_asked_for() -> None:
    data, call = _few_clusters()
    honest = effekt.randomized_trial(data, **call)
    (test,) = (check for check in honest.diagnostics if check.name == TEST)
    assert test.values["test"] is None
    assert faults(honest, call, len(data["y"])) == []
    assert faults(_without(honest, *BOUNDS), call) != []


@pytest.mark.parametrize("limits", RANGES)
def test_a_range_bounds_also_the_few_that_are_seen(limits: Any) -> None:
    """Of a design by its own estimator, of which an arm has a single outcome: no trimming, and worst cases."""
    data, call = _people(), _called("randomized_trial", "b", limits)
    data["b"] = ["b"] * 24
    data["y"] = [None if i % 2 and i > 1 else value for i, value in enumerate(data["y"])]
    honest = effekt.randomized_trial(data, **call)
    assert [check.name for check in honest.diagnostics] == [TEST, *BOUNDS[1 : 1 if limits is None else 2]]
    assert faults(honest, call, len(data["y"])) == []
    if limits is not None:
        assert faults(_without(honest, "manski_bounds"), call) != []


def _as_without_place(result: Any) -> Any:
    """The result whose test a signer replaced with that of people without a place, and whose bounds he took."""
    unplaced = effekt.randomized_trial(_lost("w", {LOST: None}), **_called("randomized_trial", "w", None))
    (words,) = (check.statement for check in unplaced.diagnostics if check.name == TEST)
    return _without(replace(result, diagnostics=tuple(_reworded(one, words) for one in result.diagnostics)), *BOUNDS)


def _reworded(check: Diagnostic, words: Text) -> Diagnostic:
    if check.name != TEST:
        return check
    return replace(check, status="information", statement=words, values={**check.values, "test": None, "p_value": None})


def test_who_needs_no_other_value_has_a_place() -> None:
    """Arms compared as they are rest on the treatment alone: who says that others were missing is told."""
    call = _called("randomized_trial", None, None)
    forged = _as_without_place(effekt.randomized_trial(_lost("y", {}), **call))
    assert ("diagnostics", "lee_bounds") in {(place, must) for _, place, _, must in faults(forged, call)}


def test_the_words_alone_do_not_say_that_nobody_has_a_place() -> None:
    """They must be those of the counts, without a test."""
    call = _called("randomized_trial", "b", None)
    honest = effekt.randomized_trial(_lost("y", {}), **call)
    forged = _as_without_place(honest)
    (test,) = (check for check in honest.diagnostics if check.name == TEST)
    (words,) = (check.statement for check in forged.diagnostics if check.name == TEST)
    kept = replace(test, statement=words)
    assert encode(test.values) == encode(kept.values)
    bare = replace(honest, diagnostics=(kept,))
    assert ("diagnostics", "lee_bounds") in {(place, must) for _, place, _, must in faults(bare, call)}


@pytest.mark.parametrize("lacking", ["months", "works"])
def test_a_certificate_of_such_a_trial_holds(tmp_path: Path, lacking: str) -> None:
    """One moved away: neither what they did nor for how long is known, or the former alone."""
    rows = [[str(int(i % 3 > i % 2)), str(i % 2), str(6 + i % 7)] for i in range(40)]
    rows[7] = ["", "1", "" if lacking == "months" else "6"]
    (tmp_path / "people.csv").write_text(
        "works,lot,months\n" + "".join(f"{','.join(row)}\n" for row in rows), encoding="utf-8"
    )
    text = TRIAL.replace("missing: drop", "exposure: months\n    missing: drop")
    (tmp_path / "contract.yaml").write_text(text, encoding="utf-8")
    read = read_decided(tmp_path / "contract.yaml")
    certificate = workflow.settle(read, date="2021-06-01").sign(DEMO_KEY)
    names = [check.name for check in certificate.results["work"].diagnostics]  # type: ignore[union-attr]
    assert names == [TEST, *(BOUNDS[:1] if lacking == "works" else ())]
    for found in (workflow.verify(certificate, contract=read), workflow.verify(certificate)):
        assert found.ok
        assert [one.name for one in found.findings if one.verdict == "different"] == []
