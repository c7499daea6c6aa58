"""What a certificate says of lines, by the names that they have in the contract file of another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from effekt.certificates.certificate import Certificate
from effekt.contracts import Contract
from effekt.contracts.lineage import back
from effekt.contracts.payment import Line
from effekt.contracts.renamed import renamed

T = TypeVar("T")


def named_as_in(certificate: Certificate, said: Mapping[str, T], of: Certificate) -> dict[str, T]:
    """What another certificate says of each line, by the names in a certificate's own contract file.

    Parameters
    ----------
    certificate : Certificate
    said : mapping of line to object
        By the names that the other one has.
    of : Certificate
        The other one.

    Returns
    -------
    dict of line to object
    """
    names = renamed(of.contract.model, certificate.contract.model)
    return {names.get(id, id): value for id, value in said.items()}


def paid_to_date_as_in(certificate: Certificate, of: Certificate) -> dict[str, str]:
    """What another certificate has as paid to date, by the names in a certificate's own contract file.

    Parameters
    ----------
    certificate, of : Certificate

    Returns
    -------
    dict of line to decimal
    """
    return named_as_in(certificate, of.paid_to_date, of)


def paid_unattested(certificate: Certificate, earlier: Certificate) -> dict[str, str]:
    """What a correction has as paid before of lines of which that is attested on the one that it corrects alone.

    Parameters
    ----------
    certificate, earlier : Certificate
        The correction, and the one whose place it takes.

    Returns
    -------
    dict of line to decimal
        None unless both are final.
    """
    if certificate.kind != "final" or earlier.kind != "final":
        return {}
    said = paid_to_date_as_in(certificate, earlier)
    return {id: said[id] for id in certificate.without_paid if id in said}


def deducts(certificate: Certificate, of: Certificate) -> set[str]:
    """The lines with a `true_up` in another certificate's file, by the names in a certificate's own.

    Parameters
    ----------
    certificate, of : Certificate

    Returns
    -------
    set of str
    """
    lines = of.contract.model.payment.lines
    return {*named_as_in(certificate, {id: 0 for id, line in lines.items() if line.true_up is not None}, of)}


def certainly_new(
    id: str, certificate: Certificate, earlier: Certificate, given: Sequence[Certificate], files: Sequence[Contract]
) -> bool:
    """Whether nothing can have been paid of a line by an earlier certificate: an amendment since then adds it.

    Parameters
    ----------
    id : str
        A line with a `true_up` in a certificate's own contract file.
    certificate, earlier : Certificate
    given : sequence of Certificate
    files : sequence of Contract
        Those before an amendment, that are known.

    Returns
    -------
    bool
        False unless all files before are known, every line of theirs is still there, and none of these deducts the same
        figure.
    """
    known, own = (*files, *(one.contract for one in given)), certificate.contract.model.payment.lines
    way, former = back(certificate.contract, known), back(earlier.contract, known)
    if way[-1].model.amendment is not None or any(id in file.model.payment.lines for file in former):
        return False
    before = [(name, line) for file in way[1:] for name, line in file.model.payment.lines.items()]
    return all(name in own and (name == id or _paid(line) != _paid(own[id])) for name, line in before)


def _paid(line: Line) -> str | None:
    return None if line.true_up is None else line.true_up.paid
