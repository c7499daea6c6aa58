"""Inference from the periods of the series alone, by drawing blocks of them anew within each window.

The treated units and the comparator keep their periods together: a draw of a window is a list of its periods, and both
means are formed from the periods drawn, each as often as it was. Blocks of neighbouring periods keep what the months
have in common. *Moving* blocks (Künsch 1989, doi:10.1214/aos/1176347265) all have the declared length ℓ, the last one
cut; *stationary* ones (Politis & Romano 1994, doi:10.1080/01621459.1994.10476870) end after each period with
probability 1/ℓ. Both are laid in a circle, from the window's last period to its first, so that every period is as
likely to be drawn and the draws stand about the figure (Politis & Romano 1992, in LePage & Billard, *Exploring the
Limits of Bootstrap*, 263–270). The two windows are drawn apart from each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.random import Generator

from effekt._inference import Draws, Unavailable
from effekt._text import Text
from effekt._types import FloatArray, IntArray
from effekt._validation import check_integer, check_option, check_seed, plural
from effekt.estimators._coverage import coverage_notes
from effekt.estimators.trend.comparison import Comparison, Design
from effekt.estimators.trend.hac import LEAVES_OUT, MATCHED_MONTHS, ROUNDING, STILL, least_periods
from effekt.exceptions import ArgumentError
from effekt.result import Note

Blocks: TypeAlias = Literal["moving", "stationary"]
DRAWS = 999
FEWEST = 99  # draws, with which a 95 % interval rests on more than two in each tail


@dataclass(frozen=True, slots=True, kw_only=True)
class Redrawing:
    """How periods are drawn anew.

    Attributes
    ----------
    blocks : {"moving", "stationary"}
    length : int
        Periods in a block, for stationary ones on average.
    draws : int
    rng : numpy.random.Generator or int
    """

    blocks: Blocks
    length: int
    draws: int
    rng: Generator | int

    def recorded(self) -> dict[str, Any]:
        """What stands in a contract; a generator does not."""
        seed = {"rng": int(self.rng)} if not isinstance(self.rng, Generator) else {}
        return {"blocks": self.blocks, "block_length": self.length, "draws": self.draws, **seed}


def check_redrawing(
    inference: str,
    blocks: object,
    length: object,
    draws: int,
    rng: Generator | int | None,
    *,
    beside: bool,
    standardized: bool,
) -> Redrawing | None:
    """The declared blocks; None where nothing is drawn. `beside` says that a check may draw them beside the figure."""
    check_option("blocks", blocks, ("moving", "stationary"))
    check_integer("draws", draws, FEWEST)
    if inference != "block_bootstrap" and not (beside and length is not None):
        for name, given in (
            ("blocks", blocks != "moving"),
            ("block_length", length is not None),
            ("draws", draws != DRAWS),
            ("rng", rng is not None),
        ):
            if given:
                raise ArgumentError(f"`inference` {inference!r} draws no blocks; leave `{name}` out.")
        return None
    if standardized:
        raise ArgumentError(
            "`standardize` must be empty where blocks are drawn, which are of the periods and not of the strata; use "
            "inference='placebo' or 'hac', and leave `block_length` out."
        )
    if length is None:
        raise ArgumentError(
            "`block_length` must be given with inference='block_bootstrap': how many periods in a row are drawn "
            "together, such as 6; got None."
        )
    if rng is None:
        raise ArgumentError(
            "`rng` must be an integer seed or a numpy.random.Generator where blocks are drawn; got None. A seed makes "
            "the draws the same every time."
        )
    if not isinstance(rng, Generator):
        check_seed(rng)
    chosen: Blocks = "moving" if blocks == "moving" else "stationary"
    return Redrawing(blocks=chosen, length=check_integer("block_length", length, 1), draws=draws, rng=rng)


def check_length(how: Redrawing | None, times: Sequence[Sequence[int]], period: str) -> None:
    """Refuse blocks longer than half of the shorter window, where blocks can be drawn of its periods at all."""
    shortest = min(map(len, times))
    matched = any(len(set(one)) < len(one) for one in times)
    if how is not None and not matched and shortest >= least_periods() and 2 * how.length > shortest:
        raise ArgumentError(
            f"`block_length` must be at most half of the shorter window, {shortest // 2} of its "
            f"{plural(shortest, period)}, so that draws differ; got {how.length}."
        )


def block_inference(
    design: Design, treated: Sequence[str], comparator: Sequence[str], found: Comparison, how: Redrawing
) -> Draws | Unavailable:
    """Draws of the treated mean and its counterfactual, or why there are none."""
    spans = (design.reference, design.evaluation)
    if any(len(set(span.times)) < len(span.times) for span in spans):
        return Unavailable(reason=MATCHED_MONTHS)
    shortest = min(len(span.times) for span in spans)
    if shortest < least_periods():
        return Unavailable(reason=_short(shortest))
    rng = how.rng if isinstance(how.rng, Generator) else np.random.default_rng(how.rng)
    counts = [_counts(len(span.times), how, rng) for span in spans]
    own, other = (
        [_cells(design, units, span.times) for span in spans]
        for units in ([tuple(treated)], _apart(design, comparator))
    )
    reference, evaluation = (_means(design, cells, n)[:, 0] for cells, n in zip(own, counts, strict=True))
    before, after = (_means(design, cells, n) for cells, n in zip(other, counts, strict=True))
    if design.adjustment == "ratio" and (before <= 0).any():
        return Unavailable(reason=_NOTHING_DRAWN)
    counterfactual = _counterfactual(design, reference, before, after)
    largest = max(abs(float(found.evaluation)), abs(float(found.reference)))
    if float(np.ptp(evaluation - counterfactual)) <= ROUNDING * largest:
        return Unavailable(reason=STILL)
    return Draws(
        treated=tuple(evaluation.tolist()),
        counterfactual=tuple(counterfactual.tolist()),
        scheme=f"{how.blocks} blocks of {how.length}, {how.draws} draws",
    )


def _counterfactual(design: Design, reference: FloatArray, before: FloatArray, after: FloatArray) -> FloatArray:
    """From the treated reference and the comparator's columns, one for each unit that counts by itself."""
    if design.trend == "mean_of_ratios":
        return np.asarray(reference * np.mean(after / before, axis=1))
    first, second = np.mean(before, axis=1), np.mean(after, axis=1)
    return np.asarray(reference * second / first if design.adjustment == "ratio" else reference + second - first)


