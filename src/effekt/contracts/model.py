"""The contract file ``effekt/contract/1`` and the attestation file ``effekt/attestation/1``.

Everything a careful reader of the file would find wrong is found when it is read: names that nothing defines,
figures computed from themselves, shares that do not sum to one, a threshold no set of keys can reach, a data file
outside the contract's folder. A contract that has been read can be settled.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import ConfigDict, Field, model_validator

from effekt._validation import did_you_mean, join_words
from effekt.contracts.amendments import Amendment, check_amendment
from effekt.contracts.conduct import (
    Assurance,
    Disputes,
    Independence,
    InterimLook,
    Revisions,
    Termination,
    check_decider,
    check_due,
    check_endings,
    check_independence,
    check_looks,
)
from effekt.contracts.fallback import check_fallbacks, check_triggers
from effekt.contracts.figures import AttestedFigure, Figure, FigureTerm, attested_figure, in_order
from effekt.contracts.intended import (
    Alternative,
    EstimandTerms,
    Measure,
    check_alternatives,
    check_estimands,
    check_measures,
)
from effekt.contracts.ledgers import Ledger, check_ledgers
from effekt.contracts.paying import paying
from effekt.contracts.payment import Payment
from effekt.contracts.reconciled import Reconciliation, check_reconciliations
from effekt.contracts.required_checks import OnFail
from effekt.contracts.schema import (
    AnalysisId,
    Bilingual,
    Character,
    ContractId,
    DataId,
    DateText,
    DecimalText,
    Encoding,
    FigureId,
    Id,
    Items,
    OneLine,
    PartyId,
    PublicKey,
    References,
    RelativePath,
    Sha256,
    Term,
    Words,
    fault,
    json_schema,
    validate,
)
from effekt.contracts.secrecy import Disclosure, check_sums
from effekt.contracts.strict_yaml import MAX_BYTES, Document, parse, shown
from effekt.contracts.thin_data import MinimumTerm
from effekt.exceptions import ContractError

CONTRACT = "effekt/contract/1"
ATTESTATION = "effekt/attestation/1"

Role: TypeAlias = Literal["payer", "provider", "investor", "intermediary", "evaluator", "verifier", "guarantor"]
Attribution: TypeAlias = Literal["none", "assumed_baseline", "comparison", "matched", "quasi_experiment", "randomised"]


# --------------------------------------------------------------------------------- who, when and from what


class GoverningText(Term):
    """The signed legal text, which prevails over this file."""

    file: RelativePath
    sha256: Sha256


class KeyPeriod(Term):
    """The days between which a key may be used, both included."""

    key: PublicKey
    from_: DateText | None = Field(default=None, alias="from")
    to: DateText | None = None

    @model_validator(mode="after")
    def _check(self) -> KeyPeriod:
        if self.from_ is None and self.to is None:
            raise fault("must have one of the keys from or to, or both; it has none of them.")
        if self.from_ is not None and self.to is not None and self.to < self.from_:
            raise fault(f"must not be before from, {self.from_}; got {self.to}.", "to")
        return self

    def holds_on(self, date: str) -> bool:
        """Whether the key may be used on a day."""
        return (self.from_ or date) <= date <= (self.to or date)


class Party(Term):
    """Someone the contract names, with the public keys it signs with."""

    role: Role
    name: OneLine
    keys: Items[PublicKey] = ()
    valid: Items[KeyPeriod] = ()

    @model_validator(mode="after")
    def _check(self) -> Party:
        for position, period in enumerate(self.valid):
            if period.key not in self.keys:
                raise fault("is none of the party's keys.", "valid", position, "key")
            if period.key in [one.key for one in self.valid[:position]]:
                raise fault("has its days already; give each key one period.", "valid", position, "key")
        return self

    def keys_on(self, date: str) -> tuple[str, ...]:
        """The keys that may be used on a day."""
        ended = {period.key for period in self.valid if not period.holds_on(date)}
        return tuple(key for key in self.keys if key not in ended)

    @property
    def most_keys(self) -> int:
        """How many of its keys may be used on one and the same day, at most."""
        days = {"9999-12-31", *(day for period in self.valid for day in (period.from_, period.to) if day is not None)}
        return max(len(self.keys_on(day)) for day in days)


class Signing(Term):
    """Who must sign a certificate: at least `threshold` of the keys, or of the parties, with one of the `roles`.

    Counted by parties, one party that holds several keys, as when it changes its key, signs once.
    """

    threshold: Annotated[int, Field(ge=1)]
    roles: Annotated[Items[Role], Field(min_length=1)]
    count: Literal["keys", "parties"] = "keys"


class Dates(Term):
    """When the contract was signed, and from when there may be outcome data; a plan counts as locked before then.

    `run_out` is the days from the end of an evaluation window until its outcomes are all recorded; at `data_lock` the
    data are frozen, by `certificate_due` the certificate is to be there, and `longstop` is the last day to settle.
    On each of the days under `certificates` a certificate is due, if only one that says that there is nothing to pay.
    """

    signed: DateText
    outcome_data_from: DateText
    run_out: Annotated[int, Field(ge=0, le=3650)] | None = None
    data_lock: DateText | None = None
    certificate_due: DateText | None = None
    longstop: DateText | None = None
    certificates: Items[DateText] = ()

    @model_validator(mode="after")
    def _check(self) -> Dates:
        order = ("signed", "outcome_data_from", "data_lock", "certificate_due", "longstop")
        given = [(key, day) for key in order if (day := getattr(self, key)) is not None]
        for (earlier, first), (later, second) in itertools.pairwise(given):
            if second < first:
                raise fault(f"must not be before {earlier}, {first}; got {second}.", later)
        for position, (before, day) in enumerate(itertools.pairwise((self.signed, *self.certificates))):
            if day < before or (position and day == before):
                raise fault(f"must come after {before}; got {day}. List the days in order.", "certificates", position)
        return self


class DataSource(Term):
    """A table in the contract's own folder, with how to read it."""

    path: RelativePath
    delimiter: Character = ","
    decimal: Literal[".", ","] = "."
    encoding: Encoding = "utf-8"
    sheet: Words | None = None
    header_row: Annotated[int, Field(ge=1)] = 1
    text: Items[Words] = ()

    @model_validator(mode="after")
    def _check(self) -> DataSource:
        if self.delimiter == self.decimal and not self.path.lower().endswith((".xlsx", ".parquet")):
            raise fault(f'must differ from decimal; both are "{self.decimal}".', "delimiter")
        return self


