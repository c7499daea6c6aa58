"""One function that holds every law of an effect: `assert_valid_effect`. Every test of an estimator calls it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction

import pytest
import rfc8785

from effekt._inference import (
    MIRROR,
    NO_EFFECT,
    AndersonRubin,
    ConfidenceSet,
    Draws,
    Placebos,
    Randomization,
    StudentT,
    TestInversion,
    Unavailable,
    WildBootstrap,
)
from effekt._types import ALTERNATIVES, Alternative
from effekt.exceptions import InferenceUnavailableError, UnavailableError, ViewUnavailableError
from effekt.result import EffectEstimate, read_result
from effekt.result.effect import DEFAULT_LEVELS, tidy_row

TIDY = (
    "method",
    "estimand",
    "view",
    "estimate",
    "std_error",
    "statistic",
    "p_value",
    "df",
    "conf_low",
    "conf_high",
    "level",
    "treated_mean",
    "counterfactual_mean",
    "variance",
    "n_obs",
)
VIEWS = ("difference", "relative", "ratio", "improvement", "relative_improvement")
COUNTS = ("n_obs", "n_units", "n_treated", "n_control", "n_clusters", "n_dropped")
LEVELS = (0.6, 0.9, 0.95)
AROUND = (-5.0, -0.4, 0.0, 0.3, 3.0)  # how far from the estimate nulls are tried, of what a set reaches


def assert_valid_effect(effect: EffectEstimate) -> None:
    """Assert every law of an effect, in every view that is identified."""
    views = identified_views(effect)
    said = [repr(view) for view in views]
    with _each_answer_once(type(effect.inference)):
        for view in views:
            _assert_finite(view)
            _assert_exact(view)
            _assert_same_answer_about_no_effect(effect, view)
            _assert_tidy(view)
            _assert_words(view)
            sets = dict(_sets(view))
            _assert_sets(view, sets)
            _assert_duality(view, sets)
            if view is views[0] or view is views[-1]:  # the parts that are written are one for all views
                _assert_frame(view)
                _assert_json(view)
                _assert_public(view, sets)
        _assert_sign(effect)
        _assert_totals(effect)
        _assert_rescaling(effect)
        _assert_counts(effect)
    assert [repr(view) for view in views] == said, "computed again, after all else that was asked"


@contextmanager
def _each_answer_once(kind: type) -> Iterator[None]:
    """Within the block a view, and an inference of this kind, answers a question that it has had as it did then.

    The laws ask the same of the same object up to ten times over. Other objects, such as one that came back from JSON,
    compute their own answers.
    """
    answers: dict[tuple[object, ...], object] = {}
    asked = []  # keeps what was asked alive, so that no other object takes its identity

    def remembering(owner: type, name: str, parts: int) -> Callable[..., object]:
        """The method `name`, by the identity of its first `parts` arguments and the values of the others."""
        plain = getattr(owner, name)

        def answer(*question: object) -> object:
            key = (owner, name, *map(id, question[:parts]), *question[parts:])
            if key not in answers:
                answers[key] = plain(*question)
                asked.append(question[:parts])
            return answers[key]

        return answer

    with pytest.MonkeyPatch.context() as patched:
        for name in ("p_value", "confidence_set"):
            patched.setattr(kind, name, remembering(kind, name, 2))
        for name in ("declared_p", "declared_set"):
            patched.setattr(EffectEstimate, name, remembering(EffectEstimate, name, 1))
        yield


def identified_views(effect: EffectEstimate) -> list[EffectEstimate]:
    """The effect in each view that its means and outcome identify; the others must say why not."""
    directed, positive = effect.outcome.better is not None, effect.counterfactual_mean > 0
    identified = {
        "difference": True,
        "relative": positive,
        "ratio": positive,
        "improvement": directed,
        "relative_improvement": directed and positive,
    }
    views = []
    for name in VIEWS:
        if identified[name]:
            views.append(getattr(effect, name)())
            assert views[-1].view.name == name
            continue
        with pytest.raises(ViewUnavailableError) as refusal:
            getattr(effect, name)()
        _assert_two_languages(refusal.value)
    return views


# --- one view -----------------------------------------------------------------------------------------------------


def _assert_finite(view: EffectEstimate) -> None:
    assert all(math.isfinite(value) for value in (view.estimate, view.treated_mean, view.counterfactual_mean))
    assert view.std_error is None or 0 < view.std_error < math.inf
    assert view.df is None or view.df > 0
    assert view.placebo_sd is None or 0 <= view.placebo_sd < math.inf
    assert (view.statistic is None) == (not isinstance(view.inference, (StudentT, AndersonRubin)))


def _assert_exact(view: EffectEstimate) -> None:
    """The estimate is the float nearest to the exact one, and so are the means, to 1e-12."""
    if view.exact is None:
        assert view.exact_estimate is None
        return
    exact = view.exact_estimate
    assert exact is not None
    assert view.estimate == float(exact)
    size = abs(view.view.slope) * (
        max(abs(view.treated_mean), abs(view.counterfactual_mean)) if view.view.contrast == "difference" else 1.0
    )
    plain = view.view.slope * view.means.value(view.view.contrast) + view.view.offset
    assert view.estimate == pytest.approx(plain, rel=1e-12, abs=1e-12 * size)
    assert float(view.exact.treated) == pytest.approx(view.treated_mean, rel=1e-12)
    assert float(view.exact.counterfactual) == pytest.approx(view.counterfactual_mean, rel=1e-12)


def _assert_same_answer_about_no_effect(effect: EffectEstimate, view: EffectEstimate) -> None:
    """The p-value of no effect is one and the same number in every view."""
    no_effect = view.view.slope * NO_EFFECT[view.view.contrast] + view.view.offset
    for alternative in ALTERNATIVES:
        side = MIRROR[alternative] if view.view.slope < 0 else alternative
        expected = _p(effect.difference(), None, side)
        assert _p(view, None, alternative) == expected
        assert _p(view, no_effect, alternative) == expected


def _assert_tidy(view: EffectEstimate) -> None:
    row = tidy_row(view, 0.9)
    assert tuple(row) == TIDY
    assert (row["method"], row["estimand"], row["view"]) == (view.method, view.estimand.name, view.view.name)
    assert (row["variance"], row["level"], row["n_obs"]) == (view.variance, 0.9, view.sample.n_obs)
    assert (row["estimate"], row["treated_mean"], row["counterfactual_mean"]) == (
        view.estimate,
        view.treated_mean,
        view.counterfactual_mean,
    )
    assert (row["std_error"], row["statistic"], row["df"]) == (view.std_error, view.statistic, view.df)
    p_value, found = _p(view, None, "two-sided"), _set(view, 0.9, "two-sided")
    assert row["p_value"] == (None if p_value is None else float(p_value))
    ends = found.intervals[0] if found is not None and len(found.intervals) == 1 else (None, None)
    assert (row["conf_low"], row["conf_high"]) == ends


def _assert_frame(view: EffectEstimate) -> None:
    """The frame is the row, with nulls where inference does not exist."""
    frame = view.tidy(0.9)
    assert tuple(frame.columns) == TIDY
    assert len(frame) == 1
    cells = zip(TIDY, frame.to_numpy(object)[0], frame.isna().to_numpy()[0], strict=True)
    assert {name: None if missing else value for name, value, missing in cells} == tidy_row(view, 0.9)


def _assert_words(view: EffectEstimate) -> None:
    """Representation and summary are the same every time, short, and free of raw draws."""
    assert repr(view) == repr(replace(view))
    assert len(repr(view)) < 300
    english, swedish = view.summary("en"), view.summary("sv")
    assert english != swedish
    for text in (english, swedish):
        assert not re.search(r"\b(nan|None)\b", text)  # as words: "innan" is one of its own
    assert english in view._repr_html_() or "&" in view._repr_html_()


def _assert_json(view: EffectEstimate) -> None:
    """The object comes back bit for bit, also after other software parsed and canonicalised the text."""
    text = view.to_json()
    assert rfc8785.dumps(json.loads(text)).decode() + "\n" == text
    again = EffectEstimate.from_json(text)
    assert again.to_json() == text
    assert (again.means, again.view, again.inference) == (view.means, view.view, view.inference)
    if view.view.name == "difference":
        for form in (text.encode(), json.dumps(json.loads(text), indent=1)):
            assert EffectEstimate.from_json(form).to_json() == text
        read = read_result(text)
        assert read == view
        assert hash(read) == hash(view)


def _assert_sets(view: EffectEstimate, sets: dict[tuple[float, Alternative], ConfidenceSet]) -> None:
    for (level, alternative), found in sets.items():
        assert found.level == level
        assert found.alternative == alternative
        ends = [end for interval in found.intervals for end in interval]
        assert not any(map(math.isnan, ends))
        assert ends == sorted(ends)
        if isinstance(view.inference, (StudentT, AndersonRubin, Placebos)) and alternative == "two-sided":
            assert view.estimate in found or _near(view.estimate, ends, _scale(view, found))
        if alternative == "greater":
            assert found.intervals[-1][1] == math.inf
        if alternative == "less":
            assert found.intervals[0][0] == -math.inf
    for (level, alternative), found in sets.items():
        for (higher, other), outer in sets.items():
            if other == alternative and higher > level:
                assert _within(found, outer)


def _assert_duality(view: EffectEstimate, sets: dict[tuple[float, Alternative], ConfidenceSet]) -> None:
    """A null is rejected (p ≤ 1 − level) exactly when it is outside the set."""
    tested = 0
    for alternative in ALTERNATIVES:
        own = [found for found in sets.values() if found.alternative == alternative]
        for null in _nulls(view, own):
            p_value = _p(view, null, alternative)
            if p_value is None:
                continue
            for found in own:
                if _at_an_end(null, view, found):
                    continue
                tested += 1
                alpha = 1 - Fraction(str(found.level))
                rejected = p_value <= (alpha if isinstance(p_value, Fraction) else float(alpha))
                assert rejected == (null not in found), (alternative, null, float(p_value), found)
            if alternative == "greater":
                confidence = 1 - view.rank_p_value(null, "greater")
                assert view.confidence_at_least(null) == float(confidence)
                assert view.confidence_at_least(null) == pytest.approx(1 - view.p_value(null, "greater"), abs=1e-15)
    if sets and not isinstance(view.inference, TestInversion):
        assert tested >= 3 * len(sets)


def _assert_public(view: EffectEstimate, sets: dict[tuple[float, Alternative], ConfidenceSet]) -> None:
    """The public form holds no raw draws and answers what was declared exactly as the restricted form does."""
    nulls = tuple(null for null in (view.estimate, 2 * view.estimate, -0.25, 0.75, 3.0) if math.isfinite(null))
    public = view.public(nulls)
    assert not isinstance(public.inference, (Draws, Randomization, WildBootstrap))
    assert repr(public) == repr(view)
    text = public.to_json()
    for key in ('"statistics"', '"exposures"', '"scheme"', '"loadings"'):
        assert key not in text
    if public is view:
        return
    for raw in _raw_numbers(view):
        assert raw not in text
    assert public.public(nulls) == public
    assert EffectEstimate.from_json(text) == public
    assert (public.estimate, public.std_error, public.means) == (view.estimate, view.std_error, view.means)
    for alternative in ALTERNATIVES:
        for level in DEFAULT_LEVELS:
            declared = sets[level, alternative] if (level, alternative) in sets else _set(view, level, alternative)
            assert _set(public, level, alternative) == declared
        for null in (None, *nulls):
            assert _p(public, null, alternative) == _p(view, null, alternative)
            if null is not None and _p(view, null, "greater") is not None:
                assert public.confidence_at_least(null) == view.confidence_at_least(null)


def _raw_numbers(view: EffectEstimate) -> list[str]:
    """Draws as they would stand in JSON; a summary of them may coincide with a few, so only unusual ones count."""
    kind = view.inference
    if isinstance(kind, Draws):
        ends = {end for level in DEFAULT_LEVELS for end in _ends(view.difference(), level)}
        return [repr(value) for value in kind.treated if value not in ends and len(repr(value)) > 12][:50]
    return []


# --- views against each other ---------------------------------------------------------------------------------------


def _assert_sign(effect: EffectEstimate) -> None:
    """Only improvement turns the sign, and it turns nothing else."""
    if effect.outcome.better is None:
        return
    sign = -1.0 if effect.outcome.better == "lower" else 1.0
    pairs = [(effect.difference(), effect.improvement())]
    if effect.counterfactual_mean > 0:
        pairs.append((effect.relative(), effect.relative_improvement()))
    for plain, better in pairs:
        assert better.estimate == sign * plain.estimate
        assert better.std_error == plain.std_error
        assert better.df == plain.df
        assert better.statistic == (None if plain.statistic is None else sign * plain.statistic)
        for level in LEVELS:
            one, other = _set(plain, level, "two-sided"), _set(better, level, "two-sided")
            assert (one is None) == (other is None)
            if one is not None and other is not None:
                assert other.intervals == one.affine(sign, 0.0).intervals


def _assert_totals(effect: EffectEstimate) -> None:
    """A total is n times the effect: estimate, error and interval scale, no p-value moves."""
    for n in (7, "0.5"):
        total = effect.difference().total(n)
        assert total.view.name == "total"
        _assert_scaled(effect.difference(), total, float(Fraction(n)))
    if effect.outcome.better is not None:
        total = effect.improvement().total(7)
        assert total.estimate == pytest.approx(7 * effect.improvement().estimate, rel=1e-12)
        assert EffectEstimate.from_json(total.to_json()) == total


def _assert_rescaling(effect: EffectEstimate) -> None:
    """Another unit scales what has a unit and leaves ratios and p-values alone."""
    for factor in (12.0, 0.001):
        scaled = effect.rescale(factor, "another unit")
        assert scaled.outcome.unit == "another unit"
        assert scaled.observed.treated == pytest.approx(factor * effect.observed.treated, rel=1e-12)
        if effect.path is not None and scaled.path is not None:
            assert scaled.path.treated == pytest.approx([factor * y for y in effect.path.treated], rel=1e-12)
            for old, new in zip(effect.path.counterfactual, scaled.path.counterfactual, strict=True):
                assert new == (None if old is None else pytest.approx(factor * old, rel=1e-12))
        if factor > 1 or not effect.counterfactual_mean > 0:
            _assert_scaled(effect.difference(), scaled.difference(), factor)
        else:
            _assert_scaled(effect.relative(), scaled.relative(), 1.0)
            _assert_scaled(effect.ratio(), scaled.ratio(), 1.0)


def _assert_scaled(before: EffectEstimate, after: EffectEstimate, factor: float) -> None:
    size = abs(before.view.offset) + abs(before.estimate)
    assert after.estimate == pytest.approx(factor * before.estimate, rel=1e-10, abs=1e-12 * factor * size)
    assert (after.std_error is None) == (before.std_error is None)
    if before.std_error is not None:
        assert after.std_error == pytest.approx(factor * before.std_error, rel=1e-10)
    for level in LEVELS:
        old, new = _set(before, level, "two-sided"), _set(after, level, "two-sided")
        assert (old is None) == (new is None)
        if old is not None and new is not None:
            expected = [factor * end for interval in old.intervals for end in interval]
            scale = factor * _scale(before, old)
            assert [e for i in new.intervals for e in i] == pytest.approx(expected, rel=1e-9, abs=1e-9 * scale)
    for alternative in ALTERNATIVES:
        old_p, new_p = _p(before, None, alternative), _p(after, None, alternative)
        assert (old_p is None) == (new_p is None)
        if old_p is not None and new_p is not None:
            exact = isinstance(old_p, Fraction)
            assert new_p == (old_p if exact else pytest.approx(old_p, rel=1e-9, abs=1e-300))
        if isinstance(before.inference, (StudentT, AndersonRubin, TestInversion)):
            for null in _nulls(before, ()):
                old_p, new_p = _p(before, null, alternative), _p(after, factor * null, alternative)
                assert new_p == (None if old_p is None else pytest.approx(old_p, rel=1e-6, abs=1e-300))


def _assert_counts(effect: EffectEstimate) -> None:
    sample = effect.sample
    counts = [getattr(sample, name) for name in COUNTS]
    assert all(count is None or (type(count) is int and count >= 0) for count in counts)
    if sample.n_units is not None and sample.n_treated is not None and sample.n_control is not None:
        assert sample.n_treated + sample.n_control == sample.n_units
    if sample.n_units is not None and sample.n_obs is not None:
        assert sample.n_units <= sample.n_obs


# --- asking -------------------------------------------------------------------------------------------------------


def _p(view: EffectEstimate, null: float | None, alternative: Alternative) -> float | Fraction | None:
    """The p-value, None where it does not exist; a refusal has its reason in both languages."""
    try:
        p_value = view.rank_p_value(null, alternative)
    except InferenceUnavailableError as refusal:
        _assert_two_languages(refusal)
        assert not isinstance(view.inference, Randomization) or null is not None
        return None
    assert not isinstance(view.inference, Unavailable)
    assert 0 <= p_value <= 1
    if isinstance(view.inference, (Placebos, Randomization, WildBootstrap)):
        assert isinstance(p_value, Fraction)
        assert p_value > 0
    assert view.p_value(null, alternative) == float(p_value)
    return p_value


def _set(view: EffectEstimate, level: float, alternative: Alternative) -> ConfidenceSet | None:
    try:
        found = view.confidence_interval(level, alternative)
    except InferenceUnavailableError as refusal:
        _assert_two_languages(refusal)
        return None
    assert not isinstance(view.inference, Unavailable)
    return found


def _sets(view: EffectEstimate) -> Iterator[tuple[tuple[float, Alternative], ConfidenceSet]]:
    for alternative in ALTERNATIVES:
        for level in LEVELS:
            found = _set(view, level, alternative)
            if found is not None:
                yield (level, alternative), found


def _ends(view: EffectEstimate, level: float) -> list[float]:
    found = [_set(view, level, alternative) for alternative in ALTERNATIVES]
    return [end for one in found if one is not None for interval in one.intervals for end in interval]


def _scale(view: EffectEstimate, found: ConfidenceSet) -> float:
    """How far the finite ends of the set are from the estimate."""
    distances = [abs(end - view.estimate) for interval in found.intervals for end in interval if math.isfinite(end)]
    return max(distances, default=0.0) or abs(view.estimate) or 1.0


def _nulls(view: EffectEstimate, sets: Sequence[ConfidenceSet]) -> list[float]:
    """Nulls around the estimate, as far as the last set reaches, and on both sides of every end."""
    if isinstance(view.inference, TestInversion):
        return _declared_nulls(view, view.inference)
    reach = _scale(view, sets[-1]) if sets else abs(view.estimate) or 1.0
    around = [view.estimate + reach * step for step in AROUND]
    beside = [
        end + side * _scale(view, found)
        for found in sets
        for interval in found.intervals
        for end in interval
        if math.isfinite(end)
        for side in (-0.1, 0.1)
    ]
    return [*around, *beside, view.view.slope * NO_EFFECT[view.view.contrast] + view.view.offset]


def _at_an_end(null: float, view: EffectEstimate, found: ConfidenceSet) -> bool:
    """Whether a null is too near an end of the set for rounding, or the draws, to tell on which side it is."""
    margin = 0.03 if isinstance(view.inference, Draws) else 1e-7
    return _near(null, [end for interval in found.intervals for end in interval], _scale(view, found), margin)


def _declared_nulls(view: EffectEstimate, inference: TestInversion) -> list[float]:
    nulls = []
    for declared in inference.p_values:
        null = declared.null
        if declared.contrast != view.view.contrast:
            if inference.fixed is None:
                continue
            null = view.means.translate(null, view.view.contrast, inference.fixed)
        nulls.append(view.view.slope * null + view.view.offset)
    return sorted(set(nulls))


def _near(null: float, ends: list[float], scale: float, margin: float = 1e-9) -> bool:
    return any(abs(null - end) <= margin * scale for end in ends if math.isfinite(end))


def _within(inner: ConfidenceSet, outer: ConfidenceSet) -> bool:
    """Whether each piece of the inner set lies in one piece of the outer set, to rounding."""

    def holds(low: float, high: float) -> bool:
        slack = 1e-9 * max((abs(end) for end in (low, high) if math.isfinite(end)), default=0.0)
        return any(a - slack <= low and high <= b + slack for a, b in outer.intervals)

    return all(holds(low, high) for low, high in inner.intervals)


def _assert_two_languages(refusal: UnavailableError) -> None:
    assert str(refusal).strip()
    assert refusal.sv.strip()
    assert str(refusal) != refusal.sv
