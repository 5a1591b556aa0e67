"""Levenberg-Marquardt on the small networks: the control for "Gauss-Newton fails".

It solves (G + mu I) d = -g with all of G, so no basis matters, and has nothing to tune: mu begins
at the mean of G's diagonal, is divided by 3 after a step that lowered the loss on the step's own
examples, and otherwise multiplied by 3 without moving. A refused trial counts as a step.
"""

from functools import cache

import jax
import jax.numpy as jnp

from . import curvature, descent

FACTOR = 3.0


@cache
def runner(setup):
    """Return the compiled function that makes the runs.

    Parameters
    ----------
    setup : descent.Setup
        Its rule and basis are not used.

    Returns
    -------
    callable
        (problem, noise, target, steps) -> times and final losses, shape (n,) each.
    """

    def one(data, noise, target, steps):
        def trial(carry):
            t, theta, mu, _, time = carry
            batch, other = (jax.random.fold_in(jax.random.fold_in(data.key, k), t) for k in (0, 1))
            x, y = descent.draw(batch, data.inputs, data.targets, noise, setup.batch)
            seen, _ = descent.draw(other, data.inputs, data.targets, noise, setup.curvature_batch)
            matrix = curvature.gauss_newton(curvature.whitened_jacobians(setup, theta, seen))
            before, g = jax.value_and_grad(curvature.mean_loss, argnums=1)(setup, theta, x, y)
            mu = jnp.where(t == 0, jnp.trace(matrix) / len(g), mu)
            factor = jax.scipy.linalg.cho_factor(matrix + mu * jnp.eye(len(g)))
            ahead = theta - jax.scipy.linalg.cho_solve(factor, g)
            better = curvature.mean_loss(setup, ahead, x, y) < before
            theta = jnp.where(better, ahead, theta)
            mu = jnp.where(better, mu / FACTOR, mu * FACTOR)
            loss = curvature.mean_loss(setup, theta, data.inputs, data.targets)
            time = jnp.where((loss <= target) & jnp.isinf(time), t + 1.0, time)
            return t + 1, theta, mu, loss, time

        def going(carry):
            return (carry[0] < steps) & jnp.isinf(carry[-1])

        start = (0, data.start, 0.0, jnp.inf, jnp.inf)
        _, _, _, loss, time = jax.lax.while_loop(going, trial, start)
        return time, loss

    def run(data, noise, target, steps):
        # One after the other: side by side every run would wait for the slowest.
        return jax.lax.map(lambda d: one(d, noise, target, steps), data)

    return jax.jit(run)
