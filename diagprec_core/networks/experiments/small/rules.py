"""The update rules: each a direction in the coordinates of a basis, with at most one knob.

Every rule sees the bias-corrected average m of the gradient, which is the gradient itself without
momentum. The knob is an exponent of two: for Adam 1 - beta2, for GN^p the damping over the mean of
the Gauss-Newton diagonal h (trace(G)/p in every basis), for Sophia gamma.
"""

from collections.abc import Callable
from dataclasses import dataclass

import jax.numpy as jnp

EPS = 1e-8  # Adam's
SOPHIA_DAMPING = 2.0**-10


@dataclass(frozen=True)
class Rule:
    """A rule.

    Attributes
    ----------
    name : str
    direction : callable
        (m, v, h, knob) -> direction, arrays of shape (p,) and a number 2^k; v and h are None where
        the rule does not use them.
    uses : {"", "second moment", "curvature"}
        What it needs besides the gradient.
    start : tuple of int
        Where the search begins: exponents of the learning rate and, if there is one, of the knob.
    bounds : tuple
        Natural ends of the knob: where the rule becomes another.
    """

    name: str
    direction: Callable
    uses: str
    start: tuple[int, ...]
    bounds: tuple = (None, None)

    @property
    def has_knob(self):
        """Whether there is a knob besides the learning rate."""
        return len(self.start) == 2

    @property
    def slug(self):
        """The name without marks that a file or an option would not take."""
        return self.name.replace("^-1/2", "-half").replace("^-1", "-one").replace(", ", "-")


def _gauss_newton(power):
    return lambda m, v, h, knob: m * (h + knob * jnp.mean(h)) ** power


def _sophia(m, v, h, knob):
    damped = h + SOPHIA_DAMPING * jnp.mean(h)
    # Where the average of h is still 0 the ratio is inf or nan; the sign is its limit.
    ratio = m / jnp.where(damped > 0, knob * damped, 1.0)
    return jnp.where(damped > 0, jnp.clip(ratio, -1.0, 1.0), jnp.sign(m))


GD = Rule("GD", lambda m, v, h, knob: m, "", (-2,))
SIGN = Rule("sign", lambda m, v, h, knob: jnp.sign(m), "", (-6,))
# 1 - beta2 = 1 would be the sign again.
ADAM = Rule(
    "Adam", lambda m, v, h, knob: m / (jnp.sqrt(v) + EPS), "second moment", (-4, -4), (-12, -1)
)
GN_ONE = Rule("GN^-1", _gauss_newton(-1.0), "curvature", (-3, -4))
GN_HALF = Rule("GN^-1/2", _gauss_newton(-0.5), "curvature", (-3, -4))
SOPHIA = Rule("Sophia", _sophia, "curvature", (-5, -3))

RULES = {rule.name: rule for rule in (GD, SIGN, ADAM, GN_ONE, GN_HALF, SOPHIA)}
