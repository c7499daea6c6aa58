"""The verbs that join estimators to contracts: check, lock, look, estimate, settle, verify, report."""

from effekt.certificates.certificate import Certificate
from effekt.certificates.key_holders import rotate
from effekt.certificates.predicate import Pending
from effekt.contracts import read_attestation, read_contract, read_declarations
from effekt.contracts.left_open import Undecided
from effekt.workflow.amendment import Amended, amend
from effekt.workflow.annex import annex
from effekt.workflow.cases import case, case_attestations, case_contract, case_line, case_names
from effekt.workflow.checking import Check, check
from effekt.workflow.claims import Claims, claim
from effekt.workflow.data.sealed import seal
from effekt.workflow.exporting import export
from effekt.workflow.findings import Finding
from effekt.workflow.locking import lock
from effekt.workflow.monitoring import look
from effekt.workflow.outlook import Outlook, outlook
from effekt.workflow.publishing import (
    check_certificate_place,
    copy_case,
    demo,
    publish,
    read_certificate,
    report,
    write_certificate,
)
from effekt.workflow.rehearsal import DryRun, dry_run
from effekt.workflow.settling import estimate, settle
from effekt.workflow.statements import StatementVerification, verify_statement
from effekt.workflow.tracing import trace
from effekt.workflow.undecided import undecided
from effekt.workflow.verification import Verification, verify

__all__ = [
    "Amended",
    "Certificate",
    "Check",
    "Claims",
    "DryRun",
    "Finding",
    "Outlook",
    "Pending",
    "StatementVerification",
    "Undecided",
    "Verification",
    "amend",
    "annex",
    "case",
    "case_attestations",
    "case_contract",
    "case_line",
    "case_names",
    "check",
    "check_certificate_place",
    "claim",
    "copy_case",
    "demo",
    "dry_run",
    "estimate",
    "export",
    "lock",
    "look",
    "outlook",
    "publish",
    "read_attestation",
    "read_certificate",
    "read_contract",
    "read_declarations",
    "report",
    "rotate",
    "seal",
    "settle",
    "trace",
    "undecided",
    "verify",
    "verify_statement",
    "write_certificate",
]
