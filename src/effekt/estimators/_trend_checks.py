"""Checks of parallel trends, asked for by name beside an estimate; they move none.

All are of an event study: what the comparison finds in each period, against the last before adoption. Where there is
nothing to see, since there is one period before, or no standard error, the check says so.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Literal, TypeAlias, get_args

import numpy as np

from effekt._calendar import period_numbers
from effekt._inference import StudentT, Unavailable
from effekt._text import LANGUAGES, Text, significant
from effekt._types import Number
from effekt._validation import check_decimal, check_option
from effekt.diagnostics.event_times import EventArrays, event_arrays, pretrend_test
from effekt.diagnostics.honest_did import UNEVEN, Direction, honest_did, searchable
from effekt.exceptions import ArgumentError, InferenceUnavailableError
from effekt.result import Diagnostic, EffectSet
from effekt.roles import Outcome

TrendCheck: TypeAlias = Literal["pretrend", "relative_magnitudes", "smoothness"]
BOUNDS = ("relative_magnitudes", "smoothness")
NAMES = {"pretrend": "pretrend", "relative_magnitudes": "honest_did", "smoothness": "honest_did"}
MAGNITUDES = (0.0, 0.5, 1.0, 1.5, 2.0)  # times the largest change before adoption
_WHOLE = re.compile(r"-?\d{1,9}")
BENDS = (0.0, 0.25, 0.5, 1.0)  # standard errors of the mean effect, a period


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The checks in the order of their names' list, and what is to be ruled out.

    Attributes
    ----------
    names : tuple of str
    threshold : float
        Treated − counterfactual, in the outcome's unit.
    margin : float or None
        A deviation before adoption that would not matter, in the outcome's unit.
    alternative : {"greater", "less"} or None
        On which side of the threshold the finding lies; None is either.
    """

    names: tuple[str, ...]
    threshold: float
    margin: float | None
    alternative: Direction | None

    def plain(self) -> dict[str, Any]:
        """What the result records of it; nothing where no check was asked for."""
        if not self.names:
            return {}
        margin = {} if self.margin is None else {"margin": self.margin}
        return {"checks": list(self.names), "threshold": self.threshold, **margin}


def check_trends(
    checks: object,
    threshold: Number | None,
    margin: Number | None,
    outcome: Outcome,
    names: Sequence[str] = get_args(TrendCheck),
) -> Asked:
    """The checks asked for; refuse those that are not there, and what none of them uses.

    Parameters
    ----------
    checks : list of str
    threshold : number or None
        None is no effect.
    margin : number or None
    outcome : Outcome
    names : sequence of str
        Those that the design has.
    """
    if not isinstance(checks, (tuple, list)):
        raise ArgumentError(f"`checks` must be a list such as [{names[0]!r}]; got {checks!r}.")
    for one in checks:
        check_option("checks", one, names)
    if threshold is not None and not set(checks) & set(BOUNDS):
        raise ArgumentError(
            "`threshold` must be None without the checks 'relative_magnitudes' and 'smoothness', which are all that "
            "use it; name one of them in `checks`."
        )
    if margin is not None and "pretrend" not in checks:
        raise ArgumentError(
            "`margin` must be None without the check 'pretrend', which is all that uses it; name it in `checks`."
        )
    line = 0.0 if threshold is None else check_decimal("threshold", threshold)
    beyond = None if margin is None else check_decimal("margin", margin)
    if beyond is not None and beyond <= 0:
        raise ArgumentError(f"`margin` must be above 0; got {margin}.")
    if (outcome.better == "lower" and line > 0) or (outcome.better == "higher" and line < 0):
        side = "at most" if outcome.better == "lower" else "at least"
        raise ArgumentError(
            f"`threshold` must be {side} 0 where {outcome.better} is better, since it is the effect, treated minus "
            f"counterfactual, that the finding must surpass; got {threshold}."
        )
    return Asked(
        names=tuple(name for name in names if name in checks),
        threshold=line,
        margin=beyond,
        alternative=_side(outcome.better, line),
    )


def _side(better: str | None, line: float) -> Direction | None:
    if better == "lower" or line < 0:
        return "less"
    return "greater" if better == "higher" or line > 0 else None


def trend_diagnostics(effects: EffectSet, asked: Asked, periods: Sequence[str] | None = None) -> tuple[Diagnostic, ...]:
    """The checks that are of an event study, or why there is nothing to check.

    Parameters
    ----------
    effects : EffectSet
        Labelled by the distance to adoption, compared with one period.
    asked : Asked
    periods : sequence of str, optional
        All periods of the data in time order, the reference too; by default they are evenly spaced.
    """
    names = [name for name in asked.names if name in NAMES]
    refused = _refusal(effects)
    if refused is not None:
        return tuple(nothing_to_check(name, refused) for name in names)
    arrays = event_arrays(effects)
    arrays["gaps"] = False  # `periods` tell how far apart they are
    distances = None if periods is None else _uneven(arrays["times"], periods)
    return tuple(_checked(name, arrays, asked, distances) for name in names)


def _uneven(times: Sequence[int], periods: Sequence[str]) -> list[int] | None:
    """How far each time lies from the reference in the calendar, or in whole numbers; None where steps are alike."""
    found = period_numbers(periods)
    if found is None and not all(_WHOLE.fullmatch(name) for name in periods):
        return None
    numbers = [int(name) for name in periods] if found is None else found[1]
    if len({later - one for one, later in pairwise(numbers)}) == 1:
        return None
    reference = -1 - min(times)
    return [numbers[time - min(times)] - numbers[reference] for time in times]


