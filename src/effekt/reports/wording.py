"""Numbers, amounts and words of closed lists as each language writes them, for the sentences of a report."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from decimal import Decimal
from fractions import Fraction

from effekt._text import Language, Text, format_number, format_percent, significant, with_capital
from effekt._validation import join_words
from effekt.contracts import format_money
from effekt.contracts.figures import EstimateFigure
from effekt.contracts.money import exact_text
from effekt.reports.document import same
from effekt.result import EffectEstimate

SIGNIFICANT = 4  # figures shown of a mean; payments never use them
MOST_DIGITS = 12
PERCENT_VIEWS = ("relative", "relative_improvement")

NONE = same("–")
YES, NO = Text(en="yes", sv="ja"), Text(en="no", sv="nej")

KINDS = {
    "final": Text(en="final", sv="slutligt"),
    "interim": Text(en="interim", sv="delintyg"),
    "nil": Text(en="nil", sv="nollintyg"),
}
STATES = {
    "payable": Text(en="payable", sv="att betala"),
    "zero_by_terms": Text(en="zero under the terms", sv="noll enligt villkoren"),
    "not_yet_determinable": Text(en="not yet determinable", sv="kan ännu inte fastställas"),
    "referred": Text(en="referred to the parties", sv="hänskjuts till parterna"),
    "void": Text(en="annulled", sv="återkallad"),
    "determined": Text(en="determined", sv="fastställd"),
}
ROLES = {
    "payer": Text(en="payer", sv="betalare"),
    "provider": Text(en="provider", sv="utförare"),
    "investor": Text(en="investor", sv="investerare"),
    "intermediary": Text(en="intermediary", sv="intermediär"),
    "evaluator": Text(en="evaluator", sv="utvärderare"),
    "verifier": Text(en="verifier", sv="verifierande part"),
    "guarantor": Text(en="guarantor", sv="garant"),
    "controller": Text(en="controller of personal data", sv="personuppgiftsansvarig"),
}
DIAGNOSTICS = {
    "placebo_distribution": Text(en="Placebo distribution", sv="Placebofördelning"),
    "prediction_interval": Text(en="What the outcome would have been", sv="Vad utfallet hade varit"),
    "first_stage": Text(en="How far the lot was followed", sv="Hur väl lottningen följdes"),
    "complier_bounds": Text(en="If those who are missing differ", sv="Om de som saknas skiljer sig"),
    "overdispersion": Text(en="Whether counts vary more than chance", sv="Om antalen varierar mer än slumpen"),
    "missing_receipt": Text(en="Whose receipt is not known", sv="Vilkas mottagna insats inte är känd"),
    "differential_attrition": Text(en="Whether more are missing in one group", sv="Om fler saknas i ena gruppen"),
    "lee_bounds": Text(en="Bounds with the larger group trimmed", sv="Gränser när den större gruppen trimmas"),
    "manski_bounds": Text(en="Bounds whatever the missing had", sv="Gränser oavsett vad de som saknas hade"),
    "pretrends": Text(en="Trends before the intervention", sv="Trender före insatsen"),
    "pretrend": Text(en="Trends before adoption", sv="Trender före införandet"),
    "bacon_decomposition": Text(
        en="What two-way fixed effects would compare", sv="Vad tvåvägs fixa effekter skulle jämföra"
    ),
    "honest_did": Text(en="If trends were not parallel", sv="Om trenderna inte var parallella"),
    "triple_difference": Text(en="The two differences of differences", sv="De två skillnaderna mellan skillnader"),
    "composition_drift": Text(en="Whether the people changed", sv="Om personerna ändrades"),
    "synthetic_fit": Text(en="Fit before the intervention", sv="Passning före insatsen"),
    "donor_weights": Text(en="Whom the counterfactual is made of", sv="Vilka det kontrafaktiska består av"),
    "time_weights": Text(en="Periods from which change is measured", sv="Perioder som förändringen mäts från"),
    "leave_one_out": Text(en="Without one donor at a time", sv="Utan en jämförelseenhet i taget"),
    "rmspe_ratio": Text(en="Gap after relative to gap before", sv="Avvikelse efter i förhållande till före"),
    "study_heterogeneity": Text(en="Whether the studies differ", sv="Om studierna skiljer sig"),
    "regression_to_mean": Text(en="What the reference level foretells", sv="Vad referensnivån förutsäger"),
    "baseline_choice": Text(en="Other reference windows", sv="Andra referensfönster"),
    "inference_choice": Text(en="What each inference would conclude", sv="Vad varje osäkerhetsberäkning skulle ge"),
    "placebo_in_time": Text(en="The same comparison in earlier years", sv="Samma jämförelse tidigare år"),
    "own_unit": Text(
        en="The treated units in the comparator's series", sv="De behandlade enheterna i jämförelseserien"
    ),
    "heaping": Text(en="Whether spells end on one day", sv="Om sjukperioder slutar på en viss dag"),
    "substitution": Text(en="Whether it moved to another outcome", sv="Om den flyttade till ett annat utfall"),
    "marginal_sensitivity": Text(en="Something unmeasured in the weights", sv="Något omätt i vikterna"),
    "rosenbaum_bounds": Text(en="Something unmeasured within the matched", sv="Något omätt inom det matchade"),
    "robustness_value": Text(
        en="How much something unmeasured must explain", sv="Hur mycket något omätt måste förklara"
    ),
    "oster_delta": Text(
        en="How much the unobserved must matter against the observed",
        sv="Hur mycket det oobserverade måste betyda mot det observerade",
    ),
    "e_value": Text(en="How strong something unmeasured must be", sv="Hur starkt något omätt måste vara"),
    "level_break": Text(en="A break at a declared date", sv="Ett brott vid ett angivet datum"),
    "spill_over": Text(en="The same programme in the comparator", sv="Samma insats i jämförelsen"),
    "composition_change": Text(en="Who was compared, then and now", sv="Vilka som jämfördes, då och nu"),
    "level_correction": Text(en="Corrected for the reference level", sv="Korrigerad för referensnivån"),
    "trend_readings": Text(en="Readings of the trend", sv="Läsningar av trenden"),
    "adjustment_readings": Text(en="Readings of the trend adjustment", sv="Läsningar av trendjusteringen"),
    "excluded_periods": Text(en="With nothing left out of the windows", sv="Med inget undantaget ur fönstren"),
    "romano_wolf": Text(en="Several effects tested at once", sv="Flera effekter prövade samtidigt"),
    "minimum_n": Text(en="Whether there are enough", sv="Om de är tillräckligt många"),
    "payment_quantity": Text(en="For whom it is paid", sv="För vilka det betalas"),
    "agreed_limit": Text(en="A limit of the contract", sv="En gräns i avtalet"),
    "unit_ledger": Text(en="Where everyone went", sv="Vart alla tog vägen"),
}
DIAGNOSTIC_VALUES: dict[str, tuple[Text, bool]] = {
    "difference_eligible": (Text(en="Among those who could be affected", sv="Bland dem som kunde påverkas"), False),
    "difference_others": (Text(en="Among those who could not", sv="Bland dem som inte kunde det"), False),
    "largest_drift": (Text(en="Largest drift of a covariate", sv="Största förskjutning av en kovariat"), False),
    "n_drifting": (Text(en="Covariates above the limit", sv="Kovariater över gränsen"), False),
    "n_placebos": (Text(en="Units without the intervention", sv="Enheter utan insatsen"), False),
    "sd_relative": (Text(en="Standard deviation, relative", sv="Standardavvikelse, relativt"), True),
    "sd_log": (Text(en="Standard deviation, log scale", sv="Standardavvikelse, log-skala"), False),
    "sd_difference": (Text(en="Standard deviation, outcome's unit", sv="Standardavvikelse, utfallets enhet"), False),
    "min_relative": (Text(en="Smallest relative effect found", sv="Minsta relativa effekt som fanns"), True),
    "max_relative": (Text(en="Largest relative effect found", sv="Största relativa effekt som fanns"), True),
    "reference_correlation": (
        Text(en="Correlation of reference level and reduction", sv="Korrelation mellan referensnivå och minskning"),
        False,
    ),
    "correlation": (
        Text(en="Correlation of reference level and reduction", sv="Korrelation mellan referensnivå och minskning"),
        False,
    ),
    "slope": (Text(en="Change by one unit of the level", sv="Förändring per enhet av nivån"), False),
    "reference_level": (Text(en="The unit's reference level", sv="Enhetens referensnivå"), False),
    "mean_reference_level": (
        Text(en="Mean level of units without the intervention", sv="Medelnivå utan insatsen"),
        False,
    ),
    "expected": (Text(en="Expected without an intervention", sv="Väntat utan insats"), False),
    "corrected": (Text(en="Beyond what is expected", sv="Utöver det väntade"), False),
    "p_value_given_level": (Text(en="p-value at the same level", sv="p-värde på samma nivå"), False),
    "relative": (Text(en="Relative change", sv="Relativ förändring"), True),
    "relative_expected": (Text(en="Expected relative change", sv="Väntad relativ förändring"), True),
    "relative_uncorrected": (Text(en="Relative change, uncorrected", sv="Relativ förändring, okorrigerad"), True),
    "relative_corrected": (Text(en="Relative change beyond it", sv="Relativ förändring utöver den"), True),
    "false_payment": (Text(en="Paid for nothing, whatever the level", sv="Betalt för inget, oavsett nivå"), True),
    "false_payment_given_level": (
        Text(en="Paid for nothing, chosen for the level", sv="Betalt för inget, vald för nivån"),
        True,
    ),
    "n_windows": (Text(en="Windows", sv="Fönster"), False),
    "declared": (Text(en="Relative change as declared", sv="Relativ förändring enligt avtalet"), True),
    "prediction_low": (Text(en="A further study, lowest", sv="Ytterligare en studie, lägst"), False),
    "prediction_high": (Text(en="A further study, highest", sv="Ytterligare en studie, högst"), False),
    "n_without_line": (Text(en="Without a line of placebos", sv="Utan en linje av placebo"), False),
    "n_without_strata": (Text(en="Without strata that can be compared", sv="Utan skikt som kan jämföras"), False),
    "n_without_change": (Text(en="Without a relative change", sv="Utan relativ förändring"), False),
    "n_larger_reduction": (Text(en="With a larger reduction", sv="Med större minskning"), False),
    "n_larger_increase": (Text(en="With a larger increase", sv="Med större ökning"), False),
    "n_reaching": (Text(en="That reach the threshold", sv="Som når tröskeln"), False),
    "n_as_large": (Text(en="With a change as large", sv="Med lika stor förändring"), False),
    "own_unit": (Text(en="The treated units are", sv="De behandlade enheterna är"), False),
    "share_reference": (Text(en="Their share in the reference", sv="Deras andel i referensen"), True),
    "share_evaluation": (Text(en="Their share in the evaluation", sv="Deras andel i utvärderingen"), True),
    "relative_kept": (Text(en="Relative change, kept", sv="Relativ förändring, kvar"), True),
    "relative_removed": (Text(en="Relative change, removed", sv="Relativ förändring, borttagna"), True),
    "other_outcome": (Text(en="The other outcome", sv="Det andra utfallet"), False),
    "effect_paying": (Text(en="Effect on the paying outcome", sv="Effekt på betalningsutfallet"), False),
    "effect_found": (Text(en="Effect", sv="Effekt"), False),
    "effect_other": (Text(en="Effect on the other outcome", sv="Effekt på det andra utfallet"), False),
    "effect_elsewhere": (Text(en="Change elsewhere", sv="Förändring på annat håll"), False),
    "offset": (Text(en="Share that comes back", sv="Andel som återkommer"), True),
    "relative_elsewhere": (
        Text(en="Change elsewhere, of the paying outcome", sv="Förändring på annat håll, av betalningsutfallet"),
        True,
    ),
    "break_at": (Text(en="From", sv="Från och med"), False),
    "break_window": (Text(en="In which window", sv="I vilket fönster"), False),
    "break": (Text(en="Break, on the placebos' scale", sv="Brott, på placebons skala"), False),
    "break_relative": (Text(en="Break, relative", sv="Brott, relativt"), True),
    "smallest_p": (Text(en="Smallest possible p-value", sv="Minsta möjliga p-värde"), False),
    "relative_one_side": (
        Text(en="Relative change with one instrument", sv="Relativ förändring med ett och samma mätsätt"),
        True,
    ),
    "part_with_programme": (Text(en="Share with the programme", sv="Andel med insatsen"), True),
    "effect_corrected": (Text(en="Effect, corrected", sv="Effekt, korrigerad"), False),
    "bias": (Text(en="Bias", sv="Skevhet"), False),
    "n_strata": (Text(en="Strata", sv="Strata"), False),
    "n_without_weight": (Text(en="Strata without weight", sv="Strata utan vikt"), False),
    "moved_treated": (Text(en="Changed stratum, treated", sv="Bytte stratum, behandlade"), True),
    "moved_comparator": (Text(en="Changed stratum, comparator", sv="Bytte stratum, jämförelsen"), True),
    "outside_treated": (Text(en="Treated in strata without weight", sv="Behandlade i strata utan vikt"), True),
    "relative_crude": (Text(en="Relative change, not standardised", sv="Relativ förändring, ostandardiserad"), True),
    "relative_standardized": (Text(en="Relative change, standardised", sv="Relativ förändring, standardiserad"), True),
    "relative_weighting": (Text(en="Due to the weighting of strata", sv="Beror på hur strata vägs"), True),
    "change_treated": (Text(en="Crude change, treated", sv="Ojusterad förändring, behandlade"), False),
    "rates_treated": (Text(en="– of which rates", sv="– varav nivåer inom strata"), False),
    "composition_treated": (Text(en="– of which composition", sv="– varav sammansättning"), False),
    "change_comparator": (Text(en="Crude change, comparator", sv="Ojusterad förändring, jämförelsen"), False),
    "rates_comparator": (Text(en="– of which rates", sv="– varav nivåer inom strata"), False),
    "composition_comparator": (Text(en="– of which composition", sv="– varav sammansättning"), False),
    "relative_mean_of_ratios": (Text(en="Relative change, mean of ratios", sv="Relativ förändring, medelkvot"), True),
    "relative_mean_of_period_ratios": (
        Text(
            en="Relative change, mean of the periods' ratios", sv="Relativ förändring, medelvärde av periodernas kvoter"
        ),
        True,
    ),
    "relative_ratio_of_means": (
        Text(en="Relative change, ratio of means", sv="Relativ förändring, medelvärdenas kvot"),
        True,
    ),
    "compliers": (Text(en="Compliers", sv="Följsamma"), True),
    "always_takers": (Text(en="Receive it whatever the lot", sv="Får insatsen oavsett lott"), True),
    "never_takers": (Text(en="Do not receive it whatever the lot", sv="Får inte insatsen oavsett lott"), True),
    "effective_f": (Text(en="Effective F of the first stage", sv="Effektivt F-värde i första steget"), False),
    "rule_of_thumb": (Text(en="Rule of thumb for it", sv="Tumregel för det"), False),
    "n_effects": (Text(en="Effects tested", sv="Prövade effekter"), False),
    "wald": (Text(en="Wald statistic", sv="Waldstatistika"), False),
    "df_denominator": (Text(en="Degrees of freedom", sv="Frihetsgrader"), False),
    "p_value": (Text(en="p-value", sv="p-värde"), False),
    "level": (Text(en="Level", sv="Nivå"), True),
    "n_periods": (Text(en="Periods tested", sv="Prövade perioder"), False),
    "df_numerator": (Text(en="Degrees of freedom, numerator", sv="Frihetsgrader, täljare"), False),
    "smallest_margin": (Text(en="Every deviation shown to be below", sv="Varje avvikelse visad mindre än"), False),
    "margin": (Text(en="Deviation that would not matter", sv="Avvikelse utan betydelse"), False),
    "equivalence_p_value": (Text(en="p-value of equivalence", sv="p-värde för likvärdighet"), False),
    "slope_50": (Text(en="Drift found half the time", sv="Avdrift som upptäcks varannan gång"), False),
    "slope_80": (Text(en="Drift found four times in five", sv="Avdrift som upptäcks fyra gånger av fem"), False),
    "breakdown": (Text(en="Size at which zero comes in", sv="Storlek där noll kommer med"), False),
    "rmspe_before": (Text(en="Gap before, root mean square", sv="Avvikelse före, kvadratiskt medelvärde"), False),
    "rmspe_after": (Text(en="Gap after, root mean square", sv="Avvikelse efter, kvadratiskt medelvärde"), False),
    "sd_before": (Text(en="Spread of the outcome before", sv="Utfallets spridning före"), False),
    "zeta": (Text(en="Regularisation ζ", sv="Regularisering ζ"), False),
    "n_donors": (Text(en="Donors", sv="Jämförelseenheter"), False),
    "n_positive": (Text(en="With weight", sv="Med vikt"), False),
    "effective_donors": (Text(en="Equal weights that they are worth", sv="Lika vikter som de motsvarar"), False),
    "max_weight": (Text(en="Largest weight", sv="Största vikt"), True),
    "effect": (Text(en="Effect with all donors", sv="Effekt med alla jämförelseenheter"), False),
    "min_effect": (Text(en="Smallest effect", sv="Minsta effekt"), False),
    "max_effect": (Text(en="Largest effect", sv="Största effekt"), False),
    "exact_p_value": (Text(en="p-value as a fraction", sv="p-värde som bråk"), False),
    "studies": (Text(en="Studies", sv="Studier"), False),
    "q": (Text(en="Cochran's Q", sv="Cochrans Q"), False),
    "i_squared": (Text(en="Spread beyond chance (I²)", sv="Spridning utöver slumpen (I²)"), True),
    "tau": (Text(en="Standard deviation of true effects", sv="Standardavvikelse för sanna effekter"), False),
    "paying": (Text(en="The reading the contract pays on", sv="Den läsning som avtalet betalar på"), False),
    "relative_ratio": (Text(en="Relative change, ratio", sv="Relativ förändring, kvot"), True),
    "relative_difference": (Text(en="Relative change, difference", sv="Relativ förändring, skillnad"), True),
    "relative_none": (Text(en="Relative change, no adjustment", sv="Relativ förändring, utan justering"), True),
}
"""What a check's values are called, and whether they are shares to be written in per cent."""

