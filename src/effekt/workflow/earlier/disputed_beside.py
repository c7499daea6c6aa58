"""Disputes that are told beside a certificate, of another one: whether it was given, and what waits on it."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from effekt._validation import join_words
from effekt.certificates.certificate import Certificate
from effekt.contracts.events import Disputed
from effekt.contracts.happened import fates, is_of
from effekt.contracts.paying import reading
from effekt.exceptions import CertificateError
from effekt.workflow.earlier.can_be_paid import events_told
from effekt.workflow.earlier.line_names import named_as_in
from effekt.workflow.earlier.paid_apart import by_settlement, chain
from effekt.workflow.findings import Finding, cannot_tell
from effekt.workflow.rules.happened import about_in, withholding


class Waiting(NamedTuple):
    """A dispute that one certificate says is decided, and another on which lines still wait for the decision."""

    by: str
    disputed: Disputed
    certificate: Certificate
    lines: tuple[str, ...]


def still_waiting(found: Certificate, stand: Sequence[Certificate]) -> Iterator[Waiting]:
    """The decided disputes that a certificate tells of others that stand, on which something is still withheld.

    Parameters
    ----------
    found : Certificate
    stand : sequence of Certificate
        The others that bind, without any whose place one of them takes.

    Yields
    ------
    Waiting
        What a certificate withholds of a line with a `true_up` is due by any later one from before an early end; of any
        other line only one that takes its place pays it.
    """
    events, ends = events_told(found), cut(found)
    decided = [(by, one) for by, one in (() if events is None else events.disputed) if one.decided is not None]
    for other in stand:
        if other.contract.model.id != found.contract.model.id or other.kind != "final":
            continue
        told = {_about(by, one) for by, one in decided if is_of(one, (*other.takes_place_of, other.date))}
        for by, disputed in withholding(other):
            lines = _waits(disputed, other, ends) if (by, *about_in(disputed, found.contract)) in told else []
            after = [one for one in stand if by_settlement(one) > by_settlement(other)]
            lines = [id for id in lines if not _paid_by(after, id, other)]
            if lines:
                yield Waiting(by, disputed, other, tuple(lines))


def refuse_still_waiting(
    certificate: Certificate, there: Sequence[tuple[str | None, Certificate]], replaced: Collection[str]
) -> None:
    """Refuse what says that a dispute is decided while what another withholds for it has not been settled.

    Parameters
    ----------
    certificate : Certificate
        The new one.
    there : sequence of (str or None, Certificate)
        Signed ones in the same folder, by the names of their files.
    replaced : collection of str
        Digests of those whose place another takes.

    Raises
    ------
    CertificateError
        Naming the dispute, the lines and the certificate whose place is to be taken first.
    """
    names = {one.sha256: name or "" for name, one in there}
    stand = [one for _, one in there if one.sha256 not in replaced]
    for by, disputed, one, lines in still_waiting(certificate, stand):
        name = names[one.sha256]
        raise CertificateError(
            f"disputed by {by} on {disputed.date}: it is decided, and {join_words(lines, 'and')} on the certificate of "
            f"{one.date} {'waits' if len(lines) == 1 else 'wait'} for that; only one in its place pays what it "
            f"withholds. Settle that first (--supersedes {shlex.quote(name)}, --reason)."
        )


def _about(by: str, one: Disputed) -> tuple[str, ...]:
    return by, one.date, *sorted(one.figures)


def cut(certificate: Certificate) -> set[str]:
    """The lines of which an early end leaves less than all on a certificate.

    Parameters
    ----------
    certificate : Certificate

    Returns
    -------
    set of str
    """
    events = events_told(certificate)
    if events is None or events.ended is None:
        return set()
    found = fates(certificate.contract.model, events)
    return {id for id, fate in found.items() if fate.rule != "in_full"}


def _paid_by(after: Sequence[Certificate], id: str, of: Certificate) -> bool:
    """Whether one of a later settlement, of which no end cuts it, has paid all that was due by then of one's line."""
    names = [(one, name) for one in after if one.kind == "final" for name in named_as_in(one, {id: id}, of)]
    return any(
        (line := one.contract.model.payment.lines.get(name)) is not None
        and line.cumulative
        and name in one.paid_to_date
        and name not in cut(one)
        for one, name in names
    )


def _waits(disputed: Disputed, certificate: Certificate, ends: Collection[str]) -> list[str]:
    """The lines of which a dispute withholds something that no later certificate pays; not those that another reads."""
    terms, every = certificate.contract.model, {id for _, one in withholding(certificate) for id in one.figures}
    held = {one.id for one in certificate.settlement.standings if one.withheld is not None}
    found = []
    for id, line in terms.payment.lines.items():
        read = set(reading(line, terms.figures))
        own = read.intersection(disputed.figures) or not read.intersection(every)
        if id in held and own and (not line.cumulative or id in ends):
            found.append(id)
    return found


