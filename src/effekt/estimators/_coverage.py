"""What does not hold its level at the sizes contracts have, as the published studies measured; a test compares."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Literal

from effekt._inference import Inference, Unavailable
from effekt._text import LANGUAGES, Text, format_number, format_percent
from effekt._validation import join_words
from effekt.result import Note

WORST: dict[str, float] = {  # lowest coverage of 95 % intervals
    "HC0": 0.895,
    "HC1": 0.93,
    "quasi_poisson": 0.917,
    "CR0": 0.776,
    "CR1": 0.888,
    "CR1S": 0.854,
}
CLUMPS: float = 0.793  # the same of the exact test of two rates, whose counts were overdispersed
_BETTER = {
    "HC0": "HC2",
    "HC1": "HC2",
    "quasi_poisson": "HC2",
    "CR0": "CR2 (in staggered_adoption leverage)",
    "CR1": "CR2",
    "CR1S": "CR2",
}

HAC: tuple[float, float] = (0.914, 0.759)  # lowest coverage of 95 % intervals without, and with, lasting shocks
BLOCKS: tuple[float, float] = (0.685, 0.575)  # the same of blocks drawn anew
CLUSTER: tuple[float, float] = (0.952, 0.732)  # the same of workplaces, without and with municipalities that move too
CONLEY_TABER: tuple[tuple[int, float, float], ...] = ((5, 0.8, 0.72), (9, 0.9, 0.836))  # untreated, level, coverage
HIGHEST: float = 0.107  # how often placebos reject no effect at the 5 % level for the unit that was the highest
ALONE: float = 0.261  # the same of difference-in-differences of one treated cluster, by permutation or Conley and Taber
TOGETHER: float = 0.179  # the same of two to five treated clusters, by any inference
CORRECTED: float = 0.054  # placebos' with `level_correction`
OUTSIDE: float = 0.345  # how often a synthetic control's do
DIFFERENCED: float = 0.205  # the same of synthetic difference-in-differences
CLASSES: tuple[float, float] = (
    0.878,
    0.862,
)  # lowest coverage by five classes: the difference, and the relative effect
SCHOOLS: tuple[float, float] = (0.746, 0.746)  # the same where schools are ignored: by pairs within them, by classes
COARSENED: tuple[float, float] = (0.736, 0.18)  # the same by quarters of each covariate, and by halves
SHARED: float = 0.861  # lowest coverage of 95 % intervals of 8 to 50 treated who share controls, by Abadie and Imbens
SCORES: float = 0.89  # the same of 60 and 200 people whose propensity counts as estimated
DISTANCES: tuple[float, float] = (
    0.856,
    0.94,
)  # lowest coverage of pairs and sets by distances: as they are, and regressed
STURGES: float = 0.92  # the same of intervals by Sturges' rule between sets, as there is none within them
MANY_SCORES = 2_000  # below so many that note stands: no study has more than 200 people
MANY_SHARING = 60  # from so many on no study found them significantly short
MANY_DISTANT = 500  # the same where who is shared is near by a distance
DOUBTED: float = 0.163  # how often CR0's joint test at the 5 % level doubts trends that are parallel, of six clusters


def coverage_notes(variance: str, inference: Inference | None = None) -> tuple[Note, ...]:
    """The note that a result carries when its variance or inference falls short; none for the others.

    A result whose `inference` is unavailable has no interval to be too short.
    """
    if isinstance(inference, Unavailable):
        return ()
    if variance in WORST:
        return (_note("short_coverage", _variance(variance)),)
    if variance == "exact_poisson":
        return (_note("short_coverage", _clumps()),)
    if variance == "hac":
        return (_note("short_coverage", _hac()),)
    if variance == "cluster":
        return (_note("short_coverage", _cluster()),)
    if variance == "block_bootstrap":
        return (_note("short_coverage", _blocks()),)
    return (_note("short_coverage", _conley_taber()),) if variance == "conley_taber" else ()


def match_notes(
    match: Mapping[str, object],
    cluster: object,
    sharing: int | None = None,
    *,
    estimated: bool = False,
    regressed: bool = False,
) -> tuple[Note, ...]:
    """The notes of a matched comparison with an interval: of how it matched, or of groups whose likeness it ignores.

    `match` is what `match_controls` was given, where what is not named is as by default. `sharing` is how many share
    their matches under the variance of Abadie and Imbens (in the smaller arm where both are matched), 0 where that is
    not known yet; `estimated` says that it counts the propensity as estimated, `regressed` that a regression took out
    what is unlike in the covariates.
    """
    method = match.get("method", "nearest")
    notes: tuple[Note, ...] = ()
    if method in ("subclassification", "coarsened_exact"):
        notes = (_note("short_coverage", _classes() if method == "subclassification" else _coarsened()),)
    elif estimated and sharing is not None and sharing < MANY_SCORES:
        notes = (_note("short_coverage", _scores()),)
    elif sharing is not None and sharing < MANY_SHARING:
        notes = (_note("short_coverage", _shared()),)
    elif _by_several(match) and not regressed and (sharing is None or sharing < MANY_DISTANT):
        notes = (_note("short_coverage", _distances()),)
    ignored = cluster is None and (method == "subclassification" or bool(match.get("exact")))
    return (*notes, _note("ignored_clusters", _schools())) if ignored else notes


def _by_several(match: Mapping[str, object]) -> bool:
    """Whether a distance of several covariates says who is near."""
    covariates = match.get("covariates", ())
    several = isinstance(covariates, Sequence) and not isinstance(covariates, str) and len(covariates) > 1
    return several and match.get("distance", "propensity") != "propensity"


def extreme_notes(
    level: float, others: Sequence[float], *, corrected: bool = False, several: bool = False
) -> tuple[Note, ...]:
    """The note of a unit, or of several, whose level before lies above, or below, all that it is ranked among."""
    words = _taken_away if corrected else _fall_back
    return _extreme("extreme_reference", level, others, partial(words, several=several))


def cluster_notes(levels: Sequence[float], others: Sequence[float]) -> tuple[Note, ...]:
    """The note of treated clusters whose levels before are the highest, or the lowest, of all."""
    if not (min(levels) > max(others) or max(levels) < min(others)):
        return ()
    return _extreme(
        "extreme_reference", levels[0], others, _alone if len(levels) == 1 else partial(_together, len(levels))
    )


def outside_notes(level: float, donors: Sequence[float]) -> tuple[Note, ...]:
    """The note of a synthetic control of a unit whose level before lies above, or below, that of all its donors."""
    return _extreme("outside_donors", level, donors, _outside)


def differenced_notes(level: float, donors: Sequence[float]) -> tuple[Note, ...]:
    """The same of synthetic difference-in-differences, which takes the level away and not what chance did to it."""
    return _extreme("extreme_reference", level, donors, _differenced)


def doubt_notes(variance: str) -> tuple[Note, ...]:
    """The note of a joint test of the periods before adoption that doubts parallel trends too often."""
    return (_note("joint_test_size", _doubt()),) if variance == "CR0" else ()


def _extreme(code: str, level: float, others: Sequence[float], words: Callable[[str, str], Text]) -> tuple[Note, ...]:
    if len(others) < 2 or min(others) <= level <= max(others):
        return ()
    return (_note(code, words("highest", "högst") if level > max(others) else words("lowest", "lägst")),)


def _note(code: str, text: Text) -> Note:
    return Note(code=code, text=text)


def _variance(name: str) -> Text:
    better = _BETTER[name]
    return Text(
        en=f"{name} intervals are too short in small samples: a 95% interval covered as little as "
        f"{format_percent(WORST[name], 'en')} in the published studies; {better} came nearer to its level there.",
        sv=f"Intervall med {name} är för korta i små urval: ett 95-procentigt intervall täckte så lite som "
        f"{format_percent(WORST[name], 'sv')} i de publicerade studierna; {better} kom närmare sin nivå där.",
    )


def _clumps() -> Text:
    return Text(
        en="Where events come in clumps, or people have rates of their own, these intervals are too short: a 95% "
        f"interval covered as little as {format_percent(CLUMPS, 'en')} in the published studies of such counts, where "
        "HC2 held its level; with Poisson counts they held theirs.",
        sv="Där händelser hopar sig, eller personer har var sin risk, är dessa intervall för korta: ett 95-procentigt "
        f"intervall täckte så lite som {format_percent(CLUMPS, 'sv')} i de publicerade studierna av sådana antal, där "
        "HC2 höll sin nivå; med Poissonfördelade antal höll de sin.",
    )


def _hac() -> Text:
    steady, shocks = HAC
    return Text(
        en="These intervals are too short where chance lasts: a 95% interval covered as little as "
        f"{format_percent(steady, 'en')} in the published studies when months correlate 0.8, and "
        f"{format_percent(shocks, 'en')} when the municipalities' levels also moved between the windows; placebos held "
        "their level there.",
        sv="Dessa intervall är för korta där slumpen håller i sig: ett 95-procentigt intervall täckte så lite som "
        f"{format_percent(steady, 'sv')} i de publicerade studierna när månader korrelerar 0,8, och "
        f"{format_percent(shocks, 'sv')} när kommunernas nivåer också flyttade sig mellan fönstren; placebo höll sin "
        "nivå där.",
    )


def _blocks() -> Text:
    steady, shocks = BLOCKS
    return Text(
        en="These intervals are too short: a 95% interval covered as little as "
        f"{format_percent(steady, 'en')} in the published studies when months correlate 0.8, and "
        f"{format_percent(shocks, 'en')} when the municipalities' levels also moved between the windows; "
        "inference='hac' covered more in each of them, and placebos held their level.",
        sv="Dessa intervall är för korta: ett 95-procentigt intervall täckte så lite som "
        f"{format_percent(steady, 'sv')} i de publicerade studierna när månader korrelerar 0,8, och "
        f"{format_percent(shocks, 'sv')} när kommunernas nivåer också flyttade sig mellan fönstren; inference='hac' "
        "täckte mer i var och en av dem, och placebo höll sin nivå.",
    )


def _cluster() -> Text:
    steady, shocks = CLUSTER
    return Text(
        en="These intervals are too short where chance moves whole municipalities: in the published studies a 95% "
        f"interval covered {format_percent(steady, 'en')} or more when each workplace drifted by itself, and as little "
        f"as {format_percent(shocks, 'en')} when the municipalities' levels also moved between the windows, the less "
        "the more workplaces there were.",
        sv="Dessa intervall är för korta där slumpen flyttar hela kommuner: i de publicerade studierna täckte ett "
        f"95-procentigt intervall {format_percent(steady, 'sv')} eller mer när varje arbetsplats drev för sig, och så "
        f"lite som {format_percent(shocks, 'sv')} när kommunernas nivåer också flyttade sig mellan fönstren, desto "
        "mindre ju fler arbetsplatserna var.",
    )


def _conley_taber() -> Text:
    def told(lang: Literal["en", "sv"]) -> list[str]:
        return [
            f"{format_percent(coverage, lang)} ({untreated} {word}, {format_percent(level, lang, 0)})"
            for untreated, level, coverage in CONLEY_TABER
            for word in (("untreated clusters" if lang == "en" else "obehandlade kluster"),)
        ]

    return Text(
        en="With few untreated clusters these intervals are too short; in the published studies they covered "
        f"{join_words(told('en'), 'and')}, against the level in brackets. inference='permutation' holds its level "
        "for a cluster that was not chosen for its level.",
        sv="Med få obehandlade kluster är dessa intervall för korta; i de publicerade studierna täckte de "
        f"{join_words(told('sv'), 'och')}, mot nivån inom parentes. inference='permutation' håller sin nivå "
        "för ett kluster som inte valdes för sin nivå.",
    )


def _classes() -> Text:
    def told(lang: Literal["en", "sv"]) -> tuple[str, ...]:
        return tuple(format_percent(value, lang) for value in CLASSES)

    (effect, relative), (effekt, relativ) = told("en"), told("sv")
    return Text(
        en="Within a class the arms still differ, which no interval by classes holds, and the more people there are "
        f"the more it counts: with five classes of 2,000 people a 95% interval covered {effect} in the published "
        f"studies ({relative} for the relative effect). Optimal pairs, full matching and weightings held their level "
        "there.",
        sv="Inom en klass skiljer sig grupperna fortfarande åt, vilket inget intervall från klasser rymmer, och ju "
        f"fler personer, desto mer betyder det: med fem klasser av 2 000 personer täckte ett 95-procentigt intervall "
        f"{effekt} i de publicerade studierna ({relativ} för den relativa effekten). Optimala par, full matchning och "
        "viktningar höll sin nivå där.",
    )


def _coarsened() -> Text:
    (quarters, halves, rule), (fjärdedelar, halvor, regel) = (
        tuple(format_percent(value, lang) for value in (*COARSENED, STURGES)) for lang in ("en", "sv")
    )
    return Text(
        en="Within an interval of a covariate the arms still differ, which no variance holds, and the more people "
        "there are the more it counts: with each covariate cut in quarters, and 2,000 people, a 95% interval covered "
        f"as little as {quarters} in the published studies, and cut in halves {halves}. More `cutpoints` leave less, "
        "and more people without a match: by 'sturges', the rule where none are named, no study of 60 to 2,000 people "
        f"had an interval within sets (HC2), and between sets (CR2) it covered {rule} or more.",
        sv="Inom ett intervall av en kovariat skiljer sig grupperna fortfarande åt, vilket ingen varians rymmer, och "
        "ju fler personer, desto mer betyder det: med varje kovariat delad i fjärdedelar, och 2 000 personer, täckte "
        f"ett 95-procentigt intervall så lite som {fjärdedelar} i de publicerade studierna, och i halvor {halvor}. "
        "Fler `cutpoints` lämnar mindre kvar, och fler personer utan matchning: med 'sturges', regeln där inga anges, "
        "hade ingen studie av 60 till 2 000 personer något intervall inom grupperna (HC2), och mellan dem (CR2) täckte "
        f"det {regel} eller mer.",
    )


def _distances() -> Text:
    (plain, regressed), (enkel, justerad) = (
        tuple(format_percent(value, lang) for value in DISTANCES) for lang in ("en", "sv")
    )
    return Text(
        en="Units that are near in several covariates at once are not alike in each, and what is left unlike biases "
        "the effect, which no variance holds: in the published studies of 60 to 2,000 people and three covariates a "
        f"95% interval of pairs and full matching covered as little as {plain}, and {regressed} or more where a "
        "regression on them took out what was unlike (`covariates`).",
        sv="Enheter som ligger nära i flera kovariater på en gång är inte lika i var och en, och det som förblir olika "
        "snedvrider effekten, vilket ingen varians rymmer: i de publicerade studierna av 60 till 2 000 personer och "
        f"tre kovariater täckte ett 95-procentigt intervall av par och full matchning så lite som {enkel}, och "
        f"{justerad} eller mer där en regression på dem tog bort det som var olika (`covariates`).",
    )


def _shared() -> Text:
    return Text(
        en=f"With fewer than {MANY_SHARING} matched units, where both arms are matched of the smaller, these "
        "intervals, whose reference is normal, are too short: in the published studies of 8 to 50 treated who share "
        f"controls a 95% interval covered as little as {format_percent(SHARED, 'en')}. Optimal pairs and full matching "
        "held their level there.",
        sv=f"Med färre än {MANY_SHARING} matchade enheter, där båda grupperna matchas i den mindre, är dessa "
        "intervall, vars referens är normalfördelningen, för korta: i de publicerade studierna av 8 till 50 behandlade "
        f"som delar kontroller täckte ett 95-procentigt intervall så lite som {format_percent(SHARED, 'sv')}. Optimala "
        "par och full matchning höll sin nivå där.",
    )


def _scores() -> Text:
    return Text(
        en="With few units these intervals are too short: in the published studies of 60 and 200 people, a fourth of "
        f"them treated, a 95% interval covered as little as {format_percent(SCORES, 'en')}; 'abadie_imbens', which "
        "takes the propensity as given, covered more in each.",
        sv="Med få enheter är dessa intervall för korta: i de publicerade studierna av 60 och 200 personer, en "
        f"fjärdedel av dem behandlade, täckte ett 95-procentigt intervall så lite som {format_percent(SCORES, 'sv')}; "
        "'abadie_imbens', som tar sannolikheten som given, täckte mer i var och en.",
    )


def _schools() -> Text:
    pairs, classes = SCHOOLS
    return Text(
        en="No `cluster` is named. If those compared come in groups that the intervention does not move alike, such as "
        "schools, the interval is too short for its effect in such groups: in the published studies of 6 to 30 "
        f"schools a 95% interval that ignored them covered as little as {format_percent(pairs, 'en')} by pairs within "
        f"schools and {format_percent(classes, 'en')} by five classes; with `cluster` both held their level.",
        sv="Inget `cluster` är angivet. Om de jämförda finns i grupper som insatsen inte påverkar lika, till exempel "
        "skolor, är intervallet för kort för effekten i sådana grupper: i de publicerade studierna av 6 till 30 skolor "
        f"täckte ett 95-procentigt intervall som bortsåg från dem så lite som {format_percent(pairs, 'sv')} med par "
        f"inom skolor och {format_percent(classes, 'sv')} med fem klasser; med `cluster` höll båda sin nivå.",
    )


def _doubt() -> Text:
    return Text(
        en="With few clusters the joint test before adoption is too quick to doubt with CR0: in the published studies "
        f"of six clusters it found evidence against trends that were parallel in {format_percent(DOUBTED, 'en')} of "
        "cases, where 5% was meant; with CR2 it holds its level there.",
        sv="Med få kluster tvivlar den gemensamma prövningen av perioderna före införandet för lätt med CR0: i de "
        "publicerade studierna av sex kluster fann den belägg mot trender som var parallella i "
        f"{format_percent(DOUBTED, 'sv')} av fallen, där 5 % var avsett; med CR2 håller den sin nivå där.",
    )


def _level(en: str, sv: str, *, several: bool) -> Text:
    """What the level was of the treated unit, or of several."""
    if several:
        return Text(
            en=f"The treated units together had the {en} level of all before the intervention",
            sv=f"De behandlade enheterna hade tillsammans {sv} nivå av alla före insatsen",
        )
    return Text(
        en=f"The treated unit had the {en} level of all before the intervention",
        sv=f"Den behandlade enheten hade {sv} nivå av alla före insatsen",
    )


def _return(*, several: bool) -> Text:
    """What a choice by level makes of the change."""
    if several:
        return Text(
            en="If they were chosen for that, part of their change is only a return to their usual level",
            sv="Om de valdes för det är en del av deras förändring bara en återgång till deras vanliga nivå",
        )
    return Text(
        en="If it was chosen for that, part of its change is only a return to its usual level",
        sv="Om den valdes för det är en del av dess förändring bara en återgång till dess vanliga nivå",
    )


def _fall_back(en: str, sv: str, *, several: bool) -> Text:
    level, back = _level(en, sv, several=several), _return(several=several)
    return _with_lowest(
        en,
        Text(
            en=f"{level.en}. {back.en}: in the published studies a unit chosen for being the "
            f"highest, with no effect, was found to have one as often as in {format_percent(HIGHEST, 'en')} of cases, "
            "where 5% was meant.",
            sv=f"{level.sv}. {back.sv}: i de publicerade studierna befanns en enhet som valts "
            "för att den var den högsta, och som inte hade någon effekt, ha en sådan i så mycket som "
            f"{format_percent(HIGHEST, 'sv')} av fallen, där 5 % var avsett.",
        ),
    )


def _alone(en: str, sv: str) -> Text:
    told = _with_lowest(
        en,
        Text(
            en=f"The treated cluster had the {en} level of all before the intervention. If it was chosen for that, "
            "part of its change is only a return to its usual level: in the published studies of "
            "difference-in-differences a municipality chosen for being the highest, with no effect, was found to have "
            f"one as often as in {format_percent(ALONE, 'en', None)} of cases, where 5% was meant, and it happens more "
            "often the more clusters there are to choose among and the more chance moves a level from year to year.",
            sv=f"Det behandlade klustret hade {sv} nivå av alla före insatsen. Om det valdes för det är en del av dess "
            "förändring bara en återgång till dess vanliga nivå: i de publicerade studierna av skillnad-i-skillnad "
            "befanns en kommun som valts för att den var den högsta, och som inte hade någon effekt, ha en sådan i så "
            f"mycket som {format_percent(ALONE, 'sv', None)} av fallen, där 5 % var avsett, och det händer oftare ju "
            "fler kluster det finns att välja bland och ju mer slumpen flyttar en nivå från år till år.",
        ),
    )
    return Text(
        en=f"{told.en} `trend_adjusted` can correct for it (`level_correction`).",
        sv=f"{told.sv} `trend_adjusted` kan korrigera för det (`level_correction`).",
    )


def _together(count: int, en: str, sv: str) -> Text:
    many, många = (format_number(count, lang) for lang in LANGUAGES)
    return _with_lowest(
        en,
        Text(
            en=f"The {many} treated clusters had the {many} {en} levels of all before the intervention. If they were "
            "chosen for that, part of their change is only a return to their usual levels: in the published studies of "
            "difference-in-differences two to five municipalities chosen together for being the highest, with no "
            f"effect, were found to have one as often as in {format_percent(TOGETHER, 'en')} of cases, where 5% was "
            "meant.",
            sv=f"De {många} behandlade klustren hade de {många} {sv}a nivåerna av alla före insatsen. Om de valdes för "
            "det är en del av deras förändring bara en återgång till deras vanliga nivåer: i de publicerade studierna "
            "av skillnad-i-skillnad befanns två till fem kommuner som valts tillsammans för att de var de högsta, och "
            f"som inte hade någon effekt, ha en sådan i så mycket som {format_percent(TOGETHER, 'sv')} av fallen, där "
            "5 % var avsett.",
        ),
        Text(en="several chosen for being the lowest", sv="flera som valts för att de var de lägsta"),
    )


def _taken_away(en: str, sv: str, *, several: bool) -> Text:
    level = _level(en, sv, several=several)
    return _with_lowest(
        en,
        Text(
            en=f"{level.en}, and the figure is corrected for "
            "what that foretells: in the published studies a unit chosen for being the highest, with no effect, was "
            f"found to have one as often as in {format_percent(CORRECTED, 'en')} of cases with the correction, where "
            f"5% was meant, and as often as in {format_percent(HIGHEST, 'en')} without.",
            sv=f"{level.sv}, och siffran är korrigerad för vad det "
            "förutsäger: i de publicerade studierna befanns en enhet som valts för att den var den högsta, och som "
            f"inte hade någon effekt, ha en sådan i så mycket som {format_percent(CORRECTED, 'sv')} av fallen med "
            f"korrigeringen, där 5 % var avsett, och i så mycket som {format_percent(HIGHEST, 'sv')} utan.",
        ),
    )


def _outside(en: str, sv: str) -> Text:
    told = _with_lowest(
        en,
        Text(
            en=f"The treated unit had the {en} level of all before the intervention, which no mixture of the donors "
            "reaches: in the published studies a unit chosen for being the highest, without any effect, was found to "
            f"have one as often as in {format_percent(OUTSIDE, 'en')} of cases, where 5% was meant.",
            sv=f"Den behandlade enheten hade {sv} nivå av alla före insatsen, dit ingen blandning av "
            "jämförelseenheterna når: i de publicerade studierna befanns en enhet som valts för att den var den "
            f"högsta, och som inte hade någon effekt, ha en sådan i så mycket som {format_percent(OUTSIDE, 'sv')} av "
            "fallen, där 5 % var avsett.",
        ),
    )
    return Text(
        en=f"{told.en} A synthetic difference-in-differences need not reach the level, and found an effect in "
        f"{format_percent(DIFFERENCED, 'en')} or less.",
        sv=f"{told.sv} En syntetisk skillnad-i-skillnad behöver inte nå nivån, och fann en effekt i "
        f"{format_percent(DIFFERENCED, 'sv')} eller mindre.",
    )


def _differenced(en: str, sv: str) -> Text:
    return _with_lowest(
        en,
        Text(
            en=f"The treated unit had the {en} level of all before the intervention. If it was chosen for that, part "
            "of its change is only a return to its usual level: in the published studies of synthetic "
            "difference-in-differences a municipality chosen for being the highest, with no effect, was found to have "
            f"one as often as in {format_percent(DIFFERENCED, 'en')} of cases, where 5% was meant.",
            sv=f"Den behandlade enheten hade {sv} nivå av alla före insatsen. Om den valdes för det är en del av dess "
            "förändring bara en återgång till dess vanliga nivå: i de publicerade studierna av syntetisk "
            "skillnad-i-skillnad befanns en kommun som valts för att den var den högsta, och som inte hade någon "
            f"effekt, ha en sådan i så mycket som {format_percent(DIFFERENCED, 'sv')} av fallen, där 5 % var avsett.",
        ),
    )


_LOWEST = Text(en="one chosen for being the lowest", sv="en som valts för att den var den lägsta")


def _with_lowest(en: str, told: Text, lowest: Text = _LOWEST) -> Text:
    """What the studies found of the highest, of whom there are studies; and why it holds for the lowest."""
    if en == "highest":
        return told
    return Text(
        en=f"{told.en} By symmetry the same goes for {lowest.en}, where chance moves low levels as far as high ones.",
        sv=f"{told.sv} Av symmetriskäl gäller detsamma {lowest.sv}, där slumpen flyttar låga nivåer lika långt som "
        "höga.",
    )