CHECK_WORDS = {
    "ratio": Text(en="ratio", sv="kvot"),
    "difference": Text(en="difference", sv="skillnad"),
    "none": Text(en="none", sv="ingen"),
    "kept": Text(en="kept", sv="kvar"),
    "removed": Text(en="removed", sv="borttagna"),
    "reference": Text(en="reference", sv="referensen"),
    "evaluation": Text(en="evaluation", sv="utvärderingen"),
}
_SICK_DAYS = Text(en="days per full-time equivalent and month", sv="dagar per årsarbetare och månad")
UNITS = {
    "fraction": Text(en="fraction", sv="andel"),
    "yes/no": Text(en="yes/no", sv="ja/nej"),
    "month": Text(en="month", sv="månad"),
    "households": Text(en="households", sv="hushåll"),
    "days": Text(en="days", sv="dagar"),
    "yyyymmdd": Text(en="date", sv="datum"),
    "per cent": Text(en="per cent", sv="procent"),
    "percentage points": Text(en="percentage points", sv="procentenheter"),
    "children": Text(en="children", sv="barn"),
    "pupils": Text(en="pupils", sv="elever"),
    "people": Text(en="people", sv="personer"),
    "placements": Text(en="placements", sv="placeringar"),
    "plans": Text(en="plans", sv="planer"),
    "school years": Text(en="school years", sv="läsår"),
    "reconvictions": Text(en="reconvictions", sv="återfall i brott"),
    "requirements": Text(en="requirements", sv="krav"),
    "months": Text(en="months", sv="månader"),
    "månader": Text(en="months", sv="månader"),
    "days per employee and year": Text(en="days per employee and year", sv="dagar per anställd och år"),
    "days per full-time equivalent and month": _SICK_DAYS,
    "dagar per årsarbetare och månad": _SICK_DAYS,
    "% of working time": Text(en="% of working time", sv="% av arbetstiden"),
    "reconvictions per person": Text(en="reconvictions per person", sv="återfall i brott per person"),
    "share eligible": Text(en="share eligible", sv="andel behöriga"),
    "share in work": Text(en="share in work", sv="andel i arbete"),
    "share of households": Text(en="share of households", sv="andel av hushållen"),
    "share of the support paid before": Text(
        en="share of the support paid before", sv="andel av det stöd som betalades ut före"
    ),
    "share re-offending within two years": Text(
        en="share re-offending within two years", sv="andel som återfaller i brott inom två år"
    ),
    "share re-placed to residential care": Text(
        en="share re-placed to residential care", sv="andel omplacerade till HVB"
    ),
    "EUR per person over three years": Text(en="EUR per person over three years", sv="EUR per person under tre år"),
    "USD a year": Text(en="USD a year", sv="USD per år"),
}
"""Units that a contract writes in one language alone."""

