"""Limits of a contract's own for a number of a check: judged, recorded, hidden as the number is, and told if forged."""

from __future__ import annotations

import copy
import html
import itertools
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import every_check
import pytest
from deciding import decided, read_decided
from workflow import test_amendments as amendments
from workflow import test_thin_data as thin
from workflow.test_required_checks import REQUIRED, UNLIKE, settled

import effekt
from effekt import workflow
from effekt.certificates import DEMO_KEY, Envelope, canonical_json, sign
from effekt.certificates.certificate import Certificate
from effekt.certificates.published import published
from effekt.contracts import parse_attestation
from effekt.contracts.agreed_limits import AgreedLimit, with_limits
from effekt.estimators import METHODS
from effekt.exceptions import ContractError
from effekt.independent import agreed_limits as second
from effekt.independent.limits import NotRepeatedError
from effekt.reports.checklist import checklist
from effekt.reports.html import render_page
from effekt.reports.text import certificate_text
from effekt.reports.thin_data import thin_sentences
from effekt.workflow.data.check_numbers import NUMBERS
from effekt.workflow.data.known_checks import ASKED, GIVEN
from effekt.workflow.data.limits_told import limits_told
from effekt.workflow.recomputed.second_limits import RECORDED, limit_of_contract_findings
from effekt.workflow.rules.results import agreed_faults

SMD = 'covariate_balance: {number: largest_smd_after, max: "MAX", otherwise: THEN}'


def rule(most: str, then: str = "refer") -> str:
    return SMD.replace("MAX", most).replace("THEN", then)


def record(certificate: Certificate) -> Any:
    (check,) = [one for one in checks_of(certificate) if one.name == "agreed_limit"]
    return check


def checks_of(certificate: Certificate) -> Any:
    result: Any = certificate.results["work"]
    return result.diagnostics


def balance(certificate: Certificate) -> float:
    (check,) = [one for one in checks_of(certificate) if one.name == "covariate_balance"]
    return float(check.values["largest_smd_after"])


def checked(certificate: Certificate, folder: Path) -> Any:
    return workflow.verify(certificate, contract=certificate.contract, data={"people": folder / "people.csv"})


def d4(certificate: Certificate) -> Any:
    return next(answer for answer in checklist(certificate) if answer.item == "D4")


@pytest.mark.parametrize(
    ("then", "due", "state", "verdict"),
    [
        ("refer", None, "referred", "fail"),
        ("zero", "0", "zero_by_terms", "fail"),
        ("note", "free", "payable", "fail"),
    ],
)
def test_what_follows_outside_the_limit(tmp_path: Path, then: str, due: str | None, state: str, verdict: str) -> None:
    free = settled(tmp_path, None, UNLIKE, "40")
    certificate = settled(tmp_path, rule("0.001", then), UNLIKE, "40")
    assert certificate.due == (free.due if due == "free" else due)
    assert certificate.settlement.state == state
    assert d4(certificate).verdict == verdict
    assert record(certificate).values == {
        "check": "covariate_balance",
        "number": "largest_smd_after",
        "value": balance(certificate),
        "min": None,
        "max": "0.001",
        "verdict": "outside",
    }
    verified = checked(certificate, tmp_path)
    assert verified.ok, verified.differences
    (own,) = [one for one in verified.findings if one.name.startswith("independent_limit")]
    assert own.verdict == "reproduced"
    assert "verdict outside / outside" in own.text.en


def test_a_limit_is_in_the_place_of_effekts_own(tmp_path: Path) -> None:
    """The check warns by effekt's limit, and by the contract's it is met."""
    certificate = settled(tmp_path, rule("100"), UNLIKE, "40")
    assert certificate.settlement.state == "payable"
    assert d4(certificate).verdict == "pass"
    assert record(certificate).values["verdict"] == "within"
    assert checked(certificate, tmp_path).ok


