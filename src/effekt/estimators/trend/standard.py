"""Direct standardisation: each group's rate in every stratum, weighted to one declared population.

With a_its and b_its the numerator and denominator of unit i in period t and stratum s, such as nurses of 30 to 49, the
mean of units U over a window W is

    Ȳ_W = Σ_s w_s · r_sW,    r_sW = Σ_{i∈U, t∈W} a_its / Σ_{i∈U, t∈W} b_its,    Σ_s w_s = 1

(Keiding & Clayton 2014, doi:10.1214/13-STS453, section 1), under "mean_of_periods" with r_sW the plain mean of the
periods' own ratios. The weights are the same for everybody: treated, comparator and placebos.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from typing import Any, Literal, TypeAlias

import numpy as np

from effekt._calendar import period_label
from effekt._exact import scaled_integers
from effekt._text import Text
from effekt._types import Missing, Period, Table
from effekt._validation import check_exact, check_names, join_words, plural
from effekt.estimators._called_totals import called_strata, called_strata_notes
from effekt.estimators.trend.clusters import read_clusters
from effekt.estimators.trend.comparison import Design
from effekt.estimators.trend.number import ExactNumber, total
from effekt.estimators.trend.panel import Panel, WindowMean, read_panel, read_rows, refuse_negative
from effekt.estimators.trend.spans import Span
from effekt.estimators.trend.total_strata import Label, total_stratum
from effekt.exceptions import ArgumentError, DataError
from effekt.result import Note
from effekt.roles import Outcome
from effekt.tables import as_label

Standard: TypeAlias = Literal["treated_reference"] | Sequence[Mapping[str, Any]]
WEIGHT = "weight"  # the key of a stratum's weight in a table of them


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratum:
    """One stratum: its cell of each column, its share of the standard population, and the rows of those in it."""

    label: Label
    weight: Fraction
    panel: Panel

    def __str__(self) -> str:
        return ", ".join(self.label)


@dataclass(frozen=True, slots=True, kw_only=True)
class StandardPanel(Panel):
    """A panel whose means are standardised; its own cells are the sums over all strata, of any weight.

    The standard population is that of the units in `population` in the reference; with none it is a declared one.
    `thin` are the units that in some period and stratum have no row, or nobody.
    """

    columns: tuple[str, ...]
    strata: tuple[Stratum, ...]
    thin: frozenset[str]
    population: tuple[str, ...] = ()

    @property
    def counted(self) -> tuple[Stratum, ...]:
        """The strata of the standard population."""
        return tuple(stratum for stratum in self.strata if stratum.weight)

    @property
    def crude(self) -> Panel:
        """The same without strata."""
        return Panel(**{field.name: getattr(self, field.name) for field in fields(Panel) if field.init})

    def standing_on(self, reference: Sequence[int]) -> StandardPanel:
        """The same weighted to the population of this reference, where the standard is not a declared one."""
        if not self.population:
            return self
        own = {one.label: Fraction(_denominator(one.panel, self.population, reference)) for one in self.strata}
        if not any(own.values()):
            raise DataError(
                "The treated units must have a denominator above zero in `reference_window` for "
                "standard='treated_reference', and they have none. Correct the data, or declare another standard."
            )
        return self.weighted_to(own)

    def weighted_to(self, weights: Mapping[Label, Fraction]) -> StandardPanel:
        """The same with each stratum's share of these weights."""
        everybody = sum(weights.values(), Fraction(0))
        return replace(self, strata=tuple(replace(one, weight=weights[one.label] / everybody) for one in self.strata))

    def missing(self, units: Iterable[str], times: Sequence[int]) -> tuple[str, ...]:
        """Labels of the window's periods that some of the units lack, as a whole or in a stratum."""
        listed = tuple(units)
        absent = {label for one in self.counted for label in one.panel.missing(listed, times)}
        return tuple(sorted(absent))

    def covers(self, units: Iterable[str], time: int) -> bool:
        """Whether the units together have a rate in every stratum in a period."""
        listed = tuple(units)
        if not all(one.panel.covers(listed, time) for one in self.counted):
            return False
        return not self.empty(listed, (time,))

    def covers_each(self, units: Iterable[str], time: int) -> bool:
        """Whether each of the units by itself has."""
        return all(self.covers((unit,), time) for unit in units)

    def empty(self, units: Sequence[str], times: Sequence[int]) -> tuple[Stratum, ...]:
        """The strata of the standard population in which the units together have no rate: nobody is in them."""
        return tuple(one for one in self.counted if any(below == 0 for _, below in one.panel.sums(units, times)))

    def pooled(self, units: Sequence[str], times: Sequence[int]) -> ExactNumber:
        """Standardised window mean of units taken together."""
        self._refuse_empty(units, times)
        return total(one.panel.pooled(units, times).times(one.weight) for one in self.counted)

    def pooled_each(self, units: Sequence[str], times: Sequence[int]) -> list[ExactNumber]:
        """Standardised window mean of each unit by itself."""
        return [self.pooled((unit,), times) for unit in units]

    def mean_of_units(
        self, units: Sequence[str], times: Sequence[int], factors: Sequence[ExactNumber] | None = None
    ) -> ExactNumber:
        """Plain mean over units of their standardised window means; it is a sum over strata, as every mean is."""
        for unit in units:
            self._refuse_empty((unit,), times)
        return total(one.panel.mean_of_units(units, times, factors).times(one.weight) for one in self.counted)

    def apart(
        self, units: Sequence[str], times: Sequence[int], weighted: bool
    ) -> tuple[list[ExactNumber], list[ExactNumber]]:
        """Standardised window means of each unit by itself, and of the others without it."""
        for unit in units:
            self._refuse_empty((unit,), times)
        parts = [one.panel.apart(units, times, weighted) for one in self.counted]
        own, rest = ([part[which] for part in parts] for which in (0, 1))
        return self._weighted(own), self._weighted(rest)

    def _weighted(self, by_stratum: Sequence[Sequence[ExactNumber]]) -> list[ExactNumber]:
        weights = [one.weight for one in self.counted]
        return [
            total(mean.times(weight) for mean, weight in zip(means, weights, strict=True))
            for means in zip(*by_stratum, strict=True)
        ]

    def _refuse_empty(self, units: Sequence[str], times: Sequence[int]) -> None:
        _refuse_empty(self.empty(units, times), len(self.counted), "some group that is compared")