class Analysis(Term):
    """A call of an estimator by name; its arguments are checked against the estimator's own signature.

    `minimum_n` is what it takes for the analysis to decide anything, `tie_tolerance` how far its estimate may depend on
    the order of equally near controls, in the outcome's unit, and `required_checks` what follows when a check fails.
    """

    model_config = ConfigDict(extra="allow")

    method: Words
    data: DataId
    minimum_n: MinimumTerm | None = None
    tie_tolerance: DecimalText | None = None
    required_checks: Annotated[Mapping[Id, OnFail], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _check(self) -> Analysis:
        if self.tie_tolerance is not None and Fraction(self.tie_tolerance) < 0:
            raise fault(f"must be 0 or more; got {self.tie_tolerance}.", "tie_tolerance")
        return self

    @property
    def arguments(self) -> dict[str, Any]:
        """The estimator's own arguments: all keys but those of the contract itself."""
        return dict(self.model_extra or {})


# ------------------------------------------------------------------------------------------- the contract


class ContractTerms(Term):
    """Everything in a contract file."""

    schema_: Literal["effekt/contract/1"] = Field(alias="schema")
    id: ContractId
    title: Bilingual
    governing_text: GoverningText | None = None
    parties: Annotated[Mapping[Id, Party], Field(min_length=1)]
    signing: Signing
    dates: Dates
    attribution: Attribution
    disclosure: Disclosure | None = None
    log: RelativePath | None = None
    data: Mapping[Id, DataSource] = Field(default_factory=dict)
    analysis: Mapping[Id, Analysis] = Field(default_factory=dict)
    figures: Mapping[Id, FigureTerm]
    payment: Payment
    measures: Mapping[FigureId, Measure] | None = None
    estimands: Mapping[Id, EstimandTerms] | None = None
    sensitivity: Mapping[Id, Alternative] | None = None
    assurance: Assurance | None = None
    independence: Mapping[PartyId, Independence] | None = None
    interim: Items[InterimLook] | None = None
    termination: Mapping[Id, Termination] | None = None
    disputes: Disputes | None = None
    amendment: Amendment | None = None
    reconciliations: Mapping[Id, Reconciliation] | None = None
    ledgers: Mapping[AnalysisId, Ledger] | None = None
    revisions: Revisions | None = None

    @model_validator(mode="after")
    def _check(self) -> ContractTerms:
        self._check_keys()
        self._check_paths()
        in_order(self.figures)
        self._check_intentions()
        return self

    def _check_intentions(self) -> None:
        """What the parties meant fits the figures and what money depends on; who is independent has no stake."""
        reads = paying(self.payment, self.figures)
        alternatives = self.sensitivity or {}
        check_measures(self.measures or {}, self.figures, reads)
        check_estimands(self.estimands or {}, self.figures, alternatives)
        check_alternatives(alternatives, self.figures, reads)
        check_independence(self.independence or {}, self.payment)
        check_sums((self.disclosure.sums if self.disclosure else None) or {}, self.figures)
        check_looks(self.interim or (), self.dates.signed)
        check_due(self.payment, self.dates.signed)
        check_endings(self.termination or {}, self.payment)
        check_decider(self.disputes, self.payment)
        check_amendment(self)
        check_triggers(self.figures, self.measures or {})
        check_fallbacks(self.figures, self.analysis)
        check_reconciliations(self.reconciliations or {}, self.figures)
        check_ledgers(self.ledgers or {})

    def _check_keys(self) -> None:
        """Each name and key belongs to one party once, and enough keys may sign."""
        names: dict[str, str] = {}
        for id, party in self.parties.items():
            name = " ".join(party.name.split()).casefold()
            if name in names:
                raise fault(f"is the name of {names[name]} already; tell them apart.", "parties", id, "name")
            names[name] = id
        owners: dict[str, str] = {}
        for id, party in self.parties.items():
            for position, key in enumerate(party.keys):
                if key in owners:
                    raise fault(
                        f"is a key of {owners[key]} already; give each its own.", "parties", id, "keys", position
                    )
                owners[key] = id
        roles = {party.role for party in self.parties.values()}
        for position, role in enumerate(self.signing.roles):
            if role not in roles:
                raise fault(f"is the role of no party; got {role}.", "signing", "roles", position)
            if role in self.signing.roles[:position]:
                raise fault(f"stands twice; got {role}.", "signing", "roles", position)
        able = max(map(self._able_on, self._days()))
        what = "parties with a key" if self.signing.count == "parties" else "keys"
        if able < self.signing.threshold:
            raise fault(
                f"must be at most the number of {what} of these roles, {able}; got {self.signing.threshold}.",
                "signing",
                "threshold",
            )

    def _days(self) -> set[str]:
        """Days from the signing on, among which is one on which as many may sign as ever may."""
        bounds = (day for party in self.parties.values() for one in party.valid for day in (one.from_, one.to))
        return {self.dates.signed, *(day for day in bounds if day is not None and day >= self.dates.signed)}

    def _able_on(self, day: str) -> int:
        """How many signatures count on a day, at most."""
        held = [len(party.keys_on(day)) for party in self.parties.values() if party.role in self.signing.roles]
        return sum(map(bool, held)) if self.signing.count == "parties" else sum(held)

    def _check_paths(self) -> None:
        """No two data sources are the same file, and the run log is none of them."""
        seen: dict[str, str] = {}
        for id, source in self.data.items():
            path = source.path.casefold()
            if path in seen:
                raise fault(f"is the file of data.{seen[path]} already; name each file once.", "data", id, "path")
            seen[path] = id
        if self.log is not None and self.log.casefold() in seen:
            raise fault(f"is the file of data.{seen[self.log.casefold()]} already; name another file.", "log")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """A contract that has been read.

    Attributes
    ----------
    raw : bytes
        The file as it was read.
    sha256 : str
        Digest of `raw`, in hexadecimal.
    folder : Path or None
        Where its data files are; None when it was read from bytes alone.
    model : ContractTerms
        Its terms.
    """

    raw: bytes = field(repr=False)
    sha256: str
    folder: Path | None
    model: ContractTerms = field(repr=False, compare=False)

    def line(self, *place: str | int) -> int:
        """The line of a place in the file, or of the nearest one around it.

        Parameters
        ----------
        *place : str or int
            Keys and list positions that lead to it.

        Returns
        -------
        int
        """
        return parse(self.raw).line(place)

    def data_path(self, data: str) -> Path:
        """Find a data file and make sure it lies in the contract's own folder.

        Parameters
        ----------
        data : str
            A name under ``data``.

        Returns
        -------
        Path
            The file itself, with every symbolic link followed.

        Raises
        ------
        ContractError
            If the contract has no folder, nothing is named so, the file is missing, or a link leads out of the
            folder.
        """
        if data not in self.model.data:
            raise ContractError(f"data.{data} is not defined in the contract; use one of its names under data.")
        if self.folder is None:
            raise ContractError(f"data.{data} cannot be found, since the contract was read without its folder.")
        written = self.model.data[data].path
        try:
            found = (self.folder / written).resolve(strict=True)
            inside = found.is_relative_to(self.folder.resolve(strict=True))
        except (OSError, RuntimeError):
            raise ContractError(
                f"data.{data}.path names no readable file; got {written!r}. Put the file in the contract's folder, or "
                f"give another one in its place: --data {data}=FILE."
            ) from None
        if not inside:
            raise ContractError(f"data.{data}.path leads out of the contract's folder; got {written!r}.")
        if not found.is_file():
            raise ContractError(f"data.{data}.path is not a file; got {written!r}.")
        return found


def parse_contract(raw: bytes, folder: Path | None = None) -> Contract:
    """Read a contract from the bytes of its file.

    Parameters
    ----------
    raw : bytes
        The file, strict YAML under the schema ``effekt/contract/1``.
    folder : Path, optional
        The folder its data files are in.

    Returns
    -------
    Contract
        The contract, ready to be settled.

    Raises
    ------
    ContractError
        If anything in it is wrong; one sentence with line, place and remedy.

    Examples
    --------
    >>> parse_contract(b"schema: effekt/contract/2")
    Traceback (most recent call last):
        ...
    effekt.exceptions.ContractError: line 1: schema must be effekt/contract/1; got "effekt/contract/2".
    """
    document = read_document(raw, CONTRACT)
    model = validate(ContractTerms, document, References.of(document.value))
    return Contract(raw=raw, sha256=hashlib.sha256(raw).hexdigest(), folder=folder, model=model)


def read_contract(path: str | Path) -> Contract:
    """Read a contract file.

    Parameters
    ----------
    path : str or Path
        The file; its data files are in the same folder. Of a symbolic link it is the folder of the file it leads to.

    Returns
    -------
    Contract
        The contract, ready to be settled.

    Raises
    ------
    ContractError
        If the file cannot be read or anything in it is wrong; the sentence starts with the file's name.
    """
    file = Path(path)
    raw = read_bytes(file)
    try:
        return parse_contract(raw, file.resolve().parent if file.is_symlink() else file.parent)
    except ContractError as error:
        raise ContractError(f"{file.name}: {error}") from None


def contract_json_schema() -> dict[str, Any]:
    """Publish the form of a contract file.

    Returns
    -------
    dict
        JSON Schema, draft 2020-12, for editors. What it cannot say (names that must be defined, shares that sum
        to one, ascending steps, real dates) is checked when a contract is read.

    Examples
    --------
    >>> contract_json_schema()["title"]
    'effekt/contract/1'
    """
    return json_schema(ContractTerms, CONTRACT)


# --------------------------------------------------------------------------------------------- attestations


class Evidence(Term):
    """What an attestation rests on."""

    description: Words
    sha256: Sha256 | None = None


class AttestedValue(Term):
    """One attested fact."""

    value: DecimalText
    by: Id
    date: DateText
    evidence: Evidence


class AttestationTerms(Term):
    """Everything in an attestation file."""

    schema_: Literal["effekt/attestation/1"] = Field(alias="schema")
    contract: ContractId
    figures: Annotated[Mapping[Id, AttestedValue], Field(min_length=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attestation:
    """An attestation that has been read.

    Attributes
    ----------
    raw : bytes
        The file as it was read.
    sha256 : str
        Digest of `raw`, in hexadecimal.
    model : AttestationTerms
        What it attests.
    document : Document
        The lines of its values.
    """

    raw: bytes = field(repr=False)
    sha256: str
    model: AttestationTerms = field(repr=False, compare=False)
    document: Document = field(repr=False, compare=False)


def parse_attestation(raw: bytes) -> Attestation:
    """Read an attestation from the bytes of its file.

    Parameters
    ----------
    raw : bytes
        The file, strict YAML under the schema ``effekt/attestation/1``.

    Returns
    -------
    Attestation
        What it says; whether it fits a contract is checked by `attested_figures`.

    Raises
    ------
    ContractError
        If anything in it is wrong; one sentence with line, place and remedy.
    """
    document = read_document(raw, ATTESTATION)
    model = validate(AttestationTerms, document, References.of(document.value))
    return Attestation(raw=raw, sha256=hashlib.sha256(raw).hexdigest(), model=model, document=document)


def read_attestation(path: str | Path, contract: Contract) -> Attestation:
    """Read an attestation file and check it against its contract.

    Parameters
    ----------
    path : str or Path
        The file.
    contract : Contract
        The contract whose facts it attests.

    Returns
    -------
    Attestation
        Every value is for an attested figure of the contract, by the party the contract names.

    Raises
    ------
    ContractError
        If the file cannot be read, anything in it is wrong or it does not fit the contract.
    """
    file = Path(path)
    raw = read_bytes(file)
    try:
        attestation = parse_attestation(raw)
        attested_figures(contract, attestation)
    except ContractError as error:
        raise ContractError(f"{file.name}: {error}") from None
    return attestation


def attested_figures(contract: Contract, *attestations: Attestation) -> dict[str, Figure]:
    """Give a contract's attested figures their values.

    Parameters
    ----------
    contract : Contract
        The contract.
    *attestations : Attestation
        Any number of attestations, from one or several parties.

    Returns
    -------
    dict of str to Figure
        Every attested figure of the contract, in its order; one that nobody attests is not yet determinable.

    Raises
    ------
    ContractError
        If an attestation is for another contract, another kind of figure or by another party, is dated before
        the contract was signed, has a value the figure cannot have, or attests what is attested already.
    """
    terms = {id: term for id, term in contract.model.figures.items() if isinstance(term, AttestedFigure)}
    values: dict[str, str] = {}
    for attestation in attestations:
        where = attestation.document.where
        if attestation.model.contract != contract.model.id:
            raise ContractError(
                f"{where(('contract',))} must be {contract.model.id}; got {attestation.model.contract}."
            )
        for id, attested in attestation.model.figures.items():
            _check_attested(attestation, contract, id)
            if id in values:
                raise ContractError(f"{where(('figures', id))} is attested twice; keep one.")
            values[id] = attested.value
    return {id: attested_figure(id, term, values.get(id)) for id, term in terms.items()}


def _check_attested(attestation: Attestation, contract: Contract, id: str) -> None:
    """The contract asks this party for this figure, after it was signed, and the value is one it can have."""
    where, attested = attestation.document.where, attestation.model.figures[id]
    term = contract.model.figures.get(id)
    if not isinstance(term, AttestedFigure):
        asked = [name for name, other in contract.model.figures.items() if isinstance(other, AttestedFigure)]
        hint = did_you_mean(id, asked) or f" Attested there: {join_words(asked, 'and') or 'nothing'}."
        raise ContractError(f"{where(('figures', id))} is not an attested figure of the contract.{hint}")
    if attested.by != term.attested:
        raise ContractError(f"{where(('figures', id, 'by'))} must be {term.attested}; got {attested.by}.")
    signed = contract.model.dates.signed
    if attested.date < signed:
        raise ContractError(
            f"{where(('figures', id, 'date'))} must not be before the contract was signed, {signed}; "
            f"got {attested.date}."
        )
    problem = term.problem(attested.value)
    if problem:
        raise ContractError(f"{where(('figures', id, 'value'))} {problem}")


# -------------------------------------------------------------------------------------------------- files


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
    except (OSError, ValueError):
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
