"""Every argument of every public callable, given wrongly: a ValueError that says what is wrong."""

import inspect
import re

import numpy as np
import pytest
from flint import arb

import diagprec_core as dp
from diagprec_core.mini_batch import averaging, minimax, moments
from diagprec_core.mini_batch import mean_flow as flow
from diagprec_core.numerics import enclosures
from diagprec_core.problems import one_hot

NAN, INF = float("nan"), float("inf")
RAGGED = [[1.0], [1.0, 2.0]]
REGRESSION = dp.GaussianRegression(np.diag([2.0, 1.0]), 0.5)
VARIANCES = dp.GaussianRegression([2.0, 1.0], 0.5)
COUPLED = {"coupled": dp.GaussianRegression([[2.0, 0.5], [0.5, 1.0]], 0.5)}
ONE_HOT = one_hot.OneHot([0.5, 0.5], [1.0, 2.0], 0.5)
QUADRATIC, BLOCKS = dp.Quadratic(np.diag([2.0, 1.0])), np.array([np.eye(2), np.eye(2)])
INSTANCE = dp.Blockwise([1.5, 0.5])
LOGISTIC = dp.LogisticRegression([[1.0, 0.5], [0.2, -1.0], [1.0, 1.0]])
SKEWED, PAIRS = dp.SkewedLogistic([0.7, 0.3], [1.0, 2.0]), dp.BlockwiseLogistic([1.0, 0.1])
RUN = dp.descend(QUADRATIC, dp.Adam(), start=[1, 1], learning_rate=0.1, steps=4)
GAPS = dp.descend(QUADRATIC, dp.Adam(), start=[1, 1], learning_rate=0.1, steps=4, every=2)

# What only carries results has no arguments to check: nobody is asked to make one.
RESULTS = {
    "BestPower",
    "BestRate",
    "Comparison",
    "Contender",
    "Simulation",
    "Status",
    "Trajectory",
}
# Its messages name the file and the line: see test_compare.
ELSEWHERE = {"read_spectrum"}

NO_NUMBER = {
    "bool": True,
    "numpy bool": np.True_,
    "string": "0.1",
    "nan": NAN,
    "inf": INF,
    "complex": 1j,
    "none": None,
    "list": [0.1],
    "dict": {},
    "huge integer": 10**400,
}
NO_POSITIVE = {**NO_NUMBER, "zero": 0.0, "negative": -1.0}
NO_RATE = {**NO_NUMBER, "negative": -1e-3}
NO_COUNT = {
    "bool": True,
    "string": "3",
    "float": 2.0,
    "nan": NAN,
    "none": None,
    "list": [3],
    "complex": 3j,
    "negative": -1,
}
NO_POSITIVE_COUNT = {**NO_COUNT, "zero": 0}
NO_VECTOR = {
    "string": "ab",
    "strings": ["1", "2"],
    "dict": {},
    "object": object(),
    "ragged": RAGGED,
    "nan": [1.0, NAN],
    "inf": [INF, 1.0],
    "complex": [1j, 1.0],
    "bools": [True, False],
    "empty": [],
    "empty array": np.zeros(0),
}
ONE_LENGTH = {**NO_VECTOR, "too long": [1.0, 2.0, 3.0], "too short": [1.0], "number": 1.0}
NO_MATRIX = {
    "none": None,
    "string": "identity",
    "number": 1.0,
    "vector": [1.0, 2.0],
    "ragged": RAGGED,
    "nan": [[1.0, NAN], [NAN, 1.0]],
    "inf": [[INF, 0.0], [0.0, 1.0]],
    "complex": [[1j, 0.0], [0.0, 1.0]],
    "bools": [[True, False], [False, True]],
    "object": object(),
    "empty": [],
    "empty array": np.zeros((0, 0)),
    "stack": np.stack([np.eye(2), np.eye(2)]),
    "stack of others": np.stack([np.eye(3), np.eye(3)]),
    "not square": np.ones((2, 3)),
}
NO_SYMMETRIC = {
    **NO_MATRIX,
    "not symmetric": [[1.0, 0.5], [0.0, 1.0]],
    "far from symmetric": [[1.0, 1e308], [-1e308, 1.0]],
}
NO_DEFINITE = {
    **NO_SYMMETRIC,
    "indefinite": [[1.0, 2.0], [2.0, 1.0]],
    "singular": np.zeros((2, 2)),
    "negative": -np.eye(2),
}
NO_BASIS = {
    **NO_MATRIX,
    "name": "eigenbasis",
    "not orthogonal": [[1.0, 1.0], [0.0, 1.0]],
    "not normal": 2 * np.eye(2),
}
NO_VARIANCES = {
    "strings": ["1", "2"],
    "nan": [1.0, NAN],
    "inf": [INF, 1.0],
    "complex": [1j, 1.0],
    "bools": [True, False],
    "zero": [0.0, 1.0],
    "negative": [-1.0, 1.0],
}
OTHER_SIZE = {"other size": np.eye(3)}
OPTIONAL = {"none"}
NO_PROBLEM = {"none": None, "matrix": np.eye(2), "string": "quadratic", "class": dp.Quadratic}
NO_RULE = {"none": None, "string": "adam", "class": dp.Adam, "function": np.sign}
NO_GENERATOR = {"none": None, "seed": 0, "legacy": np.random.RandomState(0)}
NO_START = {
    **ONE_LENGTH,
    "none": None,
    "wrong width": np.ones((2, 3)),
    "wrong runs": np.ones((3, 2)),
    "too deep": np.ones((2, 2, 2)),
}
NO_RATES = {
    **NO_RATE,
    "list": [[0.1, 0.2]],
    "bools": [True, False],
    "strings": ["0.1"],
    "ragged": RAGGED,
    "empty": [],
    "one negative": [0.1, -0.1],
    "one nan": [0.1, NAN],
}


