"""What a certificate follows: the lock of the plan, the days it rests on, and the certificate it supersedes."""

from __future__ import annotations

from collections.abc import Iterator

from effekt._text import Text
from effekt.certificates.certificate import Certificate, Supersedes
from effekt.contracts import check_declarations
from effekt.exceptions import EffektError
from effekt.workflow.dates import check_dates, check_declared_days
from effekt.workflow.findings import Finding, cannot_tell, same_or_different
from effekt.workflow.settling import plan_of


def plan_findings(found: Certificate) -> Iterator[Finding]:
    """The lock of the plan, its date and whether it came before the data, made out again from the lock itself."""
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


def date_findings(found: Certificate) -> Iterator[Finding]:
    """The certificate is dated after what it rests on; a lock older than the contract is remarked on."""
    plan, signed = found.plan, found.contract.model.dates.signed
    try:
        check_dates(found.contract, date=found.date, kind=found.kind, plan=plan, attestations=found.attestations)
        check_declarations(found.contract, *found.declarations)
        check_declared_days(found.date, found.declarations)
        yield same_or_different(
            "date",
            True,
            "The certificate is dated after all that it rests on.",
            "Intyget är daterat efter allt det vilar på.",
        )
    except EffektError as error:
        yield same_or_different(
            "date", False, f"The certificate's date cannot be right: {error}", f"Datumet kan inte stämma: {error}"
        )
    if plan.date is not None and plan.date < signed:
        yield cannot_tell(
            "lock_date",
            f"The lock is dated {plan.date}, before the contract was signed, {signed}.",
            f"Låsningen är daterad {plan.date}, innan avtalet undertecknades, {signed}.",
        )


def earlier_findings(found: Certificate, earlier: Certificate | None) -> Iterator[Finding]:
    """Which certificate it takes the place of, and whether that is the one given."""
    stated = found.supersedes
    if stated is None and earlier is None:
        return
    if stated is None or earlier is None:
        told = Text(en="none", sv="inget") if stated is None else _told(stated)
        yield Finding(
            name="supersedes",
            verdict="different" if stated is None else "cannot_tell",
            text=Text(en=f"It says it supersedes {told.en}.", sv=f"Det säger sig ersätta {told.sv}."),
        )
        return
    same = (stated.sha256, stated.date) == (earlier.sha256, earlier.date) and stated.date <= found.date
    told = _told(stated)
    yield same_or_different(
        "supersedes",
        same and earlier.contract.model.id == found.contract.model.id,
        f"It supersedes {told.en}: {'that is the one given' if same else 'the one given is another'}.",
        f"Det ersätter {told.sv}: {'det är det som angavs' if same else 'det som angavs är ett annat'}.",
    )


def _told(stated: Supersedes) -> Text:
    """The earlier certificate in words."""
    return Text(
        en=f"the certificate of {stated.date} with digest {stated.sha256[:16]}… ({stated.reason})",
        sv=f"intyget från {stated.date} med kontrollsumma {stated.sha256[:16]}… ({stated.reason})",
    )
