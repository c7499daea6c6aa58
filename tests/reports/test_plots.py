"""Pictures in matplotlib, for notebooks."""

import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.figure import Figure
from reports import samples

import effekt
from effekt._inference import Unavailable
from effekt._text import Text
from effekt.exceptions import ArgumentError
from effekt.reports.plots import _spread_out

NO_INFERENCE = Unavailable(reason=Text(en="None.", sv="Ingen."))


@pytest.mark.parametrize(
    ("effect", "axes"),
    [
        (samples.effect(), 2),
        (samples.effect(path=False), 1),
        (samples.student(), 1),
        (samples.effect(inference=NO_INFERENCE), 2),
        (samples.effect("-1", "-2", inference=NO_INFERENCE, path=False), 1),
        (samples.effect(unit="$ per $head"), 2),
        (samples.effect(errors=(0.1,)), 2),
        (samples.effect("8", "8", inference=NO_INFERENCE, path=False), 1),
    ],
    ids=["path", "no path", "standard error", "no inference", "negative", "dollars", "one placebo", "nothing to see"],
)
def test_every_effect_is_a_figure_that_can_be_drawn(effect, axes):
    figure = effect.plot()

    assert isinstance(figure, Figure)
    assert len(figure.axes) == axes
    assert figure._repr_png_().startswith(b"\x89PNG")


def test_the_figure_shows_the_numbers_of_the_effect():
    trend, strip = samples.effect().relative_improvement().plot().axes

    assert trend.get_ylabel() == "days"
    assert [line.get_xdata()[0] for line in strip.lines if line.get_marker() == "D"] == [pytest.approx(10)]
    assert any(len(line.get_xdata()) == 25 for line in strip.lines)
    assert "25 units without the\nintervention" in [label.get_text() for label in strip.get_yticklabels()]
    assert "Estimate and 95%\ninterval" in [label.get_text() for label in strip.get_yticklabels()]


def test_a_view_is_drawn_as_it_is_asked_for():
    strip = samples.effect(path=False).improvement().plot().axes[0]

    assert strip.get_xlabel() == "Improvement (days)"
    assert [line.get_xdata()[0] for line in strip.lines if line.get_marker() == "D"] == [pytest.approx(0.8)]


def test_a_difference_is_drawn_as_a_difference():
    effect = samples.effect(path=False)
    strip = effect.difference().plot(lang="sv").axes[0]

    assert strip.get_xlabel() == "Effekt (behandlade − kontrafaktiskt) (dagar)"
    assert [line.get_xdata()[0] for line in strip.lines if line.get_marker() == "D"] == [pytest.approx(-0.8)]
    assert "Skattning och intervall\npå nivån 95\u00a0%" in [label.get_text() for label in strip.get_yticklabels()]


def test_the_level_of_the_interval_is_on_the_picture():
    strip = samples.effect(errors=(-0.1, 0.05, 0.1, 0.2), path=False).plot().axes[0]

    assert "Estimate and 80%\ninterval" in [label.get_text() for label in strip.get_yticklabels()]


def test_ticks_stand_apart_where_periods_are_missing():
    assert _spread_out([0, 5, 11, 12, 17, 23, 24, 29, 35]) == [0, 1, 2, 4, 5, 7, 8]
    assert _spread_out([7]) == [0]


def test_no_line_but_a_dotted_one_joins_points_across_missing_periods():
    effect = samples.effect()
    periods = ("2010", "2011", "2012", "2019", "2020", "2021")
    counterfactual = (*effect.path.counterfactual[:4], None, effect.path.counterfactual[5])
    path = replace(effect.path, periods=periods, reference=("2010", "2012"), counterfactual=counterfactual)
    axes = replace(effect, path=path).plot().axes[0]

    treated = next(line for line in axes.lines if line.get_label().startswith("With the intervention"))
    assert list(treated.get_xdata()) == list(range(2010, 2022))
    assert np.isnan(treated.get_ydata()).tolist() == [str(year) not in periods for year in range(2010, 2022)]
    dotted = [list(line.get_xdata()) for line in axes.lines if line.get_linestyle() == ":"]
    assert dotted == [[2011, 2019], [2019, 2021], [2012, 2019]]  # the counterfactual, without 2012 and 2020, is first


def test_languages_are_two():
    with pytest.raises(ArgumentError, match=r"`lang` must be 'en' or 'sv'; got 'de'\."):
        samples.effect().plot(lang="de")


def test_nothing_global_is_touched():
    code = (
        "import sys; from reports import samples; samples.effect().plot();"
        "assert 'matplotlib.pyplot' not in sys.modules;"
        "import matplotlib; assert matplotlib.rcParams._get('backend') is matplotlib.rcsetup._auto_backend_sentinel"
    )
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    paths = os.pathsep.join([here, *sys.path])
    environment = {name: text for name, text in os.environ.items() if name != "MPLBACKEND"}

    subprocess.run([sys.executable, "-c", code], env={**environment, "PYTHONPATH": paths}, check=True)


def test_periods_left_out_of_the_windows_have_no_shade_in_a_notebook():
    axes = samples.effect(arguments={"period": "year", "excluded": [["2017", "2017"], ["2021", "2021"]]}).plot().axes[0]

    assert [(patch.get_x(), patch.get_x() + patch.get_width()) for patch in axes.patches] == [
        (2015.5, 2016.5),
        (2017.5, 2018.5),
        (2018.5, 2020.5),
    ]


@pytest.mark.parametrize(("lang", "sign", "other"), [("sv", ",", "."), ("en", ".", ",")])
def test_the_numbers_along_an_axis_have_the_decimal_sign_of_the_language(lang, sign, other):
    for drawn in (samples.effect().plot(lang), samples.student().plot(lang), samples.effects().plot(lang)):
        drawn.draw_without_rendering()
        for axis in (axis for axes in drawn.axes for axis in (axes.xaxis, axes.yaxis)):
            told = "".join(
                tick.get_text() for tick in axis.get_ticklabels() if tick.get_text().strip("−0123456789.,") == ""
            )
            assert other not in told
        assert any(
            sign in tick.get_text()
            for axes in drawn.axes
            for tick in (*axes.get_xticklabels(), *axes.get_yticklabels())
        )


@pytest.mark.parametrize(("estimand", "of"), [("ATT", "de behandlades"), ("ATC", "kontrollernas")])
def test_a_love_plot_is_drawn_in_swedish(estimand, of):
    people = effekt.datasets.observational(rng=3, n=60, share_treated=0.4, effect=1.0).table
    given = {"unit": "unit", "treatment": "treatment", "covariates": ["age"], "estimand": estimand}
    axes = effekt.match_controls(people, **given).balance.plot(lang="sv").axes[0]

    assert axes.get_xlabel() == f"Behandlade − kontroller, i standardavvikelser ({of}); skuggat: högst 0,1 i storlek"
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["Före", "Efter"]
