"""The numbers of each check that a contract can have a limit for, by the check's name.

Not among them are what is the same whatever the data are, such as a level, and what is a word. A test holds this
against every check that the methods give.
"""

from __future__ import annotations

from collections.abc import Mapping

from effekt.diagnostics.inference_choice import WAYS

_LOST = "n_missing n_missing_treated n_missing_control n_treated n_control"
_BOUNDS = (
    "lower upper relative_lower relative_upper std_error_lower std_error_upper conf_low conf_high n_treated n_control "
    "n_seen_treated n_seen_control share_seen_treated share_seen_control"
)
_WEIGHED = "n_treated n_controls effective_treated effective_controls"
_WINDOWS = "n_windows declared min_relative max_relative n_reaching"
_CORRECTED = "n_placebos slope reference_level mean_reference_level expected"

NUMBERS: Mapping[str, tuple[str, ...]] = {
    name: tuple(numbers.split())
    for name, numbers in {
        "adjustment_readings": "relative_ratio relative_difference relative_none relative_corrected",
        "bacon_decomposition": "estimate std_error n_clusters weight_never weight_later weight_earlier weight_always",
        "baseline_choice": f"{_WINDOWS} n_larger_reduction n_larger_increase",
        "complier_bounds": "lee_lower lee_upper lee_share_lower lee_share_upper manski_lower manski_upper "
        "manski_share_lower manski_share_upper",
        "composition_change": "n_strata n_without_weight n_without_line moved_treated moved_comparator outside_treated "
        "relative_crude relative_standardized relative_weighting change_treated change_comparator rates_treated "
        "rates_comparator composition_treated composition_comparator",
        "composition_drift": "largest_drift n_drifting",
        "covariate_balance": "largest_smd_before largest_smd_after n_imbalanced n_unequal_variance "
        "effective_treated_before effective_treated_after effective_controls_before effective_controls_after",
        "differential_attrition": f"{_LOST} share_missing share_missing_treated share_missing_control difference "
        "p_value",
        "donor_weights": "n_donors n_positive effective_donors max_weight",
        "e_value": "e_value e_value_interval estimate conf_low conf_high risk_ratio threshold_risk_ratio",
        "excluded_periods": "excluded_periods relative_excluding relative_nothing_excluded",
        "first_stage": "compliers always_takers never_takers effective_f",
        "heaping": "count neighbours ratio p_value reference_count reference_ratio",
        "honest_did": "estimate low high breakdown",
        "inference_choice": " ".join((*(f"p_{way}" for way in WAYS), "n_rejecting n_not_rejecting n_cannot_reject")),
        "leave_one_out": "effect min_effect max_effect",
        "lee_bounds": f"{_BOUNDS} trimmed_share",
        "level_break": "break break_relative n_placebos p_value smallest_p relative relative_one_side n_without_line "
        "n_without_strata",
        "level_correction": f"{_CORRECTED} relative_uncorrected relative_corrected",
        "manski_bounds": f"{_BOUNDS} low high",
        "marginal_sensitivity": "lambda_limit lambda_limit_interval estimate",
        "matched_sample": "treated controls dropped discarded matched unmatched controls_used pairs sets short "
        "by_order caliper_width",
        "missing_receipt": "n_missing_treated n_treated n_missing_control n_control p_value",
        "oster_delta": "delta estimate r2 short_estimate short_r2 adjusted_estimate",
        "overdispersion": "dispersion chi_square df p_value",
        "own_unit": "share_reference share_evaluation relative_kept relative_removed",
        "placebo_distribution": "n_placebos smallest_p sd_difference sd_relative sd_log min_relative max_relative "
        "reference_correlation share_reaching normal_probability",
        "placebo_in_time": f"{_WINDOWS} n_as_large",
        "prediction_interval": "low high counterfactual treated",
        "pretrend": "n_periods statistic df_numerator df_denominator p_value smallest_margin margin "
        "equivalence_p_value slope_50 slope_80",
        "pretrends": "n_effects wald df_denominator p_value",
        "propensity_overlap": f"n_units {_WEIGHED} effective_others share_outside share_without_close share_near "
        "share_extreme effective_per_unit effective_per_treated effective_per_control",
        "regression_to_mean": f"{_CORRECTED} correlation p_value p_value_given_level corrected relative "
        "relative_expected relative_corrected false_payment false_payment_given_level",
        "rmspe_ratio": "p_value ratio",
        "robustness_value": "robustness_value robustness_value_interval partial_r2 t_value estimate std_error df",
        "romano_wolf": "n_figures n_rejected n_draws",
        "rosenbaum_bounds": "gamma_limit p_value statistic rank_sum n_pairs n_sets n_zero n_alike",
        "set_overlap": f"n_units {_WEIGHED} effective_others share_alone effective_per_unit effective_per_treated "
        "effective_per_control",
        "spill_over": "part_with_programme effect_found effect_corrected bias relative relative_corrected",
        "substitution": "effect_paying effect_other effect_elsewhere offset relative relative_elsewhere n_placebos "
        "p_value",
        "synthetic_fit": "rmspe_before rmspe_after sd_before zeta",
        "tie_orders": "min max count",
        "time_weights": "n_periods n_positive",
        "trend_readings": "relative_mean_of_ratios relative_ratio_of_means relative_mean_of_period_ratios",
        "triple_difference": "difference_eligible difference_others",
        "weight_spread": f"{_WEIGHED} max_share_treated max_share_controls",
    }.items()
}
