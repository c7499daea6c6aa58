"""The match: what may be shown of it, and the table of units kept apart."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple, TypeVar

import numpy as np

from effekt._frozen import freeze
from effekt._serialize import canonical_json, encode
from effekt._text import LANGUAGES, Language
from effekt._types import BoolArray, FloatArray, IntArray, Table
from effekt._validation import check_option
from effekt.estimators.matching.design import Assigned, Design, Scores, pair_weights
from effekt.estimators.matching.neighbours import Change, Links
from effekt.estimators.matching.strata import cuts_of
from effekt.estimators.matching.words import MatchCounts, described
from effekt.exceptions import ArgumentError
from effekt.result import Diagnostic, Note
from effekt.result.parts import Result
from effekt.tables import Labels

UNITS_SCHEMA = "effekt/match-units/1"
SECRET_BYTES = 32
SAMPLE = 64  # numbers that show whether most of a column occur again
SEALED = "hmac-sha256:"  # what a digest begins with that a secret was needed for
M = TypeVar("M", bound="Match")


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

    def to_json(self) -> str:
        """JSON with sorted keys, units included."""
        columns = {"treated": self.treated, "sets": self.sets, "of_treated": self.of_treated}
        columns |= {name: getattr(self, name) for name in _NUMBERS}
        texts = {name: _listed(column) for name, column in columns.items() if column is not None}
        plain: dict[str, Any] = {"schema": UNITS_SCHEMA, "restricted": True}
        plain["orders"] = [{name: getattr(one, name).tolist() for name in _CHANGE} for one in self.orders]
        if self.sets is None:
            plain["sets"] = None
        if self.cutpoints:
            plain["cutpoints"] = {name: list(cuts) for name, cuts in self.cutpoints.items()}
        if self.numbers is None:
            plain["units"] = list(self.units)
        else:
            texts["units"] = '["' + '","'.join(self.units) + '"]' if self.units else "[]"
        texts |= {name: _compact(value) for name, value in plain.items()}
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


_CHANGE = ("removed", "treated", "control")
_NUMBERS = ("weight", "first", "second", "share", "distance")


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


def units_digest(salt: str, text: str) -> str:
    """SHA-256 of the salt and the unit table's JSON."""
    return hashlib.sha256((salt + text).encode()).hexdigest()


def sealed_digest(secret: bytes, text: str) -> str:
    """HMAC-SHA-256 (RFC 2104) of the unit table's JSON under a secret, marked as such."""
    if not isinstance(secret, bytes) or len(secret) < SECRET_BYTES:
        size = f"{len(secret)} bytes" if isinstance(secret, bytes) else type(secret).__name__
        raise ArgumentError(
            f"`secret` must be at least {SECRET_BYTES} bytes made at random, such as secrets.token_bytes(32); got "
            f"{size}."
        )
    return SEALED + hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()


