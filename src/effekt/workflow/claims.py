"""A register of what has been paid for: the same outcome is not claimed twice, by one contract or by two.

Whoever keeps it, such as an outcome fund, holds a secret salt. The register has keyed digests of persons and periods
and no name, so that a copy of it tells nobody who is in it.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from effekt._text import Text
from effekt._types import Table as AnyTable
from effekt._validation import join_words, plural
from effekt.certificates.canonical import canonical_json
from effekt.certificates.certificate import Certificate
from effekt.certificates.digests import logical_digest
from effekt.certificates.envelope import Envelope
from effekt.certificates.files import only_writer
from effekt.certificates.predicate import Supersedes
from effekt.certificates.release import SALT_BYTES
from effekt.contracts import Contract
from effekt.contracts.lineage import back
from effekt.contracts.model import Analysis, check_contract
from effekt.contracts.paying import reading
from effekt.exceptions import ArgumentError, CertificateError
from effekt.roles import as_outcome
from effekt.tables import Table
from effekt.workflow.claim_register import Entered, Register, check_words, read_register, write_register
from effekt.workflow.data.analysis import load
from effekt.workflow.earlier.several_earlier import as_several
from effekt.workflow.same_person import period_form, person_form, plain_form
from effekt.workflow.verification import verify


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What a certificate has in the register.

    Attributes
    ----------
    new : int
        Outcomes that were entered now.
    held : int
        Outcomes that stood there for it already.
    released : int
        Outcomes of the certificate it supersedes that it does not claim, and that are free again.
    cautions : tuple of Text
        What `verify` cannot tell of what was paid on days before, and of which certificates it asks for.
    """

    new: int
    held: int
    released: int
    cautions: tuple[Text, ...] = ()

    @property
    def text(self) -> Text:
        """The counts in words."""
        return Text(
            en=f"Outcomes entered: {self.new}. There already for this certificate or those before it: {self.held}. "
            f"Free again: {self.released}.",
            sv=f"Utfall som förts in: {self.new}. Redan införda för detta intyg eller dem före det: {self.held}. "
            f"Åter lediga: {self.released}.",
        )


