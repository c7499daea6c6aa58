"""Totals of the data held against an independent source; where they part, what rests on the data is referred."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from effekt._text import Text, format_number, format_percent
from effekt.contracts.figures import (
    AttestedFigure,
    DerivedFigure,
    Figure,
    FigureState,
    FigureTerm,
    MeasureFigure,
)
from effekt.contracts.paying import analysis_of, paying
from effekt.contracts.schema import DecimalText, FigureId, Items, Term, fault

if TYPE_CHECKING:
    from effekt.contracts.model import ContractTerms


class Reconciliation(Term):
    """A total of the data, that of an independent source, how far they may part, and which figures rest on the data."""

    total: FigureId
    against: FigureId
    within: DecimalText
    figures: Annotated[Items[FigureId], Field(min_length=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """One total held against its independent source.

    Attributes
    ----------
    id : str
    total, against : Figure
    within : str
        The largest difference as a share of the independent total.
    difference : Fraction or None
        The total less the independent one; None where either is unknown.
    holds : bool or None
        None where that cannot be told.
    """

    id: str
    total: Figure
    against: Figure
    within: str
    difference: Fraction | None
    holds: bool | None


def check_reconciliations(reconciliations: Mapping[str, Reconciliation], figures: Mapping[str, FigureTerm]) -> None:
    """Refuse totals that no data give, sources that are not independent, and figures that nothing can be referred of.

    Parameters
    ----------
    reconciliations : mapping of str to Reconciliation
    figures : mapping of figure to term

    Raises
    ------
    PydanticCustomError
        At the reconciliation's own place.
    """
    for id, one in reconciliations.items():
        at = ("reconciliations", id)
        if not isinstance(figures[one.total], MeasureFigure):
            raise fault(f"must be a measure of the data; {one.total} is none.", *at, "total")
        if not isinstance(figures[one.against], AttestedFigure):
            raise fault(
                f"must be attested by a party that has it from an independent source; {one.against} is not.",
                *(*at, "against"),
            )
        if not 0 <= Fraction(one.within) <= 1:
            raise fault(
                f'must be at least 0 and at most 1, such as "0.05" for 5 per cent; got {one.within}.', *at, "within"
            )
        for position, name in enumerate(one.figures):
            if name == one.total:
                raise fault(
                    f"must be another figure than the total; {name} is the total. Give what is paid on a figure of its "
                    "own, by the same analysis.",
                    *(*at, "figures", position),
                )
            if isinstance(figures[name], (AttestedFigure, DerivedFigure)):
                raise fault(
                    f"must be an estimate or a measure that rests on the data; {name} is not. Name what it is computed "
                    "from.",
                    *(*at, "figures", position),
                )


def for_totals_alone(terms: ContractTerms) -> frozenset[str]:
    """Analyses that give totals to be reconciled and nothing that money depends on: no design to be judged.

    Parameters
    ----------
    terms : ContractTerms

    Returns
    -------
    frozenset of str
    """
    totals = {one.total for one in (terms.reconciliations or {}).values()}
    paid = paying(terms.payment, terms.figures)
    used: dict[str, list[str]] = {}
    for id, term in terms.figures.items():
        analysis = analysis_of(term)
        if analysis is not None:
            used.setdefault(analysis, []).append(id)
    return frozenset(id for id, names in used.items() if totals.issuperset(names) and not set(names).intersection(paid))


def without_design(terms: ContractTerms) -> frozenset[str]:
    """Analyses that are no design to be judged: totals to be reconciled, and counts that decide which figure counts.

    Parameters
    ----------
    terms : ContractTerms

    Returns
    -------
    frozenset of str
        Those of `for_totals_alone`, and those of which money reads nothing but as `when` of a fallback: whether 17
        clusters took part is no comparison of anybody.
    """
    steps = {id: one.derived.fallback or () for id, one in terms.figures.items() if isinstance(one, DerivedFigure)}
    triggers = {step.when for of_one in steps.values() for step in of_one}
    read = set(paying(terms.payment, {id: _without_triggers(one) for id, one in terms.figures.items()}))
    used: dict[str, set[str]] = {}
    for id, term in terms.figures.items():
        analysis = analysis_of(term)
        if analysis is not None:
            used.setdefault(analysis, set()).add(id)
    deciding = {id for id, names in used.items() if names <= triggers and not names & read}
    return for_totals_alone(terms) | deciding


def _without_triggers(term: FigureTerm) -> FigureTerm:
    """A figure without what decides which one of a fallback it is."""
    if not isinstance(term, DerivedFigure) or term.derived.fallback is None:
        return term
    steps = tuple(step.model_copy(update={"when": None}) for step in term.derived.fallback)
    return term.model_copy(update={"derived": term.derived.model_copy(update={"fallback": steps})})


def reconcile(terms: ContractTerms, figures: Mapping[str, Figure]) -> tuple[Reconciled, ...]:
    """Hold each total of a contract against its independent source.

    Parameters
    ----------
    terms : ContractTerms
    figures : mapping of figure to Figure

    Returns
    -------
    tuple of Reconciled
        In the contract's order. |total − against| ≤ within · |against|, exactly.
    """
    return tuple(_reconcile(id, one, figures) for id, one in (terms.reconciliations or {}).items())


def _reconcile(id: str, one: Reconciliation, figures: Mapping[str, Figure]) -> Reconciled:
    total, against = figures[one.total], figures[one.against]
    if total.value is None or against.value is None:
        return Reconciled(id=id, total=total, against=against, within=one.within, difference=None, holds=None)
    difference = Fraction(total.value) - Fraction(against.value)
    holds = abs(difference) <= Fraction(one.within) * abs(Fraction(against.value))
    return Reconciled(id=id, total=total, against=against, within=one.within, difference=difference, holds=holds)


def without_unreconciled(terms: ContractTerms, figures: Mapping[str, Figure]) -> dict[str, Figure]:
    """The figures, those that rest on data whose totals part referred, and those whose totals are unknown waiting.

    Parameters
    ----------
    terms : ContractTerms
    figures : mapping of figure to Figure

    Returns
    -------
    dict of figure to Figure
        Derived figures are left as they were.
    """
    found = dict(figures)
    for one in reconcile(terms, figures):
        if one.holds:
            continue
        waits = one.holds is None and "referred" not in (one.total.state, one.against.state)
        state: FigureState = "not_yet_determinable" if waits else "referred"
        for name in (terms.reconciliations or {})[one.id].figures:
            if found[name].state == "determined":
                found[name] = replace(found[name], state=state, value=None, reason=_reason(name, one))
    return found


def _reason(name: str, one: Reconciled) -> Text:
    if one.difference is None:
        return Text(
            en=f"{name}: the total {one.total.id} is not yet held against the independent {one.against.id}.",
            sv=f"{name}: summan {one.total.id} är ännu inte avstämd mot den oberoende {one.against.id}.",
        )
    digits = max(one.total.digits, one.against.digits)
    gap = {lang: format_number(one.difference, lang, digits) for lang in ("en", "sv")}
    within = {lang: format_percent(Fraction(one.within), lang, None) for lang in ("en", "sv")}
    return Text(
        en=f"{name}: the total {one.total.id} differs by {gap['en']} from the independent {one.against.id}; at most "
        f"{within['en']} of it is agreed.",
        sv=f"{name}: summan {one.total.id} skiljer sig med {gap['sv']} från den oberoende {one.against.id}; högst "
        f"{within['sv']} av den är avtalat.",
    )
