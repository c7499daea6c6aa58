"""Power and the smallest detectable effect of any design, by drawing its data and running its own analysis."""

from __future__ import annotations

import math
import pickle
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, Protocol, TypeAlias

import numpy as np
from numpy.random import Generator, SeedSequence

from effekt._exact import exact
from effekt._inference.distributions import binomial_lower_tail
from effekt._validation import check_integer, check_level, check_number, check_numbers, check_option, join_words
from effekt.diagnostics.power import Rule
from effekt.diagnostics.power.detectable import check_rule
from effekt.exceptions import ArgumentError, EffektError, UnknownColumnError
from effekt.result import Diagnostic, EffectEstimate
from effekt.simulation._power_words import detectable_words, power_words
from effekt.simulation.performance import MONTE_CARLO, wilson
from effekt.simulation.study import VIEWS, _chunks, _seed, check_run

Alternative: TypeAlias = Literal["two-sided", "greater", "less"]
Progress: TypeAlias = Callable[[int, int], None]
IMPROVEMENTS = ("improvement", "relative_improvement")
STEPS = 7  # halvings of the interval that is searched: 128 parts


class Drawn(Protocol):
    """What is asked of a drawn cohort: its table."""

    @property
    def table(self) -> Any:
        """What the analysis reads: any table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """In how many replicates the rule was met, in how many there was no answer, and why in the first of these."""

    met: int = 0
    unavailable: int = 0
    reason: str | None = None

    def __add__(self, later: Tally) -> Tally:
        return Tally(
            met=self.met + later.met,
            unavailable=self.unavailable + later.unavailable,
            reason=self.reason or later.reason,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerStudy:
    """How often an analysis finds an effect, by simulation: for any design that can be drawn and analysed.

    Parameters
    ----------
    draw : callable
        Takes a `numpy.random.Generator` and a true effect, and returns a cohort (something with `.table`), such as
        those of `effekt.datasets`. Effects are in the unit of the view; where less is better, `draw` turns the sign.
    analyse : callable
        Takes the cohort's table and returns an `EffectEstimate`: an estimator with its arguments, or the analysis of a
        contract.
    replications : int
        Cohorts to draw for each effect.
    rng : int or Generator
        The study's seed; a generator gives one, drawn when the study is made.
    rule : {"no_effect", "estimate", "bound"}
        When an effect counts as found: when no effect is rejected at 1 − level; when the estimate is at or above the
        threshold; or when the lower end of the one-sided confidence interval is.
    threshold : float, optional
        What the contract pays at, in the unit of the view. Under the rule "no_effect" it is only compared with the
        smallest detectable effect.
    view : {"difference", "relative", "ratio", "improvement", "relative_improvement"}
        In which the estimate is read; where less is better, one of the last two with `Outcome(better="lower")`, as
        the rules "estimate" and "bound" demand.
    level : float
        1 − α of the test, or confidence of the interval.
    alternative : {"two-sided", "greater", "less"}
        Of the test of no effect.

    Raises
    ------
    ArgumentError
        For an argument outside its rule.

    Notes
    -----
    Replicate i has its own stream, the i-th child of `numpy.random.SeedSequence(seed)`, at every effect: common random
    numbers, so that two effects differ by the effect alone as far as `draw` takes its chance in the same order. Nothing
    depends on the number of processes.

    A replicate whose data give no estimate, no p-value or no such bound (an `EffektError`) counts as not found, as a
    contract would not pay on it; their number is told, with the reason of the first. A contract rounds its figure
    before it is held against the threshold; here it is not rounded.

    Examples
    --------
    >>> import effekt
    >>> def draw(rng, effect):
    ...     return effekt.datasets.trial(rng=rng, n=60, sd=4.0, effect=effect)
    >>> def analyse(table):
    ...     return effekt.randomized_trial(table, outcome="outcome", treatment="treatment")
    >>> study = PowerStudy(draw=draw, analyse=analyse, replications=50, rng=1)
    >>> found = study.power([0.0, 4.0])
    >>> found.table["true_effect"], found.table["power"]
    ((0.0, 4.0), (0.02, 0.96))
    """

    draw: Callable[[Generator, float], Drawn]
    analyse: Callable[[Any], EffectEstimate]
    replications: int
    rng: Generator | int
    rule: Rule = "no_effect"
    threshold: float | None = None
    view: str = "difference"
    level: float = 0.95
    alternative: Alternative = "two-sided"

    def __post_init__(self) -> None:
        for name in ("draw", "analyse"):
            if not callable(getattr(self, name)):
                of = "a random generator and an effect" if name == "draw" else "a table"
                raise ArgumentError(f"`{name}` must be a function of {of}; got {getattr(self, name)!r}.")
        check_integer("replications", self.replications, 1)
        check_level(self.level)
        check_option("view", self.view, VIEWS)
        check_option("alternative", self.alternative, ("two-sided", "greater", "less"))
        if self.threshold is not None:
            object.__setattr__(self, "threshold", check_number("threshold", self.threshold))
        check_rule(self.rule, self.threshold)
        object.__setattr__(self, "rng", _seed(self.rng))

    def power(
        self, effects: Sequence[float], *, executor: Executor | None = None, progress: Progress | None = None
    ) -> Diagnostic:
        """How often each true effect is found.

        Parameters
        ----------
        effects : sequence of float
            True effects, as `draw` takes them.
        executor : concurrent.futures.Executor, optional
            Where the replicates run; by default here, one after the other. The result is the same on any.
        progress : callable, optional
            Called here with (replicates done, replicates in all).

        Returns
        -------
        Diagnostic
            Table, a row for each effect: `true_effect`, `power`, `mc_std_error` √(p(1 − p)/n), which says nothing
            of a share of 0 or 1, `mc_low` and `mc_high` (Wilson's 95 % interval), `unavailable`.
            Status "warning" when a replicate had no answer.

        Raises
        ------
        ArgumentError
            For an effect that is no number, or what `draw` or `analyse` are given wrongly; names the replicate.

        References
        ----------
        Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. *Journal of the
        American Statistical Association* 22(158), 209–212. doi:10.1080/01621459.1927.10502953
        """
        truths = sorted(set(check_numbers("effects", effects)))
        if not truths:
            raise ArgumentError("`effects` must hold at least one effect.")
        run = _Run(self, executor, progress, len(truths))
        tallies = {effect: run.tally(effect) for effect in truths}
        lost = sum(one.unavailable for one in tallies.values())
        table = _table(tallies, self.replications)
        return Diagnostic(
            name="simulated_power",
            status="warning" if lost else "information",
            statement=power_words(self, table, lost),
            values={**self._values(), "unavailable": lost, "reason": sum(tallies.values(), Tally()).reason},
            table=table,
        )

    def minimum_detectable_effect(
        self,
        *,
        within: tuple[float, float],
        power: float = 0.8,
        steps: int = STEPS,
        executor: Executor | None = None,
        progress: Progress | None = None,
    ) -> Diagnostic:
        """The smallest effect that is found with a given power.

        Parameters
        ----------
        within : tuple of float
            The two ends of the interval that is searched, the first 0 or more; power must rise with the effect in it.
        power : float
            Probability with which the effect is to be found.
        steps : int
            Halvings of the interval: effects are told apart to (high − low)/2**steps.
        executor : concurrent.futures.Executor, optional
            Where the replicates run; by default here, one after the other. The result is the same on any.
        progress : callable, optional
            Called here with (replicates done, replicates at most); the last call has all done.

        Returns
        -------
        Diagnostic
            Values: `minimum_detectable_effect`, None where the upper end has too little power, and the lower end where
            that has enough already; `mc_low` and `mc_high`, the ends of its 95 % Monte-Carlo interval, None where these
            lie outside; `resolution`; `unavailable` and `reason`, over all replicates that were run. Table: every
            effect that was tried, as of `power`. Status "failed" when there is none, "warning" when the lower end has
            enough already, when the smallest effect is above the threshold (rule "no_effect"), or when a replicate had
            no answer.

        Raises
        ------
        ArgumentError
            For an interval, a power or a number of steps outside its rule, or what `draw` or `analyse` are given
            wrongly.

        Notes
        -----
        With common random numbers the number of replicates that find an effect, of n, is a step function of it. The
        estimate is its first point, to the resolution, at which at least n·power do, found by bisection. With one power
        the number is binomial; the interval holds the effects at which it is not too far out in either tail:
        from where it passes l to where it reaches u, with l the largest and u the smallest number for which
        P(B < l) ≤ 0.025 and P(B ≥ u) ≤ 0.025, B ~ Bin(n, power). That is the distribution-free interval for a quantile
        (David & Nagaraja 2003, section 7.1), here of the effects at which the replicates begin to find.

        References
        ----------
        David, H. A. & Nagaraja, H. N. (2003). *Order statistics*, third edition. Wiley. doi:10.1002/0471722162
        """
        low, high = _check_within(within)
        wanted = _check_power(power, check_level(self.level))
        check_integer("steps", steps, 1)
        search = _Search(_Run(self, executor, progress, 2 + 3 * steps), low, high, steps)
        below, enough, above = _numbers(self.replications, wanted)
        at = search.first(enough)
        start, end = search.first(below), search.first(above)
        search.run.finish()
        table = _table({search.effect(index): one for index, one in sorted(search.seen.items())}, self.replications)
        lost = sum(one.unavailable for one in search.seen.values())
        smallest = None if at is None else search.effect(at)
        line = self.threshold if self.rule == "no_effect" else None
        beyond = line is not None and smallest is not None and smallest > line
        values = {
            **self._values(),
            "minimum_detectable_effect": smallest,
            "mc_low": search.effect(start - 1) if start else None,
            "mc_high": search.effect(end) if end else None,
            "power": float(wanted),
            "searched_from": low,
            "searched_to": high,
            "resolution": (high - low) / 2**steps,
            "unavailable": lost,
            "reason": sum((search.seen[index] for index in sorted(search.seen)), Tally()).reason,
        }
        return Diagnostic(
            name="simulated_minimum_detectable_effect",
            status="failed" if at is None else "warning" if at == 0 or beyond or lost else "information",
            statement=detectable_words(self, values, at == 0, lost),
            values=values,
            table=table,
        )

    def _values(self) -> dict[str, float | int | str | None]:
        return {
            "replications": self.replications,
            "rule": self.rule,
            "threshold": self.threshold,
            "view": self.view,
            "level": float(1 - check_level(self.level)),
            "alternative": self.alternative if self.rule == "no_effect" else None,
        }


# --- running ----------------------------------------------------------------------------------------------------------


class _Run:
    """One study at several effects, with the replicates that are done counted over all of them."""

    def __init__(self, study: PowerStudy, executor: Executor | None, progress: Progress | None, effects: int) -> None:
        check_run(executor, progress)
        self.study, self.executor, self.progress = study, executor, progress
        self.chunks = _chunks(study.replications)
        self.done, self.total = 0, effects * study.replications
        if isinstance(executor, ProcessPoolExecutor):
            _check_pickled(study)

    def tally(self, effect: float) -> Tally:
        """All replicates at one effect, added up in their order."""
        parts: dict[int, Tally] = {}
        for number, part in self._serial(effect) if self.executor is None else self._parallel(effect, self.executor):
            parts[number] = part
            self.done += len(self.chunks[number])
            if self.progress is not None:
                self.progress(self.done, self.total)
        return sum((parts[number] for number in sorted(parts)), Tally())

    def finish(self) -> None:
        """Say that all is done, where a search needed fewer effects than it might have."""
        if self.progress is not None and self.done < self.total:
            self.progress(self.total, self.total)

    def _serial(self, effect: float) -> Iterator[tuple[int, Tally]]:
        for number, chunk in enumerate(self.chunks):
            yield number, _tally(self.study, effect, chunk)

    def _parallel(self, effect: float, executor: Executor) -> Iterator[tuple[int, Tally]]:
        numbers = {executor.submit(_tally, self.study, effect, chunk): i for i, chunk in enumerate(self.chunks)}
        try:
            for future in as_completed(numbers):
                yield numbers[future], future.result()
        finally:
            for future in numbers:
                future.cancel()


class _Search:
    """Effects on a grid of 2**steps parts, each tried once."""

    def __init__(self, run: _Run, low: float, high: float, steps: int) -> None:
        self.run, self.low, self.high = run, low, high
        self.last: int = 2**steps
        self.seen: dict[int, Tally] = {}

    def effect(self, index: int) -> float:
        """The effect at a point of the grid."""
        return self.low + (self.high - self.low) * (index / self.last)

    def met(self, index: int) -> int:
        """Replicates that find the effect at a point."""
        if index not in self.seen:
            self.seen[index] = self.run.tally(self.effect(index))
        return self.seen[index].met

    def first(self, number: int) -> int | None:
        """The first point at which at least `number` replicates find the effect; None where the last has fewer."""
        if self.met(self.last) < number:
            return None
        if self.met(0) >= number:
            return 0
        high = min(index for index, one in self.seen.items() if one.met >= number)
        low = max(index for index, one in self.seen.items() if index < high and one.met < number)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if self.met(middle) >= number else (middle, high)
        return high


def _tally(study: PowerStudy, effect: float, replicates: range) -> Tally:
    """Some replicates at one effect; at the top level so that it can be pickled."""
    return sum((_replicate(study, effect, replicate) for replicate in replicates), Tally())


def _replicate(study: PowerStudy, effect: float, replicate: int) -> Tally:
    stream = SeedSequence(entropy=_seed(study.rng), spawn_key=(replicate,))  # the same at every effect
    try:
        table = _table_of(study.draw(np.random.default_rng(stream), effect))
        try:
            found = study.analyse(table)
            if not isinstance(found, EffectEstimate):
                raise ArgumentError(f"`analyse` must return an EffectEstimate; it returned {type(found).__name__}.")
            return Tally(met=int(_meets(study, found)))
        except (ArgumentError, UnknownColumnError):
            raise
        except EffektError as error:
            return Tally(unavailable=1, reason=str(error))
    except (ArgumentError, UnknownColumnError) as error:
        raise ArgumentError(
            f"In replicate {replicate + 1} at the effect {effect:g} an argument was wrong. {error}"
        ) from error
    except Exception as error:
        error.add_note(f"In replicate {replicate + 1} at the effect {effect:g}.")
        raise


def _table_of(drawn: object) -> Any:
    """The table of what was drawn."""
    if not hasattr(drawn, "table"):
        raise ArgumentError(
            "`draw` must return a cohort, something with its table as `.table`, such as those of `effekt.datasets`; it "
            f"returned {type(drawn).__name__}."
        )
    return drawn.table


def _meets(study: PowerStudy, effect: EffectEstimate) -> bool:
    """Whether the rule finds the effect in this estimate."""
    seen = getattr(effect, study.view)()
    if study.rule != "no_effect" and effect.outcome.better == "lower" and study.view not in IMPROVEMENTS:
        raise ArgumentError(
            f"`view` must be {join_words(map(repr, IMPROVEMENTS))} with rule={study.rule!r} where less of the outcome "
            f"is better, as {study.view!r} at or above the threshold is then a worse outcome; got {study.view!r}."
        )
    if study.rule == "no_effect":
        return bool(exact(seen.rank_p_value(None, study.alternative)) <= check_level(study.level))
    if study.rule == "estimate":
        return bool(seen.estimate >= study.threshold)
    return bool(seen.confidence_interval(study.level, "greater").low >= study.threshold)


# --- numbers ----------------------------------------------------------------------------------------------------------


def _table(tallies: dict[float, Tally], n: int) -> dict[str, tuple[float | int | str | None, ...]]:
    shares = [one.met / n for one in tallies.values()]
    limits = [wilson(share, n) for share in shares]
    return {
        "true_effect": tuple(tallies),
        "power": tuple(shares),
        "mc_std_error": tuple(math.sqrt(share * (1 - share) / n) for share in shares),
        "mc_low": tuple(low for low, _ in limits),
        "mc_high": tuple(high for _, high in limits),
        "unavailable": tuple(one.unavailable for one in tallies.values()),
    }


def _numbers(n: int, wanted: Fraction) -> tuple[int, int, int]:
    """l, ⌈n·power⌉ and u: the replicates that are too few, enough, and too many, of a binomial with that power."""
    out = (1 - MONTE_CARLO) / 2
    tails = [0.0, *(float(binomial_lower_tail(k, n, np.asarray(float(wanted)))) for k in range(n)), 1.0]
    below = max(number for number in range(n + 1) if tails[number] <= out)  # tails[k] is P(B < k)
    above = min((number for number in range(n + 1) if 1 - tails[number] <= out), default=n + 1)
    return below, math.ceil(n * wanted), above


# --- checks -----------------------------------------------------------------------------------------------------------


def _check_within(within: object) -> tuple[float, float]:
    if not isinstance(within, tuple) or len(within) != 2:
        raise ArgumentError(f"`within` must be two effects, such as (0, 1); got {within!r}.")
    low, high = (check_number("within", end) for end in within)
    if not 0 <= low < high:
        raise ArgumentError(f"`within` must rise from 0 or more; got {within!r}.")
    return low, high


def _check_power(power: object, alpha: Fraction) -> Fraction:
    number = check_number("power", power)
    if not alpha < exact(number) < 1:
        raise ArgumentError(f"`power` must be a number between {float(alpha):g} and 1, ends apart; got {power!r}.")
    return exact(number)


def _check_pickled(study: PowerStudy) -> None:
    """Raise, before anything runs, for a function that other processes cannot be sent."""
    for name in ("draw", "analyse"):
        try:
            pickle.dumps(getattr(study, name))
        except Exception:
            raise ArgumentError(
                f"`{name}` must be a function at the top level of a module, or a functools.partial of one, to run in "
                "other processes; it cannot be pickled. Move it there, or run without an executor or with threads."
            ) from None
