"""Other reference windows and earlier years: counts and words by hand, and what is refused."""

from __future__ import annotations

import pytest

import effekt
from effekt.diagnostics import baseline_choice, placebo_in_time
from effekt.exceptions import ArgumentError

WINDOWS = {"relative": [-0.164, -0.082, 0.008], "labels": ["2014", "2014–2015", "2015"]}


def test_the_choice_of_baseline():
    found = baseline_choice(**WINDOWS, declared="2014–2015", threshold=0.12)
    assert found.status == "warning"
    assert found.values == {
        "n_windows": 3,
        "declared": -0.082,
        "min_relative": -0.164,
        "max_relative": 0.008,
        "n_larger_reduction": 1,
        "n_reaching": 1,
    }
    assert found.table == {"window": ("2014", "2014–2015", "2015"), "relative": (-0.164, -0.082, 0.008)}
    assert found.statement.en == (
        "With 3 admissible reference windows the relative change is −16.4% to 0.8%; with the declared one −8.2%. "
        "Windows that give a larger reduction: 1. Windows that reach a reduction of 12%: 1 of 3."
    )
    assert found.statement.sv.replace("\xa0", " ") == (
        "Med 3 tillåtna referensfönster är den relativa förändringen −16,4 % till 0,8 %; med det avtalade −8,2 %. "
        "Fönster som ger en större minskning: 1. Fönster som når en minskning på 12 %: 1 av 3."
    )


@pytest.mark.parametrize(
    ("relative", "threshold", "status"),
    [
        ([-0.16, -0.13, -0.2], 0.12, "information"),
        ([-0.16, -0.11, -0.2], 0.12, "warning"),
        ([-0.16, -0.11, -0.2], None, "information"),
        ([-0.16, 0.01, -0.2], None, "warning"),
        ([-0.12, -0.13, -0.2], 0.12, "information"),
    ],
)
def test_windows_that_decide_otherwise_are_a_warning(relative, threshold, status):
    assert (
        baseline_choice(relative=relative, labels=WINDOWS["labels"], declared="2014", threshold=threshold).status
        == status
    )


@pytest.mark.parametrize("declared", [-0.172, 0.0])
def test_a_change_the_wrong_way_is_no_increase_that_others_surpass(declared):
    """Of windows that all give a decrease none gives a larger increase."""
    relative = [declared - 0.01, declared, declared + 0.002]
    found = baseline_choice(relative=relative, labels=WINDOWS["labels"], declared="2014–2015", better="higher")
    assert found.statement.en.endswith("Windows more favourable than the declared one: 1.")
    assert found.statement.sv.endswith("Fönster som är förmånligare än det avtalade: 1.")


def test_where_more_is_better_all_is_mirrored():
    """Changes of the other sign: the same counts, of increases."""
    mirrored = {"relative": [-one for one in WINDOWS["relative"]], "labels": WINDOWS["labels"]}
    lower = baseline_choice(**WINDOWS, declared="2014–2015", threshold=0.12)
    higher = baseline_choice(**mirrored, declared="2014–2015", threshold=0.12, better="higher")
    assert higher.status == lower.status
    assert [higher.values[name] for name in ("n_larger_increase", "n_reaching", "declared")] == [1, 1, 0.082]
    assert higher.statement.en.endswith(
        "Windows that give a larger increase: 1. Windows that reach an increase of 12%: 1 of 3."
    )
    assert higher.statement.sv.replace("\xa0", " ").endswith(
        "Fönster som ger en större ökning: 1. Fönster som når en ökning på 12 %: 1 av 3."
    )
    earlier = placebo_in_time(**mirrored, declared=0.082, threshold=0.12, better="higher")
    assert (earlier.values["n_reaching"], earlier.values["n_as_large"]) == (1, 2)
    assert placebo_in_time(**WINDOWS, declared=0.082, threshold=0.001, better="higher").values["n_reaching"] == 1
    with pytest.raises(ArgumentError, match="`better` must be 'lower' or 'higher'; got 'more'"):
        baseline_choice(**WINDOWS, declared="2014", better="more")


def test_one_window_is_no_choice():
    found = baseline_choice(relative=[-0.1], labels=["2014"], declared="2014")
    assert found.statement.en == "The data have no other admissible reference window than the declared one."


def test_earlier_years():
    found = placebo_in_time(
        relative=[0.03, -0.13, 0.01], labels=["2011", "2012", "2013"], declared=-0.03, threshold=0.12
    )
    assert found.values == {
        "n_windows": 3,
        "declared": -0.03,
        "min_relative": -0.13,
        "max_relative": 0.03,
        "n_as_large": 2,
        "n_reaching": 1,
    }
    assert found.statement.en == (
        "With the windows moved back to 3 earlier placements, before anything had begun, the same comparison finds "
        "−13.0% to 3.0%. Changes as large as −3.0%, either way: 2. Windows that overlap are not independent. "
        "Windows that reach a reduction of 12%: 1 of 3."
    )
    assert "3 tidigare lägen" in found.statement.sv


def test_no_earlier_years():
    found = placebo_in_time(relative=[], labels=[], declared=-0.03)
    assert found.values == {"n_windows": 0, "declared": -0.03}
    assert found.statement.sv.startswith("Data når inte tillräckligt långt tillbaka")


def test_what_is_refused():
    with pytest.raises(effekt.ArgumentError) as refused:
        baseline_choice(**WINDOWS, declared="2013")
    assert str(refused.value) == "`declared` must be one of `labels`; got '2013'."
    with pytest.raises(effekt.ArgumentError) as refused:
        placebo_in_time(relative=[0.1], labels=["2011"], declared=0.1, threshold=1.2)
    assert str(refused.value) == "`threshold` must be a number between 0 and 1, ends apart; got 1.2."


def test_one_change_by_itself_is_no_list():
    with pytest.raises(ArgumentError) as refusal:
        placebo_in_time(relative=0.1, labels=["2011"], declared=0.1)
    assert str(refusal.value) == "`relative` must have one dimension and at least one row; its shape is ()."
