"""Assignments drawn at random, as bits: bit i of byte j of a row says whether unit 8j + i is treated.

Four words of 64 bits come from the caller's generator. With these words, stream r is `PCG64([*words, r])`; stream 0
gives every unit its first treatment, stream r ≥ 1 the units that are looked at in turn r. Every stream is read one
assignment after the other (and within it stratum by stratum), so that assignment k is the same however many are made at
a time.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.random import PCG64, Generator
from numpy.typing import NDArray

from effekt._types import FloatArray, IntArray

Assignments = NDArray[np.uint8]
"""(rows, bytes), whole words of 64 bits; the bits after the last unit are 0."""

WORDS = 2**18  # of one chunk of drawn words
CELLS = 2**20  # of one chunk of units side by side
MOST_ROWS = 4096
LEVELS = 8  # binary digits of the probability of a first treatment


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Streams:
    """Streams 0, 1, …, made when they are first asked for."""

    words: list[int]
    made: list[Generator] = field(default_factory=list)

    def __getitem__(self, number: int) -> Generator:
        while len(self.made) <= number:
            self.made.append(Generator(PCG64([*self.words, len(self.made)])))
        return self.made[number]


def streams_of(rng: Generator) -> Streams:
    """The streams that follow from the next four words of a generator."""
    return Streams(words=rng.integers(0, 2**64 - 1, 4, np.uint64, endpoint=True).tolist())


def packed(cells: NDArray[np.uint8]) -> Assignments:
    """(rows, bytes) from (rows, G) of 0 and 1."""
    found = np.zeros((len(cells), 8 * n_words(cells.shape[1])), np.uint8)
    bits = np.packbits(cells, axis=1, bitorder="little")
    found[:, : bits.shape[1]] = bits
    return found


def n_words(units: int) -> int:
    """How many words of 64 bits hold so many units."""
    return -(-units // 64)


def rows_of_cells(units: int) -> int:
    """How many assignments are made at a time where every unit takes a cell."""
    return max(1, min(MOST_ROWS, CELLS // units))


def independent(rng: Generator, chances: FloatArray) -> Iterator[Assignments]:
    """Every unit by itself, with a probability of its own; chunks without end."""
    stream = streams_of(rng)[0]
    shape = (rows_of_cells(len(chances)), len(chances))
    while True:
        yield packed((stream.random(shape) < chances).astype(np.uint8))


def pairs(rng: Generator, count: int) -> Iterator[Assignments]:
    """One or the other of each pair, each as likely: the first where the pair's bit is 1; chunks without end."""
    stream = streams_of(rng)[0]
    rows = rows_of_cells(2 * count)
    while True:
        words = _words(stream, rows, n_words(count))
        first = np.unpackbits(words.view(np.uint8), axis=1, count=count, bitorder="little")
        yield packed(np.stack([first, 1 - first], axis=2).reshape(rows, -1))


