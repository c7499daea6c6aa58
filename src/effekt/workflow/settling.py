"""From contract and data to results, and to a certificate: estimate, settle."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast, get_args

from effekt._types import Table as AnyTable
from effekt._validation import check_members, check_option
from effekt.certificates.certificate import Certificate, compose
from effekt.certificates.digests import logical_digest, sha256_file
from effekt.certificates.envelope import Envelope
from effekt.certificates.key_holders import holders
from effekt.certificates.predicate import DataDigest, Kind, Pending, Supersedes, check_date, check_takes_place
from effekt.certificates.taking import take_figures, to_publish
from effekt.contracts import (
    Attestation,
    Contract,
    Declarations,
    check_declarations,
    events_of,
    settle_figures,
    speaking_against,
)
from effekt.contracts.estimated import AnyResult
from effekt.contracts.model import check_contract
from effekt.exceptions import ArgumentError
from effekt.tables import Table
from effekt.workflow.data.analysis import data_file, run_analyses
from effekt.workflow.data.counted_rows import check_rows
from effekt.workflow.data.not_delivered import absent
from effekt.workflow.earlier.agreed_beside import warn_of_agreed
from effekt.workflow.earlier.amended_files_beside import warn_of_amended
from effekt.workflow.earlier.announced import check_attested_anew, check_new_rows, settled_day
from effekt.workflow.earlier.counted_again import warn_of_outdated
from effekt.workflow.earlier.declared_before import refuse_left_out, told_by
from effekt.workflow.earlier.governing_file import check_governs
from effekt.workflow.earlier.in_folder import warn_of
from effekt.workflow.earlier.interim_alone import warn_of_interim_alone
from effekt.workflow.earlier.limits_again import check_correction, paid_anew
from effekt.workflow.earlier.line_names import paid_unattested
from effekt.workflow.earlier.paid_before import refuse_paid_again
from effekt.workflow.earlier.revised import check_revisions
from effekt.workflow.locking import plan_of
from effekt.workflow.refused import check_settleable
from effekt.workflow.rules.concluded import check_conclusions
from effekt.workflow.rules.dates import check_dates, check_declared_days
from effekt.workflow.rules.governing import check_governing
from effekt.workflow.rules.happened import refuse_disputes
from effekt.workflow.rules.kinds import check_nil_amounts, check_nil_day
from effekt.workflow.rules.logged import LogPath, log_estimate, log_settlement, open_log
from effekt.workflow.software import software_of


def estimate(
    contract: Contract, data: Mapping[str, AnyTable] | None = None, *, log: LogPath | None = None
) -> dict[str, AnyResult | Pending]:
    """Run every analysis of a contract.

    Parameters
    ----------
    contract : Contract
    data : mapping of data id to table or path, optional
        In place of the files in the contract's own folder.
    log : str or Path, optional
        A run log to append a line to; else the one that the contract requires, if it does.

    Returns
    -------
    dict of analysis to result
        `Pending` where a declared window is not complete yet.

    Raises
    ------
    ContractError, DataError, ArgumentError
        In one sentence that names the analysis.

    Examples
    --------
    >>> import effekt
    >>> contract = effekt.read_contract(effekt.case("sick-leave") / "contract.yaml")
    >>> effekt.estimate(contract)["absence"].relative_improvement().estimate > 0
    True
    """
    check_contract(contract)
    path = open_log(contract, log)
    results, tables = run_analyses(contract, data)
    if path is not None:
        log_estimate(contract, results, digested(contract, tables, data), path=path)
    return results


def settle(
    contract: Contract,
    *,
    date: str,
    data: Mapping[str, AnyTable] | None = None,
    attestations: Sequence[Attestation] = (),
    locked: Envelope | bytes | None = None,
    kind: str = "final",
    supersedes: Certificate | None = None,
    reason: str | None = None,
    log: LogPath | None = None,
    declarations: Sequence[Declarations] = (),
    rotations: Sequence[Envelope | bytes] = (),
    undecided_accepted: bool = False,
) -> Certificate:
    """Estimate, take the figures and settle: an unsigned certificate.

    Parameters
    ----------
    contract : Contract
    date : str
        The day the certificate is for, YYYY-MM-DD; not before anything it rests on.
    data : mapping of data id to table or path, optional
        In place of the files in the contract's own folder.
    attestations : sequence of Attestation
        As `effekt.read_attestation` returns them.
    locked : Envelope or bytes, optional
        The lock of the plan; without one the certificate says that the plan was not locked before the data.
    kind : {"final", "interim", "nil"}
        Only a final one pays. An interim one says where the figures stand, and a nil one that on a day that the
        contract announced nothing could be determined or was due.
    supersedes : Certificate, optional
        An earlier certificate of the contract whose place this one takes; it is named by its digest. Only a final one
        takes that of a final one, and an interim one only that of an interim one.
    reason : str, optional
        Why; goes with `supersedes`.
    log : str or Path, optional
        A run log to append a line to, which the certificate names; else the one that the contract requires, if it does.
    declarations : sequence of Declarations
        As `effekt.read_declarations` returns them: deviations from the plan, the checklist, limitations, and events,
        of which the contract says what they leave of a payment. A table that one of them says was not delivered is
        not asked for, and what rests on it is not determined.
    rotations : sequence of Envelope or bytes, optional
        Changes of keys that the parties gave you, as `effekt rotate` writes them, by which certificates in the
        contract's folder may be signed; also those of a file before an amendment.
    undecided_accepted : bool, default False
        Settle without a lock although the file leaves open terms that money turns on; the certificate and its page list
        them. Where it leaves none open nothing is accepted or listed. Beside a lock it has no place: that lists what
        was accepted.

    Returns
    -------
    Certificate
        Sign it with `.sign(key)`; `.settlement` says what is due.

    Raises
    ------
    ContractError, DataError, ArgumentError, CertificateError
        In one sentence; also where the file leaves terms open that nobody has accepted, where a signed certificate in
        the contract's folder declares a deviation, failed check or event that this settlement leaves out without
        superseding it, where a signed final one there pays a line that this one pays too, also one of which nobody can
        tell whether a party signed it, for a change of key that is none or is of another contract, and for a
        table that is there although it is declared not delivered.

    Examples
    --------
    >>> import effekt
    >>> contract = effekt.read_contract(effekt.case("sick-leave") / "contract.yaml")
    >>> effekt.settle(contract, date="2022-03-15").settlement.state
    'payable'
    """
    _check_given(contract, kind, attestations, declarations, rotations)
    holders(contract, rotations)
    check_governing(contract)
    plan = plan_of(contract, locked, undecided_accepted=undecided_accepted)
    check_date(date)
    check_declarations(contract, *declarations)
    check_dates(
        contract,
        date=date,
        kind=kind,
        plan=plan,
        attestations=attestations,
        events=events_of(contract, declarations, {}),
    )
    replaced = _superseded(contract, date, kind, supersedes, reason, declarations)
    settles = settled_day(contract, date=date, kind=kind, supersedes=supersedes)
    check_governs(contract, settles)
    check_attested_anew(contract, settles, attestations)
    path = open_log(contract, log)
    check_nil_day(contract, date=date, kind=kind)
    check_declared_days(date, declarations)
    refuse_disputes(contract, declarations, replaced, supersedes)
    refuse_left_out(contract, declarations, replaced, rotations)
    results, tables = run_analyses(
        contract,
        data,
        lacking=absent(contract, declarations, data, date=date, settles=settles, earlier=supersedes),
    )
    check_rows(contract, date, tables)
    check_new_rows(contract, settles, tables)
    software = software_of(contract)
    figures = take_figures(contract, results, attestations, date=date, software=software)
    shown, digests = to_publish(contract, results, figures), digested(contract, tables, data)
    check_revisions(contract, declarations, digests, supersedes)
    tables_used = {id: (one.sha256, one.logical) for id, one in digests.items()}
    events = events_of(
        contract,
        declarations,
        tables_used,
        superseding=() if replaced is None else replaced.days,
        interim=() if replaced is None else replaced.interim,
        settles=settles,
    )
    settlement = settle_figures(contract, figures, events).checked()
    check_nil_amounts(settlement, kind=kind)
    composed = functools.partial(
        compose,
        contract=contract,
        date=date,
        kind=kind,
        data=digests,
        attestations=attestations,
        results=shown,
        settlement=settlement,
        plan=plan,
        software=software,
        supersedes=replaced,
        declarations=declarations,
        settles=settles,
    )
    if any(one.model.conclusion is not None for one in declarations):
        check_conclusions(composed())
    if supersedes is not None and replaced is not None:
        composed = _correcting(composed, replaced, supersedes, contract, rotations)
    runs = None
    if path is not None:
        runs = log_settlement(
            contract, shown, digests, settlement, path=path, date=date, kind=kind, plan=plan, declarations=declarations
        )
    certificate = composed(runs=runs)
    if contract.folder is not None:  # after the log has its line: the outcome has been looked at
        _beside_those_there(certificate, Path(contract.folder), rotations)
    return certificate


def _beside_those_there(certificate: Certificate, folder: Path, rotations: Sequence[Envelope | bytes]) -> None:
    warn_of(folder, certificate.contract, rotations, certificate.settles)
    refuse_paid_again(certificate, folder, rotations=rotations)
    warn_of_interim_alone(certificate, folder, rotations)
    warn_of_outdated(certificate, folder, rotations)
    warn_of_agreed(certificate, folder)
    warn_of_amended(certificate, folder, rotations)


def _correcting(
    composed: functools.partial[Certificate],
    replaced: Supersedes,
    earlier: Certificate,
    contract: Contract,
    rotations: Sequence[Envelope | bytes],
) -> functools.partial[Certificate]:
    """A correction that says what it pays anew, within what holds of it and of all that it corrects."""
    replaced = dataclasses.replace(replaced, paid=paid_unattested(composed(), earlier) or None)
    anew = paid_anew(composed(supersedes=replaced), earlier, contract.folder)
    found = functools.partial(composed, supersedes=dataclasses.replace(replaced, anew=anew))
    check_correction(found(), earlier, contract.folder, rotations)
    return found


def _superseded(
    contract: Contract,
    date: str,
    kind: str,
    earlier: Certificate | None,
    reason: str | None,
    declarations: Sequence[Declarations],
) -> Supersedes | None:
    """The earlier certificate, which must be of the same contract, weigh no more and be no later, with a reason."""
    if earlier is None and reason is None:
        return None
    if earlier is None or reason is None or not reason.strip():
        raise ArgumentError("`supersedes` and `reason` go together; give the earlier certificate and why.")
    if earlier.contract.model.id != contract.model.id:
        raise ArgumentError(
            f"`supersedes` must be a certificate of {contract.model.id}; got one of {earlier.contract.model.id}. Give "
            "the one of this contract whose place it takes."
        )
    if earlier.date > date:
        raise ArgumentError(
            f"`supersedes` must not be later than `date`, {date}; got {earlier.date}. Settle on that day or later."
        )
    check_takes_place(cast(Kind, kind), earlier.kind)
    return Supersedes(
        sha256=earlier.sha256,
        date=earlier.date,
        reason=" ".join(reason.split()),
        before=earlier.takes_place_of,
        interim=earlier.interim_to_date,
        nil=earlier.nil_to_date,
        left_out=tuple(sorted(told_by(earlier, contract).difference(speaking_against(declarations)))),
    )


def digested(
    contract: Contract, tables: Mapping[str, Table], data: Mapping[str, AnyTable] | None
) -> dict[str, DataDigest]:
    """The digests of the tables that results rest on."""
    return {id: _digest(contract, id, table, data) for id, table in tables.items()}


def _digest(contract: Contract, id: str, table: Table, data: Mapping[str, AnyTable] | None) -> DataDigest:
    logical = logical_digest({name: table.values(name) for name in table.columns})
    path = data_file(contract, id, data)
    return DataDigest(
        sha256=logical if path is None else sha256_file(path),
        logical=logical,
        rows=len(table),
        columns=table.columns,
        hidden_rows=len(table.hidden_rows),
        hidden_columns=table.hidden_columns,
    )


def _check_given(
    contract: Contract, kind: object, attestations: object, declarations: object, rotations: object
) -> None:
    check_contract(contract)
    check_settleable(contract)
    check_option("kind", kind, get_args(Kind))
    check_members("attestations", attestations, Attestation, "effekt.read_attestation")
    check_members("declarations", declarations, Declarations, "effekt.read_declarations")
    check_members("rotations", rotations, (Envelope, bytes), "effekt.workflow.rotate")
