"""People who stand in their own unit and once more in one called as a total is: a note tells it."""

from __future__ import annotations

import numpy as np
import pytest

import effekt

NAMES = [f"K{letter}" for letter in "ABCDEFGHIJ"]


def people(total):
    """Other people in each year, each also in a unit of the nation if it is named."""
    draw = np.random.default_rng(1)
    rows = []
    for unit in NAMES:
        for year in range(2014, 2019):
            treated = unit < "KD" and year >= 2017
            for value in np.round(draw.normal(10, 1, 6) - 2 * treated, 1).tolist():
                rows.append((unit, year, value, int(treated), 2017 if unit < "KD" else 0))
                if total is not None:
                    rows.append((total, year, value, 0, 0))
    return dict(zip(("unit", "year", "y", "d", "start"), map(list, zip(*rows, strict=True)), strict=True))


def notes_of_people(total):
    """The codes of the notes of each design of repeated cross-sections."""
    data = people(total)
    call = {"outcome": "y", "unit": "unit", "time": "year", "sampling": "repeated_cross_sections"}
    results = (
        effekt.difference_in_differences(data, treatment="d", **call),
        effekt.event_study(data, treatment="d", **call),
        effekt.staggered_adoption(data, start="start", never=0, aggregate="simple", **call),
    )
    return [[note.code for note in result.notes] for result in results]


@pytest.mark.parametrize("total", ["Riket", "0000", "Totalt"])
def test_cross_sections_tell_an_untreated_unit_called_so(total):
    assert all(codes.count("called_a_total") == 1 for codes in notes_of_people(total))


@pytest.mark.parametrize("total", [None, "KZ"])
def test_cross_sections_of_other_units_tell_none(total):
    assert not any("called_a_total" in codes for codes in notes_of_people(total))


def pupils(total, arm=0):
    """Pupils of twelve schools, each also in a cluster of all if it is named."""
    draw = np.random.default_rng(2)
    rows = []
    for school in range(12):
        for value in np.round(draw.normal(10 - 2 * (school % 2), 1, 5), 1).tolist():
            rows.append((f"School {school}", school % 2, value))
            if total is not None:
                rows.append((total, arm, value))
    return dict(zip(("school", "d", "y"), map(list, zip(*rows, strict=True)), strict=True))


@pytest.mark.parametrize(("total", "arm", "told"), [("Totalt", 0, True), ("Totalt", 1, False), (None, 0, False)])
def test_a_trial_tells_a_cluster_of_controls_called_so(total, arm, told):
    found = effekt.randomized_trial(pupils(total, arm), outcome="y", treatment="d", cluster="school")
    notes = {note.code: note.text for note in found.notes}
    assert ("called_a_total" in notes) == told
    if told:
        assert notes["called_a_total"].en.startswith("Compared with, among others: Totalt, as a total")
    assert "called_a_total" not in [
        note.code for note in effekt.randomized_trial(pupils(total, arm), outcome="y", treatment="d").notes
    ]
