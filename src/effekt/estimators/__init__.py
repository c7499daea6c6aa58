"""One file per design; `METHODS` names them as a contract's `analysis` does, and loads them all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from effekt.estimators.methods import METHODS

__all__ = ["METHODS"]


def __getattr__(name: str) -> Any:
    if name == "METHODS":
        from effekt.estimators.methods import METHODS

        return METHODS
    raise AttributeError(f"module 'effekt.estimators' has no attribute {name!r}")
