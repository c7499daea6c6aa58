"""What stands beside the figure: the fit, the weights, the placebos, and the figure without each donor."""

from __future__ import annotations

from typing import Literal

import numpy as np

from effekt._text import Text, format_percent, significant
from effekt.diagnostics import placebo_distribution
from effekt.diagnostics.balance import effective_size
from effekt.estimators._coverage import differenced_notes, outside_notes
from effekt.estimators.synthetic.comparison import Comparison
from effekt.estimators.synthetic.panel import Paths
from effekt.estimators.synthetic.placebos import Found, finite_ratio, placebo_rows, rmspe_p
from effekt.result import Diagnostic, Note


def synthetic_diagnostics(
    paths: Paths, found: Found, better: Literal["lower", "higher"] | None, *, ranked: bool
) -> tuple[Diagnostic, ...]:
    """Fit, weights, figure without each donor, and placebos."""
    shown = [_fit(paths, found.actual), _weights(paths, found.actual)]
    if found.actual.zeta is not None:
        shown.append(_time_weights(paths, found.actual))
    shown.append(_without(found))
    if found.placebos:
        shown += [_ratios(paths, found), _distribution(paths, found, better, ranked=ranked)]
    return tuple(shown)


def _fit(paths: Paths, one: Comparison) -> Diagnostic:
    """How close the counterfactual follows the treated before, against a flat line.

    A mixture of more donors than there are periods may follow them all without the reason being one that lasts (Abadie
    2021, doi:10.1257/jel.20191450): then a close fit is no evidence, and its status is no "ok".
    """
    before, after = one.rmspe
    spread = float(np.std(paths.levels[: paths.n_before]))
    flat = before >= spread  # two flat lines: any mixture follows
    en, sv = significant(before, "en"), significant(before, "sv")
    loose = not flat and len(paths.donors) > paths.n_before
    more = _more_donors(len(paths.donors), paths.n_before) if loose else Text(en="", sv="")
    return Diagnostic(
        name="synthetic_fit",
        status="warning" if flat else "information" if loose else "ok",
        statement=Text(
            en=f"Before the intervention the counterfactual lies {en} from the treated outcome (root mean square, in "
            "the outcome's unit)"
            + (", no closer than a flat line would." if flat else ", closer than a flat line would.")
            + more.en,
            sv=f"Före insatsen ligger det kontrafaktiska utfallet {sv} från de behandlades (kvadratiskt medelvärde, i "
            "utfallets enhet)"
            + (", inte närmare än en rak linje." if flat else ", närmare än en rak linje.")
            + more.sv,
        ),
        values={"rmspe_before": before, "rmspe_after": after, "sd_before": spread, "zeta": one.zeta},
        table={
            "period": paths.periods,
            "treated": paths.levels,
            "counterfactual": tuple(y - gap for y, gap in zip(paths.levels, map(float, one.gaps), strict=True)),
        },
    )


def _more_donors(donors: int, periods: int) -> Text:
    return Text(
        en=f" There are more donors ({donors}) than periods before ({periods}), so that a mixture can come this close "
        "by chance; a close fit is then no evidence that the two would have gone on together.",
        sv=f" Jämförelseenheterna ({donors}) är fler än perioderna före ({periods}), så att en blandning kan komma så "
        "nära av en slump; en god passning är då inget belägg för att de två hade fortsatt att följas åt.",
    )


def _weights(paths: Paths, one: Comparison) -> Diagnostic:
    positive, size, largest = int(np.sum(one.weights != 0)), effective_size(one.weights), float(np.max(one.weights))
    en, sv = format_percent(largest, "en"), format_percent(largest, "sv")
    return Diagnostic(
        name="donor_weights",
        status="information",
        statement=Text(
            en=f"Of {len(paths.donors)} donors {positive} {_carry(positive)} weight; the largest weight is {en}.",
            sv=f"Av {len(paths.donors)} jämförelseenheter har {positive} en vikt; den största vikten är {sv}.",
        ),
        values={
            "n_donors": len(paths.donors),
            "n_positive": positive,
            "effective_donors": size,
            "max_weight": largest,
        },
        table={"unit": paths.donors, "weight": tuple(map(float, one.weights))},
    )


def _carry(n: int) -> str:
    return "carries" if n == 1 else "carry"


