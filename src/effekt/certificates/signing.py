"""Ed25519 keys: made, kept in a file under a passphrase, used to sign and to verify."""

import hashlib
import os
import unicodedata

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from effekt.certificates.canonical import decode_base64, encode_base64
from effekt.certificates.files import write_atomic
from effekt.exceptions import CertificateError

PrivateKey = Ed25519PrivateKey

MIN_PASSPHRASE = 12
MAX_PASSPHRASE = 1023  # bytes: what the encryption takes
DEMO_PHRASE = "effekt demo key: published, worthless, proves nothing"
DEMO_KEY: PrivateKey = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(DEMO_PHRASE.encode()).digest())

_MAX_KEY_FILE = 65_536
_FIELD = 2**255 - 19  # the prime of the curve (RFC 8032, section 5.1)
_Y_OF_ORDER_8 = 2707385501144840649318225287225658788936804267575313519463743609750303402022
# The y of the eight points whose order divides 8: as public keys they verify signatures anyone can make, and
# 32 zero bytes, the likeliest placeholder, are one of them.
_WEAK_Y = frozenset({0, 1, _FIELD - 1, _Y_OF_ORDER_8, _FIELD - _Y_OF_ORDER_8})


def generate_key() -> PrivateKey:
    """Return a new private key from the operating system's randomness.

    Returns
    -------
    PrivateKey
        An ed25519 private key.

    References
    ----------
    RFC 8032, Edwards-Curve Digital Signature Algorithm, https://doi.org/10.17487/RFC8032

    Examples
    --------
    >>> len(public_key(generate_key()))
    32
    """
    return Ed25519PrivateKey.generate()


def public_key(key: PrivateKey) -> bytes:
    """Return the public key of a private key.

    Parameters
    ----------
    key : PrivateKey
        The private key.

    Returns
    -------
    bytes
        The 32 raw bytes.

    Examples
    --------
    >>> public_text(public_key(DEMO_KEY))
    '5llo4wqsNkDPW2/3lpXD9GZYilDE+Emw9m0kPhVSY/Q='
    """
    if not isinstance(key, PrivateKey):
        raise CertificateError(
            "`key` must be a private key, as `effekt.certificates.read_private_key` returns it; got "
            f"{type(key).__name__}."
        )
    return key.public_key().public_bytes_raw()


def public_text(public: bytes) -> str:
    """Return a public key as a contract names it.

    Parameters
    ----------
    public : bytes
        The 32 raw bytes.

    Returns
    -------
    str
        Canonical base64 of 44 characters.

    Raises
    ------
    CertificateError
        If it is not an ed25519 public key.

    Examples
    --------
    >>> read_public_key(public_text(public_key(DEMO_KEY))) == public_key(DEMO_KEY)
    True
    """
    return encode_base64(_checked(public))


def read_public_key(text: str) -> bytes:
    """Return the public key that a text names.

    Parameters
    ----------
    text : str
        Canonical base64 of the 32 raw bytes.

    Returns
    -------
    bytes
        The 32 raw bytes.

    Raises
    ------
    CertificateError
        If the text is not canonical base64, or not that of an ed25519 public key that can be trusted.

    Examples
    --------
    >>> read_public_key("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
    Traceback (most recent call last):
    ...
    effekt.exceptions.CertificateError: The public key is weak: anyone can sign for it; make one with keygen.
    """
    public = _checked(decode_base64(text, "The public key"))
    if encode_base64(public) != text:
        raise CertificateError("The public key is not in canonical base64; use it as keygen wrote it.")
    return public


def key_id(public: bytes) -> str:
    """Return the id of a public key.

    Parameters
    ----------
    public : bytes
        The 32 raw bytes.

    Returns
    -------
    str
        The SHA-256 of the raw bytes, 64 lower-case hexadecimal digits.

    Raises
    ------
    CertificateError
        If it is not an ed25519 public key.

    Examples
    --------
    >>> key_id(public_key(DEMO_KEY))[:16]
    '90d00372a5a0d1b8'
    """
    return hashlib.sha256(_checked(public)).hexdigest()


def is_demo_key(public: bytes) -> bool:
    """Return whether this is the published demo key, whose signature proves nothing.

    Parameters
    ----------
    public : bytes
        The 32 raw bytes.

    Returns
    -------
    bool
        True for the public key of `DEMO_KEY`.

    Notes
    -----
    The private demo key is the SHA-256 of `DEMO_PHRASE`: everybody has it.

    Examples
    --------
    >>> is_demo_key(public_key(DEMO_KEY)), is_demo_key(public_key(generate_key()))
    (True, False)
    """
    return public == public_key(DEMO_KEY)


def sign_message(key: PrivateKey, message: bytes) -> bytes:
    """Return the ed25519 signature of a message.

    Parameters
    ----------
    key : PrivateKey
        The private key.
    message : bytes
        What is signed.

    Returns
    -------
    bytes
        The 64 bytes of the signature, the same for the same key and message.

    Examples
    --------
    >>> verify_message(public_key(DEMO_KEY), sign_message(DEMO_KEY, b"hello"), b"hello")
    True
    """
    return key.sign(message)


