"""What a contract can come to pay before there are data: by hand, by every value, by lot, and in words."""

from __future__ import annotations

import functools
import itertools
import json
import math
import re
import shutil
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles.outlook import closed_form, cumulative, expected_by_cell, expected_by_lot

from effekt import ArgumentError, read_contract, workflow
from effekt.contracts import Contract, minimum_total, parse_contract
from effekt.contracts.curve import CELLS, expectations, straight_pieces
from effekt.contracts.money import round_to
from effekt.contracts.scenarios import gates, paying_figures
from effekt.diagnostics import IndividualDesign, KnownPrecision, minimum_detectable_effect
from effekt.workflow import Outlook, outlook, undecided

POINTS = '[{at: "0", pays: "0"}, {at: "0.12", pays: "5000000"}]'
ASSUMED = {"delivered": "1", "invested": "10000000", "school_improved": "1"}
MILLION = 1_000_000


def case(name: str) -> Contract:
    return read_contract(workflow.case(name) / "contract.yaml")


@functools.cache
def usual() -> Outlook:
    """The outlook on the sick-leave case as it is."""
    return outlook(case("sick-leave"), std_errors=["0.05"])


def sick_leave(pays: str, *, digits: int = 6, extra: str = "") -> Contract:
    """The sick-leave case with another payment on its reduction."""
    text = (workflow.case("sick-leave") / "contract.yaml").read_text(encoding="utf-8")
    assert POINTS in text
    text = text.replace(f"piecewise: {{figure: reduction, points: {POINTS}}}", pays)
    text = text.replace(
        "digits: 6\n    unit: fraction\n  placebo_sd", f"digits: {digits}\n    unit: fraction\n  placebo_sd"
    )
    return parse_contract((text.rstrip("\n") + "\n" + extra).encode())


TEN_MILLION = 'piecewise: {figure: reduction, points: [{at: "0", pays: "0"}, {at: "0.2", pays: "10000000"}]}'
STEPS = 'tiers: {figure: reduction, steps: [{from: "0.085", pays: "4800000"}, {from: "0.10", pays: "9600000"}]}'
BANDS = 'bands: {figure: reduction, bands: [{from: "0.05", to: "0.10", pays_from: "1000000", pays_to: "2000000"}]}'


def steps(x: float) -> float:
    return 9_600_000 if x >= 0.10 else 4_800_000 if x >= 0.085 else 0


def bands(x: float) -> float:
    if x < 0.05:
        return 0
    return 2_000_000 if x >= 0.10 else float(round(1_000_000 + (x - 0.05) / 0.05 * 1_000_000))


# ----------------------------------------------------------------------------------------------- expectation


@pytest.mark.parametrize(
    ("effect", "known", "expected"),
    [
        ("0", "0", (598_413, 1_196_491, 1_774_600)),
        ("0.06", "3000000", (3_012_736, 3_239_988, 3_563_985)),
        ("0.12", "6000000", (5_998_238, 5_898_287, 5_729_561)),
        ("0.18", "9000000", (8_773_321, 8_238_438, 7_698_822)),
    ],
)
def test_ten_million_at_a_fifth(effect: str, known: str, expected: tuple[int, ...]) -> None:
    """A table computed outside effekt, rounded to whole kronor there."""
    errors = ("0.03", "0.06", "0.09")
    found = outlook(sick_leave(TEN_MILLION), std_errors=errors, effects=[effect])
    for error, want in zip(errors, expected, strict=True):
        (one,) = [s for s in found.scenarios if (s.effect, s.std_error) == (effect, error)]
        assert one.payment_if_known == known
        assert one.expected_payment == pytest.approx(want, abs=0.6)
        assert one.expected_payment == pytest.approx(
            closed_form(50 * MILLION, 0, 10 * MILLION, float(effect), float(error)), abs=0.2
        )


@pytest.mark.parametrize(("pays", "function"), [(STEPS, steps), (BANDS, bands)], ids=["steps", "bands"])
@pytest.mark.parametrize("effect", ["0", "0.07", "0.1"])
def test_every_value_one_by_one(pays: str, function: Callable[[float], float], effect: str) -> None:
    found = outlook(sick_leave(pays, digits=5), std_errors=["0.04"], effects=[effect])
    (one,) = [s for s in found.scenarios if s.effect == effect]
    want = expected_by_cell(function, 5, float(effect), 0.04)
    assert one.expected_payment == pytest.approx(want, rel=1e-6)
    paid = expected_by_cell(lambda x: float(function(x) > 0), 5, float(effect), 0.04)
    assert one.payment_probability == pytest.approx(paid, rel=1e-10)


