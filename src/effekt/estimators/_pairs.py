"""The pair table of a match: restricted, because it says who is compared with whom."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from effekt._serialize import canonical_json
from effekt._types import FloatArray, IntArray
from effekt.estimators._neighbours import Change, Links

SCHEMA = "effekt/match-pairs/1"


class Pair(NamedTuple):
    """A treated unit, one of its controls, the control's weight in its set, and their distance on the logit."""

    treated: str
    control: str
    weight: float
    distance: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class PairTable:
    """Pairs by the numbers of their units.

    Attributes
    ----------
    treated_units, control_units : tuple of str
        Every unit in some pair, in some order.
    treated, control : (m,) integer arrays
        Numbers into the two.
    weight, distance : (m,) arrays
    orders : tuple of Change
        What the other tie orders change.
    """

    treated_units: tuple[str, ...]
    control_units: tuple[str, ...]
    treated: IntArray
    control: IntArray
    weight: FloatArray
    distance: FloatArray
    orders: tuple[Change, ...]

    def rows(self) -> tuple[Pair, ...]:
        """The pairs by their units."""
        return tuple(
            Pair(self.treated_units[t], self.control_units[c], w, d)
            for t, c, w, d in zip(
                self.treated.tolist(), self.control.tolist(), self.weight.tolist(), self.distance.tolist(), strict=True
            )
        )

    def in_order(self, change: Change) -> tuple[IntArray, IntArray]:
        """Treated and control numbers of the pairs under another tie order."""
        kept = np.ones(len(self.treated), bool)
        kept[change.removed] = False
        return np.append(self.treated[kept], change.treated), np.append(self.control[kept], change.control)

    def to_json(self) -> str:
        """Canonical JSON with the units in it: restricted."""
        lists = {
            name: getattr(self, name).tolist() for name in ("treated", "control", "weight", "distance")
        }
        orders = [
            {"removed": one.removed.tolist(), "treated": one.treated.tolist(), "control": one.control.tolist()}
            for one in self.orders
        ]
        units = {"treated_units": list(self.treated_units), "control_units": list(self.control_units)}
        return canonical_json({"schema": SCHEMA, "restricted": True, **units, **lists, "orders": orders})


def pair_table(units: Sequence[str], links: Links, logit: FloatArray, orders: Sequence[Change]) -> PairTable:
    """The table of links between rows, whose units are `units` (n,) and logits `logit` (n,)."""
    treated_rows = np.unique(np.concatenate([links.treated, *(order.treated for order in orders)]))
    control_rows = np.unique(np.concatenate([links.control, *(order.control for order in orders)]))
    return PairTable(
        treated_units=tuple(units[row] for row in treated_rows.tolist()),
        control_units=tuple(units[row] for row in control_rows.tolist()),
        treated=np.searchsorted(treated_rows, links.treated),
        control=np.searchsorted(control_rows, links.control),
        weight=set_weights(links.treated),
        distance=np.abs(logit[links.treated] - logit[links.control]),
        orders=tuple(
            Change(
                removed=order.removed,
                treated=np.searchsorted(treated_rows, order.treated),
                control=np.searchsorted(control_rows, order.control),
            )
            for order in orders
        ),
    )


def set_weights(treated: IntArray) -> FloatArray:
    """One over the number of controls of each pair's treated unit."""
    return np.asarray(1 / np.bincount(treated)[treated])


def pairs_digest(salt: str, text: str) -> str:
    """SHA-256 of the salt and the table's canonical JSON."""
    return hashlib.sha256((salt + text).encode()).hexdigest()


def read_pairs(text: str) -> PairTable:
    """The table of a JSON text whose digest has been checked, so that its form is known."""
    plain: dict[str, Any] = json.loads(text)

    def numbers(values: list[int]) -> IntArray:
        return np.array(values, np.intp)

    return PairTable(
        treated_units=tuple(plain["treated_units"]),
        control_units=tuple(plain["control_units"]),
        treated=numbers(plain["treated"]),
        control=numbers(plain["control"]),
        weight=np.array(plain["weight"], float),
        distance=np.array(plain["distance"], float),
        orders=tuple(Change(**{name: numbers(values) for name, values in one.items()}) for one in plain["orders"]),
    )
