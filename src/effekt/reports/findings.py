"""The sentences of what was found: effects with their uncertainty, and outcomes without one."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from effekt._inference import AndersonRubin, Placebos, StudentT, Unavailable
from effekt._text import LANGUAGES, Text
from effekt.certificates.certificate import Certificate, minimum_of
from effekt.certificates.predicate import Pending
from effekt.contracts.figures import DATE, YES_NO, AttestedFigure, EstimateFigure, MeasureFigure, date_of
from effekt.contracts.paying import analysis_of
from effekt.exceptions import InferenceUnavailableError, ViewUnavailableError
from effekt.reports.document import (
    Block,
    Callout,
    Column,
    Items,
    KeyFigure,
    KeyFigures,
    Paragraph,
    Section,
    Subheading,
    Table,
    same,
)
from effekt.reports.effects import ShownEffect, interval, ordered_results, relative_view, shown_effects, surely_worse
from effekt.reports.pictures import left_out_of, window_positions
from effekt.reports.unit_limits import limit_words
from effekt.reports.wording import (
    COUNTS,
    MEASURES,
    NO,
    NONE,
    STATES,
    YES,
    bare_mean,
    capital,
    digits_for,
    in_view,
    joined,
    level_text,
    mean,
    member_words,
    number,
    percent,
    signed,
    signed_estimate,
    times_words,
    unit_words,
)
from effekt.result import EffectEstimate, EffectSet, Note, OutcomeMeasure, OutcomePath, Sample, View

NOT_AN_EFFECT = Text(
    en="This is an outcome and not an effect: nothing here shows what would have happened without the intervention.",
    sv="Detta är ett utfall och inte en effekt: inget här visar vad som hade hänt utan insatsen.",
)
_ATTESTED = Text(
    en="The contract rests on attested facts. They have not been computed here, and do not by themselves show what the "
    "intervention caused.",
    sv="Avtalet bygger på intygade uppgifter. De har inte räknats fram här och visar inte i sig vad insatsen orsakade.",
)
CAUTIONS = ("short_coverage", "arm_without_variation")  # codes of notes that no reader may miss
_WITH = Text(en="With the intervention", sv="Med insatsen")
_WITHOUT = Text(en="Without it, by the comparison", sv="Utan insatsen, enligt jämförelsen")
_EFFECT = Text(en="Effect", sv="Effekt")
_RELATIVE = Text(en="Relative effect", sv="Relativ effekt")
_LABELS = {
    True: (_WITH, _WITHOUT, _EFFECT, _RELATIVE),
    False: (
        Text(en="After", sv="Efter"),
        Text(en="Before", sv="Före"),
        Text(en="Change", sv="Förändring"),
        Text(en="Relative change", sv="Relativ förändring"),
    ),
}
_BOTH_SIGNS = Text(
    en="The interval holds both a fall and a rise; that does not mean that the effect is zero.",
    sv="Intervallet rymmer både en minskning och en ökning; det betyder inte att effekten är noll.",
)

_HARM = Text(
    en="The whole interval lies on the side of a deterioration. Find out whether participants are harmed, whatever the "
    "terms pay.",
    sv="Hela intervallet ligger på försämringens sida. Ta reda på om deltagare skadas, vad villkoren än betalar.",
)


def found_section(certificate: Certificate) -> Section:
    """What every analysis gave, or the attested facts where there is none."""
    results = ordered_results(certificate)
    blocks: list[Block] = []
    for id, result in results.items():
        blocks += [Subheading(text=same(id))] if len(results) > 1 else []
        if isinstance(result, Pending):
            blocks.append(Callout(text=result.reason))
            continue
        blocks += _taken_by_none(id, certificate)
        if isinstance(result, OutcomeMeasure):
            blocks += _measure_blocks(result, limit_words(certificate.contract.model.analysis[id]))
        else:
            shown = [one for one in shown_effects(certificate) if one.analysis == id]
            blocks += _effect_blocks(shown[0].effect) if isinstance(result, EffectEstimate) else _set(result, shown)
    if not results:
        blocks += _attested_blocks(certificate)
    minimum = minimum_of(certificate.contract)
    if results and minimum:
        text = Text(en=f"Counts below {minimum} are hidden.", sv=f"Antal under {minimum} visas inte.")
        blocks.append(Paragraph(text=text, role="note"))
    return Section(id="found", heading=_heading(certificate), blocks=tuple(blocks))


def _taken_by_none(analysis: str, certificate: Certificate) -> Iterator[Block]:
    """That what an analysis gives is no figure of the contract, where each figure of it has no value, and why."""
    figures = {figure.id: figure for figure in certificate.figures}
    of_it = [
        figures[id]
        for id, term in certificate.contract.model.figures.items()
        if isinstance(term, (EstimateFigure, MeasureFigure)) and analysis_of(term) == analysis and id in figures
    ]
    if of_it and all(figure.value is None for figure in of_it):
        yield Callout(
            text=Text(
                en="What stands here is what the analysis gives. No figure of the contract has its value from it:",
                sv="Det som står här är vad analysen ger. Ingen av avtalets siffror har sitt värde från den:",
            ),
            items=tuple(figure.reason or STATES[figure.state] for figure in of_it),
        )


def _heading(certificate: Certificate) -> Text:
    if any(not isinstance(result, OutcomeMeasure) for result in certificate.results.values()):
        return Text(en="What was found", sv="Vad som framkom")
    return Text(en="Outcome, not effect", sv="Utfall, inte effekt")


# -------------------------------------------------------------------------------------- outcomes, not effects


def _measure_blocks(measure: OutcomeMeasure, limits: Text | None) -> Iterator[Block]:
    yield Paragraph(text=NOT_AN_EFFECT, role="lead")
    statistic = MEASURES[measure.statistic]
    en, sv = ("", "") if limits is None else (f", {limits.en}", f", {limits.sv}")
    label = Text(en=f"{statistic.en}, {measure.outcome.name}{en}", sv=f"{statistic.sv}, {measure.outcome.name}{sv}")
    digits = 0 if measure.exact.denominator == 1 else 4
    value, unit = number(measure.exact, digits), measure.outcome.unit
    if unit == DATE and (day := date_of(str(measure.exact))) is not None:
        value, unit = same(day.isoformat()), ""
    yield KeyFigures(items=(KeyFigure(label=label, value=value, unit=unit_words(unit)),))
    yield _counts(measure.population, measure.sample)
    yield from _notes(measure.notes)


def _attested_blocks(certificate: Certificate) -> Iterator[Block]:
    yield Paragraph(text=_ATTESTED, role="lead")
    values = {figure.id: figure.value for figure in certificate.figures}
    items = tuple(
        KeyFigure(
            label=same(id) if term.label is None else capital(term.label.text),
            value=stated_value(values.get(id), term.unit),
            unit="" if term.unit in (YES_NO, DATE) else unit_words(term.printed_unit),
        )
        for id, term in certificate.contract.model.figures.items()
        if isinstance(term, AttestedFigure)
    )
    if items:
        yield KeyFigures(items=items)


def stated_value(value: str | None, unit: str) -> Text:
    """A figure's value with all its digits; yes or no where it is one."""
    if value is None:
        return NONE
    if unit == YES_NO and value in ("0", "1"):
        return YES if value == "1" else NO
    if unit == DATE and (day := date_of(value)) is not None:
        return same(day.isoformat())
    return number(value)


