"""What a basis beside the eigenbasis costs: condition numbers, and in the plane closed forms.

GN^p in a basis leaves the curvatures s_i, the eigenvalues of D^(p/2) U^T G U D^(p/2) with D the
diagonal of U^T G U. At the best constant rate the slowest of them sets the pace,
(``kappa_p`` - 1)/(``kappa_p`` + 1) a step. For p = -1 the matrix is the correlation matrix of the
features.
"""

import numpy as np

from .. import validation as check
from ..methods.preconditioners import fixed_weights
from ..methods.schedules import Schedule
from ..numerics.modes import preconditioned_modes
from ..problems.frame import QuadraticFrame, in_frame

LEAST_KAPPA, LEAST_TOOTH = 3.0, 5.0


def condition_number(problem, preconditioner, *, basis=None):
    """Return ``kappa_p``, the largest over the smallest curvature that a rule leaves (B-6).

    Parameters
    ----------
    problem : Quadratic, BlockQuadratic or GaussianRegression
    preconditioner : any rule with `weights`
    basis : array_like, shape (d, d), optional
        U; the identity if left out.

    Returns
    -------
    float
        At least 1.

    Raises
    ------
    ValueError
        If an argument is unfit; the message names it.

    Examples
    --------
    >>> import diagprec_core as dp
    >>> problem = dp.Quadratic([[1.0, 0.5], [0.5, 1.0]])
    >>> round(condition_number(problem, dp.GaussNewton(-1)), 12)
    3.0
    >>> condition_number(problem, dp.GaussNewton(-1), basis=dp.eigenbasis(problem.hessian))
    1.0
    """
    frame = in_frame("problem", problem, basis, QuadraticFrame)
    weights = fixed_weights(preconditioner, frame.curvature(None))
    left = preconditioned_modes(frame.matrix, weights).values
    return float(left.max() / left.min())


def condition_at_angle(kappa, angle, power):
    """Return ``kappa_p`` of a 2 x 2 matrix in a basis at an angle to its eigenbasis (claim B-6).

    With K = cosh((1/2) ln kappa), Y^2 = 1 + sinh^2((1/2) ln kappa) sin^2(2 alpha) and
    cosh(u) = K/Y it is cosh((1/2) ln ``kappa_p``) = Y cosh((1 + p) u).

    Parameters
    ----------
    kappa : float
        Condition number of the matrix, at least 1.
    angle : float or array_like of shape (n,)
        alpha, in radians.
    power : float
        p.

    Returns
    -------
    float, or numpy.ndarray of shape (n,)
        inf where it is beyond the range of float64.

    Raises
    ------
    ValueError
        If an argument is unfit; the message names it.

    Examples
    --------
    >>> round(condition_at_angle(9.0, 0.0, -0.5), 12)  # in the eigenbasis kappa^(1 + p)
    3.0
    >>> condition_at_angle(9.0, [0.0, np.pi / 4], -1).round(12)
    array([1., 9.])
    """
    kappa = check.as_number("kappa", kappa, low=1)
    if check.dimensions("angle", angle) == 0:
        angle = np.array(check.as_number("angle", angle))
    else:
        angle = check.as_array("angle", angle, (None,))
    power = check.as_number("power", power)
    cosine, sine = np.cos(angle) ** 2, np.sin(angle) ** 2
    u = 0.5 * np.log((kappa * cosine + sine) / (kappa * sine + cosine))
    square = (kappa - 1) * ((kappa - 1) / (4 * kappa)) * np.sin(2 * angle) ** 2  # Y^2 - 1
    with np.errstate(over="ignore"):
        # sinh^2 instead of cosh, which would lose the digits where kappa_p is near 1.
        half = np.arcsinh(np.sqrt(square + (1 + square) * np.sinh((1 + power) * u) ** 2))
        result = np.exp(2 * half)
    return result if result.ndim else float(result)


def crossing_angle(kappa):
    """Return the angle at which GN^-1 at its best constant rate gains one bit a step (claim B-7).

    There ``kappa_-1`` = 3: sin(2 alpha) = 2 sqrt(kappa)/(sqrt(3) (kappa - 1)). At smaller angles
    GN^-1 is faster than a factor of 1/2 a step, the most that sign descent can promise.

    Parameters
    ----------
    kappa : float
        Condition number of the 2 x 2 matrix, at least 3: below that GN^-1 is ahead at every angle.

    Returns
    -------
    float
        In radians.

    Raises
    ------
    ValueError
        If `kappa` is not a number of at least 3.

    Examples
    --------
    >>> float(np.degrees(crossing_angle(3.0)).round(9))
    45.0
    >>> round(condition_at_angle(100.0, crossing_angle(100.0), -1), 12)
    3.0
    """
    kappa = check.as_number("kappa", kappa, low=LEAST_KAPPA)
    sine = 2 * np.sqrt(kappa) / (np.sqrt(3) * (kappa - 1))
    return float(0.5 * np.arcsin(min(sine, 1.0)))


def sawtooth(radius, kappa, rounds):
    """Return a schedule under which Adam halves the error in every round at 45 degrees (B-8).

    A round has ceil(log2 kappa) + 5 steps. With r its radius they are r/2, r/4, ..., down to at
    most r/(2 kappa), then r/2, r/2, r/(2 kappa), r/2; the next round has half the radius.

    Parameters
    ----------
    radius : float
        Bound a on the starting error of every coordinate.
    kappa : float
        Condition number of the 2 x 2 matrix with equal diagonal entries, at least 5.
    rounds : int
        Number of rounds, at least 1.

    Returns
    -------
    Schedule
        Of ``rounds * (ceil(log2 kappa) + 5)`` steps.

    Raises
    ------
    ValueError
        If `radius` is not positive, `kappa` below 5, or `rounds` not an integer of at least 1.

    Examples
    --------
    >>> sawtooth(8.0, 8.0, 1).rates
    array([4. , 2. , 1. , 0.5, 4. , 4. , 0.5, 4. ])
    """
    radius = check.as_number("radius", radius, low=0, open_low=True)
    kappa = check.as_number("kappa", kappa, low=LEAST_TOOTH)
    rounds = check.as_count("rounds", rounds, low=1)
    teeth = int(np.ceil(np.log2(kappa))) + 1
    shape = np.append(0.5 ** np.arange(1, teeth + 1), [0.5, 0.5, 0.5 / kappa, 0.5])
    return Schedule(np.outer(radius * 0.5 ** np.arange(rounds), shape).ravel())
