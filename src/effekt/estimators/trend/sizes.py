"""Whether the placebos are all there, and as large as the treated, which ranks and their spread take for granted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from effekt._text import Text, format_number
from effekt.estimators._called_totals import called_so
from effekt.estimators.trend.comparison import Design
from effekt.result import Note

LEAST = 4  # placebos
FAR = 2  # times as large as their median, or as small
QUARTER = 4


def placebo_units(design: Design, treated: Sequence[str], comparator: Sequence[str]) -> tuple[str, ...]:
    """Those that serve as placebos: the comparator's units, or where it is one series the others."""
    if len(comparator) > 1:
        return tuple(comparator)
    times = [t for span in design.spans for t in span.times]
    return tuple(one for one in _others(design, treated, comparator) if not design.panel.missing((one,), times))


def _others(design: Design, treated: Sequence[str], comparator: Sequence[str]) -> tuple[str, ...]:
    return tuple(one for one in design.panel.units if one not in (*treated, *comparator))


def gap_notes(design: Design, treated: Sequence[str], comparator: Sequence[str]) -> tuple[Note, ...]:
    """That of the units that could be held against one series some lack a period, and are no placebos."""
    if len(comparator) != 1:
        return ()
    count = len(_others(design, treated, comparator))
    kept = len(placebo_units(design, treated, comparator))
    if kept == count:
        return ()
    out, of, out_sv, of_sv = (
        format_number(number, language) for language in ("en", "sv") for number in (count - kept, count)
    )
    text = Text(
        en=f"Left out of the placebos, as they lack a period of a window: {out} of {of} units besides the treated and "
        "the comparator.",
        sv="Utelämnas ur placebona, eftersom de saknar någon period i ett fönster: "
        f"{out_sv} av {of_sv} enheter utöver de behandlade och jämförelsen.",
    )
    return (Note(code="placebos_left_out", text=text),)


def single_notes(n_treated: int, n_placebos: int) -> tuple[Note, ...]:
    """That several treated units together are held against single ones."""
    if n_treated < 2 or not n_placebos:
        return ()
    text = Text(
        en=f"Each of the {n_placebos} placebos is one unit, the treated outcome that of {n_treated} together; single "
        "units as a rule vary more, which makes p larger and the interval wider than they need be; placebos='groups' "
        "compares groups of as many.",
        sv=f"Vart och ett av de {n_placebos} placebona är en enhet, de behandlades utfall gäller {n_treated} "
        "tillsammans; enskilda enheter varierar som regel mer, vilket gör p större och intervallet bredare än de "
        "behöver vara; placebos='groups' jämför grupper om lika många.",
    )
    return (Note(code="placebos_of_single_units", text=text),)


def size_notes(design: Design, treated: Sequence[str], placebos: Sequence[str]) -> tuple[Note, ...]:
    """That one treated unit is far smaller or larger than the placebos, by its denominators in the reference.

    Small units' changes spread more (Ferman & Pinto 2019, doi:10.1162/rest_a_00759). Said where fewer than a quarter
    of the placebos are smaller, or larger, and their median is at least twice its size, or at most half. Those that are
    called as a total is are left out, as they are larger than any.
    """
    called = {*called_so(placebos)}
    placebos = [one for one in placebos if one not in called]
    if len(treated) != 1 or len(placebos) < LEAST:
        return ()
    own, *others = (_size(design, unit) for unit in (*treated, *placebos))
    median = float(np.median(others))
    smaller, larger = (sum(one < own for one in others), sum(one > own for one in others))
    small = smaller * QUARTER < len(others) and FAR * own <= median
    large = larger * QUARTER < len(others) and own >= FAR * median
    return (_note(len(others), smaller, small=small, called=bool(called)),) if small or large else ()


def _size(design: Design, unit: str) -> int:
    return sum(design.panel.denominators[unit, t] for t in set(design.reference.times))


def _note(count: int, smaller: int, *, small: bool, called: bool) -> Note:
    n, below = format_number(count, "en"), format_number(smaller, "en")
    n_sv, below_sv = format_number(count, "sv"), format_number(smaller, "sv")
    but, but_sv = (" that are not called a total", " som inte heter som en summa") if called else ("", "")
    text = Text(
        en=f"Of the {n} placebo units{but} {below} are smaller than the treated unit, by the denominators of the "
        "reference. Small units change more by chance than large ones, so "
        + (
            "this small unit is found to differ too often."
            if small
            else "this large unit is found to differ too seldom."
        ),
        sv=f"Av de {n_sv} placeboenheterna{but_sv} är {below_sv} mindre än den behandlade enheten, efter nämnarna i "
        "referensen. "
        "Små enheter förändras mer av slump än stora, så "
        + ("denna lilla enhet visar skillnad för ofta." if small else "denna stora enhet visar skillnad för sällan."),
    )
    return Note(code="unequal_units", text=text)
