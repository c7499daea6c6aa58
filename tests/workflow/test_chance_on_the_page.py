"""The chance of a contract's threshold, on the page of what was settled and by `check`: that of the rounded figure."""

from __future__ import annotations

import operator
from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from statistics import NormalDist, fmean, variance
from typing import Any

import pytest
from deciding import decided
from reports.reading import Page

from effekt import workflow
from effekt.certificates import DEMO_KEY

TREATED, CONTROL = (14, 17, 12, 19, 15, 16, 18, 13, 15, 17), (13, 15, 11, 18, 14, 12, 17, 13, 14, 16)
ERROR = (variance(TREATED) / 10 + variance(CONTROL) / 10) ** 0.5
"""The standard error of the difference, of Neyman."""


def contract_in(folder: Path, *, better: str, view: str, digits: int, when: str) -> Path:
    """A trial of twenty people whose figure pays where it meets a condition; its data beside it."""
    text = (workflow.case("nsw") / "contract.yaml").read_text(encoding="utf-8")
    start, end = text.index("figures:\n"), text.index("payment:\n")
    figure = f"{{estimate: earnings, view: {view}, statistic: estimate, digits: {digits}, unit: days}}"
    text = f"{text[:start]}figures:\n  effect: {figure}\n{text[end:]}"
    start = text.index("      pays: {share_of_savings")
    text = f'{text[:start]}      pays: {{fixed: "1000", when: {{figure: effect, {when}}}}}\n'
    text = text.replace("column: re78", "column: days").replace('unit: "USD a year"', "unit: days")
    text = text.replace("better: higher", f"better: {better}")
    arms = (CONTROL, TREATED) if better == "lower" else (TREATED, CONTROL)
    rows = [f"{days},{1 - place}" for place, arm in enumerate(arms) for days in arm]
    (folder / "nsw.csv").write_text("\n".join(["days,treat", *rows]) + "\n", encoding="utf-8")
    (folder / "contract.yaml").write_text(decided(text), encoding="utf-8")
    return folder / "contract.yaml"


CASES = [
    (better, view, comparison, digits)
    for better, view, comparisons in (
        ("higher", "improvement", ("ge", "gt")),
        ("higher", "difference", ("ge", "gt")),
        ("lower", "improvement", ("ge", "gt")),
        ("lower", "difference", ("le", "lt")),
    )
    for comparison in comparisons
    for digits in (0, 1)
]
SAID = {
    ("higher", "improvement"): "An increase of",
    ("lower", "improvement"): "A reduction of",
    ("higher", "difference"): "A value of",
    ("lower", "difference"): "A value of",
}
BEYOND = {"ge": "{} or more", "gt": "more than {}", "le": "{} or less", "lt": "less than {}"}


def least(at: Decimal, comparison: str, digits: int) -> float:
    """How far from nothing an estimate is from which on the rounded figure meets the comparison, by halving."""
    without, enough = Decimal(0), 5 * at
    for _ in range(60):
        middle = (without + enough) / 2
        figure = middle.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_EVEN)
        if getattr(operator, comparison)(figure, at):
            enough = middle
        else:
            without = middle
    return float(abs(enough))


def beyond(distance: float, error: float) -> str:
    """The upper tail of the normal curve, as a share that is read."""
    return f"{100 * NormalDist().cdf(-distance / error):.1f}%"


def cells(page: Page, caption: str) -> list[list[str]]:
    """The rows of a table of the page."""
    found: list[list[str]] = []
    within = False
    for one in page.elements:
        if one["tag"] == "caption":
            within = one["text"] == caption
        elif within and one["tag"] == "tr":
            found.append([])
        elif within and one["tag"] in ("th", "td") and found:
            found[-1].append(" ".join(one["text"].split()))
    return found[1:]


