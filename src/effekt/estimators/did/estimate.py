"""Two groups before and after one adoption date.

With one adoption date and a balanced panel, two-way fixed effects gives the difference of the differences of the four
group means, and a unit enters only through its mean before, Y₀, and after, Y₁ (Wooldridge 2021,
doi:10.2139/ssrn.3906345, section 3). The treated mean is that of Y₁ over treated units; its counterfactual is their
mean Y₀ moved by the controls' mean change. Both are linear in one regression of the two stacked means on group and
time, whose cluster-robust variance of the difference is that of the two-way fixed-effects coefficient.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.random import Generator

from effekt import _linalg
from effekt._decimals import decimal_total
from effekt._inference import Means
from effekt._inference.wild_weights import WildWeights
from effekt._text import Text
from effekt._types import FloatArray, Missing, Table
from effekt._validation import check_integer, check_option, check_seed
from effekt.estimators._coverage import coverage_notes
from effekt.estimators.did.asymptotic import asymptotic
from effekt.estimators.did.few_clusters import Found, conley_taber, permutation, wild
from effekt.estimators.did.panel import Panel, read_panel
from effekt.exceptions import ArgumentError
from effekt.result import EffectEstimate, ExactMeans, Note, Observed, OutcomePath, Sample
from effekt.roles import Estimand, Outcome, as_outcome

ClusterVariance: TypeAlias = Literal["CR0", "CR1", "CR1S", "CR2", "CR3"]
PanelInference: TypeAlias = Literal["asymptotic", "wild_bootstrap", "permutation", "conley_taber"]
INFERENCES: tuple[PanelInference, ...] = ("asymptotic", "wild_bootstrap", "permutation", "conley_taber")
BY_DRAWS = ("wild_bootstrap", "permutation")
DRAWS = 9_999
Cells: TypeAlias = dict[tuple[bool, bool], FloatArray]


def difference_in_differences(
    data: Table,
    *,
    outcome: str | Outcome,
    unit: str,
    time: str,
    treatment: str,
    cluster: str | None = None,
    variance: ClusterVariance | None = None,
    missing: Missing = "raise",
    inference: PanelInference = "asymptotic",
    wild_weights: WildWeights = "rademacher",
    draws: int = DRAWS,
    rng: Generator | int | None = None,
) -> EffectEstimate:
    """Effect on the treated, from two groups before and after one adoption date.

    Parameters
    ----------
    data : table
        One row per unit and period.
    outcome : str or Outcome
        Column; in the outcome's unit.
    unit, time : str
        Columns. Times are numbers, or text that sorts in time order such as "2019-01".
    treatment : str
        Column that is 1 in treated unit-periods and 0 elsewhere; it does not switch off.
    cluster : str, optional
        Column; by default each unit is its own cluster.
    variance : {"CR0", "CR1", "CR1S", "CR2", "CR3"}, optional
        Default CR2 with Satterthwaite degrees of freedom.
    missing : {"raise", "drop"}
        With "drop", a unit that lacks any period is left out whole, and its rows are counted.
    inference : {"asymptotic", "wild_bootstrap", "permutation", "conley_taber"}
        Asymptotic: by the variance. Wild bootstrap: t statistics with the null imposed and the residuals of whole
        clusters turned. Permutation: the estimate with every choice of as many clusters as the treated ones.
        Conley–Taber: one treated cluster against how the changes of the untreated ones spread. The last two need
        clusters whose units are all treated or all untreated.
    wild_weights : {"rademacher", "webb"}
        What residuals are turned by: signs, or Webb's six values, which tell more draws apart with few clusters.
    draws : int
        How many weights or choices are drawn where there are more than 100 000 (signs of 17 clusters, Webb's weights
        of 7); where there are fewer, all are taken.
    rng : numpy.random.Generator or int, optional
        Where what is drawn comes from; required when anything is.

    Returns
    -------
    EffectEstimate
        ATT of the treated units over the periods after adoption. Without covariates the means are exact fractions.

    Raises
    ------
    DataError
        For a repeated unit and period, an unbalanced panel, a treatment that switches off or starts at several dates,
        no treated or no untreated units, or no period before adoption.
    ArgumentError
        For options that contradict each other, or `rng` None where something is drawn.

    Notes
    -----
    Assumes that without the intervention the two groups would have changed alike on average (parallel trends), that
    nothing was anticipated, and that units do not affect each other.

    A permutation is exact for an effect τ₀ that is the same for every treated unit, when the changes of the clusters
    are exchangeable but for it. Conley and Taber's p-value is the rank of the treated cluster's change among the
    untreated ones', itself counted; it needs the same of the treated cluster's error. Neither asks for many treated
    clusters. The wild bootstrap needs at least two in each group, and is of little use with two or three.

    References
    ----------
    Card, D. & Krueger, A. (1994). Minimum wages and employment. *American Economic Review* 84, 772–793.

    Wooldridge, J. (2021). Two-way fixed effects, the two-way Mundlak regression, and difference-in-differences
    estimators. doi:10.2139/ssrn.3906345

    Conley, T. & Taber, C. (2011). Inference with "difference in differences" with a small number of policy changes.
    *Review of Economics and Statistics* 93(1), 113–125. doi:10.1162/REST_a_00049

    MacKinnon, J. & Webb, M. (2017). Wild bootstrap inference for wildly different cluster sizes. *Journal of Applied
    Econometrics* 32(2), 233–254. doi:10.1002/jae.2508

    Examples
    --------
    >>> import effekt
    >>> data = {
    ...     "person": [1, 1, 2, 2, 3, 3, 4, 4],
    ...     "year": [2018, 2019] * 4,
    ...     "treated": [0, 1, 0, 1, 0, 0, 0, 0],
    ...     "days": [10.0, 7.0, 12.0, 8.5, 9.0, 8.0, 11.0, 10.5],
    ... }
    >>> effect = effekt.difference_in_differences(
    ...     data, outcome="days", unit="person", time="year", treatment="treated")
    >>> effect.exact_estimate
    Fraction(-5, 2)
    """
    measured = as_outcome(outcome)
    if len(measured.columns) != 1:
        raise ArgumentError("`outcome` must be one column here; divide first, or use `trend_adjusted` for a ratio.")
    chosen = _checked(inference, variance, draws, rng)
    check_option("wild_weights", wild_weights, ("rademacher", "webb"))
    panel, n_dropped = read_panel(data, measured.columns[0], unit, time, treatment, cluster or unit, missing)
    cells = panel.cells()
    exact = exact_means(cells)
    means = Means(treated=float(exact.treated), counterfactual=float(exact.counterfactual))
    n_treated, n_units = int(panel.treated.sum()), len(panel.treated)
    chance, notes = _inference(panel, means, chosen, wild_weights, draws, rng)
    return EffectEstimate(
        means=means,
        exact=exact,
        inference=chance,
        estimand=_estimand(n_treated, panel),
        outcome=measured,
        method="difference_in_differences",
        variance=f"{chosen}/1",
        sample=Sample(
            n_obs=panel.outcome.size,
            n_units=n_units,
            n_treated=n_treated,
            n_control=n_units - n_treated,
            n_clusters=len(panel.clusters()),
            n_dropped=n_dropped,
        ),
        observed=Observed(
            treated=float(cells[True, True].mean()),
            control=float(cells[False, True].mean()),
        ),
        arguments={
            "outcome": {"column": measured.column, "unit": measured.unit, "better": measured.better},
            "unit": unit,
            "time": time,
            "treatment": treatment,
            "cluster": cluster,
            "variance": chosen if inference == "asymptotic" else None,
            "missing": missing,
            **_recorded(inference, wild_weights, draws, rng),
        },
        notes=(PARALLEL, *notes, *coverage_notes(chosen)),
        path=path_of(panel, cells),
    )


def _checked(inference: str, variance: str | None, draws: int, rng: Generator | int | None) -> str:
    """The name of the variance, or of the inference that has none."""
    check_option("inference", inference, INFERENCES)
    check_integer("draws", draws, 1)
    if draws != DRAWS and inference not in BY_DRAWS:
        raise ArgumentError(f"`inference` {inference!r} draws nothing; leave `draws` out.")
    if rng is not None and inference not in BY_DRAWS:
        raise ArgumentError(f"`inference` {inference!r} draws nothing; leave `rng` out.")
    if rng is not None and not isinstance(rng, Generator):
        check_seed(rng)
    if inference == "asymptotic":
        check_option("variance", variance or "CR2", _linalg.CLUSTER_VARIANCES)
        return variance or "CR2"
    if variance is not None:
        raise ArgumentError(
            f"`inference` {inference!r} takes no variance; leave `variance` out, or choose inference='asymptotic'."
        )
    return inference


def _inference(
    panel: Panel, means: Means, chosen: str, weights: WildWeights, draws: int, rng: Generator | int | None
) -> Found:
    if chosen == "wild_bootstrap":
        return wild(panel, draws, rng, weights)
    if chosen == "permutation":
        return permutation(panel, means, draws, rng)
    if chosen == "conley_taber":
        return conley_taber(panel)
    return asymptotic(panel, chosen), ()


def _recorded(inference: str, weights: WildWeights, draws: int, rng: Generator | int | None) -> dict[str, Any]:
    """What stands in a contract when it is used."""
    if inference == "asymptotic":
        return {}
    found: dict[str, Any] = {"inference": inference}
    if inference == "wild_bootstrap":
        found["wild_weights"] = weights
    if inference in BY_DRAWS:
        found |= {"draws": draws} | ({"rng": rng} if isinstance(rng, int) else {})
    return found


def exact_means(cells: Cells) -> ExactMeans:
    """The four group means as fractions; the counterfactual is treated before plus the controls' change."""
    means = {key: _mean(cell) for key, cell in cells.items()}
    change = means[False, True] - means[False, False]
    return ExactMeans(treated=means[True, True], counterfactual=means[True, False] + change)


