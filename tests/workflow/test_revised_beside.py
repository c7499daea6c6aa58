"""Tables of a certificate that stands beside an earlier one: they have what has come since, and differ from nothing."""

from __future__ import annotations

from typing import Any

import pytest
from deciding import decided
from workflow import test_paid_each as base

from effekt import workflow
from effekt.certificates.certificate import Certificate
from effekt.contracts import Contract, Declarations, parse_contract, parse_declarations
from effekt.workflow.findings import Finding

WHY = 'why: {sv: "x", en: "x"}'
LEDGER = "ledgers:\n  work: {data: other, steps: {eligible: fits, analysed: seen}, reason: why, unit: person}\n"
AGES = (
    "population:\n  unit: person\n  who: {sv: x, en: x}\n  analysis_set: enrolled\n  eligibility:\n"
    '    - {data: other, column: age, ge: "18"}\n'
)
UNPAID = (
    "  other: {method: outcome_count, data: other, minimum_n: none, unit: person, statistic: count, at_least: 1,\n"
    "    outcome: {column: seen, unit: people, better: higher}, missing: raise}\n"
)
FIGURE = "  other: {measure: other, digits: 0, unit: people}\n"


def read(more: str = "", then: str = "pay_and_correct", *, figure: bool = False) -> Contract:
    text = f"revisions: {{then: {then}}}\n{more}".join(base.TEXT.partition("data:\n")[::2])
    text = text.replace("  months: {path", "data:\n  other: {path: other.csv, text: [person]}\n  months: {path", 1)
    if figure:
        text = text.replace("figures:\n", f"{UNPAID}figures:\n{FIGURE}", 1)
    return parse_contract(decided(text).encode())


def others(month: str) -> dict[str, list[Any]]:
    """A table beside that of months, with a row more on each day."""
    people = ["a", "b", "c", *(f"{month}-{number}" for number in range(int(month[-1])))]
    seen = [1 if len(one) == 1 else 0 for one in people]
    return {"person": people, "fits": seen, "seen": seen, "why": ["" if one else "moved" for one in seen]}


def settled(contract: Contract, day: str, month: str, **given: Any) -> Certificate:
    other = others(month) | {"age": [20] * len(others(month)["person"])}
    tables = {"months": base.table(month), "other": other} | given.pop("data", {})
    said = [base.visits("7", day)]
    return workflow.settle(contract, date=day, data=tables, attestations=said, **given).sign(base.KEY)


def told(certificate: Certificate, contract: Contract, *earlier: Certificate) -> list[Finding]:
    found = workflow.verify(certificate, contract=contract, earlier=earlier or None)
    assert found.differences == ()
    return [one for one in found.findings if one.name == "revised"]


def revised(contract: Contract, data: str, was: str) -> list[Declarations]:
    head = f'schema: effekt/declarations/1\ncontract: {contract.model.id}\nby: municipality\ndate: "2023-02-04"\n'
    return [
        parse_declarations(f'{head}revised: [{{data: {data}, was: "{was}", date: "2023-02-04", {WHY}}}]\n'.encode())
    ]


@pytest.mark.parametrize("then", ["stands", "refer", "pay_and_correct"])
@pytest.mark.parametrize(("more", "figure"), [(LEDGER, False), (AGES, False), ("", True)])
def test_a_table_that_no_line_counts_is_another_on_another_day_and_no_revision(
    more: str, figure: bool, then: str
) -> None:
    contract = read(more, then, figure=figure)
    first, second = settled(contract, base.DAYS[0], "2023-01"), settled(contract, base.DAYS[1], "2023-02")
    (one,) = told(second, contract, first)
    assert one.verdict == "cannot_tell"
    assert one.text.en == (
        f"Another table than in the certificate of {base.DAYS[0]}, beside which this one stands: other. What has come "
        "since may be in it; that the rows which were there are as they were, only the earlier table shows."
    )


def test_only_the_certificate_whose_place_is_taken_shows_which_tables_were_used_before() -> None:
    """The second day is corrected twice, the first time on a revised table: neither day before shows that."""
    contract = read(LEDGER)
    first, second = settled(contract, base.DAYS[0], "2023-01"), settled(contract, base.DAYS[1], "2023-02")
    new = others("2023-02")
    new["why"][-1] = "left"
    again: dict[str, Any] = {"data": {"other": new}, "reason": "revised"}
    third = settled(
        contract,
        base.DAYS[1],
        "2023-02",
        supersedes=second,
        declarations=revised(contract, "other", second.data["other"].sha256),
        **again,
    )
    last = settled(contract, base.DAYS[1], "2023-02", supersedes=third, **again)
    for earlier in (first, second):
        (one,) = told(last, contract, earlier)
        assert (one.verdict, one.text.en) == (
            "cannot_tell",
            "Which tables were used before is known by the certificate that this one says it supersedes, of "
            f"{base.DAYS[1]}: give it with --earlier.",
        )
    assert [one.verdict for one in told(third, contract, first, second)] == ["reproduced"]


def test_what_rested_on_an_interim_certificate_is_held_to_nothing_that_was_not_given() -> None:
    contract = read(LEDGER, "stands")
    look = settled(contract, base.DAYS[0], "2023-01", kind="interim")
    new = others("2023-01")
    new["why"][-1] = "left"
    final = settled(
        contract,
        base.DAYS[0],
        "2023-01",
        data={"other": new},
        supersedes=look,
        reason="final",
        declarations=revised(contract, "other", look.data["other"].sha256),
    )
    assert [one.verdict for one in told(final, contract)] == ["cannot_tell"]
    assert [one.verdict for one in told(final, contract, look)] == ["reproduced"]


def test_a_revision_of_a_table_that_the_certificate_beside_it_never_had_cannot_be_told() -> None:
    """What was revised is the table of the interim certificate of the same day; only the final one before is given."""
    contract = read()
    first = settled(contract, base.DAYS[0], "2023-01")
    look = settled(contract, base.DAYS[1], "2023-02", kind="interim")
    changed = {"months": {**base.table("2023-02"), "worked": [1, 1, 1]}}
    events = revised(contract, "months", look.data["months"].sha256)
    second = settled(contract, base.DAYS[1], "2023-02", data=changed, declarations=events)
    other, revision = told(second, contract, first)
    assert "beside which this one stands: other." in other.text.en
    assert (revision.verdict, revision.text.en) == (
        "cannot_tell",
        f"The declared revision of months is of another table than that of the certificate of {base.DAYS[0]}, beside "
        "which this one stands: ask for what rests on the table that was revised.",
    )