def test_few_values_are_summed_exactly() -> None:
    """With three decimals there are few enough values to settle them all, rounding of amounts included."""
    found = outlook(sick_leave(BANDS, digits=3), std_errors=["0.02"], effects=["0.05"])
    assert CELLS > 2 * 9 * 0.02 * 1000 + 50
    (one,) = [s for s in found.scenarios if s.effect == "0.05"]
    assert one.expected_payment == pytest.approx(expected_by_cell(bands, 3, 0.05, 0.02), rel=1e-10)


def test_drawn_by_lot() -> None:
    """A share of savings under a condition on the confidence and a cap, against twenty thousand draws."""
    (none, one) = outlook(case("nsw"), figure="total", std_errors=["124135"], effects=["300000"]).scenarios
    for found, mean in ((none, 0.0), (one, 300_000.0)):

        def pays(x: float) -> float:
            return min(0.30 * x, 150_000) if round(cumulative(x / 124_135), 4) >= 0.95 else 0.0

        average, error = expected_by_lot(pays, 2, mean, 124_135.0, 20_000, 7)
        assert abs(found.expected_payment - average) < 4 * error
        assert found.expected_payment == pytest.approx(expected_by_cell(pays, -1, mean, 124_135.0), rel=1e-4)
    assert none.gates == {"share": pytest.approx(0.05, abs=1e-4)}


@given(
    mean=st.floats(-3, 3),
    error=st.floats(0.1, 0.5),
    at=st.integers(-3000, 3000),
    jump=st.integers(0, 50),
    slope=st.integers(-3, 3),
)
def test_a_jump_and_a_slope(mean: float, error: float, at: int, jump: int, slope: int) -> None:
    """y = jump·1[k ≥ at] + slope·max(k − at, 0) over thousandths, a rising one found without being told where."""

    def function(k: int) -> tuple[Fraction]:
        return (Fraction((jump if k >= at else 0) + slope * max(k - at, 0)),)

    ends = math.floor((mean - 9 * error) * 1000), math.ceil((mean + 9 * error) * 1000)
    marks = [at] if slope < 0 else []  # what falls back to where it was can be missed unless it is written
    pieces = straight_pieces(function, *ends, marks, (Fraction(0),))
    assert [piece.low for piece in pieces] == sorted(piece.low for piece in pieces)
    assert pieces is not None
    (found,) = expectations(pieces, 0.001, mean, error)
    want = expected_by_cell(lambda x: float(function(round(x * 1000))[0]), 3, mean, error)
    assert found == pytest.approx(want, rel=1e-6, abs=1e-3)
    if not jump and not slope:
        assert found == 0


def test_what_has_no_end_of_bends_is_given_up() -> None:
    assert straight_pieces(lambda k: (Fraction(k * k),), 0, 10_000, [], (Fraction(0),), 300) is None


def test_probabilities_sum_to_one_and_rise_with_the_effect() -> None:
    found = outlook(sick_leave(STEPS), std_errors=["0.05"], effects=["-0.1", "0.05", "0.1", "0.3"])
    for one in found.scenarios:
        assert sum(part.probability for part in one.intervals) == pytest.approx(1, abs=1e-12)
        assert [(part.low, part.high) for part in one.intervals] == [(None, "0.085"), ("0.085", "0.1"), ("0.1", None)]
        assert one.intervals[-1].probability == pytest.approx(
            cumulative((float(one.effect) - 0.1 + 0.5e-6) / 0.05), rel=1e-10
        )
    for before, after in itertools.pairwise(found.scenarios):
        assert after.expected_payment > before.expected_payment
    assert [one.effect for one in found.scenarios if one.no_effect] == ["0"]


# ------------------------------------------------------------------------------------------------- the curve


def corners(contract: Contract, **more: object) -> list[tuple[str, str]]:
    found = outlook(contract, std_errors=["0.05"], **more)  # type: ignore[arg-type]
    return [(corner.value, corner.payment) for corner in found.corners][1:-1]


