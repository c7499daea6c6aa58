"""What a comparison says of whom it compares, held against itself: the matched, tie orders and missing outcomes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from effekt.estimators.matching.methods import METHODS as MATCHING
from effekt.result import Diagnostic, EffectEstimate, EffectSet
from effekt.workflow.findings import TOLERANCE
from effekt.workflow.rules.recorded import Fault, Member

NOTED, UNTOLD = "missing_outcomes", "no_worst_case"
"""Notes: that outcomes of those who were compared are missing, and that no bounds of the worst case are given."""
ATTRITION, WORST = "differential_attrition", "manski_bounds"
SAYING = ("matched_comparison", "doubly_robust")
"""The methods that say in a note whether outcomes are missing."""


def matched_faults(effect: EffectEstimate) -> Iterator[Fault]:
    """Counts of a match that contradict each other or the sample, orders of ties, and missing outcomes without checks.

    Parameters
    ----------
    effect : EffectEstimate

    Yields
    ------
    place, stated, must be
    """
    checks = {check.name: check for check in effect.diagnostics}
    notes, fewer = {note.code for note in effect.notes}, False
    yield from _dropped(checks, effect)
    if "matched_sample" in checks and effect.method == "matched_comparison":
        of, numbers = checks["matched_sample"], _Numbers(checks["matched_sample"])
        yield from _counts(numbers, effect)
        yield from _sets(of, numbers, effect)
        fewer = any(n < most for n, most, _ in _compared(numbers, effect))
        if "tie_orders" in checks:
            ties = _Numbers(checks["tie_orders"])
            yield from _orders(ties, checks["tie_orders"].status, effect)
            if numbers["by_order"] and ties["count"] == 0 and NOTED not in notes:
                yield "diagnostics.tie_orders.values.count", 0, "> 0"
    if effect.method in SAYING and effect.arguments.get("subgroup") is None:
        yield from _lost(notes, {*checks}, fewer=fewer)


def left_out_by_match(member: Member) -> int | None:
    """How many rows the match of a result left out for a missing value; none where it has no match, or raises.

    Parameters
    ----------
    member : EffectEstimate or OutcomeMeasure

    Returns
    -------
    int or None
        None where the match does not say, since its counts are hidden.
    """
    match = member.arguments.get("match")
    if not isinstance(match, Mapping) or match.get("missing", "raise") != "drop":
        return 0
    told = [check for check in member.diagnostics if check.name == "matched_sample"]
    return _Numbers(told[0])["dropped"] if told else None


def subgroup_faults(effects: EffectSet) -> Iterator[Fault]:
    """Missing outcomes without checks, where these stand in the set of a doubly robust comparison by subgroup.

    Parameters
    ----------
    effects : EffectSet

    Yields
    ------
    place, stated, must be
    """
    if effects.effects[0].method in SAYING:
        members = [note.code for one in effects.effects for note in one.notes]
        notes = {*members, *(note.code for note in effects.notes)}
        yield from _lost(notes, {check.name for check in effects.diagnostics}, fewer=False)


class _Numbers:
    """The numbers of a check; None for what is hidden, words or not there."""

    def __init__(self, check: Diagnostic) -> None:
        self._values = check.values

    def __getitem__(self, name: str) -> Any:
        value = self._values.get(name)
        return value if isinstance(value, (int, float)) else None


def _counts(of: _Numbers, effect: EffectEstimate) -> Iterator[Fault]:
    """Who is treated has a match or none, and no more are compared than have one, or are used as controls."""
    place = "diagnostics.matched_sample.values"
    treated, matched, unmatched = of["treated"], of["matched"], of["unmatched"]
    if None not in (treated, matched, unmatched) and treated != matched + unmatched:
        yield f"{place}.treated", treated, matched + unmatched
    dropped, most = of["dropped"], left_out_by_match(effect)
    if None not in (dropped, most) and dropped > (most or 0):
        yield f"{place}.dropped", dropped, most
    controls, used = of["controls"], of["controls_used"]
    if None not in (controls, used) and controls < used:
        yield f"{place}.controls", controls, f"≥ {used}"
    for n, most, name in _compared(of, effect):
        if n > most:
            yield f"sample.{name}", n, f"≤ {most}"


def _dropped(checks: Mapping[str, Diagnostic], effect: EffectEstimate) -> Iterator[Fault]:
    """As many rows were left out as have no outcome, and as the match left out; weights may say how many a row is."""
    n, weighted = effect.sample.n_dropped, effect.arguments.get("weights") is not None
    lost = _Numbers(checks[ATTRITION]) if ATTRITION in checks and not weighted else None
    gone = [] if lost is None else [lost["n_missing_treated"], lost["n_missing_control"]]
    least = [] if None in gone else [sum(gone)]
    if "matched_sample" in checks:
        least.append(_Numbers(checks["matched_sample"])["dropped"] or 0)
    if n is not None and n < max(least, default=0):
        yield "sample.n_dropped", n, f"≥ {max(least)}"


def _compared(of: _Numbers, effect: EffectEstimate) -> Iterator[tuple[int, int, str]]:
    """How many of an arm are compared, how many can be, and where that stands; a weight of controls may be 0."""
    arms = {"n_treated": of["matched"], "n_control": of["controls_used"]}
    for name, most in arms.items():
        n = getattr(effect.sample, name)
        if None not in (n, most) and (name == "n_treated" or not _weighs(effect)):
            yield n, most, name


def _weighs(effect: EffectEstimate) -> bool:
    how = MATCHING.get(str(_match(effect).get("method", "nearest")))
    return how is None or how.weighs


def _match(effect: EffectEstimate) -> Mapping[str, Any]:
    match = effect.arguments.get("match")
    return match if isinstance(match, Mapping) else {}


def _sets(check: Diagnostic, of: _Numbers, effect: EffectEstimate) -> Iterator[Fault]:
    """Sizes of sets add to how many there are, and of an effect on the treated to how many have a match."""
    treated_alone = _match(effect).get("estimand", "ATT") == "ATT"
    if treated_alone and of["unmatched"] is not None:
        status = "warning" if of["unmatched"] or of["short"] else "ok"
        if check.status != status:
            yield "diagnostics.matched_sample.status", check.status, status
    times = check.table.get("sets", ())
    if not times or not all(isinstance(n, int) for n in times):
        return
    whole: list[Any] = list(times)
    if of["sets"] is not None and of["sets"] != sum(whole):
        yield "diagnostics.matched_sample.values.sets", of["sets"], sum(whole)
    treated: list[Any] = list(check.table.get("treated", ()))
    if not treated_alone or len(treated) != len(whole) or None in treated:
        return
    matched = sum(n * sets for n, sets in zip(treated, whole, strict=True))
    if of["matched"] is not None and of["matched"] != matched:
        yield "diagnostics.matched_sample.table.sets", matched, of["matched"]


def _orders(of: _Numbers, status: str, effect: EffectEstimate) -> Iterator[Fault]:
    """The effect is that of one order; where there is no other none moves it, and a warning says that one does.

    An adjustment for the bias of unlike neighbours is of no order, and moves the effect alone.
    """
    place, least, most, count = "diagnostics.tie_orders.values", of["min"], of["max"], of["count"]
    if None in (least, most):
        return
    declared = effect.means.value("difference")
    near = TOLERANCE * max(abs(effect.means.treated), abs(effect.means.counterfactual))
    adjusted = bool(effect.arguments.get("bias_adjustment"))
    if not (adjusted or least <= declared + near):
        yield f"{place}.min", least, declared
    if not (adjusted or declared - near <= most):
        yield f"{place}.max", most, declared
    if count == 0 and least != most:
        yield f"{place}.max", most, least
    moved = [of[f"min{end}"] != of[f"max{end}"] for end in ("", "_conf_low", "_conf_high")]
    if (moved[0] and status != "warning") or (status != "ok" and not any(moved)):
        yield "diagnostics.tie_orders.status", status, "warning" if moved[0] else "ok"


def _lost(notes: set[str], checks: set[str], *, fewer: bool) -> Iterator[Fault]:
    """Where outcomes are missing a note says so, and there are a test of it and bounds, or a note that has none."""
    if not (fewer or NOTED in notes or {ATTRITION, WORST} & checks):
        return
    if NOTED not in notes:
        yield "notes", None, NOTED
    if ATTRITION not in checks:
        yield "diagnostics", None, ATTRITION
    if WORST not in checks and UNTOLD not in notes:
        yield "diagnostics", None, WORST
