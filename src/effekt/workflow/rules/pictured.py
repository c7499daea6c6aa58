"""The picture of an effect: its periods are periods in order, and its windows those of the call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, zip_longest
from typing import Any

from effekt._calendar import is_date, odd_ones, parse_period, parse_window, period_label
from effekt._types import PERIODS
from effekt.exceptions import ArgumentError, CertificateError
from effekt.reports.pictures import window_positions
from effekt.result import EffectEstimate, OutcomePath
from effekt.tables.names import in_time
from effekt.workflow.rules.recorded import Fault, parted


def path_faults(effect: EffectEstimate) -> Iterator[Fault]:
    """Periods that are none or not in order, and windows that are not those of the call or not in order among them.

    The picture begins where the first window does, and ends with the last.

    Parameters
    ----------
    effect : EffectEstimate

    Yields
    ------
    place, stated, must be
    """
    if effect.path is None:
        return
    path, asked = effect.path, effect.arguments
    yield from _periods(path, asked.get("period"))
    moved = list(_windows(path, asked))
    yield from moved
    outer = (path.reference[0], path.evaluation[1])
    if not moved and path.periods and outer != (path.periods[0], path.periods[-1]):
        yield "path.periods", "–".join((path.periods[0], path.periods[-1])), "–".join(outer)


def _windows(path: OutcomePath, asked: Mapping[str, Any]) -> Iterator[Fault]:
    """The windows are those of the call, and lie in order among the periods."""
    for name in ("reference", "evaluation"):
        ends = _ends_of(f"{name}_window", path, asked)
        if ends is not None:
            yield from parted(f"path.{name}", list(getattr(path, name)), ends)
    try:
        window_positions(path)
    except CertificateError:
        yield "path", ", ".join((*path.reference, *path.evaluation)), "–".join((*path.periods[:1], *path.periods[-1:]))


def _periods(path: OutcomePath, period: Any) -> Iterator[Fault]:
    """Each is a period as effekt writes it, after the one before it."""
    labels = path.periods
    ordered = _in_order(labels, period)
    if ordered is None:
        yield from (("path.periods", label, period) for label in labels if label in _odd(labels, period))
        return
    unlike = ((own, other) for own, other in zip_longest(labels, ordered) if own != other)
    yield from (("path.periods", own, other) for own, other in islice(unlike, 1))


def _in_order(labels: Sequence[str], period: Any) -> tuple[str, ...] | None:
    """The labels once each, in the order of time; None where they are not all of the kind, or of no one kind."""
    if period in PERIODS:
        read = [parse_period(label, period) for label in labels]
        numbers = sorted({number for number in read if number is not None})
        return None if None in read else tuple(period_label(number, period) for number in numbers)
    ordered = in_time(labels) if labels else None
    return None if ordered is None else tuple(sorted(ordered) if all(map(is_date, ordered)) else ordered.values())


def _odd(labels: Sequence[str], period: Any) -> set[str]:
    """The labels that are none of the kind that the call, or most of them, are of; all where there is no telling."""
    if period in PERIODS:
        return {label for label in labels if parse_period(label, period) is None}
    return odd_ones(labels) or {*labels}


def _ends_of(name: str, path: OutcomePath, asked: Mapping[str, Any]) -> list[str] | None:
    """The ends of a window of the call, of those that the picture has where it may lack some.

    It may where periods are excluded, and of strata, as a period in which nobody is in one of them has no mean.
    None of a call without such a window, or with another than its contract's, which is told by itself.
    """
    if name not in asked:
        return None
    try:
        window = parse_window(name, asked[name], asked.get("period", ""))
    except ArgumentError:
        return None
    numbers = window.first, window.last
    if asked.get("excluded") or asked.get("standardize"):
        shown = (parse_period(label, window.period) for label in path.periods)
        inside = [number for number in shown if number is not None and window.first <= number <= window.last]
        numbers = (inside[0], inside[-1]) if inside else numbers
    return [period_label(number, window.period) for number in numbers]
