"""Inference from the workplaces (or employees) of which the treated units and the comparator consist.

A window's mean is Ȳ_w = Σ a/Σ b over the rows of its clusters: the mean of the clusters' own means, each with its
share h_cw of the denominators, which is a weighted regression of these on one dummy for each window. Cluster c moves it
by its score, corrected as CR2 is with errors of the clusters' means alike (Bell & McCaffrey 2002, Survey Methodology
28(2), 169–181; Pustejovsky & Tipton 2018, doi:10.1080/07350015.2016.1247004, section 2.1)::

    g_cw = Σ_t (a_ct − Ȳ_w b_ct) / (Σ b √(1 − 2h_cw + q_w)),   q_w = Σ_c h_cw²

A cluster has both windows, so that what is peculiar to it and lasts goes out. With m_w the inverse of the mean for a
ratio, on the log scale, and 1 for a difference, cluster c of the treated moves the treated mean by m_E g_cE and the
counterfactual by m_R g_cR, and one of the comparator moves the counterfactual by m_E g_cE − m_R g_cR; V sums their
squares and products. For a contrast with ℓ_w on the means, the scores as linear forms of independent errors of one
variance have the products K = Σ_w ℓ_w² K_w within an arm, ::

    K_w[c, d] = s_c s_d (1{c = d} − h_c − h_d + q_w),   s_c = h_c / √(1 − 2h_c + q_w)

and tr(K)²/tr(KK) degrees of freedom (Satterthwaite; ibid., equation 11).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

import numpy as np

from effekt._exact import scaled_integers
from effekt._few import MIN_CLUSTERS, low_df
from effekt._inference import ContrastDf, StudentT, Unavailable
from effekt._text import Text
from effekt._types import FloatArray, Missing, Period, Table
from effekt._validation import plural
from effekt.estimators.trend.comparison import Comparison, Design
from effekt.estimators.trend.panel import NOT_NEGATIVE, OF_NEGATIVE, Panel, read_rows
from effekt.exceptions import ArgumentError
from effekt.result import Note
from effekt.roles import Outcome

ROUNDING = 1e-13  # movement this small relative to the means is rounding
ALONE = 1e-12  # a share this near to all of a window leaves nothing to compare with

Cells: TypeAlias = dict[int, tuple[int, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterPanel(Panel):
    """A panel added up over its clusters; `clusters` maps (unit, cluster) to its cells by period."""

    clusters: dict[tuple[str, str], Cells]

    def of(self, units: Sequence[str]) -> list[tuple[str, str]]:
        """The clusters of some units, in order."""
        return sorted(at for at in self.clusters if at[0] in units)

    def rows(self, units: Sequence[str], times: set[int]) -> int:
        """How many rows of the data some units have in some periods."""
        return sum(t in times for at in self.of(units) for t in self.clusters[at])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Window:
    """One window of one arm: each cluster's share and corrected score, the correction, and Σ of squared shares."""

    shares: FloatArray
    scores: FloatArray
    correction: FloatArray
    square: float


# ------------------------------------------------------------------------------------------------------------ the data


def check_cluster(
    cluster: object,
    *,
    inference: str,
    outcome: Outcome,
    pooled: bool,
    mean: str,
    standardized: bool,
    used: Sequence[str],
) -> None:
    """Refuse clusters where nothing can be added up over them, and inference from clusters without any.

    `pooled` says that the comparator is a ratio of sums, or that there is none.
    """
    if cluster is None:
        if inference == "cluster":
            raise ArgumentError(
                "`cluster` must be given with inference='cluster': the column of workplaces or employees, with one row "
                "per unit, period and cluster; got None."
            )
        return
    if not isinstance(cluster, str) or cluster in (*used, *outcome.columns):
        raise ArgumentError(f"`cluster` must name a column that has no other part; got {cluster!r}.")
    if len(outcome.columns) == 1 or not pooled or mean != "ratio_of_sums":
        raise ArgumentError(
            "`cluster` needs an outcome given as (numerator, denominator), weights='denominator' and "
            "mean='ratio_of_sums', as rows of clusters are added up; declare these, or leave `cluster` out."
        )
    if standardized:
        raise ArgumentError(
            "`cluster` must be None with `standardize`, whose rows are those of strata; leave one of them out."
        )


