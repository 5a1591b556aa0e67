"""Settings of all tests, and the dense references as fixtures."""

import os
import tempfile

import pytest
import references
from hypothesis import settings

# What hypothesis keeps names files of this machine: not in the checkout.
scratch = os.path.join(tempfile.gettempdir(), "diagprec-hypothesis")
os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", scratch)
# The same examples on every machine and in every run, and no limit that a slow machine can break.
settings.register_profile("fixed", derandomize=True, deadline=None, database=None)
settings.load_profile("fixed")


@pytest.fixture(scope="session")
def logistic_at():
    return references.dense_logistic


@pytest.fixture(scope="session")
def logistic_run():
    return references.run_logistic_densely


@pytest.fixture(scope="session")
def rotation():
    return references.random_rotation


@pytest.fixture(scope="session")
def hessian():
    return references.random_hessian


@pytest.fixture(scope="session")
def dense_run():
    return references.run_densely


@pytest.fixture(scope="session")
def loss_along():
    return references.dense_loss