def standardized(panel: Panel) -> Text:
    """', standardised by age and sex', or nothing."""
    if not isinstance(panel, StandardPanel):
        return Text(en="", sv="")
    return Text(
        en=f", standardised by {join_words(panel.columns, 'and')}",
        sv=f", standardiserat efter {join_words(panel.columns, 'och')}",
    )


def strata_notes(panel: Panel) -> tuple[Note, ...]:
    """That some strata beside others of their column are called as a total is."""
    if not isinstance(panel, StandardPanel):
        return ()
    columns = zip(*(one.label for one in panel.strata), strict=True)
    return called_strata_notes(
        list(
            dict.fromkeys(name for column in columns for name in called_strata(sorted({*column})) if len({*column}) > 1)
        )
    )


def rows_each(panel: Panel) -> int:
    """How many rows of the data one unit and period are."""
    return len(panel.counted) if isinstance(panel, StandardPanel) else 1


def check_standardize(
    standardize: object, standard: object, outcome: Outcome, own_unit: object, used: Sequence[str]
) -> tuple[str, ...]:
    """The columns of the strata, none of which is `used` otherwise; refuse a standard without them and the reverse."""
    if not isinstance(standardize, (list, tuple)):
        raise ArgumentError(f"`standardize` must be a list of columns such as ['age', 'sex']; got {standardize!r}.")
    columns = check_names("standardize", standardize)
    if not columns:
        if standard is not None:
            raise ArgumentError("`standard` must be None without `standardize`, the columns of the strata; name them.")
        return ()
    if standard is None:
        raise ArgumentError(
            "`standard` must be declared with `standardize`: 'treated_reference', or a list with the weight of every "
            "stratum."
        )
    again = [name for name in columns if name in (*used, *outcome.columns) or name == WEIGHT]
    if again:
        raise ArgumentError(
            f"`standardize` must name columns of strata, which have no other part and are not called 'weight'; got "
            f"{again[0]!r}."
        )
    if len(outcome.columns) == 1:
        raise ArgumentError(
            "`standardize` needs an outcome given as (numerator, denominator), as a stratum's share is that of its "
            "denominators; give both columns."
        )
    if own_unit in ("kept", "removed"):
        raise ArgumentError(
            f"`own_unit` must be None or 'absent' with `standardize`; got {own_unit!r}. Compare with named units or "
            "with 'others', in which no treated unit is."
        )
    return columns


