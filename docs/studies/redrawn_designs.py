"""Studies of inference by other means than a t reference: signs of clusters, assignments, scores of two shares."""

from __future__ import annotations

from functools import partial

from study_base import SEED, Design
from study_base import new_study as _study
from trial_designs import LAWS, TRIAL, draw_trial, randomized

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
        f"redrawn-clusters-{law[0]}-6": Design(
            _study(_clusters(6, law), {"wild_bootstrap": wild}, 500),
            f"Wild bootstrap, {law[0]} outcome, 6 clusters, sizes up to 4 to 1",
            TRIAL,
        )
        for law in LAWS[1:]
    }
    return found | {
        f"redrawn-lots-{number}": Design(
            _study(_clusters(number), {"randomization none": by_lot}, 300),
            f"Randomisation inference, {number} clusters, sizes up to 4 to 1",
            TRIAL,
        )
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
    for outcome, mean, effect in LAWS[:2]:
        dgp = partial(draw_trial, n=30, outcome=outcome, mean=mean, effect=effect)
        found[f"redrawn-{outcome}-30"] = Design(
            _study(dgp, drawn, 300), f"Randomisation inference, {outcome} outcome, 30 people", TRIAL
        )
    for n in (30, 60):
        dgp = partial(draw_trial, n=n, outcome="binary", mean=0.4, effect=0.1)
        found[f"redrawn-shares-{n}"] = Design(
            _study(dgp, scores, 1_000), f"Score intervals of two shares, {n} people", TRIAL
        )
    return found


REDRAWN_DESIGNS: dict[str, Design] = {**_of_clusters(), **_of_people()}
