"""Several effects with their joint uncertainty."""

from __future__ import annotations

import html
import math
import numbers
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from effekt._inference import Draws, FixedDf, Inference, Means, Randomization, StudentT, Unavailable
from effekt._text import Language, Text
from effekt._types import FloatArray
from effekt._validation import check_exact, check_members, check_option, did_you_mean, join_words, shown
from effekt.exceptions import ArgumentError
from effekt.result.effect import EffectEstimate
from effekt.result.group_times import Aggregation, GroupTimes, aggregate
from effekt.result.parts import Diagnostic, ExactMeans, Note, Observed, Result, Sample
from effekt.roles import Estimand, Outcome
from effekt.tables.names import as_label

if TYPE_CHECKING:
    import pandas as pd
    from numpy.random import Generator

SMALLEST = Fraction(1, 10**100)  # weight of a combination, other than 0
ROUNDING = 1e-14  # relative size below which a variance is rounding error
ROUNDED = 1e-13  # size, relative to means and standard errors, below which a standard error is rounding
_ADDED = ("n_obs", "n_units", "n_treated", "n_control", "n_clusters", "n_dropped")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class EffectSet(Result):
    """Labelled effects in one unit, with what is known of their joint uncertainty.

    Attributes
    ----------
    labels : tuple of str, length k
    effects : tuple of EffectEstimate, length k
    covariance : tuple of tuple of float, shape (2k, 2k), optional
        Joint covariance of (treated₁, counterfactual₁, treated₂, …). None: unknown.
    root : tuple of tuple of float, shape (2k, 2k), optional
        R with R'R the covariance of (treated₁ − counterfactual₁, counterfactual₁, treated₂ − counterfactual₂, …), where
        the means vary with their level, as those of pairs that count unequally and of Horvitz–Thompson do: in the
        square of a far level, `covariance` keeps few digits, or none, of what varies less. What is told of the effects
        together is then told from it. None: all follows from `covariance`.
    df : float
        Degrees of freedom for combinations when the covariance is known, above 0; `math.inf` is the normal.
    notes, diagnostics
        What concerns the set as a whole.
    shared : {"units", "control"}, optional
        Whether the effects are of the same units, or of groups against one control group, so that a combination counts
        each unit once. None: they share no unit.
    group_times : GroupTimes, optional
        Of group-time effects: cohorts and periods, and what `aggregate` needs.
    overall : EffectEstimate, optional
        Of an aggregated set: one effect in all; also `effects["overall"]`.

    Examples
    --------
    >>> import effekt
    >>> rates = {"cohort": [1, 1, 2, 2], "group": [1, 0, 1, 0], "events": [142, 155, 130, 150], "people": [100] * 4}
    >>> cohorts = effekt.published_comparison(rates, outcome=("events", "people"), cohort="cohort", treatment="group")
    >>> cohorts.combine({"1": "0.5", "2": "0.5"}).exact_estimate
    Fraction(-33, 200)
    """

    SCHEMA = "effekt/effect-set/1"

    labels: tuple[str, ...]
    effects: tuple[EffectEstimate, ...]
    covariance: tuple[tuple[float, ...], ...] | None = None
    root: tuple[tuple[float, ...], ...] | None = None
    df: float = math.inf
    diagnostics: tuple[Diagnostic, ...] = ()
    notes: tuple[Note, ...] = ()
    shared: Literal["units", "control"] | None = None
    group_times: GroupTimes | None = None
    overall: EffectEstimate | None = None

    def __post_init__(self) -> None:
        check_members("effects", self.effects, EffectEstimate, "an estimator")
        check_members("labels", self.labels, str, "str")
        if len(self.labels) != len(self.effects) or not self.labels:
            raise ArgumentError("`labels` and `effects` must be of one length, at least 1.")
        if len(set(self.labels)) < len(self.labels):
            raise ArgumentError("`labels` must name each effect once.")
        if not all(map(as_label, self.labels)):
            raise ArgumentError("`labels` must hold names; an empty one is none.")
        if len(set(map(as_label, self.labels))) < len(self.labels):
            raise ArgumentError("`labels` must name each effect once, spaces and ways to write a letter aside.")
        if self.overall is not None and "overall" in self.labels:
            raise ArgumentError("`labels` must not hold 'overall', which is `overall`.")
        if self.shared is not None:
            check_option("shared", self.shared, ("units", "control"))
        object.__setattr__(self, "df", _checked_df(self.df))
        self._check_covariance(2 * len(self.labels))

    def _check_covariance(self, size: int) -> None:
        if self.covariance is not None and _shape(self.covariance) != (size, size):
            raise ArgumentError(f"`covariance` must be {size} by {size} numbers for {len(self.labels)} effects.")
        if self.covariance is not None and not _is_covariance(np.asarray(self.covariance)):
            raise ArgumentError("`covariance` must be symmetric and without negative variances; it is not.")
        if self.root is not None and self.covariance is None:
            raise ArgumentError("`root` must stand beside `covariance`, which is none; give both.")
        if self.root is not None and _shape(self.root) != (size, size):
            raise ArgumentError(f"`root` must be {size} by {size} numbers for {len(self.labels)} effects.")
        if self.root is not None and not np.all(np.isfinite(self.root)):
            raise ArgumentError("`root` must hold finite numbers; it does not.")

    def __getitem__(self, label: object) -> EffectEstimate:
        if label == "overall" and self.overall is not None:
            return self.overall
        if isinstance(label, tuple):  # as tables give them: numpy's numbers are written otherwise than Python's
            label = tuple(part.item() if isinstance(part, np.generic) else part for part in label)
        if str(label) not in self.labels:
            raise ArgumentError(
                f"The set holds {join_words(map(repr, self.labels), 'and')}; got {label!r}."
                f"{did_you_mean(label, self.labels)}"
            )
        return self.effects[self.labels.index(str(label))]

    def __iter__(self) -> Iterator[str]:
        return iter(self.labels)

    def __len__(self) -> int:
        return len(self.labels)

    def __repr__(self) -> str:
        return f"EffectSet({len(self)} effects: {join_words(self.labels, 'and')})"

    def aggregate(self, by: Aggregation) -> EffectEstimate | EffectSet:
        """Average group-time effects; the cohorts weigh as their shares of the units.

        The shares count as estimated; where effects were imputed they count as given.

        Parameters
        ----------
        by : {"simple", "dynamic", "cohort", "calendar"}
            All treated periods of all cohorts; by periods since adoption; by cohort; by period.

        Returns
        -------
        EffectEstimate or EffectSet
            One effect for "simple"; else one for each label, with the joint covariance and `overall`: of "dynamic" the
            mean over the periods since adoption, of "cohort" the mean weighted by size, of "calendar" the mean over the
            periods.

        Raises
        ------
        ArgumentError
            For another word, or a set that does not come from `staggered_adoption`.

        References
        ----------
        Callaway, B. & Sant'Anna, P. (2021). Difference-in-differences with multiple time periods. *Journal of
        Econometrics* 225(2), 200–230. doi:10.1016/j.jeconom.2020.12.001
        """
        return aggregate(self, by)

    def combine(self, weights: Mapping[str, float | str | Fraction]) -> EffectEstimate:
        """A fixed weighted combination Σ wₖ·effectₖ; its relative effect is the ratio of the combined means.

        Parameters
        ----------
        weights : mapping of label to number
            One weight per label used; text such as "0.25" is taken exactly. Labels left out weigh 0.

        Returns
        -------
        EffectEstimate
            With the joint covariance or joint draws where they are known ("joint/1"). Where they are not, the standard
            error of the difference is the bound Σ|wₖ|·SEₖ, which holds for every correlation ("bound/1"). If a member
            has no inference, neither has the combination ("none/1").

        Raises
        ------
        ArgumentError
            For an unknown label, no weights, or members in different units.
        """
        if not isinstance(weights, Mapping):
            raise ArgumentError(
                f"`weights` must map labels to numbers, as {{{self.labels[0]!r}: 1}}; got {type(weights).__name__}."
            )
        chosen = {str(label): check_exact("weights", weight) for label, weight in weights.items()}
        for label, weight in chosen.items():
            if weight and not SMALLEST <= abs(weight) <= 1 / SMALLEST:
                raise ArgumentError(
                    f"`weights` must be 0 or between 1e-100 and 1e+100 in size, so that their squares are numbers; "
                    f"that of {label!r} is not. Rescale the weights."
                )
        members = [self[label] for label in chosen]
        if not any(chosen.values()):
            raise ArgumentError("`weights` must give at least one label a weight other than zero.")
        for label, member in zip(chosen, members, strict=True):
            if member.view.name != "difference":
                raise ArgumentError(
                    f"`combine` needs effects as differences; {label!r} is in the view {member.view.name!r}. Combine "
                    "differences, and take the view of the combination."
                )
        units = {(member.outcome.unit, member.outcome.better) for member in members}
        if len(units) > 1:
            raise ArgumentError("`combine` needs effects in one unit and direction; rescale them first.")
        inference = self._combine_inference(chosen, members)
        bound = self.covariance is None and isinstance(inference, StudentT)
        return replace(
            members[0],
            means=_combine_means(members, list(chosen.values())),
            exact=_combine_exact(members, list(chosen.values())),
            observed=Observed(
                treated=float(sum(float(w) * m.observed.treated for w, m in zip(chosen.values(), members, strict=True)))
            ),
            inference=inference,
            estimand=_combine_estimand(chosen, members),
            outcome=_combine_outcome(chosen, members),
            variance="none/1" if isinstance(inference, Unavailable) else "bound/1" if bound else "joint/1",
            sample=_add_samples(members, self.shared) if self.group_times is None else _unknown_sample(members),
            arguments={"combine": {label: str(weight) for label, weight in chosen.items()}},
            diagnostics=self.diagnostics,
            notes=(*self.notes, *([_BOUND_NOTE] if bound else [])),
            path=None,
        )

    def _combine_inference(self, weights: dict[str, Fraction], members: list[EffectEstimate]) -> Inference:
        for label, member in zip(weights, members, strict=True):
            if isinstance(member.inference, Unavailable):
                reason = member.inference.reason
                return Unavailable(
                    reason=Text(
                        en=f"Effect {label!r} has no inference: {reason.en}",
                        sv=f"Effekten {label!r} saknar osäkerhetsmått: {reason.sv}",
                    )
                )
        numbers = np.array([float(weight) for weight in weights.values()])
        if all(isinstance(member.inference, Draws) for member in members):
            return _combine_draws(numbers, members)
        if self.covariance is not None:
            positions = [self.labels.index(label) for label in weights]
            return (self._joint if self.root is None else self._from_root)(numbers, positions)
        return _bound(numbers, members)

    def _from_root(self, weights: FloatArray, positions: list[int]) -> StudentT | Unavailable:
        """The squares and the product of Rw, w the weights on the differences and on the counterfactual means."""
        whole = np.zeros(len(self))
        whole[positions] = weights
        moved, second = _moved(self, whole[None, :])[:, 0], np.asarray(self.root)[:, 1::2] @ whole
        if not moved.any():
            return _NO_VARIANCE
        first = moved + second
        return StudentT(
            covariance=(float(first @ first), float(first @ second), float(second @ second)),
            df=FixedDf(df=self.df),
            apart=(float(moved @ moved), float(moved @ second)),
        )

    def _joint(self, weights: FloatArray, positions: list[int]) -> StudentT | Unavailable:
        """V = W Σ W′ with W the 2 × 2k weights on (treated, counterfactual)."""
        loading = np.zeros((2, 2 * len(self.labels)))
        for weight, position in zip(weights, positions, strict=True):
            loading[0, 2 * position] = loading[1, 2 * position + 1] = weight
        covariance = np.asarray(self.covariance)
        joint = loading @ covariance @ loading.T
        contrast = loading[0] - loading[1]
        if contrast @ covariance @ contrast <= ROUNDING * (np.abs(contrast) @ np.abs(covariance) @ np.abs(contrast)):
            return _NO_VARIANCE
        return StudentT(covariance=(float(joint[0, 0]), float(joint[0, 1]), float(joint[1, 1])), df=FixedDf(df=self.df))

    def tidy(self, level: float = 0.95) -> pd.DataFrame:
        """One row per effect, with its label first."""
        from effekt.result.effect import tidy_row
        from effekt.tables import to_pandas

        rows: list[dict[str, Any]] = [tidy_row(effect, level) for effect in self.effects]
        columns = {name: tuple(row[name] for row in rows) for name in rows[0]}
        return to_pandas({"label": self.labels, **columns})

    def summary(self, lang: Language = "en") -> str:
        """Labelled lines and a table with a row for each effect, for reading, in English or Swedish."""
        from effekt.result.set_summary import set_summary

        return set_summary(self, lang)

    def plot(self, lang: Language = "en", *, rng: Generator | int | None = None) -> Any:
        """A matplotlib figure: an event study over time, any other set as rows beside each other.

        Parameters
        ----------
        lang : {"en", "sv"}
        rng : numpy.random.Generator or int, optional
            Chance of `effekt.diagnostics.uniform_bands`, drawn around the intervals of the effects one by one. Without
            it the figure says that the intervals hold for one effect at a time.
        """
        from effekt.reports.plots import plot_effects

        return plot_effects(self, lang, rng=rng)

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(self.summary())}</pre>"

    def public(self) -> EffectSet:
        """The same set with every member in its public form."""
        overall = None if self.overall is None else self.overall.public()
        return replace(self, effects=tuple(effect.public() for effect in self.effects), overall=overall)


