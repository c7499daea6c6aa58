"""One form of a name for all the ways to write it, by which a person and a period are known again."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from effekt._calendar import period_label, period_numbers
from effekt.tables import as_label

_MINUS = "\N{MINUS SIGN}"
_SWEDISH = re.compile(r"(18|19|20)?(\d\d)(\d\d)(\d\d)[-+]?(\d{4})")
_SWEDISH_LENGTHS = range(10, 14)  # with and without century and sign
_NUMBER = re.compile(r"\+?([0-9]+)(?:[.,]([0-9]*))?(?:[eE]\+?([0-9]{1,2}))?")  # as a program writes names: 1.0, +1, 1E0
_NORWEGIAN = re.compile(r"(\d{6})-?(\d{5})")
_MONTH = re.compile(r"(\d{4})-?(\d{2})(?:-?01(?:[-t]00:00(?::00(?:\.0+)?)?)?)?")  # 2023-02-01 00:00 in plain form
_COORDINATION = 60  # added to the day in a Swedish coordination number


def plain_form(name: str) -> str:
    """A name without what people write differently: case, spaces, hyphens and forms of Unicode.

    Parameters
    ----------
    name : str

    Returns
    -------
    str
        In compatibility form (NFKC), without case and without characters that are not seen; digits of any script are
        0 to 9. Spaces and hyphens count between two digits alone, each run of them as one hyphen.

    Examples
    --------
    >>> plain_form(" A\N{NO-BREAK SPACE}12 "), plain_form("a-12"), plain_form("12 \N{EN DASH} 3")
    ('a12', 'a12', '12-3')
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    seen = "".join(_written(one) for one in folded)
    return re.sub(r"-+", lambda run: "-" if _between_digits(run) else "", seen)


def _written(character: str) -> str:
    kind = unicodedata.category(character)
    if character.isspace() or _one_hyphen(character) == "-":
        return "-"
    if kind == "Cf":
        return ""
    return str(unicodedata.decimal(character, character))


def _between_digits(run: re.Match[str]) -> bool:
    before, after = run.string[: run.start()][-1:], run.string[run.end() :][:1]
    return before.isdigit() and after.isdigit()


def person_form(name: str) -> str:
    """A person's name or number in the form by which a register knows the person again.

    Parameters
    ----------
    name : str

    Returns
    -------
    str
        Of a Swedish personal or coordination number the ten digits without century and sign; of ten or eleven digits
        with a hyphen after six, as in Denmark and Norway, the digits; of all else `plain_form`. Zeros before it are
        left out, and a whole number is written in digits alone.

    Notes
    -----
    A number of ten digits does not tell the century without a day on which it was written, so that whoever writes
    twelve is known by the last ten. Two persons born a hundred years apart can have the same ten digits: they are
    taken for one and refused, which people can put right, where two forms of one person would be paid twice. The
    check digit is not looked at, as a number in which it is wrong is still written in two ways.

    Examples
    --------
    >>> {person_form(one) for one in ("19121212-1212", "121212-1212", "121212+1212", "191212121212", "1212121212")}
    {'1212121212'}
    >>> {person_form(one) for one in ("1", "0001", "1.0", "+1", "1E0")}
    {'1'}
    """
    return _digits_alone(_of_person(plain_form(name))).lstrip("0") or "0"


def _of_person(plain: str) -> str:
    swedish = _SWEDISH.fullmatch(plain)
    if swedish:
        century, year, month, day, last = swedish.groups()
        if century is None or _has_birthday(month, day):
            return year + month + day + last
    norwegian = _NORWEGIAN.fullmatch(plain)
    return "".join(norwegian.groups()) if norwegian else plain


def _digits_alone(name: str) -> str:
    """A whole number however a program writes it, in digits; any other name as it is."""
    number = None if name[:1] not in "+0123456789" else _NUMBER.fullmatch(name)
    if number is None:
        return name
    whole, decimals, power = number[1], number[2] or "", int(number[3] or 0)
    moved = decimals[:power].ljust(power, "0")
    return name if decimals[power:].strip("0") else whole + moved


def written_twice(cells: Sequence[object]) -> tuple[int, int] | None:
    """The first cell that can name what an earlier one names in another way, and that one, counted from 1.

    Parameters
    ----------
    cells : sequence of object
        Of a column of identifiers; None is no name.

    Returns
    -------
    (int, int) or None
        The earlier and the later.

    Notes
    -----
    Names are held to be ways to write one where they are the same without spaces, without zeros before them or, of
    whole numbers, in digits (1.0, +1, 1E0), and in compatibility form (NFKC), every dash a hyphen; case and hyphens
    tell names apart, as in identifiers made at random. Swedish personal numbers are one with and without hyphen, and
    with and without century unless both have one and it differs.

    Examples
    --------
    >>> written_twice(["1", "2", "0001"]), written_twice(["1", "2", "1"])
    ((1, 3), None)
    """
    try:
        distinct = {cell for cell in cells if cell is not None}
    except TypeError:  # several values in one cell, which is refused with its row where the column is read
        return None
    labels = set(map(as_label, distinct))
    if len({name for name, _ in map(_spelling, labels)}) == len(labels):
        return None
    ways: dict[str, dict[str | None, tuple[str, int]]] = {}
    for row, cell in enumerate(cells, start=1):
        if cell is None:
            continue
        label = as_label(cell)
        name, century = _spelling(label)
        known = ways.setdefault(name, {})
        for other, first in known.values() if century is None else (known[c] for c in (century, None) if c in known):
            if other != label:
                return first, row
        known.setdefault(century, (label, row))
    return None


def _spelling(label: str) -> tuple[str, str | None]:
    """A name without what only the way to write it adds, and the century of a Swedish personal number that has one."""
    plain = label if label.isascii() else "".join(map(_one_hyphen, unicodedata.normalize("NFKC", label)))
    joined = "".join(plain.split())
    joined = _digits_alone(joined)
    swedish = _SWEDISH.fullmatch(joined) if len(joined) in _SWEDISH_LENGTHS else None
    if swedish is None or not _has_birthday(*swedish.group(3, 4)):
        return joined.lstrip("0"), ""
    century, *digits = swedish.groups()
    return "".join(digits).lstrip("0"), century


def _one_hyphen(character: str) -> str:
    """Every dash as a hyphen: a word processor makes the hyphen of a personal number a dash."""
    return "-" if character == _MINUS or unicodedata.category(character) == "Pd" else character


def _has_birthday(month: str, day: str) -> bool:
    """Whether a personal or coordination number can have these four digits."""
    return 1 <= int(month) <= 12 and 1 <= int(day) % _COORDINATION <= 31


def period_form(name: str) -> str:
    """A period in the form by which a register knows it again: 2023-02 for 2023M02 too, 2023Q1 for 2023K1.

    Parameters
    ----------
    name : str

    Returns
    -------
    str
        A month also where it stands in digits alone (202302) or as its first day (2023-02-01), whatever else its column
        holds; what is no month, quarter, tertial, year or season is in `plain_form`.

    Notes
    -----
    A day that is the first of a month is taken for the month, which it lies in: who claims both is refused, which
    people can put right, where two ways to write a month would be paid twice.

    Examples
    --------
    >>> {period_form(one) for one in ("2023-02", "2023M02", "2023-2", "202302", "2023-02-01", "20230201")}
    {'2023-02'}
    """
    plain = plain_form(name)
    month = _MONTH.fullmatch(plain)
    found = period_numbers(["-".join(month.groups()) if month else plain.upper()])
    return plain if found is None else period_label(found[1][0], found[0])
