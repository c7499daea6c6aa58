"""Performance measures against numbers worked by hand, and their Monte-Carlo errors against brute force."""

from dataclasses import fields, replace
from math import sqrt

import numpy as np
import pytest
from simulation import studies

from effekt.simulation import PerformanceRow, Study, StudyRow, StudyRows, measure_performance

MEASURES = ("bias", "empirical_std_error", "model_std_error", "rmse", "coverage", "rejection", "unavailable")


def row(replicate=1, estimate=None, method="m", view="difference", truth=2.0, **found) -> StudyRow:
    return StudyRow(replicate=replicate, method=method, view=view, truth=truth, estimate=estimate, **found)


def measured(rows) -> dict[str, PerformanceRow]:
    performance = measure_performance(StudyRows(rows=tuple(rows), level=0.95))
    assert [one.measure for one in performance.rows] == list(MEASURES)
    return {one.measure: one for one in performance.rows}


BY_HAND = [
    row(1, 1.0, std_error=1.0, covered=True, rejected=False),
    row(2, 2.0, std_error=1.0, covered=True, rejected=False),
    row(3, 3.0, std_error=2.0, covered=True, rejected=True),
    row(4, 4.0, std_error=2.0, covered=False, rejected=True),
]


@pytest.mark.parametrize(
    ("measure", "value", "error"),
    [
        ("bias", 0.5, sqrt(5 / 12)),  # errors −1, 0, 1, 2; s² = 5/3
        ("empirical_std_error", sqrt(5 / 3), sqrt(5 / 18)),
        ("model_std_error", sqrt(2.5), sqrt(3 / (4 * 4 * 2.5))),  # squares 1, 1, 4, 4 have variance 3
        ("rmse", sqrt(1.5), sqrt(0.75) / (2 * sqrt(1.5))),  # squares 1, 0, 1, 4: mean 3/2, Σ(d² − 3/2)² / 12 = 3/4
        ("coverage", 0.75, sqrt(0.75 * 0.25 / 4)),
        ("rejection", 0.5, 0.25),
        ("unavailable", 0.0, 0.0),
    ],
)
def test_by_hand(measure, value, error) -> None:
    found = measured(BY_HAND)[measure]
    assert found.value == pytest.approx(value, rel=1e-14)
    assert found.mc_std_error == pytest.approx(error, rel=1e-14)
    assert found.n == 4


def test_errors_are_measured_against_the_truth_of_the_replicate() -> None:
    moved = [replace(one, truth=one.truth + i, estimate=one.estimate + i) for i, one in enumerate(BY_HAND)]
    assert measured(moved) == measured(BY_HAND)


def test_each_measure_rests_on_what_it_needs() -> None:
    refused = [row(5, reason="Too few."), row(6, 3.0, reason="No variation."), row(7, 2.0, rejected=True, reason="-")]
    found = measured([*BY_HAND, *refused])
    counts = {measure: found[measure].n for measure in MEASURES}
    assert counts == {
        "bias": 6,
        "empirical_std_error": 6,
        "model_std_error": 4,
        "rmse": 6,
        "coverage": 4,
        "rejection": 5,
        "unavailable": 7,
    }
    assert found["unavailable"].value == 3 / 7
    assert found["unavailable"].mc_std_error == pytest.approx(sqrt(3 / 7 * 4 / 7 / 7), rel=1e-14)
    assert found["coverage"].value == 0.75


def test_nothing_is_made_up_from_nothing() -> None:
    found = measured([row(1, reason="Too few.")])
    assert all(found[measure].value is found[measure].mc_std_error is None for measure in MEASURES[:-1])
    assert found["unavailable"].value == 1.0
    alone = measured(BY_HAND[:1])
    assert (alone["bias"].value, alone["bias"].mc_std_error) == (-1.0, None)
    assert (alone["rmse"].value, alone["rmse"].mc_std_error) == (1.0, None)
    assert alone["empirical_std_error"].value is None


def test_no_error_at_all() -> None:
    found = measured([row(i, 2.0, std_error=0.0) for i in range(3)])
    for measure in MEASURES[:4]:
        assert (found[measure].value, found[measure].mc_std_error) == (0.0, 0.0)


