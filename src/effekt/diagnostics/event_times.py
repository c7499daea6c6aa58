"""What an event study finds before adoption: a joint test, how large a deviation it leaves open, and its power.

With β̂ the estimates of K periods before adoption, all against one reference period, V their covariance and ν its
degrees of freedom:

- Joint test: F = (ν − K + 1)/(νK) · β̂'V⁻¹β̂ on F(K, ν − K + 1), Hotelling's T². With the cluster-robust V of an event
  study of two groups and one adoption date, whose effects share one Satterthwaite ν, it is the HTZ test of Pustejovsky
  & Tipton (2018, doi:10.1080/07350015.2016.1247004): their η = K(K + 1)/Σ Var is then that ν.
- Equivalence: max_t |β_t| ≥ δ is rejected when every |β_t| is found below δ by two one-sided tests at level α (an
  intersection–union test, Dette & Schumann 2024, doi:10.1080/07350015.2024.2308121, with t in place of the
  normal). The smallest δ for which it is, is the largest upper end |β̂_t| + t(1 − α, ν)·SE_t.
- Power: with a true linear trend of slope s, β_t = s·d_t (d counted from the reference period), the joint test rejects
  with the probability of a noncentral F, whose noncentrality is s²·d'Σ⁻¹d; the slopes it would have found with
  probabilities of 50 and 80 % are what it cannot rule out (Roth 2022, doi:10.1257/aeri.20210236, for the test whether
  any single estimate is significant). Σ is estimated: d'Σ⁻¹d = d'V⁻¹d · X/ν, X on χ² with ν − K + 1 degrees of freedom
  (Muirhead 1982, doi:10.1002/9780470316559, theorem 3.2.12), which V itself would make too large. X is taken at its
  median, so that the slope told is as often too large as too small.

A denominator of fewer than 4 degrees of freedom would find hardly any trend: there the joint test is not made, and its
power not told.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, TypedDict

import numpy as np

from effekt._exact import exact
from effekt._inference import StudentT
from effekt._inference.distributions import f_quantile, noncentral_f_upper_tail, t_quantile, t_upper_tail
from effekt._text import LANGUAGES, Text, format_percent, significant
from effekt._types import FloatArray
from effekt._validation import LARGEST, MOST, check_flag, check_level, check_number, shown
from effekt.diagnostics._arrays import FINITE, check_array, check_each, check_positive, check_vector, p_words
from effekt.diagnostics._joint import JointTest, joint_test, quadratic, trusted
from effekt.exceptions import ArgumentError, InferenceUnavailableError
from effekt.result import Diagnostic, EffectEstimate, EffectSet
from effekt.result.effect_set import covariance_of_differences
from effekt.result.parts import Status

POWERS = (0.5, 0.8)
LEAST_DF = 0.1
NEGATIVE = 1e-8  # size of an eigenvalue below zero, relative to the largest variance, that is taken for rounding


class EventArrays(TypedDict):
    """An event study as `pretrend_test` and `honest_did` take it."""

    times: tuple[int, ...]
    estimates: FloatArray
    covariance: FloatArray
    df: float
    gaps: bool


def event_arrays(effects: EffectSet) -> EventArrays:
    """An event study as arrays, for `pretrend_test` and `honest_did`.

    Parameters
    ----------
    effects : EffectSet
        As `effekt.event_study` returns it: differences with a joint covariance, labelled by their distance to adoption;
        or of `effekt.staggered_adoption` with ``base_period="universal"``, aggregated as "dynamic".

    Returns
    -------
    dict
        `times` (−1, the reference, is not among them), `estimates`, `covariance`, `df` and `gaps`. With δ periods of
        declared anticipation times are counted from the first of them, so that these count as after, and the
        reference, −1 − δ periods from adoption, is −1. Periods are those of the data: where the calendar has gaps (the
        set then carries the note `period_gaps`) `gaps` is True, and `distances` have to be given beside the arrays.

    Raises
    ------
    ArgumentError
        For anything else.
    InferenceUnavailableError
        When an effect has no inference.

    Examples
    --------
    >>> import effekt
    >>> table = effekt.datasets.two_group_panel(rng=1, n_units=40, n_periods=5, n_before=3).table
    >>> effects = effekt.event_study(table, outcome="outcome", unit="unit", time="year", treatment="treatment")
    >>> event_arrays(effects)["times"]
    (-3, -2, 0, 1)
    """
    if not isinstance(effects, EffectSet):
        raise ArgumentError(f"`effects` must be an EffectSet; got {type(effects).__name__}.")
    if effects.effects[0].arguments.get("estimator") == "imputation":
        raise ArgumentError(
            "`effects` must be compared with one period before adoption; imputed ones are compared with all of them. "
            "Pass estimator='group_time' and base_period='universal' to `staggered_adoption`."
        )
    try:
        times = tuple(int(label) for label in effects.labels)
    except ValueError:
        raise ArgumentError(
            f"`effects` must be labelled by the distance to adoption, such as '-2' and '0'; got {effects.labels!r}."
        ) from None
    for label, one in zip(effects.labels, effects.effects, strict=True):
        if one.view.name != "difference":
            raise ArgumentError(
                f"`effects` must be differences; {label!r} is in the view {one.view.name!r}. Take the difference() of "
                "each."
            )
    for one in effects.effects:
        if not isinstance(one.inference, StudentT):
            one.p_value()  # says why there is none
    if effects.covariance is None:
        raise ArgumentError("`effects` must have a joint covariance; it has none.")
    ahead = max(_anticipation(one) for one in effects.effects)
    covariance = covariance_of_differences(effects, np.eye(len(effects)))
    return EventArrays(
        times=tuple(time + ahead for time in times),
        estimates=np.array([one.estimate for one in effects.effects]),
        covariance=(covariance + covariance.T) / 2,
        df=effects.df,
        gaps="period_gaps" in [note.code for note in effects.notes],
    )


def _anticipation(effect: EffectEstimate) -> int:
    """The periods before adoption in which the design allows for an effect."""
    declared = effect.arguments.get("anticipation", 0)
    return declared if isinstance(declared, int) else 0


def pretrend_test(
    *,
    times: Sequence[int],
    estimates: FloatArray,
    covariance: FloatArray,
    df: float = math.inf,
    margin: float | None = None,
    level: float = 0.95,
    distances: Sequence[float] | None = None,
    gaps: bool = False,
) -> Diagnostic:
    """Whether the groups' outcomes moved alike before adoption, and what the data leave open.

    Parameters
    ----------
    times : sequence of int, length n
        Distance to adoption: 0 is the first treated period. The reference, −1, is not among them.
    estimates : (n,) array
        In the outcome's unit; those of times before −1 are tested.
    covariance : (n, n) array
    df : float
        Degrees of freedom of the covariance; infinite is the normal.
    margin : float, optional
        A deviation that would not matter, in the outcome's unit, decided before the data were seen.
    level : float
        1 − the size of the tests.
    distances : sequence of float, length n, optional
        How far each time lies from the reference period in the calendar, where the data lack some of its periods, below
        0 before it; the drift is then a period of the calendar. By default times are evenly spaced: times + 1.
    gaps : bool
        Whether the data lack some periods of the calendar, as `event_arrays` says; `distances` must then be given.

    Returns
    -------
    Diagnostic
        "ok" is no evidence against parallel trends before adoption, never that they hold; "warning" is evidence
        against; "information" where the denominator of F has fewer than 4 degrees of freedom, in which case the joint
        test and the slopes are left out. Values: `n_periods`, `statistic`, `df_numerator`, `df_denominator`, `p_value`
        of the joint test;
        `smallest_margin`, the smallest deviation δ for which every one before adoption is found below δ; with a margin
        `equivalence_p_value`; `slope_50` and `slope_80`, the linear trends a period that the joint test would have
        found with these probabilities. Table: each period's estimate, standard error and upper end.

    Raises
    ------
    ArgumentError
        For arrays that do not fit each other, no time before −1, or gaps without distances.
    InferenceUnavailableError
        When a combination of the estimates has no variance.

    References
    ----------
    Pustejovsky, J. E. & Tipton, E. (2018). Small-sample methods for cluster-robust variance estimation and hypothesis
    testing in fixed effects models. *JBES* 36(4), 672–683. doi:10.1080/07350015.2016.1247004

    Dette, H. & Schumann, M. (2024). Testing for equivalence of pre-trends in difference-in-differences estimation.
    *JBES* 42(4), 1289–1301. doi:10.1080/07350015.2024.2308121

    Roth, J. (2022). Pretest with caution: event-study estimates after testing for parallel trends. *American Economic
    Review: Insights* 4(3), 305–322. doi:10.1257/aeri.20210236

    Examples
    --------
    >>> import numpy as np
    >>> found = pretrend_test(
    ...     times=[-3, -2, 0], estimates=np.array([0.2, -0.1, 1.5]), covariance=np.eye(3) * 0.04 + 0.04, df=18.0)
    >>> found.status, round(found.values["p_value"], 4)
    ('ok', 0.5864)
    >>> round(found.values["smallest_margin"], 3), round(found.values["slope_80"], 3)
    (0.69, 0.505)
    """
    alpha = check_level(level)
    spots, beta, spread = before_adoption(times, estimates, covariance)
    check_spacing(gaps, distances)
    reach = spots + 1.0 if distances is None else reach_of(times, distances)[: len(spots)]
    nu = check_df(df)
    count = len(beta)
    test = joint_test(beta, spread, nu) if trusted(count, nu) else None
    if test is None and trusted(count, nu):
        raise InferenceUnavailableError(
            "A combination of the estimates before adoption has no variance, so they cannot be tested together; there "
            "are too few clusters for so many periods.",
            "En kombination av skattningarna före införandet saknar varians, så de kan inte prövas gemensamt; klustren "
            "är för få för så många perioder.",
        )
    errors = np.sqrt(np.diag(spread))
    upper = np.abs(beta) + t_quantile(float(level), nu) * errors
    values: dict[str, float | int | str | None] = {
        "n_periods": count,
        **_tested(test),
        "level": float(1 - alpha),
        "smallest_margin": float(upper.max()),
        **_equivalence(beta, errors, nu, margin),
        **({} if test is None else _slopes(reach, spread, test, nu, float(alpha))),
    }
    status: Status = "information" if test is None else "warning" if exact(test.p_value) <= alpha else "ok"
    return Diagnostic(
        name="pretrend",
        status=status,
        statement=_statement(values, status, nu, float(alpha), _STEPS[distances is not None]),
        values=values,
        table={
            "time": tuple(int(time) for time in spots),
            "estimate": tuple(map(float, beta)),
            "std_error": tuple(map(float, errors)),
            "upper_bound": tuple(map(float, upper)),
        },
    )


def check_event(
    times: Sequence[int], estimates: FloatArray, covariance: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Times, estimates and covariance in order of time.

    Raises
    ------
    ArgumentError
        For arrays that do not fit each other, a time twice or −1, a covariance that is none (not symmetric, or with an
        eigenvalue below −1e-8 times the largest variance).
    """
    spots = check_vector("times", times)
    if -1 in spots:
        raise ArgumentError(
            "`times` must not name the reference period -1, to which all others are compared; leave it out, and "
            "compare all with one period (in `staggered_adoption`, base_period='universal')."
        )
    if np.any(spots != np.round(spots)) or len(set(spots.tolist())) < len(spots):
        raise ArgumentError(f"`times` must name each period once by a whole number; got {shown(times)}.")
    beta = check_vector("estimates", estimates, length=len(spots))
    spread = check_array("covariance", covariance, LARGEST**2)
    if spread.shape != (len(beta), len(beta)):
        raise ArgumentError(
            f"`covariance` must be {len(beta)} by {len(beta)} numbers, one row for each estimate; its shape is "
            f"{spread.shape}."
        )
    check_each("covariance", np.isfinite(spread), FINITE, "Give the estimates' joint covariance.")
    size = np.sqrt(np.abs(np.diag(spread)))
    if np.any(np.diag(spread) <= 0) or np.any(np.abs(spread - spread.T) > 1e-10 * np.outer(size, size)):
        raise ArgumentError(
            "`covariance` must be symmetric with variances above zero; the first row that is not is row "
            f"{_first_odd(spread, size)}. Give the estimates' joint covariance."
        )
    lowest = float(np.linalg.eigvalsh((spread + spread.T) / 2).min())
    if lowest < -NEGATIVE * float(size.max()) ** 2:
        raise ArgumentError(
            "`covariance` must be positive semi-definite, its eigenvalues not below "
            f"-{NEGATIVE:g} times the largest variance; the smallest is {lowest:.3g}. Give the estimates' joint "
            "covariance."
        )
    order = np.argsort(spots)
    return spots[order], beta[order], spread[np.ix_(order, order)]


