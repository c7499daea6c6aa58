"""The two means by an adjustment, exactly where they are ratios of sums, and as observed.

Every adjustment is a regression whose prediction, averaged over the target population, is the treated mean with the
treatment set to 1 and the counterfactual mean with it set to 0. With regressors z (block indicators, then covariates)
centred at the target population's mean, both are read off the coefficients::

    lin, none     y = μ + (z − z̄)'β in each arm by itself                means μ₁ and μ₀        Lin (2013)
    lin_by_block  y = μ_b + (x − x̄_b)'β_b in each arm of each block b   means Σ w_b μ₁b and Σ w_b μ₀b
    additive      y = μ + τ·d + (z − z̄)'β                               means μ + τ and μ

with w_b the block's share of the target population and x̄_b the covariates' mean in that part of it.

Weighted least squares where rows count differently. A rate is the outcome per unit of exposure, weighted by exposure:
without regressors, the ratio of their sums.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property

import numpy as np

from effekt import _linalg
from effekt._blocked import MANY_BLOCKS, Blocked, BlockedFit, fit_blocked
from effekt._decimals import decimal_mean, decimal_total
from effekt._exact import scaled_integers
from effekt._inference import Means
from effekt._tall import MANY_ROWS, Tall, TallFit, fit_tall
from effekt._types import BoolArray, FloatArray
from effekt._validation import plural
from effekt.estimators._one_value import refuse_absent_categories
from effekt.estimators.randomized.arguments import Options
from effekt.estimators.randomized.data import ARMS, Trial
from effekt.estimators.randomized.decimal_means import decimal_means
from effekt.estimators.randomized.weighting import Weighting
from effekt.exceptions import DataError
from effekt.result import ExactMeans, Observed
from effekt.tables import called

ROUNDING = 1e-13  # variation this small relative to the values is rounding
AT_ONCE = 4096  # products that are whole numbers of Python at a time


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Model:
    """The fitted parts of an adjustment, the rows of each, and the two means they give.

    Parts are one for all, one for each arm, or one for each block of the treated and then for each of the controls.
    """

    means: Means
    parts: tuple[_linalg.Part, ...]
    places: tuple[BoolArray, ...] = ()
    exact: ExactMeans | None = None

    @property
    def by_arm(self) -> bool:
        """Whether each arm has its own regression, and so each arm of a block its own mean."""
        return len(self.parts) > 1


@dataclass(frozen=True, kw_only=True, eq=False)
class _Regressors:
    """What is regressed on after the constant, each less its centre: some that lead, indicators of blocks, covariates.

    The indicators of many blocks are no columns unless a fit asks for them.
    """

    trial: Trial
    weighting: Weighting
    leading: tuple[FloatArray, ...] = ()

    @cached_property
    def columns(self) -> tuple[FloatArray, ...]:
        return (*self.leading, *self.trial.regressors())

    @cached_property
    def centre(self) -> FloatArray:
        means = [self.weighting.mean(column) for column in self.columns[len(self.leading) :]]
        return np.array([0.0] * len(self.leading) + means)

    @cached_property
    def count(self) -> int:
        """How many they are."""
        return len(self.leading) + self._later + len(self.trial.names)

    @property
    def _later(self) -> int:
        return 0 if self.trial.block is None else int(np.count_nonzero(np.bincount(self.trial.block))) - 1

    def blocked(self, rows: BoolArray) -> Blocked | None:
        """The design of some rows that weigh alike; None where blocks are few or one has no row there."""
        if self.trial.block is None or self._later + 1 < MANY_BLOCKS:
            return None
        code = np.unique(self.trial.block, return_inverse=True)[1]
        if not np.bincount(code[rows], minlength=self._later + 1).all():
            return None
        covariates = [self.weighting.mean(column) for column in self.trial.columns]
        inner = Tall(
            columns=(*self.leading, *self.trial.columns),
            centre=np.array([0.0] * len(self.leading) + covariates),
            outcome=self.trial.response,
            rows=np.flatnonzero(rows),
        )
        target = code[self.weighting.target]
        shares = np.bincount(target, minlength=self._later + 1) / len(target)
        return Blocked(inner=inner, code=code[rows], shares=shares, leading=len(self.leading))


def regression(trial: Trial, options: Options, weighting: Weighting) -> Model:
    """The regression of the adjustment; where nothing is adjusted, with exact means."""
    if options.adjustment == "additive":
        return with_decimals(_additive(trial, weighting), trial, options)
    if options.adjustment == "lin_by_block":
        return _by_block(trial, weighting)
    model = _by_arm(trial, weighting)
    ratio = not (trial.names or options.block or options.cluster_weighted or options.probability)
    return with_exact(model, trial) if ratio else with_decimals(model, trial, options)


def means_of(trial: Trial, treated: float, counterfactual: float) -> Means:
    """The means that a regression or a weighted sum gives; 0 where rounding alone is left of one."""
    return Means.adjusted(treated, counterfactual, float(np.max(np.abs(trial.response))))


def with_exact(model: Model, trial: Trial) -> Model:
    """The model with the arms' means as the fractions they are."""
    treated, control = (_exact_mean(trial, arm) for arm in trial.arms)
    means = Means(treated=float(treated), counterfactual=float(control))
    return replace(model, means=means, exact=ExactMeans(treated=treated, counterfactual=control))


