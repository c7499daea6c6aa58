"""What every result shares: its JSON form, its counts, notes and checks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias, TypeVar

from effekt import _serialize
from effekt._frozen import freeze
from effekt._text import Language, Text
from effekt.exceptions import ArgumentError

if TYPE_CHECKING:
    import pandas as pd

Status: TypeAlias = Literal["ok", "warning", "failed", "information"]
R = TypeVar("R", bound="Result")


class Result:
    """What every result shares: one JSON form under a schema tag, which is its equality and hash."""

    __slots__ = ()
    SCHEMA: ClassVar[str]

    def to_json(self) -> str:
        """The whole object as canonical JSON; `from_json` gives it back bit for bit."""
        return _serialize.canonical_json({"schema": self.SCHEMA, **_serialize.encode(self)})

    @classmethod
    def from_json(cls: type[R], text: str | bytes) -> R:
        """The object that `to_json` wrote.

        Raises
        ------
        ArgumentError
            If the text is not JSON, has another schema tag or breaks the schema; the message names the key.
        """
        return cls.from_plain(_serialize.parse_json(text, f"The {cls.SCHEMA} text"))

    @classmethod
    def from_plain(cls: type[R], plain: Any) -> R:
        """The object from parsed JSON."""
        tag = plain.get("schema") if isinstance(plain, dict) else None
        if tag != cls.SCHEMA:
            raise ArgumentError(f"The JSON must carry the schema tag {cls.SCHEMA!r}; got {tag!r}.")
        try:
            return _serialize.decode(cls, {key: item for key, item in plain.items() if key != "schema"})  # type: ignore[no-any-return]
        except ArithmeticError:
            raise ArgumentError(
                f"The {cls.SCHEMA} text holds a number that is too small or too large to reckon with. Use it as it was "
                "written."
            ) from None

    def _repr_html_(self) -> str:
        from effekt.reports.notebook import result_html

        return result_html(self)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self.to_json() == other.to_json()

    def __hash__(self) -> int:
        return hash(self.to_json())


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Counts behind an estimate; None where the design has no such count, or where it is suppressed.

    Attributes
    ----------
    n_obs : int
        Rows used.
    n_units : int
        Units used (people, households, municipalities).
    n_treated, n_control : int
        Units in each arm.
    n_clusters : int
        Clusters.
    n_dropped : int
        Rows left out because of missing values.
    """

    n_obs: int | None = None
    n_units: int | None = None
    n_treated: int | None = None
    n_control: int | None = None
    n_clusters: int | None = None
    n_dropped: int | None = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """Raw means beside the adjusted ones, in the outcome's unit."""

    treated: float
    control: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExactMeans:
    """The two means as exact fractions, where the statistic is a count, a sum or a ratio of sums."""

    treated: Fraction
    counterfactual: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something the reader of a number must know, under a stable code."""

    code: str
    text: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomePath:
    """The treated outcome and its counterfactual over time, for a picture.

    Attributes
    ----------
    periods : tuple of str, length n
    treated, counterfactual : tuple of float, length n
        A counterfactual is None where none is defined.
    reference, evaluation : (str, str)
        First and last period of the two windows; where there are no outcomes of those at an end, as they are excluded
        or have nobody in a stratum, the first and last that there are.
    """

    periods: tuple[str, ...]
    treated: tuple[float, ...]
    counterfactual: tuple[float | None, ...]
    reference: tuple[str, str]
    evaluation: tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Diagnostic(Result):
    """One check: what was looked at, what was found, and in which words it may be told.

    Attributes
    ----------
    name : str
    status : {"ok", "warning", "failed", "information"}
        "ok" means no evidence against, never that an assumption holds.
    statement : Text
    values : mapping of str to number or text
    table : mapping of str to tuple
        Columns of equal length.
    """

    SCHEMA = "effekt/diagnostic/1"

    name: str
    status: Status
    statement: Text
    values: Mapping[str, float | int | str | None] = field(default_factory=dict)
    table: Mapping[str, tuple[float | int | str | None, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        freeze(self, "values", "table")
        if len({len(column) for column in self.table.values()}) > 1:
            raise ArgumentError(f"The columns of the table of the check {self.name!r} must be of one length.")

    def plot(self, lang: Language = "en") -> Any:
        """A matplotlib figure of the check: for `covariate_balance` a love plot; no other check has one.

        Parameters
        ----------
        lang : {"en", "sv"}

        Raises
        ------
        ViewUnavailableError
            For a check without a picture; `tidy` gives its table.
        """
        from effekt.reports.plots import plot_diagnostic

        return plot_diagnostic(self, lang)

    def _repr_html_(self) -> str:
        from effekt.reports.notebook import check_html

        return check_html(self)

    def __repr__(self) -> str:
        return f"Diagnostic({self.name}: {self.status}. {self.statement})"

    def tidy(self) -> pd.DataFrame:
        """The table of the check, or its values in one row, as a pandas frame."""
        from effekt.tables import to_pandas

        return to_pandas(self.table or {name: (value,) for name, value in self.values.items()})
