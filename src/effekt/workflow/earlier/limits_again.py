"""A limit that holds in each settlement holds of a certificate and of all those that it corrects together."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

from effekt._text import Text
from effekt._validation import join_words
from effekt.certificates.certificate import Certificate
from effekt.certificates.envelope import Envelope
from effekt.contracts.money import exact_text, fraction
from effekt.contracts.paid_once import paid_once
from effekt.contracts.payment import Payment
from effekt.exceptions import CertificateError
from effekt.workflow.earlier.announced import next_open_day
from effekt.workflow.earlier.can_be_paid import settlement_of
from effekt.workflow.earlier.in_folder import certificates_in, standings
from effekt.workflow.earlier.later_day import refuse_passing_by
from effekt.workflow.earlier.left_waiting import counts_before, is_later
from effekt.workflow.earlier.line_names import named_as_in
from effekt.workflow.earlier.paid_apart import by_settlement, chain, disputes, pays_anew
from effekt.workflow.earlier.paid_before import Filed, refuse_wrongly_deducted
from effekt.workflow.earlier.settled_anew import fallen, founded_on, is_next, known_in_parts
from effekt.workflow.findings import Finding, cannot_tell, same_or_different
from effekt.workflow.rules.dates import final_days

_UNFOUNDED = Text(
    en="It settles anew, and none of those in whose place it stands, of its own settlement, has as paid before what it "
    "has.",
    sv="Det avräknar på nytt, och inget av dem som det ersätter, i samma avräkning, har det som tidigare betalt som "
    "det självt har.",
)


class _Limit(NamedTuple):
    """A cap on lines, or a floor under them with the line it raises and the rule of that step."""

    place: str
    amount: str
    lines: tuple[str, ...]
    raises: str | None = None
    rule: str = ""


def check_correction(
    certificate: Certificate, earlier: Certificate, folder: Path | None, rotations: Sequence[Envelope | bytes] = ()
) -> None:
    """Refuse a correction that deducts something else than was paid, or pays beyond a limit of what it corrects.

    Parameters
    ----------
    certificate, earlier : Certificate
        The new one, and the one whose place it takes.
    folder : Path or None
        Where those are looked for that the earlier one corrects in its turn, and signed ones that count it.
    rotations : sequence of Envelope or bytes, optional
        Changes of keys that the parties gave.

    Raises
    ------
    CertificateError
        Naming the line and what it must deduct, or the limit and what all of them would pay together.

    Notes
    -----
    A line whose `true_up` has a figure as `paid` gives in a correction the difference alone, which the limits of each
    settlement do not see as a part of the first. Where one of them binds the settlement is paid anew: then the
    correction has as paid what the corrected one had itself, and is held to each limit by itself. Where the contract
    announces days and the new certificate is of a later one it is the next settlement, in which limits hold anew.
    """
    contract = certificate.contract
    there = () if folder is None else standings(folder, contract, rotations)
    signed = [Filed(path.name, one) for path, one, held in there if held == "signed"]
    known = [earlier, *(one for _, one, _ in there)]
    refuse_wrongly_deducted(certificate, earlier, signed)
    counted = _counted_since(certificate, signed)
    for fault in fallen(certificate):
        raise CertificateError(f"{fault.en} {_not_anew(certificate, known, counted)}")
    corrected, _, _ = _corrected(certificate, known)
    for limit, paid in _exceeded(certificate, corrected):
        one = len(corrected) == 1
        beyond = (
            f"{limit.place} of {limit.amount} holds in each settlement, and with the "
            f"{'certificate' if one else 'certificates'} of {_days(corrected, 'and')}, which this one corrects, "
            f"{exact_text(paid)} would be paid under it"
        )
        if counted is not None:
            refuse_passing_by(certificate, [counted])
        waiting = [id for id in _waiting(certificate) if id in limit.lines]
        if counted is None or not waiting or not set(_once_due(certificate)).intersection(limit.lines):
            raise CertificateError(f"{beyond}. {_within(limit, certificate, corrected[0], known)}")
        raise CertificateError(f"{beyond}; {_since(waiting, certificate, counted)}. {_amend(limit, certificate)}")


def _counted_since(certificate: Certificate, signed: Sequence[Filed]) -> Filed | None:
    """The last one of a later announced day, after which what is paid in parts has no amount any more."""
    every = [one.certificate for one in signed]
    replaced = {one.supersedes.sha256 for one in every if one.supersedes is not None} | chain(certificate, every)
    later = [one for one in signed if one.certificate.sha256 not in replaced and is_later(one.certificate, certificate)]
    if counts_before(certificate.contract.model):
        return None
    return max(later, key=lambda one: (*by_settlement(one.certificate), one.name), default=None)


def _waiting(certificate: Certificate) -> list[str]:
    """The lines that are paid in parts and have no amount."""
    lines = certificate.contract.model.payment.lines
    return [one.id for one in certificate.settlement.lines if lines[one.id].cumulative and one.amount is None]


def _since(waiting: Sequence[str], certificate: Certificate, counted: Filed) -> str:
    """'work has none any more on this day, after … of the later announced day …'."""
    day, has = settlement_of(counted.certificate, certificate.contract), "has" if len(waiting) == 1 else "have"
    return (
        f"{join_words(waiting, 'and')} {has} none any more on this day, after {counted.name!r} of the later announced "
        f"day {day}"
    )


def _once_due(certificate: Certificate) -> list[str]:
    """The lines that are paid once and have an amount, which no other announced day can pay."""
    terms = certificate.contract.model
    due = [one.id for one in certificate.settlement.lines if one.amount is not None]
    return [id for id in due if final_days(certificate.contract) and paid_once(id, terms)]


def _amend(limit: _Limit, certificate: Certificate) -> str:
    in_parts = _in_parts(certificate.contract.model.payment)
    once, parts = ([id for id in limit.lines if (id in in_parts) is each] for each in (False, True))
    counts = f"count {join_words(once, 'and')} with {join_words(parts, 'and')}" if once else "hold"
    return (
        f"Amend the contract so that {limit.place} does not {counts} (`effekt amend`), and settle this by the amended "
        "file."
    )


def _within(limit: _Limit, certificate: Certificate, first: Certificate, known: Sequence[Certificate]) -> str:
    """What keeps a settlement within a limit: settled anew, or on the next day, where that can pay what is due."""
    before = [f"{exact_text(fraction(first.paid_before[id]))} of {id}" for id in known_in_parts(first)]
    ways = []
    if not certificate.letting_go:
        ways.append(
            f"have as paid what the certificate of {first.date} has itself as paid before, "
            f"{join_words(before, 'and')}: this one then settles anew, in its place, what is due by the limits"
        )
    if not set(_once_due(certificate)).intersection(limit.lines):
        announce = (
            "" if final_days(certificate.contract) else "announce the days of settlements (dates.certificates) and "
        )
        ways.append(f"{announce}settle {_later(certificate, known, 'this as the next one')}")
    remedy = f"{'; or '.join(ways)}." if ways else _amend(limit, certificate)
    return f"{remedy[0].upper()}{remedy[1:]}"


def _not_anew(certificate: Certificate, known: Sequence[Certificate], counted: Filed | None) -> str:
    """What settles lines that are settled anew with less than was paid, or no amount."""
    waiting, lines = _waiting(certificate), certificate.contract.model.payment.lines
    told = join_words(waiting, "and")
    if waiting and counted is not None:
        figures = join_words([line.true_up.paid for id in waiting if (line := lines[id]).true_up is not None], "or")
        day = settlement_of(counted.certificate, certificate.contract)
        return (
            f"Attest no {figures}: {told} {'waits' if len(waiting) == 1 else 'wait'} here, after {counted.name!r} of "
            f"the later announced day {day}."
        )
    terms = certificate.contract.model
    if waiting and final_days(certificate.contract) and any(paid_once(id, terms) for id in lines):
        return f"Settle {told} here too."
    once = _once_due(certificate)
    limits = [limit for limit in _limits(terms.payment) if set(once).intersection(limit.lines)]
    if limits:
        return _amend(limits[0], certificate)
    return f"Settle {_later(certificate, known, 'the next settlement')}, which counts that."


def _later(certificate: Certificate, known: Iterable[Certificate], otherwise: str) -> str:
    """The next announced day that is not settled yet, where there is one."""
    after = next_open_day(certificate, known)
    return otherwise if after is None else f"the next announced day, {after}"


def paid_anew(certificate: Certificate, earlier: Certificate, folder: Path | None) -> dict[str, str] | None:
    """What of its settlement was paid before a correction that has as paid what one that it corrects had itself.

    Parameters
    ----------
    certificate, earlier : Certificate
        The new one, and the one whose place it takes.
    folder : Path or None
        Where those are looked for that the earlier one corrects in its turn.

    Returns
    -------
    dict of line to decimal
        Of each line that is paid in parts; None where it pays the difference alone, of one that disputes, and where a
        line lets go what was paid too much: what its certificates have as paid to date is then less than was paid.
    """
    if certificate.kind != "final" or earlier.kind != "final" or disputes(certificate, earlier):
        return None
    if certificate.letting_go:
        return None
    there = () if folder is None else certificates_in(folder, certificate.contract.model.id)
    known = [earlier, *(one for _, one in there)]
    own, paid = known_in_parts(certificate), known_in_parts(earlier, to_date=True, beside=certificate)
    if not own or own.keys() != paid.keys() or own == paid:
        return None
    base, _ = founded_on(certificate, known)
    if base is None:
        return None
    return {id: exact_text(amount - own[id]) for id, amount in paid.items()}


def limit_findings(certificate: Certificate, earlier: Sequence[Certificate]) -> Iterator[Finding]:
    """Whether each limit holds of a correction and of those that it corrects together.

    Parameters
    ----------
    certificate : Certificate
    earlier : sequence of Certificate
        As `as_several` gives them.

    Yields
    ------
    Finding
        None where it corrects no certificate that is given, or no limit is on a line that is paid in parts.
    """
    corrects = certificate.corrects
    if corrects is None or all(one.sha256 != corrects.sha256 for one in earlier):
        return
    corrected, missing, unfounded = _corrected(certificate, earlier)
    if unfounded and missing is None:
        yield same_or_different("limits", False, _UNFOUNDED.en, _UNFOUNDED.sv)
        return
    if certificate.settles_anew is not None and missing is None and not corrected:
        yield same_or_different(
            "limits",
            True,
            "It settles anew, in the place of what it corrects, with what that has itself as paid before; limits of "
            "each settlement hold of it by itself.",
            "Det avräknar på nytt, i stället för det som det rättar, med det som det själv har som tidigare betalt; "
            "gränserna för varje avräkning gäller det för sig.",
        )
        return
    if not any(_limits(certificate.contract.model.payment)) or not (corrected or missing):
        return
    en, sv = _days(corrected, "and"), _days(corrected, "och")
    over = [(limit, exact_text(paid)) for limit, paid in _exceeded(certificate, corrected)]
    if over:
        beyond = [f"{limit.place} {limit.amount} < {paid}" for limit, paid in over]
        yield same_or_different(
            "limits",
            False,
            f"Together with what it corrects, of {en}, it pays beyond what holds in each settlement: "
            f"{'; '.join(beyond)}.",
            f"Tillsammans med det som det rättar, från {sv}, betalar det mer än vad som gäller vid varje avräkning: "
            f"{'; '.join(beyond)}.",
        )
    elif missing is not None:
        yield cannot_tell(
            "limits",
            f"The certificate of {missing}, which was corrected before, was not given: that limits of each settlement "
            "hold together with it cannot be told.",
            f"Intyget från {missing}, som rättades dessförinnan, angavs inte: om gränserna för varje avräkning håller "
            "tillsammans med det kan inte avgöras.",
        )
    else:
        yield same_or_different(
            "limits",
            True,
            f"Limits of each settlement hold together with what it corrects, of {en}.",
            f"Gränserna för varje avräkning håller tillsammans med det som det rättar, från {sv}.",
        )


def _days(certificates: Sequence[Certificate], word: str) -> str:
    return join_words([one.date for one in certificates], word)


def _corrected(
    certificate: Certificate, earlier: Sequence[Certificate]
) -> tuple[tuple[Certificate, ...], str | None, bool]:
    """The final certificates of one settlement that a final one adds to, the first one first.

    Beside them the day of one in whose place they stand, where it is not among those given, and whether one settles
    anew what none of those that it corrects has itself as paid before.
    """
    found: list[Certificate] = []
    given, last = {one.sha256: one for one in earlier}, certificate
    anew: Certificate | None = None
    while last.corrects is not None and not is_next(certificate, last.corrects.date):
        before = given.get(last.corrects.sha256)
        if before is None:
            return tuple(found[::-1]), last.corrects.date, False
        again = pays_anew(last, before)
        if anew is None and last.settles_anew is not None:
            anew = last
        if anew is not None:
            anew = None if known_in_parts(before, beside=anew) == known_in_parts(anew) else anew
        elif not again:
            found.append(before)
        last = before
    of_none = last is certificate and certificate.settles_anew is not None
    return tuple(found[::-1]), None, anew is not None or of_none


def _exceeded(certificate: Certificate, corrected: Sequence[Certificate]) -> Iterator[tuple[_Limit, Fraction]]:
    """Each limit that a certificate and those that it corrects are beyond, and what they pay under it together."""
    payment = certificate.contract.model.payment
    every = [named_as_in(certificate, _amounts(one), one) for one in corrected]
    before = {id: sum((amounts.get(id, Fraction(0)) for amounts in every), Fraction(0)) for id in _in_parts(payment)}
    both = dict(_amounts(certificate))
    for id, paid in before.items():
        both[id] = both.get(id, Fraction(0)) + paid
    added_to = {id for id, paid in before.items() if paid}
    for limit in _limits(payment):
        raised = limit.raises is None or limit.raises in _raised(certificate, limit.rule)
        paid = _sum(both, limit.lines)
        if raised and added_to.intersection(limit.lines) and paid > Fraction(limit.amount):
            yield limit, paid


def _in_parts(payment: Payment) -> set[str]:
    return {id for id, line in payment.lines.items() if line.cumulative}


def _limits(payment: Payment) -> Iterator[_Limit]:
    """Every limit of a settlement that counts a line which is paid in parts."""
    in_parts = _in_parts(payment)
    return (limit for limit in _every_limit(payment) if in_parts.intersection(limit.lines))


def _every_limit(payment: Payment) -> Iterator[_Limit]:
    for id, line in payment.lines.items():
        if line.true_up is not None and line.true_up.cap is not None:
            yield _Limit(f"payment.lines.{id}.true_up.cap", line.true_up.cap, (id,))
    for id, cap in (payment.caps or {}).items():
        yield _Limit(f"payment.caps.{id}", cap.amount, tuple(cap.lines))
    if payment.cap is not None:
        yield _Limit("payment.cap", payment.cap.amount, tuple(payment.lines))
    for id, floor in (payment.floors or {}).items():
        yield _Limit(f"payment.floors.{id}", floor.amount, tuple(floor.lines), floor.raises, "lines_floor")
    if payment.floor is not None:
        yield _Limit(
            "payment.floor", payment.floor.amount, tuple(payment.lines), payment.floor.raises, "contract_floor"
        )


def _amounts(certificate: Certificate) -> dict[str, Fraction]:
    return {line.id: fraction(line.amount) for line in certificate.settlement.lines if line.amount is not None}


def _sum(amounts: Mapping[str, Fraction], lines: Collection[str]) -> Fraction:
    return sum((amounts.get(id, Fraction(0)) for id in lines), Fraction(0))


def _raised(certificate: Certificate, rule: str) -> set[str]:
    """The lines that a floor raised."""
    lines = certificate.settlement.lines
    return {line.id for line in lines for step in line.steps if step.rule == rule and step.value is not None}
