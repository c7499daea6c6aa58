"""Whether a test of trends before adoption can be made of what a result says, held against the one that it has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from effekt._few import few_clusters
from effekt._inference import StudentT, Unavailable
from effekt.diagnostics._joint import trusted
from effekt.diagnostics.pretrends import pretrends
from effekt.estimators._refusals import NO_VARIATION
from effekt.estimators._trend_checks import ONE_PERIOD, Asked, trend_diagnostics
from effekt.result import Diagnostic, EffectEstimate, EffectSet
from effekt.workflow.rules.recorded import NUMBER, Fault, Member

ONE, ALL = "pretrend", "pretrends"
SIZES = ("n_periods", "n_effects", "df_numerator", "df_denominator")
"""What a test counts, and its degrees of freedom, which follow from how many effects there are and from theirs."""
OF_FEW = ("Cluster-robust inference needs", "The Satterthwaite degrees of freedom")
"""How the reasons begin for which too few clusters give no inference."""
BY_DESIGN = ("CR0", "CR1", "CR2", "CR3")
"""Variances of two groups of a panel by which each period is tested too, with the same clusters."""


def trend_faults(result: Member | EffectSet) -> Iterator[Fault]:
    """A test that is not there though the result has all that it takes, or is there though it can have none.

    Parameters
    ----------
    result : EffectEstimate, EffectSet or OutcomeMeasure

    Yields
    ------
    place, stated, must be
    """
    for check in result.diagnostics:
        if check.name not in (ONE, ALL):
            continue
        if isinstance(result, EffectSet):
            again = _of_set(check.name, result)
            yield from () if again is None else _unlike(check, again)
        elif isinstance(result, EffectEstimate) and result.method == "difference_in_differences":
            yield from _of_difference(check, result)


def _of_set(name: str, effects: EffectSet) -> Diagnostic | None:
    """The test made anew of the effects and their joint covariance; None where the result has no such effects."""
    one = effects.effects[0]
    taken, times = one.arguments, effects.group_times
    if name == ALL:
        of_groups = times is not None and taken.get("estimator") != "imputation"
        return pretrends(effects) if of_groups else None
    by_event: Any = effects.aggregate("dynamic") if times is not None else effects
    if one.method != "event_study" and times is None and taken.get("aggregate") != "dynamic":
        return None
    asked = Asked(names=(ONE,), threshold=0.0, margin=taken.get("margin"), alternative=None)
    return trend_diagnostics(by_event, asked)[0]


def _unlike(check: Diagnostic, again: Diagnostic) -> Iterator[Fault]:
    """Values that only one of the two has, and counts that differ; the other numbers rest on how sums are rounded."""
    place = f"diagnostics.{check.name}.values"
    for name in dict.fromkeys((*again.values, *check.values)):
        stated, made = check.values.get(name), again.values.get(name)
        if name not in again.values:
            yield f"{place}.{name}", stated, None
        elif name not in check.values or (stated is None and made is not None):
            yield f"{place}.{name}", None, NUMBER
        elif name in SIZES and not _near(stated, made):
            yield f"{place}.{name}", stated, made


def _near(stated: Any, made: Any) -> bool:
    if stated is None or made is None or not isinstance(stated, (int, float)):
        return stated is made
    return bool(abs(stated - made) <= 1e-6 * abs(made))  # degrees of freedom of sums that are rounded otherwise


def _of_difference(check: Diagnostic, effect: EffectEstimate) -> Iterator[Fault]:
    """By the periods of the picture, the clusters, and the degrees of freedom, which each period of a panel has too.

    Whether outcomes vary in each period, without which there is no test, rests on the rows: a check without values that
    gives that as its reason may be right, and one that gives too few periods or clusters may not.
    """
    values: Mapping[str, Any] = check.values
    periods, place = _before(effect), "diagnostics.pretrend.values"
    if periods is None:
        return
    if not values:
        df = None if periods == 0 or _few(effect) else _df(effect)
        if df is not None and trusted(periods, df) and _is_of_few(check.statement.en):
            yield place, None, NUMBER
        return
    if periods == 0 or _few(effect):
        yield place, ", ".join(values), None
        return
    if values.get("n_periods") not in (None, periods):
        yield f"{place}.n_periods", values["n_periods"], periods
    df = _df(effect)
    if df is None:
        return
    can, has = trusted(periods, df), values.get("statistic") is not None
    if can != has:
        yield f"{place}.statistic", values.get("statistic"), NUMBER if can else None
    if can and not _near(values.get("df_denominator"), df - periods + 1):
        yield f"{place}.df_denominator", values.get("df_denominator"), df - periods + 1


def _before(effect: EffectEstimate) -> int | None:
    """How many periods before adoption are compared with the last of them; None without a picture of both in order."""
    path = effect.path
    if path is None or not {path.reference[1], path.evaluation[0]} <= {*path.periods}:
        return None
    last, first = path.periods.index(path.reference[1]), path.periods.index(path.evaluation[0])
    return last if first == last + 1 else None


def _few(effect: EffectEstimate) -> bool:
    """Whether the clusters are too few for a standard error of any period: of units, no group has more clusters."""
    own, by = effect.sample, effect.inference
    if any(n is not None and n < 2 for n in (own.n_treated, own.n_control)):
        return True
    if own.n_clusters is not None and few_clusters(own.n_clusters) is not None:
        return True
    return _alike(effect) and isinstance(by, Unavailable) and by.reason != NO_VARIATION


def _alike(effect: EffectEstimate) -> bool:
    """Whether the clusters give each period the degrees of freedom that they give the effect."""
    taken = effect.arguments
    return taken.get("variance") in BY_DESIGN and taken.get("sampling", "panel") == "panel"


def _is_of_few(statement: str) -> bool:
    """Whether a check says that it lacks periods, clusters or degrees of freedom."""
    return statement == ONE_PERIOD.en or any(words in statement for words in OF_FEW)


def _df(effect: EffectEstimate) -> float | None:
    """Of every period; None where they do not follow from the effect's or from the numbers of units."""
    if _alike(effect):
        return effect.df if isinstance(effect.inference, StudentT) else None
    return _df_of_units(effect)


def _df_of_units(effect: EffectEstimate) -> float | None:
    """Satterthwaite's, of the differences of single units in two groups, by the variance that the check takes.

    That is CR1 beside CR1S and CR2 beside what has no variance: with units alone as clusters a group's part in the
    variance is expected to be (n − 1)/n² or 1/n times that of a unit, with n − 1 degrees of freedom.
    """
    own, taken = effect.sample, effect.arguments
    groups = [n for n in (own.n_treated, own.n_control) if n is not None and n > 1]
    of_units = len(groups) == 2 and own.n_clusters == own.n_units == sum(groups)
    panel = taken.get("sampling", "panel") == "panel"
    if not of_units or not panel or taken.get("covariates") or taken.get("eligible"):
        return None
    shares = [(n - 1) / n**2 if taken.get("variance") == "CR1S" else 1 / n for n in groups]
    return float(sum(shares) ** 2 / sum(share**2 / (n - 1) for share, n in zip(shares, groups, strict=True)))
