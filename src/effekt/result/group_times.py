"""Group-time effects aggregated, with the estimated weights counted as estimated.

An aggregate is Σ wₖ·effectₖ with weights wₖ = cₖ p_g(k) / Σ cⱼ p_g(j), c fixed and p the cohorts' shares of all units
(Callaway & Sant'Anna 2021, doi:10.1016/j.jeconom.2020.12.001, equations 3.3 to 3.11 and Corollary 2). It is a smooth
function of the means and the shares, so what is needed of the sample is their joint covariance alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from effekt._inference import FixedDf, Inference, Means, StudentT, Unavailable
from effekt._text import Text
from effekt._types import FloatArray
from effekt._validation import check_option
from effekt.exceptions import ArgumentError
from effekt.result.effect import EffectEstimate
from effekt.result.parts import Note, Observed, Sample

if TYPE_CHECKING:
    from effekt.result.effect_set import EffectSet

Aggregation: TypeAlias = Literal["simple", "dynamic", "cohort", "calendar"]
AGGREGATIONS: tuple[Aggregation, ...] = ("simple", "dynamic", "cohort", "calendar")
ROUNDING = 1e-14  # relative size below which a variance is rounding error


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupTimes:
    """Which cohort and period each effect of a set belongs to, and how the cohorts' shares vary with the means.

    Attributes
    ----------
    cohorts : tuple of str, length g
        The first treated period of each.
    starts : tuple of int, length g
        The same as a position among the periods.
    sizes : tuple of int, length g
        Units of each cohort.
    periods : tuple of str
        All periods, in the order of time.
    members : tuple of (int, int), length k
        Position of the cohort and of the period of each effect.
    n_units : int
        Units in all, those never treated included.
    anticipation : int
        Periods before treatment in which an effect is allowed for.
    share_covariance : (g, g)
        Covariance of the cohorts' shares of all units; zeros where the shares count as given.
    cross_covariance : (g, 2k)
        Of the shares with (treated₁, counterfactual₁, treated₂, …).
    """

    cohorts: tuple[str, ...]
    starts: tuple[int, ...]
    sizes: tuple[int, ...]
    periods: tuple[str, ...]
    members: tuple[tuple[int, int], ...]
    n_units: int
    anticipation: int
    share_covariance: tuple[tuple[float, ...], ...]
    cross_covariance: tuple[tuple[float, ...], ...]

    @property
    def event_times(self) -> tuple[int, ...]:
        """Periods since the first treated one of each effect; negative before it."""
        return tuple(period - self.starts[cohort] for cohort, period in self.members)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """Effects that are averaged: their positions, and c; the cohorts' shares multiply c."""

    label: str
    words: Text
    members: tuple[int, ...]
    factors: tuple[float, ...]


def aggregate(effects: EffectSet, by: Aggregation) -> EffectEstimate | EffectSet:
    """The effects of a set of group-time effects averaged in one of the four ways; see `EffectSet.aggregate`."""
    check_option("by", by, AGGREGATIONS)
    if effects.group_times is None or effects.covariance is None:
        raise ArgumentError(
            "`aggregate` needs the group-time effects that `staggered_adoption` returns; this set has none."
        )
    parts, overall = _parts(effects.group_times, by)
    lost = _left_out(effects.group_times)
    loadings = [_loading(effects, part) for part in parts]
    if overall is None:
        whole, used = (
            np.mean([own for own, part in zip(loadings, parts, strict=True) if _after(part, by)], axis=0),
            [member for part in parts if _after(part, by) for member in part.members],
        )
    else:
        whole, used = _loading(effects, overall), list(overall.members)
    people = _of_people(effects)
    words = _without(_PEOPLE if people and by == "simple" else _OVERALL[by], set(used), lost)
    combined = _effect(effects, by, words, whole, sorted(set(used)))
    if by == "simple":
        return combined
    members = [
        _effect(effects, by, _without(part.words, set(part.members), _of_part(lost, part, by)), own, part.members)
        for own, part in zip(loadings, parts, strict=True)
    ]
    stacked = np.concatenate(loadings)[:, : 2 * len(effects) + len(effects.group_times.cohorts)]
    known = [one for one in members if isinstance(one.inference, StudentT)]
    covariance = stacked @ _joint(effects) @ stacked.T
    lacking = np.repeat([isinstance(one.inference, Unavailable) for one in members], 2)
    covariance[lacking] = covariance[:, lacking] = 0.0
    return replace(
        effects,
        labels=tuple(part.label for part in parts),
        effects=tuple(members),
        covariance=_rows((covariance + covariance.T) / 2),
        df=min((_df(one) for one in known), default=math.inf),
        group_times=None,
        overall=combined,
        shared="units",
    )


