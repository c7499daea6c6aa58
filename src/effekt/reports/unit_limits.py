"""The least and the most that one unit counts for, in words beside every count that they decide."""

from __future__ import annotations

from effekt._text import Text
from effekt.contracts.model import Analysis
from effekt.reports.wording import joined, number


def limit_words(analysis: Analysis) -> Text | None:
    """What one unit counts for: 'at least 1 and at most 12 for each unit (person)'.

    Parameters
    ----------
    analysis : Analysis

    Returns
    -------
    Text or None
        None for an analysis without limits; the name in parentheses is the column of units.

    Examples
    --------
    >>> work = Analysis.model_construct(method="outcome_count", unit="person", max_per_unit="12")
    >>> limit_words(work).en
    'at most 12 for each unit (person)'
    """
    least, most = analysis.unit_limits
    told = []
    if least is not None:
        shown = number(least)
        told.append(Text(en=f"at least {shown.en}", sv=f"minst {shown.sv}"))
    if most is not None:
        shown = number(most)
        told.append(Text(en=f"at most {shown.en}", sv=f"högst {shown.sv}"))
    if not told:
        return None
    bounds, column = joined(told), analysis.arguments["unit"]
    return Text(en=f"{bounds.en} for each unit ({column})", sv=f"{bounds.sv} för varje enhet ({column})")
