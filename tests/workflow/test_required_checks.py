"""Checks that a contract requires: a check that fails refers what is paid, and never moves it to another estimate."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import every_check
import pytest
from deciding import decided, read_decided
from declared_names import declared
from workflow import test_thin_data as thin

import effekt
from effekt import workflow
from effekt.certificates import DEMO_KEY
from effekt.certificates.certificate import Certificate
from effekt.contracts import parse_attestation
from effekt.contracts.required_checks import verdict_of
from effekt.estimators import METHODS
from effekt.exceptions import ContractError
from effekt.reports.checklist import checklist
from effekt.reports.text import certificate_text
from effekt.workflow.data.known_checks import ASKED, GIVEN

UNLIKE = thin.people(range(20, 60, 5), range(40, 80, 5), [4, 5, 6, 7, 4, 5, 6, 7])
REQUIRED = "    required_checks: {RULES}\n    variance: CR2\n"


def settled(folder: Path, rules: str | None, data: str = thin.PAIRED, caliper: str = "1") -> Certificate:
    (folder / "people.csv").write_text(data, encoding="utf-8")
    text = thin.TEXT.replace('calipers: {age: "1"}', f'calipers: {{age: "{caliper}"}}')
    text = text if rules is None else text.replace("    variance: CR2\n", REQUIRED.replace("RULES", rules))
    attested = parse_attestation(thin.ATTESTED.replace("NUMBER", "8").encode())
    return workflow.settle(thin.read(decided(text), folder), date="2022-06-01", attestations=[attested]).sign(DEMO_KEY)


def statuses(certificate: Certificate) -> dict[str, str]:
    return {check.name: check.status for check in certificate.results["work"].diagnostics}


@pytest.mark.parametrize(
    ("rules", "data", "paid", "d4"),
    [
        ("covariate_balance: refer_on_warning", "alike", True, "pass"),
        ("covariate_balance: refer_on_warning", "unlike", False, "fail"),
        ("covariate_balance: refer", "unlike", True, "pass"),  # it warns and does not fail
        ("event_study: refer", "alike", False, "fail"),  # a check that was not made is not met
        ("event_study: note", "alike", True, "fail"),
    ],
)
def test_what_follows_when_a_required_check_fails(tmp_path: Path, rules: str, data: str, paid: bool, d4: str) -> None:
    table, caliper = (thin.PAIRED, "1") if data == "alike" else (UNLIKE, "40")
    free = settled(tmp_path, None, table, caliper)
    certificate = settled(tmp_path, rules, table, caliper)
    assert (statuses(certificate)["covariate_balance"] == "warning") is (data == "unlike")
    assert free.due is not None
    assert certificate.due == (free.due if paid else None)
    assert certificate.settlement.state == ("payable" if paid else "referred")
    assert [answer.verdict for answer in checklist(certificate) if answer.item == "D4"] == [d4]
    verified = workflow.verify(certificate, contract=certificate.contract, data={"people": tmp_path / "people.csv"})
    assert verified.ok, verified.differences


def test_a_check_that_counts_as_no_effect_pays_what_no_effect_pays(tmp_path: Path) -> None:
    free = settled(tmp_path, None)
    assert free.due == "3600"  # 4.5 days for eight at 100
    met = settled(tmp_path, "covariate_balance: zero")
    assert met.due == "3600"
    failed = settled(tmp_path, "event_study: zero")  # which was not made
    figures = {one.id: one.value for one in failed.figures}
    assert (figures["effect"], figures["total"], failed.due) == ("0.00", "0.00", "0")
    assert failed.settlement.state == "zero_by_terms"
    verified = workflow.verify(failed, contract=failed.contract, data={"people": tmp_path / "people.csv"})
    assert verified.ok, verified.differences
    referred = settled(tmp_path, "event_study: zero, minimum_n: refer")
    assert (referred.due, referred.settlement.state) == (None, "referred")  # what the parties decide comes first
    told = "D4. The check event_study of work, which the contract requires, was not made"
    page = " ".join(certificate_text(failed, "en").split())
    assert page.index(told) < page.index("The payment")
    assert told not in " ".join(certificate_text(met, "en").split())
    page = " ".join(certificate_text(failed, "sv").split())
    assert "D4. Kontrollen event_study av work, som avtalet kräver, har inte gjorts" in page


def test_a_check_that_warns_is_said_to_warn(tmp_path: Path) -> None:
    certificate = settled(tmp_path, "covariate_balance: refer_on_warning, event_study: refer", UNLIKE, "40")
    english, swedish = (" ".join(certificate_text(certificate, lang).split()) for lang in ("en", "sv"))
    assert "D4. The check covariate_balance of work, which the contract requires, warns" in english
    assert "D4. Kontrollen covariate_balance av work, som avtalet kräver, ger en varning" in swedish
    assert "the check covariate_balance, which the contract requires, warns; the parties decide." in english
    assert "kontrollen covariate_balance, som avtalet kräver, ger en varning; parterna avgör." in swedish
    (d4,) = [answer for answer in checklist(certificate) if answer.item == "D4"]
    assert d4.note is not None
    assert d4.note.en == "warns: covariate_balance (work); was not made: event_study (work)"
    assert d4.note.sv == "ger en varning: covariate_balance (work); har inte gjorts: event_study (work)"


@pytest.mark.parametrize(
    ("statuses", "rule", "verdict"),
    [
        ([], "refer", "not_made"),
        (["failed", "ok"], "refer", "failed"),
        (["warning", "failed"], "refer_on_warning", "failed"),
        (["ok", "warning"], "refer_on_warning", "warning"),
        (["ok", "warning"], "zero", None),
        (["information"], "refer_on_warning", None),
    ],
)
def test_the_verdict_is_the_worst_of_all_results(statuses: list[str], rule: str, verdict: str | None) -> None:
    made = [SimpleNamespace(diagnostics=(SimpleNamespace(name="tie_orders", status=one),)) for one in statuses]
    assert verdict_of("tie_orders", rule, *made, SimpleNamespace(diagnostics=())) == verdict


def test_a_statistic_that_is_not_zero_without_an_effect_cannot_count_as_none() -> None:
    text = thin.TEXT.replace("    variance: CR2\n", REQUIRED.replace("RULES", "covariate_balance: zero"))
    text = text.replace(
        "  effect: {",
        "  chance: {estimate: work, view: improvement, statistic: p_value, "
        "on_unavailable: refer, digits: 4, unit: fraction}\n  effect: {",
        1,
    )
    with pytest.raises(ContractError) as error:
        thin.read(text)
    assert (
        "analysis.work.required_checks.covariate_balance cannot be zero, since chance, p_value of the view "
        "improvement, is not 0 without an effect; write refer." in str(error.value)
    )


def test_a_required_check_is_a_sentence_of_the_annex(tmp_path: Path) -> None:
    text = thin.TEXT.replace("    variance: CR2\n", REQUIRED.replace("RULES", "covariate_balance: refer"))
    annexed = {lang: workflow.annex(thin.read(text), lang=lang).replace("\\", "") for lang in ("en", "sv")}
    assert (
        "The check covariate_balance of the analysis work is required: where it fails or is not made, the figures of "
        "the analysis are referred to the parties." in annexed["en"]
    )
    assert (
        "Kontrollen covariate_balance av analysen work krävs: om den inte är uppfylld eller inte görs hänskjuts "
        "analysens siffror till parterna." in annexed["sv"]
    )


def test_no_rule_moves_a_contract_to_another_estimate() -> None:
    text = thin.TEXT.replace("    variance: CR2\n", REQUIRED.replace("RULES", "covariate_balance: fall_back"))
    with pytest.raises(ContractError, match="must be refer, refer_on_warning, zero or note; got"):
        thin.read(text)


@pytest.mark.parametrize(
    ("required", "told"),
    [
        (
            "covariate_balanse: refer",
            "analysis.work.required_checks.covariate_balanse is no check that the method matched_comparison can give; "
            "it gives covariate_balance, propensity_overlap, weight_spread, differential_attrition, manski_bounds, "
            "set_overlap, matched_sample, tie_orders, rosenbaum_bounds, robustness_value, marginal_sensitivity, "
            "oster_delta and e_value. Did you mean 'covariate_balance'? Remove it, or require another.",
        ),
        (
            "e_value: refer",
            "analysis.work.required_checks.e_value requires a check that the analysis does not ask for; add e_value to "
            "analysis.work.checks.",
        ),
    ],
)
def test_a_check_that_no_result_will_have_is_refused_before_signing(required: str, told: str) -> None:
    text = thin.TEXT.replace("    variance: CR2\n", REQUIRED.replace("RULES", required))
    line = next(i for i, one in enumerate(text.splitlines(), start=1) if "required_checks" in one)
    for call in (
        workflow.check,
        lambda contract: workflow.lock(contract, key=DEMO_KEY, date="2018-11-01", undecided_accepted=True),
    ):
        with pytest.raises(ContractError) as error:
            call(thin.read(text))
        assert str(error.value) == f"line {line}: {told}"


def test_a_check_of_missing_outcomes_may_be_required_of_a_match() -> None:
    rules = "differential_attrition: refer, manski_bounds: note"
    text = thin.TEXT.replace("    variance: CR2\n    missing: raise\n", "    variance: CR2\n    missing: drop\n")
    workflow.check(thin.read(text.replace("    variance: CR2\n", REQUIRED.replace("RULES", rules))))


def test_a_check_that_is_asked_for_may_be_required() -> None:
    asked = REQUIRED.replace("RULES", "rosenbaum_bounds: refer") + "    checks: [rosenbaum_bounds]\n"
    workflow.check(thin.read(thin.TEXT.replace("    variance: CR2\n", asked)))


ELSEWHERE = {
    "composition_change",
    "minimum_detectable_effect",
    "simulated_power",
    "simulated_minimum_detectable_effect",
    "forecast",  # of a look
    "missing_share",  # of most_missing in a contract, which has its own rule
    "holm",  # of effects together, asked for outside a contract
    "interaction",
    "study_heterogeneity",
    "uniform_bands",
    "unit_ledger",
    "kolada_ledger",
    "sick_leave_ledger",
    "minimum_n",
    "payment_quantity",
    "agreed_limit",
}
"""Checks of no analysis, and those that a contract declares otherwise."""


def test_every_check_is_known_of_some_method() -> None:
    known = {name for names in GIVEN.values() for name in names} | {name for own in ASKED.values() for name in own}
    made = declared("Diagnostic")
    assert set(GIVEN) == set(METHODS)
    assert known - made == set()
    assert made - known - ELSEWHERE == set()


@pytest.mark.parametrize("method", sorted(METHODS))
def test_what_a_method_is_said_to_give_is_what_its_runs_give(method: str) -> None:
    made = {check.name for check in every_check.checks(method)}
    assert made == {*GIVEN[method], *ASKED.get(method, {})}


YEARS = """
    data: d
    outcome: {column: "y", unit: "days", better: lower}
    unit: u
    time: t
    missing: raise
