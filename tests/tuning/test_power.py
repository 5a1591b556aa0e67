"""The best power and the best rate: exact risks at a horizon, searches that miss nothing, maps."""

import numpy as np
import pytest
from references import stepped_precisely

import diagprec_core as dp
from diagprec_core.mini_batch.adam_floors import long_memory_risk
from diagprec_core.mini_batch.risk_at_horizon import STEPPED, log_risks, slowest
from diagprec_core.numerics.refine import refine
from diagprec_core.tuning.contenders import beyond
from diagprec_core.tuning.rates import best_rates

GRID = np.arange(-15, 6) / 10


def problem(d, risk, exponent=1.0, source=1.5):
    """Return eigenvalues and starting errors with a power-law source."""
    spectrum, shares = np.arange(1.0, d + 1) ** -exponent, np.arange(1.0, d + 1) ** -source
    return spectrum, np.sqrt(risk * shares / shares.sum() / spectrum)


@pytest.mark.parametrize("steps", [1, STEPPED - 1, STEPPED, 100, 700])
@pytest.mark.parametrize(
    ("power", "batch_size", "noise", "risk"),
    [
        (-0.5, 1, 1.0, 1.0),
        (0.0, 16, 1.0, 1e-4),
        (-1.0, 256, 0.0, 1.0),
        (-0.95, 10**6, 1.0, 1e6),
        (2.0, 1, 1.0, 1e-6),
        (-2.0, 3, 1e-8, 1.0),
    ],
)
def test_horizon_against_steps_in_extended_precision(power, batch_size, noise, risk, steps):
    spectrum, errors = problem(40, risk)
    modes, moments = spectrum ** (1 + power), errors**2 / spectrum**power
    edge = 2 / (modes.max() + (modes.max() + modes.sum()) / batch_size)
    rates = edge * np.geomspace(1e-4, 1.2, 12)
    options = {"noise": noise, "batch_size": batch_size, "steps": steps}
    found = log_risks(np.tile(modes, (12, 1)), np.tile(moments, (12, 1)), rates, **options)
    expected = [stepped_precisely(modes, moments, rate, **options) for rate in rates]
    np.testing.assert_allclose(found, expected, rtol=0, atol=2e-11)


def test_horizon_of_a_billion_steps_is_that_of_the_eigen_solve():
    spectrum, errors = problem(60, 1.0)
    rates = np.array([1e-9, 1e-6, 1e-3, 0.1])
    options = {"start": errors, "learning_rate": rates, "batch_size": 8}
    regression = dp.GaussianRegression(spectrum, 0.7)
    expected = dp.risk_at(regression, dp.GaussNewton(-0.7), **options, step=10**9)
    modes, moments = spectrum**0.3, errors**2 * spectrum**0.7
    found = log_risks(
        np.tile(modes, (4, 1)),
        np.tile(moments, (4, 1)),
        rates,
        noise=0.7**2,
        batch_size=8,
        steps=10**9,
    )
    np.testing.assert_allclose(np.exp(found), expected, rtol=1e-10)


def test_horizon_with_a_schedule_is_the_risk_curves():
    spectrum, errors = problem(20, 1.0)
    regression, rates = dp.GaussianRegression(spectrum, 0.5), np.array([0.01, 0.1, 0.5])
    shape = 1 - np.arange(50) / 50
    schedule = dp.Schedule(rates[:, None] * shape)
    expected = dp.risk_curve(
        regression, dp.GradientDescent(), start=errors, learning_rate=schedule, batch_size=4
    )[-1]
    options = {"noise": 0.25, "batch_size": 4, "steps": 50, "shape": shape}
    found = log_risks(np.tile(spectrum, (3, 1)), np.tile(errors**2, (3, 1)), rates, **options)
    np.testing.assert_allclose(np.exp(found), expected, rtol=1e-12)


def test_horizon_is_infinite_where_a_run_has_exploded():
    modes = np.array([[1.0, 0.5]])
    options = {"noise": 1.0, "batch_size": 1, "steps": 10**6}
    assert log_risks(modes, modes, np.array([10.0]), **options) == [np.inf]
    options["steps"] = 10
    assert np.isfinite(log_risks(modes, modes, np.array([10.0]), **options)).all()


