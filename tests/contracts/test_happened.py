"""Several parties' declarations become events, and each event the words and the rule of the lines that it touches."""

import pytest
from contracts.builders import estimated, file, given, line, number, read

from effekt.contracts import Events, events_of, parse_declarations, settle_figures
from effekt.contracts.events import Revised
from effekt.contracts.schema import Bilingual
from effekt.exceptions import ContractError

WHY = 'why: {sv: "enligt beslut.", en: "by decision."}'
BY_DECISION = Bilingual(sv="enligt beslut.", en="by decision.")
OLD, OTHER = "1" * 64, "2" * 64
PERIOD = {"from": "2019-01-01", "to": "2021-12-31"}  # 1096 days
STOP = {"event": {"sv": "kommunen slås samman", "en": "the town is merged"}, "then": "pay_nothing_more"}
SPILL = {"event": {"sv": "insatsen spreds", "en": "the programme spread"}, "then": "refer"}
BY_DAY = STOP | {"then": "pay_to_date", "period": PERIOD}
HALF = {"from": "2020-01-01", "to": "2020-01-04"}  # 4 days
WORDS = {"sv": "nämnden", "en": "the tribunal"}


def subject(stop=STOP, spill=SPILL, decided_by=WORDS, figures=None, analyses=None, **more):
    """Lines on a, of the analysis one, on b, of the analysis two, on both, on an attested count, and on nothing."""
    price = {"price": "100", "below_zero": "negative"}
    lines = {id: line({"unit_price": price | {"figure": id}}) for id in ("a", "b", "both", "count")}
    lines["start"] = line({"fixed": "1000"})
    own = {id: number(0) for id in ("a", "b", "count")}
    plain = estimated(file(lines, own), a="one", b="two")
    for id, terms in (figures or {}).items():
        plain["figures"][id] |= terms
    for id, terms in (analyses or {}).items():
        plain["analysis"][id] |= terms
    plain["figures"]["both"] = {"derived": {"sum": ["a", "b"]}, "digits": 0, "unit": "number"}
    plain |= {
        "termination": {"stop": stop, "spill": spill},
        "disputes": {"days": 30, "undisputed_paid": True, "decided_by": decided_by},
    }
    return read(plain | more)


def says(by, **events):
    head = f'schema: effekt/declarations/1\ncontract: example\nby: {by}\ndate: "2022-03-01"\n'
    return parse_declarations((head + "".join(f"{key}: {value}\n" for key, value in events.items())).encode())


def ended(date="2020-06-30", clause="stop"):
    return f'{{clause: {clause}, date: "{date}", {WHY}}}'


def spoiled(*analyses, date="2020-05-01", clause="spill"):
    return f'[{{clause: {clause}, analysis: [{", ".join(analyses)}], date: "{date}", {WHY}}}]'


def disputed(date="2022-02-01", decided=None, certificate=None, **figures):
    admits = ", ".join(f'{id}: "{value}"' for id, value in figures.items())
    over = f', decided: "{decided}"' if decided else ""
    over += f', certificate: "{certificate}"' if certificate else ""
    return f'{{figures: {{{admits}}}, date: "{date}", {WHY}{over}}}'


def revised(data="of_one", was=OLD, date="2022-01-20"):
    return f'{{data: {data}, was: "{was}", date: "{date}", {WHY}}}'


def by_all(**events):
    return [says(by, **events) for by in ("municipality", "provider")]


def settled(of, declarations=(), digests=None, *, superseding=(), **values):
    events = events_of(of, declarations, digests or {}, superseding=superseding)
    return settle_figures(of, given(of, {"a": "8", "b": "6", "count": "4"} | values), events)


def amounts(settlement):
    return {one.id: one.amount for one in settlement.lines}


def told(settlement):
    """State and words of each figure and line that some event touches."""
    found = {}
    for one in settlement.standings:
        found.setdefault((one.of, one.id), []).append((one.state, one.text.en, one.text.sv))
    untouched = ("final", "No declared event touches it.", "Ingen anmäld händelse berör den.")
    return {key: words for key, words in found.items() if words != [untouched]}


