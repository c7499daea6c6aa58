"""The form in which data are delivered: agreed in the contract, held by every row, refused without the cell's value."""

from __future__ import annotations

import datetime
import html
from pathlib import Path

import pytest
from workflow.test_population import KEY, SPACES, TEXT, changed, contract, rows
from workflow.test_thin_data import of_total

import effekt
from effekt import workflow
from effekt.contracts import parse_contract
from effekt.exceptions import ContractError, DataError
from effekt.tables import Table
from effekt.tables.delivered import refuse_other_columns, refuse_other_values
from effekt.workflow.data.analysis import load
from effekt.workflow.same_person import written_twice

COLUMNS = """\
data:
  people:
    path: people.csv
    columns:
      age: {kind: whole, unit: years, ge: "10", le: "110"}
      area: {kind: text, among: [north, south, west]}
      offered: {kind: whole, ge: "0", le: "1"}
      months: {kind: number, unit: days, ge: "0", le: "12", may_be_empty: true}
"""
AGREED = changed("data:\n  people: {path: people.csv}\n", COLUMNS)
END = " Deliver the table as it was agreed, or amend the contract."


def test_a_table_as_agreed_pays_as_it_did_without(tmp_path: Path) -> None:
    plain = workflow.settle(contract(tmp_path), date="2021-06-01")
    agreed = workflow.settle(contract(tmp_path, AGREED), date="2021-06-01").sign(KEY)
    assert agreed.settlement.total == plain.settlement.total
    assert not workflow.verify(agreed, contract=contract(tmp_path, AGREED)).differences


DISHONEST = [
    (rows(age="9"), "people.columns.age: Column 'age' must be at least 10; 1 row did not, the first at row 1, line 2."),
    (rows(age="111"), "people.columns.age: Column 'age' must be at most 110; 1 row did not, the first at row 1,"),
    (rows(age="30.5"), "people.columns.age: Column 'age' must be a whole number; 1 row did not, the first at row 1,"),
    (
        rows(age="3e1"),
        "people.columns.age: Column 'age' must be a whole number in digits, without an exponent; 1 row did not, the "
        "first at row 1, line 2. Deliver the table as it was agreed, or amend the contract.",
    ),
    (rows(age=""), "people.columns.age: Column 'age' must have a value in every row; 1 row did not, the first at row"),
    (rows(area="harbour"), "people.columns.area: Column 'area' must be 'north', 'south' or 'west'; 1 row did not, the"),
    (
        rows().replace(",2\n", ",48\n", 1),
        "people.columns.months: Column 'months' must be at most 12; 1 row did not, the first at row",
    ),
    (
        rows().replace("months\n", "weeks\n", 1),
        "people.columns: The columns must be those agreed, age, area, offered and months; months is missing and 1 "
        "other column is there.",
    ),
    (
        rows().replace("\n", ",1\n").replace("months,1\n", "months,personal_number\n"),
        "people.columns: The columns must be those agreed, age, area, offered and months; 1 other column is there.",
    ),
]


@pytest.mark.parametrize(("table", "told"), DISHONEST)
def test_whoever_delivers_another_table_is_refused_by_name(table: str, told: str, tmp_path: Path) -> None:
    found = contract(tmp_path, AGREED, table)
    for run in (lambda: workflow.settle(found, date="2021-06-01"), lambda: workflow.estimate(found)):
        with pytest.raises(DataError) as error:
            run()
        assert str(error.value).startswith(f"data.{told}")
        assert str(error.value).endswith(END)
        for cell in ("48", "111", "30.5", "harbour", "personal_number", "weeks"):
            assert cell not in str(error.value).replace("at most 110", "")


def test_whoever_verifies_sees_that_the_table_is_another(tmp_path: Path) -> None:
    agreed = contract(tmp_path, AGREED)
    certificate = workflow.settle(agreed, date="2021-06-01").sign(KEY)
    (tmp_path / "people.csv").write_text(rows(age="9"), encoding="utf-8")
    verified = workflow.verify(certificate, data={"people": tmp_path / "people.csv"})
    (found,) = [one for one in verified.differences if one.name == "recomputation"]
    assert "data.people.columns.age" in found.text.en
    assert found.stage == "rows"


