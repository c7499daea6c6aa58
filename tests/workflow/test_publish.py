"""What anyone may see of a certificate, from the command line: signed, salted, without small counts."""

from __future__ import annotations

import shutil

import pytest

from effekt import workflow
from effekt.certificates import DEMO_KEY, check_signatures, generate_key, public_key, read_envelope, sha256_bytes
from effekt.certificates.release import commits_to, read_public
from effekt.exceptions import CertificateError


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(workflow.case("rate-card"), tmp_path / "case")
    path = tmp_path / "case" / "contract.yaml"
    text = path.read_text(encoding="utf-8")
    if "disclosure:" not in text:
        path.write_text(text.replace("\nfigures:", "\ndisclosure: {minimum: 5}\nfigures:", 1), encoding="utf-8")
    certificate = workflow.settle(workflow.read_contract(path), date="2023-09-01").sign(DEMO_KEY)
    workflow.write_certificate(certificate, tmp_path / "certificate.json")
    return tmp_path


def test_published_and_held_against_its_certificate(effekt, folder):
    options = ("--key", "demo", "--salt", folder / "salt", "--out", folder / "public.json", "--lang", "en")
    code, out, _ = effekt("publish", folder / "certificate.json", *options)
    assert code == 0
    assert "Public statement, final" in out
    envelope = read_envelope((folder / "public.json").read_bytes())
    assert check_signatures(envelope, [public_key(DEMO_KEY)]).signers
    salt = bytes.fromhex((folder / "salt").read_text(encoding="ascii"))
    assert len(salt) == 32
    certificate = workflow.read_certificate(folder / "certificate.json")
    assert commits_to(read_public(envelope), certificate, salt)
    assert not commits_to(read_public(envelope), certificate, bytes(32))
    again = ("--key", "demo", "--salt", folder / "salt", "--earlier", folder / "public.json")
    assert effekt("publish", folder / "certificate.json", *again, "--out", folder / "second.json")[0] == 0
    second = read_public(read_envelope((folder / "second.json").read_bytes()))
    assert second.earlier == (sha256_bytes(envelope.payload),)
    assert effekt("publish", folder / "certificate.json", *options)[0] == 2  # the file is there


@pytest.mark.parametrize("salt", ["", "not hexadecimal", "00" * 31])
def test_a_salt_that_is_none_is_refused_and_nothing_is_written(effekt, folder, salt):
    (folder / "salt").write_text(salt, encoding="utf-8")
    options = ("--key", "demo", "--salt", folder / "salt", "--out", folder / "public.json")
    code, _, told = effekt("publish", folder / "certificate.json", *options)
    assert code == 2
    assert "salt" in told
    assert not (folder / "public.json").exists()


def test_only_a_key_that_may_sign_publishes(folder):
    certificate = workflow.read_certificate(folder / "certificate.json")
    with pytest.raises(CertificateError, match="is a key of no party that the contract lets sign"):
        workflow.publish(certificate, key=generate_key(), salt=bytes(32))
    with pytest.raises(CertificateError, match="holds no public statement"):
        workflow.publish(certificate, key=DEMO_KEY, salt=bytes(32), earlier=[certificate.to_bytes()])
