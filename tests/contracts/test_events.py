"""What endings, spoiled comparisons, disputes and revised sources leave of a payment, to the öre."""

import random
from fractions import Fraction as F

import pytest
from contracts.builders import contract, estimated, file, given, line, number, read
from contracts.random_contracts import random_contract, random_values
from contracts.second_route import same_by_both
from oracles import payment_events

from effekt.contracts import Events, Settlement, settle_figures
from effekt.contracts.events import Contaminated, Disputed, Ended
from effekt.contracts.schema import Bilingual
from effekt.contracts.settlement import WITHHELD
from effekt.exceptions import ContractError

WHY = Bilingual(sv="enligt beslut", en="by decision")
STOP = {"event": {"sv": "kommunen slås samman", "en": "the town is merged"}}
DISPUTES = {"days": 30, "undisputed_paid": True, "decided_by": {"sv": "nämnden", "en": "the tribunal"}}
PERIOD = {"from": "2019-01-01", "to": "2021-12-31"}  # 1096 days
FIGURES = {"a": number(0), "b": number(0)}
LINES = {
    "start": line({"fixed": "100000"}),
    "fee": line({"unit_price": {"figure": "a", "price": "1000", "below_zero": "zero"}}),
    "bonus": line({"unit_price": {"figure": "b", "price": "10", "below_zero": "negative"}}),
}


def ended(date="2020-06-30", clause="stop"):
    return Events(ended=Ended(clause=clause, date=date, why=WHY))


def disputed(**by):
    return Events(
        disputed=tuple((party, Disputed(figures=admits, date="2022-02-01", why=WHY)) for party, admits in by.items())
    )


def amounts(clause=None, events=None, values=("7", "-3"), lines=LINES, **payment):
    terms = file(lines, FIGURES) | {"disputes": DISPUTES}
    terms["payment"] |= payment
    if clause is not None:
        terms["termination"] = {"stop": STOP | clause}
    subject, known = read(terms), dict(zip("ab", values, strict=True))
    settlement = settle_figures(subject, given(subject, known), events)
    happened = events or Events()
    last = None if happened.ended is None else happened.ended.date
    same_by_both(terms, known, settlement, _plain(last, happened.open_disputes))
    return settlement


def paid(settlement):
    return {one.id: one.amount for one in settlement.lines}


# --------------------------------------------------------------------------------------------------- endings


@pytest.mark.parametrize(
    ("clause", "expected"),
    [
        # 2019-01-01 to 2020-06-30 is 365 + 182 = 547 of 1096 days
        ({"then": "pay_to_date", "period": PERIOD}, ("49908.76", "3493.61", "-14.97")),
        ({"then": "pay_to_date", "period": PERIOD, "lines": {"start": "in_full"}}, ("100000.00", "3493.61", "-14.97")),
        ({"then": "pay_nothing_more"}, ("0.00", "0.00", "-30.00")),
        ({"then": "pay_nothing_more", "lines": {"fee": "in_full"}}, ("0.00", "7000.00", "-30.00")),
        ({"then": "refer"}, (None, None, None)),
        ({"then": "pay_to_date"}, (None, None, None)),
        ({"then": "pay_on_closed_cohorts"}, (None, None, None)),
        (
            {"then": "pay_on_closed_cohorts", "closes": {"start": "2020-06-30", "fee": "2020-07-01"}},
            ("100000.00", "0.00", None),
        ),
    ],
)
def test_an_ending_leaves_what_its_clause_says(clause, expected):
    settlement = amounts(clause, ended())
    assert tuple(paid(settlement).values()) == expected
    without = amounts(clause)
    assert tuple(paid(without).values()) == ("100000.00", "7000.00", "-30.00")
    assert without.standings == ()
    states = {one.id: one.state for one in settlement.standings if one.of == "line"}
    assert states == dict.fromkeys(LINES, "terminated")
    assert Settlement.from_plain(settlement.to_plain()) == settlement
    assert "standings" not in without.to_plain()


@pytest.mark.parametrize(
    ("date", "share"), [("2018-12-31", 0), ("2019-01-01", F(1, 1096)), ("2021-12-31", 1), ("2023-01-01", 1)]
)
def test_the_part_that_has_passed_is_between_nothing_and_all(date, share):
    settlement = amounts({"then": "pay_to_date", "period": PERIOD}, ended(date))
    assert abs(F(paid(settlement)["start"]) - 100000 * F(share)) <= F(1, 200)


def test_what_never_comes_is_nothing_after_an_ending_and_not_waited_for():
    settlement = amounts({"then": "pay_nothing_more"}, ended(), values=(None, "3"))
    assert paid(settlement) == {"start": "0.00", "fee": "0.00", "bonus": "0.00"}
    assert settlement.total == "0.00"
    may_owe = amounts({"then": "pay_nothing_more"}, ended(), values=("7", None))
    assert paid(may_owe)["bonus"] is None  # it may be money to pay back