REFUSED = [
    ('unit: years, ge: "10"', 'unit: years, ge: "ten"', "ge must be a plain decimal such as"),
    ('ge: "10", le: "110"', 'ge: "120", le: "110"', "le must not be below ge, 120; got 110."),
    ("kind: text, among", "kind: whole, among", "among is for the kind text alone; give ge and le for the kind whole."),
    ("kind: text, among", "kind: text, unit: km, among", "unit is for the kinds number and whole; remove it from"),
    ("kind: text, among", 'kind: text, ge: "1", among', "ge is not for the kind text; list the words"),
    ("kind: text, among", "kind: word, among", "kind must be number, whole, text or date"),
    ('age: {kind: whole, unit: years, ge: "10"', 'age: {kind: date, ge: "10"', "ge must be a day such as"),
    (
        "      offered: {",
        "      treated: {",
        'analysis.trial.treatment is "offered", which is none of data.people.columns',
    ),
    (
        "      months: {",
        "      pay: {",
        'analysis.trial.outcome.column is "months", which is none of data.people.columns;',
    ),
    ("      area: {", "      place: {", 'population.eligibility[2].column is "area", which is none of'),
]


@pytest.mark.parametrize(("old", "new", "told"), REFUSED)
def test_what_cannot_be_meant_is_refused_when_the_file_is_read(old: str, new: str, told: str) -> None:
    with pytest.raises(ContractError) as error:
        parse_contract(changed(old, new, AGREED).encode())
    assert told in str(error.value)
    assert str(error.value).startswith("line ")


@pytest.mark.parametrize(
    ("lang", "sentences"),
    [
        (
            "en",
            (
                "The data people have the columns age, area, offered and months, and no others; every row is held "
                "against what follows.",
                "Column months of people: number (days), at least 0, at most 12, may be empty.",
                "Column area of people: text, north, south or west, never empty.",
            ),
        ),
        (
            "sv",
            (
                "Underlaget people har kolumnerna age, area, offered och months och inga andra; varje rad prövas mot "
                "det som följer.",
                "Kolumnen months i people: tal (dagar), minst 0, högst 12, får vara tom.",
                "Kolumnen area i people: text, north, south eller west, aldrig tom.",
            ),
        ),
    ],
)
def test_the_annex_and_the_page_say_it_in_both_languages(lang: str, sentences: tuple[str, ...], tmp_path: Path) -> None:
    agreed = contract(tmp_path, AGREED)
    workflow.report(workflow.settle(agreed, date="2021-06-01").sign(KEY), tmp_path / "page.html", lang=lang)
    page = html.unescape((tmp_path / "page.html").read_text(encoding="utf-8")).translate(SPACES)
    annexed = workflow.annex(agreed, lang=lang).replace("\\", "").translate(SPACES)
    for sentence in sentences:
        assert sentence in page
        assert sentence in annexed


# --- one column ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["text", "date"])
def test_an_outcome_is_agreed_to_be_a_number(kind: str, tmp_path: Path) -> None:
    """A number that is paid on could not be held within limits if the table were agreed to hold words."""
    text = changed('months: {kind: number, unit: days, ge: "0", le: "12"', f"months: {{kind: {kind}", AGREED)
    with pytest.raises(ContractError) as error:
        workflow.check(contract(tmp_path, text))
    assert "data.people.columns.months.kind must be number or whole, as analysis." in str(error.value)
    assert str(error.value).endswith(f"takes its outcome from that column; got {kind}.")


@pytest.mark.parametrize(
    ("cells", "wrong"),
    [
        (["2020-01-31", "2020-02-30"], 2),
        (["20200131"], 1),
        ([datetime.date(2020, 1, 1), datetime.datetime(2020, 1, 1, 12)], 2),
        (["2019-12-31"], 1),
        ([None, "2020-12-31", "2021-01-01"], 3),
    ],
)
def test_days_are_days_within_their_limits(cells: list[object], wrong: int) -> None:
    with pytest.raises(DataError, match=rf"Column 'day' must .*1 row did not, the first at row {wrong}\. Deliver"):
        refuse_other_values(
            Table({"day": cells}), column="day", kind="date", ge="2020-01-01", le="2020-12-31", may_be_empty=True
        )


def test_what_is_agreed_passes() -> None:
    table = Table({"day": [None, datetime.datetime(2020, 5, 1), "2020-01-01"], "n": [1, 2.0, 3], "x": [None] * 3})
    refuse_other_columns(table, ["x", "n", "day"])
    refuse_other_values(table, column="day", kind="date", ge="2020-01-01", may_be_empty=True)
    refuse_other_values(table, column="n", kind="whole", ge="1", le="3")
    refuse_other_values(table, column="x", kind="number", may_be_empty=True)
    refuse_other_values(table, column="x", kind="text", among=("a",), may_be_empty=True)


