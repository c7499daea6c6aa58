"""Weighted control groups: weights from named covariates, never the outcome, and the comparison of weighted means.

Every method gives each row of an arm a weight that is a function of one linear index ℓ = z'β of its covariates z (a
constant first), and an equation that β solves. `weighted_means` stacks that equation on those of the two means, so
that the covariance of the means allows for the weights having been estimated.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from scipy.special import expit

from effekt import _linalg
from effekt._few import few_clusters, low_df
from effekt._inference import FixedDf, Inference, Means, StudentT, Unavailable
from effekt._text import Text, format_number
from effekt._types import BoolArray, FloatArray, IntArray
from effekt._validation import check_option, join_words
from effekt.diagnostics.balance import effective_size
from effekt.diagnostics.weights import MIN_EFFECTIVE
from effekt.estimators._level import less_level
from effekt.estimators._m_estimation import (
    Equation,
    Index,
    Potential,
    joint_covariance,
    predict,
    row_errors,
    solve_index,
    standardised,
    student_t,
)
from effekt.estimators._one_value import refuse_one_value
from effekt.estimators._propensity import (
    LINKS,
    Classifier,
    Propensity,
    classify,
    fit_propensity,
    logit_slope,
    score_and_curvature,
)
from effekt.estimators._refusals import NO_VARIATION
from effekt.exceptions import ArgumentError, DataError
from effekt.result import Note
from effekt.tables import called, column_of

WeightMethod: TypeAlias = Literal[
    "entropy_balancing", "covariate_balancing_propensity", "inverse_probability", "overlap"
]
WeightEstimand: TypeAlias = Literal["ATE", "ATT", "ATC", "ATO"]
TARGETS: dict[WeightMethod, tuple[WeightEstimand, ...]] = {
    "entropy_balancing": ("ATE", "ATT", "ATC"),
    "covariate_balancing_propensity": ("ATE", "ATT", "ATC"),
    "inverse_probability": ("ATE", "ATT", "ATC"),
    "overlap": ("ATO",),
}
"""The estimands of each method."""

SANDWICH = "sandwich"  # the variance by that name leaves no row out, and has a normal reference
ROUNDING = 1e-13  # variation this small relative to the values is rounding
SOLVED = 1e-9  # so near, of the outcome's range, is an outcome to what equations solved by steps leave of it


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ArmWeights:
    """The weights of one arm.

    Attributes
    ----------
    values : (n,) array
        Not normalised; 0 in the other arm.
    slopes : tuple of (n,) array
        Derivative of `values` by each index of the weighting.
    """

    values: FloatArray
    slopes: tuple[FloatArray, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Weighting:
    """Weights decided without the outcome, with the equations that they solve.

    Attributes
    ----------
    method : str
    estimand : str
    treated : (n,) bool array
    design : (n, k) array
        A constant, then standardised covariates.
    indices : tuple of Index
        The equations of the weight parameters; none where a classifier gives the weights.
    arms : (ArmWeights, ArmWeights)
        Treated, then controls.
    propensity : Propensity, optional
        For judging overlap, whatever the method: by logistic maximum likelihood unless another was asked for; None
        where frozen weights are taken as they are.
    own : Propensity, optional
        The log odds of treatment by which the rows weigh; None for entropy balancing for the ATE, where each arm has
        an index of its own, and where frozen weights are taken as they are.
    """

    method: WeightMethod
    estimand: WeightEstimand
    treated: BoolArray
    design: FloatArray
    indices: tuple[Index, ...]
    arms: tuple[ArmWeights, ArmWeights]
    propensity: Propensity | None
    own: Propensity | None = None

    @property
    def shares(self) -> FloatArray:
        """(n,) share of each row in the weight of its arm: those of an arm add to 1."""
        first, second = (arm.values / np.sum(arm.values) for arm in self.arms)
        return np.asarray(first + second)

    @property
    def parameters(self) -> int:
        """How many numbers the comparison estimates: the weight parameters and two means."""
        return len(self.indices) * int(self.design.shape[1]) + 2


def fit_weights(
    treated: BoolArray,
    covariates: FloatArray,
    names: Sequence[str],
    *,
    method: WeightMethod,
    estimand: WeightEstimand,
    propensity: str | Classifier = "logit",
) -> Weighting:
    """Weights under which the arms are alike in the covariates.

    Parameters
    ----------
    treated : (n,) bool array
    covariates : (n, p) array
    names : sequence of str, length p
    method : str
        "entropy_balancing": the weights closest to equal ones, in entropy, that give each reweighted arm exactly the
        target's mean covariates. "covariate_balancing_propensity": a logistic propensity whose weights balance the mean
        covariates of the two arms exactly (just-identified). "inverse_probability": one over the probability of the
        arm, by logistic maximum likelihood. "overlap": the probability of the other arm.
    estimand : str
        "ATE" (all units), "ATT" (the treated), "ATC" (the controls); with "overlap" only "ATO", the units weighted by
        e(1 − e), who could have been in either arm.
    propensity : {"logit", "probit"} or classifier
        For "inverse_probability" and "overlap": how the probability of treatment is estimated.

    Returns
    -------
    Weighting

    Raises
    ------
    ArgumentError
        For an estimand that the method does not have, or a propensity that it does not read.
    DataError
        For a covariate that is constant or collinear in all rows, that is constant within an arm that is to be
        reweighted, or collinear there where the weights balance it exactly; when the covariates separate the arms;
        or when no positive weights give the target's means.

    Notes
    -----
    With ℓ the log odds of treatment, weights of treated and controls are 1 + e^{−ℓ} and 1 + e^ℓ for the ATE, 1 and e^ℓ
    for the ATT, e^{−ℓ} and 1 for the ATC, 1/(1 + e^ℓ) and 1/(1 + e^{−ℓ}) for the ATO. Inverse probability and overlap
    weights take ℓ from maximum likelihood, Σ (d_i − e_i) z_i = 0; with the probit ℓ = log Φ(η)/Φ(−η), η = z'β, and
    Σ s_i φ(η_i)/Φ(s_i η_i) z_i = 0 with s = ±1 for treated and controls. The covariate balancing propensity instead
    solves Σ (2d_i − 1) w_i z_i = 0 (Imai & Ratkovic 2014, equations 9 and 10), which is the gradient of a convex
    function of β (Zhao 2019), so that Newton's method finds it or shows that there is none. Entropy balancing of an arm
    solves Σ_arm e^{ℓ_i} z_i = Σ_target z_i, the first-order condition of its dual (Hainmueller 2012, equation 8), with
    the target's means counted as estimated from its rows (Källberg & Waernbaum 2023); taken as known numbers they would
    give another error. For ATT and ATC the last two have the same weights (Zhao & Percival 2017).

    References
    ----------
    Hainmueller, J. (2012). Entropy balancing for causal effects. *Political Analysis* 20(1), 25–46.
    doi:10.1093/pan/mpr025

    Imai, K. & Ratkovic, M. (2014). Covariate balancing propensity score. *Journal of the Royal Statistical Society B*
    76(1), 243–263. doi:10.1111/rssb.12027

    Källberg, D. & Waernbaum, I. (2023). Large sample properties of entropy balancing estimators of average causal
    effects. *Econometrics and Statistics*. doi:10.1016/j.ecosta.2023.11.004

    Li, F., Morgan, K. L. & Zaslavsky, A. M. (2018). Balancing covariates via propensity score weighting. *Journal of
    the American Statistical Association* 113(521), 390–400. doi:10.1080/01621459.2016.1260466

    Zhao, Q. (2019). Covariate balancing propensity score by tailored loss functions. *Annals of Statistics* 47(2),
    965–993. doi:10.1214/18-AOS1698

    Zhao, Q. & Percival, D. (2017). Entropy balancing is doubly robust. *Journal of Causal Inference* 5(1).
    doi:10.1515/jci-2016-0010

    Examples
    --------
    >>> import numpy as np
    >>> treated, age = np.array([True, True, False, False, False]), np.array([[30.0], [40], [28], [36], [50]])
    >>> found = fit_weights(treated, age, ["age"], method="entropy_balancing", estimand="ATT")
    >>> round(float(np.sum(found.shares[2:] * age[2:, 0])), 9)
    35.0
    """
    check_option("method", method, tuple(TARGETS))
    check_option("estimand", estimand, ("ATE", "ATT", "ATC", "ATO"))
    if estimand not in TARGETS[method]:
        raise ArgumentError(
            f"`estimand` must be {join_words(map(repr, TARGETS[method]))} with the method {method!r}; got {estimand!r}."
        )
    fitted = _estimated(treated, covariates, names, method, propensity)
    problem = _Problem(
        treated=treated,
        covariates=covariates,
        design=standardised(covariates),
        names=tuple(names),
        estimand=estimand,
        propensity=fitted,
    )
    if method == "entropy_balancing":
        return _entropy_balancing(problem)
    if method == "covariate_balancing_propensity":
        return _balancing_propensity(problem)
    return _by_propensity(problem, method)


def with_squares(covariates: FloatArray, names: Sequence[str]) -> tuple[FloatArray, tuple[str, ...]]:
    """The covariates and the square of each with more than two values, so that exact balance extends to variances.

    Squares are taken after centring at the mean and scaling, which spans the same space and keeps digits.
    """
    spread = standardised(covariates)[:, 1:]
    others = [j for j, column in enumerate(covariates.T) if len(np.unique(column)) > 2]
    return (
        np.column_stack([covariates, spread[:, others] ** 2]),
        (*names, *(f"{names[j]}²" for j in others)),
    )


def _estimated(
    treated: BoolArray, covariates: FloatArray, names: Sequence[str], method: WeightMethod, how: str | Classifier
) -> Propensity:
    """The propensity, by the link or the classifier that the method reads."""
    if how != "logit" and method not in ("inverse_probability", "overlap"):
        raise ArgumentError(f"`propensity` must be 'logit' with the method {method!r}, which has its own; got {how!r}.")
    if not isinstance(how, str):
        return classify(how, treated, covariates)
    check_option("propensity", how, LINKS)
    return fit_propensity(treated, covariates, names, how)


# --- methods ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Problem:
    treated: BoolArray
    covariates: FloatArray
    design: FloatArray
    names: tuple[str, ...]
    estimand: WeightEstimand
    propensity: Propensity

    @property
    def target(self) -> BoolArray:
        """Which rows the estimand averages over."""
        everyone = np.ones(len(self.treated), bool)
        return {"ATT": self.treated, "ATC": ~self.treated}.get(self.estimand, everyone)

    def weighting(
        self,
        method: WeightMethod,
        indices: tuple[Index, ...],
        arms: tuple[ArmWeights, ArmWeights],
        own: Propensity | None,
    ) -> Weighting:
        return Weighting(
            method=method,
            estimand=self.estimand,
            treated=self.treated,
            design=self.design,
            indices=indices,
            arms=arms,
            propensity=self.propensity,
            own=own,
        )

    def log_odds(self, beta: FloatArray) -> Propensity:
        """The log odds Zβ, their coefficients those of the covariates as given."""
        columns = [less_level(np.ascontiguousarray(column)) for column in self.covariates.T]
        centres = [np.mean(own) + (column[0] - own[0]) for own, column in zip(columns, self.covariates.T, strict=True)]
        coefficients = beta[1:] / [np.std(own) for own in columns]
        index = predict(self.design, beta)
        return Propensity(
            intercept=float(beta[0] - np.sum(coefficients * centres)),
            coefficients=tuple(coefficients.tolist()),
            logit=index,
            link="logit",
            index=index,
        )

    def solve(self, potential: Potential, arms: str) -> FloatArray:
        """The coefficients (k,) of the index at the minimum, or the error that there is none."""
        with np.errstate(over="ignore", invalid="ignore"):
            beta = solve_index(self.design, potential, float(np.sum(self.target)))
        if beta is None:
            raise DataError(
                f"`covariates` must lie where positive weights can balance them; no weights of the {arms} give the "
                f"target's means of {self._listed}, which lie outside what the {arms} span. Leave out or coarsen a "
                "covariate, or restrict the target to units that have counterparts."
            )
        return beta

    def check_varies(self) -> None:
        """Refuse covariates that hold one value within an arm to be reweighted."""
        for arm, noun, own in ((self.treated, "treated", "ATT"), (~self.treated, "controls", "ATC")):
            if self.estimand != own:
                self.check_varies_in(arm, noun)

    def check_varies_in(self, arm: BoolArray, noun: str) -> None:
        """The same of one arm."""
        refuse_one_value(self.design[:, 1:], arm, self.names, noun, "Leave it out of `covariates`.")

    def check_arm(self, arm: BoolArray, noun: str) -> None:
        """Refuse covariates that do not vary independently within an arm to be reweighted."""
        self.check_varies_in(arm, noun)
        try:
            _linalg.least_squares(self.design[arm], np.zeros(int(arm.sum())))
        except _linalg.CollinearColumnError as dependent:
            raise DataError(
                f"{called(self.names[dependent.index - 1])} must not be a linear combination of the other covariates "
                f"within the {noun}. Leave it out of `covariates`."
            ) from None

    @property
    def _listed(self) -> str:
        return ", ".join(map(repr, dict.fromkeys(map(column_of, self.names))))


def _by_propensity(problem: _Problem, method: WeightMethod) -> Weighting:
    """Inverse probability and overlap weights."""
    problem.check_varies()
    fitted = problem.propensity
    arms = tilted_weights(fitted.logit, problem.treated, problem.estimand)
    if fitted.index is None or fitted.link is None:  # a classifier, which solves no equation that could be stacked
        first, second = (ArmWeights(values=arm.values, slopes=()) for arm in arms)
        return problem.weighting(method, (), (first, second), fitted)
    score, curvature = score_and_curvature(fitted.index, problem.treated, fitted.link)
    if fitted.link == "probit":
        steep = logit_slope(fitted.index)
        first, second = (ArmWeights(values=arm.values, slopes=(arm.slopes[0] * steep,)) for arm in arms)
        arms = first, second
    return problem.weighting(method, (Index(score=score, slope=-curvature),), arms, fitted)


def _balancing_propensity(problem: _Problem) -> Weighting:
    """Imai & Ratkovic (2014), just-identified: the weights of a logistic propensity balance what it is fitted on."""
    treated, estimand = problem.treated, problem.estimand
    problem.check_varies()
    if estimand == "ATT":
        problem.check_arm(~treated, "controls")
    if estimand == "ATC":
        problem.check_arm(treated, "treated")
    growth = np.where(treated, estimand != "ATT", estimand != "ATC").astype(float)
    sign = np.where(treated, -1.0, 1.0)
    slant = np.where(treated, -float(estimand != "ATC"), float(estimand != "ATT"))
    potential = _potential(growth, sign, slant)
    arms = {"ATE": "two arms", "ATT": "controls", "ATC": "treated"}[estimand]
    own = problem.log_odds(problem.solve(potential, arms))
    index, weights = _index(potential, own.logit), tilted_weights(own.logit, treated, estimand)
    return problem.weighting("covariate_balancing_propensity", (index,), weights, own)


def _entropy_balancing(problem: _Problem) -> Weighting:
    """Hainmueller (2012): each arm that is not the target itself is given the target's means."""
    target, found = problem.target, []
    indices: list[Index] = []
    own = None
    n_indices = 2 if problem.estimand == "ATE" else 1
    for arm, noun in ((problem.treated, "treated"), (~problem.treated, "controls")):
        slopes = [np.zeros(len(arm)) for _ in range(n_indices)]
        values = arm.astype(float)
        if not np.array_equal(arm, target):
            problem.check_arm(arm, noun)
            potential = _potential(arm.astype(float), np.ones(len(arm)), -target.astype(float))
            beta = problem.solve(potential, noun)
            index = predict(problem.design, beta)
            if n_indices == 1:  # weights e^ℓ of controls, e^−ℓ of treated
                own = problem.log_odds(-beta if arm is problem.treated else beta)
            values = slopes[len(indices)] = np.where(arm, np.exp(np.where(arm, index, 0.0)), 0.0)
            indices.append(_index(potential, index))
        found.append(ArmWeights(values=values, slopes=tuple(slopes)))
    return problem.weighting("entropy_balancing", tuple(indices), (found[0], found[1]), own)


