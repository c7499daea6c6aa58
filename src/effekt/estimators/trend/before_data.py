"""What of a call can be refused before there are data: the strata, their standard and the checks that are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from effekt._types import Period
from effekt.estimators.trend.case import check_checks
from effekt.estimators.trend.checks import check_windows
from effekt.estimators.trend.standard import check_standard, check_standardize
from effekt.roles import as_outcome


def check_before_data(
    *,
    outcome: Any,
    unit: str,
    time: str,
    period: Period,
    reference_window: Any,
    evaluation_window: Any,
    adjustment: str,
    inference: str,
    own_unit: Any = None,
    standardize: Any = (),
    standard: Any = None,
    checks: Sequence[Any] = (),
    threshold: float | None = None,
) -> None:
    """Refuse strata and checks that no data could serve; a call without any passes."""
    if not standardize and standard is None and not checks and threshold is None:
        return
    measured = as_outcome(outcome)
    columns = check_standardize(standardize, standard, measured, own_unit, (unit, time))
    if columns:
        check_standard(standard, columns)
    if checks or threshold is not None:
        windows = check_windows(reference_window, evaluation_window, period)
        check_checks(checks, threshold, adjustment, inference, measured, windows)
