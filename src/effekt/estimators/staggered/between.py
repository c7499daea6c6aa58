"""How many of an arm's clusters its covariates use up.

The worth of an arm, 1/Σπ², counts equal clusters whose shocks are what its mean errs by; each is a degree of freedom,
less one for the mean. A covariate takes a further one where it is constant within clusters, as the regression then fits
it to their shocks; one whose mean is the same in every cluster takes none, as it is fitted within them. In between it
is the trace of the part of the projection on the covariates that lies between clusters,

    tr(W⁻¹B),   W = Σᵢ (xᵢ − x̄)(xᵢ − x̄)',   B = Σ_c n_c (x̄_c − x̄)(x̄_c − x̄)',

the sum of the squared canonical correlations of covariates and clusters (Hotelling 1936, doi:10.1093/biomet/28.3-4.321;
Pillai's trace). With shocks of clusters u of one variance and equal clusters of m rows, the sum of squares that
E‖(I − H)Zu‖² leaves, Z the clusters' indicators and H the hat matrix, is that of G − 1 − tr(W⁻¹B) of them.
"""

from __future__ import annotations

import numpy as np

from effekt._types import FloatArray


def used_up(counts: FloatArray, sums: FloatArray, gram: FloatArray) -> float:
    """tr(W⁻¹B), between 0 and the number of covariates.

    Parameters
    ----------
    counts : (clusters,) array
        Rows of each; 0 for those not in the arm.
    sums : (1 + p, clusters) array
        Of the design, a constant first.
    gram : (1 + p, 1 + p) array
        X'X of the arm.
    """
    p, seen = len(gram) - 1, counts > 0
    if counts.max() <= 1:
        return float(p)
    n, size = float(counts.sum()), counts[seen]
    mean = gram[1:, 0] / n
    apart = sums[1:, seen] / size - mean[:, None]
    between = (apart * size) @ apart.T
    whole = gram[1:, 1:] - n * np.outer(mean, mean)
    return float(np.trace(np.linalg.pinv(whole, hermitian=True) @ between))
