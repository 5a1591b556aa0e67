"""Mini-batches: exact risks against Monte Carlo, exact gradients against drawn batches.

The problem is a power-law spectrum, lambda_i = 1/i. Whoever draws batches is given the short cuts
that a careful user would take: all learning rates share one stream of data, arrays are as large as
the cache likes them, and features of a dense covariance are never made, since a batch of standard
normals can be averaged first and multiplied by the covariance's root after.
"""

import itertools
import tracemalloc
from functools import partial

import jax
import numpy as np
from timing import close, head, measure, row, seconds

import diagprec_core as dp

RATES = 64
RULE = dp.GaussNewton(-0.5)
ACCURACY = 0.01


def regression_of(d):
    """Return the problem in its eigenbasis, and a start."""
    return dp.GaussianRegression(dp.power_law_spectrum(d, 1.0), 1.0), np.ones(d)


def risks_from_data(regression, start, rates, batch_size, steps, runs, rng):
    """Return risks (steps + 1, n, runs) of runs on drawn batches, in the eigenbasis."""
    spectrum, noise_std = regression.covariance, regression.noise_std
    root, pull = np.sqrt(spectrum), rates[:, None] * RULE.weights(spectrum) / batch_size
    errors = np.tile(start, (runs, len(rates), 1))
    risks = np.empty((steps + 1, len(rates), runs))
    for step in range(steps + 1):
        risks[step] = (errors**2 @ spectrum).T
        if step < steps:
            x = rng.standard_normal((runs, batch_size, len(start))) * root
            residual = errors @ np.swapaxes(x, 1, 2)
            residual -= noise_std * rng.standard_normal((runs, 1, batch_size))
            errors -= pull * (residual @ x)
    return risks


def agree(samples, expected, limit=6.0):
    """Assert that independent samples along the last axis have the expected means."""
    error = samples.std(axis=-1, ddof=1) / np.sqrt(samples.shape[-1])
    worst = np.abs((samples.mean(axis=-1) - expected) / error).max()
    assert worst < limit, f"{worst:.1f} standard errors away, allowed {limit}"


