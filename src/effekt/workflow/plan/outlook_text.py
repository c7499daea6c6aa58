"""An outlook in words and tables, in Swedish and in English."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from html import escape
from typing import TYPE_CHECKING

from effekt._text import Language, Text, format_number, format_percent, format_share, with_capital, with_small
from effekt.contracts import format_money
from effekt.contracts.money import round_to
from effekt.workflow.plan.reached import LOWER, WHAT_LOWER_IS, marked, of_all, of_year, what_upper_is
from effekt.workflow.plan.several_settlements import most_of_all

if TYPE_CHECKING:
    from effekt.workflow.outlook import Interval, Outlook, Scenario

_PAYMENT = Text(en="payment", sv="betalning")
Grid = tuple[str, list[list[str]]]  # a caption; the first row is the head


def outlook_text(outlook: Outlook, lang: Language) -> str:
    """All tables as lines with aligned columns.

    Parameters
    ----------
    outlook : Outlook
    lang : {"en", "sv"}

    Returns
    -------
    str
    """
    parts = [*_sentences(outlook, lang)]
    for caption, rows in _grids(outlook, lang):
        parts.append("\n".join(["", caption, *_aligned(rows)]))
    return "\n".join(parts)


def outlook_html(outlook: Outlook, lang: Language) -> str:
    """The same as tables of HTML, every text escaped.

    Parameters
    ----------
    outlook : Outlook
    lang : {"en", "sv"}

    Returns
    -------
    str
    """
    parts = [f"<p>{escape(sentence)}</p>" for sentence in _sentences(outlook, lang)]
    for caption, (head, *body) in _grids(outlook, lang):
        top = "".join(f"<th>{escape(cell)}</th>" for cell in head)
        rows = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in body)
        parts.append(f"<table><caption>{escape(caption)}</caption><tr>{top}</tr>{rows}</table>")
    return "".join(parts)


_AT_EXACTLY = Text(en=", at an estimate of exactly that value", sv=", vid en skattning på precis det värdet")
_NO_LEAST = Text(en="without a proved lower bound", sv="utan bevisad undre gräns")
_NO_MOST = Text(en="without an upper bound", sv="utan övre gräns")


def _sentences(outlook: Outlook, lang: Language) -> Iterator[str]:
    """What the payer must be ready for, and what would be paid for nothing."""

    def amount(text: str) -> str:
        return format_money(text, outlook.currency, lang)

    only = outlook.upper_bounds
    low, high = outlook.minimum_total, outlook.maximum_total
    ends = [
        (_NO_LEAST if low is None else Text(en=f"at least {amount(low)}", sv=f"lägst {amount(low)}")).in_language(lang)
        + marked("minimum_total", outlook.lower_bounds, LOWER).in_language(lang),
        (_NO_MOST if high is None else Text(en=f"at most {amount(high)}", sv=f"högst {amount(high)}")).in_language(lang)
        + marked("maximum_total", only).in_language(lang),
    ]
    lines = Text(en="The contract", sv="Avtalet")
    if outlook.guaranteed:
        lines = Text(en="The contract's lines", sv="Avtalets rader")
    if outlook.settlements is None:
        yield Text(
            en=f"{lines.en} {'pay' if outlook.guaranteed else 'pays'} {ends[0]} and {ends[1]}.",
            sv=f"{lines.sv} betalar {ends[0]} och {ends[1]}.",
        ).in_language(lang)
    else:
        of_all = most_of_all(outlook.settlements, outlook.currency)
        yield Text(
            en=f"In one settlement, which all that follows is of, {with_small(lines.en)} "
            f"{'pay' if outlook.guaranteed else 'pays'} {ends[0]} and {ends[1]}. At most payable "
            f"{of_all.en}{marked('maximum_over_all', only).en}.",
            sv=f"Vid en avräkning, som allt nedan gäller, betalar {with_small(lines.sv)} {ends[0]} och {ends[1]}. "
            f"Högst att betala {of_all.sv}{marked('maximum_over_all', only).sv}.",
        ).in_language(lang)
    if outlook.guaranteed:
        yield _with_guarantees(outlook).in_language(lang)
    if outlook.scope is not None:
        yield outlook.scope.in_language(lang)
    if only:
        yield what_upper_is(outlook.scope).in_language(lang)
    if outlook.lower_bounds:
        yield WHAT_LOWER_IS.in_language(lang)
    yield from _for_each(outlook, lang)


def _for_each(outlook: Outlook, lang: Language) -> Iterator[str]:
    """What would be paid for nothing, what is found at all, and why what is left out is."""
    for one in outlook.scenarios:
        if one.no_effect:
            yield _for_nothing(one, outlook).in_language(lang)
    for found in outlook.detectable:
        error = number_text(found.std_error, lang)
        yield Text(en=f"Standard error {error}: {found.text.en}", sv=f"Medelfel {error}: {found.text.sv}").in_language(
            lang
        )
    for reason in (outlook.no_false_payment, outlook.no_guaranteed, outlook.no_return):
        if reason is not None:
            yield reason.in_language(lang)


def _with_guarantees(outlook: Outlook) -> Text:
    """'Guarantees included, payers and guarantors together pay at most …'."""
    most, currency = outlook.maximum_with_guarantees, outlook.currency
    ends = (
        Text(en="an amount of which no upper bound is proved", sv="ett belopp för vilket ingen övre gräns är bevisad")
        if most is None
        else Text(en=f"at most {format_money(most, currency, 'en')}", sv=f"högst {format_money(most, currency, 'sv')}")
    )
    mark = marked("maximum_with_guarantees", outlook.upper_bounds)
    return Text(
        en=f"Guarantees included, payers and guarantors together pay {ends.en}{mark.en}.",
        sv=f"Garantier inräknade betalar betalare och garanter tillsammans {ends.sv}{mark.sv}.",
    )


def _for_nothing(one: Scenario, outlook: Outlook) -> Text:
    """'Had the intervention no effect at all, …'."""
    currency = outlook.currency
    paid = Text(en="something is still paid", sv="betalas ändå något")
    if outlook.guaranteed:
        paid = Text(en="the lines still pay something", sv="betalar raderna ändå något")

    def words(lang: Language) -> tuple[str, str, str]:
        return (
            number_text(one.std_error, lang),
            format_share(one.payment_probability, lang),
            _about(one, currency, lang),
        )

    (error, chance, mean), (fel, risk, medel) = words("en"), words("sv")
    return Text(
        en=f"If the intervention has no effect at all and the standard error is {error}, {paid.en} with "
        f"probability {chance}, on average {mean}.",
        sv=f"Om insatsen inte har någon effekt alls och medelfelet är {fel} {paid.sv} med sannolikheten "
        f"{risk}, i genomsnitt {medel}.",
    )


def _grids(outlook: Outlook, lang: Language) -> Iterator[Grid]:
    def say(en: str, sv: str) -> str:
        return sv if lang == "sv" else en

    yield _curve(outlook, lang)
    head = [say("true value", "sant värde"), say("standard error", "medelfel")]
    starts = [[number_text(one.effect, lang), number_text(one.std_error, lang)] for one in outlook.scenarios]
    columns, rows = _payments(outlook, lang)
    yield say("Payment", "Betalning"), [head + columns, *(a + b for a, b in zip(starts, rows, strict=True))]
    if outlook.scenarios[0].gates:
        table = [
            [*start, *(format_share(p, lang) for p in one.gates.values())]
            for start, one in zip(starts, outlook.scenarios, strict=True)
        ]
        caption = say("Probability that each condition is met", "Sannolikhet att varje villkor är uppfyllt")
        yield caption, [[*head, *outlook.scenarios[0].gates], *table]
    yield from _intervals(outlook, lang, head, starts)
    if outlook.maximum_by_year:
        years = [
            [year, format_money(part, outlook.currency, lang) + _mark(outlook, year).in_language(lang)]
            for year, part in outlook.maximum_by_year.items()
        ]
        caption = say("Maximum, spread over the years", "Högsta betalning, fördelad på åren")
        if outlook.guaranteed:
            caption = say(
                "Maximum, guarantees included, spread over the years",
                "Högsta betalning, garantier inräknade, fördelad på åren",
            )
        yield caption, [[say("year", "år"), say("provision", "avsättning")], *years]


def _payments(outlook: Outlook, lang: Language) -> tuple[list[str], list[list[str]]]:
    """Headings and rows of what the lines pay, of what guarantors pay beside them, and of what the investor gets."""
    every = outlook.scenarios

    def money(amount: str | Fraction | None) -> str:
        return "–" if amount is None else format_money(amount, outlook.currency, lang)

    of = Text(en="", sv="")
    if outlook.guaranteed:
        of = Text(en=" by the lines", sv=" av raderna")
    columns = [
        (Text(en=f"paid{of.en} if known", sv=f"betalning{of.sv} om känt"), [money(o.payment_if_known) for o in every]),
        (
            Text(en=f"expected payment{of.en}", sv=f"väntad betalning{of.sv}"),
            [_about(o, outlook.currency, lang) for o in every],
        ),
        (
            Text(en=f"something is paid{of.en}", sv=f"något betalas{of.sv}"),
            [format_share(o.payment_probability, lang) for o in every],
        ),
    ]
    if outlook.guaranteed:
        columns += [
            (
                Text(en="by guarantors if known", sv="av garanter om känt"),
                [money(o.guaranteed_if_known) for o in every],
            ),
            (
                Text(en="expected by guarantors", sv="väntat av garanter"),
                [money(_whole(o.expected_guaranteed)) for o in every],
            ),
        ]
    if outlook.no_return is None:
        beside = Text(en="", sv="")
        if outlook.guaranteed:
            beside = Text(en=", guarantees included", sv=", garantier inräknade")
        rates = ["–" if o.return_if_known is None else format_percent(o.return_if_known, lang) for o in every]
        columns += [
            (Text(en=f"return a year if known{beside.en}", sv=f"avkastning per år om känt{beside.sv}"), rates),
            (
                Text(en=f"investor loses{beside.en}", sv=f"investeraren förlorar{beside.sv}"),
                [format_share(o.loss_probability or 0.0, lang) for o in every],
            ),
        ]
    cells = [own for _, own in columns]
    return [heading.in_language(lang) for heading, _ in columns], [list(row) for row in zip(*cells, strict=True)]


def _mark(outlook: Outlook, year: str) -> Text:
    """Whether a year's amount, or the whole that is spread, can be reached."""
    whole = of_all(outlook.settlements is not None, outlook.guaranteed)
    return marked(whole if outlook.spread_evenly else of_year(outlook.guaranteed, year), outlook.upper_bounds)


