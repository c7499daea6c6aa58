"""What an amendment says of a line that it takes away, renames or adds, or that deducts what was paid no more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from effekt._text import Text
from effekt._validation import join_words
from effekt.contracts.model import ContractTerms
from effekt.contracts.paid_once import paid_once
from effekt.contracts.renamed import renamed, taken_away_beside_new
from effekt.workflow.reading_paid_before import deducted_as, deducting


def taken_away(id: str, old: ContractTerms, new: ContractTerms) -> Text:
    """Say what becomes of what was paid and what was due of a line that is there no more, or reads that no more.

    Parameters
    ----------
    id : str
        Of the line.
    old, new : ContractTerms
        Of a contract file and its amendment.

    Returns
    -------
    Text
    """
    if id not in deducting(old):
        return _read_no_more(id, old, new)
    if id not in new.payment.lines:
        no_more = _due_no_more(old, new)
        return Text(
            en=f"The amendment takes away the line {id}, of which what was paid before was deducted: what was paid of "
            f"it stays paid, also what was paid too much, and {no_more.en}",
            sv=f"Ändringen tar bort raden {id}, där det som betalats tidigare drogs av: det som är betalt på den "
            f"förblir betalt, även det som är för mycket betalt, och {no_more.sv}",
        )
    return Text(
        en=f"By the amendment what was paid before is no longer deducted from {id}: what was paid of it stays paid, "
        "also what was paid too much, and comes beside what the line pays by the new terms, unless a certificate takes "
        "the place of the one by which it was paid.",
        sv=f"Ändringen gör att det som betalats tidigare inte längre dras av från {id}: det som är betalt på raden "
        "förblir betalt, även det som är för mycket betalt, och kommer utöver det som raden betalar enligt de nya "
        "villkoren, om inte ett intyg ersätter det som det betalades enligt.",
    )


def _read_no_more(id: str, old: ContractTerms, new: ContractTerms) -> Text:
    if id not in new.payment.lines:
        no_more = _due_no_more(old, new)
        return Text(
            en=f"The amendment takes away the line {id}, which read what was paid before: what was paid of it stays "
            f"paid, and {no_more.en}",
            sv=f"Ändringen tar bort raden {id}, där det som betalats tidigare lästes: det som är betalt på den förblir "
            f"betalt, och {no_more.sv}",
        )
    return Text(
        en=f"By the amendment {id} no longer reads what was paid before: what was paid of it stays paid, and comes "
        "beside what the line pays by the new terms, unless a certificate takes the place of the one by which it was "
        "paid.",
        sv=f"Ändringen gör att {id} inte längre läser det som betalats tidigare: det som är betalt på raden förblir "
        "betalt, och kommer utöver det som raden betalar enligt de nya villkoren, om inte ett intyg ersätter det som "
        "det betalades enligt.",
    )


def _due_no_more(old: ContractTerms, new: ContractTerms) -> Text:
    """What becomes of what was due of a line that is taken away: new lines may count it."""
    text = Text(
        en="what was due of it and is not paid is due no more",
        sv="det som återstod att betala på den ska inte längre betalas",
    )
    lines = [id for id in new.payment.lines if id not in {*old.payment.lines, *renamed(old, new).values()}]
    if not lines:
        return Text(en=f"{text.en}.", sv=f"{text.sv}.")
    en, sv = join_words(lines, "and"), join_words(lines, "och")
    which = Text(en=f"a new line, {en}, counts", sv=f"en ny rad, {sv},")
    if len(lines) > 1:
        which = Text(en=f"new lines, {en}, count", sv=f"nya rader, {sv},")
    return Text(en=f"{text.en}, unless {which.en} it.", sv=f"{text.sv}, om inte {which.sv} räknar in det.")


def given_name(was: str, now: str, new: ContractTerms) -> Text:
    """Say that an amendment gives a line another name, and that what was paid of it is deducted or not paid again.

    Parameters
    ----------
    was, now : str
        The line by the file before, and by the amendment.
    new : ContractTerms
        Of the amendment.

    Returns
    -------
    Text
    """
    if new.payment.lines[now].true_up is None:
        read = new.payment.lines[now].operands()
        en, sv = join_words(read, "and"), join_words(read, "och")
        which = Text(en="figures", sv="värden") if len(read) > 1 else Text(en="figure", sv="värde")
        return Text(
            en=f"The amendment gives the line {was} the name {now}, which reads the same {which.en}, {en}: what was "
            f"paid of {was} is not paid again of {now}.",
            sv=f"Ändringen ger raden {was} namnet {now}, som läser samma {which.sv}, {sv}: det som betalats av {was} "
            f"betalas inte på nytt av {now}.",
        )
    paid = deducted_as(now, new)
    return Text(
        en=f"The amendment gives the line {was} the name {now}, whose paid is the same figure, {paid.en}: what was "
        f"paid of {was} is deducted from {now}.",
        sv=f"Ändringen ger raden {was} namnet {now}, vars paid är samma värde, {paid.sv}: det som betalats av {was} "
        f"dras av från {now}.",
    )


def counted_as_new(id: str, new: ContractTerms) -> Text:
    """Say what a line that an amendment adds is to what was paid before, of which it deducts no more than it is told.

    Parameters
    ----------
    id : str
        Of the line.
    new : ContractTerms
        Of the amendment.

    Returns
    -------
    Text
    """
    paid = deducted_as(id, new)
    return Text(
        en=f"The line {id} is new and pays all that is due since the contract began, less only {paid.en} as paid "
        "before: what was paid of other lines for the same is paid again where that does not have it.",
        sv=f"Raden {id} är ny och betalar allt som ska betalas sedan avtalets början, minus bara {paid.sv} som "
        "tidigare betalt: det som betalats på andra rader för samma sak betalas igen där det inte ingår i det.",
    )


def not_counted(old: ContractTerms, new: ContractTerms) -> tuple[Text, ...]:
    """Say that what was paid of lines that are taken away is not counted in new ones that are paid once.

    Parameters
    ----------
    old, new : ContractTerms
        Of a contract file and its amendment.

    Returns
    -------
    tuple of Text
        One, or none where there are no such lines.
    """
    gone, added = taken_away_beside_new(old, new)
    if not gone or not added:
        return ()
    (en, sv), (gone_en, gone_sv) = ([join_words(ids, word) for word in ("and", "och")] for ids in (added, gone))
    is_new = Text(en="a new line that is paid once", sv="en ny rad som betalas en gång")
    pays, them = Text(en="it pays", sv="den betalar"), "it"
    if len(added) > 1:
        is_new = Text(en="new lines that are paid once", sv="nya rader som betalas en gång")
        pays, them = Text(en="they pay", sv="de betalar"), "them"
    return (
        Text(
            en=f"The amendment takes away {gone_en} and has {en}, {is_new.en}: what was paid of {gone_en} is not "
            f"counted in {en}. Where {pays.en} for the same it is paid again; keep the former name, or give {them} a "
            "true_up that deducts it.",
            sv=f"Ändringen tar bort {gone_sv} och har {sv}, {is_new.sv}: det som betalats av {gone_sv} räknas inte in "
            f"i {sv}. Om {pays.sv} för samma sak betalas det igen; behåll det tidigare namnet, eller ange en true_up "
            "som drar av det.",
        ),
    )


def reads_another(old: ContractTerms, new: ContractTerms) -> Iterator[Text]:
    """Say of each line paid once whose name stands for another figure than before that it counts as the same line.

    Parameters
    ----------
    old, new : ContractTerms
        Of a contract file and its amendment.

    Yields
    ------
    Text
    """
    for id in new.payment.lines:
        if not all(id in terms.payment.lines and paid_once(id, terms) for terms in (old, new)):
            continue
        was, now = (terms.payment.lines[id].operands() for terms in (old, new))
        gone = [figure for figure in was if figure not in now]
        if gone:
            yield _reads_another(id, gone, [figure for figure in now if figure not in was], old, new)


def _reads_another(id: str, gone: Sequence[str], read: Sequence[str], old: ContractTerms, new: ContractTerms) -> Text:
    others = [
        other
        for other, line in new.payment.lines.items()
        if other != id
        and paid_once(other, new)
        and not {*gone}.isdisjoint(line.operands())
        and (other not in old.payment.lines or {*gone}.isdisjoint(old.payment.lines[other].operands()))
    ]
    (gone_en, gone_sv), (en, sv) = ([join_words(ids, word) for word in ("and", "och")] for ids in (gone, others))
    reads = Text(en="", sv="")
    if read:
        reads = Text(en=f"reads {join_words(read, 'and')} and ", sv=f"läser {join_words(read, 'och')} och ")
    again = Text(en="", sv="")
    if others:
        verbs = ("reads", "pays") if len(others) == 1 else ("read", "pay")
        again = Text(
            en=f", and {en}, which now {verbs[0]} {gone_en}, {verbs[1]} again what {id} paid for that",
            sv=f", och {sv}, som nu läser {gone_sv}, betalar på nytt det som {id} betalade för det",
        )
    return Text(
        en=f"By the amendment {id}, which is paid once, {reads.en}no longer {'reads ' * (not read)}{gone_en}: what was "
        f"paid of {id} counts as paid of it by the new terms too, which no other day then pays{again.en}. Where it is "
        "for something else, give it another name.",
        sv=f"Ändringen gör att {id}, som betalas en gång, {reads.sv}inte längre {'läser ' * (not read)}{gone_sv}: det "
        f"som betalats av {id} räknas som betalt av den också enligt de nya villkoren, så att ingen annan dag betalar "
        f"den{again.sv}. Är den för något annat, ge den ett annat namn.",
    )
