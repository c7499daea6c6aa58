"""Verify a certificate: its bytes, its signatures, its arithmetic and, given the data, its numbers.

Raw bytes and signatures come first, before anything is believed; then the payment is computed again from the signed
figures, the figures from the signed results, and, where the data are given, the results by the recorded path and by the
independent implementation. Every discrepancy is named.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal, TypeAlias

from effekt import independent
from effekt._exact import exact
from effekt._text import Text
from effekt._types import Table as AnyTable
from effekt._validation import join_words
from effekt.certificates.certificate import Certificate, Pending
from effekt.certificates.digests import logical_digest, sha256_file
from effekt.certificates.envelope import check_signatures, read_envelope
from effekt.certificates.signing import is_demo_key, key_id, read_public_key
from effekt.contracts import Contract, quantise, settle_figures
from effekt.contracts.estimated import AnyResult
from effekt.contracts.figures import DerivedFigure, EstimateFigure, MeasureFigure
from effekt.exceptions import ArgumentError, CertificateError, ContractError, EffektError
from effekt.reports.html import embedded_envelope, is_page, page_language, render_page
from effekt.result import EffectEstimate, OutcomeMeasure
from effekt.tables import Table
from effekt.workflow.analysis import NONE, arguments, data_file, load, run_analyses
from effekt.workflow.settling import plan_of, take_figures

Verdict: TypeAlias = Literal["reproduced", "within_tolerance", "different", "cannot_tell"]
MAX_BYTES = 64 * 2**20
TOLERANCE = Fraction(1, 10**9)  # relative, between the recorded path and the independent one


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was checked.

    Attributes
    ----------
    name : str
        What, from a closed list, such as "signatures" or "figure:reduction".
    verdict : {"reproduced", "within_tolerance", "different", "cannot_tell"}
    text : Text
        What was found.
    """

    name: str
    verdict: Verdict
    text: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """All findings of a verification.

    Attributes
    ----------
    certificate : Certificate
    findings : tuple of Finding
        In the order they were made.
    """

    certificate: Certificate
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing differs."""
        return not self.differences

    @property
    def differences(self) -> tuple[Finding, ...]:
        """What differs."""
        return tuple(finding for finding in self.findings if finding.verdict == "different")

    def __repr__(self) -> str:
        if self.ok:
            return f"Verification(nothing differs in {len(self.findings)} checks)"
        return f"Verification(different: {join_words([finding.name for finding in self.differences], 'and')})"


def verify(
    certificate: str | Path | bytes | Certificate,
    *,
    contract: Contract | None = None,
    data: Mapping[str, AnyTable] | None = None,
) -> Verification:
    """Verify a certificate or a certificate page.

    Parameters
    ----------
    certificate : path, bytes or Certificate
        A certificate file or the HTML page that carries one.
    contract : Contract, optional
        The verifier's own copy of the contract. Without it the signatures are checked against the keys in the
        certificate's own contract, and a finding says so.
    data : mapping of data id to table or path, optional
        With it every figure is computed again, by the recorded path and by the independent implementation. Data ids
        left out are looked for in the folder of `contract`.

    Returns
    -------
    Verification
        `.ok` is whether nothing differs.

    Raises
    ------
    CertificateError
        When it cannot be read as a certificate at all.

    Examples
    --------
    >>> import effekt
    >>> contract = effekt.read_contract(effekt.case("sick-leave") / "contract.yaml")
    >>> certificate = effekt.settle(contract, date="2022-03-15")
    >>> [finding.name for finding in effekt.verify(certificate, contract=contract).differences]
    ['signatures']
    """
    raw = _bytes(certificate)
    page = is_page(raw)
    envelope = read_envelope(embedded_envelope(raw) if page else raw)
    found = Certificate(envelope)
    findings = [
        *_envelope_findings(found, contract),
        *_contract_findings(found, contract),
        *_subject_findings(found),
        *_plan_findings(found),
        *_figure_findings(found),
        *_settlement_findings(found),
        *(_page_findings(raw, found) if page else ()),
        *_data_findings(found, contract, data),
    ]
    return Verification(certificate=found, findings=tuple(findings))


def _bytes(certificate: str | Path | bytes | Certificate) -> bytes:
    if isinstance(certificate, Certificate):
        return certificate.to_bytes()
    if isinstance(certificate, bytes):
        return certificate
    path = Path(certificate)
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise CertificateError(f"The file {path.name!r} cannot be read: {error.strerror}; check the path.") from None
    if len(raw) > MAX_BYTES:
        raise CertificateError(f"The file {path.name!r} is larger than {MAX_BYTES // 2**20} MiB; it is no certificate.")
    return raw


def _found(name: str, same: bool, en: str, sv: str) -> Finding:
    return Finding(name=name, verdict="reproduced" if same else "different", text=Text(en=en, sv=sv))


# --- bytes and signatures -------------------------------------------------------------------------------------


def _envelope_findings(found: Certificate, contract: Contract | None) -> Iterator[Finding]:
    terms = (contract or found.contract).model
    keys = {
        key_id(public): public
        for party in terms.parties.values()
        if party.role in terms.signing.roles
        for public in map(read_public_key, party.keys)
    }
    check = check_signatures(found.envelope, keys.values())
    for discrepancy in check.discrepancies:
        yield Finding(name=discrepancy.name, verdict="different", text=Text(en=discrepancy.en, sv=discrepancy.sv))
    for unknown in check.unknown:
        yield Finding(
            name="signature_unknown_key",
            verdict="different",
            text=Text(
                en=f"A signature is by key {unknown[:16]}…, which the contract gives no role that may sign.",
                sv=f"En underskrift är gjord med nyckel {unknown[:16]}…, som avtalet inte låter skriva under.",
            ),
        )
    count, needed = len(check.signers), terms.signing.threshold
    yield _found(
        "signatures",
        count >= needed,
        f"{count} of {needed} required signatures are valid.",
        f"{count} av {needed} nödvändiga underskrifter är giltiga.",
    )
    if any(is_demo_key(keys[signer]) for signer in check.signers):
        yield Finding(
            name="demo_key",
            verdict="cannot_tell",
            text=Text(
                en="It is signed with the published demonstration key, which proves nothing.",
                sv="Det är undertecknat med den publicerade demonstrationsnyckeln, som inte bevisar något.",
            ),
        )


def _contract_findings(found: Certificate, contract: Contract | None) -> Iterator[Finding]:
    claimed, carried = found.predicate["contract"], found.contract
    yield _found(
        "contract",
        claimed["sha256"] == carried.sha256 and claimed["id"] == carried.model.id,
        "The contract in the certificate has the digest and id that are stated.",
        "Avtalet i intyget har den kontrollsumma och det id som anges.",
    )
    if contract is None:
        yield Finding(
            name="own_contract",
            verdict="cannot_tell",
            text=Text(
                en=f"No contract of your own was given; compare its digest with yours: {carried.sha256}.",
                sv=f"Inget eget avtal angavs; jämför dess kontrollsumma med ert: {carried.sha256}.",
            ),
        )
        return
    yield _found(
        "own_contract",
        contract.sha256 == carried.sha256,
        "The contract in the certificate is byte for byte the one given."
        if contract.sha256 == carried.sha256
        else f"The contract in the certificate is not the one given.{_contract_difference(carried, contract)}",
        "Avtalet i intyget är byte för byte det som angavs."
        if contract.sha256 == carried.sha256
        else f"Avtalet i intyget är inte det som angavs.{_contract_difference(carried, contract)}",
    )


def _contract_difference(carried: Contract, own: Contract) -> str:
    """' (line 41)' for the first line that differs."""
    ours, theirs = own.raw.splitlines(), carried.raw.splitlines()
    for number, (one, other) in enumerate(zip(ours, theirs, strict=False), start=1):
        if one != other:
            return f" (rad/line {number})"
    return f" (rad/line {min(len(ours), len(theirs)) + 1})" if len(ours) != len(theirs) else ""


def _subject_findings(found: Certificate) -> Iterator[Finding]:
    expected = {"contract": found.contract.sha256}
    expected |= {f"data/{id}": digest.sha256 for id, digest in found.data.items()}
    expected |= {f"attestation/{i}": one.sha256 for i, one in enumerate(found.attestations, start=1)}
    stated = {subject.name: subject.sha256 for subject in found.statement.subjects}
    claimed = [item["sha256"] for item in found.predicate["attestations"]]
    same = stated == expected and claimed == [one.sha256 for one in found.attestations]
    yield _found(
        "subjects",
        same,
        "The digests the statement is about are those of what it carries.",
        "De kontrollsummor som intyget gäller är de som hör till dess innehåll.",
    )


def _plan_findings(found: Certificate) -> Iterator[Finding]:
    plan = found.plan
    try:
        again = plan_of(found.contract, None if plan.lock is None else plan.lock.encode())
        same = again == plan
    except EffektError:
        same = False
    yield _found(
        "plan",
        same,
        "The plan's lock, its date and whether it came before the data are as stated.",
        "Planens låsning, dess datum och om den skedde före data är som det anges.",
    )


# --- arithmetic -----------------------------------------------------------------------------------------------


def _figure_findings(found: Certificate) -> Iterator[Finding]:
    """Each figure again from the signed results and attestations."""
    try:
        again = take_figures(found.contract, found.results, found.attestations)
    except (EffektError, KeyError) as error:
        yield _found(
            "figures", False, f"The figures cannot be taken again: {error}", f"Siffrorna kan inte tas om: {error}"
        )
        return
    stated = {figure.id: figure for figure in found.figures}
    for id in found.contract.model.figures:
        one, other = stated.get(id), again.get(id)
        yield _found(
            f"figure:{id}",
            one == other,
            f"Figure {id}: stated {_shown(one)}, from the signed results {_shown(other)}.",
            f"Siffran {id}: angiven {_shown(one)}, från de signerade resultaten {_shown(other)}.",
        )


def _shown(figure: Any) -> str:
    return "–" if figure is None else (figure.value or figure.state)


def _settlement_findings(found: Certificate) -> Iterator[Finding]:
    """The payment again from the signed figures."""
    terms = found.contract.model.figures
    figures = {f.id: f for f in found.figures if f.id in terms and not isinstance(terms[f.id], DerivedFigure)}
    try:
        again = settle_figures(found.contract, figures)
    except EffektError as error:
        yield _found("payment", False, f"The payment cannot be computed again: {error}", f"Kan inte räknas om: {error}")
        return
    stated = found.settlement
    for line in again.lines:
        one = next((other for other in stated.lines if other.id == line.id), None)
        yield _found(
            f"line:{line.id}",
            one == line,
            f"Line {line.id}: stated {one.amount if one else '–'}, computed {line.amount or line.state}.",
            f"Rad {line.id}: angivet {one.amount if one else '–'}, beräknat {line.amount or line.state}.",
        )
    yield _found(
        "payment",
        stated == again,
        f"Total: stated {stated.total or stated.state}, computed {again.total or again.state}.",
        f"Summa: angivet {stated.total or stated.state}, beräknat {again.total or again.state}.",
    )


def _page_findings(raw: bytes, found: Certificate) -> Iterator[Finding]:
    again = render_page(found, page_language(raw)).encode()
    yield _found(
        "page",
        raw == again,
        "The page is byte for byte what the certificate in it gives."
        if raw == again
        else "The page is not what the certificate in it gives: its text was changed.",
        "Sidan är byte för byte det som intyget i den ger."
        if raw == again
        else "Sidan är inte det som intyget i den ger: dess text har ändrats.",
    )


# --- numbers --------------------------------------------------------------------------------------------------


def _data_findings(
    found: Certificate, contract: Contract | None, data: Mapping[str, AnyTable] | None
) -> Iterator[Finding]:
    if not found.contract.model.analysis:
        return
    own = contract or found.contract
    missing = [id for id in found.data if not _is_there(own, id, data)]
    for id in missing:
        yield Finding(
            name=f"data:{id}",
            verdict="cannot_tell",
            text=Text(
                en=f"Data {id} were not given, so the results were not computed again.",
                sv=f"Data {id} angavs inte, så resultaten räknades inte om.",
            ),
        )
    if missing:
        return
    for id, digest in found.data.items():
        table = load(own, id, data)
        yield _digest_finding(id, digest.sha256, digest.logical, table, data_file(own, id, data))
    results, tables = run_analyses(own, data)
    for id, stated in found.results.items():
        yield _result_finding(id, stated, results.get(id))
    again = take_figures(own, results, found.attestations)
    for figure in found.figures:
        other = again.get(figure.id)
        yield _found(
            f"recomputed:{figure.id}",
            figure == other,
            f"Figure {figure.id}: stated {_shown(figure)}, computed from the data {_shown(other)}.",
            f"Siffran {figure.id}: angiven {_shown(figure)}, beräknad från data {_shown(other)}.",
        )
    yield from _independent_findings(found, tables)


def _is_there(own: Contract, id: str, data: Mapping[str, AnyTable] | None) -> bool:
    """Whether a data source was given, or lies in the folder of the verifier's own contract."""
    if id in (data or {}):
        return True
    try:
        return own.data_path(id).is_file()
    except ContractError:
        return False


