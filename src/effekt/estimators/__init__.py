"""One file per design; `METHODS` names them as a contract's `analysis` does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from effekt.estimators.trend import trend_adjusted

METHODS: dict[str, Callable[..., Any]] = {
    "trend_adjusted": trend_adjusted,
}