def refusal(of, *declarations):
    with pytest.raises(ContractError) as error:
        events_of(of, declarations, {})
    return str(error.value), error.value.sv


AS_THEY_ARE = {"a": "800.00", "b": "600.00", "both": "1400.00", "count": "400.00", "start": "1000.00"}

# ------------------------------------------------------------------------------------------ what parties declare


def test_what_no_party_declares_has_not_happened():
    assert events_of(subject(), [], {}) is None
    assert events_of(subject(), [says("municipality"), says("provider")], {}) is None


@pytest.mark.parametrize(
    ("event", "field"),
    [
        ({"ended": ended()}, "ended"),
        ({"contaminated": spoiled("one")}, "contaminated"),
        ({"disputed": f"[{disputed(a='7')}]"}, "disputed"),
        ({"revised": f"[{revised()}]"}, "revised"),
    ],
)
def test_each_event_alone_is_one_and_brings_no_other(event, field):
    found = events_of(subject(), by_all(**event), {})
    fields = ("ended", "contaminated", "disputed", "revised")
    assert [bool(getattr(found, one)) for one in fields] == [one == field for one in fields]
    assert not found.superseding
    assert events_of(subject(), by_all(**event), {}, superseding=("2022-01-01",)).superseding == ("2022-01-01",)


def test_an_ending_is_the_same_of_all_who_declare_it():
    of = subject(spill=STOP)
    own = says("municipality", ended=ended())
    for other in (ended("2020-07-01"), ended(clause="spill"), ended("2020-07-01", "spill")):
        clause, day = ("spill" if "spill" in other else "stop"), ("2020-07-01" if "07-01" in other else "2020-06-30")
        en, sv = refusal(of, own, says("provider", ended=other))
        assert en == (
            "ended must be the same of all who declare it; municipality says stop on 2020-06-30 and provider "
            f"{clause} on {day}."
        )
        assert sv == (
            "ended måste vara lika för alla som anmäler det; municipality anger stop 2020-06-30 och provider "
            f"{clause} {day}."
        )
    same = events_of(of, [own, says("provider", ended=ended())], {})
    assert (same.ended.clause, same.ended.date) == ("stop", "2020-06-30")


def test_an_ending_counts_when_all_declare_it_who_must():
    assert refusal(subject(), says("municipality", ended=ended())) == (
        "ended by stop counts when provider too declares it, of the same day, since termination.stop has no "
        "declared_by and so all who pay or are paid must; give the declarations.",
        "ended enligt stop räknas när också provider anmäler det, för samma dag, eftersom termination.stop saknar "
        "declared_by och alla som betalar eller får betalt då måste det; ge anmälningarna.",
    )
    named = subject(STOP | {"declared_by": ["municipality", "state", "region"]})
    assert refusal(named, says("municipality", ended=ended())) == (
        "ended by stop counts when state and region too declare it, of the same day, as termination.stop.declared_by "
        "says; give the declarations.",
        "ended enligt stop räknas när också state och region anmäler det, för samma dag, som "
        "termination.stop.declared_by anger; ge anmälningarna.",
    )
    alone = subject(STOP | {"declared_by": ["municipality"]})
    assert events_of(alone, [says("municipality", ended=ended())], {}).ended.clause == "stop"


def test_a_comparison_is_spoiled_when_all_say_the_same_of_it():
    own = says("municipality", contaminated=spoiled("one", "two"))
    found = events_of(subject(), [own, says("provider", contaminated=spoiled("two", "one"))], {})
    assert len(found.contaminated) == 1
    for other in (
        spoiled("one"),
        spoiled("one", "two", date="2020-05-02"),
        spoiled("one", "two", clause="stop"),
    ):
        en, _ = refusal(subject(), own, says("provider", contaminated=other))
        assert en.startswith("contaminated by spill counts when provider too declares it, of the same day, since ")
    both = f"{spoiled('one')[:-1]}, {spoiled('two')[1:]}"
    assert len(events_of(subject(), by_all(contaminated=both), {}).contaminated) == 2


