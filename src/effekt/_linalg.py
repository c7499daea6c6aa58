"""Least squares by QR, and the sandwich covariance of two means with degrees of freedom per contrast.

Two linear functions of the coefficients, a'β (treated mean) and b'β (counterfactual mean), have the covariance
factor · Σ_g s_g s_g' with scores s_g = (a, b)'(X'X)⁻¹X_g' A_g e_g and A_g = (I − H_gg)^power, H = X(X'X)⁻¹X'
(Bell & McCaffrey 2002, Survey Methodology 28(2), 169–181; a unit is a cluster of one). With X = QR and c̃ = R⁻ᵀc the row
weights of a contrast are p = Qc̃, its adjusted weights A_g p_g, and H_gg = Q_g Q_g', so nothing n × n is ever formed.

Under an identity working covariance the variance estimate has mean tr P and variance 2 tr P², with
P_gh = (A_g p_g)'(I − H)_gh (A_h p_h) = δ_gh c_g − u_g'u_h, c_g = |A_g p_g|² and u_g = Q_g'A_g p_g; hence
df = (tr P)² / tr P² (Pustejovsky & Tipton 2018, doi:10.1080/07350015.2016.1247004). Both traces are
polynomials in the weights of the two means, so their 3 + 5 coefficients give the df of every contrast.

A weighted regression is the regression of √w·y on √w·X; its HC names are those of that regression (as estimatr and
sandwich have them). Its errors have there the working variances ω: 1 where w are inverse variances, w where they count
how many a row stands for and the errors of y are alike. Then P_gh = (A_g p_g)'[(I − H)Ω(I − H)]_gh (A_h p_h), which is
δ_gh c_g − u_g'z_h − z_g'u_h with c_g = (A_g p_g)'Ω_g A_g p_g, z_g = Q_g'Ω_g A_g p_g − S u_g / 2 and S = Q'ΩQ; and CR2
has A_g = D_g B_g^{+1/2} D_g, D_g the root of the working variances of y, B_g = D_g [(I − H)Ω(I − H)]_gg D_g there
(Pustejovsky & Tipton 2018, section 2, as clubSandwich has it).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from effekt._blocked import BlockedFit, blocked_sums
from effekt._inference import ContrastDf, FixedDf, StudentT
from effekt._tall import DETERMINED, Shrink, TallFit, sums
from effekt._types import FloatArray, IntArray

UNIT_VARIANCES = ("HC0", "HC1", "HC2", "HC3")
CLUSTER_VARIANCES = ("CR0", "CR1", "CR1S", "CR2", "CR3")
SATTERTHWAITE = ("HC2", "CR1", "CR2", "CR3")  # the names whose df belong to a contrast
COLLINEAR = 1e-7  # sine of the angle to the earlier columns below which a column depends on them
QR_ROWS = 256  # rows of a block: small enough that no thread shares its sums
ROWS = 4096  # rows handled at once by the sandwich
_POWER = {"HC2": -0.5, "CR2": -0.5, "HC3": -1.0, "CR3": -1.0}  # the others leave the residuals as they are


class CollinearColumnError(ArithmeticError):
    """Column `index` of a design is a linear combination of the columns before it."""

    def __init__(self, index: int) -> None:
        super().__init__(f"column {index} is a linear combination of the columns before it")
        self.index = index


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fit:
    """A least-squares fit of (n,) outcomes on an (n, k) design X = QR.

    Attributes
    ----------
    coefficients : (k,) array
    residuals : (n,) array
    basis : (n, k) array
        Q, with orthonormal columns.
    triangle : (k, k) array
        R, upper triangular.
    """

    coefficients: FloatArray
    residuals: FloatArray
    basis: FloatArray
    triangle: FloatArray

    @property
    def n(self) -> int:
        """The number of rows."""
        return len(self.residuals)

    def whitened(self, contrasts: FloatArray) -> FloatArray:
        """The (m, k) rows c̃ = R⁻ᵀc, whose squared length is c'(X'X)⁻¹c."""
        return np.asarray(np.linalg.solve(self.triangle.T, contrasts.T).T, float)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Part:
    """A regression that shares no row, coefficient or cluster with the other parts of a model.

    Attributes
    ----------
    fit : Fit, TallFit or BlockedFit
        The last two have neither weights nor working variances.
    contrasts : (2, k) array
        What the treated mean and the counterfactual mean take from the coefficients.
    clusters : (n,) integer array, optional
        None: every row is its own cluster.
    weights : (n,) array, optional
        Those of a weighted fit, whose design and outcome were multiplied by their roots.
    working : (n,) array, optional
        Working variances of the errors of that fit; None: all alike.
    """

    fit: Fit | TallFit | BlockedFit
    contrasts: FloatArray
    clusters: IntArray | None = None
    weights: FloatArray | None = None
    working: FloatArray | None = None

    def whitened(self) -> FloatArray:
        """The (2, k) rows c̃ = R⁻ᵀc, whose squared length is c'(X'X)⁻¹c."""
        return self.fit.whitened(self.contrasts)

    def block(self, rows: slice) -> tuple[FloatArray, FloatArray]:
        """Q (s, k) and the residuals (s,) of some rows."""
        if isinstance(self.fit, Fit):
            return self.fit.basis[rows], self.fit.residuals[rows]
        basis, residuals = self.fit.block(np.arange(*rows.indices(self.fit.n)))
        return basis.T, residuals

    def held(self) -> Part:
        """The same with all rows of a tall fit in memory."""
        if isinstance(self.fit, Fit):
            return self
        basis, residuals = self.fit.block(np.arange(self.fit.n))
        fit = Fit(coefficients=self.fit.coefficients, residuals=residuals, basis=basis.T, triangle=self.fit.triangle)
        return replace(self, fit=fit)

    def moment(self) -> FloatArray:
        """S = Q'ΩQ, the identity under equal working variances."""
        if self.working is None:
            return np.eye(len(self.fit.coefficients))
        assert isinstance(self.fit, Fit)
        return np.asarray(self.fit.basis.T @ (self.working[:, None] * self.fit.basis), float)


