"""What the estimators of one adoption date share: their options, their columns, and exact means of the cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.random import Generator

from effekt import _linalg
from effekt._decimals import decimal_mean
from effekt._inference.wild_weights import WildWeights
from effekt._text import Text
from effekt._types import BoolArray, FloatArray, IntArray
from effekt._validation import check_integer, check_names, check_option, check_roles, check_seed
from effekt.diagnostics.composition_drift import composition_drift
from effekt.estimators._coverage import cluster_notes
from effekt.estimators.did.cross_sections import Columns, CrossSections
from effekt.estimators.did.panel import Cells
from effekt.estimators.did.words import AFFECTED, NOT_AFFECTED
from effekt.exceptions import ArgumentError
from effekt.result import Diagnostic, ExactMeans, Note

PanelInference: TypeAlias = Literal["asymptotic", "wild_bootstrap", "permutation", "conley_taber"]
INFERENCES: tuple[PanelInference, ...] = ("asymptotic", "wild_bootstrap", "permutation", "conley_taber")
BY_DRAWS = ("wild_bootstrap", "permutation")
DRAWS = 9_999
Sampling: TypeAlias = Literal["panel", "repeated_cross_sections"]
FIRST = 4096  # units that are looked at before all
TIED = 1e-12  # relative difference of two levels below which they are alike
SAMPLINGS: tuple[Sampling, ...] = ("panel", "repeated_cross_sections")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Chance:
    """What inference is asked for, and what it draws."""

    chosen: str
    weights: WildWeights = "rademacher"
    draws: int = DRAWS
    rng: Generator | int | None = None


def covariate_names(covariates: str | Sequence[str], sampling: str) -> tuple[str, ...]:
    """The columns in `covariates`, which a panel has none of."""
    names = check_names("covariates", covariates)
    if names and sampling == "panel":
        raise ArgumentError(
            "`covariates` are for sampling='repeated_cross_sections'; in a panel a unit's own drop out of its "
            "change, and `staggered_adoption` takes them for trends. Leave `covariates` out."
        )
    return names


def check_columns(names: Columns) -> None:
    """Each column is a name and plays one role, but that units may be the clusters."""
    named = [("outcome", names.outcome), ("unit", names.unit), ("time", names.time), ("treatment", names.treatment)]
    named += [] if names.eligible is None else [("eligible", names.eligible)]
    check_roles([*named, *(("covariates", name) for name in names.covariates)])
    check_roles([("cluster", names.cluster)])


def drift(cells: CrossSections) -> tuple[Diagnostic, ...]:
    """Of those who could be affected, and of those who could not, as both make up a third difference."""
    groups: list[tuple[BoolArray, Text | None]] = [(cells.affected, None)]
    if not cells.affected.all():
        groups = [(cells.affected, AFFECTED), (~cells.affected, NOT_AFFECTED)]
    return tuple(
        composition_drift(
            covariates=cells.characteristics[own],
            names=cells.every,
            treated=cells.arm[own],
            after=cells.after[own],
            among=among,
        )
        for own, among in groups
    )


def exact_means(cells: Cells, unaffected: Cells | None = None) -> ExactMeans:
    """The group means as fractions; the counterfactual is treated before plus the controls' change.

    In triple differences it is moved by how much more the treated units' unaffected changed than the controls'.
    """
    means = {key: decimal_mean(cell) for key, cell in cells.items()}
    counterfactual = means[True, False] + _change(means, False)
    if unaffected is not None:
        others = {key: decimal_mean(cell) for key, cell in unaffected.items()}
        counterfactual += _change(others, True) - _change(others, False)
    return ExactMeans(treated=means[True, True], counterfactual=counterfactual)


def _change(means: dict[tuple[bool, bool], Fraction], arm: bool) -> Fraction:
    return means[arm, True] - means[arm, False]


def level_notes(
    total: FloatArray, size: FloatArray | IntArray, treated: BoolArray, cluster: IntArray
) -> tuple[Note, ...]:
    """The note of treated clusters whose mean levels before lie beyond those of all others; ties are not told.

    Parameters
    ----------
    total, size : (units,) arrays
        The sum of each unit's outcomes before adoption, and what it counts.
    treated : (units,) bool array
    cluster : (units,) integer array
        Where one holds units of both groups, nothing is told.
    """
    units = np.bincount(cluster)
    if units.max() == 1 and _gap(*(total[rows] / size[rows] for rows in _arms(treated[:FIRST]))) < 0:
        return ()  # units are the clusters, and the first of them lie among each other
    held, sizes, totals = (np.bincount(cluster, of) for of in (treated, size, total))
    if np.any((held > 0) & (held < units)):
        return ()
    there = np.flatnonzero(sizes)
    level = totals[there] / sizes[there]
    levels, others = (level[rows] for rows in _arms(held[there] > 0))
    return cluster_notes(levels.tolist(), others.tolist()) if _gap(levels, others) > TIED * np.abs(level).max() else ()


def _arms(treated: BoolArray) -> tuple[IntArray, IntArray]:
    return np.flatnonzero(treated), np.flatnonzero(~treated)


def _gap(levels: FloatArray, others: FloatArray) -> float:
    """How far all of one lie from all of the other, below zero where they lie among each other; zero of none."""
    if not len(levels) or not len(others):
        return 0.0
    return float(max(levels.min() - others.max(), others.min() - levels.max()))


def difference_of(cells: Cells) -> float:
    """The difference of differences of the cells' means."""
    means = {key: decimal_mean(cell) for key, cell in cells.items()}
    return float(_change(means, True) - _change(means, False))


