"""Wrong input of what is at home in `tuning`."""

import numpy as np

import diagprec_core as dp
from input.wrong import (
    INF,
    LOGISTIC,
    NAN,
    NO_BASIS,
    NO_COUNT,
    NO_COUNT_MAP,
    NO_KURTOSIS,
    NO_MAP,
    NO_MATRIX,
    NO_POSITIVE,
    NO_POSITIVE_COUNT,
    NO_POSITIVE_MAP,
    NO_POWER_SCHEDULE,
    NO_POWERS,
    NO_PROBLEM,
    NO_RATE,
    NO_VECTOR,
    ONE_LENGTH,
    OPTIONAL,
    OTHER_SIZE,
    RAGGED,
    VARIANCES,
    without,
)

# name: (callable, valid arguments, {argument: {label: wrong value}})
TABLE = {
    "best_power": (
        dp.best_power,
        {"regression": VARIANCES, "start": [1.0, 1.0], "batch_size": 2, "steps": 5},
        {
            "regression": {
                **NO_PROBLEM,
                "logistic": LOGISTIC,
                "equal curvatures": dp.GaussianRegression([1.0, 1.0], 0.5),
            },
            "start": {**ONE_LENGTH, "none": None, "optimum": [0.0, 0.0]},
            "batch_size": NO_POSITIVE_COUNT,
            "steps": NO_POSITIVE_COUNT,
            "basis": {**without(NO_BASIS, OPTIONAL), **OTHER_SIZE},
            "powers": NO_POWERS,
            "schedule": NO_POWER_SCHEDULE,
        },
    ),
    "power_map": (
        dp.power_map,
        {
            "d": 5,
            "spectrum_exponent": 1.0,
            "source_exponent": 1.5,
            "start_risk": 1.0,
            "noise_std": 0.5,
            "batch_size": 2,
            "steps": 5,
        },
        {
            "d": {**NO_POSITIVE_COUNT, "one": 1},
            "spectrum_exponent": NO_POSITIVE_MAP,
            "source_exponent": NO_MAP,
            "start_risk": NO_POSITIVE_MAP,
            "noise_std": without(NO_POSITIVE_MAP, {"zero"}),
            "batch_size": NO_COUNT_MAP,
            "steps": NO_COUNT_MAP,
            "powers": NO_POWERS,
            "schedule": NO_POWER_SCHEDULE,
            "n_jobs": {**without(NO_COUNT, {"none", "negative"}), "zero": 0},
        },
    ),
    "compare": (
        dp.compare,
        {"spectrum": [2.0, 1.0], "batch_size": 2, "steps": 5},
        {
            "spectrum": {**NO_VECTOR, "none": None, "zero": [0.0, 1.0], "negative": [-1.0, 1.0]},
            "batch_size": NO_POSITIVE_COUNT,
            "steps": NO_POSITIVE_COUNT,
            "noise_std": NO_RATE,
            "start": {**ONE_LENGTH, "zeros": [0.0, 0.0], "infinite risk": [1e200, 0.0]},
            "start_risk": without(NO_POSITIVE, {"none"}),
            "progress": {"text": "GD", "true": True},
            "beta1": {**NO_RATE, "one": 1.0, "above": 1.5},
            "beta2": {**NO_RATE, "one": 1, "above": 1.5, "too small": 0.5},
        },
    ),
    "best_rate": (
        dp.best_rate,
        {"learning_rates": [0.1, 0.2, 0.3], "scores": [2.0, 1.0, 2.0]},
        {
            "learning_rates": {
                **NO_VECTOR,
                "none": None,
                "number": 0.1,
                "too few": [0.1, 0.2],
                "descending": [0.3, 0.2, 0.1],
                "repeated": [0.1, 0.1, 0.2],
                "negative": [-0.3, -0.2, 0.1],
            },
            "scores": {
                "none": None,
                "number": 1.0,
                "string": "best",
                "strings": ["2", "1", "2"],
                "bools": [True, False, True],
                "complex": [2.0, 1j, 2.0],
                "complex array": np.array([2.0, 1j, 2.0]),
                "ragged": RAGGED,
                "dict": {},
                "too few": [2.0, 1.0],
                "too deep": np.ones((3, 2)),
                "all failed": [INF, NAN, INF],
                "empty": [],
            },
        },
    ),
    "best_rates": (
        dp.best_rates,
        {"modes": [[2.0, 1.0]], "moments": [[1.0, 0.0]], "noise": 0.5, "batch_size": 2, "steps": 3},
        {
            "modes": {
                **without(NO_MATRIX, {"not square"}),
                "zero": [[0.0, 1.0]],
                "negative": [[-1.0, 1.0]],
            },
            "moments": {**NO_MATRIX, "negative": [[-1.0, 1.0]], "zeros": [[0.0, 0.0]]},
            "noise": NO_RATE,
            "batch_size": NO_POSITIVE_COUNT,
            "steps": NO_POSITIVE_COUNT,
            "shape": {**NO_VECTOR, "too short": [1.0, 0.5], "number": 1.0, "zero": [1.0, 0.5, 0.0]},
        },
    ),
}
for name in ("compare", "best_power", "best_rates"):
    TABLE[name][2]["kurtosis"] = NO_KURTOSIS
