"""Whether every row of a contract's data meets the criteria that it sets for its population."""

from __future__ import annotations

from collections.abc import Mapping

from effekt.contracts import Contract
from effekt.exceptions import DataError
from effekt.tables import Table
from effekt.tables.criteria import refuse_ineligible


def check_eligible(contract: Contract, tables: Mapping[str, Table]) -> None:
    """Refuse rows that the contract's own criteria leave out, and those of which nobody can tell.

    Parameters
    ----------
    contract : Contract
    tables : mapping of data id to Table
        Without those that were not delivered.

    Raises
    ------
    DataError
        With the criterion, the column, the rule, how many rows, and the first of them.
    """
    population = contract.model.population
    for position, one in enumerate(population.eligibility if population else (), start=1):
        if one.data not in tables:
            continue
        try:
            refuse_ineligible(
                tables[one.data], column=one.column, comparison=one.comparison, value=getattr(one, one.comparison)
            )
        except DataError as error:
            raise DataError(f"population.eligibility[{position}]: data {one.data}: {error}") from None
