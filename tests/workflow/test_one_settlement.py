"""The days between two that a contract announces are one settlement, and what was corrected stays paid."""

from __future__ import annotations

from pathlib import Path

import pytest
from deciding import decided
from workflow.test_several_settlements import CUMULATIVE, DAYS, KEY, attested, read, settled

from effekt import workflow
from effekt.certificates.certificate import Certificate
from effekt.contracts import Declarations, parse_declarations
from effekt.exceptions import CertificateError

THREE = CUMULATIVE.replace(DAYS, DAYS.replace("]", ', "2025-01-31"]')).replace("1000.55", "1000")
UNCAPPED = THREE.replace(', cap: "20000"', "")
STOP = "event: {sv: x, en: x}, then: pay_nothing_more, lines: {work: in_full}, declared_by: [provider]"
ENDED = f"{THREE}termination:\n  stop: {{{STOP}}}\n"


def verdicts(certificate: Certificate, *earlier: Certificate) -> dict[str, tuple[str, str, str]]:
    found = workflow.verify(certificate, contract=certificate.contract, earlier=earlier).findings
    return {one.name: (one.verdict, one.text.en, one.text.sv) for one in found}


def kept(folder: Path, *certificates: Certificate) -> None:
    for place, one in enumerate(certificates):
        (folder / f"{place}.json").write_bytes(one.to_bytes())


@pytest.mark.parametrize("date", ["2023-12-31", "2024-01-31", "2024-02-02", "2024-02-10"])
def test_a_correction_counts_what_was_paid_by_one_that_was_corrected_since(date: str, tmp_path: Path) -> None:
    """10, then 20 starts were paid, and the second was corrected; 14 instead of 10 would pay 4 000 again."""
    first, second = settled(UNCAPPED, "2023-01-31", "10", "0"), settled(UNCAPPED, "2024-01-31", "20", "10000")
    third = settled(UNCAPPED, "2024-02-05", "20", "20000", second)
    kept(tmp_path, first, second, third)
    with pytest.raises(CertificateError) as error:
        settled(UNCAPPED, date, "14", "10000", first, folder=tmp_path)
    if date != "2023-12-31":  # of which the second, of a later day, tells itself
        assert str(error.value) == (
            "The file '2.json' is a final certificate of 2024-02-05, made after the one of 2023-01-31, whose place "
            "this one takes. Take the place of that last one instead (--supersedes 2.json), with 20000 as paid: it "
            "counts what was paid of all before."
        )
    assert settled(UNCAPPED, "2024-02-20", "21", "20000", third, folder=tmp_path).due == "1000.00"
    assert settled(UNCAPPED, "2025-01-31", "22", "20000", folder=tmp_path).due == "2000.00"
    again = settled(UNCAPPED, date, "14", "10000", first)
    if date == "2023-12-31":
        return
    every = (first, second, third, again)
    for certificate in (again, third, settled(UNCAPPED, "2025-01-31", "22", "20000")):
        others = [one for one in every if one is not certificate]
        found = workflow.verify(certificate, contract=certificate.contract, earlier=others).findings
        told = [one.text.en for one in found if one.verdict == "different"]
        if again.date > certificate.date:
            assert [one.verdict for one in found if one.name == f"later:{date}"] == ["cannot_tell"]
        else:
            assert any(
                "which was corrected, paid of work, nor that what this one paid" in text
                or "does not say that so much was paid before of work as this" in text
                or "what it deducts of work is not what the final certificate" in text
                for text in told
            )


def test_what_is_right_after_a_correction_is_told_of_by_nobody(tmp_path: Path) -> None:
    """Corrected on one day, settled on the next, corrected again: each is signed anew in any order."""
    first = settled(UNCAPPED, "2023-01-31", "10", "0")
    second = settled(UNCAPPED, "2023-01-31", "14", "10000", first)
    third = settled(UNCAPPED, "2024-01-31", "20", "14000")
    fourth = settled(UNCAPPED, "2024-01-31", "21", "20000", third)
    fifth = settled(UNCAPPED, "2024-03-01", "19", "21000", fourth)
    last = settled(UNCAPPED, "2025-01-31", "30", "19000")
    every = (first, second, third, fourth, fifth, last)
    kept(tmp_path, *every)
    for place, one in enumerate(every):
        workflow.write_certificate(one, tmp_path / f"{place}.json")
        told = verdicts(one, *every[:place])
        assert [name for name, (verdict, _, _) in told.items() if verdict == "different"] == []


def test_of_one_announced_day_one_certificate_pays_and_its_corrections(tmp_path: Path) -> None:
    """A cap of 20 000 in each of 3 settlements lets 60 000 through, however many certificates are made between."""
    first = settled(THREE, "2023-01-31", "100", "0")
    kept(tmp_path, first)
    with pytest.raises(CertificateError) as error:
        settled(THREE, "2023-02-15", "100", "20000", folder=tmp_path)
    assert str(error.value) == (
        "The file '0.json' is a final certificate of 2023-01-31, of the same announced day, 2023-01-31, as this one, "
        "and pays beside it of work: limits hold in the settlement of each such day. Say that this certificate takes "
        "its place and why (--supersedes, --reason), or settle on the next announced day, 2024-01-31."
    )
    with pytest.raises(CertificateError, match="40000 would be paid under it"):
        settled(THREE, "2023-02-15", "100", "20000", first, folder=tmp_path)
    between = settled(THREE, "2023-02-15", "100", "20000")
    assert verdicts(between, first)["supersedes"] == (
        "different",
        "It supersedes none, and the final certificate of 2023-01-31 is of the same announced day, 2023-01-31: both "
        "pay of work, and limits hold in the settlement of each such day. Settle again with --supersedes and --reason.",
        "Det ersätter inget, och det slutliga intyget från 2023-01-31 gäller samma angivna dag, 2023-01-31: båda "
        "betalar av work, och gränser gäller vid avräkningen för varje sådan dag. Avräkna igen med --supersedes och "
        "--reason.",
    )
    later = settled(THREE, "2024-01-31", "100", "40000")
    assert verdicts(later, first, between)["earlier:2023-01-31"][0] == "different"
    last = settled(THREE, "2025-06-30", "100", "40000")  # of 2025-01-31, late
    second = settled(THREE, "2024-01-31", "100", "20000")
    assert {verdict for verdict, _, _ in verdicts(last, first, second).values()} >= {"reproduced"}
    assert verdicts(last, first, second)["supersedes"][0] == "reproduced"


def of(date: str, paid: str, folder: Path, *declared: Declarations) -> Certificate:
    contract = read(decided(ENDED))
    made = workflow.settle(
        contract, date=date, attestations=[attested(ENDED, "100", paid)], declarations=declared
    ).sign(KEY)
    workflow.write_certificate(made, folder / f"{date}.json")
    return made


def test_what_is_settled_after_an_ending_is_of_the_next_announced_day(tmp_path: Path) -> None:
    why = 'ended: {clause: stop, date: "2023-05-01", why: {sv: x, en: x}}'
    head = 'schema: effekt/declarations/1\ncontract: young\nby: provider\ndate: "2023-05-02"\n'
    happened = parse_declarations(f"{head}{why}\n".encode())
    of("2023-01-31", "0", tmp_path)
    assert of("2023-06-15", "20000", tmp_path, happened).due == "20000.00"
    with pytest.raises(CertificateError, match=r"of the same announced day, 2024-01-31, as this one"):
        of("2024-01-31", "40000", tmp_path, happened)
    assert of("2025-01-31", "40000", tmp_path, happened).due == "20000.00"