"""
ADOPTION = "    treatment: d\n    cluster: none\n    variance: CR2\n    inference: asymptotic\n    sampling: panel\n"
SYNTHETIC = """    period: year
    treated: u00
    first_treated: "2016"
    donors: [u08, u09, u10]
    inference: placebo
"""


@pytest.mark.parametrize(
    ("method", "arguments", "check", "remedy"),
    [
        ("event_study", ADOPTION, "pretrends", "Did you mean 'pretrend'?"),
        ("difference_in_differences", ADOPTION, "pretrends", "Did you mean 'pretrend'?"),
        ("synthetic_control", SYNTHETIC, "time_weights", "donor_weights"),
        ("event_study", ADOPTION, "pretrend", None),
        ("synthetic_control", SYNTHETIC, "leave_one_out", None),
    ],
)
def test_a_check_of_another_method_is_refused_and_one_made_unasked_is_not(
    tmp_path: Path, method: str, arguments: str, check: str, remedy: str | None
) -> None:
    data = every_check.panel()
    rows = [",".join(str(data[name][i]) for name in ("u", "t", "y", "d")) for i in range(len(data["u"]))]
    (tmp_path / "d.csv").write_text("\n".join(["u,t,y,d", *rows, ""]), encoding="utf-8")
    head, rest = (effekt.case("helsingborg") / "contract.yaml").read_text(encoding="utf-8").split("data:\n", 1)
    figures = rest[rest.index("figures:") :]
    if method == "event_study":
        figures = figures.replace("estimate: absence", 'estimate: absence\n    member: "0"')
    own = f"{YEARS}{arguments}    required_checks: {{{check}: refer_on_warning}}\n"
    text = head.replace("attribution: comparison", "attribution: quasi_experiment")
    text += f'data:\n  d: {{path: "d.csv"}}\nanalysis:\n  absence:\n    method: {method}{own}{figures}'
    (tmp_path / "contract.yaml").write_text(text, encoding="utf-8")
    contract = read_decided(tmp_path / "contract.yaml")
    if remedy is not None:
        with pytest.raises(ContractError, match=f"no check that the method {method} can give.*{remedy}"):
            workflow.check(contract)
        return
    workflow.check(contract)
    certificate = workflow.settle(contract, date="2020-03-01").sign(DEMO_KEY)
    assert certificate.settlement.state != "referred"
