"""The data behind a certificate: their source, edition and lock, and how they were held against what was agreed."""

from __future__ import annotations

from collections.abc import Iterator

from effekt._text import Text
from effekt._validation import join_words, plural
from effekt.certificates.certificate import Certificate
from effekt.contracts.intended import Measure
from effekt.contracts.outcome_days import window_ends
from effekt.contracts.paying import analysis_of
from effekt.reports.answers_standing import STANDING
from effekt.reports.checklist import VERDICTS
from effekt.reports.document import Callout, Column, Paragraph, Section, Table, same
from effekt.reports.names import party_name
from effekt.reports.wording import joined, number

NOT_STATED = Text(en="not asked for by the contract", sv="krävs inte av avtalet")
NOT_DELIVERED = Text(en="not delivered", sv="inte levererat")
NOT_DECLARED = Text(en="nobody has declared", sv="ingen har uppgett")


def data_section(certificate: Certificate) -> Section | None:
    """Each table with its source, edition, lock, form and reconciliation.

    Parameters
    ----------
    certificate : Certificate

    Returns
    -------
    Section or None
        None for a contract that computes nothing from data.
    """
    terms = certificate.contract.model
    if not terms.data:
        return None
    lock = terms.dates.data_lock
    form, reconciled = (_answer(item, certificate) for item in ("C2", "C5"))
    table = Table(
        caption=Text(en="The tables, as the contract has them", sv="Underlagen, så som avtalet har dem"),
        columns=(
            Column(label=Text(en="Data", sv="Underlag")),
            Column(label=Text(en="Source", sv="Källa")),
            Column(label=Text(en="Edition", sv="Utgåva")),
            Column(label=Text(en="Locked", sv="Låsta")),
            Column(label=Text(en="Taken out", sv="Uttaget")),
            Column(label=Text(en="Form", sv="Form")),
            Column(label=Text(en="Rows", sv="Rader"), kind="number"),
        ),
        rows=tuple(
            (
                same(id),
                _several(_sources(id, certificate)),
                _several(_editions(id, certificate)),
                NOT_STATED if lock is None else same(lock),
                _taken_out(id, certificate),
                form if source.columns else NOT_STATED,
                _rows(id, certificate),
            )
            for id, source in terms.data.items()
        ),
    )
    reconciliation = reconciled if terms.reconciliations else NOT_STATED
    told = Text(
        en=f"Reconciliation with an independent total: {reconciliation.en}. On which day a table was taken out of its "
        "source is what a party declares (extracted); what it held is fixed by the digests below.",
        sv=f"Avstämning mot en oberoende summa: {reconciliation.sv}. Vilken dag ett underlag togs ut ur sin källa är "
        "vad en part uppger (extracted); vad det innehöll är fastställt av kontrollsummorna nedan.",
    )
    heading = Text(en="The data", sv="Underlagen")
    told_of = (*_not_delivered(certificate), *_too_early(certificate), *_hidden(certificate))
    callouts = tuple(Callout(text=text) for text in told_of)
    return Section(id="data", heading=heading, blocks=(table, *callouts, Paragraph(text=told, role="note")))


def _hidden(certificate: Certificate) -> Iterator[Text]:
    """That rows or columns were hidden in a workbook, and were read."""
    for id, digest in certificate.data.items():
        if count := digest.hidden_rows:
            are, dolda = ("is", "dold") if count == 1 else ("are", "dolda")
            yield Text(
                en=f"Of the rows of data {id} {plural(count, 'row')} {are} hidden in the workbook, by hand or by a "
                f"filter, and {are} read like the others.",
                sv=f"Av raderna i underlaget {id} är {count} {dolda} i arbetsboken, för hand eller av ett filter, och "
                "läses som de andra.",
            )
        if names := digest.hidden_columns:
            en, sv = (join_words(map(repr, names), word) for word in ("and", "och"))
            is_one = len(names) == 1
            yield Text(
                en=f"Of the columns of data {id} {en} {'is' if is_one else 'are'} hidden in the workbook, and read "
                "where the contract names them.",
                sv=f"Av kolumnerna i underlaget {id} är {sv} {'dold' if is_one else 'dolda'} i arbetsboken, och läses "
                "där avtalet nämner dem.",
            )


