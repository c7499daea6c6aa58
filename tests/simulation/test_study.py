"""A study gives the same rows wherever it runs, and never loses one."""

import json
import pickle
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import fields, replace
from fractions import Fraction
from functools import partial
from multiprocessing import get_context
from types import SimpleNamespace

import numpy as np
import pytest
from simulation import studies

import effekt
from effekt.datasets import helsingborg
from effekt.exceptions import ArgumentError, DataError
from effekt.simulation import Study, StudyRow, StudyRows, measure_performance

METHODS = {"unadjusted": studies.unadjusted, "adjusted": studies.adjusted, "fussy": studies.sometimes_refuses}


def study(**changes) -> Study:
    return Study(**{"dgp": studies.small_trial, "methods": METHODS, "replications": 12, "rng": 5} | changes)


def one_row(method, **changes) -> StudyRow:
    """The row of the difference from one replicate."""
    rows = study(dgp=studies.one_number, methods={"m": method}, replications=1, views=("difference",), **changes).run()
    return rows.rows[0]


class Backwards(Executor):
    """Runs tasks at once, but in the reverse of the order they were given in, when the first result is asked for."""

    def __init__(self) -> None:
        self.tasks = []

    def submit(self, function, /, *arguments, **keywords):
        future = Future()
        self.tasks.append((future, function, arguments, keywords))
        if len(self.tasks) == 12:
            for waiting, task, a, k in reversed(self.tasks):
                waiting.set_result(task(*a, **k))
        return future


def test_one_row_per_replicate_method_and_view_in_order() -> None:
    found = study().run()
    assert len(found) == 12 * 3 * 2
    expected = [(i, m, v) for i in range(1, 13) for m in METHODS for v in ("difference", "relative")]
    assert [(row.replicate, row.method, row.view) for row in found.rows] == expected


def test_a_row_holds_what_the_estimate_says() -> None:
    found = study(level=0.9, views=("relative", "difference")).run()
    cohort = studies.small_trial(np.random.default_rng(np.random.SeedSequence(5).spawn(12)[11]))
    effect = studies.adjusted(cohort.table)
    for row, seen in zip(found.rows[-4:-2], (effect.relative(), effect.difference()), strict=True):
        interval = seen.confidence_interval(0.9)
        assert row == StudyRow(
            replicate=12,
            method="adjusted",
            view=seen.view.name,
            truth=cohort.truth[seen.view.name],
            estimate=seen.estimate,
            std_error=seen.std_error,
            conf_low=interval.low,
            conf_high=interval.high,
            p_value=seen.p_value(),
            covered=interval.low <= cohort.truth[seen.view.name] <= interval.high,
            rejected=seen.p_value() <= 0.1,
            reason=None,
        )


def test_same_rows_on_any_executor() -> None:
    serial = study().run()
    with ThreadPoolExecutor(3) as threads:
        assert study().run(threads) == serial
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as processes:
        assert study().run(processes) == serial
    assert study().run(Backwards()) == serial


def test_rows_of_a_replicate_do_not_depend_on_how_many_there_are() -> None:
    many = study(dgp=studies.one_number, methods={"m": studies.echo}, replications=230).run()  # three in a task
    few = study(dgp=studies.one_number, methods={"m": studies.echo}).run()
    assert many.rows[: len(few)] == few.rows
    assert [row.replicate for row in many.rows[::2]] == list(range(1, 231))


def test_the_seed_decides() -> None:
    assert study().run() == study().run()
    assert study().run() != study(rng=6).run()
    by_generator = study(rng=np.random.default_rng(1))
    assert by_generator.run() == by_generator.run() == study(rng=np.random.default_rng(1)).run()
    generator = np.random.default_rng(1)
    assert study(rng=generator).run() != study(rng=generator).run()


def test_a_study_survives_pickling() -> None:
    assert pickle.loads(pickle.dumps(study())) == study()


def test_progress_counts_replicates() -> None:
    seen = []
    quick = study(dgp=studies.one_number, methods={"m": studies.echo}, replications=230)
    quick.run(progress=lambda done, total: seen.append((done, total)))
    assert seen == [(done, 230) for done in (*range(3, 230, 3), 230)]


