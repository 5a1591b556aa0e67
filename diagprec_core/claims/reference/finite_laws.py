"""Finite laws of the features in rational arithmetic, for SXQ-12: every moment is a finite sum."""

import itertools
import math
from fractions import Fraction

import numpy as np

# Clears all denominators of the weights that the cube and the cross are used with.
UNIT = 192


def cube_and_cross(weight):
    """Return a law on Z^4 as pairs (probability, s): the vertices of a cube, those of a cross.

    Covariance I and E[(v^T s)^4] = 3 (1 - w) + (6 w - 2) sum v_i^4 for unit v: Rademacher features
    at w = 0, one kurtosis in every direction at w = 1/3, signed one-hot features at w = 1.

    >>> law = cube_and_cross(Fraction(1, 3))
    >>> len(law), sum(chance for chance, _ in law)
    (24, Fraction(1, 1))
    """
    cube = [((1 - weight) / 16, s) for s in itertools.product((-1, 1), repeat=4)]
    cross = [(weight / 8, tuple(t * (i == j) for j in range(4))) for i in range(4) for t in (-2, 2)]
    return [(Fraction(chance), s) for chance, s in cube + cross if chance > 0]


def kurtosis_range(weight):
    """Return the least and the largest relative kurtosis of the cube with the cross.

    It is 1 - w + (2 w - 2/3) sum v_i^4, and the sum over a unit vector ranges over [1/4, 1].

    >>> [str(k) for k in kurtosis_range(Fraction(1))]
    ['1/3', '4/3']
    """
    ends = [1 - weight + (2 * weight - Fraction(2, 3)) * s for s in (Fraction(1, 4), Fraction(1))]
    return min(ends), max(ends)


def independent(features, scales):
    """Return the joint law of independent features a_j s_j, each given as (probability, s) pairs.

    >>> coin = [(Fraction(1, 2), -1), (Fraction(1, 2), 1)]
    >>> len(independent([coin, coin, coin], [1, 2, 3]))
    8
    """
    return [
        (math.prod(p for p, _ in draw), [a * s for a, (_, s) in zip(scales, draw, strict=True)])
        for draw in itertools.product(*features)
    ]


def dot(p, q):
    """Return the inner product of two sequences.

    >>> dot((1, 2), (3, 4))
    11
    """
    return sum(a * b for a, b in zip(p, q, strict=True))


def moments(law, u, delta):
    """Return u^T Sigma u, u^T Sigma delta and R of a finite law.

    >>> [str(m) for m in moments(cube_and_cross(Fraction(1, 3)), (1, 0, 0, 0), (3, 4, 0, 0))]
    ['1', '3', '25']
    """
    pairs = [(chance, dot(u, x), dot(x, delta)) for chance, x in law]
    return tuple(sum(p * a**i * b ** (2 - i) for p, a, b in pairs) for i in (2, 1, 0))


def over_batches(law, u, delta, noise, batch_size):
    """Return E[(u^T ghat)^2] as a sum over all batches; the noise of a target is -s or s.

    >>> over_batches([(Fraction(1, 2), [1]), (Fraction(1, 2), [-1])], [1], [3], 1, 1)
    Fraction(10, 1)
    """
    chances = {}
    for chance, x in law:
        for xi in (-noise, noise):
            gradient = dot(u, x) * (dot(x, delta) - xi)
            chances[gradient] = chances.get(gradient, 0) + chance / 2
    total = sum(
        math.prod(chances[g] for g in batch) * sum(batch) ** 2
        for batch in itertools.product(chances, repeat=batch_size)
    )
    return total / batch_size**2


def lattice_moments(weight):
    """Return moments of the cube with the cross for the 40 directions of {-1, 0, 1}^4, up to sign.

    All are integers: the expectations times `UNIT`.

    Returns
    -------
    squares : numpy.ndarray of int, shape (40,)
        E[(u^T x)^2].
    products : numpy.ndarray of int, shape (40, 40)
        E[(u^T x)(v^T x)].
    fourths : numpy.ndarray of int, shape (40, 40)
        E[(u^T x)^2 (v^T x)^2].

    Raises
    ------
    ValueError
        If the weight makes a chance that `UNIT` does not clear.

    Examples
    --------
    >>> lattice_moments(Fraction(1, 3))[2][0, 0] / UNIT  # 3 k with k = 2/3
    np.float64(2.0)
    """
    chances = [chance * UNIT for chance, _ in cube_and_cross(weight)]
    if any(chance.denominator > 1 for chance in chances):
        raise ValueError(f"weight: got {weight}, need one that {UNIT} clears")
    chances = np.array([int(chance) for chance in chances])
    support = np.array([s for _, s in cube_and_cross(weight)])
    grid = np.array([u for u in itertools.product((-1, 0, 1), repeat=4) if u > (0, 0, 0, 0)])
    inner = grid @ support.T
    products, fourths = (inner * chances) @ inner.T, (inner**2 * chances) @ (inner**2).T
    return np.diagonal(products), products, fourths
