"""How strong something unmeasured would have to be, read from the match itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from effekt import _linalg
from effekt._text import Text, format_number, significant
from effekt._types import FloatArray
from effekt.diagnostics import oster_delta, robustness_value, rosenbaum_bounds, rosenbaum_set_bounds
from effekt.diagnostics.rosenbaum import MOST_PAIRS, ROUNDING
from effekt.diagnostics.rosenbaum_sets import FEWEST
from effekt.estimators._hidden import Asked, impossible, surpassed
from effekt.estimators._propensity import LINKS
from effekt.estimators.matching.design import read_cohort, weights_of_pairs, weights_of_sets
from effekt.estimators.matching.match import Match
from effekt.estimators.matching.methods import METHODS
from effekt.estimators.matching.outcomes import Groups, outcome_of_all
from effekt.exceptions import ArgumentError, DataError
from effekt.result import Diagnostic

MORE = 1.3  # R² with the unobserved over that with the covariates, at most 1, as Oster (2019) took it from trials
NOISE = 1e-20  # a sum of squares smaller than this share is rounding


def check_match(asked: Asked, taken: Mapping[str, Any]) -> None:
    """Refuse checks that the match cannot have, before the outcome is read."""
    if "robustness_value" in asked.names and METHODS[taken["method"]].weighs:
        raise ArgumentError(
            f"`checks` can hold 'robustness_value' only where units are matched; method {taken['method']!r} weights "
            "them. Ask for 'marginal_sensitivity', 'oster_delta' or 'e_value'."
        )
    if "marginal_sensitivity" in asked.names:
        _check_marginal(taken)
    if "rosenbaum_bounds" not in asked.names:
        return
    if taken["method"] not in ("nearest", "optimal", "full") or taken.get("replace"):
        raise ArgumentError(
            "`checks` can hold 'rosenbaum_bounds' only for sets with one treated or one control that share nobody: "
            "method 'nearest' with replace=False, 'optimal' or 'full'. Ask for 'e_value' or 'robustness_value' of "
            "others."
        )


def _check_marginal(taken: Mapping[str, Any]) -> None:
    """Only weights that hold an odds of treatment, estimated beside the means, have Tan's bounds."""
    method, estimand = taken["method"], taken["estimand"]
    if not METHODS[method].weighs:
        raise ArgumentError(
            f"`checks` can hold 'marginal_sensitivity' only where units are weighted; method {method!r} matches them. "
            "Ask for 'rosenbaum_bounds', 'robustness_value' or 'e_value'."
        )
    if (method, estimand) == ("entropy_balancing", "ATE") or estimand == "ATO":
        raise ArgumentError(
            "`checks` can hold 'marginal_sensitivity' only of weights that are an odds of treatment, or one more; "
            f"those of method {method!r} for the {estimand} are not. Ask for 'oster_delta' or 'e_value'."
        )
    if taken.get("propensity", "logit") not in LINKS:
        raise ArgumentError(
            "`checks` can hold 'marginal_sensitivity' only of a propensity by 'logit' or 'probit', since the weights "
            "of a classifier have no standard error. Ask for 'oster_delta' or 'e_value'."
        )


def bounds_check(
    values: FloatArray,
    groups: Groups,
    asked: Asked,
    better: Literal["higher", "lower"] | None,
    taken: Mapping[str, Any],
) -> Diagnostic:
    """Rosenbaum's bounds, of pairs on the signed ranks and of other sets on the aligned ranks."""
    sizes = (taken.get("ratio", 1), taken.get("min_controls"), taken.get("max_controls"))
    pairs = taken["method"] != "full" and sizes == (1, None, None)
    return (pair_check if pairs else set_check)(values, groups, asked, better)


def set_check(
    values: FloatArray, groups: Groups, asked: Asked, better: Literal["higher", "lower"] | None
) -> Diagnostic:
    """Rosenbaum's bounds of sets that are not all pairs."""
    assert groups.sets is not None
    used = groups.sets >= 0
    outcome, treated, sets = values[used], groups.treated[used].astype(float), groups.sets[used]
    if asked.threshold != 0 and set(np.unique(outcome).tolist()) <= {0.0, 1.0}:
        return _without_sets(asked.threshold, _NO_COMMON_EFFECT)
    shares = weights_of_sets(sets, treated == 1, groups.estimand)
    found = float(np.average(outcome[treated == 1], weights=shares[treated == 1]))
    found -= float(np.average(outcome[treated == 0], weights=shares[treated == 0]))
    up = better == "higher" if better is not None else found >= asked.threshold
    try:
        return rosenbaum_set_bounds(
            outcome, treated, sets=sets, threshold=asked.threshold, alternative="greater" if up else "less"
        )
    except ArgumentError:
        return _without_sets(asked.threshold, _FEW_SETS)