def test_a_party_admits_one_value_of_a_figure_while_the_dispute_is_open():
    two = says("municipality", disputed=f"[{disputed(a='7')}, {disputed(a='6', b='5')}]")
    assert refusal(subject(), two) == (
        "disputed gives two values that municipality admits of a; keep one.",
        "disputed anger två värden som municipality medger av a; behåll ett.",
    )
    for declarations in (
        [says("municipality", disputed=f"[{disputed(a='7')}, {disputed(a='7', b='5')}]")],
        [says("municipality", disputed=f"[{disputed(a='7')}, {disputed(b='5')}]")],
    ):
        found = events_of(subject(), declarations, {}).open_disputes
        assert found["municipality"] == {"a": "7"} | ({"b": "5"})
    apart = [says("municipality", disputed=f"[{disputed(a='7')}]"), says("provider", disputed=f"[{disputed(a='9')}]")]
    assert events_of(subject(), apart, {}).open_disputes == {"municipality": {"a": "7"}, "provider": {"a": "9"}}
    over = says("municipality", disputed=f"[{disputed(a='7')}, {disputed(a='6', decided='2022-02-20')}]")
    assert events_of(subject(), [over], {}).open_disputes == {"municipality": {"a": "7"}}


def test_a_decision_ends_the_dispute_of_its_day_and_figures_and_no_other():
    of = subject(decided_by="verifier")
    own = says("municipality", disputed=f"[{disputed(a='7', b='5')}, {disputed('2022-02-02', a='7', b='5')}]")
    ends = says("verifier", disputed=f"[{disputed(b='1', a='1', decided='2022-02-20')}]")
    first, second = events_of(of, [own, ends], {}).disputed
    assert [(by, one.date, one.decided) for by, one in (first, second)] == [
        ("municipality", "2022-02-01", "2022-02-20"),
        ("municipality", "2022-02-02", None),
    ]
    assert dict(first[1].figures) == {"a": "7", "b": "5"}
    for other, day, figures in (
        (disputed("2022-02-03", a="1", b="1", decided="2022-02-20"), "2022-02-03", ("a and b", "a och b")),
        (disputed(a="1", decided="2022-02-20"), "2022-02-01", ("a", "a")),
        (disputed(count="1", b="1", a="1", decided="2022-02-20"), "2022-02-01", ("a, b and count", "a, b och count")),
    ):
        assert refusal(of, own, says("verifier", disputed=f"[{other}]")) == (
            f"disputed by verifier decides no dispute of {day} on {figures[0]}; give the day and the figures of the "
            "dispute, and the declaration of whoever disputed.",
            f"disputed av verifier avgör ingen tvist från {day} om {figures[1]}; ange tvistens dag och siffror, och "
            "ge anmälan från den som bestred.",
        )
    in_words = says("municipality", disputed=f"[{disputed(a='7')}]")
    ((by, one),) = events_of(subject(), [in_words], {}).disputed
    assert (by, one.decided) == ("municipality", None)


def test_a_source_is_revised_once_whoever_says_so_and_the_table_is_known_by_its_digest():
    declared = by_all(revised=f"[{revised()}, {revised(was=OTHER)}, {revised('of_two')}]")
    found = events_of(subject(), declared, {"of_one": (OLD,), "of_two": (OTHER,)})
    assert [(one.data, one.was, before) for one, before in found.revised] == [
        ("of_one", OLD, True),
        ("of_one", OTHER, False),
        ("of_two", OLD, False),
    ]
    assert not events_of(subject(), declared, {}).revised[0][1]


# --------------------------------------------------------------------------------------- what becomes of a line


