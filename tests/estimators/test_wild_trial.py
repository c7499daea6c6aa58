"""`randomized_trial(..., inference="wild_bootstrap")`: what it takes, refuses and tells."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from helpers import assert_valid_effect

import effekt
from effekt._inference import Unavailable, WildBootstrap
from effekt.estimators._refusals import NO_VARIATION
from effekt.exceptions import ArgumentError


def trial(clusters=8, treated=4, seed=1, **changes):
    """Clusters of three to seven units; the first are treated."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(3, 8, clusters)
    group = np.repeat(np.arange(clusters), sizes)
    d = (group < treated).astype(int)
    x = rng.normal(size=len(group))
    y = 7 + d + x + rng.normal(size=clusters)[group] + rng.normal(size=len(group))
    data = {"y": y, "d": d, "x": x, "school": [f"s{name}" for name in group], "half": group % 2, "w": 1 + group % 3}
    return data | changes


def wild(data, **options):
    return effekt.randomized_trial(
        data, outcome="y", treatment="d", cluster="school", inference="wild_bootstrap", **options
    )


@pytest.mark.parametrize(
    "options",
    [{}, {"covariates": "x", "adjustment": "additive"}, {"weights": {"column": "w", "kind": "sampling"}}],
    ids=["means", "additive", "weights"],
)
def test_laws(options) -> None:
    assert_valid_effect(wild(trial(7, 3), **options))


def test_all_signs_need_no_chance_and_say_so() -> None:
    effect = wild(trial())
    assert effect.variance == "wild_bootstrap/1"
    assert isinstance(effect.inference, WildBootstrap)
    assert effect.rank_p_value().denominator in (2, 4, 8, 16, 32, 64, 128)
    assert effect.std_error is None
    note = next(note for note in effect.notes if note.code == "wild_bootstrap")
    assert note.text.en == (
        "Inference is by the wild cluster bootstrap with the null imposed: all 256 combinations of signs of the "
        "residuals of 8 clusters, by t statistics with CR1."
    )
    assert note.text.sv == (
        "Inferensen är en wild cluster bootstrap under nollhypotesen: alla 256 kombinationer av tecken för "
        "residualerna i 8 kluster, med t-kvoter enligt CR1."
    )


def test_drawn_signs_come_from_the_seed_and_from_nothing_else() -> None:
    data = trial(20, 9)
    first, again = (wild(data, rng=7, draws=199) for _ in range(2))
    assert first == again
    assert first.arguments["draws"] == 199
    assert first.arguments["rng"] == 7
    assert Fraction(200) % first.rank_p_value().denominator == 0
    renamed = wild(data | {"school": [f"{hash(name) % 7919}-{name}" for name in data["school"]]}, rng=7, draws=199)
    assert renamed.rank_p_value() == first.rank_p_value()
    assert "199 draws of signs from the seed 7" in first.notes[-1].text.en


def test_few_clusters_are_told_what_p_can_be() -> None:
    effect = wild(trial(5, 2))
    assert effect.confidence_interval(0.9).level == 0.9
    with pytest.raises(effekt.exceptions.InferenceUnavailableError, match=r"with 5 clusters is 1/16 \(0\.0625\)"):
        effect.confidence_interval(0.95)


UNAVAILABLE = {
    "The wild bootstrap cannot be relied on with a single cluster in an arm (MacKinnon & Webb 2017), and the treated "
    "arm has one. Choose inference='randomization'; with so few clusters its two-sided p is at least 1/8.": (
        trial(8, 1),
        {},
    ),
    "The wild bootstrap cannot be relied on with a single cluster in an arm (MacKinnon & Webb 2017), and the control "
    "arm has one. Choose inference='randomization'.": (trial(24, 23), {"rng": 1}),
    "The wild bootstrap cannot be relied on with a single cluster in an arm (MacKinnon & Webb 2017), and the treated "
    "arm has one. With one cluster in each arm no inference can tell the effect from what sets the two apart.": (
        trial(2, 1),
        {},
    ),
    "Cluster-robust inference needs at least two clusters in each arm of every block; an arm of a block has one. "
    "Choose inference='randomization'.": (
        trial(8, 3),
        {"block": "half"},
    ),
    "There is no within-arm variation, so there is no standard error.": (
        trial(8, 4) | {"y": trial(8, 4)["d"] * 2.0 + 1},
        {},
    ),
}


