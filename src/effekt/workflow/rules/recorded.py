"""What a result must record of the call that its contract writes."""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from effekt.contracts import Contract
from effekt.estimators import METHODS
from effekt.result import EffectEstimate, OutcomeMeasure
from effekt.workflow.data.analysis import call_of
from effekt.workflow.data.arguments import LATER, NESTED, filled_in
from effekt.workflow.findings import LISTED, SHOWN, TOLERANCE

Member: TypeAlias = EffectEstimate | OutcomeMeasure
Fault: TypeAlias = tuple[str, Any, Any]  # the place in the result, what is stated there and what it must be

NUMBER = "≠ –"  # what must be a number, and which one rests on the rows
DECIDED = ("variance", "population")  # where None lets the other arguments, or the data, decide
OUTCOME = "outcome"
LONGEST = 400  # digits of a number in text; no float has more
WRITTEN = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]*[1-9])?")
SMALL = 1e-12  # numbers that are rounding error beside it are the same
KEPT_ELSEWHERE = {"staggered_adoption": ("aggregate",)}  # told by what the result is
LEFT_OUT = {*LATER, "event_study.inference", "event_study.sampling"}
"""Arguments that results do not record where they are at their defaults."""
NO_ORDER = ("checks", "treated", "donors", "comparator", "adopters", "excluded", "standardize")
"""Lists whose names have no order: estimators record some of them in one of their own."""
_NO_EFFECT = {"threshold": 0}
BY_DEFAULT: Mapping[str, Mapping[str, Any]] = {
    "difference_in_differences": _NO_EFFECT,
    "doubly_robust": {**_NO_EFFECT, "threshold_view": "difference"},
    "event_study": _NO_EFFECT,
    "matched_comparison": {**_NO_EFFECT, "threshold_view": "difference"},
    "staggered_adoption": _NO_EFFECT,
}
"""What None means, where a result records that in its place or leaves it out."""


def call_faults(stated: Mapping[str, Any], contract: Contract, id: str) -> Iterator[Fault]:
    """Each argument that a result records otherwise than its contract's call has it, defaults among them.

    Parameters
    ----------
    stated : mapping
        The arguments that the result records.
    contract : Contract
    id : str
        The analysis.

    Yields
    ------
    place, stated, must be
    """
    yield from argument_faults(contract.model.analysis[id].method, stated, call_of(contract, id))


def argument_faults(method: str, stated: Mapping[str, Any], called: Mapping[str, Any]) -> Iterator[Fault]:
    """Each argument that is recorded otherwise than in the call of a method, after both are written in one way.

    Parameters
    ----------
    method : str
    stated, called : mapping
        The arguments that the result records, and those that the method is called with.

    Yields
    ------
    place, stated, must be
    """
    one, other = (_meant(method, given) for given in (stated, {**called, **filled_in(method, called)}))
    yield from _of_call("arguments", METHODS[method], one, other, KEPT_ELSEWHERE.get(method, ()))


