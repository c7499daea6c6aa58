"""The units of a match, apart from what may be shown of it: their table, its JSON, and what its digest is of."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np

from effekt._frozen import freeze
from effekt._serialize import canonical_json, encode
from effekt._types import BoolArray, FloatArray, IntArray
from effekt.estimators.matching.arguments import chosen
from effekt.estimators.matching.design import Assigned, Design, Scores, pair_weights
from effekt.estimators.matching.neighbours import Change, Links
from effekt.estimators.matching.strata import cuts_of
from effekt.exceptions import ArgumentError
from effekt.tables import Labels

UNITS_SCHEMA = "effekt/match-units/1"
SECRET_BYTES = 32
SAMPLE = 64  # numbers that show whether most of a column occur again
SEALED = "hmac-sha256:"  # what a digest begins with that a secret was needed for


class Pair(NamedTuple):
    """A treated unit and a control, the share of the one in what the other is compared with, and their distance."""

    treated: str
    control: str
    weight: float
    distance: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class UnitTable:
    """Units with their weights, sets and pairs: restricted, because it says who is compared with whom.

    Attributes
    ----------
    units : tuple of str, length n
        Every unit with weight, or with a pair in some tie order, by name; of a weighting every unit it was fitted to.
    treated : (n,) bool array
    weight : (n,) array
    sets : (n,) integer array, optional
        −1 for units without weight; None where sets share units, or there are none.
    first, second : (m,) integer arrays
        Treated and control of each pair, as places in `units`; empty for methods without pairs.
    share, distance : (m,) arrays
        What the pair weighs among the pairs of its treated unit (ATC: its control), and how far apart it is.
    of_treated : (m,) bool array, optional
        Where both arms are matched in turn: whether the pair is of the treated unit's match, or of the control's.
    orders : tuple of Change
        What the other tie orders change of the pairs.
    scores : Scores, optional
        The propensity of all units, kept while the table is in memory if controls are used again; no part of its JSON.
    numbers : (n,) integer array, optional
        The units, where they are whole numbers, kept while the table is in memory; no part of its JSON.
    cutpoints : mapping of covariate to tuple of float
        Where coarsened covariates were cut. A quartile is somebody's own value, and of intervals of equal length two
        cutpoints give the least and the largest: so they stand here.
    """

    units: tuple[str, ...]
    treated: BoolArray
    weight: FloatArray
    sets: IntArray | None
    first: IntArray
    second: IntArray
    share: FloatArray
    distance: FloatArray
    orders: tuple[Change, ...]
    scores: Scores | None = None
    of_treated: BoolArray | None = None
    numbers: IntArray | None = None
    cutpoints: Mapping[str, tuple[float, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        freeze(self, "treated", "weight", "sets", "first", "second", "share", "distance", "of_treated", "numbers")
        freeze(self, "cutpoints")

    def places_in(self, labels: Labels) -> IntArray:
        """Where each unit stands among the names of a column, −1 where it does not."""
        return labels.places(self.units if self.numbers is None else self.numbers)

    def pairs(self) -> tuple[Pair, ...]:
        """The pairs by their units."""
        numbers = (self.first, self.second, self.share, self.distance)
        columns = zip(*(column.tolist() for column in numbers), strict=True)
        return tuple(Pair(self.units[t], self.units[c], w, d) for t, c, w, d in columns)

    def links(self) -> Links:
        """The pairs by places in `units`."""
        return Links(treated=self.first, control=self.second, of_treated=self.of_treated)

    def in_order(self, change: Change) -> Links:
        """The pairs under another tie order."""
        kept = np.ones(len(self.first), bool)
        kept[change.removed] = False
        return Links(
            treated=np.append(self.first[kept], change.treated), control=np.append(self.second[kept], change.control)
        )

    @property
    def weighs(self) -> bool:
        """Whether it is of a weighting, which has no sets and no pairs."""
        return self.sets is None and not len(self.first)

    def to_json(self) -> str:
        """JSON with sorted keys, units included."""
        return _object(self._decided() | self._following())

    def decided(self, arguments: Mapping[str, Any]) -> str:
        """What the digest is of, as JSON: the arguments of the match, and who is compared with whom.

        What follows from these, the shares and the weights of sets and pairs, is left out, and so are the distances,
        whose last digits differ between kinds of processor; the weights of a weighting follow from nothing else here.
        """
        texts = self._decided() | {"arguments": canonical_json(encode(chosen(arguments))).rstrip("\n")}
        return _object(texts | ({"weight": _listed(self.weight)} if self.weighs else {}))

    def _decided(self) -> dict[str, str]:
        """Units, arms, sets, pairs, tie orders and cutpoints, each as JSON."""
        columns = {"treated": self.treated, "sets": self.sets, "of_treated": self.of_treated}
        columns |= {"first": self.first, "second": self.second}
        texts = {name: _listed(column) for name, column in columns.items() if column is not None}
        plain: dict[str, Any] = {"schema": UNITS_SCHEMA, "restricted": True}
        plain["orders"] = [{name: getattr(one, name).tolist() for name in CHANGE} for one in self.orders]
        if self.sets is None:
            plain["sets"] = None
        if self.cutpoints:
            plain["cutpoints"] = {name: list(cuts) for name, cuts in self.cutpoints.items()}
        if self.numbers is None:
            plain["units"] = list(self.units)
        else:
            texts["units"] = '["' + '","'.join(self.units) + '"]' if self.units else "[]"
        return texts | {name: _compact(value) for name, value in plain.items()}

    def _following(self) -> dict[str, str]:
        """Weights, shares and distances, each as JSON."""
        return {name: _listed(getattr(self, name)) for name in FOLLOWING}


def _object(texts: Mapping[str, str]) -> str:
    """A JSON object of values that are JSON already, by their names."""
    return "{" + ",".join(f'"{name}":{texts[name]}' for name in sorted(texts)) + "}"


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))


def _listed(column: FloatArray | IntArray | BoolArray) -> str:
    """A column of finite numbers as JSON, in the digits that Python's own writer has; True is 1."""
    if column.dtype.kind == "b":
        return "[" + ",".join(np.where(column, "1", "0").tolist()) + "]"
    if column.dtype.kind != "f":
        return repr(column.tolist()).replace(" ", "")
    if not np.isfinite(column).all():
        raise ValueError("A table of units holds finite numbers only; please report this as an error in effekt.")
    if 2 * len(np.unique(column[:SAMPLE])) <= len(column[:SAMPLE]):  # as of weights: each number is written once
        distinct = np.unique(column)
        texts = np.array(list(map(repr, distinct.tolist())), object)
        return "[" + ",".join(texts[np.searchsorted(distinct, column)].tolist()) + "]"
    return repr(column.tolist()).replace(" ", "")


