"""Settings of all tests: property tests draw the same examples every time and on every machine."""

import pytest
from hypothesis import HealthCheck, settings

collect_ignore_glob = ["goldens/*/*.py"]  # generators, which need packages that the tests do not

pytest.register_assert_rewrite("helpers")

settings.register_profile(
    "effekt",
    derandomize=True,
    deadline=None,
    database=None,
    max_examples=50,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("effekt")
