"""Exact recurrences of diagonal preconditioners: Adam against Gauss-Newton, in any basis.

The book that this package belongs to states and proves the claims; `python -m diagprec_core
verify` checks every one of them. The names below are the public ones: the paths of submodules may
change. Rooms, each importing only from those after it: `commands`; `claims`; `tuning`, and beside
it `networks`, which is imported by itself, as it needs JAX; `full_batch` and `mini_batch`;
`problems` and `methods`; `numerics`, `derivations`, `figures` and `tables`; `validation`.
"""

from importlib import import_module

__version__ = "0.2.0"

# Where each public name is at home. A name is imported when it is first asked for, so that the
# command line need not wait for all of them.
_HOMES = {
    "methods.bases": (
        "align",
        "eigenbasis",
        "geodesic",
        "identity_basis",
        "kronecker_basis",
        "random_basis",
    ),
    "methods.kronecker": ("factored_basis", "nearest_kronecker", "partial_traces"),
    "methods.preconditioners": ("GaussNewton", "GradientDescent", "Weights"),
    "methods.adam_limits": ("LongMemoryAdam", "MeanFieldAdam"),
    "methods.adaptive": ("Adam", "IdealisedAdam", "SignDescent", "Sophia"),
    "methods.named": ("rules",),
    "methods.schedules": ("Schedule", "chebyshev", "constant", "cosh_warmup", "halving", "warmup"),
    "problems.gaussian": ("GaussianRegression",),
    "problems.instances": (
        "Blockwise",
        "blockwise_features",
        "chebyshev_curvatures",
    ),
    "problems.logistic": ("LogisticRegression",),
    "problems.logistic_instances": ("BlockwiseLogistic", "SkewedLogistic"),
    "problems.one_hot": ("OneHot",),
    "problems.quadratic": ("BlockQuadratic", "Quadratic"),
    "problems.spectra": ("power_law_spectrum",),
    "problems.spectrum_file": ("read_spectrum",),
    "full_batch.armijo": ("line_search",),
    "full_batch.closed_form": ("parameters_at",),
    "full_batch.conditioning": (
        "condition_at_angle",
        "condition_number",
        "crossing_angle",
        "sawtooth",
    ),
    "full_batch.descent": ("Status", "Trajectory", "descend"),
    "full_batch.logistic_bounds": ("largest_shrink", "least_steps", "rate_cap"),
    "full_batch.logistic_certificates": ("attains", "certified_steps", "exclude_rates"),
    "full_batch.logistic_cures": ("damped_steps", "sophia_steps", "warmup_steps"),
    "full_batch.settling": ("settling_time",),
    "mini_batch.adam_floors": (
        "long_memory_bounds",
        "long_memory_risk",
        "long_memory_weights",
        "sign_floor",
        "sign_gain",
    ),
    "mini_batch.averaging": ("averaged_risk", "averaged_risk_curve"),
    "mini_batch.fisher": ("angle_bound", "empirical_fisher", "fisher_basis"),
    "mini_batch.mean_flow": ("lag_bound", "mean_flow"),
    "mini_batch.memory_price": ("memory_price",),
    "mini_batch.minimax": ("least_risks", "minimax_schedule"),
    "mini_batch.moments": ("correlation", "estimated_power", "expected_sign", "second_moment"),
    "mini_batch.noise_floor": ("largest_stable_rate", "spectral_radius", "stationary_risk"),
    "mini_batch.risk": ("risk_at", "risk_curve"),
    "mini_batch.sampling": ("sample_gradients",),
    "mini_batch.simulation": ("Simulation", "simulate"),
    "mini_batch.weight_decay": ("stationary_mean",),
    "tables": ("table",),
    "diagnosis.check": ("check_on_data",),
    "diagnosis.gradients": ("diagnose_gradients",),
    "diagnosis.logistic": ("diagnose_logistic",),
    "diagnosis.regression": ("diagnose",),
    "diagnosis.result": ("Diagnosis", "LogisticDiagnosis"),
    "tuning.comparison": ("Comparison", "compare"),
    "tuning.contenders": ("Contender",),
    "tuning.grid": ("BestRate", "best_rate"),
    "tuning.power": ("BestPower", "best_power"),
    "tuning.power_maps": ("power_map",),
    "tuning.rates": ("best_rates",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = sorted(_HOME_OF)


def __getattr__(name):
    """Import a public name from the module where it is at home, and keep it."""
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_HOME_OF[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__():
    """List the public names, those not yet imported too."""
    return sorted({*globals(), *__all__})
