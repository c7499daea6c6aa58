"""What is deducted where no certificate can have paid, and where one was given that has no amount of a line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from deciding import decided
from workflow.test_each_series import DAYS, attested, contract_text
from workflow.test_each_series import KEY as AUDITOR

from effekt import workflow
from effekt.certificates import generate_key, public_key, public_text
from effekt.certificates.certificate import Certificate
from effekt.contracts import Contract, parse_contract

KEYS = {name: generate_key() for name in ("Exempelkommunen", "Leverantören")}
SUM = (
    '  earned: {attested: verifier, digits: 0, unit: SEK, question: {sv: "Hur mycket?", en: "How much?"}, '
    "paid_before: {line: visits}}\n"
)


def text_of(days: tuple[str, ...] = DAYS) -> str:
    """A line with true_up, one with paid_each and a figure of what the latter paid before."""
    text = contract_text(lines=("visits", "total")).replace("payment:\n", f"{SUM}payment:\n", 1)
    text = text.replace(", ".join(f'"{day}"' for day in DAYS), ", ".join(f'"{day}"' for day in days))
    for name, key in KEYS.items():
        text = text.replace(f'name: "{name}"', f'name: "{name}", keys: ["{public_text(public_key(key))}"]')
    return decided(text)


def amended(before: Contract, days: tuple[str, ...] = DAYS, date: str = "2022-06-01") -> Contract:
    number = 1 if before.model.amendment is None else before.model.amendment.number + 1
    why = 'reason: {sv: "x", en: "x"}, agreed_by: [municipality, provider]'
    change = f'amendment: {{number: {number}, of: "{before.sha256}", date: "{date}", {why}}}\n'
    return parse_contract(text_of(days).replace("attribution: none\n", f"attribution: none\n{change}").encode())


def settled(contract: Contract, date: str, values: Mapping[str, int]) -> Certificate:
    lock = None
    for key in KEYS.values() if contract.model.amendment is not None else ():
        day = contract.model.amendment.date  # type: ignore[union-attr]
        lock = workflow.lock(contract, key=key, date=day, beside=lock, undecided_accepted=True)
    made = workflow.settle(
        replace(contract, folder=None), date=date, attestations=[attested(date, values)], locked=lock
    )
    return made.sign(AUDITOR)


def told(
    certificate: Certificate, *amended: Contract, earlier: tuple[Certificate, ...] = ()
) -> dict[str, tuple[str, ...]]:
    found = workflow.verify(certificate, contract=certificate.contract, amended=amended, earlier=earlier).findings
    return {
        one.name: (one.verdict, one.text.en.replace("\u00a0", " "), one.text.sv.replace("\u00a0", " "))
        for one in found
        if one.name.startswith("paid_before")
    }


def verdicts(certificate: Certificate, *amended: Contract, earlier: tuple[Certificate, ...] = ()) -> list[str]:
    return [verdict for verdict, *_ in told(certificate, *amended, earlier=earlier).values()]


def values(total: int, paid: int, earned: int) -> dict[str, int]:
    return {"visits": 3, "total": total, "paid": paid, "earned": earned}


FIRST = parse_contract(text_of().encode())


def test_before_the_first_day_of_a_contract_that_was_amended_by_then_nothing_was_paid() -> None:
    once = amended(FIRST)
    twice = amended(once, date="2022-09-01")
    for contract, files in ((once, (FIRST,)), (twice, (once, FIRST)), (twice, (FIRST, once))):
        right, wrong = (settled(contract, DAYS[0], values(4, *paid)) for paid in ((0, 0), (1, 1)))
        assert verdicts(right, *files) == ["reproduced", "reproduced"]
        assert told(right, *files)["paid_before"][1] == (
            "Nothing is deducted as paid before, and no settlement can have been before this one."
        )
        assert verdicts(wrong, *files) == ["different", "different"]
        assert told(wrong, *files)["paid_before"][1] == (
            "What is deducted as paid before cannot have been paid: total deducts SEK 1: before 2023-01-31, the first "
            "day of a settlement, nothing was paid."
        )


def test_without_the_files_before_an_amendment_that_is_what_is_asked_for() -> None:
    once = amended(FIRST)
    twice = amended(once, date="2022-09-01")
    for files in ((), (once,)):
        found = told(settled(twice, DAYS[0], values(4, 0, 0)), *files)
        assert found["paid_before"] == (
            "cannot_tell",
            "Nothing is deducted as paid before; whether anything was paid before cannot be told, as no certificate "
            "that shows it was given. The contract is amended: give the files before it with --amended.",
            "Inget dras av som tidigare betalt; om något var betalt tidigare kan inte sägas, eftersom inget intyg som "
            "visar det angavs. Avtalet är ändrat: ange filerna före det med --amended.",
        )
        assert found["paid_before:earned"] == (
            "cannot_tell",
            "SEK 0 is attested as earned, paid before; this is the first day of an amended contract, and whether there "
            "was one before cannot be told without the files before it (--amended).",
            "0 kr är intygat som earned, tidigare betalt; detta är den första dagen i ett ändrat avtal, och om det "
            "fanns någon tidigare kan inte sägas utan filerna före det (--amended).",
        )


@pytest.mark.parametrize(
    ("day", "until", "can_be"),
    [("2022-05-01", "2022-06-01", True), ("2022-06-01", "2022-06-01", True), ("2022-06-02", "2022-06-01", False)],
)
def test_a_day_that_the_file_before_announced_counts_until_it_was_amended(day: str, until: str, can_be: bool) -> None:
    before = parse_contract(text_of((day, *DAYS)).encode())
    certificate = settled(amended(before, date=until), DAYS[0], values(4, 0, 0))
    assert verdicts(certificate, before) == (["cannot_tell"] * 2 if can_be else ["reproduced"] * 2)


@pytest.mark.parametrize(("days", "first"), [(DAYS, True), (("2022-05-01", *DAYS), False)])
def test_a_day_that_both_files_announce_is_no_earlier_one(days: tuple[str, ...], first: bool) -> None:
    before = parse_contract(text_of(days).encode())
    certificate = settled(amended(before, date=DAYS[0]), DAYS[0], values(4, 0, 0))
    assert verdicts(certificate, before) == (["reproduced"] * 2 if first else ["cannot_tell"] * 2)


def test_a_certificate_of_a_day_before_the_amendment_tells() -> None:
    before = parse_contract(text_of(("2022-05-01", *DAYS)).encode())
    paid = settled(before, "2022-05-01", values(2, 0, 0))
    after = amended(before)
    right, wrong = (settled(after, DAYS[0], values(4, *paid)) for paid in ((20, 300), (0, 0)))
    assert verdicts(right, before, earlier=(paid,)) == ["reproduced", "reproduced"]
    assert verdicts(wrong, before, earlier=(paid,)) == ["different", "different"]


def without(total: int | None, paid: int | None) -> dict[str, int]:
    given = {"visits": 3, "total": total, "paid": paid, "earned": 0}
    return {id: value for id, value in given.items() if value is not None}


@pytest.mark.parametrize("paid", [None, 0])
def test_a_line_without_an_amount_on_the_first_certificate_was_paid_nothing(paid: int | None) -> None:
    first = settled(FIRST, DAYS[0], without(None, paid))
    assert first.settlement.lines[1].amount is None
    right, wrong = (settled(FIRST, DAYS[1], values(4, before, 300)) for before in (0, 10))
    assert told(right, earlier=(first,))["paid_before"] == (
        "reproduced",
        "What is deducted as paid before is what the certificate of 2023-01-31 says; of total, without an amount "
        "there, as much is deducted as was paid before.",
        "Det som dras av som tidigare betalt är vad intyget från 2023-01-31 anger; av total, utan belopp där, dras så "
        "mycket av som var betalt tidigare.",
    )
    assert told(wrong, earlier=(first,))["paid_before"] == (
        "cannot_tell",
        "Deducted as paid before: SEK 10 of total, of which the certificate of 2023-01-31 has no amount; one that says "
        "so was not given.",
        "Som tidigare betalt dras av: 10 kr på total, som intyget från 2023-01-31 saknar belopp för; ett som anger det "
        "angavs inte.",
    )


def test_a_line_without_an_amount_leaves_what_was_paid_before_it() -> None:
    first, second = (
        settled(FIRST, DAYS[0], values(4, 0, 0)),
        settled(FIRST, DAYS[1], without(None, 40) | {"earned": 300}),
    )
    for paid, verdict in ((40, "reproduced"), (0, "cannot_tell")):
        third = settled(FIRST, DAYS[2], values(6, paid, 600))
        assert told(third, earlier=(first, second))["paid_before"][0] == verdict
        found = workflow.verify(third, contract=FIRST, earlier=(first, second))
        assert found.differences == ()
        asked = [one.name for one in found.findings if one.name.startswith("earlier_link:2023-01-31")]
        assert asked == ([] if paid else ["earlier_link:2023-01-31"]), "the 40 may have been paid back in its place"
