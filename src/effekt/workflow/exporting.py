"""Certificates in the forms that registers of other people read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, TypeAlias, get_args

from effekt._text import LANGUAGES, Language
from effekt._validation import check_option
from effekt.certificates.canonical import MAX_BYTES
from effekt.certificates.certificate import Certificate
from effekt.certificates.envelope import Envelope, read_envelope
from effekt.certificates.files import read_file, write_atomic
from effekt.certificates.release import for_anyone, read_public
from effekt.contracts.reading import followed
from effekt.exceptions import ArgumentError
from effekt.reports.indigo import indigo_csv, indigo_project
from effekt.reports.ro_crate import FILE_NAME, Part, public_crate, ro_crate
from effekt.workflow.plan.several_settlements import most_in_all
from effekt.workflow.rules.concluded import check_conclusions

Form: TypeAlias = Literal["indigo", "indigo-csv", "ro-crate"]


def export(
    certificate: Certificate | Envelope,
    path: str | Path,
    *,
    form: Form,
    lang: Language = "sv",
    files: Sequence[str | Path] = (),
    licence: str | None = None,
    earlier: Sequence[Envelope | bytes] = (),
) -> Path:
    """Write what a certificate says in the form of another register. Nothing is verified by it.

    Parameters
    ----------
    certificate : Certificate or Envelope
        With `ro-crate` also the envelope of a public statement: the crate then lists what anyone may see.
    path : str or Path
        For `indigo` and `indigo-csv` a new file; for `ro-crate` the folder that the files lie in, where
        `ro-crate-metadata.json` is written.
    form : {"indigo", "indigo-csv", "ro-crate"}
        The project model of the INDIGO data standard as JSON or as a table of one row, or RO-Crate 1.1.
    lang : {"sv", "en"}
        Of the texts.
    files : sequence of str or Path
        With `ro-crate`: what it lists, the certificate or its page among them; all below the folder.
    licence : str, optional
        With `ro-crate`: the address of a licence, or a sentence.
    earlier : sequence of Envelope or bytes
        With `indigo` and `indigo-csv`, where the contract hides small counts: all earlier public statements of it, as
        in `publish`. The numbers are written as a public statement shows them.

    Returns
    -------
    Path
        What was written.

    Raises
    ------
    ArgumentError, CertificateError
        For files, a licence or earlier statements with another form, a file that lies elsewhere or that the certificate
        does not vouch for, a public statement in another form, a conclusion that the checklist contradicts and that
        would be repeated, or a file that exists already.
    """
    check_option("form", form, get_args(Form))
    check_option("lang", lang, LANGUAGES)
    target = Path(path)
    if form == "ro-crate":
        if earlier:
            raise ArgumentError("`earlier` goes with the forms indigo and indigo-csv; got the form ro-crate.")
        target = target / FILE_NAME
        parts = [_part(Path(path), Path(file)) for file in files]
        if isinstance(certificate, Certificate):
            text = _json(ro_crate(certificate, parts, lang=lang, licence=licence))
        else:
            text = _json(public_crate(certificate, parts, lang=lang, licence=licence))
    else:
        for name, given in (("files", files), ("licence", licence)):
            if given:
                raise ArgumentError(f"`{name}` goes with the form ro-crate; got the form {form}.")
        if not isinstance(certificate, Certificate):
            raise ArgumentError(
                f"`certificate` must be the certificate with the form {form}, which is written as its public statement "
                "shows it; got a public statement, which has no contract in it."
            )
        check_conclusions(certificate)
        before = [read_public(read_envelope(one) if isinstance(one, bytes) else one) for one in earlier]
        project = indigo_project(
            certificate, lang=lang, most=most_in_all(certificate.contract), statement=for_anyone(certificate, before)
        )
        text = _json(project) if form == "indigo" else indigo_csv(project)
    write_atomic(target, text.encode())
    return target


def _json(plain: object) -> str:
    return json.dumps(plain, ensure_ascii=False, indent=2) + "\n"


def _part(folder: Path, file: Path) -> Part:
    """A file below the folder, named from there."""
    try:
        inside = followed(file).relative_to(followed(folder))
    except ValueError:
        raise ArgumentError(
            f"`files` must lie below the crate's folder; {file.name!r} does not. Copy it there."
        ) from None
    return Part(path=inside.as_posix(), raw=read_file(file, MAX_BYTES))
