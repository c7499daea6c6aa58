"""A folder with a certificate as a research object: `ro-crate-metadata.json` of RO-Crate 1.1.

Listed is only what the certificate itself vouches for by a digest, so that no table of persons comes along unseen. The
crate of a public statement lists what anyone may see: never the certificate, its page, an attestation or the run log,
nor a digest of them or of a table, on which guesses of a small count could be tried.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Literal, TypeAlias
from urllib.parse import quote

from effekt._json import read_json
from effekt._serialize import json_schema
from effekt._text import Language, Text
from effekt.certificates.certificate import Certificate, minimum_of
from effekt.certificates.digests import sha256_bytes
from effekt.certificates.envelope import Envelope, read_envelope
from effekt.certificates.predicate import certificate_json_schema
from effekt.certificates.release import PublicStatement, public_json_schema, read_public
from effekt.certificates.run_log import parse_log
from effekt.certificates.statement import LOCK_TYPE, read_statement
from effekt.contracts import contract_json_schema, parse_contract
from effekt.exceptions import ArgumentError, EffektError
from effekt.reports.html import embedded_envelope, is_page, page_language, render_page
from effekt.reports.wording import KINDS
from effekt.result import Diagnostic, EffectEstimate, EffectSet, OutcomeMeasure

FILE_NAME = "ro-crate-metadata.json"
SPECIFICATION = "https://w3id.org/ro/crate/1.1"
CONTEXT: list[Any] = [f"{SPECIFICATION}/context", {"sha256": "http://schema.org/sha256"}]
NO_LICENCE = Text(
    en="No licence is stated; ask the parties before you use it.",
    sv="Ingen licens är angiven; fråga parterna före användning.",
)

Role: TypeAlias = Literal[
    "certificate",
    "page",
    "contract",
    "governing_text",
    "lock",
    "log",
    "attestation",
    "schema",
    "statement",
    "earlier",
]
_TEXT_FORMS = {
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".md": "text/markdown",
    ".odt": "application/vnd.oasis.opendocument.text",
    ".pdf": "application/pdf",
    ".txt": "text/plain",
}  # by how the file of a legal text ends
_ROLES: dict[Role, tuple[Text, str]] = {
    "certificate": (Text(en="The certificate, signed", sv="Intyget, undertecknat"), "application/json"),
    "page": (Text(en="The certificate's page", sv="Intygets sida"), "text/html"),
    "contract": (Text(en="The contract file", sv="Avtalsfilen"), "application/yaml"),
    "governing_text": (Text(en="The contract's text", sv="Avtalstexten"), "application/octet-stream"),
    "lock": (Text(en="The lock of the plan", sv="Planens låsning"), "application/json"),
    "log": (Text(en="The run log", sv="Körningsloggen"), "application/x-ndjson"),
    "attestation": (Text(en="An attestation", sv="Ett intygande"), "application/yaml"),
    "schema": (Text(en="A JSON Schema", sv="Ett JSON-schema"), "application/schema+json"),
    "statement": (
        Text(en="The public statement, signed", sv="Det offentliga utdraget, undertecknat"),
        "application/json",
    ),
    "earlier": (Text(en="An earlier public statement", sv="Ett tidigare offentligt utdrag"), "application/json"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A file of the crate.

    Attributes
    ----------
    path : str
        Below the crate's folder, with /.
    raw : bytes
    """

    path: str
    raw: bytes


def ro_crate(
    certificate: Certificate, parts: Iterable[Part], *, lang: Language, licence: str | None = None
) -> dict[str, Any]:
    """Describe a certificate and the files it vouches for as a research object.

    Parameters
    ----------
    certificate : Certificate
    parts : iterable of Part
        The files that lie in the crate, the certificate's own among them.
    lang : {"sv", "en"}
        Of the texts.
    licence : str, optional
        Address of a licence, or a sentence on how the files may be used; no certificate tells it.

    Returns
    -------
    dict
        JSON-LD, the content of `ro-crate-metadata.json`.

    Raises
    ------
    ArgumentError
        For a file that the certificate does not vouch for, or when neither it nor its page is among them.

    References
    ----------
    RO-Crate Metadata Specification 1.1, https://doi.org/10.5281/zenodo.4541002
    """
    found = {part.path: (_role(certificate, part), part.raw) for part in sorted(parts, key=lambda part: part.path)}
    if not any(role in ("certificate", "page") for role, _ in found.values()):
        raise ArgumentError("`files` must hold the certificate or its page; give one.")
    files = [_file(path, role, raw, lang) for path, (role, raw) in found.items()]
    tables = [_table(id, digest.sha256, digest.logical, lang) for id, digest in sorted(certificate.data.items())]
    kind = KINDS[certificate.kind]
    about = Text(
        en=f"Outcome certificate ({kind.en}) of {certificate.date} under {certificate.contract.model.id}, with files "
        "that it vouches for by their digests. The tables it rests on are named and not included.",
        sv=f"Intyg om utfall ({kind.sv}) från {certificate.date} enligt {certificate.contract.model.id}, med filer som "
        "det svarar för genom deras kontrollsummor. De tabeller som det vilar på nämns men ingår inte.",
    )
    if minimum_of(certificate.contract):
        about = Text(
            en=f"{about.en} Only for those who may see the small counts that the contract hides from others.",
            sv=f"{about.sv} Endast för dem som får se de små antal som avtalet döljer för andra.",
        )
    name = certificate.contract.model.title.text.in_language(lang)
    return _crate(name, about, certificate.date, certificate.sha256, files, tables, lang=lang, licence=licence)


