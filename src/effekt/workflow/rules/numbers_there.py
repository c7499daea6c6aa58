"""Numbers that a method always gives, told where they lack and nothing is hidden: none stands for the best case."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from effekt.certificates.check_numbers import NOT_OF_UNITS
from effekt.estimators.matching.methods import METHODS as MATCHING
from effekt.result import Diagnostic, EffectEstimate, EffectSet
from effekt.workflow.data.check_values import always, columns
from effekt.workflow.data.known_checks import ASKED, GIVEN
from effekt.workflow.rules.checks_again import says_hidden
from effekt.workflow.rules.clusters import counts_clusters
from effekt.workflow.rules.follows import WITHOUT
from effekt.workflow.rules.recorded import NUMBER, Fault, Member

COUNTS = ("n_obs", "n_units", "n_treated", "n_control", "n_dropped")
BY_PERIOD = ("n_treated", "n_dropped")  # that every effect of a staggered adoption has
NEVER_HIDDEN: Mapping[str, tuple[str, ...]] = {**NOT_OF_UNITS, "tie_orders": ("min", "max", "count")}
"""Of a check, the numbers that count no units."""
SIZES = ("treated", "controls", "sets")  # columns of its table, where it counts sets


def lacking_faults(result: Member | EffectSet, minimum: int) -> Iterator[Fault]:
    """Each number that is not there although the method always gives it and the contract does not hide it.

    Parameters
    ----------
    result : EffectEstimate, EffectSet or OutcomeMeasure
    minimum : int
        The smallest count that is shown; 0 shows all.

    Yields
    ------
    place, stated, must be
    """
    if isinstance(result, EffectSet):
        for one in (*result.effects, *filter(None, [result.overall])):
            yield from lacking_faults(one, minimum)
    else:
        yield from _of_sample(result) if minimum == 0 else ()
        if isinstance(result, EffectEstimate) and result.observed.control is None:
            yield "observed.control", None, NUMBER
    method = result.effects[0].method if isinstance(result, EffectSet) else result.method
    known = {*GIVEN.get(method, ()), *ASKED.get(method, ())}  # one of another method does not belong there at all
    for check in (check for check in result.diagnostics if check.name in known):
        yield from _of_check(check, result, minimum)


def _of_sample(member: Member) -> Iterator[Fault]:
    counts = BY_PERIOD if member.method == "staggered_adoption" else COUNTS
    for name in (name for name in counts if name not in WITHOUT.get(member.method, ())):
        if getattr(member.sample, name) is None:
            yield f"sample.{name}", None, NUMBER
    if member.sample.n_clusters is None and counts_clusters(member):
        yield "sample.n_clusters", None, NUMBER


def _of_check(check: Diagnostic, result: Member | EffectSet, minimum: int) -> Iterator[Fault]:
    """Values and columns that are not there, and values that are empty although nothing hides them."""
    place, by_pairs = f"diagnostics.{check.name}", _by_pairs(result)
    for name, has_one in always(check, result, by_pairs=by_pairs).items():
        empty = has_one and check.values.get(name) is None and not may_hide(check, name, minimum)
        if name not in check.values or empty:
            yield f"{place}.values.{name}", None, NUMBER
    for name in columns(check, result):
        if not check.table.get(name):
            yield f"{place}.table.{name}", None, NUMBER
    if check.name == "matched_sample" and by_pairs:
        for name in SIZES:
            if None in (check.table.get(name) or (None,)) and not (minimum > 0 and says_hidden(check)):
                yield f"{place}.table.{name}", None, NUMBER


def may_hide(check: Diagnostic, name: str, minimum: int) -> bool:
    """Whether the contract hides small counts, and this is one or gives one back.

    Parameters
    ----------
    check : Diagnostic
    name : str
        Of a value of it.
    minimum : int
        The smallest count that is shown; 0 shows all.

    Returns
    -------
    bool
    """
    if minimum == 0 or name in NEVER_HIDDEN.get(check.name, ()):
        return False
    return says_hidden(check) or name.startswith("effective_")


def _by_pairs(result: Member | EffectSet) -> bool:
    match: Any = None if isinstance(result, EffectSet) else result.arguments.get("match")
    how = MATCHING.get(str(match.get("method", "nearest"))) if isinstance(match, Mapping) else None
    return how is not None and not how.weighs