def read_clusters(
    data: Table,
    outcome: Outcome,
    unit: str,
    time: str,
    period: Period,
    missing: Missing,
    vintage: tuple[str, ...],
    cluster: str,
    *,
    signed: bool = True,
) -> tuple[ClusterPanel, int]:
    """The panel added up over the clusters, which stay beside it; and the rows dropped.

    A cluster may be below 0 where its unit is not, as by a correction.

    Clusters lie within units: one name in two units is two clusters.
    """
    rows = read_rows(data, outcome, unit, time, period, missing, vintage, (cluster,))
    column = outcome.columns[1]
    rows.refuse(
        rows.numbers[column] <= 0,
        column,
        "must hold positive denominators",
        "Leave out the rows of a cluster with nobody in it, or correct the data.",
    )
    (above, above_scale), (below, below_scale) = (scaled_integers(rows.numbers[name]) for name in outcome.columns)
    units, within = rows.labels[unit], rows.labels[cluster]
    clusters: dict[tuple[str, str], Cells] = {}
    numerators: dict[tuple[str, int], int] = {}
    denominators: dict[tuple[str, int], int] = {}
    for row, t in enumerate(map(int, rows.periods[time])):
        name = units.names[units.codes[row]]
        clusters.setdefault((name, within.names[within.codes[row]]), {})[t] = above[row], below[row]
        numerators[name, t] = numerators.get((name, t), 0) + above[row]
        denominators[name, t] = denominators.get((name, t), 0) + below[row]
    if not signed:
        negative = [
            numerators[units.names[code], int(t)] < 0 for code, t in zip(units.codes, rows.periods[time], strict=True)
        ]
        rows.refuse(negative, outcome.columns[0], f"must add up by unit and period to {NOT_NEGATIVE}", OF_NEGATIVE)
    panel = ClusterPanel(
        units=units.names,
        numerators=numerators,
        denominators=denominators,
        scale=Fraction(below_scale, above_scale),
        mean="ratio_of_sums",
        period=period,
        clusters=clusters,
    )
    return panel, rows.n_dropped


# ----------------------------------------------------------------------------------------------------------- inference


def cluster_inference(
    design: Design, treated: Sequence[str], comparator: Sequence[str], found: Comparison
) -> StudentT | Unavailable:
    """A t reference for the two means, for a ratio on the log scale, or why there is none."""
    panel = design.panel
    if not isinstance(panel, ClusterPanel):
        return Unavailable(reason=NO_CLUSTERS)
    own = _arm(design, panel, treated)
    known = is_known(panel, comparator)
    other = None if known else _arm(design, panel, comparator)
    for arm in (own, other):
        if arm is not None and (few := _few(arm)) is not None:
            return Unavailable(reason=few)
    log = design.adjustment == "ratio"
    levels = (found.reference, found.evaluation, found.comparator_reference, found.comparator_evaluation)
    r, e, other_r, other_e = (1 / float(mean) if log else 1.0 for mean in levels)
    after, before = own[1].scores * e, own[0].scores * r
    moved = np.zeros(0) if other is None else other[1].scores * other_e - other[0].scores * other_r
    largest = 1.0 if log else max(abs(float(found.evaluation)), abs(float(found.reference)))
    if float(np.max(np.abs(np.append(after - before, moved)))) <= ROUNDING * largest:
        return Unavailable(reason=STILL)
    second = [_total(before * before)] + ([] if other is None else [_total(moved * moved)])
    df = _df(own, (r, e), other, (other_r, other_e))
    low = low_df(float(df.of(np.array([[1.0, -1.0]]))[0]))
    if low is not None:
        return Unavailable(reason=low)
    return StudentT(
        covariance=(_total(after * after), _total(after * before), math.fsum(second)),
        df=df,
        scale="log" if log else "linear",
    )


def is_known(panel: ClusterPanel, comparator: Sequence[str]) -> bool:
    """Whether the comparator is one row a period, as a published series is, which then counts as known."""
    return len(panel.of(comparator)) == 1


def _arm(design: Design, panel: ClusterPanel, units: Sequence[str]) -> tuple[_Window, _Window]:
    """The reference and the evaluation of some units."""
    names = panel.of(units)
    before, after = (
        _window(panel, [panel.clusters[name] for name in names], units, span.times) for span in design.spans
    )
    return before, after


def _window(panel: ClusterPanel, clusters: Sequence[Cells], units: Sequence[str], times: Sequence[int]) -> _Window:
    """A period that stands twice counts twice."""
    ((above, below),) = panel.sums(units, times)
    sums = [[sum(cells[t][side] for t in times if t in cells) for side in (0, 1)] for cells in clusters]
    shares = np.array([d / below for _, d in sums])
    mean = Fraction(above, below)
    scores = np.array([float((n - mean * d) * panel.scale / below) for n, d in sums])
    square = _total(shares * shares)
    left = 1 - 2 * shares + square
    correction = 1 / np.sqrt(np.where(left <= ALONE, 1.0, left))
    return _Window(shares=shares, scores=scores * correction, correction=correction, square=square)


