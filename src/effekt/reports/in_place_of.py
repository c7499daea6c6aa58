"""What a correction says of what was paid before it: in its place, beside it, or as a part of what is settled anew."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from effekt._text import Text
from effekt.certificates.certificate import Certificate
from effekt.certificates.predicate import Supersedes
from effekt.contracts.earlier_sums import earlier_sums
from effekt.contracts.money import exact_text, fraction
from effekt.reports.document import Block, Paragraph, same
from effekt.reports.names import figure_mention, party_name
from effekt.reports.wording import joined, money


def in_place_of(certificate: Certificate) -> Iterator[Block]:
    """Which amounts of a correction hold in the place of what was paid, and which are paid beside it.

    Parameters
    ----------
    certificate : Certificate

    Yields
    ------
    Block
        None of a certificate that supersedes none, and of one that is not final, which takes the place of none by which
        was paid.
    """
    earlier, events = certificate.supersedes, certificate.events
    if earlier is None or certificate.kind != "final":
        return
    disputed = events is not None and bool(events.open_disputes)
    terms, whole = certificate.contract.model.payment, _held_in_place(certificate, disputed=disputed)
    if whole:
        yield Paragraph(text=_whole(earlier, joined(whole)), role="lead")
    if whole and _by_other_payers(certificate):
        yield Paragraph(text=_EACH_PAYER, role="lead")
    yield from _without_amount(certificate)
    anew, lines = certificate.settles_anew or {}, terms.lines
    onward = [Text(en="passed on", sv="förs vidare")] if terms.waterfall is not None else []
    onward += [Text(en="guaranteed", sv="garanteras")] if terms.guarantees else []
    if anew and onward:
        told = joined(onward)
        yield Paragraph(
            text=Text(
                en=f"Since it settles anew, what it has {told.en} holds in the place of what was so before it in the "
                "same settlement, and is not to be paid beside that.",
                sv=f"Eftersom det avräknar på nytt träder det som {told.sv} enligt det i stället för det som tidigare "
                "har gjort det i samma avräkning, och ska inte betalas därutöver.",
            ),
            role="lead",
        )
    known = [id for id in certificate.paid_before if lines[id].cumulative and not _may_be_paid_since(id, certificate)]
    beside = {id: certificate.paid_before[id] for id in known if id not in anew}
    if beside and not disputed:
        told, then = (
            joined(_counted(id, paid, certificate) for id, paid in beside.items()),
            _beside(certificate, beside),
        )
        yield Paragraph(
            text=Text(
                en=f"By the certificates before it {told.en} counts as paid, and {then.en}.",
                sv=f"Enligt intygen före det räknas {told.sv} som betalt, och {then.sv}.",
            ),
            role="lead",
        )
    yield from _counted_by_later_days(certificate)


def _may_be_paid_since(id: str, certificate: Certificate) -> bool:
    """Whether a line waits on it, and a later announced day than it settles has been: by that more may be paid."""
    link, terms = certificate.corrects, certificate.contract.model
    waits = any(line.id == id and line.amount is None for line in certificate.settlement.lines)
    return (
        waits and link is not None and any(link.paying[0] < day <= certificate.date for day in terms.dates.certificates)
    )


def _held_in_place(certificate: Certificate, *, disputed: bool = False) -> list[Text]:
    """What holds in the place of what was paid; of a line that is paid in parts the difference is paid beside it."""
    terms = certificate.contract.model.payment
    amounts = {line.id for line in certificate.settlement.lines if line.amount is not None}
    whole = [same(id) for id, line in terms.lines.items() if id in amounts and (disputed or not line.cumulative)]
    if len(whole) == len(terms.lines):
        whole += [Text(en="what is passed on", sv="det som förs vidare")] if terms.waterfall is not None else []
        whole += [Text(en="what is guaranteed", sv="det som garanteras")] if terms.guarantees else []
    return whole


def _without_amount(certificate: Certificate) -> Iterator[Block]:
    """Of which lines it has no amount, and so settles nothing of what the one whose place it takes may have paid.

    Whether that paid or withholds any of a line only that one shows: it may be due on another day, and paid by another.
    """
    lines, link = certificate.contract.model.payment.lines, certificate.corrects
    open_ = [one.id for one in certificate.settlement.lines if one.amount is None and not lines[one.id].cumulative]
    if link is None or not open_:
        return
    told, paid_by, s = joined(map(same, open_)), _paying(link), "" if len(link.paying) > 1 else "s"
    yield Paragraph(
        text=Text(
            en=f"It has no amount of {told.en}. What {paid_by.en} paid or withhold{s} of that, if anything, is not "
            "settled before one that takes its place has an amount: until then it is open whether that is paid, kept "
            "or paid back, and no later day counts any of it as paid. What any other certificate settles of that is "
            "left as it is.",
            sv=f"Det har inget belopp av {told.sv}. Det som {paid_by.sv} betalade eller håller inne av det, om något, "
            "är inte avgjort förrän ett intyg som tar dess plats har ett belopp: till dess är det öppet om det "
            "betalas, behålls eller betalas tillbaka, och ingen senare dag räknar något av det som betalt. Det som "
            "något annat intyg avräknar av det lämnas som det är.",
        ),
        role="lead",
    )


def _paying(link: Supersedes) -> Text:
    """'the certificates of 2024-01-31 and 2024-02-10', the final ones among those whose place is taken."""
    days, several = joined(map(same, link.paying)), len(link.paying) > 1
    return Text(
        en=f"the certificate{'s' if several else ''} of {days.en}", sv=f"intyge{'n' if several else 't'} från {days.sv}"
    )


def _whole(earlier: Supersedes, told: Text) -> Text:
    """What becomes of amounts that hold in the place of others: by interim and nil certificates nothing was paid."""
    day = same(earlier.date)
    if earlier.kind != "final":
        en, sv = _PAID_NOTHING[earlier.kind]
        return Text(
            en=f"It takes the place of {en} certificate, of {day.en}, by which nothing was paid, so nothing there "
            f"is to be deducted from its amounts of {told.en}.",
            sv=f"Det ersätter ett {sv}, från {day.sv}, enligt vilket inget betalades, så inget där ska dras av från "
            f"dess belopp av {told.sv}.",
        )
    paid_by = _paying(earlier)
    rest = Text(
        en="where those were paid only the difference is still to be paid, or to be paid back",
        sv="är de betalda återstår bara mellanskillnaden att betala, eller att betala tillbaka",
    )
    if len(earlier.paying) > 1:
        rest = Text(
            en="what was paid of those and not paid back since is deducted, and only the difference is still to be "
            "paid, or to be paid back",
            sv="det av dem som har betalats och inte betalats tillbaka sedan dess dras av, och bara mellanskillnaden "
            "återstår att betala, eller att betala tillbaka",
        )
    return Text(
        en=f"It takes the place of {paid_by.en}, and its amounts of {told.en} that of the amounts there: {rest.en}.",
        sv=f"Det ersätter {paid_by.sv}, och dess belopp av {told.sv} träder i stället för beloppen där: {rest.sv}.",
    )


_PAID_NOTHING = {"interim": ("an interim", "delintyg"), "nil": ("a nil", "nollintyg")}


def _by_other_payers(certificate: Certificate) -> bool:
    """Whether it takes the place of one by the file before an amendment, which may have other payers and shares."""
    link, agreed = certificate.supersedes, certificate.plan.date
    amended = certificate.contract.model.amendment is not None
    return amended and link is not None and agreed is not None and any(day < agreed for day in link.paying)


_EACH_PAYER = Text(
    en="What it takes the place of may be by the contract file before the amendment. Where payers, shares or payees "
    "were others there, the difference is each party's own: what a payer paid there beyond what it pays here is paid "
    "back to it, also where it pays nothing here, and what it pays here beyond that is still to be paid.",
    sv="Det som ersätts kan följa avtalsfilen före ändringen. Var betalare, andelar eller mottagare andra där är "
    "mellanskillnaden var parts egen: det som en betalare betalade där utöver vad den betalar här betalas tillbaka "
    "till den, även om den inte betalar något här, och det som den betalar här därutöver återstår att betala.",
)


def _counted_by_later_days(certificate: Certificate) -> Iterator[Block]:
    """That later days which counted what was paid before it are to be settled anew, where it pays something else."""
    terms, own = certificate.contract.model, certificate.settles or certificate.date
    sums, days = earlier_sums(terms), [day for day in terms.dates.certificates if own < day <= certificate.date]
    if not (sums and days):
        return
    figures, told = joined(figure_mention(id, terms) for id in sums), joined(map(same, days))
    yield Paragraph(
        text=Text(
            en=f"What was settled for {told.en} before this certificate has counted, as {figures.en}, what had then "
            "been paid for earlier days. If this one pays something else than had then been paid for its own day, "
            "that is to be settled anew after it, day by day: in the place of the certificate of each day, with what "
            "the certificates of earlier days then have paid. What is due by that day is else paid twice, or lacks.",
            sv=f"Det som avräknats för {told.sv} före detta intyg har räknat in, som {figures.sv}, det som då hade "
            "betalats för tidigare dagar. Betalar detta något annat än det som då hade betalats för dess egen dag "
            "ska det avräknas på nytt efter detta, dag för dag: i stället för varje dags intyg, med det som intygen "
            "för tidigare dagar då har betalat. Det som ska betalas till och med den dagen betalas annars två gånger, "
            "eller saknas.",
        ),
        role="lead",
    )


def _beside(certificate: Certificate, lines: Collection[str]) -> Text:
    """What becomes of what is paid on some lines beside what was paid before, and of what is paid back."""
    amounts = [fraction(one.amount or "0") for one in certificate.settlement.lines if one.id in lines]
    pays = Text(
        en="what it pays of that is to be paid beside it", sv="det som betalas enligt detta ska betalas därutöver"
    )
    back = Text(
        en="what is to be paid back by it lessens that", sv="det som ska betalas tillbaka enligt detta minskar det"
    )
    if min(amounts) >= 0:
        return pays
    return back if max(amounts) <= 0 else Text(en=f"{pays.en}, while {back.en}", sv=f"{pays.sv}, medan {back.sv}")


def _counted(id: str, paid: str, certificate: Certificate) -> Text:
    if not fraction(paid):
        return Text(en=f"nothing of {id}", sv=f"inget av {id}")
    amount = money(paid, certificate.settlement.currency)
    return Text(en=f"{amount.en} of {id}", sv=f"{amount.sv} av {id}")


def left_sentences(certificate: Certificate) -> Iterator[Text]:
    """What of each line was paid of the settlement that is settled anew, and what is left to pay or to be paid back.

    Parameters
    ----------
    certificate : Certificate

    Yields
    ------
    Text
    """
    anew, currency = certificate.settles_anew or {}, certificate.settlement.currency
    for id, left in certificate.left_to_pay.items():
        paid, rest = money(anew[id], currency), left_words(left, currency)
        yield Text(
            en=f"Line {id}, settled anew: {paid.en} of it was paid; {rest.en}{_by_payer(id, certificate).en}.",
            sv=f"Rad {id}, avräknad på nytt: {paid.sv} har betalats; {rest.sv}{_by_payer(id, certificate).sv}.",
        )


def _by_payer(id: str, certificate: Certificate) -> Text:
    """', SEK 600 by Town and SEK 1,400 by Region', where several pay; to those who paid, where it is paid back."""
    by, currency = certificate.left_to_pay_by[id], certificate.settlement.currency
    if len(by) == 1 or not any(map(fraction, by.values())):
        return Text(en="", sv="")
    back = fraction(certificate.left_to_pay[id]) < 0
    told = []
    for payer, left in by.items():
        name, amount = party_name(payer, certificate), money(exact_text(-fraction(left)) if back else left, currency)
        told.append(
            Text(
                en=f"{amount.en} {'to' if back else 'by'} {name}",
                sv=f"{amount.sv} {'till' if back else 'av'} {name}",
            )
        )
    both = joined(told)
    return Text(en=f", {both.en}", sv=f", {both.sv}")


def left_words(left: str, currency: str) -> Text:
    """'SEK 5,000 is to be paid back', or is still to be paid.

    Parameters
    ----------
    left : str
        A decimal, below 0 where it is paid back.
    currency : str

    Returns
    -------
    Text
    """
    amount = money(left.removeprefix("-"), currency)
    if fraction(left) < 0:
        return Text(en=f"{amount.en} is to be paid back", sv=f"{amount.sv} ska betalas tillbaka")
    return Text(en=f"{amount.en} is still to be paid", sv=f"{amount.sv} återstår att betala")
