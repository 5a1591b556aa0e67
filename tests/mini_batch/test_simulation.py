"""Monte Carlo runs against exact risks, and against loops over drawn data written here."""

import itertools

import numpy as np
import pytest
from references import data_gradients
from scipy.stats import norm

import diagprec_core as dp
from diagprec_core.mini_batch.long_memory import fixed_points

RUNS = 20_000
# Two-sided 1e-6 after Bonferroni's correction for the 300 numbers that this module tests by chance.
Z_LIMIT = norm.isf(0.5e-6 / 300)
EVERY_RULE = [
    dp.GradientDescent(),
    dp.GaussNewton(-0.5),
    dp.Adam(),
    dp.Adam(0.9, 0.99),
    dp.Adam(0.5, 0.0, 0.1),
    dp.IdealisedAdam(),
    dp.LongMemoryAdam(),
    dp.LongMemoryAdam(0.9),
    dp.Sophia(),
]


@pytest.fixture(scope="module")
def setting():
    rng = np.random.default_rng(31)
    factor = rng.standard_normal((4, 4))
    basis, _ = np.linalg.qr(rng.standard_normal((4, 4)))
    optimum, start = rng.standard_normal((2, 4))
    return (
        dp.GaussianRegression(factor @ factor.T / 4 + 0.2 * np.eye(4), 0.6, optimum),
        start,
        basis,
    )


@pytest.fixture
def diagonal():
    """A problem on which every rule can be simulated in the identity basis, with a start."""
    return dp.GaussianRegression([1.0, 0.5, 0.1], 0.5, [1.0, 0.0, -1.0]), np.array([2.0, 1.0, 1.0])


def seeded(rule, setting, seed=5, **options):
    """Simulate in the identity basis with options that a test may change."""
    regression, start = setting[:2]
    usual = {"start": start, "learning_rate": 0.05, "batch_size": 3, "steps": 12, "runs": 4}
    return dp.simulate(regression, rule, rng=np.random.default_rng(seed), **{**usual, **options})


def z_scores(simulation, expected):
    return (simulation.mean[1:] - expected[1:]) / simulation.standard_error[1:]


@pytest.mark.parametrize("batch_size", [1, 8])
@pytest.mark.parametrize("power", [0.0, -0.5, -1.0])
def test_fixed_rules_have_the_exact_risk(setting, power, batch_size):
    regression, start, basis = setting
    rule = dp.GaussNewton(power) if power else dp.GradientDescent()
    options = {
        "start": start,
        "learning_rate": [0.02, 0.06],
        "batch_size": batch_size,
        "steps": 20,
        "basis": basis,
    }
    exact = dp.risk_curve(regression, rule, **options)
    rng = np.random.default_rng(32)
    found = dp.simulate(regression, rule, **options, runs=RUNS, rng=rng, every=4)
    np.testing.assert_array_equal(found.steps, np.arange(0, 21, 4))
    np.testing.assert_allclose(found.mean[0], exact[0], rtol=1e-12)
    assert np.abs(z_scores(found, exact[found.steps])).max() < Z_LIMIT
    # What this could have seen: a rate that is off by a twentieth.
    rates = 1.05 * np.array(options["learning_rate"])
    other = dp.risk_curve(regression, rule, **{**options, "learning_rate": rates})
    assert np.abs(z_scores(found, other[found.steps])).max() > Z_LIMIT


@pytest.mark.parametrize("rule", [dp.LongMemoryAdam(), dp.LongMemoryAdam(0.9)])
@pytest.mark.parametrize("eigen", [True, False])
def test_long_memory_adam_settles_on_its_fixed_point(setting, rule, eigen):
    regression = setting[0]
    basis = dp.eigenbasis(regression.covariance) if eigen else setting[2]
    options = {"learning_rate": np.array([0.05, 0.3]), "batch_size": 4, "basis": basis}
    floor = dp.stationary_risk(regression, rule, **options)
    rng = np.random.default_rng(33)
    found = dp.simulate(
        regression,
        rule,
        start=regression.optimum,
        **options,
        steps=300,
        runs=2000,
        rng=rng,
        every=300,
    )
    z = z_scores(found, np.array([floor, floor]))
    assert np.abs(z).max() < Z_LIMIT
    assert np.abs(z_scores(found, 1.3 * np.array([floor, floor]))).min() > Z_LIMIT