@pytest.mark.parametrize(("floor", "expected"), [("applies", "500.00"), ("lapses", "0.00"), (None, None)])
def test_the_floor_of_a_contract_that_ended_is_what_the_clause_says_and_else_referred(floor, expected):
    clause = {"then": "pay_nothing_more"} | ({} if floor is None else {"floor": floor})
    settlement = amounts(clause, ended(), values=("7", "3"), floor={"amount": "500", "raises": "start"})
    assert paid(settlement)["start"] == expected
    high = amounts({"then": "pay_nothing_more"}, ended(), values=("7", "3"), floor={"amount": "-5", "raises": "start"})
    assert paid(high)["start"] == "0.00"  # a floor that raises nothing needs no word


@pytest.mark.parametrize(
    ("clause", "first", "cap", "known", "beside"),
    [
        # what is referred may be agreed to be anything from nothing to what it was: a is 100 000 or -100 000
        ({"lines": {"a": "refer"}}, "1", "120000", "1", None),
        (
            {"lines": {"a": "refer"}},
            "1",
            "150000",
            "1",
            "50000.00",
        ),  # 100 000 and 50 000 are within it whatever is agreed
        ({"lines": {"a": "refer"}}, "-1", "20000", "1", None),  # -100 000 leaves room for 50 000, and nothing does not
        ({"lines": {"a": "refer"}}, "-1", "50000", "1", "50000.00"),
        ({"lines": {"a": "refer"}}, "1", "40000", "0", "40000.00"),  # nothing, whatever is agreed
        ({"lines": {"a": "refer"}}, "x", "120000", None, None),  # nothing bounds it
        # a part of what is not known yet is at most that part of the most: 100 000 times 547/1096 is 49 908.76
        ({"lines": {"a": "to_date"}, "period": PERIOD}, "1", "99908.76", None, "50000.00"),
        ({"lines": {"a": "to_date"}, "period": PERIOD}, "1", "99908.75", None, None),
        ({"lines": {"a": "in_full"}}, "1", "120000", None, None),
        ({"lines": {"a": "nothing"}}, "1", "50000", None, "50000.00"),
        ({"lines": {"a": "nothing"}}, "-1", "40000", None, None),  # it may be money to pay back, which leaves room
    ],
)
def test_a_cap_counts_what_an_ending_may_leave_of_the_other_line(clause, first, cap, known, beside):
    """a is first in order and pays or owes 100 000 by a yes or no; the cap lowers b, which is 50 000, first."""
    figure, price = ("n", "100000") if first == "x" else ("y", f"{first.rstrip('1')}100000")
    lines = {
        "a": line({"unit_price": {"figure": figure, "price": price, "below_zero": "negative"}}),
        "b": line({"fixed": "50000"}),
    }
    terms = file(lines, {"y": number(0, "yes/no"), "n": number(0)})
    terms["payment"]["cap"] = {"amount": cap, "reduces": "last_line_first"}
    terms["termination"] = {"stop": STOP | {"then": "pay_nothing_more"} | clause}
    terms["termination"]["stop"]["lines"] |= {"b": "in_full"}
    subject = read(terms)
    settlement = settle_figures(subject, given(subject, {"y": known, "n": known}), ended())
    assert paid(settlement)["b"] == beside


@pytest.mark.parametrize(
    ("start", "instead_en", "instead_sv"),
    [
        ("0.01", " instead of SEK 0.01", " i stället för 0,01 kr"),
        ("0", "", ""),
        ("-5", "", ""),  # what is to be paid back still is
    ],
)
def test_what_is_no_longer_paid_is_told_with_what_it_was(start, instead_en, instead_sv):
    settlement = amounts({"then": "pay_nothing_more"}, ended(), lines=LINES | {"start": line({"fixed": start})})
    step = next(one for one in settlement.lines[0].steps if one.rule == "termination")
    assert step.value == ("-5" if start == "-5" else "0")
    assert step.en.replace("\xa0", " ") == (
        f"The contract ended on 2020-06-30 (cause: the town is merged); nothing more is paid on the line{instead_en}."
    )
    assert step.sv.replace("\xa0", " ") == (
        f"Avtalet upphörde 2020-06-30 (orsak: kommunen slås samman); inget betalas mer på raden{instead_sv}."
    )


