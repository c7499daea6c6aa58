"""Sick periods of one person from spells, with the relapse rule and the number of each day.

A sick period is a chain of spells in which each starts at most `relapse` calendar days after the last sick day before
it (7 § lagen (1991:1047) om sjuklön: five). Its days of sickness are numbered 1, 2, …; days between are not numbered.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from effekt.registers.records import Record

SHORT = 14  # days of sick pay from the employer, 7 § lagen (1991:1047) om sjuklön


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Days `first` to `last` with one extent; `number` is that of the first of them in the sick period."""

    first: int
    last: int
    extent: Fraction
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SickPeriod:
    """Days of sickness in order; `settled` when nothing after the extract can make it longer."""

    pieces: tuple[Piece, ...]
    length: int
    ended: bool
    settled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """What was found while spells were put together."""

    overlapping: int
    capped_days: int


def layers(records: Sequence[Record]) -> list[tuple[int, int, tuple[Record, ...]]]:
    """The days of the records, cut where the set of records that hold changes: (first, last, those records)."""
    starts: dict[int, list[Record]] = {}
    ends: dict[int, list[Record]] = {}
    for record in records:
        starts.setdefault(record.first, []).append(record)
        ends.setdefault(record.last + 1, []).append(record)
    cuts = sorted({*starts, *ends})
    holding: list[Record] = []
    found = []
    for cut, following in pairwise(cuts):
        for record in ends.get(cut, ()):
            holding.remove(record)
        holding.extend(starts.get(cut, ()))
        if holding:
            found.append((cut, following - 1, tuple(holding)))
    return found


def sick_periods(spells: Sequence[Record], relapse: int, until: int) -> tuple[list[SickPeriod], Overlap]:
    """The sick periods of one person, whose spells are sorted by first day."""
    chains: list[list[tuple[int, int, Fraction]]] = []
    capped = 0
    for first, last, holding in layers(spells):
        extent = sum((record.part for record in holding), Fraction(0))
        capped += (last - first + 1) * (extent > 1)
        if not chains or first - chains[-1][-1][1] > relapse:
            chains.append([])
        chains[-1].append((first, last, min(extent, Fraction(1))))
    open_from = {record.last for record in spells if record.open}
    return [
        _numbered(chain, bool(open_from) and chain[-1][1] in open_from, relapse, until) for chain in chains
    ], Overlap(overlapping=_overlapping(spells), capped_days=capped)


def _numbered(chain: list[tuple[int, int, Fraction]], still_open: bool, relapse: int, until: int) -> SickPeriod:
    pieces, number = [], 1
    for first, last, extent in chain:
        pieces.append(Piece(first=first, last=last, extent=extent, number=number))
        number += last - first + 1
    length, last = number - 1, chain[-1][1]
    return SickPeriod(
        pieces=tuple(pieces),
        length=length,
        ended=not still_open,
        settled=length > SHORT or (not still_open and last + relapse <= until),
    )


def _overlapping(spells: Iterable[Record]) -> int:
    """Spells that start on a day which an earlier one of the person covers."""
    count, reach = 0, -1
    for spell in spells:
        count += spell.first <= reach
        reach = max(reach, spell.last)
    return count


def split(piece: Piece) -> tuple[Piece | None, Piece | None]:
    """The days numbered up to 14, and those from 15 on."""
    over = piece.number + piece.last - piece.first - SHORT  # days past 14
    if over <= 0:
        return piece, None
    if piece.number > SHORT:
        return None, piece
    middle = piece.last - over
    return (
        Piece(first=piece.first, last=middle, extent=piece.extent, number=piece.number),
        Piece(first=middle + 1, last=piece.last, extent=piece.extent, number=SHORT + 1),
    )