def _counts(population: Text, sample: Sample) -> Paragraph:
    counts = [(label, getattr(sample, name)) for name, label in COUNTS.items()]
    known = [(label, number(count)) for label, count in counts if count is not None]
    en, sv = (
        "; ".join(f"{label.in_language(lang)}: {n.in_language(lang)}" for label, n in known) for lang in LANGUAGES
    )
    return Paragraph(
        text=Text(
            en=f"Population: {population.en}. {en}{'.' if en else ''}".rstrip(),
            sv=f"Population: {population.sv}. {sv}{'.' if sv else ''}".rstrip(),
        ),
        role="note",
    )


def _notes(notes: tuple[Note, ...]) -> Iterator[Block]:
    """As a list; what a method is known to fall short of apart, as a caution."""
    plain = tuple(note.text for note in notes if note.code not in CAUTIONS)
    if plain:
        yield Items(items=plain)
    yield from (Callout(text=note.text) for note in notes if note.code in CAUTIONS)


# ---------------------------------------------------------------------------------------------------- effects


def _effect_blocks(shown: EffectEstimate) -> Iterator[Block]:
    effect = _of_one(shown)
    yield Paragraph(text=_direction(effect), role="lead")
    yield KeyFigures(items=(*_key_figures(effect), *_in_all(shown)))
    yield from (Paragraph(text=text) for text in _uncertainty(effect))
    if surely_worse(effect):
        yield Callout(text=_HARM)
    yield Paragraph(text=_observed(effect))
    if effect.path is not None:
        yield Paragraph(text=_own_change(effect, effect.path))
    yield _counts(effect.estimand.population, effect.sample)
    yield from _notes(effect.notes)


