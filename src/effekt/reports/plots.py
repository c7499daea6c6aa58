"""Pictures in matplotlib for notebooks, love plots among them; nothing is kept between calls, no backend is chosen."""

from __future__ import annotations

import functools
import io
import itertools
import math
import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from effekt._text import LANGUAGES, Language, Text, format_number
from effekt._validation import check_option
from effekt.diagnostics.bands import uniform_bands
from effekt.exceptions import ViewUnavailableError
from effekt.reports.document import EffectPicture, TrendPicture
from effekt.reports.pictures import effect_picture, trend_picture
from effekt.reports.set_pictures import EventPicture, ForestPanel, Row, event_picture, forest_panels, unit_of
from effekt.reports.svg import ACCENT, INK, MUTED, PALE, PALER, Axis, shaded
from effekt.result import Diagnostic, EffectEstimate, EffectSet

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.ticker import ScalarFormatter
    from numpy.random import Generator

_TICKS = 8
WIDEST = 90  # characters of a line under a picture
_BEFORE, _AFTER = Text(en="Before", sv="Före"), Text(en="After", sv="Efter")
_SPREADS = {
    "treated": Text(en="treated", sv="de behandlades"),
    "control": Text(en="control", sv="kontrollernas"),
    "pooled": Text(en="pooled", sv="båda gruppernas"),
}
_SINCE = Text(en="Periods since adoption", sv="Perioder sedan införandet")


def plot_effect(effect: EffectEstimate, lang: Language = "en") -> Figure:
    """Draw an effect: its path over time where it has one, and the estimate beside what chance gives.

    Parameters
    ----------
    effect : EffectEstimate
        In the view to be drawn.
    lang : {"en", "sv"}

    Returns
    -------
    matplotlib.figure.Figure
        Shown by a notebook as it is; `.savefig(path)` writes it.

    Examples
    --------
    >>> import effekt
    >>> data = {"outcome": [4.0, 5.0, 6.0, 7.0, 8.0, 9.5], "treatment": [0, 0, 0, 1, 1, 1]}
    >>> effect = effekt.randomized_trial(data, outcome="outcome", treatment="treatment", adjustment="none")
    >>> len(plot_effect(effect).axes)
    1
    """
    check_option("lang", lang, LANGUAGES)
    heights = [3.0] if effect.path is None else [4.0, 2.6]
    figure = _figure_class()(figsize=(8.0, sum(heights)), layout="constrained")
    axes = figure.subplots(len(heights), 1, squeeze=False, height_ratios=heights)[:, 0]
    if effect.path is not None:
        _draw_trend(axes[0], trend_picture(effect, effect.path), lang)
    _draw_effect(axes[-1], effect_picture(effect), unit_of(effect).in_language(lang), lang)
    return figure


def plot_effects(effects: EffectSet, lang: Language = "en", *, rng: Generator | int | None = None) -> Figure:
    """Draw the effects of a set: an event study over time, any other set as rows, one panel for each unit and view.

    Parameters
    ----------
    effects : EffectSet
    lang : {"en", "sv"}
    rng : numpy.random.Generator or int, optional
        Chance of the bands that hold for all effects together; without it only each effect's own interval is drawn.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ArgumentError
        With `rng`, for a set that `uniform_bands` refuses.
    InferenceUnavailableError
        With `rng`, when an effect has no inference.

    Examples
    --------
    >>> import effekt
    >>> table = effekt.datasets.two_group_panel(rng=1, n_units=40, n_periods=5, n_before=3).table
    >>> effects = effekt.event_study(table, outcome="outcome", unit="unit", time="year", treatment="treatment")
    >>> plot_effects(effects, rng=1).axes[0].get_xlabel().splitlines()[0]
    'Periods since adoption'
    """
    check_option("lang", lang, LANGUAGES)
    bands = None if rng is None else uniform_bands(effects, rng=rng)
    picture = event_picture(effects, bands)
    if picture is not None:
        figure = _figure_class()(figsize=(8.0, 4.4), layout="constrained")
        _draw_events(figure.subplots(), picture, lang)
        return figure
    panels = forest_panels(effects, bands, lang)
    heights = [0.9 + 0.35 * len(panel.rows) for panel in panels]
    figure = _figure_class()(figsize=(8.0, sum(heights) + 0.5), layout="constrained")
    for axes, panel in zip(
        figure.subplots(len(panels), 1, squeeze=False, height_ratios=heights)[:, 0], panels, strict=True
    ):
        _draw_forest(axes, panel, lang)
    return figure


