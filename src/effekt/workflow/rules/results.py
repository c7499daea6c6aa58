"""What a result must be by its contract and by itself: told without data, of what whoever signed could have changed.

What only the data can show is not told here: the numbers themselves, where no exact fraction stands beside them.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from fractions import Fraction
from typing import Any

from effekt._inference import Placebos
from effekt._text import Text
from effekt.certificates.certificate import Certificate
from effekt.certificates.predicate import Pending
from effekt.contracts.model import Analysis
from effekt.estimators import METHODS
from effekt.reports.answers_standing import ledger_closes
from effekt.reports.other_means import WINDOWS
from effekt.result import EffectEstimate, EffectSet, OutcomeMeasure
from effekt.result.effect import View
from effekt.workflow.data.analysis import NESTED
from effekt.workflow.data.other_windows import windowed
from effekt.workflow.findings import Finding, same_or_different

LEDGER = "unit_ledger"


def result_findings(found: Certificate) -> Iterator[Finding]:
    """Of each analysis, that its result is by the method and choices of the contract and does not contradict itself.

    Parameters
    ----------
    found : Certificate

    Yields
    ------
    Finding
        One for each analysis that has a result.
    """
    for id, result in found.results.items():
        analysis = found.contract.model.analysis.get(id)
        if analysis is None or isinstance(result, Pending):
            continue
        wrong = [*_otherwise(id, analysis, result, found), *_contradictions(id, result, found)]
        yield same_or_different(
            f"analysis:{id}",
            not wrong,
            f"Analysis {id} is not as the contract and its own numbers have it: {'; '.join(one.en for one in wrong)}."
            if wrong
            else f"Analysis {id} is by the method and choices of the contract, and does not contradict itself.",
            f"Analysen {id} är inte som avtalet och dess egna tal säger: {'; '.join(one.sv for one in wrong)}."
            if wrong
            else f"Analysen {id} är gjord med avtalets metod och val, och motsäger inte sig själv.",
        )


def _parts(result: object) -> tuple[EffectEstimate | OutcomeMeasure, ...]:
    if isinstance(result, EffectSet):
        return result.effects
    return (result,) if isinstance(result, (EffectEstimate, OutcomeMeasure)) else ()


# --- by the contract ------------------------------------------------------------------------------------------


def _otherwise(id: str, analysis: Analysis, result: object, found: Certificate) -> Iterator[Text]:
    """Where the method, a choice or a check is another than the contract has."""
    terms = found.contract.model
    checks = (WINDOWS,) if id in windowed(terms) else ()
    for part in _parts(result):
        if part.method != analysis.method:
            yield _not("method", part.method, analysis.method)
            return
    for part in _parts(result):
        others = [*_other_choices(analysis, part.arguments, checks, alone=not isinstance(result, EffectSet))]
        yield from others
        if others:
            return
    if isinstance(result, (EffectEstimate, OutcomeMeasure)):
        held = any(check.name == LEDGER for check in result.diagnostics)
        if held != (id in (terms.ledgers or {})):
            yield Text(
                en=f"it has {'a' if held else 'no'} unit ledger, and the contract asks for {'none' if held else 'one'}",
                sv=f"den har {'en' if held else 'ingen'} personredovisning, och avtalet kräver "
                f"{'ingen' if held else 'en'}",
            )


def _other_choices(
    analysis: Analysis, stated: Mapping[str, Any], checks: Sequence[str], *, alone: bool
) -> Iterator[Text]:
    """The arguments that are other than the contract writes them, or than they are where it does not."""
    parameters = inspect.signature(METHODS[analysis.method]).parameters
    written = {name: value for name, value in analysis.arguments.items() if name not in NESTED}
    if checks:
        written["checks"] = [*written.get("checks", ()), *checks]
    inner = {key: value for name in NESTED for key, value in (analysis.arguments.get(name) or {}).items()}
    for name, value in (inner | written).items():
        if name in stated and _plain(stated[name]) != _plain(value):
            yield _not(name, stated[name], value)
        elif name not in stated and name in written and alone and _plain(value) is not None:
            yield Text(en=f"{name} is not stated", sv=f"{name} är inte angivet")
    for name, value in stated.items():
        default = parameters[name].default if name in parameters else value
        if name not in written and name not in inner and _plain(value) != _plain(default):
            yield _not(name, value, default)


def _not(name: str, stated: object, written: object) -> Text:
    one, other = _shown(stated), _shown(written)
    return Text(
        en=f"{name} is stated as {one}, and is {other} by the contract",
        sv=f"{name} är angivet som {one}, och är {other} enligt avtalet",
    )


def _shown(value: object) -> str:
    plain = _plain(value)
    return "none" if plain is None else str(value)


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


# --- by itself ------------------------------------------------------------------------------------------------


def _contradictions(id: str, result: object, found: Certificate) -> Iterator[Text]:
    """Where the numbers of a result say two things."""
    for part in _parts(result):
        if isinstance(part, EffectEstimate):
            yield from _other_means(part)
            if part.view != View():
                yield Text(
                    en="an analysis has the view of the difference, and this one has another",
                    sv="en analys anger skillnaden som den är, och denna anger en annan vy",
                )
        if part.arguments.get("missing") == "raise" and part.sample.n_dropped:
            yield Text(
                en=f"{part.sample.n_dropped} rows are left out as missing, and with missing: raise there can be none",
                sv=f"{part.sample.n_dropped} rader är utelämnade för att värden saknas, och med missing: raise kan "
                "inga vara det",
            )
    checks = result.diagnostics if isinstance(result, (EffectEstimate, OutcomeMeasure)) else ()
    if any(check.name == LEDGER and ledger_closes(id, check, found) is False for check in checks):
        yield Text(
            en="its unit ledger does not close, or has other numbers than were analysed",
            sv="dess personredovisning går inte ihop, eller har andra antal än analysen",
        )


def _other_means(effect: EffectEstimate) -> Iterator[Text]:
    """Where a mean is not the exact fraction beside it."""
    exact = [effect.exact] if effect.exact is not None else []
    if isinstance(effect.inference, Placebos) and effect.inference.exact is not None:
        exact.append(effect.inference.exact)
    for name in ("treated", "counterfactual"):
        mean = getattr(effect.means, name)
        for means in exact:
            if not math.isclose(mean, float(getattr(means, name)), rel_tol=1e-9, abs_tol=1e-300):
                yield Text(
                    en=f"the {name} mean is stated as {mean}, and as the fraction {getattr(means, name)}",
                    sv=f"medelvärdet {name} är angivet som {mean}, och som bråket {getattr(means, name)}",
                )
                return
