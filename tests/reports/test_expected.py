"""The expected payment on a certificate's page, against closed forms by hand and the outlook; and why there is none."""

from __future__ import annotations

import shutil
from dataclasses import replace
from fractions import Fraction
from functools import cache
from math import erf, exp, pi, sqrt
from pathlib import Path
from statistics import NormalDist

import pytest
from deciding import read_decided

from effekt import workflow
from effekt.certificates.certificate import Certificate
from effekt.contracts import parse_contract, settle_figures
from effekt.contracts.scenarios import Situation
from effekt.reports import expected
from effekt.reports.absent import absent_section
from effekt.reports.document import Paragraph, Table
from effekt.reports.expected import Drawn, drawn_estimate, expected_blocks, no_expected_payment
from effekt.reports.html import render_page
from effekt.reports.payment import figures_section
from effekt.result import EffectEstimate


@cache
def certificate(case: str, date: str) -> Certificate:
    attested = list(workflow.case_attestations(case).values())[:1]
    return workflow.settle(workflow.case_contract(case), date=date, attestations=attested)


def drawn(found: Certificate) -> Drawn:
    one = drawn_estimate(found)
    assert isinstance(one, Drawn)
    return one


def normal(z: float) -> float:
    return (1 + erf(z / sqrt(2))) / 2


def above(mean: float, error: float, at: float) -> float:
    """The mean of what a normal estimate has above a value, nothing where it is below."""
    z = (mean - at) / error
    return (mean - at) * normal(z) + error * exp(-z * z / 2) / sqrt(2 * pi)


def tables(found: Certificate) -> list[Table]:
    return [block for block in expected_blocks(found) if isinstance(block, Table)]


def amount(cell: str) -> float:
    return float("".join(c for c in cell if c.isdigit()))


def test_a_straight_line_between_two_thresholds_by_hand() -> None:
    """Nothing at 0, SEK 5,000,000 at 0.12: the mean of a call spread, its floor turning noise into money."""
    found = certificate("sick-leave", "2022-03-15")
    one = drawn(found)
    error = float(one.std_error)
    result = found.results["absence"]
    assert isinstance(result, EffectEstimate)
    assert error == result.relative_improvement().placebo_sd
    (table,) = tables(found)
    for row, mean in zip(table.rows, (0.0, float(one.value)), strict=True):
        by_hand = 5_000_000 / 0.12 * (above(mean, error, 0) - above(mean, error, 0.12))
        assert amount(row[2].en) == pytest.approx(by_hand, abs=2)
        assert row[3].en == f"{100 * normal(mean / error):.1f}%"
    assert [row[0].sv for row in table.rows] == ["Ingen effekt", "Den skattade, 0,110617"]
    assert [row[1].en.replace("\N{NO-BREAK SPACE}", " ") for row in table.rows] == ["SEK 0", "SEK 4,609,042"]


def test_a_condition_and_what_is_paid_beside_it_by_hand() -> None:
    found = certificate("botkyrka", "2022-03-15")
    one = drawn(found)
    mean, error = float(one.value), float(one.std_error)
    chance = normal((mean - 0.1199995) / error)  # the figure has six decimals, and half a step rounds up
    payments, conditions = tables(found)
    assert conditions.rows[-1][-1].en == f"{100 * chance:.1f}%"
    assert conditions.rows[0][-1].en == "100.0%"  # attested, and held as it is
    low, high = (float(amount(cell)) for cell in (payments.rows[0][1].en, payments.rows[1][1].en))
    assert (low, high) == (2_000_000, 4_000_000)
    assert amount(payments.rows[1][2].en) == pytest.approx(low + (high - low) * chance, abs=1)


def test_no_confidence_is_above_what_ranks_can_give() -> None:
    """Of 289 placebo units the smallest p is 1/290, however far an estimate lies from the threshold."""
    one = drawn(certificate("sick-leave", "2022-03-15"))

    def confidence(situation: Situation) -> str | None:
        return situation.figures(900_000, one.std_error)["confidence_any"].value

    assert one.situation.smallest_p == Fraction(1, 290)
    assert confidence(one.situation) == "0.9966"
    assert confidence(replace(one.situation, smallest_p=Fraction(0))) == "1.0000"
    assert confidence(replace(one.situation, smallest_p=Fraction(1, 14))) == "0.9286"


@pytest.mark.parametrize(("case", "date"), [("sick-leave", "2022-03-15"), ("finnish-sick-leave", "2022-03-15")])
def test_it_is_what_the_outlook_gives_with_the_spread_that_was_found(case: str, date: str) -> None:
    found = certificate(case, date)
    one = drawn(found)
    outlook = workflow.outlook(
        found.contract,
        figure=one.situation.figure,
        std_errors=[one.std_error],
        effects=[one.value],
        counterfactual_mean=one.situation.counterfactual_mean,
        assumed=one.situation.assumed,
    )
    for row, scenario in zip(tables(found)[0].rows, outlook.scenarios, strict=True):
        assert amount(row[2].en) == pytest.approx(scenario.expected_payment, rel=1e-5, abs=1)
        assert row[3].en == f"{100 * scenario.payment_probability:.1f}%"


