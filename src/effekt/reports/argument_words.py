"""What the arguments of an analysis, and the options they may have, are called; a test wants every one of them here."""

from __future__ import annotations

from effekt._text import Text

ARGUMENTS = {
    "adjustment": Text(en="Adjustment", sv="Justering"),
    "adopters": Text(
        en="Units that adopted by themselves, left out", sv="Enheter som själva infört insatsen, utesluts"
    ),
    "aggregate": Text(en="Effects put together", sv="Effekterna läggs samman"),
    "anticipation": Text(
        en="Periods before adoption that count as after", sv="Perioder före införandet som räknas som efter"
    ),
    "arms": Text(en="Arms", sv="Grupper i lottningen"),
    "at": Text(en="At", sv="Tidpunkt"),
    "at_least": Text(en="Counted from a value of at least", sv="Räknas från ett värde på minst"),
    "base_period": Text(en="Period from which change is measured", sv="Period som förändringen mäts från"),
    "better": Text(en="Better", sv="Bättre"),
    "bias_adjustment": Text(en="Regression on what is left of differences", sv="Regression på kvarvarande skillnader"),
    "block": Text(en="Blocks in which lots were drawn, column", sv="Block som lottningen gjordes i, kolumn"),
    "block_length": Text(en="Periods in a block that is drawn", sv="Perioder i ett block som dras"),
    "blocks": Text(en="How blocks are drawn", sv="Hur block dras"),
    "caliper": Text(en="Largest distance within a match", sv="Största avstånd inom en match"),
    "calipers": Text(
        en="Largest difference within a match, by covariate", sv="Största skillnad inom en match, per kovariat"
    ),
    "check": Text(en="Check", sv="Kontroll"),
    "checks": Text(
        en="Further checks, which move no figure", sv="Ytterligare kontroller, som inte ändrar någon siffra"
    ),
    "cluster": Text(en="Clusters, column", sv="Kluster, kolumn"),
    "cluster_weighted": Text(en="Each cluster counts equally", sv="Varje kluster räknas lika"),
    "cohort": Text(en="Cohort, column", sv="Kohort, kolumn"),
    "column": Text(en="Column", sv="Kolumn"),
    "comparator": Text(en="Compared with", sv="Jämförs med"),
    "comparison": Text(en="Compared with", sv="Jämförs med"),
    "control": Text(en="The value of the control group", sv="Kontrollgruppens värde"),
    "covariates": Text(en="Covariates", sv="Kovariat"),
    "cutpoints": Text(en="Where covariates are cut into classes", sv="Var kovariat delas i klasser"),
    "discard": Text(en="Left out for want of common support", sv="Utesluts utan gemensamt stöd"),
    "distance": Text(en="Distance between units", sv="Avstånd mellan enheter"),
    "donors": Text(en="Units that may be compared with", sv="Enheter som får jämföras med"),
    "draws": Text(en="Draws", sv="Dragningar"),
    "eligible": Text(en="Who could be affected, column", sv="Vilka som kunde påverkas, kolumn"),
    "estimand": Text(en="Effect on whom", sv="Effekt för vilka"),
    "estimator": Text(en="Estimator", sv="Skattning"),
    "evaluation_window": Text(en="Evaluation window", sv="Utvärderingsfönster"),
    "exact": Text(en="Matched exactly on", sv="Matchas exakt på"),
    "excluded": Text(en="Periods left out", sv="Perioder som utesluts"),
    "exposure": Text(en="Exposure that rates are over, column", sv="Exponering som frekvenser räknas per, kolumn"),
    "first": Text(en="From", sv="Från"),
    "first_treated": Text(en="First period with the intervention", sv="Första perioden med insatsen"),
    "folds": Text(en="Folds of cross-fitting", sv="Delar vid korsanpassning"),
    "includes": Text(en="It includes the paying outcome", sv="Det innefattar betalningsutfallet"),
    "inference": Text(en="Uncertainty", sv="Osäkerhet"),
    "kind": Text(en="Kind", sv="Slag"),
    "last": Text(en="To", sv="Till"),
    "last_evaluated": Text(en="Last period that is evaluated", sv="Sista perioden som utvärderas"),
    "learner": Text(en="Models of outcome and treatment", sv="Modeller för utfall och insats"),
    "level_correction": Text(en="Correction for the reference level", sv="Korrigering för referensnivån"),
    "margin": Text(en="Deviation before adoption that would not matter", sv="Avvikelse före införandet utan betydelse"),
    "match": Text(en="Match", sv="Matchning"),
    "max_controls": Text(en="Controls in a set, at most", sv="Kontroller i en grupp, högst"),
    "mean": Text(en="Mean of a window", sv="Ett fönsters medelvärde"),
    "method": Text(en="Method", sv="Metod"),
    "min_controls": Text(en="Controls in a set, at least", sv="Kontroller i en grupp, minst"),
    "missing": Text(en="Missing values", sv="Saknade värden"),
    "moments": Text(en="Moments of covariates that are balanced", sv="Moment av kovariat som balanseras"),
    "neighbours": Text(en="Neighbours in the variance", sv="Grannar i variansen"),
    "never": Text(en="The value of units that never adopt", sv="Värdet för enheter som aldrig inför den"),
    "order": Text(en="Order in which units are matched", sv="Ordning som enheter matchas i"),
    "outcome": Text(en="Outcome", sv="Utfall"),
    "outcome_model": Text(en="Model of the outcome", sv="Modell för utfallet"),
    "outcome_range": Text(en="Smallest and largest possible outcome", sv="Minsta och största möjliga utfall"),
    "own_unit": Text(
        en="The treated units in the comparator's series", sv="De behandlade enheterna i jämförelseserien"
    ),
    "pairs": Text(en="Pairs in which lots were drawn, column", sv="Par som lottningen gjordes i, kolumn"),
    "penalty": Text(en="Penalty on donors far away, λ", sv="Straff för avlägsna jämförelseenheter, λ"),
    "period": Text(en="A row covers", sv="En rad gäller"),
    "population": Text(en="Population of the inference", sv="Population som slutsatsen gäller"),
    "predictors": Text(en="What the mixture is to match", sv="Vad blandningen ska likna"),
    "probability": Text(en="Probability of treatment, column", sv="Sannolikhet för insatsen, kolumn"),
    "propensity": Text(en="Model of the propensity", sv="Modell för benägenheten"),
    "ratio": Text(en="Controls to each", sv="Kontroller till var och en"),
    "received": Text(en="Who received the intervention, column", sv="Vilka som fick insatsen, kolumn"),
    "reference_window": Text(en="Reference window", sv="Referensfönster"),
    "repeats": Text(en="Repetitions of cross-fitting", sv="Upprepningar av korsanpassning"),
    "replace": Text(en="A control may be used again", sv="En kontroll får användas igen"),
    "reuse": Text(en="Times a control may be used, at most", sv="Gånger en kontroll får användas, högst"),
    "ridge": Text(en="Ridge correction, λ", sv="Ridge-korrigering, λ"),
    "rng": Text(en="Seed of the draws", sv="Frö till dragningarna"),
    "salt": Text(en="Text that ties are broken by", sv="Text som lika avstånd avgörs med"),
    "same_months": Text(en="Months count alike in both windows", sv="Månader räknas lika i båda fönstren"),
    "sampling": Text(en="Rows over time", sv="Rader över tid"),
    "series_units": Text(en="Units in the comparator's series", sv="Enheter i jämförelseserien"),
    "share": Text(en="Share", sv="Andel"),
    "standard": Text(en="Standard population", sv="Standardpopulation"),
    "standardize": Text(en="Standardised for", sv="Standardiseras för"),
    "start": Text(en="Period of adoption, column", sv="Period för införandet, kolumn"),
    "statistic": Text(en="Statistic", sv="Mått"),
    "subclasses": Text(en="Subclasses", sv="Klasser"),
    "subgroup": Text(en="Subgroups, column", sv="Undergrupper, kolumn"),
    "threshold": Text(en="Threshold in the checks", sv="Tröskel i kontrollerna"),
    "through": Text(en="Through", sv="Till och med"),
    "tie_orders": Text(en="Orders of ties that are tried", sv="Ordningar av lika avstånd som prövas"),
    "time": Text(en="Time, column", sv="Tid, kolumn"),
    "treated": Text(en="With the intervention", sv="Med insatsen"),
    "treatment": Text(en="Intervention, column", sv="Insats, kolumn"),
    "trend": Text(en="Trend of the comparator", sv="Jämförelsens trend"),
    "unit": Text(en="Units, column", sv="Enheter, kolumn"),
    "units_digest": Text(
        en="Digest of the frozen match's units", sv="Kontrollsumma för den låsta matchningens enheter"
    ),
    "variance": Text(en="Variance", sv="Varians"),
    "vintage": Text(en="Edition of the data", sv="Dataversion"),
    "vintage_column": Text(en="Edition of the data, column", sv="Dataversion, kolumn"),
    "weight": Text(en="Weight", sv="Vikt"),
    "weights": Text(en="Weights", sv="Vikter"),
    "wild_weights": Text(en="Weights of the wild bootstrap", sv="Vikter i wild bootstrap"),
}
"""What each argument is called."""

