"""The comparison of weighted means, for matches that are weightings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from effekt._inference import Inference, Means, StudentT
from effekt._text import Text, format_number
from effekt._types import BoolArray, FloatArray, IntArray, Missing
from effekt._validation import plural
from effekt.estimators._constant_arm import constant_arm_notes
from effekt.estimators._level import without_level
from effekt.estimators._propensity import LINKS
from effekt.estimators._worst_case import ADJUSTED, NOT_TOLD, range_of, worst_case
from effekt.estimators.matching.adjusted import Adjustment, regression_note
from effekt.estimators.matching.arguments import as_options
from effekt.estimators.matching.clusters import of_column
from effekt.estimators.matching.design import read_cohort
from effekt.estimators.matching.lost import attrition_of, of_the_match
from effekt.estimators.matching.marginal import Weighted
from effekt.estimators.matching.match import Match
from effekt.estimators.matching.outcomes import count_dropped, read_outcomes
from effekt.estimators.matching.represented import population_notes
from effekt.estimators.matching.weighted_match import scaled, weighted_checks, weighting_of
from effekt.estimators.matching.words import (
    COMMON_SUPPORT,
    UNCONFOUNDED,
    despite_poor_overlap,
    focus,
    notes_of,
    population,
)
from effekt.estimators.weighted_regression import regressed_means
from effekt.estimators.weighting import SANDWICH, ArmWeights, Weighting, plain_notes, weighted_means
from effekt.exceptions import DataError
from effekt.result import Diagnostic, EffectEstimate, Note, Sample
from effekt.roles import Estimand, Outcome
from effekt.tables import Covariates

SAME = 1e-8  # how far a weight fitted again may lie from the frozen one, relative to it


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class _Rows:
    """The units of a match as the table has them: treatment and covariates, in the order of the match.

    `balanced` is what a table of balance has, and its names.
    """

    treated: BoolArray
    covariates: FloatArray
    names: tuple[str, ...]
    balanced: tuple[FloatArray, tuple[str, ...]]

    def of(self, rows: BoolArray | IntArray) -> _Rows:
        """Some of them."""
        shown, names = self.balanced
        return _Rows(
            treated=self.treated[rows],
            covariates=self.covariates[rows],
            names=self.names,
            balanced=(shown[rows], names),
        )


def compare_weighted(
    table: Any,
    match: Match,
    outcome: Outcome,
    missing: Missing,
    arguments: Mapping[str, Any],
    cluster: str | None = None,
    limits: tuple[float, float] | None = None,
    regression: Adjustment | None = None,
) -> Weighted:
    """The weighted mean or regression of each arm, with the weights fitted again to the table's covariates.

    Raises
    ------
    DataError
        When these are not the match's covariates, a unit of the match has none, or too few units have an outcome.
    """
    taken, options = match.arguments, as_options(match.arguments)
    rows = _rows(table, match)
    regressors = () if regression is None else regression.covariates
    outcomes = read_outcomes(table, match, outcome, missing, cluster, regressors)
    if by_classifier := taken.get("propensity", "logit") not in LINKS:
        _refuse_missing(outcomes.values, outcome.name)
        weighting = _as_frozen(match, rows.covariates)
    else:
        weighting = weighting_of(rows.treated, rows.covariates, rows.names, options)
        _refuse_other_covariates(match, scaled(weighting))
    checks: tuple[Diagnostic, ...] = tuple(one for one in (match.balance, match.overlap, match.spread) if one)
    values, there, clusters = outcomes.values, np.isfinite(outcomes.values), outcomes.clusters
    left_out = arguments["variance"] != SANDWICH
    worst, untold = _worst(weighting, values, limits, regression, clustered=cluster is not None, left_out=left_out)
    if not there.all():
        rows, values = rows.of(there), values[there]
        weighting = weighting_of(rows.treated, rows.covariates, rows.names, options)
        assert weighting.propensity is not None
        logit, weights = weighting.propensity.logit, scaled(weighting)
        checks = weighted_checks(rows.treated, *rows.balanced, logit, weights, options)
    clusters = None if clusters is None else clusters[there]
    count = None if clusters is None else len(np.unique(clusters))
    means, inference, regressed = _compared(
        values, outcomes.regressors.of(there), weighting, clusters, regression, left_out=left_out
    )
    sample, units = (_weighted_sample(match),), match.unit_table()
    lost = attrition_of(units, there, clustered=cluster is not None, covariates=regression is not None)
    lost = (*lost, *worst)
    dropped = count_dropped(table, match, outcome, outcomes, cluster, regressors)
    n_treated, n = int(rows.treated.sum()), len(rows.treated)
    compared = {"ATT": n_treated, "ATC": n - n_treated}.get(taken["estimand"], n)
    effect = EffectEstimate(
        means=means,
        exact=None,
        inference=inference,
        estimand=Estimand(
            name=taken["estimand"], population=population(match.counts, taken["estimand"], compared, weighted=True)
        ),
        outcome=outcome,
        method="matched_comparison",
        variance=f"{arguments['variance']}/1" if isinstance(inference, StudentT) else "none/1",
        sample=Sample(
            n_obs=n, n_units=n, n_treated=n_treated, n_control=n - n_treated, n_clusters=count, n_dropped=dropped
        ),
        observed=outcomes.observed,
        arguments=arguments,
        diagnostics=(*checks, *(of_the_match(sample) if lost else sample), *lost),
        notes=(
            *despite_poor_overlap(checks[1], inference),
            *_notes(match, checks, there, by_classifier, None if count is None else of_column(str(cluster), count)),
            *plain_notes(arguments["variance"], inference),
            *regressed,
            *population_notes(inference, taken["estimand"], weighted=True),
            *untold,
            *constant_arm_notes(inference),
        ),
    )
    return Weighted(effect=effect, weighting=weighting, outcome=values, clusters=clusters, left_out=left_out)


def _compared(
    values: FloatArray,
    covariates: Covariates,
    weighting: Weighting,
    clusters: IntArray | None,
    regression: Adjustment | None,
    *,
    left_out: bool,
) -> tuple[Means, Inference, tuple[Note, ...]]:
    """The two means, their inference, and what a regression did."""
    plain = weighted_means(values, weighting, clusters, left_out=left_out)
    if regression is None:
        return *plain, ()
    means, inference = regressed_means(
        values, without_level(covariates.matrix()), covariates.names, weighting, clusters, left_out=left_out
    )
    effects = plain[0].value("difference"), means.value("difference")
    return means, inference, (regression_note(regression, effects),)


_WEIGHTED = Text(en="among all who are weighted", sv="bland alla som vägs")


def _worst(
    weighting: Weighting,
    values: FloatArray,
    limits: tuple[float, float] | None,
    regression: Adjustment | None,
    *,
    clustered: bool,
    left_out: bool,
) -> tuple[tuple[Diagnostic, ...], tuple[Note, ...]]:
    """Bounds of the effect with the weights of all who were weighted, or the note that there are none."""
    if not np.isnan(values).any():
        return (), ()
    if regression is not None:
        return (), (ADJUSTED,)
    ends = range_of(values, limits)
    if ends is None:
        return (), (NOT_TOLD,)

    def compared(filled: FloatArray) -> tuple[Means, Inference | None]:
        means, inference = weighted_means(filled, weighting, left_out=left_out)
        return means, None if clustered else inference  # a unit without a row has no cluster

    return (worst_case(values, weighting.treated, ends, compared, _WEIGHTED),), ()


def _rows(table: Any, match: Match) -> _Rows:
    """The match's units, read again from the table."""
    cohort, units = read_cohort(table, match.arguments), match.unit_table()
    found = units.places_in(cohort.labels)
    absent = int(np.sum(found < 0))
    if absent:
        raise DataError(
            f"Column {match.arguments['unit']!r} must name every unit of the match with its covariates; "
            f"{plural(absent, 'unit')} had none. Give the rows of all of them, because the weights rest on them."
        )
    everyone = _Rows(treated=cohort.treated, covariates=cohort.covariates, names=cohort.names, balanced=cohort.balanced)
    return everyone.of(found)


