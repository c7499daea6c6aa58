"""Window means, comparator means and the counterfactual of ``trend_adjusted``, in exact fractions.

A plain outcome is a pair whose denominator is 1 in every cell: its ratio of sums over a window is the
plain mean over unit-periods.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import log1p
from typing import NamedTuple

from effekt.exceptions import ArgumentError, DataError, IncompleteWindowError
from effekt.independent.columns import Columns, column, labels, mean, numbers, total
from effekt.independent.periods import period_label, period_start, window_periods

Outcome = str | tuple[str, str] | list[str]
Window = Sequence[str | int]
Weighted = list[tuple[int, Fraction]]  # the first month of a period, and how often it counts
Windows = tuple[Weighted, Weighted]


class Panel(dict[tuple[str, int], tuple[Fraction, Fraction]]):
    """(numerator, denominator) by unit and first month of a period; a unit's sums over a window are kept.

    With ``strata``, of (share, panel), every mean is the shares' sum of the strata's means. They are those of
    ``parts`` that have a share; where ``population`` names units, it is that of their denominators in the reference.
    """

    def __init__(self) -> None:
        self.strata: list[tuple[Fraction, Panel]] = []
        self.parts: dict[tuple[str, ...], Panel] = {}
        self.population: Sequence[str] = ()
        self._sums: dict[tuple[tuple[int, Fraction], ...], dict[str, tuple[Fraction, Fraction]]] = {}

    def sums(self, units: Sequence[str], periods: Weighted) -> list[tuple[Fraction, Fraction]]:
        """Return Σ numerator and Σ denominator of each unit over some weighted periods."""
        kept = self._sums.setdefault(tuple(periods), {})
        for unit in units:
            if unit not in kept:
                cells = [self[unit, p] if w == 1 else tuple(w * part for part in self[unit, p]) for p, w in periods]
                kept[unit] = (total(n for n, _ in cells), total(d for _, d in cells))
        return [kept[unit] for unit in units]


class Rule(NamedTuple):
    """What turns cells into a mean and means into a counterfactual."""

    weights: str | None
    adjustment: str
    mean: str
    trend: str = "ratio_of_means"


class Reading(NamedTuple):
    """Treated means, comparator means and the counterfactual they give."""

    reference: Fraction
    treated: Fraction
    comparator_reference: Fraction | None
    comparator_evaluation: Fraction | None
    counterfactual: Fraction

    def error(self, adjustment: str) -> float | Fraction:
        """Return the error on the declared scale: log for ``ratio``, the outcome's for ``difference``."""
        if adjustment == "difference":
            return self.treated - self.counterfactual
        if self.treated <= 0 or self.counterfactual <= 0:
            raise DataError("adjustment='ratio' needs means above zero; use adjustment='difference'.")
        return log1p(float(self.treated / self.counterfactual - 1))

    def fraction(self, adjustment: str) -> Fraction:
        """Return the error, for ``ratio`` the ratio whose logarithm it is."""
        if adjustment == "difference":
            return self.treated - self.counterfactual
        self.error(adjustment)  # raises where there is no logarithm
        return self.treated / self.counterfactual

    def size(self, adjustment: str) -> Fraction:
        """Return what grows with the size of the error: |e|, or max(r, 1/r) of a ratio r, which |log r| is of."""
        own = self.fraction(adjustment)
        return abs(own) if adjustment == "difference" else max(own, 1 / own)


def rank(paying: Reading, placebos: Sequence[Reading], adjustment: str) -> Fraction:
    """Return (1 + #{|placebo| ≥ |observed|}) / (J + 1)."""
    bar = paying.size(adjustment)
    return Fraction(1 + sum(one.size(adjustment) >= bar for one in placebos), len(placebos) + 1)


def check_rule(
    outcome: Outcome, weights: str | None, adjustment: str, mean: str, trend: str = "ratio_of_means"
) -> Rule:
    """Return the checked choices."""
    if weights not in ("denominator", None) or (weights is not None and isinstance(outcome, str)):
        raise ArgumentError("weights must be None, or 'denominator' with a (numerator, denominator) outcome.")
    if adjustment not in ("ratio", "difference", "none"):
        raise ArgumentError(f"adjustment must be ratio, difference or none, not {adjustment!r}; choose one.")
    if mean not in ("ratio_of_sums", "mean_of_periods"):
        raise ArgumentError(f"mean must be ratio_of_sums or mean_of_periods, not {mean!r}; choose one.")
    if trend not in ("ratio_of_means", "mean_of_ratios", "mean_of_period_ratios"):
        raise ArgumentError(
            f"trend must be ratio_of_means, mean_of_ratios or mean_of_period_ratios, not {trend!r}; choose one."
        )
    if trend == "mean_of_period_ratios" and adjustment != "ratio":
        raise ArgumentError("trend='mean_of_period_ratios' goes with adjustment='ratio'; change one of them.")
    if trend == "mean_of_ratios" and (adjustment != "ratio" or weights is not None):
        raise ArgumentError("trend='mean_of_ratios' goes with adjustment='ratio' and weights=None; change one of them.")
    return Rule(weights, adjustment, mean, trend)