def claim(
    certificate: Certificate,
    *,
    contract: Contract,
    register: str | Path,
    salt: bytes,
    outcomes: Mapping[str, str],
    begin: bool = False,
    new_outcomes: bool = False,
    data: Mapping[str, AnyTable] | None = None,
    earlier: Certificate | Sequence[Certificate] | None = None,
    log: str | Path | None = None,
    rotations: Sequence[Envelope | bytes] = (),
    amended: Sequence[Contract] = (),
) -> Claims:
    """Verify a final certificate and enter the outcomes that it counts, or refuse it where one is claimed already.

    Parameters
    ----------
    certificate : Certificate
        Final, and such that `verify` finds nothing that differs.
    contract : Contract
        Your own copy of its contract, in whose folder the data lie.
    register : str or Path
        The register's file.
    salt : bytes
        Secret of whoever keeps the register, at least 32 bytes; the same for every contract in it.
    outcomes : mapping of analysis to str
        What the register calls the outcome that each analysis counts, such as ``{"work": "month in work"}``: two
        contracts that pay for the same have the same word, whatever its case, spaces and hyphens. Every analysis that
        counts outcomes has one.
    begin : bool, default False
        Whether the register is begun, so that no file may be there; else it must be: a register begun anew by mistake
        would find nothing.
    new_outcomes : bool, default False
        Whether a word may be one that the register does not know; those it is begun with may.
    data : mapping of data id to table or path, optional
        In place of the files in the contract's own folder.
    earlier : Certificate or sequence of Certificate, optional
        The certificates in the register that this one supersedes, or whose outcomes it counts again and deducts.
    log, rotations, amended : optional
        As `verify` has them. An amended contract is the same contract to the register with the files before it.

    Returns
    -------
    Claims

    Raises
    ------
    CertificateError
        For a certificate that does not hold, with what `verify` finds; of another contract file or other data; that is
        not final, or whose place another in the register takes; for a register that cannot be read, is of another salt,
        or lacks an earlier certificate that is given and stands, as an older copy does;
        and for an outcome that another certificate has claimed: with the analysis, how many rows, the first of them,
        and the contract that has it. Nothing is entered then.
    ArgumentError
        For a short salt, outcomes that are not those of the contract, a word that the register does not know, and an
        earlier certificate that is needed and not given.

    Notes
    -----
    An outcome is HMAC-SHA-256 under the salt of the canonical JSON of [outcome, unit, period], the first two as
    `plain_form` and `person_form` write them and the last as `period_form` does. A certificate is known by its
    digest and a contract by that of its file, whatever they are called. Certificates of one contract may count an
    outcome again where the lines that pay for it deduct what was paid before (``true_up``), or where the later one
    supersedes the earlier.
    """
    check_contract(contract)
    if len(salt) < SALT_BYTES:
        raise ArgumentError(f"`salt` must be at least {SALT_BYTES} bytes made at random; got {len(salt)}.")
    _check_certificate(certificate, contract)
    _check_outcomes(contract, outcomes)
    before = as_several(earlier)
    found = verify(
        certificate, contract=contract, data=data, earlier=before, log=log, rotations=rotations, amended=amended
    )
    if found.differences:
        reasons = "; ".join(f"{one.name}: {one.text.en.rstrip('.')}" for one in found.differences)
        raise CertificateError(f"The certificate does not hold, so it claims nothing: {reasons}. Enter one that holds.")
    claimed = _each_once(_claimed(certificate, contract, salt, outcomes, data))
    link = certificate.corrects
    own = Entered(
        contract=contract.model.id,
        contract_sha256=contract.sha256,
        date=certificate.date,
        outcomes=dict(outcomes),
        supersedes=None if link is None else link.sha256,
    )
    related = {one.sha256 for one in back(contract, amended)}
    target = Path(os.path.realpath(register))
    with only_writer(target):
        there = read_register(target, salt, begin=begin)
        _check_newest(there, own, before)
        _check_place(certificate.sha256, own, there, related)
        _check_chain(link, there, before)
        check_words(outcomes, there, related, new=new_outcomes)
        again = _refuse_double(claimed, there, certificate.sha256, own, _Related(contract, related, set(outcomes)))
        _check_given(again, there, {one.sha256 for one in before})
        free = {key for key, holder in there.claims.items() if holder == own.supersedes and key not in claimed}
        held = {key for key in claimed if key in there.claims}
        kept = {key: holder for key, holder in there.claims.items() if key not in free}
        taken = {key: certificate.sha256 for key in claimed if kept.get(key) in (None, own.supersedes)}
        certificates = {certificate.sha256: own, **there.certificates}
        write_register(target, Register(certificates=certificates, claims=kept | taken), salt)
    untold = tuple(one.text for one in found.findings if one.verdict == "cannot_tell" and _is_of_days_before(one.name))
    return Claims(new=len(claimed) - len(held), held=len(held), released=len(free), cautions=untold)


@dataclass(frozen=True, slots=True)
class _Related:
    """A contract, the digests of its file and those before its amendments, and the analyses that count outcomes."""

    contract: Contract
    files: set[str]
    analyses: set[str]

    @property
    def cumulative(self) -> set[str]:
        """The analyses that every line which pays for them deducts what was paid before of."""
        return {id for id in self.analyses if _is_cumulative(self.contract, id)}


@dataclass(frozen=True, slots=True)
class _Row:
    """Where an outcome stands."""

    analysis: str
    where: str


def _check_certificate(certificate: Certificate, contract: Contract) -> None:
    if certificate.contract.sha256 != contract.sha256:
        raise CertificateError(
            "The certificate is of another contract file than the one given; give the contract that it was settled by."
        )
    if certificate.kind != "final":
        raise CertificateError(
            f"The certificate is {certificate.kind} and pays nothing, so it claims nothing; enter the final one."
        )


def _check_outcomes(contract: Contract, outcomes: Mapping[str, str]) -> None:
    counted = [id for id, one in contract.model.analysis.items() if one.method == "outcome_count"]
    if set(outcomes) != set(counted) or not counted:
        names = join_words(counted, "and") if counted else "none"
        raise ArgumentError(
            f"`outcomes` must have a word for each analysis that counts outcomes, {names}; got "
            f"{join_words(list(outcomes), 'and') or 'none'}."
        )
    for id, word in outcomes.items():
        if not plain_form(word):
            raise ArgumentError(f"`outcomes` must have a word for {id}; it is empty.")


