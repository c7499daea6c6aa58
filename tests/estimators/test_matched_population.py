"""Every matched comparison with inference says which population it is for."""

import numpy as np
import pytest

import effekt

WHO = {"ATT": "treated units", "ATC": "controls", "ATE": "units", "ATO": "units"}
WHO_SV = {"ATT": "de behandlade", "ATC": "kontrollerna", "ATE": "enheterna", "ATO": "enheterna"}
ENDING = "represent, and not for the effect on these very units, which may differ from it."
SETS = {"method": "exact", "covariates": "class"}


def people(n=160):
    rng = np.random.default_rng(3)
    group = rng.integers(0, 2, n)
    x = group + rng.normal(size=n)
    z = (rng.random(n) < 0.4).astype(int)
    return {
        "person": [f"p{i:03d}" for i in range(n)],
        "x": x,
        "class": [f"k{i}" for i in group],
        "office": [f"o{i % 10}" for i in range(n)],
        "trained": z,
        "days": 20 + group + rng.normal(0, 5, n) + 2 * z,
    }


def said(match, **options):
    chosen = {"unit": "person", "treatment": "trained", "covariates": "x", **match}
    if chosen["method"] == "full":
        chosen["tie_orders"] = 1
    effect = effekt.matched_comparison(people(), match=chosen, outcome="days", **options)
    (one,) = [note.text for note in effect.notes if note.code == "population"] or [None]
    return effect, one


@pytest.mark.parametrize("estimand", ["ATT", "ATC", "ATE"])
@pytest.mark.parametrize(
    ("match", "options", "variance", "among"),
    [
        ({"method": "full"}, {}, "CR2/1", "matched"),
        (SETS, {"variance": "CR2"}, None, "matched"),
        ({"method": "full"}, {"covariates": "x"}, "CR2/1", "matched"),
        (SETS, {"covariates": "x"}, "HC2/1", "matched"),
        ({"method": "nearest", "replace": True}, {"variance": "abadie_imbens"}, "abadie_imbens/1", "matched"),
        ({"method": "entropy_balancing"}, {}, "m_estimation/1", "compared"),
        ({"method": "inverse_probability"}, {"variance": "sandwich"}, "sandwich/1", "compared"),
        ({"method": "entropy_balancing"}, {"covariates": "x"}, "m_estimation/1", "compared"),
    ],
)
def test_every_inference_says_so(match, options, variance, among, estimand):
    effect, text = said({**match, "estimand": estimand}, **options)
    if variance is None:  # two sets are too few to compare: no inference, and nothing said of it
        assert (effect.variance, text) == ("none/1", None)
        return
    assert effect.variance == variance
    assert text.en == (
        f"Standard error, interval and p are for the effect in the population that the {among} {WHO[estimand]} {ENDING}"
    )
    where = {"matched": "matchningen", "compared": "jämförelsen"}[among]
    assert text.sv == (
        f"Medelfel, intervall och p gäller effekten i den population som {WHO_SV[estimand]} i {where} representerar, "
        "och inte effekten på just dessa enheter, som kan vara en annan."
    )


@pytest.mark.parametrize(("options", "variance"), [({}, "HC2/1"), ({"cluster": "office"}, "CR2_within/1")])
def test_within_sets_their_shares_are_as_they_are(options, variance):
    effect, text = said(SETS, **options)
    assert effect.variance == variance
    assert "the matched treated units represent, divided among the sets as they are, and not for" in text.en
    assert "representerar, fördelad på de matchade grupperna som de är fördelade, och inte effekten" in text.sv


def test_by_the_weights_of_overlap_it_is_the_population_of_those_weights():
    _, text = said({"method": "overlap", "estimand": "ATO"})
    assert "the compared units represent, weighted towards those who could have been in either arm, and not" in text.en
    assert "med störst vikt för dem som kunde ha hamnat i endera gruppen, och inte" in text.sv


@pytest.mark.parametrize(
    ("match", "options"),
    [
        ({"method": "nearest", "replace": True}, {"variance": "abadie_imbens", "population": "SATT"}),
        ({"method": "full"}, {"covariates": "x", "population": "SATT"}),
    ],
)
def test_at_hand_it_is_the_effect_expected_by_their_covariates(match, options):
    _, text = said(match, **options)
    assert "are for the effect expected of the matched treated units at hand given their covariates, and not" in text.en
    assert "den effekt som är att vänta för de behandlade i matchningen givet deras kovariater" in text.sv


def test_without_inference_nothing_is_said_of_it():
    effect, text = said({"method": "nearest", "replace": True})
    assert (effect.variance, text) == ("none/1", None)
