"""A line paid once that a rule between lines leaves without an amount, since another is settled by another day.

On its own day, settled again after a later one, what is paid in parts has no amount any more: it is due on the later
day. A cap that may lower the one by the other then leaves both without, although the line was paid. So it does where
the other is paid once and another day paid it.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from effekt._text import Text
from effekt._validation import join_words
from effekt.certificates.certificate import Certificate
from effekt.contracts.model import ContractTerms
from effekt.contracts.paid_once import paid_once
from effekt.contracts.settled import SettledLine
from effekt.exceptions import CertificateError
from effekt.workflow.earlier.can_be_paid import settlement_of
from effekt.workflow.earlier.disputed_beside import cut
from effekt.workflow.earlier.line_names import named_as_in
from effekt.workflow.earlier.paid_apart import chain, pays, withholds
from effekt.workflow.earlier.recalled import may_be_paid
from effekt.workflow.findings import Finding, cannot_tell
from effekt.workflow.plan.coupled_lines import rules_between

_PLACES = {
    "lines_cap": "payment.caps",
    "lines_floor": "payment.floors",
    "contract_cap": "payment.cap",
    "contract_floor": "payment.floor",
}


class Left(NamedTuple):
    """A line without an amount, the rule's place, the lines that it waits for, and what settles it.

    Attributes
    ----------
    line, place : str
    waits_for : tuple of str
        Lines paid in parts, or, where none of those is open, lines paid once that another day paid.
    other : Certificate
        One of a later day, or the one that paid them.
    by : str
        What settles it: `amendment`, `attested` where a day that is settled again counts before later ones, or `moved`
        where what another day paid is settled on this one.
    """

    line: str
    place: str
    waits_for: tuple[str, ...]
    other: Certificate
    by: Literal["amendment", "attested", "moved"]


def left_waiting(certificate: Certificate, stand: Sequence[Certificate], known: Sequence[Certificate]) -> list[Left]:
    """The lines of a certificate that were paid or withheld in its place before, and wait for others with no end.

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
        None without a certificate of a later announced day, nor of one by which a line was paid that it waits for.
    """
    terms = certificate.contract.model
    if certificate.kind != "final" or certificate.corrects is None:
        return []
    if settlement_of(certificate, certificate.contract) is None:
        return []
    taken = chain(certificate, known)
    others = [one for one in stand if one.sha256 not in taken and one.contract.model.id == terms.id]
    later = [one for one in others if is_later(one, certificate)]
    open_lines = [line.id for line in certificate.settlement.lines if line.amount is None]
    found = []
    for line in certificate.settlement.lines:
        place = _held_by(line)
        if place is None or not (paid_once(line.id, terms) and may_be_paid(line.id, certificate, certificate, known)):
            continue
        beside = [id for id in open_lines if id != line.id and _under_one(place, id, line.id, certificate)]
        in_parts = tuple(id for id in beside if later and terms.payment.lines[id].cumulative)
        if in_parts:
            by: Literal["amendment", "attested"] = "attested" if counts_before(terms) else "amendment"
            found.append(Left(line.id, place, in_parts, later[-1], by))
            continue
        paying = [(one, tuple(id for id in beside if id in _once_paid(one, certificate))) for one in others]
        found += [Left(line.id, place, ids, one, "moved") for one, ids in paying if ids][:1]
    return found


def counts_before(terms: ContractTerms) -> bool:
    """Whether a day that is settled again after a later one counts before it, as beside a line with `paid_each`.

    Parameters
    ----------
    terms : ContractTerms

    Returns
    -------
    bool
    """
    return any(line.paid_each is not None for line in terms.payment.lines.values())


def _once_paid(one: Certificate, certificate: Certificate) -> set[str]:
    """The lines paid once that another certificate pays or withholds, by the names in a certificate's own file."""
    if one.kind != "final":
        return set()
    paid = named_as_in(certificate, dict.fromkeys(pays(one) | withholds(one)), one)
    lines = certificate.contract.model.payment.lines
    return {id for id in paid if id in lines and paid_once(id, certificate.contract.model)}


def is_later(one: Certificate, certificate: Certificate) -> bool:
    """Whether another is of a later announced day, nil or final, by which a line paid in parts is settled since.

    Parameters
    ----------
    one, certificate : Certificate

    Returns
    -------
    bool
    """
    if one.kind == "interim" or one.contract.model.id != certificate.contract.model.id:
        return False
    own, day = (settlement_of(each, certificate.contract) for each in (certificate, one))
    in_parts = {id for id, line in one.contract.model.payment.lines.items() if line.cumulative}
    return own is not None and day is not None and day > own and bool(in_parts - cut(one))


