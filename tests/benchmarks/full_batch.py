"""Full batches: sweeps of learning rates against optax, and jumps against steps.

The peer is optax in float64, jitted, with vmap over the learning rates and scan over the steps; its
compilation is not timed. It is handed the gradient, so that it needs one product a step like
everybody else; where the coordinates do not couple, or only within blocks, there is a second peer,
*fair*, whose gradient uses this. The floor is what no dense method can avoid: one product (n, d) by
(d, d) a step, in NumPy. We come twice, with NumPy alone and with the extra `fast`.
"""

import jax
import numpy as np
import optax
from timing import close, head, measure, row, seconds

import diagprec_core as dp
from diagprec_core.full_batch import compiled

RATES = 64
EMA = dp.Adam(0.9, 0.999, 1e-8)


def random_problem(d, seed=0):
    """Return a dense Hessian with eigenvalues in [0.01, 1], an optimum and a start."""
    rng = np.random.default_rng(seed)
    basis = np.linalg.qr(rng.standard_normal((d, d)))[0]
    hessian = (basis * np.geomspace(0.01, 1, d)) @ basis.T
    return (hessian + hessian.T) / 2, *rng.standard_normal((2, d))


def optax_sweep(hessian, optimum, start, rates, steps, rule, record=False):
    """Return a function that runs the sweep and the last iterates, or all iterates and losses.

    The Hessian is a matrix, its diagonal (d,), or its blocks (K, m, m).
    """
    hessian, optimum, start, rates = map(jax.numpy.asarray, (hessian, optimum, start, rates))
    assert start.dtype == np.float64

    def product(error):
        if hessian.ndim == 1:
            return error * hessian
        if hessian.ndim == 2:
            return error @ hessian
        split = error.reshape(hessian.shape[:2])
        return jax.numpy.einsum("ki,kij->kj", split, hessian).reshape(error.shape)

    def run(rate):
        optimiser = optax.adam(rate, b1=rule.beta1, b2=rule.beta2, eps=rule.eps)

        def step(carry, _):
            theta, state = carry
            error = theta - optimum
            gradient = product(error)
            updates, state = optimiser.update(gradient, state)
            seen = (theta, 0.5 * error @ gradient) if record else None
            return (optax.apply_updates(theta, updates), state), seen

        (theta, _), seen = jax.lax.scan(step, (start, optimiser.init(start)), None, length=steps)
        return (theta, seen) if record else theta

    compiled = jax.jit(jax.vmap(run)).lower(rates).compile()
    return lambda: jax.block_until_ready(compiled(rates))


def product_floor(hessian, steps):
    """Return a function that does the products alone."""
    errors = np.random.default_rng(1).standard_normal((RATES, len(hessian)))
    out = np.empty_like(errors)

    def run():
        for _ in range(steps):
            np.matmul(errors, hessian, out=out)

    return run


def ours(problem, rule, start, rates, steps, basis=None, every=None):
    """Return a function that runs `descend`, recorded at the end only unless told otherwise."""
    return lambda: dp.descend(
        problem,
        rule,
        start=start,
        learning_rate=rates,
        steps=steps,
        basis=basis,
        every=every or steps,
    )


def alone(run, worth=np.inf):
    """Return a function that runs with NumPy alone, whatever is installed; or compiled, from 0."""

    def call():
        before, compiled.WORTH = compiled.WORTH, worth
        try:
            return run()
        finally:
            compiled.WORTH = before

    return call


def dense_rows(d, steps, rates):
    """Rows (a) to (c): dense, in the identity basis."""
    hessian, optimum, start = random_problem(d)
    problem, floor = dp.Quadratic(hessian, optimum), product_floor(hessian, steps)

    mine = ours(problem, EMA, start, rates, steps)
    peer = optax_sweep(hessian, optimum, start, rates, steps, EMA)
    close(mine().parameters[-1], peer(), 1e-8)
    yield "(a) EMA Adam, dense, last iterate", {"ours": mine, "peer": peer, "floor": floor}

    mine = ours(problem, EMA, start, rates, steps, every=1)
    peer = optax_sweep(hessian, optimum, start, rates, steps, EMA, record=True)
    run, (last, (path, loss)) = mine(), peer()
    close(run.parameters[:-1], np.swapaxes(path, 0, 1), 1e-8)
    close(run.parameters[-1], last, 1e-8)
    close(run.loss[:-1], loss.T, 1e-8)
    del run, last, path, loss
    contestants = {"ours": mine, "peer": peer, "floor": floor}
    yield "(b) EMA Adam, dense, every iterate and loss", contestants

    # Sign descent on a coupled problem is chaotic: once a gradient coordinate passes 0 within
    # rounding the two runs part. So the values are compared over the first steps.
    mine = ours(problem, dp.Adam(), start, rates, steps)
    peer = optax_sweep(hessian, optimum, start, rates, steps, dp.Adam())
    early = optax_sweep(hessian, optimum, start, rates, 30, dp.Adam())
    close(ours(problem, dp.Adam(), start, rates, 30)().parameters[-1], early(), 1e-10)
    yield "(c) memoryless Adam, dense, last iterate", {"ours": mine, "peer": peer, "floor": floor}


