"""The second route's score tests of two shares, against Newcombe's published limits and the first route's."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

import effekt
from effekt.exceptions import ArgumentError, DataError, ViewUnavailableError
from effekt.independent.statistics import bound, p_value, view_of
from effekt.independent.trials.randomized_trial import randomized_trial

PUBLISHED = {  # Newcombe (1998), Table II: methods 10 and 6
    ((56, 48), (70, 80)): ((0.0524, 0.3339), (0.0528, 0.3382)),
    ((5, 0), (56, 29)): ((-0.0381, 0.1926), (-0.0326, 0.1933)),
    ((0, 0), (10, 10)): ((-0.2775, 0.2775), (-0.2879, 0.2879)),
    ((10, 0), (10, 20)): ((0.6791, 1.0000), (0.7156, 1.0000)),
}
TESTS = ("newcombe", "miettinen_nurminen")


def table(successes: tuple[int, int], sizes: tuple[int, int]) -> dict[str, list[int]]:
    (x1, x0), (n1, n0) = successes, sizes
    return {"y": [1] * x1 + [0] * (n1 - x1) + [1] * x0 + [0] * (n0 - x0), "d": [1] * n1 + [0] * n0}


def call(name: str, **more: Any) -> dict[str, Any]:
    return {"outcome": "y", "treatment": "d", "inference": name} | more


@pytest.mark.parametrize("place", [0, 1], ids=TESTS)
@pytest.mark.parametrize("counts", PUBLISHED)
def test_published_limits(counts: Any, place: int) -> None:
    found = randomized_trial(table(*counts), **call(TESTS[place]))
    view = view_of("difference", "higher", Fraction(1))
    ends = [bound(found, view, f"confidence_{end}", Fraction("0.95"), "two-sided") for end in ("low", "high")]
    assert ends == pytest.approx(PUBLISHED[counts][place], abs=6e-5)


@pytest.mark.parametrize("name", TESTS)
@pytest.mark.parametrize("counts", [((7, 3), (11, 9)), ((0, 4), (9, 12)), ((9, 12), (9, 12))])
def test_the_same_as_the_first_route(counts: Any, name: str) -> None:
    columns = table(*counts)
    second = randomized_trial(columns, **call(name))
    first = effekt.randomized_trial(columns, **call(name))
    for kind in ("difference", "relative"):
        view, effect = view_of(kind, None, Fraction(1)), getattr(first, kind)()
        for side in ("two-sided", "less", "greater"):
            for null in (None, Fraction("-0.4"), Fraction("0.25")):
                want = effect.p_value(None if null is None else float(null), side)
                assert p_value(second, view, null, side) == pytest.approx(want, rel=1e-9, abs=1e-12)
        interval = effect.confidence_interval(0.9)
        assert bound(second, view, "confidence_low", Fraction("0.9"), "two-sided") == pytest.approx(
            interval.low, abs=1e-9
        )


@pytest.mark.parametrize(
    "counts", [((7, 3), (11, 9)), ((0, 4), (9, 12)), ((4, 4), (5, 5)), ((0, 0), (3, 2)), ((3, 0), (3, 3))]
)
def test_barnards_p_is_that_of_the_first_route(counts: Any) -> None:
    """Also of no difference at all, and of nobody with the outcome; a ratio to nobody has none by either."""
    columns = table(*counts)
    first, second = (run(columns, **call("barnard")) for run in (effekt.randomized_trial, randomized_trial))
    view = view_of("difference", None, Fraction(1))
    for side in ("two-sided", "less", "greater"):
        found = p_value(second, view, None, side)
        assert found == pytest.approx(first.p_value(alternative=side), rel=1e-9)
        ratio = p_value(second, view_of("ratio", None, Fraction(1)), None, side)
        if counts[0][1]:
            assert ratio == found == pytest.approx(first.ratio().p_value(alternative=side), rel=1e-9)
        else:
            assert ratio is None
            with pytest.raises(ViewUnavailableError, match="positive counterfactual mean"):
                first.ratio()
    assert bound(second, view, "confidence_low", Fraction("0.9"), "two-sided") is None


def test_barnards_own_table() -> None:
    """Barnard (1945): three of three against none of three has p = 1/64 on one side, 1/32 on both."""
    found = randomized_trial(table((3, 0), (3, 3)), **call("barnard"))
    view = view_of("difference", None, Fraction(1))
    assert p_value(found, view, None, "greater") == pytest.approx(1 / 64, rel=1e-12)
    assert p_value(found, view, None, "two-sided") == pytest.approx(1 / 32, rel=1e-12)
    with pytest.raises(ArgumentError, match="of no effect alone"):
        p_value(found, view, Fraction("0.1"), "greater")


def test_what_is_no_two_shares_is_refused() -> None:
    columns = table((2, 1), (3, 3)) | {"b": list("aabbab")}
    with pytest.raises(ArgumentError, match="take no covariates, block"):
        randomized_trial(columns, **call("newcombe", block="b"))
    with pytest.raises(DataError, match="an outcome of 0 and 1"):
        randomized_trial(columns | {"y": [0, 1, 2, 0, 1, 1]}, **call("newcombe"))