def test_the_curve_of_steps_is_two_jumps() -> None:
    want = [("0.084999", "0"), ("0.085000", "4800000"), ("0.099999", "4800000"), ("0.100000", "9600000")]
    assert corners(sick_leave(STEPS)) == want


def test_the_curve_of_a_band_is_a_jump_and_two_bends() -> None:
    want = [("0.049999", "0"), ("0.050000", "1000000"), ("0.100000", "2000000")]
    assert corners(sick_leave(BANDS)) == want


def test_a_cap_bends_the_curve_where_no_value_is_written() -> None:
    """12 million a unit, at most 1 million: at a twelfth, between two values the figure can have."""
    price = 'unit_price: {figure: reduction, price: "12000000", below_zero: zero}\n        cap: "1000000"'
    assert corners(sick_leave(price)) == [("0.000000", "0"), ("0.083333", "999996"), ("0.083334", "1000000")]


def test_a_narrow_condition_is_found_from_the_file() -> None:
    """Paid in a window of two values only, which no search by halves would meet."""
    gate = 'when: {all: [{figure: reduction, ge: "0.031415"}, {figure: reduction, lt: "0.031417"}]}'
    found = corners(sick_leave(f'fixed: "7"\n      {gate}'))
    assert found == [("0.031414", "0"), ("0.031415", "7"), ("0.031416", "7"), ("0.031417", "0")]


def test_norrkoping_between_forty_per_cent_and_the_cap() -> None:
    found = outlook(case("norrkoping"), figure="savings", std_errors=["2000000"], effects=["8000000"], assumed=ASSUMED)
    shown = [(corner.value, corner.payment) for corner in found.corners]
    assert shown[1:-1] == [("4000000", "4000000"), ("12000000", "12000000")]
    assert (found.minimum_total, found.maximum_total) == ("0", "12000000")
    (one,) = found.scenarios
    assert one.gates["premium"] == pytest.approx(cumulative(-1.0), abs=1e-6)
    assert found.no_false_payment is not None
    assert not found.detectable


def test_without_the_school_result_the_premium_is_not_paid() -> None:
    found = outlook(
        case("norrkoping"),
        figure="savings",
        std_errors=["2000000"],
        effects=["15000000"],
        assumed={**ASSUMED, "school_improved": "0"},
    )
    assert found.scenarios[0].payment_if_known == "10000000"
    assert found.scenarios[0].gates["premium"] == 0


def test_a_share_becomes_units_with_the_mean_without_the_intervention() -> None:
    """Peterborough, first cohort: 1 000 men, 1.55 reconvictions a man, a fall of a tenth pays from 155 avoided."""
    pooled = {"reduction_2": "0", "reduction_pooled": "0", "avoided_2": "0", "avoided_pooled": "0"}
    found = outlook(
        case("peterborough"),
        figure="reduction_1",
        std_errors=["0.03"],
        effects=["0.12"],
        assumed=pooled,
        counterfactual_mean="1.55",
    )
    (one,) = [s for s in found.scenarios if s.effect == "0.12"]
    assert one.payment_if_known == "186000.00"
    jump = [(c.value, c.payment) for c in found.corners if c.value in ("0.099999", "0.100000")]
    assert jump == [("0.099999", "0.00"), ("0.100000", "155000.00")]

    def pays(x: float) -> float:
        return 1_000 * round(1_550 * x, 2) if x >= 0.1 else 0.0

    assert one.expected_payment == pytest.approx(expected_by_cell(pays, 5, 0.12, 0.03), rel=1e-4)


# ------------------------------------------------------------------------- liability, return, power, false pay


def test_the_liability_is_spread_over_the_years_to_the_quantum() -> None:
    found = outlook(sick_leave(TEN_MILLION), std_errors=["0.1"], years=[2021, 2019, 2020])
    assert dict(found.maximum_by_year) == {"2019": "3333334", "2020": "3333333", "2021": "3333333"}


