"""What the second route says that it does not repeat, in both languages."""

import ast
import inspect
import pickle
import re
from pathlib import Path

import pytest

import effekt.independent
from effekt import independent
from effekt.estimators import METHODS
from effekt.independent.limits import NotRepeatedError

SOURCES = sorted(Path(effekt.independent.__file__).parent.rglob("*.py"))


def test_a_refusal_has_a_swedish_sentence() -> None:
    columns = {"y": [1, 0, 0, 1], "d": [1, 1, 0, 0]}
    found = independent.METHODS["randomized_trial"](columns, outcome="y", treatment="d", inference="barnard")
    with pytest.raises(NotRepeatedError) as refusal:
        found["test"]("difference", 0.1, "greater")
    assert str(refusal.value) == "the second route has Barnard's test of no effect alone; leave null out."
    assert refusal.value.sv == "den har Barnards test bara av ingen effekt."
    again = pickle.loads(pickle.dumps(refusal.value))
    assert (str(again), again.sv) == (str(refusal.value), refusal.value.sv)


@pytest.mark.parametrize("source", SOURCES, ids=[source.name for source in SOURCES])
def test_what_the_second_route_does_not_do_is_said_in_both_languages(source: Path) -> None:
    """A sentence on what 'the second route' lacks or does alone is never an error in English alone."""
    text = source.read_text(encoding="utf-8")
    alone = re.findall(r"(?:ArgumentError|DataError)\(\s*f?\"the second route", text)
    assert not alone


PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "verify-a-certificate.md"
PAYMENT = (
    "payment.py",
    "payment_between.py",
    "payment_terms.py",
    "payment_events.py",
    "contract_file.py",
)  # on the page by their findings
TAKEN_APART = {"data", "outcome_range"}  # what the second route reads elsewhere, or for bounds alone


def test_the_page_says_of_each_method_what_is_not_repeated() -> None:
    """Every sentence by which a second route declines stands in the table, and every argument that it lacks."""
    table = PAGE.read_text(encoding="utf-8").split("### What the second implementation repeats")[1].split("\n\n")[2]
    rows = {name: row for row in table.splitlines()[2:] for name in re.findall(r"`(\w+)`", row.split("|")[1])}
    assert set(rows) == set(METHODS)
    for name, method in METHODS.items():
        own = inspect.signature(independent.METHODS[name]).parameters
        for argument in set(inspect.signature(method).parameters) - set(own) - TAKEN_APART:
            assert f"`{argument}`: not taken" in rows[name], (name, argument)
    said = {sentence for source in SOURCES if source.name not in PAYMENT for sentence in sentences(source)}
    assert len(said) > 20
    assert {sentence for sentence in said if f'"{sentence}"' not in table} == set()


def sentences(source: Path) -> list[str]:
    """What a module of the second route says when it declines, '…' for what it fills in."""
    calls = [node for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    texts = [call.args[0] for call in calls if isinstance(call.func, ast.Name) and call.func.id == "NotRepeatedError"]
    return [re.sub(r"\{.*?\}", "…", ast.unparse(text).removeprefix("f")[1:-1]).replace("\\'", "'") for text in texts]