# --- which effects are averaged ---------------------------------------------------------------------------------------


def _parts(times: GroupTimes, by: Aggregation) -> tuple[list[_Part], _Part | None]:
    """The parts of an aggregation, and its overall average where that is not the plain mean of the parts."""
    after = [k for k, event in enumerate(times.event_times) if event >= 0]
    if not after:
        raise ArgumentError("`aggregate` needs an effect in a treated period; the set has none.")
    count = {
        cohort: sum(times.members[k][0] == cohort for k in after) for cohort in {times.members[k][0] for k in after}
    }
    if by == "simple":
        return [], _part("simple", _OVERALL[by], after)
    if by == "dynamic":
        events = sorted(set(times.event_times))
        return [
            _part(str(event), _event(event), [k for k, own in enumerate(times.event_times) if own == event])
            for event in events
        ], None
    if by == "calendar":
        periods = sorted({times.members[k][1] for k in after})
        return [
            _part(times.periods[t], _calendar(times.periods[t]), [k for k in after if times.members[k][1] == t])
            for t in periods
        ], None
    parts = [
        _part(times.cohorts[g], _cohort(times.cohorts[g]), [k for k in after if times.members[k][0] == g])
        for g in sorted(count)
    ]
    factors = tuple(1.0 / count[times.members[k][0]] for k in after)
    return parts, replace(_part("cohort", _OVERALL[by], after), factors=factors)


@dataclass(frozen=True, slots=True)
class _LeftOut:
    """A treated period of a cohort that nobody was left to compare with."""

    cohort: str
    period: str
    event: int


def _left_out(times: GroupTimes) -> list[_LeftOut]:
    """The cohorts' treated periods without an effect.

    A period lacks a unit to compare with only where no unit is never treated, and then every later one does too. A
    cohort that is the last has no effect at all; it is there when units are left that are of no other.
    """
    first = max(period for _, period in times.members) + 1
    starts = dict(zip(times.cohorts, times.starts, strict=True))
    last = first + times.anticipation
    if first < len(times.periods) and sum(times.sizes) < times.n_units and last < len(times.periods):
        starts[times.periods[last]] = last
    return [
        _LeftOut(cohort, times.periods[t], t - start)
        for cohort, start in starts.items()
        for t in range(max(first, start), len(times.periods))
    ]


def _of_part(lost: Sequence[_LeftOut], part: _Part, by: Aggregation) -> list[_LeftOut]:
    own = {"dynamic": "event", "cohort": "cohort", "calendar": "period"}[by]
    return [one for one in lost if str(getattr(one, own)) == part.label]


def _without(words: Text, used: set[int], lost: Sequence[_LeftOut]) -> Text:
    """The words, with how many of the cohorts' periods they leave out."""
    if not lost:
        return words
    count, every = len(lost), len(used) + len(lost)
    return Text(
        en=f"{words.en} (without {count} of {every} combinations of cohort and period, for which nobody was left to "
        "compare with)",
        sv=f"{words.sv} (utan {count} av {every} kombinationer av kohort och period, där ingen återstod att jämföra "
        "med)",
    )


def _part(label: str, words: Text, members: Sequence[int]) -> _Part:
    return _Part(label=label, words=words, members=tuple(members), factors=(1.0,) * len(members))


def _after(part: _Part, by: Aggregation) -> bool:
    return by != "dynamic" or int(part.label) >= 0


# --- their sum and its variance ---------------------------------------------------------------------------------------


