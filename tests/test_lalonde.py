"""The page on LaLonde's data says what the methods find: each row of its tables names a call, which is made again."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import effekt
from effekt._text import format_number
from effekt.estimators.weighting import TARGETS
from effekt.exceptions import InferenceUnavailableError

PAGE = (Path(__file__).parents[1] / "docs" / "explanation" / "lalonde.md").read_text(encoding="utf-8")
TEXT = " ".join(PAGE.split())
TRAITS = ("age", "educ", "black", "hisp", "marr", "nodegree")
ALL = (*TRAITS, "re74", "re75")
SURVEY = effekt.datasets.nsw_cps()
NO_INTERVAL = "none"


@dataclass(frozen=True)
class Found:
    """What the page tells of a comparison."""

    estimate: float
    interval: tuple[float, float] | None
    men: int
    smd: float
    controls: float

    def cells(self) -> list[str]:
        """As in the table."""
        interval = NO_INTERVAL if self.interval is None else " to ".join(spaced(end, 0) for end in self.interval)
        return [str(self.men), f"{self.smd:.2f}", spaced(self.controls, 0), spaced(self.estimate), interval]


def spaced(number: float, digits: int = 2) -> str:
    """'−8 497.52': grouped by spaces, with a decimal point."""
    return format_number(number, "en", digits).replace(",", " ").replace("\N{NO-BREAK SPACE}", " ")


def interval_of(effect: effekt.EffectEstimate) -> tuple[float, float] | None:
    try:
        found = effect.confidence_interval(0.95)
    except InferenceUnavailableError:
        return None
    return found.low, found.high


def matched(covariates: tuple[str, ...], options: dict[str, Any]) -> effekt.Match:
    """The match by these options, each once, however they are written; nearest is the method when none is named."""
    return _matched(covariates, repr(sorted(({"method": "nearest"} | options).items())))


@cache
def _matched(covariates: tuple[str, ...], options: str) -> effekt.Match:
    named = dict(ast.literal_eval(options))
    return effekt.match_controls(SURVEY, unit="unit", treatment="treat", covariates=covariates, **named)


def by_matching(covariates: tuple[str, ...], options: dict[str, Any], **named: Any) -> Found:
    match = matched(covariates, options)
    effect = effekt.matched_comparison(SURVEY, match=match, outcome="re78", **named)
    balance = match.balance.values
    return Found(
        estimate=effect.estimate,
        interval=interval_of(effect),
        men=match.counts.matched,
        smd=balance["largest_smd_after"],
        controls=balance["effective_controls_after"],
    )


def by_both_models(covariates: tuple[str, ...], options: dict[str, Any]) -> Found:
    columns = {"outcome": "re78", "treatment": "treat", "covariates": covariates}
    effect = effekt.doubly_robust(SURVEY, **columns, **options)
    balance = next(found for found in effect.diagnostics if found.name == "covariate_balance").values
    return Found(
        estimate=effect.estimate,
        interval=interval_of(effect),
        men=effect.sample.n_treated,
        smd=balance["largest_smd_after"],
        controls=balance["effective_controls_after"],
    )


@cache
def recomputed(call: str, covariates: tuple[str, ...]) -> Found:
    """What a cell such as `match_controls(method="full")` gives."""
    (node,) = ast.parse(call).body
    assert isinstance(node, ast.Expr)
    assert isinstance(node.value, ast.Call)
    assert isinstance(node.value.func, ast.Name)
    options = {str(word.arg): ast.literal_eval(word.value) for word in node.value.keywords}
    if node.value.func.id == "doubly_robust":
        return by_both_models(covariates, options)
    assert node.value.func.id == "match_controls"
    return by_matching(covariates, options)


def options_of(call: str) -> dict[str, Any]:
    """The options of a cell's call."""
    (node,) = ast.parse(call).body
    assert isinstance(node, ast.Expr)
    assert isinstance(node.value, ast.Call)
    return {str(word.arg): ast.literal_eval(word.value) for word in node.value.keywords}


@cache
def by_name(cell: str) -> Found:
    """What a cell such as "`match_controls(replace=True)`, `matched_comparison(variance="CR2")`" gives."""
    first, *second = re.findall("`([^`]+)`", cell)
    named = [options_of(call.replace("[…]", repr(list(ALL)))) for call in second]
    return by_matching(ALL, options_of(first), **(named[0] if named else {}))


def tables() -> list[tuple[list[str], list[list[str]]]]:
    """Every table as (header, rows), cells stripped."""
    found = []
    for block in re.findall(r"(?:^\|.*\|\n)+", PAGE, re.MULTILINE):
        header, _, *body = [[cell.strip() for cell in line[1:-1].split("|")] for line in block.splitlines()]
        found.append((header, body))
    return found


