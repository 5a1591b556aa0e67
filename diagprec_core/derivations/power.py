"""Derivations for the choice of the power: B-5.

S = P^(1/2) Sigma P^(1/2) is diagonal with entries s_i, a_i = s_i m_i(0) are the shares of the risk
at the start, and k = 1 + 1/B, as in `risk_recurrence`.
"""

import sympy as sp

from .risk_recurrence import batch, eta, k, noise


def shares(d):
    """Return symbols a_1, ..., a_d and s_1, ..., s_d, all positive.

    >>> shares(2)
    ((a1, a2), (s1, s2))
    """
    return tuple(sp.symbols(f"{letter}1:{d + 1}", positive=True) for letter in "as")


def risk_after(steps, d=2):
    """Return R_T as a polynomial in eta, by SXQ-7's recurrence, all symbols free.

    >>> sp.degree(risk_after(2), eta)
    4
    """
    a, s = shares(d)
    moments = [share / mode for share, mode in zip(a, s, strict=True)]
    for _ in range(steps + 1):
        risk = sum(mode * moment for mode, moment in zip(s, moments, strict=True))
        moments = [
            moment * (1 - 2 * eta * mode + k * (eta * mode) ** 2)
            + eta**2 / batch * mode * (risk + noise**2)
            for mode, moment in zip(s, moments, strict=True)
        ]
    return sp.expand(risk)


def one_step_gap(extra=1):
    """Return the gap of B-5 (b), R_1 = R_0 - push^2/cost + (cost eta - push)^2/cost, times cost.

    With d = 2, push = sum a_i s_i and cost = k sum a_i s_i^2 + (R_0 + sigma^2) sum s_i^2/B; `extra`
    is the numerator of k - 1. So R_1 is smallest at eta = push/cost.

    >>> one_step_gap()
    0
    """
    a, s = shares(2)
    push = sum(x * y for x, y in zip(a, s, strict=True))
    cost = (1 + extra / batch) * sum(x * y**2 for x, y in zip(a, s, strict=True))
    cost += (sum(a) + noise**2) * sum(y**2 for y in s) / batch
    return sp.expand(cost * (risk_after(1) - sum(a)) + push**2 - (cost * eta - push) ** 2)


def low_signal_gap(steps=3, noise_steps=None):
    """Return the gain to second order in eps at rate eps y less B-5 (d)'s, shares eps a, d = 2.

    With sigma = 1 that is 2 y T sum a_i s_i - y^2 (T/B) sum s_i^2, times eps^2; `noise_steps` takes
    the place of T in the second term.

    >>> low_signal_gap()
    0
    """
    a, s = shares(2)
    small, y = sp.symbols("epsilon y", positive=True)
    scaled = {eta: small * y, noise: 1, **{x: small * x for x in a}}
    gain = sp.expand((sum(a) - risk_after(steps)).subs(scaled, simultaneous=True))
    claimed = 2 * y * steps * sum(x * v for x, v in zip(a, s, strict=True))
    claimed -= y**2 * (noise_steps or steps) / batch * sum(v**2 for v in s)
    return sp.simplify(gain.coeff(small, 2) - claimed)


def cauchy_gap(factor=1):
    """Return ``|a|^2 |s|^2 - (a.s)^2`` less `factor` times a sum of squares, d = 3 (B-5 (d)).

    The squares are those of a_i s_j - a_j s_i: the gap vanishes only where s is proportional to a.

    >>> cauchy_gap()
    0
    """
    a, s = shares(3)
    gap = sum(x**2 for x in a) * sum(x**2 for x in s)
    gap -= sum(x * y for x, y in zip(a, s, strict=True)) ** 2
    squares = sum((a[i] * s[j] - a[j] * s[i]) ** 2 for i in range(3) for j in range(i))
    return sp.expand(gap - factor * squares)


def newton_step_gap(shift=1):
    """Return GN^-1's step at eta = B/(B + d + 1) less (1 - eta) R + eta^2 d sigma^2/B (B-5 (c)).

    d = 3; `shift` takes the place of the 1 in the rate.

    >>> newton_step_gap()
    0
    """
    a, s = shares(3)
    after = risk_after(1, d=3).subs(dict.fromkeys(s, 1))
    rate = batch / (batch + 3 + shift)
    claimed = (1 - rate) * sum(a) + rate**2 * 3 * noise**2 / batch
    return sp.simplify(after.subs(eta, rate) - claimed)


def long_run_limit(half=2):
    """Return the least C eta + a exp(-2 T eta s) over eta less C (1 + log(2 T a s/C))/(2 T s).

    C eta is the noise floor at a small rate and the other term the last of the start (B-5 (e)).

    >>> long_run_limit()
    0
    """
    floor, share, steps, mode = sp.symbols("C a T s", positive=True)
    risk = floor * eta + share * sp.exp(-2 * steps * eta * mode)
    rate = sp.log(2 * steps * share * mode / floor) / (2 * steps * mode)
    stationary = sp.simplify(sp.diff(risk, eta).subs(eta, rate))
    claimed = floor / (half * steps * mode) * (1 + sp.log(2 * steps * share * mode / floor))
    return sp.simplify(stationary + sp.expand(risk.subs(eta, rate) - claimed))


def linear_decay_integral():
    """Return the integral of r^2 exp(-b r^2) over r > 0, which B-5 (f) needs.

    >>> linear_decay_integral()
    sqrt(pi)/(4*b**(3/2))
    """
    r, b = sp.symbols("r b", positive=True)
    return sp.integrate(r**2 * sp.exp(-b * r**2), (r, 0, sp.oo))
