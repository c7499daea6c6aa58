"""Whom the contract is about: the unit, the register that was frozen, who is eligible, and the cohorts.

The criteria are of a closed set, each a comparison of one column, so that anyone with the table can check it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias, cast, get_args

from pydantic import ConfigDict, Field, model_validator

from effekt.contracts.conduct import Termination
from effekt.contracts.figures import EstimateFigure, FigureTerm, MeasureFigure
from effekt.contracts.paying import reading
from effekt.contracts.payment import Payment
from effekt.contracts.schema import (
    Bilingual,
    DataId,
    DateText,
    DecimalText,
    FigureId,
    Id,
    Items,
    Sha256,
    Term,
    Words,
    exactly_one,
    fault,
)

UnitKind: TypeAlias = Literal["person", "household", "workplace", "municipality", "event"]
AnalysisSet: TypeAlias = Literal["assigned", "enrolled", "compliers", "per_protocol", "listed", "matched"]
Comparison: TypeAlias = Literal["ge", "gt", "le", "lt", "among"]
COMPARISONS: tuple[Comparison, ...] = get_args(Comparison)


class Register(Term):
    """Where the list of the population is kept, the day it was frozen, and a digest by which a later change shows.

    The digest is of a list of persons, so it is a salted one: without a secret salt a list of few could be guessed.
    """

    source: Bilingual
    frozen: DateText
    salted_sha256: Sha256 | None = None


class Criterion(Term):
    """What every row of a table must meet: one column at least, above, at most or below a number, or of some words."""

    model_config = ConfigDict(json_schema_extra=exactly_one(COMPARISONS))

    data: DataId
    column: Words
    ge: DecimalText | None = None
    gt: DecimalText | None = None
    le: DecimalText | None = None
    lt: DecimalText | None = None
    among: Annotated[Items[Words], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _check(self) -> Criterion:
        self.one_of(COMPARISONS)
        return self

    @property
    def comparison(self) -> Comparison:
        """Its operator."""
        return cast(Comparison, self.one_of(COMPARISONS))


class Cohort(Term):
    """People who come in until a day; before it is over, the figures that are taken from them have no value."""

    who: Bilingual
    closes: DateText
    figures: Items[FigureId] = ()


class Population(Term):
    """Whom the contract is about, and who of them is analysed.

    `assigned` is everyone as they were drawn or allotted, whatever they took part in (intention to treat),
    `enrolled` everyone who began, `compliers` those who take part when offered and not otherwise, `per_protocol`
    those who followed the plan, `listed` those on the frozen list, and `matched` those alone for whom a control was
    found. What the method of a figure that pays cannot give is refused by `check`.
    """

    unit: UnitKind
    who: Bilingual
    analysis_set: AnalysisSet
    register_: Register | None = Field(default=None, alias="register")
    eligibility: Items[Criterion] = ()
    cohorts: Annotated[Mapping[Id, Cohort], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _check(self) -> Population:
        if self.analysis_set == "listed" and self.register_ is None:
            raise fault("is listed, and no register says on which list; add register.", "analysis_set")
        return self

    def closes(self, figure: str) -> str | None:
        """The last day on which someone can still come into a figure's cohorts; None where the file has none."""
        days = [one.closes for one in (self.cohorts or {}).values() if figure in one.figures]
        return max(days, default=None)


def check_population(
    population: Population | None,
    figures: Mapping[str, FigureTerm],
    payment: Payment,
    endings: Mapping[str, Termination],
    signed: str,
) -> None:
    """Refuse cohorts that close before the contract, of figures that no data give, or on another day elsewhere.

    Parameters
    ----------
    population : Population or None
    figures : mapping of str to figure
    payment : Payment
    endings : mapping of str to Termination
        Whose `closes` gives days of cohorts too, by line.
    signed : str
        The day of the contract, YYYY-MM-DD.

    Raises
    ------
    PydanticCustomError
        At the cohort's or the ending's own place.
    """
    if population is None:
        return
    for name, cohort in (population.cohorts or {}).items():
        here = ("population", "cohorts", name)
        if cohort.closes < signed:
            raise fault(f"must not be before signed, {signed}; got {cohort.closes}.", *here, "closes")
        for position, id in enumerate(cohort.figures):
            if not isinstance(figures[id], (EstimateFigure, MeasureFigure)):
                kind = figures[id].source
                raise fault(
                    f"is {id}, which is {kind}; name figures that are estimated or measured.",
                    *(*here, "figures", position),
                )
    for name, ending in endings.items():
        for line, day in (ending.closes or {}).items():
            read = reading(payment.lines[line], figures)
            closed = max((found for id in read if (found := population.closes(id)) is not None), default=day)
            if closed != day:
                raise fault(
                    f"must be the day on which the cohorts of its figures close, {closed}; got {day}.",
                    *("termination", name, "closes", line),
                )
