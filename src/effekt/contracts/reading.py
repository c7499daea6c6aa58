"""Files under a schema of effekt, from their bytes: contracts, attestations and declarations."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from effekt._validation import check_path
from effekt.contracts.strict_yaml import MAX_BYTES, Document, parse, shown
from effekt.exceptions import ContractError

T = TypeVar("T")


def read_named(path: str | Path, read: Callable[[bytes], T]) -> T:
    """What a file holds; what is wrong with it is told with the file's name.

    Parameters
    ----------
    path : str or Path
    read : callable
        Of the file's bytes.

    Raises
    ------
    ContractError
        When the file cannot be read, and what `read` raises.
    """
    file = check_path(path)
    raw = read_bytes(file)
    try:
        return read(raw)
    except ContractError as error:
        raise ContractError(f"{file.name}: {error}") from None


def check_of_contract(where: str, stated: str, id: str) -> None:
    """Refuse a file that is of another contract, at its place."""
    if stated != id:
        raise ContractError(f"{where} must be {id}; got {stated}.")


def check_after_signed(where: str, day: str, signed: str) -> None:
    """Refuse a day before the contract was signed, at its place."""
    if day < signed:
        raise ContractError(f"{where} must not be before the contract was signed, {signed}; got {day}.")


def followed(path: Path) -> Path:
    """The path with every symbolic link followed; itself where the system cannot follow it, which reading it says."""
    try:
        return path.resolve()
    except (OSError, RuntimeError):  # of links in a loop, before Python 3.13, it is a RuntimeError
        return path


def read_bytes(path: Path) -> bytes:
    """The bytes of a regular file of at most `MAX_BYTES`, or one byte more, which is enough to refuse it.

    Raises
    ------
    ContractError
        When it cannot be read.
    """
    try:
        if path.is_file() or not path.exists():
            with path.open("rb") as file:
                return file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise ContractError(f"{path} does not exist; check the path.") from None
    except PermissionError:
        raise ContractError(f"{path} may not be read; check its permissions.") from None
    except OSError as error:
        raise ContractError(f"{shown(str(path))} cannot be opened: {error.strerror}; check the path.") from None
    except ValueError:
        raise ContractError(f"{shown(str(path))} cannot be opened; check the path.") from None
    raise ContractError(f"{path} is not a file; give the path of a contract or attestation.")


def read_document(raw: bytes, tag: str) -> Document:
    """The parsed file, if it says that it is under the schema `tag`.

    Raises
    ------
    ContractError
        When it is no strict YAML, or says something else.
    """
    document = parse(raw)
    if not isinstance(document.value, dict):
        raise ContractError(f"{document.where(())} must hold keys and values, starting with schema: {tag}.")
    got = document.value.get("schema")
    if got is None:
        raise ContractError(f"{document.where(())} lacks the key schema; add schema: {tag}.")
    if got != tag:
        raise ContractError(f"{document.where(('schema',))} must be {tag}; got {shown(got)}.")
    return document
