"""Chi-square mixtures: the mean sign of a mini-batch gradient (SXQ-6), estimated powers (SXQ-11).

Given the residuals, u^T ghat is Gaussian, and the chance that it is positive depends only on s^2,
the sum of their squares in units of V, which is chi-square with B degrees of freedom.
"""

import sympy as sp

B, SAMPLES = sp.symbols("B B_H", positive=True)
RHO, POWER = sp.symbols("rho p", real=True)
HALF = sp.Rational(1, 2)


def slope(batch_size=B):
    """Return a_B = 2 Gamma((B+1)/2)/(sqrt(pi) Gamma(B/2)), the slope of the mean sign at rho = 0.

    >>> [slope(n) for n in (1, 2, 4)]
    [2/pi, 1, 3/2]
    """
    half = batch_size * HALF
    return 2 * sp.gamma(half + HALF) / (sp.sqrt(sp.pi) * sp.gamma(half))


def derivative(degrees=B):
    """Return d/d rho of E[sign(u^T ghat)], by integrating over the residuals, B a symbol (SXQ-6).

    With Phi the normal distribution function, E[sign] = 2 E[Phi(s tau)] - 1 at
    tau = rho/sqrt(1 - rho^2), where s is chi with `degrees` degrees of freedom. Differentiated in
    tau under the integral sign, which gives an even function of tau, then by the chain rule.

    >>> derivative(1), derivative(2)
    (2/(pi*sqrt(1 - rho**2)), 1)
    """
    s, tau, cosine = sp.symbols("s tau C", positive=True)
    half = degrees * HALF
    density = s ** (degrees - 1) * sp.exp(-(s**2) / 2) * 2 ** (1 - half) / sp.gamma(half)
    normal = s * sp.exp(-(s**2) * tau**2 / 2) / sp.sqrt(2 * sp.pi)
    in_tau = 2 * sp.integrate(normal * density, (s, 0, sp.oo))
    # C = sqrt(1 - rho^2): 1 + tau^2 = C^-2 and d tau/d rho = C^-3.
    in_rho = sp.powdenest(in_tau.subs(tau**2, cosine**-2 - 1), force=True) * cosine**-3
    return sp.simplify(in_rho).subs(cosine, sp.sqrt(1 - RHO**2))


def mean_sign(batch_size):
    """Return E[sign(u^T ghat)] as a function of rho, for a whole number B (SXQ-6).

    It is a_B times the integral of cos^(B-1) from 0 to arcsin rho: a polynomial for even B.

    >>> mean_sign(1), mean_sign(2), mean_sign(4)
    (2*asin(rho)/pi, rho, -rho**3/2 + 3*rho/2)
    """
    angle = sp.Symbol("angle", real=True)
    integral = sp.integrate(sp.cos(angle) ** (batch_size - 1), (angle, 0, sp.asin(RHO)))
    return sp.expand(slope(batch_size) * sp.expand_trig(integral))


def distance_to_sign():
    """Return a bound on 1 - E[sign(u^T ghat)] for rho > 0 that falls exponentially in B (SXQ-6).

    The integral of a_B (1 - x^2)^(B/2-1) from rho to 1, with a factor x/rho >= 1 put in, in the
    variable y = 1 - x^2.

    >>> distance_to_sign().subs(B, 2)
    (1 - rho**2)/(2*rho)
    """
    y, left, rho = sp.symbols("y left rho", positive=True)
    integral = sp.integrate(y ** (B / 2 - 1) / (2 * rho), (y, 0, left))
    return slope() * integral.subs(left, 1 - rho**2)


def estimated_power(power=POWER, samples=SAMPLES):
    """Return E[(chi^2_n/n)^p] for n samples, from the integral over the gamma density (SXQ-11).

    With chi^2_n = 2 h and h of density h^(n/2-1) e^-h/Gamma(n/2). With numbers for both arguments
    the integral itself says whether it is finite.

    >>> sp.gammasimp(estimated_power(-1, SAMPLES + 2))
    (B_H + 2)/B_H
    >>> estimated_power(-1, 2), estimated_power(-1, 3)
    (oo, 3)
    """
    h, half = sp.Symbol("h", positive=True), sp.sympify(samples) / 2
    density = h ** (half - 1) * sp.exp(-h) / sp.gamma(half)
    integral = sp.integrate(h**power * density, (h, 0, sp.oo), conds="none")
    return half**-power * integral


def least_samples(power, limit=12):
    """Return the smallest number of samples for which E[(chi^2_n/n)^p] is finite (SXQ-11).

    >>> least_samples(-1), least_samples(-HALF)
    (3, 2)
    """
    return next(n for n in range(1, limit) if estimated_power(power, n).is_finite)
