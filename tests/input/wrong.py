"""Problems to call with, and values that no argument of a kind may have."""

import numpy as np
from flint import arb

import diagprec_core as dp

NAN, INF = float("nan"), float("inf")
RAGGED = [[1.0], [1.0, 2.0]]
REGRESSION = dp.GaussianRegression(np.diag([2.0, 1.0]), 0.5)
VARIANCES = dp.GaussianRegression([2.0, 1.0], 0.5)
COUPLED = {"coupled": dp.GaussianRegression([[2.0, 0.5], [0.5, 1.0]], 0.5)}
ONE_HOT = dp.OneHot([0.5, 0.5], [1.0, 2.0], 0.5)
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
    "Diagnosis",
    "LogisticDiagnosis",
    "Simulation",
    "Status",
    "Trajectory",
}
# The messages of the first name file and line (test_compare); the other takes names only
# (test_own_rules).
ELSEWHERE = {"read_spectrum", "rules"}

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
# The least kurtosis is that of features on a sphere, d/(d + 2): 1/2 in two dimensions.
NO_KURTOSIS = {**NO_POSITIVE, "below": 0.49}
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