def without(rows, names):
    return {name: value for name, value in rows.items() if name not in names}


NO_LABELS = {
    **NO_NUMBER,
    **{f"vector of {name}": value for name, value in NO_VECTOR.items()},
    "negative": -0.1,
    "above one": 1.1,
    "too near to 0": 1e-301,
    "separable": 1.0,
    "too many": [0.5] * 4,
    "one above one": [0.5, 1.5, 0.5],
    "matrix": np.full((3, 1), 0.5),
}
NO_PROBABILITIES = {
    **NO_VECTOR,
    "number": 1.0,
    "zero": [0.0, 0.5, 0.5],
    "negative": [-0.5, 1.0, 0.5],
    "sum": [0.5, 0.4, 0.2],
}
NO_LOGISTIC_FEATURES = {
    **without(NO_MATRIX, {"not square"}),
    "too few": np.ones((2, 3)),
    "dependent": np.ones((3, 2)),
    "column of zeros": [[1.0, 0.0], [2.0, 0.0], [1.0, 0.0]],
}
NO_FUNCTION = {"none": None, "number": 1.0, "string": "z", "arb": arb(1)}
NO_END = {
    **without(NO_NUMBER, {"string", "huge integer"}),
    "word": "one",
    "nan in words": "nan",
    "division by zero": "1/0",
}
NO_SHARE = {**NO_POSITIVE, "one": 1.0, "above": 2.0}
NO_POWERS = {
    **NO_VECTOR,
    "none": None,
    "number": 1.0,
    "three": [-1.0, 0.0, 1.0],
    "turned": [1.0, -1.0],
    "narrow": [0.0, 0.4],
}
NO_POWER_SCHEDULE = {"none": None, "unknown": "cosine", "number": 1.0, "list": ["linear"]}
NO_MAP = {
    **{name: value for name, value in NO_NUMBER.items() if name not in {"list", "huge integer"}},
    "ragged": RAGGED,
    "one nan": [1.0, NAN],
    "empty": [],
}
NO_POSITIVE_MAP = {**NO_MAP, "zero": 0.0, "one negative": [1.0, -1.0]}
NO_COUNT_MAP = {**NO_MAP, "zero": 0, "float": 2.0, "one zero": [1, 0]}
NO_SHAPE = {
    "none": None,
    "number": 4,
    "string": "2x2",
    "one side": (4,),
    "three sides": (2, 2, 1),
    "zero": (0, 4),
    "bool": (True, 4),
    "floats": (2.0, 2.0),
}