def _as_frozen(match: Match, covariates: FloatArray) -> Weighting:
    """The weights of a match by a classifier, which is known by its name alone and cannot be fitted again."""
    units = match.unit_table()
    arms = (np.where(arm, units.weight, 0.0) for arm in (units.treated, ~units.treated))
    first, second = (ArmWeights(values=values, slopes=()) for values in arms)
    return Weighting(
        method=match.arguments["method"],
        estimand=match.arguments["estimand"],
        treated=units.treated,
        design=covariates,
        indices=(),
        arms=(first, second),
        propensity=None,
    )


def _refuse_missing(values: FloatArray, name: str) -> None:
    """Weights that are not fitted again are those of all units of the match."""
    lost = int(np.sum(~np.isfinite(values)))
    if lost:
        raise DataError(
            f"Column {name!r} must have a value for every unit of a match whose weights come from a classifier, which "
            f"is not fitted again to those who remain; {plural(lost, 'unit')} had none. Complete the data, or match "
            "with propensity='logit' or 'probit'."
        )


def _refuse_other_covariates(match: Match, weights: FloatArray) -> None:
    """Weights that the table does not give again are of other covariates."""
    units = match.unit_table()
    differ = np.abs(weights - units.weight) > SAME * np.maximum(weights, units.weight)
    if differ.any():
        listed = ", ".join(map(repr, match.arguments["covariates"]))
        raise DataError(
            f"The covariates {listed} must be those that the match was made on; fitted again, the weights of "
            f"{plural(int(differ.sum()), 'unit')} differ from the match's. Use the table that the match was made on, "
            "or match again."
        )


