"""Wrong input of what is at home in `mini_batch`."""

import numpy as np

import diagprec_core as dp
from input.wrong import (
    COUPLED,
    LOGISTIC,
    NO_BASIS,
    NO_COUNT,
    NO_GENERATOR,
    NO_KURTOSIS,
    NO_MAP,
    NO_NUMBER,
    NO_POSITIVE,
    NO_POSITIVE_COUNT,
    NO_POSITIVE_MAP,
    NO_PROBLEM,
    NO_RATE,
    NO_RATES,
    NO_RULE,
    NO_START,
    NO_VECTOR,
    ONE_LENGTH,
    OPTIONAL,
    OTHER_SIZE,
    QUADRATIC,
    REGRESSION,
    VARIANCES,
    without,
)

# name: (callable, valid arguments, {argument: {label: wrong value}})
TABLE = {
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
                {"kurtosis": NO_KURTOSIS},
            ),
            (dp.expected_sign, "regression", {"batch_size": 2}, {}),
            (dp.correlation, "regression", {}, {}),
        )
    },
    **{
        function.__name__: (
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
                dp.averaged_risk_curve,
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
                dp.averaged_risk,
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
    "mean_flow": (
        dp.mean_flow,
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
    "lag_bound": (
        dp.lag_bound,
        {"regression": REGRESSION, "start": [1.0, 1.0], "batch_size": 2},
        {
            "regression": {**NO_PROBLEM, **COUPLED},
            "start": {**ONE_LENGTH, "none": None},
            "batch_size": NO_POSITIVE_COUNT,
        },
    ),
    "estimated_power": (
        dp.estimated_power,
        {"power": -0.5, "samples": 4},
        {"power": NO_NUMBER, "samples": NO_POSITIVE_COUNT},
    ),
    "minimax_schedule": (
        dp.minimax_schedule,
        {"regression": REGRESSION, "start_risk": 1.0, "batch_size": 2, "steps": 3},
        {
            "regression": NO_PROBLEM,
            "start_risk": NO_POSITIVE,
            "batch_size": NO_POSITIVE_COUNT,
            "steps": NO_POSITIVE_COUNT,
        },
    ),
    "least_risks": (
        dp.least_risks,
        {"regression": VARIANCES, "moments": [1.0, 1.0], "batch_size": 2, "steps": 3},
        {
            "regression": {**NO_PROBLEM, **COUPLED},
            "moments": {**ONE_LENGTH, "none": None, "zero": [0.0, 1.0], "negative": [1.0, -1.0]},
            "batch_size": NO_POSITIVE_COUNT,
            "steps": NO_POSITIVE_COUNT,
        },
    ),
    "largest_stable_rate": (
        dp.largest_stable_rate,
        {"regression": REGRESSION, "preconditioner": dp.GradientDescent(), "batch_size": 2},
        {
            "regression": NO_PROBLEM,
            "preconditioner": {**NO_RULE, "adam": dp.Adam()},
            "batch_size": NO_POSITIVE_COUNT,
            "basis": {**without(NO_BASIS, OPTIONAL), **OTHER_SIZE},
            "momentum": {**NO_RATE, "one": 1.0, "above": 1.5},
        },
    ),
    **{
        function.__name__: (
            function,
            {"spectrum": [2.0, 1.0], "noise_std": 0.5, "learning_rates": 0.1, "batch_size": 2},
            {
                "spectrum": {
                    **NO_VECTOR,
                    "none": None,
                    "zero": [0.0, 1.0],
                    "negative": [-1.0, 1.0],
                },
                "noise_std": {**NO_RATE, **more},
                "learning_rates": NO_POSITIVE_MAP,
                "batch_size": NO_POSITIVE_COUNT,
            },
        )
        for function, more in (
            (dp.long_memory_risk, {}),
            (dp.long_memory_weights, {}),
            (dp.long_memory_bounds, {}),
            (dp.sign_floor, {"none at all": 0.0}),
        )
    },
    "memory_price": (
        dp.memory_price,
        {"batch_size": 2, "beta1": 0.5, "beta2": 0.9},
        {
            "batch_size": NO_POSITIVE_COUNT,
            "beta1": {**NO_RATE, "one": 1.0, "above": 1.5},
            "beta2": {**NO_RATE, "one": 1, "above": 1.5, "no memory": 0.0, "too small": 0.25},
        },
    ),
    **{
        f"stationary_mean of {label}": (
            dp.stationary_mean,
            {"regression": VARIANCES, "preconditioner": rule, "weight_decay": 0.1, "batch_size": 2},
            {
                "regression": {**NO_PROBLEM, "logistic": LOGISTIC, **more},
                "preconditioner": {
                    **NO_RULE,
                    "adam": dp.Adam(),
                    "mean field": dp.MeanFieldAdam(0.9, 0.99),
                },
                "weight_decay": NO_RATE,
                "batch_size": NO_POSITIVE_COUNT,
                "basis": {**without(NO_BASIS, OPTIONAL), **OTHER_SIZE, **turned},
            },
        )
        for label, rule, more, turned in (
            ("GN", dp.GaussNewton(), {}, {}),
            (
                "Adam",
                dp.LongMemoryAdam(),
                {"quiet": dp.GaussianRegression([2.0, 1.0], 0.0)},
                {"turned": [[0.6, -0.8], [0.8, 0.6]]},
            ),
        )
    },
    "sign_gain": (dp.sign_gain, {"batch_size": [1, 2]}, {"batch_size": {**NO_MAP, "zero": 0}}),
}
for name in (
    "risk_curve",
    "risk_at",
    "stationary_risk",
    "largest_stable_rate",
    "spectral_radius",
    "long_memory_risk",
    "long_memory_weights",
):
    TABLE[name][2]["kurtosis"] = NO_KURTOSIS
