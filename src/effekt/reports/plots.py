"""Pictures in matplotlib for notebooks, love plots among them; nothing is kept between calls, no backend is chosen."""

from __future__ import annotations

import functools
import io
import math
import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from effekt._text import LANGUAGES, Language, format_number
from effekt._validation import check_option
from effekt.exceptions import ViewUnavailableError
from effekt.reports.document import EffectPicture, TrendPicture
from effekt.reports.pictures import effect_picture, trend_picture
from effekt.reports.svg import ACCENT, INK, MUTED, PALE, PALER, Axis
from effekt.reports.wording import PERCENT_VIEWS
from effekt.result import Diagnostic, EffectEstimate

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_TICKS = 8


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
    _draw_effect(axes[-1], effect_picture(effect), _unit(effect), lang)
    return figure


def plot_diagnostic(check: Diagnostic) -> Figure:
    """Draw a check; of `covariate_balance` a love plot: each covariate's difference before and after weighting.

    Parameters
    ----------
    check : Diagnostic

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ViewUnavailableError
        For a check without a picture.
    """
    if check.name != "covariate_balance":
        raise ViewUnavailableError(
            f"The check {check.name!r} has no picture; `tidy()` gives its table.",
            f"Kontrollen {check.name!r} har ingen bild; `tidy()` ger dess tabell.",
        )
    names = [str(name) for name in check.table["covariate"]]
    figure = _figure_class()(figsize=(8.0, 1.6 + 0.3 * len(names)), layout="constrained")
    _draw_balance(figure.subplots(), names, check)
    return figure


def _draw_balance(axes: Axes, names: list[str], check: Diagnostic) -> None:
    limit = check.values["threshold"]
    assert isinstance(limit, float)
    axes.axvspan(-limit, limit, color=PALER, zorder=0)
    axes.axvline(0, color=INK, linewidth=1.4)
    rows = [-place for place in range(len(names))]
    both = [[_number(value) for value in check.table[f"smd_{when}"]] for when in ("before", "after")]
    axes.hlines(rows, both[0], both[1], color=MUTED, linewidth=0.8)
    axes.plot(both[0], rows, "o", markerfacecolor="white", markeredgecolor=INK, label="Before")
    axes.plot(both[1], rows, "o", color=ACCENT, label="After")
    axes.set_yticks(rows, [_literal(name) for name in names])
    axes.set_ylim(-len(names) + 0.4, 0.6)
    denominator = check.table["denominator"][0] if "denominator" in check.table else "treated"
    axes.set_xlabel(f"Treated − control, in standard deviations ({denominator}); shaded: up to {limit:g} in size")
    axes.legend(frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    _plain(axes)


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
        axes.axvspan(*ends, color=fill, zorder=0)
        at = ends[0] if side == "left" else ends[1]
        axes.annotate(
            span.label.in_language(lang), (at, 1.02), xycoords=axes.get_xaxis_transform(), ha=side, color=MUTED
        )
    for series, colour, dash, marker in (
        (picture.counterfactual, INK, "--", "white"),
        (picture.treated, ACCENT, "-", ACCENT),
    ):
        values = [math.nan if value is None else value for value in series.values]
        mean = {"en": "mean", "sv": "medelvärde"}[lang]
        label = f"{series.label.in_language(lang)}, {mean} {series.mean.label.in_language(lang)}"
        axes.plot(picture.numbers, values, dash, color=colour, marker="o", markerfacecolor=marker, label=label)
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
    _plain(axes)


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
    _plain(axes)


def _unit(effect: EffectEstimate) -> str:
    """What the values of the view are measured in; nothing for a ratio."""
    if effect.view.name in PERCENT_VIEWS:
        return "%"
    return "" if effect.view.contrast == "ratio" else effect.outcome.unit


def _literal(text: str) -> str:
    """The text with its dollars kept from being read as mathematics."""
    return text.replace("$", r"\$")


def _plain(axes: Axes) -> None:
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
