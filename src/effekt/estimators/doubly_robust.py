"""A doubly robust comparison without randomisation; its means and their covariance are computed in `_aipw`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.random import Generator

from effekt._decimals import decimal_mean
from effekt._inference import Inference, Means, StudentT, Unavailable
from effekt._text import Text, format_number, format_percent
from effekt._types import BoolArray, FloatArray, Missing, Number, Table
from effekt._validation import check_integer, check_names, check_option, check_seed, join_words, plural
from effekt.diagnostics.balance import covariate_balance
from effekt.diagnostics.overlap import NOT_IN_INFERENCE, propensity_overlap
from effekt.diagnostics.weights import weight_spread
from effekt.estimators._aipw import (
    BOUND,
    Cohort,
    DoublyRobustEstimand,
    Fitted,
    OutcomeModel,
    fit_cross_fitted,
    fit_parametric,
)
from effekt.estimators._aipw_lost import Lost, lost_outcomes
from effekt.estimators._constant_arm import constant_arm_notes
from effekt.estimators._cross_fitting import LEARNERS, LEAST_FOLDS, Learners, learners_of
from effekt.estimators._hidden import Asked, ThresholdView, check_ratio_alone, ratio_check
from effekt.estimators._level import without_level
from effekt.estimators._one_value import one_value_notes
from effekt.estimators._worst_case import check_range, refuse_any_outside
from effekt.estimators.weighting import SANDWICH, plain_notes, reference, refusal, refuse_clusters, tilted_weights
from effekt.exceptions import ArgumentError, DataError
from effekt.result import Diagnostic, EffectEstimate, EffectSet, Note, Observed, Sample
from effekt.roles import Estimand, Outcome, as_outcome
from effekt.tables import Selection, as_table, covariates_of, select_covariates

Learner: TypeAlias = Literal["parametric", "random_forest", "gradient_boosting"] | tuple[Any, Any]
FOLDS, REPEATS = 5, 5


def doubly_robust(
    data: Table,
    *,
    outcome: str | Outcome,
    treatment: str,
    covariates: str | Sequence[str],
    estimand: DoublyRobustEstimand = "ATE",
    learner: Learner = "parametric",
    outcome_model: OutcomeModel = "linear",
    folds: int | None = None,
    repeats: int | None = None,
    cluster: str | None = None,
    subgroup: str | None = None,
    variance: Literal["m_estimation", "sandwich", "cross_fitted"] | None = None,
    rng: Generator | int | None = None,
    missing: Missing = "raise",
    outcome_range: Sequence[Number] | None = None,
    checks: Sequence[Literal["e_value"]] = (),
    threshold: Number | None = None,
    threshold_view: ThresholdView | None = None,
) -> EffectEstimate | EffectSet:
    """Effect without randomisation, by regression and weighting together: right if either of the two models is.

    Parameters
    ----------
    data : table
        One row per unit.
    outcome : str or Outcome
        A column, in the outcome's unit.
    treatment : str
        Column of 0 (control) and 1 (treated).
    covariates : str or list of str
        Columns measured before treatment: numbers, or text, which stands for its categories.
    estimand : {"ATE", "ATT", "ATC"}
        Averaged over all units, over the treated, or over the controls.
    learner : {"parametric", "random_forest", "gradient_boosting"} or (classifier, regressor)
        Parametric: logistic propensity, and the regression that `outcome_model` names in each arm. The others need
        scikit-learn (``effekt[ml]``), are cross-fitted, and learn both with fixed settings. In Python also a pair of
        estimators of one's own, as scikit-learn has them: the classifier learns the treatment, the regressor the
        outcome in each arm (the classifier with `outcome_model` "logistic"). They are copied, never changed; a
        `random_state` of None is drawn from `rng` in every repeat, `n_jobs` must be None or 1, and classes, settings
        and versions stand in `arguments`. A contract names its learner.
    outcome_model : {"linear", "logistic"}
        Logistic takes an outcome of 0 and 1, which is never guessed.
    folds, repeats : int, optional
        Of cross-fitting: at least 5 folds, and an odd number of repeats of at least 5; both 5 when left out. Not with
        "parametric".
    cluster : str, optional
        Column naming groups of units that are not independent, such as schools.
    subgroup : str, optional
        Column naming subgroups; the result is then an `EffectSet` with an effect for each. Their indicators join the
        covariates.
    variance : {"m_estimation", "sandwich", "cross_fitted"}, optional
        With "parametric" "m_estimation", or by name "sandwich", which leaves no row out and has a normal reference, as
        other packages do, and takes no `cluster`; else "cross_fitted".
    rng : Generator or int
        Needed for cross-fitting, and only there.
    missing : {"raise", "drop"}
        What to do with rows that lack a used value.
    outcome_range : (low, high), optional
        Smallest and largest possible outcome, for bounds on the effect among all whose covariates are known when
        outcomes are missing and ``missing="drop"``; where all outcomes are 0 or 1 these are told without it. Not with a
        learner or `subgroup`.
    checks : list
        ``"e_value"``: how strong something unmeasured would have to be, of the ratio of the means; of each subgroup in
        its own `diagnostics`. It moves no figure. Checks of pairs or of one linear regression are refused.
    threshold : float, str or Decimal, optional
        For `checks`: the effect to be ruled out, by default none; treated minus counterfactual in the outcome's unit,
        so at most 0 where lower is better, unless `threshold_view` names another view.
    threshold_view : {"difference", "improvement", "relative", "relative_improvement"}, optional
        Of the effect, that `threshold` is in, "difference" unless named: a share of the counterfactual such as "0.12"
        for the relative ones.

    Returns
    -------
    EffectEstimate or EffectSet
        ATE, ATT or ATC, with the covariance of the two means; of each subgroup, with their joint covariance, when
        `subgroup` is given. `diagnostics` holds balance, the spread of the weights, and overlap. Inference is
        `Unavailable` when an arm is worth fewer than six equally weighted units, with fewer than six clusters or two in
        an arm, and when nothing varies.

    Raises
    ------
    DataError
        For a treatment other than 0 and 1, an empty arm (of a subgroup), covariates that are constant or collinear
        (within an arm), or that separate the arms.
    ArgumentError
        For options that contradict each other, and for `rng` left out where it is needed.

    Notes
    -----
    Assumes that units alike in the covariates do not differ in anything else that moves both treatment and outcome,
    that each could have been in either arm, and that no unit is affected by the treatment of another.

    The parametric standard error stacks the equations of the propensity, the regressions and the means (Stefanski &
    Boos 2002), so that all of them count as estimated; "m_estimation" leaves each row out of what its own error is
    measured by, "sandwich" does not.

    With another learner every repeat cuts the rows anew. The means are those of the repeat with the median effect, and
    their covariance that of the repeat with the median of σ_r² + (τ_r − τ)², so that estimate and variance of the
    effect are the medians of Chernozhukov et al. (2018, definition 3.3). A propensity beyond 0.01 or 0.99 is held
    there, and a note says how many were.

    References
    ----------
    Robins, J. M., Rotnitzky, A. & Zhao, L. P. (1994). Estimation of regression coefficients when some regressors are
    not always observed. *Journal of the American Statistical Association* 89(427), 846–866.
    doi:10.1080/01621459.1994.10476818

    Stefanski, L. A. & Boos, D. D. (2002). The calculus of M-estimation. *The American Statistician* 56(1), 29–38.
    doi:10.1198/000313002753631330

    VanderWeele, T. J. & Ding, P. (2017). Sensitivity analysis in observational research: introducing the E-value.
    *Annals of Internal Medicine* 167(4), 268–274. doi:10.7326/M16-2607

    Chernozhukov, V. et al. (2018). Double/debiased machine learning for treatment and structural parameters. *The
    Econometrics Journal* 21(1), C1–C68. doi:10.1111/ectj.12097

    Examples
    --------
    >>> import effekt
    >>> cohort = effekt.datasets.observational(rng=1, n=400)
    >>> columns = {"outcome": "outcome", "treatment": "treatment", "covariates": ["baseline", "age", "female"]}
    >>> effect = effekt.doubly_robust(cohort.table, **columns, estimand="ATT")
    >>> round(effect.estimate, 2), round(effect.std_error, 2), cohort.truth["difference"]
    (2.31, 0.8, 2.0)
    """
    measured = as_outcome(outcome)
    names = check_names("covariates", covariates)
    _check_roles(measured, treatment, names, cluster, subgroup)
    settings, learners = _check_options(estimand, learner, outcome_model, folds, repeats, variance, rng)
    refuse_clusters(variance, cluster)
    limits = _check_range(outcome_range, settings, subgroup)
    asked = check_ratio_alone(checks, threshold, threshold_view, measured)
    binary = outcome_model == "logistic"
    cohort = _read_cohort(data, measured, treatment, names, cluster, subgroup, missing, binary=binary)
    if learners is None:
        fitted = fit_parametric(cohort, estimand, outcome_model, left_out=settings["variance"] != SANDWICH)
    else:
        generator = np.random.default_rng(rng)
        fitted = fit_cross_fitted(
            cohort,
            estimand,
            learners,
            settings["folds"],
            settings["repeats"],
            generator,
            binary=binary,
        )
    arguments = {
        "outcome": {"column": measured.column, "unit": measured.unit, "better": measured.better},
        "treatment": treatment,
        "covariates": list(names),
        **settings,
        "cluster": cluster,
        "subgroup": subgroup,
        "missing": missing,
        **({} if limits is None else {"outcome_range": list(limits)}),
        **asked.plain(),
    }
    refuse_any_outside(as_table(data), measured.name, limits)
    lost = lost_outcomes(as_table(data), cohort, measured, arguments, _of_whole) if missing == "drop" else ((), ())
    return _with_checks(_result(cohort, fitted, measured, arguments, lost), asked)


def _with_checks(found: EffectEstimate | EffectSet, asked: Asked) -> EffectEstimate | EffectSet:
    """The effect, or each subgroup's, with the E-value beside it where it was asked for."""
    if not asked.names:
        return found
    if isinstance(found, EffectEstimate):
        return found.with_diagnostics(ratio_check(found, asked))
    beside = tuple(one.with_diagnostics(ratio_check(one, asked)) for one in found.effects)
    return replace(found, effects=beside)


