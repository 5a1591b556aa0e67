"""The block-wise logistic instance: derivation, core, balls and a dense loop, each on its own."""

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp
from flint import arb
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq

import diagprec_core as dp
from diagprec_core.claims.fil import balls as fil_balls
from diagprec_core.claims.fil import maps as fil_maps
from diagprec_core.derivations import logistic_blocks as derivation
from diagprec_core.numerics.enclosures import Verdict

POWERS = (Fraction(-1), Fraction(-1, 2), Fraction(0))
EPS = Fraction(1, 1000)


def dense_run(curvature, power, theta, rate, steps):
    """Run GN^p on two blocks example by example, from the text of the instance alone."""
    features = []
    for k, mu in enumerate((1.0, curvature)):
        for size, sign in ((mu, 1.0), (2 - mu, -1.0)):
            x = np.zeros(4)
            x[2 * k : 2 * k + 2] = np.sqrt(size) / 2, sign * np.sqrt(size) / 2
            features.append(x)
    theta = np.array(theta)
    for _ in range(steps):
        gradient, diagonal = np.zeros(4), np.zeros(4)
        for x in features:
            share = 1 / (1 + np.exp(-x @ theta))
            gradient += (0.5 * (share - 1) + 0.5 * share) * x / 4
            diagonal += share * (1 - share) * x**2 / 4
        theta = theta - rate * diagonal**power * gradient
    return theta


@pytest.mark.parametrize("power", POWERS)
def test_core_balls_and_dense_loop_agree(power):
    instance, starts, h = dp.BlockwiseLogistic([1.0, 0.3]), (2.5, -1.5), Fraction(31, 10)
    rate = fil_maps.learning_rates(float(h), float(power), 2)
    theta = instance.start(starts)
    run = dp.descend(
        instance.problem, dp.GaussNewton(float(power)), start=theta, learning_rate=rate, steps=12
    )
    dense = dense_run(0.3, float(power), theta, rate, 12)
    np.testing.assert_allclose(run.parameters[-1], dense, rtol=1e-10, atol=1e-13)
    for k, mu in enumerate((arb(1), arb("0.3"))):
        z = fil_balls.after(arb(31) / 10, mu.sqrt() * starts[k], mu, power, 12) / mu.sqrt()
        assert float(z.rad()) < 1e-12
        assert abs(float(z.mid()) - dense[2 * k]) < 1e-11


def test_derived_gradient_and_diagonal_are_the_cores():
    symbols = derivation.MU, derivation.C, derivation.Z
    gradient, diagonal = (sp.lambdify(symbols, e) for e in derivation.block())
    instance = dp.BlockwiseLogistic([0.3, 1.0, 1.7])
    theta = instance.start([2.0, -1.0, 0.5])
    mus, logits = instance.curvatures, np.sqrt(instance.curvatures) * [2.0, -1.0, 0.5]
    expected = [gradient(mu, 1 / 6, z) for mu, z in zip(mus, logits, strict=True)]
    np.testing.assert_allclose(instance.problem.gradient(theta)[::2], expected, rtol=1e-12)
    expected = [diagonal(mu, 1 / 6, z) for mu, z in zip(mus, logits, strict=True)]
    found = np.diagonal(instance.problem.gauss_newton(theta))
    np.testing.assert_allclose(found[1::2], expected, rtol=1e-12)


@pytest.mark.parametrize("power", POWERS)
def test_safe_starts_are_the_roots_that_scipy_finds(power):
    def share(z):
        t = np.tanh(z / 2)
        return 2 * t / z * (1 - t**2 / 2) ** float(power) - 0.5

    low, high = fil_balls.crossing(Fraction(1, 2), power)
    assert float(low) - 1e-9 < brentq(share, 3, 9) < float(high) + 1e-9


@pytest.mark.parametrize("power", POWERS)
@given(
    h=st.floats(4.001, 200),
    share=st.floats(0.001, 1),
)
def test_runs_from_safe_starts_go_past_0_in_every_step(power, h, share):
    z = share * 3.83
    for _ in range(60):
        t = np.tanh(z / 2)
        after = z - h * t * (1 - t**2 / 2) ** float(power)
        assert after * z < 0
        z = after


@given(
    rates=st.lists(st.floats(0, 4), min_size=1, max_size=30),
    start=st.floats(0.01, 30),
    curvature=st.floats(0.01, 0.49),
    power=st.sampled_from([-1.0, -0.7, -0.5, 0.0]),
)
def test_schedules_below_the_threshold_leave_the_flat_block_its_share(
    rates, start, curvature, power
):
    instance = dp.BlockwiseLogistic([1.0, curvature])
    run = dp.descend(
        instance.problem,
        dp.GaussNewton(power),
        start=instance.start([0.0, start]),
        learning_rate=dp.Schedule(fil_maps.learning_rates(np.array(rates), power, 2)),
    )
    least = start * (1 - np.array(rates) * curvature / 2).prod()
    assert instance.amplitudes(run.parameters[-1])[1] >= least * (1 - 1e-9)


def test_what_is_false_or_too_tight_is_never_proved():
    case = (Fraction(1, 10), Fraction(-1), (Fraction(1), Fraction(1)), EPS)
    found, beyond = fil_balls.no_rate(*case, 34)
    assert found.proved
    assert beyond
    assert fil_balls.no_rate(*case, 35)[0].verdict is Verdict.REFUTED
    assert fil_balls.no_rate(*case, 34, max_boxes=50)[0].verdict is Verdict.UNDECIDED


@pytest.mark.parametrize(
    ("start", "tolerance"), [(0, EPS), (9, EPS), (1, Fraction(2))], ids=["0", "beyond Z", "coarse"]
)
def test_rates_above_those_enclosed_are_left_open_where_the_theorem_is_silent(start, tolerance):
    case = (Fraction(1, 10), Fraction(0), (Fraction(start), Fraction(1)), tolerance)
    assert not fil_balls.no_rate(*case, 1, max_boxes=1)[1]


def test_balls_know_three_powers():
    with pytest.raises(ValueError, match="power: got -2, need 0, -1/2 or -1"):
        fil_balls.relative_step(arb(1), arb(1), Fraction(-2))