def test_a_limit_holds_at_the_number_exactly_and_not_a_digit_beyond(tmp_path: Path) -> None:
    free = settled(tmp_path, rule("100"), UNLIKE, "40")
    exact = repr(balance(free))
    assert settled(tmp_path, rule(exact), UNLIKE, "40").settlement.state == "payable"
    below = exact[:-1] + str(int(exact[-1]) - 1) if exact[-1] != "0" else exact[:-2]
    assert settled(tmp_path, rule(below), UNLIKE, "40").settlement.state == "referred"


@pytest.mark.parametrize(
    ("limit", "value", "held"),
    [
        ({"min": "0.10"}, 0.1, "within"),
        ({"min": "0.10"}, 0.09999999999999999, "outside"),
        ({"max": "0.10"}, 0.1, "within"),
        ({"max": "0.10"}, 0.10000000000000002, "outside"),
        ({"min": "3", "max": "3"}, 3, "within"),
        ({"min": "3"}, 2, "outside"),
        ({"min": "0.1"}, None, "no_number"),
        ({"min": "0.1"}, "fisher", "no_number"),
        ({"min": "0.1"}, float("nan"), "no_number"),
        ({"max": "0.1"}, float("-inf"), "no_number"),
        ({"min": "-1"}, True, "no_number"),
    ],
)
def test_the_recorded_decimal_is_compared_as_it_is_written(limit: dict[str, str], value: Any, held: str) -> None:
    assert AgreedLimit(number="p_value", otherwise="refer", **limit).held(value) == held


def test_a_check_that_was_not_made_and_one_without_the_number_are_not_met(tmp_path: Path) -> None:
    asked = 'event_study: {number: p_value, min: "0.10", otherwise: refer}'
    certificate = settled(tmp_path, asked)
    assert certificate.settlement.state == "referred"
    assert d4(certificate).note.en == "was not made: event_study (work)"
    lacking = settled(tmp_path, 'covariate_balance: {number: p_value, min: "0.10", otherwise: refer}')
    assert record(lacking).values["verdict"] == "no_number"
    assert lacking.settlement.state == "referred"
    assert (
        d4(lacking).note.en == "has no number p_value, which is to be at least 0.10 as agreed: covariate_balance (work)"
    )
    assert d4(lacking).note.sv == (
        "saknar talet p_value, som enligt avtalet ska vara minst 0,10: covariate_balance (work)"
    )
    for one in (certificate, lacking):
        verified = checked(one, tmp_path)
        assert verified.ok, verified.differences


def test_number_and_limit_stand_on_the_page_and_the_figure_says_the_limit(tmp_path: Path) -> None:
    certificate = settled(tmp_path, rule("0.001"), UNLIKE, "40")
    english, swedish = (" ".join(certificate_text(certificate, lang).split()) for lang in ("en", "sv"))
    value = repr(balance(certificate))
    told = f"The check covariate_balance of work, which the contract requires, has largest_smd_after {value}, and "
    assert f"D4. {told}at most 0.001 is agreed" in english
    assert f"har largest_smd_after {value.replace('.', ',')}, och högst 0,001 är avtalat" in swedish
    assert (
        "effect: the check covariate_balance, which the contract requires, is outside what is agreed of its number "
        "largest_smd_after, at most 0.001; the parties decide." in english
    )
    assert "ligger utanför det avtalade för sitt tal largest_smd_after, högst 0,001; parterna avgör." in swedish


def test_the_limit_is_a_sentence_of_annex_check_and_page(tmp_path: Path) -> None:
    text = thin.TEXT.replace("    variance: CR2\n", REQUIRED.replace("RULES", rule("0.25")))
    english = (
        "In the check covariate_balance of the analysis work largest_smd_after is to be at most 0.25, instead of "
        "effekt's own limit: where it is not, or is not there, the figures of the analysis are referred to the parties."
    )
    swedish = (
        "I kontrollen covariate_balance av analysen work ska largest_smd_after vara högst 0,25, i stället för effekts "
        "egen gräns: om det inte är så, eller talet saknas, hänskjuts analysens siffror till parterna."
    )
    assert english in workflow.annex(thin.read(text), lang="en").replace("\\", "")
    assert swedish in workflow.annex(thin.read(text), lang="sv").replace("\\", "")
    certificate = settled(tmp_path, rule("0.25"))
    assert english in " ".join(html.unescape(render_page(certificate, "en")).split())
    assert swedish in " ".join(html.unescape(render_page(certificate, "sv")).split())