def idealised_weights(regression, parameters, batch_size, basis):
    """E[(u . ghat)^2]^(-1/2) at each row of parameters, by Isserlis' theorem on matrices."""
    s, errors = regression.covariance, parameters - regression.optimum
    mean = errors @ s
    square = np.einsum("ni,nj->nij", mean, mean)
    risk = np.einsum("ni,ni->n", errors, mean)
    single = 2 * square + s * (risk + regression.noise_std**2)[:, None, None]
    batch = single / batch_size + (1 - 1 / batch_size) * square
    return np.einsum("ji,njk,ki->ni", basis, batch, basis) ** -0.5


def run_on_data(regression, start, basis, rate, batch_size, steps, rng, rule):
    """Risks (steps + 1, runs) of a rule (gradient in the basis, parameters, state) -> direction."""
    theta, state, risks = np.tile(start, (RUNS, 1)), {"t": 0}, []
    for step in range(steps + 1):
        errors = theta - regression.optimum
        risks.append(np.einsum("ni,ij,nj->n", errors, regression.covariance, errors))
        if step < steps:
            gradient = data_gradients(regression, theta, batch_size, rng) @ basis
            theta = theta - rate * rule(gradient, theta, state) @ basis.T
    return np.array(risks)


def adam_by_hand(beta1, beta2, eps):
    """Kingma and Ba's Adam as they write it, for a whole array of runs."""

    def rule(gradient, theta, state):
        state["t"] += 1
        state["m"] = beta1 * state.get("m", 0.0) + (1 - beta1) * gradient
        state["v"] = beta2 * state.get("v", 0.0) + (1 - beta2) * gradient**2
        m, v = state["m"] / (1 - beta1 ** state["t"]), state["v"] / (1 - beta2 ** state["t"])
        return m / (np.sqrt(v) + eps)

    return rule


@pytest.mark.parametrize("name", ["idealised", "EMA", "sign", "Sophia"])
def test_other_rules_have_the_risk_of_runs_on_drawn_data(setting, name):
    regression, start, basis = setting
    batch_size, rate, steps = 2, 0.07, 12
    curvature = np.einsum("ji,jk,ki->i", basis, regression.covariance, basis)
    mine, by_hand = {
        "idealised": (
            dp.IdealisedAdam(),
            lambda g, theta, _: g * idealised_weights(regression, theta, batch_size, basis),
        ),
        "EMA": (dp.Adam(0.8, 0.9, 0.01), adam_by_hand(0.8, 0.9, 0.01)),
        "sign": (dp.Adam(), lambda g, *_: np.sign(g)),
        "Sophia": (dp.Sophia(0.7), lambda g, *_: np.clip(g / (0.7 * curvature), -1, 1)),
    }[name]
    rng = np.random.default_rng(34)
    expected = run_on_data(regression, start, basis, rate, batch_size, steps, rng, by_hand)
    options = {"start": start, "batch_size": batch_size, "steps": steps, "basis": basis}
    found, faster = (
        dp.simulate(regression, mine, **options, learning_rate=eta, runs=RUNS, rng=rng)
        for eta in (rate, 1.1 * rate)
    )

    def gap(simulation):
        error = np.sqrt(simulation.standard_error[1:] ** 2 + expected[1:].var(axis=1) / RUNS)
        return (simulation.mean - expected.mean(axis=1))[1:] / error

    assert np.abs(gap(found)).max() < Z_LIMIT
    assert np.abs(gap(faster)).max() > Z_LIMIT  # a rate that is off by a tenth is seen


