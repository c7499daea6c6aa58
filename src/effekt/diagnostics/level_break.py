"""Whether a series breaks, against its comparator, at a date that was declared: a new routine, system or definition."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from effekt._text import LANGUAGES, Language, Text, format_p, format_percent, significant
from effekt._types import FloatArray
from effekt._validation import check_number, check_option, plural
from effekt.diagnostics._arrays import check_array, check_vector, rank_p_value
from effekt.diagnostics._logs import LINEAR, check_log
from effekt.result import Diagnostic

ALPHA = 0.1  # of the rank among units without the intervention

Values = dict[str, float | int | str | None]


def level_break(
    *,
    at: str,
    window: Literal["reference", "evaluation"],
    effect: float,
    errors: FloatArray,
    scale: Literal["log", "linear"],
    relative: float | None,
    relative_one_side: float | None,
) -> Diagnostic:
    """Hold the change of a unit at a declared date against that of units without the intervention.

    Parameters
    ----------
    at : str
        The first period of the new instrument.
    window : {"reference", "evaluation"}
        In which window it lies.
    effect : float
        The treated unit's change from the periods before the date to those from it on, beyond the comparator's.
    errors : (n,) array
        The same in units without the intervention; may be empty.
    scale : {"log", "linear"}
        What these are: logarithms of a ratio, or differences in the outcome's unit.
    relative, relative_one_side : float or None
        The relative change as declared, and with that part of the window left out that lies on the other side of the
        date than the other window.

    Returns
    -------
    Diagnostic
        "warning" when p ≤ 0.1, "ok" (no evidence of a break) when p > 0.1 and such a p could have been found,
        "information" when it could not or there are no units to compare with. Values: `break_at`, `break_window`,
        `break` (on the scale given; with "log" also `break_relative`), `n_placebos`, `p_value` and `smallest_p`,
        `relative` and `relative_one_side`.

    Raises
    ------
    ArgumentError
        For values that are not finite, or an unknown window or scale.

    Notes
    -----
    p = (1 + #{|e_j| ≥ |effect|})/(n + 1), exact if the treated unit is exchangeable with the others as regards this
    date (Abadie, Diamond & Hainmueller 2010). A date that was chosen after a look at the series has no such p.

    References
    ----------
    Abadie, A., Diamond, A. & Hainmueller, J. (2010). Synthetic control methods for comparative case studies. *JASA*
    105, 493–505. doi:10.1198/jasa.2009.ap08746

    Examples
    --------
    >>> found = level_break(at="2019-03", window="reference", effect=-0.2, errors=[0.01, -0.03, 0.02] * 4, scale="log",
    ...                     relative=-0.12, relative_one_side=0.01)
    >>> found.status, round(found.values["p_value"], 4)
    ('warning', 0.0769)
    """
    check_option("window", window, ("reference", "evaluation"))
    check_option("scale", scale, ("log", "linear"))
    own = check_number("effect", effect)
    others = check_array("errors", errors)
    if others.ndim != 1 or others.size:
        others = check_vector("errors", others)
    if scale == "log":
        check_log("effect", own, LINEAR)
    size = 1.0 if scale == "log" else max(float(np.abs(others).max(initial=0.0)), abs(own))
    p = rank_p_value(np.abs(others), abs(own), size) if len(others) else None
    values: Values = {
        "break_at": at,
        "break_window": window,
        "break": own,
        "n_placebos": len(others),
        "p_value": p,
        "smallest_p": 1 / (len(others) + 1) if len(others) else None,
        "relative": relative,
        "relative_one_side": relative_one_side,
    }
    if scale == "log":
        values["break_relative"] = math.expm1(own)
    possible = len(others) + 1 >= 1 / ALPHA
    en, sv = (" ".join(_sentences(values, lang)) for lang in LANGUAGES)
    return Diagnostic(
        name="level_break",
        status="information" if p is None or not possible else "warning" if p <= ALPHA else "ok",
        statement=Text(en=en, sv=sv),
        values=values,
    )


def no_level_break(*, at: str, window: str, strata: bool = False) -> Diagnostic:
    """That the parts of the window are too short, their means of no use, or `strata` lack people, for the check."""
    return Diagnostic(
        name="level_break",
        status="warning",
        statement=_NO_STRATA if strata else _NOT_MADE,
        values={"break_at": at, "break_window": window},
    )


def _sentences(values: Values, lang: Language) -> list[str]:
    at, window, size = values["break_at"], str(values["break_window"]), values.get("break_relative")
    change = (
        format_percent(size, lang, 2) if isinstance(size, float) else significant(float(values["break"] or 0), lang, 3)
    )
    told = [
        {
            "en": f"From {at} on, within the {window} window, the treated series changes by {change} beyond "
            "the comparator.",
            "sv": f"Från och med {at}, inom {_WINDOWS[window]}, förändras den behandlade serien med "
            f"{change} utöver jämförelsen.",
        }[lang]
    ]
    told.append(_rank_sentence(values, lang))
    if window == "evaluation":
        told.append(
            {
                "en": "Within the evaluation a change may also be the intervention's own, as it takes hold or wears "
                "off.",
                "sv": "Inom utvärderingen kan en förändring också vara insatsens egen, när den får fäste eller "
                "klingar av.",
            }[lang]
        )
    declared, other = values["relative"], values["relative_one_side"]
    if isinstance(declared, float) and isinstance(other, float):
        first, second = format_percent(declared, lang, 2), format_percent(other, lang, 2)
        part = {"reference": ("from", "från och med"), "evaluation": ("before", "före")}[window]
        told.append(
            {
                "en": f"The relative change is {first} as declared, and {second} with only the periods {part[0]} {at} "
                f"in that window.",
                "sv": f"Den relativa förändringen är {first} enligt avtalet, och {second} med bara perioderna "
                f"{part[1]} {at} i det fönstret.",
            }[lang]
        )
    return told


def _rank_sentence(values: Values, lang: Language) -> str:
    p, number = values["p_value"], int(values["n_placebos"] or 0)
    if not isinstance(p, float):
        return {
            "en": "How large such changes are by chance was not asked of units without the intervention.",
            "sv": "Hur stora sådana förändringar är av en slump har inte prövats på enheter utan insatsen.",
        }[lang]
    least = format_p(1 / (number + 1), lang)
    units = f"{number} {'enhet' if number == 1 else 'enheter'}"
    return {
        "en": f"By rank among {plural(number, 'unit')} without the intervention p is {format_p(p, lang)}; it cannot be "
        f"below {least}.",
        "sv": f"Efter rang bland {units} utan insatsen är p {format_p(p, lang)}; det kan inte vara under {least}.",
    }[lang]


_WINDOWS = {"reference": "referensfönstret", "evaluation": "utvärderingsfönstret"}
_NOT_MADE = Text(
    en="The break could not be looked for: on one side of the date the window has no periods to compare, or a mean "
    "that is not above zero.",
    sv="Brottet kunde inte undersökas: på ena sidan av datumet saknar fönstret perioder att jämföra, eller har ett "
    "medelvärde som inte är över noll.",
)
_NO_STRATA = Text(
    en="The break could not be looked for: on one side of the date a stratum of the standard population has no row, or "
    "nobody in it, for some of those who are compared.",
    sv="Brottet kunde inte undersökas: på ena sidan av datumet saknar ett skikt i standardpopulationen rader eller "
    "personer för någon av dem som jämförs.",
)
