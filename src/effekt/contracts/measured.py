"""Until when the outcomes of a figure are measured: what happens later does not touch it."""

from __future__ import annotations

from effekt._calendar import days_after, first_day, parse_window
from effekt.contracts.figures import DerivedFigure, EstimateFigure, MeasureFigure
from effekt.contracts.model import ContractTerms
from effekt.contracts.paid_each import counted_by, paid_each_lines
from effekt.contracts.paying import analysis_of, reading
from effekt.contracts.payment import Line


def measured_before(terms: ContractTerms, id: str, *, settles: str | None = None) -> str | None:
    """The first day that no longer counts for a figure's outcomes.

    Parameters
    ----------
    terms : ContractTerms
    id : str
        A figure that is estimated or measured.
    settles : str, optional
        The announced day that is settled, on which what a line with `paid_each` counts was over.

    Returns
    -------
    str or None
        YYYY-MM-DD, by the analysis' evaluation window, the figure's `outcomes_until` and the announced day, whichever
        ends first; None where none of them is said.
    """
    term = terms.figures[id]
    if not isinstance(term, (EstimateFigure, MeasureFigure)):
        return None
    written = terms.analysis[analysis_of(term)].arguments
    days = [] if term.outcomes_until is None else [days_after(term.outcomes_until, 1)]
    if settles is not None and analysis_of(term) in counted_by(terms, *paid_each_lines(terms)):
        days.append(days_after(settles, 1))
    if "evaluation_window" in written and "period" in written:
        window = parse_window("evaluation_window", written["evaluation_window"], written["period"])
        days.append(first_day(window.last + 1, window.period))
    return min(days, default=None)


def measured_on(line: Line, terms: ContractTerms) -> str | None:
    """The day on which all that a line pays for is measured.

    Parameters
    ----------
    line : Line
    terms : ContractTerms

    Returns
    -------
    str or None
        YYYY-MM-DD, the last day of the outcomes of every figure that it reads; None for a line that reads no figure,
        an attested one, or one without a known last day.
    """
    read = [id for id in reading(line, terms.figures) if not isinstance(terms.figures[id], DerivedFigure)]
    ends = [end for id in read if (end := measured_before(terms, id)) is not None]
    return days_after(max(ends), -1) if ends and len(ends) == len(read) else None


def measured_by(line: Line, terms: ContractTerms, last: str) -> bool:
    """Whether all that a line pays for was measured when the day `last` was over.

    Parameters
    ----------
    line : Line
    terms : ContractTerms
    last : str
        YYYY-MM-DD.

    Returns
    -------
    bool
        False for a line that `measured_on` gives no day.
    """
    day = measured_on(line, terms)
    return day is not None and day <= last
