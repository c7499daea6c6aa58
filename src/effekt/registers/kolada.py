"""Series published by Kolada, from the JSON files of its data service."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

from effekt._json import shown
from effekt._text import Text, format_number
from effekt._validation import check_names, check_option, join_words
from effekt.exceptions import ArgumentError, DataError
from effekt.registers.extract import Extract
from effekt.registers.pages import check_pages, read_page
from effekt.result import Diagnostic
from effekt.tables import Table

Gender: TypeAlias = Literal["T", "K", "M"]
GENDERS: tuple[Gender, ...] = ("T", "K", "M")
Kind: TypeAlias = Literal["municipality", "region", "nation", "group"]
KINDS: dict[Kind, Text] = {
    "municipality": Text(en="municipalities", sv="kommuner"),
    "region": Text(en="regions", sv="regioner"),
    "nation": Text(en="the nation", sv="riket"),
    "group": Text(en="groups", sv="grupper"),
}
NATION = "0000"
_CODE = re.compile(r"\d{4}|G\d+", re.ASCII)


class _Entry(NamedTuple):
    """One value of one key figure."""

    kpi: str
    municipality: str
    year: int
    value: float | None
    status: str

    @property
    def kind(self) -> Kind:
        """Whose value it is; a region's code is 00 before its county."""
        if self.municipality == NATION:
            return "nation"
        if self.municipality.startswith("G"):
            return "group"
        return "region" if len(self.municipality) == 4 and self.municipality.startswith("00") else "municipality"


