"""One form of a name for all the ways to write it, by which a register of claims knows a person and a period again."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from effekt._calendar import period_label, period_numbers

_MINUS = "\N{MINUS SIGN}"
_SWEDISH = re.compile(r"(18|19|20)?(\d\d)(\d\d)(\d\d)[-+]?(\d{4})")
_NORWEGIAN = re.compile(r"(\d{6})-?(\d{5})")
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
    if character.isspace() or character == _MINUS or kind == "Pd":
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
        with a hyphen after six, as in Denmark and Norway, the digits; of all else `plain_form`.

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
    """
    plain = plain_form(name)
    swedish = _SWEDISH.fullmatch(plain)
    if swedish:
        century, year, month, day, last = swedish.groups()
        if century is None or (1 <= int(month) <= 12 and 1 <= int(day) % _COORDINATION <= 31):
            return year + month + day + last
    norwegian = _NORWEGIAN.fullmatch(plain)
    return "".join(norwegian.groups()) if norwegian else plain


def period_forms(names: Sequence[str]) -> dict[str, str]:
    """Each period of a table in one form: 2023-02 for 2023M02 too, 2023Q1 for 2023K1.

    Parameters
    ----------
    names : sequence of str
        Every period of the column, since the kind of period is that of all of them.

    Returns
    -------
    dict of str to str
        What is no month, quarter, tertial, year or season is in `plain_form`.
    """
    found = period_numbers(names)
    if found is None:
        return {name: plain_form(name) for name in names}
    kind, numbers = found
    return {name: period_label(number, kind) for name, number in zip(names, numbers, strict=True)}
