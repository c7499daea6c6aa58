"""What checks of missing outcomes and of the unmeasured call their values; a key may mean another thing in each."""

from __future__ import annotations

from effekt._text import Text

_Label = tuple[Text, bool]


def _number(en: str, sv: str) -> _Label:
    return Text(en=en, sv=sv), False


def _share(en: str, sv: str) -> _Label:
    return Text(en=en, sv=sv), True


_THRESHOLD = {
    "threshold": _number("Effect that is asked about", "Effekt som frågan gäller"),
}
_VIEW = {"threshold_view": _number("– in the view", "– i måttet")}
_BEYOND = {"beyond": _number("What lies beyond it", "Det som ligger bortom den"), **_VIEW}
_LEVEL = {"level": _share("Level", "Nivå")}
_SEEN = {
    "n_treated": _number("Treated units", "Behandlade enheter"),
    "n_seen_treated": _number("– with an outcome", "– med utfall"),
    "share_seen_treated": _share("– share with an outcome", "– andel med utfall"),
    "n_control": _number("Controls", "Kontroller"),
    "n_seen_control": _number("– with an outcome", "– med utfall"),
    "share_seen_control": _share("– share with an outcome", "– andel med utfall"),
}
_BOUNDS = {
    "lower": _number("Smallest effect", "Minsta effekt"),
    "upper": _number("Largest effect", "Största effekt"),
    "std_error_lower": _number("Standard error of the smallest", "Medelfel för den minsta"),
    "std_error_upper": _number("Standard error of the largest", "Medelfel för den största"),
    "conf_low": _number("Lower end of the interval", "Intervallets undre gräns"),
    "conf_high": _number("Upper end of the interval", "Intervallets övre gräns"),
    **_LEVEL,
    "relative_lower": _share("Smallest relative effect", "Minsta relativa effekt"),
    "relative_upper": _share("Largest relative effect", "Största relativa effekt"),
    **_THRESHOLD,
    **_SEEN,
}
_ESTIMATE = _number("Effect", "Effekt")


def _of_compliers(kind: str, en: str, sv: str) -> dict[str, _Label]:
    return {
        f"{kind}_lower": _number(f"Smallest effect, {en}", f"Minsta effekt, {sv}"),
        f"{kind}_upper": _number(f"Largest effect, {en}", f"Största effekt, {sv}"),
        f"{kind}_share_lower": _share(f"Smallest share of compliers, {en}", f"Minsta andel följsamma, {sv}"),
        f"{kind}_share_upper": _share(f"Largest share of compliers, {en}", f"Största andel följsamma, {sv}"),
    }


