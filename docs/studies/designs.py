"""The studies: which cohorts, which methods, at the sizes that contracts have.

Everything here is at the top level, so that a study can run in several processes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

from cell_designs import CELL_DESIGNS
from clustered_designs import CLUSTERED_DESIGNS
from cohorts import everybody, rates, schools, several, slopes, survey
from complier_designs import COMPLIER_DESIGNS
from confounded_designs import CONFOUNDED_DESIGNS
from distance_designs import DISTANCE_DESIGNS
from numpy.random import Generator
from option_designs import OPTION_DESIGNS
from paid_designs import PAID_DESIGNS
from panel_designs import PANEL_DESIGNS
from pretrend_designs import PRETREND_DESIGNS
from redrawn_designs import REDRAWN_DESIGNS
from strata import MEANS, slopes_of, survey_of
from study_base import AGAIN, COMMON, DOUBLY, MATCHED, MONEY, SEED, TREND, TRIAL, Design
from study_base import new_study as _study
from trend_designs import TREND_DESIGNS
from trial_designs import TRIAL_DESIGNS
from wave_designs import WAVE_DESIGNS

import effekt
from effekt._inference import FixedDf, StudentT
from effekt._inference.distributions import t_quantile
from effekt.datasets import Cohort, observational, sick_leave_panel, trial, two_group_panel

SEVERAL = (*TRIAL, "diagnostics/effect_sets.py", "diagnostics/multiplicity.py", "result/effect_set.py")
PANEL = (
    *COMMON,
    "_linalg.py",
    "estimators/did",
    "estimators/randomized/arguments.py",
    "estimators/_wild_bootstrap.py",
    "estimators/_refusals.py",
    "datasets/panels.py",
)
COUNTED = "diagnostics/overdispersion.py"
COHORTS, STRATA = (str(Path(__file__).with_name(f"{name}.py")) for name in ("cohorts", "strata"))


def randomized(table: Any, **arguments: Any) -> effekt.EffectEstimate:
    """A trial of `effekt.datasets.trial`."""
    return effekt.randomized_trial(table, outcome="outcome", treatment="treatment", **arguments)


def draw_trial(rng: Generator, **arguments: Any) -> Cohort:
    """A randomised cohort."""
    return trial(rng=rng, **arguments)


def trend(table: Any, **arguments: Any) -> effekt.EffectEstimate:
    """Municipality 0127 against all others, twelve months against twelve."""
    return effekt.trend_adjusted(
        table,
        outcome=effekt.Outcome(column=("sick_days", "employees"), better="lower"),
        unit="municipality",
        time="month",
        period="month",
        treated="0127",
        reference_window=("2018-01", "2018-12"),
        evaluation_window=("2019-01", "2019-12"),
        comparator="others",
        weights="denominator",
        **arguments,
    )


def draw_panel_of_municipalities(rng: Generator, n: int, effect: float) -> Cohort:
    """Twenty-four months of sick leave."""
    return sick_leave_panel(
        rng=rng, n_municipalities=n, first="2018-01", last="2019-12", effect_start="2019-01", effect=effect
    )


def differences(table: Any, **arguments: Any) -> effekt.EffectEstimate:
    """Two groups before and after."""
    return effekt.difference_in_differences(
        table, outcome="outcome", unit="unit", time="year", treatment="treatment", **arguments
    )


def draw_groups(rng: Generator, **arguments: Any) -> Cohort:
    """A balanced panel with one adoption date."""
    return two_group_panel(rng=rng, **arguments)


def matched(table: Any, **arguments: Any) -> effekt.EffectEstimate:
    """Nearest neighbour on the propensity score, one to one, unless the arguments say otherwise."""
    options = {name: arguments.pop(name) for name in ("variance", "cluster", "bias_adjustment") if name in arguments}
    match = effekt.match_controls(
        table, unit="unit", treatment="treatment", covariates=["baseline", "age"], **arguments
    )
    return effekt.matched_comparison(table, match=match, outcome="outcome", **options)


def counted(table: Any, **arguments: Any) -> effekt.EffectEstimate:
    """Events per month of a trial."""
    return effekt.randomized_trial(table, outcome="events", exposure="months", treatment="treatment", **arguments)


def doubly(table: Any, **arguments: Any) -> effekt.EffectEstimate:
    """Regression and weighting, both with all covariates as they are."""
    effect = effekt.doubly_robust(
        table, outcome="outcome", treatment="treatment", covariates=["baseline", "age", "female"], **arguments
    )
    assert isinstance(effect, effekt.EffectEstimate)
    return effect


def least(table: Any, outcomes: int, nulls: int, method: str | None) -> effekt.EffectEstimate:
    """Of the effects that are zero the one with the smallest p-value of all outcomes together.

    Its error is widened until its own p is the adjusted one, so that what is rejected, or not covered, of it is a
    rejection of any true null at all. Without a method p-values stand as they are.
    """
    labels = [f"outcome_{i + 1}" for i in range(outcomes)]
    effects = effekt.randomized_trials(table, outcome=labels, treatment="treatment")
    if method is None:
        adjusted = [effects[label].p_value() for label in labels]
    else:
        chance = {} if method == "holm" else {"draws": 999, "rng": SEED}
        found = effekt.diagnostics.adjusted_p_values(effects, method=method, **chance).table
        adjusted = [float(found["p_adjusted"][list(found["figure"]).index(label)]) for label in labels]
    first = min(range(nulls), key=lambda i: adjusted[i])
    effect = effects[labels[first]]
    statistic = t_quantile(1 - min(adjusted[first], 0.999) / 2, effect.df)
    widened = (effect.estimate / statistic / effect.std_error) ** 2
    return replace(
        effect,
        inference=StudentT(
            covariance=tuple(widened * value for value in effect.inference.covariance), df=FixedDf(df=effect.df)
        ),
    )


def draw_confounded(rng: Generator, **arguments: Any) -> Cohort:
    """A confounded cohort."""
    return observational(rng=rng, **arguments)


LEARNT = 60  # replicates of a study of learners, four seconds each
UNIT_VARIANCES = ("HC0", "HC1", "HC2", "HC3", "welch")
LAWS = (("normal", 20.0, 2.0), ("skewed", 20.0, 2.0), ("binary", 0.4, 0.1))  # outcome, untreated mean, effect
CLUSTER_VARIANCES = ("CR0", "CR1", "CR1S", "CR2", "CR3")


def _trial_methods() -> dict[str, Callable[..., effekt.EffectEstimate]]:
    methods = {f"none {name}": partial(randomized, adjustment="none", variance=name) for name in UNIT_VARIANCES}
    covariates = ["baseline"]
    for adjustment in ("additive", "lin"):
        for name in UNIT_VARIANCES[:-1]:
            methods[f"{adjustment} {name}"] = partial(
                randomized, adjustment=adjustment, variance=name, covariates=covariates
            )
    return methods


def _clustered_methods() -> dict[str, Callable[..., effekt.EffectEstimate]]:
    return {
        f"none {name}": partial(randomized, adjustment="none", variance=name, cluster="cluster")
        for name in CLUSTER_VARIANCES
    }


def _trials() -> dict[str, Design]:
    found = {}
    for n, replications in ((30, 1_000), (60, 500), (200, 500), (2_000, 200)):
        for outcome, mean, effect in LAWS:
            dgp = partial(draw_trial, n=n, outcome=outcome, mean=mean, effect=effect)
            found[f"trial-{outcome}-{n}"] = Design(
                _study(dgp, _trial_methods(), replications), f"Randomised trial, {outcome} outcome, {n} people", TRIAL
            )
    null = partial(draw_trial, n=60, effect=0.0)
    found["trial-null-60"] = Design(
        _study(null, _trial_methods(), 500), "Randomised trial without an effect, 60 people", TRIAL
    )
    return found


def _clusters() -> dict[str, Design]:
    found = {}
    for clusters, ratio in ((6, 1.0), (6, 4.0), (10, 1.0), (10, 4.0), (12, 1.0), (12, 4.0), (20, 1.0), (20, 4.0)):
        sizes = "equal sizes" if ratio == 1 else f"sizes up to {ratio:g} to 1"
        found[f"clusters-{clusters}-{ratio:g}"] = Design(
            _study(_clustered(clusters, ratio), _clustered_methods(), 500),
            f"Clustered trial, {clusters} clusters, {sizes}",
            TRIAL,
        )
    for clusters in (6, 10, 20):
        for outcome, mean, effect in LAWS[1:]:
            dgp = partial(_clustered(clusters, 4.0), outcome=outcome, mean=mean, effect=effect)
            found[f"clusters-{outcome}-{clusters}-4"] = Design(
                _study(dgp, _clustered_methods(), 500),
                f"Clustered trial, {outcome} outcome, {clusters} clusters, sizes up to 4 to 1",
                TRIAL,
            )
    return found


def _clustered(clusters: int, ratio: float) -> partial[Cohort]:
    return partial(
        draw_trial, n=clusters * 15, assignment="clustered", n_groups=clusters, group_size_ratio=ratio, icc=0.1
    )


def _pairs() -> dict[str, Design]:
    """Pairs are blocks of two, alike in 40 per cent of the variance; HC2 leaves the pairing out."""
    methods = {
        "between_pair": partial(randomized, pairs="block"),
        "unpaired HC2": partial(randomized, adjustment="none", variance="HC2"),
    }
    found = {}
    for pairs in (15, 30):
        for outcome, mean, effect in LAWS:
            dgp = partial(
                draw_trial,
                n=2 * pairs,
                assignment="blocked",
                n_groups=pairs,
                icc=0.4,
                outcome=outcome,
                mean=mean,
                effect=effect,
            )
            found[f"pairs-{outcome}-{pairs}"] = Design(
                _study(dgp, methods, 1_000), f"Paired trial, {outcome} outcome, {pairs} pairs", TRIAL
            )
    return found


def _blocks() -> dict[str, Design]:
    """One slope for all blocks, which is what `lin` has, and one in each."""
    methods = {
        "none HC2": partial(randomized, adjustment="none", block="block"),
        "lin HC2": partial(randomized, covariates=["baseline"], block="block"),
        "lin_by_block HC2": partial(randomized, adjustment="lin_by_block", covariates=["baseline"], block="block"),
    }
    return {
        f"blocks-{named}{sum(sizes)}": Design(
            _study(partial(dgp, sizes=sizes), methods, replications),
            f"Randomised trial in {len(sizes)} blocks of {min(sizes)} to {max(sizes)}, {said}{sum(sizes)} people",
            (*TRIAL, file),
        )
        for named, said, dgp, file, first in (
            ("", "", partial(slopes, mean=20.0, effect=2.0), COHORTS, 1_000),
            *((f"{law}-", f"{law} outcome, ", partial(slopes_of, law=law), STRATA, 500) for law in MEANS),
        )
        for sizes, replications in (((16, 20, 24), first), ((40, 60, 80, 100), 500))
    }


def _several() -> dict[str, Design]:
    """Any true null rejected: of five outcomes that nothing moves, and of three beside two that are moved."""
    found = {}
    for moved in (0, 2):
        nulls = 5 - moved
        methods = {
            name: partial(least, outcomes=5, nulls=nulls, method=None if name == "unadjusted" else name)
            for name in ("unadjusted", "holm", "romano_wolf")
        }
        for n in (60, 200):
            dgp = partial(several, n=n, outcomes=5, moved=moved, mean=20.0, effect=2.0)
            found[f"several-{moved}-{n}"] = Design(
                _study(dgp, methods, 400, views=("difference",)),
                f"Five outcomes, {moved} of them moved, {n} people: any true null rejected",
                (*SEVERAL, COHORTS),
            )
    return found


def _rates() -> dict[str, Design]:
    methods = {f"rate {name}": partial(counted, adjustment="none", variance=name) for name in UNIT_VARIANCES[:-1]}
    found = {
        f"rates-{n}": Design(
            _study(partial(rates, n=n, rate=0.2, effect=-0.06), methods, replications),
            f"Randomised trial of events per month at risk, {n} people",
            (*TRIAL, COHORTS),
        )
        for n, replications in ((60, 1_000), (200, 1_000), (2_000, 300))
    }
    of_counts: dict[str, Any] = {
        "exact_poisson": partial(counted, inference="exact_poisson"),
        "quasi_poisson": partial(counted, variance="quasi_poisson"),
        "rate HC2": partial(counted, variance="HC2"),
    }
    for law, frailty in (("poisson", 0.0), ("overdispersed", 1.0)):
        for n in (30, 60, 200, 2_000):
            dgp = partial(rates, n=n, rate=0.2, effect=-0.06, frailty=frailty)
            title = f"Events per month at risk, {'Poisson' if not frailty else 'overdispersed'} counts, {n} people"
            replications = 300 if n == 2_000 else AGAIN if frailty and n < 200 else 1_000
            found[f"rates-{law}-{n}"] = Design(_study(dgp, of_counts, replications), title, (*TRIAL, COUNTED, COHORTS))
    return found


def _surveys() -> dict[str, Design]:
    weights = {"column": "weight", "kind": "sampling"}
    methods: dict[str, Any] = {
        f"weighted {name}": partial(randomized, adjustment="none", variance=name, weights=weights)
        for name in UNIT_VARIANCES[:-1]
    }
    methods["weighted lin HC2"] = partial(randomized, covariates=["baseline"], variance="HC2", weights=weights)
    found = {
        f"weights-{ratio}-{n}": Design(
            _study(partial(survey, n=n, ratio=ratio, mean=20.0, effect=2.0), methods, 200 if n == 2_000 else 500),
            f"Randomised trial, {n} people, half of them with {ratio} times the sampling weight of the others",
            (*TRIAL, COHORTS),
        )
        for ratio, n in ((4, 30), (4, 60), (4, 200), (4, 2_000), (16, 200))
    }
    again = (("binary", 30), ("skewed", 30), ("skewed", 200))
    return found | {
        f"weights-4-{law}-{n}": Design(
            _study(
                partial(survey_of, n=n, ratio=4, law=law),
                methods,
                AGAIN if (law, n) in again else 1_000 if n == 2_000 else 500,
            ),
            f"Randomised trial, {law} outcome, {n} people, half of them with 4 times the sampling weight of the others",
            (*TRIAL, STRATA),
        )
        for law, n in product(MEANS, (30, 60, 200, 2_000))
    }


def _trends() -> dict[str, Design]:
    found = {}
    methods = {name: partial(trend, adjustment=name) for name in ("ratio", "difference")}
    for n, level, replications in ((11, 0.9, 1_000), (290, 0.95, 200)):
        for effect in (-0.12, 0.0):
            dgp = partial(draw_panel_of_municipalities, n=n, effect=effect)
            found[f"municipalities-{n}-{abs(100 * effect):.0f}"] = Design(
                _study(dgp, methods, replications, level=level),
                f"One municipality of {n}, true fall {abs(100 * effect):.0f} %",
                TREND if effect else (*TREND, MONEY),
                money=not effect,
            )
    return found


def _panels() -> dict[str, Design]:
    found = {}
    for n, clusters in ((30, None), (60, None), (120, 12)):
        dgp = partial(draw_groups, n_units=n, n_clusters=clusters, cluster_sd=0.3 if clusters else 0.0, effect=-1.0)
        cluster = "cluster" if clusters else None
        methods = {name: partial(differences, variance=name, cluster=cluster) for name in CLUSTER_VARIANCES}
        title = f"Difference-in-differences, {n} units" + (f" in {clusters} clusters" if clusters else "")
        found[f"panel-{n}-{clusters or n}"] = Design(_study(dgp, methods, 500), title, PANEL)
    return found


def _matches() -> dict[str, Design]:
    methods = {"no caliper": matched, "caliper 0.2": partial(matched, caliper=0.2)}
    found = {}
    for n in (200, 2_000):
        dgp = partial(draw_confounded, n=n, confounding=0.5, share_treated=0.2)
        found[f"matching-{n}"] = Design(
            _study(dgp, methods, 1_000), f"Matched controls, {n} people, a fifth treated", MATCHED
        )
    sets = {
        "optimal pairs": partial(matched, method="optimal", tie_orders=1),  # their range is not studied
        "full matching": partial(matched, method="full", tie_orders=1),
        "five classes": partial(matched, method="subclassification", subclasses=5),
    }
    for n in (200, 2_000):
        dgp = partial(draw_confounded, n=n, confounding=0.5, share_treated=0.2)
        found[f"matching-sets-{n}"] = Design(
            _study(dgp, sets, 500), f"Matched sets and classes, {n} people, a fifth treated", MATCHED
        )
    others = {
        "shared controls": partial(matched, replace=True, variance="abadie_imbens"),
        "controls shared by two, CR2": partial(matched, replace=True, reuse=2, tie_orders=1),
        "entropy balancing": partial(matched, method="entropy_balancing"),
        "inverse probability": partial(matched, method="inverse_probability"),
    }
    for n, replications in ((200, 1_000), (2_000, 500)):
        dgp = partial(draw_confounded, n=n, confounding=0.5, share_treated=0.2)
        found[f"matching-weights-{n}"] = Design(
            _study(dgp, others, replications), f"Shared controls and weights, {n} people, a fifth treated", MATCHED
        )
    return found | _matches_of_both_arms() | _matches_in_schools()


def _matches_of_both_arms() -> dict[str, Design]:
    """Matches of the treated and of the untreated, whose truth is the ATE's."""
    plain = partial(matched, replace=True, estimand="ATE", variance="abadie_imbens")
    methods = {
        "both arms matched": plain,
        "both arms matched, bias adjusted": partial(plain, bias_adjustment=["baseline", "age"]),
    }
    return {
        f"matching-everybody-{n}": Design(
            _study(
                partial(everybody, n=n, confounding=0.5, mean=20.0, share_treated=0.3),
                methods,
                replications,
            ),
            f"Both arms matched, {n} people, three in ten treated",
            (*MATCHED, COHORTS),
        )
        for n, replications in ((60, 500), (200, 1_000), (2_000, 500))
    }