(HEADER, WITH_EARNINGS), (THIRD, NAMED), (_, BALANCE), (SECOND, WITHOUT), (_, PAID) = tables()
CALLS = [row[1].strip("`") for row in WITH_EARNINGS]
ROWS = [(row, ALL) for row in WITH_EARNINGS] + [(row, TRAITS) for row in WITHOUT]


def of_all() -> list[Found]:
    return [recomputed(call, ALL) for call in CALLS]


def of_traits() -> list[Found]:
    return [recomputed(row[1].strip("`"), TRAITS) for row in WITHOUT]


def kept(found: list[Found]) -> list[Found]:
    """The comparisons that keep all men and leave no difference above 0.1."""
    return [one for one in found if one.men == 185 and one.smd <= 0.1]


def ends(found: list[Found]) -> tuple[float, float]:
    estimates = [one.estimate for one in found]
    return min(estimates), max(estimates)


@cache
def experiment() -> effekt.EffectEstimate:
    return effekt.randomized_trial(effekt.datasets.nsw(), outcome="re78", treatment="treat")


@cache
def nearest() -> effekt.EffectEstimate:
    match = {"unit": "unit", "treatment": "treat", "covariates": list(ALL)}
    return effekt.matched_comparison(SURVEY, match=match, outcome="re78")


@pytest.mark.parametrize(("row", "covariates"), ROWS, ids=[f"{len(of)} {row[1]}" for row, of in ROWS])
def test_a_row_is_what_its_call_finds(row: list[str], covariates: tuple[str, ...]) -> None:
    assert recomputed(row[1].strip("`"), covariates).cells() == row[2:]


def test_every_way_to_match_or_weight_has_a_row_and_the_lowest_effect_comes_first() -> None:
    from effekt.estimators.matching.methods import METHODS

    named = set(re.findall(r'method="(\w+)"', " ".join(CALLS)))
    assert named == {*METHODS, *TARGETS}
    assert SECOND == HEADER
    for found in (of_all(), of_traits()):
        assert [one.estimate for one in found] == sorted(one.estimate for one in found)


@pytest.mark.parametrize("row", NAMED, ids=[row[1] for row in NAMED])
def test_a_row_of_what_is_named_is_what_its_calls_find(row: list[str]) -> None:
    assert by_name(row[1]).cells() == row[2:]


def test_what_is_said_of_what_is_named() -> None:
    found, truth = [by_name(row[1]) for row in NAMED], experiment().estimate
    assert THIRD == HEADER
    assert [one.estimate for one in found] == sorted(one.estimate for one in found)
    intervals = [one.interval for one in found if one.interval is not None]
    assert len(intervals) == len(found)
    held = sum(low <= truth <= high for low, high in intervals)
    beyond = sum(not low <= 0 <= high for low, high in intervals)
    assert f"{held} of the {len(found)} intervals hold the experiment's figure" in TEXT
    assert f"{beyond} of the {len(found)} exclude zero" in TEXT
    for options, words in (
        ("", "by {} on the propensity, where 0.39 was left"),
        ('distance="mahalanobis", ', "by {} on the Mahalanobis distance, where it was 0.03"),
    ):
        match = f"`match_controls({options}replace=True)`, `matched_comparison("
        plain, adjusted = (
            by_name(f'{match}variance="abadie_imbens"{more})`') for more in ("", ", bias_adjustment=[…]")
        )
        assert words.format(spaced(adjusted.estimate - plain.estimate)) in TEXT
        assert f"{plain.smd:.2f}" in words


def test_what_is_without_an_interval_by_default_has_one_by_name() -> None:
    without = {call for call, one in zip(CALLS, of_all(), strict=True) if one.interval is None}
    named = {re.findall("`([^`]+)`", row[1])[0] for row in NAMED}
    assert {str(sorted(options_of(call).items())) for call in without if "nearest" not in call} <= {
        str(sorted(options_of(call).items())) for call in named
    }
    assert sum("nearest" in call for call in without) == 2 == len({call for call in named if "replace=True" in call})


def test_the_balance_of_each_trait() -> None:
    ways = ("", 'distance="mahalanobis", replace=True', 'method="subclassification", subclasses=5')
    rows = [matched(ALL, options_of(f"call({way})")).balance.table for way in (*ways, 'method="entropy_balancing"')]
    assert [row[0] for row in BALANCE] == list(ALL)
    for i, row in enumerate(BALANCE):
        assert row[1:] == [spaced(rows[0]["smd_before"][i]), *(spaced(one["smd_after"][i]) for one in rows)]
    largest = [ALL[max(range(len(ALL)), key=lambda i, one=one: abs(one["smd_after"][i]))] for one in rows]
    assert largest[0] == "age"
    assert largest[2] == "re75"


