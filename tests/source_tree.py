"""The package's own source as a test sees it: its modules, what each imports, and how long it is."""

from __future__ import annotations

import ast
import io
import sys
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "src" / "effekt"
FILES = tuple(sorted(PACKAGE.rglob("*.py")))


@dataclass(frozen=True, kw_only=True)
class Import:
    """One import: the module imported, where, and in which function and branch it stands."""

    target: str
    line: int
    function: str
    only_for_types: bool

    @property
    def top(self) -> str:
        """The first name of the target."""
        return self.target.partition(".")[0]

    @property
    def foreign(self) -> bool:
        """Whether it comes from a third party."""
        return self.top not in sys.stdlib_module_names and self.top != "effekt"


def module_name(file: Path) -> str:
    """'effekt.result.parts' of a file."""
    parts = file.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(file): file for file in FILES}


@dataclass(frozen=True, kw_only=True)
class Attribute:
    """`owner.name`: the owner is "" unless a plain name."""

    owner: str
    name: str
    line: int


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the tests ask of a file: kept instead of its syntax tree, which is a hundred times as large."""

    imports: tuple[Import, ...]
    from_imports: tuple[ast.ImportFrom, ...]
    attributes: tuple[Attribute, ...]
    spoken: frozenset[int]
    """The lines of docstrings."""


def parse(file: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(file.read_text(encoding="utf-8"), filename=str(file))


@cache
def facts(file: Path) -> Facts:
    """What a file holds, which is parsed once."""
    tree = parse(file)
    nodes = list(ast.walk(tree))
    return Facts(
        imports=tuple(_imports(tree, "", False)),
        from_imports=tuple(node for node in nodes if isinstance(node, ast.ImportFrom)),
        attributes=tuple(
            Attribute(owner=node.value.id if isinstance(node.value, ast.Name) else "", name=node.attr, line=node.lineno)
            for node in nodes
            if isinstance(node, ast.Attribute)
        ),
        spoken=frozenset(
            line
            for node in nodes
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
            and ast.get_docstring(node, clean=False) is not None
            for line in range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1)
        ),
    )


def imports(file: Path) -> tuple[Import, ...]:
    """Every import of a file, those inside functions and for type checkers among them."""
    return facts(file).imports


def _imports(node: ast.AST, function: str, only_for_types: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            for name in child.names:
                yield Import(target=name.name, line=child.lineno, function=function, only_for_types=only_for_types)
        elif isinstance(child, ast.ImportFrom):
            assert child.level == 0, f"a relative import at line {child.lineno}"
            for target in _targets(child):
                yield Import(target=target, line=child.lineno, function=function, only_for_types=only_for_types)
        elif isinstance(child, ast.If) and _is_of_types(child.test):
            yield from _imports(ast.Module(body=child.body, type_ignores=[]), function, True)
            yield from _imports(ast.Module(body=child.orelse, type_ignores=[]), function, only_for_types)
        elif isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield from _imports(child, child.name, only_for_types)
        elif not isinstance(child, (ast.expr, ast.arguments, ast.alias)):  # which hold no statement
            yield from _imports(child, function, only_for_types)


def _is_of_types(test: ast.expr) -> bool:
    """Whether a condition is TYPE_CHECKING."""
    return isinstance(test, (ast.Name, ast.Attribute)) and ast.unparse(test) in (
        "TYPE_CHECKING",
        "typing.TYPE_CHECKING",
    )


def _targets(node: ast.ImportFrom) -> set[str]:
    """`from effekt import _serialize` imports a module, `from effekt.roles import Outcome` from one."""
    module = node.module or ""
    names = [f"{module}.{name.name}" for name in node.names]
    return {name if name in MODULES or module == "effekt" else module for name in names}


def code_lines(file: Path) -> int:
    """Lines that hold code: docstrings, comments and blank lines apart."""
    text = file.read_text(encoding="utf-8")
    silent = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)
    held = {
        line
        for token in tokenize.generate_tokens(io.StringIO(text).readline)
        if token.type not in silent
        for line in range(token.start[0], token.end[0] + 1)
    }
    return len(held - facts(file).spoken)
