"""What is known of those whose outcome is missing, attached where rows were dropped.

Where units were assigned one by one and count alike, the arms are compared as they are. Every other design is followed
by its own estimator, without covariates, for everyone who was assigned: of the indicator of a missing outcome, and of
outcomes with the ends of their range written in. Without covariates a mean is a weighted mean whose weights are above
zero, so that the ends of the range give the ends of what the estimate could have been.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from effekt._inference import Unavailable
from effekt._text import Text
from effekt._types import FloatArray, IntArray
from effekt.diagnostics import attrition_checks, differential_attrition, lee_bounds
from effekt.diagnostics._outcome_bounds import Bound
from effekt.diagnostics.attrition import Tested, attrition_by
from effekt.diagnostics.complier_bounds import Ends
from effekt.diagnostics.manski import manski_of_design
from effekt.estimators.randomized.arguments import DRAWS, Options, checked
from effekt.estimators.randomized.data import Trial, read_trial, selected
from effekt.estimators.randomized.weighting import Weighting, weighting_of
from effekt.result import Diagnostic, EffectEstimate
from effekt.tables import Table, as_table

LEVEL = 0.95
Estimator = Callable[[Table, Options], EffectEstimate]


def attrition_of(trial: Trial, table: Table, options: Options, estimate: Estimator) -> tuple[Diagnostic, ...]:
    """Who is missing, and how far the effect could lie from what was seen.

    Bounds over every value that missing outcomes could have need a range: the one that is given or, where all that are
    seen are 0 or 1 and no counts of something, 0 to 1.
    """
    assigned = trial.assigned
    if assigned is None or not sum(lost for lost, _ in assigned.counts):
        return ()
    low, high = options.outcome_range or _of_shares(assigned.outcome, options)
    if _alike(options):
        return attrition_checks(assigned.outcome, assigned.treated, low=low, high=high)
    design = _everyone(table, options)
    gone = np.isnan(design.outcome)
    if not gone.any():
        by = Tested(name=None, p_value=None, reason=_why_without_place(design))
        return (attrition_by(np.isnan(assigned.outcome), assigned.treated, by),)
    found = [_differential(design, estimate)]
    if min(np.count_nonzero(~gone & rows) for rows in design.everyone.arms) >= 2:
        found.append(_lee(design))
    if low is not None and high is not None:
        found.append(_manski(design, estimate, low, high))
    return tuple(found)


def complier_ends(
    table: Table, options: Options, estimate: Estimator, *, outcome: FloatArray, received: FloatArray
) -> dict[str, tuple[Ends, Ends]]:
    """Bounds on the effects of assignment on outcome and on receipt, by kind and by the design's own estimator.

    None where no row that lacks either has all else that the design rests on. Worst cases, "manski", where there is a
    range; trimming, "lee", of those of whom both are seen, each row weighted as the estimator does.
    """

    def of(values: FloatArray) -> Design:
        return _everyone(_replaced(table, options.outcome.name, values), options)

    def worst(values: FloatArray, low: float, high: float) -> Ends:
        design = of(values)
        first, second = (
            estimate(design.completed(*ends), design.options).estimate for ends in ((low, high), (high, low))
        )
        return min(first, second), max(first, second)

    seen = ~np.isnan(outcome) & ~np.isnan(received)
    trimmed = [of(np.where(seen, values, np.nan)) for values in (outcome, received)]
    if not np.isnan(trimmed[0].outcome).any():
        return {}
    lee = [_lee(design).values for design in trimmed]
    found = {"lee": (_ends(lee[0]), _ends(lee[1]))}
    low, high = options.outcome_range or _of_shares(outcome, options)
    if low is not None and high is not None:
        found["manski"] = worst(outcome, low, high), worst(received, 0.0, 1.0)
    return found


def _ends(values: Mapping[str, float | int | str | None]) -> Ends:
    lower, upper = values["lower"], values["upper"]
    assert isinstance(lower, float)
    assert isinstance(upper, float)
    return lower, upper


def _of_shares(outcome: FloatArray, options: Options) -> tuple[float, float] | tuple[None, None]:
    seen = outcome[~np.isnan(outcome)]
    shares = options.exposure is None and not options.of_counts
    return (0.0, 1.0) if shares and np.all((seen == 0) | (seen == 1)) else (None, None)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Design:
    """Everyone who was assigned, and the estimator that is applied to them.

    Attributes
    ----------
    table : Table
    options : Options
        Those of the trial without covariates, with the inference of a variance.
    outcomes : (rows of the table,) array
        NaN where the outcome is missing.
    known : (rows of the table,) bool array
        Whether the row is of one of the two arms.
    everyone : Trial
        With 0 for every outcome.
    outcome : (n,) array
        The outcomes of `everyone`, NaN where they are missing.
    """

    table: Table
    options: Options
    outcomes: FloatArray
    known: FloatArray
    everyone: Trial
    outcome: FloatArray

    def with_outcome(self, values: FloatArray) -> Table:
        """The table with these outcomes; rows of no arm have none."""
        return _replaced(self.table, self.options.outcome.name, np.where(self.known, values, np.nan))

    def completed(self, treated: float, control: float) -> Table:
        """The table with a value written in for the missing outcomes of each arm."""
        ends = np.where(self.known == TREATED, treated, control)
        return self.with_outcome(np.where(np.isnan(self.outcomes), ends, self.outcomes))


CONTROL, TREATED = 1.0, 2.0


def _alike(options: Options) -> bool:
    """Whether units were assigned one by one, each with the same chance, and count alike."""
    others = ("block", "cluster", "pairs", "weights", "probability", "exposure")
    return all(getattr(options, name) is None for name in others)


def _everyone(table: Table, options: Options) -> Design:
    name, treatment = options.outcome.name, options.treatment
    outcomes, known = np.full(len(table), np.nan), np.zeros(len(table))
    measured = table.select(numbers=[name], missing="drop")
    outcomes[measured.rows - 1] = measured.numbers[name]
    assigned = table.select(numbers=[treatment], missing="drop")
    arm = assigned.numbers[treatment]
    known[assigned.rows - 1] = np.where(arm == 1, TREATED, np.where(arm == 0, CONTROL, 0.0))
    plain = _without_covariates(options)
    everyone = read_trial(_replaced(table, name, np.where(known > 0, 0.0, np.nan)), plain)
    return Design(
        table=table,
        options=plain,
        outcomes=outcomes,
        known=known,
        everyone=everyone,
        outcome=outcomes[everyone.rows - 1],
    )


def _replaced(table: Table, name: str, values: FloatArray) -> Table:
    """The table with one column in place of its own; of a part of a table messages keep naming the whole."""
    return table.part(np.arange(1, len(table) + 1), {name: values})


def _without_covariates(options: Options) -> Options:
    """The same design by its variance, or by the default one where it had none."""
    adjustment = "lin" if options.adjustment == "lin_by_block" else options.adjustment
    if adjustment == "additive" and options.block is None:
        adjustment = "lin"
    by_variance = options.inference == "asymptotic" and not options.of_counts
    plain = replace(
        options,
        covariates=(),
        adjustment=adjustment,
        inference="asymptotic",
        statistic="estimate",
        draws=DRAWS,
        rng=None,
        outcome_range=None,
        missing="drop",
    )
    return checked(plain, options.variance if by_variance else None)


def _differential(design: Design, estimate: Estimator) -> Diagnostic:
    """By the lot itself where units were assigned one by one with chances alike; else by the estimator."""
    trial, gone = design.everyone, np.isnan(design.outcome)
    if trial.cluster is None and trial.probability is None:
        groups = trial.block if trial.pair is None else trial.pair
        return differential_attrition(gone, trial.treated, block=None if groups is None else groups.tolist())
    effect = estimate(design.with_outcome(np.isnan(design.outcomes).astype(float)), design.options)
    if isinstance(effect.inference, Unavailable):
        reason = effect.inference.reason
        why = Text(en=f"there is no test: {_clause(reason.en)}", sv=f"det finns inget test: {_clause(reason.sv)}")
        return attrition_by(gone, trial.treated, Tested(name=None, p_value=None, reason=why))
    variance = design.options.variance
    by = Tested(
        name=f"{variance} of the indicator, two-sided",
        p_value=effect.p_value(),
        within=Text(en=f" by {variance}", sv=f" enligt {variance}"),
    )
    return attrition_by(gone, trial.treated, by)


def _clause(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:].rstrip(".")


def _lee(design: Design) -> Diagnostic:
    """Lee's bounds with each arm weighted as the estimator weights it; none for a ratio of sums."""
    options, trial = design.options, design.everyone
    if options.exposure is not None:
        return Diagnostic(name="lee_bounds", status="information", statement=_NO_LEE)
    if not (trial.block is not None or trial.pair is not None or _unlike(options)):
        return lee_bounds(design.outcome, trial.treated, clustered=trial.cluster is not None)
    return lee_bounds(design.outcome, trial.treated, weights=row_weights(trial, options))


