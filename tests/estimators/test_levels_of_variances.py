"""No variance of trials, compliers, matching, weighting or panels loses digits to the square of an outcome's level.

Outcomes are whole 64ths, which are exact at each level, so that a standard error is that of level 0 to roundings of the
level beside the spread: a formula whose terms grow with the level would lose their square. Rates have the level on the
rate; Horvitz and Thompson's totals are left out, whose variance is that of the level too.
"""

import numpy as np
import pytest

import effekt
from effekt.independent import METHODS
from effekt.independent.statistics import spread_statistic, view_of
from effekt.result import EffectSet
from effekt.workflow.recomputed.second_figures import second_arguments

EPS = np.finfo(float).eps
N = 48
HC, CR = ("HC0", "HC1", "HC2", "HC3", "welch"), ("CR0", "CR1", "CR1S", "CR2", "CR3")


def people():
    """Blocks, pairs, and clusters of unequal size that are paired too, each with its assignment."""
    rng = np.random.default_rng(7)
    cluster = np.repeat(np.arange(16), [1, 2, 3, 4, 5, 3, 2, 4, 1, 5, 3, 2, 4, 4, 3, 2])
    x, d = np.round(rng.normal(size=N), 2), np.tile([1, 0, 0, 1], N // 4)
    found = {
        "u": [f"u{i}" for i in range(N)],
        "x": x,
        "d": d,
        "r": d * (rng.random(N) < 0.8),
        "b": np.repeat(["a", "b"], N // 2),
        "p": [f"p{i // 2}" for i in range(N)],
        "g": [f"g{one}" for one in cluster],
        "gp": [f"q{one // 2}" for one in cluster],
        "dg": cluster % 2,
        "rg": (cluster % 2) * (rng.random(N) < 0.8),
        "w": rng.integers(1, 4, N),
        "prob": np.where(np.arange(N) < N // 2, 0.5, 0.4),
        "y": 2 * x + d + rng.normal(size=N) + rng.normal(size=16)[cluster],
    }
    return {name: np.asarray(column).tolist() for name, column in found.items()}


def years():
    """Fourteen units in four years, half of which adopt in the third or the fourth or never."""
    rng = np.random.default_rng(5)
    unit, time = np.repeat(np.arange(14), 4), np.tile([2001, 2002, 2003, 2004], 14)
    start = np.choose(unit % 3, [2003, 2004, 9999])
    found = {
        "u": [f"u{one}" for one in unit],
        "k": [f"k{one // 2}" for one in unit],
        "t": time,
        "d": (start == 2003).astype(int) * (time >= 2003),
        "s": start,
        "x": np.repeat(np.round(rng.normal(size=14), 2), 4),
        "y": rng.normal(size=len(unit)) + rng.normal(size=14)[unit] + (time >= start),
    }
    found = {name: np.asarray(column).tolist() for name, column in found.items()}
    return found | {"s": [None if one == 9999 else one for one in found["s"]]}


def two_groups():
    """The same without those that adopt in the fourth year."""
    data = years()
    kept = [i for i, one in enumerate(data["s"]) if one != 2004]
    return {name: [column[i] for i in kept] for name, column in data.items()}


def called(method, make, **options):
    return make, method, {"outcome": "y", "treatment": "d"} | options


def compared(method, more=None, **options):
    match = {"unit": "u", "treatment": "d", "covariates": ["x"], "method": method} | (more or {})
    return people, effekt.matched_comparison, {"match": match, "outcome": "y"} | options


GROUPS = {"treatment": "dg", "cluster": "g"}
TRIALS = {
    **{f"{name}": {"variance": name} for name in HC},
    **{f"{name}": GROUPS | {"covariates": ["x"], "variance": name} for name in CR},
    "additive": {"covariates": ["x"], "adjustment": "additive"},
    "lin": {"covariates": ["x"], "block": "b"},
    "lin of the units": {"covariates": ["x"], "population": "finite"},
    "lin by block": {"covariates": ["x"], "block": "b", "adjustment": "lin_by_block"},
    "treated": {"block": "b", "estimand": "ATT"},
    "clusters alike": GROUPS | {"cluster_weighted": True},
    "sampling weights": {"weights": {"column": "w", "kind": "sampling"}},
    "frequency weights": {"weights": {"column": "w", "kind": "frequency"}},
    "precision weights": {"weights": {"column": "w", "kind": "precision"}},
    "probabilities": {"probability": "prob"},
    "rates": {"exposure": "w"},
    "rates of clusters": GROUPS | {"exposure": "w"},
    "pairs": {"pairs": "p"},
    "pairs, lin": {"pairs": "p", "covariates": ["x"]},
    "pairs of clusters": GROUPS | {"pairs": "gp"},
    "pairs of clusters, treated": GROUPS | {"pairs": "gp", "estimand": "ATT"},
    "pairs of clusters, additive": GROUPS | {"pairs": "gp", "covariates": ["x"], "adjustment": "additive"},
    "pairs of clusters, lin": GROUPS | {"pairs": "gp", "covariates": ["x"]},
    "pairs of clusters alike": GROUPS | {"pairs": "gp", "cluster_weighted": True},
}
PANELS = {"unit": "u", "time": "t"}
DESIGNS = {
    **{f"trial, {name}": called(effekt.randomized_trial, people, **options) for name, options in TRIALS.items()},
    **{
        f"compliers, {name}": called(
            effekt.complier_effect, people, **options, received="rg" if "cluster" in options else "r"
        )
        for name, options in TRIALS.items()
        if name != "welch" and not ("pairs" in options and "covariates" in options)
    },
    "matched nearest": compared("nearest"),
    "matched, drawn again": compared("nearest", {"replace": True}, variance="abadie_imbens"),
    "matched, bias adjusted": compared("nearest", {"replace": True}, variance="abadie_imbens", bias_adjustment=["x"]),
    "matched, of the units": compared("nearest", {"replace": True}, variance="abadie_imbens", population="SATT"),
    "matched, lin": compared("nearest", adjustment="lin", covariates=["x"]),
    "matched optimal": compared("optimal"),
    "matched full": compared("full"),
    "matched by classes": compared("subclassification", {"subclasses": 3}),
    "weighted by propensity": compared("inverse_probability"),
    "weighted for all": compared("inverse_probability", {"estimand": "ATE"}),
    "weighted by overlap": compared("overlap", {"estimand": "ATO"}),
    "weighted, clusters": compared("inverse_probability", cluster="g"),
    "weighted by entropy": compared("entropy_balancing"),
    "doubly robust": called(effekt.doubly_robust, people, covariates=["x"]),
    "doubly robust, treated": called(effekt.doubly_robust, people, covariates=["x"], estimand="ATT"),
    **{
        f"two groups, {name}": called(effekt.difference_in_differences, two_groups, **PANELS, variance=name)
        for name in CR
    },
    "two groups, clusters": called(effekt.difference_in_differences, two_groups, **PANELS, cluster="k"),
    "event study": called(effekt.event_study, two_groups, **PANELS),
    **{
        f"staged adoption, {name}": (
            years,
            effekt.staggered_adoption,
            {"outcome": "y", "start": "s", "estimator": name} | PANELS,
        )
        for name in ("group_time", "imputation")
    },
}


def errors_of(result):
    members = [result[label] for label in result.labels] if isinstance(result, EffectSet) else [result]
    return [one.std_error for one in members if one.std_error is not None]


def errors_again(data, result, taken):
    """Of the second route, in the order of the members."""
    first = result.effects[0] if isinstance(result, EffectSet) else result
    second = METHODS[first.method]
    columns = {name: ["" if cell is None else str(cell) for cell in cells] for name, cells in data.items()}
    found = second(columns, **second_arguments(second, taken, with_inference=True))
    difference = view_of("difference", None, 1)
    members = [found["members"][label] for label in result.labels] if isinstance(result, EffectSet) else [found]
    errors = [
        spread_statistic(one, difference, "std_error") if "effects" in one else one["std_error"] for one in members
    ]
    return [error for error in errors if error is not None]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("design", DESIGNS)
def test_a_standard_error_loses_no_more_than_level_over_spread(design):
    make, method, options = DESIGNS[design]
    data = make()
    ones = np.array(data[options["exposure"]]) if "exposure" in options else np.ones(len(data["y"]))
    for spread in (1, 200):
        own = np.round(64 * spread * np.array(data["y"])) / 64

        def both(level, own=own):
            moved = data | {"y": (own + level * ones).tolist()}
            result = method(moved, **options)
            return np.array([errors_of(result), errors_again(moved, result, options)])

        before = both(0)
        assert before.size
        for level in (1e6, 1e8):
            assert both(level) == pytest.approx(before, rel=64 * EPS * level / np.std(own))
