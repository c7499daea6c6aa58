"""The studies of panels: one municipality among others, adoption in stages, few clusters, synthetic comparisons."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy as np
from numpy.random import Generator
from panels import FIRST_YEAR, factors, monthly, unequal, yearly
from people import redrawn, with_others
from staged_people import in_stages
from study_base import COMMON, MONEY, SEED, Design, new_study

import effekt
from effekt._inference import FixedDf, StudentT
from effekt._inference.distributions import t_quantile
from effekt.datasets import Cohort, staggered_panel, two_group_panel

COHORTS = (str(Path(__file__).with_name("panels.py")), MONEY)
TREND = (*COMMON, "estimators/trend", "estimators/_refusals.py", *COHORTS)
STAGGERED = (
    *COMMON,
    "_linalg.py",
    "estimators/staggered",
    "estimators/did",
    "estimators/_wild_bootstrap.py",
    "estimators/_m_estimation.py",
    "estimators/_propensity.py",
    "estimators/_refusals.py",
    "estimators/randomized/arguments.py",
    "result/effect_set.py",
    "result/group_times.py",
    "diagnostics/bands.py",
    "diagnostics/effect_sets.py",
    "datasets/staggered.py",
)
FEW = (
    *COMMON,
    "_linalg.py",
    "estimators/did",
    "estimators/randomized/arguments.py",
    "estimators/_wild_bootstrap.py",
    "estimators/_refusals.py",
    "datasets/panels.py",
    COHORTS[0],
)
PEOPLE = (
    *FEW[:-2],
    "diagnostics/composition_drift.py",
    "diagnostics/balance.py",
    COHORTS[0],
    str(Path(__file__).with_name("people.py")),
)
SYNTHETIC = (*COMMON, "estimators/synthetic", "estimators/trend", "estimators/_refusals.py", COHORTS[0])
STARTS, EFFECT, GROWTH = (2014, 2016, 2017), -1.0, -0.25  # of the studies of staggered adoption
DRAWS = 999


# --- who is treated ---------------------------------------------------------------------------------------------------


def chosen(table: Any, column: tuple[str, ...], years: int, choice: str) -> str:
    """The unit held for treated: the first, which is any; or for its level in the first years.

    "highest" is the highest of all; "high" any of the highest quarter, the one whose label comes first.
    """
    if choice == "drawn":
        return min(table.values("municipality"))
    ranked = by_level(table, column, years)
    return ranked[0] if choice == "highest" else min(ranked[: -(-len(ranked) // 4)])


def by_level(table: Any, column: tuple[str, ...], years: int) -> list[str]:
    """All units, the one with the highest level in the first years first."""
    sums: dict[str, tuple[float, float]] = {}
    columns = [map(float, table.values(name)) for name in column] + ([] if len(column) > 1 else [repeat(1.0)])
    for unit, year, above, below in zip(table.values("municipality"), table.values("year"), *columns, strict=False):
        if year < FIRST_YEAR + years:
            before = sums.get(unit, (0.0, 0.0))
            sums[unit] = (before[0] + above, before[1] + below)
    return sorted(sums, key=lambda unit: -sums[unit][0] / sums[unit][1])


def trend_by_year(table: Any, choice: str, **arguments: Any) -> effekt.EffectEstimate:
    """Three years against three, the others pooled."""
    return effekt.trend_adjusted(
        table,
        outcome=effekt.Outcome(column=("sick_days", "employees"), better="lower"),
        unit="municipality",
        time="year",
        period="year",
        treated=chosen(table, ("sick_days", "employees"), 3, choice),
        reference_window=(FIRST_YEAR, FIRST_YEAR + 2),
        evaluation_window=(FIRST_YEAR + 3, FIRST_YEAR + 5),
        weights="denominator",
        **({"comparator": "others"} | arguments),
    )


def trend_by_month(table: Any, **arguments: Any) -> effekt.EffectEstimate:
    """Thirty-six months against thirty-six."""
    return effekt.trend_adjusted(
        table,
        outcome=effekt.Outcome(column=("sick_days", "employees"), better="lower"),
        unit="municipality",
        time="month",
        period="month",
        treated="0001",
        reference_window=(f"{FIRST_YEAR}-01", f"{FIRST_YEAR + 2}-12"),
        evaluation_window=(f"{FIRST_YEAR + 3}-01", f"{FIRST_YEAR + 5}-12"),
        comparator="others",
        weights="denominator",
        **arguments,
    )


def synthetic(table: Any, method: str, choice: str, **arguments: Any) -> effekt.EffectEstimate:
    """The last three years, after ten."""
    function = effekt.synthetic_control if method == "control" else effekt.synthetic_difference_in_differences
    return function(
        table,
        outcome="outcome",
        unit="municipality",
        time="year",
        period="year",
        treated=chosen(table, ("outcome",), 10, choice),
        first_treated=FIRST_YEAR + 10,
        **arguments,
    )


def moved(table: Any, before: int, inference: str) -> effekt.EffectEstimate:
    """A synthetic control of the first unit, by its own periods or by the donors."""
    return effekt.synthetic_control(
        table,
        outcome="outcome",
        unit="municipality",
        time="year",
        period="year",
        treated="0001",
        first_treated=FIRST_YEAR + before,
        inference=inference,
    )


# --- two groups and adoption in stages --------------------------------------------------------------------------------


def differences(table: Any, **arguments: Any) -> effekt.EffectEstimate:
    """Two groups before and after, in clusters."""
    return effekt.difference_in_differences(
        table, outcome="outcome", unit="unit", time="year", treatment="treatment", cluster="cluster", **arguments
    )


def of_people(table: Any, **arguments: Any) -> effekt.EffectEstimate:
    """Two groups before and after, each unit a cluster."""
    return effekt.difference_in_differences(
        table, outcome="outcome", unit="unit", time="year", treatment="treatment", **arguments
    )


def first_event(table: Any, **arguments: Any) -> effekt.EffectEstimate:
    """The first treated year of an event study."""
    effects = effekt.event_study(
        table, outcome="outcome", unit="unit", time="year", treatment="treatment", cluster="cluster", **arguments
    )
    return effects["0"]


def staged(table: Any, **arguments: Any) -> Any:
    """Group-time effects, or an aggregate of them."""
    return effekt.staggered_adoption(table, outcome="outcome", unit="unit", time="year", start="start", **arguments)


def one_effect(table: Any, cohort: int, year: int, **arguments: Any) -> effekt.EffectEstimate:
    """The effect of one cohort in one year."""
    effect: effekt.EffectEstimate = staged(table, **arguments)[cohort, year]
    return effect


def staged_people(table: Any, target: str, **arguments: Any) -> effekt.EffectEstimate:
    """Of other people in each year: the simple average, or the first cohort in its second treated year."""
    effects = staged(table, never=0, sampling="repeated_cross_sections", **arguments)
    found: effekt.EffectEstimate = (
        effects.aggregate("simple") if target == "simple" else effects[FIRST_YEAR + 1, FIRST_YEAR + 2]
    )
    return found


def least_covered(table: Any, simultaneous: bool, **arguments: Any) -> effekt.EffectEstimate:
    """Of an event study the effect that is farthest from its truth, counted in half-widths of its interval.

    Its truth is subtracted, and its error made to have the band as its 95 % interval, so that nothing is covered
    exactly when every effect's band, or interval, holds its truth.
    """
    effects = staged(table, aggregate="dynamic", **arguments)
    truth = [EFFECT + GROWTH * int(label) if int(label) >= 0 else 0.0 for label in effects.labels]
    own = [t_quantile(0.975, effect.df) for effect in effects.effects]
    wide = own
    if simultaneous:
        bands = effekt.diagnostics.uniform_bands(effects, rng=SEED, draws=DRAWS)
        wide = [float(bands.values["critical"])] * len(effects)
    missed = [
        abs(effect.estimate - true) / (width * effect.std_error)
        for effect, true, width in zip(effects.effects, truth, wide, strict=True)
    ]
    worst = int(np.argmax(missed))
    effect, scale = effects.effects[worst], (wide[worst] / own[worst]) ** 2
    return replace(
        effect,
        means=replace(effect.means, treated=effect.means.treated - truth[worst]),
        inference=StudentT(
            covariance=tuple(scale * value for value in effect.inference.covariance), df=FixedDf(df=effect.df)
        ),
    )


def draw_stages(rng: Generator, n: int, step: float, label: str | None) -> Cohort:
    """A staggered panel whose truth is the simple average, that of one cohort and year, or nothing."""
    cohort = staggered_panel(rng=rng, n_units=n, starts=STARTS, effect=EFFECT, growth=GROWTH, step=step)
    if label == "simple":
        return cohort
    truth = {"difference": 0.0 if label is None else cohort.truth[label]}
    return Cohort(table=cohort.table, truth=truth, description=cohort.description)


def few_stages(rng: Generator, n: int, **arguments: Any) -> Cohort:
    """A staggered panel of few units whose truth is the simple average."""
    return staggered_panel(rng=rng, n_units=n, **arguments)


def overall(table: Any, **arguments: Any) -> effekt.EffectEstimate:
    """The overall average of a set of averages."""
    effect: effekt.EffectEstimate = staged(table, **arguments).overall
    return effect


def draw_clusters(rng: Generator, clusters: int, treated: int) -> Cohort:
    """Clusters of ten units, some of which are treated."""
    return two_group_panel(
        rng=rng, n_units=10 * clusters, n_clusters=clusters, cluster_sd=0.3, share_treated=treated / clusters
    )


# --- the designs ------------------------------------------------------------------------------------------------------


def _hac() -> dict[str, Design]:
    """The periods of the series alone, with and without a shock that lasts through the evaluation."""
    methods: dict[str, Any] = {
        "ratio, hac": partial(trend_by_month, inference="hac"),
        "difference, hac": partial(trend_by_month, inference="hac", adjustment="difference"),
        "ratio, placebo": trend_by_month,
    }
    found = {}
    for kind, lasting, said in (("steady", 0.0, "no lasting shocks"), ("shocks", 0.05, "lasting shocks of 5 %")):
        for rho in (0.0, 0.4, 0.8):
            dgp = partial(monthly, n=20, years=3, correlation=rho, lasting_sd=lasting)
            found[f"hac-{kind}-{100 * rho:.0f}"] = Design(
                new_study(dgp, methods, 1_000, views=("relative",)),
                f"No effect, 36 months against 36, correlation {rho:g} between months, {said}",
                TREND,
                money=True,
            )
    return found


def _luck() -> dict[str, Design]:
    """One of 11 to 290 municipalities without an effect, taken at random or for its level, and corrected for it."""
    methods: dict[str, Any] = {
        "drawn at random": partial(trend_by_year, choice="drawn"),
        "of the highest quarter": partial(trend_by_year, choice="high"),
        "the highest": partial(trend_by_year, choice="highest"),
        "drawn at random, corrected": partial(trend_by_year, choice="drawn", level_correction="regression"),
        "the highest, corrected": partial(trend_by_year, choice="highest", level_correction="regression"),
    }
    found = {}
    for n, level, replications in ((11, 0.9, 1_000), (20, 0.95, 1_000), (60, 0.95, 1_000), (290, 0.95, 300)):
        for rho in (0.0, 0.4, 0.8):
            dgp = partial(yearly, n=n, years=6, correlation=rho, shock_sd=0.08, level_sd=0.12)
            found[f"luck-{n}-{100 * rho:.0f}"] = Design(
                new_study(dgp, methods, replications, views=("relative",), level=level),
                f"No effect, one municipality of {n}, three years against three, correlation {rho:g} between years",
                TREND,
                money=True,
            )
    return found


def _staggered() -> dict[str, Design]:
    """Three cohorts of a fifth of the units each; effects that grow, and differ between cohorts."""
    found = {}
    for n, replications in ((20, 400), (50, 300), (200, 200)):
        study = partial(new_study, replications=replications, views=("difference",))
        averages = {
            f"{comparison}, {variance}": partial(staged, aggregate="simple", comparison=comparison, variance=variance)
            for comparison in ("never_treated", "not_yet_treated")
            for variance in ("leverage", "CR0", "CR3")
        }
        dgp = partial(draw_stages, n=n, step=0.5, label="simple")
        found[f"staggered-simple-{n}"] = Design(
            study(dgp, averages), f"Adoption in stages, {n} units, simple average", STAGGERED
        )
        ones = {
            f"ATT(2016, 2017), {variance}": partial(one_effect, cohort=2016, year=2017, variance=variance)
            for variance in ("leverage", "CR0", "CR3")
        }
        dgp = partial(draw_stages, n=n, step=0.5, label="(2016, 2017)")
        found[f"staggered-one-{n}"] = Design(
            study(dgp, ones), f"Adoption in stages, {n} units, one cohort in one year", STAGGERED
        )
        bands = {
            f"{variance}, {name}": partial(least_covered, simultaneous=name == "bands", variance=variance)
            for name in ("bands", "intervals one by one")
            for variance in ("leverage", "CR0")
        }
        dgp = partial(draw_stages, n=n, step=0.0, label=None)
        found[f"staggered-bands-{n}"] = Design(
            study(dgp, bands), f"Adoption in stages, {n} units, all ten effects of the event study held", STAGGERED
        )
    return found


def _staggered_few() -> dict[str, Design]:
    """Six or ten units, of which no cohort has a t reference: nothing, and an effect that grows and differs."""
    methods: dict[str, Any] = {
        "permutation": partial(staged, aggregate="simple", inference="permutation"),
        "permutation, dynamic": partial(overall, aggregate="dynamic", inference="permutation"),
        "permutation, imputation": partial(staged, aggregate="simple", inference="permutation", estimator="imputation"),
        "leverage": partial(staged, aggregate="simple"),
    }
    found = {}
    for n, starts, share, replications in ((6, (2014, 2016), 1 / 3, 400), (10, STARTS, 0.2, 200)):
        for effect, growth, said in ((0.0, 0.0, "no effect"), (-2.0, GROWTH, "effects that grow")):
            dgp = partial(few_stages, n=n, starts=starts, share=share, effect=effect, growth=growth)
            found[f"staggered-few-{n}-{abs(effect):.0f}"] = Design(
                new_study(dgp, methods, replications, views=("difference",)),
                f"Adoption in stages, {n} units, {said}, average by permutation",
                STAGGERED,
            )
    return found


def _imputation() -> dict[str, Design]:
    """The simple average of the same panels by imputation, beside comparisons."""
    found = {}
    for n, replications in ((20, 400), (50, 300), (200, 200)):
        methods: dict[str, Any] = {
            f"{name}, {variance}": partial(staged, aggregate="simple", variance=variance, **own)
            for name, own in (
                ("imputation", {"estimator": "imputation"}),
                ("not_yet_treated", {"comparison": "not_yet_treated"}),
            )
            for variance in ("leverage", "CR0")
        }
        dgp = partial(draw_stages, n=n, step=0.5, label="simple")
        found[f"imputation-{n}"] = Design(
            new_study(dgp, methods, replications, views=("difference",)),
            f"Adoption in stages, {n} units, simple average by imputation and by comparison",
            STAGGERED,
        )
    return found


def _few() -> dict[str, Design]:
    """Few clusters, half of them or one treated, by the inferences that are for them and by the t reference."""
    found = {}
    by_chance: dict[str, Any] = {"draws": DRAWS, "rng": SEED}
    for clusters, level, least in ((6, 0.9, 0.8), (10, 0.95, 0.9), (20, 0.95, 0.95)):
        methods: dict[str, Any] = {
            "asymptotic, CR2": differences,
            "event_study, CR2": first_event,
            "wild_bootstrap": partial(differences, inference="wild_bootstrap", **by_chance),
            "permutation": partial(differences, inference="permutation", **by_chance),
        }
        half = clusters // 2
        found[f"few-{clusters}-{half}"] = Design(
            new_study(
                partial(draw_clusters, clusters=clusters, treated=half),
                methods,
                300,
                views=("difference",),
                level=level,
            ),
            f"Difference-in-differences, {half} clusters of {clusters} treated",
            FEW,
        )
        if clusters == 10:
            dgp = partial(draw_clusters, clusters=clusters, treated=2)
            found["few-10-2"] = Design(
                new_study(dgp, methods, 300, views=("difference",)),
                "Difference-in-differences, two clusters of 10 treated",
                FEW,
            )
        single: dict[str, Any] = {
            "asymptotic, CR2": differences,
            "permutation": partial(differences, inference="permutation", **by_chance),
            "conley_taber": partial(differences, inference="conley_taber"),
        }
        found[f"few-{clusters}-1"] = Design(
            new_study(
                partial(draw_clusters, clusters=clusters, treated=1), single, 500, views=("difference",), level=least
            ),
            f"Difference-in-differences, one cluster of {clusters} treated",
            FEW,
        )
    for treated in ("smallest", "largest"):
        dgp = partial(unequal, clusters=20, treated=treated, effect=-1.0)
        found[f"few-{treated}-20"] = Design(
            new_study(dgp, single, 500, views=("difference",)),
            f"Difference-in-differences, the {treated} of 20 clusters of 4 to 40 units treated",
            FEW,
        )
    return found


def _people() -> dict[str, Design]:
    """Other people in each year, and a subgroup that cannot be affected; 8 of 24 units treated."""
    others = "repeated_cross_sections"
    cells: dict[str, Any] = {
        "redrawn, CR2": partial(of_people, sampling=others),
        "redrawn, covariate, CR2": partial(of_people, sampling=others, covariates=["x"]),
    }
    third: dict[str, Any] = {
        "third difference, CR2": partial(of_people, eligible="eligible"),
        "third difference, permutation": partial(
            of_people, eligible="eligible", inference="permutation", draws=DRAWS, rng=SEED
        ),
    }
    more = {"n": 24, "years": 6, "treated": 8, "effect": -1.0}
    return {
        "people-redrawn-24": Design(
            new_study(partial(redrawn, **more), cells, 300, views=("difference",)),
            "Difference-in-differences, other people in each of six years, 8 units of 24 treated",
            PEOPLE,
        ),
        "people-third-24": Design(
            new_study(partial(with_others, **more), third, 300, views=("difference",)),
            "Triple differences over six years, 8 units of 24 treated, which drift for other reasons",
            PEOPLE,
        ),
    }


def _staged_people() -> dict[str, Design]:
    """Other people in each year of units that adopt in stages, with a characteristic of theirs and without."""
    found = {}
    for early, late, never in ((7, 6, 7), (12, 12, 12)):
        methods: dict[str, Any] = {
            f"{target}, {said}": partial(staged_people, target=target, **own)
            for target in ("simple", "one")
            for said, own in (
                ("no covariate", {}),
                *((name, {"covariates": ["x"], "adjustment": name}) for name in ("regression", "doubly_robust")),
            )
        }
        n = early + late + never
        found[f"staggered-people-{n}"] = Design(
            new_study(
                partial(in_stages, early=early, late=late, never=never, effect=-1.0),
                methods,
                300,
                views=("difference",),
            ),
            f"Adoption in stages, other people in each of four years, {n} units",
            (*STAGGERED[:-1], COHORTS[0], str(Path(__file__).with_name("staged_people.py"))),
        )
    return found


def _synthetic() -> dict[str, Design]:
    """No effect on one unit of 11, 20 and 40, taken at random or for its level."""
    methods: dict[str, Any] = {
        f"{name}, {said}": partial(synthetic, method=name, choice=choice)
        for name in ("control", "differences")
        for choice, said in (("drawn", "drawn at random"), ("highest", "the highest"))
    }
    found = {}
    for n, level, replications in ((11, 0.9, 500), (20, 0.95, 300), (40, 0.95, 150)):
        dgp = partial(factors, n=n, years=13, correlation=0.4)
        found[f"synthetic-{n}"] = Design(
            new_study(dgp, methods, replications, views=("difference", "relative"), level=level),
            f"No effect, one unit of {n}, ten years before and three after",
            SYNTHETIC,
            money=True,
        )
    return found


def _synthetic_variants() -> dict[str, Design]:
    """The same cohorts with weights that are penalised, or corrected by a ridge regression."""
    methods: dict[str, Any] = {
        f"{name} {size:g}, {said}": partial(synthetic, method="control", choice=choice, **{option: size})
        for name, option, sizes in (("penalty", "penalty", (0.1, 1.0)), ("ridge", "ridge", (5.0, 50.0)))
        for size in sizes
        for choice, said in (("drawn", "drawn at random"), ("highest", "the highest"))
    }
    found = {}
    for n, level, replications in ((11, 0.9, 500), (20, 0.95, 300)):
        dgp = partial(factors, n=n, years=13, correlation=0.4)
        found[f"synthetic-variants-{n}"] = Design(
            new_study(dgp, methods, replications, views=("difference",), level=level),
            f"No effect, one unit of {n}, ten years before and three after, penalised and augmented",
            SYNTHETIC,
        )
    return found


def of_first(table: Any, method: str, treated: int) -> effekt.EffectEstimate:
    """The last three years of the first units, after ten, with a standard error from donors in their place."""
    function = effekt.synthetic_control if method == "control" else effekt.synthetic_difference_in_differences
    return function(
        table,
        outcome="outcome",
        unit="municipality",
        time="year",
        period="year",
        treated=sorted(set(table.values("municipality")))[:treated],
        first_treated=FIRST_YEAR + 10,
        inference="placebo_variance",
    )


def _synthetic_variance() -> dict[str, Design]:
    """No effect on one unit of 21, or two of 12, by the spread of placebos."""
    found = {}
    for n, treated, said, replications in ((21, 1, "one unit of 21", 500), (12, 2, "two units of 12", 300)):
        methods: dict[str, Any] = {
            name: partial(of_first, method=name, treated=treated) for name in ("control", "differences")
        }
        dgp = partial(factors, n=n, years=13, correlation=0.4)
        found[f"synthetic-variance-{n}"] = Design(
            new_study(dgp, methods, replications, views=("difference",), level=0.95),
            f"No effect, {said}, ten years before and three after, by the placebos' standard deviation",
            SYNTHETIC,
        )
    return found


def _bootstrap() -> dict[str, Design]:
    """Blocks of the periods drawn anew, beside the long-run variance of the same periods."""
    methods: dict[str, Any] = {"hac": partial(trend_by_month, inference="hac")}
    for blocks, length in (("moving", 3), ("moving", 6), ("moving", 12), ("stationary", 6)):
        methods[f"{blocks} blocks of {length}"] = partial(
            trend_by_month, inference="block_bootstrap", blocks=blocks, block_length=length, draws=DRAWS, rng=SEED
        )
    return {
        f"bootstrap-{kind}-{100 * rho:.0f}": Design(
            new_study(
                partial(monthly, n=20, years=3, correlation=rho, lasting_sd=lasting),
                methods,
                200,
                views=("relative",),
            ),
            f"No effect, 36 months against 36, correlation {rho:g} between months, {said}",
            TREND,
            money=True,
        )
        for kind, lasting, said in (("steady", 0.0, "no lasting shocks"), ("shocks", 0.05, "lasting shocks of 5 %"))
        for rho in (0.0, 0.8)
    }


PANEL_DESIGNS: dict[str, Design] = {
    **_hac(),
    **_bootstrap(),
    **_luck(),
    **_staggered(),
    **_staggered_few(),
    **_imputation(),
    **_few(),
    **_people(),
    **_staged_people(),
    **_synthetic(),
    **_synthetic_variants(),
    **_synthetic_variance(),
}
