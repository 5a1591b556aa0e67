"""Runs of a rule on a small network, many at once, until the loss is at a target.

A run is over when its population loss is at most the target, when it has diverged, or when its
steps are spent; all of them are over when enough have got there, or too few still can: a search
need not follow a setting that has lost.
"""

from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import jax
import jax.numpy as jnp

from ..models import Network
from . import bases, curvature
from .rules import Rule

DIVERGED = 1e3  # times the loss at the start
CARRIES = ("exact", "diagonal", "kept")
CURVATURES = ("exact", "sampled", "gradient")


@dataclass(frozen=True)
class Setup:
    """All about a run that a compilation fixes.

    Attributes
    ----------
    network : models.Network
    loss : {"squared", "cross-entropy"}
    rule : rules.Rule
    basis : str
        One of `bases.BASES`.
    batch : int or None
        Examples a step, drawn with replacement; None is the whole population.
    curvature_batch : int or None
        The same for G and its basis.
    carry : {"exact", "diagonal", "kept"}
        How Adam's second moment comes from one basis into the next: from the running average of
        g g^T, a matrix; as the diagonal matrix that it was; or as the same numbers (SOAP).
    null : {"out", "mean", "raw"}
        See `bases.settle`.
    curvature : {"exact", "sampled", "gradient"}
        G from the model; from one label an example drawn from the model; or, as Sophia was
        published, h as the squared mean gradient for such labels, times their number.
    average : float
        The decay of an average of h over refreshes, 0 for none. As published it begins at 0 and is
        not corrected for it.
    """

    network: Network
    loss: str
    rule: Rule
    basis: str = "identity"
    batch: int | None = None
    curvature_batch: int | None = None
    carry: str = "exact"
    null: str = "out"
    curvature: str = "exact"
    average: float = 0.0

    @property
    def looks(self):
        """Whether G is needed at all."""
        return self.basis != "identity" or self.rule.uses == "curvature"

    @property
    def keeps_matrix(self):
        """Whether the average of g g^T is."""
        uses = self.rule.uses == "second moment" and self.basis != "identity"
        return uses and self.carry == "exact"


class Runs(NamedTuple):
    """The state of n runs; what a setup does not need is None."""

    theta: jax.Array  # (n, p)
    mean: jax.Array  # (n, p): average of the gradient
    second: jax.Array | None  # (n, p): average of the squared gradient in the basis
    matrix: jax.Array | None  # (n, p, p): average of g g^T
    basis: jax.Array | None  # (n, p, p)
    curvature: jax.Array | None  # (n, p): h
    alive: jax.Array | None  # (n, p): false where null
    loss: jax.Array  # (n,)
    time: jax.Array  # (n,): the step at which the target was reached, inf before


class Problem(NamedTuple):
    """Where n runs begin and what they draw from; all with n as their first axis."""

    inputs: jax.Array  # (n, N, ...)
    targets: jax.Array
    start: jax.Array  # (n, p)
    key: jax.Array  # (n,)


def draw(key, inputs, targets, noise, size):
    """Draw a batch with replacement, fresh label noise added; all as it is where `size` is None."""
    if size is None:
        return inputs, targets
    for_index, for_noise = jax.random.split(key)
    index = jax.random.randint(for_index, (size,), 0, len(inputs))
    y = targets[index]
    if jnp.issubdtype(y.dtype, jnp.floating):
        y = y + noise * jax.random.normal(for_noise, y.shape)
    return inputs[index], y


def rows(setup, theta, inputs, key):
    """Return Z, shape (n, k, p), whose mean Z^T Z is G or an unbiased estimate of it."""
    z = curvature.whitened_jacobians(setup, theta, inputs)
    if setup.curvature == "exact":
        return z
    # Labels of the model: f plus a standard normal for the squared loss; a class else, where
    # S^T e has the covariance H for e with mean 0 and unit variances, as q - onehot has.
    f = setup.network.outputs(theta, inputs)
    if setup.loss == "squared":
        c = jax.random.normal(key, f.shape)
        drawn = jnp.einsum("nk,nkp->np", c, z)[:, None]
    else:
        labels = jax.random.categorical(key, f, axis=-1)
        drawn = curvature.example_gradients(setup, theta, inputs, labels)[:, None]
    if setup.curvature == "sampled":
        return drawn
    return jnp.sqrt(1.0 * len(inputs)) * drawn.mean(axis=0, keepdims=True)


