"""Small counts are hidden, and what is shown does not give them back."""

from collections import defaultdict
from fractions import Fraction

import pytest

from effekt.certificates.disclosure import count_text, dominated, suppress, suppress_count
from effekt.exceptions import ArgumentError


@pytest.mark.parametrize(
    ("n", "minimum", "show_zero", "shown"),
    [
        (0, 5, False, None),
        (0, 5, True, 0),
        (1, 5, True, None),
        (4, 5, False, None),
        (5, 5, False, 5),
        (9, 10, True, None),
        (10, 10, False, 10),
        (0, 0, False, 0),
        (1, 1, False, 1),
        (0, 1, False, None),
    ],
)
def test_small_counts_are_hidden(n: int, minimum: int, show_zero: bool, shown: int | None) -> None:
    assert suppress_count(n, minimum, show_zero=show_zero) == shown


def test_zero_is_hidden_by_default() -> None:
    assert suppress_count(0, 5) is None


def test_counts_as_text() -> None:
    assert count_text(None, 5) == "<5"
    assert count_text(None, 10) == "<10"
    assert count_text(1234, 10) == "1234"
    assert count_text(0, 10) == "0"


@pytest.mark.parametrize(
    ("sample", "published"),
    [
        (
            {"n_units": 203, "n_treated": 3, "n_control": 200},
            {"n_units": 203, "n_treated": "..", "n_control": ".."},
        ),
        (
            {"n_units": 203, "n_treated": 200, "n_control": 3},
            {"n_units": 203, "n_treated": "..", "n_control": ".."},
        ),
        (
            {"n_units": 8, "n_treated": 4, "n_control": 4},
            {"n_units": 8, "n_treated": "..", "n_control": ".."},
        ),
        (
            {"n_obs": 72, "n_units": 3, "n_treated": 1, "n_control": 2},
            {"n_obs": "..", "n_units": "<5", "n_treated": "..", "n_control": ".."},
        ),
        (
            {"n_units": 20, "n_treated": 8, "n_control": 12, "n_clusters": 4, "n_dropped": 0},
            {"n_units": 20, "n_treated": 8, "n_control": 12, "n_clusters": "<5", "n_dropped": "<5"},
        ),
        ({"n_treated": 3, "n_control": 200}, {"n_treated": "..", "n_control": ".."}),
        (
            {"n_units": 20, "n_treated": 3, "n_control": None},
            {"n_units": 20, "n_treated": "<5", "n_control": None},
        ),
        ({"n_obs": None, "n_units": 2}, {"n_obs": None, "n_units": "<5"}),
        ({}, {}),
    ],
)
def test_samples(sample: dict[str, int | None], published: dict[str, object]) -> None:
    result = suppress(sample, 5)
    assert result == published
    assert list(result) == list(sample)


def test_nothing_is_hidden_at_minimum_zero() -> None:
    sample: dict[str, int | None] = {"n_obs": 1, "n_units": 1, "n_treated": 1, "n_control": 0}
    assert suppress(sample, 0) == sample


def test_zero_is_shown_when_told() -> None:
    sample: dict[str, int | None] = {"n_units": 9, "n_treated": 0, "n_control": 9, "n_dropped": 0}
    assert suppress(sample, 5, show_zero=True) == sample
    assert suppress(sample, 5) == {"n_units": 9, "n_treated": "..", "n_control": "..", "n_dropped": "<5"}


@pytest.mark.parametrize("show_zero", [False, True])
@pytest.mark.parametrize("minimum", [3, 5, 10])
@pytest.mark.parametrize("rows_a_unit", [1, 4])
def test_no_hidden_count_can_be_solved_for(minimum: int, rows_a_unit: int, show_zero: bool) -> None:
    """Among all samples with the same publication, each hidden count has at least two values."""
    behind: dict[tuple[object, ...], list[dict[str, int | None]]] = defaultdict(list)
    for n_treated in range(3 * minimum):
        for n_control in range(3 * minimum):
            n_units = n_treated + n_control
            sample: dict[str, int | None] = {
                "n_obs": n_units * rows_a_unit,
                "n_units": n_units,
                "n_treated": n_treated,
                "n_control": n_control,
            }
            published = suppress(sample, minimum, show_zero=show_zero)
            behind[tuple(published.values())].append(sample)
    hidden = 0
    for published_values, samples in behind.items():
        for name, value in zip(samples[0], published_values, strict=True):
            if isinstance(value, str):
                hidden += 1
                assert len({sample[name] for sample in samples}) >= 2, (name, published_values)
    assert hidden > minimum


@pytest.mark.parametrize("n", [-1, 1.0, True, "3"])
def test_what_is_not_a_count_is_refused(n: object) -> None:
    sentence = "is not a count; give an integer of at least 0.$"
    with pytest.raises(ArgumentError, match=f"^n {sentence}"):
        suppress_count(n, 5)  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match=f"^minimum {sentence}"):
        suppress_count(5, n)  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match=f"^n {sentence}"):
        count_text(n, 5)  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match=f"^minimum {sentence}"):
        count_text(None, n)  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match=f"^n_units {sentence}"):
        suppress({"n_units": n}, 5)  # type: ignore[dict-item]


# ACRO by its default rules (a threshold of 10; two contributors, nine tenths), https://github.com/AI-SDC/ACRO:
# charities by year and type of grant in notebooks/test.ipynb, of which it hides R/G in each year, and the sums of its
# own tests of the (n, k) rule.
GRANTS = {"G": 15, "N": 59, "R": 71, "R/G": 8}


def test_counts_that_acro_hides_are_hidden() -> None:
    assert {name: suppress_count(n, 10) for name, n in GRANTS.items()} == {"G": 15, "N": 59, "R": 71, "R/G": None}


@pytest.mark.parametrize(
    ("contributions", "acro"),
    [([100, 1, 1, 1], True), ([10, 10, 10, 10, 10], False)],
)
def test_sums_that_acro_hides_for_two_contributors_are_hidden(contributions: list[int], acro: bool) -> None:
    assert dominated(contributions, 2, Fraction("0.90")) == acro


def test_a_sum_at_the_limit_and_a_sum_of_nothing_are_hidden_where_acro_shows_them() -> None:
    """It takes more than nine tenths, and sees no dominance in 0, which another of its rules hides."""
    assert dominated([50, 40, 5, 5], 2, Fraction("0.90"))
    assert dominated([0, 0, 0], 2, Fraction("0.90"))