@pytest.mark.parametrize("strength", [1e-30, 1e-9, 1e-2, 10.0])
def test_slowest_is_the_dense_eigenvalue(strength):
    rng = np.random.default_rng(1)
    loss, gain = rng.uniform(0.1, 1.0, 9), strength * rng.uniform(0.0, 0.1, 9)
    matrix = np.diag(1 - loss) + np.sqrt(np.outer(gain, gain))
    found = 1 - slowest(loss[None], gain[None])[0]
    assert found == pytest.approx(np.linalg.eigvalsh(matrix)[-1], abs=1e-12)


@pytest.mark.parametrize("flat", [1e-9, 1e-12, 1e-15])
def test_a_nearly_flat_direction_hides_no_explosion(flat):
    modes, shares = np.array([[1.0, flat]]), np.array([[1.0, 0.0]])
    options = {"noise": 0.0, "batch_size": 1}
    found = log_risks(modes, shares / modes, np.array([0.9]), **options, steps=24)
    stepped = log_risks(
        modes, shares / modes, np.array([0.9]), **options, steps=24, shape=np.ones(24)
    )
    assert found == pytest.approx(stepped, rel=1e-12)
    assert found > 10


@pytest.mark.parametrize("flat", [1e-5, 1e-6, 1e-8])
def test_a_start_that_misses_the_slowest_direction_loses_no_digits(flat):
    modes, shares = np.array([[1.0, flat]]), np.array([[1.0, 0.0]])
    options = {"noise": 0.0, "batch_size": 1, "steps": 1000}
    found = log_risks(modes, shares / modes, np.array([0.1]), **options)
    stepped = log_risks(modes, shares / modes, np.array([0.1]), **options, shape=np.ones(1000))
    assert found == pytest.approx(stepped, abs=1e-9)


@pytest.mark.parametrize(("noise", "power"), [(0.00158, -0.657), (0.00168, 1.407)])
def test_of_two_local_minima_the_lower_one_is_the_best_power(noise, power):
    spectrum = 1 / np.arange(1.0, 9.0)
    shares = spectrum**8
    start = np.sqrt(shares / shares.sum() / spectrum)
    regression = dp.GaussianRegression(spectrum, np.sqrt(noise))
    options = {"start": start, "batch_size": 2, "steps": 128}
    found = dp.best_power(regression, **options)
    assert found.power == pytest.approx(power, abs=2e-3)
    for other in (-0.657, 1.407):
        rates = np.geomspace(1e-3, 1, 400) * found.learning_rate * 20
        rule = dp.GaussNewton(other)
        risks = dp.risk_curve(regression, rule, learning_rate=rates, **options)[-1]
        assert risks.min() >= found.risk * (1 - 1e-9)


def test_a_schedule_of_few_steps_may_have_several_basins():
    spectrum = 1 / np.arange(1.0, 41.0)
    modes = np.ones((1, 40)) * spectrum
    factors = 1 - np.arange(5) / 5
    options = {"noise": 1e-4, "batch_size": 10**5, "steps": 5, "shape": factors}
    moments = np.ones((1, 40))
    _, best = best_rates(modes, moments, **options)
    rates = np.geomspace(0.01, 10, 4000)
    rows = np.repeat(modes, len(rates), axis=0), np.repeat(moments, len(rates), axis=0)
    assert best[0] <= log_risks(*rows, rates, **options).min() + 1e-6


def test_refine_finds_smooth_and_sharp_minima():
    at = np.array([-0.7, 0.0, 1.234])[:, None]
    low, high = np.full(3, -2.0), np.full(3, 2.0)
    smooth, values = refine(lambda x: np.cosh(x - at), low, high)
    np.testing.assert_allclose(smooth, at[:, 0], atol=1e-6)
    np.testing.assert_allclose(values, 1, atol=1e-12)
    sharp, values = refine(lambda x: np.abs(x - at) * np.where(x > at, 3, 1), low, high)
    np.testing.assert_allclose(sharp, at[:, 0], atol=1e-5)
    np.testing.assert_allclose(values, 0, atol=1e-5)


