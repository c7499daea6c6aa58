"""A match that is read again: the form of what is read, and that counts, weights and pairs agree with one another."""

from __future__ import annotations

import dataclasses
import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from effekt._types import BoolArray, FloatArray, IntArray
from effekt._validation import shown
from effekt.diagnostics.weights import spread_told, weight_spread
from effekt.estimators.matching.counts import MatchCounts, counted
from effekt.estimators.matching.design import pair_weights, set_sizes, weights_of_pairs, weights_of_sets
from effekt.estimators.matching.methods import METHODS
from effekt.estimators.matching.neighbours import TIE, Change
from effekt.estimators.matching.units import CHANGE, FOLLOWING, SEALED, UNITS_SCHEMA, UnitTable
from effekt.exceptions import ArgumentError
from effekt.result import Diagnostic

ALWAYS = ("schema", "restricted", "units", "treated", "sets", "first", "second", "orders", *FOLLOWING)
SOMETIMES = ("of_treated", "cutpoints")
SAME = 1e-12  # by so much, relative to their size, weights and shares may part that are sums of the same fractions
DIGEST = re.compile(f"({SEALED})?[0-9a-f]{{64}}")


# --- the public part ------------------------------------------------------------------------------------------------


def check_public(arguments: Mapping[str, Any], counts: MatchCounts, width: float | None, digest: str) -> None:
    """Refuse counts, a caliper and a digest that no match with these arguments has."""
    plain = {name: value for name, value in dataclasses.asdict(counts).items() if name != "set_sizes"}
    numbers = [*plain.items(), *(("set_sizes", number) for size in counts.set_sizes for number in size)]
    wrong = next((name for name, number in numbers if number < 0), None)
    if wrong is not None:
        _refuse(f"counts.{wrong}", "hold whole numbers of at least 0")
    if counts.unmatched != counts.treated - counts.matched:
        _refuse("counts.unmatched", f"be `treated` less `matched`; got {counts.unmatched}")
    if counts.controls_used > counts.controls:
        _refuse("counts.controls_used", f"be at most `controls`; got {counts.controls_used}")
    if counts.discarded and "discard" not in arguments:
        _refuse("counts.discarded", f"be 0 of a match without `discard`; got {counts.discarded}")
    if (width is None) != (arguments["caliper"] is None) or not 0 <= (width or 0) < math.inf:
        _refuse("caliper_width", f"be a number where `caliper` is one, and else null; got {shown(width)}")
    if not DIGEST.fullmatch(digest):
        _refuse("units_digest", f"be 64 hexadecimal digits, of a sealed match after {SEALED!r}; got {shown(digest)}")
    if not digest.startswith(SEALED) and arguments.get("units_digest", digest) != digest:
        _refuse("arguments.units_digest", f"be the `units_digest` of the match; got {arguments['units_digest']}")


def _refuse(path: str, rule: str) -> None:
    raise ArgumentError(f"The JSON at `{path}` must {rule}. Use it as it was written.")


# --- the table of units ---------------------------------------------------------------------------------------------


def read_units(text: str) -> UnitTable:
    """The table of units in a text that may be anything."""
    try:
        plain = json.loads(text)
    except (ValueError, RecursionError):
        raise _unread("it is not JSON") from None
    _must(isinstance(plain, dict), "it is no object")
    for name in ALWAYS:
        _must(name in plain, f"it lacks the key {name!r}")
    for name in plain:
        _must(name in (*ALWAYS, *SOMETIMES), f"it has the unknown key {name!r}")
    _must(plain["schema"] == UNITS_SCHEMA and plain["restricted"] is True, f"its `schema` is not {UNITS_SCHEMA!r}")
    units = _names(plain["units"])
    n, m = len(units), len(_list("first", plain["first"]))
    turns = plain.get("of_treated")
    return UnitTable(
        units=units,
        treated=_flags("treated", plain["treated"], n),
        weight=_amounts("weight", plain["weight"], n),
        sets=None if plain["sets"] is None else _places("sets", plain["sets"], n, least=-1, size=n),
        first=_places("first", plain["first"], n, size=m),
        second=_places("second", plain["second"], n, size=m),
        share=_amounts("share", plain["share"], m),
        distance=_amounts("distance", plain["distance"], m),
        orders=tuple(_change(one, n, m) for one in _list("orders", plain["orders"])),
        of_treated=None if turns is None else _flags("of_treated", turns, m),
        cutpoints=_cutpoints(plain.get("cutpoints", {})),
    )


