"""Running the command line inside the test process, and small certificates to work on."""

from __future__ import annotations

import functools
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from effekt import cli, workflow
from effekt.certificates import DEMO_KEY


class Ran(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def effekt(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Run `effekt ARGS` and give exit code, stdout and stderr."""

    def run(*arguments: object) -> Ran:
        monkeypatch.setattr("sys.argv", ["effekt", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capsys.readouterr()
        code = ended.value.code
        return Ran(0 if code is None else int(code), out, err)

    return run


@pytest.fixture
def rate_card(tmp_path: Path) -> Path:
    """A folder with the rate-card case and its signed certificate."""
    folder = tmp_path / "rate-card"
    shutil.copytree(workflow.case("rate-card"), folder)
    workflow.write_certificate(_rate_card_certificate(), folder / "certificate.json")
    return folder


@functools.cache
def _rate_card_certificate() -> workflow.Certificate:
    """The same wherever the case lies, so that it is settled once."""
    contract = workflow.read_contract(workflow.case("rate-card") / "contract.yaml")
    return workflow.settle(contract, date="2023-09-01").sign(DEMO_KEY)
