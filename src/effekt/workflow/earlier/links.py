"""From a certificate back to those whose place it takes: by which was paid, and which one was not given."""

from __future__ import annotations

from collections.abc import Sequence

from effekt.certificates.certificate import Certificate
from effekt.certificates.predicate import Supersedes
from effekt.workflow.earlier.can_be_paid import settlement_of
from effekt.workflow.earlier.paid_apart import by_settlement


def missing_link(one: Certificate, others: Sequence[Certificate]) -> Supersedes | None:
    """The certificate that was not given and may have taken another's place, before its own was taken in turn.

    Parameters
    ----------
    one : Certificate
    others : sequence of Certificate
        All that were given, the one itself too.

    Returns
    -------
    Supersedes or None
        As one of the others names it.
    """
    given = {other.sha256 for other in others}
    stated = (other.supersedes for other in others if other.supersedes is not None)
    return next((link for link in stated if link.sha256 not in given and one.date in link.before), None)


def taken_by_then(one: Certificate, by: Certificate, others: Sequence[Certificate]) -> Supersedes | None:
    """As `missing_link`, where another's place was taken before the day of one that would then not follow it.

    Parameters
    ----------
    one, by : Certificate
    others : sequence of Certificate
        All that were given.

    Returns
    -------
    Supersedes or None
        None where what took its place came later.
    """
    link = missing_link(one, others)
    return link if link is not None and link.days[link.days.index(one.date) + 1] <= by.date else None


def link_between(one: Certificate, later: Certificate, others: Sequence[Certificate]) -> Supersedes | None:
    """The certificate that was not given and by which a later one may have taken another's place, one after another.

    Parameters
    ----------
    one, later : Certificate
    others : sequence of Certificate
        All that were given.

    Returns
    -------
    Supersedes or None
        Where following each in whose place the later one stands ends.
    """
    _, link = _first_in_chain(later, others)
    return link if link is not None and one.date in link.before else None


def may_count(one: Certificate, later: Certificate, others: Sequence[Certificate]) -> Supersedes | Certificate | None:
    """What may show that a later certificate counts what another paid, though none that was given shows it.

    Parameters
    ----------
    one, later : Certificate
    others : sequence of Certificate
        All that were given.

    Returns
    -------
    Supersedes, Certificate or None
        The one that was not given where following each in whose place the later one stands ends, unless it is from
        before the other was settled. Where that ends with one that takes nobody's place: that one, if it is of a later
        settlement than the other, of which another may have taken the place in between.
    """
    first, link = _first_in_chain(later, others)
    if link is not None:
        return link if (later.settles or link.date, link.date) >= by_settlement(one) else None
    day = settlement_of(first, first.contract)
    after = by_settlement(one) < by_settlement(first) and (day is None or day != settlement_of(one, one.contract))
    return first if after else None


def _first_in_chain(later: Certificate, others: Sequence[Certificate]) -> tuple[Certificate, Supersedes | None]:
    """The first of those in whose place one stands, one after another, and whose place it takes if not given."""
    given = {other.sha256: other for other in others}
    first, passed = later, {later.sha256}
    while (link := first.supersedes) is not None and link.sha256 in given and link.sha256 not in passed:
        first = given[link.sha256]
        passed.add(first.sha256)
    return first, link
