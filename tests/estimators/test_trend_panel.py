"""Sums of a panel's cells over units and windows, beside a plain sum over its cells."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from effekt.estimators.trend.panel import KEPT, Panel

UNITS, TIMES = tuple("abcdefgh"), tuple(range(24_000, 24_030))


def panel(rng, mean, lacking=()):
    cells = [(unit, t) for unit in UNITS for t in TIMES if (unit, t) not in lacking]
    return Panel(
        units=UNITS,
        numerators=dict(zip(cells, rng.integers(-(10**9), 10**9, len(cells)).tolist(), strict=True)),
        denominators=dict(zip(cells, rng.integers(1, 10**6, len(cells)).tolist(), strict=True)),
        scale=Fraction(1),
        mean=mean,
        period="month",
    )


@pytest.mark.parametrize("mean", ["ratio_of_sums", "mean_of_periods"])
def test_sums_are_those_of_the_cells_whatever_was_asked_before(mean):
    rng = np.random.default_rng(5)
    whole = panel(rng, mean)
    for _ in range(6 * KEPT):
        units = rng.choice(UNITS, rng.integers(1, 9), replace=False).tolist()
        times = rng.choice(TIMES, rng.integers(1, 12)).tolist()  # one that stands there twice counts twice
        parts = [times] if mean == "ratio_of_sums" else [[t] for t in times]
        assert whole.sums(units, times) == [
            tuple(
                sum(cells[unit, t] for unit in units for t in part) for cells in (whole.numerators, whole.denominators)
            )
            for part in parts
        ]
        assert len(whole.kept) <= KEPT


def test_a_period_that_one_unit_lacks_is_missing_in_every_window_and_sums_of_it_are_refused():
    lacking = {("c", TIMES[3]), ("c", TIMES[9]), ("d", TIMES[9])}
    some = panel(np.random.default_rng(6), "ratio_of_sums", lacking)
    for units in (["a", "c"], ["c", "a"], ["a", "b", "c", "d"]):
        assert some.missing(iter(units), TIMES[:12]) == ("2000-04", "2000-10")
        assert some.missing(units, (TIMES[9], TIMES[3], TIMES[9])) == ("2000-04", "2000-10")
        assert some.missing(units, TIMES[10:]) == ()
    assert some.missing(["d"], TIMES) == ("2000-10",)
    assert some.missing(["a", "b"], TIMES) == ()
    with pytest.raises(KeyError):
        some.sums(["a", "c"], TIMES[:12])
