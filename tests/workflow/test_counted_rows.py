"""Rows that a count pays for lie in the days that the contract covers, and else are refused with their row."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from effekt import workflow
from effekt._text import Text
from effekt.certificates import DEMO_KEY
from effekt.contracts import parse_contract
from effekt.contracts.outcome_days import counted_days
from effekt.exceptions import ContractError, DataError
from effekt.workflow import settling

DATE = "2023-09-01"
SIGNED = 'dates: {signed: "2022-11-15", '
WORK, HOME = "    measure: work\n", "    measure: home\n"
EVERY = (WORK, HOME)


def edited(folder: Path, *changes: tuple[str, str]) -> workflow.Contract:
    path = folder / "contract.yaml"
    text = path.read_text(encoding="utf-8")
    for old, new in changes:
        assert text.count(old) == 1
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    return workflow.read_contract(path)


def with_days(key: str, day: str, *figures: str) -> list[tuple[str, str]]:
    return [(figure, f'{figure}    {key}: "{day}"\n') for figure in figures]


def add(folder: Path, *months: str, form: str = "{}") -> int:
    """Rows of a month in work each, at the end of the table; the number of the first."""
    path = folder / "months.csv"
    before = path.read_bytes().count(b"\n")
    path.write_bytes(
        path.read_bytes() + "".join(f"9{i:03};{form.format(m)};1;1\r\n" for i, m in enumerate(months)).encode()
    )
    return before


def counted(certificate: Any) -> str:
    return next(one.value for one in certificate.figures if one.id == "months_in_work")


def test_a_month_that_was_over_before_the_contract_was_signed_is_refused_with_its_row(rate_card: Path) -> None:
    contract = workflow.read_contract(rate_card / "contract.yaml")
    row = add(rate_card, "2022-11", "2022-10", "2014-01")
    with pytest.raises(DataError) as refused:
        workflow.settle(contract, date=DATE)
    assert str(refused.value) == (
        "analysis.work: Column 'manad' must hold nothing that was over before the day the contract was signed, "
        f"2022-11-15; 2 rows do, the first at row {row + 1}, line {row + 2}. Leave it out, or say in outcomes_from of "
        "the figure from which day its outcomes count."
    )


def test_the_month_in_which_the_contract_was_signed_counts(rate_card: Path) -> None:
    contract = workflow.read_contract(rate_card / "contract.yaml")
    before = counted(workflow.settle(contract, date=DATE))
    add(rate_card, "2022-11")
    assert counted(workflow.settle(contract, date=DATE)) == str(int(before) + 1)


@pytest.mark.parametrize(("day", "refused"), [("2022-11-14", True), ("2022-11-15", False)])
def test_a_day_before_the_signature_is_refused_and_that_day_is_not(rate_card: Path, day: str, refused: bool) -> None:
    contract = workflow.read_contract(rate_card / "contract.yaml")
    (rate_card / "months.csv").write_bytes(
        f"person;manad;arbetad_manad;eget_boende\r\n0001;2023-01-31;1;1\r\n0002;{day};1;0\r\n".encode()
    )
    if refused:
        with pytest.raises(DataError, match="the first at row 2, line 3"):
            workflow.settle(contract, date=DATE)
    else:
        assert counted(workflow.settle(contract, date=DATE)) == "2"


@pytest.mark.parametrize(("month", "refused"), [("2022-08", True), ("2022-09", False)])
def test_a_service_that_began_before_the_signature_counts_from_its_first_day(
    rate_card: Path, month: str, refused: bool
) -> None:
    contract = edited(rate_card, (SIGNED, f'{SIGNED}service: {{from: "2022-09-15", to: "2023-08-31"}}, '))
    add(rate_card, month)
    if refused:
        with pytest.raises(DataError, match="over before the first day of the service, 2022-09-15; 1 row does"):
            workflow.settle(contract, date=DATE)
    else:
        assert workflow.settle(contract, date=DATE).settlement.state == "payable"


def test_a_reference_from_before_the_contract_is_counted_where_its_figures_say_so(
    rate_card: Path, effekt: Callable[..., Any]
) -> None:
    contract = edited(rate_card, *with_days("outcomes_from", "2014-01-01", *EVERY))
    before = counted(workflow.settle(contract, date=DATE))
    add(rate_card, "2014-01", "2022-10")
    certificate = workflow.settle(contract, date=DATE)
    assert counted(certificate) == str(int(before) + 2)
    for lang, sentence in (
        ("en", "Months in work (months_in_work): outcomes count from 2014-01-01."),
        ("sv", "Månader i arbete (months_in_work): utfall räknas från och med 2014-01-01."),
    ):
        assert sentence in effekt("check", rate_card / "contract.yaml", "--lang", lang).out
    add(rate_card, "2013-12")
    with pytest.raises(DataError, match=r"over before the first day whose outcomes figures\.months_in_work counts"):
        workflow.settle(contract, date=DATE)


def test_a_count_that_two_figures_take_begins_with_the_later() -> None:
    text = (workflow.case("rate-card") / "contract.yaml").read_text(encoding="utf-8")

    def begins(first: str | None, second: str | None) -> tuple[str, bool]:
        changed = text.replace(HOME, WORK)
        for figure, day in (("months_in_work", first), ("months_in_own_home", second)):
            if day is not None:
                changed = changed.replace(f"  {figure}:\n", f'  {figure}:\n    outcomes_from: "{day}"\n')
        contract = parse_contract(changed.encode())
        days = counted_days(contract.model, "work")
        return days.first, days.stated

    assert begins(None, None) == ("2022-11-15", False)
    assert begins("2014-01-01", None) == ("2022-11-15", False)  # the other figure counts from the signature on
    assert begins("2023-02-01", None) == ("2023-02-01", False)
    assert begins("2014-01-01", "2015-01-01") == ("2015-01-01", True)


def test_a_month_after_the_last_day_that_counts_is_refused(rate_card: Path) -> None:
    rows = (rate_card / "months.csv").read_bytes().splitlines()
    last = max(row.split(b";")[1].decode() for row in rows[1:])
    contract = edited(rate_card, *with_days("outcomes_until", f"{last}-15", WORK))
    assert workflow.settle(contract, date="2024-01-01").settlement.state == "payable"
    row = add(rate_card, "2023-12")
    with pytest.raises(DataError) as refused:
        workflow.settle(contract, date="2024-01-01")
    assert str(refused.value) == (
        "analysis.work: Column 'manad' must hold nothing after the last day whose outcomes figures.months_in_work "
        f"counts, {last}-15; 1 row does, the first at row {row}, line {row + 1}. Leave it out."
    )


def test_rows_from_before_the_contract_are_found_by_whoever_verifies(
    rate_card: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contract = workflow.read_contract(rate_card / "contract.yaml")
    add(rate_card, "2022-10")
    with monkeypatch.context() as careless:
        careless.setattr(settling, "check_rows", lambda *_: None)
        certificate = workflow.settle(contract, date=DATE).sign(DEMO_KEY)
    assert [one.name for one in workflow.verify(certificate, contract=contract).differences] == ["rows"]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            [
                ("    time: manad\n    outcome: {column: arbetad", "    outcome: {column: arbetad"),
                *with_days("outcomes_from", "2023-01-01", WORK),
            ],
            r"figures\.months_in_work\.outcomes_from has no meaning, as analysis\.work does not know when its rows "
            r"were; count it with time, or remove it\.",
        ),
        (
            [(WORK, f'{WORK}    outcomes_from: "2023-03-01"\n    outcomes_until: "2023-02-28"\n')],
            r"figures\.months_in_work\.outcomes_until must not be before outcomes_from, 2023-03-01; got 2023-02-28\.",
        ),
    ],
)
def test_days_that_cannot_be_meant_are_refused(rate_card: Path, changes: list[tuple[str, str]], sentence: str) -> None:
    with pytest.raises(ContractError, match=sentence):
        workflow.check(edited(rate_card, *changes))


def test_a_reference_may_end_before_the_contract_was_signed(rate_card: Path) -> None:
    changes = [(WORK, f'{WORK}    outcomes_from: "2014-01-01"\n    outcomes_until: "2014-12-31"\n')]
    assert workflow.check(edited(rate_card, *changes)).maximum_total is None


def test_check_says_from_which_day_rows_count(rate_card: Path) -> None:
    told = workflow.check(workflow.read_contract(rate_card / "contract.yaml")).by_convention
    sentence = "Rows of analysis work that were over before the day the contract was signed, 2022-11-15, are refused."
    assert sentence in [text.en for text in told]
    assert "Rader i analysen work som var slut före dagen då avtalet undertecknades, 2022-11-15, avvisas." in [
        text.sv for text in told
    ]
    stated = workflow.check(edited(rate_card, *with_days("outcomes_from", "2023-01-01", *EVERY))).by_convention
    assert not any("are refused" in text.en for text in stated)


def test_check_says_that_a_month_counts_once_it_has_begun(rate_card: Path) -> None:
    told = workflow.check(workflow.read_contract(rate_card / "contract.yaml")).by_convention
    assert [text for text in told if "has begun" in text.en] == [
        Text(
            en=f"A row of analysis {id} whose period has begun by the day of the certificate is counted as a "
            "whole one, ended or not.",
            sv=f"En rad i analysen {id} vars period har börjat senast intygets dag räknas som en hel, också om den "
            "inte är slut.",
        )
        for id in ("work", "home")
    ]
    ended = workflow.check(edited(rate_card, *with_days("outcomes_until", "2023-12-31", *EVERY))).by_convention
    assert not any("has begun" in text.en for text in ended)


HEAD = "person;manad;arbetad_manad;eget_boende\r\n"


def test_a_month_counts_as_a_whole_one_on_the_day_it_has_begun_and_not_before(rate_card: Path) -> None:
    (rate_card / "months.csv").write_text(HEAD + "0001;2023-01;1;0\r\n0001;2023-02;1;0\r\n", encoding="windows-1252")
    contract = workflow.read_contract(rate_card / "contract.yaml")
    found = workflow.settle(contract, date="2023-02-01", undecided_accepted=True)
    assert {one.id: one.value for one in found.settlement.figures}["months_in_work"] == "2"
    with pytest.raises(DataError, match="must hold nothing after the day of the certificate, 2023-01-31"):
        workflow.settle(contract, date="2023-01-31", undecided_accepted=True)


@pytest.mark.parametrize(
    ("rows", "refused"),
    [
        ("0001;2023-02-06;1;0\r\n0002;2023-02-07;1;0\r\n0001;2023-02-07;1;0\r\n", True),
        ("0001;2023-02-06;1;0\r\n0002;2023-02-07;1;0\r\n0001;2023-03-07;1;0\r\n", False),
        ("0001;2023-02-06;1;0\r\n0002;2023-02-07;1;0\r\n0001;2023-02-07;0;0\r\n", False),  # the day is not reached
        ("0001;2023-02;1;0\r\n0002;2023-02;1;0\r\n0001;2023-03;1;0\r\n", False),
    ],
)
def test_a_day_does_not_count_as_a_month(rate_card: Path, rows: str, refused: bool) -> None:
    """Days of one month under a figure of months: each of them would be paid as a month."""
    (rate_card / "months.csv").write_bytes(f"{HEAD}{rows}".encode())
    contract = workflow.read_contract(rate_card / "contract.yaml")
    if not refused:
        assert counted(workflow.settle(contract, date=DATE)) == str(rows.count(";1;"))
        return
    with pytest.raises(DataError) as error:
        workflow.settle(contract, date=DATE)
    assert str(error.value) == (
        "analysis.work: Column 'manad' must hold each month of a unit in one row, since months are counted; row 3, "
        "line 4 and row 1, line 2 are one unit in one month. Give a row for each month, or pay for another unit than "
        "months."
    )
    assert error.value.sv == (
        "analysis.work: Kolumnen 'manad' måste ha varje månad för en enhet på en rad, eftersom månader räknas; rad 3, "
        "filrad 4 och rad 1, filrad 2 är en enhet i en månad. Ange en rad för varje månad, eller betala för en annan "
        "enhet än månader."
    )


def test_days_are_paid_as_days_where_the_unit_is_no_month(rate_card: Path) -> None:
    path = rate_card / "contract.yaml"
    text = path.read_text(encoding="utf-8").replace("unit: month\n", "unit: days\n").replace('"månader"', '"dagar"')
    path.write_text(text, encoding="utf-8")
    (rate_card / "months.csv").write_bytes(f"{HEAD}0001;2023-02-06;1;0\r\n0001;2023-02-07;1;0\r\n".encode())
    assert counted(workflow.settle(workflow.read_contract(path), date=DATE)) == "2"


def in_periods(folder: Path, period: str, rows: str) -> workflow.Contract:
    """The rate card whose figure of work declares a period, under a unit that tells of none."""
    (folder / "months.csv").write_bytes(f"{HEAD}{rows}".encode())
    path = folder / "contract.yaml"
    text = path.read_text(encoding="utf-8").replace('"månader"', '"arbete"').replace("unit: month\n", "unit: work\n")
    path.write_text(text, encoding="utf-8")
    return edited(folder, (WORK, f"{WORK}    period: {period}\n"))


@pytest.mark.parametrize(
    ("period", "rows", "one", "several", "sv"),
    [
        (
            "month",
            "0001;2023-02-06;1;0\r\n0001;2023-02-28;1;0\r\n",
            "month",
            "months",
            ("månad", "månader", "en månad"),
        ),
        (
            "quarter",
            "0001;2023-01;1;0\r\n0001;2023-03;1;0\r\n",
            "quarter",
            "quarters",
            ("kvartal", "kvartal", "ett kvartal"),
        ),
        (
            "tertial",
            "0001;2023-01;1;0\r\n0001;2023-04;1;0\r\n",
            "tertial",
            "tertials",
            ("tertial", "tertial", "ett tertial"),
        ),
        ("year", "0001;2023-01;1;0\r\n0001;2023-08;1;0\r\n", "year", "years", ("år", "år", "ett år")),
        (
            "season",
            "0001;2022-12;1;0\r\n0001;2023-06;1;0\r\n",
            "season",
            "seasons",
            ("säsong", "säsonger", "en säsong"),
        ),
    ],
)
def test_a_unit_counts_once_in_each_period_that_a_figure_declares(
    rate_card: Path, period: str, rows: str, one: str, several: str, sv: tuple[str, str, str]
) -> None:
    with pytest.raises(DataError) as error:
        workflow.settle(in_periods(rate_card, period, rows), date=DATE)
    assert str(error.value) == (
        f"analysis.work: Column 'manad' must hold each {one} of a unit in one row, since {several} are counted; row 2, "
        f"line 3 and row 1, line 2 are one unit in one {one}. Give a row for each {one}, or pay for another unit than "
        f"{several}."
    )
    assert error.value.sv == (
        f"analysis.work: Kolumnen 'manad' måste ha varje {sv[0]} för en enhet på en rad, eftersom {sv[1]} räknas; rad "
        f"2, filrad 3 och rad 1, filrad 2 är en enhet i {sv[2]}. Ange en rad för varje {sv[0]}, eller betala för en "
        f"annan enhet än {sv[1]}."
    )


@pytest.mark.parametrize(
    ("period", "rows", "paid"),
    [
        ("month", "0001;2023-01-31;1;0\r\n0001;2023-02-01;1;0\r\n0001;2023-02-02;0;0\r\n", "2"),
        ("month", "0001;2023-01;1;0\r\n0002;2023-01;1;0\r\n", "2"),
        ("quarter", "0001;2023-03;1;0\r\n0001;2023-04;1;0\r\n", "2"),
        ("season", "0001;2022-12;1;0\r\n0001;2023-07;1;0\r\n", "2"),
        ("year", "0001;2022-12;1;0\r\n0001;2023-01;1;0\r\n", "2"),
    ],
)
def test_rows_in_periods_of_their_own_count(rate_card: Path, period: str, rows: str, paid: str) -> None:
    assert counted(workflow.settle(in_periods(rate_card, period, rows), date=DATE)) == paid


@pytest.mark.parametrize("rows", ["0001;2023Q1;1;0\r\n0002;2023Q1;1;0\r\n", "0001;start;1;0\r\n0002;end;1;0\r\n"])
def test_a_row_that_lies_in_no_one_period_is_refused(rate_card: Path, rows: str) -> None:
    with pytest.raises(DataError) as error:
        workflow.settle(in_periods(rate_card, "month", rows), date=DATE)
    assert str(error.value) == (
        "analysis.work: Column 'manad' must hold days or periods within one month each, since months are counted; 2 "
        "rows do not, the first at row 1, line 2. Give a row for each month."
    )
    assert error.value.sv == (
        "analysis.work: Kolumnen 'manad' måste innehålla dagar eller perioder inom en månad vardera, eftersom månader "
        "räknas; 2 rader gör det inte, den första är rad 1, filrad 2. Ange en rad för varje månad."
    )


def test_the_annex_says_what_is_counted_once_in_each_period(rate_card: Path) -> None:
    contract = in_periods(rate_card, "quarter", "0001;2023-01;1;0\r\n")
    for lang, sentence in (
        ("en", "what is counted is quarters, of which each unit counts once in each quarter."),
        ("sv", "det som räknas är kvartal, och varje enhet räknas en gång per kvartal."),
    ):
        assert sentence in workflow.annex(contract, lang=lang)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("before", "after"),
    [("    statistic: count\n", "    statistic: sum\n"), ("    time: manad\n", "")],
)
def test_a_period_of_what_is_not_counted_in_time_is_refused(rate_card: Path, before: str, after: str) -> None:
    in_periods(rate_card, "month", "0001;2023-01;1;0\r\n")
    path = rate_card / "contract.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace(before, after, 1), encoding="utf-8")
    with pytest.raises(ContractError) as error:
        workflow.check(workflow.read_contract(path))
    assert str(error.value).partition(": ")[2] == (
        "figures.months_in_work.period has no meaning, as analysis.work does not count rows that have a time; count "
        "them with statistic: count and time, or remove it."
    )
