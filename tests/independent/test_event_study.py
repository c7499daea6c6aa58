"""The second route for event studies: panels, other people in each period, third differences, refusals."""

from random import Random

import pytest

import effekt
from effekt.exceptions import ArgumentError, DataError
from effekt.independent.limits import NotRepeatedError
from effekt.independent.panels.event_study import event_study

ROLES = {"outcome": "y", "unit": "town", "time": "year", "treatment": "d"}
TREATED = ("a", "b", "c", "d")
PEOPLE = {**ROLES, "sampling": "repeated_cross_sections"}


def drawn(seed, *, people=3, kinds=(1,), years=4):
    """Return people of eight towns over the years, half of the towns treated in the last two."""
    random = Random(seed)
    columns = {name: [] for name in ("town", "year", "d", "e", "x", "y", "region")}
    for town in "abcdefgh":
        level = random.gauss(8, 1)
        for t in range(years):
            for kind in kinds:
                for _ in range(random.randrange(1, people + 1)):
                    x, on = round(random.gauss(0, 1), 2), int(town in TREATED and t >= years - 2)
                    y = level + 0.3 * t + x + kind * on + random.gauss(0, 1)
                    cells = (town, 2010 + t, on, kind, x, round(y, 3), f"r{town}")
                    for name, cell in zip(columns, cells, strict=True):
                        columns[name].append(cell)
    return columns


def compared(effects, found):
    assert list(found) == list(effects.labels)
    for label in effects.labels:
        effect, own = effects[label], found[label]
        for name in ("treated_mean", "counterfactual_mean"):
            assert float(own[name]) == pytest.approx(getattr(effect, name), rel=1e-9)
        v11, v10, v00 = effect.inference.covariance
        assert own["covariance"] == [pytest.approx([v11, v10], rel=1e-8), pytest.approx([v10, v00], rel=1e-8)]
        assert own["df"] == pytest.approx(effect.df, rel=1e-8)
        assert own["p_value"] == pytest.approx(effect.p_value(), rel=1e-7)


OPTIONS = {
    "other people": (PEOPLE, {}),
    "covariates": ({**PEOPLE, "covariates": ["x"]}, {}),
    "CR0": ({**PEOPLE, "variance": "CR0", "cluster": "region"}, {}),
    "CR3": ({**PEOPLE, "variance": "CR3", "covariates": ["x"]}, {}),
    "third difference": ({**PEOPLE, "eligible": "e"}, {"kinds": (1, 0)}),
    "third difference, covariates": ({**PEOPLE, "eligible": "e", "covariates": ["x"]}, {"kinds": (1, 0)}),
    "panel": (ROLES, {"people": 1}),
    "panel, third difference": ({**ROLES, "eligible": "e"}, {"people": 1, "kinds": (1, 0)}),
}


@pytest.mark.parametrize("name", OPTIONS)
def test_every_effect_with_its_variance_and_degrees_of_freedom(name):
    options, shape = OPTIONS[name]
    columns = drawn(4, **shape)
    compared(effekt.event_study(columns, **options), event_study(columns, **options)["members"])


def test_signs_of_clusters_of_other_people():
    columns, options = drawn(2, years=3), {**PEOPLE, "inference": "wild_bootstrap"}
    effects, found = effekt.event_study(columns, **options), event_study(columns, **options)["members"]
    for label in effects.labels:
        effect = effects[label]
        assert float(found[label]["estimate"]) == pytest.approx(effect.estimate, rel=1e-9)
        for null in (0.0, 0.7):
            own = effect.inference.p_value(effect.means, "difference", null, "two-sided")
            assert found[label]["test"]("difference", null, "two-sided") == own


def test_what_it_does_not_repeat_is_refused():
    columns = drawn(1, kinds=(1, 0))
    with pytest.raises(NotRepeatedError, match="no inference 'permutation'"):
        event_study(columns, **PEOPLE, inference="permutation")
    with pytest.raises(ArgumentError, match="sampling must be panel"):
        event_study(columns, **ROLES, covariates=["x"])
    with pytest.raises(ArgumentError, match="sampling must be panel"):
        event_study(columns, **{**ROLES, "sampling": "people"})
    with pytest.raises(DataError, match="both subgroups"):
        event_study({**columns, "e": [1] * len(columns["e"])}, **PEOPLE, eligible="e")
    with pytest.raises(DataError, match="seen in every period"):
        event_study({name: cells[8:] for name, cells in columns.items()}, **PEOPLE)