def disputed_findings(
    found: Certificate, several: Sequence[Certificate], later: Sequence[Certificate] = ()
) -> Iterator[Finding]:
    """Of each dispute that is told beside a certificate: that the one it is of was not given, or waits for a decision.

    Parameters
    ----------
    found : Certificate
    several, later : sequence of Certificate
        The earlier ones that bind, and the later ones.

    Yields
    ------
    Finding
        For each date once. A dispute of what the certificate takes the place of is told by that.
    """
    yield from _not_given(found, several)
    every = (*several, *later, found)
    yield from _withheld_unseen(found, (*several, *later))
    taken = {sha256 for one in every for sha256 in chain(one, every)}
    stand = [one for one in several if one.sha256 not in taken]
    for by, disputed, one, lines in still_waiting(found, stand):
        yield cannot_tell(
            f"withheld:{one.date}",
            f"The dispute of {by} of {disputed.date} is told here as decided, and of the certificate of {one.date}, on "
            f"which {join_words(lines, 'and')} {'waits' if len(lines) == 1 else 'wait'} for that, none that takes its "
            "place was given; only such a one pays what was withheld, this one does not: ask for it.",
            f"Tvisten från {by} av {disputed.date} anges här vara avgjord, och inget som ersätter intyget från "
            f"{one.date}, där {join_words(lines, 'och')} väntar på det, angavs; bara ett sådant betalar det som hölls "
            "inne, detta gör det inte: begär det.",
        )


def _withheld_unseen(found: Certificate, given: Sequence[Certificate]) -> Iterator[Finding]:
    """Of each decided dispute of another certificate: that none was given which tells it in that one's place."""
    terms, ends = found.contract.model, cut(found)
    own = [one for one in given if one.contract.model.id == terms.id]
    for by, disputed in _decided_beside(found):
        day = disputed.certificate or ""
        read = {id: set(reading(line, terms.figures)) for id, line in terms.payment.lines.items()}
        lines = [id for id, line in terms.payment.lines.items() if not line.cumulative or id in ends]
        lines = [id for id in lines if read[id].intersection(disputed.figures)]
        after = [one for one in own if by_settlement(one)[0] > day and day not in one.takes_place_of]
        lines = [id for id in lines if not _paid_by(after, id, found)]
        if not lines or any(_tells(one, by, disputed, found) for one in own if day in one.takes_place_of):
            continue
        yield cannot_tell(
            f"withheld:{day}",
            f"The dispute of {by} of {disputed.date} is told here as decided, and no certificate in the place of that "
            f"of {day} that tells it was given, so that what such a one withheld of {join_words(lines, 'and')}, and "
            "whether that is paid, cannot be told: ask for each one in its place.",
            f"Tvisten från {by} av {disputed.date} anges här vara avgjord, och inget intyg i stället för det från "
            f"{day} som anger den angavs, så vad ett sådant höll inne på {join_words(lines, 'och')}, och om det är "
            "betalt, kan inte sägas: begär vart och ett som ersätter det.",
        )


def _decided_beside(found: Certificate) -> Iterator[tuple[str, Disputed]]:
    """The decided disputes that a certificate tells of others than those whose place it takes."""
    events, taken = events_told(found), found.takes_place_of
    for by, disputed in () if events is None else events.disputed:
        if disputed.decided is not None and not is_of(disputed, taken):
            yield by, disputed


def _tells(one: Certificate, by: str, disputed: Disputed, found: Certificate) -> bool:
    """Whether a certificate tells another's dispute, open or decided, of what it settles itself."""
    events = events_told(one)
    told = () if events is None else events.disputed
    return any(
        (party, *about_in(other, found.contract)) == _about(by, disputed)
        and is_of(other, (*one.takes_place_of, one.date))
        for party, other in told
    )


def _not_given(found: Certificate, several: Sequence[Certificate]) -> Iterator[Finding]:
    events = events_told(found)
    taken = () if found.supersedes is None else found.supersedes.days
    own = [one for one in several if one.contract.model.id == found.contract.model.id]
    given = {one.date for one in own if one.kind != "interim"}
    away: dict[str, list[str]] = {}
    for by, disputed in () if events is None else events.disputed:
        if not is_of(disputed, taken) and disputed.certificate not in given:
            away.setdefault(disputed.certificate or "", []).append(by)
    for date, parties in away.items():
        who = list(dict.fromkeys(parties))
        yield cannot_tell(
            f"disputed:{date}",
            f"The dispute of {join_words(who, 'and')} is told of the certificate of {date}, and no final or nil one "
            "of that date was given, so that there is one, and that it was disputed, is only said; give it with "
            "--earlier.",
            f"Tvisten från {join_words(who, 'och')} anges gälla intyget från {date}, och inget slutligt eller "
            "nollintyg från den dagen angavs, så att det finns och att det har bestridits är bara sagt; ange det med "
            "--earlier.",
        )
