"""Derivations for Adam on full batches: FEQ-3, FIQ-4 and FIQ-5."""

import sympy as sp


def halving_margin(share=0.5):
    """Return ((r/2)^2 - (u r - share r)^2)/r^2, for an error of size u r with 0 < u <= 1.

    For the share 1/2 it is u (1 - u), which is not negative: a step of half the radius takes every
    error within the radius to within half of it (FEQ-3).

    >>> halving_margin()
    -u*(u - 1)
    """
    u = sp.Symbol("u", positive=True)
    return sp.factor(sp.Rational(1, 4) - (u - sp.nsimplify(share)) ** 2)


def adam_iterates(curvature, steps, eps=0):
    """Return c_0, ..., c_steps of EMA Adam on the loss curvature c^2/2, all symbols free.

    The averages are kept as Kingma & Ba write them. With eps = 0 the curvature cancels (FIQ-4).

    >>> adam_iterates(sp.Symbol("lambda", positive=True), 1)
    [c, c - eta]
    """
    c, eta = sp.symbols("c eta", positive=True)
    beta1, beta2 = sp.symbols("beta1 beta2", positive=True)
    iterates, first, second = [c], sp.Integer(0), sp.Integer(0)
    for t in range(1, steps + 1):
        gradient = curvature * iterates[-1]
        first = beta1 * first + (1 - beta1) * gradient
        second = beta2 * second + (1 - beta2) * gradient**2
        mean = sp.factor(first / (1 - beta1**t))
        scale = sp.sqrt(sp.factor(second / (1 - beta2**t)))
        iterates.append(iterates[-1] - eta * sp.cancel(mean / (scale + eps)))
    return iterates


def two_cycle():
    """Return amplitude and multiplier of Adam's 2-cycle with eps > 0 and no memory (FIQ-5).

    The map is f(c) = c - eta lambda c/(lambda c + eps) for c > 0 and is odd; a symmetric 2-cycle
    solves f(c) = -c, and the multiplier of the two steps together is f'(c)^2.

    Returns
    -------
    amplitude : sympy expression
        eta/2 - eps/lambda, positive exactly if eta lambda > 2 eps.
    multiplier : sympy expression
        (1 - 4 eps/(eta lambda))^2, below 1 exactly if eta lambda > 2 eps.

    >>> two_cycle()
    (-epsilon/lambda + eta/2, (4*epsilon - eta*lambda)**2/(eta**2*lambda**2))
    """
    c, eta, eps, lam = sp.symbols("c eta epsilon lambda", positive=True)
    step = c - eta * lam * c / (lam * c + eps)
    numerator = sp.numer(sp.together((step + c) / c))
    (amplitude,) = sp.solve(numerator, c)
    multiplier = sp.factor(sp.simplify(sp.diff(step, c).subs(c, amplitude)) ** 2)
    return sp.expand(amplitude), multiplier


def other_cycles():
    """Return what two sizes x != y < r - 1 that map to each other would have to satisfy (FIQ-5).

    In units of eps/lambda, with r = eta lambda/eps, Adam's size maps x to x (r-1-x)/(x+1) below
    r - 1. Clearing denominators in y = g(x), x = g(y) gives two polynomials; their difference is
    (x - y)(x + y - r), their sum (x + y)(x + y - r + 2). Both vanish only if x + y is r and r - 2:
    so there is no such pair, and by Coppel (1955) every orbit converges to a fixed point of g.

    >>> other_cycles()
    ((x - y)*(-r + x + y), (x + y)*(-r + x + y + 2))
    """
    x, y, r = sp.symbols("x y r", positive=True)
    one = (x + 1) * y - x * (r - 1 - x)
    two = (y + 1) * x - y * (r - 1 - y)
    return sp.factor(sp.expand(one - two)), sp.factor(sp.expand(one + two))
