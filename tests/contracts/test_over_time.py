"""Escalation, discounting, indexation, interest and milestones: amounts by hand, referrals, bounds and sentences."""

from datetime import date
from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from contracts.builders import contract, file, line, number, paid, read, settle
from contracts.second_route import same_by_both

from effekt.contracts import line_terms, maximum, maximum_total, minimum_total
from effekt.contracts.clauses.day_counts import days_between, year_of
from effekt.exceptions import ContractError

FIGURES = {
    "yrs": number(0),
    "rate": number(4),
    "index": number(1),
    "until": number(0, "yyyymmdd"),
    "moves": number(0),
    "s12": number(0),
    "people": number(0),
}
VALUES = dict.fromkeys(FIGURES, "1")


def _fixed(amount, **limits):
    return {"fixed": amount, **limits}


def _grown(kind, rate, periods, amount):
    return {kind: {"rate": rate, "every": "year", "periods": periods, "pays": _fixed(amount)}}


def _interest(amount="1000000", rate="0.03", day_count="act_365", start="2022-01-15", end="2022-03-31", **rest):
    terms = {"rate": rate, "day_count": day_count, "from": start, "to": end, "gives": "interest"}
    return {"interest": terms | rest | {"pays": _fixed(amount)}}


def _ladder(**rest):
    steps = [{"figure": "moves", "pays": "700"}, {"figure": "s12", "pays": "7000"}]
    return {"milestones": {"people": "people", "order": "ladder", "steps": steps, **rest}}


@pytest.mark.parametrize(
    ("pays", "values", "amount"),
    [
        (_grown("escalated", "0.01", "3", "9100"), {}, "9375.74"),  # 9100 · 1.030301
        (_grown("escalated", "-0.5", "2", "100"), {}, "25.00"),
        (_grown("escalated", "rate", "yrs", "100"), {"rate": "0.1", "yrs": "2"}, "121.00"),
        (_grown("escalated", "rate", "yrs", "100"), {"rate": "1", "yrs": "2"}, "400.00"),
        (_grown("discounted", "rate", "yrs", "100"), {"rate": "1", "yrs": "2"}, "25.00"),
        (_grown("escalated", "0.01", "yrs", "100"), {"yrs": "0"}, "100.00"),
        (_grown("discounted", "0.05", "2", "1000"), {}, "907.03"),  # 1000 / 1.1025
        ({"indexed": {"figure": "index", "base": "104", "pays": _fixed("1000")}}, {"index": "110.5"}, "1062.50"),
        (_interest(), {}, "6164.38"),  # 30 000 · 75 / 365
        (_interest(day_count="act_360"), {}, "6250.00"),  # 30 000 · 75 / 360
        (_interest(day_count="30_360"), {}, "6333.33"),  # 30 000 · 76 / 360
        (_interest(day_count="30e_360"), {}, "6250.00"),  # 30 000 · 75 / 360
        (_interest(gives="amount_with_interest"), {}, "1006164.38"),
        # The Swedish reference rate as an attested figure plus eight points: 10 000 · 0.10 · 364 / 365.
        (
            _interest("10000", "rate", start="2022-01-01", end="until", margin="0.08"),
            {"rate": "0.02", "until": "20221231"},
            "997.26",
        ),
        (_interest(start="2022-01-15", end="until"), {"until": "20220115"}, "0.00"),
        (_ladder(), {"people": "12", "moves": "10", "s12": "4"}, "35000.00"),
        (_ladder(), {"people": "10", "moves": "10", "s12": "10"}, "77000.00"),
        # A cap on an investor's return of 15 per cent a year for three years: 270 000 · 1.520875.
        ({"lesser_of": [_fixed("420000"), _grown("escalated", "0.15", "3", "270000")]}, {}, "410636.25"),
    ],
)
def test_an_amount_by_hand(pays, values, amount):
    assert paid(pays, FIGURES, values=VALUES | values) == amount


