"""Checks of a design, one file for each topic; every one returns a `Diagnostic`.

They take arrays; those of `effect_sets` take an `EffectSet`, and `ledger_from_table` a table.
"""

from effekt.diagnostics.attrition import attrition_checks, differential_attrition
from effekt.diagnostics.bacon import bacon_decomposition
from effekt.diagnostics.balance import covariate_balance
from effekt.diagnostics.bands import uniform_bands
from effekt.diagnostics.complier_bounds import complier_bounds
from effekt.diagnostics.composition import composition_change
from effekt.diagnostics.composition_drift import composition_drift
from effekt.diagnostics.effect_sets import adjusted_p_values, interaction_test
from effekt.diagnostics.event_times import event_arrays, pretrend_test
from effekt.diagnostics.first_stage import first_stage
from effekt.diagnostics.forecast import forecast
from effekt.diagnostics.heaping import heaping
from effekt.diagnostics.heterogeneity import study_heterogeneity
from effekt.diagnostics.hidden_bias import e_value, oster_delta, robustness_value
from effekt.diagnostics.honest_did import honest_did
from effekt.diagnostics.inference_choice import inference_choice
from effekt.diagnostics.ledger import unit_ledger
from effekt.diagnostics.ledger_table import ledger_from_table
from effekt.diagnostics.lee import lee_bounds
from effekt.diagnostics.level_break import level_break
from effekt.diagnostics.manski import manski_bounds
from effekt.diagnostics.multiplicity import holm, romano_wolf
from effekt.diagnostics.other_windows import baseline_choice, placebo_in_time
from effekt.diagnostics.overdispersion import overdispersion
from effekt.diagnostics.overlap import propensity_overlap, set_overlap
from effekt.diagnostics.placebo import placebo_distribution
from effekt.diagnostics.power import (
    BlockClusteredDesign,
    BlockedDesign,
    ClusteredDesign,
    ComplierDesign,
    IndividualDesign,
    KnownPrecision,
    PairedDesign,
    PanelDesign,
    PlaceboDesign,
    ProbabilityDesign,
    RatesDesign,
    SharesDesign,
    minimum_detectable_effect,
)
from effekt.diagnostics.pretrends import pretrends
from effekt.diagnostics.regression_to_mean import regression_to_mean
from effekt.diagnostics.rosenbaum import rosenbaum_bounds
from effekt.diagnostics.rosenbaum_sets import rosenbaum_set_bounds
from effekt.diagnostics.spill_over import spill_over
from effekt.diagnostics.substitution import substitution
from effekt.diagnostics.weights import weight_spread

__all__ = [
    "BlockClusteredDesign",
    "BlockedDesign",
    "ClusteredDesign",
    "ComplierDesign",
    "IndividualDesign",
    "KnownPrecision",
    "PairedDesign",
    "PanelDesign",
    "PlaceboDesign",
    "ProbabilityDesign",
    "RatesDesign",
    "SharesDesign",
    "adjusted_p_values",
    "attrition_checks",
    "bacon_decomposition",
    "baseline_choice",
    "complier_bounds",
    "composition_change",
    "composition_drift",
    "covariate_balance",
    "differential_attrition",
    "e_value",
    "event_arrays",
    "first_stage",
    "forecast",
    "heaping",
    "holm",
    "honest_did",
    "inference_choice",
    "interaction_test",
    "ledger_from_table",
    "lee_bounds",
    "level_break",
    "manski_bounds",
    "minimum_detectable_effect",
    "oster_delta",
    "overdispersion",
    "placebo_distribution",
    "placebo_in_time",
    "pretrend_test",
    "pretrends",
    "propensity_overlap",
    "regression_to_mean",
    "robustness_value",
    "romano_wolf",
    "rosenbaum_bounds",
    "rosenbaum_set_bounds",
    "set_overlap",
    "spill_over",
    "study_heterogeneity",
    "substitution",
    "uniform_bands",
    "unit_ledger",
    "weight_spread",
]
