"""The sentences on the payment: every step of every line, who pays whom, and how far the figures are from a change."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from fractions import Fraction

from effekt._calendar import days_after
from effekt._text import LANGUAGES, Text
from effekt.certificates.certificate import Certificate
from effekt.certificates.predicate import Pending
from effekt.contracts import Figure, SettledLine, Settlement, Step
from effekt.contracts.check_groups import groups_of
from effekt.contracts.estimated import counted_share, counts_as_zero, missing_reason
from effekt.contracts.figures import (
    DATE,
    YES_NO,
    AttestedFigure,
    DerivedFigure,
    EstimateFigure,
    FigureTerm,
    MeasureFigure,
    date_of,
)
from effekt.contracts.ladders import came_to
from effekt.contracts.model import ContractTerms
from effekt.contracts.money import exact_text
from effekt.contracts.paying import analysis_of, moving
from effekt.contracts.required_checks import unmet
from effekt.contracts.schema import is_decimal
from effekt.contracts.thin_data import MATCH_CHECK
from effekt.exceptions import UnavailableError
from effekt.reports.document import Block, Callout, Column, Items, Paragraph, Section, Subheading, Table, Total, same
from effekt.reports.effects import spread_of
from effekt.reports.expected import expected_blocks
from effekt.reports.figure_basis import basis_tables, figure_effects
from effekt.reports.findings import stated_value
from effekt.reports.names import figure_mention, figure_name, party_name
from effekt.reports.statistic_words import statistic_words
from effekt.reports.thresholds import thresholds
from effekt.reports.wording import (
    NO,
    NONE,
    STATES,
    YES,
    capital,
    chosen_words,
    money,
    number,
    unit_words,
)
from effekt.result import EffectEstimate, EffectSet

_LINE, _GUARANTEE = Text(en="Line", sv="Rad"), Text(en="Guarantee", sv="Garanti")
_VALUE = Text(en="Value", sv="Värde")
_FIGURE = Text(en="Figure", sv="Siffra")


def payment_section(certificate: Certificate) -> Section:
    """Line by line to the total, and how far each figure is from where the payment changes."""
    settled = certificate.settlement
    blocks: list[Block] = [block for line in settled.lines for block in _line(line, certificate)]
    blocks += _shares(certificate)
    blocks.append(_total(settled, certificate.kind))
    blocks += _passed_on(certificate)
    blocks += [block for line in settled.guarantees for block in _line(line, certificate, _GUARANTEE)]
    blocks += _distances(certificate)
    blocks += expected_blocks(certificate)
    return Section(id="payment", heading=Text(en="The payment", sv="Betalningen"), blocks=tuple(blocks))


def _total(settled: Settlement, kind: str) -> Total:
    """The sum, with its sign; or what is undisputed while a line waits. Only a final certificate has one to pay."""
    if settled.total is None:
        label = Text(en="Undisputed so far", sv="Ostridigt hittills")
        return Total(label=label, value=money(settled.undisputed, settled.currency))
    label = Text(en="Total payment", sv="Summa att betala")
    if kind == "interim":
        label = Text(
            en="Total as the figures stand; nothing is paid on this certificate",
            sv="Summa som siffrorna står; inget betalas enligt detta intyg",
        )
    elif settled.total.startswith("-"):
        label = Text(en="Total payment (negative: paid back)", sv="Summa att betala (negativ: betalas tillbaka)")
    return Total(label=label, value=money(settled.total, settled.currency))


def _line(line: SettledLine, certificate: Certificate, kind: Text = _LINE) -> Iterator[Block]:
    amount = STATES[line.state] if line.amount is None else money(line.amount, certificate.settlement.currency)
    yield Subheading(text=Text(en=f"{kind.en} {line.id}: {amount.en}", sv=f"{kind.sv} {line.id}: {amount.sv}"))
    if line.steps:
        yield Items(items=tuple(_told(step, line, certificate) for step in line.steps), numbered=True)
    if line.amount is None:
        yield Callout(text=capital(STATES[line.state]), items=line.reasons)
    elif kind is _LINE and certificate.kind == "final" and Fraction(line.amount):
        yield from _due(line.id, certificate)


def _due(id: str, certificate: Certificate) -> Iterator[Block]:
    """The day on which an amount is to be paid, where the contract says: the line's own, or days after this one."""
    payment = certificate.contract.model.payment
    own, days = payment.lines[id].due, payment.due_days
    if own is not None:
        text = Text(en=f"The amount falls due on {own}.", sv=f"Beloppet förfaller till betalning {own}.")
    elif days is not None:
        day = days_after(certificate.date, days)
        text = Text(
            en=f"The amount falls due on {day}, {days} {'day' if days == 1 else 'days'} after the day of the "
            "certificate.",
            sv=f"Beloppet förfaller till betalning {day}, {days} {'dag' if days == 1 else 'dagar'} efter intygets dag.",
        )
    else:
        return
    yield Paragraph(text=text, role="note")


