"""What is known of those whose outcome is missing, attached where rows were dropped."""

from __future__ import annotations

import numpy as np

from effekt.diagnostics import attrition_checks, differential_attrition
from effekt.estimators.randomized.arguments import Options
from effekt.estimators.randomized.data import Trial
from effekt.result import Diagnostic


def attrition_of(trial: Trial, options: Options) -> tuple[Diagnostic, ...]:
    """Who is missing and, where the arms are compared as they are, how far the effect could lie from what was seen.

    Bounds over every value that missing outcomes could have need a range: where all that are seen are 0 or 1, 0 to 1.
    """
    assigned = trial.assigned
    if assigned is None or not sum(lost for lost, _ in assigned.counts):
        return ()
    clustered = options.cluster is not None
    others = ("block", "pairs", "weights", "probability", "exposure")
    if options.cluster_weighted or any(getattr(options, name) is not None for name in others):
        return (differential_attrition(np.isnan(assigned.outcome), assigned.treated, clustered=clustered),)
    seen = assigned.outcome[~np.isnan(assigned.outcome)]
    low, high = (0.0, 1.0) if np.all((seen == 0) | (seen == 1)) else (None, None)
    return attrition_checks(assigned.outcome, assigned.treated, low=low, high=high, clustered=clustered)