def _unlike(options: Options) -> bool:
    """Whether rows of an arm count differently."""
    return (
        options.weight_kind in ("sampling", "precision")
        or options.probability is not None
        or (options.cluster_weighted)
    )


def row_weights(trial: Trial, options: Options) -> FloatArray:
    """(n,): what each outcome counts for in its arm's mean, without covariates; the arms add to 1 each.

    With f what a row counts for in the fit, F its sum over the rows of the arm (in the block or pair b) and s_b the
    block's share of the target, the weight is s_b·f/F_b; under "additive" s_b is F₁b·F₀b/(F₁b + F₀b) over their sum.
    """
    weighting = weighting_of(trial, options)
    fit = np.ones(len(trial.outcome)) if weighting.fit is None else weighting.fit
    groups = trial.block if trial.pair is None else trial.pair
    if groups is None:
        place, shares = np.zeros(len(fit), np.intp), np.ones(1)
    else:
        place = np.unique(groups, return_inverse=True)[1]
        shares = _shares(place, weighting)
    sums = np.array([np.bincount(place[arm], fit[arm], len(shares)) for arm in trial.arms])
    if options.adjustment == "additive":
        shares = sums[0] * sums[1] / (sums[0] + sums[1])
        shares = shares / np.sum(shares)
    return np.asarray(shares[place] * fit / np.where(trial.treated, sums[0][place], sums[1][place]))


