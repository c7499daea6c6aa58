"""A line paid once under a cap with one paid in parts, settled again on its own day after a later one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from deciding import decided
from workflow import test_each_series as base
from workflow.test_first_days import KEYS, text_of
from workflow.test_later_day import AFTER, MIXED, amounts
from workflow.test_one_place import kept
from workflow.test_place_by_kind import DAYS, Kind, settled

from effekt import workflow
from effekt.certificates import public_key, public_text
from effekt.certificates.certificate import Certificate
from effekt.contracts import Contract, parse_contract
from effekt.exceptions import CertificateError

FAR = '  cap: {amount: "1000000", reduces: last_line_first}\n'
COUPLED = {
    "payment.cap": FAR,
    "payment.caps": '  caps: {most: {lines: [total, opened], amount: "1000000", reduces: pro_rata}}\n',
    "payment.floor": '  floor: {amount: "900", raises: opened}\n',
}
APART = {
    "within": '  cap: {amount: "20000", reduces: last_line_first}\n',
    "reached by none": '  floor: {amount: "0", raises: opened}\n',
}


def capped(payment: str, *, below_zero: str = "clawback", own: str | None = None) -> Contract:
    text = base.contract_text(lines=("total", "opened"), payment=payment, below_zero=below_zero)
    if own is not None:
        for id in ("total", "opened"):
            line = f"figure: {id}, below_zero: zero}}}}\n"
            assert text.count(line) == 1
            text = text.replace(line, f'{line}      cap: "{own}"\n')
    return parse_contract(decided(text).encode())


def once_both(payment: str, *, own: str = "") -> Contract:
    """Two lines that are both paid once, the first with a cap of its own where one is given."""
    text = base.contract_text(lines=("visits", "opened"), payment=payment)
    for line, now in (("      paid_each: certificate\n", ""), ('      cap: "2000"\n', own)):
        assert text.count(line) == 1
        text = text.replace(line, now)
    return parse_contract(decided(text).encode())


def history(contract: Contract) -> tuple[Certificate, Certificate]:
    one = settled(DAYS[0], contract=contract, total=10, paid=0, opened=5)
    return one, settled(DAYS[1], contract=contract, total=15, paid=int(one.paid_to_date["total"]))


# --- settled -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["payment.cap", "payment.caps"])
def test_a_line_that_was_paid_does_not_lose_its_amount(place: str, tmp_path: Path) -> None:
    contract = capped(COUPLED[place])
    one, two = history(contract)
    kept(tmp_path, one, two)
    for values in ({"opened": 6}, {"opened": 6, "total": 10}):
        with pytest.raises(CertificateError) as raised:
            settled(AFTER, "final", one, contract, tmp_path, **values)
        assert str(raised.value) == (
            f"payment.lines.opened must keep an amount, which the certificate of {DAYS[0]} or one before it has; here "
            f"{place} leaves it without one until total has one, and total has none any more on this day, after "
            f"'1.json' of the later announced day {DAYS[1]}. Amend the contract so that {place} does not "
            "count both, or so that caps of their own keep these lines within it (`effekt amend`), and settle this by "
            "the amended file."
        )
    elsewhere = settled(AFTER, "final", one, contract, None, opened=6)
    with pytest.raises(CertificateError, match=r"payment\.lines\.opened must keep an amount"):
        workflow.write_certificate(elsewhere, tmp_path / "2.json")


def each_too(place: str) -> Contract:
    """With a line that is paid on each day beside them."""
    text = base.contract_text(lines=("total", "opened", "visits"), payment=COUPLED[place])
    return parse_contract(decided(text).encode())


EACH_TOO = each_too("payment.cap")


@pytest.mark.parametrize(("place", "opened"), [("payment.caps", 6), ("payment.floor", 0)])
def test_so_it_is_under_caps_and_floors(place: str, opened: int, tmp_path: Path) -> None:
    contract = each_too(place)
    one = settled(DAYS[0], contract=contract, total=10, paid=0, opened=5, visits=3)
    two = settled(DAYS[1], contract=contract, total=15, paid=100, visits=4)
    kept(tmp_path, one, two)
    with pytest.raises(CertificateError, match=rf"must keep an amount.*{place} leaves.*Settle total here too"):
        settled(AFTER, "final", one, contract, tmp_path, opened=opened, visits=3)
    again = settled(AFTER, "final", one, contract, tmp_path, opened=opened, visits=3, total=10, paid=0)
    assert None not in amounts(again).values()
    assert workflow.verify(again, contract=contract, earlier=[one, two]).differences == ()


@pytest.mark.parametrize("later", ["final", "nil"])
def test_beside_lines_paid_each_day_the_other_is_attested_as_on_that_day(later: Kind, tmp_path: Path) -> None:
    """A day that is settled again then counts before the later one, so the line in parts has its amount again."""
    one = settled(DAYS[0], contract=EACH_TOO, total=10, paid=0, opened=5, visits=3)
    values = {"total": 15, "paid": 100, "visits": 4} if later == "final" else {}
    two = settled(DAYS[1], later, contract=EACH_TOO, **values)
    kept(tmp_path, one, two)
    with pytest.raises(CertificateError) as raised:
        settled(AFTER, "final", one, EACH_TOO, tmp_path, opened=6, visits=3)
    assert str(raised.value) == (
        f"payment.lines.opened must keep an amount, which the certificate of {DAYS[0]} or one before it has; here "
        "payment.cap leaves it without one until total has one. Settle total here too as on this day, "
        f"{DAYS[0]}, with what was then paid of it before (paid): beside lines with paid_each a day that is settled "
        f"again counts before '1.json' of the later announced day {DAYS[1]}."
    )
    again = settled(AFTER, "final", one, EACH_TOO, tmp_path, opened=6, visits=3, total=10, paid=0)
    assert amounts(again) == {"total": "100", "opened": "6000", "visits": "300"}
    workflow.write_certificate(again, tmp_path / "2.json")
    found = workflow.verify(again, contract=EACH_TOO, earlier=[one, two])
    assert found.differences == ()
    assert "left_waiting" not in [each.name for each in found.findings]
    lost = settled(AFTER, "final", one, EACH_TOO, opened=6, visits=3)
    (told,) = [
        each
        for each in workflow.verify(lost, contract=EACH_TOO, earlier=[one, two]).findings
        if each.name == "left_waiting"
    ]
    assert told.text.en == (
        "This certificate has no amount of opened, which payment.cap leaves without one until total has one. What one "
        "before it paid or withholds of opened is not settled by it; ask for one in its place with total as on the day "
        "that it settles."
    )
    assert told.text.sv.endswith("begär ett som ersätter det, med total som den dag som det avräknar.")


ONCE_BOTH = """\
  caps: {most: {lines: [visits, opened], amount: "9000", reduces: last_line_first}}
