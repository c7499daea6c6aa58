"""From contract and data to a certificate: check, lock, estimate, settle."""

from __future__ import annotations

import functools
import importlib.metadata
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import effekt
from effekt._text import Text
from effekt._types import Table as AnyTable
from effekt._validation import join_words
from effekt.certificates.certificate import Certificate, compose, minimum_of
from effekt.certificates.digests import logical_digest, sha256_file
from effekt.certificates.envelope import Envelope, check_signatures, read_envelope, sign
from effekt.certificates.predicate import DataDigest, Pending, Plan, Supersedes, check_date
from effekt.certificates.published import published
from effekt.certificates.signing import PrivateKey, key_id, public_key, read_public_key
from effekt.certificates.statement import LOCK_TYPE, Subject, lock_statement, read_statement
from effekt.contracts import (
    Attestation,
    Contract,
    Declarations,
    Figure,
    attested_figures,
    check_declarations,
    complete_figures,
    events_of,
    maximum,
    maximum_total,
    minimum_total,
    settle_figures,
    speaking_against,
)
from effekt.contracts.estimated import (
    AnyResult,
    estimate_figure,
    fragile_figure,
    measure_figure,
    pending_figure,
    rerun_values,
    with_answer,
    withheld,
    withheld_figure,
)
from effekt.contracts.figures import DerivedFigure, EstimateFigure, MeasureFigure, derived_figure, in_order
from effekt.contracts.reconciled import without_unreconciled
from effekt.exceptions import ArgumentError, CertificateError, ContractError
from effekt.reports.terms import cautions, figure_terms
from effekt.tables import Table
from effekt.workflow.analysis import check_analyses, check_contract, data_file, run_analyses
from effekt.workflow.announced import check_attested_anew, check_new_rows, settled_day
from effekt.workflow.before_data import check_sources
from effekt.workflow.concluded import check_conclusions
from effekt.workflow.dates import check_dates, check_declared_days, check_rows
from effekt.workflow.declared_before import refuse_left_out
from effekt.workflow.floors import check_floors, floor_cautions
from effekt.workflow.governing import check_governing
from effekt.workflow.happened import check_disputes
from effekt.workflow.kinds import check_nil_amounts, check_nil_day
from effekt.workflow.known_checks import check_required
from effekt.workflow.logged import LogPath, log_estimate, log_lock, log_settlement, open_log
from effekt.workflow.paid_before import refuse_paid_again, refuse_wrongly_deducted
from effekt.workflow.plan_days import check_days, day_cautions
from effekt.workflow.revised import check_revisions
from effekt.workflow.short_bounds import never_found, short_bounds
from effekt.workflow.undecided import Undecided, undecided

