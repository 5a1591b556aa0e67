"""One run of a rule in a basis, as a scan over steps; many runs (seeds, rates, rules) by vmap."""

from functools import cache

import jax
import jax.numpy as jnp

from .. import validation as check
from . import curvature, rules
from .tasks import TASKS

REFRESH = 10  # steps between two estimates of the basis and of the Gauss-Newton diagonal
BATCHES = ("small", "full")


def carried(second, old, new):
    """Return Adam's second moment in a new basis: diag(U'^T U diag(v) U^T U'), shape (p,).

    It is what the diagonal of the old second-moment matrix becomes when it is read in the new
    basis. A permutation or a change of signs of the basis vectors does not alter it.
    """
    return (new.T @ old) ** 2 @ second


def keys(seed):
    """Return a run's keys: for the population, the start, the batches, the curvature batches."""
    return jax.random.split(jax.random.key(seed), 4)


def draw(task, key, population, size):
    """Draw a batch with replacement, fresh label noise added; all of it where `size` is None."""
    if size is None:
        return population
    x, y = population
    for_index, for_noise = jax.random.split(key)
    index = jax.random.randint(for_index, (size,), 0, len(x))
    y = y[index]
    if task.noise:
        y = y + task.noise * jax.random.normal(for_noise, y.shape)
    return x[index], y


def curvature_inputs(task, seed, block, population, batch):
    """Return the inputs that a run estimates G on at its refresh number `block`."""
    size = task.curvature_batch if batch == "small" else None
    return draw(task, jax.random.fold_in(keys(seed)[3], block), population, size)[0]


@cache
def runner(task_name, basis, batch, steps=None):
    """Return the compiled function that makes many runs at once.

    Parameters
    ----------
    task_name : str
        A key of ``TASKS``.
    basis : {"identity", "Kronecker", "full"}
    batch : {"small", "full"}
        "small": gradients from the task's `batch` draws, G from its `curvature_batch` other draws,
        both with replacement. "full": both from the whole population.
    steps : int, optional
        A multiple of `REFRESH`; by default the task's.

    Returns
    -------
    callable
        (seeds, rates, rule numbers, knobs), each of shape (n,) -> (losses of shape (n, steps + 1),
        parameters at every refresh and at the end, shape (n, steps / REFRESH + 1, p)). The rate
        falls linearly to 0 over the run.

    Raises
    ------
    ValueError
        If an argument is none of these.
    """
    choices = (("task_name", task_name, TASKS), ("basis", basis, curvature.BASES))
    for name, value, known in (*choices, ("batch", batch, BATCHES)):
        if value not in known:
            check.fail(name, check.describe(value), "one of " + ", ".join(known))
    task = TASKS[task_name]
    batch_size = task.batch if batch == "small" else None
    steps = task.steps if steps is None else check.as_count("steps", steps, low=REFRESH)
    if steps % REFRESH:
        check.fail("steps", steps, f"a multiple of {REFRESH}")

    def one(seed, rate, rule, knob):
        for_population, for_start, for_batches, _ = keys(seed)
        population = task.population(for_population)
        theta = task.network.start(for_start)
        b2 = rules.beta2(rule, knob)

        def step(carry, t):
            theta, m, v, u, h = carry
            x, y = draw(task, jax.random.fold_in(for_batches, t), population, batch_size)
            loss, g = jax.value_and_grad(curvature.mean_loss, argnums=1)(task, theta, x, y)
            if batch_size is not None:
                loss = curvature.mean_loss(task, theta, *population)
            m = rules.BETA1 * m + (1 - rules.BETA1) * g
            rotated = g if u is None else u.T @ g
            v = b2 * v + (1 - b2) * rotated**2
            m_hat = (m if u is None else u.T @ m) / (1 - rules.BETA1 ** (t + 1.0))
            v_hat = v / (1 - b2 ** (t + 1.0))
            w = rules.direction(rule, knob, m_hat, v_hat, h)
            theta = theta - rate * (1 - t / steps) * (w if u is None else u @ w)
            return (theta, m, v, u, h), loss

        def block(carry, k):
            theta, m, v, old = carry
            x = curvature_inputs(task, seed, k, population, batch)
            z = curvature.whitened_jacobians(task, theta, x)
            u, h = curvature.basis_and_diagonal(task.network, basis, z)
            if u is not None:
                v = carried(v, old, u)
            times = k * REFRESH + jnp.arange(REFRESH)
            snapshot = theta
            (theta, m, v, u, h), loss = jax.lax.scan(step, (theta, m, v, u, h), times)
            return (theta, m, v, u), (loss, snapshot)

        zero = jnp.zeros(task.network.size)
        first = None if basis == "identity" else jnp.eye(task.network.size)
        carry, (loss, path) = jax.lax.scan(
            block, (theta, zero, zero, first), jnp.arange(steps // REFRESH)
        )
        last = curvature.mean_loss(task, carry[0], *population)
        return jnp.append(loss.ravel(), last), jnp.concatenate([path, carry[0][None]])

    return jax.jit(jax.vmap(one))