def test_an_error_of_the_method_is_a_row_with_its_reason() -> None:
    rows = [row for row in study().run().rows if row.method == "fussy"]
    refused = [row for row in rows if row.reason]
    assert 0 < len(refused) < len(rows)
    for row in refused:
        assert row.reason == "Too much."
        assert row.truth == {"difference": 2.0, "relative": 0.1}[row.view]
        assert [row.estimate, row.std_error, row.conf_low, row.conf_high, row.p_value] == [None] * 5
        assert row.covered is row.rejected is None


def test_any_other_error_is_raised_and_says_where() -> None:
    broken = study(methods={"mistaken": studies.mistaken})
    with pytest.raises(ZeroDivisionError) as raised:
        broken.run()
    assert raised.value.__notes__ == ["In replicate 1 of the study."]
    with ThreadPoolExecutor(2) as threads, pytest.raises(ZeroDivisionError) as raised:
        broken.run(threads)
    assert "of the study." in raised.value.__notes__[0]


def test_an_estimate_without_inference_is_kept() -> None:
    row = one_row(studies.unavailable)
    assert (row.estimate, row.std_error, row.p_value, row.covered, row.rejected) == (1.0, None, None, None, None)
    assert row.reason == "There is no variation."


def eleven_municipalities(table):
    return effekt.trend_adjusted(
        helsingborg(),
        outcome="sick_leave_percent",
        unit="municipality",
        time="year",
        period="year",
        treated="Bjuv",
        reference_window=(2014, 2015),
        evaluation_window=(2016, 2018),
        comparator="others",
        weights=None,
    )


def test_a_p_value_without_an_interval_is_kept() -> None:
    row = one_row(eleven_municipalities)
    assert row.p_value is not None
    assert row.rejected is False
    assert (row.covered, row.conf_low) == (None, None)
    assert row.reason.startswith("With 10 placebos the smallest attainable p is 1/11")


@pytest.mark.parametrize(
    ("intervals", "covered", "ends", "reason"),
    [
        (((0.5, 2.0),), True, (0.5, 2.0), None),
        (((1.5, np.inf),), False, (1.5, np.inf), None),
        (((-np.inf, 0.0), (0.9, np.inf)), True, (None, None), "disjoint"),
        ((), False, (None, None), "empty"),
    ],
)
def test_coverage_is_that_of_the_set(intervals, covered, ends, reason) -> None:
    row = one_row(lambda table: studies.declared(intervals))
    assert row.covered is covered
    assert (row.conf_low, row.conf_high) == ends
    assert reason is row.reason or reason in row.reason


@pytest.mark.parametrize(
    ("p_value", "rejected"), [(0.05, True), (0.1 / 2, True), (0.05000001, False), (0.04, True), (1.0, False)]
)
def test_rejection_includes_the_limit(p_value, rejected) -> None:
    assert one_row(lambda table: studies.declared(((0.5, 2.0),), p_value)).rejected is rejected


def test_a_view_that_is_not_identified_has_a_reason() -> None:
    rows = study(dgp=studies.one_number, methods={"m": studies.below_zero}, replications=1).run().rows
    assert rows[0].estimate == 1.0
    assert rows[0].reason is None
    assert rows[1].estimate is None
    assert rows[1].reason == "`relative` needs a positive counterfactual mean; it is -3."


def test_tidy() -> None:
    found = study().run()
    frame = found.tidy()
    assert list(frame.columns) == [f.name for f in fields(StudyRow)]
    assert len(frame) == len(found)
    assert frame["estimate"].isna().sum() == sum(row.estimate is None for row in found.rows)


def test_rows_are_kept_as_json_and_measured_again() -> None:
    found = study().run()
    again = StudyRows.from_json(found.to_json())
    assert again == found
    assert again.rows == found.rows
    assert hash(again) == hash(found)
    assert measure_performance(again) == measure_performance(found)
    endless = StudyRows(rows=(replace(found.rows[0], conf_low=-np.inf),), level=0.9)
    assert StudyRows.from_json(endless.to_json()).rows == endless.rows
    assert endless != replace(endless, level=0.95)


