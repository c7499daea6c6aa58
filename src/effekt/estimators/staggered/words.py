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


def set_notes(n_always: int, n_later: int, without: Sequence[tuple[str, str]]) -> tuple[Note, ...]:
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
    en="For few clusters `event_study` of one cohort beside the units never treated has inference='permutation'.",
    sv="För få kluster har `event_study` av en kohort bredvid enheter som aldrig behandlas inference='permutation'.",
)
_BESIDE_LATER = Text(
    en="For few clusters `event_study` has inference='permutation': pass it one cohort and the units treated later, "
    "with only the periods before these are treated or may anticipate it, as no units are never treated.",
    sv="För få kluster har `event_study` inference='permutation': ge den en kohort och de enheter som behandlas "
    "senare, med bara perioderna innan dessa behandlas eller kan förvänta sig det, eftersom alla enheter behandlas.",
)


def _units(count: int) -> tuple[str, str]:
    return (f"{count} unit{'' if count == 1 else 's'}", f"{count} enhet{'' if count == 1 else 'er'}")


def _was(count: int) -> str:
    return "was" if count == 1 else "were"
