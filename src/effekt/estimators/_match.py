"""The match: what may be shown of it, and the pair table kept apart."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, TypeVar

import numpy as np

from effekt._serialize import canonical_json, encode
from effekt._text import Language, Text, format_number, significant
from effekt._types import FloatArray, IntArray
from effekt.estimators._neighbours import Change, Links
from effekt.exceptions import ArgumentError
from effekt.result import Diagnostic, Note
from effekt.result.parts import Result

PAIRS_SCHEMA = "effekt/match-pairs/1"
M = TypeVar("M", bound="Match")


class Pair(NamedTuple):
    """A treated unit, one of its controls, the control's weight in its set, and their distance on the logit."""

    treated: str
    control: str
    weight: float
    distance: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class PairTable:
    """Pairs by the numbers of their units: restricted, because it says who is compared with whom.

    Attributes
    ----------
    treated_units, control_units : tuple of str
        Every unit of some pair, in some order.
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
        numbers = (self.treated, self.control, self.weight, self.distance)
        columns = zip(*(column.tolist() for column in numbers), strict=True)
        return tuple(Pair(self.treated_units[t], self.control_units[c], w, d) for t, c, w, d in columns)

    def in_order(self, change: Change) -> tuple[IntArray, IntArray]:
        """Treated and control numbers of the pairs under another tie order."""
        kept = np.ones(len(self.treated), bool)
        kept[change.removed] = False
        return np.append(self.treated[kept], change.treated), np.append(self.control[kept], change.control)

    def to_json(self) -> str:
        """JSON with sorted keys, units included."""
        numbers = {name: getattr(self, name).tolist() for name in ("treated", "control", "weight", "distance")}
        orders = [{name: getattr(one, name).tolist() for name in _CHANGE} for one in self.orders]
        units = {"treated_units": list(self.treated_units), "control_units": list(self.control_units)}
        plain = {"schema": PAIRS_SCHEMA, "restricted": True, **units, **numbers, "orders": orders}
        return json.dumps(plain, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))


_CHANGE = ("removed", "treated", "control")


def pair_table(units: Sequence[str], links: Links, logit: FloatArray, orders: Sequence[Change]) -> PairTable:
    """The table of links between rows with `units` (n,) and `logit` (n,)."""
    treated = np.unique(np.concatenate([links.treated, *(order.treated for order in orders)]))
    control = np.unique(np.concatenate([links.control, *(order.control for order in orders)]))
    return PairTable(
        treated_units=tuple(units[row] for row in treated.tolist()),
        control_units=tuple(units[row] for row in control.tolist()),
        treated=np.searchsorted(treated, links.treated),
        control=np.searchsorted(control, links.control),
        weight=set_weights(links.treated),
        distance=np.abs(logit[links.treated] - logit[links.control]),
        orders=tuple(
            replace(
                order,
                treated=np.searchsorted(treated, order.treated),
                control=np.searchsorted(control, order.control),
            )
            for order in orders
        ),
    )


def set_weights(treated: IntArray) -> FloatArray:
    """One over the number of controls of each pair's treated unit."""
    return np.asarray(1 / np.bincount(treated)[treated])


def pairs_digest(salt: str, text: str) -> str:
    """SHA-256 of the salt and the pair table's JSON."""
    return hashlib.sha256((salt + text).encode()).hexdigest()


