"""Every error effekt raises, in one tree.

::

    EffektError
    ├── ArgumentError            (ValueError)  an argument or option breaks its rule
    ├── DataError                (ValueError)  a table, column or row cannot be used
    │   ├── UnknownColumnError                 a table has no column of the name that was given
    │   └── IncompleteWindowError              a declared window lacks periods: wait for them
    ├── ContractError            (ValueError)  a contract or attestation file breaks its rules
    ├── CertificateError         (ValueError)  an envelope, key or certificate cannot be read
    │   └── BrokenLogError                     the chain of a run log does not hold
    └── UnavailableError                       what is asked of a result does not exist
        ├── ViewUnavailableError (ValueError)  the asked view of an estimate is not identified
        └── InferenceUnavailableError          the asked p-value, interval or error does not exist

Each message is one sentence that names what is wrong, the rule, the place and the remedy. It never
holds the content of a data cell, which may be somebody's personal data: it names the column and the
first row, so that whoever has the table can look there, and can be passed on to others.

One warning stands beside them: `FolderWarning`, which `effekt.settle` gives of a file in its folder that is or may be a
certificate and does not count, or was saved anew.

>>> import effekt
>>> try:
...     effekt.read_contract("no-such-file.yaml")
... except effekt.EffektError as error:
...     print(type(error).__name__)
ContractError
"""

from __future__ import annotations


class EffektError(Exception):
    """Base of all errors raised by effekt; catch it to catch them all.

    Attributes
    ----------
    sv : str or None
        The same sentence in Swedish, where `verify` says it in what it finds; the message itself is in English.
    """

    sv: str | None = None

    def __init__(self, *args: object, sv: str | None = None) -> None:
        super().__init__(*args)
        if sv is not None:
            self.sv = sv


class FolderWarning(UserWarning):
    """A file in the folder of a settlement may be a certificate, and is damaged, by an unknown key, or outdated."""


class TableWarning(UserWarning):
    """A table is read as it stands, and something in it may not be meant so; the message says what to look at.

    Attributes
    ----------
    swedish : str
        The message in Swedish.
    """

    def __init__(self, message: str, swedish: str = "") -> None:
        super().__init__(message)
        self.swedish = swedish or message


class ArgumentError(EffektError, ValueError):
    """An argument or option breaks its rule; the message names it and lists what is allowed."""


class DataError(EffektError, ValueError):
    """A table cannot be used; the message names the column, the rule, the count and the first row."""


class UnknownColumnError(DataError):
    """A table has no column of the name that was given; in a study that is a mistake, not a replicate's data."""


class IncompleteWindowError(DataError):
    """A declared window lacks periods.

    Attributes
    ----------
    missing : tuple of str
        The periods that are not there, in calendar order. A settlement turns this into the state
        ``not_yet_determinable``.
    """

    def __init__(self, message: str, missing: tuple[str, ...]) -> None:
        super().__init__(message)
        self.missing = missing

    def __reduce__(self) -> tuple[type[IncompleteWindowError], tuple[str, tuple[str, ...]]]:
        return type(self), (str(self), self.missing)


class ContractError(EffektError, ValueError):
    """A contract or attestation file breaks its rules; the message names line, path and remedy."""


class CertificateError(EffektError, ValueError):
    """An envelope, key or certificate cannot be read or used."""


class BrokenLogError(CertificateError):
    """The chain of a run log does not hold; the message names the first line that breaks it.

    Attributes
    ----------
    sv : str
        The same in Swedish, for what `verify` finds; the message itself is in English.
    """

    sv: str

    def __init__(self, message: str, sv: str) -> None:
        super().__init__(message, sv=sv)

    def __reduce__(self) -> tuple[type[BrokenLogError], tuple[str, str]]:
        return type(self), (str(self), self.sv)


class UnavailableError(EffektError):
    """Something asked of a result does not exist.

    Attributes
    ----------
    sv : str
        The reason in Swedish, for reports; the message itself is in English.
    """

    sv: str

    def __init__(self, message: str, sv: str) -> None:
        super().__init__(message, sv=sv)

    def __reduce__(self) -> tuple[type[UnavailableError], tuple[str, str]]:
        return type(self), (str(self), self.sv)


class ViewUnavailableError(UnavailableError, ValueError):
    """The asked view of an estimate is not identified; the message says why."""


class InferenceUnavailableError(UnavailableError):
    """The asked p-value, interval or standard error does not exist; the message says why."""
