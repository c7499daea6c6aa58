"""What lies beside a public statement or an export to be made: earlier statements, and the salts of these."""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from effekt._text import Text
from effekt._validation import join_words
from effekt.certificates.canonical import MAX_BYTES
from effekt.certificates.certificate import Certificate
from effekt.certificates.envelope import Envelope, read_envelope
from effekt.certificates.files import read_file
from effekt.certificates.possible import renamed_counts
from effekt.certificates.release import PublicStatement, for_anyone, read_public
from effekt.exceptions import ArgumentError, CertificateError
from effekt.reports.html import embedded_envelope, is_page

_COUNTED = ("commitment", "not_met", "lacking_signatures")
"""What a statement says of its certificate beside what `for_anyone` gives."""


def held_against(
    certificate: Certificate,
    *,
    salt: bytes,
    made: bool,
    earlier: Sequence[Envelope] = (),
    files: Sequence[Path] = (),
) -> tuple[Text, ...]:
    """Refuse a salt that an earlier statement was made under, and say which statements were overlooked.

    Parameters
    ----------
    certificate : Certificate
        Of which a statement is to be made.
    salt : bytes
    made : bool
        Whether the salt was made for this statement, so that no other can have it.
    earlier : sequence of Envelope
        The earlier statements that were given.
    files : sequence of Path
        Beside which to look for further ones, and for certificates that show which salt a statement has.

    Returns
    -------
    tuple of Text
        Statements of the same contract beside the files that were not given, those given that name counts otherwise,
        and a salt of which it cannot be told whether they have it.

    Raises
    ------
    ArgumentError
        When a statement of another certificate has the salt: whoever is given it could test guesses of both.

    Notes
    -----
    Which salt a statement has can be told only with its certificate. A statement of this very certificate under the
    same salt is the same one made again, and is passed over.
    """
    found = _beside(files)
    given = {one.payload for one in earlier}
    payloads = {payload for payload in found if _as_statement(found[payload][1]) is None}
    others = []
    for name, one in (*(("--earlier", one) for one in earlier), *found.values()):
        statement = _as_statement(one)
        if statement is None or statement.contract != certificate.contract.model.id:
            continue
        if not _has(statement, certificate.envelope.payload, salt):
            others.append((name, one.payload))
            if any(_has(statement, payload, salt) for payload in payloads):
                raise ArgumentError(
                    f"`salt` must be new for every statement, since whoever is given it could test guesses of both "
                    f"certificates; the statement of {statement.date} was made under it. Make a new one (--new-salt)."
                )
    told = (*(_overlooked(name) for name, payload in others if payload not in given), *_renamed(certificate, earlier))
    return told if made or not others else (*told, _PERHAPS_USED)


def overlooked(
    certificate: Certificate, *, earlier: Sequence[Envelope] = (), files: Sequence[Path] = ()
) -> tuple[Text, ...]:
    """Say which statements were overlooked where the numbers that anyone may see are written elsewhere.

    Parameters
    ----------
    certificate : Certificate
        Whose numbers are to be written.
    earlier : sequence of Envelope
        The earlier statements that were given.
    files : sequence of Path
        Beside which to look for further ones.

    Returns
    -------
    tuple of Text
        Statements of the same contract beside the files that were not given. One that shows just what is to be written
        tells nothing more beside it and is passed over; so is every one where the contract hides nothing.
    """
    shown = for_anyone(certificate, [read_public(one) for one in earlier])
    if shown is None:
        return ()
    given, told = {one.payload for one in earlier}, []
    for name, one in _beside(files).values():
        statement = _as_statement(one)
        if statement is None or statement.contract != shown.contract or one.payload in given:
            continue
        if statement != replace(shown, **{name: getattr(statement, name) for name in _COUNTED}):
            told.append(_overlooked(name))
    return tuple(told)


def _renamed(certificate: Certificate, earlier: Sequence[Envelope]) -> Iterator[Text]:
    """Of each earlier statement on other terms, which counts of today it may have under another name."""
    for one in map(read_public, earlier):
        if counts := renamed_counts(certificate.contract, one.contract_sha256, one.figures):
            yield _other_names(one.date, counts)


def _beside(files: Sequence[Path]) -> dict[bytes, tuple[str, Envelope]]:
    """The certificates and statements in the folders of files, each once, by what is signed."""
    folders = sorted({file.absolute().parent for file in files})
    return {one.payload: (name, one) for folder in folders for name, one in _envelopes(folder)}


def _envelopes(folder: Path) -> Iterator[tuple[str, Envelope]]:
    """The certificates and statements in a folder, by the name of their file; whatever else lies there is no matter."""
    files = [*folder.glob("*.json"), *folder.glob("*.html")] if folder.is_dir() else []
    for path in sorted(files):
        try:
            raw = read_file(path, MAX_BYTES)
            yield path.name, read_envelope(embedded_envelope(raw) if is_page(raw) else raw)
        except CertificateError:
            continue


def _as_statement(envelope: Envelope) -> PublicStatement | None:
    try:
        return read_public(envelope)
    except CertificateError:
        return None


def _has(statement: PublicStatement, payload: bytes, salt: bytes) -> bool:
    return hmac.compare_digest(hmac.new(salt, payload, sha256).hexdigest(), statement.commitment)


def _overlooked(name: str) -> Text:
    return Text(
        en=f"{name} is a public statement of the same contract that --earlier does not name; a small count can follow "
        "from two statements together, so give every earlier one.",
        sv=f"{name} är ett offentligt utdrag ur samma avtal som --earlier inte anger; ett litet antal kan framgå av "
        "två utdrag tillsammans, så ange alla tidigare.",
    )


def _other_names(date: str, counts: Sequence[str]) -> Text:
    en, sv = (join_words(counts, word) for word in ("and", "och"))
    return Text(
        en=f"The statement of {date} is on the terms before an amendment and does not name {en}, so that it "
        "cannot be told which count that was: each is held against every figure there that the contract no longer "
        "names, and may be shown as a range where it need not be. Let an amendment keep the names of counts.",
        sv=f"Utdraget för {date} gäller villkoren före en ändring och nämner inte {sv}, så det kan inte avgöras "
        "vilket antal det var: vart och ett jämförs med varje siffra där som avtalet inte längre nämner, och kan visas "
        "som ett spann där det inte behövs. Låt en ändring behålla antalens namn.",
    )


_PERHAPS_USED = Text(
    en="The salt was there already, and whether an earlier statement was made under it can be told only with its "
    "certificate; make a new one for each statement (--new-salt).",
    sv="Saltet fanns redan, och om ett tidigare utdrag gjordes med det kan bara avgöras med dess intyg; gör ett nytt "
    "för varje utdrag (--new-salt).",
)
