"""Dense second moments of error and momentum: a reference that shares no code with the core."""

import numpy as np


def matrix_step(covariance, step, moment, noise, batch_size, excess=1):
    """Return E[delta delta^T] after a step of the matrix `step`, rate included, by Isserlis."""
    mixed = moment - step @ covariance @ moment - moment @ covariance @ step.T
    risk = (covariance @ moment).trace()
    factor = 1 + excess / batch_size
    square = factor * covariance @ moment @ covariance + covariance * (risk + noise) / batch_size
    return mixed + step @ square @ step.T


def random_problem(rng, d):
    """Return a dense covariance and a dense positive definite preconditioner."""
    factors = rng.standard_normal((2, d, d))
    return [f @ f.T / d + 0.05 * np.eye(d) for f in factors]


def joint_maps(covariance, preconditioner, rate, batch_size, beta=0.0):
    """Return the linear map of the second moments of (delta, momentum), and what the noise adds.

    The state is 2d-dimensional: m+ = beta m + (1 - beta) ghat, delta+ = delta - rate P m+. The map
    acts on its 2d x 2d second-moment matrix, row by row.
    """
    d = len(covariance)
    eye, zero = np.eye(d), np.zeros((d, d))
    mean = np.block(
        [
            [eye - rate * (1 - beta) * preconditioner @ covariance, -rate * beta * preconditioner],
            [(1 - beta) * covariance, beta * eye],
        ]
    )
    entry = (1 - beta) * np.vstack([-rate * preconditioner, eye])
    see = np.hstack([covariance, zero])  # Sigma delta, from the state
    common = (entry @ covariance @ entry.T / batch_size).ravel()
    own = np.kron(entry @ see, entry @ see) / batch_size
    risk = np.zeros((2 * d, 2 * d))
    risk[:d, :d] = covariance
    return np.kron(mean, mean) + own + np.outer(common, risk.ravel()), common, risk.ravel()


def spectral_radius(covariance, preconditioner, rate, batch_size, beta=0.0):
    """Return the spectral radius of the joint map."""
    return np.abs(
        np.linalg.eigvals(joint_maps(covariance, preconditioner, rate, batch_size, beta)[0])
    ).max()
