"""A certificate that was not given, and that would show whether one took another's place."""

from __future__ import annotations

from collections.abc import Sequence

from effekt.certificates.certificate import Certificate
from effekt.certificates.predicate import Supersedes


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
    given, link = {other.sha256: other for other in others}, later.supersedes
    while link is not None and link.sha256 in given:
        link = given[link.sha256].supersedes
    return link if link is not None and one.date in link.before else None
