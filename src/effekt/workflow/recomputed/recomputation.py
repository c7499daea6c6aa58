"""The numbers of a certificate again from the data: by the recorded path, and by the independent implementation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from effekt._text import Language, Text
from effekt._types import Table as AnyTable
from effekt.certificates.certificate import Certificate
from effekt.certificates.digests import logical_digest, sha256_file
from effekt.certificates.predicate import DataDigest, Pending
from effekt.certificates.taking import take_figures, to_publish
from effekt.contracts import Contract, Figure, complete_figures
from effekt.contracts.estimated import AnyResult, rerun_values
from effekt.contracts.figures import DerivedFigure, EstimateFigure
from effekt.contracts.rerun import tolerance_of
from effekt.exceptions import DataError, EffektError
from effekt.reports.wording import STATES
from effekt.tables import Table
from effekt.workflow.data.analysis import data_file, run_analyses
from effekt.workflow.data.counted_rows import check_rows
from effekt.workflow.data.not_delivered import is_there
from effekt.workflow.data.sealed import lacks_salt, opens
from effekt.workflow.earlier.announced import check_new_rows
from effekt.workflow.findings import (
    Finding,
    cannot_tell,
    compare,
    refused,
    refused_stage,
    result_stage,
    same_or_different,
    told_differences,
    with_decimals,
)
from effekt.workflow.recomputed.second_figures import SecondRoute, independent_findings, pays_the_same
from effekt.workflow.recomputed.second_otherwise import figures_otherwise
from effekt.workflow.software import not_installed


def data_findings(
    found: Certificate, contract: Contract | None, data: Mapping[str, AnyTable] | None
) -> Iterator[Finding]:
    """Everything that the data can say, by the verifier's own contract or, without one, the certificate's.

    An analysis that the certificate's own contract cannot run is a difference, and so is one that it cannot run on the
    very tables that it names; one that the verifier's contract cannot run on other data is an error.
    """
    own = found.contract if contract is None else contract
    try:
        yield from _recomputed(found, own, data)
    except EffektError as error:
        if contract is not None and not _rests_on(found, own, data):
            raise
        finding = refused(
            "recomputation", error, "The results cannot be computed again", "Resultaten kan inte räknas om"
        )
        yield replace(finding, stage=refused_stage(error))


def _rests_on(found: Certificate, own: Contract, data: Mapping[str, AnyTable] | None) -> bool:
    """Whether contract and tables are, byte for byte, those that the certificate names."""
    files = {id: data_file(own, id, data) for id in own.model.data if id not in found.not_delivered}
    digests = {id: sha256_file(file) for id, file in files.items() if file is not None and file.is_file()}
    return own.sha256 == found.contract.sha256 and digests == {id: one.sha256 for id, one in found.data.items()}


def _recomputed(found: Certificate, own: Contract, data: Mapping[str, AnyTable] | None) -> Iterator[Finding]:
    missing = [id for id in own.model.data if id not in found.not_delivered and not is_there(own, id, data)]
    for id in missing:
        yield cannot_tell(
            f"data:{id}",
            f"Data {id} were not given, so the results were not computed again.",
            f"Data {id} angavs inte, så resultaten räknades inte om.",
        )
    there = [id for id in own.model.data if id not in (*found.not_delivered, *missing)]
    closed = [id for id in there if lacks_salt(own, id) or _is_of_other_seal(found, own, id, data_file(own, id, data))]
    for id in closed:
        yield _closed_finding(id, found, own, data_file(own, id, data))
    without = not_installed(own)
    for library in without:
        yield cannot_tell(
            "recomputation",
            f"{library} is not installed, so the results were not computed again: install effekt[ml].",
            f"{library} är inte installerat, så resultaten räknades inte om: installera effekt[ml].",
        )
    if missing or closed or without:
        return
    results, tables = run_analyses(own, data, lacking=found.not_delivered)
    for id, table in tables.items():
        if id in found.data:
            yield _digest_finding(id, found.data[id], table, data_file(own, id, data))
        else:
            en, sv = f"Data {id}: the certificate has no digest of them.", f"Data {id}: intyget saknar kontrollsumma."
            yield same_or_different(f"data:{id}", False, en, sv)
    yield from _row_findings(found, own, tables)
    again = take_figures(own, results, found.attestations, date=found.date, software=found.software)
    public = to_publish(own, results, again)
    for id, stated in found.results.items():
        yield _result_finding(id, stated, public.get(id), found)
    for figure in found.figures:
        other = again.get(figure.id)
        en, sv = _SOURCES[own.model.figures[figure.id].source if figure.id in own.model.figures else "estimate"]
        finding = compare(
            f"recomputed:{figure.id}",
            figure,
            other,
            found,
            f"Figure {figure.id}: stated {figure_value(figure, 'en')}, {en} {figure_value(other, 'en')}.",
            f"Siffran {figure.id}: angiven {figure_value(figure, 'sv')}, {sv} {figure_value(other, 'sv')}.",
        )
        near = finding.verdict == "different" and _is_near(figure, found, own, results, again)
        near = near and pays_the_same(found, own, again)
        yield replace(finding, verdict="within_tolerance") if near else finding
    second = SecondRoute(own, tables)
    yield from independent_findings(found, own, second, results, again)
    yield from figures_otherwise(found, own, second)


def _is_of_other_seal(found: Certificate, own: Contract, id: str, path: Path | None) -> bool:
    """Whether a table is sealed and not opened by the salt, and its file is another than the certificate's."""
    if path is None or id not in found.data or opens(own, id, path):
        return False
    return sha256_file(path) != found.data[id].sha256


