"""The comparison of matched treated units with their controls: where the outcome is read for the first time."""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from effekt import _linalg
from effekt._exact import scaled_integers
from effekt._inference import Inference, Means, StudentT, Unavailable
from effekt._text import Text, format_number, significant
from effekt._types import FloatArray, IntArray, Missing, Table
from effekt._validation import check_option, did_you_mean, plural
from effekt.estimators._match import Match, MatchCounts, PairTable, set_weights
from effekt.estimators._refusals import few_clusters
from effekt.estimators.matching import match_controls, read_treatment
from effekt.exceptions import ArgumentError, DataError
from effekt.result import Diagnostic, EffectEstimate, ExactMeans, Note, Observed, Sample
from effekt.roles import Estimand, Outcome, as_outcome
from effekt.tables import as_table

ObjectArray: TypeAlias = NDArray[np.object_]
ROUNDING = 1e-13  # variation this small relative to the values is rounding


def matched_comparison(
    data: Table,
    *,
    match: Match | Mapping[str, Any],
    outcome: str | Outcome,
    variance: Literal["CR2"] | None = None,
    missing: Missing = "raise",
) -> EffectEstimate:
    """Effect on the matched treated units, against the controls they were matched with.

    Parameters
    ----------
    data : table
        One row per unit, with the columns that the match names for unit and treatment.
    match : Match or mapping
        A match, or the arguments of `match_controls`, which is then called on the same table first.
    outcome : str or Outcome
        A column, in the outcome's unit.
    variance : {"CR2"}, optional
        Default without replacement: CR2 clustered by matched set. With replacement there is none.
    missing : {"raise", "drop"}
        With "drop", a pair in which an outcome is missing is left out, and a treated unit that loses all its pairs is
        counted; a matched unit without a row counts as missing.

    Returns
    -------
    EffectEstimate
        ATT among the matched treated units: the mean of their outcomes less the mean over them of their controls' mean
        outcome. The means are exact fractions. `diagnostics` holds balance, overlap and the range over tie orders.

    Raises
    ------
    DataError
        For a repeated unit, matched units without a row or with another treatment, or no complete pair.
    ArgumentError
        For a match without its pairs, or a variance that does not fit the match.

    Notes
    -----
    Assumes that units alike in the covariates of the match do not differ in anything else that moves both treatment
    and outcome, and that no unit is affected by the treatment of another.

    With d_i the outcome of treated unit i less the mean of its controls, the effect is d̄ over n sets. The variance
    comes from a regression of the outcome on treatment with the match weights (rows scaled by their roots), clustered
    by set; it equals Σ(d_i − d̄)²/(n(n − 1)) with n − 1 degrees of freedom. It takes the match as given: the propensity
    being estimated, and what the caliper leaves unlike or out, are not accounted for.

    References
    ----------
    Abadie, A. & Spiess, J. (2022). Robust post-matching inference. *Journal of the American Statistical Association*
    117(538), 983–995. doi:10.1080/01621459.2020.1840383

    Abadie, A. & Imbens, G. W. (2016). Matching on the estimated propensity score. *Econometrica* 84(2), 781–807.
    doi:10.3982/ECTA11293

    Examples
    --------
    >>> import effekt
    >>> data = {
    ...     "person": ["a", "b", "c", "d", "e", "f", "g"],
    ...     "trained": [1, 1, 1, 0, 0, 0, 0],
    ...     "age": [32, 41, 50, 25, 38, 44, 33],
    ...     "days": [4.0, 6.0, 5.0, 9.0, 8.0, 7.0, 6.0],
    ... }
    >>> match = {"unit": "person", "treatment": "trained", "covariates": ["age"]}
    >>> effekt.matched_comparison(data, match=match, outcome="days").exact_estimate
    Fraction(-2, 1)
    """
    measured = as_outcome(outcome)
    table = as_table(data)
    found = _as_match(table, match)
    chosen = _check_comparison(found, measured, variance)
    pairs = found.pair_table()
    outcomes = _read_outcomes(table, found, pairs, measured, missing)
    treated, control = outcomes.complete(pairs.treated, pairs.control)
    if not len(treated):
        raise DataError(
            f"Column {measured.name!r} must have a value for both units of some pair; none of "
            f"{plural(len(pairs.treated), 'pair')} has both. Complete the data."
        )
    exact = outcomes.means(treated, control)
    means = Means(treated=float(exact.treated), counterfactual=float(exact.counterfactual))
    inference = _inference(outcomes, treated, control, means, chosen)
    orders = _tie_orders(outcomes, pairs, means)
    return EffectEstimate(
        means=means,
        exact=exact,
        inference=inference,
        estimand=_estimand(len(np.unique(treated)), found.counts.treated),
        outcome=measured,
        method="matched_comparison",
        variance=f"{chosen}/1" if isinstance(inference, StudentT) else "none/1",
        sample=_sample(treated, control, outcomes, clustered=chosen is not None),
        observed=outcomes.observed,
        arguments={
            "match": dict(found.arguments),
            "outcome": {"column": measured.column, "unit": measured.unit, "better": measured.better},
            "variance": chosen,
            "missing": missing,
        },
        diagnostics=(found.balance, found.overlap, _matched_sample(found), orders),
        notes=(*found.notes, *_comparison_notes(found, inference, pairs, treated, orders)),
    )


