"""Commands for everyone else: what anyone may see of a certificate, and the form of other registers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from effekt._text import Language, Text
from effekt.cli.group import cli, tell, tell_cautions
from effekt.cli.options import (
    OutPath,
    earlier_option,
    key_options,
    lang_option,
    private_key,
    read_certificate_or_statement,
    read_earlier_statement,
    read_envelope_file,
    rotation_option,
    salt_of,
    salt_options,
)


@cli.command()
@click.argument("certificate", type=click.Path(path_type=Path))
@key_options
@salt_options
@earlier_option
@rotation_option
@click.option("--out", type=OutPath(), required=True, help="The public statement's file, new.")
@lang_option
def publish(
    certificate: Path,
    key: str,
    passphrase_file: Path | None,
    salt: Path,
    new_salt: bool,
    earlier: tuple[Path, ...],
    rotation: tuple[Path, ...],
    out: Path,
    lang: Language,
) -> None:
    """Sign and print what anyone may see of a CERTIFICATE.

    No count below the contract's smallest (disclosure) can be worked out from it; a contract without one hides none for
    its size.
    """
    from effekt import workflow
    from effekt.certificates import write_atomic
    from effekt.certificates.annual import moved_years
    from effekt.certificates.certificate import minimum_of
    from effekt.certificates.release import read_public, suspected_sums
    from effekt.reports.public import ALL_SHOWN, kept, signatures_caution, statement_text, sum_caution, years_caution
    from effekt.workflow.beside import held_against

    read = workflow.read_certificate(certificate)
    before = [read_earlier_statement(path) for path in earlier]
    changed, signer = [read_envelope_file(path) for path in rotation], private_key(key, passphrase_file, lang)
    with salt_of(salt, new=new_salt) as secret:
        told = held_against(read, salt=secret, made=new_salt, earlier=before, files=(out, certificate))
        envelope = workflow.publish(read, key=signer, salt=secret, earlier=before, rotations=changed)
        write_atomic(out, envelope.to_bytes())
    tell_cautions(told, lang)
    if not minimum_of(read.contract):
        tell(f"! {ALL_SHOWN.in_language(lang)}", err=True)
    statement = read_public(envelope)
    if lacking := statement.lacking_signatures:
        tell(f"! {signatures_caution(lacking).in_language(lang)}", err=True)
    tell(statement_text(statement, lang))
    for total, parts in suspected_sums(read, statement):
        tell(f"! {sum_caution(total, parts).in_language(lang)}", err=True)
    if days := moved_years(read.contract, read.date, [read_public(one).date for one in before]):
        tell(f"! {years_caution(days).in_language(lang)}", err=True)
    tell(kept(out, salt).in_language(lang))


@cli.command("export")
@click.argument("certificate", type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice(["indigo", "indigo-csv", "ro-crate"]), required=True)
@click.option("--out", type=OutPath(), required=True, help="A new file; of a crate its folder.")
@click.option("--file", "files", multiple=True, type=click.Path(path_type=Path), help="What a crate lists; repeatable.")
@click.option("--licence", help="Of a crate: the address of a licence, or a sentence.")
@earlier_option
@lang_option
def export_command(
    certificate: Path,
    form: Any,
    out: Path,
    files: tuple[Path, ...],
    licence: str | None,
    earlier: tuple[Path, ...],
    lang: Language,
) -> None:
    """Write a CERTIFICATE in the form of another register, without verifying it.

    With the form ro-crate also a public statement, with what anyone may see.
    """
    from effekt import workflow
    from effekt.workflow.beside import overlooked

    before, read = [read_earlier_statement(path) for path in earlier], read_certificate_or_statement(certificate)
    written = workflow.export(read, out, form=form, lang=lang, files=files, licence=licence, earlier=before)
    if form != "ro-crate" and isinstance(read, workflow.Certificate):
        tell_cautions(overlooked(read, earlier=before, files=(out, certificate)), lang)
    tell(Text(en=f"Written: {written}", sv=f"Skrivet: {written}").in_language(lang))
