"""Small networks under the same microscope: the experiments of chapters 16 and 17, in JAX.

This subpackage stands beside the core and is not imported by it, so `import diagprec_core` needs
no JAX. Importing it changes no setting of JAX: what is stored was computed in float64 on the CPU,
and the sweep and the chapters ask for both by `use_float64`. Floors, each importing only from those
before it: `models`, `tasks`, `curvature`, `rules`; `training`; `protocol`, `measure`; `storage`,
`sweep`; `results`, `plots`. For a model of one's own, over pytrees: `factors`, `outputs`;
`gauss_newton`; `coordinates`, and `adam_in_basis` and `transformations`, which need optax.
"""

import jax


def use_float64():
    """Turn JAX's 64-bit mode on and keep JAX on the CPU, for the whole process.

    The stored results were made so. Call it before anything is computed: JAX chooses its platform
    at the first computation, and arrays that exist keep their precision.
    """
    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_platforms", "cpu")
