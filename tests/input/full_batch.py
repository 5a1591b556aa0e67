"""Wrong input of what is at home in `full_batch`."""

import numpy as np

import diagprec_core as dp
from input.wrong import (
    GAPS,
    LOGISTIC,
    NAN,
    NO_BASIS,
    NO_COUNT,
    NO_END,
    NO_NUMBER,
    NO_POSITIVE,
    NO_POSITIVE_COUNT,
    NO_PROBLEM,
    NO_RATES,
    NO_RULE,
    NO_SHARE,
    NO_START,
    ONE_LENGTH,
    OPTIONAL,
    OTHER_SIZE,
    QUADRATIC,
    RUN,
    without,
)

# name: (callable, valid arguments, {argument: {label: wrong value}})
TABLE = {
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
    "line_search": (
        dp.line_search,
        {"problem": LOGISTIC, "preconditioner": dp.Adam(), "start": [1.0, 1.0], "steps": 2},
        {
            "problem": NO_PROBLEM,
            "preconditioner": {**NO_RULE, "no rule": dp.LongMemoryAdam()},
            "start": {**ONE_LENGTH, "none": None, "two": np.ones((2, 2))},
            "steps": NO_POSITIVE_COUNT,
            "basis": {**without(NO_BASIS, OPTIONAL), **OTHER_SIZE},
            "first": NO_POSITIVE,
            "shrink": NO_SHARE,
            "slope": NO_SHARE,
        },
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
    "rate_cap": (
        dp.rate_cap,
        {"power": -1.0, "far": 8.0},
        {"power": {**NO_NUMBER, "between": -0.2, "positive": 0.5}, "far": NO_POSITIVE},
    ),
    "largest_shrink": (
        dp.largest_shrink,
        {"power": -1.0, "far": 8.0, "near": 1.0, "odds": 1.0},
        {
            "power": {**NO_NUMBER, "between": -0.2, "positive": 0.5},
            "far": {**NO_POSITIVE, "below near": 0.5},
            "near": NO_POSITIVE,
            "odds": NO_POSITIVE,
        },
    ),
    "least_steps": (
        dp.least_steps,
        {"power": -1.0, "far": 8.0, "near": 1.0, "odds": 1.0, "tolerance": 0.1},
        {
            "power": {**NO_NUMBER, "between": -0.2, "positive": 0.5},
            "far": {**NO_POSITIVE, "below near": 0.5},
            "near": NO_POSITIVE,
            "odds": NO_POSITIVE,
            "tolerance": {**NO_POSITIVE, "near": 1.0},
        },
    ),
    "certified_steps": (
        dp.certified_steps,
        {"power": -1.0, "far": 8.0, "near": 1.0, "odds": 1.0, "tolerance": 0.1},
        {
            "power": {**NO_NUMBER, "between": -0.2, "positive": 0.5},
            "far": {**NO_POSITIVE, "below near": 0.5},
            "near": NO_POSITIVE,
            "odds": NO_POSITIVE,
            "tolerance": {**NO_POSITIVE, "near": 1.0},
        },
    ),
    "exclude_rates": (
        dp.exclude_rates,
        {"power": -1.0, "far": 8.0, "near": 1.0, "odds": 1.0, "tolerance": 0.1, "steps": 5},
        {
            "power": {**NO_NUMBER, "between": -0.2, "positive": 0.5},
            "far": {**NO_POSITIVE, "below near": 0.5},
            "near": NO_POSITIVE,
            "odds": NO_POSITIVE,
            "tolerance": {**NO_POSITIVE, "near": 1.0},
            "steps": NO_POSITIVE_COUNT,
        },
    ),
    "attains": (
        dp.attains,
        {
            "power": -1.0,
            "far": 8.0,
            "near": 1.0,
            "odds": 1.0,
            "tolerance": 0.1,
            "share": 1.0,
            "steps": 5,
        },
        {
            "power": {**NO_NUMBER, "between": -0.2, "positive": 0.5},
            "far": {**NO_POSITIVE, "below near": 0.5},
            "near": NO_POSITIVE,
            "odds": NO_POSITIVE,
            "tolerance": {**NO_POSITIVE, "near": 1.0},
            "share": {**NO_END, "zero": 0, "negative": "-1/2"},
            "steps": NO_POSITIVE_COUNT,
            "precision": NO_POSITIVE_COUNT,
        },
    ),
    "sophia_steps": (
        dp.sophia_steps,
        {"radius": 8.0, "tolerance": 0.1},
        {"radius": NO_POSITIVE, "tolerance": NO_POSITIVE},
    ),
    "warmup_steps": (
        dp.warmup_steps,
        {"radius": 8.0, "tolerance": 0.1},
        {"radius": NO_POSITIVE, "tolerance": NO_POSITIVE},
    ),
    "damped_steps": (
        dp.damped_steps,
        {"radius": 8.0, "tolerance": 0.1, "damping": 0.25},
        {
            "radius": NO_POSITIVE,
            "tolerance": NO_POSITIVE,
            "damping": {**NO_POSITIVE, "below a quarter": 0.2},
        },
    ),
}
