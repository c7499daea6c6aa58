"""That a single period before the intervention carries a comparison."""

from __future__ import annotations

from collections.abc import Sequence

from effekt._text import Text
from effekt.result import Note

ONE_BEFORE = Note(
    code="one_period_before",
    text=Text(
        en="Only one period lies before the intervention. Whether those compared changed alike until then cannot be "
        "seen, and what was by chance in that period is part of the figure.",
        sv="Bara en period ligger före insatsen. Om de jämförda förändrades lika fram till dess går inte att se, och "
        "det som var slump i den perioden är en del av siffran.",
    ),
)


def one_before_notes(count: int) -> tuple[Note, ...]:
    """The note where the comparison has one period before."""
    return (ONE_BEFORE,) if count == 1 else ()


def one_cohort_notes(starts: Sequence[int], periods: Sequence[str], anticipation: int) -> tuple[Note, ...]:
    """The same of the cohort that has one period before its treatment and anticipation; no other can have it.

    Parameters
    ----------
    starts : sequence of int
        Position of the first treated period of each cohort with an effect, in any order.
    periods : sequence of str
    anticipation : int
    """
    cohorts = sorted(set(starts))
    if not cohorts or cohorts[0] != 1 + anticipation:
        return ()
    if len(cohorts) == 1:
        return (ONE_BEFORE,)
    name, count = periods[cohorts[0]], len(cohorts)
    text = Text(
        en=f"Of {count} cohorts, that of {name} has only one period before its treatment and anticipation. Whether it "
        "changed as those it is compared with until then cannot be seen, and what was by chance in that period is part "
        "of its figures.",
        sv=f"Av {count} kohorter har den från {name} bara en period före sin behandling och förväntan. Om den "
        "förändrades som dem den jämförs med fram till dess går inte att se, och det som var slump i den perioden är "
        "en del av dess siffror.",
    )
    return (Note(code=ONE_BEFORE.code, text=text),)