def test_a_guarantee_and_a_waterfall_see_what_the_ending_leaves():
    rest = {
        "waterfall": {"from": "provider", "steps": [{"to": {"region": "1"}, "up_to": "500"}, {"to": {"state": "1"}}]},
        "guarantees": {
            "capital": {"guarantor": "state", "beneficiary": "region", "amount": "500", "share": "1"},
        },
    }
    found = {}
    for word in ("applies", "lapses", None):
        clause = {"then": "pay_nothing_more"} | ({} if word is None else {"guarantees": word})
        settlement = amounts(clause, ended(), values=("7", "3"), **rest)
        assert settlement.distribution.amount == "0.00"
        found[word] = settlement.guarantees[0]
    # a guarantor bears nothing of a lawful ending unless the clause says so
    assert {word: one.amount for word, one in found.items()} == {"applies": "500.00", "lapses": "0.00", None: None}
    assert found[None].state == "referred"
    assert (
        found[None].reasons[0].en.startswith("The contract does not say whether the guarantee holds when the contract")
    )
    (lapsed,) = found["lapses"].steps
    assert lapsed.en.startswith("The guarantee lapses, since the contract ended on 2020-06-30")
    assert (lapsed.value, found["lapses"].state) == ("0", "zero_by_terms")


GUARANTEE = {"capital": {"guarantor": "state", "beneficiary": "provider", "amount": "9000", "share": "1"}}


@pytest.mark.parametrize(
    ("ending", "spoils", "expected"),
    [
        # 547 of 1096 days of 7000 are 3493.61; the comparison that is spoiled too takes all, or refers what is due
        ({"guarantees": "lapses"}, {"then": "pay_nothing_more"}, "0.00"),
        ({"guarantees": "lapses"}, {"then": "pay_nothing_more", "guarantees": "applies"}, "0.00"),
        ({"guarantees": "lapses"}, {"then": "refer"}, "0.00"),
        ({"guarantees": "lapses", "lines": {"fee": "in_full"}}, {"then": "pay_nothing_more"}, None),  # it cuts nothing
        ({"guarantees": "lapses", "lines": {"fee": "refer"}}, {"then": "pay_nothing_more"}, None),
        ({"guarantees": "applies"}, {"then": "pay_nothing_more", "guarantees": "applies"}, "9000.00"),
        ({"guarantees": "applies"}, {"then": "pay_nothing_more"}, None),
        # the ending cuts the line as well, and does not say who bears that
        ({}, {"then": "pay_nothing_more", "guarantees": "applies"}, None),
        ({"guarantees": "applies"}, {"then": "pay_to_date", "period": PERIOD}, None),
    ],
)
def test_a_guarantee_is_held_to_every_clause_that_cuts_a_line_and_lapses_with_the_contract(ending, spoils, expected):
    """By the contract's end the guarantor is free, whatever else is wrong with the line that it cuts."""
    terms = estimated(file({"fee": LINES["fee"]}, FIGURES), a="first")
    ends = {"then": "pay_to_date", "period": PERIOD} if ending.get("lines") is None else {"then": "pay_nothing_more"}
    terms["termination"] = {"stop": STOP | ends | ending, "spoilt": STOP | spoils}
    terms["payment"]["guarantees"] = GUARANTEE
    subject, values = read(terms), {"a": "7", "b": "0"}
    spoilt = Contaminated(clause="spoilt", analysis=("first",), date="2020-01-31", why=WHY)
    settlement = settle_figures(subject, given(subject, values), Events(ended=ended().ended, contaminated=(spoilt,)))
    assert settlement.guarantees[0].amount == expected
    happened = {"contaminated": [{"clause": "spoilt", "date": "2020-01-31", "analysis": ["first"]}]}
    same_by_both(terms, values, settlement, _plain("2020-06-30", {}) | happened)


@pytest.mark.parametrize(
    ("day", "word", "expected"),
    [
        ("2022-01-01", "lapses", "4000.00"),  # all 1096 days were over: the fee of 7000 is whole
        ("2021-12-31", "lapses", None),
        ("2021-12-31", None, None),
        ("2021-12-31", "applies", "4006.39"),  # 1095 of 1096 days of the fee are 6993.61
    ],
)
def test_a_guarantee_is_referred_only_where_a_contaminated_comparison_takes_something(day, word, expected):
    terms = estimated(file({"fee": LINES["fee"]}, FIGURES), a="first")
    clause = {"then": "pay_to_date", "period": PERIOD} | ({} if word is None else {"guarantees": word})
    terms["termination"] = {"stop": STOP | clause}
    terms["payment"]["guarantees"] = {"capital": GUARANTEE["capital"] | {"amount": "11000"}}
    subject, values = read(terms), {"a": "7", "b": "0"}
    spoilt = Contaminated(clause="stop", analysis=("first",), date=day, why=WHY)
    settlement = settle_figures(subject, given(subject, values), Events(contaminated=(spoilt,)))
    assert settlement.guarantees[0].amount == expected
    happened = {"contaminated": [{"clause": "stop", "date": day, "analysis": ["first"]}]}
    same_by_both(terms, values, settlement, happened)