def test_order_of_methods_and_views_is_the_study_s() -> None:
    study = Study(
        dgp=studies.small_trial,
        methods={"b": studies.unadjusted, "a": studies.adjusted},
        replications=3,
        rng=1,
        views=("relative", "difference"),
    )
    performance = measure_performance(study.run())
    order = [(one.method, one.view, one.measure) for one in performance.rows]
    assert order == [(m, v, k) for m in ("b", "a") for v in ("relative", "difference") for k in MEASURES]
    frame = performance.tidy()
    assert list(frame.columns) == [*(f.name for f in fields(PerformanceRow)), "mc_low", "mc_high"]
    assert len(frame) == 28


def test_replicates_may_come_in_any_order() -> None:
    rng = np.random.default_rng(2)
    rows = [row(i, rng.standard_normal(), std_error=rng.random()) for i in range(50)]
    forward, backward = measured(rows), measured(rows[::-1])
    for measure in ("bias", "empirical_std_error", "model_std_error", "rmse"):
        assert forward[measure].value == pytest.approx(backward[measure].value, rel=1e-13)


def test_monte_carlo_errors_against_brute_force() -> None:
    """The spread of each measure over 600 studies of 60 replicates is what each study says of itself."""
    rng = np.random.default_rng(3)
    studied = []
    for _ in range(600):
        estimates = rng.normal(2.5, 1.0, 60)
        squares = rng.chisquare(12, 60) / 12
        studied.append(
            measured(
                row(
                    i,
                    float(estimates[i]),
                    std_error=float(np.sqrt(squares[i])),
                    covered=bool(abs(estimates[i] - 2.0) < 1.96),
                    rejected=bool(abs(estimates[i]) > 1.96),
                    reason="chance" if rng.random() < 0.2 else None,
                )
                for i in range(60)
            )
        )
    for measure in MEASURES:
        spread = np.std([one[measure].value for one in studied], ddof=1)
        claimed = np.mean([one[measure].mc_std_error for one in studied])
        assert claimed == pytest.approx(spread, rel=0.08), measure


def test_a_real_study_finds_what_theory_says() -> None:
    """Two arms of 20 with SD 8 and an effect of 2: SE 2.53, coverage 95 %, and a covariate with R² 0.6 helps."""
    study = Study(
        dgp=studies.small_trial,
        methods={"unadjusted": studies.unadjusted, "adjusted": studies.adjusted},
        replications=250,
        rng=4,
        views=("difference",),
    )
    rows = {(one.method, one.measure): one for one in measure_performance(study.run()).rows}
    for method, error in (("unadjusted", 8 * sqrt(2 / 20)), ("adjusted", 8 * sqrt(0.4 * 2 / 20))):
        bias, coverage = rows[method, "bias"], rows[method, "coverage"]
        assert abs(bias.value) < 3 * bias.mc_std_error
        assert abs(coverage.value - 0.95) < 3 * coverage.mc_std_error
        assert rows[method, "empirical_std_error"].value == pytest.approx(error, rel=0.1)
        assert rows[method, "model_std_error"].value == pytest.approx(error, rel=0.1)
    assert rows["adjusted", "rejection"].value > rows["unadjusted", "rejection"].value


def test_a_share_of_exactly_0_or_1_has_limits() -> None:
    """Its standard error is 0, and says nothing of what more replicates would give."""
    rows = [
        StudyRow(replicate=i + 1, method="m", view="difference", truth=1.0, estimate=1.0 + i, covered=True)
        for i in range(500)
    ]
    frame = measure_performance(StudyRows(rows=tuple(rows), level=0.95)).tidy().set_index("measure")
    z2 = 1.959963984540054**2
    assert frame.loc["coverage", "mc_std_error"] == 0
    assert frame.loc["coverage", "mc_low"] == pytest.approx(500 / (500 + z2), rel=1e-12)
    assert frame.loc["coverage", "mc_high"] == 1
    assert frame.loc["unavailable", "mc_high"] == pytest.approx(z2 / (500 + z2), rel=1e-12)
    assert frame.loc["bias", ["mc_low", "mc_high"]].isna().all()