@pytest.mark.parametrize("otherwise", ["refer", "zero", "note"])
@pytest.mark.parametrize("own", [True, False])
def test_the_sentence_says_which_effects_of_a_set_a_figure_is_judged_by(otherwise: Any, own: bool) -> None:
    limit = AgreedLimit(number="largest_smd_after", max="0.25", otherwise=otherwise)
    rules = {"covariate_balance": limit if own else otherwise}
    terms = thin.read(thin.TEXT).model
    analysis = terms.analysis["work"].model_copy(update={"required_checks": rules})
    effect = terms.figures["effect"].model_copy(update={"member": "A"})
    of_set = terms.model_copy(
        update={"analysis": {**terms.analysis, "work": analysis}, "figures": {**terms.figures, "effect": effect}}
    )
    plain = of_set.model_copy(update={"figures": terms.figures})
    english = "; each figure is judged by the check at the effects that it is taken from and at the set as a whole, not"
    swedish = "; varje siffra bedöms efter kontrollen av de effekter som den tas från och av mängden som helhet, inte"
    for judged, expected in ((of_set, otherwise != "note"), (plain, False)):
        (told,) = [one for one in thin_sentences(judged) if "covariate_balance" in one.en]
        assert (english in told.en, swedish in told.sv) == (expected, expected)


@pytest.mark.parametrize(
    ("limit", "told"),
    [
        (
            '{number: largest_smd_aftr, max: "0.25", otherwise: refer}',
            "analysis.work.required_checks.covariate_balance.number must be a number of the check covariate_balance; "
            "it has largest_smd_before, largest_smd_after, n_imbalanced, n_unequal_variance, effective_treated_before, "
            "effective_treated_after, effective_controls_before and effective_controls_after; got largest_smd_aftr. "
            "Did you mean 'largest_smd_after'? Name another, or remove the limit.",
        ),
        ('{number: threshold, max: "0.25", otherwise: refer}', "must be a number of the check covariate_balance"),
        (
            '{number: largest_smd_after, min: "0.3", max: "0.25", otherwise: refer}',
            "analysis.work.required_checks.covariate_balance.min must not be above max, 0.25; got 0.3.",
        ),
        (
            "{number: largest_smd_after, otherwise: refer}",
            "analysis.work.required_checks.covariate_balance must have min, max or both; it has neither.",
        ),
        (
            '{number: largest_smd_after, max: "0.25", otherwise: refer_on_warning}',
            "analysis.work.required_checks.covariate_balance.otherwise must be refer, zero or note; got",
        ),
        ('{number: largest_smd_after, max: "0.25"}', "lacks the key otherwise; add it (refer, zero or note)."),
    ],
)
def test_a_limit_that_cannot_be_held_is_refused(limit: str, told: str) -> None:
    text = thin.TEXT.replace("    variance: CR2\n", REQUIRED.replace("RULES", f"covariate_balance: {limit}"))
    for call in (
        workflow.check,
        lambda contract: workflow.lock(contract, key=DEMO_KEY, date="2018-11-01", undecided_accepted=True),
    ):
        with pytest.raises(ContractError) as error:
            call(thin.read(text))
        assert told in str(error.value)


def test_a_check_without_numbers_and_one_that_no_method_gives_have_no_limit() -> None:
    for check, told in (
        ("minimum_n", "must be a number of the check minimum_n; it has none; got p_value."),
        ("event_study", "is no check that the method matched_comparison can give"),
    ):
        limit = f'{check}: {{number: p_value, min: "0.1", otherwise: refer}}'
        text = thin.TEXT.replace("    variance: CR2\n", REQUIRED.replace("RULES", limit))
        with pytest.raises(ContractError, match=told):
            workflow.check(thin.read(text))


