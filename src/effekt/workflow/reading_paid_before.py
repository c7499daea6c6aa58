"""How a line reads what was paid on it before: it deducts that from all that is due, or reads it in another way."""

from __future__ import annotations

from collections.abc import Sequence

from effekt._text import Text
from effekt._validation import join_words
from effekt.contracts import Contract, format_money
from effekt.contracts.clauses.per_unit import ShareOfSavings, UnitPrice
from effekt.contracts.earlier_sums import is_paid_on
from effekt.contracts.figures import DerivedFigure
from effekt.contracts.model import ContractTerms
from effekt.contracts.paying import reading
from effekt.contracts.payment import Line
from effekt.contracts.schema import is_decimal
from effekt.workflow.plan.several_settlements import held_from


def deducting(terms: ContractTerms) -> tuple[str, ...]:
    """The lines that pay all that is due since the contract began less what was paid before.

    Parameters
    ----------
    terms : ContractTerms

    Returns
    -------
    tuple of str
        Those with a `true_up`, and those without a condition that pay a difference from which what certificates paid
        on them (`paid_before`) is taken away as it is, whatever a certificate pays at most and at least.
    """
    return tuple(id for id, line in terms.payment.lines.items() if line.in_parts or _deducts_itself(id, line, terms))


def otherwise(terms: ContractTerms) -> tuple[str, ...]:
    """The lines that read what certificates paid on them in another way, such as in a condition or a ceiling.

    Parameters
    ----------
    terms : ContractTerms

    Returns
    -------
    tuple of str
    """
    others = [id for id in terms.payment.lines if id not in deducting(terms)]
    return tuple(id for id in others if own_sums(id, terms.payment.lines[id], terms))


def own_sums(id: str, part: object, terms: ContractTerms) -> list[str]:
    """The figures that are what certificates paid on a line, of those that a part of the contract reads.

    Parameters
    ----------
    id : str
        Of the line.
    part : object
    terms : ContractTerms

    Returns
    -------
    list of str
    """
    return [name for name in reading(part, terms.figures) if is_paid_on(name, id, terms)]


def deducted_as(id: str, terms: ContractTerms) -> Text:
    """The figure, or the amount written in the contract, that a line deducts as paid before.

    Parameters
    ----------
    id : str
        A line of those that `deducting` names.
    terms : ContractTerms

    Returns
    -------
    Text
    """
    line = terms.payment.lines[id]
    if line.true_up is None:
        (paid,) = own_sums(id, line.pays, terms)
        return Text(en=paid, sv=paid)
    paid, currency = line.true_up.paid, terms.payment.currency
    if not is_decimal(paid):
        return Text(en=paid, sv=paid)
    return Text(en=format_money(paid, currency, "en"), sv=format_money(paid, currency, "sv"))


def _deducts_itself(id: str, line: Line, terms: ContractTerms) -> bool:
    way = line.pays.way
    if (line.when, line.pays.when) != (None, None) or not isinstance(way, UnitPrice | ShareOfSavings):
        return False
    figure = terms.figures[way.figure]
    if way.factor != 1 or not isinstance(figure, DerivedFigure) or figure.derived.difference is None:
        return False
    due, paid = figure.derived.difference
    return is_paid_on(paid, id, terms) and not own_sums(id, due, terms)


def of_each(line: Line) -> tuple[str | None, ...]:
    """What one certificate pays at most and at least of a line that deducts what was paid before.

    Parameters
    ----------
    line : Line

    Returns
    -------
    tuple of str or None
        Of a line with a `true_up` its cap, since those of the line are of all that is due.
    """
    if line.true_up is not None:
        return (line.true_up.cap,)
    return line.cap, line.floor, line.pays.cap, line.pays.floor


def counted_by_each(line: Line) -> Text:
    """What a most and a least of each certificate are to a line that deducts what was paid before.

    Parameters
    ----------
    line : Line

    Returns
    -------
    Text
        Empty where it has none.
    """
    if not any(limit is not None for limit in of_each(line)):
        return Text(en="", sv="")
    return Text(
        en=" What one certificate pays at most or at least holds for each by itself: what is held back is due on later "
        "ones, and what is added is deducted there.",
        sv=" Det högsta eller lägsta som ett intyg betalar gäller för varje intyg för sig: det som hålls inne ska "
        "betalas enligt senare intyg, och det som läggs till dras av där.",
    )


def limited_anew(id: str) -> Text:
    """Say that an amendment changes the most and the least of each certificate, and nothing else of what is due.

    Parameters
    ----------
    id : str
        Of the line.

    Returns
    -------
    Text
    """
    return Text(
        en=f"The amendment changes what one certificate pays of {id} at most or at least, which holds for each "
        "certificate by itself: what was paid by the old limits is deducted as it was paid, and is not held against "
        "the new ones. What the old ones held back is due on later certificates, and what they added is deducted "
        "there, by the new ones.",
        sv=f"Ändringen ändrar det högsta eller lägsta som ett intyg betalar av {id}, vilket gäller för varje intyg för "
        "sig: det som betalats enligt de gamla gränserna dras av som det betalades och prövas inte mot de nya. Det som "
        "de gamla höll inne ska betalas enligt senare intyg, och det som de lade till dras av där, enligt de nya.",
    )


def read_anew(id: str, contract: Contract) -> Text:
    """Say that an amendment changes what a line pays that reads what was paid before in another way.

    Parameters
    ----------
    id : str
        Of the line.
    contract : Contract
        The amended one.

    Returns
    -------
    Text
    """
    sums, rest = _sums(id, contract.model), _follows(id, contract, Text(en="the new terms", sv="de nya villkoren"))
    return Text(
        en=f"The amendment changes what {id} pays, which reads what was paid before as {sums.en}: {rest.en}",
        sv=f"Ändringen ändrar vad {id} betalar, där det som betalats tidigare läses som {sums.sv}: {rest.sv}",
    )


