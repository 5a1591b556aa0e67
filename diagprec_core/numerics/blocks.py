"""Matrices as blocks: the structure of a Hessian, found and used."""

import numpy as np


def rotate(hessian, basis):
    """Return U^T H U, for H dense or a diagonal (d,); exactly diagonal where the rest is rounding.

    An entry of the computed product is off by up to a few d eps times that of ``|U|^T |H| |U|``.
    Entries below that, which is what a computed eigenbasis leaves behind, cannot be told from 0.
    """

    def product(left, middle):
        turned = left.T * middle if middle.ndim == 1 else left.T @ middle
        return turned @ left

    rotated = product(basis, hessian)
    rounding = 4 * len(basis) * np.finfo(float).eps * product(np.abs(basis), np.abs(hessian))
    off = ~np.eye(len(basis), dtype=bool)
    if (np.abs(rotated) <= rounding)[off].all():
        return np.diag(np.diagonal(rotated))
    return 0.5 * (rotated + rotated.T)


def simplest(blocks):
    """Return the diagonal, shape (d,), if there is nothing else in the blocks, else the blocks."""
    diagonal = np.diagonal(blocks, axis1=1, axis2=2)
    if np.count_nonzero(blocks) == np.count_nonzero(diagonal):
        return diagonal.reshape(-1)
    return blocks


def diagonal(blocks):
    """Return the diagonal of blocks (K, m, m), shape (K m,)."""
    return np.diagonal(blocks, axis1=1, axis2=2).reshape(-1)


def apply(matrix, errors, out=None):
    """Multiply errors (..., d) by a diagonal (d,) or by blocks (K, m, m)."""
    if matrix.ndim == 1:
        return np.multiply(errors, matrix, out=out)
    if len(matrix) == 1:
        return np.matmul(errors, matrix[0], out=out)
    return apply_blocks(matrix, errors, out)


def apply_blocks(blocks, vectors, out=None):
    """Multiply row vectors (..., K m) by blocks (K, m, m), block by block, in O(n d m)."""
    count, size, _ = blocks.shape
    out = np.empty(vectors.shape) if out is None else out
    vectors, parts = vectors.reshape(-1, count, size), out.reshape(-1, count, size)
    if size > 3:
        parts[...] = np.moveaxis(np.moveaxis(vectors, 1, 0) @ blocks, 0, 1)
        return out
    # Small blocks: m^2 passes over (n, K) beat K small products.
    for i in range(size):
        np.multiply(vectors[..., 0], blocks[:, 0, i], out=parts[..., i])
        for j in range(1, size):
            parts[..., i] += vectors[..., j] * blocks[:, j, i]
    return out


def inner(a, b):
    """Inner products over the last axis."""
    return np.einsum("...i,...i->...", a, b)
