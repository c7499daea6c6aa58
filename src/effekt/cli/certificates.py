"""Commands with data: results, certificates, their keys and their pages."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import click

from effekt._text import Language, Text
from effekt.cli.group import MISMATCH, UNDETERMINED, cli, print_json, tell, tell_cautions
from effekt.cli.options import (
    OutPath,
    as_decimal,
    as_sources,
    attested_option,
    check_folder,
    contract_argument,
    data_option,
    declared_option,
    governing_option,
    json_option,
    lang_option,
    log_option,
    make_folder,
    read_certificate_file,
    read_earlier_certificate,
    read_earlier_statement,
    read_envelope_file,
    read_salt,
    read_small,
    rotation_option,
    settlement_options,
    summary_of,
    tell_nothing_open,
)
from effekt.exceptions import ArgumentError


@cli.command("demo")
@click.option("--out", type=OutPath(), default=Path("demo"), show_default=True, help="Folder.")
@lang_option
def demo_command(out: Path, lang: Language) -> int:
    """Go from a contract and its data to a signed certificate and its pages, and verify them."""
    from effekt import workflow

    done = workflow.demo(out, lang=lang, tell=tell)
    for page in done.pages:
        tell(Text(en=f"   open {page}", sv=f"   öppna {page}").in_language(lang))
    return 0 if done.verification.ok else MISMATCH


@cli.command()
@contract_argument
@data_option
@click.option("--out", type=OutPath(), help="Folder for the results; they are restricted.")
@log_option
@lang_option
@json_option
def estimate(
    contract: Path, data: tuple[str, ...], out: Path | None, log: Path | None, lang: Language, as_json: bool
) -> int:
    """Run every analysis of a CONTRACT."""
    from effekt import workflow
    from effekt.certificates import write_atomic

    if out is not None:
        check_folder(out)
    results = workflow.estimate(workflow.read_contract(contract), as_sources(data), log=log)
    ready = {id: result for id, result in results.items() if not isinstance(result, workflow.Pending)}
    if out is not None:
        make_folder(out)
        for id, done in ready.items():
            write_atomic(out / f"{id}.json", done.to_json().encode(), overwrite=True)
    if as_json:
        print_json({id: json.loads(result.public().to_json()) for id, result in ready.items()})
    for id, result in results.items():
        if isinstance(result, workflow.Pending):
            tell(f"{id}: {result.reason.in_language(lang)}", err=True)
        elif not as_json:
            tell(f"{id}\n{summary_of(result, lang)}\n")
    return UNDETERMINED if len(ready) < len(results) else 0


@cli.command()
@contract_argument
@data_option
@click.option("--through", required=True, metavar="PERIOD", help="The last period that counts, such as 2019-06.")
@click.option("--target", metavar="DECIMAL", help="The reduction to reach; else the contract's own, if it has one.")
@log_option
@lang_option
@json_option
def look(
    contract: Path,
    data: tuple[str, ...],
    through: str,
    target: str | None,
    log: Path | None,
    lang: Language,
    as_json: bool,
) -> None:
    """See how far the trend-adjusted analyses of a CONTRACT have come; a look is no ground for payment."""
    from effekt import workflow

    found = workflow.look(
        workflow.read_contract(contract),
        as_sources(data),
        through=through,
        target=as_decimal("--target", target),
        log=log,
    )
    if as_json:
        print_json({id: json.loads(result.public().to_json()) for id, result in found.items()})
        return
    for id, result in found.items():
        ahead = [one.statement.in_language(lang) for one in result.diagnostics if one.name == "forecast"]
        tell("\n".join([id, summary_of(result, lang), *ahead, ""]))


@cli.command("dry-run")
@contract_argument
@data_option
@attested_option
@click.option("--seed", type=int, help="By which labels are permuted; else the contract's own, if it has one.")
@log_option
@lang_option
@json_option
def dry_run_command(
    contract: Path,
    data: tuple[str, ...],
    attested: tuple[Path, ...],
    seed: int | None,
    log: Path | None,
    lang: Language,
    as_json: bool,
) -> None:
    """Try a CONTRACT from data to amounts with treatment labels permuted: no effect, and nothing to be paid."""
    from effekt import workflow
    from effekt.reports.rehearsed import dry_run_text

    read = workflow.read_contract(contract)
    found = workflow.dry_run(
        read,
        as_sources(data),
        seed=seed,
        attestations=[workflow.read_attestation(path, read) for path in attested],
        log=log,
    )
    if as_json:
        print_json(found.to_plain())
    else:
        tell(dry_run_text(found.text, found.permuted, found.figures, found.settlement, found.rehearsed, lang))


@cli.command()
@contract_argument
@data_option
@attested_option
@declared_option
@settlement_options
@rotation_option
@log_option
@click.option("--out", type=OutPath(), help="The certificate's file.")
@lang_option
@json_option
def settle(
    contract: Path,
    data: tuple[str, ...],
    attested: tuple[Path, ...],
    declared: tuple[Path, ...],
    locked: Path | None,
    undecided_accepted: bool,
    date: str,
    kind: str,
    supersedes: Path | None,
    reason: str | None,
    rotation: tuple[Path, ...],
    log: Path | None,
    out: Path | None,
    lang: Language,
    as_json: bool,
) -> int:
    """Estimate, take the figures of a CONTRACT and compute what is due."""
    from effekt import workflow
    from effekt.reports.text import certificate_text
    from effekt.workflow.earlier import agreed_beside, declared_before

    read = workflow.read_contract(contract)
    if out is not None:
        workflow.check_certificate_place(out, read, date=date, kind=kind)
    declarations = [workflow.read_declarations(path, read) for path in declared]
    earlier = None if supersedes is None else workflow.read_certificate(supersedes)
    changed, files = [read_envelope_file(path) for path in rotation], [contract] if out is None else [contract, out]
    tell_cautions(declared_before.cautions_before(read, files, declarations, earlier, changed, date=date), lang)
    certificate = workflow.settle(
        read,
        date=date,
        data=as_sources(data),
        attestations=[workflow.read_attestation(path, read) for path in attested],
        locked=None if locked is None else read_envelope_file(locked),
        kind=kind,
        supersedes=earlier,
        reason=reason,
        log=log,
        declarations=declarations,
        rotations=changed,
        undecided_accepted=undecided_accepted,
    )
    tell_nothing_open(read, lang, accepted=undecided_accepted)
    tell_cautions(agreed_beside.cautions_after(certificate, files, changed), lang)
    if out is not None:
        settled, certificate = certificate, workflow.write_certificate(certificate, out, rotations=changed)
        tell(_standing(settled, certificate, out).in_language(lang), err=True)
    if as_json:
        left = certificate.left_to_pay_written
        print_json(certificate.settlement.to_plain() | ({"left_to_pay": left} if left else {}))
    else:
        tell(certificate_text(certificate, lang))
    return 0 if certificate.settlement.determined else UNDETERMINED


def _standing(settled: Any, written: Any, out: Path) -> Text:
    """Whether the certificate in the file is signed, and what became of a run that found it there."""
    count, path = len(written.envelope.signatures), shlex.quote(str(out))
    if not count:
        return Text(
            en=f"The certificate is unsigned: effekt sign {path} --key FILE",
            sv=f"Intyget är inte undertecknat: effekt sign {path} --key FIL",
        )
    en, sv = f"The certificate was there already, signatures: {count}.", f"Intyget fanns redan, underskrifter: {count}."
    if settled.runs == written.runs:
        return Text(en=en, sv=sv)
    return Text(
        en=f"{en} It stands at line {written.runs.number} of the run log; this run is line {settled.runs.number}.",
        sv=f"{sv} Det står på rad {written.runs.number} i körningsloggen; denna körning är rad {settled.runs.number}.",
    )


@cli.command()
@click.argument("certificate", type=click.Path(path_type=Path))
@click.option("--contract", type=click.Path(path_type=Path), help="Your own copy of the contract.")
@data_option
@click.option(
    "--earlier",
    multiple=True,
    type=click.Path(path_type=Path),
    help="An earlier certificate, superseded or beside this one; of a public statement an earlier one; repeatable.",
)
@click.option("--certificate", "of", type=click.Path(path_type=Path), help="Of a public statement: its certificate.")
@click.option("--salt", type=click.Path(path_type=Path), help="Of a public statement: the file of its secret salt.")
@click.option("--log", type=click.Path(path_type=Path), help="The run log that it says it stands in.")
@rotation_option
@click.option("--timestamp", type=click.Path(path_type=Path), help="A timestamp token on it (RFC 3161, DER).")
@click.option("--authority", type=click.Path(path_type=Path), help="The X.509 certificate of who made the timestamp.")
@click.option(
    "--amended",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A contract file before its amendment; repeatable.",
)
@governing_option
@lang_option
@json_option
def verify(
    certificate: Path,
    contract: Path | None,
    data: tuple[str, ...],
    earlier: tuple[Path, ...],
    of: Path | None,
    salt: Path | None,
    log: Path | None,
    rotation: tuple[Path, ...],
    timestamp: Path | None,
    authority: Path | None,
    amended: tuple[Path, ...],
    governing_text: Path | None,
    lang: Language,
    as_json: bool,
) -> int:
    """Verify a CERTIFICATE, its page or a public statement; with contract and data every number is computed again."""
    from effekt import workflow
    from effekt.workflow.statements import is_statement

    own = None if contract is None else workflow.read_contract(contract)
    changed = [read_envelope_file(path) for path in rotation]
    if is_statement(raw := read_certificate_file(certificate)):
        if data or log or timestamp or authority or amended or governing_text:
            raise ArgumentError(
                "A public statement is verified with --contract, --certificate, --salt, --earlier and --rotation; "
                "verify its certificate with the others."
            )
        stated = workflow.verify_statement(
            raw,
            certificate=None if of is None else workflow.read_certificate(of),
            salt=None if salt is None else read_salt(salt),
            contract=own,
            earlier=[read_earlier_statement(path) for path in earlier],
            rotations=changed,
        )
        return _told(stated, None, lang, as_json=as_json)
    if of is not None or salt is not None:
        raise ArgumentError("--certificate and --salt are for a public statement; drop them.")
    found = workflow.verify(
        certificate,
        contract=own,
        data=as_sources(data),
        earlier=[read_earlier_certificate(path) for path in earlier],
        log=log,
        rotations=changed,
        timestamp=None if timestamp is None else read_small(timestamp),
        authority=None if authority is None else read_small(authority),
        amended=[workflow.read_contract(path) for path in amended],
        governing_text=governing_text,
    )
    return _told(found, found.parted, lang, as_json=as_json)


def _told(found: Any, where: Text | None, lang: Language, *, as_json: bool) -> int:
    """Every finding, where the paths part and the summary; the exit code."""
    parted, summary = None if where is None else where.in_language(lang), found.summary.in_language(lang)
    if as_json:
        rows = [{"name": f.name, "verdict": f.verdict, "text": f.text.in_language(lang)} for f in found.findings]
        print_json({"ok": found.ok, "summary": summary, "parted": parted, "findings": rows})
        return 0 if found.ok else MISMATCH
    for finding in found.findings:
        tell(f"{_VERDICTS[finding.verdict][lang]:<22} {finding.name:<26} {finding.text.in_language(lang)}")
    tell(summary if parted is None else f"{parted}\n{summary}")
    return 0 if found.ok else MISMATCH


_VERDICTS: dict[str, dict[str, str]] = {
    "reproduced": {"sv": "återskapat", "en": "reproduced"},
    "within_tolerance": {"sv": "inom tolerans", "en": "within tolerance"},
    "different": {"sv": "SKILJER SIG", "en": "DIFFERENT"},
    "cannot_tell": {"sv": "kan inte avgöras", "en": "cannot tell"},
}


@cli.command()
@click.argument("certificate", type=click.Path(path_type=Path))
@lang_option
@json_option
def show(certificate: Path, lang: Language, as_json: bool) -> None:
    """Print a CERTIFICATE or a public statement without verifying it."""
    from effekt import workflow
    from effekt.certificates import read_envelope
    from effekt.certificates.release import read_public
    from effekt.reports.public import statement_text
    from effekt.reports.text import certificate_text
    from effekt.workflow.statements import is_statement

    if is_statement(raw := read_certificate_file(certificate)):
        envelope = read_envelope(raw)
        if as_json:
            print_json(json.loads(envelope.payload)["predicate"])
        else:
            tell(statement_text(read_public(envelope), lang))
        return
    found = workflow.read_certificate(certificate)
    if as_json:
        print_json(found.predicate)
    else:
        tell(certificate_text(found, lang))


@cli.command()
@click.argument("certificate", type=click.Path(path_type=Path))
@click.option("--out", type=OutPath(), required=True, help="The page, one HTML file.")
@lang_option
def report(certificate: Path, out: Path, lang: Language) -> None:
    """Write the page of a CERTIFICATE."""
    from effekt import workflow

    workflow.report(workflow.read_certificate(certificate), out, lang=lang)
    tell(Text(en=f"The page is {out}", sv=f"Sidan är {out}").in_language(lang))