def _curve(outlook: Outlook, lang: Language) -> Grid:
    """The payment curve, once for each standard error that gives another."""
    name = outlook.name(outlook.figure, lang)
    paid = Text(en="payment of the lines", sv="radernas betalning") if outlook.guaranteed else _PAYMENT
    by = Text(en=f"{paid.en} by {name}", sv=f"{paid.sv} efter {name}").in_language(lang)
    straight = Text(en="straight between these values", sv="rät linje mellan dessa värden").in_language(lang)
    at = _AT_EXACTLY.in_language(lang) if outlook.more_follows else ""
    caption = f"{with_capital(by)}{at}: {straight}"
    error = Text(en="standard error", sv="medelfel")
    head = [error.in_language(lang), name, paid.in_language(lang)]
    rows = [
        [number_text(c.std_error, lang), number_text(c.value, lang), format_money(c.payment, outlook.currency, lang)]
        for c in outlook.corners
    ]
    return caption, [head, *rows]


def _intervals(outlook: Outlook, lang: Language, head: list[str], starts: Sequence[list[str]]) -> Iterator[Grid]:
    """One table for each figure that is held against values, unless it is assumed."""
    for figure in dict.fromkeys(part.figure for part in outlook.scenarios[0].intervals):
        if figure in outlook.assumed:
            continue
        rows = []
        for start, one in zip(starts, outlook.scenarios, strict=True):
            own = [part for part in one.intervals if part.figure == figure]
            rows.append([*start, *(format_share(part.probability, lang) for part in own)])
        labels = [_span(part, lang) for part in own]
        name = outlook.name(figure, lang)
        caption = {"en": f"Probability of where {name} lies", "sv": f"Sannolikhet för var {name} ligger"}[lang]
        yield caption, [[*head, *labels], *rows]