# --- whom the method can give an effect on -------------------------------------------------------------------


@pytest.mark.parametrize("stated", ["enrolled", "compliers", "per_protocol", "matched"])
def test_a_trial_is_of_those_who_were_drawn(stated: str, tmp_path: Path) -> None:
    found = contract(tmp_path, changed("analysis_set: assigned", f"analysis_set: {stated}"))
    for refused in (workflow.check, lambda one: workflow.settle(one, date="2021-06-01")):
        with pytest.raises(ContractError) as error:
            refused(found)
        assert str(error.value) == (
            "line 19: population.analysis_set must be assigned or listed for figures.gain, which pays and is taken "
            f"from analysis.trial (randomized_trial compares everyone as they were drawn); got {stated}."
        )


COMPLIERS = """\
    method: complier_effect
    data: people
    outcome: {column: months, unit: months, better: higher}
    treatment: offered
    received: took
    adjustment: none
    variance: HC2
    missing: raise
"""


@pytest.mark.parametrize(
    ("member", "stated", "told"),
    [
        ("ITT", "assigned", None),
        ("CACE", "compliers", None),
        (
            "CACE",
            "assigned",
            "must be compliers for figures.gain, which pays and is taken from analysis.trial (its CACE",
        ),
        (
            "ITT",
            "compliers",
            "must be assigned or listed for figures.gain, which pays and is taken from analysis.trial (o",
        ),
    ],
)
def test_only_the_cace_is_on_compliers(member: str, stated: str, told: str | None, tmp_path: Path) -> None:
    start, end = TEXT.index("    method: randomized_trial"), TEXT.index("figures:\n  gain")
    text = TEXT[:start] + COMPLIERS + TEXT[end:]
    text = text.replace("analysis_set: assigned", f"analysis_set: {stated}")
    text = text.replace("view: improvement", f"member: {member}, view: improvement")
    found = contract(tmp_path, text)
    if told is None:
        workflow.check(found)
    else:
        with pytest.raises(ContractError) as error:
            workflow.check(found)
        assert told in str(error.value)


@pytest.mark.parametrize(
    ("unmatched", "stated", "told"),
    [
        (
            "counts: matched, unmatched: zero",
            "enrolled",
            "must be matched for figures.total, which pays and is taken fr",
        ),
        ("counts: matched, unmatched: zero", "matched", None),
        ("counts: enrolled, unmatched: zero", "enrolled", None),
        ("counts: enrolled, unmatched: zero", "matched", None),
        (
            "counts: enrolled, unmatched: zero",
            "compliers",
            "(matched_comparison cannot tell who complies); got compliers.",
        ),
    ],
)
def test_who_is_matched_is_not_everyone(unmatched: str, stated: str, told: str | None) -> None:
    who = f'population: {{unit: person, who: {{sv: "a", en: "b"}}, analysis_set: {stated}}}\n'
    found = parse_contract((of_total(f"payment_quantity: {{{unmatched}}}") + who).encode())
    if told is None:
        workflow.check(found)
    else:
        with pytest.raises(ContractError) as error:
            workflow.check(found)
        assert told in str(error.value)


def test_nobody_is_left_out_where_there_is_no_match(tmp_path: Path) -> None:
    text = (effekt.case("sick-leave") / "contract.yaml").read_text(encoding="utf-8")
    who = 'population: {unit: municipality, who: {sv: "a", en: "b"}, analysis_set: matched}\n'
    with pytest.raises(ContractError) as error:
        workflow.check(parse_contract((text + who).encode(), effekt.case("sick-leave")))
    assert "(trend_adjusted cannot tell who complies, and leaves nobody out for want of a match); got matched." in str(
        error.value
    )


# ------------------------------------------------------------------------------- one unit, written in one way

