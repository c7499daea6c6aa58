"""Randomisation inference: the estimator under every assignment that could have been drawn, or under many of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from effekt._inference import ExactDraws, Inference, Randomization, Unavailable
from effekt._inference.ranks import TIE
from effekt._text import Text, format_number, significant
from effekt._types import FloatArray
from effekt.estimators.randomized.arguments import Options, generator_of
from effekt.estimators.randomized.assignments import Scheme, scheme_of
from effekt.estimators.randomized.data import Trial
from effekt.estimators.randomized.decided import Keeping, OneStatistic, decided_statistic, few_enough
from effekt.estimators.randomized.fractions import exact_statistic
from effekt.estimators.randomized.lots import Assignments, packed
from effekt.estimators.randomized.rerandomized import Statistic, statistic_of
from effekt.estimators.randomized.weighting import weighting_of
from effekt.result import Note
from effekt.tables.table import CANONICAL_ROWS

NEAR = 1e-6  # statistics as near to the actual one, relative to the largest, are made fractions
PATIENCE = 20  # assignments looked at for each one that is wanted, before there are held to be too few

RARELY_EXISTS = Text(
    en="The estimator does not exist under most assignments that could have been drawn, so they say little of chance.",
    sv="Skattningen finns inte för de flesta fördelningar som kunde ha lottats, så de säger lite om slumpen.",
)
SAME_FOR_ALL = Note(
    code="constant_effect",
    text=Text(
        en="It is for an effect that is the same for every unit of the trial.",
        sv="Den gäller en effekt som är densamma för alla enheter i försöket.",
    ),
)


def randomization(trial: Trial, options: Options, estimate: float) -> tuple[Inference, tuple[Note, ...]]:
    """The estimator under other assignments, and how these came about; `estimate` is the actual one."""
    scheme, weighting = scheme_of(trial), weighting_of(trial, options)
    generator = None if scheme.few else generator_of(options.rng, "assignments", why_drawn(scheme))
    actual = trial.treated[trial.drawn][scheme.order].astype(np.uint8)
    by_fractions = exact_statistic(trial, options, weighting, scheme)
    if by_fractions is not None:
        exact = by_fractions.draws(packed(actual[None, :]), every_or_drawn(scheme, generator, options.draws))
        return _of_fractions(exact, complete=generator is None), (
            drawn_note(trial, len(exact.statistics), 0, options, listed=generator is None),
            SAME_FOR_ALL,
        )
    statistic = statistic_of(trial, options, weighting, scheme)
    if np.isnan(statistic(packed(actual[None, :]))).any():
        return Unavailable(reason=RARELY_EXISTS), ()
    decided = partial(decided_statistic, trial, options, scheme) if few_enough(scheme, options.draws) else None
    kept, left_out = decided_under_others(statistic, decided, scheme, generator, options.draws, actual, estimate)
    if generator is not None and len(kept) < options.draws:
        return Unavailable(reason=RARELY_EXISTS), ()
    note = drawn_note(trial, len(kept), left_out, options, listed=generator is None)
    exposure = float(statistic(packed(actual[None, :]))[0, 1]) if options.horvitz_thompson else 1.0
    inference = Randomization(
        statistics=tuple(kept[:, 0].tolist()),
        exposures=tuple(kept[:, 1].tolist()),
        complete=generator is None,
        mean_outcome=weighting.mean(trial.response),
        share_treated=weighting.mean(trial.treated.astype(float)),
        actual_exposure=exposure,
    )
    return inference, (note, SAME_FOR_ALL, *_beside_the_estimate(exposure))


def _beside_the_estimate(exposure: float) -> tuple[Note, ...]:
    """The note of a set that need not hold the estimate: a constant effect counts as `exposure` times itself."""
    if abs(exposure - 1) <= TIE:
        return ()
    text = Text(
        en=f"An effect that is the same for all is in the estimate {significant(exposure, 'en')} times: the sum of 1/p "
        "of the treated over the number of units. The confidence set counts that and so lies around the estimate "
        "divided by it; the estimate itself may be outside.",
        sv=f"En effekt som är densamma för alla finns i skattningen {significant(exposure, 'sv')} gånger: summan av "
        "1/p bland de behandlade delad med antalet enheter. Konfidensmängden räknar med det och ligger därför kring "
        "skattningen delad med talet; skattningen själv kan ligga utanför.",
    )
    return (Note(code="set_beside_estimate", text=text),)


def _of_fractions(exact: ExactDraws, *, complete: bool) -> Randomization:
    """The same of fractions, each rounded once."""
    return Randomization(
        statistics=tuple(map(float, exact.statistics)),
        exposures=tuple(map(float, exact.exposures)),
        complete=complete,
        mean_outcome=float(exact.mean_outcome),
        share_treated=float(exact.share_treated),
        exact=exact,
    )


def every_or_drawn(scheme: Scheme, generator: Generator | None, draws: int) -> Iterator[Assignments]:
    """All assignments, or `draws` of them, in chunks."""
    if generator is None:
        yield from scheme.every()
        return
    for chunk in scheme.drawn(generator):
        draws -= len(chunk)
        yield chunk[: len(chunk) + min(draws, 0)]
        del chunk  # so that no two are held while the next one is drawn
        if draws <= 0:
            return


def under_others(
    statistic: Statistic, scheme: Scheme, generator: Generator | None, draws: int
) -> tuple[FloatArray, int]:
    """The statistic under all assignments or `draws` of them, where it exists, and how often it does not."""
    if generator is not None:
        return _drawn(statistic, scheme.drawn(generator), draws)
    found = np.concatenate([statistic(chunk) for chunk in scheme.every()])
    kept = found[~np.isnan(found).any(axis=1)]
    return kept, len(found) - len(kept)


def decided_under_others(
    statistic: Statistic,
    decided: Callable[[], OneStatistic | None] | None,
    scheme: Scheme,
    generator: Generator | None,
    draws: int,
    actual: NDArray[np.uint8],
    estimate: float | None = None,
) -> tuple[FloatArray, int]:
    """The same; which of two statistics that are near the actual one, or its opposite, is larger, fractions say.

    They are rounded once, and moved by what the estimate itself was rounded by, so that one which is the estimate, or
    its opposite, is so to the last digit.
    """
    if decided is None:
        return under_others(statistic, scheme, generator, draws)
    keeping = Keeping(statistic=statistic)
    kept, left_out = under_others(keeping, scheme, generator, draws)
    observed = float(statistic(packed(actual[None, :]))[0, 0])
    close = NEAR * max(abs(observed), float(np.max(np.abs(kept[:, 0]), initial=0.0)))
    near = np.flatnonzero(np.abs(np.abs(kept[:, 0]) - abs(observed)) <= close).tolist()
    one = decided() if near else None
    own = None if one is None else one(actual.astype(bool))
    if one is None or own is None:
        return kept, left_out
    moved = 0.0 if estimate is None else estimate - float(own[0])
    for row in near:
        pair = one(keeping.treated(row, len(actual)))
        if pair is not None:
            kept[row] = float(pair[0]) + (moved if (pair[0] > 0) == (own[0] > 0) else -moved), float(pair[1])
    return kept, left_out


def why_drawn(scheme: Scheme) -> str:
    """Why not every assignment is listed."""
    if scheme.chances is not None:
        return "Units with probabilities of their own have assignments that are not equally likely"
    exponent = scheme.log_count / math.log(10)
    number = f"{scheme.count:,}" if exponent < 9 else f"about 10^{exponent:.0f}"
    return f"There are {number} possible assignments, and at most 100,000 are listed"


def _drawn(statistic: Statistic, chunks: Iterator[Assignments], draws: int) -> tuple[FloatArray, int]:
    """`draws` statistics that exist, and how many were met that do not; fewer where they are rare."""
    found: list[FloatArray] = []
    held = seen = 0
    while held < draws and seen < PATIENCE * draws:
        values = statistic(next(chunks)[: PATIENCE * draws - seen])
        exists = np.flatnonzero(~np.isnan(values).any(axis=1))[: draws - held]
        seen += int(exists[-1]) + 1 if held + len(exists) == draws else len(values)
        held += len(exists)
        found.append(values[exists])
    return np.concatenate(found), seen - held


def drawn_note(trial: Trial, kept: int, left_out: int, options: Options, *, listed: bool) -> Note:
    """How the assignments came about."""
    return _listed(kept, left_out) if listed else _sampled(trial, options, left_out)


def _listed(kept: int, left_out: int) -> Note:
    less_en, less_sv = _left_out(left_out)
    text = Text(
        en=f"Inference is by randomisation: the estimator under all {format_number(kept, 'en')} possible assignments"
        f"{less_en}.",
        sv=f"Inferensen bygger på lottningen: skattningen under alla {format_number(kept, 'sv')} möjliga fördelningar"
        f"{less_sv}.",
    )
    return Note(code="randomization", text=text)


def _sampled(trial: Trial, options: Options, left_out: int) -> Note:
    less_en, less_sv = _left_out(left_out)
    known = isinstance(options.rng, int)
    seed_en, seed_sv = (f" from the seed {options.rng}", f" med fröet {options.rng}") if known else ("", "")
    order_en, order_sv = _BY_ORDER if trial.as_given else ("", "")
    text = Text(
        en=f"Inference is by randomisation: the estimator under {format_number(options.draws, 'en')} assignments drawn "
        f"at random{seed_en}{less_en}.{order_en}",
        sv=f"Inferensen bygger på lottningen: skattningen under {format_number(options.draws, 'sv')} slumpmässigt "
        f"dragna fördelningar{seed_sv}{less_sv}.{order_sv}",
    )
    return Note(code="randomization", text=text)


_BY_ORDER = (
    f" Which these are depends on the order of the rows, as there are more than {format_number(CANONICAL_ROWS, 'en')}.",
    f" Vilka det är beror på radernas ordning, eftersom raderna är fler än {format_number(CANONICAL_ROWS, 'sv')}.",
)


def _left_out(count: int) -> tuple[str, str]:
    if not count:
        return "", ""
    return (
        f" (left out: {format_number(count, 'en')} under which the estimator does not exist)",
        f" (uteslutna: {format_number(count, 'sv')} för vilka skattningen inte finns)",
    )