@pytest.mark.parametrize("digits", [1, 2, 3])
def test_a_condition_is_met_as_often_whatever_the_figures_decimals(digits: int, tmp_path: Path) -> None:
    """By 290 ranks a confidence of at least 0.9 comes by chance in 10.0 per cent, where the estimate has it so."""
    place = tmp_path / "few"
    shutil.copytree(workflow.case("sick-leave"), place)
    text = (place / "contract.yaml").read_text(encoding="utf-8")
    text = text.replace(
        "digits: 6\n    unit: fraction\n  placebo_sd", f"digits: {digits}\n    unit: fraction\n  placebo_sd"
    )
    text = text.rstrip("\n") + '\n      when: {figure: confidence_any, ge: "0.9"}\n'
    (place / "contract.yaml").write_text(text, encoding="utf-8")
    found = workflow.settle(read_decided(place / "contract.yaml"), date="2022-03-15")
    payments, conditions = tables(found)
    assert conditions.rows[0][1].en == "10.0%"
    one, step = drawn(found), 10.0**-digits
    error, certain = float(one.std_error), 1.2815515655446004 * float(one.std_error)
    by_hand = 0.0
    for k in range(400):
        low, high = max((k - 0.5) * step, certain), (k + 0.5) * step
        if low < high:
            by_hand += min(k * step / 0.12, 1) * 5_000_000 * (normal(high / error) - normal(low / error))
    assert amount(payments.rows[0][2].en) == pytest.approx(by_hand, abs=2)


def guaranteed(folder: Path, amount: str) -> Certificate:
    """The certificate of sick-leave, with half of what the provider lacks of an amount guaranteed."""
    place = folder / "guaranteed"
    shutil.copytree(workflow.case("sick-leave"), place)
    text = (place / "contract.yaml").read_text(encoding="utf-8")
    asked = "figures:\n  promised: {attested: verifier, digits: 0, unit: SEK, question: {sv: a, en: b}}\n"
    for old, new in (
        ("parties:\n", 'parties:\n  gua: {role: guarantor, name: "G"}\n'),
        ("figures:\n", asked),
        (
            "payment:\n",
            "payment:\n  guarantees:\n"
            f'    g: {{guarantor: gua, beneficiary: provider, amount: {amount}, share: "0.5", cap: "9000000"}}\n',
        ),
    ):
        text = text.replace(f"\n{old}", f"\n{new}", 1)
    (place / "contract.yaml").write_text(text, encoding="utf-8")
    return workflow.settle(read_decided(place / "contract.yaml"), date="2022-03-15")


def test_what_guarantors_pay_on_average_stands_beside_the_lines(tmp_path: Path) -> None:
    """Half of what lacks of SEK 3,000,000: a put on the estimate, struck at 0.072, no more than at 0."""
    found = guaranteed(tmp_path, '"3000000"')
    one = drawn(found)
    error = float(one.std_error)
    (table,) = tables(found)
    assert [column.label.en for column in table.columns][1:] == [
        "Paid by the lines if it were known",
        "Expected payment by the lines",
        "Something is paid by the lines",
        "Expected from guarantors",
    ]
    assert [column.label.sv for column in table.columns][2:] == [
        "Väntad betalning av raderna",
        "Något betalas av raderna",
        "Väntat från garanter",
    ]
    for row, mean in zip(table.rows, (0.0, float(one.value)), strict=True):
        lacking = 0.072 - (above(mean, error, 0) - above(mean, error, 0.072))
        assert amount(row[4].en) == pytest.approx(0.5 * 5_000_000 / 0.12 * lacking, abs=2)


def test_what_guarantors_pay_by_a_figure_that_nobody_gave_is_said_not_to_be_in_it(tmp_path: Path) -> None:
    found = guaranteed(tmp_path, "promised")
    (table,) = tables(found)
    assert [column.label.en for column in table.columns][2:] == [
        "Expected payment by the lines",
        "Something is paid by the lines",
    ]
    notes = [block.text for block in expected_blocks(found) if isinstance(block, Paragraph)]
    assert notes[0].en.startswith("What guarantors pay is not in this")
    assert notes[0].sv.startswith("Vad garanter betalar ingår inte")


