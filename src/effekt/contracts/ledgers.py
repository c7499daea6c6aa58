"""Where the persons of an analysis stand accounted for: the table and columns of its unit ledger."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from effekt.contracts.schema import DataId, Term, Words, fault

Step: TypeAlias = Literal["referred", "eligible", "consented", "assigned", "followed", "analysed"]


class Ledger(Term):
    """A table with one row for each person referred: who reached each step, and why the others did not."""

    data: DataId
    steps: Annotated[Mapping[Step, Words], Field(min_length=1)]
    reason: Words
    arm: Words | None = None
    unit: Words | None = None


def check_ledgers(ledgers: Mapping[str, Ledger]) -> None:
    """Refuse a ledger that could not be held against what was analysed.

    Parameters
    ----------
    ledgers : mapping of analysis to Ledger

    Raises
    ------
    PydanticCustomError
        At the ledger's own place.
    """
    for id, one in ledgers.items():
        if "analysed" not in one.steps:
            raise fault(
                "must name the column of analysed, whose count is held against that of the analysis.",
                *("ledgers", id, "steps"),
            )
