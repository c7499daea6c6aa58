"""Second route from two means and their inference to the statistic of one view.

Every view is slope · contrast + offset, the contrast being the difference t - c or the ratio t / c of the treated and
the counterfactual mean. A test of a null answers on the contrast:

    means with a covariance   t - c - δ, or t - ρc (Fieller 1954, doi:10.1111/j.2517-6161.1954.tb00159.x), over its
                              standard error, against Student's t with the degrees of freedom of that contrast
    effects of assignment     those on outcome, outcome·receipt and receipt, weighed so that the null makes it zero,
                              Anderson & Rubin (1949), doi:10.1214/aoms/1177730090
    logarithms                the same of ln t - ln c, for the ratio alone
    resampling                the share of assignments, or of sign changes, that are as extreme
    draws                     the α at which the interval of type-7 quantiles of the contrast ends at the null, never
                              below 1/(R + 1)
    placebos                  (1 + #{errors as extreme}) / (J + 1) on the scale of the errors

and a bound of an interval is where the p of the null reaches 1 - level, found by bisection from the estimate; of
resampling the p without what is tied but for rounding, which would widen it by a share of the level of the outcome.

No ratio but that of no effect is tested where the treated mean is 0 without any variation: no event was seen, and every
other ratio would be rejected. Where levels are declared, sets at these and the p of no effect are all there is.
"""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from math import exp, fsum, inf, isfinite, isinf, log, sqrt
from statistics import stdev
from typing import NamedTuple

from effekt.exceptions import ArgumentError, ViewUnavailableError
from effekt.independent.draws import drawn, draws_end, draws_p
from effekt.independent.fieller_set import Pair, one_interval
from effekt.independent.limits import NotRepeatedError
from effekt.independent.linear_algebra import student_tail
from effekt.independent.regression import Sandwich

TIE = 1e-12
NOTHING = (
    1e-10  # a treated mean, with its standard error, this small beside the counterfactual, or the latter beside it
)
CANCELLED = 1e-13  # of its terms, a variance this small is what is left of them by rounding
MIRROR = {"greater": "less", "less": "greater", "two-sided": "two-sided"}
Numbers = Mapping[str, object]
Value = Fraction | float
Test = Callable[[float, str], Value]
CERTAIN = NotRepeatedError(
    "the standard error that this rests on is zero but for rounding, so that no digit of it is certain.",
    "medelfelet som detta vilar på är noll bortsett från avrundning, så att ingen siffra i det är säker.",
)


class View(NamedTuple):
    """slope · contrast + offset."""

    contrast: str
    slope: Fraction
    offset: Fraction


def view_of(name: str, better: str | None, units: Fraction) -> View:
    """Return a view by its name; an improvement is positive when better."""
    if better is None and name in ("improvement", "total", "relative_improvement"):
        raise ViewUnavailableError(
            "an improvement needs to know which direction is better.",
            "en förbättring kräver att det är sagt vilken riktning som är bättre.",
        )
    if name == "total" and units <= 0:
        raise ViewUnavailableError(
            "there is no total of a number of units that is not above zero.",
            "det finns ingen summa för ett antal enheter som inte är över noll.",
        )
    sign = -1 if better == "lower" else 1
    views = {
        "difference": View("difference", Fraction(1), Fraction(0)),
        "improvement": View("difference", Fraction(sign), Fraction(0)),
        "total": View("difference", sign * units, Fraction(0)),
        "ratio": View("ratio", Fraction(1), Fraction(0)),
        "relative": View("ratio", Fraction(1), Fraction(-1)),
        "relative_improvement": View("ratio", Fraction(sign), Fraction(-sign)),
    }
    return views[name]


def mean_statistic(numbers: Numbers, view: View, statistic: str) -> Fraction | None:
    """Return the view's estimate, or one of the two means; None for a ratio to nothing or less."""
    if _is_missing(numbers, view):
        return None
    treated, counterfactual = (_fraction(numbers[name]) for name in ("treated_mean", "counterfactual_mean"))
    if statistic != "estimate":
        return treated if statistic == "treated_mean" else counterfactual
    contrast = treated - counterfactual if view.contrast == "difference" else treated / counterfactual
    return view.slope * contrast + view.offset


