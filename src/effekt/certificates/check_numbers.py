"""What the numbers of a check count: units, unless it is declared here that they count none.

A check, or a value or column of one, that is not here counts units wherever it is whole: so nothing new can stand in
clear for want of a line here. It is said by name, since a file tells no count from another number that is whole.
"""

from __future__ import annotations

from collections.abc import Mapping

from effekt.result import Diagnostic

PLACEBOS = "n_placebos"  # anyone counts them in the list of their errors, which p is computed from
_ENDS = ("low", "high", "conf_low", "conf_high")
_EFFECT = ("estimate", "std_error")
_BALANCE = tuple(
    f"{name}_{when}"
    for name in (
        *("treated_mean", "control_mean", "smd", "variance_ratio", "ecdf_mean", "ecdf_max", "overlap"),
        *("largest_smd", "effective_treated", "effective_controls"),
    )
    for when in ("before", "after")
)
_BOUNDED = (
    *("lower", "upper", "std_error_lower", "std_error_upper", "relative_lower", "relative_upper", *_ENDS),
    *("level", "threshold", "trimmed_arm", "trimmed_share", "share_seen_treated", "share_seen_control"),
    *("bound", "treated_mean", "control_mean", "effect", "std_error"),
)
_OVERLAP = tuple(f"effective_{name}" for name in ("treated", "controls", "others")) + tuple(
    f"effective_per_{name}" for name in ("treated", "control", "unit")
)

NOT_OF_UNITS: Mapping[str, tuple[str, ...]] = {
    "composition_change": ("n_strata", "n_without_weight", "n_without_line"),  # strata, and readings
    "covariate_balance": ("n_imbalanced", "n_unequal_variance"),  # covariates
    "donor_weights": ("n_positive",),  # anyone counts them in the table of the weights
    "heaping": ("at", "days"),  # lengths of a spell
    "holm": ("n_figures", "n_rejected"),
    "interaction": ("n_effects", "df_numerator"),
    "level_break": (PLACEBOS, "n_without_line", "n_without_strata"),
    "level_correction": (PLACEBOS,),
    "own_unit": ("n_without_line",),  # readings
    "placebo_distribution": (PLACEBOS,),
    "regression_to_mean": (PLACEBOS,),
    "study_heterogeneity": ("studies",),
    "substitution": (PLACEBOS,),
    "tie_orders": ("count",),  # orders that were tried
    "uniform_bands": ("n_draws", "n_without"),  # effects without a band
}
"""Of a check, what is whole and counts no units."""

OF_NO_UNITS = (
    "adjustment_readings",
    "baseline_choice",
    "composition_drift",
    "excluded_periods",
    "first_stage",
    "honest_did",
    "inference_choice",
    "placebo_in_time",
    "prediction_interval",
    "pretrend",
    "pretrends",
    "romano_wolf",
    "time_weights",
    "trend_readings",
)
"""Checks that count nothing, or windows, periods, covariates or ways of inference."""

