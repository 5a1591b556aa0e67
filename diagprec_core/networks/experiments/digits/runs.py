"""One training run on the digits: a rule in a basis, until the loss is small or the budget spent.

Every rule sees the same bias-corrected average of the gradient, m, in the coordinates of a basis
taken from a Gauss-Newton matrix every `REFRESH` steps, the first among them:

- GD: m.
- sign: the sign of m.
- Adam: m / (sqrt(v) + eps), v the bias-corrected average of the squared coordinates.
- GN^p, p = -1 and -1/2: m (h + mu)^p, h the Gauss-Newton diagonal and mu a damping.
- Sophia: clip(m / (gamma (h + mu)), -1, 1), with this h, exact and not averaged.

The null space is treated by definition: a coordinate whose h is at most 1e-8 of the largest is
*null*, and no rule moves it. What an eigensolver returns within a null space then changes nothing.

Adam's second moment is kept exactly through a change of basis: with S the average of g g^T, v is
the diagonal of U^T S U. S needs no p x p matrix, since the gradients of at most 200 steps are its
factor: v is the average of the squares of their coordinates in the new basis.
"""

from dataclasses import dataclass
from functools import cache, lru_cache

import jax
import jax.numpy as jnp
import numpy as np

from .... import validation as check
from . import model
from .matrices import (
    BASES,
    NULL,
    basis_and_diagonal,
    curvature_weights,
    sampled_weights,
    turn,
    turn_back,
)

RULES = ("GD", "sign", "Adam", "GN^-1", "GN^-1/2", "Sophia")
BUDGET, REFRESH = 200, 10
BATCH, CURVATURE_BATCH = 64, 256
BETA1, EPS, SOPHIA_DAMPING = 0.9, 1e-8, 2.0**-10
BATCHES = ("64", "full")


@dataclass(frozen=True)
class Setup:
    """What a run is compiled for.

    Attributes
    ----------
    basis : {"identity", "Kronecker", "full"}
    batch : {"64", "full"}
        "64": gradients from 64 draws with replacement, G from 256 other draws. "full": both from
        all images.
    sampled : bool
        G from one label an example, drawn from the model, in the place of the exact one.
    """

    basis: str
    batch: str
    sampled: bool = False

    def __post_init__(self):
        for name, known in (("basis", BASES), ("batch", BATCHES)):
            if (value := getattr(self, name)) not in known:
                check.fail(name, check.describe(value), "one of " + ", ".join(known))


def direction(rule, knob, m, v, h):
    """Return the direction in the coordinates of the basis, 0 where h is null, shape (p,).

    Parameters
    ----------
    rule : int
        Index into `RULES`; may be traced.
    knob : float
        GN^p: the damping, in units of the mean of h; Sophia: gamma. Not used by the others.
    m, v, h : arrays of shape (p,)
        Averaged gradient and square, both bias-corrected, and the Gauss-Newton diagonal.
    """
    alive = h > NULL * h.max()
    h = jnp.where(alive, h, 0.0)
    mean = h.mean()
    damped = jnp.where(alive, h + knob * mean, 1.0)
    branches = (
        lambda: m,
        lambda: jnp.sign(m),
        lambda: m / (jnp.sqrt(v) + EPS),
        lambda: m / damped,
        lambda: m / jnp.sqrt(damped),
        lambda: jnp.clip(m / (knob * (h + SOPHIA_DAMPING * mean)), -1.0, 1.0),
    )
    return jnp.where(alive, jax.lax.switch(rule, branches), 0.0)


def second_moment(history, basis, beta2, count):
    """Return diag(U^T S U), S the average of g g^T over the first `count` rows, shape (p,).

    Parameters
    ----------
    history : array of shape (n, p)
        A gradient a step; rows from `count` on are not looked at.
    basis
        See `digits_matrices.turn`.
    beta2 : float
        S = (1 - beta2) sum of beta2^(count - 1 - i) g_i g_i^T, not bias-corrected.
    count : int
    """
    age = count - 1 - jnp.arange(len(history))
    weight = jnp.where(age >= 0, (1 - beta2) * beta2 ** jnp.maximum(age, 0), 0.0)
    return weight @ turn(basis, history) ** 2


def _keys(seed):
    """Return the keys of the batches and of the curvature batches; key 0 is that of the start."""
    return [jax.random.fold_in(jax.random.key(seed), i) for i in (1, 2)]


@cache
def population():
    """Return all images and the law of their labels, (1797, 64) and (1797, 10)."""
    inputs, labels = model.images()
    return jnp.asarray(inputs), jnp.asarray(model.certain(labels))