@pytest.mark.parametrize("rule", [dp.Adam(0.9, 0.95, 1e-3), dp.Adam(0.0, 0.9), dp.Adam(0.9, 0.95)])
def test_ema_adam_follows_the_same_random_numbers_by_hand(setting, rule):
    regression, start, basis = setting
    batch_size, rates, steps, runs = 3, np.array([0.01, 0.1]), 25, 5
    found = dp.simulate(
        regression,
        rule,
        start=start,
        learning_rate=rates,
        batch_size=batch_size,
        steps=steps,
        runs=runs,
        rng=np.random.default_rng(35),
        basis=basis,
    )
    # The same loop in the parameters, with the sampler of SXQ-10 written out.
    rng, sigma, s = np.random.default_rng(35), regression.noise_std, regression.covariance
    factor = np.linalg.cholesky(basis.T @ s @ basis)
    direction, state = adam_by_hand(rule.beta1, rule.beta2, rule.eps), {"t": 0}
    theta = np.tile(start, (2, runs, 1))
    for step in range(steps + 1):
        errors = theta - regression.optimum
        risk = np.einsum("rni,ij,rnj->rn", errors, s, errors)
        np.testing.assert_allclose(found.risks[step], risk, rtol=1e-7)
        z = rng.standard_normal(theta.shape) @ factor.T @ basis.T
        variance = (risk + sigma**2)[..., None]
        q = variance * rng.chisquare(batch_size, risk.shape)[..., None]
        mean, k = errors @ s, 1 / (variance + sigma * np.sqrt(variance))
        across = z - k * (errors * z).sum(axis=-1, keepdims=True) * mean
        gradient = q / (batch_size * variance) * mean + np.sqrt(q) / batch_size * across
        theta = theta - rates[:, None, None] * direction(gradient @ basis, theta, state) @ basis.T


@pytest.mark.parametrize("rule", EVERY_RULE, ids=repr)
def test_the_seed_decides_and_the_record_does_not(diagonal, rule):
    full, sparse = seeded(rule, diagonal), seeded(rule, diagonal, every=5)
    np.testing.assert_array_equal(sparse.steps, [0, 5, 10, 12])
    np.testing.assert_array_equal(sparse.risks, full.risks[[0, 5, 10, 12]])
    assert (seeded(rule, diagonal, seed=6).risks[1:] != full.risks[1:]).any()
    assert len(np.unique(full.risks[-1])) == 4  # the runs are different ones


@pytest.mark.parametrize("rule", EVERY_RULE, ids=repr)
def test_shapes(diagonal, rule):
    _, start = diagonal
    assert seeded(rule, diagonal).risks.shape == (13, 4)
    many = seeded(rule, diagonal, learning_rate=[0.01, 0.1], every=4)
    assert many.risks.shape == (4, 2, 4)
    assert many.mean.shape == many.standard_error.shape == (4, 2)
    starts = seeded(rule, diagonal, start=np.array([start, 2 * start, 0 * start]), steps=0)
    assert starts.risks.shape == (1, 3, 4)
    expected = diagonal[0].risk(np.array([start, 2 * start, 0 * start]))
    np.testing.assert_allclose(starts.mean[0], expected, rtol=1e-13)


def test_mean_and_standard_error_are_those_of_the_runs(diagonal):
    found = seeded(dp.Adam(0.9, 0.99), diagonal, runs=7)
    np.testing.assert_allclose(found.mean, found.risks.sum(axis=1) / 7, rtol=1e-14)
    squares = ((found.risks - found.mean[:, None]) ** 2).sum(axis=1)
    np.testing.assert_allclose(found.standard_error, np.sqrt(squares / 6 / 7), rtol=1e-13)
    assert found.standard_error[0] < 1e-15 * found.mean[0]


@pytest.mark.parametrize("rule", [dp.Adam(0.9, 0.99), dp.GaussNewton(-0.5), dp.IdealisedAdam()])
def test_schedules(diagonal, rule):
    rates = np.linspace(0.2, 0.0, 12)
    one = seeded(rule, diagonal, learning_rate=dp.Schedule(rates), steps=None)
    assert one.steps[-1] == 12
    np.testing.assert_array_equal(one.risks[-1], one.risks[-2])  # the last rate is 0
    flat = seeded(rule, diagonal, learning_rate=dp.constant(0.05, 20))
    np.testing.assert_array_equal(flat.risks, seeded(rule, diagonal).risks)
    both = dp.Schedule([np.full(12, 0.05), rates])
    several = seeded(rule, diagonal, learning_rate=both)
    fixed = seeded(rule, diagonal, learning_rate=[0.05, 0.1])
    np.testing.assert_array_equal(several.risks[:, 0], fixed.risks[:, 0])


