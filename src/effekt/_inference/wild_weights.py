"""Wild bootstrap weights, one of each cluster in each draw: every combination there is, or some at random.

    rademacher   −1, 1                         (Davidson & Flachaire 2008, doi:10.1016/j.jeconom.2008.08.003)
    webb         ±√(1/2), ±1, ±√(3/2)          (Webb 2023, doi:10.1111/caje.12661)

All values are equally likely, with mean 0 and variance 1. Random ones are made from the raw words of PCG64, a stream
that numpy keeps for good, so that a seed says which draws they are: the bits of a word are the signs of 64 clusters,
and its upper half times 6 / 2³² is the number of a Webb weight.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Literal, TypeAlias

import numpy as np

from effekt._types import FloatArray, IntArray

WildWeights: TypeAlias = Literal["rademacher", "webb"]
VALUES: dict[WildWeights, tuple[float, ...]] = {
    "rademacher": (-1.0, 1.0),
    "webb": (-math.sqrt(1.5), -1.0, -math.sqrt(0.5), math.sqrt(0.5), 1.0, math.sqrt(1.5)),
}
CELLS = 2**17  # weights at once: few enough to stay in the cache and on one thread


def every(weights: WildWeights, clusters: int) -> Iterator[FloatArray]:
    """(rows, clusters): every combination once, in chunks."""
    values = np.array(VALUES[weights])
    total = len(values) ** clusters
    places = len(values) ** np.arange(clusters)
    rows = _rows(clusters)
    for first in range(0, total, rows):
        numbers = np.arange(first, min(first + rows, total))
        yield values[numbers[:, None] // places % len(values)]


def drawn(weights: WildWeights, clusters: int, draws: int, seed: int) -> Iterator[FloatArray]:
    """(rows, clusters): combinations at random, in chunks; a seed has the same ones everywhere."""
    stream = np.random.PCG64(seed)
    values = np.array(VALUES[weights])
    rows = _rows(clusters)
    for first in range(0, draws, rows):
        count = min(rows, draws - first)
        yield _signs(stream, count, clusters) if weights == "rademacher" else values[_sixths(stream, count, clusters)]


def _rows(clusters: int) -> int:
    return max(1, CELLS // clusters)


def _signs(stream: np.random.PCG64, rows: int, clusters: int) -> FloatArray:
    words = np.asarray(stream.random_raw((rows, -(-clusters // 64))))
    bits = np.unpackbits(words.astype("<u8", copy=False).view(np.uint8), axis=1, count=clusters, bitorder="little")
    signs: FloatArray = bits.astype(float)
    signs *= 2.0
    signs -= 1.0
    return signs


def _sixths(stream: np.random.PCG64, rows: int, clusters: int) -> IntArray:
    words = np.asarray(stream.random_raw((rows, clusters)))
    return ((words >> np.uint64(32)) * np.uint64(6) >> np.uint64(32)).astype(np.intp)
