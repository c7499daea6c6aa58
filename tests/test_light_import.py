"""`import effekt` costs nothing: it loads the standard library and the error tree."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

LIST_MODULES = """
import sys
before = set(sys.modules)
import effekt
import json
print(json.dumps(sorted(set(sys.modules) - before)))
"""

NAMES_WITHOUT_LOADING = """
import sys
import effekt
assert "randomized_trial" in dir(effekt)
assert not hasattr(effekt, "no_such_name")
print([name for name in ("numpy", "pandas", "scipy", "pydantic") if name in sys.modules])
"""

LOADED_BY = """
import sys
import effekt
effekt.{name}
print(sorted(name for name in {heavy!r} if name in sys.modules))
"""


def run(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, encoding="utf-8")
    assert done.stderr == ""
    return done.stdout


def test_importing_loads_the_standard_library_only() -> None:
    loaded = json.loads(run(LIST_MODULES))
    own = {name for name in loaded if name.partition(".")[0] == "effekt"}
    assert own == {"effekt", "effekt.exceptions"}
    foreign = {name for name in loaded if name.partition(".")[0] not in sys.stdlib_module_names} - own
    assert foreign == set()


def test_names_are_known_before_they_are_loaded() -> None:
    assert run(NAMES_WITHOUT_LOADING) == "[]\n"


@pytest.mark.parametrize(
    ("name", "heavy"),
    [
        ("EffectEstimate", ("pandas", "matplotlib", "pydantic", "narwhals", "openpyxl")),
        ("read_table", ("pandas", "matplotlib", "pydantic", "openpyxl", "pyarrow")),
        ("trend_adjusted", ("pandas", "matplotlib", "pydantic", "openpyxl", "cryptography", "scipy")),
        ("synthetic_control", ("pandas", "matplotlib", "pydantic", "openpyxl", "cryptography", "scipy")),
    ],
)
def test_a_name_loads_no_more_than_it_needs(name: str, heavy: tuple[str, ...]) -> None:
    assert run(LOADED_BY.format(name=name, heavy=heavy)) == "[]\n"


SYNTHETIC = """
import sys
import effekt
data = {
    "unit": [unit for unit in "ABCD" for _ in range(6)],
    "year": [2014, 2015, 2016, 2017, 2018, 2019] * 4,
    "y": [float((7 * i) % 11) + i / 8 for i in range(24)],
}
effekt.synthetic_control(
    data, outcome="y", unit="unit", time="year", period="year", treated="A", first_treated=2018
)
print([name for name in ("numpy.ma", "pandas", "scipy") if name in sys.modules])
"""


def test_a_synthetic_control_is_computed_without_masked_arrays() -> None:
    """Importing them takes more than a megabyte."""
    assert run(SYNTHETIC) == "[]\n"
