"""A line paid once that was recalled: a certificate has no amount of it, in the place of one that paid it.

Whether what was paid is kept or paid back is settled by one in its place, and until then no other certificate pays it.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from effekt._validation import join_words
from effekt.certificates.certificate import Certificate
from effekt.contracts.money import fraction
from effekt.contracts.paid_once import paid_once
from effekt.exceptions import CertificateError
from effekt.workflow.earlier.line_names import named_as_in
from effekt.workflow.earlier.paid_apart import chain, pays, withholds
from effekt.workflow.findings import Finding, cannot_tell


def recalled(certificate: Certificate, one: Certificate, known: Sequence[Certificate]) -> tuple[str, ...]:
    """The lines paid once that a certificate pays, and of which another leaves open what was paid before it.

    Parameters
    ----------
    certificate, one : Certificate
    known : sequence of Certificate
        By which is told what those paid whose place the other takes.

    Returns
    -------
    tuple of str
        By the names in the certificate's own contract file. Those too of which one that is not known may have paid;
        none of one that takes the certificate's own place.
    """
    if {certificate.kind, one.kind} != {"final"} or certificate.contract.model.id != one.contract.model.id:
        return ()
    if certificate.sha256 in chain(one, known):
        return ()
    without = named_as_in(certificate, {line.id: line for line in one.settlement.lines if line.amount is None}, one)
    own = without.keys() & (pays(certificate) | withholds(certificate))
    terms = certificate.contract.model
    once = [id for id in terms.payment.lines if id in own and paid_once(id, terms)]
    return tuple(id for id in once if may_be_paid(id, certificate, one, known))


def may_be_paid(id: str, certificate: Certificate, one: Certificate, known: Sequence[Certificate]) -> bool:
    """Whether the last of those whose place one takes that has an amount of a line paid it, or is not known.

    Parameters
    ----------
    id : str
        By the name in the certificate's own contract file.
    certificate, one : Certificate
    known : sequence of Certificate
        By which is told what those paid whose place `one` takes.

    Returns
    -------
    bool
        True too where it withholds the line.
    """
    given, link = {each.sha256: each for each in known}, one.supersedes
    while link is not None and link.paying:
        before = given.get(link.sha256)
        if before is None:
            return True
        amounts = {line.id: line.amount for line in before.settlement.lines}
        amount = named_as_in(certificate, amounts, before).get(id)
        if amount is not None:
            return fraction(amount) != 0 or id in named_as_in(certificate, dict.fromkeys(withholds(before)), before)
        link = before.supersedes
    return False


def refuse_recalled(
    certificate: Certificate, stands: Sequence[tuple[str | None, Certificate]], every: Sequence[Certificate]
) -> None:
    """Refuse what pays a line that was recalled on another certificate, before that is settled.

    Parameters
    ----------
    certificate : Certificate
        The new one.
    stands : sequence of (str or None, Certificate)
        Those in the same folder that bind and whose place none takes, by the names of their files.
    every : sequence of Certificate
        All of that folder.

    Raises
    ------
    CertificateError
        Naming the file and the lines.
    """
    for name, one in stands:
        lines = recalled(certificate, one, every)
        if lines:
            told, file = join_words(lines, "and"), shlex.quote(name or "")
            unseen = chain(one, every) - {each.sha256 for each in every}
            show = ", or lay that one beside the contract: it shows whether it paid anything of it" if unseen else ""
            raise CertificateError(
                f"The file {name!r} is a certificate of {one.date} without an amount of {told}, in the place of one "
                f"that {'is not there' if unseen else 'paid it'}: whether what was paid is kept or paid back is "
                f"settled by one in its place, and this one pays {told}, which is paid once. Settle that first "
                f"(--supersedes {file}, --reason), with what is due of it or 0{show}."
            )


def recalled_findings(found: Certificate, given: Sequence[Certificate]) -> Iterator[Finding]:
    """That a line which a certificate pays was recalled on another, and none was given that settles that.

    Parameters
    ----------
    found : Certificate
    given : sequence of Certificate
        The others, that bind.

    Yields
    ------
    Finding
    """
    taken = {sha256 for one in (*given, found) for sha256 in chain(one, (*given, found))}
    for one in given:
        lines = () if one.sha256 in taken else recalled(found, one, given)
        if lines:
            en, sv = (join_words(lines, word) for word in ("and", "och"))
            yield cannot_tell(
                f"recalled:{one.date}",
                f"The certificate of {one.date}, digest {one.sha256[:16]}…, has no amount of {en}, in the place of one "
                "that paid it or was not given, and none in its own place was given: whether what was paid is paid "
                "back, or paid again by this one, cannot be told. Ask for the one that settles it.",
                f"Intyget från {one.date}, kontrollsumma {one.sha256[:16]}…, saknar belopp för {sv}, i stället för ett "
                "som betalade det eller inte angavs, och inget som ersätter det angavs: om det som betalats betalas "
                "tillbaka, eller betalas igen enligt detta, kan inte sägas. Begär det som avgör det.",
            )
