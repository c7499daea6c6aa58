"""What all data sets share: names, chance by seed alone, and the truth in the form of views."""

from importlib.resources import files

import numpy as np
import pytest

from effekt import datasets
from effekt.datasets import (
    Cohort,
    helsingborg,
    names,
    observational,
    sick_leave_panel,
    staggered_panel,
    trial,
    two_group_panel,
)
from effekt.exceptions import ArgumentError

SYNTHETIC = (observational, sick_leave_panel, staggered_panel, trial, two_group_panel)


def content(cohort: Cohort) -> list[object]:
    return [repr(cohort.table.raw(name)) for name in cohort.table.columns] + [dict(cohort.truth)]


def test_names_are_the_public_functions() -> None:
    assert names() == tuple(sorted(set(datasets.__all__) - {"Cohort", "names"}))
    assert all(callable(getattr(datasets, name)) for name in names())


def test_helsingborg_as_published() -> None:
    table = helsingborg()
    values = np.array(table.to_pandas()["sick_leave_percent"]).reshape(5, 11)
    municipalities = np.array(table.raw("municipality")).reshape(5, 11)
    assert (municipalities == municipalities[0]).all()
    assert values[0, 0] == 6.43
    assert values[4, 10] == 5.54
    counterfactual = [
        values[:2, i].mean() * np.delete(values, i, 1)[2:].mean() / np.delete(values, i, 1)[:2].mean()
        for i in range(11)
    ]
    relative = values[2:].mean(axis=0) / counterfactual - 1
    assert relative.std(ddof=1) == pytest.approx(0.0808, abs=5e-5)


def test_real_data_have_a_readme_with_a_codebook() -> None:
    text = (files("effekt.datasets") / "helsingborg" / "README.md").read_text(encoding="utf-8")
    assert "Familjen Helsingborg" in text
    assert all(f"| `{column}` |" in text for column in helsingborg().columns)


@pytest.mark.parametrize("make", SYNTHETIC)
def test_a_seed_decides_every_digit(make) -> None:
    assert content(make(rng=7)) == content(make(rng=7)) == content(make(rng=np.random.default_rng(7)))
    assert content(make(rng=7)) != content(make(rng=8))


@pytest.mark.parametrize("make", SYNTHETIC)
def test_a_generator_goes_on(make) -> None:
    generator = np.random.default_rng(7)
    assert content(make(rng=generator)) != content(make(rng=generator))


@pytest.mark.parametrize("make", SYNTHETIC)
@pytest.mark.parametrize(
    ("rng", "sentence"),
    [
        (None, "`rng` must be an integer seed from 0 or a numpy.random.Generator; got None."),
        (-1, "`rng` must be an integer seed from 0 or a numpy.random.Generator; got -1."),
        ("7", "`rng` must be an integer seed from 0 or a numpy.random.Generator; got '7'."),
    ],
)
def test_chance_must_be_given(make, rng, sentence) -> None:
    with pytest.raises(ArgumentError) as raised:
        make(rng=rng)
    assert str(raised.value) == sentence


@pytest.mark.parametrize("make", SYNTHETIC)
def test_truth_is_one_effect_in_every_view(make) -> None:
    truth = make(rng=7).truth
    views = {name for name in truth if not name.startswith("(")}  # others are effects of a cohort in a year
    assert views == {"treated_mean", "counterfactual_mean", "difference", "relative", "ratio"}
    assert truth["treated_mean"] - truth["counterfactual_mean"] == pytest.approx(truth["difference"], rel=1e-12)
    assert truth["treated_mean"] / truth["counterfactual_mean"] == pytest.approx(truth["ratio"], rel=1e-12)
    assert truth["ratio"] - 1 == pytest.approx(truth["relative"], rel=1e-12)


def test_a_relative_truth_needs_a_positive_counterfactual() -> None:
    assert set(trial(rng=7, mean=-1.0, effect=0.5).truth) == {"treated_mean", "counterfactual_mean", "difference"}


@pytest.mark.parametrize("make", SYNTHETIC)
def test_described_in_both_languages(make) -> None:
    description = make(rng=7).description
    assert description.en.startswith(("A synthetic", "Synthetic"))
    assert description.sv.startswith(("En syntetisk", "Syntetiska"))
