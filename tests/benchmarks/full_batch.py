"""Full batches: sweeps of learning rates against optax, and jumps against steps.

The peer is optax in float64, jitted, with vmap over the learning rates and scan over the steps; its
compilation is not timed. It is handed the gradient, so that it needs one product a step like
everybody else. The floor is what no dense method can avoid: one product (n, d) by (d, d) a step, in
NumPy.
"""

import jax
import numpy as np
import optax
from timing import close, head, measure, row, seconds

import diagprec_core as dp

RATES = 64
EMA = dp.Adam(0.9, 0.999, 1e-8)


def random_problem(d, seed=0):
    """Return a dense Hessian with eigenvalues in [0.01, 1], an optimum and a start."""
    rng = np.random.default_rng(seed)
    basis = np.linalg.qr(rng.standard_normal((d, d)))[0]
    hessian = (basis * np.geomspace(0.01, 1, d)) @ basis.T
    return (hessian + hessian.T) / 2, *rng.standard_normal((2, d))


def optax_sweep(hessian, optimum, start, rates, steps, rule, record=False):
    """Return a function that runs the sweep and the last iterates, or all iterates and losses."""
    hessian, optimum, start, rates = map(jax.numpy.asarray, (hessian, optimum, start, rates))
    assert start.dtype == np.float64

    def run(rate):
        optimiser = optax.adam(rate, b1=rule.beta1, b2=rule.beta2, eps=rule.eps)

        def step(carry, _):
            theta, state = carry
            error = theta - optimum
            gradient = error @ hessian
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


def dense_rows(d, steps, rates):
    """Rows (a) to (c): dense, in the identity basis."""
    hessian, optimum, start = random_problem(d)
    problem, floor = dp.Quadratic(hessian, optimum), product_floor(hessian, steps)

    mine = ours(problem, EMA, start, rates, steps)
    peer = optax_sweep(hessian, optimum, start, rates, steps, EMA)
    close(mine().parameters[-1], peer(), 1e-8)
    yield "(a) EMA Adam, dense, last iterate", mine, peer, floor, "1.4x floor"

    mine = ours(problem, EMA, start, rates, steps, every=1)
    peer = optax_sweep(hessian, optimum, start, rates, steps, EMA, record=True)
    run, (last, (path, loss)) = mine(), peer()
    close(run.parameters[:-1], np.swapaxes(path, 0, 1), 1e-8)
    close(run.parameters[-1], last, 1e-8)
    close(run.loss[:-1], loss.T, 1e-8)
    del run, last, path, loss
    yield "(b) EMA Adam, dense, every iterate and loss", mine, peer, floor, ""

    # Sign descent on a coupled problem is chaotic: once a gradient coordinate passes 0 within
    # rounding the two runs part. So the values are compared over the first steps.
    mine = ours(problem, dp.Adam(), start, rates, steps)
    peer = optax_sweep(hessian, optimum, start, rates, steps, dp.Adam())
    early = optax_sweep(hessian, optimum, start, rates, 30, dp.Adam())
    close(ours(problem, dp.Adam(), start, rates, 30)().parameters[-1], early(), 1e-10)
    yield "(c) memoryless Adam, dense, last iterate", mine, peer, floor, ""


def structured_rows(d, steps, rates):
    """Rows (d) to (g): where the coordinates do not couple, or only within blocks.

    The peer is given the Hessian in the same coordinates, as the dense matrix it is to it.
    """
    hessian, optimum, start = random_problem(d)
    problem, basis = dp.Quadratic(hessian, optimum), dp.eigenbasis(hessian)
    floor = product_floor(hessian, steps)
    spectrum = np.diag(np.einsum("ij,ik,kj->j", basis, hessian, basis, optimize=True))
    errors = basis.T @ (start - optimum)

    mine = ours(problem, EMA, start, rates, steps, basis=basis)
    peer = optax_sweep(spectrum, np.zeros(d), errors, rates, steps, EMA)
    close(mine().coordinates[-1], peer(), 1e-8)
    yield "(d) EMA Adam, eigenbasis, stepping", mine, peer, floor, "peer / 10"

    sign = optax_sweep(spectrum, np.zeros(d), errors, rates, steps, dp.Adam())
    mine = ours(problem, dp.Adam(), start, rates, steps, basis=basis)
    close(mine().coordinates[-1], sign(), 1e-9)
    yield "(e) memoryless Adam, eigenbasis, stepping", mine, sign, floor, ""

    def jump():
        return dp.parameters_at(
            problem, dp.Adam(), start=start, learning_rate=rates, step=steps, basis=basis
        )

    close((jump() - optimum) @ basis, sign(), 1e-9)
    yield "(f) memoryless Adam, eigenbasis, parameters_at", jump, sign, floor, ""

    instance = dp.Blockwise(np.geomspace(0.01, 1, d // 2))
    start = np.random.default_rng(2).standard_normal(d)
    mine = ours(instance.problem, EMA, start, rates, steps)
    peer = optax_sweep(instance.problem.hessian, np.zeros(d), start, rates, steps, EMA)
    close(mine().parameters[-1], peer(), 1e-8)
    yield f"(g) EMA Adam, {d // 2} blocks of 2", mine, peer, floor, ""


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
    print(f"**Full batch.** {RATES} rates, {steps} steps, d = {d}.\n")
    head("name", "ours", "peer", "floor", "to peer", "to floor", "target")
    found = []
    for rows in (dense_rows, structured_rows):
        for name, mine, peer, floor, target in rows(d, steps, rates):
            times = measure(repetitions, ours=mine, peer=peer, floor=floor)
            to_peer, to_floor = (times["ours"] / times[other] for other in ("peer", "floor"))
            shown = (seconds(times[who]) for who in ("ours", "peer", "floor"))
            row(name, *shown, to_peer, to_floor, target)
            found.append({"name": name, **times, "target": target})
    for name, jump, walk in jump_rows(d, repetitions):
        row(name, seconds(jump), seconds(walk), "", jump / walk, "", "")
        found.append({"name": name, "ours": jump, "peer": walk, "target": ""})
    print("\nThe peer of (h) is one run of 1000 steps by `descend`, times 1000.")
    return found