def _matches_in_schools() -> dict[str, Design]:
    """Schools whose effects differ: what clusters of a match are for, and what becomes of inference without them."""
    within = {"exact": "school", "tie_orders": 1}
    classes = {"method": "subclassification", "subclasses": 5}
    methods = {
        "pairs within schools, schools ignored": partial(matched, **within),
        "pairs within schools, CR2": partial(matched, cluster="school", **within),
        "five classes, schools ignored": partial(matched, **classes),
        "five classes, CR2_within": partial(matched, cluster="school", **classes),
        "entropy balancing, clusters": partial(matched, cluster="school", method="entropy_balancing"),
    }
    found = {}
    for number, replications in ((6, 200), (10, 500), (20, 500), (30, 500)):
        dgp = partial(schools, n=50 * number, schools=number, level=4.0, gain=4.0, confounding=0.3, share_treated=0.2)
        title = f"Matches of {50 * number} people in {number} schools, whose effects differ"
        found[f"matching-schools-{number}"] = Design(_study(dgp, methods, replications), title, (*MATCHED, COHORTS))
    return found


def _doubly() -> dict[str, Design]:
    """Both models right; and with curvature the regressions wrong, so that the weights must carry the comparison."""
    found = {}
    for estimand, draw in (("ATT", draw_confounded), ("ATE", everybody)):
        methods = {f"{estimand} m_estimation": partial(doubly, estimand=estimand)}
        for n, replications in ((200, 1_000), (2_000, 500)):
            for confounding, curvature in ((0.5, 0.0), (1.0, 0.0), (0.5, 0.5)):
                dgp = partial(draw, n=n, confounding=confounding, curvature=curvature, mean=20.0, share_treated=0.25)
                bent = "-bent" if curvature else ""
                said = ", regressions wrong" if curvature else ""
                found[f"doubly-{estimand.lower()}-{10 * confounding:.0f}{bent}-{n}"] = Design(
                    _study(dgp, methods, replications),
                    f"Doubly robust {estimand}, {n} people, treated {confounding:g} SD apart{said}",
                    (*DOUBLY, COHORTS),
                )
    return found