def spread_statistic(numbers: Numbers, view: View, statistic: str) -> float | None:
    """Return the standard error (delta method for a ratio), or the placebos' standard deviation; None without one."""
    if _is_missing(numbers, view):
        return None
    t, c = _means(numbers)
    if statistic == "std_error" and view.contrast == "ratio" and _has_no_ratio(numbers):
        return None
    if statistic == "std_error" and "effects" in numbers:
        (y, u, d), at_estimate = _effects(numbers), t - c if view.contrast == "difference" else t / c
        error = _assigned(numbers, view.contrast, at_estimate)[1]
        return abs(float(view.slope)) * error / (d if view.contrast == "difference" else abs(u - y))
    if statistic == "std_error" and "draws" in numbers:
        contrasts = drawn(numbers, view.contrast)
        return None if contrasts is None else abs(float(view.slope)) * stdev(contrasts)
    if statistic == "std_error":
        found = _sandwich(numbers)
        if found is None:
            return None
        weights = (1.0, -1.0) if view.contrast == "difference" else (1 / c, -t / c**2)
        if _on_logs(numbers):
            weights = (weights[0] * t, weights[1] * c)
        return abs(float(view.slope)) * _standard_error(found.terms(*weights))
    errors = _placebos(numbers)
    if errors is None or len(errors) < 2:
        return None
    values = [exp(error) - 1 if _is_log(numbers) else error for error in errors]
    middle = sum(values) / len(values)
    spread = sqrt(sum((value - middle) ** 2 for value in values) / (len(values) - 1))
    if _is_log(numbers):
        return abs(float(view.slope)) * spread * (c if view.contrast == "difference" else 1)
    return abs(float(view.slope)) * spread / (1 if view.contrast == "difference" else c)


def p_value(numbers: Numbers, view: View, null: Fraction | None, alternative: str) -> Value | None:
    """Return the p of a null of the view, by default of no effect; None without inference."""
    test = None if _is_missing(numbers, view) else _test(numbers, view.contrast)
    if test is None:
        return None
    if _on_logs(numbers) and view.contrast == "difference" and null not in (None, view.offset):
        return None
    no_effect = 0.0 if view.contrast == "difference" else 1.0
    native = no_effect if null is None else float((null - view.offset) / view.slope)
    if native != no_effect and ("declared_levels" in numbers or (view.contrast == "ratio" and _has_no_ratio(numbers))):
        return None
    return test(native, alternative if view.slope > 0 else MIRROR[alternative])


def bound(numbers: Numbers, view: View, statistic: str, level: Fraction, alternative: str) -> float | None:
    """Return one end of the interval {null: p > 1 - level}; None where it has no such end."""
    test = None if _is_missing(numbers, view) else _test(numbers, view.contrast)
    without = numbers.get("without_bounds") or (_on_logs(numbers) and view.contrast == "difference")
    if test is None or without or (view.contrast == "ratio" and _has_no_ratio(numbers)):
        return None
    t, c = _means(numbers)
    centre = _ratio(numbers, t, c) if view.contrast == "ratio" else _centre(numbers)
    side = alternative if view.slope > 0 else MIRROR[alternative]
    declared = numbers.get("declared_levels")
    if isinstance(declared, Mapping) and level not in declared[side]:
        return None
    downwards = (statistic == "confidence_low") == (view.slope > 0)
    if isinstance(numbers.get("placebo_fractions"), list):
        centre = float(_estimated(numbers, view.contrast))
    own = numbers.get("ends")
    if callable(own):
        end = own(view.contrast, 1 - level, side)[0 if downwards else 1]
        return None if end is None else float(view.slope) * end + float(view.offset)
    if "draws" in numbers:
        end = draws_end(numbers, view.contrast, 1 - level, side, downwards=downwards)
        return None if end is None else float(view.slope) * end + float(view.offset)
    pair = _fieller(numbers, view.contrast)
    if pair is None:
        kept = _kept(test, centre, 1 - level, side)
    else:
        kept, *endless = one_interval(pair, lambda statistic, df: _tail(statistic, df, side), float(1 - level))
        kept = None if endless[0 if downwards else 1] else kept
    if kept is None:
        return None
    at_end = _test(numbers, view.contrast, "test_of_ends")
    assert at_end is not None
    end = end_of_set(lambda null: float(at_end(null, side)), kept, float(1 - level), -1 if downwards else 1)
    return None if end is None else float(view.slope) * end + float(view.offset)


