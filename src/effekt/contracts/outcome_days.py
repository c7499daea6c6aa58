"""Which days' outcomes count, and when they are all recorded: by evaluation windows, and by what a figure says."""

from __future__ import annotations

from dataclasses import dataclass

from effekt._calendar import days_after, first_day, parse_window
from effekt._text import Text
from effekt.contracts.figures import EstimateFigure, MeasureFigure
from effekt.contracts.model import Contract, ContractTerms
from effekt.contracts.reconciled import for_totals_alone
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
        found[id] = (after, days_after(after, contract.model.dates.run_out or 0))
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


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedDays:
    """The days whose outcomes an analysis may count.

    Attributes
    ----------
    first : str or None
        YYYY-MM-DD; None of a total that nothing is paid on, which is of a whole table, unless a figure says.
    begins : Text
        What says so.
    stated : bool
        Whether every figure of the analysis states its own with `outcomes_from`.
    last : str or None
        YYYY-MM-DD; None where no figure says.
    ends : str
        The figure that does.
    """

    first: str | None
    begins: Text
    stated: bool
    last: str | None
    ends: str


def counted_days(terms: ContractTerms, id: str) -> CountedDays:
    """The days whose outcomes an analysis that counts rows may count: those that every figure of it allows.

    Parameters
    ----------
    terms : ContractTerms
    id : str
        The analysis.

    Returns
    -------
    CountedDays
        From the day the contract was signed, or the first of its service where that is before, unless a figure states
        another.
    """
    figures = {name: one for name, one in terms.figures.items() if isinstance(one, MeasureFigure) and one.measure == id}
    first, begins = _beginning(terms)
    if id in for_totals_alone(terms):
        first = None
    stated = [(one.outcomes_from, name) for name, one in figures.items() if one.outcomes_from is not None]
    all_state = 0 < len(stated) == len(figures)
    if all_state or (stated and (first is None or max(stated)[0] > first)):
        first, name = max(stated)
        begins = Text(
            en=f"the first day whose outcomes figures.{name} counts",
            sv=f"den första dag vars utfall figures.{name} räknar",
        )
    last, ends = min(
        ((one.outcomes_until, name) for name, one in figures.items() if one.outcomes_until is not None),
        default=(None, ""),
    )
    return CountedDays(first=first, begins=begins, stated=all_state, last=last, ends=ends)


def _beginning(terms: ContractTerms) -> tuple[str | None, Text]:
    """The first day of a contract, and what it is."""
    signed, service = terms.dates.signed, terms.dates.service
    if service is not None and service.from_ < signed:
        return service.from_, Text(en="the first day of the service", sv="insatsens första dag")
    return signed, Text(en="the day the contract was signed", sv="dagen då avtalet undertecknades")