@pytest.mark.parametrize(
    ("pays", "values", "reason"),
    [
        (_grown("escalated", "rate", "1", "1"), {"rate": "-1"}, "For rate the rate must be above −1"),
        (_grown("discounted", "0.01", "yrs", "1"), {"yrs": "-1"}, "For yrs the number of periods must be a whole"),
        (_grown("discounted", "0.01", "yrs", "1"), {"yrs": "1201"}, "For yrs the number of periods must be a whole"),
        (
            _grown("escalated", "0.5", "yrs", "1"),
            {"yrs": "69"},
            "For yrs the amount must not be raised or lowered more",
        ),
        (_grown("escalated", "rate", "9", "1"), {"rate": "-0.99"}, "For rate the amount must not be raised or lowered"),
        ({"indexed": {"figure": "index", "base": "1", "pays": _fixed("1")}}, {"index": "0"}, "For index the index"),
        (_interest(rate="rate", margin="0.01"), {"rate": "-0.02"}, "For rate there is no rule for interest below zero"),
        *(
            (terms, {"rate": rate}, "For rate the rate must be at most 1, which is 100 per cent; the parties decide.")
            for rate in ("1.0001", "8")
            for terms in (
                _grown("escalated", "rate", "1", "1"),
                _grown("discounted", "rate", "1", "1"),
                _interest(rate="rate"),
            )
        ),
        (
            _interest(rate="rate", margin="0.08"),
            {"rate": "0.9201"},
            "For rate the rate with its margin must be at most 1, which is 100 per cent; the parties decide.",
        ),
        (_interest(end="until"), {"until": "20220114"}, "For until the date must be 2022-01-15 or later"),
        (_interest(end="until"), {"until": "20220230"}, "For until the value must be a date"),
        (_ladder(), {"people": "9", "moves": "10", "s12": "4"}, "moves is above people, so somebody is counted twice"),
        (_ladder(), {"people": "12", "moves": "3", "s12": "4"}, "s12 is above moves, so somebody is counted twice"),
        (_ladder(), {"people": "12", "moves": "-1", "s12": "-2"}, "moves counts persons and cannot be negative"),
    ],
)
def test_a_value_without_a_rule_refers_the_line(pays, values, reason):
    settled = settle(contract({"fee": line(pays)}, FIGURES), **(VALUES | values)).lines[0]
    assert (settled.state, settled.amount, settled.missing) == ("referred", None, ())
    assert settled.reasons[0].en.startswith(reason)
    assert settled.steps[-1].value is None


@pytest.mark.parametrize(("kind", "sign"), [("escalated", 1), ("discounted", -1)])
@pytest.mark.parametrize(
    ("rate", "periods"), [("0.00246627", "540"), ("0.0012345678901234567890123456", "1200"), ("-0.0031", "1200")]
)
def test_a_fraction_of_thousands_of_digits_still_decides_the_ore(kind, sign, rate, periods):
    """A present value of 45 years of months: its exact step is not written out, and says about in its sentence."""
    pays = _grown(kind, rate, periods, "900000")
    lines = file({"fee": line(pays)})
    settlement = settle(read(lines))
    (fee,) = settlement.lines
    with localcontext(prec=300):
        want = 900_000 * (1 + Decimal(rate)) ** (sign * int(periods))
    assert fee.amount == str(want.quantize(Decimal("0.01")))
    step = next(step for step in fee.steps if step.rule == kind)
    assert step.value == f"about {want.quantize(Decimal(10) ** -20)}"
    assert (step.en.count("about"), step.sv.count("cirka")) == (1, 1)
    assert all(len(step.en) < 200 for step in fee.steps)
    assert same_by_both(lines, {}, settlement) == {"same": 1}


def test_both_routes_refer_an_amount_that_time_multiplies_beyond_reason():
    pays = _grown("escalated", "0.5", "yrs", "1")
    for years, state in (("68", "payable"), ("69", "referred")):
        lines = file({"fee": line(pays)}, {"yrs": number(0)})
        settlement = settle(read(lines), yrs=years)
        assert settlement.lines[0].state == state
        same_by_both(lines, {"yrs": years}, settlement)


def test_a_missing_figure_waits():
    subject = contract({"fee": line(_grown("escalated", "0.01", "yrs", "1"))}, FIGURES)
    settled = settle(subject, **(VALUES | {"yrs": None})).lines[0]
    assert (settled.state, settled.missing) == ("not_yet_determinable", ("yrs",))


@pytest.mark.parametrize(
    ("start", "end", "bond", "eurobond"),
    [
        ("2022-01-31", "2022-02-28", 28, 28),
        ("2022-02-28", "2022-03-31", 33, 32),
        ("2022-01-30", "2022-01-31", 0, 0),
        ("2023-12-15", "2024-12-15", 360, 360),
        ("2024-02-29", "2024-03-31", 32, 31),
    ],
)
def test_months_of_30_days(start, end, bond, eurobond):
    days = date.fromisoformat(start), date.fromisoformat(end)
    assert (days_between(*days, "30_360"), days_between(*days, "30e_360")) == (bond, eurobond)


