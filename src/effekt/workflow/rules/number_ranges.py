"""Numbers that no estimator gives, whatever the data: told of a result by what they stand for."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from effekt._inference import AndersonRubin, FixedDf, Placebos, StudentT, TestInversion
from effekt.result import Diagnostic, EffectEstimate
from effekt.workflow.findings import TOLERANCE
from effekt.workflow.rules.recorded import Fault

_SHARE = re.compile(r"(\w+_)?(share|p_value|overlap|ecdf|r2)(_\w+)?|p_\w+|smallest_p|level")
_SIZE = re.compile(r"n_\w+|df_\w+|effective_\w+|(\w+_)?(std_error|sd|rmspe)(_\w+)?")
_COUNT = re.compile(r"n_\w+")
_FRACTION = re.compile(r"\d+(/[1-9]\d*)?")
DIFFERENCES = ("complier_bounds",)
"""Checks whose shares are differences of two: bounds on how many more received the treatment as they were assigned."""
NORMAL = ("abadie_imbens/1", "abadie_imbens_estimated/1", "sandwich/1", "young/1")
"""Conventions of the variance that have a normal reference, and no degrees of freedom."""
OF_SQUARES = ("welch/1", "HC2/1", "CR1/1", "CR2/1", "CR3/1")
"""Those whose degrees of freedom are of sums of squares: at least 1, and no more than there are rows."""


def check_ranges(check: Diagnostic) -> Iterator[Fault]:
    """Shares and p-values of a check lie from 0 to 1; its spreads, sizes and counts, which are whole, not below 0.

    A difference of two shares lies from −1 to 1.

    Parameters
    ----------
    check : Diagnostic

    Yields
    ------
    place, stated, must be
    """
    for name, column in ({name: (value,) for name, value in check.values.items()} | dict(check.table)).items():
        if (limits := _limits(check, name)) is not None:
            *ends, must = limits
            wrong = [value for value in column if value is not None and not _is_possible(name, value, *ends)]
            yield from ((f"diagnostics.{check.name}.{name}", value, must) for value in wrong)


def _limits(check: Diagnostic, name: str) -> tuple[float, float, str] | None:
    """The least and the most that a number can be, and these in words; None where any can be."""
    if _SHARE.fullmatch(name):
        return (-1.0, 1.0, "−1–1") if check.name in DIFFERENCES else (0.0, 1.0, "0–1")
    return (0.0, math.inf, "≥ 0") if _SIZE.fullmatch(name) else None


def _is_possible(name: str, value: Any, least: float, most: float) -> bool:
    """Whether a number lies between two ends, and is whole where it is a count; text is an exact p-value alone."""
    if isinstance(value, str):
        if not (name == "exact_p_value" and _FRACTION.fullmatch(value)):
            return False
        value = float(Fraction(value))
    whole = isinstance(value, int) or _COUNT.fullmatch(name) is None
    return whole and math.isfinite(value) and least - TOLERANCE <= value <= most * (1 + TOLERANCE)


def number_faults(effect: EffectEstimate) -> Iterator[Fault]:
    """Numbers of an effect that lie where none of their kind can, whatever the data.

    Parameters
    ----------
    effect : EffectEstimate

    Yields
    ------
    place, stated, must be
    """
    yield from _of_means(effect)
    yield from _of_df(effect)
    if isinstance(effect.inference, TestInversion):
        yield from _of_declared(effect.inference)
    if isinstance(effect.inference, Placebos) and not all(map(math.isfinite, effect.inference.errors)):
        yield "inference.errors", math.inf, "finite"


def _of_means(effect: EffectEstimate) -> Iterator[Fault]:
    """Raw means and the picture over time are finite."""
    path = effect.path
    shown: dict[str, Sequence[float | None]] = {"observed": (effect.observed.treated, effect.observed.control)}
    if path is not None:
        shown |= {"path.treated": path.treated, "path.counterfactual": path.counterfactual}
    for place, numbers in shown.items():
        yield from ((place, one, "finite") for one in numbers if one is not None and not math.isfinite(one))


def _of_df(effect: EffectEstimate) -> Iterator[Fault]:
    """Variances are finite; degrees of freedom are above zero, and infinite where the reference is normal alone.

    Welch–Satterthwaite and Bell–McCaffrey give (Σλ)²/Σλ² of λ ≥ 0, of which there are no more than rows.
    """
    by, rows = effect.inference, effect.sample.n_obs
    if not isinstance(by, (StudentT, AndersonRubin)):
        return
    yield from (("inference.covariance", one, "finite") for one in by.covariance if not math.isfinite(one))
    most = rows if effect.variance in OF_SQUARES else None
    for df in _df(by):
        if most is not None and not 1 - TOLERANCE <= df <= most * (1 + TOLERANCE):
            yield "inference.df", df, f"1–{most}"
        elif not df > 0 or (math.isinf(df) and effect.variance not in NORMAL):
            yield "inference.df", df, "> 0"


def _df(by: StudentT | AndersonRubin) -> list[float]:
    """Of the difference, and of each mean that varies."""
    if isinstance(by, AndersonRubin):
        return [by.df]
    if isinstance(by.df, FixedDf):
        return [by.df.df]
    quadratic, quartic = by.df.quadratic, by.df.quartic
    forms = [(quadratic[0] - quadratic[1] + quadratic[2], sum(quartic[::2]) - sum(quartic[1::2]))]
    means = zip(quadratic[::2], (quartic[0], quartic[4]), by.covariance[::2], strict=True)
    forms += [(first, second) for first, second, variance in means if variance]
    return [first * first / second if second > 0 else math.inf for first, second in forms]


def _of_declared(by: TestInversion) -> Iterator[Fault]:
    """P-values lie from 0 to 1, levels between, and nulls are finite."""
    for p in by.p_values:
        if not 0 <= p.p_value <= 1 + TOLERANCE:
            yield "inference.p_values.p_value", float(p.p_value), "0–1"
        if not math.isfinite(p.null):
            yield "inference.p_values.null", p.null, "finite"
    for found in (one.set for one in by.sets):
        if not 0 < found.level < 1:
            yield "inference.sets.level", found.level, "0–1"