def test_no_limit_counts_as_no_effect_where_that_is_not_zero() -> None:
    text = thin.TEXT.replace("    variance: CR2\n", REQUIRED.replace("RULES", rule("0.25", "zero")))
    text = text.replace(
        "  effect: {",
        "  chance: {estimate: work, view: improvement, statistic: p_value, "
        "on_unavailable: refer, digits: 4, unit: fraction}\n  effect: {",
        1,
    )
    with pytest.raises(ContractError, match="covariate_balance cannot be zero, since chance, p_value of the view"):
        thin.read(text)


# ----------------------------------------------------------------------------------------------------------- forged

FORGED: dict[str, tuple[dict[str, Any], str]] = {
    "verdict": ({"verdict": "within"}, "verdict within / outside"),
    "limit": ({"max": "100"}, "max 100 / 0.001"),
    "other limit": ({"min": "0"}, "min 0 / –"),
    "value": ({"value": 0.0005}, "value 0.0005 / "),
    "number": ({"number": "largest_smd_before"}, "number largest_smd_before / largest_smd_after"),
}


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_record_is_told_by_both_routes(tmp_path: Path, name: str) -> None:
    changes, told = FORGED[name]
    found = forged(settled(tmp_path, rule("0.001", "note"), UNLIKE, "40"), lambda own: own["values"].update(changes))
    different = {one.name: one.text.en for one in workflow.verify(found).differences}
    assert told in different["independent_limit:work.covariate_balance"]
    assert "agreed_limit" in different["analysis:work"]


def test_a_record_taken_out_is_told(tmp_path: Path) -> None:
    certificate = settled(tmp_path, rule("0.001", "note"), UNLIKE, "40")
    plain = copy.deepcopy(certificate.predicate)
    result = plain["results"]["work"]
    result["diagnostics"] = [one for one in result["diagnostics"] if one["name"] != "agreed_limit"]
    different = {one.name: one.text.en for one in workflow.verify(resigned(certificate, plain)).differences}
    assert "diagnostics.agreed_limit 0 / 1" in different["analysis:work"]
    assert "verdict – / outside" in different["independent_limit:work.covariate_balance"]


def test_a_figure_that_is_paid_on_beyond_its_limit_is_told_by_both_routes(tmp_path: Path) -> None:
    free = settled(tmp_path, rule("0.001", "note"), UNLIKE, "40")
    certificate = settled(tmp_path, rule("0.001"), UNLIKE, "40")
    plain = copy.deepcopy(certificate.predicate)
    plain["settlement"] = free.predicate["settlement"]
    different = {one.name for one in workflow.verify(resigned(certificate, plain)).differences}
    assert {"figure:effect", "independent_limit:effect"} <= different


def forged(certificate: Certificate, change: Callable[[Any], object]) -> Certificate:
    plain = copy.deepcopy(certificate.predicate)
    (own,) = [one for one in plain["results"]["work"]["diagnostics"] if one["name"] == "agreed_limit"]
    change(own)
    return resigned(certificate, plain)


def resigned(certificate: Certificate, predicate: Any) -> Certificate:
    tree = {**json.loads(certificate.envelope.payload), "predicate": predicate}
    return Certificate(sign(Envelope(payload=canonical_json(tree)), DEMO_KEY))


# ----------------------------------------------------------------------------------------------- hidden, and of sets


def test_the_table_of_numbers_is_that_of_the_checks() -> None:
    """Every number of every run stands in it but for constants, and each check that a method gives has its row."""
    constants = {"level", "threshold", "rule_of_thumb", "variance_ratio_low", "variance_ratio_high", "close"}
    constants |= {"assumed_delta", "r2_max", "at", "p_none"}
    made: dict[str, set[str]] = {}
    for method in METHODS:
        for check in every_check.checks(method):
            words = {name for name, value in check.values.items() if isinstance(value, str)}
            made.setdefault(check.name, set()).update(check.values.keys() - words - constants)
    assert {name: own - {*NUMBERS[name]} for name, own in made.items() if own - {*NUMBERS[name]}} == {}
    given = {name for own in GIVEN.values() for name in own} | {name for own in ASKED.values() for name in own}
    assert set(NUMBERS) == given