def least_squares(design: FloatArray, outcome: FloatArray) -> Fit:
    """Regress the outcome on the columns of a design: QR of both side by side holds R, Q'y and the residuals.

    Raises
    ------
    CollinearColumnError
        With the index of the first column that depends on those before it.
    """
    k = design.shape[1]
    basis, triangle = _qr(np.column_stack([design, outcome]))
    _check_rank(triangle[:, :k])
    return Fit(
        coefficients=np.asarray(np.linalg.solve(triangle[:k, :k], triangle[:k, k]), float),
        residuals=basis[:, k:] @ triangle[k:, k],  # the outcome's own direction; none is left when n = k
        basis=basis[:, :k],
        triangle=triangle[:k, :k],
    )


def sandwich(variance: str, parts: Sequence[Part]) -> StudentT:
    """Covariance and degrees of freedom of the two means, under one of the named conventions.

    Parameters
    ----------
    variance : str
        One of `UNIT_VARIANCES` when the parts have no clusters, else of `CLUSTER_VARIANCES`.
    parts : sequence of Part
        The regressions of a block-diagonal model; n, k and the number of clusters count over all of them.
    """
    n = sum(part.fit.n for part in parts)
    k = sum(len(part.fit.coefficients) for part in parts)
    clusters = sum(_n_clusters(part) for part in parts)
    covariance, mean, spread = (sum(terms) for terms in zip(*(_sums(part, variance) for part in parts), strict=True))
    (first, cross), (_, second) = _factor(variance, n, k, clusters) * covariance
    if variance in SATTERTHWAITE:
        df: FixedDf | ContrastDf = _contrast_df(mean, spread)
    else:
        df = FixedDf(df=float(n - k if variance in UNIT_VARIANCES else clusters - 1))
    return StudentT(covariance=(float(first), float(cross), float(second)), df=df)


