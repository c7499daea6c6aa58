"""Which contract files fork, and beside which certificates by the other amendment nothing is settled."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pytest

from effekt.contracts.lineage import fork
from effekt.exceptions import CertificateError
from effekt.workflow.earlier.forks import refuse_fork


@dataclass(frozen=True)
class Amends:
    of: str
    number: int


@dataclass(frozen=True)
class Model:
    id: str
    amendment: Amends | None


@dataclass(frozen=True)
class File:
    """What a fork asks of a contract file."""

    sha256: str
    model: Model
    raw: bytes


@dataclass(frozen=True)
class Replaced:
    sha256: str


@dataclass(frozen=True)
class Made:
    """What a fork asks of a certificate."""

    contract: File
    sha256: str = "made"
    date: str = "2021-01-31"
    supersedes: Replaced | None = None


def file(sha256: str, of: str | None = None, number: int = 1, id: str = "work", raw: bytes = b"") -> Any:
    """A file that says another thing than any with another digest, or what is given."""
    return File(sha256, Model(id, None if of is None else Amends(of, number)), raw or sha256.encode())


def made(contract: File, sha256: str = "made", replaces: str | None = None) -> Any:
    return Made(contract, sha256, supersedes=None if replaces is None else Replaced(replaces))


FIRST, ONE, OTHER = file("first"), file("1" * 64, "first"), file("2" * 64, "first")


TWO, OTHER_TWO = file("a2", ONE.sha256, 2), file("b2", OTHER.sha256, 2)


@pytest.mark.parametrize(
    ("own", "other", "known", "found"),
    [
        (ONE, OTHER, [], (1, ONE, OTHER, True, 0)),  # the file before is not known
        (ONE, OTHER, [FIRST], (1, ONE, OTHER, True, 2)),
        (TWO, OTHER, [ONE], (1, ONE, OTHER, True, 0)),
        (TWO, OTHER_TWO, [OTHER, FIRST, ONE], (1, ONE, OTHER, True, 3)),
        (TWO, file("c2", ONE.sha256, 2), [ONE, FIRST], (2, TWO, file("c2"), True, 2)),
        (TWO, OTHER_TWO, [ONE], (2, TWO, OTHER_TWO, False, 0)),  # they may come from one file
        (TWO, OTHER_TWO, [ONE, FIRST], (2, TWO, OTHER_TWO, False, 0)),
        (ONE, OTHER_TWO, [], (1, ONE, OTHER, False, 0)),
        (OTHER_TWO, ONE, [FIRST], (1, OTHER, ONE, False, 0)),
        (OTHER, OTHER, [], None),
        (file("sent", "first", raw=b"id: a\nb: c\n"), file("saved", "first", raw=b"id: a\r\nb: c\r\n"), [], None),
        (FIRST, OTHER, [], None),  # one follows the other
        (OTHER, FIRST, [], None),
        (OTHER_TWO, FIRST, [OTHER], None),
        (FIRST, file("another"), [], None),  # two files that amend nothing
        (ONE, file("third", "elsewhere"), [], None),  # of another file
        (TWO, file("third", "elsewhere"), [ONE], None),
        (ONE, file("b3", "b2", 3), [FIRST], None),  # which may follow this one
        (ONE, file("third", "first", 2), [], None),
        (ONE, file("third", "first", 2), [FIRST], None),
        (ONE, file("third", "first", id="other"), [FIRST], None),
    ],
)
def test_two_files_fork_where_their_ways_part_at_one_number(own: Any, other: Any, known: list[Any], found: Any) -> None:
    at = fork(own, other, known)
    assert (at and (at.number, at.own, at.other, at.of_one, len(at.way))) == (
        found and (found[0], found[1].sha256, found[2].sha256, *found[3:])
    )
    assert (
        at is None
        or at.way == ()
        or (at.way[0].sha256, at.way[-1].sha256) == ((ONE if found[0] == 2 else FIRST).sha256, other.sha256)
    )


def test_the_files_that_are_lacking_are_those_before_both() -> None:
    assert [fork(TWO, OTHER_TWO, known).missing for known in ([ONE], [], [ONE, FIRST])] == [  # type: ignore[union-attr]
        ("first", OTHER.sha256),
        (ONE.sha256, OTHER.sha256),
        (OTHER.sha256,),
    ]
    at = fork(ONE, OTHER, [])
    assert at is not None
    assert at.missing == ("first",)


def test_nothing_is_settled_beside_a_certificate_by_another_amendment() -> None:
    with pytest.raises(CertificateError) as error:
        refuse_fork(made(ONE, "new"), [("first.json", made(FIRST, "a")), ("it.json", made(OTHER, "b"))], ())
    assert str(error.value) == (
        "The file 'it.json' is a certificate of 2021-01-31 by another amendment 1 of this contract, digest "
        "2222222222222222…, than the one that this file is or follows, digest 1111111111111111…: both amend the same "
        "file, and only one can hold. Ask the parties which they agreed last, have the other withdrawn, and settle "
        "again what a certificate by it paid (--supersedes, --reason)."
    )


BY_OTHER = ("other.json", made(OTHER, "b"))


@pytest.mark.parametrize(("follows", "named"), [(ONE, "'other.json'"), (OTHER, "'one.json'")])
def test_files_are_followed_back_as_far_as_they_are_known(follows: Any, named: str) -> None:
    """The third amendment follows one of the two through a second, a certificate by which lies there."""
    second, one = ("two.json", made(file("two", follows.sha256, 2), "a")), ("one.json", made(ONE, "c"))
    new = made(file("three", "two", 3), "new")
    with pytest.raises(CertificateError, match=re.escape(named)):
        refuse_fork(new, [second, one, BY_OTHER], ())
    refuse_fork(new, [one, BY_OTHER], ())  # without the second nothing says which of them it follows


def test_what_parts_from_ones_own_file_before_it_is_named() -> None:
    with pytest.raises(CertificateError) as error:
        refuse_fork(
            made(TWO, "new"), [("one.json", made(ONE, "a")), BY_OTHER, ("two.json", made(OTHER_TWO, "c"))], ("a",)
        )
    assert "The file 'other.json' is a certificate of 2021-01-31 by another amendment 1" in str(error.value)
    with pytest.raises(CertificateError) as error:
        refuse_fork(made(ONE, "new"), [("two.json", made(OTHER_TWO, "c"))], ())
    assert str(error.value).startswith(
        "The file 'two.json' is a certificate of 2021-01-31 by a file that follows another amendment 1 of this "
        "contract, digest 2222222222222222…, than the one that this file is or follows, digest 1111111111111111…: "
        "both have the same number, and only one can hold."
    )


def test_what_was_settled_again_or_is_settled_again_now_is_no_fork() -> None:
    new = made(ONE, "new")
    refuse_fork(new, [], ())
    refuse_fork(new, [("first.json", made(FIRST)), ("own.json", made(ONE))], ())
    refuse_fork(new, [BY_OTHER, ("own.json", made(ONE, "a", replaces="b"))], ())
    refuse_fork(new, [BY_OTHER, ("again.json", made(OTHER, "c"))], ("b",))  # others may be left to follow
    with pytest.raises(CertificateError, match=re.escape("'again.json'")):
        refuse_fork(new, [BY_OTHER, ("again.json", made(OTHER, "c", replaces="b"))], ())
    with pytest.raises(CertificateError, match=re.escape("'other.json'")):
        refuse_fork(new, [BY_OTHER], ("a",))