# --- arguments and outcomes -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Outcomes:
    """The outcomes of a pair table's units.

    Attributes
    ----------
    treated, control : arrays
        By the units of the pair table; NaN where there is none.
    exact_treated, exact_control : object arrays of int
        The same times `scale`, exactly.
    scale : int
    observed : Observed
    n_dropped : int
    """

    treated: FloatArray
    control: FloatArray
    exact_treated: ObjectArray
    exact_control: ObjectArray
    scale: int
    observed: Observed
    n_dropped: int

    def complete(self, treated: IntArray, control: IntArray) -> tuple[IntArray, IntArray]:
        """The pairs in which no outcome is missing."""
        kept = np.isfinite(self.treated[treated]) & np.isfinite(self.control[control])
        return treated[kept], control[kept]

    def means(self, treated: IntArray, control: IntArray) -> ExactMeans:
        """Σ y_t / n over the treated of some pair, and Σ (mean of their controls) / n."""
        sizes = np.bincount(treated)
        units = np.flatnonzero(sizes)
        count = self.scale * len(units)
        of_pair = sizes[treated]
        sums = (
            Fraction(sum(self.exact_control[control[of_pair == size]]), size) for size in np.unique(of_pair).tolist()
        )
        return ExactMeans(
            treated=Fraction(sum(self.exact_treated[units]), count), counterfactual=sum(sums, Fraction(0)) / count
        )


def _as_match(table: Any, match: Match | Mapping[str, Any]) -> Match:
    """The match itself, or the one its arguments make."""
    if isinstance(match, Match):
        return match
    if not isinstance(match, Mapping):
        raise ArgumentError(f"`match` must be a Match or the arguments of match_controls; got {type(match).__name__}.")
    parameters = {name: p for name, p in inspect.signature(match_controls).parameters.items() if name != "data"}
    for name in match:
        if name not in parameters:
            raise ArgumentError(f"`match` has the unknown argument {name!r}.{did_you_mean(name, parameters)}")
    for name, parameter in parameters.items():
        if name not in match and parameter.default is inspect.Parameter.empty:
            raise ArgumentError(f"`match` lacks the argument {name!r} of match_controls.")
    return match_controls(table, **match)


def _check_comparison(match: Match, outcome: Outcome, variance: object) -> Literal["CR2"] | None:
    """The variance of the comparison, when the arguments agree."""
    taken = match.arguments
    if len(outcome.columns) > 1:
        raise ArgumentError(
            f"`outcome` must be one column in a matched comparison; got {outcome.column!r}. Divide the columns first, "
            "and say in `unit` what the ratio is."
        )
    if outcome.name in (taken["unit"], taken["treatment"], *taken["covariates"], *taken["exact"]):
        raise ArgumentError(f"Column {outcome.name!r} must play one role; it is named as `outcome` and in `match`.")
    if variance is not None:
        check_option("variance", variance, ("CR2",))
    if not taken["replace"]:
        return "CR2"
    if variance is not None:
        raise ArgumentError(f"`variance` must be None when the match is with replacement; got {variance!r}.")
    return None