def structured_rows(d, steps, rates):
    """Rows (d) to (g): where the coordinates do not couple, or only within blocks.

    The peer is given the Hessian in the same coordinates, as the dense matrix it is to it; the fair
    peer is given what there is of it.
    """
    hessian, _, start = random_problem(d)
    spectrum, floor, origin = np.geomspace(0.01, 1, d), product_floor(hessian, steps), np.zeros(d)
    problem = dp.BlockQuadratic(spectrum[:, None, None])

    for name, rule in (("(d) EMA Adam", EMA), ("(e) memoryless Adam", dp.Adam())):
        mine = ours(problem, rule, start, rates, steps)
        peer = optax_sweep(np.diag(spectrum), origin, start, rates, steps, rule)
        fair = optax_sweep(spectrum, origin, start, rates, steps, rule)
        np.testing.assert_array_equal(alone(mine, 0)().parameters, alone(mine)().parameters)
        close(mine().parameters[-1], fair(), 1e-8)
        close(fair(), peer(), 1e-8)
        contestants = {"ours": alone(mine), "fast": alone(mine, 0), "fair": fair, "peer": peer}
        yield f"{name}, diagonal, stepping", {**contestants, "floor": floor}

    def jump():
        return dp.parameters_at(problem, dp.Adam(), start=start, learning_rate=rates, step=steps)

    close(jump(), fair(), 1e-9)
    contestants = {"ours": jump, "fair": fair, "peer": peer, "floor": floor}
    yield "(f) memoryless Adam, diagonal, parameters_at", contestants

    instance = dp.Blockwise(np.geomspace(0.01, 1, d // 2))
    start = np.random.default_rng(2).standard_normal(d)
    mine = ours(instance.problem, EMA, start, rates, steps)
    peer = optax_sweep(instance.problem.hessian, origin, start, rates, steps, EMA)
    fair = optax_sweep(instance.problem.blocks, origin, start, rates, steps, EMA)
    close(mine().parameters[-1], peer(), 1e-8)
    close(fair(), peer(), 1e-8)
    contestants = {"ours": mine, "fair": fair, "peer": peer, "floor": floor}
    yield f"(g) EMA Adam, {d // 2} blocks of 2", contestants


def jump_rows(d, repetitions):
    """Rows (h): a million steps at one rate, against 1000 steps extrapolated."""
    hessian, optimum, start = random_problem(d)
    problem, rule, rate = dp.Quadratic(hessian, optimum), dp.GaussNewton(-0.5), 1e-3
    rows = []
    for name, basis in (("eigenbasis", dp.eigenbasis(hessian)), ("identity basis", None)):

        def jump(step=10**6, basis=basis):
            return dp.parameters_at(
                problem, rule, start=start, learning_rate=rate, step=step, basis=basis
            )

        walk = ours(problem, rule, start, rate, 1000, basis=basis)
        close(jump(1000), walk().parameters[-1], 1e-10)
        times = measure(repetitions, jump=jump, walk=walk)
        rows.append((f"(h) GN^-1/2, 10^6 steps, {name}", times["jump"], 1000 * times["walk"]))
    return rows


def table(quick, repetitions=3):
    """Print the table and return its rows."""
    d, steps = (128, 200) if quick else (512, 1000)
    # Slow enough that no run arrives: near the optimum Adam is unstable and magnifies rounding
    # errors, and then no two implementations agree to many digits.
    rates = np.geomspace(1e-5, 2e-3, RATES)
    found = []
    print(f"**Full batch, dense.** {RATES} rates, {steps} steps, d = {d}.\n")
    head("name", "ours", "peer", "floor", "ours / peer", "ours / floor")
    for name, contestants in dense_rows(d, steps, rates):
        times = measure(repetitions, **contestants)
        show(name, times, ("ours", "peer", "floor"), (("ours", "peer"), ("ours", "floor")))
        found.append({"name": name, **times})
    for name, jump, walk in jump_rows(d, repetitions):
        times = {"ours": jump, "peer": walk}
        show(name, times, ("ours", "peer", "floor"), (("ours", "peer"), ("ours", "floor")))
        found.append({"name": name, **times})
    print("\nThe peer of (h) is one run of 1000 steps by `descend`, times 1000.")
    print("\n**Full batch, where the structure is known.** The same sizes.\n")
    ratios = (("ours", "fair"), ("fast", "fair"), ("ours", "peer"))
    head("name", "ours", "fast", "fair", "peer", *(f"{one} / {other}" for one, other in ratios))
    for name, contestants in structured_rows(d, steps, rates):
        times = measure(repetitions, **contestants)
        show(name, times, ("ours", "fast", "fair", "peer"), ratios)
        found.append({"name": name, **times})
    return found


def show(name, times, who, ratios):
    """Print a row: times, then ratios; what was not measured stays empty."""
    shown = [seconds(times[one]) if one in times else "" for one in who]
    shown += [
        times[one] / times[other] if {one, other} <= times.keys() else "" for one, other in ratios
    ]
    row(name, *shown)
