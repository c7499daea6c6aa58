"""Second route to what is drawn from a seed: the generator PCG64 and the seeds of its streams, in whole numbers.

A seed becomes a pool of four 32-bit words by O'Neill's seed_seq_fe (2015), as numpy's SeedSequence has it; the pool
gives the state and the increment of the generator, O'Neill (2014), "PCG: A family of simple fast space-efficient
statistically good algorithms for random number generation", HMC-CS-2014-0905: a congruential step modulo 2¹²⁸, whose
halves are joined by exclusive or and turned by the six highest bits (XSL-RR). A half of 32 bits is the lower one of a
word, then its upper one.
"""

from collections.abc import Iterator, Sequence
from typing import TypeVar

from effekt.exceptions import ArgumentError

WORD, LONG = 2**32 - 1, 2**64 - 1
WIDE = 2**128 - 1
STEP = 0x2360ED051FC65DA44385DF649FCCF645
POOL = 4
_Thing = TypeVar("_Thing")


class Stream:
    """The words of one stream, in their order."""

    def __init__(self, *seeds: int) -> None:
        high, low, first, second = _state(_pool([word for seed in seeds for word in _words(seed)]))
        self._increment = ((first << 64 | second) << 1 | 1) & WIDE
        self._state = (self._increment + (high << 64 | low)) & WIDE
        self._upper: int | None = None
        self._step()

    def word(self) -> int:
        """Return the next 64 bits."""
        self._step()
        mixed, turns = (self._state >> 64 ^ self._state) & LONG, self._state >> 122
        return (mixed >> turns | mixed << (64 - turns)) & LONG

    def share(self) -> float:
        """Return a number from 0 up to 1, of 53 bits."""
        return (self.word() >> 11) / 2**53

    def bits(self, count: int) -> int:
        """Return so many bits, of whole words, the lowest bit of the first word lowest."""
        found = 0
        for place in range(-(-count // 64)):
            found |= self.word() << (64 * place)
        return found & ((1 << count) - 1)

    def half(self) -> int:
        """Return the next 32 bits."""
        if self._upper is None:
            word = self.word()
            self._upper = word >> 32
            return word & WORD
        upper, self._upper = self._upper, None
        return upper

    def shuffled(self, things: Sequence[_Thing]) -> list[_Thing]:
        """Return things in random order: from the last on each changes places with one that is not after it.

        Whose place is drawn by as many bits as it takes, anew while they give too large a number.
        """
        found = list(things)
        for last in range(len(found) - 1, 0, -1):
            most = (1 << last.bit_length()) - 1
            place = self.half() & most
            while place > last:
                place = self.half() & most
            found[last], found[place] = found[place], found[last]
        return found

    def _step(self) -> None:
        self._state = (self._state * STEP + self._increment) & WIDE


class Streams:
    """Streams 0, 1, … of the four words that a seed's own stream gives first."""

    def __init__(self, seed: object) -> None:
        own = Stream(checked_seed(seed))
        self._words = [own.word() for _ in range(4)]
        self._made: list[Stream] = []

    def __getitem__(self, number: int) -> Stream:
        while len(self._made) <= number:
            self._made.append(Stream(*self._words, len(self._made)))
        return self._made[number]


def drawn_orders(seed: object, places: int, draws: int) -> Iterator[list[int]]:
    """Return orders of places, by one number drawn for each, the lowest first."""
    stream = Stream(checked_seed(seed))
    for _ in range(draws):
        shares = [stream.share() for _ in range(places)]
        yield sorted(range(places), key=shares.__getitem__)


def checked_seed(seed: object) -> int:
    """Return a seed that is a whole number of at least 0; only such a one can be read from a file."""
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise ArgumentError("rng must be a whole number of at least 0 where chance is drawn; give a seed.")
    return seed


def _words(seed: int) -> list[int]:
    """Return the 32-bit words of a whole number, the lowest first."""
    found = [seed & WORD]
    while seed >> 32:
        seed >>= 32
        found.append(seed & WORD)
    return found


class _Mixer:
    """Multiplies words by constants that change each time."""

    def __init__(self, first: int, factor: int) -> None:
        self._constant, self._factor = first, factor

    def __call__(self, value: int) -> int:
        value ^= self._constant
        self._constant = self._constant * self._factor & WORD
        value = value * self._constant & WORD
        return value ^ value >> 16


def _pool(entropy: Sequence[int]) -> list[int]:
    """Return the pool of a seed."""
    mix = _Mixer(0x43B0D7E5, 0x931E8875)
    pool = [mix(entropy[i] if i < len(entropy) else 0) for i in range(POOL)]
    for source in range(POOL):
        for target in range(POOL):
            if source != target:
                pool[target] = _joined(pool[target], mix(pool[source]))
    for word in entropy[POOL:]:
        for target in range(POOL):
            pool[target] = _joined(pool[target], mix(word))
    return pool


def _joined(a: int, b: int) -> int:
    value = (0xCA01F9DD * a - 0x4973F715 * b) & WORD
    return value ^ value >> 16


def _state(pool: Sequence[int]) -> list[int]:
    """Return four words of 64 bits."""
    mix = _Mixer(0x8B51F9DD, 0x58F38DED)
    halves = [mix(pool[i % POOL]) for i in range(8)]
    return [halves[i] | halves[i + 1] << 32 for i in range(0, 8, 2)]
