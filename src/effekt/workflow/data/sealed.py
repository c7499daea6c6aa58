"""Sealed tables: committed to before the plan is locked, and read only with the salt that opens them."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path

from effekt.certificates.files import read_file
from effekt.certificates.release import SALT_BYTES
from effekt.contracts import Contract
from effekt.exceptions import ArgumentError, CertificateError, DataError

MAX_TABLE = 2**30


def seal(path: str | Path, *, salt: bytes) -> str:
    """Commit to a table without showing anything of it.

    Parameters
    ----------
    path : str or Path
        The table's file.
    salt : bytes
        Secret, at least 32 bytes made at random; kept by whoever keeps the table until the plan is locked.

    Returns
    -------
    str
        HMAC-SHA-256 of the file's bytes under the salt, 64 lower-case hexadecimal digits: what the contract has under
        ``data`` as ``sealed``.

    Raises
    ------
    ArgumentError
        For a short salt.
    CertificateError
        When the file cannot be read.

    Notes
    -----
    Without a salt the digest of a small table could be found by trying tables.

    Examples
    --------
    >>> import effekt
    >>> seal(effekt.case("rate-card") / "months.csv", salt=bytes(32))[:16]
    '56c80acca8bff897'
    """
    if len(salt) < SALT_BYTES:
        raise ArgumentError(f"`salt` must be at least {SALT_BYTES} bytes made at random; got {len(salt)}.")
    return hmac.new(salt, read_file(path, MAX_TABLE), hashlib.sha256).hexdigest()


def lacks_salt(contract: Contract, id: str) -> bool:
    """Whether a table is sealed and no file that can be its salt lies in the contract's folder.

    Parameters
    ----------
    contract : Contract
    id : str
        A name under ``data``.

    Returns
    -------
    bool
    """
    if contract.model.data[id].sealed is None:
        return False
    try:
        return len(_salt(contract, id)) < SALT_BYTES
    except (DataError, CertificateError):
        return True


def opens(contract: Contract, id: str, path: Path) -> bool:
    """Whether a table's file is the one that was sealed, by the salt in the contract's folder; any that is not sealed.

    Parameters
    ----------
    contract : Contract
    id : str
        A name under ``data``, of which `lacks_salt` does not hold.
    path : Path
        The table's file.

    Returns
    -------
    bool
    """
    sealed = contract.model.data[id].sealed
    return sealed is None or hmac.compare_digest(seal(path, salt=_salt(contract, id)), sealed.hmac_sha256)


def _salt(contract: Contract, id: str) -> bytes:
    sealed = contract.model.data[id].sealed
    found = None if sealed is None else contract.beside(sealed.salt, f"data.{id}.sealed.salt")
    if sealed is None or found is None:
        raise DataError(
            f"data.{id} is sealed, and its salt {sealed and sealed.salt!r} does not lie in the contract's folder; show "
            "the lock to whoever keeps the table, and put the salt there."
        )
    try:
        return bytes.fromhex(read_file(found, 1024).decode("ascii").strip())
    except ValueError:
        raise DataError(f"data.{id}.sealed.salt must be a file of hexadecimal digits; use it as it was made.") from None


def check_seal(contract: Contract, id: str, path: Path | None) -> None:
    """Refuse a sealed table that is not opened, or is another than the one that was sealed.

    Parameters
    ----------
    contract : Contract
    id : str
        A name under ``data``.
    path : Path or None
        The table's file; None for a table in memory.

    Raises
    ------
    DataError
        With the place in the contract and what to do.
    ArgumentError
        For a salt that is no salt.
    """
    sealed = contract.model.data[id].sealed
    if sealed is None:
        return
    if path is None:
        raise DataError(f"data.{id}.sealed is the digest of a file, and a table in memory was given; give the file.")
    if not opens(contract, id, path):
        raise DataError(
            f"data.{id}.sealed is not the digest of this table under its salt: it is another table, or another salt, "
            "than was sealed; check the salt first, and ask whoever keeps the table for both as they were then."
        )
