"""One comparison as declared and what it found, for the checks beside it; and the checks as they may be written."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, TypeAlias, get_args

from effekt._calendar import Window, parse_window, period_label
from effekt._inference import Inference
from effekt._types import Number, Period
from effekt._validation import check_integer, check_names, check_option, did_you_mean, join_words
from effekt.diagnostics._arrays import check_between
from effekt.estimators.trend.block_bootstrap import Redrawing
from effekt.estimators.trend.checks import as_listed, check_whole, named
from effekt.estimators.trend.comparison import Comparison, Design
from effekt.estimators.trend.groups import Groups
from effekt.estimators.trend.inference import BY_PLACEBOS, TrendInference
from effekt.estimators.trend.level import Line
from effekt.estimators.trend.own_unit import Series
from effekt.estimators.trend.panel import Panel
from effekt.estimators.trend.readings import Readings
from effekt.estimators.trend.standard import written_standard
from effekt.exceptions import ArgumentError
from effekt.roles import Outcome, as_outcome
from effekt.tables import as_label

TrendCheck: TypeAlias = Literal[
    "regression_to_mean",
    "baseline_choice",
    "placebo_in_time",
    "inference_choice",
    "substitution",
    "level_break",
    "spill_over",
    "heaping",
    "composition_change",
]
KEYS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "substitution": (("outcome",), ("includes",)),
    "level_break": (("at",), ()),
    "spill_over": ((), ("share", "adopters")),
    "heaping": (("counts",), ("days",)),
    "composition_change": (("standardize",), ("standard",)),
}  # of checks that are written as a map: what they must have, and what they may have
ONE_OF = ("spill_over",)  # has one of what it may have, and not two
WITH_THRESHOLD = ("regression_to_mean", "baseline_choice", "placebo_in_time")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One check, and what it was given."""

    name: TrendCheck
    options: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One comparison as declared, and what it found.

    `published` is the design with the series as it was published, `by_strata` the panel by the strata that a check of
    composition names; `read` gives the panel of another outcome by the same choices, `count` the sums of a column of
    counts by unit and period, `first` the row at which the data first have one of some units.
    """

    design: Design
    published: Design
    by_strata: Panel
    series: Series | None
    treated: tuple[str, ...]
    comparator: tuple[str, ...]
    found: Comparison
    placebos: tuple[Comparison, ...]
    excluded: Sequence[tuple[object, object] | str]
    same_months: bool
    threshold: float | None
    outcome: Outcome
    read: Callable[[Outcome], Panel]
    count: Callable[[str], dict[tuple[str, int], int]]
    first: Callable[[Collection[str]], str]
    inference: TrendInference
    by: Inference
    how: Redrawing | None
    readings: Readings
    line: Line | None
    groups: Groups | None


def check_checks(
    checks: object,
    threshold: Number | None,
    adjustment: str,
    inference: str,
    outcome: Outcome,
    windows: tuple[Window, Window],
    *,
    look: bool = False,
) -> tuple[Asked, ...]:
    """The checks asked for; refuse those that are not there or that the design cannot have, and an unused threshold.

    A `look` before the evaluation is over uses the threshold itself.
    """
    if not isinstance(checks, (tuple, list)):
        raise ArgumentError(f"`checks` must be a list such as ['baseline_choice']; got {checks!r}.")
    asked = tuple(_asked(one) for one in checks)
    names = {one.name for one in asked}
    _check_threshold(threshold, names, adjustment, look=look)
    if "regression_to_mean" in names and (adjustment == "none" or inference not in BY_PLACEBOS):
        raise ArgumentError(
            "`checks` can hold 'regression_to_mean' only with inference='placebo' or 'placebo_variance' and an "
            "adjustment, as it compares with units that had no intervention."
        )
    alone = sorted(names & {"spill_over", "level_break", "inference_choice"})
    if alone and adjustment == "none":
        raise ArgumentError(
            f"`checks` can hold {join_words(map(repr, alone), 'and')} only with a comparator; leave it out, or choose "
            "another adjustment than 'none'."
        )
    for one in asked:
        _check_values(one, outcome, windows)
    return asked


def _asked(one: object) -> Asked:
    if not isinstance(one, Mapping):
        check_option("checks", one, get_args(TrendCheck))
        if one in KEYS:
            raise ArgumentError(f"`checks` must have {one!r} as {_form(str(one))}; got the name alone.")
        return Asked(name=one, options={})  # type: ignore[arg-type]
    name = one.get("check")
    check_option("checks", name, get_args(TrendCheck))
    needed, may = KEYS.get(str(name), ((), ()))
    options = {key: value for key, value in one.items() if key != "check"}
    unknown = [key for key in options if key not in (*needed, *may)]
    if unknown or any(key not in options for key in needed) or (name in ONE_OF and len(options) != 1):
        hint = did_you_mean(unknown[0], (*needed, *may)) if unknown else ""
        raise ArgumentError(f"`checks` must have {name!r} as {_form(str(name))}; got {dict(one)!r}.{hint}")
    return Asked(name=name, options=options)  # type: ignore[arg-type]


def _form(name: str) -> str:
    needed, may = KEYS.get(name, ((), ()))
    if name in ONE_OF:
        return " or ".join(f"{{check: {name}, {key}: …}}" for key in may)
    keys = ", ".join([f"check: {name}", *(f"{key}: …" for key in needed)])
    return f"{{{keys}}}{' with ' + join_words(may, 'and') + ' where needed' if may else ''}" if needed else repr(name)


def _check_threshold(threshold: Number | None, names: set[TrendCheck], adjustment: str, *, look: bool) -> None:
    if threshold is None:
        return
    if not names and not look:
        raise ArgumentError("`threshold` must be None without `checks`, which are all that use it; name a check.")
    check_between("threshold", threshold, 0, 1)
    if look:
        return
    using = names & set(WITH_THRESHOLD)
    if not using:
        raise ArgumentError(
            f"`threshold` must be None unless `checks` holds {join_words(map(repr, WITH_THRESHOLD))}, which alone use "
            "it; leave it out."
        )
    if adjustment == "difference" and using == {"regression_to_mean"}:
        raise ArgumentError(
            "`threshold` must be None when 'regression_to_mean' is the only check and adjustment='difference', whose "
            "line is in the outcome's unit; leave it out, or choose adjustment='ratio'."
        )


def _check_values(asked: Asked, outcome: Outcome, windows: tuple[Window, Window]) -> None:
    """What can be said of a check's values before there are data."""
    if asked.name == "spill_over" and adopters_of(asked) is None:
        share_of(asked)
    if asked.name == "heaping":
        lengths_of(asked)
    if asked.name == "level_break":
        window_of(at_of(asked, windows[0].period), *windows)
    if asked.name == "substitution":
        other = as_outcome(asked.options["outcome"])
        if other.columns[1:] != outcome.columns[1:] or other.column == outcome.column:
            over = f"over {outcome.columns[1]!r}" if len(outcome.columns) == 2 else "of one column"
            raise ArgumentError(
                f"`checks` must give 'substitution' another outcome {over}, as the paying one is, so that the two can "
                f"be added; got {asked.options['outcome']!r}."
            )
        if not isinstance(asked.options.get("includes", False), bool):
            raise ArgumentError(f"`includes` must be True or False; got {asked.options['includes']!r}.")


