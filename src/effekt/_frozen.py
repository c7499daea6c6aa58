"""Mappings and arrays that cannot be changed, for results that are shown and locked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn, TypeVar

import numpy as np

V = TypeVar("V")


class FrozenDict(dict[str, V]):
    """A dict that refuses to be changed; copies and `|` give plain ones."""

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError("A result cannot be changed; make a new one, or copy this mapping with dict(…).")

    __setitem__ = __delitem__ = __ior__ = clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self) -> tuple[type, tuple[dict[str, V]]]:
        return FrozenDict, (dict(self),)


def freeze(owner: object, *names: str) -> None:
    """Put copies that cannot be changed in place of these mappings of a frozen dataclass, and close its arrays."""
    for name in names:
        value = getattr(owner, name)
        if isinstance(value, np.ndarray):
            value.setflags(write=False)
        elif isinstance(value, Mapping):
            object.__setattr__(owner, name, _frozen(value))


def _frozen(value: Any) -> Any:
    """The mapping and those within it, numpy's numbers as Python's, which are what is written and read."""
    if isinstance(value, Mapping):
        return FrozenDict({key: _frozen(one) for key, one in value.items()})
    return value.item() if isinstance(value, np.generic) else value
