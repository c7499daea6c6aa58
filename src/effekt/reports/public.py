"""A public statement as plain text: each figure and amount exactly, as a range, or hidden."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from effekt._text import LANGUAGES, Language, Text
from effekt._validation import check_option
from effekt.certificates.release import PublicStatement, Shown
from effekt.reports.document import Block, Column, Paragraph, Report, Section, Table, same
from effekt.reports.text import report_text
from effekt.reports.wording import KINDS, NONE, STATES, joined, money, number

HIDDEN = Text(en="hidden", sv="dolt")
_WHY = Text(
    en="Counts below {minimum} are hidden. A number that would give one back is shown as the range it has over all "
    "values that the hidden counts may have.",
    sv="Antal under {minimum} visas inte. Ett tal som skulle röja ett sådant visas som det spann det har över alla "
    "värden som de dolda antalen kan ha.",
)

_ALL_SHOWN = Text(
    en="No count is hidden: the contract names no smallest count (disclosure).",
    sv="Inget antal döljs: avtalet anger inget minsta antal (disclosure).",
)


def statement_text(statement: PublicStatement, lang: Language) -> str:
    """Write a public statement for a reader.

    Parameters
    ----------
    statement : PublicStatement
    lang : {"sv", "en"}

    Returns
    -------
    str
        Nothing but what the statement holds.
    """
    check_option("lang", lang, LANGUAGES)
    return report_text(_report(statement), lang)


def _report(statement: PublicStatement) -> Report:
    why, minimum = _WHY if statement.minimum else _ALL_SHOWN, statement.minimum
    blocks: list[Block] = [
        Paragraph(text=Text(en=why.en.format(minimum=minimum), sv=why.sv.format(minimum=minimum))),
        _table(Text(en="Figures", sv="Siffror"), statement.figures, ""),
        _table(Text(en="Payment", sv="Betalning"), _payment(statement), statement.currency),
    ]
    kind = KINDS[statement.kind]
    state = HIDDEN if statement.state is None else STATES[statement.state]
    return Report(
        kicker=Text(en=f"Public statement, {kind.en}", sv=f"Offentligt utdrag, {kind.sv}"),
        title=same(statement.contract),
        facts=(
            (Text(en="Date", sv="Datum"), same(statement.date)),
            (Text(en="State", sv="Status"), state),
            (Text(en="Contract file", sv="Avtalsfil"), same(statement.contract_sha256)),
            (Text(en="Commitment", sv="Förbindelse"), same(statement.commitment)),
            (Text(en="Held against", sv="Jämfört med"), _earlier(statement)),
        ),
        sections=(Section(id="public", heading=Text(en="What is shown", sv="Vad som visas"), blocks=tuple(blocks)),),
    )


def _earlier(statement: PublicStatement) -> Text:
    if not statement.earlier:
        return Text(en="no earlier statement", sv="inget tidigare utdrag")
    digests = ", ".join(statement.earlier)
    return Text(en=f"earlier statements, SHA-256 {digests}", sv=f"tidigare utdrag, SHA-256 {digests}")


def sum_caution(total: str, parts: Sequence[str]) -> Text:
    """To whoever publishes: that a count may be a sum that gives a hidden one back."""
    names = joined(map(same, parts))
    return Text(
        en=f"{total} is what {names.en} add up to, of which one is hidden: if it is their sum, it gives that one back. "
        "Write it under disclosure.sums of the contract, or put it under disclosure.hidden, and publish anew.",
        sv=f"{total} är vad {names.sv} summerar till, varav något är dolt: om det är deras summa röjer det den dolda. "
        "Skriv det under disclosure.sums i avtalet, eller lägg det under disclosure.hidden, och publicera på nytt.",
    )


def kept(statement: object, salt: object) -> Text:
    """To whoever publishes: where the statement is, and what to keep."""
    return Text(
        en=f"The public statement is {statement}; keep {salt} for whoever verifies it.",
        sv=f"Det offentliga utdraget är {statement}; spara {salt} till den som ska verifiera det.",
    )


def _payment(statement: PublicStatement) -> dict[str, Shown]:
    """Lines, shares, what is passed on and guaranteed, and the total, by what each is called."""
    onward = {f"→ {party}": one for party, one in statement.receipts.items()}
    total = {"Σ": statement.total}
    return {**statement.lines, **statement.shares, **onward, **statement.guarantees, **total}


def _table(caption: Text, rows: Mapping[str, Shown], currency: str) -> Table:
    return Table(
        caption=caption,
        columns=(
            Column(label=Text(en="Name", sv="Namn")),
            Column(label=Text(en="Value", sv="Värde"), kind="number"),
        ),
        rows=tuple((same(name), _shown(one, currency)) for name, one in rows.items()),
    )


def _shown(one: Shown, currency: str) -> Text:
    if one.kind == "none":
        return NONE
    if one.low is None or one.high is None:
        return HIDDEN
    low, high = (money(end, currency) if currency else number(end) for end in (one.low, one.high))
    return low if one.kind == "exact" else Text(en=f"{low.en} to {high.en}", sv=f"{low.sv} till {high.sv}")
