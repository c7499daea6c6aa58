"""Which contract files fork, and beside which certificates by the other amendment nothing is settled."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pytest

from effekt.exceptions import CertificateError
from effekt.workflow.earlier.forks import refuse_fork, rival


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


@pytest.mark.parametrize(
    ("other", "files", "found"),
    [
        (OTHER, [ONE], ONE),
        (OTHER, [FIRST, file("two", ONE.sha256, 2), ONE], ONE),
        (OTHER, [ONE, file("third", "first")], ONE),
        (OTHER, [OTHER, ONE], ONE),
        (OTHER, [OTHER], None),  # the same file
        (file("saved", "first", raw=b"id: a\r\nb: c\r\n"), [file("sent", "first", raw=b"id: a\nb: c\n")], None),
        (OTHER, [FIRST], None),
        (FIRST, [file("another")], None),  # two files that amend nothing
        (FIRST, [ONE], None),
        (OTHER, [file("third", "elsewhere")], None),  # of another file
        (OTHER, [file("third", "first", 2)], None),
        (OTHER, [file("third", "first", id="other")], None),
        (OTHER, [], None),
    ],
)
def test_two_files_fork_that_are_the_same_amendment_of_one_file(other: Any, files: list[Any], found: Any) -> None:
    assert rival(other, files) == found


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
