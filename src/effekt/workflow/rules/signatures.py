"""Whether enough of those that the contract lets sign have signed, with keys that held on the day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from effekt._text import Text
from effekt.certificates.certificate import Certificate
from effekt.certificates.envelope import Envelope, check_signatures
from effekt.certificates.key_holders import Holder, holders, of_file, signers_allowed
from effekt.certificates.signing import is_demo_key, read_public_key
from effekt.contracts import Contract
from effekt.contracts.lineage import back, follows, number_of
from effekt.contracts.model import ContractTerms
from effekt.workflow.findings import Finding, cannot_tell, same_or_different


def signature_findings(
    found: Certificate, contract: Contract | None, rotations: Sequence[Envelope | bytes] = ()
) -> Iterator[Finding]:
    """Who signed, whether they might on the certificate's day, and whether they are enough."""
    own = contract or found.contract
    terms = own.model
    known = {one.id: one for one in signers_allowed(own, holders(own, rotations))}
    check = check_signatures(found.envelope, [read_public_key(one.key) for one in known.values()])
    for discrepancy in check.discrepancies:
        yield Finding(name=discrepancy.name, verdict="different", text=Text(en=discrepancy.en, sv=discrepancy.sv))
    held = [signer for signer in check.signers if known[signer].holds_on(found.date)]
    count, needed = signed_by(terms, [known[signer] for signer in held]), terms.signing.threshold
    for signer in check.signers:
        if signer not in held:
            yield _not_held(known[signer], found.date, enough=count >= needed)
    for unknown in check.unknown:
        yield Finding(
            name="signature_unknown_key",
            verdict="cannot_tell" if count >= needed else "different",
            text=Text(
                en=f"A signature is by key {unknown[:16]}…, which the contract gives no role that may sign; it counts "
                "for nothing, unless a party changed to that key and you give the change (--rotation).",
                sv=f"En underskrift är gjord med nyckel {unknown[:16]}…, som avtalet inte låter skriva under; den "
                "räknas inte, om inte en part har bytt till den nyckeln och du anger bytet (--rotation).",
            ),
        )
    en, sv = (
        f"{count} of {needed} required signatures are valid",
        f"{count} av {needed} nödvändiga underskrifter är giltiga",
    )
    if contract is None and count >= needed:
        yield cannot_tell(
            "signatures",
            f"{en} by the keys that the certificate itself names; compare them with your own contract.",
            f"{sv} enligt de nycklar som intyget självt anger; jämför dem med ert eget avtal.",
        )
    else:
        yield same_or_different("signatures", count >= needed, f"{en}.", f"{sv}.")
    if any(is_demo_key(read_public_key(known[signer].key)) for signer in check.signers):
        yield Finding(
            name="demo_key",
            verdict="cannot_tell",
            text=Text(
                en="It is signed with the published demonstration key, which proves nothing.",
                sv="Det är undertecknat med den publicerade demonstrationsnyckeln, som inte bevisar något.",
            ),
        )


def is_signed(found: Certificate, contract: Contract, rotations: Sequence[Envelope | bytes] = ()) -> bool:
    """Whether as many as a contract asks for have signed a certificate, and nothing in its file was changed."""
    return all(finding.verdict != "different" for finding in signature_findings(found, contract, rotations))


def enough_signed(found: Certificate, contract: Contract, rotations: Sequence[Envelope | bytes] = ()) -> bool:
    """Whether as many as a contract asks for have signed a certificate, whatever else stands among its signatures.

    Parameters
    ----------
    found : Certificate
    contract : Contract
        By whose keys the signatures are checked.
    rotations : sequence of Envelope or bytes
        Changes of keys.

    Returns
    -------
    bool
        A signature that anybody can put there takes none of the good ones away.
    """
    findings = signature_findings(found, contract, rotations)
    return any(one.name == "signatures" and one.verdict != "different" for one in findings)