def key(function):
    """The name of a function, with its module's where it is not in the package's own namespace."""
    name, module = function.__name__, function.__module__.rpartition(".")[2]
    return name if name in dp.__all__ else f"{module}.{name}"


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
    "GaussNewton": (dp.GaussNewton, {}, {"power": NO_NUMBER, "damping": NO_RATE}),
    "Sophia": (dp.Sophia, {}, {"gamma": NO_POSITIVE}),
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
    **{
        function.__name__: (
            function,
            {problem: REGRESSION, "parameters": [1.0, 1.0], **count},
            {
                problem: {**NO_PROBLEM, "quadratic": QUADRATIC},
                "parameters": ONE_LENGTH,
                **dict.fromkeys(count, NO_POSITIVE_COUNT),
                "basis": {**without(NO_BASIS, OPTIONAL), **OTHER_SIZE},
                **more,
            },
        )
        for function, problem, count, more in (
            (
                dp.second_moment,
                "problem",
                {"batch_size": 2},
                # The least kurtosis is that of features on a sphere, d/(d + 2): here 1/2.
                {"kurtosis": {**NO_POSITIVE, "below": 0.49}},
            ),
            (dp.expected_sign, "regression", {"batch_size": 2}, {}),
            (dp.correlation, "regression", {}, {}),
        )
    },
    **{
        key(function): (
            function,
            {
                "regression": REGRESSION,
                "preconditioner": dp.GradientDescent(),
                "learning_rate": [0.1, 0.2],
                "batch_size": 2,
                **more,
            },
            {
                "regression": NO_PROBLEM,
                "preconditioner": {**NO_RULE, "adam": dp.Adam()},
                "learning_rate": {**NO_RATES, **rates},
                "batch_size": NO_POSITIVE_COUNT,
                "basis": {**without(NO_BASIS, OPTIONAL), **OTHER_SIZE},
                **wrong,
            },
        )
        for function, rates, more, wrong in (
            (
                dp.risk_curve,
                {},
                {"start": [1, 1], "steps": 3},
                {"start": NO_START, "steps": NO_COUNT},
            ),
            (
                averaging.averaged_risk_curve,
                {},
                {"start": [1, 1], "steps": 3},
                {"start": NO_START, "steps": NO_COUNT},
            ),
            (
                dp.risk_at,
                {"schedule": dp.constant(0.1, 3)},
                {"start": [1, 1], "step": 3},
                {"start": NO_START, "step": NO_COUNT},
            ),
            (
                dp.stationary_risk,
                {"zero": 0.0, "schedule": dp.constant(0.1, 3)},
                {},
                {"momentum": {**NO_RATE, "one": 1.0, "above": 1.5}},
            ),
            (
                averaging.averaged_risk,
                {"zero": 0.0, "schedule": dp.constant(0.1, 3)},
                {},
                {"momentum": {**NO_RATE, "one": 1.0, "above": 1.5}},
            ),
            (
                dp.spectral_radius,
                {"zero": 0.0, "schedule": dp.constant(0.1, 3)},
                {},
                {},
            ),
        )
    },
    "simulate": (
        dp.simulate,
        {
            "problem": REGRESSION,
            "preconditioner": dp.Adam(),
            "start": [1.0, 1.0],
            "learning_rate": [0.1, 0.2],
            "batch_size": 2,
            "steps": 3,
            "runs": 2,
            "rng": np.random.default_rng(0),
        },
        {
            "problem": {**NO_PROBLEM, "quadratic": QUADRATIC},
            "preconditioner": NO_RULE,
            "start": NO_START,
            "learning_rate": NO_RATES,
            "batch_size": NO_POSITIVE_COUNT,
            "steps": NO_COUNT,
            "runs": {**NO_POSITIVE_COUNT, "one": 1},
            "rng": NO_GENERATOR,
            "basis": {**without(NO_BASIS, OPTIONAL), **OTHER_SIZE},
            "every": NO_POSITIVE_COUNT,
        },
    ),
    "sample_gradients": (
        dp.sample_gradients,
        {
            "problem": REGRESSION,
            "parameters": [1.0, 1.0],
            "batch_size": 2,
            "size": 3,
            "rng": np.random.default_rng(0),
        },
        {
            "problem": {**NO_PROBLEM, "quadratic": QUADRATIC},
            "parameters": {**ONE_LENGTH, "two points": np.ones((2, 2))},
            "batch_size": NO_POSITIVE_COUNT,
            "size": NO_POSITIVE_COUNT,
            "rng": NO_GENERATOR,
        },
    ),
    key(flow.mean_flow): (
        flow.mean_flow,
        {"regression": REGRESSION, "start": [1.0, 1.0], "batch_size": 2, "times": [0.0, 1.0]},
        {
            "regression": {**NO_PROBLEM, **COUPLED},
            "start": {**ONE_LENGTH, "none": None},
            "batch_size": NO_POSITIVE_COUNT,
            "times": {
                **NO_VECTOR,
                "none": None,
                "number": 1.0,
                "negative": [-1.0, 1.0],
                "descending": [1.0, 0.5],
                "repeated": [1.0, 1.0],
            },
        },
    ),
    key(flow.lag_bound): (
        flow.lag_bound,
        {"regression": REGRESSION, "start": [1.0, 1.0], "batch_size": 2},
        {
            "regression": {**NO_PROBLEM, **COUPLED},
            "start": {**ONE_LENGTH, "none": None},
            "batch_size": NO_POSITIVE_COUNT,
        },
    ),
    **{
        function.__name__: (
            function,
            {"regression": REGRESSION, "parameters": [1.0, 1.0], "batch_size": 2},
            {
                "regression": {**NO_PROBLEM, "logistic": LOGISTIC},
                "parameters": {**ONE_LENGTH, "none": None, "two points": np.ones((2, 2))},
                "batch_size": NO_POSITIVE_COUNT,
            },
        )
        for function in (dp.empirical_fisher, dp.fisher_basis, dp.angle_bound)
    },
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
    "condition_number": (
        dp.condition_number,
        {"problem": QUADRATIC, "preconditioner": dp.GaussNewton()},
        {
            "problem": {**NO_PROBLEM, "logistic": LOGISTIC},
            "preconditioner": {**NO_RULE, "adam": dp.Adam()},
            "basis": {**without(NO_BASIS, OPTIONAL), **OTHER_SIZE},
        },
    ),
    "condition_at_angle": (
        dp.condition_at_angle,
        {"kappa": 4.0, "angle": 0.1, "power": -1.0},
        {
            "kappa": {**NO_POSITIVE, "below one": 0.9},
            "angle": {
                **without(NO_NUMBER, {"list"}),
                "matrix": [[0.1]],
                "one nan": [0.1, NAN],
                "empty": [],
            },
            "power": NO_NUMBER,
        },
    ),
    "crossing_angle": (
        dp.crossing_angle,
        {"kappa": 4.0},
        {"kappa": {**NO_POSITIVE, "below three": 2.9}},
    ),
    "sawtooth": (
        dp.sawtooth,
        {"radius": 1.0, "kappa": 8.0, "rounds": 2},
        {
            "radius": NO_POSITIVE,
            "kappa": {**NO_POSITIVE, "below five": 4.9},
            "rounds": NO_POSITIVE_COUNT,
        },
    ),
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
            "start": {**ONE_LENGTH, "zeros": [0.0, 0.0]},
            "start_risk": without(NO_POSITIVE, {"none"}),
        },
    ),
    key(moments.estimated_power): (
        moments.estimated_power,
        {"power": -0.5, "samples": 4},
        {"power": NO_NUMBER, "samples": NO_POSITIVE_COUNT},
    ),
    key(minimax.minimax_schedule): (
        minimax.minimax_schedule,
        {"regression": REGRESSION, "start_risk": 1.0, "batch_size": 2, "steps": 3},
        {
            "regression": NO_PROBLEM,
            "start_risk": NO_POSITIVE,
            "batch_size": NO_POSITIVE_COUNT,
            "steps": NO_POSITIVE_COUNT,
        },
    ),
    key(minimax.least_risks): (
        minimax.least_risks,
        {"regression": VARIANCES, "moments": [1.0, 1.0], "batch_size": 2, "steps": 3},
        {
            "regression": {**NO_PROBLEM, **COUPLED},
            "moments": {**ONE_LENGTH, "none": None, "zero": [0.0, 1.0], "negative": [1.0, -1.0]},
            "batch_size": NO_POSITIVE_COUNT,
            "steps": NO_POSITIVE_COUNT,
        },
    ),
    key(one_hot.OneHot): (
        one_hot.OneHot,
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
    "line_search": (
        dp.line_search,
        {"problem": LOGISTIC, "preconditioner": dp.Adam(), "start": [1.0, 1.0], "steps": 2},
        {
            "problem": {**NO_PROBLEM, "regression": REGRESSION},
            "preconditioner": {**NO_RULE, "no rule": dp.LongMemoryAdam()},
            "start": {**ONE_LENGTH, "none": None, "two": np.ones((2, 2))},
            "steps": NO_POSITIVE_COUNT,
            "basis": {**without(NO_BASIS, OPTIONAL), **OTHER_SIZE},
            "first": NO_POSITIVE,
            "shrink": NO_SHARE,
            "slope": NO_SHARE,
        },
    ),
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
    key(enclosures.prove_positive): (
        enclosures.prove_positive,
        {"function": lambda z: z + 2, "box": [(0, 1)]},
        {
            "function": {
                **NO_FUNCTION,
                "of floats": lambda z: float(z) + 2,
                "of nothing": lambda z: (),
                "of integers": lambda z: [1],
            },
            "box": {
                "none": None,
                "number": 1.0,
                "empty": [],
                "side": (0, 1),
                "three ends": [(0, 1, 2)],
                "turned": [(1, 0)],
                "turned far": [(10**400, -(10**400))],
                "string": "01",
                "array": np.array([[0.0, 1.0]]),
                **{f"end {name}": [(value, 1)] for name, value in NO_END.items()},
            },
            "max_boxes": NO_POSITIVE_COUNT,
            "max_depth": NO_COUNT,
            "precision": {**NO_POSITIVE_COUNT, "one": 1},
        },
    ),
    key(enclosures.isolate_root): (
        enclosures.isolate_root,
        {"function": lambda z: z * z - 2, "low": 1, "high": 2},
        {
            "function": {
                **NO_FUNCTION,
                "of floats": lambda z: float(z) - 1.5,
                "of several": lambda z: (z - 1.5, z - 1.25),
                "without a change of sign": lambda z: z,
                "undecided at an end": lambda z: z - 1,
                "nan": lambda z: (z - 3).sqrt(),
            },
            "low": NO_END,
            "high": {**NO_END, "low": 1, "below low": 0, "far below low": -(10**400)},
            "width": NO_POSITIVE,
            "precision": {**NO_POSITIVE_COUNT, "one": 1},
        },
    ),
    key(enclosures.ball): (enclosures.ball, {"low": 0, "high": 1}, {"low": NO_END, "high": NO_END}),
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
    "descend": (
        dp.descend,
        {
            "problem": QUADRATIC,
            "preconditioner": dp.Adam(),
            "start": [1.0, 1.0],
            "learning_rate": [0.1, 0.2],
            "steps": 2,
        },
        {
            "problem": NO_PROBLEM,
            "preconditioner": NO_RULE,
            "start": NO_START,
            "learning_rate": NO_RATES,
            "steps": NO_COUNT,
            "basis": {**without(NO_BASIS, OPTIONAL), **OTHER_SIZE},
            "every": NO_POSITIVE_COUNT,
        },
    ),
    "parameters_at": (
        dp.parameters_at,
        {
            "problem": QUADRATIC,
            "preconditioner": dp.GradientDescent(),
            "start": [1.0, 1.0],
            "learning_rate": [0.1, 0.2],
            "step": 2,
        },
        {
            "problem": NO_PROBLEM,
            "preconditioner": {
                **NO_RULE,
                "memory": dp.Adam(0.9, 0.9),
                "eps": dp.Adam(eps=1e-8),
                "no closed form": dp.Sophia(),
            },
            "start": NO_START,
            "learning_rate": {**NO_RATES, "schedule": dp.constant(0.1, 3)},
            "step": {**NO_COUNT, "too large": 2**53 + 1},
            "basis": {**without(NO_BASIS, OPTIONAL), **OTHER_SIZE},
        },
    ),
    "settling_time": (
        dp.settling_time,
        {"trajectory": RUN, "tolerance": 0.1},
        {
            "trajectory": {"none": None, "array": np.ones(3), "steps left out": GAPS},
            "tolerance": NO_POSITIVE,
            "measure": {
                "unknown": "distance",
                "none": None,
                "number": 1,
                "list": ["error"],
                "array": np.array(["error", "loss"]),
            },
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
    # Methods that take something from the user.
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
}
ROWS = [
    pytest.param(name, argument, value, id=f"{name}-{argument}-{label}")
    for name, (_, _, wrong) in TABLE.items()
    for argument, values in wrong.items()
    for label, value in values.items()
]


@pytest.mark.parametrize(("name", "argument", "value"), ROWS)
def test_wrong_input_is_refused_by_name(name, argument, value):
    function, valid, _ = TABLE[name]
    with pytest.raises(ValueError, match=re.compile(rf"\A{argument}: got .+, need .+", re.DOTALL)):
        function(**{**valid, argument: value})


@pytest.mark.parametrize("name", TABLE)
def test_the_valid_arguments_are_accepted(name):
    function, valid, _ = TABLE[name]
    function(**valid)  # so that each row above is wrong in one place only


@pytest.mark.parametrize("name", TABLE)
def test_every_argument_has_rows(name):
    function, _, wrong = TABLE[name]
    assert set(wrong) == set(inspect.signature(function).parameters)
    assert all(wrong.values())


def test_every_public_callable_with_arguments_is_in_the_table():
    public = {
        name
        for name in dp.__all__
        if name not in RESULTS | ELSEWHERE and inspect.signature(getattr(dp, name)).parameters
    }
    assert public == {name.split()[0] for name in TABLE if "." not in name}


def test_more_steps_than_the_schedule_has():
    with pytest.raises(ValueError, match=r"\Asteps: got 4, need at most the schedule's 3"):
        dp.descend(QUADRATIC, dp.Adam(), start=[1, 1], learning_rate=dp.constant(0.1, 3), steps=4)


@pytest.mark.parametrize(
    ("argument", "given", "message"),
    [
        ("basis", [[0.6, -0.8], [0.8, 0.6]], "got one in which features correlate"),
        ("learning_rate", dp.halving(0.1, 3), "got a schedule or a rate of 0"),
        ("learning_rate", [0.1, 0.0], "got a schedule or a rate of 0"),
    ],
)
def test_what_long_memory_adam_cannot_be_simulated_with(argument, given, message):
    function, valid, _ = TABLE["simulate"]
    valid = {**valid, "preconditioner": dp.LongMemoryAdam(), argument: given}
    with pytest.raises(ValueError, match=rf"\A{argument}: {message}"):
        function(**valid)


def test_long_memory_adam_has_no_momentum():
    with pytest.raises(ValueError, match=r"\Amomentum: got 0.5, need 0 for LongMemoryAdam"):
        dp.stationary_risk(
            REGRESSION, dp.LongMemoryAdam(), learning_rate=0.1, batch_size=2, momentum=0.5
        )


def test_as_many_starts_as_schedules():
    with pytest.raises(ValueError, match=r"\Astart: got an array of shape \(3, 2\), need"):
        dp.descend(
            QUADRATIC, dp.Adam(), start=np.ones((3, 2)), learning_rate=dp.Schedule(np.ones((2, 4)))
        )


def test_sign_descent_has_no_closed_form_where_coordinates_couple():
    turned = [[0.6, -0.8], [0.8, 0.6]]
    with pytest.raises(ValueError, match=r"\Abasis: got .*, need the problem's eigenbasis"):
        dp.parameters_at(
            QUADRATIC, dp.Adam(), start=[1, 1], learning_rate=0.1, step=3, basis=turned
        )


def test_long_memory_adam_has_no_rule_on_logistic_regression():
    function, valid, _ = TABLE["simulate"]
    valid = {**valid, "problem": LOGISTIC, "preconditioner": dp.LongMemoryAdam()}
    with pytest.raises(ValueError, match=r"\Apreconditioner: got LongMemoryAdam\(\), need"):
        function(**valid)


def test_logistic_features_have_no_kurtosis_to_choose():
    with pytest.raises(ValueError, match=r"\Akurtosis: got 2, need 1"):
        dp.second_moment(LOGISTIC, [1.0, 1.0], batch_size=2, kurtosis=2.0)


def test_mean_value_wants_a_slope_for_each_side():
    with pytest.raises(ValueError, match=r"\Aslopes: got 1 for 2 sides, need one a side"):
        enclosures.mean_value(lambda x, y: x + y, [arb(1)], [arb(0), arb(0)])
