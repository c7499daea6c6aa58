"""Before signing: whether the checks of what is hidden ask about what money depends on."""

from __future__ import annotations

import pytest
from workflow.test_thin_data import TEXT, changed

from effekt.contracts import parse_contract
from effekt.workflow.plan.hidden_lines import hidden_lines

PAYS = '      pays: {unit_price: {price: "100", figure: total, below_zero: zero}}\n'
STEP = "  effect: {estimate: work, view: VIEW, statistic: estimate, digits: 2, unit: day}\n"
GATED = PAYS + '      when: {figure: effect, ge: "AT"}\n'


def told(view: str, at: str, checks: str, better: str = "higher") -> list[str]:
    text = changed(
        TEXT,
        (STEP.replace("VIEW", "improvement"), STEP.replace("VIEW", view)),
        ("    variance: CR2\n", f"    variance: CR2\n{checks}"),
        (PAYS, GATED.replace("AT", at)),
        ("better: higher", f"better: {better}"),
    )
    return [one.en for one in hidden_lines(parse_contract(text.encode()))]


def asking(threshold: str | None = None, view: str | None = None) -> str:
    given = "".join(
        f'    {name}: "{value}"\n' for name, value in (("threshold", threshold), ("threshold_view", view)) if value
    )
    return "    checks: [e_value]\n" + given


@pytest.mark.parametrize(
    ("view", "at", "checks", "better"),
    [
        ("relative_improvement", "0.12", "", "higher"),  # nothing is asked
        ("relative_improvement", "0.12", asking("0.12", "relative_improvement"), "higher"),
        ("relative_improvement", "0.12", asking("-0.12", "relative"), "lower"),
        ("ratio", "1.12", asking("0.12", "relative"), "higher"),
        ("improvement", "0.5", asking("-0.5"), "lower"),
        ("improvement", "0.5", asking("0.5", "improvement"), "lower"),
        ("relative_improvement", "0", asking(), "lower"),  # no effect is one in every view
    ],
)
def test_checks_that_ask_about_what_money_depends_on_are_not_told_of(view, at, checks, better) -> None:
    assert told(view, at, checks, better) == []


@pytest.mark.parametrize(
    ("view", "at", "checks", "better", "remedy"),
    [
        ("relative_improvement", "0.12", asking(), "lower", "0.12"),
        ("relative_improvement", "0.12", asking("0.12"), "higher", "0.12"),  # twelve hundredths of a day
        ("relative_improvement", "0.12", asking("0.1", "relative_improvement"), "higher", "0.12"),
        ("improvement", "0.5", asking("0.5", "relative_improvement"), "lower", "0.5"),
    ],
)
def test_checks_that_ask_about_something_else_are_told_of(view, at, checks, better, remedy) -> None:
    assert told(view, at, checks, better) == [
        f"Money depends on effect at {at} ({view}), which the checks of analysis.work do not ask about: they do not "
        "say how strong something hidden would have to be to move it there. Write "
        f'threshold: "{remedy}" and threshold_view: {view} in its arguments.'
    ]