def test_a_guarantee_does_not_lapse_by_an_ending_after_the_whole_period():
    terms = estimated(file({"fee": LINES["fee"]}, FIGURES), a="first")
    terms["termination"] = {"stop": STOP | {"then": "pay_to_date", "period": PERIOD, "guarantees": "lapses"}}
    terms["payment"]["guarantees"] = {"capital": GUARANTEE["capital"] | {"amount": "11000"}}
    subject, values = read(terms), {"a": "7", "b": "0"}
    for day, expected in (("2021-12-30", "0.00"), ("2021-12-31", "4000.00")):
        settlement = settle_figures(subject, given(subject, values), ended(day))
        assert settlement.guarantees[0].amount == expected
        same_by_both(terms, values, settlement, _plain(day, {}))


# --------------------------------------------------------------------------------------------------- disputes


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ({"municipality": {"a": "4"}}, {"fee": ("4000.00", "3000.00")}),
        ({"municipality": {"a": "none"}}, {"fee": ("0.00", "7000.00")}),
        ({"provider": {"a": "9"}}, {}),  # who says that more is due disputes nothing that is paid
        ({"municipality": {"b": "-2"}}, {"bonus": ("-20.00", "-10.00")}),
        ({"provider": {"b": "2"}}, {"bonus": ("0.00", "-30.00")}),
        (
            {"municipality": {"a": "4"}, "provider": {"a": "9", "b": "0"}},
            {"fee": ("4000.00", "3000.00"), "bonus": ("0.00", "-30.00")},
        ),
    ],
)
def test_a_dispute_keeps_back_what_it_is_about_and_nothing_else(by, expected):
    settlement = amounts(None, disputed(**by))
    plain = paid(amounts())
    assert paid(settlement) == plain | {id: now for id, (now, _) in expected.items()}
    kept = {one.id: one.withheld for one in settlement.standings if one.withheld is not None}
    assert kept == {id: back for id, (_, back) in expected.items()}
    assert F(settlement.total) == sum(F(one.amount) for one in settlement.lines)
    for one in settlement.lines:
        assert sum(F(share.amount) for share in one.shares) == F(one.amount)


def test_nothing_is_paid_meanwhile_where_the_contract_says_so():
    terms = file(LINES, FIGURES) | {"disputes": DISPUTES | {"undisputed_paid": False}}
    subject = read(terms)
    settlement = settle_figures(subject, given(subject, {"a": "7", "b": "-3"}), disputed(municipality={"a": "6"}))
    assert (settlement.total, settlement.state) == ("0.00", "referred")
    assert {one.state for one in settlement.lines} == {"referred"}
    assert [one.withheld for one in settlement.standings if one.of == "line"] == ["100000.00", "7000.00", "-30.00"]


@pytest.mark.parametrize(
    ("admits", "fee", "state", "of_all"),
    [("none", "0.00", "referred", "referred"), ("4", "4000.00", "payable", "payable")],
)
def test_a_line_that_is_wholly_withheld_says_so_beside_one_that_is_zero_by_its_terms(admits, fee, state, of_all):
    lines = {id: LINES[id] for id in ("fee", "bonus")}
    settlement = amounts(None, disputed(municipality={"a": admits}), values=("7", "0"), lines=lines)
    found = {one.id: (one.amount, one.state, one.reasons) for one in settlement.lines}
    assert found == {
        "fee": (fee, state, (WITHHELD,) if admits == "none" else ()),
        "bonus": ("0.00", "zero_by_terms", ()),
    }
    assert settlement.state == of_all


def test_a_guarantor_does_not_pay_for_what_a_dispute_keeps_back():
    rest = {
        "guarantees": {"capital": {"guarantor": "state", "beneficiary": "provider", "amount": "107000", "share": "1"}}
    }
    settlement = amounts(None, disputed(municipality={"a": "none"}), values=("7", "3"), **rest)
    assert (settlement.guarantees[0].state, settlement.guarantees[0].amount) == ("referred", None)
    assert settlement.total == "100030.00"


def test_a_decided_dispute_keeps_nothing_back_and_is_still_told():
    one = Disputed(figures={"a": "4"}, date="2022-02-01", decided="2022-03-01", why=WHY)
    settlement = amounts(None, Events(disputed=(("municipality", one),)))
    assert paid(settlement) == paid(amounts())
    assert settlement.standings[0].text.en == "Exempelkommun disputed it on 2022-02-01; it was decided on 2022-03-01."
    assert {one.state for one in settlement.standings} == {"final"}


TWO = {"work": LINES["fee"], "share": line({"share_of_savings": {"share": "1", "figure": "b", "below_zero": "zero"}})}
CAP = {"cap": {"amount": "9000", "reduces": "pro_rata"}}
FLOORS = {"floors": {"year": {"lines": ["start", "share"], "amount": "150000", "raises": "start"}}}