def covariance_of_differences(effects: EffectSet, weights: FloatArray) -> FloatArray:
    """(m, m): the covariance of weighted sums of the effects as differences, one for each row of `weights` (m, k)."""
    if effects.root is not None:
        moved = _moved(effects, weights)
        return np.asarray(moved.T @ moved)
    across = np.kron(weights, [1.0, -1.0])
    return np.asarray(across @ np.asarray(effects.covariance) @ across.T)


def _moved(effects: EffectSet, weights: FloatArray) -> FloatArray:
    """(2k, m): R times the weights on the differences; 0 where what is left of means and errors is rounding."""
    differences = np.asarray(effects.root)[:, ::2]
    levels = [max(abs(one.means.treated), abs(one.means.counterfactual)) for one in effects.effects]
    moved: FloatArray = differences @ weights.T
    sizes = np.abs(weights) @ (np.linalg.norm(differences, axis=0) + np.array(levels))
    moved[:, np.linalg.norm(moved, axis=0) <= ROUNDED * sizes] = 0.0
    return moved


_BOUND_NOTE = Note(
    code="combined_without_covariance",
    text=Text(
        en="The covariance of the combined effects is unknown; the standard error is the bound Σ|w|·SE, "
        "which holds for every correlation.",
        sv="Kovariansen mellan de sammanvägda effekterna är okänd; medelfelet är gränsen Σ|w|·SE, "
        "som gäller för varje korrelation.",
    ),
)