"""


def test_what_waits_for_a_line_that_another_day_paid_does_not_lose_its_amount(tmp_path: Path) -> None:
    """Both are paid once: the other is settled with 0 on its day, and both are settled on this one."""
    contract = once_both(ONCE_BOTH, own='      cap: "2000"\n')
    one = settled(DAYS[0], contract=contract, opened=5)
    two = settled(DAYS[1], contract=contract, visits=10)
    assert (amounts(one)["opened"], amounts(two)["visits"]) == ("5000", "1000")
    lost = settled(AFTER, "final", one, contract, opened=8)
    assert amounts(lost) == {"visits": None, "opened": None}
    kept(tmp_path, one, two)
    for make in (
        lambda: settled(AFTER, "final", one, contract, tmp_path, opened=8),
        lambda: workflow.write_certificate(lost, tmp_path / "2.json"),
    ):
        with pytest.raises(CertificateError) as raised:
            make()
        assert str(raised.value) == (
            f"payment.lines.opened must keep an amount, which the certificate of {DAYS[0]} or one before it has; here "
            "payment.caps leaves it without one until visits has one, and visits is paid by '1.json'. Take the place "
            "of that first (--supersedes 1.json, --reason), with 0 of visits, and then settle visits here too."
        )
    (told,) = [
        each
        for each in workflow.verify(lost, contract=contract, earlier=[one, two]).findings
        if each.name == "left_waiting"
    ]
    assert told.verdict == "cannot_tell"
    assert told.text.en == (
        "This certificate has no amount of opened, which payment.caps leaves without one until visits has one, and "
        f"visits is paid by that of {DAYS[1]}. What one before it paid or withholds of opened is not settled by it; "
        "ask for one in its place with both."
    )
    assert told.text.sv.endswith("begär ett som ersätter det, med båda.")
    nothing = settled(AFTER, "final", two, contract, tmp_path, visits=0)
    workflow.write_certificate(nothing, tmp_path / "2.json")
    both = settled("2023-05-03", "final", one, contract, tmp_path, opened=8, visits=10)
    assert amounts(both) == {"visits": "1000", "opened": "8000"}
    for each in (nothing, both):
        found = workflow.verify(each, contract=contract, earlier=[one, two, *([nothing] if each is both else [])])
        assert found.differences == ()
        assert "left_waiting" not in [finding.name for finding in found.findings]


def test_a_line_that_waits_for_one_that_no_day_paid_may_have_it_here(tmp_path: Path) -> None:
    contract = once_both(ONCE_BOTH, own='      cap: "2000"\n')
    one, two = settled(DAYS[0], contract=contract, opened=5), settled(DAYS[1], contract=contract)
    kept(tmp_path, one, two)
    assert amounts(settled(AFTER, "final", one, contract, tmp_path, opened=8)) == {"visits": None, "opened": None}
    again = settled(AFTER, "final", one, contract, tmp_path, opened=8, visits=10)
    assert amounts(again) == {"visits": "1000", "opened": "8000"}


def test_the_part_that_a_dispute_withheld_is_not_lost(tmp_path: Path) -> None:
    """Nor by one in the place of one that has lost it already, as when the other line was recalled in time."""
    contract = capped(FAR)
    one, two = history(contract)
    lost = settled("2023-02-06", "final", one, contract, None, opened=5)
    assert amounts(lost) == {"total": None, "opened": None}
    kept(tmp_path, one)
    workflow.write_certificate(lost, tmp_path / "lost.json")  # no later day stands: one in its place may have both
    kept(tmp_path, one, two)
    with pytest.raises(CertificateError, match=r"must keep an amount.*'1\.json'"):
        settled(AFTER, "final", lost, contract, tmp_path, opened=5)


@pytest.mark.parametrize("payment", [*APART.values(), ""])
def test_what_leaves_it_its_amount_is_settled(payment: str, tmp_path: Path) -> None:
    contract = capped(payment, own="10000", below_zero="carry")
    one, two = history(contract)
    kept(tmp_path, one, two)
    again = settled(AFTER, "final", one, contract, tmp_path, opened=6)
    assert amounts(again) == {"total": None, "opened": "6000"}
    workflow.write_certificate(again, tmp_path / "2.json")
    found = workflow.verify(again, contract=contract, earlier=[one, two])
    assert "left_waiting" not in [each.name for each in found.findings]


def test_nor_beside_a_nil_one_of_a_later_day(tmp_path: Path) -> None:
    contract = capped(FAR)
    one, nil = history(contract)[0], settled(DAYS[1], "nil", contract=contract)
    kept(tmp_path, one, nil)
    with pytest.raises(CertificateError, match=r"must keep an amount.*'1\.json'"):
        settled(AFTER, "final", one, contract, tmp_path, opened=6)
    assert settled(DAYS[2], "final", nil, contract, tmp_path, total=12, paid=100).paid_to_date == {"total": "120"}


def test_one_that_was_paid_nothing_keeps_nothing(tmp_path: Path) -> None:
    """A later day may then pay all of it."""
    contract = capped(FAR)
    one = settled(DAYS[0], contract=contract, total=10, paid=0)
    two = settled(DAYS[1], contract=contract, total=15, paid=100)
    kept(tmp_path, one, two)
    again = settled(AFTER, "final", one, contract, tmp_path, opened=6)
    assert amounts(again) == {"total": None, "opened": None}


def test_the_amendment_that_is_named_settles_it(tmp_path: Path) -> None:
    text = text_of().replace("      paid_each: certificate\n", "")
    first = parse_contract(_once(text, FAR.replace("last_line_first", "pro_rata")).encode())
    one = settled(DAYS[0], contract=first, total=10, paid=0, visits=5)
    two = settled(DAYS[1], contract=first, total=15, paid=100)
    kept(tmp_path, one, two)
    with pytest.raises(CertificateError, match=r"must keep an amount"):
        settled(AFTER, "final", one, first, tmp_path, visits=6)
    again = by_amendment(_once(text, ""), first, one, tmp_path, AFTER, visits=6)
    after = again.contract
    assert amounts(again) == {"visits": "600", "total": None}
    workflow.write_certificate(again, tmp_path / "2.json")
    found = workflow.verify(again, contract=after, amended=[first], earlier=[one, two])
    assert found.differences == ()
    assert "left_waiting" not in [each.name for each in found.findings]


def by_amendment(text: str, before: Contract, one: Certificate, folder: Path, date: str, **values: int) -> Certificate:
    """One in the place of another, by a file that both parties agreed to in the place of the one before."""
    head = f'amendment: {{number: 1, of: "{before.sha256}", date: "2023-05-01", reason: {{sv: x, en: x}}, '
    changed = text.replace("attribution: none\n", f"attribution: none\n{head}agreed_by: [municipality, provider]}}\n")
    after, lock = parse_contract(changed.encode()), None
    for key in KEYS.values():
        lock = workflow.lock(after, key=key, date="2023-05-01", beside=lock, undecided_accepted=True)
    return workflow.settle(
        replace(after, folder=folder),
        date=date,
        attestations=[base.attested(date, values)],
        supersedes=one,
        reason="Counted again",
        locked=lock,
    ).sign(base.KEY)


def first_once(payment: str, below_zero: str = "carry") -> str:
    text = base.contract_text(lines=("opened", "total"), payment=payment, below_zero=below_zero)
    for name, key in KEYS.items():
        text = text.replace(f'name: "{name}"', f'name: "{name}", keys: ["{public_text(public_key(key))}"]')
    return decided(text)


FIRST_ONCE = {
    "payment.cap": '  cap: {amount: "6000", reduces: last_line_first}\n',
    "payment.caps.most": '  caps: {most: {lines: [opened, total], amount: "6000", reduces: last_line_first}}\n',
}


@pytest.mark.parametrize("place", FIRST_ONCE)
@pytest.mark.parametrize(("below_zero", "more"), [("carry", 0), ("clawback", 1)])
def test_what_goes_beyond_the_cap_after_a_later_day_is_settled_by_an_amendment_alone(
    place: str, below_zero: str, more: int, tmp_path: Path
) -> None:
    """The line paid once has its amount, and with what was paid of the other, which waits, it is beyond the cap."""
    contract = parse_contract(first_once(FIRST_ONCE[place], below_zero).encode())
    one = settled(DAYS[0], contract=contract, opened=3, total=200, paid=0)
    assert amounts(one) == {"opened": "3000", "total": "2000"}
    days = [settled(day, contract=contract, total=250, paid=2000) for day in DAYS[1 : 2 + more]]
    kept(tmp_path, one, *days)
    date = "2023-08-02"
    told = (
        f"{place} of 6000 holds in each settlement, and with the certificate of {DAYS[0]}, which this one corrects, "
        f"7000 would be paid under it; total has none any more on this day, after '{1 + more}.json' of the later "
        f"announced day {DAYS[1 + more]}. Amend the contract so that {place} does not count opened with total (`effekt "
        "amend`), and settle this by the amended file."
    )
    with pytest.raises(CertificateError) as raised:
        settled(date, "final", one, contract, tmp_path, opened=5)
    assert str(raised.value) == told
    with pytest.raises(CertificateError, match=r"must have an amount.* Attest no paid: total waits here, after "):
        settled(date, "final", one, contract, tmp_path, opened=5, paid=0)
    with pytest.raises(CertificateError, match=r"of that last one.*For opened alone attest nothing of total"):
        settled(date, "final", one, contract, tmp_path, opened=5, total=200, paid=2000)
    assert amounts(settled(date, "final", one, contract, tmp_path, opened=4)) == {"opened": "4000", "total": None}
    again = by_amendment(first_once(""), contract, one, tmp_path, date, opened=5)
    assert amounts(again) == {"opened": "5000", "total": None}
    workflow.write_certificate(again, tmp_path / "again.json")
    found = workflow.verify(again, contract=again.contract, amended=[contract], earlier=[one, *days])
    assert found.differences == ()


@pytest.mark.parametrize("place", FIRST_ONCE)
def test_before_a_later_day_both_are_settled_anew_and_the_next_day_pays_nothing_once(
    place: str, tmp_path: Path
) -> None:
    contract = parse_contract(first_once(FIRST_ONCE[place], "clawback").encode())
    one = settled(DAYS[0], contract=contract, opened=3, total=200, paid=0)
    kept(tmp_path, one)
    for values in ({"opened": 5}, {"opened": 5, "total": 200, "paid": 2000}):
        with pytest.raises(CertificateError) as raised:
            settled("2023-02-02", "final", one, contract, tmp_path, **values)
        assert str(raised.value).endswith(
            f"Have as paid what the certificate of {DAYS[0]} has itself as paid before, 0 of total: this one then "
            "settles anew, in its place, what is due by the limits."
        )
    with pytest.raises(CertificateError, match=r"total must have an amount.*; it has none\. Settle total here too\.$"):
        settled("2023-02-02", "final", one, contract, tmp_path, opened=5, paid=0)
    again = settled("2023-02-02", "final", one, contract, tmp_path, opened=5, total=200, paid=0)
    assert amounts(again) == {"opened": "5000", "total": "1000"}


def _once(text: str, payment: str) -> str:
    """Without the figure of what certificates paid on a line that is paid on each, and with a rule between lines."""
    rows = [row for row in text.split("\n") if not row.startswith("  earned:")]
    assert len(rows) < len(text.split("\n"))
    return "\n".join(rows).replace("  lines:\n", f"{payment}  lines:\n")


# --- verified ------------------------------------------------------------------------------------------------------


def test_whoever_verifies_such_a_certificate_is_told() -> None:
    contract = capped(FAR)
    one, two = history(contract)
    lost = settled(AFTER, "final", one, contract, None, opened=6)
    for given in ((one, two), (two, one), (two,)):
        found = {each.name: each for each in workflow.verify(lost, contract=contract, earlier=given).findings}
        assert found["left_waiting"].verdict == "cannot_tell"
        text = found["left_waiting"].text
        assert text.en == (
            "This certificate has no amount of opened, which payment.cap leaves without one until total has one, and "
            f"after that of {DAYS[1]}, of a later announced day, total can have none of this day any more. What one "
            "before it paid or withholds of opened is not settled by it; ask for one by an amended file."
        )
        assert text.sv.startswith("Detta intyg saknar belopp för opened, som payment.cap lämnar utan tills total har")
    assert "left_waiting" not in {
        each.name for each in workflow.verify(lost, contract=contract, earlier=[one]).findings
    }


# --- before the lock -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", COUPLED)
def test_check_tells_of_what_couples_such_lines(place: str) -> None:
    (caution,) = [one for one in workflow.check(capped(COUPLED[place])).cautions if one.en.startswith(f"{place}")]
    assert caution.en.startswith(
        f"{place}{'.most' * (place == 'payment.caps')} counts total and opened, of which opened is"
    )
    assert " räknar total och opened, av vilka opened betalas en gång: " in caution.sv


@pytest.mark.parametrize(
    ("contract", "en", "sv"),
    [
        (
            capped(FAR),
            ", and where its day is settled again after a later one, when total has none any more; then only an "
            "amendment settles it. ",
            ", och när dess dag avräknas på nytt efter en senare, då total inte har något längre; då kan bara en "
            "ändring av avtalet avräkna det. ",
        ),
        (
            EACH_TOO,
            ", and where its day is settled again after a later one, unless total is settled there too as on that "
            "day. ",
            ", och när dess dag avräknas på nytt efter en senare, om inte också total avräknas där som den dagen. ",
        ),
        (
            once_both(FAR),
            ". A certificate on which all of them have a value settles them. ",
            ". Ett intyg där alla har ett värde avräknar dem. ",
        ),
    ],
    ids=["in parts", "beside paid_each", "all once"],
)
def test_check_tells_of_the_way_out_that_there_is(contract: Contract, en: str, sv: str) -> None:
    (caution,) = [one for one in workflow.check(contract).cautions if one.en.startswith("payment.cap counts")]
    assert f"other days than that of a line paid once{en}Have lines under it" in caution.en
    assert f"andra dagar än den för en rad som betalas en gång{sv}Låt den gälla" in caution.sv


def test_lines_that_are_all_paid_once_are_settled_again_together(tmp_path: Path) -> None:
    """After a later day too, without an amendment."""
    contract = once_both(FAR.replace("last_line_first", "pro_rata"))
    one, nil = settled(DAYS[0], contract=contract, visits=6, opened=5), settled(DAYS[1], "nil", contract=contract)
    kept(tmp_path, one, nil)
    again = settled(AFTER, "final", one, contract, tmp_path, visits=6, opened=4)
    assert amounts(again) == {"visits": "600", "opened": "4000"}
    assert workflow.verify(again, contract=contract, earlier=[one, nil]).differences == ()


def test_check_tells_of_two_lines_paid_once_on_days_of_their_own() -> None:
    """Under a cap the second of them has no amount on its own day, however far the cap is."""
    contract = once_both(FAR)
    assert amounts(settled(DAYS[1], contract=contract, opened=3)) == {"visits": None, "opened": None}
    (caution,) = [one for one in workflow.check(contract).cautions if one.en.startswith("payment.cap counts")]
    assert "of which visits and opened are paid once" in caution.en


@pytest.mark.parametrize("payment", [*APART.values(), ""])
def test_check_tells_nothing_where_none_can_wait_for_another(payment: str) -> None:
    cautions = workflow.check(capped(payment, own="10000", below_zero="carry")).cautions
    assert not [one.en for one in cautions if "paid once: on an announced day" in one.en]
    assert MIXED.model.payment.cap is None


def test_check_tells_nothing_where_one_day_is_announced() -> None:
    text = capped(FAR).raw.decode()
    days = ", ".join(f'"{day}"' for day in DAYS)
    assert text.count(days) == 1
    once = parse_contract(text.replace(days, f'"{DAYS[0]}"').encode())
    assert not [one.en for one in workflow.check(once).cautions if "paid once: on an announced day" in one.en]
