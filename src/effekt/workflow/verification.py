"""Verify a certificate: its bytes, its signatures, its arithmetic and, given the data, its numbers.

Raw bytes and signatures come first, before anything is believed; then the payment is computed again from the signed
figures, the figures from the signed results, and, where the data are given, the results by the recorded path and by the
independent implementation. Every discrepancy is named.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from effekt._text import Text
from effekt._types import Table as AnyTable
from effekt._validation import join_words
from effekt.certificates.certificate import Certificate
from effekt.certificates.envelope import check_signatures, read_envelope
from effekt.certificates.signing import is_demo_key, key_id, read_public_key
from effekt.contracts import Contract, settle_figures
from effekt.contracts.figures import DerivedFigure
from effekt.exceptions import CertificateError, EffektError
from effekt.reports.html import embedded_envelope, is_page, page_language, render_page
from effekt.workflow.findings import Finding, compare, made_by_this_version, same_or_different
from effekt.workflow.recomputation import data_findings, figure_value
from effekt.workflow.settling import plan_of, take_figures

MAX_BYTES = 64 * 2**20


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
        *data_findings(found, contract, data),
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
    yield same_or_different(
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
    yield same_or_different(
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
    yield same_or_different(
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
    yield same_or_different(
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
    yield same_or_different(
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
        yield same_or_different(
            "figures", False, f"The figures cannot be taken again: {error}", f"Siffrorna kan inte tas om: {error}"
        )
        return
    stated = {figure.id: figure for figure in found.figures}
    for id in found.contract.model.figures:
        one, other = stated.get(id), again.get(id)
        yield compare(
            f"figure:{id}",
            one,
            other,
            found,
            f"Figure {id}: stated {figure_value(one)}, from the signed results {figure_value(other)}.",
            f"Siffran {id}: angiven {figure_value(one)}, från de signerade resultaten {figure_value(other)}.",
        )


def _settlement_findings(found: Certificate) -> Iterator[Finding]:
    """The payment again from the signed figures."""
    terms = found.contract.model.figures
    figures = {f.id: f for f in found.figures if f.id in terms and not isinstance(terms[f.id], DerivedFigure)}
    try:
        again = settle_figures(found.contract, figures)
    except EffektError as error:
        yield same_or_different(
            "payment", False, f"The payment cannot be computed again: {error}", f"Kan inte räknas om: {error}"
        )
        return
    stated = found.settlement
    for line in again.lines:
        one = next((other for other in stated.lines if other.id == line.id), None)
        yield compare(
            f"line:{line.id}",
            one,
            line,
            found,
            f"Line {line.id}: stated {one.amount if one else '–'}, computed {line.amount or line.state}.",
            f"Rad {line.id}: angivet {one.amount if one else '–'}, beräknat {line.amount or line.state}.",
        )
    yield compare(
        "payment",
        stated,
        again,
        found,
        f"Total: stated {stated.total or stated.state}, computed {again.total or again.state}.",
        f"Summa: angivet {stated.total or stated.state}, beräknat {again.total or again.state}.",
    )


def _page_findings(raw: bytes, found: Certificate) -> Iterator[Finding]:
    again = render_page(found, page_language(raw)).encode()
    if raw != again and not made_by_this_version(found):
        version = found.software.get("effekt", "?")
        yield Finding(
            name="page",
            verdict="cannot_tell",
            text=Text(
                en=f"The page was made by effekt {version}; only that version can render it again byte for byte.",
                sv=f"Sidan är gjord med effekt {version}; bara den versionen kan återskapa den byte för byte.",
            ),
        )
        return
    yield same_or_different(
        "page",
        raw == again,
        "The page is byte for byte what the certificate in it gives."
        if raw == again
        else "The page is not what the certificate in it gives: its text was changed.",
        "Sidan är byte för byte det som intyget i den ger."
        if raw == again
        else "Sidan är inte det som intyget i den ger: dess text har ändrats.",
    )
