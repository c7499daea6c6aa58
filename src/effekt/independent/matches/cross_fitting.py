"""Second route for learners that predict rows which they did not see: scikit-learn alone, called with the drawn seeds.

The rows of each arm, or whole clusters, are shuffled and dealt out to folds in turn; the propensity and the outcome in
each arm are learnt on all other folds (Chernozhukov et al. 2018, doi:10.1111/ectj.12097, definition 3.1). What a
learner makes of its rows depends on their order: by the labels of cluster, subgroup and categories, then the outcome,
the treatment and the covariates that are numbers.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import log, log1p
from typing import Any, NamedTuple

from effekt.exceptions import ArgumentError, DataError
from effekt.independent.columns import Columns, are_categories, covariate_lines, labels, numbers
from effekt.independent.limits import NotRepeatedError, check_steps
from effekt.independent.seeded import Stream, checked_seed

FOREST = {"n_estimators": 100, "min_samples_leaf": 10, "max_features": 0.5, "n_jobs": 1}
BOOSTING = {"n_estimators": 100, "learning_rate": 0.1, "max_depth": 2, "min_samples_leaf": 20}
LEARNERS: dict[str, tuple[str, dict[str, Any]]] = {
    "random_forest": ("RandomForest", FOREST),
    "gradient_boosting": ("GradientBoosting", BOOSTING),
}
TREES = 100
GROWN = 5  # steps that a row takes in a tree: 8,000 rows in five folds, five times, are about a minute
BOUND = 0.01  # a propensity is held between this and one less it
FAR = 1e6  # a level so many times the spread is taken away
Rows = list[list[float]]


class Predicted(NamedTuple):
    """Of each row: the log odds of treatment, and the outcome if treated and if not."""

    odds: list[float]
    treated: list[float]
    control: list[float]


def ordered(
    columns: Columns, outcome: str, treatment: str, covariates: Sequence[str], groups: Sequence[str]
) -> Columns:
    """Return the rows in the order in which they are learnt from; ``groups`` are the columns that only name."""
    categories = [name for name in covariates if are_categories(columns, name)]
    values = [name for name in (outcome, treatment, *covariates) if name not in categories]
    named, counted = [labels(columns, name) for name in (*groups, *categories)], [numbers(columns, n) for n in values]
    order = sorted(range(len(counted[0])), key=lambda i: ([own[i] for own in named], [value[i] for value in counted]))
    return {name: [cells[i] for i in order] for name, cells in columns.items()}


def learnt_rows(columns: Columns, covariates: Sequence[str], extra: Sequence[Sequence[Fraction]]) -> Rows:
    """Return the covariates of each row, less their least value where the level is far above the spread."""
    lines = [_less_level(line) for line in (*covariate_lines(columns, covariates).values(), *extra)]
    return [list(cells) for cells in zip(*lines, strict=True)]


def _less_level(line: Sequence[Fraction]) -> list[float]:
    low, high = min(line), max(line)
    least = low if max(high, -low) > FAR * (high - low) else 0
    return [float(value - least) for value in line]


def predictions(
    learner: str,
    x: Rows,
    y: Sequence[float],
    d: Sequence[int],
    clusters: Sequence[str] | None,
    cut: tuple[int, int, object],
    *,
    binary: bool,
) -> Iterator[Predicted]:
    """Return what each repeat predicts; ``cut`` holds the folds, the repeats and the seed of the draws."""
    folds, repeats, seed = cut
    check_steps(len(x) * folds * repeats * TREES * GROWN)
    stream = Stream(checked_seed(seed))
    for _ in range(repeats):
        fold = _folds(d, clusters, folds, stream)
        yield _predicted(_Models(learner, stream.half() >> 1), x, y, d, fold, binary=binary)


def _folds(d: Sequence[int], clusters: Sequence[str] | None, folds: int, stream: Stream) -> list[int]:
    """Return the fold of each row."""
    dealt: dict[object, int] = {}
    if clusters is None:
        for arm in (1, 0):
            rows = [i for i, own in enumerate(d) if own == arm]
            dealt |= {i: place % folds for place, i in enumerate(stream.shuffled(rows))}
        fold = [dealt[i] for i in range(len(d))]
    else:
        dealt |= {name: place % folds for place, name in enumerate(stream.shuffled(sorted(set(clusters))))}
        fold = [dealt[name] for name in clusters]
    for one in range(folds):
        outside = [own for own, place in zip(d, fold, strict=True) if place != one]
        if min(sum(outside), len(outside) - sum(outside)) < 2 or len(outside) == len(d):
            raise DataError("every fold must leave at least two rows of each arm outside it; take fewer folds.")
    return fold


def _predicted(
    models: "_Models", x: Rows, y: Sequence[float], d: Sequence[int], fold: Sequence[int], *, binary: bool
) -> Predicted:
    """Return what models of the other folds predict of each fold."""
    found = Predicted(*([0.0] * len(y) for _ in range(3)))
    for one in sorted(set(fold)):
        inside = [i for i, own in enumerate(fold) if own == one]
        outside = [i for i, own in enumerate(fold) if own != one]
        new = [x[i] for i in inside]
        for i, chance in zip(inside, models.chances(x, d, outside, new), strict=True):
            held = min(max(chance, BOUND), 1 - BOUND)
            found.odds[i] = log(held) - log1p(-held)
        learn = models.chances if binary else models.values
        for arm, line in ((1, found.treated), (0, found.control)):
            rows = [i for i in outside if d[i] == arm]
            for i, value in zip(inside, learn(x, y, rows, new), strict=True):
                line[i] = value
    return found


class _Models:
    """The two models of a learner, seeded: fitted anew each time."""

    def __init__(self, learner: str, seed: int) -> None:
        if learner not in LEARNERS:
            raise ArgumentError(f"learner must be parametric, {' or '.join(LEARNERS)}, not {learner!r}; choose one.")
        self._name, self._settings = LEARNERS[learner]
        self._settings = {**self._settings, "random_state": seed}

    def chances(self, x: Rows, y: Sequence[float], rows: Sequence[int], new: Rows) -> list[float]:
        """Return the probabilities of 1."""
        of = [int(y[i]) for i in rows]
        if len(set(of)) == 1:
            return [float(of[0])] * len(new)
        fitted = self._new("Classifier").fit([x[i] for i in rows], of)
        return [float(pair[1]) for pair in fitted.predict_proba(new)]

    def values(self, x: Rows, y: Sequence[float], rows: Sequence[int], new: Rows) -> list[float]:
        """Return the outcomes."""
        fitted = self._new("Regressor").fit([x[i] for i in rows], [y[i] for i in rows])
        return [float(value) for value in fitted.predict(new)]

    def _new(self, kind: str) -> Any:
        try:
            from sklearn import ensemble
        except ImportError:
            raise NotRepeatedError(
                "the second route needs scikit-learn for learners; install effekt[ml].",
                "den behöver scikit-learn för inlärda modeller; installera effekt[ml].",
            ) from None
        return getattr(ensemble, self._name + kind)(**self._settings)