def _told(step: Step, line: SettledLine, certificate: Certificate) -> Text:
    """A step in words; what is paid before the next settlement only where this certificate pays."""
    if step.rule != "paid_to_date" or certificate.kind == "final":
        return Text(en=step.en, sv=step.sv)
    before = certificate.paid_to_date.get(line.id)
    if before is None:
        return Text(
            en="Nothing is paid on this certificate, so the next settlement has as paid before what this one had.",
            sv="Inget betalas enligt detta intyg, så nästa avräkning har samma belopp som tidigare betalt som denna.",
        )
    paid = money(before, certificate.settlement.currency)
    return Text(
        en=f"Nothing is paid on this certificate, so the next settlement still has {paid.en} as paid before.",
        sv=f"Inget betalas enligt detta intyg, så nästa avräkning har fortfarande {paid.sv} som tidigare betalt.",
    )


def _passed_on(certificate: Certificate) -> Iterator[Block]:
    """What each party gets by the waterfall, with its steps."""
    found, currency = certificate.settlement.distribution, certificate.settlement.currency
    if found is None:
        return
    name = party_name(found.party, certificate)
    yield Subheading(text=Text(en=f"What {name} passes on", sv=f"Vad {name} fördelar vidare"))
    if found.amount is None:
        yield Callout(text=capital(STATES[found.state]), items=found.reasons)
        return
    yield Items(items=tuple(Text(en=step.en, sv=step.sv) for step in found.steps), numbered=True)
    yield Table(
        caption=Text(en="Who gets what", sv="Vem får vad"),
        columns=(
            Column(label=Text(en="Party", sv="Part")),
            Column(label=Text(en="Amount", sv="Belopp"), kind="number"),
        ),
        rows=tuple(
            (same(party_name(receipt.party, certificate)), money(receipt.amount, currency))
            for receipt in found.receipts
        ),
    )


def _shares(certificate: Certificate) -> Iterator[Block]:
    """Who pays whom; a negative amount runs the other way."""
    settled = certificate.settlement
    rows = []
    for line in settled.lines:
        for share in line.shares:
            payer, payee = party_name(share.payer, certificate), party_name(line.payee, certificate)
            amount = Fraction(share.amount)
            sides = (payer, payee) if amount >= 0 else (payee, payer)
            shown = money(share.amount.removeprefix("-"), settled.currency)
            rows.append((same(line.id), *map(same, sides), shown))
    if rows:
        yield Table(
            caption=Text(en="Who pays whom", sv="Vem betalar vem"),
            columns=(
                Column(label=Text(en="Line", sv="Rad")),
                Column(label=Text(en="Pays", sv="Betalar")),
                Column(label=Text(en="Is paid", sv="Får betalt")),
                Column(label=Text(en="Amount", sv="Belopp"), kind="number"),
            ),
            rows=tuple(rows),
        )


# -------------------------------------------------------------------------------------------------- distances


def _distances(certificate: Certificate) -> Iterator[Block]:
    """How far each figure is from the nearest value at which the payment changes, in the figure's own unit."""
    held, terms = thresholds(certificate.contract), certificate.contract.model
    effects = dict(figure_effects(certificate))
    rows = tuple(
        _distance(figure, held[figure.id], terms, effects.get(figure.id))
        for figure in certificate.figures
        if figure.id in held and figure.value is not None and figure.unit != YES_NO
    )
    if rows:
        yield Table(
            caption=Text(
                en="Distance to the nearest value at which the terms change",
                sv="Avstånd till närmaste värde där villkoren ändras",
            ),
            columns=(
                Column(label=_FIGURE),
                Column(label=_VALUE, kind="number"),
                Column(label=Text(en="Nearest threshold", sv="Närmaste tröskel"), kind="number"),
                Column(label=Text(en="Distance", sv="Avstånd"), kind="number"),
                Column(label=Text(en="In standard errors", sv="I medelfel"), kind="number"),
            ),
            rows=rows,
        )


