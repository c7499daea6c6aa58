"""A column of names, as codes and the names they stand for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from effekt._types import IntArray
from effekt.tables.arrays import places_of_whole


@dataclass(frozen=True, kw_only=True)
class Labels:
    """A column of names: `codes` (n,) index the sorted distinct `names`; `timed` if they stand in the order of time.

    Names that are whole numbers are `written` only when they are asked for.
    """

    codes: IntArray
    written: tuple[str, ...] | IntArray
    timed: bool = False

    @property
    def count(self) -> int:
        """How many names there are."""
        return len(self.written)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The sorted distinct names."""
        return self.written if isinstance(self.written, tuple) else tuple(map(str, self.written.tolist()))

    def named(self, places: IntArray) -> tuple[str, ...]:
        """The names at some places, without writing the others."""
        if isinstance(self.written, tuple):
            return tuple(self.written[place] for place in places.tolist())
        return tuple(map(str, self.written[places].tolist()))

    def places(self, names: tuple[str, ...] | IntArray) -> IntArray:
        """Where each of some names (as `written`) stands among these, −1 where it does not."""
        if isinstance(self.written, np.ndarray):
            return places_of_whole(self.written, names)
        place = {name: i for i, name in enumerate(self.written)}
        listed = names if isinstance(names, tuple) else map(str, names.tolist())
        return np.array([place.get(name, -1) for name in listed], np.intp)
