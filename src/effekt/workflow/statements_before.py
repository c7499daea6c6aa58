"""What other public statements that are given tell of one: whose place it takes, and what it was not held against.

That one was not given shows nothing: not every certificate is published.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from effekt._validation import join_words
from effekt.certificates.predicate import may_take_place
from effekt.certificates.release import PublicStatement
from effekt.workflow.findings import Finding, cannot_tell, same_or_different


def taken_place(found: PublicStatement, before: Sequence[PublicStatement]) -> Iterator[Finding]:
    """That none of those given of the day whose place it takes is of a kind that it may: only a final one takes any."""
    own = found.sha256
    same = [one for one in before if one.contract == found.contract and one.date == found.supersedes]
    kinds = [one.kind for one in same if one.sha256 != own]
    if kinds and not any(may_take_place(found.kind, kind) for kind in kinds):
        words = {"interim": ("an interim", "ett delintyg"), "nil": ("a nil", "ett nollintyg")}
        en, sv = words[found.kind]
        yield cannot_tell(
            "supersedes",
            f"It is {en} one in the place of one of {found.supersedes}, and what was given of that day is of a kind "
            "whose place it cannot take: it must be of another certificate of that day. Ask for that one.",
            f"Det är {sv} som ersätter ett från {found.supersedes}, och det som angavs från den dagen är av ett slag "
            "som det inte kan ersätta: det måste gälla ett annat intyg från den dagen. Begär det.",
        )


def left_out(found: PublicStatement, before: Sequence[PublicStatement]) -> Iterator[Finding]:
    """Statements of earlier days that it was not held against, but for those that were held against it."""
    given = {one.sha256: one for one in before}
    named = [_told_by(given[digest]) for digest in found.earlier if digest in given]
    others = [
        digest
        for digest, one in sorted(given.items())
        if one.contract == found.contract
        and one.date < found.date
        and digest not in found.earlier
        and found.sha256 not in _behind(one, given)
        and _told_by(one) not in named
    ]
    there = [f"{digest[:16]}…" for digest in others if digest in _behind(found, given)]
    if there:
        yield same_or_different(
            "earlier_left_out",
            False,
            "It was not held against a statement of an earlier day that had been published before it, as those that "
            f"it names show, digest {join_words(there, 'and')}: the two together may give a small count back.",
            "Det har inte jämförts med ett utdrag för en tidigare dag som var publicerat före det, vilket de som det "
            f"anger visar, kontrollsumma {join_words(there, 'och')}: de två tillsammans kan röja ett litet antal.",
        )
    elif others:
        digests = [f"{digest[:16]}…" for digest in others]
        yield cannot_tell(
            "earlier_left_out",
            "A statement of an earlier day was given that it does not name among those it was held against, digest "
            f"{join_words(digests, 'and')}, and that does not name this one either: whichever was published last was "
            "not held against the other, and the two together may give a small count back. Ask which that was, and "
            "why.",
            "Ett utdrag för en tidigare dag angavs som det inte nämner bland dem som det har jämförts med, "
            f"kontrollsumma {join_words(digests, 'och')}, och som inte heller nämner detta: det som publicerades sist "
            "jämfördes inte med det andra, och de två tillsammans kan röja ett litet antal. Fråga vilket det var, och "
            "varför.",
        )


def _behind(found: PublicStatement, given: Mapping[str, PublicStatement]) -> set[str]:
    """The digests of all that a statement names, and that these name in turn: they were there before it."""
    reached, ahead = set[str](), [*found.earlier]
    while ahead:
        digest = ahead.pop()
        if digest not in reached:
            reached.add(digest)
            ahead += given[digest].earlier if digest in given else ()
    return reached


def _told_by(statement: PublicStatement) -> PublicStatement:
    """What a statement says, whatever it is held against and names: of a copy under another salt it is the same."""
    return replace(statement, commitment="", earlier=())
