"""Whether spells end on one day more often than on the days around it."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from effekt._inference.distributions import binomial_lower_tail
from effekt._text import Text, format_number, format_p
from effekt._types import IntArray
from effekt._validation import check_integer
from effekt.diagnostics._arrays import check_array, check_each, check_vector
from effekt.result import Diagnostic

ALPHA = Fraction(1, 20)


def heaping(lengths: IntArray, *, at: int = 14, width: int = 2) -> Diagnostic:
    """Compare how many spells last `at` days with the mean of the `width` lengths on either side.

    Parameters
    ----------
    lengths : (n,) int array
        Days of each spell that has ended, 1 or more.
    at : int
        The length that is looked at, more than `width`; 14 is the last day of Swedish sick pay.
    width : int
        How many lengths on either side it is compared with.

    Returns
    -------
    Diagnostic
        "warning" when p ≤ 0.05, "information" when no spell has one of the lengths, else "ok". Values: `at`, `count`,
        `neighbours` (mean count of the neighbours), `ratio` (None when no neighbour was seen), `p_value`. Table: `days`
        and `spells`, for `at` − `width` to `at` + `width`.

    Raises
    ------
    ArgumentError
        For a length that is no whole number from 1, and for `at` and `width` outside their range.

    Notes
    -----
    Given the N spells that last `at` − w to `at` + w days, and were each of the 2w + 1 lengths as likely, those that
    last `at` days are binomial (N, 1/(2w + 1)); p is its upper tail. The same holds where the frequencies fall
    along a line. Where they fall along a convex curve, as under a constant hazard, the middle is less
    likely than that, and the test finds too little rather than too much. A heap says that spells are ended, or written,
    with the limit in mind; it does not say by whom.

    Examples
    --------
    >>> found = heaping([12, 13, 14, 14, 14, 14, 14, 15])
    >>> found.values["ratio"], round(found.values["p_value"], 4)
    (6.666666666666667, 0.0104)
    """
    width = check_integer("width", width, 1)
    at = check_integer("at", at, width + 1)
    days = range(at - width, at + width + 1)
    counts = dict.fromkeys(days, 0)
    for length in _whole(lengths):
        if length in counts:
            counts[length] += 1
    total, count = sum(counts.values()), counts[at]
    others = np.array([1 - 1 / (2 * width + 1)])  # X ≥ count is that at most total − count are others
    p = float(binomial_lower_tail(total - count, total, others)[0]) if count else 1.0
    around = Fraction(total - count, 2 * width)
    ratio = float(count / around) if around else None
    return Diagnostic(
        name="heaping",
        status="information" if not total else "warning" if p <= ALPHA else "ok",
        statement=_statement(at, width, count, float(around), p) if total else _none(days),
        values={"at": at, "count": count, "neighbours": float(around), "ratio": ratio, "p_value": p},
        table={"days": tuple(days), "spells": tuple(counts.values())},
    )


def _whole(lengths: IntArray) -> list[int]:
    given = check_array("lengths", lengths)
    found = given if given.shape == (0,) else check_vector("lengths", given)  # there may be no spell that has ended
    whole = (found == np.floor(found)) & (found >= 1) & (np.asarray(lengths).dtype.kind != "b")
    check_each("lengths", whole, "hold whole numbers from 1", "Give the days of spells that have ended.")
    return [int(length) for length in found.tolist()]


def _statement(at: int, width: int, count: int, around: float, p: float) -> Text:
    found = {
        "en": "more than chance gives" if p <= ALPHA else "no evidence of heaping",
        "sv": "fler än slumpen ger" if p <= ALPHA else "inget som talar för en anhopning",
    }
    each = {
        "en": f"each of the {width} lengths" if width > 1 else "the length",
        "sv": f"var och en av de {width} längderna" if width > 1 else "längden",
    }
    return Text(
        en=f"Ended sick periods of {at} days: {format_number(str(count), 'en')}, against a mean of "
        f"{format_number(around, 'en', 1)} for {each['en']} on either side: {found['en']} (p {_p(p, 'en')}).",
        sv=f"Avslutade sjukperioder på {at} dagar: {format_number(str(count), 'sv')}, mot i genomsnitt "
        f"{format_number(around, 'sv', 1)} för {each['sv']} på vardera sidan: {found['sv']} (p {_p(p, 'sv')}).",
    )


def _p(value: float, lang: str) -> str:
    """'= 0.012' or '< 0.0001'."""
    text = format_p(value, "sv" if lang == "sv" else "en")
    return text if text.startswith("<") else f"= {text}"


def _none(days: range) -> Text:
    return Text(
        en=f"No ended sick period lasted {days[0]} to {days[-1]} days; heaping cannot be looked for.",
        sv=f"Ingen avslutad sjukperiod varade {days[0]} till {days[-1]} dagar; anhopning kan inte undersökas.",
    )