def row_scores(variance: str, parts: Sequence[Part]) -> tuple[FloatArray, ...]:
    """(n, 2) for each part: what every row adds to the score of its cluster, so that `sandwich` is Σ_g s_g s_g'.

    The factor of the convention is in them by its root: scores of two models then give a covariance between the two
    that never exceeds what their own variances allow.
    """
    parts = [part.held() for part in parts]
    n = sum(part.fit.n for part in parts)
    k = sum(len(part.fit.coefficients) for part in parts)
    root = _factor(variance, n, k, sum(_n_clusters(part) for part in parts)) ** 0.5
    found = []
    for part in parts:
        whitened, moment = part.whitened(), part.moment()
        scores = np.empty((len(part.fit.residuals), 2))
        for rows in _batches(part):
            adjusted = _adjusted_weights(part, rows, whitened, moment, variance)
            scores[rows] = adjusted * part.fit.residuals[rows][..., None]
        found.append(root * scores)
    return tuple(found)


def captured_share(unbiased: StudentT, parts: Sequence[Part]) -> float:
    """The smaller share, over the two means, of their variance in the working model that `unbiased` can see.

    `unbiased` is CR2, or HC2 of parts with equal working variances.

    It is 1 unless rows of one cluster determine a coefficient alone: their residuals are then zero whatever their
    outcomes, and the pseudo-inverse in A_g leaves that direction out.
    """
    assert isinstance(unbiased.df, ContrastDf)
    seen = np.array(unbiased.df.quadratic)[[0, 2]]
    return float(np.min(seen / sum(_working_variance(part) for part in parts)))


def _working_variance(part: Part) -> FloatArray:
    """The variance of the two means in the working model: c̃'S c̃."""
    whitened = part.whitened()
    moved = whitened if part.working is None else whitened @ part.moment()
    return np.asarray(np.sum(moved * whitened, axis=1), float)


def _qr(design: FloatArray) -> tuple[FloatArray, FloatArray]:
    """QR of fixed blocks of rows, then of their stacked triangles (Demmel et al. 2012, doi:10.1137/080731992, §3)."""
    n, k = design.shape
    rows = max(QR_ROWS, 4 * k)
    if n <= 2 * rows:
        return np.linalg.qr(design)
    blocks, head = n // rows, n - n % rows
    head_basis, head_triangles = np.linalg.qr(design[:head].reshape(blocks, rows, k))
    tail_basis, tail_triangle = np.linalg.qr(design[head:])
    upper, triangle = _qr(np.vstack([head_triangles.reshape(blocks * k, k), tail_triangle]))
    basis = np.empty(design.shape)
    np.matmul(head_basis, upper[: blocks * k].reshape(blocks, k, k), out=basis[:head].reshape(blocks, rows, k))
    np.matmul(tail_basis, upper[blocks * k :], out=basis[head:])
    return basis, triangle


def _check_rank(triangle: FloatArray) -> None:
    """|R_jj| is the distance of column j from the span of the earlier ones, the norm of R's column j its length."""
    size, k = triangle.shape
    distance = np.zeros(k)
    distance[:size] = np.abs(np.diagonal(triangle))
    dependent = np.flatnonzero(distance <= COLLINEAR * np.linalg.norm(triangle, axis=0))
    if dependent.size:
        raise CollinearColumnError(int(dependent[0]))


def _factor(variance: str, n: int, k: int, clusters: int) -> float:
    """The scalar of the named convention."""
    if variance == "HC1":
        return n / (n - k)
    if variance == "CR1":
        return clusters / (clusters - 1)
    if variance == "CR1S":
        return clusters / (clusters - 1) * (n - 1) / (n - k)
    return 1.0


def _n_clusters(part: Part) -> int:
    """How many clusters; every row is one where none are named."""
    return part.fit.n if part.clusters is None else int(np.count_nonzero(np.bincount(part.clusters)))