@cache
def refresher(setup):
    """Return the compiled (population, theta, seed, number of the refresh) -> (basis, h)."""

    def refresh(population, theta, seed, number):
        inputs, law = population
        for_batch, for_labels = jax.random.split(jax.random.fold_in(_keys(seed)[1], number))
        if setup.batch != "full":
            inputs, _ = model.draw(for_batch, CURVATURE_BATCH, inputs, law)
        q = model.probabilities(theta, inputs)
        weights = sampled_weights(for_labels, q) if setup.sampled else curvature_weights(q)
        return basis_and_diagonal(setup.basis, theta, inputs, weights)

    return jax.jit(refresh)


@lru_cache(maxsize=32)
def first_refresh(setup, seed, nudge):
    """Return the basis and the diagonal at the start: the same for all settings of all rules."""
    return refresher(setup)(population(), model.start(seed, nudge), seed, 0)


@cache
def stepper(setup):
    """Return the compiled function that makes the `REFRESH` steps between two refreshes.

    Returns
    -------
    callable
        (population, (theta, m, history), basis, h, rule, rate, knob, beta2, seed, first step) ->
        the same triple and the losses before each step and after the last, (REFRESH + 1,).
    """

    def block(population, state, basis, h, rule, rate, knob, beta2, seed, first):
        theta, m, history = state
        v = second_moment(history, basis, beta2, first)

        def step(carry, t):
            theta, m, v = carry
            if setup.batch == "full":
                value, g = jax.value_and_grad(model.loss)(theta, *population)
            else:
                key = jax.random.fold_in(_keys(seed)[0], t)
                g = jax.grad(model.loss)(theta, *model.draw(key, BATCH, *population))
                value = model.loss(theta, *population)
            m = BETA1 * m + (1 - BETA1) * g
            turned_m, turned_g = turn(basis, jnp.stack([m, g]))
            v = beta2 * v + (1 - beta2) * turned_g**2
            m_hat = turned_m / (1 - BETA1 ** (t + 1.0))
            w = direction(rule, knob, m_hat, v / (1 - beta2 ** (t + 1.0)), h)
            return (theta - rate * turn_back(basis, w), m, v), (value, g)

        times = first + jnp.arange(REFRESH)
        (theta, m, _), (values, gradients) = jax.lax.scan(step, (theta, m, v), times)
        history = jax.lax.dynamic_update_slice(history, gradients, (first, 0))
        return (theta, m, history), jnp.append(values, model.loss(theta, *population))

    return jax.jit(block)


def run(setup, rule, rate, knob, seed, *, nudge=0.0, limit=np.inf):
    """Make one run; return the steps to the threshold and the last population loss.

    Parameters
    ----------
    setup : Setup
    rule : str
        One of `RULES`.
    rate, knob : float
        Adam's knob is 1 - beta2.
    seed : int
    nudge : float
        Relative size of a perturbation of the start.
    limit : float
        The run may stop once it has made this many steps.

    Returns
    -------
    steps : float
        Where the loss first is at most `model.THRESHOLD`, see `crossing`; inf if nowhere.
    loss : float
        At the step behind it, or at the last one; inf if the run diverged.

    Raises
    ------
    ValueError
        If there is no such rule.
    """
    if rule not in RULES:
        check.fail("rule", check.describe(rule), "one of " + ", ".join(RULES))
    theta = model.start(seed, nudge)
    state = theta, jnp.zeros_like(theta), jnp.zeros((BUDGET, len(theta)))
    beta2 = 1 - knob if rule == "Adam" else 0.0
    for first in range(0, BUDGET, REFRESH):
        if first >= limit:
            break
        if first == 0:
            basis, h = first_refresh(setup, seed, nudge)
        else:
            basis, h = refresher(setup)(population(), state[0], seed, first // REFRESH)
        state, losses = stepper(setup)(
            population(), state, basis, h, RULES.index(rule), rate, knob, beta2, seed, first
        )
        losses = np.nan_to_num(losses, nan=np.inf)
        if (losses <= model.THRESHOLD).any():
            return first + crossing(losses), float(losses[losses <= model.THRESHOLD][0])
        if not np.isfinite(losses).all():
            return np.inf, np.inf
    return np.inf, float(losses[-1])


def crossing(losses, threshold=model.THRESHOLD):
    """Return where losses first are at most the threshold, between two steps by their logarithms.

    A rule may be there within ten steps, where whole steps would be too coarse to compare.

    >>> crossing(np.array([1.0, 0.4, 0.1, 0.3]), 0.2), crossing(np.array([0.1, 0.2]), 0.2)
    (1.5, 0.0)
    """
    hit = int(np.argmax(losses <= threshold))
    if hit == 0:
        return 0.0
    before, after = np.log(losses[hit - 1]), np.log(losses[hit])
    return float(hit - 1 + (before - np.log(threshold)) / (before - after))
