"""Derivations for the bases between and beside the two: B-3, B-4, B-6 and B-7."""

import sympy as sp

from .fisher import second_moment_matrix, sigma

kappa, B, V, z, t = sp.symbols("kappa B V z t", positive=True)
alpha, p = sp.symbols("alpha p", real=True)


def turned_matrix():
    """Return diag(kappa, 1) in a basis at the angle alpha to its eigenbasis (B-6).

    >>> sp.simplify(turned_matrix().det())
    kappa
    """
    turn = sp.Matrix([[sp.cos(alpha), -sp.sin(alpha)], [sp.sin(alpha), sp.cos(alpha)]])
    return turn.T * sp.diag(kappa, 1) * turn


def half_cosh_squared(matrix, power):
    """Return cosh^2((1/2) ln ``kappa_p``) of a 2 x 2 matrix H: tr(S)^2/(4 det S).

    S = D^(p/2) H D^(p/2) has the eigenvalues s and ``kappa_p`` s, so tr^2/det is
    (1 + ``kappa_p``)^2/``kappa_p``.

    >>> half_cosh_squared(sp.diag(4, 1), 0)
    25/16
    """
    weights = [matrix[i, i] ** power for i in range(2)]
    trace = matrix[0, 0] * weights[0] + matrix[1, 1] * weights[1]
    return trace**2 / (4 * weights[0] * weights[1] * matrix.det())


def sinh_squared():
    """Return sinh^2((1/2) ln kappa) = (kappa - 1)^2/(4 kappa).

    >>> sp.simplify(sinh_squared() - sp.sinh(sp.log(kappa) / 2).rewrite(sp.exp) ** 2)
    0
    """
    return (kappa - 1) ** 2 / (4 * kappa)


def inverse_gap(angle_factor=2):
    """Return sinh^2((1/2) ln ``kappa_-1``) - sinh^2((1/2) ln kappa) sin^2(2 alpha) (B-6).

    >>> inverse_gap()
    0
    """
    found = half_cosh_squared(turned_matrix(), -1) - 1
    gap = found - sinh_squared() * sp.sin(angle_factor * alpha) ** 2
    return sp.simplify(sp.trigsimp(sp.expand_trig(sp.factor(gap))))


def power_gap(exponent=None):
    """Return cosh^2((1/2) ln ``kappa_p``) - Y^2 cosh^2((1 + p) u), every p (B-6).

    The diagonal of H is m e^u, m e^-u and its off-diagonal entry b, so that
    Y^2 = 1 + b^2/kappa = m^2/kappa with kappa = det H = m^2 - b^2.

    >>> power_gap()
    0
    """
    m, b = sp.symbols("m b", positive=True)
    u = sp.Symbol("u", real=True)
    exponent = 1 + p if exponent is None else exponent
    matrix = sp.Matrix([[m * sp.exp(u), b], [b, m * sp.exp(-u)]])
    y_squared = 1 + b**2 / (m**2 - b**2)
    claimed = y_squared * ((sp.exp(exponent * u) + sp.exp(-exponent * u)) / 2) ** 2
    gap = half_cosh_squared(matrix, p) - claimed
    return sp.simplify(sp.powsimp(sp.expand(sp.simplify(gap * (m**2 - b**2) / m**2))))


def root_gap(share=2):
    """Return cosh^2((1/2) ln ``kappa_-1/2``) - Y (Y + cosh((1/2) ln kappa))/2 (B-6).

    In the diagonal a, c of H, with kappa = det H: Y^2 = a c/kappa and, as the trace is a + c,
    cosh^2((1/2) ln kappa_0) = (a + c)^2/(4 kappa).

    >>> root_gap()
    0
    """
    a, c = sp.symbols("a c", positive=True)
    matrix = sp.Matrix([[a, sp.sqrt(a * c - kappa)], [sp.sqrt(a * c - kappa), c]])
    y = sp.sqrt(a * c / kappa)
    claimed = y * (y + (a + c) / (2 * sp.sqrt(kappa))) / share
    return sp.simplify(sp.expand(half_cosh_squared(matrix, -sp.Rational(1, 2)) - claimed))


def crossing(pace=0.5):
    """Return sin^2(2 alpha) at which GN^-1's best contraction is `pace`.

    The contraction, (``kappa_-1`` - 1)/(``kappa_-1`` + 1), is tanh of (1/2) ln ``kappa_-1``, whose
    sinh^2 is given by the angle (B-7).

    >>> sp.factor(crossing())
    4*kappa/(3*(kappa - 1)**2)
    """
    sine = sp.Symbol("s", positive=True)  # sin^2(2 alpha)
    sinh = sinh_squared() * sine
    return sp.solve(sp.Eq(sinh / (1 + sinh), sp.nsimplify(pace) ** 2), sine)[0]