def test_an_ending_is_told_of_every_line_and_touches_no_figure():
    settlement = settled(subject(BY_DAY | {"lines": {"count": "nothing"}}), by_all(ended=ended()))
    # 2019-01-01 to 2020-06-30 is 547 of 1096 days
    assert amounts(settlement) == {
        "a": "399.27",
        "b": "299.45",
        "both": "698.72",
        "count": "0.00",
        "start": "499.09",
    }
    en, sv = "The contract ended on 2020-06-30 (cause: the town is merged); ", "Avtalet upphörde 2020-06-30 "
    sv += "(orsak: kommunen slås samman); "
    day = [("terminated", f"{en}the line is paid to that day.", f"{sv}raden betalas till den dagen.")]
    none = [("terminated", f"{en}nothing more is paid on the line.", f"{sv}inget betalas mer på raden.")]
    assert told(settlement) == {("line", id): day for id in ("a", "b", "both", "start")} | {("line", "count"): none}
    full = told(settled(subject(STOP | {"lines": {"count": "in_full", "start": "refer"}}), by_all(ended=ended())))
    assert full["line", "count"] == [("terminated", f"{en}the line is paid in full.", f"{sv}raden betalas fullt ut.")]
    (referred,) = full["line", "start"]
    assert referred[1:] == (
        f"{en}what is due is referred to the parties.",
        f"{sv}vad som ska betalas hänskjuts till parterna.",
    )


def test_a_spoiled_comparison_touches_what_rests_on_it_directly_or_through_another_figure():
    settlement = settled(subject(), by_all(contaminated=spoiled("one")))
    assert amounts(settlement) == AS_THEY_ARE | {"a": None, "both": None}
    assert (settlement.total, settlement.undisputed) == (None, "2000.00")
    figure = [
        (
            "contaminated",
            "Its comparison is contaminated from 2020-05-01: by decision.",
            "Dess jämförelse är störd från 2020-05-01: enligt beslut.",
        )
    ]
    spread = [
        (
            "contaminated",
            "The comparison is contaminated from 2020-05-01 (cause: the programme spread); what is due is referred to "
            "the parties.",
            "Jämförelsen är störd från 2020-05-01 (orsak: insatsen spreds); vad som ska betalas hänskjuts till "
            "parterna.",
        )
    ]
    assert told(settlement) == {
        ("figure", "a"): figure,
        ("figure", "both"): figure,
        ("line", "a"): spread,
        ("line", "both"): spread,
    }


@pytest.mark.parametrize(
    ("stop", "spill", "a", "cause"),
    [
        ("to_date", "nothing", "0.00", "contaminated"),
        ("nothing", "to_date", "0.00", "terminated"),
        ("refer", "nothing", "0.00", "contaminated"),
        ("nothing", "refer", "0.00", "terminated"),
        ("refer", "to_date", None, "terminated"),
        ("to_date", "refer", None, "contaminated"),
        ("in_full", "to_date", "200.00", "contaminated"),
        ("to_date", "in_full", "399.27", "terminated"),
        ("nothing", "nothing", "0.00", "terminated"),  # as hard: the end of the contract says it
        ("to_date", "to_date", "200.00", "contaminated"),  # 1 of 4 days is less than 547 of 1096
    ],
)
def test_of_two_events_the_one_that_leaves_least_holds(stop, spill, a, cause):
    clauses = [
        {"event": WORDS, "then": "pay_to_date", "lines": {"a": rule}, "period": period}
        for rule, period in ((stop, PERIOD), (spill, HALF))
    ]
    of = subject(*clauses)
    declared = by_all(ended=ended(), contaminated=spoiled("one", date="2020-01-02"))
    settlement = settled(of, declared)
    assert amounts(settlement)["a"] == a
    assert [one.state for one in settlement.standings if (one.of, one.id) == ("line", "a")] == [cause]


