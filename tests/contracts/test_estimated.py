"""Every kind of result becomes figures and a settlement, or says why not."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from results import EFFECTS, RESULTS, group_time, rate_card

from effekt.contracts import Figure, parse_contract, quantise, settle_figures
from effekt.contracts.estimated import estimate_figure, fragile_figure, measure_figure, rerun_values
from effekt.contracts.figures import EstimateFigure, MeasureFigure
from effekt.exceptions import ContractError, UnavailableError
from effekt.result import EffectEstimate, EffectSet, OutcomeMeasure

CONTRACT = """
schema: effekt/contract/1
id: any
title: {{sv: "Prov", en: "Test"}}
parties:
  payer: {{role: payer, name: "Payer"}}
  provider: {{role: provider, name: "Provider"}}
  verifier: {{role: verifier, name: "Verifier", keys: ["5llo4wqsNkDPW2/3lpXD9GZYilDE+Emw9m0kPhVSY/Q="]}}
signing: {{threshold: 1, roles: [verifier]}}
dates: {{signed: "2020-01-01", outcome_data_from: "2020-02-01"}}
attribution: comparison
data: {{table: {{path: "table.csv"}}}}
analysis: {{any: {{method: any, data: table}}}}
figures:
  figure: {figure}
payment:
  currency: SEK
  quantum: "0.01"
  rounding: half_up
  lines:
    line:
      payers: {{payer: "1"}}
      payee: provider
      pays: {{unit_price: {{price: "1000", figure: figure, below_zero: negative}}}}
