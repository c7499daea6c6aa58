"""Effects before there can be any: whether they are all nothing, jointly."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from effekt._exact import exact
from effekt._inference import StudentT
from effekt._text import LANGUAGES, Text, format_p
from effekt._types import FloatArray
from effekt._validation import check_level
from effekt.diagnostics._joint import joint_test, trusted
from effekt.exceptions import ArgumentError
from effekt.result import Diagnostic, EffectSet
from effekt.result.effect_set import covariance_of_differences


def pretrends(effects: EffectSet, *, level: float = 0.95) -> Diagnostic:
    """Whether the group-time effects of periods before treatment, and before its anticipation, are all nothing.

    Parameters
    ----------
    effects : EffectSet
        As `staggered_adoption` returns it.
    level : float
        1 − the p-value at or below which there is evidence against parallel trends.

    Returns
    -------
    Diagnostic
        "warning" where there is evidence against parallel trends before treatment, "ok" where there is none, which does
        not show that they hold; "information" where nothing can be tested, or F has fewer than 4 degrees of freedom in
        its denominator, with which hardly any trend would be found. Values: `wald`, `n_effects`, `p_value`, and
        `df_denominator` (None: infinite). Table: the effects tested.

    Raises
    ------
    ArgumentError
        For a set that is not one of group-time effects.

    Notes
    -----
    With θ̂ the q effects and V their covariance, W = θ̂'V⁻¹θ̂, and (ν − q + 1)/(νq)·W is referred to F(q, ν − q + 1), ν
    the smallest of their degrees of freedom (Hotelling). Effects without inference are not among them. Deciding by
    this test whether to use a design distorts what is found afterwards (Roth 2022).

    References
    ----------
    Callaway, B. & Sant'Anna, P. (2021). Difference-in-differences with multiple time periods. *Journal of Econometrics*
    225(2), 200–230. doi:10.1016/j.jeconom.2020.12.001

    Hotelling, H. (1931). The generalization of Student's ratio. *Annals of Mathematical Statistics* 2(3), 360–378.
    doi:10.1214/aoms/1177732979

    Roth, J. (2022). Pretest with caution: event-study estimates after testing for parallel trends. *American Economic
    Review: Insights* 4(3), 305–322. doi:10.1257/aeri.20210236

    Examples
    --------
    >>> import effekt
    >>> data = {
    ...     "school": [school for school in range(12) for _ in range(3)],
    ...     "year": [2020, 2021, 2022] * 12,
    ...     "start": [2022] * 18 + [None] * 18,
    ...     "absence": [9.0 + (7 * i * i) % 11 for i in range(36)],
    ... }
    >>> effects = effekt.staggered_adoption(data, outcome="absence", unit="school", time="year", start="start")
    >>> found = pretrends(effects)
    >>> found.status, round(found.values["p_value"], 2)
    ('ok', 0.81)
    """
    alpha = check_level(level)
    times = effects.group_times if isinstance(effects, EffectSet) else None
    if times is None:
        raise ArgumentError("`effects` must be the group-time effects that `staggered_adoption` returns.")
    if effects.effects[0].arguments.get("estimator") == "imputation":
        raise ArgumentError(
            "`effects` must have periods before treatment; imputation gives none, and tests trends by the rows without "
            "treatment instead. Read `effects.diagnostics`."
        )
    before = [k for k, event in enumerate(times.event_times) if event < -times.anticipation]
    tested = [k for k in before if isinstance(effects.effects[k].inference, StudentT)]
    if before and not tested:
        return _nothing(_UNSEEN)
    estimates = np.array([effects.effects[k].estimate for k in tested])
    df = min((effects.effects[k].df or math.inf for k in tested), default=math.inf)
    labels = tuple(effects.labels[k] for k in tested)
    errors = tuple(effects.effects[k].std_error for k in tested)
    covariance = covariance_of_differences(effects, np.eye(len(effects))[tested])
    return joint_pretrends(labels, estimates, covariance, df, level=alpha, errors=errors)


def joint_pretrends(
    labels: tuple[str, ...],
    estimates: FloatArray,
    covariance: FloatArray,
    df: float,
    *,
    level: Fraction = Fraction(1, 20),
    errors: tuple[float | None, ...] | None = None,
) -> Diagnostic:
    """The same of q estimates, each of which is nothing where trends are parallel.

    Parameters
    ----------
    labels : tuple of str, length q
    estimates : (q,) array
        In the outcome's unit.
    covariance : (q, q) array
        A variance of nothing is one that cannot be told from rounding.
    df : float
        Degrees of freedom of the covariance.
    level : Fraction
        The p-value at or below which there is evidence against parallel trends.
    errors : tuple of float, optional
        Standard errors to tell; by default from the covariance.

    Returns
    -------
    Diagnostic
        As of `pretrends`.
    """
    if not labels:
        return _nothing(_NO_PERIOD)
    if not np.diag(covariance).all():
        return _nothing(_UNSEEN)
    test = joint_test(estimates, covariance, df) if trusted(len(labels), df) else None
    if test is None:
        return _nothing(_TOO_MANY)
    rejected = exact(test.p_value) <= level
    return Diagnostic(
        name="pretrends",
        status="warning" if rejected else "ok",
        statement=_statement(test.p_value, test.numerator, rejected=rejected),
        values={
            "n_effects": test.numerator,
            "wald": test.wald,
            "df_denominator": test.recorded_denominator,
            "p_value": test.p_value,
            "level": float(1 - level),
        },
        table={
            "effect": labels,
            "estimate": tuple(map(float, estimates)),
            "std_error": tuple(np.sqrt(np.diag(covariance)).tolist()) if errors is None else errors,
        },
    )


# --- words ------------------------------------------------------------------------------------------------------------

_NO_PERIOD = Text(
    en="There is no second period before treatment, so nothing can be said about trends before it.",
    sv="Det finns ingen andra period före behandlingen, så inget kan sägas om trender före den.",
)
_UNSEEN = Text(
    en="No effect before treatment has inference, so trends before it cannot be tested.",
    sv="Ingen effekt före behandlingen har osäkerhetsmått, så trender före den kan inte prövas.",
)
_TOO_MANY = Text(
    en="There are too many effects before treatment for the clusters there are, so they cannot be tested jointly.",
    sv="Effekterna före behandlingen är för många för antalet kluster, så de kan inte prövas gemensamt.",
)


def _nothing(statement: Text) -> Diagnostic:
    return Diagnostic(name="pretrends", status="information", statement=statement)


def _statement(p_value: float, count: int, *, rejected: bool) -> Text:
    p = {lang: f"p {format_p(p_value, lang)}" for lang in LANGUAGES}
    effects = {"en": f"{count} effect{'s' if count > 1 else ''}", "sv": f"{count} effekt{'er' if count > 1 else ''}"}
    if rejected:
        return Text(
            en=f"There is evidence against parallel trends before treatment ({effects['en']}, {p['en']}).",
            sv=f"Det finns belägg mot parallella trender före behandlingen ({effects['sv']}, {p['sv']}).",
        )
    return Text(
        en=f"There is no evidence against parallel trends before treatment ({effects['en']}, {p['en']}); that does not "
        "show that the trends would have stayed parallel.",
        sv=f"Det finns inga belägg mot parallella trender före behandlingen ({effects['sv']}, {p['sv']}); det visar "
        "inte att trenderna hade förblivit parallella.",
    )