@pytest.mark.parametrize(
    ("lines", "payment", "values", "admits", "now", "kept"),
    [
        # 7 000 + 5 000 under 9 000: 5 250 and 3 750; more admitted of one line takes nothing from the other
        (TWO, CAP, ("7", "5000"), {"b": "999999999999"}, ("5250.00", "3750.00"), {}),
        # 7 000 + 1 000 is under the cap: work would be 7 000 but is claimed at 5 250, share falls to 1 000
        (TWO, CAP, ("7", "5000"), {"b": "1000"}, ("5250.00", "1000.00"), {"share": "2750.00"}),
        (TWO, CAP, ("7", "5000"), {"b": "none"}, ("5250.00", "0.00"), {"share": "3750.00"}),
        # more of the one and less of the other: 4 000 + 5 000 is just the cap
        (TWO, CAP, ("7", "5000"), {"a": "4", "b": "99999"}, ("4000.00", "3750.00"), {"work": "1250.00"}),
        # 100 000 + 80 000 against 100 000 + 0, which the floor raises to 150 000: 150 000 is paid on either reading
        (
            {"start": LINES["start"], "share": TWO["share"]},
            FLOORS,
            ("7", "80000"),
            {"b": "0"},
            ("150000.00", "0.00"),
            {"start": "-50000.00", "share": "80000.00"},
        ),
        # the same of the contract's own floor
        (
            {"start": LINES["start"], "share": TWO["share"]},
            {"floor": {"amount": "150000", "raises": "start"}},
            ("7", "80000"),
            {"b": "0"},
            ("150000.00", "0.00"),
            {"start": "-50000.00", "share": "80000.00"},
        ),
        # öre: 0.70, of which 0.40 is admitted
        (
            {"work": line({"unit_price": {"figure": "a", "price": "0.10", "below_zero": "zero"}})},
            {},
            ("7", "0"),
            {"a": "4"},
            ("0.40",),
            {"work": "0.30"},
        ),
        # 100 000 + 20 000 is raised by 30 000; who admits 40 000 of the share takes nothing from anyone
        (
            {"start": LINES["start"], "share": TWO["share"]},
            FLOORS,
            ("7", "20000"),
            {"b": "40000"},
            ("130000.00", "20000.00"),
            {},
        ),
    ],
)
def test_a_dispute_under_a_common_cap_or_floor_by_hand(lines, payment, values, admits, now, kept):
    figures = {id: figure for id, figure in FIGURES.items() if id == "b" or "work" in lines}
    terms = file(lines, figures) | {"disputes": DISPUTES}
    terms["payment"] |= payment
    subject = read(terms)
    settlement = settle_figures(
        subject, given(subject, dict(zip("ab", values, strict=True))), disputed(municipality=admits)
    )
    assert tuple(paid(settlement).values()) == now
    assert {one.id: one.withheld for one in settlement.standings if one.withheld is not None} == kept
    if "none" not in admits.values():
        known = dict(zip("ab", values, strict=True))
        found = payment_events.settle(terms, known, None, [admits])
        assert tuple(x for x, _ in found.values()) == tuple(F(x) for x in now)


@pytest.mark.parametrize(
    ("open_line", "expected"),
    [
        ("0", ("0.00", "0.00", "20.00")),
        ("1", ("0.00", "50.00", "20.00")),
        (None, ("0.00", None, "0.00")),  # on the municipality's reading c may be netted, by how much b decides
    ],
)
def test_what_a_dispute_leaves_of_a_line_that_waits_on_one_of_the_readings_is_paid_only_once_it_is_known(
    open_line, expected
):
    """Claimed 10 of a, 50 or nothing of b and 30 of c: nothing is netted. The municipality admits -10 of a."""
    price = {"price": "10", "below_zero": "negative"}
    lines = {
        "a": line({"unit_price": {"figure": "a", **price}}),
        "b": line({"unit_price": {"figure": "b", **price, "price": "50"}}),
        "c": line({"fixed": "30"}),
    }
    terms = file(lines, {"a": number(0), "b": number(0, "yes/no")}) | {"disputes": DISPUTES}
    terms["payment"]["netting"] = {"lines": list("abc"), "reduces": "last_line_first", "below_zero": "zero"}
    subject = read(terms)
    figures = given(subject, {"a": "1", "b": open_line})
    assert paid(settle_figures(subject, figures))["c"] == "30.00"
    settlement = settle_figures(subject, figures, disputed(municipality={"a": "-1"}))
    assert tuple(paid(settlement).values()) == expected


