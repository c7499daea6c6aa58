"""What is no path, contract or certificate is refused in a sentence; a number is never taken for an open file."""

from pathlib import Path

import pytest

import effekt
from effekt import simulation
from effekt.exceptions import ArgumentError

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