def _distance(
    figure: Figure, held: tuple[Fraction, ...], terms: ContractTerms, effect: EffectEstimate | None
) -> tuple[Text, ...]:
    value = Fraction(figure.value or "")
    nearest = min(held, key=lambda at: (abs(value - at), at))
    apart, days = number(exact_text(abs(value - nearest))), (date_of(figure.value or ""), date_of(exact_text(nearest)))
    if figure.unit == DATE and days[0] is not None and days[1] is not None:
        count = abs((days[0] - days[1]).days)
        apart = Text(en=f"{count} day{'' if count == 1 else 's'}", sv=f"{count} dag{'' if count == 1 else 'ar'}")
    return (
        figure_name(figure.id, terms),
        stated_value(figure.value, figure.unit),
        stated_value(exact_text(nearest), figure.unit),
        apart,
        _in_errors(abs(value - nearest), terms.figures[figure.id], effect),
    )


def _in_errors(apart: Fraction, term: FigureTerm, effect: EffectEstimate | None) -> Text:
    """The distance in standard errors, or placebo standard deviations, of a figure that is a point estimate."""
    spread = None if effect is None else spread_of(effect)
    if not spread or not isinstance(term, EstimateFigure) or term.statistic != "estimate":
        return NONE
    return number(float(apart) / spread, 2)


# ---------------------------------------------------------------------------------------------------- figures


def figures_section(certificate: Certificate) -> Section:
    """Every figure of the contract with all its digits, where it comes from, and its state."""
    terms = certificate.contract.model
    columns = (
        Column(label=_FIGURE),
        Column(label=_VALUE, kind="number"),
        Column(label=Text(en="Unit", sv="Enhet")),
        Column(label=Text(en="Source", sv="Källa")),
        Column(label=Text(en="Moves money", sv="Styr belopp"), kind="short"),
        Column(label=Text(en="State", sv="Status"), kind="short"),
    )
    figures = {figure.id: figure for figure in certificate.figures}
    moves = moving(terms.payment, terms.figures)
    rows = tuple(
        _figure_row(figure, certificate, came_to(figure.id, figures, terms), moves) for figure in certificate.figures
    )
    table = Table(
        caption=Text(en="Every figure of the contract", sv="Avtalets alla siffror"), columns=columns, rows=rows
    )
    told = (
        figure.reason or _zero_by_check(figure, certificate) or _zero_for(figure, certificate)
        for figure in certificate.figures
    )
    reasons = tuple(dict.fromkeys(reason for reason in told if reason is not None))
    blocks: tuple[Block, ...] = (
        table,
        *basis_tables(certificate),
        *((Items(items=reasons),) if reasons else ()),
        Paragraph(
            text=Text(
                en="A figure is rounded once, to the digits shown, and the payment is computed from exactly these.",
                sv="En siffra avrundas en gång, till de decimaler som visas, och betalningen räknas från just dem.",
            ),
            role="note",
        ),
    )
    return Section(id="figures", heading=Text(en="The figures", sv="Siffrorna"), blocks=blocks)


def _figure_row(
    figure: Figure, certificate: Certificate, rung: str | None, moving: Collection[str]
) -> tuple[Text, ...]:
    terms = certificate.contract.model
    term = terms.figures.get(figure.id)
    return (
        figure_name(figure.id, terms),
        stated_value(figure.value, figure.unit if figure.unit in (YES_NO, DATE) else ""),
        unit_words(figure.unit if term is None else term.printed_unit),
        NONE if term is None else _explained(figure, term, rung, certificate),
        YES if figure.id in moving else NO,
        STATES[figure.state],
    )


def _explained(figure: Figure, term: FigureTerm, rung: str | None, certificate: Certificate) -> Text:
    """Where a figure comes from, and why it is not the whole estimate where it is not."""
    parts = (_source(term, certificate.contract.model, rung), *_not_the_whole(figure, term, certificate))
    return Text(en="; ".join(part.en for part in parts), sv="; ".join(part.sv for part in parts))


