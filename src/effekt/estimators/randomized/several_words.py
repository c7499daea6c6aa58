"""What a reader of several effects of one trial is told, in both languages."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from effekt._inference import Unavailable
from effekt._text import Text, format_number
from effekt._validation import join_words, plural
from effekt.result import EffectEstimate, Note
from effekt.roles import Estimand

_COMPARED = {
    "outcome": Text(
        en="The effects are on several outcomes of the same units, so they are correlated.",
        sv="Effekterna gäller flera utfall för samma enheter och är därför korrelerade.",
    ),
    "arm": Text(
        en="Every arm is compared with the same control group, so the effects are correlated.",
        sv="Varje behandlingsarm jämförs med samma kontrollgrupp, och effekterna är därför korrelerade.",
    ),
}


WITHOUT_STEPDOWN = {
    "arm": Text(
        en="By randomisation no p-values hold for all arms together, since the null of one arm does not say what the "
        "units of the others would have had; Holm's adjustment holds nevertheless.",
        sv="Lottningen ger inga p-värden som gäller för alla behandlingsarmar gemensamt, eftersom nollhypotesen för en "
        "arm inte säger vad enheterna i de andra skulle ha haft; Holms justering gäller ändå.",
    ),
    "subgroup": Text(
        en="The assignments are those of each subgroup by itself, so no p-values are given for all subgroups "
        "together; Holm's adjustment holds nevertheless.",
        sv="Fördelningarna är varje delgrupps egna, så inga p-värden ges för alla delgrupper gemensamt; Holms "
        "justering gäller ändå.",
    ),
}


def estimand_in(dimension: str, label: str, estimand: Estimand) -> Estimand:
    """The estimand with the arm or subgroup that it is restricted to; an outcome restricts nothing."""
    within = {
        "outcome": Text(en="", sv=""),
        "arm": Text(
            en=f", arm {label!r} and the control group", sv=f", behandlingsarmen {label!r} och kontrollgruppen"
        ),
        "subgroup": Text(en=f", subgroup {label!r}", sv=f", delgruppen {label!r}"),
    }[dimension]
    population = Text(en=estimand.population.en + within.en, sv=estimand.population.sv + within.sv)
    return replace(estimand, population=population)


def notes_of_set(
    dimension: str,
    labels: Sequence[str],
    effects: Sequence[EffectEstimate],
    *,
    df: float | None,
    subgroup: str | None,
    left_out: int,
) -> tuple[Note, ...]:
    """What is compared, how the uncertainty is joint, that several effects are looked at, and what is not there."""
    notes = {
        "several_effects": _COMPARED[dimension] if subgroup is None else _subgroups(subgroup),
        "several_tests": Text(
            en=f"There {'is' if len(labels) == 1 else 'are'} {plural(len(labels), 'effect')}, and each p-value holds "
            "for its effect alone; the more there are, the more likely it is that one is small by chance.",
            sv=f"Här finns {len(labels)} effekt{'' if len(labels) == 1 else 'er'}, och varje p-värde gäller sin "
            "effekt för sig; ju fler de är, desto troligare är det att något är litet av en slump.",
        ),
    }
    if df is not None:
        notes["joint_covariance"] = _joint(effects[0].variance, df, dimension)
    missing = [label for label, one in zip(labels, effects, strict=True) if isinstance(one.inference, Unavailable)]
    if missing:
        notes["without_inference"] = Text(
            en=f"Without inference, each with its reason: {join_words(missing, 'and')}. A combination with one of them "
            "has none either.",
            sv=f"Utan osäkerhetsmått, var och en med sitt skäl: {join_words(missing, 'och')}. En sammanvägning med "
            "någon av dem saknar också osäkerhetsmått.",
        )
    if left_out:
        kind_en, kind_sv = ("an arm", "behandlingsarm") if dimension == "arm" else ("a subgroup", "delgrupp")
        notes["left_out"] = Text(
            en=f"Left out: {plural(left_out, 'row')} without the name of {kind_en}.",
            sv=f"Uteslutna: {left_out} rad{'' if left_out == 1 else 'er'} utan angiven {kind_sv}.",
        )
    return tuple(Note(code=code, text=text) for code, text in notes.items())


def _subgroups(column: str) -> Text:
    return Text(
        en=f"The effects are those in the subgroups of the column {column!r}. That the subgroups were named before "
        "the outcome was seen cannot be told from the data; a locked plan shows it.",
        sv=f"Effekterna är de i delgrupperna enligt kolumnen {column!r}. Att delgrupperna bestämdes på "
        "förhand framgår inte av data; det visas av en låst plan.",
    )


def _joint(variance: str, df: float, dimension: str) -> Text:
    """Where the joint covariance comes from, and the degrees of freedom of combinations."""
    if math.isinf(df):
        reference_en, reference_sv = "the normal distribution", "normalfördelningen"
    else:
        of_en, of_sv = (
            ("the arms' and effects'", "armarnas och effekternas")
            if dimension == "arm"
            else ("the effects'", "effekternas")
        )
        reference_en = f"the smallest of {of_en} degrees of freedom, {format_number(df, 'en', 2)}"
        reference_sv = f"det minsta av {of_sv} frihetsgradstal, {format_number(df, 'sv', 2)}"
    return Text(
        en=f"The joint covariance is {variance}, from the same residuals as each standard error; combinations use "
        f"{reference_en}.",
        sv=f"Den gemensamma kovariansen är {variance}, av samma residualer som varje medelfel; sammanvägningar "
        f"använder {reference_sv}.",
    )