def _closed_finding(id: str, found: Certificate, own: Contract, path: Path | None) -> Finding:
    """A sealed table of which the verifier lacks the salt, the file or both: that is no fault of the certificate."""
    other = path is not None and id in found.data and sha256_file(path) != found.data[id].sha256
    salt = Text(en="ask whoever keeps the table for its salt", sv="be den som förvarar underlaget om dess salt")
    if not lacks_salt(own, id):
        why = Text(
            en="ask whoever keeps the table for the very one, as this is another file than the certificate's, which "
            "the salt that is there does not open",
            sv="be den som förvarar underlaget om just det, då detta är en annan fil än intygets, som saltet på plats "
            "inte öppnar",
        )
    elif other:
        why = Text(
            en=f"{salt.en} and for the very table, as this is another file",
            sv=f"{salt.sv} och själva underlaget, då detta är en annan fil",
        )
    else:
        why = salt
    return cannot_tell(
        f"sealed:{id}",
        f"Data {id} are sealed and were not opened, so the results were not computed again: {why.en}, and put it in "
        "the folder of your contract (--contract).",
        f"Data {id} är förseglade och öppnades inte, så resultaten räknades inte om: {why.sv}, och lägg det i mappen "
        "med ert avtal (--contract).",
    )


def _is_near(
    stated: Figure, found: Certificate, own: Contract, results: Mapping[str, Any], again: Mapping[str, Figure]
) -> bool:
    """Whether a stated figure is one that a re-run within the contract's own tolerance could have come to.

    A count, a sum and whatever else is exact has no other value; a derived figure follows from those that are stated.
    """
    term, mine = own.model.figures.get(stated.id), again.get(stated.id)
    if own.model.tolerance is None or mine is None or stated.value is None or mine.value is None:
        return False
    if replace(mine, value=stated.value) != stated:
        return False
    if isinstance(term, DerivedFigure):
        carried = {one.id: one for one in found.figures if not isinstance(own.model.figures.get(one.id), DerivedFigure)}
        return complete_figures(own, carried)[stated.id] == stated
    if not isinstance(term, EstimateFigure) or isinstance(results[term.estimate], Pending):
        return False
    ends = rerun_values(stated.id, term, results[term.estimate], again, tolerance_of(own.model))
    values = [Fraction(one.value) for one in (mine, *ends) if one.value is not None]
    return min(values) <= Fraction(stated.value) <= max(values)


_SOURCES = {
    "estimate": ("computed from the data", "beräknad från data"),
    "measure": ("computed from the data", "beräknad från data"),
    "attested": ("attested", "intygad"),
    "derived": ("computed from other figures", "beräknad ur andra siffror"),
}


def _row_findings(found: Certificate, own: Contract, tables: Mapping[str, Table]) -> Iterator[Finding]:
    """That nothing is paid for that lies after the day of the certificate."""
    try:
        check_rows(own, found.date, tables)
        check_new_rows(own, found.settles, tables)
    except DataError as error:
        yield refused("rows", error, "The data", "Data")


def _digest_finding(id: str, stated: DataDigest, table: Table, path: Path | None) -> Finding:
    """The file, or its content; and that rows, columns and digest of the content are as the certificate says."""
    content = logical_digest({name: table.values(name) for name in table.columns})
    same_file = path is not None and sha256_file(path) == stated.sha256
    columns = (stated.columns, table.columns) if same_file else (sorted(stated.columns), sorted(table.columns))
    if content != stated.logical:
        return same_or_different(
            f"data:{id}", False, f"Data {id}: the content differs.", f"Data {id}: innehållet skiljer sig."
        )
    if columns[0] != columns[1] or stated.rows != len(table):
        return same_or_different(
            f"data:{id}",
            False,
            f"Data {id}: the certificate states other rows or columns than the data have.",
            f"Data {id}: intyget anger andra rader eller kolumner än data har.",
        )
    if same_file and stated.hidden_rows != len(table.hidden_rows):
        seen, hidden = stated.hidden_rows, len(table.hidden_rows)
        return same_or_different(
            f"data:{id}",
            False,
            f"Data {id}: of the rows of the workbook {hidden} are hidden; the certificate says {seen}.",
            f"Data {id}: av arbetsbokens rader är {hidden} dolda; intyget anger {seen}.",
        )
    if same_file and stated.hidden_columns != table.hidden_columns:
        return same_or_different(
            f"data:{id}",
            False,
            f"Data {id}: the certificate states other columns of the workbook as hidden than are.",
            f"Data {id}: intyget anger andra av arbetsbokens kolumner som dolda än de som är det.",
        )
    if same_file:
        return same_or_different(f"data:{id}", True, f"Data {id}: the same file.", f"Data {id}: samma fil.")
    return Finding(
        name=f"data:{id}",
        verdict="within_tolerance",
        text=Text(en=f"Data {id}: another file, the same content.", sv=f"Data {id}: en annan fil, samma innehåll."),
    )


def _result_finding(
    id: str, stated: AnyResult | Pending, public: AnyResult | Pending | None, found: Certificate
) -> Finding:
    finding = compare(
        f"result:{id}",
        stated,
        public,
        found,
        f"Analysis {id}: the signed result against the one computed again from the data.",
        f"Analysen {id}: det signerade resultatet mot det som räknats om från data.",
    )
    if finding.verdict != "different":
        return finding
    told = told_differences(stated, public)
    text = Text(
        en=f"{finding.text.en} What differs (signed / again): {told.en}.",
        sv=f"{finding.text.sv} Det som skiljer sig (signerat / omräknat): {told.sv}.",
    )
    return replace(finding, text=text, stage=result_stage(stated, public))


def figure_value(figure: Figure | None, lang: Language) -> str:
    """A figure's value to its last digit, or its state where it has none."""
    if figure is None:
        return "–"
    return STATES[figure.state].in_language(lang) if figure.value is None else with_decimals(figure.value, lang)