def curve_rows(d, steps, repetitions):
    """Rows (i): an exact risk curve against the Monte Carlo runs for the same curve to 1%.

    The number of runs follows from the relative variance of the risk, averaged over rates and
    steps; the time of one run is measured, and multiplied by it.
    """
    rates, rng = np.geomspace(1e-3, 0.3, RATES), np.random.default_rng(0)
    small, start = regression_of(32)
    for batch_size in (16, 256):
        options = {"learning_rate": rates, "batch_size": batch_size}
        few = {"start": start, **options, "steps": 30}
        exact = dp.risk_curve(small, RULE, **few)[1:]
        simulation = dp.simulate(small, RULE, **few, runs=500, rng=rng)
        agree(simulation.risks[1:], exact)
        agree(risks_from_data(small, start, rates, batch_size, 30, 500, rng)[1:], exact)

    regression, start = regression_of(d)
    for batch_size in (16, 256):
        options = {"start": start, "learning_rate": rates, "batch_size": batch_size, "steps": steps}

        def exact(options=options):
            return dp.risk_curve(regression, RULE, **options)

        def simulated(runs=2, options=options):
            return dp.simulate(regression, RULE, **options, runs=runs, rng=rng, every=steps // 10)

        def data(runs=2, batch_size=batch_size):
            return risks_from_data(regression, start, rates, batch_size, steps, runs, rng)

        risks = simulated(runs=24).risks[1:]
        variance = (risks.var(axis=-1, ddof=1) / risks.mean(axis=-1) ** 2).mean()
        runs = max(1, round(variance / ACCURACY**2))
        times = measure(repetitions, ours=exact, data=data, simulated=simulated)
        times["data"] *= runs / 2
        times["simulated"] *= runs / 2
        yield {"name": f"(i) B = {batch_size}", "runs": runs, **times}


def batches_in_numpy(factor, pushed, noise_std, batch_size, size, rng):
    """Return gradients (size, d) from drawn batches."""
    d = len(pushed)
    means, chunk = np.empty((size, d)), max(1, 256 // batch_size)
    for first in range(0, size, chunk):
        count = min(chunk, size - first)
        z = rng.standard_normal((count, batch_size, d))
        residual = z @ pushed - noise_std * rng.standard_normal((count, batch_size))
        means[first : first + count] = (residual[:, None] @ z)[:, 0] / batch_size
    return means * factor if factor.ndim == 1 else means @ factor


def batches_in_jax(factor, pushed, noise_std, batch_size, size):
    """Return a compiled function of a key that returns gradients (size, d) from drawn batches."""
    factor, pushed = jax.numpy.asarray(factor), jax.numpy.asarray(pushed)
    assert pushed.dtype == np.float64

    def mean(key):
        one, other = jax.random.split(key)
        z = jax.random.normal(one, (batch_size, len(pushed)))
        residual = z @ pushed - noise_std * jax.random.normal(other, (batch_size,))
        return residual @ z / batch_size

    def draw(key):
        keys = jax.random.split(key, size)
        means = jax.lax.map(mean, keys, batch_size=max(1, 256 // batch_size))
        return means * factor if factor.ndim == 1 else means @ factor

    return jax.jit(draw)


def samplers(covariance, batch_size, size, rng):
    """Return functions that draw `size` gradients: ours, NumPy, JAX, and normals alone."""
    regression = dp.GaussianRegression(covariance, 1.0)
    d, factor = regression.dimension, regression.in_basis().root
    start = np.ones(d)
    pushed = factor * start if factor.ndim == 1 else factor @ start
    compiled, seed = batches_in_jax(factor, pushed, 1.0, batch_size, size), iter(range(10**6))
    return {
        "ours": lambda: dp.sample_gradients(
            regression, start, batch_size=batch_size, size=size, rng=rng
        ),
        "numpy": lambda: batches_in_numpy(factor, pushed, 1.0, batch_size, size, rng),
        "jax": lambda: jax.block_until_ready(compiled(jax.random.key(next(seed)))),
        "normals": lambda: rng.standard_normal((size, d)),
    }


def sampler_rows(d, size, repetitions):
    """Rows (j): `sample_gradients` against drawing the batches, and against normals alone."""
    rng = np.random.default_rng(1)
    for name, covariances in (("diagonal", dp.power_law_spectrum), ("dense", dense_covariance)):
        for batch_size in (1, 16, 256):
            covariance = covariances(8, 1.0)
            point = {"parameters": np.ones(8), "batch_size": batch_size}
            moment = dp.second_moment(dp.GaussianRegression(covariance, 1.0), **point)
            mean = covariance if covariance.ndim == 1 else covariance.sum(axis=0)
            for who, draw in samplers(covariance, batch_size, 20_000, rng).items():
                if who != "normals":
                    agree(np.asarray(draw()).T, mean)
                    agree(np.asarray(draw()).T ** 2, moment)
            times = measure(repetitions, **samplers(covariances(d, 1.0), batch_size, size, rng))
            yield {"name": f"(j) {name}, B = {batch_size}", **times}


def dense_covariance(d, exponent):
    """Return a dense matrix with a power-law spectrum."""
    basis = np.linalg.qr(np.random.default_rng(2).standard_normal((d, d)))[0]
    covariance = (basis * dp.power_law_spectrum(d, exponent)) @ basis.T
    return (covariance + covariance.T) / 2


def plain_loop(regression, start, rate, batch_size, steps):
    """Return the risks by SXQ-7 as it is written, a line a formula."""
    s = regression.covariance * RULE.weights(regression.covariance)
    m = start**2 / RULE.weights(regression.covariance)
    risks = []
    for _ in range(steps):
        risks.append((s * m).sum())
        decay = 1 - 2 * rate * s + rate**2 * s**2 * (1 + 1 / batch_size)
        m = m * decay + rate**2 / batch_size * s * (risks[-1] + regression.noise_std**2)
    return np.array([*risks, (s * m).sum()])


def large_row(d, steps, repetitions):
    """Row (k): a risk curve in a million dimensions, and its peak memory in vectors of length d."""
    regression, start = regression_of(d)
    options = {"learning_rate": 1e-3, "batch_size": 16, "steps": steps}

    def mine():
        return dp.risk_curve(regression, RULE, start=start, **options)

    one, other = start.copy(), regression.covariance

    def floor():
        for _ in range(steps):
            np.multiply(one, other, out=one)
            one.dot(other)
        one[:] = 1.0

    peer = partial(plain_loop, regression, start, 1e-3, 16, steps)
    close(mine(), peer(), 1e-10)
    times = measure(repetitions, ours=mine, peer=peer, floor=floor)
    tracemalloc.start()
    mine()
    peak = tracemalloc.get_traced_memory()[1] / start.nbytes
    tracemalloc.stop()
    return {"name": f"(k) d = {d:,}, {steps} steps", **times, "peak": peak}


def jump_rows(repetitions):
    """Rows (l): the risk at one step, against `risk_curve` stepped to T = 1000."""
    for d, step in itertools.product((500, 5000), (1000, 10**9)):
        regression, start = regression_of(d)
        options = {"start": start, "learning_rate": 0.02, "batch_size": 16}

        def jump(step=step, regression=regression, options=options):
            return dp.risk_at(regression, RULE, **options, step=step)

        def walk(regression=regression, options=options):
            return dp.risk_curve(regression, RULE, **options, steps=1000)

        close(jump(1000), walk()[-1], 1e-9)
        times = measure(repetitions * 10, ours=jump, peer=walk)
        yield {"name": f"(l) risk_at, d = {d}, step {step:,}", **times}


def frozen_moments(turned, weights, rate, batch_size, beta1):
    """Return R_inf and E[ghat_i^2] of frozen weights, by the modes that they make; sigma = 1."""
    k, kb = 1 + 1 / batch_size, (1 - beta1) / (1 + beta1) + 1 / batch_size
    if turned.ndim == 1:
        values, shares = turned * weights, None
    else:
        root = np.sqrt(weights)
        values, vectors = np.linalg.eigh(root[:, None] * turned * root)
        shares = vectors**2
    left = 2 - rate * kb * values
    if left.min() <= 0:
        return np.inf, None
    z = rate * values / left / batch_size
    if z.sum() >= 1:
        return np.inf, None
    volume = 1 / (1 - z.sum())
    own = values * (1 + k * batch_size * z)
    return volume - 1, volume / batch_size * (own if shares is None else shares @ own) / weights


def iterated_floors(turned, rates, batch_size, beta1, accuracy=1e-9):
    """Return R_inf at ascending rates: freeze, read off, go half of the way in logarithms, repeat.

    The weights of one rate start the next, made smaller as long as a run with them is not stable.
    At rates from about 0.4 on, in the dense problem here, it circles and does not converge.
    """
    curvature = turned if turned.ndim == 1 else np.diagonal(turned)
    weights, floors = np.sqrt(batch_size / curvature), []
    for rate in rates:
        for _ in range(200):
            risk, moments = frozen_moments(turned, weights, rate, batch_size, beta1)
            if moments is None:
                weights = weights / 1.5
                continue
            ahead = 1 / np.sqrt(moments)
            far = np.abs(np.log(ahead / weights)).max()
            if far < accuracy:
                break
            weights = np.sqrt(weights * ahead)
        else:
            raise RuntimeError(f"no fixed point at the rate {rate:g}")
        floors.append(risk)
    return np.array(floors)


def floor_rows(d, large, repetitions):
    """Rows (p): long-memory Adam's floors against a fixed-point iteration, to the same 1e-9."""
    turn = np.linalg.qr(np.random.default_rng(3).standard_normal((d, d)))[0]
    dense = dp.GaussianRegression(dense_covariance(d, 1.0), 1.0)
    sides = (
        (f"dense, d = {d}, 24 rates", dense, turn, np.geomspace(1e-3, 0.1, 24), 0.0),
        (f"diagonal, d = {large:,}, beta1 = 0.9", regression_of(large)[0], None, [1e-3], 0.9),
    )
    for name, regression, basis, rates, beta1 in sides:
        sigma = regression.covariance

        def ours(regression=regression, rates=rates, basis=basis, beta1=beta1):
            rule, options = dp.LongMemoryAdam(beta1), {"learning_rate": rates, "batch_size": 16}
            return dp.stationary_risk(regression, rule, **options, basis=basis)

        def peer(sigma=sigma, rates=rates, basis=basis, beta1=beta1):
            turned = sigma if basis is None else basis.T @ sigma @ basis
            return iterated_floors(turned, rates, 16, beta1)

        close(ours() / peer(), 1.0, 1e-8)
        yield {"name": f"(p) {name}", **measure(repetitions, ours=ours, peer=peer)}


def table(quick, repetitions):
    """Print the tables and return their rows."""
    d, steps = (128, 100) if quick else (512, 1000)
    found = []
    print(
        f"**Exact risk against Monte Carlo.** {RATES} rates, {steps} steps, d = {d}; as many runs "
        "as bring the standard error, root mean square over the curve, down to 1%.\n"
    )
    head("name", "ours", "runs", "drawn batches", "sampler", "batches / ours", "sampler / ours")
    for line in curve_rows(d, steps, repetitions):
        ours, data, simulated = (line[who] for who in ("ours", "data", "simulated"))
        shown = seconds(ours), line["runs"], seconds(data), seconds(simulated)
        row(line["name"], *shown, data / ours, simulated / ours)
        found.append(line)

    d, size = (200, 200) if quick else (1000, 1000)
    print(f"\n**Exact gradients against drawn batches.** {size} gradients, d = {d}.\n")
    head("name", "ours", "NumPy", "JAX", "normals", "ours / normals", "NumPy / ours", "JAX / ours")
    for line in sampler_rows(d, size, repetitions):
        times = [line[who] for who in ("ours", "numpy", "jax", "normals")]
        ours, in_numpy, in_jax, normals = times
        row(line["name"], *map(seconds, times), ours / normals, in_numpy / ours, in_jax / ours)
        found.append(line)

    print("\n**Many dimensions, many steps.** One rate.\n")
    head("name", "ours", "peer", "floor", "to peer", "to floor", "peak memory")
    line = large_row(10**5 if quick else 10**6, 20 if quick else 100, repetitions)
    ours, peer, floor = times = [line[who] for who in ("ours", "peer", "floor")]
    peak = f"{line['peak']:.1f} d floats"
    row(line["name"], *map(seconds, times), ours / peer, ours / floor, peak)
    found.append(line)
    for line in jump_rows(repetitions):
        ours, peer = line["ours"], line["peer"]
        row(line["name"], seconds(ours), seconds(peer), "", ours / peer, "", "")
        found.append(line)

    print(
        "\n**Long-memory Adam's noise floor.** B = 16; the peer freezes weights, reads off what "
        "they lead to, and goes half of the way there.\n"
    )
    head("name", "ours", "peer", "ours / peer")
    for line in floor_rows(60 if quick else 200, 10**5 if quick else 10**6, repetitions):
        ours, peer = line["ours"], line["peer"]
        row(line["name"], seconds(ours), seconds(peer), ours / peer)
        found.append(line)
    return found
