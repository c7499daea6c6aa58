"""The sentences on what chance alone would give, in words for those who pay."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from effekt._text import Text, format_share
from effekt.certificates.certificate import Certificate
from effekt.exceptions import InferenceUnavailableError
from effekt.reports.document import Block, Column, Paragraph, Section, Subheading, Table
from effekt.reports.effects import (
    Chance,
    ShownEffect,
    chances,
    is_improvement,
    no_difference,
    placebo_values,
    shown_effects,
    spread_of,
)
from effekt.reports.pictures import effect_picture
from effekt.reports.thresholds import Threshold
from effekt.reports.wording import NONE, capital, each, in_view, threshold_text
from effekt.result import EffectEstimate


def chance_section(certificate: Certificate) -> Section | None:
    """What would be found, and how often the contract's thresholds be reached, if the intervention changed nothing."""
    effects = shown_effects(certificate)
    blocks: list[Block] = []
    for position, shown in enumerate(effects, start=1):
        found = list(_blocks(shown, f"chance-{position}"))
        if not all(block in blocks for block in found):  # one reason for several effects is told once
            blocks += [Subheading(text=shown.name), *found] if len(effects) > 1 else found
    heading = Text(en="What chance alone would give", sv="Vad slumpen ensam skulle ge")
    return Section(id="chance", heading=heading, blocks=tuple(blocks)) if blocks else None


def _blocks(shown: ShownEffect, id: str) -> Iterator[Block]:
    effect, placebos, spread = shown.effect, placebo_values(shown.effect), spread_of(shown.effect)
    if spread is None and not placebos:
        yield Paragraph(text=_unknown(effect), role="lead")
        return
    rows = tuple(chances(shown))
    yield Paragraph(text=_vary(effect, spread, len(placebos)), role="lead")
    told = [row for row in rows if row.normal is not None and row.threshold.at != no_difference(effect)]
    yield from (Paragraph(text=_in_plain_words(effect, row)) for row in told[-1:])
    yield effect_picture(effect, tuple({one.at: None for one in shown.thresholds}), id)
    if rows:
        yield _table(effect, rows, len(placebos))
    if placebos:
        yield Paragraph(text=_rough(len(placebos)), role="note")


def _unknown(effect: EffectEstimate) -> Text:
    try:
        effect.p_value()
        reason = Text(en="The method gives no standard error.", sv="Metoden ger inget medelfel.")
    except InferenceUnavailableError as error:
        reason = Text(en=str(error), sv=error.sv)
    return Text(
        en=f"How far chance alone would have moved the figure cannot be said. {reason.en}",
        sv=f"Hur mycket slumpen ensam hade flyttat siffran går inte att säga. {reason.sv}",
    )


def _vary(effect: EffectEstimate, spread: float | None, placebos: int) -> Text:
    """How far chance moves the figure, seen in units without the intervention or in the standard error."""
    size = NONE if spread is None else in_view(effect, spread)
    if not placebos:
        return Text(
            en=f"Outcomes vary without any intervention too. The standard error of the estimate is {size.en}.",
            sv=f"Utfall varierar också utan någon insats. Skattningens medelfel är {size.sv}.",
        )
    return Text(
        en=f"Outcomes vary without any intervention too. The same comparison, made for {placebos} units that did not "
        f"have it, finds deviations with a standard deviation of {size.en}.",
        sv=f"Utfall varierar också utan någon insats. Samma jämförelse, gjord för {placebos} enheter som inte fick "
        f"insatsen, ger avvikelser med standardavvikelsen {size.sv}.",
    )


def _in_plain_words(effect: EffectEstimate, chance: Chance) -> Text:
    """'… in about 7 cases of 100.'"""
    times = round(100 * (chance.normal or 0.0))
    reach = _reach(effect, chance.threshold)
    often = (
        Text(en="in fewer than 1 case of 100", sv="i färre än 1 fall av 100")
        if times < 1
        else Text(
            en=f"in about {times} {'case' if times == 1 else 'cases'} of 100", sv=f"i ungefär {times} fall av 100"
        )
    )
    return Text(
        en=f"Had the intervention had no effect at all, {reach.en} would still have come about by chance {often.en}, "
        "by the normal curve.",
        sv=f"Om insatsen inte hade haft någon effekt alls skulle {reach.sv} ändå ha uppstått av en slump {often.sv}, "
        "enligt normalkurvan.",
    )


def _reach(effect: EffectEstimate, threshold: Threshold) -> Text:
    """'a reduction of 12% or more', in the direction that is better; 'of more than 12%' where it must be passed."""
    value = threshold_text(effect, threshold.at)
    if is_improvement(effect):
        lower = effect.outcome.better == "lower"
        moved = Text(en="a reduction", sv="en minskning") if lower else Text(en="an increase", sv="en ökning")
    else:
        moved = Text(en="a value", sv="ett värde")
    beyond = Text(en="less", sv="mindre")
    if threshold.upwards:
        beyond = Text(en="more", sv="mer")
    if not threshold.itself:
        return Text(en=f"{moved.en} of {beyond.en} than {value.en}", sv=f"{moved.sv} på {beyond.sv} än {value.sv}")
    return Text(en=f"{moved.en} of {value.en} or {beyond.en}", sv=f"{moved.sv} på {value.sv} eller {beyond.sv}")


def _table(effect: EffectEstimate, rows: tuple[Chance, ...], placebos: int) -> Table:
    columns = [Column(label=Text(en="If the intervention had no effect", sv="Om insatsen inte hade någon effekt"))]
    if placebos:
        label = Text(en="Among units without it", sv="Bland enheter utan insatsen")
        columns.append(Column(label=label, kind="number"))
    columns.append(Column(label=Text(en="By the normal curve", sv="Enligt normalkurvan"), kind="number"))
    return Table(
        caption=Text(
            en="The chance of reaching the contract's own thresholds", sv="Chansen att nå avtalets egna trösklar"
        ),
        columns=tuple(columns),
        rows=tuple(_row(effect, row, placebos) for row in rows),
    )


def _row(effect: EffectEstimate, chance: Chance, placebos: int) -> tuple[Text, ...]:
    share = Text(en=f"{chance.reached} of {placebos}", sv=f"{chance.reached} av {placebos}")
    normal = NONE if chance.normal is None else each(partial(format_share, chance.normal))
    return (capital(_reach(effect, chance.threshold)), *((share,) if placebos else ()), normal)


def _rough(placebos: int) -> Text:
    return Text(
        en=f"These numbers are rough: they rest on {placebos} units, and hold for a unit that was not chosen for its "
        "level.",
        sv=f"Dessa tal är grova: de vilar på {placebos} enheter och gäller en enhet som inte valts för sin nivå.",
    )