TWO_WAYS = [
    ("1", "0001"),
    ("0", "00"),
    (1, "01"),
    ("１", "1"),
    ("A 1", "A1"),
    ("A\N{NO-BREAK SPACE}1", "A1"),
    ("ﬁ7", "fi7"),
    ("0A7", "A7"),
    ("19121212-1212", "191212121212"),
    ("191212121212", "121212-1212"),
    ("19121212\N{EN DASH}1212", "19121212-1212"),  # as a word processor makes it of a hyphen
    ("121212\N{MINUS SIGN}1212", "191212121212"),
    ("A\N{NON-BREAKING HYPHEN}1", "A-1"),
    ("1212121212", "121212-1212"),
    ("19121272-1212", "1212721212"),  # a coordination number
    ("0001014242", "200001014242"),
    ("1234567", "0001234567"),  # which can be a personal number, and a number with zeros before it
    ("0001", "1.0"),  # as a spreadsheet or a data frame writes a name that it takes for a number
    ("1", "1,00"),
    ("191212121212.0", "121212-1212"),
]
TWO_WAYS += [("1", "+1"), ("1", "1E0"), ("0012", "1.2e1"), ("+1", "1.0")]
TWO_UNITS = [
    ("+A", "A"),
    ("12e1", "12"),
    ("1.5", "15"),
    ("1", "10"),
    ("A1", "a1"),
    ("A-1", "A1"),
    ("A\N{EN DASH}1", "A1"),
    ("A07", "A7"),
    ("1", "1.01"),
    ("1.1", "1.10"),
    ("A1", "A1.0"),
    ("Ö", "O"),
    ("191212121212", "201212121212"),  # born a hundred years apart
    ("193412121212", "1234121212"),  # the ten are no personal number
    ("191299121212", "1299121212"),
    (1, 1.0),
    (1, "1"),
    (" 1", "1"),  # one name, as everywhere
    (None, "1"),
]


@pytest.mark.parametrize(("one", "other"), TWO_WAYS)
def test_one_unit_in_two_ways_is_found_with_both_rows(one: object, other: object) -> None:
    assert written_twice(["x", one, "y", None, one, other]) == (2, 6)
    assert written_twice([other, "x", one]) == (1, 3)


@pytest.mark.parametrize(("one", "other"), TWO_UNITS)
def test_two_units_and_one_in_one_way_are_left_alone(one: object, other: object) -> None:
    assert written_twice(["x", one, "y", None, one, other]) is None
    assert written_twice([other, one]) is None


def test_of_two_centuries_either_is_the_unit_of_the_number_without() -> None:
    assert written_twice(["191212121212", "201212121212", "121212-1212"]) == (1, 3)


def test_one_in_a_hundred_thousand_is_found() -> None:
    assert written_twice([f"{number:07}" for number in range(100_000)]) is None
    assert written_twice([*(f"{number:07}" for number in range(100_000)), "99999"]) == (100_000, 100_001)


def test_several_values_in_a_cell_are_refused_with_their_row_where_they_are_read() -> None:
    contract = workflow.case_contract("rate-card")
    columns = {"person": [["1"], "2"], "manad": ["2023-01"] * 2, "arbetad_manad": [1, 1], "eget_boende": [1, 1]}
    with pytest.raises(DataError, match="must hold one value in each cell; 1 row held several, the first at row 1"):
        workflow.settle(contract, date="2023-09-01", data={"months": columns})


def test_a_person_written_in_two_ways_is_not_paid_for_twice(rate_card: Path) -> None:
    """Once with zeros and once without, in one month: two rows, one month in work."""
    table = rate_card / "months.csv"
    before = table.read_bytes()
    table.write_bytes(before + b"1;2023-02;1;1\r\n")
    with pytest.raises(DataError) as refused:
        workflow.settle(workflow.read_contract(rate_card / "contract.yaml"), date="2023-09-01")
    row = before.count(b"\n")
    assert str(refused.value) == (
        f"data.months: Column 'person' must write each unit in one way, so that nobody counts twice; row {row}, line "
        f"{row + 1} can be the unit of row 1, line 2, as the two differ only in zeros before the name or as numbers, "
        "in spaces, in forms of characters, or in how a personal number is written. Write them alike, or, if they are "
        "two, so that they differ in more."
    )


def test_the_units_of_a_match_are_held_to_it_too() -> None:
    contract = workflow.case_contract("nsw-cps")
    assert load(contract, "men", {"men": {"unit": ["1", "2", "10"]}}).columns == ("unit",)
    with pytest.raises(DataError, match=r"^data\.men: Column 'unit' must write .*; row 3 can be the unit of row 1, "):
        load(contract, "men", {"men": {"unit": ["1", "2", "01"]}})


@pytest.mark.parametrize("name", sorted(set(workflow.case_names()) - {"nsw", "nsw-cps"}))  # whose data lie elsewhere
def test_no_case_writes_a_unit_in_two_ways(name: str) -> None:
    contract = workflow.case_contract(name)
    assert [len(load(contract, id)) > 0 for id in contract.model.data] == [True] * len(contract.model.data)
