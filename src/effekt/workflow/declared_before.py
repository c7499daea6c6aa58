"""Whether a settlement leaves out what was declared before: deviations from the plan, failed checks, events."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from effekt.certificates.certificate import Certificate
from effekt.certificates.predicate import Supersedes
from effekt.contracts import Contract, Declarations, speaking_against
from effekt.exceptions import CertificateError
from effekt.workflow.findings import Finding, same_or_different
from effekt.workflow.in_folder import certificates_in


def refuse_left_out(contract: Contract, declarations: Sequence[Declarations], replaced: Supersedes | None) -> None:
    """Refuse a settlement that leaves out what a certificate in the contract's folder declares, and does not say so.

    Parameters
    ----------
    contract : Contract
        Its folder is looked through, without the folders in it; one that was read without a folder is let by.
    declarations : sequence of Declarations
        What is declared now.
    replaced : Supersedes or None
        The certificate whose place the new one takes, with what it says that it leaves out.

    Raises
    ------
    CertificateError
        Naming the file, and how to say it.

    Notes
    -----
    A file can be removed or kept elsewhere. What cannot is a line of a run log, which the certificate is counted by.
    """
    told = set(speaking_against(declarations)).union(() if replaced is None else replaced.left_out)
    if contract.folder is None:
        return
    for path, earlier in certificates_in(Path(contract.folder), contract.model.id):
        count = len(earlier.speaks_against - told)
        if count:
            what = "deviation, failed check or event" if count == 1 else "deviations, failed checks or events"
            raise CertificateError(
                f"The file {path.name!r} in the contract's folder is a certificate of {earlier.date} with {count} "
                f"{what} that this settlement leaves out. Declare them again (--declared), or say that this "
                "certificate takes its place and why (--supersedes, --reason)."
            )


def left_out_findings(found: Certificate, earlier: Certificate | None) -> Iterator[Finding]:
    """Whether what an earlier certificate declares is declared again, or said to be left out."""
    if earlier is None or not earlier.speaks_against:
        return
    hidden = len(earlier.speaks_against - found.speaks_against)
    yield same_or_different(
        "left_out",
        not hidden,
        f"Deviations, failed checks and events of the earlier certificate that this one neither has nor says it "
        f"leaves out: {hidden}.",
        f"Avvikelser, ej uppfyllda kontroller och händelser i det tidigare intyget som detta varken har eller säger "
        f"sig utelämna: {hidden}.",
    )