@pytest.mark.parametrize(
    ("pays", "most"),
    [
        (_grown("escalated", "0.01", "3", "9100"), "9375.74"),
        (_grown("escalated", "0.01", "yrs", "9100"), None),
        (_grown("escalated", "-0.01", "yrs", "9100"), "9100.00"),
        (_grown("discounted", "0.05", "yrs", "1000"), "1000.00"),
        (_interest(), "6164.38"),
        (_interest(end="until"), None),
        ({"indexed": {"figure": "index", "base": "104", "pays": _fixed("-5")}}, "0.00"),
        (_ladder(), None),
        (_ladder(people="12"), "92400.00"),
    ],
)
def test_the_most_it_can_pay(pays, most):
    assert maximum(contract({"fee": line(pays)}, FIGURES))["fee"] == most


@pytest.mark.parametrize(
    ("pays", "sv", "en"),
    [
        (
            _grown("escalated", "0.01", "yrs", "9100"),
            "ett fast belopp om 9 100 kr, uppräknat med 1 procent per år under det antal år som är yrs",
            "a fixed amount of SEK 9,100, raised by 1 per cent a year for the number of years that is yrs",
        ),
        (
            _interest(rate="rate", margin="0.08", end="until"),
            "ett fast belopp om 1 000 000 kr, varav betalas enbart den enkla räntan rate plus 8 procent per år från "
            "2022-01-15 till until (faktiska dagar/365)",
            "a fixed amount of SEK 1,000,000, of which only the simple interest of rate plus 8 per cent a year from "
            "2022-01-15 to until (actual days/365) is paid",
        ),
        (
            _ladder(per_person="7700"),
            "en gång per person och milstolpe, för högst people personer: 700 kr för var och en i moves; 7 000 kr för "
            "var och en i s12; varje steg förutsätter det före; högst 7 700 kr per person",
            "once for each person and milestone, for at most people persons: SEK 700 for each of moves; SEK 7,000 for "
            "each of s12; each step takes the one before; at most SEK 7,700 per person",
        ),
    ],
)
def test_how_it_reads(pays, sv, en):
    text = line_terms(contract({"fee": line(pays)}, FIGURES))["fee"]
    assert text.sv.replace("\u00a0", " ") == f"Exempelkommun betalar Utföraren AB {sv}."
    assert text.en.replace("\u00a0", " ") == f"Exempelkommun pays Utföraren AB {en}."


@pytest.mark.parametrize(
    ("per_person", "amount"),
    [
        # of 10 persons 2 took one step (700) and 4 both (7 700)
        ("7700", "32200.00"),
        ("7699.99", "32199.96"),
        ("5000", "21400.00"),
        ("700", "4200.00"),
        ("500", "3000.00"),
        ("0", "0.00"),
    ],
)
def test_what_one_person_gives_on_a_ladder_is_capped_to_the_ore(per_person, amount):
    subject = contract({"fee": line(_ladder(per_person=per_person))}, FIGURES)
    values = VALUES | {"people": "10", "moves": "6", "s12": "4"}
    settlement = settle(subject, **values)
    assert settlement.lines[0].amount == amount
    highest = contract({"fee": line(_ladder(per_person=per_person, people="10"))}, FIGURES)
    assert Fraction(maximum_total(highest)) == 10 * Fraction(per_person)
    if per_person == "5000":
        assert settlement.lines[0].steps[0].en.replace("\u00a0", " ") == (
            "Each milestone is paid once per person, with at most SEK 5,000 per person: SEK 700 × 6 (moves) and "
            "SEK 4,300 × 4 (s12) is SEK 21,400."
        )


