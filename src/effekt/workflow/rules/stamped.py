"""Whether a timestamp shows when a certificate, and the signatures on it, existed."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, combinations

from effekt._text import Text
from effekt._validation import join_words, shown
from effekt.certificates.authority import Authority, is_signed_by, read_authority
from effekt.certificates.certificate import Certificate
from effekt.certificates.digests import sha256_bytes
from effekt.certificates.envelope import Envelope, Signature, check_signatures
from effekt.certificates.key_holders import Holder, holders, signers_allowed
from effekt.certificates.signing import read_public_key
from effekt.certificates.timestamps import Timestamp, read_timestamp
from effekt.contracts import Contract
from effekt.exceptions import ArgumentError
from effekt.workflow.findings import Finding, cannot_tell, same_or_different

WITH_SIGNATURES = Text(en="the certificate with its signatures", sv="intyget med sina underskrifter")
STATEMENT_ALONE = Text(
    en="what the certificate states (signed or not)", sv="det som intyget anger (undertecknat eller ej)"
)
MOST_SELECTED = 8  # signatures of which every selection is looked for; of more, all or none


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
    own = contract or found.contract
    known = {one.id: one for one in signers_allowed(own, holders(own, rotations))}
    seen = _seen(found, stamp)
    if seen is None and len(found.envelope.signatures) > MOST_SELECTED:
        yield cannot_tell(
            "timestamp",
            f"The timestamp of {moment} UTC is on neither what the certificate states nor it with all its signatures; "
            f"whether it is on it with some of them is not looked for where there are more than {MOST_SELECTED}: ask "
            "for one on the file as it is.",
            f"Tidsstämpeln från {moment} UTC gäller varken det som intyget anger eller det med alla underskrifter; om "
            f"den gäller det med några av dem prövas inte när de är fler än {MOST_SELECTED}: begär en på filen som den "
            "är.",
        )
        return
    if seen is None:
        yield same_or_different(
            "timestamp",
            False,
            f"The timestamp of {moment} UTC is on other bytes than this certificate's.",
            f"Tidsstämpeln från {moment} UTC gäller andra bytes än detta intygs.",
        )
        return
    covered = _words(found, seen, known)
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
    yield from _before_its_day(found, stamp, seen)
    yield from _with_the_keys(found, known, stamp, seen)


def _seen(found: Certificate, stamp: Timestamp) -> tuple[Signature, ...] | None:
    """The signatures in the file that has the imprint, none of them in the statement alone; None for other bytes."""
    if stamp.imprint == found.sha256:
        return ()
    signatures = found.envelope.signatures
    sizes = range(len(signatures), -1, -1) if len(signatures) <= MOST_SELECTED else (len(signatures), 0)
    selections = chain.from_iterable(combinations(signatures, size) for size in sizes)
    return next(
        (
            some
            for some in selections
            if stamp.imprint == sha256_bytes(replace(found.envelope, signatures=some).to_bytes())
        ),
        None,
    )


def _words(found: Certificate, seen: Sequence[Signature], known: Mapping[str, Holder]) -> Text:
    """What was stamped: the statement alone, or with all signatures, or with those of some parties."""
    if not seen:
        return STATEMENT_ALONE
    if len(seen) == len(found.envelope.signatures):
        return WITH_SIGNATURES
    ids = [one.key_id for one in seen]
    names = dict.fromkeys(known[id].party if id in known else f"{id[:16]}…" for id in ids)
    return Text(
        en=f"the certificate with, of its signatures, {len(seen)} ({join_words(names, 'and')})",
        sv=f"intyget med {len(seen)} av sina underskrifter ({join_words(names, 'och')})",
    )


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


def _before_its_day(found: Certificate, stamp: Timestamp, seen: Sequence[Signature]) -> Iterator[Finding]:
    """A certificate that was there before the day it bears: what must be over by that day need not have been."""
    day = stamp.time.date()
    if not _is_before(day, found.date):
        return
    if seen:
        yield same_or_different(
            "timestamp_date",
            False,
            f"It is dated {found.date} and was signed by {day}: it bears a later day than that of its signature, so "
            "what must be over by its date need not have been.",
            f"Det är daterat {found.date} och var undertecknat {day}: det bär en senare dag än då det undertecknades, "
            "så att det som ska vara över den dagen inte behöver ha varit det.",
        )
    else:
        yield cannot_tell(
            "timestamp_date",
            f"It is dated {found.date}, and what it states was written by {day}; whether it was signed before its date "
            "too the timestamp does not show: ask for one on the file with its signatures.",
            f"Det är daterat {found.date}, och det som det anger var skrivet {day}; om det också undertecknades före "
            "sitt datum visar tidsstämpeln inte: begär en på filen med underskrifterna.",
        )


def _is_before(day: datetime.date, stated: str) -> bool:
    """Whether a day in UTC is before another one wherever on earth that is."""
    return (datetime.date.fromisoformat(stated) - day).days > 1


def _with_the_keys(
    found: Certificate, known: Mapping[str, Holder], stamp: Timestamp, seen: Sequence[Signature]
) -> Iterator[Finding]:
    """Signatures that were there before their key held, or not shown to have been there before it ended."""
    day = stamp.time.date()
    check = check_signatures(found.envelope, [read_public_key(one.key) for one in known.values()])
    stamped = {one.key_id for one in seen}
    for holder in (known[signer] for signer in check.signers):
        if holder.first is not None and holder.id in stamped and _is_before(day, holder.first):
            yield same_or_different(
                "timestamp_key",
                False,
                f"A key of {holder.party} holds from {holder.first}, and had signed by {day}.",
                f"En nyckel för {holder.party} gäller från {holder.first} och hade använts {day}.",
            )
        if holder.last is not None and (day.isoformat() > holder.last or holder.id not in stamped):
            yield cannot_tell(
                "timestamp_key",
                f"A key of {holder.party} ended on {holder.last}; the timestamp does not show that it had signed by "
                "then.",
                f"En nyckel för {holder.party} gällde till {holder.last}; tidsstämpeln visar inte att den hade använts "
                "innan dess.",
            )
