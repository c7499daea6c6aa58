"""The codes of notes and the names of checks that the package can give, as its source declares them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "src" / "effekt"
COMPUTED = {
    "contracts/agreed_limits.py: LIMIT_CHECK": {"agreed_limit"},
    "contracts/missing.py: MISSING_CHECK": {"missing_share"},
    "contracts/thin_data.py: MINIMUM_CHECK": {"minimum_n"},
    "estimators/_complier_words.py: ASSUMPTIONS.code": {"complier_assumptions"},
    "estimators/_complier_words.py: MISSING_RECEIPT": {"missing_receipt"},
    "estimators/_hidden.py: name": {
        "e_value",
        "marginal_sensitivity",
        "oster_delta",
        "robustness_value",
        "rosenbaum_bounds",
    },
    "estimators/_one_before.py: ONE_BEFORE.code": {"one_period_before"},
    "estimators/doubly_robust.py: _NOTE_OF[found.name]": {"imbalance", "large_weights", "poor_overlap"},
    "estimators/randomized/words.py: f'{options.weights.kind}_weights'": {
        "sampling_weights",
        "frequency_weights",
        "precision_weights",
    },
    "estimators/trend/own_unit.py: f'comparator_series_{own_unit}'": {
        "comparator_series_absent",
        "comparator_series_kept",
        "comparator_series_removed",
    },
    "contracts/thin_data.py: QUANTITY_CHECK": {"payment_quantity"},
    "estimators/_trend_checks.py: NAMES[name]": {"pretrend", "honest_did"},
    "workflow/data/other_windows.py: WINDOWS": {"baseline_choice"},
    "diagnostics/multiplicity.py: method": {"holm", "romano_wolf"},
}
"""Names that are not written where the note or check is made, by where they are made."""


def declared(kind: str) -> set[str]:
    """The codes of notes ("Note") or the names of checks ("Diagnostic")."""
    found: set[str] = set()
    for path in sorted(SOURCE.rglob("*.py")):
        found |= _of_file(path.relative_to(SOURCE).as_posix(), path.read_text("utf-8"))[kind]
    return found


@cache
def _of_file(place: str, text: str) -> dict[str, set[str]]:
    """The names of both kinds in a file, which is parsed once."""
    found: dict[str, set[str]] = {"Note": set(), "Diagnostic": set()}
    for node in filter(_can_name, ast.walk(ast.parse(text))):
        for kind, names in found.items():
            for name in _named(node, kind):
                names |= _words(name, place)
    return found


def _can_name(node: ast.AST) -> bool:
    """Whether a piece of code is of those that `_named` looks into."""
    return isinstance(node, (ast.Call, ast.Assign, ast.AnnAssign, ast.AugAssign, ast.FunctionDef))


def _named(node: ast.AST, kind: str) -> Iterator[ast.expr]:
    """What stands as a name of the kind in one piece of code."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == kind:
        yield from (word.value for word in node.keywords if word.arg == {"Note": "code"}.get(kind, "name"))
    if kind != "Note":
        return
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("_note", "_extreme"):
        yield from (own for own in node.args[:1] if isinstance(own, ast.Constant))
    targets = node.targets if isinstance(node, ast.Assign) else []
    yield from (own.slice for own in targets if isinstance(own, ast.Subscript) and _is_notes(own.value))
    value = getattr(node, "value", None)
    kept = isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)) and any(
        map(_is_notes, targets or [getattr(node, "target", None)])
    )
    of_texts = (
        isinstance(node, ast.FunctionDef) and ast.unparse(node.returns or ast.Constant(None)) == "dict[str, Text]"
    )
    if kept and isinstance(value, ast.Dict):
        yield from (key for key in value.keys if key is not None)
    if of_texts:
        returned = [part.value for part in ast.walk(node) if isinstance(part, ast.Return)]
        yield from (key for own in returned if isinstance(own, ast.Dict) for key in own.keys if key is not None)


def _is_notes(node: object) -> bool:
    return isinstance(node, ast.Name) and node.id == "notes"


def _words(name: ast.expr, place: str) -> set[str]:
    if isinstance(name, ast.Constant):
        return {str(name.value)}
    if isinstance(name, ast.IfExp):
        return _words(name.body, place) | _words(name.orelse, place)
    written = ast.unparse(name)
    if written == "code":  # of a dict of notes, whose keys are read where they are written
        return set()
    return COMPUTED[f"{place}: {written}"]
