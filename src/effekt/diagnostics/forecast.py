"""Before an evaluation is over: what the rest must be for a target, and how often others have changed by as much."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from effekt._text import Text, format_percent, format_share
from effekt._types import FloatArray, Number
from effekt._validation import check_integer, check_number, check_option, plural
from effekt.diagnostics._arrays import TIES, check_array, check_between, check_vector, dot
from effekt.diagnostics._improvement import Better, count_reaching, way_of
from effekt.diagnostics._logs import LINEAR, check_log
from effekt.exceptions import ArgumentError
from effekt.result import Diagnostic

LEAST = 5  # pairs; below, a line and the spread around it say nothing

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
    better: Better = "lower",
    pairs: tuple[FloatArray, FloatArray] | None = None,
    followed: int | None = None,
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
        A reduction that pays, as a positive fraction such as 0.12; where more is better an increase.
    scale : {"log", "linear"}
        Of `changes` and `pairs`.
    better : {"lower", "higher"}
        Which way is an improvement.
    pairs : ((k,) array, (k,) array), optional
        What the comparison found in units without the intervention, to date and in the rest, both against a reference
        before them. From five of them a line is drawn.
    followed : int, optional
        Periods after the `elapsed` that units could be followed for, where fewer than remain: `changes` are then
        widened, as in the notes.

    Returns
    -------
    Diagnostic
        "information". Values: `elapsed`, `remaining`, `relative` (to date), `n_changes`; with changes the forecast
        `low`, `median`, `high` of the final relative change, where `low` and `high` are the k-th from the ends, k the
        whole part of (n + 1)/10, so that they hold that of a further unit with probability 0.8 or more where each unit
        has one change, and about as often where many units have several (None for fewer than nine changes);
        with a threshold `needed`, the relative change that the rest must have, and with both `n_reaching` and
        `probability`, the share of the changes under which the final figure reaches it. With a line,
        the same of a unit in which the intervention changes nothing: `n_pairs`, `slope`, `low_without_effect`,
        `high_without_effect`, and with a threshold `probability_without_effect`. Where `followed` is given
        also this and `widened`, the factor. Table: `change` (as widened) and `final`, in rising order.

    Raises
    ------
    ArgumentError
        For numbers that are not finite, `pairs` that are not two arrays, a counterfactual that is not above zero, a
        number of periods below one, or `followed` that is not below `remaining`.

    Notes
    -----
    `low`, `high` and `probability` take the whole effect to date for the intervention's: it goes on, and the treated
    unit moves about it as the others moved about none. The range so holds whatever the effect is, on average over
    looks. But what is found to date is partly chance, and a look that shows much will on average fall back; where most
    interventions do little, `probability` is too high.

    Where nobody has been followed as long, changes over k < h periods are multiplied by √(v(m, h)/v(m, k)), with
    v(m, h) = (m − 1)(2m − 1)/(6m) + (h + 1)(2h + 1)/(6h): the variance, in steps', of the mean of h periods less that
    of the m before them where what chance does to a unit stays and adds up (a random walk). Where it fades the range
    is too wide, and `probability` too near one half.

    `…_without_effect` takes none of it for the intervention's. With x_j to date and y_j in the rest of unit j, the line
    y = a + b·x by least squares gives the rest at the treated unit's x as a + b·x + f·r_j/√(1 − h_j), the residuals
    r_j with leverages h_j, f² = 1 + 1/k + (x − x̄)²/Σ(x_j − x̄)² (Cook & Weisberg 1982, sections 2.1–2.2). Over
    many looks, the share that reach the threshold lies as a rule between the two probabilities where the effect is
    between none and the threshold, and above both where it is larger. Errors of one unit at several places overlap; a
    share of them is no p-value.

    References
    ----------
    Cook, R. D. & Weisberg, S. (1982). *Residuals and Influence in Regression*. Chapman and Hall.

    Examples
    --------
    >>> found = forecast(effect=-0.8, counterfactual=10.0, changes=[-0.1, 0.0, 0.1], elapsed=12, remaining=24,
    ...                  threshold=0.12)
    >>> round(found.values["needed"], 3), found.values["n_reaching"]
    (-0.14, 1)
    """
    check_option("scale", scale, ("log", "linear"))
    way = way_of(better)
    now = check_number("effect", effect)
    base = check_number("counterfactual", counterfactual)
    if base <= 0:
        raise ArgumentError("`counterfactual` must be above zero for a relative change, and it is not.")
    m, h = check_integer("elapsed", elapsed, 1), check_integer("remaining", remaining, 1)
    relative = now / base
    widened = 1.0 if followed is None else _widened(m, h, followed)
    given = check_array("changes", changes)
    moved = widened * np.sort(check_vector("changes", given)) if given.size else np.zeros(0)
    if scale == "log":
        check_log("changes", widened * given, LINEAR)
    rest = (1 + relative) * np.exp(moved) - 1 if scale == "log" else relative + moved / base
    final = (m * relative + h * rest) / (m + h)
    without = _without_effect(pairs, relative, base, scale)
    ends = None if without is None else (m * relative + h * without[1]) / (m + h)
    values: Values = {"elapsed": m, "remaining": h, "relative": relative, "n_changes": len(moved)}
    if followed is not None:
        values |= {"followed": followed, "widened": widened}
    if len(moved):
        low, high = _ends(final)
        values |= {"low": low, "median": float(np.median(final)), "high": high}
    if threshold is not None:
        bar = threshold = check_between("threshold", threshold, 0, 1)
        values["needed"] = (way * bar * (m + h) - m * relative) / h
        if len(moved):
            reaching = count_reaching(way * final, bar)
            values |= {"n_reaching": reaching, "probability": reaching / len(moved)}
    if without is not None and ends is not None:
        low, high = _ends(ends)
        values |= {"n_pairs": len(ends), "slope": without[0], "low_without_effect": low, "high_without_effect": high}
        if threshold is not None:
            values["probability_without_effect"] = count_reaching(way * ends, threshold) / len(ends)
    return Diagnostic(
        name="forecast",
        status="information",
        statement=_words(values, threshold, way),
        values=values,
        table={"change": tuple(moved.tolist()), "final": tuple(final.tolist())} if len(moved) else {},
    )