def _read_pairs(text: str) -> PairTable:
    """The table of a text whose digest has been checked, so that its form is known."""
    plain: dict[str, Any] = json.loads(text)

    def numbers(name: str) -> IntArray:
        return np.array(plain[name], np.intp)

    return PairTable(
        treated_units=tuple(plain["treated_units"]),
        control_units=tuple(plain["control_units"]),
        treated=numbers("treated"),
        control=numbers("control"),
        weight=np.array(plain["weight"], float),
        distance=np.array(plain["distance"], float),
        orders=tuple(Change(**{name: np.array(one[name], np.intp) for name in _CHANGE}) for one in plain["orders"]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchCounts:
    """How many, before and after.

    Attributes
    ----------
    treated, controls : int
        Units that could be matched.
    dropped : int
        Rows left out because a used value is missing.
    matched, unmatched : int
        Treated units with and without a control.
    controls_used, pairs : int
    short : int
        Matched treated units with fewer controls than `ratio`.
    by_order : int
        Pairs decided by the keyed order of `unit`, because controls were tied.
    controls_per_treated : tuple of (int, int)
        Number of controls, and treated units that have so many.
    """

    treated: int
    controls: int
    dropped: int
    matched: int
    unmatched: int
    controls_used: int
    pairs: int
    short: int
    by_order: int
    controls_per_treated: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Match(Result):
    """Who is compared with whom, decided without the outcome.

    Its JSON holds no unit: counts, balance, overlap, settings and a digest of the pairs. The pairs themselves are
    restricted; `pairs_to_json` writes them and `with_pairs` restores them, checking the digest.

    Attributes
    ----------
    arguments : mapping
        The call, as it stands under ``match:`` in a contract's `analysis`.
    counts : MatchCounts
    intercept : float
    coefficients : mapping of covariate to float
        The propensity model: log odds of treatment.
    caliper_width : float, optional
        The caliper on the logit.
    balance, overlap : Diagnostic
    notes : tuple of Note
    pairs_digest : str
        SHA-256 of `salt` followed by the text of `pairs_to_json`. It proves which pairs were meant; it does not hide
        them from whoever has the table they were made from.
    table : PairTable, optional
        Restricted, and not part of the JSON.
    """

    SCHEMA = "effekt/match/1"

    arguments: Mapping[str, Any]
    counts: MatchCounts
    intercept: float
    coefficients: Mapping[str, float]
    caliper_width: float | None
    balance: Diagnostic
    overlap: Diagnostic
    notes: tuple[Note, ...]
    pairs_digest: str
    table: PairTable | None = field(default=None)

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """The pairs (treated unit, control unit, weight, distance): restricted.

        Raises
        ------
        ArgumentError
            If the match was read from its JSON and has no pairs yet.
        """
        return self.pair_table().rows()

    def pair_table(self) -> PairTable:
        """The pair table, or the error that there is none."""
        if self.table is None:
            raise ArgumentError("The match holds no pairs; restore them with `match.with_pairs(text)`.")
        return self.table

    def to_json(self) -> str:
        """The public part as canonical JSON; `from_json` gives it back bit for bit, without the pairs."""
        plain = encode(replace(self, table=None))
        del plain["table"]
        return canonical_json({"schema": self.SCHEMA, **plain})

    @classmethod
    def from_plain(cls: type[M], plain: Any) -> M:
        """The public part from parsed JSON."""
        if isinstance(plain, dict) and "table" in plain:
            raise ArgumentError("The JSON of a match must not hold `table`; give the pairs to `with_pairs`.")
        return super(Match, cls).from_plain(plain)  # a class with slots is made anew, which plain super() misses

    def pairs_to_json(self) -> str:
        """The pair table as JSON: restricted, it names units."""
        return self.pair_table().to_json()

    def with_pairs(self, text: str) -> Match:
        """The same match with its pairs, from what `pairs_to_json` wrote.

        Raises
        ------
        ArgumentError
            If the digest of the text is not `pairs_digest`.
        """
        digest = pairs_digest(str(self.arguments["salt"]), text)
        if digest != self.pairs_digest:
            raise ArgumentError(
                f"`text` must be the pairs of this match, unchanged; its digest is {digest} and not "
                f"{self.pairs_digest}."
            )
        return replace(self, table=_read_pairs(text))

    def summary(self, lang: Language = "en") -> str:
        """Sentences for reading, in English or Swedish: method, counts, balance, overlap and notes."""
        texts = [_described(self), self.balance.statement, self.overlap.statement, *(note.text for note in self.notes)]
        return "\n".join(dict.fromkeys(text.in_language(lang) for text in texts))

    def __repr__(self) -> str:
        return f"Match({self.counts.matched} of {self.counts.treated} treated, {self.counts.controls_used} controls)"


def _described(match: Match) -> Text:
    """The methods paragraph."""
    taken, counts = match.arguments, match.counts
    columns = ", ".join(taken["covariates"])

    def number(value: int, lang: Language) -> str:
        return format_number(value, lang)

    en = (
        f"{number(counts.matched, 'en')} of {number(counts.treated, 'en')} treated units are compared with "
        f"{number(counts.controls_used, 'en')} of {number(counts.controls, 'en')} controls: each with the nearest"
        f"{'' if taken['ratio'] == 1 else ' ' + str(taken['ratio'])} on the logit of the propensity given {columns}, "
        f"{'with' if taken['replace'] else 'without'} replacement"
    )
    sv = (
        f"{number(counts.matched, 'sv')} av {number(counts.treated, 'sv')} behandlade enheter jämförs med "
        f"{number(counts.controls_used, 'sv')} av {number(counts.controls, 'sv')} kontroller: var och en med "
        f"{'den närmaste' if taken['ratio'] == 1 else 'de ' + str(taken['ratio']) + ' närmaste'} på logiten av "
        f"sannolikheten att behandlas givet {columns}, "
        f"{'med' if taken['replace'] else 'utan'} återläggning"
    )
    if taken["exact"]:
        listed = ", ".join(taken["exact"])
        en, sv = f"{en}, alike in {listed}", f"{sv}, lika i {listed}"
    if match.caliper_width is not None:
        en += f", at most {significant(match.caliper_width, 'en')} apart"
        sv += f", högst {significant(match.caliper_width, 'sv')} ifrån varandra"
    return Text(en=f"{en}.", sv=f"{sv}.")
