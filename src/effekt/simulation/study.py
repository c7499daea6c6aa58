"""Many synthetic cohorts, every method on each: one row per replicate, method and view."""

from __future__ import annotations

import math
import pickle
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.random import Generator, SeedSequence

from effekt._exact import exact
from effekt._validation import (
    check_integer,
    check_level,
    check_members,
    check_names,
    check_option,
    check_seed,
    join_words,
    plural,
    shown,
)
from effekt.exceptions import ArgumentError, EffektError, InferenceUnavailableError, UnknownColumnError
from effekt.result import EffectEstimate
from effekt.result.parts import Result
from effekt.tables import Table, to_pandas

if TYPE_CHECKING:
    import pandas as pd

VIEWS = ("difference", "relative", "ratio", "improvement", "relative_improvement")
CHUNKS = 100  # at most so many tasks go to an executor, so that its overhead stays small


class CohortLike(Protocol):
    """What a study needs of a cohort: a table, and the truth of every view it asks for."""

    @property
    def table(self) -> Table:
        """What the methods read."""

    @property
    def truth(self) -> Mapping[str, float]:
        """The true effect by name of view."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyRow:
    """What one method found in one replicate, in one view.

    Attributes
    ----------
    replicate : int
        From 1.
    method, view : str
    truth : float
        The true effect in this view.
    estimate, std_error, conf_low, conf_high, p_value : float or None
        None where there is none; the p-value is that of no effect.
    covered, rejected : bool or None
        Whether the confidence set holds the truth, and whether no effect is rejected at 1 − level; None where the set
        or the p-value does not exist.
    reason : str or None
        Why the method gave no estimate, no p-value or no single interval; None when it gave all three.
    """

    replicate: int
    method: str
    view: str
    truth: float
    estimate: float | None = None
    std_error: float | None = None
    conf_low: float | None = None
    conf_high: float | None = None
    p_value: float | None = None
    covered: bool | None = None
    rejected: bool | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class StudyRows(Result):
    """All rows of a study, by replicate, then method, then view, in the order these were given.

    `to_json` keeps them and `from_json` gives them back, to be measured again.

    Attributes
    ----------
    rows : tuple of StudyRow
    level : float
        Confidence level of the intervals; no effect is rejected at 1 − level.

    Raises
    ------
    ArgumentError
        When a row is none, or two are of one replicate, method and view; names the row.
    """

    SCHEMA = "effekt/study/1"

    rows: tuple[StudyRow, ...]
    level: float

    def __post_init__(self) -> None:
        check_level(self.level)
        check_members("rows", self.rows, StudyRow, "StudyRow")
        object.__setattr__(self, "rows", tuple(self.rows))
        seen: dict[tuple[int, str, str], int] = {}
        for number, row in enumerate(self.rows, 1):
            first = seen.setdefault((row.replicate, row.method, row.view), number)
            if first < number:
                raise ArgumentError(
                    "`rows` must hold each replicate, method and view once; "
                    f"row {number} has those of row {first}. Leave one of them out."
                )

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        methods, views = ({getattr(row, name): None for row in self.rows} for name in ("method", "view"))
        return f"StudyRows({join_words(methods, 'and')}; {join_words(views, 'and')}: {plural(len(self), 'row')})"

    def _repr_html_(self) -> str:
        from effekt.reports.notebook import table_html

        return table_html(self.tidy())

    def tidy(self) -> pd.DataFrame:
        """One row per replicate, method and view, with the attributes of `StudyRow` as columns."""
        return to_pandas({f.name: [getattr(row, f.name) for row in self.rows] for f in fields(StudyRow)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """A Monte-Carlo study of methods on cohorts drawn from one data-generating process.

    Parameters
    ----------
    dgp : callable
        Takes a `numpy.random.Generator` and returns a cohort (`.table` and `.truth`), such as those of
        `effekt.datasets`.
    methods : mapping of str to callable
        Each takes the cohort's table and returns an `EffectEstimate`.
    replications : int
        Cohorts to draw.
    rng : int or Generator
        The study's seed; a generator gives one, drawn when the study is made.
    views : tuple of str
        Of "difference", "relative", "ratio", "improvement" and "relative_improvement"; the cohort's truth must name
        each.
    level : float
        Confidence level.

    Raises
    ------
    ArgumentError
        For an argument outside its rule.

    Notes
    -----
    Replicate i has its own stream, the i-th child of `numpy.random.SeedSequence(seed)`, so its cohort does not depend
    on the other replicates, on their number or on where they run.

    With an executor of processes (or of a cluster) everything is pickled: `dgp` and every method must be functions at
    the top level of an importable module, or `functools.partial` of such; lambdas and local functions work without an
    executor and with threads.

    Examples
    --------
    >>> import effekt
    >>> def cohort(rng):
    ...     return effekt.datasets.trial(rng=rng, n=100)
    >>> def unadjusted(table):
    ...     return effekt.randomized_trial(table, outcome="outcome", treatment="treatment")
    >>> study = Study(dgp=cohort, methods={"unadjusted": unadjusted}, replications=3, rng=1)
    >>> [row.view for row in study.run().rows]
    ['difference', 'relative', 'difference', 'relative', 'difference', 'relative']
    """

    dgp: Callable[[Generator], CohortLike]
    methods: Mapping[str, Callable[[Table], EffectEstimate]]
    replications: int
    rng: Generator | int
    views: tuple[str, ...] = ("difference", "relative")
    level: float = 0.95

    def __post_init__(self) -> None:
        check_integer("replications", self.replications, 1)
        check_level(self.level)
        views = check_names("views", self.views, "view")
        for view in views:
            check_option("views", view, VIEWS)
        if not views:
            raise ArgumentError("`views` must name at least one view.")
        if not callable(self.dgp):
            raise ArgumentError(f"`dgp` must be a function of a random generator; got {self.dgp!r}.")
        if not isinstance(self.methods, Mapping) or not self.methods or not all(map(callable, self.methods.values())):
            raise ArgumentError("`methods` must name at least one function, as in {'name': function}.")
        check_names("methods", list(self.methods), "method")
        object.__setattr__(self, "views", views)
        object.__setattr__(self, "methods", dict(self.methods))
        object.__setattr__(self, "rng", _seed(self.rng))

    def run(self, executor: Executor | None = None, progress: Callable[[int, int], None] | None = None) -> StudyRows:
        """Draw every cohort, apply every method, and return all rows.

        Parameters
        ----------
        executor : concurrent.futures.Executor, optional
            Where the replicates run; by default here, one after the other. The rows are the same on any.
        progress : callable, optional
            Called here with (replicates done, replicates in all).

        Returns
        -------
        StudyRows
            An `EffektError` that the data of a replicate make a method raise is a row with its message as the reason.
            Any other error is a mistake in the method and is raised, with the replicate in a note.

        Raises
        ------
        ArgumentError
            When `executor` or `progress` is something else.
            When a method, or a view of its estimate, is given a wrong argument, or the name of a column that the
            cohort's table lacks; names the replicate and the method. It would be so in every replicate, and counted as
            failed ones these would look like a property of the method.
        """
        check_run(executor, progress)
        chunks = _chunks(self.replications)
        done: dict[int, tuple[StudyRow, ...]] = {}
        finished = 0
        for number, rows in self._serial(chunks) if executor is None else self._parallel(chunks, executor):
            done[number] = rows
            finished += len(chunks[number])
            if progress is not None:
                progress(finished, self.replications)
        return StudyRows(rows=tuple(row for number in sorted(done) for row in done[number]), level=self.level)

    def _serial(self, chunks: Sequence[range]) -> Iterable[tuple[int, tuple[StudyRow, ...]]]:
        for number, chunk in enumerate(chunks):
            yield number, _run(self, chunk)

    def _check_pickled(self) -> None:
        """Raise, before anything runs, for a function that other processes cannot be sent."""
        for name, function in (("`dgp`", self.dgp), *((f"`methods[{key!r}]`", f) for key, f in self.methods.items())):
            try:
                pickle.dumps(function)
            except Exception:
                raise ArgumentError(
                    f"{name} must be a function at the top level of a module, or a functools.partial of one, to run in "
                    "other processes; it cannot be pickled. Move it there, or run without an executor or with threads."
                ) from None

    def _parallel(self, chunks: Sequence[range], executor: Executor) -> Iterable[tuple[int, tuple[StudyRow, ...]]]:
        if isinstance(executor, ProcessPoolExecutor):
            self._check_pickled()
        numbers = {executor.submit(_run, self, chunk): number for number, chunk in enumerate(chunks)}
        try:
            for future in as_completed(numbers):
                yield numbers[future], future.result()
        finally:
            for future in numbers:
                future.cancel()


def check_run(executor: object, progress: object) -> None:
    """Raise unless replicates can run where they are to, and be counted."""
    if executor is not None and not isinstance(executor, Executor):
        raise ArgumentError(
            "`executor` must be an executor, as concurrent.futures.ProcessPoolExecutor(3) is; "
            f"got {shown(executor)}. Leave it out to run one replicate after the other."
        )
    if progress is not None and not callable(progress):
        raise ArgumentError(f"`progress` must be a function of two integers; got {shown(progress)}.")


def _seed(rng: Generator | int) -> int:
    """The seed itself, or 128 bits drawn from a generator."""
    if isinstance(rng, Generator):
        return int.from_bytes(rng.bytes(16), "little")
    return check_seed(rng)


def _chunks(replications: int) -> list[range]:
    size = -(-replications // CHUNKS)
    return [range(first, min(first + size, replications)) for first in range(0, replications, size)]


def _run(study: Study, replicates: range) -> tuple[StudyRow, ...]:
    """All rows of some replicates; at the top level so that it can be pickled."""
    return tuple(row for replicate in replicates for row in _replicate(study, replicate))


def _replicate(study: Study, replicate: int) -> list[StudyRow]:
    stream = SeedSequence(entropy=_seed(study.rng), spawn_key=(replicate,))  # what SeedSequence.spawn gives
    try:
        cohort = study.dgp(np.random.default_rng(stream))
        rows = [_rows(study, cohort, replicate + 1, name) for name in study.methods]
    except Exception as error:
        error.add_note(f"In replicate {replicate + 1} of the study.")
        raise
    return [row for found in rows for row in found]


def _rows(study: Study, cohort: CohortLike, replicate: int, name: str) -> list[StudyRow]:
    """One method on one cohort: a row per view."""
    if not isinstance(getattr(cohort, "truth", None), Mapping) or not hasattr(cohort, "table"):
        raise ArgumentError(
            f"`dgp` must return a cohort, with `table` and a `truth` by view; it returned {type(cohort).__name__}."
        )
    missing = [view for view in study.views if view not in cohort.truth]
    if missing:
        raise ArgumentError(
            f"`views` must be in the truth of the cohort; {missing[0]!r} is not, "
            f"{join_words(map(repr, cohort.truth), 'and')} are."
        )
    unknown = [view for view in study.views if not math.isfinite(cohort.truth[view])]
    if unknown:
        raise ArgumentError(
            f"The truth of the cohort must be a finite number; in replicate {replicate} that of {unknown[0]!r} is "
            f"{cohort.truth[unknown[0]]!r}."
        )
    blank = [StudyRow(replicate=replicate, method=name, view=v, truth=float(cohort.truth[v])) for v in study.views]
    try:
        effect = study.methods[name](cohort.table)
    except (ArgumentError, UnknownColumnError) as error:
        raise _mistaken(blank[0], error) from error
    except EffektError as error:
        return [_refused(row, error) for row in blank]
    if not isinstance(effect, EffectEstimate):
        raise ArgumentError(f"`methods` must return an EffectEstimate; {name!r} returned {type(effect).__name__}.")
    return [_row(row, effect, study.level) for row in blank]


def _row(blank: StudyRow, effect: EffectEstimate, level: float) -> StudyRow:
    """The estimate in the row's view with what inference there is at the level."""
    try:
        effect = getattr(effect, blank.view)()
    except ArgumentError as error:
        raise _mistaken(blank, error) from error
    except EffektError as error:
        return _refused(blank, error)
    found = replace(blank, estimate=effect.estimate, std_error=effect.std_error)
    reasons = []
    try:
        p_value = effect.rank_p_value()
        found = replace(found, p_value=float(p_value), rejected=exact(p_value) <= check_level(level))
    except InferenceUnavailableError as error:
        reasons.append(str(error))
    try:
        interval = effect.confidence_interval(level)
        found = replace(found, covered=blank.truth in interval)
        found = replace(found, conf_low=interval.low, conf_high=interval.high)
    except InferenceUnavailableError as error:
        reasons.append(str(error))
    return replace(found, reason=" ".join(dict.fromkeys(reasons)) or None)


def _mistaken(blank: StudyRow, error: EffektError) -> ArgumentError:
    """The same mistake, said to be one of the study: it would be made in every replicate, whatever the data."""
    return ArgumentError(f"In replicate {blank.replicate} method {blank.method!r} was given a wrong argument. {error}")


def _refused(blank: StudyRow, error: EffektError) -> StudyRow:
    return replace(blank, reason=str(error))
