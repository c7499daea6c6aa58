"""Whether a certificate's date can be right: after what it rests on, never before it."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Sequence

from effekt._text import Text
from effekt.certificates.predicate import Plan
from effekt.contracts import Attestation, Contract, Declarations, Events
from effekt.contracts.lineage import back
from effekt.contracts.outcome_days import window_ends
from effekt.exceptions import ArgumentError
from effekt.reports.wording import days_words
from effekt.workflow.rules.happened import awaited


def check_dates(
    contract: Contract,
    *,
    date: str,
    kind: str,
    plan: Plan,
    attestations: Sequence[Attestation],
    events: Events | None = None,
) -> None:
    """Refuse a certificate dated before something that it rests on.

    Parameters
    ----------
    contract : Contract
    date : str
        The day of the certificate, YYYY-MM-DD.
    kind : {"final", "interim", "nil"}
        Only a final one must wait until the windows of its analyses are over.
    plan : Plan
    attestations : sequence of Attestation
    events : Events, optional
        Of a contract that ended early only what is still paid must be over, and later looks are none.

    Raises
    ------
    ArgumentError
        Naming the day that the certificate must not be before.
    """
    signed = contract.model.dates.signed
    if date < signed:
        raise _before("the contract was signed", "att avtalet undertecknades", signed, date)
    if plan.date is not None and date < plan.date:
        raise _before("the day of the lock", "dagen för låsningen", plan.date, date)
    for attestation in attestations:
        for id, attested in attestation.model.figures.items():
            if date < attested.date:
                raise _before(f"the day {id} was attested", f"dagen då {id} intygades", attested.date, date)
    if kind == "final":
        _check_looks(contract, date, events)
        _check_windows(contract, date, awaited(contract, events))


def _check_looks(contract: Contract, date: str, events: Events | None) -> None:
    """A look before the end is no settlement: none is final on its day, nor before the last look without own days."""
    terms = contract.model
    ended = None if events is None else events.ended
    looks = [look.at for look in terms.interim or () if ended is None or look.at <= ended.date]
    if date in looks:
        raise ArgumentError(
            f"`date` is that of a look before the end, on which nothing is paid, {date}; settle as interim, or as "
            "final on another day.",
            sv=f"`date` är dagen för en avstämning före slutet, då inget betalas, {date}; avräkna som interim, eller "
            "som final en annan dag.",
        )
    if looks and not terms.dates.certificates and date < looks[-1]:
        raise ArgumentError(
            f"`date` must not be before the last look before the end, {looks[-1]}; got {date}; settle as interim. Days "
            "on which the contract settles before that are announced under dates.certificates.",
            sv=f"`date` får inte vara före den sista avstämningen före slutet, {looks[-1]}; angavs {date}; avräkna som "
            "interim. Dagar då avtalet avräknas före den anges under dates.certificates.",
        )


def _check_windows(contract: Contract, date: str, waits: Collection[str]) -> None:
    """No final certificate before the outcome can exist."""
    remedy = Text(en="settle when it is over, or as interim", sv="avräkna när det är över, eller som interim")
    dates = contract.model.dates
    start = dates.outcome_data_from
    if contract.model.analysis and not waits:
        return
    if dates.data_lock is not None and date < dates.data_lock:
        raise _before("the data are locked", "att data låses", dates.data_lock, date, remedy)
    if contract.model.analysis and date < start:
        raise _before("there are outcome data", "att det finns utfallsdata", start, date, remedy)
    for id, (after, complete) in window_ends(contract).items():
        if id not in waits:
            continue
        if date < after:
            raise ArgumentError(
                f"`date` must be after the evaluation window of analysis.{id}, {after} or later; got {date}; "
                f"{remedy.en}.",
                sv=f"`date` måste vara efter utvärderingsfönstret för analysis.{id}, {after} eller senare; angavs "
                f"{date}; {remedy.sv}.",
            )
        if date < complete:
            waited = days_words(dates.run_out or 0)
            raise ArgumentError(
                f"`date` must be after the run-out of analysis.{id}, {waited.en} after its evaluation window, "
                f"{complete} or later; got {date}; {remedy.en}.",
                sv=f"`date` måste vara efter eftersläpningen för analysis.{id}, {waited.sv} efter dess "
                f"utvärderingsfönster, {complete} eller senare; angavs {date}; {remedy.sv}.",
            )


def _before(en: str, sv: str, day: str, date: str, remedy: Text | None = None) -> ArgumentError:
    """That a certificate is dated before something it rests on."""
    end = Text(en=".", sv=".") if remedy is None else Text(en=f"; {remedy.en}.", sv=f"; {remedy.sv}.")
    return ArgumentError(
        f"`date` must not be before {en}, {day}; got {date}{end.en}",
        sv=f"`date` får inte vara före {sv}, {day}; angavs {date}{end.sv}",
    )


def final_days(contract: Contract) -> tuple[str, ...]:
    """The days announced under `dates.certificates` on which a final certificate can be made.

    Parameters
    ----------
    contract : Contract

    Returns
    -------
    tuple of str
        YYYY-MM-DD, in order: those on which the outcomes of every analysis are recorded, and on which no look before
        the end is.
    """
    first, looks = first_final_day(contract), [look.at for look in contract.model.interim or ()]
    return tuple(day for day in contract.model.dates.certificates if day >= first and day not in looks)


def days_by_files_before(contract: Contract, files: Iterable[Contract]) -> tuple[str, ...] | None:
    """The days announced by the files before an amended one, each until it was amended.

    Parameters
    ----------
    contract : Contract
    files : iterable of Contract
        That are known, among which those before it are found by their digests.

    Returns
    -------
    tuple of str or None
        YYYY-MM-DD, in order; none for a contract that is not amended. None where a file before it is not known, or
        announces no days and could be settled by before it was amended.
    """
    way, found = back(contract, files), set[str]()
    if way[-1].model.amendment is not None:
        return None
    for after, before in itertools.pairwise(way):
        until = "" if after.model.amendment is None else after.model.amendment.date
        if not final_days(before) and first_final_day(before) <= until:
            return None
        found |= {day for day in final_days(before) if day <= until}
    return tuple(sorted(found))


def announced_for(contract: Contract, date: str, ended: str | None = None) -> str | None:
    """The announced day of whose settlement a final certificate of some day is.

    Parameters
    ----------
    contract : Contract
    date : str
        YYYY-MM-DD.
    ended : str, optional
        The day on which the contract ended early.

    Returns
    -------
    str or None
        The last day of `final_days` up to the date, and the first one before that; None where none is announced. What
        is settled after an ending, before any announced day has come since, is of the next one, which comes early.
    """
    days = final_days(contract)
    last = max((day for day in days if day <= date), default=None)
    early = last is None or (ended is not None and last < ended <= date)
    return next((day for day in days if early and day > date), last)


def first_final_day(contract: Contract) -> str:
    """The first day on which a final certificate can be made, unless the contract ends early.

    Parameters
    ----------
    contract : Contract

    Returns
    -------
    str
        YYYY-MM-DD: the data are locked, and the outcomes of every analysis are recorded.
    """
    dates = contract.model.dates
    bounds = [dates.signed, dates.data_lock or dates.signed]
    if contract.model.analysis:
        bounds += [dates.outcome_data_from, *(complete for _, complete in window_ends(contract).values())]
    looks = [look.at for look in contract.model.interim or ()]
    return max(bounds if dates.certificates else [*bounds, *looks])


def check_declared_days(date: str, declarations: Sequence[Declarations]) -> None:
    """Refuse a certificate dated before a declaration that it carries.

    Parameters
    ----------
    date : str
        YYYY-MM-DD.
    declarations : sequence of Declarations

    Raises
    ------
    ArgumentError
        Naming the day.
    """
    for one in declarations:
        if date < one.model.date:
            by = one.model.by
            raise _before(f"the day {by} declared", f"dagen då {by} lämnade sina uppgifter", one.model.date, date)
