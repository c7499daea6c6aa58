"""Checks of a result made again from the numbers that they state, told without data."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, TypeAlias

from effekt._inference import Placebos
from effekt._serialize import encode
from effekt._text import LANGUAGES
from effekt.certificates.hidden_words import COUNTS_HIDDEN
from effekt.diagnostics import differential_attrition, placebo_distribution, unit_ledger
from effekt.diagnostics._outcome_bounds import Bound, bound_values, status, table
from effekt.diagnostics.attrition import FISHER
from effekt.diagnostics.balance import NOTABLE_RATIO, NOTABLE_SMD, ROUNDING
from effekt.diagnostics.first_stage import RULE_OF_THUMB
from effekt.diagnostics.ledger import BY_ARM, EVERYONE
from effekt.diagnostics.lee import EQUAL
from effekt.diagnostics.weights import LARGE_SHARE, MIN_EFFECTIVE
from effekt.estimators._prediction import prediction_interval
from effekt.estimators.randomized.attrition import no_place_reasons
from effekt.estimators.trend.groups import MOST_GROUPS
from effekt.exceptions import EffektError
from effekt.result import Diagnostic, EffectEstimate, EffectSet
from effekt.workflow.rules.number_ranges import check_ranges
from effekt.workflow.rules.other_readings import readings_again, windows_again
from effekt.workflow.rules.recorded import Fault, Member, parted

Again: TypeAlias = "Mapping[str, Any] | None"  # what must be otherwise than it is stated; None where it cannot be told
ATTRITION = ("differential_attrition", "lee_bounds")
MISSING = (*ATTRITION, "manski_bounds")
NOTED = "missing_outcomes"  # the note of a trial with missing outcomes, whose test it has as well
LEVEL = Fraction(19, 20)
MOST = 1_000_000  # units beyond which p is taken as it is stated
UNLIKE = ("block", "pairs", "weights", "probability", "cluster_weighted", "match")  # where rows of an arm count unlike
BY_ONE = "placebo/1"  # the convention that ranks one unit among the others, without a correction
BY_PERMUTATION = "placebo_permutation/1"  # which ranks groups of single units, the treated among these
BY_PLACEBOS = ("placebo_distribution",)
SHOWING = ("trend_adjusted", "synthetic_control", "synthetic_difference_in_differences")
"""The methods that show their placebos, and what these predict, as checks."""


def check_faults(member: Member | EffectSet) -> Iterator[Fault]:
    """Each check that is not there, or is not what its own numbers and the result give.

    Parameters
    ----------
    member : EffectEstimate, OutcomeMeasure or EffectSet

    Yields
    ------
    place, stated, must be
    """
    checks = {check.name: check for check in member.diagnostics}
    for name in _companions(member, checks):
        if name not in checks:
            yield "diagnostics", None, name
    yield from _same_people(checks)
    if _of_assignment(member) and ATTRITION[0] in checks and all(note.code != NOTED for note in member.notes):
        yield "notes", None, NOTED
    yield from _errors(member, checks)
    for check in member.diagnostics:
        yield from check_ranges(check)
    for name, check in checks.items():
        if says_hidden(check):
            continue  # nothing follows from what is not shown; the result that is computed again tells
        try:
            again = _again(check, member)
        except (EffektError, TypeError, ValueError, KeyError, ArithmeticError):
            again = {"values": None}  # numbers that no such check has
        if again is not None:
            yield from parted(f"diagnostics.{name}", encode(check), {**encode(check), **again})


def says_hidden(check: Diagnostic) -> bool:
    """Whether a check says that its counts are hidden, and with them what gives them back.

    Parameters
    ----------
    check : Diagnostic

    Returns
    -------
    bool
    """
    return check.statement == COUNTS_HIDDEN


def _again(check: Diagnostic, member: Member | EffectSet) -> Again:
    if check.name in _BY_ITSELF:
        return _BY_ITSELF[check.name](check)
    if isinstance(member, EffectSet) or check.name not in _BESIDE:
        return None
    return _BESIDE[check.name](check, member)


def _companions(member: Member | EffectSet, checks: Mapping[str, Diagnostic]) -> Iterator[str]:
    """Checks that stand there with what is there."""
    if not isinstance(member, EffectEstimate):
        return
    if member.method in SHOWING:
        yield from BY_PLACEBOS if _several_units(member) else ()
        yield from (one.name for one in prediction_interval(member.inference, member.means))
    if not _of_assignment(member):
        return
    if any(note.code == NOTED for note in member.notes):
        yield ATTRITION[0]
    seen = _seen(checks)
    if seen is None or _without_place(member, checks):
        return
    enough = min(seen) >= 2
    yield from ATTRITION if enough else ()
    if _range(member) and (enough or not _alike(member)):
        yield "manski_bounds"


def _of_assignment(member: Member | EffectSet) -> bool:
    """Whether it is the effect of assignment in a trial, which carries the bounds of its missing outcomes."""
    if not isinstance(member, EffectEstimate):
        return False
    of_compliers = member.method == "complier_effect" and member.estimand.name == "ITT"
    return of_compliers or member.method.startswith("randomized_trial")


def _without_place(member: EffectEstimate, checks: Mapping[str, Diagnostic]) -> bool:
    """Whether nobody without an outcome has a place in the design, as the test of them says: nothing can be bounded.

    They lack what it rests on as well, or are in a block or pair of one arm, of a design that has these. Arms that are
    compared as they are rest on the treatment alone.
    """
    test = checks.get("differential_attrition")
    if test is None or _alike(member) or (test.values.get("test"), test.values.get("p_value")) != (None, None):
        return False
    block, pairs = (bool(member.arguments.get(name)) for name in ("block", "pairs"))
    return any(
        all(test.statement.in_language(lang).endswith(f"; {why.in_language(lang)}.") for lang in LANGUAGES)
        for why in no_place_reasons(block=block, pairs=pairs)
    )


def _alike(member: Member) -> bool:
    """Whether units were assigned one by one, each with the same chance, and count alike."""
    return not any(member.arguments.get(name) for name in (*UNLIKE, "cluster", "exposure"))


def _several_units(member: EffectEstimate) -> bool:
    """Whether more than one single unit is a placebo, of which the check is, whatever groups are ranked.

    Of m treated and one unit that change places there are m other groups, or those drawn where m + 1 are many.
    """
    by, treated = member.inference, member.arguments.get("treated")
    if not isinstance(by, Placebos):
        return member.variance.startswith("placebo")
    if member.variance != BY_PERMUTATION or not isinstance(treated, Sequence):
        return len(by.errors) > 1
    return len(by.errors) != len(treated) < MOST_GROUPS


def _seen(checks: Mapping[str, Diagnostic]) -> tuple[int, int] | None:
    """How many of each arm were seen, by the first check of missing outcomes that tells; None where none does."""
    for check in (checks[name] for name in MISSING if name in checks):
        of = {name: n for name, n in check.values.items() if type(n) is int}
        lost = {arm: of.get(f"n_{arm}", 0) - of[f"n_missing_{arm}"] for arm in _ARMS if f"n_missing_{arm}" in of}
        seen = [of.get(f"n_seen_{arm}", lost.get(arm)) for arm in _ARMS]
        if seen[0] is not None and seen[1] is not None:
            return seen[0], seen[1]
    return None


_ARMS = ("treated", "control")


def _same_people(checks: Mapping[str, Diagnostic]) -> Iterator[Fault]:
    """All checks of missing outcomes are of the same people."""
    for name in MISSING:
        own, of_all = _seen({name: checks[name]} if name in checks else {}), _seen(checks)
        if own is not None and own != of_all:
            yield f"diagnostics.{name}.values.n_seen", own, of_all
    for size in (f"n_{arm}" for arm in _ARMS):
        stated = {name: checks[name].values.get(size) for name in MISSING if name in checks}
        known = {name: n for name, n in stated.items() if n is not None}
        for name, n in known.items():
            if n != (most := next(iter(known.values()))):
                yield f"diagnostics.{name}.values.{size}", n, most


def _errors(member: Member | EffectSet, checks: Mapping[str, Diagnostic]) -> Iterator[Fault]:
    """The errors of placebos, one by one, are those of the table of them."""
    one = checks.get(BY_PLACEBOS[0])
    if one is None or not isinstance(member, EffectEstimate) or not isinstance(member.inference, Placebos):
        return
    if (member.method, member.variance) != ("trend_adjusted", BY_ONE):
        return
    by = member.inference
    pairs: Iterator[Any] = zip(one.table.get("treated", ()), one.table.get("counterfactual", ()), strict=False)
    of_table = sorted(
        math.log(t / c) if by.scale == "log" else t - c for t, c in pairs if by.scale != "log" or (c and t / c > 0)
    )
    if len(of_table) != len(by.errors):
        yield "inference.errors", len(by.errors), len(of_table)
    for own, other in zip(sorted(by.errors), of_table, strict=False):
        yield from parted("inference.errors", own, other)


def _attrition(check: Diagnostic) -> Again:
    """By Fisher's test everything follows from four counts."""
    of: Mapping[str, Any] = check.values
    gone, n_treated, gone_too, n_control = (
        of[name] for name in ("n_missing_treated", "n_treated", "n_missing_control", "n_control")
    )
    if None in (gone, n_treated, gone_too, n_control):
        return None
    if of["test"] != FISHER or n_treated + n_control > MOST:
        shares = Fraction(gone, n_treated), Fraction(gone_too, n_control)
        told: dict[str, Any] = {"n_missing": gone + gone_too, "difference": float(shares[0] - shares[1])}
        told |= {f"share_missing_{arm}": float(share) for arm, share in zip(_ARMS, shares, strict=True)}
        told |= {"share_missing": (gone + gone_too) / (n_treated + n_control), "level": float(LEVEL)}
        return {"status": _judged(of["p_value"]), "values": {**of, **told}}
    missing = [i < gone for i in range(n_treated)] + [i < gone_too for i in range(n_control)]
    treated = [1] * n_treated + [0] * n_control
    again = encode(differential_attrition(missing, treated))
    return {**again, "statement": _said(check, again)}