def read_here(id: str, contract: Contract) -> Text:
    """Say of an amended contract what its terms are to what was paid before, of a line that reads it in another way.

    Parameters
    ----------
    id : str
        Of the line.
    contract : Contract
        The amended one.

    Returns
    -------
    Text
    """
    sums, rest = _sums(id, contract.model), _follows(id, contract, Text(en="the terms here", sv="villkoren här"))
    return Text(
        en=f"The line {id} reads what was paid by the files before this one as {sums.en}: {rest.en}",
        sv=f"Raden {id} läser det som betalats enligt filerna före denna som {sums.sv}: {rest.sv}",
    )


def shared_anew(id: str, contract: Contract) -> Text:
    """Say that an amendment changes who pays or is paid a line that reads what was paid before in another way.

    Parameters
    ----------
    id : str
        Of the line.
    contract : Contract
        The amended one.

    Returns
    -------
    Text
    """
    sums, since = _sums(id, contract.model), held_from(contract)
    return Text(
        en=f"The amendment changes who bears {id} or to whom it is paid, and the line reads what was paid before as "
        f"{sums.en}: what was paid stays as it was shared and still counts there, whoever paid it or was paid; what is "
        f"paid from {since} on is paid by and to those of the new terms.",
        sv=f"Ändringen ändrar vem som bär {id} eller vem som får betalt för den, och raden läser det som betalats "
        f"tidigare som {sums.sv}: det som är betalt förblir fördelat som det var och räknas fortfarande in där, vem "
        f"som än har betalat eller fått det; det som betalas från och med {since} betalas av och till dem som de "
        "nya villkoren anger.",
    )


def passed_on_anew(lines: Sequence[str], source: str, contract: Contract) -> Text:
    """Say that an amendment changes who is passed on what is paid of lines that read what was paid in another way.

    Parameters
    ----------
    lines : sequence of str
    source : str
        The name of the party that passes it on.
    contract : Contract
        The amended one.

    Returns
    -------
    Text
    """
    stays, since = _stays(lines), held_from(contract)
    return Text(
        en=f"The amendment changes to whom {source} passes on what it is paid of {stays.en}, and what is passed on "
        f"from {since} on is shared by the new terms.",
        sv=f"Ändringen ändrar till vem {source} fördelar det den får betalt för {stays.sv}, och det som fördelas från "
        f"och med {since} fördelas efter de nya villkoren.",
    )


def passed_on_no_more(lines: Sequence[str], source: str, contract: Contract) -> Text:
    """Say that by an amendment a party no longer passes on what is paid of such lines.

    Parameters
    ----------
    lines : sequence of str
    source : str
        The name of the party that passed it on.
    contract : Contract
        The amended one.

    Returns
    -------
    Text
    """
    stays, since = _stays(lines), held_from(contract)
    return Text(
        en=f"By the amendment {source} no longer passes on what is paid of {stays.en}, and nothing of what is paid "
        f"from {since} on is passed on by {source}.",
        sv=f"Ändringen gör att {source} inte längre fördelar det som betalas för {stays.sv}, och inget av det som "
        f"betalas från och med {since} fördelas av {source}.",
    )


def passed_on_here(id: str, source: str, contract: Contract) -> Text:
    """Say of an amended contract by which terms what is paid of such a line is passed on.

    Parameters
    ----------
    id : str
        Of the line.
    source : str
        The name of the party that passes it on.
    contract : Contract
        The amended one.

    Returns
    -------
    Text
    """
    since = held_from(contract)
    return Text(
        en=f"What {source} passed on of {id} by the files before this one stays as it was shared; what it passes on "
        f"from {since} on is shared by the terms here.",
        sv=f"Det som {source} fördelat av {id} enligt filerna före denna förblir fördelat som det var; det som den "
        f"fördelar från och med {since} fördelas efter villkoren här.",
    )


def _stays(lines: Sequence[str]) -> Text:
    """'jobs, which reads what was paid before: what was passed on stays as it was shared'."""
    read = "reads" if len(lines) == 1 else "read"
    return Text(
        en=f"{join_words(lines, 'and')}, which {read} what was paid before: what was passed on stays as it was shared",
        sv=f"{join_words(lines, 'och')}, där det som betalats tidigare läses: det som är fördelat förblir fördelat som "
        "det var",
    )


def _sums(id: str, terms: ContractTerms) -> Text:
    names = own_sums(id, terms.payment.lines[id], terms)
    return Text(en=join_words(names, "and"), sv=join_words(names, "och"))


def _follows(id: str, contract: Contract, new: Text) -> Text:
    """What is true however the sum is read: it is what was paid."""
    terms, since = contract.model, held_from(contract)
    deducts = Text(en="", sv="")
    if own_sums(id, terms.payment.lines[id].pays, terms):
        deducts = Text(
            en=" Only where these deduct it from all that is due since the contract began do they also hold for what "
            "was paid.",
            sv=" Bara där dessa drar av det från allt som ska betalas sedan avtalets början gäller de också för det "
            "som är betalt.",
        )
    return Text(
        en=f"it is counted as it was paid. What the line pays from {since} on follows from {new.en} and from what was "
        f"paid before.{deducts.en}",
        sv=f"det räknas som det betalades. Det som raden betalar från och med {since} följer av {new.sv} och av det "
        f"som betalats tidigare.{deducts.sv}",
    )
