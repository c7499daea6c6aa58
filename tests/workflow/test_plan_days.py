"""Days of a contract that cannot be kept are refused before signing, and days that may not be meant are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from effekt import workflow
from effekt.certificates import DEMO_KEY
from effekt.contracts import Contract, parse_contract
from effekt.exceptions import ArgumentError, ContractError

TEXT = (workflow.case("sick-leave") / "contract.yaml").read_text(encoding="utf-8")
DATES = 'dates: {signed: "2018-11-01", outcome_data_from: "2019-02-01"}'
KEY = "5llo4wqsNkDPW2/3lpXD9GZYilDE+Emw9m0kPhVSY/Q="
OTHER = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="


def dated(more: str = "", *, interim: str = "", keys: str = "") -> str:
    """The contract whose window ends with 2021-12, with further dates, looks and keys."""
    text = TEXT.replace(DATES, f"{DATES[:-1]}{more}}}")
    text = text.replace("attribution:", f"{interim}attribution:") if interim else text
    return text.replace(f'keys: ["{KEY}"]', keys) if keys else text


def read(text: str) -> Contract:
    return parse_contract(text.encode(), Path())


def line_of(text: str, start: str) -> int:
    return next(i for i, line in enumerate(text.splitlines(), start=1) if line.strip().startswith(start))


def cautions(text: str) -> list[tuple[str, str]]:
    """What is said of days, beside the word on small counts that this contract always has."""
    return [(one.en, one.sv) for one in workflow.check(read(text)).cautions if "disclosure" not in one.en]


def look(*days: str) -> str:
    return "interim: [" + ", ".join(f'{{at: "{day}", pays: false}}' for day in days) + "]\n"


def held(to: str, *, other: bool = False) -> str:
    keys = f'["{KEY}", "{OTHER}"]' if other else f'["{KEY}"]'
    return f'keys: {keys}\n    valid: [{{key: "{KEY}", to: "{to}"}}]'


@pytest.mark.parametrize(
    ("text", "start", "told"),
    [
        (
            dated(', run_out: 90, longstop: "2022-02-01"'),
            "dates:",
            "dates.longstop must not be before the outcomes of analysis.absence are complete, 2022-04-01, 90 days "
            "after its evaluation window; got 2022-02-01. Move it, or give run_out fewer days.",
        ),
        (
            dated(', run_out: 1, longstop: "2022-01-01"'),
            "dates:",
            "dates.longstop must not be before the outcomes of analysis.absence are complete, 2022-01-02, 1 day "
            "after its evaluation window; got 2022-01-01. Move it, or give run_out fewer days.",
        ),
        (
            dated(', certificate_due: "2021-12-31"'),
            "dates:",
            "dates.certificate_due must not be before the outcomes of analysis.absence are complete, 2022-01-01; got "
            "2021-12-31. Move it, or the window.",
        ),
        (
            dated(interim=look("2020-01-15", "2022-01-01")),
            "interim:",
            "interim[2].at must be before the outcomes of every analysis are complete, 2022-01-01, as it is a look "
            "before the end; got 2022-01-01. Move it, or leave it out.",
        ),
    ],
)
def test_days_that_cannot_be_kept(text: str, start: str, told: str) -> None:
    for call in (
        workflow.check,
        lambda contract: workflow.lock(contract, key=DEMO_KEY, date="2018-11-01", undecided_accepted=True),
    ):
        with pytest.raises(ContractError) as error:
            call(read(text))
        assert str(error.value) == f"line {line_of(text, start)}: {told}"


def test_a_party_whose_keys_are_over_before_the_contract() -> None:
    text = dated(keys=held("2018-10-31")).replace(
        "signing: {threshold: 1, roles: [verifier]}", "signing: {threshold: 1, roles: [verifier, payer]}"
    )
    text = text.replace(
        'municipality: {role: payer, name: "Exempelkommunen"}',
        f'municipality: {{role: payer, name: "Exempelkommunen", keys: ["{OTHER}"]}}',
    )
    with pytest.raises(ContractError) as error:
        workflow.check(read(text))
    assert str(error.value) == (
        f"line {line_of(text, 'valid:')}: parties.verifier.valid[1].to must not be before the contract was signed, "
        "2018-11-01, as the party has no other key and could sign nothing; got 2018-10-31. Give the party a key that "
        "holds from then on."
    )


def test_a_look_after_the_last_day_to_settle() -> None:
    attested = (workflow.case("rate-card") / "contract.yaml").read_text(encoding="utf-8")
    signed = read(attested).model.dates.signed
    day = f"{int(signed[:4]) + 9}-01-01"
    text = attested.replace(
        'outcome_data_from: "', f'longstop: "{int(signed[:4]) + 8}-01-01", outcome_data_from: "', 1
    ).replace("attribution:", f"{look(day)}attribution:", 1)
    with pytest.raises(ContractError) as error:
        workflow.check(read(text))
    assert str(error.value) == (
        f"line {line_of(text, 'interim:')}: interim[1].at must not be after the last day to settle, "
        f"{int(signed[:4]) + 8}-01-01; got {day}. Move it, or leave it out."
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (dated(', run_out: 90, certificate_due: "2022-04-01", longstop: "2022-04-01"'), []),
        (dated(interim=look("2021-12-31")), []),
        (
            dated(', run_out: 90, data_lock: "2022-03-01"'),
            [
                (
                    "The data are locked on 2022-03-01, before the outcomes of the analysis absence are complete on "
                    "2022-04-01; whatever is recorded in between counts for nothing.",
                    "Data låses 2022-03-01, innan utfallen i analysen absence är fullständiga 2022-04-01; det som "
                    "registreras däremellan räknas inte.",
                )
            ],
        ),
        (
            dated(", run_out: 90", interim=look("2022-01-15")),
            [
                (
                    "The figures are to be looked at on 2022-01-15, when every evaluation window is over and the "
                    "outcomes are not yet complete, as they are from 2022-04-01.",
                    "Siffrorna ska tas fram 2022-01-15, när alla utvärderingsfönster är slut men utfallen ännu inte är "
                    "fullständiga; det är de 2022-04-01.",
                )
            ],
        ),
        (
            dated(', longstop: "2022-06-30", certificates: ["2022-07-01"]'),
            [
                (
                    "A certificate is announced for 2022-07-01, after the last day to settle, 2022-06-30.",
                    "Ett intyg är utlovat 2022-07-01, efter sista dagen för avräkning, 2022-06-30.",
                )
            ],
        ),
        (
            dated(keys=held("2018-10-31", other=True)),
            [
                (
                    "A key of Oberoende granskare, 5llo4wqs…, holds until 2018-10-31 only, before the contract was "
                    "signed, 2018-11-01; nothing can be signed with it.",
                    "En nyckel för Oberoende granskare, 5llo4wqs…, gäller bara till och med 2018-10-31, innan avtalet "
                    "undertecknades 2018-11-01; inget kan skrivas under med den.",
                )
            ],
        ),
        (
            dated(
                ', longstop: "2022-06-30"',
                keys=f'keys: ["{KEY}", "{OTHER}"]\n    valid: [{{key: "{OTHER}", from: "2022-07-01"}}]',
            ),
            [
                (
                    "A key of Oberoende granskare, 11qYAYKx…, holds from 2022-07-01 only, after the last day to settle"
                    ", 2022-06-30; nothing can be signed with it.",
                    "En nyckel för Oberoende granskare, 11qYAYKx…, gäller först från 2022-07-01, efter sista dagen för "
                    "avräkning 2022-06-30; inget kan skrivas under med den.",
                )
            ],
        ),
    ],
)
def test_days_that_can_be_kept_and_may_not_be_meant(text: str, told: list[tuple[str, str]]) -> None:
    assert cautions(text) == told


ENDING = """termination:
  early:
    event: {sv: "kommunen säger upp avtalet", en: "the municipality gives notice"}
    then: THEN
