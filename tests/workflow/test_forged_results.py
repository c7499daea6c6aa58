"""A signer who changes a result after the fact: what is told without data, leaf by leaf, and what is not and why."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from deciding import read_decided

from effekt import workflow
from effekt._serialize import parse_json
from effekt._text import Text
from effekt.certificates import DEMO_KEY, Envelope, canonical_json, public_key, public_text, sign
from effekt.certificates.certificate import Certificate
from effekt.certificates.predicate import Pending
from effekt.contracts import quantise
from effekt.exceptions import EffektError
from effekt.result import result_from_plain
from effekt.workflow.data.analysis import without_periods
from effekt.workflow.recomputed.arithmetic import figure_findings
from effekt.workflow.rules.results import result_findings

STRIDE = 7  # every so manyth forgery of a design is tried; 1 tries all, in ten minutes
HEAD = """\
schema: effekt/contract/1
id: designs
title: {sv: "En uppläggning av varje slag", en: "A design of every kind"}
parties:
  town: {role: payer, name: "Kommunen"}
  provider: {role: provider, name: "Utföraren"}
  verifier: {role: verifier, name: "Granskaren", keys: ["KEY"]}
signing: {threshold: 1, roles: [verifier]}
dates: {signed: "2010-01-01", outcome_data_from: "2010-01-02"}
attribution: ATTRIBUTION
data:
  people: {path: people.csv}
  panel: {path: panel.csv}
  cohorts: {path: cohorts.csv}
figures:
  gain: {FIGURE, digits: 3, unit: days}
payment:
  currency: SEK
  quantum: "1"
  rounding: half_up
  lines:
    fee:
      payers: {town: "1"}
      payee: provider
      pays: {unit_price: {figure: gain, price: "1000", below_zero: zero}}
"""
LEDGER = """\
ledgers:
  plain:
    data: people
    steps: {eligible: one, assigned: lot, analysed: seen}
    reason: why
    arm: d
    unit: person