def _read_outcomes(table: Any, match: Match, pairs: PairTable, outcome: Outcome, missing: Missing) -> Outcomes:
    unit, treatment = match.arguments["unit"], match.arguments["treatment"]
    rows = table.select(numbers=(outcome.name, treatment), labels=(unit,), missing=missing)
    rows.refuse_repeats((unit,), "Give one row per unit.")
    arm, values = read_treatment(rows, treatment), rows.numbers[outcome.name]
    labels = rows.labels[unit]
    row_of = dict(zip(labels.names, np.argsort(labels.codes).tolist(), strict=True))
    found = [np.array([row_of.get(name, -1) for name in names]) for names in (pairs.treated_units, pairs.control_units)]
    absent = sum(int(np.sum(index < 0)) for index in found)
    if absent and missing == "raise":
        raise DataError(
            f"Column {unit!r} must name every matched unit; {plural(absent, 'matched unit')} had no row. Give the rows "
            "of all of them, or pass missing='drop' to leave their pairs out and have them counted."
        )
    offending = np.zeros(len(rows), bool)
    for index, treated in zip(found, (True, False), strict=True):
        offending[index[index >= 0]] = arm[index[index >= 0]] != treated
    rows.refuse(
        offending,
        treatment,
        "must hold 1 for the treated and 0 for the controls of the match",
        "Use the table that the match was made on.",
    )
    own, others = (np.where(index < 0, math.nan, values[index]) for index in found)
    integers, scale = scaled_integers(np.nan_to_num(np.append(own, others)).tolist())
    exact = np.array(integers, dtype=object)
    return Outcomes(
        treated=own,
        control=others,
        exact_treated=exact[: len(own)],
        exact_control=exact[len(own) :],
        scale=scale,
        observed=Observed(treated=_raw_mean(values[arm]), control=_raw_mean(values[~arm])),
        n_dropped=rows.n_dropped,
    )


def _raw_mean(values: FloatArray) -> float:
    """Correctly rounded sum over count, whatever the order."""
    return math.fsum(values.tolist()) / len(values) if len(values) else math.nan


# --- inference ------------------------------------------------------------------------------------------------------


def _inference(
    outcomes: Outcomes, treated: IntArray, control: IntArray, means: Means, variance: str | None
) -> Inference:
    """A t reference clustered by matched set, or why there is none."""
    if variance is None:
        return Unavailable(reason=_SHARED_CONTROLS)
    units, sets = np.unique(treated, return_inverse=True)
    reason = few_clusters(len(units))
    if reason is not None:
        return Unavailable(reason=reason)
    outcome = np.concatenate([outcomes.treated[units], outcomes.control[control]])
    arm = np.concatenate([np.ones(len(units)), np.zeros(len(control))])
    root = np.sqrt(np.concatenate([np.ones(len(units)), set_weights(treated)]))
    fit = _linalg.least_squares(np.column_stack([arm, 1 - arm]) * root[:, None], outcome * root)
    clusters = np.concatenate([np.arange(len(units)), sets])
    found = _linalg.sandwich(variance, [_linalg.Part(fit=fit, contrasts=np.eye(2), clusters=clusters)])
    if found.std_error(means, "difference") <= ROUNDING * np.max(np.abs(outcome)):
        return Unavailable(reason=_EQUAL_DIFFERENCES)
    return found


def _tie_orders(outcomes: Outcomes, pairs: PairTable, means: Means) -> Diagnostic:
    """The range of the estimate over the tie orders."""
    estimates = [means.value("difference")]
    for change in pairs.orders:
        treated, control = outcomes.complete(*pairs.in_order(change))
        if len(treated):
            exact = outcomes.means(treated, control)
            estimates.append(float(exact.treated) - float(exact.counterfactual))
    low, high = min(estimates), max(estimates)
    text = _NO_TIES
    if pairs.orders:
        text = Text(
            en=f"Ties were broken by the keyed order of units; over {len(estimates)} such orders the effect lies "
            f"between {significant(low, 'en')} and {significant(high, 'en')}.",
            sv=f"Lika nära kontroller valdes efter en nyckelordning av enheterna; över {len(estimates)} sådana "
            f"ordningar ligger effekten mellan {significant(low, 'sv')} och {significant(high, 'sv')}.",
        )
    return Diagnostic(
        name="tie_orders",
        status="warning" if high > low else "ok",
        statement=text,
        values={"min": low, "max": high, "count": len(estimates) - 1},
    )


# --- words ----------------------------------------------------------------------------------------------------------