def test_a_contract_without_a_bound_has_no_maximum_to_spread() -> None:
    price = 'unit_price: {figure: reduction, price: "1000", below_zero: negative}'
    found = outlook(sick_leave(price), std_errors=["0.1"], years=[2020])
    assert (found.minimum_total, found.maximum_total, dict(found.maximum_by_year)) == (None, None, {})
    assert "Avtalet betalar utan bevisad undre gräns och utan övre gräns." in found.text()
    assert "The contract pays without a proved lower bound and without an upper bound." in found.text("en")
    assert minimum_total(case("rate-card")) == "0.00"


def test_the_return_of_one_and_of_two_instalments() -> None:
    def found(invested: dict[str, str], effect: str) -> workflow.Outlook:
        return outlook(
            case("norrkoping"),
            figure="savings",
            std_errors=["1000000"],
            effects=[effect],
            assumed=ASSUMED,
            invested=invested,
            paid="2020-09-01",
        )

    one = found({"2016-09-01": "10000000"}, "12000000").scenarios[0]
    assert one.return_if_known == pytest.approx(1.2 ** (365 / 1461) - 1, abs=1e-14)
    two = found({"2018-09-02": "5000000", "2019-09-02": "5000000"}, "11000000").scenarios[0]
    growth = (-5 + math.sqrt(25 + 4 * 5 * 11)) / 10  # 5g² + 5g = 11
    assert two.return_if_known == pytest.approx(growth - 1, abs=1e-14)
    assert two.loss_probability == pytest.approx(cumulative(-1), abs=1e-6)


def test_nothing_back_is_a_return_of_minus_one() -> None:
    nothing = {"delivered": "0", "invested": "10000000", "school_improved": "0"}
    money = {"invested": {"2016-09-01": "10000000"}, "paid": "2020-09-01"}
    found = outlook(
        case("norrkoping"),
        figure="savings",
        std_errors=["1"],
        effects=["-5"],
        assumed=nothing,
        **money,  # type: ignore[arg-type]
    )
    assert (found.scenarios[0].return_if_known, found.scenarios[0].loss_probability) == (-1.0, 1.0)


def test_no_return_without_an_investor_or_an_investment() -> None:
    found = usual()
    assert str(found.no_return) == (
        "No return is computed, since what the investor pays in, and when, is not declared."
    )
    paid = outlook(case("sick-leave"), std_errors=["0.05"], invested={"2019-01-01": "1"}, paid="2022-01-01")
    assert str(paid.no_return) == (
        "No return is computed, since no line, waterfall or guarantee pays a party whose role is investor."
    )
    assert paid.scenarios[0].return_if_known is None


def test_the_detectable_effect_is_that_of_the_diagnostics() -> None:
    (found,) = usual().detectable
    want = minimum_detectable_effect(KnownPrecision(std_error=0.05), threshold=0.12, scale="relative")
    assert found.smallest == want.values["minimum_detectable_effect"]
    assert found.text.en == (
        f"{want.statement.en} That is by a two-sided test with 95% confidence; the contract has no condition on how "
        "certain the effect is."
    )
    assert (found.threshold, found.level, found.alternative) == ("0.12", "0.95", "two-sided")
    z, line = found.smallest / 0.05, 1.959963984540054
    assert cumulative(z - line) + cumulative(-z - line) == pytest.approx(0.8, abs=1e-10)
    half = 500_000
    trial = IndividualDesign(
        n_treated=half, n_control=half, sd=0.05 / math.sqrt(2 / half)
    )  # with the same standard error
    same = minimum_detectable_effect(trial).values["minimum_detectable_effect"]
    assert same == pytest.approx(found.smallest, rel=1e-5)


CERTAIN = """
  low:
    {estimate: absence, view: relative_improvement, statistic: confidence_low, level: "0.95", alternative: ALTERNATIVE,
     digits: 6, unit: fraction, on_unavailable: refer}
  chance:
    {estimate: absence, view: relative, statistic: p_value, digits: 4, unit: fraction, on_unavailable: refer}
payment:"""


def gated(when: str, alternative: str = "greater") -> Contract:
    """The sick-leave case with a condition on how certain its reduction is."""
    text = (workflow.case("sick-leave") / "contract.yaml").read_text(encoding="utf-8")
    text = text.replace("\npayment:", CERTAIN.replace("ALTERNATIVE", alternative))
    return parse_contract((text.rstrip("\n") + f"\n      when: {when}\n").encode())