def _digest_finding(id: str, sha256: str, logical: str, table: Table, path: Path | None) -> Finding:
    content = logical_digest({name: table.values(name) for name in table.columns})
    if path is not None and sha256_file(path) == sha256:
        return _found(f"data:{id}", True, f"Data {id}: the same file.", f"Data {id}: samma fil.")
    if content == logical:
        return Finding(
            name=f"data:{id}",
            verdict="within_tolerance",
            text=Text(en=f"Data {id}: another file, the same content.", sv=f"Data {id}: en annan fil, samma innehåll."),
        )
    return _found(f"data:{id}", False, f"Data {id}: the content differs.", f"Data {id}: innehållet skiljer sig.")


def _result_finding(id: str, stated: AnyResult | Pending, again: AnyResult | Pending | None) -> Finding:
    same = (again.public() if again is not None and not isinstance(again, Pending) else again) == stated
    return _found(
        f"result:{id}",
        same,
        f"Analysis {id}: the result is {'the same' if same else 'another'} when computed again from the data.",
        f"Analysen {id}: resultatet blir {'detsamma' if same else 'ett annat'} när det räknas om från data.",
    )


def _independent_findings(found: Certificate, tables: Mapping[str, Table]) -> Iterator[Finding]:
    """Figures on means and counts again by the independent implementation, which shares no code."""
    for id, term in found.contract.model.figures.items():
        if not isinstance(term, (EstimateFigure, MeasureFigure)):
            continue
        stated = next((figure for figure in found.figures if figure.id == id), None)
        analysis = term.estimate if isinstance(term, EstimateFigure) else term.measure
        result = found.results.get(analysis)
        if stated is None or stated.value is None or result is None or isinstance(result, Pending):
            continue
        value = _independent_value(term, result, found, analysis, tables)
        if value is None:
            yield Finding(
                name=f"independent:{id}",
                verdict="cannot_tell",
                text=Text(
                    en=f"Figure {id}: the independent implementation does not compute this statistic.",
                    sv=f"Siffran {id}: den oberoende beräkningen omfattar inte detta mått.",
                ),
            )
            continue
        yield _compare(id, stated.value, term.digits, value)


