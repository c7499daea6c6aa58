"""What a certificate is about, by digests, and who has signed it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from effekt._text import Text
from effekt.certificates.certificate import Certificate
from effekt.certificates.envelope import Envelope, Signature, check_signatures
from effekt.certificates.key_holders import holders, signers_allowed
from effekt.certificates.signing import DEMO_KEY, key_id, public_key, read_public_key
from effekt.certificates.spoken import spoken
from effekt.contracts import Contract
from effekt.contracts.strict_yaml import parse
from effekt.reports.answers import digest_of, digest_of_part
from effekt.reports.document import Block, Callout, Column, Paragraph, Table, same
from effekt.reports.names import party_name
from effekt.reports.wording import NO, NONE, ROLES, YES, joined, number

UNSIGNED = Text(en="This certificate is not signed.", sv="Intyget är inte undertecknat.")
DEMO_SIGNED = Text(
    en="Signed with the published demonstration key; worthless as proof.",
    sv="Undertecknat med den publicerade demonstrationsnyckeln; värdelöst som bevis.",
)


def digest_blocks(certificate: Certificate) -> Iterator[Block]:
    """Every file and every part of the statement that is signed, by its digest.

    Parameters
    ----------
    certificate : Certificate

    Yields
    ------
    Block
    """
    contract = certificate.contract
    rows = [
        (Text(en="Contract file", sv="Avtalsfilen"), NONE, same(contract.sha256)),
        (
            Text(en="Contract file, content", sv="Avtalsfilen, innehåll"),
            NONE,
            same(digest_of(parse(contract.raw).value)),
        ),
    ]
    if contract.model.amendment is not None:
        before = Text(en="Contract file before the amendment", sv="Avtalsfilen före ändringen")
        rows.append((before, NONE, same(contract.model.amendment.of)))
    governing = contract.model.governing_text
    if governing is not None:
        name = Text(en=f"Contract text {governing.file}", sv=f"Avtalstexten {governing.file}")
        rows.append((name, NONE, same(governing.sha256)))
    for id, digest in certificate.data.items():
        rows.append((Text(en=f"Data {id}, file", sv=f"Data {id}, fil"), number(digest.rows), same(digest.sha256)))
        rows.append(
            (Text(en=f"Data {id}, content", sv=f"Data {id}, innehåll"), number(digest.rows), same(digest.logical))
        )
    rows += [
        (Text(en=f"Data {id}: not delivered", sv=f"Data {id}: inte levererat"), NONE, NONE)
        for id in certificate.not_delivered
    ]
    for position, one in enumerate(certificate.attestations, start=1):
        rows.append((Text(en=f"Attestation {position}", sv=f"Intygande {position}"), NONE, same(one.sha256)))
    if certificate.runs is not None:
        line = f"{certificate.runs.number}"
        rows.append(
            (Text(en=f"Run log, line {line}", sv=f"Körningslogg, rad {line}"), NONE, same(certificate.runs.head))
        )
    for position, declared in enumerate(certificate.declarations, start=1):
        rows.append((Text(en=f"Declarations {position}", sv=f"Uppgifter {position}"), NONE, same(declared.sha256)))
    if certificate.plan.lock is not None:
        lock = hashlib.sha256(certificate.plan.lock.encode()).hexdigest()
        rows.append((Text(en="Lock of the plan", sv="Låsning av planen"), NONE, same(lock)))
    for id, result in certificate.predicate["results"].items():
        rows.append((Text(en=f"Result {id}", sv=f"Resultatet {id}"), NONE, same(digest_of(result))))
    code = certificate.software.get("code")
    if code is not None:
        rows.append((Text(en="The code of effekt", sv="Koden i effekt"), NONE, same(code)))
    settled = digest_of_part(certificate, "settlement")
    rows.append((Text(en="Settlement", sv="Avräkningen"), NONE, same(settled)))
    yield Table(
        caption=Text(en="What the certificate is about", sv="Vad intyget gäller"),
        columns=(
            Column(label=Text(en="What", sv="Vad")),
            Column(label=Text(en="Rows", sv="Rader"), kind="number"),
            Column(label=same("SHA-256"), kind="code"),
        ),
        rows=tuple(rows),
    )


def signature_blocks(certificate: Certificate) -> Iterator[Block]:
    """How many of whom must sign, and who has, with the id of each key in syllables to be read aloud.

    Parameters
    ----------
    certificate : Certificate

    Yields
    ------
    Block
    """
    terms, signatures = certificate.contract.model, certificate.envelope.signatures
    roles = joined(ROLES[role] for role in terms.signing.roles)
    by_party = terms.signing.count == "parties"
    of = Text(en="parties that are", sv="parterna som är") if by_party else Text(en="keys of", sv="nycklarna för")
    yield Paragraph(
        text=Text(
            en=f"The contract asks for signatures by {terms.signing.threshold} of the {of.en}: {roles.en}. Whether a "
            "signature is valid is shown by the command above, not by this page.",
            sv=f"Avtalet kräver underskrift med {terms.signing.threshold} av {of.sv}: {roles.sv}. Om en "
            "underskrift är giltig visar kommandot ovan, inte denna sida.",
        )
    )
    if not signatures:
        yield Callout(text=UNSIGNED)
        return
    contract = certificate.contract
    allowed = {one.id for one in signers_allowed(contract, holders(contract)) if one.holds_on(certificate.date)}
    yield Table(
        caption=Text(en="Signatures", sv="Underskrifter"),
        columns=(
            Column(label=Text(en="By", sv="Av")),
            Column(label=Text(en="May sign on this day", sv="Får underteckna denna dag"), kind="short"),
            Column(label=Text(en="Key id", sv="Nyckel-id"), kind="code"),
            Column(label=Text(en="Its beginning, read aloud", sv="Dess början, uppläst")),
        ),
        rows=tuple(
            (
                _signer(signature, certificate),
                YES if signature.key_id in allowed else NO,
                same(signature.key_id),
                same(spoken(signature.key_id)),
            )
            for signature in signatures
        ),
    )
    if any(is_demo(signature) for signature in signatures):
        yield Callout(text=DEMO_SIGNED)
    unsigned = declared_unsigned(certificate)
    if unsigned:
        who = joined(same(party_name(id, certificate)) for id in unsigned)
        yield Callout(
            text=Text(
                en=f"What {who.en} is said to have declared stands here without a signature of theirs: that they "
                "declared it is the word of whoever signed. Ask them.",
                sv=f"Det som {who.sv} sägs ha uppgett finns här utan någon underskrift av dem själva: att de har "
                "uppgett det är vad den som undertecknat säger. Fråga dem.",
            )
        )


def declared_unsigned(
    certificate: Certificate, contract: Contract | None = None, rotations: Sequence[Envelope | bytes] = ()
) -> tuple[str, ...]:
    """Parties whose declarations a certificate carries, and of whose keys none has signed it.

    Parameters
    ----------
    certificate : Certificate
    contract : Contract, optional
        Whose keys count; else the certificate's own.
    rotations : sequence of Envelope or bytes, optional
        Changes of keys.

    Returns
    -------
    tuple of str
        Parties, as their declarations stand.
    """
    declaring = dict.fromkeys(one.model.by for one in certificate.declarations)
    if not declaring:
        return ()
    known = {one.id: one for one in holders(contract or certificate.contract, rotations)}
    check = check_signatures(certificate.envelope, [read_public_key(one.key) for one in known.values()])
    signed = {known[signer].party for signer in check.signers if known[signer].holds_on(certificate.date)}
    return tuple(id for id in declaring if id not in signed)


def _signer(signature: Signature, certificate: Certificate) -> Text:
    for party in certificate.contract.model.parties.values():
        if signature.key_id in [key_id(read_public_key(key)) for key in party.keys]:
            role = ROLES[party.role]
            return Text(en=f"{party.name}, {role.en}", sv=f"{party.name}, {role.sv}")
    return Text(en="a key that the contract does not name", sv="en nyckel som avtalet inte nämner")


def is_demo(signature: Signature) -> bool:
    """Whether it is by the published demonstration key."""
    return signature.key_id == key_id(public_key(DEMO_KEY))
