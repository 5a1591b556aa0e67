"""What Adam's finite memory costs in the noise floor, at small rates (SXQ-20).

Near the optimum the normalised gradient psi = sqrt(B) ghat_i/(sigma sqrt(Sigma_ii)) is, given a
chi-square number q with B degrees of freedom, normal with variance q/B. Adam's average of its
squares is a Markov chain, v' = beta2 v + (1 - beta2) psi^2, and the step's whole response to one
gradient is psi c with c = sum_j (1 - beta1) beta1^j v_{s+j}^(-1/2). Given v_s its first two
moments G and H solve linear equations, here collocated at Chebyshev points of log v:

    G = a v^(-1/2) + (1 - a) T G,   H = a^2/v + 2 a (1 - a) v^(-1/2) T G + (1 - a)^2 T H,

with a = 1 - beta1 and T the chain's expectation over one step.
"""

import numpy as np
from scipy.special import gammaln

from .. import validation as check
from .adam_floors import sign_gain

NODES = 120
SPACING = 0.2  # of the logarithms of psi^2; their trapezoidal rule errs by exp(-pi^2/spacing)
LARGEST = 10**9  # B beyond which psi is normal to all digits
LOWEST, HIGHEST = -25.0, 1500.0  # log v and psi^2: beyond, there is no mass that counts


def memory_price(batch_size, beta1, beta2):
    """Return by what factor EMA Adam's noise floor exceeds long-memory Adam's (claim SXQ-20).

    At equal speed near the optimum and to leading order in the rate; Gaussian data, the eigenbasis,
    label noise. It does not depend on spectrum or noise. With c as in the module's text and the
    mean taken with the weight psi^2 on the gradient it is E[c^2]/(E[c])^2: at least 1, tending to 1
    as beta2 tends to 1, and B/a_B^2 without memory (:func:`~diagprec_core.sign_gain`, SXQ-17).

    Parameters
    ----------
    batch_size : int
        B, at least 1.
    beta1, beta2 : float
        Adam's, with beta1^2 < beta2 < 1, or both 0: otherwise the steps of Adam have no bound.

    Returns
    -------
    float
        To about eight digits.

    Raises
    ------
    ValueError
        If an argument is unfit; the message names it.

    Examples
    --------
    >>> [round(memory_price(1, *betas), 6) for betas in ((0, 0), (0, 0.9), (0.9, 0.999))]
    [2.467401, 1.097016, 1.000999]
    """
    first, second = response_moments(batch_size, beta1, beta2)
    return second / first**2


def response_moments(batch_size, beta1, beta2):
    """Return E[c] and E[c^2] of the response to one gradient, weighted with psi^2 (SXQ-20).

    At small rates the drift near the optimum is that of long-memory Adam times the first, and R_inf
    is long-memory Adam's times their ratio. Parameters and errors as for :func:`memory_price`.

    Returns
    -------
    first, second : float

    Examples
    --------
    >>> first, second = response_moments(2, 0.0, 0.0)
    >>> round(first, 6), second  # a_B/sqrt(B), and 1
    (0.707107, 1.0)
    """
    batch_size = check.as_count("batch_size", batch_size, low=1)
    beta1 = check.as_number("beta1", beta1, low=0, high=1, open_high=True)
    beta2 = check.as_number("beta2", beta2, low=0, high=1, open_high=True)
    if beta1 == beta2 == 0:
        return float(sign_gain(batch_size) / np.sqrt(batch_size)), 1.0
    if beta1**2 >= beta2:
        check.fail("beta2", f"{beta2:g} beside a beta1 of {beta1:g}", "more than beta1^2")
    log_squares, chances = square_law(min(batch_size, LARGEST))
    squares, new, old = np.exp(log_squares), 1 - beta2, 1 - beta1
    spread = np.sqrt(new * (1 + 3 / batch_size))  # about the standard deviation of v
    high = 1.1 * np.log1p(HIGHEST * new) + min(0.5, 10 * spread)
    points = _chebyshev(LOWEST * min(1.0, 1.2 * spread), high)
    after = beta2 * np.exp(points)[:, None] + new * squares
    basis = _interpolation(points, np.log(after))  # (from, psi, to)
    one = np.eye(NODES)

    def step(power, weights):
        """Return T on v^power f(log v), f by its values at the points: a matrix."""
        kernel = weights * after**power
        return np.einsum("iy,iyj->ij", kernel, basis)

    root, v = np.exp(-points / 2), np.exp(points)
    # In terms of sqrt(v) G and v H, which vary little.
    to_first, to_second = step(-0.5, chances), step(-1.0, chances)
    mean = np.linalg.solve(one - beta1 * to_first / root[:, None], np.full(NODES, old))
    cross = to_first @ mean / root
    source = old**2 + 2 * old * beta1 * cross
    square = np.linalg.solve(one - beta1**2 * to_second * v[:, None], source)
    stay = step(0.0, chances)
    stationary = np.linalg.lstsq(
        np.vstack([(stay - one).T, np.ones(NODES)]), np.append(np.zeros(NODES), 1.0), rcond=None
    )[0]
    tilted = chances * squares
    first, second = step(-0.5, tilted) @ mean, step(-1.0, tilted) @ square
    return float(stationary @ first), float(stationary @ second)


def square_law(batch_size):
    """Return log psi^2 at equally spaced points, and their chances, which sum to 1.

    Returns
    -------
    log_squares, chances : numpy.ndarray, shape (n,)

    Examples
    --------
    >>> log_squares, chances = square_law(3)
    >>> (chances @ np.exp([0 * log_squares, log_squares, 2 * log_squares]).T).round(9)
    array([1., 1., 5.])
    """
    half = batch_size / 2
    # log q, and log n^2, have densities exp(half u - e^u/2) and the same with 1/2, up to factors.
    spacing = min(SPACING, 0.4 / np.sqrt(half))
    around = np.arange(-80 / batch_size - 14 / np.sqrt(half), 12 / np.sqrt(half), spacing)
    around = around[around < 5.0]
    log_q = np.log(batch_size) + around
    shares = half * log_q - np.exp(log_q) / 2 - half * np.log(2) - gammaln(half)
    log_squares = np.arange(-80.0, np.log(HIGHEST), SPACING)
    normal = log_squares[:, None] - around  # log n^2 where log psi^2 = log(q/B) + log n^2
    with np.errstate(over="ignore", under="ignore"):
        joint = normal / 2 - np.exp(normal) / 2 + shares
        chances = np.exp(joint).sum(axis=-1) * spacing * SPACING / np.sqrt(2 * np.pi)
    return log_squares, chances / chances.sum()


def _chebyshev(low, high):
    """Return Chebyshev points of the second kind on an interval."""
    return (low + high) / 2 - (high - low) / 2 * np.cos(np.pi * np.arange(NODES) / (NODES - 1))


def _interpolation(points, at):
    """Return the weights on values at Chebyshev points of an interpolant, (*at.shape, nodes)."""
    at = np.clip(at, points[0], points[-1])
    signs = (-1.0) ** np.arange(NODES)
    signs[[0, -1]] /= 2
    gaps = at[..., None] - points
    exact = gaps == 0
    gaps[exact] = 1.0
    terms = signs / gaps
    terms[exact.any(axis=-1)] = 0.0
    terms[exact] = 1.0
    return terms / terms.sum(axis=-1, keepdims=True)
