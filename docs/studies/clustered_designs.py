"""Studies of clusters: confounded ones, pairs of them, and chances of their own."""

from __future__ import annotations

from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

from clustered import cluster_chances, in_clusters
from confounded_designs import DOUBLY, MATCHED, WEIGHTINGS, doubly, matched
from lots import blocked_clusters
from study_base import TRIAL, Design
from study_base import new_study as _study
from trial_designs import CLUSTER_VARIANCES, LAWS, LOTS, _clustered, randomized

CLUSTERED = str(Path(__file__).with_name("clustered.py"))
SIZES = (6, 10, 20)
NAMES = tuple(law[0] for law in LAWS)


def _in_clusters(law: str, clusters: int, estimand: str) -> tuple[partial[Any], str]:
    """Who is drawn, and what is said of them."""
    dgp = partial(in_clusters, clusters=clusters, per_cluster=30, law=law, estimand=estimand)
    return dgp, f"{clusters} clusters of 30 people, {estimand}, {law} outcome, a fourth treated"


def _doubly() -> dict[str, Design]:
    """Regression and weighting together, of people in clusters whose shares of treated differ widely."""
    found = {}
    for estimand, law, clusters in product(("ATT", "ATE", "ATC"), NAMES, SIZES):
        dgp, said = _in_clusters(law, clusters, estimand)
        methods: dict[str, Any] = {f"{estimand}, clusters": partial(doubly, estimand=estimand, cluster="cluster")}
        if law == "binary":
            methods[f"{estimand} logistic, clusters"] = partial(
                doubly, estimand=estimand, cluster="cluster", outcome_model="logistic"
            )
        found[f"doubly-clusters-{estimand.lower()}-{law}-{clusters}"] = Design(
            _study(dgp, methods, 200), f"Doubly robust, {said}", (*DOUBLY, CLUSTERED, LOTS)
        )
    return found


def _weights() -> dict[str, Design]:
    """Weights of the same people."""
    found = {}
    for estimand, law, clusters in product(("ATT", "ATE", "ATC"), NAMES, SIZES):
        methods: dict[str, Any] = {
            f"{name}, clusters": partial(matched, method=method, estimand=estimand, cluster="cluster")
            for name, method in WEIGHTINGS
        }
        dgp, said = _in_clusters(law, clusters, estimand)
        found[f"weighting-clusters-{estimand.lower()}-{law}-{clusters}"] = Design(
            _study(dgp, methods, 200), f"Weights, {said}", (*MATCHED, CLUSTERED, LOTS)
        )
    return found


def _paired() -> dict[str, Design]:
    """Pairs of clusters of like size."""
    methods: dict[str, Any] = {"between_pair": partial(randomized, pairs="block", cluster="cluster")}
    return {
        f"pairs-clusters-{law[0]}-{clusters}": Design(
            _study(
                partial(blocked_clusters, clusters=clusters, per_block=2, **_clustered(clusters, law)), methods, 500
            ),
            f"Pairs of clusters, {law[0]} outcome, {clusters} clusters",
            (*TRIAL, LOTS),
        )
        for clusters, law in product((8, 10, 20), LAWS)
    }


def _chances() -> dict[str, Design]:
    """Clusters treated with known chances of their own."""
    methods: dict[str, Any] = {
        "Horvitz–Thompson young": partial(randomized, adjustment="none", probability="probability", cluster="cluster")
    }
    methods |= {
        f"Hájek {name}": partial(randomized, probability="probability", cluster="cluster", variance=name)
        for name in CLUSTER_VARIANCES
    }
    return {
        f"chances-clusters-{law[0]}-{clusters}": Design(
            _study(
                partial(cluster_chances, clusters=clusters, low=0.35, high=0.65, **_clustered(clusters, law)),
                methods,
                500,
            ),
            f"Trial of {clusters} clusters with chances of 0.35 to 0.65 of their own, {law[0]} outcome",
            (*TRIAL, LOTS, CLUSTERED),
        )
        for clusters, law in product(SIZES, LAWS)
    }


CLUSTERED_DESIGNS: dict[str, Design] = {**_doubly(), **_weights(), **_paired(), **_chances()}