"""
OUTCOME = "outcome: {column: days, unit: days, better: higher}"
TRIAL = f"{OUTCOME}, treatment: d, estimand: ATE, missing: drop"
PANEL = "outcome: {column: z, unit: days, better: lower}, unit: u, time: t, missing: raise"
WINDOWS = "period: year, reference_window: ['2012', '2014'], evaluation_window: ['2015', '2018']"
MATCH = "unit: person, treatment: d, covariates: [x], estimand: ATT, missing: drop"
CALLS = {
    "plain": f"""randomized_trial, data: people, {TRIAL}, adjustment: none, population: finite, variance: HC2,
      outcome_range: ["0", "30"], minimum_n: {{units: 20, on_fewer: refer}},
      most_missing: {{share: "0.5", on_more: refer}}""",
    "adjusted": f"""randomized_trial, data: people, {TRIAL}, adjustment: lin, covariates: [x], block: b,
      population: super, variance: HC2""",
    "clustered": f"""randomized_trial, data: people, {TRIAL}, adjustment: none, cluster: c, population: super,
      variance: CR2""",
    "lot": f"""randomized_trial, data: people, {TRIAL}, adjustment: none, population: finite, variance: none,
      inference: randomization, draws: 99, rng: 1""",
    "shares": """randomized_trial, data: people, outcome: {column: s, unit: share, better: higher}, treatment: d,
      estimand: ATE, missing: drop, adjustment: none, population: super, inference: newcombe, variance: none""",
    "outcomes": """randomized_trials, data: people, treatment: d, estimand: ATE, missing: drop, adjustment: none,
      outcome: [{column: days, unit: days, better: higher}, {column: s, unit: share, better: higher}],
      population: finite, variance: HC2""",
    "compliers": f"""complier_effect, data: people, {OUTCOME}, treatment: d, received: r, missing: drop,
      adjustment: none, variance: HC2""",
    "matched": f"""matched_comparison, data: people, {OUTCOME}, variance: CR2, missing: drop, match: {{{MATCH},
      method: nearest, distance: propensity, propensity: logit, order: largest, ratio: 1, replace: false, salt: s,
      tie_orders: 10}}""",
    "weighted": f"""matched_comparison, data: people, {OUTCOME}, variance: m_estimation, missing: drop,
      match: {{{MATCH}, method: inverse_probability, propensity: logit, moments: 1}}""",
    "robust": f"""doubly_robust, data: people, {OUTCOME}, treatment: d, covariates: [x], estimand: ATT,
      learner: parametric, outcome_model: linear, variance: m_estimation, missing: drop""",
    "did": f"""difference_in_differences, data: panel, {PANEL}, treatment: adopted, variance: CR2,
      checks: [pretrend, relative_magnitudes], threshold: "0", margin: "2\"""",
    "events": f"""event_study, data: panel, {PANEL}, treatment: adopted, variance: CR2, inference: asymptotic,
      sampling: panel""",
    "staggered": f"""staggered_adoption, data: panel, {PANEL}, start: s, never: none, covariates: [],
      adjustment: doubly_robust, comparison: not_yet_treated, base_period: varying, anticipation: 0,
      variance: leverage, aggregate: dynamic""",
    "trend": f"""trend_adjusted, data: panel, {PANEL}, {WINDOWS}, treated: u00, comparator: others, weights: none,
      adjustment: ratio, mean: mean_of_periods, inference: placebo, trend: ratio_of_means""",
    "mixture": f"""synthetic_control, data: panel, {PANEL}, period: year, treated: u00, first_treated: '2015',
      inference: placebo""",
    "published": """published_comparison, data: cohorts, cohort: cohort, treatment: group,
      outcome: {column: [events, people], unit: events, better: lower}""",
    "counted": """outcome_count, data: people, outcome: {column: s, unit: persons, better: higher}, unit: person,
      statistic: count, at_least: "1", missing: drop""",
    "shared": f"""matched_comparison, data: people, {OUTCOME}, variance: CR2, missing: drop,
      minimum_n: {{units: 20, on_fewer: refer}}, match: {{{MATCH}, method: nearest, distance: propensity,
      propensity: logit, order: largest, ratio: 1, replace: false, caliper: "0.1", salt: s, tie_orders: 10}}""",
}
POINT = "view: improvement, statistic: estimate"
FIGURES = {
    "counted": "measure: counted",
    "outcomes": f"estimate: outcomes, member: days, {POINT}",
    "compliers": f"estimate: compliers, member: CACE, {POINT}",
    "published": f'estimate: published, combine: {{"1": "0.5", "2": "0.5"}}, {POINT}',
    "staggered": f"estimate: staggered, member: overall, {POINT}",
    "events": f'estimate: events, member: "0", {POINT}',
    "shared": f"estimate: shared, payment_quantity: {{counts: enrolled, unmatched: zero}}, {POINT}",
}
ATTRIBUTIONS = {
    "randomized": "randomised",
    "complier": "randomised",
    "matched": "matched",
    "shared": "matched",
    "published": "comparison",
    "trend": "comparison",
    "outcome": "none",
}


def settled(folder: Path, design: str) -> Certificate:
    """The signed certificate of a contract with one analysis."""
    for name, rows in (("people", _people()), ("panel", _panel()), ("cohorts", _cohorts())):
        text = "\n".join(",".join(map(str, row)) for row in rows) + "\n"
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    word = ATTRIBUTIONS.get(re.split("_", CALLS[design])[0], "quasi_experiment")
    head = HEAD.replace("KEY", public_text(public_key(DEMO_KEY))).replace("ATTRIBUTION", word)
    head = head.replace("FIGURE", FIGURES.get(design, f"estimate: {design}, {POINT}"))
    ledger = LEDGER if design == "plain" else ""
    text = f"{head}{ledger}analysis:\n  {design}: {{method: {CALLS[design]}}}\n"
    (folder / "contract.yaml").write_text(text, encoding="utf-8")
    return workflow.settle(read_decided(folder / "contract.yaml"), date="2021-06-01").sign(DEMO_KEY)


def _people() -> list[list[Any]]:
    rng = np.random.default_rng(7)
    rows: list[list[Any]] = [["person", "one", "lot", "seen", "why", "d", "r", "days", "s", "x", "b", "c"]]
    for i in range(60):
        arm, gone, x = i % 2, i in (0, 5, 9, 30), round(float(rng.normal(5, 1)), 2)
        y, s = round(float(rng.normal(10 + 2 * arm + x / 5, 2)), 1), int(rng.random() < 0.4 + 0.2 * arm)
        received = int(arm and i % 10 != 1)
        lost = [
            "moved" if gone else "",
            arm,
            received,
            "" if gone else y,
            s,
            x,
            f"b{i // 20}",
            f"c{i // 5 + i % 2 * 20}",
        ]
        rows.append([f"p{i:02}", 1, "2020-02-01", int(not gone), *lost])
    return rows