@pytest.mark.parametrize(
    ("day", "part", "amount", "cohort"),
    [
        ("2020-01-01", "of the period's days (4) 0", "0.00", "0.00"),
        ("2020-01-02", "of the period's days (4) 1", "200.00", "0.00"),
        ("2020-01-04", "of the period's days (4) 3", "600.00", "0.00"),
        ("2020-01-05", "of the period's days (4) 4", "800.00", "600.00"),
    ],
)
def test_the_day_from_which_a_comparison_is_none_is_not_paid_for(day, part, amount, cohort):
    """The last day that counts is the day before, as the last day of a contract is one that it held."""
    closing = SPILL | {"then": "pay_on_closed_cohorts", "closes": {"b": "2020-01-04"}}
    of = subject(closing, SPILL | {"then": "pay_to_date", "period": HALF})
    both = [spoiled("one", date=day)[:-1], spoiled("two", date=day, clause="stop")[1:]]
    settlement = settled(of, by_all(contaminated=", ".join(both)))
    assert (amounts(settlement)["a"], amounts(settlement)["b"]) == (amount, cohort)
    words = f"The comparison is contaminated from {day} (cause: the programme spread); "
    step = next(one for one in settlement.lines[0].steps if one.rule == "termination")
    assert step.en.startswith(f"{words}{part} had passed")
    ((_, en, sv),) = told(settlement)["line", "a"]
    assert en == f"{words}the line is paid to the day before."
    assert sv.endswith("; raden betalas till och med dagen före.")


def test_of_events_that_leave_as_much_the_end_of_the_contract_is_told():
    """A line that the end refers stays so beside a revised source; one that was measured is paid in full for it."""
    of = subject(STOP | {"then": "refer"}, revisions={"then": "refer"})
    found = told(settled(of, [*by_all(ended=ended()), says("provider", revised=f"[{revised()}]")]))
    assert [state for state, *_ in found["line", "a"]] == ["terminated", "provisional"]
    of = subject(spill=SPILL | {"lines": {"a": "in_full"}}, figures={"a": {"outcomes_until": "2020-06-30"}})
    settlement = settled(of, by_all(ended=ended(), contaminated=spoiled("one")))
    assert amounts(settlement)["a"] == "800.00"
    assert [state for state, *_ in told(settlement)["line", "a"]] == ["terminated"]


@pytest.mark.parametrize(
    ("clause", "pays"),
    [
        ({"guarantees": "applies"}, "1500.00"),
        ({}, None),  # whether it holds is for the parties
        ({"lines": {"start": "in_full"}}, "500.00"),  # it takes nothing
        ({"guarantees": "applies", "lines": {"start": "in_full"}}, "500.00"),
    ],
)
def test_a_guarantor_bears_what_an_ending_takes_where_its_clause_says_so(clause, pays):
    """Of 1500 guaranteed the line gives 1000."""
    plain = file({"start": line({"fixed": "1000"})}, {})
    capital = {"guarantor": "state", "beneficiary": "provider", "amount": "1500", "share": "1"}
    plain["payment"]["guarantees"] = {"capital": capital}
    of = read(plain | {"termination": {"stop": STOP | {"declared_by": ["provider"]} | clause}})
    settlement = settle_figures(of, {}, events_of(of, [says("provider", ended=ended())], {}))
    assert [one.amount for one in settlement.guarantees] == [pays]


def test_a_settlement_takes_no_other_place_unless_it_is_said():
    of = subject()
    one = Events(revised=((Revised(data="of_one", was=OLD, date="2022-01-20", why=BY_DECISION), False),))
    settlement = settle_figures(of, given(of, {"a": "8", "b": "6", "count": "4"}), one)
    assert [state for state, *_ in told(settlement)["line", "a"]] == ["provisional"]


# ---------------------------------------------------------------------------------- until when outcomes are measured


