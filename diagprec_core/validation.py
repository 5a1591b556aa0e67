"""Checks of arguments: each returns the argument in its normal form or raises a ``ValueError``.

Every message names the argument, says what was given and what is needed.
"""

import numbers
import operator

import numpy as np

SYMMETRY_TOLERANCE = 1e-12
ORTHOGONALITY_TOLERANCE = 1e-10


def fail(name, given, needed):
    """Raise the ``ValueError`` that all checks share.

    Raises
    ------
    ValueError
        Always.

    Examples
    --------
    >>> fail("steps", -1, "an integer of at least 0")
    Traceback (most recent call last):
        ...
    ValueError: steps: got -1, need an integer of at least 0
    """
    raise ValueError(f"{name}: got {given}, need {needed}")


def describe(value):
    """Name a value for an error message: short things by repr, arrays by their shape.

    >>> describe(-1.5), describe([[1, 2, 3]])
    ('-1.5', 'an array of shape (1, 3)')
    """
    if isinstance(value, np.ndarray | list | tuple):
        try:
            shape = np.shape(value)
        except ValueError:
            return "a ragged sequence"
        return f"an array of shape {shape}" if shape else repr(value.item())
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def as_array(name, value, shape, needed=None):
    """Check a finite real array and return it as float64.

    Parameters
    ----------
    name : str
        The argument's name, for the message.
    value : array_like
        Numbers; bools, complex numbers, NaN and infinities are refused.
    shape : tuple
        One entry an axis: a length, or None for any length of at least 1.
    needed : str, optional
        What the message asks for; by default made from `shape`.

    Raises
    ------
    ValueError
        If `value` is anything else.

    Examples
    --------
    >>> as_array("start", [1, 2], (None,))
    array([1., 2.])
    """
    needed = needed or f"a finite real array of shape {_spell(shape)}"
    if isinstance(value, np.ma.MaskedArray):
        fail(name, "a masked array", needed + ", without a mask")
    try:
        array = np.asarray(value)
    except ValueError:
        fail(name, describe(value), needed)
    if array.dtype.kind not in "iuf":
        fail(name, f"{describe(value)} of dtype {array.dtype}", needed)
    if array.ndim != len(shape) or any(
        have < 1 or want not in (None, have) for have, want in zip(array.shape, shape, strict=True)
    ):
        fail(name, describe(array), needed)
    array = array.astype(np.float64)
    if not np.isfinite(array).all():
        fail(name, "an array with NaN or infinite entries", needed)
    return array


def _spell(shape):
    """Spell a shape with free lengths: ``(None, 3)`` is '(any, 3)'."""
    inside = ", ".join("any" if n is None else str(n) for n in shape)
    return f"({inside},)" if len(shape) == 1 else f"({inside})"


def dimensions(name, value):
    """Return the number of axes of what should become an array; refuse a ragged sequence.

    >>> dimensions("rates", [1, 2])
    1
    """
    try:
        return np.ndim(value)
    except ValueError:
        return fail(name, describe(value), "an array")


def as_number(name, value, *, low=-np.inf, high=np.inf, open_low=False, open_high=False):
    """Check one finite real number in a range and return it as a float.

    Examples
    --------
    >>> as_number("beta1", 0.9, low=0, high=1, open_high=True)
    0.9
    >>> as_number("beta1", 1, low=0, high=1, open_high=True)
    Traceback (most recent call last):
        ...
    ValueError: beta1: got 1, need a number in [0, 1)
    """
    brackets = ("(" if open_low or low == -np.inf else "[") + f"{low:g}, {high:g}"
    brackets += ")" if open_high or high == np.inf else "]"
    needed = "a finite number" if (low, high) == (-np.inf, np.inf) else f"a number in {brackets}"
    is_number = isinstance(value, numbers.Real | np.integer | np.floating)
    if not is_number and hasattr(value, "__array__") and not isinstance(value, np.ma.MaskedArray):
        array = np.asarray(value)  # a 0-d array, JAX's scalars among them
        if array.ndim == 0 and array.dtype.kind in "iuf":
            is_number, value = True, array.item()
    try:
        number = float(value) if is_number and not isinstance(value, bool | np.bool_) else np.nan
    except OverflowError:
        number = np.nan
    if not np.isfinite(number):
        fail(name, describe(value), needed)
    if number < low or number > high or (open_low and number == low):
        fail(name, describe(value), needed)
    if open_high and number == high:
        fail(name, describe(value), needed)
    return number


