"""Series published by Kolada, from the JSON files of its data service."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

from effekt._json import MAX_BYTES, read_json, shown
from effekt._text import Text, format_number
from effekt._validation import check_names, check_option, join_words
from effekt.exceptions import ArgumentError, DataError
from effekt.registers.extract import Extract
from effekt.result import Diagnostic
from effekt.tables import Table

Gender: TypeAlias = Literal["T", "K", "M"]
GENDERS: tuple[Gender, ...] = ("T", "K", "M")
NATION = "0000"
_NEXT = ("next_page", "next_url")  # version 2, version 3


class _Entry(NamedTuple):
    """One value of one key figure."""

    kpi: str
    municipality: str
    year: int
    value: float | None
    status: str


@dataclass(frozen=True, slots=True)
class _Page:
    """One file: its name in sentences, its values, the count it states, and whether another page follows."""

    name: str
    values: Sequence[object]
    count: int
    more: bool


def read_kolada(
    path: str | Path | Sequence[str | Path], *, kpi: str | Sequence[str] | None = None, gender: Gender = "T"
) -> Extract:
    """Read key figures from files that Kolada's data service answered with.

    Parameters
    ----------
    path : path, or list of paths
        JSON as it was answered, one file for each page, of ``/v2/data/kpi/…/municipality/…/year/…`` or the same of
        version 3.
    kpi : str or list of str, optional
        The key figures that are read, such as "N00090"; each must be there. Without it, all of them.
    gender : {"T", "K", "M"}
        Total, women (*kvinnor*) or men.

    Returns
    -------
    Extract
        Table: `kpi`, `municipality` (text; "0000" is the nation, "G…" a group), `year`, `value`, in that order. A value
        that Kolada does not have is an empty cell. Diagnostics: `kolada_ledger`, with the counts of values, of empty
        ones by status, and of groups.

    Raises
    ------
    DataError
        For a file that is not such JSON, a page that is missing, a value that stands twice, and a key figure that is
        not there; the sentence names the file and the entry.
    ArgumentError
        For an unknown `gender`, or no path.

    Notes
    -----
    Kolada's value of a group ("G…") is the mean of its municipalities, each counted once: not the rate of all their
    employees together, which `trend_adjusted` takes as the others' change when it has weights. Whether the nation's
    ("0000") is weighted stands in the description of the key figure. Values are revised after they are first published.
    The files do not say when they were fetched: keep that date with them, and let the contract name the vintage that
    counts. No key figure known to us has sick days 1 to 14; N00090 is total sick leave, in which long spells weigh
    most, so it is no trend for short-term leave.

    References
    ----------
    Rådet för främjande av kommunala analyser (RKA). *Kolada API*. https://github.com/Hypergene/kolada

    Examples
    --------
    >>> import json, pathlib, tempfile
    >>> one = {"kpi": "N00090", "municipality": "0127", "period": 2019}
    >>> one["values"] = [{"count": 1, "gender": "T", "status": "", "value": 6.5}]  # invented
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "answer.json"
    >>> _ = file.write_text(json.dumps({"count": 1, "values": [one]}))
    >>> read_kolada(file).table.to_pandas().values.tolist()
    [['N00090', '0127', 2019, 6.5]]
    """
    check_option("gender", gender, GENDERS)
    wanted = None if kpi is None else check_names("kpi", kpi)
    paths = [path] if isinstance(path, (str, Path)) else path
    if not isinstance(paths, (list, tuple)) or not paths or not all(isinstance(one, (str, Path)) for one in paths):
        raise ArgumentError(f"`path` must be a path, or a list of one path or more; got {path!r}.")
    pages = [_page(Path(one)) for one in paths]
    _check_pages(pages)
    found: dict[tuple[str, str, int], _Entry] = {}
    absent = 0
    for page in pages:
        for i, item in enumerate(page.values, start=1):
            entry = _entry(item, gender, f"Entry {i} of {page.name}")
            if wanted is not None and _text(item, "kpi") not in wanted:
                continue
            if entry is None:
                absent += 1
                continue
            if entry[:3] in found:
                raise DataError(
                    f"Entry {i} of {page.name} gives a key figure, municipality and year that an earlier entry gave; "
                    "give each page once."
                )
            found[entry[:3]] = entry
    entries = [found[key] for key in sorted(found)]
    _check_there(wanted, {entry.kpi for entry in entries}, gender)
    columns = {name: [entry[i] for entry in entries] for i, name in enumerate(_Entry._fields[:4])}
    return Extract(table=Table(columns, name="the Kolada table"), diagnostics=(_ledger(entries, absent, len(pages)),))


def _page(path: Path) -> _Page:
    name = f"the file {path.name!r}"
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
    return _Page(name, values, count, any(tree.get(key) for key in _NEXT))


def _check_pages(pages: Sequence[_Page]) -> None:
    """Refuse files that say themselves that something is missing."""
    if all(page.more for page in pages):
        raise DataError(
            f"{pages[-1].name[0].upper()}{pages[-1].name[1:]} says that another page follows, and so do all the "
            "others; give every page of the answer."
        )
    total = sum(len(page.values) for page in pages)
    for page in pages:
        if page.count not in (len(page.values), total):
            raise DataError(
                f"{page.name[0].upper()}{page.name[1:]} has {len(page.values)} entries, and says that there are "
                f"{page.count}; give every page of the answer."
            )


def _text(item: object, key: str) -> str | None:
    value = item.get(key) if isinstance(item, Mapping) else None
    return value if isinstance(value, str) and value.strip() == value and value.isprintable() and value else None


def _entry(item: object, gender: Gender, where: str) -> _Entry | None:
    """The value for one gender; None when the entry has none for it."""
    kpi, municipality = _text(item, "kpi"), _text(item, "municipality")
    year = item.get("period") if isinstance(item, Mapping) else None
    values = item.get("values") if isinstance(item, Mapping) else None
    whole = isinstance(year, int) and not isinstance(year, bool) and 1900 <= year <= 2999
    if kpi is None or municipality is None or not whole or not isinstance(values, list):
        raise DataError(
            f"{where} must have the texts 'kpi' and 'municipality', a year 'period' and a list 'values'; "
            "fetch it again."
        )
    assert isinstance(year, int)
    found = [_value(one, where) for one in values]
    of_gender = [(value, status) for own, value, status in found if own == gender]
    if len(of_gender) > 1:
        raise DataError(f"{where} has several values for gender {gender!r}; fetch it again.")
    return _Entry(kpi, municipality, year, *of_gender[0]) if of_gender else None


def _value(one: object, where: str) -> tuple[str, float | None, str]:
    """Gender, value and status."""
    if not isinstance(one, Mapping) or one.get("gender") not in GENDERS or "value" not in one:
        raise DataError(f"{where} must have values with a 'gender', T, K or M, and a 'value'; fetch it again.")
    value, status = one["value"], one.get("status") or ""
    if (value is not None and (isinstance(value, bool) or not isinstance(value, (int, float)))) or not isinstance(
        status, str
    ):
        raise DataError(f"{where} must have numbers or null as 'value', and text as 'status'; fetch it again.")
    return str(one["gender"]), None if value is None else float(value), status


def _check_there(wanted: tuple[str, ...] | None, there: set[str], gender: Gender) -> None:
    if not there and not wanted:
        raise DataError(f"The files hold no value for gender {gender!r}; fetch them again, or name another gender.")
    lacking = [one for one in wanted or () if one not in there]
    if lacking:
        raise DataError(
            f"The files hold no value of {join_words(map(repr, lacking), 'and')} for gender {gender!r}; check "
            "`kpi`, or fetch the key figure."
        )


def _ledger(entries: Sequence[_Entry], absent: int, files: int) -> Diagnostic:
    missing = [entry for entry in entries if entry.value is None]
    flagged = [entry for entry in entries if entry.value is not None and entry.status]
    groups = {entry.municipality for entry in entries if entry.municipality.startswith("G")}
    nation = any(entry.municipality == NATION for entry in entries)
    statuses = Counter(entry.status for entry in (*missing, *flagged))
    parts = list(_sentences(len(entries), len(missing), len(flagged), absent, len(groups), nation))
    return Diagnostic(
        name="kolada_ledger",
        status="warning" if missing or flagged or absent or groups or nation else "ok",
        statement=Text(en=" ".join(part.en for part in parts), sv=" ".join(part.sv for part in parts)),
        values={
            "files": files,
            "values": len(entries) - len(missing),
            "missing": len(missing),
            "flagged": len(flagged),
            "without_gender": absent,
            "municipalities": len({entry.municipality for entry in entries} - groups - {NATION}),
            "groups": len(groups),
            "nation": int(nation),
        },
        table={
            "status": tuple(shown(status) if status else "none given" for status in sorted(statuses)),
            "entries": tuple(statuses[status] for status in sorted(statuses)),
        },
    )


def _sentences(n: int, missing: int, flagged: int, absent: int, groups: int, nation: bool) -> Iterator[Text]:
    """What was read, and what the reader must know of it."""

    def both(count: int, en: str, sv: str) -> Text:
        return Text(en=en.format(format_number(str(count), "en")), sv=sv.format(format_number(str(count), "sv")))

    yield both(n - missing, "Values read from Kolada: {}.", "Värden lästa från Kolada: {}.")
    if missing:
        yield both(
            missing, "Entries without a value: {}; their cells are empty.", "Poster utan värde: {}; cellerna är tomma."
        )
    if flagged:
        yield both(flagged, "Values with a status of their own: {}.", "Värden med särskild status: {}.")
    if absent:
        yield both(
            absent,
            "Entries without a value for this gender: {}; they are left out.",
            "Poster utan värde för detta kön: {}; de utelämnas.",
        )
    if groups:
        yield both(
            groups,
            "Groups among the municipalities: {}; Kolada's value of a group is the unweighted mean of its "
            "municipalities.",
            "Grupper bland kommunerna: {}; Koladas värde för en grupp är kommunernas ovägda medelvärde.",
        )
    if nation:
        yield Text(
            en="The nation is among the municipalities; whether its value is weighted stands in the description of the "
            "key figure.",
            sv="Riket finns bland kommunerna; om dess värde är vägt framgår av nyckeltalets beskrivning.",
        )
