"""Pictures of a set of effects: rows beside each other, or an event study over time."""

from dataclasses import replace

import pytest
from matplotlib.figure import Figure
from reports import samples
from results import EFFECTS

import effekt
from effekt._inference import Unavailable
from effekt._text import Text
from effekt.diagnostics import uniform_bands
from effekt.exceptions import ArgumentError
from effekt.result import EffectSet

PANEL = effekt.datasets.two_group_panel(rng=1, n_units=40, n_periods=6, n_before=4).table
STUDY = effekt.event_study(PANEL, outcome="outcome", unit="unit", time="year", treatment="treatment")
STAGGERED = effekt.datasets.staggered_panel(rng=1).table


def staggered(by, **options):
    return effekt.staggered_adoption(
        STAGGERED, outcome="outcome", unit="unit", time="year", start="start", aggregate=by, **options
    )


def collections(axes, colour):
    """The ends of drawn bars of a colour, by where they stand."""
    from matplotlib.colors import to_rgba

    found = {}
    for bar in axes.collections:
        if tuple(bar.get_color()[0]) == to_rgba(colour):
            for (x0, y0), (x1, y1) in bar.get_segments():
                found[x0 if x0 == x1 else y0] = (y0, y1) if x0 == x1 else (x0, x1)
    return found


def points(axes, marker, face=None):
    """The points drawn with a marker."""
    return [
        (float(x), float(y))
        for line in axes.lines
        if line.get_marker() == marker and face in (None, line.get_markerfacecolor())
        for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True)
    ]


def legend(axes):
    return [text.get_text() for text in axes.get_legend().get_texts()]


def test_an_event_study_shows_every_effect_at_its_period_and_the_reference_at_zero():
    figure = STUDY.plot()
    (axes,) = figure.axes

    assert isinstance(figure, Figure)
    assert figure._repr_png_().startswith(b"\x89PNG")
    assert points(axes, "o", "white") == [(at, STUDY[at].estimate) for at in (-4, -3, -2)]
    assert points(axes, "o", "#0b4f6c") == [(at, STUDY[at].estimate) for at in (0, 1)]
    assert points(axes, "s") == [(-1, 0)]
    assert legend(axes) == [
        "before adoption: a check, no effect",
        "from adoption on",
        "reference period, 0 by definition",
    ]


def test_bars_are_the_intervals_before_and_after_in_colours_of_their_own():
    (axes,) = STUDY.plot("sv").axes
    drawn = collections(axes, "#1b1b1b") | collections(axes, "#0b4f6c")

    assert set(collections(axes, "#1b1b1b")) == {-4, -3, -2}
    assert drawn == {int(label): pytest.approx(STUDY[label].confidence_interval().intervals[0]) for label in STUDY}
    assert axes.get_xlabel() == (
        "Perioder sedan införandet\nStreck: intervall på nivån 95\N{NO-BREAK SPACE}% för varje effekt för sig, inte "
        "för alla tillsammans."
    )


def test_with_chance_the_band_for_all_is_that_of_the_diagnostic():
    bands = uniform_bands(STUDY, rng=3)
    (axes,) = STUDY.plot(rng=3).axes
    drawn = collections(axes, "#dfe8ec")

    assert [drawn[int(label)] for label in bands.table["effect"]] == [
        pytest.approx(pair) for pair in zip(bands.table["low"], bands.table["high"], strict=True)
    ]
    assert "Shaded: 95% band for all effects together." in axes.get_xlabel()
    assert not collections(STUDY.plot().axes[0], "#dfe8ec")


def test_a_zero_line_and_a_line_before_the_first_period_after():
    (axes,) = STUDY.plot().axes

    assert any(list(line.get_ydata()) == [0, 0] for line in axes.lines)
    assert any(list(line.get_xdata()) == [-0.5, -0.5] for line in axes.lines)


def test_periods_of_anticipation_stand_among_those_after_and_the_mean_does_not_count_them():
    found = staggered("dynamic", anticipation=1, base_period="universal")
    (axes,) = found.plot().axes
    filled = [at for at, _ in points(axes, "o", "#0b4f6c")]
    dashed = [line for line in axes.lines if line.get_linestyle() == "--"]

    assert min(filled) == -1
    assert points(axes, "s") == [(-2, 0)]
    assert [list(line.get_xdata()) for line in dashed] == [[0, max(filled)]]
    assert [line.get_ydata()[0] for line in dashed] == [found.overall.estimate]
    assert "before adoption and its anticipation: a check, no effect" in legend(axes)