_NO_VARIANCE = Unavailable(
    reason=Text(
        en="The combination has no variance: what the members have in common cancels.",
        sv="Kombinationen saknar varians: det som delarna har gemensamt tar ut varandra.",
    )
)


_BY_LOT = Unavailable(
    reason=Text(
        en="Randomisation inference takes each effect to be one and the same for every unit, which says nothing of the "
        "uncertainty of a combination of several effects.",
        sv="Inferens som bygger på lottningen utgår från att varje effekt är densamma för alla enheter, vilket inte "
        "säger något om osäkerheten i en sammanvägning av flera effekter.",
    )
)


def _checked_df(df: object) -> float:
    """Degrees of freedom as a double."""
    try:
        number = float(df) if isinstance(df, numbers.Real) and not isinstance(df, bool) else math.nan
    except OverflowError:
        number = math.nan
    if not number > 0:
        raise ArgumentError(f"`df` must be a number above 0 that a double holds, or infinity; got {shown(df)}.")
    return number


def _shape(rows: Any) -> tuple[int, ...]:
    """Of numbers in rows; none where they are something else."""
    try:
        cells = np.asarray(rows)
    except ValueError:  # rows of several lengths
        return ()
    return cells.shape if cells.dtype.kind in "fiu" else ()


def _is_covariance(matrix: FloatArray) -> bool:
    """Whether a matrix is symmetric and positive semidefinite, but for rounding."""
    size = float(np.max(np.abs(matrix), initial=0.0))
    if not np.all(np.isfinite(matrix)) or np.max(np.abs(matrix - matrix.T)) > ROUNDING * size:
        return False
    return bool(np.linalg.eigvalsh(matrix).min() >= -1e-10 * size)


