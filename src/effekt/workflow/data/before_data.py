"""What can be refused of a plan before there are data: the calls of its analyses, and how its files are to be read.

Each estimator looks at its own arguments before it looks at its table. It is called here as it will be, with a table
that ends the call at the first look: what it refuses by then it would refuse whatever the data were.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from effekt.contracts import Contract
from effekt.exceptions import ArgumentError, ContractError, DataError
from effekt.tables import Table, check_reading

ROLES = ("unit", "time", "cohort", "treatment", "start", "cluster")  # arguments that name a column of their own


class _LookedError(Exception):
    """The arguments passed, and the table was to be looked at."""


class _Unread(Table):
    """A table that cannot be looked at."""

    __slots__ = ()

    def __getattribute__(self, name: str) -> Any:
        raise _LookedError

    def __len__(self) -> int:
        raise _LookedError


def check_call(estimator: Callable[..., Any], arguments: Mapping[str, Any]) -> None:
    """Refuse arguments that an estimator refuses whatever its data are.

    Parameters
    ----------
    estimator : callable
    arguments : mapping
        Its keyword arguments.

    Raises
    ------
    ArgumentError, DataError
        As the estimator raises it.
    """
    try:
        estimator(object.__new__(_Unread), **arguments)
    except _LookedError:
        return


def same_columns(arguments: Mapping[str, Any]) -> tuple[str, str, str] | None:
    """Two arguments that name one column though each needs its own, and the column.

    Parameters
    ----------
    arguments : mapping
        The keyword arguments of an estimator.

    Returns
    -------
    (str, str, str) or None
        A cluster may be the unit or the cohort.
    """
    held: dict[str, str] = {}
    for role, one in _own_columns(arguments):
        if one in held and (role != "cluster" or held[one] not in ("unit", "cohort")):
            return held[one], role, one
        held.setdefault(one, role)
    return None


def _own_columns(arguments: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The columns of the outcome, and of the arguments that name one of their own, each after its argument."""
    outcome = arguments.get("outcome")
    column = outcome.get("column") if isinstance(outcome, Mapping) else outcome
    columns = [column] if isinstance(column, str) else [one for one in column or () if isinstance(one, str)]
    named = [("outcome", one) for one in dict.fromkeys(columns)]
    return named + [(role, arguments[role]) for role in ROLES if isinstance(arguments.get(role), str)]


def check_sources(contract: Contract) -> None:
    """Refuse data files that no reader takes as the contract declares them; none is opened.

    Parameters
    ----------
    contract : Contract

    Raises
    ------
    ContractError
        With the line, naming the file's key.
    """
    for id, source in contract.model.data.items():
        path = Path(source.path)
        options = source.reading
        try:
            check_reading(path, **options)
        except (ArgumentError, DataError) as error:
            place = ("data", id, *(named_place(str(error), {name: (name,) for name in options}) or ("path",)))
            raise ContractError(f"line {contract.line(*place)}: data.{id}: {error}") from None


def named_place(sentence: str, places: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The place of what a sentence names first between backticks; nowhere if it names none of them."""
    _, _, named = sentence.partition("`")
    return places.get(named.partition("`")[0], ())
