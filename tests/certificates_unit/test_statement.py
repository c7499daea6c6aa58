"""Statements: what is written is read back, and nothing else is read."""

import dataclasses
import json
from typing import Any

import pytest

from effekt.certificates.canonical import canonical_json
from effekt.certificates.statement import (
    CERTIFICATE_TYPE,
    LOCK_TYPE,
    Statement,
    Subject,
    lock_statement,
    read_statement,
)
from effekt.exceptions import CertificateError

CONTRACT = Subject(name="contract.yaml", sha256="ab" * 32)
PANEL = Subject(name="panel.csv", sha256="cd" * 32)
CERTIFICATE = Statement(
    subjects=(CONTRACT, PANEL),
    predicate_type=CERTIFICATE_TYPE,
    predicate={"schema": "effekt/certificate/1", "figures": [{"id": "reduction", "value": "0.084000"}]},
)
LOCK = lock_statement(
    contract_id="sick-leave", contract=CONTRACT, date="2018-11-01", plan={"seed": "1"}, subjects=[PANEL]
)
REMEDY = "use a certificate or lock that effekt wrote."


def test_the_bytes_of_a_certificate() -> None:
    assert CERTIFICATE.to_bytes().decode() == (
        '{"_type":"https://in-toto.io/Statement/v1",'
        '"predicate":{"figures":[{"id":"reduction","value":"0.084000"}],"schema":"effekt/certificate/1"},'
        '"predicateType":"urn:effekt:certificate:1",'
        f'"subject":[{{"digest":{{"sha256":"{"ab" * 32}"}},"name":"contract.yaml"}},'
        f'{{"digest":{{"sha256":"{"cd" * 32}"}},"name":"panel.csv"}}]}}'
    )


def test_the_bytes_of_a_lock() -> None:
    assert LOCK.to_bytes().decode() == (
        '{"_type":"https://in-toto.io/Statement/v1",'
        f'"predicate":{{"contract":{{"id":"sick-leave","sha256":"{"ab" * 32}"}},"date":"2018-11-01",'
        '"plan":{"seed":"1"},"schema":"effekt/lock/1"},'
        '"predicateType":"urn:effekt:lock:1",'
        f'"subject":[{{"digest":{{"sha256":"{"ab" * 32}"}},"name":"contract.yaml"}},'
        f'{{"digest":{{"sha256":"{"cd" * 32}"}},"name":"panel.csv"}}]}}'
    )


@pytest.mark.parametrize("statement", [CERTIFICATE, LOCK])
def test_a_statement_survives_its_bytes(statement: Statement) -> None:
    read = read_statement(statement.to_bytes())
    assert read == statement
    assert hash(read) == hash(statement)
    assert read.to_bytes() == statement.to_bytes()


def test_a_statement_keeps_its_own_copy() -> None:
    figures = ["0.084"]
    statement = Statement(
        subjects=(CONTRACT,),
        predicate_type=CERTIFICATE_TYPE,
        predicate={"schema": "effekt/certificate/1", "figures": figures},
    )
    before = statement.to_bytes()
    figures.append("9.999")
    assert statement.to_bytes() == before


def test_what_one_reader_changes_another_does_not_read() -> None:
    raw = Statement(
        subjects=(CONTRACT,),
        predicate_type=CERTIFICATE_TYPE,
        predicate={"schema": "effekt/certificate/1", "figures": [{"value": "0.084"}]},
    ).to_bytes()
    figures: Any = read_statement(raw).predicate["figures"]
    figures[0]["value"] = "9.999"
    figures.append(None)
    assert read_statement(raw).predicate["figures"] == [{"value": "0.084"}]
    assert read_statement(raw).to_bytes() == raw


def test_equal_json_is_an_equal_statement() -> None:
    whole, split = (
        Statement(
            subjects=(CONTRACT,),
            predicate_type=CERTIFICATE_TYPE,
            predicate={"schema": "effekt/certificate/1", "n": n, "list": items},
        )
        for n, items in ((1, [1]), (1.0, (1,)))
    )
    assert whole == split
    assert whole.to_bytes() == split.to_bytes()