def _each_once(claimed: Iterator[tuple[str, _Row]]) -> dict[str, _Row]:
    found: dict[str, _Row] = {}
    for key, row in claimed:
        if key in found:
            raise CertificateError(
                f"This certificate counts one outcome twice, by {found[key].analysis} at {found[key].where} and by "
                f"{row.analysis} at {row.where}; give outcomes that differ different words, or settle it anew."
            )
        found[key] = row
    return found


def _claimed(
    certificate: Certificate,
    contract: Contract,
    salt: bytes,
    outcomes: Mapping[str, str],
    data: Mapping[str, AnyTable] | None,
) -> Iterator[tuple[str, _Row]]:
    """The digest of each outcome that is counted, with the row it stands on."""
    tables: dict[str, Table] = {}
    for id, word in outcomes.items():
        analysis = contract.model.analysis[id]
        if analysis.data in certificate.not_delivered:
            continue
        if analysis.data not in tables:
            table = load(contract, analysis.data, data)
            logical = logical_digest({name: table.values(name) for name in table.columns})
            if certificate.data[analysis.data].logical != logical:
                raise CertificateError(
                    f"data.{analysis.data} is another table than the certificate was settled on; give the one that it "
                    "was."
                )
            tables[analysis.data] = table
        for who, where in _achieved(analysis, tables[analysis.data]):
            message = canonical_json([plain_form(word), *who])
            yield hmac.new(salt, message, hashlib.sha256).hexdigest(), _Row(id, where)


def _achieved(analysis: Analysis, table: Table) -> Iterator[tuple[list[str], str]]:
    """Unit, and period where there is one, of each row that counts, each in one form, and where it stands."""
    given = analysis.given
    keys = [given["unit"], *([given["time"]] if "time" in given else [])]
    column = as_outcome(given["outcome"]).columns[0]
    rows = table.select(labels=keys[:1], times=keys[1:], numbers=(column,), missing=given["missing"])
    counts = given["statistic"] in ("count", "share")
    reached = rows.numbers[column] >= float(given["at_least"]) if counts else rows.numbers[column] != 0
    unit, *time = (rows.labels[key] for key in keys)
    forms = [[person_form(name) for name in unit.names]]
    forms += [[period_form(name) for name in one.names] for one in time]
    for place in reached.nonzero()[0]:
        who = [form[one.codes[place]] for form, one in zip(forms, (unit, *time), strict=True)]
        yield who, table.where(int(rows.rows[place]))


def _is_cumulative(contract: Contract, analysis: str) -> bool:
    """Whether every line that pays for an analysis deducts what was paid before."""
    terms = contract.model
    lines = [
        line
        for line in terms.payment.lines.values()
        if any(getattr(terms.figures[id], "measure", None) == analysis for id in reading(line, terms.figures))
    ]
    return bool(lines) and all(line.true_up is not None for line in lines)


def _is_of_days_before(finding: str) -> bool:
    return finding == "announced" or finding.partition(":")[0] == "paid_before"


def _check_newest(there: Register, own: Entered, before: Sequence[Certificate]) -> None:
    """Refuse a register that lacks an earlier certificate which stands: one entered since shows an older copy.

    One of which another in the register took the place that it takes is in no copy, as it is refused there.
    """
    replaced = {one.supersedes.sha256 for one in before if one.supersedes is not None} | {own.supersedes}
    for one in before:
        known = one.sha256 in there.certificates or there.successors(one.sha256)
        lacks = not known and one.sha256 not in replaced and not _is_refused(one, there, before)
        if one.kind == "final" and lacks:
            raise CertificateError(
                f"The register does not have the certificate {_short(one.sha256)} of {one.date}, which is given as an "
                "earlier one (--earlier): this is an older copy of the register, or that certificate was never "
                "entered. Nothing is entered; take the newest copy, or enter that one first."
            )


