"""Days of a contract that cannot be kept, and days that can but may not be meant."""

from __future__ import annotations

from collections.abc import Iterator

from effekt._calendar import days_after
from effekt._text import Text
from effekt._validation import join_words, plural
from effekt.contracts import Contract
from effekt.contracts.figures import AttestedFigure, DerivedFigure, EstimateFigure
from effekt.contracts.left_open import moving_analyses
from effekt.contracts.measured import measured_before
from effekt.contracts.outcome_days import outcome_ends, window_ends
from effekt.contracts.parties import Party
from effekt.contracts.paying import reading
from effekt.contracts.payment import Line
from effekt.contracts.scenarios import paying_figures
from effekt.exceptions import ContractError
from effekt.workflow.data.thin_data import without_end
from effekt.workflow.rules.dates import final_days, first_final_day


def check_days(contract: Contract) -> None:
    """Refuse days that contradict each other, so that some of them cannot be kept.

    Parameters
    ----------
    contract : Contract

    Raises
    ------
    ContractError
        With the line, naming the key, the day that it must not be before or after, and its own.
    """
    for place, sentence in (
        *_deadlines(contract),
        *_inert(contract),
        *_unrevised(contract),
        *_looks(contract),
        *_keyless(contract),
        *_endings(contract),
    ):
        raise ContractError(f"line {contract.line(*place)}: {sentence}")


def day_cautions(contract: Contract) -> tuple[Text, ...]:
    """Days that can be kept and may not be meant: told before signing.

    Parameters
    ----------
    contract : Contract

    Returns
    -------
    tuple of Text
        Data that are locked before they are complete, looks while outcomes are still recorded, certificates announced
        for the day of a look or after the last day to settle, lines that no certificate can pay or only one after
        that day, lines due before they can be settled, keys whose days are over when the contract is signed, and
        figures whose outcomes no day ends where a comparison may be spoiled.
    """
    return (
        *_locked_early(contract),
        *_late_looks(contract),
        *_late_certificates(contract),
        *_certificates_on_looks(contract),
        *_never_paid(contract),
        *_due_early(contract),
        *_old_keys(contract),
        *_never_over(contract),
    )


# ------------------------------------------------------------------------------------------------ what is refused

_Fault = tuple[tuple[str | int, ...], str]


def _deadlines(contract: Contract) -> Iterator[_Fault]:
    """The last days on which something is to be done, before it can be."""
    dates = contract.model.dates
    for figure, (until, complete) in outcome_ends(contract).items():
        for key in ("certificate_due", "longstop"):
            day = getattr(dates, key)
            if day is not None and day < complete:
                yield (
                    ("dates", key),
                    f"dates.{key} must not be before the outcomes of figures.{figure}, up to {until}, are complete, "
                    f"{complete}; got {day}. Move it, or give run_out fewer days.",
                )
    for id, (after, complete) in window_ends(contract).items():
        for key in ("certificate_due", "longstop"):
            day = getattr(dates, key)
            if day is None or day >= complete:
                continue
            how = "" if complete == after else f", {plural(dates.run_out or 0, 'day')} after its evaluation window"
            remedy = "Move it, or the window." if complete == after else "Move it, or give run_out fewer days."
            yield (
                ("dates", key),
                f"dates.{key} must not be before the outcomes of analysis.{id} are complete, {complete}{how}; got "
                f"{day}. {remedy}",
            )


def _inert(contract: Contract) -> Iterator[_Fault]:
    """A run-out that holds nothing back, since no day says when the outcomes of a figure that pays end."""
    if not contract.model.dates.run_out:
        return
    windows, paying = window_ends(contract), paying_figures(contract)
    for id in without_end(contract, frozenset(windows)):
        yield (
            ("dates", "run_out"),
            f"dates.run_out holds nothing back for figures.{id}, whose analysis has no evaluation_window; say in "
            f"figures.{id}.outcomes_until up to which day outcomes count, or remove run_out.",
        )
    if not windows and outcome_ends(contract).keys().isdisjoint(paying):
        yield (
            ("dates", "run_out"),
            "dates.run_out holds nothing back, as no figure that pays is of an analysis with an evaluation_window or "
            "has outcomes_until; say in dates.data_lock before which day no certificate is final, or remove run_out.",
        )


def _unrevised(contract: Contract) -> Iterator[_Fault]:
    """What follows when a table is revised, where no payment turns on one."""
    if contract.model.revisions is not None and not moving_analyses(contract):
        yield (
            ("revisions",),
            "revisions holds of nothing, as it is of tables and no payment turns on one; what was attested wrongly is "
            "disputed, or attested anew. Remove it.",
        )