def _compare(id: str, stated: str, digits: int, value: Fraction) -> Finding:
    again = quantise(value, digits)
    close = abs(value - Fraction(stated)) <= TOLERANCE * max(Fraction(1), abs(value)) + Fraction(1, 2 * 10**digits)
    verdict: Verdict = "reproduced" if again == stated else "within_tolerance" if close else "different"
    return Finding(
        name=f"independent:{id}",
        verdict=verdict,
        text=Text(
            en=f"Figure {id}: stated {stated}, by the independent implementation {again}.",
            sv=f"Siffran {id}: angiven {stated}, enligt den oberoende beräkningen {again}.",
        ),
    )


def _independent_value(
    term: EstimateFigure | MeasureFigure,
    result: AnyResult,
    found: Certificate,
    analysis: str,
    tables: Mapping[str, Table],
) -> Fraction | None:
    call = found.contract.model.analysis[analysis]
    function = independent.METHODS.get(call.method)
    if function is None or (isinstance(term, EstimateFigure) and term.statistic not in _MEANS):
        return None
    from effekt.estimators import METHODS

    table = tables[call.data]
    columns = {name: table.values(name) for name in table.columns}
    taken = arguments(analysis, METHODS[call.method], call.arguments)
    try:
        numbers = function(columns, **_independent_arguments(taken))
    except (ArgumentError, TypeError):
        return None  # the second route refuses what it does not recompute
    if isinstance(result, OutcomeMeasure):
        return _fraction(numbers.get("value"))
    treated, counterfactual = _fraction(numbers.get("treated_mean")), _fraction(numbers.get("counterfactual_mean"))
    if not isinstance(result, EffectEstimate) or treated is None or counterfactual is None:
        return None
    if not isinstance(term, EstimateFigure):
        return None
    return _view_value(term, result, treated, counterfactual, _units(term, found))


