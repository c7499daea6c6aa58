"""Which periods of a window count, and how often: what is left out, and calendar months matched."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from effekt._calendar import PARTS, Window, months_in_words, parse_window
from effekt._text import Text
from effekt._types import Period
from effekt._validation import join_words
from effekt.exceptions import ArgumentError
from effekt.result import Note

_PARTS_OF_YEAR = {
    "month": ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
              "November", "December"),
    "quarter": ("the first quarter", "the second quarter", "the third quarter", "the fourth quarter"),
    "tertial": ("the first tertial", "the second tertial", "the third tertial"),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A window and the numbers of its periods that count, in order; one that stands there twice counts twice."""

    window: Window
    times: tuple[int, ...] = field(default=())

    def __str__(self) -> str:
        return str(self.window)


def check_spans(
    windows: tuple[Window, Window],
    excluded: Sequence[tuple[object, object] | str],
    same_months: bool,
    period: Period,
) -> tuple[Span, Span]:
    """The reference and the evaluation without what is excluded, the months matched when that is declared."""
    out = _excluded(excluded, windows, period)
    reference, evaluation = (tuple(t for t in window.numbers() if t not in out) for window in windows)
    for name, window, kept in zip(
        ("reference_window", "evaluation_window"), windows, (reference, evaluation), strict=True
    ):
        if not kept:
            raise ArgumentError(
                f"`excluded` must leave some {period} of `{name}` ({window}); it leaves none. Exclude less."
            )
    if not isinstance(same_months, bool):
        raise ArgumentError(f"`same_months` must be True or False; got {same_months!r}.")
    if same_months:
        reference = _matched(reference, evaluation, period)
    return Span(window=windows[0], times=reference), Span(window=windows[1], times=evaluation)


_SPOKEN = {
    "reference_window": Text(en="the reference window", sv="referensfönstret"),
    "evaluation_window": Text(en="the evaluation window", sv="utvärderingsfönstret"),
    "excluded": Text(en="what is left out", sv="det som utesluts"),
}


def windows_in_words(arguments: Mapping[str, object]) -> Text | None:
    """The months that the windows in words of a call mean; None where all are labels."""
    found: list[tuple[Text, str, tuple[str, str]]] = []
    for name, role in _SPOKEN.items():
        value = arguments.get(name, ())
        for one in value if isinstance(value, (list, tuple)) and name == "excluded" else (value,):
            months = months_in_words(one) if isinstance(one, str) else None
            if months is not None:
                found.append((role, str(one), months))
    if not found:
        return None
    en = "; ".join(f"{role.en}, “{words}”, is {first} to {last}" for role, words, (first, last) in found)
    sv = "; ".join(f"{role.sv}, ”{words}”, är {first} till {last}" for role, words, (first, last) in found)
    return Text(en=f"In months, {en}.", sv=f"I månader: {sv}.")


def spoken_note(arguments: Mapping[str, object]) -> tuple[Note, ...]:
    """The same as a note; none where all are labels."""
    text = windows_in_words(arguments)
    return () if text is None else (Note(code="windows_in_words", text=text),)


def left_out(excluded: Sequence[tuple[object, object] | str], period: Period) -> set[int]:
    """All periods that the declared exclusions name, in a window or not."""
    return {t for pair in excluded for t in parse_window("excluded", pair, period).numbers()}


def span_of(reference: Window, evaluation: Window, out: set[int], same_months: bool) -> tuple[Span, Span] | None:
    """Two other windows by the same rules; None where nothing of one is left, or a month cannot be matched."""
    before, after = (tuple(t for t in window.numbers() if t not in out) for window in (reference, evaluation))
    if not before or not after:
        return None
    if same_months:
        try:
            before = _matched(before, after, reference.period)
        except ArgumentError:
            return None
    return Span(window=reference, times=before), Span(window=evaluation, times=after)


def _is_stretch(one: object, excluded: tuple[object, ...] | list[object]) -> bool:
    """Whether it is a pair, or words in a list: a bare pair, or a lone label, is easily meant for another stretch."""
    in_words = isinstance(one, str) and isinstance(excluded, list) and any(character.isalpha() for character in one)
    return in_words or isinstance(one, (tuple, list))


def _excluded(excluded: object, windows: tuple[Window, Window], period: Period) -> set[int]:
    if not isinstance(excluded, (tuple, list)) or not all(_is_stretch(one, excluded) for one in excluded):
        raise ArgumentError(
            "`excluded` must be a list of pairs (first, last), or of windows in words, such as [('2020-03', "
            f"'2021-09')] or ['March 2020 to September 2021']; got {excluded!r}."
        )
    inside = {t for window in windows for t in window.numbers()}
    out: set[int] = set()
    for pair in excluded:
        left_out = parse_window("excluded", pair, period)
        if inside.isdisjoint(left_out.numbers()):
            raise ArgumentError(
                f"`excluded` must lie in a window; {left_out} lies in neither {windows[0]} nor {windows[1]}. Take it "
                "out, or correct it."
            )
        out.update(left_out.numbers())
    return out


def _matched(reference: tuple[int, ...], evaluation: tuple[int, ...], period: Period) -> tuple[int, ...]:
    """The reference with each month of the year as often, in proportion, as in the evaluation.

    With r_m and n_m periods of month m in the two windows, each reference period of month m counts n_m / r_m times;
    as whole numbers over the smallest common multiple of the r_m.
    """
    parts = PARTS[period]
    if parts == 1:
        raise ArgumentError(
            f"`same_months` must be False when period={period!r}, as one row covers every month; use finer rows."
        )
    there, wanted = (Counter(t % parts for t in times) for times in (reference, evaluation))
    absent = [_PARTS_OF_YEAR[period][part] for part in sorted(wanted) if not there[part]]
    if absent:
        raise ArgumentError(
            f"`reference_window` must hold every part of the year that the evaluation holds when same_months=True; it "
            f"lacks {join_words(absent, 'and')}. Declare a longer reference window."
        )
    common = math.lcm(*(there[part] for part in wanted))
    repeats = {part: wanted[part] * common // there[part] for part in wanted}
    least = math.gcd(*repeats.values())
    return tuple(t for t in reference for _ in range(repeats.get(t % parts, 0) // least))