def _widened(elapsed: int, remaining: int, followed: int) -> float:
    """By how much a random walk's changes over `remaining` periods are larger than those over the ones `followed`."""
    if not check_integer("followed", followed, 1) < remaining:
        raise ArgumentError(f"`followed` must be below `remaining` ({remaining}), or be left out; got {followed}.")

    def variance(h: int) -> float:
        return (elapsed - 1) * (2 * elapsed - 1) / (6 * elapsed) + (h + 1) * (2 * h + 1) / (6 * h)

    return math.sqrt(variance(remaining) / variance(followed))


def _ends(final: FloatArray) -> tuple[float | None, float | None]:
    """The k-th of rising values from each end, k the whole part of (n + 1)/10; None where that is none."""
    place = (len(final) + 1) // 10
    return (float(final[place - 1]), float(final[-place])) if place else (None, None)


def _without_effect(
    pairs: tuple[FloatArray, FloatArray] | None, relative: float, base: float, scale: str
) -> tuple[float, FloatArray] | None:
    """The slope of the line, and the relative change of the rest by each residual, rising; None without a line."""
    if pairs is None:
        return None
    if not isinstance(pairs, (tuple, list)) or len(pairs) != 2:
        raise ArgumentError("`pairs` must be two arrays, what was found to date and in the rest.")
    if check_array("pairs", pairs[0]).size < LEAST or (scale == "log" and relative <= -1):
        return None
    x = check_vector("pairs", pairs[0])
    y = check_vector("pairs", pairs[1], length=len(x))
    if scale == "log":
        check_log("pairs", np.maximum(np.abs(x), np.abs(y)), LINEAR)
    own = math.log1p(relative) if scale == "log" else relative * base
    count, away = len(x), x - x.mean()
    total = dot(away, away)
    if total <= (TIES * float(np.abs(x).max())) ** 2 * count:
        return None
    slope = dot(away, y) / total
    left = 1 - 1 / count - away**2 / total
    if float(left.min()) <= TIES:
        return None
    at = own - float(x.mean())
    factor = math.sqrt(1 + 1 / count + at**2 / total)
    residuals = y - y.mean() - slope * away
    rest = np.sort(float(y.mean()) + slope * at + factor * residuals / np.sqrt(left))
    return slope, np.expm1(rest) if scale == "log" else rest / base


def _words(values: Values, threshold: float | None, way: int) -> Text:
    now, m, h = float(values["relative"] or 0), int(values["elapsed"] or 0), int(values["remaining"] or 0)
    sentences = [
        Text(
            en=f"After {m} of {plural(m + h, 'period')} the relative change is {format_percent(now, 'en')}.",
            sv=f"Efter {m} av {m + h} perioder är den relativa förändringen {format_percent(now, 'sv')}.",
        )
    ]
    if threshold is not None:
        sentences.append(_needed_words(float(values["needed"] or 0), h, threshold, way))
    sentences.append(_forecast_words(values, threshold) if values["n_changes"] else _TOO_SHORT)
    if values["n_changes"] and "followed" in values:
        sentences.append(_widened_words(int(values["followed"] or 0), h))
    if isinstance(values.get("low_without_effect"), float):
        sentences.append(_chance_words(values, threshold))
    return Text(en=" ".join(one.en for one in sentences), sv=" ".join(one.sv for one in sentences))