def _weighted_sample(match: Match) -> Diagnostic:
    """How many are compared. The digest of the units is the match's own: last digits of weights vary by machine."""
    counts = match.counts
    whom = focus(counts, match.arguments["estimand"])
    names = ("treated", "controls", "dropped", "discarded", "matched", "unmatched", "controls_used")
    (one, all_), (other, others) = ((counts.matched, counts.treated), (counts.controls_used, counts.controls))
    return Diagnostic(
        name="matched_sample",
        status="warning" if whom.left_out else "ok",
        statement=Text(
            en=f"{format_number(one, 'en')} of {format_number(all_, 'en')} treated units and "
            f"{format_number(other, 'en')} of {format_number(others, 'en')} controls have weight.",
            sv=f"{format_number(one, 'sv')} av {format_number(all_, 'sv')} behandlade enheter och "
            f"{format_number(other, 'sv')} av {format_number(others, 'sv')} kontroller har vikt.",
        ),
        values={name: getattr(counts, name) for name in names},
    )


# --- words ----------------------------------------------------------------------------------------------------------

_AS_FROZEN = Text(
    en="The weights come from a classifier and are those of the match; they are not fitted again to the table, so it "
    "is not checked here that they follow from its covariates.",
    sv="Vikterna kommer från en klassificerare och är matchningens egna; de skattas inte på nytt ur tabellen, så det "
    "kontrolleras inte här att de följer av dess kovariater.",
)


def _notes(
    match: Match, checks: tuple[Diagnostic, ...], there: BoolArray, by_classifier: bool, clusters: Text | None
) -> tuple[Note, ...]:
    notes = {"unconfounded": UNCONFOUNDED}
    if by_classifier:
        notes["weights_as_frozen"] = _AS_FROZEN
    if clusters is not None:
        notes["clusters"] = clusters
    if match.counts.discarded:
        notes["common_support"] = COMMON_SUPPORT
    if not there.all():
        lost, treated = ~there, match.unit_table().treated
        gone, of_them = int(lost.sum()), int(np.sum(lost & treated))
        notes["missing_outcomes"] = Text(
            en=f"Left out for a missing outcome: {plural(gone, 'unit')}, of which {of_them} treated; the weights are "
            "not those of the match but were fitted again, in the same way, to the units that remain, and the effect "
            "is among them.",
            sv=f"Uteslutna på grund av utfall som saknas: {gone} {'enhet' if gone == 1 else 'enheter'}, varav "
            f"{of_them} behandlade; vikterna är inte matchningens utan har skattats på nytt, på samma sätt, för de "
            "enheter som är kvar, och effekten är den bland dem.",
        )
    own = notes_of(match.counts, match.arguments, checks)
    return (*own, *(Note(code=code, text=text) for code, text in notes.items()))
