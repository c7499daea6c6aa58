"""Units called as a total or a mean of units is: the nation, all of them, or a county beside its municipalities.

What is added to a name in brackets, and a code before it, does not matter. A county's code is that of its
municipalities without their last two digits: 14 (or 0014, or 1400) beside 1401 and 1480. A few units may have neither
code. It may have its letters or its name instead, and its municipalities theirs: M, or Skåne län, beside Lund.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from effekt._text import Text
from effekt._types import BoolArray, IntArray
from effekt._validation import join_words
from effekt.estimators._swedish_counties import CALLED_COUNTY, LAST_COUNTY, LETTERS, MUNICIPALITIES, number_of
from effekt.result import Note
from effekt.tables import Labels

MOST_UNITS = 5_000  # more are people, of whom no row is a total
ONE_OTHER = 20  # units for each that may be neither county nor municipality, as 9999 and Okänd kommun
# what a total of anything is called, beside the words that tell one anywhere in a name
_SUMS = (
    *("alla", "all", "sum", "s:a", "tot", "σ", "∑", "sammanlagt", "sammantaget", "hela gruppen", "alla deltagare"),
    *("resultat", "antal"),
)
CALLED = frozenset(  # what the rows of a nation, of all units or of their mean are called, in Swedish and English
    (
        *_SUMS,
        *("nationellt", "riks", "övriga länet", "övriga landet", "övriga sverige", "rest of the county"),
        *("landet", "hela landet", "sverige", "hela sverige", "nationen", "0000", "00"),
        *("alla kommuner", "alla regioner", "alla län", "medel", "snitt", "sweden", "nation"),
        *("all municipalities", "all regions", "all counties", "mean", "average"),
        *("kommunerna", "regionerna", "länen", "länet", "hela länet", "hela regionen", "hela kommunen"),
        *("riksmedel", "riksmedlet", "länssnitt", "länssnittet", "länsmedel", "kommunsnitt", "kommunsnittet"),
        *("kommunmedel", "alla skolor", "alla enheter", "national average", "whole country", "the nation"),
        *("the whole country", "all schools", "all units"),
    )
)
_OWN = frozenset(("sverige", "sweden"))  # a unit like others where countries are the units
_NEIGHBOURS = frozenset(("norge", "danmark", "finland", "island", "norway", "denmark", "iceland"))
_WORD = re.compile(  # one is enough
    r"\b(?:riket|(?:riks|läns|kommun)?genomsnitt(?:et)?|rikssnitt(?:et)?|(?:sub)?total(?:t|en)?|total(?:resultat|antal)(?:et)?"
    r"|(?:total|del|slut)?summan?|summarad(?:en)?|summering(?:en)?|samtliga|medelvärdet?|medeltal(?:et)?|ovägt)\b"
)
_NATION = re.compile(r"(?:sverige|sweden|landet|övriga sverige|övriga landet|rest of sweden)[ ,]")
_CALLED_STRATUM = frozenset(  # what a stratum of everybody in its column is called
    (
        *_SUMS,
        *("alla åldrar", "båda", "båda könen", "bägge könen", "båda kön", "kvinnor och män", "män och kvinnor"),
        *("all ages", "all persons", "both", "both sexes", "women and men", "men and women", "everybody"),
        *(
            "everyone",
            "overall",
            "persons",
            "1+2",
            "k+m",
            "m+k",
            "f+m",
            "m+f",
            "_t",
            "hela landet",
        ),
    )
)
_STRATA_TOTAL = re.compile(r"\btotals?\b|\btot\W*\d")
_SEXES = (
    ("k", "m"),
    ("f", "m"),
    ("kvinnor", "män"),
    ("kvinna", "man"),
    ("women", "men"),
    ("female", "male"),
    ("1", "2"),
)
_AREA = re.compile(r"se\d{0,3}")  # SE, and the areas that Eurostat's codes part it into: SE1, SE11, SE110
_COUNTRY = re.compile(r"[a-z]{2}\d{0,3}")  # of any country
_CODE = re.compile(r"(\d{1,4})(?!\d)")
_TOWNS = frozenset(MUNICIPALITIES.values())


def called_so(names: Sequence[str]) -> tuple[str, ...]:
    """Those of some units that are called as a total is."""
    return tuple(
        names[place]
        for place in sorted(
            {
                *called_places(names),
                *counties_by_code(names),
                *_counties_alone(names),
                *_counties(names),
                *_areas(names),
            }
        )
    )


def called_in_panel(units: Labels, places: IntArray, untreated: BoolArray) -> tuple[Note, ...]:
    """That some of the untreated are called so, or of the treated; where units are as many as people, none is."""
    if units.count > MOST_UNITS:
        return ()
    others = units.named(places[untreated])
    return (*called_totals(called_so(others)), *called_treated(units.named(places[~untreated]), others))


def called_places(names: Sequence[str]) -> list[int]:
    """Where those stand that are called as a total of all, or of all but a few."""
    bare = [_bare(name) for name in names]
    called = CALLED - _OWN if sum(name in _NEIGHBOURS for name in bare) > 1 else CALLED
    return [at for at, name in enumerate(bare) if name in called or _WORD.search(name) or _NATION.match(name)]


def counties_by_code(names: Sequence[str]) -> dict[int, list[int]]:
    """Where the counties stand beside their municipalities by their codes, and where those do that are in each."""
    return _beside(_codes(names))


def counties_beside(names: Sequence[str]) -> dict[int, list[int]]:
    """The same by code, letters or name."""
    return _beside({**_numbers(names), **_codes(names), **_signs(names)})


def _beside(numbers: Mapping[int, int]) -> dict[int, list[int]]:
    within: dict[int, list[int]] = {}
    for place, number in numbers.items():
        within.setdefault(number // 100, []).append(place)
    return {place: within[number] for place, number in numbers.items() if number <= LAST_COUNTY and number in within}


def _numbers(names: Sequence[str]) -> dict[int, int]:
    """The numbers of those that have a county's or a municipality's name."""
    found = {place: number_of(_bare(name)) for place, name in enumerate(names)}
    return {place: number for place, number in found.items() if number is not None}


def _signs(names: Sequence[str]) -> dict[int, int]:
    """The numbers of those that have a county's letters, or its code with 00 after it, as no municipality's ends.

    No code is the number of a row: 100 before Lund, which is in no county 1.
    """
    found = {}
    for place, name in enumerate(names):
        county, rest = divmod(_code(name) or 1, 100)
        number = LETTERS.get(name.strip(), 0 if rest else county)
        if number in LETTERS.values():
            town = number_of(_bare(name))
            if town not in _TOWNS or town // 100 == number:
                found[place] = number
    return found


def _code(name: str) -> int | None:
    found = _CODE.match(name.strip())
    return int(found[1]) if found else None


def _codes(names: Sequence[str]) -> dict[int, int]:
    """The codes of counties and municipalities, if there are hardly any others: then these are not what units are.

    Others, but for those called a total or a county, are none, or where most are municipalities, no more than counties
    or a few.
    """
    written = {place: code for place, name in enumerate(names) if (code := _code(name))}
    codes = {place: code for place, code in written.items() if (code // 100 or code) <= LAST_COUNTY}
    if not codes:
        return {}
    named = [place for place, number in _numbers(names).items() if number <= LAST_COUNTY]
    others = len({*range(len(names))} - {*codes, *named, *_signs(names), *called_places(names)})
    counties = sum(code <= LAST_COUNTY for code in codes.values())
    most = 2 * (len(codes) - counties) > len(codes) + others
    return codes if not others or (most and others <= max(counties, len(names) // ONE_OTHER)) else {}


def called_totals(found: Sequence[str]) -> tuple[Note, ...]:
    """That some units of a comparison are called as a total is."""
    if not found:
        return ()
    en, sv = (join_words(found, word) for word in ("and", "och"))
    return (
        Note(
            code="called_a_total",
            text=Text(
                en=f"Compared with, among others: {en}, as a total or a mean of units is called. If it is one, the "
                "units in it count twice, and the treated may be among them; leave its rows out.",
                sv=f"Jämförs bland andra med {sv}, som en summa eller ett medel av enheter brukar heta. Är det en "
                "sådan räknas enheterna i den dubbelt, och de behandlade kan vara bland dem; utelämna dess rader.",
            ),
        ),
    )


def called_treated(treated: Sequence[str], others: Sequence[str]) -> tuple[Note, ...]:
    """That some treated units are called as a total is, beside those that they are compared with."""
    found = {*called_so([*treated, *others])}
    listed = [name for name in treated if name in found]
    if not others or not listed:
        return ()
    en, sv = (join_words(listed, word) for word in ("and", "och"))
    return (
        Note(
            code="treated_called_a_total",
            text=Text(
                en=f"Among the treated: {en}, as a total or a mean of units is called. If it is one, units that are "
                "compared with may be in it, and are then treated too; compare with units outside it.",
                sv=f"Bland de behandlade finns {sv}, som en summa eller ett medel av enheter brukar heta. Är det en "
                "sådan kan enheter i jämförelsen ingå i den, och de är då också behandlade; jämför med enheter utanför "
                "den.",
            ),
        ),
    )


def called_strata(names: Sequence[str]) -> tuple[str, ...]:
    """Those of one column's strata that are called as a total is; T is one beside the two sexes."""
    bare = [_plain(name) for name in names]
    sexes = any({*pair} <= {*bare} for pair in _SEXES)
    return tuple(
        name
        for name, plain in zip(names, bare, strict=True)
        if plain in _CALLED_STRATUM or _WORD.search(plain) or _STRATA_TOTAL.search(plain) or (plain == "t" and sexes)
    )


