"""The match: what may be shown of it, and the table of units kept apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeVar

from effekt._frozen import freeze
from effekt._serialize import canonical_json, encode
from effekt._text import LANGUAGES, Language
from effekt._types import Table
from effekt._validation import check_option
from effekt.estimators.matching.arguments import read_settings
from effekt.estimators.matching.counts import MatchCounts
from effekt.estimators.matching.restored import check_public, check_spread, check_units, read_units
from effekt.estimators.matching.units import SEALED, Pair, UnitTable, sealed_digest, units_digest
from effekt.estimators.matching.words import described
from effekt.exceptions import ArgumentError
from effekt.result import Diagnostic, Note
from effekt.result.parts import Result

M = TypeVar("M", bound="Match")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Match(Result):
    """Who is compared with whom, decided without the outcome.

    Its JSON holds no unit: counts, balance, overlap, settings and a digest. Units with their weights, sets and pairs
    are restricted; `units_to_json` writes them and `with_units` restores them, checking the digest.

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
        SHA-256 of `arguments` and of who is compared with whom: units, arms, sets, pairs, those of other tie orders and
        cutpoints, of a weighting also the weights. The numbers about them, such as distances, coefficients and balance,
        have no part in it, as their last digits differ between kinds of processor. It proves which units were meant; it
        does not hide them from whoever has the table they were taken from, or can guess it: `salt` stands in
        `arguments`. Where the match was `sealed`, "hmac-sha256:" and the HMAC of the same under a secret that does not
        travel.
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
        """The public part from parsed JSON; its arguments obey the rules of `match_controls`."""
        if isinstance(plain, dict) and "table" in plain:
            raise ArgumentError("The JSON of a match must not hold `table`; give the units to `with_units`.")
        read = super(Match, cls).from_plain(plain)  # a class with slots is made anew, which plain super() misses
        read = replace(read, arguments=read_settings(read.arguments))
        check_public(read.arguments, read.counts, read.caliper_width, read.units_digest)
        return read

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
        The digest of a match that is not sealed is of the units and of `arguments`, which stand beside it: whoever
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
        arguments = {name: value for name, value in self.arguments.items() if name != "units_digest"}
        decided = self.unit_table().decided(arguments)
        return replace(self, arguments=arguments, units_digest=sealed_digest(secret, decided))

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
            For a text that is no table of units; if the digest of these and of `arguments` is not `units_digest`; if
            shares, weights, counts or the spread of the weights do not follow from the units, or a distance exceeds the
            caliper; if a secret is wanting or has no use.

        Notes
        -----
        Balance, overlap, coefficients, the width of the caliper, distances within it, notes, how many there were before
        matching, and how many pairs the keyed order decided (but that none did, where the units show it, and with full
        matching) are read as they stand: whoever must know that they are true makes the match anew.
        """
        if not isinstance(text, str):
            raise ArgumentError(f"`text` must be what `units_to_json` returned; got {type(text).__name__}.")
        if self.units_digest.startswith(SEALED) != (secret is not None):
            known = "a match that is sealed" if secret is None else "a match that is not sealed"
            raise ArgumentError(f"`secret` must be {'given' if secret is None else 'None'} for {known}.")
        table = read_units(text)
        decided = table.decided(self.arguments)
        digest = units_digest(decided) if secret is None else sealed_digest(secret, decided)
        if digest != self.units_digest:
            raise ArgumentError(
                f"`text` must be the units of this match, unchanged as its arguments; their digest is {digest} and not "
                f"{self.units_digest}."
            )
        check_units(table, self.arguments, self.counts, self.caliper_width)
        check_spread(table, self.counts, self.spread)
        return replace(self, table=table)

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
