"""Second route for trials with non-compliance: exact effects of assignment on Y, D, Y·D and Y·(1 - D).

Means of compliers, Imbens & Rubin (1997), doi:10.2307/2971731: the effect on Y·D over that on D, with the treatment;
less the effect on Y·(1 - D) over that on D, without it. Inference is not recomputed here, and the means rest on
neither ``cluster`` nor ``variance``.
"""

from collections.abc import Sequence
from fractions import Fraction

from effekt.exceptions import ArgumentError, DataError
from effekt.independent.columns import Columns, labels, numbers, zero_one
from effekt.independent.randomized_trial import randomized_trial
from effekt.independent.regression import POWER


def complier_effect(
    columns: Columns,
    *,
    outcome: str,
    treatment: str,
    received: str,
    covariates: Sequence[str] = (),
    block: str | None = None,
    cluster: str | None = None,
    adjustment: str = "lin",
    variance: str | None = None,
) -> dict[str, object]:
    """Return treated and counterfactual mean (exact) of each member: "ITT", "CACE" and "first stage"."""
    if cluster is not None:
        labels(columns, cluster)
    if variance not in (None, *POWER):
        raise ArgumentError(f"variance must be one of {', '.join(POWER)}, not {variance!r}; choose one of them.")
    names = [covariates] if isinstance(covariates, str) else list(covariates)
    cheapest = None if names or block else "welch"
    y, d = numbers(columns, outcome), zero_one(columns, received)

    def assigned(values: list[Fraction]) -> tuple[Fraction, Fraction]:
        found = randomized_trial(
            {**columns, outcome: values},
            outcome=outcome,
            treatment=treatment,
            covariates=names,
            block=block,
            adjustment=adjustment,
            variance=cheapest,
        )
        treated, counterfactual = found["treated_mean"], found["counterfactual_mean"]
        if not (isinstance(treated, Fraction) and isinstance(counterfactual, Fraction)):
            raise DataError("an effect of assignment has no exact means; check the columns of the trial.")
        return treated, counterfactual

    def effect(values: list[Fraction]) -> Fraction:
        treated, counterfactual = assigned(values)
        return treated - counterfactual

    itt, first = assigned(y), assigned([Fraction(own) for own in d])
    share = first[0] - first[1]
    if share <= 0:
        raise DataError(
            "no more of those assigned than of the controls received the treatment; there are no compliers."
        )
    with_it = effect([own * taken for own, taken in zip(y, d, strict=True)]) / share
    without = -effect([own * (1 - taken) for own, taken in zip(y, d, strict=True)]) / share
    means = {"ITT": itt, "CACE": (with_it, without), "first stage": first}
    members = {
        label: {"treated_mean": treated, "counterfactual_mean": counterfactual, "estimate": treated - counterfactual}
        for label, (treated, counterfactual) in means.items()
    }
    return {"members": members}