def check_standard(standard: object, columns: Sequence[str]) -> dict[Label, Fraction] | None:
    """The declared weight of each stratum, as written; None for the treated units' own composition."""
    if isinstance(standard, str) and standard == "treated_reference":
        return None
    if not isinstance(standard, (list, tuple)) or not standard or not all(isinstance(one, Mapping) for one in standard):
        raise ArgumentError(
            f"`standard` must be 'treated_reference', or a list such as [{_example(columns)}]; got {standard!r}."
        )
    weights: dict[Label, Fraction] = {}
    for one in standard:
        if set(one) != {*columns, WEIGHT}:
            raise ArgumentError(f"`standard` must give each stratum as {_example(columns)}; got {dict(one)!r}.")
        label = tuple(as_label(one[name]) for name in columns)
        if label in weights:
            raise ArgumentError(f"`standard` must name each stratum once; {', '.join(label)!r} stands twice.")
        weights[label] = check_exact("standard", one[WEIGHT])
        if weights[label] < 0:
            raise ArgumentError(f"`standard` must hold weights of at least 0; {', '.join(label)!r} has less.")
    if not any(weights.values()):
        raise ArgumentError("`standard` must give some stratum a weight above 0; none has one.")
    return weights


def _example(columns: Sequence[str]) -> str:
    return "{" + ", ".join([*(f"{name}: …" for name in columns), f"{WEIGHT}: '0.25'"]) + "}"


def written_standard(standard: object) -> object:
    """The standard as a result records it: names in their one spelling, weights as they were written."""
    if not isinstance(standard, (list, tuple)):
        return standard
    return [
        {
            name: (value if isinstance(value, (int, str)) else str(value)) if name == WEIGHT else as_label(value)
            for name, value in one.items()
        }
        for one in standard
    ]


def read_cells(
    data: Table,
    outcome: Outcome,
    unit: str,
    time: str,
    period: Period,
    mean: WindowMean,
    missing: Missing,
    vintage: tuple[str, ...],
    columns: tuple[str, ...],
    cluster: str | None = None,
    *,
    signed: bool = True,
) -> tuple[Panel, int]:
    """The panel, with its strata, as yet without weights, where there are `columns` of them; and the rows dropped."""
    if cluster is not None:
        return read_clusters(data, outcome, unit, time, period, missing, vintage, cluster, signed=signed)
    if not columns:
        return read_panel(data, outcome, unit, time, period, mean, missing, vintage, signed=signed)
    rows = read_rows(data, outcome, unit, time, period, missing, vintage, columns)
    if not signed:
        refuse_negative(rows, outcome.columns[0])
    top, bottom = (rows.numbers[name] for name in outcome.columns)
    rows.refuse(bottom < 0, outcome.columns[1], "must hold denominators of at least 0", "Correct the data.")
    rows.refuse(
        (bottom == 0) & (top != 0),
        outcome.columns[0],
        f"must be 0 where {outcome.columns[1]!r} is",
        "Correct the data.",
    )
    (above, above_scale), (below, below_scale) = scaled_integers(top), scaled_integers(bottom)
    units = rows.labels[unit]
    cells: dict[Label, dict[tuple[str, int], tuple[int, int]]] = {}
    codes = zip(*(rows.labels[name].codes for name in columns), strict=True)
    for code, row_unit, t, pair in zip(
        codes, units.codes, rows.periods[time], zip(above, below, strict=True), strict=True
    ):
        label = tuple(rows.labels[name].names[k] for name, k in zip(columns, code, strict=True))
        cells.setdefault(label, {})[units.names[row_unit], int(t)] = pair
    total_of = total_stratum(cells)
    if total_of is not None:
        column = columns[total_of.column]
        of_column = rows.labels[column]
        among = "is, but for rounding, the sum of all others" if total_of.rounded else "is the sum of others"
        rows.refuse(
            np.array([name == total_of.name for name in of_column.names])[of_column.codes],
            column,
            f"must name strata of which none {among} in every cell, as that counts those in it twice",
            "Leave the total's rows out.",
        )
    whole: dict[tuple[str, int], tuple[int, int]] = {}
    for part in cells.values():
        for at, pair in part.items():
            so_far = whole.get(at, (0, 0))
            whole[at] = so_far[0] + pair[0], so_far[1] + pair[1]
    crude = Panel(
        units=units.names,
        numerators={at: pair[0] for at, pair in whole.items()},
        denominators={at: pair[1] for at, pair in whole.items()},
        scale=Fraction(below_scale, above_scale),
        mean=mean,
        period=period,
    )
    strata = tuple(
        Stratum(
            label=label,
            weight=Fraction(0),
            panel=replace(
                crude,
                numerators={at: pair[0] for at, pair in cells[label].items()},
                denominators={at: pair[1] for at, pair in cells[label].items()},
            ),
        )
        for label in sorted(cells)
    )
    own = {field.name: getattr(crude, field.name) for field in fields(Panel) if field.init}
    thin = frozenset(at[0] for part in cells.values() for at in whole if part.get(at, (0, 0))[1] == 0)
    return StandardPanel(**own, columns=columns, strata=strata, thin=thin), rows.n_dropped


