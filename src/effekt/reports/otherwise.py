"""What the contract would have paid on other figures: alternatives, designs, bounds on missing outcomes, windows.

None of these amounts is paid. They are settled by the contract's own rules from what the certificate carries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from effekt._inference import Unavailable
from effekt._text import Text
from effekt.certificates.certificate import Certificate
from effekt.certificates.predicate import Pending
from effekt.contracts import Figure, Settlement, settle_figures
from effekt.contracts.estimated import AnyResult, estimate_figure, is_judged, withheld, withheld_figure
from effekt.contracts.fallback import Rung, rungs_of
from effekt.contracts.figures import DerivedFigure, EstimateFigure
from effekt.contracts.ladders import came_to
from effekt.exceptions import EffektError
from effekt.reports.document import Block, Callout, Column, Items, Paragraph, Section, Subheading, Table, same
from effekt.reports.lacking import lacking, ladders, point_figures
from effekt.reports.names import figure_mention, figure_name
from effekt.reports.other_means import OtherMeans, adjustments, bounds, comparators, windows
from effekt.reports.wording import NONE, STATES, capital, joined, money, number
from effekt.result import EffectEstimate, EffectSet

_Readings: TypeAlias = Callable[[EffectEstimate], Iterator[OtherMeans]]

MOST_NAMED = 10  # readings of one kind that a sentence lists
_NO_INFERENCE = Text(
    en="This is a bound or another reading, and has no uncertainty of its own.",
    sv="Detta är en gräns eller en annan läsning och har ingen egen osäkerhet.",
)
_NEVER_PAID = Text(
    en="These amounts are never paid. Each is what the contract's own rules give when the figures named have other "
    "values and all others stay as they are, also those that tell the uncertainty of the estimate.",
    sv="Dessa belopp betalas aldrig. Vart och ett är vad avtalets egna regler ger när de angivna siffrorna har andra "
    "värden och alla övriga är oförändrade, även de som anger skattningens osäkerhet.",
)
_SAME_STATE = Text(
    en="None of them changes the total or the state of the payment.",
    sv="Ingen av dem ändrar summan eller betalningens status.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Which reading of which effect other figures are taken from.

    Attributes
    ----------
    analysis : str
    member : str or None
        Of a set of effects the one that is read otherwise.
    name : str
        Of the reading, as `OtherMeans` has it.
    """

    analysis: str
    member: str | None
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Otherwise:
    """One other reading of the figures, and what it would pay.

    Attributes
    ----------
    label : Text
        Which reading.
    values : mapping of figure to value or None
        The figures that take another value.
    settlement : Settlement
        By the contract's own rules.
    source : Source, optional
        Where the other figures are computed from the data.
    rung : (figure, figure), optional
        Where a ladder has one figure alone: the ladder, and that figure.
    """

    label: Text
    values: Mapping[str, str | None]
    settlement: Settlement
    source: Source | None = None
    rung: tuple[str, str] | None = None


def amounts_otherwise(certificate: Certificate) -> dict[str, tuple[Otherwise, ...]]:
    """Settle a certificate's contract on every other reading that it declares or that its checks hold.

    Parameters
    ----------
    certificate : Certificate

    Returns
    -------
    dict of str to tuple of Otherwise
        Under "declared", "designs" (other adjustments and comparators of a trend-adjusted change, and each other figure
        of a ladder), "missing" (bounds where outcomes are missing in a trial) and "windows" (every reference window of
        a check on them); only what there is. Counts and tables that are hidden give none.
    """
    found = {
        "declared": tuple(_declared(certificate)),
        "designs": (
            *_of_checks(certificate, adjustments),
            *_of_checks(certificate, comparators),
            *_of_ladders(certificate),
        ),
        "missing": tuple(_of_checks(certificate, bounds)),
        "windows": tuple(_of_checks(certificate, windows)),
    }
    return {kind: readings for kind, readings in found.items() if readings}


def changes(certificate: Certificate, reading: Otherwise) -> bool:
    """Whether a reading pays another total, or ends in another state."""
    mine, its = certificate.settlement, reading.settlement
    return (mine.state, mine.total) != (its.state, its.total)


# ------------------------------------------------------------------------------------------------ the readings


def _declared(certificate: Certificate) -> Iterator[Otherwise]:
    """The alternatives that the contract prespecifies."""
    terms, own = certificate.contract.model, {figure.id: figure for figure in certificate.figures}
    for name, alternative in (terms.sensitivity or {}).items():
        changed = {id: replace(own[other], id=id, source=own[id].source) for id, other in alternative.replace.items()}
        title = alternative.title.text
        yield _settled(certificate, Text(en=f"{name}: {title.en}", sv=f"{name}: {title.sv}"), changed)