@pytest.mark.parametrize(
    ("pays", "problem"),
    [
        (_grown("escalated", "-1", "1", "1"), "escalated.rate must be above -1; got -1."),
        (
            _grown("escalated", "0.01", "1.5", "1"),
            "escalated.periods must be a whole number from 0 to 1200; got 1.5.",
        ),
        (
            _grown("discounted", "1", "1200", "1"),
            "discounted.periods must not raise or lower the amount more than 10¹² times; got 1200 at the rate 1.",
        ),
        (
            _grown("discounted", "0.01", "rate", "1"),
            "discounted.periods must be a figure without decimals; rate has 4.",
        ),
        (
            {"indexed": {"figure": "index", "base": "0", "pays": _fixed("1")}},
            "indexed.base must be above 0; got 0.",
        ),
        (_interest(rate="-0.01"), "interest.rate must be 0 or more with its margin; got -0.01."),
        *(
            (
                _grown(kind, "8", "1", "1"),
                f"{kind}.rate must be at most 1, which is 100 per cent; 8 per cent is 0.08; got 8.",
            )
            for kind in ("escalated", "discounted")
        ),
        (_interest(rate="8"), "interest.rate must be at most 1, which is 100 per cent; 8 per cent is 0.08; got 8."),
        (
            _interest(rate="0.03", margin="0.98"),
            "interest.rate must be at most 1, which is 100 per cent; 8 per cent is 0.08; got 0.03 with the margin "
            "0.98.",
        ),
        (
            _interest(rate="rate", margin="8"),
            "interest.margin must be at most 1, which is 100 per cent; 8 per cent is 0.08; got 8.",
        ),
        (_interest(end="2022-01-14"), "interest.to must not be before from, 2022-01-15; got 2022-01-14."),
        (
            _interest(end="yrs"),
            'interest.to must be a date such as "2022-06-30" or an attested figure in yyyymmdd; got yrs.',
        ),
        (
            _ladder(per_person="7699", order="any"),
            "milestones.per_person must be at least what one person can give, 7700, since counts do not show who "
            "reached what; got 7699. Lower the prices, or make it a ladder.",
        ),
        (_ladder(per_person="-1"), "milestones.per_person must be 0 or more; got -1."),
        (_ladder(people="1.5"), "milestones.people must be a whole number of 0 or more; got 1.5."),
    ],
)
def test_nonsense_is_refused(pays, problem):
    with pytest.raises(ContractError) as error:
        contract({"fee": line(pays)}, FIGURES)
    assert str(error.value) == f"line 1: payment.lines.fee.pays.{problem}"


@pytest.mark.parametrize(
    ("day_count", "years"),
    [
        ("act_365", Fraction(181, 365)),
        ("act_360", Fraction(181, 360)),
        ("30_360", Fraction(1, 2)),
        ("30e_360", Fraction(1, 2)),
    ],
)
def test_half_a_year_in_each_way_of_counting(day_count, years):
    assert Fraction(days_between(date(2022, 1, 1), date(2022, 7, 1), day_count), year_of(day_count)) == years


# ------------------------------------------------------------------------------------------ milestones at their limits


def _milestone(pays, **values):
    settled = settle(contract({"fee": line(pays)}, FIGURES), **VALUES | values).lines[0]
    return settled.amount, settled.state


@pytest.mark.parametrize(
    ("pays", "values", "amount"),
    [
        (_ladder(), {"people": "12", "moves": "0", "s12": "0"}, "0.00"),
        (_ladder(), {"people": "0", "moves": "0", "s12": "0"}, "0.00"),
        (_ladder(people="0"), {"moves": "0", "s12": "0"}, "0.00"),
        (_ladder(order="any"), {"people": "12", "moves": "3", "s12": "4"}, "30100.00"),
        (_ladder(order="any", per_person="7700"), {"people": "4", "moves": "3", "s12": "4"}, "30100.00"),
        (_ladder(per_person="0"), {"people": "12", "moves": "3", "s12": "3"}, "0.00"),
        (_ladder(per_person="700"), {"people": "12", "moves": "3", "s12": "3"}, "2100.00"),
    ],
)
def test_milestones_at_their_limits(pays, values, amount):
    assert _milestone(pays, **values)[0] == amount


@pytest.mark.parametrize(
    ("values", "missing"),
    [
        ({"moves": None, "s12": "1"}, ("moves",)),
        ({"moves": "2", "s12": None}, ("s12",)),
        ({"people": None}, ("people",)),
    ],
)
def test_milestones_wait_for_every_count(values, missing):
    settled = settle(contract({"fee": line(_ladder())}, FIGURES), **VALUES | {"moves": "2", "s12": "1"} | values)
    assert (settled.lines[0].amount, settled.lines[0].missing) == (None, missing)
    assert settled.lines[0].steps[0].en == f"There is no value for {missing[0]}."
    assert settled.lines[0].steps[0].sv == f"Värde saknas för {missing[0]}."