LIBRARIES = ("numpy", "scipy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What a contract says before there are data.

    Attributes
    ----------
    contract : Contract
    maximum : dict of line to amount or None
        The most each line can pay; None when nothing bounds it.
    maximum_total : str or None
        The most the contract can pay in one settlement: what a prudent payer books where there is but one.
    figures : dict of figure to Text
        What each figure is, from the file and not from its label.
    cautions : tuple of Text
        What to look at before signing.
    minimum_total : str or None
        The least the contract can pay; None when nothing bounds it.
    undecided : tuple of Undecided
        Choices that money may turn on and that the file does not state.
    governing_text : Text or None
        Whether the legal text is the one whose digest the file states; None where it names none.
    """

    contract: Contract
    maximum: dict[str, str | None]
    maximum_total: str | None
    figures: dict[str, Text]
    cautions: tuple[Text, ...]
    minimum_total: str | None
    undecided: tuple[Undecided, ...]
    governing_text: Text | None = None


def check(contract: Contract, *, governing_text: str | Path | None = None) -> Check:
    """Check a contract before there are data.

    Parameters
    ----------
    contract : Contract
        As `effekt.read_contract` returns it.
    governing_text : str or Path, optional
        The signed legal text; else the file that lies beside the contract under the name the contract gives it.

    Returns
    -------
    Check
        What its figures are, the most it can pay, and what to look at.

    Raises
    ------
    ContractError
        When an analysis cannot be run or leaves a choice open, a data file cannot be read as it is declared, days
        contradict each other, or the legal text is not that of the digest.

    Examples
    --------
    >>> import effekt
    >>> effekt.check(effekt.read_contract(effekt.case("sick-leave") / "contract.yaml")).maximum_total
    '5000000'
    """
    _check_plan(contract)
    party_keys(contract)
    text = check_governing(contract, governing_text)
    return Check(
        contract=contract,
        maximum=maximum(contract),
        maximum_total=maximum_total(contract),
        figures=figure_terms(contract),
        cautions=(
            *cautions(contract),
            *day_cautions(contract),
            *floor_cautions(contract),
            *short_bounds(contract),
            *never_found(contract),
        ),
        minimum_total=minimum_total(contract),
        undecided=undecided(contract),
        governing_text=text,
    )


def lock(
    contract: Contract,
    *,
    key: PrivateKey,
    date: str,
    beside: Envelope | bytes | None = None,
    log: LogPath | None = None,
) -> Envelope:
    """Sign that a contract's plan stands, on a date.

    Parameters
    ----------
    contract : Contract
    key : PrivateKey
        Of a party that the contract names.
    date : str
        YYYY-MM-DD; counts when it is before the contract's `outcome_data_from`.
    beside : Envelope or bytes, optional
        A lock of the same contract and date that others have signed, which this key signs too: an amended contract
        counts when all who must agree to it have signed one lock.
    log : str or Path, optional
        A run log that the lock is to stand in; else the one that the contract requires, if it does. It begins there.

    Returns
    -------
    Envelope
        The signed lock; `to_bytes()` is its file.

    Raises
    ------
    CertificateError
        When no party of the contract has the key, the date is none, or `beside` is another lock.
    """
    _check_plan(contract)
    check_governing(contract)
    if public_key(key) not in party_keys(contract):
        raise CertificateError(
            f"Key {key_id(public_key(key))[:16]}… is a key of no party of the contract, so its lock would be "
            "refused; lock with a key that the contract names."
        )
    if not _hold_on(contract, date, [public_key(key)]):
        raise CertificateError(
            f"Key {key_id(public_key(key))[:16]}… does not hold on {date} by the contract, so its lock would be "
            "refused; lock with a key that does."
        )
    subject = Subject(name="contract", sha256=contract.sha256)
    statement = lock_statement(contract_id=contract.model.id, contract=subject, date=date, plan=_locked(contract))
    made = Envelope(payload=statement.to_bytes())
    if beside is not None:
        given = read_envelope(beside) if isinstance(beside, bytes) else beside
        if given.payload != made.payload:
            raise CertificateError(
                "`beside` must be a lock of the same contract file on the same date; it is not. Sign the lock that the "
                "others signed, with its date."
            )
        made = given
    envelope = sign(made, key)
    log_lock(contract, envelope, log=log, date=date)
    return envelope


def _check_plan(contract: Contract) -> None:
    """Refuse a contract that can never be settled as it stands, before anyone signs it."""
    check_analyses(contract)
    check_sources(contract)
    check_days(contract)
    check_required(contract)
    check_floors(contract)


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
        An earlier certificate of the contract whose place this one takes; it is named by its digest.
    reason : str, optional
        Why; goes with `supersedes`.
    log : str or Path, optional
        A run log to append a line to, which the certificate names; else the one that the contract requires, if it does.
    declarations : sequence of Declarations
        As `effekt.read_declarations` returns them: deviations from the plan, the checklist, limitations, and events,
        of which the contract says what they leave of a payment.

    Returns
    -------
    Certificate
        Sign it with `.sign(key)`; `.settlement` says what is due.

    Raises
    ------
    ContractError, DataError, ArgumentError, CertificateError
        In one sentence; also where a certificate in the contract's folder declares a deviation, failed check or event
        that this settlement leaves out without superseding it, and where a signed final one there pays a line that this
        one pays too.

    Examples
    --------
    >>> import effekt
    >>> contract = effekt.read_contract(effekt.case("sick-leave") / "contract.yaml")
    >>> effekt.settle(contract, date="2022-03-15").settlement.state
    'payable'
    """
    check_contract(contract)
    party_keys(contract)
    check_governing(contract)
    plan = plan_of(contract, locked)
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
    replaced = _superseded(contract, date, supersedes, reason, declarations)
    settles = settled_day(contract, date=date, kind=kind, supersedes=supersedes)
    check_attested_anew(contract, settles, attestations)
    path = open_log(contract, log)
    check_nil_day(contract, date=date, kind=kind)
    check_declared_days(date, declarations)
    check_disputes(contract, declarations, replaced, supersedes)
    refuse_left_out(contract, declarations, replaced)
    results, tables = run_analyses(contract, data)
    check_rows(contract, date, tables)
    check_new_rows(contract, settles, tables)
    figures = take_figures(contract, results, attestations, date=date)
    shown, digests = to_publish(contract, results, figures), digested(contract, tables, data)
    check_revisions(contract, declarations, digests, supersedes)
    tables_used = {id: (one.sha256, one.logical) for id, one in digests.items()}
    events = events_of(contract, declarations, tables_used, superseding=replaced is not None)
    settlement = settle_figures(contract, figures, events)
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
        software=_software(),
        supersedes=replaced,
        declarations=declarations,
        settles=settles,
    )
    if any(one.model.conclusion is not None for one in declarations):
        check_conclusions(composed())
    if supersedes is not None and supersedes.paid_to_date:
        refuse_wrongly_deducted(composed(), supersedes)
    runs = None
    if path is not None:
        runs = log_settlement(
            contract, shown, digests, settlement, path=path, date=date, kind=kind, plan=plan, declarations=declarations
        )
    certificate = composed(runs=runs)
    if contract.folder is not None:  # after the log has its line: the outcome has been looked at
        refuse_paid_again(certificate, Path(contract.folder))
    return certificate