def _held_by(line: SettledLine) -> str | None:
    """The place of the rule between lines that leaves a line without an amount, where its own is known."""
    if line.amount is not None or not line.steps or line.steps[-1].value is not None:
        return None
    return _PLACES.get(line.steps[-1].rule)


def _under_one(place: str | None, one: str, other: str, certificate: Certificate) -> bool:
    rules = rules_between(certificate.contract.model)
    return any({one, other} <= {*lines} for where, _, lines in rules if place and where.startswith(place))


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
    for left in left_waiting(certificate, [one for _, one in stands], known):
        link, name = certificate.supersedes, names[left.other.sha256] or ""
        raise CertificateError(
            f"payment.lines.{left.line} must keep an amount, which the certificate of "
            f"{'' if link is None else link.date} or one before it has; here {left.place} leaves it without one until "
            f"{join_words(left.waits_for, 'and')} {_has(left)} one{_way_out(left, name, certificate)}"
        )


def _has(left: Left) -> str:
    return "has" if len(left.waits_for) == 1 else "have"


def _way_out(left: Left, name: str, certificate: Certificate) -> str:
    lines, day = join_words(left.waits_for, "and"), settlement_of(left.other, certificate.contract)
    if left.by == "moved":
        return (
            f", and {lines} {'is' if len(left.waits_for) == 1 else 'are'} paid by {name!r}. Take the place of that "
            f"first (--supersedes {shlex.quote(name)}, --reason), with 0 of {lines}, and then settle {lines} here too."
        )
    if left.by == "attested":
        trued = [certificate.contract.model.payment.lines[id].true_up for id in left.waits_for]
        paid, own = [one.paid for one in trued if one is not None], settlement_of(certificate, certificate.contract)
        return (
            f". Settle {lines} here too as on this day, {own}, with what was then paid of "
            f"{'it' if len(left.waits_for) == 1 else 'them'} before ({', '.join(paid)}): beside lines with paid_each a "
            f"day that is settled again counts before {name!r} of the later announced day {day}."
        )
    return (
        f", and {lines} {_has(left)} none any more on this day, after {name!r} of the later announced day {day}. Amend "
        f"the contract so that {left.place} does not count both, or so that caps of their own keep these lines within "
        "it (`effekt amend`), and settle this by the amended file."
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
    for by in dict.fromkeys(one.by for one in left):
        yield _finding([one for one in left if one.by == by])


def _finding(left: Sequence[Left]) -> Finding:
    """Of lines that one way out settles."""
    places = list(dict.fromkeys(one.place for one in left))
    waits_for = list(dict.fromkeys(id for one in left for id in one.waits_for))
    (en, sv), (place_en, place_sv), (for_en, for_sv) = (
        [join_words(each, word) for word in ("and", "och")] for each in ([one.line for one in left], places, waits_for)
    )
    day, by, has = left[0].other.date, left[0].by, "has" if len(waits_for) == 1 else "have"
    why, ask = (
        Text(en="", sv=""),
        Text(
            en=f"in its place with {for_en} as on the day that it settles",
            sv=f"som ersätter det, med {for_sv} som den dag som det avräknar",
        ),
    )
    if by == "amendment":
        why = Text(
            en=f", and after that of {day}, of a later announced day, {for_en} can have none of this day any more",
            sv=f", och efter det från {day}, för en senare angiven dag, kan {for_sv} inte få något för denna dag "
            "längre",
        )
        ask = Text(en="by an amended file", sv="enligt en ändrad fil")
    if by == "moved":
        why = Text(
            en=f", and {for_en} {'is' if len(waits_for) == 1 else 'are'} paid by that of {day}",
            sv=f", och {for_sv} betalas enligt det från {day}",
        )
        ask = Text(en="in its place with both", sv="som ersätter det, med båda")
    return cannot_tell(
        "left_waiting",
        f"This certificate has no amount of {en}, which {place_en} {'leaves' if len(places) == 1 else 'leave'} without "
        f"one until {for_en} {has} one{why.en}. What one before it paid or withholds of {en} is not settled by it; ask "
        f"for one {ask.en}.",
        f"Detta intyg saknar belopp för {sv}, som {place_sv} lämnar utan tills {for_sv} har ett{why.sv}. Det som ett "
        f"före detta betalade eller håller inne av {sv} avräknas inte av det; begär ett {ask.sv}.",
    )