def test_fixed_rules_have_the_exact_risk_of_a_schedule(setting):
    regression, start, basis = setting
    schedule = dp.Schedule([np.linspace(0.2, 0.0, 10), np.linspace(0.0, 0.2, 10)])
    options = {"start": start, "learning_rate": schedule, "batch_size": 4, "basis": basis}
    exact = dp.risk_curve(regression, dp.GaussNewton(-0.5), **options)
    rng = np.random.default_rng(36)
    found = dp.simulate(regression, dp.GaussNewton(-0.5), **options, runs=RUNS, rng=rng)
    moved = found.standard_error[1:] > 0
    assert moved.sum() == 19  # the second schedule rests for a step
    z = np.divide((found.mean - exact)[1:], found.standard_error[1:], where=moved, out=0.0 * moved)
    assert np.abs(z).max() < Z_LIMIT


def test_a_diverged_run_is_infinite_without_a_warning(diagonal):
    found = seeded(dp.GradientDescent(), diagonal, learning_rate=[0.05, 100.0], steps=400)
    assert np.isfinite(found.risks[:, 0]).all()
    assert np.isfinite(found.standard_error[:, 0]).all()
    diverged = np.isinf(found.risks[:, 1])
    assert diverged[-1].all()
    assert (np.diff(diverged.astype(int), axis=0) >= 0).all()  # once infinite, always
    assert not np.isnan(found.risks).any()
    assert np.isinf(found.mean[-1, 1])
    assert np.isnan(found.standard_error[-1, 1])


@pytest.mark.parametrize("rule", EVERY_RULE, ids=repr)
def test_without_noise_nothing_leaves_the_optimum(rule):
    regression = dp.GaussianRegression([1.0, 0.5], 0.0, [1.0, -1.0])
    found = seeded(rule, (regression, regression.optimum))
    np.testing.assert_array_equal(found.risks, np.zeros((13, 4)))


@pytest.mark.parametrize("rule", EVERY_RULE, ids=repr)
def test_a_vector_of_variances_is_the_diagonal_matrix(diagonal, setting, rule):
    regression, start = diagonal
    dense = dp.GaussianRegression(
        np.diag(regression.covariance), regression.noise_std, regression.optimum
    )
    np.testing.assert_array_equal(seeded(rule, diagonal).risks, seeded(rule, (dense, start)).risks)
    basis = np.linalg.qr(setting[2][:3, :3])[0]
    np.testing.assert_array_equal(
        seeded(rule, diagonal, basis=basis).risks,
        seeded(rule, (dense, start), basis=basis).risks,
    )


def test_long_memory_adam_runs_its_weights_with_the_average_of_the_gradient(setting):
    # To rounding the run of a rule that is written here, on the same random numbers.
    regression, start, basis = setting
    frame, rates = regression.in_basis(basis), np.array([0.2, 0.01])
    usual = {"basis": basis, "batch_size": 5, "steps": 30}

    class Averaged:
        curved = False

        def __init__(self, weights, beta1):
            self.weights, self.beta1 = weights, beta1

        def direction(self, gradient, curvature, memory):
            old = 0.0 if memory is None else memory
            memory = self.beta1 * old + (1 - self.beta1) * gradient
            return memory * self.weights, memory

    for beta1 in (0.0, 0.9):
        rows = np.empty((2, 1, 4))
        for at, _, weights in fixed_points(frame.matrix, regression.noise_std, rates, 5, beta1):
            rows[at] = weights
        found, expected = (
            seeded(rule, (regression, start), learning_rate=rates, **usual)
            for rule in (dp.LongMemoryAdam(beta1), Averaged(rows, beta1))
        )
        np.testing.assert_allclose(found.risks, expected.risks, rtol=1e-9)
        alone = seeded(dp.LongMemoryAdam(beta1), (regression, start), learning_rate=0.2, **usual)
        assert alone.risks.shape == (31, 4)


def test_mean_field_adam_is_no_rule_to_draw_gradients_for(diagonal):
    with pytest.raises(ValueError, match=r"\Apreconditioner: got MeanFieldAdam.*, need an object"):
        seeded(dp.MeanFieldAdam(0.9, 0.99), diagonal)


@pytest.mark.parametrize("rule", [dp.Adam(), dp.Adam(0.9, 0.99), dp.IdealisedAdam()], ids=repr)
def test_adam_turns_the_scale_of_the_data_into_the_rate(diagonal, rule):
    # To the last bit for a power of two: errors, noise and rate times 8, risks times 64.
    regression, start = diagonal
    larger = dp.GaussianRegression(
        regression.covariance, 8 * regression.noise_std, 8 * regression.optimum
    )
    found = seeded(rule, (larger, 8 * start), learning_rate=8 * 0.05)
    np.testing.assert_array_equal(found.risks, 64 * seeded(rule, diagonal).risks)