def _certificate(**changes: object) -> bytes:
    """The canonical bytes of the certificate with some keys changed; None removes a key."""
    tree = {**json.loads(CERTIFICATE.to_bytes()), **changes}
    return canonical_json({key: value for key, value in tree.items() if value is not None})


def _lock(**changes: object) -> bytes:
    """The canonical bytes of the lock with some keys of its predicate changed; None removes a key."""
    tree = json.loads(LOCK.to_bytes())
    changed = {**tree["predicate"], **changes}
    return canonical_json({**tree, "predicate": {k: v for k, v in changed.items() if v is not None}})


UNREADABLE = {
    "text": (b"hello", "The statement is not JSON at line 1, column 1; use it as it was written."),
    "list": (b"[]", f"The statement is not an object; {REMEDY}"),
    "no subject": (_certificate(subject=None), f"The statement lacks the key 'subject'; {REMEDY}"),
    "extra key": (_certificate(expires="never"), f"The statement has the unknown key 'expires'; {REMEDY}"),
    "older statement": (
        _certificate(_type="https://in-toto.io/Statement/v0.1"),
        f"The statement's _type is not 'https://in-toto.io/Statement/v1'; {REMEDY}",
    ),
    "subject object": (_certificate(subject={}), f"The statement's subject is not a list; {REMEDY}"),
    "empty subject": (
        _certificate(subject=[]),
        "The statement has no subject; name at least the contract file.",
    ),
    "subject text": (_certificate(subject=["x"]), f"A subject is not an object; {REMEDY}"),
    "subject without digest": (
        _certificate(subject=[{"name": "x"}]),
        f"A subject lacks the key 'digest'; {REMEDY}",
    ),
    "subject with uri": (
        _certificate(subject=[{"name": "x", "digest": {"sha256": "ab" * 32}, "uri": "x"}]),
        f"A subject has the unknown key 'uri'; {REMEDY}",
    ),
    "subject without name": (
        _certificate(subject=[{"name": "", "digest": {"sha256": "ab" * 32}}]),
        "A subject has no name; name the file it stands for.",
    ),
    "subject name number": (
        _certificate(subject=[{"name": 1, "digest": {"sha256": "ab" * 32}}]),
        f"A subject's name is not a text; {REMEDY}",
    ),
    "other digest": (
        _certificate(subject=[{"name": "x", "digest": {"sha1": "ab" * 20}}]),
        f"A subject's digest lacks the key 'sha256'; {REMEDY}",
    ),
    "second digest": (
        _certificate(subject=[{"name": "x", "digest": {"sha256": "ab" * 32, "sha1": "ab" * 20}}]),
        f"A subject's digest has the unknown key 'sha1'; {REMEDY}",
    ),
    "upper-case digest": (
        _certificate(subject=[{"name": "x", "digest": {"sha256": "AB" * 32}}]),
        "The digest of subject 'x' is not 64 lower-case hexadecimal digits; give a SHA-256.",
    ),
    "digest number": (
        _certificate(subject=[{"name": "x", "digest": {"sha256": 1}}]),
        f"A subject's sha256 is not a text; {REMEDY}",
    ),
    "same name": (
        _certificate(subject=[{"name": "x", "digest": {"sha256": "ab" * 32}}] * 2),
        "Two subjects have the name 'x'; rename one of them.",
    ),
    "predicate list": (_certificate(predicate=[]), f"The statement's predicate is not an object; {REMEDY}"),
    "type number": (_certificate(predicateType=1), f"The statement's predicateType is not a text; {REMEDY}"),
    "unknown type": (
        _certificate(predicateType="https://slsa.dev/provenance/v1"),
        "The predicate type 'https://slsa.dev/provenance/v1' is unknown; "
        "use urn:effekt:certificate:1, urn:effekt:lock:1, urn:effekt:rotation:1 or urn:effekt:public:1.",
    ),
    "no schema": (
        _certificate(predicate={}),
        "The predicate's schema is not 'effekt/certificate/1', which urn:effekt:certificate:1 requires.",
    ),
    "certificate as lock": (
        _certificate(predicateType=LOCK_TYPE),
        "The predicate's schema is not 'effekt/lock/1', which urn:effekt:lock:1 requires.",
    ),
    "white space": (
        CERTIFICATE.to_bytes() + b"\n",
        f"The statement is not in canonical form (RFC 8785); {REMEDY}",
    ),
    "key order": (
        json.dumps(dict(reversed(json.loads(CERTIFICATE.to_bytes()).items())), separators=(",", ":")).encode(),
        f"The statement is not in canonical form (RFC 8785); {REMEDY}",
    ),
    "number form": (
        CERTIFICATE.to_bytes().replace(b'"0.084000"', b"0.0840"),
        f"The statement is not in canonical form (RFC 8785); {REMEDY}",
    ),
    "lock without date": (_lock(date=None), f"The lock lacks the key 'date'; {REMEDY}"),
    "lock with extra": (_lock(time="12:00"), f"The lock has the unknown key 'time'; {REMEDY}"),
    "lock date number": (_lock(date=20181101), f"The lock's date is not a text; {REMEDY}"),
    "lock plan list": (_lock(plan=[]), "The lock's plan is not an object; give what is locked under keys."),
    "lock contract text": (_lock(contract="x"), f"The lock's contract is not an object; {REMEDY}"),
    "lock contract id": (
        _lock(contract={"id": "", "sha256": "ab" * 32}),
        "The lock's contract id is empty; give the id of the contract.",
    ),
    "lock contract id number": (
        _lock(contract={"id": 1, "sha256": "ab" * 32}),
        f"The lock's contract id is not a text; {REMEDY}",
    ),
    "lock contract digest number": (
        _lock(contract={"id": "x", "sha256": 1}),
        f"The lock's contract sha256 is not a text; {REMEDY}",
    ),
    "lock contract digest": (
        _lock(contract={"id": "x", "sha256": "ab" * 31}),
        "The lock's contract sha256 is not 64 lower-case hexadecimal digits; give a SHA-256.",
    ),
    "lock of another contract": (
        _lock(contract={"id": "x", "sha256": "ef" * 32}),
        "The lock's contract is not among its subjects; add the contract file.",
    ),
}