def plot_diagnostic(check: Diagnostic, lang: Language = "en") -> Figure:
    """Draw a check; of `covariate_balance` a love plot: each covariate's difference before and after weighting.

    Parameters
    ----------
    check : Diagnostic
    lang : {"en", "sv"}

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ViewUnavailableError
        For a check without a picture.
    """
    check_option("lang", lang, LANGUAGES)
    if check.name != "covariate_balance":
        raise ViewUnavailableError(
            f"The check {check.name!r} has no picture; `tidy()` gives its table.",
            f"Kontrollen {check.name!r} har ingen bild; `tidy()` ger dess tabell.",
        )
    names = [str(name) for name in check.table["covariate"]]
    figure = _figure_class()(figsize=(8.0, 1.6 + 0.3 * len(names)), layout="constrained")
    _draw_balance(figure.subplots(), names, check, lang)
    return figure


def _draw_balance(axes: Axes, names: list[str], check: Diagnostic, lang: Language) -> None:
    limit = check.values["threshold"]
    assert isinstance(limit, float)
    axes.axvspan(-limit, limit, color=PALER, zorder=0)
    axes.axvline(0, color=INK, linewidth=1.4)
    rows = [-place for place in range(len(names))]
    both = [[_number(value) for value in check.table[f"smd_{when}"]] for when in ("before", "after")]
    axes.hlines(rows, both[0], both[1], color=MUTED, linewidth=0.8)
    axes.plot(both[0], rows, "o", markerfacecolor="white", markeredgecolor=INK, label=_BEFORE.in_language(lang))
    axes.plot(both[1], rows, "o", color=ACCENT, label=_AFTER.in_language(lang))
    axes.set_yticks(rows, [_literal(name) for name in names])
    axes.set_ylim(-len(names) + 0.4, 0.6)
    of = _SPREADS[str(check.table["denominator"][0] if "denominator" in check.table else "treated")]
    most = {"en": f"{limit:g}", "sv": f"{limit:g}".replace(".", ",")}
    label = Text(
        en=f"Treated − control, in standard deviations ({of.en}); shaded: up to {most['en']} in size",
        sv=f"Behandlade − kontroller, i standardavvikelser ({of.sv}); skuggat: högst {most['sv']} i storlek",
    )
    axes.set_xlabel(label.in_language(lang))
    axes.legend(frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    _plain(axes, lang)


def _number(value: float | int | str | None) -> float:
    return value if isinstance(value, (int, float)) else math.nan


def plot_payment(
    curves: Mapping[str, Sequence[tuple[float, float]]], figure: str, currency: str, lang: Language = "en"
) -> Figure:
    """Draw what a contract pays against a figure.

    Parameters
    ----------
    curves : mapping of standard error to corners
        Of each curve the values of the figure and the payment there, straight in between.
    figure, currency : str
        Labels of the axes.
    lang : {"en", "sv"}

    Returns
    -------
    matplotlib.figure.Figure
    """
    drawn = _figure_class()(figsize=(8.0, 3.6), layout="constrained")
    axes = drawn.subplots()
    unique: dict[tuple[tuple[float, float], ...], tuple[str, Sequence[tuple[float, float]]]] = {}
    for error, corners in curves.items():  # of equal curves the one drawn furthest, the last, is shown
        unique[tuple(corners[1:-1])] = (error, corners)
    label = {"en": "standard error", "sv": "medelfel"}[lang]
    for place, (error, corners) in enumerate(unique.values()):
        xs, ys = zip(*corners, strict=True)
        axes.plot(xs, ys, color=ACCENT, linestyle=("-", "--", ":", "-.")[place % 4], label=f"{label} {error}")
    axes.axhline(0, color=INK, linewidth=0.8)
    axes.set_xlabel(figure)
    axes.set_ylabel({"en": f"payment, {currency}", "sv": f"betalning, {currency}"}[lang])
    axes.yaxis.set_major_formatter(lambda value, _: format_number(float(value), lang, 0))
    if len(unique) > 1:
        axes.legend(frameon=False)
    return drawn


@functools.cache
def _figure_class() -> type[Figure]:
    """A figure that notebooks show without pyplot."""
    from matplotlib.figure import Figure

    class NotebookFigure(Figure):
        def _repr_png_(self) -> bytes:
            buffer = io.BytesIO()
            self.savefig(buffer, format="png")
            return buffer.getvalue()

    return NotebookFigure


def _draw_trend(axes: Axes, picture: TrendPicture, lang: Language) -> None:
    for span, fill, side in ((picture.reference, PALER, "left"), (picture.evaluation, PALE, "right")):
        ends = picture.numbers[span.first] - 0.5, picture.numbers[span.last] + 0.5
        for run in shaded(span, picture):
            axes.axvspan(*run, color=fill, zorder=0)
        at = ends[0] if side == "left" else ends[1]
        axes.annotate(
            span.label.in_language(lang), (at, 1.02), xycoords=axes.get_xaxis_transform(), ha=side, color=MUTED
        )
    for series, colour, dash, marker in (
        (picture.counterfactual, INK, "--", "white"),
        (picture.treated, ACCENT, "-", ACCENT),
    ):
        there = {n: value for n, value in zip(picture.numbers, series.values, strict=True) if value is not None}
        whole = range(picture.numbers[0], picture.numbers[-1] + 1)
        mean = {"en": "mean", "sv": "medelvärde"}[lang]
        label = f"{series.label.in_language(lang)}, {mean} {series.mean.label.in_language(lang)}"
        values = [there.get(number, math.nan) for number in whole]
        axes.plot(whole, values, dash, color=colour, marker="o", markerfacecolor=marker, label=label)
        for first, last in itertools.pairwise(there):
            if last > first + 1:  # over missing periods, as in a report
                axes.plot([first, last], [there[first], there[last]], ":", color=colour, linewidth=1)
        axes.plot(
            [picture.numbers[picture.evaluation.first], picture.numbers[picture.evaluation.last]],
            [series.mean.value] * 2,
            dash,
            color=colour,
            linewidth=1,
        )
    ticks = _spread_out(picture.numbers)
    axes.set_xticks([picture.numbers[i] for i in ticks], [picture.periods[i] for i in ticks])
    axes.margins(x=0.01)
    axes.set_ylabel(_literal(picture.unit.in_language(lang)))
    axes.legend(frameon=False)
    _plain(axes, lang)


def _spread_out(numbers: Sequence[int]) -> list[int]:
    """Positions of at most about `_TICKS` numbers that stand well apart."""
    apart = max(1.0, (numbers[-1] - numbers[0]) / _TICKS)
    chosen = [0]
    for i, number in enumerate(numbers):
        if number - numbers[chosen[-1]] >= apart:
            chosen.append(i)
    return chosen


def _draw_effect(axes: Axes, picture: EffectPicture, unit: str, lang: Language) -> None:
    scale = 100.0 if picture.percent else 1.0
    axes.axvline(picture.zero.value * scale, color=INK, linewidth=1.4)
    rows = [textwrap.fill(picture.intervals_label.in_language(lang), 24)]
    finite = [picture.estimate.value, picture.zero.value, *picture.placebos]
    finite += [end for pair in picture.intervals for end in pair if math.isfinite(end)]
    shown = Axis.around(finite, 0.0, 1.0)
    axes.set_xlim(shown.low * scale, shown.high * scale)
    for low, high in picture.intervals:
        ends = [max(low, shown.low) * scale, min(high, shown.high) * scale]
        axes.plot(ends, [0, 0], color=ACCENT, linewidth=2.4)
        for end in (low, high):
            if math.isfinite(end):
                axes.plot([end * scale], [0], color=ACCENT, marker="|", markersize=12)
    axes.plot([picture.estimate.value * scale], [0], "D", color=ACCENT, markersize=9)
    axes.annotate(
        _literal(picture.estimate.label.in_language(lang)),
        (picture.estimate.value * scale, 0),
        textcoords="offset points",
        xytext=(0, 10),
        ha="center",
        color=ACCENT,
    )
    if picture.placebos:
        rows.append(textwrap.fill(picture.placebos_label.in_language(lang), 24))
        values = [value * scale for value in picture.placebos]
        axes.plot(values, [-1] * len(values), "o", markerfacecolor="none", markeredgecolor=INK)
    axes.set_yticks([-i for i in range(len(rows))], rows)
    axes.set_ylim(-len(rows) + 0.4, 0.7)
    axes.set_xlabel(_literal(picture.axis.in_language(lang) + (f" ({unit})" if unit else "")))
    _plain(axes, lang)


def _draw_forest(axes: Axes, panel: ForestPanel, lang: Language) -> None:
    """One row for each effect: a diamond on its interval, the band for all of them pale behind it."""
    axes.axvline(panel.zero, color=INK, linewidth=1.4)
    shown = _around(panel.rows, panel.zero)
    axes.set_xlim(shown.low, shown.high)
    for place, row in enumerate(panel.rows):
        for low, high in row.bands:
            axes.hlines([-place], low, high, color=PALE, linewidth=9, zorder=0)
        for low, high in row.intervals:
            axes.hlines([-place], max(low, shown.low), min(high, shown.high), color=ACCENT, linewidth=2.4)
            inside = [end for end in (low, high) if math.isfinite(end)]
            axes.plot(inside, [-place] * len(inside), color=ACCENT, linestyle="none", marker="|", markersize=12)
        face = "white" if not row.intervals else ACCENT
        axes.plot([row.estimate], [-place], "D", markerfacecolor=face, markeredgecolor=ACCENT, markersize=8)
    axes.set_yticks([-place for place in range(len(panel.rows))], [_literal(row.label) for row in panel.rows])
    axes.set_ylim(-len(panel.rows) + 0.4, 0.6)
    axes.set_xlabel(_literal(f"{panel.axis.in_language(lang)}\n{_wrapped(panel.said.in_language(lang))}"))
    _plain(axes, lang)


def _around(rows: Sequence[Row], zero: float) -> Axis:
    """An axis that holds every estimate and every end that is finite."""
    ends = [end for row in rows for pair in (*row.intervals, *row.bands) for end in pair]
    return Axis.around([zero, *(row.estimate for row in rows), *filter(math.isfinite, ends)], 0.0, 1.0)


def _draw_events(axes: Axes, picture: EventPicture, lang: Language) -> None:
    """Effects by periods since adoption: open circles before, filled from the first that may be an effect on."""
    axes.axhline(0, color=INK, linewidth=1.4)
    axes.axvline(picture.first - 0.5, color=MUTED, linewidth=1, linestyle=":")
    shown = _around(picture.rows, 0.0)
    axes.set_ylim(shown.low, shown.high)
    for row, at in zip(picture.rows, picture.times, strict=True):
        for low, high in row.bands:
            axes.vlines([at], low, high, color=PALE, linewidth=9, zorder=0)
        for low, high in row.intervals:
            axes.vlines(
                [at],
                max(low, shown.low),
                min(high, shown.high),
                color=ACCENT if at >= picture.first else INK,
                linewidth=2,
            )
    for after, words in ((False, picture.before), (True, picture.after)):
        chosen = [place for place, at in enumerate(picture.times) if (at >= picture.first) is after]
        colour, face = (ACCENT, ACCENT) if after else (INK, "white")
        if chosen:
            axes.plot(
                [picture.times[place] for place in chosen],
                [picture.rows[place].estimate for place in chosen],
                "o",
                markerfacecolor=face,
                markeredgecolor=colour,
                label=words.in_language(lang),
            )
    if picture.reference is not None:
        axes.plot([picture.reference], [0], "s", color=INK, label=picture.reference_label.in_language(lang))
    if picture.overall is not None:
        span = [at for at in picture.times if at >= 0]
        label = _literal(picture.overall.label.in_language(lang))
        axes.plot([span[0], span[-1]], [picture.overall.value] * 2, "--", color=ACCENT, linewidth=1, label=label)
    spots = sorted({*picture.times, picture.first - 1})
    axes.set_xticks([spots[place] for place in _spread_out(spots)])
    axes.set_xlabel(f"{_SINCE.in_language(lang)}\n{_wrapped(picture.said.in_language(lang))}")
    axes.set_ylabel(_literal(picture.axis.in_language(lang)))
    axes.legend(frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    _plain(axes, lang)


def _wrapped(text: str) -> str:
    """In lines that fit under a picture."""
    return "\n".join(textwrap.wrap(text, WIDEST))


def _literal(text: str) -> str:
    """The text with its dollars kept from being read as mathematics."""
    return text.replace("$", r"\$")


def _plain(axes: Axes, lang: Language) -> None:
    """Without a frame, and with the language's decimal sign along the axes."""
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    if lang == "sv":
        for axis in (axes.xaxis, axes.yaxis):
            if type(axis.get_major_formatter()) is _with_comma().__base__:  # labels of one's own stay
                axis.set_major_formatter(_with_comma()())


@functools.cache
def _with_comma() -> type[ScalarFormatter]:
    from matplotlib.ticker import ScalarFormatter

    class WithComma(ScalarFormatter):
        def __call__(self, x: float, pos: int | None = None) -> str:
            return super().__call__(x, pos).replace(".", ",")

    return WithComma
