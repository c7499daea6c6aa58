"""What is told of staggered adoption: estimands, notes, and why there is no inference."""

from __future__ import annotations

from collections.abc import Sequence

from effekt._few import MIN_DF, few_clusters
from effekt._text import Text, format_number
from effekt._validation import join_words
from effekt.estimators.staggered.covariance import WHOLE, Arms
from effekt.result import Note
from effekt.roles import Estimand

PARALLEL = Note(
    code="parallel_trends",
    text=Text(
        en="The figure assumes that without the intervention each cohort would have changed as the units it is "
        "compared with.",
        sv="Siffran förutsätter att varje kohort utan insatsen hade förändrats som de enheter den jämförs med.",
    ),
)
CONDITIONAL = Note(
    code="parallel_trends",
    text=Text(
        en="The figure assumes that without the intervention each cohort would have changed as units with the same "
        "covariates that it is compared with.",
        sv="Siffran förutsätter att varje kohort utan insatsen hade förändrats som de enheter med samma "
        "bakgrundsvariabler som den jämförs med.",
    ),
)
ALIKE = Note(
    code="parallel_trends",
    text=Text(
        en="The figure assumes that without the intervention the outcomes of all units would have changed alike, in "
        "every period of the data.",
        sv="Siffran förutsätter att utfallen för alla enheter utan insatsen hade förändrats lika, under varje period i "
        "underlaget.",
    ),
)


COMPOSITION = Note(
    code="composition",
    text=Text(
        en="Other people are seen in each period. The figure assumes that they are drawn from the same population in "
        "every period, so that who they are, and how many are of each cohort, does not change.",
        sv="Andra personer ingår i varje period. Siffran förutsätter att de är dragna ur samma population i varje "
        "period, så att varken vilka de är eller hur många som hör till varje kohort ändras.",
    ),
)


def label_of(cohort: str, period: str) -> str:
    """'(2004, 2006)'."""
    return f"({cohort}, {period})"


def estimand_of(n_treated: int, cohort: str, period: str) -> Estimand:
    """The cohort in one period."""
    one = n_treated == 1
    return Estimand(
        name="ATT(g,t)",
        population=Text(
            en=f"the {'unit' if one else f'{n_treated} units'} first treated in {cohort}, in {period}",
            sv=f"{'den enhet' if one else f'de {n_treated} enheter'} som behandlas från {cohort}, under {period}",
        ),
    )


def people_of(cohort: str, period: str) -> Estimand:
    """The people of the cohort in one period."""
    return Estimand(
        name="ATT(g,t)",
        population=Text(
            en=f"the people of units first treated in {cohort}, in {period}",
            sv=f"personerna i de enheter som behandlas från {cohort}, under {period}",
        ),
    )


def set_notes(
    n_always: int, n_later: int, awaiting: tuple[Note, ...], without: Sequence[tuple[str, str]]
) -> tuple[Note, ...]:
    """Which units and effects are left out, and which count as never treated."""
    notes = []
    if n_always:
        units, enheter = _units(n_always)
        notes.append(
            Note(
                code="always_treated",
                text=Text(
                    en=f"{units} without a period before treatment and its anticipation {_was(n_always)} left out.",
                    sv=f"{enheter} utan någon period före behandlingen och dess förväntan har lämnats utanför.",
                ),
            )
        )
    if n_later:
        units, enheter = _units(n_later)
        notes.append(
            Note(
                code="treated_later",
                text=Text(
                    en=f"{units} whose treatment starts after the last period {'counts' if n_later == 1 else 'count'} "
                    "as never treated.",
                    sv=f"{enheter} vars behandling börjar efter den sista perioden räknas som aldrig behandlade.",
                ),
            )
        )
    notes.extend(awaiting)
    if without:
        labels = [label_of(*one) for one in without]
        notes.append(
            Note(
                code="no_controls",
                text=Text(
                    en=f"No unit was left to compare with, so there is no effect for {join_words(labels, 'and')}.",
                    sv=f"Ingen enhet återstod att jämföra med; effekt saknas därför för {join_words(labels, 'och')}.",
                ),
            )
        )
    return tuple(notes)


def awaiting_note(count: int, controls: str) -> tuple[Note, ...]:
    """Units that start after the last period, too soon after it to count as never treated."""
    if not count:
        return ()
    (units, enheter), one = _units(count), count == 1
    en = f"{units} whose treatment starts after the last period may await it then already"
    sv = f"{enheter} vars behandling börjar efter den sista perioden kan redan då vänta sig den"
    if controls == "never_treated":
        en, sv = (
            f"{en}, and nobody is compared with {'it' if one else 'them'}.",
            f"{sv}, och ingen jämförs med {'den' if one else 'dem'}.",
        )
    else:
        en, sv = (
            f"{en}, and {'counts' if one else 'count'} as not treated only in earlier periods.",
            f"{sv}, och räknas som ej {'behandlad' if one else 'behandlade'} bara under tidigare perioder.",
        )
    return (Note(code="treated_later_anticipated", text=Text(en=en, sv=sv)),)


def refusal_of(arms: Arms, *, never: bool) -> Text | None:
    """Why a comparison has no inference, and where there is some; None when it has. `never`: some are never treated."""
    found, more = _refusal(arms), _OTHERWISE if never else _BESIDE_LATER
    return None if found is None else Text(en=f"{found.en} {more.en}", sv=f"{found.sv} {more.sv}")


