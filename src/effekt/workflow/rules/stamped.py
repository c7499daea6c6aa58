"""Whether a timestamp shows when a certificate, and the signatures on it, existed."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence

from effekt._text import Text
from effekt._validation import shown
from effekt.certificates.authority import Authority, is_signed_by, read_authority
from effekt.certificates.certificate import Certificate
from effekt.certificates.digests import sha256_bytes
from effekt.certificates.envelope import Envelope, check_signatures
from effekt.certificates.key_holders import holders, signers_allowed
from effekt.certificates.signing import read_public_key
from effekt.certificates.timestamps import Timestamp, read_timestamp
from effekt.contracts import Contract
from effekt.exceptions import ArgumentError
from effekt.workflow.findings import Finding, cannot_tell, same_or_different

WITH_SIGNATURES = Text(en="the certificate with its signatures", sv="intyget med sina underskrifter")
STATEMENT_ALONE = Text(
    en="what the certificate states (signed or not)", sv="det som intyget anger (undertecknat eller ej)"
)


def timestamp_findings(
    found: Certificate,
    contract: Contract | None,
    *,
    timestamp: bytes | None,
    authority: bytes | None,
    rotations: Sequence[Envelope | bytes],
) -> Iterator[Finding]:
    """What a timestamp is on, whether its authority signed it, and what that says of keys that have ended."""
    if timestamp is None:
        if authority is not None:
            raise ArgumentError("`authority` goes with `timestamp`; give the timestamp too.")
        return
    for name, given in (("timestamp", timestamp), ("authority", authority)):
        if given is not None and not isinstance(given, bytes):
            raise ArgumentError(f"`{name}` must be bytes, as `Path(...).read_bytes()` gives them; got {shown(given)}.")
    stamp = read_timestamp(timestamp)
    moment = stamp.time.strftime("%Y-%m-%d %H:%M:%S")
    covered = _covered(found, stamp)
    if covered is None:
        yield same_or_different(
            "timestamp",
            False,
            f"The timestamp of {moment} UTC is on other bytes than this certificate's.",
            f"Tidsstämpeln från {moment} UTC gäller andra bytes än detta intygs.",
        )
        return
    if authority is None:
        yield cannot_tell(
            "timestamp",
            f"A timestamp says {moment} UTC of {covered.en}; whose it is was not checked: give --authority.",
            f"En tidsstämpel anger {moment} UTC för {covered.sv}; vems den är har inte prövats: ange --authority.",
        )
        return
    signer = read_authority(authority)
    fault = _fault(stamp, signer)
    if fault is not None:
        yield same_or_different("timestamp", False, fault.en, fault.sv)
        return
    yield same_or_different(
        "timestamp",
        True,
        f"{signer.name} saw {covered.en} by {moment} UTC.",
        f"{signer.name} såg {covered.sv} senast {moment} UTC.",
    )
    yield from _after_the_keys(found, contract or found.contract, rotations, stamp, signed=covered is WITH_SIGNATURES)


def _covered(found: Certificate, stamp: Timestamp) -> Text | None:
    """What of the certificate has the imprint: its file, or the statement in it."""
    if found.envelope.signatures and stamp.imprint == sha256_bytes(found.to_bytes()):
        return WITH_SIGNATURES
    return STATEMENT_ALONE if stamp.imprint in (found.sha256, sha256_bytes(found.to_bytes())) else None


def _fault(stamp: Timestamp, signer: Authority) -> Text | None:
    """Why a token does not count."""
    if not is_signed_by(stamp, signer):
        return Text(
            en=f"The timestamp is not signed by {signer.name}, whose certificate was given, or was changed.",
            sv=f"Tidsstämpeln är inte undertecknad av {signer.name}, vars certifikat angavs, eller har ändrats.",
        )
    if not signer.first <= stamp.time <= signer.last:
        first, last = (moment.strftime("%Y-%m-%d") for moment in (signer.first, signer.last))
        return Text(
            en=f"The timestamp's time lies outside the days of the authority's certificate, {first} to {last}.",
            sv=f"Tidsstämpelns tid ligger utanför dagarna för utfärdarens certifikat, {first} till {last}.",
        )
    return None


def _after_the_keys(
    found: Certificate, own: Contract, rotations: Sequence[Envelope | bytes], stamp: Timestamp, *, signed: bool
) -> Iterator[Finding]:
    """Signatures by keys that had ended when the timestamp was made: that they were made before is not shown."""
    day = stamp.time.astimezone(datetime.UTC).date().isoformat()
    known = {one.id: one for one in signers_allowed(own, holders(own, rotations))}
    check = check_signatures(found.envelope, [read_public_key(one.key) for one in known.values()])
    for holder in (known[signer] for signer in check.signers):
        if holder.last is not None and (day > holder.last or not signed):
            yield cannot_tell(
                "timestamp_key",
                f"A key of {holder.party} ended on {holder.last}; the timestamp does not show that it had signed by "
                "then.",
                f"En nyckel för {holder.party} gällde till {holder.last}; tidsstämpeln visar inte att den hade använts "
                "innan dess.",
            )
