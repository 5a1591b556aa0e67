"""Every test of the experiments runs in float64 on the CPU, as the stored sweep did."""

import pytest

jax = pytest.importorskip("jax")

from diagprec_core.networks import use_float64  # noqa: E402


@pytest.fixture(autouse=True, scope="module")
def float64():
    """Set the precision for one module and put it back: other tests may want the default."""
    before = jax.config.jax_enable_x64
    use_float64()
    yield
    jax.config.update("jax_enable_x64", before)
