"""Groups of as many placebo units as are treated, for ``trend_adjusted``, each read as the treated are.

With J units and groups of m, the errors e of all groups and their mean ē: against one series the placebos are
ē + (e − ē)·√((J − 1)/(J − m)), as a mean of m of J drawn without replacement varies by (J − m)/(J − 1) of one drawn
with it (Cochran 1977, section 2.5). Squared standard error: mean of (e − ē)² times J/(J − 1), with J − 1 degrees of
freedom. Of more than 2,000 groups some are drawn: each the m units whose random numbers are the smallest.
"""

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from itertools import combinations
from math import comb, log, sqrt

from effekt.exceptions import ArgumentError
from effekt.independent.linear_algebra import student_tail
from effekt.independent.seeded import drawn_orders
from effekt.independent.trends.trend_means import Reading, rank

MOST = 2_000


def group_inference(
    paying: Reading,
    units: Sequence[str],
    size: int,
    compare: Callable[[list[str]], Reading],
    adjustment: str,
    inference: str,
    *,
    one_series: bool,
    own: Sequence[str] = (),
    drawing: tuple[int, object],
) -> dict[str, object]:
    """Return the groups' errors and the rank p, or the covariance by their spread.

    `own` are the treated where they are among the units that change places, and their own group then is no placebo
    unless it is drawn. `drawing` holds how many groups are drawn where they are many, and from which seed.
    """
    units = [*units, *own]
    count = len(units)
    if size < 2 or inference not in ("placebo", "placebo_variance")[: 1 if own else 2]:
        raise ArgumentError("placebos='groups' goes with several treated units and placebos; change one of them.")
    if size >= count:
        return {"unavailable": "no more placebo units than treated"}
    readings = [compare(group) for group in _groups(sorted(units), size, sorted(own), drawing)]
    errors = [float(one.error(adjustment)) for one in readings]
    middle = sum(errors) / len(errors)
    wider = sqrt((count - 1) / (count - size))
    widened = one_series and not own
    errors = sorted(middle + wider * (error - middle) for error in errors) if widened else sorted(errors)
    observed, on_log = float(paying.error(adjustment)), adjustment == "ratio"
    if inference == "placebo":
        tie = 1e-12 * max(abs(observed), 1.0 if on_log else float(max(abs(paying.treated), abs(paying.counterfactual))))
        extreme = sum(abs(error) >= abs(observed) - tie for error in errors)  # a root takes part: floats
        by_rank = Fraction(1 + extreme, len(errors) + 1) if widened else rank(paying, readings, adjustment)
        return {
            "placebo_scale": "log" if on_log else "linear",
            "error": paying.error(adjustment),
            "p_value": float(by_rank),
            "placebo_errors": {str(i): error for i, error in enumerate(errors)},
            "placebo_fractions": None if widened else [one.fraction(adjustment) for one in readings],
        }
    if count < 4:
        return {"unavailable": "fewer than four placebos"}
    variance = sum((error - middle) ** 2 for error in errors) / len(errors) * count / (count - 1)
    sizes = [abs(value) for one in readings for value in (one.reference, one.treated)]
    if variance <= (1e-13 * (1.0 if on_log else float(max(sizes)))) ** 2:
        return {"unavailable": "no variation of the placebos"}
    distance = log(paying.treated / paying.counterfactual) if on_log else observed
    return {
        "covariance": [[0.0, 0.0], [0.0, variance]],
        "covariance_scale": "log" if on_log else "linear",
        "df": float(count - 1),
        "p_value": 2 * student_tail(abs(distance) / sqrt(variance), count - 1),
        "unavailable": None,
    }


def _groups(units: list[str], size: int, own: list[str], drawing: tuple[int, object]) -> Iterable[list[str]]:
    """Return every group but the treated, or those that are drawn."""
    if comb(len(units), size) <= MOST:
        return (list(group) for group in combinations(units, size) if list(group) != own)
    draws, seed = drawing
    return (sorted(units[place] for place in order[:size]) for order in drawn_orders(seed, len(units), draws))
