"""The diagonal of a user's Gauss-Newton matrix in a basis, and the Kronecker basis that it has."""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from .. import validation as check
from . import factors
from .outputs import as_loss, mean_over, rows

BASES = ("identity", "kronecker")


class Curvature(NamedTuple):
    """A basis and the diagonal of G in it.

    Attributes
    ----------
    basis : pytree of `factors.Factors`
    diagonal : pytree
        u^T G u for every vector u of the basis, in the parameters' structure.
    """

    basis: object
    diagonal: object


def gauss_newton(
    loss,
    outputs,
    parameters,
    inputs,
    targets=None,
    *,
    basis="identity",
    samples=None,
    key=None,
    chunk=16,
    largest=factors.LARGEST,
):
    """Return the `Curvature` of a model on a batch.

    In the basis "kronecker" the two factors of a leaf are the eigenvectors of the partial traces
    of its block of G. They are needed before the diagonal, so the rows of the Jacobian are made
    twice instead of being kept.

    Parameters
    ----------
    loss : {"squared", "cross-entropy"} or callable
        See the module `outputs`.
    outputs : callable
        (parameters, inputs) -> outputs, both with a leading axis of n examples.
    parameters : pytree of arrays
    inputs : pytree of arrays
        Their first axes are the examples.
    targets : pytree of arrays, optional
        Only for a loss that is a function of the outputs and a target: G has no labels.
    basis : {"identity", "kronecker"} or pytree of `factors.Factors`
    samples : int, optional
        Rows drawn for each example, at random; all rows, and the exact diagonal, if None.
    key : jax.random.key, optional
        For the draws; needed with `samples`.
    chunk : int
        Examples at a time: memory is chunk x rows x p, and the time hardly changes.
    largest : int
        Sides of a matrix longer than this keep the identity.

    Returns
    -------
    Curvature

    Raises
    ------
    ValueError
        If an argument is none of these.

    Examples
    --------
    >>> line = lambda w, x: x @ w
    >>> x = jnp.array([[1.0, 0.0], [3.0, 2.0]])
    >>> gauss_newton("squared", line, jnp.zeros(2), x).diagonal.tolist()
    [5.0, 2.0]
    """
    as_loss(loss)
    check_model(outputs, parameters, inputs)
    chunk, largest = check.as_count("chunk", chunk, low=1), check.as_count("largest", largest)
    samples = as_samples(samples, key)
    n = len(jax.tree.leaves(inputs)[0])
    keys = None if samples is None else jax.random.split(key, n)
    batch = inputs, targets, keys

    def mean_of(statistic):
        def one(example):
            x, y, k = example
            return statistic(rows(loss, outputs, parameters, x, y, samples, k))

        return mean_over(one, batch, chunk)

    if isinstance(basis, str):
        if basis not in BASES:
            check.fail("basis", repr(basis), needed_basis())
        if basis == "identity":
            basis = factors.identity(parameters)
        else:
            basis = factors.eigenbasis(mean_of(lambda z: factors.traces(z, largest)))
    else:
        check_basis(basis, parameters)

    def squares(z):
        return jax.tree.map(lambda a: jnp.sum(a**2, axis=0), factors.rotate(basis, z))

    return Curvature(basis, mean_of(squares))


def as_samples(samples, key):
    """Check the number of samples and that there is a key for them; None is none.

    >>> as_samples(3, None)
    Traceback (most recent call last):
        ...
    ValueError: key: got None, need a key such as jax.random.key(0) where samples are drawn
    """
    if samples is None:
        return None
    if key is None:
        check.fail("key", None, "a key such as jax.random.key(0) where samples are drawn")
    return check.as_count("samples", samples, low=1)


def as_number(name, value, **limits):
    """Check a number; what is traced (a knob under vmap or jit) has no value to check.

    >>> as_number("damping", 0.5, low=0)
    0.5
    """
    return value if isinstance(value, jax.core.Tracer) else check.as_number(name, value, **limits)


def as_basis_name(basis):
    """Check that a basis is one of `BASES`, and return it.

    >>> as_basis_name("full")
    Traceback (most recent call last):
        ...
    ValueError: basis: got 'full', need 'identity' or 'kronecker'
    """
    if not (isinstance(basis, str) and basis in BASES):
        check.fail("basis", check.describe(basis), " or ".join(map(repr, BASES)))
    return basis


def start_basis(basis, parameters, largest=factors.LARGEST):
    """Return the basis of one of `BASES` before anything has been estimated.

    >>> start_basis("identity", jnp.ones((2, 3)))
    Factors(left=None, right=None)
    """
    if basis == "identity":
        return factors.identity(parameters)
    return factors.start(parameters, largest)


def check_model(outputs, parameters, inputs):
    """Refuse what is no model, no parameters, or no batch of inputs.

    Raises
    ------
    ValueError
        If an argument is none of these.
    """
    if not callable(outputs):
        needed = "a function (parameters, inputs) -> outputs"
        check.fail("outputs", check.describe(outputs), needed)
    if not jax.tree.leaves(parameters):
        check.fail("parameters", check.describe(parameters), "a pytree of arrays")
    lengths = {jnp.shape(leaf)[:1] for leaf in jax.tree.leaves(inputs)}
    if len(lengths) != 1 or lengths & {(), (0,)}:
        given = sorted(jnp.shape(leaf) for leaf in jax.tree.leaves(inputs))
        needed = "arrays whose first axes are the same examples, at least one"
        check.fail("batch", f"arrays of shapes {given}", needed)


def needed_basis():
    """Say what a basis has to be.

    >>> needed_basis()
    "'identity', 'kronecker' or a pytree of Factors with the parameters' structure"
    """
    names = ", ".join(map(repr, BASES))
    return f"{names} or a pytree of Factors with the parameters' structure"


def check_basis(basis, parameters):
    """Refuse a basis whose structure or shapes are not those of the parameters.

    Raises
    ------
    ValueError
        If it is none.
    """
    leaves, structure = jax.tree.flatten(basis, is_leaf=lambda b: isinstance(b, factors.Factors))
    arrays, wanted = jax.tree.flatten(parameters)
    fits = structure == wanted and all(isinstance(b, factors.Factors) for b in leaves)
    if not fits:
        check.fail("basis", check.describe(basis), needed_basis())
    for pair, array in zip(leaves, arrays, strict=True):
        sides = jnp.shape(array) if jnp.ndim(array) == 2 else (None, None)
        for factor, side in zip(pair, sides, strict=True):
            if factor is not None and jnp.shape(factor) != (side, side):
                given = f"a factor of shape {jnp.shape(factor)} for a leaf {jnp.shape(array)}"
                check.fail("basis", given, "square factors as long as a matrix's sides")