_MEANS = ("estimate", "treated_mean", "counterfactual_mean")


def _independent_arguments(taken: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments in the plainer form of the second route: the outcome as its column or columns."""
    plain = {name: value for name, value in taken.items() if name != "missing"}
    if "inference" in plain:
        plain["inference"] = NONE  # the means need no placebos
    outcome = plain.get("outcome")
    if isinstance(outcome, Mapping):
        plain["outcome"] = outcome["column"]
    if isinstance(plain.get("outcome"), list):
        plain["outcome"] = tuple(plain["outcome"])
    return plain


def _fraction(value: object) -> Fraction | None:
    if isinstance(value, Fraction):
        return value
    return exact(value) if isinstance(value, (int, float)) else None


def _units(term: EstimateFigure, found: Certificate) -> Fraction:
    """The number of units of a total, written in the contract or a signed figure; 1 for other views."""
    values = {figure.id: figure.value for figure in found.figures}
    written = values.get(term.units or "", term.units)
    return Fraction(written) if written is not None else Fraction(1)


def _view_value(
    term: EstimateFigure, result: EffectEstimate, treated: Fraction, counterfactual: Fraction, units: Fraction
) -> Fraction | None:
    """The view of two means, written out anew."""
    if term.statistic == "treated_mean":
        return treated
    if term.statistic == "counterfactual_mean":
        return counterfactual
    sign = -1 if result.outcome.better == "lower" else 1
    values = {
        "difference": treated - counterfactual,
        "improvement": sign * (treated - counterfactual),
        "total": units * sign * (treated - counterfactual),
        "relative": treated / counterfactual - 1 if counterfactual else None,
        "ratio": treated / counterfactual if counterfactual else None,
        "relative_improvement": sign * (treated / counterfactual - 1) if counterfactual else None,
    }
    return values.get(term.view)
