"""Second route for trials with non-compliance: exact effects of assignment on Y, D and Y·D.

Means of compliers, Imbens & Rubin (1997), doi:10.2307/2971731: the effect u on Y·D over the effect d on D, with the
treatment; u - y over d, without it, y being the effect on Y. A null of compliers is the test of a combination of
(y, u, d) that is zero under it, Anderson & Rubin (1949), doi:10.1214/aoms/1177730090; the covariance of two of the
effects is (var(a + s·b) - var(a) - s²·var(b)) / 2s, with s a power of two that makes them of one size. By randomisation
the null τ is tested by the effect on Y - τD under the same assignments: Imbens & Rosenbaum (2005),
doi:10.1111/j.1467-985X.2004.00339.x.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import frexp

from effekt.exceptions import ArgumentError, DataError
from effekt.independent.columns import Columns, numbers, zero_one
from effekt.independent.trials.counted_trial import refuse_incomplete, weight_column
from effekt.independent.trials.randomized_trial import randomized_trial
from effekt.independent.trials.resampled_trial import Lottery, by_receipt
from effekt.independent.trials.trial_rows import complete_trial, is_adjusted, largest_of, without_rounding
from effekt.independent.trials.two_rates import NAMES

NO_VARIATION = "no within-arm variation"
Numbers = Mapping[str, object]


def complier_effect(
    columns: Columns,
    *,
    outcome: str,
    treatment: str,
    received: str,
    covariates: Sequence[str] = (),
    block: str | None = None,
    cluster: str | None = None,
    weights: Mapping[str, str] | None = None,
    pairs: str | None = None,
    probability: str | None = None,
    adjustment: str = "lin",
    estimand: str = "ATE",
    population: str | None = None,
    cluster_weighted: bool = False,
    exposure: str | None = None,
    variance: str | None = None,
    inference: str = "asymptotic",
    missing: str = "raise",
    draws: int = 9_999,
    rng: object = None,
) -> dict[str, object]:
    """Return the numbers of each member, means exact: "ITT" of all with an outcome, others with receipt as well."""
    names = [covariates] if isinstance(covariates, str) else covariates
    used = [outcome, treatment, *names, block, cluster, pairs, probability, exposure]
    used += [] if weights is None else [weight_column(weights)[0]]
    assigned_rows = len(columns.get(treatment, ()))
    everyone = complete_trial(columns, used, treatment, block or pairs, missing)
    columns = complete_trial(columns, [*used, received], treatment, block or pairs, missing)
    if probability is not None and adjustment == "none":
        refuse_incomplete(len(columns[treatment]), assigned_rows)
    if variance in NAMES or inference in NAMES:
        raise ArgumentError("effects on compliers have no test of two rates; name another variance or inference.")
    y, d = numbers(columns, outcome), [Fraction(own) for own in zero_one(columns, received)]

    means_by = "none" if inference == "randomization" else inference

    def assigned(values: list[Fraction], rows: Columns = columns, by: str = means_by) -> Numbers:
        return randomized_trial(
            {**rows, outcome: values},
            outcome=outcome,
            treatment=treatment,
            covariates=names,
            block=block,
            cluster=cluster,
            weights=weights,
            pairs=pairs,
            probability=probability,
            adjustment=adjustment,
            estimand=estimand,
            population=population,
            cluster_weighted=cluster_weighted,
            exposure=exposure,
            variance=variance,
            inference=by,
            draws=draws,
            rng=rng,
        )

    counted = d if exposure is None else [own * e for own, e in zip(d, numbers(columns, exposure), strict=True)]
    values = [y, [own * taken for own, taken in zip(y, d, strict=True)], counted]
    found = [assigned(own) for own in values]
    effects = [_effect(own) for own in found]
    if effects[2] <= 0:
        raise DataError("no more of those assigned than of the controls received the treatment: no compliers.")
    treated, counterfactual = effects[1] / effects[2], (effects[1] - effects[0]) / effects[2]
    if is_adjusted(adjustment, names, block, probability, cluster_weighted, cluster and pairs):
        largest = largest_of(y, None if exposure is None else numbers(columns, exposure))
        treated, counterfactual = without_rounding((treated, counterfactual), largest / effects[2])
    compliers: dict[str, object] = {
        "treated_mean": treated,
        "counterfactual_mean": counterfactual,
        "estimate": treated - counterfactual,
    }
    if inference == "randomization":
        weighed = None if weights is None else weight_column(weights)
        design = (block, cluster, pairs, weighed, probability, exposure, cluster_weighted)
        lottery = Lottery(outcome, treatment, names, *design, adjustment, estimand, draws, rng)
        compliers |= by_receipt({**columns, received: counted}, lottery, received, (effects[0], effects[2]))
        itt = assigned(numbers(everyone, outcome), everyone, inference)
        return {"members": {"ITT": itt, "CACE": compliers, "first stage": assigned(counted, columns, inference)}}
    if found[0]["unavailable"] is None:
        spread = [[_variance(own) if i == j else 0.0 for j in range(3)] for i, own in enumerate(found)]
        for i, j in ((0, 1), (0, 2), (1, 2)):
            if spread[i][i] > 0 and spread[j][j] > 0:
                s = _power_of_two(spread[i][i] / spread[j][j])
                both = _variance(assigned([a + s * b for a, b in zip(values[i], values[j], strict=True)]))
                own = (both - spread[i][i] - float(s**2) * spread[j][j]) / (2 * float(s))
                spread[i][j] = spread[j][i] = own
        compliers |= {"effects": effects, "effects_covariance": spread, "df": found[0]["df"]}
    itt = found[0] if len(numbers(everyone, outcome)) == len(y) else assigned(numbers(everyone, outcome), everyone)
    return {"members": {"ITT": itt, "CACE": compliers, "first stage": found[2]}}


def _effect(found: Numbers) -> Fraction:
    """Return the exact effect of assignment."""
    effect = found["estimate"]
    if not isinstance(effect, Fraction):
        raise DataError("an effect of assignment is not exact; check the columns of the trial.")
    return effect


def _variance(found: Numbers) -> float:
    """Return the variance of an effect; zero where its outcome does not vary within the arms."""
    error = found["std_error"]
    if isinstance(error, float):
        return error**2
    if found["unavailable"] != NO_VARIATION:
        raise DataError("an effect of assignment has no variance; its trial has no inference.")
    return 0.0


def _power_of_two(ratio: float) -> Fraction:
    """Return 2ᵏ near the square root of a ratio of variances."""
    return Fraction(2) ** (frexp(ratio)[1] // 2)
