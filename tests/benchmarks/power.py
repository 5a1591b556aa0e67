"""The best power: exact risks at a horizon against stepping and against simulation, and maps.

The problem is a power-law spectrum, lambda_i = 1/i, with lambda_i delta_i^2 proportional to i^-1.5.
Simulated runs are those of `simulate`, which draws no batch and so does better than whoever does.
"""

import numpy as np
from timing import close, head, measure, row, seconds

import diagprec_core as dp
from diagprec_core.mini_batch.risk_at_horizon import log_risks

RATES, RULES, BATCH_SIZE = 24, (-1.0, -0.5, 0.0), 16
ACCURACY = 0.01


def problem(d):
    """Return the regression in its eigenbasis and the starting errors."""
    spectrum, shares = dp.power_law_spectrum(d, 1.0), np.arange(1.0, d + 1) ** -1.5
    return dp.GaussianRegression(spectrum, 1.0), np.sqrt(shares / shares.sum() / spectrum)


def rates_of(spectrum, power):
    """Return rates up to half of what is stable, or nearly so, for a power."""
    modes = spectrum ** (1 + power)
    return np.geomspace(1e-3, 1, RATES) / (modes.max() + modes.sum() / BATCH_SIZE)


def horizon_row(d, steps, repetitions):
    """Row (m): R_T of three powers at 24 rates each; simulated to 1%, with as many runs as needed.

    The number of runs follows from the relative variance of R_T, averaged over powers and rates.
    """
    regression, start = problem(d)
    spectrum = regression.covariance
    rates = {power: rates_of(spectrum, power) for power in RULES}

    def ours():
        found = []
        for power in RULES:
            rows = np.ones((RATES, 1)) * spectrum ** (1 + power)
            moments = np.ones((RATES, 1)) * start**2 / spectrum**power
            setting = {"noise": 1.0, "batch_size": BATCH_SIZE, "steps": steps}
            found.append(np.exp(log_risks(rows, moments, rates[power], **setting)))
        return np.array(found)

    def curves(run, **options):
        setting = {"start": start, "batch_size": BATCH_SIZE, "steps": steps, **options}
        return [
            run(regression, dp.GaussNewton(power), learning_rate=rates[power], **setting)
            for power in RULES
        ]

    def stepped():
        return np.array([curve[-1] for curve in curves(dp.risk_curve)])

    rng = np.random.default_rng(0)

    def simulated(runs=2):
        found = curves(dp.simulate, runs=runs, rng=rng, every=steps)
        return np.array([simulation.risks[-1] for simulation in found])

    close(ours(), stepped(), 1e-10)
    risks = simulated(runs=24)
    error = risks.std(axis=-1, ddof=1) / np.sqrt(24)
    assert (np.abs(risks.mean(axis=-1) - ours()) < 8 * error).all()
    runs = max(1, round((risks.var(axis=-1, ddof=1) / ours() ** 2).mean() / ACCURACY**2))
    times = measure(repetitions, ours=ours, stepped=stepped, simulated=simulated)
    times["simulated"] *= runs / 2
    return {"name": f"(m) R_T, d = {d}, T = {steps}", "runs": runs, **times}


def cell_rows(d, repetitions):
    """Rows (n): the best power of one cell of a map, its rates refined, for two horizons."""
    regression, start = problem(d)
    for steps in (1000, 10**6):
        options = {"start": start, "batch_size": BATCH_SIZE, "steps": steps}

        def cell(options=options):
            return dp.best_power(regression, **options)

        found = cell()
        rule = {"learning_rate": found.learning_rate, "start": start, "batch_size": BATCH_SIZE}
        exact = dp.risk_at(regression, dp.GaussNewton(found.power), **rule, step=steps)
        close(found.risk, exact, 1e-9)
        yield {"name": f"(n) best power, d = {d}, T = {steps:,}", **measure(repetitions, ours=cell)}


def table(quick, repetitions):
    """Print the tables and return their rows."""
    d, steps = (100, 100) if quick else (500, 1000)
    print(
        f"**The risk at a horizon.** {len(RULES)} powers at {RATES} rates each, B = {BATCH_SIZE}; "
        "as many simulated runs as bring the standard error of $R_T$ down to 1%.\n"
    )
    head("name", "ours", "stepped", "runs", "simulated", "stepped / ours", "simulated / ours")
    line = horizon_row(d, steps, repetitions)
    ours, stepped, simulated = (line[who] for who in ("ours", "stepped", "simulated"))
    shown = seconds(ours), seconds(stepped), line["runs"], seconds(simulated)
    row(line["name"], *shown, stepped / ours, simulated / ours)
    found = [line]
    print("\n**One cell of a map.** The best power, its rate, and the usual three powers' rates.\n")
    head("name", "ours")
    for line in cell_rows(d, repetitions):
        row(line["name"], seconds(line["ours"]))
        found.append(line)
    return found
