"""Units that adopted the intervention, or something like it, by themselves: no part of any comparison."""

from __future__ import annotations

import numpy as np

from effekt._text import Text
from effekt._types import Table
from effekt._validation import join_words
from effekt.estimators.trend.checks import as_listed, named, same_letters
from effekt.exceptions import ArgumentError
from effekt.result import Note
from effekt.tables import as_table


def check_adopters(adopters: object, treated: object, comparator: object) -> tuple[str, ...]:
    """The adopters by name; refuse those that have another part, and any where nothing is compared with."""
    listed = as_listed(adopters)
    if isinstance(listed, (list, tuple)) and not listed:
        return ()
    names = named(listed, "adopters")
    if comparator is None:
        raise ArgumentError(
            "`adopters` must be empty when adjustment='none', which compares with nothing; leave it out."
        )
    for argument, own in (("treated", as_listed(treated)), ("comparator", as_listed(comparator))):
        both = [] if own in ("others", ()) else [name for name in named(own, argument) if name in names]
        if both:
            raise ArgumentError(
                f"`adopters` must not hold a unit of `{argument}`; {both[0]!r} stands in both. Take it out of one of "
                "them."
            )
    return names


def without_adopters(data: Table, unit: str, adopters: tuple[str, ...]) -> Table:
    """The data without their rows; errors go on naming rows as the data have them."""
    if not adopters:
        return data
    table = as_table(data)
    found = table.select(optional=(unit,))
    units = found.labels[unit]
    unknown = [name for name in adopters if name not in units.names]
    if unknown:
        raise ArgumentError(
            f"`adopters` must name units that are in the data; {unknown[0]!r} is not there."
            f"{same_letters(unknown[0], units.names)}"
        )
    out = [code for code, name in enumerate(units.names) if name in adopters]
    return table.part(np.sort(found.rows[~np.isin(units.codes, out)]))


def adopters_note(adopters: tuple[str, ...], *, series: bool) -> tuple[Note, ...]:
    """Who is left out, and that a published series is as it was published."""
    if not adopters:
        return ()
    en, sv = (join_words(sorted(adopters), word) for word in ("and", "och"))
    more = Text(en="", sv="")
    if series:
        more = Text(
            en=" The comparator is one series, which is as it was published: where it includes them, they are still "
            "part of it.",
            sv=" Jämförelsen är en enda serie, som är som den publicerades: där den innehåller dem ingår de "
            "fortfarande.",
        )
    return (
        Note(
            code="adopters",
            text=Text(
                en=f"Left out of the comparator, the placebos and the checks, as they adopted it or something like it "
                f"by themselves: {en}.{more.en}",
                sv="Lämnas utanför jämförelsen, placeboenheterna och kontrollerna, eftersom de själva har infört "
                f"insatsen eller något liknande: {sv}.{more.sv}",
            ),
        ),
    )