def chance_of(
    inference: str,
    variance: str | None,
    wild_weights: WildWeights,
    draws: int,
    rng: Generator | int | None,
    *,
    sampling: str,
    variances: Sequence[str] = _linalg.CLUSTER_VARIANCES,
) -> Chance:
    """What is asked for, if its parts agree; `chosen` is the variance, or the inference that has none."""
    check_option("inference", inference, INFERENCES)
    check_integer("draws", draws, 1)
    if draws != DRAWS and inference not in BY_DRAWS:
        raise ArgumentError(f"`inference` {inference!r} draws nothing; leave `draws` out.")
    if rng is not None and inference not in BY_DRAWS:
        raise ArgumentError(f"`inference` {inference!r} draws nothing; leave `rng` out.")
    if rng is not None and not isinstance(rng, Generator):
        check_seed(rng)
    chosen = inference
    if inference == "asymptotic":
        chosen = "CR2" if variance is None else variance
        check_option("variance", chosen, variances)
    elif variance is not None:
        raise ArgumentError(
            f"`inference` {inference!r} takes no variance; leave `variance` out, or choose inference='asymptotic'."
        )
    check_option("wild_weights", wild_weights, ("rademacher", "webb"))
    if wild_weights != "rademacher" and inference != "wild_bootstrap":
        raise ArgumentError(f"`inference` {inference!r} turns no residuals; leave `wild_weights` out.")
    check_option("sampling", sampling, SAMPLINGS)
    if sampling == "repeated_cross_sections" and inference == "conley_taber":
        raise ArgumentError(
            "`inference` 'conley_taber' takes the changes of a panel; with sampling='repeated_cross_sections' choose "
            "'permutation'."
        )
    return Chance(chosen=chosen, weights=wild_weights, draws=draws, rng=rng)


def recorded(inference: str, weights: WildWeights, draws: int, rng: Generator | int | None) -> dict[str, Any]:
    """What stands in a contract when it is used."""
    if inference == "asymptotic":
        return {}
    found: dict[str, Any] = {"inference": inference}
    if inference == "wild_bootstrap":
        found["wild_weights"] = weights
    if inference in BY_DRAWS:
        found |= {"draws": draws} | ({"rng": rng} if isinstance(rng, int) else {})
    return found