@pytest.mark.parametrize("noise", [0.0, 1e-6, 1.0, 1e4])
@pytest.mark.parametrize("batch_size", [1, 30, 10**5])
@pytest.mark.parametrize("steps", [1, 30, 1000])
def test_no_rate_beats_the_best_rate(noise, batch_size, steps):
    spectrum, errors = problem(25, 1.0)
    powers = np.array([-2.0, -1.0, -0.3, 0.0, 1.5])[:, None]
    modes, moments = spectrum ** (1 + powers), errors**2 / spectrum**powers
    options = {"noise": noise, "batch_size": batch_size, "steps": steps}
    rates, risks = best_rates(modes, moments, **options)
    # Far below, far above, and closely around.
    trials = np.concatenate([np.linspace(-16, 16, 321), np.linspace(-1e-3, 1e-3, 21)])
    for index in range(len(powers)):
        rows = [np.tile(row[index], (len(trials), 1)) for row in (modes, moments)]
        found = log_risks(*rows, np.exp(rates[index] + trials), **options)
        assert found.min() > risks[index] - 1e-9, powers[index]


def test_best_power_of_the_blueprint():
    """B-5's instance: d = 500, lambda_i = 1/i, source i^-1.5, sigma = 1, T = 1000, steps of 0.1."""
    table = {1.0: (-0.3, -0.6, -0.8), 0.01: (0.1, -0.2, -0.4), 100.0: (-0.4, -0.8, -0.9)}
    for risk, expected in table.items():
        spectrum, errors = problem(500, risk)
        modes = spectrum ** (1 + GRID[:, None])
        moments = errors**2 / spectrum ** GRID[:, None]
        for batch_size, power in zip((1, 16, 256), expected, strict=True):
            options = {"noise": 1.0, "batch_size": batch_size, "steps": 1000}
            risks = best_rates(modes, moments, **options)[1]
            assert GRID[risks.argmin()] == pytest.approx(power), (risk, batch_size)
            start = {"start": errors, "batch_size": batch_size, "steps": 1000}
            found = dp.best_power(dp.GaussianRegression(spectrum, 1.0), **start)
            assert abs(found.power - power) <= 0.07
            assert np.log(found.risk) <= risks.min()


def test_best_power_holds_what_a_run_gives():
    spectrum, errors = problem(30, 2.0)
    regression = dp.GaussianRegression(spectrum, 0.5)
    options = {"start": errors, "batch_size": 4}
    found = dp.best_power(regression, **options, steps=300)
    rules = [*map(dp.GaussNewton, (found.power, -1.0, -0.5)), dp.GradientDescent()]
    rates = [found.learning_rate, *found.usual_rates]
    risks = [
        dp.risk_curve(regression, rule, learning_rate=rate, **options, steps=300)[-1]
        for rule, rate in zip(rules, rates, strict=True)
    ]
    np.testing.assert_allclose(risks, [found.risk, *found.usual_risks], rtol=1e-10)
    assert found.winner == np.argmin(risks[1:])
    assert found.margin == pytest.approx(min(risks[1:]) / risks[0] - 1)


def test_best_power_of_a_linear_decay_holds_what_a_schedule_gives():
    spectrum, errors = problem(30, 2.0)
    regression = dp.GaussianRegression(spectrum, 0.5)
    found = dp.best_power(regression, start=errors, batch_size=4, steps=40, schedule="linear")
    schedule = dp.Schedule(found.learning_rate * (1 - np.arange(40) / 40))
    rule = dp.GaussNewton(found.power)
    risks = dp.risk_curve(regression, rule, start=errors, learning_rate=schedule, batch_size=4)
    assert risks[-1] == pytest.approx(found.risk, rel=1e-10)


@pytest.mark.parametrize(("steps", "helps"), [(40, False), (3000, True)])
def test_a_linear_decay_helps_in_long_runs_only(steps, helps):
    spectrum, errors = problem(30, 2.0)
    options = {"start": errors, "batch_size": 4, "steps": steps}
    regression = dp.GaussianRegression(spectrum, 0.5)
    constant = dp.best_power(regression, **options)
    decaying = dp.best_power(regression, **options, schedule="linear")
    assert (decaying.risk < constant.risk) is helps


def test_best_power_does_not_feel_a_rotation_or_a_shift(rotation):
    spectrum, errors = problem(8, 1.0)
    turn, shift = rotation(8, 3), np.arange(8.0)
    plain = dp.best_power(
        dp.GaussianRegression(spectrum, 0.3), start=errors, batch_size=4, steps=60
    )
    turned = dp.GaussianRegression((turn * spectrum) @ turn.T, 0.3, optimum=shift)
    found = dp.best_power(turned, start=turn @ errors + shift, batch_size=4, steps=60, basis=turn)
    assert found.power == pytest.approx(plain.power, abs=1e-6)
    assert found.risk == pytest.approx(plain.risk, rel=1e-9)


