"""What is said of two groups before and after."""

from __future__ import annotations

from effekt._calendar import period_numbers
from effekt._inference import Inference, Unavailable
from effekt._linalg import CLUSTER_VARIANCES
from effekt._text import LANGUAGES, Text, format_number
from effekt._validation import plural
from effekt.estimators._refusals import NO_VARIATION
from effekt.estimators.did.asymptotic import held_of
from effekt.estimators.did.cross_sections import Columns, CrossSections
from effekt.estimators.did.panel import Panel
from effekt.result import Diagnostic, Note

AFFECTED = Text(en="Those who could be affected", sv="De som kunde påverkas")
NOT_AFFECTED = Text(en="Those who could not be affected", sv="De som inte kunde påverkas")
PARALLEL = Note(
    code="parallel_trends",
    text=Text(
        en="The figure assumes that without the intervention both groups would have changed alike.",
        sv="Siffran förutsätter att båda grupperna hade förändrats lika utan insatsen.",
    ),
)


PARALLEL_GAPS = Note(
    code="parallel_trends",
    text=Text(
        en="The figure assumes that without the intervention the gap between those who could be affected and those "
        "who could not would have changed alike in both groups, and that the intervention did not reach the latter.",
        sv="Siffran förutsätter att skillnaden mellan dem som kunde påverkas och dem som inte kunde det hade "
        "förändrats lika i båda grupperna utan insatsen, och att insatsen inte nådde de senare.",
    ),
)
COMPOSITION = Note(
    code="composition",
    text=Text(
        en="Other people are seen in each period. The figure assumes that who they are changed alike in both groups; "
        "no covariates were given by which that could be looked at.",
        sv="Andra personer ingår i varje period. Siffran förutsätter att vilka de är ändrades lika i båda grupperna; "
        "inga kovariater angavs som det kunde granskas med.",
    ),
)
COMPOSITION_OF = Note(
    code="composition",
    text=Text(
        en="Other people are seen in each period. The figure assumes that who they are changed alike in both groups, "
        "but for the covariates, which are adjusted for and may not be moved by the intervention.",
        sv="Andra personer ingår i varje period. Siffran förutsätter att vilka de är ändrades lika i båda grupperna, "
        "bortsett från kovariaterna, som det justeras för och som insatsen inte får ha påverkat.",
    ),
)


MEANS = Text(en="the means are of the periods that there are", sv="medelvärdena gäller de perioder som finns")
DISTANCES = Text(
    en="distances to adoption count the periods that there are",
    sv="avstånd till införandet räknas i de perioder som finns",
)


def gap_notes(periods: tuple[str, ...], so: Text = MEANS) -> tuple[Note, ...]:
    """How many periods of the calendar have no rows, if any, and what follows of it."""
    found = period_numbers(periods)
    if found is None:
        return ()
    numbers = found[1]
    gaps = numbers[-1] - numbers[0] + 1 - len(numbers)
    if not gaps:
        return ()
    after = periods[next(i for i in range(len(numbers)) if numbers[i + 1] > numbers[i] + 1)]
    several = "perioder" if gaps > 1 else "period"
    text = Text(
        en=f"{plural(gaps, 'period')} between {periods[0]} and {periods[-1]} {'is' if gaps == 1 else 'are'} not in the "
        f"data, the first after {after}; {so.en}.",
        sv=f"{gaps} {several} mellan {periods[0]} och {periods[-1]} finns inte i underlaget, den första efter {after}; "
        f"{so.sv}.",
    )
    return (Note(code="period_gaps", text=text),)


def few_notes(found: Inference, seen: Panel | CrossSections, variance: str) -> tuple[Note, ...]:
    """Which inference there is where clusters, each in one group, are too few for that by a variance."""
    held = held_of(seen)
    asked = variance in CLUSTER_VARIANCES and isinstance(found, Unavailable) and found.reason != NO_VARIATION
    if not asked or not held.nested:
        return ()
    if held.treated == held.untreated == 1:
        return (FEW_IN_EACH,)
    return (FEW_ONE if held.treated == 1 and isinstance(seen, Panel) else FEW,)


ONE_IN_EACH = Text(
    en="with one cluster in each group no inference can tell the effect from what sets the two apart",
    sv="med ett kluster i varje grupp kan ingen inferens skilja effekten från det som annars skiljer de två åt",
)
FEW_IN_EACH = Note(
    code="few_clusters",
    text=Text(en=f"{ONE_IN_EACH.en.capitalize()}.", sv=f"{ONE_IN_EACH.sv.capitalize()}."),
)
FEW = Note(
    code="few_clusters",
    text=Text(
        en="Where clusters are too few for a standard error, inference='permutation' compares those treated with every "
        "other choice of as many.",
        sv="Där klustren är för få för ett medelfel jämför inference='permutation' de behandlade med varje annat val "
        "av lika många.",
    ),
)
FEW_ONE = Note(
    code="few_clusters",
    text=Text(
        en=f"{FEW.text.en} With one treated cluster, inference='conley_taber' compares its change with how those of "
        "the untreated spread.",
        sv=f"{FEW.text.sv} Med ett enda behandlat kluster jämför inference='conley_taber' dess förändring med hur de "
        "obehandlades sprider sig.",
    ),
)


def population(n_treated: int, seen: Panel | CrossSections, names: Columns, *, people: bool = False) -> Text:
    """For whom the effect is."""
    after = [name for name, post in zip(seen.periods, seen.post, strict=True) if post]
    en = "the treated unit" if n_treated == 1 else f"the {n_treated} treated units"
    sv = "den behandlade enheten" if n_treated == 1 else f"de {n_treated} behandlade enheterna"
    if names.eligible is not None:
        en, sv = f"those who could be affected in {en}", f"de som kunde påverkas i {sv}"
    elif people:
        en, sv = f"the people seen in {en}", f"de personer som ingår i {sv}"
    return Text(en=f"{en}, {after[0]} to {after[-1]}", sv=f"{sv}, {after[0]} till {after[-1]}")


def both_differences(first: float, second: float) -> Diagnostic:
    """The two differences of differences that the third is taken of."""
    own, other = ({lang: format_number(value, lang, 3) for lang in LANGUAGES} for value in (first, second))
    return Diagnostic(
        name="triple_difference",
        status="information",
        statement=Text(
            en=f"The difference of differences is {own['en']} among those who could be affected and {other['en']} "
            "among those who could not; the figure is the first less the second.",
            sv=f"Skillnaden mellan skillnaderna är {own['sv']} bland dem som kunde påverkas och {other['sv']} bland "
            "dem som inte kunde det; siffran är den första minus den andra.",
        ),
        values={"difference_eligible": first, "difference_others": second},
    )
