"""The run log: one line for each look at the outcome, each with the digest of the line before it.

A line says what was run, on which contract, specification and data, and with what, as digests: never a value, never
microdata, and no time but the day that was given. Whoever has a later line can tell that an earlier one was changed,
moved or taken away; that a whole log was begun anew only someone who has seen the old one can tell.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias

from effekt._serialize import decode, encode
from effekt._text import Text
from effekt.certificates.canonical import canonical_json, parse_json
from effekt.certificates.digests import sha256_bytes
from effekt.certificates.files import only_writer, read_file, write_atomic
from effekt.exceptions import ArgumentError, BrokenLogError, CertificateError

SCHEMA = "effekt/run/1"
MAX_LOG = 16 * 2**20

Verb: TypeAlias = Literal["lock", "estimate", "look", "settle", "dry_run"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One line of a run log.

    Attributes
    ----------
    verb : {"lock", "estimate", "look", "settle", "dry_run"}
    contract : str
        Id of the contract.
    contract_sha256 : str
        Digest of the contract file.
    specification : str
        Digest of its analyses and figures as the file has them.
    effekt : str
        Version.
    date, kind : str or None
        As they were given; no clock is read.
    lock : str or None
        Digest of the signed statement of the lock.
    data : mapping of data id to str
        Digest of each table's content.
    results : mapping of analysis to str
        Digest of each result in public form.
    settlement : str or None
        Digest of what is due.
    declared : tuple of str
        Digests of the deviations, failed checks and events that were declared; left out where there are none.
    seed : int or None
        Of a dry run, by which treatment labels were permuted; left out elsewhere.
    number : int
        From 1; given when the line is appended.
    previous : str or None
        Digest of the line before; None for the first.
    """

    verb: Verb
    contract: str
    contract_sha256: str
    specification: str
    effekt: str
    date: str | None = None
    kind: str | None = None
    lock: str | None = None
    data: Mapping[str, str] = field(default_factory=dict)
    results: Mapping[str, str] = field(default_factory=dict)
    settlement: str | None = None
    declared: tuple[str, ...] = ()
    seed: int | None = None
    number: int = 0
    previous: str | None = None

    def to_bytes(self) -> bytes:
        """The line, canonical JSON without its end of line."""
        plain = encode(self)
        if not self.declared:
            del plain["declared"]
        if self.seed is None:
            del plain["seed"]
        return canonical_json({"schema": SCHEMA, **plain})