def read_kolada(
    path: str | Path | Sequence[str | Path],
    *,
    kpi: str | Sequence[str] | None = None,
    gender: Gender = "T",
    kinds: Kind | Sequence[Kind] = ("municipality",),
) -> Extract:
    """Read key figures from files that Kolada's data service answered with.

    Parameters
    ----------
    path : path, or list of paths
        JSON as it was answered, one file for each page, of ``/v2/data/kpi/…/municipality/…/year/…`` or the same of
        version 3. The files of several queries may stand together, in any order and by any names: their links to the
        next page and the one before tell whether a page is missing.
    kpi : str or list of str, optional
        The key figures that are read, such as "N00090"; each must be there. Without it, all of them.
    gender : {"T", "K", "M"}
        Total, women (*kvinnor*) or men.
    kinds : list of {"municipality", "region", "nation", "group"}
        Whose values are read; entries of other kinds are left out and counted. The nation, as a published series that
        municipalities are compared with, takes ``["municipality", "nation"]``.

    Returns
    -------
    Extract
        Table: `kpi`, `municipality` (text; "0000" is the nation, "00…" a region, "G…" a group), `year`, `value`, in
        that order. A value that Kolada does not have is an empty cell. Diagnostics: `kolada_ledger`, with the counts of
        values, of empty ones by status, of units by kind, and of entries left out by kind, or as deleted (marked
        ``"isdeleted": true``).

    Raises
    ------
    DataError
        For a file that is not such JSON, a page that a file's links or count show to be missing, a value that stands
        twice, and a key figure that is not there for such units; the sentence names the file and the entry.
    ArgumentError
        For an unknown `gender` or kind, or no path.

    Notes
    -----
    With ``comparator="others"``, and among the placebos of a published series, `trend_adjusted` takes every unit of the
    table for one like the treated: let it hold municipalities, and beside them at most the series that is named as
    comparator.

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
    chosen = _chosen(kinds)
    paths = [path] if isinstance(path, (str, Path)) else path
    if not isinstance(paths, (list, tuple)) or not paths or not all(isinstance(one, (str, Path)) for one in paths):
        raise ArgumentError(f"`path` must be a path, or a list of one path or more; got {path!r}.")
    pages = [read_page(Path(one)) for one in paths]
    check_pages(pages)
    found: dict[tuple[str, str, int], _Entry] = {}
    absent = deleted = 0
    for page in pages:
        for i, item in enumerate(page.values, start=1):
            entry, gone = _entry(item, gender, f"Entry {i} of the file {page.name!r}")
            if wanted is not None and _text(item, "kpi") not in wanted:
                continue
            deleted += gone
            if entry is None:
                absent += not gone
                continue
            if entry[:3] in found:
                raise DataError(
                    f"Entry {i} of the file {page.name!r} gives a key figure, municipality and year that an earlier "
                    "entry gave; give each page once."
                )
            found[entry[:3]] = entry
    entries = [found[key] for key in sorted(found)]
    _check_there(wanted, {entry.kpi for entry in entries}, gender)
    kept = [entry for entry in entries if entry.kind in chosen]
    left_out = [entry for entry in entries if entry.kind not in chosen]
    _check_kinds(wanted, kept, left_out, chosen)
    columns = {name: [entry[i] for entry in kept] for i, name in enumerate(_Entry._fields[:4])}
    ledger = _ledger(kept, left_out, absent, deleted, len(pages))
    return Extract(table=Table(columns, name="the Kolada table"), diagnostics=(ledger,))


def _kinds_of(entries: Sequence[_Entry]) -> list[Kind]:
    """Those that are there, in the order of their list."""
    there = {entry.kind for entry in entries}
    return [kind for kind in KINDS if kind in there]


def _text(item: object, key: str) -> str | None:
    value = item.get(key) if isinstance(item, Mapping) else None
    return value if isinstance(value, str) and value.strip() == value and value.isprintable() and value else None


def _entry(item: object, gender: Gender, where: str) -> tuple[_Entry | None, int]:
    """The value for one gender, None when the entry has none for it; and how many were deleted."""
    kpi, municipality = _text(item, "kpi"), _text(item, "municipality")
    year = item.get("period") if isinstance(item, Mapping) else None
    values = item.get("values") if isinstance(item, Mapping) else None
    whole = isinstance(year, int) and not isinstance(year, bool) and 1900 <= year <= 2999
    if kpi is None or municipality is None or not whole or not isinstance(values, list):
        raise DataError(
            f"{where} must have the texts 'kpi' and 'municipality', a year 'period' and a list 'values'; "
            "fetch it again."
        )
    if not _CODE.fullmatch(municipality):
        raise DataError(
            f"{where} must give a municipality, region or nation by four digits, with their zeros, or a group by G and "
            "digits; fetch it again."
        )
    assert isinstance(year, int)
    found = [(_value(one, where), _is_deleted(item, where) or _is_deleted(one, where)) for one in values]
    of_gender = [(value, status) for (own, value, status), gone in found if own == gender and not gone]
    deleted = sum(gone for (own, _, _), gone in found if own == gender)
    if len(of_gender) > 1:
        raise DataError(f"{where} has several values for gender {gender!r}; fetch it again.")
    return _Entry(kpi, municipality, year, *of_gender[0]) if of_gender else None, deleted


def _is_deleted(one: object, where: str) -> bool:
    """Whether the service says that the value no longer holds."""
    deleted = one.get("isdeleted", False) if isinstance(one, Mapping) else False
    if not isinstance(deleted, bool):
        raise DataError(f"{where} must have true or false as 'isdeleted', where it has it; fetch it again.")
    return deleted


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


def _chosen(kinds: object) -> tuple[Kind, ...]:
    listed = [kinds] if isinstance(kinds, str) else list(kinds) if isinstance(kinds, (list, tuple)) else []
    found = tuple(kind for kind in KINDS if kind in [one for one in listed if isinstance(one, str)])
    if not listed or len(found) < len(listed):
        raise ArgumentError(
            f"`kinds` must list one or more of {join_words(map(repr, KINDS), 'and')}, each once; got {kinds!r}."
        )
    return found


def _check_kinds(
    wanted: tuple[str, ...] | None, kept: Sequence[_Entry], left_out: Sequence[_Entry], chosen: Sequence[Kind]
) -> None:
    """Refuse a table, or a key figure in it, that the kinds leave without a value."""
    there = {entry.kpi for entry in kept}
    lacking = [one for one in wanted or () if one not in there]
    if there and not lacking:
        return
    of = f" of {join_words(map(repr, lacking), 'and')}" if lacking else ""
    others = _kinds_of([entry for entry in left_out if not lacking or entry.kpi in lacking])
    raise DataError(
        f"The files hold no value{of} for the kinds asked for, {join_words(map(repr, chosen), 'and')}, but for "
        f"{join_words(map(repr, others), 'and')}; name these in `kinds`, or fetch the values."
    )


def _ledger(entries: Sequence[_Entry], left_out: Sequence[_Entry], absent: int, deleted: int, files: int) -> Diagnostic:
    missing = [entry for entry in entries if entry.value is None]
    flagged = [entry for entry in entries if entry.value is not None and entry.status]
    units = {kind: len({entry.municipality for entry in entries if entry.kind == kind}) for kind in KINDS}
    statuses = Counter(entry.status for entry in (*missing, *flagged))
    parts = list(_sentences(len(entries), len(missing), len(flagged), absent, deleted, units, left_out))
    doubt = missing or flagged or absent or deleted or units["group"] or units["nation"] or len(_kinds_of(entries)) > 1
    return Diagnostic(
        name="kolada_ledger",
        status="warning" if doubt else "information" if left_out else "ok",
        statement=Text(en=" ".join(part.en for part in parts), sv=" ".join(part.sv for part in parts)),
        values={
            "files": files,
            "values": len(entries) - len(missing),
            "missing": len(missing),
            "flagged": len(flagged),
            "without_gender": absent,
            "deleted": deleted,
            "other_kinds": len(left_out),
            "municipalities": units["municipality"],
            "regions": units["region"],
            "groups": units["group"],
            "nation": units["nation"],
        },
        table={
            "status": tuple(shown(status) if status else "none given" for status in sorted(statuses)),
            "entries": tuple(statuses[status] for status in sorted(statuses)),
        },
    )


def _sentences(
    n: int,
    missing: int,
    flagged: int,
    absent: int,
    deleted: int,
    units: Mapping[Kind, int],
    left_out: Sequence[_Entry],
) -> Iterator[Text]:
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
    if deleted:
        yield both(
            deleted,
            "Values that Kolada has marked as deleted: {}; they are left out.",
            "Värden som Kolada har märkt som raderade: {}; de utelämnas.",
        )
    if left_out:
        others = [KINDS[kind] for kind in _kinds_of(left_out)]
        en, sv = join_words([one.en for one in others], "and"), join_words([one.sv for one in others], "och")
        yield both(
            len(left_out),
            f"Entries for {en}: {{}}; they are left out, as `kinds` does not name them.",
            f"Poster för {sv}: {{}}; de utelämnas, eftersom `kinds` inte nämner dem.",
        )
    if units["group"]:
        yield both(
            units["group"],
            "Groups: {}; Kolada's value of a group is the unweighted mean of its municipalities.",
            "Grupper: {}; Koladas värde för en grupp är kommunernas ovägda medelvärde.",
        )
    if units["nation"]:
        yield Text(
            en="The nation is there; whether its value is weighted stands in the description of the key figure.",
            sv="Riket finns med; om dess värde är vägt framgår av nyckeltalets beskrivning.",
        )
    if sum(count > 0 for count in units.values()) > 1:
        yield Text(
            en="Units of several kinds are in the table: comparator='others', and the placebos of a published series, "
            "take each of them for one like the treated.",
            sv="Enheter av flera slag finns i tabellen: comparator='others', och placebona till en publicerad serie, "
            "tar var och en av dem för en som liknar de behandlade.",
        )
