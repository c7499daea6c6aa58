"""The arguments of `match_controls`, checked one by one."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from typing import Any

from effekt._validation import (
    check_exact,
    check_integer,
    check_names,
    check_number,
    check_option,
    did_you_mean,
    join_words,
    shown,
)
from effekt.estimators._propensity import LINKS, check_classifier
from effekt.estimators.matching.design import Options
from effekt.estimators.matching.methods import METHODS, NEUTRAL, check_choices
from effekt.exceptions import ArgumentError

DISTANCES = ("propensity", "mahalanobis", "robust_mahalanobis")
ORDERS = ("largest", "smallest", "keyed")
DISCARDS = ("treated", "control", "both")
STATED = (
    "unit",
    "treatment",
    "covariates",
    "exact",
    "method",
    "distance",
    "caliper",
    "ratio",
    "replace",
    "estimand",
    "salt",
    "tie_orders",
    "missing",
)  # what every match states
CHOICES = (
    "propensity",
    "calipers",
    "min_controls",
    "max_controls",
    "reuse",
    "order",
    "discard",
    "cutpoints",
    "subclasses",
    "moments",
    "units_digest",
)  # which a match states where they were made
UNMADE: Mapping[str, Any] = {"propensity": "logit", "order": "largest", "moments": 1}  # what not to choose comes to
CLASSIFIER = re.compile(r"\w+(\.[\w<>]+)+\(.*\)", re.DOTALL)  # how a match names one
MAX_INTERVALS = 1000
TIE_ORDERS = NEUTRAL["tie_orders"]
MOST_ORDERS = 10_000
MOST_CONTROLS = 10_000


def settings_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """The checked call as plain values: what every match states, and of the other choices those that were made.

    Parameters
    ----------
    given : mapping
        Every argument of `match_controls` but the data.
    """
    settings = {
        **{name: value for name, value in given.items() if name not in CHOICES},
        "covariates": list(check_names("covariates", given["covariates"])),
        "exact": list(check_names("exact", given["exact"])),
        "caliper": None if given["caliper"] is None else check_number("caliper", given["caliper"]),
        "ratio": _controls("ratio", given["ratio"]),
        "tie_orders": _tie_orders(given["tie_orders"]),
    }
    settings |= {name: given[name] for name in CHOICES if given[name] is not None}
    _check_settings(settings)
    return settings


def read_settings(plain: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments in a match's JSON, which obey every rule of the call and stand as `settings_of` writes them."""
    for name in STATED:
        if name not in plain:
            raise ArgumentError(f"The JSON at `arguments` lacks the key {name!r}. Use it as it was written.")
    for name in plain:
        if name not in (*STATED, *CHOICES):
            remedy = did_you_mean(name, (*STATED, *CHOICES))
            raise ArgumentError(
                f"The JSON at `arguments` has the unknown key {name!r}.{remedy} Use it as it was written."
            )
    named = plain.get("propensity")
    by_name = {"propensity": named} if isinstance(named, str) and CLASSIFIER.fullmatch(named) else {}
    settings = settings_of({**dict.fromkeys(CHOICES), **plain, **dict.fromkeys(by_name, "logit")}) | by_name
    for name, value in plain.items():
        if name not in settings or settings[name] != value:
            raise ArgumentError(
                f"The JSON at `arguments.{name}` must be as a match writes it; got {shown(value)}. Use it as it was "
                "written."
            )
    return settings