@pytest.mark.parametrize("sentence", UNAVAILABLE)
def test_what_cannot_be_relied_on(sentence) -> None:
    data, options = UNAVAILABLE[sentence]
    effect = wild(data, **options)
    assert isinstance(effect.inference, Unavailable)
    assert effect.inference.reason.en == sentence
    assert_valid_effect(effect)


@pytest.mark.parametrize("block", [None, "half"])
def test_no_event_at_all_leaves_no_inference(block) -> None:
    data = trial(8, 4)
    effect = wild(data | {"y": [0] * len(data["d"])}, block=block)
    assert effect.inference == Unavailable(reason=NO_VARIATION)
    assert (effect.estimate, effect.std_error) == (0, None)


REFUSED = {
    "`inference` 'wild_bootstrap' needs a cluster; name it, or choose another inference.": {"cluster": None},
    "`inference` 'wild_bootstrap' takes the covariates as they are; choose population='finite', or "
    "adjustment='additive'.": {"covariates": "x"},
    "`inference` 'wild_bootstrap' takes no variance; leave `variance` out, or choose inference='asymptotic'.": {
        "variance": "CR1"
    },
    "`inference` 'wild_bootstrap' takes no pairs; leave `pairs` out, name them in `block` with adjustment='additive', "
    "or choose 'randomization'.": {"pairs": "half"},
    "`inference` 'wild_bootstrap' needs a regression, and adjustment='none' with a probability is none; choose "
    "adjustment='lin'.": {"probability": "w", "adjustment": "none"},
}


@pytest.mark.parametrize("sentence", REFUSED)
def test_what_is_refused(sentence) -> None:
    options = {"cluster": "school"} | REFUSED[sentence]
    with pytest.raises(ArgumentError) as refusal:
        effekt.randomized_trial(trial(), outcome="y", treatment="d", inference="wild_bootstrap", **options)
    assert str(refusal.value) == sentence


def test_chance_is_asked_for_where_it_is_needed() -> None:
    with pytest.raises(ArgumentError) as refusal:
        wild(trial(17, 8))
    assert str(refusal.value) == (
        "`rng` must be an integer seed or a numpy.random.Generator where weights are drawn; got None. With 17 clusters "
        "there are more than 100,000 combinations of signs."
    )


def test_what_no_seed_mends_is_told_before_a_seed_is_asked_for() -> None:
    data = trial(24, 12)
    own = np.where(np.array(data["school"]) == "s2", 1.0, 0.0)
    for refused, options in (
        (trial(24, 23), {}),
        (trial(24, 1), {}),
        (data | {"x": own}, {"covariates": "x", "adjustment": "additive"}),
        (data | {"y": np.array(data["d"]) * 2.0 + 1}, {}),
    ):
        effect = wild(refused, **options)
        assert isinstance(effect.inference, Unavailable)
        assert wild(refused, **options, rng=1).inference == effect.inference


@pytest.mark.parametrize("rows", [1, 60], ids=["few rows", "many rows"])
def test_a_cluster_that_determines_a_coefficient_alone_is_seen(rows) -> None:
    data = trial(8, 4)
    data = {name: np.repeat(column, rows) for name, column in data.items()}
    own = np.array(data["school"]) == "s2"
    for values in (np.ones(len(own)), np.random.default_rng(1).normal(size=len(own))):
        effect = wild(data | {"x": np.where(own, values, 0.0)}, covariates="x", adjustment="additive")
        assert isinstance(effect.inference, Unavailable)
        assert "One cluster alone determines" in effect.inference.reason.en


def test_the_ways_out_of_pairs_are_open() -> None:
    """Each arm of a pair is one cluster, so that only a model without means of each block's own takes them."""
    data = trial(12, 6)
    paired = data | {"pair": [int(name[1:]) % 6 for name in data["school"]]}
    with pytest.raises(ArgumentError, match="name them in `block` with adjustment='additive'"):
        wild(paired, pairs="pair")
    assert wild(paired, block="pair", adjustment="additive").p_value() < 1
    assert isinstance(wild(paired, block="pair").inference, Unavailable)
    lot = effekt.randomized_trial(
        paired, outcome="y", treatment="d", cluster="school", pairs="pair", inference="randomization"
    )
    assert lot.p_value() < 1