@pytest.mark.parametrize(
    ("figure", "analysis", "first"),
    [
        ({"outcomes_until": "2020-06-30"}, {}, "2020-07-01"),
        ({}, {"evaluation_window": ["2020-01", "2020-06"], "period": "month"}, "2020-07-01"),
        (
            {"outcomes_until": "2020-06-29"},
            {"evaluation_window": ["2020-01", "2020-06"], "period": "month"},
            "2020-06-30",
        ),
        (
            {"outcomes_until": "2020-08-31"},
            {"evaluation_window": ["2020-01", "2020-06"], "period": "month"},
            "2020-07-01",
        ),
        ({}, {"evaluation_window": ["2020-01", "2020-06"]}, None),
        ({}, {"period": "month"}, None),
        ({}, {}, None),
    ],
)
def test_what_happens_after_the_last_outcome_was_measured_touches_no_figure(figure, analysis, first):
    """From `first` on nothing counts for a: a spoiled comparison leaves it, and an ending the day before does."""
    of = subject(figures={"a": figure}, analyses={"one": analysis})
    days = ("2020-06-28", "2020-06-29", "2020-06-30", "2020-07-01", "2021-12-31")
    for day in days:
        measured = first is not None and first <= day
        spoil = settled(of, by_all(contaminated=spoiled("one", date=day)))
        assert (amounts(spoil)["a"], amounts(spoil)["both"]) == (("800.00", "1400.00") if measured else (None, None))
        early = (
            "final",
            f"The comparison is contaminated from {day}, when all outcomes had been measured.",
            f"Jämförelsen är störd från {day}, när alla utfall redan var mätta.",
        )
        assert (told(spoil)["figure", "a"] == [early]) is measured
        assert (told(spoil)["figure", "both"] == [early]) is measured
        assert ("figure", "b") not in told(spoil)
        assert (("line", "a") in told(spoil)) is not measured
        stop = settled(of, by_all(ended=ended(day)))
        before = {"2020-06-28": "2020-06-29", "2020-06-29": "2020-06-30", "2020-06-30": "2020-07-01"}.get(day, day)
        over = first is not None and first <= before
        none = {"b": "0.00", "both": "0.00", "count": "0.00", "start": "0.00"}
        assert amounts(stop) == none | {"a": "800.00" if over else "0.00"}
        if over:
            assert told(stop)["line", "a"] == [
                (
                    "terminated",
                    f"The contract ended on {day} (cause: the town is merged), when all that the line pays for had "
                    "been measured; the line is paid in full.",
                    f"Avtalet upphörde {day} (orsak: kommunen slås samman), när allt som raden betalar för redan var "
                    "mätt; raden betalas fullt ut.",
                )
            ]


def test_a_line_on_two_figures_is_measured_when_both_are():
    until = {"outcomes_until": "2020-03-31"}
    of = subject(figures={"a": until, "b": until})
    stop = settled(of, by_all(ended=ended()))
    assert amounts(stop) == {"a": "800.00", "b": "600.00", "both": "1400.00", "count": "0.00", "start": "0.00"}
    half = subject(figures={"a": until, "b": {"outcomes_until": "2020-07-31"}})
    assert amounts(settled(half, by_all(ended=ended())))["both"] == "0.00"
    spoil = settled(half, by_all(contaminated=spoiled("one", "two")))
    assert amounts(spoil) == AS_THEY_ARE | {"b": None, "both": None}


# ------------------------------------------------------------------------------------------ disputes and revisions


def test_a_dispute_is_told_of_the_figure_and_of_what_is_computed_from_it():
    found = told(settled(subject(), [says("municipality", disputed=f"[{disputed(a='7')}, {disputed(count='none')}]")]))
    en, sv = "Exempelkommun disputed it on 2022-02-01; ", "Exempelkommun bestred den 2022-02-01; "
    assert found == {
        ("figure", "a"): [("disputed", f"{en}7 is admitted: by decision.", f"{sv}7 medges: enligt beslut.")],
        ("figure", "count"): [
            ("disputed", f"{en}no value is admitted: by decision.", f"{sv}inget värde medges: enligt beslut.")
        ],
        ("figure", "both"): [
            (
                "disputed",
                f"{en}it is computed from what is disputed: by decision.",
                f"{sv}den beräknas ur det bestridda: enligt beslut.",
            )
        ],
    } | {
        ("line", id): [
            (
                "disputed",
                "A part is withheld until the dispute is decided.",
                "En del hålls inne tills tvisten är avgjord.",
            )
        ]
        for id in ("a", "both", "count")
    }
    over = disputed(a="7", decided="2022-02-20")
    settlement = settled(subject(), [says("municipality", disputed=f"[{over}]")])
    decided = [("final", f"{en}it was decided on 2022-02-20.", f"{sv}det avgjordes 2022-02-20.")]
    assert told(settlement) == {("figure", "a"): decided, ("figure", "both"): decided}
    assert amounts(settlement) == AS_THEY_ARE


