"""Further studies without randomisation: other estimands, few people, outcomes that are not normal."""

from __future__ import annotations

from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import study_base
from confounded import taking_part
from numpy.random import Generator
from sklearn.linear_model import LinearRegression, LogisticRegression
from study_base import SEED, Design
from study_base import new_study as _study

import effekt
from effekt.datasets import Cohort, observational

COHORTS = str(Path(__file__).with_name("confounded.py"))
MATCHED = (*study_base.MATCHED, COHORTS)
DOUBLY = (*study_base.DOUBLY, COHORTS)
COVARIATES = ["baseline", "age", "female"]
WEIGHTED = {  # replicates of each outcome and size
    "ATT": {
        "normal": {30: 400, 60: 300, 200: 500, 2_000: 200},
        "skewed": {30: 200, 60: 300, 200: 500, 2_000: 200},
        "binary": {30: 500, 60: 500, 200: 400, 2_000: 500},
    },
    "ATC": {
        "normal": {30: 400, 60: 500, 200: 400, 2_000: 500},
        "skewed": {30: 500, 60: 200, 200: 500, 2_000: 200},
        "binary": {30: 500, 60: 500, 200: 500, 2_000: 200},
    },
    "ATE": {
        "normal": {30: 400, 60: 300, 200: 400, 2_000: 500},
        "skewed": {30: 500, 60: 200, 200: 400, 2_000: 200},
        "binary": {30: 400, 60: 300, 200: 400, 2_000: 200},
    },
    "ATO": {
        "normal": {30: 400, 60: 500, 200: 400, 2_000: 200},
        "skewed": {30: 500, 60: 200, 200: 500, 2_000: 200},
        "binary": {30: 500, 60: 300, 200: 500, 2_000: 200},
    },
}
DOUBLED = (
    ("ATT", "skewed", 200, 500),
    ("ATT", "binary", 200, 500),
    ("ATE", "skewed", 200, 500),
    ("ATE", "binary", 200, 500),
    *((estimand, law, n, 500) for estimand in ("ATT", "ATE") for law in ("skewed", "binary") for n in (30, 60)),
    *(("ATC", law, n, 500) for law in ("normal", "skewed", "binary") for n in (30, 60, 200)),
    *((estimand, law, 2_000, 200) for estimand in ("ATT", "ATE", "ATC") for law in ("skewed", "binary")),
    ("ATC", "normal", 2_000, 500),
    *(
        (estimand, "normal", n, 400 if (estimand, n) == ("ATT", 30) else 200)
        for n in (30, 60)
        for estimand in ("ATT", "ATE")
    ),
)
WEIGHTINGS = (
    ("inverse probability", "inverse_probability"),
    ("entropy balancing", "entropy_balancing"),
    ("CBPS", "covariate_balancing_propensity"),
)


def matched(table: Any, **arguments: Any) -> effekt.EffectEstimate:
    """Matched or weighted on everything that drives who takes part, and compared."""
    compared = ("variance", "bias_adjustment", "population", "cluster")
    options = {name: arguments.pop(name) for name in compared if name in arguments}
    match = effekt.match_controls(table, unit="unit", treatment="treatment", covariates=COVARIATES, **arguments)
    return effekt.matched_comparison(table, match=match, outcome="outcome", **options)


def regressed(table: Any, **arguments: Any) -> effekt.EffectEstimate:
    """Matched on everything that drives who takes part, and the outcome regressed on the same in each arm."""
    match = effekt.match_controls(table, unit="unit", treatment="treatment", covariates=COVARIATES, **arguments)
    return effekt.matched_comparison(table, match=match, outcome="outcome", covariates=COVARIATES)


def doubly(table: Any, **arguments: Any) -> effekt.EffectEstimate:
    """Regression and weighting, both with all covariates as they are."""
    effect = effekt.doubly_robust(table, outcome="outcome", treatment="treatment", covariates=COVARIATES, **arguments)
    assert isinstance(effect, effekt.EffectEstimate)
    return effect


