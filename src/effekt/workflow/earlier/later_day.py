"""A certificate in the place of one of an earlier announced day, beside one of a later day that has counted that.

Of lines that are paid in parts each day counts what was paid until then, and the next one counts after it. So what is
due otherwise of an earlier day is settled by the last certificate, and the earlier day is not settled again alone.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from effekt._text import Text
from effekt._validation import join_words
from effekt.certificates.certificate import Certificate
from effekt.contracts.paid_each import paid_each_lines
from effekt.exceptions import CertificateError
from effekt.workflow.earlier.can_be_paid import ended_on, settlement_of
from effekt.workflow.earlier.disputed_beside import cut
from effekt.workflow.earlier.line_names import paid_to_date_as_in
from effekt.workflow.earlier.paid_apart import chain
from effekt.workflow.findings import Finding, cannot_tell
from effekt.workflow.rules.dates import announced_for


def passes_by(certificate: Certificate, one: Certificate, every: Sequence[Certificate]) -> bool:
    """Whether a certificate takes the place of one of an earlier announced day than another, which it passes by.

    Parameters
    ----------
    certificate, one : Certificate
    every : sequence of Certificate
        All that are known, by which it may have taken the other's place.

    Returns
    -------
    bool
        False where the other is of a later day than it, or of an early end that leaves nothing of what was due before
        it; and where lines are paid on each day: then what takes a certificate's place is of its day.
    """
    contract, link = certificate.contract, certificate.supersedes
    if link is None or {certificate.kind, one.kind} != {"final"} or one.contract.model.id != contract.model.id:
        return False
    in_parts = {id for id, line in one.contract.model.payment.lines.items() if line.cumulative}
    if paid_each_lines(contract.model) or not in_parts - cut(one):
        return False
    way = chain(certificate, every) | {certificate.sha256}
    if one.sha256 in way or certificate.sha256 in chain(one, every) or one.date in link.days:
        return False
    first = announced_for(contract, link.days[0], ended_on(certificate))
    days = (first, settlement_of(one, contract), settlement_of(certificate, contract))
    return None not in days and str(days[0]) < str(days[1]) <= str(days[2])


def refuse_passing_by(certificate: Certificate, stands: Sequence[tuple[str | None, Certificate]]) -> None:
    """Refuse a certificate in the place of one of an earlier announced day, where one of a later day stands.

    So is what is settled beside such a one, made where the other was not seen.

    Parameters
    ----------
    certificate : Certificate
        The new one.
    stands : sequence of (str or None, Certificate)
        Those in the same folder that bind and whose place none takes, by the names of their files.

    Raises
    ------
    CertificateError
        Naming the last one, whose place is to be taken instead.
    """
    every = [one for _, one in stands]
    _refuse_beside_one(certificate, stands)
    passed = [(name, one) for name, one in stands if passes_by(certificate, one, every)]
    if certificate.supersedes is None or not passed:
        return
    name, last = max(passed, key=lambda pair: (settlement_of(pair[1], certificate.contract), pair[1].date, pair[0]))
    paid = paid_to_date_as_in(certificate, last)
    lines = certificate.contract.model.payment.lines
    amounts = [paid[id] for id in lines if id in paid and lines[id].cumulative]
    raise of_the_last(name, last, certificate, amounts[0] if amounts else None)


def _refuse_beside_one(certificate: Certificate, stands: Sequence[tuple[str | None, Certificate]]) -> None:
    """Refuse a certificate after one that passes by another: what it counts of one it does not of the other."""
    every = [one for _, one in stands]
    for one in passing_by(certificate, every):
        names = {each.sha256: name for name, each in stands}
        passed = next(each for each in every if each.date < one.date and passes_by(one, each, every))
        replaced = "" if one.supersedes is None else one.supersedes.date
        raise CertificateError(
            f"The file {names[one.sha256]!r} is a certificate of {one.date} in the place of the one of {replaced}, and "
            f"{names[passed.sha256]!r}, of a later announced day, stood when it was made: no certificate counts both. "
            "Move the one that was not paid to another folder."
        )


def of_the_last(name: str | None, last: Certificate, certificate: Certificate, paid: str | None) -> CertificateError:
    """That a correction is to take the place of the last certificate, not of one that this counts.

    Parameters
    ----------
    name : str or None
        Of the file of the last one.
    last, certificate : Certificate
        The last one, and the correction.
    paid : str or None
        What the last one says was paid.

    Returns
    -------
    CertificateError
    """
    kind = "an interim" if last.kind == "interim" else f"a {last.kind}"
    counts = "" if paid is None else f", with {paid} as paid: it counts what was paid of all before"
    replaced = "" if certificate.supersedes is None else certificate.supersedes.date
    return CertificateError(
        f"The file {name!r} is {kind} certificate of {last.date}, made after the one of {replaced}, whose place this "
        f"one takes. Take the place of that last one instead (--supersedes {shlex.quote(name or '')}){counts}."
        f"{_or_once(certificate) if passes_by(certificate, last, [last]) else ''}"
    )


def _or_once(certificate: Certificate) -> str:
    """How the lines that are paid once are settled on the earlier day."""
    lines = certificate.contract.model.payment.lines
    in_parts = [id for id, line in lines.items() if line.cumulative]
    once = [id for id, line in lines.items() if not line.cumulative]
    if not once:
        return ""
    return (
        f" For {join_words(once, 'and')} alone attest nothing of {join_words(in_parts, 'and')}: "
        f"{'that waits' if len(in_parts) == 1 else 'these wait'}, and what is due is settled by the last certificate."
    )


def passing_by(found: Certificate, given: Sequence[Certificate]) -> tuple[Certificate, ...]:
    """Those that were made until a certificate was, and pass by one that was given: it follows none of them.

    Parameters
    ----------
    found : Certificate
    given : sequence of Certificate

    Returns
    -------
    tuple of Certificate
        Without those whose place another one takes.
    """
    replaced = {one.supersedes.sha256 for one in (*given, found) if one.supersedes is not None}
    stand = [one for one in given if one.sha256 not in replaced and one.date <= found.date]
    return tuple(
        one for one in stand if any(other.date < one.date and passes_by(one, other, given) for other in (*given, found))
    )


def passing_findings(aside: Sequence[Certificate]) -> Iterator[Finding]:
    """That certificates take the place of one of an earlier day although one of a later day stood.

    Parameters
    ----------
    aside : sequence of Certificate
        As `passing_by` gives them.

    Yields
    ------
    Finding
    """
    for one in aside:
        link = one.supersedes
        day = "" if link is None else link.date
        yield cannot_tell(
            f"earlier:{one.date}",
            f"The certificate of {one.date}, digest {one.sha256[:16]}…, is in the place of that of {day}, and one of a "
            "later announced day stood when it was made, so it was to take the place of that one: ask which of them "
            "was paid.",
            f"Intyget från {one.date}, kontrollsumma {one.sha256[:16]}…, har ersatt det från {day}, och ett för en "
            "senare angiven dag gällde när det gjordes, så skulle det ha ersatt det: fråga vilket som betalades.",
        )


def passed_by(found: Certificate, one: Certificate, earlier: Sequence[Certificate]) -> Text | None:
    """What is told of one of a later day that a certificate passes by.

    Parameters
    ----------
    found : Certificate
        The one that is verified.
    one : Certificate
        Of the same date or before it.
    earlier : sequence of Certificate

    Returns
    -------
    Text or None
        None where it does not, and where both are of one date: no file shows which of them was made first.
    """
    link = found.supersedes
    if link is None or one.date == found.date or not passes_by(found, one, earlier):
        return None
    return Text(
        en=f"is of a later announced day than that of {link.date}, whose place this one takes: this one is to take the "
        "place of the later one instead",
        sv=f"gäller en senare angiven dag än det från {link.date}, som detta ersätter: detta ska i stället ersätta det "
        "senare",
    )
