"""The unit ledger of a table: against counting by hand, and whatever contradicts itself refused by row."""

from __future__ import annotations

import datetime
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

import effekt
from effekt.diagnostics import ledger_from_table, unit_ledger
from effekt.diagnostics.ledger import STEPS
from effekt.exceptions import ArgumentError, DataError

PEOPLE = {
    "id": [1, 2, 3, 4, 5, 6],
    "fits": [1, 1, 1, 0, 1, 1],
    "lot": ["2024-02-01", "2024-02-01", "2024-02-02", None, None, "2024-02-05"],
    "seen": ["2024-08-01", None, "2024-08-03", None, None, "2024-08-01"],
    "why": [None, "moved", None, "too old", "declined", None],
    "group": [1, 1, 0, None, None, 0],
}
STEP_COLUMNS = {"eligible": "fits", "assigned": "lot", "analysed": "seen"}


def ledger(changes=None, **call):
    data = {**PEOPLE, **(changes or {})}
    return ledger_from_table(data, **{"steps": STEP_COLUMNS, "reason": "why", "arm": "group", "unit": "id", **call})


def test_a_table_gives_the_ledger_of_its_counts():
    assert ledger() == unit_ledger(
        {
            "referred": 6,
            "eligible": 5,
            "assigned": {"treated": 2, "control": 2},
            "analysed": {"treated": 1, "control": 2},
        },
        losses={
            "eligible": {"too old": 1},
            "assigned": {"declined": 1},
            "analysed": {"moved": {"treated": 1, "control": 0}},
        },
    )


def test_without_an_arm_there_is_one_for_all():
    found = ledger(arm=None)
    assert found.statement.sv == (
        "6 anvisade, 5 behöriga, 4 tilldelade en grupp, 3 analyserade; varje bortfall har en orsakskod."
    )
    assert set(found.table["arm"]) == {"all"}
    assert found.values["n_lost"] == 3


def test_steps_before_assignment_need_no_arm():
    found = ledger(steps={"eligible": "fits"}, arm=None, changes={"why": [None, None, None, "too old", None, None]})
    assert (found.values["referred"], found.values["eligible"]) == (6, 5)


def test_flags_and_days_of_every_kind_are_one_thing(tmp_path):
    days = [None if day is None else datetime.date.fromisoformat(day) for day in PEOPLE["lot"]]
    flags = [True, True, True, False, True, True]
    assert ledger({"lot": days, "fits": flags}) == ledger()
    rows = zip(*PEOPLE.values(), strict=True)
    lines = [";".join("" if cell is None else str(cell) for cell in row) for row in rows]
    (tmp_path / "people.csv").write_text("\n".join([";".join(PEOPLE), *lines]) + "\n", encoding="utf-8")
    table = effekt.read_table(tmp_path / "people.csv", delimiter=";")
    assert ledger_from_table(table, steps=STEP_COLUMNS, reason="why", arm="group") == ledger()


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 1), st.integers(0, 2)), min_size=1, max_size=30))
def test_every_row_is_counted_once(rows):
    """(how many steps after referral, arm, reason): the totals are those of counting row by row."""
    names = STEPS[1:]
    data = {name: [int(came > place) for came, _, _ in rows] for place, name in enumerate(names)}
    data["why"] = [None if came == 5 else f"r{reason}" for came, _, reason in rows]
    data["group"] = [f"g{arm}" if came >= 3 else None for came, arm, _ in rows]
    found = ledger_from_table(data, steps={name: name for name in names}, reason="why", arm="group")
    for place, name in enumerate(STEPS):
        assert found.values[name] == sum(came >= place for came, _, _ in rows)
    table = [row for row in zip(*found.table.values(), strict=True) if row[4]]
    lost = sorted((step, arm, reason, n) for step, arm, kind, reason, n in table if kind == "lost")
    by_hand = {}
    for came, arm, reason in rows:
        if came < 5:
            key = (names[came], f"g{arm}" if came >= 3 else "all", f"r{reason}")
            by_hand[key] = by_hand.get(key, 0) + 1
    assert lost == sorted((*key, n) for key, n in by_hand.items())
    order = random.Random(len(rows)).sample(range(len(rows)), len(rows))
    shuffled = {name: [column[place] for place in order] for name, column in data.items()}
    again = ledger_from_table(shuffled, steps={name: name for name in names}, reason="why", arm="group")
    assert again.to_json() == found.to_json()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"seen": ["2024-08-01", None, "2024-08-03", None, "2024-08-09", "2024-08-01"]},
            "Column 'seen' must say 'analysed' only of who was 'assigned', as column 'lot' has it; 1 row did not, the "
            "first at row 5. Correct the step that is wrong.",
        ),
        (
            {"why": [None, None, None, "too old", "declined", None]},
            "Column 'why' must hold a reason for everyone who was not 'analysed'; 1 row did not, the first at row 2. "
            "Give the reason code, or correct the steps.",
        ),
        (
            {"why": ["moved", "moved", None, "too old", "declined", "moved"]},
            "Column 'why' must be empty for everyone who was 'analysed'; 2 rows did not, the first at row 1. Remove "
            "the reason, or correct the steps.",
        ),
        (
            {"seen": ["2024-01-01", None, "2024-08-03", None, None, "2024-08-01"]},
            "Column 'seen' must hold no day before that of 'assigned' in column 'lot'; 1 row did not, the first at row "
            "1. Correct the day that is wrong.",
        ),
        (
            {"group": [1, 1, None, None, None, 0]},
            "Column 'group' must name an arm for everyone who was 'assigned'; 1 row did not, the first at row 3. Give "
            "the arm.",
        ),
        (
            {"group": [1, 1, 0, 1, None, 0]},
            "Column 'group' must be empty for everyone who was not 'assigned'; 1 row did not, the first at row 4. "
            "Remove the arm, or correct the step.",
        ),
        (
            {"fits": [1, 2, 1, 0, 1, 1]},
            "Column 'fits' must hold 1 or 0, or the day of the step (YYYY-MM-DD) or nothing; 1 row did not, the first "
            "at row 2. Recode it.",
        ),
        (
            {"id": [1, 2, 3, 4, 5, 5]},
            "Column 'id' must name each row once; 1 row repeated an earlier one, the first at row 6. Give each person "
            "one row.",
        ),
    ],
)
def test_rows_that_contradict_themselves_are_refused(changes, sentence):
    with pytest.raises(DataError) as error:
        ledger(changes)
    assert str(error.value) == sentence


