"""How alike the compared groups are, in a report: what the checks of matching and weighting are called, and balance."""

from __future__ import annotations

from effekt._text import Text
from effekt.reports.document import Column, Table, same
from effekt.reports.wording import NONE, number
from effekt.result import Diagnostic

CHECKS = {
    "covariate_balance": Text(en="Balance of the covariates", sv="Balans i kovariaterna"),
    "propensity_overlap": Text(en="Overlap of the groups", sv="Gruppernas överlappning"),
    "set_overlap": Text(en="Overlap of the groups", sv="Gruppernas överlappning"),
    "weight_spread": Text(en="Spread of the weights", sv="Vikternas spridning"),
    "matched_sample": Text(en="Who is compared", sv="Vilka som jämförs"),
    "tie_orders": Text(en="Other ways to break ties", sv="Andra sätt att välja bland lika nära"),
}
_SHARES = {
    "share_outside": Text(en="Outside the other group's range", sv="Utanför den andra gruppens spann"),
    "share_without_close": Text(en="Without anybody close", sv="Utan någon i närheten"),
    "share_near": Text(en="Of the other group, close to somebody", sv="I den andra gruppen, nära någon"),
    "share_extreme": Text(
        en="With a probability of treatment beyond 0.1 or 0.9",
        sv="Med en sannolikhet att behandlas bortom 0,1 eller 0,9",
    ),
    "share_alone": Text(en="In no set with the other group", sv="I ingen grupp med den andra armen"),
    "max_share_treated": Text(en="Largest weight of one treated unit", sv="Största vikt för en behandlad enhet"),
    "max_share_controls": Text(en="Largest weight of one control", sv="Största vikt för en kontroll"),
}
_NUMBERS = {
    "threshold": Text(en="Difference from which effekt warns", sv="Skillnad som ger varning"),
    "threshold_source": Text(en="Source of that limit", sv="Källa till den gränsen"),
    "largest_smd_before": Text(
        en="Largest standardised difference, before", sv="Största standardiserade skillnad, före"
    ),
    "largest_smd_after": Text(
        en="Largest standardised difference, after", sv="Största standardiserade skillnad, efter"
    ),
    "n_imbalanced": Text(en="Covariates above the limit", sv="Kovariater över gränsen"),
    "variance_ratio_low": Text(en="Smallest usual ratio of variances", sv="Minsta vanliga varianskvot"),
    "variance_ratio_high": Text(en="Largest usual ratio of variances", sv="Största vanliga varianskvot"),
    "variance_ratio_source": Text(en="Source of these", sv="Källa till dessa"),
    "n_unequal_variance": Text(en="Covariates outside these", sv="Kovariater utanför dessa"),
    "effective_treated_before": Text(en="Effective treated units, before", sv="Effektiva behandlade enheter, före"),
    "effective_treated_after": Text(en="Effective treated units, after", sv="Effektiva behandlade enheter, efter"),
    "effective_controls_before": Text(en="Effective controls, before", sv="Effektiva kontroller, före"),
    "effective_controls_after": Text(en="Effective controls, after", sv="Effektiva kontroller, efter"),
    "n_treated": Text(en="Treated units", sv="Behandlade enheter"),
    "n_controls": Text(en="Controls", sv="Kontroller"),
    "n_units": Text(en="Units", sv="Enheter"),
    "close": Text(en="What is close, on the logit", sv="Vad som är nära, på logiten"),
    "effective_treated": Text(en="Effective treated units", sv="Effektiva behandlade enheter"),
    "effective_controls": Text(en="Effective controls", sv="Effektiva kontroller"),
    "effective_others": Text(en="Effective units of the smaller group", sv="Effektiva enheter i den mindre gruppen"),
    "effective_per_treated": Text(en="For each compared treated unit", sv="För varje jämförd behandlad enhet"),
    "effective_per_control": Text(en="For each compared control", sv="För varje jämförd kontroll"),
    "effective_per_unit": Text(
        en="For each compared unit of the other group", sv="För varje jämförd enhet i den andra gruppen"
    ),
    "treated": Text(en="Treated units, all", sv="Behandlade enheter, alla"),
    "controls": Text(en="Controls, all", sv="Kontroller, alla"),
    "dropped": Text(en="Rows without a value", sv="Rader utan värde"),
    "discarded": Text(en="Outside the common support", sv="Utanför gemensamt stöd"),
    "matched": Text(en="Treated units compared", sv="Behandlade enheter som jämförs"),
    "unmatched": Text(en="Treated units left out", sv="Behandlade enheter som lämnats utanför"),
    "controls_used": Text(en="Controls compared", sv="Kontroller som jämförs"),
    "pairs": Text(en="Pairs", sv="Par"),
    "sets": Text(en="Sets", sv="Matchade grupper"),
    "short": Text(en="With fewer controls than asked for", sv="Med färre kontroller än begärt"),
    "by_order": Text(en="Pairs decided by the keyed order", sv="Par som nyckelordningen avgjorde"),
    "caliper_width": Text(en="Caliper on the logit", sv="Kaliper på logiten"),
    "units_digest": Text(en="Digest of the match (SHA-256)", sv="Kontrollsumma för matchningen (SHA-256)"),
    "min": Text(en="Smallest effect", sv="Minsta effekt"),
    "max": Text(en="Largest effect", sv="Största effekt"),
    "count": Text(en="Other orders tried", sv="Andra ordningar som prövats"),
}
VALUES = {name: (text, True) for name, text in _SHARES.items()} | {
    name: (text, False) for name, text in _NUMBERS.items()
}
"""What the checks' values are called, and whether they are shares to be written in per cent."""

_COLUMNS = {
    "treated_mean_after": Text(en="Mean, treated", sv="Medel, behandlade"),
    "control_mean_after": Text(en="Mean, controls", sv="Medel, kontroller"),
    "smd_before": Text(en="Difference before, SD", sv="Skillnad före, SD"),
    "smd_after": Text(en="Difference after, SD", sv="Skillnad efter, SD"),
    "variance_ratio_after": Text(en="Ratio of variances after", sv="Varianskvot efter"),
    "ecdf_max_after": Text(en="Distance of distributions after", sv="Fördelningarnas avstånd efter"),
}


def balance_table(check: Diagnostic) -> Table:
    """Each covariate's means and differences, before and after matching or weighting."""
    rows = []
    for place, name in enumerate(check.table["covariate"]):
        cells = [check.table[column][place] for column in _COLUMNS]
        rows.append((same(str(name)), *(number(cell, 3) if isinstance(cell, float) else NONE for cell in cells)))
    return Table(
        caption=Text(
            en="Balance of each covariate; means are those after matching or weighting",
            sv="Balans i varje kovariat; medelvärden är de efter matchning eller viktning",
        ),
        columns=(
            Column(label=Text(en="Covariate", sv="Kovariat")),
            *(Column(label=label, kind="number") for label in _COLUMNS.values()),
        ),
        rows=tuple(rows),
    )
