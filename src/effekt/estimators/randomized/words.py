"""What a reader of a trial's result is told, in both languages."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from effekt._few import SINGLE_CLUSTER_IN_BLOCK
from effekt._text import Text, format_number
from effekt._validation import join_words, plural
from effekt.estimators.randomized.arguments import BESIDE_TWO_ARMS, BY_ARM, Options
from effekt.estimators.randomized.assignments import scheme_of
from effekt.estimators.randomized.data import Trial
from effekt.estimators.randomized.paired_lots import count_alike
from effekt.result import Note, Sample
from effekt.roles import Estimand, Outcome

NEEDED = 20  # assignments or combinations of signs, for a p of 0.05
DETERMINED_BY_UNIT = Text(
    en="One unit alone determines a coefficient that the means rest on, so their uncertainty cannot be estimated.",
    sv="En enda enhet bestämmer en koefficient som medelvärdena vilar på, så deras osäkerhet kan inte skattas.",
)
DETERMINED_BY_CLUSTER = Text(
    en="One cluster alone determines a coefficient that the means rest on, so their uncertainty cannot be estimated.",
    sv="Ett enda kluster bestämmer en koefficient som medelvärdena vilar på, så deras osäkerhet kan inte skattas.",
)

DETERMINED_BY_PAIR = Text(
    en="A covariate's coefficient rests on a single pair, so the variation between pairs cannot be estimated.",
    sv="En kovariats koefficient vilar på ett enda par, så variationen mellan paren kan inte skattas.",
)
NO_VARIATION_BETWEEN_PAIRS = Text(
    en="The effect is the same in every pair, so there is no standard error.",
    sv="Effekten är densamma i alla par och därför finns inget medelfel.",
)


def with_way_out(reason: Text, trial: Trial, options: Options) -> Text:
    """The refusal of a t reference for clusters, and what the caller offers in its place for this design, if it does.

    The lot of clusters can be gone through where an arm has one; the wild bootstrap cannot be relied on there. Of few
    assignments or combinations of signs p is not below one among them, which is told where that is above 0.05: always
    of fewer than six clusters or pairs, and often of few in blocks.
    """
    if trial.cluster is None:
        return reason
    treated = trial.treated[trial.drawn]
    counts = int(treated.sum()), int((~treated).sum())
    if counts == (1, 1):
        return joined(reason, _ONE_IN_EACH)
    ways = [
        way
        for way in options.ways
        if _offered(way, trial, options, single=min(counts) == 1 or reason == SINGLE_CLUSTER_IN_BLOCK)
    ]
    if not ways:
        return reason
    named_en, named_sv = f"inference={join_words(map(repr, ways))}", f"inference={' eller '.join(map(repr, ways))}"
    counted = [] if options.probability is not None else [_least_p(way, trial, options) for way in ways]
    if min(counted, default=NEEDED) >= NEEDED:
        return joined(reason, Text(en=f"Choose {named_en}.", sv=f"Välj {named_sv}."))
    few_en, few_sv = ("clusters", "kluster") if trial.pair is None else ("pairs", "par")
    least, least_sv = join_words([f"1/{one}" for one in counted]), " eller ".join(f"1/{one}" for one in counted)
    return joined(
        reason,
        Text(
            en=f"Choose {named_en}; with so few {few_en} its two-sided p is at least {least}.",
            sv=f"Välj {named_sv}; med så få {few_sv} är det tvåsidiga p-värdet minst {least_sv}.",
        ),
    )


def _least_p(way: str, trial: Trial, options: Options) -> int:
    """One over the least two-sided p: signs turned round are as far away, and so is a lot where arms are equal."""
    if way == "wild_bootstrap":
        return int(2 ** (len(trial.drawn) - 1))
    scheme = scheme_of(trial)
    alike = options.estimand == "ATE" and bool(np.all(2 * scheme.treated == scheme.sizes))
    return scheme.count // 2 if alike else scheme.count


_ONE_IN_EACH = Text(
    en="With one cluster in each arm no inference can tell the effect from what sets the two apart.",
    sv="Med ett kluster i varje grupp kan ingen inferens skilja effekten från det som annars skiljer de två åt.",
)


def _offered(way: str, trial: Trial, options: Options, *, single: bool) -> bool:
    """Whether inference by this name takes the design."""
    if way == "randomization" and trial.pair is not None and trial.names:
        return count_alike(trial, options)
    if way == "randomization":
        return not (options.adjustment == "additive" and options.probability is not None)
    drawn = bool(options.covariates) and options.adjustment in BY_ARM and options.population == "super"
    return not (single or drawn or options.horvitz_thompson or options.pairs is not None)


def joined(first: Text, second: Text) -> Text:
    """The one sentence and then the other."""
    return Text(en=f"{first.en} {second.en}", sv=f"{first.sv} {second.sv}")


def estimand_of(trial: Trial, options: Options) -> Estimand:
    """The estimand and its target population."""
    treated_en, treated_sv = ("treated ", "behandlade ") if options.estimand == "ATT" else ("", "")
    rows = trial.drawn if options.cluster_weighted else np.arange(len(trial.outcome))
    n = int(trial.treated[rows].sum()) if options.estimand == "ATT" else len(rows)
    noun_en, noun_sv = ("clusters", "kluster") if options.cluster_weighted else ("units", "enheter")
    en = f"the {format_number(n, 'en')} {treated_en}{noun_en} of the trial"
    sv = f"försökets {format_number(n, 'sv')} {treated_sv}{noun_sv}"
    if options.population == "super":
        en, sv = f"the population that {en} represent", f"den population som {sv} representerar"
    return Estimand(name=options.estimand, population=Text(en=en, sv=sv))


def measured(options: Options) -> Outcome:
    """The outcome; of a rate, per unit of exposure, unless its unit says per what already."""
    unit = options.outcome.unit
    if options.exposure is None or "/" in unit or " per " in f" {unit} ":
        return options.outcome
    return replace(options.outcome, unit=f"{unit}/{options.exposure}")


def sample_of(trial: Trial) -> Sample:
    """How many of everything."""
    n_treated = int(trial.treated.sum())
    return Sample(
        n_obs=len(trial.outcome),
        n_units=len(trial.outcome),
        n_treated=n_treated,
        n_control=len(trial.outcome) - n_treated,
        n_clusters=None if trial.cluster is None else int(np.count_nonzero(np.bincount(trial.cluster))),
        n_dropped=trial.n_dropped,
    )


def notes_of(trial: Trial, options: Options, *, drawn: bool) -> tuple[Note, ...]:
    """What the reader must know: what is compared, how units and blocks count, what was left out.

    `drawn`: whether the standard error allows for sampled covariates.
    """
    notes = {
        "intention_to_treat": Text(
            en="Units are compared as assigned, whatever they received.",
            sv="Enheterna jämförs så som de lottades, oavsett vilken insats de fick.",
        )
    }
    notes |= _counting(trial, options) | _blocks(trial, options)
    if drawn:
        notes["sampled_covariates"] = Text(
            en="The standard error allows for the sampling of the covariates, as the units represent a population.",
            sv="Medelfelet beaktar att kovariaterna är ett urval, eftersom enheterna representerar en population.",
        )
    if options.estimand == "ATT" and options.population == "finite" and options.inference != "randomization":
        notes["treated_at_hand"] = TREATED_AT_HAND
    notes |= _left_out(trial)
    return tuple(Note(code=code, text=text) for code, text in notes.items())


TREATED_AT_HAND = Text(
    en="The interval counts the treated as drawn by lot too. For the effect on these very units it is too short where "
    "outcomes vary more without the treatment than with it, and too long where they vary less: of 1,100 units, 100 of "
    "them treated, whose outcome became a quarter of what it would have been, 95 % intervals held it in about half of "
    "the trials. Choose estimand='ATE', population='super', or inference='randomization' for an effect that is the "
    "same for all.",
    sv="Intervallet räknar även med att de behandlade är dragna genom lottning. För effekten på just dessa enheter är "
    "det för kort där utfallet varierar mer utan insatsen än med den, och för långt där det varierar mindre: av 1 100 "
    "enheter, varav 100 behandlade, vars utfall blev en fjärdedel av vad det annars hade blivit, täckte "
    "95-procentiga intervall den i ungefär hälften av försöken. Välj estimand='ATE', population='super', eller "
    "inference='randomization' för en effekt som är densamma för alla.",
)


def instead(trial: Trial, options: Options) -> Text | None:
    """What a design can take in place of inference that does not count an arm without variation."""
    if options.population == "super" and not any(getattr(options, name) for name in BESIDE_TWO_ARMS):
        if options.exposure is None and np.all((trial.outcome == 0) | (trial.outcome == 1)):
            return _INSTEAD["shares"]
        if np.all((trial.outcome >= 0) & (trial.outcome == np.floor(trial.outcome))):
            return _INSTEAD["counts"]
    return None if options.adjustment == "additive" and options.probability is not None else _INSTEAD["lot"]


_INSTEAD = {
    "shares": Text(
        en="Of such a trial, randomized_trial with inference='newcombe' or 'miettinen_nurminen' counts both.",
        sv="För ett sådant försök räknar randomized_trial med inference='newcombe' eller 'miettinen_nurminen' båda.",
    ),
    "counts": Text(
        en="If the outcome is a number of Poisson events, randomized_trial with inference='exact_poisson' counts both.",
        sv="Om utfallet är ett antal Poissonfördelade händelser räknar randomized_trial med inference='exact_poisson' "
        "båda.",
    ),
    "lot": Text(
        en="inference='randomization' takes all chance from the lot, for the units of the trial.",
        sv="Med inference='randomization' kommer all slump från lottningen, för försökets egna enheter.",
    ),
}


def _counting(trial: Trial, options: Options) -> dict[str, Text]:
    """What rows count for."""
    notes = {}
    if options.exposure is not None:
        working = Text(
            en="; the working variance of an outcome is proportional to its exposure",
            sv="; utfallets varians antas som arbetsmodell vara proportionell mot exponeringen",
        )
        told = Text(en="", sv="") if options.of_counts else working
        notes["rate"] = Text(
            en=f"The outcome is a rate per unit of {options.exposure!r}, the sum of the outcome over the sum of the "
            f"exposure{told.en}.",
            sv=f"Utfallet är en kvot per enhet av {options.exposure!r}, summan av utfallet delad med summan av "
            f"exponeringen{told.sv}.",
        )
    if options.cluster_weighted:
        notes["cluster_weighted"] = Text(
            en="Every cluster counts equally, however many units it has.",
            sv="Varje kluster väger lika, oavsett hur många enheter det har.",
        )
    elif trial.cluster is not None and options.exposure is None:
        notes["unit_weighted"] = Text(
            en="Every unit counts equally, so a large cluster counts for more than a small one.",
            sv="Varje enhet väger lika, så ett stort kluster väger tyngre än ett litet.",
        )
    if options.weights is not None:
        notes[f"{options.weights.kind}_weights"] = _WEIGHTS[options.weights.kind]
    if options.horvitz_thompson:
        notes["horvitz_thompson"] = Text(
            en="Each outcome is divided by its probability and the sums by the number of units (Horvitz–Thompson); the "
            "result moves if a constant is added to the outcome. adjustment='lin' divides by the sum of the weights.",
            sv="Varje utfall delas med sin sannolikhet och summorna med antalet enheter (Horvitz–Thompson); resultatet "
            "ändras om en konstant läggs till utfallet. Med adjustment='lin' delas i stället med summan av vikterna.",
        )
    elif options.probability is not None:
        notes["inverse_probability"] = _KNOWN_PROBABILITY[options.estimand]
    if options.pairs is not None:
        between = options.inference == "asymptotic"
        notes["pairs"] = Text(
            en="Treatment was assigned within declared pairs"
            + (", and the standard error is that between the pairs." if between else "."),
            sv="Behandlingen lottades inom angivna par" + (", och medelfelet är det mellan paren." if between else "."),
        )
    return notes


_KNOWN_PROBABILITY = {
    "ATE": Text(
        en="Units are weighted by the inverse of the probability of their arm, and the weights normalised (Hájek).",
        sv="Enheterna vägs med den inverterade sannolikheten för sin grupp och vikterna normeras (Hájek).",
    ),
    "ATT": Text(
        en="Treated units are weighted by 1 and controls by the odds p/(1 − p) of treatment, and the weights "
        "normalised (Hájek).",
        sv="Behandlade enheter vägs med 1 och kontroller med oddset p/(1 − p) för behandling, och vikterna normeras "
        "(Hájek).",
    ),
}
_WEIGHTS = {
    "sampling": Text(
        en="Rows count by their sampling weight, as many units of the population as they stand for.",
        sv="Raderna väger efter sin urvalsvikt, så många enheter i populationen som de står för.",
    ),
    "frequency": Text(
        en="A row stands for as many equal units as its frequency weight says, and it is these units that are counted.",
        sv="En rad står för så många lika enheter som dess frekvensvikt anger, och det är dessa enheter som räknas.",
    ),
    "precision": Text(
        en="Rows weigh by the inverse of their variance in the fit, and count equally in the target population.",
        sv="Raderna väger efter sin inverterade varians i anpassningen och lika i målpopulationen.",
    ),
}


def _blocks(trial: Trial, options: Options) -> dict[str, Text]:
    """How blocks count, or what enters in their place."""
    if trial.block is None:
        if options.adjustment != "additive":
            return {}
        precision = Text(
            en="Covariates enter additively, so where effects differ they count by precision, not by number.",
            sv="Kovariaterna ingår additivt, så effekter som skiljer sig åt väger efter precision, inte efter antal.",
        )
        return {"covariates_by_precision": precision}
    if options.adjustment == "additive":
        precision = Text(
            en="Block indicators enter additively, so blocks count by precision, not by size.",
            sv="Blockindikatorerna ingår additivt, så blocken väger efter precision, inte efter storlek.",
        )
        return {"blocks_by_precision": precision}
    treated_en, treated_sv = ("treated ", "behandlade ") if options.estimand == "ATT" else ("", "")
    by_en, by_sv = f"their number of {treated_en}units", f"antalet {treated_sv}enheter"
    if options.cluster_weighted:
        by_en, by_sv = f"their number of {treated_en}clusters", f"antalet {treated_sv}kluster"
    if options.weight_kind == "sampling":
        by_en, by_sv = f"the sampling weights of their {treated_en}units", f"sina {treated_sv}enheters urvalsvikter"
    if options.exposure is not None:
        by_en, by_sv = f"the exposure of their {treated_en}units", f"sina {treated_sv}enheters exponering"
    if options.adjustment == "lin_by_block":
        own = Text(
            en=f"The covariates have slopes of their own in each arm of every block, and blocks count by {by_en}.",
            sv=f"Kovariaterna har egna lutningar i varje grupp i alla block, och blocken väger efter {by_sv}.",
        )
        return {"blocks_by_size": own}
    size = Text(
        en=f"Block indicators are interacted with treatment, so blocks count by {by_en}.",
        sv=f"Blockindikatorerna interageras med behandlingen, så blocken väger efter {by_sv}.",
    )
    return {"blocks_by_size": size}


def _left_out(trial: Trial) -> dict[str, Text]:
    """Outcomes that are missing in each arm, and blocks and pairs without both arms."""
    notes = {}
    lost = trial.assigned.counts if trial.assigned is not None else ((0, 0), (0, 0))
    if lost[0][0] + lost[1][0]:
        (lost_treated, treated), (lost_control, control) = lost
        notes["missing_outcomes"] = Text(
            en=f"The outcome is missing for {lost_treated} of {treated} treated and {lost_control} of {control} "
            "control rows, which are left out; if loss depends on treatment, the effect is biased.",
            sv=f"Utfallet saknas för {lost_treated} av {treated} rader i behandlingsgruppen och {lost_control} av "
            f"{control} i kontrollgruppen, som utesluts; beror bortfallet på behandlingen blir effekten skev.",
        )
    notes |= _incomplete(trial) | _lost_clusters(trial)
    if trial.dropped_blocks:
        notes["dropped_blocks"] = Text(
            en=f"Left out: {plural(trial.dropped_blocks, 'block')} without rows in both arms.",
            sv=f"Uteslutna: {trial.dropped_blocks} block utan rader i båda grupperna.",
        )
    if trial.dropped_pairs:
        notes["dropped_pairs"] = Text(
            en=f"Left out: {plural(trial.dropped_pairs, 'pair')} without rows in both arms.",
            sv=f"Uteslutna: {trial.dropped_pairs} par utan rader i båda grupperna.",
        )
    return notes


def _incomplete(trial: Trial) -> dict[str, Text]:
    """Rows with an outcome that lack another value, by arm."""
    if trial.assigned is None or not sum(trial.assigned.incomplete):
        return {}
    (first, second), ((_, treated), (_, control)) = trial.assigned.incomplete, trial.assigned.counts
    text = Text(
        en=f"Another value is missing for {first} of {treated} treated and {second} of {control} control rows whose "
        "outcome is known; they are left out, and if that depends on treatment, the effect is biased.",
        sv=f"Ett annat värde saknas för {first} av {treated} rader i behandlingsgruppen och {second} av {control} i "
        "kontrollgruppen vars utfall är känt; de utesluts, och beror det på behandlingen blir effekten skev.",
    )
    return {"incomplete_rows": text}


def _lost_clusters(trial: Trial) -> dict[str, Text]:
    """Whole clusters that were assigned and are not compared."""
    clusters = None if trial.assigned is None else trial.assigned.clusters
    if clusters is None:
        return {}
    arm = trial.treated[trial.drawn]
    (treated, control), analysed = clusters.assigned, (int(arm.sum()), int((~arm).sum()))
    if analysed == clusters.assigned:
        return {}
    lost = treated - clusters.measured[0], control - clusters.measured[1]
    text = Text(
        en=f"Of the clusters that were assigned {analysed[0]} of {treated} treated and {analysed[1]} of {control} "
        f"control ones are analysed; every outcome is missing in {lost[0]} treated and {lost[1]} control ones. If "
        "which clusters are lost depends on treatment, the effect is biased.",
        sv=f"Av de kluster som lottades analyseras {analysed[0]} av {treated} i behandlingsgruppen och {analysed[1]} "
        f"av {control} i kontrollgruppen; alla utfall saknas i {lost[0]} respektive {lost[1]} kluster. Beror det på "
        "behandlingen vilka kluster som går förlorade blir effekten skev.",
    )
    return {"lost_clusters": text}
