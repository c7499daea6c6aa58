"""A regression of the outcome in each arm after matching, with the weights of the match (Ho, Imai, King & Stuart 2007).

With w the weights of the match and x̄ the mean of the covariates over the units whose effect is asked for, each arm a
has y = μ_a + (x − x̄)'β_a by least squares weighted by w, and the means are μ₁ and μ₀: every such unit's outcome is
predicted with and without the treatment and the predictions are averaged (doi:10.1093/pan/mpl013). In a trial this is
Lin's regression (2013, doi:10.1214/12-AOAS583).

The rows of both arms are one regression of √w·y on √w·(d, d·(x − x̄), 1 − d, (1 − d)·(x − x̄)), whose clusters are those
of the comparison without covariates (Abadie & Spiess 2022, doi:10.1080/01621459.2020.1840383). For the population that
the units come from, x̄ is chance as well: β_a'Vβ_b is added to the covariance of the means, with
V = G/(G − 1) Σ_g t_g t_g'/n² over G clusters, t_g the sum of x − x̄ over the n units asked for in cluster g.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from effekt import _linalg
from effekt._few import low_df
from effekt._inference import Inference, Means, StudentT, Unavailable
from effekt._text import Text, significant
from effekt._types import BoolArray, FloatArray, IntArray
from effekt._validation import check_names, check_option
from effekt.estimators._level import without_level
from effekt.estimators._m_estimation import group_sums
from effekt.estimators._refusals import NO_VARIATION
from effekt.estimators.matching.clusters import Clusters
from effekt.estimators.matching.methods import METHODS
from effekt.estimators.matching.outcomes import Groups, Regressors
from effekt.estimators.matching.replacement import ESTIMATED
from effekt.estimators.matching.variance import SHARED_CONTROLS, WITHIN_SETS
from effekt.estimators.weighting import DETERMINED_ALONE
from effekt.exceptions import ArgumentError, DataError
from effekt.result import Note
from effekt.tables import called

ROUNDING = 1e-13  # variation this small relative to the values is rounding
SEEN = 1 - 1e-6  # the share of a mean's variance that must be estimable


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """The covariates that the outcome is regressed on, and for whom the error is."""

    covariates: tuple[str, ...]
    population: Literal["PATT", "SATT"]

    def plain(self) -> dict[str, Any]:
        """The choices as they stand in a contract."""
        return {"covariates": list(self.covariates), "adjustment": "lin", "population": self.population}


def read_adjustment(
    taken: Mapping[str, Any],
    variance: str | None,
    *,
    covariates: str | Sequence[str],
    adjustment: object,
    population: Literal["PATT", "SATT"] | None,
) -> Adjustment | None:
    """The checked choices; None without covariates."""
    names = check_names("covariates", covariates)
    if isinstance(adjustment, str) and adjustment == "additive":
        raise ArgumentError(
            "`adjustment` must be 'lin' in a matched comparison; got 'additive', whose one slope for both arms weighs "
            "effects by the regression, so that they would no longer be those of `estimand`."
        )
    if adjustment is not None:
        check_option("adjustment", adjustment, ("lin",))
    if not names:
        if adjustment is not None:
            raise ArgumentError(f"`adjustment` must be left out without `covariates`; got {adjustment!r}.")
        return None
    _check_adjustment(taken, variance, names, population)
    return Adjustment(covariates=names, population=population or "PATT")


def _check_adjustment(
    taken: Mapping[str, Any], variance: str | None, names: tuple[str, ...], population: object
) -> None:
    """Refuse covariates that another argument leaves no place for."""
    for name in names:
        if name in (taken["unit"], taken["treatment"]):
            raise ArgumentError(f"Column {name!r} must play one role; it is named in `covariates` and in `match`.")
    if variance == "abadie_imbens":
        raise ArgumentError(
            "`covariates` must be left out with variance='abadie_imbens', whose regression is `bias_adjustment`; got "
            f"{names!r}."
        )
    if variance == ESTIMATED:
        raise ArgumentError(
            f"`covariates` must be left out with variance='{ESTIMATED}', which has no regression; got {names!r}. "
            "Choose 'CR2', or 'abadie_imbens' with `bias_adjustment`."
        )
    if population is not None:
        check_option("population", population, ("PATT",) if METHODS[taken["method"]].weighs else ("PATT", "SATT"))
    if taken["estimand"] == "ATO":
        raise ArgumentError(
            f"`covariates` must be left out with estimand 'ATO', whose effects are averaged by weights of their "
            f"own; got {names!r}. Choose the ATT, ATC or ATE."
        )


def adjusted_means(
    outcome: FloatArray,
    regressors: Regressors,
    groups: Groups,
    adjustment: Adjustment,
    variance: str | None,
    clusters: Clusters | None,
) -> tuple[Means, Inference]:
    """The two means at the covariates of those asked for, and their inference.

    Parameters
    ----------
    outcome : (n,) array
    regressors : Regressors
    groups : Groups
    adjustment : Adjustment
    variance : {"CR2", "CR2_within", "HC2"} or None
    clusters : Clusters, optional
        Those of the variance.

    Raises
    ------
    DataError
        For a covariate that holds one value, or depends on others, among the compared of an arm, or too few of these.
    """
    rows = np.flatnonzero(groups.used)
    covariates, asked = regressors.of(rows), groups.focal[rows]
    x = without_level(covariates.matrix())
    x = x - np.mean(x[asked], axis=0)
    treated, root = groups.treated[rows], np.sqrt(groups.weights[rows])
    width = x.shape[1] + 1
    _refuse_constant(x, treated, covariates.names)
    design = np.zeros((len(rows), 2 * width))
    for arm, at in ((treated, 0), (~treated, width)):
        design[arm, at] = root[arm]
        design[arm, at + 1 : at + width] = x[arm] * root[arm, None]
    try:
        fit = _linalg.least_squares(design, outcome[rows] * root)
    except _linalg.CollinearColumnError as dependent:
        raise _collinear(covariates.names, *divmod(dependent.index, width)) from None
    fit = _exact_where_constant(fit, outcome[rows], treated, width)
    means = Means(treated=float(fit.coefficients[0]), counterfactual=float(fit.coefficients[width]))
    if variance is None:
        return means, Unavailable(reason=SHARED_CONTROLS)
    if clusters is not None and (few := clusters.few()) is not None:
        return means, Unavailable(reason=few)
    of_row = None if clusters is None else clusters.of_unit[rows]
    contrasts = np.zeros((2, 2 * width))
    contrasts[0, 0] = contrasts[1, width] = 1.0
    part = _linalg.Part(fit=fit, contrasts=contrasts, clusters=of_row)
    found = _linalg.sandwich("HC2" if of_row is None else "CR2", [part])
    if _linalg.captured_share(found, [part]) < SEEN:
        return means, Unavailable(reason=DETERMINED_ALONE)
    if (low := low_df(found.df_of("difference"))) is not None:
        return means, Unavailable(reason=low)
    if adjustment.population == "PATT":
        slopes = np.stack([fit.coefficients[1:width], fit.coefficients[width + 1 :]])
        found = _with_covariates(found, x[asked] @ slopes.T, None if of_row is None else of_row[asked])
    if found.std_error(means, "difference") <= ROUNDING * np.max(np.abs(outcome[rows])):
        return means, Unavailable(reason=NO_VARIATION)
    return means, found


def _exact_where_constant(fit: _linalg.Fit, outcome: FloatArray, treated: BoolArray, width: int) -> _linalg.Fit:
    """An arm whose outcomes are one value is fitted by it, which rounding would miss: no event is a mean of 0."""
    coefficients, residuals = fit.coefficients.copy(), fit.residuals.copy()
    for arm, at in ((treated, 0), (~treated, width)):
        own = outcome[arm]
        if np.all(own == own[0]):
            coefficients[at : at + width] = 0
            coefficients[at] += own[0]
            residuals[arm] = 0
    return replace(fit, coefficients=coefficients, residuals=residuals)


def _with_covariates(found: StudentT, moves: FloatArray, clusters: IntArray | None) -> StudentT:
    """With β_a'Vβ_b; `moves` (n, 2) is what each unit's covariates move the two means by."""
    sums = moves if clusters is None else group_sums(moves, clusters)
    count = len(sums)
    term = sums.T @ sums * (count / (count - 1) / len(moves) ** 2)
    first, cross, second = found.covariance
    covariance = (first + float(term[0, 0]), cross + float(term[0, 1]), second + float(term[1, 1]))
    return replace(found, covariance=covariance)


# --- words ------------------------------------------------------------------------------------------------------------


def regression_note(adjustment: Adjustment, effects: tuple[float, float]) -> Note:
    """What the regression did; `effects` are those without and with it."""
    listed, without, found = ", ".join(adjustment.covariates), *effects
    text = Text(
        en=f"The outcome is regressed on {listed} in each arm, with the weights of the match; without that the effect "
        f"would be {significant(without, 'en')} and not {significant(found, 'en')}.",
        sv=f"Utfallet är regresserat på {listed} i varje grupp, med matchningens vikter; utan det skulle effekten "
        f"vara {significant(without, 'sv')} och inte {significant(found, 'sv')}.",
    )
    return Note(code="outcome_regression", text=text)


def regression_notes(
    adjustment: Adjustment, effects: tuple[float, float], inference: Inference, variance: str | None
) -> tuple[Note, ...]:
    """The same of matched units, and what the variance leaves out."""
    ignored = isinstance(inference, StudentT) and variance in WITHIN_SETS
    return (
        regression_note(adjustment, effects),
        *([Note(code="sets_ignored", text=_SETS_IGNORED)] if ignored else []),
    )


_SETS_IGNORED = Text(
    en="The variance is that of the regression, which does not count that the sets make the arms alike; where outcomes "
    "differ between sets by more than the covariates tell it is too large rather than too small.",
    sv="Variansen är regressionens egen, som inte räknar med att grupperna gör de jämförda lika; där utfallen skiljer "
    "sig mellan grupperna med mer än vad kovariaten säger är den snarare för stor än för liten.",
)


# --- errors -----------------------------------------------------------------------------------------------------------

_ARMS = ("treated", "controls")


def _refuse_constant(x: FloatArray, treated: BoolArray, names: Sequence[str]) -> None:
    for arm, word in zip((treated, ~treated), _ARMS, strict=True):
        if arm.sum() < len(names) + 1:
            raise DataError(
                f"`covariates` must be fewer than the {word} that are compared, each category but a column's first "
                f"counted; got {len(names)} for {arm.sum()}. Leave some out."
            )
        for name, column in zip(names, x.T, strict=True):
            if np.ptp(column[arm]) <= ROUNDING * np.max(np.abs(column)):
                raise DataError(
                    f"{called(name)} must vary among the {word} that are compared; it holds one value there. Leave it "
                    "out of `covariates`."
                )


def _collinear(names: Sequence[str], arm: int, place: int) -> DataError:
    return DataError(
        f"{called(names[place - 1])} must not be a linear combination of the other `covariates` among the "
        f"{_ARMS[arm]} that are compared. Leave it out."
    )
