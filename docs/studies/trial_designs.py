"""Further studies of trials: adjustment and lots of clusters, unequal chances, rates, other sizes, trials pooled."""

from __future__ import annotations

from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from cohorts import rates
from lots import blocked_clusters, cluster_rates, sites, unequal_chances
from numpy.random import Generator
from study_base import AGAIN, SEED, TRIAL, Design
from study_base import new_study as _study

import effekt
from effekt.datasets import Cohort, trial

HERE = Path(__file__).parent
LOTS = str(HERE / "lots.py")
POOLED = (*TRIAL, "estimators/pooling.py", LOTS)
LAWS = (("normal", 20.0, 2.0), ("skewed", 20.0, 2.0), ("binary", 0.4, 0.1))  # outcome, untreated mean, effect
CLUSTER_VARIANCES = ("CR0", "CR1", "CR1S", "CR2", "CR3")


def randomized(table: Any, **arguments: Any) -> effekt.EffectEstimate:
    """A trial of `effekt.datasets.trial`, or one of `lots`."""
    return effekt.randomized_trial(table, outcome="outcome", treatment="treatment", **arguments)


def counted(table: Any, **arguments: Any) -> effekt.EffectEstimate:
    """Events per month of a trial."""
    return effekt.randomized_trial(table, outcome="events", exposure="months", treatment="treatment", **arguments)


def pooled(table: Any, **arguments: Any) -> effekt.EffectEstimate:
    """The trials of several sites, each by itself, then together."""
    site = np.array(table.values("site"))
    columns = {name: np.array(table.values(name)) for name in ("outcome", "treatment")}
    effects = {}
    for label in sorted(set(site.tolist())):
        own = effekt.Table({name: values[site == label] for name, values in columns.items()})
        effects[str(label)] = randomized(own, adjustment="none")
    return effekt.pool(effects, **arguments)


def draw_trial(rng: Generator, **arguments: Any) -> Cohort:
    """A randomised cohort."""
    return trial(rng=rng, **arguments)


def _named_laws() -> list[tuple[tuple[str, float, float], str, str]]:
    """Each law, and what it adds to a study's name and title, which are of a normal outcome unless they say another."""
    return [(LAWS[0], "", ""), *((law, f"{law[0]}-", f"{law[0]} outcome, ") for law in LAWS[1:])]


def _clustered(clusters: int, law: tuple[str, float, float]) -> dict[str, Any]:
    """Of clusters of 6 to 24 people."""
    outcome, mean, effect = law
    return {
        "n": 15 * clusters,
        "group_size_ratio": 4.0,
        "icc": 0.1,
        "outcome": outcome,
        "mean": mean,
        "effect": effect,
    }


def _adjusted() -> dict[str, Design]:
    methods = {
        f"{adjustment} {name}": partial(
            randomized, adjustment=adjustment, variance=name, cluster="cluster", covariates=["baseline"]
        )
        for adjustment, name in product(("additive", "lin"), CLUSTER_VARIANCES)
    }
    methods["clusters alike CR2"] = partial(randomized, adjustment="none", cluster="cluster", cluster_weighted=True)
    return {
        f"clusters-adjusted-{law[0]}-{clusters}-4": Design(
            _study(
                partial(draw_trial, assignment="clustered", n_groups=clusters, **_clustered(clusters, law)),
                methods,
                AGAIN if (clusters, law[0]) == (6, "binary") else 500,
            ),
            f"Clustered trial with a covariate, {law[0]} outcome, {clusters} clusters, sizes up to 4 to 1",
            TRIAL,
        )
        for clusters, law in product((6, 10, 20), LAWS)
    }


def _blocked_clusters() -> dict[str, Design]:
    shared = {"block": "block", "cluster": "cluster"}
    methods: dict[str, Any] = {
        f"blocks {name}": partial(randomized, adjustment="none", variance=name, **shared) for name in ("CR0", "CR2")
    }
    methods |= {
        f"{adjustment} in blocks CR2": partial(randomized, adjustment=adjustment, covariates=["baseline"], **shared)
        for adjustment in ("additive", "lin")
    }
    return {
        f"clusters-blocked-{law[0]}-{clusters}": Design(
            _study(
                partial(blocked_clusters, clusters=clusters, per_block=4, **_clustered(clusters, law)),
                methods,
                AGAIN if (clusters, law[0]) == (20, "skewed") else 500,
            ),
            f"Clustered trial, {law[0]} outcome, {clusters} clusters in {clusters // 4} blocks of four",
            (*TRIAL, LOTS),
        )
        for clusters, law in product((8, 20), LAWS)
    }


