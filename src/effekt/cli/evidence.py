"""Commands of those who keep a register: sealing a table, drawing whom to look up, and entering what was paid for."""

from __future__ import annotations

from pathlib import Path

import click

from effekt._text import Language, Text
from effekt.cli.group import cli, tell
from effekt.cli.options import (
    OutPath,
    as_sources,
    contract_argument,
    data_option,
    lang_option,
    read_envelope_file,
    read_salt,
)
from effekt.exceptions import ArgumentError


@cli.command()
@click.argument("table", type=click.Path(path_type=Path))
@click.option("--salt", type=OutPath(), required=True, help="The secret salt's file; made when it is not there.")
@lang_option
def seal(table: Path, salt: Path, lang: Language) -> None:
    """Commit to a TABLE: print the digest that a contract has under `sealed`."""
    from effekt import workflow

    digest = workflow.seal(table, salt=read_salt(salt))
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
@click.option("--register", type=OutPath(), required=True, help="The register; begun when it is not there.")
@click.option("--salt", type=OutPath(), required=True, help="The register's secret salt; made when it is not there.")
@click.option("--outcome", "words", multiple=True, metavar="ANALYSIS=WORD", help="What it counts; repeatable.")
@data_option
@lang_option
def claim(
    certificate: Path,
    contract: Path,
    register: Path,
    salt: Path,
    words: tuple[str, ...],
    data: tuple[str, ...],
    lang: Language,
) -> None:
    """Enter what a final CERTIFICATE counts in a register of claims; refuse what is claimed already."""
    from effekt import workflow

    outcomes: dict[str, str] = {}
    for name, equals, word in (item.partition("=") for item in words):
        if not (name and equals and word) or name in outcomes:
            raise ArgumentError(
                "`--outcome` must be ANALYSIS=WORD, each analysis once, such as work=month; got "
                f"{name + equals + word!r}."
            )
        outcomes[name] = word
    made = workflow.claim(
        workflow.read_certificate(certificate),
        contract=workflow.read_contract(contract),
        register=register,
        salt=read_salt(salt, new=not register.exists()),
        outcomes=outcomes,
        data=as_sources(data),
    )
    tell(made.text.in_language(lang))