def _of_one(effect: EffectEstimate) -> EffectEstimate:
    """The difference of the means where a figure is paid on its total, whose unit is not that of the means."""
    return replace(effect, view=View(name="difference")) if effect.view.name == "total" else effect


def _in_all(effect: EffectEstimate) -> Iterator[KeyFigure]:
    """The improvement of so many units together, where a figure is paid on it."""
    if effect.view.name == "total":
        count = times_words(abs(effect.view.slope))
        label = Text(en=f"Improvement for {count.en} together", sv=f"Förbättring för {count.sv} tillsammans")
        value = number(effect.estimate, digits_for(abs(effect.estimate)))
        yield KeyFigure(label=label, value=signed(value, effect.estimate))


def _key_figures(effect: EffectEstimate) -> Iterator[KeyFigure]:
    """Both means and their contrast, absolute and relative, all of one size."""
    difference, relative, unit = effect.difference().estimate, relative_view(effect), unit_words(effect.outcome.unit)
    with_it, without_it, change, in_relation = _LABELS[effect.estimand.causal]
    yield KeyFigure(label=with_it, value=bare_mean(effect, effect.treated_mean), unit=unit)
    yield KeyFigure(label=without_it, value=bare_mean(effect, effect.counterfactual_mean), unit=unit)
    yield KeyFigure(label=change, value=signed(bare_mean(effect, difference), difference), unit=unit)
    if relative is not None:
        yield KeyFigure(label=in_relation, value=signed_estimate(relative))


def _direction(effect: EffectEstimate) -> Text:
    """Higher or lower than without the intervention, and whether that is better: harm as plainly as benefit."""
    difference, relative = effect.difference(), relative_view(effect)
    if difference.estimate == 0:
        return Text(
            en="The outcome was equal to what it is compared with.",
            sv="Utfallet blev lika med det som det jämförs med.",
        )
    size = in_view(difference, abs(difference.estimate)) if relative is None else percent(abs(relative.estimate))
    rose = difference.estimate > 0
    than = (
        Text(en="than it would have been without the intervention", sv="än det hade blivit utan insatsen")
        if effect.estimand.causal
        else Text(en="than before", sv="än före")
    )
    higher = Text(en="higher", sv="högre") if rose else Text(en="lower", sv="lägre")
    judged = _judged(effect, rose)
    return Text(
        en=f"By the estimate the outcome was {size.en} {higher.en} {than.en}.{judged.en}",
        sv=f"Enligt skattningen blev utfallet {size.sv} {higher.sv} {than.sv}.{judged.sv}",
    )