# --- arguments and data -----------------------------------------------------------------------------------------------


def _check_roles(
    outcome: Outcome, treatment: object, covariates: tuple[str, ...], cluster: object, subgroup: object
) -> None:
    """Each column is a name and plays one role."""
    if len(outcome.columns) > 1:
        raise ArgumentError(
            f"`outcome` must be one column in a doubly robust comparison; got {outcome.column!r}. Divide the columns "
            "first, and say in `unit` what the ratio is."
        )
    if not covariates:
        raise ArgumentError("`covariates` must name at least one column; got none.")
    named = [("outcome", outcome.name), ("treatment", treatment), *(("covariates", name) for name in covariates)]
    roles: dict[str, str] = {}
    for role, column in [*named, *((r, c) for r, c in (("cluster", cluster), ("subgroup", subgroup)) if c is not None)]:
        if not isinstance(column, str):
            raise ArgumentError(f"`{role}` must be a column name; got {column!r}.")
        if column in roles:
            raise ArgumentError(f"Column {column!r} must play one role; it is named as `{roles[column]}` and `{role}`.")
        roles[column] = role


def _check_options(
    estimand: object,
    learner: object,
    outcome_model: object,
    folds: object,
    repeats: object,
    variance: object,
    rng: object,
) -> tuple[dict[str, Any], Learners | None]:
    """The options as they are recorded, when they agree with each other, and what learns if anything does."""
    check_option("estimand", estimand, ("ATE", "ATT", "ATC"))
    if isinstance(learner, str):
        check_option("learner", learner, ("parametric", *LEARNERS))
    learners = None if isinstance(learner, str) and learner == "parametric" else learners_of(learner)
    named = learner if learners is None or isinstance(learner, str) else learners.plain()
    check_option("outcome_model", outcome_model, ("linear", "logistic"))
    settings: dict[str, Any] = {"estimand": estimand, "learner": named, "outcome_model": outcome_model}
    names = ("m_estimation", SANDWICH) if learners is None else ("cross_fitted",)
    wanted = names[0] if variance is None else variance
    check_option("variance", wanted, ("m_estimation", SANDWICH, "cross_fitted"))
    if wanted not in names:
        listed = join_words([repr(name) for name in names], "or")
        shown = f"learner={learner!r}" if isinstance(learner, str) else "learners of one's own"
        raise ArgumentError(f"`variance` must be {listed} with {shown}; got {variance!r}.")
    if learners is None:
        for name, value in (("folds", folds), ("repeats", repeats), ("rng", rng)):
            if value is not None:
                raise ArgumentError(f"`{name}` must be left out with learner='parametric', which has no chance in it.")
        return {**settings, "folds": None, "repeats": None, "variance": wanted, "rng": None}, None
    seed = None if isinstance(rng, Generator) else check_seed(rng)
    times = REPEATS if repeats is None else check_integer("repeats", repeats, 5)
    if times % 2 == 0:
        raise ArgumentError(f"`repeats` must be an odd number, so that one repeat is the median; got {times}.")
    pieces = FOLDS if folds is None else check_integer("folds", folds, LEAST_FOLDS)
    return {**settings, "folds": pieces, "repeats": times, "variance": wanted, "rng": seed}, learners