def _kept(test: Test, centre: float, alpha: Fraction, side: str) -> float | None:
    """Return a null that is kept: the centre, or of a one-sided set, where that is rejected, one ahead of it."""
    step, way = abs(centre) * 1e-3 or 1e-3, -1 if side == "less" else 1
    kept = centre
    while test(kept, side) <= alpha:
        if side == "two-sided" or step > 1e9 * max(1.0, abs(centre)):
            return None
        kept, step = centre + way * step, 2 * step
    return kept


def _difference(numbers: Numbers) -> float:
    """Return the difference of the means, rounded once: however far both are from zero."""
    return float(_fraction(numbers["treated_mean"]) - _fraction(numbers["counterfactual_mean"]))


def _centre(numbers: Numbers) -> float:
    """Return the difference around which the set lies: the estimate, but by the lot where its exposure is not 1."""
    own = numbers.get("difference_at_centre")
    return _difference(numbers) if own is None else float(_fraction(own))


def _ratio(numbers: Numbers, t: float, c: float) -> float:
    """Return the ratio around which the set lies: that of the means, or of those of a constant effect."""
    own = numbers.get("ratio_at_centre")
    return t / c if own is None else float(_fraction(own))


def end_of_set(p_of: Callable[[float], float], centre: float, alpha: float, direction: int) -> float | None:
    """Return where p falls to alpha, going from the centre in one direction; None if it never does."""
    step = abs(centre) * 1e-3 or 1e-3
    near, far = centre, centre + direction * step
    while p_of(far) > alpha:
        step *= 2
        near, far = far, centre + direction * step
        if step > 1e9 * max(1.0, abs(centre)):
            return None
    for _ in range(200):
        middle = (near + far) / 2
        if middle in (near, far):
            break
        near, far = (middle, far) if p_of(middle) > alpha else (near, middle)
    return (near + far) / 2


def _test(numbers: Numbers, contrast: str, name: str = "test") -> Test | None:
    """Return the test of a null of the contrast, or that by which the set ends; None where there is no inference."""
    own = numbers.get(name, numbers.get("test"))
    if callable(own):
        return lambda null, side: own(contrast, null, side)
    if "draws" in numbers:
        return None if drawn(numbers, contrast) is None else lambda null, side: draws_p(numbers, contrast, null, side)
    errors, spread, (t, c) = _placebos(numbers), _sandwich(numbers), _means(numbers)
    exactly = numbers.get("placebo_fractions")
    if errors and isinstance(exactly, list):
        return lambda null, side: _exact_rank(exactly, numbers, contrast, null, side)
    if errors:
        return lambda null, side: _rank(errors, _distance(t, c, contrast, null, _is_log(numbers)), side, numbers)
    if "effects" in numbers:
        return lambda null, side: _anderson_rubin(numbers, contrast, null, side)
    if spread is None:
        return None

    if _on_logs(numbers):
        ratio = log(t / c)
        return lambda null, side: _on_log_scale(ratio, null if contrast == "ratio" else 1.0, side, spread)

    def student(null: float, side: str) -> float:
        weight = 1.0 if contrast == "difference" else null
        distance = t - c - null if contrast == "difference" else t - null * c
        return _tail(distance / _standard_error(spread.terms(1.0, -weight)), spread.df(1, -weight), side)

    return student


def lacks_ratio(numbers: Numbers, view: View) -> bool:
    """Return whether a view is of a ratio that does not exist, or of which no null but that of no effect is tested."""
    return _is_missing(numbers, view) or (view.contrast == "ratio" and _has_no_ratio(numbers))


def lacks_inference(numbers: Numbers) -> bool:
    """Return whether the method says why there is no inference, as is another thing than to have no formula for it."""
    return numbers.get("unavailable") is not None


def _is_missing(numbers: Numbers, view: View) -> bool:
    """Return whether there is no such view: a ratio to nothing, but for rounding, or less."""
    if view.contrast != "ratio":
        return False
    treated, counterfactual = (_fraction(numbers[name]) for name in ("treated_mean", "counterfactual_mean"))
    return counterfactual <= Fraction(NOTHING) * abs(treated)


def _has_no_ratio(numbers: Numbers) -> bool:
    """Return whether no ratio but that of no effect is tested: without an event, or where nothing varies in it.

    Beside placebos the treated mean is known, and not above zero it has no other counterfactual for another ratio.
    """
    if numbers.get("without_ratio") or _without_event(numbers) or (_placebos(numbers) and _means(numbers)[0] <= 0):
        return True
    pair = _fieller(numbers, "ratio")
    return pair is not None and bool(pair.below) and _cancels(pair.spread.terms(1.0, -pair.top / pair.below))


