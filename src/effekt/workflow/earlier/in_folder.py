"""The certificates of a contract that lie in a folder, and which of them bind anybody."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

from effekt._text import Text
from effekt.certificates.canonical import MAX_BYTES
from effekt.certificates.certificate import Certificate
from effekt.certificates.envelope import Envelope, check_signatures, read_envelope
from effekt.certificates.files import read_file
from effekt.certificates.key_holders import holders, of_file, party_keys
from effekt.certificates.saved_anew import may_be_certificate, recovered
from effekt.certificates.signing import DEMO_KEY, key_id, public_key, read_public_key
from effekt.certificates.statement import CERTIFICATE_TYPE, read_statement
from effekt.contracts import Contract
from effekt.contracts.lineage import back, number_of
from effekt.exceptions import CertificateError, EffektError, FolderWarning
from effekt.reports.html import embedded_envelope, is_page
from effekt.workflow.rules.signatures import enough_signed

Standing: TypeAlias = Literal["signed", "stranger", "void", "unsigned"]
_SUFFIXES = (".json", ".html")


class _Seen(NamedTuple):
    """A file that is or may be a certificate of a contract, and why it cannot be read as it stands."""

    path: Path
    certificate: Certificate | None
    fault: EffektError | None


def certificates_in(folder: Path, contract: str) -> Iterator[tuple[Path, Certificate]]:
    """Certificates and their pages in a folder, without the folders in it.

    Parameters
    ----------
    folder : Path
        One that is not there holds none.
    contract : str
        The id of their contract.

    Yields
    ------
    (Path, Certificate)
        By name; whatever else lies there is passed by. One that another program saved anew, with its payload whole, is
        among them: a byte order mark does not unbind what somebody signed.
    """
    for one in _seen(folder, contract):
        if one.certificate is not None:
            yield one.path, one.certificate


def standings(
    folder: Path, contract: Contract, rotations: Sequence[Envelope | bytes] = ()
) -> tuple[tuple[Path, Certificate, Standing], ...]:
    """The certificates of a contract in a folder, each with what the signatures on it are worth.

    Parameters
    ----------
    folder : Path
    contract : Contract
    rotations : sequence of Envelope or bytes, optional
        Changes of keys that the parties gave.

    Returns
    -------
    tuple of (Path, Certificate, Standing)
        As `certificates_in` and `standing` give them.
    """
    there = tuple(certificates_in(folder, contract.model.id))
    known = [one.contract for _, one in there]
    return tuple((path, one, standing(one, contract, rotations, known)) for path, one in there)


def _seen(folder: Path, contract: str) -> Iterator[_Seen]:
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if not path.is_file():
            continue
        try:
            raw = read_file(path, MAX_BYTES)
        except CertificateError as error:
            if path.suffix.lower() in _SUFFIXES and path.stat().st_size <= MAX_BYTES:
                yield _Seen(path, None, error)
            continue
        if may_be_certificate(path.name, raw):
            one = _read(path, raw, contract)
            if one is not None:
                yield one


def _read(path: Path, raw: bytes, contract: str) -> _Seen | None:
    """What stands in a file that may be a certificate; None for a lock and the like, or of another contract."""
    fault: EffektError | None = None
    envelope: Envelope | None
    try:
        envelope = read_envelope(embedded_envelope(raw) if is_page(raw) else raw)
    except EffektError as error:
        envelope, fault = recovered(raw), error
    if envelope is None:
        return _Seen(path, None, fault)
    try:
        if read_statement(envelope.payload).predicate_type != CERTIFICATE_TYPE:
            return None
        found = Certificate(envelope).as_signed
        return _Seen(path, found, fault) if found.contract.model.id == contract else None
    except EffektError as error:
        return _Seen(path, None, fault or error)


def binds(envelope: Envelope) -> bool:
    """Whether somebody has signed by another key than the published demonstration key, which binds nobody.

    Parameters
    ----------
    envelope : Envelope

    Returns
    -------
    bool
        A signature that cannot be checked here counts: what somebody signed is not written over.
    """
    return len(check_signatures(envelope, [public_key(DEMO_KEY)]).signers) < len(envelope.signatures)


def standing(
    certificate: Certificate,
    contract: Contract,
    rotations: Sequence[Envelope | bytes] = (),
    known: Sequence[Contract] = (),
) -> Standing:
    """What the signatures on a certificate in a folder are worth to those who settle by a contract.

    Parameters
    ----------
    certificate : Certificate
    contract : Contract
        The one that is settled by; the one that the certificate carries was chosen by whoever made it.
    rotations : sequence of Envelope or bytes, optional
        Changes of keys that the parties gave.
    known : sequence of Contract, optional
        Files of the contract, as other certificates carry them.

    Returns
    -------
    {"signed", "stranger", "void", "unsigned"}
        `signed` where a key of a party signed what it states, however the file was written over since: one that the
        contract names, that took such a one's place, or either in a file before its amendment; `stranger` where
        only other keys are said to have; `void` where no signature belongs to what it states, so that it was forged or
        damaged; `unsigned` where nobody signed, or the published demonstration key alone. Only `signed` binds anybody.
    """
    demo = public_key(DEMO_KEY)
    envelope = certificate.as_signed.envelope
    check = check_signatures(envelope, [key for key in _keys(certificate, contract, rotations, known) if key != demo])
    if check.signers or any(found.name == "key_id_mismatch" for found in check.discrepancies):
        return "signed"
    if set(check.unknown) - {key_id(demo)}:
        return "stranger"
    return "void" if check.discrepancies or check_signatures(envelope, [demo]).discrepancies else "unsigned"


def _keys(
    certificate: Certificate, contract: Contract, rotations: Sequence[Envelope | bytes], known: Sequence[Contract]
) -> list[bytes]:
    """Every key of a party by the contract and the files before it as far as a certificate's, after changes of keys."""
    own, files = party_keys(contract), files_of(certificate, contract, known)
    changed = [read_public_key(one.key) for file in files for one in holders(file, of_file(file, rotations, files))]
    return list(dict.fromkeys([*own, *changed]))


