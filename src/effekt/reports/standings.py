"""How each figure and payment stands after what parties have declared to have happened."""

from __future__ import annotations

from collections.abc import Iterator

from effekt._text import Text
from effekt.certificates.certificate import Certificate
from effekt.contracts import Standing
from effekt.contracts.events import Disputed
from effekt.contracts.happened import is_of
from effekt.contracts.standings import BY_FLOOR
from effekt.reports.document import Block, Column, Paragraph, Section, Table
from effekt.reports.names import figure_name, line_name, party_name
from effekt.reports.wording import NONE, money

STANDINGS = {
    "final": Text(en="final", sv="slutlig"),
    "provisional": Text(en="provisional (source revised)", sv="preliminär (källan reviderad)"),
    "disputed": Text(en="disputed", sv="bestriden"),
    "contaminated": Text(en="comparison contaminated", sv="jämförelsen störd"),
    "terminated": Text(en="terminated", sv="upphörd i förtid"),
}
WITHHELD = Text(
    en="Nothing is to be paid now: what is due is disputed and withheld until the dispute is decided.",
    sv="Inget ska betalas nu: det som ska betalas är tvistigt och hålls inne tills tvisten är avgjord.",
)
AS_IT_STANDS = Text(en="as it stands", sv="som den står")


def standings_section(certificate: Certificate) -> Section | None:
    """How every figure and line stands, and who declared what.

    Parameters
    ----------
    certificate : Certificate

    Returns
    -------
    Section or None
        None where no event is declared.
    """
    stands = certificate.settlement.standings
    if not stands:
        return None
    blocks: list[Block] = [Paragraph(text=text) for text in declared_sentences(certificate)]
    table = Table(
        caption=Text(
            en="How figures and payments stand after the declared events",
            sv="Hur siffror och betalningar står efter de anmälda händelserna",
        ),
        columns=(
            Column(label=Text(en="Figure or line", sv="Siffra eller rad")),
            Column(label=Text(en="State", sv="Läge"), kind="short"),
            Column(label=Text(en="Why", sv="Skäl")),
            Column(label=Text(en="Withheld", sv="Hålls inne"), kind="number"),
        ),
        rows=tuple(_row(one, certificate) for one in stands),
    )
    heading = Text(en="What has happened, and how it stands", sv="Vad som har hänt, och läget")
    return Section(id="standings", heading=heading, blocks=(*blocks, table))


def withheld_sentences(certificate: Certificate) -> Iterator[Text]:
    """What is kept back of each line while figures are disputed."""
    for one in certificate.settlement.standings:
        if one.withheld is not None:
            kept = one.withheld
            amount = money(kept.removeprefix("-") if one.text == BY_FLOOR else kept, certificate.settlement.currency)
            if one.text == BY_FLOOR:
                yield Text(
                    en=f"Line {one.id}: paid by the floor while others are disputed, and deducted later: {amount.en}.",
                    sv=f"Rad {one.id}: betalas enligt golvet medan andra är tvistiga, räknas av senare: {amount.sv}.",
                )
                continue
            yield Text(
                en=f"Line {one.id}: withheld while it is disputed, and not in the amount above: {amount.en}.",
                sv=f"Rad {one.id}: hålls inne medan den är tvistig, och ingår inte i beloppet ovan: {amount.sv}.",
            )


def _row(one: Standing, certificate: Certificate) -> tuple[Text, ...]:
    name = figure_name(one.id, certificate.contract.model) if one.of == "figure" else line_name(one.id)
    state = AS_IT_STANDS if one.state == "final" and certificate.kind != "final" else STANDINGS[one.state]
    disputed = (one.of, one.state) == ("line", "disputed")
    kept = money(one.withheld or "0", certificate.settlement.currency) if disputed else NONE
    return name, state, one.text, kept


def declared_sentences(certificate: Certificate) -> Iterator[Text]:
    """Who declared which event, on which day, and why."""
    for one in certificate.declarations:
        by, model = party_name(one.model.by, certificate), one.model
        if model.ended is not None:
            why, day = model.ended.why.text, model.ended.date
            yield Text(
                en=f"{by} declares that the contract ended on {day} by its clause {model.ended.clause}: {why.en}",
                sv=f"{by} anmäler att avtalet upphörde {day} enligt klausulen {model.ended.clause}: {why.sv}",
            )
        for spoiled in model.contaminated or ():
            why = spoiled.why.text
            yield Text(
                en=f"{by} declares that a comparison is contaminated from {spoiled.date}, clause {spoiled.clause}: "
                f"{why.en}",
                sv=f"{by} anmäler att en jämförelse är störd från {spoiled.date}, klausul {spoiled.clause}: {why.sv}",
            )
        for disputed in model.disputed or ():
            yield _of_dispute(disputed, by, certificate)
        for revised in model.revised or ():
            why = revised.why.text
            yield Text(
                en=f"{by} declares that the source of {revised.data} was revised on {revised.date}; before, its digest "
                f"was {revised.was}: {why.en}",
                sv=f"{by} anmäler att källan till {revised.data} reviderades {revised.date}; dessförinnan var "
                f"kontrollsumman {revised.was}: {why.sv}",
            )


def _of_dispute(disputed: Disputed, by: str, certificate: Certificate) -> Text:
    """That a party disputed figures, or declares such a dispute decided, here or of another certificate."""
    why, own = disputed.why.text, is_of(disputed, certificate.takes_place_of)
    if disputed.decided is not None:
        of = Text(en="", sv="")
        if not own:
            of = Text(
                en=f", of the certificate of {disputed.certificate},", sv=f" om intyget från {disputed.certificate}"
            )
        return Text(
            en=f"{by} declares that the dispute of {disputed.date}{of.en} was decided on {disputed.decided}: {why.en}",
            sv=f"{by} anmäler att tvisten från {disputed.date}{of.sv} avgjordes {disputed.decided}: {why.sv}",
        )
    of = Text(en="", sv="")
    if not own:
        of = Text(
            en=f" of the certificate of {disputed.certificate}, which withholds nothing here",
            sv=f" i intyget från {disputed.certificate}, vilket inte håller inne något här",
        )
    return Text(
        en=f"{by} disputed figures on {disputed.date}{of.en}: {why.en}",
        sv=f"{by} bestred siffror {disputed.date}{of.sv}: {why.sv}",
    )
