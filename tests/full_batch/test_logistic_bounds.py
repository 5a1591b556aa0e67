"""Bounds for the skewed logistic instance: against plain loops, and against runs of the core."""

import math

import mpmath
import numpy as np
import pytest
from flint import arb

import diagprec_core as dp
from diagprec_core.full_batch import logistic_bounds as bounds
from diagprec_core.full_batch import logistic_certificates as certificates
from diagprec_core.full_batch import logistic_cures as cures
from diagprec_core.numerics.enclosures import Verdict

CASES = [
    (-1.0, 6.0, 1.0, 1.0, 1e-3),
    (-0.5, 8.0, 1.0, 1e-2, 1e-2),
    (-0.75, 7.0, 2.0, 0.1, 1e-2),
    (0.0, 8.0, 1.0, 1e-2, 1e-2),
]


def loop_function(power, z):
    """f_p from the definition: (s(z) - 1/2) s'(z)^p."""
    up, down = 1 / (1 + math.exp(-z)), 1 / (1 + math.exp(z))
    return (up - 0.5) * (up * down) ** power


def settle(power, far, near, odds, eps, rate, horizon):
    """Return the settling time by a plain loop, inf if it is not seen."""
    a, b, last = far, near, -1
    for t in range(horizon):
        if max(abs(a), abs(b)) > eps:
            last = t
        if abs(a) > 300:
            return math.inf
        a -= rate * loop_function(power, a)
        b -= rate * odds ** (1 + power) * loop_function(power, b)
    return last + 1 if last < horizon - 1 else math.inf


@pytest.mark.parametrize("power", [-1.3, -1.0, -0.5, -1 / 3, 0.0, 0.7])
def test_step_function_from_its_definition(power):
    z = np.array([-5.0, -0.3, 0.0, 1e-6, 2.0, 9.0])
    expected = [loop_function(power, v) for v in z]
    np.testing.assert_allclose(bounds.step_function(power, z), expected, rtol=1e-9, atol=1e-17)


def test_step_function_leaves_the_range_of_floats_quietly():
    np.testing.assert_array_equal(bounds.step_function(-1.0, [-1e4, 1e4]), [-np.inf, np.inf])
    np.testing.assert_array_equal(bounds.step_function(0.0, [-1e4, 1e4]), [-0.5, 0.5])


@pytest.mark.parametrize("case", CASES)
def test_no_rate_of_a_grid_beats_the_bounds(case):
    power, far = case[:2]
    certified = certificates.certified_steps(*case)
    assert bounds.least_steps(*case) <= certified
    for share in np.linspace(0.3, 1.1, 33):
        rate = share * bounds.rate_cap(power, far)
        assert settle(*case, rate, 2 * certified) >= certified


@pytest.mark.parametrize("case", CASES)
def test_the_run_at_the_cap_is_the_certified_number(case):
    power, far, near, odds, eps = case
    rate, logit, steps = bounds.rate_cap(power, far), near, 0
    while logit > eps:
        logit -= rate * odds ** (1 + power) * loop_function(power, logit)
        steps += 1
    assert steps == certificates.certified_steps(*case)


@pytest.mark.parametrize("case", CASES)
def test_exclusion_is_proved_up_to_the_truth_and_refuted_beyond(case):
    certified = certificates.certified_steps(*case)
    assert certificates.exclude_rates(*case, certified - 1).proved
    beyond = certificates.exclude_rates(*case, certified + 1)
    assert beyond.verdict is Verdict.REFUTED
    share = float(beyond.where[0][0])
    power, far, near, odds, eps = case
    rate, logit = share * bounds.rate_cap(power, far), near
    for _ in range(certified + 1):
        logit -= rate * odds ** (1 + power) * loop_function(power, logit)
    assert logit < eps
    assert (
        certificates.exclude_rates(*case, certified - 1, max_boxes=3).verdict is Verdict.UNDECIDED
    )


def test_shrink_is_the_largest_relative_step_under_the_cap():
    for power, far, near, odds, _ in CASES:
        z = np.linspace(1e-6, near, 2001)
        rate = bounds.rate_cap(power, far) * odds ** (1 + power)
        steepest = (bounds.step_function(power, z) / z).max() * rate
        assert bounds.largest_shrink(power, far, near, odds) == pytest.approx(steepest, rel=1e-6)


def test_nothing_is_claimed_where_the_share_is_one_or_more():
    assert bounds.least_steps(-1.0, 1.0, 0.9, 1.0, 1e-3) == 0.0
    with pytest.raises(ValueError, match=r"far: got r = 1\.94"):
        certificates.certified_steps(-1.0, 1.0, 0.9, 1.0, 1e-3)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"power": -0.2}, r"power: got -0\.2, need 0, or a power of at most -1/3"),
        ({"power": np.nan}, "power: got nan"),
        ({"far": 0.5}, r"far: got 0\.5"),
        ({"far": 1.0}, r"far: got 1\.0, need a number in \(1, inf\)"),
        ({"near": 0.0}, "near: got 0"),
        ({"near": True}, "near: got True"),
        ({"odds": -1.0}, "odds: got -1"),
        ({"tolerance": 1.0}, "tolerance: got 1"),
        ({"tolerance": 0.0}, "tolerance: got 0"),
    ],
)
def test_bad_input(change, message):
    good = {"power": -1.0, "far": 8.0, "near": 1.0, "odds": 1.0, "tolerance": 1e-3}
    for function in (bounds.least_steps, certificates.certified_steps):
        with pytest.raises(ValueError, match=message):
            function(**{**good, **change})
    with pytest.raises(ValueError, match=message):
        certificates.exclude_rates(**{**good, **change}, steps=10)


