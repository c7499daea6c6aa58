"""Of which announced day a certificate is, where lines are paid on each, and that it pays for what is new only.

The announced days cut the calendar: what ended after one and on the next or before is paid for on the next, once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from effekt._calendar import days_after
from effekt._text import Text
from effekt._validation import join_words
from effekt.certificates.certificate import Certificate
from effekt.contracts import Attestation, Contract
from effekt.contracts.paid_each import attested_anew, counted_by, paid_each_lines
from effekt.exceptions import ArgumentError, DataError
from effekt.tables import Table, as_label
from effekt.workflow.data.counted_rows import calendar_spans
from effekt.workflow.earlier.can_be_paid import settlement_of
from effekt.workflow.findings import Finding, in_swedish, row_in_swedish, same_or_different
from effekt.workflow.rules.dates import final_days


def next_open_day(certificate: Certificate, known: Iterable[Certificate]) -> str | None:
    """The first announced day after that of a certificate whose settlement none of those that are known is.

    Parameters
    ----------
    certificate : Certificate
    known : iterable of Certificate

    Returns
    -------
    str or None
        YYYY-MM-DD; None where none is left.
    """
    contract = certificate.contract
    day = settlement_of(certificate, contract) or ""
    settled = {settlement_of(one, contract) for one in known if one.kind == "final"}
    return next((each for each in final_days(contract) if each > day and each not in settled), None)


def settled_day(contract: Contract, *, date: str, kind: str, supersedes: Certificate | None = None) -> str | None:
    """The announced day that a certificate is of.

    Parameters
    ----------
    contract : Contract
    date : str
        Of the certificate, YYYY-MM-DD.
    kind : {"final", "interim", "nil"}
    supersedes : Certificate, optional
        The one whose place it takes: it is of the same day.

    Returns
    -------
    str or None
        None where no line is `paid_each`, and of an interim certificate on another day that takes no such one's place.

    Raises
    ------
    ArgumentError
        When the day was not announced.
    """
    lines = paid_each_lines(contract.model)
    if not lines:
        return None
    days = final_days(contract)
    if supersedes is not None and supersedes.settles in days:
        return supersedes.settles
    if kind == "interim":
        return date if date in days else None
    if kind == "final" and date not in days:
        raise ArgumentError(
            f"`date` must be a day announced for a final certificate, on each of which {join_words(lines, 'and')} "
            f"{'is' if len(lines) == 1 else 'are'} paid: {join_words(days) or 'there is none'}; got {date}.",
            sv=f"`date` måste vara en angiven dag för ett slutligt intyg, då {join_words(lines, 'och')} betalas: "
            f"{join_words(days, 'eller') or 'det finns ingen'}; angavs {date}.",
        )
    return date


def day_before(contract: Contract, settles: str) -> str | None:
    """The announced day before one, whose certificate paid for what was then over; None before the first.

    Parameters
    ----------
    contract : Contract
    settles : str
        YYYY-MM-DD.

    Returns
    -------
    str or None
    """
    return max((day for day in final_days(contract) if day < settles), default=None)


def check_attested_anew(contract: Contract, settles: str | None, attestations: Sequence[Attestation]) -> None:
    """Refuse what was attested for an earlier certificate, on lines that are paid on each.

    Parameters
    ----------
    contract : Contract
    settles : str or None
        From `settled_day`.
    attestations : sequence of Attestation

    Raises
    ------
    ArgumentError
        Naming the figure and the day.
    """
    before = None if settles is None else day_before(contract, settles)
    if before is None:
        return
    anew = attested_anew(contract.model, *paid_each_lines(contract.model))
    for attestation in attestations:
        for id, attested in attestation.model.figures.items():
            if id in anew and attested.date <= before:
                raise ArgumentError(
                    f"`attestations` must have {id} attested after {before}, the announced day before, whose "
                    f"certificate paid for what was attested then; got {attested.date}. Attest what is new.",
                    sv=f"`attestations` måste ha {id} intygad efter {before}, den angivna dagen före, vars intyg "
                    f"betalade för det som då intygades; angavs {attested.date}. Intyga det som är nytt.",
                )


def check_new_rows(contract: Contract, settles: str | None, tables: Mapping[str, Table]) -> None:
    """Refuse rows of periods that an earlier or a later announced day pays for, on lines that are paid on each.

    Parameters
    ----------
    contract : Contract
    settles : str or None
        From `settled_day`.
    tables : mapping of data id to Table
        Without those that were not delivered.

    Raises
    ------
    DataError
        Naming the analysis, the column and the first such row.
    """
    if settles is None:
        return
    for id in counted_by(contract.model, *paid_each_lines(contract.model)):
        analysis = contract.model.analysis[id]
        if analysis.data in tables:
            _check_column(
                id, tables[analysis.data], str(analysis.arguments["time"]), day_before(contract, settles), settles
            )


def _check_column(id: str, table: Table, time: str, before: str | None, settles: str) -> None:
    labels = {row: as_label(cell) for row, cell in enumerate(table.raw(time), start=1) if cell is not None}
    spans = calendar_spans(list(dict.fromkeys(labels.values())))
    if spans is None:
        raise DataError(
            f"analysis.{id}: Column {time!r} must hold dates or whole periods, since what it counts is paid for on "
            "each announced day; it does not. Write them as '2023-01-31' or '2023-01'.",
            sv=f"analysis.{id}: Kolumnen {time!r} måste innehålla datum eller hela perioder, eftersom det som räknas "
            "betalas på varje angiven dag; det gör den inte. Skriv dem som '2023-01-31' eller '2023-01'.",
        )
    until = days_after(settles, 1)
    for row, label in labels.items():
        if spans[label][1] > until:
            raise DataError(
                f"analysis.{id}: Column {time!r} must hold what was over on the announced day {settles}; the first "
                f"that was not is at {table.where(row)}. It is paid for on the next.",
                sv=f"analysis.{id}: Kolumnen {time!r} måste innehålla det som var slut den angivna dagen {settles}; "
                f"det första som inte var det är {row_in_swedish(table.where(row))}. Det betalas på nästa.",
            )
        if before is not None and spans[label][1] <= days_after(before, 1):
            raise DataError(
                f"analysis.{id}: Column {time!r} must hold nothing that was over on the announced day before, "
                f"{before}, whose certificate pays for it; the first such is at {table.where(row)}. Leave it out, or "
                "settle that day again with --supersedes and --reason.",
                sv=f"analysis.{id}: Kolumnen {time!r} får inte innehålla något som var slut den angivna dagen före, "
                f"{before}, vars intyg betalar för det; det första är {row_in_swedish(table.where(row))}. Ta bort det, "
                "eller avräkna den dagen på nytt med --supersedes och --reason.",
            )


def same_evidence(id: str, one: Certificate, other: Certificate) -> bool:
    """Whether two certificates rest a line on some same rows or the same attestation.

    Parameters
    ----------
    id : str
        The line.
    one, other : Certificate

    Returns
    -------
    bool
    """
    terms = one.contract.model
    tables = {terms.analysis[analysis].data for analysis in counted_by(terms, id)}
    for data in tables.intersection(one.data, other.data):
        if one.data[data].rows and one.data[data].logical == other.data[data].logical:
            return True
    first, second = (_attested(certificate) for certificate in (one, other))
    return any(name in first and first[name] == second.get(name) for name in attested_anew(terms, id))


def _attested(certificate: Certificate) -> dict[str, object]:
    return {id: value for one in certificate.attestations for id, value in one.model.figures.items()}


def settles_findings(found: Certificate, earlier: Certificate | None) -> Iterator[Finding]:
    """Whether the announced day that a certificate says it is of can be that day."""
    if found.settles is None and not paid_each_lines(found.contract.model):
        return
    problem = None
    try:
        right = _is_right(found, earlier)
        check_attested_anew(found.contract, found.settles, found.attestations)
    except ArgumentError as error:
        right, problem = False, Text(en=str(error), sv=in_swedish(error))
    told = found.settles or "–"
    yield same_or_different(
        "settles",
        right and problem is None,
        f"The announced day that it is of, {told}, {'is as it must be' if right else 'cannot be right'}"
        f"{': ' + problem.en if problem else '.'}",
        f"Den angivna dag som det gäller, {told}, {'är som den ska vara' if right else 'kan inte stämma'}"
        f"{': ' + problem.sv if problem else '.'}",
    )


def _is_right(found: Certificate, earlier: Certificate | None) -> bool:
    """Whether the day is that of the date, or of the certificate that it supersedes, where that is given."""
    replaced = found.supersedes
    if replaced is None or (earlier is not None and replaced.sha256 == earlier.sha256):
        before = None if replaced is None else earlier
        return found.settles == settled_day(found.contract, date=found.date, kind=found.kind, supersedes=before)
    if found.settles is None:
        return found.kind == "interim"
    days = final_days(found.contract)
    return found.settles <= found.date and (found.settles in days or found.kind == "nil")