def _not_the_whole(figure: Figure, term: FigureTerm, certificate: Certificate) -> Iterator[Text]:
    """Why a figure is not the estimate of its analysis: it counts as zero, or for part of the people alone."""
    result = certificate.results.get(term.estimate) if isinstance(term, EstimateFigure) else None
    if not isinstance(term, EstimateFigure) or not isinstance(result, (EffectEstimate, EffectSet)):
        return
    if figure.value is None:
        return
    if _zero_by_check(figure, certificate) is not None:
        yield Text(
            en="counted as zero, since a check that the contract requires is not met",
            sv="räknas som noll, eftersom en kontroll som avtalet kräver inte är uppfylld",
        )
        return
    if Fraction(figure.value) == 0 and counts_as_zero(term, result):
        yield Text(
            en="counted as zero, since no standard error or p-value can be given",
            sv="räknas som noll, eftersom varken medelfel eller p-värde kan anges",
        )
    if _zero_for(figure, certificate) is not None:
        yield Text(
            en="counted as zero, since this statistic does not exist", sv="räknas som noll, eftersom måttet inte finns"
        )
    try:
        share = counted_share(term, result)
    except UnavailableError:
        yield Text(
            en="how many of the enrolled it is counted for is not told",
            sv="hur många av de inskrivna den räknas för är inte angivet",
        )
        return
    treated = next((one.values["treated"] for one in result.diagnostics if one.name == MATCH_CHECK), None)
    if share != 1 and isinstance(treated, int):
        matched = int(share * treated)
        yield Text(
            en=f"counted for the {matched} of {treated} who have a match, the others as no effect",
            sv=f"räknas för de {matched} av {treated} som har en match, övriga som ingen effekt",
        )


def _zero_by_check(figure: Figure, certificate: Certificate) -> Text | None:
    """Which check that the contract requires is not met, of a figure that is 0 by that."""
    term = certificate.contract.model.figures.get(figure.id)
    if not isinstance(term, (EstimateFigure, MeasureFigure)) or figure.value is None or Fraction(figure.value) != 0:
        return None
    analysis = certificate.contract.model.analysis[analysis_of(term)]
    result = certificate.results.get(analysis_of(term))
    if result is None or isinstance(result, Pending):
        return None
    found = unmet(figure.id, analysis.required_checks, groups_of(term, analysis.method, result))
    return found.reason if found is not None and found.state == "zero" else None


def _zero_for(figure: Figure, certificate: Certificate) -> Text | None:
    """Why the statistic does not exist of a figure that is 0 since its contract says ``on_unavailable: zero``."""
    term = certificate.contract.model.figures.get(figure.id)
    result = certificate.results.get(term.estimate) if isinstance(term, EstimateFigure) else None
    if not isinstance(term, EstimateFigure) or not isinstance(result, (EffectEstimate, EffectSet)):
        return None
    if term.on_unavailable != "zero" or figure.value is None or Fraction(figure.value) != 0:
        return None
    reason = missing_reason(figure.id, term, result, {one.id: one for one in certificate.figures})
    return None if reason is None else Text(en=f"{figure.id}: {reason.en}", sv=f"{figure.id}: {reason.sv}")


def _source(term: FigureTerm, terms: ContractTerms, rung: str | None) -> Text:
    """Where a figure comes from, as a phrase; of a ladder the figure that it came to."""
    match term:
        case EstimateFigure():
            chosen, statistic = _chosen(term, terms), statistic_words(term)
            return Text(
                en=f"estimated in {term.estimate}{chosen.en}: {statistic.en}",
                sv=f"skattad i {term.estimate}{chosen.sv}: {statistic.sv}",
            )
        case MeasureFigure():
            return Text(en=f"measured in {term.measure}", sv=f"uppmätt i {term.measure}")
        case AttestedFigure():
            name = terms.parties[term.attested].name
            return Text(en=f"attested by {name}", sv=f"intygad av {name}")
        case DerivedFigure():
            if rung is not None:
                taken = figure_mention(rung, terms)
                return Text(en=f"by its ladder: {taken.en}", sv=f"enligt sin stege: {taken.sv}")
            names = [number(one) if is_decimal(one) else figure_mention(one, terms) for one in term.derived.operands()]
            en, sv = (", ".join(name.in_language(lang) for name in names) for lang in LANGUAGES)
            return Text(en=f"derived from {en}", sv=f"härledd ur {sv}")


def _chosen(term: EstimateFigure, terms: ContractTerms) -> Text:
    chosen = chosen_words(term, terms.analysis[term.estimate].method)
    return Text(en=f" ({chosen.en})", sv=f" ({chosen.sv})") if chosen.en else chosen
