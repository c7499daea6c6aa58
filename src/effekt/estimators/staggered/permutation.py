"""Inference of an average with few clusters: the periods of adoption given to other clusters.

Were the clusters' paths exchangeable but for the effect, every way of dealing the periods of adoption that there are to
them would be as likely, and one effect τ₀ of every treated unit in every treated period is tested exactly by the
estimator on Y − τ₀·D under all of them (Lehmann & Romano 2005, doi:10.1007/0-387-27605-X, theorem 15.2.1; for adoption
in stages Athey & Imbens 2022, doi:10.1016/j.jeconom.2020.10.012). The estimator is linear in the outcomes, so that this
is a − τ₀·b, with a and b what it makes of Y and of D; cohorts weigh as the units that a deal gives them.

A cluster enters through its number of units and their sums in each period alone; with covariates x through Σ xx' and
Σ x(Y_t − Y_1), from which the controls' regression is fitted anew in every deal. Covariates stay with their cluster,
and where any deal was as likely whatever paths and covariates are, the test is as exact with them as without.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, islice
from typing import Literal, TypeAlias

import numpy as np
from numpy.random import Generator

from effekt._inference import Randomization, Unavailable
from effekt._text import format_number
from effekt._types import FloatArray, IntArray
from effekt._validation import check_integer, check_option, check_seed, join_words
from effekt.estimators._m_estimation import standardised
from effekt.estimators._trend_checks import NAMES
from effekt.estimators._wild_bootstrap import MOST_LISTED
from effekt.estimators.did.few_clusters import MIXED
from effekt.estimators.randomized.arguments import generator_of
from effekt.estimators.staggered.comparisons import Group
from effekt.estimators.staggered.cross_sections import extreme_cohorts
from effekt.estimators.staggered.frame import DEPENDENT
from effekt.estimators.staggered.panel import Panel
from effekt.estimators.staggered.words import BY_AVERAGE, RARELY, dealt
from effekt.exceptions import ArgumentError
from effekt.result import EffectEstimate, EffectSet, Note
from effekt.result.group_times import Aggregation

StaggeredInference: TypeAlias = Literal["asymptotic", "permutation"]
INFERENCES: tuple[StaggeredInference, ...] = ("asymptotic", "permutation")
DRAWS = 9_999
CELLS = 2**20  # of one chunk of deals
WEIGHTS = ("estimated_weights", "given_weights")  # notes on an error that a permutation does not have


@dataclass(frozen=True, slots=True, kw_only=True)
class Permutation:
    """That adoption is dealt anew, and by what chance where there are too many ways."""

    draws: int
    rng: Generator | int | None

    def recorded(self) -> dict[str, object]:
        """What stands in a contract; a generator does not."""
        seed = {"rng": self.rng} if isinstance(self.rng, int) else {}
        return {"inference": "permutation", "draws": self.draws, **seed}


def check_permutation(
    inference: str,
    draws: int,
    rng: Generator | int | None,
    *,
    variance: str | None,
    aggregate: Aggregation | None,
    covariates: Sequence[str],
    adjustment: str | None,
    anticipation: int,
    sampling: str,
    checks: Sequence[str],
) -> Permutation | None:
    """What is asked for, if the other arguments allow it; None for an inference by a variance."""
    check_option("inference", inference, INFERENCES)
    check_integer("draws", draws, 1)
    if inference == "asymptotic":
        for name, given in (("draws", draws != DRAWS), ("rng", rng is not None)):
            if given:
                raise ArgumentError(f"`inference` 'asymptotic' draws nothing; leave `{name}` out.")
        return None
    if rng is not None and not isinstance(rng, Generator):
        check_seed(rng)
    trends = [repr(name) for name in checks if name in NAMES]
    names = [repr(name) for name in covariates]
    for wrong, sentence in (
        (variance is not None, "`inference` 'permutation' takes no variance; leave `variance` out"),
        (
            aggregate is None,
            "`aggregate` must be named with inference='permutation', which tests one average of all treated periods: "
            "pass 'simple', 'dynamic', 'cohort' or 'calendar'",
        ),
        (
            bool(covariates) and adjustment != "regression",
            "`adjustment` must be 'regression' with inference='permutation' and covariates "
            f"({join_words(names, 'and')}): a propensity fitted anew to the few clusters of every deal is often one "
            "that separates them. Pass adjustment='regression', leave them out",
        ),
        (
            anticipation > 0,
            "`anticipation` must be 0 with inference='permutation', which tests one effect from the first treated "
            f"period on; got {anticipation}. Date the start at the first period in which an effect may be there",
        ),
        (
            sampling != "panel",
            "`inference` 'permutation' takes the same units in every period; got sampling='repeated_cross_sections'. "
            "Give each unit its mean of each period",
        ),
        (
            bool(trends),
            f"`checks` {join_words(trends, 'and')} must be left out with inference='permutation': they take the joint "
            "covariance of all periods, which it does not give. Leave them out",
        ),
    ):
        if wrong:
            raise ArgumentError(f"{sentence}, or choose inference='asymptotic'.")
    return Permutation(draws=draws, rng=rng)


def with_permutation(
    found: EffectEstimate | EffectSet,
    panel: Panel,
    groups: Sequence[Group],
    estimator: str,
    aggregate: Aggregation,
    asked: Permutation,
) -> EffectEstimate | EffectSet:
    """An average, or the overall one of a set, with its inference; the others of a set say why they have none."""
    if isinstance(found, EffectSet):
        assert found.overall is not None
        overall = with_permutation(found.overall, panel, groups, estimator, aggregate, asked)
        assert isinstance(overall, EffectEstimate)
        members = tuple(
            replace(one, inference=Unavailable(reason=BY_AVERAGE), notes=_kept(one)) for one in found.effects
        )
        return replace(found, effects=members, overall=overall, covariance=None, df=math.inf)
    clusters = _clusters(panel)
    if clusters is None:
        return replace(found, inference=Unavailable(reason=MIXED), variance="none/1", notes=_kept(found))
    inference, left_out = _dealt(clusters, groups, estimator, aggregate, found.treated_mean, asked)
    if inference is None:
        return replace(found, inference=Unavailable(reason=RARELY), variance="none/1", notes=_kept(found))
    sizes = (int(clusters.units.min()), int(clusters.units.max()))
    told = (*dealt(len(inference.statistics), inference.complete, asked.rng, sizes, left_out), *extreme_cohorts(panel))
    sample = replace(found.sample, n_clusters=len(clusters.units))
    return replace(found, inference=inference, variance="permutation/1", sample=sample, notes=(*_kept(found), *told))


def _kept(found: EffectEstimate) -> tuple[Note, ...]:
    return tuple(note for note in found.notes if note.code not in WEIGHTS)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Clusters:
    """G clusters, in an order that depends on no label.

    Attributes
    ----------
    start : (G,) integer array
    gram : (G, k, k) array
        Σ xx' of the units, x a constant and the covariates.
    moments : (G, k, 2, T) array
        Σ x times the units' changes since the first period, and times whether they are treated.
    """

    start: IntArray
    gram: FloatArray
    moments: FloatArray

    @property
    def units(self) -> FloatArray:
        """(G,): how many units there are in each."""
        return self.gram[:, 0, 0]


def _clusters(panel: Panel) -> _Clusters | None:
    """The clusters' sums; None where a cluster holds units that adopt in different periods."""
    count = int(panel.cluster.max()) + 1
    start = np.full(count, -1, np.intp)
    start[panel.cluster] = panel.start
    if np.any(start[panel.cluster] != panel.start):
        return None
    design, changes = standardised(panel.covariates), panel.outcome - panel.outcome[:, :1]

    order = np.argsort(panel.cluster, kind="stable")
    ends = np.cumsum(np.bincount(panel.cluster, minlength=count))[:-1]

    def sums(values: FloatArray) -> FloatArray:
        """Each rounded once, so that no label of a unit moves a digit, and with it the order of the clusters."""
        return np.array([[math.fsum(own) for own in np.split(column[order], ends)] for column in values.T]).T

    of_design = [sums(design[:, [j]] * design) for j in range(design.shape[1])]
    gram = np.stack(of_design, axis=1)
    on = np.arange(changes.shape[1]) >= start[:, None]
    moments = np.stack(
        [np.stack([sums(x[:, None] * changes), gram[:, j, :1] * on], axis=1) for j, x in enumerate(design.T)], axis=1
    )
    keys = (*gram.reshape(count, -1).T[:0:-1], *moments[:, 1:, 0].reshape(count, -1).T[::-1])
    places = np.lexsort((*keys, *moments[:, 0, 0].T[::-1], gram[:, 0, 0], start))
    return _Clusters(start=start[places], gram=gram[places], moments=moments[places])


