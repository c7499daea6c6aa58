"""Disputes that are told beside a certificate, of another one: whether that one was given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from effekt._validation import join_words
from effekt.certificates.certificate import Certificate
from effekt.contracts.happened import is_of
from effekt.workflow.earlier.can_be_paid import events_told
from effekt.workflow.findings import Finding, cannot_tell


def disputed_findings(found: Certificate, several: Sequence[Certificate]) -> Iterator[Finding]:
    """Of each dispute that is told beside a certificate: that the one it is of was not given.

    Parameters
    ----------
    found : Certificate
    several : sequence of Certificate
        The earlier ones that bind.

    Yields
    ------
    Finding
        For each date once. A dispute of what the certificate takes the place of is told by that.
    """
    events = events_told(found)
    taken = () if found.supersedes is None else found.supersedes.days
    given = {one.date for one in several if one.contract.model.id == found.contract.model.id}
    away: dict[str, list[str]] = {}
    for by, disputed in () if events is None else events.disputed:
        if not is_of(disputed, taken) and disputed.certificate not in given:
            away.setdefault(disputed.certificate or "", []).append(by)
    for date, parties in away.items():
        who = list(dict.fromkeys(parties))
        yield cannot_tell(
            f"disputed:{date}",
            f"The dispute of {join_words(who, 'and')} is told of the certificate of {date}, and none of that date was "
            "given, so that there is one, and that it was disputed, is only said; give it with --earlier.",
            f"Tvisten från {join_words(who, 'och')} anges gälla intyget från {date}, och inget från den dagen angavs, "
            "så att det finns och att det har bestridits är bara sagt; ange det med --earlier.",
        )
