"""Whether the data are delivered as the contract says, before anything is computed from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from effekt.contracts import Contract
from effekt.contracts.model import Analysis
from effekt.contracts.named_columns import NONE, columns_of, without_column
from effekt.contracts.strict_yaml import dotted
from effekt.exceptions import DataError
from effekt.tables import Table
from effekt.tables.delivered import refuse_other_columns, refuse_other_values
from effekt.workflow.findings import row_in_swedish
from effekt.workflow.same_person import written_twice


def check_delivered(contract: Contract, id: str, table: Table) -> None:
    """Refuse a table that has not the columns or values that the contract agrees on, or writes a unit in two ways.

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
    _check_columns(contract, id, table)
    _check_none(contract, id, table)
    units = [_unit(one) for one in contract.model.analysis.values() if one.data == id]
    for column in dict.fromkeys(name for name in units if name in table.columns):
        found = written_twice(table.raw(column))
        if found is not None:
            first, again = map(table.where, found)
            raise DataError(
                f"data.{id}: Column {column!r} must write each unit in one way, so that nobody counts twice; {again} "
                f"can be the unit of {first}, as the two differ only in zeros before the name or as numbers, in "
                "spaces, in forms of characters, or in how a personal number is written. Write them alike, or, if they "
                "are two, so that they differ in more.",
                sv=f"data.{id}: Kolumnen {column!r} måste skriva varje enhet på ett sätt, så att ingen räknas två "
                f"gånger; {row_in_swedish(again)} kan vara enheten i {row_in_swedish(first)}, eftersom de skiljer sig "
                "bara i nollor före namnet eller som tal, i blanksteg, i teckenformer eller i hur ett "
                "personnummer är skrivet. Skriv dem lika, eller, om de är två, så att de skiljer sig i mer.",
            )


def _unit(analysis: Analysis) -> str | None:
    """The column of an analysis' units, its own or that of its match."""
    given = analysis.given
    match = given.get("match")
    unit = given.get("unit", match.get("unit") if isinstance(match, Mapping) else None)
    return unit if isinstance(unit, str) else None


def _check_none(contract: Contract, id: str, table: Table) -> None:
    """Refuse a column that is called none where an argument is none, which means no column."""
    for analysis, one in contract.model.analysis.items() if NONE in table.columns else ():
        place = next(without_column(one.method, one.arguments), None) if one.data == id else None
        if place is not None:
            where = dotted(("analysis", analysis, *place))
            raise DataError(
                f"data.{id}: Column {NONE!r} must have another name, as {where} is none, which means that there is no "
                "column; rename it in the data.",
                sv=f"data.{id}: Kolumnen {NONE!r} måste heta något annat, eftersom {where} är none, som betyder att "
                "det inte finns någon kolumn; byt namn på den i data.",
            )


def _check_columns(contract: Contract, id: str, table: Table) -> None:
    """Refuse a table without the columns and values that the contract agrees on."""
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


_NUMBERS = ("outcome", "counts", "treatment", "received", "eligible", "weights", "exposure", "probability")
"""Arguments, and keys of a check, whose columns hold numbers."""
_NESTED = ("match", "checks")  # whose own keys are such


def delivered_faults(contract: Contract) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Columns that are read as text, or agreed to be text or days, although an analysis takes numbers from them.

    Parameters
    ----------
    contract : Contract

    Yields
    ------
    (tuple, str)
        The place in the file, and the sentence.
    """
    for id, analysis in contract.model.analysis.items():
        source, where = contract.model.data[analysis.data], ("data", analysis.data)
        agreed, told = source.columns or {}, set[str]()
        for place, name in columns_of(analysis.method, analysis.arguments):
            if not name.strip():
                yield (
                    ("analysis", id, *place),
                    f"{dotted(('analysis', id, *place))} must name a column, and is blank; write its name.",
                )
            key = next(str(part) for part in place if isinstance(part, str) and part not in _NESTED)
            if key not in _NUMBERS or name in told:
                continue
            told.add(name)
            taken = f"its {key} from that column" if key == "outcome" else f"{key} from that column, as numbers"
            if name in agreed and agreed[name].kind in ("text", "date"):
                yield (
                    (*where, "columns", name, "kind"),
                    f"data.{analysis.data}.columns.{name}.kind must be number or whole, as analysis.{id} takes "
                    f"{taken}; got {agreed[name].kind}.",
                )
            elif name in source.text:
                yield (
                    (*where, "text", source.text.index(name)),
                    f"data.{analysis.data}.text must not have the column {name!r}, as analysis.{id} takes {taken}; "
                    "leave it out there.",
                )
