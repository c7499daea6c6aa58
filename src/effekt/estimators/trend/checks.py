"""What is refused: unknown units, weights and windows that do not fit, incomplete windows, means a ratio cannot use."""

from __future__ import annotations

import datetime
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, get_args

import numpy as np

from effekt._calendar import Window, first_day, is_date, parse_period, parse_window, period_label
from effekt._types import Period, Table
from effekt._validation import check_option, check_roles, join_words, plural
from effekt.estimators.trend.comparison import Adjustment, Comparison, Design, Trend
from effekt.estimators.trend.panel import Panel
from effekt.exceptions import ArgumentError, DataError, IncompleteWindowError
from effekt.roles import Outcome
from effekt.tables import as_label, as_table
from effekt.tables.arrays import is_missing


def as_listed(value: object) -> object:
    """An array, a series or an index of labels as a list; anything else as it is."""
    if isinstance(value, str) or not hasattr(value, "tolist"):
        return value
    listed: object = value.tolist()
    return listed if isinstance(listed, list) else [listed]


def named(labels: object, argument: str) -> tuple[str, ...]:
    """The labels as names of units, whatever the data are."""
    labels = as_listed(labels)
    if isinstance(labels, (set, frozenset)):
        raise ArgumentError(f"`{argument}` must be a label or a list of labels; got a set, which has no order.")
    listed = labels if isinstance(labels, (list, tuple)) else [labels]
    if any(map(is_missing, listed)):
        raise ArgumentError(f"`{argument}` must be a label or a list of labels; got an empty one. Name the units.")
    names = tuple(dict.fromkeys(as_label(label) for label in listed))
    if not names:
        raise ArgumentError(f"`{argument}` must name at least one unit that is in the data; got none.")
    return names


def known(labels: object, argument: str, panel: Panel) -> tuple[str, ...]:
    """The labels as units of the panel; one that is not there is refused."""
    names = named(labels, argument)
    unknown = [name for name in names if name not in panel.units]
    if unknown:
        raise ArgumentError(
            f"`{argument}` must name units that are in the data; {unknown[0]!r} is not there."
            f"{same_letters(unknown[0], panel.units)}"
        )
    return names


def same_letters(label: str, units: Sequence[str]) -> str:
    """The unit with the same letters and digits, but for accents, case and zeros in front, or to check the spelling.

    No other unit's name belongs in a message.
    """
    same = [unit for unit in units if _letters(unit) == _letters(label)]
    return f" Did you mean {same[0]!r}?" if same and _letters(label) else " Check the spelling."


