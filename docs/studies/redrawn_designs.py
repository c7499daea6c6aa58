"""Studies of inference by other means than a t reference: signs of clusters, assignments, scores of two shares."""

from __future__ import annotations

from functools import partial
from itertools import product

from lots import unequal_chances
from study_base import SEED, TRIAL, Design
from study_base import new_study as _study
from trial_designs import LAWS, LOTS, draw_trial, randomized

from effekt.datasets import Cohort

DRAWN = {"adjustment": "none", "draws": 999, "rng": SEED}


def _clusters(number: int, law: tuple[str, float, float] = LAWS[0]) -> partial[Cohort]:
    """Of 6 to 24 people."""
    outcome, mean, effect = law
    return partial(
        draw_trial,
        n=15 * number,
        assignment="clustered",
        n_groups=number,
        group_size_ratio=4.0,
        icc=0.1,
        outcome=outcome,
        mean=mean,
        effect=effect,
    )


def _of_clusters() -> dict[str, Design]:
    wild, by_lot = (
        partial(randomized, cluster="cluster", inference=name, **DRAWN) for name in ("wild_bootstrap", "randomization")
    )
    found = {
        f"redrawn-clusters-{number}": Design(
            _study(_clusters(number), {"wild_bootstrap": wild}, 300),
            f"Wild bootstrap, {number} clusters, sizes up to 4 to 1",
            TRIAL,
        )
        for number in (6, 10, 12, 20)
    }
    found |= {
        f"redrawn-clusters-{law[0]}-{number}": Design(
            _study(_clusters(number, law), {"wild_bootstrap": wild}, 500 if number == 6 else 200),
            f"Wild bootstrap, {law[0]} outcome, {number} clusters, sizes up to 4 to 1",
            TRIAL,
        )
        for law in LAWS[1:]
        for number in (6, 10, 20)
    }
    return found | {
        f"redrawn-lots-{named}{number}": Design(
            _study(_clusters(number, law), {"randomization none": by_lot}, 300),
            f"Randomisation inference, {said}{number} clusters, sizes up to 4 to 1",
            TRIAL,
        )
        for law, named, said in ((LAWS[0], "", ""), (LAWS[1], "skewed-", "skewed outcome, "))
        for number in (10, 20)
    }


def _of_people() -> dict[str, Design]:
    drawn = {
        f"randomization {adjustment}": partial(
            randomized, covariates=covariates, inference="randomization", **(DRAWN | {"adjustment": adjustment})
        )
        for adjustment, covariates in (("none", []), ("lin", ["baseline"]))
    }
    scores = {
        name: partial(randomized, adjustment="none", inference=name) for name in ("newcombe", "miettinen_nurminen")
    }
    found = {}
    for (outcome, mean, effect), n in product(LAWS[:2], (30, 60)):
        dgp = partial(draw_trial, n=n, outcome=outcome, mean=mean, effect=effect)
        found[f"redrawn-{outcome}-{n}"] = Design(
            _study(dgp, drawn, 300), f"Randomisation inference, {outcome} outcome, {n} people", TRIAL
        )
    for n in (30, 60, 200, 2_000):
        dgp = partial(draw_trial, n=n, outcome="binary", mean=0.4, effect=0.1)
        found[f"redrawn-shares-{n}"] = Design(
            _study(dgp, scores, 300 if n == 2_000 else 1_000), f"Score intervals of two shares, {n} people", TRIAL
        )
    return found


def _of_own_chances() -> dict[str, Design]:
    by_lot = partial(randomized, probability="probability", inference="randomization", **DRAWN)
    found = {}
    for (outcome, mean, effect), n in product(LAWS, (30, 60)):
        dgp = partial(unequal_chances, n=n, low=0.2, high=0.8, outcome=outcome, mean=mean, effect=effect)
        found[f"redrawn-chances-{outcome}-{n}"] = Design(
            _study(dgp, {"Horvitz–Thompson by lot": by_lot}, 1_000),
            f"Randomisation inference, {n} people with chances of 0.2 to 0.8 of their own, {outcome} outcome",
            (*TRIAL, LOTS),
        )
    return found


REDRAWN_DESIGNS: dict[str, Design] = {**_of_clusters(), **_of_people(), **_of_own_chances()}