def _loading(effects: EffectSet, part: _Part) -> FloatArray:
    """(2, 2k + g + k): gradients of the two aggregated means by all means and by the shares; then the weights.

    With s = Σ cⱼ p_g(j), ∂wₖ/∂p_h = (cₖ 1{g(k) = h} − wₖ Σⱼ cⱼ 1{g(j) = h}) / s.
    """
    times = effects.group_times
    assert times is not None
    k, g = len(effects), len(times.cohorts)
    cohorts = np.array([times.members[member][0] for member in part.members])
    factors = np.array(part.factors)
    shares = np.array(times.sizes)[cohorts] / times.n_units
    total = float(np.sum(factors * shares))
    weights = factors * shares / total
    own = factors[:, None] * (cohorts[:, None] == np.arange(g))
    slopes = (own - weights[:, None] * own.sum(axis=0)) / total
    found = np.zeros((2, 2 * k + g + k))
    for row, name in enumerate(("treated", "counterfactual")):
        means = np.array([getattr(effects.effects[member].means, name) for member in part.members])
        found[row, 2 * np.array(part.members) + row] = weights
        found[row, 2 * k : 2 * k + g] = means @ slopes
    found[:, 2 * k + g + np.array(part.members)] = weights
    return found


def _joint(effects: EffectSet) -> FloatArray:
    """(2k + g, 2k + g) covariance of the means and the shares."""
    times = effects.group_times
    assert times is not None
    cross = np.asarray(times.cross_covariance)
    return np.block([[np.asarray(effects.covariance), cross.T], [cross, np.asarray(times.share_covariance)]])


def _effect(
    effects: EffectSet, by: Aggregation, words: Text, loading: FloatArray, used: Sequence[int]
) -> EffectEstimate:
    times = effects.group_times
    assert times is not None
    weights = loading[0, 2 * len(effects) + len(times.cohorts) :]
    members = [effects.effects[k] for k in used]
    pairs = [(float(weights[k]), effects.effects[k]) for k in used]
    inference = _inference(effects, loading, used)
    apart = members[0].arguments.get("comparison") == "never_treated"  # else a later cohort is among the controls too
    controls = {one.sample.n_control for one in members} if apart else set()
    treated = sum(times.sizes[g] for g in {times.members[k][0] for k in used})
    n_control = controls.pop() if len(controls) == 1 else None
    seen = [one.observed.control for one in members if one.observed.control is not None]
    control = math.fsum(w * (one.observed.control or 0.0) for w, one in pairs) if len(seen) == len(members) else None
    return replace(
        members[0],
        means=Means(
            treated=math.fsum(w * one.treated_mean for w, one in pairs),
            counterfactual=math.fsum(w * one.counterfactual_mean for w, one in pairs),
        ),
        inference=inference,
        estimand=replace(members[0].estimand, name="ATT", population=words),
        variance="none/1" if isinstance(inference, Unavailable) else members[0].variance,
        sample=Sample(
            n_units=None if n_control is None else treated + n_control,
            n_treated=treated,
            n_control=n_control,
            n_dropped=members[0].sample.n_dropped,
        ),
        observed=Observed(treated=math.fsum(w * one.observed.treated for w, one in pairs), control=control),
        arguments={**members[0].arguments, "aggregate": by},
        diagnostics=effects.diagnostics if by == "simple" else (),
        notes=tuple({note.code: note for note in (*effects.notes, *_notes(members), _weights(effects))}.values()),
    )


def _notes(members: Sequence[EffectEstimate]) -> list[Note]:
    return [note for one in members for note in one.notes]


def _inference(effects: EffectSet, loading: FloatArray, used: Sequence[int]) -> Inference:
    for k in used:
        own = effects.effects[k].inference
        if isinstance(own, Unavailable):
            label = effects.labels[k]
            return Unavailable(
                reason=Text(
                    en=f"Effect {label} has no inference: {own.reason.en}",
                    sv=f"Effekten {label} saknar osäkerhetsmått: {own.reason.sv}",
                )
            )
    times = effects.group_times
    assert times is not None
    rows, covariance = loading[:, : 2 * len(effects) + len(times.cohorts)], _joint(effects)
    joint, contrast = rows @ covariance @ rows.T, rows[0] - rows[1]
    if contrast @ covariance @ contrast <= ROUNDING * (np.abs(contrast) @ np.abs(covariance) @ np.abs(contrast)):
        return Unavailable(
            reason=Text(
                en="The average has no variance: what its effects have in common cancels.",
                sv="Medelvärdet saknar varians: det som effekterna har gemensamt tar ut varandra.",
            )
        )
    return StudentT(
        covariance=(float(joint[0, 0]), float(joint[0, 1]), float(joint[1, 1])),
        df=FixedDf(df=min(_df(effects.effects[k]) for k in used)),
    )