def _said(check: Diagnostic, again: Mapping[str, Any]) -> dict[str, str]:
    """The sentences made again, or those that are stated where these say more than that."""
    return {
        lang: own if again["statement"][lang] in own else again["statement"][lang]
        for lang, own in encode(check.statement).items()
    }


def _bounds(check: Diagnostic, member: Member) -> Again:
    """Values, table and status by the means and standard errors of the two bounds."""
    of: Mapping[str, Any] = check.values
    rows: Mapping[str, Any] = check.table
    if not rows:
        return None
    means = [rows[name] for name in ("treated_mean", "control_mean", "std_error")]
    if None in (*means[0], *means[1], of["lower"], of["upper"]):
        return None
    bounds = [Bound(treated=t, control=c, std_error=s) for t, c, s in zip(*means, strict=True)]
    taken = member.arguments
    alike = member.method == "randomized_trial" and _alike(member)
    values: dict[str, Any] = bound_values(bounds, of["threshold"], 1 - LEVEL)
    values |= {"level": float(LEVEL), "threshold": 0.0}  # as estimators ask for them
    if check.name == "manski_bounds":
        low, high = (float(end) for end in _range(member) or (of["low"], of["high"]))
        most = high - low
        ends = {name: values[name] for name in _ENDS if values[name] is not None}
        values |= {"low": low, "high": high, **{name: min(max(end, -most), most) for name, end in ends.items()}}
    if not alike:
        values |= {name: of[name] for name in _ENDS}  # by the design's own estimator
    for arm in _ARMS:
        if None not in (whole := of[f"n_{arm}"], seen := of[f"n_seen_{arm}"]):
            values[f"share_seen_{arm}"] = float(Fraction(seen, whole))
    if check.name == "lee_bounds" and not any(taken.get(name) for name in UNLIKE):
        values |= _trimmed(of)
    elif check.name == "lee_bounds":
        values |= {name: value for name, value in of.items() if "share" in name}  # of rows that count unlike
    return {"status": status({**of, **values}), "values": {**of, **values}, "table": encode(table(bounds))}


