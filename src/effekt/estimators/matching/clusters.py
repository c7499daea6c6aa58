"""What a matched comparison takes as independent: sets, and the clusters of a column, joined where they share units.

Outcomes are alike within a matched set, because its units are alike (Abadie & Spiess 2022,
doi:10.1080/01621459.2020.1840383), within a cluster, and between those who are compared with one control. Nobody is
matched by outcome, so that given covariates and treatments two units are independent when nothing of the three connects
them: the connected components are the clusters of a variance that compares the sets.

A variance within the sets takes these as given, and its clusters are those of the column. CR2 of the regression
saturated in cells c, each an arm of a set, has a closed form, because the n_c rows of a cell have the leverages 1/n_c
between each other and none with other rows. With m_gc of them in cluster g, w_c the share of the set, e the deviations
from the cell's mean, and a_gc = w_c n_c⁻¹ (1 − m_gc/n_c)^(−1/2),

    s_g = Σ_c a_gc Σ_{i in g, c} e_i over treated cells, and over control cells;   covariance = Σ_g s_g s_g'

(Bell & McCaffrey 2002; Pustejovsky & Tipton 2018, doi:10.1080/07350015.2016.1247004). For the degrees of freedom
(tr P)²/tr P² each arm has P_gh = δ_gh Σ_c m_gc a_gc² − Σ_c u_gc u_hc with u_gc = m_gc a_gc n_c^(−1/2), and the arms
nothing between them. With every row a cluster it is HC2 within the sets.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from effekt._few import MIN_CLUSTERS, few_clusters
from effekt._inference import ContrastDf, StudentT, Unavailable
from effekt._text import Text, format_number
from effekt._types import BoolArray, FloatArray, IntArray
from effekt.estimators._refusals import NO_VARIATION
from effekt.estimators.matching.design import set_shares, set_sizes
from effekt.estimators.matching.outcomes import Groups

ROUNDING = 1e-13  # variation this small relative to the values is rounding


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Clusters:
    """What a variance takes as independent.

    Attributes
    ----------
    of_unit : (n,) integer array
        −1 for units that are not compared.
    column : str, optional
        The given column, if there is one.
    joined : bool
        Whether they are components that sets, pairs and the column make.
    both : bool
        Whether both arms are matched, so that not only controls are shared.
    """

    of_unit: IntArray
    column: str | None
    joined: bool
    both: bool = False

    @property
    def count(self) -> int:
        """How many there are."""
        return int(np.count_nonzero(np.bincount(self.of_unit[self.of_unit >= 0])))

    def few(self) -> Text | None:
        """Why so few give no inference; None when there are enough."""
        count = self.count
        if count >= MIN_CLUSTERS or not self.joined:
            return few_clusters(count)
        what_en, what_sv = _links(self.column, self.both)
        remedy_en, remedy_sv = "", ""
        if self.column is not None:
            remedy_en = (
                f" Match only within {self.column!r} by naming it in `exact`, or choose a weighting, whose clusters "
                "are those of the column alone."
            )
            remedy_sv = (
                f" Matcha bara inom {self.column!r} genom att ange den i `exact`, eller välj en viktning, där klustren "
                "är kolumnens egna."
            )
        return Text(
            en=f"Cluster-robust inference needs at least six clusters; {what_en} connect all units to {count}."
            f"{remedy_en}",
            sv=f"Klusterrobust inferens kräver minst sex kluster; {what_sv} binder ihop alla enheter till {count}."
            f"{remedy_sv}",
        )

    def note(self) -> Text | None:
        """What is taken as independent, where it is not the sets themselves."""
        count_en, count_sv = format_number(self.count, "en"), format_number(self.count, "sv")
        if not self.joined:
            return None if self.column is None else of_column(self.column, self.count)
        what_en, what_sv = _links(self.column, self.both)
        return Text(
            en=f"Units that {what_en} connect are not taken as independent; the standard error rests on the "
            f"{count_en} groups that nothing connects.",
            sv=f"Enheter som {what_sv} binder ihop räknas inte som oberoende; medelfelet vilar på de {count_sv} "
            "grupper som inget binder ihop.",
        )


def of_column(column: str, count: int) -> Text:
    """The note on clusters that a column names."""
    return Text(
        en=f"Units with the same value of {column} are not taken as independent; the standard error rests on "
        f"{format_number(count, 'en')} clusters.",
        sv=f"Enheter med samma värde på {column} räknas inte som oberoende; medelfelet vilar på "
        f"{format_number(count, 'sv')} kluster.",
    )


def _links(column: str | None, both: bool) -> tuple[str, str]:
    if column is None:
        return ("matches", "matchningar") if both else ("shared controls", "delade kontroller")
    return f"matched sets and equal values of {column}", f"matchade grupper och lika värden på {column}"


def clusters_of(groups: Groups, variance: str | None, column: str | None, given: IntArray | None) -> Clusters | None:
    """The clusters of a variance; None where it has none."""
    if variance == "CR2_within":
        assert given is not None
        return Clusters(of_unit=np.where(groups.used, given, -1), column=column, joined=False)
    if variance != "CR2":
        return None
    if groups.sets is not None and given is None:
        return Clusters(of_unit=groups.sets, column=None, joined=False)
    both = groups.links.of_treated is not None
    return Clusters(of_unit=_connected(groups, given), column=column, joined=True, both=both)


def _connected(groups: Groups, given: IntArray | None) -> IntArray:
    """The components of units that sets, pairs and clusters make, numbered by their first unit."""
    rows, size = np.flatnonzero(groups.used), len(groups.treated)
    tails, heads = [groups.links.treated], [groups.links.control]
    for codes in (groups.sets, given):
        if codes is not None:
            tails.append(rows)
            heads.append(size + codes[rows])
            size += int(codes[rows].max()) + 1
    tail, head = np.concatenate(tails), np.concatenate(heads)
    graph = coo_array((np.ones(len(tail), np.int8), (tail, head)), shape=(size, size))
    label = connected_components(graph, directed=False)[1][rows]
    first, place = np.unique(label, return_index=True, return_inverse=True)[1:]
    found = np.full(len(groups.treated), -1)
    found[rows] = np.argsort(np.argsort(first))[place]
    return found


# --- CR2 within the sets ----------------------------------------------------------------------------------------------


def within_clusters(
    outcome: FloatArray, treated: BoolArray, sets: IntArray, clusters: IntArray, estimand: str
) -> StudentT | Unavailable:
    """CR2 of the regression saturated in the sets, for clusters that may cross them."""
    reason = few_clusters(len(np.unique(clusters)))
    if reason is not None:
        return Unavailable(reason=reason)
    cell = 2 * sets + ~treated
    sizes = np.bincount(cell)
    pair, place, rows = np.unique(clusters * len(sizes) + cell, return_inverse=True, return_counts=True)
    group, of_cell = np.divmod(pair, len(sizes))
    group = np.unique(group, return_inverse=True)[1]
    whole = np.unique(of_cell[rows == sizes[of_cell]] // 2)
    if len(whole):
        return Unavailable(reason=_owned(len(whole), len(sizes) // 2))
    share = set_shares(*set_sizes(sets, treated), estimand)
    errors = outcome - (np.bincount(cell, outcome) / sizes)[cell]
    adjusted = (share / share.sum())[of_cell // 2] / sizes[of_cell] / np.sqrt(1 - rows / sizes[of_cell])
    sums, count = adjusted * np.bincount(place, errors), int(group.max()) + 1
    scores = [np.bincount(group[arm], sums[arm], minlength=count) for arm in _arms(of_cell)]
    first, cross, second = (float(np.sum(scores[a] * scores[b])) for a, b in ((0, 0), (0, 1), (1, 1)))
    if first - 2 * cross + second <= (ROUNDING * float(np.max(np.abs(outcome)))) ** 2:
        return Unavailable(reason=NO_VARIATION)
    forms = [
        _Form(
            own=rows * adjusted**2, shared=rows * adjusted / np.sqrt(sizes[of_cell]), arm=arm, group=group, cell=of_cell
        )
        for arm in _arms(of_cell)
    ]
    one, both, two = (_trace(forms[a], forms[b]) for a, b in ((0, 0), (0, 1), (1, 1)))
    df = ContrastDf(quadratic=(forms[0].mean, 0.0, forms[1].mean), quartic=(one, 0.0, 2 * both, 0.0, two))
    return StudentT(covariance=(first, cross, second), df=df)


def _arms(of_cell: IntArray) -> tuple[BoolArray, BoolArray]:
    """Which entries are of treated cells, and which of control cells."""
    return of_cell % 2 == 0, of_cell % 2 == 1


class _Form:
    """P of one arm: P_gh = δ_gh own_g − (UU')_gh."""

    def __init__(self, *, own: FloatArray, shared: FloatArray, arm: BoolArray, group: IntArray, cell: IntArray) -> None:
        count, cells = int(group.max()) + 1, int(cell.max()) // 2 + 1
        self.own = np.bincount(group[arm], own[arm], minlength=count)
        self.squares = np.bincount(group[arm], shared[arm] ** 2, minlength=count)
        self.shared = csr_array((shared[arm], (group[arm], cell[arm] // 2)), shape=(count, cells))

    @property
    def mean(self) -> float:
        """Tr P."""
        return float(np.sum(self.own - self.squares))


def _trace(first: _Form, second: _Form) -> float:
    """Tr P₁P₂, with Σ_gh (UU')_gh (VV')_gh = |U'V|²."""
    count, cells = first.shared.shape
    alone = np.sum(first.own * second.own - first.own * second.squares - second.own * first.squares)
    if cells <= count:
        return float(alone + np.sum((first.shared.T @ second.shared).data ** 2))
    return float(alone + ((first.shared @ first.shared.T) * (second.shared @ second.shared.T)).sum())


def _owned(whole: int, sets: int) -> Text:
    return Text(
        en=f"In {format_number(whole, 'en')} of {format_number(sets, 'en')} sets the treated, or the controls, are all "
        "in one cluster, so the variance within sets cannot be estimated; coarsen more, or choose variance='CR2', "
        "which compares what sets and clusters do not connect.",
        sv=f"I {format_number(whole, 'sv')} av {format_number(sets, 'sv')} grupper finns alla behandlade, eller alla "
        "kontroller, i ett och samma kluster, så variansen inom grupperna kan inte skattas; gör indelningen grövre, "
        "eller välj variance='CR2', som jämför det som grupper och kluster inte binder ihop.",
    )
