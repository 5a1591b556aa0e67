"""Wrong input of what is at home in `problems`."""

import numpy as np

import diagprec_core as dp
from input.wrong import (
    BLOCKS,
    INSTANCE,
    LOGISTIC,
    NAN,
    NO_BASIS,
    NO_DEFINITE,
    NO_GENERATOR,
    NO_LABELS,
    NO_LOGISTIC_FEATURES,
    NO_MATRIX,
    NO_NUMBER,
    NO_POSITIVE,
    NO_POSITIVE_COUNT,
    NO_PROBABILITIES,
    NO_RATE,
    NO_VARIANCES,
    NO_VECTOR,
    ONE_HOT,
    ONE_LENGTH,
    OPTIONAL,
    OTHER_SIZE,
    PAIRS,
    QUADRATIC,
    SKEWED,
    without,
)

# name: (callable, valid arguments, {argument: {label: wrong value}})
TABLE = {
    "Quadratic": (
        dp.Quadratic,
        {"hessian": np.eye(2)},
        {"hessian": NO_DEFINITE, "optimum": ONE_LENGTH},
    ),
    "GaussianRegression": (
        dp.GaussianRegression,
        {"covariance": np.eye(2), "noise_std": 0.5},
        {
            "covariance": {
                **without(NO_DEFINITE, {"vector"}),
                **{f"vector of {name}": value for name, value in NO_VARIANCES.items()},
            },
            "noise_std": NO_RATE,
            "optimum": ONE_LENGTH,
        },
    ),
    "GaussianRegression of a vector": (
        dp.GaussianRegression,
        {"covariance": [2.0, 1.0], "noise_std": 0.5},
        {"covariance": NO_VARIANCES, "noise_std": NO_RATE, "optimum": ONE_LENGTH},
    ),
    "OneHot.risk": (ONE_HOT.risk, {"errors": [1.0, 1.0]}, {"errors": ONE_LENGTH}),
    "OneHot.second_moment": (
        ONE_HOT.second_moment,
        {"errors": [1.0, 1.0], "batch_size": 2},
        {"errors": ONE_LENGTH, "batch_size": NO_POSITIVE_COUNT},
    ),
    "OneHot.sample_gradients": (
        ONE_HOT.sample_gradients,
        {"errors": [1.0, 1.0], "batch_size": 2, "size": 3, "rng": np.random.default_rng(0)},
        {
            "errors": {**ONE_LENGTH, "other size": np.ones((2, 2)), "too deep": np.ones((3, 1, 2))},
            "batch_size": NO_POSITIVE_COUNT,
            "size": NO_POSITIVE_COUNT,
            "rng": NO_GENERATOR,
        },
    ),
    "BlockQuadratic": (
        dp.BlockQuadratic,
        {"blocks": BLOCKS},
        {
            "blocks": {
                **without(NO_MATRIX, {"stack", "stack of others"}),
                "matrix": np.eye(2),
                "no blocks": np.zeros((0, 2, 2)),
                "blocks not square": np.ones((2, 2, 3)),
                "not symmetric": [[[1.0, 0.5], [0.0, 1.0]]],
                "one indefinite": [np.eye(2), -np.eye(2)],
                "one nan": [np.eye(2), np.full((2, 2), NAN)],
            },
            "optimum": {**NO_VECTOR, "one block": [1.0, 2.0], "number": 1.0},
        },
    ),
    "Blockwise": (
        dp.Blockwise,
        {"curvatures": [1.5, 0.5]},
        {
            "curvatures": {
                **NO_VECTOR,
                "number": 1.0,
                "none": None,
                "zero": [0.0, 1.0],
                "negative": [-0.1, 1.0],
                "m": [2.0, 1.0],
                "above m": [1.0, 3.0],
                "matrix": np.eye(2),
                "lost to rounding": [1e-17, 1.0],
            },
            "signs": {
                **NO_VECTOR,
                "vector": [1, 1],
                "other count": [[1, 1]],
                "one column": [[1], [1]],
                "zeros": [[1, 0], [1, 1]],
                "halves": [[0.5, 1], [1, 1]],
            },
        },
    ),
    "LogisticRegression": (
        dp.LogisticRegression,
        {"features": LOGISTIC.features},
        {
            "features": NO_LOGISTIC_FEATURES,
            "weights": NO_PROBABILITIES,
            "label_probability": NO_LABELS,
        },
    ),
    "LogisticRegression.well_specified": (
        dp.LogisticRegression.well_specified,
        {"features": LOGISTIC.features, "optimum": [1.0, -1.0]},
        {
            "features": NO_LOGISTIC_FEATURES,
            "optimum": {**ONE_LENGTH, "none": None, "far": [701.0, 0.0]},
            "weights": NO_PROBABILITIES,
        },
    ),
    "LogisticRegression.second_moment": (
        LOGISTIC.second_moment,
        {"parameters": [1.0, 1.0], "batch_size": 2},
        {
            "parameters": {**ONE_LENGTH, "none": None},
            "batch_size": NO_POSITIVE_COUNT,
            "basis": {**without(NO_BASIS, OPTIONAL), **OTHER_SIZE},
        },
    ),
    "LogisticRegression.in_basis": (
        LOGISTIC.in_basis,
        {},
        {"basis": {**without(NO_BASIS, OPTIONAL), **OTHER_SIZE}},
    ),
    "SkewedLogistic": (
        dp.SkewedLogistic,
        {"probabilities": [0.5, 0.3, 0.2]},
        {
            "probabilities": {**NO_PROBABILITIES, "none": None},
            "scales": {**NO_VECTOR, "number": 1.0, "zero": [1.0, 0.0, 1.0], "too few": [1.0, 2.0]},
            "basis": {**without(NO_BASIS, OPTIONAL), "other size": np.eye(2)},
            "label_probability": {**NO_LABELS, "certain": [0.0, 0.5, 0.5]},
        },
    ),
    "SkewedLogistic.start": (SKEWED.start, {"logits": [1.0, 1.0]}, {"logits": ONE_LENGTH}),
    "BlockwiseLogistic": (
        dp.BlockwiseLogistic,
        {"curvatures": [1.0, 0.1]},
        {
            "curvatures": {
                **NO_VECTOR,
                "number": 1.0,
                "none": None,
                "zero": [0.0, 1.0],
                "two": [2.0, 1.0],
                "negative": [-0.1, 1.0],
                "above": [1.0, 2.5],
                "matrix": np.eye(2),
            }
        },
    ),
    "BlockwiseLogistic.start": (
        PAIRS.start,
        {"amplitudes": [1.0, 1.0]},
        {"amplitudes": ONE_LENGTH},
    ),
    **{
        f"{type(instance).__name__}.{method.__name__}": (
            method,
            {"parameters": np.ones(instance.problem.dimension)},
            # Infinite parameters are what a diverged run has, so they are no wrong input here.
            {
                "parameters": {
                    **without(NO_VECTOR, {"nan", "inf"}),
                    "wrong length": np.ones(3),
                    "number": 1.0,
                }
            },
        )
        for instance, method in ((SKEWED, SKEWED.logits), (PAIRS, PAIRS.amplitudes))
    },
    "chebyshev_curvatures": (
        dp.chebyshev_curvatures,
        {"kappa": 4.0, "steps": 2},
        {"kappa": {**NO_POSITIVE, "one": 1.0}, "steps": NO_POSITIVE_COUNT},
    ),
    "blockwise_features": (
        dp.blockwise_features,
        {"agreements": [1, 2], "copies": 4},
        {
            "agreements": {
                **NO_VECTOR,
                "number": 1,
                "none": None,
                "zero": [0, 1],
                "all": [4, 1],
                "fraction": [1.5, 1],
                "negative": [-1, 1],
            },
            "copies": {**NO_POSITIVE_COUNT, "one": 1},
        },
    ),
    "power_law_spectrum": (
        dp.power_law_spectrum,
        {"d": 3, "exponent": 1.0},
        {"d": NO_POSITIVE_COUNT, "exponent": {**NO_NUMBER, "negative": -1.0}},
    ),
    "Quadratic.from_data": (
        dp.Quadratic.from_data,
        {"features": np.eye(2), "targets": [1.0, 2.0]},
        {
            "features": {
                **without(NO_MATRIX, {"not square"}),
                "dependent": np.ones((2, 2)),
                "dependent to rounding": [[1.0, 1.0], [1.0, 1.0 + 1e-9]],
            },
            "targets": ONE_LENGTH,
        },
    ),
    **{
        f"{type(problem).__name__}.{name}": (
            getattr(problem, name),
            {"parameters": np.ones(problem.dimension)},
            {"parameters": {**NO_VECTOR, "none": None, "wide": np.ones((2, 5))}},
        )
        for problem in (QUADRATIC, dp.BlockQuadratic(BLOCKS))
        for name in ("loss", "gradient")
    },
    **{
        f"LogisticRegression.{name}": (
            getattr(LOGISTIC, name),
            {"parameters": [1.0, 1.0]},
            {"parameters": {**ONE_LENGTH, "none": None, "wide": np.ones((2, 5))}},
        )
        for name in ("loss", "gradient", "logits", "gauss_newton")
    },
    "Quadratic.in_basis": (
        QUADRATIC.in_basis,
        {},
        {"basis": {**without(NO_BASIS, OPTIONAL), **OTHER_SIZE}},
    ),
    "BlockQuadratic.in_basis": (
        dp.BlockQuadratic(BLOCKS).in_basis,
        {},
        {"basis": {**without(NO_BASIS, OPTIONAL), "one block": np.eye(2)}},
    ),
    "Blockwise.start": (INSTANCE.start, {"amplitudes": [1.0, 1.0]}, {"amplitudes": ONE_LENGTH}),
    "Blockwise.amplitudes": (
        INSTANCE.amplitudes,
        {"parameters": np.ones(4)},
        # Infinite parameters are what a diverged run has, so they are no wrong input here.
        {
            "parameters": {
                **without(NO_VECTOR, {"nan", "inf"}),
                "wrong length": np.ones(3),
                "number": 1.0,
            }
        },
    ),
    "OneHot": (
        dp.OneHot,
        {"probabilities": [0.5, 0.5], "scales": [1.0, 2.0]},
        {
            "probabilities": {
                **NO_VECTOR,
                "none": None,
                "number": 1.0,
                "zero": [0.0, 1.0],
                "negative": [-0.5, 1.5],
                "sum": [0.5, 0.6],
            },
            "scales": {**ONE_LENGTH, "none": None, "zero": [1.0, 0.0]},
            "noise_std": NO_RATE,
        },
    ),
}
