"""Which figures a public statement may hide whole: every other one is shown, whatever its value is.

What is hidden in fact is decided by values that nobody else has. Of which figures it can be decided so follows from the
contract and from what is openly disputed, and so can be held against a statement without its certificate.
"""

from __future__ import annotations

from collections.abc import Collection

from effekt.certificates.certificate import minimum_of
from effekt.certificates.counts import is_count, is_given_count, is_money
from effekt.certificates.given_back import is_parameter, may_be_amounts, may_be_paid_before, may_be_share
from effekt.certificates.possible import round_to_of
from effekt.certificates.ranges import sums_of
from effekt.contracts import Contract
from effekt.contracts.figures import AttestedFigure, EstimateFigure, MeasureFigure


def may_be_hidden(contract: Contract, date: str, disputed: Collection[str]) -> set[str]:
    """The figures that may be hidden whole, with all that depends on one.

    Parameters
    ----------
    contract : Contract
    date : str
        The day of the certificate.
    disputed : collection of figure
        What is openly disputed: a count of which a party admits a small value is hidden.

    Returns
    -------
    set of figure
        Not a derived one or a declared sum for the sole reason that the counts behind it are shown as ranges.
    """
    terms, named = contract.model, named_hidden(contract)
    found = named | may_be_dominated(contract)
    if minimum_of(contract):
        found |= may_be_paid_before(contract, date)
    if named or hides_counts(contract):
        found |= may_be_amounts(contract) | {id for id in terms.figures if may_be_share(id, contract)}
        found |= {id for id in terms.figures if (unit := of_units(id, contract)) and is_given_count(unit, contract)}
        found |= {id for id in disputed if id in terms.figures and is_count(id, contract)}
    return {id for id in terms.figures if id in found or not found.isdisjoint(behind(id, contract))}


def named_hidden(contract: Contract) -> set[str]:
    """What the contract names under ``disclosure.hidden``.

    Parameters
    ----------
    contract : Contract

    Returns
    -------
    set of figure
    """
    disclosure = contract.model.disclosure
    return set() if disclosure is None else set(disclosure.hidden or ())


def hides_counts(contract: Contract) -> bool:
    """Whether the contract hides small counts or rounds counts.

    Parameters
    ----------
    contract : Contract

    Returns
    -------
    bool
    """
    return minimum_of(contract) > 0 or round_to_of(contract) > 1


def may_be_dominated(contract: Contract) -> set[str]:
    """The sums of money that few may dominate, where the contract has the rule.

    Parameters
    ----------
    contract : Contract

    Returns
    -------
    set of figure
        No price.
    """
    disclosure, terms = contract.model.disclosure, contract.model.figures
    if disclosure is None or disclosure.dominance is None:
        return set()
    return {
        id
        for id, term in terms.items()
        if isinstance(term, (MeasureFigure, AttestedFigure))
        and is_money(id, contract)
        and not is_parameter(id, contract)
    }


def of_units(id: str, contract: Contract) -> str | None:
    """The figure whose number of units an estimate is multiplied by, if it is one that is.

    Parameters
    ----------
    id : str
    contract : Contract

    Returns
    -------
    str or None
    """
    terms = contract.model.figures
    term = terms[id]
    unit = term.units if isinstance(term, EstimateFigure) else None
    return unit if unit in terms else None


def behind(id: str, contract: Contract) -> set[str]:
    """Everything a figure is computed from or declared the sum of.

    Parameters
    ----------
    id : str
    contract : Contract

    Returns
    -------
    set of figure
    """
    terms = contract.model.figures
    own = [one for one in (*terms[id].operands(), *sums_of(contract).get(id, ())) if one in terms]
    return set(own).union(*(behind(one, contract) for one in own))