def as_count(name, value, *, low=0):
    """Check an integer of at least `low` and return it as an int.

    >>> as_count("steps", 10)
    10
    """
    needed = f"an integer of at least {low}"
    if isinstance(value, bool | np.bool_) or getattr(value, "dtype", None) == np.bool_:
        fail(name, describe(value), needed)
    try:
        count = operator.index(value)  # 0-d arrays and JAX's scalars have one
    except TypeError:
        return fail(name, describe(value), needed)
    if count < low:
        fail(name, describe(value), needed)
    return count


def as_counts(name, value):
    """Check integers of at least 1, one or an array of any shape, and return them as an array.

    >>> as_counts("batch_size", [1, 16])
    array([ 1, 16])
    """
    array = as_array(name, value, (None,) * dimensions(name, value))
    if np.asarray(value).dtype.kind not in "iu" or (array < 1).any():
        fail(name, describe(value), "integers of at least 1")
    return np.asarray(value, dtype=np.int64)


def as_probabilities(name, value, size=None):
    """Check positive numbers with sum 1, shape (n,) or (size,).

    >>> as_probabilities("weights", [0.5, 0.5])
    array([0.5, 0.5])
    """
    array = as_array(name, value, (size,))
    if array.min() <= 0 or abs(array.sum() - 1) > 1e-12:
        given = f"smallest {array.min():.3g}, sum {array.sum():.15g}"
        fail(name, given, "positive numbers with sum 1")
    return array


def as_symmetric(name, value, stack=False):
    """Check a symmetric matrix, or with `stack` a stack of them, and return it exactly symmetric.

    Asymmetry up to 1e-12 of the largest entry counts as rounding and is averaged away.

    >>> as_symmetric("hessian", [[2, 1], [1, 2]])
    array([[2., 1.],
           [1., 2.]])
    """
    needed = "symmetric matrices, shape (K, m, m)" if stack else "a symmetric matrix, shape (d, d)"
    matrix = as_array(name, value, (None,) * (2 + stack), needed)
    if matrix.shape[-1] != matrix.shape[-2]:
        fail(name, describe(matrix), needed)
    transposed = np.swapaxes(matrix, -1, -2)
    if np.abs(matrix / 2 - transposed / 2).max() > SYMMETRY_TOLERANCE / 2 * np.abs(matrix).max():
        fail(name, "a matrix that is not symmetric", needed)
    # A matrix that is symmetric already comes back to the last bit.
    return 0.5 * matrix + 0.5 * transposed


def as_positive_definite(name, value, stack=False):
    """Check a symmetric positive definite matrix, or with `stack` a stack of them.

    >>> as_positive_definite("hessian", [[1, 2], [2, 1]])
    Traceback (most recent call last):
        ...
    ValueError: hessian: got smallest eigenvalue -1, need a positive definite matrix
    """
    matrix = as_symmetric(name, value, stack)
    smallest = np.linalg.eigvalsh(matrix).min()
    if smallest <= 0:
        fail(name, f"smallest eigenvalue {smallest:.3g}", "a positive definite matrix")
    return matrix


def as_basis(name, value, size):
    """Check an orthogonal matrix of shape (size, size), columns the basis vectors.

    >>> as_basis("basis", [[0, 1], [1, 0]], 2)
    array([[0., 1.],
           [1., 0.]])
    """
    needed = f"an orthogonal array of shape ({size}, {size})"
    if isinstance(value, str):
        fail(name, repr(value), needed + " such as dp.identity_basis(d) or dp.eigenbasis(matrix)")
    basis = as_array(name, value, (size, size), needed)
    defect = np.abs(basis.T @ basis - np.eye(size)).max()
    if defect > ORTHOGONALITY_TOLERANCE:
        fail(name, f"columns that are {defect:.1g} away from orthonormal", needed)
    return basis


def as_start(start, dimension, runs):
    """Check theta_0, shape (d,) or (n, d), against the shape of the runs: (), or (n,) of them.

    >>> as_start([1, 2], 2, ())
    array([1., 2.])
    """
    if dimensions("start", start) < 2:
        return as_array("start", start, (dimension,))
    return as_array("start", start, (runs[0] if runs else None, dimension))


def as_instance(name, value, kind):
    """Check that `value` is an object of the class, or of one of the classes, `kind`.

    >>> as_instance("problem", 3, dict)
    Traceback (most recent call last):
        ...
    ValueError: problem: got 3, need a dict
    """
    kinds = kind if isinstance(kind, tuple) else (kind,)
    if not isinstance(value, kinds):
        fail(name, describe(value), "a " + " or a ".join(k.__name__ for k in kinds))
    return value
