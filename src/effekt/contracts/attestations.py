"""The attestation file ``effekt/attestation/1``: facts that a party the contract names answers for."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from effekt._validation import did_you_mean, join_words
from effekt.contracts.figures import AttestedFigure, Figure, attested_figure
from effekt.contracts.model import Contract, check_contract
from effekt.contracts.reading import check_after_signed, check_of_contract, read_document, read_named
from effekt.contracts.schema import (
    ContractId,
    DateText,
    DecimalText,
    EvidenceDigest,
    Id,
    References,
    Term,
    Words,
    validate,
)
from effekt.contracts.strict_yaml import Document
from effekt.exceptions import ContractError

ATTESTATION = "effekt/attestation/1"


class Evidence(Term):
    """What an attestation rests on."""

    description: Words
    sha256: EvidenceDigest | None = None


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
    ArgumentError
        If `path` is no path, or `contract` not one that has been read.
    """
    check_contract(contract)

    def read(raw: bytes) -> Attestation:
        attestation = parse_attestation(raw)
        attested_figures(contract, attestation)
        return attestation

    return read_named(path, read)


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
    lines: dict[str, int] = {}
    for attestation in attestations:
        where = attestation.document.where
        check_of_contract(where(("contract",)), attestation.model.contract, contract.model.id)
        for id, attested in attestation.model.figures.items():
            _check_attested(attestation, contract, id)
            if id in values:
                raise ContractError(
                    f"figures.{id} is attested twice, on line {lines[id]} of one attestation and on line "
                    f"{attestation.document.line(('figures', id))} of another; give one of them."
                )
            values[id], lines[id] = attested.value, attestation.document.line(("figures", id))
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
    check_after_signed(where(("figures", id, "date")), attested.date, contract.model.dates.signed)
    problem = term.problem(attested.value)
    if problem:
        raise ContractError(f"{where(('figures', id, 'value'))} {problem}")
