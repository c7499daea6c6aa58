"""The means that an effect's own checks hold on other readings: bounds, windows, adjustments and comparators."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from effekt._calendar import parse_window, period_label
from effekt._inference.sets import Means
from effekt._text import Text
from effekt.exceptions import ArgumentError
from effekt.result import Diagnostic, EffectEstimate, ExactMeans

TRIALS = ("randomized_trial", "randomized_trials")
BOUNDS = {
    "lee_bounds": Text(en="trimming bound (Lee)", sv="beskärningsgräns (Lee)"),
    "manski_bounds": Text(en="worst-case bound (Manski)", sv="värstafallsgräns (Manski)"),
}
WINDOWS = "baseline_choice"
WINDOWED = "trend_adjusted"
_SIDES = {"lower": Text(en="lower", sv="undre"), "upper": Text(en="upper", sv="övre")}
_ADJUSTMENTS = {
    "ratio": Text(en="the reference times the comparator's change", sv="referensen gånger jämförelsens förändring"),
    "difference": Text(en="the reference plus the comparator's change", sv="referensen plus jämförelsens förändring"),
    "none": Text(en="before and after, with no comparator", sv="före och efter, utan jämförelse"),
}
_CORRECTED = "level_correction"
_UNCORRECTED = Text(en="not corrected for the reference level", sv="inte korrigerat för referensnivån")
_TRENDS = {
    "ratio_of_means": Text(
        en="the trend as the ratio of the comparator's means", sv="trenden som kvoten av jämförelsens medelvärden"
    ),
}
_OWN_UNITS = {
    "kept": Text(
        en="the treated units kept in the comparator's series", sv="de behandlade enheterna kvar i jämförelseserien"
    ),
    "removed": Text(
        en="the treated units taken out of the comparator's series",
        sv="de behandlade enheterna borttagna ur jämförelseserien",
    ),
}
_SAME = 1e-9  # relative difference within which a reading called the declared one is that of the effect


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherMeans:
    """The two means of another reading of an effect.

    Attributes
    ----------
    name : str
        Its kind and its name among those of the kind, such as "window 2014–2015" or "lee_bounds lower".
    label : Text
    means : Means
    exact : ExactMeans, optional
        The same as exact fractions, where those of the effect are and its treated mean is as it was.
    """

    name: str
    label: Text
    means: Means
    exact: ExactMeans | None = None


def bounds(effect: EffectEstimate) -> Iterator[OtherMeans]:
    """The means in both arms at each bound of missing outcomes."""
    if effect.method not in TRIALS:
        return
    for check in effect.diagnostics:
        if check.name not in BOUNDS:
            continue
        kind = BOUNDS[check.name]
        for side, treated, control in _rows(check, "bound", "treated_mean", "control_mean"):
            which = _SIDES.get(str(side))
            if which is not None and isinstance(treated, (int, float)) and isinstance(control, (int, float)):
                label = Text(en=f"{which.en} {kind.en}", sv=f"{which.sv} {kind.sv}")
                means = Means(treated=float(treated), counterfactual=float(control))
                yield OtherMeans(name=f"{check.name} {side}", label=label, means=means)


def windows(effect: EffectEstimate) -> Iterator[OtherMeans]:
    """The treated mean, which moves with a population of their own, and the counterfactual of each other reference."""
    declared = _declared_window(effect)
    for check in _of(effect, WINDOWS):
        own = "treated_mean" in check.table
        for window, relative, *means in _rows(check, "window", "relative", *(["treated_mean"] if own else [])):
            if window != declared:
                label = Text(en=f"reference window {window}", sv=f"referensfönster {window}")
                yield from _moved(effect, f"window {window}", label, relative, *means)


def adjustments(effect: EffectEstimate) -> Iterator[OtherMeans]:
    """The same treated mean with the counterfactual of every other trend adjustment."""
    for check in _of(effect, "adjustment_readings"):
        paying = check.values.get("paying")
        own = "relative_corrected" if paying == _CORRECTED else f"relative_{paying}"
        if not _is_own(effect, check.values.get(own)):
            continue
        for name, words in _ADJUSTMENTS.items():
            if name != paying:
                relative = check.values.get(f"relative_{name}")
                yield from _moved(effect, f"adjustment {name}", _uncorrected(words, paying), relative)


def comparators(effect: EffectEstimate) -> Iterator[OtherMeans]:
    """The same treated mean with the comparator's trend read otherwise, or with the treated units in or out of it."""
    for check in _of(effect, "trend_readings"):
        if _is_own(effect, check.values.get(f"relative_{effect.arguments.get('trend')}")):
            for name, words in _TRENDS.items():
                yield from _moved(effect, f"trend {name}", words, check.values.get(f"relative_{name}"))
    for check in _of(effect, "own_unit"):
        declared = check.values.get("own_unit")
        if _is_own(effect, check.values.get(f"relative_{declared}")):
            for name, words in _OWN_UNITS.items():
                if name != declared:
                    yield from _moved(effect, f"series {name}", words, check.values.get(f"relative_{name}"))


