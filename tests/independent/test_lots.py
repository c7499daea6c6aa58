"""Assignments that the second route draws: the words of numpy's generator, and what a slow oracle makes of them."""

from __future__ import annotations

from fractions import Fraction
from itertools import islice, product
from math import comb

import numpy as np
import pytest
from numpy.random import PCG64
from oracles import drawn_assignments

from effekt.exceptions import ArgumentError
from effekt.independent.limits import TooLargeError
from effekt.independent.seeded import Stream, Streams
from effekt.independent.trials.lots import Design, are_listed, assignments

STRATA = [((40, 3), (9, 4), (70, 60)), ((200, 100),), ((65, 3), (40, 20)), ((5, 1), (64, 32)), ((400, 1), (400, 399))]


@pytest.mark.parametrize("seed", [(0,), (1,), (2**40 + 7,), (12345, 2**63 + 5, 7, 2**64 - 1, 3), (0, 0, 0, 0, 0)])
def test_the_words_are_those_of_the_generator(seed: tuple[int, ...]) -> None:
    own, numpys = Stream(*seed), PCG64(list(seed) if len(seed) > 1 else seed[0])
    assert [own.word() for _ in range(5)] == [int(numpys.random_raw()) for _ in range(5)]


def test_a_share_has_53_bits() -> None:
    own, numpys = Stream(7), np.random.default_rng(7)
    assert [own.share() for _ in range(5)] == numpys.random(5).tolist()


@pytest.mark.parametrize("seed", [None, True, -1, 1.0])
def test_a_seed_is_a_whole_number(seed: object) -> None:
    with pytest.raises(ArgumentError, match="rng must be a whole number"):
        Streams(seed)


@pytest.mark.parametrize("strata", STRATA)
def test_fixed_numbers_are_drawn_as_the_conventions_say(strata: tuple[tuple[int, int], ...]) -> None:
    sizes, treated = zip(*strata, strict=True)
    found = [list(one) for one in islice(assignments(Design(sizes, treated), 7, 9), 20)]
    assert found == list(islice(drawn_assignments.fixed_numbers(7, list(strata)), 20))


def test_pairs_and_units_with_probabilities_are_drawn_as_the_conventions_say() -> None:
    of_pairs = assignments(Design((2,) * 70, (1,) * 70), 7, 9)
    assert [list(one) for one in islice(of_pairs, 9)] == list(islice(drawn_assignments.pairs(7, 70), 9))
    chances = [Fraction(i + 1, 80) for i in range(70)]
    found = assignments(Design((70,), (0,), tuple(chances)), 7, 9)
    assert [list(one) for one in islice(found, 9)] == list(islice(drawn_assignments.independent(7, chances), 9))


def test_few_assignments_are_listed_once_each() -> None:
    design = Design((5, 4), (2, 1))
    found = list(assignments(design, None, 1))
    assert are_listed(design)
    assert len(set(found)) == len(found) == comb(5, 2) * 4
    assert set(found) == {bytes(one) for one in product((0, 1), repeat=9) if (sum(one[:5]), sum(one[5:])) == (2, 1)}


def test_what_takes_too_long_is_not_begun() -> None:
    with pytest.raises(TooLargeError):
        assignments(Design((10**6,), (5,)), 1, 9_999)