def test_values_that_cannot_be_are_not_admitted():
    ladder = {"people": "10", "order": "ladder", "steps": [{"figure": x, "pays": "10"} for x in "ab"]}
    figures = {"a": number(0), "b": number(0), "c": {"derived": {"ratio": ["a", "b"]}, "digits": 0, "unit": "number"}}
    lines = {"work": line({"milestones": ladder}), "rate": line({"unit_price": {"figure": "c", "price": "1"}})}
    lines["rate"]["pays"]["unit_price"]["below_zero"] = "zero"
    subject = read(file(lines, figures) | {"disputes": DISPUTES})
    values = given(subject, {"a": "8", "b": "2"})
    for admits, why in (
        ({"b": "-4"}, "b counts persons and cannot be negative"),
        ({"a": "11"}, "a is above 10, so somebody is counted twice"),
        ({"b": "9"}, "b is above a, so somebody is counted twice"),
        ({"b": "0"}, "the line rate has no amount with it: c cannot be computed"),
    ):
        with pytest.raises(ContractError) as error:
            settle_figures(subject, values, disputed(municipality=admits))
        assert "disputed by municipality: what is admitted of" in str(error.value)
        assert why in str(error.value)
    assert paid(settle_figures(subject, values, disputed(municipality={"b": "none"})))["work"] == "0.00"


def _told(settlement, line):
    steps = {one.id: one for one in settlement.lines}[line].steps
    step = next(one for one in steps if one.rule == "disputes")
    return step.value, step.en.replace("\xa0", " "), step.sv.replace("\xa0", " ")


def test_what_is_kept_back_is_told_in_both_languages():
    settlement = amounts(None, disputed(municipality={"a": "4", "b": "-2"}))
    assert _told(settlement, "fee") == (
        "4000",
        "Of SEK 7,000, SEK 3,000 is disputed and withheld until the dispute is decided; SEK 4,000 is paid now.",
        "Av 7 000 kr är 3 000 kr tvistigt och hålls inne tills tvisten är avgjord; 4 000 kr betalas nu.",
    )
    assert _told(settlement, "bonus") == (
        "-20",
        "Of SEK −30, SEK 10 is disputed and withheld until the dispute is decided; SEK −20 is paid now.",
        "Av −30 kr är 10 kr tvistigt och hålls inne tills tvisten är avgjord; −20 kr betalas nu.",
    )


@pytest.mark.parametrize("start", ["100000", "0"])
def test_what_a_floor_gives_on_every_reading_is_told_as_an_advance(start):
    """start and share come to 150 000 whoever is right: by what is claimed of the share, or by the floor."""
    lines = {"start": line({"fixed": start}), "share": TWO["share"]}
    terms = file(lines, {"b": number(0)}) | {"disputes": DISPUTES}
    terms["payment"] |= FLOORS
    subject = read(terms)
    claimed = 150000 - int(start)
    settlement = settle_figures(subject, given(subject, {"b": str(claimed)}), disputed(municipality={"b": "0"}))
    assert paid(settlement) == {"start": "150000.00", "share": "0.00"}
    said, sv = f"{int(start):,}", f"{int(start):,}".replace(",", " ")
    more, sv_more = f"{claimed:,}", f"{claimed:,}".replace(",", " ")
    assert _told(settlement, "start") == (
        "150000",
        f"The floor holds whoever is right in the dispute: SEK 150,000 is paid now, SEK {more} more than SEK {said}, "
        "and is deducted when the dispute is decided.",
        f"Golvet gäller vem som än får rätt i tvisten: 150 000 kr betalas nu, {sv_more} kr mer än {sv} kr, och räknas "
        "av när tvisten är avgjord.",
    )


def test_what_is_admitted_has_the_digits_of_its_figure_and_may_be_whole():
    figures = {"a": number(2), "b": number(0)}
    ladder = {"people": "b", "order": "ladder", "steps": [{"figure": "b", "pays": "10"}]}
    lines = {
        "fee": line({"unit_price": {"figure": "a", "price": "1000", "below_zero": "zero"}}),
        "n": line({"milestones": ladder}),
    }
    subject = read(file(lines, figures) | {"disputes": DISPUTES})
    values = given(subject, {"a": "7.25", "b": "3"})
    for admits, now in (({"a": "4"}, "4000.00"), ({"a": "4.5"}, "4500.00"), ({"a": "4.25"}, "4250.00")):
        assert paid(settle_figures(subject, values, disputed(municipality=admits)))["fee"] == now
    assert paid(settle_figures(subject, values, disputed(municipality={"b": "2"})))["n"] == "20.00"


