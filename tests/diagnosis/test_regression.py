"""What is predicted, in both bases: against the public exact functions, dense."""

import dataclasses

import numpy as np
import pytest
from sklearn import datasets

import diagprec_core as dp
from diagprec_core.diagnosis.predictions import predict
from diagprec_core.diagnosis.verdict import changes, hypotheses, mean_noise, tail
from diagprec_core.tuning.contenders import ADAM
from diagprec_core.tuning.problem import Problem

RNG = np.random.default_rng(2)
MIXING = RNG.standard_normal((5, 5)) * np.array([2.0, 1.0, 1.0, 0.5, 0.2])
X = RNG.standard_normal((600, 5)) @ MIXING
Y = X @ np.array([1.0, -1.0, 0.5, 2.0, 0.3]) + 2 * RNG.standard_normal(600)
SETTING = {"batch_size": 3, "steps": 60}
OPTIONS = {"centre": False, "scale": False}


@pytest.fixture(scope="module")
def found():
    return dp.diagnose(X, Y, **SETTING, **OPTIONS)


def regression_of(found, basis):
    """Return the regression that the data are, optimum and basis, made without the diagnosis."""
    matrix, solution = X.T @ X / 600, np.linalg.lstsq(X, Y)[0]
    noise = np.sqrt(np.mean((Y - X @ solution) ** 2))
    turned = dp.eigenbasis(matrix) if basis == "eigenbasis" else None
    return dp.GaussianRegression(matrix, noise, optimum=solution), turned


@pytest.mark.parametrize("basis", ["eigenbasis", "identity"])
def test_fixed_preconditioners_are_those_of_the_exact_functions(found, basis):
    regression, turned = regression_of(found, basis)
    law = {"batch_size": 3, "basis": turned, "kurtosis": float(found.kurtosis.value)}
    prediction = found.predictions[basis]
    fixed = [one for one in prediction.all() if one.power is not None]
    assert {one.name for one in fixed} >= {"GD", "GN^-1/2", "GN^-1"}
    for one in fixed:
        rule = dp.GaussNewton(one.power, damping=one.damping)
        run = {**law, "start": np.zeros(5), "step": 60}
        risk = dp.risk_at(regression, rule, learning_rate=one.learning_rate, **run)
        assert one.risk == pytest.approx(risk, rel=1e-7), one.name
        floor = dp.stationary_risk(regression, rule, learning_rate=one.learning_rate, **law)
        assert one.floor == pytest.approx(floor, rel=1e-7)
        limit = dp.largest_stable_rate(regression, rule, **law)
        assert one.largest_stable_rate == pytest.approx(limit, rel=1e-6)
        rates = np.minimum(one.learning_rate * np.geomspace(1e-2, 1e2, 401), 0.999 * limit)
        assert dp.risk_at(regression, rule, learning_rate=rates, **run).min() >= one.risk * (
            1 - 1e-9
        )
        near = one.learning_rate * np.array([0.98, 1.02])
        assert (dp.risk_at(regression, rule, learning_rate=near, **run) > one.risk).all()
        horizons = np.array([60, 0, 7])
        curve = dp.risk_curve(
            regression,
            rule,
            start=np.zeros(5),
            learning_rate=one.learning_rate,
            steps=60,
            **law,
        )
        np.testing.assert_allclose(
            prediction.curve(one, horizons), curve[horizons], rtol=1e-7, err_msg=one.name
        )


@pytest.mark.parametrize("basis", ["eigenbasis", "identity"])
def test_adam_is_the_frozen_fixed_point(found, basis):
    """Its own weights, as fixed ones, reproduce themselves, its floor, and its risk."""
    regression, turned = regression_of(found, basis)
    kurtosis = float(found.kurtosis.value)
    law = {"batch_size": 3, "basis": turned, "kurtosis": kurtosis}
    (adam,) = (one for one in found.predictions[basis].contenders if one.name == ADAM)
    floor = dp.stationary_risk(
        regression, dp.LongMemoryAdam(), learning_rate=adam.learning_rate, **law
    )
    assert adam.floor == pytest.approx(floor, rel=1e-7)

    def risks(rate):
        # The fixed point by iteration of a dense solve, weights from second moments.
        u = np.eye(5) if turned is None else turned
        sigma = u.T @ regression.covariance @ u
        k = 1 + (2 * kurtosis - 1) / 3
        weights = np.sqrt(3 / np.diagonal(sigma)) / regression.noise_std
        for _ in range(500):
            root = np.sqrt(weights)
            s = root[:, None] * sigma * root
            m = s @ np.linalg.inv(2 * np.eye(5) - k * rate * s)
            c = rate * np.trace(m) / 3
            volume = regression.noise_std**2 / (1 - kurtosis * c)
            second = (
                volume
                / 3
                * np.diagonal(2 * s @ np.linalg.inv(2 * np.eye(5) - k * rate * s))
                / weights
            )
            weights = np.exp(0.5 * np.log(weights) + 0.5 * np.log(second**-0.5))
        # Weights are in the basis, so the regression is turned into it.
        moved = dp.GaussianRegression(sigma, regression.noise_std, optimum=u.T @ regression.optimum)
        return dp.risk_at(
            moved,
            dp.Weights(weights),
            start=np.zeros(5),
            learning_rate=rate,
            batch_size=3,
            kurtosis=kurtosis,
            step=60,
        )

    assert adam.risk == pytest.approx(risks(adam.learning_rate), rel=1e-6)
    for factor in (0.5, 0.95, 1.05, 1.5):
        assert risks(factor * adam.learning_rate) > adam.risk