def test_json_of_rows_says_what_it_is() -> None:
    text = study(replications=1).run().to_json()
    assert '"schema":"effekt/study/1"' in text
    for changed, sentence in (
        (
            text.replace("study/1", "study/2"),
            "The JSON must carry the schema tag 'effekt/study/1'; got 'effekt/study/2'.",
        ),
        (
            text.replace('"replicate":1', '"replicate":1.5', 1),
            "The JSON at `rows[0].replicate` must be int; got float. Use it as it was written.",
        ),
        (
            text.replace('"level":', '"levl":'),
            "The JSON has the unknown key 'levl'. Did you mean 'level'? Use it as it was written.",
        ),
        (
            text.replace('"level":0.95', '"level":95'),
            "`level` must be a number between 0 and 1, such as 0.95; got 95.0.",
        ),
    ):
        with pytest.raises(ArgumentError) as raised:
            StudyRows.from_json(changed)
        assert str(raised.value) == sentence


TWICE = "`rows` must hold each replicate, method and view once; row 7 has those of row 2. Leave one of them out."


def test_a_row_that_stands_twice_is_no_replicate_of_its_own() -> None:
    found = study(replications=1).run()
    with pytest.raises(ArgumentError) as raised:
        replace(found, rows=(*found.rows, replace(found.rows[1], estimate=0.0)))
    assert str(raised.value) == TWICE
    again = json.loads(found.to_json())
    again["rows"].append(again["rows"][1])
    with pytest.raises(ArgumentError) as raised:
        StudyRows.from_json(json.dumps(again))
    assert str(raised.value) == TWICE


def test_rows_are_told_in_one_line() -> None:
    found = study(replications=1).run()
    assert repr(found) == "StudyRows(unadjusted, adjusted and fussy; difference and relative: 6 rows)"
    assert found._repr_html_().count("<tr") == 7


def test_rows_are_plain_values() -> None:
    kinds = {type(getattr(row, f.name)) for row in study().run().rows for f in fields(StudyRow)}
    assert kinds == {int, str, float, bool, type(None)}
    assert isinstance(study().run(), StudyRows)


def test_a_method_may_be_a_partial() -> None:
    method = partial(effekt.randomized_trial, outcome="outcome", treatment="treatment", adjustment="none")
    assert study(methods={"unadjusted": method}).run() == study(methods={"unadjusted": studies.unadjusted}).run()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"replications": 0}, "`replications` must be an integer of at least 1; got 0."),
        ({"rng": None}, "`rng` must be an integer seed from 0 or a numpy.random.Generator; got None."),
        ({"rng": -1}, "`rng` must be an integer seed from 0 or a numpy.random.Generator; got -1."),
        ({"level": 95}, "`level` must be a number between 0 and 1, such as 0.95; got 95."),
        ({"methods": {}}, "`methods` must name at least one function, as in {'name': function}."),
        ({"methods": {"m": "mean"}}, "`methods` must name at least one function, as in {'name': function}."),
        ({"dgp": 3}, "`dgp` must be a function of a random generator; got 3."),
        ({"methods": {1: studies.echo}}, "`methods` must be a method name or a list of method names; got [1]."),
        ({"views": ()}, "`views` must name at least one view."),
        ({"views": ("ratio", "ratio")}, "`views` must name each view once; 'ratio' stands twice."),
        ({"views": 3}, "`views` must be a view name or a list of view names; got 3."),
        (
            {"views": ("diff",)},
            "`views` must be 'difference', 'relative', 'ratio', 'improvement' or 'relative_improvement'; got 'diff'.",
        ),
    ],
)
def test_refusals(changes, sentence) -> None:
    with pytest.raises(ArgumentError) as raised:
        study(**changes)
    assert str(raised.value) == sentence


@pytest.mark.parametrize(
    ("place", "sentence"),
    [
        (
            {"executor": 3},
            "`executor` must be an executor, as concurrent.futures.ProcessPoolExecutor(3) is; got 3. Leave it out to "
            "run one replicate after the other.",
        ),
        (
            {"executor": ThreadPoolExecutor},
            "`executor` must be an executor, as concurrent.futures.ProcessPoolExecutor(3) is; got type. Leave it out "
            "to run one replicate after the other.",
        ),
        ({"progress": "yes"}, "`progress` must be a function of two integers; got 'yes'."),
    ],
)
def test_where_a_study_runs_is_an_executor(place, sentence) -> None:
    with pytest.raises(ArgumentError) as raised:
        study().run(**place)
    assert str(raised.value) == sentence


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"dgp": studies.one_number, "views": ("difference", "ratio")},
            "`views` must be in the truth of the cohort; 'ratio' is not, 'difference' and 'relative' are.",
        ),
        (
            {"dgp": lambda rng: 3},
            "`dgp` must return a cohort, with `table` and a `truth` by view; it returned int.",
        ),
        ({"methods": {"m": studies.no_estimate}}, "`methods` must return an EffectEstimate; 'm' returned str."),
    ],
)
def test_refusals_while_running(changes, sentence) -> None:
    with pytest.raises(ArgumentError) as raised:
        study(**changes).run()
    assert str(raised.value) == sentence