def test_values_that_cannot_be_are_refused_in_both_languages_with_what_to_do():
    figures = {"a": number(0), "b": number(0), "c": {"derived": {"ratio": ["a", "b"]}, "digits": 0, "unit": "number"}}
    lines = {"rate": line({"unit_price": {"figure": "c", "price": "1", "below_zero": "zero"}})}
    subject = read(file(lines, figures) | {"disputes": DISPUTES})
    with pytest.raises(ContractError) as error:
        settle_figures(subject, given(subject, {"a": "8", "b": "2"}), disputed(municipality={"a": "9", "b": "0"}))
    assert str(error.value) == (
        "disputed by municipality: what is admitted of a and b cannot be, since the line rate has no amount with it: c "
        "cannot be computed. Admit a value that can be, or none."
    )
    assert error.value.sv == (
        "disputed av municipality: det som medges av a och b är inte möjligt, eftersom raden rate inte får något "
        "belopp med det: c kan inte beräknas. Medge ett möjligt värde, eller none."
    )
    # with none of b nothing is known of the rate, and nothing is refused
    half = settle_figures(subject, given(subject, {"a": "8", "b": "2"}), disputed(municipality={"a": "9", "b": "none"}))
    assert paid(half) == {"rate": "0.00"}
    # what has no amount on the certificate's own figures is no fault of what is admitted
    open_line = settle_figures(subject, given(subject, {"a": "8", "b": "0"}), disputed(municipality={"a": "9"}))
    assert paid(open_line) == {"rate": None}
    waits = settle_figures(subject, given(subject, {"a": "8", "b": None}), disputed(municipality={"a": "9"}))
    assert paid(waits) == {"rate": None}


@pytest.mark.parametrize(
    ("a", "netted", "below_zero", "expected"),
    [
        # 10 and 30: with none of a nothing bounds it downwards, so that b may be netted away
        ("1", True, "zero", {"a": "0.00", "b": "0.00"}),
        ("1", False, None, {"a": "0.00", "b": "30.00"}),
    ],
)
def test_a_line_that_nothing_bounds_on_a_reading_may_take_all_that_it_is_netted_with(a, netted, below_zero, expected):
    price = {"figure": "a", "price": "10", "below_zero": "negative"}
    terms = file({"a": line({"unit_price": price}), "b": line({"fixed": "30"})}, {"a": number(0)})
    terms["disputes"] = DISPUTES
    if netted:
        terms["payment"]["netting"] = {"lines": ["a", "b"], "reduces": "last_line_first", "below_zero": below_zero}
    subject = read(terms)
    settlement = settle_figures(subject, given(subject, {"a": a}), disputed(municipality={"a": "none"}))
    assert paid(settlement) == expected


def test_what_is_to_be_paid_back_may_be_netted_with_a_line_that_nothing_bounds():
    """-10 and -30: with none of a nothing bounds it upwards, so that nothing may be owed on b either."""
    price = {"figure": "a", "price": "10", "below_zero": "negative"}
    terms = file({"a": line({"unit_price": price}), "b": line({"fixed": "-30"})}, {"a": number(0)})
    terms["disputes"] = DISPUTES
    terms["payment"]["netting"] = {"lines": ["a", "b"], "reduces": "last_line_first", "below_zero": "negative"}
    subject = read(terms)
    settlement = settle_figures(subject, given(subject, {"a": "-1"}), disputed(provider={"a": "none"}))
    assert paid(settlement) == {"a": "0.00", "b": "0.00"}
    alone = settle_figures(subject, given(subject, {"a": "-1"}), disputed(provider={"a": "-1"}))
    assert paid(alone) == {"a": "-10.00", "b": "-30.00"}


def test_an_open_line_stays_open_beside_a_dispute_whatever_is_paid_meanwhile():
    for meanwhile, fee in ((True, "4000.00"), (False, "0.00")):
        terms = file(LINES, FIGURES) | {"disputes": DISPUTES | {"undisputed_paid": meanwhile}}
        terms["payment"] |= {"floors": {"year": {"lines": ["start", "bonus"], "amount": "5", "raises": "start"}}}
        subject = read(terms)
        settlement = settle_figures(subject, given(subject, {"a": "7", "b": None}), disputed(municipality={"a": "4"}))
        assert (paid(settlement)["fee"], paid(settlement)["bonus"]) == (fee, None)


def test_a_line_that_a_floor_cannot_raise_is_paid_beside_an_open_one_and_a_dispute_of_a_third():
    """start alone is above the floor, whatever the open fee turns out to be; of the bonus 10 of 30 is admitted."""
    floors = {"floors": {"year": {"lines": ["start", "fee"], "amount": "5", "raises": "start"}}}
    terms = file(LINES, FIGURES) | {"disputes": DISPUTES}
    terms["payment"] |= floors
    subject = read(terms)
    settlement = settle_figures(subject, given(subject, {"a": None, "b": "3"}), disputed(municipality={"b": "1"}))
    assert paid(settlement) == {"start": "100000.00", "fee": None, "bonus": "10.00"}


def test_what_is_computed_of_a_disputed_count_has_no_value_until_that_is_admitted_too():
    """The total is the effect on each of n, so that with none of n there is no total; a count of their own is not."""
    terms = file(
        {"total": line({"unit_price": {"figure": "all", "price": "10", "below_zero": "zero"}})},
        FIGURES | {"all": number(0)},
    )
    terms = estimated(terms, all="effect")
    terms["figures"]["all"] |= {"view": "total", "units": "a"}
    terms["disputes"] = DISPUTES
    subject = read(terms)
    values = given(subject, {"a": "7", "b": "0", "all": "70"})
    for admits, now in (({"a": "5"}, "0.00"), ({"a": "5", "all": "50"}, "500.00"), ({"b": "1"}, "700.00")):
        assert paid(settle_figures(subject, values, disputed(municipality=admits))) == {"total": now}