OPTIONS = {
    "ATC": Text(en="on those without it (ATC)", sv="för dem utan den (ATC)"),
    "ATE": Text(en="on all (ATE)", sv="för alla (ATE)"),
    "ATO": Text(en="on those who could be in either group (ATO)", sv="för dem som kunde vara i båda grupperna (ATO)"),
    "ATT": Text(en="on those with it (ATT)", sv="för dem med den (ATT)"),
    "CR0": Text(en="clustered, without correction (CR0)", sv="klustrad, utan korrigering (CR0)"),
    "CR1": Text(
        en="clustered, corrected for the number of clusters (CR1)", sv="klustrad, korrigerad för antal kluster (CR1)"
    ),
    "CR1S": Text(
        en="clustered, corrected for clusters and parameters (CR1S)",
        sv="klustrad, korrigerad för kluster och parametrar (CR1S)",
    ),
    "CR2": Text(en="clustered, bias-reduced (CR2)", sv="klustrad, biasreducerad (CR2)"),
    "CR2_within": Text(en="clustered within sets (CR2)", sv="klustrad inom grupper (CR2)"),
    "CR3": Text(en="clustered, jackknife (CR3)", sv="klustrad, jackknife (CR3)"),
    "HC0": Text(en="robust, without correction (HC0)", sv="robust, utan korrigering (HC0)"),
    "HC1": Text(en="robust, corrected for parameters (HC1)", sv="robust, korrigerad för parametrar (HC1)"),
    "HC2": Text(en="robust, by leverage (HC2)", sv="robust, efter hävstång (HC2)"),
    "HC3": Text(en="robust, jackknife (HC3)", sv="robust, jackknife (HC3)"),
    "PATT": Text(
        en="the population that the treated are drawn from", sv="den population som de behandlade är dragna ur"
    ),
    "SATT": Text(en="the treated themselves", sv="de behandlade själva"),
    "abadie_imbens": Text(en="Abadie and Imbens", sv="Abadie och Imbens"),
    "absent": Text(en="not in it", sv="ingår inte"),
    "additive": Text(en="covariates without interactions", sv="kovariat utan samspel"),
    "asymptotic": Text(en="by the variance", sv="efter variansen"),
    "barnard": Text(en="Barnard's exact test", sv="Barnards exakta test"),
    "baseline_choice": Text(en="other reference windows", sv="andra referensfönster"),
    "between_pair": Text(en="between pairs", sv="mellan par"),
    "bacon_decomposition": Text(
        en="what two-way fixed effects would compare", sv="vad tvåvägs fixa effekter skulle jämföra"
    ),
    "before_after": Text(en="the same group before", sv="samma grupp före"),
    "block_bootstrap": Text(en="block bootstrap of the periods", sv="blockbootstrap av perioderna"),
    "both": Text(en="on both sides", sv="på båda sidor"),
    "calendar": Text(en="by period", sv="per period"),
    "cluster": Text(en="between clusters, such as workplaces", sv="mellan kluster, till exempel arbetsplatser"),
    "coarsened_exact": Text(en="exact within classes", sv="exakt inom klasser"),
    "cohort": Text(en="by cohort", sv="per kohort"),
    "conformal": Text(en="the unit's own periods moved round in time", sv="enhetens egna perioder flyttade i tiden"),
    "conley_taber": Text(en="Conley and Taber", sv="Conley och Taber"),
    "control": Text(en="controls", sv="kontroller"),
    "count": Text(en="number", sv="antal"),
    "covariate_balancing_propensity": Text(
        en="weights by a propensity that balances covariates", sv="vikter efter en benägenhet som balanserar kovariat"
    ),
    "cross_fitted": Text(en="cross-fitted", sv="korsanpassad"),
    "denominator": Text(en="by the outcome's denominator", sv="efter utfallets nämnare"),
    "difference": Text(en="the reference plus the comparator's change", sv="referensen plus jämförelsens förändring"),
    "doubly_robust": Text(en="by regression and weighting", sv="med regression och viktning"),
    "drop": Text(en="rows that lack a value are left out and counted", sv="rader utan värde utesluts och räknas"),
    "dynamic": Text(en="by time since adoption", sv="efter tid sedan införandet"),
    "e_value": Text(
        en="how strongly something unmeasured must go with treatment and outcome",
        sv="hur starkt något omätt måste hänga ihop med behandling och utfall",
    ),
    "entropy_balancing": Text(en="entropy balancing", sv="entropibalansering"),
    "exact": Text(en="exact", sv="exakt"),
    "exact_poisson": Text(en="exact conditional test of two rates", sv="exakt betingat test av två händelsetal"),
    "finite": Text(en="those in the trial", sv="de som deltar i försöket"),
    "frequency": Text(en="frequency", sv="frekvens"),
    "full": Text(en="full matching", sv="full matchning"),
    "gradient_boosting": Text(en="gradient boosting", sv="gradientboosting"),
    "group_time": Text(en="for each cohort and period", sv="för varje kohort och period"),
    "hac": Text(en="long-run variance of the periods (hac)", sv="långsiktig varians av perioderna (hac)"),
    "higher": Text(en="higher", sv="högre"),
    "imputation": Text(en="imputation of what would have been", sv="imputering av vad som hade varit"),
    "inference_choice": Text(en="what each inference would conclude", sv="vad varje osäkerhetsberäkning skulle ge"),
    "inverse_probability": Text(en="by inverse probability", sv="efter omvänd sannolikhet"),
    "kept": Text(en="in it, and kept there", sv="ingår och är kvar"),
    "keyed": Text(en="by a keyed digest of their names", sv="efter en kontrollsumma av deras namn"),
    "largest": Text(en="largest propensity first", sv="störst benägenhet först"),
    "level_break": Text(en="a break at a declared date", sv="ett brott vid ett angivet datum"),
    "leverage": Text(en="clustered, by leverage", sv="klustrad, efter hävstång"),
    "lin": Text(en="covariates with interactions (Lin)", sv="kovariat med samspel (Lin)"),
    "lin_by_block": Text(en="covariates with interactions, in each block", sv="kovariat med samspel, i varje block"),
    "linear": Text(en="linear", sv="linjär"),
    "logistic": Text(en="logistic", sv="logistisk"),
    "logit": Text(en="logit", sv="logit"),
    "lower": Text(en="lower", sv="lägre"),
    "m_estimation": Text(
        en="M-estimation, weights counted as estimated", sv="M-skattning, vikterna räknas som skattade"
    ),
    "mahalanobis": Text(en="Mahalanobis", sv="Mahalanobis"),
    "matched": Text(en="people matched to the treated", sv="personer matchade mot de behandlade"),
    "marginal_sensitivity": Text(
        en="how unlike the odds of treatment of those alike in the covariates must be",
        sv="hur olika oddsen för behandling för dem som är lika i kovariaterna måste vara",
    ),
    "mean": Text(en="mean", sv="medelvärde"),
    "mean_of_periods": Text(en="plain mean of its periods", sv="enkelt medelvärde av dess perioder"),
    "mean_of_ratios": Text(en="plain mean of the units' own ratios", sv="enkelt medelvärde av enheternas egna kvoter"),
    "mean_of_period_ratios": Text(
        en="plain mean of the periods' own ratios", sv="enkelt medelvärde av periodernas egna kvoter"
    ),
    "miettinen_nurminen": Text(en="Miettinen and Nurminen's score interval", sv="Miettinens och Nurminens intervall"),
    "month": Text(en="a month", sv="en månad"),
    "moving": Text(en="moving, all of one length", sv="rörliga, alla lika långa"),
    "nearest": Text(en="nearest neighbour", sv="närmaste granne"),
    "never_treated": Text(en="units that never adopt", sv="enheter som aldrig inför den"),
    "newcombe": Text(en="Newcombe's score interval", sv="Newcombes intervall"),
    "not_yet_treated": Text(en="units that have not adopted yet", sv="enheter som ännu inte har infört den"),
    "optimal": Text(en="optimal matching", sv="optimal matchning"),
    "oster_delta": Text(
        en="how much the unobserved must matter against the observed",
        sv="hur mycket det oobserverade måste betyda mot det observerade",
    ),
    "others": Text(en="all other units", sv="alla andra enheter"),
    "overlap": Text(en="overlap weights", sv="överlappningsvikter"),
    "panel": Text(en="the same units in each period", sv="samma enheter i varje period"),
    "parametric": Text(en="parametric", sv="parametriska"),
    "permutation": Text(en="permutation of the treated clusters", sv="permutation av de behandlade klustren"),
    "placebo": Text(
        en="placebo: the same comparison in units without the intervention",
        sv="placebo: samma jämförelse i enheter utan insatsen",
    ),
    "placebo_variance": Text(
        en="standard deviation among units without the intervention",
        sv="standardavvikelse bland enheter utan insatsen",
    ),
    "placebo_in_time": Text(en="the same comparison in earlier years", sv="samma jämförelse tidigare år"),
    "precision": Text(en="precision", sv="precision"),
    "pretrend": Text(en="trends before adoption", sv="trender före införandet"),
    "probit": Text(en="probit", sv="probit"),
    "propensity": Text(en="propensity", sv="benägenhet"),
    "quarter": Text(en="a quarter", sv="ett kvartal"),
    "quasi_poisson": Text(en="of counts (quasi-Poisson)", sv="för antal (kvasi-Poisson)"),
    "rademacher": Text(en="signs (Rademacher)", sv="tecken (Rademacher)"),
    "raise": Text(
        en="none allowed; a row that lacks one stops the analysis",
        sv="inga tillåts; en rad utan värde stoppar analysen",
    ),
    "random_forest": Text(en="random forest", sv="random forest"),
    "randomization": Text(en="the lots that could have been drawn", sv="de lottningar som kunde ha gjorts"),
    "ratio": Text(en="the reference times the comparator's change", sv="referensen gånger jämförelsens förändring"),
    "ratio_of_means": Text(
        en="ratio of the comparator units' means", sv="kvot mellan jämförelseenheternas medelvärden"
    ),
    "ratio_of_sums": Text(
        en="sum of numerators over sum of denominators", sv="summan av täljarna genom summan av nämnarna"
    ),
    "regression": Text(en="by regression", sv="med regression"),
    "regression_to_mean": Text(en="what the reference level foretells", sv="vad referensnivån förutsäger"),
    "relative_magnitudes": Text(
        en="how far trends may part after adoption, against what they did before",
        sv="hur mycket trender får glida isär efter införandet, mot vad de gjorde före",
    ),
    "removed": Text(en="in it, and taken out", sv="ingår och tas bort"),
    "repeated_cross_sections": Text(en="other people in each period", sv="andra personer i varje period"),
    "robust_mahalanobis": Text(en="Mahalanobis by ranks", sv="Mahalanobis efter rang"),
    "robustness_value": Text(
        en="how much of treatment and outcome something unmeasured must explain",
        sv="hur mycket av behandling och utfall något omätt måste förklara",
    ),
    "rosenbaum_bounds": Text(
        en="how unlike the odds of treatment within a pair or set must be",
        sv="hur olika oddsen för behandling inom ett par eller en grupp måste vara",
    ),
    "sampling": Text(en="sampling", sv="urval"),
    "season": Text(en="a season, July to June", sv="en säsong, juli till juni"),
    "share": Text(en="share", sv="andel"),
    "simple": Text(en="all together", sv="alla tillsammans"),
    "smallest": Text(en="smallest propensity first", sv="minst benägenhet först"),
    "smoothness": Text(
        en="how much the difference in trends may bend", sv="hur mycket skillnaden i trender får kröka sig"
    ),
    "heaping": Text(en="whether spells end on one day", sv="om sjukperioder slutar på en viss dag"),
    "spill_over": Text(en="the same programme in the comparator", sv="samma insats i jämförelsen"),
    "stationary": Text(en="of lengths that vary by chance", sv="med längder som varierar slumpvis"),
    "subclassification": Text(en="subclassification", sv="indelning i klasser"),
    "substitution": Text(en="whether it moved to another outcome", sv="om den flyttade till ett annat utfall"),
    "sum": Text(en="sum", sv="summa"),
    "super": Text(
        en="a population that those in the trial are drawn from", sv="en population som deltagarna är dragna ur"
    ),
    "tertial": Text(en="four months", sv="ett tertial"),
    "treated": Text(en="treated", sv="behandlade"),
    "treated_reference": Text(en="the treated in the reference window", sv="de behandlade i referensfönstret"),
    "universal": Text(en="the same for all periods", sv="densamma för alla perioder"),
    "varying": Text(en="the one before", sv="den närmast föregående"),
    "webb": Text(en="Webb's six values", sv="Webbs sex värden"),
    "welch": Text(en="Welch", sv="Welch"),
    "wild_bootstrap": Text(en="wild bootstrap by cluster", sv="wild bootstrap per kluster"),
    "year": Text(en="a year", sv="ett år"),
    "young": Text(en="Young", sv="Young"),
}
"""What each option of any argument is called."""