def nothing_to_check(name: str, statement: Text) -> Diagnostic:
    """A check that was asked for and cannot be made, and why.

    Parameters
    ----------
    name : str
        As in `checks`.
    statement : Text
    """
    values: dict[str, float | int | str | None] = {"restriction": name} if name in BOUNDS else {}
    return Diagnostic(name=NAMES[name], status="information", statement=statement, values=values)


def beside(found: Diagnostic, variance: str) -> Diagnostic:
    """A check beside an estimate that is compared with all periods before: what it is of.

    Parameters
    ----------
    found : Diagnostic
    variance : str
        That the event study used.
    """
    by = Text(en=f"By event study with {variance}", sv=f"Enligt händelsestudie med {variance}")
    estimate = found.values.get("estimate")
    if isinstance(estimate, float):
        at = {lang: significant(estimate, lang) for lang in LANGUAGES}
        of = Text(
            en=f", of the mean effect since the last period before adoption alone, {at['en']}, whose interval it is, "
            "and not that of the effect here",
            sv=f", av medeleffekten sedan enbart den sista perioden före införandet, {at['sv']}, vars intervall det "
            "är, och inte intervallet för effekten här",
        )
    elif "n_periods" in found.values:
        of = Text(en="", sv="")
    else:
        return found
    return replace(
        found,
        statement=Text(
            en=f"{found.statement.en} {by.en}{of.en}.",
            sv=f"{found.statement.sv} {by.sv}{of.sv}.",
        ),
    )


def of_mean(found: Diagnostic, effects: EffectSet) -> Diagnostic:
    """A check beside an event study: of which of its effects it is.

    Parameters
    ----------
    found : Diagnostic
    effects : EffectSet
        The event study.
    """
    estimate = found.values.get("estimate")
    if not isinstance(estimate, float):
        return found
    at = {lang: significant(estimate, lang) for lang in LANGUAGES}
    since = Text(en="adoption", sv="införandet")
    if _ahead(effects):
        since = Text(en="the first period of anticipation", sv="den första perioden då en effekt kan förekomma")
    return replace(
        found,
        statement=Text(
            en=f"{found.statement.en} This is of the mean effect from {since.en} on, each period weighing alike, "
            f"{at['en']}.",
            sv=f"{found.statement.sv} Detta gäller medeleffekten från och med {since.sv}, där varje period väger lika, "
            f"{at['sv']}.",
        ),
    )


def _checked(name: str, arrays: EventArrays, asked: Asked, distances: list[int] | None) -> Diagnostic:
    if name in BOUNDS and distances is not None:
        return nothing_to_check(name, UNEVEN)
    if name == "smoothness" and not searchable(arrays["times"], arrays["estimates"], arrays["covariance"]):
        return nothing_to_check(name, _NO_VARIANCE)
    try:
        if name == "pretrend":
            return pretrend_test(**arrays, margin=asked.margin, distances=distances)
        return _bounds(name, arrays, asked)
    except InferenceUnavailableError as error:
        return nothing_to_check(name, Text(en=str(error), sv=error.sv))


def _bounds(name: str, arrays: EventArrays, asked: Asked) -> Diagnostic:
    late = np.array([time >= 0 for time in arrays["times"]])
    target = late / late.sum()
    error = float(np.sqrt(target @ arrays["covariance"] @ target))
    relative = name == "relative_magnitudes"
    return honest_did(
        **arrays,
        restriction="relative_magnitudes" if relative else "smoothness",
        sizes=MAGNITUDES if relative else [share * error for share in BENDS],
        threshold=asked.threshold,
        alternative=asked.alternative,
    )


def _refusal(effects: EffectSet) -> Text | None:
    """Why an event study cannot be checked."""
    times = _times(effects)
    if min(times) >= -1:
        return ONE_PERIOD
    if sorted({*times, -1}) != list(range(min(times), max(times) + 1)) or max(times) < 0:
        return _GAP
    for one in effects.effects:
        if isinstance(one.inference, Unavailable):
            return Text(
                en=f"Trends cannot be checked, as an effect has no standard error. {one.inference.reason.en}",
                sv=f"Trenderna kan inte prövas, eftersom en effekt saknar medelfel. {one.inference.reason.sv}",
            )
    return None if all(isinstance(one.inference, StudentT) for one in effects.effects) else _NO_JOINT


def _times(effects: EffectSet) -> list[int]:
    """Distances to adoption, or to where it may first be anticipated."""
    return [int(label) + _ahead(effects) for label in effects.labels]


def _ahead(effects: EffectSet) -> int:
    return int(effects.effects[0].arguments.get("anticipation", 0))


ONE_PERIOD = Text(
    en="There is no second period before adoption, so nothing can be said about trends before it.",
    sv="Det finns ingen andra period före införandet, så inget kan sägas om trender före det.",
)
_GAP = Text(
    en="Trends cannot be checked, as some period between the first and the last has no effect.",
    sv="Trenderna kan inte prövas, eftersom någon period mellan den första och den sista saknar effekt.",
)
_NO_VARIANCE = Text(
    en="The clusters are too few for a bound on how much the difference in trends bends, as some combination of the "
    "periods' effects has no variance; ask for relative_magnitudes.",
    sv="Klustren är för få för en gräns för hur mycket skillnaden i trender kröker sig, eftersom någon kombination av "
    "periodernas effekter saknar varians; begär relative_magnitudes.",
)
_NO_JOINT = Text(
    en="Trends cannot be checked jointly, as the periods' effects have no joint covariance.",
    sv="Trenderna kan inte prövas gemensamt, eftersom periodernas effekter saknar gemensam kovarians.",
)