def fixed_numbers(rng: Generator, sizes: IntArray, treated: IntArray, rows: int = MOST_ROWS) -> Iterator[Assignments]:
    """The treated of each stratum, uniformly among all choices of so many; chunks without end of at most `rows`.

    Each unit is first treated independently, with one probability in a stratum: given how many are treated, every
    choice of them is equally likely. Then units picked at random are turned, where they are of the arm that has too
    many, until the number is right, which keeps it so.
    """
    streams, masks = streams_of(rng), _masks(sizes, treated)
    rows = max(1, min(rows, WORDS // masks.size))
    while True:
        words = _first(_words(streams[0], rows, masks.size).reshape(rows, *masks.shape), masks)
        found = words.view(np.uint8)
        _turn(found, _sums(words, sizes) - treated, sizes, streams)
        yield found
        del words, found  # before the next ones are drawn


def first_chance(size: int, treated: int) -> int:
    """256 times the probability of a first treatment in a stratum.

    A half where the share is a half but for chance, since that takes one bit; else a share below the smaller arm's, so
    that units are mostly turned towards it: in a small arm few of the units that are looked at could be turned away.
    """
    smaller = min(treated, size - treated)
    share = smaller / size
    spread = math.sqrt(share * (1 - share) / size)
    chance = math.floor(256 * (share if share >= 1 / 8 else max(0.0, share - 2 * spread)))
    if share + spread >= 1 / 2:
        chance = 128
    return chance if treated == smaller else 256 - chance


def _masks(sizes: IntArray, treated: IntArray) -> NDArray[np.uint64]:
    """(levels, words): the binary digits of 256 times each unit's chance, the last that is not 0 anywhere first."""
    chances = [first_chance(size, number) for size, number in zip(sizes.tolist(), treated.tolist(), strict=True)]
    of_unit = np.repeat(np.minimum(chances, 255), sizes)
    digits = [(of_unit >> level & 1).astype(np.uint8) for level in range(LEVELS)]
    used = next((level for level, digit in enumerate(digits) if digit.any()), LEVELS - 1)
    return _as_words(packed(np.array(digits[used:])))


def _words(stream: Generator, rows: int, count: int) -> NDArray[np.uint64]:
    """(rows, count): the next words, the unit of the lowest bit first in memory."""
    return _as_words(np.asarray(stream.bit_generator.random_raw(rows * count)).astype("<u8", copy=False)).reshape(
        rows, count
    )


def _as_words(values: NDArray[np.uint8] | NDArray[np.uint64]) -> NDArray[np.uint64]:
    return values.view("<u8")


def _first(words: NDArray[np.uint64], masks: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """(rows, words): bits that are 1 with the probability whose digits the masks are; the words are written over.

    A fair bit w turns a bit r of probability p into w | r of (1 + p)/2, or into w & r of p/2.
    """
    found = words[:, 0]
    found &= masks[0]
    for level in range(1, len(masks)):
        word = words[:, level]
        found = (word & found) | (masks[level] & (word | found))
    return np.ascontiguousarray(found)


def _sums(words: NDArray[np.uint64], sizes: IntArray) -> IntArray:
    """(rows, S): how many are treated in each stratum."""
    if len(sizes) == 1:
        return np.asarray(np.sum(np.bitwise_count(words), axis=1, dtype=np.intp))[:, None]
    units, starts = int(sizes.sum()), np.cumsum(sizes) - sizes
    found, step = np.empty((len(words), len(sizes)), np.intp), rows_of_cells(units)
    for first in range(0, len(words), step):
        cells = np.unpackbits(words[first : first + step].view(np.uint8), axis=1, count=units, bitorder="little")
        found[first : first + step] = np.add.reduceat(cells, starts, axis=1, dtype=np.intp)
    return found


def _turn(found: Assignments, excess: IntArray, sizes: IntArray, streams: Streams) -> None:
    """Turn units until no stratum has an excess.

    In every turn a stratum with an excess of e looks at e units (some perhaps twice), so that it never turns too many.
    """
    row, stratum = np.nonzero(excess)
    left, surplus = np.abs(excess[row, stratum]), excess[row, stratum] > 0
    flat, size = found.reshape(-1), sizes[stratum]
    base = row * (8 * found.shape[1]) + (np.cumsum(sizes) - sizes)[stratum]
    digits = int(sizes.max() - 1).bit_length()
    number = 0
    while len(left):
        number += 1
        owner = np.repeat(np.arange(len(left)), left)
        place = (streams[number].random(len(owner)) * size[owner]).astype(np.intp)
        byte, bit = _bit_at(place + base[owner])
        hit = ((flat[byte] & bit) != 0) == surplus[owner]
        turned = np.sort((owner[hit] << digits) | place[hit])
        turned = turned[np.append(True, turned[1:] != turned[:-1])[: len(turned)]]  # each of them once
        owner = turned >> digits
        byte, bit = _bit_at((turned & ((1 << digits) - 1)) + base[owner])
        np.bitwise_xor.at(flat, byte, bit)
        left -= np.bincount(owner, minlength=len(left))
        active = left > 0
        left, surplus, size, base = left[active], surplus[active], size[active], base[active]


def _bit_at(places: IntArray) -> tuple[IntArray, NDArray[np.uint8]]:
    """The byte of each place and its bit in it."""
    return places >> 3, np.left_shift(1, places & 7).astype(np.uint8)
