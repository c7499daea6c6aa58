"""Reading a file that may be anything, and writing one whole or not at all."""

import contextlib
import os
import secrets
import stat
import time
from collections.abc import Iterator
from pathlib import Path

from effekt.exceptions import CertificateError


def read_file(path: str | os.PathLike[str], limit: int) -> bytes:
    """The bytes of a regular file of at most `limit` bytes; its kind and size are looked at before it is read.

    Parameters
    ----------
    path : str or path
    limit : int
        In bytes.

    Raises
    ------
    CertificateError
        If it is a folder, a pipe or a device, is too large or cannot be read.

    Examples
    --------
    >>> read_file(os.curdir, 10)
    Traceback (most recent call last):
        ...
    effekt.exceptions.CertificateError: '.' is not a regular file; name a file.
    """
    name = os.fspath(path)
    try:
        found = os.stat(path)
        regular, raw = stat.S_ISREG(found.st_mode), b""
        if regular and found.st_size <= limit:
            with open(path, "rb") as stream:
                raw = stream.read(limit + 1)
    except OSError as error:
        raise CertificateError(f"The file {name!r} cannot be read: {error.strerror}; check the path.") from None
    except ValueError:
        raise CertificateError(f"The file {name!r} cannot be read; check the path.") from None
    if not regular:
        raise CertificateError(f"{name!r} is not a regular file; name a file.")
    if max(found.st_size, len(raw)) > limit:
        raise CertificateError(f"The file {name!r} is larger than the {limit} bytes allowed; name the right file.")
    return raw


@contextlib.contextmanager
def only_writer(path: str | os.PathLike[str], *, tries: int = 200) -> Iterator[None]:
    """Keep other processes that ask the same from reading, changing and writing a file at the same time.

    Parameters
    ----------
    path : str or path
        The file that is about to be read and written.
    tries : int
        How often to try, 0.05 seconds apart, while another process holds it.

    Raises
    ------
    CertificateError
        If another process holds it all that time, or its folder cannot be written.

    Notes
    -----
    A file beside it, made only if it is not there, is the mark. It is removed at the end, also after an error; if the
    process was killed it stays, and the sentence says which file to remove.
    """
    target = Path(path)
    mark = target.parent / f".{target.name}.effekt-writing"
    for attempt in range(tries):
        try:
            os.close(os.open(mark, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            break
        except (FileExistsError, PermissionError) as error:  # Windows refuses a mark that is being removed
            if isinstance(error, PermissionError) and not mark.exists():
                raise _unwritable(target, error) from None
            if attempt == tries - 1:
                raise CertificateError(
                    f"The file {str(target)!r} is being written by another process; try again when it is done, or, if "
                    f"there is none, remove {mark.name!r}."
                ) from None
            time.sleep(0.05)
        except OSError as error:
            raise _unwritable(target, error) from None
    try:
        yield
    finally:
        mark.unlink(missing_ok=True)


def _unwritable(target: Path, error: OSError) -> CertificateError:
    return CertificateError(
        f"The file {str(target)!r} cannot be written: {error.strerror}; "
        "choose a file in an existing folder that you may write to."
    )


def write_atomic(path: str | os.PathLike[str], data: bytes, *, overwrite: bool = False, private: bool = False) -> None:
    """Write `data` to `path` so that the file appears whole or not at all.

    Parameters
    ----------
    path : str or path
        The file to write; its folder must exist.
    data : bytes
        The content.
    overwrite : bool, default False
        Whether an existing file may be replaced.
    private : bool, default False
        Whether only the owner may read the file (mode 0600); otherwise the platform's default applies.

    Raises
    ------
    CertificateError
        If the file exists and `overwrite` is False, or if it cannot be written.

    Notes
    -----
    The bytes go to a temporary file in the same folder, are flushed to the disk and moved into place in one
    step. Whatever interrupts this, the temporary file is removed and an earlier file is left as it was.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     target = Path(folder, "certificate.json")
    ...     write_atomic(target, b"{}")
    ...     target.read_bytes()
    b'{}'
    """
    target = Path(path)
    partial = target.parent / f".effekt-{secrets.token_hex(8)}.partial"
    try:
        _refuse_existing(target, overwrite)
        try:
            _write_synced(partial, data, 0o600 if private else 0o666)
            _refuse_existing(target, overwrite)  # again: writing took time
            os.replace(partial, target)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise _unwritable(target, error) from error


def check_place(path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
    """Refuse a place that `write_atomic` would refuse, before what is to be written there is made.

    Parameters
    ----------
    path : str or path
    overwrite : bool, default False
        Whether an existing file may be replaced.

    Raises
    ------
    CertificateError
        As `write_atomic` does; an empty file is written beside the place and removed.

    Examples
    --------
    >>> check_place(os.path.join(os.curdir, "no such folder", "lock.json"))
    Traceback (most recent call last):
        ...
    effekt.exceptions.CertificateError: The file 'no such folder/lock.json' cannot be written: No such file or \
directory; choose a file in an existing folder that you may write to.
    """
    target = Path(path)
    partial = target.parent / f".effekt-{secrets.token_hex(8)}.partial"
    try:
        _refuse_existing(target, overwrite)
        try:
            _write_synced(partial, b"", 0o600)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise _unwritable(target, error) from None


def _refuse_existing(target: Path, overwrite: bool) -> None:
    """Raise if something, be it a dangling link, has the name already and may not be replaced."""
    if target.exists() and not target.is_file():
        raise CertificateError(f"{str(target)!r} cannot be written: it is not a regular file; choose a file's name.")
    if not overwrite and os.path.lexists(target):
        raise CertificateError(f"The file {str(target)!r} exists; choose a name that is not taken.")


def _write_synced(partial: Path, data: bytes, mode: int) -> None:
    """Create a new file with `mode` (less the umask) and flush `data` to the disk."""
    binary = getattr(os, "O_BINARY", 0)  # Windows alone has text mode
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | binary, mode)
    with open(descriptor, "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
