"""Signing tried with keys that nobody keeps: as many as the contract asks for, on what is no certificate."""

from __future__ import annotations

from typing import Any

from effekt._text import Text
from effekt.certificates.canonical import canonical_json
from effekt.certificates.envelope import Envelope, check_signatures, sign
from effekt.certificates.signing import generate_key, public_key
from effekt.contracts import Contract
from effekt.exceptions import CertificateError


def rehearse_signing(contract: Contract, plain: dict[str, Any]) -> Text:
    """Sign what a dry run came to with throw-away keys, and see that the signatures are valid and a change is found.

    Parameters
    ----------
    contract : Contract
    plain : dict
        What is signed; it has none of the keys of a statement, so that no reader takes it for a certificate.

    Returns
    -------
    Text
        How many signed, and that the parties' own keys were not tried.

    Raises
    ------
    CertificateError
        Where the signatures do not hold, or a change passes.
    """
    signing = contract.model.signing
    keys = [generate_key() for _ in range(signing.threshold)]
    public = [public_key(key) for key in keys]
    envelope = Envelope(payload=canonical_json(plain))
    for key in keys:
        envelope = sign(envelope, key)
    changed = Envelope(payload=envelope.payload + b" ", signatures=envelope.signatures)
    held, passed = (len(check_signatures(one, public).signers) for one in (envelope, changed))
    if held != signing.threshold or passed:
        raise CertificateError(
            f"Signing does not work here: {held} of {signing.threshold} signatures are valid, and {passed} on changed "
            "bytes. Install effekt and cryptography anew."
        )
    what = {"keys": Text(en="keys", sv="nycklar"), "parties": Text(en="parties", sv="parter")}[signing.count]
    return Text(
        en=f"Signing rehearsed with throw-away keys for the {signing.threshold} {what.en} that must sign: the "
        "signatures are valid, and a changed byte is found. The parties' own keys were not tried.",
        sv=f"Undertecknande prövat med engångsnycklar för de {signing.threshold} {what.sv} som ska skriva under: "
        "underskrifterna är giltiga, och en ändrad byte upptäcks. Parternas egna nycklar har inte prövats.",
    )


NOT_REHEARSED = Text(
    en="Not rehearsed: the lock, declarations and events, timestamps, the page and what is published.",
    sv="Inte prövat: låsningen, uppgifter och händelser, tidsstämplar, sidan och det som offentliggörs.",
)
