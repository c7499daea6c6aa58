"""Second route to the assignments that a design could have drawn: all of them, or those that follow from a seed.

An assignment is a string of bytes 0 and 1, of units or whole clusters that stand stratum by stratum. Up to 100,000 are
listed; others are drawn as docs/conventions.md ("Drawn assignments") has it: a first treatment of each by itself, bits
of stream 0 joined digit by digit of its probability, then in turn r as many units as a stratum has in excess are looked
at in stream r, and turned where they are of the arm in excess.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import combinations, product
from math import comb, isqrt, prod
from typing import NamedTuple

from effekt.independent.limits import check_steps
from effekt.independent.seeded import Stream, Streams

MOST = 100_000  # assignments that are all listed
PATIENCE = 20  # assignments looked at for each that is wanted
DIGITS = 8  # binary digits of the probability of a first treatment
WORD_STEPS = 16  # of ``check_steps``: what a word of a stream takes
BYTES = bytes.maketrans(b"01", b"\x00\x01")


class Design(NamedTuple):
    """How treatment was drawn: of each stratum how many there are, and how many treated; or everybody's probability."""

    sizes: tuple[int, ...]
    treated: tuple[int, ...]
    chances: tuple[Fraction, ...] | None = None


def are_listed(design: Design) -> bool:
    """Return whether every assignment is taken."""
    return design.chances is None and prod(map(comb, design.sizes, design.treated)) <= MOST


def assignments(design: Design, seed: object, draws: int) -> Iterator[bytes]:
    """Return every assignment, or drawn ones, ``PATIENCE`` times as many as are wanted."""
    if are_listed(design):
        check_steps(prod(map(comb, design.sizes, design.treated)) * len(design.sizes))
        strata = [list(_choices(n, m)) for n, m in zip(design.sizes, design.treated, strict=True)]
        return (b"".join(chosen) for chosen in product(*strata))
    check_steps(draws * _steps(design))
    drawn = _drawn(design, Streams(seed))
    return (next(drawn) for _ in range(PATIENCE * draws))


def _choices(size: int, treated: int) -> Iterator[bytes]:
    """Return every choice of the treated of one stratum."""
    for chosen in combinations(range(size), treated):
        found = bytearray(size)
        for place in chosen:
            found[place] = 1
        yield bytes(found)


def _steps(design: Design) -> int:
    """Return what one drawn assignment takes."""
    units = sum(design.sizes)
    if design.chances is not None:
        return units * WORD_STEPS
    looked_at = sum(1 + isqrt(size) for size in design.sizes)
    return units // 4 + WORD_STEPS * (DIGITS * (1 + units // 64) + looked_at)


def _drawn(design: Design, streams: Streams) -> Iterator[bytes]:
    """Return assignments without end."""
    if design.chances is not None:
        return _independent([float(chance) for chance in design.chances], streams[0])
    if set(design.sizes) == {2}:
        return _pairs(len(design.sizes), streams[0])
    return _fixed_numbers(design, streams)


def _independent(chances: Sequence[float], stream: Stream) -> Iterator[bytes]:
    while True:
        yield bytes(stream.share() < chance for chance in chances)


def _pairs(count: int, stream: Stream) -> Iterator[bytes]:
    """Return one or the other of each pair: the first where its bit is 1."""
    while True:
        yield b"".join(b"\x01\x00" if bit else b"\x00\x01" for bit in _spread(stream.bits(count), count))


def _fixed_numbers(design: Design, streams: Streams) -> Iterator[bytes]:
    """Return assignments with as many treated in each stratum as there were."""
    units = sum(design.sizes)
    chances = [min(255, _first_chance(n, m)) for n, m in zip(design.sizes, design.treated, strict=True)]
    of_unit = [chance for chance, size in zip(chances, design.sizes, strict=True) for _ in range(size)]
    masks = [sum((chance >> digit & 1) << place for place, chance in enumerate(of_unit)) for digit in range(DIGITS)]
    while len(masks) > 1 and not masks[0]:
        del masks[0]
    while True:
        found = streams[0].bits(units) & masks[0]
        for mask in masks[1:]:
            word = streams[0].bits(units)
            found = (word & found) | (mask & (word | found))
        cells, start = bytearray(_spread(found, units)), 0
        for size, treated in zip(design.sizes, design.treated, strict=True):
            _turn(cells, start, size, treated, streams)
            start += size
        yield bytes(cells)


def _first_chance(size: int, treated: int) -> int:
    """Return 256 times the probability of a first treatment: a half, or a share not above that of the smaller arm."""
    smaller = min(treated, size - treated)
    share = smaller / size
    spread = (share * (1 - share) / size) ** 0.5
    chance = int(256 * share) if share >= 1 / 8 else int(256 * max(0.0, share - 2 * spread))
    if share + spread >= 1 / 2:
        chance = 128
    return chance if treated == smaller else 256 - chance


def _turn(cells: bytearray, start: int, size: int, treated: int, streams: Streams) -> None:
    """Turn units of the arm in excess until so many of a stratum are treated."""
    turn, excess = 0, sum(cells[start : start + size]) - treated
    while excess:
        turn, arm = turn + 1, int(excess > 0)
        for _ in range(abs(excess)):
            place = start + int(streams[turn].share() * size)
            if cells[place] == arm:
                cells[place] = 1 - arm
                excess += 1 - 2 * arm


def _spread(bits: int, count: int) -> bytes:
    """Return the lowest bits as bytes, the lowest first."""
    return format(bits, f"0{count}b")[::-1].encode().translate(BYTES)