def with_standard(panel: Panel, standard: object, treated: Sequence[str], reference: Span) -> Panel:
    """The panel with each stratum's share of the declared population."""
    if not isinstance(panel, StandardPanel):
        return panel
    declared = check_standard(standard, panel.columns)
    if declared is None:
        return replace(panel, population=tuple(treated)).standing_on(reference.times)
    return panel.weighted_to(_known(declared, [one.label for one in panel.strata]))


def _denominator(panel: Panel, units: Sequence[str], times: Sequence[int]) -> int:
    """Σ of what the data have; a stratum that the units never have is not in their composition."""
    return sum(panel.denominators.get((unit, t), 0) for unit in units for t in times)


def _known(declared: Mapping[Label, Fraction], there: Sequence[Label]) -> dict[Label, Fraction]:
    """The declared weights, of exactly the strata that the data have."""
    for names, rule, remedy in (
        (
            sorted(set(there) - set(declared)),
            "must give a weight to every stratum of the data",
            "a weight of 0 leaves one out",
        ),
        (sorted(set(declared) - set(there)), "must name strata that are in the data", "check the spelling"),
    ):
        if names:
            raise ArgumentError(
                f"`standard` {rule}; {len(names)} {'is' if len(names) == 1 else 'are'} not there, the first "
                f"{', '.join(names[0])!r}: {remedy}."
            )
    return dict(declared)


def check_strata(design: Design, treated: Sequence[str], comparator: Sequence[str], *, placebos: bool) -> None:
    """Refuse strata without rows, or with nobody in them, for anybody who is compared in the windows.

    A period that a unit lacks altogether is another fault, told by `check_complete`.
    """
    panel = design.panel
    if not isinstance(panel, StandardPanel):
        return
    whole = panel.crude
    spans = (design.reference.times, design.evaluation.times)
    others = [name for name in panel.units if name not in (*treated, *comparator)]
    outside = [one for one in others if not any(whole.missing((one,), span) for span in spans)]
    alone: list[Label] = [(name,) for name in (comparator if len(comparator) > 1 else outside)] if placebos else []
    among = tuple(comparator)
    groups: dict[str, list[Label]] = {
        "the treated units": [tuple(treated)],
        "the comparator": [among] if design.weighted or not among else [(name,) for name in among],
        "a placebo unit": alone,
    }
    for who, listed in groups.items():
        _refuse_absent(panel, panel.thin.intersection(name for group in listed for name in group), spans, who)
        thin = [group for group in listed if panel.thin.issuperset(group)]  # the others have people in every stratum
        found = {one.label: one for group in thin for span in spans for one in _empty(panel, group, span)}
        _refuse_empty([found[label] for label in sorted(found)], len(panel.counted), who)


def _empty(panel: StandardPanel, group: Sequence[str], span: Sequence[int]) -> tuple[Stratum, ...]:
    """Of a group that has the whole window; one that has not is told by `check_complete`."""
    whole = group and all(panel.crude.covers(group, t) for t in span)
    return panel.empty(group, span) if whole else ()


def _refuse_absent(panel: StandardPanel, units: Collection[str], spans: Sequence[Sequence[int]], who: str) -> None:
    """Refuse a row that is not there in a period that the unit has."""
    absent = [
        (t, one)
        for one in panel.counted
        for unit in sorted(units)
        for t in sorted({t for span in spans for t in span})
        if (unit, t) in panel.numerators and (unit, t) not in one.panel.numerators
    ]
    if absent:
        first, stratum = min(absent, key=lambda pair: (pair[0], pair[1].label))
        raise DataError(
            f"Every stratum of the standard population must have a row for {who} in every {panel.period} of the "
            f"windows; {plural(len(absent), 'row')} in {len({one.label for _, one in absent})} of "
            f"{len(panel.counted)} strata are not there, the first {str(stratum)!r} in "
            f"{period_label(first, panel.period)}. Add the rows, with 0 in both columns where nobody is in the "
            "stratum, or declare coarser strata."
        )


def _refuse_empty(empty: Sequence[Stratum], number: int, who: str) -> None:
    if empty:
        raise DataError(
            f"Every stratum of the standard population must have a denominator above zero for {who}; {len(empty)} of "
            f"{number} strata have none, the first {str(empty[0])!r}. Declare coarser strata, or a standard "
            "population that gives the stratum no weight."
        )
