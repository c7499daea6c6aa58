"""A match that was frozen before the outcome: the data must give it again, in Python and in a locked contract."""

from __future__ import annotations

import pytest
from frozen_match import ROLES, contract, frozen, table

import effekt
from effekt import workflow
from effekt.certificates import DEMO_KEY
from effekt.exceptions import ArgumentError, DataError


def test_the_match_comes_again_or_is_refused():
    match = frozen()
    again = effekt.match_controls(table(), **ROLES, salt="lock", tie_orders=2, units_digest=match.units_digest)
    assert again.units_digest == match.units_digest
    assert again.units_to_json() == match.units_to_json()
    assert again.arguments == {**match.arguments, "units_digest": match.units_digest}
    assert "units_digest" not in match.arguments
    given = {**again.arguments}
    effect = effekt.matched_comparison(table(), match=given, outcome="re78")
    assert effect.means == effekt.matched_comparison(table(), match=match, outcome="re78").means
    assert effekt.matched_comparison(table(), **effect.arguments) == effect
    aged = table()
    aged.loc[aged["treat"] == 0, "age"] += 1.0 * (aged.index[aged["treat"] == 0] % 2)
    with pytest.raises(DataError) as refusal:
        effekt.matched_comparison(aged, match=given, outcome="re78")
    other = effekt.match_controls(aged, **ROLES, salt="lock", tie_orders=2).units_digest
    assert str(refusal.value) == (
        f"The units of the match must have the digest {match.units_digest}, with which it was frozen; made anew from "
        f"these data they have {other}. Use the table and the arguments that it was made with."
    )


def test_the_outcome_has_no_part_in_the_digest():
    digest = frozen().units_digest
    moved = table(re78=0.0)
    assert effekt.match_controls(moved, **ROLES, salt="lock", tie_orders=2, units_digest=digest).counts.matched


def test_a_locked_contract_holds_the_match(tmp_path):
    held = contract(tmp_path / "held", frozen().units_digest)
    certificate = workflow.settle(held, date="1979-06-01", undecided_accepted=True).sign(DEMO_KEY)
    workflow.write_certificate(certificate, tmp_path / "held" / "certificate.json")
    found = workflow.verify(tmp_path / "held" / "certificate.json", contract=held)
    verdicts = {finding.name: finding.verdict for finding in found.findings}
    assert verdicts["recomputed:effect"] == "reproduced"
    assert verdicts["independent:effect"] == "reproduced"
    assert found.ok
    workflow.report(certificate, tmp_path / "page.html")


@pytest.mark.parametrize(
    "use", [workflow.estimate, lambda one: workflow.settle(one, date="1979-06-01", undecided_accepted=True)]
)
def test_a_locked_contract_refuses_another_match(tmp_path, use):
    other = contract(tmp_path / "other", "0" * 64)
    with pytest.raises(DataError, match=r"The units of the match must have the digest 0{64}, with which it was frozen"):
        use(other)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            {"units_digest": "A" * 64},
            f"`units_digest` must be the 64 hexadecimal digits of a match that is not sealed; got '{'A' * 64}'.",
        ),
        (
            {"units_digest": 7},
            "`units_digest` must be the 64 hexadecimal digits of a match that is not sealed; got 7.",
        ),
        (
            {"units_digest": "0" * 64, "method": "entropy_balancing"},
            "`units_digest` must be None with method 'entropy_balancing': the last digits of weights differ between "
            "machines, and with them the digest.",
        ),
    ],
)
def test_digests_that_are_none(options, sentence):
    with pytest.raises(ArgumentError) as refusal:
        effekt.match_controls(table(), **ROLES, **options)
    assert str(refusal.value) == sentence
