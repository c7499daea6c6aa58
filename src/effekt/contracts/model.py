"""The contract file ``effekt/contract/1``.

Everything a careful reader of the file would find wrong is found when it is read: names that nothing defines,
figures computed from themselves, shares that do not sum to one, a threshold no set of keys can reach, a data file
outside the contract's folder. A contract that has been read can be settled.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import MAXYEAR, MINYEAR
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import ConfigDict, Field, model_validator

from effekt._calendar import PARTS, parse_window
from effekt._validation import check_path
from effekt.contracts.amendments import Amendment, check_amendment
from effekt.contracts.conduct import (
    Assurance,
    Disputes,
    Independence,
    InterimLook,
    Period,
    Revisions,
    Termination,
    check_decider,
    check_due,
    check_endings,
    check_independence,
    check_looks,
)
from effekt.contracts.delivered import Column, check_delivered
from effekt.contracts.earlier_sums import check_earlier_sums
from effekt.contracts.fallback import check_fallbacks, check_triggers
from effekt.contracts.figures import FigureTerm, in_order
from effekt.contracts.intended import (
    Alternative,
    EstimandTerms,
    Measure,
    check_alternatives,
    check_estimands,
    check_measures,
)
from effekt.contracts.ledgers import Ledger, check_ledgers
from effekt.contracts.missing import MostMissing
from effekt.contracts.paid_each import check_paid_each
from effekt.contracts.parties import Party, Signing, check_parties
from effekt.contracts.paying import moving, paying
from effekt.contracts.payment import Payment
from effekt.contracts.population import Population, check_population
from effekt.contracts.reading import followed, read_document, read_named
from effekt.contracts.reconciled import Reconciliation, check_reconciliations
from effekt.contracts.rehearsed import DryRunTerms
from effekt.contracts.required_checks import Required, check_zeros
from effekt.contracts.rerun import Software, check_tolerance
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
    LanguageCode,
    OneLine,
    PartyId,
    References,
    RelativePath,
    Sha256,
    Term,
    Words,
    fault,
    json_schema,
    validate,
)
from effekt.contracts.sealed import Seal, check_seals
from effekt.contracts.secrecy import Disclosure, check_sums
from effekt.contracts.strict_yaml import parse
from effekt.contracts.thin_data import MinimumTerm
from effekt.exceptions import ArgumentError, ContractError

CONTRACT = "effekt/contract/1"

Attribution: TypeAlias = Literal["none", "assumed_baseline", "comparison", "matched", "quasi_experiment", "randomised"]


# --------------------------------------------------------------------------------- who, when and from what


class GoverningText(Term):
    """The signed legal text, which prevails over this file, and the language it is in (ISO 639, such as sv)."""

    file: RelativePath
    sha256: Sha256
    language: LanguageCode | None = None


class Dates(Term):
    """When the contract was signed, and from when there may be outcome data; a plan counts as locked before then.

    `run_out` is the days from the end of an evaluation window until its outcomes are all recorded; at `data_lock` the
    data are frozen, by `certificate_due` the certificate is to be there, and `longstop` is the last day to settle.
    `service` are the days during which the service is delivered.
    On each of the days under `certificates` a certificate is due, if only one that says that there is nothing to pay.
    """

    signed: DateText
    outcome_data_from: DateText
    run_out: Annotated[int, Field(ge=0, le=3650)] | None = None
    data_lock: DateText | None = None
    certificate_due: DateText | None = None
    longstop: DateText | None = None
    service: Period | None = None
    certificates: Items[DateText] = ()

    @model_validator(mode="after")
    def _check(self) -> Dates:
        order = ("signed", "outcome_data_from", "data_lock", "certificate_due", "longstop")
        given = [(key, day) for key in order if (day := getattr(self, key)) is not None]
        for (earlier, first), (later, second) in itertools.pairwise(given):
            if second < first:
                raise fault(f"must not be before {earlier}, {first}; got {second}.", later)
        if self.service is not None and self.longstop is not None and self.service.to > self.longstop:
            raise fault(f"must not end after longstop, {self.longstop}; got {self.service.to}.", "service", "to")
        for position, (before, day) in enumerate(itertools.pairwise((self.signed, *self.certificates))):
            if day < before or (position and day == before):
                raise fault(f"must come after {before}; got {day}. List the days in order.", "certificates", position)
        return self

    def too_late(self, day: str) -> str | None:
        """The last day to settle where a day, YYYY-MM-DD, is after it; None where it is not, or none is agreed."""
        return self.longstop if self.longstop is not None and day > self.longstop else None


class DataSource(Term):
    """A table in the contract's own folder, with how to read it, and which columns it is to have."""

    path: RelativePath
    delimiter: Character = ","
    decimal: Literal[".", ","] = "."
    encoding: Encoding = "utf-8"
    sheet: Words | None = None
    header_row: Annotated[int, Field(ge=1)] = 1
    text: Items[Words] = ()
    columns: Annotated[Mapping[Words, Column], Field(min_length=1)] | None = None
    sealed: Seal | None = None

    @model_validator(mode="after")
    def _check(self) -> DataSource:
        if self.delimiter == self.decimal and not self.path.lower().endswith((".xlsx", ".parquet")):
            raise fault(f'must differ from decimal; both are "{self.decimal}".', "delimiter")
        return self

    @property
    def reading(self) -> dict[str, Any]:
        """How it is read, as `effekt.read_table` takes it."""
        others = ("path", "columns", "sealed")
        return {name: getattr(self, name) for name in DataSource.model_fields if name not in others}


