"""Ed25519 keys against RFC 8032, and key files that are lost, open, damaged or in the way."""

import hashlib
import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from effekt.certificates.signing import (
    DEMO_KEY,
    DEMO_PHRASE,
    generate_key,
    is_demo_key,
    key_id,
    public_key,
    public_text,
    read_private_key,
    read_public_key,
    sign_message,
    verify_message,
    write_private_key,
)
from effekt.exceptions import CertificateError

PASSPHRASE = "fyra slumpade ord på rad"

# RFC 8032, section 7.1, tests 1, 2, 3 and SHA(abc): secret key, public key, message, signature
VECTORS = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25b"
        "f5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b"
        "2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c"
        "15e9716ed28dc027beceea1ec40a",
    ),
    (
        "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d"
        "4423643ce80e2a9ac94fa54ca49f",
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca"
        "179c138ac17ad9bef1177331a704",
    ),
]
GOLDENS = Path(__file__).parents[1] / "goldens" / "signatures"
ORDER = 2**252 + 27742317777372353535851937790883648493  # of the base point (RFC 8032, section 5.1)
FIELD = 2**255 - 19


@pytest.mark.parametrize(("secret", "public", "message", "signature"), VECTORS)
def test_signatures_of_rfc_8032(secret: str, public: str, message: str, signature: str) -> None:
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(secret))
    assert public_key(key).hex() == public
    assert sign_message(key, bytes.fromhex(message)).hex() == signature
    assert verify_message(bytes.fromhex(public), bytes.fromhex(signature), bytes.fromhex(message))
    assert not verify_message(bytes.fromhex(public), bytes.fromhex(signature), bytes.fromhex(message) + b"\x00")


def test_the_vectors_of_project_wycheproof() -> None:
    """Valid are accepted and invalid are not; keys of small order, which sign anything, are refused as keys."""
    vectors = json.loads((GOLDENS / "ed25519_wycheproof.json").read_text(encoding="utf-8"))["tests"]
    assert len(vectors) == 210
    for one in vectors:
        public, signature, message = (bytes.fromhex(one[name]) for name in ("publicKey", "sig", "msg"))
        if "SmallOrderPublicKey" in one["flags"]:
            with pytest.raises(CertificateError):
                verify_message(public, signature, message)
        else:
            assert verify_message(public, signature, message) is (one["result"] != "invalid"), one["tcId"]