def refresh(setup, run, data, noise, key):
    """Take basis and curvature anew for one run, and read its second moment in the new basis."""
    for_batch, for_labels = jax.random.split(key)
    x, y = draw(for_batch, data.inputs, data.targets, noise, setup.curvature_batch)
    z = rows(setup, run.theta, x, for_labels)
    gradients = None
    if setup.basis == "Fisher":
        gradients = curvature.example_gradients(setup, run.theta, x, y)
    u = bases.build(setup.basis, setup.network, z, gradients)
    h = curvature.diagonal(z, u)
    second = run.second
    if setup.keeps_matrix:
        # Not negative but for rounding, where no gradient has been.
        second = jnp.maximum(jnp.sum((run.matrix @ u) * u, axis=0), 0.0)
    elif second is not None and u is not None and setup.carry == "diagonal":
        second = (u.T @ run.basis) ** 2 @ second
    if setup.average:
        h = setup.average * run.curvature + (1 - setup.average) * h
    alive = h > bases.SMALLEST * h.max()
    return run._replace(second=second, basis=u, curvature=h, alive=alive)


def step(setup, run, data, noise, key, t, rate, knob, beta1):
    """Make one step of one run; `t` counts from 0."""
    x, y = draw(key, data.inputs, data.targets, noise, setup.batch)
    g = jax.grad(curvature.mean_loss, argnums=1)(setup, run.theta, x, y)
    u = run.basis

    def turned(vector):
        return vector if u is None else u.T @ vector

    mean = beta1 * run.mean + (1 - beta1) * g
    second, matrix, v, b2 = run.second, run.matrix, None, 1.0 - knob
    if second is not None:
        second = b2 * second + (1 - b2) * turned(g) ** 2
        v = second / (1 - b2 ** (t + 1.0))
    if matrix is not None:
        matrix = b2 * matrix + (1 - b2) * jnp.outer(g, g)
    h, weight = run.curvature, 1.0
    if setup.looks:
        h, v, weight = bases.settle(setup.null, run.alive, h, v)
    m = turned(mean / (1 - beta1 ** (t + 1.0)))
    w = weight * setup.rule.direction(m, v, h, knob)
    theta = run.theta - rate * (w if u is None else u @ w)
    loss = curvature.mean_loss(setup, theta, data.inputs, data.targets)
    return run._replace(theta=theta, mean=mean, second=second, matrix=matrix, loss=loss)


@cache
def runner(setup):
    """Return the compiled function that makes the runs of a setup.

    Returns
    -------
    callable
        (problem, noise, target, rate, knob, beta1, age, steps, enough, least) -> times and final
        losses, shape (n,) each, and the last parameters, shape (n, p). The basis is `age` steps
        old at most; `enough` runs at the target end the call, and so do fewer than `least` that
        have not diverged.
    """

    def blank(data):
        n, p = data.start.shape
        second = setup.rule.uses == "second moment"
        eye = jnp.broadcast_to(jnp.eye(p), (n, p, p)) if setup.basis != "identity" else None
        zero = jnp.zeros((n, p))
        loss = jax.vmap(lambda t, x, y: curvature.mean_loss(setup, t, x, y))(
            data.start, data.inputs, data.targets
        )
        return Runs(
            theta=data.start,
            mean=zero,
            second=zero if second else None,
            matrix=jnp.zeros((n, p, p)) if setup.keeps_matrix else None,
            basis=eye,
            curvature=zero if setup.looks else None,
            alive=zero > 0 if setup.looks else None,
            loss=loss,
            time=jnp.full(n, jnp.inf),
        )

    def run(data, noise, target, rate, knob, beta1, age, steps, enough, least):
        start = blank(data)

        def keys(kind, t):
            return jax.vmap(lambda key: jax.random.fold_in(jax.random.fold_in(key, kind), t))(
                data.key
            )

        def look(runs, t):
            return jax.vmap(lambda r, d, k: refresh(setup, r, d, noise, k))(runs, data, keys(1, t))

        def body(carry):
            t, runs = carry
            if setup.looks:
                runs = jax.lax.cond(t % age == 0, lambda r: look(r, t), lambda r: r, runs)
            runs = jax.vmap(lambda r, d, k: step(setup, r, d, noise, k, t, rate, knob, beta1))(
                runs, data, keys(0, t)
            )
            hit = (runs.loss <= target) & jnp.isinf(runs.time)
            return t + 1, runs._replace(time=jnp.where(hit, t + 1.0, runs.time))

        def going(carry):
            t, runs = carry
            there = jnp.isfinite(runs.time)
            lost = ~there & ~(runs.loss <= DIVERGED * start.loss)
            still = jnp.any(~there & ~lost) & (there.sum() < enough) & ((~lost).sum() >= least)
            return (t < steps) & still

        _, runs = jax.lax.while_loop(going, body, (0, start))
        loss = jnp.where(runs.loss <= DIVERGED * start.loss, runs.loss, jnp.inf)
        return runs.time, loss, runs.theta

    return jax.jit(run)
