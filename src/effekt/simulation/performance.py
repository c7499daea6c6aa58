"""How well a method did in a study, each measure with its own Monte-Carlo standard error."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from effekt._inference.distributions import t_quantile
from effekt._types import FloatArray
from effekt._validation import join_words
from effekt.exceptions import ArgumentError
from effekt.simulation.study import StudyRow, StudyRows
from effekt.tables import to_pandas

if TYPE_CHECKING:
    import pandas as pd

MONTE_CARLO = 0.95  # confidence of the limits for what the number of replicates leaves uncertain
SHARES = ("coverage", "rejection", "unavailable")
Measured: TypeAlias = "tuple[float | None, float | None]"


@dataclass(frozen=True, slots=True, kw_only=True)
class PerformanceRow:
    """One measure of one method in one view.

    Attributes
    ----------
    method, view, measure : str
    value : float or None
        None where no replicate (for a spread: fewer than two) gave what it needs.
    mc_std_error : float or None
        Its Monte-Carlo standard error; None where it takes more replicates. Of a share of exactly 0 or 1 it is 0, which
        says nothing of what more replicates would give; the limits of `Performance.tidy` do.
    n : int
        Replicates it rests on.
    """

    method: str
    view: str
    measure: str
    value: float | None
    mc_std_error: float | None
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Performance:
    """All measures of a study, by method, then view, then measure.

    Attributes
    ----------
    rows : tuple of PerformanceRow
    level : float
        Confidence level of coverage; rejection is at 1 − level.
    """

    rows: tuple[PerformanceRow, ...]
    level: float

    def __repr__(self) -> str:
        methods, views = ({getattr(row, name): None for row in self.rows} for name in ("method", "view"))
        return f"Performance({join_words(methods, 'and')}; {join_words(views, 'and')}: {len(self.rows)} measures)"

    def _repr_html_(self) -> str:
        from effekt.reports.notebook import table_html

        return table_html(self.tidy())

    def tidy(self) -> pd.DataFrame:
        """One row per method, view and measure, with the attributes of `PerformanceRow` as columns.

        Two more, `mc_low` and `mc_high`, are Wilson's 95% limits of shares, also of those that are exactly 0 or 1.
        """
        limits = [_limits(row) for row in self.rows]
        columns = {f.name: [getattr(row, f.name) for row in self.rows] for f in fields(PerformanceRow)}
        return to_pandas({**columns, "mc_low": [low for low, _ in limits], "mc_high": [high for _, high in limits]})


def wilson(share: float, n: int) -> tuple[float, float]:
    """Wilson (1927): the p with (share − p)² ≤ z²·p(1 − p)/n."""
    z2 = float(t_quantile((1 + MONTE_CARLO) / 2, math.inf)) ** 2
    middle, half = share + z2 / (2 * n), math.sqrt(z2 * (share * (1 - share) / n + z2 / (4 * n**2)))
    low, high = (middle - half) / (1 + z2 / n), (middle + half) / (1 + z2 / n)
    return (low if share > 0 else 0.0), (high if share < 1 else 1.0)


def _limits(row: PerformanceRow) -> Measured:
    return wilson(row.value, row.n) if row.measure in SHARES and row.value is not None else (None, None)


def measure_performance(study: StudyRows) -> Performance:
    """Bias, spread, error, coverage and rejection of each method in each view.

    Parameters
    ----------
    study : StudyRows
        As `Study.run` returns them.

    Returns
    -------
    Performance
        For each method and view the measures of the table below.

    Raises
    ------
    ArgumentError
        When `study` is anything else.

    Notes
    -----
    With n replicates, errors d_i = estimate − truth of the replicate, d̄ their mean and s their standard deviation
    (ddof 1), q_i = std_error², and Monte-Carlo standard errors after Morris, White & Crowther (2019), Table 6:

    =====================  ====================================  ==============================
    measure                value                                 Monte-Carlo standard error
    =====================  ====================================  ==============================
    bias                   d̄                                     s/√n
    empirical_std_error    s                                     s/√(2(n − 1))
    model_std_error        √(mean of q)                          √(var(q) / (4n · mean of q))
    rmse                   √(mean of d²)                         √(var(d²)/n) / (2 · rmse)
    coverage               share of sets that hold the truth     √(share · (1 − share)/n)
    rejection              share with p ≤ 1 − level              √(share · (1 − share)/n)
    unavailable            share of replicates with a reason     √(share · (1 − share)/n)
    =====================  ====================================  ==============================

    Rejection is of no effect: the size of the test where the truth is no effect, its power elsewhere. With one truth
    for all replicates the errors have the spread of the estimates, as in the paper; where the truth belongs to the
    replicate (a finite population, a municipality with its own shocks), errors are what a method can be held to. The
    standard error of rmse is the paper's for the mean square, by the delta method. That of empirical_std_error, the
    paper's too, holds for normal errors: where a few replicates lie far out, as relative effects over small
    counterfactual means do, it is far too small. Each measure rests on the replicates that have what it needs;
    `unavailable` rests on all, and a reader must see it beside the others.

    References
    ----------
    Morris, T. P., White, I. R. & Crowther, M. J. (2019). Using simulation studies to evaluate statistical methods.
    *Statistics in Medicine* 38, 2074–2102. doi:10.1002/sim.8086

    Examples
    --------
    >>> rows = [
    ...     StudyRow(replicate=i + 1, method="mean", view="difference", truth=1.0, estimate=value, covered=value > 0)
    ...     for i, value in enumerate([0.0, 1.0, 2.0, 3.0])
    ... ]
    >>> found = measure_performance(StudyRows(rows=tuple(rows), level=0.95))
    >>> [(row.measure, row.value, row.n) for row in found.rows if row.measure in ("bias", "coverage")]
    [('bias', 0.5, 4), ('coverage', 0.75, 4)]
    """
    if not isinstance(study, StudyRows):
        raise ArgumentError(f"`study` must be what `Study.run` returns; got {type(study).__name__}.")
    groups: dict[tuple[str, str], list[StudyRow]] = {}
    for row in study.rows:
        groups.setdefault((row.method, row.view), []).append(row)
    measured = [row for (method, view), rows in groups.items() for row in _measures(method, view, rows)]
    return Performance(rows=tuple(measured), level=study.level)


def _measures(method: str, view: str, rows: Sequence[StudyRow]) -> list[PerformanceRow]:
    errors = np.array([row.estimate - row.truth for row in rows if row.estimate is not None])
    squares = np.array([row.std_error**2 for row in rows if row.std_error is not None])
    measures: tuple[tuple[str, Callable[[FloatArray], Measured], FloatArray], ...] = (
        ("bias", _mean, errors),
        ("empirical_std_error", _spread, errors),
        ("model_std_error", _root_mean, squares),
        ("rmse", _root_mean, errors**2),
        ("coverage", _share, np.array([row.covered for row in rows if row.covered is not None], float)),
        ("rejection", _share, np.array([row.rejected for row in rows if row.rejected is not None], float)),
        ("unavailable", _share, np.array([row.reason is not None for row in rows], float)),
    )
    return [
        PerformanceRow(method=method, view=view, measure=name, value=value, mc_std_error=error, n=len(values))
        for name, measure, values in measures
        for value, error in (measure(values),)
    ]


def _mean(values: FloatArray) -> Measured:
    """Morris et al. (2019), Table 6: bias."""
    if not len(values):
        return None, None
    return float(values.mean()), _standard_error(values)


def _spread(values: FloatArray) -> Measured:
    """Morris et al. (2019), Table 6: EmpSE."""
    if len(values) < 2:
        return None, None
    spread = float(values.std(ddof=1))
    return spread, spread / math.sqrt(2 * (len(values) - 1))


def _root_mean(values: FloatArray) -> Measured:
    """√m with standard error se(m)/(2√m): Morris et al. (2019), Table 6, ModSE and, from MSE, the root of MSE."""
    if not len(values):
        return None, None
    root, error = math.sqrt(values.mean()), _standard_error(values)
    return root, error / (2 * root) if error else error  # without variation it is 0, whatever the root


def _share(values: FloatArray) -> Measured:
    """Morris et al. (2019), Table 6: coverage and rejection."""
    if not len(values):
        return None, None
    share = float(values.mean())
    return share, math.sqrt(share * (1 - share) / len(values))


def _standard_error(values: FloatArray) -> float | None:
    return float(values.std(ddof=1)) / math.sqrt(len(values)) if len(values) > 1 else None
