"""The rules by which a contract is refused whatever its data are, in one place for all who hold it against them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from effekt.certificates.key_holders import party_keys
from effekt.contracts import Contract
from effekt.contracts.currencies import check_current, check_least_unit
from effekt.contracts.model import check_contract
from effekt.workflow.data.analysis import check_analyses
from effekt.workflow.data.before_data import check_sources
from effekt.workflow.data.known_checks import check_required
from effekt.workflow.plan.declared_maximum import check_maximum
from effekt.workflow.plan.floors import check_floors
from effekt.workflow.plan.plan_days import check_days
from effekt.workflow.rules.never_given import check_possible

Rule: TypeAlias = Callable[[Contract], object]

BEFORE_SETTLING: tuple[Rule, ...] = (party_keys, check_analyses, check_maximum)
"""What `settle` refuses too, so that no certificate is by such a contract."""
BEFORE_SIGNING: tuple[Rule, ...] = (
    check_least_unit,
    check_sources,
    check_days,
    check_required,
    check_possible,
    check_floors,
)
"""What only `check`, the lock and the dry run refuse: a contract that was signed so all the same can be settled."""
ON_THE_DAY: tuple[Rule, ...] = (check_current,)
"""What is refused before signing by how the world is by then, and says nothing of a contract that is signed."""


def check_plan(contract: Contract) -> None:
    """Refuse a contract that can never be settled as it stands, before anyone signs it.

    Parameters
    ----------
    contract : Contract

    Raises
    ------
    ContractError
        When anyone can sign for a key, an analysis cannot be run or leaves a choice open, a data file cannot be read
        as it is declared, days contradict each other, a check is required that the analysis cannot give, a floor is
        above a cap, the terms can pay more than `payment.maximum`, or the currency is none or has no unit as small as
        the quantum.
    """
    check_contract(contract)
    for rule in (*BEFORE_SETTLING, *ON_THE_DAY, *BEFORE_SIGNING):
        rule(contract)


def check_settleable(contract: Contract) -> None:
    """Refuse a contract by which nothing can be settled, whatever the data are.

    Parameters
    ----------
    contract : Contract

    Raises
    ------
    ContractError
        When anyone can sign for a key, an analysis cannot be run or leaves a choice open, or the terms can pay more
        than `payment.maximum`.
    """
    for rule in BEFORE_SETTLING:
        rule(contract)