NOT_USED = {
    "adjustment": Text(en="none", sv="ingen"),
    "cluster": Text(en="none", sv="inga"),
    "comparator": Text(en="nothing", sv="inget"),
    "covariates": Text(en="none", sv="inga"),
    "inference": Text(en="none is computed", sv="ingen beräknas"),
    "population": Text(en="as the other arguments decide", sv="som de andra argumenten bestämmer"),
    "variance": Text(en="as the other arguments decide", sv="som de andra argumenten bestämmer"),
    "weights": Text(en="none: all count equally", sv="inga: alla räknas lika"),
}
"""What `none` means, where it is more than that the argument is not used."""

METHOD_NAMES = {
    "complier_effect": Text(en="effect on compliers of a lot", sv="effekt på dem som följer en lottning"),
    "difference_in_differences": Text(en="difference in differences", sv="skillnad i skillnader"),
    "doubly_robust": Text(en="regression and weighting together", sv="regression och viktning tillsammans"),
    "event_study": Text(
        en="difference in differences, period by period", sv="skillnad i skillnader, period för period"
    ),
    "matched_comparison": Text(en="matched comparison", sv="matchad jämförelse"),
    "outcome_count": Text(en="count or sum, without a comparison", sv="antal eller summa, utan jämförelse"),
    "published_comparison": Text(en="comparison from a published study", sv="jämförelse ur en publicerad studie"),
    "randomized_trial": Text(en="randomised trial", sv="lottat försök"),
    "randomized_trials": Text(en="several effects of a randomised trial", sv="flera effekter av ett lottat försök"),
    "staggered_adoption": Text(en="adoption at different times", sv="införande vid olika tidpunkter"),
    "synthetic_control": Text(en="synthetic control", sv="syntetisk kontroll"),
    "synthetic_difference_in_differences": Text(
        en="synthetic difference in differences", sv="syntetisk skillnad i skillnader"
    ),
    "trend_adjusted": Text(
        en="comparison with a reference moved by a trend", sv="jämförelse med en trendjusterad referens"
    ),
}
"""What each method does, in a phrase."""
