"""The least risks against the exact risk curves and against the dense step of any matrix."""

import numpy as np
import pytest

import diagprec_core as dp
from diagprec_core.mini_batch.minimax import least_risks, minimax_schedule

SPECTRUM = np.array([2.0, 1.0, 0.3, 0.05])


def after(moment, step, noise, batch_size):
    """E[e e^T] after a step of the matrix A in whitened coordinates, by Isserlis' theorem."""
    size = np.trace(moment) + noise
    weight = (1 + 1 / batch_size) * moment + size / batch_size * np.eye(len(moment))
    return moment - step @ moment - moment @ step.T + step @ weight @ step.T


@pytest.mark.parametrize("noise_std", [0.0, 0.7])
@pytest.mark.parametrize("start", [[1, 0, 0, 0], [1, -2, 3, 4]])
def test_gauss_newton_attains_the_minimax_risks_from_every_start(noise_std, start):
    regression = dp.GaussianRegression(SPECTRUM, noise_std)
    size = float(regression.risk(start))
    schedule, risks = minimax_schedule(regression, start_risk=size, batch_size=3, steps=20)
    curve = dp.risk_curve(
        regression, dp.GaussNewton(-1), start=start, learning_rate=schedule, batch_size=3
    )
    np.testing.assert_allclose(curve, risks, rtol=1e-12)


def test_minimax_is_the_least_risk_of_isotropic_starts():
    regression = dp.GaussianRegression(SPECTRUM, 0.4)
    schedule, risks = minimax_schedule(regression, start_risk=2.0, batch_size=5, steps=9)
    weights, least = least_risks(regression, moments=0.5 / SPECTRUM, batch_size=5, steps=9)
    np.testing.assert_allclose(least, risks, rtol=1e-12)
    np.testing.assert_allclose(weights, schedule.rates[:, None] / SPECTRUM, rtol=1e-12)


@pytest.mark.parametrize("noise_std", [0.0, 0.7])
def test_no_sequence_of_matrices_does_better(noise_std):
    rng = np.random.default_rng(5)
    regression = dp.GaussianRegression(SPECTRUM, noise_std)
    moments = np.array([1.0, 2.0, 0.5, 4.0])
    weights, risks = least_risks(regression, moments=moments, batch_size=2, steps=4)
    for size in (0.0, 1e-3, 0.1, 0.5):
        moment = np.diag(SPECTRUM * moments)
        for step in range(4):
            best = np.diag(weights[step] * SPECTRUM)
            moment = after(moment, best + size * rng.standard_normal((4, 4)), noise_std**2, 2)
        if size == 0:
            assert np.trace(moment) == pytest.approx(risks[-1], rel=1e-12)
        else:
            assert np.trace(moment) > risks[-1] * (1 + 1e-9)


def test_noise_slows_it_to_the_rate_of_least_squares():
    regression = dp.GaussianRegression(SPECTRUM, 0.5)
    _, risks = minimax_schedule(regression, start_risk=1.0, batch_size=2, steps=200_000)
    assert 200_000 * risks[-1] == pytest.approx(4 * 0.25 / 2, rel=1e-3)


@pytest.mark.parametrize(
    ("name", "value"),
    [("start_risk", 0), ("batch_size", 0), ("steps", 0), ("regression", None)],
)
def test_bad_input_of_the_schedule_is_refused_by_name(name, value):
    options = {"regression": dp.GaussianRegression([1.0], 1.0), "start_risk": 1.0}
    options |= {"batch_size": 1, "steps": 1, name: value}
    with pytest.raises(ValueError, match=name):
        minimax_schedule(options.pop("regression"), **options)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("moments", [1.0, 0.0]),
        ("moments", [1.0]),
        ("batch_size", 0),
        ("steps", 0),
        ("regression", dp.GaussianRegression(np.eye(2) + 0.5, 1.0)),
    ],
)
def test_bad_input_of_the_least_risks_is_refused_by_name(name, value):
    options = {"regression": dp.GaussianRegression([1.0, 2.0], 1.0), "moments": [1.0, 1.0]}
    options |= {"batch_size": 1, "steps": 1, name: value}
    with pytest.raises(ValueError, match=name):
        least_risks(options.pop("regression"), **options)


def test_without_noise_the_promise_may_leave_the_range_of_float64():
    regression = dp.GaussianRegression([1.0, 0.5], 0.0)
    schedule, risks = dp.minimax_schedule(regression, start_risk=1.0, batch_size=256, steps=200)
    assert (schedule.rates == 256 / 259).all()
    np.testing.assert_allclose(risks[:50], (3 / 259) ** np.arange(50.0), rtol=1e-13)
    assert risks[-1] == 0


def test_one_step_is_a_schedule():
    regression = dp.GaussianRegression([1.0, 0.5], 0.3)
    rates, risks = dp.minimax_schedule(regression, start_risk=2.0, batch_size=4, steps=1)
    assert rates.rates == pytest.approx([4 * 2 / (7 * 2 + 2 * 0.09)])
    assert risks[0] == 2.0
    assert risks[1] == pytest.approx(2 - 4 * 4 / (7 * 2 + 2 * 0.09))
    _, least = dp.least_risks(regression, moments=[1.0, 1.0], batch_size=4, steps=1)
    assert len(least) == 2