def test_what_the_experiment_and_the_raw_comparison_say() -> None:
    interval, raw = experiment().confidence_interval(0.95), nearest().observed
    assert f"**USD {spaced(experiment().estimate)}** a year more (95 per cent interval" in TEXT
    assert f"interval {spaced(interval.low, 0)} to {spaced(interval.high, 0)})" in TEXT
    assert f"*cost* each man USD {spaced(raw.control - raw.treated)} a year" in TEXT
    earned = zip(SURVEY.values("re74"), SURVEY.values("treat"), strict=True)
    by_arm: dict[int, list[float]] = {0: [], 1: []}
    for amount, arm in earned:
        by_arm[int(arm)].append(float(amount))
    survey, men = (sum(by_arm[arm]) / len(by_arm[arm]) for arm in (0, 1))
    assert f"earned USD {spaced(survey, 0)} a year in 1974; the participants earned USD {spaced(men, 0)}." in TEXT
    assert f"{len(by_arm[1])} men, throw away the 260, and compare with {spaced(len(by_arm[0]), 0)} men" in TEXT
    before = nearest().diagnostics[0].values["largest_smd_before"]
    assert f"before matching it is {before:.2f}" in TEXT


def test_what_is_read_from_the_table() -> None:
    found, truth = of_all(), experiment().estimate
    low, high = ends(found)
    intervals = [one.interval for one in found if one.interval is not None]
    held = sum(one[0] <= truth <= one[1] for one in intervals)
    beyond = [one for one in found if one.interval is not None and not one.interval[0] <= 0 <= one.interval[1]]
    assert (
        f"From {spaced(low)} to {spaced(high)} is USD {spaced(high - low)}, and the effect is {spaced(truth)}" in TEXT
    )
    assert high - low > truth
    assert f"{held} of the {len(intervals)} intervals hold the experiment's figure" in TEXT
    assert f"only {len(beyond)} of the {len(intervals)} exclude zero" in TEXT
    widths = [one[1] - one[0] for one in intervals]
    assert 2_500 < min(widths) <= sum(widths) / len(widths) < 2_650
    best = kept(found)
    assert f"had {len(best)} of the {len(found)} rows left, from" in TEXT
    assert f"from {' to '.join(spaced(end) for end in ends(best))}." in TEXT
    assert f"The {len(beyond)} rows whose interval excludes zero are not among them" in TEXT
    assert not {one.estimate for one in beyond} & {one.estimate for one in best}


def test_what_is_said_of_single_methods() -> None:
    orders = next(one for one in nearest().diagnostics if one.name == "tie_orders").values
    assert f"gives between {spaced(orders['min'])} and {spaced(orders['max'])}." in TEXT
    assert 52 < experiment().estimate - nearest().estimate < 53
    by_call = dict(zip(CALLS, of_all(), strict=True))
    exact, coarse = (by_call[f'match_controls(method="{name}")'] for name in ("exact", "coarsened_exact"))
    assert f"a counterpart for {exact.men} of the 185, coarsened exact for {coarse.men}." in TEXT
    assert f"({spaced(exact.estimate)} and {spaced(coarse.estimate)})" in TEXT
    quarters = next(one for call, one in by_call.items() if "cutpoints" in call)
    assert f"gives {quarters.men} men, and {spaced(quarters.estimate)}." in TEXT
    balancing = [by_call[f'match_controls(method="{name}")'].estimate for name in tuple(TARGETS)[:2]]
    assert balancing[0] == pytest.approx(balancing[1], rel=1e-9)
    assert by_call['doubly_robust(estimand="ATT")'].estimate == pytest.approx(balancing[0], abs=1)


def test_what_is_left_without_earlier_earnings() -> None:
    found, truth = of_traits(), experiment().estimate
    low, high = ends(found)
    assert high < 0
    assert f"All {len(found)} now say that the programme cost the men money" in TEXT
    assert f"from USD {spaced(-high)} to {spaced(-low)} a year" in TEXT
    assert f"{sum(one.smd <= 0.1 for one in found)} of the {len(found)} leave no difference above 0.1" in TEXT
    assert all(one.interval[1] < 0 for one in found if one.interval is not None)
    assert 4_300 < truth - high < 4_400
    with_earnings = ends([recomputed(row[1].strip("`"), ALL) for row in WITHOUT])
    assert high - low < with_earnings[1] - with_earnings[0]


def test_the_payments() -> None:
    def paid(effect: float) -> str:
        return spaced(max(effect, 0.0) * 185, 0)

    found = of_all()
    raw = nearest().observed
    wanted = [paid(experiment().estimate), paid(raw.treated - raw.control)]
    wanted += [" to ".join(paid(end) for end in ends(some)) for some in (found, kept(found))]
    assert [row[1] for row in PAID] == [*wanted, paid(ends(of_traits())[1])]
    assert f"the survey, {len(found)} ways" in PAID[2][0]
    assert f"the survey, {len(WITHOUT)} ways" in PAID[4][0]
