"""Amounts on other readings by two routes: what one of them alone gets wrong, or leaves out, is told."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from deciding import read_decided
from hypothesis import assume, example, given
from hypothesis import strategies as st
from small_cases import small_sick_leave
from workflow.test_forged_results import settled
from workflow.test_otherwise import YEARS, years
from workflow.test_otherwise import contract as trial

from effekt import Diagnostic, EffectEstimate, independent, workflow
from effekt._text import Text
from effekt.certificates import DEMO_KEY
from effekt.contracts.clauses.per_unit import UnitPrice
from effekt.diagnostics import lee
from effekt.estimators.trend import further
from effekt.independent.limits import NotRepeatedError
from effekt.reports import other_means
from effekt.reports.otherwise import amounts_otherwise
from effekt.workflow.findings import Finding
from effekt.workflow.recomputed import second_otherwise

DAY = "2022-03-15"


def told(path: Path, date: str = DAY) -> dict[str, Finding]:
    """Settled and verified on one machine, whatever is wrong with it."""
    read = read_decided(path)
    found = workflow.verify(workflow.settle(read, date=date).sign(DEMO_KEY), contract=read)
    names = ("independent_otherwise", "independent_reading")
    return {one.name: one for one in found.findings if one.name.partition(":")[0] in names}


def verdicts(found: dict[str, Finding]) -> dict[str, str]:
    return {name: one.verdict for name, one in found.items()}


def test_every_amount_on_another_reading_is_reproduced(tmp_path: Path) -> None:
    found = told(small_sick_leave(tmp_path) / "contract.yaml")
    kinds = ("otherwise:designs", "otherwise:windows", "reading:designs", "reading:windows")
    assert verdicts(found) == {f"independent_{kind}": "reproduced" for kind in kinds}
    assert found["independent_otherwise:windows"].text.en == (
        "Other reference windows (5): the totals that these readings would give are the same by the independent "
        "implementation."
    )
    assert found["independent_reading:windows"].text.sv == (
        "Andra referensfönster (5): läsningarnas siffror är desamma enligt den oberoende beräkningen."
    )


def test_every_bound_of_missing_outcomes_is_reproduced(tmp_path: Path) -> None:
    trial(tmp_path, "11111100--", "1110000000")
    found = told(tmp_path / "contract.yaml", "2021-06-01")
    assert verdicts(found) == {
        "independent_otherwise:missing": "reproduced",
        "independent_reading:missing": "reproduced",
    }


def test_a_payment_on_another_reading_that_the_package_gets_wrong_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trial(tmp_path, "11111100--", "1110000000")
    whole = UnitPrice.pays

    def dearer_above_a_half(self: UnitPrice, x: Fraction) -> Fraction:
        return whole(self, x) + (1 if x > Fraction(1, 2) else 0)  # the estimate is 0.45, and paid as it should be

    monkeypatch.setattr(UnitPrice, "pays", dearer_above_a_half)
    found = told(tmp_path / "contract.yaml", "2021-06-01")
    assert verdicts(found) == {
        "independent_otherwise:missing": "different",
        "independent_reading:missing": "reproduced",
    }
    assert found["independent_otherwise:missing"].text.en == (
        "Where outcomes are missing (1 of 4): Upper trimming bound (Lee): stated SEK\N{NO-BREAK SPACE}62,501, by the "
        "independent implementation SEK\N{NO-BREAK SPACE}62,500."
    )


def test_a_window_that_the_package_gets_wrong_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, whole = small_sick_leave(tmp_path) / "contract.yaml", further._Tried.read

    def lowered(tried: Any, label: str, reference: Any, evaluation: Any) -> None:
        whole(tried, label, reference, evaluation)
        if reference != tried.case.design.reference.window and label in tried.found:
            tried.found[label] -= 0.01

    monkeypatch.setattr(further._Tried, "read", lowered)
    found = told(path)
    assert found["independent_otherwise:windows"].verdict == "reproduced"
    finding = found["independent_reading:windows"]
    assert (finding.verdict, finding.stage) == ("different", "estimate")
    assert finding.text.en.startswith(
        "Other reference windows (5 of 5): Reference window 2016-01–2016-12: figure reduction stated "
    )
    assert ", enligt den oberoende beräkningen " in finding.text.sv


def test_a_window_that_is_left_out_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, whole = small_sick_leave(tmp_path) / "contract.yaml", further._Tried.read

    def some(tried: Any, label: str, reference: Any, evaluation: Any) -> None:
        if reference.last - reference.first != 11 or reference == tried.case.design.reference.window:
            whole(tried, label, reference, evaluation)

    monkeypatch.setattr(further._Tried, "read", some)
    finding = told(path)["independent_reading:windows"]
    assert finding.verdict == "different"
    omitted = "the independent implementation gives this reading, and the certificate does not"
    assert f"absence, window 2016-01–2016-12: {omitted}" in finding.text.en
    assert finding.text.en.count(omitted) == 3


def test_windows_that_are_all_left_out_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = small_sick_leave(tmp_path) / "contract.yaml"
    monkeypatch.setattr(
        further,
        "_baseline_choice",
        lambda case: Diagnostic(name="baseline_choice", status="information", statement=further._NO_WINDOWS),
    )
    found = told(path)
    assert "independent_otherwise:windows" not in found  # the page says nothing of other windows
    assert found["independent_reading:windows"].verdict == "different"
    assert found["independent_reading:windows"].text.en == (
        "Other reference windows (5 of 5): the independent implementation gives this reading, and the certificate does "
        "not."
    )


@pytest.mark.parametrize("left_out", [("adjustment_readings",), ("adjustment_readings", "baseline_choice")])
def test_adjustments_that_are_left_out_are_told(
    left_out: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where nothing stands under what would change the payment."""
    path, whole = small_sick_leave(tmp_path) / "contract.yaml", EffectEstimate.__init__

    def without(effect: EffectEstimate, **given: Any) -> None:
        kept = tuple(one for one in given.get("diagnostics", ()) if one.name not in left_out)
        whole(effect, **(given | {"diagnostics": kept}))

    monkeypatch.setattr(EffectEstimate, "__init__", without)
    found = told(path)
    assert "independent_otherwise:designs" not in found
    finding = found["independent_reading:designs"]
    assert finding.verdict == "different"
    assert finding.text.en == (
        "Other comparators and designs (2 of 2): the independent implementation gives this reading, and the "
        "certificate does not."
    )
    expected = "different" if len(left_out) > 1 else "reproduced"
    assert found["independent_reading:windows"].verdict == expected