@pytest.mark.parametrize(("better", "view", "comparison", "digits"), CASES)
def test_the_page_of_a_settlement_counts_from_the_least_estimate_whose_figure_is_enough(
    tmp_path: Path, better: str, view: str, comparison: str, digits: int
) -> None:
    at = Decimal("-1" if comparison in ("le", "lt") else "1")
    path = contract_in(tmp_path, better=better, view=view, digits=digits, when=f'{comparison}: "{at}"')
    certificate = workflow.settle(workflow.read_contract(path), date="1979-06-01").sign(DEMO_KEY)
    workflow.report(certificate, tmp_path / "page.html", lang="en")
    page = Page((tmp_path / "page.html").read_text(encoding="utf-8"))
    (estimate,) = (figure.value for figure in certificate.figures)
    moved = fmean(TREATED) - fmean(CONTROL)
    assert abs(Decimal(str(estimate))) == Decimal(str(moved)).quantize(Decimal(1).scaleb(-digits))
    distance, value = least(at, comparison, digits), f"{at} days".replace("-", "−")
    chance = beyond(distance, ERROR)
    said = f"{SAID[better, view]} {BEYOND[comparison].format(value)}"
    assert cells(page, "The chance of reaching the contract's own thresholds") == [[said, chance]]
    (condition,) = cells(page, "How often each condition is met")
    assert condition[1] == chance
    assert beyond(1, ERROR) != chance  # what it would be of the written value


@pytest.mark.parametrize(("better", "view", "comparison", "digits"), CASES)
def test_check_counts_from_the_least_estimate_whose_figure_is_enough(
    effekt: Callable[..., Any], tmp_path: Path, better: str, view: str, comparison: str, digits: int
) -> None:
    at = Decimal("-1" if comparison in ("le", "lt") else "1")
    path = contract_in(tmp_path, better=better, view=view, digits=digits, when=f'{comparison}: "{at}"')
    distance = least(at, comparison, digits)
    told = effekt("check", path, "--std-error", "0.9", "--lang", "en").out
    chance, verb = beyond(distance, 0.9), "reaches" if comparison in ("ge", "le") else "passes"
    figure = Decimal(f"{distance:.9g}").quantize(Decimal(1).scaleb(-digits), ROUND_HALF_EVEN)
    at_edge = figure >= 1 if verb == "reaches" else figure > 1
    enough = f"{distance:g} or more" if at_edge else f"more than {distance:g}"
    assert f"the standard error is 0.9, something is still paid with probability {chance}," in told
    assert (
        f"An estimate of {enough}, with which the rounded figure {verb} the threshold of 1, has "
        f"probability {chance} for a true one of 0."
    ) in told
    (condition,) = (line for line in told.splitlines() if "share.pays" in line)
    held = told.splitlines()[told.splitlines().index(condition) + 1]
    assert held.split() == ["0", "0.9", chance]


def test_a_condition_that_fails_next_to_the_null_alone_is_not_said_to_be_always_met(tmp_path: Path) -> None:
    """A two-sided p of a difference of 0.37 days is above 0.99 within 0.0125 standard errors of that."""
    path = contract_in(tmp_path, better="higher", view="difference", digits=3, when='ge: "0"')
    chance = (
        '  p: {estimate: earnings, view: difference, statistic: p_value, "null": "0.37", digits: 6, unit: fraction, '
        "on_unavailable: refer}\n"
    )
    text = path.read_text(encoding="utf-8").replace("payment:\n", f"{chance}payment:\n", 1)
    path.write_text(text.replace('{figure: effect, ge: "0"}', '{figure: p, le: "0.99"}'), encoding="utf-8")
    contract = workflow.read_contract(path)
    certificate = workflow.settle(contract, date="1979-06-01", undecided_accepted=True).sign(DEMO_KEY)
    workflow.report(certificate, tmp_path / "page.html", lang="en")
    page = Page((tmp_path / "page.html").read_text(encoding="utf-8"))
    (condition,) = cells(page, "How often each condition is met")
    normal, near = NormalDist(), NormalDist().inv_cdf(1 - 0.99 / 2)
    places = [(0.37 - truth) / ERROR for truth in (0, fmean(TREATED) - fmean(CONTROL))]
    held = [1 - normal.cdf(x + near) + normal.cdf(x - near) for x in places]
    assert condition[1:] == [f"{100 * one:.1f}%" for one in held]
