"""The order of the layers, read from the imports."""

from __future__ import annotations

from source_tree import MODULES, PACKAGE, Import, facts, imports

LINES: tuple[tuple[str, ...], ...] = (
    ("exceptions",),
    (
        "_types",
        "_frozen",
        "_exact",
        "_decimals",
        "_text",
        "_few",
        "_validation",
        "_calendar",
        "_inference",
        "_threads",
        "_tall",
        "_blocked",
        "_linalg",
        "_json",
        "_serialize",
    ),
    ("tables",),
    ("roles",),
    ("result",),
    ("diagnostics",),
    ("registers",),
    ("estimators",),
    ("datasets",),
    ("simulation",),
    ("contracts",),
    ("certificates",),
    ("reports",),
    ("independent",),
    ("workflow",),
    ("cli", "__main__"),
)
"""From the ground up: a layer imports from lines above it and from names to its left on its own line."""

STRANGERS = [{"registers", joined} for joined in ("estimators", "datasets", "simulation", "contracts", "certificates")]
STRANGERS += [{"estimators", "datasets"}, {"estimators", "simulation"}, {"datasets", "simulation"}]
STRANGERS += [{"estimators", joined} for joined in ("contracts", "certificates", "reports")]
"""Layers that never import each other, whatever their order."""

LAZY = ("plot", "_repr_html_")
"""Bodies that may look upwards: a result draws itself."""

PLACES = {
    "click": ("cli/",),
    "cryptography": ("certificates/authority.py", "certificates/signing.py"),
    "jinja2": ("reports/html.py",),
    "markupsafe": ("reports/html.py",),
    "matplotlib": ("reports/plots.py",),
    "narwhals": ("tables/",),
    "openpyxl": ("tables/",),
    "pandas": ("tables/",),
    "pyarrow": ("tables/",),
    "pydantic": ("contracts/",),
    "pydantic_core": ("contracts/",),
    "rfc8785": ("_json.py",),
    "sklearn": ("estimators/_cross_fitting.py", "independent/matches/cross_fitting.py"),
    "yaml": ("contracts/strict_yaml.py",),
}
"""Where each heavyweight lives; NumPy and SciPy are everywhere below the contracts."""

NUMERICAL = ("numpy", "scipy")
MAY_COMPUTE = tuple(name for line in LINES[:10] for name in line)
DISTRIBUTIONS = {"ppf", "sf", "cdf", "isf", "pdf", "stdtr", "stdtrit", "ndtr", "ndtri", "betainc", "chdtrc", "fdtrc"}

ORDER = [name for line in LINES for name in line]
NAMED = [module for module in MODULES if module != "effekt"]


def layer(module: str) -> str:
    """'result' of 'effekt.result.parts'."""
    return module.split(".")[1] if "." in module else ""


def own_imports(module: str) -> list[Import]:
    """What a module imports from effekt."""
    return [one for one in imports(MODULES[module]) if one.top == "effekt"]


def test_a_module_imports_from_above_and_from_its_left() -> None:
    for module in NAMED:
        here = layer(module)
        assert here in ORDER, f"{module} stands in no layer"
        for one in own_imports(module):
            there = layer(one.target)
            if there in (here, "__version__") or (there == "reports" and one.function in LAZY):
                continue
            if one.target == "effekt" and here in ("workflow", "cli"):
                continue  # for its version alone: see the next test
            assert there in ORDER, f"{module}, line {one.line}: {one.target} stands in no layer"
            assert ORDER.index(there) < ORDER.index(here), f"{module}, line {one.line}, imports {one.target}"
            assert {here, there} not in STRANGERS, f"{module}, line {one.line}, imports {one.target}"


def test_the_package_itself_is_asked_for_its_version_alone() -> None:
    for module in NAMED:
        for one in facts(MODULES[module]).attributes:
            assert one.owner != "effekt" or one.name == "__version__", f"{module}, line {one.line}"


def test_the_second_route_is_the_standard_library_and_the_learners_that_a_contract_names() -> None:
    route = [module for module in NAMED if layer(module) == "independent"]
    assert len(route) > 10
    for module in route:
        for one in imports(MODULES[module]):
            allowed = one.target == "effekt.exceptions" or layer(one.target) == "independent"
            learner = one.top == "sklearn" and module == "effekt.independent.matches.cross_fitting"
            foreign = one.foreign and not learner
            assert allowed if one.top == "effekt" else not foreign, f"{module}, line {one.line}: {one.target}"


def test_the_second_route_is_joined_by_the_workflow_alone() -> None:
    joined = {layer(module) for module in MODULES for one in own_imports(module) if layer(one.target) == "independent"}
    assert joined <= {"independent", "workflow"}


def test_heavyweights_live_in_their_named_place() -> None:
    for module in NAMED:
        place = MODULES[module].relative_to(PACKAGE).as_posix()
        for one in imports(MODULES[module]):
            if not one.foreign or one.only_for_types:
                continue
            if one.top in NUMERICAL:
                assert layer(module) in MAY_COMPUTE, f"{module}, line {one.line}, imports {one.target}"
                continue
            assert one.top in PLACES, f"{module}, line {one.line}: {one.top} has no named place"
            assert place.startswith(PLACES[one.top]), f"{module}, line {one.line}, imports {one.target}"


def test_distributions_are_evaluated_in_one_place() -> None:
    for module in NAMED:
        if layer(module) == "_inference":
            continue
        for one in imports(MODULES[module]):
            assert not one.target.startswith("scipy.stats"), f"{module}, line {one.line}"
        for node in facts(MODULES[module]).from_imports:
            if (node.module or "").startswith("scipy"):
                names = {name.name for name in node.names}
                assert not names & (DISTRIBUTIONS | {"stats", "special"}), f"{module}, line {node.lineno}"
        for used in facts(MODULES[module]).attributes if layer(module) != "independent" else ():
            assert used.name not in DISTRIBUTIONS, f"{module}, line {used.line}, uses {used.name}"


def test_the_table_holds_no_layer_that_is_gone() -> None:
    assert set(ORDER) == {layer(module) for module in NAMED}
