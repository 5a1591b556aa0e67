"""Training of the character transformer under each rule: one seed's run, and what it costs.

All rules have the same schedule, starts and sequences: a seed fixes where the parameters start and
which windows of the text are seen at which step. Everything is float32, the parameters' type.
"""

import math
import time
from functools import cache, partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

from .... import validation as check
from ...outputs import example_loss
from .rules import BATCH, values
from .text import corpus

CHUNK = 100  # steps compiled as one; horizons are multiples of it
EVALUATION = 512  # sequences of the text held out
WARM_UP = 0.05  # the share of the steps during which the rate rises
NUDGE = 1e-6  # relative noise on the start, by which what repeats is told from what does not


def schedule(step, steps):
    """Return the share of the learning rate at a step: a linear rise, then a linear fall to 0.

    >>> [round(float(schedule(t, 100)), 3) for t in (0, 4, 5, 52, 99)]
    [0.2, 1.0, 1.0, 0.505, 0.011]
    """
    rise = WARM_UP * steps
    return jnp.minimum((step + 1) / rise, (steps - step) / (steps - rise))


def windows(text, key, count, length):
    """Return characters and the ones that follow each, (count, length), from random places.

    >>> x, y = windows(jnp.arange(9), jax.random.key(0), 2, 3)
    >>> bool((y == x + 1).all()), x.shape
    (True, (2, 3))
    """
    first = jax.random.randint(key, (count, 1), 0, len(text) - length, jnp.int32)
    found = text[first + jnp.arange(length + 1, dtype=jnp.int32)].astype(jnp.int32)
    return found[:, :-1], found[:, 1:]


def mean_loss(model, parameters, inputs, targets):
    """Return the mean cross-entropy a character, in nats."""
    return example_loss("cross-entropy", model.outputs(parameters, inputs), targets)


@cache
def advance(rule, model, steps=CHUNK):
    """Return the compiled function that makes so many steps of a rule.

    It takes the step at which it begins, the parameters, the state, the seed's keys (of the windows
    and of the sampled labels), the learning rate, the knob, the horizon and the text, and returns
    the step, the parameters, the state and the loss of each step's batch before the step.
    """

    @jax.jit
    def run(first, parameters, state, keys, rate, knob, horizon, text):
        transformation = optax.with_extra_args_support(rule.build(knob, keys[1]))

        def step(carry, _):
            t, parameters, state = carry
            seen, other = jax.random.split(jax.random.fold_in(keys[0], t))
            inputs, targets = windows(text, seen, BATCH, model.length)
            loss, g = jax.value_and_grad(partial(mean_loss, model))(parameters, inputs, targets)
            extra = {"outputs": model.outputs, "batch": inputs}
            if rule.whole:
                extra["outputs"] = lambda p, x: model.outputs(p, x[0])[None]
                extra["batch"] = inputs[None]
            elif rule.curvature:
                extra["batch"] = windows(text, other, rule.curvature, model.length)[0]
            updates, state = transformation.update(g, state, parameters, **extra)
            now = rate * schedule(t, horizon)
            parameters = jax.tree.map(
                lambda p, u: (p - now * u).astype(p.dtype), parameters, updates
            )
            return (t + 1, parameters, state), loss

        (t, parameters, state), losses = jax.lax.scan(
            step, (first, parameters, state), length=steps
        )
        return t, parameters, state, losses

    return run


@cache
def evaluation(model):
    """Return the compiled mean loss on the text held out, a function of the parameters."""
    text = corpus().held_out
    first = np.linspace(0, len(text) - model.length - 1, EVALUATION).astype(int)
    found = jnp.asarray(text[first[:, None] + np.arange(model.length + 1)], jnp.int32)
    return jax.jit(lambda parameters: mean_loss(model, parameters, found[:, :-1], found[:, 1:]))


class Run(NamedTuple):
    """What a run came to.

    Attributes
    ----------
    final : float
        The loss on the text held out; inf where the run diverged.
    curve : array of shape (horizon // CHUNK,)
        The mean loss of the batches of every CHUNK steps, each before its step; inf from where the
        run diverged.
    seconds : array
        Time of every CHUNK steps.
    """

    final: float
    curve: np.ndarray
    seconds: np.ndarray


def begin(rule, model, seed, setting, nudge=0.0, order=None):
    """Return the parameters, the state and the keys with which a seed's run begins.

    Parameters
    ----------
    rule : Rule
    model : Transformer
    seed : int
    setting : tuple of int
    nudge : float
        The size of relative noise on the parameters.
    order : int, optional
        The seed of the windows and of the sampled labels, where it is another.
    """
    start, noise = jax.random.split(jax.random.key(seed))
    seen, labels = jax.random.split(jax.random.fold_in(noise, seed if order is None else order))
    parameters = model.start(start)
    if nudge:
        leaves, structure = jax.tree.flatten(parameters)
        keys = jax.random.split(noise, len(leaves))
        leaves = [
            a * (1 + nudge * jax.random.normal(k, a.shape, a.dtype))
            for a, k in zip(leaves, keys, strict=True)
        ]
        parameters = jax.tree.unflatten(structure, leaves)
    state = rule.build(values(rule, setting)[1], labels).init(parameters)
    return parameters, state, jnp.stack([seen, labels])


def stages(rule, setting, seed, horizon, chunk=CHUNK, *, model, nudge=0.0, order=None):
    """Make a run stage by stage; the arguments are those of `train`, and chunk divides the horizon.

    Yields
    ------
    parameters, state : pytree
    losses : array of shape (chunk,)
    seconds : float
    """
    text = jnp.asarray(corpus().training)
    parameters, state, keys = begin(rule, model, seed, setting, nudge, order)
    rate, knob = (jnp.float32(x) for x in values(rule, setting))
    run, t = advance(rule, model, chunk), jnp.int32(0)
    for _ in range(horizon // chunk):
        before = time.perf_counter()
        t, parameters, state, losses = run(
            t, parameters, state, keys, rate, knob, jnp.float32(horizon), text
        )
        losses = np.asarray(losses)
        yield parameters, state, losses, time.perf_counter() - before


def train(rule, setting, seed, horizon, *, model, nudge=0.0, order=None):
    """Train one seed and return its `Run`.

    Parameters
    ----------
    rule : Rule
    setting : tuple of int
    seed, horizon : int
    model, nudge, order
        As in `begin`.

    Raises
    ------
    ValueError
        If the horizon is no multiple of CHUNK.
    """
    if check.as_count("horizon", horizon, low=CHUNK) % CHUNK:
        check.fail("horizon", horizon, f"a multiple of {CHUNK}")
    curve, seconds = np.full(horizon // CHUNK, np.inf), []
    made = stages(rule, setting, seed, horizon, model=model, nudge=nudge, order=order)
    for i, (parameters, _, losses, took) in enumerate(made):
        seconds.append(took)
        if not np.isfinite(losses).all():
            return Run(math.inf, curve, np.array(seconds))
        curve[i], last = losses.mean(), parameters
    final = float(evaluation(model)(last))
    return Run(final if math.isfinite(final) else math.inf, curve, np.array(seconds))


def memory(rule, model):
    """Return how many numbers a rule keeps from step to step, for each parameter."""
    state = jax.eval_shape(lambda: begin(rule, model, 0, rule.start)[1])
    sizes = [math.prod(leaf.shape) for leaf in jax.tree.leaves(state) if leaf.shape]
    return sum(sizes) / model.size
