"""A table made from a register, and the account of how."""

from __future__ import annotations

from dataclasses import dataclass

from effekt._validation import join_words
from effekt.result import Diagnostic
from effekt.tables import Table


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Extract:
    """A table that an estimator takes, and what a reader of it must know.

    Attributes
    ----------
    table : Table
        One row for each unit and period; pass it to any function of effekt.
    diagnostics : tuple of Diagnostic
        First the ledger of what was read, joined and left out; then checks. None names a person.
    """

    table: Table
    diagnostics: tuple[Diagnostic, ...]

    def __repr__(self) -> str:
        checks = join_words([f"{one.name}: {one.status}" for one in self.diagnostics], "and")
        return f"Extract({self.table!r}, {checks})"
