"""The values and columns that each check which a method gives by itself always has, as the code that makes it writes.

A test holds this against every check that the methods give: what all of them have must stand here.
"""

from __future__ import annotations

from collections.abc import Mapping

from effekt.result import Diagnostic, EffectEstimate, EffectSet, OutcomeMeasure

Result = EffectEstimate | EffectSet | OutcomeMeasure

_BOUNDS = (
    "n_treated n_control n_seen_treated n_seen_control share_seen_treated share_seen_control lower upper "
    "relative_lower? relative_upper? std_error_lower? std_error_upper? conf_low? conf_high? level threshold"
)
_ENDS = "bound effect treated_mean control_mean std_error"
VALUES: Mapping[str, str] = {
    "adjustment_readings": "paying",
    "complier_bounds": "threshold lee_lower? lee_upper? lee_share_lower? lee_share_upper? manski_lower? manski_upper? "
    "manski_share_lower? manski_share_upper?",
    "composition_change": "n_strata n_without_weight moved_treated? moved_comparator? outside_treated relative_crude? "
    "relative_standardized? relative_weighting? change_treated? change_comparator? composition_treated? "
    "composition_comparator? rates_treated? rates_comparator?",
    "composition_drift": "threshold threshold_source largest_drift? n_drifting",
    "covariate_balance": "threshold threshold_source largest_smd_before? largest_smd_after? n_imbalanced "
    "variance_ratio_low variance_ratio_high variance_ratio_source n_unequal_variance effective_treated_before "
    "effective_treated_after effective_controls_before effective_controls_after",
    "differential_attrition": "n_missing n_missing_treated n_missing_control n_treated n_control share_missing "
    "share_missing_treated share_missing_control difference test? p_value? level",
    "donor_weights": "n_donors n_positive effective_donors max_weight",
    "excluded_periods": "excluded_periods relative_excluding? relative_nothing_excluded?",
    "first_stage": "compliers always_takers never_takers effective_f? rule_of_thumb",
    "lee_bounds": f"{_BOUNDS} trimmed_arm trimmed_share",
    "leave_one_out": "effect min_effect max_effect",
    "level_correction": "n_placebos slope reference_level mean_reference_level expected relative_uncorrected? "
    "relative_corrected?",
    "manski_bounds": f"{_BOUNDS} low high",
    "matched_sample": "treated controls dropped discarded matched unmatched controls_used",
    "missing_receipt": "n_missing_treated n_treated n_missing_control n_control",
    "overdispersion": "dispersion? chi_square? df? p_value?",
    "own_unit": "own_unit share_reference? share_evaluation? relative_kept? relative_removed?",
    "placebo_distribution": "n_placebos sd_difference?",
    "prediction_interval": "level low high counterfactual treated",
    "pretrend": "n_periods statistic? df_numerator df_denominator? p_value? level slope_50? slope_80? smallest_margin?",
    "pretrends": "n_effects wald df_denominator? p_value level",
    "propensity_overlap": "share_outside share_without_close close",
    "rmspe_ratio": "p_value exact_p_value ratio?",
    "romano_wolf": "n_figures n_rejected level method",
    "set_overlap": "share_alone",
    "synthetic_fit": "rmspe_before rmspe_after sd_before zeta?",
    "tie_orders": "min max count",
    "time_weights": "n_periods n_positive",
    "trend_readings": "relative_ratio_of_means?",
    "triple_difference": "difference_eligible difference_others",
    "weight_spread": "n_treated n_controls effective_treated effective_controls max_share_treated max_share_controls",
}
"""By check, the values that it always has; after one that the data can leave without a number stands "?"."""
COLUMNS: Mapping[str, str] = {
    "complier_bounds": "kind bound compliers assigned share",
    "composition_change": "stratum share_standard",
    "composition_drift": "covariate treated_mean_before treated_mean_after control_mean_before control_mean_after sd "
    "drift",
    "covariate_balance": "covariate denominator denominator_sd treated_sd treated_mean_before treated_mean_after "
    "control_mean_before control_mean_after smd_before smd_after variance_ratio_before variance_ratio_after "
    "ecdf_mean_before ecdf_mean_after ecdf_max_before ecdf_max_after overlap_before overlap_after",
    "donor_weights": "unit weight",
    "lee_bounds": _ENDS,
    "leave_one_out": "unit effect",
    "manski_bounds": _ENDS,
    "placebo_distribution": "reference treated counterfactual",
    "pretrend": "time estimate std_error upper_bound",
    "pretrends": "effect estimate std_error",
    "rmspe_ratio": "unit effect rmspe_before rmspe_after",
    "romano_wolf": "figure statistic p_value p_adjusted",
    "synthetic_fit": "period treated counterfactual",
    "time_weights": "period weight",
}
"""By check, the columns that its table always has."""
NOTHING = ("composition_change", "pretrend", "pretrends")
"""The checks that data can leave with a sentence alone, which says why; bounds of Lee have none of a ratio of sums."""
UNTESTED = "n_periods level smallest_margin"
"""The values of `pretrend` where the clusters are too few to test so many periods together."""
_OF_PAIRS = "pairs sets short by_order caliper_width? units_digest"
_OF_WHOM = {
    "ATT": ("n_treated", "effective_controls", "effective_per_treated"),
    "ATC": ("n_controls", "effective_treated", "effective_per_control"),
}
_OF_ALL = ("n_units", "effective_others", "effective_per_unit")