@pytest.mark.parametrize(
    ("case", "date", "why"),
    [
        ("rate-card", "2023-09-01", "no estimated effect moves the payment"),
        ("peterborough", "2017-07-27", "several estimates move the payment, and how they vary together is not known"),
        ("skolfam-2017", "2022-03-15", "the amount is not determined"),
    ],
)
def test_where_there_is_none_the_page_says_why(case: str, date: str, why: str) -> None:
    found = certificate(case, date)
    assert list(expected_blocks(found)) == []
    reason = no_expected_payment(found)
    assert reason is not None
    assert reason.en == why
    section = absent_section(found, set())
    assert section is not None
    told = [item for block in section.blocks if not isinstance(block, Paragraph) for item in block.items]  # type: ignore[union-attr]
    assert f"The expected payment: {why}." in [item.en for item in told]
    assert f"Den väntade betalningen: {reason.sv}." in [item.sv for item in told]


def test_each_figure_says_whether_it_moves_money() -> None:
    """Of the three only the reduction is read by the terms."""
    found = certificate("sick-leave", "2022-03-15")
    table = next(block for block in figures_section(found).blocks if isinstance(block, Table))
    place = [column.label.en for column in table.columns].index("Moves money")
    told = {figure.id: row[place].sv for figure, row in zip(found.figures, table.rows, strict=True)}
    assert told == {"reduction": "ja", "placebo_sd": "nej", "confidence_any": "nej"}


def test_the_page_says_what_is_supposed() -> None:
    page = render_page(certificate("sick-leave", "2022-03-15"), "sv")
    assert "Väntad betalning" in page
    assert "vore normalfördelad kring sanningen" in page
    assert "Den väntade betalningen:" not in page


def test_a_second_page_settles_no_curve_again_and_has_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    found, settled = certificate("sick-leave", "2022-03-15"), []

    def spy(*given: object, **named: object) -> object:
        settled.append(given)
        return settle_figures(*given, **named)

    monkeypatch.setattr(expected, "settle_figures", spy)
    expected._made_once.cache_clear()
    first, made = render_page(found, lang="en"), len(settled)
    assert render_page(Certificate(found.envelope), lang="en") == first
    assert made > 100
    assert len(settled) - made == 2  # what is paid at each truth


@pytest.mark.parametrize(
    ("written", "bounded", "free"),
    [
        ("statistic: p_value\n    alternative: greater", "0.0714", "0.0000"),
        ('statistic: confidence_low\n    level: "0.95"\n    alternative: two-sided', None, "0.8153"),
        ('statistic: confidence_low\n    level: "0.90"\n    alternative: two-sided', "0.8221", "0.8289"),  # α is 1/14
    ],
)
def test_ranks_bound_a_p_and_the_level_of_an_interval(written: str, bounded: str | None, free: str) -> None:
    """Of 13 placebo units no p is below 1/14, and no interval at level 0.95 exists; by the normal 0.9 − z · 0.0432.

    One at level 0.90 holds every null with p > 1/10, so with p ≥ 2/14: it is that at level 13/14.
    """
    one = drawn(certificate("sick-leave", "2022-03-15")).situation
    path = workflow.case("sick-leave") / "contract.yaml"
    text = path.read_text(encoding="utf-8")
    any_ = 'statistic: confidence_at_least\n    threshold: "0"'
    assert any_ in text
    contract = parse_contract(text.replace(any_, written).encode(), path.parent)
    for smallest, value in ((Fraction(1, 14), bounded), (Fraction(0), free)):
        asked = replace(one, contract=contract, smallest_p=smallest)
        assert asked.figures(900_000, Fraction("0.0432"))["confidence_any"].value == value


@pytest.mark.parametrize(
    ("alpha", "by_rank", "normal_chance"), [("0.10", "1/14", "0.10"), ("0.05", "0", "0.05"), ("0.20", "2/14", "0.20")]
)
def test_without_effect_a_rank_is_as_low_as_often_as_ranks_are(alpha: str, by_rank: str, normal_chance: str) -> None:
    """Of 13 placebos and the treated each is as likely to stand first: p ≤ 0.10 in 1 of 14, not in 1 of 10."""
    one = drawn(certificate("sick-leave", "2022-03-15")).situation
    error, digits = Fraction("0.01"), 10**one.term.digits
    for smallest, chance in ((Fraction(1, 14), by_rank), (Fraction(0), normal_chance)):
        asked = replace(one, smallest_p=smallest)
        met = []
        for place in range(2_000):
            z = NormalDist().inv_cdf((place + 0.5) / 2_000)
            told = asked.figures(round(z * float(error) * digits), error)["confidence_any"].value
            met.append(1 - Fraction(told or "0") <= Fraction(alpha) + Fraction(1, 10_000))
        assert sum(met) / 2_000 == pytest.approx(float(Fraction(chance)), abs=0.002)


def test_the_page_says_that_a_p_is_a_rank() -> None:
    found = certificate("sick-leave", "2022-03-15")
    told = [block.text for block in expected_blocks(found) if isinstance(block, Paragraph)][-1]
    assert "takes from it follows, a p-value by its rank, at least 1/290; and that all other figures" in told.en
    assert "tar ur den följer med, ett p-värde efter sin rang, minst 1/290; och att alla andra siffror" in told.sv