MEMBERS = {
    "complier_effect": {
        "ITT": Text(en="ITT", sv="ITT (effekten av lottningen)"),
        "CACE": Text(en="CACE", sv="CACE (effekten på de följsamma)"),
        "first stage": Text(en="first stage", sv="första steget"),
    }
}
"""Of methods that name their effects in English, the names."""

MEASURES = {
    "count": Text(en="Count", sv="Antal"),
    "sum": Text(en="Sum", sv="Summa"),
    "share": Text(en="Share", sv="Andel"),
    "mean": Text(en="Mean", sv="Medelvärde"),
}
COUNTS = {
    "n_obs": Text(en="Rows", sv="Rader"),
    "n_units": Text(en="Units", sv="Enheter"),
    "n_treated": Text(en="Treated units", sv="Behandlade enheter"),
    "n_control": Text(en="Comparison units", sv="Jämförelseenheter"),
    "n_clusters": Text(en="Clusters", sv="Kluster"),
    "n_dropped": Text(en="Rows left out for missing values", sv="Rader utan värde som uteslutits"),
}


def each(write: Callable[[Language], str]) -> Text:
    """What `write` gives in each language."""
    return Text(en=write("en"), sv=write("sv"))


def joined(texts: Iterable[Text]) -> Text:
    """'a, b and c'."""
    listed = list(texts)
    return Text(en=join_words([text.en for text in listed], "and"), sv=join_words([text.sv for text in listed], "och"))