def test_in_any_order_a_later_milestone_may_be_reached_by_more_but_by_no_more_than_there_are_people():
    assert _milestone(_ladder(order="any"), people="4", moves="5", s12="4") == (None, "referred")
    assert _milestone(_ladder(order="any"), people="4", moves="4", s12="5") == (None, "referred")
    assert _milestone(_ladder(order="any"), people="4", moves="4", s12="-1") == (None, "referred")
    assert _milestone(_ladder(order="any"), people="0", moves="1", s12="0") == (None, "referred")


def test_the_least_of_milestones_is_that_nobody_reaches_any():
    own = contract({"fee": line(_ladder())}, FIGURES)
    assert minimum_total(own) == "0.00"


def test_what_milestones_say_follows_from_their_terms():
    whole = settle(contract({"fee": line(_ladder(per_person="7700"))}, FIGURES), **VALUES | {"moves": "2", "s12": "1"})
    assert "at most" not in whole.lines[0].steps[0].en
    (said,) = line_terms(contract({"fee": line(_ladder(order="any"))}, FIGURES)).values()
    assert "each step takes the one before" not in said.en
    assert "per person;" not in said.en


@pytest.mark.parametrize(
    ("steps", "problem"),
    [
        ([{"figure": "moves", "pays": "0"}], "steps[1].pays must be above 0; got 0."),
        ([{"figure": "moves", "pays": "-1"}], "steps[1].pays must be above 0; got -1."),
        (
            [{"figure": "moves", "pays": "1"}, {"figure": "s12", "pays": "1"}, {"figure": "moves", "pays": "2"}],
            "steps[3].figure stands twice; got moves.",
        ),
    ],
)
def test_milestones_that_pay_nothing_or_twice_are_refused(steps, problem):
    with pytest.raises(ContractError) as error:
        contract({"fee": line(_ladder() | {"milestones": _ladder()["milestones"] | {"steps": steps}})}, FIGURES)
    assert str(error.value).endswith(f"milestones.{problem}")


def test_people_below_nothing_are_refused():
    with pytest.raises(ContractError) as error:
        contract({"fee": line(_ladder(people="-1"))}, FIGURES)
    assert str(error.value).endswith("milestones.people must be a whole number of 0 or more; got -1.")


def test_milestones_count_in_whole_persons():
    halves = {"milestones": _ladder()["milestones"] | {"steps": [{"figure": "rate", "pays": "1"}]}}
    for pays, place in ((halves, "steps[1].figure"), (_ladder(people="rate"), "people")):
        with pytest.raises(ContractError) as error:
            contract({"fee": line(pays)}, FIGURES)
        assert f"milestones.{place}" in str(error.value)


# ------------------------------------------------------------------------------------------- what time does, in words


def _every(kind, rate, every, periods, pays=None):
    return {kind: {"rate": rate, "every": every, "periods": periods, "pays": pays or _fixed("1000")}}


def _indexed(base, pays=None):
    return {"indexed": {"figure": "index", "base": base, "pays": pays or _fixed("1000")}}


EACH = {"unit_price": {"price": "10", "figure": "yrs", "below_zero": "negative"}}