def test_only_the_one_encoding_of_a_signature_is_valid() -> None:
    public, signature = public_key(DEMO_KEY), sign_message(DEMO_KEY, b"hello")
    point, scalar = signature[:32], int.from_bytes(signature[32:], "little")
    for forged in (
        point + (scalar + ORDER).to_bytes(32, "little"),
        signature + b"\x00",
        signature[:-1],
        signature[32:] + point,
        point + bytes(32),
        bytes(64),
        b"",
    ):
        assert verify_message(public, forged, b"hello") is False
    for place in range(64 * 8):
        flipped = bytearray(signature)
        flipped[place // 8] ^= 1 << place % 8
        assert not verify_message(public, bytes(flipped), b"hello")


def _add(p: tuple[int, int], q: tuple[int, int]) -> tuple[int, int]:
    """The sum of two points of -x² + y² = 1 + d x² y² (RFC 8032, section 5.1.4)."""
    d = -121665 * pow(121666, -1, FIELD)
    k = d * p[0] * q[0] * p[1] * q[1]
    x = (p[0] * q[1] + q[0] * p[1]) * pow(1 + k, -1, FIELD)
    y = (p[1] * q[1] + p[0] * q[0]) * pow(1 - k, -1, FIELD)
    return x % FIELD, y % FIELD


def _times(n: int, p: tuple[int, int]) -> tuple[int, int]:
    """The n-fold of a point, by doubling."""
    total = (0, 1)
    while n:
        total = _add(total, p) if n & 1 else total
        p, n = _add(p, p), n >> 1
    return total


def _point(y: int) -> tuple[int, int] | None:
    """A point with this y (RFC 8032, section 5.1.3), if there is one."""
    d = -121665 * pow(121666, -1, FIELD)
    square = (y * y - 1) * pow(d * y * y + 1, -1, FIELD) % FIELD
    candidate = pow(square, (FIELD + 3) // 8, FIELD)
    for root in (candidate, candidate * pow(2, FIELD // 4, FIELD)):
        if root * root % FIELD == square:
            return root % FIELD, y
    return None


def test_every_weak_point_is_refused_as_a_key() -> None:
    points = (_point(y) for y in range(2, 40))
    torsion = [_times(ORDER, point) for point in points if point]
    weak = {_times(k, point) for point in torsion for k in range(8)}
    assert len(weak) == 8
    for _, y in weak:
        for sign in (0, 1):
            public = (y + sign * 2**255).to_bytes(32, "little")
            with pytest.raises(CertificateError, match=r"^The public key is weak: anyone can sign for it"):
                key_id(public)


@pytest.mark.parametrize("y", [FIELD, FIELD + 1, FIELD + 3, 2**255 - 1])
def test_a_second_encoding_of_a_point_is_refused(y: int) -> None:
    with pytest.raises(
        CertificateError, match=r"^The public key is not an ed25519 public key; use a key made by keygen.$"
    ):
        key_id(y.to_bytes(32, "little"))


def test_key_ids_are_digests_of_the_raw_key() -> None:
    public = public_key(DEMO_KEY)
    assert key_id(public) == hashlib.sha256(public).hexdigest()


def test_public_keys_as_text() -> None:
    public = public_key(generate_key())
    assert read_public_key(public_text(public)) == public
    assert len(public_text(public)) == 44


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "The public key is 0 bytes; an ed25519 public key is 32."),
        ("AAAA", "The public key is 3 bytes; an ed25519 public key is 32."),
        ("hello", "The public key is not base64; use it as it was written."),
        (
            "A" * 43 + "=",
            "The public key is weak: anyone can sign for it; make one with keygen.",
        ),
        (
            "5llo4wqsNkDPW2/3lpXD9GZYilDE+Emw9m0kPhVSY/R=",
            "The public key is not in canonical base64; use it as keygen wrote it.",
        ),
        (
            "5llo4wqsNkDPW2_3lpXD9GZYilDE-Emw9m0kPhVSY_Q=",
            "The public key is not in canonical base64; use it as keygen wrote it.",
        ),
    ],
)
def test_public_texts_that_are_refused(text: str, sentence: str) -> None:
    with pytest.raises(CertificateError) as raised:
        read_public_key(text)
    assert str(raised.value) == sentence


def test_the_demo_key_is_the_published_one() -> None:
    secret = DEMO_KEY.private_bytes_raw()
    assert secret == hashlib.sha256(DEMO_PHRASE.encode()).digest()
    assert public_text(public_key(DEMO_KEY)) == "5llo4wqsNkDPW2/3lpXD9GZYilDE+Emw9m0kPhVSY/Q="
    assert is_demo_key(public_key(DEMO_KEY))
    assert not is_demo_key(public_key(generate_key()))


def test_new_keys_differ() -> None:
    assert public_key(generate_key()) != public_key(generate_key())


def test_a_key_survives_its_file(tmp_path: Path) -> None:
    key, path = generate_key(), tmp_path / "verifier.pem"
    write_private_key(path, key, PASSPHRASE)
    assert public_key(read_private_key(path, PASSPHRASE)) == public_key(key)
    assert os.listdir(tmp_path) == ["verifier.pem"]
    pem = path.read_bytes()
    assert pem.startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n")
    assert key.private_bytes_raw() not in pem
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_passphrase_is_the_same_in_composed_and_decomposed_letters(tmp_path: Path) -> None:
    write_private_key(tmp_path / "k", DEMO_KEY, "fyra ord på rad")
    assert is_demo_key(public_key(read_private_key(tmp_path / "k", "fyra ord pa\u030a rad")))


def test_a_key_file_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "verifier.pem"
    write_private_key(path, generate_key(), PASSPHRASE)
    before = path.read_bytes()
    with pytest.raises(CertificateError, match=r"exists; choose a name that is not taken.$"):
        write_private_key(path, generate_key(), PASSPHRASE)
    assert path.read_bytes() == before


@pytest.mark.parametrize("stop", [KeyboardInterrupt(), OSError(5, "Input/output error")])
def test_a_killed_write_leaves_no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stop: BaseException) -> None:
    def killed(*_: object) -> None:
        raise stop

    monkeypatch.setattr(os, "replace", killed)
    with pytest.raises((KeyboardInterrupt, CertificateError)):
        write_private_key(tmp_path / "verifier.pem", generate_key(), PASSPHRASE)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("passphrase", ["", "x", "elva tecken"])
def test_a_short_passphrase_is_refused(tmp_path: Path, passphrase: str) -> None:
    with pytest.raises(CertificateError) as raised:
        write_private_key(tmp_path / "k", DEMO_KEY, passphrase)
    assert str(raised.value) == (
        f"The passphrase has {len(passphrase)} characters; use at least 12, for example four random words."
    )
    assert os.listdir(tmp_path) == []


def test_the_longest_passphrase_is_used_and_a_longer_one_refused(tmp_path: Path) -> None:
    write_private_key(tmp_path / "k", DEMO_KEY, "å" * 511 + "x")
    assert is_demo_key(public_key(read_private_key(tmp_path / "k", "å" * 511 + "x")))
    said = r"^The passphrase has 1024 bytes; use at most 1023, which are as many characters of a–z, .*\.$"
    with pytest.raises(CertificateError, match=said):
        write_private_key(tmp_path / "other", DEMO_KEY, "å" * 512)
    with pytest.raises(CertificateError, match=said):
        read_private_key(tmp_path / "k", "å" * 512)
    assert os.listdir(tmp_path) == ["k"]