class Analysis(Term):
    """A call of an estimator by name; its arguments are checked against the estimator's own signature.

    `minimum_n` is what it takes for the analysis to decide anything, `most_missing` how many rows it may leave out,
    `tie_tolerance` how far its estimate may depend on the order of equally near controls, in the outcome's unit, and
    `required_checks` what follows when a check fails, by effekt's limit or by one of the contract's own.
    """

    model_config = ConfigDict(extra="allow")

    method: Words
    data: DataId
    minimum_n: MinimumTerm | None = None
    most_missing: MostMissing | None = None
    tie_tolerance: DecimalText | None = None
    required_checks: Annotated[Mapping[Id, Required], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _check(self) -> Analysis:
        if self.tie_tolerance is not None and Fraction(self.tie_tolerance) < 0:
            raise fault(f"must be 0 or more; got {self.tie_tolerance}.", "tie_tolerance")
        for name in ("reference_window", "evaluation_window"):
            if _leaves_the_calendar(self.arguments, name):
                raise fault(
                    "must begin in the year 1 or later and end before 9999-12-31, the last day of the calendar; got "
                    f"{self.arguments[name]!r}.",
                    name,
                )
        return self

    @property
    def unit_limits(self) -> tuple[str | None, str | None]:
        """The least and the most that one unit of `outcome_count` counts for; None without the limit."""
        least, most = (self.given.get(limit) for limit in ("min_per_unit", "max_per_unit"))
        return None if least is None else str(least), None if most is None else str(most)

    @property
    def arguments(self) -> dict[str, Any]:
        """The estimator's own arguments: all keys but those of the contract itself."""
        return dict(self.model_extra or {})

    @property
    def given(self) -> dict[str, Any]:
        """The arguments that are given a value: those for which `none` is written have none, as those left out."""
        return {name: value for name, value in self.arguments.items() if value != "none"}


def _leaves_the_calendar(arguments: Mapping[str, Any], name: str) -> bool:
    """Whether a window begins in the year 0 or ends with the calendar; what is no window, its method refuses."""
    try:
        window = parse_window(name, arguments[name], arguments["period"])
    except (ArgumentError, KeyError):
        return False
    parts = PARTS[window.period]
    return window.first // parts < MINYEAR or (window.last + 1) // parts > MAXYEAR


# ------------------------------------------------------------------------------------------- the contract


class ContractTerms(Term):
    """Everything in a contract file."""

    schema_: Literal["effekt/contract/1"] = Field(alias="schema")
    id: ContractId
    title: Bilingual
    jurisdiction: OneLine | None = None
    governing_text: GoverningText | None = None
    parties: Annotated[Mapping[Id, Party], Field(min_length=1)]
    signing: Signing
    dates: Dates
    attribution: Attribution
    population: Population | None = None
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
    software: Software | None = None
    tolerance: DecimalText | None = None
    dry_run: DryRunTerms | None = None

    @model_validator(mode="after")
    def _check(self) -> ContractTerms:
        check_parties(self.parties, self.signing, self.dates.signed)
        self._check_paths()
        in_order(self.figures)
        self._check_intentions()
        return self

    def _check_intentions(self) -> None:
        """What the parties meant fits the figures and what money depends on; who is independent has no stake."""
        reads = paying(self.payment, self.figures)
        alternatives = self.sensitivity or {}
        check_measures(self.measures or {}, self.figures, moving(self.payment, self.figures))
        check_estimands(self.estimands or {}, self.figures, alternatives)
        check_alternatives(alternatives, self.figures, reads)
        check_independence(self.independence or {}, self.payment)
        check_sums((self.disclosure.sums if self.disclosure else None) or {}, self.figures)
        check_looks(self.interim or (), self.dates.signed)
        check_due(self.payment, self.dates.signed)
        check_endings(self.termination or {}, self.payment)
        check_decider(self.disputes, self.payment)
        check_amendment(self)
        check_paid_each(self)
        check_earlier_sums(self)
        check_zeros(self.analysis, self.figures)
        check_triggers(self.figures, self.measures or {})
        check_fallbacks(self.figures, self.analysis)
        check_reconciliations(self.reconciliations or {}, self.figures)
        check_ledgers(self.ledgers or {})
        check_delivered(self)
        check_seals(self)
        check_tolerance(self.tolerance)
        check_population(self.population, self.figures, self.payment, self.termination or {}, self.dates.signed)

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
        found = self.beside(written, f"data.{data}.path")
        if found is None:
            raise ContractError(
                f"data.{data}.path names no readable file; got {written!r}. Put the file in the contract's folder, or "
                f"give another one in its place: --data {data}=FILE. If the table was not delivered, a party declares "
                "that to effekt settle: not_delivered in --declared FILE."
            )
        if not found.is_file():
            raise ContractError(f"data.{data}.path is not a file; got {written!r}.")
        return found

    def beside(self, written: str, place: str) -> Path | None:
        """Find what the contract names in its own folder.

        Parameters
        ----------
        written : str
            The path as the contract has it.
        place : str
            Its key, for the error.

        Returns
        -------
        Path or None
            With every symbolic link followed; None where it is not there, or the contract has no folder.

        Raises
        ------
        ContractError
            If a link leads out of the folder.
        """
        if self.folder is None:
            return None
        try:
            found = (self.folder / written).resolve(strict=True)
            inside = found.is_relative_to(self.folder.resolve(strict=True))
        except (OSError, RuntimeError, UnicodeEncodeError):  # a name that the system's encoding has no letters for
            return None
        if not inside:
            raise ContractError(f"{place} leads out of the contract's folder; got {written!r}.")
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
    return Contract(raw=raw, sha256=hashlib.sha256(raw).hexdigest(), folder=folder, model=_terms(raw))


@lru_cache(maxsize=32)
def _terms(raw: bytes) -> ContractTerms:
    """The terms in a file's bytes, read once: every certificate of a contract holds the same ones."""
    document = read_document(raw, CONTRACT)
    return validate(ContractTerms, document, References.of(document.value))


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
    ArgumentError
        If `path` is no path.
    """
    file = check_path(path)
    try:
        folder = followed(file).parent if file.is_symlink() else file.parent
    except OSError:  # a name that the system does not take, which reading says
        folder = file.parent
    return read_named(file, lambda raw: parse_contract(raw, folder))


def check_contract(contract: object) -> None:
    """Refuse anything but a contract that has been read.

    Parameters
    ----------
    contract : object

    Raises
    ------
    ArgumentError
        Naming the function that reads one.
    """
    if not isinstance(contract, Contract):
        raise ArgumentError(
            f"`contract` must be what `effekt.read_contract(path)` returns; got {type(contract).__name__}."
        )


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