def _learners() -> dict[str, Design]:
    """Regressions that are wrong, which a learner is to find; few replicates, as each fits a hundred models."""
    methods = {
        "parametric": partial(doubly, estimand="ATT"),
        "gradient_boosting": partial(doubly, estimand="ATT", learner="gradient_boosting", rng=SEED),
    }
    dgp = partial(draw_confounded, n=500, confounding=0.5, curvature=0.5, mean=20.0, share_treated=0.25)
    return {
        "learners-500": Design(
            _study(dgp, methods, LEARNT),
            "Doubly robust ATT by learners, 500 people, treated 0.5 SD apart, regressions wrong",
            DOUBLY,
        )
    }


DESIGNS: dict[str, Design] = {
    **_trials(),
    **_clusters(),
    **_pairs(),
    **_rates(),
    **_surveys(),
    **COMPLIER_DESIGNS,
    **_trends(),
    **_panels(),
    **_matches(),
    **_doubly(),
    **REDRAWN_DESIGNS,
    **_blocks(),
    **_several(),
    **_learners(),
    **TRIAL_DESIGNS,
    **CONFOUNDED_DESIGNS,
    **CELL_DESIGNS,
    **DISTANCE_DESIGNS,
    **CLUSTERED_DESIGNS,
    **WAVE_DESIGNS,
    **PANEL_DESIGNS,
    **OPTION_DESIGNS,
    **TREND_DESIGNS,
    **PRETREND_DESIGNS,
    **PAID_DESIGNS,
}
