"""Of every check that the package can make, run or not, each number counts units or is declared to count none."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import every_check
import pytest
from source_tree import MODULES, PACKAGE, imports, parse

from effekt._text import Text
from effekt.certificates.check_numbers import MEASURES, NOT_OF_UNITS, OF_NO_UNITS, is_count
from effekt.certificates.published import published
from effekt.diagnostics.ledger import STEPS
from effekt.result import Diagnostic, EffectSet
from effekt.workflow.data.arguments import REFUSED
from effekt.workflow.data.known_checks import ASKED, GIVEN

NAMED: dict[tuple[str, str], tuple[str, ...]] = {
    ("contracts/agreed_limits.py", "LIMIT_CHECK"): ("agreed_limit",),
    ("contracts/missing.py", "MISSING_CHECK"): ("missing_share",),
    ("contracts/thin_data.py", "MINIMUM_CHECK"): ("minimum_n",),
    ("contracts/thin_data.py", "QUANTITY_CHECK"): ("payment_quantity",),
    ("diagnostics/multiplicity.py", "method"): ("holm", "romano_wolf"),
    ("estimators/_complier_words.py", "MISSING_RECEIPT"): ("missing_receipt",),
    ("estimators/_hidden.py", "name"): tuple(ASKED["matched_comparison"]),
    ("estimators/_trend_checks.py", "NAMES[name]"): ("pretrend", "honest_did"),
}  # checks whose name is no word where they are made
IN_NO_CERTIFICATE = {
    "forecast": "of a look before the end, which no contract may have",
    "kolada_ledger": "of a register that is read into a table, before any contract",
    "minimum_detectable_effect": "of a plan",
    "sick_leave_ledger": "of a register that is read into a table, before any contract",
    "simulated_minimum_detectable_effect": "of a plan",
    "simulated_power": "of a plan",
}  # and why; where one came into a certificate all the same, all its whole numbers would count units
COUNTED: dict[str, tuple[str, ...]] = {
    "heaping": ("count", "spells", "reference_count", "spells_reference"),
    "matched_sample": (
        *("treated", "controls", "dropped", "discarded", "matched", "unmatched", "controls_used"),
        *("pairs", "sets", "short", "by_order"),
    ),
    "unit_ledger": (*STEPS, "units"),
}  # counts of units whose names do not begin with "n_"
OF_ONE = "scale"  # written where five checks are made, for e_value alone


def _sites() -> Iterator[tuple[str, ast.FunctionDef, ast.Call]]:
    """Each place that makes a check, with its file and the function around it."""
    for file in MODULES.values():
        for function in (node for node in ast.walk(parse(file)) if isinstance(node, ast.FunctionDef)):
            for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
                if isinstance(call.func, ast.Name) and call.func.id == "Diagnostic":
                    yield file.relative_to(PACKAGE).as_posix(), function, call


def _names(file: str, call: ast.Call) -> tuple[str, ...]:
    name = next(word.value for word in call.keywords if word.arg == "name")
    if isinstance(name, ast.Constant):
        return (str(name.value),)
    return NAMED[file, ast.unparse(name)]


@cache
def _made() -> frozenset[tuple[str, str]]:
    """(check, pattern) of each key of a value or column that is written where a check is made."""
    return frozenset(
        (name, key)
        for file, function, call in _sites()
        for name in _names(file, call)
        for word in call.keywords
        if word.arg in ("values", "table")
        for key in (*_keys(word.value), *_keys_of(function, word.value))
    )


def _keys_of(function: ast.FunctionDef, value: ast.expr) -> Iterator[str]:
    """Keys of what a variable of the function holds that is the value, or is put into it."""
    names = {node.id for node in ast.walk(value) if isinstance(node, ast.Name)}
    for node in ast.walk(function):
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if not isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)) or node.value is None:
            continue
        for target in targets:
            if isinstance(target, ast.Name) and target.id in names:
                yield from _keys(node.value)
            elif isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name) and target.value.id in names:
                yield from filter(None, [_pattern(target.slice)])


def _keys(value: ast.expr) -> Iterator[str]:
    """Keys of mappings that are written out, nowhere below a call or another key's value."""
    if isinstance(value, ast.Dict):
        for key, own in zip(value.keys, value.values, strict=True):
            yield from _keys(own) if key is None else filter(None, [_pattern(key)])
    elif isinstance(value, ast.DictComp):
        yield from filter(None, [_pattern(value.key)])
    elif isinstance(value, ast.BinOp):
        yield from (*_keys(value.left), *_keys(value.right))
    elif isinstance(value, ast.IfExp):
        yield from (*_keys(value.body), *_keys(value.orelse))