def _df(effect: EffectEstimate) -> float:
    return math.inf if effect.df is None else effect.df


def _rows(matrix: FloatArray) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(row) for row in matrix.tolist())


# --- words ------------------------------------------------------------------------------------------------------------

_OVERALL: dict[Aggregation, Text] = {
    "simple": Text(
        en="all treated unit-periods, each weighing the same",
        sv="alla behandlade enheters behandlade perioder, var och en med samma vikt",
    ),
    "dynamic": Text(
        en="treated units, the mean over the periods since adoption",
        sv="behandlade enheter, medelvärdet över perioderna sedan införandet",
    ),
    "cohort": Text(
        en="treated units, each cohort's mean over its treated periods, weighted by the size of the cohort",
        sv="behandlade enheter, varje kohorts medelvärde över dess behandlade perioder, vägt med kohortens storlek",
    ),
    "calendar": Text(
        en="units treated by then, the mean over the periods in which any unit is treated",
        sv="enheter som då är behandlade, medelvärdet över de perioder då någon enhet är behandlad",
    ),
}
_PEOPLE = Text(
    en="people of treated cohorts and periods, each cohort weighing as its share of all people seen",
    sv="personer i behandlade kohorter och perioder, varje kohort med sin andel av alla personer som vikt",
)
_ESTIMATED = Note(
    code="estimated_weights",
    text=Text(
        en="The cohorts weigh as their shares of the units, and the error counts that these shares are estimated.",
        sv="Kohorterna väger som sina andelar av enheterna, och medelfelet räknar med att andelarna är skattade.",
    ),
)
_OF_PEOPLE = Note(
    code="estimated_weights",
    text=Text(
        en="The cohorts weigh as their shares of the people seen in all periods, and the error counts that these "
        "shares are estimated.",
        sv="Kohorterna väger som sina andelar av de personer som ingår i alla perioder, och medelfelet räknar med att "
        "andelarna är skattade.",
    ),
)
_GIVEN = Note(
    code="given_weights",
    text=Text(
        en="The cohorts weigh as their shares of the units, and the error takes these shares as given.",
        sv="Kohorterna väger som sina andelar av enheterna, och medelfelet tar andelarna för givna.",
    ),
)


def _weights(effects: EffectSet) -> Note:
    """Whether the shares count as estimated, or as given."""
    assert effects.group_times is not None
    estimated = any(any(row) for row in effects.group_times.share_covariance)
    return (_OF_PEOPLE if _of_people(effects) else _ESTIMATED) if estimated else _GIVEN


def _of_people(effects: EffectSet) -> bool:
    """Whether other people are seen in each period."""
    return effects.effects[0].arguments.get("sampling") == "repeated_cross_sections"


def _event(event: int) -> Text:
    if event < 0:
        count = f"{-event} period{'s' if event < -1 else ''}"
        return Text(
            en=f"treated units, {count} before adoption",
            sv=f"behandlade enheter, {-event} period{'er' if event < -1 else ''} före införandet",
        )
    if event == 0:
        return Text(en="treated units, in the period of adoption", sv="behandlade enheter, i perioden för införandet")
    return Text(
        en=f"treated units, {event} period{'s' if event > 1 else ''} after adoption",
        sv=f"behandlade enheter, {event} period{'er' if event > 1 else ''} efter införandet",
    )


def _calendar(period: str) -> Text:
    return Text(en=f"units treated by {period}, in {period}", sv=f"enheter som är behandlade {period}, under {period}")


def _cohort(cohort: str) -> Text:
    return Text(
        en=f"units first treated in {cohort}, all treated periods",
        sv=f"enheter som behandlas från {cohort}, alla behandlade perioder",
    )