@pytest.mark.parametrize("basis", [None, 5])
def test_best_power_in_a_basis_that_is_no_eigenbasis(rotation, basis):
    spectrum, errors = problem(6, 1.0)
    turn = rotation(6, 4)
    regression = dp.GaussianRegression((turn * spectrum) @ turn.T, 0.3)
    options = {"start": turn @ errors, "batch_size": 4}
    options["basis"] = None if basis is None else rotation(6, basis)
    found = dp.best_power(regression, **options, steps=60)
    rate = found.learning_rate
    for power, least in ((found.power, True), (found.power - 0.1, False), (-1.0, False)):
        rates = [rate] if least else rate * 6.0 ** np.linspace(-1, 1, 60)
        risks = dp.risk_at(
            regression, dp.GaussNewton(power), learning_rate=rates, **options, step=60
        )
        if least:
            assert risks[0] == pytest.approx(found.risk, rel=1e-9)
        assert risks.min() >= found.risk * (1 - 1e-9)


def test_the_range_of_powers_grows_and_is_refused_where_it_has_no_end():
    spectrum = np.arange(1.0, 11.0) ** -0.5
    regression = dp.GaussianRegression(spectrum, 1e3)
    # delta_i^2 = lambda_i^6: the best power tends to 6.
    found = dp.best_power(regression, start=spectrum**3, batch_size=1, steps=5)
    assert found.power == pytest.approx(6.0, abs=1e-3)
    first = np.zeros(10)
    first[0] = 1.0
    for start in (first, first[::-1]):
        with pytest.raises(ValueError, match=r"powers: got \(-2, 2\) with none, need a best"):
            dp.best_power(dp.GaussianRegression(spectrum, 1.0), start=start, batch_size=1, steps=5)


def test_what_has_no_best_power_is_refused():
    spectrum = np.array([1.0, 0.5])
    options = {"batch_size": 2, "steps": 10}
    with pytest.raises(ValueError, match="regression: got equal curvatures"):
        dp.best_power(dp.GaussianRegression([2.0, 2.0], 1.0), start=[1, 2], **options)
    with pytest.raises(ValueError, match="start: got the optimum"):
        dp.best_power(dp.GaussianRegression(spectrum, 1.0), start=[0, 0], **options)
    with pytest.raises(ValueError, match="a gain of more than 1e-9"):
        dp.best_power(dp.GaussianRegression(spectrum, 1e9), start=[1, 2], **options)


MAP = {
    "d": 20,
    "spectrum_exponent": [[0.5], [1.0]],
    "source_exponent": 1.5,
    "start_risk": 1.0,
    "noise_std": 1.0,
    "batch_size": [1, 16, 256],
    "steps": 60,
}


def test_a_map_is_its_cells_one_by_one():
    found = dp.power_map(**MAP)
    assert found.power.shape == found.margin.shape == found.winner.shape == (2, 3)
    assert found.usual_risks.shape == (2, 3, 3)
    for row, exponent in enumerate((0.5, 1.0)):
        spectrum, errors = problem(20, 1.0, exponent)
        for column, batch_size in enumerate((1, 16, 256)):
            options = {"start": errors, "batch_size": batch_size, "steps": 60}
            cell = dp.best_power(dp.GaussianRegression(spectrum, 1.0), **options)
            assert found.power[row, column] == pytest.approx(cell.power, abs=1e-9)
            assert found.learning_rate[row, column] == pytest.approx(cell.learning_rate)
            np.testing.assert_allclose(found.usual_risks[row, column], cell.usual_risks)
    assert (found.margin >= 0).all()


def test_a_map_does_not_depend_on_the_number_of_processes():
    one, two = dp.power_map(**MAP), dp.power_map(**MAP, n_jobs=2)
    for name in ("power", "learning_rate", "risk", "usual_rates", "usual_risks"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))


def test_a_map_of_one_cell_has_no_axes():
    found = dp.power_map(**{**MAP, "spectrum_exponent": 1.0, "batch_size": 4})
    assert found.power.shape == ()
    assert found.usual_rates.shape == (3,)


def test_a_cell_without_a_best_power_is_nan():
    found = dp.power_map(**{**MAP, "noise_std": [1.0, 1e9, 1.0]})
    assert np.isnan(found.power).tolist() == [[False, True, False]] * 2
    assert np.isnan(found.risk).tolist() == [[False, True, False]] * 2
    assert np.isfinite(found.usual_risks).all()


