"""The public names: sorted, lazily loaded, typed, keyword-only, and documented in one form."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections.abc import Callable
from typing import Any

import pytest
from source_tree import MODULES, parse

import effekt
from effekt.estimators import METHODS

EAGER = {name for name, value in vars(effekt.exceptions).items() if inspect.isclass(value)} & set(effekt.__all__)
FUNCTIONS = sorted(name for name in effekt.__all__ if inspect.isfunction(getattr(effekt, name)))
CLASSES = sorted(name for name in effekt.__all__ if inspect.isclass(getattr(effekt, name)))
ESTIMATORS = sorted(
    {*METHODS, *(name for name in FUNCTIONS if "effekt.estimators" in getattr(effekt, name).__module__)}
)
SECTIONS = ("Parameters", "Returns", "Raises", "Examples")


def function_of(name: str) -> Callable[..., Any]:
    return METHODS[name] if name in METHODS else getattr(effekt, name)


def sections(text: str) -> list[str]:
    """The headings of a numpydoc docstring, in their order."""
    return re.findall(r"^([A-Z][A-Za-z ]+)\n-{3,}$", inspect.cleandoc(text), flags=re.MULTILINE)


def test_all_is_sorted_and_loads() -> None:
    assert list(effekt.__all__) == sorted(set(effekt.__all__))
    for name in effekt.__all__:
        assert getattr(effekt, name) is not None
    assert dir(effekt) == list(effekt.__all__)


def test_all_is_what_is_exported() -> None:
    assert set(effekt.__all__) == {"__version__", *EAGER, *effekt._LAZY, *effekt._MODULES}
    assert list(effekt._LAZY) == sorted(effekt._LAZY)
    for name, module in effekt._LAZY.items():
        assert getattr(importlib.import_module(module), name) is getattr(effekt, name)


def test_every_error_is_at_the_top() -> None:
    errors = {
        name
        for name, value in vars(effekt.exceptions).items()
        if inspect.isclass(value) and issubclass(value, effekt.EffektError)
    }
    assert errors <= set(effekt.__all__)


def test_what_type_checkers_see_is_what_is_loaded() -> None:
    """The imports under TYPE_CHECKING name the same things from the same modules as the lazy table."""
    seen: dict[str, str] = {}
    for node in parse(MODULES["effekt"]).body:
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            for line in node.body:
                assert isinstance(line, ast.ImportFrom)
                seen |= {name.asname or name.name: line.module or "" for name in line.names}
    assert seen == {**effekt._LAZY, **dict.fromkeys(effekt._MODULES, "effekt")}


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(AttributeError, match=r"^module 'effekt' has no attribute 'estimator'$"):
        effekt.estimator  # noqa: B018


@pytest.mark.parametrize("name", sorted({*FUNCTIONS, *METHODS}))
def test_options_are_keywords(name: str) -> None:
    """Only what every call gives may stand without its name: the data, a contract, a path."""
    parameters = list(inspect.signature(function_of(name)).parameters.values())
    after_data = False
    for parameter in parameters:
        assert parameter.kind not in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL), parameter
        if after_data or (parameter.default is not parameter.empty and parameter.name != "data"):
            assert parameter.kind is parameter.KEYWORD_ONLY, parameter
        after_data = after_data or parameter.name == "data"
    positional = [one for one in parameters if one.kind is not one.KEYWORD_ONLY]
    assert len(positional) <= 2


@pytest.mark.parametrize("name", sorted({*FUNCTIONS, *METHODS}))
def test_functions_are_typed_and_documented(name: str) -> None:
    function = function_of(name)
    signature = inspect.signature(function)
    assert signature.return_annotation is not signature.empty
    assert all(one.annotation is not one.empty for one in signature.parameters.values())
    text = inspect.getdoc(function) or ""
    assert text
    found = sections(text)
    if name in ESTIMATORS:
        for section in SECTIONS:
            assert section in found, section
        order = ["Parameters", "Returns", "Raises", "Warns", "See Also", "Notes", "References", "Examples"]
        assert [order.index(one) for one in found] == sorted(order.index(one) for one in found)
    if signature.parameters and "Parameters" in found:
        for parameter in signature.parameters:
            assert re.search(
                rf"^(?:[\w, ]*, )?{parameter}(?:, [\w, ]+)?(?: : |$)", _body(text, "Parameters"), re.MULTILINE
            ), parameter


def _body(text: str, section: str) -> str:
    """The text under one heading."""
    after = re.split(rf"^{section}\n-{{3,}}$", text, flags=re.MULTILINE)[1]
    return re.split(r"^[A-Z][A-Za-z ]+\n-{3,}$", after, flags=re.MULTILINE)[0]


@pytest.mark.parametrize("name", CLASSES)
def test_classes_are_documented(name: str) -> None:
    assert (getattr(effekt, name).__doc__ or "").strip()


def test_methods_go_by_the_name_of_their_function() -> None:
    """A contract's `method:` is the name of exactly the function that is called."""
    for name, function in METHODS.items():
        assert function.__name__ == name
        assert getattr(effekt, name) is function