def _combine_estimand(weights: Mapping[str, Fraction], members: list[EffectEstimate]) -> Estimand:
    """The only member's estimand, or the combination of several by name."""
    first = members[0].estimand
    if len(members) == 1:
        return first
    return replace(
        first,
        population=Text(
            en=f"weighted combination of {join_words(weights, 'and')}",
            sv=f"viktad kombination av {join_words(weights, 'och')}",
        ),
    )


def _combine_outcome(weights: Mapping[str, Fraction], members: list[EffectEstimate]) -> Outcome:
    """The outcome that all members have, or the sum that they make of theirs."""
    first = members[0].outcome
    if all(member.outcome.column == first.column for member in members):
        return first
    terms = [f"{weight} × {member.outcome.name}" for weight, member in zip(weights.values(), members, strict=True)]
    return replace(first, column=" + ".join(terms))


def _combine_means(members: list[EffectEstimate], weights: list[Fraction]) -> Means:
    exact = _combine_exact(members, weights)
    if exact is not None:
        return Means(treated=float(exact.treated), counterfactual=float(exact.counterfactual))
    return Means.weighed([float(weight) for weight in weights], [member.means for member in members])


def _combine_exact(members: list[EffectEstimate], weights: list[Fraction]) -> ExactMeans | None:
    treated = counterfactual = Fraction(0)
    for weight, member in zip(weights, members, strict=True):
        if member.exact is None:
            return None
        treated += weight * member.exact.treated
        counterfactual += weight * member.exact.counterfactual
    return ExactMeans(treated=treated, counterfactual=counterfactual)