def _sums(part: Part, variance: str) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Σ_g s_g s_g' (2, 2), tr P as (2, 2) and tr P² as (2, 2, 2, 2) coefficients on the weights of the two means.

    P_gh = δ_gh c_g − l_g'r_h with l = r = u, or l = (u, z) and r = (z, u) under working variances. Of the sum
    tr P² = Σ_gh P_gh², Σ_gh (l_gᵃ'r_hᵇ)(l_gᶜ'r_hᵈ) = tr(Lᶜᵃ Rᵇᵈ) with Lᵃᵇ = Σ_g l_gᵃ l_gᵇ' and Rᵃᵇ = Σ_g r_gᵃ r_gᵇ'.
    """
    if not isinstance(part.fit, Fit):
        return _tall_sums(part, part.fit, variance)
    whitened, moment = part.whitened(), part.moment()
    k = whitened.shape[1] * (1 if part.working is None else 2)
    covariance, mean, spread = np.zeros((2, 2)), np.zeros(4), np.zeros((4, 4))
    lefts, rights = np.zeros((2 * k, 2 * k)), np.zeros((2 * k, 2 * k))
    for rows in _batches(part):
        adjusted = _adjusted_weights(part, rows, whitened, moment, variance)
        scores = (np.swapaxes(adjusted, 1, 2) @ part.fit.residuals[rows][..., None])[..., 0]
        own, left, right = _projected(part, rows, adjusted, moment)
        shared = (left @ np.swapaxes(right, 1, 2)).reshape(-1, 4)
        own = own.reshape(-1, 4) - shared
        covariance += scores.T @ scores
        mean += own.sum(axis=0)
        spread += own.T @ own - shared.T @ shared
        lefts += left.reshape(-1, 2 * k).T @ left.reshape(-1, 2 * k)
        rights = lefts if left is right else rights + right.reshape(-1, 2 * k).T @ right.reshape(-1, 2 * k)
    products = np.einsum("cxay,bydx->abcd", lefts.reshape(2, k, 2, k), rights.reshape(2, k, 2, k))
    return covariance, mean.reshape(2, 2), spread.reshape(2, 2, 2, 2) + products


def _tall_sums(part: Part, fit: TallFit | BlockedFit, variance: str) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The same of a tall fit; a mean that takes nothing from the coefficients adds nothing."""
    live = np.flatnonzero(part.contrasts.any(axis=1))
    m, shrink = len(live), Shrink(power=_POWER.get(variance, 0.0))
    batches = None if part.clusters is None else _batches(part, max(ROWS, fit.step))
    whitened = part.whitened()[live]
    if isinstance(fit, BlockedFit):
        found = blocked_sums(fit, whitened, batches, shrink)
    else:
        found = sums(fit, whitened, batches, shrink)
    covariance, mean, spread = np.zeros((2, 2)), np.zeros((2, 2)), np.zeros((2, 2, 2, 2))
    covariance[np.ix_(live, live)] = found.scores
    mean[np.ix_(live, live)] = found.mean.reshape(m, m)
    spread[np.ix_(live, live, live, live)] = found.spread.reshape(m, m, m, m) + found.products()
    return covariance, mean, spread


