"""Groups of as many placebo units as are treated, in the place of the treated.

The mean of m units varies less than one unit's, so that m treated units ranked among single ones are hardly ever found
to differ. Each group is compared as the treated are, with the units outside it, or with the published series
(Conley & Taber 2011, doi:10.1162/REST_a_00049, section III, rank the mean of as many control units as are treated).
All groups are taken where they are at most 2,000, else as many as are declared, drawn by chance.

Groups of the untreated alone have in common that none of them is held against the treated, and share units, so that
their ranks reject too often. A permutation takes the treated into the pool: were any m of all n units as likely to be
the treated, the rank of theirs among all C(n, m) groups, each compared with the units outside it, is uniform where
nothing was caused (Lehmann & Romano 2005, doi:10.1007/0-387-27605-X, theorem 15.2.1), so that p of no effect is exact.

Against a series, a mean of m of J units drawn without replacement spreads by (J − m)/(J − 1) of what a mean of m
further units does (Cochran 1977, section 2.5), so that deviations from the groups' mean are multiplied by the inverse's
square root; against the units outside the group, which are fewer than those the treated are compared with, they spread
by J²/(J² − m²) of it, and are as they are. As the standard error their mean square deviation is multiplied by
J/(J − 1), with J − 1 degrees of freedom, as in `effekt.estimators.synthetic.spread`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
from numpy.random import Generator

from effekt._few import MIN_DF
from effekt._inference import ExactErrors, FixedDf, Inference, Unavailable
from effekt._text import Text, format_number
from effekt._validation import check_integer, check_option, check_seed
from effekt.estimators.trend.block_bootstrap import FEWEST
from effekt.estimators.trend.checks import as_listed, check_positive_placebos, named
from effekt.estimators.trend.clusters import ClusterPanel
from effekt.estimators.trend.comparison import Comparison, Design, errors_as_fractions
from effekt.estimators.trend.inference import BY_PLACEBOS, few_placebos, ranked, spread_inference
from effekt.estimators.trend.own_unit import Series, compare_without
from effekt.estimators.trend.panel import Panel
from effekt.estimators.trend.sizes import placebo_units
from effekt.exceptions import ArgumentError
from effekt.result import Note

PlaceboChoice: TypeAlias = Literal["units", "groups", "permutation"]
MOST_GROUPS = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouping:
    """That groups are the placebos, and how many of them are drawn by what chance where there are too many."""

    draws: int
    rng: Generator | int | None
    with_treated: bool

    def recorded(self) -> dict[str, Any]:
        """What stands in a contract; a generator does not."""
        seed = {} if self.rng is None or isinstance(self.rng, Generator) else {"rng": int(self.rng)}
        return {"placebos": "permutation" if self.with_treated else "groups", "draws": self.draws, **seed}


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """The errors of the groups, and which they are."""

    errors: tuple[float, ...]
    n_units: int
    size: int
    drawn: bool
    with_treated: bool
    magnitude: float  # of the largest mean they come from
    exact: ExactErrors | None  # None of errors that are multiplied by a root


def check_grouping(
    placebos: object,
    treated: object,
    inference: str,
    adjustment: str,
    level_correction: object,
    own_unit: object,
    draws: int,
    rng: Generator | int | None,
) -> Grouping | None:
    """The declared groups; None where the placebos are single units."""
    check_option("placebos", placebos, get_args(PlaceboChoice))
    if placebos == "units":
        return None
    if len(named(as_listed(treated), "treated")) < 2:
        raise ArgumentError(f"`placebos` can be {placebos!r} only with several treated units; use placebos='units'.")
    if inference not in BY_PLACEBOS or adjustment == "none":
        raise ArgumentError(
            f"`placebos` can be {placebos!r} only with an adjustment and inference='placebo' or 'placebo_variance'; "
            f"got inference={inference!r} and adjustment={adjustment!r}. Use one of these, or placebos='units'."
        )
    if placebos == "permutation" and (inference != "placebo" or own_unit == "removed"):
        raise ArgumentError(
            "`placebos` can be 'permutation' only with inference='placebo' and a comparator that the treated are not "
            f"taken out of; got inference={inference!r} and own_unit={own_unit!r}. Use placebos='groups'."
        )
    if level_correction is not None:
        raise ArgumentError(
            f"`placebos` can be {placebos!r} only without `level_correction`, which is of single units; leave one of "
            "them out."
        )
    if rng is not None and not isinstance(rng, Generator):
        check_seed(rng)
    return Grouping(draws=check_integer("draws", draws, FEWEST), rng=rng, with_treated=placebos == "permutation")


def find_groups(
    design: Design,
    treated: Sequence[str],
    comparator: Sequence[str],
    series: Series | None,
    grouping: Grouping | None,
    own_comparison: Comparison,
) -> Groups | None:
    """What the comparison finds in each group; None where the placebos are single units."""
    if grouping is None:
        return None
    own = tuple(sorted(treated)) if grouping.with_treated else ()
    pool, size = sorted((*placebo_units(design, treated, comparator), *own)), len(treated)
    at = _added_up(design, (*pool, *comparator), series)
    found = [_compare(at, group, pool, comparator, series) for group in _chosen(pool, size, grouping, own)]
    check_positive_placebos(found, design.adjustment, "Use adjustment='difference', or inference='none'.")
    errors = [one.error(design.adjustment) for one in found]
    widened = len(comparator) == 1 and bool(errors) and not grouping.with_treated
    if widened:
        middle = math.fsum(errors) / len(errors)
        wider = math.sqrt((len(pool) - 1) / (len(pool) - size))
        errors = [middle + wider * (one - middle) for one in errors]
    return Groups(
        errors=tuple(sorted(errors)),
        n_units=len(pool),
        size=size,
        drawn=math.comb(len(pool), size) > MOST_GROUPS,
        with_treated=grouping.with_treated,
        magnitude=max((abs(float(mean)) for one in found for mean in (one.reference, one.evaluation)), default=0.0),
        exact=None if widened else errors_as_fractions(design, own_comparison, found),
    )


def _chosen(pool: Sequence[str], size: int, grouping: Grouping, own: tuple[str, ...]) -> list[tuple[str, ...]]:
    """All groups but that of the treated, or those drawn: the units with the smallest of J random numbers."""
    if size >= len(pool):
        return []
    count = math.comb(len(pool), size)
    if count <= MOST_GROUPS:
        return [group for group in combinations(pool, size) if group != own]
    if grouping.rng is None:
        raise ArgumentError(
            f"`rng` must be an integer seed or a numpy.random.Generator where groups are drawn: {size} of {len(pool)} "
            f"units make more than {format_number(MOST_GROUPS, 'en')} groups; got None. A seed makes the draws the "
            "same every time."
        )
    rng = np.random.default_rng(grouping.rng)
    drawn = np.argsort(rng.random((grouping.draws, len(pool))), axis=1, kind="stable")[:, :size]
    return [tuple(pool[i] for i in sorted(row)) for row in drawn.tolist()]


def _added_up(design: Design, units: Sequence[str], series: Series | None) -> Design:
    """The same design with each window's sums in one period, where the means are of these and of nothing finer."""
    panel = design.panel
    by_sums = panel.mean == "ratio_of_sums" and design.trend != "mean_of_period_ratios"
    if type(panel) not in (Panel, ClusterPanel) or not by_sums or (series is not None and series.own_unit == "removed"):
        return design
    sums = {(one, i): panel.sums((one,), span.times)[0] for one in units for i, span in enumerate(design.spans)}
    condensed = Panel(
        units=panel.units,
        numerators={at: above for at, (above, _) in sums.items()},
        denominators={at: below for at, (_, below) in sums.items()},
        scale=panel.scale,
        mean=panel.mean,
        period=panel.period,
    )
    reference, evaluation = (replace(span, times=(i,)) for i, span in enumerate(design.spans))
    return replace(design, panel=condensed, reference=reference, evaluation=evaluation)