@dataclass(frozen=True, slots=True, kw_only=True)
class Runs:
    """What a certificate says of the log that its settlement stands in.

    Attributes
    ----------
    head : str
        Digest of the settlement's own line, and through it of every line before.
    number : int
        The line.
    runs : int
        Estimates, looks and settlements up to it, itself included.
    specifications : int
        How many different analyses and figures they had.
    data : int
        How many different sets of tables they had.
    before_lock : int
        How many came before a lock of this contract file stood in the log; all where none does.
    left_out : tuple of str
        Digests of the deviations, failed checks and events declared at an earlier line and not at this; left out
        where there are none.
    dry_runs : int
        Dry runs on permuted labels up to it, which are none of the runs; left out where there are none.
    """

    head: str
    number: int
    runs: int
    specifications: int
    data: int
    before_lock: int
    left_out: tuple[str, ...] = ()
    dry_runs: int = 0

    @property
    def text(self) -> Text:
        """How often the outcome has been looked at, in words."""
        besides = Text(en="", sv="")
        if self.dry_runs:
            besides = Text(
                en=f" Dry runs on permuted labels, besides: {self.dry_runs}.",
                sv=f" Torrkörningar med omkastade etiketter, därutöver: {self.dry_runs}.",
            )
        if self.left_out:
            count = len(self.left_out)
            besides = Text(
                en=f"{besides.en} Deviations, failed checks and events declared at an earlier run and left out of "
                f"this one: {count}.",
                sv=f"{besides.sv} Avvikelser, ej uppfyllda kontroller och händelser som angavs vid en tidigare "
                f"körning och saknas i denna: {count}.",
            )
        return Text(
            en=f"Runs in the log when this was settled, itself included: {self.runs}. Different specifications: "
            f"{self.specifications}. Different data: {self.data}. Runs before this contract file was locked in the "
            f"log: {self.before_lock}.{besides.en}",
            sv=f"Körningar i loggen när detta avräknades, denna medräknad: {self.runs}. Olika specifikationer: "
            f"{self.specifications}. Olika data: {self.data}. Körningar innan denna avtalsfil låstes i loggen: "
            f"{self.before_lock}.{besides.sv}",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLog:
    """A run log whose chain holds.

    Attributes
    ----------
    runs : tuple of Run
    digests : tuple of str
        Of each line.
    """

    runs: tuple[Run, ...] = ()
    digests: tuple[str, ...] = ()

    def counted(self, number: int) -> Runs:
        """What a certificate says that was settled at a line.

        Parameters
        ----------
        number : int
            From 1.
        """
        seen = self.runs[:number]
        looks = [run for run in seen if run.verb not in ("lock", "dry_run")]
        mine = seen[-1].contract_sha256
        locked = (run.number for run in seen if run.verb == "lock" and run.contract_sha256 == mine)
        first = next(locked, number + 1)
        declared = {digest for run in seen for digest in run.declared}
        return Runs(
            head=self.digests[number - 1],
            number=number,
            runs=len(looks),
            specifications=len({run.specification for run in looks}),
            data=len({tuple(sorted(run.data.items())) for run in looks}),
            before_lock=sum(run.number < first for run in looks),
            left_out=tuple(sorted(declared.difference(seen[-1].declared))),
            dry_runs=sum(run.verb == "dry_run" for run in seen),
        )


def digest_of(plain: Any) -> str:
    """Digest of plain values in canonical JSON.

    Parameters
    ----------
    plain : object
        JSON values.

    Returns
    -------
    str
        SHA-256, 64 lower-case hexadecimal digits.

    Examples
    --------
    >>> digest_of({"a": 1})[:16]
    '015abd7f5cc57a2d'
    """
    return sha256_bytes(canonical_json(plain))


def parse_log(raw: bytes) -> RunLog:
    """Read a run log and check its chain.

    Parameters
    ----------
    raw : bytes
        The file; empty for a log that is not begun.

    Returns
    -------
    RunLog

    Raises
    ------
    BrokenLogError
        Naming the first line that does not follow from the one before, or is no line of a log.

    Examples
    --------
    >>> parse_log(b"").runs
    ()
    >>> parse_log(b"{}" + bytes([10]))
    Traceback (most recent call last):
        ...
    effekt.exceptions.BrokenLogError: The run log is broken at line 1: it is no line that effekt wrote; use the log \
as it was written.
    """
    runs: list[Run] = []
    digests: list[str] = []
    for number, line in enumerate(raw.split(b"\n")[:-1], start=1):
        run = _read_line(line, number)
        if run.number != number:
            raise _broken(
                number,
                Text(en=f"it says that it is number {run.number}", sv=f"den säger att den är nummer {run.number}"),
            )
        if run.previous != (digests[-1] if digests else None):
            raise _broken(number, _NOT_LINKED)
        if runs and run.contract != runs[0].contract:
            one, other = run.contract, runs[0].contract
            raise _broken(
                number,
                Text(
                    en=f"it is of contract {one} and the log of {other}",
                    sv=f"den gäller avtalet {one} och loggen {other}",
                ),
            )
        runs.append(run)
        digests.append(sha256_bytes(line))
    if raw and not raw.endswith(b"\n"):
        raise _broken(len(runs) + 1, _BREAKS_OFF)
    return RunLog(runs=tuple(runs), digests=tuple(digests))


def read_log(path: str | os.PathLike[str]) -> RunLog:
    """Read a run log from its file and check its chain.

    Parameters
    ----------
    path : str or path

    Returns
    -------
    RunLog

    Raises
    ------
    CertificateError
        When the file cannot be read, or its chain is broken.
    """
    return parse_log(read_file(path, MAX_LOG))


def append_run(path: str | os.PathLike[str], run: Run, *, check: Callable[[RunLog], None] = lambda _: None) -> Runs:
    """Append a line to a run log whole or not at all, whoever else appends at the same time.

    Parameters
    ----------
    path : str or path
        The log; begun if it is not there.
    run : Run
        Its `number` and `previous` are given here.
    check : callable, optional
        Told the log before; raises to refuse the line.

    Returns
    -------
    Runs
        The log counted up to the new line.

    Raises
    ------
    CertificateError
        When the log's chain is broken, is of another contract, is too large, or cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> run = Run(verb="estimate", contract="c", contract_sha256="0" * 64, specification="0" * 64, effekt="1")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     [append_run(os.path.join(folder, "runs.jsonl"), run).runs for _ in range(3)]
    [1, 2, 3]
    """
    target = Path(os.path.realpath(path))  # two links to one log are one log
    with only_writer(target):
        raw = read_file(target, MAX_LOG) if target.exists() else b""
        before = parse_log(raw)
        if before.runs and before.runs[0].contract != run.contract:
            raise CertificateError(
                f"The run log is of contract {before.runs[0].contract}, and this is {run.contract}; give each contract "
                "a log of its own."
            )
        check(before)
        line = _numbered(run, before).to_bytes()
        added = raw + line + b"\n"
        if len(added) > MAX_LOG:
            raise CertificateError(f"The run log would be larger than the {MAX_LOG} bytes allowed; it is full.")
        write_atomic(target, added, overwrite=True)
    return parse_log(added).counted(len(before.runs) + 1)


def _numbered(run: Run, before: RunLog) -> Run:
    """The run as the next line."""
    plain = {**encode(run), "number": len(before.runs) + 1, "previous": before.digests[-1] if before.digests else None}
    numbered: Run = decode(Run, plain)
    return numbered


def _read_line(line: bytes, number: int) -> Run:
    """One line, which must be written as effekt writes it."""
    try:
        plain = parse_json(line, "The line")
        if isinstance(plain, dict) and plain.pop("schema", None) == SCHEMA:
            run: Run = decode(Run, plain)
            if run.to_bytes() == line:
                return run
    except (ArgumentError, CertificateError):
        pass
    raise _broken(number, _OTHER_ENDS if line.endswith(b"\r") else _NO_LINE)


_BREAKS_OFF = Text(en="it breaks off", sv="den är avbruten")
_NOT_LINKED = Text(
    en="its `previous` is not the digest of the line before",
    sv="dess `previous` är inte kontrollsumman för raden före",
)
_NO_LINE = Text(en="it is no line that effekt wrote", sv="det är ingen rad som effekt har skrivit")
_OTHER_ENDS = Text(
    en="it ends with CR LF, as when git with core.autocrlf or a mail program changes line ends",
    sv="den slutar med CR LF, som när git med core.autocrlf eller ett e-postprogram ändrar radslut",
)


def _broken(number: int, why: Text) -> BrokenLogError:
    return BrokenLogError(
        f"The run log is broken at line {number}: {why.en}; use the log as it was written.",
        f"Körningsloggen är bruten på rad {number}: {why.sv}; använd loggen så som den skrevs.",
    )