@pytest.mark.parametrize(
    ("when", "alternative", "level", "sided", "lines"),
    [
        ('{figure: confidence_any, ge: "0.9"}', "greater", "0.9", "greater", (1.281266714546874,)),
        ('{not: {figure: confidence_any, ge: "0.9"}}', "greater", "0.95", "two-sided", (1.959963984540054,) * 2),
        ('{figure: low, gt: "0"}', "greater", "0.95", "greater", (1.6448536269514722,)),
        ('{figure: low, gt: "0"}', "two-sided", "0.95", "two-sided", (1.959963984540054,)),
        ('{figure: chance, le: "0.1"}', "greater", "0.9", "two-sided", (1.6446112760280927,) * 2),
        (
            '{all: [{figure: reduction, ge: "0"}, '
            '{any: [{figure: confidence_any, gt: "0.8"}, {figure: low, ge: "0"}]}]}',
            "greater",
            "0.95",
            "greater",
            (1.6448536269514722,),
        ),
    ],
)
def test_the_detectable_effect_is_at_the_level_of_the_contracts_own_condition(
    when: str, alternative: str, level: str, sided: str, lines: tuple[float, ...]
) -> None:
    """By the normal curve: the power of the test at the effect that is named is 0.8.

    A confidence of four decimals is at least 0.9 from 0.89995 on, and a p-value at most 0.1 up to 0.10005. The end of
    a two-sided interval is passed on its own side.
    """
    (found,) = outlook(gated(when, alternative), std_errors=["0.05"]).detectable
    z = found.smallest / 0.05
    assert (found.level, found.alternative) == (level, sided)
    assert cumulative(z - lines[0]) + sum(cumulative(-z - line) for line in lines[1:]) == pytest.approx(0.8, abs=1e-9)
    word = {"greater": "a one-sided", "two-sided": "a two-sided" if len(lines) == 2 else "one side of a two-sided"}[
        sided
    ]
    assert f"That is by {word} test with {100 * Fraction(level)}% confidence" in found.text.en


def test_the_condition_is_named_as_the_contract_names_it() -> None:
    (found,) = outlook(gated('{figure: confidence_any, ge: "0.95"}'), std_errors=["0.05"]).detectable
    assert found.text.sv.endswith(
        "Det gäller ett ensidigt test med 95\N{NO-BREAK SPACE}% konfidens, som i avtalets villkor om konfidensen att "
        "minskningen är större än noll."
    )


def test_a_condition_held_against_more_than_no_effect_says_where_it_is_met() -> None:
    """The bound is above 0.04 with probability 0.8 at 0.04 + (1.645 + 0.842)·0.05."""
    (found,) = outlook(gated('{figure: low, ge: "0.04"}'), std_errors=["0.05"]).detectable
    assert found.text.en.endswith("held against 4%; it is met with probability 0.8 at a true value of 16.4%.")
    met = 0.04 + (1.6448536269514722 + 0.8416212335729143) * 0.05
    (again, _) = sorted(
        outlook(gated('{figure: low, ge: "0.04"}'), std_errors=["0.05"], effects=[str(met)]).scenarios,
        key=lambda one: one.no_effect,
    )
    assert list(again.gates.values()) == [pytest.approx(0.8, abs=1e-4)]


def test_figures_are_called_what_the_contract_calls_them() -> None:
    found = usual()
    english, swedish = found.text("en"), found.text("sv")
    assert "Payment by the trend-adjusted reduction: straight between" in english
    assert "Sannolikhet för var den trendjusterade minskningen ligger" in swedish
    assert "reduction" not in swedish
    assert found.plot("sv").axes[0].get_xlabel() == "den trendjusterade minskningen (andel)"
    assert json.loads(found.to_json())["labels"]["reduction"]["en"] == "the trend-adjusted reduction"
    plain = parse_contract(
        re.sub(rb"    label: .*\n", b"", (workflow.case("sick-leave") / "contract.yaml").read_bytes())
    )
    assert "Payment by reduction: straight between" in outlook(plain, std_errors=["0.05"]).text("en")


# ------------------------------------------------------------------------------------------------- undecided