def _panel() -> list[list[Any]]:
    rng = np.random.default_rng(3)
    rows: list[list[Any]] = [["u", "t", "z", "adopted", "s"]]
    for i in range(14):
        start, level = (2015 if i < 4 else 2017 if i < 8 else None), rng.normal(10, 1)
        for t in range(2012, 2019):
            z = float(level + 0.3 * (t - 2012) + rng.normal(0, 0.5) - 2 * (start is not None and t >= start))
            rows.append([f"u{i:02}", t, round(z, 2), int(i < 4 and t >= 2015), start or ""])
    return rows


def _cohorts() -> list[list[Any]]:
    return [
        ["cohort", "group", "events", "people"],
        ["1", 1, 142, 100],
        ["1", 0, 155, 101],
        ["2", 1, 130, 99],
        ["2", 0, 150, 100],
    ]


# --- what a signer can do ---------------------------------------------------------------------------------------------


def forgeries(plain: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], str]]:
    """Every leaf of a result changed; every key, and every element of a list, taken away."""
    if not isinstance(plain, dict | list):
        yield place, "changed"
        return
    for key in plain if isinstance(plain, dict) else range(len(plain)):
        yield (*place, key), "removed"
        yield from forgeries(plain[key], (*place, key))


def forged(plain: Any, place: tuple[Any, ...], how: str) -> Any:
    found = copy.deepcopy(plain)
    at = found
    for key in place[:-1]:
        at = at[key]
    if how == "removed":
        del at[place[-1]]
    else:
        at[place[-1]] = _other(at[place[-1]])
    return found


def _other(value: Any) -> Any:
    if isinstance(value, bool) or value is None:
        return not value if value is not None else 1
    if isinstance(value, int | float):
        return value + 1 if isinstance(value, int) else value * 1.01 + 0.01
    if re.fullmatch(r"-?\d+/\d+", value):
        one = Fraction(value) + 1
        return f"{one.numerator}/{one.denominator}"
    return {"ok": "warning", "warning": "ok", "information": "ok"}.get(value, f"{value}x")


def is_told(certificate: Certificate, design: str, plain: Any) -> bool:
    """Whether the forged result is unreadable, not in the form that effekt writes, or told by a finding."""
    try:
        result = result_from_plain(plain)
    except EffektError:
        return True
    if parse_json(result.to_json(), "The result") != plain:
        return True  # told by `form`
    found = copy.copy(certificate)
    found.results = {design: result}  # type: ignore[misc]
    return bool([*result_findings(found)]) or any(one.verdict == "different" for one in figure_findings(found))


def named(plain: Any, place: tuple[Any, ...], how: str) -> str:
    """The place in words: checks by their names, members and places in lists as *."""
    words, at = [], plain
    for key in place:
        at = at[key]
        words.append(at["name"] if isinstance(at, dict) and "statement" in at else "*" if isinstance(key, int) else key)
    text = ".".join(words).removeprefix("effects.*.").removeprefix("overall.")
    return text if how == "changed" else f"{text} removed"


