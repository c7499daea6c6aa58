"""What a set of effects says of itself, and what an effect says of its checks and choices."""

from __future__ import annotations

from dataclasses import replace

import pytest
from results import EFFECTS

import effekt
from effekt._inference import Unavailable
from effekt._text import Text
from effekt.exceptions import ArgumentError
from effekt.result import Diagnostic, EffectEstimate, EffectSet, Note

PANEL = effekt.datasets.two_group_panel(rng=1, n_units=40, n_periods=5, n_before=3).table


def study() -> EffectSet:
    return effekt.event_study(PANEL, outcome="outcome", unit="unit", time="year", treatment="treatment")


def cells(text: str, label: str) -> list[str]:
    """The cells of the table's row that a label begins."""
    row = next(line for line in text.splitlines() if line.startswith(f"{label}  "))
    return [cell.strip() for cell in row.split("  ") if cell.strip()]


def test_a_set_has_a_row_for_each_effect_with_the_words_of_its_own_summary() -> None:
    effects = study()
    for lang in ("en", "sv"):
        text = effects.summary(lang)
        for label in effects:
            own = effects[label].summary(lang).splitlines()
            values = {line[: line.index("  ")]: line[line.index("  ") :].strip() for line in own if "  " in line}
            head = next(line for line in text.splitlines() if line.startswith(("Effect of", "Effekt för")))
            names = [name.strip() for name in head.split("  ") if name.strip()][1:]
            assert cells(text, label) == [label, *(values[name] for name in names)]
            assert len(names) == 4


def test_what_the_effects_share_is_said_once_and_the_rest_with_its_labels() -> None:
    text = study().summary()

    assert text.splitlines()[0] == "Method            event_study, ATT, CR2/1"
    assert "Joint covariance  known" in text
    assert "variance: CR2" in text
    assert text.count("Check  pretrend, no evidence against: There is no evidence against") == 1
    assert "Note   -3, -2: This period lies before adoption" in text
    assert "Note   Every period is compared with 2013, the last before adoption." in text


def test_the_overall_effect_is_the_last_row() -> None:
    data = effekt.datasets.staggered_panel(rng=1).table
    found = effekt.staggered_adoption(
        data, outcome="outcome", unit="unit", time="year", start="start", aggregate="cohort"
    )
    text = found.summary("sv")

    assert isinstance(found, EffectSet)
    assert text.index("sammantaget  ") > text.index("2017  ")
    assert cells(found.summary(), "overall")[1] == found.summary().split("overall")[1].split()[0]
    assert cells(found.summary(), "overall")[1] == "−1.088"


def test_why_there_is_no_interval_is_said_once() -> None:
    reason = Unavailable(reason=Text(en="There is none.", sv="Det finns inget."))
    one = EFFECTS["lin_ate"]()
    lacking = replace(one, inference=reason)
    both = EffectSet(labels=("a", "b"), effects=(lacking, lacking))
    mixed = EffectSet(labels=("a", "b"), effects=(one, lacking))

    assert "Standard error" not in both.summary()
    assert both.summary().count("There is none.") == 1
    assert "Not available  There is none." in both.summary()
    assert cells(mixed.summary("sv"), "b")[2:] == ["–", "–", "–"]
    assert "Saknas  b: Det finns inget." in mixed.summary("sv")


def test_outcomes_and_views_have_columns_where_they_differ() -> None:
    one = EFFECTS["lin_ate"]()
    cost = replace(one, outcome=replace(one.outcome, column="cost"))
    mixed = EffectSet(labels=("a", "b"), effects=(one, cost.relative()))

    assert cells(mixed.summary(), "Effect of")[:4] == ["Effect of", "Outcome", "View", "Estimate"]
    assert cells(mixed.summary(), "b")[1:3] == ["cost", "Relative effect"]


def test_a_set_shows_itself_as_its_summary_with_markup_escaped() -> None:
    effects = replace(study(), notes=(Note(code="x", text=Text(en="<b>", sv="<b>")),))

    assert effects._repr_html_().startswith("<pre>Method")
    assert "&lt;b&gt;" in effects._repr_html_()
    with pytest.raises(ArgumentError, match=r"`lang` must be 'en' or 'sv'; got 'de'\."):
        effects.summary("de")  # type: ignore[arg-type]


def test_an_effect_says_what_its_checks_found() -> None:
    found = Diagnostic(name="balance", status="warning", statement=Text(en="They differ.", sv="De skiljer sig."))
    checked: EffectEstimate = EFFECTS["lin_ate"]().with_diagnostics(found, replace(found, name="x", status="ok"))

    for lang, lines in {
        "en": ["balance, warning: They differ.", "x, no evidence against: They differ."],
        "sv": ["balance, varning: De skiljer sig.", "x, inget talar emot: De skiljer sig."],
    }.items():
        text = checked.summary(lang).splitlines()  # type: ignore[arg-type]
        label = "Check" if lang == "en" else "Kontroll"
        assert [line.partition("  ")[2].strip() for line in text if line.startswith(label)][-2:] == lines


def test_equal_weights_are_printed_as_the_choice_that_they_are() -> None:
    data = {"unit": ["A", "A", "B", "B"], "year": [2018, 2019] * 2, "days": [8.0, 6.0, 5.0, 6.0]}
    calls = {
        "outcome": "days",
        "unit": "unit",
        "time": "year",
        "period": "year",
        "treated": ["A"],
        "reference_window": (2018, 2018),
        "evaluation_window": (2019, 2019),
    }
    compared = effekt.trend_adjusted(data, **calls, comparator="others", weights=None)
    alone = effekt.trend_adjusted(data, **calls, comparator=None, weights=None, adjustment="none")

    assert "weights: none" in compared.summary()
    assert "weights" not in alone.summary()