def test_bad_steps():
    with pytest.raises(ValueError, match="steps: got 0"):
        certificates.exclude_rates(-1.0, 8.0, 1.0, 1.0, 1e-3, 0)


@pytest.mark.parametrize(("far", "eps"), [(2.0, 0.3), (4.0, 0.3), (12.0, 0.3), (3.0, 0.9)])
def test_gradient_descents_certificate_is_the_near_logits_run_at_the_cap(far, eps):
    cap = max(2 * far / math.tanh(far / 2), 4 * eps / math.tanh(eps / 2), 8.0)
    logit, steps = 1.0, 0
    while logit > eps:
        logit, steps = logit - cap * 1e-2 * 0.5 * math.tanh(logit / 2), steps + 1
    assert certificates.certified_steps(0.0, far, 1.0, 1e-2, eps) == steps


@pytest.mark.parametrize("far", [0.3, 0.9, 2.5, 8.0, 40.0])
@pytest.mark.parametrize("eps", [0.5, 1e-2, 1e-8])
def test_cures_by_plain_loops(far, eps):
    starts = np.linspace(-far, far, 401)

    def slope(z):
        return 1 / (2 * np.cosh(z / 2)) ** 2

    def steps_of(step):
        z, steps = starts.copy(), 0
        while np.abs(z).max() > eps:
            z, steps = step(z, steps), steps + 1
        return steps

    clipped = steps_of(lambda z, t: z - np.clip(np.sinh(z), -1, 1))
    assert clipped <= cures.sophia_steps(far, eps) <= clipped + 2
    alpha = [far]
    for _ in range(80):
        alpha.append(alpha[-1] - math.tanh(alpha[-1]))
    grown = steps_of(lambda z, t: z - np.sinh(z) / np.cosh(alpha[t]))
    assert cures.warmup_steps(far, eps) == grown
    for level in (0.25, 1.0):
        damped = steps_of(lambda z, t, c=level: z - np.tanh(z / 2) / 2 / (slope(z) + c))
        assert damped <= math.ceil(cures.damped_steps(far, eps, level))


def test_the_count_of_cubic_steps_is_right_where_the_logarithm_is_a_whole_number():
    for over, steps in ((-1e-12, 2), (1e-12, 3)):
        tolerance = math.exp(-9 * (1 + over))
        assert cures._cubic_steps(math.exp(-1), 1.0, tolerance) == steps


def test_cures_refuse_bad_input():
    for function in (cures.sophia_steps, cures.warmup_steps):
        with pytest.raises(ValueError, match="radius: got 0"):
            function(0.0, 1e-3)
        with pytest.raises(ValueError, match="tolerance: got inf"):
            function(1.0, np.inf)
    with pytest.raises(ValueError, match=r"damping: got 0\.2"):
        cures.damped_steps(1.0, 1e-3, 0.2)


def test_the_core_obeys_the_bound_with_more_coordinates_than_two():
    instance = dp.SkewedLogistic([0.5, 0.3, 0.2], basis=np.linalg.qr(np.vander([1.0, 2, 3]))[0])
    certified = certificates.certified_steps(-1.0, 6.0, 1.0, 1.0, 1e-3)
    run = dp.descend(
        instance.problem,
        dp.GaussNewton(-1),
        start=instance.start([6.0, -1.0, 0.2]),
        learning_rate=np.linspace(0.5, 1.0, 60) * bounds.rate_cap(-1.0, 6.0),
        steps=300,
        basis=instance.basis,
    )
    assert dp.settling_time(run, 1e-3).min() >= certified


def test_a_coarse_tolerance_lets_gradient_descent_settle_on_a_two_cycle():
    case = (0.0, 3.8, 3.7, 1e-3, 3.5)
    cap = bounds.rate_cap(0.0, 3.8)
    times = [settle(*case, share * cap, 400) for share in np.linspace(0.3, 3.0, 400)]
    at_cap = next(t for t in range(400) if near_after(case, cap, t) <= 3.5)
    certified = certificates.certified_steps(*case)
    assert min(times) >= certified
    # Without the larger cap for coarse tolerances the bound would be false.
    assert min(times) < at_cap


def near_after(case, rate, steps):
    power, _, logit, odds, _ = case
    for _ in range(steps):
        logit -= rate * odds ** (1 + power) * loop_function(power, logit)
    return logit


@pytest.mark.parametrize("share", ["0.9", "0.99", "1.01"])
def test_rates_that_do_not_attain_the_optimum(share):
    case = (-1.0, 8.0, 1.0, 1.0, 1e-3)
    assert not certificates.attains(*case, share, certificates.certified_steps(*case))


def test_a_lower_rate_attains_a_larger_number_of_steps():
    case = (-1.0, 8.0, 1.0, 1.0, 1e-3)
    rate = 0.5 * bounds.rate_cap(-1.0, 8.0)
    taken = settle(*case, rate, 3000)
    assert certificates.attains(*case, "1/2", taken)
    assert not certificates.attains(*case, "1/2", taken - 1)


@pytest.mark.parametrize("power", [-1.0, -0.9, -0.5, -0.4, -1 / 3, 0.0])
@pytest.mark.parametrize("z", [0.01, 0.7, 3.0, 12.0])
def test_balls_of_the_step_and_its_slope_hold_them(power, z):
    def step(x):
        return mpmath.tanh(x / 2) / 2 * (2 * mpmath.cosh(x / 2)) ** (-2 * mpmath.mpf(power))

    with mpmath.workdps(40):
        value, slope = step(mpmath.mpf(z)), mpmath.diff(step, z)
        for found, expected in (
            (certificates._value(power, arb(z)), value),
            (certificates._derivative(power, arb(z)), slope),
        ):
            assert abs(float(found.mid()) / float(expected) - 1) < 1e-14
            assert float(found.rad()) < 1e-12 * abs(float(expected))