def _span(part: Interval, lang: Language) -> str:
    """'from 3, below 5': also of its ends it is said whether they belong to it."""
    least = {"en": ("above", "from"), "sv": ("över", "från och med")}[lang][part.low_inside]
    most = {"en": ("below", "at most"), "sv": ("under", "högst")}[lang][part.high_inside]
    if part.low is not None and part.low == part.high:
        word = {"en": "exactly", "sv": "precis"}[lang]
        return f"{word} {number_text(part.low, lang)}"
    ends = [(least, part.low), (most, part.high)]
    return ", ".join(f"{word} {number_text(end, lang)}" for word, end in ends if end is not None)


def number_text(text: str, lang: Language) -> str:
    """An exact number for reading: a fraction that does not end with six figures."""
    number = Fraction(text)
    plain = text if "/" not in text else f"{float(number):.6g}"
    return format_number(plain, lang)


def _about(one: Scenario, currency: str, lang: Language) -> str:
    """The expected payment in whole units: a mean is no amount that anyone pays."""
    return format_money(_whole(one.expected_payment) or Fraction(0), currency, lang)


def _whole(mean: float | None) -> Fraction | None:
    return None if mean is None else round_to(Fraction(mean), Fraction(1), "half_even")


def _aligned(rows: list[list[str]]) -> list[str]:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return ["  " + "  ".join(cell.rjust(w) for cell, w in zip(row, widths, strict=True)) for row in rows]
