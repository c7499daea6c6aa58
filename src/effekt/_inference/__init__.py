"""How sure we are: confidence sets and the closed set of inference kinds.

Every kind answers the same four questions about two
contrasts of a treated and a counterfactual mean, ``difference`` = treated − counterfactual and ``ratio`` =
treated / counterfactual: the p-value of a null, the confidence set, the standard error and the degrees of
freedom. Every other view of an effect is an affine map of one of the two. A null is rejected when p ≤ α and the
confidence set is {null: p > α}, so test and set never disagree.
"""

from __future__ import annotations

from typing import TypeAlias

from effekt._inference.anderson_rubin import AndersonRubin
from effekt._inference.draws import Draws
from effekt._inference.exact_ranks import ExactDraws, ExactErrors
from effekt._inference.inversion import DeclaredP, DeclaredSet, TestInversion, Unavailable
from effekt._inference.proportions import ScoreTest, TwoProportions
from effekt._inference.ranks import Placebos, Randomization
from effekt._inference.rates import TwoRates
from effekt._inference.sets import MIRROR, NO_EFFECT, ConfidenceSet, Means
from effekt._inference.student_t import ContrastDf, FixedDf, StudentT
from effekt._inference.unconditional import barnard
from effekt._inference.wild_bootstrap import WildBootstrap

Inference: TypeAlias = (
    StudentT
    | AndersonRubin
    | Placebos
    | Randomization
    | WildBootstrap
    | Draws
    | TwoProportions
    | TwoRates
    | TestInversion
    | Unavailable
)

__all__ = [
    "MIRROR",
    "NO_EFFECT",
    "AndersonRubin",
    "ConfidenceSet",
    "ContrastDf",
    "DeclaredP",
    "DeclaredSet",
    "Draws",
    "ExactDraws",
    "ExactErrors",
    "FixedDf",
    "Inference",
    "Means",
    "Placebos",
    "Randomization",
    "ScoreTest",
    "StudentT",
    "TestInversion",
    "TwoProportions",
    "TwoRates",
    "Unavailable",
    "WildBootstrap",
    "barnard",
]