attribution:"""


@pytest.mark.parametrize(
    ("then", "start", "told"),
    [
        (
            'pay_to_date\n    period: {from: "2018-10-31", to: "2021-12-31"}',
            "period:",
            "termination.early.period.from must not be before the contract was signed, 2018-11-01; got 2018-10-31. "
            "Move it.",
        ),
        (
            'pay_on_closed_cohorts\n    closes: {fee_at_risk: "2023-01-01"}',
            "closes:",
            "termination.early.closes.fee_at_risk must not be after the last day to settle, 2022-06-30; got "
            "2023-01-01. Move it.",
        ),
    ],
)
def test_days_of_an_early_end_outside_the_contract(then: str, start: str, told: str) -> None:
    text = dated(', longstop: "2022-06-30"').replace("attribution:", ENDING.replace("THEN", then), 1)
    with pytest.raises(ContractError) as error:
        workflow.check(read(text))
    assert str(error.value) == f"line {line_of(text, start)}: {told}"


def test_what_an_early_end_leaves_open_is_asked() -> None:
    text = dated().replace("attribution:", ENDING.replace("THEN", "pay_on_closed_cohorts"), 1)
    asked = [(one.text.en, one.remedy.en) for one in workflow.check(read(text)).undecided if one.field == "termination"]
    assert asked == [
        (
            "The file does not say which parties must declare early; then all it concerns must.",
            "Write it under termination.early.declared_by, before signing.",
        ),
        (
            "The file does not say when the cohort of fee_at_risk closes; by early it is referred to the parties.",
            "Write it under termination.early.closes, before signing.",
        ),
    ]
    floor = text.replace("payment:\n", 'payment:\n  floor: {amount: "0", raises: fee_at_risk}\n', 1)
    fields = [one.text.sv for one in workflow.check(read(floor)).undecided if one.field == "termination"]
    assert fields[0] == "Filen anger inte om golvet gäller när avtalet upphör i förtid enligt early."


def test_only_the_last_day_that_is_missing_is_asked_for() -> None:
    found = workflow.check(read(dated(', certificate_due: "2022-03-01"'))).undecided
    assert [one.text.en for one in found if one.field == "last_days"] == [
        "The file does not say when it is too late to settle (longstop)."
    ]


def test_a_comparison_that_is_spoiled_after_its_outcomes_is_told_of_where_no_day_ends_them() -> None:
    text = (workflow.case("nsw") / "contract.yaml").read_text(encoding="utf-8")
    ending = ENDING.replace("THEN", "pay_nothing_more")

    def told(text: str) -> list[str]:
        return [one.en for one in workflow.check(read(text)).cautions if "No day ends" in one.en]

    assert told(text) == []
    ends = text.replace("attribution:", ending, 1)
    assert told(ends) == [
        "No day ends the outcomes of confidence and total: a comparison that is declared contaminated after they were "
        "measured takes what is paid on them all the same. Say in outcomes_until of each figure up to which day they "
        "count."
    ]


NETTED = """\
    back:
      payers: {municipality: "1"}
      payee: provider
      pays: {fixed: "-5"}
  netting: {lines: [fee_at_risk, back], reduces: pro_rata, below_zero: zero}
