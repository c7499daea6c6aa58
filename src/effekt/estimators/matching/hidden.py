"""How strong something unmeasured would have to be, read from the match itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from effekt import _linalg
from effekt._text import LANGUAGES, Text, format_number, significant
from effekt._types import FloatArray
from effekt._validation import join_words
from effekt.diagnostics import oster_delta, robustness_value, rosenbaum_bounds, rosenbaum_set_bounds
from effekt.diagnostics.hidden_bias import oster_statement, robustness_statement
from effekt.diagnostics.rosenbaum import MOST_PAIRS, ROUNDING, Direction, pair_statement
from effekt.diagnostics.rosenbaum_sets import FEWEST, set_statement
from effekt.estimators._hidden import Asked, impossible, surpassed
from effekt.estimators._propensity import LINKS
from effekt.estimators.matching.design import read_cohort, weights_of_pairs, weights_of_sets
from effekt.estimators.matching.match import Match
from effekt.estimators.matching.methods import METHODS
from effekt.estimators.matching.outcomes import Groups, outcome_of_all
from effekt.exceptions import ArgumentError, DataError
from effekt.result import Diagnostic

MORE = 1.3  # R² with the unobserved over that with the covariates, at most 1, as Oster (2019) took it from trials
ALPHA = 0.05  # of Rosenbaum's bounds
NOISE = 1e-20  # a sum of squares smaller than this share is rounding


def check_match(asked: Asked, taken: Mapping[str, Any]) -> None:
    """Refuse checks that the match cannot have, before the outcome is read."""
    if "robustness_value" in asked.names and METHODS[taken["method"]].weighs:
        raise ArgumentError(
            f"`checks` can hold 'robustness_value' only where units are matched; method {taken['method']!r} weights "
            f"them. Ask for {join_words(_others(taken), 'or')}."
        )
    if "marginal_sensitivity" in asked.names:
        _check_marginal(taken)
    if "rosenbaum_bounds" not in asked.names:
        return
    if taken["method"] not in ("nearest", "optimal", "full") or taken.get("replace"):
        raise ArgumentError(
            "`checks` can hold 'rosenbaum_bounds' only for sets with one treated or one control that share nobody: "
            f"method 'nearest' with replace=False, 'optimal' or 'full'; got method {taken['method']!r}"
            f"{' with replace=True' if taken.get('replace') else ''}. Ask for {join_words(_others(taken), 'or')}."
        )


def _others(taken: Mapping[str, Any]) -> list[str]:
    """The checks that a match without Rosenbaum's bounds can have."""
    if not METHODS[taken["method"]].weighs:
        names = ["robustness_value", "oster_delta", "e_value"]
    else:
        names = [*(["marginal_sensitivity"] if _has_odds(taken) else []), "oster_delta", "e_value"]
    return [repr(name) for name in names]


def _has_odds(taken: Mapping[str, Any]) -> bool:
    """Whether a weighting has Tan's bounds."""
    try:
        _check_marginal(taken)
    except ArgumentError:
        return False
    return True


def _check_marginal(taken: Mapping[str, Any]) -> None:
    """Only weights that hold an odds of treatment, estimated beside the means, have Tan's bounds."""
    method, estimand = taken["method"], taken["estimand"]
    if not METHODS[method].weighs:
        raise ArgumentError(
            f"`checks` can hold 'marginal_sensitivity' only where units are weighted; method {method!r} matches them. "
            f"Ask for {join_words(_others(taken), 'or')}."
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
    taken: Mapping[str, Any],
) -> Diagnostic:
    """Rosenbaum's bounds, of pairs on the signed ranks and of other sets on the aligned ranks."""
    sizes = (taken.get("ratio", 1), taken.get("min_controls"), taken.get("max_controls"))
    pairs = taken["method"] != "full" and sizes == (1, None, None)
    return (pair_check if pairs else set_check)(values, groups, asked)