def _judged(effect: EffectEstimate, rose: bool) -> Text:
    """' Lower is better, so it points to an improvement.'; nothing where the outcome does not say what is better."""
    if effect.outcome.better is None:
        return same("")
    rule = Text(en="Higher", sv="Högre") if effect.outcome.better == "higher" else Text(en="Lower", sv="Lägre")
    verdict = (
        Text(en="an improvement", sv="en förbättring")
        if rose == (effect.outcome.better == "higher")
        else Text(en="a deterioration", sv="en försämring")
    )
    return Text(
        en=f" {rule.en} is better, so it points to {verdict.en}.",
        sv=f" {rule.sv} är bättre, så den pekar på {verdict.sv}.",
    )


def _uncertainty(effect: EffectEstimate) -> Iterator[Text]:
    """Why there is no 95 per cent interval, the interval there is, and the p-value, each in words."""
    try:
        effect.confidence_interval()
    except InferenceUnavailableError as reason:
        yield _no_interval(effect, reason)
    yield from _intervals(effect)
    try:
        yield _p_value(effect)
    except InferenceUnavailableError:
        return  # for the same reason as the interval, told above


def _no_interval(effect: EffectEstimate, reason: InferenceUnavailableError) -> Text:
    if not isinstance(effect.inference, Unavailable):
        return Text(en=str(reason), sv=reason.sv)
    return Text(en=f"There is no confidence interval. {reason}", sv=f"Det finns inget konfidensintervall. {reason.sv}")


def _intervals(effect: EffectEstimate) -> Iterator[Text]:
    """The set for the effect, absolute and relative, and what it means that it holds zero."""
    views = [view for view in (effect.difference(), relative_view(effect)) if view is not None]
    found = [(view, ends) for view in views if (ends := interval(view)) is not None]
    if not found:
        return
    level = level_text(found[0][1].level)
    found_pieces = [pieces(view, ends.intervals) for view, ends in found]
    yield Text(
        en=f"Confidence interval at level {level.en}: {', relative '.join(piece.en for piece in found_pieces)}.",
        sv=f"Konfidensintervall på nivån {level.sv}: {', relativt '.join(piece.sv for piece in found_pieces)}.",
    )
    if any(low < 0 < high for low, high in found[0][1].intervals):
        yield _BOTH_SIGNS
    if effect.view.contrast == "difference" and isinstance(effect.inference, (StudentT, AndersonRubin)):
        yield from _no_relative(effect)


def _no_relative(effect: EffectEstimate) -> Iterator[Text]:
    """Why the relative effect has no interval, where the absolute one has: no event was seen among the treated."""
    try:
        effect.relative().confidence_interval()
    except InferenceUnavailableError as reason:
        yield Text(en=str(reason), sv=reason.sv)
    except ViewUnavailableError:
        return  # there is no relative effect


def pieces(effect: EffectEstimate, intervals: tuple[tuple[float, float], ...]) -> Text:
    """'−1.2 to −0.4 days'; several pieces for a set with gaps."""
    ends = [
        (signed(in_view(effect, low, unit=False), low), signed(in_view(effect, high), high)) for low, high in intervals
    ]
    if not ends:
        return Text(en="empty, no effect fits the data by this test", sv="tomt, ingen effekt passar data enligt testet")
    return Text(
        en=" or ".join(f"{low.en} to {high.en}" for low, high in ends),
        sv=" eller ".join(f"{low.sv} till {high.sv}" for low, high in ends),
    )


def _p_value(effect: EffectEstimate) -> Text:
    """The p-value in words; as a count of the placebos and the treated unit where it is one."""
    found = effect.rank_p_value()
    small = found < Fraction(1, 1000)
    p = Text(en="p below 0.001", sv="p under 0,001") if small else number(float(found), 3)
    p = p if small else Text(en=f"p = {p.en}", sv=f"p = {p.sv}")
    if not isinstance(effect.inference, Placebos):
        return Text(
            en=f"The probability of a deviation at least this large, if the intervention changed nothing: {p.en}.",
            sv=f"Sannolikheten för en minst så stor avvikelse om insatsen inte ändrade något: {p.sv}.",
        )
    cases = len(effect.inference.errors) + 1
    return Text(
        en="If the intervention changed nothing, a deviation at least this large would still arise in "
        f"{found * cases} of {cases} cases ({p.en}).",
        sv=f"Om insatsen inte ändrade något skulle en minst så stor avvikelse ändå uppstå i {found * cases} fall av "
        f"{cases} ({p.sv}).",
    )