"""


@pytest.mark.parametrize("netted", [False, True])
def test_a_line_due_before_the_last_day_of_its_certificate_is_told(netted: bool) -> None:
    text = dated(', certificate_due: "2022-06-30"') + (NETTED if netted else "")
    line = "    fee_at_risk:\n"
    early, same = (text.replace(line, f'{line}      due: "{day}"\n') for day in ("2022-06-29", "2022-06-30"))
    assert [one for one in cautions(early) if "falls due" in one[0]] == [
        (
            "The line fee_at_risk falls due on 2022-06-29, before the last day of its certificate, 2022-06-30; until "
            f"that is made it is not known what the line pays{', nor what is netted against it' if netted else ''}.",
            "Raden fee_at_risk förfaller till betalning 2022-06-29, före sista dagen för intyget, 2022-06-30; till "
            "dess att det finns är det inte känt vad raden betalar"
            f"{', och inte heller vad som kvittas mot det' if netted else ''}.",
        )
    ]
    assert not any("falls due" in one for one, _ in cautions(same))


EACH = (workflow.case("rate-card") / "contract.yaml").read_text(encoding="utf-8")
PAID_EACH = EACH.replace("below_zero: zero}}\n", "below_zero: zero}}\n      paid_each: certificate\n")
COHORT = """population:
  unit: person
  who: {sv: "de inskrivna", en: "those enrolled"}
  analysis_set: enrolled
  cohorts:
    first: {who: {sv: "de inskrivna", en: "those enrolled"}, closes: "2025-06-30", figures: [months_in_work]}
