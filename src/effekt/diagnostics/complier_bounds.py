"""Bounds on an effect on compliers with outcomes missing: those of the effect of assignment over those of its share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from effekt._text import Language, Text, significant
from effekt._types import BoolArray, FloatArray, Number
from effekt._validation import check_decimal
from effekt.diagnostics._arrays import check_arms, check_each, check_vector, number_words
from effekt.diagnostics._outcome_bounds import holds
from effekt.diagnostics.lee import lee_bounds
from effekt.diagnostics.manski import manski_bounds
from effekt.exceptions import ArgumentError
from effekt.result import Diagnostic

ROUNDING = 1e-12  # a share of compliers this small is none
Ends: TypeAlias = tuple[float, float]


def complier_bounds(
    outcome: Sequence[float] | FloatArray,
    received: Sequence[float] | FloatArray,
    treatment: Sequence[int] | FloatArray | BoolArray,
    *,
    low: float | None = None,
    high: float | None = None,
    threshold: Number = 0.0,
) -> Diagnostic:
    """How far the effect on compliers could lie when outcomes are missing: what bounds on the ITT imply for it.

    Parameters
    ----------
    outcome : (n,) array
        In the outcome's unit, one row for each assigned unit; NaN where it is missing.
    received : (n,) array
        1 where the unit received the treatment, else 0; NaN where that is not known.
    treatment : (n,) array
        1 treated, 0 control, as assigned.
    low, high : float, optional
        Range of the outcome, both or none; with it, the worst case is told as well.
    threshold : float, str or Decimal
        Effect, in the outcome's unit, that the bounds are told against; by default no effect.

    Returns
    -------
    Diagnostic
        "warning" when the threshold lies within a range, or a range has no ends; else "ok". Values: `lee_lower`,
        `lee_upper` for the effect on compliers who would be seen in either arm, over the share of compliers from
        `lee_share_lower` to `lee_share_upper`; the same with `manski` for all compliers, None without a range of the
        outcome; `threshold`. Ends are None where the share can be zero. Table: for each kind the bounds of the effect
        of assignment, of the share and of the effect on compliers.

    Raises
    ------
    ArgumentError
        As `lee_bounds` and `manski_bounds`, for one end of the range without the other, and for a `received` other than
        0, 1 and NaN.

    Notes
    -----
    Assumes random assignment, exclusion and monotonicity of receipt, as `complier_effect` does. In any group that
    assignment does not choose, the effect of assignment is then the effect on the group's compliers times their share
    of it, y = τ·d. With y between y₁ and y₂ and d between d₁ > 0 and d₂, τ lies between the least and the largest of
    y/d at these ends.

    Lee: the group is those who would be seen under either assignment. As who is seen chooses among compliers, their
    share d is not that of the first stage; it is bounded as the outcome is, by trimming receipt. A unit is seen when
    both its outcome and its receipt are. Manski: the group is everyone, d the difference of the shares that received,
    with whoever's receipt is not known counted as either.

    Both ranges hold the effect on compliers whenever the bounds they are made from hold theirs. They are not the
    narrowest that the assumptions allow, since the worst case of y and that of d need not be of the same units, and
    allow for no chance: they are estimates of ends, without standard errors.

    References
    ----------
    Lee, D. S. (2009). Training, wages, and sample selection: estimating sharp bounds on treatment effects. *Review of
    Economic Studies* 76(3), 1071–1102. doi:10.1111/j.1467-937X.2009.00536.x

    Horowitz, J. L. & Manski, C. F. (2000). Nonparametric analysis of randomized experiments with missing covariate and
    outcome data. *Journal of the American Statistical Association* 95(449), 77–84.
    doi:10.1080/01621459.2000.10473902

    Angrist, J. D., Imbens, G. W. & Rubin, D. B. (1996). Identification of causal effects using instrumental variables.
    *Journal of the American Statistical Association* 91(434), 444–455. doi:10.1080/01621459.1996.10476902

    Examples
    --------
    >>> nan = float("nan")
    >>> outcome, received = [5, 6, 7, 2, nan, 3, 2, 4, 1, nan], [1, 1, 1, 0, 1, 0, 0, 0, 0, 0]
    >>> found = complier_bounds(outcome, received, [1] * 5 + [0] * 5)
    >>> found.values["lee_lower"], round(found.values["lee_upper"], 4), found.values["lee_share_lower"]
    (3.3333333333333335, 3.3333, 0.75)
    """
    if (low is None) != (high is None):
        raise ArgumentError("`low` and `high` must be given together: the range of the outcome, or neither.")
    values = check_vector("outcome", outcome, missing=True)
    taken = _check_received(received, len(values))
    treated = check_arms(treatment, len(values))
    line = check_decimal("threshold", threshold)
    seen = ~np.isnan(values) & ~np.isnan(taken)
    trimmed = [lee_bounds(np.where(seen, column, np.nan), treated, clustered=True) for column in (values, taken)]
    found = {"lee": (_ends(trimmed[0]), _ends(trimmed[1]))}
    if low is not None and high is not None:
        worst = manski_bounds(values, treated, low=low, high=high, clustered=True)
        found["manski"] = (_ends(worst), _worst_share(taken, treated))
    return complier_bounds_of(found, line)


def complier_bounds_of(found: Mapping[str, tuple[Ends, Ends]], line: float) -> Diagnostic:
    """The check from bounds on the effect of assignment and on that on receipt, by kind, whatever the design."""
    ranges = {kind: _over(*bounds) for kind, bounds in found.items()}
    within = any(own is None or holds(own, line) for own in ranges.values())
    return Diagnostic(
        name="complier_bounds",
        status="warning" if within else "ok",
        statement=Text(en=_statement(ranges, line, "en"), sv=_statement(ranges, line, "sv")),
        values={
            **{
                name: value
                for kind in _KINDS
                for name, value in _named(kind, found.get(kind), ranges.get(kind)).items()
            },
            "threshold": line,
        },
        table=_table(found, ranges),
    )


_KINDS = ("lee", "manski")


def _check_received(received: Any, length: int) -> FloatArray:
    taken = check_vector("received", received, missing=True, length=length)
    check_each(
        "received",
        np.isnan(taken) | (taken == 0) | (taken == 1),
        "be 0 (did not receive the treatment), 1 (received it) or NaN (not known)",
        "Code receipt so.",
    )
    return taken


def _ends(check: Diagnostic) -> Ends:
    lower, upper = check.values["lower"], check.values["upper"]
    assert isinstance(lower, float)
    assert isinstance(upper, float)
    return lower, upper


def _worst_share(taken: FloatArray, treated: BoolArray) -> Ends:
    """The difference of the shares that received, whoever's receipt is not known."""

    def share(arm: BoolArray, unknown: float) -> float:
        return float(np.sum(np.where(np.isnan(taken[arm]), unknown, taken[arm]))) / int(arm.sum())

    return share(treated, 0.0) - share(~treated, 1.0), share(treated, 1.0) - share(~treated, 0.0)