def called_strata_notes(found: Sequence[str]) -> tuple[Note, ...]:
    """That some strata are called as a total is."""
    if not found:
        return ()
    en, sv = (join_words(found, word) for word in ("and", "och"))
    return (
        Note(
            code="stratum_called_a_total",
            text=Text(
                en=f"Among the strata: {en}, as a total of strata is called. If it is one, those in it count twice; "
                "leave its rows out.",
                sv=f"Bland skikten finns {sv}, som en summa av skikt brukar heta. Är det en sådan räknas de som ingår "
                "i den dubbelt; utelämna dess rader.",
            ),
        ),
    )


def called_placebos(found: Sequence[str]) -> tuple[Note, ...]:
    """That some placebos of one series are called as a total is."""
    if not found:
        return ()
    en, sv = (join_words(found, word) for word in ("and", "och"))
    return (
        Note(
            code="called_a_total",
            text=Text(
                en=f"Among the placebos: {en}, as a total or a mean of units is called. If it is one, the units in it "
                "count twice, which makes p smaller, and the treated may be among them; leave its rows out.",
                sv=f"Bland placebona finns {sv}, som en summa eller ett medel av enheter brukar heta. Är det en sådan "
                "räknas enheterna i den dubbelt, vilket gör p mindre, och de behandlade kan vara bland dem; utelämna "
                "dess rader.",
            ),
        ),
    )