def chosen(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that a digest is of: not itself, no choice that changes nothing, and of a classifier its class."""
    made = {
        name: value for name, value in settings.items() if name != "units_digest" and UNMADE.get(name, ...) != value
    }
    if CLASSIFIER.fullmatch(made.get("propensity", "")):
        made["propensity"] = made["propensity"].partition("(")[0]  # its settings are other ones by its next release
    return made


def _controls(name: str, given: Any) -> int:
    """How many controls one unit gets; there is room for so many of each."""
    controls = check_integer(name, given, 1)
    if controls > MOST_CONTROLS:
        raise ArgumentError(
            f"`{name}` must be at most {MOST_CONTROLS} for one unit; got {controls}. Ask for fewer, or weight all "
            "controls, such as by method='entropy_balancing'."
        )
    return controls


def _tie_orders(given: Any) -> int:
    """How many orders are tried; each makes the match anew."""
    orders = check_integer("tie_orders", given, 1)
    if orders > MOST_ORDERS:
        raise ArgumentError(
            f"`tie_orders` must be at most {MOST_ORDERS}, since each order is another match; got {orders}. Ask for "
            "fewer."
        )
    return orders


def _check_settings(settings: dict[str, Any]) -> None:
    """Refuse values that break their rule, and write mappings in their plain form."""
    for name, choices in (
        ("method", tuple(METHODS)),
        ("distance", DISTANCES),
        ("estimand", ("ATT", "ATC", "ATE", "ATO")),
        ("missing", ("raise", "drop")),
    ):
        check_option(name, settings[name], choices)
    _check_kinds(settings)
    check_choices(settings)  # before their values, which nothing mends where the method does not use them
    if "order" in settings:
        check_option("order", settings["order"], ORDERS)
    if "discard" in settings:
        settings["discard"] = _support(settings["discard"])
    if settings["caliper"] is not None and settings["caliper"] <= 0:
        raise ArgumentError(
            f"`caliper` must be a positive number of standard deviations, or None; got {settings['caliper']!r}."
        )
    if not settings["covariates"]:
        raise ArgumentError("`covariates` must name at least one column; got none.")
    _check_roles(settings)
    _check_propensity(settings)
    _check_order(settings)
    _check_numbers(settings)
    if "units_digest" in settings:
        _check_digest(settings)
    for name, check in (("calipers", _caliper), ("cutpoints", _cut_rule)):
        if name in settings:
            settings[name] = _by_covariate(name, settings, check)


def _check_kinds(settings: Mapping[str, Any]) -> None:
    for name, noun in (("unit", "a column name"), ("treatment", "a column name"), ("salt", "text")):
        if not isinstance(settings[name], str):
            raise ArgumentError(f"`{name}` must be {noun}; got {settings[name]!r}.")
    if not isinstance(settings["replace"], bool):
        raise ArgumentError(f"`replace` must be True or False; got {settings['replace']!r}.")


def as_options(settings: Mapping[str, Any]) -> Options:
    """The choices by their names, the unnamed ones at their plain values."""
    names = {field.name for field in dataclasses.fields(Options)} - {"propensity", "calipers", "cutpoints"}
    chosen: dict[str, Any] = {name: settings.get(name) for name in names}
    cuts = settings.get("cutpoints", {})
    return Options(
        propensity=settings.get("propensity", "logit"),
        calipers=settings.get("calipers", {}),
        cutpoints={name: tuple(rule) if isinstance(rule, list) else rule for name, rule in cuts.items()},
        **chosen,
    )


def _check_roles(settings: Mapping[str, Any]) -> None:
    roles = [("unit", settings["unit"]), ("treatment", settings["treatment"])]
    for role, column in roles:
        others = [*roles, *((other, name) for other in ("covariates", "exact") for name in settings[other])]
        also = [other for other, name in others if name == column and other != role]
        if also:
            raise ArgumentError(f"Column {column!r} must play one role; it is named as `{role}` and `{also[0]}`.")


def _support(value: Any) -> str | list[float]:
    """The common-support rule: the arms it judges by the other's range, or two probabilities."""
    if isinstance(value, str):
        check_option("discard", value, DISCARDS)
        return value
    if isinstance(value, Sequence) and len(value) == 2:
        low, high = (check_exact("discard", one) for one in value)
        if 0 < low < high < 1 and 0 < float(low) < float(high) < 1:
            return [float(low), float(high)]
    raise ArgumentError(
        f"`discard` must be {join_words(map(repr, DISCARDS))}, or two probabilities of treatment between 0 and 1, the "
        f"lower first; got {shown(value)}."
    )


def _check_propensity(settings: Mapping[str, Any]) -> None:
    given = settings.get("propensity")
    if isinstance(given, str):
        check_option("propensity", given, LINKS)
    elif given is not None:
        check_classifier(given)


def _check_order(settings: Mapping[str, Any]) -> None:
    if not settings["replace"] or "reuse" in settings:
        return
    if "order" in settings:
        raise ArgumentError(
            "`order` must be None with replace=True, where every unit takes all its nearest whatever the order; got "
            f"{settings['order']!r}. It is for replace=False, or with `reuse`."
        )
    if settings["tie_orders"] != TIE_ORDERS:
        raise ArgumentError(
            f"`tie_orders` must be {TIE_ORDERS} with replace=True, where all tied controls are kept; got "
            f"{settings['tie_orders']!r}. It is for replace=False, or with `reuse`."
        )


def _check_numbers(settings: Mapping[str, Any]) -> None:
    """Whole numbers, and those that belong together."""
    for name in ("min_controls", "max_controls"):
        if name in settings:
            _controls(name, settings[name])
    for name, least in (("reuse", 1), ("subclasses", 2)):
        if name in settings:
            check_integer(name, settings[name], least)
    if "reuse" in settings and not settings["replace"]:
        raise ArgumentError(f"`reuse` must be None unless replace=True; got {settings['reuse']!r}.")
    bounds = settings.get("min_controls"), settings.get("max_controls")
    if (bounds[0] is None) != (bounds[1] is None):
        raise ArgumentError("`min_controls` and `max_controls` must be given together, with `ratio` their average.")
    if bounds[0] is not None and not bounds[0] <= settings["ratio"] <= bounds[1]:
        raise ArgumentError(
            f"`ratio` must lie between `min_controls` and `max_controls`, which are {bounds[0]} and {bounds[1]}; got "
            f"{settings['ratio']!r}."
        )
    if "moments" in settings and check_integer("moments", settings["moments"], 1) > 2:
        raise ArgumentError(f"`moments` must be 1 (means) or 2 (means and squares); got {settings['moments']!r}.")
    if settings["method"] == "subclassification" and "subclasses" not in settings:
        raise ArgumentError("`subclasses` must be given with method 'subclassification'; it is how many classes.")


def _check_digest(settings: Mapping[str, Any]) -> None:
    given, method = settings["units_digest"], settings["method"]
    if METHODS[method].weighs:
        raise ArgumentError(
            f"`units_digest` must be None with method {method!r}: the last digits of weights differ between machines, "
            "and with them the digest."
        )
    if not (isinstance(given, str) and re.fullmatch("[0-9a-f]{64}", given)):
        raise ArgumentError(
            f"`units_digest` must be the 64 hexadecimal digits of a match that is not sealed; got {given!r}."
        )


def _by_covariate(name: str, settings: Mapping[str, Any], check: Any) -> dict[str, Any]:
    """A mapping from covariates to values, each checked."""
    given, covariates = settings[name], settings["covariates"]
    if not isinstance(given, Mapping):
        raise ArgumentError(f"`{name}` must be a mapping from covariates to values; got {given!r}.")
    for column in given:
        if column not in covariates:
            raise ArgumentError(
                f"`{name}` must name columns of `covariates`; got {column!r}.{did_you_mean(column, covariates)}"
            )
    return {column: check(column, value) for column, value in given.items()}


def _caliper(column: str, value: Any) -> float:
    """A positive number, in text as a contract writes it or not."""
    width = float(check_exact(f"calipers[{column}]", value))
    if width <= 0:
        raise ArgumentError(f"`calipers[{column}]` must be a positive number; got {value!r}.")
    return width


def _cut_rule(column: str, value: Any) -> str | int | list[float]:
    """A rule of `cutpoints`."""
    where = f"cutpoints[{column}]"
    if isinstance(value, str) and re.fullmatch(r"sturges|q([2-9]|[1-9][0-9]{1,2})", value):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        if 1 <= value <= MAX_INTERVALS:
            return value
    elif isinstance(value, Sequence) and not isinstance(value, str) and len(value) > 0:
        return sorted({float(check_exact(where, item)) for item in value})
    raise ArgumentError(
        f"`{where}` must be a list of cutpoints, a number of intervals from 1 to {MAX_INTERVALS}, 'sturges', or 'q' "
        f"and a number from 2 such as 'q4'; got {value!r}."
    )