def unsigned(
    found: Certificate,
    earlier: Sequence[Certificate],
    contract: Contract | None,
    amended: Sequence[Contract] = (),
    rotations: Sequence[Envelope | bytes] = (),
) -> tuple[Certificate, ...]:
    """The earlier certificates that are not signed as the contract of their time asks.

    Parameters
    ----------
    found : Certificate
    earlier : sequence of Certificate
        Those that were given.
    contract : Contract or None
        The verifier's own copy.
    amended : sequence of Contract
        Contract files, of which those before it are known by their digests.
    rotations : sequence of Envelope or bytes
        Changes of keys that the parties gave.

    Returns
    -------
    tuple of Certificate
        Those of another contract are not judged. On one of a file that is neither one's own nor one before it nobody
        knows whose signature counts.
    """
    own = contract or found.contract
    files, others = _files(own, amended), (own, *amended, *(one.contract for one in earlier))
    ours = [one for one in earlier if one.contract.model.id == own.model.id]
    known = {one.contract.sha256: of_file(one.contract, rotations, others) for one in ours}
    return tuple(
        one
        for one in ours
        if (digest := one.contract.sha256) not in files or not enough_signed(one, one.contract, known[digest])
    )


def _files(own: Contract, known: Sequence[Contract]) -> set[str]:
    """The digests of one's own contract file, of those known before it, and of the one that their first amends."""
    files = back(own, known)
    first = files[-1].model.amendment
    return {one.sha256 for one in files} | ({first.of} if first is not None else set())


def _between(own: Contract, known: Sequence[Contract]) -> Text:
    """Which file, not known, may lead from one's own contract file to another; nothing where its first one is known."""
    first = back(own, known)[-1].model.amendment
    if first is None:
        return Text(en="", sv="")
    return Text(
        en=f", unless the file before amendment {first.number}, digest {first.of[:16]}…, leads to it: give that one "
        "with --amended",
        sv=f", om inte filen före ändring {first.number}, kontrollsumma {first.of[:16]}…, leder till den: ange den med "
        "--amended",
    )


def earlier_signed_findings(
    found: Certificate,
    certificates: Sequence[Certificate],
    contract: Contract | None,
    amended: Sequence[Contract] = (),
    rotations: Sequence[Envelope | bytes] = (),
) -> Iterator[Finding]:
    """Of each earlier certificate that is not signed: what it says was paid or declared, anybody can have written.

    Parameters
    ----------
    found : Certificate
    certificates : sequence of Certificate
        As `unsigned` gives them.
    contract : Contract or None
        The verifier's own copy.
    amended : sequence of Contract
        Contract files, of which those before it are known by their digests.
    rotations : sequence of Envelope or bytes
        Changes of keys that the parties gave.

    Yields
    ------
    Finding
    """
    own = contract or found.contract
    files, between = _files(own, amended), _between(own, amended)
    for one in certificates:
        if one.contract.sha256 not in files and follows(one.contract, own, amended):
            number = number_of(one.contract)
            yield cannot_tell(
                f"amended_since:{one.date}",
                f"The certificate of {one.date}, digest {one.sha256[:16]}…, is by amendment {number} of this contract, "
                "which follows this one's file: it is set aside; verify that one with this as --earlier.",
                f"Intyget från {one.date}, kontrollsumma {one.sha256[:16]}…, följer ändring {number} av detta avtal, "
                "som kom efter detta intygs fil: det lämnas åt sidan; verifiera det med detta som --earlier.",
            )
            continue
        if one.contract.sha256 not in files:
            yield cannot_tell(
                f"earlier_contract:{one.date}",
                f"The certificate of {one.date}, digest {one.sha256[:16]}…, is of another contract file with the same "
                f"id: it is set aside{between.en}.",
                f"Intyget från {one.date}, kontrollsumma {one.sha256[:16]}…, gäller en annan avtalsfil med samma id: "
                f"det lämnas åt sidan{between.sv}.",
            )
            continue
        others = (own, *amended, *(each.contract for each in certificates))
        key = _of_unknown_keys(one, of_file(one.contract, rotations, others))
        yield cannot_tell(
            f"earlier_signed:{one.date}",
            f"The certificate of {one.date}, digest {one.sha256[:16]}…, is not signed as the contract asks: what it "
            f"says was paid and declared proves nothing.{key.en}",
            f"Intyget från {one.date}, kontrollsumma {one.sha256[:16]}…, är inte undertecknat så som avtalet kräver: "
            f"det som det anger som betalt och uppgett bevisar inget.{key.sv}",
        )