def test_gradient_descent_does_not_feel_the_basis(found):
    risks = [
        next(one for one in prediction.contenders if one.name == "GD").risk
        for prediction in found.predictions.values()
    ]
    assert risks[0] == pytest.approx(risks[1], rel=1e-9)


def test_features_with_units_and_offsets_scaled_away_say_the_same():
    plain = dp.diagnose(X, Y, **SETTING)
    factors, shifts = np.array([1e-6, 1.0, 1e6, -3.0, 0.1]), np.array([5.0, -4.0, 3e6, 2.0, 1e3])
    other = dp.diagnose(X * factors + shifts, 7 * Y + 100, **SETTING)
    np.testing.assert_allclose(other.spectrum, plain.spectrum, rtol=1e-8)
    assert other.noise.value == pytest.approx(49 * plain.noise.value)
    for basis, prediction in plain.predictions.items():
        for one, two in zip(
            prediction.contenders, other.predictions[basis].contenders, strict=True
        ):
            assert two.risk == pytest.approx(49 * one.risk, rel=1e-6)


def test_level_curvatures_make_one_method_of_all_powers():
    found = dp.diagnose(X, Y, **SETTING).predictions["identity"]
    assert set(found.tied) == {"GD", "GN^-1/2", "GN^-1", ADAM}
    assert found.damped is None
    assert len({one.risk for one in found.contenders if one.name != ADAM}) == 1
    # In other units of the target's covariance the rates differ, as powers of a unit do.
    level = Problem(np.array([[[4.0, 1.0], [1.0, 4.0]]]), np.ones(2), 1.0, 2, 20)
    one = predict("identity", level, dp.MeanFieldAdam(0.9, 0.999))
    rates = {each.power: each.learning_rate for each in one.contenders}
    assert rates[-1.0] == pytest.approx(4 * rates[0.0])
    assert rates[-0.5] == pytest.approx(2 * rates[0.0])
    dense = dp.GaussianRegression([[4.0, 1.0], [1.0, 4.0]], 1.0)
    for each in one.contenders:
        if each.power is not None:
            rule = dp.GaussNewton(each.power)
            run = {"start": np.ones(2), "batch_size": 2, "step": 20}
            risk = dp.risk_at(dense, rule, learning_rate=each.learning_rate, **run)
            assert each.risk == pytest.approx(risk, rel=1e-9)
            assert each.largest_stable_rate == pytest.approx(
                dp.largest_stable_rate(dense, rule, batch_size=2)
            )


def test_null_directions_change_nothing():
    rotation = np.linalg.qr(np.random.default_rng(0).standard_normal((8, 8)))[0]
    wide = np.column_stack([X, np.zeros((600, 3))]) @ rotation
    found, plain = (dp.diagnose(x, Y, **SETTING, **OPTIONS) for x in (wide, X))
    assert (found.rank, found.dimension, plain.rank) == (5, 8, 5)
    np.testing.assert_allclose(found.spectrum, plain.spectrum, rtol=1e-8)
    assert found.noise.value == pytest.approx(plain.noise.value)
    assert found.unbiased_noise == pytest.approx(plain.unbiased_noise)
    for one, two in zip(
        found.predictions["eigenbasis"].all(), plain.predictions["eigenbasis"].all(), strict=True
    ):
        assert (one.name, one.risk) == (two.name, pytest.approx(two.risk, rel=1e-6))
    # Gradient descent does not feel the basis, with null directions or without.
    (one,) = (each for each in found.predictions["identity"].contenders if each.name == "GD")
    (two,) = (each for each in plain.predictions["identity"].contenders if each.name == "GD")
    assert one.risk == pytest.approx(two.risk, rel=1e-6)
    assert found.measured["identity"].condition == np.inf


