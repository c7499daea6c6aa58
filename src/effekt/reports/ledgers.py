"""The unit ledger in a certificate's page: every step, who left before it and why."""

from __future__ import annotations

from effekt._text import Text
from effekt.diagnostics.ledger import ARM_WORDS, STEP_WORDS
from effekt.reports.document import Column, Table, same
from effekt.reports.wording import NONE, capital, number
from effekt.result import Diagnostic

_COLUMNS = ("step", "arm", "kind", "reason", "units")


def ledger_table(check: Diagnostic) -> Table:
    """Each step by arm: who left before it, by reason code, and who reached it.

    Parameters
    ----------
    check : Diagnostic
        A `unit_ledger`.

    Returns
    -------
    Table
        With – for a count that is hidden.
    """
    words = {str(step): text for step, text in STEP_WORDS.items()}
    rows = []
    for step, arm, kind, reason, units in zip(*(check.table[name] for name in _COLUMNS), strict=True):
        reached = words[str(step)]
        left = Text(en=f"– not {reached.en}: {reason}", sv=f"– inte {reached.sv}: {reason}")
        group = ARM_WORDS.get(str(arm), same(str(arm)))
        rows.append((left if kind == "lost" else capital(reached), group, NONE if units is None else number(units)))
    return Table(
        caption=Text(
            en="Persons who reached each step, and reason codes of those who did not",
            sv="Personer som nådde varje steg, och orsakskoder för dem som inte gjorde det",
        ),
        columns=(
            Column(label=Text(en="Step", sv="Steg")),
            Column(label=Text(en="Group", sv="Grupp")),
            Column(label=Text(en="Persons", sv="Personer"), kind="number"),
        ),
        rows=tuple(rows),
    )