def _superseded(
    contract: Contract,
    date: str,
    earlier: Certificate | None,
    reason: str | None,
    declarations: Sequence[Declarations],
) -> Supersedes | None:
    """The earlier certificate, which must be of the same contract and not later, with a reason."""
    if earlier is None and reason is None:
        return None
    if earlier is None or reason is None or not reason.strip():
        raise ArgumentError("`supersedes` and `reason` go together; give the earlier certificate and why.")
    if earlier.contract.model.id != contract.model.id:
        raise ArgumentError(
            f"`supersedes` must be a certificate of {contract.model.id}; got one of {earlier.contract.model.id}."
        )
    if earlier.date > date:
        raise ArgumentError(f"`supersedes` must not be later than `date`, {date}; got {earlier.date}.")
    return Supersedes(
        sha256=earlier.sha256,
        date=earlier.date,
        reason=" ".join(reason.split()),
        left_out=tuple(sorted(earlier.speaks_against.difference(speaking_against(declarations)))),
    )


def take_figures(
    contract: Contract,
    results: Mapping[str, AnyResult | Pending],
    attestations: Sequence[Attestation],
    *,
    date: str | None = None,
) -> dict[str, Figure]:
    """Every figure of a contract, from its results and attestations.

    A numerically fragile one is referred, and so is one that rests on data whose totals part from an independent
    source. One whose outcomes are not all recorded on `date` waits, and one with data too thin has no value.
    """
    figures = without_unreconciled(contract.model, _steady_figures(contract, results, attestations, date))
    return _derived_again(contract, figures) if contract.model.reconciliations else figures


def _steady_figures(
    contract: Contract,
    results: Mapping[str, AnyResult | Pending],
    attestations: Sequence[Attestation],
    date: str | None,
) -> dict[str, Figure]:
    figures = _all_figures(contract, results, attestations, date)
    for id, term in contract.model.figures.items():
        result = results.get(term.estimate) if isinstance(term, EstimateFigure) else None
        if result is None or isinstance(result, Pending) or not isinstance(term, EstimateFigure):
            continue
        if figures[id].value is None:
            continue
        for other in rerun_values(id, term, result, figures):
            if _amounts(contract, figures) != _amounts(contract, figures | {id: other}):
                return _derived_again(contract, figures | {id: fragile_figure(figures[id])})
    return figures


def to_publish(
    contract: Contract, results: Mapping[str, AnyResult | Pending], figures: Mapping[str, Figure]
) -> dict[str, AnyResult | Pending]:
    """The results in their public form, each with whatever the contract's figures ask of it."""
    minimum = minimum_of(contract)
    public = {
        id: result if isinstance(result, Pending) else published(result, minimum) for id, result in results.items()
    }
    for id, term in contract.model.figures.items():
        if isinstance(term, EstimateFigure):
            result, shown = results[term.estimate], public[term.estimate]
            if not isinstance(result, Pending) and not isinstance(shown, Pending):
                public[term.estimate] = with_answer(id, term, result, shown, figures)
    return public


def _amounts(contract: Contract, figures: Mapping[str, Figure]) -> list[str | None]:
    """What each line pays, derived figures computed anew."""
    return [line.amount for line in settle_figures(contract, _without_derived(contract, figures)).lines]


def _without_derived(contract: Contract, figures: Mapping[str, Figure]) -> dict[str, Figure]:
    terms = contract.model.figures
    return {id: figure for id, figure in figures.items() if not isinstance(terms[id], DerivedFigure)}