def test_what_norrkoping_leaves_open() -> None:
    found = [(one.field, one.place) for one in undecided(case("norrkoping"))]
    assert found == [
        ("governing_text", "governing_text"),
        ("payment_dates", "payment"),
        ("estimand", "estimands"),
        ("population", "population"),
        ("assurance", "assurance"),
        ("independence", "independence"),
        ("last_days", "dates"),
        ("interim", "interim"),
        ("termination", "termination"),
        ("disputes", "disputes"),
    ]


def test_a_paying_figure_without_a_step_is_asked_for() -> None:
    text = case("danish-dsk").raw.decode()
    step = next(
        one for one in undecided(parse_contract(text.split("measures:")[0].encode())) if one.field == "result_step"
    )
    assert step.text.en.startswith("The file does not say where share_in_work comes from, nor its step")


def test_peterborough_states_its_estimand_and_its_end() -> None:
    found = undecided(case("peterborough"))
    assert not {"estimand", "result_step"} & {one.field for one in found}
    spoiled = "termination.contaminated_comparison"
    assert [one.place for one in found if one.field == "termination"] == [f"{spoiled}.declared_by", f"{spoiled}.closes"]


def test_who_is_paid_for_is_asked_where_units_are_matched() -> None:
    text = re.sub(rb"    payment_quantity: .*\n", b"", case("nsw-cps").raw)
    assert ("payment_quantity", "figures.effect") in [(one.field, one.place) for one in undecided(parse_contract(text))]


def test_a_condition_on_the_confidence_decides_what_happens_without_inference() -> None:
    silent = case("sick-leave").raw.replace(b"    without_inference: pay\n", b"")
    assert "on_unavailable" in {one.field for one in undecided(parse_contract(silent))}
    assert "on_unavailable" not in {one.field for one in undecided(case("nsw"))}


def test_the_edition_of_published_series_is_asked_where_it_is_not_stated() -> None:
    for name in workflow.case_names():
        asked = {one.place for one in undecided(case(name)) if one.field == "data_vintage"}
        analyses, terms = case(name).model.analysis, case(name).model.figures
        paid = {terms[id].estimate for id in paying_figures(case(name)) if hasattr(terms[id], "estimate")}
        open_still = {
            f"analysis.{id}"
            for id, one in analyses.items()
            if id in paid and one.method == "trend_adjusted" and "vintage" not in one.arguments
        }
        assert asked == open_still
    assert "vintage" in case("helsingborg").model.analysis["absence"].arguments
    (one,) = [one for one in undecided(case("sick-leave")) if one.field == "data_vintage"]
    assert one.remedy.sv == "Skriv det som analysis.absence.vintage, före undertecknandet."


def test_a_change_without_a_comparator_has_no_published_series(tmp_path: Path) -> None:
    folder = tmp_path / "alone"
    shutil.copytree(workflow.case("sick-leave"), folder)
    text = (folder / "contract.yaml").read_text(encoding="utf-8")
    for old, new in (
        ("comparator: others ", "comparator: none "),
        ("adjustment: ratio", "adjustment: none"),
        ("weights: denominator", "weights: none"),
    ):
        text = text.replace(old, new)
    (folder / "contract.yaml").write_text(text, encoding="utf-8")
    fields = {one.field for one in undecided(workflow.read_contract(folder / "contract.yaml"))}
    assert "data_vintage" not in fields
    assert "alternatives" in fields


def test_only_what_moves_money_is_asked() -> None:
    assert paying_figures(case("sick-leave")) == ("reduction",)
    assert set(paying_figures(case("norrkoping"))) == set(case("norrkoping").model.figures)
    assert list(gates(case("norrkoping"))) == ["core.pays.greater_of.1", "premium"]


@pytest.mark.parametrize("name", workflow.case_names())
def test_every_case_says_what_it_leaves_open(name: str) -> None:
    found = workflow.check(case(name))
    fields, lines = {one.field for one in found.undecided}, case(name).model.payment.lines.values()
    assert "governing_text" in fields
    assert ("payment_dates" in fields) is any(line.due is None for line in lines)
    for one in found.undecided:
        assert one.text.en.endswith(".")
        assert one.text.sv.endswith(".")
        assert one.text.en != one.text.sv
        assert one.remedy.en.endswith(".")


# ---------------------------------------------------------------------------------------------- what is refused