@pytest.mark.parametrize("method", sorted(METHODS))
@pytest.mark.parametrize("minimum", [0, 5, 1000])
def test_every_check_of_every_method_is_recorded_hidden_and_held_again(method: str, minimum: int) -> None:
    for result in every_check.results(method):
        parts = (result, *getattr(result, "effects", ()), *filter(None, [getattr(result, "overall", None)]))
        names = {check.name for part in parts for check in part.diagnostics if check.name in NUMBERS}
        for place in range(max((len(NUMBERS[name]) for name in names), default=0)):
            required = {
                name: AgreedLimit(number=NUMBERS[name][place % len(NUMBERS[name])], min="0.1", otherwise="refer")
                for name in sorted(names)
            }
            public = published(with_limits(result, required), minimum)
            members = (*getattr(public, "effects", ()), *filter(None, [getattr(public, "overall", None)]))
            for part in (public, *members):
                analysis: Any = SimpleNamespace(required_checks=required)
                faults = list(agreed_faults(part, analysis, minimum))
                assert faults == []
                told = [check for check in part.diagnostics if check.name == "agreed_limit"]
                of = [check for name in required for check in part.diagnostics if check.name == name]
                numbers = [one.values.get(str(two.values["number"])) for one, two in zip(of, told, strict=True)]
                assert [one.values["value"] for one in told] == numbers
            file = {"analysis": {"a": {"required_checks": {name: one.model_dump() for name, one in required.items()}}}}
            for one in second.of_analysis(file, "a", json.loads(public.to_json())):
                keys = [key for key in RECORDED if one["verdict"] != "cannot_tell" or key != "verdict"]
                assert {key: one["stated"][key] for key in keys} == {key: one[key] for key in keys}


def hiding(folder: Path, limit: str) -> Certificate:
    (folder / "people.csv").write_text(thin.PAIRED, encoding="utf-8")
    text = thin.changed(thin.TEXT, ("data:\n", "disclosure: {minimum: 9}\ndata:\n"))
    text = text.replace("    variance: CR2\n", REQUIRED.replace("RULES", limit))
    attested = parse_attestation(thin.ATTESTED.replace("NUMBER", "8").encode())
    return workflow.settle(thin.read(decided(text), folder), date="2022-06-01", attestations=[attested]).sign(DEMO_KEY)


def test_a_hidden_number_is_hidden_in_its_record_and_judged_all_the_same(tmp_path: Path) -> None:
    certificate = hiding(tmp_path, 'matched_sample: {number: pairs, min: "9", otherwise: refer}')
    assert record(certificate).values["value"] is None
    assert record(certificate).values["verdict"] == "outside"
    assert certificate.settlement.state == "referred"
    assert d4(certificate).note.en == "is outside what is agreed of its number pairs, at least 9: matched_sample (work)"
    alone = {one.name: one for one in workflow.verify(certificate).findings}
    assert alone["independent_limit:work.matched_sample"].verdict == "cannot_tell"
    assert "analysis:work" not in alone
    assert checked(certificate, tmp_path).ok
    shown = json.loads(workflow.publish(certificate, key=DEMO_KEY, salt=bytes(32)).payload)["predicate"]
    assert "pairs" not in json.dumps({name: one for name, one in shown.items() if name != "contract"})
    within = forged(certificate, lambda own: own["values"].update(verdict="within"))
    assert "result:work" in {one.name for one in checked(within, tmp_path).differences}
    leaked = forged(certificate, lambda own: own["values"].update(value=8))
    assert "value 8 / –" in {one.name: one.text.en for one in workflow.verify(leaked).differences}["analysis:work"]


