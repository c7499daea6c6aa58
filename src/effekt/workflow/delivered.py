"""Whether the data are delivered as the contract says, before anything is computed from them."""

from __future__ import annotations

from effekt.contracts import Contract
from effekt.exceptions import DataError
from effekt.tables import Table
from effekt.tables.delivered import refuse_other_columns, refuse_other_values


def check_delivered(contract: Contract, id: str, table: Table) -> None:
    """Refuse a table that does not have the columns that the contract agrees on, or has other values in them.

    Parameters
    ----------
    contract : Contract
    id : str
        A name under ``data``.
    table : Table

    Raises
    ------
    DataError
        With the place in the contract, the column, the rule, how many rows, and the first of them.
    """
    columns = contract.model.data[id].columns
    if columns is None:
        return
    place = f"data.{id}.columns"
    try:
        refuse_other_columns(table, columns)
        for name, one in columns.items():
            place = f"data.{id}.columns.{name}"
            refuse_other_values(
                table,
                column=name,
                kind=one.kind,
                ge=one.ge,
                le=one.le,
                among=one.among,
                may_be_empty=one.may_be_empty,
            )
    except DataError as error:
        raise DataError(f"{place}: {error}") from None