def with_decimals(model: Model, trial: Trial, options: Options) -> Model:
    """The model with the means that sums of decimals give, each rounded once, where they do."""
    found = decimal_means(trial, options)
    return model if found is None else replace(model, means=means_of(trial, *map(float, found)))


def _by_arm(trial: Trial, weighting: Weighting) -> Model:
    """Lin (2013, section 3): a regression in each arm, read at the target's mean regressors."""
    regressors, parts = _Regressors(trial=trial, weighting=weighting), []
    for i, (arm, name) in enumerate(zip(trial.arms, ARMS, strict=True)):
        contrasts = np.zeros((2, regressors.count + 1))
        contrasts[i, 0] = 1.0
        parts.append(_part(trial, weighting, arm, regressors, contrasts, f"the {name.en} arm"))
    treated, counterfactual = (float(part.fit.coefficients[0]) for part in parts)
    return Model(means=means_of(trial, treated, counterfactual), parts=tuple(parts), places=trial.arms)


def _by_block(trial: Trial, weighting: Weighting) -> Model:
    """The same within each block by itself, the blocks' means weighted by their shares of the target.

    Imbens & Rubin (2015, Causal Inference, section 9.6): a regression with interactions in each stratum, τ = Σ w_b τ_b.
    """
    assert trial.block is not None
    _check_block_sizes(trial)
    inside = [trial.block == block for block in np.unique(trial.block)]
    parts, places, means = [], [], np.zeros(2)
    for i, (arm, name) in enumerate(zip(trial.arms, ARMS, strict=True)):
        for block in inside:
            rows, own = arm & block, replace(weighting, target=weighting.target & block)
            contrasts = np.zeros((2, len(trial.names) + 1))
            contrasts[i, 0] = weighting.mean(block.astype(float))
            within = _Regressors(trial=replace(trial, block=None), weighting=own)
            where = f"the {name.en} arm of the block of row {int(trial.rows[rows].min())}"
            part = _part(trial, weighting, rows, within, contrasts, where)
            means[i] += contrasts[i, 0] * part.fit.coefficients[0]
            parts.append(part)
            places.append(rows)
    treated, counterfactual = (float(mean) for mean in means)
    return Model(means=means_of(trial, treated, counterfactual), parts=tuple(parts), places=tuple(places))


def _check_block_sizes(trial: Trial) -> None:
    """Every arm of every block has at least as many rows as its regression has coefficients."""
    assert trial.block is not None
    needed = len(trial.names) + 1
    short = np.zeros(len(trial.outcome), bool)
    for arm in trial.arms:
        short |= (np.bincount(trial.block[arm], minlength=int(trial.block.max()) + 1) < needed)[trial.block]
    if short.any():
        count = len(np.unique(trial.block[short]))
        raise DataError(
            f"`adjustment` 'lin_by_block' needs at least {needed} rows in each arm of every block, one more than there "
            f"are covariates; {plural(count, 'block')} had fewer, the first at row {int(trial.rows[short].min())}. "
            "Choose adjustment='lin', or name fewer covariates."
        )


def _additive(trial: Trial, weighting: Weighting) -> Model:
    """One regression on treatment, blocks and covariates."""
    regressors = _Regressors(trial=trial, weighting=weighting, leading=(trial.treated.astype(float),))
    contrasts = np.zeros((2, regressors.count + 1))
    contrasts[:, 0] = contrasts[0, 1] = 1.0
    everyone = np.ones(len(trial.outcome), bool)
    part = _part(trial, weighting, everyone, regressors, contrasts, None)
    mean, effect = (float(value) for value in part.fit.coefficients[:2])
    return Model(means=means_of(trial, mean + effect, mean), parts=(part,), places=(everyone,))


