"""Sets of whole numbers as runs are those sets, whatever is done with them."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from effekt.certificates.runs import ends, joined, listed, meet, without

RANGES = st.builds(range, st.integers(-9, 9), st.integers(-9, 9))
SETS = st.lists(RANGES, max_size=5)


def numbers(*parts: range) -> set[int]:
    return {one for part in parts for one in part}


@given(SETS, SETS, RANGES, st.integers(1, 20))
def test_they_are_joined_cut_compared_and_listed_as_sets(
    one: list[range], two: list[range], cut: range, most: int
) -> None:
    runs = joined(one)
    assert numbers(*runs) == numbers(*one)
    assert numbers(*without(runs, cut)) == numbers(*one) - numbers(cut)
    assert meet(runs, joined(two)) == bool(numbers(*one) & numbers(*two))
    for set_ in (runs, without(runs, cut)):
        assert all(set_)
        assert all(a.stop < b.start for a, b in itertools.pairwise(set_))
    if runs:
        every = sorted(numbers(*one))
        assert ends(runs) == (every[0], every[-1])
        assert listed(runs, most) == (*every[:most], *(every[-1:] if len(every) > most else ()))
