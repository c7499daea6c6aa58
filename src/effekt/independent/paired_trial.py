"""Second route for trials randomised within pairs: the between-pair variance."""

from fractions import Fraction

from effekt.exceptions import DataError
from effekt.independent.columns import mean
from effekt.independent.regression import Sandwich, inference_numbers


def paired(y: list[Fraction], d: list[int], pairs: list[str]) -> dict[str, object]:
    """Return the matched-pairs estimate; V = S/J over the J pairs' (treated, control), df J - 1.

    Imbens & Rubin (2015), eq. 10.8: var = Σ (τ̂_j - τ̄)² / (J (J - 1)).
    """
    members: dict[str, dict[int, Fraction]] = {}
    for value, arm, pair in zip(y, d, pairs, strict=True):
        if arm in members.setdefault(pair, {}):
            raise DataError("every pair must hold one treated and one control row; correct the pairs column.")
        members[pair][arm] = value
    if any(len(pair) != 2 for pair in members.values()):
        raise DataError("every pair must hold one treated and one control row; correct the pairs column.")
    both = [(pair[1], pair[0]) for pair in members.values()]
    means = [mean([pair[arm] for pair in both]) for arm in (0, 1)]
    count = len(both)
    moment = [[sum(((p[i] - means[i]) * (p[j] - means[j]) for p in both), Fraction(0)) for j in (0, 1)] for i in (0, 1)]
    covariance = [[float(cell / (count * max(count - 1, 1))) for cell in line] for line in moment]
    estimate = means[0] - means[1]
    result: dict[str, object] = {
        "treated_mean": means[0],
        "counterfactual_mean": means[1],
        "estimate": estimate,
        "observed_treated_mean": means[0],
        "observed_control_mean": means[1],
        "variance": "between_pair",
    }
    spread = Sandwich(covariance, [0.0] * 3, [0.0] * 5, float(count - 1))
    return result | inference_numbers(estimate, spread, "fewer than two pairs" if count < 2 else None)