BY_ROWS = (
    "covariate_balance|propensity_overlap|weight_spread|pretrends?|honest_did|complier_bounds|"
    "first_stage|synthetic_fit|donor_weights|leave_one_out|rmspe_ratio"
)
SILENT = {
    r"arguments(\.match)?\.\w+ removed": "none is the same as nothing; younger arguments are recorded where they count",
    r"(estimand\.)?population\.(en|sv)": "who they are is in words",
    r"notes\.\*.*": "notes are words, and whether one belongs there rests on the rows",
    r"inference\.reason\.(en|sv)": "why there is no inference is in words",
    r"diagnostics\.\w+\.statement\.(en|sv)": "a sentence on numbers that rest on the rows",
    r"diagnostics\.(complier|lee|manski)_bounds removed": "whether bounds could be told rests on the rows",
    r"diagnostics\.placebo_distribution removed": "of no inference: how many placebos there were rests on the rows",
    r"diagnostics\.matched_sample\.values\.(controls(_used)?|discarded|dropped|pairs|short|by_order)": "of the rows",
    r"diagnostics\.matched_sample\.(table\.controls\.\*|values\.(caliper_width|units_digest)( removed)?)": "rows",
    r"diagnostics\.tie_orders\.values\.((min|max|count)|\w+_conf_\w+( removed)?)": "of other orders of the rows",
    rf"diagnostics\.({BY_ROWS})\.(values|table|status)\b.*": "numbers of the rows",
    r"diagnostics\.baseline_choice\.table\.(relative|window)\.\*": "changes by other windows rest on the rows",
    r"diagnostics\.differential_attrition\.values\.(test|p_value)": "within blocks and clusters p rests on the rows",
    r"diagnostics\.lee_bounds\.values\.(share|trimmed)_\w+": "rows that count unlike have shares of their own",
    r"diagnostics\.(lee|manski)_bounds\.values\.conf_\w+( removed)?": "the interval rests on the spread of the rows",
    r"diagnostics\.lee_bounds\.values\.std_error_\w+ removed": "there is none of clusters, removed or not",
    r"diagnostics\.placebo_distribution\.table\.unit.*": "names of units, which are hidden in some",
    r"inference\.(covariance\.\*|df|df\.df|df\.\w+\.\*)": "standard errors and degrees of freedom rest on the rows",
    r"inference\.errors\.\*": "errors of placebos without their fractions",
    r"inference\.(sets|p_values)\.\* removed": "what is declared depends on what exists",
    r"inference\.(sets\.\*\.set\.level|p_values\.\*\.(null|p_value))": "between two neighbours in the declared grid",
    r"means\.(treated|counterfactual)": "of members that no figure takes, without fractions beside them",
    r"observed\.(treated|control)": "raw means beside adjusted ones",
    r"outcome\.(column|unit|better)": "of the first stage, which is of another column",
    r"path\.(treated|counterfactual)\..*": "the picture over time",
    r"labels\.\*": "names of periods",
    r"sample\.n_\w+": "counts of rows and of those left out, and of units where no arms add to them",
}
"""Places where a forgery stays silent without data, and why; `result:…` tells of all of them where the data are."""


@pytest.mark.parametrize("design", CALLS)
def test_what_contradicts_the_contract_or_the_result_itself_is_told_leaf_by_leaf(tmp_path, design):
    certificate = settled(tmp_path, design)
    assert [one.text.en for one in result_findings(certificate)] == []
    plain = certificate.predicate["results"][design]
    every = list(forgeries(plain))
    places = {
        named(plain, place, how)
        for place, how in every[list(CALLS).index(design) % STRIDE :: STRIDE]
        if not is_told(certificate, design, forged(plain, place, how))
    }
    assert [place for place in sorted(places) if not any(re.fullmatch(one, place) for one in SILENT)] == []


PERIODS = {
    "of the windows": (["2018"], None),
    "of no window": (["2030"], "pending"),
    "none": ([], "pending"),
    "words": (["the parties agree"], "pending"),
    "twice": (["2018", "2018"], "pending.reason.en"),
}