@pytest.mark.parametrize(
    ("pays", "values", "en", "sv"),
    [
        (
            _every("escalated", "0.01", "month", "3"),
            {},
            "SEK 1,000 × (1 + 0.01)^3, raised by 1 per cent a month for 3 months, is SEK 1,030.301.",
            "1 000 kr × (1 + 0,01)^3, uppräknat med 1 procent per månad under 3 månader, är 1 030,301 kr.",
        ),
        (
            _every("escalated", "-0.05", "quarter", "yrs"),
            {"yrs": "1"},
            "SEK 1,000 × (1 − 0.05)^1, raised by −5 per cent a quarter for 1 quarter, is SEK 950.",
            "1 000 kr × (1 − 0,05)^1, uppräknat med −5 procent per kvartal under 1 kvartal, är 950 kr.",
        ),
        (
            _every("escalated", "0", "half_year", "yrs"),
            {"yrs": "2"},
            "SEK 1,000 × (1 + 0)^2, raised by 0 per cent a half-year for 2 half-years, is SEK 1,000.",
            "1 000 kr × (1 + 0)^2, uppräknat med 0 procent per halvår under 2 halvår, är 1 000 kr.",
        ),
        (
            _every("discounted", "0.05", "year", "2"),
            {},
            "SEK 1,000 / (1 + 0.05)^2, discounted at 5 per cent a year for 2 years, is about SEK 907.03.",
            "1 000 kr / (1 + 0,05)^2, diskonterat med 5 procent per år under 2 år, är cirka 907,03 kr.",
        ),
        (
            _every("discounted", "rate", "month", "yrs"),
            {"rate": "0.1", "yrs": "1"},
            "SEK 1,000 / (1 + 0.1000)^1, discounted at 10 per cent a month for 1 month, is about SEK 909.09.",
            "1 000 kr / (1 + 0,1000)^1, diskonterat med 10 procent per månad under 1 månad, är cirka 909,09 kr.",
        ),
        (
            _indexed("yrs"),
            {"index": "110.5", "yrs": "100"},
            "SEK 1,000 × 110.5 / 100, following index, is SEK 1,105.",
            "1 000 kr × 110,5 / 100, uppräknat med index, är 1 105 kr.",
        ),
        (
            _indexed("100", EACH),
            {"index": "110.5", "yrs": "-2"},
            "SEK −20 × 110.5 / 100, following index, is SEK −22.10.",
            "−20 kr × 110,5 / 100, uppräknat med index, är −22,10 kr.",
        ),
        (
            _interest("1000", margin="-0.01", gives="amount_with_interest"),
            {},
            "Interest from 2022-01-15 to 2022-03-31, actual days/365: SEK 1,000 + SEK 1,000 × (0.03 − 0.01) × 75 / 365 "
            "is about SEK 1,004.11.",
            "Ränta från 2022-01-15 till 2022-03-31, faktiska dagar/365: 1 000 kr + 1 000 kr × (0,03 − 0,01) × 75 / 365 "
            "är cirka 1 004,11 kr.",
        ),
        (
            _interest("1000", "rate", "30_360", end="until", margin="0.08"),
            {"rate": "0.02", "until": "20220331"},
            "Interest from 2022-01-15 to 2022-03-31, 30/360 (bond basis): SEK 1,000 × (0.0200 + 0.08) × 76 / 360 is "
            "about SEK 21.11.",
            "Ränta från 2022-01-15 till 2022-03-31, 30/360 (obligationsbas): 1 000 kr × (0,0200 + 0,08) × 76 / 360 är "
            "cirka 21,11 kr.",
        ),
        (  # a rate of nothing is a rate
            _interest("1000", "rate", "30e_360", start="until", gives="amount_with_interest"),
            {"rate": "0", "until": "20220115"},
            "Interest from 2022-01-15 to 2022-03-31, 30E/360 (Eurobond basis): SEK 1,000 + SEK 1,000 × 0.0000 × 75 / "
            "360 is SEK 1,000.",
            "Ränta från 2022-01-15 till 2022-03-31, 30E/360 (euroobligationsbas): 1 000 kr + 1 000 kr × 0,0000 × 75 / "
            "360 är 1 000 kr.",
        ),
        (
            _every("discounted", "rate", "year", "yrs"),
            {"rate": None, "yrs": None},
            "There is no value for rate and yrs.",
            "Värde saknas för rate och yrs.",
        ),
        (
            _indexed("yrs"),
            {"yrs": None},
            "There is no value for yrs.",
            "Värde saknas för yrs.",
        ),
        (
            _interest("1000", "rate", end="until"),
            {"rate": None, "until": "20220331"},
            "There is no value for rate.",
            "Värde saknas för rate.",
        ),
        (  # an index times an amount that waits
            _indexed("100", EACH),
            {"yrs": None, "index": None},
            "There is no value for yrs and index.",
            "Värde saknas för yrs och index.",
        ),
        (
            _every("escalated", "0.5", "year", "2", _ladder()),
            {"people": "1", "moves": "2"},
            "The amount is referred.",
            "Beloppet hänskjuts.",
        ),
        (
            _indexed("yrs"),
            {"index": "0", "yrs": "0"},
            "For index the index number must be above zero; the parties decide.",
            "För index måste indextalet vara större än noll; parterna avgör.",
        ),
        (
            _indexed("yrs"),
            {"index": "1", "yrs": "0"},
            "For yrs the index number must be above zero; the parties decide.",
            "För yrs måste indextalet vara större än noll; parterna avgör.",
        ),
        (
            _interest(start="until"),
            {"until": "20230229"},
            "For until the value must be a date; the parties decide.",
            "För until måste värdet vara ett datum; parterna avgör.",
        ),
    ],
)
def test_what_time_does_is_a_step_in_both_languages(pays, values, en, sv):
    settled = settle(contract({"fee": line(pays)}, FIGURES), **VALUES | values).lines[0]
    step = next(step for step in settled.steps if step.rule in pays)
    assert (step.en.replace("\u00a0", " "), step.sv.replace("\u00a0", " ")) == (en, sv)
    assert (step.value is None) == (settled.amount is None)