def _of(effect: EffectEstimate, name: str) -> Iterator[Diagnostic]:
    return (check for check in effect.diagnostics if effect.method == WINDOWED and check.name == name)


def _declared_window(effect: EffectEstimate) -> str | None:
    """The label of the reference window that the call has; None of a call without one, which is told by itself."""
    taken = effect.arguments
    try:
        window = parse_window("reference_window", taken.get("reference_window"), taken.get("period", ""))
    except ArgumentError:
        return None
    return "–".join(dict.fromkeys(period_label(end, window.period) for end in (window.first, window.last)))


def _uncorrected(words: Text, paying: object) -> Text:
    if paying != _CORRECTED:
        return words
    return Text(en=f"{words.en}, {_UNCORRECTED.en}", sv=f"{words.sv}, {_UNCORRECTED.sv}")


def _is_own(effect: EffectEstimate, relative: object) -> bool:
    """Whether what a check calls the declared reading is that of the effect, as it is not without a correction."""
    if not isinstance(relative, (int, float)):
        return False
    return math.isclose(effect.treated_mean, effect.counterfactual_mean * (1 + relative), rel_tol=_SAME)


def _moved(
    effect: EffectEstimate, name: str, label: Text, relative: object, treated: object = None
) -> Iterator[OtherMeans]:
    """The counterfactual that a relative change stands for; nothing where it is hidden or has no meaning."""
    if isinstance(relative, (int, float)) and relative > -1:
        moved = isinstance(treated, (int, float))
        own = float(treated) if isinstance(treated, (int, float)) else effect.treated_mean
        exact = None if moved else _exactly(effect, relative)
        other = own / (1 + relative) if exact is None else float(exact.counterfactual)
        yield OtherMeans(name=name, label=label, means=Means(treated=own, counterfactual=other), exact=exact)


def _exactly(effect: EffectEstimate, relative: float) -> ExactMeans | None:
    """The exact means that a relative change stands for; None where those of the effect are not exact, or none above 0.

    A figure in the middle between two rounded ones is rounded as the contract rounds it only of exact means.
    """
    if effect.exact is None or effect.exact.treated <= 0 or math.isinf(math.nextafter(relative, math.inf)):
        return None
    treated = effect.exact.treated
    return ExactMeans(treated=treated, counterfactual=_simplest_mean(treated, relative))


def _simplest_mean(treated: Fraction, relative: float) -> Fraction:
    """The fraction of least denominator from which the treated mean has a change whose nearest float this is.

    A check holds that float alone. A mean of about 10 is the ratio of two sums, and where the lower of these is below
    10⁶ no other such ratio lies as near, unless the change is almost −1.
    """
    beside = (math.nextafter(relative, toward) for toward in (math.inf, -math.inf))
    low, high = (treated / (1 + (Fraction(relative) + Fraction(one)) / 2) for one in beside)
    wholes = []
    while (last := math.ceil(low)) > high:  # its continued fraction, as far as the two ends agree
        wholes.append(last - 1)
        low, high = 1 / (high - wholes[-1]), 1 / (low - wholes[-1])
    found = Fraction(last)
    for one in reversed(wholes):
        found = one + 1 / found
    return found


def _rows(check: Diagnostic, *names: str) -> Iterator[tuple[float | int | str | None, ...]]:
    """The cells of these columns, row by row; none where a column is not there, as effekt never writes a table."""
    if all(name in check.table for name in names):
        yield from zip(*(check.table[name] for name in names), strict=True)
