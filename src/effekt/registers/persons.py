"""Labels of persons that are likely to be one person's, written in two forms."""

from __future__ import annotations

import re
from collections.abc import Iterable

from effekt._calendar import is_date
from effekt.exceptions import DataError
from effekt.registers.records import Records

_WITH_CENTURY = re.compile(r"(?:18|19|20)(\d{2})(\d{2})(\d{2})(\d{4})")  # YYYYMMDDNNNN


def check_persons(column: str, sick: Records, staff: Records) -> None:
    """Refuse tables in which two labels look like two forms of one person's."""
    alike = two_forms({*sick.places, *staff.places})
    tables = (("spells", sick), ("employments", staff))
    found = [
        f"{where} of `{name}`" for name, table in tables for label, where in table.places.items() if label in alike
    ]
    if found:
        raise DataError(
            f"Column {column!r} must write each person in one form; the first that stands in two, alike but for signs "
            f"such as a hyphen, for zeros before a number or for the century of a personal identity number, is in "
            f"{found[0]}. Write the pseudonyms of both tables in one form."
        )


def two_forms(labels: Iterable[str]) -> set[str]:
    """The labels that become another's without signs, zeros before a number or a personal identity number's century.

    Labels with the same signs, as "1-11" and "11-1", are two persons', and so are two numbers with unlike centuries.
    """
    bare: dict[str, dict[tuple[str, int], list[str]]] = {}
    for label in labels:
        whole = "".join(sign for sign in label if sign.isalnum())
        letters = _without_zeros(whole)
        signs = "".join(sign for sign in label if not sign.isalnum())
        bare.setdefault(letters, {}).setdefault((signs, len(whole) - len(letters)), []).append(label)
    found = {label for forms in bare.values() if len(forms) > 1 for own in forms.values() for label in own}
    for letters, forms in bare.items():
        short = _without_century(letters)
        if short in bare:
            found.update(label for those in (forms, bare[short]) for own in those.values() for label in own)
    return found


def _without_zeros(letters: str) -> str:
    """A number without the zeros before it, which a spreadsheet program takes away."""
    return letters.lstrip("0") if letters.isdecimal() else letters


def _without_century(letters: str) -> str | None:
    """YYMMDDNNNN, without zeros before it, of a personal identity number YYYYMMDDNNNN; None for what is none."""
    match = _WITH_CENTURY.fullmatch(letters)
    return _without_zeros(letters[2:]) if match and is_date(f"{letters[:4]}-{match[2]}-{match[3]}") else None