MEASURES: Mapping[str, tuple[str, ...]] = {
    "agreed_limit": ("check", "number", "value", "min", "max", "verdict"),  # `value` is hidden where its check hides it
    "bacon_decomposition": (
        *(*_EFFECT, "weight_never", "weight_later", "weight_earlier", "weight_always"),
        *("treated", "control", "kind", "weight"),  # cohorts
    ),
    "complier_bounds": (
        *(f"{kind}_{end}" for kind in ("lee", "manski") for end in ("lower", "upper", "share_lower", "share_upper")),
        *("threshold", "kind", "bound", "assigned", "share", "compliers"),
    ),
    "composition_change": (
        *("moved_treated", "moved_comparator", "outside_treated"),
        *("relative_crude", "relative_standardized", "relative_weighting"),
        *(f"{part}_{who}" for part in ("change", "rates", "composition") for who in ("treated", "comparator")),
        *("stratum", "share_standard"),
        *(f"share_{who}_{at}" for who in ("treated", "comparator") for at in ("reference", "evaluation")),
    ),
    "covariate_balance": (
        *("threshold", "threshold_source", "variance_ratio_low", "variance_ratio_high", "variance_ratio_source"),
        *("covariate", "denominator", "treated_sd", "denominator_sd", *_BALANCE),
    ),
    "differential_attrition": (
        *("share_missing", "share_missing_treated", "share_missing_control", "difference", "test", "p_value", "level"),
    ),
    "donor_weights": ("effective_donors", "max_weight", "unit", "weight"),
    "e_value": (
        *("e_value", "e_value_interval", "estimate", "conf_low", "conf_high", "threshold", "scale"),
        *("risk_ratio", "threshold_risk_ratio"),
    ),
    "heaping": ("neighbours", "ratio", "p_value", "reference_ratio"),
    "holm": ("level", "method", "figure", "p_value", "p_adjusted"),
    "interaction": ("statistic", "df_denominator", "p_value", "level", "effect", "estimate"),
    "leave_one_out": ("effect", "min_effect", "max_effect", "unit"),
    "lee_bounds": _BOUNDED,
    "level_break": (
        *("break_at", "break_window", "break", "p_value", "smallest_p"),
        *("relative", "relative_one_side", "break_relative"),
    ),
    "level_correction": (
        *("slope", "reference_level", "mean_reference_level", "expected"),
        *("relative_uncorrected", "relative_corrected"),
    ),
    "manski_bounds": _BOUNDED,
    "marginal_sensitivity": (
        *("lambda_limit", "lambda_limit_interval", "estimate", "threshold", "threshold_view", "level"),
        *("lambda", "estimate_low", "estimate_high", "conf_low", "conf_high"),
    ),
    "matched_sample": ("caliper_width", "units_digest"),
    "minimum_n": ("rows", "units", "treated", "control", "clusters"),  # each "enough" or "fewer"
    "missing_receipt": ("p_value",),
    "missing_share": ("rows",),  # "within" or "more"
    "oster_delta": (
        *("delta", "threshold", "threshold_view", "r2_max", "estimate", "r2", "short_estimate", "short_r2"),
        *("assumed_delta", "adjusted_estimate", "solution"),
    ),
    "overdispersion": ("dispersion", "chi_square", "df", "p_value"),
    "own_unit": ("own_unit", "share_reference", "share_evaluation", "relative_kept", "relative_removed"),
    "payment_quantity": ("figure", "verdict"),
    "placebo_distribution": (
        *("smallest_p", "sd_difference", "sd_relative", "min_relative", "max_relative", "reference_correlation"),
        *("sd_log", "share_reaching", "normal_probability"),
        *(
            f"{name}_{half}_reference"
            for name in ("share_reaching", "mean_relative", "false_payment")
            for half in ("high", "low")
        ),
        *("unit", "reference", "treated", "counterfactual", "relative", "effect"),
    ),
    "propensity_overlap": (
        *("share_outside", "share_without_close", "close", "share_near", "share_extreme", *_OVERLAP),
    ),
    "regression_to_mean": (
        *("correlation", "slope", "reference_level", "mean_reference_level", "expected", "corrected"),
        *("p_value", "p_value_given_level", "relative", "relative_expected", "relative_corrected"),
        *("false_payment", "false_payment_given_level"),
    ),
    "rmspe_ratio": ("p_value", "exact_p_value", "ratio", "unit", "effect", "rmspe_before", "rmspe_after"),
    "robustness_value": (
        *("robustness_value", "robustness_value_interval", "partial_r2", "t_value", *_EFFECT, "df"),
        *("threshold", "threshold_view", "level", "benchmark", "times", "r2_treatment", "r2_outcome"),
        *("conf_low", "conf_high"),
    ),
    "rosenbaum_bounds": (
        *("gamma_limit", "p_value", "statistic", "rank_sum", "threshold", "threshold_view", "alternative", "level"),
        *("distribution", "gamma", "p_lower", "p_upper", "estimate_low", "estimate_high"),
    ),
    "set_overlap": ("share_alone", *_OVERLAP),
    "spill_over": (
        *("part_with_programme", "effect_found", "effect_corrected", "bias", "relative", "relative_corrected"),
    ),
    "study_heterogeneity": (
        *("q", "p_value", "i_squared", "tau", "prediction_low", "prediction_high"),
        *("study", *_EFFECT, "weight"),
    ),
    "substitution": (
        *("other_outcome", "effect_paying", "effect_other", "effect_elsewhere", "offset"),
        *("relative", "relative_elsewhere", "p_value"),
    ),
    "synthetic_fit": ("rmspe_before", "rmspe_after", "sd_before", "zeta", "period", "treated", "counterfactual"),
    "tie_orders": tuple(f"{end}{of}" for end in ("min", "max") for of in ("", "_conf_low", "_conf_high")),
    "triple_difference": ("difference_eligible", "difference_others"),
    "uniform_bands": ("critical", "pointwise", "level", "reference", "effect", *_EFFECT, "low", "high"),
    "unit_ledger": ("step", "arm", "kind", "reason"),
    "weight_spread": ("effective_treated", "effective_controls", "max_share_treated", "max_share_controls"),
}
"""Of a check, its texts and what is measured: whole by chance at most, and often as a file has it."""


def is_count(check: Diagnostic, name: str) -> bool:
    """Whether a value or a column of a check counts units, rows or clusters, by its name.

    Parameters
    ----------
    check : Diagnostic
    name : str

    Returns
    -------
    bool
        The same of a result that is read from a file, where a number that is whole has lost its decimals. True of
        what is not declared here.
    """
    return counts_units(check.name, name)


def counts_units(check: str, name: str) -> bool:
    """Whether a value or a column that the check of some name has under another counts units, rows or clusters.

    Parameters
    ----------
    check, name : str

    Returns
    -------
    bool
    """
    return of_units(check, name) and name not in MEASURES.get(check, ())


def of_units(check: str, name: str) -> bool:
    """Whether what a check has under a name is of units, rows or clusters, if it is a count or gives one.

    Parameters
    ----------
    check : str
        Its name.
    name : str
        Of a value or a column.

    Returns
    -------
    bool
    """
    return check not in OF_NO_UNITS and name not in NOT_OF_UNITS.get(check, ())