def _check_range(outcome_range: object, settings: dict[str, Any], subgroup: str | None) -> tuple[float, float] | None:
    """The range, where bounds are told."""
    limits = check_range(outcome_range)
    if limits is None:
        return None
    if settings["learner"] != "parametric" or subgroup is not None:
        raise ArgumentError(
            "`outcome_range` needs learner='parametric' and no `subgroup`; leave it out, or choose these."
        )
    if settings["outcome_model"] == "logistic" and limits != (0.0, 1.0):
        raise ArgumentError(
            f"`outcome_range` must be (0, 1) with outcome_model='logistic'; got {outcome_range!r}. Leave it out."
        )
    return limits


def _read_cohort(
    data: Table,
    outcome: Outcome,
    treatment: str,
    covariates: tuple[str, ...],
    cluster: str | None,
    subgroup: str | None,
    missing: Missing,
    *,
    binary: bool,
) -> Cohort:
    labels = [name for name in (cluster, subgroup) if name is not None]
    rows = select_covariates(
        as_table(data), covariates=covariates, numbers=(outcome.name, treatment), labels=labels, missing=missing
    )
    treated = _read_treatment(rows, treatment)
    if binary:
        other = ~np.isin(rows.numbers[outcome.name], (0.0, 1.0))
        remedy = "Choose outcome_model='linear'."
        rows.refuse(other, outcome.name, "must hold 0 and 1 with outcome_model='logistic'", remedy)
    group = np.zeros(len(rows), np.intp)
    groups: tuple[str, ...] = ("all",)
    found, every = (covariates_of(rows, covariates, every=every) for every in (False, True))
    of_groups: dict[str, FloatArray] = {}
    if subgroup is not None:
        group, groups = rows.labels[subgroup].codes, rows.labels[subgroup].names
        _check_subgroups(rows, subgroup, treated)
        of_groups = {f"{subgroup}: {name}": (group == i).astype(float) for i, name in enumerate(groups) if i}
    matrix, names = np.column_stack([*found.columns, *of_groups.values()]), (*found.names, *of_groups)
    balanced = matrix, names
    if every.names != found.names:
        balanced = np.column_stack([*every.columns, *of_groups.values()]), (*every.names, *of_groups)
    return Cohort(
        outcome=rows.numbers[outcome.name],
        treated=treated,
        covariates=without_level(matrix),
        names=names,
        balanced=balanced,
        cluster=None if cluster is None else rows.labels[cluster].codes,
        group=group,
        groups=groups,
        n_dropped=rows.n_dropped,
    )


