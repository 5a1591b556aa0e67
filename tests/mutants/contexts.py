"""A plugin of pytest: coverage notes which file of tests runs a line."""

import coverage
import pytest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    """Name the file of the test that begins."""
    coverage.Coverage.current().switch_context(item.location[0])
    return (yield)
