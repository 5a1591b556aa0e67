"""Wrong input of tables."""

import diagprec_core as dp

# name: (callable, valid arguments, {argument: {label: wrong value}})
TABLE = {
    "table": (
        dp.table,
        {"columns": {"B": "", "risk": ".2f"}, "rows": [(1, 0.5), ("all", "-")]},
        {
            "columns": {
                "none": None,
                "a string": "ab",
                "empty": [],
                "twice": ["B", "B"],
                "a number": ["B", 1.0],
                "no format": {"B": "", "risk": 2},
            },
            "rows": {
                "none": None,
                "empty": [],
                "numbers": [1, 2],
                "too short": [(1, 0.5), (1,)],
                "too long": [(1, 0.5, 2)],
                "not a number": [(1, [0.5])],
                "nothing": [(1, None)],
            },
            "caption": {"number": 1, "empty": "", "bool": True},
        },
    ),
}
