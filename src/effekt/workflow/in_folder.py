"""The certificates of a contract that lie in a folder, and which of them bind anybody."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal, TypeAlias

from effekt._text import Text
from effekt.certificates.canonical import MAX_BYTES
from effekt.certificates.certificate import Certificate
from effekt.certificates.envelope import Envelope, check_signatures, read_envelope
from effekt.certificates.files import read_file
from effekt.certificates.key_holders import party_keys
from effekt.certificates.signing import DEMO_KEY, key_id, public_key
from effekt.contracts import Contract
from effekt.exceptions import EffektError
from effekt.reports.html import embedded_envelope, is_page

Standing: TypeAlias = Literal["signed", "unchecked", "void", "unsigned"]
_SUFFIXES = (".json", ".html")


def certificates_in(folder: Path, contract: str) -> Iterator[tuple[Path, Certificate]]:
    """Certificates and their pages in a folder, without the folders in it.

    Parameters
    ----------
    folder : Path
        One that is not there holds none.
    contract : str
        The id of their contract.

    Yields
    ------
    (Path, Certificate)
        By name; whatever else lies there is passed by.
    """
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.suffix.lower() not in _SUFFIXES or not path.is_file():
            continue
        try:
            raw = read_file(path, MAX_BYTES)
            found = Certificate(read_envelope(embedded_envelope(raw) if is_page(raw) else raw))
            if found.contract.model.id == contract:
                yield path, found
        except EffektError:
            continue  # another file, or one that no certificate can be read from


def binds(envelope: Envelope) -> bool:
    """Whether somebody has signed by another key than the published demonstration key, which binds nobody.

    Parameters
    ----------
    envelope : Envelope

    Returns
    -------
    bool
        A signature that cannot be checked here counts: its key may have been changed by the parties since.
    """
    return len(check_signatures(envelope, [public_key(DEMO_KEY)]).signers) < len(envelope.signatures)


def standing(certificate: Certificate, contract: Contract) -> Standing:
    """What the signatures on a certificate in a folder are worth to those who settle by a contract.

    Parameters
    ----------
    certificate : Certificate
    contract : Contract
        The one that is settled by; the one that the certificate carries was chosen by whoever made it.

    Returns
    -------
    {"signed", "unchecked", "void", "unsigned"}
        `signed` where a key that the contract names signed what it states, however the file was written over since;
        `unchecked` where only keys that it does not name are said to have, which the parties may have changed to;
        `void` where no signature belongs to what it states, so that it was forged or damaged; `unsigned` where nobody
        signed, or the published demonstration key alone.
    """
    demo = public_key(DEMO_KEY)
    envelope = Envelope(payload=certificate.envelope.payload, signatures=certificate.envelope.signatures)
    check = check_signatures(envelope, [key for key in party_keys(contract) if key != demo])
    if check.signers or any(found.name == "key_id_mismatch" for found in check.discrepancies):
        return "signed"
    if set(check.unknown) - {key_id(demo)}:
        return "unchecked"
    return "void" if check.discrepancies or check_signatures(envelope, [demo]).discrepancies else "unsigned"


def passed_by(folder: Path, contract: Contract) -> tuple[Text, ...]:
    """The certificates in a folder on which no signature holds, which bind nobody.

    Parameters
    ----------
    folder : Path
    contract : Contract

    Returns
    -------
    tuple of Text
        A sentence for each, by name: one that was damaged should be had anew before anything is paid.
    """
    found = certificates_in(folder, contract.model.id)
    return tuple(_void(path.name, one) for path, one in found if standing(one, contract) == "void")


def _void(name: str, certificate: Certificate) -> Text:
    kind, date = certificate.kind, certificate.date
    return Text(
        en=f"{name} is passed by: it says that it is a certificate of this contract ({kind}, {date}), and no signature "
        "on it belongs to what it states, so that it binds nobody. If a real one was damaged, get it anew from whoever "
        "signed it and settle again before anything is paid.",
        sv=f"{name} räknas inte: filen säger sig vara ett intyg enligt detta avtal ({kind}, {date}), men ingen "
        "underskrift hör till det som står där, så den binder ingen. Om ett riktigt intyg har skadats, hämta det på "
        "nytt från den som undertecknade det och avräkna igen innan något betalas.",
    )