def _without_sets(threshold: float, reason: Text) -> Diagnostic:
    none = impossible("rosenbaum_bounds", threshold, reason)
    names = ("gamma_limit", "p_value", "rank_sum", "n_sets", "n_alike", "threshold")
    return replace(none, values={name: none.values.get(name) for name in names})


def pair_check(
    values: FloatArray, groups: Groups, asked: Asked, better: Literal["higher", "lower"] | None
) -> Diagnostic:
    """Rosenbaum's bounds of the pairs that are compared; of outcomes that are 0 or 1 those of McNemar's test."""
    differences = values[groups.links.treated] - values[groups.links.control]
    used = values[groups.used]
    if asked.threshold != 0 and set(np.unique(used).tolist()) <= {0.0, 1.0}:
        return impossible("rosenbaum_bounds", asked.threshold, _NO_COMMON_EFFECT)
    tied = ROUNDING * max(float(np.max(np.abs(differences), initial=0.0)), abs(asked.threshold))
    if not 2 <= len(differences) <= MOST_PAIRS or (np.abs(differences - asked.threshold) <= tied).all():
        return impossible("rosenbaum_bounds", asked.threshold, _NO_PAIRS)
    up = better == "higher" if better is not None else float(np.mean(differences)) >= asked.threshold
    return rosenbaum_bounds(differences, threshold=asked.threshold, alternative="greater" if up else "less")


def regression_check(
    data: Any,
    match: Match,
    values: FloatArray,
    groups: Groups,
    asked: Asked,
    better: Literal["higher", "lower"] | None,
) -> Diagnostic:
    """The robustness value of the regression on treatment and covariates among those compared, weighted as matched.

    Benchmarks are the covariates. How strongly each goes with treatment is taken from everybody before the match, which
    has not balanced what is unmeasured; how strongly it goes with the outcome, from the regression itself.
    """
    taken = match.arguments
    if not set(taken["covariates"]) | set(taken["exact"]) <= set(data.columns):
        raise DataError(
            "The table must have the covariates of the match for checks=['robustness_value']. Give the table that the "
            "match was made on, or leave the check out."
        )
    cohort = read_cohort(data, taken)
    rows = np.flatnonzero(groups.used)
    place = match.unit_table().places_in(cohort.labels)[rows]
    if (place < 0).any():
        return impossible("robustness_value", asked.threshold, _NO_COVARIATES)
    names, root = cohort.names, np.sqrt(_weights(groups, len(values))[rows])
    ones, treated = np.ones(len(rows)), groups.treated[rows].astype(float)
    x = np.column_stack([ones, cohort.covariates[place]]) * root[:, None]
    varies = [0, *(i + 1 for i in range(len(names)) if np.ptp(cohort.covariates[place, i]) > 0)]
    x, y, d = x[:, varies], values[rows] * root, treated * root
    df = len(rows) - x.shape[1] - 1
    if df <= 1:
        return impossible("robustness_value", asked.threshold, _UNFIT)
    everyone = np.column_stack([np.ones(len(cohort.treated)), cohort.covariates])
    try:
        fit = _linalg.least_squares(np.column_stack([d, x]), y)
        left = float(fit.residuals @ fit.residuals)
        if left <= NOISE * float(y @ y):
            return impossible("robustness_value", asked.threshold, _UNFIT)
        error = float(np.sqrt(left / df / _left(d, x)))
        benchmarks = {
            names[j - 1]: (
                _partial(cohort.treated.astype(float), everyone, j),
                _partial(y, np.column_stack([d, x]), 1 + i),
            )
            for i, j in enumerate(varies)
            if j
        }
        estimate = float(fit.coefficients[0])
        found = robustness_value(estimate, error, df, threshold=asked.threshold, benchmarks=benchmarks)
    except (_linalg.CollinearColumnError, ArgumentError):
        return impossible("robustness_value", asked.threshold, _UNFIT)
    short = surpassed(estimate, asked.threshold, better)
    nothing = {} if short is None else {"robustness_value": 0.0, "robustness_value_interval": 0.0}
    return replace(
        found,
        status="warning" if short is not None else found.status,
        statement=_told(short or found.statement, estimate, len(rows)),
        values={**found.values, **nothing, "estimate": estimate, "std_error": error, "df": float(df)},
    )