@pytest.mark.parametrize("name", PERIODS)
def test_an_analysis_waits_for_periods_of_its_windows_alone(tmp_path, name):
    """Whether a period of them is lacking rests on the rows: one who says so of a period that is there is not told."""
    settled(tmp_path, "trend")
    rows = (tmp_path / "panel.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (tmp_path / "panel.csv").write_text("".join(row for row in rows if ",2018," not in row), encoding="utf-8")
    honest = workflow.settle(read_decided(tmp_path / "contract.yaml"), date="2021-06-01")
    assert isinstance(honest.results["trend"], Pending)
    assert [*result_findings(honest)] == []
    missing, place = PERIODS[name]
    found = copy.copy(honest)
    found.results = {"trend": without_periods("trend", missing)}  # type: ignore[misc]
    told = [one.text.en.partition("(stated / must be): ")[2].split()[0] for one in result_findings(found)]
    assert told == ([] if place is None else [place])
    otherwise = replace(honest.results["trend"], reason=Text(en="It is late.", sv="Den är sen."))
    found.results = {"trend": otherwise}  # type: ignore[misc]
    assert len([*result_findings(found)]) == 1


def _whole(result: Any, name: str) -> Any:
    (found,) = (check for check in result["diagnostics"] if check["name"] == name)
    return found


def _check(result: Any, name: str) -> Any:
    return _whole(result, name)["values"]


def _df(result: Any, **terms: list[float]) -> None:
    result["inference"]["df"].update(terms)


IMPOSSIBLE: dict[str, tuple[str, Any, str]] = {
    "df below 1": ("plain", lambda r: _df(r, quadratic=[1e-9] * 3), "inference.df"),
    "df without end": ("plain", lambda r: _df(r, quartic=[0.0] * 5), "inference.df inf / 1–56"),
    "df below 0": ("plain", lambda r: _df(r, quartic=[-1.0] * 5), "inference.df inf / 1–56"),
    "df beyond the rows": ("plain", lambda r: _df(r, quadratic=[1e9] * 3), "inference.df"),
    "fixed df below 0": (
        "staggered",
        lambda r: r["overall"]["inference"]["df"].update(df=-3.5),
        "inference.df -3.5 / > 0",
    ),
    "normal": ("staggered", lambda r: r["overall"]["inference"]["df"].update(df="Infinity"), "inference.df inf / > 0"),
    "variance": ("adjusted", lambda r: r["inference"]["covariance"].__setitem__(0, "Infinity"), "inference.covariance"),
    "raw mean": ("adjusted", lambda r: r["observed"].update(control="Infinity"), "observed inf / finite"),
    "picture": ("did", lambda r: r["path"]["treated"].__setitem__(0, "Infinity"), "path.treated inf / finite"),
    "window of no period": (
        "did",
        lambda r: r["path"]["evaluation"].__setitem__(0, "NaN"),
        "path 2012, 2014, NaN, 2018 / 2012–2018",
    ),
    "windows out of order": (
        "did",
        lambda r: r["path"].update(reference=r["path"]["evaluation"], evaluation=r["path"]["reference"]),
        "path 2015, 2018, 2012, 2014 / 2012–2018",
    ),
    **{
        f"number as {written!r}": (
            "counted",
            lambda r, written=written: r["arguments"].update(at_least=written),
            f"arguments.at_least {written} / 1",
        )
        for written in ("١", "+1", " 1", "01", "1.0", "1e0")
    },
    "no clusters": ("clustered", lambda r: r["sample"].update(n_clusters=0), "sample.n_clusters 0 / 1–56"),
    "clusters": ("clustered", lambda r: r["sample"].update(n_clusters=57), "sample.n_clusters 57 / 1–56"),
    "clusters of units": ("did", lambda r: r["sample"].update(n_clusters=28), "sample.n_clusters 28 / 14"),
    "clusters of no column": ("robust", lambda r: r["sample"].update(n_clusters=9), "sample.n_clusters 9 / –"),
    "level": ("lot", lambda r: r["inference"]["sets"][-1]["set"].update(level=2.0), "inference.sets.level 2.0 / 0–1"),
    "null": ("lot", lambda r: r["inference"]["p_values"][0].update(null="Infinity"), "inference.p_values.null inf"),
    "placebo": ("mixture", lambda r: r["inference"]["errors"].__setitem__(0, "Infinity"), "inference.errors inf"),
    "p": ("adjusted", lambda r: _check(r, "differential_attrition").update(p_value=2), ".p_value 2 / 0–1"),
    "exact p": ("mixture", lambda r: _check(r, "rmspe_ratio").update(exact_p_value="3/2"), ".exact_p_value 3/2 / 0–1"),
    "share": ("adjusted", lambda r: _check(r, "lee_bounds").update(share_seen_treated=-0.5), " -0.5 / 0–1"),
    "share in words": ("matched", lambda r: _check(r, "propensity_overlap").update(share_near="all"), " all / 0–1"),
    "spread": ("mixture", lambda r: _check(r, "synthetic_fit").update(sd_before=-1.0), ".sd_before -1.0 / ≥ 0"),
    "difference": (
        "trend",
        lambda r: _check(r, "adjustment_readings").update(relative_difference=-0.5),
        "adjustment_readings.values.relative_difference -0.5 / ",
    ),
    "before and after": (
        "trend",
        lambda r: _check(r, "adjustment_readings").update(relative_none=-0.5),
        "adjustment_readings.values.relative_difference ",
    ),
    "count": ("matched", lambda r: _check(r, "covariate_balance").update(n_unequal_variance=-3), " -3 / ≥ 0"),
    "half": ("matched", lambda r: _check(r, "covariate_balance").update(n_unequal_variance=0.5), " 0.5 / ≥ 0"),
}


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_a_number_that_no_estimator_gives_beside_the_others_is_told(tmp_path, name):
    design, change, told = IMPOSSIBLE[name]
    certificate = settled(tmp_path, design)
    plain = copy.deepcopy(certificate.predicate["results"][design])
    change(plain)
    found = copy.copy(certificate)
    found.results = {design: result_from_plain(plain)}  # type: ignore[misc]
    (finding,) = result_findings(found)
    assert told in finding.text.en


AS_SEEN = {
    **dict.fromkeys(
        ("plain", "clustered", "lot", "shares", "outcomes", "compliers", "published"), ("treated", "control")
    ),
    **dict.fromkeys(("did", "events", "staggered", "trend", "mixture"), ("treated",)),
}
"""By design the raw means that are the means of its result, or of its first member."""


@pytest.mark.parametrize("design", [name for name in CALLS if name != "counted"])
def test_a_raw_mean_that_is_not_the_mean_is_told_where_nothing_moves_the_mean(tmp_path, design):
    certificate = settled(tmp_path, design)
    for arm in ("treated", "control"):
        plain = copy.deepcopy(certificate.predicate["results"][design])
        first = plain["effects"][0] if "effects" in plain else plain
        first["observed"][arm] += 0.01
        found = copy.copy(certificate)
        found.results = {design: result_from_plain(plain)}  # type: ignore[misc]
        told = any(f"observed.{arm} {first['observed'][arm]} / " in one.text.en for one in result_findings(found))
        assert told == (arm in AS_SEEN.get(design, ()))


@pytest.mark.parametrize("name", ["min", "max"])
def test_words_in_the_place_of_what_a_figure_rests_on_are_told_and_stop_nothing(tmp_path, name):
    """How far other orders of tied controls move the estimate decides whether the figure is referred."""
    tree = json.loads(settled(tmp_path, "matched").envelope.payload)
    _check(tree["predicate"]["results"]["matched"], "tie_orders")[name] = "little"
    certificate = Certificate(sign(Envelope(payload=canonical_json(tree)), DEMO_KEY))
    (told,) = [one for one in workflow.verify(certificate).differences if one.name == "figures"]
    assert told.text.en.startswith("The figures cannot be taken again")
    workflow.report(certificate, tmp_path / "page.html", lang="en")
    assert (tmp_path / "page.html").exists()


# --- how many have a match --------------------------------------------------------------------------------------------


def _signed_anew(certificate: Certificate, design: str, change: Callable[[Any], Any]) -> Certificate:
    """The certificate with a result that was changed, signed by the same key."""
    tree = json.loads(certificate.envelope.payload)
    change(tree["predicate"]["results"][design])
    return Certificate(sign(Envelope(payload=canonical_json(tree)), DEMO_KEY))


def _told_of(certificate: Certificate) -> dict[str, str]:
    return {one.name: one.text.en for one in workflow.verify(certificate).differences}


def _removed(result: Any, name: str) -> None:
    result["diagnostics"] = [check for check in result["diagnostics"] if check["name"] != name]


def _without_note(result: Any, code: str) -> None:
    result["notes"] = [note for note in result["notes"] if note["code"] != code]


def _fewer(result: Any, **counts: int) -> None:
    result["sample"].update({name: result["sample"][name] + more for name, more in counts.items()})


EMPTIED: dict[str, Callable[[Any], Any]] = {
    "treated": lambda r: _check(r, "matched_sample").update(treated=None),
    "matched": lambda r: _check(r, "matched_sample").update(matched=None),
    "treated removed": lambda r: _check(r, "matched_sample").pop("treated"),
    "matched removed": lambda r: _check(r, "matched_sample").pop("matched"),
    "compared": lambda r: r["sample"].update(n_treated=None, n_units=None),
}


@pytest.mark.parametrize("name", EMPTIED)
def test_a_figure_shared_among_all_enrolled_is_never_paid_for_all_since_a_count_is_lacking(tmp_path, name):
    honest = settled(tmp_path, "shared")
    (figure,) = honest.figures
    effect = honest.results["shared"]
    counts = _check(honest.predicate["results"]["shared"], "matched_sample")
    assert counts["matched"] < counts["treated"]
    assert Fraction(figure.value) < Fraction(effect.estimate) * Fraction(19, 20)
    forgery = _signed_anew(honest, "shared", EMPTIED[name])
    told = _told_of(forgery)
    assert "how many" in told["figures"]
    assert "analysis:shared" in told
    workflow.report(forgery, tmp_path / "page.html", lang="sv")
    with_data = workflow.verify(forgery, contract=read_decided(tmp_path / "contract.yaml"))
    assert "result:shared" in {one.name for one in with_data.differences}
    assert [one.verdict for one in with_data.findings if one.name == "independent:gain"] == ["reproduced"]


def test_the_share_that_is_paid_for_is_counted_from_the_data_by_the_second_route(tmp_path):
    """The figure stated as if all had a match, with counts that say so, differs by the second route too."""
    honest, own = settled(tmp_path, "shared"), read_decided(tmp_path / "contract.yaml")
    found = [one for one in workflow.verify(honest, contract=own).findings if one.name == "independent:gain"]
    assert [one.verdict for one in found] == ["reproduced"]
    all_matched = _signed_anew(
        honest, "shared", lambda r: _check(r, "matched_sample").update(treated=r["sample"]["n_treated"])
    )
    tree = json.loads(all_matched.envelope.payload)
    (figure,) = tree["predicate"]["settlement"]["figures"]
    assert figure["value"] != quantise(Fraction(honest.results["shared"].estimate), 3)
    figure["value"] = quantise(Fraction(honest.results["shared"].estimate), 3)
    forgery = Certificate(sign(Envelope(payload=canonical_json(tree)), DEMO_KEY))
    assert "independent:gain" in {one.name for one in workflow.verify(forgery, contract=own).differences}


LACKING: dict[str, tuple[str, Callable[[Any], Any], str]] = {
    "controls": ("matched", lambda r: _check(r, "matched_sample").update(controls_used=None), "controls_used – / "),
    "sizes": ("matched", lambda r: _whole(r, "matched_sample")["table"].pop("sets"), "matched_sample.table.sets – / "),
    "pairs": ("matched", lambda r: _check(r, "matched_sample").pop("pairs"), "matched_sample.values.pairs – / "),
    "orders": ("matched", lambda r: _check(r, "tie_orders").update(min=None), "tie_orders.values.min – / "),
    "imbalanced": ("matched", lambda r: _check(r, "covariate_balance").update(n_imbalanced=None), "n_imbalanced – / "),
    "spread": ("weighted", lambda r: _check(r, "weight_spread").update(effective_treated=None), "effective_treated – "),
    "spread removed": ("robust", lambda r: _check(r, "weight_spread").pop("max_share_controls"), "max_share_controls"),
    "lost": ("adjusted", lambda r: _check(r, "differential_attrition").update(n_missing_control=None), "n_missing_con"),
    "bounds": ("adjusted", lambda r: _check(r, "lee_bounds").update(lower=None), "lee_bounds.values.lower – / "),
    "units": ("plain", lambda r: r["sample"].update(n_units=None), "sample.n_units – / "),
    "dropped": ("plain", lambda r: r["sample"].update(n_dropped=None), "sample.n_dropped – / "),
    "rows": ("did", lambda r: r["sample"].update(n_obs=None), "sample.n_obs – / "),
    "clusters": ("did", lambda r: r["sample"].update(n_clusters=None), "sample.n_clusters – / "),
    "clusters of a column": (
        "clustered",
        lambda r: r["sample"].update(n_clusters=None),
        "sample.n_clusters – / ",
    ),
    "clusters of sets": ("matched", lambda r: r["sample"].update(n_clusters=None), "sample.n_clusters – / "),
    "raw mean": ("robust", lambda r: r["observed"].update(control=None), "observed.control – / "),
    "fewest": ("shared", lambda r: _check(r, "minimum_n").update(units=None), "minimum_n.values.units – / enough"),
}


@pytest.mark.parametrize("name", LACKING)
def test_a_number_that_the_method_always_gives_and_nothing_hides_is_told_where_it_lacks(tmp_path, name):
    design, change, told = LACKING[name]
    assert told in _told_of(_signed_anew(settled(tmp_path, design), design, change))[f"analysis:{design}"]


CONTRADICTED: dict[str, tuple[str, Callable[[Any], Any], str]] = {
    "fewer treated": (
        "shared",
        lambda r: _check(r, "matched_sample").update(treated=r["sample"]["n_treated"]),
        "matched_sample.values.treated",
    ),
    "more matched": (
        "shared",
        lambda r: _check(r, "matched_sample").update(matched=40, treated=40, unmatched=0),
        "matched_sample.table.sets",
    ),
    "more compared": ("shared", lambda r: _fewer(r, n_treated=9, n_units=9, n_obs=9), "sample.n_treated"),
    "more controls": ("matched", lambda r: _fewer(r, n_control=9, n_units=9, n_obs=9), "sample.n_control"),
    "controls": ("matched", lambda r: _check(r, "matched_sample").update(controls=1), "matched_sample.values.controls"),
    "sets": ("matched", lambda r: _check(r, "matched_sample").update(sets=1), "matched_sample.values.sets 1 / "),
    "orders": ("matched", lambda r: _check(r, "tie_orders").update(min=90.0, max=91.0), "tie_orders.values.min"),
    "steady": ("matched", lambda r: _whole(r, "tie_orders").update(status="ok"), "tie_orders.status ok / warning"),
    "all have one": ("shared", lambda r: _whole(r, "matched_sample").update(status="ok"), "matched_sample.status ok"),
    "dropped": ("plain", lambda r: r["sample"].update(n_dropped=0), "sample.n_dropped 0 / ≥ 4"),
    "one order": ("matched", lambda r: _check(r, "tie_orders").update(max=91.0, count=0), "tie_orders.values.max 91"),
    "lost": ("matched", lambda r: _removed(r, "differential_attrition"), "diagnostics – / differential_attrition"),
    "worst": ("matched", lambda r: _without_note(r, "no_worst_case"), "diagnostics – / manski_bounds"),
    "of weights": (
        "weighted",
        lambda r: _removed(r, "differential_attrition"),
        "diagnostics – / differential_attrition",
    ),
    "of models": ("robust", lambda r: _removed(r, "differential_attrition"), "diagnostics – / differential_attrition"),
    "and the note": (
        "matched",
        lambda r: (_removed(r, "differential_attrition"), _without_note(r, "missing_outcomes")),
        "notes – / missing_outcomes; diagnostics – / differential_attrition",
    ),
    "the note": ("robust", lambda r: _without_note(r, "missing_outcomes"), "notes – / missing_outcomes"),
}


@pytest.mark.parametrize("name", CONTRADICTED)
def test_counts_of_a_match_and_of_missing_outcomes_that_contradict_each_other_are_told(tmp_path, name):
    design, change, told = CONTRADICTED[name]
    assert told in _told_of(_signed_anew(settled(tmp_path, design), design, change))[f"analysis:{design}"]


def _otherwise(folder: Path, design: str, *changes: tuple[str, str]) -> Certificate:
    """The signed certificate of the contract with words of it changed."""
    settled(folder, design)
    text = (folder / "contract.yaml").read_text(encoding="utf-8")
    for old, new in changes:
        assert text.count(old) == 1
        text = text.replace(old, new)
    (folder / "contract.yaml").write_text(text, encoding="utf-8")
    return workflow.settle(read_decided(folder / "contract.yaml"), date="2021-06-01").sign(DEMO_KEY)


HIDES = ("\ndata:\n", "\ndisclosure: {minimum: 9}\ndata:\n")


def test_where_counts_are_hidden_a_figure_is_not_paid_without_what_was_found_of_them(tmp_path):
    honest = _otherwise(tmp_path, "shared", HIDES, ("unmatched: zero", "unmatched: refer"))
    assert [one.state for one in honest.figures] == ["referred"]
    assert workflow.verify(honest).differences == ()
    told = _told_of(_signed_anew(honest, "shared", lambda r: _removed(r, "payment_quantity")))
    assert "how many" in told["figures"]


def test_where_counts_are_hidden_an_emptied_check_of_the_fewest_units_is_not_enough(tmp_path):
    honest = _otherwise(tmp_path, "shared", HIDES, ("unmatched: zero", "unmatched: estimate"))
    assert [one.state for one in honest.figures] == ["determined"]
    assert workflow.verify(honest).differences == ()
    for emptied in ({}, {"units": None}):
        told = _told_of(_signed_anew(honest, "shared", lambda r, v=emptied: _whole(r, "minimum_n").update(values=v)))
        assert "referred" in told["figure:gain"]


def test_clusters_that_are_not_counted_are_not_enough(tmp_path):
    fewest = ("minimum_n: none", "minimum_n: {clusters: 6, on_fewer: refer}")
    honest = _otherwise(tmp_path, "clustered", fewest)
    assert workflow.verify(honest).differences == ()
    told = _told_of(_signed_anew(honest, "clustered", lambda r: r["sample"].update(n_clusters=None)))
    assert "minimum_n.values.clusters enough / fewer" in told["analysis:clustered"]


@pytest.mark.parametrize("value", ["little", None])
def test_what_ties_move_is_no_number_and_stops_no_verification_with_data(tmp_path, value):
    honest = _otherwise(tmp_path, "matched", ('tie_tolerance: "1000000"', 'tie_tolerance: "9"'))
    forgery = _signed_anew(honest, "matched", lambda r: _check(r, "tie_orders").update(max=value))
    found = workflow.verify(forgery, contract=read_decided(tmp_path / "contract.yaml"))
    assert {"figures", "result:matched"} <= {one.name for one in found.differences}
