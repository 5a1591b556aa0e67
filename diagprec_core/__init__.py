"""Exact recurrences of diagonal preconditioners: Adam against Gauss-Newton, in any basis.

The book that this package belongs to states and proves the claims; `python -m diagprec_core
verify` checks every one of them. Floors, each importing only from those before it: `validation`,
`blocks`, `bases`, `schedules`, `enclosures`; `problems`, `regression`, `logistic`, `instances`,
`logistic_instances`, `one_hot`; `preconditioners`; for full batches `descent`, `line_search`,
`closed_form`, and for mini-batches `moments`, `flow`, `fixed_points`,
`risk`, `stability`, `averaging`, `minimax`, `sampling`, `simulation`; `tuning`; `derivations`,
`claims`; `figures`, `cli`.
"""

from .averaging import averaged_risk, averaged_risk_curve
from .bases import align, eigenbasis, geodesic, identity_basis, kronecker_basis
from .closed_form import parameters_at
from .descent import Status, Trajectory, descend
from .flow import lag_bound, mean_flow
from .instances import Blockwise, blockwise_features, chebyshev_curvatures, power_law_spectrum
from .line_search import line_search
from .logistic import LogisticRegression
from .logistic_instances import BlockwiseLogistic, SkewedLogistic
from .minimax import minimax_schedule
from .moments import correlation, estimated_power, expected_sign, second_moment
from .one_hot import OneHot
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
from .stability import spectral_radius, stationary_risk
from .tuning import BestRate, best_rate, settling_time

__version__ = "0.1.0"

__all__ = [
    "Adam",
    "BestRate",
    "BlockQuadratic",
    "Blockwise",
    "BlockwiseLogistic",
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
    "averaged_risk",
    "averaged_risk_curve",
    "best_rate",
    "blockwise_features",
    "chebyshev",
    "chebyshev_curvatures",
    "constant",
    "correlation",
    "cosh_warmup",
    "descend",
    "eigenbasis",
    "estimated_power",
    "expected_sign",
    "geodesic",
    "halving",
    "identity_basis",
    "kronecker_basis",
    "lag_bound",
    "line_search",
    "mean_flow",
    "minimax_schedule",
    "parameters_at",
    "power_law_spectrum",
    "risk_at",
    "risk_curve",
    "sample_gradients",
    "second_moment",
    "settling_time",
    "simulate",
    "spectral_radius",
    "stationary_risk",
    "warmup",
]