attribution:"""


def with_days(text: str, days: str, *more: tuple[str, str]) -> Contract:
    text = text.replace('outcome_data_from: "2023-01-01"', f'outcome_data_from: "2023-01-01", {days}')
    for old, new in more:
        text = text.replace(old, new, 1)
    return parse_contract(text.encode(), workflow.case("rate-card"))


@pytest.mark.parametrize(
    ("days", "more", "never"),
    [
        ('certificates: ["2023-12-31"]', (), None),
        ('certificates: ["2023-12-31"], data_lock: "2024-06-30"', (), "2024-06-30"),
        ('certificates: ["2023-12-31", "2024-06-30"], data_lock: "2024-06-30"', (), None),
        ('certificates: ["2023-12-31"]', (("attribution:", look("2023-12-31") + "attribution:"),), "2023-01-01"),
        ('certificates: ["2025-06-30"]', (("attribution:", COHORT),), "2025-07-01"),
        ('certificates: ["2025-07-01"]', (("attribution:", COHORT),), None),
    ],
)
def test_a_line_that_no_announced_day_can_pay_is_told(
    days: str, more: tuple[tuple[str, str], ...], never: str | None
) -> None:
    contract = with_days(PAID_EACH, days, *more)
    told = [one for one in workflow.check(contract).cautions if one.en.startswith("The line work")]
    assert [(one.en, one.sv) for one in told] == (
        []
        if never is None
        else [
            (
                "The line work is paid on announced days alone, and can pay on none of them. Announce a day from "
                f"{never} on under dates.certificates, on which there is no look.",
                "Raden work betalas bara på dagar som anges i förväg, och kan inte betala något på någon av dem. Ange "
                f"en dag från och med {never} under dates.certificates, då siffrorna inte bara tas fram.",
            )
        ]
    )


def test_such_a_line_is_refused_with_the_days_that_there_are() -> None:
    contract = with_days(PAID_EACH, 'certificates: ["2023-12-31"], data_lock: "2024-06-30"')
    with pytest.raises(ArgumentError, match="work and home are paid: there is none; got 2024-07-01") as error:
        workflow.settle(contract, date="2024-07-01", undecided_accepted=True)
    assert "då work och home betalas: det finns ingen; angavs 2024-07-01" in str(error.value.sv)


@pytest.mark.parametrize(
    ("longstop", "more", "told"),
    [
        ("2025-06-30", (("attribution:", COHORT),), {"work": "2025-07-01"}),
        ("2025-07-01", (("attribution:", COHORT),), {}),
        (
            "2024-12-31",
            (("attribution:", look("2024-12-31") + "attribution:"),),
            {"work": "2025-01-01", "home": "2025-01-01"},
        ),
        ("2024-12-31", (("attribution:", look("2024-12-30") + "attribution:"),), {}),
    ],
)
def test_a_line_that_first_can_pay_when_it_is_too_late_is_told(
    longstop: str, more: tuple[tuple[str, str], ...], told: dict[str, str]
) -> None:
    contract = with_days(EACH, f'longstop: "{longstop}"', *more)
    found = [(one.en, one.sv) for one in workflow.check(contract).cautions if one.en.startswith("The line ")]
    assert found == [
        (
            f"The line {id} can pay from {day} on at the earliest, after the last day to settle, {longstop}.",
            f"Raden {id} kan betala tidigast {day}, efter sista dagen för avräkning, {longstop}.",
        )
        for id, day in told.items()
    ]


def test_what_a_ladder_may_do_without_holds_no_line_back() -> None:
    ladder = """figures:
  either:
    derived:
      fallback:
        - {figure: months_in_work, when: months_in_own_home, at_least: "30"}
        - {figure: months_in_own_home}
    digits: 0
    unit: month
"""
    paid = ("figure: months_in_work, below_zero", "figure: either, below_zero")
    counted = ("months_in_own_home: {step: outcome", "months_in_own_home: {step: parameter")
    more = ("figures:\n", ladder), paid, counted
    contract = with_days(EACH, 'longstop: "2025-06-30"', ("attribution:", COHORT), *more)
    assert not [one for one in workflow.check(contract).cautions if one.en.startswith("The line ")]