def _of_ladders(certificate: Certificate) -> Iterator[Otherwise]:
    """For each ladder that pays, every figure of it but the one that it came to."""
    terms = certificate.contract.model
    own = {figure.id: figure for figure in certificate.figures}
    for id, term in ladders(terms).items():
        chosen = came_to(id, own, terms)
        for rung in dict.fromkeys(rung.figure for rung in rungs_of(term)):
            if rung != chosen:
                name, other = figure_name(id, terms), figure_mention(rung, terms)
                label = Text(en=f"{name.en}: {other.en}", sv=f"{name.sv}: {other.sv}")
                yield _on_rung(certificate, label, id, rung)


def _on_rung(certificate: Certificate, label: Text, id: str, rung: str) -> Otherwise:
    """The settlement of the same figures where a ladder has this figure alone."""
    terms = certificate.contract.model
    formula = ladders(terms)[id].derived.model_copy(update={"fallback": (Rung.model_construct(figure=rung),)})
    alone = ladders(terms)[id].model_copy(update={"derived": formula})
    model = terms.model_copy(update={"figures": {**terms.figures, id: alone}})
    settlement = settle_figures(replace(certificate.contract, model=model), _given(certificate), certificate.events)
    values = {figure.id: figure.value for figure in settlement.figures if figure.id == id}
    return Otherwise(label=label, values=values, settlement=settlement, rung=(id, rung))


def _of_checks(certificate: Certificate, readings: _Readings) -> Iterator[Otherwise]:
    """For each analysis that pays on a point estimate, its effects with other means, one reading at a time."""
    for analysis, mine in point_figures(certificate).items():
        result = certificate.results[analysis]
        if isinstance(result, Pending):
            continue
        several = len(certificate.results) > 1
        for member, told, other in _moved(result, readings):
            label = (
                told.label if member is None else Text(en=f"{member}, {told.label.en}", sv=f"{member}, {told.label.sv}")
            )
            named = Text(en=f"{analysis}, {label.en}", sv=f"{analysis}, {label.sv}") if several else label
            changed = _taken(mine, other, certificate)
            if changed is not None:
                source = Source(analysis=analysis, member=member, name=told.name)
                yield replace(_settled(certificate, capital(named), changed), source=source)


def _moved(result: AnyResult, readings: _Readings) -> Iterator[tuple[str | None, OtherMeans, AnyResult]]:
    """The result with one reading of one effect in its place, with the effect's name in a set."""
    if isinstance(result, EffectEstimate):
        yield from ((None, other, _with(result, other)) for other in readings(result))
    elif isinstance(result, EffectSet):
        for position, (name, effect) in enumerate(zip(result.labels, result.effects, strict=True)):
            for other in readings(effect):
                effects = (*result.effects[:position], _with(effect, other), *result.effects[position + 1 :])
                yield name, other, replace(result, effects=effects)


def _with(effect: EffectEstimate, other: OtherMeans) -> EffectEstimate:
    return replace(effect, means=other.means, exact=other.exact, inference=Unavailable(reason=_NO_INFERENCE))


def _taken(mine: Mapping[str, EstimateFigure], other: AnyResult, certificate: Certificate) -> dict[str, Figure] | None:
    """The figures of the changed result; None where it gives none of them, or the same."""
    own = {figure.id: figure for figure in certificate.figures}
    try:
        changed = {id: _figure(id, term, other, own, certificate) for id, term in mine.items()}
    except EffektError:
        return None  # a mean for which the view does not exist, such as a ratio over zero
    return {id: figure for id, figure in changed.items() if figure != own[id]}


def _figure(
    id: str, term: EstimateFigure, other: AnyResult, own: Mapping[str, Figure], certificate: Certificate
) -> Figure:
    """A figure of the changed result; without a value where the contract gives it none, however the means come out."""
    result = certificate.results[term.estimate]
    if not isinstance(result, Pending) and is_judged(term, result):  # what tells the uncertainty stays as it is
        term = term.model_copy(update={"without_inference": None})
    why = withheld(id, term, certificate.contract.model, other, own, date=certificate.date)
    return estimate_figure(id, term, other, own) if why is None else withheld_figure(id, term, why)