_SHARED_CONTROLS = Text(
    en="Matching with replacement has no pair-clustered variance, because controls are shared between pairs.",
    sv="Matchning med återläggning har ingen parklustrad varians, eftersom kontroller delas mellan par.",
)
_EQUAL_DIFFERENCES = Text(
    en="The difference is the same in every matched set, so there is no standard error.",
    sv="Skillnaden är densamma i alla matchade grupper, så det finns inget medelfel.",
)
_NO_TIES = Text(
    en="No tie between controls was broken, so there is one way to match.",
    sv="Inga lika nära kontroller behövde väljas bort, så matchningen kan bara göras på ett sätt.",
)
_UNCONFOUNDED = Text(
    en="Assumes that units alike in the covariates of the match do not differ in anything else that moves both "
    "treatment and outcome.",
    sv="Förutsätter att enheter som är lika i matchningens kovariater inte skiljer sig åt i något annat som påverkar "
    "både behandling och utfall.",
)
_ESTIMATED_PROPENSITY = Text(
    en="The variance takes the match as given; that the propensity is estimated is not accounted for.",
    sv="Variansen tar matchningen för given; att behandlingssannolikheten är skattad beaktas inte.",
)
_CALIPER = Text(
    en="The variance does not account for what remains unlike within the caliper, or for the treated units that the "
    "caliper leaves out.",
    sv="Variansen beaktar varken de olikheter som finns kvar inom kalipern eller de behandlade enheter som kalipern "
    "utesluter.",
)


def _comparison_notes(
    match: Match, inference: Inference, pairs: PairTable, treated: IntArray, orders: Diagnostic
) -> tuple[Note, ...]:
    notes = {"unconfounded": _UNCONFOUNDED}
    if isinstance(inference, StudentT):
        notes["estimated_propensity"] = _ESTIMATED_PROPENSITY
        if match.caliper_width is not None:
            notes["caliper"] = _CALIPER
    lost = len(pairs.treated) - len(treated)
    if lost:
        gone = len(np.unique(pairs.treated)) - len(np.unique(treated))
        notes["missing_outcomes"] = Text(
            en=f"Left out for a missing outcome: {plural(lost, 'pair')}; {plural(gone, 'treated unit')} thereby "
            "dropped out of the comparison.",
            sv=f"Uteslutna på grund av utfall som saknas: {lost} par; {gone} behandlade "
            f"{'enhet' if gone == 1 else 'enheter'} föll därmed ur jämförelsen.",
        )
    if orders.status == "warning":
        notes["tie_orders"] = orders.statement
    return tuple(Note(code=code, text=text) for code, text in notes.items())


def _matched_sample(match: Match) -> Diagnostic:
    counts = match.counts
    values = {name: getattr(counts, name) for name in MatchCounts.__slots__ if name != "controls_per_treated"}
    controls, treated = zip(*counts.controls_per_treated, strict=True)
    return Diagnostic(
        name="matched_sample",
        status="warning" if counts.unmatched or counts.short else "ok",
        statement=Text(
            en=f"{format_number(counts.matched, 'en')} of {format_number(counts.treated, 'en')} treated units are "
            f"matched with {format_number(counts.controls_used, 'en')} of {format_number(counts.controls, 'en')} "
            "controls.",
            sv=f"{format_number(counts.matched, 'sv')} av {format_number(counts.treated, 'sv')} behandlade enheter är "
            f"matchade med {format_number(counts.controls_used, 'sv')} av {format_number(counts.controls, 'sv')} "
            "kontroller.",
        ),
        values={**values, "caliper_width": match.caliper_width, "pairs_digest": match.pairs_digest},
        table={"controls": controls, "treated_units": treated},
    )


def _estimand(matched: int, treated: int) -> Estimand:
    if matched == treated:
        return Estimand(
            name="ATT",
            population=Text(
                en=f"the {format_number(treated, 'en')} treated units",
                sv=f"de {format_number(treated, 'sv')} behandlade enheterna",
            ),
        )
    return Estimand(
        name="ATT",
        population=Text(
            en=f"the {format_number(matched, 'en')} matched of {format_number(treated, 'en')} treated units",
            sv=f"de {format_number(matched, 'sv')} matchade av {format_number(treated, 'sv')} behandlade enheter",
        ),
    )


def _sample(treated: IntArray, control: IntArray, outcomes: Outcomes, *, clustered: bool) -> Sample:
    n_treated, n_control = len(np.unique(treated)), len(np.unique(control))
    return Sample(
        n_obs=n_treated + n_control,
        n_units=n_treated + n_control,
        n_treated=n_treated,
        n_control=n_control,
        n_clusters=n_treated if clustered else None,
        n_dropped=outcomes.n_dropped,
    )
