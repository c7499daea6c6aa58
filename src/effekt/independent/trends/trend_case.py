"""Who is compared with whom in a trend-adjusted mean, read once for every window and reading of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from inspect import Parameter, Signature, signature

from effekt.exceptions import ArgumentError, DataError
from effekt.independent.columns import Columns, label, labels
from effekt.independent.columns import complete as complete_rows
from effekt.independent.trends.trend_means import (
    Outcome,
    Panel,
    Reading,
    Rule,
    Window,
    Windows,
    check_rule,
    comparator_units,
    complete,
    read,
    read_windows,
    require,
    require_signs,
    without_units,
)
from effekt.independent.trends.trend_rows import added_up, finer_parts, without_adopters
from effekt.independent.trends.trend_strata import Standard, read_strata


@dataclass(frozen=True, kw_only=True)
class Declared:
    """The arguments of ``trend_adjusted``, for its figure and for every other reading of it.

    `checks`, with their `threshold`, are read beside the figure and move none of its numbers.
    """

    outcome: Outcome
    unit: str
    time: str
    period: str
    treated: str | int | Sequence[str | int]
    reference_window: Window
    evaluation_window: Window
    comparator: str | Sequence[str] | None
    weights: str | None
    adopters: str | int | Sequence[str | int] = ()
    adjustment: str = "ratio"
    trend: str = "ratio_of_means"
    mean: str = "ratio_of_sums"
    excluded: Sequence[Window] = ()
    same_months: bool = False
    standardize: Sequence[str] = ()
    standard: Standard = None
    own_unit: str | None = None
    series_units: int | None = None
    level_correction: str | None = None
    vintage: str | None = None
    vintage_column: str | None = None
    inference: str = "placebo"
    placebos: str = "units"
    cluster: str | None = None
    blocks: str = "moving"
    block_length: int | None = None
    draws: int = 999
    rng: object = None
    missing: str = "raise"
    checks: Sequence[object] = ()
    threshold: float | None = None

    def windows(self, reference: Window) -> Windows:
        """Return the periods of a reference window and of the evaluation."""
        return read_windows(reference, self.evaluation_window, self.period, self.excluded, self.same_months)


def signature_of(arguments: type) -> Signature:
    """Return the signature of a function of columns and of the arguments that a class lists."""
    columns = Parameter("columns", Parameter.POSITIONAL_OR_KEYWORD)
    return Signature([columns, *signature(arguments).parameters.values()])


@dataclass(frozen=True)
class Case:
    """One comparison as it is declared.

    `published` has every unit, the series as it was published; `left` is how many units a plain mean has without the
    treated, where that is declared; `removed` says that they, and each placebo unit, are taken out of the series.
    """

    columns: Columns
    published: Panel
    own: list[str]
    others: list[str]
    windows: Windows
    rule: Rule
    units: int | None
    removed: bool

    @property
    def left(self) -> int | None:
        """How many units the series has without the treated."""
        return None if self.units is None else self.units - len(self.own)

    def panel(self) -> Panel:
        """Return the panel, where that is declared without the treated units in the series wherever all have rows."""
        if not self.removed:
            return self.published
        together = {p for name, p in self.published if name == self.others[0]}
        for own in self.own:
            together &= {p for name, p in self.published if name == own}
        return without_units(self.published, self.others[0], self.own, together, self.rule, self.units)


def read_case(columns: Columns, given: Declared) -> Case:
    """Return the units and their sums by period; raise unless all of them have every period of the windows."""
    rule = check_rule(given.outcome, given.weights, given.adjustment, given.mean, given.trend)
    windows = given.windows(given.reference_window)
    treated, comparator = given.treated, given.comparator
    own = sorted({label(name) for name in ([treated] if isinstance(treated, str | int) else treated)})
    named = [] if comparator in (None, "others") else [comparator] if isinstance(comparator, str) else comparator
    finer = finer_parts(given.cluster, given.checks)
    columns = complete_rows(columns, _used(given, finer), given.missing)
    columns = without_adopters(columns, given.unit, given.adopters, [*own, *(label(name) for name in named or ())])
    panel = read_strata(
        added_up(columns, given.outcome, given.unit, given.time, given.period, finer),
        outcome=given.outcome,
        unit=given.unit,
        time=given.time,
        period=given.period,
        standardize=given.standardize,
        standard=given.standard,
        treated=own,
        reference=windows[0],
    )
    if given.standardize and given.own_unit in ("kept", "removed"):
        raise ArgumentError("own_unit must be None or absent with standardize; compare with other units.")
    everyone = sorted({name for name, _ in panel})
    vintage = given.vintage_column
    if vintage is not None and set(labels(columns, vintage)) != {given.vintage}:
        raise DataError(f"column {vintage!r} must hold the vintage in every row; use the declared data.")
    others = comparator_units(comparator, everyone, own)
    require_signs(panel, given.adjustment)
    require(panel, [*own, *others], windows, everyone, given.period)
    one_series = len(others) == 1 and comparator != "others"
    removed = _is_removed(given.own_unit, given.series_units, rule.weights, one_series=one_series)
    return Case(columns, panel, own, others, windows, rule, given.series_units, removed)


def _used(given: Declared, finer: Sequence[str]) -> list[str]:
    """Return the columns that a row must have a value in."""
    outcome = [given.outcome] if isinstance(given.outcome, str) else given.outcome
    vintage = [] if given.vintage_column is None else [given.vintage_column]
    return [given.unit, given.time, *outcome, *given.standardize, *vintage, *finer]


def _is_removed(own_unit: str | None, series_units: int | None, weights: str | None, *, one_series: bool) -> bool:
    """Return whether units are taken out of the series, which then has to be one."""
    if own_unit not in (None, "absent", "kept", "removed") or (own_unit is not None and not one_series):
        raise ArgumentError("own_unit must be absent, kept or removed, and the comparator one series; correct one.")
    if own_unit == "removed" and (weights is None) != (series_units is not None):
        raise ArgumentError("series_units must be given exactly when weights is None; give it, or take it out.")
    return own_unit == "removed"


def placebo_names(case: Case, panel: Panel) -> list[str]:
    """Return the units of the comparator; with one series, every other unit."""
    everyone = sorted({name for name, _ in panel})
    return case.others if len(case.others) > 1 else [one for one in everyone if one not in (*case.own, *case.others)]


def find_placebos(case: Case, windows: Windows) -> dict[str, Reading]:
    """Return each unit of the comparator against the rest; with one series, each other unit against that series.

    Where units are taken out of the series, so is the placebo.
    """
    placebos, panel, others = {}, case.panel(), case.others
    periods = {p for window in windows for p, _ in window}
    for name in placebo_names(case, panel):
        rest = [one for one in others if one != name]
        if complete(panel, name, windows):
            among = without_units(panel, others[0], [name], periods, case.rule, case.left) if case.removed else panel
            placebos[name] = read(among, [name], rest, windows, case.rule)
    return placebos
