"""What a certificate states: the form ``effekt/certificate/1``, as plain values."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from effekt._serialize import encode, json_schema
from effekt._text import Text
from effekt.certificates.run_log import Runs
from effekt.exceptions import ArgumentError

SCHEMA = "effekt/certificate/1"
Kind: TypeAlias = Literal["final", "interim", "nil"]
_WEIGHT: dict[Kind, int] = {"interim": 0, "nil": 1, "final": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """An analysis that waits for data.

    Attributes
    ----------
    reason : Text
        What is missing, in words.
    missing : tuple of str
        The periods that are missing.
    """

    reason: Text
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DataDigest:
    """A table the results rest on.

    Attributes
    ----------
    sha256 : str
        Digest of the file's bytes.
    logical : str
        Digest of its content, whatever the file format and the order of rows and columns.
    rows : int
    columns : tuple of str
    hidden_rows : int
        How many of the rows a spreadsheet program did not show, in a workbook; left out where there are none.
    hidden_columns : tuple of str
        The columns that it did not show; left out where there are none.
    """

    sha256: str
    logical: str
    rows: int
    columns: tuple[str, ...]
    hidden_rows: int = 0
    hidden_columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """When the plan of analysis was locked.

    Attributes
    ----------
    date : str or None
        The day of the lock; None without one.
    locked_before_data : bool
        Whether that day was before the contract's `outcome_data_from`.
    lock : str or None
        The signed lock itself, as text.
    undecided_accepted : tuple of str
        Without a lock, the terms that the contract leaves open and that were accepted so when it was settled, such as
        'minimum_n at analysis.absence'; a lock lists its own.
    """

    date: str | None = None
    locked_before_data: bool = False
    lock: str | None = None
    undecided_accepted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractCopy:
    """The contract's own bytes, so that the certificate needs no other file.

    Attributes
    ----------
    id : str
    sha256 : str
        Digest of `text` in UTF-8.
    text : str
        The whole contract file.
    """

    id: str
    sha256: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AttestationCopy:
    """An attestation's own bytes.

    Attributes
    ----------
    sha256 : str
    text : str
    """

    sha256: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclarationsCopy:
    """A declarations file's own bytes.

    Attributes
    ----------
    sha256 : str
    text : str
    """

    sha256: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Supersedes:
    """The earlier certificate that a certificate takes the place of.

    Attributes
    ----------
    sha256 : str
        Digest of its signed statement; signatures that are added to it change nothing.
    date : str
        Its day.
    reason : str
        Why, in words.
    before : tuple of str
        Days of the certificates whose place that one took in its turn, oldest first; left out where it took none's.
    left_out : tuple of str
        Digests of the deviations, failed checks and events that it, or one it took the place of, declared and this one
        does not; left out where there are none.
    anew : dict of str to str
        Where its settlement is paid anew, in its place: of each line with a `true_up` what it, and those whose place it
        took, paid of that; left out where the difference alone is paid.
    paid : dict of str to str
        Of each line with a `true_up` whose figure of what was paid before has no value on the new certificate: what was
        paid of it by then, as that of the earlier one says; left out where each has a value.
    interim : tuple of str
        Days of those among all that were interim, which paid nothing; they are the oldest; left out where there are
        none.
    nil : tuple of str
        Days of those among all that were nil, which paid nothing; they follow the interim ones, and all after them were
        final; left out where there are none.
    """

    sha256: str
    date: str
    reason: str
    before: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    anew: dict[str, str] | None = None
    paid: dict[str, str] | None = None
    interim: tuple[str, ...] = ()
    nil: tuple[str, ...] = ()

    @property
    def days(self) -> tuple[str, ...]:
        """Of every certificate whose place is taken, oldest first."""
        return (*self.before, self.date)

    @property
    def kind(self) -> Kind:
        """Of the certificate itself that is superseded, which is the last of these."""
        return "final" if self.paying else "nil" if self.nil else "interim"

    @property
    def paying(self) -> tuple[str, ...]:
        """Those of these days whose certificates were final, by which can have been paid."""
        return self.days[len(self.interim) + len(self.nil) :]


def may_take_place(kind: Kind, of: Kind) -> bool:
    """Whether a certificate of one kind may take the place of one of another: interim weighs least, then nil, final."""
    return _WEIGHT[kind] >= _WEIGHT[of]


def check_takes_place(kind: Kind, of: Kind) -> None:
    """Refuse a certificate in the place of one that weighs more: interim, then nil, then final.

    So what takes the place of one by which was paid is final, and says what is due in the place of that.

    Parameters
    ----------
    kind : {"final", "interim", "nil"}
        Of the certificate.
    of : {"final", "interim", "nil"}
        Of the one that it supersedes.

    Raises
    ------
    ArgumentError
        Naming both kinds.
    """
    if may_take_place(kind, of):
        return
    en = {"interim": "an interim certificate", "nil": "a nil certificate"}[kind]
    sv = {"interim": "ett delintyg", "nil": "ett nollintyg"}[kind]
    other, other_sv = {"final": ("final one", "slutligt intyg"), "nil": ("nil one", "nollintyg")}[of]
    raise ArgumentError(
        f"`supersedes` of {en} must not be a {other}: only what settles as final takes its place, also where 0 is due. "
        "Settle as final, or without `supersedes`.",
        sv=f"`supersedes` för {sv} får inte vara ett {other_sv}: bara det som avräknas som final tar dess plats, även "
        "där 0 ska betalas. Avräkna som final, eller utan `supersedes`.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Predicate:
    """What a certificate states: the form of ``effekt/certificate/1``.

    Attributes
    ----------
    kind : {"final", "interim", "nil"}
    date : str
        YYYY-MM-DD.
    contract : ContractCopy
    attestations : tuple of AttestationCopy
    data : mapping of data id to DataDigest
    plan : Plan
    results : mapping of analysis to result
        Each under its own schema tag, in public form; or ``{"pending": …}``.
    settlement : mapping
        Under ``effekt/settlement/1``.
    software : mapping of name to version
    supersedes : Supersedes or None
        Left out where it takes the place of none.
    runs : Runs or None
        Left out where no run log was kept.
    declarations : tuple of DeclarationsCopy
        Left out where there are none.
    settles : str or None
        The announced day that it is of; left out where no line is paid on each certificate.
    """

    kind: Kind
    date: str
    contract: ContractCopy
    attestations: tuple[AttestationCopy, ...]
    data: Mapping[str, DataDigest]
    plan: Plan
    results: Mapping[str, Any]
    settlement: Mapping[str, Any]
    software: Mapping[str, str]
    supersedes: Supersedes | None = None
    runs: Runs | None = None
    declarations: tuple[DeclarationsCopy, ...] = ()
    settles: str | None = None


def plain_predicate(predicate: Predicate) -> dict[str, Any]:
    """The predicate as JSON; what it supersedes, its run log, declarations and accepted terms where there are such."""
    plain: dict[str, Any] = encode(predicate)
    if not predicate.plan.undecided_accepted:
        del plain["plan"]["undecided_accepted"]
    for digest in plain["data"].values():
        for shown in [key for key in ("hidden_rows", "hidden_columns") if not digest[key]]:
            del digest[shown]
    for key in ("supersedes", "runs"):
        if plain[key] is None:
            del plain[key]
            continue
        for empty in ("before", "left_out", "anew", "paid", "interim", "nil", "dry_runs"):
            if not plain[key].get(empty, True):
                del plain[key][empty]
    if not predicate.declarations:
        del plain["declarations"]
    if predicate.settles is None:
        del plain["settles"]
    return plain


def check_date(date: str) -> None:
    """Raise unless the text is a day written YYYY-MM-DD."""
    try:
        valid = datetime.date.fromisoformat(date).isoformat() == date
    except (TypeError, ValueError):
        valid = False
    if not valid:
        raise ArgumentError(f"`date` must be a day such as '2022-03-15'; got {date!r}.")


def certificate_json_schema() -> dict[str, Any]:
    """The published form of a certificate's predicate: JSON Schema, draft 2020-12.

    Returns
    -------
    dict

    Examples
    --------
    >>> certificate_json_schema()["title"]
    'effekt/certificate/1'
    """
    return json_schema(Predicate, SCHEMA)