def _chance_words(values: Values, threshold: float | None) -> Text:
    low, high = float(values["low_without_effect"] or 0), float(values["high_without_effect"] or 0)
    words = Text(
        en=f"If the intervention changes nothing it ends between {format_percent(low, 'en')} and "
        f"{format_percent(high, 'en')} in eight cases of ten, by what came after such a change in units without it.",
        sv=f"Om insatsen inte ändrar något slutar den mellan {format_percent(low, 'sv')} och "
        f"{format_percent(high, 'sv')} i åtta fall av tio, efter vad som följt på en sådan förändring i enheter utan "
        "den.",
    )
    chance = values.get("probability_without_effect")
    if threshold is None or not isinstance(chance, float):
        return words
    between = _BETWEEN if "probability" in values else Text(en="", sv="")
    return Text(
        en=f"{words.en} It then reaches {format_percent(threshold, 'en', None)} in {format_share(chance, 'en')} of "
        f"cases.{between.en}",
        sv=f"{words.sv} Den når då {format_percent(threshold, 'sv', None)} i {format_share(chance, 'sv')} av fallen."
        f"{between.sv}",
    )


def _needed_words(needed: float, h: int, threshold: float, way: int) -> Text:
    en, sv = (format_percent(threshold, "en", None), format_percent(threshold, "sv", None))
    rest = "remaining period" if h == 1 else f"{h} remaining periods"
    sv_rest = "återstående perioden" if h == 1 else f"{h} återstående perioderna"
    more = way > 0
    if needed < -1:
        return Text(
            en=f"A reduction of {en} can no longer be reached: the {rest} would have to fall below zero.",
            sv=f"En minskning på {sv} kan inte längre nås: den skulle kräva ett utfall under noll i "
            f"{'den' if h == 1 else 'de'} {sv_rest}.",
        )
    return Text(
        en=f"For {'an increase' if more else 'a reduction'} of {en} at the end, the {rest} must have "
        f"{format_percent(needed, 'en')}.",
        sv=f"För en {'ökning' if more else 'minskning'} på {sv} vid slutet måste {'den' if h == 1 else 'de'} "
        f"{sv_rest} ha {format_percent(needed, 'sv')}.",
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


def _widened_words(followed: int, h: int) -> Text:
    return Text(
        en=f"They have been followed for {plural(followed, 'period')} after as many as have passed, not for {h}: their "
        "changes are widened as if what chance does to a unit stays and adds up (a random walk). Where it fades the "
        "range is too wide.",
        sv=f"De har följts i {followed} {'period' if followed == 1 else 'perioder'} efter så många som har gått, inte "
        f"i {h}: deras förändringar vidgas som om det slumpen gör med en enhet består och läggs på hög (en "
        "slumpvandring). Där det klingar av är intervallet för brett.",
    )


def _range_words(low: object, high: object, n: int) -> Text:
    if not isinstance(low, float) or not isinstance(high, float):
        return Text(
            en=f"Units without the intervention show {plural(n, 'such change')}, too few for a range of the end.",
            sv=f"Enheter utan insatsen visar {n} {'sådan förändring' if n == 1 else 'sådana förändringar'}, för få för "
            "ett intervall för slutet.",
        )
    return Text(
        en=f"If the effect to date is all the intervention's, goes on and moves as units without the intervention "
        f"have moved, it ends between {format_percent(low, 'en')} and {format_percent(high, 'en')} in eight cases of "
        f"ten (from {n} such changes).",
        sv=f"Om effekten hittills helt är insatsens, fortsätter och rör sig som enheter utan insatsen har rört sig "
        f"slutar den mellan {format_percent(low, 'sv')} och {format_percent(high, 'sv')} i åtta fall av tio "
        f"(ur {n} sådana förändringar).",
    )


_BETWEEN = Text(
    en=" Over many looks, the share that reach it lies as a rule between the two where the effect is between none and "
    "that, and above both where the effect is larger.",
    sv=" Sett över många avläsningar ligger andelen som når dit i regel mellan de två om effekten är mellan ingen och "
    "så stor, och över båda om effekten är större.",
)
_TOO_SHORT = Text(
    en="How much may still change is not known: the comparison has no unit without the intervention that has been "
    "followed for as many periods as the whole evaluation.",
    sv="Hur mycket som ännu kan ändras är inte känt: jämförelsen har ingen enhet utan insatsen som har följts under så "
    "många perioder som hela utvärderingen.",
)
