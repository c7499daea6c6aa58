"""Writing what was settled: the certificate's file, its page, and the demonstration that does it all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from effekt._text import LANGUAGES, Language, Text
from effekt._validation import check_option, check_path
from effekt.certificates.canonical import MAX_BYTES
from effekt.certificates.certificate import Certificate
from effekt.certificates.complete import check_complete
from effekt.certificates.envelope import Envelope, check_signatures, read_envelope, sign
from effekt.certificates.files import check_place, only_writer, read_file, write_atomic
from effekt.certificates.key_holders import holders, signers_allowed
from effekt.certificates.release import public_statement, read_public
from effekt.certificates.signing import DEMO_KEY, PrivateKey, read_public_key
from effekt.certificates.statement import read_statement
from effekt.contracts import Contract, format_money, read_contract
from effekt.exceptions import ArgumentError, CertificateError, EffektError
from effekt.reports.checklist import not_met
from effekt.reports.html import embedded_envelope, is_page, render_page
from effekt.reports.wording import STATES
from effekt.workflow.cases import case
from effekt.workflow.earlier.in_folder import binds, warn_of
from effekt.workflow.earlier.paid_before import refuse_paid_again
from effekt.workflow.locking import lock
from effekt.workflow.plan.several_settlements import most_in_all
from effekt.workflow.rules.concluded import check_conclusions
from effekt.workflow.rules.signatures import signed_by
from effekt.workflow.settling import settle
from effekt.workflow.verification import Verification, verify


def read_certificate(path: str | Path) -> Certificate:
    """Read a certificate from its file or from the page that carries it, without verifying it.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    Certificate

    Raises
    ------
    CertificateError
        When it cannot be read as a certificate; the sentence starts with the file's name.
    ArgumentError
        When `path` is no path.
    """
    raw = read_file(check_path(path), MAX_BYTES)
    try:
        return Certificate(read_envelope(embedded_envelope(raw) if is_page(raw) else raw))
    except CertificateError as error:
        raise CertificateError(f"{Path(path).name}: {error}") from None


def _check_certificate(certificate: object) -> None:
    if not isinstance(certificate, Certificate):
        raise ArgumentError(
            "`certificate` must be what `effekt.settle` or `effekt.read_certificate(path)` returns; got "
            f"{type(certificate).__name__}."
        )


def publish(
    certificate: Certificate,
    *,
    key: PrivateKey,
    salt: bytes,
    earlier: Sequence[Envelope | bytes] = (),
    rotations: Sequence[Envelope | bytes] = (),
) -> Envelope:
    """Sign what anyone may see of a certificate, by what its contract says under ``disclosure``.

    Parameters
    ----------
    certificate : Certificate
        Where it lacks signatures that its contract requires, the statement says how many (`lacking_signatures`).
    key : PrivateKey
        One that the contract lets sign.
    salt : bytes
        At least 32 secret bytes, made at random for this statement; whoever verifies it is given them.
    earlier : sequence of Envelope or bytes
        All earlier public statements of the contract, so that no count follows from two of them.
    rotations : sequence of Envelope or bytes
        Changes of keys that the parties gave you.

    Returns
    -------
    Envelope
        The signed public statement; `to_bytes()` is its file.

    Raises
    ------
    ArgumentError
        For a short salt, or an earlier statement of another contract.
    CertificateError
        For a key that counts for nothing, a certificate that does not fit its contract, a conclusion that the checklist
        contradicts, or an earlier file that is no public statement.

    Examples
    --------
    >>> import effekt
    >>> contract = effekt.read_contract(effekt.case("rate-card") / "contract.yaml")
    >>> certificate = effekt.settle(contract, date="2023-09-01")
    >>> envelope = publish(certificate, key=DEMO_KEY, salt=bytes(32))
    >>> read_public(envelope).contract == contract.model.id
    True
    """
    before = [read_public(read_envelope(one) if isinstance(one, bytes) else one) for one in earlier]
    certificate.check_key(key, rotations=rotations)
    check_complete(certificate)
    check_conclusions(certificate)
    told = public_statement(
        certificate,
        salt=salt,
        earlier=before,
        not_met=len(tuple(not_met(certificate))),
        lacking_signatures=_lacking(certificate, rotations),
    )
    return sign(told.to_envelope(), key)


def _lacking(certificate: Certificate, rotations: Sequence[Envelope | bytes]) -> int:
    """How many signatures a certificate lacks of those that its contract requires, by keys that held on its day."""
    terms, known = certificate.contract.model, holders(certificate.contract, rotations)
    may = {one.id: one for one in signers_allowed(certificate.contract, known)}
    signers = check_signatures(certificate.envelope, [read_public_key(one.key) for one in may.values()]).signers
    count = signed_by(terms, [may[signer] for signer in signers if may[signer].holds_on(certificate.date)])
    return max(0, terms.signing.threshold - count)


def write_certificate(
    certificate: Certificate, path: str | Path, *, rotations: Sequence[Envelope | bytes] = ()
) -> Certificate:
    """Write a certificate's file whole or not at all; a signed certificate is never replaced by another.

    Nor does it pay again what another in its folder pays, without taking that one's place.

    Parameters
    ----------
    certificate : Certificate
    path : str or Path
        May hold an unsigned certificate, or the same one with other signatures, which are kept. A signed one of the
        same settlement, made at an earlier line of the run log, is kept as it is.
    rotations : sequence of Envelope or bytes, optional
        Changes of keys that the parties gave you, by which certificates in its folder may be signed.

    Returns
    -------
    Certificate
        As it stands in the file: with every signature that either had.

    Raises
    ------
    CertificateError
        When the file holds another signed certificate, cannot be written, or is being written by another process; and
        when a signed final certificate in its folder pays a line that this one pays too. What nobody has signed but
        with the published demonstration key, or on which no signature holds, binds nobody; whether one by a key that
        no party is known to have binds cannot be told, and where it would refuse this, it does.
    ArgumentError
        When `certificate` is none, or `path` no path.

    Warns
    -----
    FolderWarning
        As `effekt.settle` does, of the files in the folder that it is written to.
    """
    path = check_path(path)
    _check_certificate(certificate)
    if certificate.kind == "final":
        warn_of(path.absolute().parent, certificate.contract, rotations, certificate.settles)
    with only_writer(path):
        written = _joined(path, certificate) if path.exists() else certificate
        refuse_paid_again(written, path.parent, file=path.name, rotations=rotations)
        write_atomic(path, written.to_bytes(), overwrite=True)
    return written


def check_certificate_place(path: str | Path, contract: Contract, *, date: str, kind: str = "final") -> None:
    """Refuse a place that a certificate cannot be written to, before the outcome is looked at.

    Parameters
    ----------
    path : str or Path
    contract : Contract
    date : str
        YYYY-MM-DD.
    kind : {"final", "interim", "nil"}

    Raises
    ------
    CertificateError
        When the file cannot be written, is no certificate, or is a signed one of another contract file, day or kind.
    """
    path = Path(path)
    check_place(path, overwrite=True)
    if not path.exists():
        return
    old = _certificate_in(path)
    if binds(old) and _settled(old) != (contract.sha256, date, kind):
        raise _never_replaced(path)


def _settled(envelope: Envelope) -> tuple[str, str, str] | None:
    """The contract file, the day and the kind that a certificate is of; None of anything else."""
    try:
        found = Certificate(envelope)
        return found.contract.sha256, found.date, found.kind
    except EffektError:
        return None


def report(certificate: Certificate, path: str | Path, *, lang: Language = "sv") -> None:
    """Write the certificate's page: one HTML file that carries the certificate and loads nothing.

    Parameters
    ----------
    certificate : Certificate
    path : str or Path
        The page; an older page of the same certificate is replaced.
    lang : {"sv", "en"}

    Raises
    ------
    CertificateError
        When the file exists and is no page of this certificate's contract.
    ArgumentError
        For another language, when `certificate` is none, or `path` no path.
    """
    check_option("lang", lang, LANGUAGES)
    path = check_path(path)
    _check_certificate(certificate)
    if path.exists() and not is_page(read_file(path, MAX_BYTES)):
        raise CertificateError(f"The file {path.name!r} exists and is no certificate page; write to another file.")
    write_atomic(path, render_page(certificate, lang).encode(), overwrite=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Demonstration:
    """What the demonstration wrote.

    Attributes
    ----------
    certificate : Certificate
    pages : tuple of Path
    verification : Verification
    """

    certificate: Certificate
    pages: tuple[Path, ...]
    verification: Verification


def demo(folder: str | Path, *, lang: Language = "sv", tell: Callable[[str], None] = lambda _: None) -> Demonstration:
    """Take the sick-leave case from contract and data to a signed certificate and its pages, and verify them.

    Parameters
    ----------
    folder : str or Path
        Where to write; made if it is not there.
    lang : {"sv", "en"}
        Language of what `tell` is told; the pages are written in both.
    tell : callable, optional
        Told each step.

    Returns
    -------
    Demonstration

    Raises
    ------
    EffektError
        When it cannot write there.
    """
    check_option("lang", lang, LANGUAGES)
    folder = Path(folder)
    tell(f"1. {_STEPS['data'].in_language(lang)}")
    copy_case("sick-leave", folder)
    contract = read_contract(folder / "contract.yaml")
    tell(f"2. {_most(contract).in_language(lang)}")
    locked = lock(contract, key=DEMO_KEY, date=contract.model.dates.signed)
    write_atomic(folder / "lock.json", locked.to_bytes(), overwrite=True)
    tell(f"3. {_STEPS['locked'].in_language(lang)} {contract.model.dates.signed}")
    certificate = settle(contract, date="2022-03-15", locked=locked).sign(DEMO_KEY)
    tell(f"4. {_came_to(certificate).in_language(lang)}")
    write_certificate(certificate, folder / "certificate.json")
    pages = tuple(folder / f"certificate.{one}.html" for one in ("sv", "en"))
    for page, own in zip(pages, LANGUAGES[::-1], strict=True):
        report(certificate, page, lang=own)
    tell(f"5. {_STEPS['signed'].in_language(lang)}")
    verification = verify(pages[0], contract=contract)
    tell(f"6. {_verified(verification).in_language(lang)}")
    return Demonstration(certificate=certificate, pages=pages, verification=verification)


_STEPS = {
    "data": Text(
        en="The contract and its data: case sick-leave, a synthetic panel of 290 municipalities with known truth",
        sv="Avtalet och dess data: fallet sick-leave, en syntetisk panel med 290 kommuner där effekten är känd",
    ),
    "locked": Text(en="The plan is locked and signed, dated", sv="Planen är låst och undertecknad, daterad"),
    "signed": Text(
        en="Signed with the published demonstration key; the certificate and its pages are written",
        sv="Undertecknat med den publicerade demonstrationsnyckeln; intyget och dess sidor är skrivna",
    ),
}


def _most(contract: Contract) -> Text:
    most, currency = most_in_all(contract), contract.model.payment.currency
    if most is None:
        return Text(
            en="Check before data: no upper bound is proved of what the contract can pay",
            sv="Kontroll innan det finns data: ingen övre gräns är bevisad för vad avtalet kan betala",
        )
    return Text(
        en=f"Check before data: the contract can pay at most {format_money(most, currency, 'en')}",
        sv=f"Kontroll innan det finns data: avtalet kan betala högst {format_money(most, currency, 'sv')}",
    )


def _came_to(certificate: Certificate) -> Text:
    settled = certificate.settlement
    state = STATES[settled.state]
    if settled.total is None:
        return Text(
            en=f"Estimated and settled: {state.en}, no amount", sv=f"Skattat och avräknat: {state.sv}, inget belopp"
        )
    due = {lang: format_money(settled.total, settled.currency, lang) for lang in LANGUAGES}
    return Text(
        en=f"Estimated and settled: {state.en}, {due['en']}",
        sv=f"Skattat och avräknat: {state.sv}, {due['sv']}",
    )


def _verified(verification: Verification) -> Text:
    checks, summary = len(verification.findings), verification.summary
    return Text(
        en=f"Verified from the page, the contract and the data: {checks} checks. {summary.en}",
        sv=f"Kontrollerat utifrån sidan, avtalet och data: {checks} kontroller. {summary.sv}",
    )


def copy_case(name: str, folder: str | Path) -> Path:
    """Copy a case as a starting point.

    Parameters
    ----------
    name : str
        As in `case`.
    folder : str or Path
        Made if it is not there.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    ArgumentError
        When the folder holds a file of the same name that is another one, or cannot be made.
    CertificateError
        When a file cannot be written; those that are there are whole.
    """
    folder, source = Path(folder), case(name)
    files = {file.name: file.read_bytes() for file in sorted(source.iterdir()) if file.is_file()}
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ArgumentError(f"The folder {str(folder)!r} cannot be made: {error.strerror}; choose another.") from None
    missing = {name: content for name, content in files.items() if not _is_copied(folder / name, content)}
    for file, content in missing.items():
        write_atomic(folder / file, content, overwrite=True)
    return folder


def _is_copied(target: Path, content: bytes) -> bool:
    """Whether a file is there already; one that breaks off, as after a full disk, is written again."""
    if not target.exists():
        return False
    there = read_file(target, MAX_BYTES)
    if not content.startswith(there):
        raise ArgumentError(f"The folder {str(target.parent)!r} holds another {target.name}; choose an empty folder.")
    return there == content


def _joined(path: Path, certificate: Certificate) -> Certificate:
    """The certificate with the signatures of the file; itself where the file may be replaced.

    A file may be replaced that is an unsigned certificate, or one that only the demonstration key signed.
    """
    old, new = _certificate_in(path), certificate.envelope
    if old.payload == new.payload:
        signatures = {one.key_id: one for one in (*old.signatures, *new.signatures)}
        ordered = tuple(signatures[id] for id in sorted(signatures))
        return Certificate(Envelope(payload=new.payload, signatures=ordered))
    if old.signatures and not old.discrepancies and _is_earlier_line(old, new):
        return Certificate(old)
    if binds(old):
        raise _never_replaced(path)
    return certificate


def _certificate_in(path: Path) -> Envelope:
    """The envelope in a file that is there already."""
    try:
        return read_envelope(read_file(path, MAX_BYTES))
    except EffektError:
        raise CertificateError(
            f"The file {path.name!r} exists and is no certificate, or not one that effekt wrote; write to another file."
        ) from None


def _is_earlier_line(old: Envelope, new: Envelope) -> bool:
    """Whether two certificates state the same but for the lines of the run log that they stand in, first the old."""
    try:
        (before, stated), (after, again) = (_but_for_its_line(one.payload) for one in (old, new))
    except CertificateError:
        return False
    return before is not None and after is not None and before < after and stated == again


def _but_for_its_line(payload: bytes) -> tuple[int | None, Any]:
    """The number of a certificate's line in its run log, and all else that it states."""
    statement = read_statement(payload)
    predicate = {key: value for key, value in statement.predicate.items() if key != "runs"}
    runs = statement.predicate.get("runs")
    number = runs.get("number") if isinstance(runs, dict) else None
    told = (statement.predicate_type, statement.subjects, predicate)
    return number if isinstance(number, int) else None, told


def _never_replaced(path: Path) -> CertificateError:
    return CertificateError(
        f"The file {path.name!r} holds another signed certificate, which is never replaced; write to another file."
    )