def _plain(name: str) -> str:
    """The name in small letters without what stands in brackets, and without a stop or a colon at its end."""
    return name.casefold().partition("(")[0].strip().rstrip(" .:")


def _bare(name: str) -> str:
    """The name without what stands in brackets, and without a code before it."""
    plain = _plain(name)
    return (_CODE.sub("", plain, count=1).strip(" -:,") or plain) if plain[:1].isdigit() else plain


def _counties_alone(names: Sequence[str]) -> list[int]:
    """Where the two digits of a county stand, such as 05, among municipalities of four digits that are most units."""
    digits = [written[1] if (written := _CODE.match(name.strip())) else "" for name in names]
    codes = _codes(names)
    found = [place for place in codes if len(digits[place]) == len("05")]
    towns = [place for place in codes if len(digits[place]) == len("0580")]
    return found if len(found) + len(towns) == len(codes) and 2 * len(towns) > len(names) else []


def _counties(names: Sequence[str]) -> list[int]:
    """Where those stand that are called as a county is, unless they are half of all: then counties are the units.

    Letters or a code that ends in 00 are told where most are municipalities of Sweden, and hardly any are others.
    """
    named = [place for place, name in enumerate(names) if CALLED_COUNTY.fullmatch(_bare(name))]
    signs = _signs(names)
    numbers = _numbers(names) if signs else {}
    towns = [place for place, name in enumerate(names) if {_code(name), numbers.get(place)} & _TOWNS]
    others = len({*range(len(names))} - {*towns, *named, *signs, *called_places(names)})
    told = 2 * len(towns) > len(names) and others <= max(len(signs), len(names) // ONE_OTHER)
    found = sorted({*named, *(signs if told else ())})
    return found if 2 * len(found) < len(names) else []


def _areas(names: Sequence[str]) -> list[int]:
    """Where the codes of Sweden and of its areas stand, unless half of all are codes of areas: these are the units."""
    bare = [_bare(name) for name in names]
    found = [place for place, name in enumerate(bare) if _AREA.fullmatch(name)]
    return found if 2 * sum(map(bool, map(_COUNTRY.fullmatch, bare))) < len(names) else []
