"""A line paid once that a rule between lines leaves without an amount for good, after a later announced day.

On its own day, settled again after a later one, what is paid in parts has no amount any more: it is due on the later
day. A cap that may lower the one by the other then leaves both without, although the line was paid.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from effekt._validation import join_words
from effekt.certificates.certificate import Certificate
from effekt.contracts.money import fraction
from effekt.contracts.settled import SettledLine
from effekt.exceptions import CertificateError
from effekt.workflow.earlier.can_be_paid import settlement_of
from effekt.workflow.earlier.disputed_beside import cut
from effekt.workflow.earlier.line_names import named_as_in
from effekt.workflow.earlier.paid_apart import chain, withholds
from effekt.workflow.findings import Finding, cannot_tell
from effekt.workflow.plan.coupled_lines import paid_once, rules_between

_PLACES = {
    "lines_cap": "payment.caps",
    "lines_floor": "payment.floors",
    "contract_cap": "payment.cap",
    "contract_floor": "payment.floor",
}


class Left(NamedTuple):
    """A line without an amount, the rule's place, the lines that it waits for, and one of a later day."""

    line: str
    place: str
    waits_for: tuple[str, ...]
    later: Certificate


def left_waiting(certificate: Certificate, stand: Sequence[Certificate], known: Sequence[Certificate]) -> list[Left]:
    """The lines of a certificate that were paid or withheld in its place before, and wait for good for others.

    Parameters
    ----------
    certificate : Certificate
    stand : sequence of Certificate
        Others that bind and whose place none takes.
    known : sequence of Certificate
        Others by which is told what those paid whose place it takes.

    Returns
    -------
    list of Left
        None without a certificate of a later announced day.
    """
    terms, own = certificate.contract.model, settlement_of(certificate, certificate.contract)
    if certificate.kind != "final" or certificate.corrects is None or own is None:
        return []
    taken = chain(certificate, known)
    later = [one for one in stand if one.sha256 not in taken and _is_later(one, own, certificate)]
    open_lines = [line.id for line in certificate.settlement.lines if line.amount is None]
    in_parts = [id for id in open_lines if terms.payment.lines[id].cumulative]
    if not later or not in_parts:
        return []
    found = []
    for line in certificate.settlement.lines:
        place = _held_by(line)
        waits_for = tuple(id for id in in_parts if _under_one(place, id, line.id, certificate))
        if place and waits_for and paid_once(line.id, terms) and _had_amount(line.id, certificate, known):
            found.append(Left(line.id, place, waits_for, later[-1]))
    return found


def _is_later(one: Certificate, own: str, certificate: Certificate) -> bool:
    """Whether another is of a later announced day, nil or final, by which a line paid in parts is settled since."""
    if one.kind == "interim" or one.contract.model.id != certificate.contract.model.id:
        return False
    day = settlement_of(one, certificate.contract)
    in_parts = {id for id, line in one.contract.model.payment.lines.items() if line.cumulative}
    return day is not None and day > own and bool(in_parts - cut(one))


def _held_by(line: SettledLine) -> str | None:
    """The place of the rule between lines that leaves a line without an amount, where its own is known."""
    if line.amount is not None or not line.steps or line.steps[-1].value is not None:
        return None
    return _PLACES.get(line.steps[-1].rule)


def _under_one(place: str | None, one: str, other: str, certificate: Certificate) -> bool:
    rules = rules_between(certificate.contract.model)
    return any({one, other} <= {*lines} for where, _, lines in rules if place and where.startswith(place))


def _had_amount(id: str, certificate: Certificate, known: Sequence[Certificate]) -> bool:
    """Whether the last that has an amount of a line, of those whose place one takes, paid it, or is not known."""
    given, link = {one.sha256: one for one in known}, certificate.supersedes
    while link is not None and link.paying:
        before = given.get(link.sha256)
        if before is None:
            return True
        amounts = named_as_in(certificate, {line.id: line.amount for line in before.settlement.lines}, before)
        if amounts.get(id) is not None:
            held = named_as_in(certificate, dict.fromkeys(withholds(before)), before)
            return fraction(amounts[id] or "0") != 0 or id in held
        link = before.supersedes
    return False


def refuse_left_waiting(
    certificate: Certificate, stands: Sequence[tuple[str | None, Certificate]], known: Sequence[Certificate]
) -> None:
    """Refuse a certificate on which a line that was paid loses its amount for good.

    Parameters
    ----------
    certificate : Certificate
        The new one.
    stands : sequence of (str or None, Certificate)
        Those in the same folder that bind and whose place none takes, by the names of their files.
    known : sequence of Certificate
        All of that folder.

    Raises
    ------
    CertificateError
        Naming the line, the rule, the later certificate and the remedy.
    """
    names = {one.sha256: name for name, one in stands}
    for line, place, waits_for, later in left_waiting(certificate, [one for _, one in stands], known):
        lines, day = join_words(waits_for, "and"), settlement_of(later, certificate.contract)
        link = certificate.supersedes
        has = "has" if len(waits_for) == 1 else "have"
        raise CertificateError(
            f"payment.lines.{line} must keep an amount, which the certificate of {'' if link is None else link.date} "
            f"or one before it has; here {place} leaves it without one until {lines} {has} one, and {lines} {has} none "
            f"any more on this day, after {names[later.sha256]!r} of the later announced day {day}. "
            f"Amend the contract so that {place} does not count both, or so that caps of their own keep these lines "
            "within it (`effekt amend`), and settle this by the amended file."
        )


def left_waiting_findings(found: Certificate, given: Sequence[Certificate]) -> Iterator[Finding]:
    """That a certificate leaves a line without an amount for good, which one before it paid or may have.

    Parameters
    ----------
    found : Certificate
    given : sequence of Certificate
        The others, that bind.

    Yields
    ------
    Finding
    """
    taken = {one.supersedes.sha256 for one in given if one.supersedes is not None}
    left = left_waiting(found, [one for one in given if one.sha256 not in taken], given)
    if not left:
        return
    places = list(dict.fromkeys(one.place for one in left))
    waits_for = list(dict.fromkeys(id for one in left for id in one.waits_for))
    (en, sv), (place_en, place_sv), (for_en, for_sv) = (
        [join_words(each, word) for word in ("and", "och")] for each in ([one.line for one in left], places, waits_for)
    )
    day, has = left[0].later.date, "has" if len(waits_for) == 1 else "have"
    leaves = "leaves" if len(places) == 1 else "leave"
    yield cannot_tell(
        "left_waiting",
        f"This certificate has no amount of {en}, which {place_en} {leaves} without one until {for_en} {has} one, and "
        f"after that of {day}, of a later announced day, {for_en} can have none of this day any more. What one "
        f"before it paid or withholds of {en} is not settled by it; ask for one by an amended file.",
        f"Detta intyg saknar belopp för {sv}, som {place_sv} lämnar utan tills {for_sv} har ett, och efter det från "
        f"{day}, för en senare angiven dag, kan {for_sv} inte få något för denna dag längre. Det som ett före detta "
        f"betalade eller håller inne av {sv} avräknas inte av det; begär ett enligt en ändrad fil.",
    )