@pytest.mark.parametrize(
    ("pays", "en", "sv"),
    [
        (
            _every("escalated", "0.01", "month", "1"),
            "a fixed amount of SEK 1,000, raised by 1 per cent a month for 1 month.",
            "ett fast belopp om 1 000 kr, uppräknat med 1 procent per månad under 1 månad.",
        ),
        (
            _every("discounted", "rate", "month", "yrs"),
            "a fixed amount of SEK 1,000, discounted at rate a month for the number of months that is yrs.",
            "ett fast belopp om 1 000 kr, diskonterat med rate per månad under det antal månader som är yrs.",
        ),
        (
            _every("discounted", "0.05", "half_year", "2"),
            "a fixed amount of SEK 1,000, discounted at 5 per cent a half-year for 2 half-years.",
            "ett fast belopp om 1 000 kr, diskonterat med 5 procent per halvår under 2 halvår.",
        ),
        (
            _indexed("104"),
            "a fixed amount of SEK 1,000, following index from its base 104.",
            "ett fast belopp om 1 000 kr, uppräknat med index från basen 104.",
        ),
        (
            _indexed("yrs"),
            "a fixed amount of SEK 1,000, following index from its base yrs.",
            "ett fast belopp om 1 000 kr, uppräknat med index från basen yrs.",
        ),
        (
            _interest("1000", gives="amount_with_interest", day_count="act_360"),
            "a fixed amount of SEK 1,000, with simple interest of 3 per cent a year from 2022-01-15 to 2022-03-31 "
            "(actual days/360).",
            "ett fast belopp om 1 000 kr, med enkel ränta 3 procent per år från 2022-01-15 till 2022-03-31 (faktiska "
            "dagar/360).",
        ),
        (
            _indexed("104", _every("escalated", "0.01", "year", "1")),
            "[a fixed amount of SEK 1,000, raised by 1 per cent a year for 1 year], following index from its base 104.",
            "[ett fast belopp om 1 000 kr, uppräknat med 1 procent per år under 1 år], uppräknat med index från basen "
            "104.",
        ),
        (
            _indexed("104", EACH | {"cap": "5"}),
            "[SEK 10 times yrs (a negative amount counts as negative), at most SEK 5], following index from its base "
            "104; if the line's amount is negative it is paid back; nothing in the line limits how low its amount can "
            "be.",
            "[10 kr gånger yrs (ett negativt belopp räknas som negativt), högst 5 kr], uppräknat med index från basen "
            "104; är radens belopp negativt betalas det tillbaka; inget i raden begränsar hur lågt dess belopp kan "
            "bli.",
        ),
    ],
)
def test_what_time_does_reads_as_a_clause(pays, en, sv):
    text = line_terms(contract({"fee": line(pays)}, FIGURES))["fee"]
    assert text.en.replace("\u00a0", " ") == f"Exempelkommun pays Utföraren AB {en}"
    assert text.sv.replace("\u00a0", " ") == f"Exempelkommun betalar Utföraren AB {sv}"


# ---------------------------------------------------------------------------------------- what time does, at its limits


@pytest.mark.parametrize(
    ("pays", "least", "most"),
    [
        (_every("escalated", "0.01", "year", "2"), "1020.10", "1020.10"),
        (_every("escalated", "0.01", "year", "yrs"), "1000.00", None),
        (_every("escalated", "0", "year", "yrs"), "0.00", "1000.00"),
        (_every("escalated", "-0.01", "year", "yrs"), "0.00", "1000.00"),
        (_every("escalated", "rate", "year", "2"), "0.00", None),
        (_every("escalated", "0.01", "year", "yrs", _fixed("-1000")), None, "-1000.00"),
        (_every("escalated", "-0.01", "year", "yrs", _fixed("-1000")), "-1000.00", "0.00"),
        (_every("discounted", "0.25", "year", "2"), "640.00", "640.00"),
        (_every("discounted", "0.25", "year", "yrs"), "0.00", "1000.00"),
        (_every("discounted", "-0.2", "year", "yrs"), "1000.00", None),
        (_every("escalated", "1", "year", "1", EACH), None, None),
        (_every("escalated", "1", "year", "1", EACH | {"cap": "30", "floor": "-20"}), "-40.00", "60.00"),
        (_indexed("104"), "0.00", None),
        (_indexed("104", _fixed("0.50")), "0.00", None),
        (_indexed("104", _fixed("-5")), None, "0.00"),
        (_indexed("104", _fixed("0")), "0.00", "0.00"),
        (_interest("36500"), "225.00", "225.00"),
        (_interest("36500", gives="amount_with_interest"), "36725.00", "36725.00"),
        (_interest("1000", "rate"), "0.00", None),
        (_interest("1000", end="until"), "0.00", None),
        (_interest("1000", start="until"), "0.00", None),
        (_interest("1000", end="until", gives="amount_with_interest"), "1000.00", None),
        (_interest("-1000", end="until", gives="amount_with_interest"), None, "-1000.00"),
    ],
)
def test_the_least_and_the_most_after_what_time_does(pays, least, most):
    subject = contract({"fee": line(pays)}, FIGURES)
    assert (minimum_total(subject), maximum_total(subject)) == (least, most)


