"""An interim certificate pays nothing and takes nothing back, and covers no final one of its day."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
from deciding import decided
from workflow import test_each_series as base

from effekt import read_contract, workflow
from effekt._text import Text
from effekt.certificates.certificate import Certificate
from effekt.contracts import Declarations, parse_contract
from effekt.exceptions import FolderWarning
from effekt.workflow.earlier.agreed_beside import cautions_after
from effekt.workflow.earlier.interim_alone import interim_cautions
from effekt.workflow.findings import Finding

DAYS = base.DAYS
CONTRACT = parse_contract(decided(base.contract_text(lines=("total",), below_zero="carry")).encode())


def settled(
    date: str,
    total: int,
    paid: int,
    *declared: Declarations,
    place_of: Certificate | None = None,
    kind: Literal["final", "interim", "nil"] = "final",
    folder: Path | None = None,
) -> Certificate:
    return workflow.settle(
        replace(CONTRACT, folder=folder),
        date=date,
        kind=kind,
        attestations=[base.attested(date, {"total": total, "paid": paid})],
        declarations=declared,
        supersedes=place_of,
        reason=None if place_of is None else "Disputed",
    ).sign(base.KEY)


def found(certificate: Certificate, *given: Certificate) -> dict[str, Finding]:
    told = workflow.verify(certificate, contract=CONTRACT, earlier=given).findings
    return {one.name: one for one in told}


def verdicts(certificate: Certificate, *given: Certificate) -> tuple[str, list[str]]:
    told = found(certificate, *given)
    return told["paid_before"].verdict, [name for name, one in told.items() if one.verdict == "different"]


FIRST = settled(DAYS[0], 100, 0)  # pays 1,000


# --- of a day between two -----------------------------------------------------------------------------------------

LOOK = settled(DAYS[0], 100, 0, kind="interim")
HIDDEN = settled(DAYS[1], 200, 1000)
INTERIM = settled(DAYS[1], 200, 1000, kind="interim")
THIRD = settled(DAYS[2], 300, 1000)  # pays 2,000, 1,000 of it twice
HONEST = settled(DAYS[2], 300, 2000)


def test_an_interim_one_covers_no_final_one_of_its_day() -> None:
    for given in ([FIRST], [FIRST, INTERIM]):
        assert verdicts(THIRD, *given) == ("cannot_tell", [])
        assert verdicts(HONEST, *given) == ("cannot_tell", [])
    told = found(THIRD, FIRST, INTERIM)
    assert told["paid_before"].text.en == (
        "What is deducted as paid before is what the certificate of 2023-01-31 says; whether more was paid on "
        "2023-04-30 cannot be told, as no final or nil certificate of that day was given: ask for it."
    )
    assert told["paid_before"].text.sv == (
        "Det som dras av som tidigare betalt är vad intyget från 2023-01-31 anger; om mer betalades 2023-04-30 kan "
        "inte sägas, eftersom inget slutligt intyg eller nollintyg för den dagen angavs: begär det."
    )
    assert (told["announced"].verdict, told["announced"].text.en) == (
        "cannot_tell",
        "Certificates, if only nil ones, were also due on 2023-04-30; ask for each. Of 2023-04-30 only an interim one "
        "was given, which pays nothing.",
    )
    assert told["announced"].text.sv.endswith(" För 2023-04-30 angavs bara ett delintyg, som inte betalar något.")


def test_what_is_asked_for_tells() -> None:
    for given in ([FIRST, HIDDEN], [FIRST, HIDDEN, INTERIM]):
        assert verdicts(THIRD, *given)[0] == "different"
        assert verdicts(HONEST, *given) == ("reproduced", [])
        assert found(HONEST, *given)["announced"].verdict == "reproduced"
    nil = settled(DAYS[1], 100, 1000, kind="nil")
    assert verdicts(THIRD, FIRST, nil) == ("reproduced", [])


def test_a_dispute_is_of_no_interim_one_of_the_day() -> None:
    """Of the final one of the day it may be, which was not given."""
    told = base.dispute("2023-05-02", {"total": 150}, "municipality", DAYS[1])
    third = settled(DAYS[2], 300, 2000, told)
    name = f"disputed:{DAYS[1]}"
    for given, asked in (([FIRST, INTERIM], True), ([FIRST], True), ([FIRST, HIDDEN, INTERIM], False)):
        assert (name in found(third, *given)) == asked
    assert found(third, FIRST, INTERIM)[name].text.en == (
        "The dispute of municipality is told of the certificate of 2023-04-30, and no final or nil one of that date "
        "was given, so that there is one, and that it was disputed, is only said; give it with --earlier."
    )


# --- in a folder --------------------------------------------------------------------------------------------------

ALONE = Text(
    en="is an interim certificate of the announced day DAY, which pays nothing, and no final or nil one of that day "
    "lies here: whether something was paid on it cannot be told, nor will `effekt verify` tell what this one deducts "
    "or pays again. Get the final or nil one, lay it beside the contract and settle again before anything is paid.",
    sv="är ett delintyg för den angivna dagen DAY, som inte betalar något, och inget slutligt intyg eller nollintyg "
    "för den dagen ligger här: om något betalades för den kan inte sägas, och `effekt verify` kan inte heller säga om "
    "detta drar av rätt eller betalar på nytt. Begär det slutliga intyget eller nollintyget, lägg det bredvid avtalet "
    "och avräkna igen innan något betalas.",
)


@pytest.mark.parametrize(
    ("there", "paid", "alone"),
    [
        ((FIRST, INTERIM), 1000, {"1": DAYS[1]}),
        ((INTERIM,), 1000, {"0": DAYS[1]}),
        ((LOOK, INTERIM), 1000, {"0": DAYS[0], "1": DAYS[1]}),
        ((FIRST, LOOK, HIDDEN, INTERIM), 2000, {}),
        ((FIRST, LOOK, INTERIM, settled(DAYS[1], 100, 1000, kind="nil")), 1000, {}),
        ((FIRST,), 1000, {}),  # the others may be kept elsewhere
    ],
)
def test_a_day_of_which_only_an_interim_one_lies_there_is_told(
    there: tuple[Certificate, ...], paid: int, alone: dict[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "contract.yaml"
    path.write_bytes(CONTRACT.raw)
    for name, one in enumerate(there):
        (tmp_path / f"{name}.json").write_bytes(one.envelope.to_bytes())
    contract = read_contract(path)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", FolderWarning)
        made = workflow.settle(
            contract,
            date=DAYS[2],
            attestations=[base.attested(DAYS[2], {"total": 300, "paid": paid})],
        )
    expected = [f"{name}.json {ALONE.en.replace('DAY', day)}" for name, day in alone.items()]
    assert [str(one.message) for one in caught] == expected
    told = [one.sv for one in cautions_after(made, [path, tmp_path / "out" / "new.json"], ())]
    assert told == [f"{name}.json {ALONE.sv.replace('DAY', day)}" for name, day in alone.items()]


def test_a_final_one_in_the_folder_that_is_written_to_tells_and_an_interim_one_asks_for_none(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "look.json").write_bytes(INTERIM.envelope.to_bytes())
    files = [tmp_path / "contract.yaml", tmp_path / "out" / "new.json"]
    assert len([*interim_cautions(HONEST, files)]) == 1
    assert not [*interim_cautions(settled(DAYS[2], 300, 2000, kind="interim"), files)]
    (tmp_path / "out" / "second.json").write_bytes(HIDDEN.envelope.to_bytes())
    assert not [*interim_cautions(HONEST, files)]