def at_hand(rng: Generator, **arguments: Any) -> Cohort:
    """A cohort whose truth is that of the treated at hand."""
    return observational(rng=rng, population="SATT", **arguments)


def _cohort(n: int, law: str, estimand: str, share: float = 0.25) -> partial[Cohort]:
    """Half a standard deviation apart, with effects that grow with the baseline."""
    return partial(taking_part, n=n, law=law, estimand=estimand, gain=0.25, growth=0.15, share_treated=share, apart=0.5)


def _weights() -> dict[str, Design]:
    """Every weighting of each estimand."""
    found = {}
    for estimand, replicates in WEIGHTED.items():
        wanted = (("overlap", "overlap"),) if estimand == "ATO" else WEIGHTINGS
        methods = {name: partial(matched, method=method, estimand=estimand) for name, method in wanted}
        for law, n in ((law, n) for law, sizes in replicates.items() for n in sizes):
            found[f"weighting-{estimand.lower()}-{law}-{n}"] = Design(
                _study(_cohort(n, law, estimand), methods, replicates[law][n]),
                f"Weights of {n} people, {estimand}, {law} outcome, a fourth treated",
                MATCHED,
            )
    return found


def _matches() -> dict[str, Design]:
    methods: dict[str, Any] = {
        "nearest pairs": partial(matched, tie_orders=1),
        "nearest pairs, caliper 0.2": partial(matched, tie_orders=1, caliper=0.2),
        "optimal pairs": partial(matched, method="optimal", tie_orders=1),
        "full matching": partial(matched, method="full", tie_orders=1),
        "shared controls": partial(matched, replace=True, variance="abadie_imbens"),
        "shared controls, bias adjusted": partial(
            matched, replace=True, variance="abadie_imbens", bias_adjustment=COVARIATES
        ),
    }
    return {
        f"matching-{law}-{n}": Design(
            _study(_cohort(n, law, "ATT"), methods, replications),
            f"Matched comparisons of {n} people, {law} outcome, a fourth treated",
            MATCHED,
        )
        for law, n, replications in (
            ("normal", 30, 200),
            ("skewed", 30, 500),
            ("binary", 30, 500),
            ("normal", 60, 300),
            ("skewed", 60, 200),
            ("binary", 60, 300),
            ("normal", 200, 500),
            ("skewed", 200, 500),
            ("binary", 200, 500),
        )
    }


def _classes() -> dict[str, Design]:
    """Five classes of the propensity, where the outcome is not normal."""
    return {
        f"matching-sets-{law}-{n}": Design(
            _study(
                _cohort(n, law, "ATT"),
                {"five classes": partial(matched, method="subclassification", subclasses=5)},
                replications,
            ),
            f"Five classes of the propensity, {n} people, {law} outcome, a fourth treated",
            MATCHED,
        )
        for law, (n, replications) in product(("skewed", "binary"), ((200, 500), (2_000, 300)))
    }


def _shared() -> dict[str, Design]:
    """With few treated the normal reference of the shared controls is put to a closer test."""
    methods: dict[str, Any] = {
        f"shared controls{said}": partial(matched, replace=True, variance="abadie_imbens", bias_adjustment=adjusted)
        for said, adjusted in (("", ()), (", bias adjusted", COVARIATES))
    }
    return {
        f"matching-shared-{law}-{n}": Design(
            _study(_cohort(n, law, "ATT"), methods, replications),
            f"Shared controls, {n} people, {law} outcome, a fourth treated",
            MATCHED,
        )
        for law, n, replications in (
            *((law, 40, 500) for law in ("skewed", "binary")),
            ("normal", 40, 1_000),
            ("normal", 60, 1_000),
            ("binary", 60, 1_000),
            ("normal", 120, 1_000),
            *((law, 120, 500) for law in ("skewed", "binary")),
            ("skewed", 200, 1_000),
            ("binary", 200, 500),
            ("skewed", 400, 500),
            ("skewed", 60, 500),
            ("normal", 200, 500),
            *((law, 400, 300) for law in ("normal", "binary")),
        )
    }