def share_of(asked: Asked) -> float:
    """The share of the comparator's outcome, or of its weight, that is of units with the same programme."""
    return check_between("share", asked.options["share"], 0, 1)


def adopters_of(asked: Asked) -> tuple[str, ...] | None:
    """The units of the comparator that run the same programme; None where their share is given instead."""
    return named(as_listed(asked.options["adopters"]), "adopters") if "adopters" in asked.options else None


def lengths_of(asked: Asked) -> dict[str, int]:
    """The columns that count ended spells, with the length of each; the middle one is looked at."""
    counts, days = asked.options["counts"], check_integer("days", asked.options.get("days", 14), 2)
    listed = list(counts) if isinstance(counts, (list, tuple)) else []
    around = len(listed) // 2
    if len(listed) < 3 or len(listed) % 2 == 0 or len(set(listed)) < len(listed) or days <= around:
        raise ArgumentError(
            "`counts` must list an odd number of columns, three or more, that count ended spells by length, the middle "
            f"one those of {days} days, such as ['ended_13', 'ended_14', 'ended_15']; got {counts!r}."
        )
    return {name: days - around + place for place, name in enumerate(check_names("counts", listed))}


def at_of(asked: Asked, period: Period) -> int:
    """The first period of the new instrument; a year stands for its first."""
    at = asked.options["at"]
    check_whole("at", (at,), period)
    return parse_window("at", (at, at), period).first


def window_of(at: int, reference: Window, evaluation: Window) -> Literal["reference", "evaluation"]:
    """In which of the windows a date lies; at the start of one nothing in it is older."""
    if reference.first < at <= reference.last:
        return "reference"
    if evaluation.first < at <= evaluation.last:
        return "evaluation"
    raise ArgumentError(
        f"`at` must lie in `reference_window` ({reference}) or `evaluation_window` ({evaluation}), after its first "
        f"{reference.period}, for the check 'level_break'; got {period_label(at, reference.period)!r}."
    )


def written_checks(asked: Sequence[Asked]) -> list[Any]:
    """The checks as a result records them."""
    return [_written(one) if one.options else one.name for one in asked]


def _written(one: Asked) -> dict[str, Any]:
    plain: dict[str, Any] = {"check": one.name}
    for key, value in one.options.items():
        if key == "outcome":
            other = as_outcome(value)
            plain[key] = {"column": other.column, "unit": other.unit, "better": other.better}
        elif key == "adopters":
            plain[key] = list(adopters_of(one) or ())
        elif key == "at":
            plain[key] = as_label(value)
        elif key == "standard":
            plain[key] = written_standard(value)
        else:
            plain[key] = str(value) if isinstance(value, Decimal) else value
    return plain
