"""How a contract is followed up: who may judge, end, decide and be independent, and on which days."""

import pytest
from contracts.builders import file, line, number, read

from effekt.exceptions import ContractError

BOTH = {"sv": "ord", "en": "words"}
STOP = {"event": BOTH, "then": "pay_nothing_more"}
ONE_DAY = {"from": "2019-01-01", "to": "2019-01-01"}
PAYERS = {"municipality": "0.5", "state": "0.5"}
PARTIES = ("investor", "fund", "backer")  # beside those of the line: passed on to, or a guarantor


def _file(line_terms=None, **more):
    """One line of two payers to the provider, which passes on; another party guarantees it an amount."""
    plain = file({"fee": line({"fixed": "5"}, PAYERS) | (line_terms or {})}, {"few": number(0)})
    plain["parties"] |= {id: {"role": "payer", "name": id} for id in PARTIES}
    plain["payment"]["waterfall"] = {
        "from": "provider",
        "steps": [{"to": {"investor": "0.5", "fund": "0.5"}, "up_to": "3"}, {"to": {"provider": "1"}}],
    }
    guarantee = {"guarantor": "backer", "beneficiary": "provider", "amount": "9", "share": "1"}
    plain["payment"]["guarantees"] = {"capital": guarantee}
    return plain | more


def _refusal(plain):
    with pytest.raises(ContractError) as error:
        read(plain)
    return str(error.value)


STAKES = {
    "municipality": "municipality pays the line fee",
    "state": "state pays the line fee",
    "provider": "provider is paid by the line fee",
    "investor": "investor is paid by the waterfall",
    "fund": "fund is paid by the waterfall",
    "backer": "backer stands in the guarantee capital",
}


@pytest.mark.parametrize("party", STAKES)
def test_whoever_wins_or_loses_by_the_outcome_is_not_independent_and_decides_no_dispute(party):
    other = "state" if party == "municipality" else "municipality"
    independent = {party: {"of": [other], "fee": "fixed"}}
    assert f"independence.{party} cannot be independent: {STAKES[party]}. Let another party verify" in _refusal(
        _file(independence=independent)
    )
    disputes = {"days": 30, "undisputed_paid": True, "decided_by": party}
    assert f"disputes.decided_by cannot decide, since {STAKES[party]}; name another party." in _refusal(
        _file(disputes=disputes)
    )


def test_who_has_no_stake_is_independent_and_decides():
    terms = read(
        _file(
            independence={"verifier": {"of": ["municipality"], "fee": "fixed"}},
            disputes={"days": 30, "undisputed_paid": True, "decided_by": "verifier"},
        )
    ).model
    assert terms.disputes.decider == "verifier"
    told = read(_file(disputes={"days": 30, "undisputed_paid": True, "decided_by": BOTH})).model
    assert told.disputes.decider is None
    assert told.disputes.decided_by.en == "words"


def test_nobody_is_independent_of_itself():
    independent = {"verifier": {"of": ["state", "verifier"], "fee": "fixed"}}
    assert "independence.verifier.of[2] names the party itself; remove it." in _refusal(_file(independence=independent))


@pytest.mark.parametrize("key", ["data", "analysis"])
def test_nobody_concludes_on_their_own_work(key):
    answer = {"data": ["provider"], "analysis": ["state"], "conclusion": ["verifier", "region"]}
    assured = {"level": "limited", "responsibilities": answer}
    found = read(_file(assurance=assured)).model.assurance.responsibilities
    assert (found.data, found.analysis, found.conclusion) == (("provider",), ("state",), ("verifier", "region"))
    (own,) = answer[key]
    assured["responsibilities"] = answer | {"conclusion": ["verifier", own]}
    assert f"conclusion[2] is {own}, who answers for the {key} too and so would judge their own work" in _refusal(
        _file(assurance=assured)
    )


@pytest.mark.parametrize(
    ("days", "sentence"),
    [
        (["2018-11-01"], "interim[1].at must be after the contract was signed, 2018-11-01; got 2018-11-01."),
        (["2018-11-02", "2018-11-02"], "interim[2].at must be after the look before, 2018-11-02; got 2018-11-02."),
        (["2018-11-03", "2018-11-02"], "interim[2].at must be after the look before, 2018-11-03; got 2018-11-02."),
    ],
)
def test_looks_come_after_the_contract_one_after_the_other(days, sentence):
    assert sentence in _refusal(_file(interim=[{"at": day, "pays": False} for day in days]))
    assert read(_file(interim=[{"at": day, "pays": False} for day in ("2018-11-02", "2018-11-03")])).model.interim


def test_no_line_falls_due_before_the_contract_was_signed():
    assert read(_file({"due": "2018-11-01"})).model.payment.lines["fee"].due == "2018-11-01"
    assert "fee.due must not be before signed, 2018-11-01; got 2018-10-31." in _refusal(_file({"due": "2018-10-31"}))


def test_one_of_those_who_declare_an_ending_has_a_stake_in_it():
    for named in (["municipality"], ["verifier", "municipality"], ["municipality", "verifier"]):
        stop = STOP | {"declared_by": named}
        assert read(_file(termination={"stop": stop})).model.termination["stop"].declared_by == tuple(named)
    stop = STOP | {"declared_by": ["verifier", "region"]}
    assert "declared_by must name a party that pays or is paid" in _refusal(_file(termination={"stop": stop}))


def test_a_line_that_each_certificate_pays_is_not_shared_by_days_too():
    by_day = STOP | {"then": "pay_to_date", "period": ONE_DAY}
    assert read(_file(termination={"stop": by_day})).model.termination["stop"].period.days("2019-01-01") == (1, 1)
    each = {"paid_each": "certificate"}
    dates = _file()["dates"] | {"certificates": ["2020-06-30"]}
    assert "cannot hold for fee, of which each certificate pays what is new by itself; give it in_full" in _refusal(
        _file(each, termination={"stop": by_day}, dates=dates)
    )