def _letters(name: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFKD", name.casefold()) if sign.isalnum()).lstrip("0")


def check_panel_roles(outcome: Outcome, unit: object, time: object) -> None:
    """The columns of every panel are names, and play one role each."""
    check_roles([*(("outcome", column) for column in outcome.columns), ("unit", unit), ("time", time)])


def check_comparator(comparator: object, adjustment: Adjustment, treated: object) -> None:
    """Refuse a comparator that does not fit the adjustment, or holds a treated unit, whatever the data are."""
    units = named(treated, "treated")
    if adjustment == "none":
        if comparator is not None:
            raise ArgumentError(
                "`comparator` must be None when adjustment='none', which compares with nothing; pass comparator=None, "
                "or adjustment='ratio' or 'difference'."
            )
        return
    if comparator is None:
        raise ArgumentError(
            f"`comparator` must be named when adjustment={adjustment!r}; give a label, a list of labels or 'others', "
            "or pass adjustment='none' for a before–after comparison."
        )
    names = named(comparator, "comparator")
    both = [] if isinstance(comparator, str) and comparator == "others" else [name for name in names if name in units]
    if both:
        raise ArgumentError(
            f"`comparator` must not hold a treated unit; {both[0]!r} is treated. Take it out of the comparator."
        )


def comparator_units(
    comparator: object, adjustment: Adjustment, treated: tuple[str, ...], panel: Panel
) -> tuple[str, ...]:
    """The units of the comparator, never a treated one."""
    if adjustment == "none":
        return ()
    if comparator != "others":
        return known(comparator, "comparator", panel)
    if "others" in panel.units:
        raise ArgumentError("`comparator` 'others' is also the name of a unit; list the comparator's units instead.")
    others = tuple(name for name in panel.units if name not in treated)
    if not others:
        raise ArgumentError(
            "`comparator` 'others' needs at least one unit that is not treated; there is none. Name fewer treated "
            "units, or add comparison units to the data."
        )
    return others


def check_weights(weights: object, outcome: Outcome) -> None:
    """Refuse weights other than "denominator" or None, and a denominator that is not there."""
    if weights is not None and not (isinstance(weights, str) and weights == "denominator"):
        raise ArgumentError(f"`weights` must be 'denominator' or None; got {weights!r}.")
    if weights == "denominator" and len(outcome.columns) == 1:
        raise ArgumentError(
            "`weights` can be 'denominator' only with an outcome given as (numerator, denominator); give both columns, "
            "or weights=None."
        )


def check_before_after(adjustment: Adjustment, inference: str, weights: object) -> None:
    """Refuse an inference and weights of a comparator where nothing is compared with."""
    if adjustment != "none":
        return
    if inference not in ("placebo", "none"):
        raise ArgumentError(
            "`inference` must be 'none', or be left out, when adjustment='none', of which there is no inference; got "
            f"{inference!r}."
        )
    if weights is not None:
        raise ArgumentError(
            "`weights` must be None when adjustment='none', which has no comparator to weigh; the treated units are "
            f"taken together by their denominators; got {weights!r}."
        )


def check_trend(trend: object, adjustment: Adjustment, weights: object, *, standardized: bool) -> None:
    """Refuse a trend that is not there, and a mean of ratios where units are pooled or changes are added."""
    check_option("trend", trend, get_args(Trend))
    if trend == "mean_of_ratios" and (adjustment != "ratio" or weights is not None):
        raise ArgumentError(
            "`trend` can be 'mean_of_ratios' only with adjustment='ratio' and weights=None, as it gives every "
            "comparator unit's own ratio the same weight; use trend='ratio_of_means'."
        )
    if trend == "mean_of_period_ratios" and (adjustment != "ratio" or standardized):
        raise ArgumentError(
            "`trend` can be 'mean_of_period_ratios' only with adjustment='ratio' and without `standardize`, as it is "
            f"the mean of ratios of one period each; got adjustment={adjustment!r}. Use trend='ratio_of_means'."
        )


def check_periods_inference(trend: object, *, inference: str, checks: Sequence[str]) -> None:
    """Refuse what does not know of a mean of the periods' ratios: all inference but by placebos."""
    if trend != "mean_of_period_ratios":
        return
    if inference not in ("placebo", "placebo_variance", "none"):
        raise ArgumentError(
            "`inference` can be 'placebo', 'placebo_variance' or 'none' with trend='mean_of_period_ratios', whose "
            f"placebos are means of ratios too; got {inference!r}. Use one of these, or trend='ratio_of_means'."
        )
    if "inference_choice" in checks:
        raise ArgumentError(
            "`checks` can hold 'inference_choice' only without trend='mean_of_period_ratios', as hac, blocks and "
            "clusters are of the ratio of means; leave one of them out."
        )


def check_vintage(vintage: object, column: str | None) -> tuple[str, ...]:
    """(column, text) to be checked, or nothing."""
    if vintage is not None and (not isinstance(vintage, str) or not vintage.strip()):
        raise ArgumentError(f"`vintage` must be a text such as 'published 2019-03-04', or None; got {vintage!r}.")
    if column is None:
        return ()
    if not isinstance(vintage, str):
        raise ArgumentError("`vintage` must be given with `vintage_column`, which is held against it; write the text.")
    return column, vintage


def check_whole(name: str, ends: object, period: Period) -> None:
    """Refuse dates inside a period, which would stand for the whole of it; its first and last day may."""
    for end in ends if isinstance(ends, (tuple, list)) else ():
        day = str(end)[:10]
        if not is_date(day) or (number := parse_period(day, period)) is None:
            continue
        last = datetime.date.fromisoformat(first_day(number + 1, period)) - datetime.timedelta(days=1)
        if day not in (first_day(number, period), str(last)):
            raise ArgumentError(
                f"`{name}` must be given in whole {period}s; {day} lies within one. Write "
                f"{period_label(number, period)!r}, or its first or last day."
            )


def check_windows(reference: object, evaluation: object, period: Period) -> tuple[Window, Window]:
    """Both windows, the evaluation after the reference."""
    for name, value in (("reference_window", reference), ("evaluation_window", evaluation)):
        check_whole(name, value, period)
    first = parse_window("reference_window", reference, period)
    second = parse_window("evaluation_window", evaluation, period)
    if second.first <= first.last:
        raise ArgumentError(f"`evaluation_window` ({second}) must start after `reference_window` ({first}) ends.")
    return first, second


def written_window(window: tuple[Any, Any] | str) -> list[str | int] | str:
    """A window as a result records it: its ends, or the words."""
    return window if isinstance(window, str) else [as_label(end) for end in window]


def first_row(data: Table, unit: str, units: Collection[str]) -> str:
    """Where the data first have one of some units: 'row 17', since no message holds the name of one."""
    found = as_table(data).select(optional=(unit,))
    labels = found.labels[unit]
    return found.first(np.array([name in units for name in labels.names])[labels.codes] & (labels.codes >= 0))


def check_complete(design: Design, roles: Mapping[str, Sequence[str]], first: Callable[[Collection[str]], str]) -> None:
    """Refuse windows in which a unit of some role lacks a period, naming all such periods.

    `first` tells the row at which some units begin, which is said where it is not all units that lack a period.
    """
    windows = (("reference_window", design.reference), ("evaluation_window", design.evaluation))
    gaps = {
        (f"`{name}` ({span})", role): absent
        for name, span in windows
        for role, units in roles.items()
        if (absent := design.panel.missing(units, span.times))
    }
    if not gaps:
        return
    missing = tuple(sorted({period for absent in gaps.values() for period in absent}))
    units = {one for _, role in gaps for one in roles[role]}
    short = {one for one in units if any(design.panel.missing((one,), span.times) for _, span in windows)}
    whose, remedy = "", "Wait for the data,"
    if len(short) < len(units):
        whose = f", in {len(short)} of {len(units)} units, the first at {first(short)}"
        remedy = "Add the rows, wait for the data,"
    shown = join_words(missing if len(missing) <= 12 else (*missing[:12], f"{len(missing) - 12} more"), "and")
    raise IncompleteWindowError(
        f"{join_words(dict.fromkeys(window for window, _ in gaps), 'and')} must be complete for "
        f"{join_words(dict.fromkeys(role for _, role in gaps), 'and')}; {plural(len(missing), design.panel.period)} "
        f"missing: {shown}{whose}. {remedy} or declare another window.",
        missing,
    )


def check_positive(found: Comparison, adjustment: Adjustment) -> Comparison:
    """The comparison itself, without means that a ratio cannot use."""
    if adjustment != "ratio":
        return found
    for name, value in (
        ("reference mean of the treated units", found.reference),
        ("evaluation mean of the treated units", found.evaluation),
        ("reference mean of the comparator", found.comparator_reference),
        ("evaluation mean of the comparator", found.comparator_evaluation),
    ):
        if not value.is_positive():
            raise DataError(
                f"The {name} must be above zero for adjustment='ratio', and it is not. Correct the data, or use "
                "adjustment='difference'."
            )
    return found


def check_positive_placebos(found: Sequence[Comparison], adjustment: Adjustment, remedy: str) -> None:
    """Refuse placebos whose errors have no logarithm."""
    bad = sum(
        any(
            not mean.is_positive()
            for mean in (one.reference, one.evaluation, one.comparator_reference, one.comparator_evaluation)
        )
        for one in found
    )
    if adjustment == "ratio" and bad:
        raise DataError(
            f"The window means of every placebo unit and of its comparator must be above zero for adjustment='ratio'; "
            f"for {bad} of {plural(len(found), 'unit')} some mean is not. {remedy}"
        )