"""
STATISTICS: tuple[dict[str, str], ...] = (
    {"statistic": "estimate"},
    {"statistic": "treated_mean"},
    {"statistic": "counterfactual_mean"},
    {"statistic": "std_error"},
    {"statistic": "placebo_sd"},
    {"statistic": "p_value"},
    {"statistic": "confidence_low", "level": '"0.9"', "alternative": "two-sided"},
    {"statistic": "confidence_high", "level": '"0.9"', "alternative": "two-sided"},
    {"statistic": "confidence_low", "level": '"0.9"', "alternative": "greater"},
    {"statistic": "confidence_high", "level": '"0.9"', "alternative": "less"},
    {"statistic": "confidence_at_least", "threshold": '"0"'},
)
VIEWS = ("difference", "relative", "ratio", "improvement", "relative_improvement", "total")


def _contract(terms: dict[str, str]) -> Any:
    figure = "{" + ", ".join(f"{key}: {value}" for key, value in terms.items()) + "}"
    return parse_contract(CONTRACT.format(figure=figure).encode())


def _terms(statistic: dict[str, str], view: str, on_unavailable: str = "refer", **more: str) -> dict[str, str]:
    always = statistic["statistic"] in ("estimate", "treated_mean", "counterfactual_mean")
    return {
        "estimate": "any",
        "view": view,
        **({"units": '"30"'} if view == "total" else {}),
        **statistic,
        **({} if always else {"on_unavailable": on_unavailable}),
        "digits": "6",
        "unit": "x",
        **more,
    }


def _figure(result: Any, terms: dict[str, str]) -> tuple[Figure, Any]:
    contract = _contract(terms)
    term = contract.model.figures["figure"]
    if isinstance(term, MeasureFigure):
        return measure_figure("figure", term, result), contract
    assert isinstance(term, EstimateFigure)
    return estimate_figure("figure", term, result, {}), contract


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("name", EFFECTS)
def test_every_result_settles_or_is_referred_with_a_reason(name: str, view: str) -> None:
    for statistic in STATISTICS:
        _assert_settles_or_is_referred(EFFECTS[name](), statistic, view)


def _assert_settles_or_is_referred(effect: EffectEstimate, statistic: dict[str, str], view: str) -> None:
    figure, contract = _figure(effect, _terms(statistic, view))
    settlement = settle_figures(contract, {"figure": figure})
    if figure.value is None:
        assert figure.state == "referred"
        assert figure.reason is not None
        assert figure.reason.sv != figure.reason.en
        assert (settlement.state, settlement.total) == ("referred", None)
        return
    assert settlement.lines[0].amount is not None
    amount = Fraction(figure.value) * 1000
    assert abs(Fraction(settlement.lines[0].amount) - amount) <= Fraction(1, 200)
    if statistic["statistic"] == "estimate":
        seen = effect.improvement().total("30") if view == "total" else getattr(effect, view)()
        exact = seen.exact_estimate if seen.exact_estimate is not None else Fraction(seen.estimate)
        assert figure.value == quantise(exact, 6)


@pytest.mark.parametrize("name", EFFECTS)
def test_what_does_not_exist_is_referred_and_never_zero(name: str) -> None:
    effect = EFFECTS[name]()
    for alternative, statistic in (("two-sided", "confidence_low"), ("two-sided", "confidence_high")):
        terms = {"statistic": statistic, "level": '"0.9"', "alternative": alternative}
        figure, _ = _figure(effect, _terms(terms, "difference"))
        try:
            found = effect.difference().confidence_interval(0.9)
            finite = found.kind == "bounded" or (
                found.kind == "unbounded"
                and abs(found.low if statistic == "confidence_low" else found.high) != float("inf")
            )
        except UnavailableError:
            finite = False
        assert (figure.value is not None) == finite


def test_a_disjoint_set_pays_nothing_by_itself() -> None:
    terms = {"statistic": "confidence_low", "level": '"0.95"', "alternative": "two-sided"}
    figure, _ = _figure(EFFECTS["complier_disjoint"](), _terms(terms, "difference"))
    assert (figure.state, figure.value) == ("referred", None)
    figure, _ = _figure(EFFECTS["complier_disjoint"](), _terms(terms, "difference", on_unavailable="zero"))
    assert (figure.state, figure.value) == ("determined", "0.000000")


def test_a_view_that_is_not_identified_is_referred() -> None:
    figure, _ = _figure(EFFECTS["negative_counterfactual"](), _terms({"statistic": "estimate"}, "relative"))
    assert figure.state == "referred"


def test_a_set_needs_a_member_or_a_combination() -> None:
    effects = group_time()
    with pytest.raises(ContractError, match="must have member or combine"):
        _figure(effects, _terms({"statistic": "estimate"}, "difference"))
    label = effects.labels[0]
    one, _ = _figure(effects, _terms({"statistic": "estimate"}, "difference", member=f'"{label}"'))
    assert one.value == quantise(Fraction(effects[label].estimate), 6)
    both = "{" + ", ".join(f'"{name}": "0.5"' for name in effects.labels[:2]) + "}"
    pooled, _ = _figure(effects, _terms({"statistic": "std_error"}, "difference", combine=both))
    expected = effects.combine(dict.fromkeys(effects.labels[:2], "0.5")).std_error
    assert pooled.value == quantise(Fraction(expected or 0.0), 6)


def test_a_single_effect_takes_no_member() -> None:
    with pytest.raises(ContractError, match="returns one effect"):
        _figure(EFFECTS["lin_ate"](), _terms({"statistic": "estimate"}, "difference", member='"1"'))


def test_an_outcome_is_no_effect_and_an_effect_no_outcome() -> None:
    measure = {"measure": "any", "digits": "2", "unit": "x"}
    figure, contract = _figure(rate_card(), measure)
    assert figure.value == quantise(rate_card().exact, 2)
    assert settle_figures(contract, {"figure": figure}).state == "payable"
    with pytest.raises(ContractError, match="outcome measure"):
        _figure(rate_card(), _terms({"statistic": "estimate"}, "difference"))
    with pytest.raises(ContractError, match="effect"):
        _figure(EFFECTS["lin_ate"](), measure)


def test_results_name_every_kind() -> None:
    kinds = {type(build()) for build in RESULTS.values()}
    assert kinds == {EffectEstimate, EffectSet, OutcomeMeasure}


def test_a_float_on_the_edge_of_its_last_digit_has_other_values() -> None:
    effect = EFFECTS["matched_att"]()
    contract = _contract(_terms({"statistic": "std_error"}, "difference"))
    term = contract.model.figures["figure"]
    assert rerun_values("figure", term, effect, {}) == ()
    edge = effect.rescale(0.1234565 / float(effect.std_error or 0), "x")
    values = [figure.value for figure in rerun_values("figure", term, edge, {})]
    assert len(values) == 1
    assert {values[0], estimate_figure("figure", term, edge, {}).value} == {"0.123456", "0.123457"}
    assert fragile_figure(estimate_figure("figure", term, edge, {})).state == "referred"


def test_an_exact_statistic_has_none() -> None:
    effect = EFFECTS["placebo_ratio"]()
    for statistic in ({"statistic": "estimate"}, {"statistic": "p_value"}):
        term = _contract(_terms(statistic, "relative")).model.figures["figure"]
        assert rerun_values("figure", term, effect, {}) == ()


@pytest.mark.parametrize("view", ["relative", "ratio", "relative_improvement"])
@pytest.mark.parametrize("statistic", STATISTICS, ids=lambda one: str(one["statistic"]))
def test_a_view_that_does_not_exist_is_as_the_contract_says_and_no_re_run_moves_it(
    statistic: dict[str, str], view: str
) -> None:
    effect = EFFECTS["negative_counterfactual"]()
    for answer, state in (("zero", "determined"), ("refer", "referred")):
        terms = {**_terms(statistic, view), "on_unavailable": answer}
        figure, contract = _figure(effect, terms)
        assert figure.state == state
        assert rerun_values("figure", contract.model.figures["figure"], effect, {}) == ()
