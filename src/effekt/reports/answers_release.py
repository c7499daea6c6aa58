"""Items F of the checklist as a certificate itself answers them: release."""

from __future__ import annotations

from collections.abc import Callable

from effekt._calendar import days_after
from effekt._text import Text
from effekt._validation import join_words
from effekt.certificates.certificate import Certificate, minimum_of, public_form
from effekt.certificates.evidence import ATTRIBUTIONS, claims_less
from effekt.contracts.reconciled import without_design
from effekt.reports.answers import Found, cannot_tell, digest_of, fails, judged, not_asked, results_digest
from effekt.result import is_change


def _disclosure(certificate: Certificate) -> Found:
    """F1: no count below the contract's smallest stands in a result; amounts are judged when it is published."""
    minimum = minimum_of(certificate.contract)
    if not minimum:
        return cannot_tell("the contract sets no smallest count", "avtalet anger inget minsta antal")
    shown = {id: public_form(result, minimum) for id, result in certificate.results.items()}
    if shown != certificate.predicate["results"]:
        return fails(
            f"a count below {minimum} stands here", f"ett antal under {minimum} står här", results_digest(certificate)
        )
    return cannot_tell(
        f"no count below {minimum} stands in the results; amounts are judged when a public statement is made",
        f"inget antal under {minimum} står i resultaten; beloppen prövas när ett offentligt intyg görs",
    )


def _words(certificate: Certificate) -> Found:
    """F2: what the contract calls the comparison is no more than the designs of its analyses are."""
    terms = certificate.contract.model
    designs = {id: one for id, one in terms.analysis.items() if id not in without_design(terms)}
    if not designs and terms.attribution not in ("none", "assumed_baseline"):
        return cannot_tell(
            f"the contract calls it {terms.attribution}; attested figures do not show it",
            f"avtalet kallar det {terms.attribution}; intygade siffror visar det inte",
        )
    more = [
        id
        for id, one in designs.items()
        if not (
            terms.attribution in ATTRIBUTIONS.get(one.method, (terms.attribution,))
            or claims_less(terms.attribution, one.method)
        )
        or (is_change(certificate.results.get(id)) and terms.attribution not in ("none", "assumed_baseline"))
    ]
    en, sv = join_words(more, "and"), join_words(more, "och")
    return judged(
        not more,
        certificate.contract.sha256,
        Text(en=f"{terms.attribution}, as the designs are", sv=f"{terms.attribution}, som designerna är"),
        Text(
            en=f"the contract calls it {terms.attribution}, which {en} is not",
            sv=f"avtalet kallar det {terms.attribution}, vilket {sv} inte är",
        ),
    )


def _limitations(certificate: Certificate) -> Found:
    """F3: some limits of the designs, or of a party's own, are stated."""
    added = [text for one in certificate.declarations for text in one.model.limitations or ()]
    silent = [one.model.by for one in certificate.declarations if one.model.limitations == ()]
    if silent:
        return fails(f"{silent[0]} declares that there are none", f"{silent[0]} uppger att inga finns", None)
    return judged(
        bool(added) or all(found.limits for found in certificate.evidence),
        digest_of([one.sha256 for one in certificate.declarations]),
        Text(en="those of the designs, and what parties add", sv="designernas, och det som parter lägger till"),
        Text(en="none are stated", sv="inga är angivna"),
    )


def _disputes(certificate: Certificate) -> Found:
    """F4: the contract gives time to dispute, which ends before the last day to settle."""
    terms = certificate.contract.model
    if terms.disputes is None:
        return cannot_tell("the contract gives no time to dispute", "avtalet anger ingen tid att bestrida")
    last = days_after(certificate.date, terms.disputes.days)
    longstop = terms.dates.longstop
    return judged(
        longstop is None or last <= longstop,
        certificate.contract.sha256,
        Text(en=f"until {last}", sv=f"till och med {last}"),
        Text(
            en=f"until {last}, after the last day to settle, {longstop}",
            sv=f"till och med {last}, efter sista dag för avräkning, {longstop}",
        ),
    )


def _chain(certificate: Certificate) -> Found:
    """F5: it comes after the one whose place it takes, and leaves out nothing that was declared against it before."""
    earlier = certificate.supersedes
    if earlier is None:
        return not_asked("it takes the place of none", "det ersätter inget")
    evidence = earlier.sha256
    if certificate.left_out:
        return fails("it leaves out what was declared before", "det utelämnar det som angetts tidigare", evidence)
    if certificate.date < earlier.date:
        return fails(
            "it is dated before the one it takes the place of", "det är daterat före det som det ersätter", evidence
        )
    return cannot_tell("verify with --earlier", "verifiera med --earlier")


RELEASED: dict[str, Callable[[Certificate], Found]] = {
    "F1": _disclosure,
    "F2": _words,
    "F3": _limitations,
    "F4": _disputes,
    "F5": _chain,
}
"""How the items of the release are answered."""