def _between() -> dict[str, Design]:
    """Controls that are shared, of the treated and of both arms, by the variance between groups that share none."""
    return {
        f"matching-between{name}-{law}-{n}": Design(
            _study(
                _cohort(n, law, asked.get("estimand", "ATT")),
                {f"{said}, between sets": partial(matched, replace=True, variance="CR2", **asked)},
                500,
            ),
            f"{said.capitalize()} by CR2, {n} people, {law} outcome, a fourth treated",
            MATCHED,
        )
        for name, asked, said in (
            ("", {}, "shared controls"),
            ("-everybody", {"estimand": "ATE"}, "both arms matched"),
        )
        for law, n in product(("normal", "skewed", "binary"), (60, 200, 2_000))
    }


def _everybody() -> dict[str, Design]:
    """Matches of the treated and of the untreated where outcomes are not normal."""
    methods: dict[str, Any] = {
        f"both arms matched{said}": partial(
            matched, replace=True, estimand="ATE", variance="abadie_imbens", bias_adjustment=adjusted
        )
        for said, adjusted in (("", ()), (", bias adjusted", COVARIATES))
    }
    return {
        f"matching-everybody-{law}-{n}": Design(
            _study(_cohort(n, law, "ATE"), methods, 200 if n == 2_000 else 500),
            f"Both arms matched, {n} people, {law} outcome, a fourth treated",
            MATCHED,
        )
        for law, n in product(("skewed", "binary"), (60, 200, 2_000))
    }


def _choices() -> dict[str, Design]:
    """What else a match of pairs, or a weighting, can be told: another curve, turn, or range, and squares."""
    pairs: dict[str, dict[str, Any]] = {
        "probit": {"propensity": "probit"},
        "the smallest first": {"order": "smallest"},
        "keyed turns": {"order": "keyed"},
        "controls outside the range discarded": {"discard": "control"},
    }
    methods: dict[str, Any] = {
        f"nearest pairs, {said}": partial(matched, tie_orders=1, **choice) for said, choice in pairs.items()
    }
    squares: dict[str, Any] = {
        f"{name}, squares too": partial(matched, method=method, moments=2) for name, method in WEIGHTINGS[1:]
    }
    return {
        f"{family}-{what}-normal-200": Design(_study(_cohort(200, "normal", "ATT"), own, 500), title, MATCHED)
        for family, what, own, title in (
            ("matching", "choices", methods, "Nearest pairs by other choices, 200 people, a fourth treated"),
            ("weighting", "squares", squares, "Weights that balance squares too, 200 people, ATT, a fourth treated"),
        )
    }


def _estimated() -> dict[str, Design]:
    """A propensity taken as given, and counted as estimated."""
    found = {}
    for estimand in ("ATT", "ATE"):
        methods: dict[str, Any] = {
            f"shared controls, propensity {said}": partial(matched, replace=True, variance=variance, estimand=estimand)
            for said, variance in (("as given", "abadie_imbens"), ("estimated", "abadie_imbens_estimated"))
        }
        for n in (60, 200):
            found[f"matching-estimated-{estimand.lower()}-{n}"] = Design(
                _study(_cohort(n, "normal", estimand), methods, 500),
                f"Shared controls by the propensity, {n} people, {estimand}, a fourth treated: given, and estimated",
                MATCHED,
            )
    return found


