"""The order of a trial's rows by what they hold, in which assignments are drawn: no name of a group decides it.

Rows have a rank by their numbers, those alike the same. Then, until no more rows are told apart, each block, cluster,
pair and category of a covariate has a rank by the rising ranks of its rows, compared one after the other, and each row
anew by its own rank and those of its groups (refinement of colours: Weisfeiler & Leman 1968). What is still alike
stands by its names: as a rule groups that could change names with each other, and leave the table as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from effekt._types import FloatArray, IntArray
from effekt.tables import Selection
from effekt.tables.arrays import ranks_of
from effekt.tables.table import CANONICAL_ROWS


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Content:
    """The columns that are used, and the rows of a trial among them.

    Attributes
    ----------
    rows : Selection
    kept : (n,) integer array or slice
        Which of them are analysed; a row of frequency f is there f times.
    frequency : str, optional
        The column of frequencies, which the repeated rows stand for.
    """

    rows: Selection
    kept: IntArray | slice
    frequency: str | None

    def places(self, last: Sequence[Content] = ()) -> IntArray:
        """(n,): the place of each row; rows alike as in the `last`, of the same rows in the same order.

        Beyond `CANONICAL_ROWS` it is that of the data, as everywhere.
        """
        index = np.arange(len(self.rows))[self.kept]
        if len(self.rows) <= CANONICAL_ROWS:
            colours = np.zeros(len(index), np.intp)
            for content in (self, *last):
                colours = _refined(ranks_of([colours, *content._numbers()]), content._groups())
                index = np.arange(len(content.rows))[content.kept]
            index = np.lexsort((index, colours))
        else:
            index = np.argsort(index, kind="stable")
        places = np.empty(len(index), np.intp)
        places[index] = np.arange(len(index))
        return places

    def _numbers(self) -> list[FloatArray]:
        return [column[self.kept] for name, column in self.rows.numbers.items() if name != self.frequency]

    def _groups(self) -> list[IntArray]:
        return [labels.codes[self.kept] for labels in self.rows.labels.values()]


def _refined(colours: IntArray, groups: Sequence[IntArray]) -> IntArray:
    """Ranks of rows, told apart by their groups as far as these can."""
    while groups and colours.max() + 1 < len(colours):
        finer = ranks_of([colours, *(_by_members(group, colours) for group in groups)])
        if finer.max() == colours.max():
            break
        colours = finer
    return colours


def _by_members(group: IntArray, colours: IntArray) -> IntArray:
    """(n,): the rank of each row's group by the rising ranks of its rows; groups alike have one."""
    order = np.lexsort((colours, group))
    ends = np.cumsum(np.bincount(group))[:-1]
    members = [own.tobytes() for own in np.split(colours[order].astype(">u8"), ends)]  # bytes that compare as numbers
    ranks = {own: rank for rank, own in enumerate(sorted(set(members)))}
    return np.array([ranks[own] for own in members], np.intp)[group]