def _read_treatment(rows: Selection, treatment: str) -> BoolArray:
    assigned = rows.numbers[treatment]
    rows.refuse(
        (assigned != 0) & (assigned != 1),
        treatment,
        "must hold 0 (control) or 1 (treated)",
        "Recode it, and leave rows of other arms out.",
    )
    treated = np.asarray(assigned == 1)
    for arm, present in (("treated", treated.any()), ("control", not treated.all())):
        if not present:
            raise DataError(
                f"Column {treatment!r} must hold both 0 (control) and 1 (treated); there is no {arm} row. "
                "Give the rows of both arms."
            )
    return treated


def _check_subgroups(rows: Selection, subgroup: str, treated: BoolArray) -> None:
    groups = rows.labels[subgroup].codes
    lacking = ~(np.isin(groups, groups[treated]) & np.isin(groups, groups[~treated]))
    if lacking.any():
        raise DataError(
            f"Column {subgroup!r} must name subgroups that hold treated and control rows; "
            f"{plural(len(np.unique(groups[lacking])), 'subgroup')} did not, the first at {rows.first(lacking)}. Merge "
            "subgroups, or leave such rows out."
        )


# --- the result -------------------------------------------------------------------------------------------------------


def _result(
    cohort: Cohort, fitted: Fitted, outcome: Outcome, arguments: dict[str, Any], lost: Lost
) -> EffectEstimate | EffectSet:
    estimand = arguments["estimand"]
    weights = _weights(cohort, fitted, estimand)
    checks = _diagnostics(cohort, fitted.logit, weights, estimand)
    left_out = arguments["variance"] != SANDWICH
    inferences = [_inference(cohort, fitted, weights, group, left_out=left_out) for group in range(len(cohort.groups))]
    known = any(isinstance(one, StudentT) for one in inferences)
    diagnostics = (*checks, *lost[0])
    one_value = (
        () if arguments["learner"] == "parametric" else one_value_notes(cohort.covariates, cohort.treated, cohort.names)
    )
    notes = (*_notes(cohort, fitted, checks, arguments, known=known), *one_value, *lost[1])
    effects = []
    for group, name in enumerate(cohort.groups):
        inside, inference = cohort.members(group), inferences[group]
        observed = [float(decimal_mean(cohort.outcome[arm & inside])) for arm in (cohort.treated, ~cohort.treated)]
        effects.append(
            EffectEstimate(
                means=_means(fitted, group),
                inference=inference,
                estimand=_estimand(cohort, estimand, inside, name if arguments["subgroup"] else None),
                outcome=outcome,
                method="doubly_robust",
                variance=f"{arguments['variance']}/1" if isinstance(inference, StudentT) else "none/1",
                sample=_sample(cohort, inside),
                observed=Observed(treated=observed[0], control=observed[1]),
                arguments=arguments,
                diagnostics=diagnostics if arguments["subgroup"] is None else (),
                notes=(*notes, *plain_notes(arguments["variance"], inference), *constant_arm_notes(inference)),
            )
        )
    if arguments["subgroup"] is None:
        return effects[0]
    dfs = [effect.df for effect in effects if effect.df is not None]
    known = len(dfs) == len(effects)
    covariance = tuple(tuple(row) for row in fitted.covariance.tolist())
    return EffectSet(
        labels=cohort.groups,
        effects=tuple(effects),
        covariance=covariance if known else None,
        df=min(dfs) if known else math.inf,
        diagnostics=diagnostics,
        notes=notes,
    )


