"""What a certificate that was not given may explain of what another deducts as paid by an earlier one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from effekt._text import Text
from effekt._validation import join_words
from effekt.certificates.certificate import Certificate
from effekt.contracts.events import Disputed
from effekt.contracts.money import fraction
from effekt.workflow.earlier.can_be_paid import events_told, settled_on, settlement_of
from effekt.workflow.earlier.line_names import named_as_in, paid_to_date_as_in
from effekt.workflow.earlier.links import taken_by_then
from effekt.workflow.earlier.paid_apart import pays
from effekt.workflow.rules.dates import final_days


def unseen(
    certificate: Certificate,
    earlier: Certificate,
    several: Sequence[Certificate],
    wrong: Mapping[str, tuple[str, str]],
    later: Sequence[Certificate] = (),
) -> Text | None:
    """Which one may explain that a certificate deducts something else than an earlier one says was paid.

    Parameters
    ----------
    certificate, earlier : Certificate
    several : sequence of Certificate
        All that were given.
    wrong : mapping of line to (str, str)
        The amount that is deducted, and what the earlier one says.
    later : sequence of Certificate
        Of later days, which may name one that took the earlier one's place and was not given.

    Returns
    -------
    Text or None
        'that of 2024-01-31'. None of a correction, whose sums the one that it corrects shows, and where nothing that
        was given tells of any: the one that is named as superseded, those of announced days between, or the one in the
        earlier one's place for a dispute that is told of it.
    """
    if certificate.corrects is not None:
        return None
    link = taken_by_then(earlier, certificate, (*several, *later))
    if link is not None:
        digest = f"{link.sha256[:16]}…"
        return Text(en=f"that of {link.date}, digest {digest}", sv=f"det från {link.date}, kontrollsumma {digest}")
    days = days_between(certificate, earlier, several)
    may_be = all(_may_become(id, *amounts, certificate) for id, amounts in wrong.items())
    if days and may_be:
        return Text(en=f"that of {join_words(days, 'and')}", sv=f"det från {join_words(days, 'och')}")
    more = all(fraction(deducted) > fraction(stated) for deducted, stated in wrong.values())
    nil = _nil_between(certificate, earlier, (*several, *later)) if more else ()
    if nil:
        return Text(
            en=f"one in the place of the nil one of {join_words(nil, 'or')}",
            sv=f"ett som har ersatt nollintyget från {join_words(nil, 'eller')}",
        )
    if _disputed_since(certificate, earlier):
        return Text(
            en=f"the one in the place of that of {earlier.date}, for the dispute that is told of it",
            sv=f"det som tog platsen för det från {earlier.date}, för den tvist som anges gälla det",
        )
    return None


def deducted_alike(certificate: Certificate, other: Certificate, earlier: Certificate) -> set[str]:
    """The lines of which one between two deducts what the later does, and one that was not given may explain that.

    Parameters
    ----------
    certificate, other, earlier : Certificate
        The later one, the one between them, and the earlier one.

    Returns
    -------
    set of str
        Of lines that are paid in parts: none where less is deducted than the earlier one says, and nothing of it is
        paid back or let go, but for a dispute that is told of it.
    """
    own, stated = certificate.paid_before, paid_to_date_as_in(certificate, earlier)
    between = named_as_in(certificate, other.paid_before, other)
    told = own.keys() & stated.keys() & between.keys()
    alike = {id for id in told if fraction(own[id]) == fraction(between[id])}
    disputed = _disputed_since(other, earlier)
    return {id for id in alike if disputed or _may_become(id, own[id], stated[id], certificate)}


def waiting_between(
    certificate: Certificate,
    earlier: Certificate,
    between: Sequence[Certificate],
    wrong: Mapping[str, tuple[str, str]],
) -> tuple[str, ...]:
    """Those between in whose place others may stand, with the amounts that explain what a certificate deducts.

    Parameters
    ----------
    certificate, earlier, between : Certificate, Certificate, sequence of Certificate
        The later one, the earlier one, and those that stand between them, by their settlements.
    wrong : mapping of line to (str, str)
        The amount that is deducted, and what the earlier one says.

    Returns
    -------
    tuple of str
        The days of those that have no amount of such a line: none unless each line has one, after which so much may
        have been paid as is deducted, by what all of them deduct in turn.
    """
    found = set()
    for id, (deducted, stated) in wrong.items():
        waits = [*_waiting(id, certificate, earlier, between)]
        said = [named_as_in(certificate, one.paid_before, one) for one in waits]
        sums = [stated, *(each[id] for each in said if id in each), deducted]
        steps = [(after, before) for before, after in pairwise(sums) if fraction(before) != fraction(after)]
        moves = fraction(sums[-2]) != fraction(deducted)
        if not waits or not moves or not all(_may_become(id, *step, certificate) for step in steps):
            return ()
        found |= {one.date for one in waits}
    return tuple(sorted(found))


def none_says(certificate: Certificate, between: Sequence[Certificate], wrong: Mapping[str, tuple[str, str]]) -> bool:
    """Whether a correction follows none that says what was paid before, so that one not given may have paid it.

    Parameters
    ----------
    certificate : Certificate
    between : sequence of Certificate
        Those given that stand between the earlier one and it, or whose place it takes.
    wrong : mapping of line to (str, str)
        The amount that is deducted, and what the earlier one says.

    Returns
    -------
    bool
        Not where less is deducted than the earlier one says, and nothing of it is paid back or let go.
    """
    said = {id for each in between for id in named_as_in(certificate, each.paid_before, each)}
    silent = certificate.corrects is not None and bool(between) and said.isdisjoint(wrong)
    return silent and all(_may_become(id, *amounts, certificate) for id, amounts in wrong.items())


def days_between(certificate: Certificate, earlier: Certificate, several: Sequence[Certificate]) -> tuple[str, ...]:
    """The announced days between an earlier certificate and another, of which none that may have paid was given.

    Parameters
    ----------
    certificate, earlier : Certificate
    several : sequence of Certificate
        All that were given.

    Returns
    -------
    tuple of str
        YYYY-MM-DD. A certificate is of the day that `settled_on` gives; an interim one says nothing of whether that was
        paid.
    """
    days = [day for day in final_days(certificate.contract) if day <= certificate.date]
    given = {settled_on(one) for one in several if one.kind != "interim"}
    return tuple(day for day in days[:-1] if day > settled_on(earlier) and day not in given)


def not_there(certificate: Certificate, earlier: Certificate, there: Sequence[Certificate]) -> str:
    """How a sentence begins that asks to have as paid what an earlier certificate of a folder says.

    Parameters
    ----------
    certificate, earlier : Certificate
    there : sequence of Certificate
        All that are in the folder.

    Returns
    -------
    str
        'Have', after the days between of which none that may have paid is there.
    """
    days = days_between(certificate, earlier, there)
    if not days:
        return "Have"
    return (
        f"No final or nil certificate of {join_words(days, 'or')} is there: lay it beside the contract if one was "
        "made, or have"
    )


def _nil_between(certificate: Certificate, earlier: Certificate, given: Sequence[Certificate]) -> tuple[str, ...]:
    """The days of nil ones between an earlier certificate and another, whose place none that was given takes."""
    taken = {one.supersedes.sha256 for one in (*given, certificate) if one.supersedes is not None}
    first, last = settled_on(earlier), settled_on(certificate)
    nil = [one for one in given if one.kind == "nil" and one.sha256 not in taken]
    return tuple(sorted({one.date for one in nil if first < one.date < last}))


def _waiting(
    id: str, certificate: Certificate, earlier: Certificate, between: Sequence[Certificate]
) -> Iterator[Certificate]:
    """Those of days between two, made by then, that have a line and leave it without an amount."""
    first, last = settled_on(earlier), settled_on(certificate)
    for one in between:
        amounts = named_as_in(certificate, {line.id: line.amount for line in one.settlement.lines}, one)
        open = id in amounts and amounts[id] is None and id not in paid_to_date_as_in(certificate, one)
        of_one = _settles_with(one, earlier) or _settles_with(one, certificate)
        if open and first < settled_on(one) < last and one.date <= certificate.date and not of_one:
            yield one


def _settles_with(one: Certificate, other: Certificate) -> bool:
    """Whether another pays in parts of the same announced day, beside which nothing in the place of one may."""
    day, lines = settlement_of(one, one.contract), other.contract.model.payment.lines
    same = day is not None and day == settlement_of(other, other.contract)
    return same and any(lines[id].cumulative for id in pays(other))


def _may_become(id: str, deducted: str, stated: str, certificate: Certificate) -> bool:
    """Whether so much of a line may be paid after further settlements: it falls where it is paid back or let go."""
    term = certificate.contract.model.payment.lines[id].true_up
    return fraction(deducted) > fraction(stated) or (term is not None and term.below_zero != "carry")


def _disputed_since(certificate: Certificate, earlier: Certificate) -> bool:
    """Whether a certificate tells of a dispute of an earlier one what that does not, so that another took its place."""
    told, known = events_told(certificate), events_told(earlier)
    before = () if known is None else known.disputed
    days = (*earlier.takes_place_of, earlier.date)
    return (
        told is not None
        and earlier.date <= certificate.date
        and any(
            one.certificate in days and not any(by == who and _same(one, other) for who, other in before)
            for by, one in told.disputed
        )
    )


def _same(one: Disputed, other: Disputed) -> bool:
    return (one.date, one.figures, one.decided) == (other.date, other.figures, other.decided)