@pytest.mark.parametrize("schedule", ["constant", "linear"])
def test_limits_of_the_theorem(schedule):
    options = {**MAP, "spectrum_exponent": 1.0, "schedule": schedule}
    quiet = dp.power_map(**{**options, "noise_std": 1e4, "batch_size": 1})
    assert quiet.power == pytest.approx(0.5, abs=1e-3)
    large = dp.power_map(**{**options, "batch_size": 10**12})
    assert large.power == pytest.approx(-1.0, abs=0.06)


WRONG = {
    "d": (1, 2.0, None, True, "20", [3]),
    "spectrum_exponent": (0.0, -1.0, "1", None, np.nan, [], [[1.0], [1.0, 2.0]], True),
    "source_exponent": ("1", None, np.inf, 1j),
    "start_risk": (0.0, -1.0, "1", None, np.nan),
    "noise_std": (-1.0, "1", None, np.nan, np.inf),
    "batch_size": (0, -1, 2.0, [1, 2.5], "2", None, True),
    "steps": (0, -1, 2.0, "2", None, True),
    "powers": ((0.0, 0.1), (1.0, -1.0), (0.0,), 1.0, "ab", (np.nan, 1.0), None),
    "schedule": ("cosine", None, 1, ["constant"]),
    "n_jobs": (0, 1.5, "2", True),
}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in WRONG.items() for value in values]
)
def test_bad_input_to_a_map(name, value):
    with pytest.raises(ValueError, match=rf"^{name}: got .*, need "):
        dp.power_map(**{**MAP, name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("regression", None),
        ("start", [1.0]),
        ("start", [np.nan, 1.0]),
        ("start", [[1.0, 2.0]]),
        ("batch_size", 0),
        ("batch_size", 1.5),
        ("steps", 0),
        ("steps", True),
        ("basis", [[1.0, 1.0], [0.0, 1.0]]),
        *(("powers", value) for value in WRONG["powers"]),
        *(("schedule", value) for value in WRONG["schedule"]),
    ],
)
def test_bad_input_to_the_best_power(name, value):
    good = {
        "regression": dp.GaussianRegression([1.0, 0.5], 1.0),
        "start": [1.0, 2.0],
        "batch_size": 2,
        "steps": 3,
    }
    with pytest.raises(ValueError, match=rf"^{name}: got .*, need "):
        dp.best_power(**{**good, name: value})


@pytest.mark.parametrize("unit", [1e-39, 1e-12, 1e12, 1e39])
def test_units_change_rates_and_nothing_else(unit):
    spectrum, start = problem(12, risk=1.0)
    options = {"batch_size": 4, "steps": 100}
    known = dp.best_power(dp.GaussianRegression(spectrum, 1.0), start=start, **options)
    found = dp.best_power(
        dp.GaussianRegression(unit * spectrum, 1.0), start=start / np.sqrt(unit), **options
    )
    assert found.power == pytest.approx(known.power, abs=1e-5)
    assert found.risk == pytest.approx(known.risk, rel=1e-9)
    np.testing.assert_allclose(found.usual_risks, known.usual_risks, rtol=1e-9)
    powers = np.array([-1.0, -0.5, 0.0])
    np.testing.assert_allclose(
        found.usual_rates, known.usual_rates * unit ** -(1 + powers), rtol=1e-4
    )


def test_a_spectrum_too_steep_for_its_powers_is_refused():
    options = {"source_exponent": 1.5, "start_risk": 1.0, "noise_std": 1.0}
    with pytest.raises(ValueError, match="spectrum_exponent: got 60, need at most 38 for d = 10"):
        dp.power_map(d=10, spectrum_exponent=[1, 60], batch_size=1, steps=10, **options)
    with pytest.raises(ValueError, match="exponent: got 300, need at most 154 for d = 100"):
        dp.power_law_spectrum(100, 300.0)


@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e9])
@pytest.mark.parametrize("noise_std", [1e-3, 1.0, 1e3])
def test_adams_largest_rate_reaches_a_floor_of_1e12_in_every_unit(scale, noise_std):
    spectrum = scale * np.geomspace(0.01, 1, 30)
    rate = beyond(spectrum, noise_std)
    (floor,) = long_memory_risk(spectrum, noise_std, np.array([rate]), 1)
    assert 1e11 < floor / noise_std**2 < 1e14
