"""What checks of balance, overlap and weights say of how many are compared, held against each other and the sample."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from effekt.result import Diagnostic, EffectEstimate, EffectSet
from effekt.workflow.findings import TOLERANCE
from effekt.workflow.rules.matched import NOTED, left_out_by_match
from effekt.workflow.rules.recorded import Fault, Member

ARMS = {"treated": "n_treated", "controls": "n_control"}
"""What checks call each arm, and what the sample does."""
USED = {"treated": "matched", "controls": "controls_used"}
"""How many of an arm have a weight, by a match."""
OVERLAP = ("propensity_overlap", "set_overlap")


def compared_faults(result: Member | EffectSet) -> Iterator[Fault]:
    """Effective sizes beyond their counts, and counts that the checks of one comparison do not share.

    Parameters
    ----------
    result : EffectEstimate, EffectSet or OutcomeMeasure

    Yields
    ------
    place, stated, must be
    """
    checks = {check.name: check for check in result.diagnostics}
    if "covariate_balance" not in checks:
        return
    of = _sizes(checks["covariate_balance"])
    for arm in ARMS:
        before, after = of[f"n_{arm}"], of[f"effective_{arm}"]
        if None not in (before, after) and not 1 - TOLERANCE <= after <= before * (1 + TOLERANCE):
            yield f"diagnostics.covariate_balance.values.effective_{arm}_after", after, f"1–{before:g}"
    for name in ("weight_spread", *OVERLAP):
        stated: Mapping[str, Any] = checks[name].values if name in checks else {}
        for key, must in of.items():
            yield from _unlike(f"diagnostics.{name}.values.{key}", stated.get(key), must)
    if isinstance(result, EffectEstimate):
        yield from _of_effect(of, checks, result)


def _sizes(balance: Diagnostic) -> dict[str, Any]:
    """How many rows each arm has, what they are worth, and that of both; None where a number is hidden."""
    values: Mapping[str, Any] = balance.values
    rows, worth = ([values.get(f"effective_{arm}_{when}") for arm in ARMS] for when in ("before", "after"))
    of: dict[str, Any] = {f"n_{arm}": n for arm, n in zip(ARMS, rows, strict=True)}
    of |= {f"effective_{arm}": n for arm, n in zip(ARMS, worth, strict=True)}
    of["n_units"] = None if None in rows else sum(n for n in rows if n is not None)
    of["effective_others"] = None if None in worth else min(n for n in worth if n is not None)
    return of


def _of_effect(of: Mapping[str, Any], checks: Mapping[str, Diagnostic], effect: EffectEstimate) -> Iterator[Fault]:
    """As many rows as were matched from, less those that lack a value; without a match, as the sample has."""
    if effect.method == "doubly_robust":
        for arm, name in ARMS.items():
            yield from _unlike(f"sample.{name}", getattr(effect.sample, name), of[f"n_{arm}"])
    if "matched_sample" not in checks:
        return
    match: Mapping[str, Any] = checks["matched_sample"].values
    whole = NOTED not in {note.code for note in effect.notes}
    place = "diagnostics.covariate_balance.values"
    for arm, used in USED.items():
        yield from _beyond(f"{place}.effective_{arm}_before", of[f"n_{arm}"], match.get(arm))
        yield from _beyond(f"{place}.effective_{arm}_after", of[f"effective_{arm}"], match.get(used))
    dropped = left_out_by_match(effect)
    if whole and dropped is not None:
        yield from _lacking(of, match, dropped)
    for name in OVERLAP if whole else ():
        yield from _of_each(name, checks[name].values if name in checks else {}, match)


def _lacking(of: Mapping[str, Any], match: Mapping[str, Any], dropped: int) -> Iterator[Fault]:
    """No more rows lack than the match dropped, some of which may be of no arm, and none that is compared."""
    place = "diagnostics.covariate_balance.values.effective_{}_before"
    gone = {arm: match[arm] - of[f"n_{arm}"] for arm in ARMS if None not in (match.get(arm), of[f"n_{arm}"])}
    most = dropped - (min(gone.values()) if len(gone) == len(ARMS) else 0)
    for arm, n in gone.items():
        least = max(match[arm] - most, match.get(USED[arm]) or 0)
        if match[arm] - n < least:
            yield place.format(arm), of[f"n_{arm}"], f"≥ {least:g}"


def _of_each(name: str, values: Mapping[str, Any], match: Mapping[str, Any]) -> Iterator[Fault]:
    """What the other arm is worth, for each unit whose effect is sought; everybody's is the lesser of two."""
    for each, arm, count in (("treated", "controls", "matched"), ("control", "treated", "controls_used")):
        worth, n = values.get(f"effective_{arm}"), match.get(count)
        key = f"effective_per_{each}"
        if worth is not None and n:
            yield from _unlike(f"diagnostics.{name}.values.{key}", values.get(key), worth / n)


def _beyond(place: str, stated: Any, most: Any) -> Iterator[Fault]:
    if None not in (stated, most) and stated > most * (1 + TOLERANCE):
        yield place, stated, f"≤ {most}"


def _unlike(place: str, stated: Any, must: Any) -> Iterator[Fault]:
    """Where both are there and are not one number; what lacks is told elsewhere."""
    if None not in (stated, must) and abs(stated - must) > TOLERANCE * max(abs(stated), abs(must)):
        yield place, stated, must
