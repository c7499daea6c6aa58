"""Who concludes on a certificate, and which parties may settle what the certificate itself cannot determine."""

from __future__ import annotations

from effekt._text import Text
from effekt.certificates.certificate import Certificate
from effekt.contracts.conduct import interests
from effekt.contracts.declarations import Deviation
from effekt.contracts.parties import STAKE, same_organisation
from effekt.reports.wording import ROLES


def concluding(certificate: Certificate) -> tuple[str, ...]:
    """Who answers for the conclusion; without a word on it, whoever verifies.

    Parameters
    ----------
    certificate : Certificate

    Returns
    -------
    tuple of str
        Parties.
    """
    terms = certificate.contract.model
    if terms.assurance is not None:
        return terms.assurance.responsibilities.conclusion
    return tuple(id for id, party in terms.parties.items() if party.role == "verifier")


def stake(id: str, certificate: Certificate) -> Text | None:
    """Why one who concludes is not independent by role, organisation number or key; None where nothing says so.

    Parameters
    ----------
    id : str
        A party that concludes.
    certificate : Certificate

    Returns
    -------
    Text or None
    """
    parties, names = certificate.contract.model.parties, concluding(certificate)
    mine = parties[id]
    if mine.role in STAKE:
        role = ROLES[mine.role]
        return Text(en=f"{id} verifies and is the {role.en}", sv=f"{id} granskar och är {role.sv}")
    for other, theirs in parties.items():
        if other not in names and (same_organisation(mine, theirs) or {*mine.keys} & {*theirs.keys}):
            return Text(
                en=f"{id} and {other} have one organisation number or key",
                sv=f"{id} och {other} har samma organisationsnummer eller nyckel",
            )
    return None


def paid_by_outcome(id: str, certificate: Certificate) -> bool:
    """Whether a party pays, or is paid, by the outcome."""
    return any(True for _ in interests(id, certificate.contract.model.payment))


def has_stake(id: str, certificate: Certificate) -> bool:
    """Whether a party wins or loses by the outcome, by its role or in the payment, or judges work of its own."""
    return certificate.contract.model.parties[id].role in STAKE or paid_by_outcome(id, certificate)


def judges(certificate: Certificate) -> tuple[str, ...]:
    """Those who conclude and have no stake: the only ones whose answer settles what the certificate cannot determine.

    Parameters
    ----------
    certificate : Certificate

    Returns
    -------
    tuple of str
        Parties.
    """
    return tuple(
        id for id in concluding(certificate) if stake(id, certificate) is None and not paid_by_outcome(id, certificate)
    )


def approved(deviation: Deviation, by: str, certificate: Certificate) -> bool:
    """Whether a deviation is approved by others than the party that declares it.

    Parameters
    ----------
    deviation : Deviation
    by : str
        The party that declares it.
    certificate : Certificate

    Returns
    -------
    bool
        True where another party without a stake is said to approve it, or both one that pays and one that is paid.
    """
    names = () if deviation.approved is None else deviation.approved.by
    lines = certificate.contract.model.payment.lines.values()
    pays = [id for id in names if any(id in line.payers for line in lines)]
    paid = [id for id in names if any(id == line.payee for line in lines)]
    if any(one != other for one in pays for other in paid):
        return True
    return any(id != by and not has_stake(id, certificate) for id in names)
