"""Whether the data are delivered as the contract says, before anything is computed from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

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


def delivered_faults(contract: Contract) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Columns that are agreed to be text or days although an analysis takes its outcome from them.

    Parameters
    ----------
    contract : Contract

    Yields
    ------
    (tuple, str)
        The place in the file, and the sentence.
    """
    for id, analysis in contract.model.analysis.items():
        agreed = contract.model.data[analysis.data].columns or {}
        for name in _outcomes(analysis.arguments.get("outcome")):
            if name in agreed and agreed[name].kind in ("text", "date"):
                yield (
                    ("data", analysis.data, "columns", name, "kind"),
                    f"data.{analysis.data}.columns.{name}.kind must be number or whole, as analysis.{id} takes its "
                    f"outcome from that column; got {agreed[name].kind}.",
                )


def _outcomes(written: Any) -> list[str]:
    """The columns of an outcome, or of each of several, as a contract writes them."""
    if isinstance(written, Mapping):
        return _outcomes(written.get("column"))
    if isinstance(written, list):
        return [name for one in written for name in _outcomes(one)]
    return [written] if isinstance(written, str) else []
