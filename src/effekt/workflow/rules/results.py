"""What a result must be by its contract and by itself, told without data."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from effekt._calendar import parse_period, parse_window
from effekt._serialize import encode
from effekt.certificates.certificate import Certificate, minimum_of
from effekt.certificates.predicate import Pending
from effekt.contracts.agreed_limits import LIMIT_CHECK, as_stated, limits_of, records
from effekt.contracts.figures import EstimateFigure
from effekt.contracts.missing import MISSING_CHECK, with_missing
from effekt.contracts.model import Analysis
from effekt.contracts.not_delivered import waiting
from effekt.contracts.thin_data import MINIMUM_CHECK, QUANTITY_CHECK, SAMPLE, MinimumN, with_minimum
from effekt.estimators import METHODS
from effekt.exceptions import EffektError
from effekt.result import EffectSet
from effekt.workflow.data.analysis import call_of, without_periods
from effekt.workflow.data.ledgers import contradicted
from effekt.workflow.findings import Finding, made_by_earlier_version, refused, same_or_different
from effekt.workflow.rules.checks_again import check_faults
from effekt.workflow.rules.checks_given import given_faults
from effekt.workflow.rules.follows import own_faults, set_faults
from effekt.workflow.rules.hidden_counts import hidden_faults, unhidden_faults
from effekt.workflow.rules.matched import left_out_by_match
from effekt.workflow.rules.numbers_there import lacking_faults, may_hide
from effekt.workflow.rules.recorded import NUMBER, Fault, Member, call_faults, parted, told_faults

MANY = 10**6  # how many there are of them is held by agreed_faults


def result_findings(found: Certificate) -> Iterator[Finding]:
    """Each analysis whose result contradicts its contract or itself, with both values; each that has none.

    Parameters
    ----------
    found : Certificate
    """
    yield from _lacking(found)
    for id in found.contract.model.analysis:
        result = found.results.get(id)
        if result is None:
            continue
        try:
            faults = list(_faults(id, result, found))
        except (EffektError, ArithmeticError, TypeError, ValueError) as error:  # numbers that no result has
            yield refused(
                f"analysis:{id}",
                error,
                "The result cannot be held against its contract",
                "Resultatet kan inte ställas mot avtalet",
            )
            continue
        known = {place for place, _, other in faults if other != NUMBER}
        faults = [fault for fault in faults if fault[2] != NUMBER or fault[0] not in known]
        if made_by_earlier_version(found):  # whose sentences this one may word otherwise
            faults = [fault for fault in faults if not _of_words(fault[0])]
        if faults:
            told = told_faults(faults)
            yield same_or_different(
                f"analysis:{id}",
                False,
                f"The result of {id} is not what its contract and its own numbers say (stated / must be): {told}.",
                f"Resultatet av {id} är inte det som avtalet och dess egna tal säger (angivet / ska vara): {told}.",
            )


def _of_words(place: str) -> bool:
    return ".statement." in place or place.startswith("pending.reason.")


def _lacking(found: Certificate) -> Iterator[Finding]:
    """The analyses of the contract without a result; one with a result of no analysis cannot be read."""
    for id in (id for id in found.contract.model.analysis if id not in found.results):
        yield same_or_different(
            f"analysis:{id}",
            False,
            f"The certificate has no result of {id}, which is an analysis of its contract.",
            f"Intyget saknar resultat av {id}, som är en analys i dess avtal.",
        )


def _faults(id: str, result: Any, found: Certificate) -> Iterator[Fault]:
    """By the contract's call, by the checks that the contract asks for, and by the result itself."""
    if isinstance(result, Pending):
        yield from _waiting_faults(id, result, found)
        return
    analysis = found.contract.model.analysis[id]
    for member in _members(result):
        if member.method == analysis.method:
            yield from call_faults(member.arguments, found.contract, id)
        else:
            yield "method", member.method, analysis.method
        yield from _limit_faults(member, analysis, minimum_of(found.contract))
        yield from agreed_faults(member, analysis, minimum_of(found.contract))
        yield from own_faults(member)
    if isinstance(result, EffectSet):
        yield from set_faults(result, analysis)
        yield from check_faults(result)
        yield from agreed_faults(result, analysis, minimum_of(found.contract))
    yield from left_out_faults(result)
    minimum = minimum_of(found.contract)
    yield from hidden_faults(result, minimum)
    if not made_by_earlier_version(found):  # which may have hidden less
        yield from unhidden_faults(result, minimum)
    yield from lacking_faults(result, minimum)
    yield from given_faults(result, analysis.method, call_of(found.contract, id), _declared(id, found))
    yield from _ledger_faults(id, result, found)


def _waiting_faults(id: str, stated: Pending, found: Certificate) -> Iterator[Fault]:
    """What waits for no table that is declared not delivered waits for periods of its call, and says which."""
    if id in waiting(found.contract.model, found.not_delivered):
        return  # held against the declaration
    if stated.missing and _are_of_call(stated.missing, call_of(found.contract, id)):
        periods = sorted(set(stated.missing))
        yield from parted("pending", encode(stated), encode(without_periods(id, periods)))
    else:
        yield "pending", stated.reason.en, None


