"""Whether only how a signed file is written speaks against it, from its JSON text and plain Ed25519 alone."""

import base64
import json

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

KIND = "application/vnd.in-toto+json"


def plain(tree):
    """The one way to write it: keys in order, no spaces."""
    return json.dumps(tree, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def made_by(key, sig, payload):
    before = f"DSSEv1 {len(KIND)} {KIND} {len(payload)} ".encode()
    try:
        Ed25519PublicKey.from_public_bytes(base64.b64decode(key)).verify(sig, before + payload)
    except InvalidSignature:
        return False
    return True


def only_its_form(raw, keys, needed):
    """`keys` are those that may sign, by their id; whatever else is wrong with a file, its form is not all."""
    tree = json.loads(raw)
    if raw == plain(tree):
        return False
    payload, ids = base64.b64decode(tree["payload"]), [one["keyid"] for one in tree["signatures"]]
    texts = [tree["payload"], *(one["sig"] for one in tree["signatures"])]
    if any(base64.b64encode(base64.b64decode(text)).decode() != text for text in texts) or ids != sorted(set(ids)):
        return False
    known = [one for one in tree["signatures"] if one["keyid"] in keys]  # a stranger's counts for nothing
    good = [made_by(keys[one["keyid"]], base64.b64decode(one["sig"]), payload) for one in known]
    return all(good) and len(good) >= needed