def _read_units(text: str) -> UnitTable:
    """The table of a text whose digest has been checked, so that its form is known."""
    plain: dict[str, Any] = json.loads(text)

    def numbers(name: str) -> IntArray:
        return np.array(plain[name], np.intp)

    return UnitTable(
        units=tuple(plain["units"]),
        treated=np.array(plain["treated"], bool),
        weight=np.array(plain["weight"], float),
        sets=None if plain["sets"] is None else numbers("sets"),
        first=numbers("first"),
        second=numbers("second"),
        share=np.array(plain["share"], float),
        distance=np.array(plain["distance"], float),
        orders=tuple(Change(**{name: np.array(one[name], np.intp) for name in _CHANGE}) for one in plain["orders"]),
        of_treated=np.array(plain["of_treated"], bool) if "of_treated" in plain else None,
        cutpoints={name: tuple(cuts) for name, cuts in plain.get("cutpoints", {}).items()},
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Match(Result):
    """Who is compared with whom, decided without the outcome.

    Its JSON holds no unit: counts, balance, overlap, settings and a digest of the units. Units with their weights, sets
    and pairs are restricted; `units_to_json` writes them and `with_units` restores them, checking the digest.

    Attributes
    ----------
    arguments : mapping
        The call, as it stands under ``match:`` in a contract's `analysis`.
    counts : MatchCounts
    intercept : float, optional
    coefficients : mapping of covariate to float
        The propensity model; None and empty when none was estimated, or by a classifier. Of a weighting, the log odds
        by which the kept units weigh (with the probit, its index); None and empty for entropy balancing for the ATE,
        where each arm has an index of its own. With `moments=2` the squares are of covariates less their mean, over
        their standard deviation.
    caliper_width : float, optional
        The caliper on the logit.
    balance, overlap : Diagnostic
        Overlap is judged by the propensity that pairs or discards; that of entropy balancing and of the covariate
        balancing propensity is a logistic regression by maximum likelihood, whose coefficients are not in the match.
    spread : Diagnostic, optional
        Of the weights; None where units are matched.
    notes : tuple of Note
    units_digest : str
        SHA-256 of `salt` followed by the text of `units_to_json`. It proves which units were meant; it does not hide
        them from whoever has the table they were taken from, or can guess it: `salt` stands in `arguments`. Where the
        match was `sealed`, "hmac-sha256:" and the HMAC of that text under a secret that does not travel.
    table : UnitTable, optional
        Restricted, and not part of the JSON.

    Examples
    --------
    >>> import effekt
    >>> data = {"person": list("abcd"), "trained": [1, 1, 0, 0], "age": [30, 40, 31, 39]}
    >>> match = effekt.match_controls(data, unit="person", treatment="trained", covariates="age")
    >>> [(pair.treated, pair.control) for pair in match.pairs]
    [('a', 'c'), ('b', 'd')]
    >>> effekt.Match.from_json(match.to_json()).units_digest == match.units_digest
    True
    """

    SCHEMA = "effekt/match/1"

    arguments: Mapping[str, Any]
    counts: MatchCounts
    intercept: float | None
    coefficients: Mapping[str, float]
    caliper_width: float | None
    balance: Diagnostic
    overlap: Diagnostic
    notes: tuple[Note, ...]
    units_digest: str
    spread: Diagnostic | None = None
    table: UnitTable | None = field(default=None)

    def __post_init__(self) -> None:
        freeze(self, "arguments", "coefficients")

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """The pairs (treated unit, control unit, weight, distance), none for methods without pairs: restricted.

        Where both arms are matched in turn (nearest neighbours for the ATE) those of the treated units' matches come
        first, and then those of the controls': see `matched_arms`.

        Raises
        ------
        ArgumentError
            If the match was read from its JSON and has no units yet.
        """
        return self.unit_table().pairs()

    @property
    def matched_arms(self) -> tuple[Literal["treated", "control"], ...] | None:
        """The arm of each of the `pairs` whose match it is; None unless both arms are matched in turn: restricted."""
        turns = self.unit_table().of_treated
        return None if turns is None else tuple("treated" if own else "control" for own in turns.tolist())

    @property
    def weights(self) -> dict[str, float]:
        """The weight of each unit in the comparison: restricted."""
        table = self.unit_table()
        weighted = zip(table.units, table.weight.tolist(), strict=True)
        return {unit: weight for unit, weight in weighted if weight > 0}

    @property
    def sets(self) -> dict[str, int] | None:
        """The set of each unit, numbered from 0; None where sets share units, or there are none: restricted."""
        table = self.unit_table()
        if table.sets is None:
            return None
        return {unit: number for unit, number in zip(table.units, table.sets.tolist(), strict=True) if number >= 0}

    @property
    def cutpoints(self) -> Mapping[str, tuple[float, ...]]:
        """Where coarsened covariates were cut, empty for other methods: restricted."""
        return self.unit_table().cutpoints

    def unit_table(self) -> UnitTable:
        """The table of units, or the error that there is none."""
        if self.table is None:
            raise ArgumentError("The match holds no units; restore them with `match.with_units(text)`.")
        return self.table

    def to_json(self) -> str:
        """The public part as canonical JSON; `from_json` gives it back bit for bit, without the units."""
        plain = encode(replace(self, table=None))
        del plain["table"]
        if self.spread is None:
            del plain["spread"]  # as before there were weightings
        return canonical_json({"schema": self.SCHEMA, **plain})

    @classmethod
    def from_plain(cls: type[M], plain: Any) -> M:
        """The public part from parsed JSON."""
        if isinstance(plain, dict) and "table" in plain:
            raise ArgumentError("The JSON of a match must not hold `table`; give the units to `with_units`.")
        return super(Match, cls).from_plain(plain)  # a class with slots is made anew, which plain super() misses

    def units_to_json(self) -> str:
        """Units, weights, sets and pairs as JSON: restricted."""
        return self.unit_table().to_json()

    def sealed(self, secret: bytes) -> Match:
        """The same match under a digest that nobody can try guessed units against without the secret.

        Parameters
        ----------
        secret : bytes
            At least 32, made at random. It is not kept in the match: give it, apart from the JSON, to those alone who
            are to check the units with `with_units`.

        Raises
        ------
        ArgumentError
            For a short secret, or a match that has no units.

        Notes
        -----
        The digest of a match that is not sealed is of the units and of `salt`, which stands in the same JSON: whoever
        knows the names of all units but one can try the last, and personal numbers are few enough to try them all. A
        match whose other digest has been shown as well is open to that all the same. What `matched_comparison` makes of
        a sealed match shows the sealed digest; what it makes of `arguments`, as a contract does, shows the other.

        Examples
        --------
        >>> import effekt
        >>> data = {"person": list("abcd"), "trained": [1, 1, 0, 0], "age": [30, 40, 31, 39]}
        >>> match = effekt.match_controls(data, unit="person", treatment="trained", covariates="age", method="full")
        >>> secret = bytes(range(32))  # made by secrets.token_bytes(32)
        >>> shown = effekt.Match.from_json(match.sealed(secret).to_json())
        >>> shown.with_units(match.units_to_json(), secret=secret).weights == match.weights
        True
        """
        return replace(self, units_digest=sealed_digest(secret, self.units_to_json()))

    def with_units(self, text: str, *, secret: bytes | None = None) -> Match:
        """The same match with its units, from what `units_to_json` wrote.

        Parameters
        ----------
        text : str
        secret : bytes, optional
            That of `sealed`; a match that was not sealed has none.

        Raises
        ------
        ArgumentError
            If the digest of the text is not `units_digest`, or a secret is wanting or has no use.
        """
        if not isinstance(text, str):
            raise ArgumentError(f"`text` must be what `units_to_json` returned; got {type(text).__name__}.")
        if self.units_digest.startswith(SEALED) != (secret is not None):
            known = "a match that is sealed" if secret is None else "a match that is not sealed"
            raise ArgumentError(f"`secret` must be {'given' if secret is None else 'None'} for {known}.")
        digest = units_digest(str(self.arguments["salt"]), text) if secret is None else sealed_digest(secret, text)
        if digest != self.units_digest:
            raise ArgumentError(
                f"`text` must be the units of this match, unchanged; its digest is {digest} and not "
                f"{self.units_digest}."
            )
        return replace(self, table=_read_units(text))

    def balance_of(
        self, data: Table, covariates: str | Sequence[str], *, squares: bool = False, interactions: bool = False
    ) -> Diagnostic:
        """Balance in columns the match was not made on, or in squares and products, before and after.

        Parameters
        ----------
        data : table
            That which the match was made on; it may have further columns.
        covariates : str or list of str
            Columns measured before treatment: numbers, or text, of which every category has a row.
        squares, interactions : bool
            Whether to add the square of each that is not 0/1, and the product of each two.

        Returns
        -------
        Diagnostic
            As `balance`, of the weights of the match.

        Raises
        ------
        DataError
            For a unit of the match without a row or with another treatment, a repeated unit, or a missing value.
        ArgumentError
            When the match has no units yet.

        Notes
        -----
        Balance in what was not matched on is the closest that data come to a test of the match; it is no proof, and the
        outcome has no place here.

        Examples
        --------
        >>> import effekt
        >>> data = {"person": list("abcdef"), "trained": [1, 1, 0, 0, 0, 0], "age": [30, 40, 31, 41, 50, 22]}
        >>> data["kids"] = [1, 0, 1, 0, 2, 1]
        >>> match = effekt.match_controls(data, unit="person", treatment="trained", covariates="age")
        >>> match.balance_of(data, "kids").table["smd_after"]
        (0.0,)
        """
        from effekt.estimators.matching.further_balance import further_balance

        table = self.unit_table()
        of_unit = zip(table.units, zip(table.treated.tolist(), table.weight.tolist(), strict=True), strict=True)
        return further_balance(
            data, self.arguments, dict(of_unit), covariates, squares=squares, interactions=interactions
        )

    def summary(self, lang: Language = "en") -> str:
        """Sentences for reading, in English or Swedish: method, counts, balance, overlap and notes."""
        check_option("lang", lang, LANGUAGES)
        said = described(self.arguments, self.counts, self.caliper_width)
        checks = [one.statement for one in (self.balance, self.overlap, self.spread) if one is not None]
        texts = [said, *checks, *(note.text for note in self.notes)]
        return "\n".join(dict.fromkeys(text.in_language(lang) for text in texts))

    def __repr__(self) -> str:
        return f"Match({self.counts.matched} of {self.counts.treated} treated, {self.counts.controls_used} controls)"