def _compare(
    design: Design, group: tuple[str, ...], pool: Sequence[str], comparator: Sequence[str], series: Series | None
) -> Comparison:
    """One group as if it were the treated, against the units outside it or the series."""
    if len(comparator) > 1:
        return design.compare(group, [one for one in pool if one not in group])
    if series is not None and series.own_unit == "removed":
        return compare_without(design, series, group, len(group))
    return design.compare(group, comparator)


def infer_among(groups: Groups, inference: str, adjustment: str) -> tuple[Inference, str]:
    """The rank among the groups, or their spread as the standard error, and the name of the convention."""
    scale: Literal["log", "linear"] = "log" if adjustment == "ratio" else "linear"
    if not groups.errors:
        return Unavailable(reason=_few_units(groups)), "none/1"
    if inference == "placebo":
        convention = "placebo_permutation/1" if groups.with_treated else "placebo_groups/1"
        return ranked(groups.exact, groups.errors, scale), convention
    if groups.n_units - 1 < MIN_DF:
        return Unavailable(reason=few_placebos(groups.n_units)), "none/1"
    spread = spread_inference(groups.errors, scale, 1.0 if scale == "log" else groups.magnitude)
    if isinstance(spread, Unavailable):
        return spread, "none/1"
    count, units = len(groups.errors), groups.n_units
    variance = spread.covariance[2] * (count - 1) / count * units / (units - 1)
    by_spread = replace(spread, covariance=(0.0, 0.0, variance), df=FixedDf(df=float(units - 1)))
    return by_spread, "placebo_groups_variance/1"


