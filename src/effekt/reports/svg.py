"""The pictures of a page, drawn by hand as SVG.

No plotting library is used: a page must be written anew, byte for byte, on another machine with other versions, and
a plotting library's output changes with its version and with the fonts at hand. Every coordinate is a plain sum and
product, written with one decimal. Lines differ in dash and points in fill, so that nothing rests on colour alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from html import escape

from effekt._text import Language, format_number, format_percent
from effekt.exceptions import CertificateError
from effekt.reports.document import EffectPicture, Mark, Series, Span, TrendPicture, visible

WIDTH = 720.0
INK, MUTED, ACCENT, PALE, PALER, GRID = "#1b1b1b", "#4d5656", "#0b4f6c", "#dfe8ec", "#f0f2f2", "#d5dada"
LETTER = 0.6  # mean width of a letter in the system fonts, in ems
SMALL, LARGE = 12.0, 13.5
LONGEST_LABEL = 60
TICKS = 5


# ----------------------------------------------------------------------------------------------------- marks


def _number(value: float) -> str:
    return format(round(value, 1) + 0.0, ".1f").removesuffix(".0")


def _tag(name: str, content: str = "", /, **attributes: str | float) -> str:
    """One element; the attribute names' underscores stand for hyphens, and numbers are rounded."""
    written = "".join(
        f' {key.replace("_", "-")}="{escape(value) if isinstance(value, str) else _number(value)}"'
        for key, value in attributes.items()
    )
    return f"<{name}{written}>{content}</{name}>" if content else f"<{name}{written}/>"


def _line(x1: float, y1: float, x2: float, y2: float, stroke: str, dash: str = "", width: float = 1.0) -> str:
    dashed = {"stroke_dasharray": dash} if dash else {}
    return _tag("line", x1=x1, y1=y1, x2=x2, y2=y2, stroke=stroke, stroke_width=str(width), **dashed)


def _label(
    x: float, y: float, text: str, *, anchor: str = "start", fill: str = INK, size: float = SMALL, bold: bool = False
) -> str:
    weight = {"font_weight": "600"} if bold else {}
    return _tag("text", escape(_short(text)), x=x, y=y, text_anchor=anchor, fill=fill, font_size=size, **weight)


def _short(text: str) -> str:
    shown = visible(text)
    return shown if len(shown) <= LONGEST_LABEL else shown[: LONGEST_LABEL - 1] + "…"


def _wide(text: str, size: float = SMALL) -> float:
    return len(_short(text)) * size * LETTER


def _picture(id: str, title: str, description: str, height: float, parts: Sequence[str]) -> str:
    """The whole picture with its name and description for those who cannot see it."""
    head = _tag("title", escape(visible(title)), id=f"{id}-title")
    head += _tag("desc", escape(visible(description)), id=f"{id}-desc")
    return _tag(
        "svg",
        head + "".join(parts),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {_number(WIDTH)} {_number(height)}",
        role="img",
        aria_labelledby=f"{id}-title {id}-desc",
        font_family="inherit",
    )


# ------------------------------------------------------------------------------------------------------ axes


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """A linear axis: values from `low` to `high` at places from `start` to `end`."""

    low: float
    high: float
    start: float
    end: float

    @classmethod
    def around(cls, values: Sequence[float], start: float, end: float, pad: float = 0.08) -> Axis:
        """An axis that holds every value with a margin; one value alone gets room on both sides."""
        low, high = min(values), max(values)
        margin = (high - low) * pad or max(abs(high), 1.0) * 0.1
        if not math.isfinite(1000 * (abs(high) + abs(low))):
            raise CertificateError("A value is too large to be drawn; use a certificate that effekt wrote.")
        return cls(low=low - margin, high=high + margin, start=start, end=end)

    def at(self, value: float) -> float:
        """The place of a value; beyond an end, the end."""
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    def ticks(self) -> tuple[list[float], int]:
        """Round values, about five, and the decimals they need."""
        rough = Decimal((self.high - self.low) / TICKS)
        magnitude = Decimal(1).scaleb(rough.adjusted())
        step = next(
            nice * magnitude for nice in map(Decimal, ("1", "2", "2.5", "5", "10")) if nice * magnitude >= rough
        )
        first = math.ceil(Decimal(self.low) / step)
        last = math.floor(Decimal(self.high) / step)
        digits = max(0, -int(step.normalize().as_tuple().exponent))
        return [float(step * count) for count in range(first, last + 1)], digits