LOGISTIC = dp.LogisticRegression(
    [[1.0, 0.5], [-0.3, 1.2], [0.8, -1.5]], [0.5, 0.3, 0.2], [0.3, 0.9, 1.0]
)
LOGISTIC_START = np.array([2.0, -1.0])


def outcomes(theta, batch_size):
    """All mini-batches of LOGISTIC at theta: their chances (m,) and gradients (m, 2)."""
    examples = []
    for x, w, q in zip(
        LOGISTIC.features, LOGISTIC.weights, LOGISTIC.label_probability, strict=True
    ):
        s = 1 / (1 + np.exp(-(x @ theta)))
        examples += [(w * q, (s - 1) * x), (w * (1 - q), s * x)]
    batches = list(itertools.product([e for e in examples if e[0] > 0], repeat=batch_size))
    chances = [np.prod([p for p, _ in batch]) for batch in batches]
    return np.array(chances), np.array([sum(g for _, g in b) / batch_size for b in batches])


def expected_risks(rule, rate, batch_size, basis, steps):
    """Mean risk after each step, over all sequences of mini-batches; `rule` as in adam_by_hand."""
    risks, paths = [], [(1.0, LOGISTIC_START, {"t": 0})]
    for step in range(steps + 1):
        risks.append(sum(2 * p * (LOGISTIC.loss(t) - LOGISTIC.smallest_loss) for p, t, _ in paths))
        if step < steps:
            following = []
            for chance, theta, state in paths:
                for p, gradient in zip(*outcomes(theta, batch_size), strict=True):
                    memory = dict(state)
                    direction = rule(gradient @ basis, theta, memory)
                    following.append((chance * p, theta - rate * basis @ direction, memory))
            paths = following
    return np.array(risks)


def logistic_rule(name, batch_size, basis):
    """A rule of this package and the same by hand."""

    def moment(theta):
        chances, gradients = outcomes(theta, batch_size)
        return chances @ (gradients @ basis) ** 2

    def curvature(theta):
        s = 1 / (1 + np.exp(-(LOGISTIC.features @ theta)))
        return (LOGISTIC.weights * s * (1 - s)) @ (LOGISTIC.features @ basis) ** 2

    return {
        "GN^-1/2": (dp.GaussNewton(-0.5), lambda g, t, _: g * curvature(t) ** -0.5),
        "damped GN^-1": (dp.GaussNewton(-1, 0.1), lambda g, t, _: g / (curvature(t) + 0.1)),
        "idealised": (dp.IdealisedAdam(), lambda g, t, _: g * moment(t) ** -0.5),
        "sign": (dp.Adam(), lambda g, *_: np.sign(g)),
        "EMA": (dp.Adam(0.8, 0.9, 0.01), adam_by_hand(0.8, 0.9, 0.01)),
        "Sophia": (dp.Sophia(0.7), lambda g, t, _: np.clip(g / (0.7 * curvature(t)), -1, 1)),
    }[name]


@pytest.mark.parametrize("name", ["GN^-1/2", "damped GN^-1", "idealised", "sign", "EMA", "Sophia"])
@pytest.mark.parametrize("batch_size", [1, 2])
def test_logistic_runs_have_the_mean_risk_of_all_batches(name, batch_size, rotation):
    basis, steps, rate = rotation(2, 40), 4 - batch_size, 0.2
    mine, by_hand = logistic_rule(name, batch_size, basis)
    expected = expected_risks(by_hand, rate, batch_size, basis, steps)
    options = {"start": LOGISTIC_START, "batch_size": batch_size, "steps": steps, "basis": basis}
    rng = np.random.default_rng(41)
    found, faster = (
        dp.simulate(LOGISTIC, mine, **options, learning_rate=eta, runs=RUNS, rng=rng)
        for eta in (rate, 1.4 * rate)
    )
    np.testing.assert_allclose(found.mean[0], expected[0], rtol=1e-12)
    assert np.abs(z_scores(found, expected)).max() < Z_LIMIT
    assert np.abs(z_scores(faster, expected)).max() > Z_LIMIT  # what it could have seen


