"""An interim certificate pays nothing and takes nothing back, in a final one's place or of a day between two."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
from deciding import decided
from workflow import test_each_series as base
from workflow.test_one_settlement import stating

from effekt import read_contract, workflow
from effekt._text import Text
from effekt.certificates.certificate import Certificate
from effekt.contracts import Declarations, parse_contract
from effekt.exceptions import CertificateError, FolderWarning
from effekt.reports.text import certificate_text
from effekt.workflow.earlier.agreed_beside import cautions_after
from effekt.workflow.earlier.interim_alone import interim_cautions
from effekt.workflow.findings import Finding

DAYS = base.DAYS
CONTRACT = parse_contract(decided(base.contract_text(lines=("total",), below_zero="carry")).encode())
OPEN = base.dispute("2023-02-05", {"total": 50}, "municipality")
OVER = [
    base.dispute("2023-02-05", {"total": 50}, by, None, over)
    for by, over in (("verifier", "2023-03-02"), ("municipality", None))
]
OPEN_SECOND = base.dispute("2023-05-02", {"total": 120}, "municipality")
OVER_SECOND = [
    base.dispute("2023-05-02", {"total": 120}, by, None, over)
    for by, over in (("verifier", "2023-06-02"), ("municipality", None))
]
TOLD = base.dispute("2023-02-05", {"total": 50}, "municipality", DAYS[0])


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


# --- in a final one's place while a dispute is open ---------------------------------------------------------------

FIRST = settled(DAYS[0], 100, 0)  # pays 1,000
LOOK = settled("2023-02-10", 100, 0, OPEN, place_of=FIRST, kind="interim")
SECOND = settled(DAYS[1], 200, 1000, TOLD)


def test_an_interim_one_in_the_place_of_a_disputed_final_one_leaves_what_that_paid() -> None:
    for given in ([FIRST], [FIRST, LOOK]):
        assert verdicts(SECOND, *given) == ("reproduced", [])
    assert found(SECOND, FIRST, LOOK)["paid_before"].text.en == (
        "What is deducted as paid before is what the certificate of 2023-01-31 says."
    )
    assert verdicts(SECOND, LOOK) == ("cannot_tell", [])  # what it stands for was not given
    twice = settled(DAYS[1], 200, 0)
    assert verdicts(twice, FIRST, LOOK)[0] == "different"
    assert verdicts(twice, LOOK)[0] == "cannot_tell"
    assert verdicts(settled(DAYS[1], 200, 0, TOLD), FIRST, LOOK)[0] == "cannot_tell"  # the dispute may be settled


def test_the_page_of_one_that_is_disputed_says_by_which_certificate_was_paid() -> None:
    for lang, told in (
        ("en", "so the next settlement has as paid before what the last final certificate that it stands for says"),
        ("sv", "så nästa avräkning har som tidigare betalt vad det sista slutliga intyget som det står för anger"),
    ):
        assert told in " ".join(certificate_text(LOOK, lang).split())


def test_what_comes_after_such_a_one_deducts_what_the_final_one_paid() -> None:
    """Still disputed, all but what is admitted is withheld, as in the final one's own place; decided it is deducted."""
    disputed = settled("2023-02-15", 100, 0, OPEN, place_of=LOOK)
    decided_later = settled("2023-03-03", 100, 1000, *OVER, place_of=LOOK)
    assert disputed.due == "500"
    assert decided_later.due == "0"
    for one in (disputed, decided_later):
        assert verdicts(one, FIRST, LOOK) == ("reproduced", [])
        assert verdicts(one, LOOK) == ("cannot_tell", [])
    after = settled(DAYS[1], 200, 500, TOLD)
    for given in ([FIRST], [FIRST, LOOK], [FIRST, LOOK, disputed], [LOOK, disputed], [LOOK], [disputed], []):
        assert verdicts(after, *given)[1] == []


def test_who_is_to_deduct_what_the_final_one_says_is_told_of_that_one(tmp_path: Path) -> None:
    """The interim one in its place, on which the dispute is open, says 0 itself."""
    for name, one in (("first", FIRST), ("look", LOOK)):
        workflow.write_certificate(one, tmp_path / f"{name}.json")
    with pytest.raises(
        CertificateError, match=r"what the certificate of 2023-01-31 says that the next settlement has .*, 1000; got 0"
    ):
        settled("2023-03-03", 100, 0, *OVER, place_of=LOOK, kind="interim", folder=tmp_path)
    with pytest.raises(
        CertificateError, match="of 2023-01-31, which is disputed, has itself as paid before, 0; got 1000"
    ):
        settled("2023-02-15", 100, 1000, OPEN, place_of=LOOK, folder=tmp_path)


def test_in_a_folder_too_the_next_settlement_deducts_what_the_final_one_paid(tmp_path: Path) -> None:
    for name, one in (("first", FIRST), ("look", LOOK)):
        workflow.write_certificate(one, tmp_path / f"{name}.json")
    with pytest.raises(CertificateError, match=r"true_up\.paid must be .*, 1000; got 0"):
        workflow.write_certificate(settled(DAYS[1], 200, 0, TOLD), tmp_path / "second.json")
    assert workflow.write_certificate(SECOND, tmp_path / "second.json").due == "1000"


def test_what_is_settled_anew_in_such_a_ones_place_is_not_accused_where_what_it_stands_for_was_not_given(
    tmp_path: Path,
) -> None:
    """Which sums the final one says the interim one, on which the dispute is open, does not tell."""
    second = settled(DAYS[1], 160, 1000)
    for day, of, total, open_, over, day_after, paid, more in (
        ("2023-02-20", FIRST, 100, OPEN, OVER, "2023-03-03", 0, "1000"),
        ("2023-05-10", second, 160, OPEN_SECOND, OVER_SECOND, "2023-06-03", 1000, "600"),
    ):
        folder = tmp_path / day
        folder.mkdir()
        look = settled(day, total, paid, open_, place_of=of, kind="interim")
        again = settled(day, total, paid, open_, place_of=look, kind="interim")
        for name, one in (("of", of), ("look", look), ("again", again)):
            workflow.write_certificate(one, folder / f"{name}.json")
        anew = settled(day_after, total, paid, *over, place_of=again, folder=folder)
        assert anew.settles_anew == {"total": more}
        false = stating(anew, {"total": "599"}, key=base.KEY)
        for asked, given in ((look, [again]), (of, [look, again]), (look, [of, again])):
            for one in (anew, false):
                assert verdicts(one, *given)[1] == []
                told = found(one, *given)["settled_anew"]
                assert told.verdict == "cannot_tell"
                assert f"since that of {asked.date}, digest {asked.sha256[:16]}…, was not given. Ask" in told.text.en
                assert f"intyget från {asked.date}, kontrollsumma {asked.sha256[:16]}…, inte angavs" in told.text.sv
        assert verdicts(anew, of, look, again) == ("reproduced", [])
        assert "settled_anew" in verdicts(false, of, look, again)[1]


# --- of a day between two -----------------------------------------------------------------------------------------

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
        ((LOOK, INTERIM), 1000, {"0": DAYS[0], "1": DAYS[1]}),  # what the first stands for is not there
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
    declared = (TOLD,) if LOOK in there else ()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", FolderWarning)
        made = workflow.settle(
            contract,
            date=DAYS[2],
            attestations=[base.attested(DAYS[2], {"total": 300, "paid": paid})],
            declarations=declared,
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