def _refusal(arms: Arms) -> Text | None:
    for count, en, sv in ((arms.clusters[0], "cohort", "kohorten"), (arms.clusters[1], "control group", "jämförelsen")):
        if count < 2:
            return Text(
                en=f"Cluster-robust inference needs at least two clusters in each group; the {en} has one.",
                sv=f"Klusterrobust inferens kräver minst två kluster i varje grupp; {sv} har ett.",
            )
    few = few_clusters(arms.clusters[2])
    if few is not None:
        return few
    if arms.leverage >= WHOLE:
        return Text(
            en="One cluster alone decides a part of the comparison, so its error cannot be seen.",
            sv="Ett enda kluster avgör en del av jämförelsen, så att dess fel inte går att se.",
        )
    df = min(arms.df)
    if df < MIN_DF:
        return Text(
            en=f"The smaller group is worth {format_number(df + 1, 'en', 2)} equal clusters (less the covariates)"
            "; below 4 a t reference cannot be relied on.",
            sv=f"Den mindre gruppen är värd {format_number(df + 1, 'sv', 2)} lika stora kluster (minus "
            "bakgrundsvariablerna); under 4 går det inte att lita på t-fördelningen.",
        )
    return None


_OTHERWISE = Text(
    en="For few clusters inference='permutation' tests the average of all effects, and `event_study` of one cohort "
    "beside the units never treated that cohort.",
    sv="För få kluster prövar inference='permutation' medelvärdet av alla effekter, och `event_study` av en kohort "
    "bredvid enheter som aldrig behandlas den kohorten.",
)
_BESIDE_LATER = Text(
    en="For few clusters inference='permutation' tests the average of all effects, and `event_study` one cohort: pass "
    "it that and the units treated later, with only the periods before these are treated or may anticipate it, as no "
    "units are never treated.",
    sv="För få kluster prövar inference='permutation' medelvärdet av alla effekter, och `event_study` en kohort: ge "
    "den kohorten och de enheter som behandlas senare, med bara perioderna innan dessa behandlas eller kan förvänta "
    "sig det, eftersom alla enheter behandlas.",
)
BY_AVERAGE = Text(
    en="The permutation tests one effect that is the same in all treated periods, by the average of all of them; for "
    "one cohort `event_study` has inference='permutation'.",
    sv="Permutationen prövar en effekt som är densamma i alla behandlade perioder, med medelvärdet av dem alla; för en "
    "kohort har `event_study` inference='permutation'.",
)


RARELY = Text(
    en="The average does not exist in most ways of giving the clusters each other's periods of adoption, as covariates "
    "depend on each other among so few controls, so the ways say little of chance.",
    sv="Medelvärdet finns inte för de flesta sätt att ge klustren varandras perioder för införandet, eftersom "
    "kovariater beror av varandra bland så få kontroller, så sätten säger lite om slumpen.",
)


def dealt(count: int, complete: bool, rng: object, sizes: tuple[int, int], left_out: int) -> tuple[Note, ...]:
    """How the periods of adoption were dealt to the clusters, what that is for, and whether clusters are unequal."""
    if complete:
        how_en = f"all {format_number(count, 'en')} ways of giving the clusters each other's periods of adoption"
        how_sv = f"alla {format_number(count, 'sv')} sätt att ge klustren varandras perioder för införandet"
    else:
        known = isinstance(rng, int)
        seed_en, seed_sv = (f" from the seed {rng}", f" med fröet {rng}") if known else ("", "")
        how_en = (
            f"{format_number(count, 'en')} ways, drawn at random{seed_en}, of giving the clusters each other's periods "
            "of adoption"
        )
        how_sv = (
            f"{format_number(count, 'sv')} slumpmässigt dragna sätt{seed_sv} att ge klustren varandras perioder för "
            "införandet"
        )
    if left_out:
        how_en += f" (left out: {format_number(left_out, 'en')} in which it does not exist)"
        how_sv += f" (uteslutna: {format_number(left_out, 'sv')} för vilka det inte finns)"
    notes = [
        Note(
            code="permutation",
            text=Text(
                en=f"Inference is by permutation: the average under {how_en}, in each of which the cohorts weigh as "
                "the units they are given. It assumes that without the intervention any cluster's path could as well "
                "have been any other's, and is for an effect that is the same for every unit in every treated period.",
                sv=f"Inferensen bygger på permutation: medelvärdet under {how_sv}, där kohorterna varje gång väger "
                "som de enheter de får. Den förutsätter att varje klusters utveckling utan insatsen lika gärna kunde "
                "ha varit ett annats, och gäller en effekt som är densamma för alla enheter i alla behandlade "
                "perioder.",
            ),
        )
    ]
    low, high = sizes
    if low < high:
        notes.append(
            Note(
                code="unequal_clusters",
                text=Text(
                    en=f"The clusters hold from {format_number(low, 'en')} to {format_number(high, 'en')} units. Small "
                    "clusters change more by chance than large ones, so an average that rests on small treated "
                    "clusters is found to differ too often, one that rests on large ones too seldom.",
                    sv=f"Klustren har från {format_number(low, 'sv')} till {format_number(high, 'sv')} enheter. Små "
                    "kluster ändras mer av slump än stora, så ett medelvärde som vilar på små behandlade kluster visar "
                    "skillnad för ofta och ett som vilar på stora för sällan.",
                ),
            )
        )
    return tuple(notes)


def _units(count: int) -> tuple[str, str]:
    return (f"{count} unit{'' if count == 1 else 's'}", f"{count} enhet{'' if count == 1 else 'er'}")


def _was(count: int) -> str:
    return "was" if count == 1 else "were"
