"""Runs that leave a line in a log, and whether a certificate stands in the log it names."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Literal, TypeAlias

import effekt
from effekt._validation import check_path
from effekt.certificates.certificate import Certificate, minimum_of, public_form
from effekt.certificates.digests import sha256_bytes
from effekt.certificates.envelope import Envelope, read_envelope
from effekt.certificates.files import read_file
from effekt.certificates.predicate import DataDigest, Pending, Plan
from effekt.certificates.run_log import MAX_LOG, Run, RunLog, Runs, append_run, digest_of, parse_log
from effekt.contracts import Contract, Declarations, Settlement, speaking_against
from effekt.contracts.estimated import AnyResult
from effekt.contracts.strict_yaml import parse
from effekt.exceptions import ArgumentError, BrokenLogError, CertificateError
from effekt.workflow.earlier.paid_apart import chain
from effekt.workflow.findings import Finding, cannot_tell, same_or_different

LogPath: TypeAlias = str | Path


def log_path(contract: Contract, log: LogPath | None) -> Path | None:
    """Where the runs of a contract are logged: the file given, else the one that the contract requires.

    Parameters
    ----------
    contract : Contract
    log : str or Path, optional

    Returns
    -------
    Path or None
        None where no log is kept.

    Raises
    ------
    ArgumentError
        When the contract requires a log that is not given and not in its folder.
    """
    if log is not None:
        return check_path(log, "log")
    written = contract.model.log
    if written is None:
        return None
    if contract.folder is None:
        raise ArgumentError("`log` must be given: the contract requires a run log and was read without its folder.")
    found = Path(os.path.realpath(contract.folder / written))
    if not found.is_relative_to(os.path.realpath(contract.folder)):
        raise ArgumentError(
            f"`log` must lie in the contract's folder; {written!r} leads out of it. Give the log itself."
        )
    return found


def open_log(contract: Contract, log: LogPath | None) -> Path | None:
    """The log that a run is to leave its line in, looked at before anything is computed.

    Parameters
    ----------
    contract : Contract
    log : str or Path, optional

    Returns
    -------
    Path or None
        None where no log is kept.

    Raises
    ------
    ArgumentError, CertificateError
        When the contract requires a log that is not there or does not begin with a lock, or its chain is broken.
    """
    path = log_path(contract, log)
    if path is not None and path.exists():
        _check_begun(contract, parse_log(read_file(path, MAX_LOG)))
    elif path is not None and contract.model.log is not None:
        raise ArgumentError(
            f"`log` must be the run log that the contract requires; {path.name!r} is not there. It is begun when the "
            "plan is locked, with `effekt lock`; a new one would hide the runs before it."
        )
    return path


def log_lock(contract: Contract, envelope: Envelope, *, log: LogPath | None, date: str) -> Runs | None:
    """Log that a plan was locked; the first such line begins the log that a contract requires."""
    path = log_path(contract, log)
    run = _run(contract, verb="lock", date=date, lock=sha256_bytes(envelope.payload))
    return None if path is None else append_run(path, Run(**run))


def log_estimate(
    contract: Contract,
    results: Mapping[str, AnyResult | Pending],
    data: Mapping[str, DataDigest],
    *,
    path: Path,
    verb: Literal["estimate", "look"] = "estimate",
) -> Runs:
    """Log that the analyses of a contract were run, to the end or in part."""
    run = _run(contract, verb=verb, **_digests(contract, results, data))
    return append_run(path, Run(**run), check=partial(_check_begun, contract))


def log_dry_run(
    contract: Contract,
    results: Mapping[str, AnyResult | Pending],
    data: Mapping[str, DataDigest],
    *,
    path: Path,
    seed: int,
) -> Runs:
    """Log that a contract was tried on permuted labels, with the seed."""
    run = _run(contract, verb="dry_run", seed=seed, **_digests(contract, results, data))
    return append_run(path, Run(**run), check=partial(_check_begun, contract))


def log_settlement(
    contract: Contract,
    results: Mapping[str, AnyResult | Pending],
    data: Mapping[str, DataDigest],
    settlement: Settlement,
    *,
    path: Path,
    date: str,
    kind: str,
    plan: Plan,
    declarations: Sequence[Declarations] = (),
) -> Runs:
    """Log that a contract was settled; results are in the form the certificate has them."""
    run = _run(
        contract,
        verb="settle",
        date=date,
        kind=kind,
        lock=_lock_digest(plan),
        settlement=digest_of(settlement.to_plain()),
        declared=speaking_against(declarations),
        **_digests(contract, results, data),
    )
    return append_run(path, Run(**run), check=partial(_check_begun, contract))


def specification(contract: Contract) -> str:
    """Digest of a contract's analyses and figures as the file has them.

    Parameters
    ----------
    contract : Contract

    Returns
    -------
    str
    """
    written: Any = parse(contract.raw).value
    return digest_of({"analysis": written.get("analysis", {}), "figures": written["figures"]})


def _run(contract: Contract, **given: Any) -> dict[str, Any]:
    return {
        "contract": contract.model.id,
        "contract_sha256": contract.sha256,
        "specification": specification(contract),
        "effekt": effekt.__version__,
        **given,
    }


def _digests(
    contract: Contract, results: Mapping[str, AnyResult | Pending], data: Mapping[str, DataDigest]
) -> dict[str, dict[str, str]]:
    minimum = minimum_of(contract)
    return {
        "data": {id: digest.logical for id, digest in data.items()},
        "results": {id: digest_of(public_form(result, minimum)) for id, result in results.items()},
    }


def _lock_digest(plan: Plan) -> str | None:
    """Digest of what the lock states, whoever has signed it."""
    return None if plan.lock is None else sha256_bytes(read_envelope(plan.lock.encode()).payload)


def _check_begun(contract: Contract, before: RunLog) -> None:
    """Refuse a log that the contract requires and that does not begin with a lock."""
    if contract.model.log is not None and (not before.runs or before.runs[0].verb != "lock"):
        raise CertificateError(
            "The contract requires a run log that begins with the lock of the plan, and this one does not; begin it "
            "with `effekt lock`, or give the log that was begun so."
        )


# --- verification ---------------------------------------------------------------------------------------------

_GROWING = ("runs", "specifications", "data", "dry_runs")  # counts to which a line adds one or nothing


def log_findings(found: Certificate, log: LogPath | None, earlier: Sequence[Certificate]) -> Iterator[Finding]:
    """What the certificate says of its run log, against the log itself."""
    stated = found.runs
    raw = b"" if log is None else read_file(log, MAX_LOG)
    if stated is None:
        if found.contract.model.log is not None:
            yield same_or_different(
                "log",
                False,
                "The contract requires a run log, and the certificate names none.",
                "Avtalet kräver en körningslogg, och intyget anger ingen.",
            )
        elif log is not None:
            yield cannot_tell(
                "no_log",
                "The certificate names no run log, so the one given says nothing of it.",
                "Intyget anger ingen körningslogg, så den som angavs säger inget om det.",
            )
        return
    told = stated.text
    if log is None:
        yield cannot_tell(
            "log",
            f"{told.en} The log was not given (--log), so that this was not checked.",
            f"{told.sv} Loggen angavs inte (--log), så detta har inte prövats.",
        )
        return
    try:
        read = parse_log(raw)
    except BrokenLogError as error:
        yield same_or_different("log", False, str(error), error.sv)
        return
    yield _chain_finding(stated, read, found)
    yield from _lock_findings(found, read, whole=_reaches(read, stated))
    if stated.head in read.digests:
        yield same_or_different(
            "log_line",
            own := _is_line_of(read.runs[read.digests.index(stated.head)], found),
            f"Line {stated.number} of the log says {'what the certificate says' if own else 'something else'}: "
            "contract, data, results, lock, date and what is due.",
            f"Rad {stated.number} i loggen säger {'det som intyget säger' if own else 'något annat'}: avtal, data, "
            "resultat, låsning, datum och vad som ska betalas.",
        )
    if stated.head in read.digests or not _reaches(read, stated):
        yield from _other_findings(found, stated, read, earlier)


def _reaches(read: RunLog, stated: Runs) -> bool:
    """Whether a log has as many lines as a certificate says that its own had, or cannot grow into that."""
    if len(read.runs) >= stated.number:
        return True
    if not read.runs:
        return False
    so_far, more = read.counted(len(read.runs)), stated.number - len(read.runs)
    pairs = [(getattr(so_far, key), getattr(stated, key)) for key in _GROWING]
    return any(there > then or then > there + more for there, then in pairs)


def _other_findings(found: Certificate, stated: Runs, read: RunLog, others: Sequence[Certificate]) -> Iterator[Finding]:
    """Whether lines of other certificates are in the log, too; what a certificate follows has one before its own."""
    followed, whole = chain(found, others), _reaches(read, stated)
    for one in others:
        if one.runs is None:
            continue
        line, there = one.runs.number, one.runs.head in read.digests
        if one.sha256 in followed and line >= stated.number:
            yield _in_log(one, line, False)
        elif _reaches(read, one.runs):
            same = there and read.counted(read.digests.index(one.runs.head) + 1) == one.runs
            yield _in_log(one, line, same)
        else:
            odd = whole and one.date < found.date
            en, sv = (", though it is dated before this one: ask why", ", fast det är daterat före detta: fråga varför")
            yield cannot_tell(
                "log_earlier",
                f"Line {line}, of the certificate of {one.date}, comes after the last line of the log given, "
                f"{len(read.runs)}{en if odd else ''}.",
                f"Rad {line}, för intyget från {one.date}, kommer efter den sista raden i loggen som angavs, "
                f"{len(read.runs)}{sv if odd else ''}.",
            )


def _in_log(one: Certificate, line: int, same: bool) -> Finding:
    return same_or_different(
        "log_earlier",
        same,
        f"Line {line}, of the certificate of {one.date}, is {'also' if same else 'not'} in the log.",
        f"Rad {line}, för intyget från {one.date}, finns {'också' if same else 'inte'} i loggen.",
    )


def _lock_findings(found: Certificate, read: RunLog, *, whole: bool) -> Iterator[Finding]:
    """The log that a contract requires begins with a lock, and the certificate's lock stands in it, on its day.

    It may come after the end of a copy that is not whole.
    """
    lock, required = _lock_digest(found.plan), found.contract.model.log is not None
    if not required:
        return
    locks = [run for run in read.runs if run.verb == "lock" and not run.data and not run.results]
    stands = lock is None or any((run.lock, run.date) == (lock, found.plan.date) for run in locks)
    begun = bool(read.runs) and read.runs[0] in locks
    if not read.runs:
        yield cannot_tell(
            "log_lock",
            "The log given has no lines, so whether the lock stands in it cannot be told: ask for the log as it is "
            "now.",
            "Loggen som angavs har inga rader, så om låsningen står i den kan inte avgöras: begär loggen så som den är "
            "nu.",
        )
        return
    if begun and not stands and not whole:
        yield cannot_tell(
            "log_lock",
            "The log begins with a lock; the certificate's own is not among the lines of the copy given.",
            "Loggen börjar med en låsning; intygets egen finns inte bland raderna i den kopia som angavs.",
        )
        return
    yield same_or_different(
        "log_lock",
        begun and stands,
        "The log begins with a lock, and the certificate's lock stands in it."
        if begun and stands
        else f"The log {'lacks the lock that the certificate has' if begun else 'does not begin with a lock'}.",
        "Loggen börjar med en låsning, och intygets låsning står i den."
        if begun and stands
        else f"Loggen {'saknar den låsning som intyget har' if begun else 'börjar inte med en låsning'}.",
    )


def _chain_finding(stated: Runs, read: RunLog, found: Certificate) -> Finding:
    """The head is in the log, at its line, with the counts that are stated."""
    place = read.digests.index(stated.head) + 1 if stated.head in read.digests else None
    if place is None and not _reaches(read, stated):
        return _ends_before(stated, read, found)
    if place is None:
        return same_or_different(
            "log",
            False,
            "The certificate's line is not in the log: another log, or one begun anew.",
            "Intygets rad finns inte i loggen: det är en annan logg, eller en som har börjat om.",
        )
    told, again = stated.text, read.counted(place)
    if again != stated:
        counted = again.text
        return same_or_different(
            "log",
            False,
            f"Stated: {told.en} In the log: {counted.en}",
            f"Angivet: {told.sv} I loggen: {counted.sv}",
        )
    later = len(read.runs) - place
    return same_or_different(
        "log",
        True,
        f"{told.en} The log's chain holds; lines after this one: {later}.",
        f"{told.sv} Loggens kedja håller; rader efter denna: {later}.",
    )


def _ends_before(stated: Runs, read: RunLog, found: Certificate) -> Finding:
    """That a copy of the log ends before the certificate's line, also where the same was settled in it already."""
    same = next((run.number for run in read.runs if _is_line_of(run, found)), None)
    so_far, en, sv = len(read.runs), "an older copy, or another log", "en äldre kopia, eller en annan logg"
    if same is not None:
        en = f"line {same} has the same settlement, so either it was settled again since, or lines were taken out"
        sv = f"rad {same} har samma avräkning, så antingen har den gjorts om sedan dess, eller så är rader borttagna"
    return cannot_tell(
        "log",
        f"The log given ends at line {so_far}, and the certificate's is line {stated.number}: {en}, which cannot be "
        "told. Ask for the log with that line.",
        f"Loggen som angavs slutar på rad {so_far}, och intygets är rad {stated.number}: {sv}, vilket inte kan "
        "sägas. Begär loggen med den raden.",
    )


def _is_line_of(run: Run, found: Certificate) -> bool:
    """Whether a line is that of a certificate's settlement."""
    stated = Run(
        verb="settle",
        contract=found.contract.model.id,
        contract_sha256=found.contract.sha256,
        specification=specification(found.contract),
        effekt=found.software.get("effekt", ""),
        date=found.date,
        kind=found.kind,
        lock=_lock_digest(found.plan),
        data={id: digest.logical for id, digest in found.data.items()},
        results={id: digest_of(plain) for id, plain in found.predicate["results"].items()},
        settlement=digest_of(found.predicate["settlement"]),
        declared=speaking_against(found.declarations),
        number=run.number,
        previous=run.previous,
    )
    return run == stated