@pytest.mark.parametrize("batch_size", [1, 2, 1000])
def test_logistic_gradients_have_the_moments_of_all_batches(batch_size):
    size = 60_000  # more than one piece
    found = dp.sample_gradients(
        LOGISTIC, LOGISTIC_START, batch_size=batch_size, size=size, rng=np.random.default_rng(42)
    )
    assert found.shape == (size, 2)
    chances, single = outcomes(LOGISTIC_START, 1)
    mean = chances @ single
    covariance = ((single - mean).T * chances) @ (single - mean) / batch_size
    np.testing.assert_allclose(mean, LOGISTIC.gradient(LOGISTIC_START), rtol=1e-12)
    z = (found.mean(axis=0) - mean) / np.sqrt(np.diag(covariance) / size)
    assert np.abs(z).max() < Z_LIMIT
    for i, j in ((0, 0), (0, 1), (1, 1)):
        products = (found[:, i] - mean[i]) * (found[:, j] - mean[j])
        z = (products.mean() - covariance[i, j]) / (products.std() / np.sqrt(size))
        assert abs(z) < Z_LIMIT


@pytest.mark.parametrize("batch_size", [1, 2])
def test_logistic_gradients_are_those_of_batches_as_often_as_they_should_be(batch_size):
    size, rng = 50_000, np.random.default_rng(43)
    found = dp.sample_gradients(LOGISTIC, LOGISTIC_START, batch_size=batch_size, size=size, rng=rng)
    chances, gradients = outcomes(LOGISTIC_START, batch_size)
    distance = np.abs(found[:, None] - gradients).max(axis=-1)
    assert distance.min(axis=1).max() < 1e-14  # nothing else is ever drawn
    for gradient in gradients:
        same = np.abs(gradients - gradient).max(axis=1) < 1e-12  # batches in another order
        chance = chances[same].sum()
        z = (distance[:, same].min(axis=1) < 1e-12).mean() - chance
        assert abs(z / np.sqrt(chance * (1 - chance) / size)) < Z_LIMIT


@pytest.mark.parametrize(
    "rule", [rule for rule in EVERY_RULE if not isinstance(rule, dp.LongMemoryAdam)], ids=repr
)
def test_logistic_runs_keep_seeds_shapes_and_records(rule):
    setting = LOGISTIC, LOGISTIC_START
    full, sparse = seeded(rule, setting), seeded(rule, setting, every=5)
    np.testing.assert_array_equal(sparse.risks, full.risks[[0, 5, 10, 12]])
    assert (seeded(rule, setting, seed=6).risks[1:] != full.risks[1:]).any()
    assert len(np.unique(full.risks[-1])) > 2  # the runs are different ones
    assert full.risks.shape == (13, 4)
    many = seeded(rule, setting, learning_rate=[0.01, 0.1], start=np.ones((2, 2)))
    assert many.risks.shape == (13, 2, 4)
    assert (many.risks > 0).all()


def test_a_diverged_logistic_run_is_infinite_without_a_warning():
    instance = dp.SkewedLogistic([0.5, 0.5])
    setting = instance.problem, instance.start([[1000.0, 1.0], [1.0, 1.0]])
    found = seeded(dp.GaussNewton(), setting, steps=40, learning_rate=0.1)
    assert np.isfinite(found.risks[0]).all()
    assert np.isinf(found.risks[-1, 0]).all()
    assert np.isfinite(found.risks[:, 1]).all()
    assert not np.isnan(found.risks).any()


def test_what_a_batch_does_not_show_stays_where_it_is():
    # Curvature 0 at this logit: Sophia moves by the sign of what is drawn, and else not at all.
    instance = dp.SkewedLogistic([0.5, 0.5])
    setting = instance.problem, instance.start([1000.0, 1000.0])
    found = seeded(dp.Sophia(), setting, learning_rate=1.0, batch_size=1, steps=30, runs=50)
    assert np.isfinite(found.risks).all()
    moved = np.diff(found.risks, axis=0)
    # A step down of one logit lowers twice the loss, 1000 on average, by one half.
    np.testing.assert_allclose(np.unique(moved.round(9)), [-0.5, 0.0])