def verify_message(public: bytes, signature: bytes, message: bytes) -> bool:
    """Return whether the holder of a key signed a message.

    Parameters
    ----------
    public : bytes
        The 32 raw bytes of the public key.
    signature : bytes
        The signature.
    message : bytes
        What was signed.

    Returns
    -------
    bool
        True if the signature is valid.

    Raises
    ------
    CertificateError
        If `public` is not an ed25519 public key.

    Examples
    --------
    >>> verify_message(public_key(DEMO_KEY), bytes(64), b"hello")
    False
    """
    try:
        Ed25519PublicKey.from_public_bytes(_checked(public)).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def write_private_key(path: str | os.PathLike[str], key: PrivateKey, passphrase: str) -> None:
    """Write a private key to a new file, encrypted.

    Parameters
    ----------
    path : str or path
        The file, which must not exist.
    key : PrivateKey
        The private key.
    passphrase : str
        At least 12 characters, at most 1,023 bytes in UTF-8.

    Raises
    ------
    CertificateError
        If the passphrase is too short or too long, the file exists or it cannot be written.

    Notes
    -----
    PKCS #8 in PEM, encrypted with AES-256 under a key derived from the passphrase in NFC and UTF-8. The
    derivation is fast (PBKDF2 with few rounds), so a long passphrase is what protects a copied file. Only the
    owner may read the file where the platform has file modes.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "verifier.pem")
    ...     write_private_key(path, DEMO_KEY, "long and worthless")
    ...     public_key(read_private_key(path, "long and worthless")) == public_key(DEMO_KEY)
    True
    """
    _check_text(passphrase)
    if len(passphrase) < MIN_PASSPHRASE:
        raise CertificateError(
            f"The passphrase has {len(passphrase)} characters; use at least {MIN_PASSPHRASE}, "
            "for example four random words."
        )
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(_passphrase_bytes(passphrase)),
    )
    write_atomic(path, pem, private=True)


def read_private_key(path: str | os.PathLike[str], passphrase: str) -> PrivateKey:
    """Read a private key from its encrypted file.

    Parameters
    ----------
    path : str or path
        A file that `write_private_key` wrote.
    passphrase : str
        The passphrase.

    Returns
    -------
    PrivateKey
        The private key.

    Raises
    ------
    CertificateError
        If the file cannot be read, is open to others than its owner, is not an encrypted ed25519 key, or the
        passphrase is wrong.

    Examples
    --------
    >>> read_private_key("no-such-key.pem", "long and worthless")
    Traceback (most recent call last):
    ...
    effekt.exceptions.CertificateError: The key file 'no-such-key.pem' cannot be read: No such file or \
directory; name a file that you may read.
    """
    name = f"The key file {os.fspath(path)!r}"
    secret = _passphrase_bytes(passphrase)
    pem = _read_guarded(path, name)
    try:
        key = serialization.load_pem_private_key(pem, secret)
    except TypeError as error:
        raise CertificateError(f"{name} is not encrypted; make a new key with a passphrase.") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise CertificateError(
            f"{name} does not open: the passphrase is wrong or the file is damaged; "
            "check the passphrase or restore the file."
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise CertificateError(f"{name} holds a key of another kind; use an ed25519 key made by keygen.")
    return key


def _read_guarded(path: str | os.PathLike[str], name: str) -> bytes:
    """Return the bytes of a key file, unless the platform says that others may read it too."""
    try:
        with open(path, "rb") as stream:
            mode = os.fstat(stream.fileno()).st_mode & 0o777
            if os.name == "posix" and mode & 0o077:
                raise CertificateError(f"{name} is open to others (mode {mode:04o}); set its mode to 0600.")
            return stream.read(_MAX_KEY_FILE)
    except OSError as error:
        raise CertificateError(f"{name} cannot be read: {error.strerror}; name a file that you may read.") from error


def _passphrase_bytes(passphrase: str) -> bytes:
    """Return the passphrase in NFC and UTF-8, so that å typed on any keyboard is the same."""
    _check_text(passphrase)
    if not passphrase:
        raise CertificateError("The passphrase is empty; give the passphrase of the key.")
    try:
        secret = unicodedata.normalize("NFC", passphrase).encode("utf-8")
    except UnicodeEncodeError as error:
        raise CertificateError("The passphrase is not Unicode text; type it in whole characters.") from error
    if len(secret) > MAX_PASSPHRASE:
        raise CertificateError(
            f"The passphrase has {len(secret)} bytes; use at most {MAX_PASSPHRASE}, which are as many characters of "
            "a–z, and fewer of others."
        )
    return secret


def _check_text(passphrase: object) -> None:
    """Refuse bytes, which would be the same letters only in one encoding."""
    if not isinstance(passphrase, str):
        raise CertificateError(
            f"`passphrase` must be text (str); got {type(passphrase).__name__}. Decode it first, as .decode() does."
        )


def _checked(public: bytes) -> bytes:
    """Return the key if its y is canonical (RFC 8032, section 5.1.3) and its point is not weak."""
    if len(public) != 32:
        raise CertificateError(f"The public key is {len(public)} bytes; an ed25519 public key is 32.")
    y = int.from_bytes(public, "little") & (2**255 - 1)
    if y >= _FIELD:
        raise CertificateError("The public key is not an ed25519 public key; use a key made by keygen.")
    if y in _WEAK_Y:
        raise CertificateError("The public key is weak: anyone can sign for it; make one with keygen.")
    return public
