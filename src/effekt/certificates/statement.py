"""What is signed: an in-toto Statement v1 on files named by their digests, a certificate or a lock."""

import copy
import datetime
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from effekt._validation import join_words
from effekt.certificates.canonical import canonical_json, parse_json, shown
from effekt.exceptions import CertificateError

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
CERTIFICATE_TYPE = "urn:effekt:certificate:1"
LOCK_TYPE = "urn:effekt:lock:1"
ROTATION_TYPE = "urn:effekt:rotation:1"
PUBLIC_TYPE = "urn:effekt:public:1"

_SCHEMAS = {
    CERTIFICATE_TYPE: "effekt/certificate/1",
    LOCK_TYPE: "effekt/lock/1",
    ROTATION_TYPE: "effekt/rotation/1",
    PUBLIC_TYPE: "effekt/public/1",
}
_SHA256 = re.compile(r"[0-9a-f]{64}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """One file that a statement is about.

    Attributes
    ----------
    name : str
        What the statement calls the file.
    sha256 : str
        The SHA-256 of its bytes, 64 lower-case hexadecimal digits.
    """

    name: str
    sha256: str

    def __post_init__(self) -> None:
        """Refuse a subject without name or digest."""
        if not self.name:
            raise CertificateError("A subject has no name; name the file it stands for.")
        _check_sha256(self.sha256, f"The digest of subject {shown(self.name)}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Statement:
    """A statement on files.

    Attributes
    ----------
    subjects : tuple of Subject
        The files, each under its own name.
    predicate_type : str
        `CERTIFICATE_TYPE`, `LOCK_TYPE`, `ROTATION_TYPE` or `PUBLIC_TYPE`.
    predicate : dict
        What is stated, in plain JSON; a copy of what was given.

    Raises
    ------
    CertificateError
        If the statement breaks its form.

    References
    ----------
    in-toto Statement v1, https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md

    Examples
    --------
    >>> contract = Subject(name="contract.yaml", sha256="0" * 64)
    >>> statement = Statement(
    ...     subjects=(contract,),
    ...     predicate_type=CERTIFICATE_TYPE,
    ...     predicate={"schema": "effekt/certificate/1"},
    ... )
    >>> read_statement(statement.to_bytes()) == statement
    True
    """

    subjects: tuple[Subject, ...]
    predicate_type: str
    predicate: dict[str, object] = field(hash=False)

    def __post_init__(self) -> None:
        """Copy the predicate, as JSON will read it, and check the whole."""
        copied = parse_json(canonical_json(self.predicate), "The predicate")
        if not isinstance(copied, dict):
            raise CertificateError("The predicate is not an object; give a dict with a schema.")
        object.__setattr__(self, "predicate", copied)
        _check_subjects(self.subjects)
        _check_schema(self.predicate_type, copied)
        if self.predicate_type == LOCK_TYPE:
            _check_lock(copied, {subject.sha256 for subject in self.subjects})
        if self.predicate_type == ROTATION_TYPE:
            _check_rotation(copied)

    def to_bytes(self) -> bytes:
        """Return the canonical JSON bytes, which are the payload of an envelope.

        Returns
        -------
        bytes
            RFC 8785 JSON.
        """
        return canonical_json(
            {
                "_type": STATEMENT_TYPE,
                "subject": [{"name": s.name, "digest": {"sha256": s.sha256}} for s in self.subjects],
                "predicateType": self.predicate_type,
                "predicate": self.predicate,
            }
        )


def lock_statement(
    *,
    contract_id: str,
    contract: Subject,
    date: str,
    plan: Mapping[str, object],
    subjects: Sequence[Subject] = (),
    anchor: Mapping[str, str] | None = None,
) -> Statement:
    """Return the statement that a contract and its plan of analysis are locked.

    Parameters
    ----------
    contract_id : str
        The id of the contract.
    contract : Subject
        The contract file.
    date : str
        The day of the lock, YYYY-MM-DD.
    plan : mapping
        What is locked, in plain JSON.
    subjects : sequence of Subject
        Further files that are locked, for example a frozen match.
    anchor : mapping of str to str, optional
        Where the contract file was registered: its `diary` number, and the `registry` that gave it.

    Returns
    -------
    Statement
        Whose first subject is the contract file.

    Raises
    ------
    CertificateError
        If an argument breaks its form.

    Examples
    --------
    >>> lock = lock_statement(
    ...     contract_id="sick-leave",
    ...     contract=Subject(name="contract.yaml", sha256="0" * 64),
    ...     date="2018-11-01",
    ...     plan={},
    ... )
    >>> lock.predicate["date"]
    '2018-11-01'
    """
    return Statement(
        subjects=(contract, *subjects),
        predicate_type=LOCK_TYPE,
        predicate={
            "schema": _SCHEMAS[LOCK_TYPE],
            "contract": {"id": contract_id, "sha256": contract.sha256},
            "date": date,
            "plan": dict(plan),
            **({} if anchor is None else {"anchor": dict(anchor)}),
        },
    )


def read_statement(payload: bytes) -> Statement:
    """Read the statement in the payload of an envelope whose signatures have been checked.

    Parameters
    ----------
    payload : bytes
        The bytes that were signed.

    Returns
    -------
    Statement
        Whose `to_bytes` are the payload.

    Raises
    ------
    CertificateError
        If the payload is not a canonical statement of a known type.

    Examples
    --------
    >>> read_statement(b"{}")
    Traceback (most recent call last):
    ...
    effekt.exceptions.CertificateError: The statement lacks the key '_type'; use a certificate or lock that \
effekt wrote.
    """
    kept = _read(payload)
    statement = copy.copy(kept)
    object.__setattr__(statement, "predicate", _copied(kept.predicate))
    return statement


@lru_cache(maxsize=32)
def _read(payload: bytes) -> Statement:
    """What the bytes state, checked once: the same ones are read when a folder is looked through and again after."""
    tree = _fields(parse_json(payload, "The statement"), _STATEMENT_KEYS, "The statement")
    if tree["_type"] != STATEMENT_TYPE:
        raise CertificateError(f"The statement's _type is not {STATEMENT_TYPE!r}; {_REMEDY}.")
    entries = tree["subject"]
    if not isinstance(entries, list):
        raise CertificateError(f"The statement's subject is not a list; {_REMEDY}.")
    predicate = tree["predicate"]
    if not isinstance(predicate, dict):
        raise CertificateError(f"The statement's predicate is not an object; {_REMEDY}.")
    statement = Statement(
        subjects=tuple(_read_subject(entry) for entry in entries),
        predicate_type=_text(tree["predicateType"], "The statement's predicateType"),
        predicate=predicate,
    )
    if statement.to_bytes() != payload:
        raise CertificateError(f"The statement is not in canonical form (RFC 8785); {_REMEDY}.")
    return statement


def _copied(tree: object) -> object:
    """Plain JSON that shares nothing that can be changed."""
    if isinstance(tree, dict):
        return {key: _copied(value) for key, value in tree.items()}
    return [_copied(value) for value in tree] if isinstance(tree, list) else tree


_REMEDY = "use a certificate or lock that effekt wrote"
_STATEMENT_KEYS = ("_type", "subject", "predicateType", "predicate")
_LOCK_KEYS = ("schema", "contract", "date", "plan")
_ANCHOR_KEYS = ("diary", "registry")
_MOST_SIGNS = 200
_ROTATION_KEYS = ("schema", "contract", "date", "old", "new")


def _fields(tree: object, keys: tuple[str, ...], name: str) -> dict[str, object]:
    """Return the tree if it is an object with exactly these keys."""
    if not isinstance(tree, dict):
        raise CertificateError(f"{name} is not an object; {_REMEDY}.")
    for key in keys:
        if key not in tree:
            raise CertificateError(f"{name} lacks the key {key!r}; {_REMEDY}.")
    for key in tree:
        if key not in keys:
            raise CertificateError(f"{name} has the unknown key {shown(key)}; {_REMEDY}.")
    return tree


def _text(value: object, name: str) -> str:
    """Return the value if it is a text."""
    if not isinstance(value, str):
        raise CertificateError(f"{name} is not a text; {_REMEDY}.")
    return value


def _read_subject(entry: object) -> Subject:
    """Return one entry of the list of subjects."""
    fields = _fields(entry, ("name", "digest"), "A subject")
    digest = _fields(fields["digest"], ("sha256",), "A subject's digest")
    return Subject(
        name=_text(fields["name"], "A subject's name"),
        sha256=_text(digest["sha256"], "A subject's sha256"),
    )


def _check_subjects(subjects: tuple[Subject, ...]) -> None:
    """Raise unless there are subjects, each under its own name."""
    if not subjects:
        raise CertificateError("The statement has no subject; name at least the contract file.")
    seen: set[str] = set()
    for subject in subjects:
        if subject.name in seen:
            raise CertificateError(f"Two subjects have the name {shown(subject.name)}; rename one of them.")
        seen.add(subject.name)


def _check_schema(predicate_type: str, predicate: dict[str, object]) -> None:
    """Raise unless the type of the predicate is known and its schema is the one of that type."""
    if predicate_type not in _SCHEMAS:
        known = join_words(_SCHEMAS)
        raise CertificateError(f"The predicate type {shown(predicate_type)} is unknown; use {known}.")
    schema = _SCHEMAS[predicate_type]
    if predicate.get("schema") != schema:
        raise CertificateError(f"The predicate's schema is not {schema!r}, which {predicate_type} requires.")


def _check_lock(predicate: dict[str, object], digests: set[str]) -> None:
    """Raise unless the predicate has the form of a lock of one of the subjects."""
    _fields({key: value for key, value in predicate.items() if key != "anchor"}, _LOCK_KEYS, "The lock")
    contract = _fields(predicate["contract"], ("id", "sha256"), "The lock's contract")
    if not _text(contract["id"], "The lock's contract id"):
        raise CertificateError("The lock's contract id is empty; give the id of the contract.")
    sha256 = _text(contract["sha256"], "The lock's contract sha256")
    _check_sha256(sha256, "The lock's contract sha256")
    if sha256 not in digests:
        raise CertificateError("The lock's contract is not among its subjects; add the contract file.")
    _check_date(_text(predicate["date"], "The lock's date"))
    if not isinstance(predicate["plan"], dict):
        raise CertificateError("The lock's plan is not an object; give what is locked under keys.")
    if "anchor" in predicate:
        anchor = _fields(predicate["anchor"], _ANCHOR_KEYS, "The lock's anchor")
        for name in _ANCHOR_KEYS:
            _check_line(_text(anchor[name], f"The lock's {name}"), f"The lock's {name}")


def _check_line(text: str, name: str) -> None:
    """Raise unless the text can be printed in one line, as a register has it."""
    if not text or not text.isprintable() or text.strip() != text or len(text) > _MOST_SIGNS:
        raise CertificateError(
            f"{name} {shown(text)} is not a line of 1 to {_MOST_SIGNS} visible characters without space at its ends; "
            "write it as the register has it."
        )


def _check_rotation(predicate: dict[str, object]) -> None:
    """Raise unless the predicate has the form of a change of key."""
    _fields(predicate, _ROTATION_KEYS, "The change of key")
    contract = _fields(predicate["contract"], ("id", "sha256"), "The contract of the change of key")
    _text(contract["id"], "The id in the change of key")
    _check_sha256(_text(contract["sha256"], "The sha256 in the change of key"), "The sha256 in the change of key")
    _check_date(_text(predicate["date"], "The date of the change of key"), "The date of the change of key")
    for name in ("old", "new"):
        _text(predicate[name], f"The {name} key of the change of key")


def _check_sha256(text: str, name: str) -> None:
    """Raise unless the text is a SHA-256 in its one accepted spelling."""
    if not _SHA256.fullmatch(text):
        raise CertificateError(f"{name} is not 64 lower-case hexadecimal digits; give a SHA-256.")


def _check_date(text: str, name: str = "The lock's date") -> None:
    """Raise unless the text is a day of the calendar as YYYY-MM-DD."""
    try:
        valid = _DATE.fullmatch(text) is not None and bool(datetime.date.fromisoformat(text))
    except ValueError:
        valid = False
    if not valid:
        raise CertificateError(f"{name} {shown(text)} is not a day; write it as YYYY-MM-DD.")
