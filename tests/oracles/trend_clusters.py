"""CR2 of window means by cluster, with explicit matrices: a regression on dummies, roots by eigenvalues."""

from __future__ import annotations

import numpy as np


def two_means(cells, lines):
    """Covariance of the two contrasts `lines` (2 × cells) of the cells' means, and df of a contrast (w₁, w₂) of them.

    `cells` maps (cluster, cell number) to (numerator, denominator).
    """
    keys = sorted(cells)
    clusters = [key[0] for key in keys]
    count = len(lines[0])
    x = np.array([[float(key[1] == cell) for cell in range(count)] for key in keys])
    weights = np.diag([float(cells[key][1]) for key in keys])
    y = np.array([float(cells[key][0] / cells[key][1]) for key in keys])
    bread = np.linalg.inv(x.T @ weights @ x)
    hat = x @ bread @ x.T @ weights
    left = np.eye(len(y)) - hat
    contrast = np.array([[float(value) for value in line] for line in lines])
    forms = []  # of each cluster, how the rows make its two corrected scores
    for name in sorted(set(clusters)):
        rows = [i for i, one in enumerate(clusters) if one == name]
        own = left[rows] @ left[rows].T
        values, vectors = np.linalg.eigh(own)
        root = vectors @ np.diag(values**-0.5) @ vectors.T
        forms.append(contrast @ bread @ x[rows].T @ weights[np.ix_(rows, rows)] @ root @ left[rows])
    scores = [form @ y for form in forms]
    covariance = sum(np.outer(score, score) for score in scores)

    def df(first, second):
        p = np.array([first * form[0] + second * form[1] for form in forms])
        gram = p @ p.T
        return np.trace(gram) ** 2 / np.sum(gram**2)

    return covariance, df
