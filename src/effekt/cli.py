"""The command line: it parses and prints; each command is one call to `effekt.workflow`.

Exit codes: 0 done, 1 a mismatch, 2 unusable input or usage, 3 referred or not yet determinable, 70 an internal error.
"""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click

import effekt
from effekt._text import LANGUAGES, Language
from effekt.exceptions import ArgumentError, EffektError

F = TypeVar("F", bound=Callable[..., Any])
MISMATCH, UNUSABLE, UNDETERMINED, INTERNAL, INTERRUPTED = 1, 2, 3, 70, 130
DEMO = "demo"
MAX_BYTES = 2**20  # of a lock or a passphrase


def main() -> NoReturn:
    """Run the command line; no traceback reaches the user."""
    sys.exit(_run())


def _run() -> int:
    """The exit code, after a sentence on standard error where something stopped it."""
    try:
        code = cli.main(standalone_mode=False)
        return code if isinstance(code, int) else 0
    except click.exceptions.Exit as done:
        return done.exit_code
    except SystemExit:  # how click ends when nobody reads its help
        return 0
    except click.ClickException as error:
        error.show()
        return UNUSABLE
    except EffektError as error:
        return _stopped(str(error), UNUSABLE)
    except (click.Abort, KeyboardInterrupt):
        return _stopped("interrupted; nothing half-written is left.", INTERRUPTED)
    except MemoryError:
        return _stopped("There is not enough memory for these files; use smaller ones or a larger machine.", UNUSABLE)
    except OSError as error:
        return _stopped(f"A file or the output cannot be used: {error.strerror}.", UNUSABLE)
    except Exception as error:  # the last resort, so that no traceback and no data reach the user
        return _stopped(f"internal error ({type(error).__name__}{_place(error)}); please report it.", INTERNAL)


def _stopped(sentence: str, code: int) -> int:
    _tell(f"effekt: {sentence}", err=True)
    return code


def _tell(text: str, *, err: bool = False) -> None:
    """Print lines for people, with plain spaces, as `grep` wants them."""
    _print(text.replace("\N{NO-BREAK SPACE}", " "), err=err)


def _print(text: str, *, err: bool = False) -> None:
    """Print a line. A reader that has gone, as `head` does, changes nothing, the exit code neither."""
    try:
        click.echo(text, err=err)
    except BrokenPipeError:
        _silence()
    except OSError as error:
        _silence()
        if not err:
            raise ArgumentError(f"Standard output cannot be written: {error.strerror}; give it a place.") from None


def _silence() -> None:
    """Let what is still buffered for standard output and all that follows go nowhere."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def _place(error: BaseException) -> str:
    """' at module.py:12', the innermost line of effekt itself."""
    trace, place = error.__traceback__, ""
    while trace is not None:
        path = Path(trace.tb_frame.f_code.co_filename)
        if "effekt" in path.parts:
            place = f" at {path.name}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place


class _Command(click.Command):
    """A command whose errors name options as they are typed, not as Python has them."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run it."""
        try:
            return super().invoke(ctx)
        except ArgumentError as error:
            if type(error) is not ArgumentError:
                raise
            sentence = str(error)
            for option in self.params:
                if isinstance(option, click.Option):
                    sentence = sentence.replace(f"`{option.name}`", f"`{option.opts[0]}`")
            raise ArgumentError(sentence) from None


class _Commands(click.Group):
    """The commands."""

    command_class = _Command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(effekt.__version__, prog_name="effekt")
def cli() -> None:
    """Estimate effects, settle social outcomes contracts and verify their certificates."""