def files_of(certificate: Certificate, contract: Contract, known: Sequence[Contract] = ()) -> tuple[Contract, ...]:
    """The files that say whose signature counts on a certificate in a folder.

    Parameters
    ----------
    certificate : Certificate
    contract : Contract
        The one that is settled by.
    known : sequence of Contract, optional
        As in `standing`.

    Returns
    -------
    tuple of Contract
        The contract and those before it, known by their digests, as far back as to the certificate's own; the contract
        alone where that is none of them.
    """
    files = back(contract, (*known, certificate.contract))
    digests = [one.sha256 for one in files]
    own = certificate.contract.sha256
    return files[: digests.index(own) + 1] if own in digests else files[:1]


def signed_enough(
    certificate: Certificate,
    contract: Contract,
    there: Sequence[Certificate],
    rotations: Sequence[Envelope | bytes] = (),
) -> bool:
    """Whether as many signed a certificate in a folder as the contract asks for, or the file before it that it is by.

    Parameters
    ----------
    certificate : Certificate
    contract : Contract
    there : sequence of Certificate
        Those in the folder, which carry the files.
    rotations : sequence of Envelope or bytes, optional

    Returns
    -------
    bool
    """
    files = files_of(certificate, contract, [each.contract for each in there])
    return any(enough_signed(certificate, file, of_file(file, rotations, files)) for file in (files[0], files[-1]))


def first_or_agreed(
    there: Sequence[Certificate], contract: Contract, rotations: Sequence[Envelope | bytes] = ()
) -> list[Certificate]:
    """Those in a folder that take nobody's place, and those that enough have signed.

    Parameters
    ----------
    there : sequence of Certificate
    contract : Contract
    rotations : sequence of Envelope or bytes, optional

    Returns
    -------
    list of Certificate
    """
    return [one for one in there if one.supersedes is None or signed_enough(one, contract, there, rotations)]


def cautions(
    folder: Path, contract: Contract, rotations: Sequence[Envelope | bytes] = (), settles: str | None = None
) -> tuple[Text, ...]:
    """What is to be looked at among the files in a folder that are or may be certificates of a contract.

    Parameters
    ----------
    folder : Path
    contract : Contract
    rotations : sequence of Envelope or bytes, optional
        Changes of keys that the parties gave.
    settles : str, optional
        The announced day that is settled, where lines are paid on each.

    Returns
    -------
    tuple of Text
        A sentence for each, by name: one on which no signature holds or that cannot be read is passed by, and should be
        had anew before anything is paid; so is one that only a stranger is said to have signed; one that was saved anew
        and on which a signature holds counts all the same. One by a later amendment than the file that is settled by
        counts too, and says that this file may no longer hold, unless that amendment follows it and does not hold for
        the day that is settled.
    """
    seen = tuple(_seen(folder, contract.model.id))
    known = [one.certificate.contract for one in seen if one.certificate is not None]
    return tuple(text for one in seen for text in _caution(one, contract, rotations, known, settles))


def warn_of(
    folder: Path, contract: Contract, rotations: Sequence[Envelope | bytes] = (), settles: str | None = None
) -> None:
    """Say the same to those who settle in Python, as a `FolderWarning` for each file.

    Parameters
    ----------
    folder : Path
    contract : Contract
    rotations : sequence of Envelope or bytes, optional
    settles : str, optional
    """
    for caution in cautions(folder, contract, rotations, settles):
        warnings.warn(caution.en, FolderWarning, stacklevel=4)


