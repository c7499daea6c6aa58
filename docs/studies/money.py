"""What contracts would have paid in the replicates of a study, in kronor.

Four tariffs on the fall found, each of at most the amount that the sample contract `sick-leave` pays: all of it at
−12 % and nothing before (`gate`), or in proportion from 0 % to −12 % (`slope`); and each of the two only where "no
effect" is rejected at 1 − level (`…_tested`). Where the truth is no effect every krona is paid for luck. A replicate
without inference pays nothing under a tested tariff.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from effekt.simulation import StudyRow, StudyRows

AMOUNT = 5_000_000.0
THRESHOLD = 0.12
VIEW = "relative"


def payments(rows: StudyRows) -> list[dict[str, Any]]:
    """The share that reach the threshold and the mean of each tariff, with Monte-Carlo standard errors, by method."""
    groups: dict[str, list[StudyRow]] = {}
    for row in rows.rows:
        if row.view == VIEW and row.estimate is not None:
            groups.setdefault(row.method, []).append(row)
    return [
        {
            "method": method,
            "view": VIEW,
            "measure": name,
            "value": round(float(paid.mean()), 6),
            "mc_std_error": round(float(paid.std(ddof=1)) / len(paid) ** 0.5, 6),
            "n": len(paid),
        }
        for method, found in groups.items()
        for name, paid in _tariffs(found).items()
    ]


def _tariffs(rows: list[StudyRow]) -> dict[str, np.ndarray]:
    fall = np.array([-float(row.estimate or 0.0) for row in rows])
    tested = np.array([row.rejected is True for row in rows])
    reached = (fall >= THRESHOLD).astype(float)
    slope = AMOUNT * np.clip(fall / THRESHOLD, 0.0, 1.0)
    return {
        "reached": reached,
        "gate": AMOUNT * reached,
        "gate_tested": AMOUNT * reached * tested,
        "slope": slope,
        "slope_tested": slope * tested,
    }