def _of_whole(cohort: Cohort, arguments: dict[str, Any]) -> tuple[Means, Inference]:
    """The means of all rows by the parametric models, and their inference."""
    left_out = arguments["variance"] != SANDWICH
    fitted = fit_parametric(cohort, arguments["estimand"], arguments["outcome_model"], left_out=left_out)
    weights = _weights(cohort, fitted, arguments["estimand"])
    return _means(fitted, 0), _inference(cohort, fitted, weights, 0, left_out=left_out)


def _means(fitted: Fitted, group: int) -> Means:
    return Means(treated=float(fitted.means[2 * group]), counterfactual=float(fitted.means[2 * group + 1]))


def _inference(cohort: Cohort, fitted: Fitted, weights: FloatArray, group: int, *, left_out: bool) -> Inference:
    inside = cohort.members(group)
    clusters = None if cohort.cluster is None else cohort.cluster[inside]
    reason = refusal(cohort.treated[inside], weights[inside], clusters, 2) or refusal(
        cohort.treated, weights, cohort.cluster, fitted.parameters
    )
    if reason is not None:
        return Unavailable(reason=reason)
    pair = slice(2 * group, 2 * group + 2)
    return reference(
        cohort.outcome,
        _means(fitted, group),
        fitted.errors[:, pair],
        fitted.covariance[pair, pair],
        (fitted.parameters if cohort.cluster is None else 1) if left_out else None,
    )


def _weights(cohort: Cohort, fitted: Fitted, estimand: Any) -> FloatArray:
    """Inverse-probability weights of the residuals, each arm's adding to 1."""
    first, second = (arm.values for arm in tilted_weights(fitted.logit, cohort.treated, estimand))
    return np.asarray(first / np.sum(first) + second / np.sum(second))


def _diagnostics(
    cohort: Cohort, logit: FloatArray, weights: FloatArray, estimand: DoublyRobustEstimand
) -> tuple[Diagnostic, ...]:
    covariates, names = cohort.balanced
    balance = covariate_balance(
        covariates=covariates,
        names=names,
        treated=cohort.treated,
        weights=weights,
        estimand=estimand,
        adjustment="weighting",
    )
    spread = weight_spread(treated=cohort.treated, weights=weights)
    found = [balance, spread]
    if min(cohort.treated.sum(), (~cohort.treated).sum()) > 1:
        strata = np.zeros(len(logit), np.intp)
        found.append(
            propensity_overlap(
                logit=logit,
                treated=cohort.treated,
                strata=strata,
                weights=weights,
                estimand=estimand,
                adjustment="weighting",
            )
        )
    return tuple(found)


