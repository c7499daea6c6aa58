"""Days and terms of a contract of which every figure that pays is attested: what would hold nothing is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from workflow.test_each_series import DAYS, attested
from workflow.test_first_days import text_of

from effekt import workflow
from effekt._text import LANGUAGES
from effekt.contracts import Contract, parse_contract
from effekt.exceptions import ArgumentError, ContractError
from effekt.reports.html import render_page

LEAVE = (workflow.case("sick-leave") / "contract.yaml").read_text(encoding="utf-8")
LATE = (workflow.case("peterborough") / "contract.yaml").read_text(encoding="utf-8")


def of_attested(dates: str = "", more: str = "") -> str:
    return text_of().replace('outcome_data_from: "2022-02-01"', f'outcome_data_from: "2022-02-01"{dates}') + more


def read(text: str) -> Contract:
    return parse_contract(text.encode(), Path())


def days_in_annex(text: str) -> list[tuple[str, str]]:
    """What the annex says of outcomes that are complete, or recorded."""
    en, sv = (workflow.annex(read(text), lang=lang).splitlines() for lang in ("en", "sv"))
    said = [
        (one.partition(". ")[2], other.partition(". ")[2])
        for one, other in zip(en, sv, strict=True)
        if "are complete" in one or "recorded at once" in one or "hold nothing back" in one
    ]
    return [one for one in said if one != ("", "")]


def test_a_run_out_after_which_nothing_is_paid_is_refused() -> None:
    text = of_attested(", run_out: 60")
    line = next(number for number, row in enumerate(text.splitlines(), start=1) if row.startswith("dates:"))
    for verb in (workflow.check, workflow.annex):
        with pytest.raises(ContractError) as error:
            verb(read(text))
        assert str(error.value) == (
            f"line {line}: dates.run_out holds nothing back, as no figure that pays is of an analysis with an "
            "evaluation_window or has outcomes_until; say in dates.data_lock before which day no certificate is final, "
            "or remove run_out."
        )
    workflow.check(read(of_attested(", run_out: 0")))


def test_revisions_that_no_payment_can_follow_are_refused() -> None:
    text = of_attested(more="revisions: {then: refer}\n")
    line = len(text.splitlines())
    with pytest.raises(ContractError) as error:
        workflow.check(read(text))
    assert str(error.value) == (
        f"line {line}: revisions holds of nothing, as it is of tables and no payment turns on one; what was attested "
        "wrongly is disputed, or attested anew. Remove it."
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            of_attested(', data_lock: "2023-02-15"'),
            "must not be before the data are locked, 2023-02-15; got 2023-01-31",
        ),
        (of_attested(more=f'interim: [{{at: "{DAYS[0]}", pays: false}}]\n'), "is that of a look before the end"),
    ],
)
def test_frozen_data_and_looks_hold_attested_figures_back_too(text: str, sentence: str) -> None:
    values = {"visits": 5, "total": 10, "paid": 0, "earned": 0}
    with pytest.raises(ArgumentError, match=sentence):
        workflow.settle(read(text), date=DAYS[0], attestations=[attested(DAYS[0], values)])


def test_the_annex_says_after_what_outcomes_are_waited_for() -> None:
    windowed = LEAVE.replace('from: "2019-02-01"', 'from: "2019-02-01", run_out: 30')
    (figure,) = [line for line in windowed.splitlines() if line.strip() == "view: relative_improvement"][:1]
    both = windowed.replace(figure, f'{figure}\n    outcomes_until: "2021-12-31"', 1)
    assert days_in_annex(windowed) == [
        (
            "Outcomes are complete 30 days after the evaluation window, and not settled before.",
            "Utfallen är fullständiga 30 dagar efter utvärderingsfönstret och avräknas inte förr.",
        )
    ]
    ((one_day, en_dag),) = days_in_annex(windowed.replace("run_out: 30", "run_out: 1"))
    assert (one_day[:31], en_dag[:33]) == ("Outcomes are complete 1 day aft", "Utfallen är fullständiga 1 dag ef")
    assert days_in_annex(both) == [
        (
            "Outcomes are complete 30 days after the evaluation window, or after the last day that a figure counts, "
            "and not settled before.",
            "Utfallen är fullständiga 30 dagar efter utvärderingsfönstret, eller efter den sista dag som en siffra "
            "räknar, och avräknas inte förr.",
        )
    ]
    assert days_in_annex(LATE) == [
        (
            "Outcomes are complete 184 days after the last day that a figure counts, and not settled before.",
            "Utfallen är fullständiga 184 dagar efter den sista dag som en siffra räknar och avräknas inte förr.",
        )
    ]
    assert days_in_annex(of_attested(", run_out: 0")) == [
        ("Outcomes are recorded at once, and none are waited for.", "Utfallen registreras genast, och inga väntas in.")
    ]


def test_a_page_never_says_that_what_holds_nothing_back_does() -> None:
    """A file that nobody checked or locked can be settled all the same."""
    values = {"visits": 5, "total": 10, "paid": 0, "earned": 0}
    made = workflow.settle(
        read(of_attested(", run_out: 60")),
        date=DAYS[0],
        attestations=[attested(DAYS[0], values)],
    )
    en, sv = (" ".join(render_page(made, lang).split()) for lang in LANGUAGES)
    assert "complete 60 days" not in en
    assert "No day says when outcomes end, so the 60 days after them are not waited for." in en
    assert "Ingen dag anger när utfallen slutar, så 60 dagar efter dem väntas inte in." in sv