REFUSED = [
    ({"std_errors": []}, "`std_errors` must hold at least one decimal, each above 0; got []."),
    ({"std_errors": ["0"]}, "`std_errors` must hold at least one decimal, each above 0; got ['0']."),
    ({"std_errors": ["wide"]}, "`std_errors` must hold decimals, such as '0.12'; got 'wide'."),
    ({"effects": [math.nan]}, "`effects` must hold decimals, such as '0.12'; got nan."),
    ({"effects": [True]}, "`effects` must hold decimals, such as '0.12'; got True."),
    (
        {"figure": "reductoin"},
        "`figure` must be a figure of the contract that is neither derived nor a measure of uncertainty: 'reduction'; "
        "got 'reductoin'. Did you mean 'reduction'?",
    ),
    (
        {"assumed": {"reduction": "0.1"}, "figure": "reduction"},
        "`assumed` must not give 'reduction', whose value is varied; leave it out.",
    ),
    ({"assumed": {"speed": "1"}}, "`assumed` must name figures of the contract that are not derived; got 'speed'."),
    ({"years": [2020, 2020]}, "`years` must be different years; got [2020, 2020]."),
    (
        {"paid": "2020-01-01"},
        "`invested` and `paid` must stand together: what is paid in, by day, and the day of payment.",
    ),
]


