"""Until when outcomes count, and when they are all recorded: by evaluation windows, and by what a figure says."""

from __future__ import annotations

import datetime

from effekt._calendar import first_day, parse_window
from effekt.contracts.figures import EstimateFigure, MeasureFigure
from effekt.contracts.model import Contract
from effekt.contracts.thin_data import complete_day


def window_ends(contract: Contract) -> dict[str, tuple[str, str]]:
    """The first day after each analysis' evaluation window, and the first on which its outcomes are all recorded.

    Parameters
    ----------
    contract : Contract

    Returns
    -------
    dict of analysis to (str, str)
        YYYY-MM-DD; analyses without an evaluation window are not there.
    """
    found = {}
    for id, analysis in contract.model.analysis.items():
        written = analysis.arguments
        if "evaluation_window" not in written or "period" not in written:
            continue
        window = parse_window(f"analysis.{id}.evaluation_window", written["evaluation_window"], written["period"])
        after = first_day(window.last + 1, window.period)
        run_out = datetime.timedelta(days=contract.model.dates.run_out or 0)
        found[id] = (after, str(datetime.date.fromisoformat(after) + run_out))
    return found


def outcome_ends(contract: Contract) -> dict[str, tuple[str, str]]:
    """The last day whose outcomes count, and the first on which they are all recorded, by figure that says so.

    Parameters
    ----------
    contract : Contract

    Returns
    -------
    dict of figure to (str, str)
        YYYY-MM-DD.
    """
    run_out = contract.model.dates.run_out
    found = {}
    for id, term in contract.model.figures.items():
        until = term.outcomes_until if isinstance(term, (EstimateFigure, MeasureFigure)) else None
        if until is not None:
            found[id] = (until, complete_day(until, run_out))
    return found
