"""Files that hold the pages of a data service's answers, and whether one of them is missing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

from effekt._json import MAX_BYTES, read_json
from effekt.exceptions import DataError

_NEXT = ("next", "next_page", "next_url")  # versions 1, 2 and 3 of Kolada's service
_PREVIOUS = ("previous", "previous_page", "previous_url")
_NUMBER = re.compile(r"\d{1,9}", re.ASCII)


class _Place(NamedTuple):
    """A page by its address: the query, the page's number in it, and how many entries a page has, where that stands."""

    query: tuple[str, tuple[tuple[str, str], ...]]
    number: int
    length: str | None


@dataclass(frozen=True, slots=True)
class Page:
    """One file: its name, its values, the count it states, and its links to the pages around it, None where none is."""

    name: str
    values: Sequence[object]
    count: int
    following: object
    preceding: object

    @property
    def linked(self) -> bool:
        """Whether it is one page of several."""
        return self.following is not None or self.preceding is not None


def read_page(path: Path) -> Page:
    """The page that a file holds."""
    if path.is_dir():
        raise DataError(f"{(path.name or str(path))!r} is a folder; name the files that hold the answer.")
    if not path.is_file():
        raise DataError(f"There is no file {path.name!r} to read; check the path.")
    if path.stat().st_size > MAX_BYTES:
        raise DataError(f"The file {path.name!r} is larger than {MAX_BYTES} bytes; fetch it in several pages.")
    tree = read_json(path.read_bytes(), f"The file {path.name!r}", DataError)
    values = tree.get("values") if isinstance(tree, Mapping) else None
    count = tree.get("count") if isinstance(tree, Mapping) else None
    if not isinstance(values, list) or not isinstance(count, int) or isinstance(count, bool):
        raise DataError(
            f"The file {path.name!r} must be an object with a whole number 'count' and a list 'values', as "
            "Kolada's data service answers; fetch it again."
        )
    assert isinstance(tree, Mapping)
    following, preceding = (next((tree[key] for key in keys if tree.get(key)), None) for keys in (_NEXT, _PREVIOUS))
    return Page(path.name, values, count, following, preceding)


def check_pages(pages: Sequence[Page]) -> None:
    """Refuse files that say themselves that a page is missing, by their links or by the entries that they count."""
    linked = [page for page in pages if page.linked]
    places = [_place(page) for page in linked]
    known = [place for place in places if place is not None]
    if len(known) == len(linked):
        _check_places(linked, known)
    _check_ends(linked)
    for page in pages:
        _check_count(page, [one for one in linked if one.count == page.count])


def _place(page: Page) -> _Place | None:
    """Which page of which query it is, by its links; None when they do not tell."""
    after = _address(page.following, default="")
    before = _address(page.preceding, default="1")  # the address of the first page may have no number
    if (after is None and page.following is not None) or (before is None and page.preceding is not None):
        return None
    if after is None:
        return before and before._replace(number=before.number + 1)
    if before and (before.query, before.number + 2) != (after.query, after.number):
        return None
    return after._replace(number=after.number - 1)


def _address(link: object, default: str) -> _Place | None:
    """A link taken apart, without what may be written in several ways."""
    try:
        parts = urlsplit(link) if isinstance(link, str) else None
    except ValueError:
        return None
    if parts is None:
        return None
    asked = parse_qsl(parts.query, keep_blank_values=True)
    number = dict(asked).get("page", default)
    if not _NUMBER.fullmatch(number):
        return None
    rest = tuple(sorted(pair for pair in asked if pair[0] not in ("page", "per_page")))
    return _Place((unquote(parts.path).rstrip("/"), rest), int(number), dict(asked).get("per_page"))


def _check_places(pages: Sequence[Page], places: Sequence[_Place]) -> None:
    """Each page that a link leads to is there, and the pages of a query are of one length."""
    there = {place[:2] for place in places}
    for page, (query, number, _) in zip(pages, places, strict=True):
        for link, other, where in (
            (page.following, number + 1, "follows it"),
            (page.preceding, number - 1, "comes before it"),
        ):
            if link is not None and (query, other) not in there:
                raise DataError(
                    f"The file {page.name!r} says that another page {where}, which no file holds; give every page of "
                    "the answer."
                )
    first: dict[object, tuple[str, str]] = {}
    for page, place in zip(pages, places, strict=True):
        if place.length is None:
            continue
        name, length = first.setdefault(place.query, (page.name, place.length))
        if length != place.length:
            raise DataError(
                f"The files {name!r} and {page.name!r} are pages of unlike length, 'per_page', of one query; fetch all "
                "its pages with one length."
            )


def _check_ends(pages: Sequence[Page]) -> None:
    """As many pages have one after them as have one before them, whatever their links say."""
    following = [page.name for page in pages if page.following is not None]
    preceding = [page.name for page in pages if page.preceding is not None]
    if len(following) != len(preceding):
        raise DataError(
            f"The files say {_times(len(following))} that another page follows, and {_times(len(preceding))} that one "
            f"comes before, the first such file {max(following, preceding, key=len)[0]!r}; give every page of the "
            "answer."
        )


def _times(n: int) -> str:
    return f"{n} time{'' if n == 1 else 's'}"


def _check_count(page: Page, alike: Sequence[Page]) -> None:
    """The count is the page's, or the whole answer's, of which the pages that state the same have a multiple."""
    entries = len(page.values)
    together = sum(len(one.values) for one in alike) if page.linked else entries
    if page.count != entries and not (page.count > entries and together > 0 and together % page.count == 0):
        raise DataError(
            f"The file {page.name!r} has {entries} entries, and says that there are {page.count}; give every page of "
            "the answer."
        )