def public_crate(
    envelope: Envelope, parts: Iterable[Part], *, lang: Language, licence: str | None = None
) -> dict[str, Any]:
    """Describe a public statement and what anyone may see with it as a research object.

    Parameters
    ----------
    envelope : Envelope
        Of the public statement.
    parts : iterable of Part
        The files that lie in the crate, the statement's own among them.
    lang : {"sv", "en"}
        Of the texts.
    licence : str, optional
        As in `ro_crate`.

    Returns
    -------
    dict
        JSON-LD, the content of `ro-crate-metadata.json`.

    Raises
    ------
    ArgumentError
        For a file that is not for anyone, such as the certificate, or when the statement is not among them.
    """
    statement, given = read_public(envelope), sorted(parts, key=lambda part: part.path)
    texts = {digest for part in given if sha256_bytes(part.raw) == statement.contract_sha256 for digest in _text(part)}
    found = {part.path: (_public_role(envelope, statement, part, texts), part.raw) for part in given}
    if not any(role == "statement" for role, _ in found.values()):
        raise ArgumentError("`files` must hold the public statement; give it.")
    files = [_file(path, role, raw, lang) for path, (role, raw) in found.items()]
    kind = KINDS[statement.kind]
    about = Text(
        en=f"Public statement ({kind.en}) of the outcome certificate of {statement.date} under {statement.contract}, "
        "with files that anyone may see. The certificate itself, and what it rests on, is not included.",
        sv=f"Offentligt utdrag ({kind.sv}) av intyget om utfall från {statement.date} enligt {statement.contract}, "
        "med filer som alla får se. Intyget självt, och det som det vilar på, ingår inte.",
    )
    return _crate(statement.contract, about, statement.date, statement.sha256, files, [], lang=lang, licence=licence)


def _text(contract: Part) -> tuple[str, ...]:
    """The digest of the legal text that a contract file names."""
    named = parse_contract(contract.raw).model.governing_text
    return () if named is None else (named.sha256,)


def _public_role(envelope: Envelope, statement: PublicStatement, part: Part, texts: Collection[str]) -> Role:
    """What a file is to a public statement; any that is not for everyone is refused."""
    digest, raw = sha256_bytes(part.raw), part.raw
    if digest == statement.contract_sha256:
        return "contract"
    if digest in texts:
        return "governing_text"
    try:
        if raw.startswith(b'{"payload"'):
            other = read_envelope(raw)
            if other.payload == envelope.payload:
                return "statement"
            if sha256_bytes(other.payload) in statement.earlier:
                return "earlier"
            lock = read_statement(other.payload)
            if lock.predicate_type == LOCK_TYPE and statement.contract_sha256 in [one.sha256 for one in lock.subjects]:
                return "lock"
        if read_json(raw, "The file", ArgumentError) in _schemas():
            return "schema"
    except EffektError:
        pass
    raise ArgumentError(
        "`files` of a public statement must hold only what anyone may see: itself, earlier statements it was held "
        f"against, the contract, its text, the lock, and the schemas of this version; {part.path!r} is none of them. A "
        "certificate, its page, attestations, run log and tables are for those who may see the small counts."
    )


