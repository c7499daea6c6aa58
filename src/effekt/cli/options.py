"""Arguments and options that several commands take, and reading what the user gave."""

from __future__ import annotations

import contextlib
import os
import secrets
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from effekt._text import LANGUAGES, Language, Text
from effekt.cli.group import tell
from effekt.exceptions import ArgumentError, CertificateError

if TYPE_CHECKING:
    from effekt.contracts import Contract

F = TypeVar("F", bound=Callable[..., Any])
DEMO = "demo"
MAX_BYTES = 2**20  # of a lock or a passphrase


class OutPath(click.Path):
    """A path to write to; '-' is refused, since what a command prints and what it writes are two things."""

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path."""
        if str(value) == "-":
            raise ArgumentError("`--out` must name a file or folder; got '-', which is not taken for standard output.")
        return super().convert(value, param, ctx)


def contract_argument(function: F) -> F:
    """The CONTRACT."""
    return click.argument("contract", type=click.Path(path_type=Path))(function)


def data_option(function: F) -> F:
    """`--data`: other files for the data."""
    return click.option(
        "--data", "data", multiple=True, metavar="ID=PATH", help="A data file in place of the contract's own."
    )(function)


def attested_option(function: F) -> F:
    """`--attested`: attestation files."""
    return click.option(
        "--attested", multiple=True, type=click.Path(path_type=Path), help="An attestation file; repeatable."
    )(function)


def earlier_option(function: F) -> F:
    """`--earlier`: earlier public statements."""
    return click.option(
        "--earlier", multiple=True, type=click.Path(path_type=Path), help="An earlier public statement; repeatable."
    )(function)


def rotation_option(function: F) -> F:
    """`--rotation`: changes of keys."""
    return click.option(
        "--rotation", multiple=True, type=click.Path(path_type=Path), help="A change of key; repeatable."
    )(function)


def log_option(function: F) -> F:
    """`--log`: the run log."""
    return click.option("--log", type=OutPath(), help="The run log; else the contract's own, if it requires one.")(
        function
    )


def declared_option(function: F) -> F:
    """`--declared`: declarations files."""
    return click.option(
        "--declared",
        multiple=True,
        type=click.Path(path_type=Path),
        help="A declarations file: deviations, checklist, limitations; repeatable.",
    )(function)


def governing_option(function: F) -> F:
    """`--governing-text`: the signed legal text."""
    return click.option(
        "--governing-text",
        type=click.Path(path_type=Path),
        help="The signed legal text; else the file beside the contract that governing_text names.",
    )(function)


def json_option(function: F) -> F:
    """`--json`."""
    return click.option("--json", "as_json", is_flag=True, help="JSON on standard output.")(function)


def lang_option(function: F) -> F:
    """`--lang`."""
    help_ = "Language of the text; what is refused is told in English."
    return click.option("--lang", type=click.Choice(LANGUAGES), default="sv", show_default=True, help=help_)(function)


def tell_nothing_open(contract: Contract, lang: Language, *, accepted: bool) -> None:
    """Say on standard error that `--undecided-accepted` was given and there is nothing to accept."""
    from effekt.contracts.left_open import open_terms

    if accepted and not open_terms(contract):
        told = Text(
            en="--undecided-accepted accepts nothing here: the contract leaves open no term that a lock requires.",
            sv="--undecided-accepted godtar inget här: avtalet lämnar inte öppet något villkor som en låsning kräver.",
        )
        tell(told.in_language(lang), err=True)


def settlement_options(function: F) -> F:
    """Of which lock, day and kind a settlement is, and whose place it takes."""
    for option in reversed(_SETTLEMENT):
        function = option(function)
    return function


_SETTLEMENT = (
    click.option("--lock", "locked", type=click.Path(path_type=Path), help="The lock of the plan."),
    click.option(
        "--undecided-accepted", is_flag=True, help="Settle without a lock although money turns on open terms."
    ),
    click.option("--date", required=True, help="The day the certificate is for, YYYY-MM-DD."),
    click.option("--kind", type=click.Choice(["final", "interim", "nil"]), default="final", show_default=True),
    click.option(
        "--supersedes", type=click.Path(path_type=Path), help="An earlier certificate whose place this takes."
    ),
    click.option("--reason", help="Why it takes that place."),
)


def salt_options(function: F) -> F:
    """`--salt` and whether it is made."""
    function = click.option("--new-salt", is_flag=True, help="Make the salt: its file must not be there.")(function)
    return click.option("--salt", type=OutPath(), required=True, help="The secret salt's file.")(function)


def key_options(function: F) -> F:
    """`--key` and where its passphrase is."""
    function = click.option(
        "--passphrase-file", type=click.Path(path_type=Path), help="Else EFFEKT_KEY_PASSPHRASE, else you are asked."
    )(function)
    help_ = "Private key file, or 'demo' for the published, worthless demonstration key."
    return click.option("--key", required=True, help=help_)(function)


# --- reading what the user gave -------------------------------------------------------------------------------


def as_sources(data: tuple[str, ...]) -> dict[str, Path] | None:
    """Each table's file, from ID=PATH."""
    found: dict[str, Path] = {}
    for name, equals, path in (item.partition("=") for item in data):
        if not (name and equals and path):
            raise ArgumentError(f"`--data` must be ID=PATH, such as panel=panel.csv; got {name + equals + path!r}.")
        if name in found:
            raise ArgumentError(f"`--data` must name each table once; {name!r} stands twice.")
        found[name] = Path(path)
    return found or None


