"""Heaping of spell lengths: by hand, against scipy's binomial, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

import effekt
from effekt.diagnostics import heaping

LENGTHS = [*[12] * 8, *[13] * 6, *[14] * 19, *[15] * 5, *[16] * 5, 3, 40]


def test_the_ratio_and_the_words():
    found = heaping(LENGTHS)
    assert found.status == "warning"
    assert found.values == {
        "at": 14,
        "count": 19,
        "neighbours": 6.0,
        "ratio": 19 / 6,
        "p_value": pytest.approx(binomtest(19, 43, 0.2, alternative="greater").pvalue, rel=1e-10),
    }
    assert found.table == {"days": (12, 13, 14, 15, 16), "spells": (8, 6, 19, 5, 5)}
    assert found.statement.en == (
        "Ended sick periods of 14 days: 19, against a mean of 6.0 for each of the 2 lengths on either side: more "
        "than chance gives (p = 0.000279)."
    )
    assert found.statement.sv == (
        "Avslutade sjukperioder på 14 dagar: 19, mot i genomsnitt 6,0 för var och en av de 2 längderna på vardera "
        "sidan: fler än slumpen ger (p = 0,000279)."
    )


def test_one_length_on_either_side_is_no_plural():
    found = heaping([13, 14, 14, 14, 15], width=1)
    assert found.statement.en == (
        "Ended sick periods of 14 days: 3, against a mean of 1.0 for the length on either side: no evidence of heaping "
        "(p = 0.210)."
    )
    assert found.statement.sv == (
        "Avslutade sjukperioder på 14 dagar: 3, mot i genomsnitt 1,0 för längden på vardera sidan: inget som talar för "
        "en anhopning (p = 0,210)."
    )


def test_no_heap_is_no_evidence_only():
    found = heaping([12, 13, 14, 15, 16])
    assert found.status == "ok"
    assert "no evidence of heaping" in found.statement.en
    assert "inget som talar för en anhopning" in found.statement.sv


def test_no_spell_near_by():
    found = heaping([3, 40])
    assert (found.status, found.values["ratio"], found.values["p_value"]) == ("information", None, 1.0)
    assert found.statement.en == "No ended sick period lasted 12 to 16 days; heaping cannot be looked for."


@given(lengths=st.lists(st.integers(1, 20), max_size=60), at=st.integers(4, 15), width=st.integers(1, 3))
def test_the_exact_tail(lengths, at, width):
    found = heaping(lengths, at=at, width=width)
    near = [length for length in lengths if abs(length - at) <= width]
    if near:
        expected = binomtest(near.count(at), len(near), 1 / (2 * width + 1), alternative="greater").pvalue
        assert found.values["p_value"] == pytest.approx(expected, rel=1e-10)
    assert found.to_json() == heaping(sorted(lengths), at=at, width=width).to_json()


GIVE, CORRECT = "Give the days of spells that have ended.", "Correct or leave it out."


@pytest.mark.parametrize(
    ("lengths", "options", "sentence"),
    [
        *[
            (bad, {}, f"`lengths` must hold whole numbers from 1; the first row that does not is row {row}. {GIVE}")
            for bad, row in (([0], 1), ([14, 1.5], 2), ([14, 14, -1], 3), ([True], 1))
        ],
        *[
            ([14, bad], {}, f"`lengths` must hold finite numbers; the first row that does not is row 2. {CORRECT}")
            for bad in (float("nan"), float("inf"))
        ],
        (
            ["14"],
            {},
            "`lengths` must hold numbers, one for each row; the first row that does not is row 1. It looks like "
            "numbers written as text; convert the column to numbers.",
        ),
        ([[14]], {}, "`lengths` must have one dimension and at least one row; its shape is (1, 1)."),
        ([1], {"width": 0}, "`width` must be an integer of at least 1; got 0."),
        ([1], {"at": 2}, "`at` must be an integer of at least 3; got 2."),
    ],
)
def test_what_is_refused(lengths, options, sentence):
    with pytest.raises(effekt.ArgumentError) as refused:
        heaping(lengths, **options)
    assert str(refused.value) == sentence
