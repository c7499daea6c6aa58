"""What a result must be by its contract and by itself, told without data."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, TypeAlias

from effekt._serialize import encode
from effekt.certificates.certificate import Certificate
from effekt.certificates.predicate import Pending
from effekt.contracts.missing import MISSING_CHECK
from effekt.contracts.model import Analysis
from effekt.contracts.thin_data import MINIMUM_CHECK, MinimumN
from effekt.reports.other_means import WINDOWS
from effekt.result import EffectEstimate, EffectSet, OutcomeMeasure
from effekt.result.effect import View
from effekt.workflow.data.ledgers import contradicted
from effekt.workflow.data.other_windows import windowed
from effekt.workflow.findings import TOLERANCE, Finding, same_or_different

Member: TypeAlias = EffectEstimate | OutcomeMeasure
Fault: TypeAlias = tuple[str, Any, Any]  # the place in the result, what is stated there and what it must be


def result_findings(found: Certificate) -> Iterator[Finding]:
    """Each analysis whose result contradicts its contract or itself, with both values.

    Parameters
    ----------
    found : Certificate
    """
    for id, analysis in found.contract.model.analysis.items():
        result = found.results.get(id)
        if result is None or isinstance(result, Pending):
            continue
        checks = (WINDOWS,) if id in windowed(found.contract.model) else ()
        faults = [fault for member in _members(result) for fault in _faults(member, analysis, checks)]
        faults += _ledger_faults(id, result, found)
        if faults:
            each = dict.fromkeys(f"{place} {_told(one)} / {_told(other)}" for place, one, other in faults)
            told = "; ".join(each)
            yield same_or_different(
                f"analysis:{id}",
                False,
                f"The result of {id} is not what its contract and its own numbers say (stated / must be): {told}.",
                f"Resultatet av {id} är inte det som avtalet och dess egna tal säger (angivet / ska vara): {told}.",
            )


def _members(result: Any) -> tuple[Member, ...]:
    return result.effects if isinstance(result, EffectSet) else (result,)


def _faults(member: Member, analysis: Analysis, checks: Sequence[str]) -> Iterator[Fault]:
    """The method and its choices, the checks that the contract's own rules add, the view and the exact means."""
    if member.method != analysis.method:
        yield "method", member.method, analysis.method
    else:
        yield from _other_choices(member.arguments, analysis.arguments)
    if member.arguments.get("missing") == "raise" and member.sample.n_dropped:
        yield "sample.n_dropped", member.sample.n_dropped, 0
    asked = {*checks}
    asked |= {MINIMUM_CHECK} if isinstance(analysis.minimum_n, MinimumN) else set()
    asked |= set() if analysis.most_missing is None else {MISSING_CHECK}
    for name in sorted(asked - {check.name for check in member.diagnostics}):
        yield "diagnostics", None, name
    if isinstance(member, EffectEstimate):
        yield from _contradictions(member)


def _contradictions(effect: EffectEstimate) -> Iterator[Fault]:
    """A view that no method gives, and means that are not the fractions beside them."""
    for name in ("name", "contrast", "slope", "offset"):
        if getattr(effect.view, name) != getattr(View(), name):
            yield f"view.{name}", getattr(effect.view, name), getattr(View(), name)
    for name in ("treated", "counterfactual") if effect.exact is not None else ():
        stated, exact = getattr(effect.means, name), float(getattr(effect.exact, name))
        if not math.isclose(stated, exact, rel_tol=TOLERANCE, abs_tol=1e-300):
            yield f"means.{name}", stated, exact


def _other_choices(stated: Mapping[str, Any], written: Mapping[str, Any]) -> Iterator[Fault]:
    """Words and numbers that the contract writes and the result has otherwise."""
    for name, value in written.items():
        if name in stated and isinstance(value, (str, bool, int)) and not _is_same(encode(stated[name]), value):
            yield f"arguments.{name}", encode(stated[name]), value


def _is_same(stated: Any, written: str | bool | int) -> bool:
    """Whether a recorded choice is the written one: text may stand for a number, none for what the others decide."""
    if stated is None or isinstance(stated, (dict, list)) or written in ("none", stated):
        return True
    try:
        return Fraction(str(stated)) == Fraction(str(written))
    except (ValueError, ZeroDivisionError):
        return False


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


def _told(value: Any) -> str:
    return "–" if value is None or value == () else str(value)
