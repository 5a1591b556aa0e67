"""Networks, in JAX: the rules for a model of one's own, and the experiments of chapters 16 to 18.

This subpackage stands beside the core and is not imported by it, so `import diagprec_core` needs
no JAX. For a model of one's own, over pytrees: `factors`, `outputs`; `gauss_newton`; `coordinates`,
and `adam_in_basis` and `transformations`, which need optax. What the chapters report is made in
`experiments`. Importing changes no setting of JAX; what is stored asks for its precision by
`use_float64` or `use_float32`.
"""

import jax


def use_float64():
    """Turn JAX's 64-bit mode on and keep JAX on the CPU, for the whole process.

    The stored results were made so. Call it before anything is computed: JAX chooses its platform
    at the first computation, and arrays that exist keep their precision.
    """
    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_platforms", "cpu")


def use_float32():
    """Turn JAX's 64-bit mode off, its default, and keep JAX on the CPU, for the whole process.

    The results of the transformer were made so; a process that has made others before may have it
    on. Results in float32 would then differ by their rounding.
    """
    jax.config.update("jax_enable_x64", False)
    jax.config.update("jax_platforms", "cpu")
