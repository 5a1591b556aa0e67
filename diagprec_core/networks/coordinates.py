"""What Adam's denominator is on a user's model, coordinate by coordinate, beside Gauss-Newton's.

Exact over a finite batch that stands for the population: with V_u = E[(u . g)^2] the second moment
of one example's gradient and (u . E g)^2 the square of the mean, the second moment of a mini-batch
of B examples drawn with replacement is (V_u + (B - 1) (u . E g)^2)/B. The theory says that this is
near a scalar times the Gauss-Newton diagonal u^T G u, hence Adam near GN^-1/2 (claim SXQ-3); the
measured shares and powers say how near.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from .. import validation as check
from .factors import LARGEST, rotate
from .gauss_newton import gauss_newton
from .outputs import LOSSES, example_loss, example_outputs, mean_over

SMALLEST = 1e-8  # coordinates with less than this share of the largest curvature are left out


class Coordinates(NamedTuple):
    """Moments of the gradient and the curvature, each a pytree in the parameters' structure.

    Attributes
    ----------
    second_moment : pytree
        E[(u . g)^2] of one example.
    squared_mean : pytree
        (u . E g)^2.
    curvature : pytree
        u^T G u.
    basis : pytree of `factors.Factors`
    """

    second_moment: object
    squared_mean: object
    curvature: object
    basis: object

    def second_moment_at(self, batch_size):
        """Return the second moment of the mean gradient of a mini-batch, a pytree; inf is all."""
        share = 1.0 / _batch_size(batch_size)

        def one(v, m):
            return share * v + (1.0 - share) * m

        return jax.tree.map(one, self.second_moment, self.squared_mean)

    def share(self, batch_size, tau=1.0):
        """Return on which share of the coordinates Adam is GN^-1/2 up to one scalar (SXQ-3).

        The second moments at that batch size, over the curvatures, are to lie within
        [c, (1 + tau) c] for the scalar c that makes the share largest: Adam's denominator is then
        GN^1/2 up to one scalar and a factor sqrt(1 + tau), as in `measure.share_within`.
        """
        tau = check.as_number("tau", tau, low=0)
        (log_second, log_curvature), alive = self._logarithms(batch_size)
        logs = jnp.sort(jnp.where(alive, log_second - log_curvature, jnp.inf))
        ends = logs + jnp.log1p(tau) + 16 * jnp.finfo(logs.dtype).eps
        inside = jnp.searchsorted(logs, ends, side="right") - jnp.arange(len(logs))
        return jnp.max(jnp.where(jnp.isfinite(logs), inside, 0)) / alive.sum()

    def power(self, batch_size):
        """Return the effective power of Adam's denominator: half the slope of log V on log h.

        It is 1/2 where Adam is GN^-1/2 and 0 where its second moment knows nothing of the
        curvature h; the slope is that of least squares over the coordinates.
        """
        (log_second, log_curvature), alive = self._logarithms(batch_size)
        alive = alive & jnp.isfinite(log_second)
        x = log_curvature - jnp.sum(jnp.where(alive, log_curvature, 0.0)) / alive.sum()
        top = jnp.sum(jnp.where(alive, x * jnp.where(alive, log_second, 0.0), 0.0))
        return 0.5 * top / jnp.sum(jnp.where(alive, x**2, 0.0))

    def _logarithms(self, batch_size):
        """Return log of the second moment and of the curvature, (p,) each, and what counts."""
        pair = self.second_moment_at(batch_size), self.curvature
        second, curvature = (
            jnp.concatenate([leaf.ravel() for leaf in jax.tree.leaves(tree)]) for tree in pair
        )
        alive = curvature > SMALLEST * curvature.max()
        return (jnp.log(second), jnp.log(jnp.where(alive, curvature, 1.0))), alive


def measure(
    loss,
    outputs,
    parameters,
    batch,
    *,
    basis="identity",
    samples=None,
    key=None,
    chunk=16,
    largest=LARGEST,
):
    """Return the `Coordinates` of a model at a point, exact over a batch.

    Parameters
    ----------
    loss : {"squared", "cross-entropy"} or callable
        See the module `outputs`; a function takes one example's outputs and its target.
    outputs : callable
        (parameters, inputs) -> outputs, both with a leading axis of n examples.
    parameters : pytree of arrays
    batch : (inputs, targets)
        Pytrees whose leaves have the examples as their first axis. An example's gradient has its
        given target: where labels are noisy, repeat examples with other labels.
    basis : {"identity", "kronecker"} or pytree of `factors.Factors`
        "kronecker" is that of G on this batch.
    samples, key : int and jax.random.key, optional
        Draws for each example, where all rows of its Jacobian are too many: the curvature is then
        right in expectation, with a relative variance of about 2/(n samples), more where a few
        examples have most of it; the moments of the gradient stay exact.
    chunk : int
        Examples at a time: memory is p numbers and chunk x outputs x p.
    largest : int
        Sides of a matrix longer than this keep the identity.

    Returns
    -------
    Coordinates

    Raises
    ------
    ValueError
        If an argument is none of these.

    Examples
    --------
    With residuals of size 1 whose signs tell nothing of the inputs, V_u is G_uu:

    >>> inputs = jnp.array([[1.0, 0.0], [1.0, 0.0], [3.0, 2.0], [3.0, 2.0]])
    >>> targets = jnp.array([1.0, -1.0, 1.0, -1.0])
    >>> found = measure("squared", lambda w, x: x @ w, jnp.zeros(2), (inputs, targets))
    >>> found.second_moment.tolist(), found.squared_mean.tolist(), found.curvature.tolist()
    ([5.0, 2.0], [0.0, 0.0], [5.0, 2.0])
    >>> print(f"{found.share(1):.2f} {found.power(1):.2f}")
    1.00 0.50
    """
    if not isinstance(batch, tuple | list) or len(batch) != 2:
        check.fail("batch", check.describe(batch), "a pair (inputs, targets)")
    inputs, targets = batch
    how = {"basis": basis, "samples": samples, "key": key, "chunk": chunk, "largest": largest}
    basis, curvature = gauss_newton(loss, outputs, parameters, inputs, targets, **how)
    _check_targets(loss, outputs, parameters, inputs, targets)

    def moments(example):
        x, y = example
        g = jax.grad(lambda p: example_loss(loss, example_outputs(outputs, p, x), y))(parameters)
        turned = rotate(basis, g)
        return jax.tree.map(jnp.square, turned), turned

    second, mean = mean_over(moments, (inputs, targets), chunk)
    return Coordinates(second, jax.tree.map(jnp.square, mean), curvature, basis)


def _check_targets(loss, outputs, parameters, inputs, targets):
    """Refuse targets that would broadcast against the outputs into another loss."""
    if loss not in LOSSES:
        return
    f = jax.eval_shape(outputs, parameters, inputs).shape
    wanted = f if loss == "squared" else f[:-1]
    if jnp.shape(targets) != wanted:
        given = f"targets of shape {jnp.shape(targets)}"
        check.fail("batch", given, f"targets of shape {wanted} for outputs of shape {f}")


def _batch_size(value):
    """Check a batch size: a number of at least 1, or inf."""
    if isinstance(value, jax.core.Tracer) or (isinstance(value, float) and value == jnp.inf):
        return value
    return check.as_number("batch_size", value, low=1)