@pytest.mark.parametrize("left_out", [("manski_bounds",), ("lee_bounds", "manski_bounds")])
def test_bounds_that_are_left_out_are_told(
    left_out: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trial(tmp_path, "11111100--", "1110000000")
    monkeypatch.setattr(other_means, "BOUNDS", {k: v for k, v in other_means.BOUNDS.items() if k not in left_out})
    finding = told(tmp_path / "contract.yaml", "2021-06-01")["independent_reading:missing"]
    assert finding.verdict == "different"
    count = 2 * len(left_out)
    assert finding.text.en.startswith(f"Where outcomes are missing ({count} of 4): ")
    assert "the independent implementation gives this reading, and the certificate does not" in finding.text.en


def test_windows_of_a_counterfactual_that_the_line_lifts_above_zero_are_repeated_and_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the line it would be 3.4 + (2.9 − 7.7) or so, below zero."""
    rows = ("3.0 3.4 1.2", "5.0 5.6 2.1", "6.0 5.8 2.3", "7.0 7.4 3.1", "8.0 8.2 2.9", "9.0 8.8 3.8", "10.0 10.4 4.0")
    corrected = YEARS.replace("missing: raise", "missing: raise\n    level_correction: regression")
    certificate = years(tmp_path, *rows, text=corrected)
    assert [one.label.en for one in amounts_otherwise(certificate)["windows"]] == [
        "Reference window 2017",
        "Reference window 2017–2018",
    ]
    path = tmp_path / "contract.yaml"
    assert told(path, "2021-06-01")["independent_reading:windows"].verdict == "reproduced"
    monkeypatch.setattr(
        further,
        "_baseline_choice",
        lambda case: Diagnostic(name="baseline_choice", status="information", statement=further._NO_WINDOWS),
    )
    left_out = told(path, "2021-06-01")["independent_reading:windows"]
    assert left_out.verdict == "different"
    assert left_out.text.en == (
        "Other reference windows (2 of 2): the independent implementation gives this reading, and the certificate does "
        "not."
    )


def test_a_figure_in_the_middle_between_two_rounded_ones_is_what_a_contract_without_comparator_pays_on(
    tmp_path: Path,
) -> None:
    """Before and after the reduction is 0.8675 days, of which three digits are 0.868 and those of a float 0.867."""
    certificate = settled(tmp_path, "trend")
    (before_after,) = (one for one in amounts_otherwise(certificate)["designs"] if one.label.en.startswith("Before"))
    assert told(tmp_path / "contract.yaml", "2021-06-01")["independent_reading:designs"].verdict == "reproduced"
    text = (tmp_path / "contract.yaml").read_text(encoding="utf-8")
    for one, other in (("comparator: others", "comparator: none"), ("adjustment: ratio", "adjustment: none")):
        assert one in text
        text = text.replace(one, other)
    text = text.replace("attribution: comparison", "attribution: assumed_baseline").replace(
        "inference: placebo", "inference: none"
    )
    (tmp_path / "contract.yaml").write_text(text, encoding="utf-8")
    alone = workflow.settle(read_decided(tmp_path / "contract.yaml"), date="2021-06-01")
    assert {one.id: one.value for one in alone.figures}["gain"] == before_after.values["gain"] == "0.868"
    assert alone.settlement.total == before_after.settlement.total


def test_a_float_in_the_middle_between_two_rounded_ones_accuses_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the exact means are too long to be kept."""
    settled(tmp_path, "trend")
    monkeypatch.setattr(other_means, "_exactly", lambda *_: None)
    found = told(tmp_path / "contract.yaml", "2021-06-01")["independent_reading:designs"]
    assert found.verdict == "cannot_tell"
    assert found.text.en == (
        "Other comparators and designs (1 of 2): Before and after, with no comparator: a figure lies in the middle "
        "between two rounded ones, so that the last digit of a float decides which is stated, and what would be paid."
    )
    moved = other_means._moved

    def further_off(effect: Any, name: str, label: Text, relative: Any, *means: Any) -> Any:
        yield from moved(effect, name, label, relative + 2e-4 * (name == "adjustment none"), *means)

    monkeypatch.setattr(other_means, "_moved", further_off)
    found = told(tmp_path / "contract.yaml", "2021-06-01")["independent_reading:designs"]
    assert found.verdict == "different"
    assert "figure gain stated 0.865, by the independent implementation 0.868" in found.text.en


@given(
    st.fractions(min_value="0.01", max_value=10, max_denominator=10**6),
    st.fractions(min_value="0.01", max_value=10, max_denominator=10**6),
)
@example(Fraction(1), Fraction(1))
def test_the_mean_before_is_the_simplest_that_gives_the_change(treated: Fraction, before: Fraction) -> None:
    assume(treated > before / 10)
    assert other_means._simplest_mean(treated, float(treated / before - 1)) == before


def test_a_bound_that_the_package_gets_wrong_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trial(tmp_path, "11111100--", "1110000000")
    whole = lee._keep
    monkeypatch.setattr(lee, "_keep", lambda *arms, bottom: replace(whole(*arms, bottom=bottom), mean=0.25))
    finding = told(tmp_path / "contract.yaml", "2021-06-01")["independent_reading:missing"]
    assert finding.verdict == "different"
    assert finding.text.en.startswith(
        "Where outcomes are missing (2 of 4): Lower trimming bound (Lee): figure gain stated 0.5000, by the "
        "independent implementation 0.3750; Upper"
    )


def test_what_it_does_not_repeat_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = small_sick_leave(tmp_path) / "contract.yaml"

    def declined(*_: Any, **__: Any) -> Any:
        raise NotRepeatedError("not this one.", "inte denna.")

    monkeypatch.setitem(independent.OTHERWISE, "trend_adjusted", declined)
    monkeypatch.setattr(second_otherwise.payment, "settle", declined)
    found = told(path)
    assert set(verdicts(found).values()) == {"cannot_tell"}
    assert found["independent_reading:windows"].text == Text(
        en="Other reference windows (5 of 5): the independent implementation declined: not this one.",
        sv="Andra referensfönster (5 av 5): den oberoende beräkningen avstod: inte denna.",
    )
    assert found["independent_otherwise:designs"].text.en == "Other comparators and designs (2 of 2): not this one."


def test_without_data_the_amounts_alone_are_settled_again(tmp_path: Path) -> None:
    path = small_sick_leave(tmp_path) / "contract.yaml"
    read = workflow.read_contract(path)
    certificate = workflow.settle(read, date=DAY).sign(DEMO_KEY)
    (tmp_path / "panel.csv").unlink()
    names = [one.name for one in workflow.verify(certificate, contract=read).findings]
    assert {"independent_otherwise:designs", "independent_otherwise:windows"} <= set(names)
    assert not any(name.startswith("independent_reading") for name in names)