# ----------------------------------------------------------------------------------------------------- trend

_TREND_HEIGHT = 372.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 62.0, 540.0, 74.0, 326.0
_MOST_POINTS = 36  # more periods than this are drawn without points


def draw_trend(picture: TrendPicture, lang: Language) -> str:
    """Draw the treated outcome and its counterfactual over time.

    Parameters
    ----------
    picture : TrendPicture
    lang : {"sv", "en"}

    Returns
    -------
    str
        An ``<svg>`` element.
    """
    series = (picture.counterfactual, picture.treated)
    values = [value for one in series for value in (*one.values, one.mean.value) if value is not None]
    vertical = Axis.around(values, _BOTTOM, _TOP)
    places = picture.numbers
    across = Axis(low=places[0] - 0.5, high=places[-1] + 0.5, start=_LEFT, end=_RIGHT)
    parts = [
        *_windows(picture, across, lang),
        *_vertical_axis(picture, vertical, lang),
        *_period_labels(picture, across),
        *_series(picture.counterfactual, picture, across, vertical, treated=False),
        *_series(picture.treated, picture, across, vertical, treated=True),
        *_means(picture, across, vertical, lang),
    ]
    title, description = picture.title.in_language(lang), picture.description.in_language(lang)
    return _picture(picture.id, title, description, _TREND_HEIGHT, parts)


def _edges(span: Span, picture: TrendPicture, across: Axis) -> tuple[float, float]:
    return across.at(picture.numbers[span.first] - 0.5), across.at(picture.numbers[span.last] + 0.5)


def shaded(span: Span, picture: TrendPicture) -> list[tuple[float, float]]:
    """From where to where a window is shaded, on the scale of `numbers`: without the periods that are left out."""
    edges = [position for position in range(span.first, span.last + 1) if position in picture.left_out]
    starts, ends = [span.first, *(edge + 1 for edge in edges)], [*(edge - 1 for edge in edges), span.last]
    runs = [(first, last) for first, last in zip(starts, ends, strict=True) if first <= last]
    return [(picture.numbers[first] - 0.5, picture.numbers[last] + 0.5) for first, last in runs]


def _windows(picture: TrendPicture, across: Axis, lang: Language) -> Iterator[str]:
    """Both windows shaded where they count, bounded by lines, and named above, on two rows where names would meet."""
    taken = -math.inf
    for span, fill in ((picture.reference, PALER), (picture.evaluation, PALE)):
        left, right = _edges(span, picture, across)
        for start, end in shaded(span, picture):
            here = across.at(start)
            yield _tag("rect", x=here, y=_TOP - 8, width=across.at(end) - here, height=_BOTTOM - _TOP + 8, fill=fill)
        for edge in (left, right):
            yield _line(edge, _TOP - 8, edge, _BOTTOM, MUTED, dash="1 3")
        text = span.label.in_language(lang)
        wide = _wide(text)
        middle = min(max((left + right) / 2, _LEFT + wide / 2), WIDTH - wide / 2)
        row = _TOP - 16 if middle - wide / 2 > taken else _TOP - 32
        taken = middle + wide / 2 + SMALL
        yield _label(middle, row, text, anchor="middle", fill=MUTED)


def _vertical_axis(picture: TrendPicture, vertical: Axis, lang: Language) -> Iterator[str]:
    ticks, digits = vertical.ticks()
    for tick in ticks:
        y = vertical.at(tick)
        yield _line(_LEFT, y, _RIGHT, y, GRID)
        yield _label(_LEFT - 8, y + 4, format_number(tick, lang, digits), anchor="end", fill=MUTED)
    yield _label(0, 16, picture.unit.in_language(lang), fill=MUTED)


def _period_labels(picture: TrendPicture, across: Axis) -> Iterator[str]:
    """As many labels as fit, evenly, the first period's among them."""
    yield _line(_LEFT, _BOTTOM, _RIGHT, _BOTTOM, INK)
    widest = max(map(_wide, picture.periods)) + 1.5 * SMALL
    step = max(1, math.ceil(len(picture.periods) * widest / (_RIGHT - _LEFT)))
    for position in range(0, len(picture.periods), step):
        x = across.at(picture.numbers[position])
        yield _line(x, _BOTTOM, x, _BOTTOM + 5, INK)
        yield _label(x, _BOTTOM + 20, picture.periods[position], anchor="middle", fill=MUTED)


