"""Second route for trials randomised within pairs, of units or of clusters: the between-pair variance."""

from collections.abc import Sequence
from fractions import Fraction

from effekt.exceptions import DataError
from effekt.independent.columns import mean
from effekt.independent.regression import Sandwich, inference_numbers

INCOMPLETE = "every pair must hold one treated and one control row or cluster; correct the pairs column."


def paired(
    y: list[Fraction],
    d: list[int],
    pairs: list[str],
    clusters: Sequence[str] | None = None,
    *,
    equal: bool = False,
    estimand: str = "ATE",
) -> dict[str, object]:
    """Return the matched-pairs estimate and its variance between the pairs, df J - 1.

    With w_j the share of pair j in the target rows (1/J when pairs of clusters count equally) and m_j its treated and
    control mean, the means are Σ w_j m_j and V = J/(J - 1) Σ (w_j m_j - m̄/J)(w_j m_j - m̄/J)': Imai, King & Nall (2009),
    eq. 6; for pairs of units Imbens & Rubin (2015), eq. 10.8: Σ (τ̂_j - τ̄)² / (J (J - 1)).
    """
    values: dict[str, dict[int, list[Fraction]]] = {}
    units: dict[str, dict[int, set[str]]] = {}
    names = clusters if clusters is not None else [str(i) for i in range(len(y))]
    for value, arm, pair, unit in zip(y, d, pairs, names, strict=True):
        values.setdefault(pair, {1: [], 0: []})[arm].append(value)
        units.setdefault(pair, {1: set(), 0: set()})[arm].add(unit)
    if any(len(held) != 1 for pair in units.values() for held in pair.values()):
        raise DataError(INCOMPLETE)
    sizes = [
        Fraction(1 if equal else len(pair[1]) + (len(pair[0]) if estimand == "ATE" else 0)) for pair in values.values()
    ]
    terms = [
        [size / sum(sizes) * mean(pair[arm]) for arm in (1, 0)]
        for size, pair in zip(sizes, values.values(), strict=True)
    ]
    count = len(terms)
    means = [sum((term[i] for term in terms), Fraction(0)) for i in (0, 1)]
    moved = [[term[i] - means[i] / count for i in (0, 1)] for term in terms]
    moment = [[sum((move[i] * move[j] for move in moved), Fraction(0)) for j in (0, 1)] for i in (0, 1)]
    covariance = [[float(cell * count / max(count - 1, 1)) for cell in line] for line in moment]
    raw = [mean([value for value, arm in zip(y, d, strict=True) if arm == own]) for own in (1, 0)]
    estimate = means[0] - means[1]
    result: dict[str, object] = {
        "treated_mean": means[0],
        "counterfactual_mean": means[1],
        "estimate": estimate,
        "observed_treated_mean": raw[0],
        "observed_control_mean": raw[1],
        "variance": "between_pair",
    }
    spread = Sandwich(covariance, [0.0] * 3, [0.0] * 5, float(count - 1))
    needed = 2 if clusters is None else 4
    reason = f"fewer than {'two' if needed == 2 else 'four'} pairs" if count < needed else None
    return result | inference_numbers(estimate, spread, reason)