def _caution(
    one: _Seen,
    contract: Contract,
    rotations: Sequence[Envelope | bytes],
    known: Sequence[Contract],
    settles: str | None,
) -> Iterator[Text]:
    name, found = one.path.name, one.certificate
    held = None if found is None else standing(found, contract, rotations, known)
    why = str(one.fault).rpartition(";")[0] or str(one.fault)
    if found is not None and held == "void":
        yield _void(name, found)
    elif found is not None and held == "stranger":
        yield _of_a_stranger(name, found)
    elif held is None or (one.fault is not None and held == "unsigned"):
        yield Text(
            en=f"{name} is passed by: it is or may be a certificate of this contract, and cannot be read ({why}). If "
            "it is one, get it anew from whoever signed it and settle again before anything is paid; if not, move it "
            "to another folder.",
            sv=f"{name} räknas inte: filen är eller kan vara ett intyg enligt detta avtal, men går inte att läsa "
            f"({why}). Om den är det, hämta den på nytt från den som undertecknade den och avräkna igen innan något "
            "betalas; om inte, flytta den till en annan mapp.",
        )
    elif one.fault is not None:
        yield Text(
            en=f"{name} counts, though it was saved anew and cannot be read as it stands ({why}): what was signed "
            "stands whole in it. Get it as it was written from whoever signed it.",
            sv=f"{name} räknas, fast filen har sparats om och inte går att läsa som den är ({why}): det som "
            "undertecknades står helt i den. Hämta den som den skrevs från den som undertecknade den.",
        )
    if found is not None and held == "signed" and _may_hold(found.contract, contract, settles, known):
        yield _amended(name, found)


def _may_hold(later: Contract, contract: Contract, settles: str | None, known: Sequence[Contract]) -> bool:
    """Whether a file is by a later amendment that may hold for the day, or follows another that may."""
    further = number_of(later) - number_of(contract)
    if further < 1 or settles is None:
        return further > 0
    after = [one for one in back(later, known) if number_of(one) > number_of(contract)]
    return len(after) < further or any(_holds(one, settles) for one in after)


def _holds(file: Contract, settles: str) -> bool:
    amendment, looks = file.model.amendment, [look.at for look in file.model.interim or ()]
    if amendment is None:
        return False
    from_then = [day for day in file.model.dates.certificates if day >= amendment.date and day not in looks]
    return settles >= amendment.date or not from_then


def _amended(name: str, certificate: Certificate) -> Text:
    number, date = number_of(certificate.contract), certificate.date
    return Text(
        en=f"{name} is a certificate of {date} by amendment {number} of this contract, and the contract file given is "
        "one before it. If the amendment holds for this day, settle by the file that it made before anything is paid.",
        sv=f"{name} är ett intyg från {date} enligt ändring {number} av detta avtal, och avtalsfilen som är given är "
        "en före den. Om ändringen gäller för denna dag, avräkna enligt filen med ändringen innan något betalas.",
    )


def _void(name: str, certificate: Certificate) -> Text:
    kind, date = certificate.kind, certificate.date
    return Text(
        en=f"{name} is passed by: it says that it is a certificate of this contract ({kind}, {date}), and no signature "
        "on it belongs to what it states, so that it binds nobody. If a real one was damaged, get it anew from whoever "
        "signed it and settle again before anything is paid.",
        sv=f"{name} räknas inte: filen säger sig vara ett intyg enligt detta avtal ({kind}, {date}), men ingen "
        "underskrift hör till det som står där, så den binder ingen. Om ett riktigt intyg har skadats, hämta det på "
        "nytt från den som undertecknade det och avräkna igen innan något betalas.",
    )


def _of_a_stranger(name: str, certificate: Certificate) -> Text:
    kind, date = certificate.kind, certificate.date
    return Text(
        en=f"{name} is passed by as long as nothing turns on it: it says that it is a certificate of this contract "
        f"({kind}, {date}), signed by a key that no party is known to have. If a party changed keys, give the change "
        "(--rotation, `rotations`) and settle again before anything is paid; if not, it is none of theirs: move it to "
        "another folder.",
        sv=f"{name} räknas inte så länge inget hänger på den: filen säger sig vara ett intyg enligt detta avtal "
        f"({kind}, {date}), undertecknat med en nyckel som man inte vet att någon part har. Om en part har bytt "
        "nyckel, ange bytet (--rotation, `rotations`) och avräkna igen innan något betalas; om inte, är den ingen av "
        "parternas: flytta den till en annan mapp.",
    )