def _series(series: Series, picture: TrendPicture, across: Axis, vertical: Axis, *, treated: bool) -> Iterator[str]:
    """The line, dotted over missing periods, with filled points for the treated and open ones for the other."""
    stroke, dash = (ACCENT, "") if treated else (INK, "6 4")
    points = [
        (across.at(place), vertical.at(value), place)
        for place, value in zip(picture.numbers, series.values, strict=True)
        if value is not None
    ]
    drawn, previous = [], None
    for x, y, place in points:
        if previous is not None and previous[2] < place - 1:
            yield _line(previous[0], previous[1], x, y, stroke, dash="1 5")
        joined = previous is not None and previous[2] == place - 1
        drawn.append(f"{'L' if joined else 'M'}{_number(x)} {_number(y)}")
        previous = (x, y, place)
    dashed = {"stroke_dasharray": dash} if dash else {}
    yield _tag(
        "path", d=" ".join(drawn), fill="none", stroke=stroke, stroke_width="2.2" if treated else "1.6", **dashed
    )
    if len(points) <= _MOST_POINTS:
        for x, y, _ in points:
            yield _tag("circle", cx=x, cy=y, r=3.5, fill=stroke if treated else "#ffffff", stroke=stroke)


def _means(picture: TrendPicture, across: Axis, vertical: Axis, lang: Language) -> Iterator[str]:
    """Each mean over the evaluation window as a thin line that ends at its name, names kept apart."""
    left, _ = _edges(picture.evaluation, picture, across)
    series = ((picture.treated, ACCENT, ""), (picture.counterfactual, INK, "6 4"))
    heights = [vertical.at(one.mean.value) for one, _, _ in series]
    labels = _apart(heights, 40.0)
    for (one, colour, dash), y, label_y in zip(series, heights, labels, strict=True):
        yield _line(left, y, _RIGHT + 6, y, colour, dash=dash)
        yield _line(_RIGHT + 6, y, _RIGHT + 14, label_y, colour)
        yield _label(_RIGHT + 18, label_y - 2, one.label.in_language(lang), fill=colour, size=LARGE)
        yield _label(_RIGHT + 18, label_y + 15, one.mean.label.in_language(lang), fill=colour, size=LARGE, bold=True)


def _apart(heights: Sequence[float], least: float) -> list[float]:
    """Two heights moved equally until they are `least` apart."""
    first, second = heights
    push = max(0.0, least - abs(first - second)) / 2
    return [first + push, second - push] if first >= second else [first - push, second + push]


# ---------------------------------------------------------------------------------------------------- effect

_PLOT_LEFT, _PLOT_RIGHT = 176.0, 704.0
_DOT, _SMALL_DOT, _MANY = 4.5, 2.4, 120


def draw_effect(picture: EffectPicture, lang: Language) -> str:
    """Draw an estimate with its interval, zero and the thresholds, and the placebos as a strip below.

    Parameters
    ----------
    picture : EffectPicture
    lang : {"sv", "en"}

    Returns
    -------
    str
        An ``<svg>`` element.
    """
    ends = [end for pair in picture.intervals for end in pair if math.isfinite(end)]
    marks = (picture.zero, *picture.thresholds)
    values = [picture.estimate.value, *(mark.value for mark in marks), *ends, *picture.placebos]
    axis = Axis.around(values, _PLOT_LEFT, _PLOT_RIGHT, pad=0.06)
    names, levels = _mark_names(marks, axis, lang)
    row = 34 + 16 * levels + 18.0
    dots, stack = _strip(picture.placebos, axis)
    below = row + (stack + 44 if picture.placebos else 0)
    bottom = below + 26
    parts = [
        *_horizontal_axis(picture, axis, bottom, lang),
        *names,
        *(
            _line(axis.at(mark.value), 8 + 16 * levels, axis.at(mark.value), bottom, ACCENT, "5 4")
            for mark in marks[1:]
        ),
        _line(axis.at(picture.zero.value), 8 + 16 * levels, axis.at(picture.zero.value), bottom, INK, width=1.4),
        *_estimate(picture, axis, row, lang),
        *(
            _tag("circle", cx=x, cy=below - up, r=r, fill="#ffffff", stroke=INK, stroke_width="1.2")
            for x, up, r in dots
        ),
    ]
    if picture.placebos:
        parts += _row_label(picture.placebos_label.in_language(lang), below)
    title, description = picture.title.in_language(lang), picture.description.in_language(lang)
    return _picture(picture.id, title, description, bottom + 44, parts)


