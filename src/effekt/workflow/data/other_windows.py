"""Every other reference window beside the declared one: settled on, though no contract asks for it."""

from __future__ import annotations

from effekt.contracts.model import ContractTerms
from effekt.reports.lacking import paid_points
from effekt.reports.other_means import WINDOWED, WINDOWS
from effekt.workflow.data.known_checks import asked_for


def windowed(terms: ContractTerms) -> set[str]:
    """The analyses over a reference window that pay on a point estimate, and do not ask for other windows themselves.

    Parameters
    ----------
    terms : ContractTerms

    Returns
    -------
    set of str
    """
    used = {one.estimate: terms.analysis[one.estimate] for one in paid_points(terms).values()}
    return {id for id, one in used.items() if one.method == WINDOWED and WINDOWS not in asked_for(one)}
