"""Lines that each final certificate pays anew, for what is new since the announced day before."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from effekt.contracts.figures import AttestedFigure, EstimateFigure, MeasureFigure
from effekt.contracts.gates import Wording
from effekt.contracts.paying import reading
from effekt.contracts.payment import Line
from effekt.contracts.schema import fault

if TYPE_CHECKING:
    from effekt.contracts.model import ContractTerms


def paid_each_lines(terms: ContractTerms) -> tuple[str, ...]:
    """The lines with `paid_each`, in the contract's order.

    Parameters
    ----------
    terms : ContractTerms

    Returns
    -------
    tuple of str
    """
    return tuple(id for id, line in terms.payment.lines.items() if line.paid_each is not None)


def counted_by(terms: ContractTerms, *lines: str) -> tuple[str, ...]:
    """The analyses that count what some lines pay for.

    Parameters
    ----------
    terms : ContractTerms
    *lines : str

    Returns
    -------
    tuple of str
        Each once, in the order in which the lines come to them.
    """
    read = [terms.figures[id] for line in lines for id in reading(terms.payment.lines[line], terms.figures)]
    return tuple(dict.fromkeys(term.measure for term in read if isinstance(term, MeasureFigure)))


def attested_anew(terms: ContractTerms, *lines: str) -> tuple[str, ...]:
    """The attested figures of some lines that must be attested for each certificate: all but parameters.

    Parameters
    ----------
    terms : ContractTerms
    *lines : str

    Returns
    -------
    tuple of str
        Each once.
    """
    parameters = {id for id, measure in (terms.measures or {}).items() if measure.step == "parameter"}
    read = [id for line in lines for id in reading(terms.payment.lines[line], terms.figures)]
    own = [id for id in read if isinstance(terms.figures[id], AttestedFigure) and id not in parameters]
    return tuple(dict.fromkeys(own))


def check_paid_each(terms: ContractTerms) -> None:
    """Refuse `paid_each` where what is paid for on one certificate cannot be told from what another pays for.

    Parameters
    ----------
    terms : ContractTerms

    Raises
    ------
    PydanticCustomError
        At the line's own place.
    """
    lines = paid_each_lines(terms)
    if not lines:
        return
    rest = counted_by(terms, *(id for id in terms.payment.lines if id not in lines))
    others = {terms.analysis[analysis].data for analysis in rest}
    for id in lines:
        line = terms.payment.lines[id]
        problem = _beside_it(line, terms) or _of_what_it_reads(line, terms)
        if problem is None:
            problem = next(
                (told for told in (_of_rows(one, others, terms) for one in counted_by(terms, id)) if told), None
            )
        if problem is not None:
            raise fault(problem, "payment", "lines", id, "paid_each")


def _beside_it(line: Line, terms: ContractTerms) -> str | None:
    """What cannot stand in the contract beside it."""
    if not terms.dates.certificates:
        return "needs the days on which it is paid; announce them under dates.certificates."
    if line.true_up is not None:
        return "cannot stand beside true_up, which deducts what was paid before; keep one."
    if line.due is not None:
        return "cannot stand beside due, since it falls due after each certificate; use due_days."
    if line.pays.milestones is not None:
        return "cannot hold for milestones, which count persons since the contract began; use true_up."
    return None


def _of_what_it_reads(line: Line, terms: ContractTerms) -> str | None:
    for name in reading(line, terms.figures):
        if isinstance(terms.figures[name], EstimateFigure):
            return f"cannot hold for {name}, an estimate of one window; pay it once, or use true_up."
    return None


def _of_rows(analysis: str, others: Collection[str], terms: ContractTerms) -> str | None:
    """Rows that cannot be told from those of another day, or that another line counts from the beginning on."""
    term = terms.analysis[analysis]
    if term.method != "outcome_count" or "time" not in term.given:
        return f"needs to know when each row of {analysis} was; count it with time."
    if term.unit_limits != (None, None):
        return (
            f"cannot hold for {analysis}, which limits what one person counts for since the contract began, while each "
            "certificate sees the new rows alone; use true_up."
        )
    if term.data in others:
        return (
            f"cannot hold for {analysis}, whose table a line counts that is not paid on each certificate; give that "
            "line a table of its own."
        )
    return None


def paid_each_terms(say: Wording) -> str:
    """', on each final certificate anew, for what is new since the announced day before'."""
    return say(
        sv=", på nytt i varje slutligt intyg, för det som tillkommit sedan den föregående angivna dagen",
        en=", anew on each final certificate, for what is new since the announced day before",
    )