def _part(
    trial: Trial,
    weighting: Weighting,
    rows: BoolArray,
    regressors: _Regressors,
    contrasts: FloatArray,
    arm: str | None,
) -> _linalg.Part:
    """The regression on the regressors less their centre, in some rows; `arm` names them in errors."""
    weights = None if weighting.fit is None else weighting.fit[rows]
    fit: _linalg.Fit | TallFit | BlockedFit | None = None
    if weights is None and np.count_nonzero(rows) >= MANY_ROWS:
        blocked = regressors.blocked(rows)
        fit = None if blocked is None else fit_blocked(blocked)
        fit = fit or fit_tall(
            Tall(
                columns=regressors.columns,
                centre=regressors.centre,
                outcome=trial.response,
                rows=np.flatnonzero(rows),
            )
        )
    return _linalg.Part(
        fit=fit or _fit(trial, rows, regressors, weights, arm),
        contrasts=contrasts,
        clusters=None if trial.cluster is None else trial.cluster[rows],
        weights=weights,
        working=None if weighting.working is None else weighting.working[rows],
    )


def _fit(
    trial: Trial,
    rows: BoolArray,
    regressors: _Regressors,
    weights: FloatArray | None,
    arm: str | None,
) -> _linalg.Fit:
    """By QR, which tells which covariate depends on others."""
    others = "lin" if arm is not None and " of the block " in arm else "additive"
    if arm is not None:
        remedy = f"choose adjustment={others!r}."
        noun = arm.removeprefix("the ")
        refuse_absent_categories(trial.covariates, rows, trial.names, noun, remedy, trial.treated)
    for name, whole in zip(trial.names, trial.columns, strict=True):
        column = whole[rows]
        if np.ptp(column) == 0:
            nowhere = arm is None or all(np.ptp(whole[own]) == 0 for own in trial.arms)
            remedy = "Leave it out." if nowhere else f"Leave it out, or choose adjustment={others!r}."
            raise DataError(
                f"Column {name!r} must vary within {arm or 'the trial'}; it holds one value there. {remedy}"
            )
    response = trial.response[rows]
    centred = zip(regressors.columns, regressors.centre, strict=True)
    design = np.column_stack([np.ones(len(response)), *(column[rows] - c for column, c in centred)])
    if weights is not None:
        design, response = design * np.sqrt(weights)[:, None], response * np.sqrt(weights)
    try:
        return _linalg.least_squares(design, response)
    except _linalg.CollinearColumnError as dependent:
        name = trial.names[dependent.index - (design.shape[1] - len(trial.names))]
        within = f"the other regressors within {arm}" if arm else "the treatment and the other regressors"
        remedy = (
            "Leave it out." if arm is None else f"Leave it out, or, if others vary more, choose adjustment={others!r}."
        )
        raise DataError(f"{called(name)} must not be a linear combination of {within}. {remedy}") from None


def _exact_mean(trial: Trial, arm: BoolArray) -> Fraction:
    """Σ weight · outcome / Σ weight · exposure, each cell its shortest decimal."""
    weights = [column[arm] for column in (trial.sampling, trial.precision) if column is not None]
    over = [] if trial.exposure is None else [trial.exposure[arm]]
    below = _exact_total(*over, *weights) if over or weights else Fraction(int(arm.sum()))
    return _exact_total(trial.outcome[arm], *weights) / below


def _exact_total(*columns: FloatArray) -> Fraction:
    """The sum over rows of the product of the columns: over the distinct products, Σ product · count."""
    if len(columns) == 1:
        return decimal_total(columns[0])
    distinct, counts = np.unique(np.column_stack(columns), axis=0, return_counts=True)
    total = Fraction(0)
    for first in range(0, len(distinct), AT_ONCE):
        products, scale = counts[first : first + AT_ONCE].tolist(), 1
        for column in distinct[first : first + AT_ONCE].T:
            integers, own = scaled_integers(column)
            products, scale = [a * b for a, b in zip(products, integers, strict=True)], scale * own
        total += Fraction(sum(products), scale)
    return total


def observed_means(trial: Trial) -> Observed:
    """Raw means of the arms, or rates, each the nearest float to its fraction."""
    outcomes = [trial.outcome[arm] for arm in trial.arms]
    if trial.exposure is None:
        treated, control = map(decimal_mean, outcomes)
    else:
        exposures = (trial.exposure[arm] for arm in trial.arms)
        treated, control = (decimal_total(y) / decimal_total(e) for y, e in zip(outcomes, exposures, strict=True))
    return Observed(treated=float(treated), control=float(control))