def _looks(contract: Contract) -> Iterator[_Fault]:
    """Looks that are said to pay, and looks before the end on days when nothing is open any more."""
    for position, look in enumerate(contract.model.interim or ()):
        if look.pays:
            yield (
                ("interim", position, "pays"),
                f"interim[{position + 1}].pays must be false, since an interim certificate never pays; got true. What "
                "is to be paid before the end is a line of its own, due on a final certificate.",
            )
    longstop, over = contract.model.dates.longstop, _all_over(contract)
    for position, look in enumerate(contract.model.interim or ()):
        where = f"interim[{position + 1}].at"
        if over is not None and look.at >= over:
            yield (
                ("interim", position, "at"),
                f"{where} must be before the outcomes of every analysis are complete, {over}, as it is a look before "
                f"the end; got {look.at}. Move it, or leave it out.",
            )
        if longstop is not None and look.at > longstop:
            yield (
                ("interim", position, "at"),
                f"{where} must not be after the last day to settle, {longstop}; got {look.at}. Move it, or leave it "
                "out.",
            )


def _all_over(contract: Contract) -> str | None:
    """The first day on which every figure that pays can be final; None where the file does not say."""
    ends = window_ends(contract)
    terms = contract.model.figures
    attested = any(isinstance(terms[id], AttestedFigure) for id in paying_figures(contract))
    if not ends or attested or len(ends) < len(contract.model.analysis):
        return None
    return max(complete for _, complete in ends.values())


def _endings(contract: Contract) -> Iterator[_Fault]:
    """Days of an early end on which the contract does not run."""
    signed, longstop = contract.model.dates.signed, contract.model.dates.longstop
    for id, ending in (contract.model.termination or {}).items():
        days = [(("closes", line), day) for line, day in (ending.closes or {}).items()]
        if ending.period is not None:
            days += [(("period", "from"), ending.period.from_), (("period", "to"), ending.period.to)]
        for key, day in days:
            where = f"termination.{id}.{'.'.join(key)}"
            if day < signed:
                rule = f"must not be before the contract was signed, {signed}"
            elif longstop is not None and day > longstop:
                rule = f"must not be after the last day to settle, {longstop}"
            else:
                continue
            yield ("termination", id, *key), f"{where} {rule}; got {day}. Move it."


def _keyless(contract: Contract) -> Iterator[_Fault]:
    """Parties whose keys are all over before there is anything to sign."""
    signed = contract.model.dates.signed
    for id, party in contract.model.parties.items():
        ended = list(_ended(party, signed))
        if ended and len(ended) == len(party.keys):
            position, day = ended[0]
            yield (
                ("parties", id, "valid", position, "to"),
                f"parties.{id}.valid[{position + 1}].to must not be before the contract was signed, {signed}, as the "
                f"party has no other key and could sign nothing; got {day}. Give the party a key that holds from then "
                "on.",
            )


def _ended(party: Party, signed: str) -> Iterator[tuple[int, str]]:
    """Periods of keys that end before the contract was signed, by position, with their last day."""
    for position, period in enumerate(party.valid):
        if period.to is not None and period.to < signed:
            yield position, period.to


# ------------------------------------------------------------------------------------------------ what is told


def _locked_early(contract: Contract) -> Iterator[Text]:
    lock = contract.model.dates.data_lock
    for id, (_, complete) in window_ends(contract).items():
        if lock is not None and lock < complete:
            yield Text(
                en=f"The data are locked on {lock}, before the outcomes of the analysis {id} are complete on "
                f"{complete}; whatever is recorded in between counts for nothing.",
                sv=f"Data låses {lock}, innan utfallen i analysen {id} är fullständiga {complete}; det som registreras "
                "däremellan räknas inte.",
            )


def _late_looks(contract: Contract) -> Iterator[Text]:
    ends = window_ends(contract)
    over = _all_over(contract)
    last = None if over is None else max(after for after, _ in ends.values())
    for look in contract.model.interim or ():
        if last is not None and over is not None and last <= look.at < over:
            yield Text(
                en=f"The figures are to be looked at on {look.at}, when every evaluation window is over and the "
                f"outcomes are not yet complete, as they are from {over}.",
                sv=f"Siffrorna ska tas fram {look.at}, när alla utvärderingsfönster är slut men utfallen ännu inte är "
                f"fullständiga; det är de {over}.",
            )


def _late_certificates(contract: Contract) -> Iterator[Text]:
    dates = contract.model.dates
    for day in dates.certificates:
        if dates.longstop is not None and day > dates.longstop:
            yield Text(
                en=f"A certificate is announced for {day}, after the last day to settle, {dates.longstop}.",
                sv=f"Ett intyg är utlovat {day}, efter sista dagen för avräkning, {dates.longstop}.",
            )


def _certificates_on_looks(contract: Contract) -> Iterator[Text]:
    looks = [look.at for look in contract.model.interim or ()]
    for day in contract.model.dates.certificates:
        if day in looks:
            yield Text(
                en=f"A certificate is announced for {day}, the day of a look before the end, on which none is final: "
                "it pays nothing.",
                sv=f"Ett intyg är utlovat {day}, samma dag som siffrorna tas fram före slutet, då inget intyg är "
                "slutligt: det betalar inget.",
            )


