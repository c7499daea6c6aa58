"""Bad input to trials and matches: one table of cases, each with the exact sentence a user reads."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

import effekt
from effekt.exceptions import ArgumentError, DataError, EffektError, InferenceUnavailableError

PEOPLE = {
    "person": [f"19{60 + i}0101-123{i % 10}" for i in range(16)],
    "insats": [1, 0, 0, 0] * 4,
    "fick": [1, 0, 0, 1] * 2 + [1, 0, 0, 0] * 2,
    "inkomst": [21_417.5 + 913.25 * ((7 * k) % 32) for k in range(16)],
    "ålder": [31.5, 33.25, 47.75, 52.5, 38.5, 36.25, 29.75, 44.5, 41.5, 40.25, 35.75, 58.5, 45.5, 46.25, 27.75, 61.5],
    "kontor": [f"kontor{i // 4 * 2 + (i % 4 == 0)}" for i in range(16)],
    "två": [f"enhet{int(i % 4 == 0)}" for i in range(16)],
    "fyra": [f"enhet{int(i % 4 == 0)}{i // 8}" for i in range(16)],
}


def trial(data: Any = PEOPLE, **options: Any) -> Callable[[], Any]:
    return lambda: effekt.randomized_trial(data, outcome="inkomst", treatment="insats", **options)


def match(data: Any = PEOPLE, **options: Any) -> Callable[[], Any]:
    given = {"unit": "person", "treatment": "insats", "covariates": "ålder"}
    return lambda: effekt.match_controls(data, **(given | options))


def compliers(data: Any = PEOPLE, **options: Any) -> Callable[[], Any]:
    given = {"outcome": "inkomst", "treatment": "insats", "received": "fick"}
    return lambda: effekt.complier_effect(data, **(given | options))


def columns(**cells: list[Any]) -> dict[str, list[Any]]:
    return {**PEOPLE, **cells}


class Case(NamedTuple):
    """What is done, which error it is, and what it says."""

    call: Callable[[], Any]
    error: type[EffektError]
    sentence: str


CONSTANT = [40.0 if treated else age for treated, age in zip(PEOPLE["insats"], PEOPLE["ålder"], strict=True)]
MIXED = [1, 1, *PEOPLE["insats"][2:]]

CASES: dict[str, Case] = {
    "covariate constant within an arm": Case(
        trial(columns(ålder=CONSTANT), covariates="ålder"),
        DataError,
        "Column 'ålder' must vary within the treated arm; it holds one value there. Leave it out, or choose "
        "adjustment='additive'.",
    ),
    "one cluster per arm": Case(
        lambda: trial(cluster="två")().p_value(),
        InferenceUnavailableError,
        "Cluster-robust inference needs at least two clusters in each arm; the treated arm has one. With one "
        "cluster in each arm no inference can tell the effect from what sets the two apart.",
    ),
    "four clusters": Case(
        lambda: trial(cluster="fyra")().confidence_interval(),
        InferenceUnavailableError,
        "Cluster-robust inference needs at least six clusters; there are 4. Choose inference='randomization' or "
        "'wild_bootstrap'; with so few clusters its two-sided p is at least 1/3 or 1/8.",
    ),
    "a cluster that received two treatments": Case(
        trial(columns(insats=MIXED), cluster="kontor"),
        DataError,
        "Column 'insats' must hold one value within each cluster of column 'kontor'; 1 cluster did not, the "
        "first at row 2. Correct the data, or leave `cluster` out if clusters were not assigned as a whole.",
    ),
    "no pair within the calipers": Case(
        match(calipers={"ålder": 0.001}),
        DataError,
        "`calipers` must leave some treated unit with a control; none of 4 has one. Widen them, or conclude "
        "that the groups cannot be compared.",
    ),
    "no common support": Case(
        match(discard=(0.4999, 0.5)),
        DataError,
        "`discard` must leave units in both arms; no treated unit has a probability of treatment from 0.4999 to "
        "0.5. Widen the limits, or conclude that the groups cannot be compared.",
    ),
    "separation": Case(
        match(columns(ålder=[20.0 + i if d else 90.0 + i for i, d in enumerate(PEOPLE["insats"])]), discard="both"),
        DataError,
        "Column 'ålder' must not separate treated from controls; each of its values among the "
        "treated is at most the smallest among the controls. Leave it out of `covariates`.",
    ),
    "a dose as receipt": Case(
        compliers(columns(fick=[2, *PEOPLE["fick"][1:]])),
        DataError,
        "Column 'fick' must hold 0 (did not receive the treatment) or 1 (received it); 1 row did not, the "
        "first at row 1. Recode it, and say in the plan from which dose on the treatment counts as received.",
    ),
    "controls receive as often as the treated": Case(
        compliers(columns(fick=[1] * 16)),
        DataError,
        "Column 'fick' must be 1 for a larger share of those assigned to treatment than of the controls, or "
        "there are no compliers; the shares are 1 and 1. Check which column is assignment and which is "
        "receipt, or use randomized_trial.",
    ),
    "receipt is assignment": Case(
        compliers(received="insats"),
        ArgumentError,
        "Column 'insats' must play one role; it is named as `treatment` and `received`.",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_sentence_is_exact(name):
    call, error, sentence = CASES[name]
    with pytest.raises(EffektError) as refusal:
        call()
    assert type(refusal.value) is error
    assert str(refusal.value) == sentence


@pytest.mark.parametrize("name", CASES)
def test_no_message_tells_what_is_in_the_data(name):
    units = {cell for column in ("person", "kontor", "två", "fyra") for cell in PEOPLE[column]}
    assert not [unit for unit in units if unit in CASES[name].sentence]
    assert not [cell for cell in PEOPLE["inkomst"] if str(cell) in CASES[name].sentence]


def test_a_treated_unit_without_a_match_is_counted_and_changes_the_estimand():
    found = match(calipers={"ålder": 1.0})()
    assert (found.counts.matched, found.counts.unmatched) == (1, 3)
    (note,) = [note for note in found.notes if note.code == "unmatched"]
    assert note.text.en == (
        "3 of 4 treated units have no control and are left out, so the estimand changed from the effect on the treated "
        "(ATT) to the ATT among the matched."
    )
    assert note.text.sv == (
        "3 av 4 behandlade enheter saknar kontroll och är uteslutna, så det som skattas är inte längre effekten på "
        "alla behandlade (ATT) utan på de matchade."
    )


def test_a_summary_of_a_match_names_its_calipers_and_its_cap():
    found = match(calipers={"ålder": 2.5}, replace=True, reuse=2)()
    first_en, first_sv = (found.summary(lang).splitlines()[0] for lang in ("en", "sv"))
    assert first_en.endswith("with replacement, each used at most 2 times, at most 2.500 apart in ålder.")
    assert first_sv.endswith("med återläggning, var och en använd högst 2 gånger, högst 2,500 ifrån varandra i ålder.")


def test_treatment_received_by_controls_is_told_and_does_not_move_the_comparison():
    effects = compliers()()
    assert effects["ITT"].estimate == trial()().estimate
    said = " ".join(note.text.en for note in effects["CACE"].notes)
    assert "Compliers are 83.3%; 16.7% receive the treatment and 0.0% do not, whatever they are assigned." in said
    assert math.isfinite(effects["CACE"].estimate)
