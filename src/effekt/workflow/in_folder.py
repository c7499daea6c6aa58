"""The certificates of a contract that lie in a folder, and which of them bind anybody."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from effekt.certificates.canonical import MAX_BYTES
from effekt.certificates.certificate import Certificate
from effekt.certificates.envelope import Envelope, check_signatures, read_envelope
from effekt.certificates.files import read_file
from effekt.certificates.signing import DEMO_KEY, public_key
from effekt.exceptions import EffektError
from effekt.reports.html import embedded_envelope, is_page

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
