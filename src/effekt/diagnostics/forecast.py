"""Before an evaluation is over: what the rest must be for a target, and how often others have changed by as much."""

from __future__ import annotations

from typing import Literal

import numpy as np

from effekt._text import Text, format_percent
from effekt._types import FloatArray, Number
from effekt._validation import check_integer, check_option, plural
from effekt.diagnostics._arrays import check_between, check_vector
from effekt.exceptions import ArgumentError
from effekt.result import Diagnostic

Values = dict[str, float | int | str | None]


def forecast(
    *,
    effect: float,
    counterfactual: float,
    changes: FloatArray,
    elapsed: int,
    remaining: int,
    threshold: Number | None = None,
    scale: Literal["log", "linear"] = "log",
) -> Diagnostic:
    """The relative change at the end of an evaluation, from that to date and how units without intervention moved on.

    With m periods elapsed and h remaining, each counted alike, a relative change r to date and x in the rest end as
    (m·r + h·x) / (m + h). The rest of unit j is what the effect to date becomes when it moves on as that unit did from
    m such periods to the h that followed.

    Parameters
    ----------
    effect : float
        Treated less counterfactual to date, in the outcome's unit.
    counterfactual : float
        Its counterfactual, above zero.
    changes : (n,) array
        How units without the intervention moved against their comparator from `elapsed` periods to the `remaining`
        that followed: the logarithm of the ratio, or a difference in the outcome's unit. May be empty.
    elapsed, remaining : int
        Periods.
    threshold : float, str or Decimal, optional
        A reduction that pays, as a positive fraction such as 0.12.
    scale : {"log", "linear"}
        Of `changes`.

    Returns
    -------
    Diagnostic
        "information". Values: `elapsed`, `remaining`, `relative` (to date), `n_changes`; with changes the forecast
        `low`, `median`, `high` of the final relative change, where `low` and `high` are the k-th from the ends, k the
        whole part of (n + 1)/10, so that they hold a further unit's with probability 0.8 or more (None for fewer than
        nine changes); with a threshold `needed`, the relative change that the rest must have, and with both
        `n_reaching` and `probability`, the share of the changes under which the final figure reaches it. Table:
        `change` and `final`, in rising order.

    Raises
    ------
    ArgumentError
        For a counterfactual that is not above zero, or a number of periods below one.

    Notes
    -----
    Assumes that the effect to date goes on, and that the treated unit moves about it as the others moved about none.
    Changes of one unit at several places overlap; their share is no p-value.

    Examples
    --------
    >>> found = forecast(effect=-0.8, counterfactual=10.0, changes=[-0.1, 0.0, 0.1], elapsed=12, remaining=24,
    ...                  threshold=0.12)
    >>> round(found.values["needed"], 3), found.values["n_reaching"]
    (-0.14, 1)
    """
    check_option("scale", scale, ("log", "linear"))
    now = float(check_vector("effect", [effect])[0])
    base = float(check_vector("counterfactual", [counterfactual])[0])
    if base <= 0:
        raise ArgumentError("`counterfactual` must be above zero for a relative change, and it is not.")
    m, h = check_integer("elapsed", elapsed, 1), check_integer("remaining", remaining, 1)
    relative = now / base
    moved = np.sort(check_vector("changes", changes)) if len(changes) else np.zeros(0)
    rest = (1 + relative) * np.exp(moved) - 1 if scale == "log" else relative + moved / base
    final = (m * relative + h * rest) / (m + h)
    values: Values = {"elapsed": m, "remaining": h, "relative": relative, "n_changes": len(moved)}
    if len(moved):
        place = (len(final) + 1) // 10
        low, high = (float(final[place - 1]), float(final[-place])) if place else (None, None)
        values |= {"low": low, "median": float(np.median(final)), "high": high}
    if threshold is not None:
        bar = threshold = check_between("threshold", threshold, 0, 1)
        values["needed"] = (-bar * (m + h) - m * relative) / h
        if len(moved):
            reaching = int(np.sum(final <= -bar + 1e-12))
            values |= {"n_reaching": reaching, "probability": reaching / len(moved)}
    return Diagnostic(
        name="forecast",
        status="information",
        statement=_words(values, threshold),
        values=values,
        table={"change": tuple(moved.tolist()), "final": tuple(final.tolist())} if len(moved) else {},
    )


def _words(values: Values, threshold: float | None) -> Text:
    now, m, h = float(values["relative"] or 0), int(values["elapsed"] or 0), int(values["remaining"] or 0)
    sentences = [
        Text(
            en=f"After {m} of {plural(m + h, 'period')} the relative change is {format_percent(now, 'en')}.",
            sv=f"Efter {m} av {m + h} perioder är den relativa förändringen {format_percent(now, 'sv')}.",
        )
    ]
    if threshold is not None:
        sentences.append(_needed_words(float(values["needed"] or 0), h, threshold))
    sentences.append(_forecast_words(values, threshold) if values["n_changes"] else _TOO_SHORT)
    return Text(en=" ".join(one.en for one in sentences), sv=" ".join(one.sv for one in sentences))


def _needed_words(needed: float, h: int, threshold: float) -> Text:
    en, sv = (format_percent(threshold, "en", None), format_percent(threshold, "sv", None))
    rest = "remaining period" if h == 1 else f"{h} remaining periods"
    sv_rest = "återstående perioden" if h == 1 else f"{h} återstående perioderna"
    if needed < -1:
        return Text(
            en=f"A reduction of {en} can no longer be reached: the {rest} would have to fall below zero.",
            sv=f"En minskning på {sv} kan inte längre nås: den skulle kräva ett utfall under noll i "
            f"{'den' if h == 1 else 'de'} {sv_rest}.",
        )
    return Text(
        en=f"For a reduction of {en} at the end, the {rest} must have {format_percent(needed, 'en')}.",
        sv=f"För en minskning på {sv} vid slutet måste {'den' if h == 1 else 'de'} {sv_rest} ha "
        f"{format_percent(needed, 'sv')}.",
    )


def _forecast_words(values: Values, threshold: float | None) -> Text:
    n = int(values["n_changes"] or 0)
    words = _range_words(values["low"], values["high"], n)
    if threshold is None:
        return words
    reaching = int(values["n_reaching"] or 0)
    return Text(
        en=f"{words.en} {reaching} of {n} reach {format_percent(threshold, 'en', None)}.",
        sv=f"{words.sv} {reaching} av {n} når {format_percent(threshold, 'sv', None)}.",
    )


def _range_words(low: object, high: object, n: int) -> Text:
    if not isinstance(low, float) or not isinstance(high, float):
        return Text(
            en=f"Units without the intervention show {plural(n, 'such change')}, too few for a range of the end.",
            sv=f"Enheter utan insatsen visar {n} {'sådan förändring' if n == 1 else 'sådana förändringar'}, för få för "
            "ett intervall för slutet.",
        )
    return Text(
        en=f"If it goes on and moves as units without the intervention have moved, it ends between "
        f"{format_percent(low, 'en')} and {format_percent(high, 'en')} in eight cases of ten (from {n} such changes).",
        sv=f"Om den fortsätter och rör sig som enheter utan insatsen har rört sig slutar den mellan "
        f"{format_percent(low, 'sv')} och {format_percent(high, 'sv')} i åtta fall av tio (ur {n} sådana "
        "förändringar).",
    )


_TOO_SHORT = Text(
    en="How much may still change is not known: no unit without the intervention has been followed for as many periods "
    "as the whole evaluation.",
    sv="Hur mycket som ännu kan ändras är inte känt: ingen enhet utan insatsen har följts under så många perioder som "
    "hela utvärderingen.",
)