def _potential(growth: FloatArray, sign: FloatArray, slant: FloatArray) -> Potential:
    """Rows of growth · e^{sign · ℓ} + slant · ℓ with their derivatives."""

    def at(index: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        power = np.where(growth > 0, np.exp(np.where(growth > 0, sign * index, 0.0)), 0.0)
        return power + slant * index, sign * power + slant, power

    return at


def _index(potential: Potential, index: FloatArray) -> Index:
    _, slope, curvature = potential(index)
    return Index(score=-slope, slope=-curvature)


def tilted_weights(logit: FloatArray, treated: BoolArray, estimand: WeightEstimand) -> tuple[ArmWeights, ArmWeights]:
    """The weights of log odds of treatment, 0 in the other arm, and their derivatives.

    Li, Morgan & Zaslavsky (2018, table 1).
    """
    with np.errstate(over="ignore"):
        odds, against = np.exp(logit), np.exp(-logit)
    p, q = expit(logit), expit(-logit)
    own = {
        "ATE": (1 + against, -against),
        "ATT": (np.ones_like(p), 0 * p),
        "ATC": (against, -against),
        "ATO": (q, -p * q),
    }
    other = {"ATE": (1 + odds, odds), "ATT": (odds, odds), "ATC": (np.ones_like(p), 0 * p), "ATO": (p, p * q)}
    first, second = (
        ArmWeights(values=np.where(arm, values, 0.0), slopes=(np.where(arm, slope, 0.0),))
        for arm, (values, slope) in ((treated, own[estimand]), (~treated, other[estimand]))
    )
    return first, second


# --- the comparison ---------------------------------------------------------------------------------------------------


def weighted_means(
    outcome: FloatArray, weighting: Weighting, clusters: IntArray | None = None, *, left_out: bool = True
) -> tuple[Means, Inference]:
    """The weighted mean of each arm, and how sure we are of them.

    Parameters
    ----------
    outcome : (n,) array
        Rows as in the weighting.
    weighting : Weighting
    clusters : (n,) integer array, optional
    left_out : bool
        False for the plain sandwich, with a normal reference.

    Returns
    -------
    Means
        Σ w y / Σ w in each arm (Hájek), treated and counterfactual; the latter are the roles of the ATT.
    StudentT or Unavailable
        The covariance of the two means with the weights' parameters estimated beside them.
        `Unavailable` for the weights of a classifier; with fewer than six clusters, or two in an arm; when an arm is
        worth fewer than six equally weighted units; when nothing varies within the arms; or when there are no more rows
        than parameters.
    """
    equations = _equations(outcome, weighting)
    means = Means(treated=equations[0].mean, counterfactual=equations[1].mean)
    if not weighting.indices:
        return means, Unavailable(reason=BY_CLASSIFIER)
    reason = refusal(weighting.treated, weighting.shares, clusters, weighting.parameters)
    if reason is not None:
        return means, Unavailable(reason=reason)
    errors = row_errors(weighting.design, weighting.indices, equations, clusters, left_out=left_out)
    k = (weighting.parameters if clusters is None else 1) if left_out else None
    return means, reference(outcome, means, errors, joint_covariance(errors), k)


def refuse_clusters(variance: object, cluster: str | None) -> None:
    """Refuse clusters under the plain sandwich, whose normal reference needs many independent rows."""
    if variance == SANDWICH and cluster is not None:
        raise ArgumentError(
            f"`cluster` must be left out with variance='{SANDWICH}', which takes units as independent; got "
            f"{cluster!r}. Choose variance='m_estimation'."
        )


def arm_means(outcome: FloatArray, weighting: Weighting) -> Means:
    """The weighted means."""
    treated, counterfactual = _equations(outcome, weighting)
    return Means(treated=treated.mean, counterfactual=counterfactual.mean)


def arm_reference(
    outcome: FloatArray, weighting: Weighting, clusters: IntArray | None = None, *, left_out: bool = True
) -> StudentT | None:
    """The reference of the weighted means; None where a row or cluster alone determines what they rest on."""
    errors = row_errors(
        weighting.design, weighting.indices, _equations(outcome, weighting), clusters, left_out=left_out
    )
    if not np.all(np.isfinite(errors)):
        return None
    k = (weighting.parameters if clusters is None else 1) if left_out else None
    return _student_t(joint_covariance(errors), errors, k)


def _equations(outcome: FloatArray, weighting: Weighting) -> list[Equation]:
    """Those of the two weighted means."""
    found = []
    for arm in weighting.arms:
        mean = float(np.sum(arm.values * outcome) / np.sum(arm.values))
        slopes = tuple(slope * (outcome - mean) for slope in arm.slopes)
        found.append(Equation(value=arm.values * outcome, share=arm.values, slopes=slopes))
    return found


def reference(
    outcome: FloatArray, means: Means, errors: FloatArray, covariance: FloatArray, parameters: int | None
) -> StudentT | Unavailable:
    """The t reference of two means, a normal one where no number of parameters is given; or why there is none."""
    if not np.all(np.isfinite(errors)):
        return Unavailable(reason=DETERMINED_ALONE)
    found = _student_t(covariance, errors, parameters)
    size = max(ROUNDING * float(np.max(np.abs(outcome))), SOLVED * float(np.ptp(outcome)))
    error = found.std_error(means, "difference")
    if error is not None and error <= size:
        return Unavailable(reason=NO_VARIATION)
    reason = low_df(found.df_of("difference"))
    return found if reason is None else Unavailable(reason=reason)


def _student_t(covariance: FloatArray, errors: FloatArray, parameters: int | None) -> StudentT:
    """The t reference, and where no number of parameters is given the normal one."""
    if parameters is not None:
        return student_t(covariance, errors, parameters)
    (one, cross), (_, two) = covariance.tolist()
    return StudentT(covariance=(one, cross, two), df=FixedDf(df=math.inf))


def refusal(treated: BoolArray, weights: FloatArray, clusters: IntArray | None, parameters: int) -> Text | None:
    """Why m-estimation has nothing to stand on; None when it has."""
    for arm, name in ((treated, TREATED), (~treated, CONTROLS)):
        effective = effective_size(weights[arm])
        if effective < MIN_EFFECTIVE:
            return Text(
                en=f"The {name.en} count as {format_number(effective, 'en', 1)} equally weighted units; below six "
                "their uncertainty cannot be estimated.",
                sv=f"{name.sv.capitalize()} motsvarar {format_number(effective, 'sv', 1)} lika vägda enheter; under "
                "sex kan deras osäkerhet inte skattas.",
            )
        if clusters is not None and len(np.unique(clusters[arm])) < 2:
            return Text(
                en=f"Cluster-robust inference needs at least two clusters in each arm; the {name.en} are in one.",
                sv=f"Klusterrobust inferens kräver minst två kluster i varje grupp; {name.sv} finns i ett.",
            )
    if clusters is not None:
        return few_clusters(len(np.unique(clusters)))
    if len(treated) <= parameters:
        return Text(
            en=f"There are {len(treated)} rows for {parameters} parameters, so no uncertainty can be estimated.",
            sv=f"Det finns {len(treated)} rader för {parameters} parametrar, så ingen osäkerhet kan skattas.",
        )
    return None


def plain_notes(variance: object, inference: Inference) -> tuple[Note, ...]:
    """The note of an interval by the plain sandwich; none for the others."""
    if variance != SANDWICH or isinstance(inference, Unavailable):
        return ()
    return (Note(code="plain_sandwich", text=PLAIN_SANDWICH),)


PLAIN_SANDWICH = Text(
    en="No unit is left out of what its own error is measured by, so the interval is too short where some weights are "
    "large or units are few; variance='m_estimation' leaves each out.",
    sv="Ingen enhet utelämnas ur det som dess eget fel mäts med, så intervallet är för kort där några vikter är stora "
    "eller enheterna få; variance='m_estimation' utelämnar var och en.",
)
DETERMINED_ALONE = Text(
    en="One unit or cluster alone determines a parameter that the means rest on, so their uncertainty cannot be "
    "estimated.",
    sv="En enda enhet eller ett enda kluster bestämmer en parameter som medelvärdena vilar på, så deras osäkerhet kan "
    "inte skattas.",
)
BY_CLASSIFIER = Text(
    en="The weights come from a classifier, which solves no equation that could stand beside those of the means, so "
    "what its estimation adds to their uncertainty is not known.",
    sv="Vikterna kommer från en klassificerare, som inte löser någon ekvation som kan ställas bredvid medelvärdenas, "
    "så vad dess skattning lägger till deras osäkerhet är inte känt.",
)
TREATED = Text(en="treated", sv="de behandlade")
CONTROLS = Text(en="controls", sv="kontrollerna")
