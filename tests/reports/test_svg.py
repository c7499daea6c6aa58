"""The pictures of a page, as SVG."""

import math
import xml.etree.ElementTree as ET
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reports import samples

from effekt.reports.document import same
from effekt.reports.pictures import effect_picture, trend_picture
from effekt.reports.svg import WIDTH, Axis, draw_effect, draw_trend

SPACE = "{http://www.w3.org/2000/svg}"


def trend(lang="sv", **changes):
    """A drawn trend, parsed."""
    effect = samples.effect(**changes)
    return ET.fromstring(draw_trend(trend_picture(effect, effect.path), lang))


def strip(effect, thresholds=("0", "0.12"), lang="sv"):
    """A drawn estimate, parsed."""
    picture = effect_picture(effect.relative_improvement(), tuple(map(Fraction, thresholds)))
    return ET.fromstring(draw_effect(picture, lang))


def texts(picture):
    """The labels in a picture."""
    return [text.text for text in picture.iter(f"{SPACE}text")]


def numbers(picture):
    """Every coordinate in a picture."""
    names = ("x", "y", "x1", "x2", "y1", "y2", "cx", "cy")
    return [float(element.get(name)) for element in picture.iter() for name in names if element.get(name)]


@pytest.mark.parametrize("lang", ["sv", "en"])
def test_a_picture_has_a_name_and_stays_inside_its_frame(lang):
    for picture in (trend(lang), strip(samples.effect(), lang=lang), strip(samples.student(), lang=lang)):
        _, _, width, height = map(float, picture.get("viewBox").split())

        assert picture.find(f"{SPACE}title").text
        assert picture.find(f"{SPACE}desc").text
        assert width == WIDTH
        assert min(numbers(picture)) >= 0
        assert max(numbers(picture)) <= max(width, height)


def test_windows_and_lines_carry_their_names_and_numbers_in_the_language():
    swedish, english = texts(trend("sv")), texts(trend("en"))

    assert "Referensperiod 2016 – 2018" in swedish
    assert "Evaluation period 2019 – 2021" in english
    assert {"Med insatsen", "7,200", "Utan insatsen", "8,000"} <= set(swedish)
    assert "7.200" in english
    assert any("," in label for label in swedish if label.replace(",", "").isdigit())


def test_the_two_lines_differ_without_colour():
    drawn = trend()
    treated, counterfactual = reversed(list(drawn.iter(f"{SPACE}path")))
    fills = {circle.get("fill") for circle in drawn.iter(f"{SPACE}circle")}

    assert treated.get("stroke-dasharray") is None
    assert counterfactual.get("stroke-dasharray")
    assert len(fills) == 2


def test_a_missing_value_breaks_the_line():
    counterfactual = next(trend().iter(f"{SPACE}path")).get("d")

    assert counterfactual.count("M") == 2
    assert counterfactual.count("L") == 3


def test_periods_left_out_of_the_windows_have_no_shade():
    widths = [
        [float(rect.get("width")) for rect in trend(**given).iter(f"{SPACE}rect")]
        for given in ({}, {"arguments": {"period": "year", "excluded": [["2017", "2017"], ["2021", "2021"]]}})
    ]
    (reference, evaluation) = widths[0]

    assert widths[1] == pytest.approx([reference / 3, reference / 3, 2 * evaluation / 3], abs=0.051)  # of one decimal


def test_a_gap_in_the_calendar_is_seen():
    effect = samples.effect()
    path = replace(effect.path, periods=("2010", "2011", "2012", "2019", "2020", "2021"))
    drawn = trend_picture(effect, replace(path, reference=("2010", "2012")))

    assert drawn.numbers == (2010, 2011, 2012, 2019, 2020, 2021)
    assert ET.fromstring(draw_trend(drawn, "en")).findall(f"{SPACE}line[@stroke-dasharray='1 5']")


def test_labels_that_are_no_periods_stand_side_by_side():
    effect = samples.effect()
    periods = tuple("abcdef")
    path = replace(effect.path, periods=periods, reference=("a", "c"), evaluation=("d", "f"))

    assert trend_picture(effect, path).numbers == (0, 1, 2, 3, 4, 5)


