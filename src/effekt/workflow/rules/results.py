"""What a result must be by its contract and by itself, told without data."""

from __future__ import annotations

import inspect
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from fractions import Fraction
from typing import Any, TypeAlias

from effekt._serialize import encode
from effekt.certificates.certificate import Certificate
from effekt.certificates.predicate import Pending
from effekt.contracts.missing import MISSING_CHECK
from effekt.contracts.model import Analysis
from effekt.contracts.thin_data import MINIMUM_CHECK, MinimumN
from effekt.estimators import METHODS
from effekt.reports.other_means import WINDOWS
from effekt.result import EffectEstimate, EffectSet, OutcomeMeasure
from effekt.result.effect import View
from effekt.workflow.data.analysis import NESTED
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
        alone = not isinstance(result, EffectSet)
        faults = [fault for member in _members(result) for fault in _faults(member, analysis, checks, alone=alone)]
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


def _faults(member: Member, analysis: Analysis, checks: Sequence[str], *, alone: bool) -> Iterator[Fault]:
    """The method and its choices, the checks that the contract's own rules add, the view and the exact means."""
    if member.method != analysis.method:
        yield "method", member.method, analysis.method
    else:
        yield from _other_choices(analysis, member.arguments, checks, alone=alone)
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


def _other_choices(
    analysis: Analysis, stated: Mapping[str, Any], checks: Sequence[str], *, alone: bool
) -> Iterator[Fault]:
    """The arguments that are other than the contract writes them, or than they are where it does not."""
    parameters = inspect.signature(METHODS[analysis.method]).parameters
    written = {name: value for name, value in analysis.arguments.items() if name not in NESTED}
    if checks:
        written["checks"] = [*written.get("checks", ()), *checks]
    inner = {key: value for name in NESTED for key, value in (analysis.arguments.get(name) or {}).items()}
    for name, value in (inner | written).items():
        absent = name not in stated
        if (absent and alone and name in written and _plain(value) is not None) or (
            not absent and _plain(encode(stated[name])) != _plain(value)
        ):
            yield f"arguments.{name}", None if absent else encode(stated[name]), value
    for name, value in stated.items():
        default = parameters[name].default if name in parameters else value
        if name not in written and name not in inner and _plain(encode(value)) != _plain(default):
            yield f"arguments.{name}", encode(value), None if default is inspect.Parameter.empty else default


def _plain(value: object) -> object:
    """A value as a contract or a result may write it, in one form: a number as text, a list of one, or nothing."""
    if isinstance(value, Mapping):
        return {key: plain for key, one in value.items() if (plain := _plain(one)) is not None} or None
    if isinstance(value, (list, tuple)):
        each = [_plain(one) for one in value]
        return each[0] if len(each) == 1 else each or None
    if isinstance(value, bool):
        return str(value).lower()
    if value is None or value is inspect.Parameter.empty or value in ("none", ""):
        return None
    with suppress(ValueError, ZeroDivisionError):
        return Fraction(str(value))
    return str(value)


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