def _shares(place: IntArray, weighting: Weighting) -> FloatArray:
    counted = np.ones(len(place)) if weighting.counted is None else weighting.counted
    sums = np.bincount(place, np.where(weighting.target, counted, 0.0))
    return np.asarray(sums / np.sum(sums))


def _manski(design: Design, estimate: Estimator, low: float, high: float) -> Diagnostic:
    """The estimate with the least favourable outcomes written in, and with the most favourable ones."""
    ends = [estimate(design.completed(*values), design.options) for values in ((low, high), (high, low))]
    told = not any(isinstance(effect.inference, Unavailable) for effect in ends)
    interval = None
    if told:
        limits = [effect.confidence_interval(LEVEL) for effect in ends]
        interval = limits[0].low, limits[1].high
    bounds = [
        Bound(
            treated=effect.treated_mean,
            control=effect.counterfactual_mean,
            std_error=effect.std_error if told else None,
        )
        for effect in ends
    ]
    return manski_of_design(
        design.outcome,
        design.everyone.treated,
        bounds,
        low=low,
        high=high,
        interval=interval,
        estimand=design.options.estimand,
        level=LEVEL,
    )


def no_place_reasons(*, block: bool, pairs: bool) -> tuple[Text, ...]:
    """Why there is no test where nobody without an outcome has a place in a design with blocks, or with pairs.

    They lack other values; or are, all or the others, in blocks or pairs without rows in both arms.
    """
    groups = [name for name, there in (("block", block), ("pairs", pairs)) if there]
    return (_NO_PLACE[_LACKING], *(_NO_PLACE[parts] for name in groups for parts in ((name,), (*_LACKING, name))))


def _why_without_place(design: Design) -> Text:
    options = design.options
    gone = np.flatnonzero(np.isnan(design.outcomes) & (design.known > 0)) + 1
    nothing = as_table(design.with_outcome(np.zeros(len(design.known))))
    whole = np.isin(gone, selected(nothing, (options.outcome.name,), options).rows)
    lacking = () if whole.all() else _LACKING
    alone = ("block" if options.pairs is None else "pairs",) if whole.any() else ()
    return _NO_PLACE[*lacking, *alone]


def _no_place(en: str, sv: str) -> Text:
    return Text(
        en=f"there is no test, since those without an outcome {en}",
        sv=f"det finns inget test, eftersom de som saknar utfall {sv}",
    )


_LACKING = ("values",)
_NO_PLACE = {
    ("values",): _no_place(
        "lack other values that the design rests on", "också saknar andra värden som uppläggningen vilar på"
    ),
    ("block",): _no_place("are in blocks without rows in both arms", "finns i block utan rader i båda grupperna"),
    ("pairs",): _no_place("are in pairs without rows in both arms", "finns i par utan rader i båda grupperna"),
    ("values", "block"): _no_place(
        "lack other values that the design rests on, or are in blocks without rows in both arms",
        "också saknar andra värden som uppläggningen vilar på, eller finns i block utan rader i båda grupperna",
    ),
    ("values", "pairs"): _no_place(
        "lack other values that the design rests on, or are in pairs without rows in both arms",
        "också saknar andra värden som uppläggningen vilar på, eller finns i par utan rader i båda grupperna",
    ),
}
_NO_LEE = Text(
    en="There are no trimming bounds (Lee) of a rate: it is a ratio of sums, and leaving out those with the largest or "
    "smallest outcomes would change the exposure that it is over.",
    sv="Det finns inga beskärningsgränser (Lee) för en kvot av summor: att utesluta dem med störst eller minst utfall "
    "skulle ändra exponeringen som kvoten beräknas på.",
)