def as_decimal(option: str, text: str | None) -> float | None:
    """A number from what was written, None from nothing."""
    if text is None:
        return None
    try:
        return float(text)
    except ValueError:
        raise ArgumentError(f"`{option}` must be a decimal such as 0.12; got {text!r}.") from None


def read_small(path: Path) -> bytes:
    """The bytes of a small file."""
    from effekt.certificates import read_file

    return read_file(path, MAX_BYTES)


def read_certificate_file(path: Path) -> bytes:
    """The bytes of a certificate, its page or a public statement, which may be as large as any that is read."""
    from effekt.certificates import read_file
    from effekt.certificates.canonical import MAX_BYTES as most

    return read_file(path, most)


def read_envelope_file(path: Path) -> Any:
    """The envelope in a small file, such as that of a lock; what is wrong with it is told with the file's name."""
    from effekt.certificates import read_envelope

    raw = read_small(path)
    try:
        return read_envelope(raw)
    except CertificateError as error:
        raise CertificateError(f"{path.name}: {error}") from None


def read_earlier_certificate(path: Path) -> Any:
    """A certificate that another follows or stands beside, in its file or its page."""
    from effekt import workflow

    try:
        return workflow.read_certificate(path)
    except CertificateError as error:
        raise CertificateError(
            f"`--earlier` must name the file or the page of an earlier certificate. {error}"
        ) from None


def read_certificate_or_statement(path: Path) -> Any:
    """A certificate, or the envelope of a public statement."""
    from effekt import workflow
    from effekt.certificates import read_envelope
    from effekt.workflow.statements import is_statement

    raw = read_certificate_file(path)
    return read_envelope(raw) if is_statement(raw) else workflow.read_certificate(path)


def read_earlier_statement(path: Path) -> Any:
    """An earlier public statement in its file."""
    from effekt.certificates.release import read_public

    try:
        envelope = read_envelope_file(path)
        read_public(envelope)
    except CertificateError as error:
        own = str(error).removeprefix(f"{path.name}: ")
        raise CertificateError(
            f"`--earlier` must name the file of an earlier public statement. {path.name}: {own}"
        ) from None
    return envelope


def private_key(key: str, passphrase_file: Path | None, lang: Language) -> Any:
    """The key in a file, or that of demonstrations."""
    from effekt.certificates import DEMO_KEY, read_private_key

    return DEMO_KEY if key == DEMO else read_private_key(key, read_passphrase(passphrase_file, lang))


def read_passphrase(file: Path | None, lang: Language, *, confirm: bool = False) -> str:
    """From a file, the environment, or whoever sits there."""
    if file is not None:
        try:
            return read_small(file).decode("utf-8").rstrip("\r\n")
        except UnicodeDecodeError:
            raise ArgumentError(f"The file {file.name!r} must hold the passphrase as UTF-8 text.") from None
    if "EFFEKT_KEY_PASSPHRASE" in os.environ:
        return os.environ["EFFEKT_KEY_PASSPHRASE"]
    if not sys.stdin.isatty():
        raise ArgumentError("A passphrase is needed; give --passphrase-file FILE or set EFFEKT_KEY_PASSPHRASE.")
    asked, again = {"sv": ("Lösenfras", "Lösenfrasen igen"), "en": ("Passphrase", "The passphrase again")}[lang]
    return str(click.prompt(asked, hide_input=True, confirmation_prompt=again if confirm else False, err=True))


@contextlib.contextmanager
def salt_of(file: Path, *, new: bool) -> Iterator[bytes]:
    """The secret salt in a file that is there, or a new one in a file that is not, which no error leaves behind."""
    from effekt.certificates import write_atomic

    if not new and not file.exists():
        raise ArgumentError(
            f"The salt's file {file.name!r} is not there; name the file that holds it, or make a new salt there "
            "(--new-salt)."
        )
    if not new:
        yield read_salt(file)
        return
    if file.exists():
        raise ArgumentError(
            f"The salt's file {file.name!r} is there already; run again without --new-salt to use the salt in it, or "
            "choose a name that is not taken."
        )
    secret = secrets.token_bytes(32)
    write_atomic(file, f"{secret.hex()}\n".encode(), private=True)
    try:
        yield secret
    except BaseException:
        file.unlink(missing_ok=True)
        raise


def read_salt(file: Path) -> bytes:
    """The secret salt in a file, in hexadecimal digits."""
    try:
        return bytes.fromhex(read_small(file).decode("ascii").strip())
    except ValueError:
        raise ArgumentError(f"The file {file.name!r} must hold the salt as hexadecimal digits; name another.") from None


def check_folder(folder: Path) -> None:
    """Refuse a folder that results cannot be written to, before there are any; it is made when there are."""
    from effekt.certificates import check_place

    there = next((one for one in (folder, *folder.absolute().parents) if one.exists()), folder)
    if not there.is_dir():
        raise ArgumentError(f"`--out` cannot be made: {there.name!r} is a file; choose another folder.")
    check_place(there / "result.json", overwrite=True)


def make_folder(folder: Path) -> None:
    """The folder, made if it is not there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ArgumentError(f"`--out` cannot be made: {error.strerror}; choose another folder.") from None


def summary_of(result: Any, lang: Language) -> str:
    """What a result says of itself."""
    return repr(result) if not hasattr(result, "summary") else str(result.summary(lang))
