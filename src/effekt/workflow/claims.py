"""A register of what has been paid for: the same outcome is not claimed twice, by one contract or by two.

Whoever keeps it, such as an outcome fund, holds a secret salt. The register has keyed digests of persons and periods
and no name, so that a copy of it tells nobody who is in it.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from effekt._text import Text
from effekt._types import Table as AnyTable
from effekt._validation import join_words, plural
from effekt.certificates.canonical import MAX_BYTES, canonical_json, parse_json
from effekt.certificates.certificate import Certificate
from effekt.certificates.digests import logical_digest
from effekt.certificates.files import only_writer, read_file, write_atomic
from effekt.certificates.release import SALT_BYTES
from effekt.contracts import Contract
from effekt.contracts.model import Analysis
from effekt.contracts.paying import reading
from effekt.exceptions import ArgumentError, CertificateError
from effekt.roles import as_outcome
from effekt.tables import Table
from effekt.workflow.analysis import check_contract, load

SCHEMA = "effekt/claims/1"


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
    """

    new: int
    held: int
    released: int

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
    data: Mapping[str, AnyTable] | None = None,
) -> Claims:
    """Enter the outcomes that a final certificate counts, or refuse it where one is claimed already.

    Parameters
    ----------
    certificate : Certificate
        Final.
    contract : Contract
        Its contract, in whose folder the data lie.
    register : str or Path
        The register's file; begun if it is not there.
    salt : bytes
        Secret of whoever keeps the register, at least 32 bytes; the same for every contract in it.
    outcomes : mapping of analysis to str
        What the register calls the outcome that each analysis counts, such as ``{"work": "month in work"}``: two
        contracts that pay for the same have the same word. Every analysis that counts outcomes has one.
    data : mapping of data id to table or path, optional
        In place of the files in the contract's own folder.

    Returns
    -------
    Claims

    Raises
    ------
    CertificateError
        For a certificate of another contract file or other data, one that is not final, a register that cannot be
        read, and an outcome that another certificate has claimed: with the analysis, how many rows, the first of
        them, and the contract that has it. Nothing is entered then.
    ArgumentError
        For a short salt, or outcomes that are not those of the contract.

    Notes
    -----
    An outcome is HMAC-SHA-256 under the salt of the canonical JSON of [outcome, unit, period], as the table writes
    them; two contracts that write persons or months in two ways are not found out. Certificates of one contract may
    count an outcome again where the lines that pay for it deduct what was paid before (``true_up``), or where the
    later one supersedes the earlier.
    """
    check_contract(contract)
    if len(salt) < SALT_BYTES:
        raise ArgumentError(f"`salt` must be at least {SALT_BYTES} bytes made at random; got {len(salt)}.")
    _check_certificate(certificate, contract)
    _check_outcomes(contract, outcomes)
    claimed: dict[str, _Row] = {}
    for key, row in _claimed(certificate, contract, salt, outcomes, data):
        if key in claimed:
            raise CertificateError(
                f"This certificate counts one outcome twice, by {claimed[key].analysis} at {claimed[key].where} and by "
                f"{row.analysis} at {row.where}; give outcomes that differ different words, or settle it anew."
            )
        claimed[key] = row
    target = Path(os.path.realpath(register))
    with only_writer(target):
        before = _read(target)
        own = {"contract": contract.model.id, "certificate": certificate.sha256}
        replaced = None if certificate.supersedes is None else certificate.supersedes.sha256
        cumulative = {analysis for analysis in outcomes if _is_cumulative(contract, analysis)}
        _refuse_double(claimed, before, own, replaced, cumulative)
        free = {key for key, entry in before.items() if entry["certificate"] == replaced and key not in claimed}
        held = {key for key in claimed if key in before}
        entered = {key: own for key in claimed if key not in before or before[key]["certificate"] == replaced}
        after = {key: entry for key, entry in before.items() if key not in free} | entered
        write_atomic(target, canonical_json({"schema": SCHEMA, "claims": after}), overwrite=True)
    return Claims(new=len(claimed) - len(held), held=len(held), released=len(free))


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
        if not word.strip():
            raise ArgumentError(f"`outcomes` must have a word for {id}; it is empty.")


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
            message = canonical_json([" ".join(word.split()), *who])
            yield hmac.new(salt, message, hashlib.sha256).hexdigest(), _Row(id, where)


def _achieved(analysis: Analysis, table: Table) -> Iterator[tuple[list[str], str]]:
    """Unit, and period where there is one, of each row that counts, and where it stands."""
    given: dict[str, Any] = analysis.arguments
    keys = [given["unit"], *([] if given.get("time") in (None, "none") else [given["time"]])]
    column = as_outcome(given["outcome"]).columns[0]
    rows = table.select(labels=keys[:1], times=keys[1:], numbers=(column,), missing=given["missing"])
    counts = given["statistic"] in ("count", "share")
    reached = rows.numbers[column] >= float(given["at_least"]) if counts else rows.numbers[column] != 0
    for place in reached.nonzero()[0]:
        who = [rows.labels[key].names[rows.labels[key].codes[place]] for key in keys]
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


def _refuse_double(
    claimed: Mapping[str, _Row],
    before: Mapping[str, Mapping[str, str]],
    own: Mapping[str, str],
    replaced: str | None,
    cumulative: set[str],
) -> None:
    def is_double(key: str, row: _Row) -> bool:
        there = before.get(key)
        if there is None or there["certificate"] in (own["certificate"], replaced):
            return False
        return there["contract"] != own["contract"] or row.analysis not in cumulative

    double = [(row, before[key]) for key, row in claimed.items() if is_double(key, row)]
    if double:
        row, there = double[0]
        raise CertificateError(
            f"{plural(len(double), 'outcome')} of this certificate {'is' if len(double) == 1 else 'are'} claimed "
            f"already, the first by analysis {row.analysis} at {row.where}: the certificate "
            f"{there['certificate'][:16]}… of the contract {there['contract']} has it. Nothing is entered; take "
            "such rows out and settle again, or let the parties of both decide."
        )


def _read(path: Path) -> dict[str, dict[str, str]]:
    if not path.exists():
        return {}
    plain = parse_json(read_file(path, MAX_BYTES), f"The register {path.name!r}")
    claims = plain.get("claims") if isinstance(plain, dict) and plain.get("schema") == SCHEMA else None
    if not isinstance(claims, dict) or not all(_is_entry(entry) for entry in claims.values()):
        raise CertificateError(f"The file {path.name!r} is no register of claims; name the register as it was written.")
    return claims


def _is_entry(entry: object) -> bool:
    return (
        isinstance(entry, dict)
        and set(entry) == {"contract", "certificate"}
        and all(isinstance(value, str) for value in entry.values())
    )