def always(check: Diagnostic, result: Result, *, by_pairs: bool) -> dict[str, bool]:
    """The values that a check of a result always has, each with whether it always has a number or text.

    Parameters
    ----------
    check : Diagnostic
    result : EffectEstimate, EffectSet or OutcomeMeasure
        That has the check.
    by_pairs : bool
        Whether the match that it tells of pairs, and does not weigh.

    Returns
    -------
    dict of str to bool
        Empty where the check has a sentence alone, and can.
    """
    if _has_nothing(check, result):
        return {}
    own = UNTESTED if _is_untested(check) else VALUES.get(check.name, "")
    names = [*own.split(), *_of_call(check.name, result)]
    names += _OF_PAIRS.split() if check.name == "matched_sample" and by_pairs else []
    return {name.rstrip("?"): not name.endswith("?") for name in names}


def columns(check: Diagnostic, result: Result) -> list[str]:
    """The columns that the table of a check of a result always has.

    Parameters
    ----------
    check : Diagnostic
    result : EffectEstimate, EffectSet or OutcomeMeasure

    Returns
    -------
    list of str
    """
    return [] if _has_nothing(check, result) else COLUMNS.get(check.name, "").split()


def _has_nothing(check: Diagnostic, result: Result) -> bool:
    of_sums = check.name == "lee_bounds" and _one(result).arguments.get("exposure") is not None
    can = of_sums or check.name in NOTHING
    return can and check.status == "information" and not check.values and not check.table


def _is_untested(check: Diagnostic) -> bool:
    return check.name == "pretrend" and check.status == "information" and "statistic" not in check.values


def _one(result: Result) -> EffectEstimate | OutcomeMeasure:
    return result.effects[0] if isinstance(result, EffectSet) else result


def _of_call(name: str, result: Result) -> tuple[str, ...]:
    """Values whose names say for whom the effect is, or the trend."""
    if name not in ("propensity_overlap", "set_overlap", "trend_readings"):
        return ()
    one = _one(result)
    if name == "trend_readings":
        return (f"relative_{one.arguments.get('trend')}?",)
    match = one.arguments.get("match")
    estimand = match.get("estimand", "ATT") if isinstance(match, Mapping) else one.arguments.get("estimand", "ATE")
    whom = _OF_WHOM.get(str(estimand), _OF_ALL)
    near = "share_near" if estimand in _OF_WHOM else "share_near?"
    extreme = "share_extreme?" if estimand == "ATO" else "share_extreme"
    return (*whom, near, extreme) if name == "propensity_overlap" else whom