def _pattern(key: ast.expr) -> str | None:
    """A word, or the pattern of one that is put together."""
    if isinstance(key, ast.Constant):
        return re.escape(str(key.value))
    if isinstance(key, ast.JoinedStr):
        return "".join(re.escape(str(p.value)) if isinstance(p, ast.Constant) else "[a-z0-9_]+" for p in key.values)
    return None


def _declared(name: str) -> set[str]:
    return {*MEASURES.get(name, ()), *NOT_OF_UNITS.get(name, ()), *COUNTED.get(name, ())}


def test_every_check_that_can_be_made_is_declared_or_stands_in_no_certificate() -> None:
    made = {name for file, _, call in _sites() for name in _names(file, call)}
    assert len(made) > 50
    assert made == {*MEASURES, *OF_NO_UNITS, *IN_NO_CERTIFICATE}
    assert not {*IN_NO_CERTIFICATE} & {*MEASURES, *OF_NO_UNITS}
    assert {*NOT_OF_UNITS, *COUNTED} <= {*MEASURES}
    given = {name for names in GIVEN.values() for name in names}
    asked = {name for by_check in ASKED.values() for name in by_check}
    assert given | asked <= {*MEASURES, *OF_NO_UNITS}


def test_checks_of_registers_looks_and_plans_come_into_no_certificate() -> None:
    assert "through" in REFUSED
    carried = ("effekt.contracts", "effekt.certificates", "effekt.estimators", "effekt.workflow")
    for module in (module for module in MODULES if module.startswith(carried)):
        joined = {one.target for one in imports(MODULES[module])}
        assert not [one for one in joined if one.startswith(("effekt.registers", "effekt.simulation"))], module
        planned = any(one.startswith("effekt.diagnostics.power") for one in joined)
        assert not planned or module.startswith("effekt.workflow.plan"), module


def test_every_key_that_is_written_where_a_check_is_made_is_a_count_or_declared_to_be_none() -> None:
    """Whether a test runs that place or not."""
    assert len(_made()) > 250
    unknown = {
        (name, key)
        for name, key in _made()
        if name in MEASURES
        and not key.startswith("n_")
        and not any(re.fullmatch(key, one) for one in _declared("e_value" if key == OF_ONE else name))
    }
    assert unknown == set()


def test_every_key_that_is_put_into_a_check_later_is_a_count_or_declared_to_be_none() -> None:
    known = {one for name in MEASURES for one in _declared(name)}
    found: set[str] = set()
    for file in MODULES.values():
        for call in (node for node in ast.walk(parse(file)) if isinstance(node, ast.Call)):
            if isinstance(call.func, ast.Name) and call.func.id == "replace":
                found |= {key for word in call.keywords if word.arg in ("values", "table") for key in _keys(word.value)}
    assert {"reference_count", "spells_reference", "n_without_line"} <= found
    assert {one for one in found if not one.startswith("n_") and one not in known} - {"reference"} == set()


@cache
def _every_check() -> tuple[Diagnostic, ...]:
    return tuple(check for method in every_check.METHODS for check in every_check.checks(method))


def test_every_key_of_a_check_that_is_run_is_a_count_or_declared_to_be_none() -> None:
    unknown = {
        (check.name, key)
        for check in _every_check()
        if check.name in MEASURES
        for key in (*check.values, *check.table)
        if not key.startswith("n_") and key not in _declared(check.name)
    }
    assert unknown == set()


@pytest.mark.parametrize("name", ["quite_new", "unit_ledger"])
def test_what_is_not_declared_counts_units(name: str) -> None:
    """A check that nobody has declared, and a value that one got since: with 3 of 5, all is hidden."""
    result = next(one for one in every_check.results("randomized_trial") if not isinstance(one, EffectSet))
    told = Text(en="3 people moved away.", sv="3 personer flyttade.")
    check = Diagnostic(name=name, status="ok", statement=told, values={"people": 3, "other": 2.5}, table={"by": (3, 4)})
    assert is_count(check, "people")
    assert is_count(check, "by")
    found = published(replace(result, diagnostics=(check,)), 5)
    assert not isinstance(found, EffectSet)
    assert found.diagnostics[0].values["people"] is None
    assert found.diagnostics[0].table["by"] == (None, None)
    assert "3" not in found.diagnostics[0].statement.en
    assert found.sample.n_units is None