def bad_signature_findings(
    certificates: Sequence[Certificate], known: Sequence[Contract], rotations: Sequence[Envelope | bytes] = ()
) -> Iterator[Finding]:
    """Of each earlier certificate that enough have signed: the signatures beside theirs that are not good.

    Parameters
    ----------
    certificates : sequence of Certificate
    known : sequence of Contract
        The contract files of all.
    rotations : sequence of Envelope or bytes
        Changes of keys that the parties gave.

    Yields
    ------
    Finding
    """
    for one in certificates:
        changes = of_file(one.contract, rotations, known)
        if not enough_signed(one, one.contract, changes):
            continue
        for bad in signature_findings(one, one.contract, changes):
            if bad.verdict == "different":
                yield cannot_tell(
                    f"earlier_signature:{one.date}",
                    f"The certificate of {one.date}, digest {one.sha256[:16]}…, is signed as the contract asks and "
                    f"binds, but not by every signature in its file: {bad.text.en} Ask for the file as it was written.",
                    f"Intyget från {one.date}, kontrollsumma {one.sha256[:16]}…, är undertecknat så som avtalet kräver "
                    f"och binder, men inte av varje underskrift i sin fil: {bad.text.sv} Be om den ursprungliga filen.",
                )


def _of_unknown_keys(one: Certificate, rotations: Sequence[Envelope | bytes]) -> Text:
    """A sentence for each signature by a key that neither the contract nor a change of keys knows."""
    findings = signature_findings(one, one.contract, rotations)
    unknown = [finding.text for finding in findings if finding.name == "signature_unknown_key"]
    return Text(en="".join(f" {text.en}" for text in unknown), sv="".join(f" {text.sv}" for text in unknown))


def of_known_file(
    found: Certificate,
    certificates: Sequence[Certificate],
    contract: Contract | None,
    amended: Sequence[Contract] = (),
) -> tuple[Certificate, ...]:
    """Those of some earlier certificates whose contract file says whose signature counts.

    Parameters
    ----------
    found : Certificate
    certificates : sequence of Certificate
    contract : Contract or None
        The verifier's own copy.
    amended : sequence of Contract
        Contract files, of which those before it are known by their digests.

    Returns
    -------
    tuple of Certificate
        By one's own file or one before it.
    """
    files = _files(contract or found.contract, amended)
    return tuple(one for one in certificates if one.contract.sha256 in files)


def signed_by(terms: ContractTerms, signers: Sequence[Holder]) -> int:
    """How many have signed as the contract counts: keys, or parties, each once however many keys it holds."""
    return len(signers) if terms.signing.count == "keys" else len({one.party for one in signers})


def _not_held(holder: Holder, date: str, *, enough: bool) -> Finding:
    """A signature by a key that did not hold on the certificate's day."""
    return Finding(
        name="signature_not_held",
        verdict="cannot_tell" if enough else "different",
        text=Text(
            en=f"A signature is by a key of {holder.party} that holds {holder.period.en}, and the certificate is dated "
            f"{date}; it counts for nothing.",
            sv=f"En underskrift är gjord med en nyckel för {holder.party} som gäller {holder.period.sv}, och intyget "
            f"är daterat {date}; den räknas inte.",
        ),
    )
