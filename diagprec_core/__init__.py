"""Exact recurrences of diagonal preconditioners: Adam against Gauss-Newton, in any basis.

The book that this package belongs to states and proves the claims; `python -m diagprec_core
verify` checks every one of them. The names below are the public ones: the paths of submodules may
change. Rooms, each importing only from those after it: `commands`; `claims`; `tuning`, and beside
it `networks`, which is imported by itself, as it needs JAX; `full_batch` and `mini_batch`;
`problems` and `methods`; `numerics`, `derivations` and `figures`; `validation`.
"""

from .full_batch.armijo import line_search
from .full_batch.closed_form import parameters_at
from .full_batch.conditioning import condition_at_angle, condition_number, crossing_angle, sawtooth
from .full_batch.descent import Status, Trajectory, descend
from .methods.bases import align, eigenbasis, geodesic, identity_basis, kronecker_basis
from .methods.kronecker import factored_basis, nearest_kronecker, partial_traces
from .methods.preconditioners import (
    Adam,
    GaussNewton,
    GradientDescent,
    IdealisedAdam,
    LongMemoryAdam,
    Sophia,
)
from .methods.schedules import Schedule, chebyshev, constant, cosh_warmup, halving, warmup
from .mini_batch.averaging import averaged_risk, averaged_risk_curve
from .mini_batch.fisher import angle_bound, empirical_fisher, fisher_basis
from .mini_batch.mean_flow import lag_bound, mean_flow
from .mini_batch.minimax import minimax_schedule
from .mini_batch.moments import correlation, estimated_power, expected_sign, second_moment
from .mini_batch.noise_floor import spectral_radius, stationary_risk
from .mini_batch.risk import risk_at, risk_curve
from .mini_batch.sampling import sample_gradients
from .mini_batch.simulation import Simulation, simulate
from .problems.gaussian import GaussianRegression
from .problems.instances import (
    Blockwise,
    blockwise_features,
    chebyshev_curvatures,
    power_law_spectrum,
)
from .problems.logistic import LogisticRegression
from .problems.logistic_instances import BlockwiseLogistic, SkewedLogistic
from .problems.one_hot import OneHot
from .problems.quadratic import BlockQuadratic, Quadratic
from .problems.spectrum_file import read_spectrum
from .tuning.comparison import Comparison, compare
from .tuning.contenders import Contender
from .tuning.grid import BestRate, best_rate, settling_time
from .tuning.power import BestPower, best_power
from .tuning.power_maps import power_map

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
