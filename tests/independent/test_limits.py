"""What the second route says that it does not repeat, in both languages."""

import pickle
import re
from pathlib import Path

import pytest

import effekt.independent
from effekt import independent
from effekt.independent.limits import NotRepeatedError

SOURCES = sorted(Path(effekt.independent.__file__).parent.glob("*.py"))


def test_a_refusal_has_a_swedish_sentence() -> None:
    columns = {"y": [1, 2, 3, 4], "d": [1, 1, 0, 0]}
    with pytest.raises(NotRepeatedError) as refusal:
        independent.METHODS["randomized_trial"](columns, outcome="y", treatment="d", inference="newcombe")
    assert str(refusal.value) == "the second route has no test of two shares; leave inference out."
    assert refusal.value.sv == "den har inget test av två andelar."
    again = pickle.loads(pickle.dumps(refusal.value))
    assert (str(again), again.sv) == (str(refusal.value), refusal.value.sv)


@pytest.mark.parametrize("source", SOURCES, ids=[source.name for source in SOURCES])
def test_what_the_second_route_does_not_do_is_said_in_both_languages(source: Path) -> None:
    """A sentence on what 'the second route' lacks or does alone is never an error in English alone."""
    text = source.read_text(encoding="utf-8")
    alone = re.findall(r"(?:ArgumentError|DataError)\(\s*f?\"the second route", text)
    assert not alone