@pytest.mark.parametrize(
    ("pays", "values", "amount"),
    [
        (_grown("escalated", "-0.9", "12", "1000000000000"), {}, "1.00"),
        (_grown("escalated", "-0.9", "yrs", "1000000000000"), {"yrs": "12"}, "1.00"),
        (_grown("discounted", "-0.9", "yrs", "1"), {"yrs": "12"}, "1000000000000.00"),
        (_grown("escalated", "1", "yrs", "1"), {"yrs": "39"}, "549755813888.00"),
        (_grown("escalated", "1", "yrs", "1"), {"yrs": "40"}, None),  # 1.1 · 10¹²
        (_grown("escalated", "-0.5", "yrs", "1"), {"yrs": "40"}, None),
        (_grown("escalated", "rate", "1200", "1"), {"rate": "0"}, "1.00"),
        (_grown("escalated", "rate", "0", "1"), {"rate": "-0.99"}, "1.00"),
        (_grown("escalated", "0", "yrs", "1"), {"yrs": "1200"}, "1.00"),
        (_grown("escalated", "0", "yrs", "1"), {"yrs": "1201"}, None),
        (_indexed("0.5"), {"index": "0.1"}, "200.00"),
        (_interest("1000", "0", margin="0"), {}, "0.00"),
        (_interest("36500", "-0.01", margin="0.02"), {}, "75.00"),
        (_interest("1000", "-0.01", margin="0.01"), {}, "0.00"),
        (_interest("36500", "rate"), {"rate": "0.01"}, "75.00"),
        (_interest("36500", "rate"), {"rate": "1"}, "7500.00"),
        (_interest("36500", "1"), {}, "7500.00"),
        (_interest("36500", "0", margin="1"), {}, "7500.00"),
        (_interest("1000", start="2022-01-15", end="2022-01-15"), {}, "0.00"),
    ],
)
def test_time_at_its_limits(pays, values, amount):
    settled = settle(contract({"fee": line(pays)}, FIGURES), **VALUES | values).lines[0]
    assert (settled.amount, settled.state) == (amount, "referred" if amount is None else settled.state)


@pytest.mark.parametrize(
    ("pays", "problem"),
    [
        (_grown("escalated", "1", "40", "1"), "escalated.periods must not raise or lower the amount more than 10¹²"),
        (_grown("escalated", "-0.5", "40", "1"), "escalated.periods must not raise or lower the amount more than 10¹²"),
        (_grown("escalated", "0", "1201", "1"), "escalated.periods must be a whole number from 0 to 1200; got 1201."),
        (_grown("escalated", "0", "-1", "1"), "escalated.periods must be a whole number from 0 to 1200; got -1."),
        (_indexed("-1"), "indexed.base must be above 0; got -1."),
        (_interest(rate="-0.02", margin="0.01"), "interest.rate must be 0 or more with its margin; got -0.02."),
        (
            _interest(start="rate"),
            'interest.from must be a date such as "2022-06-30" or an attested figure in yyyymmdd',
        ),
    ],
)
def test_time_beyond_its_limits_is_refused(pays, problem):
    with pytest.raises(ContractError) as error:
        contract({"fee": line(pays)}, FIGURES)
    assert problem in str(error.value)


def test_the_figures_that_time_needs_are_named_once():
    pays = _interest("1000", "rate", start="until", end="until")
    settled = settle(contract({"fee": line(pays)}, FIGURES), **VALUES | {"rate": None, "until": None}).lines[0]
    assert settled.missing == ("rate", "until")