@pytest.mark.parametrize("admitted", ["9", "12"])
def test_a_line_that_reads_a_disputed_figure_is_disputed_also_where_nothing_is_withheld(admitted):
    """Who says that more is due keeps nothing back: the lines are paid, and the decision may give more."""
    settlement = settled(subject(), [says("provider", disputed=f"[{disputed(a=admitted)}]")])
    assert amounts(settlement) == AS_THEY_ARE
    assert not [one for one in settlement.standings if one.withheld is not None]
    nothing = [
        (
            "disputed",
            "It reads what is disputed: nothing is withheld, and the decision may raise it.",
            "Den läser det som är bestridet: inget hålls inne, och avgörandet kan höja den.",
        )
    ]
    lines = {id: words for (of, id), words in told(settlement).items() if of == "line"}
    assert lines == {"a": nothing, "both": nothing}


@pytest.mark.parametrize(
    ("superseding", "here"),
    [(("2022-01-20",), True), (("2022-01-20", "2022-01-25"), True), (("2022-01-25",), False), ((), False)],
)
def test_a_dispute_is_of_what_takes_the_place_of_the_certificate_it_names(superseding, here):
    one = disputed(a="7", certificate="2022-01-20")
    settlement = settled(subject(), [says("municipality", disputed=f"[{one}]")], superseding=superseding)
    assert (("figure", "a") in told(settlement)) is here
    assert (amounts(settlement) == AS_THEY_ARE) is not here


def test_a_party_may_admit_one_value_here_and_another_of_another_certificate():
    two = [disputed(a="7"), disputed(a="6", certificate="2022-01-20", date="2022-01-25")]
    by = [says("municipality", disputed=f"[{', '.join(two)}]")]
    assert events_of(subject(), by, {}).open_disputes == {"municipality": {"a": "7"}}
    with pytest.raises(ContractError, match="two values that municipality admits of a"):
        events_of(subject(), by, {}, superseding=("2022-01-20",))


def test_a_part_is_written_in_the_readers_own_way():
    of = subject(figures={"a": {"digits": 1}})
    found = told(settled(of, [says("municipality", disputed=f"[{disputed(a='7.5')}]")]))
    assert [text.split("; ")[1] for text in found["figure", "a"][0][1:]] == [
        "7.5 is admitted: by decision.",
        "7,5 medges: enligt beslut.",
    ]


@pytest.mark.parametrize(("lowest", "admitted", "by_floor"), [("600", "5", True), ("600", "7", False)])
def test_a_floor_that_has_more_paid_meanwhile_says_so(lowest, admitted, by_floor):
    lines = {
        "b": line({"unit_price": {"figure": "b", "price": "100", "below_zero": "zero"}}),
        "a": line({"unit_price": {"figure": "a", "price": "100", "below_zero": "zero"}}),
    }
    plain = file(lines, {"a": number(0), "b": number(0)})
    plain["payment"]["floor"] = {"amount": lowest, "raises": "a"}
    plain["disputes"] = {"days": 30, "undisputed_paid": True, "decided_by": WORDS}
    of = read(plain)
    settlement = settled(of, [says("municipality", disputed=f"[{disputed(b=admitted)}]")], a="0", b="8")
    (now,) = [one for one in settlement.standings if (one.of, one.id) == ("line", "a")]
    more = "The floor holds whoever is right in the dispute: more is paid now, and deducted when it is decided."
    assert (now.text.en == more) is by_floor
    assert (now.state, now.withheld) == (("disputed", "-100.00") if by_floor else ("final", None))


