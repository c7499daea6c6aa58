"""No sentence, note or value of a published result has a count of persons that is small, or gives one back."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path
from typing import Any

import every_check
import numpy as np
import pytest

import effekt
from effekt._text import Text
from effekt.certificates.check_numbers import NOT_OF_UNITS, is_count
from effekt.certificates.check_numbers import OF_NO_UNITS as CHECKS_OF_NO_UNITS
from effekt.certificates.hidden_words import (
    AMONG_OTHERS,
    COUNTING,
    COUNTS_HIDDEN,
    FOLLOWING,
    OF_NO_UNITS,
    REPEATING,
    SHARES,
    hidden_note,
    hidden_population,
    hidden_reason,
)
from effekt.certificates.published import published
from effekt.result import EffectSet, Note
from effekt.workflow.rules.hidden_counts import TELLING, hidden_faults, unhidden_faults
from effekt.workflow.rules.numbers_there import lacking_faults
from effekt.workflow.rules.recorded import NUMBER

MINIMA = (5, 12, 60, 130)
SOURCE = Path(effekt.__file__).parent
WHOLE = r"(?<![\w.,/−<-])\d+(?:[,\u00a0]\d{3})*(?![\w/]|[.,]\d|[\s\u00a0]?%)"
NOUN = (
    r"(?:treated|matched|compared|control|analysed|assigned|units?|rows?|clusters?|pairs?|blocks?|donors?|persons?|"
    r"people|behandlad|matchad|jämförd|kontroll|enhet|rad(?:er)?\b|kluster|par\b|jämförelseenhet|person)"
)
COUNT = re.compile(rf"(?=({WHOLE}) (?:(?:of|av) {WHOLE} )?{NOUN})")
OPEN = re.compile(r"(?i)(among|bland) \d+ (units without|enheter utan)")  # placebos: anyone counts them
DRAWN = re.compile(r"(Drawn without an effect|I dragningar utan effekt).*")  # of publications
RATIO = re.compile(r"fewer than the \d+ (?:controls|treated)|färre än de \d+ \w+")  # of the contract
PERCENT = re.compile(r"(\d+(?:[.,]\d+)?)[\s\u00a0]?% (?:of|av) (?:the |de )?(?:treated|controls|units|beh|kont|enh)")
OF_WEIGHT = ("weight_spread", "large_weights")  # whose shares are not of units
NOT_COUNTS = ("covariate_balance", "short_coverage", "extreme_reference", "ignored_clusters", "no_exact_set")
PUBLICATIONS = ("placebo_permutation",)  # of 13 treated in drawn panels
KEPT = {
    "means",
    "exact",
    "inference",
    "observed",
    "path",
    "arguments",
    "view",
    "outcome",
}  # figures are taken from them


def _two_arms(n: int = 120) -> dict[str, list[Any]]:
    """37 of 120 treated, of whom 4 have no control nearby and 1 lies outside their range."""
    rng = np.random.default_rng(11)
    x = rng.normal(0, 1, n).round(2)
    d = (rng.random(n) < 1 / (1 + np.exp(1 - 0.8 * x))).astype(int)
    y = (10 + x + d + rng.normal(0, 1, n)).round(1)
    return {"u": [f"u{i}" for i in range(n)], "y": y.tolist(), "d": d.tolist(), "x": x.tolist()}


def _few_controls() -> dict[str, list[Any]]:
    """In one of two strata there are 15 controls for 8 treated, so that with two to each 1 has only one."""
    rng, strata = np.random.default_rng(1), ((1, 0, 20), (0, 0, 60), (1, 1, 8), (0, 1, 15))
    rows = [(d, z, round(float(rng.normal()), 3)) for d, z, n in strata for _ in range(n)]
    d, z, x = (list(column) for column in zip(*rows, strict=True))
    return {"u": [f"u{i}" for i in range(len(d))], "y": [round(5 - v, 2) for v in x], "d": d, "z": z, "x": x}


@cache
def small_results() -> tuple[tuple[str, Any], ...]:
    """Comparisons with a few without a match, outside the limits or without an outcome."""
    data = _two_arms()
    base: dict[str, Any] = {"unit": "u", "treatment": "d", "covariates": ["x"]}
    near = {**base, "propensity": "logit", "distance": "propensity"}
    coarse = {**data, "x": np.round(np.array(data["x"]) * 2).tolist()}
    lost = {**data, "y": [None if i in (0, 5, 9, 30, 77) else y for i, y in enumerate(data["y"])]}
    weighing = {**base, "method": "inverse_probability"}

    def compared(rows: dict[str, list[Any]], match: dict[str, Any], **more: Any) -> Any:
        return effekt.matched_comparison(rows, match=match, outcome="y", **more)

    robust: Any = {"outcome": "y", "treatment": "d", "covariates": ["x"], "estimand": "ATT"}
    found = {
        "nearest": compared(data, near),
        "caliper": compared(data, {**near, "caliper": 0.1}),
        "short": compared(_few_controls(), {**near, "exact": ["z"], "ratio": 2}),
        "tied": compared({**data, "x": [round(x, 1) for x in data["x"]]}, near),
        "full": compared(data, {**near, "method": "full"}),
        "exact": compared(coarse, {**base, "method": "exact"}),
        "weighting": compared(data, weighing),
        "discard": compared(data, {**weighing, "discard": [0.1, 0.8]}),
        "doubly robust": effekt.doubly_robust(data, **robust),
        "doubly robust, lost": effekt.doubly_robust(lost, missing="drop", **robust),
        "pairs, lost": compared(lost, near, missing="drop"),
        "weighting, lost": compared(lost, weighing, missing="drop"),
        "trial": effekt.randomized_trial(lost, outcome="y", treatment="d", missing="drop"),
    }
    return tuple(found.items())


def _every(method: str) -> Iterator[Any]:
    yield from every_check.results(method)


def _sentences(plain: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """Each sentence of a result, under the code of its note or the name of its check."""
    if isinstance(plain, dict):
        own = plain.get("code") or plain.get("name") or place
        for name, value in plain.items():
            if isinstance(value, str) and name in ("en", "sv"):
                yield place, value
            elif name not in KEPT - {"inference"}:
                yield from _sentences(value, str(own))
    elif isinstance(plain, list):
        for value in plain:
            yield from _sentences(value, place)


def _counts_of(sentence: str) -> list[int]:
    """The numbers that stand before a word for units, rows or clusters."""
    cut = RATIO.sub("", DRAWN.sub("", OPEN.sub("", sentence)))
    return [int(re.sub(r"\D", "", found)) for found in COUNT.findall(cut)]


def _values(plain: Any) -> Iterator[tuple[str, str, Any]]:
    """Check, name and each number of the checks; of the sample under no check."""
    if isinstance(plain, dict):
        for name, value in plain.get("sample", {}).items() if isinstance(plain.get("sample"), dict) else ():
            yield "", name, value
        for check in plain.get("diagnostics", ()):
            for name, value in {**check["values"], **check["table"]}.items():
                yield from ((check["name"], name, one) for one in (value if isinstance(value, list) else [value]))
        for name in ("effects", "overall"):
            value = plain.get(name)
            for one in value if isinstance(value, list) else [value]:
                yield from _values(one)


COUNTS: tuple[str, ...] = (
    "n_obs",
    "n_units",
    "n_treated",
    "n_control",
    "n_clusters",
    "n_dropped",
    "n_missing",
    "n_seen",
)
COUNTS += ("matched", "unmatched", "dropped", "discarded", "controls_used", "treated", "controls", "n_donors")
COUNTS += ("pairs", "sets", "short", "by_order")


def _leaks(result: Any, minimum: int) -> list[Any]:
    plain = json.loads(published(result, minimum).to_json())
    whole = json.loads(published(result, 0).to_json())
    sizes = {n for _, name, n in _values(plain) if name.startswith(COUNTS) and isinstance(n, int)}
    found: list[Any] = [
        (check, name, n)
        for check, name, n in _values(plain)
        if name.startswith(COUNTS) and isinstance(n, int) and 0 < n < minimum and check not in CHECKS_OF_NO_UNITS
    ]
    for check, name, share in _values(plain):
        if "share" in name and isinstance(share, float) and check not in CHECKS_OF_NO_UNITS and sizes:
            found += [
                (check, name, share, n)
                for n in sizes
                if any(abs(share * n - k) < 1e-6 for k in range(1, min(minimum, n)))
            ]
    for place, sentence in _sentences(plain):
        if place not in (*NOT_COUNTS, *PUBLICATIONS):
            found += [(place, sentence) for n in _counts_of(sentence) if 0 < n < minimum]
            known = sizes | {n for _, text in _sentences(plain) for n in _counts_of(text)}
            of_units = place not in OF_WEIGHT and "by weight" not in sentence and "efter vikt" not in sentence
            for percent in PERCENT.findall(sentence) if of_units else ():
                share = float(percent.replace(",", ".")) / 100
                found += [
                    (place, sentence, n)
                    for n in known
                    if 0 < round(share * n) < minimum and abs(round(share * n) / n - share) <= 0.00051
                ]
    if any(isinstance(n, int) and 0 < n < minimum for check, name, n in _values(whole) if check and name in COUNTS):
        found += [("all", name, n) for check, name, n in _values(plain) if not check and n is not None]
    return found


@pytest.mark.parametrize("minimum", MINIMA)
@pytest.mark.parametrize("method", every_check.METHODS)
def test_no_small_count_stands_in_what_a_method_gives(method: str, minimum: int) -> None:
    assert [leak for result in _every(method) for leak in _leaks(result, minimum)] == []


@pytest.mark.parametrize("minimum", MINIMA)
def test_no_small_count_stands_in_a_comparison_of_few(minimum: int) -> None:
    assert {name: _leaks(result, minimum) for name, result in small_results()} == {
        name: [] for name, _ in small_results()
    }


LEFT_IN_CLEAR: dict[tuple[str, str], str] = {
    ("baseline_choice", "n_larger_reduction"): "windows",
    ("baseline_choice", "n_reaching"): "windows",
    ("baseline_choice", "n_windows"): "windows",
    ("composition_change", "n_strata"): "strata of the standard population",
    ("composition_change", "n_without_line"): "readings",
    ("composition_change", "n_without_weight"): "strata of the standard population",
    ("composition_drift", "n_drifting"): "covariates",
    ("covariate_balance", "n_imbalanced"): "covariates",
    ("covariate_balance", "n_unequal_variance"): "covariates",
    ("donor_weights", "n_positive"): "rows of the table of weights beside it, which anyone counts",
    ("excluded_periods", "excluded_periods"): "periods",
    ("heaping", "at"): "days of a spell",
    ("heaping", "days"): "days of a spell",
    ("holm", "n_figures"): "figures",
    ("holm", "n_rejected"): "figures",
    ("inference_choice", "n_cannot_reject"): "ways of inference",
    ("inference_choice", "n_not_rejecting"): "ways of inference",
    ("inference_choice", "n_rejecting"): "ways of inference",
    ("interaction", "df_numerator"): "effects",
    ("interaction", "n_effects"): "effects",
    ("own_unit", "n_without_line"): "readings",
    ("level_break", "n_placebos"): "errors that the inference lists, which anyone counts",
    ("level_break", "n_without_line"): "readings",
    ("level_break", "n_without_strata"): "readings",
    ("level_correction", "n_placebos"): "errors that the inference lists, which anyone counts",
    ("placebo_distribution", "n_placebos"): "errors that the inference lists, which anyone counts",
    ("placebo_in_time", "n_windows"): "windows",
    ("pretrend", "df_numerator"): "periods",
    ("pretrend", "n_periods"): "periods",
    ("pretrend", "time"): "periods before the start",
    ("pretrends", "n_effects"): "effects",
    ("regression_to_mean", "n_placebos"): "errors that the inference lists, which anyone counts",
    ("romano_wolf", "n_draws"): "draws",
    ("romano_wolf", "n_figures"): "figures",
    ("romano_wolf", "n_rejected"): "figures",
    ("study_heterogeneity", "studies"): "studies",
    ("substitution", "n_placebos"): "errors that the inference lists, which anyone counts",
    ("tie_orders", "count"): "orders that were tried",
    ("time_weights", "n_periods"): "periods",
    ("time_weights", "n_positive"): "periods",
    ("uniform_bands", "n_draws"): "draws",
    ("uniform_bands", "n_without"): "effects",
}  # by check and name, what a whole number counts that stands where all counts of units are hidden
NOT_RUN = ("holm", "interaction", "study_heterogeneity", "uniform_bands", "n_without_line", "n_without_strata")
"""Checks, and values, that no run here has."""


def test_every_whole_number_that_is_left_in_clear_is_known_to_count_no_units() -> None:
    """Of every check that the methods give: a new one is named as a count, or stands above with what it counts."""
    every = [*(one for method in every_check.METHODS for one in _every(method)), *(one for _, one in small_results())]
    found = {(check.name, name) for one in every for check, name, _ in _whole_numbers(published(one, 10**6))}
    rest = {one for one in LEFT_IN_CLEAR if not {*NOT_RUN} & {*one}}
    assert found == rest
    declared = {(check, name) for check, names in NOT_OF_UNITS.items() for name in names}
    assert declared == {one for one in LEFT_IN_CLEAR if one[0] not in CHECKS_OF_NO_UNITS}


def test_what_counts_units_is_known_by_its_name_where_a_file_tells_no_count_from_another_number() -> None:
    every = [*(one for method in every_check.METHODS for one in _every(method)), *(one for _, one in small_results())]
    found = {
        (check.name, name, is_count(check, name))
        for one in every
        for check, name, _ in _whole_numbers(one)
        if check.name in TELLING
    }
    assert {name for _, name, _ in found} > {"short", "by_order", "pairs", "sets", "n_missing", "n_units"}
    assert {one for one in found if not one[2]} == set()


@pytest.mark.parametrize("minimum", MINIMA)
@pytest.mark.parametrize("method", every_check.METHODS)
def test_a_result_that_is_read_from_a_file_is_published_as_it_was(method: str, minimum: int) -> None:
    """There 12.0 is 12: a threshold or a spread that is whole is no count, and what was published stays so."""
    for result in every_check.results(method):
        once = published(result, minimum)
        for again in (result.public(), once):
            assert published(type(result).from_json(again.to_json()), minimum) == once


def _whole_numbers(result: Any) -> Iterator[tuple[Any, str, int]]:
    """Each whole number of the checks, of a result that is not read from a file: there 1.0 is 1."""
    members = (*result.effects, *filter(None, [result.overall])) if isinstance(result, EffectSet) else ()
    for check in (check for one in (result, *members) for check in one.diagnostics):
        for name, column in {**{name: (n,) for name, n in check.values.items()}, **check.table}.items():
            yield from ((check, name, n) for n in column if isinstance(n, int) and not isinstance(n, bool))


def _match_of(result: Any) -> Any:
    return next(check for check in result.diagnostics if check.name == "matched_sample")


@pytest.mark.parametrize(("which", "name"), [("short", "short"), ("tied", "by_order")])
def test_a_few_units_of_a_match_are_hidden_with_all_counts(which: str, name: str) -> None:
    whole = dict(small_results())[which]
    few = _match_of(whole).values[name]
    assert 0 < few < 60
    others = {key for key, n in _match_of(whole).values.items() if isinstance(n, int) and 0 < n <= few}
    assert which != "short" or others == {"short"}  # no other count of the match hides it
    hidden = published(whole, few + 1)
    assert {n for n in _match_of(hidden).values.values() if isinstance(n, int)} == set()
    assert {*asdict(hidden.sample).values()} == {None}


@pytest.mark.parametrize("name", ["short", "by_order", "matched", "pairs"])
def test_a_hidden_count_that_is_put_in_clear_is_told(name: str) -> None:
    hidden = published(dict(small_results())["short"], 5)
    check = _match_of(hidden)
    for n in (0, 1, 27):
        forged = replace(check, values={**check.values, name: n})
        told = replace(hidden, diagnostics=tuple(forged if one is check else one for one in hidden.diagnostics))
        assert list(unhidden_faults(told, 5)) == [(f"diagnostics.matched_sample.values.{name}", n, None)]


def test_a_small_count_of_a_match_that_is_not_hidden_is_told() -> None:
    whole = dict(small_results())["short"].public()
    check = _match_of(whole)
    of_sets = replace(check, values={**check.values, "short": None})
    of_values = replace(check, table={})
    for one in (check, of_sets, of_values):
        told = replace(whole, diagnostics=tuple(one if other is check else other for other in whole.diagnostics))
        fault = ("diagnostics.matched_sample.statement", check.statement.en, COUNTS_HIDDEN.en)
        assert fault in list(unhidden_faults(told, 2))


@pytest.mark.parametrize("name", ["short", "by_order"])
def test_a_count_of_a_match_that_is_hidden_without_ground_is_told(name: str) -> None:
    whole = published(dict(small_results())["nearest"], 1)
    check = _match_of(whole)
    forged = replace(check, values={**check.values, name: None})
    told = replace(whole, diagnostics=tuple(forged if one is check else one for one in whole.diagnostics))
    assert (f"diagnostics.matched_sample.values.{name}", None, NUMBER) in list(lacking_faults(told, 1))


def test_a_reader_of_all_numbers_finds_those_that_are_not_hidden() -> None:
    """So that the tests above can fail."""
    told = {
        name
        for name, result in small_results()
        for _, sentence in _sentences(_plain(result))
        if PERCENT.search(sentence)
    }
    assert {"nearest", "full", "exact", "weighting", "doubly robust"} <= told
    assert sum(len(_counts_of(text)) for _, result in small_results() for _, text in _sentences(_plain(result))) > 50


def _plain(result: Any) -> Any:
    return json.loads(published(result, 0).to_json())


@pytest.mark.parametrize("minimum", MINIMA)
def test_no_count_that_is_hidden_is_held_against_an_honest_result(minimum: int) -> None:
    for _, result in small_results():
        read = type(result).from_json(published(result, minimum).to_json())
        assert [*hidden_faults(read, minimum), *unhidden_faults(read, minimum)] == []


@pytest.mark.parametrize("minimum", [0, *MINIMA])
def test_published_twice_is_published_once(minimum: int) -> None:
    every = [result for method in every_check.METHODS for result in _every(method)]
    for result in (*every, *(one for _, one in small_results())):
        once = published(result, minimum)
        assert published(once, minimum).to_json() == once.to_json()


def test_an_effect_in_all_of_a_set_is_hidden_with_its_members() -> None:
    data = every_check.panel(adopt=(3, 4, None))
    call: Any = {"outcome": "y", "unit": "u", "time": "t", "start": "s"}
    times = effekt.staggered_adoption(data, **call)
    dynamic = effekt.staggered_adoption(data, aggregate="dynamic", **call)
    assert isinstance(times, EffectSet)
    assert isinstance(dynamic, EffectSet)
    assert times.group_times is not None
    open_, closed = (json.loads(published(times, minimum).to_json()) for minimum in (5, 12))
    assert open_["group_times"]["sizes"] == [8, 8]
    assert closed["group_times"] is None
    assert dynamic.overall is not None
    hidden, shown = (published(dynamic, minimum) for minimum in (12, 5))
    assert isinstance(hidden, EffectSet)
    assert isinstance(shown, EffectSet)
    assert hidden.overall is not None
    assert shown.overall is not None
    assert {one.sample.n_treated for one in (*hidden.effects, hidden.overall)} == {None}
    assert shown.overall.sample.n_treated == dynamic.overall.sample.n_treated


def test_a_note_of_a_member_stands_as_long_as_the_check_of_the_set_that_it_repeats() -> None:
    rng = np.random.default_rng(3)
    x, n = rng.normal(0, 1, 60).round(2), 60
    d = (x + rng.normal(0, 0.6, n) > 0).astype(int)
    table = {"y": (x + d + rng.normal(0, 1, n)).round(1), "d": d, "x": x, "g": np.arange(n) % 2}
    whole = effekt.doubly_robust(table, outcome="y", treatment="d", covariates=["x"], subgroup="g")
    assert isinstance(whole, EffectSet)
    said = {note.text.en for one in whole.effects for note in one.notes if note.code == "large_weights"}
    assert said
    assert not any(check.name == "weight_spread" for one in whole.effects for check in one.diagnostics)
    for minimum, kept in ((5, True), (40, False)):
        found = published(whole, minimum)
        assert isinstance(found, EffectSet)
        shown = {note.text.en for one in found.effects for note in one.notes if note.code == "large_weights"}
        assert shown == (said if kept else {REPEATING["large_weights"].en})
        assert [*hidden_faults(found, minimum), *unhidden_faults(found, minimum)] == []


def _codes() -> Iterator[str]:
    """The code of every note that the source writes."""
    for path in sorted(SOURCE.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Note":
                yield from _texts(keyword.value for keyword in node.keywords if keyword.arg == "code")
            elif isinstance(node, ast.Call) and path.name == "_coverage.py":
                yield from _texts(node.args[:1] if getattr(node.func, "id", "") in ("_note", "_extreme") else [])
            elif isinstance(node, (ast.Assign, ast.AnnAssign)):
                for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                    if isinstance(target, ast.Subscript) and getattr(target.value, "id", "") == "notes":
                        yield from _texts([target.slice])
                    elif getattr(target, "id", "") == "notes" and isinstance(node.value, ast.Dict):
                        yield from _texts(key for key in node.value.keys if key is not None)


def _texts(nodes: Any) -> Iterator[str]:
    for node in nodes:
        for one in (node.body, node.orelse) if isinstance(node, ast.IfExp) else (node,):
            if isinstance(one, ast.Constant) and isinstance(one.value, str):
                yield one.value


def test_of_every_note_it_is_said_what_its_numbers_count() -> None:
    known = {*OF_NO_UNITS, *REPEATING, *SHARES, *COUNTING, *AMONG_OTHERS}
    found = {*_codes()}
    assert found - known == set()
    assert len(found) > 80
    assert len(known) == sum(map(len, (OF_NO_UNITS, REPEATING, SHARES, COUNTING, AMONG_OTHERS)))  # each once


def test_a_note_that_nobody_has_described_is_hidden_where_a_count_is() -> None:
    note = Note(code="of_a_plugin", text=Text(en="It was 3 of us.", sv="Vi var 3."))
    assert hidden_note(note, (), (), 5, set()) == note
    for hidden in ({3}, {4}, None):
        assert "3" not in hidden_note(note, (), (), 5, hidden).text.en
    plain = Note(code="of_a_plugin", text=Text(en="It was us.", sv="Det var vi."))
    assert hidden_note(plain, (), (), 5, None) == plain


SPACE = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("the unit first treated in 2016, in 2012", "the .. units first treated in 2016, in 2012"),
        ("the 3 units first treated in 2016, in 2012", "the .. units first treated in 2016, in 2012"),
        ("Region 3, 2016 to 2019", "Region 3, 2016 to 2019"),
        ("the 1,044 matched of 1,047 treated units", "the .. matched of .. treated units"),
        ("the 4 clusters of the trial", "the .. clusters of the trial"),
    ],
)
def test_whom_an_effect_is_for_is_said_without_their_number(told: str, shown: str) -> None:
    assert hidden_population(Text(en=told, sv=""), 5, None, small=False).en == shown


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("den enhet som behandlas från 2016, under 2012", "de .. enheter som behandlas från 2016, under 2012"),
        ("de 3 enheter som behandlas från 2016, under 2012", "de .. enheter som behandlas från 2016, under 2012"),
        (f"de 1{SPACE}044 matchade av 1{SPACE}047 behandlade enheter", "de .. matchade av .. behandlade enheter"),
        ("försökets 4 behandlade kluster", "försökets .. behandlade kluster"),
        ("de 50 behandlade enheterna", "de .. behandlade enheterna"),
    ],
)
def test_whom_an_effect_is_for_is_said_so_in_swedish(told: str, shown: str) -> None:
    assert hidden_population(Text(en="", sv=told), 5, None, small=False).sv == shown


def test_why_there_is_no_inference_is_said_without_counts() -> None:
    reason = Text(
        en="The variance needs at least six matched units in each arm; there are 4 and 31.",
        sv="Variansen kräver minst sex matchade enheter i varje grupp; det finns 4 och 31.",
    )
    assert hidden_reason(reason, 0) == reason
    assert hidden_reason(reason, 5).en.endswith("there are <5 and ...")
    assert hidden_reason(reason, 5).sv.endswith("det finns <5 och ...")
    window = Text(en="A window of 1 year takes at least 8.", sv="Ett fönster om 1 år kräver minst 8.")
    assert hidden_reason(window, 9) == window


def _by_ways() -> Iterator[tuple[str, Any, str]]:
    """Results whose lot or signs are so few that all are taken: how many, in clear and as published."""
    y = [2.5, 1.0, 3.5, 2.0, 0.5, 1.5, 1.0, 0.0]
    trial: dict[str, Any] = {"y": y, "z": y[::-1], "d": [1, 1, 1, 1, 0, 0, 0, 0]}
    asked: dict[str, Any] = {"outcome": "y", "treatment": "d", "adjustment": "none"}
    lot: dict[str, Any] = {"inference": "randomization", "rng": 1}
    yield "randomization", effekt.randomized_trial(trial, **asked, **lot), "70"
    yield "romano_wolf", effekt.randomized_trials(trial, **{**asked, "outcome": ["y", "z"]}, **lot), "70"
    clusters = {name: [*column, *column] for name, column in trial.items()} | {"c": [f"c{i % 8}" for i in range(16)]}
    signs: dict[str, Any] = {"inference": "wild_bootstrap", "cluster": "c"}
    yield "wild_bootstrap", effekt.randomized_trial(clusters, **asked, **signs), "256"
    panel = every_check.panel(n=8, treated=3)
    permuted: dict[str, Any] = {**every_check.ADOPTED, "inference": "permutation", "rng": 1}
    yield "permutation", effekt.difference_in_differences(panel, **permuted), "56"
    dealt: dict[str, Any] = {
        **every_check.TREND,
        "start": "s",
        "aggregate": "simple",
        "inference": "permutation",
        "rng": 1,
    }
    yield "permutation", effekt.staggered_adoption(every_check.panel(n=6, adopt=(4, 5, None)), **dealt), "90"


def test_of_how_many_ways_all_are_taken_is_hidden_with_a_count_as_it_gives_that_back() -> None:
    """2 to the clusters, and in how many ways as many of all units are treated."""
    every = list(_by_ways())
    assert {name for name, _, _ in every} == {*FOLLOWING}
    for name, result, number in every:
        shown, hidden = (list(_ways_told(published(result, minimum), name)) for minimum in (1, 10**6))
        digits = {number, number.replace(",", "\N{NO-BREAK SPACE}")}
        assert shown, name
        assert all(any(f" {one} " in text for one in digits) for text in shown), name
        assert len(hidden) == len(shown), name
        assert not any(f" {one} " in text for one in digits for text in hidden), name
        assert all(" .. " in text for text in hidden), name
        draws = [n for check, one, n in _values(json.loads(published(result, 10**6).to_json())) if one == "n_draws"]
        assert {*draws} <= {None}, name


def _ways_told(result: Any, name: str) -> Iterator[str]:
    yield from (text for place, text in _sentences(json.loads(result.to_json())) if place == name)


def test_how_many_are_drawn_is_shown() -> None:
    result = every_check.results("randomized_trials")[1]
    shown = list(_ways_told(published(result, 10**6), "romano_wolf"))
    assert any("99 drawn" in text for text in shown)


def test_the_least_p_of_few_ways_is_hidden_with_the_count_of_clusters() -> None:
    reason = Text(
        en="Choose it; with so few clusters its two-sided p is at least 1/16 or 1/10.",
        sv="Välj det; med så få kluster är det tvåsidiga p-värdet minst 1/16 eller 1/10.",
    )
    assert hidden_reason(reason, 0) == reason
    assert hidden_reason(reason, 5) == Text(
        en="Choose it; with so few clusters its two-sided p is at least .. or ...",
        sv="Välj det; med så få kluster är det tvåsidiga p-värdet minst .. eller ...",
    )


@pytest.mark.parametrize("inference", ["randomization", "wild_bootstrap"])
def test_why_a_set_does_not_exist_gives_no_count_back(inference: Any) -> None:
    y = [2.5, 1.0, 3.5, 2.0, 0.5, 1.5]
    rows = {"y": [*y, *y], "d": 2 * [1, 1, 1, 0, 0, 0], "c": 2 * list("abcdef")}
    asked: dict[str, Any] = {"outcome": "y", "treatment": "d", "adjustment": "none", "cluster": "c", "rng": 1}
    effect = effekt.randomized_trial(rows, inference=inference, **asked)
    with pytest.raises(effekt.exceptions.InferenceUnavailableError) as told:
        effect.confidence_interval(0.99)
    hidden = hidden_reason(Text(en=str(told.value), sv=told.value.sv), 5)
    for said in (hidden.en, hidden.sv):
        assert re.findall(r"\d+", re.sub(r"0\.99|99\D%", "", said)) == []
