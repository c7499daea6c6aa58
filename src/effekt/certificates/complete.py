"""Whether a certificate states each figure and line of the contract that it carries once, and no other."""

from __future__ import annotations

from collections.abc import Iterable

from effekt.certificates.certificate import Certificate
from effekt.exceptions import CertificateError


def check_complete(certificate: Certificate) -> None:
    """Refuse a certificate whose figures or lines are not those of its own contract; only a changed one has others.

    Parameters
    ----------
    certificate : Certificate

    Raises
    ------
    CertificateError
        With the first figure or line that is lacking, unknown or repeated.
    """
    terms, stated = certificate.contract.model, certificate.settlement
    _check("figure", terms.figures, [figure.id for figure in stated.figures])
    _check("line", terms.payment.lines, [line.id for line in stated.lines])


def _check(what: str, agreed: Iterable[str], stated: list[str]) -> None:
    told = [
        *(f"lacks the {what} {id!r}" for id in agreed if id not in stated),
        *(f"has the {what} {id!r}, which its contract has not" for id in stated if id not in set(agreed)),
        *(f"has the {what} {id!r} twice" for id in dict.fromkeys(stated) if stated.count(id) > 1),
    ]
    if told:
        raise CertificateError(
            f"The certificate does not fit the contract that it carries: its settlement {told[0]}. It was changed "
            "after effekt made it; have it made anew, or see what differs with `effekt verify` on its file."
        )