def test_a_passphrase_that_is_not_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CertificateError, match=r"^The passphrase is not Unicode text; type it in whole characters.$"):
        write_private_key(tmp_path / "k", DEMO_KEY, "\ud800" * 12)


@pytest.mark.parametrize("passphrase", [b"long and worthless", None, 5])
def test_a_passphrase_of_another_kind_is_refused(tmp_path: Path, passphrase: Any) -> None:
    said = rf"^`passphrase` must be text \(str\); got {type(passphrase).__name__}\. Decode it first, "
    with pytest.raises(CertificateError, match=said):
        write_private_key(tmp_path / "k", DEMO_KEY, passphrase)
    with pytest.raises(CertificateError, match=said):
        read_private_key(tmp_path / "k", passphrase)
    assert not (tmp_path / "k").exists()


def _pem(key: Ed25519PrivateKey | X25519PrivateKey, passphrase: str | None) -> bytes:
    """The PEM of a key, encrypted if there is a passphrase."""
    encryption: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if passphrase is not None:
        encryption = serialization.BestAvailableEncryption(passphrase.encode())
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)


DOES_NOT_OPEN = (
    "does not open: the passphrase is wrong or the file is damaged; check the passphrase or restore the file."
)


@pytest.mark.parametrize(
    ("pem", "passphrase", "rule"),
    [
        (_pem(DEMO_KEY, PASSPHRASE), PASSPHRASE + " ", DOES_NOT_OPEN),
        (_pem(DEMO_KEY, PASSPHRASE)[:-60], PASSPHRASE, DOES_NOT_OPEN),
        (_pem(DEMO_KEY, PASSPHRASE).replace(b"M", b"N"), PASSPHRASE, DOES_NOT_OPEN),
        (b"", PASSPHRASE, DOES_NOT_OPEN),
        (b"\xff" * 100_000, PASSPHRASE, DOES_NOT_OPEN),
        (_pem(DEMO_KEY, None), PASSPHRASE, "is not encrypted; make a new key with a passphrase."),
        (
            _pem(X25519PrivateKey.generate(), PASSPHRASE),
            PASSPHRASE,
            "holds a key of another kind; use an ed25519 key made by keygen.",
        ),
    ],
    ids=["wrong passphrase", "truncated", "damaged", "empty", "bytes", "not encrypted", "other kind"],
)
def test_key_files_that_are_refused(tmp_path: Path, pem: bytes, passphrase: str, rule: str) -> None:
    path = tmp_path / "verifier.pem"
    path.write_bytes(pem)
    path.chmod(0o600)
    with pytest.raises(CertificateError) as raised:
        read_private_key(path, passphrase)
    assert str(raised.value) == f"The key file {str(path)!r} {rule}"


def test_an_empty_passphrase_opens_nothing(tmp_path: Path) -> None:
    write_private_key(tmp_path / "k", DEMO_KEY, PASSPHRASE)
    with pytest.raises(CertificateError, match=r"^The passphrase is empty; give the passphrase of the key.$"):
        read_private_key(tmp_path / "k", "")


def test_a_file_open_to_others_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "verifier.pem"
    write_private_key(path, DEMO_KEY, PASSPHRASE)
    for mode in (0o644, 0o640, 0o604, 0o660, 0o601) if os.name == "posix" else ():
        path.chmod(mode)
        with pytest.raises(CertificateError) as raised:
            read_private_key(path, PASSPHRASE)
        assert str(raised.value) == (
            f"The key file {str(path)!r} is open to others (mode {mode:04o}); set its mode to 0600."
        )
    path.chmod(0o400)
    assert is_demo_key(public_key(read_private_key(path, PASSPHRASE)))


def test_a_file_much_longer_than_a_key_is_not_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    write_private_key(path, DEMO_KEY, PASSPHRASE)
    pem = path.read_bytes().rstrip()
    path.write_bytes(pem.rjust(65_536, b"\n"))
    assert public_key(read_private_key(path, PASSPHRASE)) == public_key(DEMO_KEY)
    path.write_bytes(pem.rjust(65_537, b"\n"))
    with pytest.raises(CertificateError, match="the passphrase is wrong or the file is damaged"):
        read_private_key(path, PASSPHRASE)


def test_a_folder_is_not_a_key_file(tmp_path: Path) -> None:
    with pytest.raises(CertificateError, match="cannot be read"):
        read_private_key(tmp_path, PASSPHRASE)


def test_a_missing_key_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CertificateError) as raised:
        read_private_key(tmp_path / "none.pem", PASSPHRASE)
    assert str(raised.value) == (
        f"The key file {str(tmp_path / 'none.pem')!r} cannot be read: No such file or directory; "
        "name a file that you may read."
    )


def test_what_is_no_private_key_is_named() -> None:
    rule = r"`key` must be a private key, as `effekt.certificates.read_private_key` returns it; got str\."
    with pytest.raises(CertificateError, match=rule):
        public_key("a key")  # type: ignore[arg-type]
