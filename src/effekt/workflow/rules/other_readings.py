"""Readings of a trend-adjusted comparison under other adjustments and windows, made again from what stands beside them.

Each follows from the means, the arguments of the call and the check's own table.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from effekt._calendar import parse_window, period_label
from effekt._serialize import encode
from effekt.diagnostics import baseline_choice, placebo_in_time
from effekt.result import Diagnostic, EffectEstimate
from effekt.workflow.findings import TOLERANCE
from effekt.workflow.rules.recorded import NUMBER, Member

Again = Mapping[str, Any] | None


def readings_again(check: Diagnostic, member: Member) -> Again:
    """The reading that pays is the recorded one, its effect that of the means, and the others are numbers.

    Parameters
    ----------
    check : Diagnostic
        `adjustment_readings`.
    member : EffectEstimate or OutcomeMeasure

    Returns
    -------
    mapping of str to value
        What must be otherwise where it is not so.
    """
    corrected = bool(member.arguments.get("level_correction"))
    declared = str(member.arguments.get("adjustment"))
    own = "relative_corrected" if corrected else f"relative_{declared}"
    must: dict[str, Any] = {"paying": "level_correction" if corrected else declared}
    must |= {name: NUMBER for name, value in check.values.items() if value is None and name != "relative_corrected"}
    by_ratio = declared == "ratio" or isinstance(check.values.get("relative_ratio"), (int, float))
    if by_ratio and "relative_none" not in check.values:
        must["relative_none"] = NUMBER  # a reference under a positive counterfactual is positive
    if isinstance(member, EffectEstimate) and member.means.has_ratio:
        must[own] = member.relative().estimate
    if isinstance(member, EffectEstimate) and declared != "none":
        must |= _by_the_others({**check.values, **must}, member)
    return {"status": "information", "values": {**check.values, **must}}


def _by_the_others(values: Mapping[str, Any], effect: EffectEstimate) -> dict[str, float | None]:
    """The reading of a difference, or of a ratio that is not there, which the means and the other readings give.

    Before–after gives the treated mean of the reference window, and with it the ratio that of the comparator, whose
    mean of the evaluation window stands beside the result; the difference gives it too.
    """
    trends = [check.values for check in effect.diagnostics if check.name == "trend_readings"]
    ratio: Any = trends[0].get("relative_ratio_of_means") if trends else values.get("relative_ratio")
    none: Any = values.get("relative_none")
    difference: Any = values.get("relative_difference")
    treated, comparator = effect.means.treated, effect.observed.control
    if comparator is None or treated <= 0 or not _is_number(none):
        return {}
    before = treated / (1 + none)
    if _is_number(ratio):
        terms = (before, comparator, -before * comparator * (1 + ratio) / treated)
        return _of_sum(terms, difference, treated)
    if _is_number(difference) and before * comparator > 0:
        terms = (before, comparator, -treated / (1 + difference))
        reference = math.fsum(terms)
        if reference > TOLERANCE * max(map(abs, terms)):
            return {"relative_ratio": treated * reference / (before * comparator) - 1}
    return {}


def _of_sum(terms: tuple[float, ...], stated: Any, treated: float) -> dict[str, float | None]:
    """The reading of a difference by the terms of its counterfactual; nothing where the one that is stated is it."""
    counterfactual, size = math.fsum(terms), TOLERANCE * max(map(abs, terms))
    if _is_number(stated) and math.isclose(treated / (1 + stated), counterfactual, rel_tol=TOLERANCE, abs_tol=size):
        return {}
    if counterfactual > size:
        return {"relative_difference": treated / counterfactual - 1}
    return {"relative_difference": None} if _is_number(stated) and counterfactual < -size else {}


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def windows_again(check: Diagnostic, member: Member) -> Again:
    """All follows from the changes of the table and that of the result, which in `baseline_choice` is one of them.

    Parameters
    ----------
    check : Diagnostic
        `baseline_choice` or `placebo_in_time`.
    member : EffectEstimate or OutcomeMeasure

    Returns
    -------
    mapping of str to value, or None
        What must be otherwise where it is not so; None where there is no relative change.
    """
    own, rows = _change(member), check.table
    if own is None and not (check.values or rows):
        return None
    changes: list[Any] = list(rows["relative"]) if rows else []
    given: Any = {"relative": changes, "labels": rows.get("window", ()), **_asked(member)}
    if check.name == "placebo_in_time":
        return _with_rest(check, placebo_in_time(declared=_nearest(check.values.get("declared"), own), **given))
    if not rows:
        return {"values": {**check.values, "declared": own}}
    asked = member.arguments
    window = parse_window("reference_window", asked["reference_window"], asked["period"])
    declared = "–".join(dict.fromkeys(period_label(end, window.period) for end in (window.first, window.last)))
    place = rows["window"].index(declared)
    changes[place] = _nearest(changes[place], own)
    treated: Any = {"treated": rows["treated_mean"]} if "treated_mean" in rows else {}
    return _with_rest(check, baseline_choice(declared=declared, **given, **treated))


def _change(member: Member) -> float | None:
    """The relative change that the result tells; None where it has none."""
    told = isinstance(member, EffectEstimate) and member.means.has_ratio
    return member.relative().estimate if told and isinstance(member, EffectEstimate) else None


def _nearest(stated: Any, own: float | None) -> Any:
    """The change as it is stated, or that of the result where it is another."""
    same = own is None or (_is_number(stated) and math.isclose(1 + stated, 1 + own, rel_tol=TOLERANCE))
    return stated if same else own


def _asked(member: Member) -> dict[str, Any]:
    return {"threshold": member.arguments.get("threshold"), "better": member.outcome.better or "lower"}


def _with_rest(check: Diagnostic, again: Diagnostic) -> dict[str, Any]:
    """The check made again; what is said of windows without a change follows its values and its sentence."""
    plain = encode(again)
    said = {
        lang: own if own.startswith(plain["statement"][lang]) else plain["statement"][lang]
        for lang, own in encode(check.statement).items()
    }
    return {**plain, "values": {**check.values, **plain["values"]}, "statement": said}
