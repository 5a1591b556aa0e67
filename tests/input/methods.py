"""Wrong input of what is at home in `methods`."""

import numpy as np

import diagprec_core as dp
from input.wrong import (
    NO_BASIS,
    NO_GENERATOR,
    NO_NUMBER,
    NO_POSITIVE,
    NO_POSITIVE_COUNT,
    NO_RATE,
    NO_SHAPE,
    NO_SYMMETRIC,
    NO_VARIANCES,
    NO_VECTOR,
    OTHER_SIZE,
    without,
)

# name: (callable, valid arguments, {argument: {label: wrong value}})
TABLE = {
    "Adam": (
        dp.Adam,
        {},
        {
            "beta1": {**NO_RATE, "one": 1.0, "above": 1.5},
            "beta2": {**NO_RATE, "one": 1, "above": 1.5},
            "eps": NO_RATE,
        },
    ),
    "LongMemoryAdam": (
        dp.LongMemoryAdam,
        {},
        {"beta1": {**NO_RATE, "one": 1.0, "above": 1.5}},
    ),
    "MeanFieldAdam": (
        dp.MeanFieldAdam,
        {"beta1": 0.9, "beta2": 0.99},
        {
            **{name: {**NO_RATE, "one": 1.0, "above": 1.5} for name in ("beta1", "beta2")},
            "signal": {"number": 1, "none": None, "text": "yes"},
        },
    ),
    "GaussNewton": (dp.GaussNewton, {}, {"power": NO_NUMBER, "damping": NO_RATE}),
    "Sophia": (dp.Sophia, {}, {"gamma": NO_POSITIVE}),
    **{
        function.__name__: (
            function,
            {"matrix": np.eye(4), "shape": (2, 2)},
            {
                "matrix": {**without(NO_SYMMETRIC, {"none"}), "other size": np.eye(3)},
                "shape": NO_SHAPE,
            },
        )
        for function in (dp.partial_traces, dp.nearest_kronecker, dp.factored_basis)
    },
    "warmup": (
        dp.warmup,
        {"first": 0.1, "peak": 1.0, "growing": 2, "steps": 4},
        {
            "first": NO_POSITIVE,
            "peak": {**NO_POSITIVE, "below first": 0.05},
            "growing": NO_POSITIVE_COUNT,
            "steps": {**NO_POSITIVE_COUNT, "no step at the peak": 2},
        },
    ),
    "cosh_warmup": (
        dp.cosh_warmup,
        {"radius": 8.0, "steps": 2},
        {"radius": {**NO_POSITIVE, "beyond float64": 701.0}, "steps": NO_POSITIVE_COUNT},
    ),
    "Schedule": (
        dp.Schedule,
        {"rates": [0.1]},
        {
            "rates": {
                **NO_VECTOR,
                "number": 0.1,
                "none": None,
                "negative": [0.1, -0.1],
                "too deep": np.ones((1, 1, 1)),
                "no steps": np.ones((2, 0)),
                "no runs": np.ones((0, 2)),
            }
        },
    ),
    "constant": (
        dp.constant,
        {"rate": 0.1, "steps": 2},
        {"rate": NO_RATE, "steps": NO_POSITIVE_COUNT},
    ),
    "halving": (
        dp.halving,
        {"radius": 1.0, "steps": 2},
        {"radius": NO_POSITIVE, "steps": NO_POSITIVE_COUNT},
    ),
    "chebyshev": (
        dp.chebyshev,
        {"smallest": 1.0, "largest": 2.0, "steps": 2},
        {
            "smallest": NO_POSITIVE,
            "largest": {**NO_POSITIVE, "below smallest": 0.5},
            "steps": NO_POSITIVE_COUNT,
        },
    ),
    "identity_basis": (dp.identity_basis, {"d": 2}, {"d": NO_POSITIVE_COUNT}),
    "eigenbasis": (dp.eigenbasis, {"matrix": np.eye(2)}, {"matrix": NO_SYMMETRIC}),
    "align": (
        dp.align,
        {"start": np.eye(2), "end": np.eye(2)},
        {"start": NO_BASIS, "end": {**NO_BASIS, **OTHER_SIZE}},
    ),
    "geodesic": (
        dp.geodesic,
        {"start": np.eye(2), "end": np.eye(2), "t": 0.5},
        {"start": NO_BASIS, "end": {**NO_BASIS, **OTHER_SIZE}, "t": NO_NUMBER},
    ),
    "kronecker_basis": (
        dp.kronecker_basis,
        {"left": np.eye(2), "right": np.eye(2)},
        {"left": NO_BASIS, "right": NO_BASIS},
    ),
    "Weights": (
        dp.Weights,
        {"diagonal": [2.0, 1.0]},
        {
            "diagonal": {
                **NO_VECTOR,
                "none": None,
                "number": 1.0,
                "matrix": np.eye(2),
                **{f"of {name}": value for name, value in NO_VARIANCES.items()},
            }
        },
    ),
    "random_basis": (
        dp.random_basis,
        {"d": 2, "rng": np.random.default_rng(0)},
        {"d": NO_POSITIVE_COUNT, "rng": NO_GENERATOR},
    ),
}