def _crate(
    name: str,
    about: Text,
    date: str,
    sha256: str,
    files: Sequence[dict[str, Any]],
    tables: Sequence[dict[str, Any]],
    *,
    lang: Language,
    licence: str | None,
) -> dict[str, Any]:
    root = {
        "@id": "./",
        "@type": "Dataset",
        "name": name,
        "description": about.in_language(lang),
        "datePublished": date,
        "identifier": f"urn:sha256:{sha256}",
        "inLanguage": lang,
        "license": _licence(licence, lang),
        "hasPart": [{"@id": entity["@id"]} for entity in files],
        "mentions": [{"@id": entity["@id"]} for entity in tables],
    }
    descriptor = {
        "@id": FILE_NAME,
        "@type": "CreativeWork",
        "conformsTo": {"@id": SPECIFICATION},
        "about": {"@id": "./"},
    }
    return {"@context": CONTEXT, "@graph": [descriptor, root, *files, *tables, *_licences(licence)]}


def _role(certificate: Certificate, part: Part) -> Role:
    """What a file is to the certificate; any other is refused."""
    digest, raw = sha256_bytes(part.raw), part.raw
    if digest in {one for table in certificate.data.values() for one in (table.sha256, table.logical)}:
        raise ArgumentError(f"`files` must hold no table of the contract; {part.path!r} is one. Leave it out.")
    governing = certificate.contract.model.governing_text
    known: Mapping[Role, bool] = {
        "contract": digest == certificate.contract.sha256,
        "governing_text": governing is not None and digest == governing.sha256,
        "attestation": digest in [one.sha256 for one in certificate.attestations],
        "lock": certificate.plan.lock is not None and raw == certificate.plan.lock.encode(),
    }
    for role, is_it in known.items():
        if is_it:
            return role
    return _read_role(certificate, part)


def _read_role(certificate: Certificate, part: Part) -> Role:
    """A file that has to be read to be known."""
    raw = part.raw
    try:
        if is_page(raw) and _is_own_page(certificate, raw):
            return "page"
        if raw.startswith(b'{"payload"') and read_envelope(raw).payload == certificate.envelope.payload:
            return "certificate"
        runs = certificate.runs
        if runs is not None and raw.startswith(b'{"contract"') and runs.head in parse_log(raw).digests:
            return "log"
        if read_json(raw, "The file", ArgumentError) in _schemas():
            return "schema"
    except EffektError:
        pass
    raise ArgumentError(
        "`files` must hold only what the certificate vouches for: itself, its page, contract, text, lock, "
        f"attestations, run log, and the schemas of this version; {part.path!r} is none of them."
    )


def _is_own_page(certificate: Certificate, raw: bytes) -> bool:
    """Whether a page is, byte for byte, what the certificate in it gives, and that certificate is this one."""
    carried = Certificate(read_envelope(embedded_envelope(raw)))
    return carried.sha256 == certificate.sha256 and render_page(carried, page_language(raw)).encode() == raw


def _schemas() -> list[dict[str, Any]]:
    """The schemas that this version publishes."""
    results = [json_schema(kind, kind.SCHEMA) for kind in (EffectEstimate, EffectSet, OutcomeMeasure, Diagnostic)]
    return [*results, contract_json_schema(), certificate_json_schema(), public_json_schema()]


def _file(path: str, role: Role, raw: bytes, lang: Language) -> dict[str, Any]:
    name, form = _ROLES[role]
    if role == "governing_text":
        form = _TEXT_FORMS.get(PurePosixPath(path).suffix.lower(), form)
    entity = {
        "@id": "".join(quote(letter, safe="/") if letter.isascii() else letter for letter in path),
        "@type": "File",
        "name": name.in_language(lang),
        "encodingFormat": form,
        "contentSize": str(len(raw)),
        "sha256": sha256_bytes(raw),
    }
    return entity | ({"inLanguage": page_language(raw)} if role == "page" else {})


def _table(id: str, sha256: str, logical: str, lang: Language) -> dict[str, Any]:
    about = Text(
        en=f"Not included. Digest of its content, whatever file it lies in (effekt/table-digest/1): {logical}.",
        sv=f"Ingår inte. Kontrollsumma för dess innehåll, oavsett filformat (effekt/table-digest/1): {logical}.",
    )
    name = Text(en=f"Data {id}", sv=f"Data {id}")
    return {
        "@id": f"#data-{id}",
        "@type": "CreativeWork",
        "name": name.in_language(lang),
        "description": about.in_language(lang),
        "sha256": sha256,
    }


def _licence(licence: str | None, lang: Language) -> Any:
    if licence is None:
        return NO_LICENCE.in_language(lang)
    return {"@id": licence} if _is_address(licence) else licence


def _licences(licence: str | None) -> list[dict[str, Any]]:
    if licence is None or not _is_address(licence):
        return []
    return [{"@id": licence, "@type": "CreativeWork", "name": licence, "description": licence}]


def _is_address(text: str) -> bool:
    return text.startswith(("https://", "http://")) and " " not in text