# --------------------------------------------------------------------------------- against a second evaluator


def _clause(rng, lines, unit):
    then = rng.choice(("pay_to_date", "pay_nothing_more"))
    clause = {"then": then, "floor": rng.choice(("applies", "lapses"))}
    rules = ("in_full", "nothing") + (() if then == "pay_nothing_more" else ("to_date",))
    own = {id: rng.choice(rules) for id in lines if rng.random() < 0.3}
    if then == "pay_to_date":
        clause["period"] = PERIOD
        own |= {id: rng.choice(("in_full", "nothing")) for id, one in lines.items() if "true_up" in one}
    return STOP | clause | ({"lines": own} if own else {})


def test_random_contracts_that_end_or_are_disputed_agree_with_a_second_evaluator():
    rng, moved = random.Random(20200630), 0
    for _ in range(150):
        terms = random_contract(rng)
        terms["termination"] = {"stop": _clause(rng, terms["payment"]["lines"], terms["payment"]["quantum"])}
        if not {"floor", "floors"}.intersection(terms["payment"]):
            del terms["termination"]["stop"]["floor"]
        terms["disputes"] = DISPUTES | {"undisputed_paid": rng.random() < 0.8}
        values = random_values(rng, missing=0)
        last = rng.choice((None, "2019-03-01", "2020-06-30", "2021-12-31"))
        admits = {
            by: {x: random_values(rng, missing=0)[x] for x in rng.sample("abcd", 2)}
            for by in rng.choice(((), ("municipality",), ("municipality", "provider")))
        }
        subject = read(terms)
        events = Events(ended=None if last is None else ended(last).ended, disputed=disputed(**admits).disputed)
        expected = payment_events.settle(terms, values, last, admits.values())
        if expected is None:
            continue
        settlement = settle_figures(subject, given(subject, values), events)
        kept = {one.id: F(one.withheld) for one in settlement.standings if one.withheld is not None}
        for one in settlement.lines:
            assert (F(one.amount), kept.get(one.id, F(0))) == expected[one.id]
        assert not same_by_both(terms, values, settlement, _plain(last, admits))["unsure"]
        moved += bool(kept) or last is not None
    assert moved > 40


def _plain(last, admits):
    """Events as the second route of the package takes them."""
    return {"disputed": admits} | ({} if last is None else {"ended": {"clause": "stop", "date": last}})


# ------------------------------------------------------------------------------------------------- the contract


@pytest.mark.parametrize(
    ("clause", "sentence"),
    [
        ({"then": "pay_to_date", "closes": {"fee": "2020-01-01"}}, "closes goes with then: pay_on_closed_cohorts"),
        ({"then": "pay_nothing_more", "period": PERIOD}, "period has no meaning, since no line is paid to_date"),
        ({"then": "refer", "lines": {"fee": "to_date"}}, "lines.fee is a part of period, which is not given"),
        ({"then": "refer", "lines": {"free": "in_full"}}, "must be a name under payment.lines; got free"),
        ({"then": "refer", "guarantees": "lapses"}, "guarantees has no meaning, since payment has none"),
        ({"then": "refer", "declared_by": ["provider", "provider"]}, "declared_by[2] stands twice; got provider"),
        ({"then": "refer", "declared_by": ["verifier"]}, "must name a party that pays or is paid"),
        ({"then": "refer", "floor": "lapses"}, "floor has no meaning, since payment has no floor"),
        (
            {"then": "pay_to_date", "period": {"from": "2020-01-02", "to": "2020-01-01"}},
            "period.to must not be before from, 2020-01-02; got 2020-01-01",
        ),
        (
            {"then": "pay_on_closed_cohorts", "closes": {"fee": "2020-01-01"}, "lines": {"fee": "in_full"}},
            "lines.fee stands under closes too",
        ),
    ],
)
def test_an_ending_that_cannot_be_applied_is_refused_when_the_contract_is_read(clause, sentence):
    with pytest.raises(ContractError) as error:
        amounts(clause)
    assert sentence in str(error.value)


def test_a_line_that_is_trued_up_is_not_shared_by_days_too():
    lines = {"fee": line({"fixed": "10"}, true_up={"paid": "0", "below_zero": "carry"})}
    terms = file(lines, {}) | {"termination": {"stop": STOP | {"then": "pay_to_date", "period": PERIOD}}}
    with pytest.raises(ContractError, match="cannot hold for fee, whose true_up pays what is due to date by itself"):
        read(terms)
    assert contract(lines).model.payment.lines["fee"].true_up is not None