HALF_SHOWN = 0.00005  # the most that four decimals show as nothing
DUST = 1e-13


def number(value: float | str | Fraction, digits: int | None = None) -> Text:
    """A number, rounded for reading where `digits` is given."""
    return each(lambda lang: format_number(value, lang, digits))


def four_decimals(value: float) -> Text:
    """A number with four decimals, or three significant figures where those would show nothing of it.

    What rounding leaves of numbers about one stays nothing.
    """
    if DUST < abs(value) <= HALF_SHOWN:
        return each(lambda lang: significant(value, lang, 3))
    return number(value, 4)


def days_words(days: int) -> Text:
    """'1 day', '3,650 days'."""
    count, one = number(str(days)), days == 1
    return Text(en=f"{count.en} {'day' if one else 'days'}", sv=f"{count.sv} {'dag' if one else 'dagar'}")


def times_words(times: float) -> Text:
    """How many times something is counted; a part of the units, such as 5 of 7 of them, is no short decimal."""
    written = round(times, 6) == times
    return number(times, 0 if times.is_integer() else None if written else digits_for(times))


def percent(share: float | Fraction, digits: int = 2) -> Text:
    """A share in per cent."""
    return each(lambda lang: format_percent(share, lang, digits))


def money(amount: str | Fraction, currency: str) -> Text:
    """An amount with its currency."""
    return each(lambda lang: format_money(amount, currency, lang))


