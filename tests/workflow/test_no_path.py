"""What is no path, contract or certificate is refused in a sentence; a number is never taken for an open file."""

import os
import shutil
from pathlib import Path

import pytest

import effekt
from effekt import simulation
from effekt.exceptions import ArgumentError, CertificateError
from effekt.tables import as_table

NO_PATHS = [None, 5, True, [], b"x"]
CONTRACT = effekt.read_contract(effekt.case("sick-leave") / "contract.yaml")


@pytest.mark.parametrize("path", NO_PATHS)
def test_readers_refuse_what_is_no_path(path: object) -> None:
    for read in (
        effekt.read_table,
        effekt.read_contract,
        effekt.read_certificate,
        lambda given: effekt.read_attestation(given, CONTRACT),
        lambda given: effekt.read_declarations(given, CONTRACT),
    ):
        with pytest.raises(ArgumentError, match=r"^`path` must be a path, as text or a `pathlib.Path`; got "):
            read(path)


@pytest.mark.parametrize("given", [None, 5, "x", []])
def test_what_is_no_contract_or_certificate_is_refused(given: object, tmp_path: Path) -> None:
    place = tmp_path / "certificate.json"
    for read in (effekt.read_attestation, effekt.read_declarations):
        with pytest.raises(ArgumentError, match=r"^`contract` must be what `effekt.read_contract"):
            read(tmp_path / "answers.yaml", given)
    for write in (effekt.write_certificate, effekt.report):
        with pytest.raises(ArgumentError, match=r"^`certificate` must be what `effekt.settle` or"):
            write(given, place)
    with pytest.raises(ArgumentError, match=r"^`study` must be what `Study.run` returns; got "):
        simulation.measure_performance(given)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("given", [None, 5, True, []])
def test_what_is_no_certificate_is_not_verified(given: object) -> None:
    with pytest.raises(ArgumentError, match=r"^`certificate` must be a path, bytes or a Certificate; got "):
        effekt.verify(given)


class Place(os.PathLike):
    """A path of another library."""

    def __init__(self, path: str | bytes) -> None:
        self.path = path

    def __fspath__(self) -> str | bytes:
        return self.path


def test_any_path_is_a_path(tmp_path: Path) -> None:
    shutil.copytree(effekt.case("sick-leave"), tmp_path / "case")
    contract = effekt.read_contract(Place(str(tmp_path / "case" / "contract.yaml")))
    panel = Place(str(tmp_path / "case" / "panel.csv"))
    certificate = effekt.settle(contract, date="2022-03-15", data={"panel": panel})
    effekt.write_certificate(certificate, Place(str(tmp_path / "certificate.json")))
    found = effekt.verify(Place(str(tmp_path / "certificate.json")), contract=contract, data={"panel": panel})
    assert found.certificate.to_bytes() == certificate.to_bytes()
    assert [finding.name for finding in found.differences] == ["signatures"]
    (tmp_path / "table.csv").write_text("x\n1\n")
    assert as_table(Place(str(tmp_path / "table.csv"))).columns == ("x",)


def test_a_path_in_bytes_is_none() -> None:
    with pytest.raises(ArgumentError, match=r"^`certificate` must be a path, bytes or a Certificate; got Place\.$"):
        effekt.verify(Place(b"certificate.json"))
    with pytest.raises(ArgumentError, match=r"^`path` must be a path, as text or a `pathlib.Path`; got Place\.$"):
        effekt.settle(CONTRACT, date="2022-03-15", data={"panel": Place(b"panel.csv")})


def test_a_page_saved_in_utf_16_is_told_so(tmp_path: Path) -> None:
    certificate = effekt.settle(CONTRACT, date="2022-03-15")
    effekt.report(certificate, tmp_path / "page.html", lang="en")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    (tmp_path / "again.html").write_text(page, encoding="utf-16")
    with pytest.raises(CertificateError) as refusal:
        effekt.verify(tmp_path / "again.html")
    assert str(refusal.value) == (
        "again.html: The envelope is UTF-16 text: a program saved it anew; use the file as it was written, or save it "
        "as UTF-8."
    )