def test_a_limit_of_a_count_below_those_that_are_hidden_is_refused() -> None:
    text = thin.changed(thin.TEXT, ("data:\n", "disclosure: {minimum: 9}\ndata:\n"))
    for end in ('min: "8"', 'max: "8"'):
        limit = f"matched_sample: {{number: pairs, {end}, otherwise: refer}}"
        with pytest.raises(ContractError) as error:
            workflow.check(thin.read(text.replace("    variance: CR2\n", REQUIRED.replace("RULES", limit))))
        assert (
            f"analysis.work.required_checks.matched_sample.{end[:3]} must be at least disclosure.minimum, 9, since a "
            "figure with or without a value would tell of a hidden count; got 8." in str(error.value)
        )


def told(check: str, minimum: int, **limit: str) -> list[str]:
    """What is said of a limit where counts below a minimum are hidden."""
    own = AgreedLimit(otherwise="note", **limit)
    analysis: Any = SimpleNamespace(required_checks={check: own})
    contract: Any = SimpleNamespace(model=SimpleNamespace(disclosure=SimpleNamespace(minimum=minimum)))
    return [sentence for _, sentence in limits_told("work", analysis, contract)]


def test_a_limit_of_what_gives_a_count_back_is_refused_where_small_counts_are_hidden() -> None:
    text = thin.changed(thin.TEXT, ("data:\n", "disclosure: {minimum: 9}\ndata:\n"))
    share = 'propensity_overlap: {number: share_outside, max: "0.05", otherwise: refer}'
    hides = text.replace("    variance: CR2\n", REQUIRED.replace("RULES", share))
    with pytest.raises(ContractError) as error:
        workflow.check(thin.read(hides))
    sentence = (
        "analysis.work.required_checks.propensity_overlap.number must give no count back, since whether it is within "
        "its limit would tell of a count below disclosure.minimum, 9; got share_outside. Name a count, or require the "
        "check by effekt's own limit."
    )
    assert sentence in str(error.value)
    workflow.check(thin.read(hides.replace("{minimum: 9}", "{minimum: 0}")))
    missing = AgreedLimit(number="share_missing", min="0.03", max="0.04", otherwise="note")
    assert [n for n in range(1, 80) if missing.held(n / 80) == "within"] == [3]
    assert told("differential_attrition", 5, number="share_missing", min="0.03", max="0.04")


@pytest.mark.parametrize("method", sorted(METHODS))
def test_every_number_that_is_hidden_with_small_counts_has_no_limit_that_would_tell_it(method: str) -> None:
    seen = set()
    for result in every_check.results(method):
        hidden = published(result, 10**6)
        pairs = zip([result, *getattr(result, "effects", ())], [hidden, *getattr(hidden, "effects", ())], strict=True)
        checks = [pair for one, two in pairs for pair in zip(one.diagnostics, two.diagnostics, strict=True)]
        for before, after in checks:
            for number in NUMBERS.get(before.name, ()):
                if before.values.get(number) is not None and after.values.get(number) is None:
                    assert told(before.name, 5, number=number, max="0.04"), (before.name, number)
                    seen.add(before.name)
                elif before.values.get(number) is not None:
                    assert told(before.name, 5, number=number, max="0.04") == [], (before.name, number)
    none = ("difference_in_differences", "event_study", "outcome_count", "published_comparison", "randomized_trials")
    assert seen or method in none, method


@pytest.mark.parametrize("number", ["n_missing", "n_missing_treated", "n_control"])
@pytest.mark.parametrize("minimum", [2, 3, 5])
def test_no_verdict_of_a_limit_that_is_taken_tells_small_counts_apart(number: str, minimum: int) -> None:
    ends = [None, *(str(n / 2) for n in range(4 * minimum + 3))]
    taken = 0
    for low, high in itertools.product(ends, ends):
        if low is high is None or (low and high and float(low) > float(high)):
            continue
        limit = {key: end for key, end in (("min", low), ("max", high)) if end is not None}
        if told("differential_attrition", minimum, number=number, **limit):
            continue
        taken += 1
        own = AgreedLimit(number=number, otherwise="note", **limit)
        assert len({own.held(n) for n in range(1, minimum)}) == 1, limit
        for verdict, least in (("within", minimum), ("outside", minimum - 1)):  # so many are below it as it is
            as_said = [n for n in range(1, 100) if own.held(n) == verdict]
            assert not as_said or len(as_said) >= least, limit
    assert taken > 0