def _dealt(
    clusters: _Clusters,
    groups: Sequence[Group],
    estimator: str,
    by: Aggregation,
    treated_mean: float,
    asked: Permutation,
) -> tuple[Randomization | None, int]:
    """The average in every deal of the periods of adoption in which it exists, and in how many it does not."""
    ways = _ways(clusters.start)
    why = f"There are {_large(ways)} ways of dealing the periods of adoption, and at most {MOST_LISTED:,} are listed"
    generator = None if ways <= MOST_LISTED else generator_of(asked.rng, "ways", why)
    step = max(1, CELLS // clusters.moments.size)
    deals = _every(clusters.start, step) if generator is None else _drawn(clusters.start, asked.draws, step, generator)
    average = _Average(groups=groups, estimator=estimator, by=by, starts=np.unique(clusters.start).tolist())
    everything = np.concatenate([average.of(clusters, starts) for starts in deals])
    found = everything[~np.isnan(everything).any(axis=1)]
    if 2 * len(found) < len(everything):
        return None, 0
    inference = Randomization(
        statistics=tuple(found[:, 0].tolist()),
        exposures=tuple(found[:, 1].tolist()),
        complete=generator is None,
        mean_outcome=treated_mean,
        share_treated=1.0,
    )
    return inference, len(everything) - len(found)


# --- the estimator by the sums of clusters ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Average:
    """The average that is asked for, as a function of which cluster adopts when."""

    groups: Sequence[Group]
    estimator: str
    by: Aggregation
    starts: list[int]

    def of(self, clusters: _Clusters, dealt: IntArray) -> FloatArray:
        """(R, 2): of outcomes and of treatment, for starts (R, G)."""
        members = {start: (dealt == start).astype(float) for start in self.starts}
        units = {start: (own * clusters.units).sum(axis=1) for start, own in members.items()}
        if self.estimator == "imputation":
            sums = {start: np.einsum("rg,gvt->rvt", own, clusters.moments[:, 0]) for start, own in members.items()}
            effects = _imputed(self.groups, units, sums)
        else:
            gram = {start: np.einsum("rg,gij->rij", own, clusters.gram) for start, own in members.items()}
            moments = {start: np.einsum("rg,gkvt->rkvt", own, clusters.moments) for start, own in members.items()}
            effects = _compared(self.groups, gram, moments)
        parts = _parts(sorted(effects), self.by)
        averages = []
        for part in parts:
            weights = np.array([units[cohort] * factor for (cohort, _), factor in part.items()])
            values = np.array([effects[cell] for cell in part])
            averages.append((weights[:, :, None] * values).sum(axis=0) / weights.sum(axis=0)[:, None])
        return np.asarray(np.mean(averages, axis=0))


Cells: TypeAlias = dict[tuple[int, int], FloatArray]  # (R, 2) of each cohort and treated period


def _compared(groups: Sequence[Group], gram: dict[int, FloatArray], moments: dict[int, FloatArray]) -> Cells:
    """The cohort's mean change since its base less what the controls' regression gives at its mean covariates."""
    found: Cells = {}
    for group in groups:
        controls = [start for start in gram if start >= group.after and start != group.cohort]
        means = gram[group.cohort][:, 0] / gram[group.cohort][:, :1, 0]
        own = moments[group.cohort][:, 0] / gram[group.cohort][:, 0, 0][:, None, None]
        moved = own - _foretold(
            means,
            np.asarray(sum(gram[start] for start in controls)),
            np.asarray(sum(moments[start] for start in controls)),
        )
        for cell in group.cells:
            if cell.period >= group.cohort:
                found[group.cohort, cell.period] = moved[:, :, cell.period] - moved[:, :, cell.base]
    return found


def _foretold(means: FloatArray, gram: FloatArray, moments: FloatArray) -> FloatArray:
    """(R, 2, T): x̄'β of the regression of controls; NaN where a covariate depends on others among them."""
    deals, k, kinds, periods = moments.shape
    if k == 1:
        return np.asarray(moments[:, 0] / gram[:, 0, 0][:, None, None])
    values = np.linalg.eigvalsh(gram)
    regular = values[:, 0] > DEPENDENT * values[:, -1]
    beta = np.full((deals, k, kinds * periods), np.nan)
    beta[regular] = np.linalg.solve(gram[regular], moments[regular].reshape(-1, k, kinds * periods))
    return np.asarray(np.einsum("rk,rkc->rc", means, beta).reshape(deals, kinds, periods))


def _imputed(groups: Sequence[Group], units: dict[int, FloatArray], sums: dict[int, FloatArray]) -> Cells:
    """What is left of the cohort's means without unit and period effects; those of the rows without treatment."""
    deals, kinds, periods = next(iter(sums.values())).shape
    rows = {start: min(start, periods) for start in units}
    size = max(rows.values())
    gram, moments = np.zeros((deals, size, size)), np.zeros((deals, kinds, size))
    for start, m in rows.items():
        n, own = units[start], sums[start][:, :, :m]
        gram[:, np.arange(m), np.arange(m)] += n[:, None]
        gram[:, :m, :m] -= (n / m)[:, None, None]
        moments[:, :, :m] += own - own.mean(axis=2, keepdims=True)
    beta = np.zeros((deals, kinds, size))
    beta[:, :, 1:] = np.swapaxes(np.linalg.solve(gram[:, 1:, 1:], np.swapaxes(moments[:, :, 1:], 1, 2)), 1, 2)
    found: Cells = {}
    for group in groups:
        own = sums[group.cohort] / units[group.cohort][:, None, None]
        m = rows[group.cohort]
        level = (own[:, :, :m] - beta[:, :, :m]).mean(axis=2)
        for cell in group.cells:
            if cell.period >= group.cohort:
                found[group.cohort, cell.period] = own[:, :, cell.period] - beta[:, :, cell.period] - level
    return found


def _parts(cells: Sequence[tuple[int, int]], by: Aggregation) -> list[dict[tuple[int, int], float]]:
    """The averages by cohorts' sizes whose plain mean is asked for: their effects, and what multiplies the size."""
    if by == "simple":
        return [dict.fromkeys(cells, 1.0)]
    if by == "cohort":
        count = Counter(cohort for cohort, _ in cells)
        return [{cell: 1 / count[cell[0]] for cell in cells}]
    key = {cell: cell[1] - cell[0] if by == "dynamic" else cell[1] for cell in cells}
    return [dict.fromkeys([cell for cell in cells if key[cell] == value], 1.0) for value in sorted(set(key.values()))]


# --- deals ------------------------------------------------------------------------------------------------------------


def _ways(start: IntArray) -> int:
    """How many distinct ways there are of giving the clusters each other's starts."""
    return math.factorial(len(start)) // math.prod(map(math.factorial, Counter(start.tolist()).values()))


def _every(start: IntArray, step: int) -> Iterator[IntArray]:
    deals = _arranged(sorted(Counter(start.tolist()).items()), list(range(len(start))), [0] * len(start))
    while rows := list(islice(deals, step)):
        yield np.array(rows, np.intp)


def _arranged(left: Sequence[tuple[int, int]], free: Sequence[int], row: list[int]) -> Iterator[list[int]]:
    """Every way of filling the free places of a row with as many of each start as are left."""
    if not left:
        yield list(row)
        return
    (start, count), *rest = left
    for taken in combinations(free, count):
        for place in taken:
            row[place] = start
        yield from _arranged(rest, [place for place in free if place not in taken], row)


def _drawn(start: IntArray, draws: int, step: int, rng: Generator) -> Iterator[IntArray]:
    for first in range(0, draws, step):
        numbers = rng.random((min(step, draws - first), len(start)))
        yield start[np.argsort(numbers, axis=1, kind="stable")]


def _large(count: int) -> str:
    exponent = math.log10(count)
    return format_number(count, "en") if exponent < 9 else f"about 10^{exponent:.0f}"
