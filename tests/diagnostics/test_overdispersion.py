"""Whether counts vary more than Poisson counts: R's Pearson statistic, exact fractions, and what cannot be told."""

from __future__ import annotations

import csv
import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from oracles import two_rates as oracle

from effekt import diagnostics
from effekt.exceptions import ArgumentError
from effekt.result import Diagnostic

GOLDENS = Path(__file__).parents[1] / "goldens" / "rates"
R = json.loads((GOLDENS / "output.json").read_text(encoding="utf-8"))["overdispersion"]


def overdispersion(*arrays: Any) -> Diagnostic:
    return diagnostics.overdispersion(*arrays)


def columns() -> tuple[list[int], list[int], list[int]]:
    with (GOLDENS / "events.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    events, treated, months = ([int(row[name]) for row in rows] for name in ("events", "d", "months"))
    return events, treated, months


def test_it_is_the_pearson_statistic_of_r() -> None:
    events, treated, months = columns()
    for exposure, golden in ((months, R["months"]), (None, R["persons"])):
        found = overdispersion(events, treated, exposure)
        assert found.values["chi_square"] == pytest.approx(golden["chi_square"], rel=1e-8)
        assert found.values["p_value"] == pytest.approx(golden["p_value"], rel=1e-8)
        assert (found.values["df"], found.status) == (40.0, "warning")
    dispersion = oracle.quasi([(y, d, Fraction(e)) for y, d, e in zip(events, treated, months, strict=True)])[0]
    assert overdispersion(events, treated, months).values["dispersion"] == pytest.approx(float(dispersion), rel=1e-10)


def test_poisson_counts_are_seldom_doubted_and_clumps_are() -> None:
    rng = np.random.default_rng(7)
    treated = np.arange(60) % 2
    poisson = [overdispersion(rng.poisson(2.0, 60), treated).status for _ in range(200)]
    clumps = [overdispersion(3 * rng.poisson(2.0 / 3, 60), treated).status for _ in range(200)]
    assert 2 <= poisson.count("warning") <= 22  # 10 meant
    assert clumps.count("warning") >= 190


def test_words() -> None:
    more = overdispersion([0, 5, 0, 1, 9, 3], [1, 1, 1, 0, 0, 0])
    assert more.statement.en == (
        "Within the arms the counts vary 4.50 times as much as Poisson counts would (p 0.0012); an interval that takes "
        "them for Poisson counts, such as the exact conditional one, is too short: choose variance='quasi_poisson' or "
        "'HC2'."
    )
    allowed = diagnostics.overdispersion([0, 5, 0, 1, 9, 3], [1, 1, 1, 0, 0, 0], allowed=True)
    assert (more.status, allowed.status) == ("warning", "information")
    assert allowed.values == more.values
    assert allowed.statement.en == (
        "Within the arms the counts vary 4.50 times as much as Poisson counts would (p 0.0012); the variance beside it "
        "allows for that, as it is larger by the same factor."
    )
    assert allowed.statement.sv.endswith(
        "variansen intill tar hänsyn till det, eftersom den är lika många gånger större."
    )
    even = overdispersion([0, 1, 0, 1, 0, 1], [1, 1, 1, 0, 0, 0])
    assert even.status == "ok"
    assert diagnostics.overdispersion([0, 1, 0, 1, 0, 1], [1, 1, 1, 0, 0, 0], allowed=True) == even
    assert even.statement.en == (
        "Within the arms the counts vary 0.750 times as much as Poisson counts would, which is no evidence that they "
        "vary more (p 0.56). With less than one event a row that p is rough."
    )
    assert even.statement.sv.startswith("Inom grupperna varierar antalen 0,750 gånger så mycket som Poissonfördelade")


@pytest.mark.parametrize(("counts", "treated"), [([4, 9], [1, 0]), ([0, 0, 0], [1, 0, 0]), ([3, 0, 0], [1, 0, 0])])
def test_where_there_is_nothing_to_tell_from(counts: list[int], treated: list[int]) -> None:
    found = overdispersion(counts, treated)
    assert (found.status, found.values["dispersion"], found.values["p_value"]) == ("information", None, None)


def test_an_arm_without_an_event_counts_for_nothing() -> None:
    found = overdispersion([0, 0, 0, 1, 9, 3], [1, 1, 1, 0, 0, 0])
    assert found.values["df"] == 2


def test_bad_input() -> None:
    with pytest.raises(ArgumentError, match=r"^`counts` must be 0 or more; the first row that is not is row 2\. Give"):
        overdispersion([1, -1], [1, 0])
    with pytest.raises(ArgumentError, match=r"^`exposure` must be above 0; the first row that is not is row 2\. Leave"):
        overdispersion([1, 1], [1, 0], [1, 0])