def test_a_limit_of_a_count_that_leaves_one_is_refused() -> None:
    assert told("differential_attrition", 5, number="n_missing_treated", min="7", max="7") == [
        "analysis.work.required_checks.differential_attrition.max must be above min, 7, by at least "
        "disclosure.minimum, 5, since a count that is within so little is known, and what it leaves of another; got 7. "
        "Widen the limit, or keep one end of it."
    ]
    assert told("differential_attrition", 5, number="n_missing_treated", min="7", max="12") == []
    assert told("weight_spread", 5, number="effective_treated", min="50") == []
    assert told("propensity_overlap", 5, number="effective_per_treated", min="0.5")


PANEL = """
    data: d
    outcome: {column: "y", unit: "days", better: lower}
    unit: u
    time: t
    missing: raise
    treatment: d
    cluster: none
    variance: CR2
    inference: asymptotic
    sampling: panel
"""


@pytest.mark.parametrize(("least", "state"), [("0.0000001", "payable"), ("0.9999999", "referred")])
def test_the_trend_before_is_held_to_the_p_that_the_parties_agreed_on(tmp_path: Path, least: str, state: str) -> None:
    data = every_check.panel()
    rows = [",".join(str(data[name][i]) for name in ("u", "t", "y", "d")) for i in range(len(data["u"]))]
    (tmp_path / "d.csv").write_text("\n".join(["u,t,y,d", *rows, ""]), encoding="utf-8")
    head, rest = (effekt.case("helsingborg") / "contract.yaml").read_text(encoding="utf-8").split("data:\n", 1)
    figures = rest[rest.index("figures:") :].replace("estimate: absence", 'estimate: absence\n    member: "0"')
    limit = f'    required_checks: {{pretrend: {{number: p_value, min: "{least}", otherwise: refer}}}}\n'
    text = head.replace("attribution: comparison", "attribution: quasi_experiment")
    text += f'data:\n  d: {{path: "d.csv"}}\nanalysis:\n  absence:\n    method: event_study{PANEL}{limit}{figures}'
    (tmp_path / "contract.yaml").write_text(text, encoding="utf-8")
    contract = read_decided(tmp_path / "contract.yaml")
    workflow.check(contract)
    certificate = workflow.settle(contract, date="2020-03-01").sign(DEMO_KEY)
    assert (certificate.settlement.state == "referred") is (state == "referred")
    result: Any = certificate.results["absence"]
    (pretrend,) = [one for one in result.diagnostics if one.name == "pretrend"]
    (told,) = [one for one in result.diagnostics if one.name == "agreed_limit"]
    assert told.values["value"] == pretrend.values["p_value"]
    assert not any(one.name == "agreed_limit" for effect in result.effects for one in effect.diagnostics)
    verified = workflow.verify(certificate, contract=contract)
    assert verified.ok, verified.differences
    assert "independent_limit:absence.pretrend" in {one.name for one in verified.findings}


def test_the_second_route_takes_the_members_that_a_figure_is_of() -> None:
    def check(name: str, **values: Any) -> dict[str, Any]:
        return {"name": name, "values": values}

    def member(p: float | None) -> dict[str, Any]:
        return {"diagnostics": [check("e_value", e_value=p)]}

    result = {"labels": ["a", "b"], "effects": [member(2.0), member(1.0)], "overall": member(None), "diagnostics": []}
    limit = {"number": "e_value", "min": "1.5", "otherwise": "zero"}
    figures = {
        "first": {"estimate": "x", "member": "a"},
        "second": {"estimate": "x", "member": "b"},
        "both": {"estimate": "x", "combine": {"a": "0.5", "b": "0.5"}},
    }
    file = {
        "figures": figures,
        "analysis": {"x": {"method": "doubly_robust", "required_checks": {"e_value": limit, "pretrend": "refer"}}},
    }
    assert [second.state_of(file, id, result) for id in figures] == [None, "zero", "zero"]
    bare = {"labels": ["a", "b"], "effects": [{"diagnostics": []}] * 2, "diagnostics": []}
    assert [one["verdict"] for one in second.of_analysis(file, "x", bare)] == ["not_made"]
    assert second.state_of(file, "first", bare) == "zero"