def _few_blocked_clusters() -> dict[str, Design]:
    """Six clusters in two blocks of three, where an arm of a block has a single one, and ten in two of five."""
    shared = {"block": "block", "cluster": "cluster", "adjustment": "additive"}
    common: dict[str, Any] = {
        f"additive blocks {name}": partial(randomized, variance=name, **shared) for name in CLUSTER_VARIANCES
    }
    own = {"blocks CR2": partial(randomized, adjustment="none", block="block", cluster="cluster")}
    return {
        f"clusters-blocked-{law[0]}-{clusters}": Design(
            _study(
                partial(blocked_clusters, clusters=clusters, per_block=per_block, **_clustered(clusters, law)),
                common | (own if per_block > 3 else {}),
                200,
            ),
            f"Clustered trial, {law[0]} outcome, {clusters} clusters in two blocks",
            (*TRIAL, LOTS),
        )
        for (clusters, per_block), law in product(((6, 3), (10, 5)), LAWS)
    }


def _clustered_att() -> dict[str, Design]:
    """The effect on the treated, of clusters of different sizes."""
    methods = {
        f"ATT {name}": partial(randomized, adjustment="none", variance=name, cluster="cluster", estimand="ATT")
        for name in ("CR0", "CR2", "CR3")
    }
    methods["ATT lin CR2"] = partial(randomized, covariates=["baseline"], cluster="cluster", estimand="ATT")
    return {
        f"clusters-att-{name}{clusters}-4": Design(
            _study(
                partial(draw_trial, assignment="clustered", n_groups=clusters, **_clustered(clusters, law)),
                methods,
                AGAIN if (clusters, law[0]) == (6, "binary") else 500 if name or clusters == 6 else 200,
            ),
            f"Clustered trial, effect on the treated, {said}{clusters} clusters, sizes up to 4 to 1",
            TRIAL,
        )
        for clusters, (law, name, said) in product((6, 10, 20), _named_laws())
    }


def _pairs() -> dict[str, Design]:
    """Many pairs, and few with a covariate that leaves something within them."""
    plain = {
        "between_pair": partial(randomized, pairs="block"),
        "unpaired HC2": partial(randomized, adjustment="none", variance="HC2"),
    }
    adjusted = {
        f"pairs {adjustment}": partial(randomized, pairs="block", adjustment=adjustment, covariates=["baseline"])
        for adjustment in ("lin", "additive")
    }
    found = {}
    for pairs, methods, law, replications in (
        *((200, plain, law, 1_000) for law in LAWS),
        *((pairs, adjusted, LAWS[0], 200) for pairs in (15, 30)),
        (15, adjusted, LAWS[1], 200),
        (30, adjusted, LAWS[1], 500),
        *((pairs, adjusted, LAWS[2], 500) for pairs in (15, 30)),
        *((200, adjusted, law, 300) for law in LAWS),
    ):
        outcome, mean, effect = law
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
        named = "covariate-" if methods is adjusted else ""
        said = ", with a covariate" if named else ""
        found[f"pairs-{named}{outcome}-{pairs}"] = Design(
            _study(dgp, methods, replications),
            f"Paired trial{said}, {outcome} outcome, {pairs} pairs",
            TRIAL,
        )
    return found


def _block_names() -> dict[str, Design]:
    """Every name of a variance in blocks, where they have their own means and where they count by precision."""
    names = ("HC0", "HC1", "HC2", "HC3")
    methods = {
        f"{adjustment} {name}": partial(randomized, adjustment=adjustment, variance=name, block="block")
        for adjustment, name in product(("none", "additive"), names)
    }
    return {
        f"blocks-names-{name}{n}": Design(
            _study(
                partial(
                    draw_trial,
                    n=n,
                    assignment="blocked",
                    n_groups=4,
                    icc=0.2,
                    outcome=law[0],
                    mean=law[1],
                    effect=law[2],
                ),
                methods,
                500 if name else 200,
            ),
            f"Randomised trial in four blocks, {said}{n} people",
            TRIAL,
        )
        for n, (law, name, said) in product((32, 60), _named_laws())
    }


