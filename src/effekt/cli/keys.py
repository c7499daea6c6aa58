"""Commands on keys: sign a certificate, make a key, change it for another."""

from __future__ import annotations

from pathlib import Path

import click

from effekt._text import Language, Text
from effekt.cli.group import cli, tell
from effekt.cli.options import (
    OutPath,
    contract_argument,
    key_options,
    lang_option,
    private_key,
    read_envelope_file,
    read_passphrase,
    rotation_option,
)


@cli.command()
@click.argument("certificate", type=click.Path(path_type=Path))
@key_options
@rotation_option
@click.option("--out", type=OutPath(), help="Else the certificate's own file.")
@lang_option
def sign(
    certificate: Path,
    key: str,
    passphrase_file: Path | None,
    rotation: tuple[Path, ...],
    out: Path | None,
    lang: Language,
) -> None:
    """Add a signature to a CERTIFICATE."""
    from effekt import workflow

    read = workflow.read_certificate(certificate)
    rotations = [read_envelope_file(path) for path in rotation]
    signed = read.sign(private_key(key, passphrase_file, lang), rotations=rotations)
    written = workflow.write_certificate(signed, out or certificate, rotations=rotations)
    count, again = len(written.envelope.signatures), signed.envelope == read.envelope
    told = Text(
        en=f"{'Signed by this key already' if again else 'Signed'}, {count} in all: {out or certificate}",
        sv=f"{'Redan undertecknat med denna nyckel' if again else 'Undertecknat'}, {count} totalt: "
        f"{out or certificate}",
    )
    tell(told.in_language(lang))


@cli.command()
@click.option("--out", type=OutPath(), required=True, help="The private key's file, new.")
@click.option("--passphrase-file", type=click.Path(path_type=Path), help="Else EFFEKT_KEY_PASSPHRASE, else asked.")
@lang_option
def keygen(out: Path, passphrase_file: Path | None, lang: Language) -> None:
    """Make a signing key; prints the public key that the contract is to name."""
    from effekt.certificates import generate_key, public_key, public_text, write_private_key

    key = generate_key()
    write_private_key(out, key, read_passphrase(passphrase_file, lang, confirm=True))
    tell(public_text(public_key(key)))


@cli.command()
@contract_argument
@key_options
@click.option("--new", required=True, help="The new public key, as keygen prints it.")
@click.option("--date", required=True, help="The first day of the new key, YYYY-MM-DD.")
@rotation_option
@click.option("--out", type=OutPath(), required=True, help="The file of the change, new.")
@lang_option
def rotate(
    contract: Path,
    key: str,
    passphrase_file: Path | None,
    new: str,
    date: str,
    rotation: tuple[Path, ...],
    out: Path,
    lang: Language,
) -> None:
    """Sign with the old key of a CONTRACT that a new one takes its place."""
    from effekt import workflow
    from effekt.certificates import write_atomic

    changed = workflow.rotate(
        workflow.read_contract(contract),
        key=private_key(key, passphrase_file, lang),
        new=new,
        date=date,
        rotations=[read_envelope_file(path) for path in rotation],
    )
    write_atomic(out, changed.to_bytes())
    told = Text(
        en=f"The new key holds from {date}; give {out} to all parties",
        sv=f"Den nya nyckeln gäller från {date}; ge {out} till alla parter",
    )
    tell(told.in_language(lang))