_ENDS = ("conf_low", "conf_high")


def _range(member: Member) -> Any:
    """The declared range of the outcome, of several that of its column; None where none is."""
    declared = member.arguments.get("outcome_range")
    return declared.get(member.outcome.column) if isinstance(declared, Mapping) else declared


def _trimmed(values: Mapping[str, Any]) -> dict[str, Any]:
    """The arm of which more are seen, and the share that it is trimmed by."""
    treated, control = (Fraction(values[f"n_seen_{arm}"], values[f"n_{arm}"]) for arm in _ARMS)
    arm = "treated" if treated > control else "control" if treated < control else "none"
    return {"trimmed_arm": arm, "trimmed_share": float(1 - min(treated, control) / max(treated, control))}


def _tested(check: Diagnostic) -> Again:
    """By p, which is never hidden: a test of periods counts no units."""
    return {"status": _judged(check.values.get("p_value"))}


def _judged(p: Any) -> str:
    """A warning where p is at most 1 − level."""
    return "information" if p is None else "warning" if p <= float(1 - LEVEL) * (1 + EQUAL) else "ok"


def _balance(check: Diagnostic) -> Again:
    """The largest differences, how many are large and how many ratios of variances, by the table; its limits."""
    of: Mapping[str, Any] = check.values
    rows: Mapping[str, Any] = check.table
    largest = {
        f"largest_smd_{when}": max((abs(smd) for smd in rows[f"smd_{when}"] if smd is not None), default=None)
        for when in ("before", "after")
    }
    means = zip(rows["treated_mean_after"], rows["control_mean_after"], strict=True)
    unlike = sum(
        abs(treated - control) > ROUNDING * max(abs(treated), abs(control)) if smd is None else abs(smd) > NOTABLE_SMD
        for smd, (treated, control) in zip(rows["smd_after"], means, strict=True)
    )
    low, high = NOTABLE_RATIO
    unequal = sum(ratio is not None and not low <= ratio <= high for ratio in rows["variance_ratio_after"])
    told = {"threshold": NOTABLE_SMD, "variance_ratio_low": low, "variance_ratio_high": high, **largest}
    told |= {"n_imbalanced": unlike, "n_unequal_variance": unequal}
    return {"status": "warning" if unlike else "ok", "values": {**of, **told}}