def _observed(effect: EffectEstimate) -> Text:
    treated = mean(effect, effect.observed.treated)
    parts = [Text(en=f"treated {treated.en}", sv=f"behandlade {treated.sv}")]
    if effect.observed.control is not None:
        control = mean(effect, effect.observed.control)
        parts.append(Text(en=f"comparison {control.en}", sv=f"jämförelsen {control.sv}"))
    both = joined(parts)
    return Text(
        en=f"Observed means without adjustment: {both.en}.", sv=f"Observerade medelvärden utan justering: {both.sv}."
    )


def _own_change(effect: EffectEstimate, path: OutcomePath) -> Text:
    """The treated outcome itself, window to window: it may have worsened while the effect is an improvement."""
    out = left_out_of(effect, path)
    counted = ([i for i in range(first, last + 1) if i not in out] for first, last in window_positions(path))
    before, after = (math.fsum(path.treated[i] for i in places) / len(places) for places in counted)
    but = Text(en=" but for those left out", sv=" utom de utelämnade") if out else same("")
    change = signed(percent(after / before - 1), after - before) if before > 0 else NONE
    first, last = mean(effect, before), mean(effect, after)
    return Text(
        en=f"The treated outcome itself went from {first.en} in the reference period to {last.en} in the evaluation "
        f"period ({change.en}), as plain means of the periods shown{but.en}.",
        sv=f"De behandlades eget utfall gick från {first.sv} i referensperioden till {last.sv} i utvärderingsperioden "
        f"({change.sv}), räknat som enkla medelvärden av perioderna i bilden{but.sv}.",
    )


# ------------------------------------------------------------------------------------------------------- sets


def _set(effects: EffectSet, combined: list[ShownEffect]) -> Iterator[Block]:
    """Every member in a row, then those that the contract's figures are taken from."""
    unit = unit_words(effects.effects[0].outcome.unit)
    mixed = len({effect.outcome.unit for effect in effects.effects}) > 1  # then each row names its own
    yield Table(
        caption=Text(en=f"All effects of the analysis, in {unit.en}", sv=f"Analysens alla effekter, i {unit.sv}")
        if unit.en and not mixed
        else Text(en="All effects of the analysis", sv="Analysens alla effekter"),
        columns=(
            Column(label=_EFFECT),
            Column(label=_WITH, kind="number"),
            Column(label=_WITHOUT, kind="number"),
            Column(label=_EFFECT, kind="number"),
            Column(label=_RELATIVE, kind="number"),
            Column(label=Text(en="Interval", sv="Intervall"), kind="number"),
        ),
        rows=tuple(
            _member(_named(label, effect, unit=mixed), effect)
            for label, effect in zip(effects.labels, effects.effects, strict=True)
        ),
    )
    yield from _notes(effects.notes)
    for shown in combined:
        yield Subheading(text=shown.name)
        yield from _effect_blocks(shown.effect)


def _named(label: str, effect: EffectEstimate, *, unit: bool) -> Text:
    """The member's name, with its unit where the table has no common one."""
    name, own = member_words(label, effect.method), unit_words(effect.outcome.unit)
    return Text(en=f"{name.en} ({own.en})", sv=f"{name.sv} ({own.sv})") if unit and own.en else name


def _member(label: Text, effect: EffectEstimate) -> tuple[Text, ...]:
    difference, relative = effect.difference(), relative_view(effect)
    ends = interval(difference)
    return (
        label,
        bare_mean(effect, effect.treated_mean),
        bare_mean(effect, effect.counterfactual_mean),
        signed(bare_mean(effect, difference.estimate), difference.estimate),
        NONE if relative is None else signed_estimate(relative),
        NONE if ends is None else pieces(difference, ends.intervals),
    )


# ----------------------------------------------------------------------------------------------------- checks
