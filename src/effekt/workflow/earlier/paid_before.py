"""Whether a certificate pays again what another final one pays: in its folder, or one that is given."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from effekt._text import Text
from effekt._validation import join_words
from effekt.certificates.certificate import Certificate
from effekt.certificates.envelope import Envelope
from effekt.contracts.money import fraction
from effekt.exceptions import CertificateError
from effekt.workflow.earlier.amended_files_beside import refuse_amended_by_files
from effekt.workflow.earlier.announced import next_open_day, same_evidence
from effekt.workflow.earlier.can_be_paid import refuse_impossible, settled_on, settlement_of
from effekt.workflow.earlier.counted_again import refuse_outdated
from effekt.workflow.earlier.disputed_beside import refuse_still_waiting
from effekt.workflow.earlier.earlier_sums import refuse_wrong_sums
from effekt.workflow.earlier.forks import refuse_fork
from effekt.workflow.earlier.governing_file import refuse_amended_since
from effekt.workflow.earlier.in_folder import first_or_agreed, signed_enough, standings
from effekt.workflow.earlier.later_day import of_the_last, refuse_passing_by
from effekt.workflow.earlier.left_waiting import refuse_left_waiting
from effekt.workflow.earlier.line_names import named_as_in, paid_to_date_as_in
from effekt.workflow.earlier.one_place import refuse_beside_nil, refuse_second_of_day, refuse_taken_place
from effekt.workflow.earlier.paid_apart import (
    by_settlement,
    chain,
    corrected_beside,
    disputes,
    in_one_settlement,
    paid_apart,
    pays,
    withholds,
    wrongly_deducted,
)
from effekt.workflow.earlier.recalled import refuse_recalled
from effekt.workflow.earlier.unseen import not_there

SUPERSEDED = Text(
    en="; if that certificate was superseded, verify with the one that took its place",
    sv="; om det intyget har ersatts, verifiera med det som tog dess plats",
)
_SETTLED = ("kind", "date", "settles", "contract", "attestations", "data", "settlement", "supersedes", "declarations")


class Filed(NamedTuple):
    """A certificate with the name of its file; the new one has none."""

    name: str | None
    certificate: Certificate


def refuse_paid_again(
    certificate: Certificate,
    folder: Path,
    *,
    file: str | None = None,
    rotations: Sequence[Envelope | bytes] = (),
) -> None:
    """Refuse a final certificate that pays again what a signed one in a folder pays, without taking its place.

    So is one on which something else is attested as paid before than those of earlier announced days paid.

    Parameters
    ----------
    certificate : Certificate
        The new one.
    folder : Path
        The contract's, where it is settled, or the one that the certificate is written to; the folders in it are not
        looked through.
    file : str, optional
        The name that it is written under there. Without one it is only settled, and may be the same settlement as one
        that is signed already: the same day, terms, data and amounts, made again.
    rotations : sequence of Envelope or bytes, optional
        Changes of keys that the parties gave.

    Raises
    ------
    CertificateError
        Naming the file, the lines and what to do.

    Notes
    -----
    A certificate that nobody has signed, or only with the published demonstration key, binds nobody and is passed by;
    so is one on which no signature holds (`cautions` tells of it). Whether a key that no party is known to have is that
    of a party nobody here can tell: where a certificate that it signed would stop this one if it bound, it does. Only
    a certificate that as many signed as the contract asks for, or the new one itself, takes the place of another. One
    that is kept elsewhere is not seen: whoever verifies has `--earlier` for it.
    """
    every = standings(folder, certificate.contract, rotations)
    signed = file is not None and bool(certificate.envelope.signatures)
    made = signed or any(held == "signed" and same_settlement(certificate, one) for _, one, held in every)
    there = [
        (Filed(path.name, one), held)
        for path, one, held in every
        if path.name != file and one.sha256 != certificate.sha256
    ]
    _refuse_beside(certificate, [one for one, held in there if held == "signed"], rotations, file, made=made)
    strangers = [one for one, held in there if held == "stranger"]
    if strangers:
        may_bind = [one for one, held in there if held in ("signed", "stranger")]
        try:
            _refuse_beside(certificate, may_bind, rotations, file, made=made)
        except CertificateError as error:
            raise _by_unknown_keys(strangers, error) from None
    refuse_amended_by_files(certificate, folder, rotations, made=made)


def _by_unknown_keys(strangers: Sequence[Filed], error: CertificateError) -> CertificateError:
    names, one = join_words([str(one.name) for one in strangers], "and"), len(strangers) == 1
    it, signed = ("it", "is signed by a key") if one else ("they", "are signed by keys")
    return CertificateError(
        f"Whether {names} {'binds' if one else 'bind'} anybody cannot be told: {it} {signed} that no party is known to "
        "have, and this one pays as if not. If a party changed keys, give the change (--rotation, `rotations`), also "
        f"one of the file before an amendment; if not, move {'it' if one else 'them'} to another folder. As soon as "
        f"{it} would bind: {error}"
    )


def _refuse_beside(
    certificate: Certificate,
    there: Sequence[Filed],
    rotations: Sequence[Envelope | bytes],
    file: str | None,
    *,
    made: bool,
) -> None:
    """Refuse it beside those of its folder that bind."""
    replaced = _replaced(certificate, [one.certificate for one in there], rotations)
    if certificate.sha256 in replaced:
        return
    refuse_still_waiting(certificate, there, replaced)
    every = [one.certificate for one in there]
    enough = first_or_agreed(every, certificate.contract, rotations)
    others = [one for one in there if one.certificate in enough and not same_settlement(one.certificate, certificate)]
    refuse_taken_place(certificate, others)
    refuse_beside_nil(certificate, [one for one in others if one.certificate.sha256 not in replaced])
    if certificate.kind != "final":
        return
    refuse_passing_by(certificate, [one for one in others if one.certificate.sha256 not in replaced])
    refuse_left_waiting(certificate, [one for one in others if one.certificate.sha256 not in replaced], every)
    refuse_fork(certificate, there, chain(certificate, every))
    refuse_amended_since(certificate, there, made=made)
    stands = [one for one in there if one.certificate.sha256 not in replaced and one.certificate.kind == "final"]
    if not any(in_one_settlement(certificate, one.certificate) for one in stands):
        refuse_impossible(certificate, every)
    refuse_recalled(certificate, stands, every)
    refuse_outdated(certificate, [one for one in there if one.certificate in enough])
    refuse_wrong_sums(certificate, enough)
    order = sorted(
        [*stands, Filed(None, certificate)], key=lambda one: (*by_settlement(one.certificate), one.name is None)
    )
    place = next(i for i, one in enumerate(order) if one.name is None)
    for i, other in enumerate(order):
        if other.name is None or (file is None and same_settlement(other.certificate, certificate)):
            continue
        first, last = sorted((i, place))
        later = order[last].certificate
        between = [one.certificate for one in order[first + 1 : last]]
        taken = [one for one in every if one.sha256 in chain(later, every)]
        since = by_settlement(order[first].certificate)
        between += [one for one in taken if by_settlement(one) >= since and one.kind == "final"]
        lines = paid_beside(later, order[first].certificate, between)
        if lines:
            raise _paid_again(other, certificate, lines, every, earlier=i < place)
    _refuse_beside_corrected(certificate, there, rotations, again=file is None)
    for i, other in enumerate(order):
        beside = () if other.name is None else in_one_settlement(certificate, other.certificate)
        if beside and not (file is None and same_settlement(other.certificate, certificate)):
            day = next_open_day(certificate, every) if i < place else None
            raise _in_one_settlement(other, certificate, beside, day, earlier=i < place)
    refuse_second_of_day(certificate, [one for one in others if one.certificate.sha256 not in replaced])


def _refuse_beside_corrected(
    certificate: Certificate, there: Sequence[Filed], rotations: Sequence[Envelope | bytes], *, again: bool
) -> None:
    """Refuse what does not count a certificate that was paid and then corrected."""
    every = [one.certificate for one in there]
    binds = first_or_agreed(every, certificate.contract, rotations)
    for one in corrected_beside(certificate, binds):
        lines = () if again and same_settlement(one, certificate) else paid_apart(certificate, one, binds)
        if not lines:
            continue
        last = max(
            (each for each in there if one.sha256 in chain(each.certificate, binds)),
            key=lambda each: (each.certificate.date, len(chain(each.certificate, binds))),
        )
        if certificate.supersedes is not None:
            paid = paid_to_date_as_in(certificate, last.certificate).get(lines[0])
            raise of_the_last(last.name, last.certificate, certificate, paid)
        raise CertificateError(
            f"{_found(last)}, in the place of one of {one.date}, and what that one paid of {join_words(lines, 'and')} "
            f"stays paid; this one does not count it. Take the place of {last.name} (--supersedes "
            f"{shlex.quote(last.name or '')}, --reason), or settle after it with what it says as paid."
        )


def _replaced(
    certificate: Certificate, there: Sequence[Certificate], rotations: Sequence[Envelope | bytes]
) -> set[str]:
    """Those whose place is taken: by the new one, by what it takes the place of, or by one that enough have signed."""
    signed = [one for one in there if signed_enough(one, certificate.contract, there, rotations)]
    return chain(certificate, there) | {one.supersedes.sha256 for one in signed if one.supersedes is not None}


def same_settlement(one: Certificate, other: Certificate) -> bool:
    """Whether two certificates settle the same, whatever program made them and wherever they stand in a run log.

    Parameters
    ----------
    one, other : Certificate

    Returns
    -------
    bool
    """
    return all(one.predicate.get(key) == other.predicate.get(key) for key in _SETTLED)


def paid_beside(later: Certificate, earlier: Certificate, between: Sequence[Certificate]) -> tuple[str, ...]:
    """The lines that two certificates both pay, or deduct wrongly, where others stand between them.

    Parameters
    ----------
    later, earlier : Certificate
    between : sequence of Certificate
        Those after the earlier and before the later one that say what was paid; what one of them gives as paid of a
        cumulative line is what the later deducts.

    Returns
    -------
    tuple of str
    """
    told = {id for one in between for id in paid_to_date_as_in(later, one)}
    terms, found = later.contract.model.payment.lines, {*paid_again(later, earlier)}
    if later.corrects is not None and any(one.sha256 == later.corrects.sha256 for one in between):
        found |= wrongly_deducted(later, earlier, written=True).keys()  # what the corrected one does not tell
    return tuple(id for id, line in terms.items() if id in found and (line.true_up is None or id not in told))


def _paid_again(
    other: Filed, certificate: Certificate, lines: Sequence[str], there: Sequence[Certificate], *, earlier: bool
) -> CertificateError:
    found = _found(other)
    first, later = (other.certificate, certificate) if earlier else (certificate, other.certificate)
    told = wrongly_deducted(later, first, written=True)
    too_much = {id for id, (deducted, stated) in told.items() if fraction(deducted) > fraction(stated)}
    counted = {} if earlier else wrongly_deducted(later, first, written=True)
    if later.date < first.date and counted.keys() >= set(lines):
        return _counted_by_a_later_day(other, certificate, counted)
    if not earlier and first.supersedes is not None and later.date <= first.date and not told:
        return _paid_by_a_later_day(other, certificate, lines)
    if not earlier and too_much.issuperset(lines):
        return CertificateError(
            f"{found}, after this one of {certificate.date}, and deducts more of {join_words(lines, 'and')} than this "
            "one says was paid. Settle on its day or later, and say that this certificate takes its place and why "
            "(--supersedes, --reason)."
        )
    if not earlier:
        return CertificateError(
            f"{found}, after this one of {certificate.date}, and pays {join_words(lines, 'and')} without counting what "
            "this one pays. Settle on its day or later, and say that this certificate takes its place and why "
            "(--supersedes, --reason)."
        )
    each = [id for id in lines if certificate.contract.model.payment.lines[id].paid_each is not None]
    if each:
        return CertificateError(
            f"{found}, and this one pays {join_words(lines, 'and')} again: {join_words(each, 'and')} of the same day, "
            "or on the same rows and attestations. Settle the next announced day on what is new, or say that this "
            "certificate takes its place and why (--supersedes, --reason)."
        )
    wrong = wrongly_deducted(certificate, other.certificate, written=True)
    link = certificate.supersedes
    if wrong and link is not None and (certificate.settles or link.date, link.date) <= by_settlement(other.certificate):
        return of_the_last(other.name, other.certificate, certificate, next(iter(wrong.values()))[1])
    if too_much.issuperset(lines) or any(id in wrong for id in lines if id not in too_much):
        again = [id for id in lines if id not in too_much]
        id = next(id for id in again or lines if id in wrong)
        does = f"pays {join_words(again, 'and')} again" if again else f"deducts too much of {join_words(lines, 'and')}"
        return CertificateError(
            f"{found}, and this one {does}: payment.lines.{id}.true_up.paid must be what that one says that the next "
            f"settlement has as paid before, {wrong[id][1]}; got {wrong[id][0]}. "
            f"{not_there(certificate, other.certificate, there)} that amount as paid, or say that this certificate "
            "takes its place and why (--supersedes, --reason)."
        )
    return CertificateError(
        f"{found}, and this one pays {join_words(lines, 'and')} again. Say that it takes its place and why "
        f"(--supersedes, --reason), or give {'the line' if len(lines) == 1 else 'each line'} a true_up whose paid is "
        "what was paid before."
    )


def _counted_by_a_later_day(
    other: Filed, certificate: Certificate, counted: Mapping[str, tuple[str, str]]
) -> CertificateError:
    """That an earlier day settled again would pay of a line what a later day has counted, and how the rest is paid."""
    id, (deducted, stated) = next(iter(counted.items()))
    figures = [line.true_up.paid for one in counted if (line := certificate.contract.model.payment.lines[one]).true_up]
    waits = join_words(list(counted), "and")
    return CertificateError(
        f"{_found(other)}, of a later announced day than this one, {certificate.settles}, and deducts {deducted} of "
        f"payment.lines.{id} as paid by then, where this one would make it {stated}. Attest no "
        f"{join_words(figures, 'or')}: {waits} then {'waits' if len(counted) == 1 else 'wait'} here, and what is due "
        "of it is settled by the last certificate; or have it pay what the certificate paid whose place this one takes."
    )


def _paid_by_a_later_day(other: Filed, certificate: Certificate, lines: Sequence[str]) -> CertificateError:
    """That an earlier day settled again pays a line once that a later day pays: it is due on one of them."""
    told = join_words(lines, "and")
    return CertificateError(
        f"{_found(other)}, of a later announced day than this one, {settled_on(certificate)}, and both pay {told}, "
        f"which is paid once. Where that is due on this day take the place of {other.name} first (--supersedes "
        f"{shlex.quote(other.name or '')}, --reason), with 0 of {told}; else settle this day with 0 of {told}."
    )


def _in_one_settlement(
    other: Filed, certificate: Certificate, lines: Sequence[str], later: str | None, *, earlier: bool
) -> CertificateError:
    """That two are of one announced day, on which what holds in each settlement holds of both."""
    day = settlement_of(certificate, certificate.contract)
    which = "" if earlier else "Settle on its day or later, and say"
    next_day = f", or settle on the next announced day, {later}" if later is not None else ""
    return CertificateError(
        f"{_found(other)}, of the same announced day, {day}, as this one, and pays beside it of "
        f"{join_words(lines, 'and')}: limits hold in the settlement of each such day. {which or 'Say'} that this "
        f"certificate takes its place and why (--supersedes, --reason){next_day}."
    )


def _found(other: Filed) -> str:
    kind = "an interim" if other.certificate.kind == "interim" else f"a {other.certificate.kind}"
    return f"The file {other.name!r} is {kind} certificate of {other.certificate.date}"


def paid_again(certificate: Certificate, earlier: Certificate) -> tuple[str, ...]:
    """The lines that two final certificates both pay without deducting what the earlier one paid, or deduct wrongly.

    Parameters
    ----------
    certificate, earlier : Certificate

    Returns
    -------
    tuple of str
        Lines without a `true_up` or `paid_each`; those whose `true_up` has something else as paid than the earlier one
        says, also where one of them pays nothing itself, since the next settlement would deduct that; and those with
        `paid_each` where both are of one announced day, or rest on the same rows and attestations.
    """
    if certificate.kind != "final" or earlier.kind != "final":
        return ()
    wrong = wrongly_deducted(certificate, earlier, written=True)
    short = {id for id, (deducted, stated) in wrong.items() if fraction(deducted) < fraction(stated)}
    before = named_as_in(certificate, dict.fromkeys(pays(earlier) | withholds(earlier)), earlier)
    both = (
        short | _deducts_too_much(certificate, earlier) | before.keys() & (pays(certificate) | withholds(certificate))
    )
    return tuple(
        line.id
        for line in certificate.settlement.lines
        if line.id in both and _pays_again(line.id, certificate, earlier, wrong)
    )


def _deducts_too_much(certificate: Certificate, earlier: Certificate) -> set[str]:
    """The lines of which a certificate deducts more than an earlier one says was paid.

    What one that takes the place of a final one deducts is what that says, and not known from those before it.
    """
    link = certificate.supersedes
    if link is not None and link.kind == "final" and link.sha256 != earlier.sha256:
        return set()
    wrong = wrongly_deducted(certificate, earlier, written=True)
    return {id for id, (deducted, stated) in wrong.items() if fraction(deducted) > fraction(stated)}


def _pays_again(id: str, certificate: Certificate, earlier: Certificate, wrong: Collection[str]) -> bool:
    """Whether a line is paid again or deducted wrongly, by what the later contract file says of it."""
    line = certificate.contract.model.payment.lines[id]
    if line.paid_each is None:
        return line.true_up is None or id in wrong
    same_day = earlier.settles is None or certificate.settles == earlier.settles
    return same_day or same_evidence(id, certificate, earlier)


def refuse_wrongly_deducted(certificate: Certificate, earlier: Certificate, there: Sequence[Filed] = ()) -> None:
    """Refuse a certificate that takes another's place and deducts something else than that says was paid.

    Parameters
    ----------
    certificate, earlier : Certificate
    there : sequence of Filed
        Signed ones in the contract's folder, of which a later one may count what the earlier paid.

    Raises
    ------
    CertificateError
        Naming the line and both amounts, or the certificate whose place is to be taken instead.
    """
    wrong = wrongly_deducted(certificate, earlier)
    if disputes(certificate, earlier):
        for id, (paid, stated) in wrong.items():
            raise CertificateError(
                f"payment.lines.{id}.true_up.paid must be what the certificate of {earlier.date}, which is disputed, "
                f"has itself as paid before, {stated}; got {paid}. Attest that: what takes its place pays anew all "
                "that is not disputed."
            )
    last = _last_that_counts(earlier, certificate, there)
    for id, (paid, stated) in wrong.items():
        known = {} if last is None else paid_to_date_as_in(certificate, last.certificate)
        if last is not None and id in known:
            raise of_the_last(last.name, last.certificate, certificate, known[id])
        raise CertificateError(
            f"payment.lines.{id}.true_up.paid must be what the certificate of {earlier.date} says that the next "
            f"settlement has as paid before, {stated}; got {paid}. Attest that: a correction pays the difference, "
            "whether the first amount has left the account or not."
        )


def _last_that_counts(earlier: Certificate, certificate: Certificate, there: Sequence[Filed]) -> Filed | None:
    """The last final one that stands after an earlier certificate, by the day of the one that corrects that."""
    every = [one.certificate for one in there]
    aside = {one.supersedes.sha256 for one in every if one.supersedes is not None} | {earlier.sha256}
    aside |= chain(earlier, every)
    later = [
        one
        for one in there
        if one.certificate.kind == "final"
        and one.certificate.sha256 not in aside
        and earlier.date <= one.certificate.date <= certificate.date
        and by_settlement(one.certificate) <= by_settlement(certificate)
    ]
    return max(later, key=lambda one: (one.certificate.date, one.name), default=None)
