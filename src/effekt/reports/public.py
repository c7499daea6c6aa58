"""A public statement as plain text: each figure and amount exactly, as a range, or hidden."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from types import MappingProxyType

from effekt._text import LANGUAGES, Language, Text
from effekt._validation import check_option
from effekt.certificates.annual import ALONE
from effekt.certificates.ranges import Shown
from effekt.certificates.release import PublicStatement
from effekt.reports.checklist import not_met_words
from effekt.reports.conclusion import KINDS as CONCLUSIONS
from effekt.reports.disclosure import BY_YEAR, ONE_LINE
from effekt.reports.document import Block, Column, Paragraph, Report, Section, Table, same
from effekt.reports.names import line_name
from effekt.reports.standings import AS_IT_STANDS, STANDINGS
from effekt.reports.text import report_text
from effekt.reports.wording import KINDS, NONE, STATES, joined, money, number

HIDDEN = Text(en="hidden", sv="dolt")
NOTHING_ROUNDED: Mapping[str, str] = MappingProxyType({})
HAPPENED = {
    "ended": Text(
        en="{by} declares that the contract ended on {date} ({of}).",
        sv="{by} anmäler att avtalet upphörde {date} ({of}).",
    ),
    "contaminated": Text(
        en="{by} declares that a comparison is contaminated from {date} ({of}).",
        sv="{by} anmäler att en jämförelse är störd från {date} ({of}).",
    ),
    "disputed": Text(en="{by} disputed {of} on {date}.", sv="{by} bestred {of} {date}."),
    "disputed_beside": Text(
        en="{by} disputed {of} of another certificate on {date}; that withholds nothing here.",
        sv="{by} bestred {of} i ett annat intyg {date}; det håller inte inne något här.",
    ),
    "decided": Text(
        en="{by}: the dispute of {date} on {of} is decided.", sv="{by}: tvisten från {date} om {of} är avgjord."
    ),
    "revised": Text(
        en="{by} declares that the source of {of} was revised on {date}.",
        sv="{by} anmäler att källan till {of} reviderades {date}.",
    ),
    "not_delivered": Text(
        en="{by} declares that the table {of} was not delivered by {date}.",
        sv="{by} anmäler att underlaget {of} inte var levererat {date}.",
    ),
    "delivered_late": Text(
        en="{by} declares that the table {of} was not delivered by {date}, and came later.",
        sv="{by} anmäler att underlaget {of} inte var levererat {date}, och kom senare.",
    ),
}
_WHY = Text(
    en="Counts below {minimum} are hidden. A number that would give one back is shown as the range it has over all "
    "values that the hidden counts may have.",
    sv="Antal under {minimum} visas inte. Ett tal som skulle röja ett sådant visas som det spann det har över alla "
    "värden som de dolda antalen kan ha.",
)
_ROUNDED = Text(
    en="Other counts are rounded to the nearest multiple of {base}, each for itself; what follows from them is a "
    "range.",
    sv="Andra antal är avrundade till närmaste multipel av {base}, vart och ett för sig; det som följer av dem är ett "
    "spann.",
)

OF_ONE_DAY = Text(
    en="Some lines pay for what is new on the day: that the rows behind them are of this day, and not invented or of "
    "another, this statement alone cannot show. Whoever has the certificate, the earlier ones and the data can.",
    sv="Några rader betalar det som är nytt för dagen: att raderna bakom är från denna dag, och varken påhittade "
    "eller från en annan, kan utdraget ensamt inte visa. Den som har intyget, de tidigare och data kan det.",
)
BESIDE_LINES = Text(
    en="State and total are of the lines alone; what guarantors pay beside them, or that it is not determined, stands "
    "under Payment.",
    sv="Status och summa gäller raderna ensamma; vad garanter betalar därutöver, eller att det inte är fastställt, "
    "står under Betalning.",
)
GUARANTEES_HIDDEN = Text(
    en="State and amounts are of the lines alone; what guarantors pay beside them is not shown.",
    sv="Status och belopp gäller raderna ensamma; vad garanter betalar därutöver visas inte.",
)
ALL_SHOWN = Text(
    en="No count is hidden for its size: the contract names no smallest count (disclosure).",
    sv="Inget antal döljs för sin storlek: avtalet anger inget minsta antal (disclosure).",
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
    why, minimum = _WHY if statement.minimum else ALL_SHOWN, statement.minimum
    blocks: list[Block] = [
        Paragraph(text=Text(en=why.en.format(minimum=minimum), sv=why.sv.format(minimum=minimum))),
        *(Paragraph(text=text) for text in (*rounding(statement), *by_year(statement))),
        _table(Text(en="Figures", sv="Siffror"), statement.figures, "", statement.rounded),
        _table(Text(en="Payment", sv="Betalning"), _payment(statement), statement.currency),
    ]
    kind = KINDS[statement.kind]
    state = HIDDEN if statement.state is None else STATES[statement.state]
    return Report(
        kicker=Text(en=f"Public statement, {kind.en}", sv=f"Offentligt utdrag, {kind.sv}"),
        title=Text(
            en=f"What anyone may see of the certificate of {statement.date}",
            sv=f"Det alla får se av intyget från {statement.date}",
        ),
        facts=(
            (Text(en="Contract", sv="Avtal"), same(statement.contract)),
            (Text(en="Date", sv="Datum"), same(statement.date)),
            (Text(en="State", sv="Status"), state),
            (Text(en="Contract file", sv="Avtalsfil"), same(statement.contract_sha256)),
            (Text(en="Commitment", sv="Förbindelse"), same(statement.commitment)),
            (Text(en="Held against", sv="Jämfört med"), _earlier(statement)),
        ),
        sections=(
            _standing(statement),
            Section(id="public", heading=Text(en="What is shown", sv="Vad som visas"), blocks=tuple(blocks)),
        ),
    )


def _standing(statement: PublicStatement) -> Section:
    """What is said of the payment beside its numbers: states, events, conclusions, and what it takes the place of."""
    blocks: list[Block] = [Paragraph(text=text) for text in _told(statement)]
    rows = [
        (line_name(id), _state(word), _stands(statement, f"lines/{id}")) for id, word in statement.line_states.items()
    ]
    rows += [
        (same(id), NONE, _stands(statement, place))
        for place in statement.standings
        if (id := place.removeprefix("figures/")) != place
    ]
    blocks.append(
        Table(
            caption=Text(en="How each line and figure stands", sv="Hur varje rad och siffra står"),
            columns=(
                Column(label=Text(en="Line or figure", sv="Rad eller siffra")),
                Column(label=Text(en="State", sv="Status")),
                Column(label=Text(en="After declared events", sv="Efter anmälda händelser")),
            ),
            rows=tuple(rows),
        )
    )
    if statement.withheld and statement.amounts is None:
        held = Text(
            en="Withheld while it is disputed, below zero of a repayment or paid in advance",
            sv="Hålls inne medan det är tvistigt, under noll av en återbetalning eller betalt i förskott",
        )
        blocks.append(_table(held, statement.withheld, statement.currency))
    if statement.left_to_pay:
        left = Text(
            en="Left to pay of lines that are settled anew, below zero to be paid back",
            sv="Återstår att betala av rader som avräknas på nytt, under noll att betala tillbaka",
        )
        blocks.append(_table(left, statement.left_to_pay, statement.currency))
    return Section(id="standing", heading=Text(en="How it stands", sv="Hur det står"), blocks=tuple(blocks))


def _state(word: str | None) -> Text:
    return HIDDEN if word is None else STATES[word]


def _stands(statement: PublicStatement, place: str) -> Text:
    if place not in statement.standings:
        return NONE
    words = statement.standings[place]
    return joined(AS_IT_STANDS if _open(word, statement) else STANDINGS[word] for word in words) if words else HIDDEN


def _open(word: str, statement: PublicStatement) -> bool:
    """Whether nothing is final yet, since the certificate is not."""
    return word == "final" and statement.kind != "final"


def _beside_lines(statement: PublicStatement) -> Iterator[Text]:
    """That guarantors may pay beside the lines, unless each is shown to pay nothing."""
    if statement.amounts is not None and statement.guarantees:
        yield GUARANTEES_HIDDEN
    elif any(one.kind != "exact" or Fraction(one.low or "0") for one in statement.guarantees.values()):
        yield BESIDE_LINES


def _told(statement: PublicStatement) -> Iterator[Text]:
    """Fixed sentences, none of them in the words of a party."""
    if statement.kind != "final":
        yield Text(
            en="Nothing is to be paid on the certificate: the amounts say how it stood.",
            sv="Inget ska betalas enligt intyget: beloppen anger hur det stod.",
        )
    yield from _beside_lines(statement)
    if statement.supersedes is not None:
        yield Text(
            en=f"The certificate takes the place of one of {statement.supersedes}; what was published of that one no "
            "longer holds.",
            sv=f"Intyget ersätter ett från {statement.supersedes}; det som offentliggjorts av det gäller inte längre.",
        )
    yield Text(
        en="Whether a later certificate takes the place of this one cannot be told from it.",
        sv="Om ett senare intyg ersätter detta framgår inte av det.",
    )
    for party, kind in statement.conclusions.items():
        word = CONCLUSIONS[kind]
        yield Text(en=f"{word.en}: {party}.", sv=f"{word.sv}: {party}.")
    for one in statement.happened:
        words, names = HAPPENED[one.kind], joined(map(same, one.of))
        yield Text(
            en=words.en.format(by=one.by, date=one.date, of=names.en),
            sv=words.sv.format(by=one.by, date=one.date, of=names.sv),
        )
    yield from _against(statement)
    yield from _days(statement)
    if statement.settles is not None:
        yield OF_ONE_DAY


def _days(statement: PublicStatement) -> Iterator[Text]:
    """That it is too late, and of which of the announced days it is."""
    if statement.longstop is not None:
        yield Text(
            en=f"The certificate is dated after the last day to settle, {statement.longstop}.",
            sv=f"Intyget är daterat efter sista dag för avräkning, {statement.longstop}.",
        )
    if len(statement.announced) > 1:
        days = joined(map(same, statement.announced))
        of = Text(en="", sv="")
        if statement.settles is not None:
            of = Text(en=f" This one is of {statement.settles}.", sv=f" Detta gäller {statement.settles}.")
        yield Text(
            en=f"The contract announces certificates for {days.en}: the amounts are those of one.{of.en}",
            sv=f"Avtalet anger intyg för {days.sv}: beloppen är de i ett av dem.{of.sv}",
        )


def _against(statement: PublicStatement) -> Iterator[Text]:
    """How much of what may speak against the certificate there is."""
    if statement.speaks_against:
        count = statement.speaks_against
        yield Text(
            en=f"Declared deviations from the plan, checks that are not met and events: {count}.",
            sv=f"Angivna avvikelser från planen, ej uppfyllda kontroller och händelser: {count}.",
        )
    yield from not_met_words(statement.not_met)
    if statement.lacking_signatures:
        count = statement.lacking_signatures
        yield Text(
            en=f"Signatures that the contract requires, and that the certificate lacked when this was published: "
            f"{count}.",
            sv=f"Underskrifter som avtalet kräver, och som intyget saknade när utdraget gjordes: {count}.",
        )
    if statement.left_out:
        count = statement.left_out
        yield Text(
            en=f"Declared before, and left out of the certificate: {count}.",
            sv=f"Angivet tidigare, och utelämnat ur intyget: {count}.",
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


def years_caution(days: Sequence[str]) -> Text:
    """To whoever publishes: that years and totals of two statements may give the amount of a line back."""
    of = joined(map(same, days))
    return Text(
        en=f"A line falls due in another year here than in the statement of {of.en}: years and total of the two, taken "
        "from each other, can be the amount of one line, also of a year that is hidden. Give each line a day of its "
        "own (due) in the contract, or keep one of the statements to the parties.",
        sv=f"En rad förfaller här ett annat år än i utdraget för {of.sv}: år och summa i de två kan, dragna från "
        "varandra, bli en enda rads belopp, även för ett år som döljs. Ge varje rad en egen dag (due) i avtalet, eller "
        "låt ett av utdragen stanna hos parterna.",
    )


def signatures_caution(count: int) -> Text:
    """To whoever publishes: that the certificate is not signed as its contract asks, which the statement says."""
    return Text(
        en=f"The certificate lacks signatures that the contract requires: {count}. The statement says so, and keeps "
        "saying so; have the certificate signed, and publish anew.",
        sv=f"Intyget saknar underskrifter som avtalet kräver: {count}. Utdraget säger det, och fortsätter att säga "
        "det; låt underteckna intyget och publicera på nytt.",
    )


def kept(statement: object, salt: object) -> Text:
    """To whoever publishes: where the statement is, and what to keep."""
    return Text(
        en=f"The public statement is {statement}; keep {salt} for whoever verifies it.",
        sv=f"Det offentliga utdraget är {statement}; spara {salt} till den som ska verifiera det.",
    )


def _payment(statement: PublicStatement) -> dict[str, Shown]:
    """Lines, shares, what is passed on and guaranteed, and the total, by what each is called; or years and total."""
    if statement.amounts is not None:
        return {**statement.by_year, "Σ": statement.total}
    onward = {f"→ {party}": one for party, one in statement.receipts.items()}
    total = {"Σ": statement.total}
    return {**statement.lines, **statement.shares, **onward, **statement.guarantees, **total}


def _table(
    caption: Text, rows: Mapping[str, Shown], currency: str, rounded: Mapping[str, str] = NOTHING_ROUNDED
) -> Table:
    return Table(
        caption=caption,
        columns=(
            Column(label=Text(en="Name", sv="Namn")),
            Column(label=Text(en="Value", sv="Värde"), kind="number"),
        ),
        rows=tuple((same(name), with_rounded(_shown(one, currency), rounded.get(name))) for name, one in rows.items()),
    )


def _shown(one: Shown, currency: str) -> Text:
    if one.kind == "none":
        return NONE
    if one.low is None or one.high is None:
        return HIDDEN
    low, high = (money(end, currency) if currency else number(end) for end in (one.low, one.high))
    return low if one.kind == "exact" else Text(en=f"{low.en} to {high.en}", sv=f"{low.sv} till {high.sv}")


def rounding(statement: PublicStatement) -> Iterator[Text]:
    """By which base counts are rounded, if they are."""
    if statement.round_to:
        base = statement.round_to
        yield Text(en=_ROUNDED.en.format(base=base), sv=_ROUNDED.sv.format(base=base))


def by_year(statement: PublicStatement) -> Iterator[Text]:
    """That amounts are shown by year and in total alone, if they are."""
    if statement.amounts is not None:
        yield BY_YEAR
        if len(statement.lines) < ALONE:
            yield ONE_LINE


def with_rounded(spread: Text, rounded: str | None) -> Text:
    """A count's range behind the count as it is rounded; the range alone without one."""
    if rounded is None:
        return spread
    about = number(rounded)
    return Text(en=f"{about.en} ({spread.en})", sv=f"{about.sv} ({spread.sv})")