def _spread(check: Diagnostic) -> Again:
    of: Mapping[str, Any] = check.values
    effective, shares = ([of[f"{name}_{arm}"] for arm in ("treated", "controls")] for name in _SPREAD)
    if None in (*effective, *shares):
        return None
    return {"status": "failed" if min(effective) < MIN_EFFECTIVE else "warning" if max(shares) > LARGE_SHARE else "ok"}


_SPREAD = ("effective", "max_share")


def _first_stage(check: Diagnostic) -> Again:
    """By the shares and F, which are never hidden: they count no units."""
    of: Mapping[str, Any] = check.values
    share, f = of["compliers"], of["effective_f"]
    weak = f is not None and f < RULE_OF_THUMB
    return {
        "status": "warning" if weak or share <= 0 else "ok",
        "values": {**of, "rule_of_thumb": RULE_OF_THUMB},
    }


def _prediction(_: Diagnostic, member: Member) -> Again:
    """By the inference and the means alone."""
    found = prediction_interval(member.inference, member.means) if isinstance(member, EffectEstimate) else ()
    return dict(encode(found[0])) if found else None


def _placebos(check: Diagnostic, member: Member) -> Again:
    """Everything follows from the table."""
    rows: dict[str, Any] = {name: check.table[name] for name in ("treated", "counterfactual", "reference")}
    names, ranked = check.table.get("unit", ()), "smallest_p" in check.values
    better = member.outcome.better or "lower"
    threshold = member.arguments.get("threshold") if "share_reaching" in check.values else None
    again = encode(placebo_distribution(**rows, better=better, threshold=threshold, ranked=ranked))
    units = {"unit": list(names)} if names else {}  # whose names are hidden
    return {**again, "table": again["table"] | units, "statement": _said(check, again)}


def _ledger(check: Diagnostic) -> Again:
    """It is made again from its rows, which refuses what does not close."""
    rows: list[Any] = list(
        zip(*(check.table[name] for name in ("step", "arm", "kind", "reason", "units")), strict=True)
    )
    if any(units is None for *_, units in rows):
        return None
    counts: dict[Any, Any] = {}
    losses: dict[Any, Any] = {}
    for step, arm, kind, reason, units in rows:
        into = counts.setdefault(step, {}) if kind == "left" else losses.setdefault(step, {}).setdefault(reason, {})
        into[arm] = units
    together = {step: by if step in BY_ARM else by[EVERYONE] for step, by in counts.items()}
    gone = {step: {reason: by.get(EVERYONE, by) for reason, by in own.items()} for step, own in losses.items()}
    return dict(encode(unit_ledger(together, losses=gone)))


_BY_ITSELF: Mapping[str, Callable[[Diagnostic], Again]] = {
    "differential_attrition": _attrition,
    "unit_ledger": _ledger,
    "pretrend": _tested,
    "pretrends": _tested,
    "covariate_balance": _balance,
    "weight_spread": _spread,
    "first_stage": _first_stage,
}
_BESIDE: Mapping[str, Callable[[Diagnostic, Member], Again]] = {
    "lee_bounds": _bounds,
    "manski_bounds": _bounds,
    "prediction_interval": _prediction,
    "placebo_distribution": _placebos,
    "adjustment_readings": readings_again,
    "baseline_choice": windows_again,
    "placebo_in_time": windows_again,
}