def test_notes_about_single_persons_are_no_codes():
    with pytest.raises(DataError) as error:
        ledger({"why": [None, "x" * 61, None, "too old", "declined", None]})
    assert str(error.value) == (
        "Column 'why' must hold codes of at most 60 characters; 1 row did not, the first at row 2. Give each reason a "
        "short code."
    )
    ledger({"why": [None, "x" * 60, None, "too old", "declined", None]})
    many = {"seen": [0] * 41, "why": [f"note {i}" for i in range(41)]}
    with pytest.raises(DataError) as error:
        ledger_from_table(many, steps={"analysed": "seen"}, reason="why")
    assert str(error.value) == (
        "Column 'why' must hold at most 40 reason codes, since they are shown; it has 41. Put reasons together under "
        "codes."
    )
    fewer = {name: column[:40] for name, column in many.items()}
    assert ledger_from_table(fewer, steps={"analysed": "seen"}, reason="why").values["n_lost"] == 40


def test_who_was_not_referred_is_refused():
    with pytest.raises(DataError) as error:
        ledger(
            {"came": [1, 1, 1, 1, 1, 0], "seen": [*PEOPLE["seen"][:5], None], "why": [*PEOPLE["why"][:5], "lost"]},
            steps={"analysed": "seen", "referred": "came", "assigned": "lot"},
        )
    assert str(error.value) == (
        "Column 'came' must say that everyone was referred; 1 row did not, the first at row 6. Leave the others out."
    )


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (
            {"steps": {}},
            "`steps` must map a step to the column that says who reached it, such as {'analysed': 'measured'}; got {}.",
        ),
        (
            {"steps": {"eligable": "fits"}},
            "`steps` must be 'referred', 'eligible', 'consented', 'assigned', 'followed' or 'analysed'; got "
            "'eligable'. Did you mean 'eligible'?",
        ),
        (
            {"steps": {"referred": "fits"}},
            "`steps` must name a step after 'referred', such as 'analysed'; it names none.",
        ),
        ({"arm": "why"}, "Column 'why' must play one role; it is named as `reason` and `arm`."),
        ({"reason": 3}, "`reason` must be a column name; got 3."),
        (
            {"steps": {"eligible": "fits"}},
            "`arm` needs one of the steps assigned, followed or analysed; name the column of one, or leave `arm` out.",
        ),
    ],
)
def test_calls_that_are_refused(call, sentence):
    with pytest.raises(ArgumentError) as error:
        ledger(**call)
    assert str(error.value) == sentence
