"""An argument for which a contract writes `none` is as one left out, wherever the contract's own arguments are read."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import effekt
from effekt.contracts.model import Analysis
from effekt.workflow.data.arguments import arguments
from effekt.workflow.data.counted_rows import counts_periods
from effekt.workflow.data.delivered import _unit
from effekt.workflow.data.known_checks import asked_for


def test_an_argument_of_any_type_may_be_none_where_it_is_so_by_default() -> None:
    written = {"outcome": "y", "unit": "u", "time": "t", "treated": "a", "first_treated": "2014", "period": "year"}
    given = written | {
        "inference": "placebo",
        "penalty": "none",
        "ridge": "none",
        "last_evaluated": "none",
        "missing": "raise",
    }
    assert arguments("a", effekt.synthetic_control, given)["last_evaluated"] is None
    with pytest.raises(effekt.ContractError, match="period"):
        arguments("a", effekt.synthetic_control, {name: value for name, value in given.items() if name != "period"})


def analysis(method: str, **arguments: object) -> Analysis:
    return Analysis.model_construct(method=method, data="d", **arguments)


COUNT = {"unit": "person", "statistic": "count", "min_per_unit": "none", "max_per_unit": "none"}


@pytest.mark.parametrize(
    ("read", "method", "arguments", "name"),
    [
        (counts_periods, "outcome_count", COUNT, "time"),
        (asked_for, "trend_adjusted", {}, "checks"),
        (_unit, "randomized_trial", {}, "unit"),
    ],
)
def test_none_is_as_left_out(
    read: Callable[[Analysis], object], method: str, arguments: dict[str, object], name: str
) -> None:
    written = analysis(method, **arguments, **{name: "none"})
    assert read(written) == read(analysis(method, **arguments))
    assert written.arguments[name] == "none"  # which the annex prints
    assert written.unit_limits == (None, None)