def groups_note(groups: Groups, inference: str) -> tuple[Note, ...]:
    """Which groups the figure is held against, and how often they find what is not there."""
    if not groups.errors:
        return ()
    count, units, size = (len(groups.errors), groups.n_units, groups.size)
    which = Text(
        en="drawn by chance" if groups.drawn else "all there are, so that `draws` and `rng` are not used",
        sv="dragna slumpmässigt" if groups.drawn else "alla som finns, så `draws` och `rng` används inte",
    )
    if groups.with_treated:
        return (_permuted(groups, which),)
    en = f"The placebos are {format_number(count, 'en')} groups of {size} of {units} units ({which.en})"
    sv = f"Placebona är {format_number(count, 'sv')} grupper om {size} av {units} enheter ({which.sv})"
    if inference == "placebo":
        en += (
            f"; the smallest attainable p is 1/{count + 1}. Groups share units, so that p is not exact: among few "
            "units it is too small. Drawn without an effect, 7 to 10 in 100 were found to differ where 5 were meant "
            "among 10 units, and 6 to 8 among 20; by the groups' spread (inference='placebo_variance') 6 and 5. "
            "By placebos='permutation', with the treated among the units, p of no effect is exact."
        )
        sv += (
            f"; det minsta möjliga p-värdet är 1/{count + 1}. Grupper delar enheter, så p är inte exakt: bland få "
            "enheter är det för litet. I dragningar utan effekt visade 7 till 10 av 100 skillnad där 5 var avsett "
            "bland 10 enheter, och 6 till 8 bland 20; efter gruppernas spridning (inference='placebo_variance') 6 "
            "och 5. Med placebos='permutation', där de behandlade ingår bland enheterna, är p för ingen effekt exakt."
        )
    else:
        en += f", whose spread is the standard error, with {units - 1} degrees of freedom."
        sv += f", vilkas spridning är medelfelet, med {units - 1} frihetsgrader."
    return (Note(code="placebo_groups", text=Text(en=en, sv=sv)),)


def _permuted(groups: Groups, which: Text) -> Note:
    """What a permutation is exact for, and what its interval is."""
    count, units, size = len(groups.errors), groups.n_units, groups.size
    return Note(
        code="placebo_permutation",
        text=Text(
            en=f"The treated are ranked among {format_number(count, 'en')} other groups of {size} of {units} units, "
            f"the treated too among these ({which.en}); the smallest attainable p is 1/{count + 1}. It is exact for "
            "no effect where any of the groups could as well have been the treated one. Other effects, and so the "
            "interval, are judged by the same groups as they are, some of which hold treated units or are held against "
            "them, so that the interval is not exact: where the outcome was reduced by 12 % intervals at 95 % held the "
            "truth in 94 of 100 drawn panels with 3 of 13 treated, and in 92 with 5 of 13.",
            sv=f"De behandlade rangordnas bland {format_number(count, 'sv')} andra grupper om {size} av {units} "
            f"enheter, där också de behandlade ingår ({which.sv}); det minsta möjliga p-värdet är 1/{count + 1}. Det "
            "p-värdet är exakt för ingen effekt om vilken som helst av grupperna lika gärna kunde ha varit den "
            "behandlade. Andra effekter, och därmed intervallet, bedöms mot samma grupper som de är, av vilka några "
            "har behandlade enheter i sig eller jämförs med dem, så intervallet är inte exakt: där utfallet minskades "
            "med 12 % täckte 95-procentiga intervall sanningen i 94 av 100 dragna paneler med 3 av 13 behandlade och i "
            "92 med 5 av 13.",
        ),
    )


def _few_units(groups: Groups) -> Text:
    if groups.with_treated:
        return Text(
            en="A permutation needs units besides the treated that could have been treated in their place; there is "
            "none, as the one unit or series of the comparator is what all are held against.",
            sv="En permutation kräver enheter utöver de behandlade som kunde ha behandlats i deras ställe; det finns "
            "ingen, eftersom jämförelsens enda enhet eller serie är det som alla jämförs med.",
        )
    return Text(
        en=f"Groups of as many units as are treated need more placebo units than treated; there are {groups.n_units} "
        f"and {groups.size}. placebos='units' ranks single units.",
        sv=f"Grupper om lika många enheter som de behandlade kräver fler placeboenheter än behandlade; de är "
        f"{groups.n_units} och {groups.size}. placebos='units' rangordnar enskilda enheter.",
    )
