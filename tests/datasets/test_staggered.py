"""The staggered panel follows the law of its docstring, and its truth is the effects that were put in."""

import numpy as np
import pytest

import effekt
from effekt.datasets import staggered_panel
from effekt.exceptions import ArgumentError


def grid(cohort, name):
    return np.array(cohort.table.raw(name), float).reshape(len(set(cohort.table.raw("unit"))), -1)


def starts(cohort):
    return [None if np.isnan(start) else int(start) for start in grid(cohort, "start")[:, 0]]


def test_columns_and_cohorts() -> None:
    cohort = staggered_panel(rng=1, n_units=21, starts=(2013, 2015), share=0.3)
    assert cohort.table.columns == ("unit", "year", "start", "treatment", "outcome")
    assert (grid(cohort, "year")[0] == np.arange(2011, 2019)).all()
    assert [starts(cohort).count(start) for start in (2013, 2015, None)] == [6, 6, 9]
    start = np.nan_to_num(grid(cohort, "start"), nan=9_999)
    assert (grid(cohort, "treatment") == (grid(cohort, "year") >= start)).all()


def test_cohorts_are_drawn() -> None:
    assert starts(staggered_panel(rng=1)) != starts(staggered_panel(rng=2))


def test_without_errors_every_effect_is_found() -> None:
    cohort = staggered_panel(
        rng=3, n_units=30, error_sd=0, starts=(2013, 2016), effect=-1.0, growth=-0.5, step=2.0, share=0.3
    )
    effects = effekt.staggered_adoption(cohort.table, outcome="outcome", unit="unit", time="year", start="start")
    assert cohort.truth["(2013, 2015)"] == -2.0
    assert cohort.truth["(2016, 2017)"] == 0.5
    assert cohort.truth["(2016, 2015)"] == 0.0
    for label, effect in zip(effects.labels, effects.effects, strict=True):
        assert effect.estimate == pytest.approx(cohort.truth[label], abs=1e-12)
    level = staggered_panel(rng=3, n_units=30, error_sd=0, unit_sd=0, starts=(2013, 2016), step=2.0, share=0.3)
    simple = effekt.staggered_adoption(
        level.table, outcome="outcome", unit="unit", time="year", start="start", aggregate="simple"
    )
    assert simple.estimate == pytest.approx(level.truth["difference"], rel=1e-12)
    assert simple.treated_mean == pytest.approx(level.truth["treated_mean"], rel=1e-12)
    assert simple.counterfactual_mean == pytest.approx(level.truth["counterfactual_mean"], rel=1e-12)


def test_errors_have_the_declared_variance_and_correlation() -> None:
    cohort = staggered_panel(
        rng=6,
        n_units=20_000,
        n_periods=4,
        starts=(2013,),
        effect=0,
        growth=0,
        trend=0,
        period_sd=0,
        unit_sd=2,
        error_sd=1.5,
    )
    expected = 4 + 2.25 * 0.5 ** np.abs(np.subtract.outer(range(4), range(4)))
    assert np.cov(grid(cohort, "outcome").T) == pytest.approx(expected, abs=0.2)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"starts": 2014}, "`starts` must be a list of years, such as (2014, 2016); got 2014."),
        ({"starts": ()}, "`starts` must be rising years after 2011 and not after 2018; got []."),
        ({"starts": (2011,)}, "`starts` must be rising years after 2011 and not after 2018; got [2011]."),
        ({"starts": (2019,)}, "`starts` must be rising years after 2011 and not after 2018; got [2019]."),
        ({"starts": (2016, 2014)}, "`starts` must be rising years after 2011 and not after 2018; got [2016, 2014]."),
        (
            {"n_units": 10, "share": 0.33},
            "`share` must give each of the 3 cohorts a unit and leave two never treated; 0.33 of 10 units does not.",
        ),
        ({"share": 1}, "`share` must be above 0 and below 1; got 1."),
        ({"correlation": 1}, "`correlation` must be above -1 and below 1; got 1."),
        ({"error_sd": -1}, "`error_sd` must be at least 0; got -1."),
    ],
)
def test_bad_arguments(arguments, sentence) -> None:
    with pytest.raises(ArgumentError) as raised:
        staggered_panel(rng=1, **arguments)
    assert str(raised.value) == sentence