def _settled(certificate: Certificate, label: Text, changed: Mapping[str, Figure]) -> Otherwise:
    settlement = settle_figures(certificate.contract, {**_given(certificate), **changed}, certificate.events)
    return Otherwise(label=label, values={id: figure.value for id, figure in changed.items()}, settlement=settlement)


def _given(certificate: Certificate) -> dict[str, Figure]:
    """The figures that are not computed from others."""
    terms = certificate.contract.model.figures
    return {one.id: one for one in certificate.figures if not isinstance(terms[one.id], DerivedFigure)}


# ----------------------------------------------------------------------------------------------- the section

HEADINGS = {
    "declared": Text(en="Prespecified alternatives", sv="På förhand angivna alternativ"),
    "designs": Text(en="Other comparators and designs", sv="Andra jämförelser och designer"),
    "missing": Text(en="Where outcomes are missing", sv="Där utfall saknas"),
    "windows": Text(en="Other reference windows", sv="Andra referensfönster"),
}


def otherwise_section(certificate: Certificate) -> Section | None:
    """What would have been paid on every other reading, which of them changes the payment, and which are not known.

    Parameters
    ----------
    certificate : Certificate

    Returns
    -------
    Section or None
        None where there is no other reading, and no figure that pays is an effect estimated here.
    """
    found, without = amounts_otherwise(certificate), lacking(certificate)
    if not found and not without:
        return None
    blocks: list[Block] = [Callout(text=_NEVER_PAID), *_which(certificate, found)] if found else []
    for kind, heading in HEADINGS.items():
        if kind in found or kind in without:
            blocks.append(Subheading(text=heading))
        if kind in found:
            blocks.append(_table(certificate, heading, found[kind]))
        if kind in without:
            blocks.append(Items(items=without[kind]))
    return Section(
        id="sensitivity",
        heading=Text(en="What would change the payment", sv="Vad som skulle ändra betalningen"),
        blocks=tuple(blocks),
    )


def _which(certificate: Certificate, found: Mapping[str, tuple[Otherwise, ...]]) -> Iterator[Block]:
    moved = {kind: [one.label for one in readings if changes(certificate, one)] for kind, readings in found.items()}
    count, every = sum(map(len, moved.values())), sum(map(len, found.values()))
    if not count:
        yield Paragraph(text=_SAME_STATE)
        return
    names = joined(name for kind, labels in moved.items() for name in _named(kind, labels, len(found[kind])))
    yield Paragraph(
        text=Text(
            en=f"{count} of {every} change the total or the state of the payment: {names.en}.",
            sv=f"{count} av {every} ändrar summan eller betalningens status: {names.sv}.",
        )
    )


def _named(kind: str, labels: list[Text], of: int) -> list[Text]:
    """The readings of one kind by name; many of them as their number, which the table below has one by one."""
    if len(labels) <= MOST_NAMED:
        return labels
    heading = HEADINGS[kind]
    return [Text(en=f"{heading.en} ({len(labels)} of {of})", sv=f"{heading.sv} ({len(labels)} av {of})")]


def _table(certificate: Certificate, caption: Text, readings: tuple[Otherwise, ...]) -> Table:
    own = Text(en="As settled", sv="Enligt avräkningen")
    rows = [(own, NONE, _amount(certificate.settlement), NONE)]
    rows += [
        (
            reading.label,
            _values(certificate, reading),
            _amount(reading.settlement),
            Text(en="yes", sv="ja") if changes(certificate, reading) else Text(en="no", sv="nej"),
        )
        for reading in readings
    ]
    return Table(
        caption=caption,
        columns=(
            Column(label=Text(en="Reading", sv="Läsning")),
            Column(label=Text(en="Figures", sv="Siffror")),
            Column(label=Text(en="Total, not paid", sv="Summa, betalas inte"), kind="number"),
            Column(label=Text(en="Changes the payment", sv="Ändrar betalningen"), kind="short"),
        ),
        rows=tuple(rows),
    )


def _values(certificate: Certificate, reading: Otherwise) -> Text:
    terms = certificate.contract.model
    told = []
    for id, value in reading.values.items():
        name, shown = figure_name(id, terms), NONE if value is None else number(value)
        told.append(Text(en=f"{name.en}: {shown.en}", sv=f"{name.sv}: {shown.sv}"))
    return Text(en="; ".join(one.en for one in told), sv="; ".join(one.sv for one in told)) if told else same("–")


def _amount(settlement: Settlement) -> Text:
    if settlement.total is None:
        return STATES[settlement.state]
    return money(settlement.total, settlement.currency)
