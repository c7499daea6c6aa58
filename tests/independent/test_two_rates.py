"""The second route's rates of two arms of counts, against the first route's."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from random import Random
from typing import Any

import pytest

import effekt
from effekt.exceptions import ArgumentError, DataError, InferenceUnavailableError
from effekt.independent.statistics import bound, p_value, spread_statistic, view_of
from effekt.independent.trials.complier_effect import complier_effect
from effekt.independent.trials.randomized_trial import randomized_trial

OPTIONS: tuple[dict[str, Any], ...] = ({"inference": "exact_poisson"}, {"variance": "quasi_poisson"})
CALL: dict[str, Any] = {"outcome": "events", "treatment": "d"}
SIDES = ("two-sided", "greater", "less")


def events(seed: int, n: int = 30) -> dict[str, list[Any]]:
    random = Random(seed)
    months = [random.randrange(1, 13) for _ in range(n)]
    counted = [sum(random.random() < 0.15 + 0.1 * (i % 2) for _ in range(m)) for i, m in enumerate(months)]
    return {"events": counted, "d": [i % 2 for i in range(n)], "months": months, "office": [i % 3 for i in range(n)]}


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("exposure", ["months", None])
def test_every_p_and_bound_of_a_ratio_is_one(options: dict[str, str], exposure: str | None) -> None:
    for seed in (1, 2):
        columns = events(seed)
        first = effekt.randomized_trial(columns, **CALL, exposure=exposure, **options)  # type: ignore[arg-type]
        second = randomized_trial(columns, **CALL, exposure=exposure, **options)  # type: ignore[arg-type]
        assert (second["treated_mean"], second["estimate"]) == (first.exact.treated, first.exact_estimate)  # type: ignore[union-attr]
        view, relative = view_of("relative", None, Fraction(1)), first.relative()
        for null, side in product((None, Fraction("-0.6"), Fraction("0.4"), Fraction(-1), Fraction(-2)), SIDES):
            wanted = relative.p_value(None if null is None else float(null), side)  # type: ignore[arg-type]
            assert p_value(second, view, null, side) == pytest.approx(wanted, rel=1e-10, abs=1e-14)
        for level, (end, statistic) in product(("0.8", "0.95"), enumerate(("confidence_low", "confidence_high"))):
            wanted = relative.confidence_interval(float(level)).intervals[0][end]
            assert bound(second, view, statistic, Fraction(level), "two-sided") == pytest.approx(wanted, rel=1e-9)
        error = spread_statistic(second, view, "std_error")
        assert error == (None if relative.std_error is None else pytest.approx(relative.std_error, rel=1e-10))
        difference = view_of("difference", None, Fraction(1))
        assert p_value(second, difference, None, "greater") == pytest.approx(first.p_value(None, "greater"), rel=1e-10)
        assert p_value(second, difference, Fraction(1, 5), "greater") is None
        assert bound(second, difference, "confidence_low", Fraction("0.9"), "two-sided") is None
        error = spread_statistic(second, difference, "std_error")
        assert error == (None if first.std_error is None else pytest.approx(first.std_error, rel=1e-10))


def test_no_event_in_an_arm() -> None:
    columns = events(3)
    columns["events"] = [0 if d else y for y, d in zip(columns["events"], columns["d"], strict=True)]
    view = view_of("relative", None, Fraction(1))
    first = effekt.randomized_trial(columns, **CALL, inference="exact_poisson").relative()
    second = randomized_trial(columns, **CALL, inference="exact_poisson")
    found = first.confidence_interval()
    assert found.low == bound(second, view, "confidence_low", Fraction("0.95"), "two-sided") == -1
    high = bound(second, view, "confidence_high", Fraction("0.95"), "two-sided")
    assert high == pytest.approx(found.high, rel=1e-9)
    second = randomized_trial(columns, **CALL, variance="quasi_poisson")
    assert second["unavailable"] == "an arm without an event, whose rate has no logarithm"
    assert p_value(second, view, None, "greater") is None
    with pytest.raises(InferenceUnavailableError):
        effekt.randomized_trial(columns, **CALL, variance="quasi_poisson").p_value()


def test_both_routes_refuse_the_same() -> None:
    for options in OPTIONS:
        for route in (randomized_trial, effekt.randomized_trial):
            with pytest.raises(ArgumentError):
                route(events(1), **CALL, block="office", **options)
            with pytest.raises(DataError):
                route(events(1) | {"events": [-1] * 30}, **CALL, **options)


def test_horvitz_and_thompsons_divisor_is_everyone() -> None:
    columns = events(4) | {"chance": ["0.5"] * 30}
    columns["events"] = [None, *columns["events"][1:]]
    numeric = columns | {"chance": [0.5] * 30}
    call: dict[str, Any] = CALL | {"probability": "chance", "adjustment": "none", "missing": "drop"}
    with pytest.raises(DataError, match=r"divides by all who were assigned, and a row lacks a value"):
        randomized_trial(columns, **call)
    with pytest.raises(DataError, match=r"divided by all who were assigned; 1 row lacked a value"):
        effekt.randomized_trial(numeric, **call)
    numeric["received"] = [i % 2 * (i % 5 > 0) for i in range(30)]
    with pytest.raises(DataError, match=r"divides by all who were assigned, and a row lacks a value"):
        complier_effect(numeric, **call, received="received")
    with pytest.raises(DataError, match=r"divided by all who were assigned; 1 row lacked a value"):
        effekt.complier_effect(numeric, **call, received="received")
    with pytest.raises(ArgumentError, match=r"^effects on compliers have no test of two rates"):
        complier_effect(numeric, **CALL, received="received", missing="drop", variance="quasi_poisson")