CHANGE = ("removed", "treated", "control")
FOLLOWING = ("weight", "share", "distance")


def unit_table(design: Design, found: Assigned) -> UnitTable:
    """The table of what a method decided."""
    links = found.links or Links(treated=np.zeros(0, np.intp), control=np.zeros(0, np.intp))
    there = design.kept.copy() if found.sets is None and found.links is None else found.weights > 0
    for one in found.changes:
        there[one.treated] = there[one.control] = True
    rows, place = np.flatnonzero(there), np.cumsum(there) - 1
    focal, _ = links.turns(design.options.estimand)
    written = design.cohort.labels.written
    distance = np.zeros(len(links.treated))
    if design.coordinates is not None:
        for column in design.coordinates.T:
            distance += (column[links.treated] - column[links.control]) ** 2
    return UnitTable(
        units=design.cohort.labels.named(rows),
        treated=design.cohort.treated[rows],
        weight=found.weights[rows],
        sets=None if found.sets is None else found.sets[rows],
        first=place[links.treated],
        second=place[links.control],
        share=pair_weights(focal),
        distance=np.sqrt(distance),
        orders=tuple(replace(one, treated=place[one.treated], control=place[one.control]) for one in found.changes),
        scores=design.scores if design.options.replace else None,
        numbers=written[rows] if isinstance(written, np.ndarray) else None,
        of_treated=links.of_treated,
        cutpoints=cuts_of(design) if design.options.method == "coarsened_exact" else {},
    )


def units_digest(text: str) -> str:
    """SHA-256 of what a match decided; its salt is among the arguments."""
    return hashlib.sha256(text.encode()).hexdigest()


def sealed_digest(secret: bytes, text: str) -> str:
    """HMAC-SHA-256 (RFC 2104) of what a match decided under a secret, marked as such."""
    if not isinstance(secret, bytes) or len(secret) < SECRET_BYTES:
        size = f"{len(secret)} bytes" if isinstance(secret, bytes) else type(secret).__name__
        raise ArgumentError(
            f"`secret` must be at least {SECRET_BYTES} bytes made at random, such as secrets.token_bytes(32); got "
            f"{size}."
        )
    return SEALED + hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()
