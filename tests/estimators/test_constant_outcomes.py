"""An arm, or a subgroup of it, whose outcomes are one value has exactly that mean: without an event 0, and no ratio."""

from __future__ import annotations

import numpy as np
import pytest
from two_routes import agree

import effekt
from effekt import independent
from effekt.exceptions import InferenceUnavailableError, ViewUnavailableError

N = 60
REFUSED = "`relative` needs a positive counterfactual mean; it is 0"
LIN = {"covariates": ["x"], "adjustment": "lin"}


def people(seed: int, of_controls: float = 0.0) -> dict[str, list]:
    """Events among the treated, and one outcome for all controls."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=N).round(1)
    d = (rng.random(N) < 1 / (1 + np.exp(-0.5 * x))).astype(int)
    y = np.where(d == 1, (rng.random(N) < 0.4).astype(float), of_controls)
    return {"unit": list(range(N)), "x": x.tolist(), "d": d.tolist(), "y": y.tolist()}


def matched(data, method: str):
    """The comparison by both routes."""
    match = {"unit": "unit", "treatment": "d", "covariates": ["x"], "method": method, "distance": "mahalanobis"}
    effect = effekt.matched_comparison(data, match=match, outcome="y", **LIN)
    again = independent.METHODS["matched_comparison"](data, match=match, outcome="y", **LIN)
    if effect.std_error is None:
        assert again["unavailable"] is not None
    else:
        agree(again, effect)
    return effect, again


@pytest.mark.parametrize("method", ["nearest", "optimal", "full"])
@pytest.mark.parametrize("seed", range(4))
def test_no_event_among_matched_controls(method, seed):
    effect, again = matched(people(seed), method)
    assert effect.counterfactual_mean == again["counterfactual_mean"] == 0
    with pytest.raises(ViewUnavailableError, match=REFUSED):
        effect.relative()
    assert "arm_without_variation" in [note.code for note in effect.notes]


@pytest.mark.parametrize("method", ["nearest", "full"])
def test_one_value_of_an_arm_is_its_mean(method):
    effect, again = matched(people(2, 0.1), method)
    assert effect.counterfactual_mean == float(again["counterfactual_mean"]) == 0.1
    data = people(2)
    effect, again = matched(data | {"y": [0.3 if one else 0.7 for one in data["d"]]}, method)
    assert effect.std_error is None
    assert (effect.treated_mean, effect.counterfactual_mean) == (0.3, 0.7)
    assert (float(again["treated_mean"]), float(again["counterfactual_mean"])) == (0.3, 0.7)


@pytest.mark.parametrize("method", ["nearest", "full"])
def test_no_event_among_the_treated_is_no_certain_ratio(method):
    data = people(2)
    effect, again = matched(data | {"y": [0 if one else int(i % 3 == 0) for i, one in enumerate(data["d"])]}, method)
    assert effect.treated_mean == again["treated_mean"] == 0
    with pytest.raises(InferenceUnavailableError, match="No event was seen among the treated"):
        effect.relative().confidence_interval()


# one control in town 1, without the event; all controls in town 0 had it
TOWNS = {
    "x": [1.8, -0.5, -1.6, -1.4, 0.8, 0.4, -2.4, 0.0, 1.6, 2.5, 0.3, 0.7, 0.3, 1.4, 0.6, 0.4, 0.3, 0.0, 0.0, -0.5],
    "town": [1, 0, 1, 1, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 1, 1, 0, 1, 1, 1],
    "d": [1, 0, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 0, 1, 1, 0, 1, 1, 0],
    "y": [11, 1, 3, 0, 5, 5, 1, 1, 11, 8, 5, 7, 10, 1, 3, 2, 1, 1, 2, 0],
}


def test_no_event_among_the_controls_of_a_subgroup():
    given = {"outcome": "y", "treatment": "d", "covariates": ["x"], "estimand": "ATT", "subgroup": "town"}
    effects, again = (
        effekt.doubly_robust(TOWNS, **given),
        independent.METHODS["doubly_robust"](TOWNS, **given)["members"],
    )
    for name, mean in (("0", 1), ("1", 0)):
        assert effects[name].counterfactual_mean == again[name]["counterfactual_mean"] == mean
    with pytest.raises(ViewUnavailableError, match=REFUSED):
        effects["1"].relative()


@pytest.mark.parametrize("estimand", ["ATE", "ATT", "ATC"])
def test_each_arm_of_a_subgroup_may_hold_one_value(estimand):
    """With two towns whose controls hold 0 and 1, and treated who vary."""
    data = people(2)
    town = [i % 2 for i in range(N)]
    turned = estimand == "ATC"
    arm = [1 - one for one in data["d"]] if turned else data["d"]
    y = [own if one else float(place) for own, one, place in zip(data["y"], data["d"], town, strict=True)]
    data |= {"town": town, "d": arm, "y": y}
    given = {"outcome": "y", "treatment": "d", "covariates": ["x"], "estimand": estimand, "subgroup": "town"}
    effects, again = effekt.doubly_robust(data, **given), independent.METHODS["doubly_robust"](data, **given)["members"]
    for place in (0, 1):
        agree(again[str(place)], effects[str(place)])
        mean = "treated_mean" if turned else "counterfactual_mean"
        assert getattr(effects[str(place)], mean) == again[str(place)][mean] == place


@pytest.mark.parametrize("estimand", ["ATE", "ATT"])
def test_a_mean_that_cancels_is_zero_where_others_in_the_arm_vary(estimand):
    """The outcome of the controls of town 1 varies, but not with x: the slope is 0, and so is the mean in town 0."""
    cells = [(x, town, i) for x in (0, 1, 3) for town in (0, 1) for i in range(7)]
    rows = [(x, town, d, 1 + i % 3 if d else town * (i % 3)) for x, town, i in cells for d in (0, 1) if i < 5 + 2 * d]
    data = dict(zip(("x", "town", "d", "y"), map(list, zip(*rows, strict=True)), strict=True))
    given = {"outcome": "y", "treatment": "d", "covariates": ["x"], "estimand": estimand, "subgroup": "town"}
    effects, again = effekt.doubly_robust(data, **given), independent.METHODS["doubly_robust"](data, **given)["members"]
    assert effects["0"].counterfactual_mean == again["0"]["counterfactual_mean"] == 0
    assert effects["1"].counterfactual_mean > 0
    agree(again["1"], effects["1"])
