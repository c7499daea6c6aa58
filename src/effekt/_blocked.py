"""Least squares on an indicator of each of many blocks and a few further regressors, without the indicators.

The indicators 1_b and the further regressors x less their mean in the row's block are orthogonal, so with n_b rows in
block b and x − x̄_b = Q_x R_x a row of the basis is 1/√n_b in the column of its block and q_x (Frisch & Waugh 1933,
doi:10.2307/1907330). Sums over rows are sums within blocks: n rows take time in proportion to n p², however many blocks
there are, where dense columns take n k². A cluster lies in one block, so M_g of `_tall` has p + 1 rows that are not 0.

The coefficients are those of a constant, of the indicators of the blocks after the first less their shares s_b, and of
x − centre. With slopes β and levels a_b = ȳ_b − x̄_b'β they are a_0 + Σ_b s_b (a_b − a_0), a_b − a_0 and β.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import reduce
from operator import add

import numpy as np

from effekt._tall import CONDITION, SHALLOW, Shrink, Sums, Tall
from effekt._types import FloatArray, IntArray

MANY_BLOCKS = 20  # fewer are columns as others are


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Blocked:
    """A design of blocks and further regressors.

    Attributes
    ----------
    inner : Tall
        The p further regressors and the outcome, with the rows that belong to the regression.
    code : (n,) integer array
        The block of each of these rows, 0 to B − 1; each has a row.
    shares : (B,) array
        What is taken from each block's indicator.
    leading : int
        How many of the further regressors come before the indicators.
    """

    inner: Tall
    code: IntArray
    shares: FloatArray
    leading: int = 0

    def lines(self) -> Iterator[tuple[slice, FloatArray]]:
        """Some of the rows at a time, and their (p + 1, s) further regressors and outcome."""
        return ((rows, self.inner.block(rows)[1:]) for rows in self.inner.blocks())


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BlockedFit:
    """A least-squares fit on a design of blocks.

    Attributes
    ----------
    design : Blocked
    coefficients : (k,) array
    means : (p + 1, B) array
        Of the further regressors and the outcome, in each block.
    slopes : (p,) array
    inverse : (p, p) array
        R_x⁻ᵀ.
    root : (B,) array
        1/√n_b.
    """

    design: Blocked
    coefficients: FloatArray
    means: FloatArray
    slopes: FloatArray
    inverse: FloatArray
    root: FloatArray

    @property
    def n(self) -> int:
        """The number of rows."""
        return len(self.design.code)

    @property
    def step(self) -> int:
        """Rows of one product."""
        return self.design.inner.step

    @property
    def residuals(self) -> FloatArray:
        """(n,): of all rows."""
        return self.own(np.arange(self.n))[1]

    @property
    def triangle(self) -> FloatArray:
        """(k, k): T with X = Q T, which is not triangular here."""
        return np.asarray(np.linalg.inv(self.whitened(np.eye(len(self.coefficients)))), float)

    def whitened(self, contrasts: FloatArray) -> FloatArray:
        """The (m, k) rows c̃, whose squared length is c'(X'X)⁻¹c: what contrasts take from Q'y."""
        leading, blocks = self.design.leading, len(self.root)
        split = np.split(contrasts, [1, 1 + leading, leading + blocks], axis=1)
        of_levels = np.hstack([np.zeros((len(contrasts), 1)), split[2]]) + split[0] * self.design.shares
        of_levels[:, 0] = split[0][:, 0] - of_levels[:, 1:].sum(axis=1)
        of_slopes = np.hstack([split[1], split[3]]) - of_levels @ self.means[:-1].T
        return np.hstack([of_levels * self.root, of_slopes @ self.inverse.T])

    def own(self, rows: IntArray | slice) -> tuple[FloatArray, FloatArray]:
        """(p + 1, …): the entry in the column of the own block and q_x; and the residuals (…) of some rows."""
        code = self.design.code[rows]
        lines = self.design.inner.block(rows)[1:] - self.means[:, code]
        basis = np.empty(lines.shape)
        basis[0] = self.root[code]
        basis[1:] = np.einsum("pq,q...->p...", self.inverse, lines[:-1])
        return basis, lines[-1] - np.einsum("q,q...->...", self.slopes, lines[:-1])

    def block(self, rows: IntArray) -> tuple[FloatArray, FloatArray]:
        """Q' (k, …) and the residuals (…) of some rows, with the zeros."""
        own, residuals = self.own(rows)
        blocks = len(self.root)
        basis = np.zeros((len(self.coefficients), *rows.shape))
        np.put_along_axis(basis, self.design.code[rows][None], own[:1], axis=0)
        basis[blocks:] = own[1:]
        return basis, residuals