VALUES_OF: dict[str, dict[str, _Label]] = {
    "differential_attrition": {
        "n_missing": _number("Without an outcome", "Utan utfall"),
        "share_missing": _share("– share of all", "– andel av alla"),
        "n_missing_treated": _number("Without an outcome, treated", "Utan utfall, behandlade"),
        "n_treated": _number("– of treated units", "– av behandlade enheter"),
        "share_missing_treated": _share("– share", "– andel"),
        "n_missing_control": _number("Without an outcome, controls", "Utan utfall, kontroller"),
        "n_control": _number("– of controls", "– av kontroller"),
        "share_missing_control": _share("– share", "– andel"),
        "difference": _share("Difference of the shares", "Skillnad mellan andelarna"),
        "test": _number("Test", "Test"),
        "p_value": _number("p-value", "p-värde"),
        **_LEVEL,
    },
    "overdispersion": {
        "dispersion": _number("Variation, times that of Poisson counts", "Variation, gånger Poissonfördelade antals"),
        "chi_square": _number("Chi-square", "Chitvå"),
        "df": _number("Degrees of freedom", "Frihetsgrader"),
        "p_value": _number("p-value", "p-värde"),
    },
    "lee_bounds": {
        **_BOUNDS,
        "trimmed_arm": _number("Group of which a part is left out", "Grupp där en del utelämnas"),
        "trimmed_share": _share("Part that is left out", "Del som utelämnas"),
    },
    "manski_bounds": {
        **_BOUNDS,
        "low": _number("Lowest possible outcome", "Lägsta möjliga utfall"),
        "high": _number("Highest possible outcome", "Högsta möjliga utfall"),
    },
    "complier_bounds": {
        **_of_compliers("lee", "trimmed", "trimmat"),
        **_of_compliers("manski", "worst cases", "värsta fall"),
        **_THRESHOLD,
    },
    "missing_receipt": {
        "n_missing_treated": _number("Receipt not known, treated", "Mottagen insats inte känd, behandlade"),
        "p_value": _number("p-value", "p-värde"),
        "n_treated": _number("– of treated with an outcome", "– av behandlade med utfall"),
        "n_missing_control": _number("Receipt not known, controls", "Mottagen insats inte känd, kontroller"),
        "n_control": _number("– of controls with an outcome", "– av kontroller med utfall"),
    },
    "rosenbaum_bounds": {
        **_VIEW,
        "gamma_limit": _number("Odds ratio Γ up to which it stands", "Oddskvot Γ som slutsatsen tål"),
        "p_value": _number("p-value without anything unmeasured", "p-värde utan något omätt"),
        "statistic": _number("Sum of the signed ranks", "Summa av rangtal med tecken"),
        "rank_sum": _number("Sum of the treated's aligned ranks", "Summa av de behandlades justerade rangtal"),
        "n_sets": _number("Sets", "Grupper"),
        "n_alike": _number("Sets whose outcomes do not differ", "Grupper vars utfall inte skiljer sig"),
        "n_pairs": _number("Pairs", "Par"),
        "n_zero": _number("Pairs without a difference", "Par utan skillnad"),
        **_THRESHOLD,
        "alternative": _number("Direction of the test", "Testets riktning"),
        **_LEVEL,
        "distribution": _number("Distribution of the ranks", "Rangtalens fördelning"),
    },
    "marginal_sensitivity": {
        **_BEYOND,
        "lambda_limit": _number("Odds ratio Λ that the estimate stands", "Oddskvot Λ som skattningen tål"),
        "lambda_limit_interval": _number("– that its interval stands", "– som dess intervall tål"),
        "estimate": _ESTIMATE,
        **_THRESHOLD,
        **_LEVEL,
    },
    "robustness_value": {
        **_BEYOND,
        "robustness_value": _share("What it must explain of both", "Vad det måste förklara av båda"),
        "robustness_value_interval": _share("– to reach the interval", "– för att nå intervallet"),
        "partial_r2": _share(
            "Of the outcome, explained by the treatment alone", "Av utfallet, förklarat av insatsen ensam"
        ),
        "t_value": _number("t statistic", "t-värde"),
        "estimate": _ESTIMATE,
        "std_error": _number("Standard error", "Medelfel"),
        "df": _number("Degrees of freedom", "Frihetsgrader"),
        **_THRESHOLD,
        **_LEVEL,
    },
    "oster_delta": {
        **_BEYOND,
        "delta": _number(
            "Times as much as the observed covariates", "Gånger så mycket som de observerade kovariaterna"
        ),
        **_THRESHOLD,
        "r2_max": _share(
            "Of the outcome, explained with the unobserved", "Av utfallet, förklarat med det oobserverade"
        ),
        "estimate": _ESTIMATE,
        "r2": _share("– with the covariates", "– med kovariaterna"),
        "short_estimate": _number("Estimate without covariates", "Skattning utan kovariater"),
        "short_beyond": _number("Beyond it without covariates", "Bortom den utan kovariater"),
        "adjusted_beyond": _number("– beyond it there would be", "– bortom den vore"),
        "short_r2": _share("– without covariates", "– utan kovariater"),
        "assumed_delta": _number(
            "If the unobserved mattered so many times as much", "Om det oobserverade betydde så många gånger så mycket"
        ),
        "adjusted_estimate": _number("– the estimate would be", "– vore skattningen"),
    },
    "honest_did": {
        "restriction": _number("How trends may differ", "Hur trender får skilja sig"),
        "estimate": _number("Mean effect after adoption", "Medeleffekt efter införandet"),
        "low": _number("Lower end of the interval, parallel trends", "Intervallets undre gräns, parallella trender"),
        "high": _number("Upper end of the interval, parallel trends", "Intervallets övre gräns, parallella trender"),
        **_LEVEL,
        "breakdown": _number("Size at which the finding falls", "Storlek där resultatet faller"),
        **_THRESHOLD,
        "alternative": _number("Direction of the finding", "Resultatets riktning"),
    },
    "bacon_decomposition": {
        "estimate": _number("Two-way fixed effects", "Tvåvägs fixa effekter"),
        "std_error": _number("– standard error by cluster (CR1)", "– medelfel efter kluster (CR1)"),
        "n_clusters": _number("– clusters", "– kluster"),
        "weight_never": _share("Weight on those never treated", "Vikt på de aldrig behandlade"),
        "weight_later": _share("Weight on those treated later", "Vikt på de som behandlas senare"),
        "weight_earlier": _share("Weight on those treated already", "Vikt på de som redan behandlas"),
        "weight_always": _share("Weight on those always treated", "Vikt på de som alltid behandlas"),
    },
    "e_value": {
        "e_value": _number("E-value", "E-värde"),
        "e_value_interval": _number("– of the interval", "– för intervallet"),
        "estimate": _number("Ratio", "Kvot"),
        "conf_low": _number("Lower end of its interval", "Undre gräns för dess intervall"),
        "conf_high": _number("Upper end of its interval", "Övre gräns för dess intervall"),
        "threshold": _number("Ratio that it is held against", "Kvot som den jämförs med"),
        "scale": _number("Scale", "Skala"),
        "risk_ratio": _number("The ratio as a risk ratio", "Kvoten som riskkvot"),
        "threshold_risk_ratio": _number(
            "What it is held against, as a risk ratio", "Det den jämförs med, som riskkvot"
        ),
    },
}
WORDS_OF: dict[str, Text] = {
    "improvement": Text(en="improvement", sv="förbättring"),
    "relative": Text(en="relative effect", sv="relativ effekt"),
    "relative_improvement": Text(en="relative improvement", sv="relativ förbättring"),
    "relative_magnitudes": Text(en="by their change before", sv="efter sin förändring före"),
    "smoothness": Text(en="by bending", sv="genom att kröka sig"),
    "treated": Text(en="treated", sv="behandlade"),
    "control": Text(en="controls", sv="kontroller"),
    "exact": Text(en="exact", sv="exakt"),
    "normal": Text(en="normal", sv="normal"),
    "greater": Text(en="greater", sv="större"),
    "less": Text(en="less", sv="mindre"),
    "Fisher, two-sided": Text(en="Fisher, two-sided", sv="Fisher, dubbelsidigt"),
    "exact within blocks, two-sided": Text(en="exact within blocks, two-sided", sv="exakt inom blocken, dubbelsidigt"),
    "exact within pairs, two-sided": Text(en="exact within pairs, two-sided", sv="exakt inom paren, dubbelsidigt"),
    "risk_ratio": Text(en="risk ratio", sv="riskkvot"),
    "odds_ratio_rare": Text(en="odds ratio, rare outcome", sv="oddskvot, sällsynt utfall"),
    "odds_ratio_common": Text(en="odds ratio, common outcome", sv="oddskvot, vanligt utfall"),
    "hazard_ratio_rare": Text(en="hazard ratio, rare outcome", sv="hasardkvot, sällsynt utfall"),
    "hazard_ratio_common": Text(en="hazard ratio, common outcome", sv="hasardkvot, vanligt utfall"),
    "standardised_difference": Text(en="standardised difference", sv="standardiserad skillnad"),
}
