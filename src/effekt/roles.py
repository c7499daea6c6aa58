"""What is measured and for whom: the outcome and the estimand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from effekt._text import Text
from effekt._types import Better
from effekt._validation import check_option, did_you_mean, shown
from effekt.exceptions import ArgumentError

EstimandName: TypeAlias = Literal[
    "ATE", "ATT", "ATC", "ATO", "ITT", "CACE", "first_stage", "PATT", "SATT", "ATT(g,t)", "before_after"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The measured result and which direction is better.

    Parameters
    ----------
    column : str or (str, str)
        A column, or the columns (numerator, denominator) of a ratio.
    unit : str
        What one unit of it is, such as "days per employee" or "SEK".
    better : {"lower", "higher"}, optional
        Without it `improvement()` is refused.

    Examples
    --------
    >>> Outcome(column=("sick_days", "employees"), unit="days per employee", better="lower").better
    'lower'
    """

    column: str | tuple[str, str]
    unit: str = ""
    better: Better | None = None

    def __post_init__(self) -> None:
        if not _is_column(self.column):
            raise ArgumentError(
                f"`outcome` must be a column name or a (numerator, denominator) pair of them; got {shown(self.column)}."
            )
        if len(self.columns) > len(set(self.columns)):
            raise ArgumentError(
                f"`outcome` must have two columns, a numerator and its denominator; both are {self.column[0]!r}."
            )
        if self.better is not None:
            check_option("better", self.better, ("lower", "higher"))
        if not isinstance(self.unit, str):
            raise ArgumentError(f"`unit` must be text; got {shown(self.unit)}.")

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it reads."""
        return (self.column,) if isinstance(self.column, str) else self.column

    @property
    def name(self) -> str:
        """'sick_days' or 'sick_days per employees'."""
        return " per ".join(self.columns)


def _is_column(value: object) -> bool:
    if isinstance(value, str):
        return True
    return isinstance(value, tuple) and len(value) == 2 and all(isinstance(part, str) for part in value)


def as_outcome(value: Any) -> Outcome:
    """An `Outcome` from a column name, a pair of them, a mapping as in a contract, or an `Outcome`."""
    if isinstance(value, Outcome):
        return value
    if isinstance(value, Mapping):
        unknown = [key for key in value if key not in ("column", "unit", "better")]
        if unknown or "column" not in value:
            hint = did_you_mean(unknown[0], ("column", "unit", "better")) if unknown else ""
            raise ArgumentError(
                f"`outcome` must have the keys column, unit and better; got {shown(list(value))}.{hint}"
            )
        value = {**value, "column": _as_pair(value["column"])}
        return Outcome(**value)
    return Outcome(column=_as_pair(value))


WeightKind: TypeAlias = Literal["sampling", "frequency", "precision"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """A column of weights, and what they mean.

    Parameters
    ----------
    column : str
        Numbers above 0.
    kind : {"sampling", "frequency", "precision"}
        How many units of the population a row stands for, how many equal rows it stands for, or the inverse of its
        variance.

    Examples
    --------
    >>> Weights(column="weight", kind="sampling").kind
    'sampling'
    """

    column: str
    kind: WeightKind

    def __post_init__(self) -> None:
        if not isinstance(self.column, str):
            raise ArgumentError(f"`weights` must name one column; got {shown(self.column)}.")
        check_option("weights['kind']", self.kind, ("sampling", "frequency", "precision"))


def as_weights(value: Any) -> Weights | None:
    """`Weights` from a mapping as in a contract; a bare column does not say what its numbers mean."""
    if value is None or isinstance(value, Weights):
        return value
    if not isinstance(value, Mapping) or set(value) != {"column", "kind"}:
        got = list(value) if isinstance(value, Mapping) else value
        raise ArgumentError(
            "`weights` must have the keys column and kind, such as {'column': 'weight', 'kind': 'sampling'}; "
            f"got {shown(got)}."
        )
    return Weights(**value)


def _as_pair(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimand:
    """The quantity estimated, and for which population, in words."""

    name: EstimandName
    population: Text

    @property
    def causal(self) -> bool:
        """False for a plain before–after change."""
        return self.name != "before_after"