def set_check(values: FloatArray, groups: Groups, asked: Asked) -> Diagnostic:
    """Rosenbaum's bounds of sets that are not all pairs."""
    assert groups.sets is not None
    used = groups.sets >= 0
    outcome, treated, sets = values[used], groups.treated[used].astype(float), groups.sets[used]
    if asked.threshold != 0 and set(np.unique(outcome).tolist()) <= {0.0, 1.0}:
        return _without_sets(asked, _NO_COMMON_EFFECT)
    outcome = asked.at_threshold(outcome, treated == 1)
    shares = weights_of_sets(sets, treated == 1, groups.estimand)
    found = float(np.average(outcome[treated == 1], weights=shares[treated == 1]))
    found -= float(np.average(outcome[treated == 0], weights=shares[treated == 0]))
    way = _direction(found, asked)
    try:
        bounds = rosenbaum_set_bounds(outcome, treated, sets=sets, threshold=asked.line, alternative=way)
    except ArgumentError:
        return _without_sets(asked, _FEW_SETS)
    return _bounds_as_asked(bounds, asked, way, set_statement)


def _without_sets(asked: Asked, reason: Text) -> Diagnostic:
    none = impossible("rosenbaum_bounds", asked, reason)
    names = ("gamma_limit", "p_value", "rank_sum", "n_sets", "n_alike", "threshold", "threshold_view")
    of_pairs = ("statistic", "n_pairs", "n_zero")
    kept = {name: value for name, value in none.values.items() if name not in of_pairs}
    return replace(none, values={name: kept.get(name) for name in names if name != "threshold_view" or name in kept})


def _direction(found: float, asked: Asked) -> Direction:
    """Better outcomes; where it is not said what is better, the side on which the finding lies."""
    up = asked.better == "higher" if asked.better is not None else found >= asked.line
    return "greater" if up else "less"


def _bounds_as_asked(
    found: Diagnostic, asked: Asked, way: Direction, statement: Callable[[Text, float, float, float | None], Text]
) -> Diagnostic:
    p_value, limit = found.values["p_value"], found.values["gamma_limit"]
    assert isinstance(p_value, float)
    assert limit is None or isinstance(limit, float)
    return asked.as_asked(replace(found, statement=statement(asked.finding(way), ALPHA, p_value, limit)))


def pair_check(values: FloatArray, groups: Groups, asked: Asked) -> Diagnostic:
    """Rosenbaum's bounds of the pairs that are compared; of outcomes that are 0 or 1 those of McNemar's test."""
    used, values = values[groups.used], asked.at_threshold(values, groups.treated)
    differences = values[groups.links.treated] - values[groups.links.control]
    if asked.threshold != 0 and set(np.unique(used).tolist()) <= {0.0, 1.0}:
        return impossible("rosenbaum_bounds", asked, _NO_COMMON_EFFECT)
    tied = ROUNDING * max(float(np.max(np.abs(differences), initial=0.0)), abs(asked.line))
    if not 2 <= len(differences) <= MOST_PAIRS or (np.abs(differences - asked.line) <= tied).all():
        return impossible("rosenbaum_bounds", asked, _NO_PAIRS)
    way = _direction(float(np.mean(differences)), asked)
    found = rosenbaum_bounds(differences, threshold=asked.line, alternative=way)
    return _bounds_as_asked(found, asked, way, pair_statement)