def other_adjustment(adjustment: str) -> str:
    """Return the reading that is reported beside the paying one."""
    return {"ratio": "difference", "difference": "ratio"}[adjustment]


def read_panel(columns: Columns, outcome: Outcome, unit: str, time: str, period: str) -> Panel:
    """Return (numerator, denominator) by unit and first month of the period."""
    top = outcome if isinstance(outcome, str) else outcome[0]
    numerators = numbers(columns, top)
    denominators = [Fraction(1)] * len(numerators) if isinstance(outcome, str) else numbers(columns, outcome[1])
    panel = Panel()
    cells = column(columns, time)
    for row, name in enumerate(labels(columns, unit)):
        key = (name, period_start(cells[row], period, f"column {time!r}, row {row + 1}"))
        if key in panel:
            raise DataError(
                f"columns {unit!r} and {time!r} must identify a row, but row {row + 1} repeats one; "
                "keep one row per unit and period."
            )
        panel[key] = (numerators[row], denominators[row])
    return panel


def read_windows(
    reference: Window, evaluation: Window, period: str, excluded: Sequence[Window] = (), same_months: bool = False
) -> Windows:
    """Return the periods of both windows, which may not overlap, less the excluded ones, and how often each counts.

    With same_months a reference period of month m counts n_m / r_m times: the number of periods that begin with
    month m in the evaluation, over that in the reference.
    """
    before = window_periods(reference, period, "reference_window")
    after = window_periods(evaluation, period, "evaluation_window")
    if before[-1] >= after[0]:
        raise ArgumentError("reference_window must end before evaluation_window begins; correct the windows.")
    spoken = [one for one in excluded if isinstance(one, str)]
    if (spoken and not isinstance(excluded, list)) or not all(any(map(str.isalpha, one)) for one in spoken):
        raise ArgumentError("excluded must be pairs (first, last), or words in a list; write each stretch so.")
    out = {p for window in excluded for p in window_periods(window, period, "excluded")}
    before, after = ([p for p in window if p not in out] for window in (before, after))
    if not before or not after:
        raise ArgumentError("excluded must leave something of both windows; exclude less.")
    evenly = [(p, Fraction(1)) for p in after]
    if not same_months:
        return [(p, Fraction(1)) for p in before], evenly
    have, want = ([p % 12 for p in window] for window in (before, after))
    if period in ("year", "season") or set(want) - set(have):
        raise ArgumentError("same_months needs every month of the evaluation in the reference; widen the reference.")
    return [(p, Fraction(want.count(p % 12), have.count(p % 12))) for p in before if p % 12 in want], evenly


def count_unlike(windows: Windows) -> bool:
    """Return whether the periods of a window count unlike, as where its months are matched with more of some."""
    return any(len({often for _, often in window}) > 1 for window in windows)


def without_units(
    panel: Panel, series: str, names: Sequence[str], periods: set[int], rule: Rule, units: int | None
) -> Panel:
    """Return the panel with some units taken out of a published series, in some periods.

    A ratio of sums (units is None) loses their numerators and denominators; a plain mean M of J units becomes
    (J·M - Σy) / (J - k), whose weight over a window is that of a period of the series.
    """
    left = Panel()
    left.update({key: cell for key, cell in panel.items() if key[0] != series})
    for p in periods:
        own = [panel[name, p] for name in names]
        top, below = panel[series, p]
        if units is None:
            below -= sum((d for _, d in own), Fraction(0))
            top -= sum((n for n, _ in own), Fraction(0))
            if below <= 0:
                raise DataError("the series must be larger than the units in it; correct the data.")
        else:
            if below != 1 and rule.mean == "ratio_of_sums":
                raise ArgumentError("a plain mean of units has no denominators; use mean='mean_of_periods'.")
            top = (units * top / below - sum((n / d for n, d in own), Fraction(0))) / (units - len(names))
            below = Fraction(1)
        if top < 0 and all(n >= 0 for n, _ in panel.values()):
            raise DataError("the series must hold at least the outcome of the units in it; correct the data.")
        left[series, p] = (top, below)
    return left


def comparator_units(comparator: str | Sequence[str] | None, everyone: list[str], treated: list[str]) -> list[str]:
    """Return the comparator's units; the treated are never among them."""
    if comparator is None:
        return []
    named = [comparator] if isinstance(comparator, str) else comparator
    units = [own for own in everyone if own not in treated] if comparator == "others" else sorted(set(named))
    if not units or set(units) & set(treated):
        raise ArgumentError("comparator must name units other than the treated; name at least one.")
    return units


def complete(panel: Panel, unit: str, windows: Windows) -> bool:
    """Return whether a unit has every period of both windows."""
    if _missing(panel, [unit], windows):
        return False
    _require_strata(panel, [unit], windows)
    return True