@pytest.mark.parametrize(("payload", "sentence"), UNREADABLE.values(), ids=UNREADABLE)
def test_what_is_not_a_statement(payload: bytes, sentence: str) -> None:
    with pytest.raises(CertificateError) as raised:
        read_statement(payload)
    assert str(raised.value) == sentence


@pytest.mark.parametrize(
    "date",
    [
        "2018-02-29",
        "20181101",
        "2018-W44-4",
        "2018-11-1",
        "2018-11-01T00:00",
        "٢٠١٨-11-01",
        "",
        "2018-11-01\n",
    ],
)
def test_dates_that_are_not_days(date: str) -> None:
    with pytest.raises(CertificateError) as raised:
        lock_statement(contract_id="x", contract=CONTRACT, date=date, plan={})
    assert str(raised.value) == f"The lock's date {date!a} is not a day; write it as YYYY-MM-DD."


def test_a_predicate_that_is_not_json_is_refused() -> None:
    with pytest.raises(CertificateError, match=r"^The value holds NaN or infinity; JSON has finite numbers.$"):
        Statement(
            subjects=(CONTRACT,),
            predicate_type=CERTIFICATE_TYPE,
            predicate={"schema": "effekt/certificate/1", "x": float("nan")},
        )
    with pytest.raises(CertificateError, match=r"^The predicate is not an object; give a dict with a schema.$"):
        Statement(subjects=(CONTRACT,), predicate_type=CERTIFICATE_TYPE, predicate=[])  # type: ignore[arg-type]


def test_every_payload_that_is_read_comes_back() -> None:
    raw = CERTIFICATE.to_bytes()
    for place in range(len(raw) * 8):
        changed = bytearray(raw)
        changed[place // 8] ^= 1 << place % 8
        try:
            read = read_statement(bytes(changed))
        except CertificateError:
            continue
        assert read.to_bytes() == bytes(changed)
        assert read != CERTIFICATE


@pytest.mark.parametrize("value", [CERTIFICATE, CONTRACT])
def test_values_are_frozen(value: Any) -> None:
    for name in type(value).__slots__:
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(value, name, None)
    with pytest.raises(TypeError, match="takes 1 positional argument"):
        type(value)(CONTRACT)
