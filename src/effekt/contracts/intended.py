"""What the parties meant to find out: measures on the result ladder, estimands, prespecified alternatives.

All of it is optional in the file, and none of it moves an amount; what it says must fit the figures and the payment.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, model_validator

from effekt._validation import join_words
from effekt.contracts.figures import AttestedFigure, DerivedFigure, EstimateFigure, FigureTerm
from effekt.contracts.schema import Bilingual, FigureId, Id, Items, OneLine, Term, fault

Step: TypeAlias = Literal["parameter", "delivery", "activity", "output", "satisfaction", "outcome", "impact"]
Strategy: TypeAlias = Literal[
    "treatment_policy", "hypothetical", "composite", "while_on_treatment", "principal_stratum"
]
Summary: TypeAlias = Literal["difference", "ratio", "relative", "improvement", "relative_improvement", "total", "level"]
NEVER_PAYS = ("activity", "output")


class Measure(Term):
    """Where a figure's numbers come from, and which step of the result ladder they stand on.

    The steps are those of Phineo's ladder drawn together: activities, outputs (who was reached), satisfaction (what
    they think of it), outcomes (what changed for them) and impact (what changed for society); a parameter is a price,
    an index number or an amount invested, which is no result, and delivery is whether what was agreed was done or kept,
    attested yes or no, on which a contract pays in so many words. `definition` is the rule by which it is counted,
    `denominator` that of what it is taken per.
    """

    step: Step
    definition: Bilingual | None = None
    denominator: Bilingual | None = None
    source: Bilingual
    holder: OneLine | None = None
    vintage: Bilingual | None = None
    may_pay: bool | None = None

    @model_validator(mode="after")
    def _check(self) -> Measure:
        if self.may_pay and self.step != "satisfaction":
            raise fault(f"is for the step satisfaction alone; remove it from the step {self.step}.", "may_pay")
        return self


class IntercurrentEvent(Term):
    """Something after the start that bears on the outcome or its meaning, and how it is dealt with (ICH E9(R1))."""

    event: Bilingual
    strategy: Strategy
    sensitivity: Id | None = None


class EstimandTerms(Term):
    """What is to be estimated, by the five attributes of ICH E9(R1), section A.3.3.

    References
    ----------
    ICH (2019). Addendum on estimands and sensitivity analysis in clinical trials to the guideline on statistical
    principles for clinical trials, E9(R1).
    """

    figures: Annotated[Items[FigureId], Field(min_length=1)]
    treatments: Bilingual
    population: Bilingual
    variable: Bilingual
    intercurrent_events: Items[IntercurrentEvent]
    summary: Summary


class Alternative(Term):
    """The same payment with other figures in the place of the contract's own; reported, never paying."""

    title: Bilingual
    replace: Annotated[Mapping[FigureId, FigureId], Field(min_length=1)]


def check_measures(measures: Mapping[str, Measure], figures: Mapping[str, FigureTerm], paying: tuple[str, ...]) -> None:
    """Refuse a payment on activities, outputs or, unless the contract says so, satisfaction; and a count as delivery.

    Parameters
    ----------
    measures : mapping of figure to Measure
    figures : mapping of str to figure
    paying : tuple of str
        The figures that money depends on.

    Raises
    ------
    PydanticCustomError
        At the measure's own place.
    """
    for id, measure in measures.items():
        if isinstance(figures[id], DerivedFigure):
            operands = join_words(
                list(dict.fromkeys(name for name in figures[id].operands() if name in figures)), "and"
            )
            raise fault(f"is derived; give the measures of {operands} instead.", "measures", id)
        if measure.step == "delivery" and not _yes_or_no(figures[id]):
            raise fault(
                f"is for a fact that is attested yes or no, and {id} is none: how much was done is activity or output, "
                "on which no payment depends.",
                "measures",
                id,
                "step",
            )
        if id not in paying:
            continue
        if measure.step in NEVER_PAYS:
            raise fault(
                f"is {measure.step}, and the payment depends on {id}; activities and outputs never trigger payment: "
                "let it depend on an outcome, or take the figure out of the payment; what only decides which figure "
                "of a fallback counts (`when`) is a parameter.",
                "measures",
                id,
                "step",
            )
        if measure.step == "satisfaction" and not measure.may_pay:
            raise fault(
                f"is satisfaction, and the payment depends on {id}; add may_pay: true if the parties want that, or "
                "take the figure out of the payment.",
                "measures",
                id,
                "step",
            )


def _yes_or_no(term: FigureTerm) -> bool:
    return isinstance(term, AttestedFigure) and term.unit == "yes/no"


def check_estimands(
    estimands: Mapping[str, EstimandTerms],
    figures: Mapping[str, FigureTerm],
    alternatives: Mapping[str, Alternative],
) -> None:
    """Refuse a figure of two estimands, a summary that its figure does not give, an alternative that is not there.

    Parameters
    ----------
    estimands : mapping of str to EstimandTerms
    figures : mapping of str to figure
    alternatives : mapping of str to Alternative

    Raises
    ------
    PydanticCustomError
        At the estimand's own place.
    """
    seen: dict[str, str] = {}
    for name, estimand in estimands.items():
        for position, id in enumerate(estimand.figures):
            here = ("estimands", name, "figures", position)
            if id in seen:
                raise fault(f"is {id}, a figure of the estimand {seen[id]} already; keep one.", *here)
            seen[id] = name
            term = figures[id]
            view = term.view if isinstance(term, EstimateFigure) else None
            if view is not None and view != estimand.summary:
                raise fault(f"must be {view}, the view of {id}; got {estimand.summary}.", "estimands", name, "summary")
        for position, event in enumerate(estimand.intercurrent_events):
            if event.sensitivity is not None and event.sensitivity not in alternatives:
                known = join_words(list(alternatives), "and") or "nothing"
                raise fault(
                    f"must be a name under sensitivity; got {event.sensitivity}. Defined there: {known}.",
                    *("estimands", name, "intercurrent_events", position, "sensitivity"),
                )


def check_alternatives(
    alternatives: Mapping[str, Alternative], figures: Mapping[str, FigureTerm], paying: tuple[str, ...]
) -> None:
    """Refuse an alternative of a figure that does not pay, by one that pays, is derived, or is of another kind.

    Parameters
    ----------
    alternatives : mapping of str to Alternative
    figures : mapping of str to figure
    paying : tuple of str
        The figures that money depends on.

    Raises
    ------
    PydanticCustomError
        At the alternative's own place.
    """
    for name, alternative in alternatives.items():
        for own, other in alternative.replace.items():
            here = ("sensitivity", name, "replace", own)
            if own not in paying or isinstance(figures[own], DerivedFigure):
                kind = "derived" if own in paying else "no figure that the payment depends on"
                raise fault(f"is {kind}; replace a figure that is estimated, measured or attested and pays.", *here)
            if other in paying:
                raise fault(f"must be a figure that never pays; got {other}, on which the payment depends.", *here)
            mine, its = figures[own], figures[other]
            if (mine.unit, mine.digits) != (its.unit, its.digits):
                raise fault(
                    f"must have the unit and digits of {own}, {mine.unit} and {mine.digits}; {other} has {its.unit} "
                    f"and {its.digits}.",
                    *here,
                )
