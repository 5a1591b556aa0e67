"""Small networks under the same microscope: the experiments of chapters 16 and 17, in JAX.

This subpackage stands beside the core and is not imported by it, so `import diagprec_core` needs
no JAX. Importing it turns JAX's 64-bit mode on and keeps JAX on the CPU (both are settings of the
whole process). Floors, each importing only from those before it: `models`, `tasks`, `curvature`,
`rules`; `training`; `protocol`, `measure`; `storage`, `sweep`; `results`, `plots`.
"""

import jax

jax.config.update("jax_enable_x64", True)
jax.config.update("jax_platforms", "cpu")
