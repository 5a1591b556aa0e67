"""Derivations for momentum: SXQ-14, and with a rate that changes SXQ-21.

One mode of a fixed preconditioner, with s its curvature: the state is (e, n), error and momentum
after preconditioning, and the step is n+ = beta n + (1 - beta) ghat, e+ = e - eta n+, where ghat
has mean s e.
"""

import sympy as sp

eta, s, beta, batch = sp.symbols("eta s beta B", positive=True)
ratio = (1 - beta) / (1 + beta)


def mode():
    """Return the 2 x 2 matrix M of the mean step and the direction v of the noise.

    The state after a step is M (e, n) + (1 - beta) v (ghat - s e).

    >>> mode()[1].T
    Matrix([[-eta, 1]])
    """
    step = sp.Matrix([[1 - eta * (1 - beta) * s, -eta * beta], [(1 - beta) * s, beta]])
    return step, sp.Matrix([-eta, 1])


def boundary_values():
    """Return det(z - M) at z = 1 and z = -1, and det M: the three numbers of Jury's criterion.

    Both eigenvalues lie inside the unit circle exactly if the first two are positive and the last
    is below 1 in size: so exactly if eta s (1 - beta) < 2 (1 + beta).

    >>> boundary_values()[2]
    beta
    """
    step, _ = mode()
    z = sp.Symbol("z")
    polynomial = (z * sp.eye(2) - step).det()
    values = [sp.factor(sp.expand(polynomial.subs(z, point))) for point in (1, -1)]
    return (*values, sp.factor(sp.expand(step.det())))


def impulse_energy():
    """Return (1 - beta)^2 sum_t (e1^T M^t v)^2, by solving X = M X M^T + v v^T.

    Unit noise in the gradient, once, leaves this much in the sum of the squared errors.

    >>> energy = impulse_energy()
    >>> sp.simplify(energy - eta / (s * (2 - eta * s * ratio)))
    0
    """
    step, v = mode()
    a, b, c = sp.symbols("a b c")
    unknown = sp.Matrix([[a, b], [b, c]])
    equations = unknown - step * unknown * step.T - v * v.T
    solution = sp.solve([equations[0, 0], equations[0, 1], equations[1, 1]], [a, b, c], dict=True)
    return sp.factor(sp.simplify((1 - beta) ** 2 * solution[0][a]))


def gains():
    """Return the two gains of a mode: its own loop, and its share of c (SXQ-14).

    With h = :func:`impulse_energy`: noise s^2 a/B, fed back from the mode's own second moment a,
    gives the loop gain h s^2/B; noise s (R + sigma^2)/B, common to all modes, then gives the
    risk a share (h s^2/B)/(1 - h s^2/B) of R + sigma^2.

    >>> loop, share = gains()
    >>> k = ratio + 1 / batch
    >>> sp.simplify(share - eta * s / (batch * (2 - eta * s * k)))
    0
    """
    loop = sp.factor(sp.simplify(impulse_energy() * s**2 / batch))
    return loop, sp.factor(sp.simplify(loop / (1 - loop)))


def claim_gaps(effective=ratio):
    """Return what the claimed energy, loop condition and share of c miss, with k = effective + 1/B.

    The loop gain is below 1 exactly if 2 - eta s k > 0, as 1 - loop is that over 2 - eta s ratio.

    >>> claim_gaps()
    (0, 0, 0)
    """
    k = effective + 1 / batch
    loop, share = gains()
    return (
        sp.simplify(impulse_energy() - eta / (s * (2 - eta * s * effective))),
        sp.simplify((1 - loop) * (2 - eta * s * effective) - (2 - eta * s * k)),
        sp.simplify(share - eta * s / (batch * (2 - eta * s * k))),
    )


def moment_gaps(cross=2):
    """Return what misses in SXQ-21's recurrence of E[n^2], E[e n] and E[e^2], at a rate r.

    From n+ = beta n + (1 - beta) ghat and e+ = e - r n+, monomial by monomial: ghat has the mean
    s e given the state, and E[ghat^2] = k s^2 E[e^2] + s V/B. `cross` is the factor of E[e n+].

    >>> moment_gaps()
    (0, 0, 0)
    """
    e, n, ghat, r, k, volume = sp.symbols("e n ghat r k V")
    ee, en, nn = sp.symbols("E_ee E_en E_nn")
    square = k * s**2 * ee + s * volume / batch
    means = {(2, 0, 0): ee, (1, 1, 0): en, (0, 2, 0): nn}
    means |= {(1, 0, 1): s * ee, (0, 1, 1): s * en, (0, 0, 2): square}

    def mean(expression):
        terms = sp.Poly(sp.expand(expression), e, n, ghat).terms()
        return sum(coefficient * means[powers] for powers, coefficient in terms)

    after = beta * n + (1 - beta) * ghat
    second = beta**2 * nn + 2 * beta * (1 - beta) * s * en + (1 - beta) ** 2 * square
    mixed = beta * en + (1 - beta) * s * ee
    gaps = (
        mean(after**2) - second,
        mean(e * after) - mixed,
        mean((e - r * after) ** 2) - (ee - cross * r * mixed + r**2 * second),
    )
    return tuple(sp.expand(gap) for gap in gaps)