def _unread(why: str) -> ArgumentError:
    return ArgumentError(f"`text` must be what `units_to_json` returned; {why}. Use it as it was written.")


def _must(holds: bool, why: str) -> None:
    if not holds:
        raise _unread(why)


def _list(name: str, plain: Any, size: int | None = None) -> list[Any]:
    _must(isinstance(plain, list), f"its `{name}` is no list")
    _must(size is None or len(plain) == size, f"its `{name}` is not as long as the other columns")
    return list(plain)


def _names(plain: Any) -> tuple[str, ...]:
    names = _list("units", plain)
    _must(all(type(one) is str and _is_text(one) for one in names), "its `units` are not all text")
    _must(len(set(names)) == len(names), "one of its `units` stands twice")
    return tuple(names)


def _is_text(name: str) -> bool:
    """Whether it can be written: half a character cannot."""
    return not any("\ud800" <= letter <= "\udfff" for letter in name)


def _flags(name: str, plain: Any, size: int) -> BoolArray:
    return _places(name, plain, 2, size=size).astype(bool)


def _places(name: str, plain: Any, limit: int, *, least: int = 0, size: int | None = None) -> IntArray:
    """Whole numbers from `least`, below `limit`."""
    numbers = _list(name, plain, size)
    _must(all(type(one) is int and least <= one < limit for one in numbers), f"its `{name}` has a number out of range")
    return np.array(numbers, np.intp)


def _amounts(name: str, plain: Any, size: int | None = None) -> FloatArray:
    """Finite numbers of at least 0."""
    return _floats(name, plain, lambda one: 0 <= one < math.inf, size)


def _floats(name: str, plain: Any, fits: Callable[[float], bool], size: int | None = None) -> FloatArray:
    numbers = _list(name, plain, size)
    fine = all(type(one) is float or (type(one) is int and abs(one) < 2**53) for one in numbers)
    _must(fine and all(map(fits, numbers)), f"its `{name}` has a number out of range")
    return np.array(numbers, float)


def _change(plain: Any, n: int, m: int) -> Change:
    _must(isinstance(plain, dict) and set(plain) == set(CHANGE), f"its `orders` hold more or less than {CHANGE}")
    removed, treated, control = (
        _places("orders", plain[name], limit) for name, limit in zip(CHANGE, (m, n, n), strict=True)
    )
    _must(len(treated) == len(control), "its `orders` have half a pair")
    return Change(removed=removed, treated=treated, control=control)


def _cutpoints(plain: Any) -> dict[str, tuple[float, ...]]:
    _must(isinstance(plain, dict) and all(map(_is_text, plain)), "its `cutpoints` are no object")
    return {name: tuple(_floats("cutpoints", cuts, math.isfinite).tolist()) for name, cuts in plain.items()}


# --- what follows from the units ------------------------------------------------------------------------------------


def check_units(table: UnitTable, arguments: Mapping[str, Any], counts: MatchCounts, width: float | None) -> None:
    """Refuse units that are not of such a match, or that its counts, weights or distances disagree with."""
    for holds, why in (*_forms(table, arguments), *_pairs(table)):
        _must(holds, why)
    estimand, links = arguments["estimand"], table.links()
    if table.sets is not None:
        sizes = set_sizes(table.sets, table.treated)
        _must(all(bool(np.all(one > 0)) for one in sizes), "one of its `sets` lacks an arm")
        weights = weights_of_sets(table.sets, table.treated, estimand)
    else:
        weights = table.weight if table.weighs else weights_of_pairs(links, len(table.units), estimand)
    _must(_are(table.weight, weights), "its `weight` is not that of its sets and pairs")
    _must(_are(table.share, pair_weights(links.turns(estimand)[0])), "its `share` is not that of its pairs")
    for arm in (table.treated, ~table.treated):
        _must(bool(np.any(table.weight[arm] > 0)), "an arm has no weight")
    if width is not None and arguments["distance"] == "propensity":
        _must(bool(np.all(table.distance <= width + 2 * TIE * max(1.0, width))), "a `distance` exceeds the caliper")
    for name, number in counted(table, arguments).items():
        if getattr(counts, name) != number:
            raise _unlike(f"counts.{name}", f"be that of the units, {number}", getattr(counts, name))
    least, most = _by_order(table, arguments)
    if not least <= counts.by_order <= most:
        rule = f"be that of the units, {least}" if least == most else f"be {least} to {most}, by the units"
        raise _unlike("counts.by_order", rule, counts.by_order)


