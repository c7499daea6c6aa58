"""Settings of all tests: property tests draw the same examples every time and on every machine."""

import gc
from collections.abc import Generator

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


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is collected stays to the end: the garbage collector does not look through it, then or in any test."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()
