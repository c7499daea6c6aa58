"""The arguments of a contract's analyses as an estimator takes them: each choice written, none left to a default."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache
from typing import Any, Literal, get_args, get_origin, get_type_hints

from effekt._validation import did_you_mean, join_words
from effekt.contracts.named_columns import is_plain
from effekt.estimators.doubly_robust import FOLDS, REPEATS
from effekt.estimators.matching.controls import match_controls
from effekt.estimators.matching.methods import METHODS as MATCHING
from effekt.estimators.matching.methods import NEUTRAL
from effekt.exceptions import ContractError

NESTED: dict[str, Callable[..., Any]] = {"match": match_controls}  # arguments that are calls themselves
LATER = (
    "cluster_weighted",
    "randomized_trial.inference",  # which trend_adjusted had from the start
    "randomized_trials.inference",
    "randomized_trial.statistic",
    "randomized_trials.statistic",
    "complier_effect.inference",
    "complier_effect.estimand",
    "difference_in_differences.inference",
    "staggered_adoption.estimator",
    "staggered_adoption.inference",
    "staggered_adoption.sampling",
    "difference_in_differences.sampling",
    "wild_weights",
    "blocks",
    "draws",
    "placebos",
    "same_months",
    "trend_adjusted.trend",
)  # arguments younger than effekt/contract/1: left out, they mean what it meant without them
CHOICES = (
    "variance",
    "randomized_trial.population",
    "randomized_trials.population",
)  # whose None is a choice too, as the other arguments decide what it stands for
COMPANIONS: dict[tuple[str, str], tuple[str, ...]] = {
    ("inference", "randomization"): ("draws",),
    ("inference", "wild_bootstrap"): ("draws", "wild_weights"),
    ("inference", "permutation"): ("draws",),
    ("estimator", "group_time"): ("adjustment", "comparison", "base_period"),
    ("inference", "block_bootstrap"): ("blocks", "block_length", "draws", "rng"),
    ("variance", "abadie_imbens"): ("population", "neighbours"),
    ("variance", "abadie_imbens_estimated"): ("neighbours",),
    ("method", "coarsened_exact"): ("cutpoints",),
    ("method", "subclassification"): ("subclasses", "propensity"),
    ("method", "entropy_balancing"): ("moments",),
    ("method", "covariate_balancing_propensity"): ("moments",),
    ("method", "inverse_probability"): ("moments",),
    ("method", "overlap"): ("moments",),
}  # arguments whose default is a choice once another argument has a value
BESIDE = {("matched_comparison", "covariates"): ("adjustment", "population")}  # the same once another is given
SOLE = {("statistic", "sum"): ("at_least", "1"), ("statistic", "mean"): ("at_least", "1")}  # with a choice, one value
FILLED = {"doubly_robust": ("learner", "parametric", {"folds": FOLDS, "repeats": REPEATS})}
"""What None stands for in some arguments of a method, where a choice is another than this one."""
REFUSED = {
    "through": "a look before the end is no ground for payment; remove it, and use `effekt look`",
}  # arguments that no contract may have, and why
_PLAIN = {str: "text, in quotes where it looks like a number", bool: "true or false"}  # arguments of one such type
NONE = "none"  # how a contract writes Python's None: a written choice, never an omission


class AnalysisError(ContractError):
    """A fault of an analysis, and where in the contract it stands."""

    def __init__(self, message: str, *place: str | int) -> None:
        super().__init__(message)
        self.place = place


@cache
def _form(function: Callable[..., Any]) -> tuple[Mapping[str, inspect.Parameter], Mapping[str, Any]]:
    """The parameters of an estimator but its table, and their types; any type has None where that is the default."""
    parameters = {name: one for name, one in inspect.signature(function).parameters.items() if name != "data"}
    hints = get_type_hints(function)
    return parameters, hints | {
        name: Any | None for name, one in parameters.items() if hints[name] is Any and one.default is None
    }


def arguments(id: str, function: Callable[..., Any], written: Mapping[str, Any]) -> dict[str, Any]:
    """The keyword arguments of an analysis as its estimator takes them.

    Parameters
    ----------
    id : str
        The analysis.
    function : callable
        The estimator.
    written : mapping
        The arguments as the contract has them: text, integers, lists and maps; ``none`` for None.

    Returns
    -------
    dict

    Raises
    ------
    ContractError
        For an unknown argument, a missing one, or a choice that was left to a default.
    """
    parameters, hints = _form(function)
    place = ("analysis", *id.split("."))
    chosen = {name: written.get(name, parameter.default) for name, parameter in parameters.items()}
    needed = {name for choice, names in COMPANIONS.items() if chosen.get(choice[0]) == choice[1] for name in names}
    needed |= {
        one for (whose, of), own in BESIDE.items() if whose == function.__name__ and chosen.get(of) for one in own
    }
    unread = _unread(function, chosen)
    for name in written:
        if name in REFUSED:
            raise AnalysisError(f"analysis.{id} must not have the argument {name!r}: {REFUSED[name]}.", *place, name)
        if name not in parameters:
            raise AnalysisError(
                f"analysis.{id} has the argument {name!r}, which {function.__name__} does not have"
                f".{did_you_mean(name, parameters)}",
                *place,
                name,
            )
    missing = {
        name: _sole(name, chosen) or _choices(hints[name], none=name not in needed)
        for name, parameter in parameters.items()
        if (name not in {*written, *unread} and _must_be_written(function.__name__, parameter))
        or (name in needed and written.get(name, NONE) == NONE)
    }
    if len(missing) == 1:
        ((name, choices),) = missing.items()
        raise AnalysisError(
            f"analysis.{id} lacks the argument {name!r}; a contract leaves no choice to a default, so write it "
            f"({choices}).",
            *place,
        )
    if missing:
        listed = join_words([f"{name!r} ({choices})" for name, choices in missing.items()], "and")
        raise AnalysisError(
            f"analysis.{id} lacks the arguments {listed}; a contract leaves no choice to a default, so write them.",
            *place,
        )
    for name in (name for name in written if is_plain(function.__name__, name)):
        if written[name] == NONE and type(None) not in get_args(hints[name]):
            raise AnalysisError(
                f"analysis.{id}.{name} must name a column, and none means that there is no column; give a column that "
                "is called none another name, or leave the argument out where it may be.",
                *place,
                name,
            )
    nested = {name: arguments(f"{id}.{name}", NESTED[name], written[name]) for name in NESTED if name in written}
    return {name: _argument(f"analysis.{id}.{name}", hints[name], value) for name, value in written.items()} | nested


def defaults(function: Callable[..., Any], written: Mapping[str, Any]) -> dict[str, Any]:
    """The choices that a contract leaves to a default, where they mean something beside those that it writes.

    Parameters
    ----------
    function : callable
        The estimator.
    written : mapping
        The arguments as the contract has them.

    Returns
    -------
    dict
        By argument; those that are not used, and those that belong to another choice, are left out.
    """
    chosen = {name: one.default for name, one in inspect.signature(function).parameters.items()} | dict(written)
    if chosen.get("adjustment") != "ratio" or chosen.get("weights") not in (None, NONE):
        chosen.pop("trend", None)  # which means something for plain means under a ratio alone
    unread = _unread(function, chosen)
    companions = {name for names in COMPANIONS.values() for name in names}
    used = {name for choice, names in COMPANIONS.items() if chosen.get(choice[0]) == choice[1] for name in names}
    chosen |= {name: value for name, value in filled_in(function.__name__, chosen).items() if name not in written}
    return {
        name: value
        for name, value in chosen.items()
        if name not in {*written, *unread}
        and value is not inspect.Parameter.empty
        and value not in (None, (), "", False)
        and (name in used or name not in companions)
    }


def filled_in(method: str, chosen: Mapping[str, Any]) -> dict[str, Any]:
    """What the method fills in where arguments that mean something beside a choice are left out.

    Parameters
    ----------
    method : str
    chosen : mapping
        The arguments of the call; what it leaves out, or writes as none, is filled in.

    Returns
    -------
    dict
        By argument, those alone that are filled in.
    """
    choice, without, values = FILLED.get(method, ("", None, {}))
    if chosen.get(choice, without) == without:
        return {}
    return {name: value for name, value in values.items() if chosen.get(name) in (None, NONE)}


def _unread(function: Callable[..., Any], chosen: Mapping[str, Any]) -> frozenset[str]:
    """Choices that the method of a match does not read; a salt decides nothing where no ties are broken."""
    known = function is match_controls and isinstance(chosen["method"], str) and chosen["method"] in MATCHING
    if not known:
        return frozenset()
    reads = MATCHING[chosen["method"]].reads
    return (frozenset(NEUTRAL) | ({"salt"} if "tie_orders" not in reads else set())) - reads


def _must_be_written(function: str, parameter: inspect.Parameter) -> bool:
    """Whether leaving it out would be a hidden choice; lists that are empty by default simply are not used."""
    names = {parameter.name, f"{function}.{parameter.name}"}
    unused = not names.isdisjoint(LATER) or (parameter.default in (None, ()) and names.isdisjoint(CHOICES))
    return parameter.default is inspect.Parameter.empty or not unused


def without_choice(written: Mapping[str, Any]) -> frozenset[str]:
    """The arguments that must be written, and do nothing beside another: they have one value there.

    Parameters
    ----------
    written : mapping
        The arguments as the contract has them.

    Returns
    -------
    frozenset of str
    """
    return frozenset(name for name in written if _sole(name, written) is not None)


def _sole(name: str, chosen: Mapping[str, Any]) -> str | None:
    """The only value that an argument may have beside another choice, as it is written; None where it has several."""
    for (other, choice), (bound, value) in SOLE.items():
        if name == bound and chosen.get(other) == choice:
            return f"{name}: {value}, its only value with {other}: {choice}"
    if name == "tie_orders" and chosen.get("replace") in (True, "true") and chosen.get("reuse") in (None, NONE):
        return f"{name}: {NEUTRAL[name]}, its only value with replace: true and no reuse, as all tied controls are kept"
    return None


def _choices(hint: Any, *, none: bool) -> str:
    options = [option for part in (hint, *get_args(hint)) if get_origin(part) is Literal for option in get_args(part)]
    if none and type(None) in get_args(hint):
        options.append(NONE)
    return join_words([repr(option) for option in dict.fromkeys(options)]) or "see its documentation"


def _argument(where: str, hint: Any, value: Any) -> Any:
    options = [option for part in (hint, *get_args(hint)) if get_origin(part) is Literal for option in get_args(part)]
    if value == NONE and type(None) in get_args(hint) and NONE not in options:
        return None
    if options and _only_choices(hint) and value not in options:
        raise AnalysisError(
            f"{where} must be {_choices(hint, none=True)}; got {value!r}."
            + did_you_mean(value, [option for option in options if isinstance(option, str)]),
            *where.split("."),
        )
    for kind, rule in _PLAIN.items():
        if hint in (kind, kind | None) and not isinstance(value, kind):
            raise AnalysisError(f"{where} must be {rule}; got {value!r}.", *where.split("."))
    hints = (hint, *get_args(hint))
    if isinstance(value, str) and float in hints and (str not in hints or Decimal in hints):
        try:
            return float(value)
        except ValueError:
            raise AnalysisError(f"{where} must be a quoted decimal; got {value!r}.", *where.split(".")) from None
    return value


def _only_choices(hint: Any) -> bool:
    """Whether an argument is one of some words, or nothing."""
    parts = get_args(hint) if type(None) in get_args(hint) else (hint,)
    return all(part is type(None) or get_origin(part) is Literal for part in parts)
