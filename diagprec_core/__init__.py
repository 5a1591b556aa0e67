"""Exact recurrences of diagonal preconditioners: Adam against Gauss-Newton, in any basis.

The book that this package belongs to states and proves the claims; `python -m diagprec_core
verify` checks every one of them. Floors, each importing only from those before it: `validation`,
`blocks`, `products`, `bases`, `schedules`, `boxes`, `enclosures`; `problems`, `regression`,
`separability`, `logistic`, `instances`, `logistic_instances`, `one_hot`; `preconditioners`; for
full batches `descent`, `line_search`, `closed_form`, and for mini-batches `moments`, `flow`,
`fixed_points`, `risk`, `stability`, `horizon`, `averaging`, `minimax`, `sampling`, `simulation`,
and for bases `misalignment`, `fisher_basis`, `kronecker`; `tuning`, `rate_search`, `power`, `maps`,
`contenders`, `comparison`; `logistic_bounds`, `logistic_certificates`, `logistic_cures`;
`derivations`, `claims`; `figures`, `compare_command`, `cli`. Beside them `networks`, which is
imported by itself, as it needs JAX.
"""

from .averaging import averaged_risk, averaged_risk_curve
from .bases import align, eigenbasis, geodesic, identity_basis, kronecker_basis
from .closed_form import parameters_at
from .comparison import Comparison, compare
from .contenders import Contender
from .descent import Status, Trajectory, descend
from .fisher_basis import angle_bound, empirical_fisher, fisher_basis
from .flow import lag_bound, mean_flow
from .instances import Blockwise, blockwise_features, chebyshev_curvatures, power_law_spectrum
from .kronecker import factored_basis, nearest_kronecker, partial_traces
from .line_search import line_search
from .logistic import LogisticRegression
from .logistic_instances import BlockwiseLogistic, SkewedLogistic
from .maps import power_map
from .minimax import minimax_schedule
from .misalignment import condition_at_angle, condition_number, crossing_angle, sawtooth
from .moments import correlation, estimated_power, expected_sign, second_moment
from .one_hot import OneHot
from .power import BestPower, best_power
from .preconditioners import (
    Adam,
    GaussNewton,
    GradientDescent,
    IdealisedAdam,
    LongMemoryAdam,
    Sophia,
)
from .problems import BlockQuadratic, Quadratic
from .regression import GaussianRegression
from .risk import risk_at, risk_curve
from .sampling import sample_gradients
from .schedules import Schedule, chebyshev, constant, cosh_warmup, halving, warmup
from .simulation import Simulation, simulate
from .spectrum_file import read_spectrum
from .stability import spectral_radius, stationary_risk
from .tuning import BestRate, best_rate, settling_time

__version__ = "0.1.0"

__all__ = [
    "Adam",
    "BestPower",
    "BestRate",
    "BlockQuadratic",
    "Blockwise",
    "BlockwiseLogistic",
    "Comparison",
    "Contender",
    "GaussNewton",
    "GaussianRegression",
    "GradientDescent",
    "IdealisedAdam",
    "LogisticRegression",
    "LongMemoryAdam",
    "OneHot",
    "Quadratic",
    "Schedule",
    "Simulation",
    "SkewedLogistic",
    "Sophia",
    "Status",
    "Trajectory",
    "align",
    "angle_bound",
    "averaged_risk",
    "averaged_risk_curve",
    "best_power",
    "best_rate",
    "blockwise_features",
    "chebyshev",
    "chebyshev_curvatures",
    "compare",
    "condition_at_angle",
    "condition_number",
    "constant",
    "correlation",
    "cosh_warmup",
    "crossing_angle",
    "descend",
    "eigenbasis",
    "empirical_fisher",
    "estimated_power",
    "expected_sign",
    "factored_basis",
    "fisher_basis",
    "geodesic",
    "halving",
    "identity_basis",
    "kronecker_basis",
    "lag_bound",
    "line_search",
    "mean_flow",
    "minimax_schedule",
    "nearest_kronecker",
    "parameters_at",
    "partial_traces",
    "power_law_spectrum",
    "power_map",
    "read_spectrum",
    "risk_at",
    "risk_curve",
    "sample_gradients",
    "sawtooth",
    "second_moment",
    "settling_time",
    "simulate",
    "spectral_radius",
    "stationary_risk",
    "warmup",
]
