"""Least squares and its sandwich sums for many rows, in two passes over blocks of rows that are never all held.

With Z = (1, x − c) and the Gram matrix Z'Z = R'R, the coefficients are R⁻¹R⁻ᵀZ'y and a block of rows of the basis is
Q = ZR⁻¹. That loses twice the digits that QR does, so it is used only where the condition number of Z with columns of
length one is at most `CONDITION`: the relative error, about ε·CONDITION² (Higham 2002, doi:10.1137/1.9780898718027,
section 20.4), is then below 1e-11. Elsewhere there is no such fit and the caller turns to QR.

A cluster needs only M_g = Q_g'Q_g and Q_g'e_g: with M_g = VDV', the adjusted weights of `_linalg` are A_g p_g =
Q_g t_g, t_g = V (1 − D)^power V'c̃, so its score is t_g'(Q_g'e_g), c_g = t_g'M_g t_g and u_g = M_g t_g.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import reduce
from operator import add
from typing import Self

import numpy as np

from effekt._types import FloatArray, IntArray

MANY_ROWS = 1_000  # fewer are regressed by QR
CONDITION = 100.0  # of the scaled columns, above which QR is used
SHALLOW = 1e-6  # variation this small relative to the values leaves too few digits of x − c
DETERMINED = 1e-10  # 1 − leverage below which rows determine a coefficient alone
NEAR, LEAST, BITS = 0.125, 2.0**-52, 54  # norms for which the series is used and is one term, and its precision
CHUNK, MOST, FEWEST = 2**18, 4096, 256  # products and rows of a step: so few that no thread shares a sum
STEPS, FEW_STEPS = 8, 16  # of a block, and for each of them in all rows


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tall:
    """A design (1, x − centre) and its outcome, read in blocks of rows.

    Attributes
    ----------
    columns : tuple of (m,) arrays
        The regressors after the constant.
    centre : (k − 1,) array
        What is taken from each.
    outcome : (m,) array
    rows : (n,) integer array
        The rows of the columns that belong to the regression.
    """

    columns: tuple[FloatArray, ...]
    centre: FloatArray
    outcome: FloatArray
    rows: IntArray

    def block(self, rows: IntArray | slice) -> FloatArray:
        """(k + 1, …): the constant, x − centre and the outcome of some of the rows."""
        chosen = self.rows[rows]
        block = np.empty((len(self.columns) + 2, *chosen.shape))
        block[0] = 1.0
        for line, column in zip(block[1:], (*self.columns, self.outcome), strict=True):
            column.take(chosen, out=line, mode="clip")  # no index is outside; "raise" would buffer
        block[1:-1] -= self.centre.reshape(-1, *[1] * chosen.ndim)
        return block

    @property
    def step(self) -> int:
        """Columns of one product of a block: with two contrasts it has k + 3 lines."""
        return min(MOST, max(FEWEST, CHUNK // (len(self.columns) + 4) ** 2))

    def blocks(self) -> Iterator[slice]:
        """All rows in their order, some steps at a time: one where rows are few, whose memory is then used again."""
        n, step = len(self.rows), self.step
        size = step * max(1, min(STEPS, n // (FEW_STEPS * step)))
        return (slice(first, min(n, first + size)) for first in range(0, n, size))

    def products(self, left: FloatArray, right: FloatArray) -> FloatArray:
        """Left @ right' of two blocks, a step at a time; symmetric ones go quicker when both are not one array."""
        step = self.step
        return reduce(add, (left[:, i : i + step] @ right[:, i : i + step].T for i in range(0, left.shape[1], step)))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TallFit:
    """A least-squares fit on a tall design.

    Attributes
    ----------
    design : Tall
    coefficients : (k,) array
    triangle : (k, k) array
        R, upper triangular.
    mapping : (k + 1, k) array
        R⁻ᵀ over the coefficients: what takes rows of the design to the basis and the prediction.
    """

    design: Tall
    coefficients: FloatArray
    triangle: FloatArray
    mapping: FloatArray

    @property
    def n(self) -> int:
        """The number of rows."""
        return len(self.design.rows)

    @property
    def step(self) -> int:
        """Rows of one product."""
        return self.design.step

    @property
    def residuals(self) -> FloatArray:
        """(n,): of all rows."""
        return self.block(np.arange(self.n))[1]

    def whitened(self, contrasts: FloatArray) -> FloatArray:
        """The (m, k) rows c̃ = R⁻ᵀc, whose squared length is c'(X'X)⁻¹c."""
        return np.asarray(np.linalg.solve(self.triangle.T, contrasts.T).T, float)

    def block(self, rows: IntArray) -> tuple[FloatArray, FloatArray]:
        """Q' (k, …) and the residuals (…) of some rows."""
        block = self.design.block(rows)
        flat = block.reshape(len(block), -1)
        mapped = self.mapping @ flat[:-1]
        return mapped[:-1].reshape(-1, *rows.shape), (flat[-1] - mapped[-1]).reshape(rows.shape)

    def weighed(self, rows: IntArray | slice, whitened: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Q' (k, n), the residuals (n,) and the row weights c̃'Q' (m, n) of some rows."""
        block, k = self.design.block(rows), len(self.coefficients)
        mapping = np.vstack([self.mapping, whitened @ self.mapping[:-1]])
        mapped = np.empty((len(mapping), block.shape[1]))
        step = self.design.step
        for i in range(0, block.shape[1], step):
            np.matmul(mapping, block[:-1, i : i + step], out=mapped[:, i : i + step])
        return mapped[:k], block[-1] - mapped[k], mapped[k + 1 :]


def fit_tall(design: Tall) -> TallFit | None:
    """The fit, or None where QR must be used."""
    n, k = len(design.rows), len(design.columns) + 1
    gram = np.zeros((k + 1, k))
    level = float(np.mean(design.outcome[design.rows]))
    for rows in design.blocks():
        block = design.block(rows)
        block[-1] -= level
        gram += design.products(block, block[:-1])
    length = np.sqrt(np.diagonal(gram)[:k])
    if np.any(length[1:] <= SHALLOW * np.abs(design.centre) * np.sqrt(n)) or not np.all(length > 0):
        return None
    scaled = gram[:k, :k] / np.outer(length, length)
    values = np.linalg.eigvalsh(scaled)
    if values[0] * CONDITION**2 < values[-1]:
        return None
    triangle = np.linalg.cholesky(scaled).T
    coefficients = np.linalg.solve(triangle, np.linalg.solve(triangle.T, gram[k] / length)) / length
    coefficients[0] += level
    mapping = np.vstack([np.linalg.inv(triangle).T / length, coefficients])
    return TallFit(design=design, coefficients=coefficients, triangle=triangle * length, mapping=mapping)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shrink:
    """(1 − D)^power of leverages and of symmetric matrices; zero where D = 1, as the pseudo-inverse has it."""

    power: float

    def of(self, leverage: FloatArray) -> FloatArray:
        """Of each leverage."""
        left = 1 - leverage
        if self.power == -0.5 and left.min(initial=1.0) > DETERMINED:
            return 1 / np.sqrt(left)  # a root is quicker than a power
        determined = left <= DETERMINED
        left = np.where(determined, 1.0, left)
        return np.where(determined, 0.0, left**self.power)

    def applied(self, matrices: FloatArray, vectors: FloatArray) -> FloatArray:
        """v'(I − M)^power (g, m, k) of matrices (g, k, k) and vectors (m, k), or (g, m, k) where each has its own.

        The binomial series Σ_j c_j M^j, |c_j| ≤ 1, while all of it that is left out is less than rounding.
        """
        size = float(np.sqrt(np.max(np.einsum("gij,gij->g", matrices, matrices))))
        if size > NEAR:
            values, axes = np.linalg.eigh(matrices)
            found: FloatArray = ((vectors @ axes) * self.of(values)[:, None]) @ np.swapaxes(axes, 1, 2)
            return found
        term = np.broadcast_to(vectors, (len(matrices), *vectors.shape[-2:]))
        total = term.copy()
        for j in range(1, math.ceil(BITS / -math.log2(max(size, LEAST))) + 1):
            term = (term @ matrices) * ((j - 1 - self.power) / j)
            total += term
        return total


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sums:
    """Over the clusters g and for m contrasts: Σ s_g s_g', Σ P_gg, Σ (P_gg P_gg' − shared part) and Σ u_g u_g'."""

    scores: FloatArray  # (m, m)
    mean: FloatArray  # (m·m,)
    spread: FloatArray  # (m·m, m·m)
    shared: FloatArray  # (m, k, m, k)

    def __add__(self, other: Self) -> Self:
        return replace(
            self,
            scores=self.scores + other.scores,
            mean=self.mean + other.mean,
            spread=self.spread + other.spread,
            shared=self.shared + other.shared,
        )

    def products(self) -> FloatArray:
        """(m, m, m, m): Σ_gh (u_gᵃ'u_hᵇ)(u_gᶜ'u_hᵈ)."""
        return np.asarray(np.einsum("cxay,bydx->abcd", self.shared, self.shared), float)


def sums(fit: TallFit, whitened: FloatArray, batches: Iterable[IntArray] | None, shrink: Shrink) -> Sums:
    """The sums over batches of clusters of one size, or over rows that are clusters of their own.

    Parameters
    ----------
    fit : TallFit
    whitened : (m, k) array
        c̃ of each contrast.
    batches : iterable of (g, s) integer arrays, or None
        The rows of the clusters.
    shrink : Shrink
    """

    def of(rows: IntArray) -> Sums:
        if rows.shape[1] == 1:
            return _of_units(fit, rows[:, 0], whitened, shrink)
        return _of_clusters(fit, rows, whitened, shrink)

    if batches is None:
        return reduce(add, (_of_units(fit, rows, whitened, shrink) for rows in fit.design.blocks()))
    return reduce(add, map(of, batches))


def _of_units(fit: TallFit, rows: IntArray | slice, whitened: FloatArray, shrink: Shrink) -> Sums:
    """Rows (n,) that are clusters of their own: t = (1 − h)^power c̃ with leverage h, so u = a·q with a = t'q."""
    basis, residuals, weights = fit.weighed(rows, whitened)
    m, k = len(weights), len(basis)
    leverage = np.einsum("kn,kn->n", basis, basis)
    adjusted = weights * shrink.of(leverage)
    scores = adjusted * residuals
    pairs = (adjusted[:, None] * adjusted).reshape(m * m, -1)
    spread = pairs * (1 - 2 * leverage)  # (1 − h)² − h²
    shared = [fit.design.products(basis * pair, basis) for pair in pairs]
    return Sums(
        scores=np.einsum("in,jn->ij", scores, scores),  # einsum shares no sum among threads
        mean=np.einsum("in,n->i", pairs, 1 - leverage),
        spread=np.einsum("in,jn->ij", spread, pairs),
        shared=np.moveaxis(np.array(shared).reshape(m, m, k, k), 1, 2),
    )


def _of_clusters(fit: TallFit, rows: IntArray, whitened: FloatArray, shrink: Shrink) -> Sums:
    """Clusters with rows (g, s)."""
    basis, residuals = fit.block(rows)
    basis, m = np.swapaxes(basis, 0, 1), len(whitened)  # (g, k, s)
    gram = basis @ np.swapaxes(basis, 1, 2)
    turned = shrink.applied(gram, whitened)
    scores = np.einsum("gmk,gk->gm", turned, np.einsum("gks,gs->gk", basis, residuals))
    u = turned @ gram
    both = (u @ np.swapaxes(u, 1, 2)).reshape(-1, m * m)
    own = (u @ np.swapaxes(turned, 1, 2)).reshape(-1, m * m) - both
    flat = u.reshape(len(u), -1)
    return Sums(
        scores=scores.T @ scores,
        mean=own.sum(axis=0),
        spread=own.T @ own - both.T @ both,
        shared=(flat.T @ flat).reshape(m, -1, m, gram.shape[1]),
    )
