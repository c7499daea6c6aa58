"""What an amendment says of a line that it takes away, or that deducts or reads what was paid before no more."""

from __future__ import annotations

from effekt._text import Text
from effekt.contracts.model import ContractTerms
from effekt.workflow.reading_paid_before import deducting


def taken_away(id: str, old: ContractTerms, new: ContractTerms) -> Text:
    """Say what becomes of what was paid and what was due of a line that is there no more, or reads that no more.

    Parameters
    ----------
    id : str
        Of the line.
    old, new : ContractTerms
        Of a contract file and its amendment.

    Returns
    -------
    Text
    """
    if id not in deducting(old):
        return _read_no_more(id, new)
    if id not in new.payment.lines:
        return Text(
            en=f"The amendment takes away the line {id}, of which what was paid before was deducted: what was paid of "
            "it stays paid, also what was paid too much, and what was due of it and is not paid is due no more.",
            sv=f"Ändringen tar bort raden {id}, där det som betalats tidigare drogs av: det som är betalt på den "
            "förblir betalt, även det som är för mycket betalt, och det som återstod att betala på den ska inte längre "
            "betalas.",
        )
    return Text(
        en=f"By the amendment what was paid before is no longer deducted from {id}: what was paid of it stays paid, "
        "also what was paid too much, and comes beside what the line pays by the new terms, unless a certificate takes "
        "the place of the one by which it was paid.",
        sv=f"Ändringen gör att det som betalats tidigare inte längre dras av från {id}: det som är betalt på raden "
        "förblir betalt, även det som är för mycket betalt, och kommer utöver det som raden betalar enligt de nya "
        "villkoren, om inte ett intyg ersätter det som det betalades enligt.",
    )


def _read_no_more(id: str, new: ContractTerms) -> Text:
    if id not in new.payment.lines:
        return Text(
            en=f"The amendment takes away the line {id}, which read what was paid before: what was paid of it stays "
            "paid, and what was due of it and is not paid is due no more.",
            sv=f"Ändringen tar bort raden {id}, där det som betalats tidigare lästes: det som är betalt på den förblir "
            "betalt, och det som återstod att betala på den ska inte längre betalas.",
        )
    return Text(
        en=f"By the amendment {id} no longer reads what was paid before: what was paid of it stays paid, and comes "
        "beside what the line pays by the new terms, unless a certificate takes the place of the one by which it was "
        "paid.",
        sv=f"Ändringen gör att {id} inte längre läser det som betalats tidigare: det som är betalt på raden förblir "
        "betalt, och kommer utöver det som raden betalar enligt de nya villkoren, om inte ett intyg ersätter det som "
        "det betalades enligt.",
    )