def _combine_draws(weights: FloatArray, members: list[EffectEstimate]) -> Inference:
    kinds = [member.inference for member in members if isinstance(member.inference, Draws)]
    if len({(len(kind.treated), kind.scheme) for kind in kinds}) > 1:
        return Unavailable(
            reason=Text(
                en="The members' draws were not made jointly, so they do not combine.",
                sv="Dragningarna är inte gjorda gemensamt och kan därför inte vägas samman.",
            )
        )
    treated = weights @ np.array([kind.treated for kind in kinds])
    counterfactual = weights @ np.array([kind.counterfactual for kind in kinds])
    return Draws(
        treated=tuple(map(float, treated)), counterfactual=tuple(map(float, counterfactual)), scheme=kinds[0].scheme
    )


def _bound(weights: FloatArray, members: list[EffectEstimate]) -> Inference:
    """Σ wₖ² Vₖ / πₖ with πₖ ∝ |wₖ|·SEₖ: at least the true variance of every contrast, whatever the correlation.

    By Cauchy–Schwarz (Σ xₖ)² ≤ Σ xₖ²/πₖ for any πₖ > 0 that sum to 1; equality, Σ|wₖ|·SEₖ, at the difference.
    """
    if any(isinstance(member.inference, Randomization) for member in members):
        return _BY_LOT
    kinds = [member.inference for member in members if isinstance(member.inference, StudentT)]
    if len(kinds) < len(members) or any(kind.scale == "log" for kind in kinds):
        return Unavailable(
            reason=Text(
                en="Without a joint covariance only effects with linear t inference combine.",
                sv="Utan gemensam kovarians kan bara effekter med linjär t-fördelad osäkerhet vägas samman.",
            )
        )
    errors = np.array([abs(w) * (m.difference().std_error or 0.0) for w, m in zip(weights, members, strict=True)])
    used = np.flatnonzero(errors > 0)
    shares = errors[used] / errors[used].sum()
    parts = np.array([kinds[i].covariance for i in used]) * (weights[used] ** 2 / shares)[:, None]
    first, cross, second = (float(value) for value in parts.sum(axis=0))
    df = min(float(kinds[i].df_of("difference")) for i in used)
    return StudentT(covariance=(first, cross, second), df=FixedDf(df=df))


def _unknown_sample(members: list[EffectEstimate]) -> Sample:
    """That of the only member; group-time effects share some units and not others, so several have no counts."""
    if len(members) == 1:
        return members[0].sample
    return Sample(n_dropped=members[0].sample.n_dropped)


def _add_samples(members: list[EffectEstimate], shared: str | None) -> Sample:
    """Counts over all members, each unit once; None where the members' counts do not say how many that is."""

    def total(name: str) -> int | None:
        counts: list[int | None] = [getattr(member.sample, name) for member in members]
        known = [count for count in counts if count is not None]
        if len(known) < len(counts):
            return None
        common = shared == "units" or (shared == "control" and name == "n_control")
        if common:
            return known[0] if len(set(known)) == 1 else None
        return sum(known)

    found = Sample(**{name: total(name) for name in _ADDED})
    if len(members) == 1 or shared == "units":
        return found
    found = replace(found, n_clusters=None)  # a cluster may lie in several members
    if shared != "control":
        return found
    treated, control = found.n_treated, found.n_control
    units = None if treated is None or control is None else treated + control
    rows = units if all(member.sample.n_obs == member.sample.n_units for member in members) else None
    return replace(found, n_obs=rows, n_units=units, n_dropped=None)