def capital(text: Text) -> Text:
    """The text with a capital at its start."""
    return Text(en=with_capital(text.en), sv=with_capital(text.sv))


def signed(text: Text, value: float) -> Text:
    """The same number with a plus sign where it is above zero."""
    plus = "+" if value > 0 and text.en.strip("0.,% ") else ""
    return Text(en=plus + text.en, sv=plus + text.sv)


def with_unit(text: Text, unit: str | Text) -> Text:
    """'7.2 days', which no line breaks apart at the number."""
    word = unit_words(unit)
    if not word.en:
        return text
    return Text(en=f"{text.en}\N{NO-BREAK SPACE}{word.en}", sv=f"{text.sv}\N{NO-BREAK SPACE}{word.sv}")


def unit_words(unit: str | Text) -> Text:
    """A unit in both languages where the contract has both or it is one of those that are known here; else as it is."""
    return UNITS.get(unit, Text(en=unit, sv=unit)) if isinstance(unit, str) else unit


def member_words(label: str, method: str) -> Text:
    """The name of an effect of a set, as its method calls it."""
    return MEMBERS.get(method, {}).get(label, Text(en=label, sv=label))


def chosen_words(term: EstimateFigure, method: str) -> Text:
    """The member that a figure takes of a set, or what it combines; empty for neither."""
    if term.member is not None:
        return member_words(term.member, method)
    parts = [(weight, member_words(label, method)) for label, weight in (term.combine or {}).items()]
    return Text(
        en=", ".join(f"{weight} × {label.en}" for weight, label in parts),
        sv=", ".join(f"{weight} × {label.sv}" for weight, label in parts),
    )