def _mark_names(marks: Sequence[Mark], axis: Axis, lang: Language) -> tuple[list[str], int]:
    """The names of zero and the thresholds above their lines, on as many rows as keep them apart."""
    placed: list[tuple[float, int, str, str]] = []
    free: list[float] = []
    for position, mark in sorted(enumerate(marks), key=lambda pair: pair[1].value):
        text = mark.label.in_language(lang)
        half = _wide(text) / 2
        middle = min(max(axis.at(mark.value), half), WIDTH - half)
        level = next((i for i, end in enumerate(free) if middle - half > end), len(free))
        free[level : level + 1] = [middle + half + SMALL]
        placed.append((middle, level, text, INK if position == 0 else ACCENT))
    levels = len(free)
    names = [
        _label(middle, 2 + 16 * (levels - level), text, anchor="middle", fill=fill)
        for middle, level, text, fill in placed
    ]
    return names, levels


def _estimate(picture: EffectPicture, axis: Axis, y: float, lang: Language) -> Iterator[str]:
    """A diamond with its value above, on the bar of the interval; an arrow where an end is infinite."""
    for low, high in picture.intervals:
        yield _line(axis.at(low), y, axis.at(high), y, ACCENT, width=2.4)
        for end, inward in ((low, 7), (high, -7)):
            x = axis.at(end)
            if math.isfinite(end):
                yield _line(x, y - 7, x, y + 7, ACCENT, width=2.4)
            else:
                yield _line(x + inward, y - 6, x, y, ACCENT, width=2.4)
                yield _line(x + inward, y + 6, x, y, ACCENT, width=2.4)
    x = axis.at(picture.estimate.value)
    d = f"M{_number(x)} {_number(y - 8)} l8 8 l-8 8 l-8 -8 z"
    yield _tag("path", d=d, fill=ACCENT, stroke="#ffffff")
    text = picture.estimate.label.in_language(lang)
    half = _wide(text, LARGE) / 2
    middle = min(max(x, _PLOT_LEFT + half), WIDTH - half)
    yield _label(middle, y - 14, text, anchor="middle", fill=ACCENT, size=LARGE, bold=True)
    yield from _row_label(picture.intervals_label.in_language(lang), y)


def _row_label(text: str, y: float) -> Iterator[str]:
    """The name of a row at the left, on as many lines as it needs."""
    lines: list[str] = []
    for word in text.split(" "):
        if lines and _wide(f"{lines[-1]} {word}") <= _PLOT_LEFT - 24:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    top = y + 4 - 7.5 * (len(lines) - 1)
    yield from (_label(0, top + 15 * i, line, fill=MUTED) for i, line in enumerate(lines))


def _strip(values: Sequence[float], axis: Axis) -> tuple[list[tuple[float, float, float]], float]:
    """Each value as a dot, raised until it touches none placed before it: (x, height above the row, radius)."""
    radius = _DOT if len(values) <= _MANY else _SMALL_DOT
    apart = 2 * radius + 0.6
    last_at: list[float] = []
    dots = []
    for value in sorted(values):
        x = axis.at(value)
        level = next((i for i, taken in enumerate(last_at) if x - taken >= apart), len(last_at))
        last_at[level : level + 1] = [x]
        dots.append((x, level * apart, radius))
    return dots, max(0.0, (len(last_at) - 1) * apart)


def _horizontal_axis(picture: EffectPicture, axis: Axis, y: float, lang: Language) -> Iterator[str]:
    shown = Axis(low=axis.low * 100, high=axis.high * 100, start=axis.start, end=axis.end) if picture.percent else axis
    ticks, digits = shown.ticks()
    yield _line(axis.start, y, axis.end, y, INK)
    for tick in ticks:
        x = shown.at(tick)
        text = format_percent(tick / 100, lang, digits) if picture.percent else format_number(tick, lang, digits)
        yield _line(x, y, x, y + 5, INK)
        yield _label(x, y + 19, text, anchor="middle", fill=MUTED)
    yield _label(axis.end, y + 37, picture.axis.in_language(lang), anchor="end", fill=MUTED)