def _rows(data: str, certificate: Certificate) -> Text:
    if data in certificate.not_delivered:
        return NOT_DELIVERED
    return number(certificate.data[data].rows) if data in certificate.data else NOT_STATED


def _not_delivered(certificate: Certificate) -> Iterator[Text]:
    """What is declared of tables that were not delivered in time, and that the certificate has no digest of some."""
    for one in certificate.declarations:
        for said in one.model.not_delivered or ():
            by, why = party_name(one.model.by, certificate), said.why.text
            came = Text(en="", sv="")
            if said.delivered is not None:
                came = Text(en=f", and came on {said.delivered}", sv=f", och kom {said.delivered}")
            yield Text(
                en=f"{by} declares that the table {said.data} was not delivered by {said.date}{came.en}: {why.en}",
                sv=f"{by} anmäler att underlaget {said.data} inte var levererat {said.date}{came.sv}: {why.sv}",
            )
    yield from (one.text for one in certificate.not_delivered.values())


def _answer(item: str, certificate: Certificate) -> Text:
    """What the checklist says of it, with the reason."""
    found = STANDING[item](certificate)
    verdict = VERDICTS[found.verdict]
    return Text(en=f"{verdict.en} ({found.note.en})", sv=f"{verdict.sv} ({found.note.sv})")


def _extracted(certificate: Certificate) -> Iterator[tuple[str, str, str]]:
    """Each table with the day on which it was taken out, and who says so."""
    for one in certificate.declarations:
        for data, day in (one.model.extracted or {}).items():
            yield data, day, party_name(one.model.by, certificate)


def _taken_out(data: str, certificate: Certificate) -> Text:
    said = [(day, by) for id, day, by in _extracted(certificate) if id == data]
    if not said:
        return NOT_DECLARED
    return joined(Text(en=f"{day}, as {by} declares", sv=f"{day}, enligt {by}") for day, by in said)


def _too_early(certificate: Certificate) -> Iterator[Text]:
    """That a table was taken out before there may be outcome data, or before those of an analysis were all recorded."""
    analyses, ends = certificate.contract.model.analysis, window_ends(certificate.contract)
    first = certificate.contract.model.dates.outcome_data_from
    for data, day, _ in _extracted(certificate):
        if day < first:
            yield Text(
                en=f"Data {data} were taken out on {day}, as is declared; by the contract there are no outcome data "
                f"before {first}.",
                sv=f"Data {data} togs ut {day}, enligt vad som uppges; enligt avtalet finns inga utfallsdata före "
                f"{first}.",
            )
        for id, (_, complete) in ends.items():
            if analyses[id].data == data and day < complete:
                yield Text(
                    en=f"Data {data} were taken out on {day}, before the outcomes of the analysis {id} were all "
                    f"recorded, {complete}.",
                    sv=f"Data {data} togs ut {day}, innan utfallen i analysen {id} var färdigregistrerade, {complete}.",
                )


def _measures(data: str, certificate: Certificate) -> Iterator[Measure]:
    """What the contract says of each figure that is taken from a table."""
    terms = certificate.contract.model
    for id, term in terms.figures.items():
        name = analysis_of(term)
        if name is not None and terms.analysis[name].data == data and id in (terms.measures or {}):
            yield (terms.measures or {})[id]


def _sources(data: str, certificate: Certificate) -> Iterator[Text]:
    for measure in _measures(data, certificate):
        text, holder = measure.source.text, measure.holder
        yield text if holder is None else Text(en=f"{text.en}, {holder}", sv=f"{text.sv}, {holder}")


def _editions(data: str, certificate: Certificate) -> Iterator[Text]:
    for analysis in certificate.contract.model.analysis.values():
        if analysis.data == data and "vintage" in analysis.arguments:
            yield same(str(analysis.arguments["vintage"]))
    yield from (one.vintage.text for one in _measures(data, certificate) if one.vintage is not None)


def _several(texts: Iterator[Text]) -> Text:
    found = dict.fromkeys(texts)
    return joined(found) if found else NOT_STATED