def test_a_duplicated_column_and_fewer_rows_than_columns():
    twice = dp.diagnose(np.column_stack([X, X[:, 0]]), Y, **SETTING)
    assert twice.rank == 5
    short = dp.diagnose(X[:4], Y[:4], **SETTING, **OPTIONS)
    assert (short.rank, short.unbiased_noise) == (4, None)
    assert short.noise.value == pytest.approx(0, abs=1e-20)
    for prediction in short.predictions.values():
        assert ADAM not in {one.name for one in prediction.contenders}  # no noise, no fixed point
        assert all(np.isfinite(one.risk) for one in prediction.all())


def test_what_would_change_the_winner_is_predicted_anew(found):
    prediction = found.predictions["eigenbasis"]
    told = changes(prediction)
    assert [one.what for one in told] == [
        f"{words} {what}"
        for what in ("batch size", "steps", "noise")
        for words in ("a quarter of the", "4 times the")
    ]
    by_name = {one.what: one.winners for one in told}
    more = dp.diagnose(X, Y, batch_size=12, steps=60, **OPTIONS).predictions["eigenbasis"]
    assert by_name["4 times the batch size"] == more.tied
    less = dp.diagnose(X, Y, batch_size=3, steps=15, **OPTIONS).predictions["eigenbasis"]
    assert by_name["a quarter of the steps"] == less.tied


def test_hypotheses_hold_on_gaussian_data_and_fail_where_they_are_broken():
    rng = np.random.default_rng(4)
    x = rng.standard_normal((20_000, 3))
    y = 0.05 * x.sum(axis=1) + rng.standard_normal(20_000)
    fine = dp.diagnose(x, y, **SETTING)
    assert all(one.holds for basis in fine.measured for one in hypotheses(fine, basis))
    heavy = dp.diagnose(np.sign(x) * np.abs(x) ** [1, 3, 1], y, **SETTING)
    loud = dp.diagnose(x, 0.05 * x.sum(axis=1) + x[:, 0] * rng.standard_normal(20_000), **SETTING)
    strong = dp.diagnose(x, 5 * x.sum(axis=1) + y, **SETTING)
    mixed = dp.diagnose(x @ [[1, 0.9, 0], [0.9, 1, 0], [0, 0, 1]], y, **SETTING)
    for at, spoiled in enumerate((heavy, loud, strong, mixed)):
        holds = [one.holds for one in hypotheses(spoiled, "identity")]
        assert not holds[at], at


def test_a_diagnosis_is_frozen(found):
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.steps = 3


def test_a_damping_that_is_only_locally_best_is_none():
    """Weights of 20 men from three exercises: a dip at 31, and the least risk without damping."""
    features, bodies = datasets.load_linnerud(return_X_y=True)
    for steps in (30, 300):
        found = dp.diagnose(features, bodies[:, 0], batch_size=1, steps=steps, scale=False)
        prediction = found.predictions["identity"]
        ends = min(one.risk for one in prediction.contenders if one.name in ("GD", "GN^-1"))
        assert prediction.damped is None or prediction.damped.risk < ends


@pytest.mark.parametrize("basis", ["eigenbasis", "identity"])
def test_the_mean_noise_is_what_multiplies_the_floor(found, basis):
    """tr(P C)/(sigma^2 tr(P Sigma)), C the second moments of x r, as in chapter 19."""
    matrix, solution = X.T @ X / 600, np.linalg.lstsq(X, Y)[0]
    turn = np.linalg.eigh(matrix)[1] if basis == "eigenbasis" else np.eye(5)
    left = Y - X @ solution
    rows = X @ turn
    curvature, noise = (rows**2).mean(axis=0), (rows**2 * left[:, None] ** 2).mean(axis=0)
    seen = []
    for one in found.predictions[basis].all():
        told = mean_noise(found, basis, one)
        if one.power is None:
            assert told is None
            continue
        weights = (curvature + one.damping) ** one.power
        exact = weights @ noise / (np.mean(left**2) * (weights @ curvature))
        assert told == pytest.approx(exact, rel=1e-9)
        seen.append(told)
    assert np.ptp(seen) > 1e-3  # the methods do not see the same
    weight, room = tail(found, basis)
    assert weight == pytest.approx(((rows**4).mean(axis=0) / curvature**2).max())
    assert room == 3 + 5