def regression_check(
    data: Any,
    match: Match,
    values: FloatArray,
    groups: Groups,
    asked: Asked,
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
        return impossible("robustness_value", asked, _NO_COVARIATES)
    names, root = cohort.names, np.sqrt(_weights(groups, len(values))[rows])
    ones, treated = np.ones(len(rows)), groups.treated[rows].astype(float)
    x = np.column_stack([ones, cohort.covariates[place]]) * root[:, None]
    varies = [0, *(i + 1 for i in range(len(names)) if np.ptp(cohort.covariates[place, i]) > 0)]
    scaled = asked.at_threshold(values[rows], groups.treated[rows])
    x, y, d = x[:, varies], scaled * root, treated * root
    df = len(rows) - x.shape[1] - 1
    if df <= 1:
        return impossible("robustness_value", asked, _UNFIT)
    everyone = np.column_stack([np.ones(len(cohort.treated)), cohort.covariates])
    try:
        fit = _linalg.least_squares(np.column_stack([d, x]), y)
        left = float(fit.residuals @ fit.residuals)
        if left <= NOISE * float(y @ y):
            return impossible("robustness_value", asked, _UNFIT)
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
        found = robustness_value(estimate, error, df, threshold=asked.line, benchmarks=benchmarks)
    except (_linalg.CollinearColumnError, ArgumentError):
        return impossible("robustness_value", asked, _UNFIT)
    short = surpassed(estimate, asked, at=asked.line)
    nothing = {} if short is None else {"robustness_value": 0.0, "robustness_value_interval": 0.0}
    plain, of_interval = found.values["robustness_value"], found.values["robustness_value_interval"]
    assert isinstance(plain, float)
    assert isinstance(of_interval, float)
    said = short or robustness_statement(
        plain, of_interval, asked.told(), _OWN_INTERVAL, held=found.status == "warning"
    )
    check = replace(
        found,
        status="warning" if short is not None else found.status,
        statement=_told(said, _effect_of(estimate, asked), len(rows)),
        values={**found.values, **nothing, "estimate": estimate, "std_error": error, "df": float(df)},
    )
    return asked.as_asked(check)


def selection_check(data: Any, match: Match, outcome: str, asked: Asked) -> Diagnostic:
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
    treated = cohort.treated[there]
    arrays = asked.at_threshold(found[there], treated), treated.astype(float)
    try:
        r2 = oster_delta(*arrays, covariates=covariates, r2_max=1.0).values["r2"]
        assert isinstance(r2, float)
        delta = oster_delta(*arrays, covariates=covariates, r2_max=min(1.0, MORE * r2), threshold=asked.line)
    except ArgumentError:
        return impossible("oster_delta", asked, _NO_SELECTION)
    estimate = delta.values["estimate"]
    assert isinstance(estimate, float)
    short = surpassed(estimate, asked, at=asked.line)
    said = short or _selection_statement(delta, asked)
    check = replace(
        delta,
        status=delta.status if short is None else "warning",
        statement=_before_the_match(said, _effect_of(estimate, asked), len(covariates)),
        values={**delta.values, **({} if short is None else {"delta": 0.0})},
    )
    return asked.as_asked(check)


def _selection_statement(delta: Diagnostic, asked: Asked) -> Text:
    """δ's own sentence; of another view with the threshold in its words, and without the effect at a δ of 1."""
    found, most = delta.values["delta"], delta.values["r2_max"]
    if asked.view == "difference":
        return delta.statement
    assert found is None or isinstance(found, float)
    assert isinstance(most, float)
    return oster_statement(found, asked.told(), most)


def _effect_of(estimate: float, asked: Asked) -> Text:
    """What a regression is of, beside its columns: its effect, or the outcomes that a relative threshold makes."""
    if asked.ratio is None:
        en, sv = (significant(estimate, lang) for lang in LANGUAGES)
        return Text(en=f"whose effect is {en}", sv=f"vars effekt är {sv}")
    en, sv = (significant(asked.ratio, lang) for lang in LANGUAGES)
    return Text(
        en=f"with the treated's outcomes divided by {en}, as they would be without an effect as large as the threshold",
        sv=f"med de behandlades utfall delade med {sv}, som de vore utan en effekt lika stor som tröskeln",
    )


def _before_the_match(statement: Text, what: Text, n: int) -> Text:
    return Text(
        en=f"Of the regression on treatment and the covariates among the {format_number(n, 'en')} before the match, "
        f"{what.en}: {statement.en}",
        sv=f"För regressionen på behandling och kovariat bland de {format_number(n, 'sv')} före matchningen, "
        f"{what.sv}: {statement.sv}",
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


_OWN_INTERVAL = Text(  # which is not that of the comparison
    en="that regression's own 95% interval by its classical standard error",
    sv="regressionens eget 95-procentsintervall med dess klassiska medelfel",
)


def _told(statement: Text, what: Text, n: int) -> Text:
    return Text(
        en=f"Of the regression on treatment and the covariates among the {format_number(n, 'en')} compared, weighted "
        f"as matched, {what.en}: {statement.en}",
        sv=f"För regressionen på behandling och kovariat bland de {format_number(n, 'sv')} jämförda, viktade som i "
        f"matchningen, {what.sv}: {statement.sv}",
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