def test_a_long_unit_is_cut_in_the_picture():
    assert all(len(text) <= 60 for text in texts(trend(unit="x" * 500)))


def test_many_months_get_as_many_labels_as_fit():
    months = tuple(f"{year}-{month:02d}" for year in range(2000, 2020) for month in range(1, 13))
    effect = samples.effect()
    path = replace(
        effect.path,
        periods=months,
        treated=(8.0,) * 240,
        counterfactual=(8.1,) * 240,
        reference=(months[0], months[119]),
        evaluation=(months[120], months[-1]),
    )
    drawn = ET.fromstring(draw_trend(trend_picture(effect, path), "sv"))

    assert 3 <= len([text for text in texts(drawn) if text in months]) <= 12
    assert not list(drawn.iter(f"{SPACE}circle"))


def test_the_estimate_stands_with_its_interval_zero_and_threshold():
    drawn = texts(strip(samples.effect()))

    assert {"+10,00\N{NO-BREAK SPACE}%", "ingen skillnad", "tröskel 12\N{NO-BREAK SPACE}%"} <= set(drawn)
    assert "25 enheter utan" in drawn


def test_every_placebo_is_a_dot_and_none_hides_another():
    for count in (10, 400):
        effect = samples.effect(errors=tuple(math.sin(i) / 10 for i in range(count)))
        dots = [
            (float(dot.get("cx")), float(dot.get("cy")), float(dot.get("r")))
            for dot in strip(effect).iter(f"{SPACE}circle")
        ]

        assert len(dots) == count
        radius = dots[0][2]
        closest = min(math.dist(a[:2], b[:2]) for i, a in enumerate(dots) for b in dots[:i])
        assert closest >= 2 * radius - 0.2


def test_an_infinite_end_is_an_arrow():
    picture = effect_picture(samples.student().relative_improvement())
    plain = ET.fromstring(draw_effect(picture, "en"))
    open_ended = ET.fromstring(draw_effect(replace(picture, intervals=((0.02, math.inf),)), "en"))
    thick = f"{SPACE}line[@stroke-width='2.4']"

    assert (len(plain.findall(thick)), len(open_ended.findall(thick))) == (3, 4)
    assert max(numbers(open_ended)) <= WIDTH


def test_names_of_many_thresholds_do_not_meet():
    drawn = strip(samples.effect(), [str(i / 100) for i in range(1, 13)])
    names = [text for text in drawn.iter(f"{SPACE}text") if text.text.startswith(("tröskel", "ingen"))]
    places = [(float(name.get("x")), float(name.get("y")), len(name.text)) for name in names]

    for i, (x, y, length) in enumerate(places):
        for other_x, other_y, other in places[:i]:
            assert y != other_y or abs(x - other_x) >= 6 * (length + other) / 2


def test_one_value_alone_has_an_axis():
    picture = effect_picture(samples.effect("8", "8", errors=(0.0,)).relative_improvement())

    assert "+0,00\N{NO-BREAK SPACE}%" not in draw_effect(picture, "sv")
    assert "0,00\N{NO-BREAK SPACE}%" in draw_effect(picture, "sv")


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6))
def test_ticks_are_few_round_and_inside(low, width):
    axis = Axis(low=low, high=low + width, start=0.0, end=100.0)
    if axis.high - axis.low < 1e-9 * abs(low):
        return
    ticks, digits = axis.ticks()

    assert 2 <= len(ticks) <= 7
    assert ticks == sorted(set(ticks))
    assert all(axis.low <= tick <= axis.high for tick in ticks)
    assert all(math.isclose(float(f"{tick:.{digits}f}"), tick, abs_tol=1e-12 * abs(tick)) for tick in ticks)


def test_text_is_escaped():
    picture = trend_picture(samples.effect(), samples.effect().path)
    drawn = draw_trend(replace(picture, unit=same("<b>&\"'"), title=same("<i>")), "en")

    assert "<b>" not in drawn
    assert ET.fromstring(drawn).find(f"{SPACE}title").text == "<i>"