def _projected(
    part: Part, rows: IntArray, adjusted: FloatArray, moment: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """c_g (g, 2, 2), and l_g and r_g whose products are what P_gh lacks from it."""
    assert isinstance(part.fit, Fit)
    across, basis = np.swapaxes(adjusted, 1, 2), part.fit.basis[rows]
    u = across @ basis
    if part.working is None:
        return across @ adjusted, u, u
    weighted = across * part.working[rows][:, None, :]
    z = weighted @ basis - u @ moment / 2
    return weighted @ adjusted, np.concatenate([u, z], axis=2), np.concatenate([z, u], axis=2)


def _adjusted_weights(
    part: Part, rows: IntArray, whitened: FloatArray, moment: FloatArray, variance: str
) -> FloatArray:
    """A_g p_g (g, s, 2) of the clusters in some rows."""
    assert isinstance(part.fit, Fit)
    basis = part.fit.basis[rows]
    if variance != "CR2" or part.weights is None:
        return _adjusted(basis, whitened, _POWER.get(variance, 0.0))
    working = np.ones(rows.shape) if part.working is None else part.working[rows]
    return _weighted_cr2(basis, whitened, part.weights[rows], working, moment)


def _batches(part: Part, rows: int = ROWS) -> Iterator[IntArray]:
    """Row numbers (clusters, size): the clusters of one size together, about `rows` rows at a time."""
    n, clusters = part.fit.n, part.clusters
    if clusters is None:
        for first in range(0, n, rows):
            yield np.arange(first, min(n, first + rows))[:, None]
        return
    short = clusters.astype(np.min_scalar_type(int(clusters.max()))) if clusters.min() >= 0 else clusters
    order = np.argsort(short, kind="stable")  # short numbers are sorted by counting
    starts = np.flatnonzero(np.diff(clusters[order], prepend=clusters[order[0]] - 1))
    sizes = np.diff(starts, append=n)
    for size in np.unique(sizes):
        members = starts[sizes == size]
        step = max(1, rows // int(size))
        for first in range(0, len(members), step):
            yield order[members[first : first + step, None] + np.arange(size)]


def _adjusted(basis: FloatArray, whitened: FloatArray, power: float) -> FloatArray:
    """A_g p_g (g, s, 2) of clusters of one size, from Q_g (g, s, k) and c̃ (2, k): p_g = Q_g c̃.

    With Q_g = W√D V' it is W f(D) W'p_g = Q_g V f(D) V'c̃ with f(D) = (1 − D)^power; the smaller matrix is used.
    """
    size, k = basis.shape[1:]
    weights = (basis.reshape(-1, k) @ whitened.T).reshape(-1, size, 2)
    if power == 0:
        return weights
    if size == 1:
        return Shrink(power=power).of(np.einsum("gsk,gsk->gs", basis, basis))[..., None] * weights
    across = np.swapaxes(basis, 1, 2)
    if size <= k:
        return _applied(basis @ across, power, weights)
    return basis @ _applied(across @ basis, power, whitened.T)


def _weighted_cr2(
    basis: FloatArray, whitened: FloatArray, weights: FloatArray, working: FloatArray, moment: FloatArray
) -> FloatArray:
    """A_g p_g under the errors' own roots D = √(ω/w): η B^{+1/2} η w p with η = D/√w, B = η[(I − H)Ω(I − H)]_gg η.

    B is ηΩη + C K C' with C = (ηQ, ηΩQ), so where ηΩη is one number the root is taken in the span of C, if smaller.
    """
    size, k = basis.shape[1:]
    eta = np.sqrt(working) / weights
    plain, one = eta**2 * working, np.eye(k)
    columns = np.concatenate([eta[..., None] * basis, (eta * working)[..., None] * basis], axis=2)
    middle = np.block([[moment, -one], [-one, np.zeros((k, k))]])
    vectors = (eta * weights)[..., None] * (basis @ whitened.T)
    if size > 2 * k and np.ptp(plain) <= DETERMINED * np.max(plain):
        span, triangle = np.linalg.qr(columns)
        inside = plain[:, :1, None] * np.eye(2 * k) + triangle @ middle @ np.swapaxes(triangle, 1, 2)
        rooted = span @ _inverse_root(inside, plain, np.swapaxes(span, 1, 2) @ vectors)
    else:
        whole = columns @ middle @ np.swapaxes(columns, 1, 2) + plain[..., None] * np.eye(size)
        rooted = _inverse_root(whole, plain, vectors)
    adjusted: FloatArray = eta[..., None] * rooted
    return adjusted


def _inverse_root(matrices: FloatArray, plain: FloatArray, vectors: FloatArray) -> FloatArray:
    """B^{+1/2} v, where eigenvalues that are nothing beside ηΩη count as zero."""
    values, axes = np.linalg.eigh(matrices)
    kept = values > DETERMINED * np.max(plain, axis=1)[:, None]
    factor = np.where(kept, np.where(kept, values, 1.0) ** -0.5, 0.0)
    rooted: FloatArray = axes @ (factor[..., None] * (np.swapaxes(axes, 1, 2) @ vectors))
    return rooted


def _applied(matrices: FloatArray, power: float, vectors: FloatArray) -> FloatArray:
    """V f(D) V'v of symmetric matrices V D V'."""
    values, axes = np.linalg.eigh(matrices)
    applied: FloatArray = axes @ (Shrink(power=power).of(values)[..., None] * (np.swapaxes(axes, 1, 2) @ vectors))
    return applied


def _contrast_df(mean: FloatArray, spread: FloatArray) -> ContrastDf:
    """Coefficients gathered by the power of the second weight."""
    quadratic = np.bincount(np.indices(mean.shape).sum(axis=0).ravel(), mean.ravel()).tolist()
    quartic = np.bincount(np.indices(spread.shape).sum(axis=0).ravel(), spread.ravel()).tolist()
    return ContrastDf(
        quadratic=(quadratic[0], quadratic[1], quadratic[2]),
        quartic=(quartic[0], quartic[1], quartic[2], quartic[3], quartic[4]),
    )