def fit_blocked(design: Blocked) -> BlockedFit | None:
    """The fit, or None where the further regressors need QR."""
    p, blocks, inner = len(design.inner.columns), len(design.shares), design.inner
    counts = np.bincount(design.code, minlength=blocks)
    sums = np.zeros((p + 1, blocks))
    for rows, lines in design.lines():
        sums += [np.bincount(design.code[rows], line, blocks) for line in lines]
    means = sums / counts
    gram = np.zeros((p + 1, p))
    for rows, lines in design.lines():
        lines -= means[:, design.code[rows]]
        gram += inner.products(lines, lines[:-1])
    length = np.sqrt(np.diagonal(gram))
    level = np.maximum(np.abs(inner.centre), np.abs(means[:-1]).max(axis=1))
    if not np.all(length > SHALLOW * level * np.sqrt(len(design.code))) or not np.all(length > 0):
        return None
    scaled = gram[:p] / np.outer(length, length)
    values = np.linalg.eigvalsh(scaled)
    if p and values[0] * CONDITION**2 < values[-1]:
        return None
    upper = np.linalg.cholesky(scaled).T
    slopes = np.linalg.solve(upper, np.linalg.solve(upper.T, gram[p] / length)) / length
    levels = means[-1] - slopes @ means[:-1]
    gaps = levels[1:] - levels[0]
    constant = levels[0] + gaps @ design.shares[1:]
    leading = design.leading
    return BlockedFit(
        design=design,
        coefficients=np.concatenate([[constant], slopes[:leading], gaps, slopes[leading:]]),
        means=means,
        slopes=slopes,
        inverse=np.linalg.inv(upper).T / length,
        root=1 / np.sqrt(counts),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BlockedSums(Sums):
    """`shared` is (m, m, e): of Σ u_g u_g' the entries that can differ from 0."""

    def products(self) -> FloatArray:
        """(m, m, m, m): Σ_gh (u_gᵃ'u_hᵇ)(u_gᶜ'u_hᵈ)."""
        return np.asarray(np.einsum("cae,dbe->abcd", self.shared, self.shared), float)


def blocked_sums(fit: BlockedFit, whitened: FloatArray, batches: Iterable[IntArray] | None, shrink: Shrink) -> Sums:
    """As `_tall.sums`, over batches of clusters of one size, or over rows that are clusters of their own."""
    if batches is None:
        return reduce(add, (_of_units(fit, rows, whitened, shrink) for rows in fit.design.inner.blocks()))
    return reduce(add, (_of_clusters(fit, rows, whitened, shrink) for rows in batches))


def _own_weights(fit: BlockedFit, code: IntArray, whitened: FloatArray) -> FloatArray:
    """(m, p + 1, g): the entries of c̃ in the columns that rows of these blocks have."""
    found = np.empty((len(whitened), len(fit.means), len(code)))
    found[:, 0], found[:, 1:] = whitened[:, code], whitened[:, len(fit.root) :, None]
    return found


def _of_units(fit: BlockedFit, rows: slice, whitened: FloatArray, shrink: Shrink) -> BlockedSums:
    """Rows (g,) that are clusters of their own."""
    basis, residuals = fit.own(rows)
    code, m = fit.design.code[rows], len(whitened)
    leverage = np.einsum("kg,kg->g", basis, basis)
    adjusted = np.einsum("mkg,kg->mg", _own_weights(fit, code, whitened), basis) * shrink.of(leverage)
    scores = adjusted * residuals
    pairs = (adjusted[:, None] * adjusted).reshape(m * m, -1)
    return BlockedSums(
        scores=np.einsum("ig,jg->ij", scores, scores),
        mean=np.einsum("ig,g->i", pairs, 1 - leverage),
        spread=np.einsum("ig,jg->ij", pairs * (1 - 2 * leverage), pairs),
        shared=_shared(fit, code, adjusted[:, None] * basis),
    )


def _of_clusters(fit: BlockedFit, rows: IntArray, whitened: FloatArray, shrink: Shrink) -> BlockedSums:
    """Clusters with rows (g, s), each of one block."""
    basis, residuals = fit.own(rows)
    basis, m, code = np.swapaxes(basis, 0, 1), len(whitened), fit.design.code[rows[:, 0]]  # (g, p + 1, s)
    gram = basis @ np.swapaxes(basis, 1, 2)
    turned = shrink.applied(gram, np.moveaxis(_own_weights(fit, code, whitened), 2, 0))
    scores = np.einsum("gmk,gk->gm", turned, np.einsum("gks,gs->gk", basis, residuals))
    u = turned @ gram
    both = (u @ np.swapaxes(u, 1, 2)).reshape(-1, m * m)
    own = (u @ np.swapaxes(turned, 1, 2)).reshape(-1, m * m) - both
    return BlockedSums(
        scores=scores.T @ scores,
        mean=own.sum(axis=0),
        spread=own.T @ own - both.T @ both,
        shared=_shared(fit, code, np.moveaxis(u, 0, 2)),
    )


def _shared(fit: BlockedFit, code: IntArray, u: FloatArray) -> FloatArray:
    """(m, m, e): the entries of Σ_g u_gᵃu_gᵇ' of u (m, p + 1, g): block and block, block and x both ways, x and x."""
    blocks, products = len(fit.root), fit.design.inner.products

    def within(left: FloatArray, right: FloatArray) -> FloatArray:
        return np.array([np.bincount(code, one * right, blocks) for one in left])

    def entries(a: FloatArray, b: FloatArray) -> FloatArray:
        return np.concatenate(
            [within(a, b[0]).ravel(), within(b[1:], a[0]).ravel(), products(a[1:], b[1:]).ravel()],
        )

    return np.array([entries(a, b) for a in u for b in u]).reshape(len(u), len(u), -1)
