"""A synthetic cohort without randomisation: those treated differ from the others in what drives the outcome."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from numpy.random import Generator

from effekt._text import Text
from effekt._validation import check_integer, check_number, check_option
from effekt.datasets._draws import as_generator, assign, check_inside, check_range
from effekt.datasets.cohort import Cohort, effect_truth
from effekt.tables import Table

BASELINE_WEIGHT, AGE_WEIGHT = 0.8, -0.6  # of the prognostic index; their squares add to 1
AGE_SHIFT = -0.5  # the treated are younger, by this share of the shift in baseline
MEAN_AGE, AGE_SD = 40.0, 10.0


def observational(
    *,
    rng: Generator | int,
    n: int = 2_000,
    effect: float = 2.0,
    share_treated: float = 0.25,
    confounding: float = 0.5,
    mean: float = 20.0,
    sd: float = 8.0,
    prognostic: float = 0.4,
    curvature: float = 0.0,
    heterogeneity: float = 0.0,
    population: Literal["PATT", "SATT"] = "PATT",
) -> Cohort:
    """Draw a confounded cohort with a known effect on the treated, for matching, weighting and regression.

    Parameters
    ----------
    rng : Generator or int
        The only source of chance.
    n : int
        Units.
    effect : float
        Average effect τ on the treated, in the outcome's unit.
    share_treated : float
        Between 0 and 1, rounded to a whole number of units.
    confounding : float
        δ, how far the treated lie from the controls: the standardised mean difference of `baseline`. 0 is a randomised
        trial; from about 1 on overlap is poor.
    mean, sd : float
        Expected outcome ν of the controls, and their SD σ when `curvature` is 0.
    prognostic : float
        Share R² of the controls' variance that the covariates explain when `curvature` is 0.
    curvature : float
        κ, the weight of baseline² in the index: with it a linear regression on the covariates is wrong.
    heterogeneity : float
        h, how the individual effect grows with `baseline`: with it the effect on the controls is another.
    population : {"PATT", "SATT"}
        What the truth refers to: the law, or the treated units at hand.

    Returns
    -------
    Cohort
        Table: `unit` (1 to n), `treatment` (0/1), `baseline`, `age` (years), `female` (0/1), `outcome`, and the
        potential outcomes `untreated_outcome` and `treated_outcome`, which no estimator may read. Truth:
        `treated_mean`, `counterfactual_mean`, `difference`, `relative` and `ratio` of the ATT. Under "PATT" the
        difference is τ and the counterfactual mean ν + σ√R² · (1.1 δ + κδ²), so that the difference in means is off by
        its last term; under "SATT" they are means over the treated units.

    Raises
    ------
    ArgumentError
        For an argument outside its range.

    Notes
    -----
    Covariates given treatment D, independent of each other: baseline b ~ N(δD, 1), age = 40 + 10a with
    a ~ N(−δD/2, 1), and female with probability 1/(1 + exp(−δD)). By Bayes' rule the propensity is logistic and linear
    in them: log odds = log odds of the share + δb − δa/2 + δ · female − 5δ²/8 − log((1 + exp δ)/2).

    Y(0) = ν + σ (√R² · (0.8 b − 0.6 a + κ(b² − 1)) + √(1 − R²) · e), e ~ N(0, 1), and Y(1) = Y(0) + τ + h(b − δ).
    Given the covariates the potential outcomes do not depend on D; `female` drives treatment but not the outcome.

    Examples
    --------
    >>> cohort = observational(rng=1, n=400)
    >>> len(cohort.table), round(cohort.truth["relative"], 4)
    (400, 0.0878)
    """
    generator = as_generator(rng)
    check_integer("n", n, 4)
    check_option("population", population, ("PATT", "SATT"))
    delta = check_range("confounding", confounding, 0)
    treatment = assign(generator, np.zeros(n, np.intp), check_inside("share_treated", share_treated, 0, 1))
    baseline = generator.standard_normal(n) + delta * treatment
    age = generator.standard_normal(n) + AGE_SHIFT * delta * treatment
    female = (generator.random(n) < 1 / (1 + np.exp(-delta * treatment))).astype(np.intp)
    noise = generator.standard_normal(n)
    mean, effect = check_number("mean", mean), check_number("effect", effect)
    bend, slope = check_number("curvature", curvature), check_number("heterogeneity", heterogeneity)
    explained = check_range("prognostic", prognostic, 0, 1)
    spread = check_inside("sd", sd, 0)
    index = BASELINE_WEIGHT * baseline + AGE_WEIGHT * age + bend * (baseline**2 - 1)
    untreated = mean + spread * (math.sqrt(explained) * index + math.sqrt(1 - explained) * noise)
    treated = untreated + effect + slope * (baseline - delta)
    if population == "PATT":
        bias = spread * math.sqrt(explained) * ((BASELINE_WEIGHT + AGE_WEIGHT * AGE_SHIFT) * delta + bend * delta**2)
        truth = effect_truth(mean + bias, effect)
    else:
        chosen = treatment == 1
        truth = effect_truth(float(untreated[chosen].mean()), float((treated - untreated)[chosen].mean()))
    return Cohort(
        table=Table(
            {
                "unit": np.arange(1, n + 1),
                "treatment": treatment,
                "baseline": baseline,
                "age": MEAN_AGE + AGE_SD * age,
                "female": female,
                "outcome": np.where(treatment == 1, treated, untreated),
                "untreated_outcome": untreated,
                "treated_outcome": treated,
            },
            name="the synthetic observational cohort",
        ),
        truth=truth,
        description=Text(
            en=f"A synthetic cohort of {n} units that were not randomised, with measured confounding and a known "
            "effect on the treated.",
            sv=f"En syntetisk kohort med {n} enheter utan randomisering, där kända bakgrundsfaktorer styr både insats "
            "och utfall, med känd effekt för de behandlade.",
        ),
    )
