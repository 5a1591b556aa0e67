"""The update rules, chosen by a number at run time so that one compilation serves them all.

Every rule sees the same bias-corrected average of the gradient, m, in the coordinates of the basis:

- GD: m.
- Adam: m / (sqrt(v) + eps), v the bias-corrected average of the squared gradient; eps = 1e-8.
- GN^p, p = -1 and -1/2: m (h + damping)^p, h the Gauss-Newton diagonal.
- Sophia: clip(m / (gamma (h + damping)), -1, 1).

The damping is relative, a knob times the mean of h, which is trace(G)/p in every basis. Each rule
has one knob besides the learning rate: Adam beta2, GN^p the relative damping, Sophia gamma (at the
smaller damping).
"""

import jax
import jax.numpy as jnp

RULES = ("GD", "Adam", "GN^-1", "GN^-1/2", "Sophia")
BETA1, EPS, SOPHIA_DAMPING, GD_KNOB = 0.9, 1e-8, 1e-3, 0.0
KNOBS = {
    "GD": (GD_KNOB,),
    "Adam": (0.7, 0.9, 0.99, 0.999),
    "GN^-1": (1e-3, 3e-2, 1.0, 30.0),
    "GN^-1/2": (1e-3, 3e-2, 1.0, 30.0),
    "Sophia": (0.01, 0.1, 1.0, 10.0),
}


def beta2(rule, knob):
    """Return the decay of the second moment: the knob for Adam, unused for the others."""
    return jnp.where(rule == RULES.index("Adam"), knob, 0.99)


def direction(rule, knob, m, v, h):
    """Return the direction in the basis, shape (p,).

    Parameters
    ----------
    rule : int
        Index into `RULES`; may be traced.
    knob : float
    m, v, h : arrays of shape (p,)
        Averaged gradient and square, both bias-corrected, and the Gauss-Newton diagonal.
    """
    scale = jnp.mean(h)
    damped = h + knob * scale
    branches = (
        lambda: m,
        lambda: m / (jnp.sqrt(v) + EPS),
        lambda: m / damped,
        lambda: m / jnp.sqrt(damped),
        lambda: jnp.clip(m / (knob * (h + SOPHIA_DAMPING * scale)), -1.0, 1.0),
    )
    return jax.lax.switch(rule, branches)
