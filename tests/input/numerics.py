"""Wrong input of what is at home in `numerics`."""

import numpy as np

from diagprec_core.numerics import enclosures
from input.wrong import NO_COUNT, NO_END, NO_FUNCTION, NO_POSITIVE, NO_POSITIVE_COUNT

# name: (callable, valid arguments, {argument: {label: wrong value}})
TABLE = {
    "enclosures.prove_positive": (
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
    "enclosures.isolate_root": (
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
    "enclosures.ball": (enclosures.ball, {"low": 0, "high": 1}, {"low": NO_END, "high": NO_END}),
}
