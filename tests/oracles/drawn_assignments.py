"""Drawn assignments, one unit at a time, from the words of the streams that `docs/conventions.md` describes.

Only PCG64 is numpy's; 53 bits of a word are a number from 0 to 1. Shares no code with effekt.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from numpy.random import PCG64


class Stream:
    """The words of one stream, and numbers from 0 to 1 made of them."""

    def __init__(self, words: list[int], number: int) -> None:
        self.generator = PCG64([*words, number])

    def word(self) -> int:
        return int(self.generator.random_raw())

    def number(self) -> float:
        return (self.word() >> 11) / 2**53

    def bits(self, count: int) -> list[int]:
        """As many bits as whole words hold, the lowest of each word first."""
        found: list[int] = []
        while len(found) < count:
            word = self.word()
            found += [word >> place & 1 for place in range(64)]
        return found


def words_of(seed: int) -> list[int]:
    """The first four words of the caller's generator."""
    generator = PCG64(seed)
    return [int(generator.random_raw()) for _ in range(4)]


def chance_of(size: int, treated: int) -> int:
    """256 times the probability of a first treatment."""
    smaller = min(treated, size - treated)
    share = smaller / size
    spread = math.sqrt(share * (1 - share) / size)
    if share + spread >= 0.5:
        chance = 128
    elif share >= 0.125:
        chance = math.floor(256 * share)
    else:
        chance = math.floor(256 * max(0.0, share - 2 * spread))
    chance = chance if treated == smaller else 256 - chance
    return min(chance, 255)


def fixed_numbers(seed: int, strata: list[tuple[int, int]]) -> Iterator[list[int]]:
    """Assignments without end; strata are (units, how many of them are treated)."""
    words = words_of(seed)
    streams: dict[int, Stream] = {}

    def stream(number: int) -> Stream:
        if number not in streams:
            streams[number] = Stream(words, number)
        return streams[number]

    chances = [chance_of(*own) for own in strata]
    of_unit = [chance for chance, (size, _) in zip(chances, strata, strict=True) for _ in range(size)]
    zeros = min((((chance & -chance).bit_length() - 1) for chance in chances if chance), default=7)
    while True:
        drawn = [0] * len(of_unit)
        for level in range(zeros, 8):
            fair = stream(0).bits(len(of_unit))
            for unit, chance in enumerate(of_unit):
                digit = chance >> level & 1
                drawn[unit] = (fair[unit] | drawn[unit]) if digit else (fair[unit] & drawn[unit])
        start = 0
        for size, treated in strata:
            _turn(drawn, start, size, treated, stream)
            start += size
        yield drawn


def _turn(drawn: list[int], start: int, size: int, treated: int, stream: Any) -> None:
    number = 0
    excess = sum(drawn[start : start + size]) - treated
    while excess:
        number += 1
        for _ in range(abs(excess)):
            unit = start + int(stream(number).number() * size)
            if drawn[unit] == (excess > 0):
                drawn[unit] = 1 - drawn[unit]
        excess = sum(drawn[start : start + size]) - treated


def pairs(seed: int, count: int) -> Iterator[list[int]]:
    """One or the other of each pair."""
    stream = Stream(words_of(seed), 0)
    while True:
        yield [unit for bit in stream.bits(count)[:count] for unit in (bit, 1 - bit)]


def independent(seed: int, chances: list[Fraction]) -> Iterator[list[int]]:
    """Every unit by itself."""
    stream = Stream(words_of(seed), 0)
    while True:
        yield [int(Fraction(stream.number()) < chance) for chance in chances]
