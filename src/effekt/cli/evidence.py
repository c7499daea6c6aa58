"""Commands of those who keep a register: sealing a table, drawing whom to look up, and entering what was paid for."""

from __future__ import annotations

from pathlib import Path

import click

from effekt._text import Language, Text
from effekt.cli.group import cli, tell, tell_cautions
from effekt.cli.options import (
    OutPath,
    as_sources,
    contract_argument,
    data_option,
    lang_option,
    read_earlier_certificate,
    read_envelope_file,
    rotation_option,
    salt_of,
    salt_options,
)
from effekt.exceptions import ArgumentError


@cli.command()
@click.argument("table", type=click.Path(path_type=Path))
@salt_options
@lang_option
def seal(table: Path, salt: Path, new_salt: bool, lang: Language) -> None:
    """Commit to a TABLE: print the digest that a contract has under `sealed`."""
    from effekt import workflow

    with salt_of(salt, new=new_salt) as secret:
        digest = workflow.seal(table, salt=secret)
    tell(digest)
    told = Text(
        en=f"Keep {salt.name} and the table until you are shown the lock.",
        sv=f"Behåll {salt.name} och tabellen tills ni har fått se låsningen.",
    )
    tell(told.in_language(lang), err=True)


@cli.command()
@contract_argument
@click.option("--analysis", required=True, help="Whose table and units they are drawn from.")
@click.option("--number", type=int, required=True, help="How many.")
@click.option("--seed", required=True, help="What was drawn in public after the lock and the delivery.")
@click.option("--locked", type=click.Path(path_type=Path), required=True, help="The lock of the plan.")
@data_option
@lang_option
def trace(
    contract: Path, analysis: str, number: int, seed: str, locked: Path, data: tuple[str, ...], lang: Language
) -> None:
    """Draw by lot whose records are looked up in the sources, of a CONTRACT whose plan is locked."""
    from effekt import workflow

    drawn = workflow.trace(
        workflow.read_contract(contract),
        analysis=analysis,
        number=number,
        seed=seed,
        locked=read_envelope_file(locked),
        data=as_sources(data),
    )
    for one in drawn:
        tell(one)
    told = Text(en="These may be persons: do not publish them.", sv="Detta kan vara personer: offentliggör dem inte.")
    tell(told.in_language(lang), err=True)


@cli.command()
@click.argument("certificate", type=click.Path(path_type=Path))
@click.option("--contract", type=click.Path(path_type=Path), required=True, help="Your own copy of its contract.")
@click.option("--register", type=OutPath(), required=True, help="The register; with --new-salt it is begun.")
@salt_options
@click.option("--outcome", "words", multiple=True, metavar="ANALYSIS=WORD", help="What it counts; repeatable.")
@click.option("--new-outcome", is_flag=True, help="A word may be one that the register does not know.")
@data_option
@click.option(
    "--earlier",
    multiple=True,
    type=click.Path(path_type=Path),
    help="An entered certificate that this one supersedes, or deducts the payments of; repeatable.",
)
@click.option("--log", type=click.Path(path_type=Path), help="The run log that it says it stands in.")
@rotation_option
@click.option(
    "--amended",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A contract file before its amendment; repeatable.",
)
@lang_option
def claim(
    certificate: Path,
    contract: Path,
    register: Path,
    salt: Path,
    new_salt: bool,
    words: tuple[str, ...],
    new_outcome: bool,
    data: tuple[str, ...],
    earlier: tuple[Path, ...],
    log: Path | None,
    rotation: tuple[Path, ...],
    amended: tuple[Path, ...],
    lang: Language,
) -> None:
    """Verify a final CERTIFICATE and enter what it counts in a register of claims; refuse what is claimed already."""
    from effekt import workflow

    outcomes: dict[str, str] = {}
    for name, equals, word in (item.partition("=") for item in words):
        if not (name and equals and word) or name in outcomes:
            raise ArgumentError(
                "`--outcome` must be ANALYSIS=WORD, each analysis once, such as work=month; got "
                f"{name + equals + word!r}."
            )
        outcomes[name] = word
    with salt_of(salt, new=new_salt) as secret:
        made = workflow.claim(
            workflow.read_certificate(certificate),
            contract=workflow.read_contract(contract),
            register=register,
            salt=secret,
            outcomes=outcomes,
            begin=new_salt,
            new_outcomes=new_outcome,
            data=as_sources(data),
            earlier=[read_earlier_certificate(path) for path in earlier],
            log=log,
            rotations=[read_envelope_file(path) for path in rotation],
            amended=[workflow.read_contract(path) for path in amended],
        )
    tell_cautions(made.cautions, lang)
    tell(made.text.in_language(lang))