def _plain() -> dict[str, Design]:
    """The plain sandwich, as other packages report it, beside the variance that leaves each row out."""
    found = {}
    for estimand in ("ATT", "ATE"):
        weighted: dict[str, Any] = {
            f"inverse probability, {variance}": partial(
                matched, method="inverse_probability", estimand=estimand, variance=variance
            )
            for variance in ("m_estimation", "sandwich")
        }
        both: dict[str, Any] = {
            f"{estimand} {variance}": partial(doubly, estimand=estimand, variance=variance)
            for variance in ("m_estimation", "sandwich")
        }
        for n in (60, 200):
            for name, methods, said, files in (
                ("weighting", weighted, "Weights of", MATCHED),
                ("doubly", both, "Doubly robust,", DOUBLY),
            ):
                found[f"{name}-sandwich-{estimand.lower()}-{n}"] = Design(
                    _study(_cohort(n, "normal", estimand), methods, 500),
                    f"{said} {n} people, {estimand}, a fourth treated: each row left out, and the plain sandwich",
                    files,
                )
    return found


def _regressed() -> dict[str, Design]:
    """A regression after matching: of pairs and sets by CR2, of classes by HC2."""
    methods: dict[str, Any] = {
        "nearest pairs, lin": partial(regressed, tie_orders=1),
        "nearest pairs, caliper 0.2, lin": partial(regressed, tie_orders=1, caliper=0.2),
        "optimal pairs, lin": partial(regressed, method="optimal", tie_orders=1),
        "full matching, lin": partial(regressed, method="full", tie_orders=1),
        "five classes, lin": partial(regressed, method="subclassification", subclasses=5),
    }
    return {
        f"matching-regressed-{law}-{n}": Design(
            _study(_cohort(n, law, "ATT"), methods, replications),
            f"A regression after matching, {n} people, {law} outcome, a fourth treated",
            MATCHED,
        )
        for law, n, replications in (("normal", 60, 500), ("skewed", 60, 500), ("skewed", 200, 500))
    }


def _at_hand() -> dict[str, Design]:
    methods: dict[str, Any] = {
        f"{population}{said}": partial(
            matched, replace=True, variance="abadie_imbens", population=population, bias_adjustment=adjusted
        )
        for population in ("SATT", "PATT")
        for said, adjusted in (("", ()), (", bias adjusted", COVARIATES))
    }
    return {
        f"matching-satt-{n}": Design(
            _study(partial(at_hand, n=n, confounding=0.5, share_treated=0.2, heterogeneity=4.0), methods, replications),
            f"Shared controls, {n} people: errors of SATT and of PATT against the effect on the treated at hand",
            MATCHED[:-1],
        )
        for n, replications in ((200, 300),)
    }


def _doubly() -> dict[str, Design]:
    found = {}
    for estimand, law, n, replications in DOUBLED:
        methods: dict[str, Any] = {f"{estimand} m_estimation": partial(doubly, estimand=estimand)}
        if law == "binary":
            methods[f"{estimand} logistic m_estimation"] = partial(doubly, estimand=estimand, outcome_model="logistic")
        found[f"doubly-{estimand.lower()}-{law}-{n}"] = Design(
            _study(_cohort(n, law, estimand), methods, replications),
            f"Doubly robust {estimand}, {n} people, {law} outcome, a fourth treated",
            DOUBLY,
        )
    return found


def _learners() -> dict[str, Design]:
    """Cross-fitting where no replicate takes seconds: a logistic and a linear regression as a pair of one's own."""
    pair = LogisticRegression(C=1e6, max_iter=1_000), LinearRegression()
    methods: dict[str, Any] = {"ATT cross-fitted": partial(doubly, estimand="ATT", learner=pair, rng=SEED)}
    return {
        f"learners-pair-{law}-{n}": Design(
            _study(_cohort(n, law, "ATT"), methods, 100),
            f"Doubly robust ATT, cross-fitted by regressions, {n} people, {law} outcome, a fourth treated",
            DOUBLY,
        )
        for law, n in (("normal", 60), ("normal", 200), ("normal", 2_000), ("skewed", 200), ("binary", 200))
    }


CONFOUNDED_DESIGNS: dict[str, Design] = {
    **_weights(),
    **_matches(),
    **_classes(),
    **_shared(),
    **_between(),
    **_everybody(),
    **_choices(),
    **_estimated(),
    **_plain(),
    **_regressed(),
    **_at_hand(),
    **_doubly(),
    **_learners(),
}