def _by_order(table: UnitTable, arguments: Mapping[str, Any]) -> tuple[int, int]:
    """The fewest and the most pairs that the keyed order can have decided, by the pairs of the other orders.

    Full matching counts those that other orders lack. What else was as good does not stand among the units.
    """
    if arguments["method"] == "full":
        lost = {pair for one in table.orders for pair in one.removed.tolist()}
        return len(lost), len(lost)
    if not table.orders:
        return 0, 0  # another order is tried, and kept, wherever one decided
    return int(arguments["method"] == "optimal"), len(table.first)


def check_spread(table: UnitTable, counts: MatchCounts, spread: Diagnostic | None) -> None:
    """Refuse a spread of weights that is not that of the units, where units are weighted; and any other one."""
    if (spread is not None) != table.weighs:
        raise _unlike("spread", "be there where units are weighted, and nowhere else", None)
    if spread is None:
        return
    stated: dict[str, Any] = {**spread.values}
    own: dict[str, Any] = {**weight_spread(treated=table.treated, weights=table.weight).values}
    for name, number in _rows(own, stated, counts).items():
        found: Any = stated.get(name)
        if type(found) not in (int, float) or not math.isclose(found, number, rel_tol=SAME):
            raise _unlike(f"spread.values.{name}", f"be that of the units, {number}", found)
    if spread != spread_told({name: stated[name] for name in own}):
        raise _unlike("spread", "be what its numbers say, and no more", None)


def _rows(own: dict[str, Any], stated: Mapping[str, Any], counts: MatchCounts) -> dict[str, Any]:
    """The values that must be; of the rows that common support left out, which no table of units has, their number."""
    n = own["n_treated"] + own["n_controls"] + counts.discarded
    treated = stated.get("n_treated")
    most = min(own["n_treated"] + counts.discarded, counts.treated)
    if isinstance(treated, int):
        own["n_treated"] = min(max(treated, own["n_treated"]), most)
    return {**own, "n_controls": n - own["n_treated"]}


def _unlike(path: str, rule: str, found: Any) -> ArgumentError:
    got = "" if found is None else f"; got {shown(found)}"
    return ArgumentError(f"`{path}` must {rule}{got}. Use the match as it was written.")


def _forms(table: UnitTable, arguments: Mapping[str, Any]) -> tuple[tuple[bool, str], ...]:
    """Whether it has what a match by the method has, and no more."""
    name, method = arguments["method"], METHODS[arguments["method"]]
    both = (name, arguments["estimand"]) == ("nearest", "ATE")
    return (
        ((len(table.first) > 0) == method.needs_distance, f"method {name!r} has pairs, or it has none"),
        ((table.sets is None) == (method.weighs or arguments["replace"]), f"method {name!r} has sets, or it has none"),
        ((table.of_treated is not None) == both, "its `of_treated` is for both arms, matched in turn"),
        (not table.orders or len(table.first) > 0, "its `orders` are of pairs, and it has none"),
        (not table.cutpoints or name == "coarsened_exact", "its `cutpoints` are for 'coarsened_exact'"),
    )


def _pairs(table: UnitTable) -> tuple[tuple[bool, str], ...]:
    """Whether each pair, those of other tie orders among them, is of a treated unit and a control."""
    treated = np.concatenate([table.first, *(one.treated for one in table.orders)])
    control = np.concatenate([table.second, *(one.control for one in table.orders)])
    return (
        (bool(np.all(table.treated[treated] & ~table.treated[control])), "a pair is not of a treated and a control"),
    )


def _are(numbers: FloatArray, others: FloatArray) -> bool:
    return bool(np.allclose(numbers, others, rtol=SAME, atol=0))
