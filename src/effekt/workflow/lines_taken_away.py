"""What an amendment says of a line that it takes away, or that deducts or reads what was paid before no more."""

from __future__ import annotations

from effekt._text import Text
from effekt.contracts import Contract
from effekt.contracts.model import ContractTerms
from effekt.contracts.paid_each import paid_each_lines
from effekt.workflow.plan.several_settlements import held_from
from effekt.workflow.reading_paid_before import deducting


def taken_away(id: str, before: Contract, after: Contract) -> Text:
    """Say what becomes of what was paid and what was due of a line, and of days that the file before still settles.

    Parameters
    ----------
    id : str
        Of the line.
    before, after : Contract
        A contract file and its amendment.

    Returns
    -------
    Text
    """
    gone, until = _gone(id, before.model, after.model), _until_then(before, after)
    return Text(en=gone.en + until.en, sv=gone.sv + until.sv)


def _gone(id: str, old: ContractTerms, new: ContractTerms) -> Text:
    """A line that is there no more, or that deducts or reads what was paid before no more."""
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


def _until_then(before: Contract, after: Contract) -> Text:
    """That the file before still settles its announced days, where it has lines that are paid on each."""
    since = held_from(after)
    if not paid_each_lines(before.model):
        return Text(en="", sv="")
    return Text(
        en=f" This holds from {since} on: an announced day before that is settled by the file that held on it, also "
        "where it is settled late or again, and pays the line, or takes back what was paid too much of it, as that "
        "file says.",
        sv=f" Detta gäller från och med {since}: en angiven dag före den avräknas enligt den fil som gällde då, även "
        "när den avräknas sent eller på nytt, och då betalas raden, eller tas det för mycket betalda på den tillbaka, "
        "enligt den filen.",
    )