# --- words ------------------------------------------------------------------------------------------------------------

_UNCONFOUNDED = Text(
    en="Assumes that units alike in the covariates do not differ in anything else that moves both treatment and "
    "outcome.",
    sv="Förutsätter att enheter som är lika i kovariaterna inte skiljer sig åt i något annat som påverkar både "
    "behandling och utfall.",
)
_DOUBLY_ROBUST = Text(
    en="The estimate is right in large samples if the model of who is treated or the models of the outcome are right.",
    sv="Skattningen stämmer i stora urval om modellen för vilka som behandlas eller modellerna för utfallet stämmer.",
)


_WHO = {
    "ATE": ("units", "enheterna"),
    "ATT": ("treated units", "behandlade enheterna"),
    "ATC": ("controls", "kontrollerna"),
}
_NOTE_OF = {"covariate_balance": "imbalance", "weight_spread": "large_weights", "propensity_overlap": "poor_overlap"}


def _estimand(cohort: Cohort, estimand: DoublyRobustEstimand, inside: BoolArray, subgroup: str | None) -> Estimand:
    arm = {"ATT": cohort.treated, "ATC": ~cohort.treated}.get(estimand, np.ones(len(inside), bool))
    n = int(np.sum(arm & inside))
    who_en, who_sv = _WHO[estimand]
    en, sv = f"{format_number(n, 'en')} {who_en}", f"{format_number(n, 'sv')} {who_sv}"
    if subgroup is not None:
        en, sv = f"{en} of subgroup {subgroup}", f"{sv} i delgruppen {subgroup}"
    return Estimand(
        name=estimand,
        population=Text(en=f"the population that the {en} represent", sv=f"den population som de {sv} representerar"),
    )


def _sample(cohort: Cohort, inside: BoolArray) -> Sample:
    n_treated = int(np.sum(cohort.treated & inside))
    return Sample(
        n_obs=int(np.sum(inside)),
        n_units=int(np.sum(inside)),
        n_treated=n_treated,
        n_control=int(np.sum(inside)) - n_treated,
        n_clusters=None if cohort.cluster is None else len(np.unique(cohort.cluster[inside])),
        n_dropped=cohort.n_dropped,
    )


def _notes(
    cohort: Cohort, fitted: Fitted, diagnostics: tuple[Diagnostic, ...], arguments: dict[str, Any], *, known: bool
) -> tuple[Note, ...]:
    """What the reader must know; `known` says whether there is inference."""
    notes = {"unconfounded": _UNCONFOUNDED, "doubly_robust": _DOUBLY_ROBUST}
    if known and any(found.name == "propensity_overlap" and found.status == "failed" for found in diagnostics):
        notes = {"inference_despite_poor_overlap": NOT_IN_INFERENCE, **notes}
    if arguments["learner"] != "parametric":
        notes["cross_fitted"] = Text(
            en=f"Both models were learnt {arguments['repeats']} times on {arguments['folds']} folds; the estimate is "
            "the median of the repeats, and the standard error allows for their spread.",
            sv=f"Båda modellerna skattades {arguments['repeats']} gånger på {arguments['folds']} delar; skattningen "
            "är medianen av omgångarna, och medelfelet beaktar spridningen mellan dem.",
        )
    if fitted.bounded:
        share_en, share_sv = (format_percent(fitted.bounded / len(cohort.treated), lang) for lang in ("en", "sv"))
        low_en, low_sv = format_number(BOUND, "en"), format_number(BOUND, "sv")
        high_en, high_sv = format_number(1 - BOUND, "en"), format_number(1 - BOUND, "sv")
        notes["bounded_propensity"] = Text(
            en=f"For up to {share_en} of the units the probability of treatment was held at {low_en} or {high_en}.",
            sv=f"För upp till {share_sv} av enheterna hölls sannolikheten att behandlas vid {low_sv} eller {high_sv}.",
        )
    for found in diagnostics:
        if found.status == "failed" or (found.status == "warning" and found.name != "propensity_overlap"):
            notes[_NOTE_OF[found.name]] = found.statement
    return tuple(Note(code=code, text=text) for code, text in notes.items())