def test_a_varying_base_has_no_reference_period():
    assert not points(staggered("dynamic").plot().axes[0], "s")


def test_labelled_effects_are_rows_with_the_overall_effect_last():
    found = staggered("cohort")
    (axes,) = found.plot("sv").axes
    names = [label.get_text() for label in axes.get_yticklabels()]

    assert names == [*found.labels, "sammantaget"]
    assert points(axes, "D") == [(one.estimate, -place) for place, one in enumerate((*found.effects, found.overall))]
    assert collections(axes, "#0b4f6c")[0] == pytest.approx(found.effects[0].confidence_interval().intervals[0])
    assert axes.get_xlabel().startswith("Effekt (behandlade − kontrafaktiskt)\nStreck")
    assert any(list(line.get_xdata()) == [0, 0] for line in axes.lines)


def test_an_effect_without_interval_is_an_open_point_and_says_so():
    without = samples.effect(inference=Unavailable(reason=Text(en="None.", sv="Inget.")), path=False)
    mixed = EffectSet(labels=("a", "b"), effects=(samples.student(), without))
    (axes,) = mixed.plot("sv").axes

    assert [label.get_text() for label in axes.get_yticklabels()] == ["a", "b (utan intervall)"]
    assert points(axes, "D", "white") == [(without.estimate, -1)]
    none = EffectSet(labels=("a",), effects=(without,)).plot().axes[0]
    assert none.get_xlabel().endswith("No interval exists.")


def test_another_level_is_on_its_row():
    few = samples.effect(errors=(-0.1, 0.05, 0.1, 0.2), path=False)
    (axes,) = EffectSet(labels=("many", "few"), effects=(samples.effect(path=False), few)).plot().axes

    assert [label.get_text() for label in axes.get_yticklabels()] == ["many", "few (80%)"]


def test_units_and_views_have_panels_of_their_own():
    days, kronor = samples.student(), replace(samples.student(), outcome=effekt.Outcome(column="cost", unit="$"))
    relative = samples.effect(path=False).relative_improvement()
    mixed = EffectSet(labels=("a", "b", "c", "d"), effects=(days, kronor, relative, days))
    figure = mixed.plot()

    assert [axes.get_xlabel().splitlines()[0] for axes in figure.axes] == [
        "Effect (treated − counterfactual) (days)",
        r"Effect (treated − counterfactual) (\$)",
        "Relative improvement (%)",
    ]
    assert [[t.get_text() for t in axes.get_yticklabels()] for axes in figure.axes] == [["a", "d"], ["b"], ["c"]]
    assert points(figure.axes[2], "D")[0] == (pytest.approx(10), 0)


def test_an_infinite_end_reaches_the_edge_of_the_picture():
    open_ended = EFFECTS["complier_disjoint"]()
    (axes,) = EffectSet(labels=("a",), effects=(open_ended,)).plot().axes
    (_, first), (second, _) = open_ended.confidence_interval().intervals
    drawn = [bar.get_segments()[0][:, 0].tolist() for bar in axes.collections]

    assert drawn == [[axes.get_xlim()[0], first], [second, axes.get_xlim()[1]]]
    assert [x for x, _ in points(axes, "|")] == [first, second]
    assert axes.figure._repr_png_().startswith(b"\x89PNG")


def test_nothing_is_kept_and_pyplot_stays_out():
    import sys

    first, second = STUDY.plot(), STUDY.plot()

    assert first is not second
    assert "matplotlib.pyplot" not in sys.modules or not sys.modules["matplotlib.pyplot"].get_fignums()


def test_languages_are_two_and_chance_must_be_chance():
    with pytest.raises(ArgumentError, match=r"`lang` must be 'en' or 'sv'; got 'de'\."):
        STUDY.plot("de")
    with pytest.raises(ArgumentError, match="`rng` must be an integer seed"):
        STUDY.plot(rng=-1)