RULES = {
    None: ("the contract has no rule for it", "avtalet har ingen regel för det"),
    "pay_and_correct": (
        "by the contract it is paid now and corrected by a new certificate",
        "enligt avtalet betalas det nu och rättas genom ett nytt intyg",
    ),
    "refer": ("by the contract it is referred to the parties", "enligt avtalet hänskjuts det till parterna"),
    "stands": ("by the contract the table stands", "enligt avtalet gäller tabellen"),
}
AFTER = (
    "The source of of_one was revised on 2022-01-20, after the table that is used here",
    "Källan till of_one reviderades 2022-01-20, efter den tabell som används här",
)
NOT_BEFORE = (
    "The source of of_one was revised on 2022-01-20, and the table that is used here is not the one from before",
    "Källan till of_one reviderades 2022-01-20, och den tabell som används här är inte den från dessförinnan",
)
NOT_SHOWN = (
    " No earlier certificate is given, so it is not shown that the table was used before.",
    " Inget tidigare intyg är angivet, så det är inte visat att tabellen har använts förut.",
)


@pytest.mark.parametrize("superseding", [("2022-01-01",), ()])
@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("rule", RULES)
def test_a_revised_source_is_told_of_what_rests_on_it_and_of_nothing_else(rule, before, superseding):
    of = subject(**({} if rule is None else {"revisions": {"then": rule}}))
    digests = {"of_one": (OLD if before else OTHER,)}
    settlement = settled(of, [says("provider", revised=f"[{revised()}]")], digests, superseding=superseding)
    referred = rule == "refer"
    assert amounts(settlement) == AS_THEY_ARE | ({"a": None, "both": None} if referred else {})
    if before or referred:
        what = AFTER if before else NOT_BEFORE
        en, sv = f"{what[0]} (by decision); {RULES[rule][0]}.", f"{what[1]} (enligt beslut); {RULES[rule][1]}."
        if before and not superseding:
            en, sv = en + NOT_SHOWN[0], sv + NOT_SHOWN[1]
    elif superseding:
        en = "It rests on the source of of_one as revised on 2022-01-20 (by decision); the table before had the digest "
        sv = "Den bygger på källan till of_one som den reviderades 2022-01-20 (enligt beslut); tabellen före hade "
        en, sv = f"{en}1111111111111111….", f"{sv}kontrollsumman 1111111111111111…."
    else:
        en = "It is said to rest on the source of of_one as revised on 2022-01-20 (by decision); no earlier "
        sv = "Den sägs bygga på källan till of_one som den reviderades 2022-01-20 (enligt beslut); inget tidigare "
        en, sv = (
            f"{en}certificate is given, so that is not verified.",
            f"{sv}intyg är angivet, så det har inte prövats.",
        )
    final = (before and rule == "stands") or (not before and not referred and superseding)
    words = [("final" if final else "provisional", en, sv)]
    assert told(settlement) == {(of, id): words for of in ("figure", "line") for id in ("a", "both")}


def test_what_waits_and_is_touched_by_nothing_has_no_standing_beside_its_own_state():
    settlement = settled(subject(), by_all(contaminated=spoiled("one")), count=None, b=None)
    assert {(one.of, one.id) for one in settlement.standings} == {
        ("figure", "a"),
        ("figure", "both"),
        ("line", "a"),
        ("line", "both"),
        ("line", "start"),
    }
    assert [one.of for one in settlement.standings] == sorted(one.of for one in settlement.standings)


def test_a_comparison_is_not_contaminated_from_the_first_day_of_the_calendar():
    by_all(contaminated=spoiled("one", date="0001-01-02"))
    with pytest.raises(ContractError) as error:
        by_all(contaminated=spoiled("one", date="0001-01-01"))
    assert str(error.value) == (
        "line 5: contaminated[1].date must be after 0001-01-01, the first day of the calendar, since the last day that "
        "counts is the day before; got 0001-01-01. Give the day from which the comparison is none."
    )