def _derived_again(contract: Contract, figures: Mapping[str, Figure]) -> dict[str, Figure]:
    return complete_figures(contract, _without_derived(contract, figures))


def _all_figures(
    contract: Contract,
    results: Mapping[str, AnyResult | Pending],
    attestations: Sequence[Attestation],
    date: str | None,
) -> dict[str, Figure]:
    figures = attested_figures(contract, *attestations)
    terms = contract.model.figures
    for id in in_order(terms):
        term = terms[id]
        if isinstance(term, DerivedFigure):
            figures[id] = derived_figure(id, term, figures)
        elif isinstance(term, (EstimateFigure, MeasureFigure)):
            name = term.estimate if isinstance(term, EstimateFigure) else term.measure
            result = results[name]
            if isinstance(result, Pending):
                figures[id] = pending_figure(id, term, result.reason)
            elif why := withheld(id, term, contract.model, result, figures, date=date):
                figures[id] = withheld_figure(id, term, why)
            elif isinstance(term, MeasureFigure):
                figures[id] = measure_figure(id, term, result)
            else:
                figures[id] = estimate_figure(id, term, result, figures)
    return figures


def plan_of(contract: Contract, locked: Envelope | bytes | None) -> Plan:
    """When the plan was locked, from a lock that a party of the contract signed.

    Raises
    ------
    CertificateError
        When the lock is for another contract file or no party's key signed it.
    """
    if locked is None:
        _check_agreed(contract, ())
        return Plan()
    envelope = read_envelope(locked) if isinstance(locked, bytes) else locked
    statement = read_statement(envelope.payload)
    if statement.predicate_type != LOCK_TYPE:
        raise CertificateError("The lock is no lock of a plan; make one with `effekt lock`.")
    if all(subject.sha256 != contract.sha256 for subject in statement.subjects):
        raise CertificateError("The lock is for another contract file than this one; its digest differs.")
    if statement.predicate["plan"] != _locked(contract):
        raise CertificateError("The lock lists other analyses and figures than the contract has; lock the plan again.")
    if not check_signatures(envelope, party_keys(contract)).signers:
        raise CertificateError("The lock is not signed by a key of a party of the contract, or was changed.")
    date = str(statement.predicate["date"])
    signers = check_signatures(envelope, _hold_on(contract, date, party_keys(contract))).signers
    if not signers:
        raise CertificateError(
            f"The lock is dated {date}, and no key that signed it holds on that day by the contract; lock with a key "
            "that does."
        )
    _check_agreed(contract, signers)
    return Plan(
        date=date,
        locked_before_data=date < contract.model.dates.outcome_data_from,
        lock=envelope.to_bytes().decode(),
    )


def _check_agreed(contract: Contract, signers: Sequence[str]) -> None:
    """An amended contract counts when every party that must agree has signed its lock by a key."""
    amendment = contract.model.amendment
    if amendment is None:
        return
    keys = {id: contract.model.parties[id].keys for id in amendment.agreed_by}
    missing = [id for id, own in keys.items() if not any(key_id(read_public_key(public)) in signers for public in own)]
    if missing:
        raise CertificateError(
            f"Amendment {amendment.number} of the contract counts when {join_words(amendment.agreed_by, 'and')} have "
            f"signed its lock; {join_words(missing, 'and')} {'have' if len(missing) > 1 else 'has'} not. Sign one lock "
            "with `effekt lock`, each beside the other, and give it."
        )


def _locked(contract: Contract) -> dict[str, list[str]]:
    """What a lock lists of a plan, beside the digest of the contract's file."""
    return {"analysis": sorted(contract.model.analysis), "figures": sorted(contract.model.figures)}


def _hold_on(contract: Contract, date: str, keys: Sequence[bytes]) -> list[bytes]:
    """Those of the keys that hold on a day."""
    held = {read_public_key(text) for party in contract.model.parties.values() for text in party.keys_on(date)}
    return [key for key in keys if key in held]


def party_keys(contract: Contract) -> list[bytes]:
    """Every public key that a contract names.

    Raises
    ------
    ContractError
        For a key that anyone can sign for.
    """
    keys = []
    for id, party in contract.model.parties.items():
        for position, text in enumerate(party.keys, start=1):
            try:
                keys.append(read_public_key(text))
            except CertificateError as error:
                raise ContractError(f"parties.{id}.keys[{position}] cannot be used: {error}") from None
    return keys


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
    )


def _software() -> dict[str, str]:
    versions = {name: importlib.metadata.version(name) for name in LIBRARIES}
    return {"effekt": effekt.__version__, "python": platform.python_version(), **versions}