def _never_paid(contract: Contract) -> Iterator[Text]:
    """Lines that are paid on announced days alone and can pay on none, or that first can when it is too late."""
    last, looks = contract.model.dates.longstop, [look.at for look in contract.model.interim or ()]
    days, first = final_days(contract), first_final_day(contract)
    first = days_after(first, 1) if first in looks else first
    for id, line in contract.model.payment.lines.items():
        ready = max([first, *_ready(line, contract)])
        if line.paid_each is not None and not any(day >= ready for day in days):
            yield Text(
                en=f"The line {id} is paid on announced days alone, and can pay on none of them. Announce a day from "
                f"{ready} on under dates.certificates, on which there is no look.",
                sv=f"Raden {id} betalas bara på dagar som anges i förväg, och kan inte betala något på någon av dem. "
                f"Ange en dag från och med {ready} under dates.certificates, då siffrorna inte bara tas fram.",
            )
        elif last is not None and ready > last:
            yield Text(
                en=f"The line {id} can pay from {ready} on at the earliest, after the last day to settle, {last}.",
                sv=f"Raden {id} kan betala tidigast {ready}, efter sista dagen för avräkning, {last}.",
            )


def _ready(line: Line, contract: Contract) -> Iterator[str]:
    """The first days on which the figures that a line cannot do without have a value."""
    terms, ends = contract.model, outcome_ends(contract)
    read = reading(line, terms.figures)
    ladders = (one for id in read if isinstance(one := terms.figures[id], DerivedFigure) and one.derived.fallback)
    spared = {id for one in ladders for id in reading(one.operands(), terms.figures)}  # one of them is enough
    for id in (id for id in read if id not in spared):
        if id in ends:
            yield ends[id][1]
        closes = None if terms.population is None else terms.population.closes(id)
        if closes is not None:
            yield days_after(closes, 1)


def _due_early(contract: Contract) -> Iterator[Text]:
    """Lines due before any final certificate can be made, or before the last day on which it is to be there."""
    first, last = first_final_day(contract), contract.model.dates.certificate_due
    netting = contract.model.payment.netting
    for id, line in contract.model.payment.lines.items():
        if line.due is not None and line.due < first:
            yield Text(
                en=f"The line {id} falls due on {line.due}, before any final certificate can be made, {first}.",
                sv=f"Raden {id} förfaller till betalning {line.due}, innan något slutligt intyg kan finnas, {first}.",
            )
        elif line.due is not None and last is not None and line.due < last:
            also = Text(en="", sv="")
            if netting is not None and id in netting.lines:
                also = Text(en=", nor what is netted against it", sv=", och inte heller vad som kvittas mot det")
            yield Text(
                en=f"The line {id} falls due on {line.due}, before the last day of its certificate, {last}; until that "
                f"is made it is not known what the line pays{also.en}.",
                sv=f"Raden {id} förfaller till betalning {line.due}, före sista dagen för intyget, {last}; till dess "
                f"att det finns är det inte känt vad raden betalar{also.sv}.",
            )


def _old_keys(contract: Contract) -> Iterator[Text]:
    signed, longstop = contract.model.dates.signed, contract.model.dates.longstop
    for party in contract.model.parties.values():
        for period in party.valid:
            name = f"{party.name}, {period.key[:8]}…"
            if period.to is not None and period.to < signed:
                yield Text(
                    en=f"A key of {name}, holds until {period.to} only, before the contract was signed, {signed}; "
                    "nothing can be signed with it.",
                    sv=f"En nyckel för {name}, gäller bara till och med {period.to}, innan avtalet undertecknades "
                    f"{signed}; inget kan skrivas under med den.",
                )
            elif longstop is not None and period.from_ is not None and period.from_ > longstop:
                yield Text(
                    en=f"A key of {name}, holds from {period.from_} only, after the last day to settle, {longstop}; "
                    "nothing can be signed with it.",
                    sv=f"En nyckel för {name}, gäller först från {period.from_}, efter sista dagen för avräkning "
                    f"{longstop}; inget kan skrivas under med den.",
                )


def _never_over(contract: Contract) -> Iterator[Text]:
    """Compared figures whose outcomes no day ends, which a comparison that is contaminated later still takes."""
    terms = contract.model
    if not terms.termination:
        return
    compared = (id for id in paying_figures(contract) if isinstance(terms.figures[id], EstimateFigure))
    open_ended = [id for id in compared if measured_before(terms, id) is None]
    if open_ended:
        en, sv = (join_words(open_ended, word) for word in ("and", "och"))
        yield Text(
            en=f"No day ends the outcomes of {en}: a comparison that is declared contaminated after they were measured "
            "takes what is paid on them all the same. Say in outcomes_until of each figure up to which day they count.",
            sv=f"Ingen dag avslutar utfallen i {sv}: en jämförelse som anmäls som störd efter att de har mätts tar "
            "ändå det som betalas på dem. Ange i outcomes_until för varje siffra till och med vilken dag de räknas.",
        )
