"""The signed legal text, which prevails over the contract file: whether it is the one whose digest the file states."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from effekt._text import Text
from effekt.certificates.certificate import Certificate
from effekt.certificates.digests import sha256_file
from effekt.contracts import Contract
from effekt.contracts.model import GoverningText
from effekt.exceptions import CertificateError, ContractError
from effekt.workflow.findings import Finding, cannot_tell, same_or_different


def check_governing(contract: Contract, given: str | Path | None = None) -> Text | None:
    """Hold the legal text against the digest that the contract file states.

    Parameters
    ----------
    contract : Contract
    given : str or Path, optional
        The text's file; else the one that lies beside the contract under the name the contract gives it.

    Returns
    -------
    Text or None
        What was found, in words; None where the contract names no legal text.

    Raises
    ------
    ContractError
        For another text than that of the digest, a file that cannot be read, or one of a contract that names none.
    """
    stated = contract.model.governing_text
    if stated is None:
        if given is not None:
            raise ContractError(
                "governing_text is not in the contract, so there is no digest to hold the legal text against; add "
                "governing_text with its file and sha256, or drop --governing-text."
            )
        return None
    file = _file(contract, stated, given)
    if file is None:
        return Text(
            en=f"The legal text {stated.file} does not lie beside the contract, so its digest was not checked; put it "
            "there, or give --governing-text.",
            sv=f"Avtalstexten {stated.file} ligger inte bredvid avtalsfilen, så dess kontrollsumma har inte prövats; "
            "lägg den där, eller ange --governing-text.",
        )
    found = _digest(file)
    if found != stated.sha256:
        place = f"line {contract.line('governing_text', 'sha256')}: " if contract.raw else ""
        raise ContractError(
            f"{place}governing_text.sha256 must be the digest of the legal text {file.name}, {found}; got "
            f"{stated.sha256}. Put the text that was agreed on in its place, or amend the contract."
        )
    return Text(
        en=f"The legal text {stated.file} has the digest that the contract file states.",
        sv=f"Avtalstexten {stated.file} har den kontrollsumma som avtalsfilen anger.",
    )


def governing_findings(
    found: Certificate, contract: Contract | None, given: str | Path | None = None
) -> Iterator[Finding]:
    """Whether the legal text that the certificate's contract names is the one that the verifier has."""
    stated = found.contract.model.governing_text
    if stated is None:
        if given is not None:
            _digest(Path(given))
            yield cannot_tell(
                "no_governing_text",
                "The certificate's contract names no legal text, so the one given says nothing of it.",
                "Intygets avtal nämner ingen avtalstext, så den som angavs säger inget om det.",
            )
        return
    file = _file(contract, stated, given)
    if file is None:
        yield cannot_tell(
            "governing_text",
            f"The legal text {stated.file} was not given; compare its digest with yours: {stated.sha256}.",
            f"Avtalstexten {stated.file} angavs inte; jämför dess kontrollsumma med er: {stated.sha256}.",
        )
        return
    same = _digest(file) == stated.sha256
    yield same_or_different(
        "governing_text",
        same,
        f"The legal text {stated.file} is {'' if same else 'not '}the one whose digest the contract states.",
        f"Avtalstexten {stated.file} är {'' if same else 'inte '}den vars kontrollsumma avtalet anger.",
    )


def _file(contract: Contract | None, stated: GoverningText, given: str | Path | None) -> Path | None:
    """The file that was given, else the one beside the contract, if it is there."""
    if given is not None:
        return Path(given)
    return None if contract is None else contract.beside(stated.file, "governing_text.file")


def _digest(file: Path) -> str:
    if not file.is_file():
        raise CertificateError(f"The legal text {file.name!r} is no file; check the path.")
    return sha256_file(file)