def _meant(method: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """A call with None as what it stands for; of compliers the population is left to the inference."""
    meaning, arms = dict(BY_DEFAULT.get(method, {})), given.get("arms")
    if isinstance(arms, (list, tuple)):
        given = {**given, "arms": {name: name for name in arms}}  # each under its own name
    if method == "complier_effect":
        meaning["population"] = "super" if given.get("inference", "asymptotic") == "asymptotic" else "finite"
    return {**given, **{name: value for name, value in meaning.items() if given.get(name) is None}}


def _of_call(
    place: str,
    function: Callable[..., Any],
    stated: Mapping[str, Any],
    called: Mapping[str, Any],
    elsewhere: tuple[str, ...] = (),
) -> Iterator[Fault]:
    """Of one call: what is not written is at its default; so is what is not recorded, where results leave it out."""
    defaults = {name: one.default for name, one in inspect.signature(function).parameters.items() if name != "data"}
    for name in stated.keys() - defaults.keys():
        yield f"{place}.{name}", stated[name], None
    for name, default in defaults.items():
        one, other = (given.get(name, default) for given in (stated, called))
        if (name in elsewhere and name not in stated) or (name in DECIDED and other is None):
            continue
        kept = LEFT_OUT.isdisjoint({name, f"{function.__name__}.{name}"})
        if name in called.keys() - stated.keys() and kept and (other is False or _alone(other) is not None):
            yield f"{place}.{name}", None, other
            continue
        if name in stated and other is None and one is not None and _alone(one) is None:
            yield f"{place}.{name}", one, None
            continue
        if name in NESTED and isinstance(one, Mapping) and isinstance(other, Mapping):
            yield from _of_call(f"{place}.{name}", NESTED[name], one, other)
        elif not (name in NO_ORDER and _same_names(one, other)):
            yield from parted(f"{place}.{name}", one, _outcomes(one, other) if name == OUTCOME else other)


def _same_names(one: Any, other: Any) -> bool:
    """Whether two lists hold the same, in any order and however often."""
    if not isinstance(one, (list, tuple)) or not isinstance(other, (list, tuple)):
        return False
    stated, must = list(one), list(other)
    recorded = all(any(is_same(name, found) for found in must) for name in stated)
    return recorded and all(any(is_same(name, found) for name in stated) for found in must)


def _outcomes(stated: Any, must: Any) -> Any:
    """One outcome or several as results record them: maps, where a contract may write a column alone."""
    if isinstance(stated, (list, tuple)) and isinstance(must, (list, tuple)):
        return [_outcomes({}, part) for part in must]
    return must if isinstance(must, Mapping) else {"column": must}


def parted(place: str, stated: Any, must: Any) -> Iterator[Fault]:
    """The innermost places where two values are not one choice.

    Parameters
    ----------
    place : str
    stated, must : value

    Yields
    ------
    place, stated, must be
    """
    if isinstance(stated, Mapping) and isinstance(must, Mapping):
        for key in dict.fromkeys((*stated, *must)):
            other = (
                _outcomes(stated[key], must[key]) if key == OUTCOME and {key} <= {*stated} & {*must} else must.get(key)
            )
            yield from parted(f"{place}.{key}", stated.get(key), other)
    elif not is_same(stated, must):
        yield place, stated, must


def told_faults(faults: Sequence[Fault]) -> str:
    """The first of some faults, each once with both values, and how many more there are.

    Parameters
    ----------
    faults : sequence of Fault

    Returns
    -------
    str
    """
    each = list(dict.fromkeys(f"{place} {_told(one)} / {_told(other)}" for place, one, other in faults))
    return "; ".join(each[:LISTED] + ([f"+{len(each) - LISTED}"] if len(each) > LISTED else []))


def _told(value: Any) -> str:
    text = "–" if value is None or value == () else str(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def is_same(one: Any, other: Any) -> bool:
    """Whether two values are one choice: a list of one is its element, text as effekt writes it stands for a number.

    Parameters
    ----------
    one : value
        As it is recorded.
    other : value
        As it must be.

    Returns
    -------
    bool
    """
    one, other = _alone(one), _alone(other)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(is_same, one, other))
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return not any(True for _ in parted("", one, other))
    if one == other and isinstance(one, bool) == isinstance(other, bool):
        return True
    if any(isinstance(one, kind) and isinstance(other, kind) for kind in (str, int)):
        return False
    if isinstance(one, str) and not _is_written_number(one):
        return False
    try:
        return math.isclose(float(one), float(other), rel_tol=TOLERANCE, abs_tol=SMALL)
    except (TypeError, ValueError):
        return False


def _is_written_number(text: str) -> bool:
    """Whether text is a decimal with no sign but minus, no space, no needless zero and no digits of other scripts."""
    return len(text) < LONGEST and WRITTEN.fullmatch(text) is not None


def _alone(value: Any) -> Any:
    """A list of one as its element; all that is nothing as None."""
    if isinstance(value, (list, tuple)):
        value = _alone(value[0]) if len(value) == 1 else list(value)
    return None if value is False or value in (None, "", [], {}) else value