class _OutPath(click.Path):
    """A path to write to; '-' is refused, since what a command prints and what it writes are two things."""

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path."""
        if str(value) == "-":
            raise ArgumentError("`--out` must name a file or folder; got '-', which is not taken for standard output.")
        return super().convert(value, param, ctx)


def _contract(function: F) -> F:
    return click.argument("contract", type=click.Path(path_type=Path))(function)


def _data(function: F) -> F:
    return click.option(
        "--data", "data", multiple=True, metavar="ID=PATH", help="A data file in place of the contract's own."
    )(function)


def _attested(function: F) -> F:
    return click.option(
        "--attested", multiple=True, type=click.Path(path_type=Path), help="An attestation file; repeatable."
    )(function)


def _json(function: F) -> F:
    return click.option("--json", "as_json", is_flag=True, help="JSON on standard output.")(function)


def _lang(function: F) -> F:
    return click.option("--lang", type=click.Choice(LANGUAGES), default="sv", show_default=True)(function)


def _key(function: F) -> F:
    function = click.option(
        "--passphrase-file", type=click.Path(path_type=Path), help="Else EFFEKT_KEY_PASSPHRASE, else you are asked."
    )(function)
    help_ = "Private key file, or 'demo' for the published, worthless demonstration key."
    return click.option("--key", required=True, help=help_)(function)


@cli.command("demo")
@click.option("--out", type=_OutPath(), default=Path("demo"), show_default=True, help="Folder.")
def demo_command(out: Path) -> int:
    """Go from a contract and its data to a signed certificate and its pages, and verify them."""
    from effekt import workflow

    done = workflow.demo(out, tell=_tell)
    for page in done.pages:
        _tell(f"   open {page}")
    return 0 if done.verification.ok else MISMATCH


@cli.command()
@_json
def cases(as_json: bool) -> None:
    """List the contracts that come with effekt."""
    from effekt import workflow

    lines = {name: workflow.case_line(name) for name in workflow.case_names()}
    if as_json:
        _print_json(lines)
        return
    for name, line in lines.items():
        _tell(f"{name:<14} {line}")


@cli.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--case", "name", default="sick-leave", show_default=True, help="The case to start from.")
def init(folder: Path, name: str) -> None:
    """Copy a case to FOLDER as the start of a contract of your own."""
    from effekt import workflow

    workflow.copy_case(name, folder)
    contract = workflow.read_contract(folder / "contract.yaml")
    missing = [source.path for source in contract.model.data.values() if not (folder / source.path).exists()]
    if missing:
        _tell(f"Its data do not come with effekt; README.md says how to get {' and '.join(missing)}.")
    path = shlex.quote(str(folder / "contract.yaml"))
    _tell(f"The case {name} is in {folder}; edit contract.yaml there and run: effekt check {path}")


def _outlook_options(function: F) -> F:
    """What `check` is told about a future that nobody knows yet."""
    for name, destination, metavar, help_ in reversed(_SUPPOSED):
        several = name not in ("--figure", "--counterfactual-mean", "--paid", "--years")
        function = click.option(name, destination, multiple=several, metavar=metavar, help=help_)(function)
    return function


_SUPPOSED = (
    ("--std-error", "std_errors", "DECIMAL", "A standard error the estimate may come to have; repeatable."),
    ("--effect", "effects", "DECIMAL", "A true effect; repeatable. No effect is always added."),
    ("--figure", "figure", "ID", "The figure whose true value is varied."),
    ("--assume", "assumed", "ID=VALUE", "The value of a figure that does not follow from it; repeatable."),
    ("--counterfactual-mean", "counterfactual_mean", "DECIMAL", "The mean without the intervention."),
    ("--years", "years", "FIRST-LAST", "The years over which the maximum is spread, such as 2019-2021."),
    ("--invested", "invested", "DATE=AMOUNT", "What the investor pays in, and when; repeatable."),
    ("--paid", "paid", "DATE", "The day of the outcome payment."),
)


@cli.command()
@_contract
@_outlook_options
@_lang
@_json
def check(contract: Path, lang: Language, as_json: bool, **supposed: Any) -> None:
    """Check a CONTRACT before there are data: what it says, what it leaves open, and what it can come to pay."""
    from effekt import workflow
    from effekt.contracts import format_money, line_terms, payment_terms

    found = workflow.check(workflow.read_contract(contract))
    seen = _outlook(found.contract, supposed)
    terms = {id: text.in_language(lang) for id, text in line_terms(found.contract).items()}
    figures = {id: text.in_language(lang) for id, text in found.figures.items()}
    cautions = [text.in_language(lang) for text in found.cautions]
    if as_json:
        bounds = {name: getattr(found, name) for name in ("maximum", "maximum_total")}
        left = [
            {"field": one.field, "place": one.place}
            | {name: getattr(one, name).in_language(lang) for name in ("text", "remedy")}
            for one in found.undecided
        ]
        ahead = None if seen is None else json.loads(seen.to_json())
        told = {"terms": terms, "figures": figures, **bounds, "cautions": cautions}
        _print_json({**told, "minimum_total": found.minimum_total, "undecided": left, "outlook": ahead})
        return
    for id, sentence in terms.items():
        _tell(f"{id}: {sentence}")
    for text in payment_terms(found.contract):
        _tell(text.in_language(lang))
    for sentence in figures.values():
        _tell(f"  {sentence}")
    for caution in cautions:
        _tell(f"! {caution}")
    for one in found.undecided:
        _tell(f"? {one.text.in_language(lang)} {one.remedy.in_language(lang)}")
    currency = found.contract.model.payment.currency
    most = {"sv": "Högst att betala", "en": "At most payable"}[lang]
    unbounded = {"sv": "utan gräns", "en": "without a bound"}[lang]
    total = found.maximum_total
    _tell(f"{most}: {unbounded if total is None else format_money(total, currency, lang)}")
    if seen is not None:
        _tell(f"\n{seen.text(lang)}")


def _outlook(contract: Any, supposed: dict[str, Any]) -> Any:
    """What the contract can come to pay, when standard errors are given; None without any supposition."""
    from effekt import workflow

    if not any(supposed.values()):
        return None
    pairs = {name: _pairs(f"--{option}", supposed[name]) for name, option in _PAIRS.items()}
    years = supposed["years"] or ""
    first, _, last = years.partition("-")
    if years and not (first.isdecimal() and (last or first).isdecimal() and int(first) <= int(last or first) < 10_000):
        raise ArgumentError(f"`years` must be a year or two such as 2019-2021; got {years!r}.")
    return workflow.outlook(
        contract,
        std_errors=supposed["std_errors"],
        effects=supposed["effects"],
        figure=supposed["figure"],
        counterfactual_mean=supposed["counterfactual_mean"],
        years=tuple(range(int(first), int(last or first) + 1)) if years else (),
        paid=supposed["paid"],
        **pairs,
    )


_PAIRS = {"assumed": "assume", "invested": "invested"}


def _pairs(option: str, given: tuple[str, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in given:
        name, separator, value = text.partition("=")
        if not separator or not name or name in found:
            raise ArgumentError(f"`{option}` must be NAME=VALUE with each name once; got {text!r}.")
        found[name] = value
    return found


@cli.command()
@_contract
@click.option("--out", type=_OutPath(), help="The annex's file, new; without it the annex is printed.")
@_lang
def annex(contract: Path, out: Path | None, lang: Language) -> None:
    """Write the measurement annex of a CONTRACT: its terms in sentences, in Markdown."""
    from effekt import workflow
    from effekt.certificates import write_atomic

    text = workflow.annex(workflow.read_contract(contract), lang=lang)
    if out is None:
        _tell(text.rstrip("\n"))
    else:
        write_atomic(out, text.encode())
        _tell(f"The annex is written: {out}")


@cli.command()
@_contract
@_key
@click.option("--date", required=True, help="The day of the lock, YYYY-MM-DD.")
@click.option("--out", type=_OutPath(), required=True, help="The lock's file, new.")
def lock(contract: Path, key: str, passphrase_file: Path | None, date: str, out: Path) -> None:
    """Sign that the plan of a CONTRACT stands."""
    from effekt import workflow
    from effekt.certificates import write_atomic

    envelope = workflow.lock(workflow.read_contract(contract), key=_private_key(key, passphrase_file), date=date)
    write_atomic(out, envelope.to_bytes())
    _tell(f"The plan is locked, dated {date}: {out}")


@cli.command()
@_contract
@_data
@click.option("--out", type=_OutPath(), help="Folder for the results; they are restricted.")
@_lang
@_json
def estimate(contract: Path, data: tuple[str, ...], out: Path | None, lang: Language, as_json: bool) -> int:
    """Run every analysis of a CONTRACT."""
    from effekt import workflow
    from effekt.certificates import write_atomic

    results = workflow.estimate(workflow.read_contract(contract), _sources(data))
    ready = {id: result for id, result in results.items() if not isinstance(result, workflow.Pending)}
    if out is not None:
        _make_folder(out)
        for id, done in ready.items():
            write_atomic(out / f"{id}.json", done.to_json().encode(), overwrite=True)
    if as_json:
        _print_json({id: json.loads(result.public().to_json()) for id, result in ready.items()})
    for id, result in results.items():
        if isinstance(result, workflow.Pending):
            _tell(f"{id}: {result.reason.in_language(lang)}", err=True)
        elif not as_json:
            _tell(f"{id}\n{_summary(result, lang)}\n")
    return UNDETERMINED if len(ready) < len(results) else 0


@cli.command()
@_contract
@_data
@_attested
@click.option("--lock", "locked", type=click.Path(path_type=Path), help="The lock of the plan.")
@click.option("--date", required=True, help="The day the certificate is for, YYYY-MM-DD.")
@click.option("--kind", type=click.Choice(["final", "interim"]), default="final", show_default=True)
@click.option("--supersedes", type=click.Path(path_type=Path), help="An earlier certificate whose place this takes.")
@click.option("--reason", help="Why it takes that place.")
@click.option("--out", type=_OutPath(), help="The certificate's file.")
@_lang
@_json
def settle(
    contract: Path,
    data: tuple[str, ...],
    attested: tuple[Path, ...],
    locked: Path | None,
    date: str,
    kind: str,
    supersedes: Path | None,
    reason: str | None,
    out: Path | None,
    lang: Language,
    as_json: bool,
) -> int:
    """Estimate, take the figures of a CONTRACT and compute what is due."""
    from effekt import workflow
    from effekt.reports.text import certificate_text

    read = workflow.read_contract(contract)
    certificate = workflow.settle(
        read,
        date=date,
        data=_sources(data),
        attestations=[workflow.read_attestation(path, read) for path in attested],
        locked=None if locked is None else _read(locked),
        kind=kind,
        supersedes=None if supersedes is None else workflow.read_certificate(supersedes),
        reason=reason,
    )
    if out is not None:
        written = workflow.write_certificate(certificate, out)
        count = len(written.envelope.signatures)
        path = shlex.quote(str(out))
        unsigned = f"The certificate is unsigned: effekt sign {path} --key FILE"
        _tell(f"The certificate was there already, signatures: {count}." if count else unsigned, err=True)
    if as_json:
        _print_json(certificate.settlement.to_plain())
    else:
        _tell(certificate_text(certificate, lang))
    return 0 if certificate.settlement.state in ("payable", "zero_by_terms") else UNDETERMINED


@cli.command()
@click.argument("certificate", type=click.Path(path_type=Path))
@click.option("--contract", type=click.Path(path_type=Path), help="Your own copy of the contract.")
@_data
@click.option("--earlier", type=click.Path(path_type=Path), help="A certificate that this one says it supersedes.")
@_lang
@_json
def verify(
    certificate: Path,
    contract: Path | None,
    data: tuple[str, ...],
    earlier: Path | None,
    lang: Language,
    as_json: bool,
) -> int:
    """Verify a CERTIFICATE or its page; with the contract and the data every number is computed again."""
    from effekt import workflow

    own = None if contract is None else workflow.read_contract(contract)
    before = None if earlier is None else workflow.read_certificate(earlier)
    found = workflow.verify(certificate, contract=own, data=_sources(data), earlier=before)
    if as_json:
        rows = [{"name": f.name, "verdict": f.verdict, "text": f.text.in_language(lang)} for f in found.findings]
        parted = None if found.parted is None else found.parted.in_language(lang)
        summary = found.summary.in_language(lang)
        _print_json({"ok": found.ok, "summary": summary, "parted": parted, "findings": rows})
    else:
        for finding in found.findings:
            _tell(f"{_VERDICTS[finding.verdict][lang]:<22} {finding.name:<26} {finding.text.in_language(lang)}")
        if found.parted is not None:
            _tell(found.parted.in_language(lang))
        _tell(found.summary.in_language(lang))
    return 0 if found.ok else MISMATCH


_VERDICTS: dict[str, dict[str, str]] = {
    "reproduced": {"sv": "återskapat", "en": "reproduced"},
    "within_tolerance": {"sv": "inom tolerans", "en": "within tolerance"},
    "different": {"sv": "SKILJER SIG", "en": "DIFFERENT"},
    "cannot_tell": {"sv": "kan inte avgöras", "en": "cannot tell"},
}


@cli.command()
@click.argument("certificate", type=click.Path(path_type=Path))
@_lang
@_json
def show(certificate: Path, lang: Language, as_json: bool) -> None:
    """Print a CERTIFICATE without verifying it."""
    from effekt import workflow
    from effekt.reports.text import certificate_text

    found = workflow.read_certificate(certificate)
    if as_json:
        _print_json(found.predicate)
    else:
        _tell(certificate_text(found, lang))


@cli.command()
@click.argument("certificate", type=click.Path(path_type=Path))
@_key
@click.option("--out", type=_OutPath(), help="Else the certificate's own file.")
def sign(certificate: Path, key: str, passphrase_file: Path | None, out: Path | None) -> None:
    """Add a signature to a CERTIFICATE."""
    from effekt import workflow

    read = workflow.read_certificate(certificate)
    signed = read.sign(_private_key(key, passphrase_file))
    written = workflow.write_certificate(signed, out or certificate)
    told = "Signed by this key already" if signed.envelope == read.envelope else "Signed"
    _tell(f"{told}, {len(written.envelope.signatures)} in all: {out or certificate}")


@cli.command()
@click.option("--out", type=_OutPath(), required=True, help="The private key's file, new.")
@click.option("--passphrase-file", type=click.Path(path_type=Path), help="Else EFFEKT_KEY_PASSPHRASE, else asked.")
def keygen(out: Path, passphrase_file: Path | None) -> None:
    """Make a signing key; prints the public key that the contract is to name."""
    from effekt.certificates import generate_key, public_key, public_text, write_private_key

    key = generate_key()
    write_private_key(out, key, _passphrase(passphrase_file, confirm=True))
    _tell(public_text(public_key(key)))


@cli.command()
@click.argument("certificate", type=click.Path(path_type=Path))
@click.option("--out", type=_OutPath(), required=True, help="The page, one HTML file.")
@_lang
def report(certificate: Path, out: Path, lang: Language) -> None:
    """Write the page of a CERTIFICATE."""
    from effekt import workflow

    workflow.report(workflow.read_certificate(certificate), out, lang=lang)
    _tell(f"The page is {out}")


# --- reading what the user gave -------------------------------------------------------------------------------


def _sources(data: tuple[str, ...]) -> dict[str, Path] | None:
    found: dict[str, Path] = {}
    for name, equals, path in (item.partition("=") for item in data):
        if not (name and equals and path):
            raise ArgumentError(f"`--data` must be ID=PATH, such as panel=panel.csv; got {name + equals + path!r}.")
        if name in found:
            raise ArgumentError(f"`--data` must name each table once; {name!r} stands twice.")
        found[name] = Path(path)
    return found or None


def _read(path: Path) -> bytes:
    from effekt.certificates import read_file

    return read_file(path, MAX_BYTES)


def _private_key(key: str, passphrase_file: Path | None) -> Any:
    from effekt.certificates import DEMO_KEY, read_private_key

    return DEMO_KEY if key == DEMO else read_private_key(key, _passphrase(passphrase_file))


def _passphrase(file: Path | None, *, confirm: bool = False) -> str:
    if file is not None:
        try:
            return _read(file).decode("utf-8").rstrip("\r\n")
        except UnicodeDecodeError:
            raise ArgumentError(f"The file {file.name!r} must hold the passphrase as UTF-8 text.") from None
    if "EFFEKT_KEY_PASSPHRASE" in os.environ:
        return os.environ["EFFEKT_KEY_PASSPHRASE"]
    if not sys.stdin.isatty():
        raise ArgumentError("A passphrase is needed; give --passphrase-file FILE or set EFFEKT_KEY_PASSPHRASE.")
    return str(click.prompt("Passphrase", hide_input=True, confirmation_prompt=confirm, err=True))


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ArgumentError(f"`--out` cannot be made: {error.strerror}; choose another folder.") from None


def _summary(result: Any, lang: Language) -> str:
    return repr(result) if not hasattr(result, "summary") else str(result.summary(lang))


def _print_json(plain: object) -> None:
    _print(json.dumps(plain, ensure_ascii=False, indent=2))


if __name__ == "__main__":
    main()
