"""What a comparison says of whom it compares, held against itself: the matched, tie orders and missing outcomes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from effekt.estimators.matching.methods import METHODS as MATCHING
from effekt.estimators.matching.methods import NEUTRAL
from effekt.result import Diagnostic, EffectEstimate, EffectSet
from effekt.workflow.findings import TOLERANCE
from effekt.workflow.rules.recorded import Fault, Member

NOTED, UNTOLD = "missing_outcomes", "no_worst_case"
"""Notes: that outcomes of those who were compared are missing, and that no bounds of the worst case are given."""
ATTRITION, WORST = "differential_attrition", "manski_bounds"
SAYING = ("matched_comparison", "doubly_robust")
"""The methods that say in a note whether outcomes are missing."""
ARMS = {"treated": "matched", "controls": "controls_used"}
"""How many of an arm are compared, by its name and that of the column of how many of it a set has."""


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
        yield from _status(of, numbers, effect)
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


def rows_of_match(member: Member) -> int:
    """The fewest rows that a table has of which a result made its match, by the counts of it that are not hidden.

    No row is at once compared, dropped and discarded.

    Parameters
    ----------
    member : EffectEstimate or OutcomeMeasure

    Returns
    -------
    int
        0 where it has no match.
    """
    told = [check for check in member.diagnostics if check.name == "matched_sample"]
    if not told:
        return 0
    of, sample = _Numbers(told[0]), member.sample
    compared = sum(of[name] or 0 for name in ("matched", "controls_used", "dropped", "discarded"))
    with_outcome = (sample.n_obs or 0) + (sample.n_dropped or 0)
    return max(compared, (of["treated"] or 0) + (of["controls"] or 0), with_outcome)


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
    for name, most in _most(of, effect).items():
        if None not in (of[name], most) and of[name] > most:
            yield f"{place}.{name}", of[name], f"≤ {most}"
    for n, most, name in _compared(of, effect):
        if n > most:
            yield f"sample.{name}", n, f"≤ {most}"


def _most(of: _Numbers, effect: EffectEstimate) -> dict[str, Any]:
    """The most that some counts can be; who is discarded is of an arm, and not compared."""
    cohort, compared = ([of[name] for name in names] for names in (ARMS.keys(), ARMS.values()))
    left_out = None if None in (*cohort, *compared) else sum(cohort) - sum(compared)
    discards = _match(effect).get("discard") is not None
    return {"discarded": left_out if discards else 0, "by_order": of["pairs"], "short": of["sets"]}


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


def _status(check: Diagnostic, of: _Numbers, effect: EffectEstimate) -> Iterator[Fault]:
    """Of an effect on the treated it warns where some of them have no match, or too small a one."""
    if _match(effect).get("estimand", "ATT") != "ATT" or of["unmatched"] is None:
        return
    status = "warning" if of["unmatched"] or of["short"] else "ok"
    if check.status != status:
        yield "diagnostics.matched_sample.status", check.status, status


def _sets(check: Diagnostic, of: _Numbers, effect: EffectEstimate) -> Iterator[Fault]:
    """Sizes of sets add to how many there are, to who is compared where sets share none of an arm, and to the pairs."""
    place, match, times = "diagnostics.matched_sample", _match(effect), _whole(check, "sets")
    if not times:
        return
    if of["sets"] not in (None, sum(times)):
        yield f"{place}.values.sets", of["sets"], sum(times)
    sizes = {arm: each for arm in ARMS if len(each := _whole(check, arm)) == len(times)}
    for arm, each in sizes.items():
        n, compared = sum(map(math.prod, zip(each, times, strict=True))), of[ARMS[arm]]
        if arm in _apart(match) and compared not in (None, n):
            yield f"{place}.table.sets", n, compared
    how = MATCHING.get(str(match.get("method", "nearest")))
    if len(sizes) == len(ARMS) and how is not None:
        pairs = sum(map(math.prod, zip(*sizes.values(), times, strict=True))) if how.needs_distance else 0
        if of["pairs"] not in (None, pairs):
            yield f"{place}.values.pairs", of["pairs"], pairs


def _apart(match: Mapping[str, Any]) -> set[str]:
    """The arms whose units are in one set each: where controls serve again, whoever they serve."""
    if not match.get("replace"):
        return {*ARMS}
    return {"ATT": {"treated"}, "ATC": {"controls"}}.get(str(match.get("estimand", "ATT")), set())


def _whole(check: Diagnostic, name: str) -> list[Any]:
    """A column of whole numbers; empty where one is hidden."""
    column = list(check.table.get(name, ()))
    return column if all(isinstance(n, int) for n in column) else []


def _orders(of: _Numbers, status: str, effect: EffectEstimate) -> Iterator[Fault]:
    """The effect is that of one order; where there is no other none moves it, and a warning says that one does.

    An adjustment for the bias of unlike neighbours is of no order, and moves the effect alone.
    """
    place, least, most, count = "diagnostics.tie_orders.values", of["min"], of["max"], of["count"]
    tried = _match(effect).get("tie_orders", NEUTRAL["tie_orders"])
    if count is not None and isinstance(tried, int) and count > tried:
        yield f"{place}.count", count, f"≤ {tried}"
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
