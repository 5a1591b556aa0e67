"""Logistic regression in rational arithmetic, for SXL-1 to SXL-4: no float, no logarithm.

Features are integers and theta_k = ln b_k with rational b_k, so e^(x^T theta) = prod b_k^(x_k) is
rational, and with it every s(z), every moment and every batch.
"""

import itertools
from dataclasses import dataclass
from fractions import Fraction
from math import prod

from .exact import rational_rotation

FEATURES = ((1, 0, 2), (-1, 2, 0), (0, 1, -1), (2, 1, 1), (-1, -1, 1))
CHANCES = tuple(Fraction(k, 20) for k in (3, 7, 2, 3, 5))
BEST = (Fraction(2), Fraction(2, 3), Fraction(5, 4))  # e^theta*, coordinate by coordinate
POINTS = (
    (Fraction(9, 4), Fraction(3, 5), Fraction(4, 3)),  # near theta*
    (Fraction(1, 3), Fraction(7, 2), Fraction(1, 2)),  # far from it
)
LABELS = tuple(Fraction(k, 10) for k in (9, 0, 5, 10, 2))  # of no model, some of them hard


def odds(features, powers):
    """Return e^(x_j^T theta) for every row, theta given by its exponentials.

    >>> odds([(1, -1), (0, 2)], (Fraction(2), Fraction(3)))
    (Fraction(2, 3), Fraction(9, 1))
    """
    return tuple(prod(b**n for b, n in zip(powers, x, strict=True)) for x in features)


def share(ratio):
    """Return w/(1 + w): the probability of the label 1 at the odds w.

    >>> share(Fraction(3))
    Fraction(3, 4)
    """
    return ratio / (1 + ratio)


@dataclass(frozen=True)
class Exact:
    """A point of a problem: features, their chances, the model's odds e^z and the labels' q."""

    features: tuple
    chances: tuple
    model: tuple
    labels: tuple

    def along(self, u):
        """Return (chance, u^T x, s(z), q) of every feature vector, for a direction u."""
        inner = [sum(a * b for a, b in zip(u, x, strict=True)) for x in self.features]
        models = [share(w) for w in self.model]
        return list(zip(self.chances, inner, models, self.labels, strict=True))

    def per_label(self, u):
        """Return the law of one example's u^T (s - y) x as (chance, value) pairs."""
        pairs = []
        for chance, inner, s, q in self.along(u):
            pairs += [(chance * q, inner * (s - 1)), (chance * (1 - q), inner * s)]
        return [(chance, value) for chance, value in pairs if chance]

    def over_batches(self, u, batch_size):
        """Return E[(u^T ghat)^2] as a sum over all ordered batches of examples and labels."""
        total = sum(
            prod(chance for chance, _ in batch) * sum(value for _, value in batch) ** 2
            for batch in itertools.product(self.per_label(u), repeat=batch_size)
        )
        return total / batch_size**2

    def mean(self, u):
        """Return u^T g, from the gradient of the loss."""
        return sum(c * a * (s - q) for c, a, s, q in self.along(u))

    def curvature(self, u, v=None):
        """Return u^T G v, v = u if left out."""
        both = zip(self.along(u), self.along(u if v is None else v), strict=True)
        return sum(c * a * s * (1 - s) * b for (c, a, s, _), (_, b, _, _) in both)

    def noise(self, u, v=None):
        """Return u^T F v, F = E[(s - y)^2 x x^T] over examples and labels, v = u if left out."""
        pairs = zip(self.per_label(u), self.per_label(u if v is None else v), strict=True)
        return sum(chance * a * b for (chance, a), (_, b) in pairs)

    def chi_squared(self):
        """Return chi^2 = E[(s - q)^2/(s (1 - s))]."""
        return sum(c * (s - q) ** 2 / (s * (1 - s)) for c, _, s, q in self.along(self.features[0]))


def at(powers, best=BEST, labels=None, features=FEATURES, chances=CHANCES):
    """Return the problem at theta = ln(powers), labels from the model at ln(best) or as given.

    >>> at(BEST).mean((1, 2, 3))
    Fraction(0, 1)
    """
    if labels is None:
        labels = tuple(share(w) for w in odds(features, best))
    return Exact(features, chances, odds(features, powers), labels)


def directions():
    """Return the columns of a rational orthogonal matrix without structure, then the axes.

    >>> [sum(x * x for x in u) for u in directions()]
    [Fraction(1, 1), Fraction(1, 1), Fraction(1, 1), 1, 1, 1]
    """
    turn = rational_rotation(3)
    columns = [tuple(Fraction(int(x.p), int(x.q)) for x in turn[:, i]) for i in range(3)]
    return columns + [tuple(int(i == j) for j in range(3)) for i in range(3)]


def span(left, right):
    """Return e^D, D the largest difference of the logits whose exponentials are given.

    >>> span([Fraction(2), Fraction(3)], [Fraction(4), Fraction(3)])
    Fraction(2, 1)
    """
    ratios = [a / b for a, b in zip(left, right, strict=True)]
    return max(max(r, 1 / r) for r in ratios)


def half_tanh(power):
    """Return tanh(z/2) for e^z = power.

    >>> half_tanh(Fraction(3))
    Fraction(1, 2)
    """
    return (power - 1) / (power + 1)


def lean(left, right):
    """Return e^Lambda = (1 + a b)/(1 - a b), a = tanh(D/2), b = tanh(M/2), from e^D and e^M.

    >>> lean(Fraction(3), Fraction(3))
    Fraction(5, 3)
    """
    product = half_tanh(left) * half_tanh(right)
    return (1 + product) / (1 - product)
