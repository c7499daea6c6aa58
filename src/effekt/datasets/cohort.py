"""A synthetic table together with the effect it was made with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from effekt._text import Text
from effekt.tables import Table


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cohort:
    """Data as an estimator reads them, and the truth they were made with.

    Attributes
    ----------
    table : Table
        Pass it to any function of effekt.
    truth : mapping of str to float
        `treated_mean`, `counterfactual_mean`, and the effect under the name of each view: `difference`, and, where the
        counterfactual mean is positive, `relative` and `ratio`. The function that made the cohort says for which
        population.
    description : Text
        What the data are, in one sentence.
    """

    table: Table
    truth: Mapping[str, float]
    description: Text


def effect_truth(counterfactual_mean: float, difference: float) -> dict[str, float]:
    """The truth of every identified view from the counterfactual mean and the effect in the outcome's unit."""
    treated_mean = counterfactual_mean + difference
    truth = {"treated_mean": treated_mean, "counterfactual_mean": counterfactual_mean, "difference": difference}
    if counterfactual_mean > 0:
        truth |= {"relative": difference / counterfactual_mean, "ratio": treated_mean / counterfactual_mean}
    return truth
