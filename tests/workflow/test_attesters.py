"""Who attests what money depends on: warned of where the party pays, is paid or has a stake, and else not."""

from __future__ import annotations

import pytest

from effekt.contracts import Contract, parse_contract
from effekt.reports.terms import cautions
from effekt.workflow import case_contract


def attested_by(party: str, figure: str, role: str | None = None) -> Contract:
    """The case with one figure attested by another party, or by a third one of a role."""
    text = case_contract("norrkoping").raw.decode()
    if role is not None:
        text = text.replace("parties:\n", f'parties:\n  {party}: {{role: {role}, name: "Tredje part"}}\n', 1)
    head, mark, rest = text.partition(f"\n  {figure}:\n")
    assert mark
    assert "attested: verifier" in rest
    return parse_contract(f"{head}{mark}{rest.replace('attested: verifier', f'attested: {party}', 1)}".encode())


@pytest.mark.parametrize(
    ("party", "role", "en", "sv"),
    [
        ("investor", None, "who is paid by the outcome, attests", "som får betalt efter utfallet, intygar"),
        ("municipality", None, "who pays by the outcome, attests", "som betalar efter utfallet, intygar"),
        ("third", "provider", "who is provider, attests", "som är utförare, intygar"),
        ("third", "evaluator", "who is evaluator, attests", "som är utvärderare, intygar"),
    ],
)
def test_a_party_with_a_stake_that_attests_what_is_paid_on_is_warned_of(
    party: str, role: str | None, en: str, sv: str
) -> None:
    (told,) = [text for text in cautions(attested_by(party, "savings", role)) if "attests what" in text.en]
    assert en in told.en
    assert sv in told.sv
    assert "savings" in told.en


@pytest.mark.parametrize(("party", "role"), [("verifier", None), ("third", "controller")])
def test_an_independent_party_is_not(party: str, role: str | None) -> None:
    assert not [text for text in cautions(attested_by(party, "savings", role)) if "attests what" in text.en]


def of_one_organisation(other: str) -> Contract:
    """The case with the verifier's organisation number given to another party too, in another way of writing it."""
    text = case_contract("norrkoping").raw.decode()
    changes = [
        ("    role: verifier\n", '    role: verifier\n    organisation_number: "556000-0001"\n'),
        (f"  {other}: {{", f'  {other}: {{organisation_number: "5560000001", '),
    ]
    for before, after in changes:
        assert before in text
        text = text.replace(before, after, 1)
    return parse_contract(text.encode())


@pytest.mark.parametrize("other", ["investor", "municipality"])
def test_a_verifier_of_the_same_organisation_as_a_party_with_a_stake_is_warned_of(other: str) -> None:
    contract = of_one_organisation(other)
    name = contract.model.parties[other].name
    told = [text for text in cautions(contract) if name in text.en]
    assert "has the organisation number of" in told[0].en
    assert "let another organisation do so" in told[0].en
    assert "har samma organisationsnummer som" in told[0].sv
    assert "attests what the payment depends on" in told[1].en
    assert len(told) == 2


def test_parties_without_a_number_are_not_one_organisation() -> None:
    assert not [text for text in cautions(case_contract("norrkoping")) if "organisation number" in text.en]
