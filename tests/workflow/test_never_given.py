"""Required checks that an analysis can never give by its arguments: refused before anybody signs, in one sentence."""

from __future__ import annotations

import every_check
import pytest
from deciding import decided
from workflow.test_nothing_to_check import ATTRITION, MATCHED, TRIAL, contract_text, parts

from effekt import workflow
from effekt.certificates import DEMO_KEY
from effekt.contracts import parse_contract
from effekt.exceptions import ContractError
from effekt.result import EffectSet
from effekt.workflow.rules.checks_given import by_call
from effekt.workflow.rules.never_given import CHOSEN

WEIGHTED = MATCHED.replace("full", "entropy_balancing").replace("distance: mahalanobis", "moments: 1")
WEIGHTED = (
    WEIGHTED.replace('    tie_tolerance: "100"\n', "")
    .replace('      salt: "x"\n      tie_orders: 5\n', "")
    .replace("CR2", "m_estimation")
)
RATE = TRIAL.replace("    treatment: d\n", "    treatment: d\n    exposure: e\n")
RAISED = TRIAL.replace("drop", "raise")
NEVER: tuple[tuple[str, str, str], ...] = (
    (MATCHED, "set_overlap", "since its match rests on a propensity, of which propensity_overlap tells"),
    (MATCHED, "weight_spread", "since its match does not weight units"),
    (MATCHED, "payment_quantity", ""),
    (WEIGHTED, "tie_orders", "since its match weights units and breaks no ties"),
    (WEIGHTED, "set_overlap", "since its match rests on a propensity, of which propensity_overlap tells"),
    *(
        (RAISED, check, "since its missing is raise, so that no result has anyone missing; it goes with missing: drop")
        for check in ATTRITION
    ),
    (TRIAL, "overdispersion", "since neither its variance is quasi_poisson nor its inference exact_poisson"),
    (TRIAL, "minimum_n", "since it has no minimum_n"),
    (RATE, "lee_bounds", "since its outcome is a rate, which has no trimming bounds"),
    (RATE, "differential_attrition", ""),
    (RATE, "manski_bounds", ""),
    (RATE.replace("[0, 40]", "none"), "manski_bounds", "since worst cases of counts or rates need an outcome_range"),
    (TRIAL.replace("[0, 40]", "none"), "manski_bounds", ""),
)


@pytest.mark.parametrize(("analysis", "check", "why"), NEVER)
def test_a_check_that_the_analysis_never_gives_is_refused_before_signing(analysis: str, check: str, why: str) -> None:
    contract = parse_contract(decided(contract_text(analysis, f"{check}: refer")).encode())
    if not why:
        workflow.check(contract)
        return
    line = contract.line("analysis", "a", "required_checks", check)
    told = (
        f"line {line}: analysis.a.required_checks.{check} is never given by this analysis, {why}. Remove it, or "
        "require another."
    )
    with pytest.raises(ContractError) as error:
        workflow.check(contract)
    assert str(error.value) == told
    with pytest.raises(ContractError) as error:
        workflow.lock(contract, key=DEMO_KEY, date="2020-01-02", undecided_accepted=True)
    assert str(error.value) == told


@pytest.mark.parametrize("method", every_check.METHODS)
def test_what_a_run_gives_is_never_said_to_be_impossible(method: str) -> None:
    for result in every_check.results(method):
        one = result.effects[0] if isinstance(result, EffectSet) else result
        made = {check.name for part in parts(result) for check in part.diagnostics}
        assert made & {*CHOSEN.get(method, ())} <= {*by_call(method, one.arguments)}
