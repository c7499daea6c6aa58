"""The two means of every group-time effect where other people are seen in each period, and each row's part in them.

A cohort and its controls are seen in t and in the base period b: four samples. With x = (1, covariates), x̄ its mean
over the cohort's rows of both periods, β least squares of Y on x in one sample, and w the shares of the odds p/(1 − p)
among the controls of one period, p logistic on all four samples (Sant'Anna & Zhao 2020,
doi:10.1016/j.jeconom.2020.06.003; Callaway & Sant'Anna 2021, doi:10.1016/j.jeconom.2020.12.001)::

    regression            Ȳ₁ₜ,     Ȳ₁ᵦ + x̄'(β₀ₜ − β₀ᵦ)
    inverse_probability   Ȳ₁ₜ,     Ȳ₁ᵦ + Σ wₜY − Σ wᵦY
    doubly_robust         x̄'β₁ₜ,   x̄'β₁ᵦ + x̄'(β₀ₜ − β₀ᵦ) + Σ wₜ(Y − x'β₀ₜ) − Σ wᵦ(Y − x'β₀ᵦ)

The last is the locally efficient one of the paper: its terms of the treated reduce to x̄'(β₁ₜ − β₁ᵦ), as the
residuals of a regression with a constant add to nothing. Every part is that of the paper's influence functions, in
which x̄, β and p count as estimated. Without covariates all three are differences of four means.

Under `leverage` the part of a cluster in a sample is divided by √(1 − h), h the sum of its rows' leverages in the
regression there, of their shares of the mean, or among the controls of their w, whichever there is and is largest; so
that without covariates every effect has the CR2 variance of its four means. The degrees of freedom are Welch's, as in a
panel, in each sample less the clusters that the covariates of its people use up (`between`); of an arm, those of the
period in which it is worth fewer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from effekt._decimals import decimal_mean
from effekt._types import FloatArray, IntArray
from effekt.estimators._m_estimation import cross_sums, predict
from effekt.estimators._propensity import fit_propensity
from effekt.estimators.staggered.between import used_up
from effekt.estimators.staggered.comparisons import Cell, Group
from effekt.estimators.staggered.covariance import Arms, Joint, Variance, freed
from effekt.estimators.staggered.cross_sections import People
from effekt.estimators.staggered.effects import Adjustment
from effekt.estimators.staggered.frame import DEPENDENT
from effekt.exceptions import DataError
from effekt.tables import called


@dataclass(slots=True, kw_only=True, eq=False)
class _Sample:
    """The rows of one arm in one period, and what each has in the two means.

    Attributes
    ----------
    rows : (m,) integer array
    treated, after : bool
    inverse, beta, error : arrays, optional
        (X'X)⁻¹, its coefficients and Y − x'β; None, zeros and Y where nothing is regressed.
    mean : float
        What the sample has in a mean.
    parts : (2, m) array
        In the treated and the counterfactual mean.
    weight, leverage : (m,) arrays
        What rows weigh in the sample's mean, and their leverage there.
    """

    rows: IntArray
    treated: bool
    after: bool
    inverse: FloatArray | None
    beta: FloatArray
    error: FloatArray
    mean: float
    parts: FloatArray
    weight: FloatArray
    leverage: FloatArray

    @property
    def sign(self) -> int:
        """How the sample's mean goes into its mean of the two."""
        return -1 if not (self.treated or self.after) else 1

    @property
    def place(self) -> int:
        """Into which of the two means it goes: 0 for the treated, 1 for the counterfactual."""
        return 0 if self.treated and self.after else 1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Compared:
    """One effect at its solution."""

    cohort: int
    period: int
    treated: float
    counterfactual: float
    observed: float
    control: float
    n_treated: int
    n_control: int
    samples: tuple[_Sample, ...]


def compare(
    people: People, group: Group, cell: Cell, adjustment: Adjustment, names: Sequence[str], cohort: str
) -> Compared:
    """One effect: the cohort in a period, as a change since another, beside its controls.

    Raises
    ------
    DataError
        Naming the cohort, when a covariate depends on the others in one of the samples, or separates it from them.
    """
    free = sorted({start for start, _ in people.slices if start >= group.after and start != group.cohort})
    k = len(people.design)
    doubly, regressed = adjustment == "doubly_robust" and k > 1, adjustment != "inverse_probability" or k == 1
    samples = tuple(
        _sample(people, starts, period, treated, after, doubly if treated else regressed, names, cohort)
        for starts, treated in (([group.cohort], True), (free, False))
        for period, after in ((cell.period, True), (cell.base, False))
    )
    own = np.concatenate([one.rows for one in samples[:2]])
    towards = people.design[:, own].mean(axis=1)
    odds = _fit_odds(people, samples, names, cohort) if adjustment != "regression" and k > 1 else None
    slopes = [_solve(people, one, towards, None if one.treated else odds) for one in samples]
    if odds is not None:
        slope = sum((one.sign * own for one, own in zip(samples, slopes, strict=True)), np.zeros(k))
        for one in samples:
            surprise = float(one.treated) - expit(odds.logit[one.rows])
            one.parts[1] += predict(people.design[:, one.rows].T, slope) * surprise
    for place in (0, 1):
        fitted = [one.sign * one.beta for one in samples if one.place == place and one.inverse is not None]
        beta = sum(fitted, np.zeros(k))
        for one in samples[:2]:
            level = predict(people.design[:, one.rows].T, beta)
            one.parts[place] += (level - float(towards @ beta)) / len(own)
    means = [sum(one.sign * one.mean for one in samples if one.place == place) for place in (0, 1)]
    return Compared(
        cohort=group.cohort,
        period=cell.period,
        treated=means[0],
        counterfactual=means[1],
        observed=float(decimal_mean(people.outcome[samples[0].rows])),
        control=float(decimal_mean(people.outcome[samples[2].rows])),
        n_treated=len(own),
        n_control=sum(len(one.rows) for one in samples[2:]),
        samples=samples,
    )


def _sample(
    people: People,
    starts: Sequence[int],
    period: int,
    treated: bool,
    after: bool,
    regressed: bool,
    names: Sequence[str],
    cohort: str,
) -> _Sample:
    rows = people.rows(starts, period)
    y, design = people.outcome[rows], people.design[:, rows]
    centre, beta, inverse = float(np.mean(y)), np.zeros(len(design)), None
    if regressed:
        who = f"the {'people' if treated else 'controls'} of the cohort {cohort} in {people.periods[period]}"
        inverse = _inverse(cross_sums(design.T, design.T), names, who)
        beta = inverse @ cross_sums(design.T, (y - centre)[:, None])[:, 0]
        beta[0] += centre
    return _Sample(
        rows=rows,
        treated=treated,
        after=after,
        inverse=inverse,
        beta=beta,
        error=y - predict(design.T, beta) if regressed else y,
        mean=centre,
        parts=np.zeros((2, len(rows))),
        weight=np.full(len(rows), 1 / len(rows)),
        leverage=np.full(len(rows), 1 / len(rows)),
    )


def _inverse(gram: FloatArray, names: Sequence[str], who: str) -> FloatArray:
    """(X'X)⁻¹; a covariate that depends on those before it is refused by name."""
    for size in range(2, len(gram) + 1):
        values = np.linalg.eigvalsh(gram[:size, :size])
        if values[0] <= DEPENDENT * values[-1]:
            raise DataError(
                f"{called(names[size - 2])} must not be constant or a combination of the other covariates among "
                f"{who}; it is. Leave it out of `covariates`."
            )
    return np.asarray(np.linalg.inv(gram), float)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Odds:
    """Log odds (n,) of being of the cohort, where the four samples are; and I = Σ p(1 − p)xx' of these."""

    logit: FloatArray
    information: FloatArray


def _fit_odds(people: People, samples: Sequence[_Sample], names: Sequence[str], cohort: str) -> _Odds:
    """Logistic regression on the four samples together."""
    rows = np.concatenate([one.rows for one in samples])
    treated = np.concatenate([np.full(len(one.rows), one.treated) for one in samples])
    logit = np.zeros(len(people.outcome))
    try:
        logit[rows] = fit_propensity(treated, people.covariates[rows], names).logit
    except DataError as error:
        raise DataError(f"Cohort {cohort}: {error}") from None
    p, design = expit(logit[rows]), people.design[:, rows]
    return _Odds(logit=logit, information=cross_sums(design.T, (design * (p * (1 - p))).T))


def _solve(people: People, one: _Sample, towards: FloatArray, odds: _Odds | None) -> FloatArray:
    """Fill in the sample's mean and its rows' parts; what the mean takes from an error of the propensity is x'slope."""
    design = people.design[:, one.rows]
    slope: FloatArray = np.zeros(len(towards))
    part: FloatArray = np.zeros(len(one.rows))
    if odds is None and one.inverse is None:
        part = (one.error - one.mean) / len(one.rows)
    else:
        one.mean = float(towards @ one.beta)
        one.weight, one.leverage = np.zeros(len(one.rows)), np.zeros(len(one.rows))
    reach = towards
    if odds is not None:
        share = np.exp(odds.logit[one.rows])
        share = share / np.sum(share)
        change = float(np.sum(share * one.error))
        part = share * (one.error - change)
        one.mean += change
        one.weight, one.leverage = share, share
        reach = towards - (design * share).sum(axis=1)
        slope = np.asarray(np.linalg.solve(odds.information, cross_sums(design.T, part[:, None])[:, 0]), float)
    if one.inverse is not None:
        weight = predict(design.T, one.inverse @ reach)
        part = part + weight * one.error
        own = sum(line * predict(design.T, row) for line, row in zip(design, one.inverse, strict=True))
        one.weight, one.leverage = one.weight + weight, np.maximum(one.leverage, own)
    one.parts[one.place] += one.sign * part
    return np.asarray(slope, float)


# --- inference --------------------------------------------------------------------------------------------------------


def arms_of_people(people: People, found: Compared) -> Arms:
    """Clusters, leverages and degrees of freedom of one effect."""
    size = int(people.cluster.max()) + 1
    seen, worth, largest = [], [], 0.0
    for one in found.samples:
        groups = people.cluster[one.rows]
        weight = np.bincount(groups, one.weight, minlength=size)
        used = _used(people, one.rows, size) if one.inverse is not None or not one.treated else 0.0
        worth.append(1 / float(np.sum(weight**2)) - 1 - used)
        largest = max(largest, float(np.bincount(groups, one.leverage).max()))
        seen.append(np.bincount(groups, minlength=size) > 0)
    treated, control = seen[0] | seen[1], seen[2] | seen[3]
    return Arms(
        clusters=(int(treated.sum()), int(control.sum()), int((treated | control).sum())),
        df=(min(worth[:2]), min(worth[2:])),
        leverage=largest,
        treated=None,
        control=None,
    )


def _used(people: People, rows: IntArray, size: int) -> float:
    """The clusters that the covariates of a sample use up."""
    design, groups = people.design[:, rows], people.cluster[rows]
    sums = np.array([np.bincount(groups, column, minlength=size) for column in design])
    return used_up(sums[0], sums, cross_sums(design.T, design.T))


def joint_of_people(people: People, found: Sequence[Compared], variance: Variance) -> Joint:
    """Of all means and of the cohorts' shares of the people."""
    size, k = int(people.cluster.max()) + 1, len(found)
    cohorts = sorted({one.cohort for one in found})
    lines = np.zeros((2 * k + len(cohorts), size))
    treated, control = np.zeros((k, 3)), np.zeros(k)
    for place, one in enumerate(found):
        arms = [_by_cluster(people, own, variance, size) for own in (one.samples[:2], one.samples[2:])]
        (first, second), (_, other) = arms
        lines[2 * place], lines[2 * place + 1] = first, second + other
        treated[place] = [np.sum(a * b) for a, b in ((first, first), (first, second), (second, second))]
        control[place] = np.sum(other * other)
    n = len(people.start)
    for place, cohort in enumerate(cohorts):
        share = ((people.start == cohort) - people.size([cohort]) / n) / n
        lines[2 * k + place] = np.bincount(people.cluster, share, minlength=size)
    whole = cross_sums(lines.T, lines.T)
    whole = (whole + whole.T) / 2
    return Joint(
        means=whole[: 2 * k, : 2 * k],
        shares=whole[2 * k :, 2 * k :],
        cross=whole[2 * k :, : 2 * k],
        treated=treated,
        control=control,
    )


def _by_cluster(people: People, samples: Sequence[_Sample], variance: Variance, size: int) -> FloatArray:
    """(2, clusters): what an arm's clusters have in the two means."""
    total = np.zeros((2, size))
    for one in samples:
        groups = people.cluster[one.rows]
        free = freed(np.asarray(np.bincount(groups, one.leverage, minlength=size), float), variance)
        total += np.array([np.bincount(groups, part, minlength=size) for part in one.parts]) / free
    return total