def test_a_dry_run_holds_the_limit_too(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text(UNLIKE, encoding="utf-8")
    attested = parse_attestation(thin.ATTESTED.replace("NUMBER", "8").encode())
    states = {}
    for most in ("0.000001", "100"):
        text = thin.TEXT.replace('calipers: {age: "1"}', 'calipers: {age: "40"}')
        text = text.replace("    variance: CR2\n", REQUIRED.replace("RULES", rule(most)))
        tried = workflow.dry_run(thin.read(decided(text), tmp_path), seed=3, attestations=[attested])
        states[most] = tried.figures["effect"].state
    assert states == {"0.000001": "referred", "100": "determined"}


def test_an_amendment_tells_the_limit_that_it_moves(tmp_path: Path) -> None:
    path = amendments.first(tmp_path / "first")
    text = path.read_text(encoding="utf-8")
    limit = '    required_checks: {placebo_distribution: {number: sd_log, max: "0.10", otherwise: refer}}\n'
    method = "    method: trend_adjusted\n"
    assert method in text
    path.write_text(text.replace(method, method + limit, 1), encoding="utf-8")
    after = amendments.amended(path, change=('max: "0.10"', 'max: "0.05"'))
    found = workflow.amend(workflow.read_contract(path), workflow.read_contract(after))
    (change,) = found.changes
    assert change.place.endswith("required_checks.placebo_distribution.max")
    assert (change.before, change.after) == ("0.10", "0.05")


BREAKS = """    checks:
      - {check: level_break, at: "2015"}
      - {check: level_break, at: "2017"}
      - {check: level_break, at: "2018"}
    required_checks: {level_break: {number: p_value, min: "0.000001", otherwise: refer}}
"""


def test_a_check_that_is_asked_for_several_times_is_within_each_time(tmp_path: Path) -> None:
    path = amendments.first(tmp_path / "first")
    method = "    method: trend_adjusted\n"
    path.write_text(path.read_text(encoding="utf-8").replace(method, method + BREAKS, 1), encoding="utf-8")
    contract = read_decided(path)
    certificate = workflow.settle(contract, date="2020-03-01").sign(amendments.VERIFIER)
    result: Any = certificate.results["absence"]
    told = [one.values["verdict"] for one in result.diagnostics if one.name == "agreed_limit"]
    assert told == ["within"] * 3
    verified = workflow.verify(certificate, contract=contract)
    assert verified.ok, verified.differences


def test_a_number_that_is_not_there_is_not_taken_for_hidden_where_nothing_is(tmp_path: Path) -> None:
    certificate = settled(tmp_path, rule("0.001", "note"), UNLIKE, "40")
    plain = copy.deepcopy(certificate.predicate)
    for one in plain["results"]["work"]["diagnostics"]:
        if one["name"] == "covariate_balance":
            one["values"]["largest_smd_after"] = None
        if one["name"] == "agreed_limit":
            one["values"].update(value=None, verdict="within")
    different = {one.name: one.text.en for one in workflow.verify(resigned(certificate, plain)).differences}
    assert "verdict within / no_number" in different["independent_limit:work.covariate_balance"]
    assert "verdict within / no_number" in different["analysis:work"]


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (NotRepeatedError("the second reader cannot read line 3.", "rad 3 kan inte läsas."), "cannot read line 3."),
        (KeyError("analysis"), "the contract or the checks are not what it reads."),
    ],
)
def test_what_the_second_reader_cannot_read_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, told: str
) -> None:
    certificate = settled(tmp_path, rule("0.25"))

    def refuse(_: bytes) -> None:
        raise error

    monkeypatch.setattr("effekt.workflow.recomputed.second_limits.read_contract", refuse)
    (found,) = limit_of_contract_findings(certificate)
    assert (found.name, found.verdict) == ("independent_limit", "cannot_tell")
    assert told in found.text.en