def _fieller(numbers: Numbers, contrast: str) -> Pair | None:
    """Return the two numbers whose ratio is tested against Student's t; None where another test is."""
    if callable(numbers.get("test")) or "draws" in numbers or _placebos(numbers) or _on_logs(numbers):
        return None
    if "effects" in numbers:
        (y, u, d), ((yy, yu, yd), (_, uu, _), (_, _, dd)) = _effects(numbers), _effects_covariance(numbers)
        df = numbers["df"]
        assert isinstance(df, float | int)
        if contrast == "difference":
            return Pair(y, d, Sandwich([[yy, yd], [yd, dd]], [0.0] * 3, [0.0] * 5, float(df)))
        covariance = [[uu, uu - yu], [uu - yu, uu - 2 * yu + yy]]
        return Pair(u, u - y, Sandwich(covariance, [0.0] * 3, [0.0] * 5, float(df), (yy, yu - yy)))
    spread = _sandwich(numbers) if contrast == "ratio" else None
    return None if spread is None else Pair(*_means(numbers), spread)


def _without_event(numbers: Numbers) -> bool:
    """Return whether no event was seen among the treated, whose mean is then 0 and has no variance."""
    if "without_event" in numbers:
        return bool(numbers["without_event"])
    if isinstance(held := numbers.get("draws"), list):
        t, c = _means(numbers)
        return bool(max(abs(t), *(abs(own) for own, _ in held)) <= NOTHING * abs(c))
    if "effects" in numbers:
        (y, u, _), variance = _effects(numbers), _effects_covariance(numbers)[1][1]
        t, c = u, u - y
    else:
        spread, (t, c) = _sandwich(numbers), _means(numbers)
        if spread is None or _placebos(numbers):
            return False
        variance = spread.variance(1, 0)
    return max(abs(t), sqrt(max(variance, 0.0))) <= NOTHING * abs(c)


def _on_log_scale(ratio: float, null: float, side: str, spread: Sandwich) -> float:
    """Return the p of a ratio of means by the covariance of their logarithms; no ratio is nothing or below."""
    if null <= 0:
        return float(side == "less")
    return _tail((ratio - log(null)) / sqrt(spread.variance(1, -1)), spread.df(1, -1), side)


def _tail(statistic: float, df: float, side: str) -> float:
    """Return the p of a t statistic."""
    if side == "two-sided":
        return 2 * student_tail(abs(statistic), df)
    return student_tail(statistic if side == "greater" else -statistic, df)


def _anderson_rubin(numbers: Numbers, contrast: str, null: float, side: str) -> float:
    """Return the p of a null about compliers."""
    effect, error = _assigned(numbers, contrast, null)
    df = numbers["df"]
    if not isinstance(df, float | int):
        raise ArgumentError("the numbers must hold degrees of freedom beside their effects; give both.")
    return _tail(effect / error, df, side)


def _assigned(numbers: Numbers, contrast: str, null: float) -> tuple[float, float]:
    """Return y - δ·d, or u - ρ·(u - y), and its standard error."""
    weights = (1.0, 0.0, -null) if contrast == "difference" else (null, 1 - null, 0.0)
    effect = sum(w * own for w, own in zip(weights, _effects(numbers), strict=True))
    lines = zip(weights, _effects_covariance(numbers), strict=True)
    return effect, _standard_error([w * v * own for w, line in lines for v, own in zip(weights, line, strict=True)])


def _standard_error(terms: Sequence[float]) -> float:
    """Return the standard error of a weighted sum; declined where its terms cancel but for rounding."""
    if _cancels(terms):
        raise CERTAIN
    return sqrt(fsum(terms))


def _cancels(terms: Sequence[float]) -> bool:
    """Return whether nothing but rounding is left of a variance."""
    return fsum(terms) <= CANCELLED * fsum(map(abs, terms))


def _effects_covariance(numbers: Numbers) -> list[list[float]]:
    """Return the covariance of the effects of assignment."""
    covariance = numbers["effects_covariance"]
    if not isinstance(covariance, list):
        raise ArgumentError("the numbers must hold a covariance beside their effects; give both.")
    return covariance


def _effects(numbers: Numbers) -> list[float]:
    """Return the effects of assignment on outcome, outcome·receipt and receipt."""
    effects = numbers["effects"]
    if not isinstance(effects, list):
        raise ArgumentError("the effects of assignment must be a list; give a second route's result.")
    return [float(_fraction(own)) for own in effects]