def _is_refused(one: Certificate, there: Register, before: Sequence[Certificate]) -> bool:
    """Whether it, or one that it follows, takes a place that another in the register took."""
    given, own, link = {each.sha256: each for each in before}, one.sha256, one.corrects
    while link is not None:
        if any(other != own for other in there.successors(link.sha256)):
            return True
        own = link.sha256
        link = given[own].corrects if own in given else None
    return False


def _check_place(certificate: str, own: Entered, there: Register, related: set[str]) -> None:
    """Refuse a certificate whose place is taken, or that takes one which is not its own to take."""
    if there.successors(certificate):
        raise CertificateError(
            f"The certificate {_short(there.successors(certificate)[0])} in the register took this one's place, so "
            "this one claims nothing; enter the one that stands."
        )
    if own.supersedes is None:
        return
    replaced = there.certificates.get(own.supersedes)
    if replaced is not None and replaced.contract_sha256 not in related:
        raise CertificateError(
            f"The certificate says that it takes the place of {_short(own.supersedes)}, which the register has for "
            f"another contract file, of {replaced.contract}; nothing of that is freed. Where the contract was amended, "
            "give the files before it (--amended)."
        )
    others = [one for one in there.successors(own.supersedes) if one != certificate]
    if others:
        raise CertificateError(
            f"The certificate says that it takes the place of {_short(own.supersedes)}, which {_short(others[0])} in "
            "the register took already; settle one that takes that one's place."
        )


def _check_chain(own: Supersedes | None, there: Register, before: Sequence[Certificate]) -> None:
    """Refuse to take the place of one that is not in the register, where one whose place that took is."""
    known, link = {one.sha256: one for one in before}, own
    while link is not None and link.sha256 not in there.certificates:
        if link.sha256 not in known and len(link.paying) > 1:
            raise ArgumentError(
                "`earlier` must have the certificates by which this one follows what the register has of those whose "
                f"place it takes; it lacks {_short(link.sha256)} of {link.date}."
            )
        link = known[link.sha256].supersedes if link.sha256 in known else None
    if own is not None and link is not None and link != own:
        raise CertificateError(
            f"The certificate takes the place of {_short(own.sha256)} of {own.date}, which the register does not have, "
            f"and that of {_short(link.sha256)} of {link.date}, which it has. Nothing is entered; enter the former "
            "first."
        )


def _refuse_double(
    claimed: Mapping[str, _Row], there: Register, certificate: str, own: Entered, related: _Related
) -> set[str]:
    """Refuse what another has; which certificates of the contract this one takes over from or counts again after."""
    holders = {key: there.claims[key] for key in claimed if there.claims.get(key, certificate) != certificate}
    cumulative = related.cumulative

    def is_double(key: str, holder: str) -> bool:
        same = there.certificates[holder].contract_sha256 in related.files
        return holder != own.supersedes and not (same and claimed[key].analysis in cumulative)

    double = [(claimed[key], holder) for key, holder in holders.items() if is_double(key, holder)]
    if not double:
        replaced = {own.supersedes} if own.supersedes in there.certificates else set()
        return {one for one in (*holders.values(), *replaced) if one is not None}
    row, holder = double[0]
    other = there.certificates[holder]
    raise CertificateError(
        f"{plural(len(double), 'outcome')} of this certificate {'is' if len(double) == 1 else 'are'} claimed "
        f"already, the first by analysis {row.analysis} at {row.where}: the certificate {_short(holder)} of the "
        f"contract {other.contract} has it. Nothing is entered; take such rows out and settle again, or let the "
        "parties of both decide."
    )


def _check_given(needed: set[str], there: Register, given: set[str]) -> None:
    """Refuse to take over or count again from certificates that this one was not verified beside."""
    missing = sorted(needed - given, key=lambda one: (there.certificates[one].date, one))
    if missing:
        named = join_words([f"{_short(one)} of {there.certificates[one].date}" for one in missing], "and")
        raise ArgumentError(
            f"`earlier` must have the certificates in the register that this one supersedes or deducts the payments "
            f"of, so that it can be held against them; it lacks {named}."
        )


def _short(sha256: str) -> str:
    return f"{sha256[:16]}…"