def _mean(values: FloatArray) -> Fraction:
    return decimal_total(values.ravel()) / values.size


def path_of(panel: Panel, cells: Cells) -> OutcomePath:
    """Group means by period; the counterfactual is the treated level before, moved by the controls' change."""
    levels = {key: cell.mean(axis=0) for key, cell in cells.items()}
    treated, control = (np.concatenate([levels[arm, False], levels[arm, True]]) for arm in (True, False))
    counterfactual = control + (treated[~panel.post].mean() - control[~panel.post].mean())
    before = [name for name, post in zip(panel.periods, panel.post, strict=True) if not post]
    after = [name for name, post in zip(panel.periods, panel.post, strict=True) if post]
    return OutcomePath(
        periods=panel.periods,
        treated=tuple(map(float, treated)),
        counterfactual=tuple(map(float, counterfactual)),
        reference=(before[0], before[-1]),
        evaluation=(after[0], after[-1]),
    )


PARALLEL = Note(
    code="parallel_trends",
    text=Text(
        en="The figure assumes that without the intervention both groups would have changed alike.",
        sv="Siffran förutsätter att båda grupperna hade förändrats lika utan insatsen.",
    ),
)


def _estimand(n_treated: int, panel: Panel) -> Estimand:
    after = [name for name, post in zip(panel.periods, panel.post, strict=True) if post]
    return Estimand(
        name="ATT",
        population=Text(
            en=f"the {'treated unit' if n_treated == 1 else f'{n_treated} treated units'}, {after[0]} to {after[-1]}",
            sv=f"{'den behandlade enheten' if n_treated == 1 else f'de {n_treated} behandlade enheterna'}, "
            f"{after[0]} till {after[-1]}",
        ),
    )