def _time_weights(paths: Paths, one: Comparison) -> Diagnostic:
    positive = int(np.sum(one.times > 0))
    return Diagnostic(
        name="time_weights",
        status="information",
        statement=Text(
            en=f"Of {paths.n_before} periods before the intervention {positive} {_carry(positive)} weight in the "
            "comparison.",
            sv=f"Av {paths.n_before} perioder före insatsen har {positive} en vikt i jämförelsen.",
        ),
        values={"n_periods": paths.n_before, "n_positive": positive},
        table={"period": paths.periods[: paths.n_before], "weight": tuple(map(float, one.times))},
    )


def _without(found: Found) -> Diagnostic:
    effects = [effect for _, effect in found.without]
    ends = [(significant(end, "en"), significant(end, "sv")) for end in (min(effects), max(effects))]
    return Diagnostic(
        name="leave_one_out",
        status="information",
        statement=Text(
            en=f"Without one donor that carries weight the effect is between {ends[0][0]} and {ends[1][0]}.",
            sv=f"Utan en jämförelseenhet som har en vikt är effekten mellan {ends[0][1]} och {ends[1][1]}.",
        ),
        values={"effect": found.actual.effect, "min_effect": min(effects), "max_effect": max(effects)},
        table={"unit": tuple(name for name, _ in found.without), "effect": tuple(effects)},
    )


def _ratios(paths: Paths, found: Found) -> Diagnostic:
    p_value = rmspe_p(found)
    return Diagnostic(
        name="rmspe_ratio",
        status="information",
        statement=Text(
            en=f"The gap after over the gap before is as large as the treated unit's with rank p = {p_value}; the "
            "figure's own p compares effects.",
            sv=f"Avvikelsen efter delad med avvikelsen före är lika stor som den behandlades med rang-p = {p_value}; "
            "siffrans eget p jämför effekter.",
        ),
        values={"p_value": float(p_value), "exact_p_value": str(p_value), "ratio": finite_ratio(found.actual)},
        table=placebo_rows(paths.donors, found),
    )


def _distribution(paths: Paths, found: Found, better: Literal["lower", "higher"] | None, *, ranked: bool) -> Diagnostic:
    after = np.mean((paths.values + paths.offsets)[paths.n_before :, 1:], axis=0) + paths.donors_after
    effects = np.array([one.effect for one in found.placebos])
    return placebo_distribution(
        treated=after,
        counterfactual=after - effects,
        reference=paths.donors_before,
        labels=paths.donors,
        better=better or "lower",
        ranked=ranked,
    )


AUGMENTED = Note(
    code="extrapolation",
    text=Text(
        en="Weights may be negative: a regression moves the counterfactual beyond what any mixture of the donors "
        "gives.",
        sv="Vikterna kan vara negativa: en regression flyttar det kontrafaktiska utanför vad någon blandning av "
        "jämförelseenheterna ger.",
    ),
)


RATIOS = Note(
    code="periods_count_equally",
    text=Text(
        en="The outcome of a period is its numerator over its denominator, of several treated units the ratio of their "
        "sums. Periods after the start count equally whatever their denominators, and the size of a unit does not "
        "count in the mixture: the figure is a mean of the periods' ratios, not the ratio of the sums over all "
        "periods.",
        sv="En periods utfall är täljaren genom nämnaren, för flera behandlade enheter kvoten av deras summor. "
        "Perioderna efter starten väger lika oavsett nämnare, och enheternas storlek räknas inte i blandningen: "
        "siffran är medelvärdet av periodernas kvoter, inte kvoten av summorna över alla perioder.",
    ),
)


def synthetic_notes(paths: Paths, found: Found, *, ranked: bool) -> tuple[Note, ...]:
    """What whoever reads the figure must know."""
    notes = []
    if not found.actual.unique:
        notes.append(
            Note(
                code="weights_not_unique",
                text=Text(
                    en="Other weights fit the periods before as well; those that spread the weight most are used.",
                    sv="Andra vikter stämmer lika väl med perioderna före; de som sprider vikten mest används.",
                ),
            )
        )
    if found.placebos and ranked and len(paths.treated_units) > 1:
        notes.append(
            Note(
                code="placebos_of_single_units",
                text=Text(
                    en=f"Each placebo is one unit, the treated outcome that of {len(paths.treated_units)} together; "
                    "single units as a rule vary more, which makes p larger.",
                    sv=f"Varje placebo är en enhet, de behandlades utfall gäller {len(paths.treated_units)} "
                    "tillsammans; enskilda enheter varierar som regel mer, vilket gör p större.",
                ),
            )
        )
    if found.placebos:
        extreme = outside_notes if found.actual.zeta is None else differenced_notes
        notes += extreme(float(np.mean(paths.levels[: paths.n_before])), paths.donors_before.tolist())
    return tuple(notes)