def _at_hand() -> dict[str, Design]:
    """The people of a trial as all there are, whose covariates are no sample."""
    methods = {
        "none HC2": partial(randomized, adjustment="none", population="finite"),
        "lin HC2": partial(randomized, covariates=["baseline"], population="finite"),
    }
    return {
        f"trial-finite-{n}": Design(
            _study(partial(draw_trial, n=n, population="finite", heterogeneity=4.0), methods, 500),
            f"Randomised trial, the effect on its {n} people, which varies with an SD of 4",
            TRIAL,
        )
        for n in (30, 60)
    }


def _studentized() -> dict[str, Design]:
    """The difference over its standard error under other assignments, beside the difference."""
    lot = {"adjustment": "none", "inference": "randomization", "draws": 999, "rng": SEED}
    methods = {
        f"randomization {name}": partial(randomized, statistic=name, **lot) for name in ("estimate", "studentized")
    }
    dgp = partial(draw_trial, n=30, outcome="skewed", mean=20.0, effect=2.0)
    return {
        "redrawn-studentized-30": Design(
            _study(dgp, methods, 100, views=("difference",)),
            "Randomisation inference by the difference and studentised, skewed outcome, 30 people",
            TRIAL,
        )
    }


def _chances() -> dict[str, Design]:
    shared = {"probability": "probability"}
    methods: dict[str, Any] = {
        "Horvitz–Thompson young": partial(randomized, adjustment="none", **shared),
        **{f"Hájek {name}": partial(randomized, variance=name, **shared) for name in ("HC0", "HC2", "HC3")},
        "Hájek lin HC2": partial(randomized, covariates=["baseline"], **shared),
    }
    found = {}
    for law, n, replications in (
        *((law, 30, 1_000) for law in LAWS),
        (LAWS[0], 200, 500),
        (LAWS[2], 200, 500),
        *((law, 60, 500) for law in LAWS),
        (LAWS[1], 200, 500),
        *((law, 2_000, 300) for law in LAWS),
    ):
        outcome, mean, effect = law
        dgp = partial(unequal_chances, n=n, low=0.2, high=0.8, outcome=outcome, mean=mean, effect=effect)
        found[f"chances-{outcome}-{n}"] = Design(
            _study(dgp, methods, replications),
            f"Trial of {n} people with chances of 0.2 to 0.8 of their own, {outcome} outcome",
            (*TRIAL, LOTS),
        )
    return found


def _rates() -> dict[str, Design]:
    alone = {
        f"rate {name}": partial(counted, adjustment="none", variance=name) for name in ("HC0", "HC1", "HC2", "HC3")
    }
    clustered = {
        f"rate {name}": partial(counted, adjustment="none", variance=name, cluster="cluster")
        for name in CLUSTER_VARIANCES
    }
    return {
        "rates-30": Design(
            _study(partial(rates, n=30, rate=0.2, effect=-0.06), alone, AGAIN),
            "Randomised trial of events per month at risk, 30 people",
            (*TRIAL, str(HERE / "cohorts.py")),
        ),
        **{
            f"rates-clusters-{clusters}": Design(
                _study(partial(cluster_rates, clusters=clusters, rate=0.2, effect=-0.06), clustered, 500),
                f"Clustered trial of events per month at risk, {clusters} clusters of 8 to 30 people",
                (*TRIAL, LOTS),
            )
            for clusters in (6, 10, 20)
        },
    }


def _pooled() -> dict[str, Design]:
    methods: dict[str, Any] = {
        "fixed": partial(pooled, model="fixed"),
        **{
            f"random {name}": partial(pooled, model="random", heterogeneity=name)
            for name in ("reml", "dersimonian_laird")
        },
    }
    found = {}
    for number, spread, said in (
        (3, 0.0, "one effect"),
        *((k, 2.0, "effects that differ by an SD of 2") for k in (3, 6)),
    ):
        dgp = partial(sites, number=number, n=60, mean=20.0, sd=8.0, effect=2.0, spread=spread)
        found[f"pooled-{number}-{spread:g}"] = Design(
            _study(dgp, methods, 500), f"{number} trials of 20 to 100 people pooled, {said}", POOLED
        )
    return found


TRIAL_DESIGNS: dict[str, Design] = {
    **_adjusted(),
    **_blocked_clusters(),
    **_few_blocked_clusters(),
    **_clustered_att(),
    **_pairs(),
    **_block_names(),
    **_at_hand(),
    **_studentized(),
    **_chances(),
    **_rates(),
    **_pooled(),
}
