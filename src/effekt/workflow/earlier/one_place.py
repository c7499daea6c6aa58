"""Two certificates of one settlement side by side: in the place of one and the same, or one of them nil."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from effekt._text import Text
from effekt.certificates.certificate import Certificate
from effekt.exceptions import CertificateError
from effekt.workflow.earlier.can_be_paid import settlement_of
from effekt.workflow.earlier.paid_apart import chain


def refuse_taken_place(certificate: Certificate, there: Sequence[tuple[str | None, Certificate]]) -> None:
    """Refuse a certificate in the place of one whose place another has taken.

    Parameters
    ----------
    certificate : Certificate
        The new one.
    there : sequence of (str or None, Certificate)
        Those in the same folder that bind, by the names of their files, without any that settles the same.

    Raises
    ------
    CertificateError
        Naming the last of those that took it.
    """
    link, every = certificate.supersedes, [one for _, one in there]
    taken = [] if link is None else [pair for pair in there if link.sha256 in chain(pair[1], every)]
    if link is None or not taken:
        return
    name, last = max(taken, key=lambda pair: (len(chain(pair[1], every)), pair[1].date, pair[1].sha256))
    raise CertificateError(
        f"The file {name!r} is a certificate of {last.date} in the place of the one of {link.date}, whose place this "
        f"one takes. Take the place of that last one instead (--supersedes {shlex.quote(name or '')})."
    )


def refuse_beside_nil(certificate: Certificate, stands: Sequence[tuple[str | None, Certificate]]) -> None:
    """Refuse a final certificate beside a nil one of its announced day, and the other way about.

    Parameters
    ----------
    certificate : Certificate
        The new one.
    stands : sequence of (str or None, Certificate)
        Those in the same folder that bind and whose place none takes, by the names of their files.

    Raises
    ------
    CertificateError
        Naming the file.
    """
    for name, one in stands:
        if _one_is_nil(certificate, one):
            instead = "Settle as final, and say" if certificate.kind == "nil" else "Say"
            raise CertificateError(
                f"The file {name!r} is a {one.kind} certificate of {one.date}, of the same announced day as this "
                f"{certificate.kind} one, and a nil one says that nothing was due of it. {instead} that this one takes "
                f"its place and why (--supersedes {shlex.quote(name or '')}, --reason)."
            )


def refuse_second_of_day(certificate: Certificate, stands: Sequence[tuple[str | None, Certificate]]) -> None:
    """Refuse a final certificate beside another one of its announced day, where lines are paid on each.

    Parameters
    ----------
    certificate : Certificate
        The new one.
    stands : sequence of (str or None, Certificate)
        Those in the same folder that bind and whose place none takes, by the names of their files.

    Raises
    ------
    CertificateError
        Naming the file.
    """
    for name, one in stands:
        if of_one_day(certificate, one):
            raise CertificateError(
                f"The file {name!r} is a final certificate of {one.date}, of the same announced day, {one.settles}, as "
                "this one, and one certificate settles a day. Say that this one takes its place and why (--supersedes "
                f"{shlex.quote(name or '')}, --reason)."
            )


def of_one_day(certificate: Certificate, other: Certificate) -> bool:
    """Whether two certificates are final and of one announced day, where lines are paid on each.

    Parameters
    ----------
    certificate, other : Certificate

    Returns
    -------
    bool
        Where neither takes the other's place one of them says something else of what is due of that day.
    """
    final = certificate.kind == other.kind == "final" and certificate.contract.model.id == other.contract.model.id
    return final and certificate.settles is not None and certificate.settles == other.settles


def _one_is_nil(certificate: Certificate, other: Certificate) -> bool:
    """Whether one of two is nil and the other final, of one announced day."""
    day = settlement_of(certificate, certificate.contract)
    kinds = {certificate.kind, other.kind}
    return kinds == {"nil", "final"} and day is not None and settlement_of(other, certificate.contract) == day


def in_same_place(found: Certificate, one: Certificate, earlier: Sequence[Certificate]) -> Text | None:
    """What is told of one that stands in the place of the same certificate as another does.

    Parameters
    ----------
    found : Certificate
        The one that is verified.
    one : Certificate
        Of the same date or before it.
    earlier : sequence of Certificate
        By which it may have taken that place one after another.

    Returns
    -------
    Text or None
        None where it has not.
    """
    link = found.supersedes
    if link is None or link.sha256 not in chain(one, earlier) or found.sha256 in chain(one, earlier):
        return None
    return Text(
        en=f"is in the place of that of {link.date}, as this one is: of the two the later is to take the other's place",
        sv=f"har ersatt det från {link.date}, liksom detta: av de två ska det senare ersätta det andra",
    )
