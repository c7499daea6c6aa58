"""Whether a declared conclusion is one that the answers of the checklist allow."""

from __future__ import annotations

from collections.abc import Iterator

from effekt._validation import join_words
from effekt.certificates.certificate import Certificate
from effekt.contracts.declarations import Conclusion
from effekt.exceptions import CertificateError, EffektError
from effekt.reports.answers_standing import concluding
from effekt.reports.checklist import COMPUTED, checklist
from effekt.workflow.findings import Finding, same_or_different

_OPEN = ("fail", "not_determinable")
_NEEDS = {"adverse": "fail", "disclaimer": "not_determinable"}


def check_conclusions(certificate: Certificate) -> None:
    """Refuse a conclusion that the checklist contradicts, or by a party that does not conclude.

    Parameters
    ----------
    certificate : Certificate
        With its declarations.

    Raises
    ------
    CertificateError
        Naming the party, the kind of conclusion and the items.
    """
    for one in certificate.declarations:
        if one.model.conclusion is not None:
            _check_one(one.model.by, one.model.conclusion, certificate)


def _check_one(by: str, conclusion: Conclusion, certificate: Certificate) -> None:
    allowed, assurance = concluding(certificate), certificate.contract.model.assurance
    start = f"conclusion by {by}"
    if by not in allowed:
        raise CertificateError(
            f"{start}: only who answers for the conclusion may declare one: {join_words(allowed, 'and') or 'nobody'}."
        )
    if assurance is not None and assurance.level == "agreed_upon_procedures":
        raise CertificateError(f"{start}: agreed-upon procedures end in findings and no conclusion; leave it out.")
    answers = [one for one in checklist(certificate) if one.verdict == "fail" or one.by != COMPUTED]
    found = {verdict: {one.item for one in answers if one.verdict == verdict} for verdict in _OPEN}
    stands = set().union(*found.values())
    if conclusion.kind == "unmodified" and stands:
        raise CertificateError(
            f"{start}: it cannot be unmodified where items do not hold or cannot be determined: "
            f"{join_words(sorted(stands), 'and')}."
        )
    held = [item for item in conclusion.because if item not in stands]
    if held:
        raise CertificateError(
            f"{start}: because names {join_words(held, 'and')}, which nobody answers with fail or not_determinable; "
            "answer it so, or take it out."
        )
    needed = _NEEDS.get(conclusion.kind)
    if needed is not None and not found[needed].intersection(conclusion.because):
        raise CertificateError(f"{start}: {conclusion.kind} must rest on an item that is answered {needed}; add it.")


def conclusion_findings(found: Certificate) -> Iterator[Finding]:
    """Every declared conclusion is one that the checklist allows."""
    kinds = [one.model.conclusion.kind for one in found.declarations if one.model.conclusion is not None]
    if not kinds:
        return
    try:
        check_conclusions(found)
    except EffektError as error:
        yield same_or_different(
            "conclusion",
            False,
            f"The conclusion is not one that the checklist allows: {error}",
            f"Slutsatsen är inte en som checklistan medger: {error}",
        )
        return
    told = join_words(kinds, "and")
    yield same_or_different(
        "conclusion",
        True,
        f"The checklist allows the declared conclusion: {told}.",
        f"Checklistan medger den angivna slutsatsen: {told}.",
    )