def digits_for(value: float) -> int:
    """Decimals that show a value with four significant figures."""
    return min(MOST_DIGITS, max(0, SIGNIFICANT - 1 - Decimal(value).adjusted()))


def in_view(effect: EffectEstimate, value: float, *, unit: bool = True) -> Text:
    """A value on the scale of the effect's view: per cent, a plain ratio or the outcome's unit."""
    if effect.view.name in PERCENT_VIEWS:
        return percent(value)
    if effect.view.name == "ratio":
        return number(value, SIGNIFICANT)
    if effect.view.name == "total":
        return number(value, digits_for(effect.estimate))  # in the contract's unit, which the effect does not know
    return mean(effect, value) if unit else bare_mean(effect, value)


def bare_mean(effect: EffectEstimate, value: float) -> Text:
    """A mean of the outcome with as many decimals as both means get."""
    return number(value, digits_for(max(abs(effect.treated_mean), abs(effect.counterfactual_mean))))


def mean(effect: EffectEstimate, value: float) -> Text:
    """A mean of the outcome, in its unit."""
    return with_unit(bare_mean(effect, value), effect.outcome.unit)


def signed_estimate(effect: EffectEstimate) -> Text:
    """The estimate in its view, with its sign; a ratio has none."""
    if effect.view.name == "ratio":
        return in_view(effect, effect.estimate)
    return signed(in_view(effect, effect.estimate), effect.estimate)


def threshold_text(effect: EffectEstimate, at: Fraction) -> Text:
    """A threshold in the effect's view, with the digits it was written with."""
    if effect.view.name in PERCENT_VIEWS:
        return percent(at, len(exact_text(at * 100).partition(".")[2]))
    unit = "" if effect.view.name in ("ratio", "total") else effect.outcome.unit
    return with_unit(number(exact_text(at)), unit)


def level_text(level: float) -> Text:
    """A confidence level: '95%', '90.9%'."""
    return percent(level, 0 if math.isclose(level * 100, round(level * 100)) else 1)
