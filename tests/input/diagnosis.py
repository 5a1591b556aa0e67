"""Wrong input of what is at home in `diagnosis`; files are in tests/diagnosis/test_files.py."""

import numpy as np

import diagprec_core as dp
from input.wrong import (
    INF,
    NAN,
    NO_COUNT,
    NO_MATRIX,
    NO_POSITIVE,
    NO_POSITIVE_COUNT,
    NO_RATE,
    NO_VECTOR,
    without,
)

RNG = np.random.default_rng(0)
X = RNG.standard_normal((60, 2))
Y, LABELS = X.sum(axis=1) + RNG.standard_normal(60), np.arange(60) % 2
FOUND = dp.diagnose(X, Y, batch_size=2, steps=3)

# Entries that are not finite are refused by column and row, when they are read.
READ_LATER = {"nan", "inf", "bools", "not square"}
NO_FEATURES = {
    **without(NO_MATRIX, READ_LATER),
    "one row": np.ones((1, 2)),
    "no column": np.ones((60, 0)),
    "constant": np.ones((60, 2)),
    "masked": np.ma.masked_greater(X, 1),
}
NO_TARGETS = {
    **without(NO_VECTOR, READ_LATER),
    "none": None,
    "number": 1.0,
    "matrix": Y[:, None],
    "too many": np.append(Y, 0.0),
    "constant": np.ones(60),
    "masked": np.ma.masked_greater(Y, 1),
}
NO_FLAG = {"none": None, "number": 1, "string": "yes"}
NO_BETA = {**NO_RATE, "one": 1.0, "above": 1.5}
NO_JOBS = NO_POSITIVE_COUNT
NO_SEED = {**without(NO_COUNT, {"none"}), "legacy": np.random.RandomState(0)}
HOW = {
    "batch_size": NO_POSITIVE_COUNT,
    "basis": {"none": None, "other": "columns", "list": ["identity"], "matrix": np.eye(2)},
    "centre": NO_FLAG,
    "scale": NO_FLAG,
    "beta1": NO_BETA,
    "beta2": NO_BETA,
    "runs": {**NO_COUNT, "one": 1},
    "rng": NO_SEED,
    "jobs": NO_JOBS,
    "progress": {"text": "GD", "true": True},
}

# name: (callable, valid arguments, {argument: {label: wrong value}})
TABLE = {
    "diagnose": (
        dp.diagnose,
        {"features": X, "targets": Y, "batch_size": 2, "steps": 3},
        {"features": NO_FEATURES, "targets": NO_TARGETS, "steps": NO_POSITIVE_COUNT, **HOW},
    ),
    "check_on_data": (
        dp.check_on_data,
        {"diagnosis": FOUND, "features": X, "targets": Y, "runs": 2},
        {
            "diagnosis": {"none": None, "string": "found", "matrix": X},
            "features": {
                **without(NO_FEATURES, {"constant"}),
                "other rows": None,
                "other columns": np.ones((60, 3)),
            },
            "targets": without(NO_TARGETS, {"constant"}),
            "runs": {**NO_POSITIVE_COUNT, "one": 1},
            "points": NO_POSITIVE_COUNT,
            "sampling": {"none": None, "empty": [], "string": "fresh", "other": ["sorted"]},
            "rng": NO_SEED,
            "jobs": NO_JOBS,
        },
    ),
    "diagnose_logistic": (
        dp.diagnose_logistic,
        {"features": X, "targets": LABELS, "batch_size": 2},
        {
            "features": NO_FEATURES,
            "targets": {
                **NO_TARGETS,
                "three classes": np.arange(60) % 3,
                "signs": 2 * LABELS - 1,
                "separable": (X[:, 0] > 0).astype(int),
            },
            "steps": NO_POSITIVE_COUNT,
            "floor": NO_POSITIVE,
            **HOW,
        },
    ),
    "diagnose_gradients": (
        dp.diagnose_gradients,
        {"gradients": X, "curvature": [1.0, 0.5], "batch_size": 2},
        {
            "gradients": {
                **NO_MATRIX,
                "few": X[:39],
                "nan further down": np.where(np.arange(60)[:, None] == 50, NAN, X),
                "inf further down": np.where(np.arange(60)[:, None] == 50, INF, X),
                "zeros": np.zeros((60, 2)),
                "masked": np.ma.masked_greater(X, 1),
            },
            "curvature": {
                **NO_VECTOR,
                "too long": np.ones(3),
                "number": 1.0,
                "negative": [-1.0, 1.0],
                "zeros": [0.0, 0.0],
            },
            "batch_size": NO_POSITIVE_COUNT,
        },
    ),
}
