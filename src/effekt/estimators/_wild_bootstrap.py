"""The wild cluster bootstrap of the two means of a regression, or why it cannot be relied on."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from effekt import _linalg
from effekt._inference import WildBootstrap
from effekt._inference.wild_weights import VALUES, WildWeights
from effekt._text import Text, format_number
from effekt._types import FloatArray, IntArray
from effekt.result import Note

MOST_LISTED = 100_000  # combinations of weights up to which all are taken
TIED = 1e-9  # of the largest that a cluster's residuals add: what parts two clusters less is rounding
ROWS = 2**14  # whose products stay in the cache


def all_listed(clusters: int, weights: WildWeights = "rademacher") -> bool:
    """Whether every combination of the weights is taken, so that no chance is needed: of signs up to 16 clusters."""
    return bool(len(VALUES[weights]) ** int(clusters) <= MOST_LISTED)


def wild_bootstrap(
    parts: Sequence[_linalg.Part],
    draws: int,
    rng: np.random.Generator | None,
    weights: WildWeights = "rademacher",
    sums: FloatArray | None = None,
    content: Callable[[], IntArray] | None = None,
) -> WildBootstrap:
    """The sums of each cluster, in the order of what its residuals add to the difference.

    Parameters
    ----------
    parts : sequence of Part
        The regressions of a block-diagonal model, with clusters.
    draws : int
        How many, where not all combinations are taken.
    rng : Generator, optional
        Where chance is needed (`all_listed`).
    weights : {"rademacher", "webb"}
        Signs hold their level better with few clusters, and need no chance up to 16 of them.
    sums : (3, G, k) array, optional
        `cluster_sums` of the parts, where they are known.
    content : function of nothing, optional
        (G,) the places of clusters by content: the order of those whose residuals add the same but for rounding.
    """
    loadings = np.concatenate([part.whitened() for part in parts], axis=1)
    sums = cluster_sums(parts)[0] if sums is None else sums
    moved = sums[0] @ (loadings[0] - loadings[1])
    order = np.lexsort((*sums[2].T, *sums[1].T, moved))
    apart = np.diff(moved[order], prepend=-np.inf) > TIED * np.max(np.abs(moved))
    if content is not None and not apart.all():
        order = order[np.lexsort((content()[order], np.cumsum(apart)))]
    listed = all_listed(len(order), weights)
    if not listed and rng is None:
        raise ValueError("a generator is needed where not all combinations are taken")
    errors, treated, counterfactual = (tuple(map(tuple, table[order].tolist())) for table in sums)
    return WildBootstrap(
        loadings=tuple(map(tuple, loadings.tolist())),
        errors=errors,
        treated_leverage=treated,
        counterfactual_leverage=counterfactual,
        weights=weights,
        draws=None if listed else draws,
        seed=None if listed or rng is None else int(rng.bit_generator.random_raw() >> 11),
    )


def cluster_sums(parts: Sequence[_linalg.Part]) -> tuple[FloatArray, FloatArray]:
    """(3, G, k): Q_g'û_g, Q_g'Q_g ã and Q_g'Q_g b̃; and (G,) the sum of the leverages of the rows, tr Q_g'Q_g.

    A cluster lies in one part, and is zero in the others.
    """
    codes = []
    for part in parts:
        assert part.clusters is not None
        codes.append(numbered(part.clusters))
    sizes = [int(code.max()) + 1 for code in codes]
    widths = [len(part.fit.coefficients) for part in parts]
    found, leverages = np.zeros((3, sum(sizes), sum(widths))), np.zeros(sum(sizes))
    row = column = 0
    for part, code, size, width in zip(parts, codes, sizes, widths, strict=True):
        own, loadings = found[:, row : row + size, column : column + width], part.whitened().T
        for first in range(0, len(code), ROWS):
            rows = slice(first, first + ROWS)
            basis, residuals = part.block(rows)
            leverages[row : row + size] += np.bincount(code[rows], np.einsum("nk,nk->n", basis, basis), size)
            for i, factor in enumerate((residuals, *(basis @ loadings).T)):
                for j, direction in enumerate(basis.T):
                    own[i, :, j] += np.bincount(code[rows], direction * factor, size)
        row, column = row + size, column + width
    return found, leverages


def numbered(clusters: IntArray) -> IntArray:
    """The clusters as 0, 1, … in their order, without sorting rows."""
    present = np.bincount(clusters) > 0
    return np.asarray((np.cumsum(present) - 1)[clusters])


def told(found: WildBootstrap, rng: np.random.Generator | int | None) -> Note:
    """Which draws the p-values come from."""
    clusters = len(found.errors)
    kind_en, kind_sv = ("signs", "tecken") if found.weights == "rademacher" else ("Webb's weights", "Webbs vikter")
    if found.draws is None:
        how_en = f"all {format_number(found.total, 'en')} combinations of {kind_en}"
        how_sv = f"alla {format_number(found.total, 'sv')} kombinationer av {kind_sv}"
    else:
        known = isinstance(rng, int)
        seed_en, seed_sv = (f" from the seed {rng}", f" med fröet {rng}") if known else ("", "")
        how_en = f"{format_number(found.draws, 'en')} draws of {kind_en}{seed_en}"
        how_sv = f"{format_number(found.draws, 'sv')} dragningar av {kind_sv}{seed_sv}"
    text = Text(
        en=f"Inference is by the wild cluster bootstrap with the null imposed: {how_en} of the residuals of "
        f"{format_number(clusters, 'en')} clusters, by t statistics with CR1.",
        sv=f"Inferensen är en wild cluster bootstrap under nollhypotesen: {how_sv} för residualerna i "
        f"{format_number(clusters, 'sv')} kluster, med t-kvoter enligt CR1.",
    )
    return Note(code="wild_bootstrap", text=text)