@pytest.mark.parametrize(("more", "sentence"), REFUSED, ids=range(len(REFUSED)))
def test_what_is_refused(more: dict[str, object], sentence: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        outlook(case("sick-leave"), **{"std_errors": ["0.05"], **more})  # type: ignore[arg-type]
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (
            {},
            "`figure` must say which figure's true value is varied, since 0 estimates move the money; choose "
            "'invested' or 'savings'.",
        ),
        (
            {"figure": "savings", "effects": ["8000000"], "assumed": {"delivered": "1"}},
            "`assumed` must give a value for 'invested' and 'school_improved', since the payment may depend on it and "
            "'savings' does not decide it; or give `counterfactual_mean`, where a share is turned into units.",
        ),
        (
            {"figure": "savings"},
            "`effects` must hold at least one true value, since an outcome has no value of no effect.",
        ),
        (
            {"figure": "savings", "effects": ["1"], "invested": {"2020-13-01": "1"}, "paid": "2021-01-01"},
            "`invested` must have days such as '2020-01-31'; got '2020-13-01'.",
        ),
        (
            {"figure": "savings", "effects": ["1"], "invested": {"2022-01-01": "1"}, "paid": "2021-01-01"},
            "`invested` must hold amounts above 0 on days before `paid`, 2021-01-01; got '1' on 2022-01-01.",
        ),
    ],
)
def test_what_norrkoping_refuses(more: dict[str, object], sentence: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        outlook(case("norrkoping"), std_errors=["1000"], **more)  # type: ignore[arg-type]
    assert str(caught.value) == sentence


# ----------------------------------------------------------------------------------------------------- shown


def test_the_same_bytes_and_no_order() -> None:
    one = outlook(case("sick-leave"), std_errors=["0.03", 0.06], effects=["0.12", Fraction("0.06")])
    other = outlook(case("sick-leave"), std_errors=["0.06", "0.030"], effects=[0.06, "0.12", "0"])
    assert one.to_json() == other.to_json()
    plain = json.loads(one.to_json())
    assert plain["schema"] == "effekt/outlook/1"
    assert plain["scenarios"][0]["payment_if_known"] == "0"


def test_rows_are_plain_and_tidy() -> None:
    found = outlook(case("nsw"), figure="total", std_errors=["100000"], effects=["200000"])
    frame = found.tidy()
    assert list(frame["effect"]) == ["0", "200000"]
    assert list(frame["gate share"]) == [one.gates["share"] for one in found.scenarios]


def test_the_plot_has_one_curve_where_the_standard_error_changes_nothing() -> None:
    (axes,) = outlook(case("sick-leave"), std_errors=["0.03", "0.06"]).plot("sv").axes
    assert len(axes.lines) == 2  # the curve and the line of nothing paid
    assert axes.get_ylabel() == "betalning, SEK"
    (two,) = outlook(case("nsw"), figure="total", std_errors=["100000", "200000"]).plot().axes
    assert len(two.lines) == 3
    assert list(two.lines[0].get_ydata())[1:3] == [0.0, 49331.07]


def test_html_has_every_table_escaped() -> None:
    page = usual()._repr_html_()
    assert page.count("<table>") == 3
    assert "from 0, below 0.12" in page


def test_the_false_payment_in_kronor() -> None:
    text = outlook(case("sick-leave"), std_errors=["0.06"]).text("sv").replace("\N{NO-BREAK SPACE}", " ")
    assert (
        "Om insatsen inte har någon effekt alls och medelfelet är 0,06 betalas ändå något med sannolikheten 50,0 %, "
        "i genomsnitt 976 129 kr." in text
    )
    want = round_to(Fraction(closed_form(5 * MILLION / 0.12, 0, 5 * MILLION, 0.0, 0.06)), Fraction(1), "half_even")
    assert want == 976_129


# ---------------------------------------------------------------------------------------------- command line


def test_check_tells_what_to_expect(effekt: Callable[..., tuple[int, str, str]]) -> None:
    path = workflow.case("sick-leave") / "contract.yaml"
    code, out, _ = effekt(
        "check", path, "--lang", "en", "--std-error", "0.06", "--effect", "0.12", "--years", "2019-2020"
    )
    assert code == 0
    assert "  2020  SEK 2,500,000" in out
    assert "something is still paid with probability 50.0%, on average SEK 976,129." in out
    told = json.loads(effekt("check", path, "--json", "--std-error", "0.06")[1])
    assert told["outlook"]["schema"] == "effekt/outlook/1"
    assert told["undecided"][0]["field"] == "governing_text"
    assert json.loads(effekt("check", path, "--json")[1])["outlook"] is None


@pytest.mark.parametrize(
    ("case", "more", "told"),
    [("sick-leave", (), True), ("sick-leave", ("--std-error", "0.06"), False), ("rate-card", (), False)],
)
def test_check_says_with_what_it_shows_more_where_an_estimate_pays(
    effekt: Callable[..., tuple[int, str, str]], case: str, more: tuple[str, ...], told: bool
) -> None:
    for lang, start in (("en", "With --std-error it shows"), ("sv", "Med --std-error visas")):
        out = effekt("check", workflow.case(case) / "contract.yaml", "--lang", lang, *more)[1]
        assert (f"\n{start}" in out) is told


@pytest.mark.parametrize(("lang", "shared"), [("en", "spread evenly"), ("sv", "jämnt fördelat")])
def test_years_alone_spread_the_most_it_can_pay(
    effekt: Callable[..., tuple[int, str, str]], lang: str, shared: str
) -> None:
    path = workflow.case("sick-leave") / "contract.yaml"
    code, out, _ = effekt("check", path, "--lang", lang, "--years", "2019-2021")
    last = [line.replace("\N{NO-BREAK SPACE}", " ") for line in out.splitlines()[-3:]]
    assert code == 0
    assert [f"{year}, {shared}: " in line for year, line in zip((2019, 2020, 2021), last, strict=True)] == [True] * 3
    assert ["1,666,66" in line or "1 666 66" in line for line in last] == [True] * 3
    told = json.loads(effekt("check", path, "--json", "--years", "2019-2021")[1])
    assert told["maximum_spread"] == {"2019": "1666667", "2020": "1666667", "2021": "1666666"}
    assert told["outlook"] is None


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--years", "twice"), "`--years` must be a year or two such as 2019-2021; got 'twice'."),
        (
            ("--effect", "0.1", "--paid", "2022-01-01"),
            "`--std-error` must be given, once or more, with --effect and --paid: without it there is no outlook.",
        ),
        (
            ("--std-error", "0.1", "--years", "2021-2019"),
            "`--years` must be a year or two such as 2019-2021; got '2021-2019'.",
        ),
        (("--std-error", "0.1", "--assume", "x"), "`--assume` must be NAME=VALUE with each name once; got 'x'."),
    ],
)
def test_what_check_refuses(
    effekt: Callable[..., tuple[int, str, str]], arguments: tuple[str, ...], sentence: str
) -> None:
    code, _, err = effekt("check", workflow.case("sick-leave") / "contract.yaml", *arguments)
    assert (code, err) == (2, f"effekt: {sentence}\n")
