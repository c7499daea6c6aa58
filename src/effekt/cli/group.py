"""The group of commands, how it ends, and how it prints."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NoReturn

import click

from effekt._text import Language, Text
from effekt.exceptions import ArgumentError, ContractError, EffektError, FolderWarning, TableWarning

MISMATCH, UNUSABLE, UNDETERMINED, INTERNAL, INTERRUPTED = 1, 2, 3, 70, 130


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
    tell(f"effekt: {sentence}", err=True)
    return code


def tell(text: str, *, err: bool = False) -> None:
    """Print lines for people, with plain spaces, as `grep` wants them."""
    print_line(text.replace("\N{NO-BREAK SPACE}", " "), err=err)


def tell_cautions(cautions: Iterable[Text], lang: Language) -> None:
    """Print what to look at on standard error, each with an exclamation mark."""
    for caution in cautions:
        tell(f"! {caution.in_language(lang)}", err=True)


def print_line(text: str, *, err: bool = False) -> None:
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


def _teller(lang: Language) -> Callable[..., None]:
    """What tells a warning as a caution in the language asked for, without the place in the program where it arose."""

    def told(message: Warning | str, *_: object, **__: object) -> None:
        text = message.swedish if lang == "sv" and isinstance(message, TableWarning) else message
        tell(f"! {text}", err=True)

    return told


class _Command(click.Command):
    """A command whose errors name options as they are typed, not as Python has them, and the file that is wrong."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run it."""
        try:
            with warnings.catch_warnings():  # `effekt settle` says it itself, in the language asked for
                warnings.simplefilter("ignore", FolderWarning)
                warnings.showwarning = _teller(ctx.params.get("lang", "sv"))
                return super().invoke(ctx)
        except ArgumentError as error:
            if type(error) is not ArgumentError:
                raise
            sentence = str(error)
            for option in self.params:
                if isinstance(option, click.Option):
                    sentence = sentence.replace(f"`{option.name}`", f"`{option.opts[0]}`")
            raise ArgumentError(sentence) from None
        except ContractError as error:
            read = ctx.params.get("contract")
            if isinstance(read, Path) and str(error).startswith("line "):  # found once the file had been read
                raise ContractError(f"{read.name}: {error}") from None
            raise


class _Commands(click.Group):
    """The commands."""

    command_class = _Command


def _print_versions(context: click.Context, _option: click.Parameter, asked: bool) -> None:
    """One line for each version that a certificate names, and exit."""
    if not asked or context.resilient_parsing:
        return
    from effekt.workflow.software import LEARNERS, LIBRARIES, installed

    for name, version in installed((*LIBRARIES, LEARNERS)).items():
        print_line(f"{name} {version}")
    context.exit()


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_versions,
    help="Say which versions compute, with the digest of effekt's code, as a contract pins them, and exit.",
)
def cli() -> None:
    """Estimate effects, settle social outcomes contracts and verify their certificates.

    Text is Swedish unless --lang en is given; what is refused is told in English, by keys, columns and options as they
    are written. Text är på svenska om inte --lang en anges; det som avvisas beskrivs på engelska.
    """


def print_json(plain: object) -> None:
    """Print plain values as JSON for people and machines."""
    print_line(json.dumps(plain, ensure_ascii=False, indent=2))
