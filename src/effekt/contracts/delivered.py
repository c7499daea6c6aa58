"""The form of a delivered table: its columns, each with its kind, its unit and the values that it may have.

Agreed before there are data, it is the parties' common understanding of what the holder of the data is to hand over:
a column under another name, days where hours were agreed, or a share in per cent is found before anything is computed.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

from pydantic import Field, model_validator

from effekt.contracts.named_columns import named_columns
from effekt.contracts.schema import Items, OneLine, Term, Words, fault, is_date, is_decimal
from effekt.contracts.strict_yaml import shown

if TYPE_CHECKING:
    from effekt.contracts.model import ContractTerms

ColumnKind: TypeAlias = Literal["number", "whole", "text", "date"]


class Column(Term):
    """One column: its kind, its unit, and what every value of it must be.

    A `number` has decimals, a `whole` has none, and a `date` is a day, YYYY-MM-DD. `ge` and `le` are the least and the
    greatest value of the three, `among` the words that a `text` is one of. No cell is empty unless `may_be_empty`.
    """

    kind: ColumnKind
    unit: OneLine | None = None
    ge: Words | None = None
    le: Words | None = None
    among: Annotated[Items[Words], Field(min_length=1)] | None = None
    may_be_empty: bool = False

    @model_validator(mode="after")
    def _check(self) -> Column:
        if self.among is not None and self.kind != "text":
            raise fault(f"is for the kind text alone; give ge and le for the kind {self.kind}.", "among")
        if self.unit is not None and self.kind not in ("number", "whole"):
            raise fault(f"is for the kinds number and whole; remove it from the kind {self.kind}.", "unit")
        for key in ("ge", "le"):
            self._check_limit(key, getattr(self, key))
        if self.ge is not None and self.le is not None and self._value(self.le) < self._value(self.ge):
            raise fault(f"must not be below ge, {self.ge}; got {self.le}.", "le")
        return self

    def _check_limit(self, key: str, limit: str | None) -> None:
        if limit is None:
            return
        if self.kind == "text":
            raise fault("is not for the kind text; list the words that it may be under among.", key)
        form = 'a day such as "2018-11-01"' if self.kind == "date" else 'a plain decimal such as "0.40"'
        if not (is_date if self.kind == "date" else is_decimal)(limit):
            raise fault(f"must be {form}, as the kind is {self.kind}; got {shown(limit)}.", key)

    def _value(self, limit: str) -> Any:
        return date.fromisoformat(limit) if self.kind == "date" else Fraction(limit)


def check_delivered(terms: ContractTerms) -> None:
    """Refuse a contract that anywhere names a column which the delivered table is not to have.

    Parameters
    ----------
    terms : ContractTerms

    Raises
    ------
    PydanticCustomError
        At the place that names the column.
    """
    for data, place, column in named_columns(terms):
        columns = terms.data[data].columns
        if columns is not None and column not in columns:
            raise fault(f"is {shown(column)}, which is none of data.{data}.columns; add it there.", *place)
