"""Dense references that the tests compare the package with; they use nothing of it but names."""

import math
import os
import tempfile

import numpy as np
import pytest
from hypothesis import settings

# What hypothesis keeps names files of this machine: not in the checkout.
scratch = os.path.join(tempfile.gettempdir(), "diagprec-hypothesis")
os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", scratch)
# The same examples on every machine and in every run, and no limit that a slow machine can break.
settings.register_profile("fixed", derandomize=True, deadline=None, database=None)
settings.load_profile("fixed")


def random_rotation(d, seed):
    """Return an orthogonal matrix without structure."""
    return np.linalg.qr(np.random.default_rng(seed).standard_normal((d, d)))[0]


def random_hessian(d, seed, kappa=30.0):
    """Return a dense symmetric matrix with eigenvalues spread over [1/kappa, 1]."""
    rotation = random_rotation(d, seed)
    return dense_product(rotation, np.diag(np.geomspace(1 / kappa, 1, d)))


def dense_product(rotation, middle):
    """Return rotation @ middle @ rotation.T, exactly symmetric."""
    product = rotation @ middle @ rotation.T
    return (product + product.T) / 2


def textbook_direction(rule, gradient, curvature, state):
    """Return the direction of a rule, written from its definition; `state` is a dict to keep."""
    name = type(rule).__name__
    if name == "GradientDescent":
        return gradient
    if name == "GaussNewton":
        return gradient * (curvature + rule.damping) ** rule.power
    if name == "IdealisedAdam":
        return np.sign(gradient)
    if name == "Sophia":
        return np.clip(gradient / (rule.gamma * curvature), -1, 1)
    t = state["t"] = state.get("t", 0) + 1
    m = rule.beta1 * state.get("m", 0.0) + (1 - rule.beta1) * gradient
    v = rule.beta2 * state.get("v", 0.0) + (1 - rule.beta2) * gradient**2
    state["m"], state["v"] = m, v
    above, below = m / (1 - rule.beta1**t), np.sqrt(v / (1 - rule.beta2**t)) + rule.eps
    return np.array([0.0 if a == b == 0 else a / b for a, b in zip(above, below, strict=True)])


def run_densely(hessian, optimum, rule, start, rates, basis=None):
    """Return theta_0, ..., theta_T of one run, shape (T+1, d), by a plain loop in the parameters.

    Nothing is carried out in the coordinates of the basis except the rule itself.
    """
    basis = np.eye(len(hessian)) if basis is None else basis
    curvature = np.array([u @ hessian @ u for u in basis.T])
    path, state = [np.array(start, dtype=float)], {}
    for rate in rates:
        gradient = hessian @ (path[-1] - optimum)
        direction = textbook_direction(rule, basis.T @ gradient, curvature, state)
        path.append(path[-1] - rate * basis @ direction)
    return np.array(path)


def dense_loss(hessian, optimum, path):
    """Return the loss at every row of a path."""
    return np.array([0.5 * (p - optimum) @ hessian @ (p - optimum) for p in path])


def dense_logistic(features, weights, labels, theta):
    """Return loss, gradient and GN matrix at one point, example by example, in Python floats.

    Plain formulas, good for logits of moderate size.
    """
    loss, gradient, matrix = 0.0, 0.0, 0.0
    for x, w, q in zip(features, weights, labels, strict=True):
        s = 1 / (1 + math.exp(-(x @ theta)))
        loss -= w * (q * math.log(s) + (1 - q) * math.log(1 - s))
        gradient = gradient + w * (s - q) * x
        matrix = matrix + w * s * (1 - s) * np.outer(x, x)
    return loss, gradient, matrix


def run_logistic_densely(features, weights, labels, rule, start, rates, basis=None):
    """Return theta_0, ..., theta_T of one logistic run, shape (T+1, d), in the parameters."""
    basis = np.eye(features.shape[1]) if basis is None else basis
    path, state = [np.array(start, dtype=float)], {}
    for rate in rates:
        _, gradient, matrix = dense_logistic(features, weights, labels, path[-1])
        curvature = np.array([u @ matrix @ u for u in basis.T])
        direction = textbook_direction(rule, basis.T @ gradient, curvature, state)
        path.append(path[-1] - rate * basis @ direction)
    return np.array(path)


@pytest.fixture(scope="session")
def logistic_at():
    return dense_logistic


@pytest.fixture(scope="session")
def logistic_run():
    return run_logistic_densely


@pytest.fixture(scope="session")
def rotation():
    return random_rotation


@pytest.fixture(scope="session")
def hessian():
    return random_hessian


@pytest.fixture(scope="session")
def dense_run():
    return run_densely


@pytest.fixture(scope="session")
def loss_along():
    return dense_loss