def cone(size):
    """Return dC/dtau at the eigenbasis and what B-7 claims, for U(tau) = V exp(tau A), A skew.

    C is the correlation matrix of the features in the basis U. The claim is
    2 sinh((1/2) ln(lambda_i/lambda_j)) A_ij off the diagonal, and 0 on it.

    >>> cone(2)[0] - cone(2)[1]
    Matrix([
    [0, 0],
    [0, 0]])
    """
    tau = sp.Symbol("tau")
    root = sp.symbols(f"r1:{size + 1}", positive=True)  # lambda_i = r_i^2
    skew = sp.zeros(size, size)
    for i in range(size):
        for j in range(i + 1, size):
            skew[i, j] = sp.Symbol(f"A{i + 1}{j + 1}")
            skew[j, i] = -skew[i, j]
    spectrum = sp.diag(*[r**2 for r in root])
    # exp(tau A) to first order is all that the derivative at 0 sees.
    turn = sp.eye(size) + tau * skew
    seen = turn.T * spectrum * turn
    found = sp.Matrix(
        size,
        size,
        lambda i, j: sp.diff(seen[i, j] / sp.sqrt(seen[i, i] * seen[j, j]), tau).subs(tau, 0),
    )
    claimed = sp.Matrix(
        size, size, lambda i, j: (root[i] / root[j] - root[j] / root[i]) * skew[i, j]
    )
    return found.applyfunc(sp.simplify), claimed.applyfunc(sp.simplify)


def fisher_direction_gap(size):
    """Return u^T F u less the second moment of SXQ-1, for free Sigma, delta and u (B-3).

    F = (V/B) Sigma + (1 + 1/B) Sigma delta (Sigma delta)^T, V = R + sigma^2.

    >>> fisher_direction_gap(2)
    0
    """
    covariance = sp.Matrix(size, size, lambda i, j: sp.Symbol(f"S{min(i, j)}{max(i, j)}"))
    error = sp.Matrix(sp.symbols(f"delta1:{size + 1}"))
    u = sp.Matrix(sp.symbols(f"u1:{size + 1}"))
    gradient = covariance * error
    variance = (error.T * gradient)[0] + sigma**2
    fisher = variance / B * covariance + (1 + 1 / B) * gradient * gradient.T
    return sp.expand((u.T * (fisher - second_moment_matrix(covariance, error)) * u)[0])


def fisher_correlation_gap(factor=None):
    """Return Sigma_ij + (B + 1) q_i q_j/V in an eigenbasis of F, i != j (B-3).

    There F_ij = 0 off the diagonal, with F = (V/B) Sigma + (1 + 1/B) q q^T.

    >>> fisher_correlation_gap()
    0
    """
    qi, qj, entry = sp.symbols("q_i q_j Sigma_ij")
    solved = sp.solve(V / B * entry + (1 + 1 / B) * qi * qj, entry)[0]
    return sp.simplify(solved + (B + 1 if factor is None else factor) * qi * qj / V)


def plane_excess(constant=1):
    """Return (constant z)^2 - sin^2(2 theta) for d = 2, a gradient at the angle t (B-3).

    Sigma = diag(0, 1) up to shift and scale, F = Sigma + z n n^T with n = (cos t, sin t): the
    eigenvectors turn by theta with tan(2 theta) = z sin(2 t)/(1 - z cos(2 t)).

    >>> plane_excess()
    z**2*(z - cos(2*t))**2/(z**2 - 2*z*cos(2*t) + 1)
    """
    matrix = sp.diag(0, 1) + z * sp.Matrix([sp.cos(t), sp.sin(t)]) * sp.Matrix(
        [[sp.cos(t), sp.sin(t)]]
    )
    twice = 2 * matrix[0, 1], matrix[1, 1] - matrix[0, 0]
    sine = twice[0] ** 2 / (twice[0] ** 2 + twice[1] ** 2)
    # In c = cos(2 t): sin^2 t = (1 - c)/2, cos^2 t = (1 + c)/2.
    c = sp.Symbol("c")
    sine = sine.subs(sp.sin(t), sp.sqrt((1 - c) / 2)).subs(sp.cos(t), sp.sqrt((1 + c) / 2))
    return sp.factor(sp.simplify((constant * z) ** 2 - sine)).subs(c, sp.cos(2 * t))


def kronecker_form(size, sign=-1):
    """Return (u kron v)^T (A1 kron A2) (u kron v) for free u, v and A with A^T = sign A (B-4).

    >>> kronecker_form(2)
    0
    """

    def factor(name):
        return sp.Matrix(
            size,
            size,
            lambda i, j: (
                sp.Symbol(f"{name}{min(i, j)}{max(i, j)}")
                * (sign if i > j else 1)
                * (0 if i == j and sign < 0 else 1)
            ),
        )

    u = sp.Matrix(sp.symbols(f"u1:{size + 1}"))
    v = sp.Matrix(sp.symbols(f"v1:{size + 1}"))
    product = sp.kronecker_product(u, v)
    return sp.expand((product.T * sp.kronecker_product(factor("a"), factor("b")) * product)[0])