def _over(effect: Ends, share: Ends) -> Ends | None:
    """The least and the largest ratio; none where the share can be zero."""
    if share[0] <= ROUNDING:
        return None
    ratios = [end / part for end in effect for part in share]
    return min(ratios), max(ratios)


def _named(kind: str, bounds: tuple[Ends, Ends] | None, found: Ends | None) -> dict[str, float | None]:
    share = (None, None) if bounds is None else bounds[1]
    lower, upper = (None, None) if found is None else found
    return {
        f"{kind}_lower": lower,
        f"{kind}_upper": upper,
        f"{kind}_share_lower": share[0],
        f"{kind}_share_upper": share[1],
    }


def _table(
    found: Mapping[str, tuple[Ends, Ends]], ranges: dict[str, Ends | None]
) -> dict[str, tuple[float | str | None, ...]]:
    rows = [(kind, i) for kind in found for i in (0, 1)]
    ends = [ranges[kind] for kind, _ in rows]
    return {
        "kind": tuple(kind for kind, _ in rows),
        "bound": tuple(("lower", "upper")[i] for _, i in rows),
        "assigned": tuple(found[kind][0][i] for kind, i in rows),
        "share": tuple(found[kind][1][i] for kind, i in rows),
        "compliers": tuple(None if end is None else end[i] for end, (_, i) in zip(ends, rows, strict=True)),
    }


def _statement(ranges: dict[str, Ends | None], line: float, lang: Language) -> str:
    """A sentence for each range, and that chance is left out."""
    told = [_sentence(_WHOM[kind].in_language(lang), own, line, lang) for kind, own in ranges.items()]
    return " ".join([*told, _NO_CHANCE.in_language(lang)])


def _sentence(whom: str, found: Ends | None, line: float, lang: Language) -> str:
    if found is None:
        return {
            "en": f"{whom} the bounds on the effect of assignment imply none, since the share of compliers can be "
            "zero.",
            "sv": f"{whom} ger gränserna för effekten av lottningen inga gränser, eftersom andelen följsamma kan vara "
            "noll.",
        }[lang]
    low, high = (significant(end, lang) for end in found)
    number, within = number_words(line, lang), holds(found, line)
    place = {
        "en": "lies within, so the data leave its side open" if within else "lies outside",
        "sv": "ligger inom dem, så data lämnar öppet på vilken sida effekten ligger" if within else "ligger utanför",
    }[lang]
    return {
        "en": f"{whom} the bounds on the effect of assignment imply an effect between {low} and {high}; {number} "
        f"{place}.",
        "sv": f"{whom} innebär gränserna för effekten av lottningen en effekt mellan {low} och {high}; {number} "
        f"{place}.",
    }[lang]


_WHOM = {
    "lee": Text(
        en="Among compliers who would be seen in either arm",
        sv="Bland de följsamma som skulle ses oavsett grupp",
    ),
    "manski": Text(
        en="Among all compliers, whoever is missing,",
        sv="Bland alla följsamma, vilka som än saknas,",
    ),
}
_NO_CHANCE = Text(
    en="These ends are estimates, without an allowance for chance.",
    sv="Gränserna är skattningar och tar inte hänsyn till slumpen.",
)