def _are_of_call(periods: Sequence[str], call: Mapping[str, Any]) -> bool:
    """Whether periods lie in the windows of a call; of one with a first treated period alone, whether they are any."""
    if "reference_window" in call:
        windows = [parse_window(name, call[name], call["period"]) for name in ("reference_window", "evaluation_window")]
        return {*periods} <= {period for window in windows for period in window.missing(())}
    numbers = [parse_period(one, call["period"]) for one in periods] if "first_treated" in call else [None]
    return None not in numbers


def _declared(id: str, found: Certificate) -> Mapping[str, int]:
    """The checks that the contract's own terms add to a result of an analysis, each with how often it can be there."""
    terms = found.contract.model
    taking = [term for term in terms.figures.values() if isinstance(term, EstimateFigure) and term.estimate == id]
    return {
        MINIMUM_CHECK: int(isinstance(terms.analysis[id].minimum_n, MinimumN)),
        MISSING_CHECK: int(terms.analysis[id].most_missing is not None),
        QUANTITY_CHECK: sum(term.payment_quantity is not None for term in taking),
        LIMIT_CHECK: MANY if limits_of(terms.analysis[id].required_checks) else 0,
        "unit_ledger": int(id in (terms.ledgers or {})),
    }


def _members(result: Any) -> tuple[Member, ...]:
    if not isinstance(result, EffectSet):
        return (result,)
    return result.effects if result.overall is None else (*result.effects, result.overall)


def left_out_faults(result: Any) -> Iterator[Fault]:
    """Rows left out where the call takes none without a value, but for those that the match of it left out.

    Parameters
    ----------
    result : EffectEstimate, EffectSet or OutcomeMeasure

    Yields
    ------
    place, stated, must be
    """
    if any(note.code == "always_treated" for note in result.notes):
        return
    for member in _members(result):
        n, by_match = member.sample.n_dropped, left_out_by_match(member)
        takes_none = member.arguments.get("missing") == "raise" or not _may_drop(member.method)
        if takes_none and None not in (n, by_match) and n != by_match:
            yield "sample.n_dropped", n, by_match


def _may_drop(method: str) -> bool:
    """Whether a method has an argument for rows without a value; one that has none refuses these."""
    return method not in METHODS or "missing" in inspect.signature(METHODS[method]).parameters


def _limit_faults(member: Member, analysis: Analysis, minimum: int) -> Iterator[Fault]:
    """The checks of the fewest units and the most missing, made again where the counts they rest on are not hidden.

    Where none is hidden, one that is not there is not enough.
    """
    bare, counts = replace(member, diagnostics=()), member.sample
    asked: dict[str, tuple[Any, Any, list[int | None]]] = {}
    if isinstance(analysis.minimum_n, MinimumN):
        needed = [getattr(counts, SAMPLE[name]) for name in analysis.minimum_n.least]
        asked[MINIMUM_CHECK] = with_minimum, analysis.minimum_n, needed
    if analysis.most_missing is not None:
        asked[MISSING_CHECK] = with_missing, analysis.most_missing, [counts.n_obs, counts.n_dropped]
    stated = {check.name: check for check in member.diagnostics}
    for name, (make, limit, needed) in asked.items():
        if name not in stated:
            yield "diagnostics", None, name
        elif None not in needed or (minimum == 0 and name == MINIMUM_CHECK):
            (again,) = make(bare, limit).diagnostics
            yield from parted(f"diagnostics.{name}", encode(stated[name]), encode(again))


def agreed_faults(result: Any, analysis: Analysis, minimum: int) -> Iterator[Fault]:
    """What is recorded of the contract's own limits, made again from the numbers of the checks that they are of.

    Of a number that is hidden the verdict stands as it is stated.

    Parameters
    ----------
    result : EffectEstimate, EffectSet or OutcomeMeasure
    analysis : Analysis
    minimum : int
        The smallest count that is shown; 0 shows all.

    Yields
    ------
    place, stated, must be
    """
    limits = limits_of(analysis.required_checks)
    stated = [check for check in result.diagnostics if check.name == LIMIT_CHECK]
    of = [check for name in limits for check in result.diagnostics if check.name == name]
    again = list(records(result.diagnostics, limits))
    if len(stated) != len(again):
        yield f"diagnostics.{LIMIT_CHECK}", len(stated), len(again)
        return
    for one, other, check in zip(stated, again, of, strict=True):
        number = str(other.values["number"])
        if other.values["value"] is None and one.values.get("value") is None and may_hide(check, number, minimum):
            other = as_stated(other, limits[check.name], one.values.get("verdict"))
        yield from parted(f"diagnostics.{LIMIT_CHECK}", encode(one), encode(other))


def _ledger_faults(id: str, result: Any, found: Certificate) -> Iterator[Fault]:
    """The ledger that the contract asks for, and that as many were analysed by it as by the sample."""
    if id not in (found.contract.model.ledgers or {}):
        return
    ledgers = [check for check in result.diagnostics if check.name == "unit_ledger"]
    if not ledgers:
        yield "diagnostics", None, "unit_ledger"
    for ledger in ledgers:
        for where, told, used in contradicted(ledger, result.sample):
            yield f"sample{where}", used, told
