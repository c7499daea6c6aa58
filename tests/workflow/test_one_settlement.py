"""The days between two that a contract announces are one settlement, and what was corrected stays paid."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from deciding import decided
from workflow.test_several_settlements import CUMULATIVE, DAYS, KEY, attested, read, settled

from effekt import workflow
from effekt.certificates import Envelope, canonical_json, sign
from effekt.certificates.certificate import Certificate
from effekt.contracts import Declarations, parse_declarations
from effekt.exceptions import CertificateError
from effekt.reports.compose import compose
from effekt.reports.text import certificate_text

THREE = CUMULATIVE.replace(DAYS, DAYS.replace("]", ', "2025-01-31"]')).replace("1000.55", "1000")
UNCAPPED = THREE.replace(', cap: "20000"', "")
STOP = "{event: {sv: x, en: x}, then: pay_nothing_more, lines: {work: in_full}, declared_by: [provider]}"
ENDED = f"{THREE}termination:\n  stop: {STOP}\n"


def verdicts(certificate: Certificate, *earlier: Certificate) -> dict[str, tuple[str, str, str]]:
    found = workflow.verify(certificate, contract=certificate.contract, earlier=earlier).findings
    return {one.name: (one.verdict, one.text.en, one.text.sv) for one in found}


def kept(folder: Path, *certificates: Certificate) -> None:
    for place, one in enumerate(certificates):
        (folder / f"{place}.json").write_bytes(one.to_bytes())


DEDUCTS = "does not say that so much was paid before of work as this one deducts."
CORRECTED = (
    "does not count what the certificate of 2024-01-31, which was corrected, paid of work, nor that what this one paid."
)
PASSED = (
    "is of a later announced day than that of 2023-01-31, whose place this one takes: this one is to take the place of "
    "the later one instead."
)
TOLD: dict[str, list[dict[str, str]]] = {
    "2024-01-31": [
        {"earlier:2024-01-31": DEDUCTS},
        {"earlier:2024-01-31": CORRECTED},
        {"earlier:2024-01-31": CORRECTED},
    ],
    "2024-02-02": [{"earlier:2024-01-31": PASSED}, {}, {}],
    "2024-02-10": [{"earlier:2024-02-05": PASSED}, {}, {}],
}
"""By the day of the wrong correction: what differs of itself, of the right one, and of the next announced day."""


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
            "counts what was paid of all before. For base alone attest nothing of work: that waits, and what is due is "
            "settled by the last certificate."
        )
    assert settled(UNCAPPED, "2024-02-20", "21", "20000", third, folder=tmp_path).due == "1000.00"
    assert settled(UNCAPPED, "2025-01-31", "22", "20000", folder=tmp_path).due == "2000.00"
    again = settled(UNCAPPED, date, "14", "10000", first)
    if date == "2023-12-31":
        return
    every = (first, second, third, again)
    told = []
    for certificate in (again, third, settled(UNCAPPED, "2025-01-31", "22", "20000")):
        others = [one for one in every if one is not certificate]
        found = workflow.verify(certificate, contract=certificate.contract, earlier=others).findings
        told.append(
            {one.name: one.text.en.partition("…, ")[2] or one.text.en for one in found if one.verdict == "different"}
        )
        later = [one.name for one in found if one.name.startswith("later")]
        assert later == [f"later:{one.date}" for one in others if one.date > certificate.date]
    assert told == TOLD[date]


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
    with pytest.raises(CertificateError, match=r"settlements together pay at most SEK\s20,000 of it; got SEK\s40,000"):
        of("2024-01-31", "40000", tmp_path, happened)
    assert of("2025-01-31", "40000", tmp_path, happened).due == "20000.00"


def test_a_correction_after_an_ending_is_of_the_settlement_that_it_corrects() -> None:
    """What is settled after the ending is of the next day, which comes early, and so is its correction."""
    why = 'ended: {clause: stop, date: "2023-05-01", why: {sv: x, en: x}}'
    head = 'schema: effekt/declarations/1\ncontract: young\nby: provider\ndate: "2023-05-02"\n'
    happened = parse_declarations(f"{head}{why}\n".encode())

    def made(date: str, paid: str, *earlier: Certificate) -> Certificate:
        return workflow.settle(
            read(decided(ENDED)),
            date=date,
            attestations=[attested(ENDED, "100", paid)],
            declarations=[happened],
            supersedes=earlier[0] if earlier else None,
            reason="counted again" if earlier else None,
        ).sign(KEY)

    before, first = settled(ENDED, "2023-01-31", "100", "0"), made("2023-06-15", "20000")
    with pytest.raises(CertificateError, match="with the certificate of 2023-06-15, which this one corrects, 40000"):
        made("2023-06-20", "40000", first)  # 20 000 once more, beyond the cap of one settlement
    again = made("2023-06-20", "20000", first)
    assert (again.due, again.settles_anew) == ("20000.00", {"work": "20000"})
    assert not [name for name, told in verdicts(again, before, first).items() if told[0] == "different"]


BOTH = UNCAPPED.replace("below_zero: clawback}", 'below_zero: clawback, cap: "20000"}')


def test_a_certificate_that_a_cap_binds_is_settled_anew(tmp_path: Path) -> None:
    """Of 25 starts 20 000 are paid, at the cap; counted again they are 30, 25 or 15, of which 5 000 go back."""
    before, first = settled(BOTH, "2023-01-31", "1", "0"), settled(BOTH, "2024-01-31", "26", "1000")
    kept(tmp_path, before, first)
    for starts, due in (("31", "20000.00"), ("26", "20000.00"), ("16", "15000.00")):
        made = settled(BOTH, "2024-02-05", starts, "1000", first, tmp_path)
        assert (made.due, made.settles_anew) == (due, {"work": "20000"})
        told = verdicts(made, before, first)
        assert {name: told[name][0] for name in ("paid_before", "limits")} == dict.fromkeys(
            ("paid_before", "limits"), "reproduced"
        )
        assert [name for name, (verdict, _, _) in told.items() if verdict == "different"] == []
    page = repr(compose(made)).replace("\\xa0", " ")
    assert "SEK 20,000 of it was paid; SEK 5,000 is to be paid back" in page
    with pytest.raises(CertificateError, match=r"Have as paid what the certificate of 2024-01-31 has itself as paid"):
        settled(BOTH, "2024-02-05", "31", "21000", first, tmp_path)
    kept(tmp_path, before, first, made)
    chained = settled(BOTH, "2024-02-06", "40", "1000", made, tmp_path)
    assert (chained.due, chained.settles_anew) == ("20000.00", {"work": "15000"})
    for file in tmp_path.iterdir():
        file.unlink()
    below = settled(BOTH, "2024-01-31", "11", "1000")  # then the difference, and of both what is due by the cap
    more = settled(BOTH, "2024-02-05", "16", "11000", below)
    kept(tmp_path, before, below, more)
    both = settled(BOTH, "2024-02-06", "40", "1000", more, tmp_path)
    assert (both.due, both.settles_anew) == ("20000.00", {"work": "15000"})
    assert verdicts(both, before, below, more)["limits"][0] != "different"
    assert verdicts(both, before, more)["limits"][0] == "cannot_tell"


def test_what_is_not_paid_back_is_not_settled_anew_with_less() -> None:
    text = BOTH.replace("below_zero: clawback", "below_zero: carry")
    first = settled(text, "2023-01-31", "26", "0")
    second = settled(text, "2024-01-31", "46", "20000")
    assert second.due == "20000.00"
    with pytest.raises(CertificateError) as error:
        settled(text, "2024-02-05", "30", "20000", second)
    assert str(error.value) == (
        "Settled anew payment.lines.work must pay at least what was paid of it, 20000, since nothing is paid back "
        "(true_up.below_zero); got 10000. Settle the next announced day, 2025-01-31, which counts that."
    )
    assert first.due == "20000.00"


def stating(
    certificate: Certificate, anew: dict[str, str] | None, key: Ed25519PrivateKey = KEY, **changed: Any
) -> Certificate:
    """As a dishonest signer changes it and signs it again."""
    statement = json.loads(certificate.envelope.payload)
    statement["predicate"] |= changed
    statement["predicate"]["supersedes"]["anew"] = anew
    if anew is None:
        del statement["predicate"]["supersedes"]["anew"]
    return Certificate(sign(Envelope(payload=canonical_json(statement)), key))


@pytest.mark.parametrize("anew", [{"work": "25000"}, {"work": "0"}, {}, None])
def test_another_sum_settled_anew_than_was_paid_is_told(anew: dict[str, str] | None) -> None:
    before, first = settled(BOTH, "2023-01-31", "1", "0"), settled(BOTH, "2024-01-31", "26", "1000")
    again = settled(BOTH, "2024-02-05", "31", "1000", first)
    assert {verdict for verdict, _, _ in verdicts(again, before, first).values()} == {"reproduced"}
    assert verdicts(stating(again, anew), before, first)["paid_before"][0] == "different"


def test_a_difference_that_says_it_settles_anew_is_told() -> None:
    first = settled(UNCAPPED, "2024-01-31", "26", "1000")
    more = settled(UNCAPPED, "2024-02-05", "31", "26000", first)
    assert verdicts(more, first)["paid_before"][0] == "reproduced"
    page = " ".join(certificate_text(more, "en").split())
    assert "and its amounts of base that of the amounts there" in page  # what it pays of work is paid beside the first
    for paid in ("25000", "0"):
        assert verdicts(stating(more, {"work": paid}), first)["limits"][0] == "different"


@pytest.mark.parametrize(
    ("anew", "told"),
    [
        ({"work": "20000", "x": "1"}, "must name lines whose true_up has a figure as paid, work; got x"),
        ({"work": "2e4"}, r"supersedes\.anew\.work must be a plain decimal; got '2e4'"),
    ],
)
def test_what_no_line_has_paid_anew_is_refused(anew: dict[str, str], told: str) -> None:
    first = settled(BOTH, "2024-01-31", "26", "1000")
    with pytest.raises(CertificateError, match=told):
        stating(settled(BOTH, "2024-02-05", "31", "1000", first), anew)


def test_what_lets_go_is_not_settled_anew(tmp_path: Path) -> None:
    """20 starts are paid 20 000; counted as 8, 8 000 are paid to date, which no page may call what was paid."""
    text = BOTH.replace("below_zero: clawback", "below_zero: floor")
    first = settled(text, "2023-01-31", "20", "0")
    second = settled(text, "2023-02-05", "8", "20000", first)
    kept(tmp_path, first, second)
    assert (second.due, second.paid_to_date) == ("0.00", {"work": "8000"})
    with pytest.raises(CertificateError, match="must be what the certificate of 2023-02-05"):
        settled(text, "2023-02-06", "30", "0", second, tmp_path)
    with pytest.raises(CertificateError) as error:
        settled(text, "2023-02-06", "10", "8000", second, tmp_path)
    assert str(error.value).endswith("22000 would be paid under it. Settle the next announced day, 2024-01-31.")
    with pytest.raises(CertificateError, match="must be left out where a line lets go what was paid too much"):
        stating(second, {"work": "8000"})
    assert settled(text, "2024-01-31", "30", "8000", folder=tmp_path).due == "20000.00"


def test_a_refusal_names_no_day_that_is_settled_already(tmp_path: Path) -> None:
    """Of 2024-01-31 there is a certificate, so what is left is for 2025-01-31; with that there is none."""
    first, second = settled(THREE, "2023-01-31", "100", "0"), settled(THREE, "2024-01-31", "100", "20000")
    third = settled(THREE, "2025-01-31", "100", "40000")
    limit = "40000 would be paid under it"
    for given, remedy in (
        ((first,), "or settle the next announced day, 2024-01-31."),
        ((first, second), "or settle the next announced day, 2025-01-31."),
        ((first, second, third), "or settle this as the next one."),
    ):
        kept(tmp_path, *given)
        with pytest.raises(CertificateError, match=limit) as error:
            settled(THREE, "2023-02-15", "100", "20000", first, folder=tmp_path)
        assert str(error.value).endswith(remedy)
