"""What each inference would conclude, side by side."""

from __future__ import annotations

from fractions import Fraction

import pytest

from effekt._text import Text
from effekt.diagnostics import inference_choice
from effekt.exceptions import ArgumentError

WAYS = {
    "labels": ["placebo", "placebo_sd", "hac"],
    "p_values": [Fraction(1, 20), 0.2, 0.0004],
    "intervals": [None, (-0.2, 0.1), (-0.15, -0.02)],
    "declared": "placebo",
}


def test_ways_that_disagree_are_told_in_both_languages():
    found = inference_choice(**WAYS)
    assert found.status == "warning"
    assert found.statement.en == (
        "p of no effect: placebo ranks 0.0500, a t on the placebo spread 0.200 and HAC 0.000400. They disagree: at the "
        "5% level no effect is rejected by placebo ranks and HAC, not by a t on the placebo spread. Only the declared "
        "way (placebo ranks) counts."
    )
    assert found.statement.sv == (
        "p för ingen effekt: placeborang 0,0500, t på placebospridningen 0,200 och HAC 0,000400. De är oense: på nivån "
        "5\N{NO-BREAK SPACE}% "
        "förkastas att det inte finns någon effekt av placeborang och HAC, inte av t på placebospridningen. Bara det "
        "avtalade sättet (placeborang) gäller."
    )
    assert found.values == {
        "declared": "placebo",
        "p_placebo": 0.05,
        "p_placebo_sd": 0.2,
        "p_hac": 0.0004,
        "n_rejecting": 2,
        "n_not_rejecting": 1,
        "n_cannot_reject": 0,
        "level": 0.95,
        "scale": "difference",
    }
    assert found.table["low"] == (None, -0.2, -0.15)


def test_a_rank_at_the_level_is_rejected_exactly():
    """1/10 at the level 0.9, whose float 1 − 0.9 is a little less."""
    found = inference_choice(labels=["a"], p_values=[Fraction(1, 10)], intervals=[None], declared="a", level=0.9)
    assert found.values["n_rejecting"] == 1


@pytest.mark.parametrize(
    ("p_values", "en", "sv"),
    [
        (
            [0.01, 0.02],
            "At the 5% level all of them reject no effect.",
            "På nivån 5\N{NO-BREAK SPACE}% förkastas av alla att det inte",
        ),
        (
            [0.5, None],
            "At the 5% level none rejects no effect.",
            "På nivån 5\N{NO-BREAK SPACE}% förkastas inte av något att det inte",
        ),
        (
            [None, None],
            "No way to judge the figure gives a p-value.",
            "Inget sätt att bedöma siffran ger något p-värde.",
        ),
    ],
)
def test_ways_that_agree_or_are_not_there_are_no_warning(p_values, en, sv):
    found = inference_choice(labels=["placebo", "a"], p_values=p_values, intervals=[None, None], declared="a")
    assert found.status == "information"
    assert en in found.statement.en
    assert sv in found.statement.sv


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"declared": "ranks"}, "`declared` must be 'placebo', 'placebo_sd' or 'hac'; got 'ranks'."),
        ({"p_values": [0.1, 0.2, 1.5]}, "`p_values` must be between 0 and 1, or None; got 1.5."),
        ({"intervals": [None]}, "`intervals` must be as many as `labels`, 3; got 1."),
        (
            {"labels": ["a", "a", "b"]},
            "`labels` must name each of the 3 figures once; row 2 has a label from before it.",
        ),
        ({"level": 1}, "`level` must be a number between 0 and 1, such as 0.95; got 1."),
    ],
)
def test_what_is_refused(options, sentence):
    with pytest.raises(ArgumentError) as refusal:
        inference_choice(**(WAYS | options))
    assert str(refusal.value) == sentence


def test_a_figure_without_inference_is_said_to_be_that():
    found = inference_choice(labels=["hac", "none"], p_values=[0.04, None], intervals=[None, None], declared="none")
    assert found.statement.en == (
        "p of no effect: HAC 0.0400. At the 5% level all of them reject no effect. The figure is declared without "
        "inference, so none of these counts."
    )
    assert found.statement.sv == (
        "p för ingen effekt: HAC 0,0400. På nivån 5\N{NO-BREAK SPACE}% förkastas av alla att det inte finns någon "
        "effekt. Siffran är avtalad utan osäkerhetsberäkning, så inget av dessa gäller."
    )
    assert found.table["method"] == ("hac", "none")


def test_a_way_that_can_never_reject_says_nothing_against_one_that_does():
    """Thirteen placebos: their least p is 1/14."""
    ways = {"labels": ["placebo", "hac"], "p_values": [Fraction(1, 14), 0.001], "intervals": [None, None]}
    found = inference_choice(**ways, declared="placebo", least=[Fraction(1, 14), None])
    assert found.status == "information"
    assert [found.values[f"n_{name}"] for name in ("rejecting", "not_rejecting", "cannot_reject")] == [1, 0, 1]
    assert "disagree" not in found.statement.en
    assert "At the 5% level all that can do so reject no effect." in found.statement.en
    assert "förkastas av alla som kan att" in found.statement.sv
    assert found.statement.en.endswith(
        "At the 5% level these can never reject, as their smallest p is: placebo ranks 0.0714."
    )
    assert "kan dessa aldrig förkasta" in found.statement.sv
    able = inference_choice(**ways, declared="placebo", least=[Fraction(1, 20), None])
    assert (able.status, able.values["n_cannot_reject"]) == ("warning", 0)


def test_where_none_can_reject_none_is_said_not_to():
    found = inference_choice(
        labels=["placebo"], p_values=[0.2], intervals=[None], declared="placebo", least=[Fraction(1, 11)]
    )
    assert "None of them can reject at that level." in found.statement.en
    with pytest.raises(ArgumentError, match="`least` must be as many as `labels`, 1; got 2"):
        inference_choice(labels=["a"], p_values=[0.2], intervals=[None], declared="a", least=[0.1, 0.2])


def test_a_reason_is_of_a_way_that_is_there() -> None:
    with pytest.raises(ArgumentError, match="`reasons` must be 'placebo', 'placebo_sd' or 'hac'; got 'cluster'"):
        inference_choice(**WAYS, reasons={"cluster": Text(en="few", sv="få")})


def test_why_a_way_has_no_interval_follows_the_rest() -> None:
    found = inference_choice(**WAYS, reasons={"placebo": Text(en="nine ranks are too few.", sv="nio är för få.")})
    assert found.statement.en.endswith("counts. Placebo ranks: nine ranks are too few.")
    assert found.statement.sv.endswith("gäller. Placeborang: nio är för få.")