def test_exact_limit_of_a_rank() -> None:
    """A placebo p of exactly 1/20 rejects at level 0.95."""
    from effekt._inference import Placebos

    inference = Placebos(errors=tuple(0.001 * i for i in range(1, 20)), scale="linear")
    assert inference.p_value(studies.estimate_of(inference).means, "difference", 0.0, "two-sided") == Fraction(1, 20)
    assert one_row(lambda table: studies.estimate_of(inference)).rejected is True


def test_a_truth_that_is_no_number_stops_the_study() -> None:
    truth = {"difference": 0.0, "relative": float("nan")}

    def unknown(rng):
        return SimpleNamespace(truth=truth, table=studies.small_trial(rng).table)

    with pytest.raises(ArgumentError) as refused:
        study(dgp=unknown, replications=1).run()
    assert str(refused.value) == (
        "The truth of the cohort must be a finite number; in replicate 1 that of 'relative' is nan."
    )


def test_a_seed_may_be_an_integer_of_numpy() -> None:
    assert study(rng=np.int64(5)).run() == study().run()


def wrong_variance(table):
    return effekt.randomized_trial(table, outcome="outcome", treatment="treatment", variance="CR2")


def test_a_wrong_argument_is_a_mistake_of_the_study_and_names_the_replicate() -> None:
    with pytest.raises(ArgumentError) as raised:
        study(methods={"wrong": wrong_variance}, replications=2).run()
    with pytest.raises(ArgumentError) as direct:
        wrong_variance(studies.small_trial(np.random.default_rng(1)).table)
    assert str(raised.value) == f"In replicate 1 method 'wrong' was given a wrong argument. {direct.value}"


def misspelt(table):
    return effekt.randomized_trial(table, outcome="outcom", treatment="treatment")


def test_a_misspelt_column_is_a_mistake_of_the_study_and_no_failed_replicate() -> None:
    sentence = (
        "In replicate 1 method 'misspelt' was given a wrong argument. The synthetic trial has no column 'outcom' among "
        "its 7 columns. Did you mean 'outcome'?"
    )
    with pytest.raises(ArgumentError) as raised:
        study(methods={"right": studies.unadjusted, "misspelt": misspelt}).run()
    assert str(raised.value) == sentence
    with ThreadPoolExecutor(2) as threads, pytest.raises(ArgumentError, match=r"method 'misspelt' was given a wrong"):
        study(methods={"misspelt": misspelt}).run(threads)


def sometimes_refused(table):
    """Refuses the data of some replicates: those whose first outcome is above the mean."""
    outcomes = [float(value) for value in table.values("outcome")]
    if outcomes[0] > sum(outcomes) / len(outcomes):
        raise DataError("Column 'outcome' must not start above its mean.")
    return effekt.randomized_trial(table, outcome="outcome", treatment="treatment")


def test_data_that_a_method_refuses_stay_counted() -> None:
    rows = study(methods={"sometimes": sometimes_refused}, replications=12, views=("difference",)).run().rows
    refused = [row for row in rows if row.reason == "Column 'outcome' must not start above its mean."]
    assert len(rows) == 12
    assert 0 < len(refused) < 12
    assert all(row.estimate is None for row in refused)


def test_a_function_that_no_process_can_be_sent_is_refused_before_anything_runs() -> None:
    study = Study(dgp=studies.small_trial, methods={"mine": lambda table: None}, replications=3, rng=1)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool, pytest.raises(ArgumentError) as error:
        study.run(pool)
    assert str(error.value) == (
        "`methods['mine']` must be a function at the top level of a module, or a functools.partial of one, to run in "
        "other processes; it cannot be pickled. Move it there, or run without an executor or with threads."
    )