def _few(arm: tuple[_Window, _Window]) -> Text | None:
    """Why the clusters of an arm give no inference: too few with rows in a window, or one that is all of it."""
    there = min(int(np.count_nonzero(window.shares)) for window in arm)
    if there < MIN_CLUSTERS:
        return Text(
            en=f"Inference from clusters needs at least six of them in each window, of the treated and of the "
            f"comparator; there are {there}.",
            sv=f"Osäkerhet från kluster kräver minst sex av dem i varje fönster, bland de behandlade och i "
            f"jämförelsen; det finns {there}.",
        )
    return ONE_IS_ALL if any(float(np.max(window.shares)) >= 1 - ALONE for window in arm) else None


def _df(
    own: tuple[_Window, _Window],
    own_factors: tuple[float, float],
    other: tuple[_Window, _Window] | None,
    other_factors: tuple[float, float],
) -> ContrastDf:
    """Satterthwaite's, of a contrast (w₁, w₂) of the two means."""
    r, e = (factor**2 for factor in own_factors)
    trace = r * own[0].square
    square = r * r * _product(own[0], own[0])
    if other is not None:
        before, after = (factor**2 for factor in other_factors)
        trace += before * other[0].square + after * other[1].square
        square += before**2 * _product(other[0], other[0]) + after**2 * _product(other[1], other[1])
        square += 2 * before * after * _product(other[0], other[1])
    return ContrastDf(
        quadratic=(e * own[1].square, 0.0, trace),
        quartic=(e * e * _product(own[1], own[1]), 0.0, 2 * r * e * _product(own[0], own[1]), 0.0, square),
    )


def _product(first: _Window, second: _Window) -> float:
    """tr(K_w K_v), by the sums that the elements of 1{c = d} + u_c + u_d have, u = q/2 − h."""
    p = first.shares * first.correction * second.shares * second.correction
    u, v = (one.square / 2 - one.shares for one in (first, second))
    diagonal = _total(p * p * (1 + 2 * u + 2 * v))
    return diagonal + 2 * _total(p * u * v) * _total(p) + 2 * _total(p * u) * _total(p * v)


def _total(values: FloatArray) -> float:
    """The same in every order of the clusters."""
    return math.fsum(values.tolist())


# --------------------------------------------------------------------------------------------------------------- words


def cluster_note(design: Design, treated: Sequence[str], comparator: Sequence[str]) -> Note:
    """What this inference is, and what it leaves out."""
    panel = design.panel
    if not isinstance(panel, ClusterPanel):
        raise TypeError("inference from clusters has a panel of clusters")
    own, other = len(panel.of(treated)), len(panel.of(comparator))
    partly = sum(_only_in_one(panel, name, design) for name in panel.of((*treated, *comparator)))
    known = is_known(panel, comparator)
    against = (
        Text(en="the comparator's series counts as known", sv="jämförelseserien räknas som känd")
        if known
        else Text(en=f"{other} of the comparator", sv=f"{other} i jämförelsen")
    )
    moved = (
        Text(
            en=f" {plural(partly, 'cluster')} had rows in one window alone.",
            sv=f" {partly} kluster hade rader i bara det ena fönstret.",
        )
        if partly
        else Text(en="", sv="")
    )
    return Note(
        code="cluster",
        text=Text(
            en=f"The uncertainty is that between {plural(own, 'cluster')} of the treated; {against.en}.{moved.en} "
            f"{LEAVES_OUT.en}",
            sv=f"Osäkerheten är den mellan {own} kluster bland de behandlade; {against.sv}.{moved.sv} {LEAVES_OUT.sv}",
        ),
    )


def _only_in_one(panel: ClusterPanel, name: tuple[str, str], design: Design) -> bool:
    there = [not set(span.times).isdisjoint(panel.clusters[name]) for span in design.spans]
    return there[0] != there[1]


LEAVES_OUT = Text(
    en="It leaves out whatever moves all of a municipality's clusters at once, such as a reorganisation, an outbreak "
    "or a new system, which only placebos in other municipalities show. By itself it is no ground for payment.",
    sv="Den omfattar inte det som flyttar alla kluster i en kommun på en gång, till exempel en omorganisation, ett "
    "utbrott eller ett nytt system, vilket bara placebo i andra kommuner visar. Ensam är den ingen grund för "
    "betalning.",
)
NO_CLUSTERS = Text(en="The data name no clusters.", sv="Data anger inga kluster.")
ONE_IS_ALL = Text(
    en="In some window one cluster is all of the treated or of the comparator, so there is nothing to compare it with.",
    sv="I något fönster är ett kluster hela den behandlade gruppen eller hela jämförelsen, så det finns inget att "
    "jämföra med.",
)
STILL = Text(
    en="The clusters all moved exactly alike between the windows, so they show no variation.",
    sv="Alla kluster rörde sig exakt lika mellan fönstren, så de visar ingen variation.",
)