def _first_odd(spread: FloatArray, size: FloatArray) -> int:
    """The first row, from 1, with a variance of zero or less or that differs from its column."""
    uneven = np.any(np.abs(spread - spread.T) > 1e-10 * np.outer(size, size), axis=1)
    return int(np.argmax(uneven | (np.diag(spread) <= 0))) + 1


def before_adoption(
    times: Sequence[int], estimates: FloatArray, covariance: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """What is known of the periods before the reference period."""
    spots, beta, spread = check_event(times, estimates, covariance)
    early = spots < -1
    if not early.any():
        raise ArgumentError(
            "`times` must name at least one period before the reference period -1; with one period before adoption the "
            "data say nothing of how the groups moved before it."
        )
    return spots[early], beta[early], spread[np.ix_(early, early)]


def check_spacing(gaps: bool, distances: Sequence[float] | None) -> None:
    """Refuse periods that lack some of the calendar as evenly spaced ones."""
    check_flag("gaps", gaps)
    if gaps and distances is None:
        raise ArgumentError(
            "`distances` must say how far each time lies from the reference period, as the data lack some periods of "
            "the calendar between (`gaps`). Give them, such as [-4, -1, 2] for years 2010, 2013 and 2016 with the "
            "reference 2014."
        )


def reach_of(times: Sequence[int], distances: Sequence[float]) -> FloatArray:
    """The distances in order of time."""
    spots = check_vector("times", times)
    reach = check_vector("distances", distances, length=len(spots))[np.argsort(spots)]
    early = np.sort(spots) < -1
    if np.any(np.diff(reach) <= 0) or np.any((reach < 0) != early):
        raise ArgumentError(
            "`distances` must rise with `times`, below 0 before the reference period and above 0 after it; got "
            f"{shown(distances)}."
        )
    return np.asarray(reach)


def check_df(df: object) -> float:
    """Degrees of freedom for which a quantile is a number and the power of a sum is not lost, or infinite ones."""
    if isinstance(df, float) and df == math.inf:
        return math.inf
    if not LEAST_DF <= (number := check_number("df", df)) <= MOST:
        raise ArgumentError(f"`df` must be from {LEAST_DF:g} to {MOST:g}, or infinite; got {df!r}.")
    return number


def _tested(test: JointTest | None) -> dict[str, float | None]:
    if test is None:
        return {}
    return {
        "statistic": test.statistic,
        "df_numerator": test.numerator,
        "df_denominator": test.recorded_denominator,
        "p_value": test.p_value,
    }


def _equivalence(beta: FloatArray, errors: FloatArray, df: float, margin: float | None) -> dict[str, float]:
    """The p of max |β| ≥ margin: the largest of the one-sided p of each period."""
    if margin is None:
        return {}
    delta = check_positive("margin", margin)
    return {"margin": delta, "equivalence_p_value": float(np.max(t_upper_tail((delta - np.abs(beta)) / errors, df)))}


def _slopes(distance: FloatArray, covariance: FloatArray, test: JointTest, df: float, alpha: float) -> dict[str, float]:
    """Slopes at which the joint test rejects with each probability: noncentrality s²·d'Σ⁻¹d, at its median."""
    count, denominator = test.numerator, test.denominator
    critical, unit = f_quantile(1 - alpha, count, denominator), quadratic(distance, covariance)
    assert unit is not None  # the test has inverted the covariance
    if not math.isinf(df):
        unit *= denominator * f_quantile(0.5, denominator, math.inf) / df
    found = {}
    for power in POWERS:

        def short(noncentrality: float, power: float = power) -> float:
            return noncentral_f_upper_tail(critical, count, denominator, noncentrality) - power

        found[f"slope_{round(100 * power)}"] = math.sqrt(_root(short) / unit)
    return found


def _root(increasing: Callable[[float], float]) -> float:
    """Where an increasing function that starts below zero passes it, by doubling and bisection."""
    low, high = 0.0, 1.0
    while increasing(high) < 0:
        low, high = high, 2 * high
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if increasing(middle) < 0 else (low, middle)
    return (low + high) / 2


# --- words --------------------------------------------------------------------------------------------------------


_STEPS = {
    False: Text(en="a period", sv="per period"),
    True: Text(en="a period of the calendar", sv="per period i kalendern"),
}


def _statement(values: dict[str, Any], status: Status, df: float, alpha: float, step: Text) -> Text:
    open_to = {lang: significant(values["smallest_margin"], lang) for lang in LANGUAGES}
    level = {lang: format_percent(1 - alpha, lang, None) for lang in LANGUAGES}
    rest = Text(
        en=f"With {level['en']} confidence no period before adoption deviates by more than {open_to['en']} in the "
        "outcome's unit.",
        sv=f"Med {level['sv']} konfidens avviker ingen period före införandet mer än {open_to['sv']} i utfallets "
        "enhet.",
    )
    first = _untested(values["n_periods"], df) if status == "information" else _found(values, status)
    drift = _slope_words(values, step) if status == "ok" else []  # what was found needs no word of what would have been
    parts = [first, rest, *drift, *_margin_words(values, alpha)]
    return Text(en=" ".join(one.en for one in parts), sv=" ".join(one.sv for one in parts))


def _found(values: dict[str, Any], status: Status) -> Text:
    p = {lang: p_words(values["p_value"], lang) for lang in LANGUAGES}
    if status == "warning":
        return Text(
            en=f"There is evidence against parallel trends before adoption ({p['en']}).",
            sv=f"Det finns belägg mot parallella trender före införandet ({p['sv']}).",
        )
    return Text(
        en=f"There is no evidence against parallel trends before adoption ({p['en']}); that does not show that "
        "they were parallel.",
        sv=f"Det finns inga belägg mot parallella trender före införandet ({p['sv']}); det visar inte att de var "
        "parallella.",
    )


def _untested(count: int, df: float) -> Text:
    """Why there is no joint test, nor a drift that it would have found."""
    en, sv = f"{count} period{'s' if count > 1 else ''}", f"{count} {'perioder' if count > 1 else 'period'}"
    return Text(
        en=f"The clusters are too few to test {en} before adoption together ({significant(df, 'en', 3)} degrees of "
        "freedom): hardly any difference in trends would be found.",
        sv=f"Klustren är för få för att pröva {sv} före införandet gemensamt ({significant(df, 'sv', 3)} "
        "frihetsgrader): knappt någon skillnad i trender skulle upptäckas.",
    )


def _slope_words(values: dict[str, Any], step: Text) -> list[Text]:
    if "slope_80" not in values:
        return []
    slope = {lang: significant(values["slope_80"], lang) for lang in LANGUAGES}
    return [
        Text(
            en=f"A steady drift of about {slope['en']} {step.en} would have been found four times in five; a "
            "smaller one is not ruled out.",
            sv=f"En jämn avdrift på omkring {slope['sv']} {step.sv} hade upptäckts fyra gånger av fem; en mindre "
            "kan inte uteslutas.",
        )
    ]


def _margin_words(values: dict[str, Any], alpha: float) -> list[Text]:
    if "margin" not in values:
        return []
    margin = {lang: significant(values["margin"], lang) for lang in LANGUAGES}
    p = {lang: p_words(values["equivalence_p_value"], lang) for lang in LANGUAGES}
    if exact(values["equivalence_p_value"]) <= exact(alpha):
        return [
            Text(
                en=f"The data show that every deviation before adoption was below {margin['en']} ({p['en']}).",
                sv=f"Underlaget visar att varje avvikelse före införandet var mindre än {margin['sv']} ({p['sv']}).",
            )
        ]
    return [
        Text(
            en=f"The data do not show that every deviation before adoption was below {margin['en']} ({p['en']}).",
            sv=f"Underlaget visar inte att varje avvikelse före införandet var mindre än {margin['sv']} ({p['sv']}).",
        )
    ]