def selection_check(
    data: Any, match: Match, outcome: str, asked: Asked, better: Literal["higher", "lower"] | None
) -> Diagnostic:
    """Oster's δ of the regression on treatment and covariates among everybody before the match who has an outcome.

    δ compares the unobserved with what the covariates did to the difference. Among the matched they do nothing more, as
    the match has balanced them, so that nothing unobserved could be judged by them: nobody is left out or weighted.
    """
    taken = match.arguments
    if not set(taken["covariates"]) | set(taken["exact"]) <= set(data.columns):
        raise DataError(
            "The table must have the covariates of the match for checks=['oster_delta']. Give the table that the match "
            "was made on, or leave the check out."
        )
    cohort = read_cohort(data, taken)
    found = outcome_of_all(data, match, outcome, cohort.labels)
    there = np.isfinite(found)
    covariates = cohort.covariates[there]
    covariates = covariates[:, np.ptp(covariates, axis=0) > 0]
    arrays = found[there], cohort.treated[there].astype(float)
    try:
        r2 = oster_delta(*arrays, covariates=covariates, r2_max=1.0).values["r2"]
        assert isinstance(r2, float)
        delta = oster_delta(*arrays, covariates=covariates, r2_max=min(1.0, MORE * r2), threshold=asked.threshold)
    except ArgumentError:
        return impossible("oster_delta", asked.threshold, _NO_SELECTION)
    estimate = delta.values["estimate"]
    assert isinstance(estimate, float)
    short = surpassed(estimate, asked.threshold, better)
    return replace(
        delta,
        status=delta.status if short is None else "warning",
        statement=_before_the_match(short or delta.statement, estimate, len(covariates)),
        values={**delta.values, **({} if short is None else {"delta": 0.0})},
    )


def _before_the_match(statement: Text, estimate: float, n: int) -> Text:
    return Text(
        en=f"Of the regression on treatment and the covariates among the {format_number(n, 'en')} before the match, "
        f"whose effect is {significant(estimate, 'en')}: {statement.en}",
        sv=f"För regressionen på behandling och kovariat bland de {format_number(n, 'sv')} före matchningen, vars "
        f"effekt är {significant(estimate, 'sv')}: {statement.sv}",
    )


def _weights(groups: Groups, n: int) -> FloatArray:
    if groups.sets is None:
        return weights_of_pairs(groups.links, n, groups.estimand)
    rows = groups.sets >= 0
    weights = np.zeros(n)
    weights[rows] = weights_of_sets(groups.sets[rows], groups.treated[rows], groups.estimand)
    return weights


def _left(y: FloatArray, x: FloatArray) -> float:
    """The sum of squares that the columns leave."""
    residuals = _linalg.least_squares(x, y).residuals
    return float(residuals @ residuals)


def _partial(y: FloatArray, x: FloatArray, column: int) -> float:
    """The share of what the other columns leave that one takes."""
    without = _left(y, np.delete(x, column, axis=1))
    return max(0.0, 1 - _left(y, x) / without) if without > 0 else 0.0


def _told(statement: Text, estimate: float, n: int) -> Text:
    return Text(
        en=f"Of the regression on treatment and the covariates among the {format_number(n, 'en')} compared, weighted "
        f"as matched, whose effect is {significant(estimate, 'en')}: {statement.en}",
        sv=f"För regressionen på behandling och kovariat bland de {format_number(n, 'sv')} jämförda, viktade som i "
        f"matchningen, vars effekt är {significant(estimate, 'sv')}: {statement.sv}",
    )


# --- what the data can lack -----------------------------------------------------------------------------------------

_NO_COMMON_EFFECT = Text(
    en="all outcomes are 0 or 1, and no effect but none can then be the same for everybody, so that only a threshold "
    "of 0 can be tested",
    sv="alla utfall är 0 eller 1, och då kan ingen annan effekt än ingen vara densamma för alla, så bara tröskeln 0 "
    "kan prövas",
)
_NO_PAIRS = Text(
    en=f"from 2 to {MOST_PAIRS} pairs are needed, some of which differ by another amount than the threshold",
    sv=f"det krävs mellan 2 och {MOST_PAIRS} par, av vilka några skiljer sig med något annat än tröskeln",
)
_FEW_SETS = Text(
    en=f"at least {FEWEST} sets are needed within which the outcomes differ",
    sv=f"det krävs minst {FEWEST} grupper där utfallen skiljer sig åt",
)
_NO_COVARIATES = Text(
    en="the covariates of some matched unit are missing in the table",
    sv="kovariaten för någon matchad enhet saknas i tabellen",
)
_UNFIT = Text(
    en="its regression needs more units than terms, covariates that are not collinear among those compared, and an "
    "outcome that they do not explain without remainder",
    sv="dess regression kräver fler enheter än termer, kovariat som inte är linjärt beroende bland de jämförda och ett "
    "utfall som de inte förklarar helt",
)
_NO_SELECTION = Text(
    en="the outcome and the covariates must vary, and the covariates neither be collinear with each other or the "
    "treatment nor explain the outcome without remainder, among those with an outcome",
    sv="utfallet och kovariaten måste variera, och kovariaten får varken vara linjärt beroende av varandra eller av "
    "behandlingen eller förklara utfallet helt, bland dem som har ett utfall",
)