def _distance(t: float, c: float, contrast: str, null: float, on_log: bool) -> float:
    """Return the observed error less the null's, on the scale of the placebo errors; the treated mean stays."""
    if on_log:
        share = null if contrast == "ratio" else (t / (t - null) if t > null else inf)
        return log(t / c) - (log(share) if share > 0 else -inf)
    return t - c - (null if contrast == "difference" else (t - t / null if null > 0 else -inf))


def _rank(errors: list[float], distance: float, side: str, numbers: Numbers) -> Fraction:
    """Return (1 + #{errors as extreme}) / (J + 1); ties to 1e-12 of the means' size count."""
    size = 1.0 if _is_log(numbers) else max(map(abs, _means(numbers)))
    if side == "two-sided":
        errors, distance, sign = [abs(error) for error in errors], abs(distance), 1
    else:
        sign = 1 if side == "greater" else -1
    bar = sign * distance - (TIE * max(abs(distance), size) if isfinite(distance) else 0)
    return Fraction(1 + sum(sign * error >= bar for error in errors), len(errors) + 1)


def _exact_rank(errors: list[Fraction], numbers: Numbers, contrast: str, null: float, side: str) -> Fraction:
    """Return the same of errors as fractions, or of the ratios whose logarithms they are, the null a decimal."""
    t, c = (_fraction(numbers[name]) for name in ("treated_mean", "counterfactual_mean"))
    on_log, value = _is_log(numbers), Fraction(repr(float(null)))
    if null != (0.0 if contrast == "difference" else 1.0) and null == float(_estimated(numbers, contrast)):
        value = _estimated(numbers, contrast)  # as its float stands for it
    if isinf(_distance(float(t), float(c), contrast, null, on_log)):
        return _rank([0.0] * len(errors), _distance(float(t), float(c), contrast, null, on_log), side, numbers)
    if on_log:
        own = t / c / (value if contrast == "ratio" else t / (t - value))
    else:
        own = t - c - (value if contrast == "difference" else t - t / value)
    if side == "two-sided":
        errors = [max(one, 1 / one) if on_log else abs(one) for one in errors]
        own = max(own, 1 / own) if on_log else abs(own)
    extreme = sum(one <= own if side == "less" else one >= own for one in errors)
    return Fraction(1 + extreme, len(errors) + 1)


def _estimated(numbers: Numbers, contrast: str) -> Fraction:
    """Return the difference or the ratio of the means as a fraction."""
    t, c = (_fraction(numbers[name]) for name in ("treated_mean", "counterfactual_mean"))
    return t - c if contrast == "difference" else t / c


def _placebos(numbers: Numbers) -> list[float] | None:
    """Return the placebo errors, if these are the numbers' inference."""
    errors = numbers.get("placebo_errors")
    return [float(error) for error in errors.values()] if isinstance(errors, Mapping) else None


def _is_log(numbers: Numbers) -> bool:
    """Return whether the placebo errors are logarithms."""
    return numbers.get("placebo_scale") == "log"


def _on_logs(numbers: Numbers) -> bool:
    """Return whether the covariance is of the logarithms of the means."""
    return numbers.get("covariance_scale") == "log"


def _sandwich(numbers: Numbers) -> Sandwich | None:
    """Return the covariance of the means with its degrees of freedom, if there is inference."""
    covariance = numbers.get("covariance")
    if not isinstance(covariance, list):
        return None
    quadratic, quartic, df = (numbers.get(name) for name in ("df_quadratic", "df_quartic", "df"))
    apart = numbers.get("covariance_apart")
    assert apart is None or isinstance(apart, tuple)
    if isinstance(quadratic, list) and isinstance(quartic, list):
        return Sandwich(covariance, quadratic, quartic, None, apart)
    if not isinstance(df, float):
        raise ArgumentError("the numbers must hold degrees of freedom beside their covariance; give both.")
    return Sandwich(covariance, [0.0] * 3, [0.0] * 5, df, apart)


def _means(numbers: Numbers) -> tuple[float, float]:
    """Return the treated and the counterfactual mean."""
    return float(_fraction(numbers["treated_mean"])), float(_fraction(numbers["counterfactual_mean"]))


def _fraction(value: object) -> Fraction:
    """Return an exact mean, or the fraction a float is."""
    if not isinstance(value, Fraction | float):
        raise ArgumentError("the numbers must hold both means; give a second route's result.")
    return Fraction(value)