def _require_strata(panel: Panel, units: list[str], windows: Windows) -> None:
    """Raise unless the units have a row for every stratum in every period of both windows."""
    lacking = sum(bool(_missing(part, units, windows)) for _, part in panel.strata)
    if lacking:
        raise DataError(f"{lacking} strata lack rows in the windows; write 0 in both columns where nobody is in one.")


def _missing(panel: Panel, units: list[str], windows: Windows) -> list[int]:
    """Return the periods of the windows that some of the units lack."""
    return [p for window in windows for p, _ in window if any((own, p) not in panel for own in units)]


def require(panel: Panel, units: list[str], windows: Windows, everyone: list[str], period: str) -> None:
    """Raise unless every unit is in the data and has every period of both windows."""
    if not set(units) <= set(everyone):
        raise DataError("treated and comparator must be units of the data; correct the labels.")
    absent = tuple(period_label(p, period) for p in _missing(panel, units, windows))
    if absent:
        raise IncompleteWindowError(
            f"the windows must be complete, but {', '.join(absent)} is missing; wait for the data.",
            absent,
        )
    _require_strata(panel, units, windows)


def require_signs(panel: Panel, adjustment: str) -> None:
    """Raise where a denominator is below 0, or under ``ratio`` a numerator."""
    for part in (panel, *(stratum for _, stratum in panel.strata)):
        if any(below < 0 for _, below in part.values()):
            raise DataError("no denominator may be below 0; correct the data.")
        if adjustment == "ratio" and any(top < 0 for top, _ in part.values()):
            raise DataError("adjustment='ratio' needs numerators of at least 0; use adjustment='difference'.")


def _ratio(panel: Panel, units: list[str], periods: Weighted) -> Fraction:
    """Return Σ numerator / Σ denominator."""
    sums = panel.sums(units, periods)
    below = total(denominator for _, denominator in sums)
    if below <= 0:
        raise DataError("the denominators of a window must sum to more than zero; correct the data.")
    return total(numerator for numerator, _ in sums) / below


def window_mean(panel: Panel, units: list[str], periods: Weighted, rule: Rule) -> Fraction:
    """Return the ratio of sums, or the unweighted mean of the periods' ratios."""
    if panel.strata:
        return sum((share * window_mean(part, units, periods, rule) for share, part in panel.strata), Fraction(0))
    if rule.mean == "ratio_of_sums":
        return _ratio(panel, units, periods)
    return total(w * _ratio(panel, units, [(p, Fraction(1))]) for p, w in periods) / total(w for _, w in periods)


def _comparator_mean(panel: Panel, units: list[str], periods: Weighted, rule: Rule) -> Fraction:
    """Return the units pooled (weights='denominator') or the plain mean of their own window means."""
    if rule.weights == "denominator":
        return window_mean(panel, units, periods, rule)
    return mean([window_mean(panel, [own], periods, rule) for own in units])


def _mean_of_periods(
    panel: Panel, treated: list[str], others: list[str], periods: Weighted, rule: Rule, level: Fraction
) -> Fraction:
    """Return the plain mean over periods of the treated to ``level`` times the comparator."""
    found = []
    for p, _ in periods:
        beside = _comparator_mean(panel, others, [(p, Fraction(1))], rule)
        if beside <= 0:
            raise DataError("trend='mean_of_period_ratios' needs a comparator above zero; use ratio_of_means.")
        found.append(window_mean(panel, treated, [(p, Fraction(1))], rule) / (level * beside))
    if mean(found) <= 0:
        raise DataError("trend='mean_of_period_ratios' needs ratios above zero; use adjustment='difference'.")
    return mean(found)


def read(panel: Panel, treated: list[str], others: list[str], windows: Windows, rule: Rule) -> Reading:
    """Return the counterfactual of the treated under the rule."""
    before, after = (window_mean(panel, treated, window, rule) for window in windows)
    if rule.adjustment == "none":
        return Reading(before, after, None, None, before)
    trend_before, trend_after = (_comparator_mean(panel, others, window, rule) for window in windows)
    if rule.adjustment == "ratio" and trend_before <= 0:
        raise DataError("adjustment='ratio' needs a comparator above zero; use adjustment='difference'.")
    moved = before * trend_after / trend_before if rule.adjustment == "ratio" else before + trend_after - trend_before
    if rule.trend == "mean_of_ratios":
        pairs = [[window_mean(panel, [own], window, rule) for window in windows] for own in others]
        if min(start for start, _ in pairs) <= 0:
            raise DataError("trend='mean_of_ratios' needs every unit of the comparator above zero; use ratio_of_means.")
        moved = before * mean([end / start for start, end in pairs])
    if rule.trend == "mean_of_period_ratios":
        moved = after / _mean_of_periods(panel, treated, others, windows[1], rule, before / trend_before)
    return Reading(before, after, trend_before, trend_after, moved)
