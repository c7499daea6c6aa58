"""Which variances do not hold their level at the sizes contracts have, as the published studies measured."""

from __future__ import annotations

from effekt._text import Text, format_percent
from effekt.result import Note

WORST: dict[str, float] = {"HC0": 0.924, "CR0": 0.848, "CR1": 0.894, "CR1S": 0.87}  # lowest coverage of 95 % intervals
_BETTER = {"HC0": "HC2", "CR0": "CR2", "CR1": "CR2", "CR1S": "CR2"}


def coverage_notes(variance: str) -> tuple[Note, ...]:
    """The note that a result carries when its variance falls short; none for the others."""
    if variance not in WORST:
        return ()
    better = _BETTER[variance]
    text = Text(
        en=f"{variance} intervals are too short in small samples: a 95% interval covered as little as "
        f"{format_percent(WORST[variance], 'en')} in the published studies; {better} holds its level there.",
        sv=f"Intervall med {variance} är för korta i små urval: ett 95-procentigt intervall täckte så lite som "
        f"{format_percent(WORST[variance], 'sv')} i de publicerade studierna; {better} håller sin nivå där.",
    )
    return (Note(code="short_coverage", text=text),)
