"""The rules of thin data, each at its edge, on results that say no more than the rules read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import pytest

from effekt._text import Text
from effekt.contracts.thin_data import (
    MinimumN,
    PaymentQuantity,
    cohort_open,
    complete_day,
    matched_share,
    members_of,
    refused_counts,
    tied,
    too_early,
    too_few,
    unmatched,
    with_minimum,
    with_verdict,
)
from effekt.exceptions import UnavailableError
from effekt.result import Diagnostic

LEAST = MinimumN(rows=20, clusters=6, on_fewer="refer")


@dataclass(frozen=True)
class Sample:
    n_obs: int | None = 20
    n_units: int | None = 20
    n_treated: int | None = 8
    n_control: int | None = 12
    n_clusters: int | None = 6


@dataclass(frozen=True)
class Effect:
    sample: Sample = Sample()
    diagnostics: tuple[Diagnostic, ...] = ()
    std_error: float | None = 1.0

    def with_diagnostics(self, *more: Diagnostic) -> Effect:
        return replace(self, diagnostics=(*self.diagnostics, *more))


@dataclass(frozen=True)
class Several:
    effects: tuple[Effect, ...]
    overall: Effect | None = None

    def __getitem__(self, label: str) -> Effect:
        return self.effects[int(label)]


def check(name: str, **values: Any) -> Diagnostic:
    return Diagnostic(name=name, status="information", statement=Text(en="It is so.", sv="Så är det."), values=values)


# ------------------------------------------------------------------------------------------------ the smallest numbers


@pytest.mark.parametrize(
    ("sample", "rows", "clusters", "words"),
    [
        (Sample(), "enough", "enough", ("as many", "så många finns.")),
        (Sample(n_obs=19), "fewer", "enough", ("not that many", "så många finns inte.")),
        (Sample(n_clusters=None), "enough", "fewer", ("not that many", "så många finns inte.")),
    ],
)
def test_the_smallest_number_itself_is_enough(sample: Sample, rows: str, clusters: str, words: tuple[str, str]) -> None:
    found = with_minimum(Effect(sample), LEAST)
    told = found.diagnostics[-1]
    assert dict(told.values) == {"rows": rows, "clusters": clusters}
    assert told.status == ("ok" if words[0] == "as many" else "warning")
    assert told.statement.en.endswith(f"there are {words[0]}.")
    assert told.statement.sv.endswith(words[1])
    assert (too_few("f", LEAST, (found,)) is None) is (told.status == "ok")


def test_every_member_of_a_set_and_its_whole_are_judged() -> None:
    enough, few = Effect(), Effect(Sample(n_obs=3))
    found = with_minimum(Several((enough, few), overall=few), LEAST)
    assert [one.diagnostics[-1].values["rows"] for one in found.effects] == ["enough", "fewer"]
    assert found.overall.diagnostics[-1].values["rows"] == "fewer"
    assert with_minimum(Several((enough,)), LEAST).overall is None
    assert too_few("f", LEAST, tuple(found.effects)) is not None
    assert too_few("f", LEAST, (found.effects[0],)) is None


@pytest.mark.parametrize("minimum", ["none", None])
def test_no_smallest_number_is_held_against_nothing(minimum: str | None) -> None:
    effect = Effect(Sample(n_obs=1))
    assert with_minimum(effect, minimum) is effect
    assert too_few("f", minimum, (effect,)) is None


def test_a_result_that_does_not_say_whether_it_has_enough_has_not() -> None:
    found = too_few("f", MinimumN(rows=1, on_fewer="wait"), (Effect(),))
    assert found is not None
    assert found.state == "not_yet_determinable"
    assert "at least 1 row" in found.reason.en


def test_counts_that_an_analysis_never_has() -> None:
    every = MinimumN(rows=1, units=1, treated=1, control=1, clusters=1, on_fewer="wait")

    def refused(**kind: bool) -> dict[str, str]:
        return dict(refused_counts(every, **{"measure": False, "pair": False, "clustered": True, **kind}))

    assert refused() == {}
    arms = dict.fromkeys(("treated", "control"), "an outcome has no arms")
    assert refused(measure=True) == arms
    assert refused(clustered=False) == {"clusters": "the method has no clusters"}
    assert refused(measure=True, clustered=False) == arms | {"clusters": "the method has no clusters"}
    assert set(refused(pair=True)) == {"units", "treated", "control", "clusters"}


# ---------------------------------------------------------------------------------------------------------------- days


def test_outcomes_are_complete_on_the_day_after_their_last_and_the_run_out() -> None:
    assert complete_day("2011-12-31", None) == "2012-01-01"
    assert complete_day("2011-12-31", 0) == "2012-01-01"
    assert complete_day("2011-12-31", 1) == "2012-01-02"


@pytest.mark.parametrize(
    ("until", "date", "waits"),
    [
        ("2011-12-31", "2012-01-10", True),
        ("2011-12-31", "2012-01-11", False),
        (None, "2012-01-10", False),
        ("2011-12-31", None, False),
    ],
)
def test_a_figure_waits_until_its_outcomes_are_complete(until: str | None, date: str | None, waits: bool) -> None:
    found = too_early("f", until, 10, date)
    assert (found is not None) is waits
    if found is not None:
        assert found.state == "not_yet_determinable"
        assert "from 2012-01-11 on" in found.reason.en


@pytest.mark.parametrize(
    ("closes", "date", "waits"),
    [
        ("2011-12-31", "2011-12-30", True),
        ("2011-12-31", "2011-12-31", True),
        ("2011-12-31", "2012-01-01", False),
        (None, "2011-12-30", False),
        ("2011-12-31", None, False),
    ],
)
def test_a_cohort_is_open_through_its_last_day(closes: str | None, date: str | None, waits: bool) -> None:
    found = cohort_open("f", closes, date)
    assert (found is not None) is waits
    if found is not None:
        assert found.state == "not_yet_determinable"
        assert "closes on 2011-12-31" in found.reason.en


# ---------------------------------------------------------------------------------------------------------------- ties


def ties(low: object, high: object, **more: object) -> Effect:
    return Effect(diagnostics=(check("tie_orders", count=2, min=low, max=high, **more),))


ENDS = {"min_conf_low": "0", "max_conf_low": "0", "min_conf_high": "0", "max_conf_high": "0"}


@pytest.mark.parametrize(("high", "steady"), [("1.5", True), ("1.5000000001", True), ("1.500000004", False)])
def test_a_range_of_just_the_tolerance_but_for_what_floats_part_is_steady(high: str, steady: bool) -> None:
    """Two floats of one estimate may part by 1e-9 of the larger end, here 1.5e-9."""
    assert (tied("f", "0.5", (ties("1", high),), certain=False) is None) is steady


def test_the_noise_is_of_the_end_that_is_larger_in_size() -> None:
    assert tied("f", "1002", (ties("-1000", "2.000001"),), certain=False) is None
    assert tied("f", "1002", (ties("-1000", "2.0000011"),), certain=False) is not None
    assert tied("f", "0", (ties("0.0000001", "0.00000010005"),), certain=False) is not None


@pytest.mark.parametrize("end", ["_conf_low", "_conf_high"])
def test_an_interval_that_moves_refers_a_figure_of_certainty_alone(end: str) -> None:
    moved = ties("1", "1", **(ENDS | {f"max{end}": "0.6"}))
    assert tied("f", "0.5", (moved,), certain=False) is None
    found = tied("f", "0.5", (moved,), certain=True)
    assert found is not None
    assert found.state == "referred"
    assert "the interval of the estimate depends" in found.reason.en


def test_an_estimate_without_an_interval_has_none_that_moves() -> None:
    assert tied("f", "0.5", (replace(ties("1", "1"), std_error=None),), certain=True) is None


def test_one_member_that_moves_is_enough_and_one_that_does_not_is_no_help() -> None:
    assert tied("f", "0.5", (ties("1", "1"), ties("1", "2")), certain=False) is not None
    assert tied("f", "0.5", (ties("1", "2"), ties("1", "1")), certain=False) is not None


@pytest.mark.parametrize("lost", sorted(ENDS))
def test_an_interval_that_is_not_told_for_all_orders_refers_a_figure_of_certainty(lost: str) -> None:
    told = ties("1", "1", **ENDS)
    lacking = ties("1", "1", **{name: value for name, value in ENDS.items() if name != lost})
    assert tied("f", "0.5", (told,), certain=True) is None
    found = tied("f", "0.5", (told, lacking), certain=True)
    assert found is not None
    assert "it is not known" in found.reason.en
    assert tied("f", "0.5", (lacking,), certain=False) is None


def test_a_check_without_its_number_is_no_steady_one() -> None:
    with pytest.raises(UnavailableError, match="must have the number max"):
        tied("f", "0.5", (ties("1", None),), certain=False)


# ------------------------------------------------------------------------------------------------ those without a match

SHARED = PaymentQuantity(counts="enrolled", unmatched="zero")


def compared(treated: object, matched: object, used: int | None) -> Any:
    return Effect(Sample(n_treated=used), (check("matched_sample", treated=treated, matched=matched),))


def test_the_share_is_of_those_who_are_both_matched_and_used() -> None:
    assert matched_share(SHARED, compared(10, 8, 8)) == Fraction(8, 10)
    assert matched_share(SHARED, compared(10, 8, 7)) == Fraction(7, 10)
    assert matched_share(SHARED, compared(10, 7, 8)) == Fraction(7, 10)
    assert matched_share(PaymentQuantity(counts="matched", unmatched="zero"), compared(10, 8, 8)) == 1
    assert matched_share(None, compared(10, 8, 8)) == 1


@pytest.mark.parametrize("effect", [compared(None, 8, 8), compared(10, None, 8), compared(10, 8, None), Effect()])
def test_hidden_counts_pay_nobody(effect: Any) -> None:
    with pytest.raises(UnavailableError, match="must say how many are treated"):
        matched_share(SHARED, effect)
    with pytest.raises(UnavailableError, match="must say how many are treated"):
        unmatched("f", SHARED, effect, None)


def test_what_was_found_of_the_counts_is_of_its_own_figure() -> None:
    hidden: Any = Effect(diagnostics=(check("payment_quantity", figure="g", verdict="some_unmatched"),))
    with pytest.raises(UnavailableError, match="must say how many are treated"):
        unmatched("f", SHARED, hidden, None)
    found = unmatched("g", SHARED, hidden, None)
    assert found is not None
    assert "some have no match" in found.reason.en


@pytest.mark.parametrize(("matched", "verdict", "status"), [(10, "holds", "ok"), (9, "some_unmatched", "warning")])
def test_a_public_effect_says_what_was_found(matched: int, verdict: str, status: str) -> None:
    term = PaymentQuantity(counts="matched", unmatched="refer")
    effect: Any = compared(10, matched, 10)
    public: Any = Effect()
    told = with_verdict("f", term, effect, public, None).diagnostics[-1]
    assert (told.name, told.status) == ("payment_quantity", status)
    assert dict(told.values) == {"figure": "f", "verdict": verdict}
    assert with_verdict("f", term, effect, effect, None) is effect
    assert with_verdict("f", term, public, public, None) is public
    assert with_verdict("f", None, effect, public, None) is public


def test_the_members_of_a_figure() -> None:
    one, other = Effect(Sample(n_obs=1)), Effect(Sample(n_obs=2))
    several: Any = Several((one, other))
    assert members_of(several, ("1", "0")) == (other, one)
    assert members_of(several, ()) == (several,)
    alone: Any = one
    assert members_of(alone, ("0",)) == (one,)