def _apart(design: Design, comparator: Sequence[str]) -> list[tuple[str, ...]]:
    """The comparator as one pool, or unit by unit."""
    return [tuple(comparator)] if design.weighted else [(unit,) for unit in comparator]


def _cells(design: Design, pools: Sequence[tuple[str, ...]], times: Sequence[int]) -> tuple[FloatArray, FloatArray]:
    """Numerators and denominators (T, pools), in the outcome's unit."""
    panel = design.panel
    sums = [[panel.sums(units, (t,))[0] for units in pools] for t in times]
    above, below = ([[one[part] for one in row] for row in sums] for part in (0, 1))
    return np.array([[float(n * panel.scale) for n in row] for row in above]), np.array(below, float)


def _means(design: Design, cells: tuple[FloatArray, FloatArray], counts: FloatArray) -> FloatArray:
    """(draws, pools): the mean over the periods drawn, each as often as it was."""
    above, below = cells
    if design.panel.mean == "ratio_of_sums":
        return np.asarray((counts @ above) / (counts @ below))
    return np.asarray(counts @ (above / below) / len(above))


def _counts(periods: int, how: Redrawing, rng: Generator) -> FloatArray:
    """(draws, T): how often each period of a window is drawn."""
    drawn = (_moving if how.blocks == "moving" else _stationary)(periods, how, rng)
    flat = drawn + periods * np.arange(how.draws)[:, None]
    counts = np.bincount(flat.ravel(), minlength=periods * how.draws).reshape(how.draws, periods)
    return np.asarray(counts, float)


def _moving(periods: int, how: Redrawing, rng: Generator) -> IntArray:
    starts = (periods * rng.random((how.draws, -(-periods // how.length)))).astype(np.int64)
    within = starts[:, :, None] + np.arange(how.length)
    return np.asarray(within.reshape(how.draws, -1)[:, :periods] % periods)


def _stationary(periods: int, how: Redrawing, rng: Generator) -> IntArray:
    """The first share drawn for a period says whether a block begins there, the second where in the circle."""
    begins, starts = rng.random((2, how.draws, periods))
    begins[:, 0] = 0.0
    found: IntArray = (periods * starts).astype(np.int64)
    for t in range(1, periods):
        found[:, t] = np.where(begins[:, t] < 1 / how.length, found[:, t], (found[:, t - 1] + 1) % periods)
    return found


def block_notes(how: Redrawing | None) -> tuple[Note, ...]:
    """What this inference is, what it leaves out, and how short it falls."""
    return () if how is None else (_told(how), *coverage_notes("block_bootstrap"))


def _told(how: Redrawing) -> Note:
    seed_en, seed_sv = (
        ("", "") if isinstance(how.rng, Generator) else (f" from the seed {how.rng}", f" med fröet {how.rng}")
    )
    moving = how.blocks == "moving"
    en, sv = ("", "") if moving else (" on average", " i genomsnitt")
    kind = "lika långa" if moving else "olika långa"
    return Note(
        code="block_bootstrap",
        text=Text(
            en=f"The uncertainty is that of the periods within each window: {how.draws} draws{seed_en} of "
            f"{how.blocks} blocks of {plural(how.length, 'period')}{en}, laid in a circle. {LEAVES_OUT.en}",
            sv=f"Osäkerheten gäller perioderna inom varje fönster: {how.draws} dragningar{seed_sv} av {kind} block om "
            f"{how.length} {'period' if how.length == 1 else 'perioder'}{sv}, lagda i en cirkel. {LEAVES_OUT.sv}",
        ),
    )


_NOTHING_DRAWN = Text(
    en="In some draws of the periods the comparator's reference mean is not above zero, so they have no ratio; use "
    "adjustment='difference', or another inference.",
    sv="I några dragningar av perioderna är jämförelsens medelvärde i referensfönstret inte större än noll, så de har "
    "ingen kvot; använd adjustment='difference', eller en annan osäkerhetsberäkning.",
)


def _short(periods: int) -> Text:
    return Text(
        en=f"A window of {plural(periods, 'period')} is too short to draw blocks from, which takes at least "
        f"{least_periods()}; use finer rows, or inference='placebo'.",
        sv=f"Ett fönster med {periods} {'period' if periods == 1 else 'perioder'} är för kort för att dra block ur, "
        f"vilket kräver minst {least_periods()}; använd finare rader, eller inference='placebo'.",
    )
